"""Models with capacities, costs and budgets."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.errors import SitingError
from coverage.people.pairs import known_capacity
from coverage.sites.capacitated import Room, best_room, flows_of
from coverage.sites.finish import finished
from coverage.sites.options import DEFAULT, SitingOptions
from coverage.sites.problem import check_sites, problem_of
from coverage.sites.solver import Clock

if TYPE_CHECKING:
    from collections.abc import Collection

    from coverage.graph.arcs import Cost, FloatArray, IntArray
    from coverage.sites.problem import Problem
    from coverage.sites.result import SitingResult


def capacitated_facility_location(  # noqa: PLR0913 - the model has that many parts
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    capacity: pd.Series[float],
    fixed_cost: pd.Series[float],
    cost: Cost = "travel_time_s",
    required: Collection[str] = (),
    sites: int | None = None,
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The sites that serve everybody at least cost without exceeding any capacity.

    minimise sum_j f_j y_j + sum_ij c_ij x_ij subject to sum_j x_ij = d_i, x_ij <= d_i y_j,
    sum_i x_ij <= s_j y_j. x_ij are persons; a demand point may be divided among sites.

    Parameters
    ----------
    matrix, demand, cost, required, options
        As `p_median`. Points without a pair are left out and named in `unservable`.
    capacity
        Persons that each candidate can serve, by candidate id.
    fixed_cost
        Of opening each candidate, >= 0, in the unit of persons times `cost`.
    sites
        All open sites; None opens as many as are worth it.

    Returns
    -------
    result
        `objective` is the cost; `flows`: `from_id`, `to_id`, `people` and the cost; `figures`:
        `fixed_cost`, `travel` (persons times cost). "infeasible" where capacities are in the
        wrong places.

    Raises
    ------
    SitingError
        If all capacities together are below the demand, a candidate has no capacity or fixed
        cost, or as `maximal_covering`.
    FacilityError
        If a capacity is missing, negative or infinite.

    References
    ----------
    Cornuéjols, G., Sridharan, R., Thizy, J. M. (1991). A comparison of heuristics and
    relaxations for the capacitated plant location problem. European Journal of Operational
    Research 50, 280-297.

    Examples
    --------
    >>> matrix = pd.DataFrame({
    ...     "from_id": ["a", "a", "b", "b"], "to_id": ["x", "y", "x", "y"],
    ...     "travel_time_s": [1.0, 9.0, 1.0, 9.0],
    ... })
    >>> result = capacitated_facility_location(
    ...     matrix, demand=pd.Series({"a": 10, "b": 10}),
    ...     capacity=pd.Series({"x": 15, "y": 15}), fixed_cost=pd.Series({"x": 50, "y": 50}),
    ... )
    >>> result.objective, result.selected
    (160.0, ('x', 'y'))
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=math.inf, required=required, cost=cost, options=options
    )
    room = Room(
        capacity=_by_candidate(known_capacity(capacity), problem, "容量"),
        fixed_cost=_by_candidate(_known_cost(fixed_cost), problem, "固定成本"),
        everybody=True,
        count=None if sites is None else check_sites(problem, sites),
    )
    reason = _room_missing(problem, room.capacity)
    return _told(problem, room, clock, model="capacitated_facility_location", reason=reason)


def capacitated_covering(  # noqa: PLR0913 - one more than maximal covering asks
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    capacity: pd.Series[float],
    cutoff: float,
    sites: int,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The sites that serve most people within the cutoff without exceeding any capacity.

    maximise sum_ij x_ij subject to sum_j x_ij <= d_i, x_ij <= d_i y_j, sum_i x_ij <= s_j y_j,
    sum_j y_j = sites; x_ij only within the cutoff.

    Parameters
    ----------
    matrix, demand, cutoff, sites, required, cost, options
        As `maximal_covering`.
    capacity
        Persons that each candidate can serve, by candidate id.

    Returns
    -------
    result
        `objective` is the people served; `flows`; `figures`: `covered` (the same), `share`.

    Raises
    ------
    SitingError, FacilityError
        As `capacitated_facility_location`, but for the sum of the capacities.

    References
    ----------
    Current, J. R., Storbeck, J. E. (1988). Capacitated covering models. Environment and
    Planning B 15, 153-163.
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    room = Room(
        capacity=_by_candidate(known_capacity(capacity), problem, "容量"),
        fixed_cost=np.zeros(problem.m),
        everybody=False,
        count=check_sites(problem, sites),
    )
    return _told(problem, room, clock, model="capacitated_covering")


def budget_covering(  # noqa: PLR0913 - the model has that many parts
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    budget: float,
    fixed_cost: pd.Series[float],
    bed_cost: pd.Series[float],
    most_beds: pd.Series[float],
    people_per_bed: float,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The sites and their beds that serve most people within the cutoff for a sum of money.

    maximise sum_ij x_ij subject to sum_j x_ij <= d_i, x_ij <= d_i y_j, sum_i x_ij <= a z_j,
    z_j <= s_j y_j, sum_j (f_j y_j + b_j z_j) <= budget; z_j whole numbers of beds.

    Parameters
    ----------
    matrix, demand, cutoff, required, cost, options
        As `maximal_covering`. Existing facilities are required ones of fixed cost 0.
    budget
        In the unit of the costs.
    fixed_cost, bed_cost
        Of opening each candidate, and of each bed there, >= 0.
    most_beds
        Beds that each candidate has room for.
    people_per_bed
        a, persons that a bed serves.

    Returns
    -------
    result
        `objective` is the people served; `flows`; `figures`: `covered`, `share`, `spent`,
        `beds`, and `beds:ID` for each open site.

    Raises
    ------
    SitingError
        If the required sites alone cost more than the budget, or as
        `capacitated_facility_location`.

    References
    ----------
    Church and ReVelle (1974), as `maximal_covering`, with capacities that are bought.
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    if not 0 < people_per_bed < math.inf:
        msg = f"每张床位服务的人数应为大于 0 的数字，现为 {people_per_bed}。"
        raise SitingError(msg)
    room = Room(
        capacity=np.floor(_by_candidate(known_capacity(most_beds), problem, "床位上限")),
        fixed_cost=_by_candidate(_known_cost(fixed_cost), problem, "固定成本"),
        everybody=False,
        budget=budget,
        bed_cost=_by_candidate(_known_cost(bed_cost), problem, "床位成本"),
        per_bed=people_per_bed,
    )
    locked = float(room.fixed_cost[problem.required].sum())
    if not locked <= budget:
        msg = f"必选的候选点共需 {locked:g}，超过预算 {budget:g}。请提高预算，或减少必选的候选点。"
        raise SitingError(msg)
    return _told(problem, room, clock, model="budget_covering")


def _told(
    problem: Problem, room: Room, clock: Clock, *, model: str, reason: str = ""
) -> SitingResult:
    if not room.everybody:
        clock.sign, clock.offset = -1.0, float(problem.weight.sum())
    answer, flow, beds = best_room(problem, room, clock=clock)

    def value(chosen: IntArray) -> float:
        return flows_of(problem, room, chosen, clock)[2]

    held = answer.chosen

    def current(chosen: IntArray) -> tuple[FloatArray, FloatArray]:
        # The tie-break may have chosen others than those the flows belong to.
        nonlocal held, flow, beds
        if not np.array_equal(chosen, held):
            flow, beds, _ = flows_of(problem, room, chosen, clock)
            held = chosen
        return flow, beds

    result = finished(
        problem,
        answer,
        model=model,
        value=value,
        clock=clock,
        reason=reason,
        assignment=lambda chosen: _largest(problem, current(chosen)[0]),
        figures=lambda chosen: _figures(problem, room, chosen, *current(chosen)),
    )
    return _with_flows(result, problem, flow)


def _with_flows(result: SitingResult, problem: Problem, flow: FloatArray) -> SitingResult:
    kept = np.flatnonzero(flow)
    place = problem.order.get_indexer(problem.demand_ids)[problem.row[kept]]
    kept = kept[np.lexsort([problem.site[kept], problem.cost[kept], place])]
    table = pd.DataFrame(
        {
            "from_id": problem.demand_ids.to_numpy(dtype=object)[problem.row[kept]],
            "to_id": problem.candidate_ids.to_numpy(dtype=object)[problem.site[kept]],
            "people": flow[kept],
            "cost": problem.cost[kept],
        }
    )
    return replace(result, flows=table)


def _figures(
    problem: Problem, room: Room, chosen: IntArray, flow: FloatArray, beds: FloatArray
) -> dict[str, float]:
    fixed = float(room.fixed_cost[chosen].sum())
    if room.everybody:
        return {"fixed_cost": fixed, "travel": float(flow @ problem.cost)}
    served, everybody = float(flow.sum()), float(problem.weight.sum())
    figures = {"covered": served, "share": served / everybody if everybody else math.nan}
    if room.bed_cost is not None:
        figures |= {"spent": fixed + float(room.bed_cost @ beds), "beds": float(beds.sum())}
        figures |= {f"beds:{problem.candidate_ids[j]}": float(beds[j]) for j in chosen}
    return figures


def _largest(problem: Problem, flow: FloatArray) -> pd.Series[str]:
    """The site that takes most of each demand point."""
    site = np.full(problem.n, -1, dtype=np.int64)
    used = np.flatnonzero(flow)
    order = used[np.lexsort([problem.cost[used], -flow[used], problem.row[used]])]
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(problem.row[order]) > 0
    site[problem.row[order[first]]] = problem.site[order[first]]
    return problem.assignment(site)


def _room_missing(problem: Problem, capacity: FloatArray) -> str:
    """
    Refuse capacities below the demand; the sentence for those in the wrong places.

    Raises
    ------
    SitingError
        If all capacities together are below the demand that can be served.
    """
    people = float(problem.weight[problem.reach > 0].sum())
    if capacity.sum() < people - 1e-9 * people:
        msg = (
            f"候选点的容量合计 {capacity.sum():g} 人，少于需要服务的 {people:g} 人。"
            "请增加容量或补充候选点。"
        )
        raise SitingError(msg)
    return (
        "容量合计够用，但不在需求点到得了的地方，或允许开设的处数太少，没有可行的方案。"
        "请增加容量、补充候选点或放宽出行时间表的阈值。"
    )


def _known_cost(values: pd.Series[float]) -> pd.Series[float]:
    repeated = values.index[values.index.duplicated()]
    known = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = known.index[~(np.isfinite(known) & (known >= 0))]
    if len(repeated) or len(wrong):
        first = repeated[0] if len(repeated) else wrong[0]
        msg = (
            f"{len(repeated) or len(wrong)} 个候选点的成本重复、为空、为负或不是数字，"
            f"第一个是 {first!r}。请改正后重试。"
        )
        raise SitingError(msg)
    return known


def _by_candidate(values: pd.Series[float], problem: Problem, title: str) -> FloatArray:
    missing = problem.candidate_ids[~problem.candidate_ids.isin(values.index)]
    if len(missing):
        msg = (
            f"{len(missing)} 个候选点没有填写{title}，第一个是 {missing[0]!r}。"
            "未知不能当作 0，请补齐，或把这些候选点列为禁用。"
        )
        raise SitingError(msg)
    return np.asarray(values.reindex(problem.candidate_ids), dtype=np.float64)
