"""The directed graph of a network, against a second writing with dictionaries."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.graph.arcs import Arcs, as_graph, make_arcs, numbered, ragged
from coverage.network import RoadNetwork
from tests.networks import METRIC_CRS, random_tables

SEEDS = st.integers(0, 2**32 - 1)
COSTS = ["travel_time_s", "distance_m"]
DIRECTIONS = ["to_facility", "from_facility"]


def delayed_network(seed: int) -> RoadNetwork:
    rng = np.random.default_rng(seed)
    network = RoadNetwork.from_edges(*random_tables(seed), crs=METRIC_CRS)
    return replace(network, node_delay_s=rng.choice([0.0, 5.0, 20.0], network.node_count))


def naive_arcs(
    network: RoadNetwork, cost: str, direction: str
) -> dict[tuple[int, int], tuple[float, float]]:
    """The least (cost, other) of each ordered pair of nodes."""
    least: dict[tuple[int, int], tuple[float, float]] = {}
    for edge in range(network.edge_count):
        tail, head = int(network.tail[edge]), int(network.head[edge])
        for start, end, seconds in (
            (tail, head, network.along_s[edge]),
            (head, tail, network.against_s[edge]),
        ):
            if start == end or not math.isfinite(seconds):
                continue
            both = float(seconds + network.node_delay_s[end]), float(network.length_m[edge])
            pair = (start, end) if direction == "from_facility" else (end, start)
            values = both if cost == "travel_time_s" else both[::-1]
            least[pair] = min(least.get(pair, (math.inf, math.inf)), values)
    return least


def as_dict(arcs: Arcs) -> dict[tuple[int, int], tuple[float, float]]:
    pairs = zip(arcs.start_node.tolist(), arcs.end_node.tolist(), strict=True)
    values = zip(arcs.cost.tolist(), arcs.other.tolist(), strict=True)
    return dict(zip(pairs, values, strict=True))


def random_arcs(seed: int) -> Arcs:
    return delayed_network(seed).arcs("travel_time_s", "from_facility")


def test_a_network_without_edges_has_no_arcs() -> None:
    none = np.zeros(0, dtype=np.int64)
    arcs = make_arcs(
        3,
        tail=none,
        head=none,
        along_s=none * 1.0,
        against_s=none * 1.0,
        length_m=none * 1.0,
        node_delay_s=np.zeros(3),
        cost="travel_time_s",
        direction="to_facility",
    )
    assert arcs.start.tolist() == [0, 0, 0, 0]
    assert arcs.node_count == 3
    assert not len(arcs.end_node)


@settings(max_examples=40)
@given(seed=SEEDS, cost=st.sampled_from(COSTS), direction=st.sampled_from(DIRECTIONS))
def test_arcs_are_the_best_of_each_pair_of_nodes(seed: int, cost: str, direction: str) -> None:
    network = delayed_network(seed)
    arcs = network.arcs(cost, direction)  # type: ignore[arg-type]
    assert as_dict(arcs) == naive_arcs(network, cost, direction)
    assert len(arcs.end_node) == len(as_dict(arcs))
    rows = [arcs.end_node[a:b] for a, b in zip(arcs.start[:-1], arcs.start[1:], strict=True)]
    assert all((np.diff(row) > 0).all() for row in rows)
    assert {arcs.start.dtype, arcs.end_node.dtype} == {np.dtype(np.int32)}


def test_a_loop_is_no_arc_and_of_equally_quick_edges_the_shorter_counts() -> None:
    arcs = make_arcs(
        2,
        tail=np.array([0, 0, 1, 0]),
        head=np.array([0, 1, 0, 1]),
        along_s=np.array([1.0, 50.0, 50.0, 50.0]),
        against_s=np.array([1.0, np.inf, np.inf, 70.0]),
        length_m=np.array([5.0, 300.0, 100.0, 200.0]),
        node_delay_s=np.array([0.0, 4.0]),
        cost="travel_time_s",
        direction="from_facility",
    )
    assert as_dict(arcs) == {(0, 1): (54.0, 200.0), (1, 0): (50.0, 100.0)}


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_edges_does_not_matter(seed: int) -> None:
    network = delayed_network(seed)
    mixed = np.random.default_rng(seed).permutation(network.edge_count)
    columns = {
        name: getattr(network, name)
        for name in ("tail", "head", "along_s", "against_s", "length_m")
    }
    asked = {"cost": "travel_time_s", "direction": "to_facility"}
    delay = {"node_delay_s": network.node_delay_s}
    first = make_arcs(network.node_count, **columns, **delay, **asked)  # type: ignore[arg-type]
    columns = {name: values[mixed] for name, values in columns.items()}
    second = make_arcs(network.node_count, **columns, **delay, **asked)  # type: ignore[arg-type]
    for name in ("start", "end_node", "cost", "other"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@settings(max_examples=20)
@given(seed=SEEDS)
def test_arcs_leave_and_arrive_where_they_say(seed: int) -> None:
    arcs = random_arcs(seed)
    nodes = np.random.default_rng(seed).permutation(arcs.node_count)[:9]
    row, arc = arcs.leaving(nodes)
    assert arc.tolist() == [a for v in nodes for a in np.flatnonzero(arcs.start_node == v)]
    np.testing.assert_array_equal(arcs.start_node[arc], nodes[row])
    row, arc, start = arcs.arriving(nodes)
    assert arc.tolist() == [a for v in nodes for a in np.flatnonzero(arcs.end_node == v)]
    np.testing.assert_array_equal(arcs.end_node[arc], nodes[row])
    np.testing.assert_array_equal(arcs.start_node[arc], start)


@settings(max_examples=20)
@given(seed=SEEDS)
def test_the_graph_of_some_nodes_keeps_the_arcs_between_them(seed: int) -> None:
    arcs = random_arcs(seed)
    nodes = np.sort(np.random.default_rng(seed).permutation(arcs.node_count)[:12])
    part = arcs.among(nodes)
    inside = {
        (int(np.searchsorted(nodes, a)), int(np.searchsorted(nodes, b))): values
        for (a, b), values in as_dict(arcs).items()
        if a in nodes and b in nodes
    }
    assert as_dict(part) == inside
    assert part.node_count == 12
    assert not arcs.among(nodes[:0]).node_count


def test_runs_and_numbers() -> None:
    assert ragged(np.array([3, 9, 0]), np.array([2, 0, 3])).tolist() == [3, 4, 0, 1, 2]
    assert not len(ragged(np.zeros(0, dtype=int), np.zeros(0, dtype=int)))
    assert numbered(np.array([4, 1]), 6).tolist() == [0, 2, 0, 0, 1, 0]


def test_scipy_reads_the_arrays_without_a_copy() -> None:
    arcs = random_arcs(1)
    graph = as_graph(arcs)
    assert np.shares_memory(graph.data, arcs.cost)
    assert np.shares_memory(graph.indices, arcs.end_node)
