"""One facility added, moved or closed: the kept index beside a full run, in the same process.

    python benchmarks/one_facility.py --nodes 100000
    python benchmarks/one_facility.py --nodes 1000000 --facilities 1000

Every change is measured up to the new times and the coverage of all demand points, snapping of
the new site included, and compared with a full run: the same facilities, the same times. No
more than one core is used, so processor time tells on a busy machine what the clock would on an
idle one.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.catchment import nearest_trips
from coverage.impedance import network_for_mode
from coverage.searches.nearest_update import NearestIndex
from coverage.snapping import snap
from layers.samples import generate_points, generate_roads
from layers.standards import load_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    import shapely

    from coverage.graph.arcs import FloatArray
    from coverage.network import RoadNetwork

COMPARED = 5
"""Changes of each kind that are checked against a full run."""


Result = TypeVar("Result")


def milliseconds(work: Callable[[], Result]) -> tuple[FloatArray, Result]:
    """Time of one call by the clock and by the processor, and what it gave."""
    start = time.perf_counter(), time.process_time()
    result = work()
    return 1000 * np.subtract((time.perf_counter(), time.process_time()), start), result


def apply(
    facilities: gpd.GeoDataFrame, change: str, name: str, site: shapely.Point
) -> gpd.GeoDataFrame:
    """The facilities after a change, as a full run takes them."""
    kept = facilities if change == "add" else facilities.drop(name)
    if change == "close":
        return kept
    new = gpd.GeoDataFrame(
        geometry=[site], index=["new" if change == "add" else name], crs=facilities.crs
    )
    return pd.concat([kept, new])


def update(index: NearestIndex, change: str, name: str, site: shapely.Point) -> NearestIndex:
    """The index after a change, its coverage told."""
    if change == "add":
        changed = index.with_facility("new", site)
    elif change == "close":
        changed = index.without_facility(name)
    else:
        changed = index.moved(name, site)
    assert len(changed.covered) == len(changed.travel_time_s)  # noqa: S101 - both are made
    return changed


def measure(
    network: RoadNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    *,
    cutoff_s: float,
) -> None:
    """Measure one set of facilities and print its rows."""
    snaps = snap(network, demand.geometry)
    asked = {"cutoff": cutoff_s, "direction": "to_facility"}
    took, index = milliseconds(lambda: NearestIndex.prepare(network, demand, facilities, **asked))
    print(f"{len(facilities):,} facilities, made ready in {took[1]:,.0f} ms of processor time")
    rng = np.random.default_rng(5)
    print("| change | clock ms | processor ms | fastest - 9 in 10 - slowest | full run ms |")
    print("|---|---|---|---|---|")
    for change in ("add", "close", "move"):
        updates, full_runs = [], []
        for number, site in enumerate(sites.geometry):
            name = str(rng.choice(facilities.index))
            took, changed = milliseconds(partial(update, index, change, name, site))
            updates.append(took)
            if number >= COMPARED:
                continue
            after = apply(facilities, change, name, site)
            run = partial(nearest_trips, network, demand, after, demand_snaps=snaps, **asked)
            took, expected = milliseconds(run)
            full_runs.append(took)
            pd.testing.assert_frame_equal(changed.trips, expected, rtol=1e-12, atol=1e-9)
        clock, processor = np.median(updates, axis=0)
        spread = np.quantile([took[1] for took in updates], [0, 0.9, 1])
        print(
            f"| {change} | {clock:.1f} | {processor:.1f} "
            f"| {' - '.join(f'{ms:.1f}' for ms in spread)} "
            f"| {np.median(full_runs, axis=0)[1]:.0f} |"
        )


def main() -> None:
    """Measure and print one table per number of facilities."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--facilities", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--demand", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--mode", default="drive")
    asked = parser.parse_args()

    roads = generate_roads(nodes=asked.nodes, seed=1)
    network = network_for_mode(roads, load_modes()[asked.mode])
    demand = generate_points(roads, count=asked.demand, seed=2)
    sites = generate_points(roads, count=asked.runs, seed=4)
    print(f"{network.node_count:,} nodes, {len(demand):,} demand points, {asked.minutes:g} minutes")
    for count in asked.facilities:
        facilities = generate_points(roads, count=count, seed=3)
        measure(network, demand, facilities, sites, cutoff_s=asked.minutes * 60)


if __name__ == "__main__":
    main()
