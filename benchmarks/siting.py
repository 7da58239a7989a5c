"""Siting models on generated questions: seconds to the proof, or the gap at the time limit.

    python benchmarks/siting.py --job covering --sites 10 50
    python benchmarks/siting.py --job covering --cutoff 3.2 --sites 50 --plain
    python benchmarks/siting.py --job median --kind clustered --cutoff 8 --sites 50
    python benchmarks/siting.py --job median --cutoff 2.5 --unserved --sites 50 --plain
    python benchmarks/siting.py --demand 20000 --candidates 5000 --sites 50 --gap 0.01
    python benchmarks/siting.py --job curve --sites 20
    python benchmarks/siting.py --job orlib [--folder FOLDER]

Demand and candidates lie at random in a square of 50 km (`uniform`), or the demand in 60 towns
there and the candidates among it (`clustered`). People are log-normal with a median of 735
persons, costs are straight lines in km. The cutoff decides how hard a question is: near 2 km the
relaxation is as good as exact, near 4 km 50 sites just about fill the square and the gap of the
relaxation is percents. `--unserved` lets a point go unserved for the cost of the cutoff, since
few sites cannot reach everybody within short ones. Seconds include putting the question together
from the table. `--plain` gives the whole model to HiGHS right after, without anything of ours.
Without a folder, `orlib` draws graphs of 100 to 400 vertices in the way of OR-Library's pmed.
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
sys.path.insert(0, str(Path(__file__).parent))

from siting_plain import covering as plain_covering
from siting_plain import median as plain_median

from coverage.siting import (
    SitingOptions,
    coverage_curve,
    location_set_covering,
    maximal_covering,
    p_center,
    p_median,
)

SQUARE_KM = 50.0

TOWNS, TOWN_KM = 60, 2.0
"""Clusters of demand, and how far from their centres it spreads (standard deviation)."""


def points_of(
    demand: int, candidates: int, *, kind: str, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Demand points and candidates, shape (n, 2) in km, and the people of the points."""
    draw = np.random.default_rng(seed)
    if kind == "clustered":
        centres = draw.random((TOWNS, 2)) * SQUARE_KM
        points = centres[draw.integers(0, TOWNS, demand)] + draw.normal(0, TOWN_KM, (demand, 2))
        places = points[draw.choice(demand, candidates, replace=False)]
    else:
        points = draw.random((demand, 2)) * SQUARE_KM
        places = draw.random((candidates, 2)) * SQUARE_KM
    return points, places, np.round(np.exp(draw.normal(6.6, 0.5, demand)))


def question(
    demand: int, candidates: int, cutoff_km: float, seed: int, kind: str = "uniform"
) -> tuple[pd.DataFrame, pd.Series]:
    """Travel matrix within the cutoff, in km under `distance_m`, and persons by demand id."""
    points, places, people = points_of(demand, candidates, kind=kind, seed=seed)
    near = KDTree(points).query_ball_point(places, cutoff_km, return_sorted=True)
    site = np.repeat(np.arange(candidates), [len(rows) for rows in near])
    row = np.concatenate([np.asarray(rows, dtype=np.int64) for rows in near])
    order = np.lexsort([site, row])
    row, site = row[order], site[order]
    matrix = pd.DataFrame(
        {
            "from_id": [f"d{i:05}" for i in row],
            "to_id": [f"c{j:05}" for j in site],
            "distance_m": np.hypot(*(points[row] - places[site]).T),
        }
    )
    return matrix, pd.Series(people, index=[f"d{i:05}" for i in range(demand)])


def with_unserved(matrix: pd.DataFrame, people: pd.Series, cutoff_km: float) -> pd.DataFrame:
    """The table with a candidate "none" that everybody reaches at the cost of the cutoff."""
    none = pd.DataFrame({"from_id": people.index, "to_id": "none", "distance_m": cutoff_km})
    return pd.concat([matrix, none], ignore_index=True)


