"""The p-center, exact: the least distance within which so many sites reach everybody."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from coverage.errors import SitingError
from coverage.sites.cover import Cover, count_pool, cover_of, cover_programme
from coverage.sites.exact import INFEASIBLE, NOTHING_FOUND, Answer, best_cover, greedy_cover

if TYPE_CHECKING:
    from coverage.graph.arcs import FloatArray, IntArray
    from coverage.sites.problem import Problem
    from coverage.sites.programme import Programme
    from coverage.sites.solver import Clock


def best_center(problem: Problem, count: int, *, clock: Clock) -> Answer:
    """
    The `count` sites whose farthest demand point is nearest.

    Parameters
    ----------
    problem
        Points that no candidate reaches are left out.
    count
        Open sites.
    clock
        Time, seed and progress.

    Returns
    -------
    answer
        Infeasible where that many sites cannot reach everybody.
    """
    if not len(problem.row):
        kept = _filled(problem, np.flatnonzero(problem.required), count)
        return Answer(kept, 0.0, 0.0, "optimal")
    levels = np.unique(problem.cost)
    nearest = np.full(problem.n, -np.inf)
    least = np.full(problem.n, np.inf)
    np.minimum.at(least, problem.row, problem.cost)
    reached = np.isfinite(least)
    nearest[reached] = least[reached]
    low = int(np.searchsorted(levels, nearest.max()))
    # Always: no level below `low` will do; the answer at `high` is at hand, if any.
    high = len(levels)
    chosen: IntArray | None = None
    while low < high and not clock.is_up:
        # The farthest level first, and quickly: who cannot be reached at all decides at once.
        level = len(levels) - 1 if chosen is None else (low + high) // 2
        # Each step asks yes or no; what is told is what is known of the whole.
        clock.held = (float(levels[low]), np.nan if chosen is None else float(levels[high]))
        try:
            found = _within(problem, levels[level], count, clock)
        except SitingError:
            # The time was up within this step; what is known by now is the answer.
            break
        if found is None:
            if chosen is None:
                return INFEASIBLE
            low = level + 1
            continue
        chosen = found
        _, cost = problem.nearest(found)
        high = int(np.searchsorted(levels, cost[reached].max()))
    clock.held = None
    if chosen is None:
        raise SitingError(NOTHING_FOUND)
    value, bound = float(levels[high]), float(levels[low])
    chosen = _filled(problem, chosen, count)
    if low < high:
        return Answer(chosen, value, bound, "feasible")
    again = partial(_again, _cover(problem, value, count), value)
    return Answer(chosen, value, value, "optimal", again)


def _again(cover: Cover, value: float) -> tuple[Programme, float]:
    return cover_programme(cover), value


def farthest(problem: Problem, chosen: IntArray) -> float:
    """Greatest cost of any point that some candidate reaches to its nearest chosen site."""
    _, cost = problem.nearest(chosen)
    served = cost[problem.reach > 0]
    return float(served.max()) if len(served) else 0.0


def _cover(problem: Problem, limit: float, count: int) -> Cover:
    """Everybody within the limit of some site, by that many sites; the objective is 0."""
    near = problem.cost <= limit
    cover = cover_of(
        problem.row[near], problem.site[near], weight=np.zeros(problem.n), opened=problem.required
    )
    return replace(cover, must=problem.reach > 0, pools=(count_pool(cover.m, count, count),))


def _within(problem: Problem, limit: float, count: int, clock: Clock) -> IntArray | None:
    """At most `count` sites that reach everybody within the limit; None where there are none."""
    cover = _cover(problem, limit, count)
    if (np.diff(cover.reach.indptr)[cover.must] == 0).any():
        return None
    quick = greedy_cover(replace(cover, site_cost=np.ones(cover.m)))
    if len(quick) <= count:
        return quick
    answer = best_cover(cover, clock=clock)
    return None if answer.status == "infeasible" else answer.chosen


def _filled(problem: Problem, chosen: IntArray, count: int) -> IntArray:
    """Sites added where fewer do: each time the one that brings people nearest."""
    chosen = np.sort(chosen)
    while len(chosen) < count:
        _, cost = problem.nearest(chosen)
        saved: FloatArray = np.maximum(0.0, np.minimum(cost, 1e12)[problem.row] - problem.cost)
        gain = np.bincount(
            problem.site, saved * problem.weight[problem.row], minlength=problem.m
        ).astype(np.float64)
        gain[chosen] = -1.0
        chosen = np.sort(np.append(chosen, int(np.argmax(gain))))
    return chosen
