"""KML, KMZ and OVKML (奥维), read piece by piece with expat; nothing that they point to is opened.

GDAL would flatten the folders and add a dozen columns of its own. Here every folder with places
in it is a layer, ExtendedData become columns, and a description stays the text that it is. KML
has no other CRS than WGS84; whether the places are really shifted (GCJ-02, BD-09) is found out
later.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.errors import SourceError
from layers.coordinates import WGS84
from layers.formats.header_rows import unique_names
from layers.formats.kml_shapes import ShapeMaker
from layers.formats.limits import MIB, MOST_FILE_BYTES, MOST_PARTS
from layers.formats.outline import AS_FOUND, Outline, Part, ReadingOptions
from layers.formats.parts import chosen_part
from layers.formats.shapes import flat_shapes, kinds_of
from layers.formats.table_rows import check_file_size, check_size
from layers.formats.zip_guard import Entry, entry_chunks, open_entries
from layers.tables import SourceTable, file_at, not_opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ARCHIVED: Final = (".kmz", ".ovkmz")
"""Extensions of KML that lies in a zip, beside its pictures."""

NAME: Final = "Name"
DESCRIPTION: Final = "description"
"""Columns for a place's own name and description, as GDAL and QGIS call them."""

_ENCODING: Final = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHINESE: Final = {"gb2312", "gbk", "gb18030", "cp936", "hz"}
_LOOKED_AT: Final = 4096
_DEEPEST: Final = 100
_LONGEST_TAG: Final = 4 * MIB
"""Bytes of one tag or comment: expat goes through it again from its beginning at every chunk."""
_MOST_IDLE: Final = 2_000_000
"""Elements from one place to the next; 50,000 styles before the first have about a million."""
_CONTAINERS: Final = frozenset({"Document", "Folder"})
_NOT_FOLLOWED: Final = {
    "NetworkLink": "网络链接", "GroundOverlay": "贴图", "ScreenOverlay": "贴图",
    "PhotoOverlay": "贴图", "Model": "三维模型",
}  # fmt: skip
_OF_TEXT: Final = frozenset({"name", "description", "value", "SimpleData", "coordinates", "coord"})
_ROOT: Final = "（不在文件夹里）"


@dataclass
class _Layer:
    """What one folder holds: for each column its cells by row, and the shapes."""

    name: str
    cells: dict[str, dict[int, str]] = field(default_factory=dict)
    shapes: list[Any] = field(default_factory=list)
    had: list[bool] = field(default_factory=list)


def kml_outline(path: Path) -> Outline:
    """
    The folders of a KML, KMZ or OVKML file that hold places.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SourceError
        If it is damaged, another format, declares entities, or holds no places.
    """
    reader = _read(path)
    layers = list(reader.layers.values())
    remarks = reader.remarks()
    if len(layers) > MOST_PARTS:
        remarks.append(f"共有 {len(layers)} 个文件夹，只列出前 {MOST_PARTS} 个。")
    return Outline(path.name, tuple(_part(layer) for layer in layers[:MOST_PARTS]), tuple(remarks))


