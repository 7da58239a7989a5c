"""Layers of a project as files of GIS, CAD and office programs; the door of `reports.gis`.

What goes out comes back equal: titles are those that our own table of synonyms knows, every file
says its datum, and whatever a format cannot carry is said in a sentence, never cut in silence.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import InputError
from layers.columns.synonyms import LAYER_TITLES
from reports.gis.dxf import dxf_bytes
from reports.gis.geojson_layer import geojson_layer_bytes
from reports.gis.geopackage import geopackage_bytes
from reports.gis.kml_layer import kml_bytes
from reports.gis.out_datums import DATUM_CHOICES, out_datum
from reports.gis.out_layer import OutLayer, out_layer
from reports.gis.shapefile import shapefile_bytes
from reports.gis.workbook import workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd

    from coverage.standards import FacilityKind
    from layers.columns.synonyms import Layer

    Content = tuple[bytes, tuple[str, ...]]

__all__ = [
    "DATUM_CHOICES", "FORMATS", "Written", "files_of_format", "layer_files", "safe_file_name",
]  # fmt: skip

FORMATS: Final[Mapping[str, str]] = {
    "shp": "Shapefile（GBK，打成 .zip）", "gpkg": "GeoPackage（带 QGIS 样式）",
    "geojson": "GeoJSON", "kml": "KML", "dxf": "DXF", "xlsx": "Excel",
}  # fmt: skip
"""Word of the command -> what it means."""

_TOGETHER: Final[Mapping[str, Callable[[Sequence[OutLayer]], Content]]] = {
    "gpkg": geopackage_bytes, "dxf": dxf_bytes,
}  # fmt: skip
"""Formats that hold all layers in one file."""

_APART: Final[Mapping[str, Callable[[OutLayer], Content]]] = {
    "geojson": geojson_layer_bytes, "kml": kml_bytes, "xlsx": workbook_bytes,
}  # fmt: skip

_UNWANTED: Final = re.compile(r'[\x00-\x20\x7f<>:"/\\|?*!%\ud800-\udfff\u200e\u200f\u202a-\u202e]+')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_YEAR: Final = re.compile(r"_(19|20)\d\d$")
_LONGEST_NAME: Final = 40
_MARK: Final = 6
"""Characters of the mark by which names that begin alike differ where they are cut."""


@dataclass(frozen=True, eq=False)
class Written:
    """
    Layers as files, not yet on the disk.

    Parameters
    ----------
    files
        File name -> content.
    notes
        Chinese sentences: what was shortened, changed or could not be carried.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...]


def layer_files(
    tables: Mapping[Layer, gpd.GeoDataFrame],
    *,
    formats: Sequence[str],
    datum: str = "wgs84",
    name: str,
    kinds: Mapping[str, FacilityKind],
    label: str = "",
) -> Written:
    """
    Layers in the formats that were asked for.

    Parameters
    ----------
    tables
        Layer -> its table, after the contract of the layer, in the project's CRS; at least one.
    formats
        Keys of `FORMATS`.
    datum
        A key of `DATUM_CHOICES`.
    name
        Of the project; stands first in the names of the files.
    kinds
        Facility kinds by code, for names and colours.
    label
        What must be shown with the data ("合成数据 …").

    Returns
    -------
    written
        A file per layer, GeoPackage and DXF one for all. The same tables give the same bytes.

    Raises
    ------
    CrsError
        If the datum is not known, or does not fit the project.
    InputError
        If a format is not known, or a layer has no rows.
    """
    _check(tables, formats)
    crs = next(iter(tables.values())).crs
    asked = [
        out_layer(table, key, datum=out_datum(datum, crs=crs), kinds=kinds, label=label)
        for key, table in tables.items()
    ]
    files: dict[str, bytes] = {}
    notes = [note for layer in asked for note in layer.notes]
    for one in dict.fromkeys(formats):
        layers = asked
        if one == "kml" and not asked[0].datum.is_degrees:
            degrees = out_datum("cgcs2000", crs=crs)
            layers = [
                out_layer(table, key, datum=degrees, kinds=kinds, label=label)
                for key, table in tables.items()
            ]
            notes.append(f"KML 只能是经纬度，已改按{degrees.title}写出。")
        for file, (content, told) in files_of_format(layers, one, safe_file_name(name)).items():
            files[file] = content
            notes += told
    return Written(files, tuple(dict.fromkeys(notes)))


def safe_file_name(text: str) -> str:
    """
    A name that every system takes for the beginning of the name of a file.

    A long one is cut and marked, so that it stays another than those that begin alike; a year at
    its end stays.

    Examples
    --------
    >>> safe_file_name('a/b:"c"? '), safe_file_name("con"), safe_file_name("示例县")
    ('a_b_c', '_con', '示例县')
    >>> safe_file_name("长" * 60 + "_2025")
    '长长长长长长长长长长长长长长长长长长长长长长长长长长长长_db4c1c_2025'
    """
    plain = _UNWANTED.sub("_", text).strip("._ ")
    if len(plain) > _LONGEST_NAME:
        found = _YEAR.search(plain)
        mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
        tail = f"_{mark}{found[0] if found else ''}"
        plain = f"{plain[: _LONGEST_NAME - len(tail)].rstrip('._ ')}{tail}"
    return f"_{plain}" if not plain or _RESERVED.fullmatch(plain) else plain


def _check(tables: Mapping[Layer, gpd.GeoDataFrame], formats: Sequence[str]) -> None:
    strange = [one for one in formats if one not in FORMATS]
    if strange or not formats:
        what = f"导出的格式“{strange[0][:40]}”不认识" if strange else "没有写导出的格式"
        msg = f"{what}，可写 {'、'.join(FORMATS)}。"
        raise InputError(msg)
    empty = [key for key, table in tables.items() if table.empty]
    if empty or not tables:
        what = "、".join(LAYER_TITLES[key] for key in empty)
        msg = f"{what}没有任何记录，没有可导出的。请检查项目。" if what else "没有写导出哪些图层。"
        raise InputError(msg)


def files_of_format(layers: Sequence[OutLayer], one: str, name: str) -> dict[str, Content]:
    """The files of one format by their names."""
    if one in _TOGETHER:
        return {f"{name}_{layers[0].datum.file_word}.{one}": _TOGETHER[one](layers)}
    stems = {f"{name}_{layer.name}": layer for layer in layers}
    if one == "shp":
        return {
            f"{stem}_shp.zip": shapefile_bytes(layer, stem=stem) for stem, layer in stems.items()
        }
    return {f"{stem}.{one}": _APART[one](layer) for stem, layer in stems.items()}
