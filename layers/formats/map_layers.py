"""Map layers from GeoPackage, GeoJSON, file geodatabases and DXF.

The first bytes must fit the name before GDAL sees the file, and the driver that GDAL chose must
fit it as well (`layers.formats.gdal_reading`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import pyproj

from coverage.errors import SourceError
from layers.coordinates import WGS84
from layers.formats.dxf_guard import check_dxf
from layers.formats.gdal_reading import (
    FORMAT_NAMES,
    layer_names,
    layer_parts,
    not_what_it_says,
    read_gdal,
)
from layers.formats.geopackage_guard import check_geopackage
from layers.formats.header_rows import unique_names
from layers.formats.limits import MIB, MOST_FILE_BYTES, MOST_PARTS
from layers.formats.outline import AS_FOUND, Format, Outline, ReadingOptions
from layers.formats.parts import chosen_part
from layers.formats.table_rows import check_file_size
from layers.tables import SourceTable, file_at, not_opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DRIVERS: Final[dict[str, tuple[str, Format]]] = {
    ".gpkg": ("GPKG", "geopackage"),
    ".geojson": ("GeoJSON", "geojson"),
    ".json": ("GeoJSON", "geojson"),
    ".gdb": ("OpenFileGDB", "filegdb"),
    ".dxf": ("DXF", "dxf"),
}
"""GDAL driver and format by file extension."""

_ONE_LAYER: Final = frozenset({"GeoJSON", "DXF"})
"""Drivers whose files have one layer, without a name of its own."""

GDB_CATALOGUE: Final = "a00000001.gdbtable"
"""The file that every file geodatabase has."""

_BOM: Final = b"\xef\xbb\xbf"
_DXF_START: Final = re.compile(rb"\s*(999\r?\n[^\n]*\n\s*)*0\r?\n\s*SECTION\b")
_BINARY_DXF: Final = b"AutoCAD Binary DXF"
_CRS_NAME: Final = re.compile(r"(urn:ogc:def:crs:|EPSG:|OGC:)[\w:.-]+")
_GEOJSON_TYPES: Final = frozenset({
    "FeatureCollection", "Feature", "GeometryCollection", "Point", "MultiPoint", "LineString",
    "MultiLineString", "Polygon", "MultiPolygon",
})  # fmt: skip
_DIALECT_BYTES: Final = 16 * MIB


def layer_outline(path: Path) -> Outline:
    """
    The layers of a map file.

    Parameters
    ----------
    path
        A .gpkg, .geojson, .json or .dxf file, or a .gdb folder.

    Raises
    ------
    SourceError
        If it is missing, of another format, or damaged.
    """
    driver, kind = DRIVERS[path.suffix.lower()]
    _check_content(path, driver)
    with _told_from_other_json(path, driver):
        parts = layer_parts(path, driver=driver, kind=kind)
    remarks = [f"图层太多，只列出前 {MOST_PARTS} 个。"] if len(parts) == MOST_PARTS else []
    if driver in _ONE_LAYER:
        # its name is GDAL's and not the planner's
        parts = tuple(dataclasses.replace(part, name="") for part in parts)
    if driver == "GeoJSON" and _unread_crs(path):
        parts = tuple(dataclasses.replace(part, crs="") for part in parts)
    return Outline(path.name, parts, tuple(remarks))


def read_layer(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable:
    """
    One layer of a map file, with its attributes as text.

    A GeoJSON file without `crs` is WGS84 (RFC 7946); one whose `crs` is null or unknown declares
    none. A DXF has layers of its own kind: they stand in the column "Layer".

    Parameters
    ----------
    path
        A .gpkg, .geojson, .json or .dxf file, or a .gdb folder.
    options
        `part`: the layer, needed where there are several.

    Raises
    ------
    SourceError
        If it is missing, of another format, damaged, or the layer is not clear.
    """
    driver, _ = DRIVERS[path.suffix.lower()]
    _check_content(path, driver)
    name = None
    if driver not in _ONE_LAYER:
        name = chosen_part(path.name, layer_names(path, driver=driver), options.part)
    elif options.part and options.part not in layer_names(path, driver=driver):
        chosen_part(path.name, [""], options.part)
    with _told_from_other_json(path, driver):
        layer = read_gdal(path, layer=name, driver=driver)
    unread = _unread_crs(path) if driver == "GeoJSON" and _is_wgs84(layer.crs) else ""
    geometry = None
    if layer.shapes is not None:
        geometry = gpd.GeoSeries(layer.shapes, crs=None if unread else layer.crs)
    remarks = list(layer.remarks)
    if driver == "DXF":
        remarks.append("CAD 图形不带坐标系，请写明它的坐标系。")
    cells = layer.cells()
    cells.columns = pd.Index(unique_names(cells.columns), dtype=object)
    rows = tuple(range(1, len(layer) + 1))
    return SourceTable(path.name, cells, rows, geometry, unread, tuple(remarks))


@contextlib.contextmanager
def _told_from_other_json(path: Path, driver: str) -> Iterator[None]:
    """A file that GDAL refuses is not called damaged where it is sound JSON of another kind."""
    try:
        yield
    except SourceError as error:
        # only where it was GDAL that refused
        if error.__cause__ is not None and driver == "GeoJSON" and _is_other_json(path):
            raise SourceError(not_what_it_says(path.name, driver)) from error
        raise


def _is_wgs84(crs: pyproj.CRS | None) -> bool:
    return crs is not None and crs.to_authority() == tuple(WGS84.split(":"))


def _check_content(path: Path, driver: str) -> None:
    if driver == "OpenFileGDB":
        _check_gdb(path)
        return
    try:
        with file_at(path).open("rb") as file:
            start = file.read(4096)
        check_file_size(path, MOST_FILE_BYTES)
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    if not start:
        msg = f"图层文件「{path.name}」是空的（0 字节）。请重新导出。"
        raise SourceError(msg)
    if start.startswith(_BINARY_DXF):
        msg = f"「{path.name}」是二进制的 DXF，读不了。请在 CAD 里另存为 ASCII（文本）DXF 后重试。"
        raise SourceError(msg)
    text = start.removeprefix(_BOM)
    fits = {
        "GPKG": start.startswith(b"SQLite format 3\0"),
        "GeoJSON": text.lstrip().startswith(b"{"),
        "DXF": _DXF_START.match(text) is not None,
    }
    if not fits[driver]:
        raise SourceError(not_what_it_says(path.name, driver))
    if driver == "GPKG":
        check_geopackage(path)
    if driver == "DXF":
        check_dxf(path)


def _check_gdb(path: Path) -> None:
    if not path.exists():
        file_at(path)
    if not path.is_dir():
        msg = (
            f"「{path.name}」应是一个文件夹（文件地理数据库），现在是一个文件。"
            "请把整个 .gdb 文件夹打成一个 zip 后重试。"
        )
        raise SourceError(msg)
    try:
        files = [one for one in path.iterdir() if one.is_file()]
        size = sum(one.stat().st_size for one in files)
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    if GDB_CATALOGUE not in {one.name for one in files}:
        msg = (
            f"文件夹「{path.name}」不是文件地理数据库，或者不完整（缺少 {GDB_CATALOGUE}）。"
            "请把整个 .gdb 文件夹重新拷来。"
        )
        raise SourceError(msg)
    if size > MOST_FILE_BYTES:
        msg = (
            f"「{path.name}」有 {size // MIB:,} MB，超过 {MOST_FILE_BYTES // MIB:,} MB 的上限。"
            f"请在 QGIS 里把要用的图层另存为 {FORMAT_NAMES['GPKG']}。"
        )
        raise SourceError(msg)


def _is_other_json(path: Path) -> bool:
    content = path.read_bytes()
    if len(content) > _DIALECT_BYTES:
        return False
    try:
        whole = json.loads(content.removeprefix(_BOM))
    except (ValueError, RecursionError):
        return False
    # what stands there may be a list
    return str(whole.get("type")) not in _GEOJSON_TYPES


def _unread_crs(path: Path) -> str:
    """
    What a GeoJSON file calls its `crs` if that is no known one; "" otherwise.

    GDAL takes such a file for WGS84 without a word.
    """
    content = path.read_bytes()
    if b'"crs"' not in content:
        return ""
    try:
        whole = json.loads(content.removeprefix(_BOM))
    except (ValueError, RecursionError):
        return ""  # GDAL has read it all the same; what it read stands
    if "crs" not in whole:
        return ""
    named: Any = whole["crs"]
    properties = named.get("properties") if isinstance(named, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return json.dumps(named, ensure_ascii=False)
    with contextlib.suppress(pyproj.exceptions.CRSError):
        if _CRS_NAME.fullmatch(name):
            pyproj.CRS.from_user_input(name)
            return ""
    return name
