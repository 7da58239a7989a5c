"""Rows of a table that are no records: totals, headers said again, notes, a template's example."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from coverage.errors import Problem
from layers.formats.header_rows import is_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.tables import SourceTable

EXAMPLE_MARK: Final = "示例，填报前请删除"
"""Stands in the example row of the templates (`reports.templates`)."""

NAMING: Final = ("id", "name", "township", "village", "address", "county")
"""Columns in which offices write that a row is a total."""

_TAIL: Final = r"[:：]?(?:\([^()]{0,15}\))?"
_TOTALS: Final = re.compile(
    rf"(?:.*(?:合计|小计|总计)|.{{0,12}}?(?:共计|累计|总数)){_TAIL}|(?:total|sum)s?"
)
_FIRST_LETTERS: Final = frozenset("tsｔｓ")
_LONGEST: Final = 40

_NOTE: Final = re.compile(
    r"(?:附?注|备注|说明|数据来源|资料来源|填表|填报|制表|审核|单位负责)[^:：]{0,8}[:：]"
    r"|附?注\d*[、.．\s]"
)
_LABELLED: Final = re.compile(r"[^:：]{1,12}[:：]")
_NUMBERED: Final = re.compile(r"_\d+$")
_FEWEST_NAMES: Final = 2


class Filler(NamedTuple):
    """
    One row that is no record.

    Parameters
    ----------
    check
        Code in `layers.checks.catalogue.CHECKS`.
    said
        What it is, in Chinese.
    column
        Column of the file that tells; "" where the whole row does.
    """

    check: str
    said: str
    column: str = ""


def filler_rows(table: SourceTable, columns: Mapping[str, str]) -> dict[int, Filler]:
    """
    Rows that are no records, each by what it is first.

    Parameters
    ----------
    table
        With n rows.
    columns
        Our names -> columns of the file.

    Returns
    -------
    fillers
        Position -> what the row is, in the order of rows.
    """
    found: dict[int, Filler] = {}
    for at, name in example_rows(table, columns).items():
        found.setdefault(at, Filler("example_row", "模板里的示例行，不是一处", name))
    for at in header_rows(table, columns):
        found.setdefault(at, Filler("header_row", "与表头相同的行，不是一处"))
    for at in note_rows(table, columns):
        found.setdefault(at, Filler("note_row", "附注行，不是一处"))
    for at in empty_rows(table, columns):
        found.setdefault(at, Filler("empty_row", "这一行没有内容"))
    for at in totals_rows(table, columns):
        found.setdefault(at, Filler("totals_row", "合计行，不是一处"))
    return dict(sorted(found.items()))


def filler_problems(table: SourceTable, fillers: Mapping[int, Filler]) -> list[Problem]:
    """
    What is wrong with these rows where none is set aside: they would count as real ones.

    Parameters
    ----------
    table
        With n rows.
    fillers
        As `filler_rows` gives them; rows without content have their own problems.
    """
    return [
        Problem(table.rows[at], one.column, "", f"{one.said}，请整行删去")
        for at, one in fillers.items()
        if one.check != "empty_row"
    ]


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
    texts = _cells(table, columns).values()
    return [at for at, cells in enumerate(zip(*texts, strict=True)) if not any(cells)]


def example_rows(table: SourceTable, columns: Mapping[str, str]) -> dict[int, str]:
    """
    Positions of rows left over from a template, and the column in which its mark stands.

    Parameters
    ----------
    table
        With n rows.
    columns
        Our names -> columns of the file; the mark may stand in any of them.
    """
    found: dict[int, str] = {}
    for name, cells in _cells(table, columns).items():
        for at, text in enumerate(cells):
            if EXAMPLE_MARK in text:
                found.setdefault(at, name)
    return found


def header_rows(table: SourceTable, columns: Mapping[str, str]) -> list[int]:
    """
    Positions of rows that say the header again, as each page of a printed table does.

    Parameters
    ----------
    table
        With n rows.
    columns
        Our names -> columns of the file; every filled cell of them holds its column's name.
    """
    cells = _cells(table, columns)
    needed = min(_FEWEST_NAMES, len(cells))
    alike, filled = [0] * len(table), [0] * len(table)
    for name, texts in cells.items():
        spellings = _spellings(name)
        for at, text in enumerate(texts):
            filled[at] += bool(text)
            alike[at] += text in spellings
    return [
        at
        for at, (same, content) in enumerate(zip(alike, filled, strict=True))
        if same == content >= needed > 0
    ]


def note_rows(table: SourceTable, columns: Mapping[str, str]) -> list[int]:
    """
    Positions of notes below a table: "注：…", "填表人：… 审核人：…".

    Parameters
    ----------
    table
        With n rows.
    columns
        Our names -> columns of the file. A row with a number in one of them, or with any cell
        that is no "label：value", is none.
    """
    likely = [at for at, text in enumerate(_first_filled(table)) if _NOTE.match(text)]
    mapped = list(dict.fromkeys(columns.values()))
    found = []
    for at in likely:
        row = table.cells.iloc[at].str.strip()
        filled = [text for text in row if text]
        labelled = all(_LABELLED.match(text) for text in filled[1:])
        if labelled and not any(is_number(text) for text in row[mapped] if text):
            found.append(at)
    return found


def totals_rows(table: SourceTable, columns: Mapping[str, str]) -> list[int]:
    """
    Positions of rows that add up others: 合计, 云岫镇小计, 合计（3个村） …

    Parameters
    ----------
    table
        With n rows; the first filled cell of a row may tell too, mapped or not.
    columns
        May map `NAMING` to columns of the file.
    """
    naming = {key: columns[key] for key in NAMING if key in columns}
    looked_at = [*_cells(table, naming).values(), _first_filled(table)]
    return sorted({at for texts in looked_at for at, text in enumerate(texts) if is_total(text)})


def is_total(text: str) -> bool:
    """
    Whether a text names a total, blanks within it aside.

    Examples
    --------
    >>> [is_total(text) for text in ("合 计", "城关镇小计", "合计（3个村）", "总计村", "Total", "")]
    [True, True, True, False, True, False]
    """
    # Most names are none, and need no look at every character.
    if "计" not in text and "总" not in text and text[:1].lower() not in _FIRST_LETTERS:
        return False
    if len(text) > _LONGEST:  # no total has a name so long
        return False
    plain = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    return _TOTALS.fullmatch(plain) is not None


def _cells(table: SourceTable, columns: Mapping[str, str]) -> dict[str, list[str]]:
    """The cells of each mapped column once, by its name in the file."""
    return {name: list(table.column(name)) for name in dict.fromkeys(columns.values())}


def _first_filled(table: SourceTable) -> list[str]:
    """The first cell with content of each row; "" where there is none."""
    first = [""] * len(table)
    open_rows = list(range(len(table)))
    for name in table.cells.columns:
        texts = table.cells[name].to_numpy(dtype=object)
        for at in open_rows:
            first[at] = texts[at].strip()
        open_rows = [at for at in open_rows if not first[at]]
        if not open_rows:
            break
    return first


def _spellings(name: str) -> set[str]:
    """How a header may be written where it stands again: without the unit or group put to it."""
    plain = _NUMBERED.sub("", name)
    parts = plain.split(" / ")
    return {name, plain, *parts, *(part.rsplit("（", 1)[0] for part in parts)} - {""}
