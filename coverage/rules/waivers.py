"""Villages that a target does not count, listed one by one with their reason (豁免)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.catchment import nearest_by_straight_line
from coverage.requests import TOLERANCE
from coverage.rules.answer import no_waived

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.rules.choices import Waiver, WaiverRule
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import Target

    Bools = npt.NDArray[np.bool_]

WAIVER_NAMES: Final[Mapping[WaiverRule, str]] = {
    "township_hospital_seat": "镇卫生院驻地村",
    "joint_clinic": "联村设室",
    "small_village": "人口较少的村",
}

MAY_BE_WAIVED: Final = "常住人口未填，无法判断是否豁免"

SEAT_KINDS: Final = ("township_hospital",)
"""Kinds whose seat needs no clinic of its own; a community health centre is not named in rules."""


@dataclass(frozen=True, eq=False)
class Waived:
    """
    Which demand points a target does not count.

    Parameters
    ----------
    table
        Columns `item_id`, `item_name`, `zone_id`, `reason`: those that surely do not count.
    is_waived, is_open
        Indexed as the demand: surely, and perhaps, where the population that decides is not known.
    notes
        What a planner must know of the waivers themselves.
    """

    table: pd.DataFrame
    is_waived: pd.Series[bool]
    is_open: pd.Series[bool]
    notes: tuple[str, ...] = ()


def waivers_of(study: TargetStudy, target: Target) -> tuple[Waiver, ...]:
    """The waivers that the planner set for a target, in order."""
    return tuple(one for one in study.choices.waivers if target.target_id in one.target_ids)


def waived_villages(study: TargetStudy, target: Target, demand: gpd.GeoDataFrame) -> Waived:
    """
    The demand points that a target does not count.

    Parameters
    ----------
    study
        It knows the waivers and the facilities.
    target
        Whose waivers.
    demand
        The demand points it would count otherwise, each with `zone_id`.

    Returns
    -------
    waived
        A village that several waivers take is listed once, under the first.
    """
    is_waived = pd.Series(data=False, index=demand.index)
    is_open = is_waived.copy()
    tables, notes = [no_waived()], []
    for waiver in waivers_of(study, target):
        taken, open_, note = _apply(study, waiver, demand)
        fresh = taken & ~is_waived.to_numpy()
        tables.append(_table(demand[fresh], waiver))
        is_waived |= fresh
        is_open |= open_
        notes += [note] if note else []
    filled = [table for table in tables if len(table)]
    table = pd.concat(filled, ignore_index=True) if filled else no_waived()
    return Waived(table, is_waived, is_open & ~is_waived, tuple(notes))


def denominator_note(
    waived: Waived, weight: pd.Series[float], *, may_be: pd.Series[bool], unit: str
) -> tuple[str, ...]:
    """
    How the waivers change the denominator, in Chinese.

    Parameters
    ----------
    waived
        From `waived_villages`.
    weight
        What each demand point adds to the denominator, by id; NaN where nobody knows.
    may_be
        By id: of which nobody knows whether they are in the denominator at all.
    unit
        "个" or "人".

    Returns
    -------
    notes
        None where nothing is waived.
    """
    count = int(waived.is_waived.sum())
    if not count:
        return ()
    sure = weight[~may_be]
    before, after = sure.sum(), sure[~waived.is_waived[sure.index]].sum()
    unknown = {"人口未填": int(sure.isna().sum()), "城乡属性未填": int(may_be.sum())}
    apart = "、".join(f"{what}的 {number} 个村" for what, number in unknown.items() if number)
    more = f"（{apart}不在其内）" if apart else ""
    return (
        f"按豁免规则不计 {count} 个村，分母由 {before:.10g} {unit}变为 {after:.10g} {unit}{more}",
    )


def unused_note(study: TargetStudy, target: Target) -> tuple[str, ...]:
    """What is said of waivers of villages where a target counts no villages."""
    if not waivers_of(study, target):
        return ()
    return ("豁免规则只适用于按需求点计的村，本指标按行政单元核算，没有使用",)


def _apply(
    study: TargetStudy, waiver: Waiver, demand: gpd.GeoDataFrame
) -> tuple[Bools, Bools, str]:
    """Which demand points a waiver takes, which it may take, and what is to be said of it."""
    none = np.zeros(len(demand), dtype=bool)
    name = WAIVER_NAMES[waiver.rule]
    if waiver.rule == "township_hospital_seat":
        hospitals = study.facilities[study.facilities["kind"].isin(SEAT_KINDS)]
        if hospitals.empty:
            return none, none, f"数据里没有任何镇卫生院，豁免规则“{name}”没有使用"
        metres = nearest_by_straight_line(demand, hospitals)["distance_m"].to_numpy(dtype=float)
        return metres <= waiver.within_m + TOLERANCE, none, ""
    if waiver.rule == "joint_clinic":
        strange = [one for one in waiver.demand_ids if one not in study.layers.demand.index]
        note = (
            f"豁免规则“{name}”所列的村有 {len(strange)} 个不在需求点里，首个是“{strange[0]}”，"
            "请核对代码"
            if strange
            else ""
        )
        return demand.index.isin(waiver.demand_ids), none, note
    people = demand["population"].to_numpy(dtype=float)
    unknown = np.isnan(people)
    note = f"{unknown.sum()} 个村常住人口未填，无法判断是否属于“{name}”" if unknown.any() else ""
    return people < waiver.under_persons, unknown, note


def _table(demand: gpd.GeoDataFrame, waiver: Waiver) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item_id": demand.index.astype(str),
            "item_name": demand["demand_name"].to_numpy(),
            "zone_id": demand["zone_id"].to_numpy(),
            "reason": f"{_rule_text(waiver)}：{waiver.reason}",
        }
    )


def _rule_text(waiver: Waiver) -> str:
    if waiver.rule == "township_hospital_seat":
        return f"{WAIVER_NAMES[waiver.rule]}（{waiver.within_m:g} 米以内有镇卫生院）"
    if waiver.rule == "small_village":
        return f"人口少于 {waiver.under_persons:g} 人的村"
    return WAIVER_NAMES[waiver.rule]
