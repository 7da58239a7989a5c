"""Results made ready to be written as layers: villages, gaps, circles, townships, facilities.

The numbers are those of `reports.results`; seconds become minutes, shares percent. Colours are
those of the live map: blue for covered, vermilion for not covered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coverage.measures import is_counted
from coverage.rules.choices import WHOLE_AREA
from coverage.studies.reading_rows import weights
from coverage.studies.study import measured_readings
from reports.files import rounded
from reports.gis.out_columns import out_text
from reports.gis.out_layer import LABEL_TITLE, Look, OutLayer, out_layer
from reports.gis.result_draft import DECIMALS, UNKNOWN_SHARE, Draft, finished
from reports.gis.result_sites import sites_layer
from reports.map_styles import BLUE, GREY, SKY, VERMILION
from reports.results import demand_table, facilities_table, gaps_table, zones_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment
    from reports.gis.out_datums import OutDatum
    from reports.report_content import ReportContent

SECONDS_PER_MINUTE: Final = 60.0
PERCENT: Final = 100.0
FACILITY_CIRCLES: Final = "各设施服务圈"
"""Title of the layer that is too large for formats of text."""

_CIRCLE_OPACITY: Final = 0.26

COVERED: Final = {"已覆盖": BLUE, "未覆盖": VERMILION, "不考核": GREY}
NO_FACILITIES: Final = "没有设施数据"
"""What is said of a village where the standard has nothing to be near."""

SURETY: Final = {"covered": "结论可靠", "uncovered": "结论可靠", "uncertain": "结论存疑"}

SHARES: Final = {
    "100%": ("#08519c", (100.0, 100.0)),
    "90%—100%": ("#3182bd", (90.0, 100.0)),
    "70%—90%": ("#6baed6", (70.0, 90.0)),
    "50%—70%": ("#bdd7e7", (50.0, 70.0)),
    "不足 50%": ("#eff3ff", (0.0, 50.0)),
}
"""Steps of a share, lower ends inclusive: one hue, darker for more, as greyscale needs it."""


def result_out_layers(content: ReportContent, datum: OutDatum) -> list[OutLayer]:
    """
    Every layer of results that has rows.

    Parameters
    ----------
    content
        What the report is written from.
    datum
        What the coordinates are to be in.

    Raises
    ------
    CrsError
        If a shape has no place in the datum.
    """
    assessment = content.assessment
    layers = [
        _villages(assessment, datum),
        _uncovered(assessment, datum),
        _circles(assessment, datum),
        _facility_circles(assessment, datum),
        _zones(assessment, datum),
        _facilities(content, datum),
        sites_layer(content, datum),
    ]
    return [one for one in layers if one is not None and len(one.shapes)]


def _villages(assessment: Assessment, datum: OutDatum) -> OutLayer:
    """Every village, what each standard's main reading says of it, and the people in the gap."""
    table = rounded(demand_table(assessment))
    columns = Draft("demand", "村覆盖情况")
    columns.add("代码", table["demand_id"], "代码")
    columns.add("名称", table["demand_name"], "名称")
    columns.add("乡镇", table["zone_id"].map(assessment.layers.zones["zone_name"]), "乡镇")
    columns.add("人口", table["population"], "人口", unit="人", meaning="空值表示未知")
    looks, classes = [], None
    for number, standard in enumerate(assessment.standards, start=1):
        title, words = _verdicts(columns, table, assessment, standard, number)
        more = {NO_FACILITIES: UNKNOWN_SHARE[1]} if NO_FACILITIES in words else {}
        looks.append(Look(standard.name, title, COVERED | more))
        classes = words if classes is None else classes
    shapes = assessment.demand.geometry
    return finished(
        columns, shapes, assessment, datum,
        classes=classes or (), looks=looks,
    )  # fmt: skip


