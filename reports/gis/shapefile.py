"""A layer as a zipped shapefile in GBK, and the list of what had to be shortened.

GDAL would cut names and texts without a word, and write "?" for a character that GBK has not. So
names and texts are made to fit here, byte by byte, and handed over as bytes. Where a character is
not in GBK (emoji, rare characters of village names) the whole layer is written in GB18030: the
same bytes for all that GBK holds, so that old office programs show everything else right, and
names of fields may keep their five characters, of which UTF-8 would leave three.
"""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reports.gis.gdal_writing import NOT_WHOLE, write_gdal
from reports.gis.out_columns import gbk_bytes, shortened
from reports.scratch import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

    from reports.gis.out_columns import OutColumn
    from reports.gis.out_layer import OutLayer

LONGEST_VALUE: Final = 254
"""Bytes of a text in a DBF."""

PIECES: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")

_LATIN1: Final = "ISO-8859-1"
"""Every letter is the byte of the same number: our bytes go through GDAL as they are."""

_MAIN_HEADER: Final = struct.Struct(">24xi72x")
"""Of .shp and .shx, 100 bytes: the length of the file in words of two bytes."""

_INDEX_RECORD: Final = struct.Struct(">ii")
"""Of .shx: where a record of .shp begins, and its length without its own header; in words."""

_RECORD_HEADER_WORDS: Final = 4
_WORD: Final = 2

_TABLE_HEADER: Final = struct.Struct("<4xIHH20x")
"""Of .dbf, 32 bytes: number of rows, length of the whole header, length of a row."""

_FIELD_BYTES: Final = 32
_FIELD_LENGTH_AT: Final = 16
"""Of the description of a field in a .dbf header, and where the length of its cells stands."""

_LANGUAGE_AT: Final = 29
_CHINESE: Final = 0x4D
"""Byte of a DBF header that says code page 936."""

_DATE_AT: Final = slice(1, 4)
_NO_DATE: Final = bytes((100, 1, 1))
"""The year 2000, counted from 1900: the same layer gives the same bytes."""

_ZIP_DATE: Final = (2000, 1, 1, 0, 0, 0)
_NAMED: Final = 3


@dataclass(frozen=True)
class _Cut:
    """A text that was too long: where, and the whole of it."""

    column: str
    row: int
    whole: str


def shapefile_bytes(layer: OutLayer, *, stem: str) -> tuple[bytes, tuple[str, ...]]:
    """
    A layer as a zip with .shp, .shx, .dbf, .cpg and, unless the datum is a shifted one, .prj.

    Parameters
    ----------
    layer
        With n rows.
    stem
        Name of the files in the zip, without extension.

    Returns
    -------
    content
        The same layer gives the same bytes.
    notes
        Chinese sentences: every field whose name is another, every text that was too long with the
        whole of it, and characters that are not in GBK.

    Raises
    ------
    OutputError
        If the folder for temporary files cannot be written, or is full.

    References
    ----------
    ESRI (1998). Shapefile Technical Description, J-7855.
    """
    whole = layer.with_datum_column() if layer.datum.crs is None else layer
    cut = [
        _Cut(column.short, at, cell)
        for column in whole.columns
        if column.is_text
        for at, cell in enumerate(column.cells)
        if isinstance(cell, str) and len(gbk_bytes(cell)) > LONGEST_VALUE
    ]
    odd = _not_in_gbk(whole)
    with scratch_folder("quantu-shp-") as folder:
        path = folder / "layer.shp"
        write_gdal(
            path,
            whole,
            driver="ESRI Shapefile",
            names=[gbk_bytes(one.short).decode("latin-1") for one in whole.columns],
            texts=_dbf_texts,
            encoding=_LATIN1,
        )
        rows = len(whole.shapes)
        if not (
            _has_all_shapes(path, rows=rows)
            and _has_all_cells(path.with_suffix(".dbf"), rows=rows, fields=len(whole.columns))
            and (layer.datum.crs is None or _has_crs(path.with_suffix(".prj")))
        ):
            raise OSError(NOT_WHOLE)
        path.with_suffix(".cpg").write_bytes(b"GB18030" if odd else b"GBK")
        _settle_header(path.with_suffix(".dbf"))
        content = _zipped(path, stem)
    return content, tuple(_notes(whole, cut, odd))


