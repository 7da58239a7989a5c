"""What stands around a map: scale bar and north arrow; texts on the sheet, extents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.patches import Polygon, Rectangle

from reports.printing.fonts import chinese_font
from reports.printing.lonlat import from_degrees, to_degrees

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from reports.printing.drawing import PrintMap
    from reports.printing.paper import Box

INK: Final = "#2b3642"
_STEPS: Final = (1.0, 2.0, 5.0)
_BAR_MM: Final = 38.0
"""Longest scale bar."""


def scale_bar(figure: Figure, box: Box, *, metres_per_mm: float, times: float) -> None:
    """
    A bar in 米 or 千米 with four parts, and the scale as a ratio.

    Parameters
    ----------
    figure
        Its axes are in mm of the sheet.
    box
        Where it stands: the bar along the lower edge.
    metres_per_mm
        Metres on the ground for a millimetre of paper.
    times
        How much larger than on A4.
    """
    length_m = bar_length(min(_BAR_MM * times, box.width - 12 * times) * metres_per_mm)
    width = length_m / metres_per_mm
    axes = sheet_axes(figure)
    height = 1.5 * times
    for part in range(4):
        axes.add_patch(
            Rectangle(
                (box.left + width * part / 4, box.bottom), width / 4, height, linewidth=0.5,
                facecolor=INK if part % 2 == 0 else "#ffffff", edgecolor=INK,
            )
        )  # fmt: skip
    in_km = length_m >= 1000  # noqa: PLR2004 - a kilometre
    unit = "千米" if in_km else "米"
    for part in (0, 2, 4):
        value = length_m * part / 4 / (1000 if in_km else 1)
        said = f"{value:,.10g}{unit if part == 4 else ''}"  # noqa: PLR2004 - the last one
        sheet_text(
            figure, box.left + width * part / 4, box.bottom + height + 0.7, said,
            size=6.5 * times, ha="center" if part else "left", va="bottom",
        )  # fmt: skip
    ratio = metres_per_mm * 1000
    sheet_text(
        figure, box.left, box.bottom - 1.0 * times, f"比例尺 1∶{round_ratio(ratio):,}",
        size=6.5 * times, va="top",
    )  # fmt: skip


def bar_length(most_m: float) -> float:
    """The largest of 1, 2, 5, 10, 20 … metres that is not above `most_m`."""
    power = 10.0 ** math.floor(math.log10(most_m))
    return max(step * power for step in _STEPS if step * power <= most_m)


def round_ratio(ratio: float) -> int:
    """A scale to three figures: more would claim what paper does not hold."""
    digits = max(0, math.floor(math.log10(ratio)) - 2)
    return round(ratio / 10**digits) * 10**digits


def north_degrees(crs: str, x: float, y: float) -> float:
    """
    Where true north lies on the map, degrees clockwise from the top of the sheet.

    Parameters
    ----------
    crs
        Of the map, projected.
    x, y
        Middle of the map, metres.
    """
    lon, lat = to_degrees(crs).transform(x, y)
    step = 0.01 if lat < 80 else -0.01  # noqa: PLR2004 - near the pole the other way
    (x0, x1), (y0, y1) = from_degrees(crs).transform([lon, lon], [lat, lat + step])
    sign = math.copysign(1.0, step)
    return math.degrees(math.atan2(sign * (x1 - x0), sign * (y1 - y0)))


def north_arrow(figure: Figure, box: Box, *, degrees: float, times: float) -> None:
    """
    An arrow that points to true north, with 北 above its tip.

    Parameters
    ----------
    figure
        Its axes are in mm of the sheet.
    box
        Where it stands.
    degrees
        As `north_degrees` gives them.
    times
        How much larger than on A4.
    """
    long = 9.0 * times
    centre = np.array([box.left + box.width / 2, box.bottom + long / 2])
    turn = math.radians(degrees)
    up = np.array([math.sin(turn), math.cos(turn)])
    right = np.array([up[1], -up[0]])
    tip, foot = centre + up * long / 2, centre - up * long / 2
    notch = centre - up * long * 0.28
    axes = sheet_axes(figure)
    for side, face in ((-1, INK), (1, "#ffffff")):
        corners = [tip, foot + side * right * long * 0.28, notch]
        axes.add_patch(Polygon(corners, closed=True, facecolor=face, edgecolor=INK, linewidth=0.6))
    above = tip + up * 1.8 * times
    sheet_text(figure, above[0], above[1], "北", size=7.5 * times, ha="center", va="center")


def sheet_axes(figure: Figure) -> Axes:
    """Axes over the whole sheet in mm, made once."""
    for axes in figure.axes:
        if axes.get_label() == "sheet":
            return axes
    width, height = figure.get_size_inches() * 25.4
    axes = figure.add_axes((0, 0, 1, 1), label="sheet", zorder=10)
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.axis("off")
    axes.patch.set_visible(False)
    return axes


def sheet_text(
    figure: Figure, x: float, y: float, said: str, *, size: float, **how: object
) -> None:
    """A text on the sheet at a place in mm, in the Chinese font and never read as a formula."""
    sheet_axes(figure).text(
        x, y, said, fontproperties=chinese_font(), fontsize=size, parse_math=False,
        **{"color": INK, "ha": "left", "va": "baseline", **how},
    )  # fmt: skip


def extent_to_fit(
    print_map: PrintMap, box: Box, *, top_mm: float = 0.0
) -> tuple[float, float, float, float]:
    """
    The extent of a map with a margin, widened to the shape of its box.

    Parameters
    ----------
    print_map
        With the extent that must be seen.
    box
        Where it is drawn.
    top_mm
        Strip at the top of the box that stays free of it, for the title of the panel.
    """
    west, south, east, north = print_map.extent
    wide, high = max(east - west, 1.0) * 1.06, max(north - south, 1.0) * 1.06
    metres_per_mm = max(wide / box.width, high / (box.height - top_mm))
    x, y = (west + east) / 2, (south + north) / 2 + top_mm * metres_per_mm / 2
    half_wide, half_high = metres_per_mm * box.width / 2, metres_per_mm * box.height / 2
    return x - half_wide, y - half_high, x + half_wide, y + half_high