def _verdicts(
    columns: Draft,
    table: pd.DataFrame,
    assessment: Assessment,
    standard: Standard,
    number: int,
) -> tuple[str, tuple[str, ...]]:
    """Append the columns of a standard's main reading; title and words of the verdict."""
    reading = standard.readings[0]
    key, name = reading.reading_id, standard.name
    known = reading in measured_readings(assessment.layers, standard)
    counted = is_counted(assessment.demand, standard).to_numpy()
    is_covered = assessment.demand[f"{key}_covered"].to_numpy(dtype=bool)
    verdict = np.where(is_covered, "已覆盖", "未覆盖") if known else NO_FACILITIES
    words = np.where(counted, verdict, "不考核")
    people = weights(assessment.demand, standard).to_numpy(dtype=float)
    gap = np.where(counted & known, np.where(is_covered, 0.0, people), np.nan)
    minutes = (table[f"{key}_travel_time_s"] / SECONDS_PER_MINUTE).round(DECIMALS)
    surety = table[f"{key}_verdict"].map(SURETY if known else {})
    facility = _facility_names(assessment, table[f"{key}_facility_id"])
    within = f"{reading.name}，阈值 {reading.cutoff_text}（含等于）"
    title = columns.add(f"{name}覆盖", words, f"覆盖{number}", meaning=within)
    columns.add(f"{name}把握", surety, f"把握{number}", meaning="结论存疑：随车速和路况而变")
    if reading.measure == "travel_time":
        columns.add(f"{name}时间", minutes, f"时间{number}", unit="分钟", meaning="空值为到不了")
    columns.add(f"{name}距离", table[f"{key}_distance_m"], f"距离{number}", unit="米",
                meaning="空值为到不了")  # fmt: skip
    columns.add(f"{name}最近设施", facility, f"设施{number}", meaning="没有名称的写代码")
    columns.add(f"{name}缺口", gap, f"缺口{number}", unit="人",
                meaning="未覆盖的考核人群；已覆盖为 0，人口未知、不考核、没有设施为空")  # fmt: skip
    return title, tuple(words.tolist())


def _uncovered(assessment: Assessment, datum: OutDatum) -> OutLayer:
    """The uncovered villages of the main readings that have facilities to be near, a row each."""
    mains = {one.readings[0].reading_id for one in assessment.standards}
    gaps = gaps_table(assessment)
    table = rounded(gaps[gaps["reading_id"].isin(mains)].reset_index(drop=True))
    columns = Draft("demand", "未覆盖村")
    columns.add("代码", table["demand_id"], "代码")
    columns.add("名称", table["demand_name"], "名称")
    columns.add("乡镇", table["zone_id"].map(assessment.layers.zones["zone_name"]), "乡镇")
    title = columns.add("标准", table["standard_name"], "标准")
    columns.add("口径", table["reading_name"], "口径")
    columns.add("人口", table["population"], "人口", unit="人", meaning="考核人群；空值表示未知")
    minutes = (table["travel_time_s"] / SECONDS_PER_MINUTE).round(DECIMALS)
    columns.add("时间", minutes, "时间", unit="分钟", meaning="空值为到不了")
    columns.add("距离", table["distance_m"], "距离", unit="米", meaning="空值为到不了")
    columns.add("最近设施", _facility_names(assessment, table["facility_id"]), "最近设施")
    columns.add("把握", table["verdict"].map(SURETY), "把握", meaning="结论存疑：随车速和路况而变")
    classes = columns.found[3].cells
    colours = {str(word): VERMILION for word in dict.fromkeys(classes)}
    return finished(
        columns, table.geometry, assessment, datum,
        classes=tuple(str(one or "") for one in classes),
        looks=[Look("未覆盖村", title, colours, size_mm=2.6)],
    )  # fmt: skip


def _circles(assessment: Assessment, datum: OutDatum) -> OutLayer:
    """The ground that all counted facilities cover together, one row per reading."""
    table = assessment.covered_areas
    about = _readings(assessment)
    given = [about[key] for key in table.index]
    columns = Draft("zones", "服务圈")
    columns.add("口径代码", table.index, "代码")
    columns.add("名称", [standard.name for standard, _ in given], "名称")
    title = columns.add("口径", [reading.name for _, reading in given], "口径")
    columns.add("阈值", [reading.cutoff_text for _, reading in given], "阈值", meaning="含等于")
    return _areas(columns, table.geometry, assessment, datum, title=title)


def _facility_circles(assessment: Assessment, datum: OutDatum) -> OutLayer | None:
    """The service area of each facility by the main readings, where they were drawn."""
    about = _readings(assessment)
    mains = {one.readings[0].reading_id for one in assessment.standards}
    drawn = assessment.service_areas
    table = drawn[drawn["reading_id"].isin(mains)]
    if table.empty:
        return None
    columns = Draft("zones", FACILITY_CIRCLES)
    columns.add("设施代码", table["facility_id"], "代码")
    columns.add("名称", _facility_names(assessment, table["facility_id"]), "名称")
    title = columns.add("标准", [about[key][0].name for key in table["reading_id"]], "标准")
    cutoffs = [about[key][1].cutoff_text for key in table["reading_id"]]
    columns.add("阈值", cutoffs, "阈值", meaning="含等于")
    return _areas(columns, table.geometry, assessment, datum, title=title)


