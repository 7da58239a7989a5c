"""Parts of the road network that are cut off, with their people."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from coverage.access.road_parts import part_of_edges, part_of_points, road_parts
from coverage.network import RoadNetwork
from coverage.snapping import snap
from tests.networks import METRIC_CRS, points, random_tables


def two_roads() -> RoadNetwork:
    """
    A long road and, 5 km north of it, a short one-way street.

    2 -> 3
    0 ---------- 1
    """
    nodes = pd.DataFrame(
        {"x": [0.0, 1000.0, 0.0, 100.0], "y": [0.0, 0.0, 5000.0, 5000.0]}, index=[0, 1, 2, 3]
    )
    edges = pd.DataFrame(
        {
            "from_node": [2, 0],
            "to_node": [3, 1],
            "length_m": [100.0, 1000.0],
            "travel_time_s": [10.0, 100.0],
            "oneway": [True, False],
        }
    )
    return RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)


def villages(people: list[float]) -> pd.DataFrame:
    return points(
        {"main": (500.0, 10.0), "north": (50.0, 5010.0), "north2": (90.0, 5001.0)}
    ).assign(population=people)


def test_parts_are_numbered_by_length_and_listed_with_people():
    network = two_roads()
    demand = villages([400.0, 30.0, 5.0])
    snaps = snap(network, demand.geometry)
    assert part_of_points(network, snaps).tolist() == [0, 1, 1]
    parts = road_parts(network, demand, snaps)
    assert parts.loc[1].to_dict() == {
        "edges": 1, "length_m": 100.0, "x": 0.0, "y": 5000.0, "villages": 2, "population": 35.0,
    }  # fmt: skip
    assert list(parts.index) == [1]


@pytest.mark.parametrize(
    ("people", "told"), [([1.0, math.nan, math.nan], math.nan), ([1.0, math.nan, 7.0], 7.0)]
)
def test_unknown_people_are_not_nobody(people, told):
    network, demand = two_roads(), villages(people)
    parts = road_parts(network, demand, snap(network, demand.geometry))
    assert parts["population"].tolist() == pytest.approx([told], nan_ok=True)


def test_a_part_without_villages_has_nobody():
    network, demand = two_roads(), villages([1.0, 2.0, 3.0]).iloc[:1]
    parts = road_parts(network, demand, snap(network, demand.geometry))
    assert parts[["villages", "population"]].to_numpy().tolist() == [[0, 0.0]]


def test_one_road_alone_has_no_parts():
    nodes, edges = random_tables(3)
    graph = nx.MultiGraph()
    graph.add_edges_from(edges[["from_node", "to_node"]].to_numpy().tolist())
    main = max(nx.connected_components(graph), key=len)
    network = RoadNetwork.from_edges(
        nodes, edges[edges["from_node"].isin(main)].reset_index(drop=True), crs=METRIC_CRS
    )
    demand = villages([1.0, 2.0, 3.0])
    assert road_parts(network, demand, snap(network, demand.geometry)).empty


@pytest.mark.parametrize("seed", range(5))
def test_parts_are_those_of_networkx(seed):
    nodes, edges = random_tables(seed, nodes=40, edges=30)
    network = RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)
    part = part_of_edges(network)
    ends = np.column_stack([network.tail, network.head])
    graph = nx.MultiGraph(ends.tolist())
    for nodes_of_part in nx.connected_components(graph):
        inside = np.isin(network.tail, list(nodes_of_part))
        assert len(set(part[inside])) == 1
        assert not set(part[inside]) & set(part[~inside])
    metres = np.bincount(part, weights=network.length_m)
    assert (np.diff(metres) <= 1e-9).all()
