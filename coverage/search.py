"""Searches over a road network from facilities that may lie in the middle of edges.

Dijkstra's, by `scipy.sparse.csgraph`; towards a facility every arc is turned round.

References
----------
Dijkstra, E. W. (1959). A note on two problems in connexion with graphs.
Numerische Mathematik 1, 269-271.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from coverage.arcs import Arcs
from coverage.snapping import Snaps, snap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.arcs import Cost, Direction, FloatArray, Index32Array, IntArray
    from coverage.network import RoadNetwork

BLOCK_CELLS: Final = 20_000_000
"""Nodes times facilities that are searched at once (about 400 MB)."""


@dataclass(frozen=True, eq=False)
class Search:
    """
    Searches from f facilities that may lie in the middle of edges.

    The graph has one more node per facility, from which arcs lead to the ends of the
    facility's edge; the search starts there.
    """

    network: RoadNetwork
    snaps: Snaps
    arcs: Arcs
    direction: Direction
    cost: Cost
    start_s: FloatArray

    @classmethod
    def prepare(
        cls,
        network: RoadNetwork,
        facilities: gpd.GeoDataFrame,
        direction: Direction,
        cost: Cost,
        *,
        start_s: FloatArray | None = None,
    ) -> Search:
        """
        Snap the facilities and build the graph.

        Parameters
        ----------
        network
            Roads of one travel mode.
        facilities
            Shape (f, ...), points in the network's CRS.
        direction
            "to_facility" or "from_facility".
        cost
            What the search keeps smallest.
        start_s
            Shape (f,), seconds that pass at each facility before the trip begins (the
            turn-out of an ambulance); none when absent.

        Raises
        ------
        CrsError, InputError, RoadError
            As `coverage.snapping.snap`.
        """
        snaps = snap(network, facilities.geometry)
        start = np.zeros(snaps.point_count) if start_s is None else start_s
        ends = _ends(network, snaps, cost, leaving=direction == "from_facility", start_s=start)
        arcs = _with_facilities(network.arcs(cost, direction), ends, snaps.point_count)
        return cls(network, snaps, arcs, direction, cost, start)

    @property
    def facility_count(self) -> int:
        """Number of facilities, f."""
        return self.snaps.point_count

    @property
    def first_source(self) -> int:
        """Position of the first facility's own node."""
        return len(self.arcs.start) - 1 - self.facility_count

    def graph(self) -> csr_array:
        """Shape (n + f, n + f), the arcs as SciPy takes them."""
        size = len(self.arcs.start) - 1
        return csr_array((self.arcs.cost, self.arcs.end_node, self.arcs.start), (size, size))

    def nearest(self, limit: float) -> tuple[FloatArray, FloatArray, IntArray]:
        """Per node: least cost of any facility, the other cost of that path, the facility."""
        sources = self.first_source + np.arange(self.facility_count)
        cost, predecessor, source = dijkstra(
            self.graph(), indices=sources, min_only=True, limit=limit, return_predecessors=True
        )
        other = _other_along_tree(self.arcs, predecessor)
        return cost, other, source.astype(np.int64) - self.first_source

    def each(
        self, limit: float, *, other: bool = True
    ) -> Iterator[tuple[int, FloatArray, FloatArray]]:
        """One facility after the other: per node its cost and the other cost of that path."""
        graph = self.graph()
        block = max(1, BLOCK_CELLS // graph.shape[0])
        for first in range(0, self.facility_count, block):
            facilities = np.arange(first, min(first + block, self.facility_count))
            cost, predecessor = dijkstra(
                graph,
                indices=self.first_source + facilities,
                limit=limit,
                return_predecessors=True,
            )
            for row, facility in enumerate(facilities.tolist()):
                # Service areas have no use for the other cost, which takes as long again.
                beside = _other_along_tree(self.arcs, predecessor[row]) if other else cost[row]
                yield facility, cost[row], beside

    def trips_to(
        self,
        demand: Snaps,
        node_cost: FloatArray,
        node_other: FloatArray,
        node_facility: IntArray,
        *,
        only: int | None = None,
    ) -> pd.DataFrame:
        """Every way a demand point may be served: `point`, `facility`, `cost`, `other`."""
        ends = _ends(self.network, demand, self.cost, leaving=self.direction == "to_facility")
        reached = np.isfinite(node_cost[ends.node])
        node = ends.node[reached]
        over_nodes = pd.DataFrame(
            {
                "point": ends.point[reached],
                "facility": node_facility[node],
                "cost": ends.cost[reached] + node_cost[node],
                "other": ends.other[reached] + node_other[node],
            }
        )
        along_one_edge = self._along_one_edge(demand, only)
        return pd.concat([over_nodes, along_one_edge], ignore_index=True)

    def _along_one_edge(self, demand: Snaps, only: int | None) -> pd.DataFrame:
        """Trips between two points on the same edge that never pass a node."""
        places = _places(self.snaps)
        if only is not None:
            places = places[places["point"] == only]
        pairs = _places(demand).merge(places, on="edge", suffixes=("", "_facility"))
        # The traveller goes from the demand point to the facility, or the other way round.
        ahead = pairs["fraction_facility"] - pairs["fraction"]
        if self.direction == "from_facility":
            ahead = -ahead
        edge = pairs["edge"].to_numpy()
        pace = np.where(ahead >= 0, self.network.along_s[edge], self.network.against_s[edge])
        share = ahead.abs().to_numpy()
        access = (pairs["access_m"] + pairs["access_m_facility"]).to_numpy()
        with np.errstate(invalid="ignore"):
            on_road = np.where(share > 0, share * pace, 0.0)
        seconds = on_road + access * self.network.access_s_per_m
        seconds += self.start_s[pairs["point_facility"].to_numpy()]
        metres = share * self.network.length_m[edge] + access
        # The metres of a closed direction are finite, but the trip is not possible.
        metres = np.where(np.isfinite(seconds), metres, np.inf)
        cost, other = (seconds, metres) if self.cost == "travel_time_s" else (metres, seconds)
        trips = {
            "point": pairs["point"].to_numpy(),
            "facility": pairs["point_facility"].to_numpy(),
            "cost": cost,
            "other": other,
        }
        return pd.DataFrame(trips)


@dataclass(frozen=True, eq=False)
class _Ends:
    """Ways between places and the nodes at the ends of their edges, access legs included."""

    point: IntArray
    node: IntArray
    cost: FloatArray
    other: FloatArray


def _ends(
    network: RoadNetwork,
    snaps: Snaps,
    cost: Cost,
    *,
    leaving: bool,
    start_s: FloatArray | None = None,
) -> _Ends:
    """What it costs a point to leave for the ends of its edge, or to be reached from them."""
    edge, fraction = snaps.edge, snaps.fraction
    along, against = network.along_s[edge], network.against_s[edge]
    to_tail, to_head = (against, along) if leaving else (along, against)
    share = np.concatenate([fraction, 1 - fraction])
    with np.errstate(invalid="ignore"):
        # At the node itself nothing of the edge is used, so its direction does not matter.
        on_road = np.where(share > 0, share * np.concatenate([to_tail, to_head]), 0.0)
    access = np.tile(snaps.access_m, 2)
    node = np.concatenate([network.tail[edge], network.head[edge]])
    point = np.tile(snaps.point, 2)
    seconds = on_road + access * network.access_s_per_m
    if leaving:
        # Whoever leaves arrives at the node and waits there; who comes from it has waited.
        seconds += np.where(share > 0, network.node_delay_s[node], 0.0)
    if start_s is not None:
        seconds += start_s[point]
    metres = share * np.tile(network.length_m[edge], 2) + access
    least, other = (seconds, metres) if cost == "travel_time_s" else (metres, seconds)
    open_ways = np.flatnonzero(np.isfinite(seconds))
    order = open_ways[
        np.lexsort((other[open_ways], least[open_ways], node[open_ways], point[open_ways]))
    ]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(point[order]) != 0) | (np.diff(node[order]) != 0)
    kept = order[new]
    return _Ends(point[kept], node[kept], least[kept], other[kept])


