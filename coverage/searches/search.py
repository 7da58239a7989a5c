"""Searches over a road network from facilities that may lie in the middle of edges.

Towards a facility every arc is turned round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from coverage.graph.arcs import Arcs, as_graph, ragged
from coverage.graph.shortest_paths import least_cost_tree, other_cost
from coverage.snapping import Snaps, snap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import numpy.typing as npt
    from scipy.sparse import csr_array

    from coverage.graph.arcs import BoolArray, Cost, Direction, FloatArray, IntArray
    from coverage.network import RoadNetwork

BLOCK_CELLS: Final = 20_000_000
"""Nodes times facilities that are searched at once (about 400 MB)."""


@dataclass(frozen=True, eq=False)
class Ends:
    """
    Ways between k places and the nodes at the ends of their edges, access legs included.

    Parameters
    ----------
    point
        Shape (k,), position of the point in its table.
    node
        Shape (k,), the node; at most once per point.
    cost, other
        Shape (k,), as in `coverage.graph.arcs.Arcs`.
    """

    point: IntArray
    node: IntArray
    cost: FloatArray
    other: FloatArray

    def where(self, chosen: BoolArray | IntArray) -> Ends:
        """Some of the ways."""
        return Ends(self.point[chosen], self.node[chosen], self.cost[chosen], self.other[chosen])

    def and_(self, more: Ends) -> Ends:
        """These and further ways."""
        return Ends(
            np.concatenate([self.point, more.point]),
            np.concatenate([self.node, more.node]),
            np.concatenate([self.cost, more.cost]),
            np.concatenate([self.other, more.other]),
        )

    def least(self) -> Ends:
        """The best way of each point to each node, sorted by point and node."""
        order = np.lexsort((self.other, self.cost, self.node, self.point))
        new = np.diff(self.point[order], prepend=-1) != 0
        new |= np.diff(self.node[order], prepend=-1) != 0
        return self.where(order[new])


@dataclass(frozen=True, eq=False)
class Trips:
    """
    Ways in which demand points may be served, t in all.

    Parameters
    ----------
    point, facility
        Shape (t,), positions in their tables.
    cost, other
        Shape (t,), door to door; what the search keeps smallest, and the other of seconds and
        metres.
    """

    point: IntArray
    facility: IntArray
    cost: FloatArray
    other: FloatArray

    def __len__(self) -> int:
        return len(self.point)

    def where(self, chosen: BoolArray | IntArray) -> Trips:
        """Some of the trips."""
        return Trips(
            self.point[chosen], self.facility[chosen], self.cost[chosen], self.other[chosen]
        )

    def and_(self, more: Trips) -> Trips:
        """These and further trips."""
        return Trips(
            np.concatenate([self.point, more.point]),
            np.concatenate([self.facility, more.facility]),
            np.concatenate([self.cost, more.cost]),
            np.concatenate([self.other, more.other]),
        )

    def least(self, limit: float, *, rank: IntArray | None = None) -> Trips:
        """
        The best trip of each demand point that has one within the limit, sorted by point.

        Parameters
        ----------
        limit
            In the unit of `cost`, inclusive.
        rank
            Shape (f,), which facility comes first where costs are equal; as they are numbered
            when absent.
        """
        within = self.where(np.isfinite(self.cost) & (self.cost <= limit))
        first = within.facility if rank is None else rank[within.facility]
        order = np.lexsort((within.other, first, within.cost, within.point))
        return within.where(order[np.diff(within.point[order], prepend=-1) != 0])


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
        ends = ways_to_nodes(
            network, snaps, cost, leaving=direction == "from_facility", start_s=start
        )
        arcs = with_sources(network.arcs(cost, direction), ends, snaps.point_count)
        return cls(network, snaps, arcs, direction, cost, start)

    @property
    def facility_count(self) -> int:
        """Number of facilities, f."""
        return self.snaps.point_count

    @property
    def first_source(self) -> int:
        """Position of the first facility's own node."""
        return self.arcs.node_count - self.facility_count

    def graph(self) -> csr_array:
        """Shape (n + f, n + f), the arcs as SciPy takes them."""
        return as_graph(self.arcs)

    def nearest(self, limit: float) -> tuple[FloatArray, FloatArray, IntArray]:
        """
        Per node: least cost of any facility, the other cost of that path, the facility.

        Of equally near facilities the first counts. Where none is reached the cost is `inf`,
        the other cost 0 and the facility negative.
        """
        tree = least_cost_tree(self.arcs, self.first_source, limit)
        other = other_cost(self.arcs, tree.predecessor, np.arange(self.arcs.node_count))
        return tree.cost, other, tree.root.astype(np.int64) - self.first_source

    def nearest_to(self, demand: Snaps, limit: float) -> Trips:
        """The best trip of each demand point that has one within the limit."""
        tree = least_cost_tree(self.arcs, self.first_source, limit)
        ends = self._demand_ends(demand)
        reached = np.flatnonzero(np.isfinite(tree.cost[ends.node]))
        node = ends.node[reached]
        # Paths are added up only where demand lies: a fifth of the work on all nodes.
        beyond = other_cost(self.arcs, tree.predecessor, node)
        over_nodes = Trips(
            point=ends.point[reached],
            facility=tree.root[node].astype(np.int64) - self.first_source,
            cost=ends.cost[reached] + tree.cost[node],
            other=ends.other[reached] + beyond,
        )
        return over_nodes.and_(self._along_edges(demand)).least(limit)

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
                beside = cost[row]
                if other:  # Service areas have no use for it, and it takes as long again.
                    beside = np.zeros(len(cost[row]))
                    reached = np.flatnonzero(np.isfinite(cost[row]))
                    beside[reached] = other_cost(self.arcs, predecessor[row], reached)
                yield facility, cost[row], beside

    def trips_to(
        self,
        demand: Snaps,
        node_cost: FloatArray,
        node_other: FloatArray,
        node_facility: IntArray,
        *,
        only: int | None = None,
    ) -> Trips:
        """Every way a demand point may be served, by one facility `only` or by all."""
        ends = self._demand_ends(demand)
        over_nodes = trips_over_nodes(ends, node_cost, node_other, node_facility)
        along_edges = self._along_edges(demand)
        if only is not None:
            along_edges = along_edges.where(along_edges.facility == only)
        return over_nodes.and_(along_edges)

    def _demand_ends(self, demand: Snaps) -> Ends:
        leaving = self.direction == "to_facility"
        return ways_to_nodes(self.network, demand, self.cost, leaving=leaving)

    def _along_edges(self, demand: Snaps) -> Trips:
        return trips_along_edges(
            self.network,
            demand,
            self.snaps,
            cost=self.cost,
            direction=self.direction,
            start_s=self.start_s,
        )


