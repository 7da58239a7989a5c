"""All trips between the facilities of one tile of the map and the demand that they reach.

Facilities so far apart that no node is reached by two of them share one search by SciPy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from coverage.graph.arcs import Arcs, as_graph
from coverage.graph.shortest_paths import other_cost_among
from coverage.searches.search import Ends, Trips, with_sources
from coverage.searches.tiles import apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coverage.graph.arcs import BoolArray, FloatArray, Index32Array, IntArray
    from coverage.searches.subnetwork import Part
    from coverage.searches.tiles import Sites

PAIR: Final = 2
"""Ends of an edge."""


@dataclass(frozen=True, eq=False)
class Ways:
    """
    Ways between demand points and their nodes, w in all, sorted by node.

    A point inside an edge has two; each knows the other, so that the better one can be told
    without sorting.

    Parameters
    ----------
    node, point, cost, other
        Shape (w,), as in `coverage.searches.search.Ends`.
    partner_node, partner_cost
        Shape (w,), of the other way of the same point; `inf` where it is not known.
    several
        Shape (w,), True where the point may be served in yet another way.
    """

    node: Index32Array
    point: IntArray
    cost: FloatArray
    other: FloatArray
    partner_node: Index32Array
    partner_cost: FloatArray
    several: BoolArray

    @classmethod
    def of(cls, ends: Ends, count: int, *, also_along: IntArray) -> Ways:
        """
        Pair the ways of each point.

        Parameters
        ----------
        ends
            Ways, sorted by point.
        count
            Number of demand points.
        also_along
            Points that may also be served along their edge, without passing a node.
        """
        ways = np.bincount(ends.point, minlength=count)
        paired = ways[ends.point] == PAIR
        rows = np.arange(len(ends.point))
        # The two of a pair stand side by side.
        first = np.searchsorted(ends.point, ends.point)
        partner = np.where(paired, 2 * first + 1 - rows, rows)
        several = ways > PAIR
        several[also_along] = True
        every = cls(
            node=ends.node.astype(np.int32),
            point=ends.point,
            cost=ends.cost,
            other=ends.other,
            partner_node=ends.node[partner].astype(np.int32),
            partner_cost=np.where(paired, ends.cost[partner], math.inf),
            several=several[ends.point],
        )
        return every.where(np.argsort(ends.node, kind="stable"))

    def where(self, chosen: IntArray) -> Ways:
        """Some of the ways."""
        return Ways(**{name: values[chosen] for name, values in vars(self).items()})


@dataclass(frozen=True, eq=False)
class Tile:
    """
    All that the search of one tile needs, so that it may run in another process.

    Parameters
    ----------
    arcs
        The part of the network that the k facilities can reach; they are its last nodes.
    facility
        Shape (k,), the facilities.
    groups
        Positions in `facility`: those of a group share no node within the limit.
    ways
        Ways of the demand points to the nodes of the part.
    limit_s
        Seconds door to door, inclusive.
    """

    arcs: Arcs
    facility: IntArray
    groups: list[IntArray]
    ways: Ways
    limit_s: float


@dataclass(frozen=True, eq=False)
class Found:
    """
    Trips of the facilities of one tile.

    Parameters
    ----------
    sure
        Each the best of its pair of point and facility.
    unsure
        Of these there may be several of a pair.
    facility_count
        Facilities searched.
    """

    sure: Trips
    unsure: Trips
    facility_count: int


def tile_of(part: Part, sites: Sites, facility: IntArray, ways: Ways, limit_s: float) -> Tile:
    """
    Gather what the search of one tile needs.

    Parameters
    ----------
    part
        The part of the network that the facilities can reach.
    sites
        All facilities.
    facility
        Shape (k,), those of the tile.
    ways
        Ways of all demand points.
    limit_s
        Seconds door to door, inclusive.
    """
    ends, _ = sites.ends_of(facility)
    ends = replace(ends, node=part.number(ends.node.astype(np.int32)).astype(np.int64))
    inside = ways.where(part.rows(ways.node))
    return Tile(
        arcs=with_sources(part.arcs, ends, len(facility)),
        facility=facility,
        groups=apart(sites.xy[facility], sites.radius_m[facility]),
        ways=replace(
            inside,
            node=part.number(inside.node),
            partner_node=part.number(inside.partner_node),
        ),
        limit_s=limit_s,
    )


def search_tile(tile: Tile) -> Found:
    """
    The trips of the facilities of one tile.

    Parameters
    ----------
    tile
        As `tile_of` makes it.
    """
    found = list(_trips(tile))
    trips, sure = together([trips for trips, _ in found]), np.concatenate([s for _, s in found])
    return Found(trips.where(sure), trips.where(~sure), len(tile.facility))


def _trips(tile: Tile) -> Iterator[tuple[Trips, BoolArray]]:
    """Trips within the limit; True for each that is the best of its pair."""
    graph, ways = as_graph(tile.arcs), tile.ways
    first_source = tile.arcs.node_count - len(tile.facility)
    for group in tile.groups:
        node_cost, before, root = dijkstra(
            graph,
            indices=first_source + group,
            min_only=True,
            limit=tile.limit_s,
            return_predecessors=True,
        )
        cost = node_cost[ways.node] + ways.cost
        way = np.flatnonzero(cost <= tile.limit_s)
        by_partner = node_cost[ways.partner_node[way]] + ways.partner_cost[way]
        better = cost[way] <= by_partner
        way, by_partner = way[better], by_partner[better]
        node = ways.node[way]
        reached = np.flatnonzero(np.isfinite(node_cost))
        beyond = other_cost_among(tile.arcs, reached, before, node)
        trips = Trips(
            point=ways.point[way],
            facility=tile.facility[root[node] - first_source],
            cost=cost[way],
            other=ways.other[way] + beyond,
        )
        # Of two ways that take equally long the one of less metres is to be found.
        yield trips, (trips.cost < by_partner) & ~ways.several[way]


def best_of_each_pair(trips: Trips) -> Trips:
    """
    The best trip of every pair of point and facility.

    Parameters
    ----------
    trips
        Maybe several of a pair.
    """
    order = np.lexsort((trips.other, trips.cost, trips.point, trips.facility))
    point, facility = trips.point[order], trips.facility[order]
    first = (np.diff(point, prepend=-1) != 0) | (np.diff(facility, prepend=-1) != 0)
    return trips.where(order[first])


def together(parts: list[Trips]) -> Trips:
    """
    All trips of several tables.

    Parameters
    ----------
    parts
        At least one.
    """
    names = ("point", "facility", "cost", "other")
    return Trips(*(np.concatenate([getattr(trips, name) for trips in parts]) for name in names))
