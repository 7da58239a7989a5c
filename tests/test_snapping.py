"""Points onto roads on their own side: toys worked out by hand, brute force, invariants."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from coverage.access.roads_in_sight import SEARCH_LIMIT_M
from coverage.access.sight import SETBACK_M
from coverage.catchment import nearest_facility
from coverage.errors import CrsError, InputError, RoadError
from coverage.network import RoadNetwork
from coverage.snapping import access_legs, joinable_edges, snap
from tests.networks import METRIC_CRS, points, random_points, random_tables
from tests.test_barriers import barriers, crosses_by_shapely, random_scene


def roads(*lines, barriers=None):
    """A network of lines given by their corners; ends at one place are one node."""
    ends = sorted({line[at] for line in lines for at in (0, -1)})
    nodes = pd.DataFrame(ends, columns=["x", "y"], index=range(len(ends)), dtype=float)
    shapes = [LineString(line) for line in lines]
    edges = pd.DataFrame(
        {
            "from_node": [ends.index(line[0]) for line in lines],
            "to_node": [ends.index(line[-1]) for line in lines],
            "length_m": [shape.length for shape in shapes],
            "travel_time_s": [shape.length for shape in shapes],
            "geometry": shapes,
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    return network if barriers is None else replace(network, barriers=barriers)


def at(*xy):
    return points({f"p{number}": one for number, one in enumerate(xy)}).geometry


def places(network, snaps):
    lines = network.lines[snaps.edge]
    on_road = shapely.line_interpolate_point(lines, snaps.fraction, normalized=True)
    return shapely.get_coordinates(on_road)


NORTH = ((-1000, 100), (0, 100), (1000, 100))
SOUTH = ((-1000, -300), (0, -300), (1000, -300))
BRIDGE = ((0, 100), (0, -300))
RIVER = LineString([(-1000, 0), (1000, 0)])


def river_with_a_bridge():
    r"""
    Two banks and one bridge.

    y =  100  ----------+----------
    y =    0  ~~~~~~~~~~|~~~~~~~~~~   the river
    y = -300  ----------+----------
                      x = 0
    """
    return roads(NORTH[:2], NORTH[1:], SOUTH[:2], SOUTH[1:], BRIDGE, barriers=barriers(RIVER))


@pytest.mark.parametrize(
    ("village", "place", "nearest_road_m", "across"),
    [
        ((400, -60), (400, -300), 160, True),  # the near road is beyond the river
        ((400, 60), (400, 100), 40, False),
        ((30, -60), (0, -60), 30, False),  # the bridge's own half
        ((105, -10), (0, -10), 105, False),
        ((120, -10), (0, -10), 110, True),  # not over the water, but to the bridge
        ((95, 4), (0, 4), 95, False),  # the bridge from the other bank
    ],
)
def test_a_river_with_a_bridge(village, place, nearest_road_m, across):
    network = river_with_a_bridge()
    snaps = snap(network, at(village))
    np.testing.assert_allclose(places(network, snaps), [place], atol=1e-9)
    assert snaps.nearest_access_m[0] == pytest.approx(np.hypot(*np.subtract(village, place)))
    assert snaps.nearest_road_m[0] == nearest_road_m
    assert (snaps.barrier[0] == 0) == across


def test_of_a_road_over_the_river_the_near_half_counts():
    """
    The foot of the perpendicular is (135, 35), beyond the river; in sight is the road up to
    where it meets the river, less a centimetre.

            / y = x - 100
    ~~~~~~~/~~~~~~~~~~   y = 0
          /       * (180, -10)
    """
    network = roads(((0, -100), (200, 100)), barriers=barriers(RIVER))
    snaps = snap(network, at((180, -10)))
    assert snaps.nearest_road_m[0] == pytest.approx(90 / np.sqrt(2))
    assert snaps.nearest_access_m[0] == pytest.approx(np.hypot(80, 10), abs=2 * SETBACK_M)
    ((x, y),) = places(network, snaps)
    assert 100 - 2 * SETBACK_M < x < 100
    assert -2 * SETBACK_M < y < 0


def test_the_river_counts_in_the_journey():
    """400 m to the south road, 400 m to the bridge, 400 m over it, 400 m, 60 m to the clinic."""
    network = river_with_a_bridge()
    village, clinic = points({"v": (400, -100)}), points({"c": (400, 160)})
    trip = nearest_facility(network, village, clinic, direction="to_facility").loc["v"]
    assert trip["distance_m"] == pytest.approx(200 + 400 + 400 + 400 + 60)
    free = replace(network, barriers=barriers())
    trip = nearest_facility(free, village, clinic, direction="to_facility").loc["v"]
    assert trip["distance_m"] == pytest.approx(200 + 60)


LAKE = Point(0, 0).buffer(300).difference(Point(0, 0).buffer(100))


def test_an_island_without_a_bridge_has_no_way():
    network = roads(((-2000, 400), (2000, 400)), barriers=barriers(LAKE))
    snaps = snap(network, at((0, 50), (0, 350), (0, -350)))
    assert snaps.point.tolist() == [1, 2]
    assert snaps.nearest_access_m[0] == np.inf
    assert snaps.nearest_road_m.tolist() == [350, 50, 750]
    assert snaps.barrier.tolist() == [0, -1, 0]
    # Past the lake along its tangent, not over it.
    tangent = np.hypot(750, 750 * 300 / np.sqrt(350**2 - 300**2))
    assert snaps.nearest_access_m[2] == pytest.approx(tangent, rel=5e-3)
    assert snaps.point_count == 3
    legs = access_legs(network, points({"island": (0, 50)}))
    assert legs.loc["island"].tolist() == [np.inf, np.inf]


def test_who_has_no_way_reaches_nothing_and_serves_nobody():
    network = roads(((-500, 400), (500, 400)), barriers=barriers(LAKE))
    both = points({"island": (0, 50), "shore": (0, 350)})
    for demand, facilities in ((both, points({"f": (10, 350)})), (both, both)):
        for direction in ("to_facility", "from_facility"):
            trips = nearest_facility(network, demand, facilities, direction=direction)
            assert trips.index.tolist() == ["island", "shore"]
            assert trips.loc["island", "travel_time_s"] == np.inf
            assert trips.loc["island", "facility_id"] is None
            assert np.isfinite(trips.loc["shore", "travel_time_s"])
    trips = nearest_facility(network, both, points({"f": (0, 50)}), direction="to_facility")
    assert trips["travel_time_s"].tolist() == [np.inf, np.inf]


def test_an_island_with_a_road_of_its_own():
    network = roads(((-500, 400), (500, 400)), ((-50, -20), (50, -20)), barriers=barriers(LAKE))
    snaps = snap(network, at((0, 90), (0, 350)))
    np.testing.assert_allclose(places(network, snaps), [(0, -20), (0, 400)])
    assert snaps.barrier.tolist() == [-1, -1]


def test_a_railway_with_a_level_crossing():
    """
    The road crosses the rails; the leg may not, so the village joins the road on its own side.

              | road, x = 0
    ==========+==========   rails, y = 0
              |    * (30, -2)
    """
    rails = LineString([(-500, 0), (500, 0)])
    network = roads(((0, 200), (0, -200)), ((-500, 10), (500, 10)), barriers=barriers(rails))
    snaps = snap(network, at((30, -2)))
    np.testing.assert_allclose(places(network, snaps), [(0, -2)])
    assert snaps.nearest_road_m[0] == 12
    assert snaps.barrier[0] == 0


def test_roads_on_both_shores_of_a_wide_river():
    """The roads are drawn on the very shore; each bank joins its own."""
    river = box(-500, 0, 500, 80)
    north, south = ((-500, 80), (500, 80)), ((-500, 0), (500, 0))
    network = roads(north, south, barriers=barriers(river))
    villages = at((0, 90), (0, -10), (0, 80), (0, 0), (0, 30), (0, 50))
    snaps = snap(network, villages)
    expected = [(0, 80), (0, 0), (0, 80), (0, 0), (0, 0), (0, 80)]
    np.testing.assert_allclose(places(network, snaps), expected)
    assert (snaps.barrier == -1).all()
    # What lies in the water leaves it to the nearest road.
    np.testing.assert_allclose(snaps.nearest_access_m, [10, 10, 0, 0, 30, 30])


def test_a_fenced_motorway_is_joined_nowhere_along_it():
    """
    The motorway is a barrier and, for cars, a road; on its viaduct it may be passed under.

    y = 100  ------------------------  road
    y =   0  ====(fence)==+..viaduct...  motorway
    """
    fence, viaduct = ((-1000, 0), (0, 0)), ((0, 0), (1000, 0))
    network = roads(
        fence, viaduct, ((-1000, 100), (1000, 100)),
        barriers=barriers(LineString(fence), LineString(viaduct), passable=[1]),
    )  # fmt: skip
    joinable = joinable_edges(network)
    assert network.lines[joinable].tolist() == [LineString([(-1000, 100), (1000, 100)])]
    snaps = snap(network, at((-500, 10), (500, 10), (500, -10), (-500, -100), (-500, 0)))
    # From behind the fence the leg goes through under the viaduct.
    expected = [(-500, 100), (500, 100), (500, 100), (500, 100), (-500, 100)]
    np.testing.assert_allclose(places(network, snaps), expected, atol=0.1)
    np.testing.assert_allclose(snaps.nearest_road_m, [90, 90, 110, 200, 100])
    assert snaps.barrier.tolist() == [-1, -1, -1, 0, -1]


def test_all_roads_fenced_in():
    line = ((0, 0), (100, 0))
    network = roads(line, barriers=barriers(LineString(line)))
    snaps = snap(network, at((50, 10)))
    assert len(snaps.point) == 0
    assert snaps.nearest_access_m.tolist() == [np.inf]
    assert snaps.nearest_road_m.tolist() == [np.inf]
    assert snaps.barrier.tolist() == [-1]


def test_equally_near_edges_in_sight_are_all_kept():
    """Two directions of one street, drawn as two edges, seen past the end of a wall."""
    one, other = ((-100, 100), (100, 100)), ((100, 100), (-100, 100))
    wall = LineString([(-20, 50), (20, 50)])
    network = roads(one, other, barriers=barriers(wall))
    snaps = snap(network, at((10, 0)))
    assert sorted(snaps.edge.tolist()) == [0, 1]
    # The wall's end at (20, 50) hides the road up to x = 30.
    np.testing.assert_allclose(places(network, snaps), [(30.01, 100)] * 2, atol=1e-3)
    assert np.ptp(snaps.access_m) < 1e-6


def test_equally_near_edges_of_which_one_is_hidden():
    wall = LineString([(-50, 50), (50, 50)])
    network = roads(((-40, 100), (40, 100)), ((-40, -100), (40, -100)), barriers=barriers(wall))
    snaps = snap(network, at((0, 0)))
    np.testing.assert_allclose(places(network, snaps), [(0, -100)])
    assert snaps.barrier.tolist() == [-1]


def test_a_search_ends_at_its_limit():
    """The road beyond the wall's end is in sight, but farther than anybody walks."""
    wall = LineString([(-1000, 50), (1000, 50)])
    near_end = (990, 0)
    far_road = ((1030, 60), (1030, 100))
    hidden = ((-10, 60), (980, 60))
    network = roads(hidden, far_road, barriers=barriers(wall))
    assert snap(network, at(near_end)).nearest_access_m[0] < 120
    beyond = ((-1000, SEARCH_LIMIT_M + 100), (3000, SEARCH_LIMIT_M + 100))
    network = roads(hidden, beyond, barriers=barriers(wall))
    snaps = snap(network, at(near_end))
    assert len(snaps.point) == 0
    assert snaps.barrier.tolist() == [0]
    # Who sees the nearest road has a way to it however far it is.
    network = roads(beyond, barriers=barriers(wall))
    assert snap(network, at((500, 60))).nearest_access_m[0] == SEARCH_LIMIT_M + 40


