"""Which row of a table holds the column names, and what the names are.

Statistical tables have a merged title above the header, group headings that span several columns,
and a row of units below. What is passed over here is told by `layers.formats.table_rows`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROWS_LOOKED_AT: Final = 20
"""How many rows with content from the top may be the header."""

_ROWS_BELOW: Final = 20
_STEADY_SHARE: Final = 0.8
_BEST_SHARE: Final = 0.5
_LONGEST_NAME: Final = 60
_MOST_HEADER_ROWS: Final = 4
_WIDEST_GROUP: Final = 0.6
_SMALLEST_BLOCK: Final = 2

_NUMBER: Final = re.compile(r"[+-]?[\d,，]*\.?\d+([eE][+-]?\d+)?[%‰]?|[+-]?\d+\.")
_DATE: Final = re.compile(r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ]\d{1,2}:\d{2}(:\d{2})?)?")
_YEAR: Final = re.compile(r"(19|20)\d\d")

_COUNTS: Final = "张 人 千人 万人 户 万户 个 处 所 家 名 岁 床 座 间 栋 辆 台 次 人次 万人次"
_MEASURES: Final = "米 公里 千米 m km 平方米 平方公里 平方千米 ㎡ m² km² m2 km2 亩 万亩 公顷 ha"
_OTHERS: Final = "元 万元 亿元 分钟 小时 天 年 度 ° % ‰ 人/平方公里 张/千人 公里/小时 元/月"

UNITS: Final = frozenset(f"{_COUNTS} {_MEASURES} {_OTHERS}".split())
"""What a row of units may hold."""

Span = tuple[int, int, int, int]
"""First row, first column, last row, last column of a merged cell, positions from 0."""


@dataclass(frozen=True)
class Header:
    """
    Where the column names stand, in positions among the rows with content.

    Parameters
    ----------
    top, bottom
        First and last row of the header; group headings stand above the names.
    names
        One for each column of the header, "" where it has none; not yet unique.
    """

    top: int
    bottom: int
    names: tuple[str, ...]


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """
    Position of the row that most looks like column names.

    Each of the first `ROWS_LOOKED_AT` rows is scored by the product of four shares: how many of
    the table's columns it fills (a title fills one), how many of its cells differ from one
    another (a title written into every cell does not), how many are short words and not numbers,
    dates or "label：value" (a year may name a column), and how many of its columns are steady
    below, that is, at least four fifths numbers or four fifths words; the last counts by a quarter.
    The *first* row with more than half of the best score is taken, so that a table of words only,
    where every row scores alike, keeps its first row, and so does a header with some columns
    unnamed.

    Parameters
    ----------
    rows
        Rows with content, in order; they may differ in length.

    Returns
    -------
    position
        From 0; 0 also where there are no rows.

    Examples
    --------
    >>> find_header([["卫生机构一览表", "", ""], ["名称", "床位", "经度"], ["甲", "5", "117.2"]])
    1
    >>> find_header([["名称", "2019", "2020"], ["甲", "5", "6"]])
    0
    """
    sample = rows[: ROWS_LOOKED_AT + _ROWS_BELOW]
    width = max((sum(map(bool, map(str.strip, row))) for row in sample), default=0)
    scores = [
        _score(row, sample[place + 1 : place + 1 + _ROWS_BELOW], width)
        for place, row in enumerate(sample[:ROWS_LOOKED_AT])
    ]
    best = max(scores, default=0.0)
    return next((place for place, score in enumerate(scores) if score > _BEST_SHARE * best), 0)


def header_at(
    rows: Sequence[Sequence[str]], place: int, *, spans: Sequence[Span] = (), upwards: bool = True
) -> Header:
    """
    The header that the row at `place` belongs to, with its group headings.

    Where merged cells are known they say how far the header reaches. Where they are not (CSV,
    .ods, .xlsb), the row below belongs to it only if every heading that is followed by empty
    cells has names below it and below those, and every other column is empty there.

    Parameters
    ----------
    rows
        Rows with content, in order.
    place
        A row of the header.
    spans
        Merged cells, rows by position in `rows`.
    upwards
        Whether rows above may belong to it; not where a planner has named its first row.

    Returns
    -------
    header
        With the names of several rows joined, "床位 / 编制".
    """
    wide = max((len(row) for row in rows[place : place + 2]), default=0)
    narrow = [span for span in spans if span[3] - span[1] + 1 <= _WIDEST_GROUP * max(wide, 2)]
    top = _top(rows, place, narrow, wide) if upwards else place
    bottom = _bottom(top, place, narrow, len(rows))
    joined = bottom > top
    if not joined and not spans and _has_names_below(rows, top):
        bottom, joined = top + 1, True
    filled = [list(row) for row in rows[top : bottom + 1]]
    for row in filled:
        row.extend([""] * (max(map(len, filled)) - len(row)))
    for span in narrow:
        _fill(filled, span, top)
    if joined and not spans:
        filled[0] = _carried(filled[0], filled[1])
    names = [_joined(column) for column in zip(*filled, strict=True)]
    return Header(top, bottom, tuple(names))


def units_in(row: Sequence[str]) -> dict[int, str]:
    """
    The units that a row below the header gives, by column; empty where it is no row of units.

    Parameters
    ----------
    row
        Its cells.

    Examples
    --------
    >>> units_in(["", "（张）", "平方米"])
    {1: '张', 2: '平方米'}
    >>> units_in(["甲村", "张"])
    {}
    """
    cells = {
        place: cell.strip().strip("()（）[]").strip()
        for place, cell in enumerate(row)
        if cell.strip() not in {"", "-", "—", "单位", "计量单位"}
    }
    return cells if cells and UNITS.issuperset(cells.values()) else {}


def repeated_block(names: Sequence[str]) -> tuple[str, ...]:
    """
    The names that a header says again from its first on, as where two tables stand side by side.

    Parameters
    ----------
    names
        As the header has them, not yet unique; "" where a column has none.

    Examples
    --------
    >>> repeated_block(["村名", "人口", "", "村名", "人口"])
    ('村名', '人口')
    >>> repeated_block(["村名", "人口", "户数", "人口", "户数"])
    ()
    """
    filled = [name for name in names if name]
    for place in range(_SMALLEST_BLOCK, len(filled) - _SMALLEST_BLOCK + 1):
        block = filled[:place]
        if filled[place : 2 * place] == block and len(set(block)) == place:
            return tuple(block)
    return ()


def is_number(cell: str) -> bool:
    """Whether a cell is written as a number, with or without thousands separators or a percent."""
    return len(cell) <= _LONGEST_NAME and _NUMBER.fullmatch(cell.strip()) is not None


def unique_names(names: Iterable[str]) -> list[str]:
    """
    Names of which no two are alike: repeats are numbered, and a column without a name is called
    by its place.

    Parameters
    ----------
    names
        As the header has them.

    Examples
    --------
    >>> unique_names(["名称", "人口", "名称", ""])
    ['名称', '人口', '名称_2', '第4列']
    """
    wanted = [name or f"第{place}列" for place, name in enumerate(names, start=1)]
    taken, seen, found = set(wanted), Counter(), []
    for name in wanted:
        seen[name] += 1
        new, number = name, seen[name]
        while number > 1 and (new := f"{name}_{number}") in taken:
            number += 1
        seen[name] = number
        taken.add(new)
        found.append(new)
    return found


def _score(row: Sequence[str], below: Sequence[Sequence[str]], width: int) -> float:
    cells = {place: cell.strip() for place, cell in enumerate(row) if cell.strip()}
    if not cells:
        return 0.0
    words = sum(_may_be_name(cell) for cell in cells.values())
    steady = sum(_is_steady(place, below) for place in cells)
    count = len(cells)
    return (
        (count / width) * (len(set(cells.values())) / count) * (words / count)
        * (3 + steady / count) / 4
    )  # fmt: skip


def _may_be_name(cell: str) -> bool:
    if _YEAR.fullmatch(cell):
        return True
    is_value = is_number(cell) or _DATE.fullmatch(cell) is not None
    return not is_value and "：" not in cell and len(cell) <= _LONGEST_NAME


def _is_steady(place: int, below: Sequence[Sequence[str]]) -> bool:
    cells = [row[place] for row in below if place < len(row) and row[place].strip()]
    numbers = sum(map(is_number, cells))
    return max(numbers, len(cells) - numbers) >= _STEADY_SHARE * len(cells)


def _top(rows: Sequence[Sequence[str]], place: int, spans: Sequence[Span], wide: int) -> int:
    top = place
    while top > 0 and place - top < _MOST_HEADER_ROWS - 1:
        crossing = any(first < top <= last for first, _, last, _ in spans)
        grouped = any(first == last == top - 1 and a < b for first, a, last, b in spans)
        if not crossing and not (grouped and _is_group_row(rows[top - 1], top - 1, spans, wide)):
            break
        top -= 1
    return top


def _is_group_row(row: Sequence[str], place: int, spans: Sequence[Span], wide: int) -> bool:
    filled = [cell for cell in row if cell.strip()]
    covered = sum(b - a for first, a, _, b in spans if first == place) + len(filled)
    return len(filled) > 1 and covered > _BEST_SHARE * wide and all(map(_may_be_name, filled))


def _bottom(top: int, place: int, spans: Sequence[Span], rows: int) -> int:
    bottom = place
    for row in range(top, top + _MOST_HEADER_ROWS):
        if row > bottom:
            break
        here = [span for span in spans if span[0] == row]
        bottom = max([bottom, *(last for _, _, last, _ in here)])
        if row == bottom and any(a < b for _, a, _, b in here):
            bottom = row + 1
    return min(bottom, top + _MOST_HEADER_ROWS - 1, rows - 1)


def _has_names_below(rows: Sequence[Sequence[str]], place: int) -> bool:
    if place + 2 >= len(rows):
        return False  # without a record below, the second row is the record
    above, below, record = ([cell.strip() for cell in row] for row in rows[place : place + 3])
    wide = max(len(above), len(below))
    above += [""] * (wide - len(above))
    below += [""] * (wide - len(below))
    if not above[0] or not all(_may_be_name(cell) for cell in below if cell):
        return False
    groups, alone = 0, 0
    for column, name in enumerate(above):
        opens = bool(name) and column + 1 < wide and not above[column + 1]
        inside = opens or not name
        if inside and any(below[column:]) and not below[column]:
            return False
        if not inside and below[column]:
            return False
        groups += opens and bool(below[column])
        alone += not inside and any(record[column : column + 1])
    return groups > 0 and alone > 0


def _fill(filled: list[list[str]], span: Span, top: int) -> None:
    """Write a merged cell into each of its columns; downwards its name is said once anyway."""
    first, left, _, right = span
    if top <= first < top + len(filled):
        row = filled[first - top]
        for column in range(left, min(right + 1, len(row))):
            row[column] = row[left]


def _carried(above: list[str], below: list[str]) -> list[str]:
    carried, name = [], ""
    for cell, under in zip(above, below, strict=True):
        name = cell or (name if under.strip() else "")
        carried.append(name)
    return carried


def _joined(column: Sequence[str]) -> str:
    parts: list[str] = []
    for cell in column:
        name = "".join(line.strip() for line in cell.splitlines())
        if name and name not in parts[-1:]:
            parts.append(name)
    return " / ".join(parts)
