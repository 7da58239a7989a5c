"""Service-area polygons for the eye, never the source of a number.

For each facility a field of cost is laid over a grid: known along the reached roads, carried
off them at the access speed, and contoured at the cutoff. Holes and islands stay.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from coverage.catchment import check_request
from coverage.cost_field import CostField, Reach
from coverage.errors import ImpedanceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.arcs import Cost, Direction
    from coverage.network import RoadNetwork


def service_areas(
    network: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    cutoffs_s: Sequence[float],
    direction: Direction,
    overlap: bool = True,
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
        Cutoffs in seconds, each > 0.
    direction
        "to_facility" or "from_facility".
    overlap
        Whether areas may overlap; otherwise each place belongs to its nearest facility.

    Returns
    -------
    areas
        Shape (f * len(cutoffs_s), 3), in the order of `facilities` and cutoffs:
        `facility_id`, `cutoff_s`, `geometry` (valid, in the network's CRS). Without overlap
        a facility that is nearest nowhere has an empty polygon; no facility lacks a row.

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
        cutoffs=cutoffs_s,
        direction=direction,
        cost="travel_time_s",
        overlap=overlap,
    )
    return areas.rename(columns={"cutoff": "cutoff_s"})


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
        `facility_id`, `cutoff`, `geometry`.

    Raises
    ------
    ImpedanceError, CrsError, InputError
        As `service_areas`.
    """
    _check_cutoffs(cutoffs)
    check_request(None, facilities, 0.0, direction)
    rows = []
    if len(facilities) and len(cutoffs):
        reach = Reach.prepare(network, facilities, direction, cost, max(cutoffs))
        fields = reach.fields() if overlap else _nearest_only(list(reach.fields()))
        rows = [
            (facility, cutoff, field.area(cutoff))
            for facility, field in zip(facilities.index, fields, strict=True)
            for cutoff in cutoffs
        ]
    return gpd.GeoDataFrame(
        {
            "facility_id": np.array([row[0] for row in rows], dtype=object),
            "cutoff": np.array([row[1] for row in rows], dtype=float),
        },
        geometry=[row[2] for row in rows],
        crs=network.crs,
    )


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
    _check_cutoffs([cutoff])
    check_request(None, facilities, 0.0, direction)
    if facilities.empty:
        return shapely.MultiPolygon()
    return Reach.prepare(network, facilities, direction, cost, cutoff).whole_field().area(cutoff)


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
        geometry=facilities.geometry.buffer(cutoff_m).to_numpy(),
        crs=facilities.crs,
    )


def _nearest_only(fields: list[CostField]) -> list[CostField]:
    """Close to each facility the ground on which another one is nearer."""
    shape = fields[0].lattice.nearest.shape
    least, owner = np.full(shape, np.inf), np.full(shape, -1)
    for number, field in enumerate(fields):
        nearer = field.values < least[field.window]
        least[field.window] = np.where(nearer, field.values, least[field.window])
        owner[field.window] = np.where(nearer, number, owner[field.window])
    return [
        replace(field, values=np.where(owner[field.window] == number, field.values, np.inf))
        for number, field in enumerate(fields)
    ]


def _check_cutoffs(cutoffs: Sequence[float]) -> None:
    bad = [cutoff for cutoff in cutoffs if not (math.isfinite(cutoff) and cutoff > 0)]
    if bad:
        msg = f"服务范围的阈值应为大于 0 的数字，现有 {bad[0]}。"
        raise ImpedanceError(msg)
