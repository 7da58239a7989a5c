"""A layer as an Excel sheet: codes as text, numbers as numbers, nothing that is run."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import shapely

from reports.gis.out_columns import OutColumn
from reports.workbook.opening import open_workbook, shown_width

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from reports.gis.out_layer import OutLayer

SHAPE_TITLE: Final = "边界"
LONGEST_CELL: Final = 32_767

_NARROWEST: Final = 8
_WIDEST: Final = 36
_LOOKED_AT: Final = 200
_NAMED: Final = 3

_PLANE: Final = (("东坐标", "米", "向东的坐标"), ("北坐标", "米", "向北的坐标"))
_DEGREES: Final = (("经度", "度", "东经，十进制度数"), ("纬度", "度", "北纬，十进制度数"))


def workbook_bytes(layer: OutLayer) -> tuple[bytes, tuple[str, ...]]:
    """
    A layer as a workbook of one sheet; the units stand in the header, the meaning in its notes.

    Points have two columns of coordinates, polygons one of text (WKT); both say their datum in
    every row.

    Parameters
    ----------
    layer
        With n rows.

    Returns
    -------
    content
        The same layer gives the same bytes.
    notes
        Chinese sentences on polygons that fit into no cell.
    """
    shapes, notes = _shape_columns(layer)
    whole = layer.with_datum_column()
    columns = (*whole.columns[:-1], *shapes, whole.columns[-1])
    content = io.BytesIO()
    with open_workbook(content, title=layer.name, comments=layer.note) as book:
        head = book.add_format(
            {"bold": True, "bg_color": "#D9E2EC", "border": 1, "valign": "vcenter"}
        )
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(layer.title)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, _width(column), text if column.is_text else None)
            sheet.write_string(0, at, column.header, head)
            if column.meaning:
                sheet.write_comment(0, at, column.meaning, {"author": ""})
            _write_cells(sheet, at, column)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(layer.shapes), 1), len(columns) - 1)
    return content.getvalue(), notes


def _write_cells(sheet: Worksheet, at: int, column: OutColumn) -> None:
    for row, cell in enumerate(column.cells, start=1):
        if isinstance(cell, str):
            sheet.write_string(row, at, cell)
        elif cell is not None:
            sheet.write_number(row, at, cell)


def _shape_columns(layer: OutLayer) -> tuple[tuple[OutColumn, ...], tuple[str, ...]]:
    if layer.is_points:
        titles = _DEGREES if layer.datum.is_degrees else _PLANE
        values = (shapely.get_x(layer.shapes), shapely.get_y(layer.shapes))
        return tuple(
            OutColumn(title, title, unit, f"{meaning}，{layer.datum.title}", tuple(one.tolist()))
            for (title, unit, meaning), one in zip(titles, values, strict=True)
        ), ()
    texts = shapely.to_wkt(layer.shapes, rounding_precision=-1, trim=True).tolist()
    long = [at for at, text in enumerate(texts) if len(text) > LONGEST_CELL]
    cells = tuple(None if len(text) > LONGEST_CELL else text for text in texts)
    meaning = f"边界多边形（WKT），{layer.datum.title}"
    column = OutColumn(SHAPE_TITLE, SHAPE_TITLE, "", meaning, cells)
    if not long:
        return (column,), ()
    named = "、".join(layer.names[at] for at in long[:_NAMED])
    more = " 等" if len(long) > _NAMED else ""
    note = (
        f"{layer.title}（Excel）：有 {len(long)} 个单元（{named}{more}）的边界太长，"
        f"一格最多 {LONGEST_CELL:,} 个字符，写不下，“{SHAPE_TITLE}”留空；"
        "需要边界请导出 GeoPackage、GeoJSON 或 Shapefile。"
    )
    return (column,), (note,)


def _width(column: OutColumn) -> int:
    some = [column.header, *(str(cell) for cell in column.cells[:_LOOKED_AT] if cell is not None)]
    widest = max(shown_width(text[:_WIDEST]) for text in some)
    return min(max(widest + 2, _NARROWEST), _WIDEST)
