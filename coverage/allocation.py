"""Who is served when capacity runs out: served, within reach but unserved, out of reach."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from coverage.errors import PlannerError
from coverage.people.breakdown import WHOLE_AREA
from coverage.people.pairs import known_capacity, known_people, pairs_within
from coverage.people.weighted import matched, weigh

if TYPE_CHECKING:
    from coverage.graph.arcs import FloatArray
    from coverage.people.pairs import Pairs

NOISE: Final = 1e-6
"""Persons below which an amount is rounding noise of the solver (its tolerance is 1e-7)."""

METHODS: Final = ("highs-ipm", "highs-ds")
"""Interior point with crossover is the quicker one; the simplex method stands by."""


@dataclass(frozen=True, eq=False)
class Allocation:
    """
    People allotted to facilities without exceeding any capacity.

    Parameters
    ----------
    flows
        One row per demand point and facility with people between them, sorted by `from_id` in
        the order of the demand, then by travel time: `from_id`, `to_id`, `people` (persons),
        `travel_time_s`.
    demand
        Indexed by demand id, every demand point: `population`, `served`, `unserved` (within
        reach of a facility, but all that could take them are full) and `out_of_reach`, in
        persons, the last three adding up to the first; `travel_time_s`, the mean of those
        served (NaN where nobody is).
    facilities
        Indexed by facility id, every facility: `capacity` and `load` (persons), `load_share`
        (in [0, 1]; NaN for a capacity of 0).
    served, unserved, out_of_reach
        Persons in all.
    total_travel_time_s
        Person-seconds of all who are served, one way.
    status
        "optimal": the solver has proven that no allocation serves more people, and that none
        which serves as many takes less travel time. Nothing else is ever returned.
    """

    flows: pd.DataFrame
    demand: pd.DataFrame
    facilities: pd.DataFrame
    served: float
    unserved: float
    out_of_reach: float
    total_travel_time_s: float
    status: Literal["optimal"]


def allocate(
    matrix: pd.DataFrame, *, demand: pd.Series[float], capacity: pd.Series[float]
) -> Allocation:
    """
    Allot people to facilities: as many as possible, and then by the least total travel time.

    A linear programme, the transportation problem with people left over: x_ij >= 0 persons of
    i go to facility j; the x_ij of a demand point are at most its people, those of a facility
    at most its capacity; the sum of (t_ij - M) x_ij is smallest. M, the worth of serving a
    person, exceeds what serving one person more can cost the others: such a change passes
    people on along a chain that meets each facility once, so it adds at most k trips and saves
    at least k - 1, and any M above k (longest - shortest) + shortest puts people first.

    The people of one demand point may be divided among facilities. The least total is that of
    everybody together: it may send a few farther so that many go nearer. Where allocations
    are equally good the choice among them is the solver's; it is the same for the same input,
    in whatever order of rows.

    Parameters
    ----------
    matrix
        Travel matrix: `from_id` (demand), `to_id` (facility), `travel_time_s`; one row per
        pair within the cutoff. Who has no row is out of reach.
    demand
        Persons by demand id, of all demand points.
    capacity
        Persons that each facility can serve, by facility id. One of 0 serves nobody.

    Returns
    -------
    allocation
        The optimum, with the load of each facility.

    Raises
    ------
    InputError
        If the matrix is not sound (`coverage.people.pairs.pairs_within`).
    DemandError
        If the people of a demand point are unknown, negative or infinite.
    FacilityError
        If a capacity is missing, negative or infinite.
    PlannerError
        If the solver finds no proven optimum.

    References
    ----------
    Hitchcock, F. L. (1941). The distribution of a product from several sources to numerous
    localities. Journal of Mathematics and Physics 20, 224-230.
    Huangfu, Q., Hall, J. A. J. (2018). Parallelizing the dual revised simplex method.
    Mathematical Programming Computation 10, 119-142 (HiGHS).

    Examples
    --------
    Clinic c takes 100. The 80 people of a live nearer than the 50 of b; d reaches nothing.

    >>> matrix = pd.DataFrame(
    ...     {"from_id": ["a", "b"], "to_id": ["c", "c"], "travel_time_s": [60.0, 600.0]}
    ... )
    >>> people = pd.Series({"a": 80, "b": 50, "d": 20})
    >>> allocation = allocate(matrix, demand=people, capacity=pd.Series({"c": 100}))
    >>> allocation.demand[["served", "unserved", "out_of_reach"]].to_dict("index")["b"]
    {'served': 20.0, 'unserved': 30.0, 'out_of_reach': 0.0}
    >>> allocation.served, allocation.unserved, allocation.out_of_reach
    (100.0, 30.0, 20.0)
    """
    people, room = known_people(demand), known_capacity(capacity)
    pairs = pairs_within(matrix, demand_ids=people.index, facility_ids=room.index)
    persons, places = (np.asarray(series, dtype=np.float64) for series in (people, room))
    flow = _solve(pairs, persons, places)
    served = _snapped(pairs.per_demand(flow), persons)
    load = _snapped(pairs.per_facility(flow), places)
    reaches = pairs.per_demand(np.ones(len(flow))) > 0
    rest = persons - served
    seconds = pairs.per_demand(flow * pairs.cost)
    points = pd.DataFrame(
        {
            "population": people,
            "served": served,
            "unserved": np.where(reaches, rest, 0.0),
            "out_of_reach": np.where(reaches, 0.0, rest),
            "travel_time_s": _ratio(seconds, served),
        },
        index=people.index,
    ).reindex(demand.index)
    loads = {"capacity": room, "load": load, "load_share": _ratio(load, places)}
    return Allocation(
        flows=_flow_table(pairs, flow, demand.index),
        demand=points,
        facilities=pd.DataFrame(loads, index=room.index).reindex(capacity.index),
        served=float(served.sum()),
        unserved=float(rest[reaches].sum()),
        out_of_reach=float(rest[~reaches].sum()),
        total_travel_time_s=float(seconds.sum()),
        status="optimal",
    )


def served_by_zone(
    allocation: Allocation,
    *,
    zones: pd.Series[str],
    group: pd.Series[float] | None = None,
) -> pd.DataFrame:
    """
    Who is served, by zone and in the whole study area, of all people or of one group.

    Parameters
    ----------
    allocation
        From `allocate`.
    zones
        Zone of each demand point; null = outside the study area: left out, though their
        people take up capacity.
    group
        Persons of one group by demand id, NaN = unknown. Of each demand point the same share
        of the group is served as of its whole population. When absent the population itself.

    Returns
    -------
    table
        One row per zone, sorted, then the whole study area with `zone_id` "": `zone_id`,
        `population`, `served`, `unserved`, `out_of_reach` (persons), `population_unknown`
        (demand points left out: the group unknown, or larger than a population of 0),
        `served_share` (in [0, 1]; NaN where nobody lives) and `travel_time_s` (mean of those
        served).

    Raises
    ------
    DemandError
        If a demand point has no row among the zones or the group, or a group is negative.
    """
    parts = ["served", "unserved", "out_of_reach"]
    points = allocation.demand.assign(
        zone_id=matched(zones, allocation.demand.index, "所在单元"), population_unknown=0
    )
    if group is not None:
        people = matched(group, points.index, "人口").astype(float)
        weigh(points["population"], people.fillna(0.0), allow_inf=False)
        known = people.notna() & ((points["population"] > 0) | (people == 0))
        scale = (people / points["population"].where(points["population"] > 0)).fillna(0.0)
        points[parts] = points[parts].mul(scale, axis=0)
        points["population"] = people.where(known, 0.0)
        points["population_unknown"] = (~known).astype(int)
    points["seconds"] = (points["served"] * points["travel_time_s"]).fillna(0.0)
    inside = points[points["zone_id"].notna()]
    sums = ["population", *parts, "population_unknown", "seconds"]
    table = inside.groupby("zone_id", sort=True)[sums].sum().astype(float)
    table.loc[WHOLE_AREA] = inside[sums].sum()
    table["population_unknown"] = table["population_unknown"].astype(int)
    table["served_share"] = table["served"] / table["population"].where(table["population"] > 0)
    table["travel_time_s"] = table.pop("seconds") / table["served"].where(table["served"] > 0)
    return table.rename_axis("zone_id").reset_index()


def _solve(pairs: Pairs, people: FloatArray, room: FloatArray) -> FloatArray:
    """Persons per pair, shape (p,), of an optimum that the solver has proven."""
    n = len(pairs.cost)
    if not n:
        return np.zeros(0)
    rows = np.concatenate([pairs.demand, pairs.facility + len(people)])
    columns = np.concatenate([np.arange(n), np.arange(n)])
    shape = (len(people) + len(room), n)
    limits = sparse.csr_array((np.ones(2 * n), (rows, columns)), shape=shape)
    longest, shortest = float(pairs.cost.max()), float(pairs.cost.min())
    steps = min(len(people), len(room))
    worth = steps * (longest - shortest) + longest + 1.0
    for method in METHODS:
        found = linprog(
            pairs.cost - worth,
            A_ub=limits,
            b_ub=np.concatenate([people, room]),
            bounds=(0, None),
            method=method,
        )
        if found.status == 0:
            flow: FloatArray = np.where(found.x > NOISE, found.x, 0.0)
            return flow
    msg = (
        f"求解器没有得出经证明的最优分配（{n} 对需求点与设施，状态 {found.status}），"
        "没有给出结果。请检查人口与容量是否有过大的数字，或缩短阈值后重试。"
    )
    raise PlannerError(msg)


def _snapped(amounts: FloatArray, limits: FloatArray) -> FloatArray:
    """Amounts that miss their limit, or pass it, by rounding noise only are at the limit."""
    is_full = (amounts > 0) & (amounts > limits - NOISE)
    return np.where(is_full, limits, amounts)


def _ratio(amounts: FloatArray, whole: FloatArray) -> FloatArray:
    ratio = np.full(len(amounts), math.nan)
    np.divide(amounts, whole, out=ratio, where=whole > 0)
    return ratio


def _flow_table(pairs: Pairs, flow: FloatArray, order: pd.Index[str]) -> pd.DataFrame:
    kept = np.flatnonzero(flow)
    place = order.get_indexer(pairs.demand_ids)[pairs.demand[kept]]
    kept = kept[np.lexsort([pairs.facility[kept], pairs.cost[kept], place])]
    ids, facility_ids = (
        index.to_numpy(dtype=object) for index in (pairs.demand_ids, pairs.facility_ids)
    )
    return pd.DataFrame(
        {
            "from_id": pd.Series(ids[pairs.demand[kept]], dtype=object),
            "to_id": pd.Series(facility_ids[pairs.facility[kept]], dtype=object),
            "people": flow[kept],
            "travel_time_s": pairs.cost[kept],
        }
    )
