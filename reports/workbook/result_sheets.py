"""The assessment as sheets: the whole area, townships, villages, travel times, facilities.

Every table is taken from `reports.results`, so that a workbook never differs from the CSV files;
seconds become minutes here, shares stay shares and are shown as percent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coverage.contracts import DEMAND
from coverage.measures import cumulative_curve, is_counted
from coverage.result_contracts import FACILITIES_RESULT, READING_MARK
from coverage.rules.choices import WHOLE_AREA
from coverage.studies.reading_rows import weights
from coverage.studies.study import measured_readings
from reports.assessment_summary import readings_of
from reports.files import rounded
from reports.map_text import ORIGIN_NOTES, group_title
from reports.results import demand_table, facilities_table, zones_table
from reports.workbook.opening import cell_text
from reports.workbook.sheets import ResultSheet, SheetColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.study import Assessment

SECONDS_PER_MINUTE: Final = 60.0

CURVE_MINUTES: Final = tuple(range(61))
"""Where the cumulative curve is read."""

SURETY: Final = {"covered": "结论可靠", "uncovered": "结论可靠", "uncertain": "结论存疑"}
"""Whether a verdict holds over the whole error band."""

SETTLEMENTS: Final = {"urban": "城镇", "rural": "农村"}

_COUNTED: Final = {True: "已覆盖", False: "未覆盖"}

_COVERAGE_RECIPE: Final = (
    "覆盖人口＝到最近设施的出行时间（或距离）不超过阈值（含等于）的人数；覆盖率＝覆盖人口÷人口，"
    "人口未知的村不计；上下限是车速偏慢、偏快时的结果；缺口＝目标×人口－覆盖人口，不小于 0。"
)


def reading_title(standard: Standard, reading: Reading) -> str:
    """Standard and reading in one phrase."""
    return f"{standard.name}·{reading.name}"


def origin_text(origin: object) -> str:
    """Where a point comes from; the county's own list needs no remark on the maps."""
    return ORIGIN_NOTES.get(str(origin), "县里名录" if origin == "list" else cell_text(origin))


def whole_area_sheet(assessment: Assessment) -> ResultSheet:
    """覆盖汇总: one row per standard and reading for the whole study area."""
    table = rounded(zones_table(assessment))
    rows = table[table["zone_id"] == WHOLE_AREA]
    about = {reading.reading_id: (one, reading) for one, reading in readings_of(assessment)}
    given = [about[name] for name in rows["reading_id"]]
    columns = (
        SheetColumn("标准", rows["standard_name"].tolist(), meaning="服务圈或救治圈"),
        SheetColumn("口径", rows["reading_name"].tolist(), meaning="同一标准的一种算法"),
        SheetColumn("考核对象", [group_title(one) for one, _ in given], meaning="计入的人群"),
        SheetColumn("阈值", [one.cutoff_text for _, one in given], meaning="含等于"),
        *_zone_columns(rows),
    )
    return ResultSheet(
        "覆盖汇总", "整个研究区，一个标准的一种口径一行", _COVERAGE_RECIPE, columns,
        fixed=2, below=(("人口覆盖率", "目标"),),
    )  # fmt: skip


def zones_sheet(assessment: Assessment) -> ResultSheet:
    """乡镇: one row per township, standard and reading; the rows of a reading stand together."""
    table = rounded(zones_table(assessment))
    rows = table[table["zone_id"] != WHOLE_AREA]
    columns = (
        SheetColumn("乡镇（街道）", rows["zone_name"].tolist(), meaning="行政单元的名称"),
        SheetColumn("单元代码", rows["zone_id"].tolist(), meaning="行政单元的代码"),
        SheetColumn("标准", rows["standard_name"].tolist(), meaning="服务圈或救治圈"),
        SheetColumn("口径", rows["reading_name"].tolist(), meaning="同一标准的一种算法"),
        *_zone_columns(rows),
    )
    return ResultSheet(
        "乡镇", "一个行政单元、一个标准的一种口径一行", _COVERAGE_RECIPE, columns,
        below=(("人口覆盖率", "目标"),),
    )  # fmt: skip


