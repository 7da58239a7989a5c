"""Geometry of the project CRS turned into small GeoJSON in WGS84."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    import numpy.typing as npt
    from shapely.geometry.base import BaseGeometry

DECIMALS: Final = 5
"""Decimals of degrees: about a metre."""

TOLERANCE_PARTS: Final = 6000
"""Outlines move by at most the study area's diagonal divided by this."""

EQUATOR_METRES_PER_PIXEL: Final = 156_543.034
"""Metres of a Web Mercator pixel at zoom 0 on the equator."""

LARGEST_ZOOM: Final = 18

Feature = dict[str, Any]


@dataclass(frozen=True)
class MapArea:
    """
    The study area as the maps need it; turns shapes of its CRS into GeoJSON in WGS84.

    Parameters
    ----------
    crs
        Projected CRS in metres.
    bounds
        West, south, east, north, metres.
    area_m2
        Square metres.
    """

    crs: object
    bounds: tuple[float, float, float, float]
    area_m2: float

    @classmethod
    def of(cls, zones: gpd.GeoDataFrame) -> MapArea:
        """The study area that these zones make up."""
        west, south, east, north = zones.total_bounds.tolist()
        return cls(zones.crs, (west, south, east, north), float(zones.area.sum()))

    @property
    def tolerance_m(self) -> float:
        """Largest displacement of a simplified outline, metres."""
        west, south, east, north = self.bounds
        return float(np.hypot(east - west, north - south)) / TOLERANCE_PARTS

    @property
    def corners(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """((south, west), (north, east)), degrees."""
        corners = self.positions(np.array([self.bounds[:2], self.bounds[2:]]))
        (west, south), (east, north) = corners.tolist()
        return (south, west), (north, east)

    def zoom_for(self, count: int, *, spacing_px: float) -> int:
        """Zoom from which `count` things spread over the area are `spacing_px` apart."""
        (south, _), (north, _) = self.corners
        return zoom_for_spacing(
            float(np.sqrt(self.area_m2 / max(count, 1))),
            spacing_px=spacing_px,
            latitude=(south + north) / 2,
        )

    def positions(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Longitude and latitude, shape (n, 2), rounded, of points in metres, shape (n, 2)."""
        lon, lat = _to_wgs84(self.crs).transform(xy[:, 0], xy[:, 1])
        return np.round(np.column_stack([lon, lat]), DECIMALS)

    def polygon(self, geometry: BaseGeometry) -> Feature:
        """GeoJSON of a polygon, which is not simplified here."""
        rounded = shapely.transform(geometry, self.positions)
        return dict(shapely.geometry.mapping(rounded))

    def lines(self, lines: npt.NDArray[np.object_]) -> Feature:
        """GeoJSON of many lines as one."""
        lines = lines[~shapely.is_empty(lines)]
        flat = self.positions(shapely.get_coordinates(lines)).tolist()
        ends = np.cumsum(shapely.get_num_coordinates(lines)).tolist()
        starts = [0, *ends[:-1]]
        parts = [flat[start:end] for start, end in zip(starts, ends, strict=True)]
        return {"type": "MultiLineString", "coordinates": parts}

    def points(self, points: npt.NDArray[np.object_]) -> list[Feature]:
        """GeoJSON of each point."""
        flat = self.positions(shapely.get_coordinates(points)).tolist()
        return [{"type": "Point", "coordinates": position} for position in flat]


class Phrases:
    """Lines that features say, each kept once: thousands of villages say much the same."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def numbers(self, lines: Iterable[str]) -> list[int]:
        """Number of each line in `texts`; a new line gets the next number."""
        return [self._numbers.setdefault(line, len(self._numbers)) for line in lines]

    @property
    def texts(self) -> list[str]:
        """All lines, in the order of their numbers."""
        return list(self._numbers)


def feature(
    geometry: Feature, *, identity: str = "", name: str = "", lines: Sequence[int] = (),
    **more: object,
) -> Feature:  # fmt: skip
    """One GeoJSON feature; `lines` numbers the phrases its tooltip says below the name."""
    properties = {"id": identity, "name": name, "lines": list(lines), **more}
    return {
        "type": "Feature",
        "properties": {key: value for key, value in properties.items() if value not in ("", [])},
        "geometry": geometry,
    }


def simplified_zones(zones: npt.NDArray[np.object_], tolerance_m: float) -> npt.NDArray[np.object_]:
    """
    Simplified polygons, shape (n,), that still share their borders where they did before.

    Zones that overlap have no common borders and are simplified one by one.
    """
    if shapely.coverage_is_valid(zones):
        # The tolerance of a coverage is the square root of the area that a corner may lose.
        return shapely.coverage_simplify(zones, tolerance_m * 2)
    return shapely.simplify(zones, tolerance_m)


def zoom_for_spacing(spacing_m: float, *, spacing_px: float, latitude: float) -> int:
    """
    Smallest whole zoom level at which things `spacing_m` apart are `spacing_px` apart.

    Web Mercator shows 156,543 m x cos(latitude) / 2^zoom per pixel.
    """
    metres_per_pixel = EQUATOR_METRES_PER_PIXEL * np.cos(np.radians(latitude))
    zoom = np.log2(metres_per_pixel * spacing_px / max(spacing_m, 1.0))
    return int(np.clip(np.ceil(zoom), 0, LARGEST_ZOOM))


@lru_cache(maxsize=8)
def _to_wgs84(crs: object) -> Transformer:
    # Looking a transformation up takes far longer than using it.
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
