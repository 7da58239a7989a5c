"""A road network as a directed graph in compressed sparse rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csc_array, csr_array

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    Index32Array = npt.NDArray[np.int32]
    BoolArray = npt.NDArray[np.bool_]

Cost = Literal["travel_time_s", "distance_m"]
"""What a search keeps smallest."""

Direction = Literal["to_facility", "from_facility"]


@dataclass(frozen=True, eq=False)
class Arcs:
    """
    A road network as a directed graph: at most one arc from any node to any other.

    Where edges run parallel the one of least cost is kept (SciPy would add them up), and of
    those the one with the least of the other cost; loops are left out, as no shortest path
    between nodes takes one.

    Parameters
    ----------
    start
        Shape (n + 1,), where each node's arcs begin.
    end_node
        Shape (a,), the node that each arc leads to; ascending among the arcs of a node.
    cost
        Shape (a,), what the search keeps smallest.
    other
        Shape (a,), the other of seconds and metres.
    """

    start: Index32Array
    end_node: Index32Array
    cost: FloatArray
    other: FloatArray

    @property
    def node_count(self) -> int:
        """Number of nodes, n."""
        return len(self.start) - 1

    @cached_property
    def start_node(self) -> Index32Array:
        """Shape (a,), the node that each arc leaves."""
        nodes = np.arange(self.node_count, dtype=np.int32)
        return np.repeat(nodes, np.diff(self.start))

    def leaving(self, nodes: npt.NDArray[np.integer]) -> tuple[IntArray, IntArray]:
        """
        The arcs that leave some nodes.

        Parameters
        ----------
        nodes
            Shape (k,), nodes in any order.

        Returns
        -------
        row, arc
            Shape (taken arcs,): which of `nodes` each arc leaves, and its position.
        """
        first = self.start[nodes].astype(np.int64)
        counts = self.start[nodes + 1] - first
        return np.repeat(np.arange(len(nodes)), counts), ragged(first, counts)

    @cached_property
    def _incoming(self) -> csc_array:
        position = np.arange(len(self.end_node), dtype=np.int32)
        shape = (self.node_count, self.node_count)
        return csr_array((position, self.end_node, self.start), shape).tocsc()

    def arriving(self, nodes: npt.NDArray[np.integer]) -> tuple[IntArray, IntArray, IntArray]:
        """
        The arcs that arrive at some nodes.

        Parameters
        ----------
        nodes
            Shape (k,), nodes in any order.

        Returns
        -------
        row, arc, start_node
            Shape (taken arcs,): at which of `nodes` each arc arrives, its position, and the
            node that it leaves.
        """
        first = self._incoming.indptr[nodes].astype(np.int64)
        counts = self._incoming.indptr[nodes + 1] - first
        entry = ragged(first, counts)
        row = np.repeat(np.arange(len(nodes)), counts)
        return row, self._incoming.data[entry], self._incoming.indices[entry]

    def among(self, nodes: IntArray) -> Arcs:
        """
        The graph of some nodes only, as if the others were not there.

        Parameters
        ----------
        nodes
            Shape (k,), sorted.

        Returns
        -------
        arcs
            Of k nodes, numbered as in `nodes`.
        """
        row, arc = self.leaving(nodes)
        number = numbered(nodes, self.node_count)[self.end_node[arc]]
        inside = np.flatnonzero(number)
        counts = np.bincount(row[inside], minlength=len(nodes))
        return Arcs(
            start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            end_node=number[inside] - 1,
            cost=self.cost[arc[inside]],
            other=self.other[arc[inside]],
        )


def ragged(first: IntArray, counts: IntArray) -> IntArray:
    """
    Runs of whole numbers, one after the other.

    Parameters
    ----------
    first, counts
        Shape (k,), where each run begins and how long it is.

    Examples
    --------
    >>> ragged(np.array([7, 2]), np.array([3, 2])).tolist()
    [7, 8, 9, 2, 3]
    """
    numbers: IntArray = np.repeat(first - (np.cumsum(counts) - counts), counts)
    return numbers + np.arange(len(numbers))


def numbered(nodes: IntArray, node_count: int) -> Index32Array:
    """
    Number some nodes of a graph from 1.

    Parameters
    ----------
    nodes
        Shape (k,), no node twice.
    node_count
        Number of nodes in the graph, n.

    Returns
    -------
    number
        Shape (n,), 1 for the first of `nodes`; 0 where a node is not among them.
    """
    # Zeros cost nothing until they are touched, so a few nodes of a country are quick.
    number = np.zeros(node_count, dtype=np.int32)
    number[nodes] = np.arange(1, len(nodes) + 1, dtype=np.int32)
    return number


def make_arcs(  # noqa: PLR0913 - the arrays of a network
    node_count: int,
    *,
    tail: IntArray,
    head: IntArray,
    along_s: FloatArray,
    against_s: FloatArray,
    length_m: FloatArray,
    node_delay_s: FloatArray,
    cost: Cost,
    direction: Direction,
) -> Arcs:
    """
    Turn m edges into the directed graph that a search from the facilities runs on.

    Parameters
    ----------
    node_count
        Number of nodes, n.
    tail, head, along_s, against_s, length_m
        Shape (m,), as in `coverage.network.RoadNetwork`.
    node_delay_s
        Shape (n,), seconds lost on arriving at a node.
    cost
        What the search keeps smallest.
    direction
        "from_facility" as the roads run, "to_facility" with every arc turned round.

    Returns
    -------
    arcs
        At most one arc from any node to any other.
    """
    leads_on = tail != head
    along, against = np.isfinite(along_s) & leads_on, np.isfinite(against_s) & leads_on
    start = np.concatenate([tail[along], head[against]]).astype(np.int32)
    end = np.concatenate([head[along], tail[against]]).astype(np.int32)
    seconds = np.concatenate([along_s[along], against_s[against]])
    seconds += node_delay_s[end]
    metres = np.concatenate([length_m[along], length_m[against]])
    if direction == "to_facility":
        start, end = end, start
    least, other = (seconds, metres) if cost == "travel_time_s" else (metres, seconds)
    kept = _one_per_pair(start * np.int64(node_count) + end, least, other)
    counts = np.bincount(start[kept], minlength=node_count)
    return Arcs(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        end_node=end[kept],
        cost=least[kept],
        other=other[kept],
    )


def _one_per_pair(pair: IntArray, least: FloatArray, other: FloatArray) -> IntArray:
    """Positions of the best arc of each pair of nodes, sorted by pair."""
    # Two sorted halves, which a stable sort merges: ten times faster than by three keys.
    order = np.argsort(pair, kind="stable")
    repeats = np.flatnonzero(np.diff(pair[order]) == 0)
    if not len(repeats):
        return order
    parallel = np.union1d(repeats, repeats + 1)
    members = order[parallel]
    order[parallel] = members[np.lexsort((other[members], least[members], pair[members]))]
    return np.delete(order, repeats + 1)


def as_graph(arcs: Arcs) -> csr_array:
    """
    The arcs as SciPy takes them, without a copy.

    Parameters
    ----------
    arcs
        With n nodes.

    Returns
    -------
    graph
        Shape (n, n).
    """
    return csr_array((arcs.cost, arcs.end_node, arcs.start), (arcs.node_count, arcs.node_count))
