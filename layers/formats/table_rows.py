"""Rows of text, from whatever file, as a table: header found, nothing passed over in silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pandas as pd

from coverage.errors import SourceError
from layers.columns.caption_units import units_stated
from layers.formats.header_rows import (
    find_header,
    header_at,
    is_number,
    repeated_block,
    unique_names,
    units_in,
)
from layers.formats.limits import MOST_CELLS, MOST_COLUMNS, MOST_ROWS
from layers.tables import MergedNumber, SourceTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layers.formats.header_rows import Header, Span

_TOTAL: Final = re.compile(r".{0,12}(合计|总计|小计|共计|总和)|合\s*计|总\s*计|小\s*计")
_NOTE: Final = re.compile(r"\s*(注|备注|说明|附注|数据来源|资料来源|填表|填报|制表|审核|单位负责)")
_MOST_SHOWN: Final = 5
_LONGEST_SHOWN: Final = 40


def as_table(
    name: str,
    rows: Sequence[list[str]],
    numbers: Sequence[int],
    *,
    header_row: int | None = None,
    spans: Sequence[Span] = (),
    remarks: Sequence[str] = (),
) -> SourceTable:
    """
    A table out of its rows, with the column names from the header that it has.

    Rows of totals and notes stay rows; the remarks say which they are.

    Parameters
    ----------
    name
        File name, as messages name it.
    rows
        Rows with content only, each as long as it was written.
    numbers
        Number of each row, as the planner sees it.
    header_row
        Number of the row that holds the column names; None: found out.
    spans
        Merged cells, rows by position in `rows`.
    remarks
        What was remarked before; stands first.

    Raises
    ------
    SourceError
        If there are no rows, no such header row, or rows with more content than the header has
        columns.
    """
    if not rows:
        msg = f"表格「{name}」是空的，没有表头也没有记录。请检查文件。"
        raise SourceError(msg)
    header = _header(name, rows, numbers, header_row, spans)
    named = list(header.names)
    stated = units_stated(rows[: header.top])
    found = [*remarks, *_above(rows, numbers, header, stated)]
    below = header.bottom + 1
    units = units_in(rows[below]) if below < len(rows) else {}
    if units and max(units) < len(named):
        named = [_with_unit(text, units.get(place)) for place, text in enumerate(named)]
        found.append(f"第 {numbers[below]} 行是计量单位，已写进列名。")
        below += 1
    _check_widths(name, rows[below:], numbers[below:], width=len(named))
    rest = len(rows) - below
    check_size(name, rows=rest, columns=len(named), cells=rest * len(named))
    _check_spans(name, spans, most=len(rows) * max(map(len, rows)))
    records, filled = _filled_down(rows, spans, below)
    if filled:
        found.append(f"有 {filled} 处向下合并的单元格，其中的文字已填入每一行。")
    columns = _columns(records, len(named))
    unique = unique_names(named)
    merged = _merged_numbers(rows, numbers, spans, below, unique)
    found += _merged_remarks(merged)
    kept = [place for place, text in enumerate(named) if text or _filled(columns[place])]
    found += _name_remarks([named[place] for place in kept], [unique[place] for place in kept])
    found += _header_of_numbers(named, columns, numbers[header.bottom])
    found += _totals(rows[below:], numbers[below:])
    cells = pd.DataFrame(
        {unique[place]: columns[place] for place in kept}, index=range(rest), dtype=str
    )
    return SourceTable(
        name,
        cells,
        tuple(numbers[below:]),
        remarks=tuple(found),
        caption_units=stated,
        merged_numbers=tuple(merged),
        side_by_side=_side_by_side(name, named, columns),
    )


def check_file_size(path: Path, most: int) -> None:
    """
    Refuse a file that is larger than what is read of its kind.

    Raises
    ------
    SourceError
        If it has more than `most` bytes.
    """
    size = path.stat().st_size
    if size > most:
        msg = (
            f"「{path.name}」有 {size / 2**20:,.0f} MB，超过 {most / 2**20:,.0f} MB 的上限。"
            "请分成几个文件。"
        )
        raise SourceError(msg)


def check_size(name: str, *, rows: int, columns: int, cells: int) -> None:
    """
    Refuse a table with too many rows, columns or cells.

    Parameters
    ----------
    name
        File name, as messages name it.
    rows, columns, cells
        As many as were found so far.

    Raises
    ------
    SourceError
        If one of them is above its limit.
    """
    if rows > MOST_ROWS:
        msg = f"表格「{name}」超过 {MOST_ROWS:,} 行的上限，没有读入。请分成几个文件。"
        raise SourceError(msg)
    if columns > MOST_COLUMNS:
        msg = f"表格「{name}」超过 {MOST_COLUMNS:,} 列的上限，没有读入。请删去不用的列。"
        raise SourceError(msg)
    if cells > MOST_CELLS:
        msg = f"表格「{name}」超过 {MOST_CELLS:,} 个单元格的上限，没有读入。请分成几个文件。"
        raise SourceError(msg)


def listed(numbers: Sequence[int]) -> str:
    """Row numbers as a sentence has them: "第 3、5 行", and how many where they are many."""
    shown = "、".join(f"{number}" for number in numbers[:_MOST_SHOWN])
    more = f" 等 {len(numbers)} " if len(numbers) > _MOST_SHOWN else " "
    return f"第 {shown}{more}行"


def shown(text: str) -> str:
    """A cell that fits into a sentence."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[: _LONGEST_SHOWN - 1]}…"


