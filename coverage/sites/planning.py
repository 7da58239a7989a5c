"""From one question to a plan: the curve, the order of building, what may close, and prices."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.errors import SitingError
from coverage.sites.cover import Pool, count_pool
from coverage.sites.covering_models import (
    covered_once,
    fewest_covering,
    most_covered,
)
from coverage.sites.exact import best_cover
from coverage.sites.options import DEFAULT, SitingOptions
from coverage.sites.problem import check_sites, problem_of
from coverage.sites.solver import Clock

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from coverage.graph.arcs import BoolArray, Cost
    from coverage.sites.result import SitingResult


def coverage_curve(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    counts: Sequence[int],
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> pd.DataFrame:
    """
    How many people can be covered by each number of sites.

    Maximal covering for every number, each begun from the answer to the one before, so that the
    curve never falls even where a time limit (for each number) ends the search early.

    Parameters
    ----------
    matrix, demand, cutoff, required, cost, options
        As `maximal_covering`.
    counts
        Numbers of sites, the required ones included.

    Returns
    -------
    curve
        One row per number, ascending, indexed by `sites`: `covered` (persons), `share`, `added`
        (persons more than the row before), `bound`, `gap`, `status`, `seconds`, `selected`.

    Raises
    ------
    SitingError
        As `maximal_covering`, or if no number is given.
    """
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    wanted = sorted({check_sites(problem, count) for count in counts})
    if not wanted:
        msg = "没有给出设施个数，无法画出覆盖率曲线。请给出如 1—20 的个数范围。"
        raise SitingError(msg)
    rows, before, clock = [], np.flatnonzero(problem.required), Clock(options)
    for count in wanted:
        clock = clock.next()
        result = most_covered(problem, count, clock=clock, start=before)
        before = np.asarray(problem.candidate_ids.get_indexer(pd.Index(result.selected)))
        rows.append(
            {
                "sites": count,
                "covered": result.objective,
                "share": result.figures["share"],
                "bound": result.bound,
                "gap": result.gap,
                "status": result.status,
                "seconds": result.seconds,
                "selected": result.selected,
            }
        )
    curve = pd.DataFrame(rows).set_index("sites")
    curve.insert(2, "added", curve["covered"].diff().fillna(curve["covered"]))
    return curve


def building_order(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    sites_by_year: Mapping[int, int],
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> pd.DataFrame:
    """
    What to build in which year, so that each year is as good as it can be.

    Year by year, maximal covering with what already stands locked; `price` says what a year
    gives up for the years before it.

    Parameters
    ----------
    matrix, demand, cutoff, required, cost, options
        As `maximal_covering`; `required` are those that stand before the first year.
    sites_by_year
        All open sites by the end of each year, the required ones included; never falling.

    Returns
    -------
    order
        One row per year, ascending, indexed by `year`: `sites`, `built` (ids new in that year),
        `selected` (all open), `covered` (persons), `share`, `best_covered` (what as many sites
        could cover if nothing were fixed but `required`), `price` (persons that the order
        costs in that year), `status` ("optimal" where both are proven).

    Raises
    ------
    SitingError
        As `maximal_covering`, or if no year is given or the numbers fall.
    """
    years = sorted(sites_by_year)
    numbers = [sites_by_year[year] for year in years]
    if not years or any(later < sooner for sooner, later in pairwise(numbers)):
        msg = "各年的设施总数应逐年不减，且至少给出一年。请改正分年建设计划。"
        raise SitingError(msg)

    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    for count in numbers:
        check_sites(problem, count)
    clock = Clock(options)

    def solved(count: int, locked: BoolArray) -> SitingResult:
        nonlocal clock
        clock = clock.next()
        return most_covered(replace(problem, required=locked), count, clock=clock)

    first = problem.required
    rows, standing = [], problem.names(np.flatnonzero(first))
    for year, count in zip(years, numbers, strict=True):
        best = solved(count, first)
        own = solved(count, problem.candidate_ids.isin(standing))
        rows.append(
            {
                "year": year,
                "sites": count,
                "built": tuple(name for name in own.selected if name not in set(standing)),
                "selected": own.selected,
                "covered": own.objective,
                "share": own.figures["share"],
                "best_covered": best.objective,
                "price": max(0.0, best.objective - own.objective),
                "status": "optimal" if own.gap == best.gap == 0 else "feasible",
            }
        )
        standing = own.selected
    return pd.DataFrame(rows).set_index("year")


def closing(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    close: int | None = None,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    Which existing facilities can go (撤并): all that nobody needs, or so many at least loss.

    The candidates are the existing facilities. Without `close` the fewest are kept that cover
    every point which is covered today (location set covering); with it the ones are kept that
    cover most people (maximal covering). `assignment` says where the people go then.

    Parameters
    ----------
    matrix, demand, cutoff, cost, options
        As `maximal_covering`; the matrix holds existing facilities only.
    close
        How many to close; None closes as many as can go without loss.
    required
        Facilities that stay.

    Returns
    -------
    result
        `selected` are those that stay. `figures`: `covered`, `share`, `closed` (facilities),
        `lost` (persons covered today and then no more).

    Raises
    ------
    SitingError
        If more are to close than there are, or as `maximal_covering`.
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    if close is not None and not 0 <= close < problem.m:
        msg = f"现有 {problem.m} 处设施，不能撤并 {close} 处：至少要留下 1 处。请减少撤并的个数。"
        raise SitingError(msg)
    if close is None:
        result = fewest_covering(problem, 1.0, clock=clock)
    else:
        result = most_covered(problem, check_sites(problem, problem.m - close), clock=clock)
    today = float(problem.weight[problem.reach > 0].sum())
    figures = {
        "closed": float(problem.m - len(result.selected)),
        "lost": max(0.0, today - result.figures["covered"]),
    }
    return replace(result, model="closing", figures=result.figures | figures)


def price_of_preferred(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    sites: int,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> pd.DataFrame:
    """
    What it costs in people covered to have more of the sites at preferred places (毗邻养老设施).

    Maximal covering with at least so many preferred sites, from as many as come for free (the
    tie-break) up to as many as there can be.

    Parameters
    ----------
    matrix, demand, cutoff, sites, required, cost, options
        As `maximal_covering`; `options.preferred` are the places.

    Returns
    -------
    prices
        One row per number of preferred sites, indexed by `preferred`: `covered` (persons),
        `price` (persons fewer than the best), `gap`, `status`, `selected`.

    Raises
    ------
    SitingError
        As `maximal_covering`.
    """
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    count = check_sites(problem, sites)
    clock = Clock(options)
    best = most_covered(problem, count, clock=clock)
    liked = problem.preferred
    free = int(liked[problem.candidate_ids.get_indexer(pd.Index(best.selected))].sum())
    locked = int((problem.required & ~liked).sum())
    most = min(count - locked, int(liked.sum()))
    rows = [(free, best.objective, best.gap, best.status, best.selected)]
    everybody = float(problem.weight.sum())
    for number in range(free + 1, most + 1):
        clock = clock.next()
        pools = (
            count_pool(problem.m, count, count),
            Pool(np.where(liked, 1.0, 0.0), number, math.inf),
        )
        answer = best_cover(replace(covered_once(problem), pools=pools), clock=clock)
        gap = (answer.value - answer.bound) / max(1.0, everybody - answer.value)
        names = problem.names(answer.chosen)
        rows.append((number, everybody - answer.value, gap, answer.status, names))
    table = pd.DataFrame(rows, columns=["preferred", "covered", "gap", "status", "selected"])
    table.insert(2, "price", best.objective - table["covered"])
    return table.set_index("preferred")
