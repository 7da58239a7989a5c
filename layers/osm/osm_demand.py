"""Demand from an OpenStreetMap extract: residential buildings, or places where none are mapped.

Population is never invented. What a zone's population is:

1. The boundary relation's `population` is the zone's.
2. Otherwise the population of the settlement that bears the zone's name (Eschen in the
   municipality Eschen) is the zone's: in OpenStreetMap the number of a municipality stands on
   the node of its chief place. Further places in the zone (Nendeln) are parts of it and are not
   added.
3. Otherwise the populations of the zone's cities, towns and villages are added up; smaller
   places (hamlets, suburbs) are added up only where no larger one has a number, because a
   larger one's number includes them.
4. Otherwise the population is unknown, and so is that of every demand point in the zone.

In a zone with residential buildings these are the demand points, and a known population is
spread over them by the ground they cover, so that the zone's sum stays what it was; persons per
building are fractions and are not rounded. That is an estimate, and a notice says so: where a
part of the zone lacks its buildings on the map, its people are put elsewhere.

In a zone without residential buildings the places are the demand points. By rules 2 and 3 nobody
is counted twice: a part with a number of its own keeps it and the chief place keeps the rest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.contracts import DEMAND, check
from coverage.errors import DemandError
from coverage.notices import Notice
from layers.osm.osm_features import PLACE_RANKS, OsmFeatures, read_osm_features

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Bounds = tuple[float, float, float, float]
    FloatArray = npt.NDArray[np.float64]

CHIEF_RANK: Final = PLACE_RANKS["village"]
"""Cities, towns and villages; the number of one of these includes its hamlets and suburbs."""

ROUNDING_PASSES: Final = 3

SHOWN_NAMES: Final = 5

SOURCE: Final = "开放街图中的居住建筑和地名"


def demand_from_osm(
    path: Path, *, crs: str, zones: gpd.GeoDataFrame, bounds: Bounds | None = None
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """
    Demand points inside the zones from an extract; see the module's text for the rules.

    Parameters
    ----------
    path
        File in PBF format.
    crs
        Projected CRS in metres of the result.
    zones
        Contract `ZONES`, with a CRS; an optional column `population` (persons) is the zone's.
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84; None reads the whole file.

    Returns
    -------
    demand
        Contract `DEMAND` with `zone_id`, `origin` "osm", in the order of the extract.
    notices
        What is estimated and what is unknown, and what reading the file brought to light.

    Raises
    ------
    SourceError
        If the file is missing, is not a PBF or is cut off.
    DemandError
        If the zones hold neither a residential building nor a settlement.
    """
    features = read_osm_features(path, crs=crs, bounds=bounds, layers=("places", "buildings"))
    demand, notices = demand_from_features(features, zones=zones)
    return demand, (*features.notices, *notices)


def demand_from_features(
    features: OsmFeatures, *, zones: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """
    The same from features that are already read; see `demand_from_osm`.

    Parameters
    ----------
    features
        With places and buildings.
    zones
        As in `demand_from_osm`.

    Returns
    -------
    demand, notices
        As in `demand_from_osm`, without the notices of reading.

    Raises
    ------
    DemandError
        As in `demand_from_osm`.
    """
    zones = zones.to_crs(features.places.crs)
    places = _in_zones(features.places, zones)
    homes = _in_zones(features.buildings[features.buildings["residential"]], zones)
    if homes.empty and places.empty:
        msg = (
            f"研究区的 {len(zones)} 个行政单元里，{SOURCE}一处也没有。"
            "请提供村、社区名录，或换用覆盖研究区的开放街图文件。"
        )
        raise DemandError(msg)
    population = zone_populations(zones, places)
    homeless = places[~places["zone_id"].isin(homes["zone_id"])]
    of_homes, home_notices = _from_homes(homes, population)
    of_places, place_notices = _from_places(homeless, zones)
    demand = gpd.GeoDataFrame(pd.concat([table for table in (of_homes, of_places) if len(table)]))
    check(demand, DEMAND, source=SOURCE)
    notices = [*home_notices, *place_notices, *_zone_notices(zones, demand, population)]
    return demand, tuple(notice for notice in notices if notice.count)


def zone_populations(zones: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.Series:
    """
    Persons per zone by the rules 1 to 4 of the module.

    Parameters
    ----------
    zones
        Contract `ZONES`, with the optional column `population`.
    places
        Places with `zone_id`, `demand_name`, `place` and `population`.

    Returns
    -------
    population
        Indexed by `zone_id` in the order of the zones; NaN where it is unknown.
    """
    of_places = place_populations(zones, places).groupby(places["zone_id"]).sum(min_count=1)
    population = of_places.reindex(zones.index)
    if "population" in zones.columns:
        population = zones["population"].astype(float).fillna(population)
    return population.rename("population")


def place_populations(zones: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.Series:
    """
    Persons per place by the rules 2 and 3 of the module, nobody counted twice.

    Parameters
    ----------
    zones
        Contract `ZONES`.
    places
        Places with `zone_id`, `demand_name`, `place` and `population`.

    Returns
    -------
    population
        Indexed as the places; NaN where it is unknown or part of a larger place's.
    """
    numbered = places[places["population"].notna()]
    counted = [
        _counted(inside, zones.loc[zone_id, "zone_name"])
        for zone_id, inside in numbered.groupby("zone_id")
    ]
    population = pd.concat(counted) if counted else pd.Series(dtype=float)
    return population.reindex(places.index).rename("population")


def _counted(inside: pd.DataFrame, zone_name: str) -> pd.Series:
    """Persons by place for the places of one zone that have a number."""
    ranks = inside["place"].map(PLACE_RANKS)
    # A town and a village of one name: the larger kind of place stands for the zone.
    namesakes = ranks[inside["demand_name"] == zone_name].sort_values(kind="stable").index
    parts = inside["population"].drop(namesakes)
    if (ranks[parts.index] <= CHIEF_RANK).any():
        parts = parts[ranks[parts.index] <= CHIEF_RANK]
    if namesakes.empty:
        return parts
    chief = inside.loc[namesakes[:1], "population"]
    rest = chief - parts.sum()
    # Parts that add up to more than the whole are older or newer numbers: the whole decides.
    return pd.concat([rest, parts]) if (rest >= 0).all() else chief


def spread_by_area(total: float, area_m2: FloatArray) -> FloatArray:
    """
    A population over buildings by the ground they cover; the sum stays the total.

    Parameters
    ----------
    total
        Persons, >= 0.
    area_m2
        Shape (n,), square metres, >= 0.

    Returns
    -------
    persons
        Shape (n,), fractions of persons; `math.fsum` of it is `total`, to the last bit unless
        the exact sum lies halfway between two floating-point numbers.

    Examples
    --------
    >>> spread_by_area(90.0, np.array([100.0, 200.0])).tolist()
    [30.0, 60.0]
    """
    ground = area_m2 if area_m2.sum() > 0 else np.ones_like(area_m2)
    persons = total * (ground / ground.sum())
    largest = int(np.argmax(ground))
    # What rounding lost goes to the largest building; moving it may itself round once more.
    for _ in range(ROUNDING_PASSES):
        persons[largest] += total - math.fsum(persons)
    return persons


def _from_homes(
    homes: gpd.GeoDataFrame, population: pd.Series
) -> tuple[gpd.GeoDataFrame, list[Notice]]:
    persons = np.full(len(homes), np.nan)
    rows_of = homes.groupby("zone_id").indices
    for zone_id, rows in rows_of.items():
        if not math.isnan(population[zone_id]):
            areas = homes["area_m2"].to_numpy()[rows]
            persons[rows] = spread_by_area(float(population[zone_id]), areas)
    names = np.full(len(homes), None, dtype=object)
    spread = population[population.index.isin(list(rows_of))].dropna()
    message = (
        f"{len(spread)} 个行政单元的人口（共 {spread.sum():,.0f} 人，来自开放街图）"
        f"按居住建筑占地面积分摊到 {int(np.isfinite(persons).sum())} 栋居住建筑，属估算；"
        "漏绘建筑的地方，人口会算到别处。"
    )
    notices = [Notice("osm_population_spread", message, len(spread))]
    return _as_demand(homes, names=names, population=persons), notices


def _from_places(
    places: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Notice]]:
    population = place_populations(zones, places)
    names = places["demand_name"].to_numpy(dtype=object)
    message = (
        f"{places['zone_id'].nunique()} 个行政单元在开放街图里没有居住建筑，"
        f"改以 {len(places)} 处地名为需求点，其中 {int(population.isna().sum())} 处人口未知"
        "或已含在上级地名的人口中。"
    )
    notices = [Notice("osm_places_as_demand", message, len(places))]
    return _as_demand(places, names=names, population=population.to_numpy()), notices


def _in_zones(points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Points inside the zones with `zone_id`; where zones touch or overlap, the smallest id."""
    areas = gpd.GeoDataFrame(
        {"zone_id": zones.index.to_numpy(dtype=object)},
        geometry=zones.geometry.to_numpy(),
        crs=zones.crs,
    ).sort_values("zone_id", ignore_index=True)
    point, area = areas.sindex.query(points.geometry, predicate="intersects", sort=True)
    first = np.flatnonzero(np.diff(point, prepend=-1))
    return points.iloc[point[first]].assign(zone_id=areas["zone_id"].to_numpy()[area[first]])


