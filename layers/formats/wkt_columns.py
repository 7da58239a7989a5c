"""Geometry written as text (WKT) in a column of a plain table."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from coverage.errors import Problem, SourceError
from layers.formats.limits import MOST_NESTED
from layers.formats.shapes import flat_shapes, known_crs

if TYPE_CHECKING:
    from layers.tables import SourceTable

_BRACKETS: Final = re.compile(r"[()]")
_WKT: Final = re.compile(
    r"(?:SRID\s*=\s*(?P<srid>\d{1,6})\s*;\s*)?(?P<shape>"
    r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON|CURVE|SURFACE)|GEOMETRYCOLLECTION|CIRCULARSTRING"
    r"|COMPOUNDCURVE|CURVEPOLYGON)\b",
    re.IGNORECASE,
)


def with_wkt(table: SourceTable, column: str) -> SourceTable:
    """
    The same table as a map layer, its shapes read from a column of WKT.

    The column stays among the cells. EWKT ("SRID=4490;POINT(…)") declares a CRS where all rows
    name the same one. Rows whose cell is empty or cannot be read have no shape.

    Parameters
    ----------
    table
        A plain table with n rows.
    column
        Name of the column.

    Raises
    ------
    SourceError
        If there is no such column, or none of its cells is WKT.
    """
    if column not in table.cells.columns:
        names = "、".join(f"“{name}”" for name in table.cells.columns) or "没有任何列"
        msg = f"表格「{table.name}」没有“{column}”这一列，有的是：{names}。"
        raise SourceError(msg)
    texts = table.column(column).tolist()
    found = [_WKT.match(text) for text in texts]
    if not any(found):
        msg = (
            f"表格「{table.name}」的“{column}”列里没有 WKT 图形（如 POINT (117.1 36.6)）。"
            "请换一列，或改用经纬度列。"
        )
        raise SourceError(msg)
    # GEOS calls itself for each level, and would take the program along
    plain = [
        text[match.start("shape") :] if match and not _is_too_deep(text) else None
        for text, match in zip(texts, found, strict=True)
    ]
    shapes = shapely.from_wkt(np.array(plain, dtype=object), on_invalid="ignore")
    had = np.array([bool(text) for text in texts], dtype=bool)
    shapes, remarks = flat_shapes(shapes, had=had)
    codes = {match["srid"] for match in found if match}
    code = codes.pop() if len(codes) == 1 else None
    return dataclasses.replace(
        table,
        geometry=gpd.GeoSeries(shapes, crs=known_crs(f"EPSG:{code}") if code else None),
        remarks=(*table.remarks, f"图形从“{column}”列的 WKT 读出。", *remarks),
    )


def wkt_layer(table: SourceTable, column: str) -> tuple[SourceTable, list[Problem]]:
    """
    The same table as a map layer, and every cell that is no shape.

    Parameters
    ----------
    table
        With n rows; shapes that it has of its own give way.
    column
        Column of WKT.

    Raises
    ------
    SourceError
        If there is no such column, or none of its cells is WKT.
    """
    layer = with_wkt(table, column)
    shapes = np.asarray(layer.geometry, dtype=object)
    texts = table.column(column).tolist()
    unread = [at for at in np.flatnonzero(shapely.is_missing(shapes)).tolist() if texts[at]]
    return layer, [
        Problem(table.rows[at], column, texts[at][:40], "不是 WKT 写法的图形") for at in unread
    ]


def _is_too_deep(text: str) -> bool:
    if text.count("(") <= MOST_NESTED:
        return False
    depth = 0
    for sign in _BRACKETS.findall(text):
        depth += 1 if sign == "(" else -1
        if depth > MOST_NESTED:
            return True
    return False