def _header(
    name: str,
    rows: Sequence[list[str]],
    numbers: Sequence[int],
    header_row: int | None,
    spans: Sequence[Span],
) -> Header:
    if header_row is None:
        return header_at(rows, find_header(rows), spans=spans)
    if header_row not in numbers:
        msg = f"表格「{name}」的第 {header_row} 行没有内容，不能作表头。请改填表头所在的行号。"
        raise SourceError(msg)
    return header_at(rows, numbers.index(header_row), spans=spans, upwards=False)


def _above(
    rows: Sequence[list[str]], numbers: Sequence[int], header: Header, stated: Sequence[str]
) -> list[str]:
    found = []
    if header.top:
        skipped = [
            f"第 {number} 行“{shown(' '.join(cell for cell in row if cell.strip()))}”"
            for number, row in zip(numbers[: header.top], rows, strict=False)
        ]
        found.append(
            f"表头在第 {numbers[header.top]} 行；其上 {header.top} 行没有作为记录读入"
            f"（{'；'.join(skipped)}）。"
        )
    if stated:
        found.append(
            f"表头上方写明单位“{'、'.join(stated)}”，没有写单位的同类数字列按它读。请核对单位。"
        )
    if header.bottom > header.top:
        example = next((text for text in header.names if " / " in text), "")
        found.append(
            f"表头占 {header.bottom - header.top + 1} 行，上下两级的列名已合在一起"
            f"（如“{shown(example)}”）。"
            if example
            else f"表头占 {header.bottom - header.top + 1} 行。"
        )
    return found


def _with_unit(name: str, unit: str | None) -> str:
    return f"{name}（{unit}）" if name and unit and unit not in name else name


def _check_widths(
    name: str, rows: Sequence[list[str]], numbers: Sequence[int], *, width: int
) -> None:
    # Excel pads lines with empty cells, which say nothing; more content than columns does.
    wide = [
        number
        for row, number in zip(rows, numbers, strict=True)
        if len(row) > width and any(cell.strip() for cell in row[width:])
    ]
    if wide:
        msg = (
            f"表格「{name}」有 {len(wide)} 行的列数多于表头"
            f"（表头 {width} 列，首个在第 {wide[0]} 行）。"
            "单元格里若有逗号，请给单元格加英文双引号。"
        )
        raise SourceError(msg)


def _check_spans(name: str, spans: Sequence[Span], *, most: int) -> None:
    """Refuse merged cells that lie on one another, as no program writes them: each is filled."""
    if sum(last - first + 1 for first, _, last, _ in spans) > most:
        msg = (
            f"表格「{name}」里合并的单元格互相重叠，可能已损坏。"
            "请在 Excel 或 WPS 里取消合并后另存再试。"
        )
        raise SourceError(msg)


