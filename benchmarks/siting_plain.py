"""The whole model given to HiGHS as the textbook writes it, for `siting.py --plain`.

Nothing of ours is used: no merging, no bound, no start. The median has a variable for every pair.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import highspy
import numpy as np
import pandas as pd
from scipy import sparse


class Plain(NamedTuple):
    """Status, objective and bound as HiGHS says, seconds building included."""

    status: str
    objective: float
    bound: float
    seconds: float


def covering(matrix: pd.DataFrame, people: pd.Series, sites: int, limit_s: float) -> Plain:
    """Maximal covering (Church and ReVelle 1974) of the pairs of the matrix."""
    began = time.perf_counter()
    row, site, m = positions(matrix, people)
    n = len(people)
    reach = sparse.coo_array((np.ones(len(row)), (row, site)), shape=(n, m))
    rows = sparse.block_array(
        [[reach, -sparse.eye_array(n)], [np.ones((1, m)), sparse.coo_array((1, n))]]
    )
    value = np.concatenate([np.zeros(m), people.to_numpy(float)])
    low, high = np.append(np.zeros(n), sites), np.append(np.full(n, np.inf), sites)
    status, objective, bound = solved(-value, m, rows, low, high, limit_s)
    return Plain(status, -objective, -bound, time.perf_counter() - began)


def median(matrix: pd.DataFrame, people: pd.Series, sites: int, limit_s: float) -> Plain:
    """The p-median (ReVelle and Swain 1970) of the pairs of the matrix, x_ij <= y_j."""
    began = time.perf_counter()
    row, site, m = positions(matrix, people)
    k = len(row)
    cost = matrix["distance_m"].to_numpy() * people.to_numpy(float)[row]
    served, row = np.unique(row, return_inverse=True)
    once = sparse.coo_array((np.ones(k), (row, np.arange(k))), shape=(len(served), k))
    opened = sparse.coo_array((-np.ones(k), (np.arange(k), site)), shape=(k, m))
    rows = sparse.block_array(
        [
            [None, once],
            [opened, sparse.eye_array(k)],
            [np.ones((1, m)), None],
        ]
    )
    low = np.concatenate([np.ones(len(served)), np.full(k, -np.inf), [sites]])
    high = np.concatenate([np.ones(len(served)), np.zeros(k), [sites]])
    status, objective, bound = solved(
        np.concatenate([np.zeros(m), cost]), m, rows, low, high, limit_s
    )
    return Plain(status, objective, bound, time.perf_counter() - began)


def positions(matrix: pd.DataFrame, people: pd.Series) -> tuple[np.ndarray, np.ndarray, int]:
    """Demand and candidate of each pair by position, and the number of candidates."""
    sites = pd.Index(np.sort(matrix["to_id"].unique()))
    return (
        people.index.get_indexer(matrix["from_id"]),
        sites.get_indexer(matrix["to_id"]),
        len(sites),
    )


def solved(
    cost: np.ndarray,
    whole: int,
    rows: sparse.coo_array,
    low: np.ndarray,
    high: np.ndarray,
    limit_s: float,
) -> tuple[str, float, float]:
    """HiGHS with its own options; the first `whole` variables are 0 or 1, the others in [0, 1]."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(low)
    model.col_cost_, model.row_lower_, model.row_upper_ = cost, low, high
    model.col_lower_, model.col_upper_ = np.zeros(len(cost)), np.ones(len(cost))
    table = sparse.csr_array(rows)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = table.indptr
    model.a_matrix_.index_ = table.indices
    model.a_matrix_.value_ = table.data
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    model.integrality_ = [kinds[number >= whole] for number in range(len(cost))]
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", limit_s)
    solver.passModel(model)
    solver.run()
    info = solver.getInfo()
    return (
        solver.modelStatusToString(solver.getModelStatus()),
        info.objective_function_value,
        info.mip_dual_bound,
    )
