"""How large the sheets of a workbook are, found out before the library that reads them lays out
its grid: a cell at the far corner makes a grid of 17 billion, whatever else the sheet holds.

Pure computation on the bytes of one part of a workbook; the size that a sheet declares is not
asked, since whole formatted columns make honest ones declare a million rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from coverage.errors import SourceError
from layers.formats.limits import MIB, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, MOST_UNPACKED_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_TAG: Final = 32 * MIB
"""Bytes between one mark and the next in XML; a cell of Excel holds 32,767 characters."""

_GLANCE_BYTES: Final = 8192
_EXCEL_ROWS: Final = 1_048_576
_DECLARED: Final = re.compile(rb"<(?:\w+:)?dimension\b[^>]*?:\$?[A-Z]{1,3}\$?(\d+)[\"']")
_AFTER_NAME: Final = (b" ", b">", b"\t", b"\r", b"\n")
_PLAIN: Final = re.compile(rb'<c r="([A-Z]{1,7}[0-9]{1,9})"[^>]*(?<!/)>')
_OPENED: Final = tuple(before + b"c" + after for before in (b"<", b":") for after in _AFTER_NAME)
_ANY: Final = re.compile(rb"<(?:\w+:)?(row|c)(/|\s[^>]*)?>")
_PLACE: Final = re.compile(rb"\sr\s*=\s*[\"']\s*([A-Za-z]{0,7})([0-9]{1,9})")
_NO_VALUE: Final = re.compile(
    rb"<(?:\w+:)?c\b(?![^>]*\st=[\"']str)[^>]*>\s*<(?:\w+:)?f\b[^>]*(?:/|>[^<]*</(?:\w+:)?f)>\s*"
    rb"(?:<v\s*/>|<v>\s*</v>)?\s*</(?:\w+:)?c>"
)
"""A formula without a value; an empty text is a value."""
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = b"0123456789"

_ODS_TAG: Final = re.compile(
    rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*)>"
)
_REPEATED: Final = re.compile(rb"number-(?:rows|columns)-repeated\s*=\s*[\"']\s*(\d{1,12})")
_ODS_MERGED: Final = re.compile(
    rb"<table:table-cell\s(?=[^>]*number-(?:rows|columns)-spanned\s*=\s*[\"']\s*(?:[2-9]|\d\d))"
)
_ODS_VALUE: Final = re.compile(rb"value-type\s*=|formula\s*=")


@dataclass
class Extent:
    """
    How far the cells with content of a sheet reach, kept up while it is looked through.

    Parameters
    ----------
    file, sheet
        Names of the workbook and of the sheet, as messages name them.
    rows, columns
        Number of the last row and column with content, from 1; 0 in an empty sheet.
    errors
        Cells that hold an error such as #N/A.
    without_value
        Formulas whose value was never written down.
    merged
        Merged cells of an .xlsb or .ods, which the library that reads them does not tell of.
    """

    file: str
    sheet: str
    rows: int = 0
    columns: int = 0
    errors: int = 0
    without_value: int = 0
    merged: int = 0

    def reach(self, row: int, column: int) -> None:
        """
        Take note of a cell with content.

        Parameters
        ----------
        row, column
            Its numbers, from 1.

        Raises
        ------
        SourceError
            If the sheet is now too large.
        """
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        where = f"工作簿「{self.file}」的工作表“{self.sheet}”"
        # one row more than of records: the header
        if self.rows > MOST_ROWS + 1:
            msg = (
                f"{where}到第 {self.rows:,} 行还有内容，超过 {MOST_ROWS:,} 行的上限，没有读入。"
                "请分成几个文件，或删去末尾多余的行。"
            )
            raise SourceError(msg)
        if self.columns > MOST_COLUMNS:
            msg = (
                f"{where}到第 {self.columns:,} 列还有内容，超过 {MOST_COLUMNS:,} 列的上限，"
                "没有读入。请删去右边多余的列。"
            )
            raise SourceError(msg)
        if self.rows * self.columns > MOST_CELLS:
            msg = (
                f"{where}有 {self.rows:,} 行 {self.columns:,} 列，"
                f"超过 {MOST_CELLS:,} 个单元格的上限，没有读入。请分成几个文件。"
            )
            raise SourceError(msg)


def xml_blocks(chunks: Iterable[bytes], *, file: str, part: str) -> Iterator[bytes]:
    """
    The text of a part of a workbook, cut where no tag and, if possible, no cell is cut through.

    Parameters
    ----------
    chunks
        Its bytes.
    file, part
        Names of the workbook and the part, as messages name them.

    Raises
    ------
    SourceError
        If it declares a document type or entities, with which a small file grows without bound
        or reads another; if it is in UTF-16, where they could hide; or if a tag has no end.
    """
    kept = b""
    for chunk in chunks:
        whole = kept + chunk
        cut = whole.rfind(b"</c>") + 4
        if cut <= len(whole) // 2:
            cut = max(whole.rfind(b"<"), 0)
        block, kept = whole[:cut], whole[cut:]
        if len(kept) > LONGEST_TAG:
            raise SourceError(damaged(file, part))
        _check_xml(block, file, part)
        yield block
    _check_xml(kept, file, part)
    yield kept


def add_xlsx(extent: Extent, block: bytes) -> None:
    """
    Take note of the cells in one block of a sheet of an .xlsx.

    Parameters
    ----------
    extent
        Of the sheet; changed.
    block
        From `xml_blocks`.

    Raises
    ------
    SourceError
        If the sheet is too large.
    """
    declared = None if extent.rows else _DECLARED.search(block)
    if declared and int(declared[1]) > _EXCEL_ROWS:
        extent.reach(int(declared[1]), 1)
    usual = block.count(b'<c r="')
    if (block.count(b"<c") == usual and b":c" not in block) or usual == sum(
        map(block.count, _OPENED)
    ):
        places = b" ".join(_PLAIN.findall(block))
        rows, columns = places.translate(None, _LETTERS), places.translate(None, _DIGITS)
        if places:
            extent.reach(max(map(int, set(rows.split()))), max(map(_column, set(columns.split()))))
    else:
        _add_unusual(extent, block)
    extent.errors += block.count(b't="e"')
    if b"<f" in block or b":f" in block:
        extent.without_value += len(_NO_VALUE.findall(block))


def check_rows_ahead(extent: Extent, chunks: Iterable[bytes]) -> None:
    """
    Refuse a sheet of an .xlsx that goes on for too many rows, by a glance at the end of each chunk.

    To look at every cell and every text takes ten times as long. What is passed over here comes
    to light there.

    Parameters
    ----------
    extent
        Of the sheet; changed only where it is refused.
    chunks
        Bytes of the sheet, wherever they are cut.

    Raises
    ------
    SourceError
        If the sheet is too large.
    """
    for chunk in chunks:
        for place in _PLAIN.findall(chunk[-_GLANCE_BYTES:]):
            row = int(place.translate(None, _LETTERS))
            if row > MOST_ROWS + 1:
                extent.reach(row, 1)


def check_ods(blocks: Iterable[bytes], *, file: str) -> Iterator[bytes]:
    """
    The content of an .ods as it came, looked through: one cell or row may stand for millions.

    Parameters
    ----------
    blocks
        From `xml_blocks`.
    file
        Name of the workbook, as messages name it.

    Raises
    ------
    SourceError
        If one of its sheets is too large, or it is no well-formed XML: of a sheet without end
        the library that reads it would wait for the end for ever.
    """
    parser = expat.ParserCreate()
    extent, table = Extent(file, "1"), 0
    row, column, times, count, written = 0, 0, 1, 1, 0
    for block in blocks:
        end = 0
        for tag in _ODS_TAG.finditer(block):
            closes, kind, attributes = tag.groups()
            # what stands before this tag is written as often as the cell that it stands in
            written += count * times * (tag.start() - end)
            end = tag.end()
            if closes:
                continue
            repeated = _REPEATED.search(attributes)
            count = int(repeated[1]) if repeated else 1
            if kind == b"table":
                table += 1
                extent, row, times = Extent(file, f"{table}"), 0, 0
            elif kind == b"table-row":
                row, column, times, count = row + times, 0, count, 1
            else:
                column += count
                if _ODS_VALUE.search(attributes) or not attributes.endswith(b"/"):
                    extent.reach(row + times, column)
                else:
                    count = 1
        written += count * times * (len(block) - end)
        if written > MOST_UNPACKED_BYTES:
            raise SourceError(too_much_text(file))
        _parse(parser, block, file, last=False)
        yield block
    _parse(parser, b"", file, last=True)


def merged_in_ods(block: bytes) -> int:
    """How many cells in one block of an .ods, from `xml_blocks`, are merged with others."""
    return len(_ODS_MERGED.findall(block))


def damaged(file: str, part: str = "") -> str:
    """What is said of a workbook that cannot be made sense of."""
    where = f"（{part}）" if part else ""
    return (
        f"工作簿「{file}」不完整或已损坏{where}，读不出来。"
        "请在 Excel 或 WPS 里打开后另存为 .xlsx 重试。"
    )


def locked(file: str) -> str:
    """What is said of a workbook with a password."""
    return f"工作簿「{file}」设有打开密码，读不出来。请在 Excel 或 WPS 里取消密码后另存。"


def too_much_text(file: str) -> str:
    """What is said of a workbook whose cells would fill the memory."""
    return (
        f"工作簿「{file}」的文字展开后超过 {MOST_UNPACKED_BYTES // MIB} MB 的上限，没有读入。"
        "请向提供文件的单位核实来源。"
    )


def _parse(parser: expat.XMLParserType, block: bytes, file: str, *, last: bool) -> None:
    try:
        parser.Parse(block, last)
    except expat.ExpatError as error:
        raise SourceError(damaged(file, "content.xml")) from error


def _add_unusual(extent: Extent, block: bytes) -> None:
    """Cells that do not begin with their place, or have none: one after the other."""
    row, column = extent.rows, 0
    for tag in _ANY.finditer(block):
        kind, attributes = tag.groups()
        place = _PLACE.search(attributes or b"")
        if kind == b"row":
            row, column = int(place[2]) if place else row + 1, 0
            continue
        column = _column(place[1]) if place and place[1] else column + 1
        if not (attributes or b"").endswith(b"/"):
            extent.reach(max(int(place[2]) if place else row, 1), column)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _check_xml(block: bytes, file: str, part: str) -> None:
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
        msg = (
            f"工作簿「{file}」的 {part} 里有 XML 实体或文档类型声明，Excel 不会这样保存，没有打开。"
            "请向提供文件的单位核实来源。"
        )
        raise SourceError(msg)
    if b"\0" in block:
        raise SourceError(damaged(file, part))
