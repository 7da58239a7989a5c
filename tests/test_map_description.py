from __future__ import annotations

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from coverage.access.barriers import Barriers
from coverage.errors import StandardError
from coverage.standards import Reading
from reports import map_styles as styles
from reports.figures import metres_text, minutes_text
from reports.map_description import (
    describe_ground,
    describe_reading,
)
from reports.map_settlements import nice_number, reference_people, size_key
from reports.map_shapes import MapArea, simplified_zones, zoom_for_spacing
from reports.map_text import failed_rule, zone_lines
from tests.hand_made import CRS, KINDS, STANDARD, X0, Y0, assessment
from tests.test_results import PARK, without_parks


@pytest.fixture
def case():
    return assessment()


def by_id(description):
    return {layer.layer_id: layer for layer in description.layers}


def told(layer):
    """What the tooltip of each feature says, by id, with its numbers replaced by the phrases."""
    return {
        one["properties"]["id"]: {
            **one["properties"],
            "lines": [layer.phrases[number] for number in one["properties"].get("lines", [])],
        }
        for one in layer.features
    }


# bad input


def test_unknown_reading(case):
    with pytest.raises(StandardError) as error:
        describe_reading(case, kinds=KINDS, reading_id="circel")
    assert str(error.value) == (
        "没有口径「circel」，本次评估的口径有：circle、circle_line。请从中选择。"
    )


def test_facility_of_an_unknown_kind_is_a_bug(case):
    with pytest.raises(KeyError):
        describe_reading(case, kinds={}, reading_id="circle")


# structure


def test_ground_holds_what_does_not_depend_on_the_reading(case):
    ground = describe_ground(case, kinds=KINDS)
    assert list(by_id(ground)) == [
        "study_area",
        "zone_names",
        "zones",
        "roads_unclassed",
        "facility:village_clinic",
        "facility:county_hospital",
    ]
    assert (ground.title, ground.label) == ("示例县", "合成数据，仅供演示")
    assert describe_ground(case, kinds=KINDS) == ground


def test_every_settlement_is_on_the_map_once(case):
    layers = by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))
    assert list(layers) == ["service_areas", "gaps", "covered", "uncertain", "not_counted"]
    assert "disputed" not in layers, "both readings agree"
    assert list(told(layers["gaps"])) == ["d2"]
    assert list(told(layers["covered"])) == ["d1"]
    assert list(told(layers["not_counted"])) == ["d3"]


def test_villages_whose_verdict_may_flip_are_ringed_when_asked_for(case):
    reading = by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))
    rings = reading["uncertain"]
    assert (rings.visible, rings.count) == (False, "1 个")
    assert told(rings)["d2"]["lines"] == ["误差范围：14.2 分钟～31.3 分钟"]
    assert rings.detail == "误差范围跨过 15 分钟"
    assert "uncertain" not in by_id(describe_reading(case, kinds=KINDS, reading_id="circle_line"))


def test_villages_on_which_the_readings_disagree_are_ringed_when_asked_for(case):
    case.demand["circle_line_covered"] = [False, False, True]
    rings = by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))["disputed"]
    # d3 lies outside the study area and is not counted.
    assert list(told(rings)) == ["d1"]
    assert told(rings)["d1"]["lines"] == ["15分钟（路网）：已覆盖", "2.5公里（直线）：未覆盖"]
    assert (rings.visible, rings.count, rings.detail) == (False, "1 个", "2 种口径比较")


def test_settlements_the_standard_is_not_about_are_neither_covered_nor_a_gap(case):
    case.demand["settlement"] = ["urban", "rural", "rural"]
    rural = replace(case, standards=(replace(STANDARD, scope="rural"),))
    layers = by_id(describe_reading(rural, kinds=KINDS, reading_id="circle"))
    assert list(told(layers["covered"])) == []
    assert list(told(layers["not_counted"])) == ["d1", "d3"]


def test_bounds_are_south_west_and_north_east(case):
    (south, west), (north, east) = describe_ground(case, kinds=KINDS).bounds
    # The central meridian of zone 39 is 117 E; the county reaches 1 km west and 6 km east of it,
    # a degree of longitude is 111.32 km x cos(36.13), and 4 km are 0.036 degrees of latitude.
    per_degree = 111_320 * np.cos(np.radians(36.13))
    assert west == pytest.approx(117 - 1000 / per_degree, abs=1e-4)
    assert east == pytest.approx(117 + 6000 / per_degree, abs=1e-4)
    assert north - south == pytest.approx(4000 / 110_950, abs=1e-4)


