"""Location set covering and maximal covering: how few sites will do, how far so many go."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from coverage.errors import SitingError
from coverage.percent import percent_text
from coverage.sites.cover import Cover, count_pool, cover_of
from coverage.sites.exact import best_cover
from coverage.sites.finish import finished
from coverage.sites.options import DEFAULT, SitingOptions
from coverage.sites.problem import check_sites, problem_of
from coverage.sites.solver import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import pandas as pd

    from coverage.graph.arcs import Cost, IntArray
    from coverage.sites.problem import Problem
    from coverage.sites.result import SitingResult


def location_set_covering(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    share: float = 1.0,
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The fewest sites that cover everybody, or a share of the people.

    minimise sum_j y_j subject to sum_(j within the cutoff of i) y_j >= 1 for every demand point
    i that some candidate reaches. With a share below 1, a point may stay uncovered (u_i) as
    long as sum_i w_i u_i <= (1 - share) sum_i w_i. Forced sites, dominated points and
    candidates and separate components are dealt with before the solver.

    Parameters
    ----------
    matrix
        Travel matrix: `from_id` (demand), `to_id` (candidate), `cost`; one row per pair.
    demand
        Persons by demand id. Without a share every point counts, even one where nobody lives.
    cutoff
        In the unit of `cost`, inclusive.
    required
        Candidates that are open in any case, such as existing facilities; they count.
    cost
        "travel_time_s" or "distance_m".
    share
        Of all people, in (0, 1]. At 1 the points that nobody can reach are left out and named
        in `unservable`; below 1 they count as uncovered.
    options
        Forbidden, closable and preferred candidates, time limit, gap, seed, ties, progress.

    Returns
    -------
    result
        `objective` is the number of sites; `figures`: `covered` (persons), `share`, and
        `reachable_share`, of the people whom any candidate reaches.

    Raises
    ------
    SitingError
        If the share cannot be reached with all candidates open, or as `problem_of`.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C., Bergman, L. (1971). The location of emergency service
    facilities. Operations Research 19, 1363-1373. Daskin, M. S., Owen, S. H. (1999). Two new
    location covering problems: the partial p-center problem and the partial set covering
    problem. Geographical Analysis 31, 217-235.

    Examples
    --------
    >>> import pandas as pd
    >>> matrix = pd.DataFrame({
    ...     "from_id": ["a", "b", "b", "c"], "to_id": ["x", "x", "y", "z"],
    ...     "travel_time_s": [300.0, 900.0, 60.0, 900.0],
    ... })
    >>> people = pd.Series({"a": 10, "b": 20, "c": 5, "d": 1})
    >>> result = location_set_covering(matrix, demand=people, cutoff=900)
    >>> result.selected, result.status, result.unservable
    (('x', 'z'), 'optimal', ('d',))
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    return fewest_covering(problem, share, clock=clock)


def fewest_covering(problem: Problem, share: float, *, clock: Clock) -> SitingResult:
    """The set covering of a problem already put together."""
    cover = replace(covered_once(problem), site_cost=np.ones(problem.m))
    if share_of(share) == 1:
        cover = replace(cover, weight=np.zeros(problem.n), must=problem.reach > 0)
    else:
        cover = with_floor(cover, np.zeros(problem.n, dtype=np.int64), share, ("全部",))
    answer = best_cover(cover, clock=clock)
    everybody = float(problem.weight.sum())
    reachable = float(problem.weight[problem.reach > 0].sum())

    def figures(chosen: IntArray) -> dict[str, float]:
        most = reachable / everybody if everybody else math.nan
        return people_covered(problem, cover)(chosen) | {"reachable_share": most}

    return finished(
        problem,
        answer,
        model="location_set_covering",
        value=cover.value,
        clock=clock,
        figures=figures,
    )


def maximal_covering(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    sites: int,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The sites within whose cutoff most people live.

    maximise sum_i w_i (1 - u_i) subject to sum_(j within the cutoff of i) y_j + u_i >= 1 and
    sum_j y_j = sites. Points with the same candidates are merged; a Lagrangian bound from the
    duals of the relaxation rules candidates out before the solver (`coverage.sites.maximal`).

    Parameters
    ----------
    matrix, demand, cutoff, required, cost, options
        As `location_set_covering`.
    sites
        All open sites, the required ones included.

    Returns
    -------
    result
        `objective` is the people covered; `figures`: `covered` (persons), `share`.

    Raises
    ------
    SitingError
        If `sites` is no whole number, exceeds the candidates or is less than the required ones,
        or as `problem_of`.

    References
    ----------
    Church, R., ReVelle, C. (1974). The maximal covering location problem. Papers of the
    Regional Science Association 32, 101-118. Cordeau, J.-F., Furini, F., Ljubić, I. (2019).
    Benders decomposition for very large scale partial set covering and maximal covering
    location problems. European Journal of Operational Research 275, 882-896.

    Examples
    --------
    >>> import pandas as pd
    >>> matrix = pd.DataFrame({
    ...     "from_id": ["a", "b", "c"], "to_id": ["x", "y", "y"],
    ...     "travel_time_s": [300.0, 60.0, 900.0],
    ... })
    >>> people = pd.Series({"a": 10, "b": 20, "c": 5})
    >>> result = maximal_covering(matrix, demand=people, cutoff=900, sites=1)
    >>> result.selected, result.objective, result.bound
    (('y',), 25.0, 25.0)
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    return most_covered(problem, check_sites(problem, sites), clock=clock)


def most_covered(
    problem: Problem,
    count: int,
    *,
    clock: Clock,
    start: IntArray | None = None,
) -> SitingResult:
    """The maximal covering of a problem already put together."""
    clock.sign, clock.offset = -1.0, float(problem.weight.sum())
    cover = replace(covered_once(problem), pools=(count_pool(problem.m, count, count),))
    answer = best_cover(cover, clock=clock, start=start)
    return finished(
        problem,
        answer,
        model="maximal_covering",
        value=cover.value,
        clock=clock,
        figures=people_covered(problem, cover),
    )


def covered_once(problem: Problem) -> Cover:
    """The covering question of a problem, in which nothing is asked yet."""
    return cover_of(problem.row, problem.site, weight=problem.weight, opened=problem.required)


def people_covered(problem: Problem, cover: Cover) -> Callable[[IntArray], dict[str, float]]:
    """Makes the figures `covered` and `share` of chosen sites."""

    def figures(chosen: IntArray) -> dict[str, float]:
        is_covered = cover.times(chosen) >= cover.need
        covered = float(problem.weight[is_covered].sum())
        everybody = float(problem.weight.sum())
        return {"covered": covered, "share": covered / everybody if everybody else float("nan")}

    return figures


def share_of(share: float) -> float:
    """
    A share, once it is known to be one.

    Raises
    ------
    SitingError
        If it is not in (0, 1].
    """
    if not 0 < share <= 1:
        msg = f"覆盖率要求应大于 0、不超过 1（如 0.9 表示 90%），现为 {share}。"
        raise SitingError(msg)
    return share


def with_floor(cover: Cover, group: IntArray, share: float, names: tuple[str, ...]) -> Cover:
    """
    The question with a share of the people of every group to be covered, at no weight.

    Parameters
    ----------
    cover
        The question; its weights are the people.
    group
        Shape (n,), group of each point, -1 for none.
    share
        In (0, 1].
    names
        Of the groups, for the message.

    Raises
    ------
    SitingError
        If a group cannot reach the share with all candidates open.
    """
    inside = group >= 0
    people = np.bincount(group[inside], cover.weight[inside], minlength=len(names))
    reached = np.diff(cover.reach.indptr) >= cover.need
    most = np.bincount(group[inside], (cover.weight * reached)[inside], minlength=len(names))
    short = np.flatnonzero(most < share * people - 1e-9 * (1.0 + people))
    if len(short):
        first = int(short[0])
        asked = percent_text(share)
        reached_text = percent_text(most[first] / people[first], target=share)
        least = "不到" if reached_text == asked else ""
        msg = (
            f"覆盖率要求 {asked} 做不到：即使全部候选点都开设，仍有 {len(short)} 个范围达不到，"
            f"第一个是{names[first]}，最多只能覆盖{least} {reached_text}。"
            "请补充候选点、放宽阈值或降低要求。"
        )
        raise SitingError(msg)
    return replace(
        cover,
        weight=np.zeros(cover.n),
        amount=np.where(inside, cover.weight, 0.0),
        limit=group,
        allowed=np.maximum(0.0, (1.0 - share) * people + 1e-9 * people),
    )
