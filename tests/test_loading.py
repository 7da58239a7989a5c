"""A whole project, from its files to checked layers in one CRS."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from coverage.contracts import DEMAND, FACILITIES, ZONES, problems
from coverage.errors import RoadError
from coverage.impedance import TravelMode
from coverage.standards import Reading
from layers.demand import demand_from_table
from layers.loading import buffer_metres, embraced_kinds, load_layers
from layers.project import chosen_standards, load_project
from layers.standards import load_kinds, load_modes, load_standards
from tests.small_county import PROJECT, VILLAGES, write_csv, write_zones
from tests.test_project import standard

EDGE_TABLE = 'file = "edges.csv"\nnodes = "nodes.csv"\ncrs = "WGS84"'


def write_county(folder, text=PROJECT):
    """The small county with one street across it, 20 km beyond on either side."""
    write_zones(folder / "zones.geojson")
    write_csv(folder / "villages.csv", *VILLAGES)
    write_csv(folder / "clinics.csv", "编码,名称,经度,纬度", "1,甲卫生室,114.9,37.6")
    write_csv(
        folder / "nodes.csv", "node_id,lon,lat",
        "1,114.5,37.3", "2,114.9,37.6", "3,115.1,37.6", "4,115.5,37.9",
    )  # fmt: skip
    write_csv(folder / "edges.csv", "from_node,to_node", "1,2", "2,3", "3,4")
    text = text.replace('file = "roads.osm.pbf"', EDGE_TABLE)
    (folder / "project.toml").write_text(text, encoding="utf-8")
    return folder


def load(folder):
    project = load_project(folder)
    chosen = chosen_standards(project, load_standards())
    return load_layers(project, standards=chosen, modes=load_modes(), kinds=load_kinds())


def told(layers):
    return {notice.code: notice.message for notice in layers.notices}


def test_a_county_from_its_own_files(tmp_path):
    layers = load(write_county(tmp_path))
    assert layers.name == "小县"
    assert layers.label == ""
    for table, contract in (
        (layers.zones, ZONES), (layers.demand, DEMAND), (layers.facilities, FACILITIES),
    ):  # fmt: skip
        assert problems(table, contract) == []
        assert table.crs == "EPSG:4547"
    assert layers.roads.crs == "EPSG:4547"
    assert layers.roads.edge_count == 3
    assert layers.demand["zone_id"].tolist() == ["01", "02", "01"]
    assert layers.facilities["kind"].tolist() == ["village_clinic"]
    assert told(layers) == {
        "study_area_buffer": "道路和设施按研究区外扩 2.5 公里读取（最长阈值 × 最快速度）。",
        "crs_assumed": "设施「clinics.csv」没有写明坐标系，经纬度按 WGS84 读取。"
        '请核实，并在 project.toml 的 [[facilities]] 写 crs = "WGS84"。',
        "barriers_none": "路段表不带河流、铁路等信息，接驳段不检查河流等障碍；"
        "如有河流、铁路的图层，请在 project.toml 的 [barriers] 用 file 写明。",
    }


def test_loading_twice_gives_the_same(tmp_path):
    folder = write_county(tmp_path)
    first, second = load(folder), load(folder)
    assert first.demand.equals(second.demand)
    assert first.facilities.equals(second.facilities)
    assert first.notices == second.notices
    np.testing.assert_array_equal(first.roads.vertex_x, second.roads.vertex_x)


def test_a_buffer_of_ones_own(tmp_path):
    folder = write_county(tmp_path, PROJECT + "buffer_km = 40\n")
    notices = told(load(folder))
    assert notices["study_area_buffer"] == (
        "道路和设施按研究区外扩 40.0 公里读取（project.toml 里设定）。"
    )
    # 0.3 degrees of longitude are 26.5 km, 0.2 degrees of latitude 22.2 km: both are short of 40
    assert notices["roads_short_of_buffer"].startswith("路网没有铺满研究区及其外扩范围（西侧差 13.")


def test_roads_of_another_place(tmp_path):
    folder = write_county(tmp_path)
    write_csv(
        folder / "nodes.csv",
        "node_id,lon,lat",
        "1,100,30",
        "2,100.1,30",
        "3,100,30.1",
        "4,100.1,30.1",
    )
    with pytest.raises(RoadError) as caught:
        load(folder)
    assert str(caught.value) == (
        "路网与研究区（西镇、东镇）没有重叠。"
        "请检查 project.toml 的 [roads] 是不是这个地方的路网、坐标系是否写对。"
    )


def test_a_zone_without_demand_is_told(tmp_path):
    folder = write_county(tmp_path)
    write_csv(folder / "villages.csv", *VILLAGES[:2])
    assert told(load(folder))["zone_without_demand"] == (
        "1 个行政单元里没有任何需求点（东镇），它们的覆盖率算不出来。"
        "请检查需求点名录是否齐全、坐标是否正确。"
    )


def test_two_lists_with_the_same_codes(tmp_path):
    more = """
