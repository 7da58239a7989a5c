"""Time service areas on a large network, and compare them with a fine field and with OSMnx.

    python benchmarks/service_areas.py --nodes 1000000 --facilities 500 --mode drive

The fine field is made another way: travel times by NetworkX, the nearest road of every place of a
25 m grid by the spatial index over edges. The recipe is that of the OSMnx examples: `ego_graph`,
then buffered streets and nodes; it gets a graph cut down to what may be reached, which it would not
have, and its time leaves out the making of that graph.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from scipy.spatial import KDTree

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.areas.area_check import check_areas
from coverage.areas.reach_segments import reach_segments
from coverage.impedance import network_for_mode
from coverage.isochrone import service_areas
from coverage.searches.matrix import travel_matrix
from coverage.snapping import snap
from layers.samples import generate_points, generate_roads
from layers.standards import load_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.network import RoadNetwork

GRID_M = 25.0
SAMPLE_M = 12.5
SAMPLES = 24
STREET_BUFFER_M, NODE_BUFFER_M = 25.0, 50.0
FASTEST_KPH = 90.0


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Wall time of one call, and what it gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def graph_around(network: RoadNetwork, place: shapely.Point, reach_m: float) -> nx.MultiDiGraph:
    """The part of the network around a place as OSMnx has graphs, nodes by position."""
    x, y = network.x, network.y
    near = np.hypot(x - place.x, y - place.y) <= reach_m
    graph = nx.MultiDiGraph(crs=network.crs)
    graph.add_nodes_from(
        (node, {"x": float(x[node]), "y": float(y[node])}) for node in np.flatnonzero(near).tolist()
    )
    for edge in np.flatnonzero(near[network.tail] & near[network.head]).tolist():
        ends = int(network.tail[edge]), int(network.head[edge])
        for (start, end), seconds in (
            (ends, network.along_s[edge]),
            (ends[::-1], network.against_s[edge]),
        ):
            if np.isfinite(seconds):
                waited = float(seconds + network.node_delay_s[end])
                graph.add_edge(start, end, travel_time=waited, geometry=network.lines[edge])
    return graph


def node_seconds(network: RoadNetwork, graph: nx.MultiDiGraph, place: shapely.Point) -> np.ndarray:
    """Travel time from a place to every node by NetworkX."""
    edge = int(network.edge_tree.nearest(place))
    line = network.lines[edge]
    share, walk = line.project(place, normalized=True), line.distance(place)
    graph = graph.copy()
    walk_s = walk * network.access_s_per_m
    for node, seconds in (
        (network.head[edge], (1 - share) * network.along_s[edge]),
        (network.tail[edge], share * network.against_s[edge]),
    ):
        if np.isfinite(seconds):
            waited = seconds + network.node_delay_s[node]
            graph.add_edge("place", int(node), travel_time=waited + walk_s)
    found = nx.single_source_dijkstra_path_length(graph, "place", weight="travel_time")
    del found["place"]
    times = np.full(network.node_count, np.inf)
    times[list(found)] = list(found.values())
    return times


def road_seconds(
    network: RoadNetwork, at_node: np.ndarray, edge: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Travel time to places on edges."""
    along_s, against_s = network.along_s[edge], network.against_s[edge]
    with np.errstate(invalid="ignore"):
        ahead = np.where(share > 0, share * along_s, 0.0)
        back = np.where(share < 1, (1 - share) * against_s, 0.0)
    return np.minimum(at_node[network.tail[edge]] + ahead, at_node[network.head[edge]] + back)


