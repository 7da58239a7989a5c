"""Where a point of the map meets the roads: the nearest road, and the place along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from coverage.changes.road_classes import class_name
from coverage.graph.edge_table import ragged_take
from coverage.roads import BOTH, USERS
from coverage.snapping import TIE_TOLERANCE_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from coverage.roads import BoolArray, FloatArray, IntArray, Roads, RoadUser

SNAP_M: Final = 200.0
"""A click this far from a road still means the road, in metres: about ten pixels on a map that
shows a whole town."""

AT_NODE_M: Final = 1.0
"""A place this near the end of an edge, in metres along it, is the node; no slivers are cut off."""


_KNOWN_BOXES: Final[WeakKeyDictionary[Roads, FloatArray]] = WeakKeyDictionary()
"""Boxes of the edges, kept as long as the roads themselves: every click asks for them."""


@dataclass(frozen=True)
class Place:
    """
    A place on a road.

    Parameters
    ----------
    edge
        Position of the edge.
    metres
        Along the line of the edge as drawn, from its from-node; metres of the projection.
    node
        Position of the node where the place is one; -1 in the middle of the edge.
    x, y
        Metres.
    distance_m
        From the point that was asked about.
    at_junction
        Whether other roads, of another course, are equally near.
    """

    edge: int
    metres: float
    node: int
    x: float
    y: float
    distance_m: float
    at_junction: bool


@dataclass(frozen=True, eq=False)
class RoadAt:
    """
    The road at a point of the map, as the planner is to see it.

    Parameters
    ----------
    edge
        Position of the edge in the roads.
    name
        What it is called; "" where it has no name.
    road_class, class_name
        OSM value and Chinese name.
    max_speed_kph
        Signed speed, km/h; NaN where none is.
    length_m
        Metres from one end of the edge to the other.
    users
        Who may use it.
    oneway
        Whether any of them may use it one way only.
    x, y
        The place on the road, metres; that of the node where one was near enough.
    at_node
        Whether the place is the end of the edge.
    distance_m
        Metres from the point to the road.
    line
        The edge, in the CRS of the roads.
    """

    edge: int
    name: str
    road_class: str
    class_name: str
    max_speed_kph: float
    length_m: float
    users: tuple[RoadUser, ...]
    oneway: bool
    x: float
    y: float
    at_node: bool
    distance_m: float
    line: shapely.LineString


def edge_at(
    roads: Roads,
    x: float,
    y: float,
    user: RoadUser | None = None,
    *,
    within_m: float = SNAP_M,
    node_within_m: float = AT_NODE_M,
) -> RoadAt | None:
    """
    The road that a click on the map means.

    Parameters
    ----------
    roads
        Streets with m edges.
    x, y
        Metres in the CRS of the roads.
    user
        Who must be allowed to use it; None for anybody.
    within_m
        How far away the road may be, metres.
    node_within_m
        How near the end of the edge the place becomes the end itself, metres; a page passes
        what some pixels are, so that a click beside a crossing means the crossing.

    Returns
    -------
    road
        None where no road is near. Of equally near roads the first.
    """
    usable = may_use(roads, USERS if user is None else (user,))
    place = nearest_place(roads, x, y, usable=usable, within_m=within_m)
    if place is None:
        return None
    edge = place.edge
    line = edge_lines(roads, np.array([edge]))[0]
    place_x, place_y, at_node = place.x, place.y, place.node >= 0
    for end in (int(roads.from_node[edge]), int(roads.to_node[edge])):
        end_x, end_y = float(roads.node_x[end]), float(roads.node_y[end])
        if not at_node and np.hypot(end_x - place.x, end_y - place.y) <= node_within_m:
            place_x, place_y, at_node = end_x, end_y, True
    bits = {one: int(roads.access[one][edge]) for one in USERS}
    road_class = roads.road_classes[int(roads.road_class[edge])]
    return RoadAt(
        edge=edge,
        name=roads.name_of(edge),
        road_class=road_class,
        class_name=class_name(road_class),
        max_speed_kph=float(roads.max_speed_kph[edge]),
        length_m=float(roads.length_m[edge]),
        users=tuple(one for one in USERS if bits[one]),
        oneway=any(way not in (0, BOTH) for way in bits.values()),
        x=place_x,
        y=place_y,
        at_node=at_node,
        distance_m=place.distance_m,
        line=line,
    )


def nearest_place(
    roads: Roads, x: float, y: float, *, usable: BoolArray, within_m: float
) -> Place | None:
    """
    The place on the nearest of some edges.

    Parameters
    ----------
    roads
        Streets with m edges.
    x, y
        Metres in the CRS of the roads.
    usable
        Shape (m,), the edges in question.
    within_m
        How far away the edge may be, metres.

    Returns
    -------
    place
        None where no edge is near. Of equally near edges the first.
    """
    near = edges_in_box(roads, (x - within_m, y - within_m, x + within_m, y + within_m))
    near = near[usable[near]]
    point = shapely.Point(x, y)
    lines = edge_lines(roads, near)
    distance = shapely.distance(lines, point)
    least = distance.min(initial=np.inf)
    if not least <= within_m:
        return None
    tied = np.flatnonzero(distance <= least + TIE_TOLERANCE_M)
    others = np.setdiff1d(near[tied], same_course(roads, near[tied[:1]]))
    return place_on(
        roads,
        int(near[tied[0]]),
        point,
        distance_m=float(distance[tied[0]]),
        at_junction=len(others) > 0,
    )


def place_on(
    roads: Roads,
    edge: int,
    point: shapely.Point,
    *,
    distance_m: float = 0.0,
    at_junction: bool = False,
) -> Place:
    """The place on an edge that is nearest to a point; its node where one is near enough."""
    line = edge_lines(roads, np.array([edge]))[0]
    metres, length = float(line.project(point)), float(line.length)
    node = -1
    if min(metres, length - metres) <= AT_NODE_M:
        from_end = metres <= length - metres
        node = int(roads.from_node[edge] if from_end else roads.to_node[edge])
        x, y = float(roads.node_x[node]), float(roads.node_y[node])
    else:
        on_line = line.interpolate(metres)
        x, y = float(on_line.x), float(on_line.y)
    return Place(edge, metres, node, x, y, distance_m, at_junction)


def may_use(roads: Roads, users: Sequence[RoadUser]) -> BoolArray:
    """Shape (m,): edges that any of the users may use."""
    usable: BoolArray = np.any([roads.access[user] != 0 for user in users], axis=0)
    return usable


def edges_in_box(roads: Roads, box: tuple[float, float, float, float]) -> IntArray:
    """Edges whose own box (west, south, east, north) meets a box."""
    west, south, east, north = box
    of_edge = _boxes(roads)
    meets = (of_edge[2] >= west) & (of_edge[0] <= east)
    meets &= (of_edge[3] >= south) & (of_edge[1] <= north)
    return np.flatnonzero(meets)


def _boxes(roads: Roads) -> FloatArray:
    """Shape (4, m): west, south, east, north of each edge; made once for the same roads."""
    boxes = _KNOWN_BOXES.get(roads)
    if boxes is None:
        starts = roads.vertex_start[:-1]
        axes = (roads.vertex_x, roads.vertex_y)
        boxes = np.zeros((4, roads.edge_count))
        for row, xy in enumerate(axes if roads.edge_count else ()):
            boxes[row] = np.minimum.reduceat(xy, starts)
            boxes[row + 2] = np.maximum.reduceat(xy, starts)
        boxes.setflags(write=False)
        _KNOWN_BOXES[roads] = boxes
    return boxes


def edge_lines(roads: Roads, edges: IntArray) -> npt.NDArray[np.object_]:
    """Shape (k,), some edges as LineStrings from from-node to to-node."""
    vertex, starts = ragged_take(roads.vertex_start, edges)
    xy = np.column_stack([roads.vertex_x[vertex], roads.vertex_y[vertex]])
    owner = np.repeat(np.arange(len(edges)), np.diff(starts))
    lines: npt.NDArray[np.object_] = shapely.linestrings(xy, indices=owner)
    return lines


def edge_xy(roads: Roads, edge: int) -> FloatArray:
    """Shape (k, 2), the vertices of one edge, metres."""
    part = slice(int(roads.vertex_start[edge]), int(roads.vertex_start[edge + 1]))
    return np.column_stack([roads.vertex_x[part], roads.vertex_y[part]])


def same_course(roads: Roads, edges: IntArray) -> IntArray:
    """
    Some edges, and all that run over the very same vertices, either way round.

    A table with one row for each direction of a street draws the street twice, and whoever
    closes it means both.

    Parameters
    ----------
    roads
        Streets with m edges.
    edges
        Positions of edges.

    Returns
    -------
    edges
        Sorted, each once.
    """
    west, south, _, _ = _boxes(roads)
    candidates = np.flatnonzero(np.isin(west, west[edges]))
    candidates = candidates[np.isin(south[candidates], south[edges])]
    wanted = {_course(roads, edge) for edge in edges.tolist()}
    mates = [edge for edge in candidates.tolist() if _course(roads, edge) in wanted]
    return np.array(sorted({*mates, *edges.tolist()}), dtype=np.int64)


def one_of_each_course(roads: Roads, edges: IntArray) -> IntArray:
    """Some edges, and of those that run over the very same vertices only the first."""
    first: dict[bytes, int] = {}
    for edge in edges.tolist():
        first.setdefault(_course(roads, edge), edge)
    return np.array(list(first.values()), dtype=np.int64)


def _course(roads: Roads, edge: int) -> bytes:
    xy = edge_xy(roads, edge)
    return min(xy.tobytes(), xy[::-1].tobytes())
