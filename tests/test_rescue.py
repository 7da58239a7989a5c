"""Rescue in two legs: station to patient, patient to hospital."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from coverage.network import RoadNetwork
from coverage.rescue import rescue_trips, stations_cut_off, turnout_of
from tests.networks import METRIC_CRS, points, random_tables


def ring_road() -> RoadNetwork:
    """
    A one-way ring of four roads, 1,000 m and 100 s each, driven against the clock.

    3 <-- 2
    |     ^
    v     |
    0 --> 1
    """
    nodes = pd.DataFrame(
        {"x": [0.0, 1000.0, 1000.0, 0.0], "y": [0.0, 0.0, 1000.0, 1000.0]}, index=[0, 1, 2, 3]
    )
    edges = pd.DataFrame(
        {
            "from_node": [0, 1, 2, 3],
            "to_node": [1, 2, 3, 0],
            "length_m": 1000.0,
            "travel_time_s": 100.0,
            "oneway": True,
        }
    )
    return RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)


def test_both_legs_follow_the_one_way_ring():
    patient, station = points({"p": (1000.0, 0.0)}), points({"s": (1000.0, 1000.0)})
    hospital = points({"h": (0.0, 0.0)})
    trip = rescue_trips(
        ring_road(), patient, station, hospital, turnout_s=pd.Series({"s": 60.0})
    ).loc["p"]
    # 2 -> 3 -> 0 -> 1, then 1 -> 2 -> 3 -> 0
    assert trip["response_s"] == 60.0 + 300.0
    assert trip["transport_s"] == 300.0
    assert trip["travel_time_s"] == 660.0
    assert trip["distance_m"] == 6000.0
    assert (trip["station_id"], trip["facility_id"], trip["turnout_s"]) == ("s", "h", 60.0)


def test_a_slow_station_next_door_loses_to_a_quick_one_farther_off():
    stations = points({"near": (1000.0, 0.0), "far": (0.0, 0.0)})
    trip = rescue_trips(
        ring_road(),
        points({"p": (1000.0, 0.0)}),
        stations,
        points({"h": (0.0, 1000.0)}),
        turnout_s=pd.Series({"near": 300.0, "far": 60.0}),
    ).loc["p"]
    assert (trip["station_id"], trip["response_s"]) == ("far", 160.0)


def test_of_stations_at_one_place_the_quicker_one_leaves():
    stations = points({"a": (0.0, 0.0), "b": (0.0, 0.0)})
    trip = rescue_trips(
        ring_road(),
        points({"p": (1000.0, 0.0)}),
        stations,
        points({"h": (0.0, 1000.0)}),
        turnout_s=pd.Series({"a": 180.0, "b": 90.0}),
    ).loc["p"]
    assert (trip["station_id"], trip["response_s"]) == ("b", 190.0)


@pytest.mark.parametrize("lacking", ["stations", "hospitals"])
def test_without_one_of_the_legs_nobody_is_rescued(lacking):
    layers = {"stations": points({"s": (0.0, 0.0)}), "hospitals": points({"h": (0.0, 0.0)})}
    layers[lacking] = layers[lacking].iloc[:0]
    trip = rescue_trips(
        ring_road(),
        points({"p": (1000.0, 0.0)}),
        *layers.values(),
        turnout_s=pd.Series({"s": 60.0}),
    ).loc["p"]
    assert trip["travel_time_s"] == math.inf


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_networkx(seed):
    nodes, edges = random_tables(seed)
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    graph = network.to_networkx()
    rng = np.random.default_rng(seed)
    ids = rng.choice(nodes.index.to_numpy(), 9, replace=False)
    # On the nodes themselves, so that the oracle needs no points within edges.
    place = {int(node): tuple(nodes.loc[node]) for node in ids}
    names = [str(node) for node in place]
    at = points(dict(zip(names, place.values(), strict=True)))
    turnout = pd.Series(rng.uniform(0, 300, 3), index=names[:3])
    found = rescue_trips(network, at.iloc[6:], at.iloc[:3], at.iloc[3:6], turnout_s=turnout)
    for name, trip in found.iterrows():
        to = nx.single_source_dijkstra_path_length(graph.reverse(), int(name), weight="travel_time")
        away = nx.single_source_dijkstra_path_length(graph, int(name), weight="travel_time")
        response = min(turnout[s] + to.get(int(s), math.inf) for s in names[:3])
        transport = min(away.get(int(h), math.inf) for h in names[3:6])
        assert trip["response_s"] == pytest.approx(response, abs=1e-6)
        assert trip["transport_s"] == pytest.approx(transport, abs=1e-6)
        assert trip["travel_time_s"] == pytest.approx(response + transport, abs=1e-6)


def test_turnout_that_is_not_stated_takes_the_default():
    stations = pd.DataFrame({"turnout_s": [60.0, math.nan]}, index=["a", "b"])
    assert turnout_of(stations, default_s=180.0).to_dict() == {"a": 60.0, "b": 180.0}
    bare = pd.DataFrame(index=["a"])
    assert turnout_of(bare, default_s=180.0).to_dict() == {"a": 180.0}


def test_stations_from_which_no_hospital_is_reached():
    nodes = pd.DataFrame({"x": [0.0, 1000.0], "y": [0.0, 0.0]}, index=[0, 1])
    edges = pd.DataFrame(
        {
            "from_node": [0], "to_node": [1], "length_m": [1000.0], "travel_time_s": [100.0],
            "oneway": [True],
        }
    )  # fmt: skip
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    stations = points({"before": (0.0, 0.0), "beyond": (1000.0, 0.0)})
    hospital = points({"h": (500.0, 0.0)})
    assert list(stations_cut_off(network, stations, hospital)) == ["beyond"]
    assert list(stations_cut_off(network, stations, hospital.iloc[:0])) == ["before", "beyond"]
    assert list(stations_cut_off(network, stations.iloc[:0], hospital)) == []


def test_inputs_stay_as_they_are():
    patient, station, hospital = (points({"p": (1.0, 2.0)}) for _ in range(3))
    copies = [layer.copy() for layer in (patient, station, hospital)]
    rescue_trips(ring_road(), patient, station, hospital, turnout_s=pd.Series({"p": 0.0}))
    for layer, copy in zip((patient, station, hospital), copies, strict=True):
        pd.testing.assert_frame_equal(layer, copy)
