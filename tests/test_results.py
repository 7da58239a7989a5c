"""Result files hold what was computed, no more and no less, the same bytes every time."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import replace
from io import BytesIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
from shapely import Point, Polygon, box
from shapely.geometry import shape

from coverage.assessment import assess
from coverage.errors import OutputError
from coverage.result_contracts import RESULTS, column_names
from coverage.standards import Reading
from coverage.studies.study import CapacityRule
from layers.quality import Ledger
from reports.assessment_lines import report_lines
from reports.assessment_summary import summary
from reports.data_dictionary import PATH, data_dictionary
from reports.geojson import geojson_text
from reports.results import FILE_NAMES, write_assessment
from tests.hand_made import CRS, KINDS, MODES, STANDARD, X0, Y0, assessment, layers

MANIFEST = {"software": {"name": "QuanTu"}, "inputs": [], "settings": {}}
NAMES = list(FILE_NAMES)


def write(out, result=None, *, map_html="<!doctype html>圈图"):
    return write_assessment(
        result or assessment(),
        out=out,
        manifest=MANIFEST,
        kinds=KINDS,
        modes=MODES,
        map_html=map_html,
        ledger=Ledger(),
    )


def read(path):
    return pd.read_csv(BytesIO(path.read_bytes()), encoding="utf-8-sig", dtype={"zone_id": str})


def reject(constant):
    pytest.fail(f"{constant} in JSON")


def strict_json(path):
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=reject)


def test_every_file_is_there_and_the_same_twice(tmp_path):
    first = write(tmp_path / "a")
    second = write(tmp_path / "b")
    assert [path.name for path in first] == NAMES
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(NAMES)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_without_a_map(tmp_path):
    assert [path.name for path in write(tmp_path, map_html=None)] == [
        n for n in NAMES if n != "map.html"
    ]


def test_inputs_are_unchanged(tmp_path):
    result, untouched = assessment(), assessment()
    write(tmp_path, result)
    for name in ("demand", "zones", "facilities", "gaps", "service_areas"):
        pd.testing.assert_frame_equal(getattr(result, name), getattr(untouched, name))


def test_demand_has_a_row_for_every_point_and_says_what_is_missing(tmp_path):
    write(tmp_path)
    table = read(tmp_path / "demand.csv")
    assert list(table.columns) == [
        "demand_id", "demand_name", "lon", "lat", "zone_id", "population", "origin", "label",
        "circle_facility_id", "circle_travel_time_s", "circle_distance_m", "circle_access_m",
        "circle_mode_id", "circle_covered", "circle_slow", "circle_fast", "circle_verdict",
        "circle_line_facility_id", "circle_line_travel_time_s", "circle_line_distance_m",
        "circle_line_access_m", "circle_line_mode_id", "circle_line_covered", "circle_line_slow",
        "circle_line_fast", "circle_line_verdict",
    ]  # fmt: skip
    assert table["demand_id"].tolist() == ["d1", "d2", "d3"]
    assert table["circle_travel_time_s"].tolist() == [180.0, 1500.3, np.inf]
    covered = table["circle_covered"]
    assert covered[:2].tolist() == [True, False]
    assert covered.isna().tolist() == [False, False, True]  # outside the study area
    verdict = table["circle_verdict"]
    assert verdict[:2].tolist() == ["covered", "uncertain"]
    assert pd.isna(verdict[2])  # outside the study area
    assert table["circle_facility_id"].isna().tolist() == [False, False, True]
    assert table["circle_line_travel_time_s"].isna().all()
    assert table["population"].isna().tolist() == [False, True, False]
    assert set(table["label"]) == {"合成数据，仅供演示"}


def test_degrees_agree_with_proj(tmp_path):
    write(tmp_path)
    table = read(tmp_path / "demand.csv")
    back = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    x, y = back.transform(table["lon"], table["lat"])
    np.testing.assert_allclose(x, [X0 + 100, X0 + 4900, X0 + 9000], atol=0.02)
    np.testing.assert_allclose(y, [Y0, Y0 + 10, Y0], atol=0.02)


def test_zones_and_facilities_carry_chinese_names(tmp_path):
    write(tmp_path)
    zones = read(tmp_path / "zones.csv")
    assert zones["standard_name"].unique().tolist() == ["15分钟健康服务圈"]
    assert zones["reading_name"].unique().tolist() == ["15分钟（路网）", "2.5公里（直线）"]
    assert zones["share"].isna().tolist() == [True, False, False] * 2
    assert zones["target"].iloc[0] == 0.666667
    facilities = read(tmp_path / "facilities.csv")
    assert facilities["kind_name"].tolist() == ["村卫生室", "县医院"]
    assert facilities["circle_villages"].isna().tolist() == [False, True]


def test_gaps_are_valid_geojson_without_nan(tmp_path):
    write(tmp_path)
    collection = strict_json(tmp_path / "gaps.geojson")
    assert collection["label"] == "合成数据，仅供演示"
    assert "crs" not in collection
    first, second = (feature["properties"] for feature in collection["features"])
    assert first == {
        "demand_id": "d2", "demand_name": "王村", "zone_id": "E", "standard_id": "circle",
        "standard_name": "15分钟健康服务圈", "reading_id": "circle", "reading_name": "15分钟（路网）",
        "population": None, "facility_id": None, "travel_time_s": None, "distance_m": None,
        "verdict": "uncertain", "label": "合成数据，仅供演示",
    }  # fmt: skip
    assert second["facility_id"] == "f1"
    assert second["distance_m"] == 4300.01
    lon, lat = collection["features"][0]["geometry"]["coordinates"]
    assert 117 < lon < 118
    assert 36 < lat < 37
    assert gpd.read_file(tmp_path / "gaps.geojson").crs == "EPSG:4326"


def test_service_areas_keep_holes_and_wind_as_rfc_7946_has_it(tmp_path):
    write(tmp_path)
    area, empty = strict_json(tmp_path / "service_areas.geojson")["features"]
    polygon = shape(area["geometry"])
    assert polygon.is_valid
    assert polygon.exterior.is_ccw
    assert [ring.is_ccw for ring in polygon.interiors] == [False]
    assert empty["geometry"] is None
    assert area["properties"]["cutoff_unit"] == "s"
    assert empty["properties"]["cutoff_unit"] == "m"
    assert area["properties"]["facility_name"] == "卫生室甲"
    assert area["properties"]["kind"] == "village_clinic"


def test_doubtful_ways_to_the_road_are_listed_with_their_place(tmp_path):
    write(tmp_path)
    (check,) = read(tmp_path / "access_checks.csv").to_dict("records")
    assert (check["issue_name"], check["barrier"]) == ("最近道路隔着障碍", "河流")
    assert (check["mode_name"], check["access_m"], check["zone_id"]) == ("骑行", 700.5, "E")
    place = read(tmp_path / "demand.csv").set_index("demand_id").loc["d2"]
    assert (check["lon"], check["lat"]) == (place["lon"], place["lat"])
    (part,) = read(tmp_path / "road_parts.csv").to_dict("records")
    assert (part["mode_name"], part["length_m"], part["population"]) == ("步行", 150.0, 400.0)
    assert (round(part["lon"]), round(part["lat"])) == (117, 36)


def test_summary_holds_the_totals_the_counts_and_the_notices():
    content = summary(assessment())
    assert content["project"] == "示例县"
    assert content["label"] == "合成数据，仅供演示"
    assert content["counts"] == {
        "zones": 2, "demand_in": 3, "demand_out": 3, "facilities_in": 2, "facilities_out": 2,
        "facilities_by_kind": {"county_hospital": 1, "village_clinic": 1},
        "road_nodes": 2, "road_edges": 1,
    }  # fmt: skip
    assert [reading["reading_id"] for reading in content["readings"]] == ["circle", "circle_line"]
    assert content["readings"][0] == {
        "standard_id": "circle", "standard_name": "15分钟健康服务圈", "reading_id": "circle",
        "reading_name": "15分钟（路网）", "measure": "travel_time", "cutoff": 900.0,
        "cutoff_unit": "s", "demand_group": "population", "scope": "all",
        "mode_id": "walk_or_ride", "cross_border": True, "direction": "to_facility",
        "covered_low": 400.0, "share_low": 1.0, "villages_low": 1, "covered_high": 400.0,
        "share_high": 1.0, "villages_high": 2, "population": 400.0,
        "covered": 400.0, "share": 1.0, "villages": 2, "villages_covered": 1,
        "village_share": 0.5, "population_unknown": 1, "target": 0.666667, "gap": 0.0,
    }  # fmt: skip
    assert content["notices"] == [
        {"code": "outside", "message": "有 1 个需求点在研究区以外。", "count": 1}
    ]


def test_the_manifest_vouches_for_every_other_file(tmp_path):
    write(tmp_path)
    manifest = strict_json(tmp_path / "manifest.json")
    assert manifest["project"] == "示例县"
    assert manifest["label"] == "合成数据，仅供演示"
    outputs = {entry["file"]: entry for entry in manifest["outputs"]}
    assert set(outputs) == set(NAMES) - {"manifest.json"}
    for name, entry in outputs.items():
        content = (tmp_path / name).read_bytes()
        assert entry["bytes"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()


PARK = replace(
    STANDARD, standard_id="park", name="公园圈", kinds=("park",),
    readings=(Reading("park", "15分钟（公园）", "travel_time", 900.0),),
)  # fmt: skip


@functools.cache
def without_parks():
    """A standard that has its clinics beside one that has nothing to be near."""
    return assess(layers(), standards=[PARK, STANDARD], modes=MODES)


def test_of_a_standard_without_facilities_no_file_claims_anything(tmp_path):
    write(tmp_path, without_parks())
    lines = (tmp_path / "zones.csv").read_text(encoding="utf-8-sig").splitlines()
    names = lines[0].split(",")
    zones = [dict(zip(names, line.split(","), strict=True)) for line in lines[1:]]
    counted = ["covered", "share", "villages_covered", "village_share", "covered_low", "share_low",
               "villages_low", "covered_high", "share_high", "villages_high", "gap"]  # fmt: skip
    parks = [one for one in zones if one["reading_id"] == "park"]
    assert {one[name] for one in parks for name in counted} == {""}
    assert [one["villages"] for one in parks] == ["1", "1", "2"]
    circle = [one for one in zones if one["reading_id"] == "circle"]
    assert [one["villages_covered"] for one in circle] == ["0", "1", "1"]  # and not 0.0
    demand = read(tmp_path / "demand.csv")
    assert demand[["park_covered", "park_verdict"]].isna().all(axis=None)
    assert demand["circle_covered"].notna().sum() == 2
    gaps = strict_json(tmp_path / "gaps.geojson")["features"]
    assert {one["properties"]["reading_id"] for one in gaps} == {"circle", "circle_line"}
    park, whole = strict_json(tmp_path / "summary.json")["readings"][:2]
    assert {park[name] for name in counted} == {None}
    assert (park["villages"], whole["villages_covered"]) == (2, 1)
    said = [one for one in report_lines(without_parks()) if one.startswith("公园圈")]
    assert said == ["公园圈·15分钟（公园）：没有计入的设施数据，未核算；2 个村（社区）"]


HOSTILE = "=1+1</script><img src=x onerror=alert(1)>{{ 7*7 }}{% x %}${y}\"'\n\r😀\u2028"


def test_hostile_names_stay_text_in_every_file(tmp_path):
    write(tmp_path, assessment(village_name=HOSTILE, label=HOSTILE))
    table = pd.read_csv(BytesIO((tmp_path / "demand.csv").read_bytes()), encoding="utf-8-sig")
    assert len(table) == 3
    assert table["demand_name"].iloc[0] == "'" + HOSTILE
    assert strict_json(tmp_path / "gaps.geojson")["label"] == HOSTILE
    assert strict_json(tmp_path / "summary.json")["label"] == HOSTILE


def test_minutes_are_told_by_group_and_zone_in_the_numbers_of_the_assessment(tmp_path):
    write(tmp_path)
    table = read(tmp_path / "travel_times.csv")
    assert table["zone_id"].fillna("").tolist() == ["E", "W", ""]
    assert set(table["reading_name"]) == {"15分钟（路网）"}  # a straight line takes no minutes
    whole = table.iloc[-1]
    assert (whole["group_name"], whole["population"], whole["p50_s"]) == ("常住人口", 400, 180)
    assert (whole["population_unknown"], whole["share_5_min"]) == (1, 1)
    # Nobody stated a capacity: the heads alone.
    for name in ("capacity.csv", "capacity_facilities.csv", "allocation.csv"):
        assert read(tmp_path / name).empty


def with_beds(beds):
    result = assessment()
    layers = replace(
        result.layers,
        facilities=result.layers.facilities.assign(capacity_beds=[beds, 80.0]),
        capacity_rules=(CapacityRule("circle", "capacity_beds", 30.0, "=示例"),),
    )
    return replace(result, layers=layers)


def test_capacity_and_allocation_are_written(tmp_path):
    write(tmp_path, with_beds(10.0))
    capacity = read(tmp_path / "capacity.csv").set_index("zone_id")
    # d1 (400 people) alone: the outsider lives 4 km off the road, the other is of unknown size.
    assert capacity.loc["W", "per_1000_2sfca"] == 25
    (facility,) = read(tmp_path / "capacity_facilities.csv").to_dict("records")
    assert (facility["people"], facility["places"], facility["load"]) == (400, 300, 300)
    allocation = read(tmp_path / "allocation.csv").set_index("zone_id")
    assert allocation.loc["W", ["served", "unserved", "out_of_reach"]].tolist() == [300, 100, 0]
    assert allocation.loc["W", "source"] == "'=示例"  # no formula
    assert "capacity_missing" not in [notice["code"] for notice in notices(tmp_path)]


def test_a_capacity_that_nobody_stated_is_told_in_the_summary(tmp_path):
    write(tmp_path, with_beds(np.nan))
    assert [notice["code"] for notice in notices(tmp_path)] == ["outside", "capacity_missing"]
    assert read(tmp_path / "capacity.csv")["per_1000_2sfca"].isna().all()


def notices(folder):
    return strict_json(folder / "summary.json")["notices"]


def test_a_failure_leaves_the_old_results(tmp_path):
    write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = assessment()
    del broken.zones["share"]
    with pytest.raises(KeyError):
        write(tmp_path, broken)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_in_the_way_of_a_file(tmp_path):
    (tmp_path / "zones.csv").mkdir()
    with pytest.raises(OutputError) as caught:
        write(tmp_path)
    assert str(caught.value).startswith(f"结果写不进「{tmp_path}」（zones.csv：")
    assert [path.name for path in tmp_path.iterdir()] == ["zones.csv"]


def test_an_empty_table_is_an_empty_collection():
    table = gpd.GeoDataFrame({"name": []}, geometry=[], crs=CRS)
    assert json.loads(geojson_text(table)) == {
        "type": "FeatureCollection", "label": "", "features": [],
    }  # fmt: skip


def test_geojson_of_points_polygons_and_nothing():
    table = gpd.GeoDataFrame(
        {"n": [1, 2, 3]},
        geometry=[Point(117.123456789, 36.5), None, box(0, 0, 1, 1).union(box(2, 2, 3, 3))],
        crs="EPSG:4326",
    )
    features = json.loads(geojson_text(table))["features"]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [117.1234568, 36.5]}
    assert features[1]["geometry"] is None
    assert shape(features[2]["geometry"]).equals(table.geometry[2])


def test_a_sliver_stays_valid_when_degrees_are_rounded():
    sliver = Polygon([(0, 0), (1, 1e-8), (2, 0), (1, -3e-8), (0.5, 2e-9)]).buffer(0)
    table = gpd.GeoDataFrame(geometry=[sliver], crs="EPSG:4326")
    geometry = json.loads(geojson_text(table))["features"][0]["geometry"]
    assert geometry is None or shape(geometry).is_valid


def test_templates_are_written_out_per_reading():
    demand = next(contract for contract in RESULTS if contract.name == "demand.csv")
    names = column_names(demand, ["a", "b"])
    assert [name for name in names if name.startswith("b_")] == [
        "b_facility_id", "b_travel_time_s", "b_distance_m", "b_access_m", "b_mode_id",
        "b_station_id", "b_turnout_s", "b_response_s", "b_response_m", "b_transport_s",
        "b_transport_m", "b_covered", "b_slow", "b_fast", "b_verdict",
    ]  # fmt: skip
    assert not [name for name in names if "{" in name]


def test_every_column_written_is_in_the_contracts(tmp_path):
    write(tmp_path)
    for contract in RESULTS:
        allowed = column_names(contract, ["circle", "circle_line"])
        if contract.name.endswith(".csv"):
            columns = list(read(tmp_path / contract.name).columns)
        else:
            feature = strict_json(tmp_path / contract.name)["features"][0]
            columns = [*feature["properties"], "geometry"]
        left_out = replace(contract, columns=tuple(c for c in contract.columns if not c.required))
        optional = set(column_names(left_out, ["circle", "circle_line"]))
        assert columns == [name for name in allowed if name in columns or name not in optional]


def test_the_data_dictionary_is_current():
    """Run `python -m reports.data_dictionary` after changing a contract."""
    assert PATH.read_text(encoding="utf-8") == data_dictionary()


def test_a_row_lost_between_file_and_result_is_seen():
    result = assessment()
    read = replace(result.layers, rows_read={"demand": 4, "facilities": 2})
    counts = summary(replace(result, layers=read))["counts"]
    assert (counts["demand_in"], counts["demand_out"]) == (4, 3)
    assert (counts["facilities_in"], counts["facilities_out"]) == (2, 2)