def test_points_on_a_barrier_leave_it_to_the_nearer_side():
    network = roads(NORTH, SOUTH, barriers=barriers(RIVER))
    snaps = snap(network, at((0, 0), (200, 1e-9), (200, -1e-9)))
    np.testing.assert_allclose(places(network, snaps), [(0, 100), (200, 100), (200, 100)])


def test_empty_tables():
    for network in (river_with_a_bridge(), roads(NORTH)):
        snaps = snap(network, at())
        for column in ("point", "edge", "fraction", "access_m", "nearest_road_m", "barrier"):
            assert getattr(snaps, column).tolist() == []
        assert snaps.nearest_access_m.tolist() == []


def test_bad_points_are_refused():
    network = river_with_a_bridge()
    with pytest.raises(CrsError) as caught:
        snap(network, gpd.GeoSeries([Point(1, 1)], crs="EPSG:4326"))
    assert str(caught.value).startswith("点的坐标系 WGS 84 以度为单位")
    with pytest.raises(InputError) as caught:
        snap(
            network,
            gpd.GeoSeries([Point(0, 0), Point(np.nan, 1)], index=["a", "b"], crs=METRIC_CRS),
        )
    assert str(caught.value) == "1 个位置不是坐标有效的点，第一个是 'b'。请改正坐标后重试。"
    empty = replace(network, tail=network.tail[:0], head=network.head[:0])
    with pytest.raises(RoadError) as caught:
        snap(empty, at((0, 0)))
    assert str(caught.value) == "路网中没有可用的道路，无法把村庄和设施接到路上。"


