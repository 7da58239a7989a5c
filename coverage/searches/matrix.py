"""The travel matrix: which facilities every demand point reaches within a cutoff, and how.

Facilities are taken tile by tile of the map (`coverage.searches.tiles`). For each tile the
part of the network that its facilities can reach is cut out (`coverage.searches.subnetwork`) and
searched by SciPy (`coverage.searches.tile_search`), so that cost grows with what is reached and not
with the country.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.requests import TOLERANCE, check_request, check_start
from coverage.searches.search import Trips, trips_along_edges, ways_to_nodes
from coverage.searches.subnetwork import blocks_of
from coverage.searches.tile_search import (
    Found,
    Tile,
    Ways,
    best_of_each_pair,
    search_tile,
    tile_of,
    together,
)
from coverage.searches.tiles import Sites, part_in_reach
from coverage.snapping import snap

if TYPE_CHECKING:
    import geopandas as gpd

    from coverage.graph.arcs import Cost, Direction, FloatArray
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

Progress = Callable[[int, int, str], None]
"""Called with what is done, of how much, and a sentence; an exception it raises stops the work."""

Spread = Callable[[Callable[[Tile], Found], Iterable[Tile]], Iterable[Found]]
"""How the tiles are worked off: `map` one by one, the `map` of a process pool on all cores."""


def travel_matrix(  # noqa: PLR0913 - what a trip depends on
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    cutoff_s: float,
    direction: Direction,
    start_s: pd.Series[float] | None = None,
    demand_snaps: Snaps | None = None,
    progress: Progress | None = None,
    spread: Spread = map,
) -> pd.DataFrame:
    """
    Travel time of every pair of demand point and facility within a cutoff.

    Parameters
    ----------
    network
        Roads of one travel mode.
    demand
        Shape (d, ...), points in the network's CRS, indexed by `demand_id`.
    facilities
        Shape (f, ...), points in the network's CRS, indexed by `facility_id`.
    cutoff_s
        Cutoff in seconds, inclusive.
    direction
        "to_facility" for residents who travel to it, "from_facility" for an ambulance.
    start_s
        Seconds that pass at each facility before the trip begins, by `facility_id` (the
        turn-out of an ambulance); none when absent.
    demand_snaps
        `snap(network, demand.geometry)` where it is known from an earlier call.
    progress
        Told after every tile of the map how many facilities are done; what it raises ends the
        work.
    spread
        `map`, or the `map` of a `ProcessPoolExecutor`: worth it where the search itself takes
        ten seconds or more, since SciPy holds the interpreter's lock.

    Returns
    -------
    matrix
        One row per pair within the cutoff, sorted by `from_id` in the order of `demand`, then
        by travel time, then by `to_id`: `from_id` (demand), `to_id` (facility),
        `travel_time_s`, `distance_m`, door to door. Pairs beyond the cutoff have no row.

    Raises
    ------
    CrsError
        If the layers and the network differ in CRS.
    InputError
        If an id repeats or a geometry is no finite point.
    ImpedanceError
        If the cutoff, the direction or a turn-out makes no sense.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coverage.network import RoadNetwork
    >>> nodes = pd.DataFrame({"x": [0.0, 100.0], "y": [0.0, 0.0]}, index=[0, 1])
    >>> edges = pd.DataFrame(
    ...     {"from_node": [0], "to_node": [1], "length_m": [100.0], "travel_time_s": [100.0]}
    ... )
    >>> network = RoadNetwork.from_edges(nodes, edges)
    >>> villages = gpd.GeoDataFrame(geometry=[Point(50, 36), Point(0, 0)], index=["v", "w"])
    >>> clinics = gpd.GeoDataFrame(geometry=[Point(100, 0)], index=["c"])
    >>> travel_matrix(network, villages, clinics, cutoff_s=80, direction="to_facility")
      from_id to_id  travel_time_s  distance_m
    0       v     c           77.0        86.0
    """
    check_request(demand, facilities, cutoff_s, direction)
    facilities = facilities.sort_index()
    start = np.zeros(len(facilities))
    if start_s is not None:
        start = np.asarray(start_s.reindex(facilities.index), dtype=np.float64)
        check_start(start, facilities.index)
    none = np.zeros(0, dtype=np.int64)
    trips = Trips(none, none, np.zeros(0), np.zeros(0))
    if not (facilities.empty or demand.empty):
        trips = trips_within(
            network,
            demand_snaps or snap(network, demand.geometry),
            snap(network, facilities.geometry),
            limit_s=cutoff_s + TOLERANCE,
            direction=direction,
            start_s=start,
            progress=progress,
            spread=spread,
        )
    columns = {
        "from_id": demand.index.to_numpy(dtype=object)[trips.point],
        "to_id": facilities.index.to_numpy(dtype=object)[trips.facility],
        "travel_time_s": trips.cost,
        "distance_m": trips.other,
    }
    # Ids keep one type whether or not there are rows.
    return pd.DataFrame({name: pd.Series(v, dtype=v.dtype) for name, v in columns.items()})


def trips_within(  # noqa: PLR0913 - what a trip depends on
    network: RoadNetwork,
    demand: Snaps,
    facilities: Snaps,
    *,
    limit_s: float,
    direction: Direction,
    start_s: FloatArray,
    progress: Progress | None = None,
    spread: Spread = map,
) -> Trips:
    """
    The quickest trip of every pair of demand point and facility within a limit.

    Parameters
    ----------
    network
        Roads of one travel mode.
    demand, facilities
        Where the points touch them.
    limit_s
        Seconds door to door, inclusive.
    direction
        "to_facility" or "from_facility".
    start_s
        Shape (f,), seconds that pass at each facility before the trip begins.
    progress, spread
        As `travel_matrix`.

    Returns
    -------
    trips
        At most one per pair, sorted by point, then by cost (seconds), then by facility.
    """
    cost: Cost = "travel_time_s"
    away = direction == "from_facility"
    # Without a limit everything counts that leads there at all.
    most = min(limit_s, sys.float_info.max)
    along = trips_along_edges(
        network, demand, facilities, cost=cost, direction=direction, start_s=start_s
    )
    along = along.where(along.cost <= most)
    ends = ways_to_nodes(network, demand, cost, leaving=not away)
    ways = Ways.of(ends, demand.point_count, also_along=along.point)
    sources = ways_to_nodes(network, facilities, cost, leaving=away, start_s=start_s)
    blocks = blocks_of(network)
    sites = Sites.of(network, blocks, sources, count=facilities.point_count, limit_s=limit_s)
    arcs = network.arcs(cost, direction)
    tiles = (
        tile_of(part_in_reach(arcs, blocks, sites, tile, limit_s=limit_s), sites, tile, ways, most)
        for tile in sites.tiles(blocks)
    )
    sure, unsure, done = [], [along], 0
    for found in spread(search_tile, tiles):
        sure.append(found.sure)
        unsure.append(found.unsure)
        done += found.facility_count
        if progress is not None:
            progress(done, sites.searched, f"出行时间：已算 {done} 个设施")
    trips = together([*sure, best_of_each_pair(together(unsure))])
    return trips.where(np.lexsort((trips.facility, trips.cost, trips.point)))
