"""People of a zone spread over the demand points in it; the zone's sum stays what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.errors import DemandError
from coverage.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

NAMED_ZONES: Final = 3
"""Zones named in a notice."""


def whole_shares(total: float, weights: FloatArray) -> FloatArray:
    """
    A total in whole persons by weights, by the method of the largest remainder (Hamilton).

    Parameters
    ----------
    total
        Persons; a part of a person goes to the first of the largest weights.
    weights
        Shape (n,), n >= 1, not negative, not all 0.

    Returns
    -------
    shares
        Shape (n,); their sum is `total`, each within one person of its exact share.

    Examples
    --------
    >>> whole_shares(10, np.array([1.0, 1.0, 1.0])).tolist()
    [4.0, 3.0, 3.0]
    """
    whole = np.floor(total)
    exact = whole * (weights / weights.sum())
    shares = np.floor(exact)
    missing = round(whole - shares.sum())
    # A stable sort: equal remainders go to the first, so the same input gives the same output.
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[:missing]] += 1
    shares[int(np.argmax(weights))] += total - whole
    return shares


def spread_people(
    zone_id: pd.Series, totals: pd.Series, *, weights: pd.Series | None = None, source: str
) -> tuple[pd.Series, tuple[Notice, ...]]:
    """
    The people of zones spread over the demand points in them.

    Parameters
    ----------
    zone_id
        Zone of each demand point, by demand id; null outside the study area.
    totals
        Persons by zone id; NaN where not known.
    weights
        By demand id: households, floor area, people of a raster …; None counts every point alike.
    source
        What the weights are, in Chinese, e.g. "户数"; for the notice.

    Returns
    -------
    population
        Persons by demand id, whole where the totals are; NaN outside and where the zone's total
        is not known.
    notices
        That it is an estimate; zones whose weights are all 0, where points count alike; zones
        whose people found no point.

    Raises
    ------
    DemandError
        If a weight is negative, not finite, or missing in a zone that has people to spread.
    """
    people = pd.Series(np.nan, index=zone_id.index, dtype=float)
    weightless: list[object] = []
    chosen = pd.Series(1.0, index=zone_id.index) if weights is None else weights.astype(float)
    bad = chosen.index[~(np.isfinite(chosen) & (chosen >= 0)) & zone_id.notna()]
    if len(bad):
        msg = (
            f"按{source}分摊人口时，有 {len(bad)} 个需求点的{source}缺失或为负"
            f"（首个是“{bad[0]}”）。请补齐，或改为平均分摊。"
        )
        raise DemandError(msg)
    for zone, rows in zone_id.groupby(zone_id).groups.items():
        total = totals.get(zone, np.nan)
        if np.isfinite(total):
            share = chosen.loc[rows].to_numpy()
            if not share.sum():
                share = np.ones(len(share))
                weightless += [zone] if total > 0 else []
            people.loc[rows] = whole_shares(float(total), share)
    known = totals.dropna()
    placed = known[known.index.isin(zone_id.dropna())]
    how = f"按{source}" if weights is not None else "平均"
    text = (
        f"{len(placed)} 个行政单元的人口（共 {placed.sum():,.0f} 人）{how}分摊到其中的需求点，"
        "各单元合计不变；单个需求点的人口是估计数。"
    )
    if weightless:
        text += (
            f"其中 {len(weightless)} 个行政单元（{_named(weightless)}）的{source}全是 0，"
            f"改为平均分摊，请核对{source}。"
        )
    notices = [Notice("population_spread", text, len(placed))]
    lost = known[~known.index.isin(zone_id.dropna()) & (known > 0)]
    if len(lost):
        text = (
            f"{len(lost)} 个行政单元（{_named(list(lost.index))}）里没有需求点，"
            f"其人口 {lost.sum():,.0f} 人没有分摊，不计入覆盖率。请补充这些单元的村（社区）。"
        )
        notices.append(Notice("population_not_spread", text, len(lost)))
    return people, tuple(notices)


def _named(zones: Sequence[object]) -> str:
    more = " 等" if len(zones) > NAMED_ZONES else ""
    return "、".join(str(zone) for zone in zones[:NAMED_ZONES]) + more
