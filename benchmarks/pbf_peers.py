"""From an OpenStreetMap file to a network that can be routed on: ours beside pyrosm and OSMnx.

    python benchmarks/pbf_peers.py --peers-python PATH
    python benchmarks/pbf_peers.py --peers-python PATH --file FILE.osm.pbf --crs EPSG:32632

A million road nodes are generated and written as `.osm.pbf`, and once more as `.osm`, because
OSMnx reads XML only. Every run is a process of its own, imports are not timed, and memory is the
most that the process ever held. Two columns, because the peers' steps differ:

- *read*: streets as tables or arrays. Ours are then projected, measured, split where they meet and
  merged between junctions; pyrosm's are split, and cut at every node of the file.
- *network*: streets a car can be routed on. Ours is `RoadNetwork`; pyrosm's an igraph graph, its
  quickest; OSMnx makes its graph in one go.

PATH is a Python with `benchmarks/requirements.txt` installed; without it only ours is measured.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import osmium

sys.path.insert(0, str(Path(__file__).parents[1]))

from layers.samples import generate_roads
from layers.samples.osm_file import write_osm_file

ROOT = Path(__file__).resolve().parents[1]

READERS = {
    "ours": """
import sys
sys.path.insert(0, root)
from pathlib import Path
from coverage.impedance import network_for_mode
from layers.road_files.roads_pbf import read_roads_pbf
from layers.standards import load_modes
mode = load_modes()["drive"]
start = clock()
roads = read_roads_pbf(Path(pbf), crs=crs)
read = clock()
network = network_for_mode(roads, mode)
size = (network.node_count, network.edge_count)
""",
    "pyrosm": """
import pyrosm
start = clock()
file = pyrosm.OSM(pbf)
nodes, edges = file.get_network(network_type="driving", nodes=True)
read = clock()
graph = file.to_graph(nodes, edges, graph_type="igraph")
size = (graph.vcount(), graph.ecount())
""",
    "osmnx": """
import osmnx
start = clock()
graph = osmnx.graph_from_xml(xml, simplify=True, retain_all=True)
read = clock()
size = (len(graph), graph.number_of_edges())
""",
}
"""Each fills in `start`, `read` (when streets are read) and `size` (nodes and edges)."""

# Seconds of the processor are shown beside, because other work on the machine adds none to them.
BEFORE = """
import json, resource, time
root, pbf, xml, crs = {arguments!r}
def clock():
    return time.perf_counter(), time.process_time()
"""
AFTER = """
done = clock()
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
seconds = [then[kind] - start[kind] for kind in (0, 1) for then in (read, done)]
print("RESULT", json.dumps([*seconds, megabytes, *size]))
"""


def run(python: str, reader: str, arguments: tuple[str, ...]) -> list[float]:
    """Seconds to read and to the network, by the clock and of the processor; MB, nodes, edges."""
    script = BEFORE.format(arguments=arguments) + READERS[reader] + AFTER
    done = subprocess.run(  # noqa: S603 - our own script
        [python, "-c", script], capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        sys.exit(f"{reader} failed:\n{done.stderr[-2000:]}")
    return list(json.loads(lines[0].removeprefix("RESULT ")))


def generated(folder: Path, nodes: int, *, bends: bool) -> Path:
    """A file of so many road nodes; with bends, a third of them are crossings."""
    roads = generate_roads(nodes=round(nodes / 2.725) if bends else nodes, seed=1)
    if not bends:
        is_end = np.arange(roads.vertex_start[-1]) % 3 != 1
        roads = replace(
            roads,
            vertex_x=roads.vertex_x[is_end],
            vertex_y=roads.vertex_y[is_end],
            vertex_start=2 * np.arange(roads.edge_count + 1),
        )
    path = folder / "generated.osm.pbf"
    print(f"{write_osm_file(roads, path):,} road nodes, {roads.node_count:,} of them crossings")
    return path


def as_xml(pbf: Path, folder: Path) -> Path:
    """The same file as XML."""
    path = folder / "same.osm"
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(pbf)):
            writer.add(thing)
    return path


def main() -> None:
    """Measure, alternating, and print one row per reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000, help="road nodes to generate")
    parser.add_argument("--crossings", action="store_true", help="every node is a crossing")
    parser.add_argument("--file", type=Path, help="a .osm.pbf instead of a generated one")
    parser.add_argument("--crs", default="EPSG:4527")
    parser.add_argument("--peers-python", help="Python of the environment with the peers")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--osmnx-runs", type=int, default=1, help="it takes minutes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pbf = asked.file or generated(folder, asked.nodes, bends=not asked.crossings)
        runs = {"ours": (sys.executable, asked.runs)}
        if asked.peers_python:
            runs["pyrosm"] = (asked.peers_python, asked.runs)
            runs["osmnx"] = (asked.peers_python, asked.osmnx_runs)
        xml = as_xml(pbf, folder) if runs.get("osmnx", ("", 0))[1] else pbf
        arguments = (str(ROOT), str(pbf.resolve()), str(xml), asked.crs)
        results: dict[str, list[list[float]]] = {reader: [] for reader in runs}
        for turn in range(max(count for _, count in runs.values())):
            for reader, (python, count) in runs.items():
                if turn < count:
                    results[reader].append(run(python, reader, arguments))
    show(results)


def show(results: dict[str, list[list[float]]]) -> None:
    """Medians (and spread), and how many times ours behind."""
    names = ("read s", "network s", "read, processor s", "network, processor s")
    print(f"{'':8}" + "".join(f"{name:>30}" for name in names) + f"{'MB':>8}  nodes, edges")
    ours = [statistics.median(column) for column in zip(*results["ours"], strict=True)]
    for reader, rows in results.items():
        if not rows:
            continue
        *seconds, megabytes, nodes, edges = zip(*rows, strict=True)
        line = f"{reader:8}"
        for column, own in zip(seconds, ours, strict=False):
            middle = statistics.median(column)
            spread = f"({min(column):.1f}-{max(column):.1f})"
            line += f"{middle:8.1f} {spread:>13} {middle / own:5.1f} x"
        print(f"{line}{max(megabytes):8.0f}  {nodes[0]:,.0f}, {edges[0]:,.0f}")


if __name__ == "__main__":
    main()
