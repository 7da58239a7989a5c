"""A field of cost over a lattice of places, ready to be drawn at any cutoff."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from coverage.areas.contour import area_within
from coverage.areas.grid import TILE_CELLS

if TYPE_CHECKING:
    from coverage.areas.lattice import Float32Array
    from coverage.graph.arcs import IntArray

NONE: Final = -1

ROOM: Final = 4
"""Tiles in a rectangle of at most this many times their number are drawn together as well."""

FORWARD: Final = ((0, 1), (1, -1), (1, 0), (1, 1))
"""Steps to half of the tiles around one; the other half finds this one."""


@dataclass(frozen=True, eq=False)
class CostField:
    """
    Costs at the places of some tiles of a lattice.

    Parameters
    ----------
    cell_m
        Metres between neighbouring places.
    step
        Cost of the way from one place to the next off the road.
    keys
        Shape (t, 2), row and column of each tile.
    costs
        Shape (t, c, c), costs, `inf` where nothing is reached; so are all other tiles.
    """

    cell_m: float
    step: float
    keys: IntArray
    costs: Float32Array

    @cached_property
    def _patches(self) -> list[tuple[int, int, Float32Array]]:
        """Tiles that hang together as one array each, with its first row and column."""
        patches = []
        for group in _touching(self.keys):
            keys = self.keys[group]
            first, last = keys.min(axis=0), keys.max(axis=0)
            rows, columns = last - first + 1
            tiles = np.full((rows, columns, TILE_CELLS, TILE_CELLS), np.inf, dtype=np.float32)
            tiles[tuple((keys - first).T)] = self.costs[group]
            costs = tiles.swapaxes(1, 2).reshape(rows * TILE_CELLS, columns * TILE_CELLS)
            patches.append((*(first * TILE_CELLS).tolist(), costs))
        return patches

    def area(self, cutoff: float) -> shapely.MultiPolygon:
        """Where the cost is at most the cutoff, see `coverage.areas.contour.area_within`."""
        areas = [
            area_within(
                values,
                cutoff,
                step=self.step,
                cell_m=self.cell_m,
                corner=(column * self.cell_m, row * self.cell_m),
            )
            for row, column, values in self._patches
        ]
        if len(areas) == 1:
            return areas[0]
        return shapely.MultiPolygon([polygon for area in areas for polygon in area.geoms])

    def plus(self, other: CostField) -> CostField:
        """Both costs one after the other, at the places that both know."""
        theirs = {key: number for number, key in enumerate(map(tuple, other.keys.tolist()))}
        known = [theirs.get(tuple(key), NONE) for key in self.keys.tolist()]
        mine = np.flatnonzero(np.array(known, dtype=np.int64) != NONE)
        their = np.array(known, dtype=np.int64)[mine]
        values = self.costs[mine] + other.costs[their]
        return CostField(self.cell_m, self.step + other.step, self.keys[mine], values)


def _touching(keys: IntArray) -> list[IntArray]:
    """Positions of tiles in groups, those that touch in one, be it in a corner."""
    if not len(keys):
        return []
    if np.prod(np.ptp(keys, axis=0) + 1) <= ROOM * len(keys):
        return [np.arange(len(keys))]
    width = np.ptp(keys[:, 1]) + 3
    code = (keys[:, 0] - keys[:, 0].min()) * width + keys[:, 1] - keys[:, 1].min() + 1
    order = np.argsort(code)
    pairs = []
    for row, column in FORWARD:
        wanted = code + row * width + column
        at = order[np.minimum(np.searchsorted(code[order], wanted), len(code) - 1)]
        here = np.flatnonzero(code[at] == wanted)
        pairs.append((here, at[here]))
    one, other = (np.concatenate(side) for side in zip(*pairs, strict=True))
    joined = coo_array((np.ones(len(one)), (one, other)), (len(keys), len(keys)))
    count, group = connected_components(joined, directed=False)
    return [np.flatnonzero(group == number) for number in range(count)]