def read_kml(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable:
    """
    The places of one folder, with names, descriptions and ExtendedData as text.

    Parameters
    ----------
    path
        The file.
    options
        `part`: the folder, needed where several hold places.

    Raises
    ------
    SourceError
        If it is damaged, another format, declares entities, holds no places, or the folder is
        not clear.
    """
    reader = _read(path)
    name = chosen_part(path.name, [layer.name for layer in reader.layers.values()], options.part)
    layer = next(one for one in reader.layers.values() if one.name == name)
    count = len(layer.shapes)
    shapes, odd = flat_shapes(
        np.array([*layer.shapes, None], dtype=object)[:-1], had=np.array(layer.had, dtype=bool)
    )
    cells = pd.DataFrame(
        {
            place: [texts.get(row, "") for row in range(count)]
            for place, texts in enumerate(layer.cells.values())
        },
        index=range(count),
        dtype=str,
    )
    cells.columns = pd.Index(_columns(layer), dtype=object)
    return SourceTable(
        name=path.name,
        cells=cells,
        rows=tuple(range(1, count + 1)),
        geometry=gpd.GeoSeries(shapes, crs=WGS84),
        remarks=(*reader.remarks(), *odd),
    )


def _columns(layer: _Layer) -> list[str]:
    return unique_names(list(layer.cells))


def _part(layer: _Layer) -> Part:
    kinds = kinds_of(np.array([*layer.shapes, None], dtype=object))
    return Part(
        name=layer.name,
        format="kml",
        rows=len(layer.shapes),
        columns=tuple(_columns(layer)),
        geometry=kinds.pop() if len(kinds) == 1 else "mixed",
        crs=WGS84,
    )


class _Reader:
    """
    The state of a reading: which elements are open, and what was found so far.

    Parameters
    ----------
    name
        File name, as messages name it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.layers: dict[tuple[str, ...], _Layer] = {}
        self.passed_over: dict[str, int] = {}
        self._open: list[str] = []
        self._folders: list[str] = []
        self._texts: list[str] | None = None
        self._text_depth = 0
        self._place: dict[str, str] | None = None
        self._repeats: Counter[str] = Counter()
        self._shape = ShapeMaker()
        self._key = ""
        self._places = 0
        self._idle = 0
        self._cells = 0

    def remarks(self) -> list[str]:
        """Chinese sentences on what was passed over."""
        return [
            f"有 {count} 个{title}没有读入：只读地标，不打开其他文件和网络地址。"
            for title, count in self.passed_over.items()
        ]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note that an element begins."""
        tag = tag.rpartition(":")[2]
        self._idle += 1
        if self._idle > _MOST_IDLE:
            raise SourceError(_damaged(self.name))
        if not self._open and tag not in {"kml", *_CONTAINERS, "Placemark"}:
            raise SourceError(_no_kml(self.name))
        self._open.append(tag)
        if len(self._open) > _DEEPEST:
            msg = f"「{self.name}」的层次超过 {_DEEPEST} 层，没有读取。请在奥维或 QGIS 里重新导出。"
            raise SourceError(msg)
        if tag in _CONTAINERS:
            self._folders.append("")
        elif tag == "Placemark":
            self._place = {}
            self._repeats = Counter()
            self._shape = ShapeMaker()
        elif tag in {"Data", "SimpleData"}:
            self._key = attributes.get("name", "")
        elif tag in _NOT_FOLLOWED:
            title = _NOT_FOLLOWED[tag]
            self.passed_over[title] = self.passed_over.get(title, 0) + 1
        if self._place is not None:
            self._shape.start(tag)
        if self._texts is None and tag in _OF_TEXT:
            self._texts, self._text_depth = [], len(self._open)

    def text(self, piece: str) -> None:
        """Take a piece of the text of the innermost element."""
        if self._texts is not None:
            self._texts.append(piece)

    def end(self, _: str) -> None:
        """Take in what an element held."""
        depth = len(self._open)
        tag = self._open.pop()
        if self._texts is not None and depth > self._text_depth:
            return  # markup in the middle of a description: its text counts, its tags do not
        text = "".join(self._texts or ()).strip()
        self._texts = None
        parent = self._open[-1] if self._open else ""
        if tag == "name" and (parent == "Folder" or (parent == "Document" and self._folders[1:])):
            # the outermost document is no folder; its name is mostly that of the file
            self._folders[-1] = text
        elif tag in _CONTAINERS:
            self._folders.pop()
        elif tag == "Placemark":
            self._finish_place()
        elif self._place is not None:
            self._take(tag, text, parent)

    def _take(self, tag: str, text: str, parent: str) -> None:
        if tag in {"name", "description"} and parent == "Placemark":
            if text:
                self._cell(NAME if tag == "name" else DESCRIPTION, text)
        elif tag == "SimpleData" or (tag == "value" and parent == "Data"):
            self._cell(self._key, text)
        else:
            self._shape.end(tag, text)

    def _cell(self, column: str, text: str) -> None:
        if self._place is not None:
            # a second value under the same name is told apart, and not lost
            name = column
            while name in self._place:
                self._repeats[column] += 1
                name = f"{column}_{self._repeats[column] + 1}"
            self._place[name] = text
            check_size(self.name, rows=0, columns=len(self._place), cells=0)

    def _finish_place(self) -> None:
        layer = self._layer()
        row = len(layer.shapes)
        for column, text in (self._place or {}).items():
            layer.cells.setdefault(column, {})[row] = text
        layer.shapes.append(self._shape.made())
        layer.had.append(self._shape.had)
        self._place = None
        self._places += 1
        self._idle = 0
        self._cells += len(layer.cells)
        check_size(self.name, rows=self._places, columns=len(layer.cells), cells=self._cells)

    def _layer(self) -> _Layer:
        path = tuple(folder for folder in self._folders if folder)
        if path not in self.layers:
            self.layers[path] = _Layer("/".join(path))
        return self.layers[path]

    def name_layers(self) -> None:
        """Give each layer a name of its own, once all are known."""
        layers = list(self.layers.values())
        names = [layer.name or (_ROOT if layers[1:] else "") for layer in layers]
        for layer, name in zip(layers, unique_names(names) if layers[1:] else names, strict=True):
            layer.name = name


def _read(path: Path) -> _Reader:
    file_at(path)
    try:
        check_file_size(path, MOST_FILE_BYTES)
        reader = _Reader(path.name)
        _parse(path, reader)
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    reader.name_layers()
    if not reader.layers:
        msg = f"「{path.name}」里没有任何地标（Placemark）。请重新导出。"
        raise SourceError(msg)
    return reader


def _parse(path: Path, reader: _Reader) -> None:
    chunks = _chunks(path)
    start = next(chunks, b"")
    declared = _ENCODING.match(start.removeprefix(codecs.BOM_UTF8)[:_LOOKED_AT])
    chinese = declared is not None and declared.group(1).decode().lower() in _CHINESE
    parser = expat.ParserCreate(encoding="utf-8" if chinese else None)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = lambda *_: _refuse_doctype(path.name)
    decoder = codecs.getincrementaldecoder("gb18030")()
    given = 0
    try:
        for chunk in _with(start, chunks):
            content = decoder.decode(chunk).encode() if chinese else chunk
            parser.Parse(content, False)
            given += len(content)
            if given - parser.CurrentByteIndex > _LONGEST_TAG:
                raise SourceError(_damaged(path.name))
        parser.Parse(decoder.decode(b"", True).encode() if chinese else b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if not reader.layers and b"<" not in start[:_LOOKED_AT]:
            raise SourceError(_no_kml(path.name)) from error
        raise SourceError(_damaged(path.name)) from error


def _chunks(path: Path) -> Iterator[bytes]:
    if path.suffix.lower() in ARCHIVED:
        yield from entry_chunks(path, _main_entry(path))
        return
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            yield chunk


def _with(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _main_entry(path: Path) -> Entry:
    """The KML of a KMZ: doc.kml, or the first one outside of folders, or the first one."""
    found = [
        entry for entry in open_entries(path) if entry.name.lower().endswith((".kml", ".ovkml"))
    ]
    if not found:
        msg = f"「{path.name}」里没有 .kml 文件。请在奥维或 QGIS 里重新导出。"
        raise SourceError(msg)
    return min(found, key=lambda entry: (entry.name.count("/"), entry.name.lower() != "doc.kml"))


def _refuse_doctype(name: str) -> None:
    msg = (
        f"「{name}」里有 DOCTYPE 声明，正常的 KML 不需要它，可能会引来别的文件，没有读取。"
        "请向提供文件的单位核实来源。"
    )
    raise SourceError(msg)


def _damaged(name: str) -> str:
    return (
        f"图层文件「{name}」读不出来，可能不完整或已损坏。"
        "请在奥维或 QGIS 里打开检查，重新导出为 KML 后重试。"
    )


def _no_kml(name: str) -> str:
    return f"「{name}」的内容不是 KML，和它的扩展名不符。请在奥维或 QGIS 里另存为 KML 后重试。"
