"""A bar from where a target starts to where it is to end, with today's value on it."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any, Final

from coverage.numbers import number_text
from reports.target_figures import FILLS

if TYPE_CHECKING:
    from collections.abc import Mapping

MARGIN: Final = 0.14
"""Share of the bar on either side, for values behind the baseline or beyond the target."""

COLOURS: Final = {
    "达标": "#0072b2",
    "未达标": "#d55e00",
    "尚未到期": "#c58f00",
    "未设目标": "#7c858d",
    "数据不足": "#7c858d",
}
"""Of today's value, by verdict; the same hues as the fills."""

_TRACK: Final = "#dfe5ea"
_INK: Final = "#26333f"


def ends(row: Mapping[str, Any], *, better: str) -> tuple[float, float] | None:
    """
    Where the bar begins and where the target lies; None without a target.

    Parameters
    ----------
    row
        Of `TARGETS_RESULT`.
    better
        Whether a higher or a lower value is better.

    Returns
    -------
    start, target
        The start is the baseline, or nothing at all where there is none or it is no way to the
        target; twice the target where lower is better.
    """
    target, start = float(row["target"]), float(row["baseline"])
    if math.isnan(target):
        return None
    forward = start < target if better == "higher" else start > target
    if math.isnan(start) or not forward:
        start = min(0.0, target - 1) if better == "higher" else 2 * target if target > 0 else 1.0
        start = 0.0 if better == "higher" and target > 0 else start
    return start, target


def place(row: Mapping[str, Any], *, better: str) -> float | None:
    """
    How far today's value is from start (0) to target (1), between -1 and 2; None if not known.

    Examples
    --------
    >>> row = {"target": 8.0, "baseline": 6.0, "value": 7.0}
    >>> place(row, better="higher"), place({**row, "value": 9.0}, better="higher")
    (0.5, 1.5)
    """
    both = ends(row, better=better)
    value = float(row["value"])
    if both is None or math.isnan(value):
        return None
    share = (value - both[0]) / (both[1] - both[0])
    return min(max(share, -1.0), 2.0)


def bar_image(row: Mapping[str, Any], *, better: str, width: int = 104, height: int = 26) -> str:
    """
    The bar as a picture for a cell of a table: a data address of an SVG; "" without a target.

    Parameters
    ----------
    row
        Of `TARGETS_RESULT`.
    better
        Whether a higher or a lower value is better.
    width, height
        Pixels.
    """
    if ends(row, better=better) is None:
        return ""
    text = bar_svg(row, better=better, width=width, height=height)
    return f"data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}"


def bar_svg(row: Mapping[str, Any], *, better: str, width: int, height: int) -> str:
    """The bar: grey track from start to target, filled to today's value, a line at the target."""
    left, right = width * MARGIN, width * (1 - MARGIN)
    middle, thick = height / 2, height * 0.42
    share = place(row, better=better)
    colour = COLOURS[str(row["verdict"])]
    pieces = [_box(left, right, middle, thick, _TRACK)]
    if share is not None:
        edge = height * 0.3
        at = min(max(left + share * (right - left), edge), width - edge)
        low, high = sorted((left, at))
        pieces.append(_box(low, high, middle, thick, colour))
        pieces.append(f'<circle cx="{at:.1f}" cy="{middle}" r="{height * 0.2:.1f}" fill="#fff"'
                      f' stroke="{colour}" stroke-width="2.5"/>')  # fmt: skip
    for x, size in ((left, 0.3), (right, 0.46)):
        pieces.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{middle - height * size:.1f}"'
            f' y2="{middle + height * size:.1f}" stroke="{_INK}" stroke-width="2"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{"".join(pieces)}</svg>'
    )


def _box(left: float, right: float, middle: float, thick: float, colour: str) -> str:
    return (
        f'<rect x="{left:.1f}" y="{middle - thick / 2:.1f}" width="{right - left:.1f}" '
        f'height="{thick:.1f}" fill="{colour}"/>'
    )


def bar_html(row: Mapping[str, Any], *, better: str) -> str:
    """The bar with the numbers of its ends in words; "" without a target."""
    both = ends(row, better=better)
    if both is None:
        return ""
    share = place(row, better=better)
    colour = COLOURS[str(row["verdict"])]
    parts = ['<div class="qt-bar"><div class="qt-bar-track"></div>']
    if share is not None:
        at = min(max(MARGIN + share * (1 - 2 * MARGIN), 0.02), 0.98) * 100
        low, high = sorted((MARGIN * 100, at))
        parts.append(
            f'<div class="qt-bar-fill" style="left:{low:.1f}%;width:{high - low:.1f}%;'
            f'background:{colour}"></div><div class="qt-bar-dot" style="left:{at:.1f}%;'
            f'border-color:{colour}"></div>'
        )
    is_baseline = both[0] == float(row["baseline"])
    year = f"{int(row['baseline_year'])} 年 " if is_baseline else ""
    aim = f"{int(row['target_year'])} 年 " if row["target_year"] is not None else ""
    parts.append(
        f'<i style="left:{MARGIN * 100:.0f}%"></i><i style="left:{100 - MARGIN * 100:.0f}%"></i>'
        f'</div><div class="qt-bar-ends"><span>{year}{number_text(both[0])}</span>'
        f"<span>{aim}{number_text(both[1])}</span></div>"
    )
    return "".join(parts)


__all__ = ["COLOURS", "FILLS", "bar_html", "bar_image", "bar_svg", "ends", "place"]
