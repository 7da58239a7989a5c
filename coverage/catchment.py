"""Who reaches which facility: the nearest one, and the travel matrix within a cutoff.

Door to door: access leg, road, access leg. Points lie anywhere along an edge, and two points
on one edge travel along it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.errors import CrsError, ImpedanceError, InputError
from coverage.search import Search
from coverage.snapping import check_points, snap

if TYPE_CHECKING:
    import geopandas as gpd

    from coverage.arcs import Cost, Direction, FloatArray
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

TOLERANCE: Final = 1e-6
"""Seconds or metres by which a cutoff may be passed: rounding noise, a microsecond."""


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
        reached). Of facilities at one place the one with the smallest id counts, and the order
        of rows never matters.

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
    facilities = _first_at_each_place(facilities, start_s)
    demand_snaps = demand_snaps or snap(network, demand.geometry)
    trips = _unreached(demand, demand_snaps.nearest_access_m)
    if facilities.empty or demand.empty:
        return trips
    start: FloatArray | None = None
    if start_s is not None:
        start = np.asarray(start_s.reindex(facilities.index), dtype=np.float64)
    search = Search.prepare(network, facilities, direction, cost, start_s=start)
    best = _least(search.trips_to(demand_snaps, *search.nearest(cutoff + TOLERANCE)))
    best = best[best["cost"] <= cutoff + TOLERANCE]
    row = best["point"].to_numpy()
    facility = best["facility"].to_numpy()
    seconds, metres = ("cost", "other") if cost == "travel_time_s" else ("other", "cost")
    facility_access = search.snaps.nearest_access_m[facility]
    access = trips["demand_access_m"].to_numpy()[row] + facility_access
    reached = {
        "facility_id": facilities.index.to_numpy(dtype=object)[facility],
        "travel_time_s": best[seconds].to_numpy(),
        "distance_m": best[metres].to_numpy(),
        "access_m": access,
        "facility_access_m": facility_access,
        "access_s": access * network.access_s_per_m,
    }
    for name, values in reached.items():
        column = trips[name].to_numpy(copy=True)
        column[row] = values
        trips[name] = pd.Series(column, index=trips.index, dtype=trips[name].dtype)
    return trips


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
    trips = _unreached(demand, np.full(len(demand), math.nan))
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


def travel_matrix(
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    cutoff_s: float,
    direction: Direction,
) -> pd.DataFrame:
    """
    Travel time of every pair of demand point and facility within a cutoff.

    Parameters
    ----------
    network, demand, facilities, direction
        As `nearest_facility`.
    cutoff_s
        Cutoff in seconds, inclusive.

    Returns
    -------
    matrix
        One row per pair within the cutoff, sorted by `from_id` in the order of `demand`, then
        by travel time: `from_id` (demand), `to_id` (facility), `travel_time_s`,
        `distance_m`, door to door. Pairs beyond the cutoff have no row.

    Raises
    ------
    CrsError, InputError, ImpedanceError
        As `nearest_facility`.
    """
    check_request(demand, facilities, cutoff_s, direction)
    facilities = facilities.sort_index()
    blocks = [pd.DataFrame({"point": [], "facility": [], "cost": [], "other": []})]
    if not (facilities.empty or demand.empty):
        demand_snaps = snap(network, demand.geometry)
        search = Search.prepare(network, facilities, direction, "travel_time_s")
        for facility, node_cost, node_other in search.each(cutoff_s + TOLERANCE):
            source = np.full(len(node_cost), facility)
            candidates = search.trips_to(demand_snaps, node_cost, node_other, source, only=facility)
            best = _least(candidates)
            blocks.append(best[best["cost"] <= cutoff_s + TOLERANCE])
    pairs = pd.concat(blocks[1:] or blocks, ignore_index=True)
    pairs = pairs.sort_values(["point", "cost", "facility"], kind="stable")
    columns = {
        "from_id": demand.index.to_numpy(dtype=object)[pairs["point"].to_numpy(dtype=int)],
        "to_id": facilities.index.to_numpy(dtype=object)[pairs["facility"].to_numpy(dtype=int)],
        "travel_time_s": pairs["cost"].to_numpy(dtype=float),
        "distance_m": pairs["other"].to_numpy(dtype=float),
    }
    # Ids keep one type whether or not there are rows.
    return pd.DataFrame({name: pd.Series(v, dtype=v.dtype) for name, v in columns.items()})


def _least(candidates: pd.DataFrame) -> pd.DataFrame:
    """The candidate of least cost per demand point."""
    order = np.lexsort(
        [candidates[name].to_numpy() for name in ("other", "facility", "cost", "point")]
    )
    best: pd.DataFrame = candidates.iloc[order].drop_duplicates("point")
    return best[best["cost"] < math.inf]


def _unreached(demand: gpd.GeoDataFrame, demand_access_m: FloatArray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "facility_id": pd.Series([None] * len(demand), index=demand.index, dtype=object),
            "travel_time_s": math.inf,
            "distance_m": math.inf,
            "access_m": math.nan,
            "demand_access_m": demand_access_m,
            "facility_access_m": math.nan,
            "access_s": math.nan,
        },
        index=demand.index if demand.index.name else demand.index.rename("demand_id"),
    )


def _first_at_each_place(
    facilities: gpd.GeoDataFrame, start_s: pd.Series[float] | None
) -> gpd.GeoDataFrame:
    """One facility per place, the first to start, of these the smallest id; sorted by id."""
    ordered = facilities.sort_index()
    places = pd.DataFrame(ordered.geometry.get_coordinates(), index=ordered.index)
    if start_s is not None:
        quickest = start_s.reindex(ordered.index).argsort(kind="stable").to_numpy()
        places = places.iloc[quickest]
    kept = places.index[~places.duplicated().to_numpy()]
    return ordered.loc[kept].sort_index()


def check_request(
    demand: gpd.GeoDataFrame | None,
    facilities: gpd.GeoDataFrame,
    cutoff: float,
    direction: str,
) -> None:
    """
    Refuse a request that makes no sense.

    Parameters
    ----------
    demand
        Demand points; None where none are asked about.
    facilities
        Facilities.
    cutoff
        Seconds or metres, >= 0.
    direction
        "to_facility" or "from_facility".

    Raises
    ------
    ImpedanceError
        If the cutoff or the direction makes no sense.
    InputError
        If an id repeats, or some ids are texts and others numbers.
    """
    if math.isnan(cutoff) or cutoff < 0:
        msg = f"阈值应为不小于 0 的数字，现为 {cutoff}。"
        raise ImpedanceError(msg)
    if direction not in ("to_facility", "from_facility"):
        msg = (
            "出行方向应为 to_facility（居民到设施）或 from_facility（设施到居民），"
            f"现为 {direction!r}。"
        )
        raise ImpedanceError(msg)
    for title, table in (("需求点", demand), ("设施", facilities)):
        if table is None:
            continue
        repeated = table.index[table.index.duplicated()]
        if len(repeated):
            msg = (
                f"{title}有 {len(repeated)} 个代码重复，第一个是 {repeated[0]!r}。"
                "每个代码只能出现一次。"
            )
            raise InputError(msg)
        if table.index.inferred_type.startswith("mixed"):
            msg = f"{title}的代码有的是文字、有的是数字，请统一为文字。"
            raise InputError(msg)
