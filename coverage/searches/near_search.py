"""What each facility reaches, by searches on the part of the network that a limit can reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from coverage.graph.arcs import as_graph, ragged
from coverage.searches.search import Ends, with_sources
from coverage.searches.subnetwork import blocks_of
from coverage.searches.tiles import Sites, part_in_reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coverage.graph.arcs import FloatArray, IntArray
    from coverage.searches.search import Search
    from coverage.searches.subnetwork import Blocks

MOST_CELLS: Final = 4_000_000
"""Nodes times facilities that are searched at once (32 MB)."""

SHORTEST_M: Final = 1e-6
"""Edges count as at least this long, in metres, when the bound on distances is made."""


@dataclass(frozen=True, eq=False)
class Reached:
    """
    The nodes that a facility reaches within a limit.

    Parameters
    ----------
    facility
        Its position.
    node
        Shape (k,), positions of the nodes, ascending.
    cost
        Shape (k,), in the unit of the search.
    """

    facility: int
    node: IntArray
    cost: FloatArray


def each_nearby(search: Search, limit: float) -> Iterator[Reached]:
    """
    What each facility reaches; neighbours come after each other, not as in the table.

    Parameters
    ----------
    search
        Facilities on their network.
    limit
        In the unit of the search's cost, inclusive.
    """
    arcs = search.network.arcs(search.cost, search.direction)
    blocks = _blocks_of(search)
    sources = search.first_source + np.arange(search.facility_count)
    point, arc = search.arcs.leaving(sources)
    node = search.arcs.end_node[arc].astype(np.int64)
    ends = Ends(point, node, search.arcs.cost[arc], search.arcs.other[arc])
    sites = Sites.of(search.network, blocks, ends, count=len(sources), limit_s=limit)
    for facility in np.flatnonzero(sites.radius_m < 0).tolist():
        yield Reached(facility, np.zeros(0, dtype=np.int64), np.zeros(0))
    for tile in sites.tiles(blocks):
        part = part_in_reach(arcs, blocks, sites, tile, limit_s=limit)
        node = ragged(part.first, part.last - part.first)
        near, _ = sites.ends_of(tile)
        number = part.number(near.node.astype(np.int32)).astype(np.int64)
        whole = with_sources(part.arcs, replace(near, node=number), len(tile))
        graph, at_once = as_graph(whole), max(1, MOST_CELLS // whole.node_count)
        for first in range(0, len(tile), at_once):
            chosen = tile[first : first + at_once]
            source = part.arcs.node_count + first + np.arange(len(chosen))
            rows = dijkstra(graph, indices=source, limit=limit)[:, : len(node)]
            for facility, row in zip(chosen.tolist(), rows, strict=True):
                reached = np.flatnonzero(np.isfinite(row))
                yield Reached(facility, node[reached], row[reached])


def _blocks_of(search: Search) -> Blocks:
    """The network in blocks, with its pace in metres as the crow flies per unit of cost."""
    network = search.network
    blocks = blocks_of(network)
    if search.cost == "travel_time_s":
        return blocks
    x, y = (axis[network.tail] - axis[network.head] for axis in (network.x, network.y))
    straight = np.hypot(x, y)
    # An edge may be given as shorter than it is straight, even as nothing.
    pace = straight / np.maximum(network.length_m, SHORTEST_M)
    return replace(blocks, fastest_m_per_s=float(pace.max(initial=1.0)), jumps=None)
