"""The maps of a report: which there are, on which sheets each part needs them, and their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reports.printing.orders import Impression, Order
from reports.printmap import FORMATS, PRINT_DPI, TEMPLATES, MapContent, report_maps, sheet_stem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reports.printing.orders import Drawn
    from reports.printmap import PrintMap
    from reports.report_content import ReportContent

LEFT_OUT: Final = ("facility_groups",)
"""Templates that a report does without: the map of all facilities shows them, too."""

NEEDING_MAPS: Final = ("maps", "word", "slides")
"""Parts that maps are drawn for."""

TEXT_DPI: Final = 160
"""Of the maps within a document: letters stay clear, and it can still be sent by e-mail."""


def report_sheets(content: ReportContent) -> Iterator[PrintMap]:
    """
    The maps of a report, for its files and for looking at them beforehand.

    Parameters
    ----------
    content
        What the report is written from.
    """
    drawn_from = MapContent(
        assessment=content.assessment,
        kinds=content.kinds,
        plans=content.plans,
        values=None if content.judged is None else content.judged.values,
        year=content.year or 0,
        siting=content.siting,
        after=content.after,
        around=content.around,
        after_name="方案" if content.scenario is None else content.scenario.name,
    )
    return report_maps(drawn_from, templates=[one for one in TEMPLATES if one not in LEFT_OUT])


def map_orders(content: ReportContent, parts: Collection[str]) -> list[Order]:
    """
    What is to be drawn for the parts of a report.

    Parameters
    ----------
    content
        What the report is written from.
    parts
        Of `reports.report_parts.PARTS`.

    Returns
    -------
    orders
        One per map; empty where no part needs any.
    """
    printing = content.settings.printing
    sheets = {
        "maps": Impression(printing, FORMATS, PRINT_DPI),
        "word": Impression(
            replace(printing, paper="text", landscape=False), ("png",), TEXT_DPI
        ),
        "slides": Impression(replace(printing, landscape=True), ("png",), PRINT_DPI),
    }  # fmt: skip
    wanted = {part: sheet for part, sheet in sheets.items() if part in parts}
    if "maps" in wanted and printing.landscape:
        wanted.pop("slides", None)  # they are the same
    return [Order(each, wanted) for each in report_sheets(content)] if wanted else []


def map_files(orders: Sequence[Order], drawn: Sequence[Drawn]) -> dict[str, bytes]:
    """
    Drawn maps as files of their own.

    Parameters
    ----------
    orders, drawn
        As `map_orders` gives them, and what came of each.

    Returns
    -------
    files
        Name -> content. Names are numbered, safe on every system, and none is there twice.
    """
    return {
        f"{sheet_stem(number, order.print_map)}.{ending}": content
        for number, (order, each) in enumerate(zip(orders, drawn, strict=True), start=1)
        for ending, content in each.get("maps", {}).items()
    }


def pictures(orders: Sequence[Order], drawn: Sequence[Drawn], part: str) -> Mapping[str, bytes]:
    """
    Drawn maps for a document.

    Parameters
    ----------
    orders, drawn
        As for `map_files`.
    part
        "word" or "slides".

    Returns
    -------
    pictures
        `PrintMap.stem`, whole as no name of a file is, -> PNG.
    """
    found = {}
    for order, each in zip(orders, drawn, strict=True):
        sheet = each.get(part) or each.get("maps", {})
        if "png" in sheet:
            found[order.print_map.stem] = sheet["png"]
    return found
