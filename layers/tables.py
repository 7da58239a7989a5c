"""Tables as the planner wrote them: text first, with the row numbers the planner sees.

Numbers are read later, column by column, so that "0012" stays a code and every cell that is
not a number is reported with its row.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.contracts import problem_message
from coverage.errors import InputError, Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import geopandas as gpd
    import numpy.typing as npt

LONGEST_CELL: Final = 20_000_000
"""Characters in one cell; a county's outline as text (WKT) has far more than the 131,072 that
Python's csv module allows by itself."""

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_NOT_FINITE: Final = {"nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}


@dataclass(frozen=True, eq=False)
class SourceTable:
    """
    A table or map layer as it was read, with n rows.

    Parameters
    ----------
    name
        File name, as messages name it.
    cells
        Shape (n, columns), text; "" where a cell is empty. Columns as in the file.
    rows
        Row numbers the planner sees: lines of a CSV (the header is line 1), feature numbers
        of a map layer (the first is 1).
    geometry
        Of a map layer, with its declared CRS or none; None for a plain table.
    unread_crs
        What the layer declares as its CRS where that is no known one; "" otherwise.
    remarks
        Chinese sentences on how it was read: which sheet, header row, encoding.
    """

    name: str
    cells: pd.DataFrame
    rows: tuple[int, ...]
    geometry: gpd.GeoSeries | None = None
    unread_crs: str = ""
    remarks: tuple[str, ...] = ()

    def column(self, name: str) -> pd.Series:
        """The cells of one column, stripped of surrounding blanks."""
        return self.cells[name].str.strip()

    def __len__(self) -> int:
        return len(self.rows)


def read_csv(path: Path) -> SourceTable:
    """
    A UTF-8 CSV file, with or without a byte order mark, as text.

    Lines without any content are left out; they keep their place in the count of lines.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SourceError
        If the file is missing, empty, not UTF-8, or its lines do not fit its header.
    """
    text = _decoded(path)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    begin = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append(record)
                lines.append(begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        fault = "引号没有成对，或分隔有误。请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后重试。"
        if "field limit" in str(error):
            fault = f"有一个单元格超过 {LONGEST_CELL:,} 个字符。请检查这一行的内容后重试。"
        msg = f"表格「{path.name}」从第 {begin} 行起读不下去：{fault}"
        raise SourceError(msg) from error
    if not records:
        msg = f"表格「{path.name}」是空的，没有表头也没有记录。请检查文件。"
        raise SourceError(msg)
    header = [name.strip() for name in records[0]]
    _check_header(header, path.name)
    _check_widths(records, lines, width=len(header), name=path.name)
    cells = [record[: len(header)] + [""] * (len(header) - len(record)) for record in records[1:]]
    return SourceTable(path.name, pd.DataFrame(cells, columns=header, dtype=str), tuple(lines[1:]))


def file_at(path: Path) -> Path:
    """
    The path itself, once it is known to be a file.

    Raises
    ------
    SourceError
        If there is no file.
    """
    if path.is_dir():
        msg = f"「{path.name}」是一个文件夹，不是数据文件（{path}）。请写明其中的文件。"
        raise SourceError(msg)
    if not path.is_file():
        msg = (
            f"找不到数据文件「{path.name}」（{path}）。"
            "请检查文件名，以及它相对于 project.toml 的位置。"
        )
        raise SourceError(msg)
    return path


def file_bytes(path: Path) -> bytes:
    """
    The content of a file.

    Raises
    ------
    SourceError
        If it is missing or may not be read.
    """
    try:
        return file_at(path).read_bytes()
    except OSError as error:
        msg = (
            f"数据文件「{path.name}」打不开（{path}）。请检查它是否被别的程序占用、是否有读取权限。"
        )
        raise SourceError(msg) from error


def numbers(
    table: SourceTable,
    column: str,
    *,
    minimum: float = -math.inf,
    maximum: float = math.inf,
    filled: bool = False,
) -> tuple[npt.NDArray[np.float64], list[Problem]]:
    """
    A column of numbers, and every cell that is none.

    Parameters
    ----------
    table
        With n rows.
    column
        Name in the file.
    minimum, maximum
        Smallest and largest allowed value.
    filled
        Whether an empty cell is a fault.

    Returns
    -------
    values
        Shape (n,); NaN where the cell is empty or at fault.
    problems
        One for each cell at fault; an empty cell is none.
    """
    values = np.full(len(table), np.nan)
    found: list[Problem] = []
    for position, text in enumerate(table.column(column)):
        if not text:
            if filled:
                found.append(Problem(table.rows[position], column, "", "不得为空"))
            continue
        value, rule = _number(text)
        if not rule and value < minimum:
            rule = "不得为负" if minimum == 0 else f"不得小于 {minimum:.10g}"
        if not rule and value > maximum:
            rule = f"不得大于 {maximum:.15g}"
        if rule:
            found.append(Problem(table.rows[position], column, text[:40], rule))
        else:
            values[position] = value
    return values, found


def repeated(table: SourceTable, column: str) -> list[Problem]:
    """Every cell that is empty, or repeats a code that stands further up."""
    cells = table.column(column)
    first: dict[str, int] = {}
    found: list[Problem] = []
    for row, text in zip(table.rows, cells, strict=True):
        if not text:
            found.append(Problem(row, column, "", "不得为空"))
        elif text in first:
            found.append(Problem(row, column, text[:40], f"代码与第 {first[text]} 行重复"))
        else:
            first[text] = row
    return found


def ensure_columns(
    table: SourceTable,
    wanted: Collection[str],
    *,
    title: str,
    section: str,
    error: type[InputError],
) -> None:
    """
    Raise one error that names every mapped column the file does not have.

    Parameters
    ----------
    table
        The file.
    wanted
        Column names a project maps to.
    title
        What the table holds, e.g. "需求点".
    section
        Where the mapping stands, e.g. "[demand]".
    error
        Class of the error.
    """
    missing = [name for name in wanted if name not in table.cells.columns]
    if missing:
        has = "、".join(f"“{name}”" for name in table.cells.columns) or "没有任何列"
        names = "、".join(f"“{name}”" for name in missing)
        msg = (
            f"{title}「{table.name}」没有 {names} 这{'一列' if len(missing) == 1 else '些列'}，"
            f"文件里的列是：{has}。请改正 project.toml {section} 的 columns。"
        )
        raise error(msg, [Problem(None, name, "", "缺少这一列") for name in missing])


def raise_problems(
    found: Sequence[Problem],
    table: SourceTable,
    *,
    title: str,
    error: type[InputError],
    remedy: str = "",
) -> None:
    """
    Raise one error that lists the problems in the order of rows, if there are any.

    Parameters
    ----------
    found
        The problems, in any order.
    table
        Where they were found.
    title
        What the table holds, e.g. "需求点".
    error
        Class of the error.
    remedy
        A sentence put after the list.
    """
    if found:
        order = {name: place for place, name in enumerate(table.cells.columns)}
        listed = sorted(found, key=lambda p: (p.row or 0, order.get(p.column, -1)))
        raise error(problem_message(title, table.name, listed) + remedy, listed)


def ensure_rows(table: SourceTable, *, title: str, error: type[InputError]) -> None:
    """Raise an error where the file has no records at all."""
    if not len(table):
        msg = f"{title}「{table.name}」没有任何记录。请检查文件是否导出完整。"
        raise error(msg, [Problem(None, "", "", "没有任何记录")])


def _decoded(path: Path) -> str:
    raw = file_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        msg = (
            f"表格「{path.name}」不是 UTF-8 编码（第 {line} 行起无法识别，可能是 GBK）。"
            "请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后重试。"
        )
        raise SourceError(msg) from error
    if "\0" in text:
        msg = f"「{path.name}」不是文本表格（内含零字节）。请另存为“CSV UTF-8（逗号分隔）”后重试。"
        raise SourceError(msg)
    return text


def _check_header(header: list[str], name: str) -> None:
    doubles = sorted({column for column in header if column and header.count(column) > 1})
    if doubles:
        msg = f"表格「{name}」的表头有重复的列名：{'、'.join(doubles)}。请改成不同的名称。"
        raise SourceError(msg)


def _check_widths(records: list[list[str]], lines: list[int], *, width: int, name: str) -> None:
    # Excel pads lines with empty cells, which say nothing; more content than columns does.
    wide = [
        line
        for record, line in zip(records[1:], lines[1:], strict=True)
        if any(cell.strip() for cell in record[width:])
    ]
    if wide:
        msg = (
            f"表格「{name}」有 {len(wide)} 行的列数多于表头"
            f"（表头 {width} 列，首个在第 {wide[0]} 行）。"
            "单元格里若有逗号，请给单元格加英文双引号。"
        )
        raise SourceError(msg)


def _number(text: str) -> tuple[float, str]:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if plain.lower() in _NOT_FINITE:
        return math.nan, "不是有限的数"
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        return math.nan, "应为数字"
    value = float(plain)
    return (value, "") if math.isfinite(value) else (math.nan, "不是有限的数")
