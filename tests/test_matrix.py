"""The travel matrix by parts of the network: one facility at a time and NetworkX as oracles."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from coverage.access.barriers import Barriers
from coverage.catchment import nearest_trips
from coverage.errors import CrsError, ImpedanceError, InputError
from coverage.graph.arcs import as_graph
from coverage.impedance import network_for_mode
from coverage.network import RoadNetwork
from coverage.searches import subnetwork, tiles
from coverage.searches.matrix import travel_matrix
from coverage.searches.search import Search, ways_to_nodes
from coverage.searches.subnetwork import blocks_of, cut_out
from coverage.snapping import snap
from layers.samples import generate_points, generate_roads
from layers.standards import load_modes
from tests.networks import (
    METRIC_CRS,
    oracle_times,
    points,
    random_points,
    random_tables,
    straight_road,
)

if TYPE_CHECKING:
    import geopandas as gpd

DIRECTIONS = ["to_facility", "from_facility"]
SEEDS = st.integers(0, 2**32 - 1)
COLUMNS = ["from_id", "to_id", "travel_time_s", "distance_m"]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 4 nodes and tiles of 20, so that toys are cut up like a country."""
    monkeypatch.setattr(subnetwork, "BLOCK_BITS", 2)
    monkeypatch.setattr(tiles, "TILE_NODES", 20)
    monkeypatch.setattr(tiles, "TILE_FACILITIES", 5)
    monkeypatch.setattr(tiles, "WORTH_A_LOOK", 2)


def long_road(*, nodes: int = 400) -> RoadNetwork:
    """
    A road from west to east, a node every 100 m, at 10 m/s.

    0 -- 1 -- 2 -- ... -- 399
    """
    table = pd.DataFrame({"x": 100.0 * np.arange(nodes), "y": 0.0}, index=range(nodes))
    edges = pd.DataFrame(
        {
            "from_node": range(nodes - 1),
            "to_node": range(1, nodes),
            "length_m": 100.0,
            "travel_time_s": 10.0,
        }
    )
    return RoadNetwork.from_edges(table, edges, crs=METRIC_CRS)