def test_positions_are_lon_lat_with_five_decimals(case):
    layer = by_id(describe_ground(case, kinds=KINDS))["facility:village_clinic"]
    lon, lat = layer.features[0]["geometry"]["coordinates"]
    assert lon == pytest.approx(117.00667, abs=2e-5)
    assert lat == pytest.approx(36.13, abs=0.01)
    assert (lon, lat) == (round(lon, 5), round(lat, 5))


def test_legend_counts(case):
    ground = by_id(describe_ground(case, kinds=KINDS))
    reading = by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))
    assert ground["zones"].count == "2 个"
    assert ground["facility:village_clinic"].count == "1 处"
    assert (reading["gaps"].count, reading["gaps"].detail) == ("1 个", "")
    assert reading["service_areas"].count == "15 分钟"


def test_only_facilities_that_count_are_shown_at_first(case):
    reading = describe_reading(case, kinds=KINDS, reading_id="circle")
    assert reading.facility_layers == ("facility:village_clinic",)


def test_service_areas_keep_their_holes(case):
    area = by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))["service_areas"]
    assert len(area.features[0]["geometry"]["coordinates"]) == 2


def test_reading_without_service_areas(case):
    area = by_id(describe_reading(case, kinds=KINDS, reading_id="circle_line"))["service_areas"]
    assert area.features == []


def test_description_is_valid_json_and_stable(case):
    first = describe_reading(case, kinds=KINDS, reading_id="circle")
    again = describe_reading(assessment(), kinds=KINDS, reading_id="circle")
    other = describe_reading(case, kinds=KINDS, reading_id="circle_line")
    assert first.version == again.version != other.version
    content = json.loads(first.payload, parse_constant=pytest.fail)
    assert content["reading_id"] == first.reading_id
    assert content["standard_name"] == "15分钟健康服务圈"


def test_assessment_is_left_as_it_was(case):
    before = case.demand.copy(), case.facilities.copy(), case.layers.zones.copy()
    describe_ground(case, kinds=KINDS)
    describe_reading(case, kinds=KINDS, reading_id="circle")
    pd.testing.assert_frame_equal(case.demand, before[0])
    pd.testing.assert_frame_equal(case.facilities, before[1])
    pd.testing.assert_frame_equal(case.layers.zones, before[2])


# text


def test_uncovered_village_says_why(case):
    gap = told(by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))["gaps"])["d2"]
    assert gap["name"] == "王村"
    assert gap["unknown"] is True
    # 1500.3 s = 25.0 minutes, 600.3 s beyond 15 minutes = 10.0 minutes
    assert gap["lines"] == [
        "人口：未知",
        "最近的设施：卫生室甲",
        "出行时间：25.0 分钟",
        "路程：4.31 公里",
        "未达标：应在 15 分钟以内，超出 10.0 分钟",
        "合成数据",
    ]


def test_uncovered_village_by_straight_line(case):
    gap = told(by_id(describe_reading(case, kinds=KINDS, reading_id="circle_line"))["gaps"])["d2"]
    assert gap["lines"][1:4] == [
        "最近的设施：卫生室甲",
        "直线距离：4.30 公里",
        "未达标：应在 2.5 公里以内，超出 1.80 公里",
    ]


def test_village_that_no_road_leads_to(case):
    rest = told(by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))["not_counted"])
    assert "name" not in rest["d3"]
    assert rest["d3"]["lines"] == ["人口：100 人", "合成数据"]
    reading = STANDARD.readings[0]
    assert failed_rule(np.inf, np.inf, reading) == (
        "未达标：没有路可到达计入本标准的设施（应在 15 分钟以内）"
    )


@pytest.mark.parametrize(
    ("seconds", "metres", "reading", "excess"),
    [
        (900.5, 3000.0, Reading("t", "", "travel_time", 900.0), "不到 0.1 分钟"),
        (906.0, 3000.0, Reading("t", "", "travel_time", 900.0), "0.1 分钟"),
        (np.nan, 2500.4, Reading("d", "", "network_distance", 2500.0), "不到 1 米"),
        (np.nan, 3350.0, Reading("d", "", "network_distance", 2500.0), "850 米"),
    ],
)
def test_by_how_much_a_rule_fails(seconds, metres, reading, excess):
    assert failed_rule(seconds, metres, reading).endswith(f"以内，超出 {excess}")


