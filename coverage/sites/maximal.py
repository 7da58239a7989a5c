"""
Maximal covering, exact: swaps, a Lagrangian bound from interior points, fixing, then HiGHS.

The uncovered u_i are relaxed with the multipliers l_i in [0, w_i] of "covered or uncovered":

    covered <= sum_i (w_i - l_i) + (largest sum over as many sites as asked for of sum_i l_i)

holds for any multipliers, so it is computed from rounded duals without trusting the solver. A
site that would push this bound below the best answer found stays shut, one without which it
would fall below stays open, and the solver gets what is left. Sites of equally good answers are
never ruled out.

References
----------
Galvão, R. D., ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering location
problem. European Journal of Operational Research 88, 114-123. Cordeau, J.-F., Furini, F.,
Ljubić, I. (2019). Benders decomposition for very large scale partial set covering and maximal
covering location problems. European Journal of Operational Research 275, 882-896.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.sites.cover import compacted, cover_programme, cover_values
from coverage.sites.reductions import without_dominated_sites
from coverage.sites.solver import relax, solve
from coverage.sites.swaps import CoverPairs

if TYPE_CHECKING:
    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.sites.cover import Cover
    from coverage.sites.solver import Clock

PATIENCE: Final = 150
"""Random exchanges in a row that bring nothing; each takes milliseconds."""

SMALL: Final = 200
"""Candidates times demand points (thousands) below which the solver needs no help."""

NOISE: Final = 1e-9
"""Relative rounding noise of a bound."""


def is_maximal(cover: Cover) -> bool:
    """Whether a question asks for a number of sites that cover most, and for nothing else."""
    if len(cover.pools) != 1 or len(cover.allowed) or cover.must.any() or cover.site_cost.any():
        return False
    pool = cover.pools[0]
    counts = bool((pool.amount == 1.0).all()) and pool.low == pool.high
    return counts and bool((cover.need == 1).all())


def maximal(
    cover: Cover, *, clock: Clock, start: IntArray | None = None
) -> tuple[IntArray, float, Cover]:
    """
    Sites that leave the least weight uncovered, and a bound on that weight.

    Parameters
    ----------
    cover
        As `is_maximal` wants it, compacted.
    clock
        Time, gap, seed and progress.
    start
        Sites to begin with, those that stay open among them; they may be fewer.

    Returns
    -------
    chosen, bound, narrow
        Positions, sorted; the weight that must stay uncovered; the question that is left, which
        has all answers as good (where ties are asked for).
    """
    count = int(cover.pools[0].high)
    if not clock.keeps_equals:
        cover = _undominated(cover, count)
    pairs = _pairs(cover, clock)
    chosen = pairs.improved(pairs.greedy(np.flatnonzero(cover.opened), count))
    if start is not None:
        started = pairs.improved(pairs.greedy(start, count))
        chosen = min(chosen, started, key=cover.value)
    if not cover.n or not cover.value(chosen) - cover.lost > 0:
        return chosen, cover.lost, cover
    bound = cover.lost
    if cover.n * cover.m > SMALL * 1000:
        chosen, bound, opened, shut = _fixed(cover, pairs, chosen, clock)
        if _is_close(cover, chosen, bound, clock) or clock.is_up:
            return chosen, bound, cover
        fixed = compacted(replace(cover, opened=opened, shut=shut))
        cover = cover if fixed is None else fixed
    solved = solve(
        cover_programme(cover),
        clock=clock,
        start=cover_values(cover, chosen),
        offset=cover.lost,
        slack=clock.options.gap * _covered(cover, chosen),
    )
    if solved.values is not None:
        found = np.flatnonzero(solved.values[: cover.m] > 0.5)  # noqa: PLR2004 - rounded already
        chosen = min(chosen, found, key=cover.value)
    return chosen, max(bound, solved.bound + cover.lost), cover


def multipliers_bound(
    cover: Cover, multiplier: FloatArray, count: int
) -> tuple[float, FloatArray, FloatArray]:
    """
    Bound on the uncovered weight, and how far it rises when a site is forced open or shut.

    Parameters
    ----------
    cover
        Question of n points and m candidates.
    multiplier
        Shape (n,), in [0, weight].
    count
        Open sites.

    Returns
    -------
    bound, rise_open, rise_shut
        A number and two arrays of shape (m,); 0 where the bound does not rise.
    """
    worth = np.asarray(cover.reach.T @ multiplier)
    free = np.flatnonzero(~cover.opened & ~cover.shut)
    left = count - int(cover.opened.sum())
    order = free[np.argsort(-worth[free], kind="stable")]
    taken, others = order[:left], order[left:]
    covered = (cover.weight - multiplier).sum() + worth[cover.opened].sum() + worth[taken].sum()
    bound = float(cover.weight.sum() - covered) + cover.lost
    rise_open, rise_shut = np.zeros(cover.m), np.zeros(cover.m)
    if len(taken) and len(others):
        rise_open[others] = worth[taken[-1]] - worth[others]
        rise_shut[taken] = worth[taken] - worth[others[0]]
    return bound, rise_open, rise_shut


def _fixed(
    cover: Cover, pairs: CoverPairs, chosen: IntArray, clock: Clock
) -> tuple[IntArray, float, BoolArray, BoolArray]:
    """Better sites, a bound, and which sites every better answer opens and shuts."""
    relaxed = relax(cover_programme(cover), clock=clock)
    if relaxed.values is None:
        return chosen, cover.lost, cover.opened, cover.shut
    count = int(cover.pools[0].high)
    multiplier = np.clip(relaxed.duals[: cover.n], 0.0, cover.weight)
    bound, rise_open, rise_shut = multipliers_bound(cover, multiplier, count)
    bound = max(bound, cover.lost)
    share = np.where(cover.shut, -1.0, relaxed.values[: cover.m])
    share[cover.opened] = 2.0
    rounded = pairs.improved(np.sort(np.argsort(-share, kind="stable")[:count]))
    chosen = min(chosen, rounded, key=cover.value)
    clock.tell(bound, cover.value(chosen))
    if not _is_close(cover, chosen, bound, clock):
        likely = np.clip(relaxed.values[: cover.m], 1e-4, 1.0)
        chosen = pairs.searched(chosen, patience=PATIENCE, likely=likely, seed=clock.options.seed)
        clock.tell(bound, cover.value(chosen))
    best = cover.value(chosen)
    worse = best + NOISE * max(1.0, float(cover.weight.sum()))
    return (
        chosen,
        bound,
        cover.opened | (bound + rise_shut > worse),
        cover.shut | (bound + rise_open > worse),
    )


def _is_close(cover: Cover, chosen: IntArray, bound: float, clock: Clock) -> bool:
    """Whether the gap asked for is reached, measured against the covered weight."""
    value = cover.value(chosen)
    covered = _covered(cover, chosen)
    return value - bound <= max(NOISE * max(1.0, value), clock.options.gap * covered)


def _covered(cover: Cover, chosen: IntArray) -> float:
    return float(cover.weight.sum()) + cover.lost - cover.value(chosen)


def _undominated(cover: Cover, count: int) -> Cover:
    """Without dominated sites, where enough others are left."""
    fewer = without_dominated_sites(cover)
    if int((~fewer.shut).sum()) < count:
        return cover
    merged = compacted(fewer)
    return cover if merged is None else merged


def _pairs(cover: Cover, clock: Clock) -> CoverPairs:
    pairs = cover.reach.tocoo()
    return CoverPairs(
        row=pairs.row.astype(np.int64),
        site=pairs.col.astype(np.int64),
        weight=cover.weight,
        locked=cover.opened,
        shut=cover.shut,
        look=clock.look,
    )
