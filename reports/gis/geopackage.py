"""Layers as one GeoPackage that QGIS draws in colour as soon as it is opened."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final

from reports.gis.gdal_writing import NO_TIME, NOT_WHOLE, write_gdal
from reports.gis.out_columns import shortened
from reports.gis.qml import qml_text
from reports.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reports.gis.out_columns import OutColumn
    from reports.gis.out_layer import OutLayer

_GEOMETRY: Final = "geom"

_STYLE_NAME_BYTES: Final = 30
"""The table of QGIS has room for so many."""

_STYLES: Final = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
    f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
    owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP
)
"""
"""The table that QGIS makes and looks for, column by column."""

_LISTED: Final = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, "
    "srs_id) VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)"
)
_FINISHED: Final = (
    "SELECT feature_count FROM gpkg_ogr_contents JOIN gpkg_extensions USING (table_name) "
    "WHERE table_name = ? AND extension_name = 'gpkg_rtree_index'"
)
"""What GDAL writes last of a layer: how many rows there are, and that their places are indexed."""

_STYLE: Final = (
    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
    "styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time) "
    "VALUES ('', '', ?, ?, ?, ?, '', ?, ?, '', ?)"
)


def geopackage_bytes(layers: Sequence[OutLayer]) -> tuple[bytes, tuple[str, ...]]:
    """
    Layers in one file, with the table `layer_styles`.

    Parameters
    ----------
    layers
        At least one; no two of one name.

    Returns
    -------
    content
        The same layers give the same bytes.
    notes
        Chinese sentences on what the file cannot say.

    Raises
    ------
    OutputError
        If the folder for temporary files cannot be written, or is full.
    """
    notes = []
    with scratch_folder("quantu-gpkg-") as folder:
        path = folder / "layers.gpkg"
        for layer in layers:
            whole = layer
            if layer.datum.crs is None:
                whole = layer.with_datum_column()
                notes.append(
                    f"{layer.title}（GeoPackage）：{layer.datum.name} 没有通用的坐标系定义，"
                    "图层不声明坐标系，由图层名、图层说明和“坐标系”一列写明。"
                )
            write_gdal(
                path,
                whole,
                driver="GPKG",
                layer=layer.name,
                names=[one.header for one in whole.columns],
                texts=_texts,
                GEOMETRY_NAME=_GEOMETRY,
                IDENTIFIER=layer.name,
                DESCRIPTION=layer.note,
            )
        try:
            _add_styles(path, layers)
            _check(path, layers)
        except sqlite3.Error as error:
            raise OSError(NOT_WHOLE) from error
        content = path.read_bytes()
    return content, tuple(notes)


def _texts(column: OutColumn) -> list[str | None]:
    return [None if cell is None else str(cell) for cell in column.cells]


def _check(path: Path, layers: Sequence[OutLayer]) -> None:
    """Every row and every page is there, for nothing is told of what fails as a file is closed."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        for layer in layers:
            if database.execute(_FINISHED, [layer.name]).fetchone() != (len(layer.shapes),):
                raise OSError(NOT_WHOLE)
        if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise OSError(NOT_WHOLE)


def _add_styles(path: Path, layers: Sequence[OutLayer]) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES)
        database.execute(_LISTED, [NO_TIME])
        for layer in layers:
            for number, look in enumerate(layer.looks or (None,)):
                title = layer.title if look is None else shortened(look.name, _STYLE_NAME_BYTES)
                row = [
                    layer.name, _GEOMETRY, title, qml_text(layer, look), int(number == 0),
                    layer.note, NO_TIME,
                ]  # fmt: skip
                database.execute(_STYLE, row)
