"""What it costs to get from demand to every site of a siting question, as the assessment measures.

A site is a facility that stands, or a candidate for one. The cost is in the unit of the reading's
cutoff: seconds, or metres by road or by straight line.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from coverage.catchment import nearest_by_straight_line, nearest_trips, travel_matrix
from coverage.requests import TOLERANCE
from coverage.rescue import turnout_of
from coverage.studies.measured import MeasuredReading, reading_matrix
from coverage.studies.study import counted_facilities
from coverage.studies.study_trips import cost_of

if TYPE_CHECKING:
    import geopandas as gpd

    from coverage.impedance import TravelMode
    from coverage.network import RoadNetwork
    from coverage.standards import Reading, Standard
    from coverage.studies.study_trips import StudyTrips

Role = Literal["facilities", "stations"]
"""What is sited: the facilities of the standard, or the ambulance stations of its two legs."""

METRE_PER_SECOND_KPH: Final = 3.6
"""At this speed a second is a metre."""


def siting_matrix(
    trips: StudyTrips,
    standard: Standard,
    reading: Reading,
    *,
    sites: gpd.GeoDataFrame,
    bound: float,
    role: Role = "facilities",
) -> pd.DataFrame:
    """
    Cost of every pair of demand point and site within a bound.

    Parameters
    ----------
    trips
        The study's networks.
    standard, reading
        How is measured: the modes, the direction, one leg or two.
    sites
        Shape (s, ...), points indexed by site id; `turnout_s` where they are stations.
    bound
        In the unit of the reading's cutoff, inclusive; `inf` takes every pair that is connected.
    role
        In two legs, which of them the sites are; the other leg stays as it is.

    Returns
    -------
    matrix
        `from_id`, `to_id` and `travel_time_s` or `distance_m` (`cost_of(reading)`), the best of
        the modes; one row per pair.
    """
    cost = cost_of(reading)
    if reading.measure == "straight_line":
        return _straight_pairs(trips.layers.demand, sites, bound)
    if reading.measure == "travel_time" and role == "facilities":
        pairs = reading_matrix(trips, _measured(trips, standard, reading, sites, bound))
    else:
        parts = [
            _station_pairs(trips, standard, reading, mode=mode, sites=sites, bound=bound)
            if role == "stations"
            else _metre_pairs(trips, standard, mode, sites=sites, bound=bound)
            for mode in trips.single_modes(standard, reading)
        ]
        order = pd.concat(parts, ignore_index=True).sort_values(cost, kind="stable")
        pairs = order.drop_duplicates(["from_id", "to_id"])
    reached = np.isfinite(pairs[cost].to_numpy(dtype=float))
    kept: pd.DataFrame = pairs.loc[reached, ["from_id", "to_id", cost]]
    return kept.reset_index(drop=True)


def nearest_sites(
    trips: StudyTrips,
    standard: Standard,
    reading: Reading,
    *,
    demand: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    role: Role = "facilities",
) -> pd.DataFrame:
    """
    The nearest site of some demand points, however far.

    Parameters
    ----------
    trips, standard, reading, sites, role
        As `siting_matrix`.
    demand
        Shape (d, ...), rows of the study's demand.

    Returns
    -------
    nearest
        Indexed as `demand`: `site_id` (None where none is connected) and `cost` (`inf` there).
    """
    if reading.measure == "straight_line":
        straight = nearest_by_straight_line(demand, sites)
        return pd.DataFrame({"site_id": straight["facility_id"], "cost": straight["distance_m"]})
    best = pd.DataFrame({"site_id": None, "cost": np.inf}, index=demand.index, dtype=object)
    best["cost"] = best["cost"].astype(float)
    cost = cost_of(reading)
    for mode in trips.single_modes(standard, reading):
        leaves = role == "stations"
        found = nearest_trips(
            trips.network(mode),
            demand,
            sites,
            direction="from_facility" if leaves else _direction(standard, reading),
            cost=cost,
            start_s=turnout_of(sites, default_s=reading.turnout_s) if leaves else None,
        )
        total = found[cost] + _other_leg(trips, standard, reading, mode, role=role).reindex(
            demand.index
        )
        nearer = total < best["cost"] - TOLERANCE
        best = best.assign(
            site_id=best["site_id"].mask(nearer, found["facility_id"]),
            cost=best["cost"].mask(nearer, total),
        )
    return best


def own_cost(
    trips: StudyTrips, standard: Standard, reading: Reading, *, role: Role = "facilities"
) -> pd.DataFrame:
    """
    The way of every demand point to the nearest road, and what a site in its own place would cost.

    A site in the village itself lies as far from the road as the village: what is measured door
    to door counts the way to the road twice.

    Returns
    -------
    costs
        Indexed as the study's demand: `road_m` (metres to the nearest road of any mode, NaN by
        straight line), and in the unit of the cutoff, each by the mode that is best for it:
        `way_cost` (to the road and back), `other_cost` (of the leg that is not sited, `inf` where
        it cannot be made, 0 where there is one leg only) and `own_cost` (way, other leg and the
        turn-out of a station).
    """
    index = trips.layers.demand.index
    if reading.measure == "straight_line":
        none = {"road_m": np.nan, "way_cost": 0.0, "other_cost": 0.0, "own_cost": 0.0}
        return pd.DataFrame(none, index=index)
    road_m, way, least, own = (np.full(len(index), np.inf) for _ in range(4))
    start = reading.turnout_s if role == "stations" else 0.0
    for mode in trips.single_modes(standard, reading):
        metres = np.asarray(trips.snaps(mode).nearest_access_m, dtype=np.float64)
        per_metre = 1.0 if cost_of(reading) == "distance_m" else trips.network(mode).access_s_per_m
        other = _other_leg(trips, standard, reading, mode, role=role).to_numpy(dtype=float)
        road_m = np.fmin(road_m, metres)
        way = np.fmin(way, 2.0 * metres * per_metre)
        least = np.fmin(least, other)
        own = np.fmin(own, start + 2.0 * metres * per_metre + other)
    told = {"road_m": road_m, "way_cost": way, "other_cost": least, "own_cost": own}
    return pd.DataFrame(told, index=index)


def _measured(
    trips: StudyTrips, standard: Standard, reading: Reading, sites: gpd.GeoDataFrame, bound: float
) -> MeasuredReading:
    """The reading as its matrix needs it, with sites in place of facilities."""
    layers = trips.layers
    return MeasuredReading(
        standard=standard,
        reading=replace(reading, cutoff=bound),
        demand=layers.demand,
        zones=layers.demand["zone_id"],
        zone_names=layers.zones["zone_name"],
        times=pd.Series(np.nan, index=layers.demand.index),
        facilities=sites,
        is_known=True,
    )


def _direction(standard: Standard, reading: Reading) -> Literal["to_facility", "from_facility"]:
    """In two legs the patient is brought to the hospital, whatever the standard says of one."""
    return "to_facility" if reading.station_kinds else standard.direction


def _other_leg(
    trips: StudyTrips, standard: Standard, reading: Reading, mode: TravelMode, *, role: Role
) -> pd.Series[float]:
    """Seconds of the leg that stays as it is, by demand id; 0 where there is one leg only."""
    demand = trips.layers.demand
    if not reading.station_kinds:
        return pd.Series(0.0, index=demand.index)
    kinds = standard.kinds if role == "stations" else reading.station_kinds
    fixed = counted_facilities(trips.layers, standard, kinds)
    found = nearest_trips(
        trips.network(mode),
        demand,
        fixed,
        direction="to_facility" if role == "stations" else "from_facility",
        start_s=None if role == "stations" else turnout_of(fixed, default_s=reading.turnout_s),
        demand_snaps=trips.snaps(mode),
    )
    return found["travel_time_s"].astype(float)


def _station_pairs(
    trips: StudyTrips,
    standard: Standard,
    reading: Reading,
    *,
    mode: TravelMode,
    sites: gpd.GeoDataFrame,
    bound: float,
) -> pd.DataFrame:
    """Each station's response, then the way to the nearest hospital."""
    pairs = travel_matrix(
        trips.network(mode),
        trips.layers.demand,
        sites,
        cutoff_s=bound,
        direction="from_facility",
        start_s=turnout_of(sites, default_s=reading.turnout_s),
        demand_snaps=trips.snaps(mode),
    )
    transport = _other_leg(trips, standard, reading, mode, role="stations")
    total = pairs["travel_time_s"] + pairs["from_id"].map(transport).astype(float)
    return pairs.assign(travel_time_s=total)[total <= bound + TOLERANCE]


