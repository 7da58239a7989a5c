"""The line at a cutoff through costs at the places of a lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import contourpy
import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

CLEARANCE: Final = 1e-3
"""The line keeps this share of a step away from every place, so that it never touches itself."""

FARTHEST: Final = 1 + CLEARANCE
"""Steps beyond the cutoff at most: a little more than within it, so that two places which touch in
a corner stay apart, and areas of different facilities never cross there."""


def area_within(
    values: npt.NDArray[np.floating],
    cutoff: float,
    *,
    step: float,
    cell_m: float,
    corner: tuple[float, float],
) -> shapely.MultiPolygon:
    """
    Where costs are at most a cutoff.

    Marching squares, with costs taken as at most a step from the cutoff: between neighbours
    on either side of a jump, as where two streets meet back to back, the line runs midway.

    Parameters
    ----------
    values
        Shape (h, w), costs in rows from south to north; `inf` where none is known. Places
        outside count as beyond the cutoff.
    cutoff
        Inclusive.
    step
        Cost of the way from one place to the next off the road, > 0.
    cell_m
        Metres between neighbouring places.
    corner
        x and y of the first place, metres.

    Returns
    -------
    area
        Valid, with holes and islands; areas of a longer cutoff hold those of a shorter.
    """
    within = values <= cutoff + step
    rows, columns = np.flatnonzero(within.any(axis=1)), np.flatnonzero(within.any(axis=0))
    if not len(rows):
        return shapely.MultiPolygon()
    window = values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    beyond = np.full((window.shape[0] + 2, window.shape[1] + 2), FARTHEST, dtype=np.float32)
    inner = beyond[1:-1, 1:-1]
    np.subtract(window, cutoff, out=inner)
    inner /= step
    np.clip(inner, -1.0, FARTHEST, out=inner)
    # A place on the line itself would make polygons that touch there.
    close = np.abs(inner) < CLEARANCE
    inner[close] = np.where(inner[close] > 0, CLEARANCE, -CLEARANCE)
    contours = contourpy.contour_generator(
        z=beyond, fill_type=contourpy.FillType.ChunkCombinedOffsetOffset
    )
    # One chunk: all vertices, where rings begin among them, where polygons begin among rings.
    vertices, starts, outers = (part[0] for part in contours.filled(-2.0, 0.0))
    if vertices is None:
        return shapely.MultiPolygon()
    points, rings = np.asarray(vertices, dtype=float), np.asarray(starts, dtype=np.int64)
    polygons = np.asarray(outers, dtype=np.int64)
    first = np.array([columns[0] - 1, rows[0] - 1])
    xy = np.array(corner) + (points + first) * cell_m
    offsets = (rings, polygons, np.array([0, len(polygons) - 1]))
    kind = shapely.GeometryType.MULTIPOLYGON
    area: shapely.MultiPolygon = shapely.from_ragged_array(kind, xy, offsets)[0]
    return area
