"""Tables with geometry as GeoJSON that every reader accepts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from reports.files import DEGREE_DECIMALS, json_text, rounded

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

WGS84: Final = "EPSG:4326"


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
        f'{{"type": "Feature", "properties": {_line(values)}, "geometry": {_members(geometry)}}}'
        for values, geometry in zip(
            columns.to_dict("records"), _in_degrees(table.geometry), strict=True
        )
    ]
    body = ",\n".join(features)
    return f'{{"type": "FeatureCollection", "label": {_line(label)}, "features": [\n{body}\n]}}\n'


def _line(content: Any) -> str:  # noqa: ANN401 - JSON holds anything
    return json_text(content, indent=None).rstrip("\n")


def _in_degrees(geometries: gpd.GeoSeries) -> npt.NDArray[np.object_]:
    degrees = np.asarray(geometries.to_crs(WGS84).array, dtype=object)
    # Rounding each corner by itself could make a ring cross itself; snapping to a grid cannot.
    snapped = shapely.set_precision(degrees, 10.0**-DEGREE_DECIMALS)
    decimal = shapely.transform(snapped, lambda corners: corners.round(DEGREE_DECIMALS))
    return shapely.orient_polygons(decimal)


def _members(geometry: shapely.Geometry | None) -> str:
    # Straight to text: a service area has thousands of corners, all finite by now.
    if geometry is None or geometry.is_empty:
        return "null"
    return json.dumps(shapely.geometry.mapping(geometry), allow_nan=False)
