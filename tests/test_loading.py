"""A whole project, from its files to checked layers in one CRS."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import xlsxwriter
from shapely import Polygon

from coverage.contracts import DEMAND, FACILITIES, ZONES, problems
from coverage.errors import RoadError
from coverage.impedance import TravelMode
from coverage.standards import Reading
from layers import sources
from layers.demand import demand_from_table
from layers.formats.dispatch import read_part
from layers.lists.project_facilities import embraced_kinds
from layers.loading import buffer_metres, load_layers
from layers.loading import load as load_whole
from layers.project import chosen_standards, load_project
from layers.standards import load_kinds, load_modes, load_standards
from tests.small_county import (
    PROJECT,
    VILLAGES,
    feature,
    square,
    write_csv,
    write_geojson,
    write_zones,
)
from tests.test_project import standard
from tests.test_rasters import write as write_raster

from rasterio.transform import from_origin  # isort: skip

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
        reading = demand_from_table(table, **kwargs)
        return replace(reading, layer=reading.layer.iloc[1:])

    monkeypatch.setattr("layers.lists.project_demand.demand_from_table", careless)
    with pytest.raises(ValueError, match="3 rows are used, the layer has 2"):
        load(write_county(tmp_path))


def test_boundaries_from_a_table(tmp_path):
    text = PROJECT.replace("zones.geojson", "zones.csv")
    text = text.replace('name = "名称"}\nlevel', 'name = "名称", geometry = "边界"}\nlevel')
    folder = write_county(tmp_path, text)
    square = "POLYGON ((114.8 37.5, 115.2 37.5, 115.2 37.7, 114.8 37.7, 114.8 37.5))"
    write_csv(folder / "zones.csv", "代码,名称,边界", f'01,全县,"{square}"')
    assert set(load(folder).demand["zone_id"]) == {"01"}


def whole(folder):
    """Layers and ledger."""
    project = load_project(folder)
    chosen = chosen_standards(project, load_standards())
    return load_whole(project, standards=chosen, modes=load_modes(), kinds=load_kinds())


def write_xlsx(path, *rows):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("名录")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def findings(loaded, file):
    return [
        (one.row, one.check, one.done)
        for one in loaded.ledger.findings
        if one.file == file and one.check not in {"far_from_road", "same_place_two_names"}
    ]


def test_an_office_file_with_everything(tmp_path):
    text = PROJECT.replace(
        """file = "clinics.csv"
kind = "village_clinic"
columns = {id = "编码", name = "名称", lon = "经度", lat = "纬度"}""",
        """file = "机构.xlsx"
crs = "WGS84"
faulty_rows = "set_aside"
recognise_kinds = true
place_by_name = true
columns = {id = "编码", name = "名称", lon = "经度", lat = "纬度", area_m2 = "面积", village = "村", zone_code = "码"}
units = {area_m2 = "亩"}""",
    )
    folder = write_county(tmp_path, text)
    write_xlsx(
        folder / "机构.xlsx",
        ("编码", "名称", "经度", "纬度", "面积", "村", "码"),
        ("001", "甲村卫生室", "114.9", "37.6", 3, "", "02"),
        ("002", "乙村卫生室", "", "", "", "李家庄", ""),
        ("003", "丙茶馆", "114.9", "37.6", "", "", ""),
    )
    loaded = whole(folder)
    layers = loaded.layers
    assert layers.facilities.index.tolist() == ["001", "002"]
    assert layers.facilities["area_m2"].tolist()[0] == pytest.approx(2000)
    assert layers.facilities["kind_rule"].tolist() == ["名称以“村卫生室”结尾"] * 2
    # the village stands in a list of its own, which is read first
    assert layers.facilities.geometry["002"].equals(layers.demand.geometry["0013"])
    assert findings(loaded, "机构.xlsx") == [
        (2, "zone_contradiction", "kept"),
        (3, "placed_by_name", "changed"),
        (4, "unknown_kind", "set_aside"),
    ]
    assert loaded.ledger.rows_set_aside["机构.xlsx"] == 1
    assert layers.rows_read["facilities"] == 3


def test_all_but_plain_text_goes_through_the_reading_process(tmp_path, monkeypatch):
    asked = []

    def in_the_process(path, *, options):
        asked.append(path.name)
        return read_part(path, options=options)

    monkeypatch.setattr(sources, "read_file", in_the_process)
    load(write_county(tmp_path))
    assert asked == ["zones.geojson"]


def test_how_a_file_was_read_is_told(tmp_path):
    folder = write_county(tmp_path)
    write_csv(folder / "villages.csv", *VILLAGES, encoding="gb18030")
    assert told(load(folder))["file_read_as"] == (
        "需求点「villages.csv」：文字按 GB18030（含 GBK）编码读取。"
    )


def people_raster(path):
    """Two people in every cell of 0.01 degrees, over both zones and one cell beyond."""
    people = np.full((22, 42), 2.0)
    transform = from_origin(114.79, 37.71, 0.01, 0.01)
    return write_raster(path, people, crs="EPSG:4326", transform=transform)


RASTER = PROJECT.replace(
    """file = "villages.csv"
