"""Covering with more asked of it: a second site in reach, a floor in every zone, two standards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import sparse

from coverage.errors import SitingError
from coverage.sites.cover import count_pool, cover_of
from coverage.sites.covering_models import covered_once, people_covered, share_of, with_floor
from coverage.sites.exact import best_cover
from coverage.sites.finish import finished
from coverage.sites.options import DEFAULT, SitingOptions
from coverage.sites.problem import check_sites, problem_of
from coverage.sites.solver import Clock

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from coverage.graph.arcs import Cost, IntArray
    from coverage.sites.cover import Cover
    from coverage.sites.problem import Problem
    from coverage.sites.result import SitingResult

FLOWS: Final = ["standard", "from_id", "to_id", "people", "cost"]
"""Columns of who goes where by which standard."""


def backup_covering(  # noqa: PLR0913 - one more than maximal covering asks
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    sites: int,
    times: int = 2,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The sites that give most people several open sites within the cutoff.

    maximise sum_i w_i (1 - u_i) subject to sum_(j within the cutoff of i) y_j + k u_i >= k,
    u_i in {0, 1}, sum_j y_j = sites. A point that fewer than k candidates reach is not backed
    up, whatever is opened.

    Parameters
    ----------
    matrix, demand, cutoff, sites, required, cost, options
        As `maximal_covering`.
    times
        k, the open sites within the cutoff that a point needs.

    Returns
    -------
    result
        `objective` is the people backed up; `figures`: `covered` and `share` of them, `once`
        (persons with one site at least). `unservable` names the points without any candidate.

    Raises
    ------
    SitingError
        If `times` is no whole number of at least 1, or as `maximal_covering`.

    References
    ----------
    Hogan, K., ReVelle, C. (1986). Concepts and applications of backup coverage. Management
    Science 32, 1434-1444.

    Examples
    --------
    >>> matrix = pd.DataFrame({
    ...     "from_id": ["a", "a", "b"], "to_id": ["x", "y", "z"], "travel_time_s": 60.0,
    ... })
    >>> people = pd.Series({"a": 10, "b": 20})
    >>> backup_covering(matrix, demand=people, cutoff=900, sites=2).figures
    {'covered': 10.0, 'share': 0.3333333333333333, 'once': 10.0}
    """
    if isinstance(times, bool) or times < 1 or times != int(times):
        msg = f"每个需求点需要的设施数应为不小于 1 的整数，现为 {times}。"
        raise SitingError(msg)
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    count = check_sites(problem, sites)
    clock.sign, clock.offset = -1.0, float(problem.weight.sum())
    once = replace(covered_once(problem), pools=(count_pool(problem.m, count, count),))
    cover = replace(once, need=np.full(problem.n, int(times), dtype=np.int64))

    def figures(chosen: IntArray) -> dict[str, float]:
        single = people_covered(problem, once)(chosen)
        return people_covered(problem, cover)(chosen) | {"once": single["covered"]}

    return finished(
        problem,
        best_cover(cover, clock=clock),
        model="backup_covering",
        value=cover.value,
        clock=clock,
        figures=figures,
    )


