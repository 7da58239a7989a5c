"""Choice of facilities: how far the second and third nearest are, and how many are in reach."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coverage.errors import StandardError
from coverage.people.pairs import pairs_within
from coverage.people.weighted import weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.graph.arcs import Cost

ROUNDING: Final = 1e-9
"""Part of a least value by which it may be missed: rounding noise."""


def nearest_k(
    matrix: pd.DataFrame,
    *,
    demand_ids: pd.Index[Any],
    k: int,
    cost: Cost = "travel_time_s",
) -> pd.DataFrame:
    """
    Travel time to the nearest facility, the second nearest, and so on to the k-th.

    Parameters
    ----------
    matrix
        Travel matrix: `from_id` (demand), `to_id` (facility), `cost`.
    demand_ids
        Ids of all demand points, those without a row in the matrix too.
    k
        How many, >= 1.
    cost
        "travel_time_s" or "distance_m".

    Returns
    -------
    nearest
        Shape (n, k), indexed as `demand_ids`, columns 1 to k, in the unit of `cost`; `inf`
        where the matrix holds fewer facilities: not reached within its cutoff. Facilities at
        one place are several facilities.

    Raises
    ------
    InputError
        If the matrix is not sound (`coverage.people.pairs.pairs_within`).
    StandardError
        If k is no whole number of at least 1.

    Examples
    --------
    >>> matrix = pd.DataFrame(
    ...     {"from_id": ["v", "v"], "to_id": ["a", "b"], "travel_time_s": [90.0, 60.0]}
    ... )
    >>> nearest_k(matrix, demand_ids=pd.Index(["v"]), k=3).loc["v"].to_dict()
    {1: 60.0, 2: 90.0, 3: inf}
    """
    if k < 1 or k != int(k):
        msg = f"可选设施的个数应为不小于 1 的整数，现为 {k}。"
        raise StandardError(msg)
    pairs = pairs_within(matrix, demand_ids=demand_ids, cost=cost)
    order = np.lexsort([pairs.cost, pairs.demand])
    demand, costs = pairs.demand[order], pairs.cost[order]
    rank = np.arange(len(demand)) - np.searchsorted(demand, demand)
    times = np.full((len(demand_ids), int(k)), math.inf)
    kept = rank < k
    times[demand[kept], rank[kept]] = costs[kept]
    table = pd.DataFrame(times, index=pairs.demand_ids, columns=range(1, int(k) + 1))
    return table.reindex(demand_ids)


def facilities_within(
    matrix: pd.DataFrame,
    *,
    demand_ids: pd.Index[Any],
    cutoff: float = math.inf,
    cost: Cost = "travel_time_s",
) -> pd.Series[int]:
    """
    Number of facilities that each demand point reaches within a cutoff.

    Parameters
    ----------
    matrix, demand_ids, cost
        As `nearest_k`.
    cutoff
        In the unit of `cost`, inclusive; at most that of the matrix, which knows of no more.

    Returns
    -------
    facilities
        Indexed as `demand_ids`; 0 where none is reached.

    Raises
    ------
    InputError, StandardError
        If the matrix is not sound or the cutoff makes no sense.
    """
    pairs = pairs_within(matrix, demand_ids=demand_ids, cutoff=cutoff, cost=cost)
    number = np.bincount(pairs.demand, minlength=len(pairs.demand_ids))
    return pd.Series(number, index=pairs.demand_ids, name="facilities").reindex(demand_ids)


def people_with_at_least(
    values: pd.Series[float],
    *,
    weights: pd.Series[float] | None = None,
    least: Sequence[float] = (1, 2, 3),
) -> pd.DataFrame:
    """
    People who have at least so much: of facilities to choose from, or of beds per head.

    Parameters
    ----------
    values
        Shape (n,), >= 0, e.g. from `facilities_within`.
    weights
        Shape (n,), persons, >= 0, matched by index; None weighs every point alike.
    least
        The amounts asked for, inclusive, in the unit of `values`.

    Returns
    -------
    people
        Indexed by `at_least`, as given: `people` (persons) and `share` (in [0, 1]; NaN where
        nobody lives).

    Raises
    ------
    DemandError
        If a value is null or negative or a weight is null, negative or infinite.

    Examples
    --------
    >>> number = pd.Series([0, 1, 3], index=["a", "b", "c"])
    >>> people = pd.Series([10, 20, 70], index=["a", "b", "c"])
    >>> people_with_at_least(number, weights=people)["share"].to_dict()
    {1: 0.9, 2: 0.7, 3: 0.7}
    """
    amounts, people = weigh(values, weights, allow_inf=True)
    having = [float(people[amounts >= amount - ROUNDING * abs(amount)].sum()) for amount in least]
    whole = float(people.sum()) or math.nan
    table = pd.DataFrame({"people": having}, index=pd.Index(least, name="at_least"), dtype=float)
    return table.assign(share=table["people"] / whole)
