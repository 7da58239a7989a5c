"""
Covering in general: who must be covered, who should be, how often, by how many sites.

One programme serves location set covering, maximal covering, backup coverage, equity floors and
budgets, which differ in what they ask of it:

    minimise    sum_j f_j y_j + sum_i w_i u_i
    subject to  sum_(j reaches i) y_j + k_i u_i >= k_i        for every demand point i
                u_i = 0                                       where i must be covered
                sum_(i in l) a_i u_i <= b_l                   for every limit l
                low <= sum_j c_j y_j <= high                  for every pool
                y_j in {0, 1},  u_i in [0, 1] (in {0, 1} where k_i > 1)

u_i says "uncovered", so that a point that no k_i candidates reach stays uncovered instead of
dropping out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from coverage.sites.programme import Draft

if TYPE_CHECKING:
    from coverage.graph.arcs import BoolArray, FloatArray, IntArray
    from coverage.sites.programme import Programme


@dataclass(frozen=True, eq=False)
class Pool:
    """A sum over sites and its limits: low <= amount @ y <= high."""

    amount: FloatArray
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Cover:
    """
    A covering question.

    Parameters
    ----------
    reach
        Shape (n, m), 1 where a candidate reaches a demand point.
    weight
        Shape (n,), what is lost when a point stays uncovered.
    need
        Shape (n,), open sites within reach that cover a point.
    must
        Shape (n,), whether it has to be covered.
    limit, amount
        Shape (n,), the limit that a point falls under (-1: none) and its amount there.
    allowed
        Shape (l,), amount that may stay uncovered.
    site_cost
        Shape (m,).
    opened, shut
        Shape (m,), sites that stay open, sites that may not open.
    pools
        Sums over sites.
    lost
        Weight already known to stay uncovered.
    """

    reach: sparse.csr_array
    weight: FloatArray
    need: IntArray
    must: BoolArray
    limit: IntArray
    amount: FloatArray
    allowed: FloatArray
    site_cost: FloatArray
    opened: BoolArray
    shut: BoolArray
    pools: tuple[Pool, ...] = ()
    lost: float = 0.0

    @property
    def n(self) -> int:
        """Number of demand points."""
        return int(self.reach.shape[0])

    @property
    def m(self) -> int:
        """Number of candidates."""
        return int(self.reach.shape[1])

    def times(self, chosen: IntArray) -> IntArray:
        """Number of chosen sites within reach of each demand point, shape (n,)."""
        return np.asarray(self.reach @ indicator(chosen, self.m), dtype=np.int64)

    def value(self, chosen: IntArray) -> float:
        """The objective of the chosen sites."""
        uncovered = self.times(chosen) < self.need
        return float(self.site_cost[chosen].sum() + self.weight[uncovered].sum()) + self.lost

    def allows(self, chosen: IntArray) -> bool:
        """Whether the chosen sites are an answer."""
        uncovered = self.times(chosen) < self.need
        if (uncovered & self.must).any():
            return False
        limited = uncovered & (self.limit >= 0)
        left = np.bincount(self.limit[limited], self.amount[limited], minlength=len(self.allowed))
        noise = 1e-9 * (1.0 + self.allowed)
        is_open = indicator(chosen, self.m)
        sums = [(float(pool.amount @ is_open), pool) for pool in self.pools]
        return (
            bool((left <= self.allowed + noise).all())
            and all(pool.low - 1e-9 <= total <= pool.high + 1e-9 for total, pool in sums)
            and bool((is_open[self.opened] > 0).all())
            and not is_open[self.shut].any()
        )


def indicator(chosen: IntArray, m: int) -> FloatArray:
    """Shape (m,), 1 at the chosen positions."""
    values = np.zeros(m)
    values[chosen] = 1.0
    return values


def cover_of(row: IntArray, site: IntArray, *, weight: FloatArray, opened: BoolArray) -> Cover:
    """A covering question in which nothing is asked yet but to cover once what one can."""
    n, m = len(weight), len(opened)
    reach = sparse.csr_array((np.ones(len(row)), (row, site)), shape=(n, m))
    return Cover(
        reach=reach,
        weight=weight,
        need=np.ones(n, dtype=np.int64),
        must=np.zeros(n, dtype=bool),
        limit=np.full(n, -1, dtype=np.int64),
        amount=np.zeros(n),
        allowed=np.zeros(0),
        site_cost=np.zeros(m),
        opened=opened,
        shut=np.zeros(m, dtype=bool),
    )


def count_pool(m: int, low: float, high: float) -> Pool:
    """From `low` to `high` open sites."""
    return Pool(np.ones(m), low, high)


def compacted(cover: Cover) -> Cover | None:
    """
    The same question with fewer demand points; None where one that must be covered cannot be.

    Points covered by sites that stay open are dropped, those that cannot be covered are counted
    as lost, and points with the same candidates become one. Every answer keeps its objective.
    """
    usable = sparse.diags_array((~cover.shut).astype(float)).tocsr()
    reach = sparse.csr_array(cover.reach @ usable)
    reach.eliminate_zeros()
    reach.sort_indices()
    sure = np.asarray(reach @ cover.opened.astype(float), dtype=np.int64) >= cover.need
    hopeless = np.diff(reach.indptr) < cover.need
    if (hopeless & cover.must).any():
        return None
    limited = hopeless & (cover.limit >= 0)
    allowed = cover.allowed - np.bincount(
        cover.limit[limited], cover.amount[limited], minlength=len(cover.allowed)
    )
    if (allowed < -1e-9 * (1.0 + cover.allowed)).any():
        return None
    kept = np.flatnonzero(~sure & ~hopeless)
    lead, group = _equal_rows(cover, reach, kept)
    merged = len(lead)
    return replace(
        cover,
        reach=sparse.csr_array(reach[lead]),
        weight=np.bincount(group, cover.weight[kept], minlength=merged).astype(np.float64),
        amount=np.bincount(group, cover.amount[kept], minlength=merged).astype(np.float64),
        need=cover.need[lead],
        must=cover.must[lead],
        limit=cover.limit[lead],
        allowed=np.maximum(allowed, 0.0),
        lost=cover.lost + float(cover.weight[hopeless].sum()),
    )


def cover_programme(cover: Cover) -> Programme:
    """The programme of a question: first the sites, shape (m,), then the points, shape (n,)."""
    draft = Draft()
    site = draft.variables(
        cover.m,
        cost=cover.site_cost,
        lower=cover.opened.astype(float),
        upper=(~cover.shut).astype(float),
        whole=True,
    )
    often = cover.need > 1
    point = np.empty(cover.n, dtype=np.int64)
    for is_whole, rows in ((False, ~often), (True, often)):
        point[rows] = draft.variables(
            int(rows.sum()),
            cost=cover.weight[rows],
            upper=(~cover.must[rows]).astype(float),
            whole=is_whole,
        )
    pairs = cover.reach.tocoo()
    draft.constrain(
        np.concatenate([pairs.row, np.arange(cover.n)]),
        np.concatenate([site[pairs.col], point]),
        np.concatenate([np.ones(pairs.nnz), cover.need.astype(float)]),
        count=cover.n,
        lower=cover.need.astype(float),
    )
    under = np.flatnonzero(cover.limit >= 0)
    draft.constrain(
        cover.limit[under],
        point[under],
        cover.amount[under],
        count=len(cover.allowed),
        upper=cover.allowed,
    )
    for pool in cover.pools:
        draft.constrain_sum(site, pool.amount, lower=pool.low, upper=pool.high)
    return draft.finished()


def cover_values(cover: Cover, chosen: IntArray) -> FloatArray:
    """Values of the variables of `cover_programme` for the chosen sites."""
    uncovered = (cover.times(chosen) < cover.need).astype(float)
    often = cover.need > 1
    return np.concatenate([indicator(chosen, cover.m), uncovered[~often], uncovered[often]])


def _equal_rows(cover: Cover, reach: sparse.csr_array, kept: IntArray) -> tuple[IntArray, IntArray]:
    """First row of each group of equal ones, and the group of each kept row."""
    groups: dict[tuple[bytes, int, bool, int], int] = {}
    lead: list[int] = []
    group = np.empty(len(kept), dtype=np.int64)
    start, members = reach.indptr, reach.indices
    for place, row in enumerate(kept.tolist()):
        key = (
            members[start[row] : start[row + 1]].tobytes(),
            int(cover.need[row]),
            bool(cover.must[row]),
            int(cover.limit[row]),
        )
        number = groups.setdefault(key, len(lead))
        if number == len(lead):
            lead.append(row)
        group[place] = number
    return np.array(lead, dtype=np.int64), group
