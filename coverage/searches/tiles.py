"""Facilities tile by tile of the map, and the part of the roads that each tile can reach."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.graph.arcs import ragged
from coverage.searches.search import Ends
from coverage.searches.subnetwork import cut_out, reached_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coverage.graph.arcs import Arcs, BoolArray, FloatArray, IntArray
    from coverage.network import RoadNetwork
    from coverage.searches.subnetwork import Blocks, Part

TILE_NODES: Final = 40_000
"""Nodes of a tile: few enough for the processor's cache, enough to outweigh calling SciPy."""

TILE_FACILITIES: Final = 256
"""Facilities of a tile, at most."""

WORTH_A_LOOK: Final = 8
"""Facilities from which on it pays to search once for what all of them reach together."""


@dataclass(frozen=True, eq=False)
class Sites:
    """
    f facilities on the road: how they get there, and a circle around all that each can reach.

    Parameters
    ----------
    ends
        Ways between the facilities and their nodes, sorted by facility.
    first
        Shape (f + 1,): facility i has the ends `first[i]` up to `first[i + 1]`.
    end_xy
        Shape (ends, 2), metres: the nodes.
    end_radius_m
        Shape (ends,), metres that one can get from there at most; negative for nowhere, `inf`
        where nothing is known.
    xy, radius_m
        Shape (f, 2) and (f,), metres: the circle.
    """

    ends: Ends
    first: IntArray
    end_xy: FloatArray
    end_radius_m: FloatArray
    xy: FloatArray
    radius_m: FloatArray

    @classmethod
    def of(
        cls, network: RoadNetwork, blocks: Blocks, ends: Ends, *, count: int, limit_s: float
    ) -> Sites:
        """
        Draw the circles of some facilities.

        Parameters
        ----------
        network
            Roads of one travel mode.
        blocks
            The same in blocks.
        ends
            Ways between the facilities and their nodes, sorted by facility.
        count
            Number of facilities, f.
        limit_s
            Seconds there are for a trip.
        """
        end_xy = np.column_stack([network.x[ends.node], network.y[ends.node]])
        left = limit_s - ends.cost
        end_radius = np.where(left >= 0, blocks.radius(end_xy, left), -math.inf)
        # The circle lies around the end that is reached first.
        order = np.lexsort((ends.cost, ends.point))
        middle = order[np.diff(ends.point[order], prepend=-1) != 0]
        xy = np.zeros((count, 2))
        xy[ends.point[middle]] = end_xy[middle]
        radius = np.full(count, -math.inf)
        beside = np.hypot(*(end_xy - xy[ends.point]).T)
        np.maximum.at(radius, ends.point, end_radius + beside)
        first = np.searchsorted(ends.point, np.arange(count + 1))
        return cls(ends, first, end_xy, end_radius, xy, radius)

    @property
    def searched(self) -> int:
        """Facilities from which at least one node is reached."""
        return int(np.count_nonzero(self.radius_m >= 0))

    def ends_of(self, tile: IntArray) -> tuple[Ends, IntArray]:
        """
        Ends of some facilities.

        Parameters
        ----------
        tile
            Shape (k,), facilities.

        Returns
        -------
        ends, rows
            The ends, `point` being a position in `tile`; and their positions in `self.ends`.
        """
        counts = self.first[tile + 1] - self.first[tile]
        rows = ragged(self.first[tile], counts)
        ends = self.ends
        point = np.repeat(np.arange(len(tile)), counts)
        return Ends(point, ends.node[rows], ends.cost[rows], ends.other[rows]), rows

    def tiles(self, blocks: Blocks) -> Iterator[IntArray]:
        """
        Facilities that lie together; apart from them those without a circle.

        Parameters
        ----------
        blocks
            The network in blocks.

        Yields
        ------
        tile
            Shape (<= `TILE_FACILITIES`,). A facility that reaches no node is in no tile.
        """
        site = np.flatnonzero(self.radius_m >= 0)
        bounded = np.isfinite(self.radius_m[site])
        widest = float(np.max(self.radius_m[site[bounded]], initial=0.0))
        side = max(widest, math.sqrt(TILE_NODES / blocks.nodes_per_m2))
        column, row = np.floor(self.xy[site] / side).T
        order = np.lexsort((self.ends.node[self.first[site]], row, column, bounded))
        key = np.column_stack([column, row, bounded])[order]
        new = np.flatnonzero((key[1:] != key[:-1]).any(axis=1)) + 1
        for tile in np.split(site[order], new):
            for start in range(0, len(tile), TILE_FACILITIES):
                yield tile[start : start + TILE_FACILITIES]


def part_in_reach(
    arcs: Arcs, blocks: Blocks, sites: Sites, tile: IntArray, *, limit_s: float
) -> Part:
    """
    Cut out what the facilities of a tile can reach, and maybe some more.

    Parameters
    ----------
    arcs
        The whole graph.
    blocks
        The network in blocks.
    sites
        All facilities.
    tile
        Shape (k,), facilities of one tile.
    limit_s
        Seconds there are for a trip.
    """
    ends, rows = sites.ends_of(tile)
    radius = sites.end_radius_m[rows]
    live = radius >= 0
    nodes = ends.node[live].astype(np.int32)
    left = limit_s - float(ends.cost[live].min())
    if not np.isfinite(radius[live]).all():
        # Somewhere near is an edge so quick that no circle holds what lies behind it.
        return cut_out(arcs, reached_blocks(arcs, nodes, left))
    part = cut_out(arcs, blocks.near(sites.end_xy[rows], radius))
    span = float(np.ptp(sites.end_xy[rows], axis=0).max())
    if len(tile) < WORTH_A_LOOK or span > 2 * float(radius.max()):
        return part
    # Roads are seldom as straight and quick as the circles have it: look what is left of them.
    nearer = reached_blocks(part.arcs, part.number(nodes), left)
    # With the seconds of another facility one may get out of the part: that is of no concern.
    return cut_out(arcs, part.blocks[nearer[nearer < len(part.blocks)]])


def apart(xy: FloatArray, radius_m: FloatArray) -> list[IntArray]:
    """
    Sort places into groups whose circles do not touch within a group.

    Parameters
    ----------
    xy
        Shape (k, 2), metres.
    radius_m
        Shape (k,), metres, maybe `inf`.

    Returns
    -------
    groups
        Each place is in one group.

    Examples
    --------
    >>> places = np.array([[0.0, 0.0], [15.0, 0.0], [30.0, 0.0]])
    >>> [group.tolist() for group in apart(places, np.full(3, 10.0))]
    [[0, 2], [1]]
    """
    distance = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    touching: BoolArray = distance <= radius_m[:, None] + radius_m[None, :]
    groups = []
    left = np.ones(len(xy), dtype=np.bool_)
    while left.any():
        free, group = left.copy(), []
        while free[place := int(np.argmax(free))]:
            group.append(place)
            free &= ~touching[place]
        groups.append(np.array(group))
        left[group] = False
    return groups
