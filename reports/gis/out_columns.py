"""Columns as they leave: Chinese titles that our own table of synonyms knows again, and cells.

A title is the contract's, so that what goes out comes back without a question. Shapefiles have
room for ten bytes of a name, which is five Chinese characters; the short names are words of
`data/intake/column_names.csv` as well.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coverage.contracts import DEMAND, FACILITIES, ZONES
from layers.columns.row_kinds import kind_words
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coverage.contracts import Column, Contract
    from coverage.standards import FacilityKind
    from layers.columns.synonyms import Layer

Cell = str | int | float | None

CONTRACTS: Final[Mapping[Layer, Contract]] = {
    "facilities": FACILITIES, "demand": DEMAND, "zones": ZONES,
}  # fmt: skip

SHORT_BYTES: Final = 10
"""Bytes of a field name in a DBF."""

LONGEST_TEXT: Final = 30_000
"""Characters of one cell; a cell of Excel holds 32,767."""

_LONGEST_TITLE: Final = 60

_SHORT: Final[Mapping[str, str]] = {
    "population_60plus": "60岁及以上", "population_0_3": "0至3岁",
    "turnout_s": "出车分钟", "staff_physicians": "执助医师", "staff_tcm_physicians": "中执助医师",
    "staff_public_health": "公卫人员",
}  # fmt: skip
"""Column of a contract -> its short name, where the first five characters would not do."""

_SHORT_IN: Final[Mapping[tuple[Layer, str], str]] = {("demand", "zone_id"): "所在单元"}

_IN_MINUTES: Final = "turnout_s"
_SECONDS_PER_MINUTE: Final = 60.0

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "settlement": {"urban": "城镇", "rural": "农村"},
    "zone_level": {"county": "县级", "township": "乡级", "village": "村级"},
}
"""Column of a contract -> code -> the word that goes out; the reader knows it again."""

_FLAGS: Final = {True: "是", False: "否"}
_EXACT: Final = 2.0**53


@dataclass(frozen=True)
class OutColumn:
    """
    A column as it leaves, with n cells.

    Parameters
    ----------
    title
        Chinese name.
    short
        The same in at most `SHORT_BYTES` bytes of GBK; unique in its layer.
    unit
        Chinese unit; "" where there is none.
    meaning
        What it says, for a note on the header; "" where nobody said.
    cells
        Shape (n,): text, whole numbers, or numbers, all of one kind; None where missing.
    """

    title: str
    short: str
    unit: str
    meaning: str
    cells: tuple[Cell, ...]

    @property
    def header(self) -> str:
        """Title with its unit."""
        return f"{self.title}（{self.unit}）" if self.unit else self.title

    @cached_property
    def is_text(self) -> bool:
        """Whether its cells are text; a column without any cell filled counts as text."""
        return all(cell is None or isinstance(cell, str) for cell in self.cells)

    @cached_property
    def is_whole(self) -> bool:
        """Whether its cells are whole numbers."""
        return not self.is_text and not any(isinstance(cell, float) for cell in self.cells)


def out_text(value: object) -> str:
    """
    A cell as one line of text that every format can hold, markup and formulas as they stand.

    Control characters and direction marks go, white space becomes single blanks; more than
    `LONGEST_TEXT` characters are cut, and end in "…".
    """
    return plain_text(value, limit=LONGEST_TEXT).strip()


def out_columns(
    table: pd.DataFrame, layer: Layer, *, kinds: Mapping[str, FacilityKind]
) -> tuple[tuple[OutColumn, ...], tuple[str, ...]]:
    """
    The columns of a layer as they leave, and what had to be changed for it.

    Parameters
    ----------
    table
        After the contract of the layer, indexed by its id, without geometry; n rows. Columns that
        the contract does not know go out under their own names, behind the others.
    layer
        "facilities", "demand" or "zones".
    kinds
        Facility kinds by code, for their names.

    Returns
    -------
    columns
        In the order of the contract; a column that is missing is left out.
    notes
        Chinese sentences on cells whose text had to be changed.
    """
    contract = CONTRACTS[layer]
    flat = table.reset_index()
    known = [one for one in contract.columns if one.name in flat.columns]
    strange = [name for name in flat.columns if contract.column(str(name)) is None]
    words = {**_WORDS, "kind": _kind_names(kinds)}
    columns: list[OutColumn] = []
    notes: list[str] = []
    for name, rule in [(one.name, one) for one in known] + [(str(one), None) for one in strange]:
        cells, note = _cells(flat[name], words.get(name, {}) if rule else {})
        if name == _IN_MINUTES:
            cells = tuple(_whole([_divided(cell) for cell in cells]))
        column = _named(name, rule, layer, columns)
        columns.append(OutColumn(*column, cells))
        notes += [f"“{column[0]}”列{note}"] if note else []
    return tuple(columns), tuple(notes)


def extra_column(title: str, text: str, others: Sequence[OutColumn]) -> OutColumn:
    """A column that says the same in every row."""
    title = _unique(title, [one.header for one in others])
    short = _unique(shortened(title, SHORT_BYTES), [one.short for one in others])
    return OutColumn(title, short, "", "", (text,) * len(others[0].cells))


def result_column(
    title: str,
    cells: Iterable[Any],
    *,
    others: Sequence[OutColumn],
    short: str,
    unit: str = "",
    meaning: str = "",
) -> OutColumn:
    """
    A column of a result, with names that no column before it has.

    Parameters
    ----------
    title
        Chinese name; may hold what a planner named.
    cells
        Shape (n,): text, or numbers; None, NaN and `inf` become empty cells.
    others
        The columns before it.
    short
        At most five Chinese characters.
    unit, meaning
        As `OutColumn`.
    """
    given = list(cells)
    is_text = any(isinstance(one, str) for one in given)
    filled: tuple[Cell, ...]
    if is_text:
        filled = tuple(out_text(_as_text(one)) or None for one in given)
    else:
        filled = tuple(_whole([None if one is None else _number(one) for one in given]))
    shown = shortened(out_text(title), _LONGEST_TITLE) or "列"
    room = OutColumn(shown, "", unit, "", ())
    header = _unique(room.header, ["fid", "geom", *(one.header for one in others)])
    if header != room.header:  # the number stands behind the title, before the unit
        shown = _unique(shown, [one.title for one in others])
    return OutColumn(
        shown, _unique(shortened(short, SHORT_BYTES), [one.short for one in others]), unit,
        meaning, filled,
    )  # fmt: skip


def gbk_bytes(text: str) -> bytes:
    """Text in GBK, or in GB18030 where it holds what GBK has not; the second contains the first."""
    return text.encode("gb18030")


def shortened(text: str, most: int) -> str:
    """The beginning of a text that fits into so many bytes of GBK, whole characters only."""
    if len(gbk_bytes(text)) <= most:
        return text
    short = text[:most]
    while len(gbk_bytes(short)) > most:
        short = short[:-1]
    return short.rstrip()


def _named(
    name: str, rule: Column | None, layer: Layer, before: Sequence[OutColumn]
) -> tuple[str, str, str, str]:
    """Title, short name, unit and meaning of a column."""
    title, unit, meaning = (
        (rule.title, rule.unit, rule.meaning)
        if rule is not None
        else (plain_text(name, limit=_LONGEST_TITLE).strip() or "列", "", "")
    )
    if name == _IN_MINUTES and rule is not None:
        unit = "分钟"
    # the names that GDAL gives to what it adds itself
    title = _unique(title, ["fid", "geom", *(one.header for one in before)])
    short = _SHORT_IN.get((layer, name)) or _SHORT.get(name) if rule is not None else None
    short = _unique(short or shortened(title, SHORT_BYTES), [one.short for one in before])
    return title, short, unit, meaning


def _unique(name: str, taken: Sequence[str]) -> str:
    """The name, numbered where it is taken; GeoPackage and DBF do not tell A from a."""
    used = {one.casefold() for one in taken}
    found, number = name, 1
    while found.casefold() in used:
        number += 1
        ending = f"_{number}"
        room = max(len(gbk_bytes(name)), SHORT_BYTES) - len(ending)
        found = f"{shortened(name, room)}{ending}"
    return found


def _kind_names(kinds: Mapping[str, FacilityKind]) -> dict[str, str]:
    """Code -> Chinese name, where the name means that code alone."""
    words = kind_words(kinds)
    return {code: kind.name for code, kind in kinds.items() if words.get(kind.name) == code}


def _cells(values: pd.Series, words: Mapping[str, str]) -> tuple[tuple[Cell, ...], str]:
    """The cells of a column, and what was changed in them."""
    if pd.api.types.is_bool_dtype(values.dtype):
        return tuple(None if pd.isna(one) else _FLAGS[bool(one)] for one in values), ""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return tuple(_whole([_number(one) for one in values.tolist()])), ""
    cells: list[Cell] = []
    changed: list[int] = []
    for at, value in enumerate(values.tolist()):
        given = _as_text(value)
        text = out_text(words.get(given, given))
        if text != words.get(given, given):
            changed.append(at)
        cells.append(text or None)
    if not changed:
        return tuple(cells), ""
    return tuple(cells), (
        f"有 {len(changed)} 格的控制字符、换行、多余的空格或过长的部分没有写出，"
        f"首个是第 {changed[0] + 1} 条。"
    )


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return _FLAGS[bool(value)]
    if isinstance(value, dt.datetime):
        return "" if pd.isna(value) else value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, dt.date):
        return value.isoformat()
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    return str(value)


def _number(value: Any) -> float | None:  # noqa: ANN401 - a number, or what pandas has for none
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if pd.isna(value) or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(value)


def _divided(cell: Cell) -> float | None:
    return None if cell is None else float(cell) / _SECONDS_PER_MINUTE


def _whole(numbers: Sequence[float | None]) -> list[Cell]:
    """The numbers as whole ones where all are, so that a table shows 350 and not 350.0."""
    filled = [one for one in numbers if one is not None]
    if all(float(one).is_integer() and abs(one) < _EXACT for one in filled):
        return [None if one is None else int(one) for one in numbers]
    return list(numbers)
