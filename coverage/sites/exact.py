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

    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
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
        Sites to begin with; ignored where they are no answer, but for maximal covering, where
        they may be fewer than asked for.
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
    clock.look()
    quick = _at_once(cover, start) if clock.cancelled else None
    if quick is not None:
        return quick
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
    offset: float = 0.0,
) -> Answer:
    is_good = start is not None and cover.allows(start)
    begun = start if start is not None and is_good else greedy_start(cover)
    solved = solve(
        cover_programme(cover),
        clock=clock,
        start=cover_values(cover, begun) if cover.allows(begun) else None,
        offset=offset + cover.lost,
        target=target,
        is_good_start=is_good,
    )
    if solved.status == "infeasible":
        return INFEASIBLE
    if solved.values is None:
        raise SitingError(NOTHING_FOUND)
    chosen = np.flatnonzero(solved.values[: cover.m] > 0.5)  # noqa: PLR2004 - rounded already
    bound = max(solved.bound, _sure_cost(cover))
    bound = bound if cover.weight.any() else _raised(bound, cover)
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


def _at_once(cover: Cover, start: IntArray | None) -> Answer | None:
    """An answer without any search, and what is certain about the best one."""
    opened = cover.opened.copy()
    opened[[] if start is None else start] = True
    chosen = greedy_start(replace(cover, opened=opened))
    if not cover.allows(chosen):
        return None
    hopeless = np.diff(cover.reach.indptr) < cover.need
    lost = cover.lost + float(cover.weight[hopeless].sum())
    return _answer(cover, chosen, min(cover.value(chosen), lost + _sure_cost(cover)))


def greedy_start(cover: Cover) -> IntArray:
    """
    Sites chosen one by one for what is still missing, as many as are asked for.

    Where points must be covered or pools hold more than a number of sites, the choice need not
    be an answer.
    """
    by_site = sparse.csr_array(cover.reach.T)
    numbers = [pool for pool in cover.pools if (pool.amount == 1.0).all()]
    others = [pool for pool in cover.pools if not (pool.amount == 1.0).all()]
    most = int(min([cover.m, *(pool.high for pool in numbers)]))
    least = int(max([0, *(pool.low for pool in numbers)]))
    taken = cover.opened.copy()
    times = cover.times(np.flatnonzero(taken))
    while taken.sum() < most:
        missing = times < cover.need
        worth = np.where(missing, _worth(cover, missing), 0.0) / cover.need
        if not worth.any() and taken.sum() >= least:
            break
        usable = ~taken & ~cover.shut
        for pool in others:
            if pool.low - pool.amount[taken].sum() >= most - taken.sum():
                usable &= pool.amount > 0
        if not usable.any():
            break
        site = int(np.argmax(np.where(usable, by_site @ worth, -1.0)))
        taken[site] = True
        times[by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]] += 1
    return np.flatnonzero(taken)


def _worth(cover: Cover, missing: BoolArray) -> FloatArray:
    """What it is worth to cover each point: its weight, and what its limit still lacks."""
    worth = cover.weight + cover.must
    limited = missing & (cover.limit >= 0)
    left = np.bincount(cover.limit[limited], cover.amount[limited], minlength=len(cover.allowed))
    short = np.append(left > cover.allowed * (1.0 + 1e-9), values=False)
    return worth + np.where(short[cover.limit], cover.amount, 0.0)


def _sure_cost(cover: Cover) -> float:
    """Cost of the sites that stay open, and of one for each of some points that share none."""
    cost = float(cover.site_cost[cover.opened].sum())
    if not cover.site_cost.any():
        return cost
    start, members = cover.reach.indptr, cover.reach.indices
    seen = np.zeros(cover.m, dtype=bool)
    for row in np.flatnonzero(cover.must).tolist():
        near = members[start[row] : start[row + 1]]
        if len(near) and not seen[near].any() and not cover.opened[near].any():
            cost += float(cover.site_cost[near].min())
            seen[near] = True
    return cost


def _set_cover(cover: Cover, clock: Clock) -> tuple[IntArray, float]:
    """Fewest (or cheapest) sites that cover every point, component by component."""
    cover, opened = _reduced(cover, keep_ties=clock.keeps_equals)
    chosen = [np.flatnonzero(opened)]
    bound = float(cover.site_cost[opened].sum()) + cover.lost
    rest = replace(cover, opened=np.zeros(cover.m, dtype=bool))
    parts = [_part(rest, rows) for rows in components(rest)]
    starts = [greedy_cover(part) for part in parts]
    value = bound + sum(part.value(start) for part, start in zip(parts, starts, strict=True))
    for part, start in zip(parts, starts, strict=True):
        # What the solver says of one of several parts is not told as if it were the whole.
        clock.held = (bound, value) if len(parts) > 1 else None
        solved = _by_solver(part, clock, start=start, offset=bound)
        chosen.append(solved.chosen)
        bound += _raised(solved.bound, part)
        value += solved.value - part.value(start)
    clock.held = None
    return np.sort(np.concatenate(chosen)), bound


def _part(cover: Cover, rows: IntArray) -> Cover:
    """The question of some demand points and the candidates that they reach."""
    part = rows_of(cover, rows)
    idle = np.bincount(part.reach.indices, minlength=part.m) == 0
    return replace(part, shut=part.shut | idle, lost=0.0)


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
