"""Units that a statistical table states once, above its header: "单位：万人"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from layers.columns.headers import read_header
from layers.columns.quantities import QUANTITIES
from layers.columns.units import is_unit, unit_factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_STATED: Final = re.compile(r"单\s*位\s*[:：]\s*((?:(?!单\s*位)[^()（）\[\]【】\n])+)")
_BRACKETS: Final = re.compile(r"[(（\[【]([^()（）\[\]【】]{1,8})[)）\]】]")
_BETWEEN: Final = re.compile(r"[\s、,，;；。和及]+")
_BARE: Final = frozenset({"百", "千", "万", "十万", "百万", "千万", "亿"})


def units_stated(rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """
    The units that rows above a header state, in their order, each once.

    Parameters
    ----------
    rows
        Titles and captions, cell by cell; unit and "单位：" may stand in two cells.

    Examples
    --------
    >>> units_stated([["各乡镇人口（单位：万人）"], ["填报单位：示例县", "", "单位：", "人、张"]])
    ('万人', '人', '张')
    >>> units_stated([["示例县人口（万人）", "2023年"]])
    ('万人',)
    """
    found: dict[str, None] = {}
    for row in rows:
        text = " ".join(cell.strip() for cell in row if cell.strip())
        for match in (*_STATED.finditer(text), *_BRACKETS.finditer(text)):
            words = (word for word in _BETWEEN.split(match[1]) if word)
            found |= dict.fromkeys(word for word in words if word in _BARE or is_unit(word))
    return tuple(found)


def caption_units(stated: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """
    The units that hold for columns whose header states none: ours -> unit.

    Parameters
    ----------
    stated
        As `units_stated` gives them.
    columns
        Ours, or by the names of a contract -> column of the file.

    Returns
    -------
    units
        Without columns that no unit fits, or several that differ.

    Examples
    --------
    >>> caption_units(("万人", "张"), {"population": "常住人口", "capacity_beds": "床位（个）"})
    {'population': '万人'}
    """
    found = {}
    for ours, theirs in columns.items():
        if ours not in QUANTITIES or read_header(theirs).unit:
            continue
        quantity = QUANTITIES[ours]
        # 「单位：万」 over a list of people says nothing of its floor areas
        fitting = {
            unit: unit_factor(unit, quantity=quantity)
            for unit in stated
            if quantity == "persons" or unit not in _BARE
        }
        known = {factor for factor in fitting.values() if factor > 0}
        if len(known) == 1:
            found[ours] = next(unit for unit, factor in fitting.items() if factor in known)
    return found
