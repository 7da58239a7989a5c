"""选址方案图: facilities that stand, numbered new sites, those that close, villages gained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.studies.siting_question import MODELS
from coverage.studies.siting_sentences import SERVING
from coverage.studies.siting_tables import Plan
from reports import map_styles as styles
from reports.figures import people_text, share_text
from reports.map_settlements import reference_people
from reports.place_words import place_words
from reports.printing.comparison_maps import NEW_EDGE, closed_layers
from reports.printing.drawing import Panel, PrintLayer
from reports.printing.ground import WORK, facility_layers
from reports.printing.stems import siting_stem, siting_title
from reports.printing.villages import changed_layers, covered_layer, gap_layers, size_share
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from coverage.standards import FacilityKind
    from coverage.studies.study_sites import SitingAnswer
    from reports.printing.drawing import PrintMap
    from reports.printing.ground import Ground

LISTED_SITES: Final = 15
"""New sites that have a line each in the legend; more are told by their numbers and names alone."""

_NO_PLACE: Final = np.array([], dtype=object)


def siting_map(
    ground: Ground, answer: SitingAnswer, *, kinds: Mapping[str, FacilityKind], number: int = 0
) -> PrintMap:
    """
    A siting answer on paper.

    Parameters
    ----------
    ground
        Of the layers that it was asked on.
    answer
        With or without sites.
    kinds
        By code.
    number
        Of several answers; 0 for the only one.
    """
    before, after = _covered(answer)
    words = place_words(ground.layers)
    demand = ground.layers.demand.loc[answer.ground.demand.index]
    people = answer.ground.demand["population"]
    share = size_share(ground.layers.zones, len(demand))
    layers = (
        *gap_layers(
            demand[~after & ~before], people, words.demand,
            reference=reference_people(people), share=share,
        ),
        covered_layer(demand[before & after], words.demand, share=share),
        *changed_layers(demand[after & ~before], demand[before & ~after], words.demand),
        *_standing_layers(ground, answer, kinds),
        *_new_layers(answer, kinds, words.bare),
    )  # fmt: skip
    return ground.sheet(
        siting_stem(answer, number), siting_title(answer, number), answer_line(answer, words.bare),
        Panel((*ground.drawn, ground.names, *layers)),
        remarks=_remarks(answer),
    )  # fmt: skip


def answer_line(answer: SitingAnswer, word: str) -> str:
    """
    What an answer builds and how far coverage rises with it, in one line; or that there is none.

    Parameters
    ----------
    answer
        With or without sites.
    word
        What a demand point is called.
    """
    if answer.result.status == "infeasible":
        return f"无解：{answer.result.reason}"
    figures = answer.figures
    new = "升级" if answer.question.model == "upgrade" else "新建"
    changes = "、".join(
        f"{name} {figures[key]:,.0f} 处"
        for key, name in (("new", new), ("kept", "保留现有"), ("closed", "撤并"))
        if figures[key]
    )
    people, points = round(figures["added_people"]), round(figures["added_villages"])
    more = "、".join(
        f"{number:+,} {unit}" for number, unit in ((people, "人"), (points, f"个{word}")) if number
    )
    said = (changes or "没有变化", _share_change(answer), more)
    return "，".join(each for each in said if each)


def _share_change(answer: SitingAnswer) -> str:
    """The share before and after; nothing where nobody knows how many people there are."""
    figures, ground = answer.figures, answer.ground
    if np.isnan(figures["share_after"]):
        return ""
    # With capacities, who can get there is not who is served.
    is_served = answer.question.model in SERVING
    what = f"{ground.reading.cutoff_text}内到得了的人" if is_served else "覆盖率"
    before, after = (
        share_text(figures[f"share_{state}"], target=ground.standard.target)
        for state in ("before", "after")
    )
    return f"{what}由 {before} 变为 {after}" if before != after else f"{what}不变（{after}）"


def plan_sentences(answer: SitingAnswer) -> tuple[str, ...]:
    """
    The sentences on the plan: its question, its answer, its proof; not what was left out before.

    Parameters
    ----------
    answer
        As it was given.
    """
    begins = f"」{MODELS[answer.question.model]}："
    start = next((at for at, one in enumerate(answer.sentences) if begins in one), 0)
    return answer.sentences[start:]


def _remarks(answer: SitingAnswer) -> tuple[str, ...]:
    """The question with its reading, what a plan with capacities serves, its proof."""
    question, *told = plan_sentences(answer)
    proof = told[1:2]
    served = told[:1] if answer.question.model in SERVING else ()
    return (question, *served, *proof)


def _covered(answer: SitingAnswer) -> tuple[np.ndarray, np.ndarray]:
    """Whether each point of the ground is covered before and after, as the tables count it."""
    state = answer.sites["state"]
    names = {each: tuple(state.index[state == each]) for each in ("new", "kept", "closed")}
    times = answer.question.times if answer.question.model == "backup_covering" else 1
    base, chosen = names["kept"] + names["closed"], names["kept"] + names["new"]
    plan = Plan(answer.ground, base, chosen, times=times)
    return plan.is_covered(base), plan.is_covered(chosen)


def _standing_layers(
    ground: Ground, answer: SitingAnswer, kinds: Mapping[str, FacilityKind]
) -> list[PrintLayer]:
    """Facilities that stand and stay by kind; those that close."""
    state = answer.sites["state"]
    facilities = ground.layers.facilities
    kept = facilities[facilities.index.isin(state.index[state == "kept"])]
    closed = answer.sites[state == "closed"]
    return [*facility_layers(kept, kinds, area=ground.area), *closed_layers(closed)]


def _new_layers(
    answer: SitingAnswer, kinds: Mapping[str, FacilityKind], word: str
) -> list[PrintLayer]:
    """New sites numbered in the order of what they add; a line each where they are few."""
    rows: gpd.GeoDataFrame = answer.sites[answer.sites["state"] == "new"]
    if not len(rows):
        return []
    numbers = np.array([str(at) for at in range(1, len(rows) + 1)], dtype=object)
    names = np.array([plain_text(name) for name in rows["site_name"]], dtype=object)
    colour = next(
        (kinds[code].colour for code in answer.ground.standard.kinds if code in kinds), styles.SKY
    )
    look = {
        "fill": colour, "edge": NEW_EDGE, "width": 1.2, "sign_colour": styles.sign_colour(colour),
    }  # fmt: skip
    verb = "升级" if answer.question.model == "upgrade" else "新建"
    layers = [
        PrintLayer(
            "square", rows.geometry.to_numpy(), f"{verb}点位（按新增人口编号）",
            f"{len(rows):,} 处", order=WORK + 300, size=4.2, sign=numbers, names=names,
            rank=np.arange(len(rows), dtype=float), font_pt=7.0, **look,
        )
    ]  # fmt: skip
    if len(rows) > LISTED_SITES:
        return layers
    adds = zip(numbers, names, rows["adds_people"], rows["adds_villages"], strict=True)
    return layers + [
        PrintLayer(
            "square", _NO_PLACE, f"{name or f'点位 {at}'}",
            f"增加 {people_text(float(people))}、{int(villages):,} 个{word}", order=WORK + 301,
            size=3.4, sign=at, **look,
        )
        for at, name, people, villages in adds
    ]  # fmt: skip
