"""From an `.osm.pbf` to the networks of three modes, in seconds.

python benchmarks/pbf_to_network.py ../shared/data/roads/liechtenstein.osm.pbf EPSG:32632
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.impedance import network_for_mode
from layers.road_files.roads_pbf import read_roads_pbf
from layers.standards import load_modes


def main() -> None:
    """Measure once, imports left out."""
    path, crs = Path(sys.argv[1]), sys.argv[2]
    modes = load_modes()
    start = time.perf_counter()
    roads = read_roads_pbf(path, crs=crs)
    read = time.perf_counter()
    for name in ("walk", "ride", "drive"):
        network = network_for_mode(roads, modes[name])
        print(f"{name}: {network.node_count:,} nodes, {network.edge_count:,} edges")
    done = time.perf_counter()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"read {read - start:.2f} s, three networks {done - read:.2f} s, {megabytes:.0f} MB")


if __name__ == "__main__":
    main()
