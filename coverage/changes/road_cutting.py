"""Roads with edges cut in two, with more nodes, with more edges; each a new set of arrays.

The first part of an edge that is cut keeps the position of the edge, the others come after all
edges there were, so that what is known of an edge by its position stays true.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coverage.changes.road_places import edge_xy
from coverage.roads import ALONG, BOTH, UNNAMED, USERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.roads import FloatArray, IntArray, Roads, RoadUser


@dataclass(frozen=True)
class Cut:
    """
    A place where an edge is cut.

    Parameters
    ----------
    edge
        Position of the edge.
    metres
        Along the line of the edge as drawn, more than 0 and less than its length.
    node
        Position of the node at which the parts meet.
    """

    edge: int
    metres: float
    node: int


@dataclass(frozen=True, eq=False)
class NewEdge:
    """
    An edge to add.

    Parameters
    ----------
    from_node, to_node
        Positions of its nodes.
    xy
        Shape (k, 2), its vertices from node to node, metres.
    length_m
        Metres.
    """

    from_node: int
    to_node: int
    xy: FloatArray
    length_m: float


@dataclass(frozen=True)
class Kind:
    """
    What all edges of a new road have in common.

    Parameters
    ----------
    road_class
        OSM `highway` value.
    max_speed_kph
        km/h; NaN where the table of the mode decides.
    users
        Who may use it.
    oneway
        Whether vehicles may only go as it is drawn; people on foot may go both ways.
    is_bridge
        Whether it passes over what it crosses.
    name
        What it is called; "" for a road without a name.
    """

    road_class: str
    max_speed_kph: float
    users: tuple[RoadUser, ...]
    oneway: bool
    is_bridge: bool
    name: str = ""

    def bits(self, user: RoadUser) -> int:
        """Access bits of one kind of user."""
        if user not in self.users:
            return 0
        return ALONG if self.oneway and user != "foot" else BOTH


def with_nodes(roads: Roads, xy: Sequence[tuple[float, float]]) -> Roads:
    """
    Roads with more nodes, after those there were.

    Parameters
    ----------
    roads
        Streets with n nodes.
    xy
        Places of k nodes, metres.

    Returns
    -------
    roads
        With n + k nodes; the new ones have the first negative ids that are free, counted down
        from -1 (sources count up from 0), and no signals.
    """
    if not xy:
        return roads
    taken = roads.node_id[roads.node_id < 0]
    free = np.setdiff1d(-np.arange(1, len(taken) + len(xy) + 1), taken)[::-1]
    places = np.array(xy, dtype=float)
    return replace(
        roads,
        node_id=np.concatenate([roads.node_id, free[: len(xy)]]),
        node_x=np.concatenate([roads.node_x, places[:, 0]]),
        node_y=np.concatenate([roads.node_y, places[:, 1]]),
        node_signals=np.concatenate([roads.node_signals, np.zeros(len(xy), dtype=bool)]),
    )


def cut_edges(roads: Roads, cuts: Sequence[Cut]) -> tuple[Roads, IntArray]:
    """
    Roads with some edges cut at nodes that are there already.

    Parameters
    ----------
    roads
        Streets with m edges.
    cuts
        In any order; several may be on one edge.

    Returns
    -------
    roads
        Every part has the attributes of its edge, the name too, and its share of the length, which
        may be longer than its line (metres on the ellipsoid, winding roads).
    parent
        Shape (m + cuts,), the edge that each edge was or was part of; the parts of one edge
        stand in the order in which they lie along it.
    """
    if not cuts:
        return roads, np.arange(roads.edge_count)
    by_edge: defaultdict[int, list[Cut]] = defaultdict(list)
    for cut in cuts:
        by_edge[cut.edge].append(cut)
    parent = np.concatenate(
        [np.arange(roads.edge_count)]
        + [np.full(len(by_edge[edge]), edge, dtype=np.int64) for edge in sorted(by_edge)]
    )
    from_node, to_node = roads.from_node[parent], roads.to_node[parent]
    length_m = roads.length_m[parent]
    lines: dict[int, FloatArray] = {}
    after = roads.edge_count
    for edge in sorted(by_edge):
        here = sorted(by_edge[edge], key=lambda cut: cut.metres)
        parts = [edge, *range(after, after + len(here))]
        after += len(here)
        lines |= zip(parts, _parts(roads, edge, here), strict=True)
        nodes = [cut.node for cut in here]
        from_node[parts[1:]] = nodes
        to_node[parts] = [*nodes, roads.to_node[edge]]
        drawn = _along(edge_xy(roads, edge))[-1]
        length_m[parts] *= np.diff([0.0, *(cut.metres for cut in here), drawn]) / drawn
    taken = _taken(roads, parent, lines)
    return replace(taken, from_node=from_node, to_node=to_node, length_m=length_m), parent


def with_edges(roads: Roads, edges: Sequence[NewEdge], kind: Kind) -> tuple[Roads, IntArray]:
    """
    Roads with more edges, after those there were.

    Parameters
    ----------
    roads
        Streets with m edges.
    edges
        At least one.
    kind
        Class, speed and users of all of them.

    Returns
    -------
    roads
        Streets with m + k edges.
    parent
        Shape (m + k,), the edge that each edge was; -1 for the new ones.
    """
    count = len(edges)
    old = np.arange(roads.edge_count)
    roads = _with_labels(roads, kind)
    # Any edge may lend its columns; every one of them is set below.
    source = np.concatenate([old, np.zeros(count, dtype=np.int64)])
    lines = {roads.edge_count + place: edge.xy for place, edge in enumerate(edges)}
    grown = _taken(roads, source, lines)

    def column(name: str, values: object) -> dict[str, Any]:
        whole = getattr(grown, name).copy()
        whole[roads.edge_count :] = values
        return {name: whole}

    access = {user: bits.copy() for user, bits in grown.access.items()}
    for user in USERS:
        access[user][roads.edge_count :] = kind.bits(user)
    changed = replace(
        grown,
        access=access,
        **column("from_node", [edge.from_node for edge in edges]),
        **column("to_node", [edge.to_node for edge in edges]),
        **column("length_m", [edge.length_m for edge in edges]),
        **column("road_class", roads.road_classes.index(kind.road_class)),
        **column("max_speed_kph", kind.max_speed_kph),
        **column("surface", roads.surfaces.index("")),
        **column("is_bridge", kind.is_bridge),
        **column("is_tunnel", values=False),
        **column("name_code", roads.names.index(kind.name) if kind.name else UNNAMED),
    )
    return changed, np.concatenate([old, np.full(count, -1, dtype=np.int64)])


def _parts(roads: Roads, edge: int, cuts: list[Cut]) -> list[FloatArray]:
    """Vertices of the parts of an edge, from its from-node on; cuts in order."""
    xy = edge_xy(roads, edge)
    along = _along(xy)
    places = [np.array([roads.node_x[cut.node], roads.node_y[cut.node]]) for cut in cuts]
    starts, ends = [xy[0], *places], [*places, xy[-1]]
    marks = [-np.inf, *(cut.metres for cut in cuts), np.inf]
    inner = (along > 0) & (along < along[-1])
    return [
        np.vstack([starts[part], xy[inner & (along > marks[part]) & (along < marks[part + 1])],
                   ends[part]])
        for part in range(len(cuts) + 1)
    ]  # fmt: skip


def _along(xy: FloatArray) -> FloatArray:
    """Shape (k,), metres from the first vertex to each, along the line as drawn."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])