def _dbf_texts(column: OutColumn) -> list[str | None]:
    return [
        None if cell is None else gbk_bytes(shortened(str(cell), LONGEST_VALUE)).decode("latin-1")
        for cell in column.cells
    ]


# GDAL holds back the last of what it writes until it closes a file, and tells nobody where that
# fails; the headers, which it writes last of all, say what should be there.


def _has_all_shapes(path: Path, *, rows: int) -> bool:
    try:
        index = path.with_suffix(".shx").read_bytes()
        with path.open("rb") as file:
            (words,) = _MAIN_HEADER.unpack(file.read(_MAIN_HEADER.size))
        (index_words,) = _MAIN_HEADER.unpack(index[: _MAIN_HEADER.size])
        start, length = _INDEX_RECORD.unpack(index[-_INDEX_RECORD.size :])
    except (FileNotFoundError, struct.error):
        return False
    end = start + _RECORD_HEADER_WORDS + length if rows else words
    return (
        words * _WORD == end * _WORD == path.stat().st_size
        and index_words * _WORD == len(index) == _MAIN_HEADER.size + rows * _INDEX_RECORD.size
    )


def _has_all_cells(dbf: Path, *, rows: int, fields: int) -> bool:
    try:
        with dbf.open("rb") as file:
            count, head, row = _TABLE_HEADER.unpack(file.read(_TABLE_HEADER.size))
            lengths = file.read(fields * _FIELD_BYTES)[_FIELD_LENGTH_AT::_FIELD_BYTES]
    except (FileNotFoundError, struct.error):
        return False
    return (
        # a byte ends the header, one begins every row, and one ends the file
        head == _TABLE_HEADER.size + fields * _FIELD_BYTES + 1
        and row == sum(lengths) + 1
        and count == rows
        and dbf.stat().st_size == head + rows * row + 1
    )


def _has_crs(prj: Path) -> bool:
    """Whether a text in WKT is there up to its last bracket."""
    try:
        text = prj.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    return 0 < text.count("[") == text.count("]")


def _settle_header(dbf: Path) -> None:
    content = bytearray(dbf.read_bytes())
    content[_LANGUAGE_AT] = _CHINESE
    content[_DATE_AT] = _NO_DATE
    dbf.write_bytes(content)


def _zipped(path: Path, stem: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in PIECES:
            piece = path.with_suffix(suffix)
            if piece.exists():
                entry = zipfile.ZipInfo(f"{stem}{suffix}", _ZIP_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, piece.read_bytes())
    return content.getvalue()


def _not_in_gbk(layer: OutLayer) -> dict[str, int]:
    """Character that GBK has not -> the first row it stands in."""
    found: dict[str, int] = {}
    for column in layer.columns:
        for at, cell in enumerate([column.short, *column.cells]):
            if isinstance(cell, str) and not cell.isascii() and not _is_gbk(cell):
                for character in cell:
                    if not _is_gbk(character):
                        found.setdefault(character, at)
    return found


def _is_gbk(text: str) -> bool:
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _notes(layer: OutLayer, cut: list[_Cut], odd: dict[str, int]) -> list[str]:
    what = f"{layer.title}（Shapefile）"
    notes = [
        f"{what}：字段“{one.header}”写成“{one.short}”。"
        for one in layer.columns
        if one.header != one.short
    ]
    notes += [
        f"{what}：第 {one.row + 1} 条的“{one.column}”有 {len(one.whole)} 个字符，超过字段的 "
        f"{LONGEST_VALUE} 字节，已截短，全文是：{one.whole}"
        for one in cut
    ]
    if odd:
        shown = "、".join(f"{sign}（第 {row} 条）" for sign, row in list(odd.items())[:_NAMED])
        more = f" 等 {len(odd)} 个字符" if len(odd) > _NAMED else ""
        notes.append(
            f"{what}：{shown}{more}不在 GBK 字库里，属性表改用 GB18030 编码（.cpg 已写明）；"
            "只认 GBK 的软件里这几个字符会显示成乱码，其余文字不受影响。"
        )
    if layer.datum.crs is None:
        notes.append(
            f"{what}：{layer.datum.name} 没有通用的坐标系定义，不写 .prj，"
            "由文件名和“坐标系”一列写明。"
        )
    return notes
