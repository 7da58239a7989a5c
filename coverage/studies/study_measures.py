"""The measures of a study, told by group of people and by zone: minutes, choice, capacity.

Nothing here is needed for coverage itself, so it is worked out when it is asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.measure_contracts import (
    ALLOCATION_RESULT,
    CAPACITY_FACILITIES_RESULT,
    CAPACITY_RESULT,
    TRAVEL_TIMES_RESULT,
)
from coverage.measures import (
    cumulative_curve,
    facilities_within,
    gini,
    people_with_at_least,
    weighted_mean,
    weighted_quantiles,
)
from coverage.result_columns import LABEL
from coverage.studies.measured import measured_reading, reading_matrix, readings_by_time
from coverage.studies.study_capacity import CapacityTables, capacity_tables
from coverage.studies.study_trips import StudyTrips

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from coverage.contracts import Contract
    from coverage.impedance import TravelMode
    from coverage.notices import Notice
    from coverage.standards import Reading, Standard
    from coverage.studies.measured import MeasuredReading
    from coverage.studies.study import Assessment

MINUTES: Final = (5, 10, 15, 20, 30, 45, 60)
"""Where the cumulative curve is read for the tables."""

SHARES: Final = tuple(f"share_{minutes}_min" for minutes in MINUTES)
"""Columns of those readings."""

QUANTILES: Final = {"p25_s": 0.25, "p50_s": 0.5, "p75_s": 0.75, "p90_s": 0.9}
"""Columns -> shares of the people who need no more than that."""

CHOICES: Final = (2, 3)
"""Facilities to choose from."""

PEOPLE: Final = ("reached", "within")
"""Columns that count people."""

SPREAD: Final = (
    *PEOPLE,
    "share_within",
    "mean_s",
    *QUANTILES,
    *SHARES,
    "gini",
)
"""What is told of travel times."""

CHOICE: Final = tuple(f"share_{number}_facilities" for number in CHOICES)
"""What is told of the choice within the cutoff."""

SECONDS_PER_MINUTE: Final = 60


@dataclass(frozen=True, eq=False)
class StudyMeasures:
    """
    Measures of every reading by travel time; contracts in `coverage.result_contracts`.

    Parameters
    ----------
    travel_times
        One row per reading, group and zone, the whole study area last (`zone_id` "").
    capacity
        Capacity within reach, one row per reading, kind of capacity, group and zone.
    capacity_facilities
        One row per reading, kind of capacity and facility.
    allocation
        Who is served when capacity runs out, one row per rule, reading, group and zone.
    notices
        What keeps capacities from being counted.
    """

    travel_times: pd.DataFrame
    capacity: pd.DataFrame
    capacity_facilities: pd.DataFrame
    allocation: pd.DataFrame
    notices: tuple[Notice, ...]


def study_measures(
    assessment: Assessment,
    *,
    modes: Mapping[str, TravelMode],
    reading_ids: Collection[str] | None = None,
) -> StudyMeasures:
    """
    Minutes, choice and capacity of the readings by travel time, by group and by zone.

    Parameters
    ----------
    assessment
        From `coverage.assessment.assess`; its travel times are taken as they are.
    modes
        The travel modes it was made with, by id.
    reading_ids
        The readings asked for; all when absent. Those in metres have no travel times.

    Returns
    -------
    measures
        Readings in the order of the assessment.

    Raises
    ------
    PlannerError
        If the people of a demand point or the capacity of a facility are negative or endless.
    """
    travel = StudyTrips(assessment.layers, modes, assessment.uncertainty)
    rules = assessment.layers.capacity_rules
    times: list[pd.DataFrame] = []
    capacity: list[CapacityTables] = []
    for standard, reading in readings_by_time(assessment):
        if reading_ids is None or reading.reading_id in reading_ids:
            measured = measured_reading(assessment, standard, reading)
            matrix = reading_matrix(travel, measured)
            times.append(travel_times(measured, matrix))
            capacity += capacity_tables(measured, matrix, rules=rules)
    told = {notice.message: notice for tables in capacity for notice in tables.notices}
    return StudyMeasures(
        travel_times=_together(times, TRAVEL_TIMES_RESULT),
        capacity=_together([each.zones for each in capacity], CAPACITY_RESULT),
        capacity_facilities=_together(
            [each.facilities for each in capacity], CAPACITY_FACILITIES_RESULT
        ),
        allocation=_together([each.allocation for each in capacity], ALLOCATION_RESULT),
        notices=tuple(told.values()),
    )


def travel_times(measured: MeasuredReading, matrix: pd.DataFrame) -> pd.DataFrame:
    """
    How travel times and choices of one reading are spread over the people.

    Parameters
    ----------
    measured
        What is measured.
    matrix
        Its pairs within the cutoff, from `coverage.studies.measured.reading_matrix`.

    Returns
    -------
    table
        A row per group and zone: `population` (persons known), `population_unknown` (demand
        points), `reached` (persons who can reach a facility at all), `within` (the cutoff),
        `share_within`; `mean_s` and `gini`, of those who reach one; `p25_s` … `p90_s`, of all,
        `inf` where fewer people than that reach one; `share_5_min` … `share_60_min`;
        `share_2_facilities`, `share_3_facilities` within the cutoff. NaN where nobody lives, or
        no facility was given.
    """
    number = facilities_within(
        matrix, demand_ids=measured.demand.index, cutoff=measured.reading.cutoff
    )
    table = measured.by_group_and_zone(
        partial(_spread_and_choice, cutoff=measured.reading.cutoff),
        pd.DataFrame({"times": measured.times, "number": number}),
    )
    if not measured.is_known:
        table[[*SPREAD, *CHOICE]] = math.nan
    table = measured.every_zone(table, sums=list(PEOPLE))
    if not measured.is_known:
        table[list(PEOPLE)] = math.nan
    return table


def travel_time_curves(
    assessment: Assessment, standard: Standard, reading: Reading, *, cutoffs: Sequence[float]
) -> pd.DataFrame:
    """
    Cumulative curves of one reading: the share of people against travel time.

    Parameters
    ----------
    assessment
        From `coverage.assessment.assess`.
    standard, reading
        One of its standards and one of that standard's readings by travel time.
    cutoffs
        Seconds at which the curves are read, inclusive.

    Returns
    -------
    curves
        A row per group, zone (the whole study area with `zone_id` "") and cutoff: `group`,
        `zone_id`, `population`, `population_unknown`, `cutoff`, `people`, `share`.
    """
    measured = measured_reading(assessment, standard, reading)
    return measured.by_group_and_zone(
        partial(_curve, cutoffs=cutoffs), pd.DataFrame({"times": measured.times})
    )


def _curve(
    values: pd.DataFrame, *, weights: pd.Series[float], cutoffs: Sequence[float]
) -> pd.DataFrame:
    return cumulative_curve(values["times"], weights=weights, cutoffs=cutoffs)


def _spread_and_choice(
    values: pd.DataFrame, *, weights: pd.Series[float], cutoff: float
) -> dict[str, float]:
    times = values["times"]
    reaches = np.isfinite(times)
    seconds, people = times[reaches], weights[reaches]
    at = [cutoff, *(float(SECONDS_PER_MINUTE * minutes) for minutes in MINUTES)]
    curve = cumulative_curve(times, weights=weights, cutoffs=at)
    shares = curve["share"].reindex(at).tolist()
    quantiles = weighted_quantiles(times, weights=weights, shares=list(QUANTILES.values()))
    having = people_with_at_least(values["number"], weights=weights, least=CHOICES)
    return {
        "reached": float(people.sum()),
        "within": curve["people"].reindex([cutoff]).iloc[0],
        "share_within": shares[0],
        "mean_s": weighted_mean(seconds, weights=people),
        **dict(zip(QUANTILES, quantiles, strict=True)),
        **dict(zip(SHARES, shares[1:], strict=True)),
        "gini": gini(seconds, weights=people),
        **dict(zip(CHOICE, having["share"], strict=True)),
    }


def _together(tables: Sequence[pd.DataFrame], contract: Contract) -> pd.DataFrame:
    """Tables one below the other, with the columns of a result even where there is no row."""
    given = [table for table in tables if not table.empty]
    names = [column.name for column in contract.columns if column.name != LABEL]
    return pd.concat(given, ignore_index=True) if given else pd.DataFrame(columns=names)
