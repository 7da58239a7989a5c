"""Road networks from and to NetworkX, in the manner of OSMnx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd

from coverage.errors import ImpedanceError, RoadError

if TYPE_CHECKING:
    from coverage.network import RoadNetwork


def tables_of(graph: nx.MultiDiGraph) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    The node table and the edge table of a projected MultiDiGraph.

    Parameters
    ----------
    graph
        As for `coverage.network.RoadNetwork.from_networkx`.

    Returns
    -------
    nodes, edges
        As for `coverage.network.RoadNetwork.from_edges`, one one-way edge per edge of the graph.

    Raises
    ------
    ImpedanceError
        If an edge lacks `length` or `travel_time` (NetworkX would count it as 1).
    RoadError
        If the graph is not directed.
    """
    if not graph.is_directed():
        msg = "路网图没有方向，看不出哪些路是单行。请提供有向图（MultiDiGraph）。"
        raise RoadError(msg)
    rows = list(graph.edges(data=True))
    for name in ("length", "travel_time"):
        bad = [(u, v) for u, v, data in rows if data.get(name) is None]
        if bad:
            msg = (
                f"路网的 {len(rows)} 条边中有 {len(bad)} 条没有 {name}，首条为 "
                f"{bad[0][0]} → {bad[0][1]}。请先计算长度（米）和通行时间（秒）。"
            )
            raise ImpedanceError(msg)
    nodes = pd.DataFrame(
        {axis: [data.get(axis) for _, data in graph.nodes(data=True)] for axis in ("x", "y")},
        index=pd.Index(list(graph.nodes), name="node_id"),
    )
    edges = pd.DataFrame(
        {
            "from_node": [u for u, _, _ in rows],
            "to_node": [v for _, v, _ in rows],
            "length_m": [data["length"] for *_, data in rows],
            "travel_time_s": [data["travel_time"] for *_, data in rows],
            "oneway": True,
            "geometry": [data.get("geometry") for *_, data in rows],
        }
    )
    return nodes, edges


def graph_of(network: RoadNetwork) -> nx.MultiDiGraph:
    """
    A network as a MultiDiGraph.

    Parameters
    ----------
    network
        Roads of one travel mode.

    Returns
    -------
    graph
        As by `coverage.network.RoadNetwork.to_networkx`.
    """
    graph = nx.MultiDiGraph(crs=network.crs)
    for node, x, y in zip(network.node_id.tolist(), network.x, network.y, strict=True):
        graph.add_node(node, x=float(x), y=float(y))
    tails, heads = network.node_id[network.tail].tolist(), network.node_id[network.head].tolist()
    for edge, (tail, head) in enumerate(zip(tails, heads, strict=True)):
        length, line = float(network.length_m[edge]), network.lines[edge]
        if np.isfinite(network.along_s[edge]):
            seconds = float(network.along_s[edge])
            graph.add_edge(tail, head, length=length, travel_time=seconds, geometry=line)
        if np.isfinite(network.against_s[edge]):
            seconds = float(network.against_s[edge])
            graph.add_edge(head, tail, length=length, travel_time=seconds, geometry=line.reverse())
    return graph
