"""How far points lie from a layer of any shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.candidate_sites.shapes import AREA_DIMENSIONS

if TYPE_CHECKING:
    from coverage.candidate_sites.shapes import ShapeArray
    from coverage.graph.arcs import FloatArray

STRETCH_STEPS: Final = 8
"""Straight steps of one entry in the spatial index. An outline of a red line has a hundred
thousand of them; asked as a whole it would be measured from end to end for every point."""


def distance_to(points: ShapeArray, shapes: ShapeArray) -> FloatArray:
    """
    Metres from each point to the nearest of some shapes; 0 on it or inside an area.

    Parameters
    ----------
    points
        Shape (n,).
    shapes
        Shape (m,), valid, none empty, m > 0, of any kinds.

    Returns
    -------
    metres
        Shape (n,).
    """
    metres = np.full(len(points), np.inf)
    if not len(points):
        return metres
    parts = shapely.get_parts(shapely.get_parts(shapes))
    dimensions = shapely.get_dimensions(parts)
    areas = parts[dimensions == AREA_DIMENSIONS]
    lines = [parts[dimensions == 1], shapely.get_parts(shapely.boundary(areas))]
    indexed = np.concatenate([parts[dimensions == 0], _stretches(np.concatenate(lines))])
    (asked, _), away = shapely.STRtree(indexed).query_nearest(
        points, all_matches=False, return_distance=True
    )
    metres[asked] = away
    metres[shapely.STRtree(points).query(areas, predicate="intersects")[1]] = 0.0
    return metres


def _stretches(lines: ShapeArray) -> ShapeArray:
    """Lines cut into stretches of at most `STRETCH_STEPS` steps; neighbours share a vertex."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    count = np.bincount(line, minlength=len(lines))
    place = np.arange(len(xy)) - np.repeat(np.cumsum(count) - count, count)
    is_last = place == count[line] - 1
    # Where a stretch ends the next one begins, and the vertex stands in both.
    joint = (place % STRETCH_STEPS == 0) & (place > 0)
    begins = ~(joint & is_last)
    number = line * (count.max(initial=0) + 1) + place // STRETCH_STEPS
    vertex = np.concatenate([np.flatnonzero(begins), np.flatnonzero(joint)])
    stretch = np.concatenate([number[begins], number[joint] - 1])
    order = np.lexsort((vertex, stretch))
    renumbered = np.unique(stretch, return_inverse=True)[1]
    cut: ShapeArray = shapely.linestrings(xy[vertex[order]], indices=renumbered[order])
    return cut
