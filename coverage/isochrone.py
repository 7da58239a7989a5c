"""Service-area polygons for the eye, never the source of a number.

For each facility a field of cost is laid over a lattice: known along the reached roads, carried
off them at the access speed, never across a barrier, and contoured at the cutoff. Holes and
islands stay. `coverage.areas.area_check` compares areas with the travel times of demand points.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from coverage.areas.reach import Reach
from coverage.areas.survey import Survey
from coverage.errors import ImpedanceError
from coverage.requests import check_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from coverage.graph.arcs import Cost, Direction
    from coverage.network import RoadNetwork

CIRCLE_SEGMENTS: Final = 32
"""Straight pieces of a quarter circle: at 2.5 km they are less than a metre off."""


def service_areas(
    network: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    cutoffs_s: Sequence[float],
    direction: Direction,
    overlap: bool = True,
    rings: bool = False,
) -> gpd.GeoDataFrame:
    """
    The area from which each facility is reached within each cutoff.

    Parameters
    ----------
    network
        Roads of one travel mode.
    facilities
        Shape (f, ...), points in the network's CRS, indexed by `facility_id`.
    cutoffs_s
        Cutoffs in seconds, each > 0, in any order.
    direction
        "to_facility" or "from_facility".
    overlap
        Whether areas may overlap; otherwise each place belongs to its nearest facility.
    rings
        Whether each area leaves out that of the next shorter cutoff (0-5, 5-10, 10-15 minutes).

    Returns
    -------
    areas
        Shape (f * len(cutoffs_s), 3), in the order of `facilities` and cutoffs: `facility_id`,
        `cutoff_s`, `geometry` (valid, in the network's CRS). Rings come by rising cutoff, each
        once, with `from_s` before `cutoff_s`. Without overlap a facility that is nearest nowhere
        has an empty polygon; no facility lacks a row. `attrs["cell_m"]` is the width of the
        cells that areas were drawn with, in metres.

    Raises
    ------
    ImpedanceError
        If a cutoff is no positive number, or the direction makes no sense.
    CrsError, InputError
        As `coverage.catchment.nearest_facility`.
    """
    areas = reach_areas(
        network,
        facilities,
        cutoffs=sorted(set(cutoffs_s)) if rings else cutoffs_s,
        direction=direction,
        cost="travel_time_s",
        overlap=overlap,
    )
    areas = areas.rename(columns={"cutoff": "cutoff_s"})
    return _as_rings(areas) if rings else areas


def reach_areas(
    network: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    cutoffs: Sequence[float],
    direction: Direction,
    cost: Cost,
    overlap: bool = True,
) -> gpd.GeoDataFrame:
    """
    As `service_areas`, by travel time or by distance.

    Parameters
    ----------
    network, facilities, direction, overlap
        As `service_areas`.
    cutoffs
        In the unit of `cost`, each > 0.
    cost
        "travel_time_s" or "distance_m".

    Returns
    -------
    areas
        `facility_id`, `cutoff`, `geometry`; `attrs["cell_m"]` as in `service_areas`.

    Raises
    ------
    ImpedanceError, CrsError, InputError
        As `service_areas`.
    """
    _check_cutoffs(cutoffs)
    check_request(None, facilities, 0.0, direction)
    geometry: list[shapely.Geometry] = []
    cell_m = math.nan
    if len(facilities) and len(cutoffs):
        # Of equally near facilities the one with the smallest id counts.
        by_id = facilities.sort_index()
        reach = Reach.prepare(network, by_id, direction, cost, cutoffs)
        cell_m = reach.cell_m(areas=len(facilities))
        drawn = _drawn(Survey(reach, cell_m=cell_m), cutoffs, overlap=overlap)
        geometry = [
            area for row in by_id.index.get_indexer(facilities.index) for area in drawn[row]
        ]
    areas = gpd.GeoDataFrame(
        {
            "facility_id": facilities.index.to_numpy(dtype=object).repeat(len(cutoffs)),
            "cutoff": np.tile(np.array(cutoffs, dtype=float), len(facilities)),
        },
        geometry=geometry,
        crs=network.crs,
    )
    areas.attrs["cell_m"] = cell_m
    return areas


def covered_area(
    network: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    cutoff: float,
    direction: Direction,
    cost: Cost,
) -> shapely.MultiPolygon:
    """
    The area within the cutoff of any facility: all service areas together, in one search.

    Parameters
    ----------
    network, facilities, direction, cost
        As `reach_areas`.
    cutoff
        In the unit of `cost`, > 0.

    Returns
    -------
    area
        Valid, in the network's CRS; empty where there is no facility.

    Raises
    ------
    ImpedanceError, CrsError, InputError
        As `service_areas`.
    """
    area, _ = covered_area_and_cell(
        network, facilities, cutoff=cutoff, direction=direction, cost=cost
    )
    return area


def covered_area_and_cell(
    network: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    cutoff: float,
    direction: Direction,
    cost: Cost,
) -> tuple[shapely.MultiPolygon, float]:
    """
    As `covered_area`, for who wants to check it.

    Parameters
    ----------
    network, facilities, cutoff, direction, cost
        As `covered_area`.

    Returns
    -------
    area, cell_m
        The area, and the width of the cells that it was drawn with, in metres; NaN where there
        is no facility.

    Raises
    ------
    ImpedanceError, CrsError, InputError
        As `service_areas`.
    """
    _check_cutoffs([cutoff])
    check_request(None, facilities, 0.0, direction)
    if facilities.empty:
        return shapely.MultiPolygon(), math.nan
    reach = Reach.prepare(network, facilities, direction, cost, [cutoff])
    cell_m = reach.cell_m()
    return Survey(reach, cell_m=cell_m).whole_field().area(cutoff), cell_m


def two_leg_area(
    network: RoadNetwork,
    stations: gpd.GeoDataFrame,
    hospitals: gpd.GeoDataFrame,
    *,
    start_s: pd.Series[float],
    cutoff_s: float,
) -> shapely.MultiPolygon:
    """
    The area from which a patient is at a hospital within the cutoff, by ambulance.

    Turn-out, way from the station and way to the hospital together, as
    `coverage.rescue.rescue_trips` has them.

    Parameters
    ----------
    network
        Roads of the ambulance.
    stations, hospitals
        Points in the network's CRS, indexed by `facility_id`.
    start_s
        Seconds from the call until the ambulance leaves, for every station by id.
    cutoff_s
        Seconds, > 0.

    Returns
    -------
    area
        Valid, in the network's CRS; empty where there is no station or no hospital.

    Raises
    ------
    ImpedanceError, CrsError, InputError
        As `service_areas`.
    """
    areas = two_leg_areas(network, stations, [hospitals], start_s=start_s, cutoff_s=cutoff_s)
    return areas[0][0]


def two_leg_areas(
    network: RoadNetwork,
    stations: gpd.GeoDataFrame,
    hospitals: Sequence[gpd.GeoDataFrame],
    *,
    start_s: pd.Series[float],
    cutoff_s: float,
) -> list[tuple[shapely.MultiPolygon, float]]:
    """
    As `two_leg_area`, for several sets of hospitals and the same stations.

    Parameters
    ----------
    network, stations, start_s, cutoff_s
        As `two_leg_area`.
    hospitals
        Each set is drawn by itself.

    Returns
    -------
    areas
        In the order of `hospitals`, each with the width of the cells that it was drawn with, in
        metres (NaN where there is no station or no hospital).

    Raises
    ------
    ImpedanceError, CrsError, InputError
        As `service_areas`.
    """
    _check_cutoffs([cutoff_s])
    for facilities in (stations, *hospitals):
        check_request(None, facilities, 0.0, "to_facility")
    areas = [(shapely.MultiPolygon(), math.nan) for _ in hospitals]
    if stations.empty:
        return areas
    turnout_s = np.asarray(start_s.reindex(stations.index), dtype=float)
    response = Reach.prepare(
        network, stations, "from_facility", "travel_time_s", [cutoff_s], start_s=turnout_s
    )
    for number, facilities in enumerate(hospitals):
        if len(facilities):
            transport = Reach.prepare(
                network, facilities, "to_facility", "travel_time_s", [cutoff_s]
            )
            # Only ground within reach of both is drawn, so the smaller one sets the cells.
            cell_m = min(response.cell_m(), transport.cell_m())
            first = Survey(response, cell_m=cell_m, within=transport).whole_field()
            second = Survey(transport, cell_m=cell_m, within=response).whole_field()
            areas[number] = first.plus(second).area(cutoff_s), cell_m
    return areas


def straight_line_areas(facilities: gpd.GeoDataFrame, *, cutoff_m: float) -> gpd.GeoDataFrame:
    """
    The circle around each facility, for standards that give a radius.

    Parameters
    ----------
    facilities
        Shape (f, ...), points in a projected CRS, indexed by `facility_id`.
    cutoff_m
        Radius in metres, > 0.

    Returns
    -------
    areas
        Shape (f, 3): `facility_id`, `cutoff`, `geometry`.
    """
    return gpd.GeoDataFrame(
        {"facility_id": facilities.index.to_numpy(dtype=object), "cutoff": cutoff_m},
        geometry=facilities.geometry.buffer(cutoff_m, quad_segs=CIRCLE_SEGMENTS).to_numpy(),
        crs=facilities.crs,
    )


def _drawn(
    survey: Survey, cutoffs: Sequence[float], *, overlap: bool
) -> dict[int, list[shapely.MultiPolygon]]:
    """The areas of every facility by cutoff."""
    fields = survey.fields() if overlap else enumerate(survey.nearest_fields())
    return {facility: [field.area(cutoff) for cutoff in cutoffs] for facility, field in fields}


def _as_rings(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take from each area that of the row before where it is of the same facility."""
    facility, cutoff = areas["facility_id"].to_numpy(), areas["cutoff_s"].to_numpy()
    whole = areas.geometry.to_numpy()
    later = 1 + np.flatnonzero(facility[1:] == facility[:-1])
    rings, from_s = whole.copy(), np.zeros(len(areas))
    rings[later] = shapely.difference(whole[later], whole[later - 1])
    from_s[later] = cutoff[later - 1]
    table = gpd.GeoDataFrame(
        {"facility_id": facility, "from_s": from_s, "cutoff_s": cutoff},
        geometry=rings,
        crs=areas.crs,
    )
    table.attrs.update(areas.attrs)
    return table


def _check_cutoffs(cutoffs: Sequence[float]) -> None:
    bad = [cutoff for cutoff in cutoffs if not (math.isfinite(cutoff) and cutoff > 0)]
    if bad:
        msg = f"服务范围的阈值应为大于 0 的数字，现有 {bad[0]}。"
        raise ImpedanceError(msg)
