"""What is known of a zone, held against what is asked of it: value, verdict, gap, what is missing.

Value and gap lie between the ends that the bounds of the items allow; both are told only where the
ends agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pandas as pd

from coverage.rules.choices import WHOLE_AREA
from coverage.rules.judging import gap_of, is_met, verdict_of
from coverage.rules.sums import is_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.rules.answer import Answer
    from coverage.rules.choices import ReportedFigure
    from coverage.rules.judging import Aim, Verdict
    from coverage.rules.target import Target

    Sums = Mapping[str, float]

NOTHING_COUNTED: Final = "{where}没有考核对象（人口、设施或单元）"


@dataclass(frozen=True, eq=False)
class Answered:
    """
    A target and what is known about it, whatever the year.

    Parameters
    ----------
    target, answer
        Question and answer.
    sums, bounds
        The answer's items by zone (`coverage.rules.sums`).
    """

    target: Target
    answer: Answer
    sums: pd.DataFrame
    bounds: pd.DataFrame

    @cached_property
    def by_zone(self) -> Mapping[str, Mapping[str, float]]:
        """Zone id -> the columns of `sums` and `bounds`, for many looks at single zones."""
        table = pd.concat([self.sums.astype(float), self.bounds], axis=1)
        columns = list(table.columns)
        rows = zip(table.index, table.to_numpy().tolist(), strict=True)
        return {str(zone_id): dict(zip(columns, row, strict=True)) for zone_id, row in rows}

    @cached_property
    def unknown(self) -> Mapping[str, str]:
        """Zone id -> how many items are not known in full there, and the first of them."""
        items = self.answer.items
        items = items[is_open(items)]
        of_zones = [*items.groupby("zone_id", sort=False), (WHOLE_AREA, items)]
        return {str(zone_id): _unknown_text(rows) for zone_id, rows in of_zones if len(rows)}


def _unknown_text(items: pd.DataFrame) -> str:
    first = items.iloc[0]
    name = first["item_name"] if isinstance(first["item_name"], str) else first["item_id"]
    return f"{len(items)} 处资料不全，首个是“{name}”（{first['reason']}）"


@dataclass(frozen=True)
class Held:
    """
    One target in one zone and year.

    Parameters
    ----------
    aim
        What is asked of it.
    low, high
        Bounds of the value; NaN where it is not known at all.
    verdict
        What follows.
    gap
        In the target's gap unit; NaN where it is not known or nothing is asked.
    numerator, denominator
        NaN where they are not known or there is none.
    missing
        What is lacking, and which demands of the clause are not met; Chinese sentences.
    note
        What must be known of the value itself; "" for nothing.
    """

    aim: Aim
    low: float
    high: float
    verdict: Verdict
    gap: float
    numerator: float
    denominator: float
    missing: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether the value is known."""
        return self.low == self.high


def held_against(one: Answered, zone_id: str, *, aim: Aim, year: int) -> Held:
    """
    Hold what is known of one zone against what is asked of it.

    Parameters
    ----------
    one
        Target and answer.
    zone_id
        The zone; "" for the whole study area.
    aim
        What is asked of it.
    year
        The year chosen.
    """
    answer = one.answer
    sums = one.by_zone[zone_id]
    figure = _figure(answer, zone_id, year)
    low, high = _ends(one, zone_id, figure)
    least, most = _gap_ends(one, sums, (low, high), aim, zone_id=zone_id)
    verdict = verdict_of(low, high, aim, year=year, better=one.target.better)
    missing = _missing(one, zone_id, year=year, is_exact=low == high)
    if zone_id == WHOLE_AREA and not answer.missing:
        verdict = _with_further_demands(answer, verdict, aim, year)
        missing += (*answer.unmet, *answer.unsure)
    if least > 0 and least != most:
        missing += (_gap_text(least, most, one.target.gap_unit),)
    has_sums = answer.value is None and not answer.figures and not answer.missing
    return Held(
        aim=aim,
        low=low,
        high=high,
        verdict=verdict,
        gap=least if least == most else math.nan,
        numerator=_if_same(sums, "part") if has_sums else math.nan,
        denominator=_if_same(sums, "whole") if has_sums and answer.is_ratio else math.nan,
        missing=missing,
        note="" if figure is None else f"采用 {figure.year} 年的填报数（来源：{figure.source}）",
    )


