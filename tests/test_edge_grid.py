"""The grid of edge pieces against brute force with shapely: ties, far points, odd networks."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coverage.graph import edge_drawing, edge_grid
from coverage.graph.edge_drawing import EdgeDrawing, taken_vertices
from coverage.graph.edge_grid import CELLS_PER_BLOCK, LEAST_CELL_M, MOST_CELLS_ACROSS, EdgeGrid
from coverage.network import RoadNetwork
from coverage.snapping import joinable_edges, snap

TIE_M = 1e-6


def edges(*lines):
    """The vertices of lines in one array, and where those of each begin."""
    counts = [len(line) for line in lines]
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return np.array([corner for line in lines for corner in line], dtype=float), start


def random_edges(rng, count, *, size, longest):
    """Broken lines of two to five corners, some without length, some drawn twice."""
    lines = []
    for _ in range(count):
        corners = int(rng.integers(2, 6))
        steps = rng.normal(scale=longest / corners, size=(corners, 2))
        steps *= rng.random((corners, 1)) < 0.9
        lines.append(rng.uniform(0, size, 2) + np.cumsum(steps, axis=0))
        if rng.random() < 0.1:
            lines.append(lines[-1][::-1])
    return edges(*lines)


def by_shapely(vertex_xy, vertex_start, xy, tie_m=TIE_M):
    """Every point against every line."""
    row = np.repeat(np.arange(len(vertex_start) - 1), np.diff(vertex_start))
    lines = shapely.linestrings(vertex_xy, indices=row)
    metres = shapely.distance(shapely.points(xy)[:, None], lines[None, :])
    nearest_m = metres.min(axis=1)
    point, edge = np.nonzero(metres <= nearest_m[:, None] + tie_m)
    return point, edge, nearest_m


def assert_as_by_shapely(drawn, xy, tie_m=TIE_M):
    xy = np.asarray(xy, dtype=float)
    point, edge, nearest_m = EdgeGrid.over(*drawn).nearest(xy, tie_m=tie_m)
    wanted_point, wanted_edge, wanted_m = by_shapely(*drawn, xy, tie_m)
    np.testing.assert_allclose(nearest_m, wanted_m, rtol=1e-12, atol=1e-9)
    assert list(zip(point, edge, strict=True)) == list(zip(wanted_point, wanted_edge, strict=True))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 60),
    size=st.sampled_from([1e-3, 1.0, 300.0, 1e5]),
    share=st.sampled_from([1e-3, 0.05, 1.0, 20.0]),
    corner=st.sampled_from([0.0, -500.0, 4_000_000.0]),
)
@example(seed=0, count=1, size=1.0, share=1.0, corner=0.0)
def test_against_every_line(seed, count, size, share, corner):
    rng = np.random.default_rng(seed)
    vertex_xy, vertex_start = random_edges(rng, count, size=size, longest=share * size)
    drawn = vertex_xy + corner, vertex_start
    xy = np.concatenate(
        [
            rng.uniform(0, size, (20, 2)),
            rng.uniform(-size, 2 * size, (20, 2)),
            rng.uniform(-30 * size, 30 * size, (10, 2)),
            vertex_xy[rng.integers(len(vertex_xy), size=10)],
        ]
    )
    # Rounding at large coordinates must not decide what counts as equally near.
    assert_as_by_shapely(drawn, xy + corner, tie_m=1e-5)


def test_a_crossing_of_four_edges_is_a_tie():
    arms = [[(0, 0), (dx, dy)] for dx, dy in ((50, 0), (0, 50), (-50, 0), (0, -50))]
    grid = EdgeGrid.over(*edges(*arms))
    point, edge, nearest_m = grid.nearest(np.array([[0.0, 0.0], [10, 10], [20, 1]]), tie_m=TIE_M)
    assert point.tolist() == [0, 0, 0, 0, 1, 1, 2]
    assert edge.tolist() == [0, 1, 2, 3, 0, 1, 0]
    assert nearest_m.tolist() == [0, 10, 1]


@pytest.mark.parametrize("far_m", [5.0, 1_000.0, 50_000.0, 1e7])
def test_a_tie_far_from_both(far_m):
    """Two roads far apart, a point halfway between; a third road a little farther."""
    drawn = edges([(0, 0), (10, 0)], [(0, 2 * far_m), (10, 2 * far_m)], [(0, -1e-3), (10, -1e-3)])
    point, edge, nearest_m = EdgeGrid.over(*drawn).nearest(np.array([[5, far_m]]), tie_m=TIE_M)
    assert (point.tolist(), edge.tolist()) == ([0, 0], [0, 1])
    assert nearest_m == pytest.approx([far_m])


def streets(across, spacing):
    """A town of streets, each from corner to corner."""
    far = (across - 1) * spacing
    lines = [[(0, at * spacing), (far, at * spacing)] for at in range(across)]
    return edges(*lines, *([(y, x) for x, y in line] for line in lines))


def test_points_far_from_all_roads():
    rng = np.random.default_rng(1)
    angle = rng.uniform(0, 2 * np.pi, 200)
    away = 10 ** rng.uniform(2, 8, 200)
    xy = np.column_stack([np.cos(angle), np.sin(angle)]) * away[:, None]
    assert_as_by_shapely(streets(30, 40.0), xy, tie_m=1e-4)


def test_points_in_a_hole():
    """Two towns at opposite corners of a desert of 20 km."""
    one_xy, one_start = streets(20, 30.0)
    drawn = (
        np.concatenate([one_xy, one_xy + 20_000]),
        np.concatenate([one_start, one_start[1:] + len(one_xy)]),
    )
    xy = np.random.default_rng(2).uniform(0, 20_000, (300, 2))
    assert_as_by_shapely(drawn, xy)
    assert_as_by_shapely(drawn, [(10_285, 10_285)])


def test_edges_without_length():
    drawn = edges([(5, 5), (5, 5)], [(5, 5), (5, 5), (5, 5)], [(9, 5), (9, 5)])
    point, edge, nearest_m = EdgeGrid.over(*drawn).nearest(np.array([[6.0, 5], [8, 5]]), tie_m=0)
    assert (point.tolist(), edge.tolist()) == ([0, 0, 1], [0, 1, 2])
    assert nearest_m.tolist() == [1, 1]
    alone = EdgeGrid.over(*edges([(5, 5), (5, 5)]))
    assert alone.nearest(np.array([[5.0, 1e6]]), tie_m=0)[2] == pytest.approx([1e6 - 5])


def test_one_long_edge_among_many_short():
    short = [[(x, 3.0), (x + 1, 3.0)] for x in range(0, 2_000, 2)]
    drawn = edges([(-100_000, -70_000), (100_000, 70_000)], *short)
    xy = np.random.default_rng(3).uniform(-100_000, 100_000, (100, 2))
    assert_as_by_shapely(drawn, xy)
    assert_as_by_shapely(drawn, xy / 50)


def test_a_long_and_narrow_network():
    """The grid has no more columns than it can number."""
    line = np.column_stack([np.arange(0, 4e5, 2.0), np.zeros(200_000)])
    drawn = line, np.array([0, 100_000, 200_000])
    grid = EdgeGrid.over(*drawn)
    assert max(grid.shape) <= MOST_CELLS_ACROSS + 1
    point, edge, nearest_m = grid.nearest(np.array([[1e5, 7.0], [3e5, -9e5]]), tie_m=TIE_M)
    assert (point.tolist(), edge.tolist()) == ([0, 1], [0, 1])
    assert nearest_m == pytest.approx([7, 9e5])


def test_points_beyond_all_reason():
    grid = EdgeGrid.over(*streets(5, 100.0))
    _, _, nearest_m = grid.nearest(np.array([[1e30, 0.0], [-1e200, 1e200]]), tie_m=TIE_M)
    np.testing.assert_allclose(nearest_m, [1e30, np.sqrt(2) * 1e200])


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(4)
    drawn = random_edges(rng, 300, size=1_000, longest=100)
    xy = np.concatenate([rng.uniform(-500, 1_500, (80, 2)), rng.uniform(-9e4, 9e4, (20, 2))])
    whole = EdgeGrid.over(*drawn)
    found = whole.nearest(xy, tie_m=TIE_M)
    for name in ("PAIRS_AT_ONCE", "PIECES_AT_ONCE"):
        monkeypatch.setattr(edge_grid, name, 7)
    parts = EdgeGrid.over(*drawn)
    entries = {(cell, vertex) for cell, vertex in _entries_of(whole)}
    assert entries == set(_entries_of(parts))
    for one, other in zip(found, parts.nearest(xy, tie_m=TIE_M), strict=True):
        np.testing.assert_array_equal(one, other)


def _entries_of(grid):
    cell = np.repeat(np.arange(len(grid.start) - 1), np.diff(grid.start))
    return list(zip(cell.tolist(), grid.vertex.tolist(), strict=True))


def test_size_of_the_grid():
    """A few entries per piece and half a cell, whatever the shape; none smaller than a metre."""
    for drawn in (
        random_edges(np.random.default_rng(5), 500, size=1_000, longest=50),
        random_edges(np.random.default_rng(6), 500, size=1_000, longest=5_000),
        streets(60, 25.0),
        streets(60, 1e-3),
    ):
        grid = EdgeGrid.over(*drawn)
        pieces = len(drawn[0]) - (len(drawn[1]) - 1)
        assert grid.cell_m >= LEAST_CELL_M
        assert len(grid.vertex) <= 8 * pieces
        assert len(grid.start) <= pieces + 2 * CELLS_PER_BLOCK


def test_inputs_are_unchanged_and_no_points_are_no_work():
    drawn = streets(4, 10.0)
    before = [array.copy() for array in drawn]
    grid = EdgeGrid.over(*drawn)
    xy = np.array([[3.0, 4.0], [-50_000.0, 4.0]])
    grid.nearest(xy, tie_m=TIE_M)
    assert xy.tolist() == [[3.0, 4.0], [-50_000.0, 4.0]]
    for array, copy in zip(drawn, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    point, edge, nearest_m = grid.nearest(np.zeros((0, 2)), tie_m=TIE_M)
    assert (len(point), len(edge), len(nearest_m)) == (0, 0, 0)


def test_some_lines_without_all():
    drawing = EdgeDrawing(*edges([(0, 0), (1, 1), (2, 0)], [(5, 5), (6, 6)]))
    some = drawing.lines_of(np.array([1, 0, 1]))
    assert "lines" not in vars(drawing)
    assert some.tolist() == drawing.lines[[1, 0, 1]].tolist()
    assert len(drawing.lines_of(np.zeros(0, dtype=np.int64))) == 0


def test_snapping_makes_no_line_objects_of_all_edges():
    """Neither at another pace, where the grid is shared whenever it is made."""
    nodes = pd.DataFrame(
        {"x": [0.0, 100, 200], "y": 0.0}, index=pd.Index([7, 8, 9], name="node_id")
    )
    edges_table = pd.DataFrame(
        {"from_node": [7, 8], "to_node": [8, 9], "length_m": 100.0, "travel_time_s": 60.0}
    )
    network = RoadNetwork.from_edges(nodes, edges_table)
    slow = network.at_pace(0.8)
    snaps = snap(slow, gpd.GeoSeries(gpd.points_from_xy([30.0, 100], [40.0, 5])))
    assert snaps.access_m.tolist() == [40, 5]
    assert joinable_edges(slow).all()
    assert set(vars(slow._drawing)) == {"vertex_xy", "vertex_start", "grid"}
    assert network.edge_grid is slow.edge_grid
    assert network.lines is slow.lines
    assert network.edge_tree is slow.edge_tree


def test_vertices_of_some_edges_in_blocks(monkeypatch):
    vertex_xy, vertex_start = random_edges(np.random.default_rng(8), 40, size=10, longest=5)
    edge = np.random.default_rng(9).permutation(len(vertex_start) - 1)[:25]
    monkeypatch.setattr(edge_drawing, "EDGES_AT_ONCE", 4)
    taken, start = taken_vertices(vertex_xy, vertex_start, edge)
    wanted = [vertex_xy[vertex_start[one] : vertex_start[one + 1]] for one in edge]
    np.testing.assert_array_equal(taken, np.concatenate(wanted))
    assert np.diff(start).tolist() == [len(line) for line in wanted]
    by_columns, _ = taken_vertices((vertex_xy[:, 0], vertex_xy[:, 1]), vertex_start, edge)
    np.testing.assert_array_equal(by_columns, taken)
    assert taken_vertices(vertex_xy, vertex_start, edge[:0])[0].shape == (0, 2)
