"""Shares as percent with one decimal that never claims what is not reached."""

from __future__ import annotations

import math


def shown_percent(share: float, *, target: float = 1.0) -> float:
    """
    Percent to one decimal, cut instead of rounded where rounding would reach 100 or the target.

    Parameters
    ----------
    share
        In [0, 1]; NaN stays NaN.
    target
        In [0, 1].

    Examples
    --------
    >>> shown_percent(0.8325), shown_percent(0.9996)
    (83.2, 99.9)
    """
    percent = round(share * 100, 1)
    # As written, a target is at most some tenths of a percent: what its bits differ by is noise.
    if any(share < bound and percent >= round(bound * 100, 9) for bound in (1.0, target)):
        percent = math.floor(share * 1000) / 10
    return percent


def percent_text(share: float, *, target: float = 1.0) -> str:
    """
    A share for a sentence: "83.2%", "99.9%" for 0.9996; "未知" where it is NaN.

    Parameters
    ----------
    share, target
        As for `shown_percent`.
    """
    return "未知" if math.isnan(share) else f"{shown_percent(share, target=target):.1f}%"
