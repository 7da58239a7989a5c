"""The nearest street on the own side of barriers, for the places of a lattice.

A place that a barrier hides from its nearest street asks the places around it for theirs, and
so from place to place until nothing gets nearer. For thousands of places side by side that is a
hundred times faster than to look around from each (`coverage.access.roads_in_sight`), and as good
as the cells are fine.

Hidden places that touch make up a patch of ground. Nothing beyond the places around a patch
matters to it, so what is found there does not depend on what else is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import ndimage

from coverage.areas.barrier_map import BarrierMap
from coverage.areas.grid import TILE_CELLS
from coverage.areas.street_steps import NO_STEP, Feet

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.access.barriers import Barriers
    from coverage.areas.grid import Grid
    from coverage.areas.street_steps import Steps
    from coverage.graph.arcs import BoolArray, FloatArray, IntArray

    Look = Callable[[IntArray], tuple[Feet, BoolArray]]

GAIN_M: Final = 0.1
"""A street must be nearer by this to be taken over from a neighbour, in metres."""

AROUND: Final = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
"""Steps to the eight neighbours of a place."""

TOUCHING: Final = np.ones((3, 3), dtype=np.bool_)
"""Places that touch, be it in a corner."""

SQUARES_OF_CELL: Final = 2
"""Barriers are mapped this much finer than places lie."""

ONE_BY_ONE: Final = Lock()
"""GEOS looks at a prepared area, as of a lake, in one thread at a time or crashes."""


@dataclass(frozen=True, eq=False)
class Sight:
    """
    Tells which legs a barrier lies across.

    Parameters
    ----------
    barriers
        What no leg may cross.
    rough
        Where they lie.
    """

    barriers: Barriers
    rough: BarrierMap

    @classmethod
    def over(cls, grid: Grid, first: IntArray, last: IntArray, barriers: Barriers) -> Sight:
        """That over a rectangle of tiles, from the first to the last."""
        low, high = grid.corners(first, last)
        side_m = grid.cell_m / SQUARES_OF_CELL
        return cls(barriers, BarrierMap.over(barriers, low, high, side_m=side_m))

    def is_blocked(self, xy: FloatArray, foot: FloatArray) -> BoolArray:
        """
        Whether a barrier lies across the way from each place to the road.

        Parameters
        ----------
        xy, foot
            Shape (k, 2), the places and where their legs end, metres.
        """
        is_blocked = self.rough.may_cross(xy, foot)
        with ONE_BY_ONE:
            is_blocked[is_blocked] = self.barriers.crossed(xy[is_blocked], foot[is_blocked]) >= 0
        return is_blocked


class Window:
    """
    A rectangle of tiles around those that are wanted, and what is known of their places so far.

    Parameters
    ----------
    grid
        Where the places are.
    first, last
        Shape (2,), row and column of the first and the last tile.
    steps
        Straight steps of streets.
    sight
        What hides places from streets.
    """

    def __init__(
        self, grid: Grid, first: IntArray, last: IntArray, steps: Steps, sight: Sight
    ) -> None:
        self.grid = grid
        self.first = first
        self.steps = steps
        self.sight = sight
        self.is_known = np.zeros(last - first + 1, dtype=np.bool_)
        # A frame around the places spares all questions about the rim.
        self.shape = (last - first + 1) * TILE_CELLS + 2
        self.step = np.full(self.shape, NO_STEP)
        self.along = np.zeros(self.shape)
        self.metres = np.full(self.shape, np.inf)
        self.is_hidden = np.zeros(self.shape, dtype=np.bool_)
        # Whole tiles reach farther out than what matters to the block.
        beyond = -grid.around_cells % TILE_CELLS + 1
        self.matters = np.zeros(self.shape, dtype=np.bool_)
        self.matters[beyond:-beyond, beyond:-beyond] = True

    def put(self, keys: IntArray, feet: Feet, is_hidden: BoolArray) -> None:
        """
        Lay down what is known of some tiles, before any place asks its neighbours.

        Parameters
        ----------
        keys
            Shape (t, 2), row and column of each tile.
        feet
            Of their places, tile after tile.
        is_hidden
            Shape (t, c, c), which places a barrier hides from their feet.
        """
        at = self._at(keys)
        shape = is_hidden.shape
        self.is_known[tuple((keys - self.first).T)] = True
        self.is_hidden[at] = is_hidden & self.matters[at]
        is_seen = ~is_hidden & self.matters[at]
        self.step[at] = np.where(is_seen, feet.step.reshape(shape), NO_STEP)
        self.along[at] = feet.along.reshape(shape)
        self.metres[at] = np.where(is_seen, feet.metres.reshape(shape), np.inf)

    def settle(self, keys: IntArray, look: Look) -> Feet:
        """
        Find the nearest streets in sight of the hidden places of some tiles.

        Parameters
        ----------
        keys
            Shape (t, 2), tiles that were put down.
        look
            Tells what `put` needs to know of more tiles.

        Returns
        -------
        feet
            Of their places, tile after tile.
        """
        waiting = self._patches(keys)
        more = self._missing(waiting)
        while len(more):
            self.put(more, *look(more))
            waiting = self._patches(keys)
            more = self._missing(waiting)
        beside = ndimage.binary_dilation(waiting, TOUCHING) & ~waiting & (self.step != NO_STEP)
        self._pass_on(np.flatnonzero(waiting), np.flatnonzero(beside))
        at = self._at(keys)
        return Feet(self.step[at].ravel(), self.along[at].ravel(), self.metres[at].ravel())

    def _at(self, keys: IntArray) -> tuple[IntArray, IntArray]:
        """Rows and columns of the places of tiles, to be taken by."""
        within = np.arange(TILE_CELLS) + 1
        row, column = ((keys - self.first) * TILE_CELLS).T
        return (row[:, None] + within)[:, :, None], (column[:, None] + within)[:, None, :]

    def _patches(self, keys: IntArray) -> BoolArray:
        """The hidden places of some tiles, and all that hang together with them."""
        patch, count = ndimage.label(self.is_hidden, TOUCHING)
        is_wanted = np.zeros(count + 1, dtype=np.bool_)
        is_wanted[patch[self._at(keys)]] = True
        is_wanted[0] = False
        patches: BoolArray = is_wanted[patch]
        return patches

    def _missing(self, waiting: BoolArray) -> IntArray:
        """Tiles of the window, not known yet, that hold neighbours of waiting places."""
        row, column = np.nonzero(waiting)
        tiles = np.zeros_like(self.is_known)
        for y in (-1, 1):
            for x in (-1, 1):
                tile = [(row - 1 + y) // TILE_CELLS, (column - 1 + x) // TILE_CELLS]
                inside = (np.array(tile) >= 0).all(axis=0)
                inside &= (tile[0] < tiles.shape[0]) & (tile[1] < tiles.shape[1])
                tiles[tile[0][inside], tile[1][inside]] = True
        missing: IntArray = np.argwhere(tiles & ~self.is_known) + self.first
        return missing

    def _pass_on(self, waiting: IntArray, changed: IntArray) -> None:
        """Pass streets on from place to place until no place gets a nearer one."""
        is_waiting = np.zeros(self.step.size, dtype=np.bool_)
        is_waiting[waiting] = True
        around = [y * int(self.shape[1]) + x for y, x in AROUND]
        while len(changed):
            beside = changed[:, None] + around
            row, _ = np.nonzero(is_waiting[beside])
            place, giver = beside[is_waiting[beside]], changed[row]
            step = self.step.ravel()[giver]
            along, _ = self.steps.project(self._xy(place), step)
            # Where only a part of the step is in sight, the neighbour's own place on it may be.
            theirs = self.along.ravel()[giver]
            changed = self._take(
                np.tile(place, 2), np.tile(step, 2), np.concatenate([along, theirs])
            )

    def _take(self, place: IntArray, step: IntArray, along: FloatArray) -> IntArray:
        """Take the nearest offer in sight where it is a gain; tells the places that took one."""
        known_m = self.metres.reshape(-1)
        metres = np.hypot(*(self._xy(place) - self.steps.at(step, along)).T)
        order = np.flatnonzero((metres < known_m[place] - GAIN_M) & (metres <= self.grid.reach_m))
        order = order[np.lexsort((along[order], step[order], metres[order], place[order]))]
        same = np.diff(place[order], prepend=-1) == 0
        same &= (np.diff(step[order], prepend=-1) == 0) & (np.diff(metres[order], prepend=-1) == 0)
        order = order[~same]
        order = self._first_in_sight(order, place, step, along)
        taken: IntArray = place[order]
        self.step.reshape(-1)[taken] = step[order]
        self.along.reshape(-1)[taken] = along[order]
        known_m[taken] = metres[order]
        return taken

    def _first_in_sight(
        self, order: IntArray, place: IntArray, step: IntArray, along: FloatArray
    ) -> IntArray:
        """Of offers, grouped by place and the nearest first, the first in sight of each place."""
        taken = []
        while len(order):
            is_first = np.diff(place[order], prepend=-1) != 0
            first = order[is_first]
            foot = self.steps.at(step[first], along[first])
            is_blocked = self.sight.is_blocked(self._xy(place[first]), foot)
            taken.append(first[~is_blocked])
            # Only where the nearest is hidden the next is looked at.
            order = order[~is_first & is_blocked[np.cumsum(is_first) - 1]]
        return np.concatenate(taken) if taken else order

    def _xy(self, place: IntArray) -> FloatArray:
        """Shape (k, 2), where places of the frame's numbering lie, metres."""
        row, column = np.divmod(place, int(self.shape[1]))
        origin = self.first * TILE_CELLS - 1
        return np.column_stack([column + origin[1], row + origin[0]]) * self.grid.cell_m
