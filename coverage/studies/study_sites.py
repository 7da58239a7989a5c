"""From a siting question to an answer with proof: sites, what each adds, who is left and why.

The questions and what their numbers mean stand in `siting_question`, demand and candidates in
`siting_ground`, the tables in `siting_tables`, points that nothing serves in `siting_advice`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from coverage.errors import SitingError
from coverage.percent import percent_text
from coverage.sites.options import DEFAULT
from coverage.studies.siting_advice import unservable_points
from coverage.studies.siting_ground import (
    SitingGround,
    far_bound,
    siting_ground,
    upgrade_ground,
    with_places,
)
from coverage.studies.siting_question import (
    EVERYWHERE,
    MODELS,
    Existing,
    Model,
    SiteAmounts,
    SitingQuestion,
    sites_meaning,
)
from coverage.studies.siting_sentences import answer_sentences, other_sentences
from coverage.studies.siting_solving import base_sites, solve_curve, solve_question
from coverage.studies.siting_tables import (
    Plan,
    assignment_table,
    site_table,
    zone_coverage,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import geopandas as gpd
    import pandas as pd

    from coverage.sites.options import SitingOptions
    from coverage.sites.result import SitingResult

__all__ = [
    "EVERYWHERE",
    "MODELS",
    "Existing",
    "Model",
    "OwnChoice",
    "SiteAmounts",
    "SitingAnswer",
    "SitingGround",
    "SitingQuestion",
    "answer_siting",
    "far_bound",
    "own_choice",
    "site_curve",
    "sites_meaning",
    "siting_ground",
    "upgrade_ground",
    "with_places",
]

site_curve = solve_curve


@dataclass(frozen=True, eq=False)
class SitingAnswer:
    """
    The answer to a siting question, ready to be shown.

    Parameters
    ----------
    ground, question
        What was asked, and on what.
    result
        Of the model, with status, bound and gap.
    sites
        `coverage.studies.siting_tables.site_table`; without rows where there is no answer.
    zones
        `zone_coverage`: before and after by township.
    assignment
        `assignment_table`.
    unservable
        `coverage.studies.siting_advice.unservable_points`.
    figures
        `people`, `villages` (that the standard is about), `unknown` (villages of unknown
        population), `standing_share` (with the facilities that stand, as the assessment has it),
        `covered_before`, `share_before`, `covered_after`, `share_after`, `villages_before`,
        `villages_after`, `added_people`, `added_villages`, `open`, `new`, `kept`, `closed`.
    ties
        Other sets as good as the chosen one, each as the ids it has instead of which others:
        (`instead`, `of`).
    order
        For the order of building: one row per year; None otherwise.
    sentences
        Chinese, in the order in which they should be read.
    """

    ground: SitingGround
    question: SitingQuestion
    result: SitingResult
    sites: gpd.GeoDataFrame
    zones: pd.DataFrame
    assignment: pd.DataFrame
    unservable: pd.DataFrame
    figures: dict[str, float]
    ties: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    order: pd.DataFrame | None
    sentences: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class OwnChoice:
    """
    The planner's own sites held against the best of as many.

    Parameters
    ----------
    sites
        Their number, as the question counts them.
    value, best, bound
        The planner's, the best found and what cannot be beaten: persons covered, or for medians
        and centers the mean and the greatest cost (the planner's `inf` where their sites do not
        reach every point that there is a site for).
    people
        Persons that the best covers beyond the planner's; NaN for medians and centers.
    result
        The best found.
    sentence
        "你的 6 处覆盖 93.1%，最优 94.0%".
    """

    sites: int
    value: float
    best: float
    bound: float
    people: float
    result: SitingResult
    sentence: str


def answer_siting(
    ground: SitingGround,
    question: SitingQuestion,
    *,
    options: SitingOptions = DEFAULT,
    others: Sequence[SitingGround] = (),
) -> SitingAnswer:
    """
    Answer a siting question, with its proof and what each site is for.

    Parameters
    ----------
    ground
        From `siting_ground`; with `far_bound` for the models in `EVERYWHERE`.
    question
        What is asked.
    options
        Time limit, gap, seed, number of ties to list, progress, forbidden and preferred sites.
        Which others may be used follows from the question.
    others
        Grounds of further standards with the same candidates, for standards covering.

    Returns
    -------
    answer
        Also where there is no answer: then `result.status` is "infeasible" and `result.reason`
        says why.

    Raises
    ------
    SitingError, FacilityError
        As `coverage.studies.siting_solving.solve_question`.
    """
    result, order = solve_question(ground, question, options=options, others=others)
    known = set(ground.sites.index)
    base = base_sites(question, ground)
    chosen = tuple(name for name in result.selected if name in known)
    if result.status == "infeasible":
        chosen = base
    plan = Plan(
        ground=ground,
        base=base,
        chosen=chosen,
        times=question.times if question.model == "backup_covering" else 1,
    )
    usable = set(base)
    if question.model != "closing":
        usable |= set(ground.candidates) - set(options.forbidden)
    answer = SitingAnswer(
        ground=ground,
        question=question,
        result=result,
        sites=site_table(plan, result),
        zones=zone_coverage(plan),
        assignment=assignment_table(plan, result),
        unservable=unservable_points(ground, usable=usable),
        figures=_figures(plan),
        ties=_ties(result),
        order=order,
        sentences=(),
    )
    told = [*answer_sentences(answer, options), *other_sentences(answer, others)]
    return replace(answer, sentences=tuple(told))


def own_choice(
    ground: SitingGround,
    question: SitingQuestion,
    chosen: Collection[str],
    *,
    options: SitingOptions = DEFAULT,
) -> OwnChoice:
    """
    How far the planner's own sites are from the proven best with as many.

    Parameters
    ----------
    ground
        With the planner's own places among its candidates (`with_places`), so that the best may
        take them too.
    question
        Maximal or backup covering, the upgrade, p-median or p-center; its `sites` is that of the
        planner's choice, whatever it says.
    chosen
        Ids of the sites: with existing ones locked the new ones, otherwise all open ones.

    Returns
    -------
    own
        Where only a bound is known, the sentence says so and claims nothing as best.

    Raises
    ------
    SitingError
        If a site is unknown, or the model does not compare numbers of sites.
    """
    unknown = [name for name in sorted(set(chosen)) if name not in ground.sites.index]
    if unknown:
        msg = (
            f"{len(unknown)} 处自选地点不在候选点里，第一处是 {unknown[0]!r}。请先把它列为候选点。"
        )
        raise SitingError(msg)
    if question.model not in _COMPARED:
        titles = "、".join(f"「{MODELS[model]}」" for model in _COMPARED)
        msg = f"自选方案只能按{titles}比较，请改选模型。"
        raise SitingError(msg)
    new = sorted(set(chosen) - set(base_sites(question, ground) * (question.existing == "locked")))
    asked = replace(question, sites=len(new))
    best, _ = solve_question(ground, asked, options=options)
    own, _ = solve_question(
        ground,
        asked,
        options=replace(
            options,
            forbidden=sorted(_left_out(ground, question, new)),
            ties=0,
            time_limit_s=math.inf,
            progress=None,
        ),
    )
    return _compared(ground, asked, own, best)


_COMPARED: Final[tuple[Model, ...]] = (
    "maximal_covering", "backup_covering", "upgrade", "p_median", "p_center",
)  # fmt: skip


def _left_out(ground: SitingGround, question: SitingQuestion, new: Collection[str]) -> set[str]:
    """Every site that is not in the planner's choice."""
    stands = set(ground.existing) if question.existing in ("locked", "ignored") else set()
    return set(ground.sites.index) - set(new) - stands


