"""Where the points of a table lie: from columns of coordinates or from a layer's geometry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.errors import CrsError, Problem, ProjectError
from coverage.notices import Notice
from layers.coordinates import Datum, crs_name, declared_datum, named_datum
from layers.datums.cells import cell_coordinates
from layers.datums.datum import LATITUDE_FIRST, NORTHING_FIRST
from layers.datums.look_of_numbers import is_east_first, not_degrees
from layers.datums.transformers import on_earth

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from coverage.contracts import Contract
    from layers.tables import SourceTable

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

SWAP_DISTANCE_M: Final = 100_000.0
"""A point nearer than this to the study area is taken as it is, never as one with exchanged
coordinates."""

GEOMETRY_TITLE: Final = "位置"
"""What messages call the geometry of a layer."""

_PAIRS: Final = (("lon", "lat"), ("x", "y"))
_MAX_LON: Final = 180.0
_MAX_LAT: Final = 90.0
_PLAIN: Final = ("WGS84", "CGCS2000")


@dataclass(frozen=True)
class Origin:
    """
    Where coordinates come from.

    Parameters
    ----------
    x_name, y_name
        Names in the file; `GEOMETRY_TITLE` for a layer's geometry.
    keys
        Keys in `columns`, e.g. ("lon", "lat"); () for a layer's geometry.
    datum
        What the coordinates are written in.
    notices
        What was decided about the CRS.
    is_whole
        Whether all rows of the table are read so, not single ones.
    """

    x_name: str
    y_name: str
    keys: tuple[str, ...]
    datum: Datum
    notices: tuple[Notice, ...]
    is_whole: bool = True


def locate(  # noqa: PLR0913 - the datums of single rows are a setting of their own
    table: SourceTable,
    *,
    columns: Mapping[str, str],
    source_crs: str | None,
    crs: str,
    area: shapely.Geometry,
    contract: Contract,
    section: str,
    row_datums: Mapping[int, str] | None = None,
) -> tuple[npt.NDArray[np.object_], list[Problem], list[Notice]]:
    """
    The points of a table in the project's CRS, and every point that is at fault.

    Columns of coordinates go before a layer's geometry. Polygons and lines are stood for by a
    point inside them. Where the study area tells that longitude and latitude (or x and y) were
    exchanged, that is one problem with its remedy; nothing is exchanged in silence.

    Parameters
    ----------
    table
        With n rows; it has the columns named in `columns`.
    columns
        May map "lon" and "lat", or "x" and "y", to columns of the file. Both may name one column
        that holds longitude and latitude together ("117.12,36.67").
    source_crs
        The datum as the planner names it (`layers.coordinates.named_datum`), or None.
    crs
        The project's CRS.
    area
        Polygon in `crs` in which the points are expected.
    contract
        Of the table, for messages.
    section
        Where the settings stand, e.g. "[demand]".
    row_datums
        Row number as the planner sees it -> the datum of that row, where a file mixes them.

    Returns
    -------
    points
        Shape (n,), shapely points in `crs`; None where at fault.
    problems
        In the planner's names and row numbers.
    notices
        What was decided about the CRS.

    Raises
    ------
    CrsError
        If no CRS is named or declared, one of them is not known or its parameters are not public,
        or `row_datums` names a row that is not there.
    ProjectError
        If the file has no geometry and no coordinate columns are mapped.
    """
    origin = _origin(table, columns, source_crs, title=contract.title, section=section)
    origin = _without_suffix(table, origin)
    points = np.full(len(table), None, dtype=object)
    found: list[Problem] = []
    for datum, at in _by_datum(table, origin, row_datums or {}, section=section):
        rows = tuple(table.rows[place] for place in at.tolist())
        geometry = None if table.geometry is None else table.geometry.iloc[at]
        part = replace(table, cells=table.cells.iloc[at], rows=rows, geometry=geometry)
        points[at], problems = _located(
            part,
            replace(origin, datum=datum, is_whole=len(at) == len(table)),
            crs=crs,
            area=area,
            section=section,
        )
        found.extend(problems)
    return points, found, list(origin.notices)


def _by_datum(
    table: SourceTable, origin: Origin, row_datums: Mapping[int, str], *, section: str
) -> list[tuple[Datum, npt.NDArray[np.int64]]]:
    """Each datum with the positions of its rows; that of the whole table first."""
    unknown = sorted(set(row_datums) - set(table.rows))
    if unknown:
        msg = (
            f"{section} 给第 {unknown[0]} 行单独指定了坐标系，「{table.name}」里却没有这一行。"
            "文件换过以后请重新指定。"
        )
        raise CrsError(msg)
    texts = [row_datums.get(row, "") for row in table.rows]
    groups = [
        (
            named_datum(text, where=f"{section} crs") if text else origin.datum,
            np.flatnonzero([one == text for one in texts]),
        )
        for text in sorted(set(texts))
    ]
    return groups or [(origin.datum, np.zeros(0, dtype=np.int64))]


def _located(
    table: SourceTable, origin: Origin, *, crs: str, area: shapely.Geometry, section: str
) -> tuple[npt.NDArray[np.object_], list[Problem]]:
    """The points of a table whose rows are all of one datum."""
    datum = origin.datum
    if origin.keys:
        x, y, found = cell_coordinates(table, (origin.x_name, origin.y_name), datum=datum)
    else:
        x, y, found = _from_geometry(table)
    east, north = on_earth(*datum.to(x, y, crs=crs), crs=crs)
    swapped = _swapped(datum, x, y, crs=crs, placed=(east, north), area=area)
    found.extend(_swap_problems(table, origin, x, y, swapped=swapped, section=section))
    found.extend(_range_problems(table, origin, x, y, spared=swapped))
    found.extend(_unprojected(table, origin, x, y, spared=swapped | np.isfinite(east)))
    points = np.full(len(table), None, dtype=object)
    good = np.isfinite(east) & np.isfinite(north)
    points[good] = shapely.points(east[good], north[good])
    return points, found


def _origin(
    table: SourceTable,
    columns: Mapping[str, str],
    source_crs: str | None,
    *,
    title: str,
    section: str,
) -> Origin:
    keys = next((pair for pair in _PAIRS if all(key in columns for key in pair)), ())
    if not keys and table.geometry is None:
        msg = (
            f"{title}「{table.name}」是没有图形的表格，{section} 又没有写坐标列。"
            "请在 columns 里写 lon 和 lat（经纬度）或 x 和 y（平面坐标，x 向东、y 向北）。"
        )
        raise ProjectError(msg)
    named = named_datum(source_crs, where=f"{section} crs") if source_crs else None
    declared = table.geometry.crs if table.geometry is not None else None
    notices: list[Notice] = []
    datum = named
    if datum is None and declared is not None and (keys != _PAIRS[0] or declared.is_geographic):
        datum = layer_datum(table, title=title)
    if datum is None and keys == _PAIRS[0]:
        datum = named_datum("WGS84", where=f"{section} crs")
        notices.append(crs_assumed(table, title=title, section=section))
    if datum is None:
        raise CrsError(no_crs_message(table, title=title, section=section))
    if not keys:
        notices.extend(overridden(table, datum, title=title, section=section))
    x_name, y_name = (columns[keys[0]], columns[keys[1]]) if keys else (GEOMETRY_TITLE,) * 2
    return Origin(x_name, y_name, keys, datum, tuple(notices))


def _without_suffix(table: SourceTable, origin: Origin) -> Origin:
    """
    The origin without "X向北" where the columns stand with the easting first already.

    A surveyor says truly that X runs north, but the mapping has given our `x` the easting by its
    numbers; turned twice, the points would lie elsewhere.
    """
    if not (origin.keys and origin.datum.northing_first):
        return origin
    pair = (origin.x_name, origin.y_name)
    x, y, _ = cell_coordinates(table, pair, datum=None)
    if pair[0] == pair[1] or not is_east_first(x, y):
        return origin
    datum = origin.datum
    plain = datum.name.removesuffix(f" {NORTHING_FIRST}").removesuffix(f" {LATITUDE_FIRST}")
    return replace(origin, datum=replace(datum, name=plain, northing_first=False))


def layer_datum(table: SourceTable, *, title: str) -> Datum:
    """
    The datum that a map layer declares.

    Parameters
    ----------
    table
        With a geometry whose CRS is declared.
    title
        What the table holds, e.g. "需求点".

    Raises
    ------
    CrsError
        If the parameters of the datum are not public.
    """
    crs = table.geometry.crs if table.geometry is not None else None
    return declared_datum(crs, subject=f"{title}「{table.name}」自带的坐标系“{crs_name(crs)}”")


def crs_assumed(table: SourceTable, *, title: str, section: str) -> Notice:
    """The notice for a plain table whose longitudes and latitudes are taken for WGS84."""
    text = (
        f"{title}「{table.name}」没有写明坐标系，经纬度按 WGS84 读取。"
        f'请核实，并在 project.toml 的 {section} 写 crs = "WGS84"。'
    )
    return Notice("crs_assumed", text, len(table))


def no_crs_message(table: SourceTable, *, title: str, section: str) -> str:
    """The sentence for a layer that nobody knows the CRS of."""
    what = f"写的坐标系“{table.unread_crs[:80]}”不认识" if table.unread_crs else "没有说明坐标系"
    return (
        f"{title}「{table.name}」{what}，无法确定位置。请在 QGIS 里给图层指定坐标系，"
        f'或在 project.toml 的 {section} 写明，如 crs = "WGS84" 或 crs = "EPSG:4547"。'
    )


def overridden(table: SourceTable, datum: Datum, *, title: str, section: str) -> list[Notice]:
    """A notice where a layer is read in another datum than the one it declares; else none."""
    declared = table.geometry.crs if table.geometry is not None else None
    if declared is None or (
        datum.shift == "none" and datum.crs.equals(declared, ignore_axis_order=True)
    ):
        return []
    named = crs_name(datum.crs) if datum.name in _PLAIN else datum.name
    text = (
        f"{title}「{table.name}」自带坐标系 {crs_name(declared)}，"
        f"按 project.toml 的 {section} 写明的 {named} 读取。"
    )
    return [Notice("crs_overridden", text, len(table))]


def _from_geometry(table: SourceTable) -> tuple[FloatArray, FloatArray, list[Problem]]:
    shapes = np.asarray(table.geometry, dtype=object)
    found: list[Problem] = []
    nothing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    bounds = shapely.bounds(shapes)
    finite = np.isfinite(bounds).all(axis=1)
    for at in np.flatnonzero(nothing | ~finite).tolist():
        rule = "没有图形" if nothing[at] else "坐标不是有限的数"
        found.append(Problem(table.rows[at], GEOMETRY_TITLE, "", rule))
    x = np.full(len(table), np.nan)
    y = np.full(len(table), np.nan)
    good = finite & ~nothing
    inside = shapely.point_on_surface(shapes[good])
    x[good], y[good] = shapely.get_x(inside), shapely.get_y(inside)
    return x, y, found


def _swapped(
    datum: Datum,
    x: FloatArray,
    y: FloatArray,
    *,
    crs: str,
    placed: tuple[FloatArray, FloatArray],
    area: shapely.Geometry,
) -> BoolArray:
    """Points far from the area that lie inside it once their coordinates are exchanged."""
    west, south, right, top = area.bounds
    east, north = placed
    off = np.maximum.reduce([west - east, east - right, south - north, north - top])
    # NaN (out of range as written) counts as far; hence "not near" instead of "far"
    far = ~(off < SWAP_DISTANCE_M)
    swapped = np.zeros(len(x), dtype=bool)
    if far.any():
        other_east, other_north = datum.to(y[far], x[far], crs=crs)
        known = np.isfinite(other_east)
        inside = np.zeros(len(known), dtype=bool)
        inside[known] = shapely.intersects_xy(area, other_east[known], other_north[known])
        swapped[far] = inside
    return swapped


def _swap_problems(
    table: SourceTable,
    origin: Origin,
    x: FloatArray,
    y: FloatArray,
    *,
    swapped: BoolArray,
    section: str,
) -> list[Problem]:
    positions = np.flatnonzero(swapped).tolist()
    if not positions:
        return []
    names = "经度与纬度" if origin.datum.is_geographic else "x 与 y "
    if len(positions) == len(table) and origin.keys and origin.is_whole:
        rule = (
            f"{names}像是互换了：{len(positions)} 个点全都只有交换后才落在研究区内"
            f"（首个在第 {table.rows[positions[0]]} 行：{_pair(x, y, positions[0])}），"
            f"请把 {origin.keys[0]} 和 {origin.keys[1]} 的两列对调（导入时在页面上改或用 --column，"
            f"project.toml 里写在 {section} 的 columns）"
        )
        return [Problem(None, f"{origin.x_name}、{origin.y_name}", "", rule)]
    column = f"{origin.x_name}、{origin.y_name}" if origin.keys else origin.x_name
    rule = f"{names}像是互换了，交换后才落在研究区内，请改正"
    return [Problem(table.rows[at], column, _pair(x, y, at), rule) for at in positions]


def _range_problems(
    table: SourceTable, origin: Origin, x: FloatArray, y: FloatArray, *, spared: BoolArray
) -> list[Problem]:
    if not origin.datum.is_geographic:
        return []
    seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    said = not_degrees(x, y) if origin.is_whole and len(seen) > 1 and not spared.any() else ""
    if said:
        # one wrong declaration, not as many wrong cells
        first = f"首个在第 {table.rows[seen[0]]} 行：{_pair(x, y, seen[0])}"
        rule = f"这些数是{said}（{len(seen)} 行都是，{first}）"
        names = dict.fromkeys((origin.x_name, origin.y_name))
        return [Problem(None, "、".join(names), "", rule)]
    found: list[Problem] = []
    axes = [("经度", _MAX_LON), ("纬度", _MAX_LAT)]
    if origin.datum.northing_first:
        axes.reverse()
    for values, name, (word, limit) in zip(
        (x, y), (origin.x_name, origin.y_name), axes, strict=True
    ):
        outside = (np.abs(values) > limit) & ~spared
        rule = f"{word}应在 -{limit:g} 到 {limit:g} 之间"
        found.extend(
            Problem(table.rows[at], name, f"{values[at]:.10g}", rule)
            for at in np.flatnonzero(outside).tolist()
        )
    return found


def _unprojected(
    table: SourceTable, origin: Origin, x: FloatArray, y: FloatArray, *, spared: BoolArray
) -> list[Problem]:
    """Numbers that are in order but mean no place in their CRS."""
    lost = np.isfinite(x) & np.isfinite(y) & origin.datum.holds(x, y) & ~spared
    rule = f"不在坐标系 {origin.datum.name} 的范围内"
    return [
        Problem(table.rows[at], origin.x_name, _pair(x, y, at), rule)
        for at in np.flatnonzero(lost).tolist()
    ]


def _pair(x: FloatArray, y: FloatArray, at: int) -> str:
    return f"{x[at]:.10g}, {y[at]:.10g}"