[[facilities]]
file = "hospitals.csv"
kind = "county_hospital"
crs = "WGS84"
columns = {id = "编码", lon = "经度", lat = "纬度"}
[assessment]"""
    folder = write_county(tmp_path, PROJECT.replace("\n[assessment]", more))
    write_csv(folder / "hospitals.csv", "编码,经度,纬度", "1,115.1,37.6")
    layers = load(folder)
    assert layers.facilities.index.tolist() == ["1-1", "2-1"]
    assert "facility_codes_lengthened" in told(layers)


def test_buffer_is_the_longest_reading():
    import dataclasses

    modes = {"walk": TravelMode("walk", "步行", "", speed_kph={"": 6.0})}
    by_time = standard("a")  # 900 s at 6 km/h: 1,500 m
    assert buffer_metres([by_time], modes) == pytest.approx(1500.0)
    line = Reading("b", "2.5公里", "straight_line", 2500.0)
    by_line = dataclasses.replace(standard("b"), readings=(*by_time.readings, line))
    assert buffer_metres([by_time, by_line], modes) == 2500.0


@pytest.mark.parametrize("example", ["demo_county", "shandong"])
def test_shipped_examples_load(root, example):
    layers = load(root / "data" / "examples" / example)
    assert layers.label
    assert layers.demand["zone_id"].notna().all()
    assert layers.demand["population"].notna().all()
    assert "crs_assumed" not in told(layers)


def test_a_country_from_one_extract(tmp_path, shared_data):
    extract = (shared_data / "roads" / "liechtenstein.osm.pbf").as_posix()
    text = f"""
[project]
name = "列支敦士登"
[boundaries]
from = "osm"
admin_level = 8
[roads]
file = "{extract}"
[demand]
from = "osm"
[[facilities]]
from = "osm"
kind = "pharmacy"
[[facilities]]
from = "osm"
kind = "village_clinic"
[assessment]
standards = ["health_circle_15"]
"""
    (tmp_path / "project.toml").write_text(text, encoding="utf-8")
    layers = load(tmp_path)
    assert layers.zones.crs == "EPSG:32632"
    assert len(layers.zones) == 11
    assert "population" not in layers.zones
    assert layers.demand["population"].sum() == pytest.approx(36_838)
    assert set(layers.facilities["kind"]) == {"pharmacy"}
    assert set(layers.facilities["origin"]) == {"osm"}
    assert told(layers)["osm_without_facilities"] == (
        "「liechtenstein.osm.pbf」在研究区及其外扩范围内没有“村卫生室”这类设施。"
        "开放街图往往不全，请另给设施名录。"
    )


def test_an_umbrella_kind_embraces_its_members():
    kinds = load_kinds()
    assert embraced_kinds("pharmacy", kinds) == {"pharmacy"}
    assert {"hospital", "county_hospital"} <= embraced_kinds("medical_institution", kinds)


def test_a_county_without_a_village_list(tmp_path, shared_data):
    roads = (shared_data / "roads" / "ningjin.osm.pbf").as_posix()
    zones = (shared_data / "boundaries" / "ningjin_county.geojson").as_posix()
    text = PROJECT.replace("zones.geojson", zones).replace("roads.osm.pbf", roads)
    text = text.replace(
        'id = "代码", name = "名称"', 'id = "district_adcode", name = "district_name"'
    )
    start, end = text.index("[demand]"), text.index("[[facilities]]")
    text = text[:start] + '[demand]\nfrom = "residential_roads"\n' + text[end:]
    (tmp_path / "project.toml").write_text(text, encoding="utf-8")
    write_csv(tmp_path / "clinics.csv", "编码,名称,经度,纬度", "1,甲卫生室,114.9,37.6")
    layers = load(tmp_path)
    assert set(layers.demand["origin"]) == {"inferred"}
    assert layers.demand["population"].isna().all()
    assert set(layers.demand["zone_id"]) == {"130528"}


def test_rows_read_are_the_rows_of_the_files(root):
    folder = root / "data" / "examples" / "demo_county"
    project = load_project(folder)
    layers = load(folder)
    tables = project.settings

    def rows(*files):
        texts = [project.path(file).read_text(encoding="utf-8-sig") for file in files]
        return sum(len(list(csv.reader(io.StringIO(text)))) - 1 for text in texts)

    assert layers.rows_read == {
        "demand": rows(tables.demand.file),
        "facilities": rows(*(table.file for table in tables.facilities)),
    }
    assert layers.rows_read["demand"] == len(layers.demand)
    assert layers.rows_read["facilities"] == len(layers.facilities)


def test_a_reader_that_loses_a_row_cannot_hide_it(tmp_path, monkeypatch):
    def careless(table, **kwargs):
        demand, notices = demand_from_table(table, **kwargs)
        return demand.iloc[1:], notices

    monkeypatch.setattr("layers.loading.demand_from_table", careless)
    layers = load(write_county(tmp_path))
    assert (layers.rows_read["demand"], len(layers.demand)) == (3, 2)


def test_boundaries_from_a_table(tmp_path):
    text = PROJECT.replace("zones.geojson", "zones.csv")
    text = text.replace('name = "名称"}\nlevel', 'name = "名称", geometry = "边界"}\nlevel')
    folder = write_county(tmp_path, text)
    square = "POLYGON ((114.8 37.5, 115.2 37.5, 115.2 37.7, 114.8 37.7, 114.8 37.5))"
    write_csv(folder / "zones.csv", "代码,名称,边界", f'01,全县,"{square}"')
    assert set(load(folder).demand["zone_id"]) == {"01"}
