"""Tables as the planner wrote them: text first, with the row numbers the planner sees.

Numbers are read later, column by column, so that "0012" stays a code and every cell that is
not a number is reported with its row.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from coverage.contracts import problem_message
from coverage.errors import InputError, Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_NOT_FINITE: Final = {"nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}


class MergedNumber(NamedTuple):
    """
    A number in a cell that is merged over several rows.

    Parameters
    ----------
    column
        Name in the file.
    first, last
        Rows as the planner sees them.
    """

    column: str
    first: int
    last: int


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
    caption_units
        Units that the title or caption above the header states ("单位：万人"), as written.
    merged_numbers
        Numbers in cells merged downwards: they stand in the first of their rows only.
    side_by_side
        Why the rows must not be used, where two tables stand beside one another; "" otherwise.
        Such a table can still be looked at.
    """

    name: str
    cells: pd.DataFrame
    rows: tuple[int, ...]
    geometry: gpd.GeoSeries | None = None
    unread_crs: str = ""
    remarks: tuple[str, ...] = ()
    caption_units: tuple[str, ...] = ()
    merged_numbers: tuple[MergedNumber, ...] = ()
    side_by_side: str = ""

    def column(self, name: str) -> pd.Series:
        """The cells of one column, stripped of surrounding blanks."""
        return self.cells[name].str.strip()

    def __len__(self) -> int:
        return len(self.rows)


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
        raise SourceError(not_opened(path)) from error


def not_opened(path: Path) -> str:
    """What is said of a file that is there and may not be read."""
    return f"数据文件「{path.name}」打不开（{path}）。请检查它是否被别的程序占用、是否有读取权限。"


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
    """Every cell that is empty, or repeats a code further up: ７ and 7 are one code."""
    cells = table.column(column)
    first: dict[str, int] = {}
    found: list[Problem] = []
    for row, text in zip(table.rows, cells, strict=True):
        if not text:
            found.append(Problem(row, column, "", "不得为空"))
            continue
        code = unicodedata.normalize("NFKC", text)
        if code in first:
            found.append(Problem(row, column, text[:40], f"代码与第 {first[code]} 行重复"))
        else:
            first[code] = row
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


def ensure_one_table(table: SourceTable, *, error: type[InputError]) -> None:
    """Raise an error where two tables stand side by side: the right one would be lost."""
    if table.side_by_side:
        raise error(table.side_by_side, [Problem(None, "", "", "两张表左右并排")])


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
