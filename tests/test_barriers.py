"""What counts as crossing a barrier: lines, areas, touching, points on and in them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon, box

from coverage.access.barriers import NO_BARRIERS, STRETCH_VERTICES, Barriers
from coverage.access.sight import SETBACK_M, View


def barriers(*shapes, passable=()):
    return Barriers(
        np.array(shapes, dtype=object),
        np.array([f"障碍{at}" for at in range(len(shapes))], dtype=object),
        np.isin(np.arange(len(shapes)), passable),
    )


def crossed(what, start, end):
    return int(what.crossed(np.array([start], dtype=float), np.array([end], dtype=float))[0])


RIVER = LineString([(-100, 0), (100, 0)])
LAKE = Polygon([(0, 0), (100, 0), (100, 100), (0, 100)], [[(40, 40), (60, 40), (60, 60), (40, 60)]])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((0, -10), (0, 10), 0),  # from bank to bank
        ((0, -10), (50, -1), -1),  # along the bank
        ((0, -10), (0, 0), 0),  # ends on the line: a road that is a fenced motorway
        ((0, -10), (0, -1e-9), 0),  # the same, rounded
        ((0, -10), (0, -0.01), -1),
        ((0, 0), (0, 10), -1),  # begins on the line: may leave it to either side
        ((0, 0), (0, -10), -1),
        ((5e-4, 5e-4), (0, -10), -1),  # the first millimetre does not count
        ((-100, -10), (-100, 10), 0),  # over the very end
        ((-100.1, -10), (-100.1, 10), -1),  # round the end
        ((-120, 0), (-110, 0), -1),  # towards it, in line with it
        ((-120, 0), (-90, 0), 0),
        ((3, 3), (3, 3), -1),  # no leg at all
    ],
)
def test_a_line_may_not_be_touched(start, end, expected):
    assert crossed(barriers(RIVER), start, end) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((-10, 50), (110, 50), 0),  # across the lake
        ((-10, 50), (10, 50), 0),  # to a road that runs through it
        ((-10, 50), (0, 50), -1),  # to a road on its own shore
        ((-10, 50), (1e-9, 50), -1),  # the same, rounded
        ((-10, 50), (100, 50), 0),  # to a road on the other shore
        ((-10, 10), (10, -10), -1),  # past the corner, touching it
        ((-10, 0), (110, 0), -1),  # along the shore
        ((0, 50), (100, 50), 0),  # from the shore across
        ((0, 50), (-10, 50), -1),  # from the shore inland
        ((0, 0), (100, 100), 0),  # from corner to corner
        ((45, 50), (55, 50), -1),  # on the island
        ((45, 50), (40, 50), -1),  # to the island's own shore
        ((50, 50), (-10, 50), 0),  # off the island
        ((20, 20), (-10, 20), -1),  # out of the water
        ((20, 20), (30, 20), -1),  # within the water
    ],
)
def test_an_area_may_be_touched_but_not_entered(start, end, expected):
    assert crossed(barriers(LAKE), start, end) == expected


def test_all_parts_of_a_shape_count():
    both = barriers(
        MultiLineString([[(-100, 0), (-50, 0)], [(50, 0), (100, 0)]]),
        MultiPolygon([box(0, 50, 10, 60), box(20, 50, 30, 60)]),
    )
    assert crossed(both, (-75, -5), (-75, 5)) == 0
    assert crossed(both, (0, -5), (0, 5)) == -1
    assert crossed(both, (75, -5), (75, 5)) == 0
    assert crossed(both, (25, 45), (25, 65)) == 1
    assert crossed(both, (15, 45), (15, 65)) == -1


def test_the_first_in_the_table_is_named():
    two = barriers(LineString([(-10, 8), (10, 8)]), LineString([(-10, 2), (10, 2)]))
    assert crossed(two, (0, 0), (0, 10)) == 0
    assert crossed(two, (0, 0), (0, 5)) == 1


def test_a_viaduct_is_passed_under():
    viaduct = barriers(RIVER, passable=[0])
    assert crossed(viaduct, (0, -10), (0, 10)) == -1
    assert viaduct.carry(np.array([RIVER], dtype=object)).tolist() == [True]


def test_which_edges_run_along_a_barrier():
    what = barriers(LineString([(0, 0), (40, 0), (100, 30)]), LAKE)
    edges = np.array(
        [
            LineString([(100, 30), (40, 0), (0, 0)]),  # the other way round
            LineString([(10, 0), (30, 0)]),  # a part of it
            LineString([(0, 0), (40, 0), (100, -30)]),  # leaves it
            LineString([(0, 0), (0, 20)]),  # begins on it
            LineString([(20, -20), (20, 20)]),  # crosses it in its middle
            LineString([(0, 100), (100, 100)]),  # on the shore of a lake
        ],
        dtype=object,
    )
    assert what.carry(edges).tolist() == [True, True, False, False, False, False]
    assert NO_BARRIERS.carry(edges).tolist() == [False] * 6


def test_what_lies_in_the_water():
    what = barriers(RIVER, LAKE, box(10, 10, 20, 20))
    xy = np.array([[15.0, 15.0], [50.0, 50.0], [0.0, 0.0], [90.0, 90.0], [-5.0, 0.0]])
    point, area = what.holding(xy)
    assert point.tolist() == [0, 0, 3]
    assert area.tolist() == [1, 2, 1]


def test_no_barriers_and_no_legs():
    nothing = np.zeros((0, 2))
    assert NO_BARRIERS.crossed(np.zeros((2, 2)), np.ones((2, 2))).tolist() == [-1, -1]
    assert barriers(RIVER).crossed(nothing, nothing).tolist() == []
    assert [part.tolist() for part in barriers(RIVER).holding(np.zeros((1, 2)))] == [[], []]
    assert len(NO_BARRIERS) == 0


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="one length"):
        Barriers(np.array([RIVER], dtype=object), np.zeros(0, dtype=object))


def test_shapes_and_points_stay_as_they_are():
    shapes = np.array([RIVER, LAKE], dtype=object)
    before = shapes.copy()
    start, end = np.array([[0.0, -10.0]]), np.array([[0.0, 10.0]])
    barriers(*shapes).crossed(start, end)
    assert (shapes == before).all()
    assert start.tolist() == [[0, -10]]
    assert end.tolist() == [[0, 10]]


@pytest.mark.parametrize("count", [2, 8, 9, 10, 17, 18, 40])
def test_long_lines_are_cut_into_stretches_without_a_gap(count):
    xy = np.column_stack([np.arange(count) * 10.0, np.zeros(count)])
    what = barriers(LineString([(0, 99), (1, 99)]), LineString(xy))
    stretches = what.opaque
    assert (np.diff(stretches.start) <= STRETCH_VERTICES).all()
    assert (np.diff(stretches.start) >= 2).all()
    row, vertex = stretches.steps(np.flatnonzero(stretches.barrier == 1))
    steps = np.stack([stretches.xy[vertex], stretches.xy[vertex + 1]], axis=1)
    np.testing.assert_array_equal(steps, np.stack([xy[:-1], xy[1:]], axis=1))
    assert (np.diff(row) >= 0).all()
    middles, aside = (xy[:-1] + xy[1:]) / 2, np.array([0, 5])
    assert (what.crossed(middles - aside, middles + aside) == 1).all()


def random_scene(seed, *, count=12, span=1000.0):
    """Barriers of all kinds: winding lines, lakes with and without islands, of several parts."""
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        centre = rng.uniform(0, span, 2)
        kind = rng.integers(4)
        if kind < 2:
            winding = centre + np.cumsum(rng.normal(0, span / 12, (rng.integers(2, 25), 2)), axis=0)
            shapes.append(LineString(winding))
        else:
            lake = Point(centre).buffer(
                rng.uniform(20, span / 7), quad_segs=int(rng.integers(1, 6))
            )
            if kind == 3:
                lake = lake.difference(Point(centre + 9).buffer(rng.uniform(3, 15)))
            shapes.append(lake)
    return barriers(*shapes)


def crosses_by_shapely(what, start, end):
    """The rule read out barrier by barrier, without an index and without stretches."""
    leg, begin = LineString([start, end]), Point(start)
    for at, shape in enumerate(what.geometry):
        if shape.geom_type == "LineString":
            meets = shape.intersects(leg)
        else:
            meets = not shape.contains(begin) and shape.relate_pattern(leg, "T********")
        if meets:
            return at
    return -1


@given(st.integers(0, 10_000))
def test_crossing_equals_the_rule_read_out(seed):
    what = random_scene(seed)
    rng = np.random.default_rng(seed)
    start, end = rng.uniform(0, 1000, (2, 30, 2))
    expected = [crosses_by_shapely(what, a, b) for a, b in zip(start, end, strict=True)]
    assert what.crossed(start, end).tolist() == expected


@given(st.integers(0, 10_000), st.floats(0, 2 * np.pi))
def test_a_road_on_the_shore_is_open_to_its_own_side_alone(seed, angle):
    """However the shore is turned and its coordinates are rounded."""
    rng = np.random.default_rng(seed)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shore = np.array([[0, 0], [70, 11], [150, -9], [230, 4]]) @ turn.T + rng.uniform(0, 1e6, 2)
    away = turn @ [0, -400.0]
    lake = barriers(Polygon(np.concatenate([shore, shore[::-1] + away])))
    road = LineString(shore)
    places = shapely.get_coordinates(
        shapely.line_interpolate_point(road, rng.uniform(0.02, 0.98, 20), normalized=True)
    )
    on_land, on_the_far_bank = places - 0.1 * away, places + 1.2 * away
    assert (lake.crossed(on_land, places) == -1).all()
    assert (lake.crossed(on_the_far_bank, places) == 0).all()


def test_a_shadow_worked_out_by_hand():
    r"""
    A wall of 2 m half way to a road of 100 m: its shadow is twice as wide.

         0 ------48====52------ 100    y = 20
                   \__/                y = 10
                    *                  y = 0, x = 50
    """
    view = View(barriers(LineString([(49, 10), (51, 10)])), np.array([[50.0, 0.0]]))
    row, share = view.in_sight(np.array([0]), np.array([[0.0, 20.0]]), np.array([[100.0, 20.0]]))
    assert row.tolist() == [0, 0]
    np.testing.assert_allclose(np.sort(share) * 100, [48 - SETBACK_M, 52 + SETBACK_M], atol=1e-3)


def test_a_road_in_full_shadow_and_one_in_sight():
    view = View(barriers(LineString([(0, 10), (100, 10)])), np.array([[50.0, 0.0]]))
    start = np.array([[40.0, 20.0], [0.0, 5.0]])
    end = np.array([[60.0, 20.0], [100.0, 5.0]])
    row, share = view.in_sight(np.array([0, 0]), start, end)
    assert row.tolist() == [1]
    assert share.tolist() == [0.5]


def test_directions_that_are_still_open():
    """A wall to the north hides a quarter of the circle from where it is known."""
    view = View(barriers(LineString([(-10, 10), (10, 10)])), np.zeros((1, 2)))
    who, near, far = np.array([0]), np.array([20.0]), np.array([100.0])
    _, wedges = view.wedges(who, near, far)
    open_sky = shapely.union_all(wedges)
    assert not open_sky.intersects(Point(0, 50))
    assert all(open_sky.intersects(Point(xy)) for xy in ((50, 0), (-50, 0), (0, -50), (70, 69)))
    # As long as the wall is beyond what was looked at, nothing is known of it.
    _, wedges = view.wedges(who, np.array([5.0]), far)
    assert shapely.union_all(wedges).intersects(Point(0, 50))


def test_who_is_enclosed_has_no_open_direction():
    view = View(barriers(Point(0, 0).buffer(10).exterior), np.array([[0.0, 0.0], [20.0, 0.0]]))
    row, _ = view.wedges(np.array([0, 1]), np.full(2, 50.0), np.full(2, 100.0))
    assert set(row.tolist()) == {1}
