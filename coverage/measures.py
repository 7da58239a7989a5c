"""
Coverage measures: who is served within a cutoff, and how far that is from the target.

The door to the other measures too: each stands in a module of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.errors import DemandError, StandardError
from coverage.people.breakdown import by_group_and_zone, by_zone
from coverage.people.capacity_ratio import best_ratio, capacity_notices, capacity_ratios
from coverage.people.choice import facilities_within, nearest_k, people_with_at_least
from coverage.people.distribution import cumulative_curve, weighted_mean, weighted_quantiles
from coverage.people.inequality import gini, palma, theil, theil_parts
from coverage.people.overlap import people_by_overlap, shared_people
from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.standards import Standard

__all__ = [
    "COUNT_COLUMNS",
    "best_ratio",
    "by_group_and_zone",
    "by_zone",
    "capacity_notices",
    "capacity_ratios",
    "coverage_by_zone",
    "cumulative_curve",
    "facilities_within",
    "gini",
    "is_counted",
    "nearest_k",
    "palma",
    "people_by_overlap",
    "people_with_at_least",
    "shared_people",
    "theil",
    "theil_parts",
    "weighted_mean",
    "weighted_quantiles",
    "zone_table",
]

COUNT_COLUMNS: Final = ["villages", "villages_covered", "population_unknown"]
"""Numbers of demand points, beside the numbers of people."""

_ZONE_COLUMNS: Final = (
    "zone_id", "zone_name", "population", "covered", "share", "gap", *COUNT_COLUMNS,
    "village_share",
)  # fmt: skip


def is_counted(demand: pd.DataFrame, standard: Standard) -> pd.Series[bool]:
    """
    Which demand points a standard is about: inside the study area, and of its scope.

    Parameters
    ----------
    demand
        Shape (n, ...), column `zone_id` (null outside the study area) and, where the data tell
        town from country, `settlement`.
    standard
        Its scope decides; without `settlement` all settlements count.

    Returns
    -------
    is_counted
        Shape (n,), indexed as `demand`.
    """
    inside = demand["zone_id"].notna()
    if standard.scope == "all" or "settlement" not in demand.columns:
        return inside
    return inside & (demand["settlement"] == standard.scope)


def is_disputed(demand: pd.DataFrame, readings: Sequence[str]) -> pd.Series[bool]:
    """
    Whether some readings cover a demand point and others do not.

    Parameters
    ----------
    demand
        Shape (n, ...), columns `{reading_id}_covered` (bool).
    readings
        Ids of the readings that are compared.

    Returns
    -------
    is_disputed
        Shape (n,), indexed as `demand`.
    """
    covered = demand[[f"{name}_covered" for name in readings]].astype(bool)
    return covered.any(axis=1) & ~covered.all(axis=1)


def coverage_by_zone(demand: pd.DataFrame, *, cutoff_s: float, target: float) -> pd.DataFrame:
    """
    Share of each zone's population served within a travel-time cutoff.

    A demand point is covered when `travel_time_s <= cutoff_s` (inclusive, with a microsecond
    of tolerance for rounding noise). Shares weigh people, not points.

    Parameters
    ----------
    demand
        Shape (n, >=3), one row per demand point, with columns `zone_id`,
        `population` (persons, >= 0) and `travel_time_s` (seconds; `inf` = not reached).
    cutoff_s
        Cutoff in seconds, e.g. 900 for the 15-minute circle.
    target
        Planning target as a share of population in [0, 1].

    Returns
    -------
    zones
        One row per zone, indexed by `zone_id`, sorted, with columns
        `population` and `covered` (persons), `share` (in [0, 1]; NaN where nobody
        lives), and `gap` (persons still to be covered to meet `target`, >= 0).

    Raises
    ------
    DemandError
        If a column is missing or holds text, a zone is null, a population is negative, null
        or infinite, or a travel time is null: null means "not computed" and must not be read
        as "not served".
    StandardError
        If the target is not a share in [0, 1], or the cutoff is negative or NaN.

    References
    ----------
    Church, R., ReVelle, C. (1974). The maximal covering location problem.
    Papers of the Regional Science Association 32, 101-118.

    Examples
    --------
    >>> import pandas as pd
    >>> demand = pd.DataFrame({
    ...     "zone_id": ["A", "A", "B"],
    ...     "population": [400, 100, 50],
    ...     "travel_time_s": [900.0, 901.0, float("inf")],
    ... })
    >>> coverage_by_zone(demand, cutoff_s=900, target=0.9).to_dict("index")["A"]
    {'population': 500.0, 'covered': 400.0, 'share': 0.8, 'gap': 50.0}
    """
    _check_demand(demand)
    _check_target(target)
    _check_cutoff(cutoff_s)
    is_covered = demand["travel_time_s"] <= cutoff_s + TOLERANCE
    people = demand.assign(covered=demand["population"].where(is_covered, 0))
    zones = people.groupby("zone_id", sort=True)[["population", "covered"]].sum().astype(float)
    zones["share"] = zones["covered"] / zones["population"].where(zones["population"] > 0)
    zones["gap"] = (target * zones["population"] - zones["covered"]).clip(lower=0)
    return zones


def zone_table(
    demand: pd.DataFrame, zone_names: pd.Series[str], *, cutoff: float, target: float
) -> pd.DataFrame:
    """
    People and villages covered in every zone and in the whole study area.

    Parameters
    ----------
    demand
        Shape (n, >=4), columns `zone_id`, `population` (persons; NaN = unknown), `measured`
        (seconds or metres) and `covered` (bool).
    zone_names
        Name of every zone by `zone_id`; zones without demand get their row too.
    cutoff
        In the unit of `measured`, inclusive.
    target
        Share of population in [0, 1].

    Returns
    -------
    zones
        One row per zone, sorted by `zone_id`, then the whole study area with `zone_id` "":
        `zone_id`, `zone_name`, the columns of `coverage_by_zone`, `villages`,
        `villages_covered` and `population_unknown` (numbers of demand points), `village_share`
        and `target`. Where there are villages but no population is known, the numbers of people
        are NaN.

    Raises
    ------
    DemandError, StandardError
        As `coverage_by_zone`.
    """
    known = pd.DataFrame(
        {
            "zone_id": demand["zone_id"],
            "population": demand["population"].fillna(0),
            "travel_time_s": demand["measured"],
        }
    )
    _check_demand(known)
    _check_target(target)
    _check_cutoff(cutoff)
    is_covered = known["travel_time_s"] <= cutoff + TOLERANCE
    counted = pd.DataFrame(
        {
            "population": known["population"].astype(float),
            "covered": known["population"].where(is_covered, 0).astype(float),
            "villages": 1,
            "villages_covered": demand["covered"].astype(int),
            "population_unknown": demand["population"].isna().astype(int),
        }
    )
    order = sorted(zone_names.index)
    sums = counted.groupby(demand["zone_id"].to_numpy(), sort=True).sum()
    sums = sums.reindex(order, fill_value=0)
    # The whole area is one more row: a table grown row by row takes three times as long, and
    # this one is made anew at every click on the map.
    whole = sums.sum()
    table = pd.DataFrame(
        {name: np.append(sums[name].to_numpy(dtype=float), whole[name]) for name in sums.columns}
    )
    table["share"] = table["covered"] / table["population"].where(table["population"] > 0)
    table["gap"] = (target * table["population"] - table["covered"]).clip(lower=0)
    table["village_share"] = table["villages_covered"] / table["villages"].where(
        table["villages"] > 0
    )
    nobody_known = (table["villages"] > 0) & (table["population_unknown"] == table["villages"])
    table.loc[nobody_known, ["population", "covered", "gap"]] = math.nan
    table[COUNT_COLUMNS] = table[COUNT_COLUMNS].astype(int)
    table.insert(0, "zone_id", pd.Index([*order, ""], dtype=zone_names.index.dtype))
    table.insert(1, "zone_name", [*zone_names.reindex(order), "全域"])
    return table[[*_ZONE_COLUMNS]].assign(target=target)


def _check_demand(demand: pd.DataFrame) -> None:
    missing = sorted({"zone_id", "population", "travel_time_s"} - set(demand.columns))
    if missing:
        msg = f"需求点表缺少 {'、'.join(missing)} 列，现有 {'、'.join(map(str, demand.columns))}。"
        raise DemandError(msg)
    bad_zone = demand.index[demand["zone_id"].isna()]
    if len(bad_zone):
        msg = f"{len(bad_zone)} 个需求点没有所在单元 zone_id，第一个是 {bad_zone[0]!r}。"
        raise DemandError(msg)
    for column, title in (("population", "人口"), ("travel_time_s", "出行时间")):
        if not pd.api.types.is_numeric_dtype(demand[column]):
            msg = f"需求点的{title} {column} 应为数字，现为文字。"
            raise DemandError(msg)
        wrong = demand[column].isna() | (demand[column] < 0)
        bad = demand.index[wrong]
        if len(bad):
            msg = f"{len(bad)} 个需求点的{title} {column} 为空或为负，第一个是 {bad[0]!r}。"
            raise DemandError(msg)
    endless = demand.index[demand["population"] == math.inf]
    if len(endless):
        msg = f"{len(endless)} 个需求点的人口 population 不是有限的数字，第一个是 {endless[0]!r}。"
        raise DemandError(msg)


def _check_cutoff(cutoff: float) -> None:
    if math.isnan(cutoff) or cutoff < 0:
        msg = f"阈值应为不小于 0 的数字，现为 {cutoff}。"
        raise StandardError(msg)


def _check_target(target: float) -> None:
    if not 0 <= target <= 1:
        msg = f"规划目标应为 0 到 1 之间的覆盖率（90% 写作 0.9），现为 {target}。"
        raise StandardError(msg)
