"""How close points lie to what they should be close to: roads and buildings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.roads import Roads

    FloatArray = npt.NDArray[np.float64]

SPACING_M: Final = 20.0
"""Lines stand for points this far apart; a distance of 20 m or more is at most 3 m too long."""

ROAD_SCALE_M: Final = 50.0
BUILDING_SCALE_M: Final = 25.0
"""Metres at which closeness has fallen to 1/e: what has an address lies within some tens of metres
of a road, and in or at a building."""

BAND_M: Final = 200.0
"""Height of the bands in which places are searched for, from west to east."""

FAR_M: Final = 250.0
"""Beyond this closeness counts as none (it is below 1 %), which keeps the search short."""


def road_tree(roads: Roads) -> cKDTree:
    """
    A search tree over the roads of a project.

    Parameters
    ----------
    roads
        In the project's CRS.
    """
    places = np.column_stack([roads.vertex_x, roads.vertex_y])
    edge = np.repeat(np.arange(len(roads.from_node)), np.diff(roads.vertex_start))
    return outline_tree(shapely.linestrings(places, indices=edge))


def outline_tree(shapes: npt.NDArray[np.object_]) -> cKDTree:
    """
    A search tree over lines, or the outlines of buildings.

    Parameters
    ----------
    shapes
        Shapely geometries in the project's CRS.
    """
    whole = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    # GEOS refuses to divide a line whose ends are one place
    is_long = shapely.length(whole) > SPACING_M
    divided = shapely.get_coordinates(shapely.segmentize(whole[is_long], SPACING_M))
    return cKDTree(np.concatenate([divided, shapely.get_coordinates(whole[~is_long])]))


@dataclass(frozen=True, eq=False)
class Surroundings:
    """
    Roads, and buildings where they are known.

    Parameters
    ----------
    roads, buildings
        From `road_tree` and `outline_tree`, in one projected CRS.
    """

    roads: cKDTree
    buildings: cKDTree | None = None

    def closeness(self, places: FloatArray) -> FloatArray:
        """
        How close places lie, between 0 (far) and 1 (on a road, at a building).

        Parameters
        ----------
        places
            Shape (..., 2), metres, finite.

        Returns
        -------
        closeness
            Shape (...): exp(-distance / scale), the mean of roads and buildings.
        """
        found = _closeness(self.roads, places, ROAD_SCALE_M)
        if self.buildings is None:
            return found
        return (found + _closeness(self.buildings, places, BUILDING_SCALE_M)) / 2


def median_distance_m(tree: cKDTree | None, places: FloatArray) -> float:
    """Median distance in metres from places, shape (n, 2), to the nearest; NaN without any."""
    if tree is None or not tree.n or not len(places):
        return float("nan")
    return float(np.median(tree.query(places)[0]))


def _closeness(tree: cKDTree, places: FloatArray, scale_m: float) -> FloatArray:
    if not tree.n or not places.size:
        return np.zeros(places.shape[:-1])
    flat = places.reshape(-1, 2)
    # neighbours one after the other find the same part of the tree in the cache: three times faster
    order = np.lexsort((flat[:, 0], np.floor(flat[:, 1] / BAND_M)))
    found = np.empty(len(flat))
    found[order] = np.exp(-tree.query(flat[order], distance_upper_bound=FAR_M)[0] / scale_m)
    return found.reshape(places.shape[:-1])
