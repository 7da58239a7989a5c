"""The p-median as a programme of radii, after Elloumi (2010) and García, Labbé and Marín (2011)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coverage.sites.programme import Draft

if TYPE_CHECKING:
    from coverage.graph.arcs import FloatArray, IntArray
    from coverage.sites.programme import Programme
    from coverage.sites.swaps import MedianPairs


def median_programme(pairs: MedianPairs, count: int) -> Programme:
    """
    The p-median by radii (Elloumi 2010): first the sites, then one variable per radius.

    A radius is a cost at which a demand point has candidates. u_k, of its k-th radius, says that
    the point is served by none of the candidates so far; it costs the way from that radius to
    the next. u_k + sum of y_j at radius k >= u_(k-1). The last one is 0: everybody is served.
    """
    draft = Draft()
    site = draft.variables(
        len(pairs.locked),
        lower=pairs.locked.astype(float),
        upper=(~pairs.shut).astype(float),
        whole=True,
    )
    begins, radius = _radii(pairs)
    row, cost = pairs.row[begins], pairs.cost[begins]
    k = len(row)
    is_first = np.ones(k, dtype=bool)
    is_first[1:] = row[1:] != row[:-1]
    is_last = np.append(is_first[1:], True)
    step = np.where(is_last, 0.0, np.append(cost[1:], 0.0) - cost)
    unserved = draft.variables(k, cost=step, upper=(~is_last).astype(float))
    later = np.flatnonzero(~is_first)
    draft.constrain(
        np.concatenate([np.arange(k), radius, later]),
        np.concatenate([unserved, site[pairs.site], unserved[later - 1]]),
        np.concatenate([np.ones(k + len(radius)), -np.ones(len(later))]),
        count=k,
        lower=is_first.astype(float),
    )
    draft.constrain_sum(site, lower=count, upper=count)
    return draft.finished()


def median_values(pairs: MedianPairs, chosen: IntArray) -> FloatArray:
    """Values of the variables of `median_programme` for the chosen sites."""
    is_open = np.zeros(len(pairs.locked))
    is_open[chosen] = 1.0
    hit = np.cumsum(is_open[pairs.site])
    begins, _ = _radii(pairs)
    end = np.append(begins[1:], len(pairs.row)) - 1
    start = np.searchsorted(pairs.row, pairs.row[begins])
    before = np.where(start > 0, hit[start - 1], 0.0)
    return np.concatenate([is_open, (hit[end] == before).astype(float)])


def radius_count(pairs: MedianPairs) -> int:
    """Number of radii, which is that of the programme's variables beside the sites."""
    return len(_radii(pairs)[0])


def _radii(pairs: MedianPairs) -> tuple[IntArray, IntArray]:
    """First pair of each radius, and the radius of each pair."""
    is_new = np.ones(len(pairs.row), dtype=bool)
    is_new[1:] = (pairs.row[1:] != pairs.row[:-1]) | (pairs.cost[1:] != pairs.cost[:-1])
    return np.flatnonzero(is_new), np.cumsum(is_new) - 1


def base_cost(pairs: MedianPairs) -> float:
    """Cost if every candidate were open: that of each point's nearest."""
    is_first = np.ones(len(pairs.row), dtype=bool)
    is_first[1:] = pairs.row[1:] != pairs.row[:-1]
    return float(pairs.cost[is_first].sum())