def fine_fields(
    network: RoadNetwork, at_node: np.ndarray, seconds: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places 25 m apart, and which are within the time: by the nearest road, by the best one."""
    near = np.flatnonzero(at_node <= seconds)
    walk_m = 300.0
    low = np.floor(np.array([network.x[near].min(), network.y[near].min()]) - walk_m)
    high = np.array([network.x[near].max(), network.y[near].max()]) + walk_m
    # Off the lattice that the areas were drawn on.
    x, y = (np.arange(a + 7.3, b, GRID_M) for a, b in zip(low, high, strict=True))
    xy = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    points = shapely.points(xy)
    _, edge = network.edge_tree.query_nearest(points, all_matches=False)
    lines = network.lines[edge]
    share = shapely.line_locate_point(lines, points, normalized=True)
    walk_s = shapely.distance(lines, points) * network.access_s_per_m
    nearest = road_seconds(network, at_node, edge, share) + walk_s <= seconds
    edges = network.edge_tree.query(shapely.box(*(low - walk_m), *(high + walk_m)))
    edges = edges[np.isfinite(np.minimum(at_node[network.tail], at_node[network.head])[edges])]
    counts = np.ceil(shapely.length(network.lines[edges]) / SAMPLE_M).astype(int) + 1
    row = np.repeat(np.arange(len(edges)), counts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    along = number / (counts - 1)[row]
    samples = shapely.line_interpolate_point(network.lines[edges][row], along, normalized=True)
    tree = KDTree(shapely.get_coordinates(samples))
    metres, which = tree.query(xy, k=SAMPLES, workers=-1)
    on_road = road_seconds(network, at_node, edges[row], along)[which]
    best = (on_road + metres * network.access_s_per_m).min(axis=1) <= seconds
    return xy, nearest, best


def overlap(area: shapely.Geometry, xy: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union with a field of places."""
    shapely.prepare(area)
    inside = shapely.contains_xy(area, *xy.T)
    return float((inside & truth).sum() / (inside | truth).sum())


def recipe(graph: nx.MultiDiGraph, place: shapely.Point, seconds: float) -> shapely.Geometry:
    """An isochrone as in the OSMnx examples."""
    import osmnx as ox  # noqa: PLC0415 - slow to import, and for this part only

    centre = ox.distance.nearest_nodes(graph, place.x, place.y)
    part = nx.ego_graph(graph, centre, radius=seconds, distance="travel_time")
    nodes = [shapely.Point(data["x"], data["y"]) for _, data in part.nodes(data=True)]
    streets = [data["geometry"] for _, _, data in part.edges(data=True)]
    discs = gpd.GeoSeries(nodes).buffer(NODE_BUFFER_M)
    bands = gpd.GeoSeries(streets).buffer(STREET_BUFFER_M)
    return shapely.union_all([*discs, *bands])


def compare(
    network: RoadNetwork, areas: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, seconds: float
) -> None:
    """Tell how some areas agree with fine fields, and what the recipe takes for them."""
    shares, best_shares, recipes, recipe_shares = [], [], [], []
    reach_m = seconds * FASTEST_KPH / 3.6 + 1000.0
    for name, place in facilities.geometry.items():
        graph = graph_around(network, place, reach_m)
        at_node = node_seconds(network, graph, place)
        xy, nearest, best = fine_fields(network, at_node, seconds)
        area = areas.set_index("facility_id").geometry[name]
        shares.append(overlap(area, xy, nearest))
        best_shares.append(overlap(area, xy, best))
        took, drawn = timed(lambda graph=graph, place=place: recipe(graph, place, seconds))
        recipes.append(took)
        recipe_shares.append(overlap(drawn, xy, nearest))
    print(f"intersection over union with a 25 m field, nearest road: {listed(shares)}")
    print(f"intersection over union with a 25 m field, best road: {listed(best_shares)}")
    print(f"OSMnx recipe: median {statistics.median(recipes):.2f} s each ({listed(recipes)} s)")
    print(f"intersection over union of the recipe, nearest road: {listed(recipe_shares)}")


def listed(values: list[float]) -> str:
    """Numbers side by side."""
    return ", ".join(f"{value:.3f}" for value in values)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--facilities", type=int, default=500)
    parser.add_argument("--demand", type=int, default=5_000)
    parser.add_argument("--mode", default="drive")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--compared", type=int, default=3)
    asked = parser.parse_args()

    seconds = asked.minutes * 60
    roads = generate_roads(nodes=asked.nodes, seed=1)
    network = network_for_mode(roads, load_modes()[asked.mode])
    demand = generate_points(roads, count=asked.demand, seed=2)
    facilities = generate_points(roads, count=asked.facilities, seed=3)
    print(f"network: {network.node_count:,} nodes, {network.edge_count:,} edges, {asked.mode}")
    print(f"once: spatial index {timed(lambda: network.edge_tree)[0]:.2f} s")
    took, _ = timed(lambda: network.arcs("travel_time_s", "from_facility"))
    print(f"once: compressed rows {took:.2f} s")
    took, _ = timed(lambda: snap(network, facilities.geometry))
    print(f"once: snapping {took:.2f} s")

    for what, keywords in (
        ("first time", {}),
        ("again, the lattice being known", {}),
        ("allocated to the nearest", {"overlap": False}),
        ("rings 5-10-15", {"rings": True}),
    ):
        cutoffs = [seconds / 3, seconds * 2 / 3, seconds] if "rings" in keywords else [seconds]
        took, drawn = timed(
            lambda cutoffs=cutoffs, keywords=keywords: service_areas(
                network, facilities, cutoffs_s=cutoffs, direction="from_facility", **keywords
            )
        )
        if not keywords:
            areas = drawn
        each_ms = took / asked.facilities * 1e3
        print(f"{asked.facilities} areas, {what}: {took:.1f} s, {each_ms:.1f} ms each")
    took, segments = timed(
        lambda: reach_segments(network, facilities, cutoff_s=seconds, direction="from_facility")
    )
    print(f"street segments: {len(segments):,} in {took:.1f} s")
    print(
        f"cells {areas.attrs['cell_m']:g} m, {areas.count_coordinates().median():.0f} vertices each"
    )
    print(f"all valid: {bool(areas.is_valid.all())}")

    trips = travel_matrix(network, demand, facilities, cutoff_s=seconds, direction="from_facility")
    check = check_areas(areas, demand, trips, cell_m=areas.attrs["cell_m"])
    told = check.areas
    pairs = int((told["covered"] + told["inside"] + told["disagree"]).sum() / 2)
    apart = int(told["disagree"].sum())
    print(
        f"demand points that disagree: at most {check.share:.3%} of {asked.demand} for one area, "
        f"{apart} of {pairs} pairs of area and point in it ({apart / pairs:.2%}), "
        f"{check.unexplained} of them farther than a cell from its boundary"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory so far {peak:,.0f} MB")
    compare(network, areas, facilities.iloc[: asked.compared], seconds)


if __name__ == "__main__":
    main()
