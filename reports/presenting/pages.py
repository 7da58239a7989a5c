"""The six pages of a presentation, each from the numbers of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.rules.choices import WHOLE_AREA
from coverage.rules.judging import VERDICTS
from reports.figures import band_text, gap_text, people_text, share_text
from reports.map_styles import BLUE, VERMILION
from reports.presenting.lists import add_zones, gap_rows, share_fill, target_rows
from reports.presenting.page import FAINT, Place, Words, add_picture, add_table, add_text, new_page
from reports.presenting.proposal import proposal_lines
from reports.presenting.talk import SMALL, Talk, add_foot, framed_page
from reports.printing.stems import comparison_stem, coverage_stem, gap_stem, siting_stem
from reports.target_figures import FILLS

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Show
    from pptx.slide import Slide

    from coverage.standards import Reading, Standard

BODY: Final = Place(0.5, 1.15, 12.3, 5.4)
MAP: Final = Place(0.5, 1.1, 7.8, 5.5)
SIDE: Final = Place(8.5, 1.1, 4.4, 5.5)

_CARDS: Final = 6
_CARDS_BESIDE: Final = {1: 1, 2: 2, 4: 2}


def title_page(show: Show, talk: Talk) -> None:
    """Name, plans, dates and the label."""
    content, page = talk.content, new_page(show)
    add_text(page, Place(0.9, 1.5, 11.5, 1.4), [f"{content.name}服务圈覆盖评估"],
             Words(44, 24, bold=True, middle=True))  # fmt: skip
    plans = "".join(f"《{one.title}》" for one in content.plans)
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
    add_foot(page, talk, 1)


def headline_page(show: Show, talk: Talk) -> None:
    """A card per standard: share, band, target, who is left."""
    page = framed_page(show, talk, 2, "总体情况：各项标准的人口覆盖率")
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
        add_text(page, left, [f"另有 {len(standards) - len(shown)} 项标准见表格和报告。"], SMALL)


def _card(page: Slide, talk: Talk, standard: Standard, place: Place) -> None:
    reading, total = standard.readings[0], talk.totals.loc[standard.readings[0].reading_id]
    known = not np.isnan(total["share"])
    reaches = known and gap_text(float(total["gap"])) == "已达标"
    fill = share_fill(total)
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
    size = 20 if place.width > BODY.width / 2 else 14
    add_text(page, rest, card_lines(talk, standard, reading), Words(size, 8))


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
        return [reading.name, talk.sentence(standard, reading)]
    low, high = float(total["share_low"]), float(total["share_high"])
    band = band_text(low, high, target=standard.target)
    villages = int(total["villages"] - total["villages_covered"])
    left = max(0.0, float(total["population"] - total["covered"]))  # sums differ by a hair
    unknown = int(total["population_unknown"])
    return [
        reading.name + (f"，误差范围 {band}" if band else ""),
        f"目标 {share_text(standard.target)}，{gap_text(float(total['gap']))}",
        f"未覆盖的{talk.words.demand}有 {villages:,} 个、{people_text(left)}",
        *([f"另有 {unknown:,} 个{talk.words.demand}人口未知"] if unknown else []),
    ]


def coverage_page(show: Show, talk: Talk) -> None:
    """The map of the circles, the other readings and the townships that are behind."""
    standard, reading = talk.standard, talk.reading
    page = framed_page(show, talk, 3, f"{standard.name}：{talk.share_title()}")
    picture = talk.picture(coverage_stem(standard, reading))
    side = BODY
    if picture is not None:
        add_picture(page, MAP, picture)
        side = SIDE
    lines = [f"{one.name}：{talk.sentence(standard, one)}" for one in standard.readings]
    add_text(page, Place(side.left, side.top, side.width, 1.9), lines, Words(14, 9))
    below = Place(side.left, side.top + 2.0, side.width, side.height - 2.0)
    add_zones(page, talk, below)


def gaps_page(show: Show, talk: Talk) -> None:
    """The map of the gaps and the villages with most people."""
    standard, reading = talk.standard, talk.reading
    page = framed_page(show, talk, 4, f"{standard.name}：缺口在哪里")
    picture = talk.picture(gap_stem(standard, reading))
    side = BODY
    if picture is not None:
        add_picture(page, MAP, picture)
        side = SIDE
    gaps = talk.content.assessment.gaps
    rows = gaps[gaps["reading_id"] == reading.reading_id]
    if rows.empty:
        known = not np.isnan(talk.totals.loc[reading.reading_id, "share"])
        said = f"没有未覆盖的{talk.words.demand}" if known else talk.sentence(standard, reading)
        add_text(page, side, [f"{said}。"])
        return
    head = [f"未覆盖{talk.words.demand}共 {len(rows):,} 个，人口最多的："]
    at = Place(side.left, side.top, side.width, 0.75)
    add_text(page, at, head, Words(15, 10, bold=True))
    below = Place(side.left, side.top + 0.8, side.width, side.height - 0.8)
    add_table(page, below, gap_rows(talk, rows), widths=(5, 4.1, 2.9, 3.8),
              align=("left", "left", "right", "right"))  # fmt: skip


def targets_page(show: Show, talk: Talk) -> None:
    """Targets with their verdicts; townships where no plan was held against a year."""
    content = talk.content
    if content.judged is None:
        page = framed_page(show, talk, 5, f"{talk.standard.name}：各{talk.words.zone}")
        add_zones(page, talk, BODY, full=True)
        return
    page = framed_page(show, talk, 5, f"规划指标：{content.year} 年")
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
        add_table(page, below, table, widths=(9, 4, 3, 4, 3), fills=fills,
                  align=("left", "right", "right", "left", "right"))  # fmt: skip


def proposal_page(show: Show, talk: Talk) -> None:
    """The siting answer or the scenario; else what the numbers say is to be done next."""
    title, lines = proposal_lines(talk.content, talk.standard, talk.reading)
    page = framed_page(show, talk, 6, title)
    picture = talk.picture(*_proposal_stems(talk))
    side = BODY
    if picture is not None:
        add_picture(page, MAP, picture)
        side = SIDE
    add_text(page, side, lines, Words(16 if picture else 20, 9))


def _proposal_stems(talk: Talk) -> list[str]:
    """Maps of what is proposed: of the siting answers, then of the scenario."""
    content = talk.content
    several = len(content.siting) > 1
    sites = [siting_stem(one, at if several else 0) for at, one in enumerate(content.siting, 1)]
    standards = (talk.standard, *content.assessment.standards)
    changed = [comparison_stem(one, one.readings[0]) for one in standards]
    return sites + (changed if content.scenario is not None else [])
