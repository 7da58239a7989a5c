"""A workbook looked through and written out again with nothing in it but what was looked at.

Two programs may find different things in one damaged zip. So what reads the sheets is given a
copy, stored without compression, of the parts that were checked here: no macros, no pictures, no
archives within the archive.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from coverage.errors import SourceError
from layers.formats.binary_sheets import add_xlsb
from layers.formats.limits import MIB, MOST_ROWS, MOST_UNPACKED_BYTES
from layers.formats.shared_texts import SharedTexts
from layers.formats.sheet_extents import (
    Extent,
    add_xlsx,
    check_ods,
    check_rows_ahead,
    damaged,
    locked,
    merged_in_ods,
    too_much_text,
    xml_blocks,
)
from layers.formats.zip_guard import entry_chunks, open_entries, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from layers.formats.zip_guard import Entry

MARKS: Final = {"xl/workbook.xml": ".xlsx", "xl/workbook.bin": ".xlsb", "content.xml": ".ods"}
"""The part that makes a zip a workbook, and of which format."""

_XML: Final = re.compile(r".*\.(xml|rels)|mimetype", re.IGNORECASE)
_SHEET: Final = re.compile(r"xl/.*sheet[^/]*\.xml", re.IGNORECASE)
_XLSB_SHEET: Final = re.compile(r"xl/.*sheet[^/]*\.bin", re.IGNORECASE)
_XLSB_PART: Final = re.compile(r"xl/(workbook|sharedStrings|styles)\.bin", re.IGNORECASE)
_TEXTS: Final = "sharedstrings.xml"
_RELATED: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_LARGE_SHEET_BYTES: Final = 20 * MOST_ROWS
"""Bytes of the smallest sheet that can have too many rows: `<c r="A500002">1</c>` is a cell."""
_LONGEST_LIST: Final = 8 * MIB
"""Bytes of the list of sheets, which is read as a tree."""


@dataclass
class CheckedCopy:
    """
    What was found while a workbook was looked through.

    Parameters
    ----------
    path
        The copy.
    extents
        Of the sheets of an .xlsx or .xlsb, by their parts.
    parts
        Part of each sheet of an .xlsx, by its name.
    """

    path: Path
    extents: dict[str, Extent] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    def extent(self, sheet: str) -> Extent | None:
        """What is known of a sheet; None where the format does not tell which part it is."""
        return self.extents.get(self.parts.get(sheet, ""))

    def remarks(self) -> list[str]:
        """Chinese sentences on what is known of the workbook and not of which sheet."""
        merged = sum(extent.merged for extent in self.extents.values())
        if not merged:
            return []
        text = (
            f"这个工作簿里有 {merged} 处合并的单元格，{self.path.suffix} 格式里的没有展开："
            "内容只读在合并区域的第一格。请核对，或在 Excel、WPS 里另存为 .xlsx 后重新导入。"
        )
        return [text]


def checked_copy(path: Path, folder: Path) -> CheckedCopy:
    """
    Look through a workbook that is a zip, and write the copy.

    Parameters
    ----------
    path
        The workbook, under any name.
    folder
        Where the copy is written.

    Raises
    ------
    SourceError
        If it is no workbook, damaged, locked, a bomb, holds XML entities, or a sheet in it is
        too large.
    """
    entries = {entry.name: entry for entry in open_entries(path)}
    suffix = next((MARKS[name] for name in MARKS if name in entries), None)
    if suffix is None:
        msg = (
            f"「{path.name}」是压缩包，但里面不是 Excel 工作簿。"
            "请检查文件；如果是打包的数据，请把扩展名改为 .zip。"
        )
        raise SourceError(msg)
    copy = CheckedCopy(folder / f"checked{suffix}", parts=_parts(path, entries))
    titles = {part: sheet for sheet, part in copy.parts.items()}
    if suffix == ".xlsx":
        for entry in entries.values():
            if _SHEET.fullmatch(entry.name) and entry.size > _LARGE_SHEET_BYTES:
                extent = Extent(path.name, titles.get(entry.name, posixpath.basename(entry.name)))
                check_rows_ahead(extent, entry_chunks(path, entry))
    texts, written = SharedTexts(), 0
    # the shared texts first: how long they are decides what the sheets may refer to
    wanted = sorted(_wanted(entries.values()), key=lambda entry: _TEXTS not in entry.name.lower())
    with zipfile.ZipFile(copy.path, "w", zipfile.ZIP_STORED) as target:
        for entry in wanted:
            extent = Extent(path.name, titles.get(entry.name, posixpath.basename(entry.name)))
            with target.open(zipfile.ZipInfo(entry.name), "w", force_zip64=True) as part:
                for block in _checked_blocks(path, entry, extent):
                    part.write(block)
                    if _TEXTS in entry.name.lower():
                        texts.add(block)
                    elif suffix == ".xlsx" and extent.rows:
                        written += texts.written_out(block)
                        if written > MOST_UNPACKED_BYTES:
                            raise SourceError(too_much_text(path.name))
            copy.extents[entry.name] = extent
    return copy


def _wanted(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if any(kind.fullmatch(entry.name) for kind in (_XML, _XLSB_SHEET, _XLSB_PART)):
            yield entry


def _checked_blocks(path: Path, entry: Entry, extent: Extent) -> Iterator[bytes]:
    if not _XML.fullmatch(entry.name):
        content = read_entry(path, entry)
        if _XLSB_SHEET.fullmatch(entry.name):
            add_xlsb(extent, content)
        yield content
        return
    blocks = xml_blocks(entry_chunks(path, entry), file=path.name, part=entry.name)
    if entry.name == "META-INF/manifest.xml":
        for block in blocks:
            if b"encryption-data" in block:
                raise SourceError(locked(path.name))
            yield block
    elif entry.name == "content.xml":
        for block in check_ods(blocks, file=path.name):
            extent.merged += merged_in_ods(block)
            yield block
    else:
        for block in blocks:
            if _TEXTS not in entry.name.lower():
                add_xlsx(extent, block)
            yield block


def _parts(path: Path, entries: dict[str, Entry]) -> dict[str, str]:
    """The part of each sheet of an .xlsx, as its list of sheets and their relations name it."""
    if _WORKBOOK not in entries or _RELATIONS not in entries:
        return {}
    targets = {
        item.get("Id", ""): posixpath.normpath(posixpath.join("/xl", item.get("Target", "")))
        for item in _tree(path, entries[_RELATIONS]).iter()
        if item.get("Target")
    }
    return {
        item.get("name", ""): targets.get(item.get(_RELATED, ""), "").lstrip("/")
        for item in _tree(path, entries[_WORKBOOK]).iter()
        if item.tag.endswith("}sheet")
    }


def _tree(path: Path, entry: Entry) -> ET.Element:
    if entry.size > _LONGEST_LIST:
        raise SourceError(damaged(path.name, entry.name))
    blocks = xml_blocks(entry_chunks(path, entry), file=path.name, part=entry.name)
    try:
        # without a document type there are no entities to expand
        return ET.fromstring(b"".join(blocks))  # noqa: S314
    except ET.ParseError as error:
        raise SourceError(damaged(path.name, entry.name)) from error
