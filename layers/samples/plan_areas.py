"""Invented areas of the land-use plan of the generated county: where to build and where not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import KDTree

from layers.samples.land import AREA_M2

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

RED_LINE: Final = "生态保护红线"
FARMLAND: Final = "永久基本农田"
BUILDING_LAND: Final = "集中建设区"

_RED_LINES: Final = 3
_RED_LINE_RADIUS_M: Final = (1400.0, 2400.0)
_HILLY: Final = 0.85
_FIELDS: Final = 60
_FIELD_RADIUS_M: Final = (180.0, 900.0)
_HOUSES_M: Final = 300.0
"""Fields end so far from the middle of a village."""
_BUILDING_RADIUS_M: Final = (450.0, 900.0)
_BUILDING_PEOPLE: Final = 1500
"""Villages of so many people and more have land to build on set aside around them."""
_CORNERS: Final = 20


def make_plan_areas(
    random: np.random.Generator, *, villages: gpd.GeoDataFrame, townships: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """
    Red lines in the hills, fields between the villages, building land around the larger ones.

    Parameters
    ----------
    random
        Source of randomness; of its own, so that nothing else of the county changes.
    villages
        Points with `population` and `hill` (share of hill, 0 to 1).
    townships
        Polygons; no area leaves the county.

    Returns
    -------
    areas
        Polygons with `area_name` and `area_kind`, in the CRS of the villages.
    """
    county = shapely.union_all(townships.geometry.to_numpy())
    xy = shapely.get_coordinates(villages.geometry.to_numpy())
    rows: list[tuple[str, str, shapely.Geometry]] = []
    hilly = np.flatnonzero(villages["hill"].to_numpy() >= _HILLY)
    for number, place in enumerate(random.choice(hilly, _RED_LINES, replace=False).tolist()):
        blob = _blob(random, xy[place], float(random.uniform(*_RED_LINE_RADIUS_M)))
        rows.append((f"{RED_LINE}{number + 1}", RED_LINE, blob))
    for number, field in enumerate(_fields(random, xy, county)):
        rows.append((f"{FARMLAND}{number + 1}", FARMLAND, field))
    large = np.flatnonzero(villages["population"].to_numpy() >= _BUILDING_PEOPLE)
    for number, place in enumerate(large.tolist()):
        blob = _blob(random, xy[place], float(random.uniform(*_BUILDING_RADIUS_M)))
        rows.append((f"{BUILDING_LAND}{number + 1}", BUILDING_LAND, blob))
    shapes = [shapely.intersection(blob, county) for _, _, blob in rows]
    names, kinds, _ = zip(*rows, strict=True)
    cells = {"area_name": names, "area_kind": kinds}
    return gpd.GeoDataFrame(cells, geometry=shapes, crs=villages.crs)


def _fields(
    random: np.random.Generator, villages: FloatArray, county: shapely.Polygon
) -> list[shapely.Polygon]:
    """Fields that keep clear of the houses, the county's border and one another."""
    side = math.sqrt(AREA_M2)
    middle = np.array(county.centroid.coords[0])
    tree = KDTree(villages)
    taken: list[shapely.Polygon] = []
    while len(taken) < _FIELDS:
        centre = middle + random.uniform(-side / 2, side / 2, 2)
        room = min(float(tree.query(centre)[0]) - _HOUSES_M, _FIELD_RADIUS_M[1])
        if room < _FIELD_RADIUS_M[0]:
            continue
        field = _blob(random, centre, room)
        if county.contains(field) and not shapely.intersects(field, taken).any():
            taken.append(field)
    return taken


def _blob(random: np.random.Generator, centre: FloatArray, radius_m: float) -> shapely.Polygon:
    """A rounded area whose outline is nowhere farther than its radius from its centre."""
    angle = np.linspace(0, 2 * math.pi, _CORNERS, endpoint=False)
    wave = 0.12 * np.sin(2 * angle + random.uniform(0, 2 * math.pi))
    wave += 0.08 * np.sin(3 * angle + random.uniform(0, 2 * math.pi))
    radius = radius_m * (0.8 + wave)
    return shapely.Polygon(
        centre + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    )
