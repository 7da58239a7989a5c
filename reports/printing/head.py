"""What stands above the maps: title, subtitle and 密级 of a sheet, the titles of its panels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from reports.printing.fonts import printable
from reports.printing.furniture import INK, sheet_text
from reports.printing.lettering import cut, fitted, width_mm, wrapped
from reports.printing.paper import POINTS_PER_MM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from reports.printing.drawing import PrintMap
    from reports.printing.paper import Box, PrintSettings

HEAD_MM: Final = 15.0
"""Height of title and subtitle."""

PANEL_SIZES_PT: Final = (9.0, 8.0, 7.2)
"""Sizes of the titles of panels, tried from large to small."""

PANEL_LINES: Final = 2

LINE: Final = 1.4
"""Height of a line, in heights of the font."""

_EDGE_MM: Final = 2.0
_PAD_MM: Final = 0.9


@dataclass(frozen=True)
class PanelTitles:
    """
    Titles of all panels in lines of one size.

    Parameters
    ----------
    lines
        Of each panel; empty for none.
    size_pt
        Of all.
    height
        Strip at the top of a panel that the map leaves free, mm.
    """

    lines: tuple[tuple[str, ...], ...]
    size_pt: float
    height: float


def panel_titles(titles: Sequence[str], *, width: float, times: float) -> PanelTitles:
    """
    Titles in at most two lines that fit into panels of a width.

    Parameters
    ----------
    titles
        "" for none.
    width
        Of a panel, mm.
    times
        How much larger than on A4.
    """
    return _panel_titles(tuple(titles), round(width, 1), times)


@lru_cache(maxsize=256)
def _panel_titles(titles: tuple[str, ...], width: float, times: float) -> PanelTitles:
    if not any(titles):
        return PanelTitles(((),) * len(titles), 0.0, 0.0)
    room = width - 2 * (_EDGE_MM + _PAD_MM) * times - 0.5
    said = [printable(each) for each in titles]
    for size in PANEL_SIZES_PT:
        lines = [wrapped(each, room_mm=room, size_pt=size * times) for each in said]
        # In one line rather than in large letters: the smaller size costs less of the map.
        if all(len(each) <= 1 for each in lines):
            break
    else:
        size = PANEL_SIZES_PT[1]
        lines = [wrapped(each, room_mm=room, size_pt=size * times) for each in said]
        if any(len(each) > PANEL_LINES for each in lines):
            size = PANEL_SIZES_PT[-1]
            lines = [wrapped(each, room_mm=room, size_pt=size * times) for each in said]
    kept = tuple(_at_most(each, room, size * times) for each in lines)
    most = max(len(each) for each in kept)
    high = (most * size * LINE / POINTS_PER_MM + 2 * (_EDGE_MM + _PAD_MM)) * times
    return PanelTitles(kept, size, high)


def _at_most(lines: Sequence[str], room: float, size: float) -> tuple[str, ...]:
    if len(lines) <= PANEL_LINES:
        return tuple(lines)
    rest = "".join(lines[PANEL_LINES - 1 :])
    return (*lines[: PANEL_LINES - 1], cut(rest, room_mm=room, size_pt=size))


def draw_panel_title(
    figure: Figure, lines: Sequence[str], box: Box, *, size_pt: float, times: float
) -> None:
    """Write the title of a panel into its upper left corner; nothing where it has none."""
    if not lines:
        return
    away = (_EDGE_MM + _PAD_MM) * times
    sheet_text(
        figure, box.left + away, box.top - away, "\n".join(lines), size=size_pt * times, va="top",
        linespacing=1.15,
        bbox={
            "facecolor": "#ffffff", "edgecolor": INK, "linewidth": 0.5,
            "pad": _PAD_MM * POINTS_PER_MM * times,
        },
    )  # fmt: skip


def draw_head(figure: Figure, print_map: PrintMap, settings: PrintSettings, box: Box) -> None:
    """
    Write title, subtitle with the date of the data, and 密级.

    Parameters
    ----------
    figure
        Its axes are in mm of the sheet.
    print_map
        With the texts.
    settings
        Date and 密级.
    box
        Where they stand.
    """
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
    _subtitle(figure, printable(print_map.subtitle), dated, box, size=small, times=times)


def _subtitle(
    figure: Figure, said: str, dated: str, box: Box, *, size: float, times: float
) -> None:
    """Subtitle and date in one size: both shrink together, and only the subtitle is cut."""
    wide = width_mm(said + dated, size)
    if wide > box.width:
        size = max(size * box.width / wide * 0.999, 5.5 * times)
        said = cut(said, room_mm=box.width - width_mm(dated, size), size_pt=size)
    sheet_text(
        figure, box.left + box.width / 2, box.bottom + 1.2 * times, said + dated, size=size,
        ha="center", color="#4a5260",
    )  # fmt: skip
