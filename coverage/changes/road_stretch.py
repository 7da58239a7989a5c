"""The stretch of road between places on it, cut out so that it can change by itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from coverage.changes.road_cutting import Cut, cut_edges, with_nodes
from coverage.changes.road_places import AT_NODE_M, edges_in_box, place_on, same_course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.changes.road_places import Place
    from coverage.roads import BoolArray, IntArray, Roads

NO_PREDECESSOR: Final = -9999
"""What SciPy writes where a search did not come from any node."""

LEAST_WIDTH_M: Final = 2000.0
WIDTH_TIMES: Final = 2.0
"""Width of the surroundings that are searched first: metres, and times the straight line."""

GROWTH: Final = 4.0
"""How much wider they become where they do not suffice."""

SURELY: Final = 0.9
"""Lengths may be a little shorter than the line on the map: projection, rounded tables."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """
    Edges that make up a stretch of road.

    Parameters
    ----------
    roads
        With the edges at both ends of the stretch cut.
    parent
        Shape (m,), the edge that each edge was or was part of.
    edges
        Positions of the edges of the stretch, and of those of the same course; empty where the
        places are one.
    """

    roads: Roads
    parent: IntArray
    edges: IntArray


def cut_stretch(roads: Roads, places: Sequence[Place], usable: BoolArray) -> Stretch | None:
    """
    The shortest stretch of road from place to place, cut out of its edges.

    One-way streets are followed either way, since what is wanted is a piece of road and not a
    trip. Between two places on one edge the stretch is the part of that edge.

    Parameters
    ----------
    roads
        Streets with m edges.
    places
        Two or more, in order.
    usable
        Shape (m,), the edges that the stretch may be made of.

    Returns
    -------
    stretch
        None where no road joins two successive places.
    """
    cut, parent, nodes = _cut_at(roads, places)
    open_edges = usable[parent]
    found = [np.zeros(0, dtype=np.int64)]
    for (a, node_a), (b, node_b) in pairwise(zip(places, nodes, strict=True)):
        if node_a == node_b:
            continue
        leg = _between(cut, np.flatnonzero(parent == _shared_edge(a, b)), node_a, node_b)
        if leg is None:
            leg = _shortest(cut, open_edges, node_a, node_b)
        if leg is None:
            return None
        found.append(leg)
    return Stretch(cut, parent, same_course(cut, np.unique(np.concatenate(found))))


def _cut_at(roads: Roads, places: Sequence[Place]) -> tuple[Roads, IntArray, list[int]]:
    """Roads cut at the places, the edge that each edge was, and the node at each place."""
    cuts: list[Cut] = []
    xy: list[tuple[float, float]] = []
    nodes: list[int] = []
    made: list[tuple[Place, int]] = []
    for place in places:
        known = [node for other, node in made if _same_spot(place, other)]
        if place.node >= 0 or known:
            nodes.append(place.node if place.node >= 0 else known[0])
            continue
        point = shapely.Point(place.x, place.y)
        for mate in same_course(roads, np.array([place.edge])).tolist():
            # Edges of one course get a node each: one for all would look like a junction.
            node = roads.node_count + len(xy)
            xy.append((place.x, place.y))
            cuts.append(Cut(mate, place_on(roads, mate, point).metres, node))
            if mate == place.edge:
                made.append((place, node))
                nodes.append(node)
    cut, parent = cut_edges(with_nodes(roads, xy), cuts)
    return cut, parent, nodes


def _same_spot(one: Place, other: Place) -> bool:
    return one.edge == other.edge and abs(one.metres - other.metres) <= AT_NODE_M


def _shared_edge(a: Place, b: Place) -> int:
    """The edge that both places may be on; -1 where both are nodes."""
    return a.edge if a.node < 0 else b.edge if b.node < 0 else -1


def _between(roads: Roads, parts: IntArray, node_a: int, node_b: int) -> IntArray | None:
    """The parts of one edge between two nodes along it; None where it does not pass both."""
    if not len(parts):
        return None
    chain = [int(roads.from_node[parts[0]]), *roads.to_node[parts].tolist()]
    if chain[0] == chain[-1] or node_a not in chain or node_b not in chain:
        return None
    first, last = sorted((chain.index(node_a), chain.index(node_b)))
    return parts[first:last]


def _shortest(roads: Roads, usable: BoolArray, start: int, end: int) -> IntArray | None:
    """
    The edges of the shortest path between two nodes; None where there is no path.

    Only the surroundings are searched, as a path that leaves them is at least twice as long as
    they are wide; they grow until they suffice.
    """
    x, y = roads.node_x[[start, end]], roads.node_y[[start, end]]
    width = max(LEAST_WIDTH_M, WIDTH_TIMES * float(np.hypot(x[1] - x[0], y[1] - y[0])))
    every = int(usable.sum())
    while True:
        box = (x.min() - width, y.min() - width, x.max() + width, y.max() + width)
        near = edges_in_box(roads, box)
        near = near[usable[near]]
        path = _shortest_among(roads, near, start, end)
        if len(near) == every or (
            path is not None and roads.length_m[path].sum() <= 2 * SURELY * width
        ):
            return path
        width *= GROWTH


def _shortest_among(roads: Roads, edges: IntArray, start: int, end: int) -> IntArray | None:
    """The same, over some edges, either way, of parallel ones the shortest."""
    ends = np.concatenate([roads.from_node[edges], roads.to_node[edges], [start, end]])
    nodes, at = np.unique(ends, return_inverse=True)
    size, count = len(nodes), len(edges)
    there, back = at[:count], at[count:-2]
    pair = np.concatenate([there * size + back, back * size + there])
    edge = np.tile(edges, 2)
    order = np.lexsort((edge, roads.length_m[edge], pair))
    pair, first = np.unique(pair[order], return_index=True)
    edge = edge[order[first]]
    weights = (roads.length_m[edge], (pair // size, pair % size))
    graph = csr_array(weights, shape=(size, size))
    _, before = dijkstra(graph, indices=at[-2], return_predecessors=True)
    steps = []
    node = int(at[-1])
    while node != at[-2]:
        previous = int(before[node])
        if previous == NO_PREDECESSOR:
            return None
        steps.append(previous * size + node)
        node = previous
    path: IntArray = edge[np.searchsorted(pair, steps)]
    return path