def _metre_pairs(
    trips: StudyTrips,
    standard: Standard,
    mode: TravelMode,
    *,
    sites: gpd.GeoDataFrame,
    bound: float,
) -> pd.DataFrame:
    """The shortest way of each pair, not the metres of the quickest."""
    pairs = travel_matrix(
        _by_length(trips.network(mode)),
        trips.layers.demand,
        sites,
        cutoff_s=bound,
        direction=standard.direction,
        demand_snaps=trips.snaps(mode),
    )
    return pairs.assign(distance_m=pairs["travel_time_s"])


def _by_length(network: RoadNetwork) -> RoadNetwork:
    """The same roads where a metre takes a second: the quickest way is then the shortest."""
    return replace(
        network,
        along_s=np.where(np.isfinite(network.along_s), network.length_m, np.inf),
        against_s=np.where(np.isfinite(network.against_s), network.length_m, np.inf),
        node_delay_s=np.zeros(network.node_count),
        access_speed_kph=METRE_PER_SECOND_KPH,
    )


def _straight_pairs(
    demand: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, bound: float
) -> pd.DataFrame:
    here = demand.geometry.get_coordinates().to_numpy()
    there = sites.geometry.get_coordinates().to_numpy()
    if not len(here) or not len(there):
        point, site = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    else:
        # A little more than the bound: the tree rounds in its own way.
        found = cKDTree(there).query_ball_point(here, min(bound, 1e12) + 2 * TOLERANCE)
        counts = np.array([len(each) for each in found])
        point = np.repeat(np.arange(len(here)), counts)
        site = np.concatenate([np.sort(np.array(each, dtype=np.int64)) for each in found])
    metres = np.sqrt(((here[point] - there[site]) ** 2).sum(axis=1))
    within = metres <= bound + TOLERANCE
    return pd.DataFrame(
        {
            "from_id": demand.index.to_numpy(dtype=object)[point[within]],
            "to_id": sites.index.to_numpy(dtype=object)[site[within]],
            "distance_m": metres[within],
        }
    )
