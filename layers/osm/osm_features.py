"""Facilities, places, buildings and administrative boundaries from an OpenStreetMap extract.

A fallback for counties without lists of their own; every row says `origin` = "osm". One call of
`read_osm_features` reads everything that is asked for in one go.

- **Facilities** follow the table `data/facilities/osm_tags.csv` (`layers.osm.osm_kinds`). An area
  counts as one point on it. Where the same facility is clearly drawn twice, the area counts,
  once: two areas of one kind with the same extent (an outline tagged on its way and on its
  relation), or a node inside an area of its kind if it has the area's name, has none, or is
  the only such node in an area without a name (which then takes the node's).
- **Places** are settlements (`PLACE_RANKS`); localities and other names of fields are not. A
  place that is both a node and an area around it with the same name counts once, as the node.
- **Buildings** are areas with `building=*` except "no". A building is residential where its
  value says so (`RESIDENTIAL_BUILDINGS`). Most buildings are mapped as "yes" only: these count
  as residential unless a tag gives them another use (`OTHER_USE_KEYS`) or they cover less than
  `SMALLEST_HOME_M2` (sheds, garages). Land use around a building is not looked at.
- **Boundaries** are relations `boundary=administrative`; those the extract cuts off are listed.

Areas in square metres are measured on the ellipsoid, whatever the CRS of the result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.contracts import DEMAND, FACILITIES, ZONES
from coverage.errors import BoundaryError
from coverage.notices import Notice
from layers.osm.osm_kinds import LEFT_OUT, load_osm_tags
from layers.osm.osm_stream import PBF_TITLE, TYPE_NAMES, WGS84, Things, Wanted, stream_things

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import numpy.typing as npt

    Bounds = tuple[float, float, float, float]

FeatureLayer = Literal["facilities", "places", "buildings", "boundaries"]

ALL_LAYERS: Final = ("facilities", "places", "buildings", "boundaries")

PLACE_RANKS: Final = {
    "city": 0, "town": 1, "village": 2, "suburb": 3, "borough": 3, "quarter": 3, "hamlet": 4,
    "neighbourhood": 4, "isolated_dwelling": 5, "farm": 5,
}  # fmt: skip
"""OSM `place` values where people live; a smaller number is a larger settlement."""

RESIDENTIAL_BUILDINGS: Final = frozenset({
    "house", "residential", "apartments", "detached", "semidetached_house", "terrace", "bungalow",
    "farm", "dormitory", "cabin", "houseboat", "static_caravan", "villa", "ger", "stilt_house",
})  # fmt: skip
"""OSM `building` values of homes; "farm" is the farmhouse, barns have values of their own."""

OTHER_USE_KEYS: Final = frozenset({
    "amenity", "shop", "office", "craft", "industrial", "tourism", "leisure", "man_made", "railway",
    "aeroway", "public_transport", "religion", "historic", "military", "power", "emergency",
})  # fmt: skip
"""A building mapped only as "yes" that carries one of these keys is no home."""

SMALLEST_HOME_M2: Final = 30.0
"""Square metres of ground; a convention, about a one-room house."""

ZONE_LEVELS: Final = {4: "province", 5: "city", 6: "county", 8: "township", 10: "village"}
"""OSM `admin_level` in China; other levels are called "level_7" and the like."""

MAX_POPULATION: Final = 1_000_000_000
"""Persons; no settlement has more, so a larger number is no population."""

POPULATION: Final = re.compile(r"[0-9]{1,10}|[0-9]{1,3}(?:[ ,'\u00a0\u2009\u202f][0-9]{3}){1,2}")
"""Whole numbers, also grouped: "4539", "4 539", "4,539". Anything else is unknown."""

SHOWN_NAMES: Final = 5


@dataclass(frozen=True, eq=False)
class OsmFeatures:
    """
    What an extract holds beside its roads; layers that were not asked for are empty.

    Parameters
    ----------
    facilities
        Contract `FACILITIES`, points; `facility_id` like "osm:node/123", `area_m2` NaN for nodes.
    places
        Contract `DEMAND`, points, with the column `place`; population NaN where not tagged.
    buildings
        Points on buildings, indexed by `building_id`: `building`, `area_m2`, `residential`.
    boundaries
        Contract `ZONES`, polygons, with the column `population` (persons, NaN where not tagged).
    notices
        What was cut off, drawn twice or could not be read.
    """

    facilities: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    notices: tuple[Notice, ...]


def read_osm_features(
    path: Path,
    *,
    crs: str,
    admin_level: int = 8,
    bounds: Bounds | None = None,
    layers: Collection[FeatureLayer] = ALL_LAYERS,
) -> OsmFeatures:
    """
    Facilities, places, buildings and boundaries of an extract in one reading.

    Parameters
    ----------
    path
        File in PBF format, of any size.
    crs
        CRS of the result, e.g. "EPSG:4526".
    admin_level
        OSM level of the boundaries: in China 6 is the county, 8 the township.
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84: points inside and boundaries that touch
        this box are kept; None keeps all.
    layers
        Which layers to read.

    Returns
    -------
    features
        Sorted by type and id. An extract may well lack a layer, so a layer may be empty.

    Raises
    ------
    SourceError
        If the file is missing, is not a PBF or is cut off.
    """
    wanted = Wanted(
        tag_table=load_osm_tags() if "facilities" in layers else None,
        places=frozenset(PLACE_RANKS if "places" in layers else ()),
        buildings="buildings" in layers,
        other_use_keys=OTHER_USE_KEYS,
        admin_level=str(admin_level) if "boundaries" in layers else "",
        bounds=bounds,
    )
    things = stream_things(path, wanted)
    facilities, twice = _facilities(things.table)
    places, unread = _places(things.table)
    return OsmFeatures(
        facilities=facilities.to_crs(crs),
        places=places.to_crs(crs),
        buildings=_buildings(things.table).to_crs(crs),
        boundaries=_boundaries(things.boundaries, admin_level).to_crs(crs),
        notices=_notices(path, things, admin_level=admin_level, twice=twice, unread=unread),
    )


def read_osm_facilities(path: Path, *, crs: str, bounds: Bounds | None = None) -> gpd.GeoDataFrame:
    """Facilities of an extract; see `read_osm_features` and `OsmFeatures.facilities`."""
    return read_osm_features(path, crs=crs, bounds=bounds, layers=("facilities",)).facilities


def read_osm_places(path: Path, *, crs: str, bounds: Bounds | None = None) -> gpd.GeoDataFrame:
    """Settlements of an extract; see `read_osm_features` and `OsmFeatures.places`."""
    return read_osm_features(path, crs=crs, bounds=bounds, layers=("places",)).places


def read_osm_buildings(path: Path, *, crs: str, bounds: Bounds | None = None) -> gpd.GeoDataFrame:
    """Buildings of an extract; see `read_osm_features` and `OsmFeatures.buildings`."""
    return read_osm_features(path, crs=crs, bounds=bounds, layers=("buildings",)).buildings


def read_osm_boundaries(
    path: Path, *, crs: str, admin_level: int, bounds: Bounds | None = None
) -> gpd.GeoDataFrame:
    """
    Boundaries of an extract; see `read_osm_features`, whose notices list those it cuts off.

    Raises
    ------
    SourceError
        If the file is missing, is not a PBF or is cut off.
    BoundaryError
        If no boundary of the level is complete.
    """
    features = read_osm_features(
        path, crs=crs, admin_level=admin_level, bounds=bounds, layers=("boundaries",)
    )
    ensure_boundaries(features, path=path, admin_level=admin_level)
    return features.boundaries


def ensure_boundaries(features: OsmFeatures, *, path: Path, admin_level: int) -> None:
    """Raise a `BoundaryError` where an extract that was read has no complete boundary."""
    if features.boundaries.empty:
        told = "".join(notice.message for notice in features.notices)
        msg = (
            f"{PBF_TITLE}「{path.name}」里没有完整的 {admin_level} 级行政边界。{told}"
            "请检查 admin_level（我国县为 6、乡镇街道为 8），或另给边界文件。"
        )
        raise BoundaryError(msg)


def parse_population(text: object) -> float:
    """
    Persons that a `population` tag states; NaN where it states no clear number.

    Parameters
    ----------
    text
        Value of the tag; None where there is none.

    Examples
    --------
    >>> parse_population("4539"), parse_population("4 539"), parse_population("ca. 4500")
    (4539.0, 4539.0, nan)
    """
    if not isinstance(text, str) or POPULATION.fullmatch(text.strip()) is None:
        return float("nan")
    persons = int("".join(character for character in text if character.isdecimal()))
    return float(persons) if persons <= MAX_POPULATION else float("nan")


def _facilities(things: pd.DataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """The facilities, each once, and how many were drawn twice."""
    found = things[~things["kind"].isin(["", LEFT_OUT])]
    # A relation may lack the tag of its way that says it does not count.
    left_out = things.loc[things["kind"] == LEFT_OUT, "outline"].to_numpy(dtype=object)
    refused = {tuple(extent) for extent in shapely.bounds(left_out)}
    extents = shapely.bounds(found["outline"].to_numpy(dtype=object))
    found = found[np.array([tuple(extent) not in refused for extent in extents], dtype=bool)]
    once, names = _mapped_once(found)
    kept = found[once]
    table = _points(
        kept,
        FACILITIES.index,
        {"facility_name": names[once], "kind": kept["kind"], "area_m2": kept["area_m2"]},
    )
    table.insert(3, "origin", "osm")
    return table, int((~once).sum())


def _mapped_once(found: pd.DataFrame) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.object_]]:
    """Which rows count, and the names of all (an area may take the name of its node)."""
    names = found["name"].to_numpy(dtype=object, copy=True)
    kinds = found["kind"].to_numpy(dtype=object)
    outlines = found["outline"].to_numpy(dtype=object)
    areas = np.flatnonzero(shapely.is_geometry(outlines))
    nodes = np.flatnonzero(~shapely.is_geometry(outlines))
    once = np.ones(len(found), dtype=bool)

    extents: set[tuple[object, ...]] = set()
    for row in areas[::-1]:  # relations come last and know the holes, so they win
        extent = (kinds[row], *shapely.bounds(outlines[row]))
        once[row] = extent not in extents
        extents.add(extent)

    points = shapely.points(found["lon"].to_numpy()[nodes], found["lat"].to_numpy()[nodes])
    pairs = shapely.STRtree(outlines[areas]).query(points, predicate="intersects")
    inside: dict[int, list[int]] = {}
    for node, area in zip(nodes[pairs[0]], areas[pairs[1]], strict=True):
        if kinds[node] == kinds[area] and once[area]:
            inside.setdefault(int(area), []).append(int(node))
    for area, its_nodes in inside.items():
        lone_name = names[area] is None and len(its_nodes) == 1
        for node in its_nodes:
            if names[node] is None or names[node] == names[area] or lone_name:
                once[node] = False
        if lone_name:
            names[area] = names[its_nodes[0]]
    return once, names


def _places(things: pd.DataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """The settlements, each once, and how many populations could not be read."""
    found = things[things["place"] != ""]
    population = found["population"].map(parse_population).astype(float)
    unread = int((population.isna() & found["population"].notna()).sum())
    outlines = found["outline"].to_numpy(dtype=object)
    points = shapely.points(found["lon"].to_numpy(), found["lat"].to_numpy())
    names = found["name"].to_numpy(dtype=object)
    persons = population.to_numpy(copy=True)
    once = np.ones(len(found), dtype=bool)
    is_area = shapely.is_geometry(outlines)
    for area in np.flatnonzero(is_area):
        within = ~is_area & (names == names[area]) & shapely.intersects(outlines[area], points)
        if names[area] is not None and within.any():
            once[area] = False
            node = np.flatnonzero(within)[0]
            persons[node] = persons[area] if np.isnan(persons[node]) else persons[node]
    kept = found[once]
    columns = {"demand_name": names[once], "population": persons[once], "place": kept["place"]}
    table = _points(kept, DEMAND.index, columns)
    table.insert(2, "origin", "osm")
    return table, unread


def _buildings(things: pd.DataFrame) -> gpd.GeoDataFrame:
    found = things[things["building"] != "no"]
    value = found["building"]
    home = value.isin(RESIDENTIAL_BUILDINGS) | (
        (value == "yes") & ~found["other_use"] & (found["area_m2"] >= SMALLEST_HOME_M2)
    )
    columns = {"building": value, "area_m2": found["area_m2"], "residential": home.astype(bool)}
    return _points(found, "building_id", columns)


def _boundaries(found: gpd.GeoDataFrame, admin_level: int) -> gpd.GeoDataFrame:
    ids = [f"osm:relation/{osm_id}" for osm_id in found["osm_id"]]
    names = [name or zone_id for name, zone_id in zip(found["name"], ids, strict=True)]
    return gpd.GeoDataFrame(
        {
            "zone_name": np.array(names, dtype=object),
            "zone_level": ZONE_LEVELS.get(admin_level, f"level_{admin_level}"),
            "population": found["population"].map(parse_population).astype(float).to_numpy(),
        },
        index=pd.Index(ids, name=ZONES.index, dtype=object),
        geometry=found.geometry.to_numpy(),
        crs=WGS84,
    )


def _points(
    things: pd.DataFrame, index: str, columns: dict[str, pd.Series | npt.NDArray[np.object_]]
) -> gpd.GeoDataFrame:
    """Columns of things as a table of points in WGS84, indexed by ids like "osm:way/123"."""
    ids = [
        f"osm:{TYPE_NAMES[osm_type]}/{osm_id}"
        for osm_type, osm_id in zip(things["osm_type"], things["osm_id"], strict=True)
    ]
    return gpd.GeoDataFrame(
        {name: np.asarray(values) for name, values in columns.items()},
        index=pd.Index(ids, name=index, dtype=object),
        geometry=gpd.points_from_xy(things["lon"], things["lat"]),
        crs=WGS84,
    )


def _notices(
    path: Path, things: Things, *, admin_level: int, twice: int, unread: int
) -> tuple[Notice, ...]:
    where = f"{PBF_TITLE}「{path.name}」里有"
    cut = things.cut_boundaries
    shown = "、".join(cut[:SHOWN_NAMES]) + (" 等" if len(cut) > SHOWN_NAMES else "")
    cut_message = (
        f"{where} {len(cut)} 个 {admin_level} 级行政边界不完整（多在数据边缘），没有读入：{shown}。"
        "如属研究区，请换用范围更大的文件或另给边界。"
    )
    broken_message = f"{where} {things.broken_areas} 处设施或建筑的轮廓不闭合或不完整，没有读入。"
    twice_message = f"{where} {twice} 处设施既画成点又画成面（或画了两次），只计一次。"
    unread_message = f"{where} {unread} 处地名的人口不是明确的数字，按未知处理。"
    told = (
        Notice("osm_cut_boundary", cut_message, len(cut)),
        Notice("osm_broken_area", broken_message, things.broken_areas),
        Notice("osm_facility_twice", twice_message, twice),
        Notice("osm_population_unread", unread_message, unread),
    )
    return tuple(notice for notice in told if notice.count)
