"""Shapes of the moment on the live map: routes, roads that are closed, changed or being drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import shapely

from reports import map_styles as styles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WGS84: Final = "EPSG:4326"

DECIMALS: Final = 6
"""Of a degree: a decimetre."""

ROUTE: Final = {"color": "#7a1fa2", "weight": 4.0, "opacity": 0.85}
RESPONSE: Final = {"color": "#ffb000", "weight": 3.0, "opacity": 1.0, "dashArray": "7 7"}
CLOSED: Final = {"color": "#1b1b1b", "weight": 5.0, "opacity": 0.9, "dashArray": "2 8"}
SPEED: Final = {"color": "#009e73", "weight": 5.0, "opacity": 0.9}
ADDED: Final = {"color": "#cc79a7", "weight": 5.0, "opacity": 0.95}
DRAWN: Final = {"color": "#cc79a7", "weight": 3.0, "opacity": 0.95, "dashArray": "6 5"}
VERTEX: Final = {
    "radius": 5.0, "color": "#7b2d5b", "weight": 2.0, "fill": True, "fillColor": "#ffffff",
    "fillOpacity": 1.0,
}  # fmt: skip
GAINED: Final = {
    "radius": 7.0, "color": styles.BLUE, "weight": 3.0, "opacity": 1.0, "fill": False,
}  # fmt: skip
LOST: Final = {
    "radius": 7.0, "color": "#000000", "weight": 3.0, "opacity": 1.0, "fill": False,
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """
    A line, a dot or a pin above the map.

    Parameters
    ----------
    kind
        "line", "dot", or "pin" for a marker that can be dragged.
    positions
        [latitude, longitude] in degrees, WGS84; one for a dot or a pin.
    style
        As Leaflet takes it; a pin has its own.
    """

    kind: Literal["line", "dot", "pin"]
    positions: list[list[float]]
    style: Mapping[str, Any] = field(default_factory=dict)


def line_shapes(
    lines: Iterable[shapely.Geometry], *, crs: str, style: Mapping[str, Any]
) -> list[Shape]:
    """
    Lines of a projected CRS as shapes.

    Parameters
    ----------
    lines
        LineStrings or MultiLineStrings; empty ones are left out.
    crs
        Their CRS.
    style
        How they are drawn.
    """
    return _shapes(shapely.get_parts(np.array(list(lines), dtype=object)), crs, "line", style)


def dot_shapes(
    points: Iterable[shapely.Geometry], *, crs: str, style: Mapping[str, Any]
) -> list[Shape]:
    """
    Points of a projected CRS as shapes.

    Parameters
    ----------
    points
        Points.
    crs
        Their CRS.
    style
        How they are drawn.
    """
    return _shapes(np.array(list(points), dtype=object), crs, "dot", style)


def _shapes(
    geometry: np.ndarray, crs: str, kind: Literal["line", "dot"], style: Mapping[str, Any]
) -> list[Shape]:
    kept = [one for one in geometry if not one.is_empty]
    degrees = gpd.GeoSeries(kept, crs=crs).to_crs(WGS84) if kept else []
    return [
        Shape(kind, np.round(shapely.get_coordinates(one)[:, ::-1], DECIMALS).tolist(), style)
        for one in degrees
    ]