def random_network(seed, *, nodes=12, edges=25):
    node_table, edge_table = random_tables(seed, nodes=nodes, edges=edges)
    node_table /= 5
    edge_table["geometry"] = [
        None if line is None else shapely.transform(line, lambda xy: xy / 5)
        for line in edge_table["geometry"]
    ]
    return RoadNetwork.from_edges(node_table, edge_table, crs=METRIC_CRS)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_without_barriers_the_nearest_edges_count(seed):
    network = random_network(seed)
    villages = random_points(network, seed, count=10, prefix="v").geometry
    snaps = snap(network, villages)
    far = shapely.distance(network.lines[:, None], np.asarray(villages.array)[None, :])
    np.testing.assert_allclose(snaps.nearest_road_m, far.min(axis=0), atol=1e-9)
    np.testing.assert_allclose(snaps.nearest_access_m, far.min(axis=0), atol=1e-9)
    assert (snaps.barrier == -1).all()
    elsewhere = replace(network, barriers=barriers(LineString([(-9e5, 0), (-9e5, 1)])))
    same = snap(elsewhere, villages)
    for column in ("point", "edge", "fraction", "access_m", "nearest_road_m", "barrier"):
        np.testing.assert_array_equal(getattr(same, column), getattr(snaps, column))


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_no_leg_crosses_a_barrier_and_none_gets_shorter(seed):
    network = random_network(seed)
    scene = random_scene(seed)
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (8, 2))
    villages = at(*map(tuple, xy))
    longest = np.zeros(len(xy))
    for count in (0, 4, len(scene)):
        some = barriers(*scene.geometry[:count])
        fenced = replace(network, barriers=some)
        snaps = snap(fenced, villages)
        access_m = snaps.nearest_access_m
        assert (access_m >= longest - 1e-6).all()
        longest = access_m
        ends = places(fenced, snaps)
        for point, end, metres in zip(snaps.point, ends, snaps.access_m, strict=True):
            assert crosses_by_shapely(some, xy[point], end) == -1
            assert np.hypot(*(end - xy[point])) == pytest.approx(metres, abs=1e-6)
            assert metres <= access_m[point] + 2e-6
        assert ((snaps.barrier >= 0) == (access_m > snaps.nearest_road_m + 1e-6)).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_place_in_sight_by_brute_force(seed):
    """Every half metre of road is tried with the rule read out."""
    network = random_network(seed, nodes=8, edges=10)
    scene = random_scene(seed, count=8)
    xy = np.random.default_rng(seed).uniform(0, 1000, (6, 2))
    access_m = snap(replace(network, barriers=scene), at(*map(tuple, xy))).nearest_access_m
    tried = np.concatenate(
        [
            shapely.get_coordinates(
                shapely.line_interpolate_point(line, np.arange(0, line.length, 0.5))
            )
            for line in network.lines
        ]
    )
    for origin, found in zip(xy, access_m, strict=True):
        metres = np.hypot(*(tried - origin).T)
        clear = (
            metre
            for metre, end in sorted(zip(metres.tolist(), tried.tolist(), strict=True))
            if crosses_by_shapely(scene, origin, end) == -1
        )
        expected = next(clear, np.inf)
        assert found <= expected + 1e-6
        assert found == expected or found > expected - 0.5


