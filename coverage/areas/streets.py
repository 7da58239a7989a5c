"""Streets: edges of one course taken together, since who stands beside them may use each.

The two directions of a street are often mapped as two edges that lie on each other. A point
snaps to both (`coverage.snapping`); what is drawn along a street must know both as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.graph.arcs import BoolArray, Cost, Direction, FloatArray, IntArray
    from coverage.network import RoadNetwork

SAME_PLACE_M: Final = 1e-6
"""Edges no farther apart than this lie on each other, in metres."""

MIDDLE_DIGITS: Final = 3
"""Decimals of a metre to which places are sorted before they are compared."""

LOOKED_AT: Final = (0.25, 0.75)
"""Shares of an edge at which its course is compared with that of another."""

KEPT_STREETS: Final = 8
"""Networks whose streets are remembered: the modes of one assessment."""


@dataclass(frozen=True, eq=False)
class Streets:
    """
    Which edges lie on each other: m edges, each of them part of one street.

    Parameters
    ----------
    of_edge
        Shape (m,), the street of each edge: the position of the first edge of its course.
    is_turned
        Shape (m,), True where the edge is drawn the other way round than that first edge.
    """

    of_edge: IntArray
    is_turned: BoolArray


@dataclass(frozen=True, eq=False)
class StreetCosts:
    """
    What it costs to travel along whole streets, as who begins or ends a trip there would pay.

    Parameters
    ----------
    to_head, to_tail
        Shape (m,), at the street's first edge: between its tail and its head, towards the
        head when the trip begins at the street, from the head when it ends there; and the
        same for the tail. `inf` where closed.
    wait_at_head, wait_at_tail
        Shape (m,), lost at the node when a trip that begins inside the street gets there.
    """

    to_head: FloatArray
    to_tail: FloatArray
    wait_at_head: FloatArray
    wait_at_tail: FloatArray


@lru_cache(maxsize=KEPT_STREETS)
def streets_of(network: RoadNetwork) -> Streets:
    """
    Find the edges that lie on each other.

    Parameters
    ----------
    network
        Roads of one travel mode, m edges.

    Returns
    -------
    streets
        Edges of one course are those between the same nodes that agree at `LOOKED_AT`.
    """
    of_edge = np.arange(network.edge_count)
    is_turned = np.zeros(network.edge_count, dtype=np.bool_)
    low = np.minimum(network.tail, network.head)
    pair = low * np.int64(network.node_count) + np.maximum(network.tail, network.head)
    order = np.argsort(pair, kind="stable")
    repeats = np.flatnonzero(np.diff(pair[order]) == 0)
    edge = order[np.union1d(repeats, repeats + 1)]
    if not len(edge):
        return Streets(of_edge, is_turned)
    near, far = (_places(network.lines_of(edge), share) for share in LOOKED_AT)
    # Either way round the middle of the two places is the same, but for rounding.
    middle = np.round((near + far) / 2, MIDDLE_DIGITS)
    order = np.lexsort((edge, middle[:, 1], middle[:, 0], pair[edge]))
    edge, near, far, middle = edge[order], near[order], far[order], middle[order]
    new = np.ones(len(edge), dtype=np.bool_)
    new[1:] = (np.diff(pair[edge]) != 0) | (np.diff(middle, axis=0) != 0).any(axis=1)
    first = np.flatnonzero(new)[np.cumsum(new) - 1]
    alike = _agree(near, near[first]) & _agree(far, far[first])
    turned = _agree(near, far[first]) & _agree(far, near[first]) & ~alike
    of_edge[edge] = np.where(alike | turned, edge[first], edge)
    is_turned[edge] = turned
    return Streets(of_edge, is_turned)


def street_costs(network: RoadNetwork, direction: Direction, cost: Cost) -> StreetCosts:
    """
    Costs along all streets.

    Parameters
    ----------
    network
        Roads of one travel mode.
    direction
        "to_facility": trips begin at the street; "from_facility": they end there.
    cost
        In which unit.
    """
    along, against = network.along_s, network.against_s
    wait = network.node_delay_s
    if direction == "from_facility":
        # To end a trip inside the street by way of its head is to go against it. Who comes
        # from a node has waited there already, which the search has counted.
        along, against = against, along
        wait = np.zeros_like(wait)
    if cost == "distance_m":
        along, against = (
            np.where(np.isfinite(s), network.length_m, np.inf) for s in (along, against)
        )
        wait = np.zeros_like(wait)
    to_head, to_tail = along.copy(), against.copy()
    streets = streets_of(network)
    twin = np.flatnonzero(streets.of_edge != np.arange(network.edge_count))
    street, turned = streets.of_edge[twin], streets.is_turned[twin]
    np.minimum.at(to_head, street, np.where(turned, against[twin], along[twin]))
    np.minimum.at(to_tail, street, np.where(turned, along[twin], against[twin]))
    return StreetCosts(to_head, to_tail, wait[network.head], wait[network.tail])


def _places(lines: npt.NDArray[np.object_], share: float) -> FloatArray:
    places = shapely.line_interpolate_point(lines, share, normalized=True)
    xy: FloatArray = shapely.get_coordinates(places)
    return xy


def _agree(one: FloatArray, other: FloatArray) -> BoolArray:
    agree: BoolArray = np.abs(one - other).max(axis=1) <= SAME_PLACE_M
    return agree
