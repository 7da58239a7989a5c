"""What a file holds before it is read: its parts, so that a planner can say which is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal[
    "text", "workbook", "shapefile", "geopackage", "geojson", "kml", "filegdb", "dxf", "raster"
]


@dataclass(frozen=True)
class Part:
    """
    One sheet, layer, or member of an archive.

    Parameters
    ----------
    name
        As `ReadingOptions.part` names it: "" for the only table of a file; a sheet or layer; in
        an archive the path of the member, and for a layer within it "member|layer".
    format
        What reads it.
    rows
        How many records it has, the header not counted; None where only reading would tell.
    columns
        Column names, in the order of the file; () where only reading would tell.
    geometry
        "point", "line", "polygon", "mixed", or "" for a plain table.
    crs
        The CRS that it declares, e.g. "EPSG:4490"; "" where it declares none.
    """

    name: str
    format: Format
    rows: int | None = None
    columns: tuple[str, ...] = ()
    geometry: str = ""
    crs: str = ""


@dataclass(frozen=True)
class Outline:
    """
    What a file holds.

    Parameters
    ----------
    name
        File name, as messages name it.
    parts
        At least one, in the order of the file.
    remarks
        Chinese sentences on what was passed over, e.g. members of an archive that nothing reads.
    """

    name: str
    parts: tuple[Part, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadingOptions:
    """
    What a planner says of how a file is to be read; everything left empty is found out.

    Parameters
    ----------
    part
        `Part.name`; "" where the file has only one.
    header_row
        Number of the row that holds the column names, counted from 1; None: found out.
    encoding
        "utf-8", "gb18030", …; "" : found out.
    """

    part: str = ""
    header_row: int | None = None
    encoding: str = ""


AS_FOUND = ReadingOptions()
"""Everything found out."""
