"""Toy and random networks for tests, and the oracle that searches them with NetworkX."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Point

from coverage.network import RoadNetwork
from coverage.roads import USERS, Roads

METRIC_CRS = "EPSG:4527"
ACCESS_S_PER_M = 3.6 / 4.8


def points(
    rows: dict[str, tuple[float, float]], *, crs: str | None = METRIC_CRS
) -> gpd.GeoDataFrame:
    """Points by id."""
    return gpd.GeoDataFrame(geometry=[Point(xy) for xy in rows.values()], index=list(rows), crs=crs)


def straight_road(*, oneway: bool = False) -> RoadNetwork:
    """
    One road of 1,000 m at 10 m/s.

    0 ---------- 1
    """
    nodes = pd.DataFrame({"x": [0.0, 1000.0], "y": [0.0, 0.0]}, index=[0, 1])
    edges = pd.DataFrame(
        {
            "from_node": [0],
            "to_node": [1],
            "length_m": [1000.0],
            "travel_time_s": [100.0],
            "oneway": [oneway],
        }
    )
    return RoadNetwork.from_edges(nodes, edges, crs=METRIC_CRS)


def random_tables(
    seed: int, *, nodes: int = 30, edges: int = 70
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A random multigraph with one-way, parallel, looping, bent and zero-time edges."""
    rng = np.random.default_rng(seed)
    node_table = pd.DataFrame(
        rng.uniform(0, 5000, (nodes, 2)), columns=["x", "y"], index=rng.permutation(nodes) * 7
    )
    ends = rng.choice(node_table.index.to_numpy(), (edges, 2))
    ends[: edges // 8] = ends[edges // 8 : 2 * (edges // 8)]  # parallel edges
    lines = []
    for start, end in ends:
        a, b = node_table.loc[start].to_numpy(), node_table.loc[end].to_numpy()
        bend = (a + b) / 2 + rng.normal(0, 300, 2)
        lines.append(LineString([a, bend, b]) if rng.random() < 0.8 or start == end else None)
    length = [
        line.length if line else float(np.hypot(*(node_table.loc[s] - node_table.loc[e])))
        for line, (s, e) in zip(lines, ends, strict=True)
    ]
    speed = rng.uniform(1, 20, edges)
    seconds = np.where(rng.random(edges) < 0.05, 0.0, np.array(length) / speed)
    edge_table = pd.DataFrame(
        {
            "from_node": ends[:, 0],
            "to_node": ends[:, 1],
            "length_m": length,
            "travel_time_s": seconds,
            "oneway": rng.random(edges) < 0.4,
            "geometry": lines,
        }
    )
    return node_table, edge_table


def random_points(network: RoadNetwork, seed: int, *, count: int, prefix: str) -> gpd.GeoDataFrame:
    """Points on edges, several on some, on nodes, and off the road."""
    rng = np.random.default_rng(seed)
    rows = {}
    favourite = int(rng.integers(network.edge_count))
    for number in range(count):
        draw = rng.random()
        edge = favourite if draw < 0.3 else int(rng.integers(network.edge_count))
        place = network.lines[edge].interpolate(rng.random(), normalized=True)
        x, y = place.x, place.y
        if draw > 0.8:
            node = int(rng.integers(network.node_count))
            x, y = float(network.x[node]), float(network.y[node])
        elif draw > 0.5:
            x, y = x + rng.normal(0, 100), y + rng.normal(0, 100)
        rows[f"{prefix}{number:03d}"] = (x, y)
    return points(rows, crs=network.crs)


def oracle_times(
    network: RoadNetwork, demand: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, *, direction: str
) -> pd.DataFrame:
    """Travel times of all pairs by NetworkX, with every point made a node of a split edge."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(("node", n) for n in range(network.node_count))
    cuts = _snap_by_brute_force(graph, network, demand=demand, facility=facilities)
    for edge in range(network.edge_count):
        chain = [(0.0, ("node", int(network.tail[edge])))]
        chain += sorted(cuts.get(edge, []), key=lambda cut: cut[0])
        chain += [(1.0, ("node", int(network.head[edge])))]
        along, against = network.along_s[edge], network.against_s[edge]
        for (share, a), (next_share, b) in pairwise(chain):
            for start, end, seconds in ((a, b, along), (b, a, against)):
                if next_share - share <= 1e-12:
                    graph.add_edge(start, end, t=0.0)
                elif np.isfinite(seconds):
                    graph.add_edge(start, end, t=(next_share - share) * seconds)
    times = pd.DataFrame(np.inf, index=demand.index, columns=facilities.index)
    # A trip may not rest at another point on its way, but doing so would not be shorter.
    for name in demand.index:
        search = graph.reverse(copy=False) if direction == "from_facility" else graph
        reached = nx.single_source_dijkstra_path_length(search, ("demand", name), weight="t")
        for facility in facilities.index:
            times.loc[name, facility] = reached.get(("facility", facility), np.inf)
    return times


def _snap_by_brute_force(
    graph: nx.MultiDiGraph, network: RoadNetwork, **groups: gpd.GeoDataFrame
) -> dict[int, list[tuple[float, object]]]:
    """Join each point to its nearest edges; gives the places that cut each edge."""
    cuts: dict[int, list[tuple[float, object]]] = {}
    for group, table in groups.items():
        for name, point in table.geometry.items():
            distances = shapely.distance(network.lines, point)
            for edge in np.flatnonzero(distances <= distances.min() + 1e-6).tolist():
                line = network.lines[edge]
                share = line.project(point) / line.length if line.length else 0.0
                cuts.setdefault(edge, []).append((share, (group, name, edge)))
                seconds = distances[edge] * ACCESS_S_PER_M
                graph.add_edge((group, name), (group, name, edge), t=seconds)
                graph.add_edge((group, name, edge), (group, name), t=seconds)
    return cuts


def toy_roads(
    edges: list[tuple[int, int, str]],
    nodes: dict[int, tuple[float, float]],
    *,
    access: dict[str, list[int]] | None = None,
    max_speed_kph: list[float] | None = None,
    surface: list[str] | None = None,
) -> Roads:
    """Straight roads between nodes: (from, to, highway class), open to all both ways."""
    ids = np.array(sorted(nodes), dtype=np.int64)
    xy = np.array([nodes[i] for i in ids.tolist()], dtype=float)
    start = np.searchsorted(ids, [edge[0] for edge in edges])
    end = np.searchsorted(ids, [edge[1] for edge in edges])
    classes = tuple(sorted({edge[2] for edge in edges}))
    surfaces = tuple(sorted(set(surface or [""])))
    count = len(edges)
    vertices = np.stack([xy[start], xy[end]], axis=1).reshape(-1, 2)
    users = {user: [3] * count for user in USERS} | (access or {})
    return Roads(
        crs=METRIC_CRS,
        node_id=ids,
        node_x=xy[:, 0],
        node_y=xy[:, 1],
        node_signals=np.zeros(len(ids), dtype=bool),
        from_node=start,
        to_node=end,
        length_m=np.hypot(*(xy[end] - xy[start]).T),
        road_class=np.array([classes.index(edge[2]) for edge in edges]),
        road_classes=classes,
        max_speed_kph=np.array(max_speed_kph or [np.nan] * count),
        surface=np.array([surfaces.index(name) for name in surface or [""] * count]),
        surfaces=surfaces,
        access={user: np.array(bits, dtype=np.uint8) for user, bits in users.items()},
        is_bridge=np.zeros(count, dtype=bool),
        is_tunnel=np.zeros(count, dtype=bool),
        vertex_x=vertices[:, 0],
        vertex_y=vertices[:, 1],
        vertex_start=2 * np.arange(count + 1),
    )
