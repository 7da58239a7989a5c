"""Where the points of a table lie: from columns of coordinates or from a layer's geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely

from coverage.errors import CrsError, Problem, ProjectError
from coverage.notices import Notice
from layers.coordinates import WGS84, named_crs, transformer_between
from layers.tables import numbers

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
    crs
        The CRS of the coordinates.
    notices
        What was decided about the CRS.
    """

    x_name: str
    y_name: str
    keys: tuple[str, ...]
    crs: pyproj.CRS
    notices: tuple[Notice, ...]


def locate(
    table: SourceTable,
    *,
    columns: Mapping[str, str],
    source_crs: str | None,
    crs: str,
    area: shapely.Geometry,
    contract: Contract,
    section: str,
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
        May map "lon" and "lat", or "x" and "y", to columns of the file.
    source_crs
        The CRS as the planner names it, or None.
    crs
        The project's CRS.
    area
        Polygon in `crs` in which the points are expected.
    contract
        Of the table, for messages.
    section
        Where the settings stand, e.g. "[demand]".

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
        If no CRS is named or declared.
    ProjectError
        If the file has no geometry and no coordinate columns are mapped.
    """
    origin = _origin(table, columns, source_crs, title=contract.title, section=section)
    x, y, found = _coordinates(table, origin)
    transformer = transformer_between(origin.crs, crs)
    east, north = _transform(transformer, x, y)
    swapped = _swapped(transformer, x, y, east=east, north=north, area=area)
    found.extend(_swap_problems(table, origin, x, y, swapped=swapped, section=section))
    found.extend(_range_problems(table, origin, x, y, spared=swapped))
    found.extend(_unprojected(table, origin, x, y, spared=swapped | np.isfinite(east)))
    points = np.full(len(table), None, dtype=object)
    good = np.isfinite(east) & np.isfinite(north)
    points[good] = shapely.points(east[good], north[good])
    return points, found, list(origin.notices)


def _origin(
    table: SourceTable,
    columns: Mapping[str, str],
    source_crs: str | None,
    *,
    title: str,
    section: str,
) -> Origin:
    declared = table.geometry.crs if table.geometry is not None else None
    named = named_crs(source_crs, where=f"{section} crs") if source_crs else None
    keys = next((pair for pair in _PAIRS if all(key in columns for key in pair)), ())
    if not keys and table.geometry is None:
        msg = (
            f"{title}「{table.name}」是没有图形的表格，{section} 又没有写坐标列。"
            "请在 columns 里写 lon 和 lat（经纬度）或 x 和 y（平面坐标，x 向东、y 向北）。"
        )
        raise ProjectError(msg)
    notices: list[Notice] = []
    crs = named or (declared if keys != _PAIRS[0] or _is_geographic(declared) else None)
    if crs is None and keys == _PAIRS[0]:
        crs = pyproj.CRS.from_user_input(WGS84)
        notices.append(crs_assumed(table, title=title, section=section))
    if crs is None:
        raise CrsError(no_crs_message(table, title=title, section=section))
    if not keys and _differ(named, declared):
        notices.append(_overridden(table, crs, declared, title=title, section=section))
    x_name, y_name = (columns[keys[0]], columns[keys[1]]) if keys else (GEOMETRY_TITLE,) * 2
    return Origin(x_name, y_name, keys, crs, tuple(notices))


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


def _overridden(
    table: SourceTable, named: pyproj.CRS, declared: pyproj.CRS, *, title: str, section: str
) -> Notice:
    text = (
        f"{title}「{table.name}」自带坐标系 {_crs_name(declared)}，"
        f"按 project.toml 的 {section} 写明的 {_crs_name(named)} 读取。"
    )
    return Notice("crs_overridden", text, len(table))


def _coordinates(
    table: SourceTable, origin: Origin
) -> tuple[FloatArray, FloatArray, list[Problem]]:
    if not origin.keys:
        return _from_geometry(table)
    x, found_x = numbers(table, origin.x_name, filled=True)
    y, found_y = numbers(table, origin.y_name, filled=True)
    return x, y, [*found_x, *found_y]


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


def _transform(
    transformer: pyproj.Transformer, x: FloatArray, y: FloatArray
) -> tuple[FloatArray, FloatArray]:
    east, north = transformer.transform(x, y)
    good = np.isfinite(x) & np.isfinite(y) & _in_range(transformer.source_crs, x, y)
    return np.where(good, east, np.nan), np.where(good, north, np.nan)


def _in_range(crs: pyproj.CRS | None, x: FloatArray, y: FloatArray) -> BoolArray:
    if crs is None or not crs.is_geographic:
        return np.ones(len(x), dtype=bool)
    return (np.abs(x) <= _MAX_LON) & (np.abs(y) <= _MAX_LAT)


def _swapped(
    transformer: pyproj.Transformer,
    x: FloatArray,
    y: FloatArray,
    *,
    east: FloatArray,
    north: FloatArray,
    area: shapely.Geometry,
) -> BoolArray:
    """Points far from the area that lie inside it once their coordinates are exchanged."""
    west, south, right, top = area.bounds
    off = np.maximum.reduce([west - east, east - right, south - north, north - top])
    # NaN (out of range as written) counts as far; hence "not near" instead of "far"
    far = ~(off < SWAP_DISTANCE_M)
    other_east, other_north = _transform(transformer, y, x)
    known = far & np.isfinite(other_east) & np.isfinite(other_north)
    swapped = np.zeros(len(x), dtype=bool)
    swapped[known] = shapely.intersects_xy(area, other_east[known], other_north[known])
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
    names = "经度与纬度" if origin.crs.is_geographic else "x 与 y "
    if len(positions) == len(table) and origin.keys:
        rule = (
            f"{names}像是互换了：{len(positions)} 个点全都只有交换后才落在研究区内"
            f"（首个在第 {table.rows[positions[0]]} 行：{_pair(x, y, positions[0])}），"
            f"请在 project.toml {section} 的 columns 里把 {origin.keys[0]} 和 {origin.keys[1]} 对调"
        )
        return [Problem(None, f"{origin.x_name}、{origin.y_name}", "", rule)]
    column = f"{origin.x_name}、{origin.y_name}" if origin.keys else origin.x_name
    rule = f"{names}像是互换了，交换后才落在研究区内，请改正"
    return [Problem(table.rows[at], column, _pair(x, y, at), rule) for at in positions]


def _range_problems(
    table: SourceTable, origin: Origin, x: FloatArray, y: FloatArray, *, spared: BoolArray
) -> list[Problem]:
    if not origin.crs.is_geographic:
        return []
    found = []
    for values, name, word, limit in (
        (x, origin.x_name, "经度", _MAX_LON),
        (y, origin.y_name, "纬度", _MAX_LAT),
    ):
        outside = (np.abs(values) > limit) & ~spared
        rule = f"{word}应在 -{limit:g} 到 {limit:g} 之间"
        found.extend(
            Problem(table.rows[at], name, f"{values[at]:.10g}", rule)
            for at in np.flatnonzero(outside).tolist()
        )
    return found


def _differ(named: pyproj.CRS | None, declared: pyproj.CRS | None) -> bool:
    if named is None or declared is None:
        return False
    return not named.equals(declared, ignore_axis_order=True)


def _unprojected(
    table: SourceTable, origin: Origin, x: FloatArray, y: FloatArray, *, spared: BoolArray
) -> list[Problem]:
    """Numbers that are in order but mean no place in their CRS."""
    lost = np.isfinite(x) & np.isfinite(y) & _in_range(origin.crs, x, y) & ~spared
    rule = f"不在坐标系 {_crs_name(origin.crs)} 的范围内"
    return [
        Problem(table.rows[at], origin.x_name, _pair(x, y, at), rule)
        for at in np.flatnonzero(lost).tolist()
    ]


def _is_geographic(crs: pyproj.CRS | None) -> bool:
    return crs is not None and bool(crs.is_geographic)


def _crs_name(crs: pyproj.CRS) -> str:
    epsg = crs.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(crs.name)


def _pair(x: FloatArray, y: FloatArray, at: int) -> str:
    return f"{x[at]:.10g}, {y[at]:.10g}"