def _filled_down(
    rows: Sequence[list[str]], spans: Sequence[Span], below: int
) -> tuple[list[list[str]], int]:
    """
    The rows from `below` on with the text of cells merged downwards in each row, and how many.

    Numbers are not repeated: a population in a merged cell is one for all of its rows.
    """
    records = list(rows[below:])
    filled, own = 0, set()
    for first, left, last, _ in spans:
        if last > first >= below and left < len(rows[first]):
            text = rows[first][left].strip()
            if text and not is_number(text):
                filled += 1
                for place in range(first + 1 - below, last + 1 - below):
                    if place not in own:
                        own.add(place)
                        records[place] = list(records[place])
                    records[place][left : left + 1] = [text]
    return records, filled


def _merged_numbers(
    rows: Sequence[list[str]],
    numbers: Sequence[int],
    spans: Sequence[Span],
    below: int,
    names: Sequence[str],
) -> list[MergedNumber]:
    return [
        MergedNumber(names[left], numbers[first], numbers[last])
        for first, left, last, _ in sorted(spans)
        if last > first >= below and left < min(len(rows[first]), len(names))
        if is_number(rows[first][left])
    ]


def _merged_remarks(merged: Sequence[MergedNumber]) -> list[str]:
    if not merged:
        return []
    places = [f"“{one.column}”第 {one.first}—{one.last} 行" for one in merged]
    more = f" 等 {len(places)} 处" if len(places) > _MOST_SHOWN else ""
    where = "、".join(places[:_MOST_SHOWN])
    text = (
        f"有 {len(merged)} 处数字写在向下合并的单元格里（{where}{more}），"
        "数只读在首行，其余各行为空。请取消合并，分行填写。"
    )
    return [text]


def _side_by_side(name: str, named: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    """Why the rows must not be used, where a second table with content stands on the right."""
    block = repeated_block(named)
    places = [place for place, text in enumerate(named) if text]
    if not block or not any(map(_filled, (columns[at] for at in places[len(block) :]))):
        return ""
    return (
        f"表格「{name}」像是两张表左右并排：表头里“{shown('、'.join(block))}”重复出现，"
        "右边的记录会丢失。请把右边的记录移到左边的下方，合成一张表后重试。"
    )


def _columns(rows: Sequence[list[str]], width: int) -> list[list[str]]:
    whole = [row if len(row) == width else row[:width] + [""] * (width - len(row)) for row in rows]
    return [list(column) for column in zip(*whole, strict=True)] or [[] for _ in range(width)]


def _filled(column: Sequence[str]) -> bool:
    return any(cell.strip() for cell in column)


def _name_remarks(named: Sequence[str], unique: Sequence[str]) -> list[str]:
    pairs = list(zip(named, unique, strict=True))
    repeats = [f"“{shown(new)}”" for name, new in pairs if name and name != new]
    without = [f"“{shown(new)}”" for name, new in pairs if not name]
    found = []
    if repeats:
        found.append(f"表头有重复的列名，后面的列改称{'、'.join(repeats[:_MOST_SHOWN])}。")
    if without:
        found.append(f"有 {len(without)} 列没有列名，称作{'、'.join(without[:_MOST_SHOWN])}。")
    return found


def _header_of_numbers(
    named: Sequence[str], columns: Sequence[Sequence[str]], number: int
) -> list[str]:
    first = next(
        (
            name
            for name, column in zip(named, columns, strict=True)
            if "." in name and is_number(name) and all(map(is_number, column[:_MOST_SHOWN]))
        ),
        None,
    )
    if first is None:
        return []
    return [f"第 {number} 行作为表头，但像是记录（有数字“{shown(first)}”）。请检查文件有没有表头。"]


def _totals(rows: Sequence[list[str]], numbers: Sequence[int]) -> list[str]:
    found: list[tuple[int, str]] = []
    for row, number in zip(rows, numbers, strict=True):
        first = next(cell for cell in row if cell.strip())
        text = first.strip()
        is_note = _NOTE.match(text) and (len(row) == 1 or sum(map(bool, row)) == 1)
        if is_note or _TOTAL.fullmatch(text):
            found.append((number, text))
    if not found:
        return []
    where, first = listed([number for number, _ in found]), shown(found[0][1])
    return [f"{where}像是合计或附注（首个：“{first}”），检查时会放在一边，不当作一处。"]
