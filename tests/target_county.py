"""A county on one straight road for tests of targets: whatever villages and facilities a test names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, box

from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.impedance import TravelMode
from coverage.rules.choices import TargetChoices
from coverage.rules.study import TargetStudy, target_study
from coverage.rules.target import FacilityFilter, Target
from coverage.standards import Clause, FacilityKind
from coverage.studies.study import Layers
from coverage.studies.study_trips import StudyTrips
from tests.hand_made import assessment
from tests.networks import METRIC_CRS, toy_roads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.rules.target import FacilityChoice
    from coverage.studies.study import Assessment

ROAD_M = 20_000.0

KINDS = {
    code: FacilityKind(code, name, "测试", "village", "#2b8cbe", "测")
    for code, name in {
        "clinic": "村卫生室",
        "home": "幸福院",
        "library": "图书室",
        "hospital": "综合医院",
        "township_hospital": "镇卫生院",
    }.items()
}

MODES = {
    "walk": TravelMode("walk", "步行", "测试", "foot", {"road": 3.6}, 3.6),  # 1 m/s
    "ride": TravelMode("ride", "骑行", "测试", "bicycle", {"road": 10.8}, 3.6),  # 3 m/s
    "walk_or_ride": TravelMode("walk_or_ride", "步行或骑行", "测试", faster_of=("walk", "ride")),
}

CLINIC: FacilityChoice = (FacilityFilter(("clinic",), text="村卫生室"),)
HOME: FacilityChoice = (FacilityFilter(("home",), text="幸福院"),)
LIBRARY: FacilityChoice = (FacilityFilter(("library",), text="图书室"),)
TERTIARY: FacilityChoice = (FacilityFilter(("hospital",), grades=("三级",), text="综合医院[三级]"),)


def county(
    villages: Mapping[str, tuple[float, float | None]],
    facilities: Mapping[str, tuple[str, float]],
    *,
    zones: Mapping[str, tuple[str, float, float]] | None = None,
    level: str = "township",
    more: Mapping[str, list[Any]] | None = None,
    features: Mapping[str, list[Any]] | None = None,
    off_road_m: float = 0.0,
) -> Layers:
    """
    A road from x = 0 to x = 20,000 m along y = 0.

    Parameters
    ----------
    villages
        Id -> x, population (None: unknown); also the name. Outside all zones it is outside.
    facilities
        Id -> kind, x.
    zones
        Id -> name, from x, to x; one over the whole road when absent.
    level
        Of the zones.
    more, features
        Further columns of villages and of facilities.
    off_road_m
        Metres that the villages lie beside the road.
    """
    zones = zones or {"z": ("甲镇", -100.0, ROAD_M + 100)}
    zone_table = gpd.GeoDataFrame(
        {"zone_name": [name for name, _, _ in zones.values()], "zone_level": level},
        geometry=[box(start, -3000, end, 3000) for _, start, end in zones.values()],
        index=pd.Index(list(zones), name="zone_id"),
        crs=METRIC_CRS,
    )
    demand = gpd.GeoDataFrame(
        {
            "demand_name": list(villages),
            "population": [np.nan if people is None else people for _, people in villages.values()],
            "origin": "list",
            "zone_id": [_zone_at(zones, x) for x, _ in villages.values()],
            **(more or {}),
        },
        geometry=[Point(x, off_road_m) for x, _ in villages.values()],
        index=pd.Index(list(villages), name="demand_id", dtype=object),
        crs=METRIC_CRS,
    )
    facility_table = gpd.GeoDataFrame(
        {
            "facility_name": pd.Series(list(facilities), dtype=object).to_numpy(),
            "kind": [kind for kind, _ in facilities.values()],
            "origin": "list",
            **(features or {}),
        },
        geometry=[Point(x, 0) for _, x in facilities.values()],
        index=pd.Index(list(facilities), name="facility_id", dtype=object),
        crs=METRIC_CRS,
    )
    roads = toy_roads([(0, 1, "road")], {0: (0, 0), 1: (ROAD_M, 0)})
    return Layers("甲县", "", zone_table, demand, facility_table, roads)


def study(
    layers: Layers,
    *,
    choices: TargetChoices | None = None,
    assessed: Assessment | None = None,
    trips: StudyTrips | None = None,
) -> TargetStudy:
    """The county ready for targets; without `assessed`, no standard was."""
    given = assessed or replace(
        assessment(), layers=layers, demand=layers.demand, standards=(), zones=pd.DataFrame()
    )
    return target_study(
        given,
        trips=trips or StudyTrips(layers, MODES, DEFAULT_UNCERTAINTY),
        kinds=KINDS,
        choices=choices or TargetChoices(),
    )


def target(ask: Any, rule: str = "served_within_time", **more: Any) -> Target:
    """A target of that ask."""
    clause = Clause("plan", "规划", "一", "原文")
    return Target("plan/t", "指标", rule, ask, clause, unit="%", gap_unit="人", **more)


def total(items: pd.DataFrame) -> list[float]:
    """Lowest part and whole, highest part and whole, of all items."""
    return items[["part_low", "whole_low", "part_high", "whole_high"]].sum().tolist()


def _zone_at(zones: Mapping[str, tuple[str, float, float]], x: float) -> str | None:
    return next((code for code, (_, start, end) in zones.items() if start <= x <= end), None)
