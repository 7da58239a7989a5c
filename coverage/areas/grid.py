"""Places at whole multiples of a width, in square tiles, and these in blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from coverage.access.barriers import Barriers
    from coverage.graph.arcs import FloatArray, IntArray

    Key = tuple[int, int]

TILE_CELLS: Final = 32
"""Places along each side of a tile."""

BLOCK_TILES: Final = 8
"""Tiles along each side of a block, whose nearest streets are looked up together."""

AROUND_M: Final = 1_000.0
"""Where there are barriers, streets come from places this far around a block too, in metres."""

SHORT_PIECE_M: Final = 50.0
"""Streets are looked up in pieces as long as cells are wide, but not shorter than this."""


@dataclass(frozen=True)
class Grid:
    """
    Where places lie, and how far off the road they may be.

    Parameters
    ----------
    cell_m
        Metres between neighbouring places.
    reach_m
        Places farther than this from any street have none.
    """

    cell_m: float
    reach_m: float

    @property
    def tile_m(self) -> float:
        """Width of a tile in metres."""
        return TILE_CELLS * self.cell_m

    @property
    def piece_m(self) -> float:
        """Streets are looked up by the middles of pieces at most this long, in metres."""
        return max(self.cell_m, SHORT_PIECE_M)

    @property
    def around_cells(self) -> int:
        """How many places around a block matter to it where there are barriers."""
        return math.ceil(min(AROUND_M, self.reach_m) / self.cell_m)

    def places(self, keys: IntArray) -> FloatArray:
        """
        Where the places of some tiles lie.

        Parameters
        ----------
        keys
            Shape (t, 2), row and column of each tile.

        Returns
        -------
        xy
            Shape (t, c, c, 2), metres; c = `TILE_CELLS` rows, from south to north.
        """
        within = np.arange(TILE_CELLS)
        rows, columns = (keys[:, axis, None] * TILE_CELLS + within for axis in (0, 1))
        xy = np.empty((len(keys), TILE_CELLS, TILE_CELLS, 2))
        xy[..., 0] = columns[:, None, :]
        xy[..., 1] = rows[:, :, None]
        return xy * self.cell_m

    def window(self, block: Key, barriers: Barriers) -> tuple[IntArray, IntArray]:
        """The first and the last tile, row and column, of those that matter to a block."""
        around = math.ceil(self.around_cells / TILE_CELLS) if len(barriers) else 0
        first = np.array(block) * BLOCK_TILES
        return first - around, first + BLOCK_TILES - 1 + around

    def ground(self, block: Key, barriers: Barriers) -> tuple[FloatArray, FloatArray]:
        """Corners in metres of the rectangle that holds every street which matters to a block."""
        first, last = self.window(block, barriers)
        low, high = self.corners(first, last)
        far_m = self.reach_m + self.piece_m
        return low - far_m, high + far_m

    def corners(self, first: IntArray, last: IntArray) -> tuple[FloatArray, FloatArray]:
        """Corners in metres of a rectangle of tiles, from the first to the last."""
        corners = np.array([first[::-1], last[::-1] + 1], dtype=float) * self.tile_m
        return corners[0], corners[1]