def _taken(roads: Roads, source: IntArray, lines: dict[int, FloatArray]) -> Roads:
    """Edges by position in `roads`, some with other vertices than those of their source."""
    counts = np.diff(roads.vertex_start)[source]
    begin = roads.vertex_start[:-1][source]
    pool_x, pool_y = [roads.vertex_x], [roads.vertex_y]
    filled = len(roads.vertex_x)
    for edge, xy in lines.items():
        counts[edge], begin[edge] = len(xy), filled
        pool_x.append(xy[:, 0])
        pool_y.append(xy[:, 1])
        filled += len(xy)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    vertex = np.arange(start[-1]) + np.repeat(begin - start[:-1], counts)
    return replace(
        roads,
        from_node=roads.from_node[source],
        to_node=roads.to_node[source],
        length_m=roads.length_m[source],
        road_class=roads.road_class[source],
        max_speed_kph=roads.max_speed_kph[source],
        surface=roads.surface[source],
        access={user: bits[source] for user, bits in roads.access.items()},
        is_bridge=roads.is_bridge[source],
        is_tunnel=roads.is_tunnel[source],
        name_code=roads.name_code[source],
        vertex_x=np.concatenate(pool_x)[vertex],
        vertex_y=np.concatenate(pool_y)[vertex],
        vertex_start=start,
    )


def _with_labels(roads: Roads, kind: Kind) -> Roads:
    """Roads whose lists, sorted, hold the class and name of a kind, and no surface."""
    classes, class_at = _with_label(roads.road_classes, kind.road_class)
    surfaces, surface_at = _with_label(roads.surfaces, "")
    names, name_at = _with_label(roads.names, kind.name) if kind.name else (roads.names, None)
    named = roads.name_code
    if name_at is not None:
        named = np.append(name_at, UNNAMED).astype(np.int32)[named]
    return replace(
        roads,
        road_class=class_at[roads.road_class],
        road_classes=classes,
        surface=surface_at[roads.surface],
        surfaces=surfaces,
        name_code=named,
        names=names,
    )


def _with_label(labels: tuple[str, ...], label: str) -> tuple[tuple[str, ...], IntArray]:
    """Sorted labels with one that may be there, and where each of the old ones now stands."""
    longer = tuple(sorted({*labels, label}))
    place = {name: position for position, name in enumerate(longer)}
    return longer, np.array([place[name] for name in labels], dtype=np.int64)
