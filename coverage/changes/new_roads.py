"""A road drawn on the map: joined to the roads there are, measured, made into edges.

The ends join the nearest road. What lies between joins only where a vertex was put on a road, so
that a bridge passes over the streets and the river below; a road at grade asks for "crossings".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely

from coverage.changes.road_cutting import Cut, NewEdge, cut_edges, with_edges, with_nodes
from coverage.changes.road_places import (
    AT_NODE_M,
    SNAP_M,
    edge_lines,
    edges_in_box,
    nearest_place,
    place_on,
    same_course,
)
from coverage.graph.edge_table import metric_crs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.changes.road_cutting import Kind
    from coverage.changes.road_places import Place
    from coverage.roads import BoolArray, FloatArray, IntArray, Roads

NEVER_CROSSED_AT_GRADE: Final = frozenset({"motorway", "motorway_link", "ferry"})
"""Classes that a road passes over or under, or not at all, beside bridges and tunnels."""

ROUND_TRIP_M: Final = 0.01
"""A place must come back so near from longitude and latitude for them to mean anything."""


@dataclass(frozen=True, eq=False)
class LaidRoad:
    """
    A drawn road among the others.

    Parameters
    ----------
    roads
        With the new edges, and those they join cut.
    parent
        Shape (m,), the edge that each edge was or was part of; -1 for the new ones.
    edges
        Positions of the new edges, in order.
    ends
        Where the first and the last vertex joined; None for a free end.
    between
        How many times it joined a road between its ends.
    on_ellipsoid
        Whether its length was measured on the ellipsoid; on the map plane otherwise.
    """

    roads: Roads
    parent: IntArray
    edges: IntArray
    ends: tuple[Place | None, Place | None]
    between: int
    on_ellipsoid: bool


@dataclass(frozen=True)
class _Stop:
    """A vertex of the new road, and the place of a road that it joins, if any."""

    x: float
    y: float
    joins: Place | None = None


def lay_road(
    roads: Roads,
    xy: Sequence[tuple[float, float]],
    kind: Kind,
    *,
    everybody: BoolArray,
    anybody: BoolArray,
    at_crossings: bool,
) -> LaidRoad | None:
    """
    Add a drawn road.

    An end joins the road it was put on, else the nearest that all its users may use, else the
    nearest that any of them may use.

    Parameters
    ----------
    roads
        Streets with m edges.
    xy
        Two or more different vertices, metres in the CRS of the roads.
    kind
        Class, speed and users.
    everybody, anybody
        Shape (m,), edges open to all its users, and to any of them.
    at_crossings
        Whether it joins the roads that it crosses: all but bridges, tunnels and
        `NEVER_CROSSED_AT_GRADE`.

    Returns
    -------
    laid
        None where it joins nothing; without edges where its ends join at one place and nothing
        of it is left.
    """
    stops = [_Stop(*xy[0], _end(roads, xy[0], everybody, anybody))]
    stops += [_Stop(*vertex, _near(roads, vertex, anybody, AT_NODE_M)) for vertex in xy[1:-1]]
    stops.append(_Stop(*xy[-1], _end(roads, xy[-1], everybody, anybody)))
    ends = (stops[0].joins, stops[-1].joins)
    stops = [_moved(stop) for stop in stops]
    if at_crossings:
        stops = _with_crossings(roads, stops, anybody)
    if not any(stop.joins for stop in stops):
        return None
    cut, parent, nodes = _cut_at(roads, stops)
    new, on_ellipsoid = _new_edges(cut, stops, nodes)
    if not new:
        nothing = np.zeros(0, dtype=np.int64)
        return LaidRoad(cut, parent, nothing, ends, 0, on_ellipsoid)
    grown, source = with_edges(cut, new, kind)
    return LaidRoad(
        roads=grown,
        parent=np.where(source >= 0, parent[source], -1),
        edges=np.flatnonzero(source < 0),
        ends=ends,
        between=len({node for node in nodes[1:-1] if node is not None} - {nodes[0], nodes[-1]}),
        on_ellipsoid=on_ellipsoid,
    )


def lengths_on_ellipsoid(crs: str, lines: Sequence[FloatArray]) -> FloatArray | None:
    """
    Length of lines on the ellipsoid of a CRS.

    Parameters
    ----------
    crs
        Projected CRS in metres.
    lines
        Each of shape (k, 2), metres.

    Returns
    -------
    length_m
        One per line; None where the coordinates have no longitude and latitude, as in a made-up
        network, or the CRS has no ellipsoid.
    """
    known = _degrees(crs)
    if known is None:
        return None
    transformer, geod = known
    xy = np.vstack(lines)
    lon, lat = transformer.transform(*xy.T)
    back = np.column_stack(transformer.transform(lon, lat, direction="INVERSE"))
    if not (np.abs(back - xy) <= ROUND_TRIP_M).all():
        return None
    at = np.split(np.arange(len(xy)), np.cumsum([len(line) for line in lines])[:-1])
    return np.array([geod.line_length(lon[part], lat[part]) for part in at])


@lru_cache(maxsize=8)
def _degrees(crs: str) -> tuple[pyproj.Transformer, pyproj.Geod] | None:
    projected = metric_crs(crs)
    geodetic = None if projected is None else projected.geodetic_crs
    geod = None if projected is None else projected.get_geod()
    if geodetic is None or geod is None:
        return None
    return pyproj.Transformer.from_crs(projected, geodetic, always_xy=True), geod


def _near(roads: Roads, xy: tuple[float, float], usable: BoolArray, reach_m: float) -> Place | None:
    return nearest_place(roads, *xy, usable=usable, within_m=reach_m)


def _end(
    roads: Roads, xy: tuple[float, float], everybody: BoolArray, anybody: BoolArray
) -> Place | None:
    # An end put on a road means that road, whoever may use it.
    return (
        _near(roads, xy, everybody, AT_NODE_M)
        or _near(roads, xy, anybody, AT_NODE_M)
        or _near(roads, xy, everybody, SNAP_M)
        or _near(roads, xy, anybody, SNAP_M)
    )


def _moved(stop: _Stop) -> _Stop:
    """The vertex at the very place that it joins."""
    return stop if stop.joins is None else _Stop(stop.joins.x, stop.joins.y, stop.joins)


def _with_crossings(roads: Roads, stops: list[_Stop], usable: BoolArray) -> list[_Stop]:
    """One more stop wherever the course crosses a road at grade."""
    course = shapely.LineString([(stop.x, stop.y) for stop in stops])
    apart = np.array([name in NEVER_CROSSED_AT_GRADE for name in roads.road_classes])
    level = usable & ~(roads.is_bridge | roads.is_tunnel | apart[roads.road_class])
    near = edges_in_box(roads, course.bounds)
    near = near[level[near]]
    lines = edge_lines(roads, near)
    crossing = np.flatnonzero(shapely.intersects(lines, course))
    along = np.concatenate([[0.0], np.cumsum(_steps(stops))])
    # An end stays the end, whatever crosses there.
    ranked = [(float(along[at]), 0, at, stop) for at, stop in enumerate(stops)]
    ranked[0], ranked[-1] = (-1.0, 0, 0, stops[0]), (np.inf, 0, len(stops), stops[-1])
    for place in crossing.tolist():
        shared = shapely.intersection(lines[place], course)
        for x, y in sorted(set(_points_of(shared))):
            point = shapely.Point(x, y)
            joint = place_on(roads, int(near[place]), point)
            ranked.append((course.project(point), 1, place, _Stop(joint.x, joint.y, joint)))
    ranked.sort(key=lambda row: row[:3])
    return [row[3] for row in ranked]


def _points_of(shared: shapely.Geometry) -> list[tuple[float, float]]:
    """Where two lines meet: points, and both ends of what they have in common."""
    parts = shapely.get_parts(shared)
    is_line = shapely.get_dimensions(parts) == 1
    merged = shapely.line_merge(shapely.multilinestrings(parts[is_line]))
    points: list[tuple[float, float]] = []
    for part in (*parts[~is_line], *shapely.get_parts(merged)):
        points += [part.coords[0], part.coords[-1]]
    return points


def _steps(stops: Sequence[_Stop]) -> FloatArray:
    xy = np.array([(stop.x, stop.y) for stop in stops])
    steps: FloatArray = np.hypot(*np.diff(xy, axis=0).T)
    return steps


def _cut_at(roads: Roads, stops: Sequence[_Stop]) -> tuple[Roads, IntArray, list[int | None]]:
    """Roads cut where they are joined, the edge that each edge was, and the nodes of the stops."""
    cuts: list[Cut] = []
    xy: list[tuple[float, float]] = []
    nodes: list[int | None] = []
    made: list[tuple[int, float, int]] = []
    for number, stop in enumerate(stops):
        node = None
        if stop.joins is not None and stop.joins.node >= 0:
            node = stop.joins.node
        elif stop.joins is not None:
            point = shapely.Point(stop.x, stop.y)
            mates = same_course(roads, np.array([stop.joins.edge])).tolist()
            first = place_on(roads, mates[0], point).metres
            known = [at for edge, metres, at in made
                     if edge == mates[0] and abs(metres - first) <= AT_NODE_M]  # fmt: skip
            node = known[0] if known else roads.node_count + len(xy)
            if not known:
                # Edges of one course share the node: here they are one road with a junction.
                xy.append((stop.x, stop.y))
                made.append((mates[0], first, node))
                cuts += [Cut(mate, place_on(roads, mate, point).metres, node) for mate in mates]
        elif number in (0, len(stops) - 1):
            node = roads.node_count + len(xy)
            xy.append((stop.x, stop.y))
        nodes.append(node)
    cut, parent = cut_edges(with_nodes(roads, xy), cuts)
    return cut, parent, nodes


def _new_edges(
    roads: Roads, stops: Sequence[_Stop], nodes: Sequence[int | None]
) -> tuple[list[NewEdge], bool]:
    """The pieces of the new road from node to node, and whether they are measured exactly."""
    joints = [at for at, node in enumerate(nodes) if node is not None]
    ends: list[tuple[int, int]] = []
    lines: list[FloatArray] = []
    for first, last in pairwise(joints):
        start, end = nodes[first], nodes[last]
        assert start is not None  # noqa: S101 - so chosen
        assert end is not None  # noqa: S101
        places = [(float(roads.node_x[start]), float(roads.node_y[start]))]
        places += [(stop.x, stop.y) for stop in stops[first + 1 : last]]
        places.append((float(roads.node_x[end]), float(roads.node_y[end])))
        xy = np.array(places)
        if np.ptp(xy, axis=0).any():
            ends.append((start, end))
            lines.append(xy)
    if not lines:
        return [], False
    exact = lengths_on_ellipsoid(roads.crs, lines)
    lengths = exact
    if lengths is None:
        lengths = np.array([np.hypot(*np.diff(xy, axis=0).T).sum() for xy in lines])
    edges = [
        NewEdge(start, end, xy, float(length))
        for (start, end), xy, length in zip(ends, lines, lengths, strict=True)
    ]
    return edges, exact is not None
