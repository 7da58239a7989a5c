"""Generated roads as an OpenStreetMap file, so that readers can be measured at any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import osmium
from osmium.osm.mutable import Node, Way
from pyproj import Transformer

from coverage.roads import ALONG, BOTH

if TYPE_CHECKING:
    from pathlib import Path

    from coverage.roads import Roads

EDGES_PER_WAY: Final = 8
"""Ways of OpenStreetMap in China and Europe have 8 to 12 nodes on average."""

DEGREE_DECIMALS: Final = 7
"""OpenStreetMap keeps no more."""


def write_osm_file(roads: Roads, path: Path, *, edges_per_way: int = EDGES_PER_WAY) -> int:
    """
    Write roads as `.osm.pbf` or `.osm`, by the ending of the name; an old file is replaced.

    Crossings keep their ids, bends get the ids after the largest of them, traffic signals are
    tags of nodes. Edges that are alike and go straight on make one way.

    Parameters
    ----------
    roads
        With n nodes, v vertices and m edges that motor vehicles may use along or both ways.
    path
        Where to.
    edges_per_way
        At most so many edges make one way, at least 1.

    Returns
    -------
    nodes
        How many nodes the file holds: n and every vertex that is no end of an edge.
    """
    lon, lat = _degrees(roads, roads.node_x, roads.node_y)
    refs = _vertex_refs(roads)
    bends = np.flatnonzero(refs > roads.node_id.max())
    bend_lon, bend_lat = _degrees(roads, roads.vertex_x[bends], roads.vertex_y[bends])
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for ref, x, y, signals in zip(
            roads.node_id.tolist(), lon, lat, roads.node_signals.tolist(), strict=True
        ):
            tags = {"highway": "traffic_signals"} if signals else {}
            writer.add_node(Node(id=ref, version=1, location=(x, y), tags=tags))
        for ref, x, y in zip(refs[bends].tolist(), bend_lon, bend_lat, strict=True):
            writer.add_node(Node(id=ref, version=1, location=(x, y)))
        _write_ways(writer, roads, refs, edges_per_way)
    return len(lon) + len(bends)


def _degrees(roads: Roads, x: object, y: object) -> tuple[list[float], list[float]]:
    lon, lat = Transformer.from_crs(roads.crs, "EPSG:4326", always_xy=True).transform(x, y)
    return np.round(lon, DEGREE_DECIMALS).tolist(), np.round(lat, DEGREE_DECIMALS).tolist()


def _vertex_refs(roads: Roads) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Id of the node of every vertex, shape (v,); bends have ids after all crossings."""
    refs = np.zeros(roads.vertex_start[-1], dtype=np.int64)
    refs[roads.vertex_start[:-1]] = roads.node_id[roads.from_node]
    refs[roads.vertex_start[1:] - 1] = roads.node_id[roads.to_node]
    bend = np.ones(len(refs), dtype=bool)
    bend[roads.vertex_start[:-1]] = False
    bend[roads.vertex_start[1:] - 1] = False
    refs[bend] = roads.node_id.max() + 1 + np.arange(bend.sum())
    return refs


def _write_ways(
    writer: osmium.SimpleWriter,
    roads: Roads,
    refs: np.ndarray[tuple[int], np.dtype[np.int64]],
    edges_per_way: int,
) -> None:
    start, refs_of = roads.vertex_start.tolist(), refs.tolist()
    following = _straight_on(roads).tolist()
    taken = [False] * roads.edge_count
    for first in range(roads.edge_count):
        if taken[first]:
            continue
        nodes, edge, left = refs_of[start[first] : start[first] + 1], first, edges_per_way
        while left and edge >= 0 and not taken[edge]:
            nodes += refs_of[start[edge] + 1 : start[edge + 1]]
            taken[edge] = True
            edge, left = following[edge], left - 1
        writer.add_way(Way(id=first + 1, version=1, nodes=nodes, tags=_way_tags(roads, first)))


def _straight_on(roads: Roads) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The edge that goes on where each ends, alike and with the same heading; -1 for none."""
    east = roads.node_x[roads.to_node] - roads.node_x[roads.from_node]
    north = roads.node_y[roads.to_node] - roads.node_y[roads.from_node]
    heading = (np.abs(east) > np.abs(north)).astype(np.int64)
    starts_here = np.full(2 * roads.node_count, -1, dtype=np.int64)
    starts_here[2 * roads.from_node + heading] = np.arange(roads.edge_count)
    following = starts_here[2 * roads.to_node + heading]
    alike = following >= 0
    limit = np.nan_to_num(roads.max_speed_kph, nan=-1.0)
    labels = (roads.road_class, roads.surface, roads.name_code)
    for column in (*labels, roads.access["motor"], limit):
        alike &= column[following] == column
    return np.where(alike, following, -1)


def _way_tags(roads: Roads, edge: int) -> dict[str, str]:
    tags = {"highway": roads.road_classes[roads.road_class[edge]]}
    traffic, limit = roads.access["motor"][edge], roads.max_speed_kph[edge]
    if traffic != BOTH:
        tags["oneway"] = "yes" if traffic == ALONG else "-1"
    if roads.surfaces[roads.surface[edge]]:
        tags["surface"] = roads.surfaces[roads.surface[edge]]
    if np.isfinite(limit):
        tags["maxspeed"] = f"{limit:g}"
    if name := roads.name_of(edge):
        tags["name"] = name
    return tags
