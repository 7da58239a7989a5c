"""A map on a sheet of paper: title, panels, legend, scale, north, foot; PNG, PDF and SVG."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.printing.fonts import printable
from reports.printing.foot import draw_foot
from reports.printing.furniture import (
    INK,
    extent_to_fit,
    north_arrow,
    north_degrees,
    scale_bar,
    sheet_text,
)
from reports.printing.grid import grid_lines
from reports.printing.legend import draw_legend, legend_rows
from reports.printing.lettering import fitted, width_mm
from reports.printing.locator import draw_locator, is_worth_it
from reports.printing.names import Names
from reports.printing.paper import (
    FURNITURE_MM,
    LOCATOR_MM,
    MM_PER_INCH,
    PANEL_TITLE_MM,
    Box,
    places,
)
from reports.printing.shapes import draw_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from reports.printing.drawing import Panel, PrintLayer, PrintMap
    from reports.printing.paper import PrintSettings

Format = Literal["png", "pdf", "svg"]

PRINT_DPI: Final = 300
PREVIEW_DPI: Final = 90

PNG_LEVEL: Final = 2
"""Of 9: a file is a fourteenth larger than at 6 and written twice as fast."""

_SETTINGS: Final = {
    # Type 3: cutting the needed signs out of a Chinese font for type 42 takes four times as long
    # as all the rest of a PDF; the text can be searched and copied with either.
    "pdf.fonttype": 3,
    "svg.fonttype": "none",
    "svg.hashsalt": "quantu",
    "hatch.linewidth": 0.45,
    "text.parse_math": False,
    # Letters keep their true width at every resolution, so that what fits on paper fits on screen.
    "text.hinting": "no_hinting",
    "path.simplify": True,
}
"""Text stays text, and the same map gives the same bytes."""

_METADATA: Final[dict[Format, dict[str, object]]] = {
    "png": {"Software": None},
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
            written = io.BytesIO()
            more = {"pil_kwargs": {"compress_level": PNG_LEVEL}} if each == "png" else {}
            figure.savefig(written, format=each, dpi=dpi, metadata=_METADATA[each], **more)
            contents[each] = written.getvalue()
    return contents


def _drawn(print_map: PrintMap, settings: PrintSettings) -> Figure:
    width, height = settings.size_mm
    # Names are placed at the resolution of the paper, whatever the picture's.
    figure = Figure((width / MM_PER_INCH, height / MM_PER_INCH), dpi=100, facecolor="#ffffff")
    canvas = FigureCanvasAgg(figure)
    rows = legend_rows(print_map.panels)
    locator = print_map.locator if settings.locator and is_worth_it(print_map.locator) else None
    west, south, east, north = print_map.extent
    where = places(
        settings, panels=len(print_map.panels), rows=len(rows), locator=locator is not None,
        aspect=max(east - west, 1.0) / max(north - south, 1.0),
    )  # fmt: skip
    titled = any(panel.title for panel in print_map.panels)
    top = PANEL_TITLE_MM * settings.enlarged if titled else 0.0
    extents = [extent_to_fit(print_map, box, top_mm=top) for box in where.panels]
    left_out = 0
    for panel, box, extent in zip(print_map.panels, where.panels, extents, strict=True):
        axes = _panel_axes(figure, box, extent)
        left_out += _draw_panel(axes, canvas, panel, print_map, settings, box=box)
        if panel.title:
            _panel_title(figure, panel.title, box, times=settings.enlarged)
    metres_per_mm = (extents[0][2] - extents[0][0]) / where.panels[0].width
    _head(figure, print_map, settings, where.title)
    strip = _side(figure, print_map, settings, where.legend, metres_per_mm=metres_per_mm)
    if locator is not None:
        draw_locator(figure, locator, strip.locator, times=settings.enlarged)
        strip = replace(strip, legend=_beside(strip, landscape=settings.landscape))
    missing = draw_legend(figure, rows, strip.legend, times=settings.enlarged)
    remarks = [*print_map.remarks]
    if left_out:
        remarks.append(f"另有 {left_out:,} 个名称因位置不够未注记")
    if missing:
        remarks.append(f"图例未列：{'、'.join(missing)}")
    draw_foot(figure, settings, where.foot, remarks=remarks, label=print_map.label)
    return figure


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


def _draw_panel(
    axes: Axes,
    canvas: FigureCanvasAgg,
    panel: Panel,
    print_map: PrintMap,
    settings: PrintSettings,
    *,
    box: Box,
) -> int:
    """Draw a panel; how many names found no room."""
    times = settings.enlarged
    for layer in sorted(panel.layers, key=lambda each: each.order):
        draw_layer(axes, layer, times=times)
    if settings.grid:
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        grid_lines(
            axes, print_map.crs, (west, south, east, north),
            metres_per_mm=(east - west) / box.width, times=times,
        )  # fmt: skip
    named = [layer for layer in panel.layers if layer.names is not None]
    if not named:
        return 0
    names = Names(axes, canvas.get_renderer())
    at_frame = GRID_TEXT_MM * times if settings.grid else 0.0
    top = PANEL_TITLE_MM * times if panel.title else 0.0
    names.keep_off_edges(top_mm=top, left_mm=at_frame, bottom_mm=at_frame)
    names.keep_clear([each for each in panel.layers if each.order >= _WORK], times=times)
    return sum(names.write(layer, times=times).left_out for layer in _by_rank(named))


GRID_TEXT_MM: Final = 3.4
"""Strip along the frame that degrees take."""

_WORK: Final = 300
"""Drawing order from which symbols are kept clear of names: facilities, uncovered villages."""


def _by_rank(layers: Sequence[PrintLayer]) -> list[PrintLayer]:
    """Names of zones first, they are few and say where one is; then those drawn on top."""
    return sorted(layers, key=lambda each: (each.shape != "label", -each.order))


def _panel_title(figure: Figure, title: str, box: Box, *, times: float) -> None:
    said, size = fitted(
        printable(title),
        room_mm=box.width - 7 * times,
        size_pt=9.0 * times,
        smallest_pt=5.5 * times,
    )
    sheet_text(
        figure, box.left + 2 * times, box.top - 2 * times, said, size=size, va="top",
        bbox={"facecolor": "#ffffff", "edgecolor": INK, "linewidth": 0.5, "pad": 2.5},
    )  # fmt: skip


def _head(figure: Figure, print_map: PrintMap, settings: PrintSettings, box: Box) -> None:
    times = settings.enlarged
    middle = box.left + box.width / 2
    aside = 0.0
    if settings.secrecy:
        said, size = fitted(
            printable(settings.secrecy), room_mm=box.width * 0.2, size_pt=10 * times,
            smallest_pt=6 * times,
        )  # fmt: skip
        sheet_text(figure, box.right, box.top - 2 * times, said, size=size, ha="right", va="top")
        # The title stays in the middle, so what stands at one side is left free at both.
        aside = 2 * (width_mm(said, size) + 3 * times)
    title, size = fitted(
        printable(print_map.title), room_mm=box.width - aside, size_pt=15 * times,
        smallest_pt=8 * times,
    )  # fmt: skip
    sheet_text(figure, middle, box.top - 4.4 * times, title, size=size, ha="center", va="center")
    dated = printable(f"（数据截至 {settings.data_date}）") if settings.data_date else ""
    dated, small = fitted(
        dated, room_mm=box.width / 2, size_pt=8.5 * times, smallest_pt=5.5 * times
    )
    room = box.width - width_mm(dated, small)
    said, size = fitted(
        printable(print_map.subtitle), room_mm=room, size_pt=small, smallest_pt=5.5 * times
    )
    sheet_text(
        figure, middle, box.bottom + 1.2 * times, said + dated, size=size, ha="center",
        color="#4a5260",
    )  # fmt: skip


@dataclass(frozen=True)
class _Strip:
    """What stands in the strip beside or below the maps."""

    legend: Box
    locator: Box


def _side(
    figure: Figure, print_map: PrintMap, settings: PrintSettings, box: Box, *, metres_per_mm: float
) -> _Strip:
    """Write scale bar and north arrow; the boxes of the strip that are left."""
    times = settings.enlarged
    west, south, east, north = print_map.extent
    degrees = north_degrees(print_map.crs, (west + east) / 2, (south + north) / 2)
    furniture, square = FURNITURE_MM * times, LOCATOR_MM * times
    if settings.landscape:
        legend = Box(box.left, box.bottom + furniture, box.width, box.height - furniture)
        arrow = Box(box.right - 14 * times, box.bottom + 8 * times, 10 * times, 10 * times)
        bar = Box(box.left, box.bottom + 5 * times, box.width, 6 * times)
        locator = Box(box.left, legend.bottom, min(box.width, square * 1.4), square)
    else:
        side = 50.0 * times
        legend = Box(box.left, box.bottom, box.width - side, box.height)
        arrow = Box(box.right - 13 * times, box.top - 22 * times, 10 * times, 10 * times)
        bar = Box(box.right - side + 4, box.bottom + 8 * times, side - 4, 6 * times)
        locator = Box(bar.left, box.top - square - 2 * times, square * 0.9, square)
    north_arrow(figure, arrow, degrees=degrees, times=times)
    scale_bar(figure, bar, metres_per_mm=metres_per_mm, times=times)
    return _Strip(legend, locator)


def _beside(strip: _Strip, *, landscape: bool) -> Box:
    """The legend's box without the locator, which in portrait stands beside the scale bar."""
    box = strip.legend
    if not landscape:
        return box
    taken = strip.locator.height
    return Box(box.left, box.bottom + taken, box.width, box.height - taken)
