"""Capacity of a reading's facilities: per head in each catchment, within reach, and allotted.

A capacity that nobody stated is not invented: what needs it stays empty and says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.allocation import allocate, served_by_zone
from coverage.contracts import FACILITIES
from coverage.errors import PlannerError
from coverage.floating_catchment import two_step_floating_catchment
from coverage.measures import (
    capacity_notices,
    capacity_ratios,
    gini,
    weighted_mean,
)
from coverage.notices import Notice
from coverage.people.capacity_ratio import PER_PEOPLE
from coverage.people.decay import gaussian_decay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coverage.allocation import Allocation
    from coverage.people.decay import Decay
    from coverage.studies.measured import MeasuredReading
    from coverage.studies.study import CapacityRule

CAPACITY_COLUMNS: Final = ("capacity_beds", "area_m2")
"""Columns of the facilities that say how much they offer."""

METHODS: Final[Mapping[str, Callable[[float], Decay | None]]] = {
    "2sfca": lambda _: None,
    "e2sfca": gaussian_decay,
}
"""Method -> how much a facility counts the farther it is, given the cutoff."""

ACCESS: Final = tuple(f"{what}_{method}" for method in METHODS for what in ("per_1000", "gini"))
"""What is told of capacity within reach."""

SERVED: Final = ("served", "unserved", "out_of_reach")
"""The three parts that people fall into when capacity runs out."""

TOLD: Final = ("served_share", "travel_time_s")
"""What is told of an allocation beside them."""


@dataclass(frozen=True, eq=False)
class CapacityTables:
    """
    One kind of capacity of one reading.

    Parameters
    ----------
    zones
        One row per group and zone: `per_1000_2sfca` and `per_1000_e2sfca` (mean capacity within
        reach per thousand people), their `gini_…` over the people, and `note`.
    facilities
        One row per counted facility: `capacity` (NaN = not stated), `people` in its catchment,
        `per_1000_people`; by a rule also `places` and `load` (persons) and `load_share`.
    allocation
        One row per group and zone by a rule: `served`, `unserved` (within reach, but what could
        take them is full), `out_of_reach` (persons), `served_share`, `travel_time_s` (mean of
        those served), and `note`; empty without a rule.
    notices
        What keeps it from being counted.
    """

    zones: pd.DataFrame
    facilities: pd.DataFrame
    allocation: pd.DataFrame
    notices: tuple[Notice, ...]


def capacity_title(column: str) -> str:
    """Chinese name of a kind of capacity: "床位", "面积"."""
    known = FACILITIES.column(column)
    return column if known is None else known.title


def capacity_unit(column: str) -> str:
    """Its unit: "张", "平方米"."""
    known = FACILITIES.column(column)
    return "" if known is None else known.unit


def capacity_tables(
    measured: MeasuredReading, matrix: pd.DataFrame, *, rules: Sequence[CapacityRule]
) -> list[CapacityTables]:
    """
    Capacity of every kind that any facility of a reading states, or that a rule asks for.

    Everybody in the study competes for capacity, also those whom the standard is not about;
    only the latter are told. Where the population of a demand point is unknown it cannot
    compete, and is counted as unknown.

    Parameters
    ----------
    measured
        What is measured.
    matrix
        Its pairs within the cutoff, from `coverage.studies.measured.reading_matrix`.
    rules
        How many persons a unit of capacity serves; those of other standards are left alone.

    Returns
    -------
    tables
        One for each kind of capacity; none where no facility counts or nothing is known of the
        people that the standard is about.

    Raises
    ------
    PlannerError
        If people or capacities are negative or endless.
    """
    standard = measured.standard
    if not measured.is_known or standard.demand_group not in measured.demand.columns:
        return []
    own = {rule.column: rule for rule in rules if rule.standard_id == standard.standard_id}
    found = []
    for column in CAPACITY_COLUMNS:
        capacity = measured.facilities.get(
            column, pd.Series(math.nan, index=measured.facilities.index)
        ).astype(float)
        if capacity.notna().any() or column in own:
            found.append(_tables(measured, matrix, column, capacity, own.get(column)))
    return found


def _tables(
    measured: MeasuredReading,
    matrix: pd.DataFrame,
    column: str,
    capacity: pd.Series[float],
    rule: CapacityRule | None,
) -> CapacityTables:
    title = capacity_title(column)
    notices = [
        replace(notice, message=f"「{measured.standard.name}」{notice.message}")
        for notice in capacity_notices(capacity, title=title)
    ]
    missing = int(capacity.isna().sum())
    note = f"{missing} 个设施没有填写{title}，没有计算" if missing else None
    facilities = _by_facility(measured, matrix, capacity)
    zones = _within_reach(measured, matrix, None if missing else capacity).assign(note=note)
    allocation = pd.DataFrame()
    if rule is not None:
        allotted: Allocation | None = None
        if not missing:
            try:
                allotted = allocate(
                    matrix, demand=_competing(measured), capacity=capacity * rule.persons_per_unit
                )
            except PlannerError as error:
                note = str(error)
                text = f"「{measured.standard.name}·{measured.reading.name}」{note}"
                notices.append(Notice("allocation_failed", text))
        allocation = _allotted(measured, allotted).assign(
            note=note, persons_per_unit=rule.persons_per_unit, source=rule.source
        )
        facilities = _with_load(facilities, allotted, rule)
    names = {
        "capacity_column": column,
        "capacity_name": title,
        "capacity_unit": capacity_unit(column),
    }
    return CapacityTables(
        zones.assign(**names),
        facilities.assign(**names),
        allocation.assign(**names),
        tuple(notices),
    )


def _competing(measured: MeasuredReading) -> pd.Series[float]:
    """Persons who take up capacity; a demand point of unknown population takes up none."""
    return measured.demand[measured.standard.demand_group].astype(float).fillna(0.0)


def _told_groups(measured: MeasuredReading) -> pd.DataFrame:
    """What serves all is told for every group; what serves one group for that one alone."""
    group = measured.standard.demand_group
    return measured.groups if group == "population" else measured.demand[[group]]


def _by_facility(
    measured: MeasuredReading, matrix: pd.DataFrame, capacity: pd.Series[float]
) -> pd.DataFrame:
    """People in each catchment, and capacity per head where it is stated."""
    ratios = capacity_ratios(
        matrix,
        demand=_competing(measured),
        capacity=capacity.fillna(0.0),
        cutoff=measured.reading.cutoff,
    )
    stated = capacity.notna()
    table = ratios.assign(
        capacity=capacity,
        per_1000_people=ratios["per_1000_people"].where(stated),
        facility_name=measured.facilities["facility_name"],
        kind=measured.facilities["kind"],
        standard_id=measured.standard.standard_id,
        reading_id=measured.reading.reading_id,
        persons_per_unit=math.nan,
        places=math.nan,
        load=math.nan,
        load_share=math.nan,
    )
    return table.rename_axis("facility_id").reset_index()


def _with_load(
    facilities: pd.DataFrame, allotted: Allocation | None, rule: CapacityRule
) -> pd.DataFrame:
    told = facilities.assign(
        persons_per_unit=rule.persons_per_unit,
        places=facilities["capacity"] * rule.persons_per_unit,
    )
    if allotted is None:
        return told
    loads = allotted.facilities.loc[told["facility_id"]]
    return told.assign(load=loads["load"].to_numpy(), load_share=loads["load_share"].to_numpy())


def _within_reach(
    measured: MeasuredReading, matrix: pd.DataFrame, capacity: pd.Series[float] | None
) -> pd.DataFrame:
    """2SFCA and E2SFCA by group and zone; empty figures where a capacity is not stated."""
    cutoff = measured.reading.cutoff
    demand = _competing(measured)
    access = pd.DataFrame(0.0, index=demand.index, columns=list(METHODS))
    if capacity is not None:
        for method, decay in METHODS.items():
            access[method] = PER_PEOPLE * two_step_floating_catchment(
                matrix, demand=demand, supply=capacity, cutoff=cutoff, decay=decay(cutoff)
            )
    table = measured.by_group_and_zone(_mean_and_gini, access, groups=_told_groups(measured))
    if capacity is None:
        table[list(ACCESS)] = math.nan
    return measured.every_zone(table, sums=[])


def _mean_and_gini(access: pd.DataFrame, *, weights: pd.Series[float]) -> dict[str, float]:
    row = {}
    for method in METHODS:
        row[f"per_1000_{method}"] = weighted_mean(access[method], weights=weights)
        row[f"gini_{method}"] = gini(access[method], weights=weights)
    return row


def _allotted(measured: MeasuredReading, allotted: Allocation | None) -> pd.DataFrame:
    """Who is served, by group and zone; empty figures where nothing could be allotted."""
    tables = []
    groups = _told_groups(measured)
    for group in groups.columns:
        if allotted is None:
            table = measured.by_group_and_zone(
                lambda _, **__: math.nan, measured.demand[[]], groups=groups[[group]]
            ).drop(columns="value")
            table = table.assign(**dict.fromkeys([*SERVED, *TOLD], math.nan))
        else:
            table = served_by_zone(allotted, zones=measured.zones, group=groups[group])
            table["group"] = group
        tables.append(table)
    full = measured.every_zone(pd.concat(tables, ignore_index=True), sums=list(SERVED))
    if allotted is None:
        full[list(SERVED)] = np.nan
    return full
