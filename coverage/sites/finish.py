"""From the arrays of an answer to the result that a planner reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from coverage.sites.result import SitingResult, gap_between
from coverage.sites.ties import equals, favoured

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.graph.arcs import FloatArray, IntArray
    from coverage.sites.exact import Answer
    from coverage.sites.problem import Problem
    from coverage.sites.solver import Clock


def finished(
    problem: Problem,
    answer: Answer,
    *,
    model: str,
    value: Callable[[IntArray], float],
    clock: Clock,
    reason: str = "",
    **more: Any,  # noqa: ANN401 - further fields of the result
) -> SitingResult:
    """
    The result of an answer: tie broken, equals listed, objective in the model's own terms.

    Parameters
    ----------
    problem, answer
        The question and its answer, in the terms of what is minimised.
    model
        Name of the model.
    value
        What is minimised, of chosen sites.
    clock
        Of the question; its sign and offset turn what is minimised into the objective.
    reason
        Said where the answer is infeasible.
    more
        Further fields of the result; `assignment`, if given, is a function of the sites.
    """
    options = problem.options
    if answer.status == "infeasible":
        nobody = np.full(problem.n, -1, dtype=np.int64)
        return SitingResult(
            selected=(),
            assignment=problem.assignment(nobody),
            objective=math.nan,
            bound=math.nan,
            gap=math.nan,
            status="infeasible",
            seconds=clock.seconds,
            model=model,
            seed=options.seed,
            unservable=problem.unservable,
            reason=reason,
        )
    chosen, ties = answer.chosen, []
    if answer.status == "optimal":
        chosen = favoured(answer, _liking(problem), value, clock=clock)
        if options.ties > 1:
            ties = equals(answer, chosen, value, clock=clock, m=problem.m)
    objective, bound = (clock.offset + clock.sign * part for part in (answer.value, answer.bound))
    is_proven = answer.status == "optimal"
    site, _ = problem.nearest(chosen)
    assignment = more.pop("assignment", None)
    figures = more.pop("figures", None)
    return SitingResult(
        selected=problem.names(chosen),
        assignment=problem.assignment(site) if assignment is None else assignment(chosen),
        objective=objective,
        bound=objective if is_proven else bound,
        gap=0.0 if is_proven else gap_between(objective, bound),
        status=answer.status,
        seconds=clock.seconds,
        model=model,
        seed=options.seed,
        ties=tuple(problem.names(sites) for sites in ties),
        unservable=problem.unservable,
        figures={} if figures is None else figures(chosen),
        **more,
    )


def _liking(problem: Problem) -> FloatArray:
    """Existing sites that may close first, then candidates preferred for another reason."""
    return problem.closable * (problem.m + 1.0) + problem.preferred * 1.0
