"""填报表: the sheet that an office fills in, and the hidden sheet with the words of its drop-downs.

The header is the first row and records begin right below the example; what has to be said of a
column stands in notes and hints on the cells, because a line of remarks would be read as a record.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_range_abs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from reports.forms.columns import FormColumn

ENTRY_SHEET: Final = "填报表"

CHOICES_SHEET: Final = "选项"

LAST_ROW: Final = 50_000
"""Rows that are checked while they are typed; as many as the largest list that is expected."""

FONT: Final = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}

HEAD_FILLS: Final = {True: "#FCE4D6", False: "#D9E2EC"}
"""Fill of a header by whether the column must be filled; the asterisk says the same."""

_GREY: Final = {"font_color": "#7F7F7F", "bg_color": "#EDEDED", "italic": True}

_NUMBER_FORMATS: Final = {"text": "@", "whole": "0", "decimal": "General", "degrees": "0.000000"}
""""@" keeps the zeros in front of a code, and a text that begins with "=" a text."""

_CRITERIA: Final = {
    "text": "length",
    "whole": "integer",
    "decimal": "decimal",
    "degrees": "decimal",
}

_WIDTHS: Final = (12, 36)
"""Narrowest and widest column, in characters of a digit's width."""

_HEAD_HEIGHT: Final = 36
_COMMENT_WIDTH: Final = 260
_COMMENT_LINE: Final = 18
_A4: Final = 9

_SIGNATURE: Final = (
    "&L填报单位（盖章）：&C填报人：　　　　　　联系电话：　　　　　　&R填报日期：　　年　　月　　日"
)


def write_entry_sheet(
    book: Workbook, columns: Sequence[FormColumn], *, title: str, mark: str
) -> None:
    """
    Write the sheet to fill in: header, example row, checks.

    Parameters
    ----------
    book
        The workbook; gets a new sheet.
    columns
        From left to right; the first holds the name.
    title
        What the office calls the table; stands on the printed page.
    mark
        Stands before the name in the example row.
    """
    sheet = book.add_worksheet(ENTRY_SHEET)
    examples = {
        one: book.add_format({**FONT, **_GREY, "num_format": form})
        for one, form in _NUMBER_FORMATS.items()
    }
    heads = {
        required: book.add_format(
            {**FONT, "bold": True, "bg_color": fill, "border": 1, "text_wrap": True,
             "align": "center"}
        )
        for required, fill in HEAD_FILLS.items()
    }  # fmt: skip
    bodies = {
        one: book.add_format({**FONT, "num_format": form}) for one, form in _NUMBER_FORMATS.items()
    }
    for at, column in enumerate(columns):
        shown = column.example if at else f"{mark}：{column.example}"
        sheet.set_column(at, at, _width(column.header, shown), bodies[column.content])
        sheet.write_string(0, at, column.header, heads[column.required])
        sheet.write_comment(0, at, note_on(column), _comment(note_on(column)))
        _write_example(sheet, at, shown, examples[column.content])
        sheet.data_validation(1, at, LAST_ROW, at, _validation(column, columns))
    sheet.set_row(0, _HEAD_HEIGHT)
    sheet.freeze_panes(1, 1)
    set_up_page(sheet, f"&C&14{title}填报表&R第 &P 页　共 &N 页")
    sheet.set_footer(_SIGNATURE)
    sheet.repeat_rows(0)
    sheet.hide_gridlines(0)  # printed as well: the paper is filled in by hand at times


def write_choices(book: Workbook, columns: Sequence[FormColumn]) -> None:
    """
    Write the words of the drop-downs, a column each, on a hidden sheet.

    Parameters
    ----------
    book
        The workbook; gets a new sheet where there is a drop-down.
    columns
        Those of the sheet to fill in.
    """
    asked = _with_drop_down(columns)
    if not asked:
        return
    sheet = book.add_worksheet(CHOICES_SHEET)
    text = book.add_format({**FONT, "num_format": "@", "quote_prefix": True})
    for at, column in enumerate(asked):
        sheet.write_string(0, at, column.title, text)
        for row, word in enumerate(column.choices, start=1):
            sheet.write_string(row, at, word, text)
    sheet.hide()


def note_on(column: FormColumn) -> str:
    """What is said of a column: whether it must be filled, and what is to be written."""
    return f"{'【必填】' if column.required else '【选填】'}{column.meaning}"


def set_up_page(sheet: Worksheet, header: str) -> None:
    """Set a sheet up for A4 across, one page wide."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.9, bottom=0.8)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(header)


def text_width(text: str) -> int:
    """
    Width of a text in characters of a digit's width; Chinese ones count twice.

    Examples
    --------
    >>> text_width("床位（张）"), text_width("37.261350")
    (10, 9)
    """
    return sum(1 + (unicodedata.east_asian_width(one) in "WFA") for one in text)


def _with_drop_down(columns: Sequence[FormColumn]) -> list[FormColumn]:
    return [column for column in columns if column.choices]


def _write_example(sheet: Worksheet, at: int, shown: str | float | None, form: Format) -> None:
    if shown is None:
        sheet.write_blank(1, at, None, form)
    elif isinstance(shown, str):
        sheet.write_string(1, at, shown, form)
    else:
        sheet.write_number(1, at, shown, form)


def _width(header: str, shown: str | float | None) -> int:
    narrowest, widest = _WIDTHS
    # a header may break into two lines
    wanted = max(text_width(header) // 2, text_width("" if shown is None else str(shown))) + 3
    return min(max(wanted, narrowest), widest)


def _comment(text: str) -> dict[str, Any]:
    lines = -(-text_width(text) * 8 // _COMMENT_WIDTH) + 1
    return {
        "author": "", "x_scale": 1, "width": _COMMENT_WIDTH, "height": lines * _COMMENT_LINE,
        "font_name": FONT["font_name"], "font_size": 10,
    }  # fmt: skip


def _validation(column: FormColumn, columns: Sequence[FormColumn]) -> dict[str, Any]:
    """Hint of a column's cells, and what they may hold, as XlsxWriter wants it."""
    rule: dict[str, Any] = {"validate": "any"}
    if column.choices:
        at = _with_drop_down(columns).index(column)
        words = xl_range_abs(1, at, len(column.choices), at)
        rule = {"validate": "list", "source": f"='{CHOICES_SHEET}'!{words}"}
    elif column.limits is not None:
        low, high = column.limits
        rule = {
            "validate": _CRITERIA[column.content],
            "criteria": "between",
            "minimum": f"{low:.15g}",
            "maximum": f"{high:.15g}",
        }
    if column.refusal and rule["validate"] != "any":
        rule |= {
            "error_title": f"{column.title}填写有误",
            "error_message": column.refusal,
            "error_type": "stop" if column.choices_only else "warning",
        }
    return rule | {"input_title": column.title, "input_message": note_on(column)}
