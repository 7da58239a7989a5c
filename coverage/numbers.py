"""Numbers as text: as many decimals as it takes not to look like what they are not."""

from __future__ import annotations

import math
from typing import Final

UNKNOWN: Final = "—"

NOISE: Final = 1e-9
"""Relative; what adding up numbers in another order can change."""

_GROUPED_FROM: Final = 1000.0
_MOST_DECIMALS: Final = 6


def number_text(value: float, *, beside: float = math.nan) -> str:
    """
    A number with as many decimals as it takes.

    Parameters
    ----------
    value
        Anything; NaN is not known, `inf` has no bound.
    beside
        A number it must not look equal to unless it is: what it is held against.

    Examples
    --------
    >>> number_text(7.5), number_text(12345.4), number_text(7.9999, beside=8)
    ('7.5', '12,345', '7.9999')
    >>> number_text(math.nan), number_text(0.004)
    ('—', '0.004')
    """
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "没有上限" if value > 0 else "没有下限"
    for decimals in range(_first_decimals(value), _MOST_DECIMALS + 1):
        rounded = round(value, decimals)
        is_same = math.isclose(value, beside, rel_tol=NOISE, abs_tol=NOISE)
        if is_same or rounded != round(beside, _MOST_DECIMALS):
            break
    text = f"{rounded:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _first_decimals(value: float) -> int:
    """Decimals that show three figures, none from a thousand on."""
    size = abs(value)
    if size >= _GROUPED_FROM or float(value).is_integer():
        return 0
    if size >= 1:
        return 2
    return min(2 - math.floor(math.log10(size)), _MOST_DECIMALS) if size > 0 else 0
