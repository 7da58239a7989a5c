"""Good answers without proof: greedy choice, then the best exchange of two sites, repeated.

They start the exact search and, being near the optimum, let a bound rule out most candidates.

References
----------
Church, R., ReVelle, C. (1974), as `coverage.siting.maximal_covering` (greedy adding with
substitution). Teitz, M. B., Bart, P. (1968). Heuristic methods for estimating the generalized
vertex median of a weighted graph. Operations Research 16, 955-961. Resende, M. G. C., Werneck,
R. F. (2007). A fast swap-based local search procedure for location problems. Annals of
Operations Research 150, 205-230 (gain, loss and extra of a swap).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.graph.arcs import BoolArray, FloatArray, IntArray

NOISE: Final = 1e-9
"""Part of the objective that a swap must gain, so that rounding cannot swap for ever."""

KICKED: Final = (4, 8)
"""Sites exchanged at random, at least and at most, before the search goes on from there."""

MOST_ATTEMPTS: Final = 6
"""Times the patience, the attempts in all."""


def never() -> bool:
    """For a search that nobody wants to end early."""
    return False


@dataclass(frozen=True, eq=False)
class CoverPairs:
    """
    Who is covered from where, each demand point by one open site at least.

    Parameters
    ----------
    row, site
        Shape (k,), demand point and candidate of each pair.
    weight
        Shape (n,).
    locked, shut
        Shape (m,), sites that stay open, and sites that may not open.
    look
        Whether it is time to end; the best known by then is given.
    """

    row: IntArray
    site: IntArray
    weight: FloatArray
    locked: BoolArray
    shut: BoolArray
    look: Callable[[], bool] = never

    def total(self, chosen: IntArray) -> float:
        """Weight covered by the chosen sites."""
        return float(self.weight[self._times(chosen) > 0].sum())

    def greedy(self, start: IntArray, count: int) -> IntArray:
        """`count` sites: those of `start`, then each time the one that adds most."""
        chosen = list(start)
        times = self._times(start)
        usable = ~self.shut
        usable[start] = False
        while len(chosen) < count:
            open_weight = np.where(times == 0, self.weight, 0.0)
            gain = np.bincount(self.site, open_weight[self.row], minlength=len(usable))
            best = int(np.argmax(np.where(usable, gain, -1.0)))
            chosen.append(best)
            usable[best] = False
            times[self.row[self.site == best]] += 1
        return np.array(chosen, dtype=np.int64)

    def improved(self, chosen: IntArray) -> IntArray:
        """The sites after every exchange of one for another that covers more."""
        return _improved(self, chosen, self._gains)

    def _gains(self, chosen: IntArray, place: IntArray) -> tuple[FloatArray, float]:
        p, m, n = len(chosen), len(self.locked), len(self.weight)
        at = place[self.site]
        opened = at >= 0
        times = np.bincount(self.row[opened], minlength=n)
        owner = np.zeros(n, dtype=np.int64)
        owner[self.row[opened]] = at[opened]
        once = times == 1
        uncovered = np.where(times == 0, self.weight, 0.0)
        gain = np.bincount(self.site, uncovered[self.row], minlength=m)
        loss = np.bincount(owner[once], self.weight[once], minlength=p)
        pair = np.flatnonzero(once[self.row])
        who = self.row[pair]
        cell = owner[who] * m + self.site[pair]
        back = np.bincount(cell, self.weight[who], minlength=p * m).reshape(p, m)
        net: FloatArray = (gain[None, :] - loss[:, None] + back).astype(np.float64)
        return net, float(self.weight.sum())

    def searched(
        self, chosen: IntArray, *, patience: int, likely: FloatArray, seed: int
    ) -> IntArray:
        """The best after exchanging some at random for `likely` ones and improving, repeatedly."""
        odds = np.where(self.shut, 0.0, likely)
        return _searched(self, chosen, patience=patience, odds=odds, seed=seed, sign=-1.0)

    def _times(self, chosen: IntArray) -> IntArray:
        is_open = np.zeros(len(self.locked), dtype=bool)
        is_open[chosen] = True
        return np.bincount(self.row[is_open[self.site]], minlength=len(self.weight))


@dataclass(frozen=True, eq=False)
class MedianPairs:
    """
    Cost of serving each demand point from each candidate that it reaches.

    Parameters
    ----------
    row, site, cost
        Shape (k,), sorted by row, then by cost; weighted cost of each pair.
    n
        Number of demand points; each has a pair.
    locked, shut
        Shape (m,).
    penalty
        Cost of leaving a demand point unserved, larger than any answer can be worth.
    look
        As that of `CoverPairs`.
    """

    row: IntArray
    site: IntArray
    cost: FloatArray
    n: int
    locked: BoolArray
    shut: BoolArray
    penalty: float
    look: Callable[[], bool] = never

    def total(self, chosen: IntArray) -> float:
        """Cost of serving everybody from the nearest of the chosen sites."""
        is_open = np.zeros(len(self.locked), dtype=bool)
        is_open[chosen] = True
        least, _, _ = self.nearest_two(np.flatnonzero(is_open[self.site]))
        return float(least.sum())

    def improved(self, chosen: IntArray) -> IntArray:
        """The sites after every exchange of one for another that costs less."""
        return _improved(self, chosen, self._gains)

    def _gains(self, chosen: IntArray, place: IntArray) -> tuple[FloatArray, float]:
        p, m = len(chosen), len(self.locked)
        first, second, nearest = self.nearest_two(np.flatnonzero(place[self.site] >= 0))
        owner = np.where(nearest >= 0, place[nearest], -1)
        near = np.flatnonzero(self.cost < second[self.row])
        row, site, cost = self.row[near], self.site[near], self.cost[near]
        gain = np.bincount(site, np.maximum(0.0, first[row] - cost), minlength=m)
        owned = owner >= 0
        loss = np.bincount(owner[owned], (second - first)[owned], minlength=p)
        has = owned[row]
        cell = owner[row[has]] * m + site[has]
        saved = (second[row] - np.maximum(first[row], cost))[has]
        back = np.bincount(cell, saved, minlength=p * m).reshape(p, m)
        net: FloatArray = (gain[None, :] - loss[:, None] + back).astype(np.float64)
        return net, float(first.sum())

    def searched(
        self, chosen: IntArray, *, patience: int, likely: FloatArray, seed: int
    ) -> IntArray:
        """As `CoverPairs.searched`."""
        odds = np.where(self.shut, 0.0, likely)
        return _searched(self, chosen, patience=patience, odds=odds, seed=seed, sign=1.0)

    def nearest_two(self, pair: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """Least and second least cost over the pairs, and the site of the least or -1."""
        first = np.full(self.n, self.penalty)
        second = np.full(self.n, self.penalty)
        nearest = np.full(self.n, -1, dtype=np.int64)
        rows = self.row[pair]
        is_first = np.ones(len(pair), dtype=bool)
        is_first[1:] = rows[1:] != rows[:-1]
        best = pair[is_first]
        first[self.row[best]], nearest[self.row[best]] = self.cost[best], self.site[best]
        is_second = np.zeros(len(pair), dtype=bool)
        is_second[1:] = is_first[:-1] & ~is_first[1:]
        next_best = pair[is_second]
        second[self.row[next_best]] = self.cost[next_best]
        return first, second, nearest


def _improved(
    pairs: CoverPairs | MedianPairs,
    chosen: IntArray,
    gains: Callable[[IntArray, IntArray], tuple[FloatArray, float]],
) -> IntArray:
    """
    The sites after every exchange that gains something, the best one first.

    `gains`, of the chosen sites and the place of each site among them or -1, makes what each
    exchange gains, shape (p, m), and the objective, which says what is rounding noise.
    """
    chosen = chosen.copy()
    p, m = len(chosen), len(pairs.locked)
    place = np.full(m, -1, dtype=np.int64)
    place[chosen] = np.arange(p)
    while True:
        net, objective = gains(chosen, place)
        net[pairs.locked[chosen]] = -np.inf
        net[:, pairs.shut | (place >= 0)] = -np.inf
        out, new = divmod(int(np.argmax(net)), m)
        if not net[out, new] > NOISE * max(1.0, objective) or pairs.look():
            return np.sort(chosen)
        place[chosen[out]] = -1
        chosen[out] = new
        place[new] = out


def _searched(
    pairs: CoverPairs | MedianPairs,
    chosen: IntArray,
    *,
    patience: int,
    odds: FloatArray,
    seed: int,
    sign: float,
) -> IntArray:
    """The best met until `patience` attempts in a row brought nothing; sign -1 maximises."""
    draw = np.random.default_rng(seed)
    best, value, waited = chosen, sign * pairs.total(chosen), 0
    for _ in range(MOST_ATTEMPTS * patience):
        kicked = _kicked(best, pairs.locked, odds, draw)
        if kicked is None or waited == patience or pairs.look():
            break
        tried = pairs.improved(kicked)
        reached = sign * pairs.total(tried)
        waited = 0 if reached < value else waited + 1
        if reached <= value:
            best, value = tried, reached
    return best


def _kicked(
    chosen: IntArray, locked: BoolArray, likely: FloatArray, draw: np.random.Generator
) -> IntArray | None:
    """Some sites exchanged at random; None where there is nothing to exchange."""
    free = np.flatnonzero(~locked[chosen])
    odds = likely.copy()
    odds[chosen] = 0.0
    wanted = int(draw.integers(KICKED[0], KICKED[1] + 1))
    size = min(wanted, len(free) - 1, int(np.count_nonzero(odds)))
    if size < 1:
        return None
    kicked = chosen.copy()
    kicked[draw.choice(free, size, replace=False)] = draw.choice(
        len(odds), size, replace=False, p=odds / odds.sum()
    )
    return kicked
