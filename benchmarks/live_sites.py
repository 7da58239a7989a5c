"""A click on the map: one facility added, moved or closed, up to the figures of every township.

    python benchmarks/live_sites.py --nodes 100000 --demand 5000
    python benchmarks/live_sites.py --project data/examples/demo_county

Each click is measured from the action to the covered villages with their verdicts at three
paces, the rows of all zones, and who gains and who loses. The table of facilities and the drawn
ground of the new site, which the map asks for beside them, stand in columns of their own. No
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
import shapely

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.scenarios.action import FacilityAction
from coverage.studies.live_reading import LiveReading, live_change, site_area
from coverage.studies.study import Layers
from coverage.studies.study_trips import StudyTrips
from layers.loading import load_layers
from layers.project import chosen_modes, load_project
from layers.samples import generate_points, generate_roads
from layers.standards import load_kinds, load_modes, load_standards

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.graph.arcs import FloatArray
    from coverage.standards import Reading, Standard

DRAWN = 5
"""Sites whose ground is drawn: it takes longer than the figures."""

Result = TypeVar("Result")


def milliseconds(work: Callable[[], Result]) -> tuple[FloatArray, Result]:
    """Time of one call by the clock and by the processor, and what it gave."""
    start = time.perf_counter(), time.process_time()
    result = work()
    return 1000 * np.subtract((time.perf_counter(), time.process_time()), start), result


def generated_county(*, nodes: int, villages: int, clinics: int, side: int) -> Layers:
    """Random villages and clinics on a generated network, in squares for townships."""
    roads = generate_roads(nodes=nodes, seed=1)
    demand = generate_points(roads, count=villages, seed=2).rename_axis("demand_id")
    facilities = generate_points(roads, count=clinics, seed=3).rename_axis("facility_id")
    west, south, east, north = demand.total_bounds
    x, y = np.linspace(west - 1, east + 1, side + 1), np.linspace(south - 1, north + 1, side + 1)
    squares = [
        shapely.box(x[column], y[row], x[column + 1], y[row + 1])
        for row in range(side)
        for column in range(side)
    ]
    names = pd.Index([f"Z{number:03d}" for number in range(len(squares))], name="zone_id")
    zones = gpd.GeoDataFrame(
        {"zone_name": names.to_list(), "zone_level": "township"},
        geometry=squares,
        index=names,
        crs=demand.crs,
    )
    at = gpd.sjoin(demand[["geometry"]], zones[["geometry"]])["zone_id"]
    named = demand.assign(
        demand_name=demand.index,
        zone_id=at[~at.index.duplicated()].reindex(demand.index),
        origin="synthetic",
    )
    served = facilities[["geometry"]].assign(
        facility_name=facilities.index, kind="village_clinic", origin="synthetic"
    )
    return Layers("生成县", "合成数据", zones, named, served, roads)


def click(before: LiveReading, action: FacilityAction) -> LiveReading:
    """All that the page shows at once."""
    after = before.after(action)
    assert not after.demand.empty  # noqa: S101 - is made now
    assert not after.zones.empty  # noqa: S101 - is made now
    live_change(before, after)
    return after


def measure(
    travel: StudyTrips, standard: Standard, reading: Reading, places: FloatArray
) -> dict[str, object]:
    """One row: milliseconds of every kind of click, median and worst."""
    kinds = load_kinds()
    ready, live = milliseconds(lambda: LiveReading.prepare(travel, standard, reading, kinds=kinds))
    assert not live.demand.empty  # noqa: S101 - what a click starts from
    assert not live.zones.empty  # noqa: S101 - what a click starts from
    names = np.random.default_rng(5).choice(live.serving_ids, len(places))
    took: dict[str, list[FloatArray]] = {}
    for number, (x, y) in enumerate(places.tolist()):
        add = FacilityAction("add", "new", kind=standard.kinds[0], place=(x, y))
        spent, added = milliseconds(partial(click, live, add))
        took.setdefault("add", []).append(spent)
        further = FacilityAction("move", "new", place=(x + 400, y + 300))
        took.setdefault("move", []).append(milliseconds(partial(click, added, further))[0])
        close = FacilityAction("close", str(names[number]))
        took.setdefault("close", []).append(milliseconds(partial(click, live, close))[0])
        if number < DRAWN:
            table, _ = milliseconds(lambda: added.facilities)  # noqa: B023 - called at once
            took.setdefault("facilities", []).append(table)
            took.setdefault("area", []).append(milliseconds(partial(site_area, added, "new"))[0])
    cells = {
        name: "{:.0f} / {:.0f} ({:.0f} / {:.0f})".format(
            *np.median(rows, axis=0)[::-1], *np.max(rows, axis=0)[::-1]
        )
        for name, rows in took.items()
    }
    return {"reading": reading.reading_id, "ready": f"{ready[1]:.0f}", **cells}


def main() -> None:
    """Print a table with a row per reading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--demand", type=int, default=5_000)
    parser.add_argument("--facilities", type=int, default=300)
    parser.add_argument("--townships", type=int, default=7, help="along each side of the county")
    parser.add_argument("--standards", nargs="+", default=["health_circle_15"])
    parser.add_argument("--clicks", type=int, default=30)
    asked = parser.parse_args()

    modes = load_modes()
    if asked.project is None:
        layers = generated_county(
            nodes=asked.nodes,
            villages=asked.demand,
            clinics=asked.facilities,
            side=asked.townships,
        )
    else:
        project = load_project(asked.project)
        modes = chosen_modes(project, modes)
        chosen = [load_standards()[name] for name in asked.standards]
        layers = load_layers(project, standards=chosen, modes=modes, kinds=load_kinds())
    rng = np.random.default_rng(4)
    near = layers.demand.geometry.iloc[rng.integers(len(layers.demand), size=asked.clicks)]
    places = near.get_coordinates().to_numpy() + rng.normal(0, 300, (asked.clicks, 2))
    travel = StudyTrips(layers, modes, DEFAULT_UNCERTAINTY)
    print(
        f"{len(layers.roads.node_x):,} nodes, {len(layers.demand):,} demand points, "
        f"{len(layers.facilities):,} facilities, {len(layers.zones):,} zones; milliseconds of "
        "processor time / clock, median (worst)"
    )
    for name in asked.standards:
        standard = load_standards()[name]
        for reading in standard.readings:
            row = measure(travel, standard, reading, places)
            print("; ".join(f"{title} {cell}" for title, cell in row.items()), flush=True)


if __name__ == "__main__":
    main()
