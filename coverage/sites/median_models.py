"""p-median and p-center: least travel in all, least travel of the farthest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.sites.center import best_center, farthest
from coverage.sites.finish import finished
from coverage.sites.median import best_median, median_pairs
from coverage.sites.options import DEFAULT, SitingOptions
from coverage.sites.problem import check_sites, problem_of
from coverage.sites.solver import Clock

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from coverage.graph.arcs import Cost
    from coverage.sites.result import SitingResult

TOO_FEW: Final = (
    "{sites} 处设施到不了出行时间表中的全部需求点，没有可行的方案。"
    "请增加设施个数，或放宽出行时间表的阈值。"
)
"""Said of a median or center that so few sites cannot serve."""


def p_median(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    sites: int,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The sites to which all people together travel least.

    minimise sum_i w_i (cost from i to its nearest open site) with `sites` open ones. Solved by
    radii: u_k says that a point is served by none of its k nearest candidates, and costs the
    way to the next. A Lagrangian bound rules out candidates and pairs first
    (`coverage.sites.median_bound`).

    Parameters
    ----------
    matrix, demand, required, cost, options
        As `location_set_covering`. Every point with a pair must be served by one of its pairs;
        one without is left out and named in `unservable`.
    sites
        All open sites, the required ones included.

    Returns
    -------
    result
        `objective` is persons times cost; `figures`: `mean` (cost per person served).
        "infeasible" where that many sites cannot serve everybody by the pairs of the matrix.

    Raises
    ------
    SitingError
        As `maximal_covering`.

    References
    ----------
    Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers and
    medians of a graph. Operations Research 12, 450-459. Elloumi, S. (2010). A tighter
    formulation of the p-median problem. Journal of Combinatorial Optimization 19, 69-83.
    García, S., Labbé, M., Marín, A. (2011). Solving large p-median problems with a radius
    formulation. INFORMS Journal on Computing 23, 546-556.

    Examples
    --------
    >>> import pandas as pd
    >>> matrix = pd.DataFrame({
    ...     "from_id": ["a", "a", "b", "b"], "to_id": ["x", "y", "x", "y"],
    ...     "travel_time_s": [0.0, 100.0, 100.0, 0.0],
    ... })
    >>> people = pd.Series({"a": 10, "b": 20})
    >>> result = p_median(matrix, demand=people, sites=1)
    >>> result.selected, result.objective
    (('y',), 1000.0)
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=np.inf, required=required, cost=cost, options=options
    )
    count = check_sites(problem, sites)
    pairs = median_pairs(problem, clock)
    answer = best_median(pairs, count, clock=clock)
    people = float(problem.weight[problem.reach > 0].sum())
    return finished(
        problem,
        answer,
        model="p_median",
        value=pairs.total,
        clock=clock,
        reason=TOO_FEW.format(sites=count),
        figures=lambda chosen: {"mean": pairs.total(chosen) / people if people else np.nan},
    )


def p_center(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    sites: int,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The sites whose farthest demand point is nearest.

    The answer is one of the costs of the matrix: a binary search over them asks each time
    whether that many sites cover everybody within it (Minieka 1970). Sites that are then not
    needed go where they bring people nearest.

    Parameters
    ----------
    matrix, demand, sites, required, cost, options
        As `p_median`. Every point counts alike, however many live there.

    Returns
    -------
    result
        `objective` is the cost of the farthest point; `figures`: none. "infeasible" where that
        many sites cannot serve everybody by the pairs of the matrix.

    Raises
    ------
    SitingError
        As `maximal_covering`.

    References
    ----------
    Hakimi, S. L. (1964), as `p_median`. Minieka, E. (1970). The m-center problem. SIAM Review
    12, 138-139. Elloumi, S., Labbé, M., Pochet, Y. (2004). A new formulation and resolution
    method for the p-center problem. INFORMS Journal on Computing 16, 84-94.

    Examples
    --------
    >>> import pandas as pd
    >>> matrix = pd.DataFrame({
    ...     "from_id": ["a", "a", "b", "b"], "to_id": ["x", "y", "x", "y"],
    ...     "travel_time_s": [0.0, 90.0, 100.0, 0.0],
    ... })
    >>> p_center(matrix, demand=pd.Series({"a": 10, "b": 20}), sites=1).objective
    90.0
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=np.inf, required=required, cost=cost, options=options
    )
    count = check_sites(problem, sites)
    return finished(
        problem,
        best_center(problem, count, clock=clock),
        model="p_center",
        value=partial(farthest, problem),
        clock=clock,
        reason=TOO_FEW.format(sites=count),
    )
