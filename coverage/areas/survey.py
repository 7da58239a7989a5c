"""The costs of facilities laid over a lattice: of each, of all, or of the nearest only."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.areas.cost_field import CostField
from coverage.areas.grid import TILE_CELLS
from coverage.areas.place_costs import NOBODY, PlaceCosts
from coverage.graph.arcs import ragged
from coverage.graph.shortest_paths import least_cost_tree
from coverage.searches.near_search import each_nearby

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coverage.areas.lattice import Float32Array, Index32Array
    from coverage.areas.place_costs import Beside, Exits
    from coverage.areas.reach import Reach
    from coverage.graph.arcs import IntArray

    Part = tuple[IntArray, Float32Array]

TILES_AT_ONCE: Final = 256
"""Tiles whose costs are worked out together where all are looked at."""


class Survey:
    """
    The costs of f facilities at the places of a lattice.

    Parameters
    ----------
    reach
        What the facilities reach.
    cell_m
        Width of a cell in metres.
    within
        Leaves out ground that others do not reach.
    """

    def __init__(self, reach: Reach, *, cell_m: float, within: Reach | None = None) -> None:
        self.reach = reach
        self.search = reach.search
        self.lattice = reach.lattice(cell_m)
        self.costs = PlaceCosts(reach.search)
        tile_m = self.lattice.grid.tile_m
        self.keys = reach.ground.squares(tile_m)
        if within is not None:
            theirs = set(map(tuple, within.ground.squares(tile_m).tolist()))
            self.keys = self.keys[[tuple(key) in theirs for key in self.keys.tolist()]]
        self.lattice.prepare(self.keys)

    def whole_field(self) -> CostField:
        """The cost of the nearest facility."""
        node_cost = self.costs.unreached()
        node_cost[:-1] = self.reach.node_cost
        fields = [
            self._field(exits, _all(exits), node_cost, _all(exits), self.costs.beside)
            for exits in self._in_parts()
        ]
        return self._made(fields)

    def fields(self) -> Iterator[tuple[int, CostField]]:
        """Every facility and its costs; neighbours come together, not as in the table."""
        node_cost = self.costs.unreached()
        for reached in each_nearby(self.search, self.reach.limit):
            node_cost[reached.node] = reached.cost
            beside = self.costs.beside.of(reached.facility)
            # Its own street has its places in the tiles at the end of the street.
            own_end = self.search.network.head[beside.street]
            tile = self._tiles_at(np.concatenate([reached.node, own_end]))
            own = np.searchsorted(tile, self._tiles_at(own_end))
            yield (
                reached.facility,
                self._made([self._field(self._exits, tile, node_cost, own, beside)]),
            )
            node_cost[reached.node] = np.inf

    def nearest_fields(self) -> list[CostField]:
        """For every facility the costs at the places that it is nearest to; of ties the first."""
        first_source = self.search.first_source
        tree = least_cost_tree(self.search.arcs, first_source, self.reach.limit)
        node_cost = self.costs.unreached()
        node_cost[:-1] = tree.cost[:first_source]
        owner = np.full(len(node_cost), NOBODY, dtype=np.int32)
        owner[:-1] = np.maximum(tree.root[:first_source] - first_source, NOBODY)
        nothing = np.float32(np.inf)
        parts: list[list[Part]] = [[] for _ in range(self.search.facility_count)]
        for exits in self._in_parts():
            every, beside = _all(exits), self.costs.beside
            values, at = self.costs.owners(exits, every, node_cost, owner, beside)
            at[values > self.reach.limit] = NOBODY
            for tile in every.tolist():
                for facility in np.unique(at[tile]).tolist():
                    if facility != NOBODY:
                        its_own = np.where(at[tile] == facility, values[tile], nothing)
                        parts[facility].append((exits.tiles.keys[tile][None], its_own[None]))
        return [self._made(each) for each in parts]

    def _field(
        self,
        exits: Exits,
        tile: IntArray,
        node_cost: Float32Array,
        own: IntArray,
        beside: Beside,
    ) -> Part:
        """The tiles with anything within reach; `own` of them may have a facility on a street."""
        values = self.costs.over_nodes(exits, tile, node_cost)
        lowered = values[own]
        self.costs.lower_beside(lowered, exits, tile[own], beside)
        values[own] = lowered
        within = np.flatnonzero(values.min(axis=(1, 2)) <= self.reach.limit)
        return exits.tiles.keys[tile[within]], values[within]

    def _made(self, parts: list[Part]) -> CostField:
        cell_m = self.lattice.grid.cell_m
        keys = [np.zeros((0, 2), dtype=np.int64), *(part[0] for part in parts)]
        none = np.zeros((0, TILE_CELLS, TILE_CELLS), dtype=np.float32)
        values = np.concatenate([none, *(part[1] for part in parts)])
        step = cell_m * self.costs.access_cost_per_m
        return CostField(cell_m, step, np.concatenate(keys), values)

    def _in_parts(self) -> Iterator[Exits]:
        """All tiles, not too many at once."""
        for first in range(0, len(self.keys), TILES_AT_ONCE):
            keys = self.keys[first : first + TILES_AT_ONCE]
            yield self.costs.exits(self.lattice.tiles(keys))

    @cached_property
    def _exits(self) -> Exits:
        return self.costs.exits(self.lattice.tiles(self.keys))

    @cached_property
    def _tiles_by_node(self) -> tuple[Index32Array, Index32Array]:
        """Where the tiles of each node begin, shape (n + 2,), and the tiles, node after node."""
        pairs = [
            np.unique(np.concatenate([head.ravel(), tail.ravel()]))
            for head, tail in zip(self._exits.head, self._exits.tail, strict=True)
        ]
        tile = np.repeat(np.arange(len(pairs), dtype=np.int32), [len(each) for each in pairs])
        node = np.concatenate([*pairs, np.zeros(0, dtype=np.int32)])
        counts = np.bincount(node, minlength=self.costs.no_node + 1)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return start, tile[np.argsort(node, kind="stable")]

    def _tiles_at(self, nodes: IntArray) -> IntArray:
        """The tiles in which a place may go over any of some nodes, ascending."""
        start, tile = self._tiles_by_node
        is_there = np.zeros(len(self.keys), dtype=np.bool_)
        first, last = start[nodes], start[nodes + 1]
        is_there[tile[first[first < last]]] = True
        # Few nodes are in reach of several tiles.
        several = np.flatnonzero(last - first > 1)
        more = ragged(first[several].astype(np.int64), (last - first)[several])
        is_there[tile[more]] = True
        return np.flatnonzero(is_there)


def _all(exits: Exits) -> IntArray:
    return np.arange(len(exits.tiles.keys))
