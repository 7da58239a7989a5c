"""Nearest facility on a generated network, beside a bare SciPy search in the same run.

    python benchmarks/nearest_facility.py --nodes 1000000
    python benchmarks/nearest_facility.py --nodes 5000000 --runs 3

Both run on the same graph. The bare call is `dijkstra(min_only=True)` from as many nodes; ours
also snaps 5,000 demand points and the facilities to edges, finds which facility it was, and adds
up the metres. What is made once per network (spatial index, compressed rows) is timed apart, and
the most memory that the process ever held is told after each step.

Neither uses more than one core, so processor time tells on a busy machine what the clock would
on an idle one; the ratios are of processor time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.catchment import nearest_facility
from coverage.graph.arcs import as_graph
from coverage.impedance import network_for_mode
from coverage.snapping import snap
from layers.samples import generate_points, generate_roads
from layers.standards import load_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.network import RoadNetwork


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and by the processor that one call takes."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def peak_mb() -> str:
    """The most memory that this process has held, where the system tells it."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return "unknown"
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"


def once(what: str, work: Callable[[], object]) -> None:
    """Tell what is made once per network."""
    clock, _ = seconds(work)
    print(f"once: {what} {clock:.2f} s, peak memory {peak_mb()}")


def network_of(nodes: int) -> RoadNetwork:
    """The generated roads for cars; the roads themselves are not kept."""
    return network_for_mode(generate_roads(nodes=nodes, seed=1), load_modes()["drive"])


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--facilities", type=int, default=1_000)
    parser.add_argument("--demand", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()

    roads = generate_roads(nodes=asked.nodes, seed=1)
    demand = generate_points(roads, count=asked.demand, seed=2)
    facilities = generate_points(roads, count=asked.facilities, seed=3)
    del roads
    network = network_of(asked.nodes)
    print(f"network: {network.node_count:,} nodes, {network.edge_count:,} edges; {peak_mb()}")
    once("spatial index", lambda: snap(network, facilities.geometry))
    once("compressed rows", lambda: network.arcs("travel_time_s", "to_facility"))
    ours = partial(nearest_facility, network, demand, facilities, direction="to_facility")
    once("first run", ours)

    graph = as_graph(network.arcs("travel_time_s", "to_facility"))
    size = network.node_count
    sources = np.random.default_rng(4).choice(size, asked.facilities, replace=False)
    # The same graph with its nodes numbered at random, as a source without order would give it.
    mixed = np.random.default_rng(5).permutation(size)
    shuffled = graph[mixed][:, mixed]
    place = np.argsort(mixed)
    calls = {
        "nearest_facility": ours,
        "bare SciPy, nodes numbered at random": partial(
            dijkstra, shuffled, indices=place[sources], min_only=True
        ),
        "bare SciPy, nodes along a Hilbert curve": partial(
            dijkstra, graph, indices=sources, min_only=True
        ),
    }
    took = [[seconds(call) for call in calls.values()] for _ in range(asked.runs)]
    print("| what | clock s | processor s | spread | nearest_facility is |")
    print("|---|---|---|---|---|")
    own = statistics.median(run[0][1] for run in took)
    for number, name in enumerate(calls):
        clock, processor = zip(*(run[number] for run in took), strict=True)
        median = statistics.median(processor)
        print(
            f"| {name} | {statistics.median(clock):.2f} | {median:.2f} "
            f"| {min(processor):.2f}-{max(processor):.2f} | {own / median:.2f} x |"
        )


if __name__ == "__main__":
    main()
