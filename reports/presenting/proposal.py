"""What is proposed, in sentences from the numbers; no sentence where the number is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.rules.choices import WHOLE_AREA
from reports.figures import people_text, share_text
from reports.place_words import missing_words, place_words
from reports.printing.siting_maps import plan_sentences
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from coverage.standards import Reading, Standard
    from coverage.studies.study_sites import SitingAnswer
    from reports.report_content import ReportContent

_NAMED: Final = 3
_SENTENCES: Final = 4
_SITES: Final = 8


def proposal_lines(
    content: ReportContent, standard: Standard, reading: Reading
) -> tuple[str, list[str]]:
    """
    Title and sentences of the last page.

    Parameters
    ----------
    content
        What the report is written from.
    standard, reading
        What the next steps are about where nothing is proposed.

    Returns
    -------
    title, lines
        Of the siting answers, then of the scenario; with neither the next steps.
    """
    lines = []
    for answer in content.siting:
        lines += _answer_lines(answer)
    if content.comparison is not None and content.scenario is not None:
        lines += _scenario_lines(content)
    if lines:
        return "方案建议", lines
    return "下一步工作", _next_steps(content, standard, reading)


def _answer_lines(answer: SitingAnswer) -> list[str]:
    """The answer and where it builds; what was left out before it stands in the report."""
    lines = [f"{one.rstrip('。')}。" for one in plan_sentences(answer)[:_SENTENCES]]
    new = answer.sites[answer.sites["state"] == "new"]["site_name"]
    if len(new):
        named = "、".join(plain_text(one) for one in new.head(_SITES))
        rest = f"等 {len(new):,} 处" if len(new) > _SITES else ""
        lines.insert(2, f"地点：{named}{rest}。")
    return lines


def _scenario_lines(content: ReportContent) -> list[str]:
    """What the scenario changes, one sentence per main reading that it changes."""
    comparison, scenario = content.comparison, content.scenario
    if comparison is None or scenario is None:
        return []
    word = place_words(content.assessment.layers).demand
    lines = [f"情景「{plain_text(scenario.name)}」：共 {len(scenario.actions):,} 项动作。"]
    rows = comparison.readings
    whole = rows[rows["zone_id"] == WHOLE_AREA].set_index("reading_id")
    for standard in content.assessment.standards:
        key = standard.readings[0].reading_id
        if key not in whole.index or np.isnan(whole.loc[key, "share_after"]):
            continue
        row = whole.loc[key]
        if row["villages_gained"] or row["villages_lost"]:
            before, after = (
                share_text(float(row[name]), target=standard.target)
                for name in ("share_before", "share_after")
            )
            lines.append(
                f"{standard.name}：覆盖率由 {before} 变为 {after}，新增覆盖 "
                f"{int(row['villages_gained']):,} 个{word}、{people_text(float(row['gained']))}，"
                f"失去覆盖 {int(row['villages_lost']):,} 个。"
            )
    if len(lines) == 1:
        lines.append("各项标准的结论都没有变化。")
    costs = comparison.costs
    known = costs["cost"].dropna()
    if len(known):
        unknown = int(costs["actions_without_cost"].sum())
        more = f"，另有 {unknown:,} 项没有写明费用" if unknown else ""
        lines.append(f"写明的费用合计 {known.sum():,.10g} 万元{more}。")
    return lines


def _next_steps(content: ReportContent, standard: Standard, reading: Reading) -> list[str]:
    assessment = content.assessment
    zones = assessment.zones[assessment.zones["reading_id"] == reading.reading_id]
    whole = zones[zones["zone_id"] == WHOLE_AREA].iloc[0]
    behind = zones[(zones["zone_id"] != WHOLE_AREA) & (zones["gap"] > 0)]
    behind = behind.sort_values(["gap", "zone_id"], ascending=[False, True])
    lines, words = [], place_words(content.assessment.layers)
    if len(behind):
        named = "、".join(plain_text(one) for one in behind["zone_name"].head(_NAMED))
        short = float(behind["gap"].head(_NAMED).sum())
        lines.append(
            f"{standard.name}未达到目标的{words.zone}有 {len(behind):,} 个，缺口最大的是{named}，"
            f"合计 {people_text(short)}，建议优先选址补点。"
        )
    gaps = assessment.gaps[assessment.gaps["reading_id"] == reading.reading_id]
    doubtful = int((gaps["verdict"] == "uncertain").sum())
    if doubtful:
        lines.append(
            f"未覆盖的{words.demand}中有 {doubtful:,} 个结论随车速而变，建议实地核对路况。"
        )
    unknown = int(whole["population_unknown"])
    if unknown:
        lines.append(f"有 {unknown:,} 个{words.demand}人口未知，建议补齐人口后重新核算。")
    missing = missing_words(assessment.layers, standard, reading, kinds=content.kinds)
    if missing:
        lines.append(f"{missing}，建议先补齐设施名录。")
    elif np.isnan(whole["share"]):
        lines.append("人口未知，建议先补齐人口。")
    elif not lines:
        lines.append(f"{standard.name}已达到目标，建议每年更新设施和人口后复核。")
    return lines