def peak_mb() -> str:
    """The most memory that this process has held, where the system tells it."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return "unknown"
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"


def or_library(path: Path) -> tuple[np.ndarray, int]:
    """Lengths between vertices of a question of OR-Library, and the number of sites."""
    rows = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
    n, _, sites = (int(word) for word in rows[0])
    lengths = np.zeros((n, n))
    for a, b, length in rows[1:]:
        lengths[int(a) - 1, int(b) - 1] = lengths[int(b) - 1, int(a) - 1] = float(length)
    return lengths, sites


def drawn_graph(n: int, seed: int) -> np.ndarray:
    """Lengths of n**2 / 50 edges (Beasley 1985), a ring through all vertices among them."""
    draw = np.random.default_rng(seed)
    ring = draw.permutation(n)
    edges = n * n // 50
    start = np.concatenate([ring, draw.integers(0, n, edges - n)])
    end = np.concatenate([np.roll(ring, 1), draw.integers(0, n, edges - n)])
    length = draw.integers(1, 101, edges).astype(float)
    lengths = np.zeros((n, n))
    lengths[start, end] = length
    lengths[end, start] = length
    np.fill_diagonal(lengths, 0.0)
    return lengths


def measure_graphs(folder: Path | None, options: SitingOptions) -> None:
    """Median and center of graphs, every vertex both a demand point and a candidate."""
    if folder is not None:
        graphs = {path.stem: or_library(path) for path in sorted(folder.glob("pmed*.txt"))}
    else:
        graphs = {
            f"{n} vertices, part {part + 1}": (drawn_graph(n, n + part), sites)
            for n in (100, 200, 300, 400)
            for part, sites in enumerate((5, 10, n // 10, n // 5, n // 3))
        }
    for name, (lengths, sites) in graphs.items():
        n = len(lengths)
        ids = np.array([f"v{i:04}" for i in range(n)])
        matrix = pd.DataFrame(
            {
                "from_id": np.repeat(ids, n),
                "to_id": np.tile(ids, n),
                "distance_m": shortest_path(lengths).ravel(),
            }
        )
        asked = {"demand": pd.Series(1.0, index=ids), "sites": sites, "cost": "distance_m"}
        for solve in (p_median, p_center):
            found = solve(matrix, options=options, **asked)
            print(
                f"{name}, {sites} sites: {found.model} {found.objective:g} {found.status} "
                f"{found.seconds:.2f} s",
                flush=True,
            )


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
    parser.add_argument("--kind", choices=["uniform", "clustered"], default="uniform")
    parser.add_argument("--unserved", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    options = SitingOptions(time_limit_s=asked.limit, gap=asked.gap)
    if asked.job == "orlib":
        measure_graphs(asked.folder, options)
        return
    matrix, people = question(asked.demand, asked.candidates, asked.cutoff, asked.seed, asked.kind)
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
    if asked.unserved:
        matrix = with_unserved(matrix, people, asked.cutoff)
    locked = ["none"] if asked.unserved else []
    for number in asked.sites:
        sites = number + len(locked)
        if asked.job == "covering":
            found = maximal_covering(matrix, cutoff=asked.cutoff, sites=sites, **given)
        elif asked.job == "fewest":
            found = location_set_covering(matrix, cutoff=asked.cutoff, **given)
        else:
            solve = p_median if asked.job == "median" else p_center
            found = solve(matrix, sites=sites, required=locked, **given)
        print(
            f"{found.model} {number} sites: {found.objective:,.3f}, gap {found.gap:.4%}, "
            f"{found.status}, {found.seconds:.1f} s, peak {peak_mb()}",
            flush=True,
        )
        if asked.plain and asked.job in ("covering", "median"):
            whole = plain_covering if asked.job == "covering" else plain_median
            other = whole(matrix, people, sites, asked.limit)
            print(
                f"  HiGHS on the whole model: {other.objective:,.3f}, bound {other.bound:,.3f}, "
                f"{other.status}, {other.seconds:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
