"""Trees of least cost: ties, the cost along them, and how far a new source reaches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.graph import shortest_paths
from coverage.graph.arcs import Arcs
from coverage.graph.shortest_paths import least_cost_tree, other_cost, within_reach
from coverage.searches.search import Ends, with_sources

SEEDS = st.integers(0, 2**32 - 1)


def random_graph(seed: int, *, nodes: int = 40, arcs: int = 150, ties: bool = False) -> Arcs:
    """Small whole numbers for costs where ties are wanted."""
    rng = np.random.default_rng(seed)
    pair = np.unique(rng.integers(0, nodes * nodes, arcs))
    start, end = pair // nodes, pair % nodes
    start, end = start[start != end], end[start != end]
    cost = rng.integers(0, 4, len(start)) * 1.0 if ties else rng.uniform(1, 50, len(start))
    counts = np.bincount(start, minlength=nodes)
    return Arcs(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        end.astype(np.int32),
        cost,
        rng.uniform(1, 50, len(start)),
    )


def sources_at(nodes: np.ndarray, seed: int, *, ties: bool = False) -> Ends:
    """Source k stands at the k-th node."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 3, len(nodes)) * 1.0 if ties else rng.uniform(0, 30, len(nodes))
    return Ends(np.arange(len(nodes)), nodes, cost, np.ones(len(nodes)))


def naive_costs(arcs: Arcs, source: int) -> np.ndarray:
    """Bellman and Ford: sums in the order of the path, as Dijkstra makes them."""
    cost = np.full(arcs.node_count, np.inf)
    cost[source] = 0.0
    for _ in range(arcs.node_count):
        np.minimum.at(cost, arcs.end_node, cost[arcs.start_node] + arcs.cost)
    return cost


@settings(max_examples=40)
@given(seed=SEEDS, limit=st.sampled_from([3.0, 6.0, np.inf]))
def test_of_equally_near_sources_the_first_counts(seed: int, limit: float) -> None:
    base = random_graph(seed, ties=True)
    nodes = np.random.default_rng(seed).permutation(40)[:6]
    graph = with_sources(base, sources_at(nodes, seed, ties=True), 6)
    tree = least_cost_tree(graph, 40, limit)
    each = np.array([naive_costs(graph, 40 + source) for source in range(6)])
    least = np.where(each.min(axis=0) <= limit, each.min(axis=0), np.inf)
    np.testing.assert_array_equal(tree.cost, least)
    reached = np.isfinite(tree.cost)
    assert (tree.root[~reached] < 0).all()
    np.testing.assert_array_equal(tree.root[reached] - 40, each.argmin(axis=0)[reached])
    # Whoever follows the tree comes to the root that it names, at the cost that it names.
    for node in np.flatnonzero(reached).tolist():
        path = [node]
        while tree.predecessor[path[-1]] >= 0:
            path.append(int(tree.predecessor[path[-1]]))
            assert len(path) <= graph.node_count
        assert path[-1] == tree.root[node]


@settings(max_examples=30)
@given(seed=SEEDS, few=st.booleans())
def test_the_other_cost_is_added_up_along_the_tree(seed: int, few: bool) -> None:  # noqa: FBT001
    base = random_graph(seed)
    graph = with_sources(base, sources_at(np.array([3, 17]), seed), 2)
    tree = least_cost_tree(graph, 40, np.inf)
    rng = np.random.default_rng(seed)
    asked = rng.integers(0, 40, 5) if few else rng.permutation(graph.node_count)
    expected = []
    for node in asked.tolist():
        total, after = 0.0, node
        while (before := int(tree.predecessor[after])) >= 0:
            _, arc = graph.leaving(np.array([before]))
            total += float(graph.other[arc[graph.end_node[arc] == after]][0])
            after = before
        expected.append(total)
    np.testing.assert_allclose(other_cost(graph, tree.predecessor, asked), expected)


@pytest.mark.parametrize("steps", [3, 1000])
def test_long_paths_are_added_up_too(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortest_paths, "MOST_STEPS", steps)
    count = 500
    chain = Arcs(
        np.append(np.arange(count), count - 1).astype(np.int32),
        np.arange(1, count, dtype=np.int32),
        np.ones(count - 1),
        np.full(count - 1, 2.0),
    )
    predecessor = np.arange(-1, count - 1, dtype=np.int32)
    assert other_cost(chain, predecessor, np.array([0, 499, 10])).tolist() == [0.0, 998.0, 20.0]


@settings(max_examples=40)
@given(seed=SEEDS, limit=st.floats(0, 120))
def test_whatever_a_new_source_wins_is_within_its_reach(seed: int, limit: float) -> None:
    base = random_graph(seed, nodes=60, arcs=200)
    rng = np.random.default_rng(seed)
    held = with_sources(base, sources_at(rng.permutation(60)[:4], seed), 4)
    known = least_cost_tree(held, 60, limit).cost[:60]
    entry = rng.permutation(60)[:2]
    new = with_sources(base, Ends(np.zeros(2, int), np.sort(entry), np.array([5.0, 1.0]), entry), 1)
    cost = naive_costs(new, 60)[:60]
    found = within_reach(base, entry, known_cost=known, least=1.0, limit=limit)
    wins = np.flatnonzero((cost <= limit) & (cost <= known))
    assert set(wins.tolist()) <= set(found.tolist())
    assert (np.diff(found) > 0).all()


def test_a_source_that_starts_beyond_the_limit_reaches_nothing() -> None:
    base = random_graph(1)
    known = np.full(40, np.inf)
    assert not len(within_reach(base, np.array([0]), known_cost=known, least=9.0, limit=8.0))