def test_looking_at_few_edges_at_once_changes_no_place(monkeypatch):
    network = replace(random_network(5), barriers=random_scene(5))
    villages = at(*map(tuple, np.random.default_rng(6).uniform(0, 1000, (30, 2))))
    whole = snap(network, villages)
    monkeypatch.setattr("coverage.access.roads_in_sight.PAIRS_AT_ONCE", 3)
    parts = snap(network, villages)
    assert (whole.barrier >= 0).any()
    for column in ("point", "edge", "fraction", "access_m"):
        np.testing.assert_array_equal(getattr(parts, column), getattr(whole, column))


def test_the_order_of_barriers_changes_no_place():
    network, scene = random_network(3), random_scene(3)
    villages = at(*map(tuple, np.random.default_rng(4).uniform(0, 1000, (30, 2))))
    one = snap(replace(network, barriers=scene), villages)
    other = snap(replace(network, barriers=barriers(*scene.geometry[::-1])), villages)
    assert (one.barrier >= 0).any()
    for column in ("point", "edge", "fraction", "access_m", "nearest_road_m"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))


def test_a_slower_pace_keeps_the_places():
    network = river_with_a_bridge()
    villages = at((400, -60), (30, -60))
    one, other = snap(network, villages), snap(network.at_pace(0.8), villages)
    np.testing.assert_array_equal(one.access_m, other.access_m)