def _with_facilities(arcs: Arcs, ends: _Ends, count: int) -> Arcs:
    """The graph with one more node per facility and the arcs that leave it."""
    last = arcs.start[-1]
    starts = last + np.cumsum(np.bincount(ends.point, minlength=count))
    return Arcs(
        start=np.concatenate([arcs.start, starts]).astype(np.int32),
        end_node=np.concatenate([arcs.end_node, ends.node]).astype(np.int32),
        cost=np.concatenate([arcs.cost, ends.cost]),
        other=np.concatenate([arcs.other, ends.other]),
    )


def _other_along_tree(arcs: Arcs, predecessor: Index32Array) -> FloatArray:
    """Add up the other cost from the root to every node of a shortest-path tree."""
    size = len(predecessor)
    on_tree = predecessor[arcs.end_node] == arcs.start_node
    total = np.zeros(size)
    total[arcs.end_node[on_tree]] = arcs.other[on_tree]
    ancestor: npt.NDArray[np.int64] = np.where(predecessor < 0, np.arange(size), predecessor)
    # Pointer doubling: each round every node looks twice as far up the tree; roots add 0.
    while True:
        farther = ancestor[ancestor]
        if np.array_equal(farther, ancestor):
            return total
        total += total[ancestor]
        ancestor = farther


def _places(snaps: Snaps) -> pd.DataFrame:
    columns = {name: getattr(snaps, name) for name in ("point", "edge", "fraction", "access_m")}
    return pd.DataFrame(columns)
