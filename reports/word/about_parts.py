"""What the report is about: purpose, area and data, method, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reports.figures import people_text, share_text
from reports.map_text import ORIGIN_NOTES
from reports.place_words import group_name, kind_name, place_words
from reports.printing.stems import FACILITIES
from reports.results import demand_table, facilities_table
from reports.word.blocks import (
    Block,
    Heading,
    Table,
    Text,
    file_names,
    picture,
    quoted,
    referred,
    stopped,
    texts,
    word_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from coverage.standards import Reading, Standard
    from reports.report_content import ReportContent

_ORIGINS: Final[Mapping[str, str]] = {"list": "县里名录"} | {
    origin: note.removeprefix("来源：") for origin, note in ORIGIN_NOTES.items()
}


def purpose_blocks(content: ReportContent, _: Mapping[str, bytes]) -> list[Block]:
    """编制目的: the planner's words, or what is in the report."""
    if content.settings.purpose.strip():
        return texts(*(content.settings.purpose.splitlines()))
    named = "".join(f"“{standard.name}”" for standard in content.assessment.standards)
    targets = "，核算规划指标" if content.judged is not None else ""
    sites = "，提出选址建议" if content.siting else ""
    layers = content.assessment.layers
    return texts(
        f"为查明{word_text(layers.name)}{named}的覆盖情况，"
        f"列出尚未覆盖的{place_words(layers).demand}{targets}{sites}，为设施布局提供依据，编制本报告。"
    )


def data_blocks(content: ReportContent, pictures: Mapping[str, bytes]) -> list[Block]:
    """范围与数据: how much there is, of which date, and what is missing."""
    assessment = content.assessment
    demand = demand_table(assessment)
    facilities = facilities_table(assessment, kinds=content.kinds)
    words = place_words(content.assessment.layers)
    figures = picture(pictures, FACILITIES, caption=FACILITIES, about="设施分布")
    blocks: list[Block] = [
        Heading("范围"),
        referred(
            f"研究区共 {len(assessment.layers.zones):,} 个{words.zone}、{len(demand):,} 个"
            f"{words.demand}，{_people(demand, words.demand)}，设施 {len(facilities):,} 处。",
            figures,
        ),
    ]
    blocks += texts(
        f"数据时点：{stopped(content.settings.data_date)}" if content.settings.data_date else "",
        stopped(assessment.layers.label),
    )
    if len(facilities):
        blocks.append(_kinds_table(facilities))
    read = _read_table(content)
    if read or assessment.notices:
        blocks += [Heading("数据读取和缺漏"), *read]
        # Readings of one standard may give the same notice.
        blocks += texts(*dict.fromkeys(stopped(one.message) for one in assessment.notices))
    return [*blocks, *figures]


def method_blocks(content: ReportContent, _: Mapping[str, bytes]) -> list[Block]:
    """核算方法: in plain words, standard by standard, with the clauses."""
    words = place_words(content.assessment.layers)
    blocks = texts(
        f"每个{words.demand}以一个点代表，称为需求点。"
        "出行时间按路网计算，从门口到门口，包括两端离开道路的接驳段；不超过阈值（含等于）即为覆盖。"
        "覆盖率按人口计算，即覆盖人口占考核人群的比例；"
        f"{words.demand}的比例并列，不能代替人口覆盖率。人口未知的{words.demand}只计个数，不计人口。"
    )
    for standard in content.assessment.standards:
        blocks.append(Heading(standard.name))
        blocks += texts(
            _rule(content, standard), _others(content, standard), stopped(standard.note)
        )
        blocks += [
            Text(f"依据：《{clause.title}》{clause.section}：{quoted(clause.quote)}。")
            for clause in standard.clauses
        ]
    return blocks


