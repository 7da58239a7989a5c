"""Rescue in two legs: from the ambulance station to the patient, then on to a hospital.

The patient stands still, so the least total is the least response plus the least transport.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.catchment import nearest_trips

if TYPE_CHECKING:
    import geopandas as gpd

    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

LEG_COLUMNS: Final = (
    "station_id",
    "turnout_s",
    "response_s",
    "response_m",
    "transport_s",
    "transport_m",
    "station_access_m",
)
"""What a rescue in two legs has beside the columns of `coverage.catchment.nearest_trips`."""


def rescue_trips(
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    hospitals: gpd.GeoDataFrame,
    *,
    turnout_s: pd.Series[float],
    demand_snaps: Snaps | None = None,
) -> pd.DataFrame:
    """
    From the call until the patient is at a hospital, leg by leg.

    Parameters
    ----------
    network
        Roads of the ambulance.
    demand
        Shape (d, ...), where patients live, points in the network's CRS.
    stations, hospitals
        Points indexed by `facility_id`.
    turnout_s
        Seconds from the call until the ambulance leaves, for every station by id.
    demand_snaps
        `snap(network, demand.geometry)` where it is known.

    Returns
    -------
    trips
        As `coverage.catchment.nearest_trips`, `facility_id` being the hospital and
        `travel_time_s` and `distance_m` those of turn-out and both legs; beside them
        `station_id` (the station whose ambulance is there first; None where none comes),
        `turnout_s`, `response_s` (turn-out and the way to the patient), `transport_s` (the way
        to the hospital), their metres `response_m` and `transport_m`, and `station_access_m` (from
        the station to the road). `inf` where a leg is not possible.

    Raises
    ------
    CrsError, InputError, ImpedanceError
        As `coverage.catchment.nearest_facility`.
    """
    # Stations leave one way, patients travel the other: one-way streets count in both.
    response = nearest_trips(
        network,
        demand,
        stations,
        direction="from_facility",
        start_s=turnout_s,
        demand_snaps=demand_snaps,
    )
    transport = nearest_trips(
        network, demand, hospitals, direction="to_facility", demand_snaps=demand_snaps
    )
    return in_two_legs(response, transport, turnout_s)


def in_two_legs(
    response: pd.DataFrame, transport: pd.DataFrame, turnout_s: pd.Series[float]
) -> pd.DataFrame:
    """
    Rescues from their legs.

    Parameters
    ----------
    response, transport
        From `coverage.catchment.nearest_trips`: from the stations, turn-out included, and to
        the hospitals.
    turnout_s
        Seconds until the ambulance leaves, by station.

    Returns
    -------
    trips
        As `rescue_trips`.
    """
    trips = transport.assign(
        station_id=response["facility_id"],
        turnout_s=response["facility_id"].map(turnout_s).astype(float),
        response_s=response["travel_time_s"],
        response_m=response["distance_m"],
        transport_s=transport["travel_time_s"],
        transport_m=transport["distance_m"],
        station_access_m=response["facility_access_m"],
    )
    for column in ("travel_time_s", "distance_m", "access_m", "access_s"):
        trips[column] = response[column] + transport[column]
    return trips


def turnout_of(stations: pd.DataFrame, *, default_s: float) -> pd.Series[float]:
    """
    Seconds from the call until each station's ambulance leaves.

    Parameters
    ----------
    stations
        Indexed by `facility_id`, with or without the column `turnout_s` (NaN = not stated).
    default_s
        For stations that state none.

    Returns
    -------
    turnout_s
        Indexed as `stations`.
    """
    stated = stations.get("turnout_s", pd.Series(math.nan, index=stations.index))
    return stated.astype(float).fillna(default_s)


def stations_cut_off(
    network: RoadNetwork, stations: gpd.GeoDataFrame, hospitals: gpd.GeoDataFrame
) -> pd.Index:
    """
    Stations from which no hospital can be reached by road.

    Parameters
    ----------
    network
        Roads of the ambulance.
    stations, hospitals
        Points indexed by `facility_id`.

    Returns
    -------
    station_ids
        In the order of `stations`; all of them where there is no hospital.
    """
    to_hospital = nearest_trips(network, stations, hospitals, direction="to_facility")
    stranded: pd.Index = stations.index[~np.isfinite(to_hospital["travel_time_s"].to_numpy())]
    return stranded
