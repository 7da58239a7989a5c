from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from reports.map_roads import drawn_roads
from reports.map_styles import ROAD_GROUPS, road_group
from tests.hand_made import X0, Y0, one_road

ORIGIN = np.array([X0, Y0])
BOUNDS = (X0, Y0 - 100, X0 + 5000, Y0 + 100)


def roads_of(lines, classes):
    """Roads along the given lines (metres), one edge each, of the given classes."""
    names = tuple(sorted(set(classes)))
    counts = [len(line) for line in lines]
    xy = np.vstack([np.asarray(line, dtype=float) for line in lines]) + ORIGIN
    edges = len(lines)
    ends = np.cumsum(counts)
    at = np.column_stack([ends - counts, ends - 1]).ravel()
    return replace(
        one_road(),
        node_id=np.arange(2 * edges),
        node_x=xy[at, 0],
        node_y=xy[at, 1],
        node_signals=np.zeros(2 * edges, dtype=bool),
        from_node=np.arange(0, 2 * edges, 2),
        to_node=np.arange(1, 2 * edges, 2),
        length_m=np.ones(edges),
        road_class=np.array([names.index(name) for name in classes], dtype=np.int64),
        road_classes=names,
        vertex_x=xy[:, 0].copy(),
        vertex_y=xy[:, 1].copy(),
        vertex_start=np.concatenate([[0], ends]),
    )


@pytest.mark.parametrize(
    ("road_class", "group"),
    [
        ("motorway_link", "roads_main"),
        ("primary", "roads_main"),
        ("tertiary", "roads_county"),
        ("residential", "roads_village"),
        ("unclassified", "roads_village"),
        ("something_new", "roads_village"),
        ("", "roads_unclassed"),
    ],
)
def test_every_class_has_a_group(road_class, group):
    assert road_group(road_class) == group
    assert group in {name for name, _, _ in ROAD_GROUPS}


def test_roads_are_grouped_and_joined():
    roads = roads_of(
        [[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)], [(0, 50), (0, 60)]],
        ["trunk", "trunk", "service"],
    )
    drawn = drawn_roads(roads, bounds=BOUNDS, tolerance_m=5.0)
    assert {group: len(lines) for group, lines in drawn.lines.items()} == {
        "roads_main": 1,
        "roads_village": 1,
    }
    assert shapely.length(drawn.lines["roads_main"]).sum() == pytest.approx(2000)
    assert drawn.omitted == 0


def test_roads_far_away_are_not_drawn():
    roads = roads_of([[(0, 0), (100, 0)], [(90_000, 0), (91_000, 0)]], ["primary", "primary"])
    drawn = drawn_roads(roads, bounds=BOUNDS, tolerance_m=5.0)
    assert shapely.length(drawn.lines["roads_main"]).sum() == pytest.approx(100)


def test_a_road_that_only_passes_through_is_drawn():
    roads = roads_of([[(-90_000, 0), (90_000, 1)]], ["primary"])
    assert len(drawn_roads(roads, bounds=BOUNDS, tolerance_m=5.0).lines["roads_main"]) == 1


def test_lines_move_by_no_more_than_the_tolerance():
    random = np.random.default_rng(1)
    x = np.linspace(0, 5000, 400)
    line = np.column_stack([x, random.normal(0, 15, len(x)).cumsum() / 10])
    roads = roads_of([line], ["tertiary"])
    (drawn,) = drawn_roads(roads, bounds=BOUNDS, tolerance_m=4.0).lines["roads_county"]
    exact = shapely.LineString(line + ORIGIN)
    assert shapely.get_num_coordinates(drawn) < 200
    assert shapely.hausdorff_distance(exact, drawn, densify=0.01) <= 4.5


def test_too_many_roads_lose_the_shortest_of_the_smallest():
    lanes = [[(10 * k, 0), (10 * k, 3 + k % 50)] for k in range(300)]
    roads = roads_of([[(0, 90), (5000, 90)], *lanes], ["primary", *["residential"] * 300])
    drawn = drawn_roads(roads, bounds=BOUNDS, tolerance_m=0.1, budget=402)
    assert len(drawn.lines["roads_main"]) == 1
    assert len(drawn.lines["roads_village"]) == 200
    assert drawn.omitted == 100
    # 300 lanes of 3 to 52 m, six of each length: the 200 longest begin at 19 m.
    assert shapely.length(drawn.lines["roads_village"]).min() == pytest.approx(19)


def test_no_roads():
    nothing = replace(
        roads_of([[(0, 0), (1, 0)]], ["primary"]),
        from_node=np.empty(0, dtype=np.int64),
        to_node=np.empty(0, dtype=np.int64),
        road_class=np.empty(0, dtype=np.int64),
        vertex_start=np.zeros(1, dtype=np.int64),
    )
    assert drawn_roads(nothing, bounds=BOUNDS, tolerance_m=5.0).lines == {}
