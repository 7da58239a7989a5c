"""The legend of a map: samples drawn as on the map, with counts; it never lies on the map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from reports.printing.drawing import POINT_SHAPES
from reports.printing.fonts import printable
from reports.printing.furniture import sheet_axes, sheet_text
from reports.printing.lettering import cut, width_mm
from reports.printing.shapes import draw_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from reports.printing.drawing import Panel, PrintLayer
    from reports.printing.paper import Box

SIZES_PT: Final = (7.2, 6.6, 6.0)
"""Sizes of the letters that read well; a legend has one."""

SMALL_SIZES_PT: Final = (5.4, 4.8)
"""The last resort, where a map would have no room beside its legend."""

HEAD_MM: Final = 7.0
"""Height of the word 图例 above the rows."""

ROW_MM: Final = 0.71
"""Height of a row for each point of its letters."""

SAMPLE_MM: Final = 7.0
"""Length of samples of lines and areas, and the largest of a dot."""

LEAST_WIDTH_PT: Final = 0.7
"""A finer line is not seen in so short a sample."""

TEXT_MOST_MM: Final = 60.0
"""Longer names are cut, so that one cannot push the map from the sheet."""

COLUMN_GAP_MM: Final = 3.0
WIDEST_GAP_MM: Final = 9.0

_POINT_MM: Final = 3.6
"""Least width of a sample in a column of points."""

_AIR_MM: Final = 0.7
"""Between samples of large dots."""

_TEXT_GAP_MM: Final = 1.6


@dataclass(frozen=True)
class LegendRow:
    """
    A row before it has its place.

    Parameters
    ----------
    layer
        As `legend_rows` gives it.
    name, count
        What can be printed of its texts.
    width_pt
        Width of its text, mm for each point of its size.
    sample_mm
        Size of its sample of points; 0 for lines and areas.
    follows
        Whether it must stand under the row before it: the sizes of dots.
    """

    layer: PrintLayer
    name: str
    count: str
    width_pt: float
    sample_mm: float
    follows: bool


@dataclass(frozen=True)
class LegendPlan:
    """
    Rows in columns, all letters of one size.

    Parameters
    ----------
    columns
        Rows from top to bottom.
    widths
        Of each column, mm.
    height
        With the word 图例, mm.
    size_pt
        Of the letters.
    times
        How much larger than on A4 everything is.
    left_out
        Names without room.
    """

    columns: tuple[tuple[LegendRow, ...], ...]
    widths: tuple[float, ...]
    height: float
    size_pt: float
    times: float
    left_out: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """Of all columns with the least gaps between them, mm."""
        return sum(self.widths) + COLUMN_GAP_MM * self.times * max(len(self.widths) - 1, 0)


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
            replace(layer, name=said, count="", size=size, sign="", size_key=())
            for size, said in layer.size_key
        ]
    return sorted(rows, key=_place)


def _place(row: PrintLayer) -> tuple[int, int]:
    """Where a row stands; what is equal stays in its order."""
    if row.shape in POINT_SHAPES:
        return 2, row.order
    return ("area", "line").index(row.shape) if row.shape in ("area", "line") else 2, 0


def measured(rows: Sequence[PrintLayer]) -> tuple[LegendRow, ...]:
    """Rows with the width of their texts, worked out once for all arrangements that are tried."""
    found: list[LegendRow] = []
    sizes = 0
    for layer in rows:
        name, count = printable(layer.name), printable(layer.count)
        count = f"（{count}）" if count else ""
        found.append(
            LegendRow(
                layer, name, count, width_mm(name + count, 1.0), _sample_mm(layer), sizes > 0
            )
        )  # fmt: skip
        sizes = len(layer.size_key) or max(sizes - 1, 0)
    return tuple(found)


def in_columns(
    rows: Sequence[LegendRow], count: int, *, size_pt: float, times: float
) -> LegendPlan:
    """
    The lowest legend of at most so many columns.

    Parameters
    ----------
    rows
        As `measured` gives them.
    count
        Columns, >= 1.
    size_pt, times
        Of the letters; how much larger than on A4.
    """
    heights = [_height(row, size_pt, times) for row in rows]
    room = max(sum(heights) / count, max(heights, default=0.0))
    # Each step lets one more row into a column, so the first that fits is the lowest.
    while len(split := _split(rows, heights, room)) > count:
        room += ROW_MM * size_pt * times / 2
    return _plan(rows, split, heights, size_pt=size_pt, times=times)


def in_height(
    rows: Sequence[LegendRow], height: float, *, size_pt: float, times: float
) -> LegendPlan:
    """The legend of as few columns as stand in a height, mm."""
    heights = [_height(row, size_pt, times) for row in rows]
    room = max(height - HEAD_MM * times, max(heights, default=0.0))
    split = _split(rows, heights, room)
    # The same number of columns, but as even as they can be only where that saves height.
    return _plan(rows, split, heights, size_pt=size_pt, times=times)


def cut_to(plan: LegendPlan, *, width: float, height: float) -> LegendPlan:
    """What fits of a legend into a box; the names of the rest are in `left_out`."""
    rows = [row for column in plan.columns for row in column]
    short = in_height(rows, height, size_pt=plan.size_pt, times=plan.times)
    kept = len(short.columns)
    while kept > 1 and replace(short, widths=short.widths[:kept]).width > width:
        kept -= 1
    gone = [row.name for column in short.columns[kept:] for row in column if not row.follows]
    return replace(
        short, columns=short.columns[:kept], widths=short.widths[:kept], left_out=tuple(gone)
    )


def _height(row: LegendRow, size_pt: float, times: float) -> float:
    return max(ROW_MM * size_pt, row.sample_mm + _AIR_MM) * times


def _split(
    rows: Sequence[LegendRow], heights: Sequence[float], room: float
) -> list[tuple[int, int]]:
    """First and last row of each column; sizes of dots stay below their name where they can."""
    columns: list[tuple[int, int]] = []
    start = 0
    while start < len(rows):
        end, used = start, 0.0
        while end < len(rows) and (end == start or used + heights[end] <= room + 1e-6):
            used += heights[end]
            end += 1
        back = end
        while end < len(rows) and back > start and rows[back].follows:
            back -= 1
        end = back if back > start else end
        columns.append((start, end))
        start = end
    return columns


def _plan(
    rows: Sequence[LegendRow],
    split: Sequence[tuple[int, int]],
    heights: Sequence[float],
    *,
    size_pt: float,
    times: float,
) -> LegendPlan:
    columns = tuple(tuple(rows[start:end]) for start, end in split)
    widths = tuple(
        _cell_mm(column) * times
        + min(max(row.width_pt for row in column) * size_pt, TEXT_MOST_MM) * times
        for column in columns
    )
    high = max((sum(heights[start:end]) for start, end in split), default=0.0)
    return LegendPlan(columns, widths, high + HEAD_MM * times, size_pt, times)


def draw_legend(figure: Figure, plan: LegendPlan, box: Box, *, symbols: float = 1.0) -> None:
    """
    Write the legend from the upper left corner of a box.

    Parameters
    ----------
    figure
        Its axes are in mm of the sheet.
    plan
        That fits into the box.
    box
        Where the legend stands: columns move apart a little where there is room.
    symbols
        How much smaller symbols of points are drawn than their layers say.
    """
    times = plan.times
    sheet_text(figure, box.left, box.top - 4.6 * times, "图  例", size=9.0 * times)
    spare = (box.width - sum(plan.widths)) / max(len(plan.widths), 1)
    gap = min(max(spare, COLUMN_GAP_MM * times), WIDEST_GAP_MM * times)
    left = box.left
    for column, width in zip(plan.columns, plan.widths, strict=True):
        top = box.top - HEAD_MM * times
        cell = _cell_mm(column) * times
        for row in column:
            high = _height(row, plan.size_pt, times)
            _draw_row(figure, row, (left, top - high / 2), plan, cell=cell, symbols=symbols)
            top -= high
        left += width + gap


def _draw_row(
    figure: Figure,
    row: LegendRow,
    place: tuple[float, float],
    plan: LegendPlan,
    *,
    cell: float,
    symbols: float,
) -> None:
    left, middle = place
    times, size = plan.times, plan.size_pt * plan.times
    wide, high = cell - _TEXT_GAP_MM * times, ROW_MM * size * 0.55
    sample = _sample(row.layer, left, middle, wide=wide, high=high)
    scale = times * (symbols if row.layer.shape in POINT_SHAPES else 1.0)
    draw_layer(sheet_axes(figure), sample, times=scale)
    # Of a long name its end goes, never the count.
    room = TEXT_MOST_MM * times - width_mm(row.count, size) + 1e-6
    said = cut(row.name, room_mm=room, size_pt=size) + row.count
    sheet_text(figure, left + cell, middle, said, size=size, va="center_baseline")


def _cell_mm(column: Sequence[LegendRow]) -> float:
    """Width of the samples of a column with the gap to the texts, mm on A4."""
    if not all(row.sample_mm for row in column):
        return SAMPLE_MM + _TEXT_GAP_MM
    wide = max(_POINT_MM, *(row.sample_mm for row in column))
    return wide + _TEXT_GAP_MM


def _sample_mm(layer: PrintLayer) -> float:
    """Size of the sample of points: the middling one; 0 for lines and areas."""
    if layer.shape not in POINT_SHAPES:
        return 0.0
    size = np.asarray(layer.size, dtype=float)
    return min(float(np.median(size)) if size.size else 1.6, SAMPLE_MM)


def _sample(
    layer: PrintLayer, left: float, middle: float, *, wide: float, high: float
) -> PrintLayer:
    if layer.shape == "area":
        shape = shapely.box(left, middle - high / 2, left + wide, middle + high / 2)
    elif layer.shape == "line":
        shape = shapely.LineString([(left, middle), (left + wide, middle)])
    else:
        shape = shapely.Point(left + wide / 2, middle)
    # Signs that differ from point to point are no sign of the layer.
    sign = layer.sign if isinstance(layer.sign, str) else ""
    width = max(layer.width, LEAST_WIDTH_PT) if layer.shape == "line" else layer.width
    return replace(
        layer, geometry=np.array([shape], dtype=object), size=_sample_mm(layer), sign=sign,
        width=width, order=5, names=None,
    )  # fmt: skip
