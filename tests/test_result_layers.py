"""Result layers, read again by pyogrio: numbers, styles, datums, short names, hostile names."""

from __future__ import annotations

import functools
import io
import json
import sqlite3
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from coverage.errors import CrsError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.coordinates import wgs84_to_gcj02
from reports.gis.out_columns import out_text
from reports.report_settings import ReportSettings
from reports.result_layers import result_layer_files
from reports.results import demand_table, gaps_table, zones_table
from tests.hand_made import assessment
from tests.hostile import HOSTILE, hostile_assessment, hostile_kinds
from tests.report_case import NASTY, content, full
from tests.test_report_workbook import both_standards
from tests.test_results import without_parks

import pyogrio  # isort: skip

TITLES = ["村覆盖情况", "未覆盖村", "服务圈", "各设施服务圈", "乡镇覆盖率", "设施", "选址方案"]


def files(case=None, datum="wgs84"):
    return result_layer_files(replace(case or full(), settings=ReportSettings(datum=datum)))


@functools.cache
def usual():
    """The files of everything that a report can hold, made once."""
    return files()


def package(tmp_path, found, word="WGS84"):
    path = tmp_path / "a.gpkg"
    path.write_bytes(found[f"示例县_成果_{word}.gpkg"])
    return path


def table(path, title, word="WGS84"):
    return pyogrio.read_dataframe(path, layer=f"{title}_{word}")


def notes(found):
    (name,) = [one for one in found if one.endswith(".txt")]
    return found[name].decode("utf-8-sig")


def test_every_format_and_layer_is_there_and_the_same_twice(tmp_path):
    found = usual()
    assert found == files()
    path = package(tmp_path, found)
    assert {f"{title}_WGS84" for title in TITLES} <= {one[0] for one in pyogrio.list_layers(path)}
    texts = [title for title in TITLES if title != "各设施服务圈"]
    for ending in (".geojson", ".kml", "_shp.zip"):
        assert {f"示例县_成果_{title}_WGS84{ending}" for title in texts} <= set(found)
    assert "示例县_成果_WGS84.dxf" in found
    assert "合成数据，仅供演示" in notes(found)
    assert "坐标系：WGS84 经纬度（EPSG:4326）。" in notes(found)
    assert "各设施服务圈：有 1 条没有图形（什么也够不到），没有写进图层。" not in notes(found)
    assert "服务圈：有 1 条没有图形（什么也够不到），没有写进图层。" in notes(found)


def test_inputs_are_unchanged():
    case, untouched = full(), assessment()
    files(case)
    for name in ("demand", "zones", "facilities", "gaps", "service_areas", "covered_areas"):
        assert getattr(case.assessment, name).equals(getattr(untouched, name))


def test_villages_have_the_numbers_of_the_table(tmp_path):
    villages = table(package(tmp_path, usual()), "村覆盖情况")
    expected = demand_table(assessment())
    assert villages["代码"].tolist() == expected["demand_id"].tolist()
    name = "15分钟健康服务圈"
    assert villages[f"{name}覆盖"].tolist() == ["已覆盖", "未覆盖", "不考核"]
    minutes = expected["circle_travel_time_s"] / 60
    np.testing.assert_allclose(villages[f"{name}时间（分钟）"][:2], minutes[:2], atol=1e-6)
    assert np.isnan(villages[f"{name}时间（分钟）"][2])
    np.testing.assert_allclose(villages[f"{name}距离（米）"][:2], expected["circle_distance_m"][:2])
    gap = villages[f"{name}缺口（人）"]
    assert gap[0] == 0
    assert gap[1:].isna().all()
    assert villages["数据说明"].tolist() == ["合成数据，仅供演示"] * 3
    np.testing.assert_allclose(villages.geometry.x, expected["lon"], atol=1e-7)


