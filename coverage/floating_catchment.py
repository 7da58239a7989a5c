"""Floating catchments: capacity per person within reach, when all within reach compete for it.

Step one divides each facility's capacity among the people of its catchment; step two adds up,
for each demand point, what the facilities within its reach offer. No capacity is made or lost:
the sum of people times access is the capacity of the facilities that reach anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.people.decay import decay_weights
from coverage.people.pairs import known_capacity, known_people, pairs_within

if TYPE_CHECKING:
    from coverage.graph.arcs import Cost, FloatArray
    from coverage.people.decay import Decay
    from coverage.people.pairs import Pairs


def two_step_floating_catchment(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    supply: pd.Series[float],
    cutoff: float,
    decay: Decay | None = None,
    cost: Cost = "travel_time_s",
) -> pd.Series[float]:
    """
    Capacity per person within reach: 2SFCA, and with a decay E2SFCA.

    R_j = S_j / sum_i P_i W_ij over the demand points i that reach facility j within the
    cutoff, and A_i = sum_j R_j W_ij over the facilities j that i reaches, with W = 1 (2SFCA)
    or W = decay(cost) (E2SFCA).

    Parameters
    ----------
    matrix
        Travel matrix: `from_id` (demand), `to_id` (facility), `cost`.
    demand
        Persons by demand id, of all demand points; those without a row reach nothing.
    supply
        Beds, places or doctors by facility id, of all facilities. One of 0 serves nobody.
    cutoff
        In the unit of `cost`, inclusive.
    decay
        Costs, shape (p,), in the unit of `cost` -> weights >= 0, shape (p,), from
        `coverage.people.decay` or one's own. None: 1 within the cutoff.
    cost
        "travel_time_s" or "distance_m".

    Returns
    -------
    access
        Capacity per person (times 1,000 for beds per thousand people), indexed as `demand`; 0
        where nothing is reached. A point where nobody lives has a figure too: what a person
        there would have. A facility that reaches nobody, or only points where nobody lives,
        adds nothing. sum(demand * access) is the supply of all the others.

    Raises
    ------
    InputError
        If the matrix is not sound (`coverage.people.pairs.pairs_within`).
    DemandError
        If the people of a demand point are unknown, negative or infinite.
    FacilityError
        If a capacity is missing, negative or infinite.
    StandardError
        If the cutoff is negative or NaN or the decay gives no weights.

    References
    ----------
    Luo, W., Wang, F. (2003). Measures of spatial accessibility to health care in a GIS
    environment. Environment and Planning B 30, 865-884.
    Luo, W., Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for
    measuring spatial accessibility to primary care physicians. Health & Place 15, 1100-1107.

    Examples
    --------
    Hospital h has 10 beds for 100 + 100 people, hospital k has 10 for the 100 of b alone.

    >>> matrix = pd.DataFrame({
    ...     "from_id": ["a", "b", "b"],
    ...     "to_id": ["h", "h", "k"],
    ...     "travel_time_s": [300.0, 900.0, 300.0],
    ... })
    >>> people, beds = pd.Series({"a": 100, "b": 100}), pd.Series({"h": 10, "k": 10})
    >>> access = two_step_floating_catchment(matrix, demand=people, supply=beds, cutoff=900)
    >>> access.round(3).to_dict()
    {'a': 0.05, 'b': 0.15}
    """
    people, capacity = known_people(demand), known_capacity(supply)
    pairs = pairs_within(
        matrix, demand_ids=people.index, facility_ids=capacity.index, cutoff=cutoff, cost=cost
    )
    weights = decay_weights(decay, pairs.cost)
    return _access(pairs, weights, people, capacity).reindex(demand.index)


def three_step_floating_catchment(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    supply: pd.Series[float],
    cutoff: float,
    decay: Decay,
    selection: Decay | None = None,
    cost: Cost = "travel_time_s",
) -> pd.Series[float]:
    """
    As `two_step_floating_catchment`, where people divide themselves among the facilities.

    In the two-step methods a person in reach of five facilities competes at all five as if
    there were no other, which makes demand too large. The first of the three steps gives
    facility j the share G_ij = T_ij / sum_k T_ik of the people of i; then
    R_j = S_j / sum_i G_ij W_ij P_i and A_i = sum_j G_ij W_ij R_j.

    Parameters
    ----------
    matrix, demand, supply, cutoff, cost
        As `two_step_floating_catchment`.
    decay
        Costs -> W, the weights of the second and third step.
    selection
        Costs -> T, the weights that people choose by, over the facilities within the cutoff.
        The same as `decay` when absent, as in the source.

    Returns
    -------
    access
        As `two_step_floating_catchment`; sum(demand * access) is conserved alike.

    Raises
    ------
    InputError, DemandError, FacilityError, StandardError
        As `two_step_floating_catchment`.

    References
    ----------
    Wan, N., Zou, B., Sternberg, T. (2012). A three-step floating catchment area method for
    analyzing spatial access to health services. International Journal of Geographical
    Information Science 26, 1073-1089.
    """
    people, capacity = known_people(demand), known_capacity(supply)
    pairs = pairs_within(
        matrix, demand_ids=people.index, facility_ids=capacity.index, cutoff=cutoff, cost=cost
    )
    weights = decay_weights(decay, pairs.cost)
    chosen = weights if selection is None else decay_weights(selection, pairs.cost)
    shares = _ratio(chosen, pairs.per_demand(chosen)[pairs.demand])
    return _access(pairs, shares * weights, people, capacity).reindex(demand.index)


def _access(
    pairs: Pairs, weights: FloatArray, people: pd.Series[float], capacity: pd.Series[float]
) -> pd.Series[float]:
    """Both steps: capacity over weighted people, then the weighted sum of what is offered."""
    heads = pairs.per_facility(weights * np.asarray(people, dtype=np.float64)[pairs.demand])
    # One person's part of a facility first: weights may be tiny, their ratio is not.
    part = _ratio(weights, heads[pairs.facility])
    access = pairs.per_demand(part * np.asarray(capacity, dtype=np.float64)[pairs.facility])
    return pd.Series(access, index=people.index, name="access")


def _ratio(amounts: FloatArray, whole: FloatArray) -> FloatArray:
    """Amounts over the whole; 0 where there is nothing to divide by."""
    return np.divide(amounts, whole, out=np.zeros_like(amounts), where=whole > 0)
