"""
Lagrangian bound of the p-median, and what it rules out.

"Each demand point is served once" is relaxed with the multipliers l_i >= 0:

    cost >= sum_i l_i + (least sum over p sites of r_j),   r_j = sum_i min(0, c_ij - l_i)

for any l. Only the nearest candidates of a point are looked at: l_i is kept at or below the
cost of the first one left out, which then adds nothing, so the bound stays exact.

References
----------
Cornuéjols, G., Fisher, M. L., Nemhauser, G. L. (1977). Location of bank accounts to optimize
float. Management Science 23, 789-810. Beasley, J. E. (1993). Lagrangean heuristics for location
problems. European Journal of Operational Research 65, 383-399 (fixing by reduced cost).
Camerini, P. M., Fratta, L., Maffioli, F. (1975). On improving relaxation methods by modified
gradient techniques. Mathematical Programming Study 3, 26-34 (the direction of a step).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.sites.swaps import MedianPairs

WINDOW: Final = 60
"""Nearest candidates of a demand point that are looked at, unless few are asked for."""

MOMENTUM: Final = 0.7
"""Share of the last direction that goes into the next."""

PATIENCE: Final = 15
"""Steps without a better bound after which the step is shortened."""

SHORTER: Final = 0.7
"""Factor of a shortened step."""

SMALLEST_STEP: Final = 5e-4
"""Step at which nothing more is to be had."""

RISE: Final = 1e-7
"""Part of a bound that counts as better."""


@dataclass(frozen=True, eq=False)
class MedianBound:
    """
    A bound and what follows from it.

    Parameters
    ----------
    bound
        No answer costs less.
    multiplier
        Shape (n,).
    rise_open, rise_shut
        Shape (m,), by how much the bound rises when a site is forced open or shut.
    likely
        Shape (m,), how often the relaxed answers opened a site lately, in [0, 1].
    """

    bound: float
    multiplier: FloatArray
    rise_open: FloatArray
    rise_shut: FloatArray
    likely: FloatArray


class Relaxation:
    """The relaxed p-median of some pairs, evaluated for any multipliers."""

    def __init__(self, pairs: MedianPairs, count: int) -> None:
        start = np.searchsorted(pairs.row, np.arange(pairs.n + 1))
        rank = np.arange(len(pairs.row)) - start[pairs.row]
        window = max(WINDOW, 4 * len(pairs.locked) // max(count, 1))
        near = rank < window
        self.row, self.site, self.cost = pairs.row[near], pairs.site[near], pairs.cost[near]
        beyond = np.minimum(start[:-1] + window, len(pairs.row) - 1)
        has_more = np.diff(start) > window
        self.most = np.where(has_more, pairs.cost[beyond], pairs.penalty)
        self.n, self.m, self.count = pairs.n, len(pairs.locked), count
        self.locked, self.shut = pairs.locked, pairs.shut
        self.free = np.flatnonzero(~pairs.locked & ~pairs.shut)

    def at(self, multiplier: FloatArray) -> tuple[float, FloatArray, IntArray, FloatArray]:
        """Bound, worth of each site (negative is good), sites opened, and the direction up."""
        reduced = self.cost - multiplier[self.row]
        used = np.flatnonzero(reduced < 0)
        row, site = self.row[used], self.site[used]
        worth = np.bincount(site, reduced[used], minlength=self.m).astype(np.float64)
        left = self.count - int(self.locked.sum())
        order = self.free
        if left < len(order):
            order = order[np.argpartition(worth[order], max(left - 1, 0))[:left]]
        opened = np.concatenate([np.flatnonzero(self.locked), order]).astype(np.int64)
        is_open = np.zeros(self.m, dtype=bool)
        is_open[opened] = True
        served = np.bincount(row[is_open[site]], minlength=self.n)
        bound = float(multiplier.sum() + worth[opened].sum())
        up: FloatArray = 1.0 - served.astype(np.float64)
        return bound, worth, opened, up

    def rises(self, worth: FloatArray, opened: IntArray) -> tuple[FloatArray, FloatArray]:
        """By how much the bound rises when a site is forced open, and when forced shut."""
        rise_open, rise_shut = np.zeros(self.m), np.zeros(self.m)
        is_open = np.zeros(self.m, dtype=bool)
        is_open[opened] = True
        taken, others = self.free[is_open[self.free]], self.free[~is_open[self.free]]
        if len(taken) and len(others):
            rise_open[others] = worth[others] - worth[taken].max()
            rise_shut[taken] = worth[others].min() - worth[taken]
        return rise_open, rise_shut


def climbed(
    relaxation: Relaxation,
    multiplier: FloatArray,
    *,
    steps: int,
    visit: Callable[[int, float, IntArray, FloatArray], float | None],
) -> MedianBound:
    """
    The best bound after some steps of a subgradient ascent.

    Parameters
    ----------
    relaxation
        The relaxed question.
    multiplier
        Shape (n,), where to begin.
    steps
        At most.
    visit
        Called at each step with (step, bound, sites opened, `likely`); gives the cost of the
        best answer known by then, or None to end.

    Returns
    -------
    bound
        The best one met.
    """
    current = np.minimum(multiplier, relaxation.most)
    bound, worth, opened, up = relaxation.at(current)
    best, top, top_worth, top_opened = bound, current, worth, opened
    likely = np.zeros(relaxation.m)
    likely[opened] = 1.0
    direction = up
    size, waited = 1.0, 0
    for step in range(steps):
        if not up.any() or size < SMALLEST_STEP:
            break
        known = visit(step, best, opened, likely)
        if known is None or best >= known:
            break
        reach = size * (known - bound) / float(direction @ direction)
        current = np.clip(current + reach * direction, 0.0, relaxation.most)
        bound, worth, opened, up = relaxation.at(current)
        likely *= 0.97
        likely[opened] += 0.03
        if bound > best + RISE * abs(best):
            best, top, top_worth, top_opened, waited = bound, current, worth, opened, 0
        else:
            waited += 1
        if waited >= PATIENCE:
            size, waited, current = size * SHORTER, 0, top
            bound, worth, opened, up = relaxation.at(current)
            direction = up
            continue
        leaning = up + MOMENTUM * direction
        direction = leaning if up @ leaning > 0 else up
    rise_open, rise_shut = relaxation.rises(top_worth, top_opened)
    return MedianBound(best, top, rise_open, rise_shut, likely)


def ruled_out(
    pairs: MedianPairs, found: MedianBound, *, worse: float
) -> tuple[BoolArray, BoolArray, BoolArray]:
    """
    What no answer of at most `worse` does.

    Returns
    -------
    opened, shut
        Shape (m,), sites that every such answer opens, and sites that none opens.
    usable
        Shape (k,), pairs that such an answer may serve somebody by.
    """
    opened = pairs.locked | (found.bound + found.rise_shut > worse)
    shut = pairs.shut | (found.bound + found.rise_open > worse)
    extra = np.maximum(0.0, pairs.cost - found.multiplier[pairs.row])
    usable = found.bound + extra + found.rise_open[pairs.site] <= worse
    return opened, shut, usable & ~shut[pairs.site]
