"""What a planner writes after `site`, turned into a question: numbers, years, ranges, ids."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from coverage.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.standards import Reading, Standard

MOST_CURVE: Final = 200
"""Numbers of sites that a curve may ask about: each is a search of its own."""

UPGRADE: Final = ("general_village_clinic", "central_village_clinic")
"""What is upgraded to what where nothing is said: 一般村卫生室 become 中心村卫生室."""


def curve_counts(text: str) -> list[int]:
    """
    The numbers of sites of a curve.

    Parameters
    ----------
    text
        "1-20", "5,10,15" or both; "" for no curve.

    Raises
    ------
    InputError
        If it is none of these, or asks for more than `MOST_CURVE` numbers.

    Examples
    --------
    >>> curve_counts("1-3,8")
    [1, 2, 3, 8]
    """
    counts: set[int] = set()
    for part in _parts(text):
        match = re.fullmatch(r"(\d{1,6})(?:[-—–~至](\d{1,6}))?", part)
        low, high = (int(one or match[1]) for one in match.groups()) if match else (0, 0)
        if not 1 <= low <= high or len(counts) + high - low >= MOST_CURVE:
            msg = (
                f"--curve 应写成 1-20 或 5,10,15，最多 {MOST_CURVE} 个个数，现为“{text}”。"
                "请改正命令。"
            )
            raise InputError(msg)
        counts.update(range(low, high + 1))
    return sorted(counts)


def years_of(text: str) -> tuple[tuple[int, int], ...]:
    """
    Sites by the end of each year.

    Parameters
    ----------
    text
        "2025:2,2030:5"; "" for none.

    Raises
    ------
    InputError
        If it is not so, or a year repeats.

    Examples
    --------
    >>> years_of("2025:2，2030：5")
    ((2025, 2), (2030, 5))
    """
    found: dict[int, int] = {}
    for part in _parts(text):
        match = re.fullmatch(r"(\d{4})[:：=](\d{1,6})", part)
        if match is None or int(match[1]) in found:
            msg = f"--years 应写成 2025:2,2030:5，每年一次，现为“{text}”。请改正命令。"
            raise InputError(msg)
        found[int(match[1])] = int(match[2])
    return tuple(sorted(found.items()))


def upgrade_kinds(text: str, *, known: Sequence[str]) -> tuple[str, str]:
    """
    The kind that is upgraded and the kind it becomes.

    Parameters
    ----------
    text
        "general_village_clinic:central_village_clinic"; "" for just that.
    known
        Codes of all kinds.

    Raises
    ------
    InputError
        If it is not two different kinds.
    """
    kinds = tuple(re.split("[:：]", text)) if text else UPGRADE
    if len(kinds) != len(UPGRADE) or kinds[0] == kinds[1]:
        msg = f"--upgrade 应写成 原类别:新类别，如 {':'.join(UPGRADE)}，现为“{text}”。"
        raise InputError(msg)
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        msg = f"设施类别“{unknown[0]}”不存在，请按设施类别表改正 --upgrade。"
        raise InputError(msg)
    return kinds[0], kinds[1]


def standard_of(name: str, *, standards: Sequence[Standard]) -> Standard:
    """
    A standard by its id, or by its Chinese name.

    Parameters
    ----------
    name
        "" for the first.
    standards
        Those of the project, then the others.

    Raises
    ------
    InputError
        If there is none; the message lists all.
    """
    found = [one for one in standards if name in ("", one.standard_id, one.name)]
    if not found:
        known = "、".join(dict.fromkeys(one.standard_id for one in standards))
        msg = f"标准“{name}”不存在，有的是 {known}。请改正 --standard 或 --also。"
        raise InputError(msg)
    return found[0]


def reading_of(name: str, standard: Standard) -> Reading:
    """
    A reading of a standard by its id, or by its Chinese name.

    Parameters
    ----------
    name
        "" for the main one.
    standard
        Whose.

    Raises
    ------
    InputError
        If it has none such; the message lists all.
    """
    found = [one for one in standard.readings if name in ("", one.reading_id, one.name)]
    if not found:
        known = "、".join(one.reading_id for one in standard.readings)
        msg = f"标准「{standard.name}」没有口径“{name}”，有的是 {known}。请改正 --reading。"
        raise InputError(msg)
    return found[0]


def check_finite(amounts: Mapping[str, float | None]) -> None:
    """
    Refuse numbers that are none: a manifest cannot hold them, and no answer could be made again.

    Parameters
    ----------
    amounts
        Name of the option, without its dashes -> number; None where it is not written.

    Raises
    ------
    InputError
        Naming the first that is infinite or not a number.
    """
    for name, amount in amounts.items():
        if amount is not None and not math.isfinite(amount):
            msg = f"--{name} 应为有限的数字，现为 {amount}。请写明数字，或不写这一项。"
            raise InputError(msg)


def ids_of(text: str) -> list[str]:
    """
    Words between commas, each once.

    Examples
    --------
    >>> ids_of("villages， junctions,villages")
    ['villages', 'junctions']
    """
    return list(dict.fromkeys(_parts(text)))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split("[,，、]", text) if part.strip()]
