"""What no access leg may cross, from a layer of the county's own and from OpenStreetMap."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.access.barriers import NO_BARRIERS, Barriers
from coverage.errors import CrsError, InputError, Problem, ProjectError
from coverage.notices import Notice
from layers.coordinates import WGS84, Datum, named_datum, transformer_between
from layers.osm.osm_barriers import read_osm_barriers
from layers.points import GEOMETRY_TITLE, layer_datum, no_crs_message
from layers.project_settings import EDGE_TABLE_SUFFIXES, OSM_SUFFIXES
from layers.tables import SourceTable, ensure_rows, raise_problems
from layers.vectors import read_source

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from coverage.roads import Roads
    from layers.project import Project

    Bounds = tuple[float, float, float, float]

TITLE: Final = "障碍图层"
SECTION: Final = "[barriers]"

NAME_COLUMNS: Final = ("名称", "name")
"""Where a layer has one of these columns, it says what each barrier is called."""

UNNAMED: Final = "障碍"
"""What a barrier without a name is called in messages."""

_LINES: Final = ("LineString", "MultiLineString", "LinearRing")
_AREAS: Final = ("Polygon", "MultiPolygon")
_MAX_DEGREES: Final = (180.0, 90.0)


def with_barriers(
    roads: Roads, project: Project, *, bounds: Bounds
) -> tuple[Roads, tuple[Notice, ...]]:
    """
    The roads of a project with the barriers that its `[barriers]` asks for.

    Without the table these are the barriers of the extract that the roads come from; roads of
    another source have none.

    Parameters
    ----------
    roads
        Streets in the project's CRS.
    project
        The checked project file.
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84: what touches this box is kept.

    Returns
    -------
    roads
        With the same streets.
    notices
        How many barriers of which kind there are, or that there are none and why.

    Raises
    ------
    SourceError, InputError, CrsError
        If a file cannot be read, or holds what can be no barrier.
    ProjectError
        If OSM barriers are asked for and no extract is named.
    """
    table = project.settings.barriers
    if table is not None and table.source == "none":
        text = "project.toml 的 [barriers] 关闭了障碍，接驳段（点到最近道路）可以直穿河流、铁路等。"
        return roads, (Notice("barriers_off", text),)
    found: list[Barriers] = []
    notices: list[Notice] = []
    extract = _extract(project)
    if extract is not None:
        barriers, told = osm_barriers(extract, crs=roads.crs, bounds=bounds)
        found.append(barriers)
        notices.extend(told)
    own = None if table is None or table.file is None else project.path(table.file)
    if table is not None and own is not None and own != extract:
        barriers, told = read_barriers(
            own, crs=roads.crs, source_crs=table.crs, layer=table.layer, bounds=bounds
        )
        found.append(barriers)
        notices.extend(told)
    if extract is None and own is None:
        notices.append(_none_known(project))
    return replace(roads, barriers=joined_barriers(found)), tuple(notices)


def osm_barriers(path: Path, *, crs: str, bounds: Bounds) -> tuple[Barriers, tuple[Notice, ...]]:
    """
    Water, railways and motorways of an OSM extract, and what there is to tell.

    Parameters, errors and the barriers are those of `layers.osm.osm_barriers.read_osm_barriers`.
    """
    found = read_osm_barriers(path, crs=crs, bounds=bounds)
    listed = "、".join(f"{kind} {count} 处" for kind, count in found.counts.items() if count)
    if listed:
        text = (
            f"接驳段（点到最近道路）不得穿越「{path.name}」里的障碍：{listed}；"
            "桥上和地下的河流、铁路不算。"
        )
        notices = [Notice("barriers_read", text, len(found.barriers))]
    else:
        text = (
            f"「{path.name}」在研究区及其外扩范围内没有河流、水面、铁路和高速公路，"
            "接驳段不检查河流等障碍。开放街图往往不全，可用 [barriers] 的 file 另给障碍图层。"
        )
        notices = [Notice("barriers_none", text)]
    if found.open_waters:
        text = (
            f"「{path.name}」有 {found.open_waters} 处水面的轮廓不闭合（多在文件边缘被截断），"
            "只按文件里的岸线当障碍。请换用范围更大的文件。"
        )
        notices.append(Notice("barriers_open_water", text, found.open_waters))
    return found.barriers, tuple(notices)


def read_barriers(
    path: Path,
    *,
    crs: str,
    source_crs: str | None = None,
    layer: str | None = None,
    bounds: Bounds | None = None,
) -> tuple[Barriers, tuple[Notice, ...]]:
    """
    Barriers from a layer of the county's own: lines and polygons.

    Shapes that cross themselves are made valid. A column of `NAME_COLUMNS` names them.

    Parameters
    ----------
    path
        The file.
    crs
        CRS of the result.
    source_crs
        Datum named by the planner; needed where the layer declares none.
    layer
        Layer of a GeoPackage with more than one.
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84: barriers that touch this box are kept;
        None keeps all.

    Returns
    -------
    barriers
        In the order of the file.
    notices
        How many were read, what was mended.

    Raises
    ------
    SourceError
        If the file cannot be read.
    CrsError
        If no CRS is declared or named, or the coordinates do not fit it.
    InputError
        If there is no row, or with every shape that is no line and no area.
    """
    table = read_source(path, layer=layer)
    if table.geometry is None:
        msg = f"{TITLE}「{table.name}」没有图形，不能当作障碍。请改用含线或面的图层。"
        raise InputError(msg)
    ensure_rows(table, title=TITLE, error=InputError)
    datum = _source_datum(table, source_crs)
    shapes = shapely.force_2d(np.asarray(table.geometry, dtype=object))
    found = _shape_problems(table, shapes, datum)
    raise_problems(found, table, title=TITLE, error=InputError)
    shapes = datum.shapes_to(shapes, crs=crs)
    if not np.isfinite(shapely.bounds(shapes)).all():
        msg = (
            f"{TITLE}「{table.name}」的坐标换算到项目坐标系时没有结果，"
            f"它的坐标系多半写错了。请检查 {SECTION} 的 crs。"
        )
        raise CrsError(msg)
    shapes, row, mended = _lines_and_areas(table, shapes)
    name = _names(table)[row]
    near = np.ones(len(shapes), dtype=bool)
    if bounds is not None:
        box = shapely.box(*transformer_between(WGS84, crs).transform_bounds(*bounds))
        near = shapely.intersects(shapes, box)
    barriers = Barriers(shapes[near], name[near])
    return barriers, (_read_notice(table, len(np.unique(row[near]))), *mended)


def joined_barriers(parts: list[Barriers]) -> Barriers:
    """Barriers of several sources as one, in the order given; `NO_BARRIERS` if there are none."""
    if not sum(len(part) for part in parts):
        return NO_BARRIERS
    return Barriers(
        np.concatenate([part.geometry for part in parts]),
        np.concatenate([part.name for part in parts]),
        np.concatenate([part.passable for part in parts]),
    )


def _extract(project: Project) -> Path | None:
    """The OSM extract that barriers are read from; None where they are not."""
    table, roads = project.settings.barriers, project.settings.roads.file or ""
    if table is not None and (table.file or "").lower().endswith(OSM_SUFFIXES):
        return project.path(table.file or "")
    if table is not None and table.source is None:
        return None
    if roads.lower().endswith(OSM_SUFFIXES):
        return project.path(roads)
    if table is not None:
        msg = (
            f'project.toml 的 {SECTION} 写了 from = "osm"，而 [roads] 的 file 不是 .osm.pbf。'
            "请用 file 写明 .osm.pbf 文件，或给自己的障碍图层并删去 from。"
        )
        raise ProjectError(msg)
    return None


def _none_known(project: Project) -> Notice:
    file = project.settings.roads.file or ""
    what = "路段表" if file.lower().endswith(EDGE_TABLE_SUFFIXES) else "路网"
    text = (
        f"{what}不带河流、铁路等信息，接驳段不检查河流等障碍；"
        f"如有河流、铁路的图层，请在 project.toml 的 {SECTION} 用 file 写明。"
    )
    return Notice("barriers_none", text)


def _source_datum(table: SourceTable, named: str | None) -> Datum:
    if named is not None:
        return named_datum(named, where=f"{SECTION} crs")
    if table.geometry is None or table.geometry.crs is None:
        raise CrsError(no_crs_message(table, title=TITLE, section=SECTION))
    return layer_datum(table, title=TITLE)


def _shape_problems(
    table: SourceTable, shapes: npt.NDArray[np.object_], datum: Datum
) -> list[Problem]:
    bounds = shapely.bounds(shapes)
    finite = np.isfinite(bounds).all(axis=1)
    degrees = _MAX_DEGREES[::-1] if datum.northing_first else _MAX_DEGREES
    limits = np.array([*degrees] * 2) if datum.is_geographic else np.full(4, np.inf)
    outside = (np.abs(bounds) > limits).any(axis=1)
    length = shapely.length(shapes)
    found = []
    for at, (row, shape) in enumerate(zip(table.rows, shapes, strict=True)):
        rule = ""
        if shape is None or shape.is_empty:
            rule = "没有图形"
        elif not finite[at]:
            rule = "坐标不是有限的数"
        elif outside[at]:
            rule = "经纬度超出范围（经度与纬度互换了，或坐标系写错了）"
        elif not _usable(shape):
            rule = "应为线或面，而不是点；点拦不住接驳段"
        elif not length[at] > 0:
            rule = "长度为零"
        if rule:
            found.append(Problem(row, GEOMETRY_TITLE, "", rule))
    return found


def _usable(shape: shapely.Geometry) -> bool:
    parts = shape.geoms if shape.geom_type == "GeometryCollection" else [shape]
    return any(part.geom_type in (*_LINES, *_AREAS) for part in parts)


def _lines_and_areas(
    table: SourceTable, shapes: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64], list[Notice]]:
    """Valid lines and areas, the row of each, and what had to be mended."""
    invalid = ~shapely.is_valid(shapes)
    whole = shapes.copy()
    whole[invalid] = shapely.make_valid(shapes[invalid])
    parts, row = shapely.get_parts(whole, return_index=True)
    # A collection may hold shapes of several parts.
    parts, within = shapely.get_parts(parts, return_index=True)
    row = row[within]
    usable = (shapely.get_dimensions(parts) > 0) & (shapely.length(parts) > 0)
    mended = [table.rows[at] for at in np.flatnonzero(invalid).tolist()]
    if not mended:
        return parts[usable], row[usable], []
    text = (
        f"{TITLE}「{table.name}」有 {len(mended)} 个图形自相交或不合规范"
        f"（首个在第 {mended[0]} 行），已自动修正。请在 QGIS 里用“修复几何图形”核对。"
    )
    return parts[usable], row[usable], [Notice("barrier_mended", text, len(mended))]


def _names(table: SourceTable) -> npt.NDArray[np.object_]:
    column = next((name for name in NAME_COLUMNS if name in table.cells.columns), None)
    cells = [""] * len(table) if column is None else table.column(column)
    return np.array([name or UNNAMED for name in cells], dtype=object)


def _read_notice(table: SourceTable, kept: int) -> Notice:
    if not kept:
        text = (
            f"{TITLE}「{table.name}」的 {len(table)} 条记录都不在研究区及其外扩范围内，"
            f"没有起作用。请检查 {SECTION} 的 file 和 crs。"
        )
        return Notice("barriers_elsewhere", text, len(table))
    text = f"接驳段（点到最近道路）不得穿越{TITLE}「{table.name}」里的 {kept} 处障碍。"
    return Notice("barriers_read", text, kept)
