"""Map layers through GDAL: what a file holds, and one layer of it as text and shapes.

Whatever a file is called, GDAL would open what its content says it is. So the caller looks at
the first bytes, the driver that GDAL chose must be the one meant, and drivers that open other
files or hosts are off (`layers.gdal_settings`).
"""

from __future__ import annotations

import contextlib
import json
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from coverage.errors import SourceError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.formats.curves import curved_shapes
from layers.formats.limits import MOST_LAYERS, MOST_PARTS, MOST_ROWS
from layers.formats.outline import Part
from layers.formats.shapes import crs_text, flat_shapes, known_crs
from layers.formats.table_rows import check_size

import pyogrio  # isort: skip
import pyogrio.raw  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyproj

    from layers.formats.outline import Format

FORMAT_NAMES: Final = {
    "GPKG": "GeoPackage",
    "GeoJSON": "GeoJSON",
    "ESRI Shapefile": "Shapefile",
    "OpenFileGDB": "文件地理数据库（.gdb）",
    "DXF": "DXF",
}
"""GDAL's name of a driver, and what planners call the format."""

QGIS_STYLES: Final = "layer_styles"
"""The table in which QGIS keeps how the layers of a GeoPackage look."""

_EXACT_IN_FLOAT: Final = 2.0**53
_MEASURED: Final = "Measured (M)"
_KINDS: Final = {"Point": "point", "LineString": "line", "LinearRing": "line", "Polygon": "polygon"}


@dataclass(frozen=True, eq=False)
class GdalLayer:
    """
    One layer as GDAL hands it over, with n features.

    Parameters
    ----------
    columns
        Names of the attributes; they may repeat.
    attributes
        For each attribute, its values, shape (n,).
    shapes
        Shape (n,), in two dimensions, None where a feature has none; None for a plain table.
    crs
        What it declares, if it is a CRS that is known.
    numbers
        Shape (n,), the number of each feature in the file.
    remarks
        Chinese sentences on what was left out of the shapes.
    """

    columns: tuple[str, ...]
    attributes: tuple[np.ndarray[Any, Any], ...]
    shapes: np.ndarray[Any, Any] | None
    crs: pyproj.CRS | None
    numbers: np.ndarray[Any, Any]
    remarks: tuple[str, ...] = ()

    def cells(self) -> pd.DataFrame:
        """The attributes as text; the names must differ."""
        cells = pd.DataFrame(
            {
                place: [as_text(value) for value in values]
                for place, values in enumerate(self.attributes)
            },
            index=range(len(self)),
            dtype=str,
        )
        cells.columns = pd.Index(self.columns, dtype=object)
        return cells

    def __len__(self) -> int:
        return len(self.numbers)


def layer_names(path: Path, *, driver: str) -> list[str]:
    """
    The names of all layers of a file.

    Parameters
    ----------
    path
        A file or folder whose first bytes fit `driver`.
    driver
        GDAL's name of the only driver allowed.

    Raises
    ------
    SourceError
        If GDAL cannot read it, or finds no layer in it.
    """
    with _speaking_of(path, driver):
        names = [str(name) for name, _ in pyogrio.list_layers(_plain(path)) if name != QGIS_STYLES]
    if not names:
        msg = f"「{path.name}」里没有任何图层。请重新导出。"
        raise SourceError(msg)
    if len(names) > MOST_LAYERS:
        msg = (
            f"「{path.name}」里有 {len(names):,} 个图层，超过 {MOST_LAYERS} 个的上限，没有打开。"
            "请在 QGIS 里把要用的图层另存为一个文件。"
        )
        raise SourceError(msg)
    return names


def layer_parts(
    path: Path, *, driver: str, kind: Format, encoding: str | None = None
) -> tuple[Part, ...]:
    """
    The layers of a file, the first `MOST_PARTS` of them.

    Parameters
    ----------
    path
        A file or folder whose first bytes fit `driver`.
    driver
        GDAL's name of the only driver allowed.
    kind
        Format of the parts.
    encoding
        Of the text, where GDAL is not to find it out.

    Raises
    ------
    SourceError
        If GDAL takes it for another format, cannot read it, or finds no layer in it.
    """
    names = layer_names(path, driver=driver)[:MOST_PARTS]
    with _speaking_of(path, driver):
        infos = [pyogrio.read_info(_plain(path), layer=name, encoding=encoding) for name in names]
    if any(info["driver"] != driver for info in infos):
        raise SourceError(not_what_it_says(path.name, driver))
    return tuple(_part(info, name, kind=kind) for info, name in zip(infos, names, strict=True))


