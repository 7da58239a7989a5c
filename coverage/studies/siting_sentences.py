"""A siting answer in Chinese sentences; what ended early is never called optimal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd

from coverage.percent import percent_text
from coverage.studies.siting_question import MODELS, sites_meaning
from coverage.studies.siting_solving import base_sites
from coverage.studies.siting_tables import Plan, village_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.sites.options import SitingOptions
    from coverage.studies.siting_ground import SitingGround
    from coverage.studies.study_sites import SitingAnswer

LEAST_GAP: Final = 1e-4
"""A gap below this is told as such, not as 0: what ended early is never called optimal."""


def answer_sentences(answer: SitingAnswer, options: SitingOptions) -> list[str]:
    """
    What is said of an answer: what nothing can serve first, then the plan and its proof.

    Parameters
    ----------
    answer
        With everything but its sentences.
    options
        As asked: how many ties were looked for.
    """
    ground, question, result = answer.ground, answer.question, answer.result
    told = [notice.message for notice in ground.notices]
    told += _unservable_sentences(answer)
    title = f"「{ground.standard.name}·{ground.reading.name}」{MODELS[question.model]}"
    told.append(f"{title}：{sites_meaning(question, ground)}")
    if result.status == "infeasible":
        told.append(f"无解：{result.reason}")
        return told
    told.append(_coverage_sentence(answer))
    told.append(_proof_sentence(answer))
    if answer.ties:
        least = "至少" if len(result.ties) >= options.ties else ""
        told.append(f"与之同优的还有{least} {len(answer.ties)} 组，可按用地和权属选择")
    elif options.ties > 1 and result.status == "optimal" and answer.order is None:
        told.append("没有与之同优的其他方案")
    if answer.order is not None:
        told += [
            f"{year} 年底：{row['asked']} 处，覆盖 {percent_text(row['share'])}"
            + (f"，比一步到位的最好方案少 {row['price']:,.0f} 人" if row["price"] > 0 else "")
            for year, row in answer.order.iterrows()
        ]
    return told


def other_sentences(answer: SitingAnswer, others: Sequence[SitingGround]) -> list[str]:
    """
    What a plan for several standards does for those beside the first, whose sites are not listed.

    Parameters
    ----------
    answer
        To the question; its tables are of the first standard.
    others
        Grounds of the further standards.
    """
    told = []
    for ground in others if answer.result.status != "infeasible" else ():
        question, known = answer.question, set(ground.sites.index)
        base = base_sites(question, ground)
        chosen = tuple(name for name in answer.result.selected if name in known)
        plan = Plan(ground=ground, base=base, chosen=chosen)
        people = float(ground.weights.sum())
        shares = [
            percent_text(plan.people(plan.is_covered(ids)) / people if people else math.nan)
            for ids in (base, chosen)
        ]
        text = f"兼顾「{ground.standard.name}·{ground.reading.name}」："
        text += f"覆盖由 {shares[0]} 变为 {shares[1]}"
        if own := [name for name in base if name not in answer.ground.sites.index]:
            shut = [ground.sites.loc[name, "site_name"] for name in own if name not in chosen]
            named = f"撤并 {len(shut)} 处：{'、'.join(map(str, shut))}" if shut else "全部保留"
            text += f"；它另有现有设施 {len(own)} 处，{named}"
        told.append(text)
    return told


def _coverage_sentence(answer: SitingAnswer) -> str:
    figures, word = answer.figures, village_word(answer.ground)
    changes = [
        f"{name} {figures[key]:.0f} 处"
        for key, name in (("new", "新增"), ("kept", "保留现有"), ("closed", "撤并"))
        if figures[key]
    ]
    plan = f"方案：{'、'.join(changes) or '没有变化'}；"
    if not figures["added_people"] and not figures["added_villages"]:
        return f"{plan}覆盖不变（{percent_text(figures['share_after'])}）"
    return plan + (
        f"覆盖由 {percent_text(figures['share_before'])} 变为 "
        f"{percent_text(figures['share_after'])}，{figures['added_people']:+,.0f} 人、"
        f"{figures['added_villages']:+.0f} 个{word}"
    )


def _proof_sentence(answer: SitingAnswer) -> str:
    result = answer.result
    if result.status == "optimal":
        return "已证明最优"
    if not math.isfinite(result.gap):
        return "未证完：还不知道离最好的方案有多远，请延长求解时限"
    gap = f"{result.gap:.2%}" if result.gap >= LEAST_GAP else f"不到 {LEAST_GAP:.2%}"
    return f"未证完：离可能的最好方案最多还差 {gap}，请延长求解时限"


def _unservable_sentences(answer: SitingAnswer) -> list[str]:
    points, ground = answer.unservable, answer.ground
    if points.empty:
        return []
    word = village_word(ground)
    first = points.iloc[0]
    name = first["demand_name"] if pd.notna(first["demand_name"]) else points.index[0]
    people = points["population"].sum()
    text = (
        f"{len(points)} 个{word} {people:,.0f} 人没有任何候选点或现有设施能在 "
        f"{ground.reading.cutoff_text}内服务，第一个是 {name}：{first['advice']}"
    )
    return [text]
