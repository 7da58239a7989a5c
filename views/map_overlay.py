"""Shapes of the moment on the live map: routes, changed roads, tried sites, new verdicts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import shapely

from reports import map_styles as styles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WGS84: Final = "EPSG:4326"

DECIMALS: Final = 6
"""Of a degree: a decimetre."""

ID_LIMIT: Final = 500
"""Characters of an id that goes to a browser and comes back; longer is not ours."""

LABEL_LIMIT: Final = 60
"""Characters of a name beside a site; the rest would cover the map."""

MOST_PLACES: Final = 200_000
"""Positions and ids of one shape; a browser takes no more without waiting."""

MAX_LATITUDE: Final = 90.0
MAX_LONGITUDE: Final = 180.0

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

CIRCLE: Final = {
    "color": styles.BLUE, "weight": 1.5, "opacity": 0.9, "dashArray": "4 3",
    "fill": True, "fillColor": styles.SKY, "fillOpacity": 0.3,
}  # fmt: skip
"""Ground that a new or moved site reaches."""
MOVED_LINE: Final = {"color": "#7a1fa2", "weight": 2.0, "opacity": 0.8, "dashArray": "3 5"}
NOW_COVERED: Final = {
    "color": styles.WHITE, "weight": 1.0, "opacity": 1.0, "fillColor": "#009e73",
    "fillOpacity": 0.95,
}  # fmt: skip
"""Green, so that what the scenario adds stands out from what was covered before."""
NOW_UNCOVERED: Final = {
    "color": "#000000", "weight": 2.0, "opacity": 1.0, "fillColor": styles.VERMILION,
    "fillOpacity": 0.95, "radius": 6.0,
}  # fmt: skip

SiteState = Literal["existing", "added", "moved", "closed", "upgraded", "gone"]


@dataclass(frozen=True)
class SiteSign:
    """
    How a site looks.

    Parameters
    ----------
    text
        One character shown inside the marker.
    fill, colour
        "#rrggbb" of the marker and of the character in it.
    state
        What was done to the site; "existing" for one that is merely chosen, "gone" for the place
        that a moved one has left, which can be neither dragged nor clicked.
    chosen
        Whether it is ringed.
    """

    text: str
    fill: str
    colour: str
    state: SiteState = "existing"
    chosen: bool = False


@dataclass(frozen=True)
class Shape:
    """
    Something above the map that changes from click to click.

    Parameters
    ----------
    kind
        "line", "dot", "pin" for a marker that can be dragged, "site" for one of several markers
        that can be dragged and clicked, "area" for a filled polygon below the villages, "marks"
        for features of the map itself that take another style.
    positions
        [latitude, longitude] in degrees, WGS84; one for a dot, a pin or a site; a list of rings
        for an area; none for marks.
    style
        As Leaflet takes it; a pin and a site have their own.
    shape_id
        Of a site: comes back when it is clicked or dropped.
    label
        Name beside a site, or what the tooltips of marks say first; plain text.
    sign
        How a site looks.
    feature_ids
        Of the features of marks.

    Raises
    ------
    ValueError
        If a site has no id, a place is not on the globe, or there is too much of it.
    """

    kind: Literal["line", "dot", "pin", "site", "area", "marks"]
    positions: list[Any]
    style: Mapping[str, Any] = field(default_factory=dict)
    shape_id: str = ""
    label: str = ""
    sign: SiteSign | None = None
    feature_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rings = self.positions if self.kind == "area" else [self.positions]
        count = sum(map(len, rings)) + len(self.feature_ids)
        if count > MOST_PLACES:
            msg = f"A shape of {count} places or ids is too large for a browser."
            raise ValueError(msg)
        if not all(_on_globe(lat, lon) for ring in rings for lat, lon in ring):
            msg = f"A {self.kind} has a position that is not finite degrees on the globe."
            raise ValueError(msg)
        if not all(0 < len(one) <= ID_LIMIT for one in self.feature_ids):
            msg = f"The id of a feature must have 1 to {ID_LIMIT} characters."
            raise ValueError(msg)
        if self.kind == "site" and not (self.sign and 0 < len(self.shape_id) <= ID_LIMIT):
            msg = f"A site needs a sign and an id of 1 to {ID_LIMIT} characters."
            raise ValueError(msg)


def _on_globe(lat: float, lon: float) -> bool:
    return (
        math.isfinite(lat)
        and math.isfinite(lon)
        and abs(lat) <= MAX_LATITUDE
        and abs(lon) <= MAX_LONGITUDE
    )


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


def area_shapes(
    areas: Iterable[shapely.Geometry], *, crs: str, style: Mapping[str, Any]
) -> list[Shape]:
    """
    Polygons of a projected CRS as shapes, holes kept.

    Parameters
    ----------
    areas
        Polygons or MultiPolygons; empty ones are left out.
    crs
        Their CRS.
    style
        How they are drawn.
    """
    parts = shapely.get_parts(np.array(list(areas), dtype=object))
    kept = [one for one in parts if not one.is_empty]
    degrees = gpd.GeoSeries(kept, crs=crs).to_crs(WGS84) if kept else []
    return [
        Shape("area", [_positions(ring) for ring in (one.exterior, *one.interiors)], style)
        for one in degrees
    ]


def site_shapes(
    points: Sequence[shapely.Point],
    ids: Sequence[str],
    *,
    crs: str,
    labels: Sequence[str],
    signs: Sequence[SiteSign],
) -> list[Shape]:
    """
    Sites of a projected CRS as markers that can be dragged and clicked.

    Parameters
    ----------
    points
        n points.
    ids, labels, signs
        n of each; a label is plain text and is cut where it is long.
    crs
        CRS of the points.
    """
    if not len(points):
        return []
    degrees = gpd.GeoSeries(list(points), crs=crs).to_crs(WGS84)
    return [
        Shape("site", _positions(point), {}, identity, label[:LABEL_LIMIT], sign)
        for point, identity, label, sign in zip(degrees, ids, labels, signs, strict=True)
    ]


def marks(ids: Iterable[str], *, style: Mapping[str, Any], label: str) -> list[Shape]:
    """
    Villages of the map that are drawn in another style; none where there are none.

    Parameters
    ----------
    ids
        Of the villages.
    style
        That replaces the map's own.
    label
        What their tooltips say first.
    """
    kept = tuple(ids)
    return [Shape("marks", [], style, label=label, feature_ids=kept)] if kept else []


def _shapes(
    geometry: np.ndarray, crs: str, kind: Literal["line", "dot"], style: Mapping[str, Any]
) -> list[Shape]:
    kept = [one for one in geometry if not one.is_empty]
    degrees = gpd.GeoSeries(kept, crs=crs).to_crs(WGS84) if kept else []
    return [Shape(kind, _positions(one), style) for one in degrees]


def _positions(geometry: shapely.Geometry) -> list[list[float]]:
    """[latitude, longitude] of every vertex, rounded."""
    positions: list[list[float]] = np.round(
        shapely.get_coordinates(geometry)[:, ::-1], DECIMALS
    ).tolist()
    return positions
