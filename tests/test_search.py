"""Delays at nodes, turn-out and ties: hand calculations, and NetworkX on the expanded graph."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.access.barriers import Barriers
from coverage.catchment import nearest_facility, nearest_trips, travel_matrix
from coverage.errors import ImpedanceError
from coverage.impedance import TravelMode, network_for_mode
from coverage.network import RoadNetwork
from coverage.searches.search import Search
from layers.road_files.roads_pbf import read_roads_pbf
from layers.standards import load_modes
from tests.networks import (
    METRIC_CRS,
    points,
    random_points,
    random_tables,
    straight_road,
    toy_roads,
)

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

DIRECTIONS = ["to_facility", "from_facility"]
COSTS = ["travel_time_s", "distance_m"]
SEEDS = st.integers(0, 2**32 - 1)


def delayed_case(
    seed: int,
) -> tuple[RoadNetwork, gpd.GeoDataFrame, gpd.GeoDataFrame, pd.Series[float]]:
    """A random multigraph with delays at half of its nodes, and turn-outs."""
    rng = np.random.default_rng(seed)
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    delay = np.where(rng.random(network.node_count) < 0.5, rng.uniform(0, 60, len(network.x)), 0.0)
    network = replace(network, node_delay_s=delay)
    demand = random_points(network, seed + 1, count=20, prefix="d")
    facilities = random_points(network, seed + 2, count=8, prefix="f")
    start_s = pd.Series(rng.choice([0.0, 60.0, 300.0], 8), index=facilities.index)
    return network, demand, facilities, start_s


def oracle(
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    direction: str,
    cost: str = "travel_time_s",
) -> pd.DataFrame:
    """
    Costs of all pairs by NetworkX, every node split in two.

    Whoever arrives at a node enters by its door "in" and pays the delay to its door "out"; a
    point at a node is behind the door "out". Edges are split where points touch them.
    """
    graph = nx.MultiDiGraph()
    for node, delay in enumerate(network.node_delay_s.tolist()):
        graph.add_edge(("in", node), ("out", node), travel_time_s=delay, distance_m=0.0)
    cuts = _touch(graph, network, demand=demand, facility=facilities)
    for edge in range(network.edge_count):
        tail, head = int(network.tail[edge]), int(network.head[edge])
        inner = sorted(cuts.get(edge, []))
        for way, seconds in ((1, network.along_s[edge]), (-1, network.against_s[edge])):
            if not np.isfinite(seconds):
                continue
            first, last = (tail, head) if way == 1 else (head, tail)
            ends = [(0.0, ("out", first)), (1.0, ("in", last))]
            chain = [(share if way == 1 else 1 - share, place) for share, place in inner[::way]]
            for (a, start), (b, end) in pairwise([ends[0], *chain, ends[1]]):
                metres = (b - a) * float(network.length_m[edge])
                graph.add_edge(start, end, travel_time_s=(b - a) * seconds, distance_m=metres)
    search = graph.reverse(copy=False) if direction == "to_facility" else graph
    costs = pd.DataFrame(np.inf, index=demand.index, columns=facilities.index)
    for facility in facilities.index:
        reached = nx.single_source_dijkstra_path_length(search, ("facility", facility), weight=cost)
        costs[facility] = [reached.get(("demand", name), np.inf) for name in demand.index]
    return costs


def _touch(
    graph: nx.MultiDiGraph, network: RoadNetwork, **groups: gpd.GeoDataFrame
) -> dict[int, list[tuple[float, object]]]:
    """Join each point to its nearest edges; gives the places inside each edge."""
    cuts: dict[int, list[tuple[float, object]]] = {}
    for group, table in groups.items():
        for name, point in table.geometry.items():
            graph.add_node((group, name))
            distances = shapely.distance(network.lines, point)
            for edge in np.flatnonzero(distances <= distances.min() + 1e-6).tolist():
                line = network.lines[edge]
                share = line.project(point) / line.length if line.length else 0.0
                place: tuple[object, ...] = (group, name, edge)
                if share < 1e-12:
                    place = ("out", int(network.tail[edge]))
                elif share > 1 - 1e-12:
                    place = ("out", int(network.head[edge]))
                else:
                    cuts.setdefault(edge, []).append((share, place))
                metres = float(distances[edge])
                leg = {"travel_time_s": metres * network.access_s_per_m, "distance_m": metres}
                graph.add_edge((group, name), place, **leg)
                graph.add_edge(place, (group, name), **leg)
    return cuts


def road_of_three(delay_s: float, *, oneway: bool = False) -> RoadNetwork:
    """
    Two roads of 1,000 m at 10 m/s, and a delay where they meet.

    0 ---------- 1 ---------- 2
    """
    nodes = pd.DataFrame({"x": [0.0, 1000.0, 2000.0], "y": 0.0}, index=[0, 1, 2])
    edges = pd.DataFrame(
        {
            "from_node": [0, 1],
            "to_node": [1, 2],
            "length_m": [1000.0, 1000.0],
            "travel_time_s": [100.0, 100.0],
            "oneway": oneway,
        }
    )
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    return replace(network, node_delay_s=np.where(network.node_id == 1, delay_s, 0.0))


def grid(side: int, metres: float = 100.0) -> RoadNetwork:
    """Streets of a chessboard, all of one length and speed: ties everywhere."""
    at = np.arange(side * side)
    nodes = pd.DataFrame({"x": (at % side) * metres, "y": (at // side) * metres}, index=at)
    right, up = at[at % side < side - 1], at[at < side * (side - 1)]
    edges = pd.DataFrame(
        {
            "from_node": np.concatenate([right, up]),
            "to_node": np.concatenate([right + 1, up + side]),
            "length_m": metres,
            "travel_time_s": 10.0,
        }
    )
    return RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)


# Bad input


@pytest.mark.parametrize(
    ("start_s", "said"),
    [
        ({"a": 60.0}, "没有填"),
        ({"a": 0.0, "b": -1.0}, "为 -1"),
        ({"a": 0, "b": math.inf}, "为 inf"),
    ],
)
def test_a_turnout_must_be_told_and_make_sense(start_s: dict[str, float], said: str) -> None:
    stations = points({"a": (0, 0), "b": (500, 0)})
    with pytest.raises(ImpedanceError) as caught:
        nearest_trips(
            straight_road(),
            points({"v": (100, 0)}),
            stations,
            direction="from_facility",
            start_s=pd.Series(start_s),
        )
    assert str(caught.value) == (
        f"1 个设施的出车准备时间不是不小于 0 的秒数，第一个是 'b'，{said}。请补上或改正。"
    )


# Values by hand


@pytest.mark.parametrize(
    ("village", "clinic", "to_s", "from_s"),
    [
        (500, 1500, 50 + 7 + 50, 50 + 7 + 50),  # across the junction
        (200, 700, 50, 50),  # along one edge
        (1000, 1500, 50, 50 + 7),  # whoever sets out at the junction does not wait there
        (500, 1000, 50 + 7, 50),  # whoever arrives there does
        (1000, 1000, 0, 0),
        (0, 2000, 100 + 7 + 100, 100 + 7 + 100),
    ],
)
def test_a_delay_is_paid_on_arriving_at_the_node(
    village: float, clinic: float, to_s: float, from_s: float
) -> None:
    for direction, seconds in zip(DIRECTIONS, (to_s, from_s), strict=True):
        nearest = nearest_facility(
            road_of_three(7.0),
            points({"v": (village, 0)}),
            points({"c": (clinic, 0)}),
            direction=direction,  # type: ignore[arg-type]
        )
        assert nearest.loc["v", "travel_time_s"] == pytest.approx(seconds, abs=1e-9)
        assert nearest.loc["v", "distance_m"] == pytest.approx(abs(village - clinic))


def test_a_turnout_changes_which_station_is_the_nearest() -> None:
    village = points({"v": (400, 0)})
    stations = points({"near": (300, 0), "far": (900, 0)})
    start_s = pd.Series({"far": 0.0, "near": 120.0})
    plain = nearest_trips(straight_road(), village, stations, direction="from_facility")
    assert plain.loc["v", ["facility_id", "travel_time_s"]].tolist() == ["near", pytest.approx(10)]
    turned_out = nearest_trips(
        straight_road(), village, stations, direction="from_facility", start_s=start_s
    )
    assert turned_out.loc["v", ["facility_id", "travel_time_s"]].tolist() == [
        "far",
        pytest.approx(50),
    ]
    by_metres = nearest_trips(
        straight_road(),
        village,
        stations,
        direction="from_facility",
        cost="distance_m",
        start_s=start_s,
    )
    assert by_metres.loc["v", ["facility_id", "travel_time_s", "distance_m"]].tolist() == [
        "near",
        pytest.approx(130),
        pytest.approx(100),
    ]


def test_a_turnout_counts_towards_the_cutoff() -> None:
    asked = {"direction": "from_facility", "start_s": pd.Series({"s": 60.0})}
    here = straight_road(), points({"v": (400, 0)}), points({"s": (0, 0)})
    assert nearest_trips(*here, cutoff=100.0, **asked)["travel_time_s"].tolist() == [100.0]
    assert nearest_trips(*here, cutoff=99.0, **asked)["travel_time_s"].tolist() == [math.inf]


@pytest.mark.parametrize("cost", COSTS)
def test_of_stations_at_one_place_the_first_to_start_counts(cost: str) -> None:
    stations = points({"a": (500, 30), "b": (500, 30), "c": (500, 30)})
    villages = points({"left": (100, 0), "beside": (500, 0), "right": (900, 0)})
    start_s = pd.Series({"a": 90.0, "c": 30.0, "b": 30.0})
    trips = nearest_trips(
        straight_road(),
        villages,
        stations.iloc[::-1],
        direction="from_facility",
        cost=cost,  # type: ignore[arg-type]
        start_s=start_s,
    )
    assert trips["facility_id"].tolist() == ["b", "b", "b"]
    assert trips["travel_time_s"].tolist() == pytest.approx([92.5, 52.5, 92.5])


def test_walkers_take_the_ferry_and_keep_off_the_motorway() -> None:
    """
    The motorway and the residential road join 0 and 1; the ferry is the only way to 2.

    0 ==motorway== 1 ~~ferry~~ 2
     \\_____3_____/
    """
    roads = toy_roads(
        [
            (0, 1, "motorway"),
            (0, 3, "residential"),
            (3, 1, "residential"),
            (1, 2, "ferry"),
        ],
        {0: (0, 0), 1: (3000, 0), 2: (4000, 0), 3: (1500, 2000)},
        access={"foot": [0, 3, 3, 3], "motor": [3, 3, 3, 0]},
    )
    speeds = {"residential": 36.0, "ferry": 18.0, "motorway": 108.0}
    walk = TravelMode("walk", "步行", source="", user="foot", speed_kph=speeds)
    drive = TravelMode("drive", "驾车", source="", user="motor", speed_kph=speeds)
    village, clinics = points({"v": (0, 0)}), points({"island": (4000, 0), "shore": (3000, 0)})
    times = {
        mode.mode_id: travel_matrix(
            network_for_mode(roads, mode), village, clinics, cutoff_s=1e6, direction="to_facility"
        ).set_index("to_id")["travel_time_s"]
        for mode in (walk, drive)
    }
    assert times["walk"].to_dict() == pytest.approx({"shore": 500.0, "island": 500.0 + 200.0})
    # The nearest road of a car to the island's clinic is the motorway's end, 1,000 m away.
    assert times["drive"].to_dict() == pytest.approx({"shore": 100.0, "island": 100.0 + 750.0})


def test_points_without_a_place_on_the_roads_are_unreached_and_serve_nobody() -> None:
    wall = shapely.LinearRing([(400, 50), (600, 50), (600, 150), (400, 150)])
    walled = Barriers(
        np.array([shapely.LineString(wall)], dtype=object), np.array(["围墙"], dtype=object)
    )
    network = replace(straight_road(), barriers=walled)
    outside, inside = points({"v": (200, 12)}), points({"w": (500, 100)})
    both = pd.concat([inside, outside])
    trips = nearest_trips(network, both, points({"c": (700, 0)}), direction="to_facility")
    assert trips["facility_id"].tolist() == [None, "c"]
    assert trips["travel_time_s"].tolist() == [math.inf, pytest.approx(12 * 0.75 + 50)]
    assert trips["demand_access_m"].tolist() == [math.inf, pytest.approx(12)]
    for direction in DIRECTIONS:
        served = nearest_trips(network, both, inside, direction=direction)  # type: ignore[arg-type]
        assert served["facility_id"].tolist() == [None, None]
        either = nearest_trips(network, outside, both, direction=direction)  # type: ignore[arg-type]
        assert either["facility_id"].tolist() == ["v"]
        matrix = travel_matrix(network, both, both, cutoff_s=900, direction=direction)  # type: ignore[arg-type]
        assert matrix[["from_id", "to_id"]].to_numpy().tolist() == [["v", "v"]]


# Oracle


@settings(max_examples=20)
@given(seed=SEEDS, direction=st.sampled_from(DIRECTIONS), cost=st.sampled_from(COSTS))
def test_costs_with_delays_and_turnouts_equal_networkx(
    seed: int, direction: str, cost: str
) -> None:
    network, demand, facilities, start_s = delayed_case(seed)
    expected = oracle(network, demand, facilities, direction=direction, cost=cost)
    if cost == "travel_time_s":
        expected = expected + start_s
    trips = nearest_trips(
        network,
        demand,
        facilities,
        direction=direction,  # type: ignore[arg-type]
        cost=cost,  # type: ignore[arg-type]
        start_s=start_s,
    )
    np.testing.assert_allclose(trips[cost], expected.min(axis=1), rtol=0, atol=1e-6)
    chosen = trips["facility_id"].dropna()
    of_chosen = [expected.loc[village, facility] for village, facility in chosen.items()]
    np.testing.assert_allclose(trips.loc[chosen.index, cost], of_chosen, rtol=0, atol=1e-6)
    assert list(chosen.index) == list(expected.index[np.isfinite(expected.min(axis=1))])


@settings(max_examples=10)
@given(seed=SEEDS, direction=st.sampled_from(DIRECTIONS))
def test_both_costs_of_a_trip_are_those_of_one_way(seed: int, direction: str) -> None:
    # At one speed for all roads and a delay in place of each metre lost, they tell one story.
    nodes, edges = random_tables(seed)
    edges["travel_time_s"] = edges["length_m"] * 0.75
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    demand = random_points(network, seed + 1, count=20, prefix="d")
    facilities = random_points(network, seed + 2, count=5, prefix="f")
    start_s = pd.Series(60.0, index=facilities.index)
    trips = nearest_trips(network, demand, facilities, direction=direction, start_s=start_s)  # type: ignore[arg-type]
    np.testing.assert_allclose(trips["distance_m"] * 0.75 + 60.0, trips["travel_time_s"], atol=1e-6)
    shortest = nearest_trips(
        network,
        demand,
        facilities,
        direction=direction,  # type: ignore[arg-type]
        cost="distance_m",
        start_s=start_s,
    )
    np.testing.assert_allclose(shortest["distance_m"], trips["distance_m"], atol=1e-6)


@pytest.mark.parametrize(
    ("mode_id", "direction"),
    [("drive", "to_facility"), ("ride", "from_facility")],
)
def test_times_equal_networkx_on_liechtenstein(
    shared_data: Path, mode_id: str, direction: str
) -> None:
    roads = read_roads_pbf(shared_data / "roads" / "liechtenstein.osm.pbf", crs="EPSG:32632")
    network = network_for_mode(roads, load_modes()[mode_id])
    demand = random_points(network, 1, count=60, prefix="d")
    facilities = random_points(network, 2, count=15, prefix="f")
    # The oracle measures to edges only; access legs past barriers have tests of their own.
    network = replace(network, barriers=Barriers(np.zeros(0, object), np.zeros(0, object)))
    expected = oracle(network, demand, facilities, direction=direction)
    asked = {"direction": direction}
    nearest = nearest_facility(network, demand, facilities, **asked)
    np.testing.assert_allclose(nearest["travel_time_s"], expected.min(axis=1), rtol=0, atol=1e-6)
    matrix = travel_matrix(network, demand, facilities, cutoff_s=600, **asked)
    pairs = expected.stack()  # noqa: PD013 - one row per pair is what is compared
    pairs = pairs[pairs <= 600].sort_index()
    found = matrix.set_index(["from_id", "to_id"])["travel_time_s"].sort_index()
    assert list(found.index) == list(pairs.index)
    np.testing.assert_allclose(found, pairs, rtol=0, atol=1e-6)


# Ties


@settings(max_examples=12)
@given(seed=SEEDS, direction=st.sampled_from(DIRECTIONS))
def test_of_equally_near_facilities_the_smallest_id_counts(seed: int, direction: str) -> None:
    rng = np.random.default_rng(seed)
    network = grid(9)
    corners = rng.permutation(81)
    at = {
        f"{kind}{k:02d}": (100.0 * (node % 9), 100.0 * (node // 9))
        for kind, nodes in (("f", corners[:12]), ("d", rng.integers(0, 81, 40)))
        for k, node in enumerate(nodes.tolist())
    }
    places = points(at)
    facilities, demand = places.iloc[:12].sample(frac=1, random_state=rng), places.iloc[12:]
    steps = np.abs(
        demand.get_coordinates().to_numpy()[:, None]
        - facilities.sort_index().get_coordinates().to_numpy()[None]
    ).sum(axis=2)
    nearest = nearest_facility(network, demand, facilities, direction=direction)  # type: ignore[arg-type]
    assert nearest["facility_id"].tolist() == [f"f{k:02d}" for k in steps.argmin(axis=1)]
    np.testing.assert_allclose(nearest["distance_m"], steps.min(axis=1))


# Invariants


@settings(max_examples=10)
@given(seed=SEEDS, wait=st.floats(0, 3600), direction=st.sampled_from(DIRECTIONS))
def test_one_turnout_for_all_is_added_to_every_trip(seed: int, wait: float, direction: str) -> None:
    network, demand, facilities, _ = delayed_case(seed)
    asked = {"direction": direction}
    plain = nearest_trips(network, demand, facilities, **asked)
    start_s = pd.Series(wait, index=facilities.index)
    late = nearest_trips(network, demand, facilities, start_s=start_s, **asked)
    np.testing.assert_allclose(late["travel_time_s"], plain["travel_time_s"] + wait, atol=1e-6)
    np.testing.assert_allclose(late["access_m"], plain["access_m"], atol=1e-6)


@settings(max_examples=10)
@given(seed=SEEDS)
def test_delays_never_make_a_trip_shorter(seed: int) -> None:
    network, demand, facilities, _ = delayed_case(seed)
    without = replace(network, node_delay_s=np.zeros(network.node_count))
    slow = nearest_facility(network, demand, facilities, direction="to_facility")
    fast = nearest_facility(without, demand, facilities, direction="to_facility")
    assert (slow["travel_time_s"] >= fast["travel_time_s"] - 1e-9).all()


@settings(max_examples=10)
@given(seed=SEEDS, limit=st.floats(1, 2000), direction=st.sampled_from(DIRECTIONS))
def test_one_search_for_all_agrees_with_one_for_each(
    seed: int, limit: float, direction: str
) -> None:
    network, _, facilities, start_s = delayed_case(seed)
    search = Search.prepare(
        network,
        facilities,
        direction,  # type: ignore[arg-type]
        "travel_time_s",
        start_s=start_s.to_numpy(),
    )
    cost, other, facility = search.nearest(limit)
    each = list(search.each(limit))
    np.testing.assert_array_equal(cost, np.min([found[1] for found in each], axis=0))
    reached = np.flatnonzero(np.isfinite(cost) & (facility >= 0))
    assert len(reached) == np.isfinite(cost).sum()
    by_facility = np.array([found[2] for found in each])[facility[reached], reached]
    np.testing.assert_allclose(other[reached], by_facility, atol=1e-6)
