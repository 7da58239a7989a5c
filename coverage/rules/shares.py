"""Shares of people, units or facilities: what counts, what does not, and what nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.facility_features import NO, YES
from coverage.percent import shown_percent
from coverage.requests import TOLERANCE
from coverage.rules.answer import BOUNDS, Answer, share_items
from coverage.rules.sums import value_bounds

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from coverage.rules.study import TargetStudy
    from coverage.rules.target import FacilityChoice
    from coverage.standards import Measure

    States = npt.NDArray[np.int8]
    Numbers = npt.NDArray[np.float64]

SECONDS_PER_MINUTE: Final = 60.0
METRES_PER_KILOMETRE: Final = 1000.0
MOST_DIGITS: Final = 6
"""Digits behind the point at most: what the tolerance of a cutoff lets tell apart."""


@dataclass(frozen=True)
class Limit:
    """
    How far is near enough, and how a planner says it.

    Parameters
    ----------
    cutoff
        Seconds or metres, inclusive.
    measure
        "travel_time" for seconds, else metres.
    """

    cutoff: float
    measure: Measure = "straight_line"

    @property
    def text(self) -> str:
        """The cutoff: "15 分钟", "2.5 公里", "300 米"."""
        scale, unit = self._unit
        return f"{self.cutoff / scale:g} {unit}"

    def holds(self, cost: Numbers) -> npt.NDArray[np.bool_]:
        """Whether each cost, in seconds or metres, is within the cutoff."""
        return cost <= self.cutoff + TOLERANCE

    def past(self, cost: float) -> str:
        """A cost beyond the cutoff, with as many digits as show that it is."""
        scale, unit = self._unit
        value, most = cost / scale, self.cutoff / scale
        digits = next((n for n in range(1, MOST_DIGITS) if round(value, n) > most), MOST_DIGITS)
        return f"{value:.{digits}f} {unit}"

    @property
    def _unit(self) -> tuple[float, str]:
        if self.measure == "travel_time":
            return SECONDS_PER_MINUTE, "分钟"
        return (1.0, "米") if self.cutoff < METRES_PER_KILOMETRE else (METRES_PER_KILOMETRE, "公里")


def counted_items(
    item_type: str,
    table: pd.DataFrame,
    *,
    name_column: str,
    states: States,
    weight: tuple[Numbers, Numbers],
    reason: list[str],
) -> pd.DataFrame:
    """
    Items of a share, each of some weight, that count, do not, or may.

    Parameters
    ----------
    item_type, table
        As `coverage.rules.answer.share_items`.
    name_column
        Column of their names; the id stands in for a name that is missing.
    states
        Shape (n,), YES, NO or UNKNOWN: whether each counts.
    weight
        The least and the most it can weigh, each of shape (n,): persons, or 1 for a unit.
    reason
        n texts.

    Returns
    -------
    items
        Columns `coverage.rules.answer.ITEM_COLUMNS`.
    """
    least, most = weight
    names, ids = table[name_column], table.index.to_series().astype(str)
    yes, no = states == YES, states == NO
    return share_items(
        item_type,
        table,
        names=names.where(names.notna(), ids),
        part=(np.where(yes, least, 0.0), np.where(no, 0.0, most)),
        rest=(np.where(no, least, 0.0), np.where(yes, 0.0, most)),
        reason=reason,
    )


def share_text(items: pd.DataFrame) -> str:
    """The share that items make up, in percent, or the two ends it lies between."""
    sums = items[list(BOUNDS)].sum().to_frame().T
    ends = value_bounds(sums, Answer(items, per=100.0, is_share=True))
    low, high = (shown_percent(float(ends[end].iloc[0]) / 100) for end in ("low", "high"))
    if np.isnan(low):
        return "无法核算（没有考核对象）"
    return f"{low:.1f} %" if low == high else f"{low:.1f}～{high:.1f} %（资料不全）"


def choice_text(study: TargetStudy, choice: FacilityChoice) -> str:
    """What a choice looks at, as the plan says it: "综合医院（二级及以上、康复医学科）"."""
    texts = []
    for one in choice:
        code = one.kinds[0]
        name, _, conditions = one.text.partition("[")
        name = name or (study.kinds[code].name if code in study.kinds else code)
        conditions = conditions.removesuffix("]").replace(",", "、")
        texts.append(f"{name}（{conditions}）" if conditions else name)
    return "、".join(dict.fromkeys(texts))


def unlisted_of(
    study: TargetStudy, choices: list[FacilityChoice], *, inside: bool = False
) -> tuple[str, ...]:
    """A sentence for every choice of which the data hold no list; `inside` as `is_listed`."""
    missing = [one for one in choices if not study.is_listed(one, inside=inside)]
    return tuple(dict.fromkeys(study.unlisted(one) for one in missing))