def _areas(
    columns: Draft, shapes: gpd.GeoSeries, assessment: Assessment, datum: OutDatum, *, title: str
) -> OutLayer:
    """Areas in the colour of circles, told apart by the words of a column."""
    words = next(one.cells for one in columns.found if one.title == title)
    classes = tuple(str(one or "") for one in words)
    look = Look(columns.title, title, dict.fromkeys(classes, SKY), opacity=_CIRCLE_OPACITY)
    return finished(columns, shapes, assessment, datum, classes=classes, looks=[look])


def _zones(assessment: Assessment, datum: OutDatum) -> OutLayer:
    """Townships with people, share and gap by every standard's main reading."""
    zones = assessment.layers.zones
    table = rounded(zones_table(assessment))
    table = table[table["zone_id"] != WHOLE_AREA]
    columns = Draft("zones", "乡镇覆盖率")
    columns.add("单元代码", zones.index, "代码")
    columns.add("单元名称", zones["zone_name"], "单元名称")
    looks, classes = [], None
    for number, standard in enumerate(assessment.standards, start=1):
        rows = table[table["reading_id"] == standard.readings[0].reading_id].set_index("zone_id")
        rows = rows.reindex(zones.index)
        share = (rows["share"] * PERCENT).round(DECIMALS)
        name = standard.name
        columns.add(f"{name}人口", rows["population"], f"人口{number}", unit="人")
        title = columns.add(f"{name}覆盖率", share, f"覆盖率{number}", unit="%",
                            meaning="按人口；无人或没有设施时为空")  # fmt: skip
        columns.add(f"{name}目标", (rows["target"] * PERCENT).round(DECIMALS), f"目标{number}",
                    unit="%")  # fmt: skip
        columns.add(f"{name}缺口", rows["gap"], f"缺口{number}", unit="人",
                    meaning="达到目标还需要覆盖的人数")  # fmt: skip
        columns.add(f"{name}未覆盖村", rows["villages"] - rows["villages_covered"],
                    f"缺村{number}", unit="个", meaning="没有设施数据时为空")  # fmt: skip
        colours = {word: colour for word, (colour, _) in SHARES.items()}
        bounds = {word: ends for word, (_, ends) in SHARES.items()}
        looks.append(Look(name, title, colours, bounds, opacity=0.8))
        classes = tuple(_step(one) for one in share) if classes is None else classes
    return finished(
        columns, zones.geometry, assessment, datum,
        classes=classes or (), looks=looks,
    )  # fmt: skip


def _step(share: float) -> str:
    fits = (word for word, (_, (low, high)) in SHARES.items() if low <= share <= high)
    return next(fits, UNKNOWN_SHARE[0])


def _facilities(content: ReportContent, datum: OutDatum) -> OutLayer:
    """Facilities as `export` writes them, with whom each serves by the main readings."""
    assessment = content.assessment
    given = assessment.layers.facilities
    layer = out_layer(given, "facilities", datum=datum, kinds=content.kinds)
    table = rounded(facilities_table(assessment, kinds=content.kinds))
    table = table.set_index("facility_id").reindex(given.index)
    columns = Draft("facilities", layer.title, list(layer.columns))
    for number, standard in enumerate(assessment.standards, start=1):
        key = standard.readings[0].reading_id
        columns.add(
            f"{standard.name}服务村数", table[f"{key}_villages"], f"村数{number}", unit="个"
        )
        columns.add(f"{standard.name}服务人口", table[f"{key}_population"], f"服务{number}",
                    unit="人")  # fmt: skip
    shown = out_text(assessment.layers.label).rstrip("。")
    if shown:
        columns.add(LABEL_TITLE, [shown] * len(given), LABEL_TITLE)
    return replace(layer, columns=tuple(columns.found), label=shown)


def _facility_names(assessment: Assessment, ids: pd.Series[Any]) -> pd.Series[Any]:
    names = ids.map(assessment.facilities["facility_name"])
    return names.where(names.notna(), ids)


def _readings(assessment: Assessment) -> dict[str, tuple[Standard, Reading]]:
    return {
        reading.reading_id: (one, reading)
        for one in assessment.standards
        for reading in one.readings
    }
