"""Coverage and gaps in sentences and tables: no sentence where its number is not known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from coverage.notices import GROUP_NAMES
from coverage.rules.choices import WHOLE_AREA
from reports.figures import (
    band_text,
    gap_text,
    metres_text,
    minutes_text,
    people_text,
    share_text,
)
from reports.results import gaps_table, zones_table
from reports.word.blocks import Block, Heading, Table, picture, texts, word_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from coverage.standards import Reading, Standard
    from reports.report_content import ReportContent

NAMED_VILLAGES: Final = 20
"""Uncovered villages of a standard that are listed; the rest are counted."""

NAMED_ZONES: Final = 3
"""Zones with the lowest shares that a sentence names."""

SURE: Final[Mapping[str, str]] = {
    "covered": "覆盖",
    "uncovered": "确定",
    "uncertain": "随车速而变",
}
"""How sure it is that a village is not covered."""

_SCOPES: Final = {"all": "全域", "urban": "城镇", "rural": "农村"}


def coverage_blocks(content: ReportContent, pictures: Mapping[str, bytes]) -> list[Block]:
    """覆盖情况: every standard with its readings, its zones and its map."""
    zones = zones_table(content.assessment)
    blocks: list[Block] = []
    for standard in content.assessment.standards:
        main = standard.readings[0]
        rows = _of_reading(zones, main)
        blocks.append(Heading(standard.name))
        blocks += texts(*_coverage_sentences(standard, main, rows))
        if len(standard.readings) > 1:
            blocks.append(_readings_table(standard, zones))
        blocks += _zone_blocks(standard, main, rows)
        for what in ("覆盖图", "图"):  # a rescue ring is no coverage of the ground
            stem = f"{standard.name}{what}_{main.reading_id}"
            caption = f"{standard.name}{what}（{main.name}）"
            blocks += picture(pictures, stem, caption=caption)
    return blocks


def gap_blocks(content: ReportContent, pictures: Mapping[str, bytes]) -> list[Block]:
    """缺口清单: uncovered villages of every standard, those with most people first."""
    gaps = gaps_table(content.assessment)
    zones = zones_table(content.assessment)
    blocks: list[Block] = []
    for standard in content.assessment.standards:
        main = standard.readings[0]
        total = whole_area(zones, main)
        blocks.append(Heading(standard.name))
        if math.isnan(total["covered"]) and total["population"] > 0:
            blocks += texts("没有计入的设施数据，未列缺口。")
            continue
        rows = gaps[gaps["reading_id"] == main.reading_id]
        blocks += _gap_list(content, standard, main, rows)
        if len(rows):
            stem = f"{standard.name}缺口图_{main.reading_id}"
            caption = f"{standard.name}缺口图（{main.name}）"
            blocks += picture(pictures, stem, caption=caption)
    return blocks


def group_name(standard: Standard) -> str:
    """Whom a standard is for: "农村常住人口"."""
    group = GROUP_NAMES.get(standard.demand_group, standard.demand_group)
    return f"{_SCOPES[standard.scope]}{group}"


def whole_area(zones: pd.DataFrame, reading: Reading) -> pd.Series:
    """The row of the whole study area."""
    rows = zones[(zones["reading_id"] == reading.reading_id) & (zones["zone_id"] == WHOLE_AREA)]
    return rows.iloc[0]


def _of_reading(zones: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    return zones[zones["reading_id"] == reading.reading_id]


def _coverage_sentences(standard: Standard, reading: Reading, rows: pd.DataFrame) -> list[str]:
    total = rows[rows["zone_id"] == WHOLE_AREA].iloc[0]
    who, villages = group_name(standard), int(total["villages"])
    if not villages:
        return ["研究区内没有适用这一标准的村（社区），不作核算。"]
    if math.isnan(total["covered"]) and total["population"] > 0:
        return ["没有计入的设施数据，未核算覆盖率。"]
    told = []
    if not math.isnan(total["share"]):
        band = band_text(total["share_low"], total["share_high"], target=standard.target)
        within = f"（误差范围 {band}）" if band else ""
        told.append(
            f"按“{reading.name}”，{who} {people_text(total['population'])}中，覆盖 "
            f"{people_text(total['covered'])}，覆盖率 "
            f"{share_text(total['share'], target=standard.target)}{within}；目标 "
            f"{share_text(standard.target)}，{gap_text(total['gap'])}。"
        )
    told.append(
        f"{villages:,} 个村（社区）中覆盖 {int(total['villages_covered']):,} 个，占 "
        f"{share_text(total['village_share'])}。"
    )
    if unknown := int(total["population_unknown"]):
        told.append(f"有 {unknown:,} 个村（社区）人口未知，未计入人口覆盖率。")
    told.append(_lowest(standard, rows))
    return ["".join(told)]


def _lowest(standard: Standard, rows: pd.DataFrame) -> str:
    """The zones behind, if some are."""
    zones = rows[(rows["zone_id"] != WHOLE_AREA) & (rows["share"] < standard.target)]
    if len(zones) < NAMED_ZONES:
        return ""
    lowest = zones.sort_values("share", kind="stable").head(NAMED_ZONES)
    named = "、".join(
        f"{word_text(row.zone_name)}（{share_text(row.share, target=standard.target)}）"
        for row in lowest.itertuples()
    )
    return f"覆盖率最低的是{named}。"


def _readings_table(standard: Standard, zones: pd.DataFrame) -> Table:
    rows = []
    for reading in standard.readings:
        total = whole_area(zones, reading)
        band = band_text(total["share_low"], total["share_high"], target=standard.target)
        rows.append(
            (
                reading.name,
                people_text(total["covered"]).removesuffix(" 人"),
                share_text(total["share"], target=standard.target),
                band or "—",
                f"{int(total['villages_covered']):,}/{int(total['villages']):,}",
            )
        )
    return Table(
        f"{standard.name}各种口径",
        ("口径", "覆盖人口（人）", "覆盖率", "误差范围", "覆盖村数/村数"),
        tuple(rows), (46, 26, 20, 36, 28), "lrrcr",
    )  # fmt: skip


def _zone_blocks(standard: Standard, reading: Reading, rows: pd.DataFrame) -> list[Block]:
    if not rows["villages"].sum():
        return []
    # The whole area stands last, as a sum does, under the name that zones.csv gives it.
    table = tuple(_zone_cells(standard, row) for _, row in rows.iterrows() if row["villages"])
    return [
        Table(
            f"{standard.name}分单元覆盖情况（{reading.name}）",
            ("行政单元", "人口（人）", "覆盖（人）", "覆盖率", "误差范围", "缺口（人）", "村数",
             "覆盖村数"),
            table, (26, 20, 20, 17, 31, 18, 12, 12), "lrrrcrrr",
        )
    ]  # fmt: skip


def _zone_cells(standard: Standard, row: pd.Series) -> tuple[str, ...]:
    def people(name: str) -> str:
        return "未知" if math.isnan(row[name]) else people_text(row[name]).removesuffix(" 人")

    def share() -> str:
        known = not math.isnan(row["share"])
        return share_text(row["share"], target=standard.target) if known else "未知"

    band = band_text(row["share_low"], row["share_high"], target=standard.target)
    gap = gap_text(row["gap"]) if not math.isnan(row["gap"]) else "未知"
    gap = "0" if gap == "已达标" else gap.removeprefix("缺口 ").removesuffix(" 人")
    return (
        word_text(row["zone_name"]) or "全域", people("population"), people("covered"), share(),
        band or "—", gap, f"{int(row['villages']):,}", f"{int(row['villages_covered']):,}",
    )  # fmt: skip


def _gap_list(
    content: ReportContent, standard: Standard, reading: Reading, rows: pd.DataFrame
) -> list[Block]:
    if rows.empty:
        return texts(f"按“{reading.name}”，没有未覆盖的村（社区）。")
    known = rows["population"].sum() if rows["population"].notna().any() else math.nan
    unknown = int(rows["population"].isna().sum())
    said = f"按“{reading.name}”，未覆盖的村（社区）{len(rows):,} 个"
    if not math.isnan(known):
        said += f"，{group_name(standard)} {people_text(known)}"
    if unknown:
        said += f"，其中 {unknown:,} 个人口未知"
    unsure = int((rows["verdict"] == "uncertain").sum())
    if unsure:
        said += f"；{unsure:,} 个随车速而变，宜实地核对"
    listed = rows.sort_values("population", ascending=False, kind="stable").head(NAMED_VILLAGES)
    rest = rows.drop(listed.index)
    blocks = texts(f"{said}。", _rest_sentence(rest, reading))
    names = content.assessment.layers.zones["zone_name"]
    facilities = content.assessment.facilities["facility_name"]
    table = tuple(
        (
            str(at),
            word_text(row.demand_name) or word_text(row.demand_id),
            word_text(names.get(row.zone_id, "")),
            "未知" if math.isnan(row.population) else f"{row.population:,.0f}",
            word_text(facilities.get(row.facility_id)) or word_text(row.facility_id) or "—",
            _cost(row, reading),
            SURE[row.verdict],
        )
        for at, row in enumerate(listed.itertuples(), start=1)
    )
    return [
        *blocks,
        Table(
            f"{standard.name}未覆盖的村（社区）（{reading.name}）",
            ("序号", "村（社区）", "行政单元", "人口（人）", "最近设施", _cost_head(reading),
             "把握"),
            table, (10, 27, 20, 19, 39, 20, 21), "cllrlrc",
        ),
    ]  # fmt: skip


def _cost_head(reading: Reading) -> str:
    return "时间" if reading.measure == "travel_time" else "距离"


def _cost(row: object, reading: Reading) -> str:
    if reading.measure == "travel_time":
        return minutes_text(float(row.travel_time_s))  # type: ignore[attr-defined]
    return metres_text(float(row.distance_m))  # type: ignore[attr-defined]


def _rest_sentence(rest: pd.DataFrame, reading: Reading) -> str:
    if rest.empty:
        return ""
    known = rest["population"].dropna()
    people = f"、{people_text(known.sum())}" if len(known) else ""
    return (
        f"下表按人口从多到少列出前 {NAMED_VILLAGES} 个，其余 {len(rest):,} 个{people}"
        f"见结果表 gaps.geojson（口径代码 {reading.reading_id}）。"
    )
