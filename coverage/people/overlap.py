"""Overlap of catchments: who lies in none, in one, in several, and which two share people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from coverage.people.pairs import known_people, pairs_within
from coverage.people.weighted import weigh

if TYPE_CHECKING:
    from coverage.graph.arcs import Cost


def people_by_overlap(
    values: pd.Series[int], *, weights: pd.Series[float] | None = None
) -> pd.DataFrame:
    """
    People who lie in the catchments of no facility, of one, of two, and so on.

    Parameters
    ----------
    values
        Shape (n,), number of facilities within the cutoff of each demand point, from
        `coverage.people.choice.facilities_within`.
    weights
        Shape (n,), persons, >= 0, matched by index; None weighs every point alike.

    Returns
    -------
    people
        Indexed by `facilities` from 0 to the largest number, without gaps: `people` (persons;
        their sum is everybody) and `share` (in [0, 1]; NaN where nobody lives).

    Raises
    ------
    DemandError
        If a number is null, negative or infinite or a weight is null, negative or infinite.

    Examples
    --------
    >>> number = pd.Series([0, 2, 2], index=["a", "b", "c"])
    >>> people = pd.Series([10, 20, 70], index=["a", "b", "c"])
    >>> people_by_overlap(number, weights=people)["people"].to_dict()
    {0: 10.0, 1: 0.0, 2: 90.0}
    """
    amounts, people = weigh(values, weights, allow_inf=False)
    number = amounts.astype(np.int64)
    sums = np.bincount(number, people, minlength=1)
    whole = float(people.sum()) or math.nan
    index = pd.RangeIndex(len(sums), name="facilities")
    return pd.DataFrame({"people": sums, "share": sums / whole}, index=index)


def shared_people(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float = math.inf,
    cost: Cost = "travel_time_s",
) -> pd.DataFrame:
    """
    People who lie in the catchments of two facilities at once, for every two that share any.

    Parameters
    ----------
    matrix
        Travel matrix: `from_id` (demand), `to_id` (facility), `cost`.
    demand
        Persons by demand id, of all demand points.
    cutoff
        In the unit of `cost`, inclusive.
    cost
        "travel_time_s" or "distance_m".

    Returns
    -------
    shared
        One row per two facilities with people in common, sorted: `facility_id`, `other_id`
        (the larger id), `people` (persons in both), `share` and `other_share` (of the people
        in each one's catchment, in (0, 1]).

    Raises
    ------
    InputError, DemandError, StandardError
        If the matrix is not sound, people are unknown or the cutoff makes no sense.
    """
    people = known_people(demand)
    pairs = pairs_within(matrix, demand_ids=people.index, cutoff=cutoff, cost=cost)
    weights = np.asarray(people, dtype=np.float64)[pairs.demand]
    shape = (len(people), len(pairs.facility_ids))
    reach = sparse.csr_array((np.ones(len(weights)), (pairs.demand, pairs.facility)), shape=shape)
    heads = sparse.csr_array((weights, (pairs.demand, pairs.facility)), shape=shape)
    both = sparse.triu(reach.T @ heads, k=1).tocsr()
    both.eliminate_zeros()
    both.sort_indices()
    rows, columns = both.nonzero()
    whole = pairs.per_facility(weights)
    ids = pairs.facility_ids.to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "facility_id": pd.Series(ids[rows], dtype=object),
            "other_id": pd.Series(ids[columns], dtype=object),
            "people": both.data,
            "share": both.data / whole[rows],
            "other_share": both.data / whole[columns],
        }
    )
