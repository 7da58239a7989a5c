"""The way a trip takes: which streets, in which order, for how long, drawn from door to door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from coverage.changes.road_change_sentences import length_text
from coverage.changes.road_classes import class_name
from coverage.requests import check_request
from coverage.searches.search import Search
from coverage.snapping import snap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from coverage.graph.arcs import Cost, Direction, FloatArray
    from coverage.network import RoadNetwork
    from coverage.roads import Roads
    from coverage.snapping import Snaps

ACCESS: Final = -1
"""Stands for the edge of a step that is off the road."""

MOST_STRETCHES: Final = 6
"""Stretches of road told of one way; a planner follows no more, and a card holds no more."""

SHORT_STRETCH_M: Final = 100.0
"""A stretch below this, metres, is told as part of the road before or after it."""

_SECONDS_PER_MINUTE: Final = 60.0


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


@dataclass(frozen=True)
class _Stretch:
    """A stretch of one road as it is told; `more` where it holds others that are not named."""

    name: str
    road_class: str
    metres: float
    seconds: float
    more: bool = False

    def is_like(self, other: _Stretch) -> bool:
        return (self.name, self.road_class) == (other.name, other.road_class)

    def with_part(self, other: _Stretch) -> _Stretch:
        """The same road with the metres and seconds of another."""
        return replace(
            self, metres=self.metres + other.metres, seconds=self.seconds + other.seconds
        )


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


def way_sentence(route: Route, roads: Roads) -> str:
    """
    By which roads a trip goes, how far and how long on each, in the order of travel.

    Edges of one name and class that follow each other are one stretch. Stretches below
    `SHORT_STRETCH_M` count with the longer neighbour; where more than `MOST_STRETCHES` are left,
    those two neighbours that are shortest together become one, called by the longer one and
    "等". Metres and seconds stay those of the road in all; access legs are not told.

    Parameters
    ----------
    route
        A way over the roads.
    roads
        The roads that its edges are positions in.

    Returns
    -------
    sentence
        As "青银路（省道或主干路）2.30 公里 4.0 分钟 → 无名村道 600 米 7.5 分钟"; "" for a way
        without a road. Names are as they were read: to be made safe where they are shown.
    """
    stretches = _alike_joined(_stretches(route, roads))
    while len(stretches) > 1 and min(one.metres for one in stretches) < SHORT_STRETCH_M:
        stretches = _alike_joined(_without_shortest(stretches))
    while len(stretches) > MOST_STRETCHES:
        stretches = _alike_joined(_two_joined(stretches))
    return " → ".join(_told(one, named=bool(roads.names)) for one in stretches)


def _stretches(route: Route, roads: Roads) -> list[_Stretch]:
    """Every step on a road, one by one."""
    steps = route.steps[(route.steps["edge_id"] != ACCESS) & (route.steps["distance_m"] > 0)]
    columns = (steps["edge_id"], steps["distance_m"], steps["travel_time_s"])
    return [
        _Stretch(roads.name_of(edge), roads.road_classes[roads.road_class[edge]], metres, seconds)
        for edge, metres, seconds in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _alike_joined(stretches: list[_Stretch]) -> list[_Stretch]:
    """Neighbours of one name and class as one."""
    joined: list[_Stretch] = []
    for one in stretches:
        if joined and joined[-1].is_like(one):
            joined[-1] = replace(joined[-1].with_part(one), more=joined[-1].more or one.more)
        else:
            joined.append(one)
    return joined


def _without_shortest(stretches: list[_Stretch]) -> list[_Stretch]:
    """The shortest as part of its longer neighbour."""
    at = min(range(len(stretches)), key=lambda place: stretches[place].metres)
    beside = [place for place in (at - 1, at + 1) if 0 <= place < len(stretches)]
    into = max(beside, key=lambda place: stretches[place].metres)
    grown = [*stretches]
    grown[into] = stretches[into].with_part(stretches[at])
    return grown[:at] + grown[at + 1 :]


def _two_joined(stretches: list[_Stretch]) -> list[_Stretch]:
    """The two neighbours that are shortest together as one, called by the longer one."""
    lengths = [one.metres + other.metres for one, other in pairwise(stretches)]
    at = lengths.index(min(lengths))
    shorter, longer = sorted(stretches[at : at + 2], key=lambda one: one.metres)
    return [*stretches[:at], replace(longer.with_part(shorter), more=True), *stretches[at + 2 :]]


def _told(stretch: _Stretch, *, named: bool) -> str:
    """One stretch in words; on a map without any name nothing is called nameless."""
    called = class_name(stretch.road_class)
    if stretch.name:
        called = f"{stretch.name}（{called}）"
    elif named:
        called = f"无名{called if stretch.road_class else '道路'}"
    if stretch.more:
        called += "等"
    space = "" if called.endswith("）") else " "
    minutes = f"{stretch.seconds / _SECONDS_PER_MINUTE:.1f} 分钟"
    return f"{called}{space}{length_text(stretch.metres)} {minutes}"


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
