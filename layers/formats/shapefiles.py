"""Shapefiles: three files or more that belong together, with text in an unnamed encoding."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.errors import SourceError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.formats.dbf_text import (
    DbfHeader,
    Encoding,
    dbf_header,
    declared_encoding,
    decoded,
    found_encoding,
)
from layers.formats.gdal_reading import GdalLayer, layer_parts, not_what_it_says, read_gdal
from layers.formats.header_rows import unique_names
from layers.formats.limits import MOST_FILE_BYTES
from layers.formats.outline import AS_FOUND, Outline, Part, ReadingOptions
from layers.formats.parts import chosen_part
from layers.formats.table_rows import check_file_size
from layers.tables import SourceTable, file_at, not_opened

import pyogrio  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DRIVER: Final = "ESRI Shapefile"
PIECES: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""What is read of a shapefile."""

COMPANIONS: Final = (".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".shp.xml", ".ixs", ".mxs", ".atx")
"""What may lie beside it and is not needed."""

_MARK: Final = b"\x00\x00\x27\x0a"
_HEADER_BYTES: Final = 100
_LONGEST_HEADER: Final = 65_536
_LONGEST_NOTE: Final = 10_000
"""Bytes of a .prj or .cpg that are looked at."""

_LATIN1: Final = "ISO-8859-1"
"""Every byte is the letter of the same number, so that nothing is lost on the way to us."""


@dataclass(frozen=True)
class _Pieces:
    """The files of one shapefile, checked; the folder they lie in may be a working copy."""

    shp: Path
    dbf: DbfHeader
    cpg: bytes
    prj: str
    remarks: tuple[str, ...]


def shapefile_outline(path: Path, *, options: ReadingOptions = AS_FOUND) -> Outline:
    """
    What a shapefile holds.

    Parameters
    ----------
    path
        Its .shp, .shx or .dbf.
    options
        `encoding` where the planner names it.

    Raises
    ------
    SourceError
        If a piece is missing, cut off or of another format.
    """
    with _pieces(path) as pieces:
        (part,) = layer_parts(pieces.shp, driver=DRIVER, kind="shapefile", encoding=_LATIN1)
        first = read_gdal(pieces.shp, layer=None, driver=DRIVER, encoding=_LATIN1, shapes=False)
        encoding = _encoding(pieces, first, options.encoding)
        names, cut = _names(pieces, encoding.name)
        remarks = tuple(one for one in (*pieces.remarks, encoding.remark, *cut) if one)
    part = Part("", "shapefile", part.rows, tuple(names), part.geometry, part.crs)
    return Outline(path.name, (part,), remarks)


def read_shapefile(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable:
    """
    A shapefile, with its attributes as text.

    Parameters
    ----------
    path
        Its .shp, .shx or .dbf.
    options
        `encoding` where the planner names it.

    Raises
    ------
    SourceError
        If a piece is missing, cut off or of another format, or a layer is named.
    """
    if options.part not in {"", path.stem}:
        chosen_part(path.name, [""], options.part)
    with _pieces(path) as pieces:
        layer = read_gdal(pieces.shp, layer=None, driver=DRIVER, encoding=_LATIN1)
        encoding = _encoding(pieces, layer, options.encoding)
        names, cut = _names(pieces, encoding.name)
        cells, mended = _cells(layer, names, encoding.name, file_name=path.name)
        remarks = [*pieces.remarks, encoding.remark, *cut, *mended, *layer.remarks]
        remarks += _deleted(pieces.dbf.records, layer)
        unread = "" if layer.crs is not None else pieces.prj
    shapes = layer.shapes if layer.shapes is not None else np.full(len(cells), None, dtype=object)
    return SourceTable(
        name=path.name,
        cells=cells,
        rows=tuple((layer.numbers + 1).tolist()),
        geometry=gpd.GeoSeries(shapes, crs=layer.crs),
        unread_crs=unread,
        remarks=tuple(remark for remark in remarks if remark),
    )


def pieces_beside(path: Path) -> dict[str, Path]:
    """
    The files of the shapefile that a file belongs to, by their extension in lower case.

    Parameters
    ----------
    path
        Any of them; the others have the same name, in whatever case.
    """
    stem = path.stem.lower()
    with os.scandir(path.absolute().parent) as entries:
        beside = sorted(
            Path(entry.path)
            for entry in entries
            if entry.is_file() and Path(entry.name).stem.lower() == stem
        )
    # the file that was named wins over a namesake in other case
    beside = [one for one in beside if one.name != path.name] + [path.absolute()]
    return {one.suffix.lower(): one for one in beside if one.suffix.lower() in PIECES}


@contextlib.contextmanager
def _pieces(path: Path) -> Iterator[_Pieces]:
    file_at(path)
    try:
        found = pieces_beside(path)
        _check_present(path, found)
        header = _checked_dbf(found[".dbf"])
        shapes = _checked_shp(found[".shp"])
        records = _checked_shx(found[".shx"]) if ".shx" in found else shapes
        cpg, prj = (
            _start(found[key], _LONGEST_NOTE) if key in found else b"" for key in (".cpg", ".prj")
        )
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    if records not in {None, header.records}:
        msg = (
            f"「{path.name}」的图形有 {records} 个，属性有 {header.records} 条，对不上。"
            "请把同一次导出的 .shp、.shx、.dbf 一起拷来。"
        )
        raise SourceError(msg)
    remarks = []
    if ".shx" not in found:
        remarks.append("缺少索引文件 .shx，已在临时副本里重建，原文件未改动。")
    note = prj.decode("utf-8", errors="replace").strip("\ufeff\0 \r\n")
    with tempfile.TemporaryDirectory(prefix="quantu-shp-") as folder:
        shp = found[".shp"]
        if not _as_gdal_expects(found):
            shp = _copied(found, Path(folder))
        yield _Pieces(shp, header, cpg, note, tuple(remarks))


def _check_present(path: Path, found: dict[str, Path]) -> None:
    if ".shp" not in found:
        msg = (
            f"「{path.name}」缺少同名的 .shp（图形），只有属性读不出位置。"
            "请把 .shp、.shx、.dbf、.prj 一起放在同一文件夹，或打成一个 zip。"
        )
        raise SourceError(msg)
    if ".dbf" not in found:
        msg = (
            f"「{path.name}」缺少同名的 .dbf（属性表），没有名称、编码等属性。"
            "请把 .shp、.shx、.dbf、.prj 一起放在同一文件夹，或打成一个 zip。"
        )
        raise SourceError(msg)
    for piece in found.values():
        if not piece.stat().st_size and piece.suffix.lower() in PIECES[:3]:
            msg = f"图层文件「{piece.name}」是空的（0 字节）。请重新导出。"
            raise SourceError(msg)
        check_file_size(piece, MOST_FILE_BYTES)


def _checked_dbf(path: Path) -> DbfHeader:
    header = dbf_header(_start(path, _LONGEST_HEADER))
    if header is None:
        msg = f"「{path.name}」的内容不是 DBF 属性表，和它的扩展名不符。请重新导出。"
        raise SourceError(msg)
    if path.stat().st_size < header.total_bytes:
        raise SourceError(_cut(path, header.total_bytes))
    return header


def _checked_shp(path: Path) -> None:
    _check_length(path, _start(path, _HEADER_BYTES))


def _checked_shx(path: Path) -> int:
    """How many shapes the index lists."""
    words = _check_length(path, _start(path, _HEADER_BYTES))
    return (2 * words - _HEADER_BYTES) // 8


def _check_length(path: Path, start: bytes) -> int:
    if not start.startswith(_MARK) or len(start) < _HEADER_BYTES:
        raise SourceError(not_what_it_says(path.name, DRIVER))
    (words,) = struct.unpack_from(">i", start, 24)
    if path.stat().st_size < 2 * words:
        raise SourceError(_cut(path, 2 * words))
    return int(words)


def _cut(path: Path, wanted: int) -> str:
    return (
        f"「{path.name}」不完整：应有 {wanted:,} 字节，实有 {path.stat().st_size:,} 字节。"
        "请重新拷贝或导出。"
    )


def _start(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _as_gdal_expects(found: dict[str, Path]) -> bool:
    """Whether GDAL finds all the pieces where they lie, and will not write beside them."""
    stem = found[".shp"].stem
    plain = all(piece.name == stem + suffix for suffix, piece in found.items())
    return plain and ".shx" in found


def _copied(found: dict[str, Path], folder: Path) -> Path:
    """The pieces under the names that GDAL looks for, the index made anew where it is missing."""
    for suffix, piece in found.items():
        shutil.copyfile(piece, folder / f"layer{suffix}")
    if ".shx" not in found:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
        try:
            read_gdal(folder / "layer.shp", layer=None, driver=DRIVER, encoding=_LATIN1)
        finally:
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    return folder / "layer.shp"


def _encoding(pieces: _Pieces, layer: GdalLayer, asked: str) -> Encoding:
    texts = {name for name in pieces.dbf.names if not name.isascii()}
    for values in _text_columns(layer):
        texts.update(text.encode("latin-1") for text in set(values) if text and not text.isascii())
    declared = declared_encoding(pieces.cpg, pieces.dbf.language)
    return found_encoding(sorted(texts), declared=declared, asked=asked)


def _text_columns(layer: GdalLayer) -> Iterator[Sequence[Any]]:
    for values in layer.attributes:
        if values.dtype.kind == "O":
            yield [value for value in values.tolist() if isinstance(value, str)]


def _names(pieces: _Pieces, encoding: str) -> tuple[list[str], list[str]]:
    """The column names, and what is to be said of them."""
    read = [decoded(raw, encoding) for raw in pieces.dbf.names]
    names = unique_names([name for name, _ in read])
    cut = [name for name, (_, mended) in zip(names, read, strict=True) if mended]
    remark = f"有 {len(cut)} 个列名在半个汉字处被截断，已去掉残字：{'、'.join(cut[:5])}。"
    return names, [remark] if cut else []


def _deleted(records: int, layer: GdalLayer) -> list[str]:
    """Records that a program has marked as deleted, and that GDAL passes over."""
    gone = np.setdiff1d(np.arange(records), layer.numbers)
    if not len(gone):
        return []
    return [f"有 {len(gone)} 条记录在属性表里已标为删除，没有读入，首个是第 {gone[0] + 1} 条。"]


def _cells(
    layer: GdalLayer, names: list[str], encoding: str, *, file_name: str
) -> tuple[pd.DataFrame, list[str]]:
    plain = layer.cells()
    if plain.shape[1] != len(names):
        msg = f"「{file_name}」的属性表表头和内容对不上，可能已损坏。请重新导出。"
        raise SourceError(msg)
    odd: list[int] = []
    columns = {}
    for place, name in enumerate(names):
        texts = []
        for row, text in enumerate(plain.iloc[:, place]):
            if text.isascii():
                texts.append(text)
                continue
            whole, mended = decoded(text.encode("latin-1"), encoding)
            texts.append(whole)
            if mended:
                odd.append(row)
        columns[name] = texts
    remarks = []
    if odd:
        remarks.append(
            f"有 {len(odd)} 格的文字不完整或编码与其余不同，已尽量读出，请核对，"
            f"首个在第 {min(odd) + 1} 条。"
        )
    return pd.DataFrame(columns, index=plain.index, dtype=str), remarks
