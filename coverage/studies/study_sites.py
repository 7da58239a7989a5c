"""From a siting question to an answer with proof: sites, what each adds, who is left and why.

The questions and what their numbers mean stand in `siting_question`, demand and candidates in
`siting_ground`, the tables in `siting_tables`, points that nothing serves in `siting_advice`, the
planner's own sites in `siting_own`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from coverage.sites.options import DEFAULT
from coverage.studies.siting_advice import unservable_points
from coverage.studies.siting_answer import SitingAnswer, StandardPart
from coverage.studies.siting_bound import far_bound, search_bound
from coverage.studies.siting_ground import (
    SitingGround,
    siting_ground,
    upgrade_ground,
    with_exclusions,
    with_places,
)
from coverage.studies.siting_own import OwnChoice, own_choice
from coverage.studies.siting_question import (
    EVERYWHERE,
    MODELS,
    Existing,
    Model,
    SiteAmounts,
    SitingQuestion,
    sites_meaning,
)
from coverage.studies.siting_sentences import (
    answer_sentences,
    other_sentences,
    price_sentences,
)
from coverage.studies.siting_solving import (
    base_sites,
    solve_curve,
    solve_prices,
    solve_question,
)
from coverage.studies.siting_tables import (
    Plan,
    assignment_table,
    site_table,
    zone_coverage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    "StandardPart",
    "answer_siting",
    "far_bound",
    "own_choice",
    "priced",
    "search_bound",
    "site_curve",
    "sites_meaning",
    "siting_ground",
    "upgrade_ground",
    "with_exclusions",
    "with_places",
]

site_curve = solve_curve


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
    part, *further = (_part(each, question, result, options) for each in (ground, *others))
    answer = SitingAnswer(
        **vars(part),
        question=question,
        result=result,
        ties=_ties(result),
        order=order,
        sentences=(),
        further=tuple(further),
    )
    told = [*answer_sentences(answer, options), *other_sentences(answer)]
    return replace(answer, sentences=tuple(told))


def priced(answer: SitingAnswer, *, options: SitingOptions) -> SitingAnswer:
    """
    An answer with what more sites at preferred places would cost in people covered.

    Parameters
    ----------
    answer
        From `answer_siting`.
    options
        As asked; `preferred` are the places, the time limit is for each number of them.

    Returns
    -------
    answer
        With `prices` and a sentence on them; as it was where the model is not maximal covering
        or no preferred place is a candidate.
    """
    known = set(options.preferred) & set(answer.ground.candidates)
    if answer.question.model != "maximal_covering" or not known:
        return answer
    prices = solve_prices(answer.ground, answer.question, options=options)
    told = (*answer.sentences, *price_sentences(prices))
    return replace(answer, prices=prices, sentences=told)


def _part(
    ground: SitingGround, question: SitingQuestion, result: SitingResult, options: SitingOptions
) -> StandardPart:
    """What the answer does for one standard."""
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
    return StandardPart(
        ground=ground,
        sites=site_table(plan, result),
        zones=zone_coverage(plan),
        assignment=assignment_table(plan, result),
        unservable=unservable_points(ground, usable=usable),
        figures=_figures(plan),
    )


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
