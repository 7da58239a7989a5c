"""Who reaches which facility: the nearest one, and the travel matrix within a cutoff.

Door to door: access leg, road, access leg. Points lie anywhere along an edge, and two points
on one edge travel along it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.errors import CrsError
from coverage.requests import TOLERANCE, check_request, check_start
from coverage.searches.matrix import travel_matrix
from coverage.searches.search import Search, Trips
from coverage.snapping import check_points, snap

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from coverage.graph.arcs import Cost, Direction, FloatArray
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

__all__ = ["nearest_facility", "nearest_trips", "travel_matrix"]


def nearest_facility(
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    cutoff_s: float = math.inf,
    direction: Direction,
) -> pd.DataFrame:
    """
    The facility of least travel time for every demand point.

    Parameters
    ----------
    network
        Roads of one travel mode.
    demand
        Shape (d, ...), points in the network's CRS, indexed by `demand_id`.
    facilities
        Shape (f, ...), points in the network's CRS, indexed by `facility_id`.
    cutoff_s
        Search limit in seconds, inclusive.
    direction
        "to_facility" for residents who travel to it, "from_facility" for an ambulance.

    Returns
    -------
    nearest
        Indexed as `demand`: `facility_id` (None where none is reached), `travel_time_s` and
        `distance_m` door to door (`inf` where none is reached within the cutoff), and
        `access_m`, the metres of `distance_m` off the road at both ends (NaN where none is
        reached). Of equally near facilities the one with the smallest id counts, and the order
        of rows never matters. Of ways that are equally quick any one gives the metres.

    Raises
    ------
    CrsError
        If the layers and the network differ in CRS.
    InputError
        If an id repeats or a geometry is no finite point.
    ImpedanceError
        If the cutoff or the direction makes no sense.

    Examples
    --------
    A straight road of 100 m at 1 m/s; the clinic stands at its far end, the village 36 m
    beside its middle: 36 m at 4.8 km/h take 27 s, the road takes 50 s.

    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coverage.network import RoadNetwork
    >>> nodes = pd.DataFrame({"x": [0.0, 100.0], "y": [0.0, 0.0]}, index=[0, 1])
    >>> edges = pd.DataFrame(
    ...     {"from_node": [0], "to_node": [1], "length_m": [100.0], "travel_time_s": [100.0]}
    ... )
    >>> demand = gpd.GeoDataFrame(geometry=[Point(50, 36)], index=["v"])
    >>> clinics = gpd.GeoDataFrame(geometry=[Point(100, 0)], index=["c"])
    >>> network = RoadNetwork.from_edges(nodes, edges)
    >>> nearest = nearest_facility(network, demand, clinics, direction="to_facility")
    >>> nearest.loc["v"].to_dict()
    {'facility_id': 'c', 'travel_time_s': 77.0, 'distance_m': 86.0, 'access_m': 36.0}
    """
    trips = nearest_trips(network, demand, facilities, cutoff=cutoff_s, direction=direction)
    return trips[["facility_id", "travel_time_s", "distance_m", "access_m"]]


def nearest_trips(  # noqa: PLR0913 - what a trip depends on
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    cutoff: float = math.inf,
    direction: Direction,
    cost: Cost = "travel_time_s",
    start_s: pd.Series[float] | None = None,
    demand_snaps: Snaps | None = None,
) -> pd.DataFrame:
    """
    As `nearest_facility`, with the trip's legs, and nearest by time or by distance.

    Parameters
    ----------
    network, demand, facilities, direction
        As `nearest_facility`.
    cutoff
        Search limit in the unit of `cost`, inclusive.
    cost
        "travel_time_s" or "distance_m": what is kept smallest.
    start_s
        Seconds that pass at each facility before the trip begins, by `facility_id` (the
        turn-out of an ambulance); none when absent.
    demand_snaps
        `snap(network, demand.geometry)` where it is known from an earlier call.

    Returns
    -------
    trips
        The columns of `nearest_facility`, and `demand_access_m` (also where no facility is
        reached), `facility_access_m`, `access_s`.

    Raises
    ------
    CrsError, InputError, ImpedanceError
        As `nearest_facility`.
    """
    check_request(demand, facilities, cutoff, direction)
    facilities, start = in_order(facilities, start_s)
    demand_snaps = demand_snaps or snap(network, demand.geometry)
    if facilities.empty or demand.empty:
        return unreached(demand.index, demand_snaps.nearest_access_m)
    search = Search.prepare(network, facilities, direction, cost, start_s=start)
    return trips_table(
        network,
        search.nearest_to(demand_snaps, cutoff + TOLERANCE),
        cost=cost,
        demand=unreached(demand.index, demand_snaps.nearest_access_m),
        facility_id=facilities.index.to_numpy(dtype=object),
        facility_access_m=search.snaps.nearest_access_m,
    )


def trips_table(
    network: RoadNetwork,
    trips: Trips,
    *,
    cost: Cost,
    demand: pd.DataFrame,
    facility_id: npt.NDArray[np.object_],
    facility_access_m: FloatArray,
) -> pd.DataFrame:
    """
    The table of `nearest_trips`.

    Parameters
    ----------
    network
        Roads of one travel mode.
    trips
        At most one per demand point.
    cost
        What their `cost` is.
    demand
        As `unreached` makes it.
    facility_id, facility_access_m
        Shape (f,), of the facilities that the trips name.
    """
    seconds, metres = trips.cost, trips.other
    if cost == "distance_m":
        seconds, metres = metres, seconds
    facility_access = facility_access_m[trips.facility]
    access = demand["demand_access_m"].to_numpy()[trips.point] + facility_access
    reached = {
        "facility_id": facility_id[trips.facility],
        "travel_time_s": seconds,
        "distance_m": metres,
        "access_m": access,
        "facility_access_m": facility_access,
        "access_s": access * network.access_s_per_m,
    }
    table = demand.copy()
    for name, values in reached.items():
        column = table[name].to_numpy(copy=True)
        column[trips.point] = values
        table[name] = pd.Series(column, index=table.index, dtype=table[name].dtype)
    return table


def nearest_by_straight_line(
    demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame
) -> pd.DataFrame:
    """
    The nearest facility as the crow flies, for standards that give a radius.

    Parameters
    ----------
    demand, facilities
        Points in one projected CRS, indexed by `demand_id` and `facility_id`.

    Returns
    -------
    trips
        The columns of `nearest_trips`; `distance_m` is the straight line (`inf` where there is
        no facility), times and access legs are NaN: not computed. Of equally near facilities
        the one with the smallest id is taken.

    Raises
    ------
    CrsError
        If the layers differ in CRS or are in degrees.
    InputError
        If an id repeats or a geometry is no finite point.
    """
    check_request(demand, facilities, math.inf, "to_facility")
    for points in (demand.geometry, facilities.geometry):
        check_points(points)
    if demand.crs != facilities.crs or (demand.crs is not None and demand.crs.is_geographic):
        msg = "需求点与设施的坐标系不同，或以度为单位，请先投影到同一个以米为单位的坐标系。"
        raise CrsError(msg)
    trips = unreached(demand.index, np.full(len(demand), math.nan))
    trips["travel_time_s"] = math.nan
    if facilities.empty or demand.empty:
        return trips
    facilities = facilities.sort_index()
    (point, facility), distance = facilities.sindex.nearest(
        demand.geometry, return_all=True, return_distance=True
    )
    first = pd.Series(facility).groupby(point).idxmin().to_numpy()
    trips["facility_id"] = facilities.index.to_numpy(dtype=object)[facility[first]]
    trips["distance_m"] = distance[first]
    return trips


def unreached(index: pd.Index, demand_access_m: FloatArray) -> pd.DataFrame:
    """
    The table of `nearest_trips` where no facility is reached.

    Parameters
    ----------
    index
        Shape (d,), ids of the demand points.
    demand_access_m
        Shape (d,), metres from each to the nearest road.
    """
    return pd.DataFrame(
        {
            "facility_id": pd.Series([None] * len(index), index=index, dtype=object),
            "travel_time_s": math.inf,
            "distance_m": math.inf,
            "access_m": math.nan,
            "demand_access_m": demand_access_m,
            "facility_access_m": math.nan,
            "access_s": math.nan,
        },
        index=index if index.name else index.rename("demand_id"),
    )


def in_order(
    facilities: gpd.GeoDataFrame, start_s: pd.Series[float] | None
) -> tuple[gpd.GeoDataFrame, FloatArray]:
    """
    The facilities in the order in which they count where several are equally near.

    Parameters
    ----------
    facilities
        Shape (f, ...), indexed by `facility_id`.
    start_s
        Seconds that pass at each before the trip begins, by `facility_id`; 0 when absent.

    Returns
    -------
    facilities, start_s
        The first to start first, of these by id.

    Raises
    ------
    ImpedanceError
        If a facility has no turn-out, or one that is negative or endless.
    """
    ordered = facilities.sort_index()
    if start_s is None:
        return ordered, np.zeros(len(ordered))
    seconds = np.asarray(start_s.reindex(ordered.index), dtype=np.float64)
    check_start(seconds, ordered.index)
    quickest = np.argsort(seconds, kind="stable")
    return ordered.iloc[quickest], seconds[quickest]
