"""How large the sheets of the binary workbooks are, .xlsb and .xls: records looked through.

Pure computation on bytes, as in `layers.formats.sheet_extents`.
"""

from __future__ import annotations

import struct
from typing import Final

from coverage.errors import SourceError
from layers.formats.limits import MOST_CELLS
from layers.formats.sheet_extents import Extent, damaged, locked

_XLSB_CELLS: Final = frozenset([*range(1, 12), 62])
_XLSB_ERRORS: Final = frozenset({3, 11})
_XLSB_MERGED: Final = 176
_XLS_CELLS: Final = frozenset(
    {0x06, 0x206, 0x406, 0x203, 0x204, 0x205, 0x27E, 0xBD, 0xFD, 0xD6, 0x201, 0xBE}
)
_XLS_BOF: Final = 0x809
_XLS_NUMBERS: Final = 0xBD
_XLS_DIMENSIONS: Final = 0x200
_XLS_PASSWORD: Final = 0x2F


def add_xlsb(extent: Extent, data: bytes) -> None:
    """
    Take note of the cells in a sheet of an .xlsb: records of a type, a length and content.

    Parameters
    ----------
    extent
        Of the sheet; changed.
    data
        The whole part.

    Raises
    ------
    SourceError
        If the sheet is too large, or the records do not fit the part.

    References
    ----------
    [MS-XLSB]: Excel (.xlsb) Binary File Format, 2.1.4 (records), 2.4.706 (BrtMergeCell),
    2.4.718 (BrtRowHdr).
    """
    at, row = 0, 0
    try:
        while at < len(data):
            kind, at = data[at], at + 1
            if kind & 0x80:
                kind, at = kind & 0x7F | (data[at] & 0x7F) << 7, at + 1
            length = 0
            for place in range(4):
                byte, at = data[at], at + 1
                length |= (byte & 0x7F) << 7 * place
                if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
                    break
            if kind == 0:
                row = int.from_bytes(data[at : at + 4], "little")
            elif kind in _XLSB_CELLS:
                extent.reach(row + 1, int.from_bytes(data[at : at + 4], "little") + 1)
                extent.errors += kind in _XLSB_ERRORS
            extent.merged += kind == _XLSB_MERGED
            at += length
    except IndexError as error:
        raise SourceError(damaged(extent.file, extent.sheet)) from error


def checked_xls(stream: bytes, *, file: str) -> bytes:
    """
    The records of an .xls, which is read with all its sheets at once, looked through.

    What its sheets declare of their size is taken out: the library that reads them would make
    room for as much before it has seen a cell.

    Parameters
    ----------
    stream
        The stream "Workbook" or "Book".
    file
        Name of the workbook, as messages name it.

    Returns
    -------
    stream
        The same records, with sheets of no declared size.

    Raises
    ------
    SourceError
        If its sheets are too large, or it is locked by a password.

    References
    ----------
    [MS-XLS]: Excel Binary File Format (.xls), 2.1.4 (records), 2.5.13 (Cell).
    """
    extents = [Extent(file, "0")]
    checked = bytearray(stream)
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        at += 4
        if kind == _XLS_BOF:
            extents.append(Extent(file, f"{len(extents) - 1}"))
        elif kind == _XLS_PASSWORD:
            raise SourceError(locked(file))
        elif kind in _XLS_CELLS and length >= 6 and at + 4 <= len(stream):  # noqa: PLR2004
            row, column = struct.unpack_from("<HH", stream, at)
            more = (length - 6) // 6 if kind == _XLS_NUMBERS else 0
            extents[-1].reach(row + 1, column + 1 + more)
        elif kind == _XLS_DIMENSIONS:
            end = min(at + length, len(stream))
            checked[at:end] = bytes(end - at)
        at += length
    if sum(extent.rows * extent.columns for extent in extents) > MOST_CELLS:
        msg = f"工作簿「{file}」超过 {MOST_CELLS:,} 个单元格的上限，没有读入。请分成几个文件。"
        raise SourceError(msg)
    return bytes(checked)