def test_gaps_circles_townships_facilities_and_sites(tmp_path):
    path, found = package(tmp_path, usual()), assessment()
    gaps, expected = table(path, "未覆盖村"), gaps_table(found)
    mine = expected[expected["reading_id"] == "circle"]
    assert gaps["代码"].tolist() == mine["demand_id"].tolist()
    assert gaps["把握"].tolist() == ["结论存疑"]
    circles = table(path, "服务圈")
    assert circles["阈值"].tolist() == ["15 分钟"]
    own = table(path, "各设施服务圈")
    assert own[["设施代码", "名称"]].to_numpy().tolist() == [["f1", "卫生室甲"]]
    zones = table(path, "乡镇覆盖率")
    rows = zones_table(found).query("reading_id == 'circle' and zone_id != ''")
    rows = rows.set_index("zone_id").loc[zones["单元代码"]]
    share = zones["15分钟健康服务圈覆盖率（%）"].astype(float)
    np.testing.assert_allclose(share, rows["share"] * 100)
    np.testing.assert_allclose(zones["15分钟健康服务圈缺口（人）"], rows["gap"])
    facilities = table(path, "设施")
    assert facilities["15分钟健康服务圈服务人口（人）"].astype(float)[0] == 400
    sites = table(path, "选址方案")
    assert sites["动作"].tolist() == ["新增", "保留", "新增", "撤并"]
    assert sites["新增覆盖人口（人）"].astype(float)[0] == 300
    assert sites["名称"].tolist()[3] == "卫生室甲"


def test_qgis_finds_a_style_for_every_layer(tmp_path):
    path = package(tmp_path, usual())
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT f_table_name, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
    styles = {name: ET.fromstring(text.split("\n", 1)[1]) for name, text, usual in rows if usual}  # noqa: S314 - written by ourselves
    assert set(styles) == {f"{title}_WGS84" for title in TITLES}
    for name, style in styles.items():
        renderer = style.find("renderer-v2")
        columns = set(pyogrio.read_info(path, layer=name)["fields"])
        assert renderer.get("attr") in columns
        listed = renderer.findall("categories/category") + renderer.findall("ranges/range")
        symbols = {one.get("name") for one in renderer.findall("symbols/symbol")}
        assert {one.get("symbol") for one in listed} == symbols
    for name, style in styles.items():
        limits = style.find("labeling/settings/rendering")
        if limits.get("scaleVisibility"):  # from the nearest to the farthest, as QGIS has it
            assert float(limits.get("scaleMin")) < float(limits.get("scaleMax"))
        else:
            assert name.partition("_")[0] in ("服务圈", "各设施服务圈", "乡镇覆盖率")
    kinds = {name: style.find("renderer-v2").get("type") for name, style in styles.items()}
    assert kinds["乡镇覆盖率_WGS84"] == "graduatedSymbol"
    ranges = styles["乡镇覆盖率_WGS84"].findall("renderer-v2/ranges/range")
    assert ranges[0].get("label") == "100%"
    covered = styles["村覆盖情况_WGS84"].findall("renderer-v2/categories/category")
    assert [one.get("value") for one in covered] == ["已覆盖", "未覆盖", "不考核"]
    assert "0,114,178,255" in ET.tostring(styles["村覆盖情况_WGS84"], encoding="unicode")


def test_each_standard_has_a_style_of_its_own(tmp_path):
    found = assessment()
    standard = found.standards[0]
    line = replace(
        standard, standard_id="circle_line", name="直线圈", readings=standard.readings[1:]
    )
    two = replace(found, standards=(replace(standard, readings=standard.readings[:1]), line))
    path = package(tmp_path, files(content(two)))
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT styleName, useAsDefault FROM layer_styles WHERE f_table_name = ?",
            ["村覆盖情况_WGS84"],
        ).fetchall()
    assert rows == [("15分钟健康服务圈", 1), ("直线圈", 0)]


def test_shapefiles_have_short_names_in_gbk_and_a_list(tmp_path):
    found = files()
    for name, made in found.items():
        if not name.endswith("_shp.zip"):
            continue
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            archive.extractall(tmp_path / name)
        (shape,) = (tmp_path / name).glob("*.shp")
        assert shape.with_suffix(".cpg").read_text() == "GBK"
        fields = pyogrio.read_info(shape)["fields"]
        assert all(len(one) <= 5 for one in fields)
        assert len(set(fields)) == len(fields)
    assert "村覆盖情况（Shapefile）：字段“15分钟健康服务圈覆盖”写成“覆盖1”。" in notes(found)


@pytest.mark.parametrize(
    ("datum", "word"),
    [("cgcs2000", "CGCS2000"), ("gcj02", "GCJ-02"), ("cgcs2000-zone", "CGCS2000_3度带117")],
)
def test_the_datum_is_that_of_the_settings_and_said(tmp_path, datum, word):
    if datum == "cgcs2000-zone":
        with pytest.raises(CrsError, match="不是 CGCS2000 的 3度带"):
            files(datum=datum)
        return
    found = files(datum=datum)
    plain = table(package(tmp_path, usual()), "村覆盖情况")
    moved = table(package(tmp_path, found, word), "村覆盖情况", word)
    lon, lat = plain.geometry.x.to_numpy(), plain.geometry.y.to_numpy()
    if datum == "gcj02":
        lon, lat = wgs84_to_gcj02(lon, lat)
        assert moved["坐标系"].tolist() == ["GCJ-02"] * 3
    np.testing.assert_allclose(moved.geometry.x, lon, atol=2e-7)
    np.testing.assert_allclose(moved.geometry.y, lat, atol=2e-7)
    member = json.loads(found[f"示例县_成果_村覆盖情况_{word}.geojson"])
    assert word in member["name"]
    assert word.replace("-", "") in member["note"].replace("-", "")
    assert f"坐标系：{word}" in notes(found)