def _zone_columns(rows: pd.DataFrame) -> tuple[SheetColumn, ...]:
    target = rows["target"].tolist()
    amounts: tuple[tuple[str, str, str, str], ...] = (
        ("population", "人口", "人", "该标准对应人群的人数，人口未知的不计"),
        ("covered", "覆盖人口", "人", "阈值以内（含等于）的人数"),
        ("share", "人口覆盖率", "%", "覆盖人口÷人口；无人或没有设施时为空"),
        ("share_low", "覆盖率下限", "%", "车速偏慢、接驳绕行时"),
        ("share_high", "覆盖率上限", "%", "车速偏快、稀疏处有便道时"),
        ("target", "目标", "%", "规划要求的覆盖率"),
        ("gap", "缺口", "人", "达到目标还需要覆盖的人数"),
        ("villages", "村（社区）数", "个", "含人口未知的"),
        ("villages_covered", "覆盖村数", "个", "阈值以内（含等于）的村（社区）；没有设施时为空"),
        ("village_share", "村覆盖率", "%", "覆盖村数÷村数，不能代替人口覆盖率；没有设施时为空"),
        ("population_unknown", "人口未知村数", "个", "没有人口数的村（社区），不计入人口覆盖率"),
    )
    return tuple(
        SheetColumn(
            title,
            rows[name].tolist(),
            kind="percent" if unit == "%" else "whole",
            unit=unit,
            meaning=meaning,
            # a share never looks like the target, a gap never like none
            beside=target if name.startswith("share") else 0.0 if name == "gap" else np.nan,
        )
        for name, title, unit, meaning in amounts
    )


def villages_sheet(assessment: Assessment) -> ResultSheet:
    """村: every village with each reading's verdict, time, distance and nearest facility."""
    table = rounded(demand_table(assessment))
    zones = assessment.layers.zones["zone_name"]
    plain = [
        SheetColumn("村（社区）", table["demand_name"].tolist(), meaning="村、社区或居民点的名称"),
        SheetColumn("代码", table["demand_id"].tolist(), meaning="全表唯一"),
        SheetColumn(
            "乡镇（街道）", table["zone_id"].map(zones).tolist(), meaning="空格为研究区以外"
        ),
    ]
    for name in ("population", "population_60plus", "population_0_3"):
        contract = DEMAND.column(name)
        if name in table.columns and contract is not None:
            plain.append(
                SheetColumn(contract.title, table[name].tolist(), kind="whole",
                            unit=contract.unit, meaning=contract.meaning)
            )  # fmt: skip
    if "settlement" in table.columns:
        words = table["settlement"].map(SETTLEMENTS).tolist()
        plain.append(SheetColumn("城乡", words, meaning="城镇或农村"))
    names = assessment.facilities["facility_name"]
    measured = [
        column
        for standard, reading in readings_of(assessment)
        for column in _reading_columns(table, assessment, standard, reading, names)
    ]
    return ResultSheet(
        "村", "一个村（社区、居民点）一行，研究区以外的也列出",
        "出行时间、距离按最近设施门到门计算，含两端离开道路的路程；不考核的村（城乡不符、区外）"
        "“是否覆盖”留空。",
        (*plain, *measured), fixed=3,
    )  # fmt: skip


def _reading_columns(
    table: pd.DataFrame,
    assessment: Assessment,
    standard: Standard,
    reading: Reading,
    names: pd.Series[Any],
) -> list[SheetColumn]:
    """What is known of every village by one reading; nothing where no facility is given."""
    key, group = reading.reading_id, reading_title(standard, reading)
    is_given = reading in measured_readings(assessment.layers, standard)
    nothing = [None] * len(table)
    covered = table[f"{key}_covered"].map(_COUNTED, na_action="ignore").tolist()
    surety = table[f"{key}_verdict"].map(SURETY).tolist()
    found = [
        SheetColumn(
            "是否覆盖", covered if is_given else nothing, group=group,
            meaning="不超过阈值（含等于）为已覆盖；空格为不考核或没有设施",
        )
    ]  # fmt: skip
    by_time = reading.measure == "travel_time"
    if by_time:
        minutes = table[f"{key}_travel_time_s"] / SECONDS_PER_MINUTE
        found.append(
            SheetColumn("出行时间", minutes.tolist(), kind="minutes", unit="分钟", group=group,
                        meaning="到最近设施，超过阈值也写出",
                        beside=reading.cutoff / SECONDS_PER_MINUTE)
        )  # fmt: skip
    facility = table[f"{key}_facility_id"]
    return [
        *found,
        SheetColumn("距离", table[f"{key}_distance_m"].tolist(), kind="whole", unit="米",
                    group=group, meaning="同一条路线的长度；直线口径为直线距离",
                    beside=np.nan if by_time else reading.cutoff),
        SheetColumn("最近设施", facility.map(names).fillna(facility).tolist(), group=group,
                    meaning="名称；没有名称的写代码，空格为到不了"),
        SheetColumn("把握", surety if is_given else nothing, group=group,
                    meaning="结论存疑：随车速和路况而变，请实地核对"),
    ]  # fmt: skip


