"""The nearest place on the roads that a point sees, where barriers hide the nearest of all.

Few points are concerned, so each looks round in growing circles, at the nearest pieces of road
first, and only in the directions that no barrier has closed yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.access.sight import View, distance_m
from coverage.graph.edge_table import ragged_take

if TYPE_CHECKING:
    from coverage.access.barriers import BoolArray
    from coverage.graph.arcs import FloatArray, IntArray
    from coverage.network import RoadNetwork

SEARCH_LIMIT_M: Final = 5_000.0
"""A place farther than this is no way to the road any more, in metres: an hour's walk."""

FIRST_STEP_M: Final = 50.0
"""How much farther than the nearest road a first search looks, in metres."""

WIDENING: Final = 1.3
"""Factor from one search to the next; barriers met in one spare the next what lies behind."""

FIRST_PIECES: Final = 4
"""Pieces of road that each point looks at first; then three times as many, and so on."""

PAIRS_AT_ONCE: Final = 100_000
"""Points times edges that are looked at together (about 100 MB)."""


@dataclass(frozen=True, eq=False)
class RoadEdges:
    """
    The edges of a network on which a leg may end.

    Parameters
    ----------
    tree
        Spatial index over their lines.
    edge
        Shape (j,), position of each in the network.
    """

    tree: shapely.STRtree
    edge: IntArray


@dataclass(frozen=True, eq=False)
class Places:
    """
    Places on the roads that points see, k of them.

    Parameters
    ----------
    point
        Shape (k,), position of the point.
    edge
        Shape (k,), position of the edge.
    fraction
        Shape (k,), position along the edge from tail (0) to head (1).
    access_m
        Shape (k,), metres from the point to the place.
    """

    point: IntArray
    edge: IntArray
    fraction: FloatArray
    access_m: FloatArray

    def take(self, kept: IntArray | BoolArray) -> Places:
        """Some of the places, in the order given."""
        return Places(self.point[kept], self.edge[kept], self.fraction[kept], self.access_m[kept])


def place_xy(network: RoadNetwork, places: Places) -> FloatArray:
    """Shape (k, 2), where places on a network lie, metres."""
    lines = network.lines[places.edge]
    on_road = shapely.line_interpolate_point(lines, places.fraction, normalized=True)
    xy: FloatArray = shapely.get_coordinates(on_road)
    return xy


def nearest_in_sight(
    network: RoadNetwork,
    roads: RoadEdges,
    xy: FloatArray,
    *,
    nearest_m: FloatArray,
    tie_m: float,
) -> Places:
    """
    The nearest place that each point sees, in steps of growing distance.

    Parameters
    ----------
    network
        Roads of one travel mode, with barriers.
    roads
        Its edges on which a leg may end.
    xy
        Shape (p, 2), points in metres.
    nearest_m
        Shape (p,), metres to the nearest edge: no place is nearer.
    tie_m
        Places this much farther than the nearest are as near, metres.

    Returns
    -------
    places
        Sorted by point and edge; of one edge at most one. None for a point that sees no road
        within `SEARCH_LIMIT_M`.
    """
    search = _Search(network, View(network.barriers, xy), tie_m)
    near_m = np.zeros(len(xy))
    far_m = np.minimum(nearest_m + FIRST_STEP_M, SEARCH_LIMIT_M)
    waiting = np.flatnonzero(nearest_m < SEARCH_LIMIT_M)
    while len(waiting):
        row, wedge = search.view.wedges(waiting, near_m[waiting], far_m[waiting])
        which, met = roads.tree.query(wedge, predicate="intersects")
        pair = np.unique(waiting[row[which]] * network.edge_count + roads.edge[met])
        for first in range(0, len(pair), PAIRS_AT_ONCE):
            some = pair[first : first + PAIRS_AT_ONCE]
            search.look(*np.divmod(some, network.edge_count), far_m)
        waiting = np.unique(waiting[row])
        waiting = waiting[search.best_m[waiting] > far_m[waiting]]
        waiting = waiting[far_m[waiting] < SEARCH_LIMIT_M]
        near_m, far_m = far_m, np.minimum(far_m * WIDENING, SEARCH_LIMIT_M)
    return search.places()