def limit_blocks(content: ReportContent, _: Mapping[str, bytes]) -> list[Block]:
    """局限与误差: where the error band comes from, and what must be known besides."""
    band, assessment = content.assessment.uncertainty, content.assessment
    words = place_words(content.assessment.layers)
    where = (
        f"误差范围是把车速（含步行、骑行）降低 {band.speed_share * 100:g}% 和提高 "
        f"{band.speed_share * 100:g}% 各算一次得到的；离路超过 {band.thin_road_m:g} 米的地方，"
        f"另按绕行系数 {band.detour:g} 估计未上图的便道。误差范围不含人口和设施数据本身的误差。"
    )
    said, demand = [where], demand_table(assessment)
    for standard in assessment.standards:
        reading = standard.readings[0]
        verdicts = demand[f"{reading.reading_id}_verdict"]
        unsure = int((verdicts == "uncertain").sum())
        if unsure:
            said.append(
                f"“{standard.name}”有 {unsure:,} 个{words.demand}是否覆盖随车速而变，宜实地核对。"
            )
    said.append(
        f"地图上的服务圈只供看图，覆盖人数和{words.short}数一律按各{words.demand}的"
        "出行时间或距离计算。"
    )
    checks = assessment.area_checks
    differ = int(checks["disagree"].sum()) if len(checks) else 0
    if differ:
        said.append(f"画出的服务圈与出行时间不一致的有 {differ:,} 点次，以出行时间为准。")
    issues = assessment.access_checks
    if len(issues):
        said.append(f"接路情况需要核对的有 {len(issues):,} 条，见结果表 access_checks.csv。")
    if assessment.layers.label:
        said.append(stopped(assessment.layers.label))
    return texts(*said)


def _people(demand: pd.DataFrame, word: str) -> str:
    known = demand["population"].dropna()
    if known.empty:
        return "人口未知"
    unknown = len(demand) - len(known)
    besides = f"（{unknown:,} 个{word}人口未知，未计入）" if unknown else ""
    return f"常住人口 {people_text(known.sum())}{besides}"


def _read_table(content: ReportContent) -> list[Block]:
    """How many rows of each file were used, and what was found wrong with them."""
    files = content.ledger.rows()
    if files.empty:
        return []
    counts = content.ledger.counts()
    rows = []
    names = file_names(files["file"])
    for one in files.itertuples():
        found = counts[counts["file"] == one.file].groupby("check_name", sort=False)["count"].sum()
        named = "、".join(f"{name} {n:,} 处" for name, n in found.items())
        numbers = (one.rows_read, one.rows_used, one.rows_set_aside)
        rows.append((names[one.file], *(f"{n:,}" for n in numbers), word_text(named) or "—"))
    return [
        Table(
            "数据文件的读取", ("文件", "读到（行）", "采用（行）", "放在一边（行）", "查出的问题"),
            tuple(rows), (56, 18, 18, 20, 44), "lrrrl",
        )
    ]  # fmt: skip


def _kinds_table(facilities: pd.DataFrame) -> Table:
    names = facilities["kind_name"].fillna(facilities["kind"])
    origin = facilities["origin"].map(lambda one: _ORIGINS.get(str(one), str(one)))
    counted = facilities.groupby([names, origin], sort=False, dropna=False).size()
    rows = [(word_text(kind), f"{n:,}", word_text(told)) for (kind, told), n in counted.items()]
    rows.append(("合计", f"{len(facilities):,}", ""))
    return Table("纳入的设施", ("类别", "数量（处）", "来源"), tuple(rows), (70, 30, 56), "lrl")


def _rule(content: ReportContent, standard: Standard) -> str:
    reading = standard.readings[0]
    kinds = "、".join(kind_name(content.kinds, code) for code in standard.kinds)
    border = "" if standard.cross_border else "邻县的设施不计入。"
    note = f"（{word_text(standard.target_note)}）" if standard.target_note else ""
    return (
        f"对象为{group_name(standard, content.assessment.demand)}；计入的设施为{kinds}。{border}"
        f"主口径“{reading.name}”：{_measured(content, standard, reading)}。"
        f"目标覆盖率 {share_text(standard.target)}{note}。"
    )


def _others(content: ReportContent, standard: Standard) -> str:
    others = standard.readings[1:]
    if not others:
        return ""
    told = "；".join(f"“{one.name}”，{_measured(content, standard, one)}" for one in others)
    return f"并列的口径：{told}。"


def _measured(content: ReportContent, standard: Standard, reading: Reading) -> str:
    mode = content.modes.get(standard.mode_of(reading))
    by = f"，{mode.name}" if mode is not None else ""
    if reading.station_kinds:
        return f"出车准备、急救站到病人、病人到医院合计不超过 {reading.cutoff_text}{by}"
    word = place_words(content.assessment.layers).demand
    ends = f"{word}到最近设施" if standard.direction == "to_facility" else f"设施到{word}"
    if reading.measure == "straight_line":
        return f"{ends}的直线距离不超过 {reading.cutoff_text}"
    what = "时间" if reading.measure == "travel_time" else "路程"
    return f"{ends}的{what}不超过 {reading.cutoff_text}{by}"
