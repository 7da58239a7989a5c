"""The units that a target counts: villages, communities, townships, counties; who lives there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from coverage.requests import TOLERANCE
from coverage.rules.choices import WHOLE_AREA
from coverage.rules.study import in_scope, may_be_in_scope, scope_missing
from coverage.rules.target import LEVEL_NAMES, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from coverage.rules.study import TargetStudy
    from coverage.rules.target import Level, Target, UnitLevel

VILLAGE_REACH_M: Final = 1000.0
"""Metres, in a straight line, inclusive: a facility farther from the nearest village point stands
in no village. The points are the middles of built-up villages, which reach some hundred metres; in
Shandong they stand some 1.5 km apart, so that the nearest is within 1 km of almost any place."""

LEVEL_OF_UNIT: Final[Mapping[UnitLevel, Level]] = {
    "village": "village", "community": "village", "any_village": "village",
    "township": "township", "street": "township", "any_township": "township",
    "county": "county", "county_not_district": "county", "city": "city",
}  # fmt: skip

STREET_ENDS: Final = ("街道", "办事处", "街道办", "街办")
TOWNSHIP_ENDS: Final = ("乡", "镇")
COMMUNITY_ENDS: Final = ("社区", "居委会", "居民委员会", "社区居委会")
DISTRICT_END: Final = "区"

VILLAGE_LISTS: Final = ("list", "synthetic")
"""Origins of demand points that are villages and communities, each of them one row."""

ORIGIN_NAMES: Final[Mapping[str, str]] = {
    "osm": "开放街图",
    "inferred": "按道路推断",
    "raster": "人口栅格",
}

_IN_BRACKETS: Final = re.compile(r"[（(][^（()）]*[)）]\s*$")


@dataclass(frozen=True, eq=False)
class Units:
    """
    Units of one level.

    Parameters
    ----------
    table
        Indexed by unit id: `unit_name`, `zone_id` (`WHOLE_AREA` where the unit is the study area
        itself), points in `geometry`: the place of the unit.
    item_type
        "demand" or "zone".
    unit_of
        Id of the unit that each facility of the study stands in, by facility id; null where it
        stands in none of these.
    people
        Persons known to live in each, by unit id.
    has_unknown
        Whether more may live there: somebody's number is not given, or nobody is listed at all.
    may_be
        By unit id: of which nobody knows whether it is in the area of the target.
    notes
        How the units were told apart, in Chinese.
    """

    table: gpd.GeoDataFrame
    item_type: Literal["demand", "zone"]
    unit_of: pd.Series[str]
    people: pd.Series[float]
    has_unknown: pd.Series[bool]
    may_be: pd.Series[bool]
    notes: tuple[str, ...] = ()


def units_of(study: TargetStudy, target: Target, level: UnitLevel) -> Units | str:
    """
    The units of a level in the area of a target.

    Villages are zones where the project has zones of villages, demand points else; the county is
    the study area itself where the zones are its townships.

    Parameters
    ----------
    study
        The study area.
    target
        Its scope decides which units count.
    level
        Of the units.

    Returns
    -------
    units
        None where the scope holds none; or the Chinese sentence that says why nobody can tell.
    """
    of_level = LEVEL_OF_UNIT[level]
    has_zones = bool((study.layers.zones["zone_level"] == of_level).any())
    if has_zones:
        return _zone_units(study, target, level)
    if of_level == "village":
        return _demand_units(study, target, level)
    if study.area_level == of_level and target.scope != "named":
        return _area_unit(study, level)
    return _no_level(study, of_level)


def is_above_area(study: TargetStudy, level: UnitLevel) -> bool:
    """Whether units of a level embrace more than the study area, so that it can hold none."""
    if study.area_level is None:
        return False
    return LEVELS.index(LEVEL_OF_UNIT[level]) > LEVELS.index(study.area_level)


def _no_level(study: TargetStudy, level: Level) -> str:
    name = LEVEL_NAMES[level]
    if study.area_level is None and LEVELS.index(level) > LEVELS.index("township"):
        return f"项目没有{name}一级的行政单元，也没有说明研究区是哪一级，请在设定里填写研究区的级别"
    return f"项目没有{name}一级的行政单元，无法逐个核算"


def _zone_units(study: TargetStudy, target: Target, level: UnitLevel) -> Units:
    zones = study.layers.zones
    zones = zones.assign(unit_name=zones["zone_name"], zone_id=zones.index)
    # Town and country are told apart by demand points, which zones of several are not.
    is_meant = in_scope(study, target, zones[["zone_id"]])
    is_meant &= zones["zone_level"] == LEVEL_OF_UNIT[level]
    notes = _neither_note(zones["zone_name"][is_meant], level)
    zones = zones[is_meant & _is_named(zones["zone_name"], level)]
    table = gpd.GeoDataFrame(
        zones[["unit_name", "zone_id"]],
        geometry=zones.geometry.representative_point(),
        crs=zones.crs,
    )
    demand = study.demand
    by_zone = demand["population"].groupby(demand["zone_id"])
    people = by_zone.sum().reindex(table.index, fill_value=0.0)
    lacks = demand["population"].isna().groupby(demand["zone_id"]).any()
    return Units(
        table,
        "zone",
        study.facilities["zone_id"].where(study.facilities["zone_id"].isin(table.index)),
        people,
        lacks.reindex(table.index, fill_value=True).astype(bool),
        pd.Series(data=False, index=table.index),
        notes,
    )


def _neither_note(names: pd.Series[str], level: UnitLevel) -> tuple[str, ...]:
    """What is said of zones that are neither township nor street by name: 开发区, 农场."""
    if level not in ("township", "street"):
        return ()
    is_neither = ~_plain(names).str.endswith(TOWNSHIP_ENDS + STREET_ENDS)
    if not is_neither.any():
        return ()
    first = names[is_neither].iloc[0]
    count = int(is_neither.sum())
    return (f"{count} 个单元的名称不是乡、镇或街道，首个是“{first}”，按乡镇计",)


def _area_unit(study: TargetStudy, level: UnitLevel) -> Units:
    """The study area as the one unit; it adds to the total and to no zone."""
    name, zones = study.layers.name, study.layers.zones
    is_meant = _is_named(pd.Series([name]), level)
    # Any point inside would do: nobody asks how far it is to the middle of a county.
    place = zones.geometry.iloc[[int(zones.area.argmax())]].representative_point().iloc[0]
    table = gpd.GeoDataFrame(
        {"unit_name": [name], "zone_id": [WHOLE_AREA]},
        geometry=[place],
        index=pd.Index([name]),
        crs=zones.crs,
    )[is_meant]
    inside = study.facilities["zone_id"].notna()
    population = study.demand["population"]
    lacks = bool(population.isna().any()) or population.empty
    return Units(
        table,
        "zone",
        pd.Series(name, index=inside.index, dtype=object).where(inside),
        pd.Series(population.sum(), index=table.index),
        pd.Series(lacks, index=table.index, dtype=bool),
        pd.Series(data=False, index=table.index),
    )


def _demand_units(study: TargetStudy, target: Target, level: UnitLevel) -> Units | str:
    demand = study.demand
    # Villages and communities are told apart by their names where nobody says town or country.
    missing = scope_missing(study, target) if level == "any_village" else ""
    missing = _no_village_list(demand) or missing
    if missing:
        return missing
    may_be = may_be_in_scope(study, target, demand)
    demand = demand[in_scope(study, target, demand) | may_be]
    is_meant, notes = _of_settlement(demand, level)
    table = demand[is_meant][["demand_name", "zone_id", "geometry"]]
    facilities = study.facilities
    is_near = facilities["demand_m"] <= VILLAGE_REACH_M + TOLERANCE
    belongs = facilities["zone_id"].notna() & is_near & facilities["demand_id"].isin(table.index)
    people = demand.loc[table.index, "population"]
    return Units(
        table.rename(columns={"demand_name": "unit_name"}),
        "demand",
        facilities["demand_id"].where(belongs),
        people.fillna(0.0),
        people.isna(),
        may_be[table.index],
        notes,
    )


def _no_village_list(demand: pd.DataFrame) -> str:
    """Why demand points are no villages: houses, settlements inferred; "" where they are."""
    origin = demand["origin"]
    other = origin[~origin.isin(VILLAGE_LISTS)]
    if other.empty:
        return ""
    names = "、".join(ORIGIN_NAMES.get(one, one) for one in other.unique())
    which = "需求点" if len(other) == len(demand) else f"有 {len(other)} 个需求点"
    return f"{which}不是村（社区）名录（来自{names}），不能逐村考核，请提供村（社区）名录"


def _of_settlement(
    demand: pd.DataFrame, level: UnitLevel
) -> tuple[npt.NDArray[np.bool_], tuple[str, ...]]:
    """Which demand points are of a level, and what is to be said of that."""
    if level == "any_village":
        return np.ones(len(demand), dtype=bool), ()
    by_name = _is_named(demand["demand_name"], level)
    if "settlement" not in demand.columns:
        unknown = np.ones(len(demand), dtype=bool)
    else:
        unknown = demand["settlement"].isna().to_numpy()
        wanted = "rural" if level == "village" else "urban"
        by_name = np.where(unknown, by_name, (demand["settlement"] == wanted).to_numpy())
    if not unknown.any():
        return by_name, ()
    note = (
        f"{unknown.sum()} 个需求点没有城乡属性，"
        "名称以“社区”或“居委会”结尾的按社区计，其余按行政村计"
    )
    return by_name, (note,)


def _is_named(names: pd.Series[str], level: UnitLevel) -> npt.NDArray[np.bool_]:
    """Whether each name may be that of a unit of the level."""
    texts = _plain(names)
    if level in ("street", "township"):
        ends = texts.str.endswith(STREET_ENDS)
        wanted = ends if level == "street" else ~ends
    elif level in ("community", "village"):
        ends = texts.str.endswith(COMMUNITY_ENDS)
        wanted = ends if level == "community" else ~ends
    elif level == "county_not_district":
        wanted = ~texts.str.endswith(DISTRICT_END)
    else:
        wanted = pd.Series(data=True, index=names.index)
    return wanted.to_numpy(dtype=bool)


def _plain(names: pd.Series[str]) -> pd.Series[str]:
    """Names without what stands in brackets behind them: "丁街道（城区）" is a street."""
    return names.fillna("").astype(str).str.replace(_IN_BRACKETS, "", regex=True).str.strip()
