"""Layers through GDAL: the formats whose bytes are best left to it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from layers import gdal_settings  # noqa: F401 - must come before pyogrio

import pyogrio  # isort: skip
import pyogrio.errors  # isort: skip
import pyogrio.raw  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from reports.gis.out_columns import OutColumn
    from reports.gis.out_layer import OutLayer

NOT_WHOLE: Final = "文件没有写完整，多半是磁盘已满"
"""What is told of a file that GDAL or SQLite could not finish; neither says what the matter is."""

_NOT_WRITTEN: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
)
"""How GDAL tells of a file that takes no more; of names and shapes it tells in other ways."""

NO_TIME: Final = "2000-01-01T00:00:00.000Z"
"""Stands as the date of every file, so that the same layers give the same bytes."""


def write_gdal(
    path: Path,
    layer: OutLayer,
    /,
    *,
    driver: str,
    names: Sequence[str],
    texts: Callable[[OutColumn], Sequence[str | None]],
    **options: str,
) -> None:
    """
    Write a layer by one of GDAL's drivers.

    Parameters
    ----------
    path
        Of the file; a layer of another name that it holds already stays.
    layer
        What to write.
    driver
        GDAL's name.
    names
        Names of the columns.
    texts
        The cells of a column of text, as the format needs them.
    options
        Of the driver; "layer" and "encoding" too.

    Raises
    ------
    OSError
        If GDAL cannot write the file. That it raises nothing does not mean that all is written:
        what goes wrong when the file is closed is lost, so that callers look at the file.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": NO_TIME})
    try:
        with warnings.catch_warnings():
            # a shifted datum is no CRS, and is told by the name of the layer and by a column
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            kind = _geometry_type(layer.shapes, is_points=layer.is_points)
            arrays = [_array(one, texts) for one in layer.columns]
            pyogrio.raw.write(
                str(path),
                geometry=shapely.to_wkb(layer.shapes, flavor="iso"),
                field_data=[values for values, _ in arrays],
                fields=np.array(names, dtype=object),
                field_mask=[mask for _, mask in arrays],
                geometry_type=kind,
                crs=None if layer.datum.crs is None else layer.datum.crs.to_wkt(),
                driver=driver,
                promote_to_multi=kind == "MultiPolygon",
                **options,
            )
    except _NOT_WRITTEN as error:
        raise OSError(NOT_WHOLE) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _array(
    column: OutColumn, texts: Callable[[OutColumn], Sequence[str | None]]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """The cells as GDAL takes them, and which of them are missing."""
    if column.is_text:
        return np.array([*texts(column), None], dtype=object)[:-1], None
    missing = np.array([cell is None for cell in column.cells], dtype=bool)
    kind = np.int64 if column.is_whole else np.float64
    return np.array([0 if cell is None else cell for cell in column.cells], dtype=kind), missing


def _geometry_type(shapes: npt.NDArray[np.object_], *, is_points: bool) -> str:
    if is_points:
        return "Point"
    many = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON).any()
    return "MultiPolygon" if many else "Polygon"
