"""In which order a network keeps its nodes and edges: the same for any order of the source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.graph.arcs import FloatArray, IntArray

POINTS_AT_ONCE: Final = 100_000
"""Point objects that are made at once (about 20 MB)."""


def hilbert_distance(xy: FloatArray) -> npt.NDArray[np.uint32]:
    """
    How far along a Hilbert curve over all of them points lie.

    Parameters
    ----------
    xy
        Shape (n, 2), metres.

    Returns
    -------
    distance
        Shape (n,), as `geopandas.GeoSeries.hilbert_distance` of all points at once.
    """
    distance = np.zeros(len(xy), dtype=np.uint32)
    if not len(xy):
        return distance
    bounds = (*xy.min(axis=0), *xy.max(axis=0))
    for first in range(0, len(xy), POINTS_AT_ONCE):
        few = slice(first, first + POINTS_AT_ONCE)
        points = gpd.GeoSeries(gpd.points_from_xy(xy[few, 0], xy[few, 1]))
        distance[few] = points.hilbert_distance(total_bounds=bounds).to_numpy()
    return distance


def sorted_by(key: npt.NDArray[np.integer], *more: npt.NDArray[Any]) -> IntArray:
    """
    Sort by a key, and where it is equal by further keys; what is equal stays as it comes.

    Parameters
    ----------
    key
        Shape (k,), mostly different.
    *more
        Shape (k,) each, the second key first.

    Returns
    -------
    order
        Shape (k,), positions; as `numpy.lexsort` gives for the keys in reverse.

    Examples
    --------
    >>> sorted_by(np.array([2, 1, 2]), np.array([0.5, 0.5, 0.1])).tolist()
    [1, 2, 0]
    """
    # Few keys are equal: one sort is several times cheaper than `lexsort` over all columns.
    order = np.argsort(key, kind="stable")
    equal = np.flatnonzero(np.diff(key[order]) == 0)
    if len(equal):
        place = np.union1d(equal, equal + 1)
        among = order[place]
        order[place] = among[np.lexsort((*(column[among] for column in more[::-1]), key[among]))]
    return order