def neighbours(seed: int, *, nodes: int = 250) -> RoadNetwork:
    """Streets between neighbours only, some one-way, some of no time, with delays at nodes."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 5000, (nodes, 2))
    near = np.argsort(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)), axis=1)[:, 1:6]
    start = np.repeat(np.arange(nodes), 3)
    end = near[start, rng.integers(0, 5, len(start))]
    length = np.hypot(*(xy[start] - xy[end]).T)
    edges = pd.DataFrame(
        {
            "from_node": start,
            "to_node": end,
            "length_m": length,
            "travel_time_s": np.where(rng.random(len(start)) < 0.003, 0, length / 3)
            * rng.uniform(1, 3, len(start)),
            "oneway": rng.random(len(start)) < 0.2,
        }
    )
    table = pd.DataFrame(xy, columns=["x", "y"])
    network = RoadNetwork.from_edges(table, edges, crs=METRIC_CRS)
    return replace(network, node_delay_s=rng.choice([0.0, 7.0], nodes))


def one_by_one(
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    cutoff_s: float,
    direction: str,
    start_s: pd.Series | None = None,
) -> pd.DataFrame:
    """The same table from one search of the whole network per facility."""
    rows = []
    for number, name in enumerate(sorted(facilities.index)):
        trips = nearest_trips(
            network,
            demand,
            facilities.loc[[name]],
            cutoff=cutoff_s,
            direction=direction,
            start_s=None if start_s is None else start_s.loc[[name]],
        )
        rows += [
            (place, trip.travel_time_s, number, trip.distance_m)
            for place, trip in enumerate(trips.itertuples())
            if trip.facility_id is not None
        ]
    rows.sort()
    ids, names = demand.index, sorted(facilities.index)
    found = [(ids[place], names[number], time, metres) for place, time, number, metres in rows]
    return pd.DataFrame(found, columns=COLUMNS).astype(
        {"from_id": object, "to_id": object, "travel_time_s": float, "distance_m": float}
    )


def reaching(network: RoadNetwork, **wanted: object) -> pd.DataFrame:
    demand = points({"v": (0, 0), "w": (30_000, 40)})
    facilities = points({"c": (4_000, 0), "b": (200, 30), "far": (39_900, 0)})
    return travel_matrix(
        network, demand, facilities, **({"cutoff_s": 900, "direction": "to_facility"} | wanted)
    )


# Bad input


def test_bad_requests_are_refused_in_the_words_of_the_door() -> None:
    road, here = straight_road(), points({"a": (0, 0)})
    with pytest.raises(ImpedanceError, match="阈值应为不小于 0 的数字，现为 -1"):
        travel_matrix(road, here, here, cutoff_s=-1, direction="to_facility")
    with pytest.raises(ImpedanceError, match="出行方向应为 to_facility"):
        travel_matrix(road, here, here, cutoff_s=1, direction="both")
    with pytest.raises(InputError, match="设施有 1 个代码重复，第一个是 'a'。"):
        travel_matrix(road, here, pd.concat([here, here]), cutoff_s=1, direction="to_facility")
    with pytest.raises(CrsError, match="与路网的坐标系（EPSG:4527）不同"):
        travel_matrix(
            road,
            points({"a": (0, 0)}, crs="EPSG:4528"),
            here,
            cutoff_s=1,
            direction="to_facility",
        )


def test_a_missing_or_senseless_turn_out_is_refused() -> None:
    start = pd.Series({"b": 60.0, "c": -1.0, "far": 0.0})
    with pytest.raises(ImpedanceError, match="1 个设施的出车准备时间不是不小于 0 的秒数"):
        reaching(long_road(), start_s=start)
    with pytest.raises(ImpedanceError, match="第一个是 'far'，没有填。请补上或改正。"):
        reaching(long_road(), start_s=pd.Series({"b": 60.0, "c": 0.0}))


# Structure and empty input


@pytest.mark.parametrize("nobody", ["demand", "facilities"])
def test_nobody_gives_an_empty_table_of_the_same_types(nobody: str) -> None:
    here = {"demand": points({"v": (0, 0)}), "facilities": points({"c": (0, 0)})}
    full = travel_matrix(straight_road(), **here, cutoff_s=900, direction="to_facility")
    here[nobody] = here[nobody].iloc[:0]
    none = travel_matrix(straight_road(), **here, cutoff_s=900, direction="to_facility")
    assert list(none.columns) == list(full.columns) == COLUMNS
    assert none.empty
    assert full.dtypes.to_dict() == none.dtypes.to_dict()


def test_arguments_are_left_unchanged() -> None:
    network = neighbours(5)
    demand = random_points(network, 1, count=20, prefix="d")
    facilities = random_points(network, 2, count=9, prefix="f")
    start = pd.Series(30.0, index=facilities.index)
    before = demand.copy(), facilities.copy(), start.copy()
    travel_matrix(
        network, demand, facilities, cutoff_s=500, direction="from_facility", start_s=start
    )
    pd.testing.assert_frame_equal(demand, before[0])
    pd.testing.assert_frame_equal(facilities, before[1])
    pd.testing.assert_series_equal(start, before[2])


def test_known_places_of_the_demand_are_taken() -> None:
    network = neighbours(6)
    demand = random_points(network, 1, count=20, prefix="d")
    facilities = random_points(network, 2, count=9, prefix="f")
    wanted = {"cutoff_s": 500, "direction": "to_facility"}
    known = snap(network, demand.geometry)
    pd.testing.assert_frame_equal(
        travel_matrix(network, demand, facilities, **wanted, demand_snaps=known),
        travel_matrix(network, demand, facilities, **wanted),
    )


def test_progress_ends_with_all_facilities() -> None:
    told: list[tuple[int, int, str]] = []
    matrix = reaching(long_road(), progress=lambda *step: told.append(step))
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
    assert told[-1] == (3, 3, "出行时间：已算 3 个设施")
    pd.testing.assert_frame_equal(matrix, reaching(long_road()))


def test_an_exception_in_progress_stops_the_work() -> None:
    told = []

    def stop(done: int, _every: int, _text: str) -> None:
        told.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reaching(long_road(), progress=stop)
    assert len(told) == 1


def test_tiles_may_be_searched_elsewhere_and_in_any_order() -> None:
    def elsewhere(work, given):
        sent = [pickle.dumps(tile) for tile in given]
        assert len(sent) > 1
        return [pickle.loads(pickle.dumps(work(pickle.loads(one)))) for one in reversed(sent)]  # noqa: S301

    pd.testing.assert_frame_equal(reaching(long_road(), spread=elsewhere), reaching(long_road()))


# Values by hand


def test_times_and_metres_on_a_long_road() -> None:
    matrix = reaching(long_road())
    # 200 m at 10 m/s and 30 m off the road at 4.8 km/h; 4,000 m; 40 m off the road, 9,900 m more
    # than the cutoff allows.
    assert matrix.to_dict("records") == [
        {"from_id": "v", "to_id": "b", "travel_time_s": 42.5, "distance_m": 230.0},
        {"from_id": "v", "to_id": "c", "travel_time_s": 400.0, "distance_m": 4000.0},
    ]
    farther = reaching(long_road(), cutoff_s=1020)
    assert farther.iloc[-1].to_dict() == {
        "from_id": "w",
        "to_id": "far",
        "travel_time_s": 1020.0,
        "distance_m": 9940.0,
    }


def test_the_turn_out_counts_within_the_cutoff() -> None:
    start = pd.Series({"b": 60.0, "c": 501.0, "far": 0.0})
    matrix = reaching(long_road(), start_s=start, direction="from_facility")
    assert matrix[["to_id", "travel_time_s"]].to_numpy().tolist() == [["b", 102.5]]


def test_nobody_is_reached_within_no_time_but_those_on_the_spot() -> None:
    here = points({"v": (150, 0), "w": (700, 0), "at_node": (500, 0)})
    there = points({"c": (150, 0), "d": (155, 0), "node": (500, 0)})
    none = travel_matrix(long_road(), here, there, cutoff_s=0, direction="to_facility")
    assert none[["from_id", "to_id"]].to_numpy().tolist() == [["v", "c"], ["at_node", "node"]]
    assert (none["travel_time_s"] == 0).all()


def test_the_cutoff_is_inclusive() -> None:
    here, there = points({"v": (0, 0)}), points({"c": (9_000, 0)})
    for cutoff_s, rows in ((900, 1), (900 - 5e-7, 1), (899.99, 0)):
        matrix = travel_matrix(long_road(), here, there, cutoff_s=cutoff_s, direction="to_facility")
        assert len(matrix) == rows


def test_of_two_ways_of_equal_time_the_shorter_counts() -> None:
    nodes = pd.DataFrame({"x": [0.0, 100.0, 200.0], "y": 0.0}, index=[1, 2, 3])
    edges = pd.DataFrame(
        {
            "from_node": [1, 2, 1],
            "to_node": [2, 3, 3],
            "length_m": [100.0, 100.0, 350.0],
            "travel_time_s": [10.0, 10.0, 0.0],
            "geometry": [
                shapely.LineString([(0, 0), (100, 0)]),
                shapely.LineString([(100, 0), (200, 0)]),
                shapely.LineString([(0, 0), (0, 75), (200, 75), (200, 0)]),
            ],
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    # 5 s to either end of its edge and 5 s on, once along 100 m, once by the edge of no time.
    matrix = travel_matrix(
        network,
        points({"v": (150, 0)}),
        points({"c": (50, 0)}),
        cutoff_s=900,
        direction="to_facility",
    )
    assert matrix[["travel_time_s", "distance_m"]].to_numpy().tolist() == [[10.0, 100.0]]


def test_a_facility_beyond_the_water_serves_nobody() -> None:
    river = Barriers(
        np.array([shapely.box(-500, 50, 50_000, 60)], dtype=object),
        np.array(["河流"], dtype=object),
    )
    road = replace(long_road(), barriers=river)
    demand, facilities = points({"v": (0, 0)}), points({"c": (100, 90), "d": (300, 20)})
    matrix = travel_matrix(road, demand, facilities, cutoff_s=900, direction="to_facility")
    assert matrix["to_id"].tolist() == ["d"]
    swapped = travel_matrix(road, facilities, demand, cutoff_s=900, direction="to_facility")
    assert swapped["from_id"].tolist() == ["d"]


def test_seconds_of_a_neighbour_do_not_lead_out_of_the_part() -> None:
    # The search for what a tile reaches gives every facility the time of the one that starts first.
    road = long_road()
    where = {f"f{number}": (15_000.0 + 1_000 * number, 0.0) for number in range(6)}
    facilities, demand = points(where), points({"v": (20_500, 0), "w": (10_000, 0)})
    start = pd.Series([0.0, 0, 0, 0, 0, 850], index=facilities.index)
    wanted = {"cutoff_s": 900, "direction": "from_facility", "start_s": start}
    pd.testing.assert_frame_equal(
        travel_matrix(road, demand, facilities, **wanted),
        one_by_one(road, demand, facilities, **wanted),
    )


def test_an_edge_of_no_time_may_lead_across_the_country() -> None:
    table = pd.DataFrame({"x": 100.0 * np.arange(400), "y": 0.0}, index=range(400))
    edges = pd.DataFrame(
        {
            "from_node": [*range(399), 5],
            "to_node": [*range(1, 400), 390],
            "length_m": [100.0] * 399 + [38_500.0],
            "travel_time_s": [10.0] * 399 + [0.0],
            "geometry": [shapely.LineString([(100 * i, 0), (100 * i + 100, 0)]) for i in range(399)]
            + [shapely.LineString([(500, 0), (20_000, 9_000), (39_000, 0)])],
        }
    )
    edges.loc[399, "length_m"] = edges["geometry"].iloc[-1].length
    network = RoadNetwork.from_edges(table, edges, crs=METRIC_CRS)
    demand, facilities = points({"v": (0, 0)}), points({"c": (39_200, 0), "d": (3_000, 0)})
    matrix = travel_matrix(network, demand, facilities, cutoff_s=900, direction="to_facility")
    assert matrix["to_id"].tolist() == ["c", "d"]
    assert matrix["travel_time_s"].tolist() == [70.0, 300.0]


# Oracles


@settings(max_examples=15)
@given(
    seed=SEEDS,
    direction=st.sampled_from(DIRECTIONS),
    cutoff_s=st.sampled_from([0.0, 60.0, 600.0, math.inf]),
    turn_out=st.booleans(),
    tile_nodes=st.sampled_from([20, 1000]),
)
def test_the_matrix_equals_one_search_per_facility(
    seed: int, direction: str, cutoff_s: float, *, turn_out: bool, tile_nodes: int
) -> None:
    network = neighbours(seed)
    demand = random_points(network, seed + 1, count=25, prefix="d")
    facilities = random_points(network, seed + 2, count=9, prefix="f")
    start = pd.Series(np.arange(9) % 3 * 60.0, index=facilities.index) if turn_out else None
    wanted = {"cutoff_s": cutoff_s, "direction": direction, "start_s": start}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "TILE_NODES", tile_nodes)
        patch.setattr(tiles, "TILE_FACILITIES", tile_nodes)
        matrix = travel_matrix(network, demand, facilities, **wanted)
    expected = one_by_one(network, demand, facilities, **wanted)
    pd.testing.assert_frame_equal(matrix, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("apart_m", [300, 1_500, 1_990, 2_010, 4_000])
def test_facilities_of_one_search_do_not_disturb_each_other(
    monkeypatch: pytest.MonkeyPatch, apart_m: float
) -> None:
    monkeypatch.setattr(tiles, "TILE_NODES", 1000)
    monkeypatch.setattr(tiles, "TILE_FACILITIES", 1000)
    facilities = points({f"f{number}": (50.0 + apart_m * number, 0.0) for number in range(7)})
    demand = points({f"d{number}": (170.0 * number, 0.0) for number in range(160)})
    wanted = {"cutoff_s": 100, "direction": "to_facility"}
    pd.testing.assert_frame_equal(
        travel_matrix(long_road(), demand, facilities, **wanted),
        one_by_one(long_road(), demand, facilities, **wanted),
    )


@settings(max_examples=12)
@given(seed=SEEDS, direction=st.sampled_from(DIRECTIONS))
def test_times_equal_networkx(seed: int, direction: str) -> None:
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    demand = random_points(network, seed + 1, count=20, prefix="d")
    facilities = random_points(network, seed + 2, count=8, prefix="f")
    expected = oracle_times(network, demand, facilities, direction=direction)
    matrix = travel_matrix(network, demand, facilities, cutoff_s=400, direction=direction)
    times = matrix.pivot_table(index="from_id", columns="to_id", values="travel_time_s")
    times = times.reindex(index=demand.index, columns=facilities.index).fillna(math.inf)
    within = expected.where(expected <= 400 + 1e-6, math.inf)
    np.testing.assert_allclose(times, within, rtol=0, atol=1e-6)


@pytest.mark.parametrize("mode_id", ["walk", "drive"])
def test_a_generated_country_equals_one_search_per_facility(mode_id: str) -> None:
    roads = generate_roads(nodes=3_000, seed=1)
    network = network_for_mode(roads, load_modes()[mode_id])
    demand = generate_points(roads, count=80, seed=2)
    facilities = generate_points(roads, count=15, seed=3)
    wanted = {"cutoff_s": 300 if mode_id == "drive" else 900, "direction": "to_facility"}
    matrix = travel_matrix(network, demand, facilities, **wanted)
    assert len(matrix)
    expected = one_by_one(network, demand, facilities, **wanted)
    pd.testing.assert_frame_equal(matrix, expected, rtol=0, atol=1e-9)


# The part of the network


@settings(max_examples=20)
@given(seed=SEEDS, cutoff_s=st.sampled_from([60.0, 300.0, 900.0]))
def test_what_is_cut_out_holds_all_that_is_reached(seed: int, cutoff_s: float) -> None:
    network = neighbours(seed)
    blocks = blocks_of(network)
    arcs = network.arcs("travel_time_s", "to_facility")
    node = seed % network.node_count
    xy = np.array([[network.x[node], network.y[node]]])
    radius = blocks.radius(xy, np.array([cutoff_s]))
    whole = dijkstra(as_graph(arcs), indices=node, limit=cutoff_s)
    if not math.isfinite(radius[0]):
        return
    part = cut_out(arcs, blocks.near(xy, radius))
    cost = dijkstra(as_graph(part.arcs), indices=int(part.number(node)), limit=cutoff_s)
    assert not np.isfinite(cost[part.outside])
    reached = np.flatnonzero(np.isfinite(whole)).astype(np.int32)
    np.testing.assert_array_equal(cost[part.number(reached)], whole[reached])
    assert np.isfinite(cost).sum() == len(reached)


@settings(max_examples=10)
@given(seed=SEEDS, direction=st.sampled_from(DIRECTIONS))
def test_the_circle_of_a_facility_holds_all_that_it_reaches(seed: int, direction: str) -> None:
    network = neighbours(seed, nodes=60)
    facilities = random_points(network, seed, count=6, prefix="f")
    start = np.arange(6) * 20.0
    search = Search.prepare(network, facilities, direction, "travel_time_s", start_s=start)
    leaving = direction == "from_facility"
    ends = ways_to_nodes(network, search.snaps, "travel_time_s", leaving=leaving, start_s=start)
    sites = tiles.Sites.of(network, blocks_of(network), ends, count=6, limit_s=150.0)
    for facility, cost, _ in search.each(150.0):
        reached = np.flatnonzero(np.isfinite(cost[: network.node_count]))
        x, y = sites.xy[facility]
        metres = np.hypot(network.x[reached] - x, network.y[reached] - y)
        assert (metres <= sites.radius_m[facility]).all()
        assert (sites.radius_m[facility] >= 0) == (len(reached) > 0)


def test_the_circle_lies_around_the_nearer_end_and_holds_what_is_reached_by_the_other() -> None:
    road = long_road()
    places = snap(road, points({"c": (560, 0), "off": (800, 400)}).geometry)
    ends = ways_to_nodes(road, places, "travel_time_s", leaving=True)
    sites = tiles.Sites.of(road, blocks_of(road), ends, count=2, limit_s=100.0)
    # 4 s to 600 and 96 s from there; 6 s to 500, and 940 m on: 1,040 m from 600.
    assert sites.xy[0].tolist() == [600, 0]
    assert sites.radius_m[0] == pytest.approx(1040, abs=1e-5)
    # 400 m off the road take 300 s.
    assert sites.radius_m[1] == -math.inf
    assert sites.searched == 1


def test_of_a_long_road_little_is_cut_out() -> None:
    network = long_road()
    blocks = blocks_of(network)
    assert blocks.fastest_m_per_s == 10
    near = blocks.near(np.array([[20_000.0, 0.0]]), np.array([450.0]))
    part = cut_out(network.arcs("travel_time_s", "to_facility"), near)
    assert part.outside <= 16
    assert blocks_of(network) is blocks


def test_no_place_is_near_nothing() -> None:
    blocks = blocks_of(long_road())
    assert not len(blocks.near(np.array([[0.0, 0.0]]), np.array([-1.0])))
