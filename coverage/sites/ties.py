"""Equally good answers: the one with most preferred sites, and a list of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from coverage.sites.solver import solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.graph.arcs import FloatArray, IntArray
    from coverage.sites.exact import Answer
    from coverage.sites.programme import Programme
    from coverage.sites.solver import Clock

EQUAL: Final = 1e-9
"""Relative difference of two objectives that is rounding noise."""


def favoured(
    answer: Answer, liking: FloatArray, value: Callable[[IntArray], float], *, clock: Clock
) -> IntArray:
    """
    Of all answers as good as a proven one, the one whose sites are liked most.

    Parameters
    ----------
    answer
        Proven.
    liking
        Shape (m,), >= 0.
    value
        Objective of chosen sites, what is minimised.
    clock
        Time and seed.

    Returns
    -------
    chosen
        Positions; those of the answer where the time is up.
    """
    if answer.again is None or not liking.any() or clock.is_up:
        return answer.chosen
    programme, offset = answer.again()
    most = _most(answer)
    held = _with_row(programme, programme.cost, upper=most - offset)
    cost = np.zeros(len(programme.cost))
    cost[: len(liking)] = -liking
    solved = solve(replace(held, cost=cost), clock=clock)
    if solved.values is None:
        return answer.chosen
    chosen = _chosen(solved.values, len(liking))
    is_better = liking[chosen].sum() > liking[answer.chosen].sum()
    return chosen if is_better and value(chosen) <= most else answer.chosen


def equals(
    answer: Answer,
    chosen: IntArray,
    value: Callable[[IntArray], float],
    *,
    clock: Clock,
    m: int,
) -> list[IntArray]:
    """
    Answers as good as a proven one, itself first, as many as the options ask for.

    Each one found is forbidden and the next one looked for, until there is none as good.
    """
    found = [chosen]
    if answer.again is None:
        return found
    programme, offset = answer.again()
    most = _most(answer)
    while len(found) < clock.options.ties and not clock.is_up:
        # At least one site of the last one closed, or another one opened.
        sign = np.zeros(len(programme.cost))
        sign[:m] = -1.0
        sign[found[-1]] = 1.0
        programme = _with_row(programme, sign, upper=len(found[-1]) - 1.0)
        solved = solve(programme, clock=clock, target=most - offset)
        if solved.values is None:
            break
        other = _chosen(solved.values, m)
        if value(other) > most:
            break
        found.append(other)
    return found


def _most(answer: Answer) -> float:
    return answer.value + EQUAL * max(1.0, abs(answer.value))


def _chosen(values: FloatArray, m: int) -> IntArray:
    return np.flatnonzero(values[:m] > 0.5)  # noqa: PLR2004 - rounded already


def _with_row(programme: Programme, coefficients: FloatArray, *, upper: float) -> Programme:
    matrix = sparse.vstack([programme.matrix, sparse.csr_array(coefficients[None, :])])
    return replace(
        programme,
        matrix=sparse.csr_array(matrix),
        row_lower=np.append(programme.row_lower, -np.inf),
        row_upper=np.append(programme.row_upper, upper),
    )