def read_gdal(
    path: Path,
    *,
    layer: str | None,
    driver: str,
    encoding: str | None = None,
    shapes: bool = True,
) -> GdalLayer:
    """
    One layer of a file.

    Parameters
    ----------
    path
        A file or folder whose first bytes fit `driver`.
    layer
        Its name; None for the only one.
    driver
        GDAL's name of the only driver allowed.
    encoding
        Of the text, where GDAL is not to find it out.
    shapes
        False for the attributes alone.

    Raises
    ------
    SourceError
        If GDAL takes it for another format, cannot read it, or it is beyond the limits.
    """
    with _speaking_of(path, driver) as warned:
        info = pyogrio.read_info(_plain(path), layer=layer, encoding=encoding)
        if info["driver"] != driver:
            raise SourceError(not_what_it_says(path.name, driver))
        _check_size(path.name, rows=int(info["features"]), columns=len(info["fields"]))
        meta, numbers, wkb, values = pyogrio.raw.read(
            _plain(path),
            layer=layer,
            encoding=encoding,
            read_geometry=shapes,
            max_features=MOST_ROWS + 1,
            return_fids=True,
            datetime_as_string=True,
        )
        columns = tuple(str(name) for name in meta["fields"])
        _check_size(path.name, rows=len(numbers), columns=len(columns))
        exact = {
            place: _exact(
                path, columns[place], values[place], numbers, layer=layer, encoding=encoding
            )
            for place, kind in enumerate(meta["ogr_types"])
            if kind == "OFTInteger64"
        }
        values = [exact.get(place, value) for place, value in enumerate(values)]
        for place, kind in enumerate(meta["ogr_types"]):
            if kind == "OFTDateTime":
                values[place] = _days(values[place])
        found = None if wkb is None else shapely.from_wkb(wkb, on_invalid="fix")
        classes = dict(zip(columns, values, strict=True)).get("SubClasses")
        curved = (
            curved_shapes(_plain(path), layer=layer, driver=driver, wkb=wkb, classes=classes)
            if wkb is not None
            else None
        )
    remarks: list[str] = []
    if found is not None:
        had = np.array([one is not None for one in wkb], dtype=bool)
        measured = any(_MEASURED in str(warning.message) for warning in warned)
        found, remarks = flat_shapes(found, had=had, measured=measured, curved=curved)
    crs = known_crs(meta["crs"])
    return GdalLayer(columns, tuple(values), found, crs, numbers, tuple(remarks))


def not_what_it_says(name: str, driver: str) -> str:
    """The sentence for a file whose content is of another format than its name."""
    return (
        f"「{name}」的内容不是 {FORMAT_NAMES[driver]}，和它的扩展名不符。"
        f"请在 QGIS 里另存为 {FORMAT_NAMES[driver]} 后重试。"
    )


def as_text(value: object) -> str:
    """
    One attribute as a planner would write it; whole numbers without ".0".

    Parameters
    ----------
    value
        As pyogrio or pandas has it.

    Examples
    --------
    >>> as_text(370102.0), as_text(0.5), as_text(None), as_text("0012")
    ('370102', '0.5', '', '0012')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        return value.hex()
    if value is None or value != value:  # noqa: PLR0124 - NaN is the one that differs from itself
        return ""
    whole = isinstance(value, float) and math.isfinite(value) and value.is_integer()
    return str(int(value)) if whole else str(value)


def _part(info: dict[str, Any], name: str, *, kind: Format) -> Part:
    flat = str(info["geometry_type"] or "").removesuffix(" Z").removeprefix("Multi")
    rows = int(info["features"])
    return Part(
        name=name,
        format=kind,
        rows=rows if rows >= 0 else None,
        columns=tuple(str(column) for column in info["fields"]),
        geometry=_KINDS.get(flat, "mixed") if info["geometry_type"] else "",
        crs=crs_text(known_crs(info["crs"])),
    )


def _check_size(name: str, *, rows: int, columns: int) -> None:
    check_size(name, rows=rows, columns=columns, cells=rows * columns)


def _days(found: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Points in time as text; midnight is how a day alone comes out."""
    days = np.full(len(found), None, dtype=object)
    for place, text in enumerate(found.tolist()):
        days[place] = text.removesuffix("T00:00:00") if isinstance(text, str) else text
    return days


def _exact(
    path: Path,
    column: str,
    found: np.ndarray[Any, Any],
    numbers: np.ndarray[Any, Any],
    *,
    layer: str | None,
    encoding: str | None,
) -> np.ndarray[Any, Any]:
    """
    A column of whole numbers, digit for digit.

    Where some cells are empty, pyogrio hands over floats, which hold 15 digits; an 18-digit code
    would come out changed. The filled cells alone come out whole.
    """
    if found.dtype.kind != "f" or not (np.abs(found) >= _EXACT_IN_FLOAT).any():
        return found
    _, order, _, (whole,) = pyogrio.raw.read(
        _plain(path),
        layer=layer,
        encoding=encoding,
        columns=[column],
        read_geometry=False,
        fids=numbers[~np.isnan(found)],
        return_fids=True,
    )
    by_number = dict(zip(order.tolist(), whole.tolist(), strict=True))
    exact = np.full(len(found), None, dtype=object)
    exact[:] = [by_number.get(number) for number in numbers.tolist()]
    return exact


def _plain(path: Path) -> Path:
    """
    The path as pyogrio takes it for a path, and nothing else.

    An absolute path is never taken for a URL or for content.

    Raises
    ------
    SourceError
        If it holds "!", which pyogrio takes for the way into an archive.
    """
    whole = path.absolute()
    if "!" in str(whole) or whole.as_posix().startswith("/vsi"):
        msg = (
            f"「{path.name}」的文件名或所在文件夹的名称里有“!”，读不了。请改成不带“!”的名称后重试。"
        )
        raise SourceError(msg)
    return whole


@contextlib.contextmanager
def _speaking_of(path: Path, driver: str) -> Iterator[list[warnings.WarningMessage]]:
    """What GDAL cannot read becomes one sentence; what it warns of is kept, and not shown."""
    try:
        # GDAL warns of damaged headers, open rings, odd dates and the like; what matters is
        # checked afterwards
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield warned
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        pyogrio.errors.GeometryError,
        shapely.errors.GEOSException,
        pa.ArrowException,
        UnicodeDecodeError,
    ) as error:
        msg = (
            f"图层文件「{path.name}」读不出来，可能不完整或已损坏。"
            f"请在 QGIS 里打开检查，重新导出为 {FORMAT_NAMES[driver]} 后重试。"
        )
        raise SourceError(msg) from error
