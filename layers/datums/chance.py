"""How close to roads a list of points would lie by chance: moved together, in every direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

    from layers.datums.nearness import Surroundings

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

MOST_PLACES: Final = 200
"""Places that are looked at; more change nothing and cost time."""

PLACE_M: Final = 50.0
"""Points closer together than this are one place: a clinic and its pharmacy are one witness."""

FARTHEST_SHIFT_M: Final = 1_600.0
SHIFT_STEP_M: Final = 60.0
"""Shifts that are tried: a square grid within a circle that holds those of GCJ-02 and BD-09."""

NEIGHBOURHOOD_M: Final = 800.0
"""About the likeliest reading shifts are tried this far, so that a better one beside it is seen."""

SAME_SHIFT_M: Final = 300.0
"""Shifts this close to that of a reading say nothing of chance."""


FEWEST_PLACES: Final = 10
"""Different places that a proposal needs to be well founded."""

SIGMAS_ABOVE_CHANCE: Final = 5.0
SIGMAS_ABOVE_NEXT: Final = 3.5
"""How far the closeness of the proposal must stand above that of chance shifts, and above that of
the next reading, in standard deviations over the chance shifts."""


@dataclass(frozen=True, eq=False)
class Chance:
    """
    Closeness of a list moved by many shifts.

    Parameters
    ----------
    shifts
        Shape (s, 2), metres east and north.
    closeness
        Shape (s,), mean over the list, between 0 and 1.
    """

    shifts: FloatArray
    closeness: FloatArray

    def spread(self, known: FloatArray) -> tuple[float, float]:
        """
        Median and standard deviation over the shifts away from all known ones.

        Parameters
        ----------
        known
            Shape (k, 2), the shifts of the readings, metres.
        """
        apart = np.linalg.norm(self.shifts[:, None] - known[None], axis=2).min(axis=1)
        others = self.closeness[apart > SAME_SHIFT_M]
        return float(np.median(others)), float(max(others.std(), 1e-9))


def sample_places(places: FloatArray, area: shapely.Geometry) -> IntArray:
    """
    Positions of at most `MOST_PLACES` different places inside an area, chosen by lot.

    Parameters
    ----------
    places
        Shape (n, 2), metres; NaN where there is none.
    area
        Prepared polygon.
    """
    known = np.flatnonzero(np.isfinite(places[:, 0]))
    known = known[shapely.intersects_xy(area, *places[known].T)]
    _, first = np.unique(np.floor(places[known] / PLACE_M), axis=0, return_index=True)
    different: IntArray = known[np.sort(first)]
    if len(different) > MOST_PLACES:
        lot = np.random.default_rng(0)  # the same list gets the same answer
        different = np.sort(lot.choice(different, MOST_PLACES, replace=False))
    return different


def chance_closeness(
    places: FloatArray,
    near: Surroundings,
    *,
    step_m: float = SHIFT_STEP_M,
    about: FloatArray | None = None,
) -> Chance:
    """
    Closeness of places moved together by every shift of a grid.

    Parameters
    ----------
    places
        Shape (n, 2), metres.
    near
        What they should be close to.
    step_m
        Width of the grid.
    about
        Shape (2,), the shift of a reading whose own neighbourhood is tried as well.
    """
    reach = FARTHEST_SHIFT_M + NEIGHBOURHOOD_M
    steps = np.arange(-(reach // step_m), reach // step_m + 1) * step_m
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    is_tried = np.linalg.norm(grid, axis=1) <= FARTHEST_SHIFT_M
    if about is not None:
        is_tried |= np.linalg.norm(grid - about, axis=1) <= NEIGHBOURHOOD_M
    grid = grid[is_tried]
    # in parts, so that memory stays small
    means = [
        near.closeness(places[None] + part[:, None]).mean(axis=1)
        for part in np.array_split(grid, 20)
    ]
    return Chance(grid, np.concatenate(means))


def shift_words(shift: FloatArray) -> str:
    """A shift in words, e.g. "约 512 米（向西 480 米、向南 178 米）"."""
    east, north = float(shift[0]), float(shift[1])
    ways = f"向{'东' if east >= 0 else '西'} {abs(east):.0f} 米、"
    ways += f"向{'北' if north >= 0 else '南'} {abs(north):.0f} 米"
    return f"约 {np.hypot(east, north):.0f} 米（{ways}）"
