"""The exact answer to a covering question: made smaller, started well, bounded, then proven."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy import sparse

from coverage.errors import SitingError
from coverage.sites.cover import (
    compacted,
    cover_programme,
    cover_values,
)
from coverage.sites.maximal import is_maximal, maximal
from coverage.sites.reductions import (
    components,
    forced,
    rows_of,
    without_dominated_points,
    without_dominated_sites,
)
from coverage.sites.solver import solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.graph.arcs import BoolArray, IntArray
    from coverage.sites.cover import Cover
    from coverage.sites.programme import Programme
    from coverage.sites.solver import Clock

WHOLE: Final = 1e-6
"""By which a bound may miss a whole number and still be rounded up to it."""


@dataclass(frozen=True, eq=False)
class Answer:
    """
    Chosen sites and what is known of them, in the terms of what is minimised.

    Parameters
    ----------
    chosen
        Positions, sorted; empty where infeasible.
    value, bound
        Objective of the chosen sites, and what no answer can be below.
    status
        "optimal", "feasible" or "infeasible".
    again
        Makes a programme that every answer as good can be found with, its first columns the
        sites, and the part of the objective that it leaves out.
    """

    chosen: IntArray
    value: float
    bound: float
    status: Literal["optimal", "feasible", "infeasible"]
    again: Callable[[], tuple[Programme, float]] | None = None


INFEASIBLE: Final = Answer(np.zeros(0, dtype=np.int64), math.nan, math.nan, "infeasible")
"""Proven that there is no answer."""


def best_cover(
    cover: Cover, *, clock: Clock, start: IntArray | None = None, target: float = math.nan
) -> Answer:
    """
    The best answer to a covering question, proven unless the time is up.

    Parameters
    ----------
    cover
        The question.
    clock
        Time, gap, seed and progress.
    start
        Sites to begin with; ignored where they are no answer.
    target
        Objective at which to stop.

    Returns
    -------
    answer
        "optimal" only where the solver has proven it without a gap.

    Raises
    ------
    SitingError
        If the time was up before any answer was found.
    """
    small = compacted(cover)
    if small is None:
        return INFEASIBLE
    if is_maximal(small):
        chosen, bound, narrow = maximal(small, clock=clock, start=start)
        return replace(_answer(cover, chosen, bound), again=partial(_again, narrow))
    if small.must.all() and not small.pools and not len(small.allowed):
        chosen, bound = _set_cover(small, clock)
        return replace(_answer(cover, chosen, bound), again=partial(_again, small))
    found = _by_solver(small, clock, start=start, target=target)
    return replace(found, again=partial(_again, small))


def _again(cover: Cover) -> tuple[Programme, float]:
    return cover_programme(cover), cover.lost


def _by_solver(
    cover: Cover,
    clock: Clock,
    *,
    start: IntArray | None = None,
    target: float = math.nan,
) -> Answer:
    begun = None
    if start is not None and cover.allows(start):
        begun = cover_values(cover, start)
    solved = solve(
        cover_programme(cover), clock=clock, start=begun, offset=cover.lost, target=target
    )
    if solved.status == "infeasible":
        return INFEASIBLE
    if solved.values is None:
        raise SitingError(NOTHING_FOUND)
    chosen = np.flatnonzero(solved.values[: cover.m] > 0.5)  # noqa: PLR2004 - rounded already
    bound = solved.bound if cover.weight.any() else _raised(solved.bound, cover)
    return _answer(cover, chosen, bound + cover.lost)


NOTHING_FOUND: Final = (
    "在求解时限内（或取消之前）还没有找到可行的方案，也没有证明做不到。请延长时限后重试。"
)
"""Said where the time was up before the first answer."""


def greedy_cover(cover: Cover) -> IntArray:
    """Sites that cover all that must be covered, each time the one that covers most per cost."""
    by_site = sparse.csr_array(cover.reach.T)
    taken = cover.opened.copy()
    missing = (cover.must & (cover.times(np.flatnonzero(taken)) < cover.need)).astype(float)
    price = np.maximum(cover.site_cost, 1e-12)
    order: list[int] = []
    while missing.any():
        gain = np.where(taken | cover.shut, -1.0, (by_site @ missing) / price)
        best = int(np.argmax(gain))
        taken[best] = True
        order.append(best)
        missing[by_site.indices[by_site.indptr[best] : by_site.indptr[best + 1]]] = 0.0
    # The first ones chosen may have become superfluous.
    times = cover.times(np.flatnonzero(taken))
    for j in order:
        rows = by_site.indices[by_site.indptr[j] : by_site.indptr[j + 1]]
        if (times[rows] > 1).all():
            taken[j] = False
            times[rows] -= 1
    return np.flatnonzero(taken)


def _set_cover(cover: Cover, clock: Clock) -> tuple[IntArray, float]:
    """Fewest (or cheapest) sites that cover every point, component by component."""
    cover, opened = _reduced(cover, keep_ties=clock.keeps_equals)
    chosen = [np.flatnonzero(opened)]
    bound = float(cover.site_cost[opened].sum()) + cover.lost
    rest = replace(cover, opened=np.zeros(cover.m, dtype=bool))
    for rows in components(rest):
        part = rows_of(rest, rows)
        idle = np.bincount(part.reach.indices, minlength=part.m) == 0
        part = replace(part, shut=part.shut | idle, lost=0.0)
        solved = _by_solver(part, clock, start=greedy_cover(part))
        chosen.append(solved.chosen)
        bound += _raised(solved.bound, part)
    return np.sort(np.concatenate(chosen)), bound


def _raised(bound: float, cover: Cover) -> float:
    """A bound of a whole-numbered objective, rounded up."""
    is_whole = bool((cover.site_cost == np.round(cover.site_cost)).all())
    return float(math.ceil(bound - WHOLE)) if is_whole and math.isfinite(bound) else bound


def _reduced(cover: Cover, *, keep_ties: bool) -> tuple[Cover, BoolArray]:
    """The question after reductions, and the sites that every best answer holds."""
    opened = cover.opened.copy()
    while cover.n:
        before = (cover.n, int(cover.shut.sum()), int(opened.sum()))
        cover = without_dominated_points(cover)
        if not keep_ties:
            cover = without_dominated_sites(cover)
        opened |= forced(replace(cover, opened=opened))
        smaller = compacted(replace(cover, opened=opened))
        if smaller is None or before == (smaller.n, int(smaller.shut.sum()), int(opened.sum())):
            break
        cover = smaller
    return cover, opened


def _answer(cover: Cover, chosen: IntArray, bound: float) -> Answer:
    value = cover.value(chosen)
    noise = 1e-9 * max(1.0, abs(value))
    if value - bound <= noise:
        return Answer(chosen, value, value, "optimal")
    return Answer(chosen, value, bound, "feasible")
