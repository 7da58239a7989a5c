"""Map layers from GeoPackage and GeoJSON, and the choice of reader by file name.

Whatever a file is called, GDAL would open what its content says it is. So the first bytes and
the driver GDAL chose must fit the name, and drivers that open other files or hosts are off
(`layers.gdal_settings`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
import re
import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyproj

from coverage.errors import SourceError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.coordinates import WGS84
from layers.tables import SourceTable, file_at, read_csv

import geopandas as gpd  # isort: skip
import pyogrio  # isort: skip

if TYPE_CHECKING:
    from pathlib import Path

LAYER_DRIVERS: Final = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON"}
"""GDAL driver by file extension."""

_FIRST_BYTES: Final = {"GPKG": b"SQLite format 3\0", "GeoJSON": b"{"}
_FORMAT_NAMES: Final = {"GPKG": "GeoPackage", "GeoJSON": "GeoJSON"}
_CRS_NAME: Final = re.compile(r"(urn:ogc:def:crs:|EPSG:|OGC:)[\w:.-]+")
_BOM: Final = b"\xef\xbb\xbf"


def read_source(path: Path, *, layer: str | None = None) -> SourceTable:
    """
    A table or map layer, chosen by the extension of its name.

    Parameters
    ----------
    path
        A .csv, .gpkg, .geojson or .json file.
    layer
        Layer of a GeoPackage; needed where it has more than one.

    Raises
    ------
    SourceError
        If the file is missing, of another format, or cannot be read.
    """
    if path.suffix.lower() == ".csv":
        return read_csv(path)
    return read_layer(path, layer=layer)


def read_layer(path: Path, *, layer: str | None = None) -> SourceTable:
    """
    One layer of a GeoPackage, or a GeoJSON file, with its attributes as text.

    Whole numbers are written without ".0", also where GDAL hands them over as floats because
    some cells are empty. A GeoJSON file without `crs` is WGS84 (RFC 7946); one whose `crs` is
    null or unknown declares none.

    Parameters
    ----------
    path
        A .gpkg, .geojson or .json file.
    layer
        Layer of a GeoPackage; needed where it has more than one.

    Raises
    ------
    SourceError
        If the file is missing, of another format, damaged, or the layer is not clear.
    """
    driver = LAYER_DRIVERS.get(path.suffix.lower())
    if driver is None:
        msg = (
            f"「{path.name}」的格式不能读取：目前支持 GeoPackage（.gpkg）、GeoJSON（.geojson）"
            "和 UTF-8 的 CSV（.csv）。请在 QGIS、Excel 或 WPS 里另存为其中一种。"
        )
        raise SourceError(msg)
    _check_first_bytes(path, driver)
    try:
        with warnings.catch_warnings():
            # GDAL warns of damaged headers, open rings, odd dates and the like; what matters is
            # checked afterwards
            warnings.simplefilter("ignore", RuntimeWarning)
            name = _layer_name(path, layer)
            info = pyogrio.read_info(path, layer=name)
            if info["driver"] != driver:
                raise SourceError(_not_what_it_says(path, driver))
            frame = pyogrio.read_dataframe(path, layer=name, on_invalid="fix", use_arrow=False)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        msg = (
            f"图层文件「{path.name}」读不出来，可能不完整或已损坏。"
            f"请在 QGIS 里打开检查，重新导出为 {_FORMAT_NAMES[driver]} 后重试。"
        )
        raise SourceError(msg) from error
    is_wgs84 = driver == "GeoJSON" and info["crs"] == WGS84
    return _as_source(frame, path.name, unread_crs=_unread_crs(path) if is_wgs84 else "")


def _check_first_bytes(path: Path, driver: str) -> None:
    try:
        with file_at(path).open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        msg = (
            f"数据文件「{path.name}」打不开（{path}）。请检查它是否被别的程序占用、是否有读取权限。"
        )
        raise SourceError(msg) from error
    if not start:
        msg = f"图层文件「{path.name}」是空的（0 字节）。请重新导出。"
        raise SourceError(msg)
    if driver == "GeoJSON":
        start = start.removeprefix(_BOM).lstrip()
    if not start.startswith(_FIRST_BYTES[driver]):
        raise SourceError(_not_what_it_says(path, driver))


def _not_what_it_says(path: Path, driver: str) -> str:
    return (
        f"「{path.name}」的内容不是 {_FORMAT_NAMES[driver]}，和它的扩展名不符。"
        f"请在 QGIS 里另存为 {_FORMAT_NAMES[driver]} 后重试。"
    )


def _layer_name(path: Path, layer: str | None) -> str:
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    listed = "、".join(f"“{name}”" for name in names)
    if layer is not None and layer not in names:
        msg = f"「{path.name}」里没有图层“{layer}”，有的是：{listed or '没有任何图层'}。"
        raise SourceError(msg + "请改正 project.toml 的 layer。")
    if layer is None and len(names) != 1:
        if not names:
            msg = f"「{path.name}」里没有任何图层。请重新导出。"
            raise SourceError(msg)
        msg = f"「{path.name}」里有 {len(names)} 个图层：{listed}。"
        raise SourceError(msg + "请在 project.toml 里用 layer 写明读哪一个。")
    return layer if layer is not None else names[0]


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
    named = whole["crs"]
    properties = named.get("properties") if isinstance(named, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return json.dumps(named, ensure_ascii=False)
    with contextlib.suppress(pyproj.exceptions.CRSError):
        if _CRS_NAME.fullmatch(name):
            pyproj.CRS.from_user_input(name)
            return ""
    return name


def _as_source(frame: pd.DataFrame, name: str, *, unread_crs: str) -> SourceTable:
    geometry = None
    plain = pd.DataFrame(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        geometry = gpd.GeoSeries(frame.geometry.reset_index(drop=True))
        if unread_crs:
            geometry = geometry.set_crs(None, allow_override=True)
        plain = plain.drop(columns=frame.geometry.name)
    cells = pd.DataFrame(
        {column: [_text(value) for value in plain[column]] for column in plain.columns},
        index=range(len(plain)),
        dtype=str,
    )
    cells.columns = cells.columns.astype(str)
    return SourceTable(name, cells, tuple(range(1, len(plain) + 1)), geometry, unread_crs)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.date):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)
