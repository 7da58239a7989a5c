"""The six pages of a presentation, each from the numbers of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.rules.choices import WHOLE_AREA
from coverage.rules.judging import VERDICTS
from reports.figures import (
    band_text,
    gap_text,
    metres_text,
    minutes_text,
    people_text,
    share_text,
)
from reports.layer_files import safe_file_name
from reports.map_styles import BLUE, VERMILION
from reports.presenting.page import (
    FAINT,
    Place,
    Words,
    add_picture,
    add_table,
    add_text,
    new_page,
    slide_text,
)
from reports.presenting.proposal import proposal_lines
from reports.printing.villages import coverage_sentence
from reports.target_figures import FILLS, target_text, value_text, verdict_text
from reports.target_figures import gap_text as target_gap_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from pptx.presentation import Presentation as Show
    from pptx.slide import Slide

    from coverage.standards import Reading, Standard
    from reports.report_content import ReportContent

PAGES: Final = 6

TITLE: Final = Place(0.5, 0.3, 12.3, 0.7)
BODY: Final = Place(0.5, 1.15, 12.3, 5.4)
MAP: Final = Place(0.5, 1.1, 7.8, 5.5)
SIDE: Final = Place(8.5, 1.1, 4.4, 5.5)
_FOOT: Final = Place(0.5, 6.72, 11.4, 0.55)
_NUMBER: Final = Place(12.1, 6.72, 0.75, 0.55)

_CARDS: Final = 6
_CARDS_BESIDE: Final = {1: 1, 2: 2, 4: 2}
_NAMED_GAPS: Final = 10
_NAMED_TARGETS: Final = 12
_NAMED_ZONES: Final = 13

_HEAD: Final = Words(26, 16, bold=True)
_SMALL: Final = Words(9, 7, FAINT)
_LIMITS: Final = "出行时间按道路等级的车速推算，不含拥堵；覆盖按人口计，人口未知的村不计入。"


@dataclass(frozen=True, eq=False)
class Talk:
    """
    What the pages are made from.

    Parameters
    ----------
    content
        What the report is written from.
    pictures
        File name -> content of the maps.
    standard, reading
        What the maps and lists are about.
    """

    content: ReportContent
    pictures: Mapping[str, bytes]
    standard: Standard
    reading: Reading

    @property
    def totals(self) -> pd.DataFrame:
        """Rows of the whole study area by reading."""
        zones = self.content.assessment.zones
        return zones[zones["zone_id"] == WHOLE_AREA].set_index("reading_id")

    def share_title(self) -> str:
        """The share of the reading in a few words."""
        share = float(self.totals.loc[self.reading.reading_id, "share"])
        if np.isnan(share):
            return "不作结论"
        return f"人口覆盖率 {share_text(share, target=self.standard.target)}"

    def picture(self, *words: str) -> bytes | None:
        """The first PNG whose name holds one of the words, as file names do; earlier ones first."""
        for word in words:
            for name, content in self.pictures.items():
                if name.endswith(".png") and safe_file_name(word) in name:
                    return content
        return None


def title_page(show: Show, talk: Talk) -> None:
    """Name, plans, dates and the label."""
    content, page = talk.content, new_page(show)
    add_text(page, Place(0.9, 1.5, 11.5, 1.4), [f"{content.name}服务圈覆盖评估"],
             Words(44, 24, bold=True, middle=True))  # fmt: skip
    plans = "、".join(f"《{one.title}》" for one in content.plans)
    about = f"{plans}，核算年份 {content.year}" if plans and content.year else plans
    under = about or "、".join(one.name for one in content.assessment.standards)
    add_text(page, Place(1.2, 2.95, 10.9, 1.1), [under], Words(18, 11, FAINT, middle=True))
    settings = content.settings
    said = {"编制单位": settings.maker, "数据日期": settings.data_date,
            "编制日期": settings.made_on, "密级": settings.printing.secrecy}  # fmt: skip
    lines = [f"{name}：{text}" for name, text in said.items() if text]
    if lines:
        add_text(page, Place(3.2, 4.2, 6.9, 1.3), lines, Words(18, 11, middle=True))
    if content.label:
        add_text(page, Place(1.5, 5.6, 10.3, 0.8), [content.label],
                 Words(16, 9, "#7a2f00", bold=True, middle=True), fill=FILLS["未达标"])  # fmt: skip
    _foot(page, talk, 1)


def headline_page(show: Show, talk: Talk) -> None:
    """A card per standard: share, band, target, who is left."""
    page = _page(show, talk, 2, "总体情况：各项标准的人口覆盖率")
    standards = talk.content.assessment.standards
    shown = standards[:_CARDS]
    beside = _CARDS_BESIDE.get(len(shown), 3)
    rows = -(-len(shown) // beside)
    wide, high = BODY.width / beside, (BODY.height - 0.35) / max(rows, 1)
    for number, standard in enumerate(shown):
        down, right = divmod(number, beside)
        place = Place(BODY.left + right * wide, BODY.top + down * high, wide - 0.2, high - 0.2)
        _card(page, talk, standard, place)
    if len(standards) > len(shown):
        left = Place(BODY.left, BODY.top + BODY.height - 0.3, BODY.width, 0.3)
        add_text(page, left, [f"另有 {len(standards) - len(shown)} 项标准见表格和报告。"], _SMALL)


def _card(page: Slide, talk: Talk, standard: Standard, place: Place) -> None:
    reading, total = standard.readings[0], talk.totals.loc[standard.readings[0].reading_id]
    known = not np.isnan(total["share"])
    reaches = known and total["gap"] <= 0
    fill = FILLS["达标" if reaches else "未达标" if known else "数据不足"]
    inside = place.width - 0.2
    add_text(page, place, [], fill=fill)
    at = Place(place.left + 0.1, place.top + 0.08, inside, 0.5)
    add_text(page, at, [standard.name], Words(18, 11, bold=True))
    high = min(place.height * 0.34, 1.1)
    share = share_text(float(total["share"]), target=standard.target) if known else "—"
    add_text(page, Place(at.left, at.top + 0.5, inside, high), [share],
             Words(48, 24, BLUE if reaches else VERMILION, bold=True))  # fmt: skip
    below = at.top + 0.5 + high
    rest = Place(at.left, below, inside, place.top + place.height - below - 0.05)
    add_text(page, rest, card_lines(talk, standard, reading), Words(14, 8))


def card_lines(talk: Talk, standard: Standard, reading: Reading) -> list[str]:
    """
    What stands below the share of a standard.

    Parameters
    ----------
    talk
        What the pages are made from.
    standard, reading
        One of the standards and its main reading.
    """
    total = talk.totals.loc[reading.reading_id]
    if np.isnan(total["share"]):
        return [reading.name, "没有计入的设施，或人口未知，不作结论"]
    low, high = float(total["share_low"]), float(total["share_high"])
    band = band_text(low, high, target=standard.target)
    villages = int(total["villages"] - total["villages_covered"])
    left = float(total["population"] - total["covered"])
    unknown = int(total["population_unknown"])
    return [
        reading.name + (f"，误差范围 {band}" if band else ""),
        f"目标 {share_text(standard.target)}，{gap_text(float(total['gap']))}",
        f"未覆盖村（社区）{villages:,} 个、{people_text(left)}",
        *([f"另有 {unknown:,} 个村（社区）人口未知"] if unknown else []),
    ]


def coverage_page(show: Show, talk: Talk) -> None:
    """The map of the circles, the other readings and the townships that are behind."""
    standard, reading = talk.standard, talk.reading
    page = _page(show, talk, 3, f"{standard.name}：{talk.share_title()}")
    key = reading.reading_id
    # the map of another standard would be a lie on this page
    picture = talk.picture(f"{standard.name}覆盖图_{key}", f"{standard.name}图_{key}")
    side = BODY
    if picture is not None:
        add_picture(page, MAP, picture)
        side = SIDE
    lines = [
        f"{one.name}：{coverage_sentence(talk.content.assessment, standard, one)}"
        for one in standard.readings
    ]
    add_text(page, Place(side.left, side.top, side.width, 1.9), lines, Words(14, 9))
    below = Place(side.left, side.top + 2.0, side.width, side.height - 2.0)
    _zone_table(page, talk, below)


def _zone_table(page: Slide, talk: Talk, place: Place) -> None:
    """Townships by share, the lowest first."""
    zones = talk.content.assessment.zones
    rows = zones[
        (zones["reading_id"] == talk.reading.reading_id) & (zones["zone_id"] != WHOLE_AREA)
    ]
    rows = rows.sort_values(["share", "zone_id"]).head(_NAMED_ZONES)
    table = [["乡镇（街道）", "覆盖率", "缺口（人）"]]
    fills = [["", "", ""]]
    for row in rows.to_dict("records"):
        target = float(row["target"])
        table.append([row["zone_name"], share_text(float(row["share"]), target=target),
                      f"{np.ceil(row['gap'] - 1e-6):,.0f}"])  # fmt: skip
        fills.append(["", FILLS["达标" if row["gap"] <= 0 else "未达标"], ""])
    if len(table) > 1:
        add_table(page, place, table, widths=(5, 3, 3), fills=fills)


def gaps_page(show: Show, talk: Talk) -> None:
    """The map of the gaps and the villages with most people."""
    standard, reading = talk.standard, talk.reading
    page = _page(show, talk, 4, f"{standard.name}：缺口在哪里")
    picture = talk.picture(f"{standard.name}缺口图_{reading.reading_id}")
    side = BODY
    if picture is not None:
        add_picture(page, MAP, picture)
        side = SIDE
    gaps = talk.content.assessment.gaps
    rows = gaps[gaps["reading_id"] == reading.reading_id]
    if rows.empty:
        known = not np.isnan(talk.totals.loc[reading.reading_id, "share"])
        said = "没有未覆盖的村（社区）。" if known else "没有计入的设施，或人口未知，不作结论。"
        add_text(page, side, [said])
        return
    head = [f"未覆盖村（社区）共 {len(rows):,} 个，人口最多的："]
    at = Place(side.left, side.top, side.width, 0.75)
    add_text(page, at, head, Words(15, 10, bold=True))
    below = Place(side.left, side.top + 0.8, side.width, side.height - 0.8)
    add_table(page, below, gap_rows(talk, rows), widths=(5, 4, 3, 4))


def gap_rows(talk: Talk, rows: pd.DataFrame) -> list[list[str]]:
    """
    The uncovered villages with most people, the head first.

    Parameters
    ----------
    talk
        What the pages are made from.
    rows
        Rows of the assessment's gaps by one reading.
    """
    assessment, by_time = talk.content.assessment, talk.reading.measure == "travel_time"
    zones, names = assessment.layers.zones["zone_name"], assessment.demand["demand_name"]
    # villages of unknown population come last
    order = rows.sort_values(["population", "demand_id"], ascending=[False, True])
    table = [["村（社区）", "乡镇", "人口", "最近设施"]]
    for row in order.head(_NAMED_GAPS).to_dict("records"):
        cost = float(row["travel_time_s" if by_time else "distance_m"])
        people = float(row["population"])
        name = names.get(row["demand_id"])
        table.append([
            slide_text(name) or str(row["demand_id"]),
            slide_text(zones.get(row["zone_id"])),
            "未知" if np.isnan(people) else f"{people:,.0f}",
            _far(cost, by_time=by_time),
        ])  # fmt: skip
    return table


def _far(cost: float, *, by_time: bool) -> str:
    if np.isnan(cost):
        return "到不了"
    return minutes_text(cost) if by_time else metres_text(cost)


def targets_page(show: Show, talk: Talk) -> None:
    """Targets with their verdicts; townships where no plan was held against a year."""
    content = talk.content
    if content.judged is None:
        page = _page(show, talk, 5, f"{talk.standard.name}：各乡镇（街道）")
        _zone_table(page, talk, BODY)
        return
    page = _page(show, talk, 5, f"规划指标：{content.year} 年")
    values = content.judged.values
    whole = values[values["zone_id"] == WHOLE_AREA]
    counts = whole["verdict"].value_counts()
    said = "，".join(f"{word} {counts[word]} 项" for word in VERDICTS if word in counts)
    add_text(page, Place(BODY.left, BODY.top - 0.1, BODY.width, 0.5),
             [f"共 {len(whole):,} 项：{said}。" if len(whole) else "所选规划没有指标。"],
             Words(16, 10))  # fmt: skip
    table, fills = target_rows(talk, whole)
    below = Place(BODY.left, BODY.top + 0.5, BODY.width, BODY.height - 0.5)
    if len(table) > 1:
        add_table(page, below, table, widths=(9, 4, 3, 4, 3), fills=fills)


def target_rows(talk: Talk, whole: pd.DataFrame) -> tuple[list[list[str]], Sequence[list[str]]]:
    """
    The targets that are missed first, the head before them, and the fills of their cells.

    Parameters
    ----------
    talk
        What the pages are made from.
    whole
        Contract `TARGETS_RESULT`, rows of the whole study area.
    """
    better = {one.target_id: one.better for plan in talk.content.plans for one in plan.targets}
    rank = {"未达标": 0, "尚未到期": 1, "达标": 2}
    order = sorted(whole.to_dict("records"), key=lambda row: rank.get(row["verdict"], len(rank)))
    table = [["指标", "现值", "目标", "结论", "差"]]
    fills = [[""] * 5]
    for row in order[:_NAMED_TARGETS]:
        aim = target_text(row, better=better.get(row["target_id"], "higher"))
        table.append([row["indicator"], value_text(row), aim, verdict_text(row["verdict"]),
                      target_gap_text(row)])  # fmt: skip
        fills.append(["", "", "", FILLS.get(row["verdict"], ""), ""])
    return table, fills


def proposal_page(show: Show, talk: Talk) -> None:
    """The siting answer or the scenario; else what the numbers say is to be done next."""
    title, lines = proposal_lines(talk.content, talk.standard, talk.reading)
    page = _page(show, talk, 6, title)
    picture = None
    if talk.content.siting or talk.content.scenario is not None:
        words = (
            ("选址方案图", "前后对比图") if talk.content.siting else ("前后对比图", "选址方案图")
        )
        picture = talk.picture(*words)
    side = BODY
    if picture is not None:
        add_picture(page, MAP, picture)
        side = SIDE
    add_text(page, side, lines, Words(16 if picture else 20, 9))


def _page(show: Show, talk: Talk, number: int, title: str) -> Slide:
    page = new_page(show)
    add_text(page, TITLE, [title], _HEAD)
    _foot(page, talk, number)
    return page


def _foot(page: Slide, talk: Talk, number: int) -> None:
    """Sources, limits, the label and the number of the page."""
    content = talk.content
    band = content.assessment.uncertainty.speed_share
    source = "；".join(content.credits)
    lines = [
        "".join(
            [f"来源：{source}。" if source else "", _LIMITS, f"误差范围：车速上下 {band:.0%}。"]
        ),
        "；".join(one for one in (content.label, content.settings.printing.note) if one),
    ]
    add_text(page, _FOOT, [one for one in lines if one], _SMALL)
    add_text(page, _NUMBER, [f"{number} / {PAGES}"], Words(10, 8, FAINT, middle=True))
