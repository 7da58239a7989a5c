"""Rows of a table that are no records: totals, rows without content, a template's example."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.tables import SourceTable

EXAMPLE_MARK: Final = "示例，填报前请删除"
"""Begins the name of the example row in the templates (`reports.templates`)."""

_TOTALS: Final = re.compile(r".{0,12}?(合计|小计|总计|共计|累计|总数)[:：]?|(total|sum)s?")

_FIRST_LETTERS: Final = frozenset("tsｔｓ")


def empty_rows(table: SourceTable, columns: Mapping[str, str]) -> list[int]:
    """
    Positions of rows in which every mapped cell is empty.

    Parameters
    ----------
    table
        With n rows. A layer's shape is content too.
    columns
        Our names -> columns of the file.
    """
    if table.geometry is not None or not columns:
        return []
    texts = [list(table.column(name)) for name in dict.fromkeys(columns.values())]
    return [at for at, cells in enumerate(zip(*texts, strict=True)) if not any(cells)]


def example_rows(table: SourceTable, columns: Mapping[str, str]) -> list[int]:
    """
    Positions of rows left over from a template, by their name.

    Parameters
    ----------
    table
        With n rows.
    columns
        Our names -> columns of the file.
    """
    if "name" not in columns:
        return []
    return [
        at for at, text in enumerate(table.column(columns["name"])) if text.startswith(EXAMPLE_MARK)
    ]


def totals_rows(table: SourceTable, columns: Mapping[str, str]) -> list[int]:
    """
    Positions of rows that add up others: 合计, 小计, 全县总计 …, by their name or code.

    Parameters
    ----------
    table
        With n rows.
    columns
        May map "id" and "name" to columns of the file.
    """
    found: set[int] = set()
    for key in ("id", "name"):
        if key in columns:
            found |= {at for at, text in enumerate(table.column(columns[key])) if _is_total(text)}
    return sorted(found)


def _is_total(text: str) -> bool:
    """
    Whether a name is that of a total, blanks within it aside.

    Examples
    --------
    >>> [_is_total(text) for text in ("合 计", "城关镇小计", "总计村", "Total", "")]
    [True, True, False, True, False]
    """
    # Most names are none, and need no look at every character.
    if "计" not in text and "总" not in text and text[:1].lower() not in _FIRST_LETTERS:
        return False
    if len(text) > 40:  # noqa: PLR2004 - no total has a name so long
        return False
    plain = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    return _TOTALS.fullmatch(plain) is not None
