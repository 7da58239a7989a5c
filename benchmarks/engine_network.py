"""Make a problem for `benchmarks/engines.py`: roads, the network of a mode, the same as a graph.

    python benchmarks/engine_network.py --nodes 10000 --mode drive --out FOLDER

A process of its own, so that its memory is not counted as that of any engine.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine_problem import DIRECTION
from engine_serve import peak_mb

from coverage.access.barriers import NO_BARRIERS
from coverage.graph.arcs import as_graph
from coverage.impedance import network_for_mode
from layers.road_files.roads_pbf import read_roads_pbf
from layers.samples import generate_roads
from layers.standards import load_modes

if TYPE_CHECKING:
    from coverage.network import RoadNetwork
    from coverage.roads import Roads

SEED: Final = 1

ARRAYS: Final = (
    "node_id",
    "x",
    "y",
    "tail",
    "head",
    "length_m",
    "along_s",
    "against_s",
    "vertex_xy",
    "vertex_start",
    "edge_id",
    "node_delay_s",
)
"""The arrays of a `RoadNetwork`."""


def saved(network: RoadNetwork, folder: Path) -> None:
    """Write a network as arrays; barriers stay behind, as peers know of none."""
    np.savez(
        folder / "network.npz",
        crs=network.crs or "",
        access_speed_kph=network.access_speed_kph,
        **{name: getattr(network, name) for name in ARRAYS},
    )


def save_graph(network: RoadNetwork, folder: Path) -> int:
    """Write the graph with its nodes numbered at random; tells the number of arcs."""
    graph = as_graph(network.arcs("travel_time_s", DIRECTION))
    size = network.node_count
    mixed = np.random.default_rng([SEED, size, 1]).permutation(size)
    shuffled = graph[mixed][:, mixed].tocsr()
    shuffled.sort_indices()
    np.savez(
        folder / "graph.npz",
        start=shuffled.indptr.astype(np.int64),
        end=shuffled.indices.astype(np.int64),
        cost=shuffled.data,
        x=network.x[mixed],
        y=network.y[mixed],
        network_node=mixed,
        order=np.random.default_rng([SEED, size, 2]).permutation(size),
    )
    return shuffled.nnz


def make(roads: Roads, mode: str, folder: Path) -> dict[str, float]:
    """Write the network and the graph of a mode."""
    start = time.perf_counter()
    network = replace(network_for_mode(roads, load_modes()[mode]), barriers=NO_BARRIERS)
    seconds = time.perf_counter() - start
    # Read before the graph is mixed, which is the benchmark's own doing.
    memory = peak_mb()
    saved(network, folder)
    return {
        "nodes": network.node_count,
        "edges": network.edge_count,
        "arcs": save_graph(network, folder),
        "network_s": seconds,
        "network_mb": memory,
    }


def main() -> None:
    """Make one problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--pbf", type=Path, help="read these roads instead of generating any")
    parser.add_argument("--crs", default="EPSG:32632", help="for roads that are read")
    parser.add_argument("--mode", default="drive")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    if asked.pbf is None:
        roads = generate_roads(nodes=asked.nodes, seed=SEED)
    else:
        roads = read_roads_pbf(asked.pbf, crs=asked.crs)
    facts = make(roads, asked.mode, asked.out)
    (asked.out / "facts.json").write_text(
        json.dumps(facts | {"pbf": str(asked.pbf or ""), "crs": roads.crs}), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
