"""Targets, siting proposals and scenarios as sheets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from coverage.contracts import Column
from coverage.rules.choices import WHOLE_AREA
from coverage.scenario import changed_verdicts
from coverage.scenario_contracts import (
    SCENARIO_COSTS,
    SCENARIO_READINGS,
    SCENARIO_TIMES,
    SCENARIO_VERDICTS,
)
from coverage.siting_contracts import SITES_RESULT
from coverage.studies.study_sites import sites_meaning
from coverage.target_contracts import TARGET_RESULTS
from reports.assessment_summary import readings_of
from reports.files import rounded
from reports.least_sites import new_sites_table
from reports.siting_results import site_rows
from reports.workbook.result_sheets import (
    SECONDS_PER_MINUTE,
    origin_text,
    reading_title,
)
from reports.workbook.sheets import ResultSheet, SheetColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.contracts import Contract
    from coverage.rules.verdict_table import Judged
    from coverage.scenario import ScenarioComparison
    from coverage.studies.study import Assessment
    from coverage.studies.study_sites import SitingAnswer
    from reports.workbook.sheets import Kind

STATES: Final = {"new": "新增", "kept": "保留", "closed": "撤并"}

_CHANGES: Final = {"gained": "新增覆盖", "lost": "失去覆盖"}

_UNIT_TYPES: Final = {"demand": "村（社区）", "facility": "设施", "zone": "行政单元"}

_ORIGINS: Final = {
    "village": "村庄", "facility": "设施", "file": "文件", "grid": "网格", "junction": "路口",
    "drawn": "手绘",
}  # fmt: skip
"""Where a candidate comes from."""

_FIRST: Final = (
    "indicator", "zone_name", "unit_name", "item_name", "place_name", "value", "target", "unit",
    "verdict", "gap", "gap_unit", "missing", "status", "short", "reason",
)  # fmt: skip
"""Columns of the targets that are read first."""

_CHANGED_FIRST: Final = (
    "indicator", "zone_name", "verdict_before", "verdict_after", "value_before", "value_after",
    "target", "unit", "gap_before", "gap_after", "gap_unit",
)  # fmt: skip
"""Columns of the changed verdicts that are read first."""

_KINDS: Final[Mapping[str, Kind]] = {"whole": "whole", "number": "number", "flag": "text"}


def target_tables(
    judged: Judged, contracts: Sequence[Contract] = TARGET_RESULTS
) -> dict[str, tuple[pd.DataFrame, Contract]]:
    """The tables of the targets by the names of their sheets, with their contracts."""
    whole = judged.values["zone_id"] == WHOLE_AREA
    values, failing, waived, least = contracts
    return {
        "指标汇总": (judged.values[whole], values),
        "分单元": (judged.values[~whole], values),
        "未达标对象": (judged.failing, failing),
        "豁免": (judged.waived, waived),
        "最少新建": (new_sites_table(judged.least), least),
    }


def target_sheets(judged: Judged) -> list[ResultSheet]:
    """指标 for the whole area, then by township, who fails, who is waived, what helps."""
    names = {"指标汇总": "指标", "分单元": "指标分单元"}
    recipes = {
        "指标汇总": "算法见“算法”一列；上下限是不知道的按最不利和最有利各算一次。",
        "分单元": "同“指标”，按行政单元分别核算。",
        "未达标对象": "逐个列出没有达到要求的村、设施或单元。",
        "豁免": "逐个列出不计入分母的村及原因。",
        "最少新建": "“至少”与“新建处数”相同即已证明最少。",
    }
    titles = judged.values.drop_duplicates("target_id").set_index("target_id")["indicator"]
    sheets = []
    for title, (table, contract) in target_tables(judged).items():
        if table.empty and title != "指标汇总":
            continue
        given = table
        if "indicator" not in table.columns:
            given = table.assign(indicator=table["target_id"].map(titles))
        if "unit_type" in table.columns:
            given = given.assign(unit_type=given["unit_type"].map(_UNIT_TYPES))
        columns = contract_columns(given, _readable_order(contract))
        sheets.append(
            ResultSheet(names.get(title, title), contract.title, recipes.get(title, ""), columns)
        )
    return sheets


def _readable_order(contract: Contract) -> list[Column]:
    """What is read first stands first; codes and long texts behind."""
    known = {one.name: one for one in (*TARGET_RESULTS[0].columns, *contract.columns)}
    first = [known[name] for name in _FIRST if name in known]
    return [*first, *(one for one in contract.columns if one.name not in _FIRST)]


def siting_sheets(answers: Sequence[SitingAnswer]) -> list[ResultSheet]:
    """选址: every site of every proposal, and 选址前后 by township; none without proposals."""
    if not answers:
        return []
    sites, zones, about = [], [], []
    for number, answer in enumerate(answers, start=1):
        plan = f"方案{number}"
        names = {one.ground.standard.standard_id: one.ground.standard.name for one in answer.parts}
        table = pd.DataFrame(site_rows(answer)).assign(
            plan=plan,
            standard=lambda one, names=names: one["standard_id"].map(names),
            state=lambda one: one["state"].map(STATES),
            origin=lambda one: one["origin"].map(_origin_text),
        )
        sites.append(table)
        for part in answer.parts:
            name = part.ground.standard.name
            zones.append(part.zones.reset_index().assign(plan=plan, standard=name))
        told = "、".join(reading_title(one.ground.standard, one.ground.reading)
                        for one in answer.parts)  # fmt: skip
        about.append(f"{plan}：{told}，{sites_meaning(answer.question, answer.ground)}")
    skipped = ("label", "geometry", "standard_id")
    columns = [one for one in SITES_RESULT.columns if one.name not in skipped]
    all_sites, meaning = rounded(_stacked(sites)), "；".join(about)
    return [
        ResultSheet(
            "选址", "一个方案、一个标准的一个地点一行，新增的在前",
            "；".join("".join(one.sentences[:3]) for one in answers),
            (*_of_plan(all_sites, meaning), *contract_columns(all_sites, columns)), fixed=4,
        ),
        _before_and_after(rounded(_stacked(zones)), meaning),
    ]  # fmt: skip


def _of_plan(table: pd.DataFrame, meaning: str) -> tuple[SheetColumn, SheetColumn]:
    """By which proposal and which of its standards a row is."""
    standards = table["standard"].tolist()
    return (
        SheetColumn("方案", table["plan"].tolist(), meaning=meaning),
        SheetColumn("标准", standards, meaning="兼顾几个标准时每个标准各有各的行"),
    )


def _origin_text(origin: object) -> str:
    return _ORIGINS.get(str(origin)) or origin_text(origin)


def _before_and_after(zones: pd.DataFrame, meaning: str) -> ResultSheet:
    amounts: tuple[tuple[str, str, Kind, str], ...] = (
        ("population", "人口", "whole", "人"),
        ("covered_before", "原覆盖人口", "whole", "人"),
        ("covered_after", "方案后覆盖人口", "whole", "人"),
        ("share_before", "原覆盖率", "percent", "%"),
        ("share_after", "方案后覆盖率", "percent", "%"),
        ("villages", "村（社区）数", "whole", "个"),
        ("villages_before", "原覆盖村数", "whole", "个"),
        ("villages_after", "方案后覆盖村数", "whole", "个"),
    )
    columns = (
        *_of_plan(zones, meaning),
        SheetColumn("乡镇（街道）", zones["zone_name"].tolist(), meaning="最后一行是全域"),
        *(
            SheetColumn(title, zones[name].tolist(), kind=kind, unit=unit, meaning=title)
            for name, title, kind, unit in amounts
        ),
    )
    return ResultSheet(
        "选址前后", "一个方案、一个标准的一个乡镇一行", "方案前后在阈值以内（含等于）的人和村。",
        columns, fixed=3,
    )  # fmt: skip


def scenario_sheets(comparison: ScenarioComparison, assessment: Assessment) -> list[ResultSheet]:
    """情景比较 by reading and township, the villages that change, travel times and costs."""
    titles = {one.reading_id: reading_title(std, one) for std, one in readings_of(assessment)}
    timed = {one.reading_id for _, one in readings_of(assessment) if one.measure == "travel_time"}
    readings = rounded(comparison.readings).assign(
        reading_id=lambda one: one["reading_id"].map(titles),
        zone_name=lambda one: one["zone_name"].where(one["zone_id"] != WHOLE_AREA, "全域"),
    )
    times = rounded(comparison.times).assign(
        reading_id=lambda one: one["reading_id"].map(titles),
        scenario_name=lambda one: one["scenario_name"].where(one["scenario_id"] != "", "现状"),
    )
    sheets = [
        ResultSheet(
            "情景比较", "一个情景、一种口径、一个乡镇一行，“全域”为合计",
            "新增覆盖：现状未覆盖、情景中覆盖的人；失去覆盖反之。",
            _by_reading(readings, SCENARIO_READINGS), fixed=2,
        ),
        ResultSheet(
            "情景出行时间", "一个情景、一种口径一行，先列现状", "按人口加权，人口未知的不计。",
            _by_reading(times, SCENARIO_TIMES), fixed=2,
        ),
        ResultSheet(
            "情景费用", "一个情景一行", "没有写明费用的动作不按 0 计，另列个数。",
            contract_columns(comparison.costs, SCENARIO_COSTS.columns), fixed=2,
        ),
    ]  # fmt: skip
    if len(comparison.villages):
        sheets.insert(1, _changed_villages(comparison, assessment, titles, timed))
    return sheets


def verdicts_sheet(before: Judged, after: Judged) -> ResultSheet:
    """结论变化: the targets whose verdict is another one in the scenario; may have no rows."""
    rows = rounded(changed_verdicts(before, after))
    table = rows.assign(zone_name=rows["zone_name"].where(rows["zone_id"] != WHOLE_AREA, "全域"))
    known = {one.name: one for one in SCENARIO_VERDICTS.columns}
    first = [known.pop(name) for name in _CHANGED_FIRST]
    return ResultSheet(
        "结论变化", "情景中结论与现状不同的指标，一个指标、一个单元一行；没有行就是没有变化",
        "现状和情景各按同一年份、同一目标核算一遍，只列结论不同的；“全域”为整个研究区。",
        contract_columns(table, [*first, *known.values()]), fixed=2,
    )  # fmt: skip


def _changed_villages(
    comparison: ScenarioComparison,
    assessment: Assessment,
    titles: Mapping[str, str],
    timed: set[str],
) -> ResultSheet:
    rows = rounded(comparison.villages)
    names = assessment.layers.zones["zone_name"]
    scenarios = dict(comparison.readings[["scenario_id", "scenario_name"]].itertuples(index=False))
    by_time = rows["reading_id"].isin(timed)
    columns = [
        SheetColumn("情景", rows["scenario_id"].map(scenarios).tolist(), meaning="情景的名称"),
        SheetColumn("村（社区）", rows["demand_name"].tolist(), meaning="结论有变化的村"),
        SheetColumn("乡镇（街道）", rows["zone_id"].map(names).tolist(), meaning="所在行政单元"),
        SheetColumn("口径", rows["reading_id"].map(titles).tolist(), meaning="标准和口径"),
        SheetColumn("变化", rows["change"].map(_CHANGES).tolist(), meaning="新增或失去覆盖"),
        SheetColumn("人口", rows["population"].tolist(), kind="whole", unit="人",
                    meaning="该标准对应人群的人数"),
    ]  # fmt: skip
    for name, title in (("before", "现状"), ("after", "情景")):
        minutes = (rows[name] / SECONDS_PER_MINUTE).where(by_time)
        columns += [
            SheetColumn(f"{title}时间", minutes.tolist(), kind="minutes", unit="分钟",
                        meaning=f"{title}到最近设施的时间；按距离的口径为空"),
            SheetColumn(f"{title}距离", rows[name].mask(by_time).tolist(), kind="whole", unit="米",
                        meaning=f"{title}到最近设施的距离；按时间的口径为空"),
        ]  # fmt: skip
    return ResultSheet(
        "情景变化的村", "结论有变化的村，一个情景、一种口径一行", "", tuple(columns), fixed=2
    )


def contract_columns(table: pd.DataFrame, columns: Sequence[Column]) -> tuple[SheetColumn, ...]:
    """
    The columns of a contract as they are shown: seconds in minutes, shares as percent.

    Parameters
    ----------
    table
        Any index; columns it lacks are left out, and so is the label, which the foot bears.
    columns
        In the order in which they stand.
    """
    found = []
    aims = table["target"].tolist() if "target" in table.columns else math.nan
    for column in columns:
        if column.name not in table.columns or column.name == "label":
            continue
        cells: list[Any] = table[column.name].tolist()
        kind, unit, meaning = _shown_as(column)
        if kind == "minutes":
            cells = [one / SECONDS_PER_MINUTE for one in cells]
        found.append(
            SheetColumn(column.title, cells, kind=kind, unit=unit, meaning=meaning,
                        beside=_beside(column, aims), endless=_endless(column))
        )  # fmt: skip
    return tuple(found)


def _beside(column: Column, aims: float | list[float]) -> float | list[float]:
    """A value never looks like its target, a gap never like none."""
    if column.dtype != "number":
        return math.nan
    if column.name.startswith("value"):
        return aims
    return 0.0 if column.name.startswith("gap") else math.nan


def _shown_as(column: Column) -> tuple[Kind, str, str]:
    if "year" in column.name:
        return "year", column.unit, column.meaning
    if column.unit == "秒":
        return "minutes", "分钟", column.meaning
    if column.dtype == "number" and column.name.startswith("share"):
        return "percent", "%", column.meaning.replace("，0 到 1", "")
    if column.unit == "人":
        return "whole", column.unit, column.meaning
    return _KINDS.get(column.dtype, "text"), column.unit, column.meaning


def _endless(column: Column) -> str:
    return "没有上限" if column.name == "value_high" else "到不了"


def _by_reading(table: pd.DataFrame, contract: Contract) -> tuple[SheetColumn, ...]:
    """Columns of a table whose readings bear their names already."""
    skipped = ("scenario_id", "standard_id", "zone_id")
    named = Column("reading_id", "text", "口径", "标准和口径")
    columns = [
        named if one.name == "reading_id" else one
        for one in contract.columns
        if one.name not in skipped
    ]
    return contract_columns(table, columns)


def _stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One below the other; a table without rows would only spoil the dtypes."""
    filled = [one for one in tables if len(one)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]
