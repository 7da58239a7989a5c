"""What goes into an assessment and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import geopandas as gpd
    import pandas as pd

    from coverage.error_band import Uncertainty
    from coverage.notices import Notice
    from coverage.roads import Roads
    from coverage.standards import Reading, Standard


@dataclass(frozen=True)
class CapacityRule:
    """
    How many persons one unit of capacity serves: an assumption of the planner's, never ours.

    Parameters
    ----------
    standard_id
        The standard whose facilities it is about.
    column
        Column of the facilities: "capacity_beds" (beds) or "area_m2" (square metres).
    persons_per_unit
        Persons that one bed or one square metre serves, > 0.
    source
        Where the number comes from, in Chinese.
    """

    standard_id: str
    column: str
    persons_per_unit: float
    source: str


@dataclass(frozen=True, eq=False)
class Layers:
    """
    Everything that is assessed, checked and in one projected CRS.

    Parameters
    ----------
    name
        Name of the project, shown on every screen and export.
    label
        Chinese sentence that must stand on every screen and export ("合成数据 …"); "" if none.
    zones
        Contract `ZONES`, polygons.
    demand
        Contract `DEMAND` with `zone_id`, points.
    facilities
        Contract `FACILITIES`, points.
    roads
        The street network with its buffer around the study area.
    notices
        What reading the files brought to light.
    rows_read
        "demand" and "facilities" -> rows of the files they were read from, or features kept
        from OpenStreetMap; without entry where that is not known.
    capacity_rules
        How many persons a unit of capacity serves, for the standards where the planner says so.
    """

    name: str
    label: str
    zones: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    roads: Roads
    notices: tuple[Notice, ...] = ()
    rows_read: Mapping[str, int] = field(default_factory=dict)
    capacity_rules: tuple[CapacityRule, ...] = ()


@dataclass(frozen=True, eq=False)
class Assessment:
    """
    Result of an assessment; tables follow the contracts in `coverage.result_contracts`.

    Parameters
    ----------
    layers
        What was assessed.
    standards
        The standards applied, in order.
    demand
        One row per demand point, indexed by `demand_id`: its own columns, and for each reading
        the columns `{reading_id}_facility_id` (None where no facility can be reached),
        `_travel_time_s` and `_distance_m` (to the nearest facility, also beyond the cutoff;
        `inf` where none can be reached at all; no travel time by straight line), `_access_m`
        (off the road, both ends), `_demand_access_m`, `_facility_access_m`, `_access_s`,
        `_mode_id` (the mode that was faster), `_covered` (bool), `_slow` and `_fast` (seconds
        or metres, as the cutoff, where speeds and roads are worse or better than assumed),
        `_verdict` ("covered" or "uncovered" also at the slow and the fast pace, else
        "uncertain"). Readings in two legs have `_station_id`, `_turnout_s`, `_response_s`,
        `_transport_s` and `_station_access_m` too, and their travel time is the total.
    zones
        One row per zone and reading, then one per reading for the whole study area with
        `zone_id` "": `zone_id`, `zone_name`, `standard_id`, `reading_id`, `population`,
        `covered`, `share`, `villages`, `villages_covered`, `village_share`,
        `population_unknown` (villages), `target`, `gap`, and the error band: `covered_low`,
        `share_low`, `villages_low`, `covered_high`, `share_high`, `villages_high`. Where no
        facility of a reading is given, all that is said of who is covered is missing, of people
        as of demand points; whole numbers are then nullable ones.
    facilities
        One row per facility, indexed by `facility_id`: its own columns, `access_m`, and per
        reading of standards that count its kind `{reading_id}_villages`,
        `{reading_id}_population` (people of the standard's group for whom it is the nearest and
        within the cutoff; NaN where none of them is known).
    gaps
        Uncovered demand points, one row per point and reading: `demand_id`, `demand_name`,
        `standard_id`, `reading_id`, `population`, `zone_id`, `facility_id`, `travel_time_s`,
        `distance_m`, geometry.
    service_areas
        One row per facility and reading: `facility_id`, `standard_id`, `reading_id`, `cutoff`,
        geometry. Empty where they were not asked for.
    covered_areas
        One row per reading, indexed by `reading_id`: the ground within the cutoff of any
        counted facility, for maps.
    area_checks
        One row per reading that is no straight line: how many demand points are within the
        cutoff, inside the drawn ground, and of which the two disagree
        (`coverage.areas.area_check`).
    area_disagreements
        One row per such point and reading, with its reason.
    access_checks
        One row per point, mode and issue: demand and facilities whose way to the road is
        doubtful (`coverage.access.access_checks`).
    road_parts
        One row per mode and part of its roads that is cut off from the rest
        (`coverage.access.road_parts`), with `mode_id` and `part`.
    uncertainty
        What the error band was made with.
    notices
        Everything the planner must know, the layers' notices included.
    """

    layers: Layers
    standards: tuple[Standard, ...]
    demand: gpd.GeoDataFrame
    zones: pd.DataFrame
    facilities: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame
    service_areas: gpd.GeoDataFrame
    covered_areas: gpd.GeoDataFrame
    area_checks: pd.DataFrame
    area_disagreements: pd.DataFrame
    access_checks: pd.DataFrame
    road_parts: pd.DataFrame
    uncertainty: Uncertainty
    notices: tuple[Notice, ...] = field(default=())


def measured_readings(layers: Layers, standard: Standard) -> tuple[Reading, ...]:
    """
    The readings of a standard for which facilities count, and stations where it has two legs.

    Parameters
    ----------
    layers
        What was assessed.
    standard
        One of its standards.

    Returns
    -------
    readings
        In the order of the standard; the others claim nothing.
    """

    def some_count(kinds: Collection[str]) -> bool:
        return not counted_facilities(layers, standard, kinds).empty

    if not some_count(standard.kinds):
        return ()
    return tuple(
        reading
        for reading in standard.readings
        if not reading.station_kinds or some_count(reading.station_kinds)
    )


def counted_facilities(
    layers: Layers, standard: Standard, kinds: Collection[str]
) -> gpd.GeoDataFrame:
    """
    The facilities of some kinds that may serve by a standard.

    Parameters
    ----------
    layers
        What is assessed.
    standard
        It says whether facilities outside the study area may serve.
    kinds
        Codes of the kinds: the standard's own, or the stations of one of its readings.

    Returns
    -------
    facilities
        Rows of the facilities, in their order.
    """
    facilities = layers.facilities
    wanted = facilities["kind"].isin(kinds).to_numpy()
    if not standard.cross_border:
        inside = facilities.sindex.query(layers.zones.geometry, predicate="intersects")[1]
        wanted = wanted & np.isin(np.arange(len(facilities)), inside)
    return facilities[wanted]
