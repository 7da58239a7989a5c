"""Points where nothing of the kind can stand: at 0, 0, outside, far from roads, in the water."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.errors import Problem
from coverage.graph.edge_grid import EdgeGrid
from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from coverage.access.barriers import Barriers
    from coverage.roads import Roads
    from layers.checks.findings import Finding, Records
    from layers.tables import SourceTable

    FloatArray = npt.NDArray[np.float64]

METRES_PER_KM = 1000.0

_ZERO: Final = re.compile(r"[+-]?0*\.?0*")
_PAIRS: Final = (("lon", "lat"), ("x", "y"))
_BETWEEN: Final = re.compile(r"[,;\s]+")


def zero_places(table: SourceTable, columns: Mapping[str, str]) -> dict[int, Problem]:
    """
    Rows whose two coordinates are both 0, as programs write where nothing was filled in.

    Parameters
    ----------
    table
        With n rows.
    columns
        May map "lon" and "lat", or "x" and "y", to columns of the file, one column for both
        where it holds them together; otherwise the shapes tell.

    Returns
    -------
    problems
        Position -> its only problem.
    """
    keys = next((pair for pair in _PAIRS if all(key in columns for key in pair)), None)
    if keys is not None:
        names = list(dict.fromkeys(columns[key] for key in keys))
        texts = [list(table.column(name)) for name in names]
        zero = [
            at for at, cells in enumerate(zip(*texts, strict=True)) if _are_zero(", ".join(cells))
        ]
    elif table.geometry is not None:
        names = []
        bounds = shapely.bounds(np.asarray(table.geometry, dtype=object))
        zero = np.flatnonzero((bounds == 0).all(axis=1)).tolist()
    else:
        return {}
    rule = "坐标为 0，像是没有填"
    return {at: Problem(table.rows[at], "、".join(names), "0, 0", rule) for at in zero}


def _are_zero(text: str) -> bool:
    """Whether both of two numbers are 0."""
    parts = _BETWEEN.split(unicodedata.normalize("NFKC", text).strip())
    return len(parts) == 2 and all("0" in one and _ZERO.fullmatch(one) for one in parts)  # noqa: PLR2004 - a pair


def outside_area(
    records: Records, xy: FloatArray, *, area: shapely.Geometry, called: str
) -> list[Finding]:
    """
    Points outside an area; its border belongs to it.

    Parameters
    ----------
    records
        n of them.
    xy
        Shape (n, 2), metres, finite.
    area
        Polygon in the same CRS.
    called
        What the sentence calls it, e.g. "研究区".
    """
    shapely.prepare(area)
    outside = np.flatnonzero(~shapely.intersects_xy(area, *xy.T))
    metres = _metres_to_border(area, shapely.points(xy[outside]))
    return [
        records.finding(at, "outside_area", f"在{called}以外，相距 {far / METRES_PER_KM:.1f} 公里")
        for at, far in zip(outside.tolist(), metres.tolist(), strict=True)
    ]


def _metres_to_border(
    area: shapely.Geometry, points: npt.NDArray[np.object_]
) -> npt.NDArray[np.float64]:
    """Shape (n,), from an index of the border's pieces: a county's border has thousands."""
    rings = shapely.get_parts(shapely.boundary(area))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    pieces = shapely.linestrings(np.stack([corners[joined], corners[joined + 1]], axis=1))
    tree = shapely.STRtree(pieces)
    return tree.query_nearest(points, return_distance=True, all_matches=False)[1]


def far_from_roads(
    records: Records, xy: FloatArray, *, roads: Roads, most_m: float
) -> list[Finding]:
    """
    Points farther from every road than a set distance (the distance itself is near enough).

    Parameters
    ----------
    records
        n of them.
    xy
        Shape (n, 2), metres in the CRS of the roads, finite.
    roads
        The street network.
    most_m
        Metres, straight.
    """
    if not roads.edge_count or not len(xy):
        return []
    vertices = np.column_stack([roads.vertex_x, roads.vertex_y])
    _, _, metres = EdgeGrid.over(vertices, roads.vertex_start).nearest(xy, tie_m=0.0)
    return [
        records.finding(
            at, "far_from_road", f"离最近的道路 {metres[at]:.0f} 米，超过 {most_m:g} 米"
        )
        for at in np.flatnonzero(metres > most_m + TOLERANCE).tolist()
    ]


def in_water(records: Records, xy: FloatArray, *, barriers: Barriers) -> list[Finding]:
    """
    Points inside lakes, wide rivers and other areas that nobody walks across.

    Parameters
    ----------
    records
        n of them.
    xy
        Shape (n, 2), metres, finite.
    barriers
        Of the roads; its areas count.
    """
    if not len(barriers):
        return []
    point, barrier = barriers.holding(xy)
    first = np.unique(point, return_index=True)[1]
    return [
        records.finding(int(point[at]), "in_water", f"落在{barriers.name[barrier[at]]}里")
        for at in first.tolist()
    ]
