"""The small map beside the legend that shows where the sheet lies in something larger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely.affinity import affine_transform

from reports.printing.drawing import PrintLayer
from reports.printing.fonts import printable
from reports.printing.furniture import sheet_axes, sheet_text
from reports.printing.shapes import draw_layer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reports.printing.drawing import Locator
    from reports.printing.paper import Box

HEAD_MM: Final = 4.0
"""Height that the title takes."""

LARGEST_SHARE: Final = 0.7
"""What shows more of the whole than this, in its longer side, needs no locator."""

_DETAIL: Final = 300
"""Outlines are simplified by the longer side divided by this: 0.1 mm of paper."""

_MANY: Final = 40
"""Parts of the whole from which outlines are finer."""

_SMALLEST_MM: Final = 1.6
"""A smaller place is marked by a square of this size, so that it is seen at all."""


def is_worth_it(locator: Locator | None) -> bool:
    """Whether there is something larger in which the sheet takes up a part."""
    if locator is None or not len(locator.around) or locator.here.is_empty:
        return False
    whole, here = shapely.total_bounds(locator.around), np.array(locator.here.bounds)
    if np.isnan(whole).any():
        return False
    return bool(_side(here) <= LARGEST_SHARE * _side(whole))


def whole_aspect(locator: Locator) -> float:
    """Width of the larger whole, divided by its height."""
    west, south, east, north = shapely.total_bounds(locator.around)
    return float(max(east - west, 1.0) / max(north - south, 1.0))


def draw_locator(figure: Figure, locator: Locator, box: Box, *, times: float) -> None:
    """
    Draw the larger whole with the place of the sheet, and its title above it.

    Parameters
    ----------
    figure
        Its axes are in mm of the sheet.
    locator
        For which `is_worth_it` holds.
    box
        Where it stands.
    times
        How much larger than on A4.
    """
    head = HEAD_MM * times
    sheet_text(figure, box.left, box.top - head * 0.7, printable(locator.title), size=7.0 * times)
    west, south, east, north = shapely.total_bounds(locator.around)
    wide, high = max(east - west, 1.0), max(north - south, 1.0)
    scale = min(box.width / wide, (box.height - head) / high)
    left = box.left + (box.width - wide * scale) / 2
    bottom = box.bottom + (box.height - head - high * scale) / 2
    onto = [scale, 0, 0, scale, left - west * scale, bottom - south * scale]
    # Each outline by itself: neighbours need not meet at this size.
    around = shapely.simplify(locator.around, max(wide, high) / _DETAIL)
    outlines = np.array([affine_transform(each, onto) for each in around], dtype=object)
    here = affine_transform(locator.here, onto)
    if _side(np.array(here.bounds)) < _SMALLEST_MM:
        here = here.centroid.buffer(_SMALLEST_MM / 2, cap_style="square")
    axes = sheet_axes(figure)
    width = 0.35 if len(outlines) <= _MANY else 0.2
    draw_layer(axes, PrintLayer("area", outlines, fill="#eceae3", edge="#8a8f99", width=width))
    draw_layer(
        axes,
        PrintLayer(
            "area", np.array([here], dtype=object), order=1, fill="#d55e00", opacity=0.75,
            edge="#2b3642", width=2 * width,
        ),
    )  # fmt: skip


def _side(bounds: np.ndarray) -> float:
    return float(max(bounds[2] - bounds[0], bounds[3] - bounds[1]))