def test_units_on_the_map():
    assert (minutes_text(750), metres_text(849.6), metres_text(3249)) == (
        "12.5 分钟",
        "850 米",
        "3.25 公里",
    )


def test_what_many_say_is_kept_once(case):
    case.demand["origin"] = "osm"
    case.demand["circle_covered"] = True
    nothing = replace(case, gaps=case.gaps[:0])
    case.demand["zone_id"] = "W"
    layer = by_id(describe_reading(nothing, kinds=KINDS, reading_id="circle"))["covered"]
    assert len(layer.features) == 3
    assert layer.phrases.count("来源：开放街图（OpenStreetMap）") == 1
    assert told(layer)["d3"]["lines"] == ["人口：100 人", "来源：开放街图（OpenStreetMap）"]


def test_zone_tells_people_and_villages(case):
    reading = describe_reading(case, kinds=KINDS, reading_id="circle")
    assert reading.zone_lines == {
        "E": ["人口覆盖率：没有人口数据", "村（社区）：0 / 1 个已覆盖"],
        "W": ["覆盖率：100.0%（目标 66.7%）", "未覆盖人口：0 人", "村（社区）：1 / 1 个已覆盖"],
    }
    assert reading.summary[-1] == "人口未知：1 个村（社区）"


def test_a_zone_without_facilities_claims_nothing():
    (row, *_) = without_parks().zones.to_dict("records")
    assert zone_lines(row, PARK) == ["没有计入的设施数据，未核算"]


def test_facility_without_a_name_bears_its_kind(case):
    layer = by_id(describe_ground(case, kinds=KINDS))["facility:county_hospital"]
    assert "name" not in told(layer)["f2"]
    assert layer.unnamed == "县医院（无名称）"


def test_stand_in_says_so(case):
    case.facilities["origin"] = ["stand_in", "osm"]
    layers = by_id(describe_ground(case, kinds=KINDS))
    clinic = told(layers["facility:village_clinic"])["f1"]
    assert clinic["lines"] == ["村卫生室", "替代点，不是设施的实际位置"]


# credits


def test_credits_are_shown_as_given(case):
    assert describe_ground(case, kinds=KINDS).attribution == ()
    given_ = describe_ground(case, kinds=KINDS, attribution=["道路：县交通局\n"])
    assert given_.attribution == ("道路：县交通局",)


# hostile text


def test_text_stays_readable_but_holds_no_control_characters():
    case = assessment(village_name="李\n村\x00\u202e", label="a\tb")
    reading = describe_reading(case, kinds=KINDS, reading_id="circle")
    assert told(by_id(reading)["covered"])["d1"]["name"] == "李 村"
    assert describe_ground(case, kinds=KINDS).label == "a b"


def test_ids_come_back_exactly_as_they_are(case):
    odd = "  <b>\n{{1}}"
    case.demand.index = pd.Index([odd, "d2", "d3"], name="demand_id")
    layer = by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))["covered"]
    assert list(told(layer)) == [odd]


# sizes


@given(st.floats(0, 1e7), st.floats(1, 1e6))
def test_circles_stay_within_their_limits(people, reference):
    radius = styles.people_radius(people, reference=reference)
    assert styles.SMALLEST_RADIUS_PX <= radius <= styles.LARGEST_RADIUS_PX


def test_area_of_a_circle_is_proportional_to_people():
    one = styles.people_radius(500, reference=500)
    two = styles.people_radius(1000, reference=500)
    assert one == styles.PEOPLE_RADIUS_PX
    assert (two / one) ** 2 == pytest.approx(2, abs=0.05)


def test_largest_circles_lie_below_small_ones(case):
    case.demand.loc[:, "population"] = [100.0, 5000.0, 900.0]
    case.demand["circle_covered"] = False
    gaps = gpd.GeoDataFrame(
        {"demand_id": ["d1", "d2", "d3"], "reading_id": "circle"},
        geometry=case.demand.geometry.to_numpy(),
        crs=CRS,
    )
    layer = by_id(describe_reading(replace(case, gaps=gaps), kinds=KINDS, reading_id="circle"))[
        "gaps"
    ]
    assert list(told(layer)) == ["d2", "d3", "d1"]
    assert layer.detail == "共 6,000 人"