def _compared(
    ground: SitingGround, question: SitingQuestion, own: SitingResult, best: SitingResult
) -> OwnChoice:
    assert question.sites is not None  # noqa: S101 - the planner's own number
    yours = f"你的 {question.sites} 处"
    if question.model in ("p_median", "p_center"):
        which = "平均" if question.model == "p_median" else "最远"
        values = [_cost_figure(ground, result, result.objective) for result in (own, best)]
        bound = _cost_figure(ground, best, best.bound)
        # Points that only the planner's sites cannot reach would be missing from their mean alone.
        misses = set(own.unservable) - set(best.unservable)
        if misses or "infeasible" in (best.status, own.status):
            values[0] = math.inf
            sentence = f"{yours}到不了全部需求点，无法与最优相比"
        elif best.status == "optimal":
            sentence = f"{yours}{which} {_cost(ground, values[0])}，最优 {_cost(ground, values[1])}"
        else:
            sentence = (
                f"{yours}{which} {_cost(ground, values[0])}，已找到的最好方案 "
                f"{_cost(ground, values[1])}，下界 {_cost(ground, bound)}（未证完）"
            )
        return OwnChoice(question.sites, values[0], values[1], bound, math.nan, best, sentence)
    people = float(ground.weights.sum())
    shares = [value / people for value in (own.objective, best.objective, best.bound)]
    end = (
        f"最优 {percent_text(shares[1])}"
        if best.status == "optimal"
        else f"已找到的最好方案 {percent_text(shares[1])}，上界 {percent_text(shares[2])}（未证完）"
    )
    return OwnChoice(
        sites=question.sites,
        value=own.objective,
        best=best.objective,
        bound=best.bound,
        people=max(0.0, best.objective - own.objective),
        result=best,
        sentence=f"{yours}覆盖 {percent_text(shares[0])}，{end}",
    )


