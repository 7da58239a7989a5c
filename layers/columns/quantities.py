"""Columns of numbers that have a unit: which quantity each is, and how a whole column is read.

The unit is what the project says it is, otherwise what the header says ("面积（亩）"), otherwise
the quantity's own (人, 张, 平方米, 分钟); a unit in a cell goes before them all.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from coverage.errors import Problem
from coverage.notices import Notice
from layers.checks.remarks import Remark
from layers.columns.headers import read_header
from layers.columns.units import OWN_UNITS, CellNote, Quantity, is_blank, read_numbers, unit_factor

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from layers.tables import SourceTable

QUANTITIES: Final[Mapping[str, Quantity]] = {
    "population": "persons", "population_60plus": "persons", "population_0_3": "persons",
    "capacity_beds": "beds", "capacity_nursing_beds": "beds",
    "capacity_childcare_places": "places", "staff_physicians": "persons",
    "staff_tcm_physicians": "persons", "staff_nurses": "persons", "staff_pharmacists": "persons",
    "staff_public_health": "persons", "staff_general_practitioners": "persons",
    "area_m2": "area_m2", "land_area_m2": "area_m2", "turnout_s": "minutes",
    "turnout_minutes": "minutes",
}  # fmt: skip
"""Columns, by the names of the contracts and of the project file, that are amounts of something."""

USUAL_UNITS: Final[Mapping[Quantity, str]] = {
    "persons": "人、万人", "beds": "张", "places": "个", "area_m2": "平方米、亩、公顷、平方公里",
    "minutes": "分钟、秒、小时", "metres": "米、公里",
}  # fmt: skip
"""Units that a message proposes."""

_CONVERTED: Final = re.compile(r"按单元格里的单位“(?P<unit>.+?)”换算成")
_REMARKS: Final = (
    ("按空值（未知）读", "blank_word"),
    ("是约数", "rough_number"),
    ("数字中间有空格", "spaced_number"),
    ("表头的单位是“万”", "unit_doubtful"),
)
"""How a remark of `layers.columns.units` begins -> check; the others tell of another unit."""


class AmountsRead(NamedTuple):
    """
    A column of amounts as it was understood, with n cells.

    Parameters
    ----------
    amounts
        Shape (n,), in the quantity's own unit; NaN where the cell is empty or at fault.
    problems
        One for each cell at fault, or one for the whole column.
    remarks
        What is to be said of single cells that are used.
    converted
        The unit that the whole column was converted from; "" where it is in the own unit.
    """

    amounts: npt.NDArray[np.float64]
    problems: list[Problem]
    remarks: list[Remark]
    converted: str


def read_amounts(
    table: SourceTable,
    name: str,
    *,
    quantity: Quantity,
    unit: str = "",
    maximum: float = math.inf,
    filled: bool = False,
) -> AmountsRead:
    """
    A column of amounts, and every cell that is none.

    Parameters
    ----------
    table
        With n rows.
    name
        Column in the file.
    quantity
        What is counted or measured.
    unit
        As the project says; "" leaves it to the header.
    maximum
        Largest allowed value, in the quantity's own unit.
    filled
        Whether an empty cell is a fault.

    Returns
    -------
    read
        Problems and remarks by row of the file.
    """
    said = unit or read_header(name).unit
    if said and math.isnan(unit_factor(said, quantity=quantity)):
        rule = (
            f"表头里的单位“{said[:20]}”不能换算成{OWN_UNITS[quantity]}，"
            "请改正表头，或在 project.toml 的 units 里写明单位"
        )
        nothing = np.full(len(table), np.nan)
        return AmountsRead(nothing, [Problem(None, name, "", rule)], [], "")
    texts = table.column(name).to_numpy(dtype=object).tolist()
    read = read_numbers(texts, quantity=quantity, header_unit=said)
    values = read.values.copy()
    faults = list(read.faults)
    with np.errstate(invalid="ignore"):
        large = np.flatnonzero(values > maximum).tolist()
    faults += [CellNote(at, texts[at][:40], f"不得大于 {maximum:.15g}") for at in large]
    values[large] = np.nan
    if filled:
        faulty = {note.position for note in faults}
        empty = sorted(set(np.flatnonzero(np.isnan(values)).tolist()) - faulty)
        faults += [CellNote(at, texts[at][:40], "不得为空") for at in empty]
    remarks, converted = _whole_column(read.remarks, texts)
    if said and unit_factor(said, quantity=quantity) != 1:
        converted = said
    bad = {note.position for note in faults}
    return AmountsRead(
        values,
        [Problem(table.rows[at], name, text, rule) for at, text, rule in sorted(faults)],
        [_remark(table.rows[at], name, text, rule) for at, text, rule in remarks if at not in bad],
        converted,
    )


def converted_notice(table: SourceTable, name: str, unit: str, *, own: str, title: str) -> Notice:
    """
    The notice for a column that was converted as a whole.

    Parameters
    ----------
    table
        The file.
    name
        Column in the file.
    unit, own
        The unit that it is in, and that of the layer.
    title
        What the table holds, e.g. "需求点".
    """
    text = f"{title}「{table.name}」的“{name}”列以“{unit}”为单位，已换算成{own}。请核对单位。"
    return Notice("unit_converted", text, len(table))


def _whole_column(
    remarks: tuple[CellNote, ...], texts: list[str]
) -> tuple[tuple[CellNote, ...], str]:
    """The remarks, without those that every filled cell has alike, and the unit these told of."""
    units = [match["unit"] for note in remarks if (match := _CONVERTED.match(note.rule))]
    filled = sum(not is_blank(text) for text in texts)
    if len(set(units)) != 1 or len(units) != filled or filled == 1:
        return remarks, ""
    return tuple(note for note in remarks if not _CONVERTED.match(note.rule)), units[0]


def _remark(row: int, name: str, text: str, rule: str) -> Remark:
    check = next((code for start, code in _REMARKS if rule.startswith(start)), "unit_converted")
    done = "changed" if check == "unit_converted" else "kept"
    return Remark(row, name, text, rule, check, done)
