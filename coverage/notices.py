"""What the planner must know beside the numbers: one sentence each, nothing left unsaid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from coverage.standards import Reading, Standard

GROUP_NAMES = {
    "population": "常住人口",
    "population_60plus": "60岁及以上人口",
    "population_0_3": "0—3岁人口",
}


@dataclass(frozen=True)
class Notice:
    """
    Something the planner must know that did not stop the work.

    Parameters
    ----------
    code
        Stable English code, e.g. "zone_without_demand".
    message
        One Chinese sentence: what, where, how many, the first one, what to do.
    count
        How many rows are concerned.
    """

    code: str
    message: str
    count: int = 1


def data_notices(
    standard: Standard, demand: pd.DataFrame, facilities: pd.DataFrame
) -> list[Notice]:
    """
    What the data lack that a standard asks for.

    Parameters
    ----------
    standard
        The standard applied.
    demand
        Demand table of the study area.
    facilities
        The facilities that the standard counts.

    Returns
    -------
    notices
        Codes "no_facility", "group_missing", "scope_missing", "population_unknown".
    """
    found = []
    name, group = standard.name, GROUP_NAMES.get(standard.demand_group, standard.demand_group)
    if facilities.empty:
        text = f"「{name}」没有任何计入的设施，全部需求点按未覆盖计；请补充设施数据。"
        found.append(Notice("no_facility", text))
    if standard.demand_group not in demand.columns:
        text = f"需求点没有「{group}」这一列，「{name}」只能按村数统计，人口覆盖率无法计算。"
        found.append(Notice("group_missing", text, len(demand)))
    elif unknown := int(demand[standard.demand_group].isna().sum()):
        text = f"「{name}」有 {unknown} 个需求点的{group}未知，计入村数，不计入人口。"
        found.append(Notice("population_unknown", text, unknown))
    if standard.scope != "all" and "settlement" not in demand.columns:
        scope = "农村" if standard.scope == "rural" else "城镇"
        text = f"「{name}」只考核{scope}，但需求点没有区分城乡，现按全部需求点计算。"
        found.append(Notice("scope_missing", text, len(demand)))
    return found


def trip_notices(
    standard: Standard,
    reading: Reading,
    demand: pd.DataFrame,
    trips: pd.DataFrame,
    *,
    any_facility: bool,
) -> list[Notice]:
    """
    Demand points that a reading cannot serve, whatever is built along the roads.

    Parameters
    ----------
    standard, reading
        What was measured.
    demand
        Demand table.
    trips
        Indexed as `demand`: `distance_m`, and to the nearest road of any of the modes
        `to_road_m` (metres) and `to_road_s` (seconds).
    any_facility
        Whether the standard counts any facility; where it does not, all is cut off anyhow.

    Returns
    -------
    notices
        Codes "demand_not_connected" and "demand_far_from_road".
    """
    found = []
    cut_off = ~np.isfinite(trips["distance_m"])
    if any_facility and cut_off.any():
        text = (
            f"「{standard.name}」有 {int(cut_off.sum())} 个需求点（{_people(demand[cut_off])}）"
            f"所在的道路与任何计入的设施都不连通，第一个是{_first(demand[cut_off])}；"
            "按未覆盖计，请核对路网。"
        )
        found.append(Notice("demand_not_connected", text, int(cut_off.sum())))
    far = trips["to_road_s"] > reading.cutoff
    if reading.measure == "travel_time" and far.any():
        farthest = trips.loc[far, "to_road_m"].max()
        text = (
            f"「{standard.name}」有 {int(far.sum())} 个需求点（{_people(demand[far])}）"
            f"仅步行到最近道路就超过 {reading.cutoff_text}，第一个是{_first(demand[far])}，"
            f"最远 {farthest / 1000:.1f} 公里；请核对坐标和路网。"
        )
        found.append(Notice("demand_far_from_road", text, int(far.sum())))
    return found


def facility_notices(
    standard: Standard, reading: Reading, facilities: pd.DataFrame, access: pd.DataFrame
) -> list[Notice]:
    """
    Facilities so far from any road that the access leg alone uses up the cutoff.

    Parameters
    ----------
    standard, reading
        What was measured.
    facilities
        The facilities that the standard counts.
    access
        Indexed as `facilities`: `access_m` (metres) and `access_s` (seconds).

    Returns
    -------
    notices
        Code "facility_far_from_road".
    """
    far = access["access_s"] > reading.cutoff
    if reading.measure != "travel_time" or not far.any():
        return []
    first = facilities[far].iloc[0]
    text = (
        f"「{standard.name}」有 {int(far.sum())} 处设施到不了道路（步行到最近道路就超过"
        f" {reading.cutoff_text}），服务不到任何人，第一处是「{first['facility_name']}」，"
        f"距最近道路 {access.loc[far, 'access_m'].iloc[0] / 1000:.1f} 公里；请核对坐标和路网。"
    )
    return [Notice("facility_far_from_road", text, int(far.sum()))]


def _people(demand: pd.DataFrame) -> str:
    known = demand["population"].dropna()
    return f"{known.sum():,.0f} 人" if len(known) else "人口未知"


def _first(demand: pd.DataFrame) -> str:
    name = demand["demand_name"].iloc[0]
    return f"「{demand.index[0] if pd.isna(name) else name}」"
