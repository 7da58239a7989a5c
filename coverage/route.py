"""The way a trip takes: which streets, in which order, for how long, drawn from door to door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from coverage.requests import check_request
from coverage.searches.search import Search
from coverage.snapping import snap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from coverage.graph.arcs import Cost, Direction, FloatArray
    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

ACCESS: Final = -1
"""Stands for the edge of a step that is off the road."""


@dataclass(frozen=True, eq=False)
class Route:
    """
    One trip from door to door, in the direction in which it is travelled.

    Parameters
    ----------
    line
        In the network's CRS, access legs included.
    steps
        One row per access leg and street, in order: `edge_id` (position in the `Roads` of the
        network; -1 off the road), `distance_m`, `travel_time_s` (delay at the junction that the
        step arrives at included).
    """

    line: shapely.LineString
    steps: pd.DataFrame

    @property
    def travel_time_s(self) -> float:
        """Seconds from door to door."""
        return float(self.steps["travel_time_s"].sum())

    @property
    def distance_m(self) -> float:
        """Metres from door to door."""
        return float(self.steps["distance_m"].sum())


@dataclass(frozen=True)
class _Step:
    """A stretch of an edge from share `start` to share `end`, or an access leg."""

    edge: int
    start: float
    end: float
    seconds: float
    metres: float


def route_between(
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    facility: gpd.GeoDataFrame,
    *,
    direction: Direction,
    cost: Cost = "travel_time_s",
) -> Route | None:
    """
    The way between one demand point and one facility.

    Parameters
    ----------
    network
        Roads of one travel mode.
    demand, facility
        One point each, in the network's CRS.
    direction
        "to_facility" or "from_facility".
    cost
        What is kept smallest, as in the trip that is to be explained.

    Returns
    -------
    route
        None where there is no way.

    Raises
    ------
    CrsError, InputError, ImpedanceError
        As `coverage.catchment.nearest_facility`.
    ValueError
        If there is not one point each.
    """
    check_request(demand, facility, np.inf, direction)
    if len(demand) != 1 or len(facility) != 1:
        msg = "route_between takes one demand point and one facility"
        raise ValueError(msg)
    search = Search.prepare(network, facility, direction, cost)
    places = snap(network, demand.geometry)
    node_cost, predecessor = dijkstra(
        search.graph(), indices=search.first_source, return_predecessors=True
    )
    best = _cheapest(search, places, node_cost, predecessor)
    if best is None:
        return None
    steps = best if direction == "to_facility" else [_turned(step) for step in best[::-1]]
    ends = [demand.geometry.iloc[0], facility.geometry.iloc[0]]
    if direction == "from_facility":
        ends.reverse()
    table = pd.DataFrame(
        {
            "edge_id": [
                ACCESS if step.edge == ACCESS else int(network.edge_id[step.edge]) for step in steps
            ],
            "distance_m": [step.metres for step in steps],
            "travel_time_s": [step.seconds for step in steps],
        }
    )
    return Route(_line(network, steps, ends), table)


def _cheapest(
    search: Search, places: Snaps, node_cost: FloatArray, predecessor: FloatArray
) -> list[_Step] | None:
    """Steps from the demand point to the facility, of all ways between their places the best."""
    by_time = search.cost == "travel_time_s"
    best: tuple[float, list[_Step]] | None = None
    for way in _ways(search, places, node_cost, predecessor):
        total = sum(step.seconds if by_time else step.metres for step in way)
        if best is None or total < best[0]:
            best = (total, way)
    return None if best is None else best[1]


def _ways(
    search: Search, places: Snaps, node_cost: FloatArray, predecessor: FloatArray
) -> Iterator[list[_Step]]:
    for place in range(len(places.edge)):
        leg = _leg(search, float(places.access_m[place]))
        edge, share = int(places.edge[place]), float(places.fraction[place])
        for own in np.flatnonzero(search.snaps.edge == edge):
            door = float(search.snaps.fraction[own])
            if not (0 < share < 1 and 0 < door < 1):
                # What stands at a node is reached over the node, and whoever comes waits there.
                continue
            along = _stretch(search, edge, share, door, nodes=(False, False))
            if np.isfinite(along.seconds):
                yield [leg, along, _leg(search, float(search.snaps.access_m[own]))]
        for node, end in ((search.network.tail[edge], 0.0), (search.network.head[edge], 1.0)):
            if abs(end - share) == 1:
                continue
            first = _stretch(search, edge, share, end, nodes=(False, True))
            if np.isfinite(first.seconds) and np.isfinite(node_cost[node]):
                yield [leg, first, *_from_node(search, int(node), predecessor)]


def _from_node(search: Search, node: int, predecessor: FloatArray) -> Iterator[_Step]:
    """Steps from a node to the facility, up the tree of the search."""
    network = search.network
    while (after := int(predecessor[node])) < search.first_source:
        between = np.flatnonzero(
            (network.tail == node) & (network.head == after)
            | (network.tail == after) & (network.head == node)
        )
        ways = [
            _stretch(search, edge, *ends, nodes=(True, True))
            for edge in between.tolist()
            for ends in [(0.0, 1.0) if network.tail[edge] == node else (1.0, 0.0)]
        ]
        yield min(ways, key=lambda step: _order(search, step))
        node = after
    last: list[tuple[_Step, _Step]] = []
    for own in range(len(search.snaps.edge)):
        edge, share = int(search.snaps.edge[own]), float(search.snaps.fraction[own])
        for end, at in ((0.0, network.tail[edge]), (1.0, network.head[edge])):
            if at == node and abs(end - share) < 1:
                step = _stretch(search, edge, end, share, nodes=(True, False))
                last.append((step, _leg(search, float(search.snaps.access_m[own]))))
    yield from min(last, key=lambda way: _order(search, way[0]))


def _order(search: Search, step: _Step) -> tuple[float, float]:
    if search.cost == "travel_time_s" or not np.isfinite(step.seconds):
        return step.seconds, step.metres
    return step.metres, step.seconds


def _leg(search: Search, metres: float) -> _Step:
    return _Step(ACCESS, 0.0, 0.0, metres * search.network.access_s_per_m, metres)


def _stretch(
    search: Search, edge: int, start: float, end: float, *, nodes: tuple[bool, bool]
) -> _Step:
    """
    Along an edge, from the demand's side to the facility's.

    `nodes` tells whether the step starts and ends at a node of the way, not at a door: on
    arriving there the traveller waits.
    """
    network = search.network
    share = abs(end - start)
    inward = search.direction == "to_facility"
    pace = network.along_s[edge] if (end > start) == inward else network.against_s[edge]
    seconds = share * pace if share > 0 else 0.0
    arrival, at_node = (end, nodes[1]) if inward else (start, nodes[0])
    if at_node and share > 0:
        node = network.tail[edge] if arrival == 0.0 else network.head[edge]
        seconds += network.node_delay_s[node]
    return _Step(edge, start, end, float(seconds), float(share * network.length_m[edge]))


def _turned(step: _Step) -> _Step:
    return _Step(step.edge, step.end, step.start, step.seconds, step.metres)


def _line(
    network: RoadNetwork, steps: list[_Step], ends: list[shapely.Point]
) -> shapely.LineString:
    parts = [shapely.get_coordinates(ends[0])]
    for step in steps:
        if step.edge != ACCESS:
            piece = substring(
                network.lines_of(np.array([step.edge]))[0], step.start, step.end, normalized=True
            )
            parts.append(shapely.get_coordinates(piece))
    parts.append(shapely.get_coordinates(ends[1]))
    xy = np.concatenate(parts)
    moved = np.ones(len(xy), dtype=bool)
    moved[1:] = (np.diff(xy, axis=0) != 0).any(axis=1)
    # A point that stands on its facility still has a line, of no length.
    return shapely.LineString(xy[moved] if moved.sum() > 1 else xy[[0, -1]])