def _as_demand(
    points: gpd.GeoDataFrame, *, names: npt.NDArray[np.object_], population: FloatArray
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "demand_name": names,
            "population": population,
            "origin": "osm",
            "zone_id": points["zone_id"].to_numpy(dtype=object),
        },
        index=pd.Index(points.index, name=DEMAND.index),
        geometry=points.geometry.to_numpy(),
        crs=points.crs,
    )


def _zone_notices(
    zones: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, population: pd.Series
) -> list[Notice]:
    unknown = zones.index[population.isna()]
    placed = demand.dropna(subset="population")["zone_id"]
    lost = zones.index[population.notna() & ~zones.index.isin(placed)]
    return [
        Notice(
            "osm_population_unknown",
            f"{len(unknown)} 个行政单元在开放街图里没有人口数，其中的需求点人口未知"
            f"：{_names(zones, unknown)}。请另给人口。",
            len(unknown),
        ),
        Notice(
            "osm_population_nowhere",
            f"{len(lost)} 个行政单元有人口数，但没有可以放置人口的居住建筑或地名，人口没有计入"
            f"：{_names(zones, lost)}。请提供村、社区名录。",
            len(lost),
        ),
    ]


def _names(zones: gpd.GeoDataFrame, zone_ids: pd.Index) -> str:
    names = zones.loc[zone_ids, "zone_name"].tolist()
    return "、".join(names[:SHOWN_NAMES]) + (" 等" if len(names) > SHOWN_NAMES else "")
