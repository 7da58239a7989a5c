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
    with pytest.raises(RoadError, match="线形的方向与起点、终点相反。请把线形掉转方向。"):
        RoadNetwork.from_edges(NODES, EDGES.assign(geometry=[line]))


@pytest.mark.parametrize(
    ("vertices", "rule"),
    [
        ([], "线形为空或坐标不是有限的数字"),
        ([(0, 0), (np.nan, np.nan), (100, 0)], "线形为空或坐标不是有限的数字"),
        ([(0, 0), (np.inf, 0), (100, 0)], "线形为空或坐标不是有限的数字"),
        ([(0, 5000), (100, 5000)], "线形的一端离节点超过 200 米"),
    ],
)
def test_geometry_that_would_misplace_points_is_refused(
    vertices: list[tuple[float, float]], rule: str
) -> None:
    with np.errstate(invalid="ignore"):
        line = LineString(vertices)
    edges = pd.concat([EDGES, EDGES], ignore_index=True).assign(geometry=[None, line])
    with pytest.raises(RoadError, match=f"路网路段有 1 行的线形有误：第 2 行「geometry」：{rule}"):
        RoadNetwork.from_edges(NODES, edges)


def test_the_network_keeps_no_hold_on_the_callers_tables() -> None:
    nodes, edges = NODES.copy(), EDGES.copy()
    network = RoadNetwork.from_edges(nodes, edges)
    edges.loc[0, ["length_m", "travel_time_s"]] = [7.0, 5.0]
    nodes.loc[1, "x"] = 9.0
    assert network.length_m.tolist() == [100.0]
    assert network.along_s.tolist() == [10.0]
    assert sorted(network.x.tolist()) == [0.0, 100.0]


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        ("EPSG:2263", "以US survey foot为单位，请先投影到以米为单位的坐标系。"),
        ("EPSG:99999", "路网坐标系 'EPSG:99999' 无法识别"),
    ],
)
def test_a_crs_that_is_not_in_metres_is_refused(crs: str, message: str) -> None:
    with pytest.raises(CrsError, match=message):
        RoadNetwork.from_edges(NODES, EDGES, crs=crs)


def test_node_ids_may_stand_in_a_column() -> None:
    expected = RoadNetwork.from_edges(NODES, EDGES).node_id.tolist()
    assert RoadNetwork.from_edges(NODES.reset_index(), EDGES).node_id.tolist() == expected
    both = NODES.assign(node_id=[5, 6])
    assert RoadNetwork.from_edges(both, EDGES).node_id.tolist() == expected


def test_a_graph_without_directions_is_refused() -> None:
    with pytest.raises(RoadError, match="路网图没有方向"):
        RoadNetwork.from_networkx(nx.MultiGraph())


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_gives_the_same_network(seed: int) -> None:
    nodes, edges = random_tables(seed)
    rng = np.random.default_rng(seed)
    first = RoadNetwork.from_edges(nodes, edges)
    second = RoadNetwork.from_edges(
        nodes.sample(frac=1, random_state=rng), edges.sample(frac=1, random_state=rng)
    )
    for name in ("node_id", "x", "tail", "head", "length_m", "along_s", "against_s", "vertex_xy"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


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