def curve_sheet(assessment: Assessment) -> ResultSheet | None:
    """出行时间: the share of people within each minute, main readings; None where none is."""
    columns = []
    for standard in assessment.standards:
        reading = standard.readings[0]
        is_given = reading in measured_readings(assessment.layers, standard)
        if reading.measure == "travel_time" and is_given:
            shares = _curve(assessment, standard, reading)
            if shares:
                columns.append(
                    SheetColumn(standard.name, shares, kind="percent", unit="%",
                                meaning=f"{reading.name}：该分钟以内（含等于）的人口比例",
                                beside=standard.target)
                )  # fmt: skip
    if not columns:
        return None
    minutes = SheetColumn("分钟", list(CURVE_MINUTES), kind="whole", meaning="出行时间上限，含等于")
    return ResultSheet(
        "出行时间", "累计曲线：到最近设施在多少分钟以内的人口比例，一分钟一行",
        "比例＝该分钟以内的人数÷考核对象总人数（人口未知的不计）；到不了的人在分母里。",
        (minutes, *columns),
    )  # fmt: skip


def _curve(assessment: Assessment, standard: Standard, reading: Reading) -> list[float]:
    demand = assessment.demand[is_counted(assessment.demand, standard)]
    people = weights(demand, standard).dropna()
    if people.sum() == 0:
        return []
    times = demand.loc[people.index, f"{reading.reading_id}_travel_time_s"]
    cutoffs = [minutes * SECONDS_PER_MINUTE for minutes in CURVE_MINUTES]
    curve = cumulative_curve(times, weights=people, cutoffs=cutoffs)
    shares: list[float] = curve["share"].reindex(cutoffs).round(6).tolist()
    return shares


def facilities_sheet(assessment: Assessment, *, kinds: Mapping[str, FacilityKind]) -> ResultSheet:
    """设施: every facility with what is known of it, and whom it serves."""
    table = rounded(facilities_table(assessment, kinds=kinds))
    columns = [
        SheetColumn("设施", table["facility_name"].tolist(), meaning="设施的名称"),
        SheetColumn("代码", table["facility_id"].tolist(), meaning="全表唯一"),
        SheetColumn("类别", table["kind_name"].fillna(table["kind"]).tolist(),
                    meaning="设施类别的中文名称"),
    ]  # fmt: skip
    skipped = {"facility_id", "facility_name", "kind", "kind_name", "origin", "label", "turnout_s"}
    for contract in FACILITIES_RESULT.columns:
        name = contract.name
        # a column that nothing fills says nothing; the CSV has it
        if name in skipped or READING_MARK in name or name not in table.columns:
            continue
        if table[name].notna().any():
            kind = "text" if contract.dtype == "text" else "number"
            if name in ("lon", "lat"):
                kind = "text"
            columns.append(
                SheetColumn(contract.title, _cells(table[name], name), unit=contract.unit,
                            kind=kind, meaning=contract.meaning, endless="没有可用道路")
            )  # fmt: skip
    if "turnout_s" in table.columns and table["turnout_s"].notna().any():
        minutes = (table["turnout_s"] / SECONDS_PER_MINUTE).tolist()
        columns.append(
            SheetColumn("出车准备时间", minutes, kind="minutes", unit="分钟",
                        meaning="从接到指令到救护车开出；空格表示未知")
        )  # fmt: skip
    origins = table["origin"].map(origin_text).tolist()
    columns.append(SheetColumn("来源", origins, meaning="位置从哪里来"))
    for standard, reading in readings_of(assessment):
        columns += _served_columns(table, standard, reading)
    return ResultSheet(
        "设施", "一处设施一行",
        "服务村数、服务人口：以它为最近设施、且在阈值以内的村和人；该标准不计这类设施时留空。",
        tuple(columns),
    )  # fmt: skip


def _served_columns(table: pd.DataFrame, standard: Standard, reading: Reading) -> list[SheetColumn]:
    group = reading_title(standard, reading)
    pairs = (("villages", "服务村数", "个"), ("population", "服务人口", "人"))
    return [
        SheetColumn(title, table[f"{reading.reading_id}_{name}"].tolist(), kind="whole", unit=unit,
                    group=group, meaning="以它为最近设施、且在阈值以内；空格为不计这类设施")
        for name, title, unit in pairs
    ]  # fmt: skip


def _cells(values: pd.Series[Any], name: str) -> list[Any]:
    """Degrees with all their digits, as text; the rest as it is."""
    if name in ("lon", "lat"):
        return [f"{one:.7f}" for one in values]
    return values.tolist()
