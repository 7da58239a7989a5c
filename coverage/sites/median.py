"""The p-median, exact: swaps, a Lagrangian bound, fixing, then HiGHS on what is left."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.errors import SitingError
from coverage.sites.cover import count_pool, cover_of
from coverage.sites.exact import INFEASIBLE, NOTHING_FOUND, WHOLE, Answer, best_cover
from coverage.sites.median_bound import MedianBound, Relaxation, climbed, ruled_out
from coverage.sites.median_tree import proven
from coverage.sites.radii import base_cost, median_programme, median_values, radius_count
from coverage.sites.solver import solve
from coverage.sites.swaps import MedianPairs

if TYPE_CHECKING:
    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.sites.problem import Problem
    from coverage.sites.programme import Programme
    from coverage.sites.solver import Clock

STEPS: Final = 700
"""Of the ascent in its first round."""

STEPS_AGAIN: Final = 300
"""Of the rounds that follow, on what the last one left."""

EVERY: Final = 50
"""Steps between two attempts to make an answer of the relaxed one."""

PATIENCE: Final = 40
"""Random exchanges in a row that bring nothing, after the first ascent."""

NOISE: Final = 1e-9
"""Relative rounding noise of a bound."""

NOTHING_KNOWN: Final = MedianBound(-np.inf, np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0))
"""Before the first ascent."""

SMALL: Final = 3_000
"""Pairs below which the solver needs no help."""

LARGE: Final = 20_000
"""Radii above which the tree of `coverage.sites.median_tree` is quicker than the solver."""


def median_pairs(problem: Problem, clock: Clock) -> MedianPairs:
    """Weighted costs of the demand points that are reached at all, nearest first."""
    reached = problem.reach > 0
    number = np.cumsum(reached) - 1
    row, cost = number[problem.row], problem.cost * problem.weight[problem.row]
    # Points where nobody lives cost nothing, and still go to the nearest.
    order = np.lexsort([problem.site, problem.cost, row])
    row, site, cost = row[order], problem.site[order], cost[order]
    n = int(reached.sum())
    most = np.zeros(n)
    np.maximum.at(most, row, cost)
    return MedianPairs(
        row=row,
        site=site,
        cost=cost,
        n=n,
        locked=problem.required.copy(),
        shut=np.zeros(problem.m, dtype=bool),
        penalty=float(most.sum()) + 1.0,
        look=clock.look,
    )


def best_median(pairs: MedianPairs, count: int, *, clock: Clock) -> Answer:
    """
    The `count` sites from which serving everybody costs least.

    Parameters
    ----------
    pairs
        From `median_pairs`.
    count
        Open sites.
    clock
        Time, gap, seed and progress.

    Returns
    -------
    answer
        Infeasible where that many sites cannot reach everybody.

    Raises
    ------
    SitingError
        If the time was up before any answer was found.
    """
    chosen = _start(pairs, count, clock)
    if chosen is None:
        return INFEASIBLE
    bound = -np.inf
    if len(pairs.row) > SMALL:
        chosen, found, pairs = _narrowed(pairs, chosen, clock)
        bound = found.bound
        is_open = not _is_close(pairs.total(chosen), bound, clock)
        if is_open and radius_count(pairs) > LARGE and not clock.is_up:
            whole = _is_whole(pairs)
            chosen, bound = proven(pairs, chosen, found, clock=clock, whole=whole)
    if not _is_close(pairs.total(chosen), bound, clock) and not clock.is_up:
        solved = solve(
            median_programme(pairs, count),
            clock=clock,
            start=median_values(pairs, chosen),
            offset=base_cost(pairs),
        )
        bound = max(bound, solved.bound + base_cost(pairs))
        if solved.values is not None:
            sites = np.flatnonzero(solved.values[: len(pairs.locked)] > 0.5)  # noqa: PLR2004 - rounded already
            chosen = min(chosen, sites, key=pairs.total)
    value = pairs.total(chosen)
    bound = max(bound, base_cost(pairs))
    if _is_whole(pairs) and np.ceil(bound - WHOLE) >= value:
        bound = value
    again = partial(_again, pairs, count)
    if value - bound <= NOISE * max(1.0, value):
        return Answer(chosen, value, value, "optimal", again)
    return Answer(chosen, value, bound, "feasible", again)


def _again(pairs: MedianPairs, count: int) -> tuple[Programme, float]:
    return median_programme(pairs, count), base_cost(pairs)


def _start(pairs: MedianPairs, count: int, clock: Clock) -> IntArray | None:
    """Sites that reach everybody; None where so few cannot."""
    draw = np.random.default_rng(clock.options.seed)
    free = np.flatnonzero(~pairs.locked & ~pairs.shut)
    locked = np.flatnonzero(pairs.locked)
    drawn = draw.choice(free, count - len(locked), replace=False)
    chosen = pairs.improved(np.sort(np.concatenate([locked, drawn])))
    if pairs.total(chosen) < pairs.penalty:
        return chosen
    cover = cover_of(pairs.row, pairs.site, weight=np.zeros(pairs.n), opened=pairs.locked)
    everybody = replace(
        cover,
        must=np.ones(pairs.n, dtype=bool),
        site_cost=np.ones(cover.m),
    )
    fewest = best_cover(everybody, clock=clock)
    if fewest.status == "infeasible" or fewest.bound > count + NOISE:
        return None
    if len(fewest.chosen) > count:
        exact = replace(everybody, pools=(count_pool(cover.m, count, count),))
        fewest = best_cover(exact, clock=clock)
        if fewest.status == "infeasible":
            return None
    if len(fewest.chosen) > count:
        raise SitingError(NOTHING_FOUND)
    others = np.setdiff1d(free, fewest.chosen)[: count - len(fewest.chosen)]
    return pairs.improved(np.sort(np.concatenate([fewest.chosen, others])))


def _narrowed(
    pairs: MedianPairs, chosen: IntArray, clock: Clock
) -> tuple[IntArray, MedianBound, MedianPairs]:
    """Better sites, a bound, and the pairs that answers as good may use."""
    first, second, _ = pairs.nearest_two(np.flatnonzero(np.isin(pairs.site, chosen)))
    multiplier = np.minimum(first, second)
    top = NOTHING_KNOWN
    for steps in (STEPS, STEPS_AGAIN):
        chosen, found = _climb(pairs, chosen, multiplier, steps=steps, clock=clock)
        top = found if found.bound > top.bound else top
        if _is_close(pairs.total(chosen), top.bound, clock) or clock.is_up:
            break
        if steps == STEPS:
            likely = np.clip(found.likely, 1e-3, 1.0)
            chosen = pairs.searched(
                chosen, patience=PATIENCE, likely=likely, seed=clock.options.seed
            )
        value = pairs.total(chosen)
        opened, shut, usable = ruled_out(pairs, top, worse=value + NOISE * max(1.0, value))
        pairs = _kept(pairs, opened, shut, usable, chosen)
        multiplier = top.multiplier
    return chosen, top, pairs


def _climb(
    pairs: MedianPairs, chosen: IntArray, multiplier: FloatArray, *, steps: int, clock: Clock
) -> tuple[IntArray, MedianBound]:
    count = len(chosen)
    best, value = chosen, pairs.total(chosen)

    def visit(step: int, bound: float, opened: IntArray, likely: FloatArray) -> float | None:
        nonlocal best, value
        if pairs.look():
            return None
        if step % EVERY < EVERY - 1:
            return value
        share = np.where(pairs.shut, -1.0, likely)
        share[pairs.locked] = 2.0
        rounded = np.sort(np.argsort(-share, kind="stable")[:count])
        for sites in (np.sort(opened), rounded):
            tried = pairs.improved(sites)
            reached = pairs.total(tried)
            if reached < value:
                best, value = tried, reached
        is_up = clock.tell(bound, value)
        is_whole = _is_whole(pairs) and np.ceil(bound - WHOLE) >= value
        return None if is_up or is_whole or _is_close(value, bound, clock) else value

    found = climbed(Relaxation(pairs, count), multiplier, steps=steps, visit=visit)
    return best, found


def _kept(
    pairs: MedianPairs, opened: BoolArray, shut: BoolArray, usable: BoolArray, chosen: IntArray
) -> MedianPairs:
    """The pairs that are usable, and those of the chosen sites' nearest, so that none is lost."""
    is_open = np.zeros(len(shut), dtype=bool)
    is_open[chosen] = True
    _, _, nearest = pairs.nearest_two(np.flatnonzero(is_open[pairs.site]))
    keep = usable | (pairs.site == nearest[pairs.row])
    return replace(
        pairs,
        row=pairs.row[keep],
        site=pairs.site[keep],
        cost=pairs.cost[keep],
        locked=opened,
        shut=shut,
    )


def _is_whole(pairs: MedianPairs) -> bool:
    return bool((pairs.cost == np.round(pairs.cost)).all())


def _is_close(value: float, bound: float, clock: Clock) -> bool:
    return value - bound <= max(NOISE, clock.options.gap) * max(1.0, abs(value))
