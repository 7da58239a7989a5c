"""Minutes, choice and capacity as frames and sentences ready to be shown."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from reports.figures import minutes_text, people_text, share_text, shown_percent
from reports.safe_text import plain_text
from views.plain_text import escaped

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from coverage.standards import Reading

    Row = Mapping[Hashable, float]

SECONDS_PER_MINUTE: Final = 60

UNKNOWN_ZONES: Final = "人口未知村（个）"
NOT_REACHED: Final = "到不了任何设施（人）"
"""Columns that are shown only where they hold anything."""

NO_CAPACITY: Final = (
    "计入本标准的设施都没有填写床位或面积，不能算每千人容量。请在设施名录里补上床位或面积一列，"
    "并在 project.toml 的 [[facilities]] columns 里写明 capacity_beds 或 area_m2。"
)

NO_RULE: Final = (
    "没有写一个单位的容量服务几个人，不算分配。要算，请在 project.toml 里加一张 [[capacity]] 表，"
    "写明 standard、column、persons_per_unit 和 source（写法见使用手册第九节）。"
)

METHODS_NOTE: Final = (
    "每处的容量除以阈值以内的人，再把够得着的几处加起来。“远近一样”是两步移动搜索法（2SFCA）；"
    "“近多远少”按高斯衰减，到阈值为 0（E2SFCA）。基尼系数按近多远少算，0 表示人人一样。"
    "容量由全部居民共用，“范围内的人”也含考核范围以外的居民。"
)


def facts_html(travel_times: pd.DataFrame, reading: Reading, *, target: float = 1.0) -> str:
    """
    The groups of people side by side for the whole study area; every text in it is escaped.

    Parameters
    ----------
    travel_times
        From `coverage.studies.study_measures.study_measures`, of one reading.
    reading
        That reading.
    target
        Of its standard: who is within the cutoff is covered.
    """
    whole = travel_times[travel_times["zone_id"] == ""]
    cutoff = reading.cutoff_text
    lines = {
        "人口": [people_text(row) for row in whole["population"]],
        f"{cutoff}以内": [share_text(row, target=target) for row in whole["share_within"]],
        "到不了任何设施": [people_text(row) for row in whole["population"] - whole["reached"]],
        "平均（到得了的人）": _minutes(whole["mean_s"]),
        "四分之一的人不超过": _minutes(whole["p25_s"]),
        "半数的人不超过": _minutes(whole["p50_s"]),
        "四分之三的人不超过": _minutes(whole["p75_s"]),
        "九成的人不超过": _minutes(whole["p90_s"]),
        f"{cutoff}内有两处以上可选": [share_text(row) for row in whole["share_2_facilities"]],
        f"{cutoff}内有三处以上可选": [share_text(row) for row in whole["share_3_facilities"]],
        "出行时间基尼系数": [_decimals(row) for row in whole["gini"]],
    }
    head = "".join(f"<th>{escaped(name)}</th>" for name in ["", *whole["group_name"]])
    body = "".join(
        f"<tr><td>{escaped(title)}</td>"
        + "".join(f"<td>{escaped(cell)}</td>" for cell in cells)
        + "</tr>"
        for title, cells in lines.items()
    )
    return (
        f'<div class="qt-compare"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def travel_time_table(
    travel_times: pd.DataFrame, reading: Reading, *, group: str, target: float = 1.0
) -> pd.DataFrame:
    """
    Minutes and choice by zone, the zone that takes nine in ten of its people longest first.

    Parameters
    ----------
    travel_times
        Of one reading.
    reading, target
        As `facts_html`.
    group
        Group of people.

    Returns
    -------
    table
        One row per zone, in Chinese columns with their units; NaN where so many cannot reach a
        facility, nobody lives or nothing is known.
    """
    rows = _zones(travel_times, group).sort_values(
        ["p90_s", "mean_s"], ascending=False, kind="stable", na_position="last"
    )
    cutoff = reading.cutoff_text
    table = pd.DataFrame(
        {
            "名称": rows["zone_name"].map(plain_text),
            "人口（人）": rows["population"],
            f"{cutoff}以内（%）": rows["share_within"].map(partial(shown_percent, target=target)),
            NOT_REACHED: rows["population"] - rows["reached"],
            "平均（分钟）": _shown_minutes(rows["mean_s"]),
            "半数不超过（分钟）": _shown_minutes(rows["p50_s"]),
            "九成不超过（分钟）": _shown_minutes(rows["p90_s"]),
            "两处可选（%）": rows["share_2_facilities"].map(shown_percent),
            "三处可选（%）": rows["share_3_facilities"].map(shown_percent),
            "基尼系数": rows["gini"],
            UNKNOWN_ZONES: rows["population_unknown"],
        }
    )
    return _without_idle(table).reset_index(drop=True)


def capacity_table(capacity: pd.DataFrame, *, group: str) -> pd.DataFrame:
    """
    Capacity within reach by zone, the zone with least first.

    Parameters
    ----------
    capacity
        From `study_measures`, of one reading and one kind of capacity.
    group
        Group of people.
    """
    rows = _zones(capacity, group).sort_values("per_1000_2sfca", kind="stable")
    unit = rows["capacity_unit"].iloc[0] if len(rows) else ""
    table = pd.DataFrame(
        {
            "名称": rows["zone_name"].map(plain_text),
            "人口（人）": rows["population"],
            f"远近一样（{unit}/千人）": rows["per_1000_2sfca"],
            f"近多远少（{unit}/千人）": rows["per_1000_e2sfca"],
            "基尼系数": rows["gini_e2sfca"],
            UNKNOWN_ZONES: rows["population_unknown"],
        }
    )
    return _without_idle(table).reset_index(drop=True)


def facility_table(facilities: pd.DataFrame) -> pd.DataFrame:
    """
    The facilities with their capacity, the one with least per head first.

    Parameters
    ----------
    facilities
        `capacity_facilities` of `study_measures`, of one reading and one kind of capacity.
    """
    rows = facilities.sort_values("per_1000_people", kind="stable", na_position="last")
    title, unit = (
        rows[name].iloc[0] if len(rows) else "" for name in ("capacity_name", "capacity_unit")
    )
    table = pd.DataFrame(
        {
            "名称": rows["facility_name"].fillna(rows["facility_id"]).map(plain_text),
            f"{title}（{unit}）": rows["capacity"],
            "范围内的人（人）": rows["people"],
            f"每千人（{unit}）": rows["per_1000_people"],
            "分到（人）": rows["load"],
            "负荷（%）": 100 * rows["load_share"],
        }
    )
    idle = [name for name in ("分到（人）", "负荷（%）") if table[name].isna().all()]
    return table.drop(columns=idle).reset_index(drop=True)


def allocation_table(allocation: pd.DataFrame, reading: Reading, *, group: str) -> pd.DataFrame:
    """
    Who is served by zone, the zone with most people not served first.

    Parameters
    ----------
    allocation
        From `study_measures`, of one reading and one kind of capacity.
    reading
        That reading.
    group
        Group of people.
    """
    rows = _zones(allocation, group)
    left = rows["unserved"] + rows["out_of_reach"]
    rows = rows.assign(left=left).sort_values("left", ascending=False, kind="stable")
    table = pd.DataFrame(
        {
            "名称": rows["zone_name"].map(plain_text),
            "人口（人）": rows["population"],
            "得到服务（人）": rows["served"],
            "到得了但没有容量（人）": rows["unserved"],
            f"{reading.cutoff_text}内到不了（人）": rows["out_of_reach"],
            "得到服务（%）": rows["served_share"].map(shown_percent),
            "平均（分钟）": _shown_minutes(rows["travel_time_s"]),
            UNKNOWN_ZONES: rows["population_unknown"],
        }
    )
    return _without_idle(table).reset_index(drop=True)


def allocation_text(allocation: pd.DataFrame, reading: Reading, *, group: str) -> str:
    """
    Who is served in the whole study area, in one sentence, with the assumption behind it.

    Parameters
    ----------
    allocation
        Of one reading and one kind of capacity.
    reading
        That reading.
    group
        Group of people.
    """
    rows = allocation[(allocation["group"] == group) & (allocation["zone_id"] == "")]
    row = rows.iloc[0]
    basis = (
        f"按一{row['capacity_unit']}{row['capacity_name']}服务 {row['persons_per_unit']:g} 人计"
        f"（假定，依据：{row['source']}）"
    )
    if isinstance(row["note"], str):
        return f"{basis}：{row['note'].rstrip('。')}。"
    return (
        f"{basis}：得到服务 {people_text(row['served'])}（{share_text(row['served_share'])}），"
        f"到得了但没有容量 {people_text(row['unserved'])}，"
        f"{reading.cutoff_text}内到不了 {people_text(row['out_of_reach'])}。"
        "这是服务的人最多、路上时间最短的安排，不是对实际去向的预测。"
    )


def capacity_text(capacity: pd.DataFrame, *, group: str) -> str:
    """
    Capacity within reach for the whole study area, in one sentence.

    Parameters
    ----------
    capacity
        Of one reading and one kind of capacity.
    group
        Group of people.
    """
    rows = capacity[(capacity["group"] == group) & (capacity["zone_id"] == "")]
    row = rows.iloc[0]
    return (
        f"每千人够得着的{row['capacity_name']}：{row['per_1000_2sfca']:,.1f} {row['capacity_unit']}"
        f"（远近一样）、{row['per_1000_e2sfca']:,.1f} {row['capacity_unit']}（近多远少）。"
    )


def _zones(table: pd.DataFrame, group: str) -> pd.DataFrame:
    return table[(table["group"] == group) & (table["zone_id"] != "")]


def _without_idle(table: pd.DataFrame) -> pd.DataFrame:
    idle = [
        name
        for name in (UNKNOWN_ZONES, NOT_REACHED)
        if name in table.columns and not table[name].fillna(0).any()
    ]
    return table.drop(columns=idle)


def _shown_minutes(seconds: pd.Series) -> pd.Series:
    minutes = seconds.astype(float) / SECONDS_PER_MINUTE
    return minutes.where(np.isfinite(minutes))


def _minutes(seconds: pd.Series) -> list[str]:
    return [minutes_text(float(each)) for each in seconds]


def _decimals(value: float) -> str:
    return "—" if math.isnan(value) else f"{value:.2f}"
