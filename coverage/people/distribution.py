"""How travel times, or any other value, are spread over the people: curves, quantiles, means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.errors import StandardError
from coverage.people.weighted import weigh
from coverage.requests import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDING: Final = 1e-9
"""Share of the people by which a quantile may be missed: rounding noise in sums of people."""


def cumulative_curve(
    values: pd.Series[float],
    *,
    weights: pd.Series[float],
    cutoffs: Sequence[float] | None = None,
) -> pd.DataFrame:
    """
    People who reach a facility within each travel time: the share of people against minutes.

    Parameters
    ----------
    values
        Shape (n,), travel time or distance to the nearest facility, >= 0; `inf` = not reached.
        Such people are never on the curve, and always in the whole that it is a share of.
    weights
        Shape (n,), persons, >= 0, matched by index.
    cutoffs
        Where to read the curve, in the unit of `values`, inclusive; when absent at 0 and
        wherever it rises, which is the whole curve: a step function.

    Returns
    -------
    curve
        Indexed by `cutoff`, ascending: `people` (persons within it) and `share` (in [0, 1];
        NaN where nobody lives).

    Raises
    ------
    DemandError
        If a value is null or negative or a weight is null, negative or infinite;
        `coverage.people.breakdown.by_zone` leaves unknown people out and counts them.
    StandardError
        If a cutoff is negative or NaN.

    Examples
    --------
    >>> times = pd.Series([600.0, 900.0, float("inf")], index=["a", "b", "c"])
    >>> people = pd.Series([50, 30, 20], index=["a", "b", "c"])
    >>> cumulative_curve(times, weights=people)["share"].to_dict()
    {0.0: 0.0, 600.0: 0.5, 900.0: 0.8}
    """
    amounts, people = weigh(values, weights, allow_inf=True)
    order = np.lexsort([people, amounts])
    amounts = amounts[order]
    reached = np.concatenate([[0.0], np.cumsum(people[order])])
    if cutoffs is None:
        rises = amounts[np.isfinite(amounts) & (people[order] > 0)]
        at = np.unique(np.concatenate([[0.0], rises]))
    else:
        at = np.unique(np.asarray(cutoffs, dtype=np.float64))
        if np.isnan(at).any() or (at < 0).any():
            wrong = at[np.isnan(at) | (at < 0)][0]
            msg = f"阈值应为不小于 0 的数字，现为 {wrong}。"
            raise StandardError(msg)
    # Nobody who is not reached is within a cutoff, not even within an endless one.
    finite = int(np.searchsorted(amounts, math.inf))
    within = reached[np.minimum(np.searchsorted(amounts, at + TOLERANCE, side="right"), finite)]
    share = within / (reached[-1] or math.nan)
    return pd.DataFrame({"people": within, "share": share}, index=pd.Index(at, name="cutoff"))


def weighted_quantiles(
    values: pd.Series[float],
    *,
    weights: pd.Series[float] | None = None,
    shares: Sequence[float] = (0.25, 0.5, 0.75, 0.9),
) -> pd.Series[float]:
    """
    The value within which a share of the people lies, e.g. the median travel time.

    The inverse of the distribution function of the people (definition 1 of Hyndman and Fan):
    the smallest value that at least that share of the people does not exceed. It is always a
    value that somebody has, so nothing is interpolated between villages, and `inf` has a
    meaning: fewer people than that are reached at all.

    Parameters
    ----------
    values
        Shape (n,), >= 0; `inf` = not reached.
    weights
        Shape (n,), persons, >= 0, matched by index; None weighs every value alike.
    shares
        Shares of the people, in [0, 1].

    Returns
    -------
    quantiles
        Indexed by `share`, as given; NaN where nobody lives.

    Raises
    ------
    DemandError
        If a value is null or negative or a weight is null, negative or infinite.
    StandardError
        If a share is outside [0, 1].

    References
    ----------
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50, 361-365.

    Examples
    --------
    Of 100 people 60 need 5 minutes, 30 need 10, and 10 reach nothing.

    >>> times = pd.Series([300.0, 600.0, float("inf")])
    >>> people = pd.Series([60, 30, 10])
    >>> weighted_quantiles(times, weights=people, shares=[0.5, 0.9, 0.95]).to_dict()
    {0.5: 300.0, 0.9: 600.0, 0.95: inf}
    """
    wanted = np.asarray(shares, dtype=np.float64)
    wrong = ~((wanted >= 0) & (wanted <= 1))
    if wrong.any():
        msg = f"分位数应为 0 到 1 之间的人口比例（90% 写作 0.9），现为 {wanted[wrong][0]:g}。"
        raise StandardError(msg)
    amounts, people = weigh(values, weights, allow_inf=True)
    amounts, people = amounts[people > 0], people[people > 0]
    index = pd.Index(wanted, name="share")
    if not len(amounts):
        return pd.Series(math.nan, index=index, name="value")
    order = np.lexsort([people, amounts])
    below = np.cumsum(people[order])
    rank = np.searchsorted(below, (wanted - ROUNDING) * below[-1])
    found = amounts[order][np.minimum(rank, len(amounts) - 1)]
    return pd.Series(found, index=index, name="value")


def weighted_mean(values: pd.Series[float], *, weights: pd.Series[float] | None = None) -> float:
    """
    Mean of a value over the people.

    Parameters
    ----------
    values
        Shape (n,), >= 0; `inf` = not reached, and makes the mean `inf` where anybody has it.
    weights
        Shape (n,), persons, >= 0, matched by index; None weighs every value alike.

    Returns
    -------
    mean
        NaN where nobody lives.

    Raises
    ------
    DemandError
        If a value is null or negative or a weight is null, negative or infinite.
    """
    amounts, people = weigh(values, weights, allow_inf=True)
    amounts, people = amounts[people > 0], people[people > 0]
    if not len(amounts):
        return math.nan
    return float(np.average(amounts, weights=people))
