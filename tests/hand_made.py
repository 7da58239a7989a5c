"""A hand-made assessment: two zones, three villages, two clinics, one standard with two readings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, Polygon, box

from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.impedance import TravelMode
from coverage.notices import Notice
from coverage.roads import Roads
from coverage.standards import Clause, FacilityKind, Reading, Standard
from coverage.studies.study import Assessment, Layers

CRS = "EPSG:4527"
X0, Y0 = 39_500_000.0, 4_000_000.0

STANDARD = Standard(
    standard_id="circle",
    name="15分钟健康服务圈",
    kinds=("village_clinic",),
    demand_group="population",
    scope="all",
    mode_id="walk_or_ride",
    direction="to_facility",
    target=2 / 3,
    target_note="示例",
    clauses=(Clause("jinan-2022", "示例规划", "三、（二）1", "原文"),),
    readings=(
        Reading("circle", "15分钟（路网）", "travel_time", 900.0),
        Reading("circle_line", "2.5公里（直线）", "straight_line", 2500.0),
    ),
)

KINDS = {
    "village_clinic": FacilityKind(
        "village_clinic", "村卫生室", "医疗", "village", "#2b8cbe", "卫"
    ),
    "county_hospital": FacilityKind("county_hospital", "县医院", "医疗", "county", "#e34a33", "医"),
}

MODES = {
    "walk": TravelMode("walk", "步行", "示例", speed_kph={"": 4.8}),
    "ride": TravelMode("ride", "骑行", "示例", user="bicycle", speed_kph={"": 10.0}),
    "walk_or_ride": TravelMode("walk_or_ride", "步行或骑行", "示例", faster_of=("walk", "ride")),
    "drive": TravelMode("drive", "驾车", "示例", user="motor", speed_kph={"": 40.0}),
}


def one_road() -> Roads:
    """One road of 5,000 m for everybody."""
    both = np.array([3], dtype=np.uint8)
    return Roads(
        crs=CRS,
        node_id=np.array([1, 2]),
        node_x=np.array([X0, X0 + 5000.0]),
        node_y=np.array([Y0, Y0]),
        node_signals=np.zeros(2, dtype=bool),
        from_node=np.array([0]),
        to_node=np.array([1]),
        length_m=np.array([5000.0]),
        road_class=np.array([0]),
        road_classes=("",),
        max_speed_kph=np.array([np.nan]),
        surface=np.array([0]),
        surfaces=("",),
        access={user: both.copy() for user in ("foot", "bicycle", "motor")},
        is_bridge=np.zeros(1, dtype=bool),
        is_tunnel=np.zeros(1, dtype=bool),
        vertex_x=np.array([X0, X0 + 5000.0]),
        vertex_y=np.array([Y0, Y0]),
        vertex_start=np.array([0, 2]),
    )


def layers(*, village_name: str = "李村", label: str = "合成数据，仅供演示") -> Layers:
    zones = gpd.GeoDataFrame(
        {"zone_name": ["东镇", "西镇"], "zone_level": ["township", "township"]},
        geometry=[
            box(X0 + 2500, Y0 - 2000, X0 + 6000, Y0 + 2000),
            box(X0 - 1000, Y0 - 2000, X0 + 2500, Y0 + 2000),
        ],
        index=pd.Index(["E", "W"], name="zone_id"),
        crs=CRS,
    )
    demand = gpd.GeoDataFrame(
        {
            "demand_name": [village_name, "王村", None],
            "population": [400.0, np.nan, 100.0],
            "origin": ["synthetic"] * 3,
            "zone_id": ["W", "E", None],
        },
        geometry=[Point(X0 + 100, Y0), Point(X0 + 4900, Y0 + 10), Point(X0 + 9000, Y0)],
        index=pd.Index(["d1", "d2", "d3"], name="demand_id"),
        crs=CRS,
    )
    facilities = gpd.GeoDataFrame(
        {
            "facility_name": ["卫生室甲", None],
            "kind": ["village_clinic", "county_hospital"],
            "origin": ["synthetic"] * 2,
        },
        geometry=[Point(X0 + 600, Y0), Point(X0 + 3000, Y0)],
        index=pd.Index(["f1", "f2"], name="facility_id"),
        crs=CRS,
    )
    return Layers("示例县", label, zones, demand, facilities, one_road())


def assessment(**names: str) -> Assessment:
    """The result as worked out by hand; the numbers need not agree with any network."""
    given = layers(**names)
    nothing = [np.nan] * 3
    demand = given.demand.assign(
        circle_facility_id=["f1", "f1", None],
        circle_travel_time_s=[180.0, 0.1 + 0.2 + 1500, np.inf],
        circle_distance_m=[500.0, 4310.0, np.inf],
        circle_access_m=[0.0, 10.0, np.nan],
        circle_mode_id=["ride", "ride", None],
        circle_covered=[True, False, False],
        circle_slow=[225.0, 1875.375, np.inf],
        circle_fast=[150.0, 850.25, np.inf],
        circle_verdict=["covered", "uncertain", "uncovered"],
        circle_line_facility_id=["f1", "f1", "f1"],
        circle_line_travel_time_s=nothing,
        circle_line_distance_m=[500.0, 4300.01, 8400.0],
        circle_line_access_m=nothing,
        circle_line_mode_id=[None] * 3,
        circle_line_covered=[True, False, False],
        circle_line_slow=[500.0, 4300.01, 8400.0],
        circle_line_fast=[500.0, 4300.01, 8400.0],
        circle_line_verdict=["covered", "uncovered", "uncovered"],
    )
    zones = pd.DataFrame(
        {
            "zone_id": ["E", "W", ""] * 2,
            "zone_name": ["东镇", "西镇", "合计"] * 2,
            "standard_id": "circle",
            "reading_id": ["circle"] * 3 + ["circle_line"] * 3,
            "population": [0.0, 400.0, 400.0] * 2,
            "covered": [0.0, 400.0, 400.0] * 2,
            "share": [np.nan, 1.0, 1.0] * 2,
            "villages": [1, 1, 2] * 2,
            "villages_covered": [0, 1, 1] * 2,
            "village_share": [0.0, 1.0, 0.5] * 2,
            "population_unknown": [1, 0, 1] * 2,
            "covered_low": [0.0, 400.0, 400.0] * 2,
            "share_low": [np.nan, 1.0, 1.0] * 2,
            "villages_low": [0, 1, 1] * 2,
            "covered_high": [0.0, 400.0, 400.0] * 2,
            "share_high": [np.nan, 1.0, 1.0] * 2,
            "villages_high": [1, 1, 2, 0, 1, 1],
            "target": 2 / 3,
            "gap": 0.0,
        }
    )
    facilities = given.facilities.assign(
        access_m=[0.0, np.nan],
        circle_villages=[1.0, np.nan],
        circle_population=[400.0, np.nan],
        circle_line_villages=[1.0, np.nan],
        circle_line_population=[400.0, np.nan],
    )
    gaps = gpd.GeoDataFrame(
        {
            "demand_id": ["d2", "d2"],
            "standard_id": "circle",
            "reading_id": ["circle", "circle_line"],
            "population": [np.nan, np.nan],
            "zone_id": ["E", "E"],
            "facility_id": [None, "f1"],
            "travel_time_s": [np.inf, np.nan],
            "distance_m": [np.inf, 4300.01],
            "verdict": ["uncertain", "uncovered"],
        },
        geometry=[given.demand.geometry["d2"]] * 2,
        crs=CRS,
    )
    ring = [(X0, Y0), (X0, Y0 + 900), (X0 + 900, Y0 + 900), (X0 + 900, Y0)]  # clockwise
    hole = [(X0 + 300, Y0 + 300), (X0 + 600, Y0 + 300), (X0 + 600, Y0 + 600), (X0 + 300, Y0 + 600)]
    areas = gpd.GeoDataFrame(
        {
            "facility_id": ["f1", "f1"],
            "standard_id": "circle",
            "reading_id": ["circle", "circle_line"],
            "cutoff": [900.0, 2500.0],
        },
        geometry=[Polygon(ring, [hole]), Polygon()],
        crs=CRS,
    )
    notices = (Notice("outside", "有 1 个需求点在研究区以外。", 1),)
    together = areas.set_index("reading_id")[["geometry"]]
    drawn = pd.DataFrame(
        {"reading_id": ["circle"], "demand_points": [3], "covered": [1], "inside": [2],
         "disagree": [1], "share": [1 / 3]}
    )  # fmt: skip
    apart = pd.DataFrame(
        {"reading_id": ["circle"], "demand_id": ["d2"], "is_covered": [False],
         "is_inside": [True], "boundary_m": [12.0], "reason": ["on_grid"],
         "reason_name": ["离边界不到一格（对角），属绘图的格网精度"]}
    )  # fmt: skip
    checks = pd.DataFrame(
        {
            "layer": ["demand"],
            "point_id": ["d2"],
            "point_name": ["王村"],
            "zone_id": ["E"],
            "population": [np.nan],
            "mode_id": ["ride"],
            "issue": ["across_barrier"],
            "nearest_road_m": [10.0],
            "access_m": [700.5],
            "barrier": ["河流"],
        }
    )
    parts = pd.DataFrame(
        {
            "mode_id": ["walk"],
            "part": [1],
            "edges": [2],
            "length_m": [150.0],
            "x": [X0],
            "y": [Y0],
            "villages": [1],
            "population": [400.0],
        }
    )
    return Assessment(
        layers=given,
        standards=(STANDARD,),
        demand=demand,
        zones=zones,
        facilities=facilities,
        gaps=gaps,
        service_areas=areas,
        covered_areas=together,
        area_checks=drawn,
        area_disagreements=apart,
        access_checks=checks,
        road_parts=parts,
        uncertainty=DEFAULT_UNCERTAINTY,
        notices=notices,
    )
