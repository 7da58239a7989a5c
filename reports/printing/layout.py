"""Where everything stands on a sheet: of many ways the one that shows the map largest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reports.printing import legend as legends
from reports.printing.head import HEAD_MM, panel_titles
from reports.printing.locator import HEAD_MM as LOCATOR_HEAD_MM
from reports.printing.paper import Box

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.printing.drawing import PrintLayer
    from reports.printing.head import PanelTitles
    from reports.printing.legend import LegendPlan, LegendRow
    from reports.printing.paper import PrintSettings

GAP_MM: Final = 3.0

FURNITURE_MM: Final = (50.0, 15.0)
"""Width and height of scale bar and north arrow."""

LOCATOR_MM: Final = (46.0, 38.0)
"""The largest locator with its title."""

MOST_COLUMNS: Final = 8

MOST_SHARE: Final = 0.62
"""Of the sheet's width or height that the legend may take."""

LEAST_SHARE: Final = 0.55
"""A map smaller than this share of what the sheet could hold is worse than small letters."""

_USUAL: Final = 1.06
"""How much better another place of the legend must be than the usual: right, or below."""

_LETTERS: Final = 0.5
"""Power of the size of letters when ways are weighed: a tenth larger, worth a twentieth of map."""

_LOW: Final = 0.02
"""Of ways with the same map, the one with the lower strip."""


@dataclass(frozen=True)
class Asked:
    """
    What wants a place on the sheet.

    Parameters
    ----------
    rows
        Layers of the legend.
    titles
        Of the panels, "" for none; one for each panel.
    aspect
        Width of what is to be seen, divided by its height.
    locator_aspect
        The same of the locator's whole; 0 for no locator.
    foot_mm
        Height of the foot.
    """

    rows: Sequence[PrintLayer]
    titles: Sequence[str] = ("",)
    aspect: float = 1.0
    locator_aspect: float = 0.0
    foot_mm: float = 11.0


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
    titles
        Of the panels, as they are written.
    legend
        Beside or below the maps, never on them.
    plan
        What stands in the legend.
    furniture
        Scale bar and north arrow.
    locator
        Box of the locator; None where there is none.
    foot
        Source, maker, dates and note.
    """

    title: Box
    panels: tuple[Box, ...]
    titles: PanelTitles
    legend: Box
    plan: LegendPlan
    furniture: Box
    locator: Box | None
    foot: Box


@dataclass(frozen=True)
class _Way:
    """A way to stand: the strip's boxes, the box that is left for the maps."""

    whole: Box
    legend: Box
    plan: LegendPlan
    furniture: Box
    locator: Box | None
    is_usual: bool


def places(settings: PrintSettings, asked: Asked) -> Places:
    """
    Divide a sheet.

    Letters of the legend are made small only where the map would have no room, and rows left out
    only where even that does not help.

    Parameters
    ----------
    settings
        The sheet.
    asked
        What is to stand on it.
    """
    width, height = settings.size_mm
    times = settings.enlarged
    edge = settings.edge_mm
    head = HEAD_MM * times
    title = Box(edge, height - edge - head, width - 2 * edge, head)
    foot = Box(edge, max(edge - 2.0, 0.5), width - 2 * edge, asked.foot_mm)
    bottom = foot.top + 1.5
    room = Box(edge, bottom, width - 2 * edge, title.bottom - 1.0 - bottom)
    way, panels, titles = _best(room, asked, settings)
    return Places(
        title, panels, titles, way.legend, way.plan, way.furniture, way.locator, foot
    )  # fmt: skip


def _best(
    room: Box, asked: Asked, settings: PrintSettings
) -> tuple[_Way, tuple[Box, ...], PanelTitles]:
    """The way with the largest map, small letters and other places than usual weighed in."""
    rows, times = legends.measured(asked.rows), settings.enlarged
    most = min(room.width / asked.aspect, room.height)
    best, found = -math.inf, None
    for size in (*legends.SIZES_PT, *legends.SMALL_SIZES_PT):
        if size in legends.SMALL_SIZES_PT and found is not None and found[3] >= LEAST_SHARE * most:
            break
        for way in _ways(room, rows, asked, settings, size_pt=size):
            boxes, titles, seen = _divided(way.whole, asked, times=times)
            score = seen * size**_LETTERS * (_USUAL if way.is_usual else 1.0)
            score *= 1 + _LOW * way.whole.height / room.height
            if score > best:
                best, found = score, (way, boxes, titles, seen)
    if found is None:
        way = _cut(room, rows, asked, settings)
        return way, *_divided(way.whole, asked, times=times)[:2]
    return found[:3]


def _ways(
    room: Box, rows: Sequence[LegendRow], asked: Asked, settings: PrintSettings, *, size_pt: float
) -> Iterator[_Way]:
    """Every way with letters of a size in which the whole legend fits."""
    times = settings.enlarged
    side = _beside(room, rows, asked, settings, size_pt=size_pt)
    if side is not None:
        yield side
    seen = set()
    for count in range(1, MOST_COLUMNS + 1):
        plan = legends.in_columns(rows, count, size_pt=size_pt, times=times)
        if len(plan.columns) in seen:
            continue
        seen.add(len(plan.columns))
        if plan.width <= room.width:
            yield from _below(room, plan, asked, settings)


