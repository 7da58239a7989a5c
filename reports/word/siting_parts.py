"""Siting proposals in sentences and tables: where, for whom, why, and what is proven."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from coverage.studies.siting_question import MODELS, sites_meaning
from reports.figures import people_text, share_text
from reports.place_words import PlaceWords, place_words
from reports.printing.stems import siting_stem, siting_title
from reports.word.blocks import (
    Block,
    Heading,
    Table,
    picture,
    referred,
    stopped,
    texts,
    word_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.studies.study_sites import SitingAnswer
    from reports.report_content import ReportContent

NAMED: Final = 30
"""Sites of a list; the rest are counted."""

LEAST_GAP: Final = 1e-4
"""A gap of a solution below this is told as such, not as 0."""


def siting_blocks(content: ReportContent, pictures: Mapping[str, bytes]) -> list[Block]:
    """选址建议: where to build, for whom, why, and what is proven."""
    blocks: list[Block] = []
    figures: list[Block] = []
    for number, answer in enumerate(content.siting, start=1):
        standard, reading = answer.ground.standard, answer.ground.reading
        question = answer.question
        blocks.append(Heading(f"{standard.name}：{MODELS[question.model]}"))
        which = number if len(content.siting) > 1 else 0
        stem, caption = siting_stem(answer, which), siting_title(answer, which)
        maps = picture(pictures, stem, caption=caption, about="位置")
        words = place_words(content.assessment.layers)
        blocks.append(
            referred(f"按“{reading.name}”，{sites_meaning(question, answer.ground)}。", maps)
        )
        blocks += texts(*_answer_sentences(answer, words))
        blocks += _sites_table(answer, words)
        blocks += _order(answer)
        figures += maps
    return [*blocks, *figures]


def _answer_sentences(answer: SitingAnswer, words: PlaceWords) -> list[str]:
    figures, result = answer.figures, answer.result
    target = answer.ground.standard.target
    told = [stopped(notice.message) for notice in answer.ground.notices]
    if result.status == "infeasible":
        return [*told, f"无解：{word_text(result.reason)}。"]
    changes = "、".join(
        f"{name} {figures[key]:.0f} 处"
        for key, name in (("new", "新建"), ("kept", "保留现有"), ("closed", "撤并"))
        if figures[key]
    )
    said = f"方案：{changes or '没有变化'}。"
    if not math.isnan(figures["share_after"]):
        said += (
            f"覆盖率由 {share_text(figures['share_before'], target=target)} 变为 "
            f"{share_text(figures['share_after'], target=target)}，覆盖人口由 "
            f"{people_text(figures['covered_before'])}变为 "
            f"{people_text(figures['covered_after'])}，"
        )
    said += (
        f"覆盖的{words.demand}由 {figures['villages_before']:,.0f} 个变为 "
        f"{figures['villages_after']:,.0f} 个。"
    )
    told += [said, _proof(answer)]
    if len(answer.unservable):
        told.append(
            f"有 {len(answer.unservable):,} 个{words.demand}任何候选点都服务不到，"
            "见结果表 unservable.csv。"
        )
    if answer.ties:
        told.append(f"另有 {len(answer.ties):,} 组地点与之同样好，可按用地和权属选择。")
    return told


def _proof(answer: SitingAnswer) -> str:
    result = answer.result
    if result.status == "optimal":
        return "证明：求解到底，已证明没有更好的方案。"
    if not math.isfinite(result.gap):
        return "证明：没有求解到底，还不知道离最好的方案有多远。"
    gap = f"{result.gap:.2%}" if result.gap >= LEAST_GAP else f"不到 {LEAST_GAP:.2%}"
    return f"证明：没有求解到底，离可能的最好方案最多还差 {gap}。"


def _sites_table(answer: SitingAnswer, words: PlaceWords) -> list[Block]:
    changed = answer.sites[answer.sites["state"] != "kept"]
    if changed.empty:
        return []
    verbs = {"new": "升级" if answer.question.model == "upgrade" else "新建", "closed": "撤并"}
    table = tuple(
        (
            f"{row['step']:.0f}",
            verbs[row["state"]],
            word_text(row["site_name"]) or word_text(site_id),
            word_text(row["zone_name"]),
            f"{row['adds_people']:,.0f}",
            f"{row['adds_villages']:,.0f}",
            word_text(row["reason"]),
        )
        for site_id, row in changed.head(NAMED).iterrows()
    )
    blocks: list[Block] = [
        Table(
            f"{answer.ground.standard.name}建议地点",
            ("序号", "做法", "地点", words.zone, "增加人口（人）", f"增加{words.short}数",
             "理由"),
            table, (10, 11, 21, 25, 18, 14, 57), "ccllrrl",
        )
    ]  # fmt: skip
    if len(changed) > NAMED:
        blocks += texts(f"其余 {len(changed) - NAMED:,} 处见结果表 sites.geojson。")
    return blocks


def _order(answer: SitingAnswer) -> list[Block]:
    if answer.order is None:
        return []
    told = [
        f"{year} 年底 {row['asked']} 处，覆盖率 "
        + share_text(row["share"], target=answer.ground.standard.target)
        for year, row in answer.order.iterrows()
    ]
    return texts(f"分年建设：{'；'.join(told)}。")
