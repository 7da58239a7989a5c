"""A workbook that holds what is given and nothing that is run: texts stay texts, bytes the same."""

from __future__ import annotations

import contextlib
import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from reports.safe_text import plain_text

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from xlsxwriter.workbook import Workbook

CELL_LIMIT: Final = 2_000
"""Characters of one cell; Excel takes 32,767, and nobody reads so many."""

MOST_ROWS: Final = 1_000_000
"""Rows of one sheet; Excel has 1,048,576. What is left out is said on 说明."""

HEAD_FILL: Final = "#D9E2EC"
RULE: Final = "#D0D0D0"

_MADE: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - Excel knows no time zones
"""Stands as the date of every workbook, so that the same results give the same bytes."""


@contextlib.contextmanager
def open_workbook(content: io.BytesIO, **properties: str) -> Iterator[Workbook]:
    """
    A workbook that is written into `content` when the block ends.

    Parameters
    ----------
    content
        Empty.
    properties
        Of the document: "title", "author", "comments".
    """
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(content, settings) as book:
        book.set_properties({**properties, "created": _MADE})
        yield book


def is_number(value: Any) -> bool:  # noqa: ANN401 - a cell holds anything
    """Whether a cell is written as a number: finite, and no flag."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def cell_text(value: object) -> str:
    """One line of text that a cell can hold; "" for None and NaN."""
    return plain_text(value, limit=CELL_LIMIT)


def shown_width(text: str) -> int:
    """Columns of a sheet that a text takes; Chinese characters are two wide."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))
