"""
Models in which a site can serve only so many: who opens, and how many people go where.

x_ij >= 0 is the number of persons of i who go to j; a demand point may be divided. y_j opens a
site, z_j is its number of beds where beds are bought one by one.

    sum_j x_ij <= d_i  (= d_i where everybody must be served),   x_ij <= d_i y_j,
    sum_i x_ij <= s_j y_j   or   sum_i x_ij <= a z_j,  z_j <= s_j y_j
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.errors import SitingError
from coverage.sites.exact import INFEASIBLE, NOTHING_FOUND, Answer
from coverage.sites.programme import Draft
from coverage.sites.solver import solve

if TYPE_CHECKING:
    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.sites.problem import Problem
    from coverage.sites.programme import Programme
    from coverage.sites.solver import Clock

NOISE: Final = 1e-6
"""Persons below which a flow is rounding noise of the solver."""


@dataclass(frozen=True, eq=False)
class Room:
    """
    What sites can take and cost.

    Parameters
    ----------
    capacity
        Shape (m,), persons, or beds at most where `per_bed` is given.
    fixed_cost
        Shape (m,), of opening.
    everybody
        Whether all must be served, at least cost; otherwise as many as possible are.
    count
        Open sites; None leaves it to the cost.
    budget
        Most that opening and beds may cost.
    bed_cost
        Shape (m,), cost of a bed; None where capacities are given.
    per_bed
        Persons that a bed serves.
    """

    capacity: FloatArray
    fixed_cost: FloatArray
    everybody: bool
    count: int | None = None
    budget: float = math.inf
    bed_cost: FloatArray | None = None
    per_bed: float = 1.0


def best_room(
    problem: Problem, room: Room, *, clock: Clock
) -> tuple[Answer, FloatArray, FloatArray]:
    """
    The best sites, the persons of each pair, shape (k,), and the beds, shape (m,).

    What is minimised is the cost where everybody is served, and the people left unserved
    otherwise; the flows of the chosen sites are then computed anew.

    Raises
    ------
    SitingError
        If the time was up before any answer was found.
    """
    programme, offset = _programme(problem, room)
    m, k = problem.m, len(problem.row)
    start = _start(problem, room)
    solved = solve(programme, clock=clock, start=start, offset=offset, is_good_start=False)
    nothing = np.zeros(k), np.zeros(m)
    if solved.status == "infeasible":
        return INFEASIBLE, *nothing
    if solved.values is None:
        raise SitingError(NOTHING_FOUND)
    chosen = np.flatnonzero(solved.values[:m] > 0.5)  # noqa: PLR2004 - rounded already
    if clock.is_up:
        # The flows met last are those of the best found; better ones would take time.
        flow, beds = _parts(problem, room, solved.values)
        value = float(programme.cost @ solved.values) + offset
    else:
        flow, beds, value = flows_of(problem, room, chosen, clock)
    bound = min(value, max(solved.bound + offset, _least(problem, room)))
    is_proven = solved.status == "optimal" and (
        not clock.options.gap or value - bound <= NOISE * max(1.0, abs(value))
    )
    again = partial(_programme, problem, room)
    if is_proven:
        return Answer(chosen, value, value, "optimal", again), flow, beds
    return Answer(chosen, value, bound, "feasible", again), flow, beds


def flows_of(
    problem: Problem, room: Room, chosen: IntArray, clock: Clock
) -> tuple[FloatArray, FloatArray, float]:
    """Persons per pair, beds per site and the objective for sites already chosen."""
    is_open = np.zeros(problem.m)
    is_open[chosen] = 1.0
    programme, offset = _programme(problem, room)
    lower, upper = programme.lower.copy(), programme.upper.copy()
    lower[: problem.m] = upper[: problem.m] = is_open
    held = replace(programme, lower=lower, upper=upper)
    if room.bed_cost is None:
        held = replace(held, is_whole=np.zeros(len(lower), dtype=bool))
    solved = solve(held, clock=clock)
    if solved.values is None:
        return np.zeros(len(problem.row)), np.zeros(problem.m), math.inf
    flow, beds = _parts(problem, room, solved.values)
    return flow, beds, float(held.cost @ solved.values) + offset


def _parts(problem: Problem, room: Room, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Persons per pair and beds per site, from the variables of the programme."""
    m, k = problem.m, len(problem.row)
    flow = np.where(values[m : m + k] > NOISE, values[m : m + k], 0.0)
    return flow, values[m + k :] if room.bed_cost is not None else np.zeros(m)


def _least(problem: Problem, room: Room) -> float:
    """What is minimised can never be less: everybody at the nearest, or nobody turned away."""
    hopeless = problem.reach == 0
    if not room.everybody:
        return float(problem.weight[hopeless].sum())
    _, cost = problem.nearest(np.arange(problem.m))
    served = ~hopeless
    return float(room.fixed_cost[problem.required].sum() + problem.weight[served] @ cost[served])


