"""Numbers as a planner reads them: percent, persons, minutes and metres, unknown said as such."""

from __future__ import annotations

import math
from typing import Final

from coverage.percent import shown_percent

UNKNOWN_PEOPLE: Final = "人口未知"

_LEAST_SHARE: Final = 0.001
_MOST_DECIMALS: Final = 4
_METRES_PER_KILOMETRE: Final = 1000.0
_SECONDS_PER_MINUTE: Final = 60.0
_PEOPLE_TOLERANCE: Final = 1e-6


def share_text(share: float, *, target: float = 1.0) -> str:
    """
    Share as percent with one decimal that never claims what is not reached.

    Parameters
    ----------
    share
        In [0, 1]; NaN = unknown.
    target
        In [0, 1]. A share below it, or below 1, is not rounded up to it.

    Returns
    -------
    text
        "83.2%"; "99.9%" for 0.9996; "不足 0.1%" for a few people among very many.

    Examples
    --------
    >>> share_text(0.8325), share_text(0.9996), share_text(1.0), share_text(float("nan"))
    ('83.2%', '99.9%', '100.0%', '人口未知')
    """
    if math.isnan(share):
        return UNKNOWN_PEOPLE
    if 0 < share < _LEAST_SHARE:
        return "不足 0.1%"
    percent = shown_percent(share, target=target)
    return f"{percent:.1f}%"


def band_text(low: float, high: float, *, target: float = 1.0) -> str:
    """
    The error band of a share, as "78.1%～84.3%"; "" where both ends show the same.

    Parameters
    ----------
    low, high
        In [0, 1]; NaN = unknown.
    target
        As in `share_text`.

    Examples
    --------
    >>> band_text(0.781, 0.8432), band_text(0.5, 0.5)
    ('78.1%～84.3%', '')
    """
    ends = [share_text(share, target=target) for share in (low, high)]
    return "" if ends[0] == ends[1] or math.isnan(low) else "～".join(ends)


def range_text(fast: float, slow: float, *, by_time: bool) -> str:
    """
    From the quickest to the slowest that a trip may be; "" where both ends show the same.

    Parameters
    ----------
    fast, slow
        Seconds or metres; `inf` = not reached.
    by_time
        Whether both are seconds.

    Examples
    --------
    >>> range_text(600.0, 930.0, by_time=True)
    '10.0 分钟～15.5 分钟'
    """
    told = minutes_text if by_time else metres_text
    ends = [told(fast), told(slow)]
    return "" if ends[0] == ends[1] else "～".join(ends)


def people_text(people: float) -> str:
    """
    Persons as "1,234 人"; a part of a person is not dropped but rounded.

    Parameters
    ----------
    people
        Persons; NaN = unknown.
    """
    return UNKNOWN_PEOPLE if math.isnan(people) else f"{people:,.0f} 人"


def gap_text(gap: float) -> str:
    """
    People still to be covered; a gap of part of a person never shows as none.

    Parameters
    ----------
    gap
        Persons, >= 0; NaN = unknown.

    Examples
    --------
    >>> gap_text(0.0), gap_text(0.2), gap_text(1234.0)
    ('已达标', '缺口 1 人', '缺口 1,234 人')
    """
    if math.isnan(gap):
        return UNKNOWN_PEOPLE
    if gap <= _PEOPLE_TOLERANCE:
        return "已达标"
    return f"缺口 {max(round(gap), 1):,} 人"


def minutes_text(seconds: float, *, decimals: int = 1) -> str:
    """
    Travel time as "12.3 分钟"; "到不了" where not reached.

    Parameters
    ----------
    seconds
        `inf` = not reached, NaN = not computed (shown as "—").
    decimals
        Of a minute.
    """
    if math.isnan(seconds):
        return "—"
    if math.isinf(seconds):
        return "到不了"
    return f"{seconds / _SECONDS_PER_MINUTE:,.{decimals}f} 分钟"


def shown_seconds(seconds: float) -> float:
    """Seconds as far as `minutes_text` shows them, to a tenth of a minute."""
    return round(seconds / _SECONDS_PER_MINUTE, 1) * _SECONDS_PER_MINUTE


def metres_text(metres: float, *, decimals: int = 2) -> str:
    """
    Distance as "850 米" or "3.21 公里"; "到不了" where not reached.

    Parameters
    ----------
    metres
        `inf` = not reached, NaN = not computed (shown as "—").
    decimals
        Of a kilometre.
    """
    if math.isnan(metres):
        return "—"
    if math.isinf(metres):
        return "到不了"
    if round(metres) < _METRES_PER_KILOMETRE:
        return f"{metres:.0f} 米"
    return f"{metres / _METRES_PER_KILOMETRE:,.{decimals}f} 公里"


def beyond_text(value: float, *, cutoff: float, by_time: bool) -> str:
    """
    A time or distance beyond its cutoff, with as many decimals as it takes to tell them apart.

    Parameters
    ----------
    value, cutoff
        Seconds or metres, `value` above `cutoff`.
    by_time
        Whether both are seconds.

    Examples
    --------
    >>> beyond_text(1284.0, cutoff=900.0, by_time=True)
    '21.4 分钟'
    >>> beyond_text(901.0, cutoff=900.0, by_time=True)
    '15.02 分钟'
    >>> beyond_text(2500.2, cutoff=2500.0, by_time=False)
    '2.5002 公里'
    """
    told = minutes_text if by_time else metres_text
    first = 1 if by_time else 2
    texts = [
        (told(value, decimals=decimals), told(cutoff, decimals=decimals))
        for decimals in range(first, _MOST_DECIMALS + 1)
    ]
    return next((text for text, limit in texts if text != limit), f"略多于 {texts[0][1]}")
