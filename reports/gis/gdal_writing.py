"""Layers through GDAL: the formats whose bytes are best left to it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from layers import gdal_settings  # noqa: F401 - must come before pyogrio

import pyogrio  # isort: skip
import pyogrio.raw  # isort: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from reports.gis.out_columns import OutColumn
    from reports.gis.out_layer import OutLayer

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
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _array(
    column: OutColumn, texts: Callable[[OutColumn], Sequence[str | None]]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """The cells as GDAL takes them, and which of them are missing."""
    if column.is_text:
        return np.array([*texts(column), None], dtype=object)[:-1], None
    missing = np.array([cell is None for cell in column.cells], dtype=bool)
    plain = pd.Series(column.cells, dtype=object).where(~missing, 0)
    return plain.to_numpy(dtype=np.int64 if column.is_whole else np.float64), missing


def _geometry_type(shapes: npt.NDArray[np.object_], *, is_points: bool) -> str:
    if is_points:
        return "Point"
    many = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON).any()
    return "MultiPolygon" if many else "Polygon"
