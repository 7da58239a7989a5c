"""Tables with geometry as GeoJSON that every reader accepts."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from reports.files import DEGREE_DECIMALS, json_text, rounded

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

WGS84: Final = "EPSG:4326"

NULL: Final = "null"

POINT: Final = shapely.GeometryType.POINT
POLYGON: Final = shapely.GeometryType.POLYGON
MULTIPOLYGON: Final = shapely.GeometryType.MULTIPOLYGON


def geojson_text(table: gpd.GeoDataFrame, *, label: str = "") -> str:
    """
    A table as GeoJSON: WGS84, outer rings counter-clockwise, no NaN and no infinity.

    Parameters
    ----------
    table
        Shape (n, k) in any CRS. Every column but the geometry becomes a property; a number
        that is NaN or infinite, and a geometry that is missing or empty, becomes null.
    label
        What must be shown with the data ("合成数据 …"); a member of the collection.

    Returns
    -------
    text
        One feature per line; ends with a line feed. The same table gives the same text.

    References
    ----------
    Butler, H. et al. (2016). The GeoJSON Format. RFC 7946.
    """
    columns = rounded(table.drop(columns=table.geometry.name).reset_index(drop=True))
    features = [
        f'{{"type": "Feature", "properties": {properties}, "geometry": {geometry}}}'
        for properties, geometry in zip(
            _objects(columns), _geometries(_in_degrees(table.geometry)), strict=True
        )
    ]
    body = ",\n".join(features)
    return f'{{"type": "FeatureCollection", "label": {_line(label)}, "features": [\n{body}\n]}}\n'


def _line(content: Any) -> str:  # noqa: ANN401 - JSON holds anything
    return json_text(content, indent=None).rstrip("\n")


def _objects(columns: pd.DataFrame) -> list[str]:
    """Every row as a JSON object; column by column, since a table may have many rows."""
    if columns.empty:
        return ["{}"] * len(columns)
    members = []
    for name, column in columns.items():
        key = _line(str(name))
        members.append([f"{key}: {value}" for value in _values(column)])
    return [f"{{{', '.join(row)}}}" for row in zip(*members, strict=True)]


def _values(column: pd.Series) -> list[str]:
    """The values of a column as JSON."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        return [repr(value) if math.isfinite(value) else NULL for value in column.tolist()]
    # Names of zones, readings and facilities come again and again.
    names: dict[str, str] = {}
    texts = []
    for value in column.tolist():
        if not isinstance(value, str):
            texts.append(_line(value))
            continue
        if value not in names:
            names[value] = _line(value)
        texts.append(names[value])
    return texts


def _in_degrees(geometries: gpd.GeoSeries) -> npt.NDArray[np.object_]:
    degrees = np.asarray(geometries.to_crs(WGS84).array, dtype=object)
    # Rounding each corner by itself could make a ring cross itself; snapping to a grid cannot.
    snapped = shapely.set_precision(degrees, 10.0**-DEGREE_DECIMALS)
    decimal = shapely.transform(snapped, lambda corners: corners.round(DEGREE_DECIMALS))
    return shapely.orient_polygons(decimal)


def _geometries(geometries: npt.NDArray[np.object_]) -> list[str]:
    """Every geometry as a JSON object; points and areas, of which there are many, in one go."""
    texts = np.full(len(geometries), NULL, dtype=object)
    given = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    kinds = shapely.get_type_id(geometries)
    for kind, name in ((POINT, "Point"), (POLYGON, "Polygon"), (MULTIPOLYGON, "MultiPolygon")):
        rows = np.flatnonzero(given & (kinds == kind))
        if len(rows):
            _, corners, starts = shapely.to_ragged_array(geometries[rows])
            if not np.isfinite(corners).all():
                msg = "GeoJSON has no place for coordinates that are not finite"
                raise ValueError(msg)
            columns = (column.tolist() for column in corners.T)
            parts = [f"[{x!r}, {y!r}]" for x, y in zip(*columns, strict=True)]
            for start in starts:
                parts = _joined(parts, start.tolist())
            texts[rows] = [f'{{"type": "{name}", "coordinates": {part}}}' for part in parts]
            given[rows] = False
    for row in np.flatnonzero(given):
        texts[row] = json.dumps(shapely.geometry.mapping(geometries[row]), allow_nan=False)
    return texts.tolist()


def _joined(parts: list[str], starts: list[int]) -> list[str]:
    """Parts in JSON arrays, each from where it starts to where the next does."""
    return [f"[{', '.join(parts[start:end])}]" for start, end in pairwise(starts)]
