"""Parts of a road network that hang together with nothing else, and who lives there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.network import RoadNetwork
    from coverage.snapping import Snaps

MAIN_PART: Final = 0
"""Number of the part with most metres of road."""

PART_COLUMNS: Final = ("edges", "length_m", "x", "y", "villages", "population")
"""What is known of each part."""


def part_of_edges(network: RoadNetwork) -> npt.NDArray[np.int64]:
    """
    Which part of the network each edge belongs to.

    Parameters
    ----------
    network
        Roads of one travel mode, m edges.

    Returns
    -------
    part
        Shape (m,), numbered by metres of road from the longest, 0, on. Two edges are in one part
        where any way, whatever its direction, joins them.
    """
    size = network.node_count
    joined = coo_array((np.ones(network.edge_count), (network.tail, network.head)), (size, size))
    count, of_node = connected_components(joined, directed=False)
    of_edge = of_node[network.tail]
    metres = np.bincount(of_edge, weights=network.length_m, minlength=count)
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(-metres, kind="stable")] = np.arange(count)
    part: npt.NDArray[np.int64] = rank[of_edge]
    return part


def part_of_points(network: RoadNetwork, snaps: Snaps) -> npt.NDArray[np.int64]:
    """
    Which part of the network each point is on.

    Parameters
    ----------
    network
        Roads of one travel mode.
    snaps
        The points on its edges; of several equally near ones the longest part counts.

    Returns
    -------
    part
        Shape (n,); -1 where a point has no way to any road.
    """
    part = np.full(snaps.point_count, network.edge_count, dtype=np.int64)
    np.minimum.at(part, snaps.point, part_of_edges(network)[snaps.edge])
    return np.where(part == network.edge_count, -1, part)


def road_parts(network: RoadNetwork, demand: pd.DataFrame, snaps: Snaps) -> pd.DataFrame:
    """
    The parts that are cut off from the main network, with their people.

    Parameters
    ----------
    network
        Roads of one travel mode.
    demand
        Shape (d, ...), with `population` (persons; NaN = unknown).
    snaps
        The demand points on the network.

    Returns
    -------
    parts
        One row per part but the main one, indexed by `part`, those with most people first:
        `edges`, `length_m`, `x`, `y` (a place on the part, metres), `villages` (demand points),
        `population` (persons; NaN where there are villages and none of them is known).
    """
    part = part_of_edges(network)
    first = network.vertex_start[:-1]
    edges = pd.DataFrame(
        {
            "part": part,
            "edges": 1,
            "length_m": network.length_m,
            "x": network.vertex_xy[first, 0],
            "y": network.vertex_xy[first, 1],
        }
    )
    parts = edges.groupby("part").agg(
        {"edges": "sum", "length_m": "sum", "x": "first", "y": "first"}
    )
    there = demand["population"].groupby(part_of_points(network, snaps))
    parts["villages"] = there.size().reindex(parts.index, fill_value=0)
    parts["population"] = there.sum(min_count=1).reindex(parts.index)
    parts.loc[parts["villages"] == 0, "population"] = 0.0
    parts = parts.drop(index=MAIN_PART, errors="ignore")
    order = np.lexsort((parts.index, -parts["villages"], -parts["population"].fillna(0)))
    return parts.iloc[order]
