"""How unevenly a service is spread over the people: Gini, Palma and Theil.

Each weighs people, not points, and neither the unit of the values nor doubling everybody
changes it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.people.weighted import matched, weigh

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.graph.arcs import FloatArray

WORST_SERVED: Final = 0.4
"""Share of the people whom Palma's ratio counts as poor."""

BEST_SERVED: Final = 0.1
"""Share of the people whom Palma's ratio counts as rich."""


def gini(
    values: npt.ArrayLike | pd.Series[float],
    *,
    weights: npt.ArrayLike | pd.Series[float] | None = None,
) -> float:
    """
    Gini coefficient of a value over the people: 0 when all have the same.

    Half the mean difference between any two persons, over the mean:
    sum_ij w_i w_j abs(x_i - x_j) / (2 W^2 mean), with W the sum of the weights; no correction
    for small samples, so that doubling everybody changes nothing.

    Parameters
    ----------
    values
        Shape (n,), >= 0, finite: what each person at a demand point has, e.g. beds within
        reach per head.
    weights
        Shape (n,), persons, >= 0; None weighs every value alike. Two Series are matched by
        their index.

    Returns
    -------
    gini
        In [0, 1). NaN where there is nobody, or nobody has anything.

    Raises
    ------
    DemandError
        If a value is null, negative or infinite, a weight is null, negative or infinite, or
        the two do not match.

    References
    ----------
    Gini, C. (1912). Variabilità e mutabilità. Bologna.
    Lerman, R. I., Yitzhaki, S. (1989). Improving the accuracy of estimates of Gini
    coefficients. Journal of Econometrics 42, 43-47.

    Examples
    --------
    Of four people one has everything; and one village of three that have nothing beside one
    that has it all is the same.

    >>> gini([0, 0, 0, 1])
    0.75
    >>> gini([0, 1], weights=[3, 1])
    0.75
    """
    people, holdings = _lorenz(*weigh(values, weights, allow_inf=False))
    if not len(people):
        return math.nan
    below = float(np.sum(np.diff(people) * (holdings[1:] + holdings[:-1])))
    return max(1.0 - below, 0.0)


def palma(
    values: npt.ArrayLike | pd.Series[float],
    *,
    weights: npt.ArrayLike | pd.Series[float] | None = None,
) -> float:
    """
    Palma ratio: what the best-served tenth has, over what the worst-served two fifths have.

    Both are shares of the total, ranked by the value itself, as in the original; where a
    tenth or two fifths end within a demand point, its people are divided.

    Parameters
    ----------
    values, weights
        As `gini`.

    Returns
    -------
    palma
        At least 0.25, which says that all have the same (a tenth of the people has a tenth);
        `inf` where two fifths of the people have nothing; NaN where there is nobody, or
        nobody has anything.

    Raises
    ------
    DemandError
        As `gini`.

    References
    ----------
    Palma, J. G. (2011). Homogeneous middles vs. heterogeneous tails, and the end of the
    'inverted-U'. Development and Change 42, 87-153.
    Cobham, A., Sumner, A. (2013). Is it all about the tails? The Palma measure of income
    inequality. Center for Global Development, Working Paper 343.

    Examples
    --------
    Ten people, one of whom has 4 where the others have 1: 4 of 13 over 4 of 13.

    >>> round(palma([1, 4], weights=[9, 1]), 9)
    1.0
    """
    people, holdings = _lorenz(*weigh(values, weights, allow_inf=False))
    if not len(people):
        return math.nan
    worst, rest = np.interp([WORST_SERVED, 1 - BEST_SERVED], people, holdings)
    return float((1.0 - rest) / worst) if worst > 0 else math.inf


def theil(
    values: npt.ArrayLike | pd.Series[float],
    *,
    weights: npt.ArrayLike | pd.Series[float] | None = None,
) -> float:
    """
    Theil's T index of a value over the people: 0 when all have the same.

    sum_i w_i / W * x_i / mean * ln(x_i / mean), where 0 ln 0 is 0.

    Parameters
    ----------
    values, weights
        As `gini`.

    Returns
    -------
    theil
        From 0 to ln(persons). NaN where there is nobody, or nobody has anything.

    Raises
    ------
    DemandError
        As `gini`.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory. North-Holland, Amsterdam.

    Examples
    --------
    Half of the people have everything: ln 2.

    >>> round(theil([0, 1], weights=[5, 5]), 4)
    0.6931
    """
    return _theil(*weigh(values, weights, allow_inf=False))


def theil_parts(
    values: pd.Series[float], *, weights: pd.Series[float], zones: pd.Series[str]
) -> pd.Series[float]:
    """
    Theil's T index between zones and within them.

    Parameters
    ----------
    values, weights
        As `gini`, indexed by demand id.
    zones
        Zone of each demand point; points without zone (null) are outside and left out.

    Returns
    -------
    parts
        Indexed by `part`: "between" (were all within a zone equal), "within" (mean of the
        zones' own indices, weighed by what each zone has), "total", their sum.

    Raises
    ------
    DemandError
        As `gini`, or if a demand point has no row among the zones.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory. North-Holland, Amsterdam, ch. 4.
    Shorrocks, A. F. (1980). The class of additively decomposable inequality measures.
    Econometrica 48, 613-625.
    """
    zones = matched(zones, values.index, "所在单元")
    inside = zones.notna().to_numpy()
    amounts, people = (array[inside] for array in weigh(values, weights, allow_inf=False))
    total = _theil(amounts, people)
    code, _ = pd.factorize(zones[inside], sort=True)
    heads = np.bincount(code, people).astype(np.float64)
    has = np.bincount(code, amounts * people).astype(np.float64)
    lived_in = heads > 0
    between = _theil(has[lived_in] / heads[lived_in], heads[lived_in])
    parts = {"between": between, "within": max(total - between, 0.0), "total": total}
    if math.isnan(total):
        parts["within"] = math.nan
    return pd.Series(parts, name="theil").rename_axis("part")


def _lorenz(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cumulative shares of people and of what they have, from the worst served, (0, 0) first."""
    values, weights = _scaled(values, weights)
    if not len(values):
        return values, weights
    order = np.lexsort([weights, values])
    people = np.concatenate([[0.0], np.cumsum(weights[order])])
    holdings = np.concatenate([[0.0], np.cumsum((values * weights)[order])])
    return people / people[-1], holdings / holdings[-1]


def _theil(values: FloatArray, weights: FloatArray) -> float:
    values, weights = _scaled(values, weights)
    if not len(values):
        return math.nan
    order = np.lexsort([weights, values])
    values, weights = values[order], weights[order]
    ratio = values * (weights.sum() / np.sum(values * weights))
    held = ratio > 0
    sums = weights[held] * ratio[held] * np.log(ratio[held])
    return max(float(np.sum(sums) / weights.sum()), 0.0)


def _scaled(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Values and weights of the points where people live, both at most 1; none where all is 0.

    The measures are ratios, so scale is free, and sums of large numbers cannot overflow.
    """
    lived_in = weights > 0
    values, weights = values[lived_in], weights[lived_in]
    if not len(values) or values.max() == 0:
        return values[:0], weights[:0]
    return values / values.max(), weights / weights.max()
