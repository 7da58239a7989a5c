"""Polygons that are none, cross themselves, overlap or leave holes between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from layers.boundaries import OVERLAP_AREA_M2
from layers.checks.findings import Finding, degrees

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyproj

    from layers.checks.findings import Records

    Shapes = npt.NDArray[np.object_]

HOLE_AREA_M2: Final = OVERLAP_AREA_M2
"""A hole between zones that is larger is told: borders drawn twice always leave slivers."""

_AREAS: Final = 2
_M2_PER_KM2: Final = 1e6


def shape_findings(
    records: Records, shapes: Shapes, *, source_crs: pyproj.CRS | str, crs: str
) -> list[Finding]:
    """
    Polygons that keep no rules or have no area, with the area before and after mending.

    Parameters
    ----------
    records
        n of them.
    shapes
        Shape (n,), shapely; None, points and lines are passed over.
    source_crs
        Their CRS.
    crs
        Projected CRS, in which areas are measured.

    Returns
    -------
    findings
        "invalid_shape" (changed: the mended shape is used) and "no_area" (kept).

    Notes
    -----
    The area of a ring that crosses itself counts the loops against each other, so that a figure
    of eight has none before it is mended.
    """
    odd = np.flatnonzero((shapely.get_dimensions(shapes) == _AREAS) & ~shapely.is_empty(shapes))
    odd = odd[~shapely.is_valid(shapes[odd]) | (shapely.area(shapes[odd]) == 0)]
    if not len(odd):
        return []
    flat = shapely.force_2d(shapes[odd])
    before = np.asarray(gpd.GeoSeries(flat, crs=source_crs).to_crs(crs), dtype=object)
    mended = shapely.make_valid(before)
    was, now = shapely.area(before), shapely.area(mended)
    found = []
    for at, reason, old, new in zip(
        odd.tolist(), shapely.is_valid_reason(flat), was.tolist(), now.tolist(), strict=True
    ):
        if new == 0:
            found.append(records.finding(at, "no_area", "图形的面积为零"))
            continue
        said = f"图形{_reason(reason)}，修正后面积由 {_area(old)}变为 {_area(new)}"
        found.append(records.finding(at, "invalid_shape", said, done="changed"))
    return found


def zone_overlaps(records: Records, shapes: Shapes) -> list[Finding]:
    """
    Pairs of zones that share more than `OVERLAP_AREA_M2`, told with the later of the two.

    Parameters
    ----------
    records
        n zones.
    shapes
        Shape (n,), valid polygons, metres.
    """
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one > other
    one, other = one[pairs], other[pairs]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    worst = np.flatnonzero(shared > OVERLAP_AREA_M2)
    order = np.lexsort((other[worst], one[worst]))
    return [
        records.finding(
            int(one[at]),
            "zones_overlap",
            f"与“{records.names[other[at]][:40]}”重叠 {shared[at] / _M2_PER_KM2:.2f} 平方公里",
        )
        for at in worst[order].tolist()
    ]


def zone_holes(file: str, area: shapely.Geometry, *, crs: str) -> list[Finding]:
    """
    Holes larger than `HOLE_AREA_M2` that the zones leave between them, the largest first.

    Parameters
    ----------
    file
        File of the zones, as messages name it.
    area
        Union of the zones, metres.
    crs
        CRS of the area.
    """
    rings = [ring for part in shapely.get_parts(area) for ring in part.interiors]
    holes = shapely.polygons(rings) if rings else np.zeros(0, dtype=object)
    sizes = shapely.area(holes)
    chosen = [at for at in np.argsort(-sizes, kind="stable").tolist() if sizes[at] > HOLE_AREA_M2]
    lon, lat = degrees(shapely.point_on_surface(np.asarray(holes)[chosen]), crs)
    return [
        Finding(
            file=file,
            row=None,
            check="zones_gap",
            found=f"行政单元之间有 {sizes[at] / _M2_PER_KM2:.2f} 平方公里的空洞",
            lon=east,
            lat=north,
        )
        for at, east, north in zip(chosen, lon.tolist(), lat.tolist(), strict=True)
    ]


def _reason(reason: str) -> str:
    """GEOS's words in Chinese; the place that it adds is left off."""
    known = {
        "Self-intersection": "自相交",
        "Ring Self-intersection": "自相交",
        "Hole lies outside shell": "的洞在外环以外",
        "Nested shells": "的各部分互相套叠",
        "Holes are nested": "的洞互相套叠",
        "Interior is disconnected": "的内部不连通",
        "Duplicate Rings": "有重复的环",
    }
    return next((said for word, said in known.items() if reason.startswith(word)), "不合规范")


def _area(square_metres: float) -> str:
    if square_metres >= _M2_PER_KM2:
        return f"{square_metres / _M2_PER_KM2:.2f} 平方公里"
    return f"{square_metres:.0f} 平方米"
