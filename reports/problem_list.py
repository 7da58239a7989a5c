"""问题清单.xlsx: what was wrong with the data, for a clerk to work through; and as a map layer."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import geopandas as gpd

from layers.checks.findings import DONE_NAMES
from reports.geojson import WGS84, geojson_text
from reports.safe_text import plain_text
from reports.workbook.opening import CELL_LIMIT, MOST_ROWS, open_workbook

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from layers.quality import Finding, Ledger

PROBLEM_LIST_FILE: Final = "问题清单.xlsx"

COLUMNS: Final = {
    "文件": 22, "行": 7, "编号": 16, "名称": 22, "列": 12, "值": 20,
    "问题": 40, "处理": 16, "影响": 34, "怎样改": 34,
}  # fmt: skip
"""Columns of the sheet 问题 and their widths in characters."""

_FILLS: Final = {"set_aside": "#FDE0DD", "changed": "#FFF3CD", "kept": "#FFFFFF"}
"""Colour of a row by what was done; 处理 says the same in words."""

_NOTES: Final = (
    "本清单列出读取数据时查出的问题，一处一行；同一行数据可能有几处问题。",
    "“行”是来源文件里的行号（CSV、Excel）或图形序号（地图图层）；空着的是整个文件的问题。",
    "处理为“放在一边，不采用”（红底）：这一行有错，没有参加任何计算，改正后要重新读取。",
    "处理为“改动后采用”（黄底）：按改正记录或按未知处理，来源文件没有改动。",
    "处理为“照原样采用”（白底）：可能有问题，仍参加计算，请核对。",
    "每个文件：采用的行数 + 放在一边的行数 = 读到的行数。",
    "改正方法：在来源文件里改，或在地图上改正（记入改正记录，不写进来源文件），然后重新读取。",
)


def problem_list_bytes(ledger: Ledger, *, label: str = "") -> bytes:
    """
    The ledger as a workbook: 问题 (one row per finding), 汇总 (counts), 说明.

    Every text is written as text: no formula, no link, whatever it begins with.

    Parameters
    ----------
    ledger
        Of a project or a single file.
    label
        What must be shown with the data ("合成数据 …"); "" if nothing.

    Returns
    -------
    content
        The same ledger gives the same bytes.
    """
    content = io.BytesIO()
    with open_workbook(content, title="问题清单") as book:
        head = book.add_format(
            {"bold": True, "bg_color": "#D9E2EC", "border": 1, "valign": "vcenter"}
        )
        _write_findings(book, ledger, head)
        _write_summary(book, ledger, head)
        _write_notes(book, label)
    return content.getvalue()


def findings_geojson(ledger: Ledger, *, label: str = "") -> str:
    """
    The findings whose place is known, for the map: points in WGS84.

    Parameters
    ----------
    ledger
        Of a project or a single file.
    label
        What must be shown with the data; "" if nothing.

    Returns
    -------
    text
        GeoJSON with the columns of `layers.quality.FINDINGS`, one feature per finding.
    """
    table = ledger.frame()
    table = table[table["lon"].notna()].reset_index(drop=True)
    points = gpd.points_from_xy(table["lon"], table["lat"])
    plain = table.drop(columns=["lon", "lat"]).astype(object)
    return geojson_text(gpd.GeoDataFrame(plain, geometry=points, crs=WGS84), label=label)


def _write_findings(book: Workbook, ledger: Ledger, head: Format) -> None:
    sheet = book.add_worksheet("问题")
    fills = {
        done: book.add_format(
            {"bg_color": fill, "text_wrap": True, "valign": "top", "border": 1,
             "border_color": "#D0D0D0", "quote_prefix": True}
        )
        for done, fill in _FILLS.items()
    }  # fmt: skip
    for at, (title, width) in enumerate(COLUMNS.items()):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, title, head)
    shown = ledger.findings[:MOST_ROWS]
    for row, one in enumerate(shown, start=1):
        for at, value in enumerate(_cells(one)):
            if isinstance(value, int):
                sheet.write_number(row, at, value, fills[one.done])
            elif not value:
                sheet.write_blank(row, at, None, fills[one.done])
            else:
                sheet.write_string(row, at, plain_text(value, limit=CELL_LIMIT), fills[one.done])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(shown), 1), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _cells(one: Finding) -> tuple[str | int, ...]:
    return (
        one.file,
        "" if one.row is None else one.row,
        one.record_id,
        one.record_name,
        one.column,
        one.value,
        f"{one.title}：{one.found}",
        DONE_NAMES[one.done],
        one.where_it_matters,
        one.remedy,
    )


def _write_summary(book: Workbook, ledger: Ledger, head: Format) -> None:
    sheet = book.add_worksheet("汇总")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 4, 16)
    rows = ledger.rows()
    tables = (
        (("文件", "读到行数", "采用行数", "放在一边行数", "问题处数"),
         rows.itertuples(index=False)),
        (("文件", "检查", "处理", "处数"),
         ((one.file, one.check_name, DONE_NAMES[one.done], one.count)
          for one in ledger.counts().itertuples(index=False))),
    )  # fmt: skip
    at = 0
    for titles, lines in tables:
        _write_line(sheet, at, titles, head)
        for line in lines:
            at += 1
            _write_line(sheet, at, line, None)
        at += 2
    left = len(ledger.findings) - MOST_ROWS
    if left > 0:
        sheet.write_string(
            at, 0, f"问题太多，“问题”表只列出前 {MOST_ROWS:,} 处，另有 {left:,} 处。"
        )
    sheet.freeze_panes(1, 0)


def _write_line(
    sheet: Worksheet, row: int, values: tuple[str | int, ...], form: Format | None
) -> None:
    for at, value in enumerate(values):
        if isinstance(value, str):
            sheet.write_string(row, at, plain_text(value, limit=CELL_LIMIT), form)
        else:
            sheet.write_number(row, at, int(value), form)


def _write_notes(book: Workbook, label: str) -> None:
    sheet = book.add_worksheet("说明")
    form = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 96)
    notes = [f"数据说明：{label}", *_NOTES] if label else _NOTES
    for row, note in enumerate(notes):
        sheet.write_string(row, 0, plain_text(note, limit=CELL_LIMIT), form)
