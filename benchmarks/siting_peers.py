"""The same siting questions through spopt and here: seconds from the costs to the answer.

    python benchmarks/siting_peers.py --peers-python peers/bin/python
    python benchmarks/siting_peers.py --peers-python PATH --models maximal median --demand 500

Demand and candidates lie as in `siting.py`, and both sides begin with the same array of straight
lines from every demand point to every candidate: putting the question together is part of the
seconds. spopt runs in an environment of its own (`benchmarks/requirements.txt`) with the solver
that PuLP takes by default. Its p-median keeps a variable for every pair, so that question is
smaller (`--median-demand`, `--median-candidates`). Points that no candidate reaches are left out
beforehand: spopt's set covering has no answer with them. The objectives must agree.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from siting import points_of

from coverage.siting import location_set_covering, maximal_covering, p_median

PEER = """
import json, sys, time
import numpy as np, pulp
from spopt.locate import LSCP, MCLP, PMedian
file, model, cutoff, sites = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
held = np.load(file)
costs, people = held["costs"], held["people"]
began = time.perf_counter()
if model == "maximal":
    question = MCLP.from_cost_matrix(costs, people, service_radius=cutoff, p_facilities=sites)
elif model == "fewest":
    question = LSCP.from_cost_matrix(costs, service_radius=cutoff)
else:
    question = PMedian.from_cost_matrix(costs, people, p_facilities=sites)
built = time.perf_counter()
solver = pulp.LpSolverDefault
solver.msg = False
question.problem.solve(solver)
solved = time.perf_counter()
value = question.problem.objective.value()
status = pulp.LpStatus[question.problem.status]
print("RESULT", json.dumps([built - began, solved - built, value, status]))
"""
"""Seconds to build and to solve, the objective and the status."""


def peer(python: str, file: Path, model: str, cutoff: float, sites: int) -> list[Any]:
    """What spopt needs, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own script
        [python, "-W", "ignore", "-c", PEER, str(file), model, str(cutoff), str(sites)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        sys.exit(f"spopt failed:\n{done.stderr[-2000:]}")
    return list(json.loads(lines[0].removeprefix("RESULT ")))


def ours(
    costs: np.ndarray, people: np.ndarray, model: str, cutoff: float, sites: int
) -> tuple[float, float]:
    """Seconds and objective of ours, from the same array, the table of pairs included."""
    began = time.perf_counter()
    row, site = np.nonzero(costs <= cutoff) if model != "median" else np.indices(costs.shape)
    row, site = row.ravel(), site.ravel()
    demand_ids = np.array([f"d{i:05}" for i in range(len(costs))], dtype=object)
    site_ids = np.array([f"c{j:05}" for j in range(costs.shape[1])], dtype=object)
    matrix = pd.DataFrame(
        {"from_id": demand_ids[row], "to_id": site_ids[site], "distance_m": costs[row, site]}
    )
    asked: dict[str, Any] = {"demand": pd.Series(people, index=demand_ids), "cost": "distance_m"}
    if model == "maximal":
        found = maximal_covering(matrix, cutoff=cutoff, sites=sites, **asked)
    elif model == "fewest":
        found = location_set_covering(matrix, cutoff=cutoff, **asked)
    else:
        found = p_median(matrix, sites=sites, **asked)
    if found.status != "optimal":
        sys.exit(f"ours is not proven: gap {found.gap}")
    return time.perf_counter() - began, found.objective


def main() -> None:
    """Measure and print one row per question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers-python", required=True)
    parser.add_argument("--models", nargs="+", default=["maximal", "fewest", "median"])
    parser.add_argument("--demand", type=int, default=5_000)
    parser.add_argument("--candidates", type=int, default=1_000)
    parser.add_argument("--median-demand", type=int, default=500)
    parser.add_argument("--median-candidates", type=int, default=100)
    parser.add_argument("--cutoff", type=float, default=2.5)
    parser.add_argument("--sites", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for model in asked.models:
        is_median = model == "median"
        n = asked.median_demand if is_median else asked.demand
        m = asked.median_candidates if is_median else asked.candidates
        points, places, people = points_of(n, m, kind="uniform", seed=asked.seed)
        costs = np.hypot(*(points[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
        near = np.ones(n, dtype=bool) if is_median else (costs <= asked.cutoff).any(axis=1)
        costs, people = costs[near], people[near]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "question.npz"
            np.savez(file, costs=costs, people=people)
            built, solved, value, status = peer(
                asked.peers_python, file, model, asked.cutoff, asked.sites
            )
        seconds, objective = ours(costs, people, model, asked.cutoff, asked.sites)
        if status != "Optimal" or not np.isclose(value, objective, rtol=1e-6):
            sys.exit(f"{model}: spopt says {status} {value}, ours {objective}")
        print(
            f"{model} {len(costs):,} x {m:,}: spopt builds {built:.1f} s, solves {solved:.1f} s; "
            f"ours {seconds:.2f} s ({(built + solved) / seconds:.0f} x), objective {objective:,.6g}"
        )


if __name__ == "__main__":
    main()
