"""QuanTu's side of `benchmarks/engines.py`: its public doors, each call from points to a table.

    python benchmarks/engine_ours.py quantu TASK FOLDER

Demand and facilities stand exactly at nodes, so that engines that know nothing of edges have the
same answer. "quantu" snaps all points to edges in every call; "quantu-snapped" keeps the places
of the demand, as the app does; "quantu-two" spreads the work over two processes as well.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine_problem import DIRECTION, KEPT, Problem, Task
from engine_serve import Bench, seconds, serve, timed

from coverage.catchment import nearest_facility, nearest_trips
from coverage.isochrone import service_areas
from coverage.network import RoadNetwork
from coverage.searches.matrix import travel_matrix
from coverage.searches.nearest_update import NearestIndex
from coverage.snapping import Snaps, snap

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

CASES = ("add", "move", "close")
"""Kinds of change of one facility."""


def loaded(folder: Path) -> RoadNetwork:
    """The network that `engine_network.py` wrote."""
    with np.load(folder / "network.npz") as file:
        arrays = {name: file[name] for name in file.files}
    arrays["crs"] = str(arrays["crs"]) or None
    arrays["access_speed_kph"] = float(arrays["access_speed_kph"])
    return RoadNetwork(**arrays)


class Ground:
    """The network and its points, made ready for a task."""

    def __init__(self, engine: str, problem: Problem, task: Task) -> None:
        self.network = loaded(problem.folder)
        self.engine, self.problem, self.task = engine, problem, task
        self.facilities = self.points(problem.facilities(task.facilities), "F")
        self.demand = self.points(problem.demand(task.demand), "D")

    def points(self, nodes: IntArray, letter: str) -> gpd.GeoDataFrame:
        """Points at nodes, their ids numbered."""
        at = self.problem["network_node"][nodes]
        return gpd.GeoDataFrame(
            index=pd.Index([f"{letter}{number:07d}" for number in range(len(at))]),
            geometry=shapely.points(self.network.x[at], self.network.y[at]),
            crs=self.network.crs,
        )

    def demand_snaps(self) -> Snaps | None:
        """Places of the demand, where this engine keeps them."""
        return None if self.engine == "quantu" else snap(self.network, self.demand.geometry)

    def warm(self) -> None:
        """What is made once per network, on first use: spatial index and compressed rows."""
        _ = self.network.edge_grid
        self.network.arcs("travel_time_s", DIRECTION)


def nearest(ground: Ground) -> Bench:
    """The nearest facility of all demand points."""
    points = (ground.network, ground.demand, ground.facilities)
    limit, snaps = ground.task.cutoff_s, ground.demand_snaps()
    if snaps is None:
        work = partial(nearest_facility, *points, cutoff_s=limit, direction=DIRECTION)
    else:
        work = partial(
            nearest_trips, *points, cutoff=limit, direction=DIRECTION, demand_snaps=snaps
        )
    return timed(work, lambda table: table["travel_time_s"].to_numpy())


def matrix(ground: Ground) -> Bench:
    """Travel times of all pairs within the cutoff."""
    task = ground.task
    work = partial(
        travel_matrix,
        ground.network,
        ground.demand,
        ground.facilities.iloc[: task.sample],
        cutoff_s=task.cutoff_s,
        direction=DIRECTION,
        demand_snaps=ground.demand_snaps(),
    )
    if ground.engine == "quantu-two":
        from travel_matrix import by_processes  # noqa: PLC0415 - brings NetworkX with it

        # Started afresh and not forked: the only way that Windows has.
        pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
        work = partial(work, spread=partial(by_processes, pool))

    def answer(table: pd.DataFrame) -> FloatArray:
        ids = ground.facilities.index[: min(KEPT, task.sample)]
        kept = table[table["to_id"].isin(ids)]
        times = np.full((len(ids), task.demand), np.inf)
        row = ids.get_indexer(kept["to_id"])
        times[row, ground.demand.index.get_indexer(kept["from_id"])] = kept["travel_time_s"]
        return times

    return timed(work, answer)


def areas(ground: Ground) -> Bench:
    """Service areas."""
    task = ground.task

    def work() -> gpd.GeoDataFrame:
        return service_areas(
            ground.network,
            ground.facilities.iloc[: task.sample],
            cutoffs_s=[task.cutoff_s],
            direction=DIRECTION,
        )

    return timed(work, lambda table: np.array(table.geometry.iloc[:KEPT].to_wkb(hex=True), str))


def update(ground: Ground) -> Bench:
    """One facility added, moved or closed: new times of all demand points, and the share."""
    task = ground.task
    before = NearestIndex.prepare(
        ground.network,
        ground.demand,
        ground.facilities,
        cutoff=task.cutoff_s,
        direction=DIRECTION,
    )
    sites = ground.points(ground.problem.new_sites(task), "N").geometry
    ids = ground.facilities.index[: task.sample]

    def changed(change: Callable[[], NearestIndex]) -> tuple[float, FloatArray]:
        def work() -> FloatArray:
            index = change()
            _ = index.covered.mean()
            return index.travel_time_s

        return seconds(work)

    def once() -> tuple[dict[str, list[float]], Any]:
        took: dict[str, list[float]] = {case: [] for case in CASES}
        times = []
        for point, old in zip(sites, ids, strict=True):
            changes = {
                "add": lambda p=point: before.with_facility("N", p),
                "move": lambda p=point, i=old: before.moved(i, p),
                "close": lambda i=old: before.without_facility(i),
            }
            for case, change in changes.items():
                passed, result = changed(change)
                took[case].append(passed)
                times.append(result)
        return took, times

    return Bench(once, lambda times: np.array(times[: KEPT * len(CASES)]))


JOBS = {"nearest": nearest, "matrix": matrix, "areas": areas, "update": update}


def main() -> None:
    """Serve one job."""
    task, problem = Task.loaded(sys.argv[2]), Problem(sys.argv[3])
    # The network is read, not made: how long that takes is told beside the table.
    ground = Ground(sys.argv[1], problem, task)

    def prepare() -> Bench:
        ground.warm()
        return JOBS[task.job](ground)

    serve(prepare)


if __name__ == "__main__":
    main()
