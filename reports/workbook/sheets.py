"""Sheets as data: columns with unit, meaning and number format, then the writing of one.

Numbers are written as they are and only shown short; a share that has not reached its target is
never shown as if it had (`number_format`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from reports.target_figures import FILLS
from reports.workbook.opening import (
    HEAD_FILL,
    MOST_ROWS,
    RULE,
    cell_text,
    is_number,
    shown_width,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "whole", "percent", "minutes", "number", "year"]

VERDICT_FILLS: Final[Mapping[str, str]] = {
    **FILLS,
    "无法判断": FILLS["数据不足"],
    "已覆盖": FILLS["达标"], "未覆盖": FILLS["未达标"],
    "结论可靠": FILLS["达标"], "结论存疑": FILLS["尚未到期"],
    "新增覆盖": FILLS["达标"], "失去覆盖": FILLS["未达标"],
    "新增": FILLS["达标"], "撤并": FILLS["未达标"],
}  # fmt: skip
"""Word of a cell -> its fill; the word stands in the cell, the colour only helps to find it."""

_DECIMALS: Final[Mapping[Kind, int]] = {"whole": 0, "percent": 1, "minutes": 1, "number": 0}
_MOST_DECIMALS: Final = 6
_NOISE: Final = 1e-9
_NARROWEST: Final = 8
_WIDEST: Final = 40
_LOOKED_AT: Final = 300
_HEAD_WIDTH: Final = 14
_LINE_HEIGHT: Final = 15.0
_MOST_LINES: Final = 6
_PAGE_WIDTH: Final = 230
"""Characters beside each other on a printed page that can still be read."""


@dataclass(frozen=True, eq=False)
class SheetColumn:
    """
    A column of a sheet, with n cells.

    Parameters
    ----------
    title
        Chinese name.
    cells
        Shape (n,): text, numbers, None or NaN where nothing is known, `inf` where not reached.
    kind
        How it is shown: "text", "whole" numbers, "percent" of a share in [0, 1], "minutes",
        "number" (as many decimals as it takes) or "year".
    unit
        Chinese unit; "" where there is none.
    meaning
        What it says, for the sheet 说明.
    group
        What stands above it and its neighbours of the same group; "" for nothing.
    beside
        One number or shape (n,): what a cell must not look equal to unless it is.
    endless
        Word for `inf`.
    """

    title: str
    cells: Sequence[Any]
    kind: Kind = "text"
    unit: str = ""
    meaning: str = ""
    group: str = ""
    beside: float | Sequence[float] = math.nan
    endless: str = "到不了"

    @property
    def header(self) -> str:
        """Title with its unit."""
        return f"{self.title}（{self.unit}）" if self.unit else self.title

    @cached_property
    def width(self) -> int:
        """Characters: as wide as the first cells need, the head broken into lines."""
        usual = min(shown_width(self.header) + 4, _HEAD_WIDTH)
        if self.kind != "text":
            return max(usual, _NARROWEST + 2)
        widest = max(
            (shown_width(cell_text(one)[:_WIDEST]) for one in self.cells[:_LOOKED_AT]
             if isinstance(one, str)),
            default=0,
        )  # fmt: skip
        return min(max(widest + 3, usual, _NARROWEST), _WIDEST)

    def beside_of(self, row: int) -> float:
        """What the cell of a row must not look equal to."""
        return self.beside[row] if isinstance(self.beside, Sequence) else self.beside


@dataclass(frozen=True, eq=False)
class ResultSheet:
    """
    A sheet with one table.

    Parameters
    ----------
    name
        At most 31 characters.
    about
        What a row is, for the sheet 说明.
    recipe
        How the numbers are made, for the same.
    columns
        All of one length.
    fixed
        Columns on the left that stay while one scrolls.
    below
        Pairs of column titles (share, target): the first is coloured where it is below the other.
    """

    name: str
    about: str
    recipe: str
    columns: tuple[SheetColumn, ...]
    fixed: int = 1
    below: tuple[tuple[str, str], ...] = field(default=())

    @property
    def rows(self) -> int:
        """Rows of the table, without its head."""
        return len(self.columns[0].cells)

    @property
    def head_row(self) -> int:
        """Row of the titles, from 0: below the groups where there are any."""
        return 1 if any(column.group for column in self.columns) else 0

    def at(self, title: str) -> int:
        """Place of the first column of that title."""
        return next(at for at, one in enumerate(self.columns) if one.title == title)


def number_format(value: float, *, kind: Kind, beside: float = math.nan) -> str:
    """
    The format of a number that does not round it to what it has not reached.

    Parameters
    ----------
    value
        Finite.
    kind
        Of its column.
    beside
        What it must not look equal to unless it is; for a percent, 1 as well.

    Examples
    --------
    >>> number_format(0.83251, kind="percent"), number_format(0.99996, kind="percent")
    ('0.0%', '0.000%')
    >>> number_format(15.01, kind="minutes", beside=15.0), number_format(7.5, kind="number")
    ('#,##0.00', '#,##0.0')
    """
    if kind == "year":
        return "0"
    times = 100.0 if kind == "percent" else 1.0
    bounds = [beside * times, *([100.0] if kind == "percent" else [])]
    shown = value * times
    decimals = _DECIMALS.get(kind, 0)
    for decimals in range(_DECIMALS.get(kind, 0), _MOST_DECIMALS + 1):
        rounded = round(shown, decimals)
        # a plain number keeps three figures
        exact = kind != "number" or abs(rounded - shown) <= abs(shown) / 1000
        if exact and all(_is_told_apart(shown, rounded, bound) for bound in bounds):
            break
    places = f".{'0' * decimals}" if decimals else ""
    return f"0{places}%" if kind == "percent" else f"#,##0{places}"


def _is_told_apart(shown: float, rounded: float, bound: float) -> bool:
    is_same = math.isclose(shown, bound, rel_tol=_NOISE, abs_tol=_NOISE)
    return is_same or math.isnan(bound) or rounded != round(bound, _MOST_DECIMALS)


class SheetWriter:
    """
    Writes sheets into a workbook; formats are made once.

    Parameters
    ----------
    book
        Open.
    foot
        What stands at the foot of every printed page; "" for the page numbers alone.
    """

    def __init__(self, book: Workbook, *, foot: str = "") -> None:
        self.book = book
        self._foot = foot
        self._forms: dict[tuple[tuple[str, object], ...], Format] = {}

    def form(self, **wanted: object) -> Format:
        """The format of those properties."""
        key = tuple(sorted(wanted.items()))
        if key not in self._forms:
            self._forms[key] = self.book.add_format(wanted)
        return self._forms[key]

    def head_form(self) -> Format:
        """The format of heads."""
        return self.form(
            bold=True, bg_color=HEAD_FILL, border=1, align="center", valign="vcenter",
            text_wrap=True,
        )  # fmt: skip

    def write(self, result: ResultSheet) -> Worksheet:
        """Write one table as a sheet: heads that stay, filters, colours, print setup."""
        sheet = self.book.add_worksheet(result.name)
        self._write_head(sheet, result)
        first = result.head_row + 1
        for at, column in enumerate(result.columns):
            self._write_cells(sheet, at, column, first=first)
        last = max(first, first + min(result.rows, MOST_ROWS) - 1)
        self._settle_rows(sheet, result, first=first)
        self._colour(sheet, result, first=first, last=last)
        sheet.freeze_panes(first, result.fixed)
        sheet.autofilter(result.head_row, 0, last, len(result.columns) - 1)
        pages = math.ceil(sum(one.width for one in result.columns) / _PAGE_WIDTH)
        self.settle_page(sheet, pages=pages)
        sheet.repeat_rows(0, result.head_row)
        if pages > 1:
            sheet.repeat_columns(0, result.fixed - 1)
        return sheet

    def settle_page(self, sheet: Worksheet, *, pages: int = 1) -> None:
        """A4 landscape, so many pages wide, with name and number of the page."""
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(pages, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        # "&" begins a code in a footer
        told = cell_text(self._foot)[:200].replace("&", "＆")
        sheet.set_footer(f"&L&8{told}&C&8&A&R&8第 &P 页，共 &N 页")

    def _write_head(self, sheet: Worksheet, result: ResultSheet) -> None:
        head = self.head_form()
        lines = 1
        for at, column in enumerate(result.columns):
            width = column.width
            title = cell_text(column.header)
            lines = max(lines, math.ceil(shown_width(title) / max(width - 3, 1)))
            sheet.set_column(at, at, width)
            sheet.write_string(result.head_row, at, title, head)
        sheet.set_row(result.head_row, _LINE_HEIGHT * min(lines, 5) + 3)
        if result.head_row:
            at = 0
            for group, columns in groupby(result.columns, key=lambda one: one.group):
                count = len(list(columns))
                title = cell_text(group)
                if count == 1 or not title:
                    for place in range(at, at + count):
                        sheet.write_string(0, place, title, head)
                else:
                    sheet.merge_range(0, at, 0, at + count - 1, "", head)
                    sheet.write_string(0, at, title, head)
                at += count
            sheet.set_row(0, _LINE_HEIGHT + 3)

    def _write_cells(self, sheet: Worksheet, at: int, column: SheetColumn, *, first: int) -> None:
        cell: dict[str, object] = {"border": 1, "border_color": RULE, "valign": "top"}
        text = self.form(**cell, text_wrap=True, quote_prefix=True, indent=1)
        forms: dict[str, Format] = {}
        for row, value in enumerate(column.cells[:MOST_ROWS]):
            plain = _plain(value)
            if is_number(plain):
                shown = number_format(plain, kind=column.kind, beside=column.beside_of(row))
                if shown not in forms:
                    forms[shown] = self.form(**cell, num_format=shown)
                sheet.write_number(first + row, at, plain, forms[shown])
            elif isinstance(plain, float) and math.isinf(plain):
                sheet.write_string(first + row, at, column.endless, text)
            elif told := cell_text(plain):
                sheet.write_string(first + row, at, told, text)
            else:
                sheet.write_blank(first + row, at, None, text)

    def _settle_rows(self, sheet: Worksheet, result: ResultSheet, *, first: int) -> None:
        """Rows as high as their longest text; not every program works that out by itself."""
        lines = np.ones(min(result.rows, MOST_ROWS), dtype=int)
        for column in result.columns:
            # a column as wide as its texts takes them in one line
            room = max(column.width * 0.9, column.width - 3 if column.width < _WIDEST else 0)
            for row, value in enumerate(column.cells[:MOST_ROWS]):
                if isinstance(value, str) and len(value) * 2 > room:
                    lines[row] = max(lines[row], math.ceil(shown_width(cell_text(value)) / room))
        for row in np.flatnonzero(lines > 1):
            high = _LINE_HEIGHT * min(int(lines[row]), _MOST_LINES)
            sheet.set_row(first + int(row), high)

    def _colour(self, sheet: Worksheet, result: ResultSheet, *, first: int, last: int) -> None:
        for at, column in enumerate(result.columns):
            if column.kind != "text":
                continue
            words = {one for one in column.cells if isinstance(one, str) and one in VERDICT_FILLS}
            for word in sorted(words):
                fill = self.form(bg_color=VERDICT_FILLS[word])
                rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": fill}
                sheet.conditional_format(first, at, last, at, rule)
        short, enough = (self.form(bg_color=FILLS[word]) for word in ("未达标", "达标"))
        for share, target in result.below:
            value, aim = (xl_col_to_name(result.at(title)) for title in (share, target))
            asked = f"AND(ISNUMBER(${value}{first + 1}),ISNUMBER(${aim}{first + 1})"
            for sign, fill in (("<", short), (">=", enough)):
                rule = {
                    "type": "formula", "format": fill,
                    "criteria": f"={asked},${value}{first + 1}{sign}${aim}{first + 1})",
                }  # fmt: skip
                at = result.at(share)
                sheet.conditional_format(first, at, last, at, rule)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell holds anything
    """A cell as Python has it: NumPy's numbers as numbers, what is missing as None."""
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or value is pd.NA or value is pd.NaT else value
