"""A siting question as arrays: who can be served from where, at what cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coverage.errors import SitingError
from coverage.people.pairs import known_people, pairs_within

if TYPE_CHECKING:
    from collections.abc import Collection

    from coverage.graph.arcs import BoolArray, Cost, FloatArray, IntArray
    from coverage.sites.options import SitingOptions


@dataclass(frozen=True, eq=False)
class Problem:
    """
    Demand points, candidates that may be used, and the pairs between them.

    Parameters
    ----------
    order
        Shape (n,), demand ids as given; everything else is sorted by id, so that the order of
        rows decides nothing.
    demand_ids, weight
        Shape (n,), sorted; persons.
    candidate_ids
        Shape (m,), sorted, without the forbidden ones.
    row, site, cost
        Shape (k,), positions in `demand_ids` and `candidate_ids` and the cost, sorted by both.
    required, closable, preferred
        Shape (m,).
    options
        As asked.
    """

    order: pd.Index[Any]
    demand_ids: pd.Index[Any]
    weight: FloatArray
    candidate_ids: pd.Index[Any]
    row: IntArray
    site: IntArray
    cost: FloatArray
    required: BoolArray
    closable: BoolArray
    preferred: BoolArray
    options: SitingOptions

    @property
    def n(self) -> int:
        """Number of demand points."""
        return len(self.demand_ids)

    @property
    def m(self) -> int:
        """Number of candidates."""
        return len(self.candidate_ids)

    @property
    def reach(self) -> IntArray:
        """Shape (n,), number of candidates that each demand point reaches."""
        return np.bincount(self.row, minlength=self.n)

    @property
    def unservable(self) -> tuple[str, ...]:
        """Demand points that no candidate reaches, in the order given."""
        names = set(self.demand_ids[self.reach == 0])
        return tuple(name for name in self.order if name in names)

    def names(self, chosen: IntArray) -> tuple[str, ...]:
        """Ids of candidates by their positions, sorted."""
        return tuple(self.candidate_ids[np.sort(chosen)])

    def nearest(self, chosen: IntArray) -> tuple[IntArray, FloatArray]:
        """Open site of least cost and that cost, shape (n,); -1 and inf where there is none."""
        is_open = np.zeros(self.m, dtype=bool)
        is_open[chosen] = True
        pair = np.flatnonzero(is_open[self.site])
        pair = pair[np.lexsort([self.site[pair], self.cost[pair], self.row[pair]])]
        first = np.ones(len(pair), dtype=bool)
        first[1:] = np.diff(self.row[pair]) > 0
        best = pair[first]
        site = np.full(self.n, -1, dtype=np.int64)
        cost = np.full(self.n, math.inf)
        site[self.row[best]], cost[self.row[best]] = self.site[best], self.cost[best]
        return site, cost

    def assignment(self, site: IntArray) -> pd.Series[str]:
        """Ids of sites, given by position or -1, by demand id in the order given."""
        ids = self.candidate_ids.to_numpy(dtype=object)
        names = ids[site]
        names[site < 0] = None
        table = pd.Series(names, index=self.demand_ids, name="candidate_id", dtype=object)
        return table.reindex(self.order)


def problem_of(
    matrix: pd.DataFrame,
    *,
    demand: pd.Series[float],
    cutoff: float,
    required: Collection[str],
    cost: Cost,
    options: SitingOptions,
) -> Problem:
    """
    The arrays of a question, once it is known to be sound.

    Parameters
    ----------
    matrix, demand, cutoff, required, cost, options
        As the doors of `coverage.siting` take them.

    Returns
    -------
    problem
        With the pairs within the cutoff, inclusive.

    Raises
    ------
    SitingError
        If there is no demand or no candidate, an id is unknown, a site is required and
        forbidden at once, or an option makes no sense.
    InputError, DemandError, StandardError
        As `coverage.people.pairs`.
    """
    _check_options(options)
    people = known_people(demand)
    pairs = pairs_within(matrix, demand_ids=people.index, cutoff=cutoff, cost=cost)
    if not len(people):
        msg = "需求点表是空的，没有需要服务的对象。请先导入需求点。"
        raise SitingError(msg)
    extra = pd.Index(pd.unique(np.array(list(options.candidates), dtype=object)))
    every = pairs.facility_ids.astype(object).union(extra) if len(extra) else pairs.facility_ids
    if not len(every):
        msg = "出行时间表是空的，没有任何候选点可选。请先计算候选点到需求点的出行时间。"
        raise SitingError(msg)
    required, forbidden = (
        _in_table(required, every, "必选"),
        _in_table(options.forbidden, every, "禁用"),
    )
    both = [name for name in required if name in set(forbidden)]
    if both:
        msg = (
            f"{len(both)} 个候选点既是必选又是禁用，第一个是 {both[0]!r}。请从其中一份名单里去掉。"
        )
        raise SitingError(msg)
    kept = every[~every.isin(forbidden)]
    if not len(kept):
        msg = f"全部 {len(every)} 个候选点都被禁用，没有可选的地点。请减少禁用的候选点。"
        raise SitingError(msg)
    position = kept.get_indexer(pairs.facility_ids)[pairs.facility]
    used = position >= 0
    return Problem(
        order=demand.index,
        demand_ids=people.index,
        weight=np.asarray(people, dtype=np.float64),
        candidate_ids=kept,
        row=pairs.demand[used].astype(np.int64),
        site=position[used].astype(np.int64),
        cost=pairs.cost[used],
        required=kept.isin(required),
        closable=kept.isin(_in_table(options.closable, every, "可关闭")),
        preferred=kept.isin(_in_table(options.preferred, every, "优先")),
        options=options,
    )


def check_sites(problem: Problem, sites: int) -> int:
    """
    The number of sites asked for, once it is known to be possible.

    Raises
    ------
    SitingError
        If it is no whole number of at least 1, exceeds the candidates, or is less than the
        required ones.
    """
    if isinstance(sites, bool) or sites != sites or sites < 1 or sites != int(sites):  # noqa: PLR0124 - NaN
        msg = f"设施个数应为不小于 1 的整数，现为 {sites}。"
        raise SitingError(msg)
    if sites > problem.m:
        msg = (
            f"要选 {int(sites)} 处，但可用的候选点只有 {problem.m} 个。"
            "请减少设施个数，或补充候选点。"
        )
        raise SitingError(msg)
    locked = int(problem.required.sum())
    if locked > sites:
        msg = (
            f"必选的候选点有 {locked} 个，超过要选的 {int(sites)} 处。"
            "设施个数包括必选的在内，请增加设施个数，或减少必选的候选点。"
        )
        raise SitingError(msg)
    return int(sites)


def _check_options(options: SitingOptions) -> None:
    if math.isnan(options.time_limit_s) or options.time_limit_s <= 0:
        msg = f"求解时限应为大于 0 的秒数，现为 {options.time_limit_s}。"
        raise SitingError(msg)
    if math.isnan(options.gap) or not 0 <= options.gap < 1:
        msg = f"允许的差距应在 0 与 1 之间（0 表示要求证明最优），现为 {options.gap}。"
        raise SitingError(msg)


def _in_table(ids: Collection[str], every: pd.Index[Any], title: str) -> list[str]:
    """Ids without repeats, sorted, once all are known."""
    wanted = sorted(set([ids] if isinstance(ids, str) else ids))
    unknown = [name for name in wanted if name not in every]
    if unknown:
        msg = (
            f"{title}的候选点有 {len(unknown)} 个不在出行时间表中，第一个是 {unknown[0]!r}。"
            "请核对代码；确实到不了任何需求点的，请列入候选点名单。"
        )
        raise SitingError(msg)
    return wanted
