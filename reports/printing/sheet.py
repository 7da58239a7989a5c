"""A map on a sheet of paper: title, panels, legend, scale, north, foot; PNG, PDF and SVG."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.printing.fonts import with_stand_ins
from reports.printing.foot import draw_foot, foot_of
from reports.printing.furniture import (
    INK,
    extent_to_fit,
    north_arrow,
    north_degrees,
    scale_bar,
)
from reports.printing.grid import grid_lines
from reports.printing.head import draw_head, draw_panel_title
from reports.printing.layout import Asked, places
from reports.printing.legend import draw_legend, legend_rows
from reports.printing.locator import draw_locator, is_worth_it, whole_aspect
from reports.printing.names import Names
from reports.printing.paper import MM_PER_INCH, Box
from reports.printing.png import palette_png
from reports.printing.shapes import draw_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes

    from reports.printing.drawing import Locator, Panel, PrintLayer, PrintMap
    from reports.printing.layout import Places
    from reports.printing.paper import PrintSettings

Format = Literal["png", "pdf", "svg"]

PRINT_DPI: Final = 300
PREVIEW_DPI: Final = 90

_SETTINGS: Final = {
    # Type 3: cutting the needed signs out of a Chinese font for type 42 takes four times as long
    # as all the rest of a PDF; the text can be searched and copied with either.
    "pdf.fonttype": 3,
    "svg.fonttype": "none",
    # No list of Western fonts beside the Chinese ones in every text of an SVG.
    "font.sans-serif": [],
    "svg.hashsalt": "quantu",
    "hatch.linewidth": 0.45,
    "text.parse_math": False,
    # Letters keep their true width at every resolution, so that what fits on paper fits on screen.
    "text.hinting": "no_hinting",
    "path.simplify": True,
}
"""Text stays text, and the same map gives the same bytes."""

_METADATA: Final[dict[Format, dict[str, object]]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
}
"""Neither the time of day nor versions: a replay gives the same bytes."""

_LOCK: Final = threading.Lock()
"""Matplotlib's settings and fonts are those of the whole process."""


def map_bytes(
    print_map: PrintMap,
    settings: PrintSettings,
    *,
    formats: Sequence[Format],
    dpi: int = PRINT_DPI,
) -> dict[Format, bytes]:
    """
    Draw a map once and give it in several formats.

    Parameters
    ----------
    print_map
        What to draw.
    settings
        The sheet and its fields.
    formats
        "png", "pdf", "svg".
    dpi
        Dots per inch of the PNG.

    Raises
    ------
    OutputError
        If there is no Chinese font.
    """
    with _LOCK, mpl.rc_context(_SETTINGS):
        figure = _drawn(print_map, settings)
        contents: dict[Format, bytes] = {}
        for each in formats:
            if each == "png":
                contents[each] = palette_png(_dots(figure, dpi=dpi), dpi=dpi)
                continue
            written = io.BytesIO()
            figure.savefig(written, format=each, dpi=dpi, metadata=_METADATA[each])
            content = written.getvalue()
            contents[each] = with_stand_ins(content) if each == "svg" else content
    return contents


def _dots(figure: Figure, *, dpi: int) -> npt.NDArray[np.uint8]:
    """The sheet as shape (height, width, 4), at a resolution of its own."""
    before = figure.dpi
    figure.dpi = dpi
    try:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())
    finally:
        figure.dpi = before


def _drawn(print_map: PrintMap, settings: PrintSettings) -> Figure:
    width, height = settings.size_mm
    times = settings.enlarged
    # Names are placed at the resolution of the paper, whatever the picture's.
    figure = Figure((width / MM_PER_INCH, height / MM_PER_INCH), dpi=100, facecolor="#ffffff")
    locator = print_map.locator if settings.locator and is_worth_it(print_map.locator) else None
    where = _places(print_map, settings, locator)
    extents = [
        extent_to_fit(print_map, box, top_mm=where.titles.height) for box in where.panels
    ]  # fmt: skip
    metres_per_mm = (extents[0][2] - extents[0][0]) / where.panels[0].width
    symbols = symbol_share(print_map.extent, metres_per_mm=metres_per_mm, times=times)
    left_out = 0
    panels = zip(print_map.panels, where.panels, extents, where.titles.lines, strict=True)
    for panel, box, extent, lines in panels:
        axes = _panel_axes(figure, box, extent)
        names = _Free(where.titles.height if lines else 0.0, settings.grid, times, symbols)
        left_out += _draw_panel(axes, panel, print_map, names=names)
        draw_panel_title(figure, lines, box, size_pt=where.titles.size_pt, times=times)
    draw_head(figure, print_map, settings, where.title)
    _furniture(figure, print_map, where.furniture, metres_per_mm=metres_per_mm, times=times)
    if locator is not None and where.locator is not None:
        draw_locator(figure, locator, where.locator, times=times)
    draw_legend(figure, where.plan, where.legend, symbols=symbols)
    remarks = [*print_map.remarks]
    if left_out:
        remarks.append(_without_room(left_out))
    if where.plan.left_out:
        remarks.append(_not_listed(where.plan.left_out))
    foot = foot_of(
        settings, width=where.foot.width, remarks=remarks, label=print_map.label,
        height=where.foot.height,
    )  # fmt: skip
    draw_foot(figure, foot, where.foot, times=times)
    return figure


