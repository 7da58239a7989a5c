"""What the places of a lattice pay to facilities, each treated just as a demand point.

A place takes the access leg to the street nearest to it, as a village does, and goes on to a node
at either end of the street, or along the street to a facility beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.areas.streets import street_costs, streets_of
from coverage.graph.arcs import ragged

if TYPE_CHECKING:
    from coverage.areas.lattice import Float32Array, Index32Array, Tiles
    from coverage.graph.arcs import FloatArray, IntArray
    from coverage.searches.search import Search

NOBODY: Final = -1
"""Stands for the facility of places that none reaches."""


@dataclass(frozen=True, eq=False)
class Exits:
    """
    What the places of t tiles pay to the nodes at both ends of their streets.

    Parameters
    ----------
    tiles
        The places.
    head, tail
        Shape (t, c, c), positions of the nodes; n where a place has no street.
    to_head, to_tail
        Shape (t, c, c), access leg and road; `inf` where closed.
    """

    tiles: Tiles
    head: Index32Array
    tail: Index32Array
    to_head: Float32Array
    to_tail: Float32Array


@dataclass(frozen=True, eq=False)
class Beside:
    """
    Facilities inside streets, k of them, sorted by street.

    Parameters
    ----------
    facility, street
        Shape (k,), positions.
    share
        Shape (k,), position along the street from its tail (0) to its head (1).
    cost
        Shape (k,), between the facility and the street, turn-out included.
    """

    facility: IntArray
    street: IntArray
    share: FloatArray
    cost: FloatArray

    def of(self, facility: int) -> Beside:
        """Those of one facility."""
        its = self.facility == facility
        return Beside(self.facility[its], self.street[its], self.share[its], self.cost[its])

    def on(self, street: int) -> Beside:
        """Those of one street, from its tail to its head."""
        there = np.flatnonzero(self.street == street)
        there = there[np.lexsort((self.facility[there], self.share[there]))]
        return Beside(self.facility[there], self.street[there], self.share[there], self.cost[there])


class PlaceCosts:
    """
    Costs of places, tile by tile.

    Parameters
    ----------
    search
        Facilities on their network: n nodes, m edges.
    """

    def __init__(self, search: Search) -> None:
        self.network = search.network
        self.access_cost_per_m = access_cost_per_m(search)
        self.along = street_costs(search.network, search.direction, search.cost)
        self.beside = facilities_beside(search, self.access_cost_per_m)
        # One entry more stands for places that have no street.
        self.no_node = search.network.node_count
        self._at_head, self._at_tail = (
            np.append(nodes, self.no_node).astype(np.int32)
            for nodes in (search.network.head, search.network.tail)
        )
        self._first_beside = np.full(search.network.edge_count + 1, NOBODY)

    def unreached(self) -> Float32Array:
        """Shape (n + 1,), `inf`: costs of nodes, to be filled in."""
        return np.full(self.no_node + 1, np.inf, dtype=np.float32)

    def exits(self, tiles: Tiles) -> Exits:
        """What the places of some tiles pay to the ends of their streets."""
        street, share = tiles.street, tiles.share
        off_road = tiles.off_road_m * self.access_cost_per_m
        along = self.along
        to_head, to_tail = np.take(along.to_head, street), np.take(along.to_tail, street)
        with np.errstate(invalid="ignore"):
            to_head *= 1 - share
            to_tail *= share
        to_head += np.take(along.wait_at_head, street)
        to_tail += np.take(along.wait_at_tail, street)
        # A place at a node is reached over it and not along the street, as by
        # `coverage.searches.search`.
        at_tail, at_head = share == 0, share == 1
        for cost, reached, left in ((to_head, at_head, at_tail), (to_tail, at_tail, at_head)):
            np.copyto(cost, 0.0, where=reached)
            np.copyto(cost, np.inf, where=left)
            np.add(cost, off_road, out=cost)
        return Exits(
            tiles,
            np.take(self._at_head, street),
            np.take(self._at_tail, street),
            to_head.astype(np.float32),
            to_tail.astype(np.float32),
        )

    def over_nodes(self, exits: Exits, tile: IntArray, node_cost: Float32Array) -> Float32Array:
        """
        The least cost of places over the nodes of their streets.

        Parameters
        ----------
        exits
            Of t tiles.
        tile
            Shape (k,), positions of the tiles that are wanted.
        node_cost
            Shape (n + 1,), `inf` where nothing is reached, as for the last.

        Returns
        -------
        values
            Shape (k, c, c).
        """
        values, by_tail = np.take(node_cost, exits.head[tile]), np.take(node_cost, exits.tail[tile])
        values += exits.to_head[tile]
        by_tail += exits.to_tail[tile]
        return np.minimum(values, by_tail, out=values)

    def lower_beside(
        self, values: Float32Array, exits: Exits, tile: IntArray, beside: Beside
    ) -> None:
        """
        Lower the costs of places that have a facility on their own street.

        Parameters
        ----------
        values
            Shape (k, c, c), changed.
        exits, tile
            As `over_nodes`.
        beside
            Facilities inside streets.
        """
        if len(beside.street):
            place, _, cost = self._along_streets(exits, tile, beside)
            np.minimum.at(values.reshape(-1), place, cost)

    def owners(
        self,
        exits: Exits,
        tile: IntArray,
        node_cost: Float32Array,
        node_owner: Index32Array,
        beside: Beside,
    ) -> tuple[Float32Array, Index32Array]:
        """
        The least cost of places, and which facility it is; of equally near ones the first.

        Parameters
        ----------
        exits, tile, node_cost, beside
            As `over_nodes` and `lower_beside`.
        node_owner
            Shape (n + 1,), the facility nearest to each node.

        Returns
        -------
        values, owner
            Shape (k, c, c); the owner is `NOBODY` where nothing is reached.
        """
        head, tail = exits.head[tile], exits.tail[tile]
        by_head = np.take(node_cost, head) + exits.to_head[tile]
        by_tail = np.take(node_cost, tail) + exits.to_tail[tile]
        at_head, at_tail = np.take(node_owner, head), np.take(node_owner, tail)
        takes_head = (by_head < by_tail) | ((by_head == by_tail) & (at_head < at_tail))
        values = np.where(takes_head, by_head, by_tail)
        owner = np.where(takes_head, at_head, at_tail)
        place, facility, cost = self._along_streets(exits, tile, beside)
        # The best of each place comes first, and np.unique keeps the first.
        order = np.lexsort((facility, cost, place))
        place, first = np.unique(place[order], return_index=True)
        facility, cost = facility[order][first], cost[order][first]
        at, has = values.reshape(-1)[place], owner.reshape(-1)[place]
        better = (cost < at) | ((cost == at) & (facility < has))
        values.reshape(-1)[place[better]] = cost[better]
        owner.reshape(-1)[place[better]] = facility[better]
        owner[~np.isfinite(values)] = NOBODY
        return values, owner

    def _along_streets(
        self, exits: Exits, tile: IntArray, beside: Beside
    ) -> tuple[IntArray, IntArray, Float32Array]:
        """Trips along one street that pass no node: place in the tiles, facility and cost."""
        row = np.flatnonzero(np.diff(beside.street, prepend=NOBODY))
        self._first_beside[beside.street[row]] = row
        first = np.take(self._first_beside, exits.tiles.street[tile].reshape(-1))
        self._first_beside[beside.street[row]] = NOBODY
        place = np.flatnonzero(first >= 0)
        share = exits.tiles.share[tile].reshape(-1)[place].astype(float)
        # A place at a node is reached over it.
        inside = (share > 0) & (share < 1)
        place, share = place[inside], share[inside]
        first = first[place]
        end = np.append(row, len(beside.street))[np.searchsorted(row, first, side="right")]
        again = np.repeat(np.arange(len(place)), end - first)
        there = ragged(first, end - first)
        place, street = place[again], beside.street[there]
        ahead = beside.share[there] - share[again]
        pace = np.where(ahead > 0, self.along.to_head[street], self.along.to_tail[street])
        with np.errstate(invalid="ignore"):
            on_road = np.where(ahead == 0, 0.0, np.abs(ahead) * pace)
        off_road = exits.tiles.off_road_m[tile].reshape(-1)[place] * self.access_cost_per_m
        cost = (beside.cost[there] + on_road + off_road).astype(np.float32)
        return place, beside.facility[there], cost


def access_cost_per_m(search: Search) -> float:
    """Cost of a metre off the road, in the unit of a search."""
    return search.network.access_s_per_m if search.cost == "travel_time_s" else 1.0


def facilities_beside(search: Search, per_metre: float) -> Beside:
    """
    The facilities inside streets; those at nodes are reached over the node.

    Parameters
    ----------
    search
        Facilities on their network.
    per_metre
        Cost of a metre off the road.
    """
    snaps, streets = search.snaps, streets_of(search.network)
    fraction = np.where(streets.is_turned[snaps.edge], 1 - snaps.fraction, snaps.fraction)
    cost = snaps.access_m * per_metre
    if search.cost == "travel_time_s":
        cost += search.start_s[snaps.point]
    inside = np.flatnonzero((fraction > 0) & (fraction < 1))
    order = inside[np.argsort(streets.of_edge[snaps.edge[inside]], kind="stable")]
    edge = streets.of_edge[snaps.edge[order]]
    return Beside(snaps.point[order], edge, fraction[order], cost[order])
