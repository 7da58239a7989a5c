"""Siting models on generated questions: seconds to the proof, or the gap at the time limit.

    python benchmarks/siting.py --job covering --sites 10 50
    python benchmarks/siting.py --job median --sites 50 --cutoff 10
    python benchmarks/siting.py --demand 20000 --candidates 5000 --sites 50 --gap 0.01
    python benchmarks/siting.py --job curve --sites 20
    python benchmarks/siting.py --job orlib --folder FOLDER

Demand and candidates lie at random in a square of 50 km, people are log-normal with a median of
735 persons, and costs are straight lines in km. The cutoff decides how hard a question is: near
2 km the relaxation is as good as exact, near 4 km 50 sites just about fill the square and the
gap of the relaxation is percents. Seconds include putting the question together from the table.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import KDTree

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.siting import (
    SitingOptions,
    coverage_curve,
    location_set_covering,
    maximal_covering,
    p_center,
    p_median,
)

SQUARE_KM = 50.0


def question(
    demand: int, candidates: int, cutoff_km: float, seed: int
) -> tuple[pd.DataFrame, pd.Series]:
    """Travel matrix within the cutoff, in km under `distance_m`, and persons by demand id."""
    draw = np.random.default_rng(seed)
    points = draw.random((demand, 2)) * SQUARE_KM
    places = draw.random((candidates, 2)) * SQUARE_KM
    people = np.round(np.exp(draw.normal(6.6, 0.5, demand)))
    near = KDTree(points).sparse_distance_matrix(KDTree(places), cutoff_km).tocoo()
    matrix = pd.DataFrame(
        {
            "from_id": [f"d{i:05}" for i in near.row],
            "to_id": [f"c{j:05}" for j in near.col],
            "distance_m": near.data,
        }
    )
    return matrix, pd.Series(people, index=[f"d{i:05}" for i in range(demand)])


def peak_mb() -> str:
    """The most memory that this process has held, where the system tells it."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return "unknown"
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"


def or_library(path: Path) -> tuple[pd.DataFrame, pd.Series, int]:
    """A question of OR-Library: matrix, demand and the number of sites."""
    rows = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
    n, _, sites = (int(word) for word in rows[0])
    lengths = np.zeros((n, n))
    for a, b, length in rows[1:]:
        lengths[int(a) - 1, int(b) - 1] = lengths[int(b) - 1, int(a) - 1] = float(length)
    ids = np.array([f"v{i:04}" for i in range(n)])
    matrix = pd.DataFrame(
        {
            "from_id": np.repeat(ids, n),
            "to_id": np.tile(ids, n),
            "distance_m": shortest_path(lengths).ravel(),
        }
    )
    return matrix, pd.Series(1.0, index=ids), sites


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", default="covering")
    parser.add_argument("--demand", type=int, default=5_000)
    parser.add_argument("--candidates", type=int, default=1_000)
    parser.add_argument("--cutoff", type=float, default=2.5)
    parser.add_argument("--sites", type=int, nargs="+", default=[10, 50])
    parser.add_argument("--gap", type=float, default=0.0)
    parser.add_argument("--limit", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    options = SitingOptions(time_limit_s=asked.limit, gap=asked.gap)
    if asked.job == "orlib":
        for path in sorted(asked.folder.glob("pmed*.txt")):
            matrix, people, sites = or_library(path)
            for solve in (p_median, p_center):
                found = solve(
                    matrix, demand=people, sites=sites, cost="distance_m", options=options
                )
                print(
                    f"{path.stem} {found.model} {found.objective:g} {found.status} "
                    f"{found.seconds:.2f} s"
                )
        return
    matrix, people = question(asked.demand, asked.candidates, asked.cutoff, asked.seed)
    print(f"{len(matrix):,} pairs within {asked.cutoff} km")
    given = {"demand": people, "cost": "distance_m", "options": options}
    if asked.job == "curve":
        began = time.perf_counter()
        curve = coverage_curve(
            matrix, cutoff=asked.cutoff, counts=range(1, max(asked.sites) + 1), **given
        )
        print(curve[["covered", "gap", "status", "seconds"]])
        print(f"{time.perf_counter() - began:.1f} s")
        return
    for sites in asked.sites:
        if asked.job == "covering":
            found = maximal_covering(matrix, cutoff=asked.cutoff, sites=sites, **given)
        elif asked.job == "fewest":
            found = location_set_covering(matrix, cutoff=asked.cutoff, **given)
        else:
            found = (p_median if asked.job == "median" else p_center)(matrix, sites=sites, **given)
        print(
            f"{found.model} {sites} sites: {found.objective:,.3f}, gap {found.gap:.4%}, "
            f"{found.status}, {found.seconds:.1f} s, peak {peak_mb()}"
        )


if __name__ == "__main__":
    main()
