"""The choice of reader by the extension of a name: what a file holds, and one part of it."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError
from layers.formats.archives import Contents, Member, archive_contents, unpack
from layers.formats.kml import kml_outline, read_kml
from layers.formats.limits import MOST_PARTS
from layers.formats.map_layers import DRIVERS, layer_outline, read_layer
from layers.formats.outline import AS_FOUND, Outline, Part, ReadingOptions
from layers.formats.parts import chosen_part
from layers.formats.shapefiles import read_shapefile, shapefile_outline
from layers.formats.text_tables import read_text_table, text_outline
from layers.formats.workbooks import read_sheet, workbook_outline
from layers.tables import file_at, not_opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layers.tables import SourceTable

PLAIN_TEXT: Final = (".csv", ".tsv", ".txt")
"""Extensions of the text tables."""

_WORKBOOK: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_SHAPEFILE: Final = (".shp", ".shx", ".dbf")
_KML: Final = (".kml", ".kmz", ".ovkml", ".ovkmz")
_RASTER: Final = (".tif", ".tiff")
_ARCHIVE: Final = ".zip"
_TIFF_MARKS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_OUTLINES: Final[dict[str, Callable[[Path], Outline]]] = {
    **dict.fromkeys(PLAIN_TEXT, text_outline),
    **dict.fromkeys(_WORKBOOK, workbook_outline),
    **dict.fromkeys(_SHAPEFILE, shapefile_outline),
    **dict.fromkeys(_KML, kml_outline),
    **dict.fromkeys(DRIVERS, layer_outline),
}
_READERS: Final[dict[str, Callable[..., SourceTable]]] = {
    **dict.fromkeys(PLAIN_TEXT, read_text_table),
    **dict.fromkeys(_WORKBOOK, read_sheet),
    **dict.fromkeys(_SHAPEFILE, read_shapefile),
    **dict.fromkeys(_KML, read_kml),
    **dict.fromkeys(DRIVERS, read_layer),
}

READABLE: Final = frozenset({*_READERS, *_RASTER, _ARCHIVE})
"""Extensions, in lower case, of the files that can be read."""

_IN_ARCHIVES: Final = READABLE - {_ARCHIVE}
_BETWEEN: Final = "|"
"""Stands between a member of an archive and the layer or sheet in it."""

_ADVICE: Final = (
    (
        (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"),
        "请解压后选择其中的数据文件，或改打成 .zip。",
    ),
    ((".dwg", ".dgn"), "请在 CAD 里另存为 DXF。"),
    ((".et", ".numbers"), "请用 WPS 或 Excel 另存为 .xlsx。"),
    ((".mdb", ".accdb"), "请在 ArcGIS 里把图层导出为 Shapefile，或把表格导出为 Excel。"),
    ((".ovobj", ".ovjsn", ".ovmap"), "请在奥维里导出为 .ovkml 或 .kml。"),
    ((".doc", ".docx", ".wps", ".pdf"), "请把其中的表格另存为 Excel。"),
    ((".prj", ".cpg", ".sbn", ".sbx"), "请选择同名的 .shp。"),
)
"""What to do about extensions that offices have, and that nothing reads."""


def outline_of(path: Path) -> Outline:
    """
    What a file holds.

    Parameters
    ----------
    path
        A file, or the folder of a file geodatabase (.gdb).

    Raises
    ------
    SourceError
        If it is missing, of a format that nothing reads, or cannot be read.
    """
    suffix = _suffix(path)
    if suffix == _ARCHIVE:
        return _archive_outline(path)
    if suffix in _RASTER:
        _check_tiff(path)
        return Outline(path.name, (Part("", "raster"),))
    return _OUTLINES[suffix](path)


def read_part(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable:
    """
    One table or layer of a file, as text and shapes.

    Parameters
    ----------
    path
        A file, or the folder of a file geodatabase (.gdb).
    options
        What the planner says of it.

    Raises
    ------
    SourceError
        If it is missing, of a format that nothing reads, cannot be read, or the part is not
        clear.
    """
    suffix = _suffix(path)
    if suffix == _ARCHIVE:
        return _read_member(path, options)
    if suffix in _RASTER:
        _check_tiff(path)
        msg = f"「{path.name}」是栅格，不是表格或图层。请作为人口栅格导入。"
        raise SourceError(msg)
    return _READERS[suffix](path, options=options)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in READABLE:
        if suffix != ".gdb":
            file_at(path)
        return suffix
    if path.is_dir():
        file_at(path)
    what = f"“{suffix[:20]}”格式" if suffix else "没有扩展名的文件"
    found = [advice for suffixes, advice in _ADVICE if suffix in suffixes]
    advice = found[0] if found else "请另存为其中一种。"
    msg = (
        f"「{path.name}」不能读取：{what}不在支持之列。"
        "可以读取：Excel（.xlsx、.xls）、文本表格（.csv、.tsv、.txt）、Shapefile（.shp）、"
        "GeoPackage（.gpkg）、GeoJSON（.geojson）、KML（.kml、.kmz、.ovkml）、"
        "文件地理数据库（.gdb）、DXF（.dxf）、栅格（.tif），以及装有这些文件的 .zip。"
        f"{advice}"
    )
    raise SourceError(msg)


def _check_tiff(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    if start not in _TIFF_MARKS:
        msg = f"「{path.name}」的内容不是 GeoTIFF，和它的扩展名不符。请重新导出。"
        raise SourceError(msg)


def _archive_outline(path: Path) -> Outline:
    contents = archive_contents(path, readable=_IN_ARCHIVES)
    parts: list[Part] = []
    remarks = list(contents.remarks)
    refused: list[SourceError] = []
    for member in contents.members[:MOST_PARTS]:
        try:
            with _unpacked(path, member) as file:
                inside = outline_of(file)
        except SourceError as error:
            refused.append(error)
            remarks.append(str(error))
            continue
        parts += [
            dataclasses.replace(part, name=_part_name(member, part.name)) for part in inside.parts
        ]
        remarks += [f"{member.name}：{remark}" for remark in inside.remarks]
    if not parts:
        raise refused[0]
    return Outline(path.name, tuple(parts), tuple(remarks))


def _read_member(path: Path, options: ReadingOptions) -> SourceTable:
    contents = archive_contents(path, readable=_IN_ARCHIVES)
    member, part = _chosen_member(path, contents, options.part)
    with _unpacked(path, member) as file:
        table = read_part(file, options=dataclasses.replace(options, part=part))
    return dataclasses.replace(table, name=f"{path.name}/{member.name}")


def _chosen_member(path: Path, contents: Contents, wanted: str) -> tuple[Member, str]:
    # a name may hold the bar itself, so the members are tried and the name is not cut
    for member in contents.members:
        if wanted == member.name:
            return member, ""
        if wanted.startswith(member.name + _BETWEEN):
            return member, wanted[len(member.name) + 1 :]
    name = chosen_part(path.name, [member.name for member in contents.members], wanted)
    return next(member for member in contents.members if member.name == name), ""


def _part_name(member: Member, part: str) -> str:
    return f"{member.name}{_BETWEEN}{part}" if part else member.name


@contextlib.contextmanager
def _unpacked(path: Path, member: Member) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="quantu-zip-") as folder:
        yield unpack(path, member, Path(folder))