def with_sources(arcs: Arcs, ends: Ends, count: int) -> Arcs:
    """
    A graph with one more node per source, and the arcs that leave it.

    Parameters
    ----------
    arcs
        The graph.
    ends
        Where the arcs of each source lead, `point` being its number; sorted by source, node.
    count
        Number of sources; one without ends reaches nothing.

    Returns
    -------
    arcs
        The sources are the last nodes.
    """
    last = arcs.start[-1]
    starts = last + np.cumsum(np.bincount(ends.point, minlength=count))
    return Arcs(
        start=np.concatenate([arcs.start, starts.astype(np.int32)]),
        end_node=np.concatenate([arcs.end_node, ends.node.astype(np.int32)]),
        cost=np.concatenate([arcs.cost, ends.cost]),
        other=np.concatenate([arcs.other, ends.other]),
    )


def ways_to_nodes(
    network: RoadNetwork,
    snaps: Snaps,
    cost: Cost,
    *,
    leaving: bool,
    start_s: FloatArray | None = None,
) -> Ends:
    """
    What it costs points to leave for the ends of their edges, or to be reached from them.

    Parameters
    ----------
    network
        Roads of one travel mode.
    snaps
        Where the points touch them.
    cost
        What is kept smallest.
    leaving
        Whether the trip begins at the points, or ends there.
    start_s
        Shape (points,), seconds that pass at each point; none when absent.

    Returns
    -------
    ends
        The best way of each point to each node, sorted by point and node. A point that has no
        place on the network has none.
    """
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
    # A place at a node is reached over it, waiting there included, not along the edge on which
    # it happens to be kept.
    is_way = np.isfinite(seconds) & (share < 1)
    return Ends(point, node, least, other).where(is_way).least()


def trips_over_nodes(
    demand: Ends,
    node_cost: FloatArray,
    node_other: FloatArray,
    node_facility: npt.NDArray[np.integer],
) -> Trips:
    """
    Trips that pass a node at the end of the demand point's edge.

    Parameters
    ----------
    demand
        Ways between the demand points and their nodes.
    node_cost, node_other, node_facility
        Shape (n,), for every node its facility and the two costs; `inf` where it has none.

    Returns
    -------
    trips
        One per way whose node is reached.
    """
    reached = np.flatnonzero(np.isfinite(node_cost[demand.node]))
    node = demand.node[reached]
    return Trips(
        point=demand.point[reached],
        facility=node_facility[node].astype(np.int64),
        cost=demand.cost[reached] + node_cost[node],
        other=demand.other[reached] + node_other[node],
    )


def trips_along_edges(
    network: RoadNetwork,
    demand: Snaps,
    facilities: Snaps,
    *,
    cost: Cost,
    direction: Direction,
    start_s: FloatArray,
) -> Trips:
    """
    Trips between two points inside the same edge that never pass a node.

    Parameters
    ----------
    network
        Roads of one travel mode.
    demand, facilities
        Where the points touch them.
    cost
        What is kept smallest.
    direction
        "to_facility" or "from_facility".
    start_s
        Shape (f,), seconds that pass at each facility before the trip begins.

    Returns
    -------
    trips
        One per pair of places, possible or not (`inf`).
    """
    # As above: places at nodes are reached over them.
    ours = np.flatnonzero((demand.fraction > 0) & (demand.fraction < 1))
    theirs = np.flatnonzero((facilities.fraction > 0) & (facilities.fraction < 1))
    theirs = theirs[np.argsort(facilities.edge[theirs], kind="stable")]
    first, last = (
        np.searchsorted(facilities.edge[theirs], demand.edge[ours], side=side)
        for side in ("left", "right")
    )
    at = np.repeat(ours, last - first)
    to = theirs[ragged(first, last - first)]
    # The traveller goes from the demand point to the facility, or the other way round.
    ahead = facilities.fraction[to] - demand.fraction[at]
    if direction == "from_facility":
        ahead = -ahead
    edge, share = demand.edge[at], np.abs(ahead)
    pace = np.where(ahead >= 0, network.along_s[edge], network.against_s[edge])
    access = demand.access_m[at] + facilities.access_m[to]
    with np.errstate(invalid="ignore"):
        on_road = np.where(share > 0, share * pace, 0.0)
    seconds = on_road + access * network.access_s_per_m + start_s[facilities.point[to]]
    # The metres of a closed direction are finite, but the trip is not possible.
    metres = np.where(np.isfinite(seconds), share * network.length_m[edge] + access, np.inf)
    least, other = (seconds, metres) if cost == "travel_time_s" else (metres, seconds)
    return Trips(demand.point[at], facilities.point[to], least, other)