def test_kml_has_names_and_colours():
    found = files()
    space = {"k": "http://www.opengis.net/kml/2.2"}
    root = ET.fromstring(found["示例县_成果_村覆盖情况_WGS84.kml"])  # noqa: S314 - written by ourselves
    names = [one.text for one in root.findall(".//k:Placemark/k:name", space)]
    assert names == ["李村", "王村", "d3"]
    colours = {one.text for one in root.findall(".//k:IconStyle/k:color", space)}
    assert colours == {"ffb27200", "ff005ed5", "ff8d857c"}


@pytest.mark.parametrize("name", [HOSTILE, *NASTY])
def test_hostile_names_arrive_as_text(tmp_path, name):
    found = files(full(name, hostile_assessment(name), kinds=hostile_kinds(name)))
    (word,) = [one for one in found if one.endswith(".gpkg")]
    path = tmp_path / "a.gpkg"
    path.write_bytes(found[word])
    villages = pyogrio.read_dataframe(path, layer="村覆盖情况_WGS84")
    assert villages["名称"].tolist() == [out_text(name)] * 3
    for file, made in found.items():
        assert len(file) < 120
        if file.endswith(".kml"):
            ET.fromstring(made)  # noqa: S314 - written by ourselves
        if file.endswith(".geojson"):
            json.loads(made)
    with sqlite3.connect(path) as database:
        for (text,) in database.execute("SELECT styleQML FROM layer_styles"):
            ET.fromstring(text.split("\n", 1)[1])  # noqa: S314 - written by ourselves


def test_empty_tables_give_no_layer(tmp_path):
    found = assessment()
    empty = replace(
        found,
        demand=found.demand.iloc[:0], gaps=found.gaps.iloc[:0], facilities=found.facilities.iloc[:0],
        service_areas=found.service_areas.iloc[:0], covered_areas=found.covered_areas.iloc[:0],
        layers=replace(found.layers, demand=found.layers.demand.iloc[:0],
                       facilities=found.layers.facilities.iloc[:0]),
    )  # fmt: skip
    made = files(content(empty))
    names = {one[0] for one in pyogrio.list_layers(package(tmp_path, made))}
    assert {f"{title}_WGS84" for title in TITLES} & names == {"乡镇覆盖率_WGS84"}


def test_a_standard_without_facilities_claims_nothing_of_any_village(tmp_path):
    made = files(content(without_parks()))
    path = package(tmp_path, made)
    villages = table(path, "村覆盖情况")
    assert villages["公园圈覆盖"].tolist() == ["没有设施数据", "没有设施数据", "不考核"]
    assert villages[["公园圈把握", "公园圈缺口（人）"]].isna().all(axis=None)
    assert villages["15分钟健康服务圈覆盖"].tolist() == ["已覆盖", "未覆盖", "不考核"]
    assert table(path, "未覆盖村")["标准"].tolist() == ["15分钟健康服务圈"]
    zones = table(path, "乡镇覆盖率")
    assert zones["公园圈未覆盖村（个）"].isna().all()
    assert zones["15分钟健康服务圈未覆盖村（个）"].tolist() == [1, 0]
    with sqlite3.connect(path) as database:
        (style,) = database.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name LIKE '村覆盖情况%' AND "
            "styleName = '公园圈'"
        ).fetchone()
    assert "没有设施数据" in style


def test_a_plan_for_two_standards_has_a_point_for_each_place(tmp_path):
    assert "兼顾" not in table(package(tmp_path, usual()), "选址方案").columns
    sites = table(package(tmp_path, files(both_standards())), "选址方案")
    mine = sites[sites["方案"].str.startswith("选址方案1：15分钟健康服务圈")]
    assert mine["代码"].tolist() == ["v:d2", "f1"]
    assert mine["兼顾"].fillna("").tolist() == ["养老服务圈：+120 人、+2 个村（社区）", ""]
    assert len(sites) == len(table(package(tmp_path, usual()), "选址方案"))