def _cost_figure(ground: SitingGround, result: SitingResult, value: float) -> float:
    """A p-median as its mean over the people served; a p-center as it is."""
    if result.model == "p_center":
        return value
    served = ground.weights[~ground.weights.index.isin(result.unservable)].sum()
    return value / float(served) if served else math.nan


def _cost(ground: SitingGround, value: float) -> str:
    divisor, unit = (60.0, "分钟") if ground.cost == "travel_time_s" else (1000.0, "公里")
    return f"{value / divisor:.1f} {unit}"


def _figures(plan: Plan) -> dict[str, float]:
    ground = plan.ground
    weights = ground.weights
    people = float(weights.sum())
    standing = replace(plan, base=ground.existing, times=1).is_covered(ground.existing)
    before, after = plan.is_covered(plan.base), plan.is_covered(plan.chosen)
    base, chosen = set(plan.base), set(plan.chosen)

    def share(covered: float) -> float:
        return covered / people if people else math.nan

    covered = [plan.people(each) for each in (standing, before, after)]
    return {
        "people": people,
        "villages": float(len(ground.demand)),
        "unknown": float(ground.demand["population"].isna().sum()),
        # Nobody is near what was never given: 0 % would be taken for a finding.
        "standing_share": share(covered[0]) if ground.existing else math.nan,
        "covered_before": covered[1],
        "share_before": share(covered[1]),
        "covered_after": covered[2],
        "share_after": share(covered[2]),
        "villages_before": float(before.sum()),
        "villages_after": float(after.sum()),
        "added_people": covered[2] - covered[1],
        "added_villages": float(after.sum()) - float(before.sum()),
        "open": float(len(chosen)),
        "new": float(len(chosen - base)),
        "kept": float(len(chosen & base)),
        "closed": float(len(base - chosen)),
    }


def _ties(result: SitingResult) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    mine = set(result.selected)
    return tuple(
        (tuple(sorted(set(other) - mine)), tuple(sorted(mine - set(other))))
        for other in result.ties
        if set(other) != mine
    )
