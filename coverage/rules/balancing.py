"""Territories with about as many people each, every one connected, near to its leading hospital.

A heuristic in two steps, deterministic and bounded: the territories of the nearest hospital are
made connected, then points on a border change to the smaller territory beside them, the cheapest
in travel time for what they even out first. The result is a proposal, not an optimum.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.rules.neighbours import neighbour_lists, parts_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.rules.neighbours import Floats, Pairs

    Owners = npt.NDArray[np.intp]

EVEN_ENOUGH: Final = 1.02
"""Largest territory over the mean at which no further point is moved."""

MOST_MOVES_PER_POINT: Final = 2
"""Bounds the work; seldom reached, since every move evens out."""


def nearest_owner(seconds: Floats) -> Owners:
    """
    The leader of least travel time for every point; of equally near ones the first.

    Parameters
    ----------
    seconds
        Shape (n, k), of n points to k leaders; `inf` where no road leads, not for all leaders.
    """
    return np.asarray(seconds.argmin(axis=1), dtype=np.intp)


def seats_of(seconds: Floats) -> list[int]:
    """
    The point that each territory holds whatever happens: that which it suits best.

    Parameters
    ----------
    seconds
        As `nearest_owner`.

    Returns
    -------
    seats
        k different positions, -1 for a leader without any point left to reach it.
    """
    detour = seconds - seconds.min(axis=1, keepdims=True)
    seats: list[int] = []
    for leader in range(seconds.shape[1]):
        order = np.lexsort((np.arange(len(seconds)), seconds[:, leader], detour[:, leader]))
        free = [
            int(point)
            for point in order[: len(seats) + 1]
            if point not in seats and np.isfinite(seconds[point, leader])
        ]
        seats.append(free[0] if free else -1)
    return seats


def connected_owner(seconds: Floats, pairs: Pairs, seats: list[int]) -> Owners:
    """
    Territories grown from the seats that are connected and as near to the nearest as that allows.

    What is joined to the seat through points of the same nearest leader stays; the rest goes to the
    neighbouring territory that it loses least time with, the smallest loss first. Where no road
    leads to any leader that neighbours lead to, a point stays with its nearest, cut off.

    Parameters
    ----------
    seconds
        As `nearest_owner`.
    pairs
        Neighbours, connected over all n points.
    seats
        From `seats_of`.

    Returns
    -------
    owner
        Shape (n,).
    """
    nearest = nearest_owner(seconds)
    for leader, seat in enumerate(seats):
        if seat >= 0:
            nearest[seat] = leader
    part = parts_of(nearest, pairs)
    owner = np.full(len(seconds), -1, dtype=np.intp)
    for leader, seat in enumerate(seats):
        if seat >= 0:
            owner[part == part[seat]] = leader
    beside = neighbour_lists(pairs, len(seconds))
    detour = seconds - seconds.min(axis=1, keepdims=True)
    waiting = [
        (float(detour[free, owner[point]]), free, int(owner[point]))
        for point in np.flatnonzero(owner >= 0)
        for free in beside[point]
        if owner[free] < 0 and np.isfinite(detour[free, owner[point]])
    ]
    heapq.heapify(waiting)
    while waiting:
        _, point, leader = heapq.heappop(waiting)
        if owner[point] >= 0:
            continue
        owner[point] = leader
        for free in beside[point]:
            if owner[free] < 0 and np.isfinite(detour[free, leader]):
                heapq.heappush(waiting, (float(detour[free, leader]), free, leader))
    return np.where(owner < 0, nearest, owner)


def loads_of(owner: Owners, people: Floats, leaders: int) -> Floats:
    """People of each of so many territories, shape (leaders,)."""
    return np.bincount(owner, weights=people, minlength=leaders).astype(float)


def balanced_owner(
    start: Owners, people: Floats, seconds: Floats, pairs: Pairs, *, seats: list[int]
) -> Owners:
    """
    Connected territories whose largest has no more people than at the start, most often far fewer.

    A point on a border moves to the neighbouring territory where that has fewer people even with
    the point, if its old territory stays connected and the new leader can be reached at all. Every
    move makes the sum of the squares of people smaller, so it comes to an end.

    Parameters
    ----------
    start
        Shape (n,), connected territories, from `connected_owner`.
    people
        Shape (n,), persons at each point.
    seconds, pairs
        As `connected_owner`.
    seats
        These never move.

    Returns
    -------
    owner
        Shape (n,).
    """
    owner, best = start.copy(), start.copy()
    leaders = seconds.shape[1]
    beside = neighbour_lists(pairs, len(start))
    # Points where nobody lives weigh next to nothing, so that they do not stand in the way.
    weight = np.maximum(people, max(float(people.sum()), 1.0) / (1000.0 * max(len(people), 1)))
    load, true_load = (loads_of(owner, of_each, leaders) for of_each in (weight, people))
    largest = true_load.max()
    movable = np.ones(len(start), dtype=bool)
    movable[[seat for seat in seats if seat >= 0]] = False
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[movable[both[:, 0]]]
    stuck: set[int] = set()
    for _ in range(MOST_MOVES_PER_POINT * len(start)):
        if true_load.max() <= EVEN_ENOUGH * true_load.mean():
            break
        move = _best_move(owner, load, weight, seconds, both, beside, stuck)
        if move is None and stuck:
            stuck.clear()
            move = _best_move(owner, load, weight, seconds, both, beside, stuck)
        if move is None:
            break
        point, leader = move
        for loads, moved in ((load, weight[point]), (true_load, people[point])):
            loads[owner[point]] -= moved
            loads[leader] += moved
        owner[point] = leader
        if true_load.max() < largest:
            largest, best = true_load.max(), owner.copy()
    return best


def _best_move(
    owner: Owners,
    load: Floats,
    weight: Floats,
    seconds: Floats,
    both: Pairs,
    beside: list[list[int]],
    stuck: set[int],
) -> tuple[int, int] | None:
    """
    The point and its new leader that even out most for least added time; None for no move.

    Points that hold their territory together are remembered in `stuck`, to be looked at again only
    where nothing else is left to move.
    """
    point, leader = both[:, 0], owner[both[:, 1]]
    # Persons by which the smaller territory stays behind the larger one.
    evened = load[owner[point]] - load[leader] - weight[point]
    rows = np.flatnonzero((evened > 0) & (owner[point] != leader))
    rows = rows[np.isfinite(seconds[point[rows], leader[rows]])]
    point, leader, evened = point[rows], leader[rows], evened[rows]
    added = seconds[point, leader] - seconds[point, owner[point]]
    for row in np.lexsort((leader, point, added / evened)):
        one = int(point[row])
        if one in stuck:
            continue
        if _stays_connected(one, owner, beside):
            return one, int(leader[row])
        stuck.add(one)
    return None


def _stays_connected(point: int, owner: Owners, beside: list[list[int]]) -> bool:
    """
    Whether a territory is still connected without one of its points.

    Searched from all its neighbours at once, a step each in turn, until the searches have met or
    the smallest piece is at its end: what is cut off is mostly small, and what is not meets soon.
    """
    mine = owner[point]
    around = [other for other in beside[point] if owner[other] == mine]
    searches = _Searches(around)
    while len(searches.waiting) > 1:
        for search in tuple(searches.waiting):
            near = [
                other
                for one in searches.waiting.get(search, ())
                for other in beside[one]
                if other != point and owner[other] == mine
            ]
            if search in searches.waiting and not searches.step(search, near):
                return False
    return bool(around)


class _Searches:
    """Searches that start from several points and become one where they meet."""

    def __init__(self, starts: list[int]) -> None:
        self.waiting = {search: [start] for search, start in enumerate(starts)}
        self._found = {start: search for search, start in enumerate(starts)}
        self._now = list(range(len(starts)))

    def step(self, search: int, near: list[int]) -> bool:
        """Take the points near those that wait; False where a search has ended without the rest."""
        reached: list[int] = []
        for one in near:
            if one not in self._found:
                self._found[one] = search
                reached.append(one)
            elif (met := self._now[self._found[one]]) != search:
                self._now = [search if now == met else now for now in self._now]
                reached += self.waiting.pop(met)
        self.waiting[search] = reached
        return bool(reached) or len(self.waiting) == 1
