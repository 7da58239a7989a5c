"""What the planner must know beside the numbers: one sentence each, nothing left unsaid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.access.access_checks import (
    ACROSS_BARRIER,
    FAR_FROM_ROAD,
    IN_WATER,
    NO_ROAD,
    SEPARATE_PART,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.areas.area_check import AreaCheck
    from coverage.impedance import TravelMode
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
        text = f"「{name}」没有任何计入的设施，不给覆盖率；请补充设施数据。"
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
    # Those without a way to any road are told with the other doubtful ways.
    far = (trips["to_road_s"] > reading.cutoff) & np.isfinite(trips["to_road_m"])
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
    far = (access["access_s"] > reading.cutoff) & np.isfinite(access["access_m"])
    if reading.measure != "travel_time" or not far.any():
        return []
    first = facilities[far].iloc[0]
    text = (
        f"「{standard.name}」有 {int(far.sum())} 处设施到不了道路（步行到最近道路就超过"
        f" {reading.cutoff_text}），服务不到任何人，第一处是「{first['facility_name']}」，"
        f"距最近道路 {access.loc[far, 'access_m'].iloc[0] / 1000:.1f} 公里；请核对坐标和路网。"
    )
    return [Notice("facility_far_from_road", text, int(far.sum()))]


def access_notices(checks: pd.DataFrame, modes: Mapping[str, TravelMode]) -> list[Notice]:
    """
    How many points have a doubtful way to the road, a sentence per issue.

    Parameters
    ----------
    checks
        From `coverage.access.access_checks.access_checks`, all layers and modes.
    modes
        Travel modes by id, for their names.

    Returns
    -------
    notices
        Code of layer and issue: "access_demand_far_from_road" …
    """
    found = []
    rows = checks.assign(mode=checks["mode_id"].map(lambda mode_id: modes[mode_id].name))
    for (layer, issue), here in rows.groupby(["layer", "issue"], sort=True):
        points = here.drop_duplicates("point_id")
        what = "个需求点" if layer == "demand" else "处设施"
        people = f"（{_people(points)}）" if layer == "demand" else ""
        first = points.iloc[0]
        name = first["point_id"] if pd.isna(first["point_name"]) else first["point_name"]
        text = (
            f"{len(points)} {what}{people}{_ISSUE_TEXTS[str(issue)]}"
            f"（{'、'.join(here['mode'].unique())}），第一个是「{name}」；"
            "逐点列在接路检查表中，请核对坐标和路网。"
        )
        found.append(Notice(f"access_{layer}_{issue}", text, len(points)))
    return found


_ISSUE_TEXTS = {
    NO_ROAD: "在河流、铁路等障碍的同侧找不到可用的道路，按到不了计",
    ACROSS_BARRIER: "的最近道路隔着河流、水面、铁路或高速公路，已改接同侧的道路",
    IN_WATER: "落在水面里，请核对坐标；按能到最近的岸边道路计",
    FAR_FROM_ROAD: "离最近道路超过设定的距离，照常计算但把握较小",
    SEPARATE_PART: "所在的道路与主路网不相连，只能到同一片道路上的设施",
}


def area_notices(standard: Standard, reading: Reading, check: AreaCheck) -> list[Notice]:
    """
    Where the drawn ground does not agree with the travel times well enough.

    Parameters
    ----------
    standard, reading
        What was drawn.
    check
        Of its ground.

    Returns
    -------
    notices
        Code "area_disagrees".
    """
    if check.holds:
        return []
    points = len(check.points)
    text = (
        f"「{standard.name}·{reading.name}」画出的服务圈与 {points} 个需求点（"
        f"{check.share:.1%}）的出行时间不一致，其中 {check.unexplained} 个原因不明；"
        "覆盖人数按出行时间计，不受影响，服务圈仅供看图。"
    )
    return [Notice("area_disagrees", text, points)]


def rescue_notices(
    standard: Standard, reading: Reading, stations: pd.DataFrame, stranded: pd.Index
) -> list[Notice]:
    """
    What the two legs of a rescue lack.

    Parameters
    ----------
    standard, reading
        What was measured, a reading in two legs.
    stations
        The ambulance stations that count, indexed by `facility_id`.
    stranded
        Ids of those from which no hospital can be reached.

    Returns
    -------
    notices
        Codes "no_station", "turnout_unknown" and "station_without_hospital".
    """
    title = f"「{standard.name}·{reading.name}」"
    if stations.empty:
        text = f"{title}没有任何院前急救站，两段时间无法计算，不给覆盖率；请补充急救站。"
        return [Notice("no_station", text)]
    found = []
    stated = stations.get("turnout_s", pd.Series(np.nan, index=stations.index))
    if unknown := int(stated.isna().sum()):
        text = (
            f"{title}有 {unknown} 处急救站没有出车准备时间，"
            f"按标准文件里的 {reading.turnout_s / 60:g} 分钟计。"
        )
        found.append(Notice("turnout_unknown", text, unknown))
    if len(stranded):
        name = stations.loc[stranded[0], "facility_name"]
        text = (
            f"{title}有 {len(stranded)} 处急救站与任何有救治能力的医院都不通路，"
            f"第一处是「{stranded[0] if pd.isna(name) else name}」；请核对坐标和路网。"
        )
        found.append(Notice("station_without_hospital", text, len(stranded)))
    return found


def parts_notices(parts: pd.DataFrame, modes: Mapping[str, TravelMode]) -> list[Notice]:
    """
    Parts of the road network that are cut off, a sentence per mode.

    Parameters
    ----------
    parts
        From `coverage.access.road_parts.road_parts`, all modes, with `mode_id`.
    modes
        Travel modes by id, for their names.

    Returns
    -------
    notices
        Code "road_parts".
    """
    told: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for mode_id, here in parts.groupby("mode_id", sort=True):
        lived_in = here[here["villages"] > 0]
        villages = int(lived_in["villages"].sum())
        on_them = f"其中 {len(lived_in)} 片上有 {villages} 个需求点、{_people(lived_in)}"
        text = (
            f"的路网有 {len(here)} 片与主路网不相连"
            f"（共 {here['length_m'].sum() / 1000:.1f} 公里），"
            f"{on_them if villages else '上面没有需求点'}；逐片列在路网分片表中。"
        )
        # Modes with the same rights have the same parts, and one sentence is enough for them.
        told.setdefault(text, []).append(modes[str(mode_id)].name)
        sizes[text] = len(here)
    return [
        Notice("road_parts", f"「{'、'.join(names)}」{text}", sizes[text])
        for text, names in told.items()
    ]


def _people(demand: pd.DataFrame) -> str:
    known = demand["population"].dropna()
    return f"{known.sum():,.0f} 人" if len(known) else "人口未知"


def _first(demand: pd.DataFrame) -> str:
    name = demand["demand_name"].iloc[0]
    return f"「{demand.index[0] if pd.isna(name) else name}」"