def _places(print_map: PrintMap, settings: PrintSettings, locator: Locator | None) -> Places:
    """Where everything stands; the foot has room for what is known only after drawing."""
    west, south, east, north = print_map.extent
    named = any(layer.names is not None for panel in print_map.panels for layer in panel.layers)
    asked = Asked(
        legend_rows(print_map.panels), [panel.title for panel in print_map.panels],
        aspect=max(east - west, 1.0) / max(north - south, 1.0),
        locator_aspect=0.0 if locator is None else whole_aspect(locator),
    )  # fmt: skip
    remarks = [*print_map.remarks, _without_room(999) if named else ""]
    width = settings.size_mm[0] - 2 * settings.edge_mm
    foot = foot_of(settings, width=width, remarks=remarks, label=print_map.label)
    where = places(settings, replace(asked, foot_mm=foot.height))
    if where.plan.left_out:
        remarks.append(_not_listed(where.plan.left_out))
        foot = foot_of(settings, width=width, remarks=remarks, label=print_map.label)
        where = places(settings, replace(asked, foot_mm=foot.height))
    return where


def _not_listed(names: Sequence[str]) -> str:
    return f"图例未列：{'、'.join(names)}"


def _without_room(names: int) -> str:
    return f"另有 {names:,} 个名称因位置不够未注记"


def symbol_share(
    extent: tuple[float, float, float, float], *, metres_per_mm: float, times: float
) -> float:
    """
    How much smaller symbols of points are drawn where the map is smaller than on A4.

    Parameters
    ----------
    extent
        That must be seen, metres.
    metres_per_mm
        Metres on the ground for a millimetre of paper.
    times
        How much larger than on A4 everything is.
    """
    west, south, east, north = extent
    longer = max(east - west, north - south) / metres_per_mm
    return min(max(longer / (_FULL_MM * times), _SMALLEST_SYMBOLS), 1.0)


_FULL_MM: Final = 140.0
"""Longer side of a study area on A4 from which symbols have their full size."""

_SMALLEST_SYMBOLS: Final = 0.72


def _panel_axes(figure: Figure, box: Box, extent: tuple[float, float, float, float]) -> Axes:
    width, height = figure.get_size_inches() * MM_PER_INCH
    axes = figure.add_axes(
        (box.left / width, box.bottom / height, box.width / width, box.height / height)
    )
    axes.set_xlim(extent[0], extent[2])
    axes.set_ylim(extent[1], extent[3])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor("#f4f3ef")
    for spine in axes.spines.values():
        spine.set_linewidth(0.9)
        spine.set_color(INK)
        spine.set_zorder(2000)
    return axes


@dataclass(frozen=True)
class _Free:
    """What names keep off at the edges of a panel, and how large things are."""

    top_mm: float
    grid: bool
    times: float
    symbols: float


def _draw_panel(axes: Axes, panel: Panel, print_map: PrintMap, *, names: _Free) -> int:
    """Draw a panel; how many names found no room."""
    times, small = names.times, names.times * names.symbols
    for layer in sorted(panel.layers, key=lambda each: each.order):
        draw_layer(axes, layer, times=small)
    if names.grid:
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        width_mm = axes.get_window_extent().width / axes.figure.dpi * MM_PER_INCH
        grid_lines(
            axes, print_map.crs, (west, south, east, north),
            metres_per_mm=(east - west) / width_mm, times=times, top_mm=names.top_mm,
        )  # fmt: skip
    named = [layer for layer in panel.layers if layer.names is not None]
    if not named:
        return 0
    setter = Names(axes)
    at_frame = GRID_TEXT_MM * times if names.grid else 0.0
    setter.keep_off_edges(top_mm=names.top_mm, left_mm=at_frame, bottom_mm=at_frame)
    setter.keep_clear([each for each in panel.layers if each.order >= _WORK], times=small)
    return sum(
        setter.write(layer, times=times, symbols=names.symbols).left_out
        for layer in _by_rank(named)
    )


GRID_TEXT_MM: Final = 3.4
"""Strip along the frame that degrees take."""

_WORK: Final = 300
"""Drawing order from which symbols are kept clear of names: facilities, uncovered villages."""


def _by_rank(layers: Sequence[PrintLayer]) -> list[PrintLayer]:
    """Names of zones first, they are few and say where one is; then those drawn on top."""
    return sorted(layers, key=lambda each: (each.shape != "label", -each.order))


def _furniture(
    figure: Figure, print_map: PrintMap, box: Box, *, metres_per_mm: float, times: float
) -> None:
    """Scale bar at the lower left of a box, north arrow at its right."""
    west, south, east, north = print_map.extent
    degrees = north_degrees(print_map.crs, (west + east) / 2, (south + north) / 2)
    arrow = Box(box.right - 9 * times, box.bottom + 0.5 * times, 9 * times, 10 * times)
    bar = Box(box.left, box.bottom + 4 * times, box.width - 10 * times, 6 * times)
    north_arrow(figure, arrow, degrees=degrees, times=times)
    scale_bar(figure, bar, metres_per_mm=metres_per_mm, times=times)