def test_reference_is_what_95_percent_stay_below():
    people = pd.Series([np.nan, 0.0, *range(1, 102)])
    assert reference_people(people) == 96.0
    assert reference_people(pd.Series([np.nan, 0.0])) == 1.0


@pytest.mark.parametrize(
    ("value", "nice"), [(0.5, 0), (1, 1), (4.9, 2), (5, 5), (99, 50), (1000, 1000), (2345, 2000)]
)
def test_nice_number(value, nice):
    assert nice_number(value) == nice


def test_size_key_shows_only_sizes_that_differ():
    # 2,000 people are the reference, 11 px; 500: 5.5 px; 200: 3.5 px, the smallest there is
    assert size_key(2345.0, 2000.0) == [(5.5, "500 人"), (11.0, "2,000 人")]


def test_signs_appear_when_facilities_lie_apart():
    # At zoom 0 a pixel is 156,543 m on the equator; 30 px are 4,696 km; 2^10 times less is 4.6 km.
    assert zoom_for_spacing(4_600.0, spacing_px=30, latitude=0) == 10
    assert zoom_for_spacing(4_500.0, spacing_px=30, latitude=0) == 11
    assert zoom_for_spacing(4_600.0, spacing_px=30, latitude=60) == 9
    assert zoom_for_spacing(0.0, spacing_px=30, latitude=36) == 18


def test_dense_settlements_have_their_full_size_only_close_by(case):
    layer = by_id(describe_reading(case, kinds=KINDS, reading_id="circle"))["gaps"]
    # Two counted settlements on 28 km2: 3,742 m apart, 24 px at zoom 9.66, so from zoom 10 on.
    assert layer.full_zoom == 10


def test_size_key_ends_where_circles_stop_growing():
    # The largest circle has four times the area of the reference: 200 people, not 5,000.
    assert size_key(5000.0, 50.0)[-1] == (22.0, "200 人")


@pytest.mark.parametrize(("fill", "sign"), [("#08306b", "#ffffff"), ("#f7fbff", styles.INK)])
def test_signs_are_readable_on_their_colour(fill, sign):
    assert styles.sign_colour(fill) == sign


# shapes


def test_neighbours_still_share_their_border_when_simplified():
    wiggle = [(5000 + (30 if k % 2 else -30), 100.0 * k) for k in range(1, 100)]
    border = [(5000, 0), *wiggle, (5000, 10_000)]
    west = shapely.Polygon([(0, 0), *border, (0, 10_000)])
    east = shapely.Polygon([(10_000, 0), (10_000, 10_000), *border[::-1]])
    simple = simplified_zones(np.array([west, east]), 60.0)
    assert shapely.get_num_coordinates(simple).sum() < 30
    assert shapely.coverage_is_valid(simple)
    assert shapely.area(shapely.union_all(simple)) == pytest.approx(1e8)


def test_overlapping_zones_are_simplified_one_by_one():
    zones = np.array([box(0, 0, 2000, 2000), box(1000, 0, 3000, 2000)])
    assert shapely.equals(simplified_zones(zones, 10.0), zones).all()


def test_tolerance_follows_the_size_of_the_county():
    assert MapArea(CRS, (0, 0, 36_000, 48_000), 1.0).tolerance_m == 10.0


def test_points_outside_do_not_move_the_view(case):
    assert case.demand.geometry["d3"] == Point(X0 + 9000, Y0)
    (_, west), (_, east) = describe_ground(case, kinds=KINDS).bounds
    assert east - west == pytest.approx(7000 / (111_320 * np.cos(np.radians(36.13))), abs=1e-3)


def test_barriers_are_drawn_as_lines_and_only_where_there_are_any(case):
    assert "barriers" not in by_id(describe_ground(case, kinds=KINDS))
    shapes = [box(X0 + 100, Y0 + 100, X0 + 900, Y0 + 900), LineString([(X0, Y0), (X0 + 9, Y0 + 9)])]
    names = np.array(["水面", "铁路"], dtype=object)
    barriers = Barriers(np.array(shapes, dtype=object), names)
    roads = replace(case.layers.roads, barriers=barriers)
    watered = replace(case, layers=replace(case.layers, roads=roads))
    layer = by_id(describe_ground(watered, kinds=KINDS))["barriers"]
    (drawn,) = layer.features
    assert [len(line) for line in drawn["geometry"]["coordinates"]] == [5, 2]
