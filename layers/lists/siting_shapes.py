"""Layers of shapes that siting asks: excluded areas, settlements, what is near or far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.candidate_contracts import CANDIDATES
from coverage.errors import CrsError, InputError, Problem
from coverage.notices import Notice
from layers.checks.row_notices import reading_notices
from layers.coordinates import Datum, named_datum
from layers.points import GEOMETRY_TITLE, layer_datum, locate, no_crs_message, overridden
from layers.tables import SourceTable, ensure_columns, ensure_one_table, raise_problems
from layers.vectors import read_source

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from layers.project_columns import PlaceColumns

    ShapeArray = npt.NDArray[np.object_]

NAME_COLUMNS: Final = ("名称", "村名", "name")
"""Where a layer has one of these columns, it names its shapes."""

_MAX_DEGREES: Final = (180.0, 90.0)
_COORDINATE_COLUMNS: Final = ("lon", "lat", "x", "y")


@dataclass(frozen=True, eq=False)
class LayerFile:
    """
    A file that `[siting]` names, and how it is to be read.

    Parameters
    ----------
    path
        The file.
    title
        What the planner calls it, e.g. "排除图层「生态保护红线」".
    section
        Where the settings stand, e.g. "[[siting.exclusions]]".
    crs
        Datum named by the planner; needed where the layer declares none.
    layer
        Layer of a file with more than one.
    """

    path: Path
    title: str
    section: str
    crs: str | None = None
    layer: str | None = None


@dataclass(frozen=True, eq=False)
class ShapesRead:
    """
    Shapes of a layer, n of them, in the project's CRS; as mapped, so some may be invalid.

    Parameters
    ----------
    shapes
        Shape (n,).
    names
        n names; None where the layer has none.
    notices
        How the file was read.
    """

    shapes: ShapeArray
    names: list[str | None]
    notices: tuple[Notice, ...]


def read_shapes(
    file: LayerFile,
    *,
    crs: str,
    area: shapely.Geometry,
    columns: PlaceColumns | None = None,
) -> ShapesRead:
    """
    Polygons, lines or points of a layer, or points of a table.

    A layer without any record is no error: there may be no 红线 in the county.

    Parameters
    ----------
    file
        Which, and how.
    crs
        CRS of the result.
    area
        The study area in `crs`; a layer that lies wholly elsewhere is told.
    columns
        Columns of coordinates, for a table without shapes.

    Raises
    ------
    SourceError
        If the file cannot be read.
    CrsError
        If no CRS is declared or named, or the coordinates do not fit it.
    InputError
        If a record has no shape, or one that is no place, with every such record.
    ProjectError
        If a table has neither shapes nor columns of coordinates.
    """
    table = read_source(file.path, layer=file.layer)
    ensure_one_table(table, error=InputError)
    mapped = {} if columns is None else columns.mapping()
    ensure_columns(
        table, list(mapped.values()), title=file.title, section=file.section, error=InputError
    )
    notices = reading_notices(table, title=file.title)
    if not len(table):
        return ShapesRead(np.zeros(0, dtype=object), [], tuple(notices))
    if table.geometry is None or any(key in mapped for key in _COORDINATE_COLUMNS):
        # Also where there are no columns of coordinates: the sentence that says so is there.
        shapes, found, told = locate(
            table,
            columns=mapped,
            source_crs=file.crs,
            crs=crs,
            area=area,
            contract=CANDIDATES,
            section=file.section,
        )
        raise_problems(found, table, title=file.title, error=InputError)
    else:
        shapes, told = _moved(table, file, crs=crs)
    notices += [*told, *_elsewhere(table, file, shapes, area)]
    return ShapesRead(shapes, shape_names(table), tuple(notices))


def shape_names(table: SourceTable) -> list[str | None]:
    """The names of a layer's shapes; None where it has none."""
    column = next((name for name in NAME_COLUMNS if name in table.cells.columns), None)
    if column is None:
        return [None] * len(table)
    return [name or None for name in table.column(column)]


def _moved(table: SourceTable, file: LayerFile, *, crs: str) -> tuple[ShapeArray, list[Notice]]:
    """The shapes of a map layer in the project's CRS."""
    datum = _datum(table, file)
    shapes = shapely.force_2d(np.asarray(table.geometry, dtype=object))
    raise_problems(_shape_problems(table, shapes, datum), table, title=file.title, error=InputError)
    moved = datum.shapes_to(shapes, crs=crs)
    if not np.isfinite(shapely.bounds(moved)).all():
        msg = (
            f"{file.title}「{table.name}」的坐标换算到项目坐标系时没有结果，"
            f"它的坐标系多半写错了。请检查 {file.section} 的 crs。"
        )
        raise CrsError(msg)
    return moved, overridden(table, datum, title=file.title, section=file.section)


def _datum(table: SourceTable, file: LayerFile) -> Datum:
    if file.crs is not None:
        return named_datum(file.crs, where=f"{file.section} crs")
    if table.geometry is None or table.geometry.crs is None:
        raise CrsError(no_crs_message(table, title=file.title, section=file.section))
    return layer_datum(table, title=file.title)


def _shape_problems(table: SourceTable, shapes: ShapeArray, datum: Datum) -> list[Problem]:
    bounds = shapely.bounds(shapes)
    nothing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    finite = np.isfinite(bounds).all(axis=1)
    degrees = _MAX_DEGREES[::-1] if datum.northing_first else _MAX_DEGREES
    limits = np.array([*degrees] * 2) if datum.is_geographic else np.full(4, np.inf)
    outside = (np.abs(bounds) > limits).any(axis=1)
    found = []
    for at in np.flatnonzero(nothing | ~finite | outside).tolist():
        rule = "经纬度超出范围（经度与纬度互换了，或坐标系写错了）"
        if nothing[at]:
            rule = "没有图形"
        elif not finite[at]:
            rule = "坐标不是有限的数"
        found.append(Problem(table.rows[at], GEOMETRY_TITLE, "", rule))
    return found


def _elsewhere(
    table: SourceTable, file: LayerFile, shapes: ShapeArray, area: shapely.Geometry
) -> list[Notice]:
    """A notice where no shape so much as touches the box around the study area."""
    if shapely.intersects(shapely.box(*area.bounds), shapely.envelope(shapes)).any():
        return []
    text = (
        f"{file.title}「{table.name}」的 {len(table)} 条记录都不在研究区内。"
        f"请检查 {file.section} 的 file 和 crs。"
    )
    return [Notice("siting_layer_elsewhere", text, len(table))]
