"""The legend of a map: samples drawn as on the map, with counts; it never lies on the map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from reports.printing.drawing import POINT_SHAPES
from reports.printing.fonts import printable
from reports.printing.furniture import sheet_axes, sheet_text
from reports.printing.lettering import fitted
from reports.printing.paper import COMFORTABLE_MM, LEGEND_HEAD_MM
from reports.printing.shapes import draw_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from reports.printing.drawing import Panel, PrintLayer
    from reports.printing.paper import Box

ROW_MM: Final = 5.6
SMALLEST_MM: Final = 3.4
"""How far rows are pressed together before a legend is cut and says so."""

SAMPLE_MM: Final = 7.0
FONT_PT: Final = 7.2
SMALLEST_PT: Final = 4.8

COLUMN_MM: Final = 42.0
"""Width that a column of the legend needs."""

_AIR_MM: Final = 0.7
"""Between samples of large dots."""


@dataclass(frozen=True)
class _Slot:
    """Where a row of the legend stands: its left edge and its middle, mm."""

    left: float
    middle: float


def legend_rows(panels: Sequence[Panel]) -> list[PrintLayer]:
    """
    The rows of one legend for all panels: a layer each, then one per sample size.

    Parameters
    ----------
    panels
        Layers of one name share a row; where their counts differ, it says both, "9 个 → 7 个".

    Returns
    -------
    rows
        Areas, then lines, then points in the order in which they are drawn.
    """
    first: dict[str, PrintLayer] = {}
    counts: list[dict[str, str]] = []
    for panel in panels:
        counts.append({layer.name: layer.count for layer in panel.layers})
        for layer in panel.layers:
            first.setdefault(layer.name, layer)
    rows: list[PrintLayer] = []
    for name, layer in first.items():
        if not name:
            continue
        told = [count.get(name, "无") for count in counts]
        rows.append(replace(layer, count=told[0] if len(set(told)) == 1 else " → ".join(told)))
        rows += [
            replace(layer, name=said, count="", size=size, sign="") for size, said in layer.size_key
        ]
    return sorted(rows, key=_place)


def _place(row: PrintLayer) -> tuple[int, int]:
    """Where a row stands; what is equal stays in its order."""
    if row.shape in POINT_SHAPES:
        return 2, row.order
    return ("area", "line").index(row.shape) if row.shape in ("area", "line") else 2, 0


def draw_legend(
    figure: Figure, rows: Sequence[PrintLayer], box: Box, *, times: float
) -> tuple[str, ...]:
    """
    Write the legend into a box, in columns and pressed together where there are many rows.

    Parameters
    ----------
    figure
        Its axes are in mm of the sheet.
    rows
        As `legend_rows` gives them.
    box
        Where the legend stands.
    times
        How much larger than on A4.

    Returns
    -------
    left_out
        Names of layers without room.
    """
    sheet_text(figure, box.left, box.top - 4.6 * times, "图  例", size=9.0 * times)
    columns, row = _arrangement(rows, box, times=times)
    slots = _slots(rows, box, columns=columns, row_mm=row, times=times)
    width = box.width / columns - 2.0 * times * (columns > 1)
    for each, slot in zip(rows, slots, strict=False):
        _draw_row(figure, each, slot, row_mm=row, times=times, width=width)
    return tuple(each.name for each in rows[len(slots) :] if each.name)


def _arrangement(rows: Sequence[PrintLayer], box: Box, *, times: float) -> tuple[int, float]:
    """Columns and height of a row: as few columns as read well, then as high as they fit."""
    most = max(1, int(box.width // (COLUMN_MM * times)))
    comfortable = (ROW_MM, 5.0, COMFORTABLE_MM)
    tried = [(columns, row) for columns in range(1, most + 1) for row in comfortable]
    tried += [(most, row) for row in (4.0, 3.7, SMALLEST_MM)]
    for columns, row in tried:
        if len(_slots(rows, box, columns=columns, row_mm=row * times, times=times)) == len(rows):
            return columns, row * times
    return most, SMALLEST_MM * times


def _slots(
    rows: Sequence[PrintLayer], box: Box, *, columns: int, row_mm: float, times: float
) -> list[_Slot]:
    """Places of as many rows as there is room for; large dots take more than a row."""
    slots: list[_Slot] = []
    top = box.top - LEGEND_HEAD_MM * times
    column, y = 0, top
    for row in rows:
        high = max(row_mm, (_sample_mm(row) + _AIR_MM) * times)
        if y - high < box.bottom and y < top:
            column, y = column + 1, top
        if column >= columns:
            break
        slots.append(_Slot(box.left + column * box.width / columns, y - high / 2))
        y -= high
    return slots


def _draw_row(
    figure: Figure, layer: PrintLayer, slot: _Slot, *, row_mm: float, times: float, width: float
) -> None:
    wide, high = SAMPLE_MM * times, row_mm * 0.55
    sample = _sample(layer, slot, wide=wide, high=high)
    draw_layer(sheet_axes(figure), sample, times=times)
    size = FONT_PT * times * min(1.0, row_mm / (ROW_MM * times) + 0.12)
    said = f"{layer.name}（{layer.count}）" if layer.count else layer.name
    left = slot.left + wide + 2.0 * times
    said, size = fitted(
        printable(said), room_mm=slot.left + width - left, size_pt=size,
        smallest_pt=SMALLEST_PT * times,
    )  # fmt: skip
    sheet_text(figure, left, slot.middle, said, size=size, va="center_baseline")


def _sample_mm(layer: PrintLayer) -> float:
    """Size of the sample of points: the middling one; 0 for lines and areas."""
    if layer.shape not in POINT_SHAPES:
        return 0.0
    size = np.asarray(layer.size, dtype=float)
    return min(float(np.median(size)) if size.size else 1.6, SAMPLE_MM)


def _sample(layer: PrintLayer, slot: _Slot, *, wide: float, high: float) -> PrintLayer:
    left, middle = slot.left, slot.middle
    if layer.shape == "area":
        shape = shapely.box(left, middle - high / 2, left + wide, middle + high / 2)
    elif layer.shape == "line":
        shape = shapely.LineString([(left, middle), (left + wide, middle)])
    else:
        shape = shapely.Point(left + wide / 2, middle)
    # Signs that differ from point to point are no sign of the layer.
    sign = layer.sign if isinstance(layer.sign, str) else ""
    size = _sample_mm(layer)
    return replace(
        layer, geometry=np.array([shape], dtype=object), size=size, sign=sign, order=5, names=None
    )