def _ends(one: Answered, zone_id: str, figure: ReportedFigure | None) -> tuple[float, float]:
    """The lowest and the highest value."""
    answer = one.answer
    if answer.missing or not (answer.by_zone or zone_id == WHOLE_AREA):
        return math.nan, math.nan
    if answer.figures:
        value = math.nan if figure is None else figure.value
        return value, value
    if answer.value is not None:
        return answer.value, answer.value
    return one.by_zone[zone_id]["low"], one.by_zone[zone_id]["high"]


def _figure(answer: Answer, zone_id: str, year: int) -> ReportedFigure | None:
    """The latest figure of a zone that is not of a later year."""
    of_zone = [one for one in answer.figures if one.zone_id == zone_id and one.year <= year]
    return max(of_zone, key=lambda one: one.year, default=None)


def _gap_ends(
    one: Answered, sums: Sums, ends: tuple[float, float], aim: Aim, *, zone_id: str
) -> tuple[float, float]:
    """The smallest and the largest gap; NaN where nothing is asked or known."""
    target, answer = one.target, one.answer
    if aim.value is None or math.isnan(ends[0]) or math.isnan(ends[1]):
        return math.nan, math.nan
    if target.better == "lower" or answer.value is not None or answer.figures:
        gaps = [_distance(value, aim.value, better=target.better) for value in ends]
    else:
        gaps = [
            gap_of(
                sums[f"part_{end}"],
                sums[f"whole_{end}"] if answer.is_ratio else 1.0,
                aim.value,
                per=answer.per,
                is_whole=answer.gap_is_whole,
            )
            for end in ("low", "high")
        ]
        # A whole that may be 0 on one side only: there is nothing that could be missing there.
        gaps = [0.0 if math.isnan(gap) else gap for gap in gaps]
    least, most = min(gaps), max(gaps)
    if zone_id == WHOLE_AREA:
        least = max(least, answer.extra_gap)
        most = max(most, answer.extra_gap + len(answer.unsure))
    return least, most


def _distance(value: float, aim: float, *, better: str) -> float:
    """How far a value is from what is aimed at, in its own unit; 0 where it is met."""
    return 0.0 if is_met(value, aim, better=better) else abs(value - aim)


def _with_further_demands(answer: Answer, verdict: Verdict, aim: Aim, year: int) -> Verdict:
    """The verdict where a clause demands more than a number."""
    if aim.value is None or aim.due is None:
        return verdict
    if answer.unmet and verdict in ("达标", "数据不足"):
        return "尚未到期" if aim.due > year else "未达标"
    return "数据不足" if answer.unsure and verdict == "达标" else verdict


def _missing(one: Answered, zone_id: str, *, year: int, is_exact: bool) -> tuple[str, ...]:
    """What is lacking for an exact value, in Chinese."""
    answer = one.answer
    if answer.missing:
        return answer.missing
    if is_exact or not (answer.by_zone or zone_id == WHOLE_AREA):
        return ()
    if answer.figures:
        return (_no_figure(answer, zone_id, year),)
    where = "研究区" if zone_id == WHOLE_AREA else "本单元"
    return (one.unknown.get(zone_id, NOTHING_COUNTED.format(where=where)),)


def _no_figure(answer: Answer, zone_id: str, year: int) -> str:
    years = [one.year for one in answer.figures if one.zone_id == zone_id]
    where = "全域" if zone_id == WHOLE_AREA else "本单元"
    if not years:
        return f"没有填报{where}的数值"
    return f"没有填报{where} {year} 年或更早的数值，最早的是 {min(years)} 年"


def _gap_text(least: float, most: float, unit: str) -> str:
    if math.isinf(most):
        return f"缺口至少 {least:.10g} {unit}"
    return f"缺口在 {least:.10g} 至 {most:.10g} {unit}之间"


def _if_same(sums: Sums, what: str) -> float:
    low, high = sums[f"{what}_low"], sums[f"{what}_high"]
    return low if low == high and math.isfinite(low) else math.nan
