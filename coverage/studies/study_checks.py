"""What the roads of a study leave in doubt: ways to the road, and parts that are cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from coverage.access.access_checks import CHECK_COLUMNS, access_checks
from coverage.access.road_parts import PART_COLUMNS, road_parts
from coverage.areas.area_check import AreaCheck, check_covered_area

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    import shapely

    from coverage.impedance import TravelMode
    from coverage.snapping import Snaps
    from coverage.standards import Reading, Standard
    from coverage.studies.study_trips import StudyTrips


def all_access_checks(travel: StudyTrips, standards: Sequence[Standard]) -> pd.DataFrame:
    """
    Doubtful ways to the road, of the demand inside and of the facilities that some mode reaches.

    Parameters
    ----------
    travel
        The study's networks, after its readings were measured.
    standards
        Those that were assessed.

    Returns
    -------
    checks
        One row per point, mode and issue, as `coverage.access.access_checks.access_checks`.
    """
    tables = [pd.DataFrame(columns=list(CHECK_COLUMNS))]
    for mode_id, network in travel.networks.items():
        mode = travel.modes[mode_id]
        for layer, points, snaps, asked in _layers(travel, mode, standards):
            checks = access_checks(
                points,
                layer=layer,
                mode=mode,
                network=network,
                snaps=snaps,
                far_from_road_m=travel.uncertainty.far_from_road_m,
            )
            tables.append(checks[checks["point_id"].isin(asked)])
    checks = pd.concat(tables[1:] or tables, ignore_index=True)
    return checks[_without_better(checks, travel, standards)].reset_index(drop=True)


def _without_better(
    checks: pd.DataFrame, travel: StudyTrips, standards: Sequence[Standard]
) -> pd.Series[bool]:
    """
    Whether a traveller has no other mode to choose that spares the point the issue.

    Where people walk or ride, whichever is faster, a village far from any road for bicycles but
    beside a path is not far from a road.
    """
    choices = {
        frozenset(mode.mode_id for mode in travel.single_modes(standard, reading))
        for standard in standards
        for reading in standard.readings
        if reading.measure != "straight_line"
    }
    keys = ["layer", "point_id", "issue"]
    modes = checks.groupby(keys)["mode_id"].agg(frozenset)
    at = pd.MultiIndex.from_frame(checks[keys])
    found = modes.reindex(at).to_list()
    stuck = [
        any(mode_id in choice and choice <= there for choice in choices)
        for mode_id, there in zip(checks["mode_id"], found, strict=True)
    ]
    return pd.Series(stuck, index=checks.index, dtype=bool)


def all_road_parts(travel: StudyTrips) -> pd.DataFrame:
    """
    The parts of every mode's roads that are cut off from the rest.

    Parameters
    ----------
    travel
        The study's networks, after its readings were measured.

    Returns
    -------
    parts
        As `coverage.access.road_parts.road_parts`, with `mode_id` and `part` as columns.
    """
    columns = ["mode_id", "part", *PART_COLUMNS]
    tables = [pd.DataFrame(columns=columns)]
    for mode_id, network in travel.networks.items():
        snaps = travel.snaps(travel.modes[mode_id])
        parts = road_parts(network, travel.layers.demand, snaps).reset_index()
        tables.append(parts.assign(mode_id=mode_id)[columns])
    return pd.concat(tables[1:] or tables, ignore_index=True)


def ground_check(
    travel: StudyTrips,
    standard: Standard,
    reading: Reading,
    ground: shapely.Geometry,
    *,
    cell_m: float,
    is_covered: pd.Series[bool],
) -> AreaCheck:
    """
    The ground drawn for a reading against who is covered by travel time.

    Parameters
    ----------
    travel
        The study's networks.
    standard, reading
        What was drawn, not by straight line.
    ground, cell_m
        From `coverage.studies.study_areas.covered_ground`.
    is_covered
        For every demand point, by id.

    Returns
    -------
    check
        Of one area; its tables have the column `reading_id`.
    """
    demand = travel.layers.demand
    modes = travel.single_modes(standard, reading)
    check = check_covered_area(
        ground,
        demand,
        is_covered,
        cell_m=cell_m,
        ways=[(travel.network(mode), travel.snaps(mode)) for mode in modes],
        far_from_road_m=travel.uncertainty.far_from_road_m,
    )
    return AreaCheck(
        check.areas.assign(reading_id=reading.reading_id),
        check.points.assign(reading_id=reading.reading_id),
    )


def _layers(
    travel: StudyTrips, mode: TravelMode, standards: Sequence[Standard]
) -> Iterator[tuple[str, gpd.GeoDataFrame, Snaps, pd.Index]]:
    """Demand and facilities on a mode's roads, and the ids of those that are asked about."""
    demand, facilities = travel.layers.demand, travel.layers.facilities
    yield "demand", demand, travel.snaps(mode), demand.index[demand["zone_id"].notna()]
    kinds = _kinds_reached(travel, mode, standards)
    counted = facilities.index[facilities["kind"].isin(kinds)]
    yield "facilities", facilities, travel.facility_snaps(mode), counted


def _kinds_reached(travel: StudyTrips, mode: TravelMode, standards: Sequence[Standard]) -> set[str]:
    """Kinds of facilities that some reading reaches by a mode."""
    return {
        kind
        for standard in standards
        for reading in standard.readings
        if reading.measure != "straight_line" and mode in travel.single_modes(standard, reading)
        for kind in (*standard.kinds, *reading.station_kinds)
    }
