"""Sheets of paper and the fields that a bureau prints around a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PaperSize = Literal["A4", "A3"]

MM_PER_INCH: Final = 25.4
POINTS_PER_MM: Final = 72 / MM_PER_INCH

SHORT_SIDES_MM: Final[dict[PaperSize, tuple[float, float]]] = {
    "A4": (210.0, 297.0),
    "A3": (297.0, 420.0),
}
"""Short and long side, mm (GB/T 148)."""

DEFAULT_NOTE: Final = "内部工作用图，未经审核不得公开"


@dataclass(frozen=True)
class PrintSettings:
    """
    How every map of an export is printed.

    Parameters
    ----------
    paper, landscape
        The sheet.
    data_date
        Date of the data as the planner says it, e.g. "2025年底"; "" where it is not known.
    made_on
        Date of the map as it is to be printed; "" leaves the field empty. It is given and not
        taken from the clock, so that a replay gives the same bytes.
    maker
        制图单位.
    approval
        审图号; "" prints none.
    secrecy
        密级; "" prints none.
    note
        The note line.
    source
        Source line: where roads, boundaries and lists come from.
    grid
        Whether lines of longitude and latitude are drawn.
    locator
        Whether a small map shows where each panel lies in the study area, where it is a part.
    """

    paper: PaperSize = "A4"
    landscape: bool = True
    data_date: str = ""
    made_on: str = ""
    maker: str = ""
    approval: str = ""
    secrecy: str = ""
    note: str = DEFAULT_NOTE
    source: str = ""
    grid: bool = False
    locator: bool = True

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the sheet, mm."""
        short, long = SHORT_SIDES_MM[self.paper]
        return (long, short) if self.landscape else (short, long)

    @property
    def enlarged(self) -> float:
        """How much larger texts and symbols are than on A4."""
        return 1.0 if self.paper == "A4" else 1.25


@dataclass(frozen=True)
class Box:
    """A rectangle on the sheet, mm from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Mm from the left edge of the sheet."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Mm from the lower edge of the sheet."""
        return self.bottom + self.height


@dataclass(frozen=True)
class Places:
    """
    Where everything stands on a sheet.

    Parameters
    ----------
    title
        Title and subtitle.
    panels
        One box per map, from left to right or from top to bottom.
    legend
        Legend, scale bar, north arrow and locator: beside or below the maps, never on them.
    foot
        Source, maker, dates and note.
    """

    title: Box
    panels: tuple[Box, ...]
    legend: Box
    foot: Box


def places(
    settings: PrintSettings,
    *,
    panels: int,
    rows: int = 0,
    locator: bool = False,
    aspect: float = 1.0,
) -> Places:
    """
    Divide a sheet.

    Parameters
    ----------
    settings
        The sheet.
    panels
        1 or 2.
    rows
        Of the legend: many take a wider strip, so that none is left out.
    locator
        Whether a locator stands beside the legend.
    aspect
        Width of what is to be seen, divided by its height: panels stand so that it is largest.
    """
    width, height = settings.size_mm
    times = settings.enlarged
    edge, gap = EDGE_MM * times, GAP_MM * times
    title = Box(edge, height - edge - 15.0 * times, width - 2 * edge, 15.0 * times)
    below = Box(edge, edge - 2.0, width - 2 * edge, FOOT_MM * times)
    top, bottom = title.bottom - 1.0, below.top + 1.0
    if settings.landscape:
        aside = FURNITURE_MM + (LOCATOR_MM if locator else 0.0)
        fitting = int(((top - bottom) / times - aside - LEGEND_HEAD_MM) // COMFORTABLE_MM)
        side = (54.0 if rows <= fitting else 86.0) * times
        legend = Box(width - edge - side, bottom, side, top - bottom)
        whole = Box(edge, bottom, width - 2 * edge - side - gap, top - bottom)
    else:
        # Three columns beside the scale bar, or two with a locator.
        columns = 2 if locator else 3
        fitting = int((62.0 - LEGEND_HEAD_MM) // COMFORTABLE_MM) * columns
        side = (62.0 if rows <= fitting else 84.0) * times
        legend = Box(edge, bottom, width - 2 * edge, side)
        whole = Box(edge, bottom + side + gap, width - 2 * edge, top - bottom - side - gap)
    return Places(title, _divided(whole, panels, times=times, aspect=aspect), legend, below)


EDGE_MM: Final = 9.0
GAP_MM: Final = 3.0
FOOT_MM: Final = 14.0
LEGEND_HEAD_MM: Final = 7.0

FURNITURE_MM: Final = 24.0
"""Height that scale bar and north arrow take of the legend's box in landscape."""

LOCATOR_MM: Final = 36.0
"""Side of the box of the locator."""

PANEL_TITLE_MM: Final = 9.0
"""Strip at the top of a panel that its title takes."""

COMFORTABLE_MM: Final = 4.4
"""Height of a row of the legend that reads well; below it a wider strip is better."""


def _divided(whole: Box, panels: int, *, times: float, aspect: float) -> tuple[Box, ...]:
    """Side by side or one above the other, whichever shows more."""
    gap = GAP_MM * times
    title = PANEL_TITLE_MM * times if panels > 1 else 0.0
    gaps = gap * (panels - 1)
    wide, high = (whole.width - gaps) / panels, (whole.height - gaps) / panels
    beside = min(wide / aspect, whole.height - title)
    above = min(whole.width / aspect, high - title)
    if beside >= above:
        return tuple(
            Box(whole.left + (wide + gap) * at, whole.bottom, wide, whole.height)
            for at in range(panels)
        )
    return tuple(
        Box(whole.left, whole.top - high - (high + gap) * at, whole.width, high)
        for at in range(panels)
    )
