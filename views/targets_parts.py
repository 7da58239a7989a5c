"""Tables behind one target: failing units, zones, years, other plans, what would close the gap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.rules.choices import WHOLE_AREA
from coverage.rules.closing_villages import closing_villages
from reports.safe_text import plain_text
from reports.target_figures import (
    gap_text,
    number_text,
    target_text,
    value_text,
    verdict_text,
    with_unit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.rules.target import Target
    from coverage.targets import LeastSites

MOST_UNITS: Final = 5_000
"""Rows of a table on screen; all of them are in the files."""

CELL: Final = 200

UNIT_TYPES: Final = {"demand": "村（社区）", "facility": "设施", "zone": "行政单元"}


def units_table(
    failing: pd.DataFrame, *, people: pd.Series, zones: Mapping[str, str]
) -> pd.DataFrame:
    """
    The units of one target that fail or that nobody knows of, those short of most first.

    Parameters
    ----------
    failing
        Rows of `FAILING_UNITS_RESULT` of one target.
    people
        Persons by demand id.
    zones
        Zone id -> name.

    Returns
    -------
    table
        Indexed by unit id; 名称, 所在单元, 人口 (villages only), 差额, 原因. In front 状态 and
        类型 where they differ; no 人口 where the whole people of a village are what it is short of.
    """
    rows = failing.assign(
        persons=failing["unit_id"].map(people).where(failing["unit_type"] == "demand"),
        open=failing["status"] != "未达标",
    )
    rows = rows.sort_values(
        ["open", "short", "persons"], ascending=[True, False, False], kind="stable"
    ).head(MOST_UNITS)
    names = rows["unit_name"].where(rows["unit_name"].notna(), rows["unit_id"])
    table = pd.DataFrame(
        {
            "状态": rows["status"].to_numpy(),
            "类型": rows["unit_type"].map(UNIT_TYPES).to_numpy(),
            "名称": [plain_text(name) for name in names],
            "所在单元": [plain_text(zones.get(one, one)) for one in rows["zone_id"]],
            "人口": rows["persons"].to_numpy(dtype=float),
            "差额": [
                "" if math.isnan(short) else with_unit(number_text(short), unit)
                for short, unit in zip(rows["short"], rows["unit"], strict=True)
            ],
            "原因": [plain_text(one, limit=CELL) for one in rows["reason"]],
        },
        index=pd.Index(rows["unit_id"].astype(str), name="unit_id"),
    )
    idle = [] if table["人口"].notna().any() else ["人口"]
    # What is the same in every row would only push the reason out of sight.
    idle += [name for name in ("状态", "类型") if len(set(table[name])) == 1]
    is_all = rows["short"].isna() | (rows["short"] == rows["persons"])
    idle += ["人口"] if "人口" not in idle and bool(is_all.all()) and len(rows) else []
    idle += ["所在单元"] if (rows["unit_type"] == "zone").all() and len(rows) else []
    return table.drop(columns=idle)


def zones_table(values: pd.DataFrame, target: Target) -> pd.DataFrame:
    """One target by zone, the largest gap first: 单元, 结论, 现值, 目标, 缺口, 缺什么、说明."""
    rows = values[(values["target_id"] == target.target_id) & (values["zone_id"] != WHOLE_AREA)]
    rows = rows.sort_values("gap", ascending=False, kind="stable", na_position="last")
    return pd.DataFrame(
        [
            (
                plain_text(row["zone_name"]),
                verdict_text(row["verdict"]),
                value_text(row),
                target_text(row, better=target.better),
                gap_text(row),
                plain_text(row["missing"] or row["target_note"] or "", limit=CELL),
            )
            for row in rows.to_dict("records")
        ],
        columns=["单元", "结论", "现值", "目标", "缺口", "缺什么、说明"],
    )


def years_table(rows: Sequence[Mapping[str, Any]], target: Target) -> pd.DataFrame:
    """The same target in several years: 年份, 目标, 现值, 结论, 缺口, 说明."""
    return pd.DataFrame(
        [
            (
                f"{row['year']} 年",
                target_text(row, better=target.better),
                value_text(row),
                verdict_text(row["verdict"]),
                gap_text(row),
                plain_text(row["target_note"] or "", limit=CELL),
            )
            for row in rows
        ],
        columns=["年份", "目标", "现值", "结论", "缺口", "说明"],
    )


def same_indicator(
    target: Target, known: Mapping[str, Target], *, plans: Sequence[str]
) -> list[Target]:
    """The targets of other plans in use that set the same indicator."""
    if not target.indicator_id:
        return []
    return [
        one
        for one in known.values()
        if one.indicator_id == target.indicator_id
        and one.plan_id != target.plan_id
        and one.plan_id in plans
    ]


def plans_table(
    rows: Sequence[Mapping[str, Any]], targets: Mapping[str, Target], *, titles: Mapping[str, str]
) -> pd.DataFrame:
    """
    The same indicator in several plans, one row each.

    Parameters
    ----------
    rows
        Of the whole study area, one per target.
    targets
        By id.
    titles
        Plan id -> title.
    """
    return pd.DataFrame(
        [
            (
                plain_text(titles[targets[row["target_id"]].plan_id]),
                plain_text(row["indicator"]),
                values_by_year(targets[row["target_id"]]),
                target_text(row, better=targets[row["target_id"]].better),
                value_text(row),
                verdict_text(row["verdict"]),
                gap_text(row),
            )
            for row in rows
        ],
        columns=["规划", "指标", "各年目标", "目标", "现值", "结论", "缺口"],
    )


def values_by_year(target: Target) -> str:
    """
    What a plan sets, by year, the baseline in brackets: "（2020年 7.48）2025年 8".

    A plan that leaves the number open has "规划未定".
    """
    base = "、".join(f"{one.year}年 {number_text(one.value)}" for one in target.baseline)
    aims = "、".join(f"{one.year}年 {number_text(one.value)}" for one in target.values)
    return f"{f'（{base}）' if base else ''}{aims or '规划未定'}"


def closing_sentence(row: Mapping[str, Any], zones: pd.DataFrame) -> str:
    """
    What would close the gap of the whole study area, in a sentence.

    Parameters
    ----------
    row
        The row of the whole study area.
    zones
        The rows of its zones.
    """
    gap = gap_text(row)
    if row["verdict"] == "达标":
        return "已经达到所选年份的目标，没有缺口。"
    if row["verdict"] == "未设目标":
        return "没有目标值，算不出缺口；可在“自设与填报”里设定。"
    if not gap or math.isnan(float(row["gap"])):
        return "资料不全，算不出确切的缺口；先补齐“缺什么”里列出的资料。"
    short = zones[zones["gap"] > 0]
    if short.empty:
        return f"全域还差 {gap}。"
    total = with_unit(number_text(float(short["gap"].sum())), str(row["gap_unit"]))
    return (
        f"全域还差 {gap}；逐个单元都要达到的，{len(short)} 个单元共差 {total}"
        "（各单元单独核算，富余的不能补不足的，所以合计可以大于全域的缺口）。"
    )


def closing_table(
    zones: pd.DataFrame, failing: pd.DataFrame, *, gap: float
) -> tuple[str, pd.DataFrame]:
    """
    Where to add what is missing, most first.

    Parameters
    ----------
    zones
        Rows of one target by zone.
    failing
        Its failing units.
    gap
        Of the whole study area; NaN where it is not known.

    Returns
    -------
    title, table
        Villages that fail, those short of most first, summed up; else zones with what is missing
        in each; else the failing units themselves. The title says how many villages would do.
    """
    fails = failing[failing["status"] == "未达标"]
    villages = fails[fails["unit_type"] == "demand"]
    if len(villages):
        return _closing_villages(villages, gap)
    short = zones[zones["gap"] > 0].sort_values("gap", ascending=False, kind="stable")
    if len(short):
        rows = short.to_dict("records")
        table = pd.DataFrame(
            {
                "单元": [plain_text(one["zone_name"]) for one in rows],
                "现值": [value_text(one) for one in rows],
                "还差": [gap_text(one) for one in rows],
            }
        )
        return "各单元还差多少", table
    rows = fails.head(MOST_UNITS).to_dict("records")
    table = pd.DataFrame(
        {
            "名称": [_name(one) for one in rows],
            "原因": [plain_text(one["reason"], limit=CELL) for one in rows],
        }
    )
    return "没有达到的单元、设施" if rows else "", table


def _closing_villages(villages: pd.DataFrame, gap: float) -> tuple[str, pd.DataFrame]:
    """Villages by what each is short of, added up; one whose people nobody knows adds nothing."""
    found = closing_villages(villages, gap=gap)
    rows = found.rows
    unit = plain_text(rows["unit"].iloc[0])
    table = pd.DataFrame(
        {
            "名称": [_name(one) for one in rows.to_dict("records")],
            f"差额（{unit}）": rows["short"].to_numpy(dtype=float),
            f"累计差额（{unit}）": rows["summed"].to_numpy(dtype=float),
            "原因": [plain_text(one, limit=CELL) for one in rows["reason"]],
        }
    ).head(MOST_UNITS)
    told = f"，补上前 {found.enough:,} 个就达到目标" if found.enough else ""
    return f"没有达到的村（社区），差额大的在前{told}", table


def places_table(found: LeastSites, *, zones: Mapping[str, str]) -> pd.DataFrame:
    """
    The proposed new sites, those that add most first.

    Parameters
    ----------
    found
        From `coverage.targets.least_new_sites`.
    zones
        Zone id -> name.

    Returns
    -------
    table
        Indexed by place id: 地点, 所在单元, 新增, 累计新增, 服务对象数, 新建什么 where it differs.
    """
    places = found.places
    names = places["place_name"].where(places["place_name"].notna(), places.index.to_series())
    unit = plain_text(found.gap_unit)
    table = pd.DataFrame(
        {
            "地点": [plain_text(one) for one in names],
            "所在单元": [plain_text(zones.get(one, one)) for one in places["zone_id"]],
            f"新增（{unit}）": places["adds"].to_numpy(dtype=float),
            f"累计新增（{unit}）": places["adds"].cumsum().to_numpy(dtype=float),
            "服务对象数": places["units"].to_numpy(),
            "新建什么": [plain_text(one) for one in places["builds"]],
        },
        index=places.index,
    )
    return table if len(set(places["builds"])) > 1 else table.drop(columns="新建什么")


def _name(row: Mapping[str, Any]) -> str:
    return plain_text(row["unit_name"]) or plain_text(row["unit_id"])
