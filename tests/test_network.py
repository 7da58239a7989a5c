"""The road network: contracts at the door, NetworkX both ways, arcs."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from coverage.errors import CrsError, ImpedanceError, RoadError
from coverage.network import RoadNetwork
from tests.networks import METRIC_CRS, random_tables, straight_road

NODES = pd.DataFrame({"x": [0.0, 100.0], "y": [0.0, 0.0]}, index=pd.Index([1, 2], name="node_id"))
EDGES = pd.DataFrame(
    {"from_node": [1], "to_node": [2], "length_m": [100.0], "travel_time_s": [10.0]}
)


def test_every_problem_of_a_table_is_reported() -> None:
    edges = pd.DataFrame(
        {
            "from_node": [1, 1, 1],
            "to_node": [2, 2, 2],
            "length_m": [-1.0, 100.0, np.nan],
            "travel_time_s": [10.0, np.inf, 10.0],
        }
    )
    with pytest.raises(RoadError) as caught:
        RoadNetwork.from_edges(NODES, edges)
    assert str(caught.value) == (
        "路网路段「edges」有 3 处问题：第 1 行「length_m」：不得为负（值：-1.0）；"
        "第 2 行「travel_time_s」：应为有限的数字（值：inf）；第 3 行「length_m」：不得为空。"
        "请改正后重试。"
    )
    assert [problem.row for problem in caught.value.problems] == [1, 2, 3]


def test_an_edge_to_nowhere_is_named() -> None:
    with pytest.raises(RoadError) as caught:
        RoadNetwork.from_edges(NODES, EDGES.assign(to_node=9))
    assert str(caught.value) == (
        "路网路段有 1 行引用了不存在的节点：第 1 行「to_node」：节点表里没有这个节点（值：9）。"
        "请核对节点表和路段表。"
    )


def test_repeated_nodes_are_refused() -> None:
    with pytest.raises(RoadError, match="第 2 行「node_id」：重复出现（值：1）"):
        RoadNetwork.from_edges(NODES.set_axis([1, 1]), EDGES)


def test_geometry_drawn_backwards_is_refused() -> None:
    line = LineString([(100, 0), (50, 5), (0, 0)])
    with pytest.raises(RoadError, match="路网路段有 1 行的线形方向有误"):
        RoadNetwork.from_edges(NODES, EDGES.assign(geometry=[line]))


def test_degrees_are_refused() -> None:
    with pytest.raises(CrsError, match="以度为单位"):
        RoadNetwork.from_edges(NODES, EDGES, crs="EPSG:4326")


@pytest.mark.parametrize("speed", [0.0, -1.0, np.nan, np.inf])
def test_a_senseless_access_speed_is_refused(speed: float) -> None:
    with pytest.raises(ImpedanceError, match="接驳段速度应为大于 0 的数字"):
        RoadNetwork.from_edges(NODES, EDGES, access_speed_kph=speed)


def test_arrays_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        straight_road().length_m[0] = 1


def test_tables_are_left_unchanged() -> None:
    nodes, edges = random_tables(3)
    before = nodes.copy(), edges.copy()
    RoadNetwork.from_edges(nodes, edges)
    pd.testing.assert_frame_equal(nodes, before[0])
    pd.testing.assert_frame_equal(edges, before[1])


def test_networkx_without_travel_time_is_refused() -> None:
    graph = nx.MultiDiGraph()
    graph.add_node(1, x=0.0, y=0.0)
    graph.add_node(2, x=1.0, y=0.0)
    graph.add_edge(1, 2, length=1.0, travel_time=1.0)
    graph.add_edge(2, 1, length=1.0)
    with pytest.raises(ImpedanceError) as caught:
        RoadNetwork.from_networkx(graph)
    assert str(caught.value) == (
        "路网的 2 条边中有 1 条没有 travel_time，首条为 2 → 1。请先计算长度（米）和通行时间（秒）。"
    )


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_to_networkx_and_back_keeps_every_open_direction(seed: int) -> None:
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    graph = network.to_networkx()
    again = RoadNetwork.from_networkx(graph)
    assert again.crs == network.crs
    assert _edges(graph) == _edges(again.to_networkx())
    open_ways = np.isfinite(network.along_s).sum() + np.isfinite(network.against_s).sum()
    assert graph.number_of_edges() == open_ways


def _edges(graph: nx.MultiDiGraph) -> list[tuple[object, ...]]:
    return sorted(
        (u, v, data["length"], data["travel_time"], data["geometry"].wkt)
        for u, v, data in graph.edges(data=True)
    )


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), direction=st.sampled_from(["to_facility", "from_facility"]))
def test_arcs_keep_the_least_of_parallel_edges(seed: int, direction: str) -> None:
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    least: dict[tuple[int, int], float] = {}
    for tail, head, along, against in zip(
        network.tail, network.head, network.along_s, network.against_s, strict=True
    ):
        for u, v, seconds in ((tail, head, along), (head, tail, against)):
            pair = (u, v) if direction == "from_facility" else (v, u)
            if u != v and np.isfinite(seconds):
                least[pair] = min(least.get(pair, np.inf), seconds)
    arcs = network.arcs("travel_time_s", direction)  # type: ignore[arg-type]
    found = zip(arcs.start_node.tolist(), arcs.end_node.tolist(), strict=True)
    assert dict(zip(found, arcs.cost.tolist(), strict=True)) == least
