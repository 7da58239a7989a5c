"""targets.xlsx: the plans' targets for the desk of a planner, one sheet per question."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, Final

from reports.safe_text import plain_text
from reports.target_figures import FILLS
from reports.workbook.opening import CELL_LIMIT, MOST_ROWS, is_number, open_workbook
from reports.workbook.study_sheets import target_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

    from coverage.contracts import Contract
    from coverage.rules.target import Plan
    from coverage.rules.verdict_table import Judged

_WIDE: Final = {
    "clause": 52, "recipe": 48, "notes": 36, "missing": 36, "target_note": 28, "indicator": 34,
    "reason": 40, "unit_name": 24, "zone_name": 14, "target_id": 34, "item_name": 24, "rule": 24,
    "place_name": 24, "builds": 32,
}  # fmt: skip
_USUAL_WIDTH: Final = 11

_FILLS: Final = {**FILLS, "无法判断": FILLS["数据不足"]}
"""Colour of a verdict or status; the word stands in the cell too."""

_NOTES: Final = (
    "“指标汇总”是整个研究区，一个指标一行；“分单元”是各行政单元。",
    "“未达标对象”逐个列出没有达到要求的村、设施或单元；“豁免”列出不计入分母的村及原因。",
    "结论有五种：达标；未达标；尚未到期，目标年还没有到，现在还没有达到；未设目标，规划没有给出数值或没有分解到本地；数据不足，缺什么见“缺什么”。",
    "现值为空、上下限不同的，是资料不全：不知道的按最不利和最有利各算一次，两头结论一致才下结论。",
    "“最少新建”列出未达标的生活圈指标最少要新建几处、建在哪里；“至少”与“新建处数”相同即已证明最少。",
    "缺口按“缺口单位”计，整数的（张、处、个）向上取整。",
)


def target_workbook_bytes(
    judged: Judged,
    *,
    contracts: Sequence[Contract],
    plans: Sequence[Plan],
    year: int,
    label: str = "",
) -> bytes:
    """
    Targets as a workbook: 指标汇总, 分单元, 未达标对象, 豁免, 最少新建, 说明.

    Every text is written as text: no formula, no link, whatever it begins with.

    Parameters
    ----------
    judged
        From `coverage.targets.judge`.
    contracts
        Those of the four tables, for titles and units.
    plans
        The plans the targets are from.
    year
        The year chosen.
    label
        What must be shown with the data; "" if nothing.

    Returns
    -------
    content
        The same tables give the same bytes.
    """
    content = io.BytesIO()
    sheets = target_tables(judged, contracts)
    with open_workbook(content, title="规划指标核算") as book:
        forms = _formats(book)
        left_out = []
        for title, (table, contract) in sheets.items():
            _write_sheet(book, title, table, contract, forms)
            if len(table) > MOST_ROWS:
                left_out.append(f"“{title}”只列出前 {MOST_ROWS:,} 行，共 {len(table):,} 行。")
        named = "、".join(f"《{plan.title}》" for plan in plans)
        head = [f"核算年份：{year}", f"规划：{named}", *([f"数据说明：{label}"] if label else [])]
        _write_notes(book, [*head, *_NOTES, *left_out])
    return content.getvalue()


def _formats(book: Workbook) -> dict[str, Format]:
    cell = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#D0D0D0"}
    forms = {word: book.add_format({**cell, "bg_color": fill}) for word, fill in _FILLS.items()}
    forms["head"] = book.add_format(
        {"bold": True, "bg_color": "#D9E2EC", "border": 1, "valign": "vcenter", "text_wrap": True}
    )
    forms["text"] = book.add_format({**cell, "quote_prefix": True})
    forms["number"] = book.add_format({**cell, "num_format": "#,##0.##"})
    forms["year"] = book.add_format(cell)
    return forms


def _write_sheet(
    book: Workbook, title: str, table: pd.DataFrame, contract: Contract, forms: dict[str, Format]
) -> None:
    sheet = book.add_worksheet(title)
    columns = [column for column in contract.columns if column.name in table.columns]
    for at, column in enumerate(columns):
        sheet.set_column(at, at, _WIDE.get(column.name, _USUAL_WIDTH))
        unit = f"（{column.unit}）" if column.unit else ""
        sheet.write_string(0, at, f"{column.title}{unit}", forms["head"])
    rows = table[[column.name for column in columns]].head(MOST_ROWS)
    for row, cells in enumerate(rows.itertuples(index=False), start=1):
        for at, (column, value) in enumerate(zip(columns, cells, strict=True)):
            form = forms["year" if column.dtype == "whole" else "number"]
            if is_number(value):
                sheet.write_number(row, at, value, form)
            elif text := _text(value):
                sheet.write_string(row, at, text, forms.get(text, forms["text"]))
            else:
                sheet.write_blank(row, at, None, forms["text"])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)


def _text(value: Any) -> str:  # noqa: ANN401 - a cell holds anything
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return "没有上限" if math.isinf(value) else ""
    return plain_text(value, limit=CELL_LIMIT) if isinstance(value, str) else ""


def _write_notes(book: Workbook, notes: Iterable[str]) -> None:
    sheet = book.add_worksheet("说明")
    form = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 96)
    for row, note in enumerate(notes):
        sheet.write_string(row, 0, plain_text(note, limit=CELL_LIMIT), form)
