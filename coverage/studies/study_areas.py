"""The ground that a study's facilities cover, for maps: by one mode or the better of several."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from coverage.isochrone import (
    covered_area_and_cell,
    reach_areas,
    straight_line_areas,
    two_leg_areas,
)
from coverage.rescue import turnout_of
from coverage.studies.study_trips import cost_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.network import RoadNetwork
    from coverage.standards import Reading, Standard
    from coverage.studies.study_trips import StudyTrips


def covered_ground(
    travel: StudyTrips,
    standard: Standard,
    reading: Reading,
    facilities: gpd.GeoDataFrame,
    *,
    stations: gpd.GeoDataFrame,
) -> tuple[shapely.Geometry, float]:
    """
    The ground within the cutoff of any of the facilities, and how finely it is drawn.

    Parameters
    ----------
    travel
        The study's networks.
    standard, reading
        What is drawn.
    facilities, stations
        Those that count.

    Returns
    -------
    ground
        Valid, in the study's CRS; empty where there is no facility.
    cell_m
        Width of the cells that it was drawn with, metres; NaN for circles and empty ground.
    """
    if reading.measure == "straight_line":
        circles = straight_line_areas(facilities, cutoff_m=reading.cutoff)
        return shapely.union_all(circles.geometry.to_numpy()), math.nan
    drawn = [
        _ground_of(travel.network(mode), standard, reading, facilities, stations)
        for mode in travel.single_modes(standard, reading)
    ]
    cells = [cell_m for _, cell_m in drawn]
    return _together([area for area, _ in drawn]), max(cells)


def _together(areas: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """All areas as one; a single one, which is valid as it is, needs no looking through."""
    return reduce(shapely.union, areas)


def _ground_of(
    network: RoadNetwork,
    standard: Standard,
    reading: Reading,
    facilities: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
) -> tuple[shapely.Geometry, float]:
    """By one mode, with the width of its cells."""
    if reading.station_kinds:
        turnout_s = turnout_of(stations, default_s=reading.turnout_s)
        (drawn,) = two_leg_areas(
            network, stations, [facilities], start_s=turnout_s, cutoff_s=reading.cutoff
        )
        return drawn
    return covered_area_and_cell(
        network,
        facilities,
        cutoff=reading.cutoff,
        direction=standard.direction,
        cost=cost_of(reading),
    )


def facility_areas(
    travel: StudyTrips,
    standard: Standard,
    reading: Reading,
    facilities: gpd.GeoDataFrame,
    *,
    stations: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """
    The service area of each facility.

    Parameters
    ----------
    travel, standard, reading, facilities, stations
        As `covered_ground`.

    Returns
    -------
    areas
        One row per facility: `facility_id`, `cutoff`, `geometry`. In two legs the area of a
        hospital is the ground from which a rescue ends there within the cutoff.
    """
    if reading.measure == "straight_line":
        return straight_line_areas(facilities, cutoff_m=reading.cutoff)
    if reading.station_kinds:
        turnout_s = turnout_of(stations, default_s=reading.turnout_s)
        by_mode = [
            two_leg_areas(
                travel.network(mode),
                stations,
                [facilities.iloc[[row]] for row in range(len(facilities))],
                start_s=turnout_s,
                cutoff_s=reading.cutoff,
            )
            for mode in travel.single_modes(standard, reading)
        ]
        grounds = [_together([area for area, _ in drawn]) for drawn in zip(*by_mode, strict=True)]
        return gpd.GeoDataFrame(
            {
                "facility_id": facilities.index.to_numpy(dtype=object),
                "cutoff": np.full(len(facilities), reading.cutoff),
            },
            geometry=grounds,
            crs=facilities.crs,
        )
    drawn = [
        reach_areas(
            travel.network(mode),
            facilities,
            cutoffs=[reading.cutoff],
            direction=standard.direction,
            cost=cost_of(reading),
        )
        for mode in travel.single_modes(standard, reading)
    ]
    areas = drawn[0]
    for other in drawn[1:]:
        areas = areas.set_geometry(areas.geometry.union(other.geometry, align=False))
    return areas
