"""
Set covering made smaller without losing the optimum: forced sites, dominated points and sites.

References
----------
Toregas, C., ReVelle, C. (1973). Binary logic solutions to a class of location problem.
Geographical Analysis 5, 145-155. Beasley, J. E. (1987). An algorithm for set covering problem.
European Journal of Operational Research 31, 85-93.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coverage.graph.arcs import BoolArray, IntArray
    from coverage.sites.cover import Cover

MOST_PRODUCTS: Final = 60_000_000
"""Multiplications for which comparing every pair of rows is still worth it."""


def without_dominated_sites(cover: Cover) -> Cover:
    """
    Shut every candidate that reaches a part of what another reaches and costs no less.

    Only for questions whose demand points need one site, and whose pools count sites: the
    other can take the place of such a candidate, or any candidate can where both are open.
    Equally good answers may be lost.
    """
    shut = cover.shut.copy()
    free = np.flatnonzero(~shut)
    part, whole = _dominated(sparse.csr_array(cover.reach.T)[free], tie=cover.opened[free])
    part, whole = free[part], free[whole]
    worse = ~cover.opened[part] & (cover.site_cost[whole] <= cover.site_cost[part])
    shut[part[worse]] = True
    return replace(cover, shut=shut)


def without_dominated_points(cover: Cover) -> Cover:
    """Leave out every point that must be covered and is so wherever another one is."""
    must = np.flatnonzero(cover.must & (cover.need == 1))
    # A point whose candidates include all those of another is covered with it.
    _, whole = _dominated(sparse.csr_array(cover.reach[must]), tie=np.zeros(len(must), dtype=bool))
    gone = np.zeros(cover.n, dtype=bool)
    gone[must[whole]] = True
    return rows_of(cover, np.flatnonzero(~gone))


def rows_of(cover: Cover, rows: IntArray) -> Cover:
    """The question of some demand points alone."""
    return replace(
        cover,
        reach=sparse.csr_array(cover.reach[rows]),
        weight=cover.weight[rows],
        need=cover.need[rows],
        must=cover.must[rows],
        limit=cover.limit[rows],
        amount=cover.amount[rows],
    )


def forced(cover: Cover) -> BoolArray:
    """Candidates that alone can cover some point which must be covered, shape (m,)."""
    alone = np.flatnonzero(cover.must & (np.diff(cover.reach.indptr) == cover.need))
    taken = cover.opened.copy()
    taken[np.asarray(cover.reach[alone].indices)] = True
    return taken


def components(cover: Cover) -> Iterator[IntArray]:
    """Demand points that share no candidate, directly or by way of others, group by group."""
    if not cover.n:
        return
    links = sparse.block_array([[None, cover.reach], [cover.reach.T, None]]).tocsr()
    _, label = connected_components(links, directed=False)
    of_row = label[: cover.n]
    order = np.argsort(of_row, kind="stable")
    bounds = np.flatnonzero(np.diff(of_row[order])) + 1
    yield from np.split(order, bounds)


def _dominated(sets: sparse.csr_array, *, tie: BoolArray) -> tuple[IntArray, IntArray]:
    """
    Pairs (part, whole) of rows of which the first is contained in the second.

    Of equal rows the one with `tie`, then the first, is the whole. Empty where comparing would
    take too long.
    """
    size = np.diff(sets.indptr)
    columns = np.bincount(sets.indices, minlength=sets.shape[1]).astype(float)
    if not len(size) or (columns**2).sum() > MOST_PRODUCTS:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    shared = sparse.coo_array(sets @ sets.T)
    part, whole = shared.row.astype(np.int64), shared.col.astype(np.int64)
    inside = (shared.data == size[part]) & (part != whole)
    part, whole = part[inside], whole[inside]
    equal = size[part] == size[whole]
    earlier = np.where(tie[part] == tie[whole], whole < part, tie[whole])
    keep = ~equal | earlier
    return part[keep], whole[keep]
