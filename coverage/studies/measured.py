"""A reading and all that its measures need: who is asked about, where, how long they travel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pandas as pd

from coverage.catchment import nearest_trips
from coverage.measures import by_group_and_zone, is_counted
from coverage.notices import GROUP_NAMES
from coverage.people.breakdown import WHOLE_AREA
from coverage.requests import TOLERANCE
from coverage.rescue import turnout_of
from coverage.searches.matrix import travel_matrix
from coverage.studies.study import counted_facilities

if TYPE_CHECKING:
    import geopandas as gpd

    from coverage.impedance import TravelMode
    from coverage.people.breakdown import Measure
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment
    from coverage.studies.study_trips import StudyTrips


@dataclass(frozen=True, eq=False)
class MeasuredReading:
    """
    One reading by travel time, as its measures see it.

    Parameters
    ----------
    standard, reading
        What is measured.
    demand
        Every demand point of the study, indexed by `demand_id`.
    zones
        Zone of each demand point that the standard is about; null for the others.
    zone_names
        Name of every zone by `zone_id`.
    times
        Seconds to the nearest facility by `demand_id`; `inf` = cannot be reached.
    facilities
        Those that count, indexed by `facility_id`.
    is_known
        Whether any facility (and station, where there are two legs) was given; else nothing is
        claimed.
    """

    standard: Standard
    reading: Reading
    demand: pd.DataFrame
    zones: pd.Series[str]
    zone_names: pd.Series[str]
    times: pd.Series[float]
    facilities: gpd.GeoDataFrame
    is_known: bool

    @property
    def groups(self) -> pd.DataFrame:
        """Persons of every group of people that the demand table tells, a column each."""
        return self.demand[[name for name in GROUP_NAMES if name in self.demand.columns]]

    def by_group_and_zone(
        self, measure: Measure, values: pd.DataFrame, *, groups: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """
        A measure told by group and zone (`coverage.people.breakdown.by_group_and_zone`).

        Parameters
        ----------
        measure
            Called as `measure(values, weights=people)`.
        values
            Shape (d, v), in the order of the demand; what belongs together is told together, since
            cutting the rows of every zone takes longer than measuring them.
        groups
            Persons by group; all groups when absent.
        """
        given = self.groups if groups is None else groups
        return by_group_and_zone(
            measure,
            cast("pd.Series[float]", values.reset_index(drop=True)),  # rows are cut alike
            groups=given.reset_index(drop=True),
            zones=self.zones.astype(object).reset_index(drop=True),
        )

    def every_zone(self, table: pd.DataFrame, *, sums: list[str]) -> pd.DataFrame:
        """
        A table by group and zone with a row for every zone, then the whole study area.

        Parameters
        ----------
        table
            From `coverage.people.breakdown.by_group_and_zone`, any number of groups.
        sums
            Columns that count people: 0 in a zone without demand points, NaN where there are
            some and nobody knows how many live there.

        Returns
        -------
        table
            `zone_id`, `zone_name` and the names of standard and reading first; zones sorted,
            the whole study area with `zone_id` "" last.
        """
        zone_ids = [*sorted(self.zone_names.index), WHOLE_AREA]
        place = pd.MultiIndex.from_product([table["group"].unique(), zone_ids])
        place = place.set_names(["group", "zone_id"])
        full = table.set_index(["group", "zone_id"]).reindex(place).reset_index()
        villages = self.zones.value_counts()
        villages[WHOLE_AREA] = villages.sum()
        full["population_unknown"] = full["population_unknown"].fillna(0).astype(int)
        count = full["zone_id"].map(villages).fillna(0)
        people = ["population", *sums]
        full[people] = full[people].where(count > 0, 0.0)
        nobody_known = (count > 0) & (full["population_unknown"] == count)
        full.loc[nobody_known, people] = math.nan
        full.insert(1, "group_name", full["group"].map(GROUP_NAMES))
        names = {**self.zone_names.to_dict(), WHOLE_AREA: "全域"}
        full.insert(0, "zone_name", full["zone_id"].map(names))
        full.insert(0, "zone_id", full.pop("zone_id"))
        full.insert(2, "standard_id", self.standard.standard_id)
        full.insert(3, "reading_id", self.reading.reading_id)
        return full


def readings_by_time(assessment: Assessment) -> list[tuple[Standard, Reading]]:
    """
    The readings of an assessment that are about minutes; those in metres have no travel times.

    Parameters
    ----------
    assessment
        From `coverage.assessment.assess`.

    Returns
    -------
    readings
        In order, each with its standard.
    """
    return [
        (standard, reading)
        for standard in assessment.standards
        for reading in standard.readings
        if reading.measure == "travel_time"
    ]


def measured_reading(
    assessment: Assessment, standard: Standard, reading: Reading
) -> MeasuredReading:
    """
    What the measures of one reading need, from its assessment.

    Parameters
    ----------
    assessment
        From `coverage.assessment.assess`.
    standard, reading
        One of its standards and one of that standard's readings by travel time.
    """
    layers, demand = assessment.layers, assessment.demand
    facilities = counted_facilities(layers, standard, standard.kinds)
    stations = counted_facilities(layers, standard, reading.station_kinds)
    return MeasuredReading(
        standard=standard,
        reading=reading,
        demand=pd.DataFrame(layers.demand.drop(columns=layers.demand.geometry.name)),
        zones=demand["zone_id"].where(is_counted(demand, standard), None),
        zone_names=layers.zones["zone_name"],
        times=demand[f"{reading.reading_id}_travel_time_s"].astype(float),
        facilities=facilities,
        is_known=not facilities.empty and not (reading.station_kinds and stations.empty),
    )


def reading_matrix(travel: StudyTrips, measured: MeasuredReading) -> pd.DataFrame:
    """
    Travel time of every pair of demand point and facility within a reading's cutoff.

    Parameters
    ----------
    travel
        The study's networks.
    measured
        What is measured.

    Returns
    -------
    matrix
        `from_id` (demand), `to_id` (facility), `travel_time_s`: by the quickest of the modes;
        in two legs turn-out, the way to the patient and the way to the hospital together.
    """
    standard, reading = measured.standard, measured.reading
    parts = [
        _two_legs(travel, measured, mode)
        if reading.station_kinds
        else travel_matrix(
            travel.network(mode),
            travel.layers.demand,
            measured.facilities,
            cutoff_s=reading.cutoff,
            direction=standard.direction,
            demand_snaps=travel.snaps(mode),
        )
        for mode in travel.single_modes(standard, reading)
    ]
    pairs = pd.concat(parts, ignore_index=True)[["from_id", "to_id", "travel_time_s"]]
    if len(parts) == 1:
        return pairs
    order = pairs.sort_values("travel_time_s", kind="stable")
    return order.drop_duplicates(["from_id", "to_id"]).reset_index(drop=True)


def _two_legs(travel: StudyTrips, measured: MeasuredReading, mode: TravelMode) -> pd.DataFrame:
    """The patient stands still: the least response, then the way to each hospital."""
    network, demand = travel.network(mode), travel.layers.demand
    reading = measured.reading
    stations = counted_facilities(travel.layers, measured.standard, reading.station_kinds)
    response = nearest_trips(
        network,
        demand,
        stations,
        direction="from_facility",
        start_s=turnout_of(stations, default_s=reading.turnout_s),
        demand_snaps=travel.snaps(mode),
    )
    pairs = travel_matrix(
        network,
        demand,
        measured.facilities,
        cutoff_s=reading.cutoff,
        direction="to_facility",
        demand_snaps=travel.snaps(mode),
    )
    total = pairs["travel_time_s"] + pairs["from_id"].map(response["travel_time_s"]).astype(float)
    within = total <= reading.cutoff + TOLERANCE
    return pairs.assign(travel_time_s=total)[within]
