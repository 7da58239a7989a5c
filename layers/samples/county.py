"""The generated county put together: land, streets, people and facilities."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.affinity

from layers.samples.county_roads import country_roads
from layers.samples.facilities import place_facilities
from layers.samples.land import hilliness, make_land, make_townships
from layers.samples.names import COUNTY_NAME, Names
from layers.samples.plan_areas import make_plan_areas
from layers.samples.provision import with_provision
from layers.samples.services import place_services
from layers.samples.settlements import seat_streets, town_streets, village_streets
from layers.samples.streets import Street, add_roundabout, clip, crossings_of, join_crossings

if TYPE_CHECKING:
    import numpy.typing as npt

    from layers.samples.land import Land

    FloatArray = npt.NDArray[np.float64]

COUNTY_CRS: Final = "EPSG:4548"
"""CGCS2000 3-degree zone 117E: metres of the generated county."""

ORIGIN: Final = (530_000.0, 4_132_000.0)
"""The county's middle in `COUNTY_CRS`; invented, no place is meant."""

LABEL: Final = "合成数据：由程序按固定种子生成，不对应任何真实县（市、区），不得用作决策依据"
"""Sentence that stands beside everything drawn or computed from the county."""

DIVISION_CODE: Final = "999901"
"""Code of the county; no real administrative division begins with 99."""

_HILL_TOWNSHIP: Final = 0.6
_HILL_VILLAGE: Final = 0.35
_SEAT_RADIUS_M: Final = 2300.0
_ROUNDABOUT_RADIUS_M: Final = 30.0
_RIVER_BANK_M: Final = 40.0
_SIGNAL_CLASSES: Final = frozenset({"trunk", "primary", "secondary"})
_RURAL_MEDIAN: Final = 760.0
_HILL_MEDIAN: Final = 430.0
_SPREAD: Final = 0.42


@dataclass(frozen=True, eq=False)
class SampleCounty:
    """
    A generated county.

    Parameters
    ----------
    townships
        Polygons in `COUNTY_CRS`, indexed by `zone_id`, with `zone_name`, `zone_level`.
    villages
        Points in `COUNTY_CRS`, indexed by `demand_id`: `demand_name`, `zone_id`, `population`,
        `population_60plus`, `population_0_3` (persons), `settlement` ("urban" or "rural").
    facilities
        Points in `COUNTY_CRS`, indexed by `facility_id`: `facility_name`, `kind`, `level`,
        `turnout_minutes`, beds, staff, areas and ownership by the names of the contract (missing
        where such a list has none).
    features
        Indexed as `facilities`: a column of "是" and "否" for each feature, null where unknown.
    streets
        Every way with its OSM tags, metres in `COUNTY_CRS`; joined where they share a vertex.
    signals
        Shape (s, 2), crossings with traffic signals, metres.
    river
        The river's course.
    plan_areas
        Polygons in `COUNTY_CRS` of a land-use plan, with `area_name` and `area_kind`
        (`layers.samples.plan_areas`).
    """

    townships: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    features: pd.DataFrame
    streets: tuple[Street, ...]
    signals: FloatArray
    river: shapely.LineString
    plan_areas: gpd.GeoDataFrame


def generate_county(
    *, seed: int, villages: int = 450, townships: int = 14, communities: int = 22
) -> SampleCounty:
    """
    Make up a county of about 1,100 square kilometres.

    Parameters
    ----------
    seed
        The same seed makes the same county.
    villages
        Villages and urban communities together.
    townships
        Townships and sub-districts; two of them are the county seat.
    communities
        Urban communities among the villages, all in the county seat.

    Returns
    -------
    county
        With a plain, hills in the north, a river with two bridges, and gaps in every service.
    """
    streams = [np.random.default_rng([seed, part]) for part in range(8)]
    land = make_land(
        streams[0], towns=townships - 2, villages=villages - communities, communities=communities
    )
    names = Names(streams[1])
    zones = _townships(land, streams[0], names)
    people = _people(land, streams[2])
    streets, places, signals = _streets(land, streams[3], names, people)
    river = shapely.LineString(land.warp.line(shapely.get_coordinates(land.river)))
    table = _villages(land, zones, people, places, streams[4], names)
    seats = land.warp(land.towns)
    facilities = place_facilities(
        table, zones=zones, seats=seats, streets=streets, random=streams[5]
    )
    services = place_services(
        zones=zones, seats=seats, streets=streets, first_number=len(facilities) + 1,
        random=streams[6],
    )  # fmt: skip
    everything, features = with_provision(_joined(facilities, services), random=streams[7])
    # a stream of its own, after all others: what was generated before it came stays as it was
    plan = make_plan_areas(np.random.default_rng([seed, 8]), villages=table, townships=zones)
    move = ORIGIN
    return SampleCounty(
        townships=_moved(zones, move),
        villages=_moved(table.drop(columns="hill"), move),
        facilities=_moved(everything, move),
        features=features,
        streets=tuple(Street(np.round(one.line + move, 1), one.tags) for one in streets),
        signals=np.round(signals + move, 1),
        river=shapely.affinity.translate(river, *move),
        plan_areas=_moved(plan, move),
    )


