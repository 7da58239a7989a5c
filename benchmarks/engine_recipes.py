"""Recipes for `benchmarks/engine_peers.py` that draw areas, or read OSM for themselves.

References
----------
Boeing, G.: OSMnx examples, "Draw an isochrone map with OSMnx": `networkx.ego_graph` within a
travel time, then either the convex hull of its nodes or its buffered nodes and edges.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import networkx as nx
import numpy as np
from engine_problem import KEPT
from engine_serve import Bench, UnableError, timed
from shapely import LineString, Point

if TYPE_CHECKING:
    from collections.abc import Callable

    import shapely
    from engine_problem import Problem, Task

NODE_BUFFER_M: Final = 50.0
EDGE_BUFFER_M: Final = 25.0
"""The example's own defaults."""


def osmnx_graph(problem: Problem) -> nx.MultiDiGraph:
    """The graph as OSMnx makes it: nodes with places, arcs with travel times."""
    graph = nx.MultiDiGraph()
    places = zip(problem["x"].tolist(), problem["y"].tolist(), strict=True)
    graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in enumerate(places))
    columns = (problem.start_node(), problem["end"], problem["cost"])
    arcs = zip(*(column.tolist() for column in columns), strict=True)
    graph.add_edges_from((u, v, {"time": cost}) for u, v, cost in arcs)
    return graph


def hull(graph: nx.MultiDiGraph, centre: int, cutoff_s: float) -> shapely.Polygon:
    """The convex hull of all nodes within reach."""
    reached = nx.ego_graph(graph, centre, radius=cutoff_s, distance="time")
    points = [Point(data["x"], data["y"]) for _, data in reached.nodes(data=True)]
    return gpd.GeoSeries(points).union_all().convex_hull


def buffers(graph: nx.MultiDiGraph, centre: int, cutoff_s: float) -> shapely.Geometry:
    """The buffered nodes and edges within reach, united."""
    reached = nx.ego_graph(graph, centre, radius=cutoff_s, distance="time")
    points = {node: Point(data["x"], data["y"]) for node, data in reached.nodes(data=True)}
    lines = [LineString([points[u], points[v]]) for u, v in reached.edges()]
    around = [
        *gpd.GeoSeries(list(points.values())).buffer(NODE_BUFFER_M),
        *gpd.GeoSeries(lines).buffer(EDGE_BUFFER_M),
    ]
    return gpd.GeoSeries(around).union_all()


def areas(draw: Callable[[nx.MultiDiGraph, int, float], Any]) -> Callable[..., Bench]:
    """A bench that draws one area after the other."""

    def bench(problem: Problem, task: Task) -> Bench:
        graph = osmnx_graph(problem)
        facility = problem.facilities(task.sample).tolist()
        return timed(
            lambda: [draw(graph, node, task.cutoff_s) for node in facility],
            lambda drawn: np.array([area.wkb_hex for area in drawn[:KEPT]]),
        )

    return bench


def r5py(problem: Problem, task: Task) -> Bench:
    """
    R5's travel times by car; its own speeds and whole minutes, so times are not compared.

    Needs a JDK and the R5 engine, which r5py fetches when it is imported.
    """
    if not problem.facts["pbf"]:
        msg = "reads OSM files only"
        raise UnableError(msg)
    try:
        import r5py as r5  # noqa: PLC0415 - asks for a JDK
    except Exception as error:  # whatever a missing JDK or engine brings about
        msg = f"does not start: {type(error).__name__} on import (it fetches R5 and needs a JDK)"
        raise UnableError(msg) from error
    network = r5.TransportNetwork(problem.facts["pbf"])

    def points(nodes: np.ndarray) -> gpd.GeoDataFrame:
        xy = (problem[axis][nodes] for axis in ("x", "y"))
        places = gpd.points_from_xy(*xy, crs=problem.facts["crs"])
        return gpd.GeoDataFrame({"id": nodes.astype(str)}, geometry=places).to_crs("EPSG:4326")

    origins = points(problem.facilities(task.sample))
    destinations = points(problem.demand(task.demand))

    def work() -> Any:  # noqa: ANN401
        return r5.TravelTimeMatrix(
            network,
            origins=origins,
            destinations=destinations,
            transport_modes=[r5.TransportMode.CAR],
            max_time=timedelta(seconds=task.cutoff_s),
        )

    return timed(work, lambda _: np.zeros(0))


RECIPES: Final = {
    "osmnx-hull": areas(hull),
    "osmnx-buffers": areas(buffers),
    "r5py": r5py,
}
