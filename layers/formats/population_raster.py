"""Rasters of people (WorldPop, GHS-POP …): the cells of one band, as they stand in the file.

Runs in the reading process (`layers.formats.worker`). Only GeoTIFF is opened, whatever the file is
called, and no file beside it.
"""

from __future__ import annotations

import json
import math
import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from coverage.errors import SourceError
from layers import gdal_settings  # noqa: F401 - must come before rasterio
from layers.formats.answers import GRID_KEY
from layers.formats.shapes import known_crs

import rasterio  # isort: skip
from rasterio.errors import NotGeoreferencedWarning, RasterioError  # isort: skip
from rasterio.warp import transform_bounds  # isort: skip
from rasterio.windows import Window  # isort: skip

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Bounds = tuple[float, float, float, float]

MOST_CELLS: Final = 20_000_000
"""Cells of the part that is read: a county of 2,000 km² at 10 m, a province at 100 m. More would
not fit into the memory of the reading process."""

_FIRST_BYTES: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""TIFF and BigTIFF, either byte order."""

_OPEN: Final = {
    # Neither overviews nor statistics beside the file, and no folder is listed.
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_TIFF_INTERNAL_MASK": "YES",
    "GDAL_CACHEMAX": 64,
}


def write_cells(path: Path, *, bounds: Bounds, answer: Path) -> None:
    """
    The cells with people in a part of a raster, as an Arrow file.

    Parameters
    ----------
    path
        A GeoTIFF with one band.
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84; cells whose centre may lie inside are read.
    answer
        Arrow file to write: `row` and `column` of the whole raster (from 0), `people`; in its
        metadata under `GRID_KEY` the affine transform and the CRS.

    Raises
    ------
    SourceError
        If it is no such raster, does not meet the bounds, or has numbers that can be no people.
    """
    _check_first_bytes(path)
    try:
        # a raster that does not say where it lies is refused below, in a sentence
        with warnings.catch_warnings(), rasterio.Env(**_OPEN), _opened(path) as raster:
            window = _window(raster, path, bounds)
            values = raster.read(1, window=window, masked=True, out_dtype="float64")
            grid = {
                "transform": list(raster.transform)[:6],
                "crs": raster.crs.to_wkt(),
                "cells_read": int(values.size),
            }
    except RasterioError as error:
        msg = f"栅格文件「{path.name}」读不出来，可能不完整或已损坏。请重新下载后重试。"
        raise SourceError(msg) from error
    people = np.ma.filled(values, np.nan)
    # Some products mark cells without data by a large negative number and do not say so.
    _refuse(people, np.isinf(people), path=path, window=window, called="无穷大")
    _refuse(people, people < 0, path=path, window=window, called="负数")
    rows, columns = np.nonzero(np.nan_to_num(people, nan=0.0))
    table = pa.table(
        {
            "row": pa.array(rows + window.row_off, type=pa.int64()),
            "column": pa.array(columns + window.col_off, type=pa.int64()),
            "people": pa.array(people[rows, columns], type=pa.float64()),
        }
    ).replace_schema_metadata({GRID_KEY: json.dumps(grid).encode()})
    with pa.OSFile(str(answer), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _refuse(
    people: npt.NDArray[np.float64],
    wrong: npt.NDArray[np.bool_],
    *,
    path: Path,
    window: Window,
    called: str,
) -> None:
    """Raise an error where cells hold numbers that can be no people."""
    if not wrong.any():
        return
    row, column = np.argwhere(wrong)[0]
    msg = (
        f"栅格文件「{path.name}」有 {int(wrong.sum())} 个像元的人口是{called}"
        f"（首个为 {people[row, column]:g}，在第 {window.row_off + row + 1} 行"
        f"第 {window.col_off + column + 1} 列），像是没有声明的无数据值。"
        "请在 QGIS 里给图层设定无数据值（NoData）并重新导出。"
    )
    raise SourceError(msg)


def _window(raster: rasterio.DatasetReader, path: Path, bounds: Bounds) -> Window:
    """The part of a raster that covers the bounds, once the raster is known to be one of people."""
    if raster.count != 1:
        msg = (
            f"栅格文件「{path.name}」有 {raster.count} 个波段，分不清哪个是人口。"
            "请用只有一个波段的人口栅格（如 WorldPop 或 GHS-POP）。"
        )
        raise SourceError(msg)
    if raster.crs is None:
        msg = f"栅格文件「{path.name}」没有说明坐标系，无法确定位置。请在 QGIS 里指定后重新导出。"
        raise SourceError(msg)
    crs = known_crs(raster.crs.to_wkt())
    if crs is None or not (crs.is_geographic or crs.is_projected):
        msg = (
            f"栅格文件「{path.name}」的坐标系既不是经纬度也不是投影坐标，无法确定位置。"
            "请在 QGIS 里重投影后重试。"
        )
        raise SourceError(msg)
    if not all(map(math.isfinite, raster.transform)) or not raster.transform.e:
        msg = f"栅格文件「{path.name}」的像元大小或位置不是有限的数，可能已损坏。请重新下载后重试。"
        raise SourceError(msg)
    if raster.transform.b or raster.transform.d or raster.transform.a <= 0:
        msg = f"栅格文件「{path.name}」是斜放的，不能按行列读取。请在 QGIS 里重投影后重试。"
        raise SourceError(msg)
    west, south, east, north = transform_bounds("EPSG:4326", raster.crs, *bounds, densify_pts=101)
    top, left = raster.transform.f, raster.transform.c
    if not all(map(math.isfinite, (west, south, east, north))):
        raise SourceError(_elsewhere(path))
    first_row, last_row = sorted((value - top) / raster.transform.e for value in (south, north))
    columns = [int(np.floor((value - left) / raster.transform.a)) for value in (west, east)]
    rows = [int(np.floor(first_row)), int(np.floor(last_row))]
    row_off, col_off = max(rows[0], 0), max(columns[0], 0)
    height = min(rows[1] + 1, raster.height) - row_off
    width = min(columns[1] + 1, raster.width) - col_off
    if height <= 0 or width <= 0:
        raise SourceError(_elsewhere(path))
    if height * width > MOST_CELLS:
        msg = (
            f"栅格文件「{path.name}」在研究区内有 {height * width:,} 个像元，"
            f"超过 {MOST_CELLS:,} 个。请换用像元大一些的人口栅格（如 100 米）。"
        )
        raise SourceError(msg)
    return Window(col_off, row_off, width, height)


def _opened(path: Path) -> rasterio.DatasetReader:
    warnings.simplefilter("ignore", NotGeoreferencedWarning)
    return rasterio.open(path, driver="GTiff")


def _elsewhere(path: Path) -> str:
    return f"栅格文件「{path.name}」与研究区没有重叠。请检查下载的是不是这个地方的人口栅格。"


def _check_first_bytes(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(4)
    if start not in _FIRST_BYTES:
        msg = f"「{path.name}」不是 GeoTIFF 栅格，内容与名称不符。请重新导出为 GeoTIFF（.tif）。"
        raise SourceError(msg)
