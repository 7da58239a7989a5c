"""A lattice of places, each with the street nearest to it, treated just as villages are.

Made in square tiles, and only those that are asked for, so that the work grows with the ground
that facilities reach and not with the country. Feeds the areas of `coverage.isochrone`, never a
number.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.areas.grid import BLOCK_TILES, TILE_CELLS
from coverage.areas.near_streets import known_block
from coverage.areas.street_steps import Courses
from coverage.areas.streets import streets_of
from coverage.snapping import joinable_edges

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.areas.grid import Grid, Key
    from coverage.graph.arcs import IntArray
    from coverage.network import RoadNetwork

    Float32Array = npt.NDArray[np.float32]
    Index32Array = npt.NDArray[np.int32]
    Found = tuple[Index32Array, Float32Array, Float32Array]

NO_STREET: Final = -1
"""Stands for the street of a place that has none within reach."""

KEPT_LATTICES: Final = 6
"""Lattices remembered: the readings of one standard share theirs."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """
    Places of a lattice in t squares of c = `TILE_CELLS` rows, each from south to north.

    Parameters
    ----------
    keys
        Shape (t, 2), row and column of each tile, from south to north and from west to east.
    street
        Shape (t, c, c), the street (`coverage.areas.streets`) nearest to each place and on its side
        of any barrier; `NO_STREET` where there is none within reach.
    share
        Shape (t, c, c), position along the street from its tail (0) to its head (1).
    off_road_m
        Shape (t, c, c), metres to it.
    """

    keys: IntArray
    street: Index32Array
    share: Float32Array
    off_road_m: Float32Array


@dataclass(frozen=True, eq=False)
class Lattice:
    """
    Places at whole multiples of a width, and their nearest streets as far as they are known.

    Parameters
    ----------
    network
        Roads of one travel mode, at least one edge.
    grid
        Where the places are.
    """

    network: RoadNetwork
    grid: Grid
    _known: dict[Key, Found] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def courses(self) -> Courses:
        """How the streets run on which a leg may end, each taken once."""
        streets = streets_of(self.network)
        is_first = streets.of_edge == np.arange(self.network.edge_count)
        return Courses.of(self.network, is_first & joinable_edges(self.network))

    def prepare(self, keys: IntArray) -> None:
        """
        Make some tiles where they are not known yet; many at once take less than one by one.

        Parameters
        ----------
        keys
            Shape (t, 2), row and column of each.
        """
        blocks: dict[Key, list[Key]] = {}
        for row, column in map(tuple, keys.tolist()):
            if (row, column) not in self._known:
                block = (row // BLOCK_TILES, column // BLOCK_TILES)
                blocks.setdefault(block, []).append((row, column))
        _ = self.courses  # made once, not by every thread
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for made in pool.map(self._made, blocks.items()):
                self._known.update(made)

    def tiles(self, keys: IntArray) -> Tiles:
        """
        Some tiles, made where they are not known yet.

        Parameters
        ----------
        keys
            Shape (t, 2), row and column of each.
        """
        self.prepare(keys)
        shape = (len(keys), TILE_CELLS, TILE_CELLS)
        street = np.empty(shape, dtype=np.int32)
        share, off_road_m = (np.empty(shape, dtype=np.float32) for _ in range(2))
        for number, key in enumerate(map(tuple, keys.tolist())):
            street[number], share[number], off_road_m[number] = self._known[key]
        return Tiles(keys, street, share, off_road_m)

    def _made(self, wanted: tuple[Key, list[Key]]) -> dict[Key, Found]:
        """Street, share and metres of the places of tiles of one block."""
        key, tiles = wanted
        barriers = self.network.barriers
        steps = self.courses.steps(*self.grid.ground(key, barriers))
        block = known_block(self.grid, key, barriers, steps)
        block.complete(tiles, steps)
        # One more stands for places that have no street.
        streets = np.append(steps.street, NO_STREET).astype(np.int32)
        begins, by_share = np.append(steps.share, 0.0), np.append(steps.by_share, 0.0)
        made = {}
        for tile in tiles:
            step, along, metres = block.found[tile]
            share = np.take(by_share, step)
            share *= along
            share += np.take(begins, step)
            made[tile] = np.take(streets, step), share.astype(np.float32), metres
        return made


@lru_cache(maxsize=KEPT_LATTICES)
def lattice_over(network: RoadNetwork, grid: Grid) -> Lattice:
    """
    A lattice, remembered with its tiles for the next reading on the same network.

    Parameters
    ----------
    network, grid
        As `Lattice`.
    """
    return Lattice(network, grid)
