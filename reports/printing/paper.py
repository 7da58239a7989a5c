"""Sheets of paper and the fields that a bureau prints around a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PaperSize = Literal["A4", "A3", "text"]

MM_PER_INCH: Final = 25.4
POINTS_PER_MM: Final = 72 / MM_PER_INCH

SHORT_SIDES_MM: Final[dict[PaperSize, tuple[float, float]]] = {
    "A4": (210.0, 297.0),
    "A3": (297.0, 420.0),
    "text": (156.0, 205.0),
}
"""
Short and long side, mm: GB/T 148, and what fits between the margins of a public document
(GB/T 9704: 156 by 225) with a caption, so that a map stands in the text at its own scale.
"""

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
    def edge_mm(self) -> float:
        """Margin around the sheet, mm; a map in a document has the document's margins."""
        return 1.5 if self.paper == "text" else 9.0 * self.enlarged

    @property
    def enlarged(self) -> float:
        """How much larger texts and symbols are than on A4."""
        return 1.25 if self.paper == "A3" else 1.0


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
