"""A lattice of places, each with the street nearest to it, treated just as villages are.

Made in square tiles, and only those that are asked for, so that the work grows with the ground
that facilities reach and not with the country. Feeds the areas of `coverage.isochrone`, never a
number.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.areas.own_side import nearest_on_own_side
from coverage.areas.street_steps import NO_STEP, Feet, Steps
from coverage.areas.streets import streets_of
from coverage.snapping import joinable_edges

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.network import RoadNetwork

    Float32Array = npt.NDArray[np.float32]
    Index32Array = npt.NDArray[np.int32]
    Found = tuple[Index32Array, Float32Array, Float32Array]

TILE_CELLS: Final = 32
"""Places along each side of a tile."""

MOST_TILES: Final = 256
"""Tiles whose nearest streets are looked up together."""

LEAST_HELD: Final = 0.5
"""Such tiles fill at least this share of the rectangle around them."""

NEAR_M: Final = 300.0
"""Streets are looked for this far away first, in metres."""

AROUND_M: Final = 1_000.0
"""Where there are barriers, streets come from places this far around the tiles too, in metres."""

SHORT_PIECE_M: Final = 50.0
"""Streets are looked up in pieces as long as cells are wide, but not shorter than this."""

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
    cell_m
        Metres between neighbouring places.
    reach_m
        Places farther than this from any street have none.
    """

    network: RoadNetwork
    cell_m: float
    reach_m: float
    _known: dict[tuple[int, int], Found] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def usable(self) -> BoolArray:
        """Shape (m,), the first edge of each street on which a leg may end."""
        streets = streets_of(self.network)
        is_first: BoolArray = streets.of_edge == np.arange(self.network.edge_count)
        return is_first & joinable_edges(self.network)

    @property
    def piece_m(self) -> float:
        """Streets are looked up by the middles of pieces at most this long, in metres."""
        return max(self.cell_m, SHORT_PIECE_M)

    @property
    def tile_m(self) -> float:
        """Width of a tile in metres."""
        return TILE_CELLS * self.cell_m

    def tiles(self, keys: IntArray) -> Tiles:
        """
        Some tiles, made where they are not known yet.

        Parameters
        ----------
        keys
            Shape (t, 2), row and column of each.
        """
        wanted = list(map(tuple, keys.tolist()))
        missing = np.array([key for key in wanted if key not in self._known]).reshape(-1, 2)
        groups = list(_groups(missing))
        _ = self.usable  # made once, not by every thread
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for group, found in zip(groups, pool.map(self._made, groups), strict=True):
                self._known.update(zip(map(tuple, group.tolist()), found, strict=True))
        shape = (len(keys), TILE_CELLS, TILE_CELLS)
        street = np.empty(shape, dtype=np.int32)
        share, off_road_m = (np.empty(shape, dtype=np.float32) for _ in range(2))
        for number, key in enumerate(wanted):
            street[number], share[number], off_road_m[number] = self._known[key]
        return Tiles(keys, street, share, off_road_m)

    def _made(self, keys: IntArray) -> list[Found]:
        """Street, share and metres of the places of tiles that lie close together."""
        places = self.places(keys)
        shape, xy = places.shape[:3], places.reshape(-1, 2)
        barriers = self.network.barriers
        low = keys.min(axis=0)[::-1] * self.tile_m
        high = (keys.max(axis=0)[::-1] + 1) * self.tile_m
        around = shapely.box(*(low - self.reach_m), *(high + self.reach_m))
        if len(barriers) and len(barriers.opaque.tree.query(around)):
            found = _on_own_side(self, xy)
        else:
            found = _nearest(self, xy, low, high)
        return list(zip(*(array.reshape(shape) for array in found), strict=True))

    def steps(self, low: FloatArray, high: FloatArray) -> Steps:
        """The steps of streets that touch a rectangle, given by two corners in metres."""
        return Steps.within(self.network, self.usable, low, high)

    def places(self, keys: IntArray) -> FloatArray:
        """Shape (t, c, c, 2), where the places of some tiles lie, metres."""
        within = np.arange(TILE_CELLS)
        rows, columns = (keys[:, axis, None] * TILE_CELLS + within for axis in (0, 1))
        xy = np.empty((len(keys), TILE_CELLS, TILE_CELLS, 2))
        xy[..., 0] = columns[:, None, :]
        xy[..., 1] = rows[:, :, None]
        return xy * self.cell_m


