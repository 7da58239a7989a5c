"""Capacity per head in the catchment of each facility, and what capacity is not known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.notices import Notice
from coverage.people.pairs import known_capacity, known_people, pairs_within

if TYPE_CHECKING:
    from coverage.graph.arcs import Cost

PER_PEOPLE: Final = 1000
"""Plans count beds and doctors per thousand people."""


def capacity_ratios(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    capacity: pd.Series[float],
    cutoff: float = math.inf,
    cost: Cost = "travel_time_s",
) -> pd.DataFrame:
    """
    Capacity per thousand people in the catchment of each facility.

    Each catchment is looked at by itself: people in several catchments count in each, so the
    ratio is what they would have if no other facility helped. `coverage.floating_catchment`
    adds the facilities up.

    Parameters
    ----------
    matrix
        Travel matrix: `from_id` (demand), `to_id` (facility), `cost`.
    demand
        Persons by demand id, of all demand points.
    capacity
        Beds, places or doctors by facility id, of all facilities; 0 serves nobody.
    cutoff
        In the unit of `cost`, inclusive.
    cost
        "travel_time_s" or "distance_m".

    Returns
    -------
    facilities
        Indexed as `capacity`: `capacity`, `people` (persons in the catchment; 0 = reaches
        nobody) and `per_1000_people` (NaN where there is nobody).

    Raises
    ------
    InputError, DemandError, FacilityError, StandardError
        If the matrix is not sound, people or capacity are unknown, or the cutoff makes no
        sense.

    Examples
    --------
    >>> matrix = pd.DataFrame(
    ...     {"from_id": ["a", "b"], "to_id": ["h", "h"], "travel_time_s": [60.0, 90.0]}
    ... )
    >>> people, beds = pd.Series({"a": 300, "b": 700}), pd.Series({"h": 5})
    >>> capacity_ratios(matrix, demand=people, capacity=beds).loc["h"].to_dict()
    {'capacity': 5.0, 'people': 1000.0, 'per_1000_people': 5.0}
    """
    people, beds = known_people(demand), known_capacity(capacity)
    pairs = pairs_within(
        matrix, demand_ids=people.index, facility_ids=beds.index, cutoff=cutoff, cost=cost
    )
    heads = pairs.per_facility(np.asarray(people, dtype=np.float64)[pairs.demand])
    table = pd.DataFrame({"capacity": beds, "people": heads}, index=beds.index)
    ratio = PER_PEOPLE * table["capacity"] / table["people"].where(table["people"] > 0)
    return table.assign(per_1000_people=ratio).reindex(capacity.index)


def best_ratio(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    ratios: pd.Series[float],
    cutoff: float = math.inf,
    cost: Cost = "travel_time_s",
) -> pd.Series[float]:
    """
    The best capacity per thousand people among the catchments that a demand point lies in.

    With `coverage.people.choice.people_with_at_least` it tells how many people live in the
    catchment of a facility that offers, say, five beds per thousand.

    Parameters
    ----------
    matrix, demand, cutoff, cost
        As `capacity_ratios`.
    ratios
        `per_1000_people` of `capacity_ratios`, by facility id.

    Returns
    -------
    best
        Indexed as `demand`; 0 where no facility is in reach. A point where nobody lives may lie
        in the catchment of facilities that reach nobody, which offer nothing: 0.

    Raises
    ------
    InputError, DemandError, FacilityError, StandardError
        As `capacity_ratios`.
    """
    people = known_people(demand)
    pairs = pairs_within(
        matrix, demand_ids=people.index, facility_ids=ratios.index, cutoff=cutoff, cost=cost
    )
    offered = ratios.reindex(pairs.facility_ids).fillna(0).to_numpy(dtype=np.float64)
    best = np.zeros(len(people))
    np.maximum.at(best, pairs.demand, offered[pairs.facility])
    return pd.Series(best, index=people.index, name="per_1000_people").reindex(demand.index)


def capacity_notices(capacity: pd.Series[float], *, title: str) -> list[Notice]:
    """
    What a planner must know of capacities before anything is shared out.

    Parameters
    ----------
    capacity
        By facility id; NaN = unknown.
    title
        What is counted, in Chinese: "床位", "托位" …

    Returns
    -------
    notices
        Codes "capacity_missing" (figures that need it cannot be computed) and
        "capacity_zero" (they can, and such facilities serve nobody).
    """
    found = []
    missing = capacity.index[capacity.isna()]
    if len(missing):
        text = (
            f"{len(missing)} 个设施没有填写{title}，第一个是 {missing[0]!r}；"
            f"需要{title}的指标没有计算，请在设施表中补齐。"
        )
        found.append(Notice("capacity_missing", text, len(missing)))
    nought = capacity.index[capacity == 0]
    if len(nought):
        text = (
            f"{len(nought)} 个设施的{title}为 0，第一个是 {nought[0]!r}；"
            "按不能服务任何人计算，请核实是否漏填。"
        )
        found.append(Notice("capacity_zero", text, len(nought)))
    return found