def equity_floor(  # noqa: PLR0913 - one more than set covering asks
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    zones: pd.Series[str],
    cutoff: float,
    share: float,
    required: Collection[str] = (),
    cost: Cost = "travel_time_s",
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The fewest sites so that every zone (township) has a share of its people covered.

    minimise sum_j y_j subject to sum_(j within the cutoff of i) y_j + u_i >= 1 and, for every
    zone, sum_(i in zone) w_i u_i <= (1 - share) sum_(i in zone) w_i.

    Parameters
    ----------
    matrix, demand, cutoff, required, cost, options
        As `location_set_covering`.
    zones
        Zone by demand id; null = in no zone, of which nothing is asked.
    share
        Of the people of each zone, in (0, 1]. Points that nobody can reach count as uncovered.

    Returns
    -------
    result
        `objective` is the number of sites; `figures`: `covered`, `share` of all people, and
        `least_share`, that of the zone worst off.

    Raises
    ------
    SitingError
        If a zone cannot reach the share with all candidates open, a demand point has no row
        among the zones, or as `problem_of`.

    References
    ----------
    Toregas et al. (1971), as `location_set_covering`, by zone; Marsh, M. T., Schilling, D. A.
    (1994). Equity measurement in facility location analysis. European Journal of Operational
    Research 74, 1-17.
    """
    clock = Clock(options)
    problem = problem_of(
        matrix, demand=demand, cutoff=cutoff, required=required, cost=cost, options=options
    )
    missing = problem.demand_ids[~problem.demand_ids.isin(zones.index)]
    if len(missing):
        msg = (
            f"{len(missing)} 个需求点没有写明所在单元，第一个是 {missing[0]!r}。"
            "请补齐所在单元（在研究区以外的可以留空）。"
        )
        raise SitingError(msg)
    group, names = pd.factorize(zones.reindex(problem.demand_ids), sort=True)
    group = group.astype(np.int64)
    people = replace(covered_once(problem), site_cost=np.ones(problem.m))
    cover = with_floor(people, group, share_of(share), tuple(f"「{name}」" for name in names))

    def figures(chosen: IntArray) -> dict[str, float]:
        inside = group >= 0
        is_covered = cover.times(chosen) > 0
        every = np.bincount(group[inside], problem.weight[inside], minlength=len(names))
        served = np.bincount(
            group[inside], (problem.weight * is_covered)[inside], minlength=len(names)
        )
        lived = every > 0
        least = float((served[lived] / every[lived]).min()) if lived.any() else float("nan")
        return people_covered(problem, cover)(chosen) | {"least_share": least}

    return finished(
        problem,
        best_cover(cover, clock=clock),
        model="equity_floor",
        value=cover.value,
        clock=clock,
        figures=figures,
    )


@dataclass(frozen=True, eq=False)
class Standard:
    """
    One standard among several that the same sites serve, such as 健身圈 and 健康服务圈.

    Parameters
    ----------
    name
        For the figures of the result.
    matrix, demand, cutoff, cost
        As `maximal_covering`; each standard may have its own mode of travel and group of people.
    worth
        Weight of a person covered, >= 0.
    """

    name: str
    matrix: pd.DataFrame
    demand: pd.Series[float]
    cutoff: float
    cost: Cost = "travel_time_s"
    worth: float = 1.0


def standards_covering(
    standards: Sequence[Standard],
    *,
    sites: int,
    required: Collection[str] = (),
    options: SitingOptions = DEFAULT,
) -> SitingResult:
    """
    The sites that cover most people by several standards at once.

    Maximal covering in which every standard has its demand points, and all share the sites: the
    objective is the sum of worth times people covered.

    Parameters
    ----------
    standards
        One at least.
    sites, required, options
        As `maximal_covering`. Candidates are those of all matrices together.

    Returns
    -------
    result
        `objective` is the weighted sum; `figures`: `covered:NAME` and `share:NAME` for each
        standard (persons, and their share of its people). `flows` says for each standard who
        goes where: `standard`, `from_id`, `to_id` (the nearest open site within the cutoff),
        `people`, `cost`; a point that is not covered by a standard has no row of it.
        `assignment` is the first standard's; `unservable` names points as "NAME/id".

    Raises
    ------
    SitingError
        If there is no standard, a name repeats, a worth makes no sense, or as
        `maximal_covering`.

    References
    ----------
    Church and ReVelle (1974), as `maximal_covering`; Schilling, D., Elzinga, D. J., Cohon, J.,
    Church, R., ReVelle, C. (1979). The TEAM/FLEET models for simultaneous facility and
    equipment siting. Transportation Science 13, 163-175.
    """
    _check_standards(standards)
    clock = Clock(options)
    every = pd.unique(
        np.concatenate(
            [np.array(list(options.candidates), dtype=object)]
            + [part.matrix["to_id"].to_numpy(dtype=object) for part in standards]
        )
    )
    shared = replace(options, candidates=tuple(every))
    problems = [
        problem_of(
            part.matrix,
            demand=part.demand,
            cutoff=part.cutoff,
            required=required,
            cost=part.cost,
            options=shared,
        )
        for part in standards
    ]
    count = check_sites(problems[0], sites)
    cover, parts = _stacked(problems, [part.worth for part in standards], count)
    clock.sign, clock.offset = -1.0, float(cover.weight.sum())

    def figures(chosen: IntArray) -> dict[str, float]:
        return {
            f"{figure}:{part.name}": value
            for part, problem, own in zip(standards, problems, parts, strict=True)
            for figure, value in people_covered(problem, own)(chosen).items()
        }

    result = finished(
        problems[0],
        best_cover(cover, clock=clock),
        model="standards_covering",
        value=cover.value,
        clock=clock,
        figures=figures,
    )
    flows = [
        _served(problem, result.selected).assign(standard=part.name)
        for part, problem in zip(standards, problems, strict=True)
    ]
    named = (
        f"{part.name}/{point}"
        for part, problem in zip(standards, problems, strict=True)
        for point in problem.unservable
    )
    table = pd.concat(flows, ignore_index=True)
    return replace(result, unservable=tuple(named), flows=table[FLOWS])


def _served(problem: Problem, selected: tuple[str, ...]) -> pd.DataFrame:
    """The covered points of one standard and the nearest open site of each, in the order given."""
    chosen = problem.candidate_ids.get_indexer(pd.Index(selected)).astype(np.int64)
    site, cost = problem.nearest(chosen)
    place = problem.order.get_indexer(problem.demand_ids)
    kept = np.flatnonzero(site >= 0)
    kept = kept[np.argsort(place[kept], kind="stable")]
    return pd.DataFrame(
        {
            "from_id": problem.demand_ids.to_numpy(dtype=object)[kept],
            "to_id": problem.candidate_ids.to_numpy(dtype=object)[site[kept]],
            "people": problem.weight[kept],
            "cost": cost[kept],
        }
    )


def _check_standards(standards: Sequence[Standard]) -> None:
    if not standards:
        msg = "没有给出任何服务圈标准。请至少选择一个。"
        raise SitingError(msg)
    names = [part.name for part in standards]
    repeated = [name for place, name in enumerate(names) if name in names[:place]]
    if repeated:
        msg = f"服务圈标准的名称「{repeated[0]}」重复。请改用不同的名称。"
        raise SitingError(msg)
    wrong = [part for part in standards if not (0 <= part.worth < np.inf)]
    if wrong:
        msg = f"服务圈标准「{wrong[0].name}」的权重应为不小于 0 的数字，现为 {wrong[0].worth}。"
        raise SitingError(msg)


def _stacked(
    problems: Sequence[Problem], worths: Sequence[float], count: int
) -> tuple[Cover, list[Cover]]:
    """One covering question over the points of all problems, and each one's own."""
    parts = [covered_once(problem) for problem in problems]
    reach = sparse.csr_array(sparse.vstack([part.reach for part in parts])).tocoo()
    weight = np.concatenate(
        [worth * part.weight for worth, part in zip(worths, parts, strict=True)]
    )
    whole = cover_of(reach.row, reach.col, weight=weight, opened=parts[0].opened)
    return replace(whole, pools=(count_pool(whole.m, count, count),)), parts
