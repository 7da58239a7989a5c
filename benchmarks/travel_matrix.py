"""The travel matrix on a generated network, beside bare SciPy (and NetworkX) in the same run.

    python benchmarks/travel_matrix.py --nodes 1000000
    python benchmarks/travel_matrix.py --nodes 1000000 --demand 70000 --facilities 5000
    python benchmarks/travel_matrix.py --nodes 10000 --demand 500 --facilities 50

The bare call is `scipy.sparse.csgraph.dijkstra(indices=..., limit=...)` on the whole graph, one
block of sources after the other, and nothing else: no points, no metres, no table. Ours snaps the
facilities, finds the pairs and makes the table; the demand points are snapped once beforehand, as
their place on the road is kept. Where bare SciPy and NetworkX are timed on fewer sources than
there are facilities, their time is scaled up. What is made once per network is timed apart. On a
busy machine the processor's time says more than the clock.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from scipy.sparse.csgraph import dijkstra

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.graph.arcs import as_graph
from coverage.impedance import network_for_mode
from coverage.searches.matrix import travel_matrix
from coverage.searches.subnetwork import blocks_of
from coverage.snapping import snap
from layers.samples import generate_points, generate_roads
from layers.standards import load_modes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from coverage.network import RoadNetwork
    from coverage.searches.tile_search import Found, Tile

BLOCK_CELLS = 20_000_000
"""Nodes times sources of one bare call: 160 MB of times. Larger blocks take longer."""

NETWORKX_NODES = 20_000
"""NetworkX is left out on larger networks, where it takes minutes."""

AHEAD = 4
"""Tiles that wait for a free process, so that not all of them are in memory."""


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall time of one call, and processor time of this process."""
    start, start_cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - start_cpu


def megabytes() -> float:
    """Most memory that this process has held so far; NaN on Windows, which does not tell."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return float("nan")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def by_processes(
    pool: ProcessPoolExecutor, work: Callable[[Tile], Found], tiles: Iterable[Tile]
) -> Iterator[Found]:
    """As the `map` of the pool, with few tasks waiting at a time."""
    tiles, waiting = iter(tiles), deque()
    while True:
        waiting.extend(pool.submit(work, tile) for tile in islice(tiles, AHEAD - len(waiting)))
        if not waiting:
            return
        yield waiting.popleft().result()


def bare(network: RoadNetwork, sources: np.ndarray, limit: float) -> None:
    graph = as_graph(network.arcs("travel_time_s", "to_facility"))
    block = max(1, BLOCK_CELLS // network.node_count)
    for first in range(0, len(sources), block):
        dijkstra(graph, indices=sources[first : first + block], limit=limit)


def by_networkx(graph: nx.DiGraph, sources: np.ndarray, limit: float) -> None:
    for source in sources.tolist():
        nx.single_source_dijkstra_path_length(graph, source, cutoff=limit, weight="cost")


def measure(asked: argparse.Namespace, mode: str, pool: ProcessPoolExecutor | None) -> None:
    """Time one mode and print its rows of the table."""
    roads = generate_roads(nodes=asked.nodes, seed=1)
    network = network_for_mode(roads, load_modes()[mode])
    demand = generate_points(roads, count=asked.demand, seed=2)
    facilities = generate_points(roads, count=asked.facilities, seed=3)
    once = {
        "spatial index": seconds(lambda: network.edge_grid),
        "compressed rows": seconds(lambda: network.arcs("travel_time_s", "to_facility")),
        "blocks": seconds(lambda: blocks_of(network)),
    }
    places = snap(network, demand.geometry)
    limit = 60.0 * asked.minutes
    ours = partial(
        travel_matrix,
        network,
        demand,
        facilities,
        cutoff_s=limit,
        direction="to_facility",
        demand_snaps=places,
    )
    pairs = len(ours())
    peak = megabytes()
    if pool is not None:
        ours(spread=partial(by_processes, pool))  # Python and its libraries start only once.
    random = np.random.default_rng(4)
    graph = as_graph(network.arcs("travel_time_s", "to_facility"))
    few = random.choice(network.node_count, min(20, asked.facilities), replace=False)
    reached = np.isfinite(dijkstra(graph, indices=few, limit=limit)).sum(axis=1).mean()
    sample = min(asked.bare, asked.facilities)
    runs: dict[str, list[tuple[float, float]]] = {"ours": [], "bare SciPy": []}
    small = network.node_count <= NETWORKX_NODES
    if small:
        nx_graph = nx.from_scipy_sparse_array(graph, create_using=nx.DiGraph, edge_attribute="cost")
    for _ in range(asked.runs):
        sources = random.choice(network.node_count, sample, replace=False)
        scale = asked.facilities / sample
        runs["ours"].append(seconds(ours))
        if pool is not None:
            spread = partial(by_processes, pool)
            name = f"ours, {asked.processes} processes"
            runs.setdefault(name, []).append(seconds(lambda: ours(spread=spread)))  # noqa: B023
        wall, cpu = seconds(lambda: bare(network, sources, limit))  # noqa: B023
        runs["bare SciPy"].append((scale * wall, scale * cpu))
        if small:
            wall, cpu = seconds(lambda: by_networkx(nx_graph, sources, limit))  # noqa: B023
            runs.setdefault("networkx", []).append((scale * wall, scale * cpu))
    print(
        f"\n{mode}: {network.node_count:,} nodes, {network.edge_count:,} edges; "
        f"{asked.demand:,} x {asked.facilities:,} at {asked.minutes:g} min: {pairs:,} pairs; "
        f"{reached:,.0f} nodes reached per facility; peak {peak:,.0f} MB"
    )
    print("once: " + ", ".join(f"{name} {wall:.2f} s" for name, (wall, _) in once.items()))
    usual = {name: np.median(taken, axis=0) for name, taken in runs.items()}
    for name, taken in runs.items():
        fastest, slowest = min(taken)[0], max(taken)[0]
        wall, cpu = usual[name]
        more, more_cpu = usual[name] / usual["ours"]
        print(
            f"{name:18} median {wall:8.3f} s ({fastest:.3f}-{slowest:.3f}), processor {cpu:8.3f} s;"
            f" {more:.1f} x as long as ours, processor {more_cpu:.1f} x"
        )


def main() -> None:
    """Measure and print one table per mode."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--modes", nargs="+", default=["walk", "ride", "drive"])
    parser.add_argument("--demand", type=int, default=5_000)
    parser.add_argument("--facilities", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--bare", type=int, default=100, help="sources that the peers search from")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    # Started afresh and not forked: the only way that Windows has.
    several = asked.processes > 1
    with (
        ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn"))
        if several
        else nullcontext()
    ) as pool:
        for mode in asked.modes:
            measure(asked, mode, pool)


if __name__ == "__main__":
    main()
