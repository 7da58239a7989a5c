"""What is to be drawn of a map: sheets of several sizes, each in several formats."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.printing.sheet import map_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.printing.drawing import PrintMap
    from reports.printing.paper import PrintSettings
    from reports.printing.sheet import Format

    Drawn = Mapping[str, Mapping[Format, bytes]]


@dataclass(frozen=True)
class Impression:
    """
    One sheet of a map.

    Parameters
    ----------
    settings
        The sheet and its fields.
    formats
        "png", "pdf", "svg".
    dpi
        Dots per inch of the PNG.
    """

    settings: PrintSettings
    formats: tuple[Format, ...]
    dpi: int


@dataclass(frozen=True, eq=False)
class Order:
    """
    A map and the sheets that are wanted of it.

    Parameters
    ----------
    print_map
        What to draw.
    sheets
        What a sheet is for -> the sheet.
    """

    print_map: PrintMap
    sheets: Mapping[str, Impression]


def draw(order: Order) -> Drawn:
    """
    Draw what is ordered.

    Parameters
    ----------
    order
        A map and its sheets.

    Returns
    -------
    drawn
        What a sheet is for -> format -> content; the same order gives the same bytes.

    Raises
    ------
    OutputError
        If there is no Chinese font.
    """
    drawn = {
        use: map_bytes(order.print_map, each.settings, formats=each.formats, dpi=each.dpi)
        for use, each in order.sheets.items()
    }
    # A figure and what is on it point at each other: without this a dozen of them, some 30 MB
    # each, wait to be collected.
    gc.collect()
    return drawn
