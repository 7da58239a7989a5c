"""Nearest facility on a generated network, beside a bare SciPy search in the same run.

    python benchmarks/nearest_facility.py --nodes 1000000

Both run on the same graph. The bare call is `dijkstra(min_only=True)` from as many nodes; ours
also snaps 5,000 demand points and the facilities to edges, finds which facility it was, and adds
up the metres. What is made once per network (spatial index, compressed rows) is timed apart.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.catchment import nearest_facility
from coverage.impedance import network_for_mode
from layers.samples import generate_points, generate_roads
from layers.standards import load_modes

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--facilities", type=int, default=1_000)
    parser.add_argument("--demand", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()

    roads = generate_roads(nodes=asked.nodes, seed=1)
    network = network_for_mode(roads, load_modes()["drive"])
    demand = generate_points(roads, count=asked.demand, seed=2)
    facilities = generate_points(roads, count=asked.facilities, seed=3)
    print(f"network: {network.node_count:,} nodes, {network.edge_count:,} edges")
    print(f"once: spatial index {seconds(lambda: network.edge_tree):.2f} s")
    took = seconds(lambda: network.arcs("travel_time_s", "to_facility"))
    print(f"once: compressed rows {took:.2f} s")

    arcs = network.arcs("travel_time_s", "to_facility")
    size = network.node_count
    graph = csr_array((arcs.cost, arcs.end_node, arcs.start), (size, size))
    sources = np.random.default_rng(4).choice(size, asked.facilities, replace=False)
    # The same graph with its nodes numbered at random, as a source without order would give it.
    mixed = np.random.default_rng(5).permutation(size)
    shuffled = graph[mixed][:, mixed]
    place = np.argsort(mixed)

    rows = []
    for _ in range(asked.runs):
        ours = seconds(
            lambda: nearest_facility(network, demand, facilities, direction="to_facility")
        )
        bare = seconds(lambda: dijkstra(graph, indices=sources, min_only=True))
        unordered = seconds(lambda: dijkstra(shuffled, indices=place[sources], min_only=True))
        rows.append((ours, bare, unordered))
    ours, bare, unordered = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"nearest_facility {ours:.2f} s")
    print(f"bare SciPy {bare:.2f} s, with nodes numbered at random {unordered:.2f} s")
    print(f"ratio {ours / bare:.2f} x bare, {ours / unordered:.2f} x with random numbers")


if __name__ == "__main__":
    main()
