"""The nearest streets of the places of a lattice, block by block, remembered by what lies there.

What is nearest to a place depends on the courses of the streets around it and on barriers, not on
speeds, nor on what goes on elsewhere. So blocks are remembered by just that, and the readings of a
study, its modes and whoever tries another speed or another road find each block again that is as
it was. The same question gets the same answer, remembered or not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.areas.grid import TILE_CELLS, Grid
from coverage.areas.own_side import Sight, Window
from coverage.areas.street_steps import NO_STEP, NearestSteps

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from coverage.access.barriers import Barriers
    from coverage.areas.grid import Key
    from coverage.areas.street_steps import Feet, Steps
    from coverage.graph.arcs import BoolArray, FloatArray, IntArray

    Found = tuple[npt.NDArray[np.int32], FloatArray, npt.NDArray[np.float32]]

KEPT_BLOCKS: Final = 96
"""Blocks remembered, of at most 1 MB each: the lattices of a county's modes."""


@dataclass(frozen=True, eq=False)
class Block:
    """
    The nearest steps of the places of a block, as far as they were asked for.

    Parameters
    ----------
    grid
        Where the places are.
    key
        Row and column of the block.
    barriers
        What no leg may cross.
    found
        By tile, each of shape (c, c): the position of the step among those around the block
        (`NO_STEP` where there is none within reach), the position along it, and metres to it.
    """

    grid: Grid
    key: Key
    barriers: Barriers
    found: dict[Key, Found] = field(default_factory=dict)

    def complete(self, tiles: Sequence[Key], steps: Steps) -> None:
        """
        Find what is nearest to the places of some tiles, where that is not known yet.

        Parameters
        ----------
        tiles
            Row and column of each.
        steps
            Those around the block, always the same.
        """
        missing = np.array([tile for tile in tiles if tile not in self.found])
        if not len(missing):
            return
        nearest = NearestSteps(steps, reach_m=self.grid.reach_m, piece_m=self.grid.piece_m)
        if len(self.barriers):
            self._keep_own_side(missing, nearest)
        else:
            self._keep(missing, nearest.feet(self.grid.places(missing).reshape(-1, 2)))

    def _keep_own_side(self, missing: IntArray, nearest: NearestSteps) -> None:
        grid, steps = self.grid, nearest.steps
        first, last = grid.window(self.key, self.barriers)
        sight = Sight.over(grid, first, last, self.barriers)

        def look(tiles: IntArray) -> tuple[Feet, BoolArray]:
            xy = grid.places(tiles).reshape(-1, 2)
            feet = nearest.feet(xy)
            is_hidden = np.zeros(len(xy), dtype=np.bool_)
            there = np.flatnonzero(feet.step != NO_STEP)
            foot = steps.at(feet.step[there], feet.along[there])
            is_hidden[there] = sight.is_blocked(xy[there], foot)
            return feet, is_hidden.reshape(len(tiles), TILE_CELLS, TILE_CELLS)

        feet, is_hidden = look(missing)
        hidden = is_hidden.any(axis=(1, 2))
        if hidden.any():
            window = Window(grid, first, last, steps, sight)
            window.put(missing, feet, is_hidden)
            self._keep(missing[hidden], window.settle(missing[hidden], look))
        # Others may look on: nothing is shown before it is settled.
        self._keep(missing[~hidden], feet.take(np.repeat(~hidden, TILE_CELLS**2)))

    def _keep(self, tiles: IntArray, feet: Feet) -> None:
        shape = (len(tiles), TILE_CELLS, TILE_CELLS)
        arrays = feet.step.astype(np.int32), feet.along, feet.metres.astype(np.float32)
        each = zip(*(array.reshape(shape) for array in arrays), strict=True)
        self.found.update(zip(map(tuple, tiles.tolist()), each, strict=True))


def known_block(grid: Grid, key: Key, barriers: Barriers, steps: Steps) -> Block:
    """
    The block with what is known of it; one and the same for steps of the same course.

    Parameters
    ----------
    grid, key, barriers
        As `Block`.
    steps
        Those on `grid.ground` of the block.
    """
    ground = hashlib.blake2b(steps.start_xy.tobytes() + steps.by_xy.tobytes()).digest()
    return _remembered(grid, key, barriers, ground)


@lru_cache(maxsize=KEPT_BLOCKS)
def _remembered(grid: Grid, key: Key, barriers: Barriers, ground: bytes) -> Block:  # noqa: ARG001
    return Block(grid, key, barriers)
