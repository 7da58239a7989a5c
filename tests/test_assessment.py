"""The orchestrator, on a county small enough to check by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from coverage.assessment import assess
from coverage.errors import ImpedanceError
from coverage.impedance import TravelMode
from coverage.standards import Clause, Reading, Standard
from coverage.studies.study import Assessment, Layers
from tests.networks import METRIC_CRS, toy_roads

CLAUSE = Clause("plan", "规划", "一", "原文")

MODES = {
    "walk": TravelMode("walk", "步行", "测试", "foot", {"residential": 3.6}, 3.6),
    "ride": TravelMode("ride", "骑行", "测试", "bicycle", {"residential": 9.0}, 3.6),
    "walk_or_ride": TravelMode("walk_or_ride", "步行或骑行", "测试", faster_of=("walk", "ride")),
}

CIRCLE = Standard(
    standard_id="circle",
    name="15分钟圈",
    kinds=("village_clinic",),
    demand_group="population",
    scope="all",
    mode_id="walk_or_ride",
    direction="to_facility",
    target=0.9,
    target_note="测试",
    clauses=(CLAUSE,),
    readings=(
        Reading("circle", "15分钟", "travel_time", 900.0),
        Reading("circle_network_2500m", "2.5公里（路网）", "network_distance", 2500.0),
        Reading("circle_straight_2500m", "2.5公里（直线）", "straight_line", 2500.0),
    ),
)


PARK = Reading("park", "15分钟", "travel_time", 900.0)


def county() -> Layers:
    """
    Two zones on one road; the second part of the road may only be walked.

          zone a            |   zone b
    c --- v1 ------- v2 ----|---- v3 ------------- v4      (out) v5
    0     1000      2000  2200   2400              6000
    """
    roads = toy_roads(
        [(0, 1, "residential"), (1, 2, "residential")],
        {0: (0, 0), 1: (2200, 0), 2: (6000, 0)},
        access={"bicycle": [3, 0]},
    )
    zones = gpd.GeoDataFrame(
        {"zone_name": ["甲镇", "乙镇", "空镇"], "zone_level": "township"},
        index=pd.Index(["a", "b", "c"], name="zone_id"),
        geometry=[box(-500, -500, 2200, 500), box(2200, -500, 7000, 500), box(0, 900, 9, 999)],
        crs=METRIC_CRS,
    )
    demand = gpd.GeoDataFrame(
        {
            "demand_name": ["一村", "二村", "三村", "四村", "外村"],
            "population": [100.0, 200.0, 300.0, np.nan, 1000.0],
            "origin": "list",
            "zone_id": ["a", "a", "b", "b", None],
        },
        index=pd.Index(["v1", "v2", "v3", "v4", "v5"], name="demand_id"),
        geometry=[Point(1000, 0), Point(2000, 0), Point(2400, 0), Point(6000, 0), Point(0, 0)],
        crs=METRIC_CRS,
    )
    facilities = gpd.GeoDataFrame(
        {
            "facility_name": ["卫生室", "医院"],
            "kind": ["village_clinic", "county_hospital"],
            "origin": "list",
        },
        index=pd.Index(["c", "h"], name="facility_id"),
        geometry=[Point(0, 0), Point(6000, 0)],
        crs=METRIC_CRS,
    )
    return Layers("示例", "", zones, demand, facilities, roads)


@pytest.fixture(scope="module")
def result() -> Assessment:
    return assess(county(), standards=[CIRCLE], modes=MODES)


def test_the_faster_mode_counts_per_village(result: Assessment) -> None:
    # Riding does 2.5 m/s but leaves v4 to a walk of 3,800 m at 1 m/s from the last rideable road.
    seconds = result.demand["circle_travel_time_s"]
    assert seconds.loc[["v1", "v2", "v3"]].tolist() == pytest.approx([400, 800, 880 + 200])
    assert seconds["v4"] == pytest.approx(880 + 3800)
    assert result.demand["circle_mode_id"].tolist() == ["ride"] * 4 + ["walk"]
    assert result.demand["circle_demand_access_m"]["v3"] == pytest.approx(200)


def test_three_readings_stand_side_by_side(result: Assessment) -> None:
    table = result.demand[[f"{r.reading_id}_covered" for r in CIRCLE.readings]]
    assert table.loc[["v1", "v2", "v3", "v4"]].to_numpy().tolist() == [
        [True, True, True],
        [True, True, True],
        [False, True, True],
        [False, False, False],
    ]
    assert result.demand["circle_straight_2500m_travel_time_s"].isna().all()


def test_zone_table_by_hand(result: Assessment) -> None:
    rows = result.zones[result.zones["reading_id"] == "circle"].set_index("zone_id")
    assert rows["zone_name"].to_dict() == {"a": "甲镇", "b": "乙镇", "c": "空镇", "": "全域"}
    assert rows["population"].to_dict() == {"a": 300, "b": 300, "c": 0, "": 600}
    assert rows["covered"].to_dict() == {"a": 300, "b": 0, "c": 0, "": 300}
    assert rows["villages"].to_dict() == {"a": 2, "b": 2, "c": 0, "": 4}
    assert rows["population_unknown"].to_dict() == {"a": 0, "b": 1, "c": 0, "": 1}
    assert rows["share"].loc[["a", "b", ""]].tolist() == [1.0, 0.0, 0.5]
    assert math.isnan(rows.loc["c", "share"])
    assert rows["gap"].to_dict() == pytest.approx({"a": 0, "b": 270, "c": 0, "": 240})


def test_uncovered_points_are_listed_and_the_outsider_is_not(result: Assessment) -> None:
    gaps = result.gaps[result.gaps["reading_id"] == "circle"]
    assert gaps["demand_id"].tolist() == ["v3", "v4"]
    assert len(result.demand) == 5


def test_facilities_keep_their_rows(result: Assessment) -> None:
    assert result.facilities["circle_villages"].tolist()[0] == 2
    assert result.facilities["circle_population"].tolist()[0] == 300
    assert math.isnan(result.facilities.loc["h", "circle_villages"])


def test_people_per_facility_are_of_the_standards_group_and_unknown_is_not_nought() -> None:
    layers = county()
    reading = CIRCLE.readings[:1]
    told = replace(layers, demand=layers.demand.assign(population_60plus=[10.0, 20, 30, 40, 50]))
    elderly = replace(CIRCLE, demand_group="population_60plus", readings=reading)
    result = assess(told, standards=[elderly], modes=MODES)
    assert result.facilities.loc["c", "circle_population"] == 30
    nobody_known = replace(layers, demand=layers.demand.assign(population=np.nan))
    plain = replace(CIRCLE, readings=reading)
    result = assess(nobody_known, standards=[plain], modes=MODES)
    assert result.facilities.loc["c", "circle_villages"] == 2
    assert math.isnan(result.facilities.loc["c", "circle_population"])


def test_a_facility_on_a_path_is_near_a_road_for_those_who_walk() -> None:
    layers = county()
    facilities = layers.facilities.copy()
    facilities.loc["c", "geometry"] = Point(6000, 0)  # 3,800 m from any road to ride on
    result = assess(replace(layers, facilities=facilities), standards=[CIRCLE], modes=MODES)
    assert "facility_far_from_road" not in [notice.code for notice in result.notices]
    assert result.facilities.loc["c", "access_m"] == 0


def test_each_counted_facility_has_an_area_per_reading(result: Assessment) -> None:
    areas = result.service_areas
    assert areas["reading_id"].tolist() == [r.reading_id for r in CIRCLE.readings]
    assert areas.is_valid.all()
    assert areas.crs == METRIC_CRS


def test_together_the_facilities_cover_what_each_covers(result: Assessment) -> None:
    together = result.covered_areas
    assert together.index.tolist() == [r.reading_id for r in CIRCLE.readings]
    each = result.service_areas.set_index("reading_id").geometry
    # One clinic: the two differ by the grid alone.
    assert (together.geometry.symmetric_difference(each).area < 0.05 * each.area).all()


def test_notices_name_what_the_data_lack(result: Assessment) -> None:
    assert [notice.message for notice in result.notices] == [
        "「15分钟圈」有 1 个需求点的常住人口未知，计入村数，不计入人口。"
    ]


def test_points_and_facilities_far_from_any_road_are_named() -> None:
    layers = county()
    away = gpd.GeoSeries([Point(0, 5000)], crs=METRIC_CRS)
    demand = layers.demand.copy()
    demand.loc["v1", "geometry"] = away[0]
    facilities = layers.facilities.copy()
    facilities.loc["c", "geometry"] = away[0]
    result = assess(
        replace(layers, demand=demand, facilities=facilities), standards=[CIRCLE], modes=MODES
    )
    assert [notice.message for notice in result.notices][:1] == [
        (
            "「15分钟圈」有 1 处设施到不了道路（步行到最近道路就超过 15 分钟），服务不到任何人，"
            "第一处是「卫生室」，距最近道路 5.0 公里；请核对坐标和路网。"
        )
    ]
    expected = (
        "「15分钟圈」有 1 个需求点（100 人）仅步行到最近道路就超过 15 分钟，第一个是「一村」，"
        "最远 5.0 公里；请核对坐标和路网。"
    )
    assert expected in [notice.message for notice in result.notices]


def test_people_whom_no_road_joins_to_a_facility_are_named() -> None:
    layers = county()
    # The clinic stands on an island road of its own.
    roads = toy_roads(
        [(0, 1, "residential"), (1, 2, "residential"), (3, 4, "residential")],
        {0: (0, 0), 1: (2200, 0), 2: (6000, 0), 3: (0, 90000), 4: (900, 90000)},
    )
    facilities = layers.facilities.copy()
    facilities.loc["c", "geometry"] = Point(100, 90000)
    result = assess(
        replace(layers, roads=roads, facilities=facilities), standards=[CIRCLE], modes=MODES
    )
    assert [n.message for n in result.notices if n.code == "demand_not_connected"] == [
        (
            "「15分钟圈」有 4 个需求点（600 人）所在的道路与任何计入的设施都不连通，第一个是「一村」；"
            "按未覆盖计，请核对路网。"
        )
    ]
    assert result.demand["circle_mode_id"].isna().all()


def test_on_a_road_for_both_the_quicker_mode_has_the_same_metres(result: Assessment) -> None:
    # Walking and riding cover the same 1,000 m; the rider's time stands beside it.
    assert result.demand.loc["v1", "circle_network_2500m_distance_m"] == 1000
    assert result.demand.loc["v1", "circle_network_2500m_travel_time_s"] == pytest.approx(400)
    assert result.demand.loc["v1", "circle_network_2500m_mode_id"] == "ride"


def test_a_missing_group_leaves_people_unknown() -> None:
    elderly = replace(CIRCLE, demand_group="population_60plus")
    result = assess(county(), standards=[elderly], modes=MODES)
    assert result.zones["share"].isna().all()
    assert result.zones.loc[0, "village_share"] == 1.0
    assert result.notices[0].code == "group_missing"


def test_scope_without_settlement_says_so_and_with_it_counts_only_that() -> None:
    rural = replace(CIRCLE, scope="rural", readings=CIRCLE.readings[:1])
    plain = assess(county(), standards=[rural], modes=MODES)
    assert "scope_missing" in [notice.code for notice in plain.notices]
    layers = county()
    told = layers.demand.assign(settlement=["urban", "rural", "rural", None, "rural"])
    result = assess(replace(layers, demand=told), standards=[rural], modes=MODES)
    whole = result.zones.set_index("zone_id").loc[""]
    assert (whole["villages"], whole["population"]) == (2, 500)


def test_no_facility_of_the_kind_means_nobody_is_covered() -> None:
    other = replace(CIRCLE, kinds=("park",))
    result = assess(county(), standards=[other], modes=MODES)
    assert result.zones["covered"].sum() == 0
    assert result.notices[0].code == "no_facility"
    assert result.service_areas.empty


def test_of_a_reading_that_is_not_measured_no_village_is_counted_either() -> None:
    other = replace(CIRCLE, standard_id="park", kinds=("park",), readings=(PARK,))
    plain = assess(county(), standards=[CIRCLE], modes=MODES).zones
    zones = assess(county(), standards=[CIRCLE, other], modes=MODES).zones
    parks, circle = (zones["reading_id"] == name for name in ("park", "circle"))
    counted = ["villages_covered", "village_share", "villages_low", "villages_high"]
    assert zones.loc[parks, counted].isna().all(axis=None)
    assert zones.loc[parks, ["villages", "population_unknown"]].notna().all(axis=None)
    assert zones.loc[circle, counted].notna().sum().tolist() == [4, 3, 4, 4]  # c has no village
    # beside what is not known, whole numbers stay whole
    columns = ["villages_covered", "villages_low", "villages_high"]
    assert zones[columns].dtypes.astype(str).tolist() == ["Int64"] * 3
    assert plain[columns].dtypes.astype(str).tolist() == ["int64"] * 3
    assert zones.loc[circle, columns].to_numpy().tolist() == (
        plain.loc[plain["reading_id"] == "circle", columns].to_numpy().tolist()
    )


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ImpedanceError, match="「15分钟圈」的出行方式 'fly' 不在速度表里"):
        assess(county(), standards=[replace(CIRCLE, mode_id="fly")], modes=MODES)


def test_a_mode_without_roads_is_refused() -> None:
    modes = MODES | {"ride": replace(MODES["ride"], speed_kph={"motorway": 10.0})}
    with pytest.raises(ImpedanceError, match="路网的 2 个路段中没有一段可供「骑行」使用"):
        assess(county(), standards=[CIRCLE], modes=modes)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), cutoff=st.floats(1, 4000))
def test_zones_add_up_to_the_whole_and_no_row_is_lost(seed: int, cutoff: float) -> None:
    rng = np.random.default_rng(seed)
    layers = county()
    count = 40
    xy = np.column_stack([rng.uniform(-400, 6900, count), rng.uniform(-400, 400, count)])
    demand = gpd.GeoDataFrame(
        {
            "demand_name": "村",
            "population": rng.integers(0, 500, count).astype(float),
            "origin": "list",
            "zone_id": np.where(xy[:, 0] < 2200, "a", "b"),
        },
        index=pd.Index([f"d{i}" for i in rng.permutation(count)], name="demand_id"),
        geometry=gpd.points_from_xy(*xy.T),
        crs=METRIC_CRS,
    )
    reading = Reading("circle", "测试", "travel_time", cutoff)
    standard = replace(CIRCLE, readings=(reading,))
    result = assess(
        replace(layers, demand=demand), standards=[standard], modes=MODES, with_service_areas=False
    )
    rows = result.zones.set_index("zone_id")
    for column in ("population", "covered", "villages", "villages_covered"):
        assert rows.loc[["a", "b", "c"], column].sum() == pytest.approx(rows.loc["", column])
    assert list(result.demand.index) == list(demand.index)
    assert len(result.gaps) + rows.loc["", "villages_covered"] == count
    assert result.facilities["circle_villages"].sum() == rows.loc["", "villages_covered"]
    straight = np.hypot(xy[:, 0], xy[:, 1])
    assert (result.demand["circle_distance_m"] >= straight - 1e-6).all()


def test_a_village_beside_a_path_is_not_far_from_a_road_for_those_who_may_walk() -> None:
    layers = county()
    demand = layers.demand.copy()
    demand.loc["v1", "geometry"] = Point(6000, 0)  # 3,800 m from any road to ride on
    moved = replace(layers, demand=demand)
    reading = replace(CIRCLE, readings=CIRCLE.readings[:1])
    far = "far_from_road"
    for mode_id, listed in (("walk_or_ride", False), ("ride", True)):
        result = assess(moved, standards=[replace(reading, mode_id=mode_id)], modes=MODES)
        rows = result.access_checks[result.access_checks["point_id"] == "v1"]
        assert (far in rows["issue"].to_list()) is listed


def test_facilities_across_the_border_serve_only_where_they_may() -> None:
    layers = county()
    facilities = layers.facilities.copy()
    reading = replace(CIRCLE, readings=CIRCLE.readings[:1])
    outside = layers.zones.total_bounds[0] - 10.0
    facilities.loc["c", "geometry"] = Point(outside, 0)
    moved = replace(layers, facilities=facilities)
    kept = assess(moved, standards=[reading], modes=MODES)
    assert kept.demand["circle_facility_id"].notna().any()
    shut = assess(moved, standards=[replace(reading, cross_border=False)], modes=MODES)
    assert shut.demand["circle_facility_id"].isna().all()
    assert "no_facility" in [notice.code for notice in shut.notices]


def test_the_band_holds_the_share_and_the_whole_is_the_sum_of_its_zones(result) -> None:
    zones = result.zones
    known = zones.dropna(subset=["share"])
    assert (known["share_low"] <= known["share"] + 1e-12).all()
    assert (known["share"] <= known["share_high"] + 1e-12).all()
    for column in ("covered_low", "covered_high", "villages_low", "villages_high"):
        whole = zones[zones["zone_id"] == ""].set_index("reading_id")[column]
        parts = zones[zones["zone_id"] != ""].groupby("reading_id")[column].sum()
        pd.testing.assert_series_equal(whole.sort_index(), parts, check_names=False)


def test_a_rescue_in_two_legs_by_hand() -> None:
    layers = county()
    ring = replace(
        CIRCLE,
        readings=(
            replace(CIRCLE.readings[0], mode_id="ride", station_kinds=("hospital",), turnout_s=60),
        ),
    )
    stations = layers.facilities.assign(
        kind=["hospital" if name == "h" else kind
              for name, kind in layers.facilities["kind"].items()]
    )  # fmt: skip
    result = assess(replace(layers, facilities=stations), standards=[ring], modes=MODES)
    found = result.demand
    prefix = f"{ring.readings[0].reading_id}_"
    total = found[f"{prefix}response_s"] + found[f"{prefix}transport_s"]
    np.testing.assert_allclose(found[f"{prefix}travel_time_s"], total)
    assert (found[f"{prefix}turnout_s"].dropna() == 60).all()
    assert "turnout_unknown" in [notice.code for notice in result.notices]
    without = replace(layers, facilities=layers.facilities[layers.facilities.index == "c"])
    told = assess(without, standards=[ring], modes=MODES)
    assert "no_station" in [notice.code for notice in told.notices]
    assert not told.demand[f"{prefix}covered"].any()


def test_service_areas_of_some_readings_are_those_of_all(result: Assessment) -> None:
    some = assess(county(), standards=[CIRCLE], modes=MODES, area_readings=["circle"])
    whole = result.service_areas
    wanted = whole[whole["reading_id"] == "circle"].reset_index(drop=True)
    assert len(wanted) < len(whole)
    assert some.service_areas.equals(wanted)
    assert some.zones.equals(result.zones)
    assert some.demand.equals(result.demand)