crs = "WGS84"
columns = {id = "编码", name = "村名", lon = "经度", lat = "纬度", population = "常住人口"}""",
    'file = "p.tif"\nblock_m = 2000',
)


def test_demand_from_a_raster(tmp_path):
    folder = write_county(tmp_path, RASTER)
    people_raster(folder / "p.tif")
    loaded = whole(folder)
    demand = loaded.layers.demand
    assert problems(demand, DEMAND) == []
    assert demand.groupby("zone_id")["population"].sum().to_dict() == {"01": 800.0, "02": 800.0}
    assert loaded.layers.rows_read["demand"] == len(demand)
    assert "raster_summed" in told(loaded.layers)
    finer = write_county(tmp_path, RASTER.replace("2000", "1000"))
    assert len(load(finer).demand) > len(demand)


def test_a_raster_scaled_to_the_totals_of_zones(tmp_path):
    text = RASTER.replace("block_m = 2000", 'population_by_zone = "人口"')
    folder = write_county(tmp_path, text)
    people_raster(folder / "p.tif")
    layers = load(folder)
    assert layers.demand.groupby("zone_id")["population"].sum().to_dict() == {
        "01": 1200.0, "02": 800.0,
    }  # fmt: skip
    assert told(layers)["population_spread"] == (
        "2 个行政单元的人口（共 2,000 人）按栅格的人口分摊到其中的需求点，"
        "各单元合计不变；单个需求点的人口是估计数。"
    )
    shapes = [
        feature(square(114.8, 115.0), 代码="01", 名称="西镇", 人口=1200),
        feature(square(115.0, 115.2), 代码="02", 名称="东镇", 人口=None),
    ]
    write_geojson(folder / "zones.geojson", shapes)
    layers = load(folder)
    assert layers.demand["population"].sum() == pytest.approx(1200 + 800)
    assert told(layers)["raster_people_kept"] == (
        "1 个行政单元没有给出人口（首个是“东镇”），仍用栅格的人口。"
    )


def test_totals_of_zones_over_the_villages(tmp_path):
    text = PROJECT.replace(', population = "常住人口"}', '}\npopulation_by_zone = "人口"')
    evenly = whole(write_county(tmp_path, text))
    assert evenly.layers.demand["population"].tolist() == [600.0, 800.0, 600.0]
    assert "zone_total_differs" not in {one.check for one in evenly.ledger.findings}
    assert "population_unmapped" not in told(evenly.layers)
    text = text.replace('"人口"\n', '"人口"\nspread_by = "常住人口"\n')
    assert load(write_county(tmp_path, text)).demand["population"].tolist() == [792.0, 800.0, 408.0]


def test_totals_of_zones_that_are_only_held_against_the_villages(tmp_path):
    text = PROJECT.replace('name = "名称"}\nlevel', 'name = "名称", population = "人口"}\nlevel')
    loaded = whole(write_county(tmp_path, text))
    assert loaded.layers.demand["population"].tolist() == [350.0, 420.0, 180.0]
    assert [
        (one.row, one.record_id)
        for one in loaded.ledger.findings
        if one.check == "zone_total_differs"
    ] == [(1, "01"), (2, "02")]


def test_boundaries_of_any_format_and_their_faults(tmp_path):
    text = PROJECT.replace(
        'file = "zones.geojson"', 'file = "乡镇.xlsx"\nheader_row = 2\npart = "名录"'
    )
    text = text.replace('name = "名称"}\nlevel', 'name = "名称", geometry = "边界"}\nlevel')
    folder = write_county(tmp_path, text)
    bow_tie = Polygon([(114.8, 37.5), (115.2, 37.7), (115.2, 37.5), (114.8, 37.7)])
    square_ = "POLYGON ((114.8 37.7, 115.2 37.7, 115.2 37.8, 114.8 37.8, 114.8 37.7))"
    write_xlsx(
        folder / "乡镇.xlsx", ("说明",), ("代码", "名称", "边界"), ("01", "甲镇", bow_tie.wkt),
        ("02", "乙镇", square_),
    )  # fmt: skip
    loaded = whole(folder)
    assert loaded.layers.zones.index.tolist() == ["01", "02"]
    assert "crs_assumed" in told(loaded.layers)
    found = findings(loaded, "乡镇.xlsx|名录")
    assert found[0] == (3, "invalid_shape", "changed")
    assert (4, "zone_without_demand", "kept") in found


def test_boundaries_in_a_geopackage_with_several_layers(tmp_path):
    folder = write_county(tmp_path, PROJECT.replace("zones.geojson", "zones.gpkg"))
    zones = gpd.read_file(folder / "zones.geojson")
    zones.to_file(folder / "zones.gpkg", layer="乡镇")
    zones.to_file(folder / "zones.gpkg", layer="村")
    text = (folder / "project.toml").read_text(encoding="utf-8")
    named = text.replace('file = "zones.gpkg"', 'file = "zones.gpkg"\npart = "乡镇"')
    (folder / "project.toml").write_text(named, encoding="utf-8")
    assert next(iter(whole(folder).ledger.rows_read)) == "zones.gpkg|乡镇"


def test_what_a_unit_of_capacity_serves_goes_along(tmp_path):
    rule = (
        '\n[[capacity]]\nstandard = "health_circle_15"\ncolumn = "capacity_beds"\n'
        'persons_per_unit = 200\nsource = "县里测算"\n'
    )
    (kept,) = load(write_county(tmp_path, PROJECT + rule)).capacity_rules
    assert (kept.standard_id, kept.persons_per_unit, kept.source) == (
        "health_circle_15", 200.0, "县里测算",
    )  # fmt: skip
