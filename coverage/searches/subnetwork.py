"""The part of a road network that trips from some facilities can touch.

A search by SciPy pays for every node of its graph, also for those it never comes near. Cut down to
what a cutoff can reach, it pays for little more than what it reaches, however large the country.

Nodes are numbered along a Hilbert curve (`coverage.network`), so that a block of consecutive nodes
is a patch of the map. Patches are cut out whole: that takes a few slices of arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from coverage.graph.arcs import Arcs, as_graph, ragged

if TYPE_CHECKING:
    from coverage.graph.arcs import FloatArray, Index32Array, IntArray
    from coverage.network import RoadNetwork

BLOCK_BITS: Final = 7
"""A block has 2 ** 7 = 128 nodes, a few streets."""

PLAUSIBLE_M_PER_S: Final = 60.0
"""216 km/h: an edge that is quicker than this, measured straight, is a fault or a jump."""

ROUNDING: Final = 1e-9
"""Share by which a bound on distances is widened, so that rounding cannot break it."""


LEAST_SIDE_M: Final = 1000.0
"""A single straight road has no area; it counts as this wide, metres."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """
    A network of n nodes as b patches of the map, and how fast one can leave them.

    Parameters
    ----------
    west, south, east, north
        Shape (b,), metres: the box of each block's nodes.
    fastest_m_per_s
        Metres as the crow flies per second on the quickest edge, jumps left out.
    jumps
        Tree of the ends of edges that are implausibly quick, or None where there are none.
    nodes_per_m2
        Nodes per square metre of the box around the network, on average.
    """

    west: FloatArray
    south: FloatArray
    east: FloatArray
    north: FloatArray
    fastest_m_per_s: float
    jumps: KDTree | None
    nodes_per_m2: float

    def __len__(self) -> int:
        return len(self.west)

    def radius(self, xy: FloatArray, seconds: FloatArray) -> FloatArray:
        """
        How far from each place one can get at most.

        Parameters
        ----------
        xy
            Shape (k, 2), nodes, metres.
        seconds
            Shape (k,), seconds there are for it; below 0 for none.

        Returns
        -------
        radius_m
            Shape (k,), metres as the crow flies; `inf` where a jump may be taken.
        """
        metres = np.full(len(xy), np.inf)
        known = np.isfinite(seconds)
        beeline = np.maximum(seconds[known], 0.0) * self.fastest_m_per_s
        metres[known] = beeline * (1 + ROUNDING) + ROUNDING
        if self.jumps is not None:
            nearest, _ = self.jumps.query(xy)
            metres[nearest <= metres] = np.inf
        return metres

    def near(self, xy: FloatArray, radius: FloatArray) -> IntArray:
        """
        Blocks that have a part within the radius of a place.

        Parameters
        ----------
        xy
            Shape (k, 2), places, metres.
        radius
            Shape (k,), metres; a place of negative radius counts for nothing.

        Returns
        -------
        blocks
            Sorted.
        """
        xy, radius = xy[radius >= 0], radius[radius >= 0]
        if not len(xy):
            return np.zeros(0, dtype=np.int64)
        low, high = (xy - radius[:, None]).min(axis=0), (xy + radius[:, None]).max(axis=0)
        blocks = np.flatnonzero(
            (self.west <= high[0])
            & (self.east >= low[0])
            & (self.south <= high[1])
            & (self.north >= low[1])
        )
        x, y = xy.T[:, :, None]
        beside = np.maximum(np.maximum(self.west[blocks] - x, x - self.east[blocks]), 0)
        above = np.maximum(np.maximum(self.south[blocks] - y, y - self.north[blocks]), 0)
        near: IntArray = blocks[(beside**2 + above**2 <= radius[:, None] ** 2).any(axis=0)]
        return near


_KEPT: WeakKeyDictionary[RoadNetwork, Blocks] = WeakKeyDictionary()


def blocks_of(network: RoadNetwork) -> Blocks:
    """
    The blocks of a network; made once, then kept as long as the network.

    Parameters
    ----------
    network
        Roads of one travel mode, with at least one node.
    """
    if network not in _KEPT:
        _KEPT[network] = _make_blocks(network)
    return _KEPT[network]


def _make_blocks(network: RoadNetwork) -> Blocks:
    first = np.arange(0, network.node_count, 1 << BLOCK_BITS)
    x, y = network.x, network.y
    west, south = (np.minimum.reduceat(axis, first) for axis in (x, y))
    east, north = (np.maximum.reduceat(axis, first) for axis in (x, y))
    tail, head = network.tail, network.head
    # Waiting at nodes comes on top, so leaving it out keeps the bound safe.
    seconds = np.minimum(network.along_s, network.against_s)
    straight = np.hypot(x[tail] - x[head], y[tail] - y[head])
    jump = straight > seconds * PLAUSIBLE_M_PER_S
    steady = ~jump & (seconds > 0)
    ends = np.unique(np.concatenate([tail[jump], head[jump]]))
    sides = np.maximum([east.max() - west.min(), north.max() - south.min()], LEAST_SIDE_M)
    return Blocks(
        west,
        south,
        east,
        north,
        fastest_m_per_s=float(np.max(straight[steady] / seconds[steady], initial=0.0)),
        jumps=KDTree(np.column_stack([x[ends], y[ends]])) if len(ends) else None,
        nodes_per_m2=network.node_count / float(np.prod(sides)),
    )


@dataclass(frozen=True, eq=False)
class Part:
    """
    Some blocks of a graph of n nodes, cut out as a graph of k nodes and one more.

    The last node stands for all that was left out: arcs lead into it and none leaves it.

    Parameters
    ----------
    arcs
        The small graph, of k + 1 nodes.
    blocks
        Sorted positions of the blocks.
    first, last
        Shape (runs,): nodes `first[i]` up to `last[i]` of the large graph are in the small one.
    shift
        Shape (all blocks,): what to add to a node's number; n for blocks left out.
    """

    arcs: Arcs
    blocks: IntArray
    first: IntArray
    last: IntArray
    shift: Index32Array

    @property
    def outside(self) -> int:
        """The node that stands for all others."""
        return self.arcs.node_count - 1

    def number(self, nodes: Index32Array) -> Index32Array:
        """Numbers of nodes of the large graph in the small one."""
        return _numbers(nodes, self.shift, self.outside)

    def rows(self, sorted_nodes: Index32Array) -> IntArray:
        """Positions of those that lie inside, in an ascending array of nodes."""
        low = np.searchsorted(sorted_nodes, self.first)
        return ragged(low, np.searchsorted(sorted_nodes, self.last) - low)


def cut_out(arcs: Arcs, blocks: IntArray) -> Part:
    """
    Cut some blocks of nodes out of a graph.

    Parameters
    ----------
    arcs
        Graph of n nodes.
    blocks
        Positions of blocks, sorted.

    Returns
    -------
    part
        Paths that keep to the blocks cost in it what they cost in `arcs`.
    """
    count = arcs.node_count
    runs = np.split(blocks, np.flatnonzero(np.diff(blocks) != 1) + 1)
    first = np.array([run[0] for run in runs if len(run)], dtype=np.int64) << BLOCK_BITS
    last = np.array([run[-1] + 1 for run in runs if len(run)], dtype=np.int64) << BLOCK_BITS
    last = np.minimum(last, count)
    inside = int((last - first).sum())
    shift = np.full(((count - 1) >> BLOCK_BITS) + 1, count, dtype=np.int32)
    shift[blocks] = (np.arange(len(blocks)) - blocks) << BLOCK_BITS
    arc_first, arc_last = arcs.start[first].astype(np.int64), arcs.start[last].astype(np.int64)
    before = np.cumsum(arc_last - arc_first) - (arc_last - arc_first)
    starts = [
        arcs.start[low:high] + np.int32(move)
        for low, high, move in zip(first, last, before - arc_first, strict=True)
    ]
    spans = [slice(low, high) for low, high in zip(arc_first, arc_last, strict=True)]
    total = int((arc_last - arc_first).sum())
    ends = np.concatenate([np.zeros(0, np.int32), *(arcs.end_node[span] for span in spans)])
    small = Arcs(
        # Nobody leaves the last node: its arcs begin and end where the array ends.
        start=np.concatenate([*starts, np.full(2, total, dtype=np.int32)]),
        end_node=_numbers(ends, shift, inside),
        cost=np.concatenate([np.zeros(0), *(arcs.cost[span] for span in spans)]),
        other=np.concatenate([np.zeros(0), *(arcs.other[span] for span in spans)]),
    )
    return Part(small, blocks, first, last, shift)


def _numbers(nodes: Index32Array, shift: Index32Array, outside: int) -> Index32Array:
    numbers: Index32Array = np.minimum(nodes + shift[nodes >> BLOCK_BITS], np.int32(outside))
    return numbers


def reached_blocks(arcs: Arcs, nodes: Index32Array, limit: float) -> IntArray:
    """
    Blocks of nodes to which paths of limited cost lead.

    Parameters
    ----------
    arcs
        The graph; of a part, `part.blocks` of the result are blocks of the whole.
    nodes
        Where the paths begin.
    limit
        Most that a path may cost.

    Returns
    -------
    blocks
        Sorted.
    """
    cost = dijkstra(as_graph(arcs), indices=nodes, min_only=True, limit=limit)
    blocks: IntArray = np.unique(np.flatnonzero(np.isfinite(cost)) >> BLOCK_BITS)
    return blocks