def _beside(
    room: Box, rows: Sequence[LegendRow], asked: Asked, settings: PrintSettings, *, size_pt: float
) -> _Way | None:
    """A strip at the right, furniture at its foot; None where it would be too wide."""
    times = settings.enlarged
    gap = GAP_MM * times
    wide, high = (each * times for each in FURNITURE_MM)
    locator = _locator_mm(asked, times)
    taken = high + gap + (locator[1] + gap if locator else 0.0)
    plan = legends.in_height(rows, room.height - taken, size_pt=size_pt, times=times)
    side = max(plan.width, wide)
    if side > MOST_SHARE * room.width or plan.height > room.height - taken:
        return None
    left = room.right - side
    legend = Box(left, room.top - plan.height, side, plan.height)
    furniture = Box(left, room.bottom, wide, high)
    at = Box(left, furniture.top + gap, *locator) if locator else None
    whole = Box(room.left, room.bottom, room.width - side - gap, room.height)
    return _Way(whole, legend, plan, furniture, at, settings.landscape)


def _below(room: Box, plan: LegendPlan, asked: Asked, settings: PrintSettings) -> Iterator[_Way]:
    """A strip below, furniture at its right end or in its first line."""
    times = settings.enlarged
    gap = GAP_MM * times
    wide, high = (each * times for each in FURNITURE_MM)
    locator = _locator_mm(asked, times)
    # Width of what stands at the right of the legend, height of it, and what the legend sinks by.
    asides = [(wide, high, 0.0)]
    if locator:
        stacked = (max(wide, locator[0]), high + gap + locator[1], 0.0)
        asides = [stacked, (wide + gap + locator[0], max(high, locator[1]), 0.0)]
    else:
        asides.append((0.0, 0.0, high - legends.HEAD_MM * times))
    for aside, least, sunk in asides:
        space = room.width - (aside + gap if aside else 0.0)
        strip = max(plan.height + sunk, least)
        if plan.width > space or strip > MOST_SHARE * room.height:
            continue
        top = room.bottom + strip
        legend = Box(room.left, top - sunk - plan.height, space, plan.height)
        furniture = Box(room.right - wide, top - high, wide, high)
        at = None
        if locator:
            is_stacked = aside < wide + locator[0]
            x = room.right - (aside if is_stacked else wide + gap + locator[0])
            y = furniture.bottom - gap if is_stacked else top
            at = Box(x, y - locator[1], *locator)
        whole = Box(room.left, top + gap, room.width, room.height - strip - gap)
        yield _Way(whole, legend, plan, furniture, at, not settings.landscape)


def _cut(room: Box, rows: Sequence[LegendRow], asked: Asked, settings: PrintSettings) -> _Way:
    """The strip as large as it may be, with what fits of the legend."""
    times, gap = settings.enlarged, GAP_MM * settings.enlarged
    wide, high = (each * times for each in FURNITURE_MM)
    locator = _locator_mm(asked, times)
    size = legends.SMALL_SIZES_PT[-1]
    if settings.landscape:
        side = MOST_SHARE * room.width
        taken = high + gap + (locator[1] + gap if locator else 0.0)
        legend = Box(room.right - side, room.bottom + taken, side, room.height - taken)
        furniture = Box(legend.left, room.bottom, wide, high)
        whole = Box(room.left, room.bottom, room.width - side - gap, room.height)
        at = Box(legend.left, furniture.top + gap, *locator) if locator else None
    else:
        strip = MOST_SHARE * room.height
        aside = max(wide, locator[0] if locator else 0.0)
        legend = Box(room.left, room.bottom, room.width - aside - gap, strip)
        furniture = Box(room.right - wide, legend.top - high, wide, high)
        whole = Box(room.left, legend.top + gap, room.width, room.height - strip - gap)
        at = None
        if locator:
            at = Box(room.right - aside, furniture.bottom - gap - locator[1], *locator)
    plan = legends.in_columns(rows, MOST_COLUMNS, size_pt=size, times=times)
    plan = legends.cut_to(plan, width=legend.width, height=legend.height)
    return _Way(whole, legend, plan, furniture, at, is_usual=True)


def _locator_mm(asked: Asked, times: float) -> tuple[float, float] | None:
    """Width and height of the locator with its title, no larger than its shape asks for."""
    if not asked.locator_aspect:
        return None
    wide, high = LOCATOR_MM
    inside = high - LOCATOR_HEAD_MM
    scale = min(wide / asked.locator_aspect, inside)
    # The title needs some width however narrow the whole is.
    size = max(scale * asked.locator_aspect, 16.0), scale + LOCATOR_HEAD_MM
    return size[0] * times, size[1] * times


def _divided(
    whole: Box, asked: Asked, *, times: float
) -> tuple[tuple[Box, ...], PanelTitles, float]:
    """Panels side by side or one above the other, whichever shows more, and how high that is."""
    count, gap = len(asked.titles), GAP_MM * times
    gaps = gap * (count - 1)
    wide, high = (whole.width - gaps) / count, (whole.height - gaps) / count
    beside = panel_titles(asked.titles, width=wide, times=times)
    seen = min(wide / asked.aspect, whole.height - beside.height)
    if count > 1:
        above = panel_titles(asked.titles, width=whole.width, times=times)
        more = min(whole.width / asked.aspect, high - above.height)
        if more > seen:
            boxes = tuple(
                Box(whole.left, whole.top - high - (high + gap) * at, whole.width, high)
                for at in range(count)
            )
            return boxes, above, more
    boxes = tuple(
        Box(whole.left + (wide + gap) * at, whole.bottom, wide, whole.height) for at in range(count)
    )
    return boxes, beside, seen
