"""Paths of least cost in a graph: by Dijkstra's algorithm, as `scipy.sparse.csgraph` has it.

References
----------
Dijkstra, E. W. (1959). A note on two problems in connexion with graphs.
Numerische Mathematik 1, 269-271.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from coverage.graph.arcs import as_graph

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.graph.arcs import Arcs, FloatArray, Index32Array, IntArray

FIRST_LOOK: Final = 2.5
"""How far a new source is looked around first, as a multiple of the cost of what is there."""

LEAST_LOOK: Final = 1 / 64
"""The first look around goes at least this far, as a share of the limit."""

GROWTH: Final = 2.0
"""Factor from one look around to the next."""

SLACK: Final = 1e-6
"""Seconds or metres by which sums may differ that are made in another order."""

MANY: Final = 4
"""Where every fourth node is asked for, paths are added up for all nodes at once."""

MOST_STEPS: Final = 1_000
"""Arcs along which paths are followed one by one; longer paths are added up for all nodes."""


@dataclass(frozen=True, eq=False)
class Tree:
    """
    The paths of least cost from some roots to all nodes that they reach.

    Parameters
    ----------
    cost
        Shape (n,), cost of the path to each node; `inf` where none leads.
    predecessor
        Shape (n,), the node before it on that path; negative at roots and where none leads.
    root
        Shape (n,), the node where that path begins; negative where none leads.
    """

    cost: FloatArray
    predecessor: Index32Array
    root: Index32Array


def least_cost_tree(arcs: Arcs, first_source: int, limit: float) -> Tree:
    """
    The paths of least cost from the sources to all nodes.

    Parameters
    ----------
    arcs
        A graph whose last nodes are the sources, as by `coverage.searches.search.with_sources`.
    first_source
        Position of the first source.
    limit
        Cost up to which nodes are reached, inclusive.

    Returns
    -------
    tree
        Of equally near sources the first counts; of equally good paths from it any one.
    """
    cost, predecessor, root = dijkstra(
        as_graph(arcs),
        indices=np.arange(first_source, arcs.node_count),
        min_only=True,
        limit=limit,
        return_predecessors=True,
    )
    tree = Tree(cost, predecessor, root)
    return tree if arcs.node_count - first_source == 1 else _prefer_first_root(arcs, tree)


def within_reach(
    arcs: Arcs, sources: IntArray, *, known_cost: FloatArray, least: float, limit: float
) -> IntArray:
    """
    All nodes that a further source may reach as cheaply as they are reached now.

    Looks farther and farther, until nothing beyond could be won: in a dense country no more
    than the neighbourhood is met.

    Parameters
    ----------
    arcs
        The graph, n nodes.
    sources
        Shape (k,), nodes at which the source enters it, at least one.
    known_cost
        Shape (n,), what each node costs now; `inf` where more than the limit.
    least
        Least cost at which the source enters.
    limit
        Cost up to which nodes are reached, inclusive.

    Returns
    -------
    nodes
        Sorted; nodes that it cannot win may be among them.
    """
    farthest = limit - least
    if farthest < 0:
        return np.zeros(0, dtype=np.int64)
    look = max(FIRST_LOOK * float(known_cost[sources].max()), LEAST_LOOK * limit)
    while True:
        look = min(look, farthest)
        cost = dijkstra(as_graph(arcs), indices=sources, min_only=True, limit=look)
        near: IntArray = np.flatnonzero(np.isfinite(cost))
        near = near[cost[near] + least <= known_cost[near] + SLACK]
        if look >= farthest:
            return near
        row, arc = arcs.leaving(near)
        end = arcs.end_node[arc]
        beyond = np.isinf(cost[end])
        at_end = cost[near][row] + least + arcs.cost[arc]
        if not (beyond & (at_end <= known_cost[end] + SLACK)).any():
            return near
        look *= GROWTH


def _prefer_first_root(arcs: Arcs, tree: Tree) -> Tree:
    """
    Give every node that several roots reach at equal cost to the first of them.

    Which of them a search meets first hangs on the order in which its queue is emptied.
    """
    cost, predecessor, root = tree.cost, tree.predecessor.copy(), tree.root.copy()
    # Only where two catchments meet can a root win a node from another.
    arc = np.flatnonzero(np.repeat(root, np.diff(arcs.start)) < root[arcs.end_node])
    start = np.searchsorted(arcs.start, arc, side="right") - 1
    while len(arc):
        end = arcs.end_node[arc]
        wins = (cost[start] + arcs.cost[arc] == cost[end]) & (root[start] < root[end])
        start, end = start[wins], end[wins]
        order = np.lexsort((start, root[start], end))
        best = order[np.diff(end[order], prepend=-1) != 0]
        start, end = start[best], end[best]
        predecessor[end], root[end] = start, root[start]
        row, arc = arcs.leaving(end)
        start = end[row]
    return Tree(cost, predecessor, root)


def other_cost(arcs: Arcs, predecessor: Index32Array, nodes: npt.NDArray[np.integer]) -> FloatArray:
    """
    Add up the other cost along the paths of a tree.

    Parameters
    ----------
    arcs
        The graph.
    predecessor
        Shape (n,), as in `Tree`.
    nodes
        Shape (k,), the nodes that the paths lead to; they may repeat.

    Returns
    -------
    other
        Shape (k,), from the root to each node; 0 at roots and where no path leads.
    """
    on_path = np.arange(len(predecessor))
    if MANY * len(nodes) < len(predecessor):
        on_path = _upstream(predecessor, nodes)
    return other_cost_among(arcs, on_path, predecessor, nodes)


def other_cost_among(
    arcs: Arcs,
    on_path: IntArray,
    predecessor: Index32Array,
    nodes: npt.NDArray[np.integer],
) -> FloatArray:
    """
    As `other_cost`, where it is known which nodes the paths pass.

    Parameters
    ----------
    arcs, predecessor, nodes
        As `other_cost`.
    on_path
        Every node of the paths, each once; more do no harm.

    Returns
    -------
    other
        Shape (k,).
    """
    place = np.empty(len(predecessor), dtype=np.int32)
    place[on_path] = np.arange(len(on_path), dtype=np.int32)
    before = predecessor[on_path]
    moved = np.flatnonzero(before >= 0)
    row, arc = arcs.leaving(before[moved])
    taken = arcs.end_node[arc] == on_path[moved][row]
    total = np.zeros(len(on_path))
    total[moved[row[taken]]] = arcs.other[arc[taken]]
    ancestor = np.arange(len(on_path), dtype=np.int32)
    ancestor[moved] = place[before[moved]]
    # Pointer doubling: each round every node looks twice as far up the tree; roots add 0.
    while True:
        farther = ancestor[ancestor]
        if np.array_equal(farther, ancestor):
            break
        total += total[ancestor]
        ancestor = farther
    at_nodes: FloatArray = total[place[nodes]]
    return at_nodes


def _upstream(predecessor: Index32Array, nodes: npt.NDArray[np.integer]) -> IntArray:
    """All nodes on the paths to some nodes, sorted."""
    seen = np.zeros(len(predecessor), dtype=bool)
    slot = np.empty(len(predecessor), dtype=np.int32)
    front = nodes
    for _ in range(MOST_STEPS):
        seen[front] = True
        front = predecessor[front]
        front = front[front >= 0]
        front = front[~seen[front]]
        if not len(front):
            return np.flatnonzero(seen)
        # Paths that have met go on as one.
        slot[front] = np.arange(len(front), dtype=np.int32)
        front = front[slot[front] == np.arange(len(front))]
    return np.arange(len(predecessor))
