"""A siting answer in Chinese sentences; what ended early is never called optimal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd

from coverage.percent import percent_text
from coverage.requests import TOLERANCE
from coverage.studies.siting_question import MODELS, sites_meaning
from coverage.studies.siting_solving import base_sites
from coverage.studies.siting_tables import village_word

if TYPE_CHECKING:
    from coverage.sites.options import SitingOptions
    from coverage.studies.siting_answer import SitingAnswer
    from coverage.studies.siting_ground import SitingGround

SERVING: Final = ("capacitated_covering", "capacitated_facility_location", "budget_covering")
"""Models in which a site may be full."""

BEDS_TOLD: Final = 5
"""Sites whose beds a sentence names."""

PRICES: Final = 5
"""Numbers of preferred places whose price a sentence tells."""

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
            f"{year} 年底：{row['asked']} 处，覆盖 {_percent(ground, row['share'])}"
            + (f"，比一步到位的最好方案少 {row['price']:,.0f} 人" if row["price"] > 0 else "")
            for year, row in answer.order.iterrows()
        ]
    return told


def other_sentences(answer: SitingAnswer) -> list[str]:
    """
    What a plan for several standards does for those beside the first.

    Parameters
    ----------
    answer
        To the question.
    """
    told = []
    for part in answer.further if answer.result.status != "infeasible" else ():
        ground, figures = part.ground, part.figures
        text = (
            f"兼顾「{ground.standard.name}·{ground.reading.name}」："
            f"覆盖由 {_percent(ground, figures['share_before'])} 变为 "
            f"{_percent(ground, figures['share_after'])}"
        )
        base = base_sites(answer.question, ground)
        if own := [name for name in base if name not in answer.ground.sites.index]:
            state = part.sites["state"].reindex(own)
            shut = part.sites.loc[state.index[state == "closed"], "site_name"]
            named = f"撤并 {len(shut)} 处：{'、'.join(map(str, shut))}" if len(shut) else "全部保留"
            text += f"；它另有现有设施 {len(own)} 处，{named}"
        told.append(text)
    return told


def price_sentences(prices: pd.DataFrame) -> list[str]:
    """
    What more sites at preferred places would cost; none where there is nothing to choose.

    Parameters
    ----------
    prices
        `coverage.siting.price_of_preferred`.
    """
    free, most = int(prices.index[0]), int(prices.index[-1])
    if not most:
        return []
    held = f"方案中有 {free} 处，不因此少覆盖一人" if free else "方案中一处也没有"
    told = [f"优先候选点（适宜性达标的）：{held}"]
    for number, row in prices.iloc[1 : 1 + PRICES].iterrows():
        price = max(0.0, row["price"])
        what = f"少覆盖 {price:,.0f} 人" if price else "也不少覆盖一人"
        is_proven = row["status"] == prices["status"].iloc[0] == "optimal"
        told.append(f"若要 {number} 处，{what}{'' if is_proven else '（未证完）'}")
    if len(prices) == 1:
        told.append("已是最多")
    elif len(prices) > 1 + PRICES:
        told.append(f"最多可到 {most} 处，见 siting.json")
    return ["；".join(told)]


def _percent(ground: SitingGround, share: float) -> str:
    """A share that never reads as the standard's target where it falls short of it."""
    return percent_text(share, target=ground.standard.target)


def _coverage_sentence(answer: SitingAnswer) -> str:
    figures, ground = answer.figures, answer.ground
    changes = [
        f"{name} {figures[key]:.0f} 处"
        for key, name in (("new", "新建"), ("kept", "保留现有"), ("closed", "撤并"))
        if figures[key]
    ]
    plan = f"方案：{'、'.join(changes) or '没有变化'}；"
    # With capacities, who can get there is not who is served.
    served, what = _served_words(answer), "覆盖"
    if served:
        plan += f"{served}；"
        what = f"{ground.reading.cutoff_text}内到得了的人"
    if not figures["added_people"] and not figures["added_villages"]:
        text = f"{plan}{what}不变（{_percent(ground, figures['share_after'])}）"
    else:
        text = plan + (
            f"{what}由 {_percent(ground, figures['share_before'])} 变为 "
            f"{_percent(ground, figures['share_after'])}，{figures['added_people']:+,.0f} 人、"
            f"{figures['added_villages']:+,.0f} 个{village_word(ground)}"
        )
    return text + _most_words(answer)


def _served_words(answer: SitingAnswer) -> str:
    """Who is served by a plan with capacities, and with what; "" for other models."""
    result, ground = answer.result, answer.ground
    if answer.question.model not in SERVING or result.flows is None:
        return ""
    if "covered" not in result.figures:
        people = result.flows["people"]
        near = people[result.flows["cost"] <= ground.reading.cutoff + TOLERANCE]
        inside = f"{ground.reading.cutoff_text}内 {near.sum():,.0f} 人"
        return f"得到服务 {people.sum():,.0f} 人，其中{inside}"
    share = _percent(ground, result.figures["share"])
    text = f"得到服务 {result.figures['covered']:,.0f} 人（{share}）"
    if "spent" not in result.figures:
        return text
    new = answer.sites.index[answer.sites["state"] == "new"]
    beds = [result.figures[f"beds:{name}"] for name in new]
    names = answer.sites["site_name"].reindex(new).fillna(new.to_series())
    each = [f"{name} {count:,.0f} 张" for name, count in zip(names, beds, strict=True)]
    more = "等" if len(each) > BEDS_TOLD else ""
    which = f"（{'、'.join(each[:BEDS_TOLD])}{more}）" if each else ""
    return f"{text}，新设床位 {sum(beds):,.0f} 张{which}，花费 {result.figures['spent']:,.10g} 万元"


def _most_words(answer: SitingAnswer) -> str:
    """That all who can be reached are: for a question that asks for everybody."""
    is_whole = answer.question.model == "location_set_covering" and answer.question.share == 1
    share = answer.figures["share_after"]
    if not is_whole or answer.unservable.empty or not share < 1:
        return ""
    return f"；够得着的都覆盖，全体最多 {_percent(answer.ground, share)}"


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