def _start(problem: Problem, room: Room) -> FloatArray | None:
    """
    An answer to begin with, in the terms of the programme; None where none is at hand.

    Site after site the one that takes most of those still unserved (for its money, where beds
    are bought), nearest pairs first.
    """
    serving = _Serving(problem)
    if room.bed_cost is not None:
        taken, beds = _bought(problem, room, serving)
        return np.concatenate([taken.astype(float), serving.flow, beds])
    taken = problem.required.copy()
    for site in np.flatnonzero(taken).tolist():
        serving.serve(site, room.capacity[site])
    most = problem.m if room.count is None else room.count
    while taken.sum() < most:
        gain = np.where(taken, -1.0, np.minimum(serving.waiting(), room.capacity))
        site = int(np.argmax(gain))
        if room.count is None and gain[site] <= 0:
            break
        taken[site] = True
        serving.serve(site, room.capacity[site])
    if room.everybody and (serving.left[problem.reach > 0] > 0).any():
        return None
    return np.concatenate([taken.astype(float), serving.flow])


class _Serving:
    """Who is still unserved, and who went where."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.left = problem.weight.copy()
        self.flow = np.zeros(len(problem.row))
        self._order = np.lexsort([problem.cost, problem.site])
        self._first = np.searchsorted(problem.site[self._order], np.arange(problem.m + 1))

    def waiting(self) -> FloatArray:
        """Persons unserved that each site reaches, shape (m,)."""
        problem = self.problem
        waiting: FloatArray = np.bincount(
            problem.site, self.left[problem.row], minlength=problem.m
        ).astype(np.float64)
        return waiting

    def serve(self, site: int, room: float) -> None:
        """Send the nearest to a site, until it is full."""
        pairs = self._order[self._first[site] : self._first[site + 1]]
        row = self.problem.row[pairs]
        people = self.left[row]
        going = np.clip(room - (np.cumsum(people) - people), 0.0, people)
        self.flow[pairs] += going
        self.left[row] -= going


def _bought(problem: Problem, room: Room, serving: _Serving) -> tuple[BoolArray, FloatArray]:
    """Sites and beds that the budget buys, each time where most are served for the money."""
    taken, beds = problem.required.copy(), np.zeros(problem.m)
    price = np.zeros(problem.m) if room.bed_cost is None else room.bed_cost
    money = room.budget - float(room.fixed_cost[taken].sum())
    is_done = np.zeros(problem.m, dtype=bool)
    while True:
        opening = np.where(taken, 0.0, room.fixed_cost)
        waiting = serving.waiting()
        paid = np.floor(np.maximum(0.0, money - opening) / np.maximum(price, 1e-12))
        number = np.minimum(np.minimum(room.capacity, paid), np.ceil(waiting / room.per_bed))
        number[is_done | (opening > money)] = 0.0
        gain = np.minimum(waiting, number * room.per_bed)
        spent = opening + number * price
        site = int(np.argmax(gain / np.maximum(spent, 1e-12)))
        if gain[site] <= 0:
            return taken, beds
        taken[site] = is_done[site] = True
        beds[site] = number[site]
        money -= float(spent[site])
        serving.serve(site, number[site] * room.per_bed)


def _programme(problem: Problem, room: Room) -> tuple[Programme, float]:
    m, k, n = problem.m, len(problem.row), problem.n
    draft = Draft()
    opening = room.fixed_cost if room.everybody else 0.0
    site = draft.variables(m, cost=opening, lower=problem.required.astype(float), whole=True)
    people = problem.weight[problem.row]
    going = problem.cost if room.everybody else -1.0
    flow = draft.variables(k, cost=going, upper=people)
    every = np.arange(k)
    served = np.where(problem.reach > 0, problem.weight, 0.0)
    draft.constrain(
        problem.row,
        flow,
        1.0,
        count=n,
        lower=served if room.everybody else -np.inf,
        upper=problem.weight,
    )
    draft.constrain(
        np.concatenate([every, every]),
        np.concatenate([flow, site[problem.site]]),
        np.concatenate([np.ones(k), -people]),
        count=k,
        upper=0.0,
    )
    _limit(draft, problem, room, site, flow)
    if room.count is not None:
        draft.constrain_sum(site, lower=room.count, upper=room.count)
    return draft.finished(), 0.0 if room.everybody else float(problem.weight.sum())


def _limit(draft: Draft, problem: Problem, room: Room, site: IntArray, flow: IntArray) -> None:
    """Capacities, or beds that are bought, and the budget."""
    m = problem.m
    each = np.arange(m)
    if room.bed_cost is None:
        draft.constrain(
            np.concatenate([problem.site, each]),
            np.concatenate([flow, site]),
            np.concatenate([np.ones(len(flow)), -room.capacity]),
            count=m,
            upper=0.0,
        )
        if math.isfinite(room.budget):
            draft.constrain_sum(site, room.fixed_cost, upper=room.budget)
        return
    beds = draft.variables(m, upper=room.capacity, whole=True)
    draft.constrain(
        np.concatenate([problem.site, each]),
        np.concatenate([flow, beds]),
        np.concatenate([np.ones(len(flow)), np.full(m, -room.per_bed)]),
        count=m,
        upper=0.0,
    )
    draft.constrain(
        np.concatenate([each, each]),
        np.concatenate([beds, site]),
        np.concatenate([np.ones(m), -room.capacity]),
        count=m,
        upper=0.0,
    )
    draft.constrain_sum(
        np.concatenate([site, beds]),
        np.concatenate([room.fixed_cost, room.bed_cost]),
        upper=room.budget,
    )
