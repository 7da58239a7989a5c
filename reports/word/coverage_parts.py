"""Coverage and gaps in sentences and tables: no sentence where its number is not known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from coverage.rules.choices import WHOLE_AREA
from reports.figures import (
    band_text,
    beyond_text,
    gap_text,
    people_text,
    share_text,
)
from reports.place_words import (
    PlaceWords,
    group_name,
    kind_name,
    missing_words,
    place_words,
)
from reports.printing.stems import coverage_stem, coverage_title, gap_stem
from reports.results import gaps_table, zones_table
from reports.word.blocks import (
    Block,
    Heading,
    Table,
    Text,
    flat,
    picture,
    referred,
    texts,
    word_text,
)

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

_OSM: Final = "osm:"
"""Begins the ids of what OpenStreetMap gives no name; without it they fit into a column."""


def coverage_blocks(content: ReportContent, pictures: Mapping[str, bytes]) -> list[Block]:
    """覆盖情况: every standard with its readings and its zones; the maps, a page each, behind."""
    zones = zones_table(content.assessment)
    blocks: list[Block] = []
    figures: list[Block] = []
    for standard in content.assessment.standards:
        main = standard.readings[0]
        rows = _of_reading(zones, main)
        maps = picture(
            pictures,
            coverage_stem(standard, main),
            caption=f"{coverage_title(standard)}（{flat(main.name)}）",
            about="覆盖范围",
        )
        said = _coverage_sentences(content, standard, rows)
        blocks += [Heading(standard.name), referred(said, maps)]
        if len(standard.readings) > 1:
            blocks.append(_readings_table(content, standard, zones))
        blocks += _zone_blocks(content, standard, rows)
        figures += maps
    return [*blocks, *figures]


def gap_blocks(content: ReportContent, pictures: Mapping[str, bytes]) -> list[Block]:
    """缺口清单: uncovered villages of every standard, those with most people first."""
    gaps = gaps_table(content.assessment)
    blocks: list[Block] = []
    figures: list[Block] = []
    for standard in content.assessment.standards:
        main = standard.readings[0]
        blocks.append(Heading(standard.name))
        if missing := _missing(content, standard, main):
            blocks += texts(f"{missing}，未核算覆盖，未列缺口。")
            continue
        rows = gaps[gaps["reading_id"] == main.reading_id]
        caption = f"{standard.name}缺口图（{flat(main.name)}）"
        stem = gap_stem(standard, main)
        maps = picture(pictures, stem, caption=caption, about="位置") if len(rows) else []
        blocks += _gap_list(content, standard, rows, maps)
        figures += maps
    return [*blocks, *figures]


def whole_area(zones: pd.DataFrame, reading: Reading) -> pd.Series:
    """The row of the whole study area."""
    rows = zones[(zones["reading_id"] == reading.reading_id) & (zones["zone_id"] == WHOLE_AREA)]
    return rows.iloc[0]


def _of_reading(zones: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    return zones[zones["reading_id"] == reading.reading_id]


def _missing(content: ReportContent, standard: Standard, reading: Reading) -> str:
    """Why nothing could be said of who is covered by a reading; "" where something could."""
    return missing_words(content.assessment.layers, standard, reading, kinds=content.kinds)


def _coverage_sentences(content: ReportContent, standard: Standard, rows: pd.DataFrame) -> str:
    total = rows[rows["zone_id"] == WHOLE_AREA].iloc[0]
    reading, words = standard.readings[0], place_words(content.assessment.layers)
    who, villages = group_name(standard, content.assessment.demand), int(total["villages"])
    if not villages:
        return f"研究区内没有适用这一标准的{words.demand}，不作核算。"
    if missing := _missing(content, standard, reading):
        return f"{missing}，未核算覆盖率。"
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
        f"{villages:,} 个{words.demand}中覆盖 {int(total['villages_covered']):,} 个，占 "
        f"{share_text(total['village_share'])}。"
    )
    if unknown := int(total["population_unknown"]):
        told.append(f"有 {unknown:,} 个{words.demand}人口未知，未计入人口覆盖率。")
    told.append(_lowest(standard, rows, words))
    return "".join(told)


def _lowest(standard: Standard, rows: pd.DataFrame, words: PlaceWords) -> str:
    """The zones behind, if some are."""
    zones = rows[(rows["zone_id"] != WHOLE_AREA) & (rows["share"] < standard.target)]
    if len(zones) < NAMED_ZONES:
        return ""
    lowest = zones.sort_values("share", kind="stable").head(NAMED_ZONES)
    nothing = zones[zones["share"] == 0]
    if len(nothing) > NAMED_ZONES:
        named = "、".join(map(word_text, nothing["zone_name"].head(NAMED_ZONES)))
        return f"{named}等 {len(nothing):,} 个{words.zone}没有覆盖。"
    named = "、".join(
        f"{word_text(row.zone_name)}（{share_text(row.share, target=standard.target)}）"
        for row in lowest.itertuples()
    )
    return f"覆盖率最低的是{named}。"


def _readings_table(content: ReportContent, standard: Standard, zones: pd.DataFrame) -> Table:
    rows = []
    short = place_words(content.assessment.layers).short
    for reading in standard.readings:
        total = whole_area(zones, reading)
        if _missing(content, standard, reading):
            rows.append((reading.name, *["未核算"] * 2, "—", "—"))
            continue
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
        ("口径", "覆盖人口（人）", "覆盖率", "误差范围", f"覆盖{short}数/{short}数"),
        tuple(rows), (46, 26, 20, 36, 28), "lrrcr",
    )  # fmt: skip


def _zone_blocks(content: ReportContent, standard: Standard, rows: pd.DataFrame) -> list[Block]:
    if not rows["villages"].sum() or _missing(content, standard, standard.readings[0]):
        return []
    words = place_words(content.assessment.layers)
    # The whole area stands last, as a sum does, under the name that zones.csv gives it.
    table = tuple(_zone_cells(standard, row) for _, row in rows.iterrows() if row["villages"])
    left = len(rows) - len(table)
    note = f"另有 {left:,} 个{words.zone}没有考核的{words.demand}，没有列出。"
    return [
        Table(
            f"{standard.name}分单元覆盖情况（{flat(standard.readings[0].name)}）",
            (words.zone, "人口（人）", "覆盖（人）", "覆盖率", "误差范围", "缺口（人）",
             f"{words.short}数", f"覆盖{words.short}数"),
            table, (26, 20, 20, 17, 31, 18, 12, 12), "lrrrcrrr",
        ),
        *([Text(note, "note")] if left else []),
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
    content: ReportContent, standard: Standard, rows: pd.DataFrame, maps: list[Block]
) -> list[Block]:
    reading, words = standard.readings[0], place_words(content.assessment.layers)
    if rows.empty:
        return texts(f"按“{reading.name}”，没有未覆盖的{words.demand}。")
    known = rows["population"].sum() if rows["population"].notna().any() else math.nan
    unknown = int(rows["population"].isna().sum())
    said = f"按“{reading.name}”，未覆盖的{words.demand}有 {len(rows):,} 个"
    if not math.isnan(known):
        who = group_name(standard, content.assessment.demand)
        said += f"，涉及{who} {people_text(known)}"
    if unknown:
        said += f"，其中 {unknown:,} 个人口未知"
    unsure = int((rows["verdict"] == "uncertain").sum())
    if unsure:
        said += f"；{unsure:,} 个的结论随车速而变，宜实地核对"
    listed = rows.sort_values("population", ascending=False, kind="stable").head(NAMED_VILLAGES)
    rest = rows.drop(listed.index)
    blocks = [referred(f"{said}。", maps), *texts(_rest_sentence(rest, reading))]
    names = content.assessment.layers.zones["zone_name"]
    facilities = _facility_names(content)
    table = tuple(
        (
            str(at),
            word_text(row.demand_name) or word_text(row.demand_id).removeprefix(_OSM),
            word_text(names.get(row.zone_id, "")),
            "未知" if math.isnan(row.population) else f"{row.population:,.0f}",
            facilities.get(row.facility_id, "—"),
            _cost(row, reading),
            SURE[row.verdict],
        )
        for at, row in enumerate(listed.itertuples(), start=1)
    )
    return [
        *blocks,
        Table(
            f"{standard.name}未覆盖的{words.demand}（{flat(reading.name)}）",
            ("序号", words.demand, words.zone, "人口（人）", "最近设施", _cost_head(reading),
             "把握"),
            table, (10, 28, 25, 16, 36, 20, 21), "cllrlrc",
        ),
    ]  # fmt: skip


def _facility_names(content: ReportContent) -> dict[object, str]:
    """Facilities by id; one without a name by its kind."""
    table = content.assessment.facilities
    return {
        key: word_text(name) or f"{kind_name(content.kinds, kind)}（未命名）"
        for key, name, kind in zip(table.index, table["facility_name"], table["kind"], strict=True)
    }


def _cost_head(reading: Reading) -> str:
    return "时间" if reading.measure == "travel_time" else "距离"


def _cost(row: Any, reading: Reading) -> str:  # noqa: ANN401 - a row of the gaps
    """How far it is, with as many decimals as tell it from the cutoff."""
    by_time = reading.measure == "travel_time"
    cost = float(row.travel_time_s if by_time else row.distance_m)
    return beyond_text(cost, cutoff=reading.cutoff, by_time=by_time)


def _rest_sentence(rest: pd.DataFrame, reading: Reading) -> str:
    if rest.empty:
        return ""
    known = rest["population"].dropna()
    people = f"、{people_text(known.sum())}" if len(known) else ""
    return (
        f"下表按人口从多到少列出前 {NAMED_VILLAGES} 个，其余 {len(rest):,} 个{people}"
        f"见结果表 gaps.geojson（口径代码 {reading.reading_id}）。"
    )
