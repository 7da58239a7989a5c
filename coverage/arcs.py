"""A road network as a directed graph in compressed sparse rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    Index32Array = npt.NDArray[np.int32]

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
        Shape (a,), the node that each arc leads to.
    cost
        Shape (a,), what the search keeps smallest.
    other
        Shape (a,), the other of seconds and metres.
    """

    start: Index32Array
    end_node: Index32Array
    cost: FloatArray
    other: FloatArray

    @cached_property
    def start_node(self) -> Index32Array:
        """Shape (a,), the node that each arc leaves."""
        nodes = np.arange(len(self.start) - 1, dtype=np.int32)
        return np.repeat(nodes, np.diff(self.start))


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
    along, against = np.isfinite(along_s), np.isfinite(against_s)
    start = np.concatenate([tail[along], head[against]])
    end = np.concatenate([head[along], tail[against]])
    seconds = np.concatenate([along_s[along], against_s[against]]) + node_delay_s[end]
    metres = np.concatenate([length_m[along], length_m[against]])
    if direction == "to_facility":
        start, end = end, start
    least, other = (seconds, metres) if cost == "travel_time_s" else (metres, seconds)
    pair = start * node_count + end
    order = np.lexsort((other, least, pair))
    order = order[(start != end)[order]]
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(pair[order]) != 0
    kept = order[first]
    counts = np.bincount(start[kept], minlength=node_count)
    return Arcs(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        end_node=end[kept].astype(np.int32),
        cost=least[kept],
        other=other[kept],
    )
