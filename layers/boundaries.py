"""Administrative boundaries: the zones, whose union is the study area."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.contracts import MOST_PERSONS, ZONES, check
from coverage.errors import BoundaryError, CrsError, Problem
from coverage.notices import Notice
from layers.checked_columns import checked_columns, row_ids
from layers.checks.findings import records_of
from layers.checks.remarks import remark_findings
from layers.checks.stated_datums import shapes_contradiction
from layers.columns.caption_units import caption_units
from layers.columns.quantities import converted_notice, read_amounts
from layers.coordinates import WGS84, Datum, named_datum, project_crs
from layers.formats.wkt_columns import wkt_layer
from layers.points import (
    GEOMETRY_TITLE,
    crs_assumed,
    layer_datum,
    no_crs_message,
    overridden,
)
from layers.tables import SourceTable, ensure_columns, ensure_one_table, ensure_rows, raise_problems
from layers.vectors import read_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from layers.checks.findings import Finding

SECTION: Final = "[boundaries]"

UNSTATED_LEVEL: Final = "zone"
"""`zone_level` where the project does not state one."""

OVERLAP_AREA_M2: Final = 10_000.0
"""Two zones that share more than this (one hectare) are reported; borders drawn twice always
share slivers."""

POPULATION: Final = "population"
"""Extra column of the zones where the boundary file gives their persons."""

_POLYGONS: Final = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, eq=False)
class BoundaryReading:
    """
    Zones that were read from a file, n of them.

    Parameters
    ----------
    zones
        Contract `ZONES`, rows in the order of the file; with the column `POPULATION` where it is
        mapped (persons, NaN where the cell is empty).
    table
        Their rows.
    drawn
        Shape (n,), the shapes as they are drawn, before mending, in the CRS of the zones.
    findings
        What is to be said of cells that are used.
    notices
        A CRS that was assumed or overridden, what was mended, and zones that overlap.
    """

    zones: gpd.GeoDataFrame
    table: SourceTable
    drawn: npt.NDArray[np.object_]
    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...]


def read_boundaries(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    level: str = UNSTATED_LEVEL,
    source_crs: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """
    Zones from a file; see `boundaries_from_table`.

    Parameters
    ----------
    path
        The file.
    columns, level, source_crs, crs
        As there.
    layer
        Layer of a file with more than one.

    Returns
    -------
    zones, notices
        As there.

    Raises
    ------
    SourceError
        If the file cannot be read.
    CrsError
        If no CRS is declared or named.
    BoundaryError
        With every problem of the table.
    """
    reading = boundaries_from_table(
        read_source(path, layer=layer), columns=columns, level=level, source_crs=source_crs, crs=crs
    )
    return reading.zones, reading.notices


def boundaries_from_table(
    table: SourceTable,
    *,
    columns: Mapping[str, str] | None = None,
    level: str = UNSTATED_LEVEL,
    source_crs: str | None = None,
    crs: str | None = None,
) -> BoundaryReading:
    """
    Zones from a layer, or from a table with polygons as text.

    Polygons that cross themselves are made valid, and what is not an area is left off them;
    both are told in a notice.

    Parameters
    ----------
    table
        With n rows.
    columns
        "id", "name", "geometry" (polygons as text, WKT) and "population" (persons in the
        zone) -> the column of the file. Without "id", the codes are file name and row
        ("zones-1"); without "name", a zone is called by its code; "geometry" goes before a
        layer's own.
    level
        `zone_level` of all zones, e.g. "county".
    source_crs
        Datum named by the planner; needed where the layer declares none. WKT without one is
        taken for WGS84, and a notice says so.
    crs
        CRS of the result; None chooses it by the centroid (`layers.coordinates.project_crs`).

    Raises
    ------
    CrsError
        If no CRS is declared or named, or a column of the table says another shift.
    BoundaryError
        With every problem of the table.
    """
    mapped = dict(columns or {})
    _ensure_readable(table, mapped)
    table, found, assumed = _with_shapes(table, mapped, named=source_crs)
    unread = {problem.row for problem in found}
    found.extend(one for one in _geometry_problems(table) if one.row not in unread)
    datum = _source_datum(table, source_crs)
    if contradiction := shapes_contradiction(table, datum):
        raise CrsError(contradiction)
    if datum.is_geographic:
        found.extend(_range_problems(table, datum))
    checked = checked_columns(table, ZONES, _contract_names(mapped))
    frame, remarks = checked.frame, checked.remarks
    found.extend(checked.problems)
    if "population" in mapped:
        name = mapped["population"]
        unit = caption_units(table.caption_units, {"population": name}).get("population", "")
        people = read_amounts(table, name, quantity="persons", unit=unit, maximum=MOST_PERSONS)
        frame[POPULATION] = people.amounts
        found.extend(people.problems)
        remarks = people.remarks
        if people.converted:
            unit, title = people.converted, ZONES.title
            assumed.append(converted_notice(table, name, unit, own="人", title=title))
    raise_problems(found, table, title=ZONES.title, error=BoundaryError)

    shapes = np.asarray(table.geometry, dtype=object)
    target = crs or _centroid_crs(shapes, datum)
    drawn = datum.shapes_to(shapes, crs=target)
    areas, mended = _valid_areas(table, drawn)
    if "zone_id" not in frame:
        frame["zone_id"] = row_ids(table)
    if "zone_name" not in frame:
        frame["zone_name"] = frame["zone_id"]
    frame["zone_level"] = level
    zones = gpd.GeoDataFrame(frame.set_index("zone_id"), geometry=areas, crs=target)
    check(zones, ZONES, source=table.name, rows=table.rows)
    told = overridden(table, datum, title=ZONES.title, section=SECTION)
    findings = remark_findings(records_of(table, mapped), remarks)
    notices = (*assumed, *told, *mended, *_overlaps(zones))
    return BoundaryReading(zones, table, drawn, tuple(findings), notices)


def study_area(zones: gpd.GeoDataFrame) -> shapely.Geometry:
    """The union of the zones, prepared for many questions of what lies inside."""
    area = shapely.union_all(np.asarray(zones.geometry, dtype=object))
    shapely.prepare(area)
    return area


def zone_of(points: npt.NDArray[np.object_], zones: gpd.GeoDataFrame) -> pd.Series:
    """
    The zone each point lies in.

    A point on a border, or where zones overlap, belongs to the first of them by `zone_id`, so
    the order of rows changes nothing.

    Parameters
    ----------
    points
        Shape (n,), shapely points in the CRS of the zones.
    zones
        Contract `ZONES`.

    Returns
    -------
    zone_id
        Shape (n,), text; null outside all zones.
    """
    ordered = zones.sort_index()
    shapes = np.asarray(ordered.geometry, dtype=object)
    which, zone = shapely.STRtree(shapes).query(points, predicate="intersects")
    first = np.full(len(points), len(ordered), dtype=np.int64)
    np.minimum.at(first, which, zone)
    labels = [*ordered.index.astype(str), None]
    return pd.Series([labels[at] for at in first.tolist()], dtype="str", name="zone_id")


def zones_without_demand(zones: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> tuple[Notice, ...]:
    """A notice that names the zones in which no demand point lies; none where all have some."""
    empty = zones.index[~zones.index.isin(demand["zone_id"].dropna())]
    if empty.empty:
        return ()
    names = "、".join(str(name) for name in zones.loc[empty[:3], "zone_name"])
    text = (
        f"{len(empty)} 个行政单元里没有任何需求点（{names}{' 等' if len(empty) > 3 else ''}），"  # noqa: PLR2004 - as many as are named
        "它们的覆盖率算不出来。请检查需求点名录是否齐全、坐标是否正确。"
    )
    return (Notice("zone_without_demand", text, len(empty)),)


def _ensure_readable(table: SourceTable, mapped: Mapping[str, str]) -> None:
    ensure_one_table(table, error=BoundaryError)
    if table.geometry is None and "geometry" not in mapped:
        msg = (
            f"{ZONES.title}「{table.name}」没有图形，不能当作边界。请改用带多边形的图层，"
            f"或在 project.toml {SECTION} 的 columns 里用 geometry 写明哪一列是多边形（WKT）。"
        )
        raise BoundaryError(msg)
    ensure_rows(table, title=ZONES.title, error=BoundaryError)
    ensure_columns(table, mapped.values(), title=ZONES.title, section=SECTION, error=BoundaryError)


def _with_shapes(
    table: SourceTable, mapped: Mapping[str, str], *, named: str | None
) -> tuple[SourceTable, list[Problem], list[Notice]]:
    """The table with the shapes of its column of WKT, if one is mapped, and its CRS."""
    if "geometry" not in mapped:
        return table, [], []
    table, found = wkt_layer(table, mapped["geometry"])
    if named is not None or table.geometry is None or table.geometry.crs is not None:
        return table, found, []
    told = [crs_assumed(table, title=ZONES.title, section=SECTION)]
    return replace(table, geometry=table.geometry.set_crs(WGS84)), found, told


def _contract_names(mapped: Mapping[str, str]) -> dict[str, str]:
    return {f"zone_{key}": mapped[key] for key in ("id", "name") if key in mapped}


def _geometry_problems(table: SourceTable) -> list[Problem]:
    shapes = np.asarray(table.geometry, dtype=object)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    found = []
    for row, shape, is_finite in zip(table.rows, shapes, finite, strict=True):
        rule = ""
        if shape is None or shape.is_empty:
            rule = "没有图形"
        elif not is_finite:
            rule = "坐标不是有限的数"
        elif shape.geom_type not in (*_POLYGONS, "GeometryCollection"):
            rule = f"应为面，而不是{_TYPE_NAMES.get(shape.geom_type, shape.geom_type)}"
        if rule:
            found.append(Problem(row, GEOMETRY_TITLE, "", rule))
    return found


_TYPE_NAMES: Final = {
    "Point": "点", "MultiPoint": "点", "LineString": "线", "MultiLineString": "线",
    "LinearRing": "线",
}  # fmt: skip


def _source_datum(table: SourceTable, named: str | None) -> Datum:
    if named is not None:
        return named_datum(named, where=f"{SECTION} crs")
    if table.geometry is None or table.geometry.crs is None:
        raise CrsError(no_crs_message(table, title=ZONES.title, section=SECTION))
    return layer_datum(table, title=ZONES.title)


def _range_problems(table: SourceTable, datum: Datum) -> list[Problem]:
    west, south, east, north = shapely.bounds(np.asarray(table.geometry, dtype=object)).T
    if datum.northing_first:
        west, south, east, north = south, west, north, east
    found = []
    for low, high, limit, word in ((west, east, 180, "经度"), (south, north, 90, "纬度")):
        extreme = np.where(np.abs(low) > np.abs(high), low, high)
        rule = f"{word}应在 -{limit} 到 {limit} 之间（经度与纬度互换了，或坐标系写错了）"
        found.extend(
            Problem(table.rows[at], GEOMETRY_TITLE, f"{extreme[at]:.10g}", rule)
            for at in np.flatnonzero(np.abs(extreme) > limit).tolist()
        )
    return found


def _centroid_crs(shapes: npt.NDArray[np.object_], datum: Datum) -> str:
    centre = shapely.centroid(shapely.geometrycollections(shapes))
    lon, lat = datum.to(centre.x, centre.y, crs=WGS84)
    return project_crs(float(lon), float(lat))


def _valid_areas(
    table: SourceTable, shapes: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.object_], list[Notice]]:
    """The polygons, valid and free of lines and points, and what had to be done for it."""
    if not np.isfinite(shapely.bounds(shapes)).all():
        msg = (
            f"{ZONES.title}「{table.name}」的坐标换算到项目坐标系时没有结果，"
            f"它的坐标系多半写错了。请检查 {SECTION} 的 crs。"
        )
        raise CrsError(msg)
    invalid = ~shapely.is_valid(shapes)
    areas = np.empty(len(shapes), dtype=object)
    areas[:] = [
        _only_areas(shapely.make_valid(s) if bad else s)
        for s, bad in zip(shapes, invalid, strict=True)
    ]
    lost = np.flatnonzero(shapely.is_empty(areas)).tolist()
    raise_problems(
        [Problem(table.rows[at], GEOMETRY_TITLE, "", "面积为零") for at in lost],
        table,
        title=ZONES.title,
        error=BoundaryError,
    )
    rows = [table.rows[at] for at in np.flatnonzero(invalid).tolist()]
    if not rows:
        return areas, []
    text = (
        f"{ZONES.title}「{table.name}」有 {len(rows)} 个边界自相交或不合规范"
        f"（首个在第 {rows[0]} 行），已自动修正。请在 QGIS 里用“修复几何图形”核对。"
    )
    return areas, [Notice("boundary_mended", text, len(rows))]


def _only_areas(shape: shapely.Geometry) -> shapely.Geometry:
    if shape.geom_type in _POLYGONS:
        return shape
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in _POLYGONS]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _overlaps(zones: gpd.GeoDataFrame) -> list[Notice]:
    shapes = np.asarray(zones.geometry, dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    worst = np.flatnonzero(shared > OVERLAP_AREA_M2)
    if not len(worst):
        return []
    first = worst[np.argmax(shared[worst])]
    names = zones["zone_name"].to_numpy()
    text = (
        f"{len(worst)} 对行政单元互相重叠（最大的一处是“{names[one[first]]}”与"
        f"“{names[other[first]]}”，{shared[first] / 1e6:.2f} 平方公里），"
        "重叠处的需求点归代码在前的单元。请核对边界。"
    )
    return [Notice("zones_overlap", text, len(worst))]
