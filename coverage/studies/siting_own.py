"""The planner's own sites held against the proven best of as many."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from coverage.errors import SitingError
from coverage.percent import percent_text
from coverage.sites.options import DEFAULT
from coverage.sites.result import gap_between
from coverage.studies.siting_question import MODELS, Model
from coverage.studies.siting_solving import base_sites, solve_question

if TYPE_CHECKING:
    from collections.abc import Collection

    from coverage.sites.options import SitingOptions
    from coverage.sites.result import SitingResult
    from coverage.studies.siting_ground import SitingGround
    from coverage.studies.siting_question import SitingQuestion

_COMPARED: Final[tuple[Model, ...]] = (
    "maximal_covering", "backup_covering", "upgrade", "p_median", "p_center",
)  # fmt: skip

_BY_COST: Final = ("p_median", "p_center")
"""Models that make something small; the others make something large."""


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
    best, _ = solve_question(ground, asked, options=options)
    return _compared(ground, asked, own, _best_of(own, best))


def _best_of(own: SitingResult, best: SitingResult) -> SitingResult:
    """The best found, or the planner's own where a search that ended early found none as good."""
    by_cost = own.model in _BY_COST
    # Who is left out makes a mean smaller, and a coverage no larger.
    missed = by_cost and set(own.unservable) - set(best.unservable)
    if missed or "infeasible" in (own.status, best.status):
        return best
    if not (own.objective - best.objective) * (-1.0 if by_cost else 1.0) > 0:
        return best
    gap = gap_between(own.objective, best.bound)
    # Two solvers may differ in the last bits of what both have proven.
    is_proven = gap == 0 or best.status == "optimal"
    return replace(
        own,
        bound=own.objective if is_proven else best.bound,
        gap=0.0 if is_proven else gap,
        status="optimal" if is_proven else "feasible",
        seconds=best.seconds,
        unservable=best.unservable,
    )


def _left_out(ground: SitingGround, question: SitingQuestion, new: Collection[str]) -> set[str]:
    """Every site that is not in the planner's choice."""
    stands = set(ground.existing) if question.existing in ("locked", "ignored") else set()
    return set(ground.sites.index) - set(new) - stands


def _compared(
    ground: SitingGround, question: SitingQuestion, own: SitingResult, best: SitingResult
) -> OwnChoice:
    assert question.sites is not None  # noqa: S101 - the planner's own number
    yours = f"你的 {question.sites} 处"
    if question.model in _BY_COST:
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
    told = [
        percent_text(value / people, target=ground.standard.target)
        for value in (own.objective, best.objective, best.bound)
    ]
    end = (
        f"最优 {told[1]}"
        if best.status == "optimal"
        else f"已找到的最好方案 {told[1]}，上界 {told[2]}（未证完）"
    )
    return OwnChoice(
        sites=question.sites,
        value=own.objective,
        best=best.objective,
        bound=best.bound,
        people=max(0.0, best.objective - own.objective),
        result=best,
        sentence=f"{yours}覆盖 {told[0]}，{end}",
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
