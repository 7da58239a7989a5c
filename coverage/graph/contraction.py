"""Chains of road edges merged through the nodes where nothing changes.

A node with exactly two edge ends, no traffic signals and the same road on both sides is only a
vertex of a longer edge. Merging such chains makes the network several times smaller and changes
no travel time: lengths add up, vertices are kept, and speed and access were equal anyway.

A road ends where its name does, so that a planner is told the right name over its whole length.
That leaves 0.5 % more edges in Liechtenstein and 0.1 % in the generated county; giving each chain
the name of its longest part would have told up to 736 m under a wrong name. The node that stays is
no junction and costs no time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from coverage.roads import USERS

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.roads import BoolArray, ByteArray, FloatArray, IntArray, Roads

_TURNED_BITS: Final = np.array([0, 2, 1, 3], dtype=np.uint8)
"""Access bits of an edge that is travelled the other way round: ALONG and AGAINST change places."""


@dataclass(frozen=True, eq=False)
class _Joints:
    """
    Places where two edge ends meet and may be merged, k of them.

    An edge end is numbered 2 x edge for the from-end and 2 x edge + 1 for the to-end.
    """

    node: IntArray
    first_end: IntArray
    second_end: IntArray

    def take(self, keep: BoolArray) -> _Joints:
        return _Joints(self.node[keep], self.first_end[keep], self.second_end[keep])


def contract(roads: Roads) -> Roads:
    """
    Merge chains of edges through degree-two nodes; drop nodes without an edge.

    Two edges are merged at a node when nothing else ends there, no signals stand there, and
    class, speed limit, surface, name, bridge, tunnel and the access of every user, seen in the
    direction of travel, are equal. A ring that meets no other road keeps one node. Parallel
    edges and loops, also those that merging brings about, stay.

    Parameters
    ----------
    roads
        Streets with n nodes and m edges.

    Returns
    -------
    contracted
        Edges in the order of the lowest-numbered edge of each chain, drawn in the direction of
        that edge; the nodes that are left in their old order. Total length, vertices and travel
        times are those of `roads`.
    """
    joints = _open_rings(_same_road(roads, _joints(roads)), roads.edge_count)
    halves, chain_start = _chains(joints, roads.edge_count)
    return _drop_unused_nodes(_merge(roads, halves, chain_start))


def _joints(roads: Roads) -> _Joints:
    """Nodes with exactly two edge ends and without signals."""
    node_of_end = np.column_stack([roads.from_node, roads.to_node]).ravel()
    degree = np.bincount(node_of_end, minlength=roads.node_count)
    order = np.argsort(node_of_end, kind="stable")
    first = np.cumsum(degree) - degree
    node = np.flatnonzero((degree == 2) & ~roads.node_signals)  # noqa: PLR2004 - degree two
    return _Joints(node, order[first[node]], order[first[node] + 1])


def _same_road(roads: Roads, joints: _Joints) -> _Joints:
    """The joints on whose two sides the road is the same."""
    one, other = joints.first_end // 2, joints.second_end // 2
    same: BoolArray = np.ones(len(one), dtype=bool)
    labels = (roads.road_class, roads.surface, roads.name_code)
    for column in (*labels, roads.is_bridge, roads.is_tunnel):
        same &= column[one] == column[other]
    limit, next_limit = roads.max_speed_kph[one], roads.max_speed_kph[other]
    same &= (limit == next_limit) | (np.isnan(limit) & np.isnan(next_limit))
    # Two from-ends or two to-ends meet: one of the edges is drawn against the direction of travel.
    turned = joints.first_end % 2 == joints.second_end % 2
    for user in USERS:
        bits = roads.access[user][other]
        same &= roads.access[user][one] == np.where(turned, _TURNED_BITS[bits], bits)
    return joints.take(same)


def _open_rings(joints: _Joints, edge_count: int) -> _Joints:
    """Without the first joint of each ring, so that every chain has a beginning and an end."""
    links = (joints.first_end // 2, joints.second_end // 2)
    graph = coo_array((np.ones(len(joints.node), dtype=np.int8), links), (edge_count, edge_count))
    count, label = connected_components(graph, directed=False)
    component = label[links[0]]
    # A chain of k edges has k - 1 joints, a ring of k edges has k; a lone loop is a ring of one.
    is_ring = np.bincount(component, minlength=count) == np.bincount(label, minlength=count)
    ring_joint = np.flatnonzero(is_ring[component])
    _, first = np.unique(component[ring_joint], return_index=True)
    keep = np.ones(len(joints.node), dtype=bool)
    keep[ring_joint[first]] = False
    return joints.take(keep)


def _chains(joints: _Joints, edge_count: int) -> tuple[IntArray, IntArray]:
    """
    Every edge once, chain by chain in order of travel.

    Returns
    -------
    halves
        Shape (m,): 2 x edge where the edge is travelled as drawn, 2 x edge + 1 against it.
    chain_start
        Shape (chains,), where each chain begins in `halves`.
    """
    # A half that ends in a joint is followed by the half that starts there. The half that ends
    # in edge end e is e ^ 1; the half that starts from edge end e is e.
    following = np.arange(2 * edge_count)
    following[joints.first_end ^ 1] = joints.second_end
    following[joints.second_end ^ 1] = joints.first_end
    steps_left = (following != np.arange(2 * edge_count)).astype(np.int64)
    # Pointer doubling: after k rounds each half knows the one 2**k further on, in the end the last.
    while True:
        farther = following[following]
        if np.array_equal(farther, following):
            break
        steps_left += steps_left[following]
        following = farther
    # Each chain is found in both directions; the one that travels its first edge as drawn is kept.
    edge = np.arange(edge_count)
    chain_key = np.minimum(following[0::2], following[1::2])
    _, first_edge, chain = np.unique(chain_key, return_index=True, return_inverse=True)
    last_half = following[2 * first_edge]
    half = np.where(following[2 * edge] == last_half[chain], 2 * edge, 2 * edge + 1)
    order = np.lexsort((-steps_left[half], first_edge[chain]))
    chain_start = np.flatnonzero(np.diff(first_edge[chain][order], prepend=-1))
    return half[order], chain_start


def _merge(roads: Roads, halves: IntArray, chain_start: IntArray) -> Roads:
    """One edge per chain; the attributes are those of its first edge, in its direction."""
    if len(halves) == 0:
        return roads
    edge, turned = halves // 2, halves % 2 == 1
    begin = np.where(turned, roads.to_node[edge], roads.from_node[edge])
    end = np.where(turned, roads.from_node[edge], roads.to_node[edge])
    last = np.append(chain_start[1:], len(halves)) - 1
    first = edge[chain_start]
    vertices, vertex_start = _merged_vertices(roads, edge, turned, chain_start)
    access: dict[str, ByteArray] = {}
    for user in USERS:
        bits = roads.access[user][first]
        access[user] = np.where(turned[chain_start], _TURNED_BITS[bits], bits)
    return replace(
        roads,
        from_node=begin[chain_start],
        to_node=end[last],
        length_m=np.add.reduceat(roads.length_m[edge], chain_start),
        road_class=roads.road_class[first],
        max_speed_kph=roads.max_speed_kph[first],
        surface=roads.surface[first],
        access=access,
        is_bridge=roads.is_bridge[first],
        is_tunnel=roads.is_tunnel[first],
        name_code=roads.name_code[first],
        vertex_x=roads.vertex_x[vertices],
        vertex_y=roads.vertex_y[vertices],
        vertex_start=vertex_start,
    )


def _merged_vertices(
    roads: Roads, edge: IntArray, turned: BoolArray, chain_start: IntArray
) -> tuple[IntArray, IntArray]:
    """Positions of the vertices of all chains, and where each chain's vertices begin."""
    count = np.diff(roads.vertex_start)[edge]
    start = np.cumsum(count) - count
    within = np.arange(count.sum()) - np.repeat(start, count)
    from_vertex = np.where(turned, roads.vertex_start[edge + 1] - 1, roads.vertex_start[edge])
    sign = np.where(turned, -1, 1)
    vertices = np.repeat(from_vertex, count) + np.repeat(sign, count) * within
    # Where an edge joins its forerunner, their common vertex is listed twice.
    keep = np.ones(len(vertices), dtype=bool)
    joining = np.delete(start, chain_start)
    same: npt.NDArray[np.bool_] = (
        roads.vertex_x[vertices[joining]] == roads.vertex_x[vertices[joining - 1]]
    ) & (roads.vertex_y[vertices[joining]] == roads.vertex_y[vertices[joining - 1]])
    keep[joining[same]] = False
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    return vertices[keep], kept_before[np.append(start[chain_start], len(vertices))]


def _drop_unused_nodes(roads: Roads) -> Roads:
    used = np.zeros(roads.node_count, dtype=bool)
    used[roads.from_node] = True
    used[roads.to_node] = True
    position = np.cumsum(used) - 1
    x: FloatArray = roads.node_x[used]
    return replace(
        roads,
        node_id=roads.node_id[used],
        node_x=x,
        node_y=roads.node_y[used],
        node_signals=roads.node_signals[used],
        from_node=position[roads.from_node],
        to_node=position[roads.to_node],
    )
