"""From an answer to a verdict: what is aimed at in a year, whether it is met, how much is short."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from coverage.numbers import NOISE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.rules.target import Target, YearValue

Verdict = Literal["达标", "未达标", "数据不足", "未设目标", "尚未到期"]

VERDICTS: Final[tuple[Verdict, ...]] = ("达标", "未达标", "尚未到期", "未设目标", "数据不足")


@dataclass(frozen=True)
class Aim:
    """
    The value to be reached.

    Parameters
    ----------
    value
        None where nobody has set one.
    due
        Year it is due; None without a value.
    note
        Where it comes from if not from the plan's own column of that year, in Chinese.
    """

    value: float | None
    due: int | None = None
    note: str = ""


def aim_for(
    target: Target, *, year: int, own: Sequence[YearValue] = (), interpolate: bool = False
) -> Aim:
    """
    What a target asks for in a year.

    The value of that very year; else the next one that is due, else the last one there was. Only
    where asked for, a straight line between the neighbouring years, the baseline among them; there
    is none before the first year known and none after the last.

    Parameters
    ----------
    target
        With or without values.
    year
        The year chosen.
    own
        Values that the planner set; they stand in for the plan's wherever there are some.
    interpolate
        Whether years between two values have a value of their own.
    """
    given = {one.year: one for one in (own or target.values)}
    if not given:
        return Aim(None, note=target.open_reason or "规划没有给出数值")
    if year in given:
        return Aim(given[year].value, year, _source(own, given[year]))
    if interpolate:
        between = _between(target, given, year)
        if between is not None:
            return between
    later = [one for one in given if one > year]
    if later:
        return Aim(given[min(later)].value, min(later), _source(own, given[min(later)]))
    last = max(given)
    whose = "自设目标" if own else "规划"
    note = f"{whose}没有 {year} 年的数值，按最后一个目标年 {last} 年核算"
    source = _source(own, given[last])
    return Aim(given[last].value, last, "；".join(filter(None, (source, note))))


def _source(own: Sequence[YearValue], one: YearValue) -> str:
    return f"自设目标：{one.source}" if own else ""


def _between(target: Target, given: Mapping[int, YearValue], year: int) -> Aim | None:
    """The value on the straight line between the years around; None where one of them is not."""
    points = {one.year: one.value for one in (*target.baseline, *given.values())}
    before = [one for one in points if one <= year]
    after = [one for one in points if one > year]
    if not before or not after:
        return None
    first, last = max(before), min(after)
    share = (year - first) / (last - first)
    value = points[first] + share * (points[last] - points[first])
    return Aim(value, year, f"{first} 年与 {last} 年之间按直线插值")


def is_met(value: float, aim: float, *, better: str) -> bool:
    """Whether a value reaches what is aimed at; exactly is enough, up to the noise of adding."""
    slack = NOISE * max(1.0, abs(aim))
    return value >= aim - slack if better == "higher" else value <= aim + slack


def verdict_of(low: float, high: float, aim: Aim, *, year: int, better: str) -> Verdict:
    """
    The verdict over a value that lies between two bounds.

    Parameters
    ----------
    low, high
        Alike where the value is known; NaN where it is not known at all.
    aim
        What is aimed at.
    year
        The year chosen.
    better
        "higher" or "lower".
    """
    if aim.value is None or aim.due is None:
        return "未设目标"
    if math.isnan(low) or math.isnan(high):
        return "数据不足"
    at_low, at_high = (is_met(value, aim.value, better=better) for value in (low, high))
    if at_low != at_high:
        return "数据不足"
    if at_low:
        return "达标"
    return "尚未到期" if aim.due > year else "未达标"


def gap_of(part: float, whole: float, aim: float, *, per: float, is_whole: bool) -> float:
    """
    How much the numerator falls short of a value of which more is better.

    Parameters
    ----------
    part, whole
        Numerator and denominator; 1 as the denominator of a sum. `np.inf` where they have no bound.
    aim
        Value aimed at.
    per
        The value is `per` times part over whole.
    is_whole
        Whether only whole pieces can be added.

    Returns
    -------
    gap
        In the unit of the numerator, >= 0, and 0 just where the value is met; NaN where there is
        nothing to divide by.
    """
    if not whole > 0:
        return math.nan
    if math.isinf(part) or is_met(per * part / whole, aim, better="higher"):
        return 0.0
    needed = aim / per * whole
    short = needed - part
    if not is_whole or math.isinf(short):
        return short
    return float(max(1, math.ceil(short - NOISE * max(1.0, needed))))