class _Search:
    """What was found so far; each look adds to it."""

    def __init__(self, network: RoadNetwork, view: View, tie_m: float) -> None:
        self.network = network
        self.view = view
        self.tie_m = tie_m
        self.best_m = np.full(len(view.xy), np.inf)
        self.found: list[Places] = []
        self.tried = np.zeros(0, dtype=np.int64)

    def look(self, point: IntArray, edge: IntArray, far_m: FloatArray) -> None:
        """Look from points at edges, no farther than `far_m`, at the nearest pieces first."""
        pieces = _Pieces.of(self.network, point, edge)
        xy = self.network.vertex_xy
        metres = distance_m(self.view.xy[pieces.point], xy[pieces.vertex], xy[pieces.vertex + 1])
        number = pieces.point * len(xy) + pieces.vertex
        new = np.flatnonzero((metres <= far_m[pieces.point]) & ~np.isin(number, self.tried))
        self.tried = np.concatenate([self.tried, number[new]])
        order = new[np.lexsort((pieces.vertex[new], metres[new], pieces.point[new]))]
        pieces, metres = pieces.take(order), metres[order]
        counts = np.bincount(pieces.point, minlength=len(self.best_m))
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        first, last = 0, FIRST_PIECES
        while first < counts.max(initial=0):
            nearer = metres <= self.best_m[pieces.point] + self.tie_m
            self._look_at(pieces.take(np.flatnonzero((rank >= first) & (rank < last) & nearer)))
            first, last = last, 3 * last

    def _look_at(self, pieces: _Pieces) -> None:
        network = self.network
        start, end = network.vertex_xy[pieces.vertex], network.vertex_xy[pieces.vertex + 1]
        row, share = self.view.in_sight(pieces.point, start, end)
        seen, on_road = pieces.take(row), start[row] + share[:, None] * (end - start)[row]
        fraction = shapely.line_locate_point(
            network.lines[seen.edge], shapely.points(on_road), normalized=True
        )
        places = Places(seen.point, seen.edge, np.nan_to_num(fraction), np.zeros(len(row)))
        origin, xy = self.view.xy[seen.point], place_xy(network, places)
        access_m = np.hypot(*(xy - origin).T)
        kept = access_m <= np.minimum(self.best_m[seen.point] + self.tie_m, SEARCH_LIMIT_M)
        # Shadows are reckoned with margins; this is the rule itself.
        kept[kept] = network.barriers.crossed(origin[kept], xy[kept]) < 0
        places = replace(places, access_m=access_m).take(kept)
        np.minimum.at(self.best_m, places.point, places.access_m)
        self.found.append(places)

    def places(self) -> Places:
        """The nearest places of each point."""
        columns = [
            np.concatenate([np.zeros(0, dtype=dtype), *(vars(one)[name] for one in self.found)])
            for name, dtype in (
                ("point", np.int64), ("edge", np.int64), ("fraction", float), ("access_m", float),
            )
        ]  # fmt: skip
        every = Places(*columns)
        every = every.take(every.access_m <= self.best_m[every.point] + self.tie_m)
        every = every.take(np.lexsort((every.fraction, every.access_m, every.edge, every.point)))
        first = np.ones(len(every.point), dtype=np.bool_)
        first[1:] = (np.diff(every.point) != 0) | (np.diff(every.edge) != 0)
        return every.take(first)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """
    Straight pieces of edges, each looked at by a point.

    Arrays of one length: `point`, `edge`, and `vertex` of the network, at which the piece begins.
    """

    point: IntArray
    edge: IntArray
    vertex: IntArray

    @classmethod
    def of(cls, network: RoadNetwork, point: IntArray, edge: IntArray) -> _Pieces:
        """All pieces of edges, point after point."""
        vertex, start = ragged_take(network.vertex_start, edge)
        last = np.zeros(len(vertex), dtype=np.bool_)
        last[start[1:] - 1] = True
        row = np.repeat(np.arange(len(edge)), np.diff(start))[~last]
        return cls(point[row], edge[row], vertex[~last])

    def take(self, kept: IntArray) -> _Pieces:
        return _Pieces(**{name: values[kept] for name, values in vars(self).items()})