@lru_cache(maxsize=KEPT_LATTICES)
def lattice_over(network: RoadNetwork, cell_m: float, reach_m: float) -> Lattice:
    """
    A lattice, remembered with its tiles for the next reading on the same network.

    Parameters
    ----------
    network, cell_m, reach_m
        As `Lattice`.
    """
    return Lattice(network, cell_m, reach_m)


def _groups(keys: IntArray) -> Iterator[IntArray]:
    """Tiles in groups that lie close together, for which streets are looked up at once."""
    if not len(keys):
        return
    low, high = keys.min(axis=0), keys.max(axis=0) + 1
    held = len(keys) / (high - low).prod()
    if len(keys) <= MOST_TILES and (held >= LEAST_HELD or len(keys) == 1):
        yield keys
        return
    axis = int(np.argmax(high - low))
    first = keys[:, axis] < (low[axis] + high[axis] + 1) // 2
    yield from _groups(keys[first])
    yield from _groups(keys[~first])


def _nearest(lattice: Lattice, xy: FloatArray, low: FloatArray, high: FloatArray) -> Found:
    """Street, share and metres of places between two corners, where no barrier is."""
    near_m = min(NEAR_M, lattice.reach_m)
    steps = lattice.steps(low - near_m, high + near_m)
    feet = steps.nearest(xy, reach_m=near_m, piece_m=lattice.piece_m)
    found = _found(steps, feet)
    # Most places have a street close by; for the others more of the roads is looked at.
    lonely = np.flatnonzero(feet.step == NO_STEP)
    if len(lonely) and near_m < lattice.reach_m:
        reach_m = lattice.reach_m
        low, high = xy[lonely].min(axis=0) - reach_m, xy[lonely].max(axis=0) + reach_m
        steps = lattice.steps(low, high)
        feet = steps.nearest(xy[lonely], reach_m=reach_m, piece_m=lattice.piece_m)
        for array, later in zip(found, _found(steps, feet), strict=True):
            array[lonely] = later
    return found


def _on_own_side(lattice: Lattice, xy: FloatArray) -> Found:
    """The same for places among barriers, looked up with those between and around them."""
    cells = np.rint(xy / lattice.cell_m).astype(np.int64)
    margin = math.ceil(min(AROUND_M, lattice.reach_m) / lattice.cell_m)
    low, high = cells.min(axis=0) - margin, cells.max(axis=0) + margin
    x, y = (
        np.arange(first, last + 1) * lattice.cell_m for first, last in zip(low, high, strict=True)
    )
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    reach_m = lattice.reach_m
    steps = lattice.steps(grid[0, 0] - reach_m, grid[-1, -1] + reach_m)
    feet = nearest_on_own_side(
        lattice.network.barriers, steps, grid, reach_m=reach_m, piece_m=lattice.piece_m
    )
    at = (cells[:, 1] - low[1]) * len(x) + cells[:, 0] - low[0]
    return _found(steps, Feet(feet.step[at], feet.along[at], feet.metres[at]))


def _found(steps: Steps, feet: Feet) -> Found:
    street = np.full(len(feet.step), NO_STREET, dtype=np.int32)
    share = np.zeros(len(feet.step), dtype=np.float32)
    near = np.flatnonzero(feet.step != NO_STEP)
    step = feet.step[near]
    street[near] = steps.street[step]
    share[near] = steps.share[step] + feet.along[near] * steps.by_share[step]
    return street, share, feet.metres.astype(np.float32)
