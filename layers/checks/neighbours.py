"""Records so close together that they may be one: duplicates, and places with two names."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

if TYPE_CHECKING:
    import numpy.typing as npt

    from layers.checks.findings import Finding, Records

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

SAME_NAME_M: Final = 50.0
"""Two records of one name no farther apart than this (inclusive) may be the same."""

SAME_PLACE_M: Final = 1.0
"""Records no farther apart than this (inclusive) stand in one place: six decimals of a degree are
a tenth of a metre."""

_APART: Final = 1e9
"""Metres between the floors on which the names stand: farther than any two places on earth."""


def same_name_near(
    records: Records, xy: FloatArray, *, within_m: float = SAME_NAME_M
) -> list[Finding]:
    """
    Records that have a neighbour of their own name; one of each cluster, the first, is spared.

    Of the records that are spared, no two of one name are so near.

    Parameters
    ----------
    records
        n of them; names are compared without blanks and in one width.
    xy
        Shape (n, 2), metres; NaN where not known.
    within_m
        Largest distance, inclusive.
    """
    names = np.array([folded(name) for name in records.names], dtype=object)
    chosen = np.flatnonzero((names != "") & np.isfinite(xy).all(axis=1))
    if not len(chosen):
        return []
    _, floor = np.unique(names[chosen].astype(str), return_inverse=True)
    spread = np.column_stack([xy[chosen], floor * _APART])
    told = []
    left = np.arange(len(chosen))
    while len(left):
        # Only the nearest neighbours are linked, so two clusters may still lie close together.
        cluster, other, metres = _clusters(spread[left], within_m)
        again = np.flatnonzero(_first_of(cluster) != np.arange(len(left)))
        told += [(left[at], left[other[at]], metres[at]) for at in again.tolist()]
        left = np.delete(left, again) if len(again) else left[:0]
    return [
        records.finding(
            int(chosen[at]),
            "same_name_near",
            f"与第 {records.rows[chosen[other]]} 行同名，相距 {metres:.0f} 米",
            value=records.names[chosen[at]],
        )
        for at, other, metres in sorted(told)
    ]


def same_place_two_names(
    records: Records, xy: FloatArray, *, within_m: float = SAME_PLACE_M
) -> list[Finding]:
    """
    Records in the place of one with another name; the first of each place is spared.

    Parameters
    ----------
    records
        n of them; those without a name are passed over.
    xy
        Shape (n, 2), metres; NaN where not known.
    within_m
        How far apart counts as one place, inclusive.
    """
    names = np.array([folded(name) for name in records.names], dtype=object)
    chosen = np.flatnonzero((names != "") & np.isfinite(xy).all(axis=1))
    if not len(chosen):
        return []
    cluster, _, _ = _clusters(xy[chosen], within_m)
    first = _first_of(cluster)
    found = []
    for at in np.flatnonzero(names[chosen] != names[chosen[first]]).tolist():
        here, there = chosen[at], chosen[first[at]]
        text = f"与第 {records.rows[there]} 行“{records.names[there][:40]}”在同一位置，名称却不同"
        found.append(
            records.finding(int(here), "same_place_two_names", text, value=records.names[here])
        )
    return found


def folded(name: str) -> str:
    """A name as names are compared: without blanks and in one width."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def _clusters(places: FloatArray, within_m: float) -> tuple[IntArray, IntArray, FloatArray]:
    """
    Clusters of places, each of which has a neighbour in its cluster no farther than given.

    Shape (n,) each: number of the cluster, position of the nearest neighbour and the distance to
    it, `inf` where nothing is near. Records at the very same place are joined before the tree is
    asked: thousands of them, as a geocoder gives that knows the town only, would stall it.
    """
    n = len(places)
    distinct, first, which = np.unique(places, axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    metres, near = np.full(len(distinct), np.inf), np.full(len(distinct), len(distinct))
    if len(distinct) > 1:
        reach = np.nextafter(within_m, np.inf)
        both, neighbour = KDTree(distinct).query(distinct, k=2, distance_upper_bound=reach)
        # Distinct places may all the same be 0 apart after squaring; then either comes first.
        own = neighbour[:, 0] == np.arange(len(distinct))
        metres, near = (np.where(own, pair[:, 1], pair[:, 0]) for pair in (both, neighbour))
    met = np.flatnonzero(np.isfinite(metres))
    links = coo_array((np.ones(len(met)), (met, near[met])), shape=(len(distinct),) * 2)
    cluster = connected_components(links, directed=False)[1]
    other = np.full(n, -1, dtype=np.int64)
    apart = np.full(n, np.inf)
    has = np.isfinite(metres)[which]
    other[has], apart[has] = first[near[which[has]]], metres[which[has]]
    again = first[which] != np.arange(n)
    other[again], apart[again] = first[which[again]], 0.0
    return cluster[which].astype(np.int64), other, apart


def _first_of(cluster: IntArray) -> IntArray:
    """Shape (n,), position of the first member of each one's cluster."""
    first = np.full(cluster.max() + 1, len(cluster), dtype=np.int64)
    np.minimum.at(first, cluster, np.arange(len(cluster)))
    return first[cluster]
