"""Points thinned so that no two of those that stay are nearer to one another than stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from coverage.graph.arcs import FloatArray, IntArray


def stands_for(xy: FloatArray, *, apart_m: float) -> IntArray:
    """
    For each point the one that stays in its place; points are asked in the order given.

    A point stays unless one that stays already is nearer than `apart_m` (exactly as far is far
    enough). So no two that stay are nearer, and every other point has one nearer than that.

    Parameters
    ----------
    xy
        Shape (n, 2), metres.
    apart_m
        Metres; 0 keeps all.

    Returns
    -------
    kept
        Shape (n,): position of the nearest point that stays, the first of equally near ones; its
        own where it stays itself.
    """
    kept = np.full(len(xy), -1, dtype=np.int64)
    nearest_m = np.full(len(xy), np.inf)
    if not len(xy) or apart_m <= 0:
        return np.arange(len(xy), dtype=np.int64)
    tree = KDTree(xy)
    for point in range(len(xy)):
        if kept[point] >= 0:
            continue
        # Only points that stay ask, so a point is met a few times at most, however dense the cloud.
        around = np.array(tree.query_ball_point(xy[point], apart_m), dtype=np.int64)
        away_m = np.hypot(*(xy[around] - xy[point]).T)
        closer = (away_m < apart_m) & (away_m < nearest_m[around])
        kept[around[closer]] = point
        nearest_m[around[closer]] = away_m[closer]
        kept[point] = point
        nearest_m[point] = 0.0
    return kept
