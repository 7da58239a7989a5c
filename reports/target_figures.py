"""Values, targets and gaps as a planner reads them: the unit beside, nothing rounded to a lie."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from coverage.numbers import UNKNOWN, number_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_PERCENT: Final = "%"
_POINTS: Final = "个百分点"

MARKS: Final[Mapping[str, str]] = {
    "达标": "✓",
    "未达标": "✗",
    "尚未到期": "…",
    "未设目标": "○",
    "数据不足": "?",
}
"""Sign that goes with a verdict's word, so that it is told apart without any colour."""

FILLS: Final[Mapping[str, str]] = {
    "达标": "#D3E8F5",
    "未达标": "#FBD5BF",
    "尚未到期": "#FFF2C2",
    "未设目标": "#E8EDF3",
    "数据不足": "#EFEFEF",
}
"""Fill of a verdict: blue, vermilion, yellow and greys, told apart by colour-blind eyes."""


def with_unit(text: str, unit: str) -> str:
    """
    A number with its unit; percent without a space, "28/10万" for 28 in 100,000.

    Examples
    --------
    >>> with_unit("7.5", "张"), with_unit("80", "%"), with_unit("—", "张"), with_unit("9", "1/10万")
    ('7.5 张', '80%', '—', '9/10万')
    """
    if text == UNKNOWN or not unit:
        return text
    if unit.startswith("1/"):
        return f"{text}{unit[1:]}"
    return f"{text}{unit}" if unit in (_PERCENT, "‰") else f"{text} {unit}"


def value_text(row: Mapping[str, Any]) -> str:
    """
    Today's value of a row of `TARGETS_RESULT`, or its bounds where it is not known exactly.

    Examples
    --------
    >>> value_text({"value": 6.25, "target": 8.0, "unit": "张", "value_low": 6.25,
    ...             "value_high": 6.25})
    '6.25 张'
    >>> value_text({"value": math.nan, "target": 8.0, "unit": "张", "value_low": 3.0,
    ...             "value_high": math.inf})
    '至少 3 张'
    """
    unit, target = str(row["unit"]), float(row["target"])
    low, high = float(row["value_low"]), float(row["value_high"])
    if not math.isnan(row["value"]):
        return with_unit(number_text(row["value"], beside=target), unit)
    if math.isnan(low) or math.isnan(high) or (low == 0 and math.isinf(high)):
        return UNKNOWN
    if unit == _PERCENT and low <= 0 and high >= 100:  # noqa: PLR2004 - all of it
        return UNKNOWN
    if math.isinf(high):
        return f"至少 {with_unit(number_text(low, beside=target), unit)}"
    ends = "～".join(number_text(one, beside=target) for one in (low, high))
    return with_unit(ends, unit)


def target_text(row: Mapping[str, Any], *, better: str = "higher") -> str:
    """The value aimed at; "≤" in front where lower is better."""
    text = with_unit(number_text(float(row["target"])), str(row["unit"]))
    return f"≤{text}" if better == "lower" and text != UNKNOWN else text


def gap_text(row: Mapping[str, Any]) -> str:
    """
    What is missing, in the gap's own unit; "" where nothing is, "—" where nobody knows.

    Examples
    --------
    >>> gap_text({"gap": 120.0, "gap_unit": "张", "verdict": "未达标"})
    '120 张'
    >>> gap_text({"gap": 0.0, "gap_unit": "张", "verdict": "达标"})
    ''
    """
    gap = float(row["gap"])
    if gap == 0:
        return ""
    unit = str(row["gap_unit"])
    return with_unit(number_text(gap), _POINTS if unit == _PERCENT else unit)


def verdict_text(verdict: str) -> str:
    """The verdict's word with its sign."""
    return f"{MARKS.get(verdict, '')} {verdict}".strip()
