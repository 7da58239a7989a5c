"""Lines of longitude and latitude on a map, each with its degrees at the frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.lines import Line2D

from reports.printing.fonts import chinese_font
from reports.printing.lettering import width_mm
from reports.printing.lonlat import from_degrees, to_degrees

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

    Extent = tuple[float, float, float, float]

COLOUR: Final = "#9aa3ab"
TEXT_COLOUR: Final = "#5b6570"
TEXT_PT: Final = 5.5
_AIR_MM: Final = 1.0

_LINES: Final = 3
"""Lines of longitude, and of latitude, that a map should have at least."""

_STEPS: Final = tuple(
    seconds / 3600
    for seconds in (1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000)
)
"""Degrees between lines: whole seconds, minutes or degrees."""

_POINTS: Final = 60
"""Corners of a line: those of latitude are curves."""


def grid_lines(
    axes: Axes,
    crs: str,
    extent: Extent,
    *,
    metres_per_mm: float,
    times: float,
    top_mm: float = 0.0,
) -> None:
    """
    Lines of longitude and latitude, each with its degrees and minutes at the frame.

    Parameters
    ----------
    axes
        In metres of `crs`.
    crs
        Of the map.
    extent
        (west, south, east, north) of the frame, metres.
    metres_per_mm
        Metres on the ground for a millimetre of paper: a label that the frame would cut, or that
        would lie on another in the corner, is not written.
    times
        How much larger than on A4.
    top_mm
        Strip at the top where no labels stand: the title of a panel lies there.
    """
    west, south, east, north = extent
    onto = from_degrees(crs)
    highest = north - top_mm * metres_per_mm
    x = np.concatenate([np.linspace(west, east, 25)] * 2)
    y = np.concatenate([np.full(25, south), np.full(25, north)])
    lon, lat = to_degrees(crs).transform(x, y)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        # Coordinates far outside the projection have no degrees: a map without lines, not none.
        return
    for values, other, is_lon in ((lon, lat, True), (lat, lon, False)):
        step = grid_step(float(values.max() - values.min()))
        along = np.linspace(other.min(), other.max(), _POINTS)
        for number in range(
            math.ceil(values.min() / step), math.floor(values.max() / step) + 1
        ):  # fmt: skip
            fixed = np.full(_POINTS, number * step)
            px, py = onto.transform(*((fixed, along) if is_lon else (along, fixed)))
            axes.add_line(
                Line2D(px, py, color=COLOUR, linewidth=0.35, zorder=45, solid_capstyle="butt")
            )
            said = degrees_text(number * step, is_lon=is_lon)
            room = (width_mm(said, TEXT_PT * times) / 2 + _AIR_MM * times) * metres_per_mm
            if is_lon:
                at = _crossing(py, px, south)
                if west + room <= at <= east - room:
                    _label(axes, (at, south), (0, 2), said, times=times, ha="center", va="bottom")
            else:
                at = _crossing(px, py, west)
                # Above the labels of the lower edge.
                if south + room + 3.0 * times * metres_per_mm <= at <= highest - room:
                    _label(
                        axes, (west, at), (2, 0), said, times=times, rotation=90, ha="left",
                        va="center",
                    )  # fmt: skip


def grid_step(span: float) -> float:
    """The widest step in degrees that still gives a few lines over a span in degrees."""
    fitting = [step for step in _STEPS if span / step >= _LINES]
    return fitting[-1] if fitting else _STEPS[0]


def degrees_text(degrees: float, *, is_lon: bool) -> str:
    """
    A longitude or latitude, with seconds only where there are some.

    Examples
    --------
    >>> degrees_text(117.5, is_lon=True), degrees_text(-33.0025, is_lon=False)
    ('117°30′E', '33°00′09″S')
    """
    seconds = round(abs(degrees) * 3600)
    half = ("E" if degrees >= 0 else "W") if is_lon else ("N" if degrees >= 0 else "S")
    rest = f"{seconds % 60:02d}″" if seconds % 60 else ""
    return f"{seconds // 3600}°{seconds // 60 % 60:02d}′{rest}{half}"


def _crossing(along: npt.NDArray[np.float64], value: npt.NDArray[np.float64], at: float) -> float:
    """Where a line crosses an edge of the frame; NaN where it does not."""
    order = np.argsort(along)
    return float(np.interp(at, along[order], value[order], left=np.nan, right=np.nan))


def _label(
    axes: Axes,
    place: tuple[float, float],
    away: tuple[float, float],
    said: str,
    *,
    times: float,
    **how: object,
) -> None:
    """Degrees beside the frame, points away from it, so that its line does not cross them."""
    axes.annotate(
        said, place, xytext=away, textcoords="offset points", fontproperties=chinese_font(),
        fontsize=TEXT_PT * times, color=TEXT_COLOUR, zorder=950, parse_math=False,
        bbox={"facecolor": "#ffffff", "alpha": 0.75, "linewidth": 0, "pad": 0.6}, **how,
    )  # fmt: skip