def _joined(facilities: gpd.GeoDataFrame, services: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = [*facilities.to_dict("records"), *services.to_dict("records")]
    index = facilities.index.append(services.index)
    return gpd.GeoDataFrame(rows, index=index, geometry="geometry", crs=facilities.crs)


def _moved(table: gpd.GeoDataFrame, by: tuple[float, float]) -> gpd.GeoDataFrame:
    moved = table.copy()
    moved.geometry = shapely.transform(table.geometry.to_numpy(), lambda xy: np.round(xy + by, 1))
    return moved.set_crs(COUNTY_CRS, allow_override=True)


def _townships(land: Land, random: np.random.Generator, names: Names) -> gpd.GeoDataFrame:
    # The county seat is two sub-districts, so its place stands twice, west and east.
    seats = np.vstack([land.towns[0] + (-1100, 0), land.towns[0] + (1100, 0), land.towns[1:]])
    areas = make_townships(land, random, seats=seats)
    hills = hilliness(seats)
    endings = ["街道", "街道", *["乡" if hill > _HILL_TOWNSHIP else "镇" for hill in hills[2:]]]
    return gpd.GeoDataFrame(
        {
            "zone_name": [names.town(ending=ending) for ending in endings],
            "zone_level": "township",
        },
        index=pd.Index(
            [f"{DIVISION_CODE}{k:03d}" for k in range(1, len(seats) + 1)], name="zone_id"
        ),
        geometry=areas,
        crs=COUNTY_CRS,
    )


def _people(land: Land, random: np.random.Generator) -> FloatArray:
    """Residents of the villages, then of the communities, whole persons."""
    hill = hilliness(land.villages)
    median = _RURAL_MEDIAN + (_HILL_MEDIAN - _RURAL_MEDIAN) * hill
    rural = np.clip(median * np.exp(random.normal(0, _SPREAD, len(hill))), 110, 3200)
    towns = len(land.towns) - 1
    rural[:towns] = random.uniform(1900, 4600, towns) * (1 - 0.4 * hill[:towns])
    return np.round(np.concatenate([rural, random.uniform(3200, 8600, len(land.communities))]))


def _streets(
    land: Land, random: np.random.Generator, names: Names, people: FloatArray
) -> tuple[list[Street], FloatArray, FloatArray]:
    """All streets joined, the places of the villages and communities, and the signals."""
    country = country_roads(land, random, names)
    nodes = np.round(land.warp(land.villages), 1)
    hills = hilliness(land.villages)
    towns = len(land.towns) - 1
    arms = _arms(country)
    built: list[Street] = []
    places = []
    for number, (node, hill) in enumerate(zip(nodes, hills, strict=True)):
        bearings = arms.get(tuple(node), np.empty(0))
        if number < towns:
            main = bearings[0] if len(bearings) else 0.0
            built.extend(town_streets(node, bearing=float(main) + 0.12, random=random))
            places.append(node + random.uniform(-90, 90, 2))
            continue
        lanes, centre = village_streets(
            node, arms=bearings, population=people[number], hill=float(hill), random=random
        )
        built.extend(lanes)
        places.append(centre)
    seat = land.warp(land.towns[:1])[0]
    city, circles = seat_streets(seat, random=random, names=names)
    water = shapely.LineString(land.warp.line(shapely.get_coordinates(land.river)))
    bank = water.buffer(_RIVER_BANK_M)
    joined = join_crossings([*country, *clip([*built, *city], bank)])
    for circle in circles:
        joined = add_roundabout(
            joined,
            centre=circle,
            radius_m=_ROUNDABOUT_RADIUS_M,
            tags={"highway": "secondary", "surface": "asphalt", "maxspeed": "30"},
        )
    homes = land.warp(land.communities) + random.uniform(-60, 60, land.communities.shape)
    signals = _signals(joined, seat, circles)
    return _largest_part(joined), np.vstack([places, homes]), signals


def _arms(streets: list[Street]) -> dict[tuple[float, float], FloatArray]:
    """Bearings of the streets that leave each end point, in radians."""
    found: dict[tuple[float, float], list[float]] = {}
    for one in streets:
        for line in (one.line, one.line[::-1]):
            east, north = line[min(2, len(line) - 1)] - line[0]
            found.setdefault(tuple(line[0]), []).append(math.atan2(north, east))
    return {end: np.array(bearings) for end, bearings in found.items()}


def _signals(
    streets: list[Street], seat: FloatArray, circles: list[tuple[float, float]]
) -> FloatArray:
    """Signals stand where main streets of the county seat meet, except at roundabouts."""
    crossings = crossings_of(streets, _SIGNAL_CLASSES)
    near = np.hypot(*(crossings - seat).T) < _SEAT_RADIUS_M
    for circle in circles:
        near &= np.hypot(*(crossings - circle).T) > 3 * _ROUNDABOUT_RADIUS_M
    return crossings[near]


def _largest_part(streets: list[Street]) -> list[Street]:
    """The streets that hang together with the main roads; alleys without a way in are not built."""
    part: dict[tuple[float, float], tuple[float, float]] = {}

    def root(vertex: tuple[float, float]) -> tuple[float, float]:
        while part.setdefault(vertex, vertex) != vertex:
            part[vertex] = part[part[vertex]]
            vertex = part[vertex]
        return vertex

    for one in streets:
        first, *rest = map(tuple, one.line)
        for vertex in rest:
            part[root(vertex)] = root(first)
    trunk = next(one for one in streets if one.highway == "trunk")
    main = root(tuple(trunk.line[0]))
    return [one for one in streets if root(tuple(one.line[0])) == main]


def _villages(
    land: Land,
    zones: gpd.GeoDataFrame,
    people: FloatArray,
    places: FloatArray,
    random: np.random.Generator,
    names: Names,
) -> gpd.GeoDataFrame:
    rural = len(land.villages)
    hill = np.concatenate([hilliness(land.villages), np.zeros(len(land.communities))])
    urban = np.arange(len(people)) >= rural
    old = np.where(
        urban, random.uniform(0.13, 0.20, len(people)), random.uniform(0.21, 0.32, len(people))
    )
    old += 0.07 * hill
    young = np.where(
        urban, random.uniform(0.025, 0.036, len(people)), random.uniform(0.014, 0.027, len(people))
    )
    table = gpd.GeoDataFrame(
        {
            "demand_name": [
                names.community() if city else names.village(hilly=height > _HILL_VILLAGE)
                for city, height in zip(urban, hill, strict=True)
            ],
            "population": people.astype(int),
            "population_60plus": np.round(people * old).astype(int),
            "population_0_3": np.round(people * young).astype(int),
            "settlement": np.where(urban, "urban", "rural"),
            "hill": hill,
        },
        geometry=shapely.points(places),
        crs=COUNTY_CRS,
    )
    table["zone_id"] = table.sjoin(zones[["geometry"]], predicate="within")["zone_id"]
    table = table.sort_values(
        ["zone_id", "settlement", "population"], ascending=[True, False, False]
    )
    number = table.groupby("zone_id").cumcount() + 201
    table.index = pd.Index(table["zone_id"] + number.astype(str), name="demand_id")
    return table


__all__ = ["COUNTY_CRS", "COUNTY_NAME", "DIVISION_CODE", "LABEL", "SampleCounty", "generate_county"]
