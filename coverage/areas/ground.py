"""How far facilities may reach over ground, by road and then off it, before it is surveyed.

Marks squares, never too few: from every reached place of a road a walk off it in all directions,
whether another road is nearer there or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.graph.arcs import ragged

if TYPE_CHECKING:
    from coverage.graph.arcs import FloatArray, IntArray
    from coverage.network import RoadNetwork
    from coverage.searches.search import Search

LONG_EDGE_M: Final = 500.0
"""Edges longer than this are marked piece by piece, in metres."""

PIECE_M: Final = 250.0
"""Long edges are cut into pieces of at most this length, in metres."""

MOST_SQUARES: Final = 20_000_000
"""Squares of a grid that are looked at together; more hold little ground, far apart."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """
    Upright rectangles that hold all ground within reach, b of them.

    Parameters
    ----------
    low, high
        Shape (b, 2), metres.
    """

    low: FloatArray
    high: FloatArray

    def squares(self, side_m: float) -> IntArray:
        """
        The squares of a grid that touch any of the rectangles.

        Parameters
        ----------
        side_m
            Side of a square; squares begin at whole multiples of it.

        Returns
        -------
        keys
            Shape (t, 2), row from south to north and column from west to east, sorted.
        """
        if not len(self.low):
            return np.zeros((0, 2), dtype=np.int64)
        first = np.floor(self.low / side_m).astype(np.int64)
        last = np.floor(self.high / side_m).astype(np.int64) + 1
        origin = first.min(axis=0)
        first, last = first - origin, last - origin
        shape = last.max(axis=0) + 1
        held = (
            _by_sum(first, last, shape)
            if shape.prod() <= MOST_SQUARES
            else _one_by_one(first, last)
        )
        keys: IntArray = held[np.lexsort((held[:, 0], held[:, 1]))][:, ::-1] + origin[::-1]
        return keys

    def area_m2(self, side_m: float) -> float:
        """Area of the squares that touch any of the rectangles."""
        return len(self.squares(side_m)) * side_m**2


def _by_sum(first: IntArray, last: IntArray, shape: IntArray) -> IntArray:
    """The squares of rectangles by column and row, on a grid that holds them all."""
    # Each rectangle adds 1 to all its squares: corners now, the running sum later.
    count = np.zeros(shape.prod(), dtype=np.int64)
    for x, y, sign in ((first, first, 1), (last, last, 1), (first, last, -1), (last, first, -1)):
        count += sign * np.bincount(x[:, 0] * shape[1] + y[:, 1], minlength=len(count))
    held: IntArray = np.argwhere(np.cumsum(np.cumsum(count.reshape(shape), axis=0), axis=1) > 0)
    return held


def _one_by_one(first: IntArray, last: IntArray) -> IntArray:
    """The same for a few rectangles far apart, each by itself."""
    side = last - first
    counts = side.prod(axis=1)
    box = np.repeat(np.arange(len(first)), counts)
    column, row = np.divmod(ragged(np.zeros_like(counts), counts), side[box, 1])
    held: IntArray = np.unique(np.column_stack([column, row]) + first[box], axis=0)
    return held


def ground_within(
    search: Search, node_cost: FloatArray, *, limit: float, access_cost_per_m: float
) -> Boxes:
    """
    The ground that some facility may reach.

    Parameters
    ----------
    search
        Facilities on their network.
    node_cost
        Shape (n,), cost of the nearest facility; `inf` where none is within the limit.
    limit
        In the unit of the search's cost.
    access_cost_per_m
        Cost of a metre off the road.
    """
    network, snaps = search.network, search.snaps
    access = snaps.access_m * access_cost_per_m
    if search.cost == "travel_time_s":
        access += search.start_s[snaps.point]
    # On its own edge a facility reaches places that are far from both ends.
    at_edge = np.full(network.edge_count, np.inf)
    np.minimum.at(at_edge, snaps.edge, access)
    cost = np.minimum(at_edge, np.minimum(node_cost[network.tail], node_cost[network.head]))
    edge = np.flatnonzero(cost <= limit)
    is_long = network.length_m[edge] > LONG_EDGE_M
    short, long = edge[~is_long], edge[is_long]
    low, high = _corners(network, short)
    xy, cost_there = _along(search, long, node_cost, at_edge)
    within = cost_there <= limit
    xy, cost_there = xy[within], cost_there[within]
    walk_m = (limit - np.concatenate([cost[short], cost_there])) / access_cost_per_m
    walk_m[len(short) :] += PIECE_M / 2
    return Boxes(
        np.concatenate([low, xy]) - walk_m[:, None],
        np.concatenate([high, xy]) + walk_m[:, None],
    )


def _corners(network: RoadNetwork, edge: IntArray) -> tuple[FloatArray, FloatArray]:
    """Corners of the upright rectangles around edges, shapes (k, 2), metres."""
    if not len(edge):
        return np.zeros((0, 2)), np.zeros((0, 2))
    first, vertex_xy = _vertices(network, edge)
    return np.minimum.reduceat(vertex_xy, first), np.maximum.reduceat(vertex_xy, first)


def _vertices(network: RoadNetwork, edge: IntArray) -> tuple[IntArray, FloatArray]:
    """The vertices of edges, one after the other, and where those of each edge begin."""
    counts = network.vertex_start[edge + 1] - network.vertex_start[edge]
    vertex = ragged(network.vertex_start[edge], counts)
    return np.cumsum(counts) - counts, network.vertex_xy[vertex]


def _along(
    search: Search, edge: IntArray, node_cost: FloatArray, at_edge: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Places along edges, `PIECE_M` apart, and what each costs at least, shapes (k, 2), (k,)."""
    network = search.network
    row, share, xy = _places(network, edge)
    at = edge[row]
    whole = network.length_m[at]
    if search.cost == "travel_time_s":
        whole = np.minimum(network.along_s[at], network.against_s[at])
    with np.errstate(invalid="ignore"):
        by_tail = node_cost[network.tail[at]] + share * whole
        by_head = node_cost[network.head[at]] + (1 - share) * whole
    return xy, np.minimum(np.minimum(by_tail, by_head), at_edge[at])


def _places(network: RoadNetwork, edge: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Places along edges: the row of the edge, the position along it (0 to 1), and x and y."""
    if not len(edge):
        return edge, np.zeros(0), np.zeros((0, 2))
    first, vertex_xy = _vertices(network, edge)
    last = np.append(first[1:], len(vertex_xy)) - 1
    # Metres on and on over all edges, a metre from one to the next, which keeps them apart.
    step_m = np.hypot(*np.diff(vertex_xy, axis=0, prepend=vertex_xy[:1]).T)
    step_m[first] = 1.0
    run_m = np.cumsum(step_m)
    length_m = run_m[last] - run_m[first]
    places = np.ceil(length_m / PIECE_M).astype(np.int64) + 1
    row = np.repeat(np.arange(len(edge)), places)
    share = ragged(np.zeros_like(places), places) / np.maximum(places - 1, 1)[row]
    along_m = run_m[first][row] + share * length_m[row]
    xy = np.column_stack([np.interp(along_m, run_m, column) for column in vertex_xy.T])
    return row, share, xy
