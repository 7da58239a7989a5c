"""The table [siting] of a project: what it may say, and what is read by it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from coverage.candidates import CANDIDATES, LEFT_OUT, SUITABILITY, SitingCosts
from coverage.contracts import check
from coverage.errors import CrsError, InputError, ProjectError, SitingError, SourceError
from layers.project import chosen_standards, load_project
from layers.siting_layers import read_siting
from layers.standards import load_standards
from tests.small_county import CRS, PROJECT, write_csv
from tests.test_loading import load, write_county

VILLAGES = ["v:0012", "v:0013", "v:0014"]
"""张家庄 (114.9, 37.6), 李家庄 (115.1, 37.6), 王家庄 (114.85, 37.55)."""


def layer(path, *shapes, crs="EPSG:4326", **columns):
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs).to_file(path, engine="pyogrio")
    return path


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """The small county, loaded once; its layers do not depend on [siting]."""
    folder = write_county(tmp_path_factory.mktemp("county"))
    return folder, load(folder)


@pytest.fixture
def siting(county, tmp_path):
    """What is read by a table [siting], with files beside the project."""
    folder, layers = county
    base = (folder / "project.toml").read_text(encoding="utf-8")

    def read(text=""):
        (tmp_path / "project.toml").write_text(base + text, encoding="utf-8")
        return read_siting(load_project(tmp_path), layers)

    return read


def said(siting):
    return {notice.code: notice.message for notice in siting.notices}


def failure(siting, text, error=ProjectError):
    with pytest.raises(error) as caught:
        siting(text)
    return str(caught.value)


def test_without_the_table_the_villages_are_the_candidates(siting, county):
    found = siting()
    assert found.candidates.index.tolist() == VILLAGES
    assert found.candidates["population"].tolist() == [350.0, 420.0, 180.0]
    assert found.candidates.crs == CRS
    # To the millimetre, as the places of a scenario are.
    places = county[1].demand.geometry.to_numpy()
    assert (shapely.distance(found.candidates.geometry.to_numpy(), places) < 1e-3).all()
    assert found.left_out.empty
    assert (found.exclusions, found.criteria, found.preferred) == ((), (), ())
    assert found.scores.empty
    assert found.costs == SitingCosts()
    assert found.notices == ()
    assert found.kinds == {"health_circle_15": "central_village_clinic"}
    check(found.candidates, CANDIDATES, source="候选点")


def test_every_source_at_once(siting, tmp_path, county):
    write_csv(
        tmp_path / "sites.csv", "编号,地块,经度,纬度,面积",
        "A1,空地,114.95,37.6,1200", "A2,操场,115.3,37.6,", "A3,村部,114.9,37.6,300",
    )  # fmt: skip
    layer(tmp_path / "closed.gpkg", box(114.87, 37.57, 114.871, 37.571), 名称=["旧卫生室"])
    found = siting("""
[siting]
kind = {health_circle_15 = "general_village_clinic"}
[[siting.candidates]]
from = "villages"
[[siting.candidates]]
from = "facilities"
kinds = ["village_clinic"]
[[siting.candidates]]
file = "sites.csv"
crs = "WGS84"
columns = {id = "编号", name = "地块", lon = "经度", lat = "纬度"}
values = {"用地" = "面积"}
[[siting.candidates]]
file = "closed.gpkg"
closed = true
[[siting.candidates]]
from = "grid"
spacing_m = 300
radius_m = 200
[[siting.candidates]]
from = "junctions"
near_m = 100
""")
    table = found.candidates
    check(table, CANDIDATES, source="候选点")
    check(found.left_out, LEFT_OUT, source="未采用")
    by_origin = table.groupby("origin", sort=False).groups
    assert by_origin["village"].tolist() == VILLAGES
    assert by_origin["file"].tolist() == ["p:A1"]
    assert by_origin["facility"].tolist() == ["f:closed-1"]
    assert table.loc["f:closed-1", "candidate_name"] == "旧卫生室"
    assert table.loc["p:A1", "用地"] == 1200.0
    assert found.left_out["reason"].to_dict() == {
        "f:1": "与「张家庄」相距不到 1 米，按同一地点计",
        "p:A3": "与「张家庄」相距不到 1 米，按同一地点计",
        "p:A2": "在研究区以外",
    }
    assert "settlements_assumed" in said(found)
    points = table.geometry[table["origin"] == "grid"]
    homes = county[1].demand.geometry.to_numpy()
    assert len(points) >= 1
    assert (points.x % 300 == 0).all()
    assert shapely.distance(points.to_numpy()[:, None], homes[None, :]).min(axis=1).max() <= 200
    assert found.kinds == {"health_circle_15": "general_village_clinic"}


def test_settlements_drawn_as_polygons(siting, tmp_path):
    layer(tmp_path / "villages.gpkg", box(114.9, 37.6, 114.91, 37.61), 名称=["张家庄"])
    found = siting("""
[[siting.candidates]]
from = "grid"
spacing_m = 200
file = "villages.gpkg"
""")
    area = gpd.GeoSeries([box(114.9, 37.6, 114.91, 37.61)], crs="EPSG:4326").to_crs(CRS)[0]
    west, south, east, north = area.bounds
    wanted = [
        (x, y)
        for x in np.arange(np.floor(west / 200), np.ceil(east / 200) + 1) * 200
        for y in np.arange(np.floor(south / 200), np.ceil(north / 200) + 1) * 200
        if area.intersects(Point(x, y))
    ]
    points = found.candidates.geometry
    assert list(zip(points.x, points.y, strict=True)) == wanted
    assert set(found.candidates["candidate_name"]) == {"张家庄网格点"}
    assert "settlements_assumed" not in said(found)


def test_exclusions_in_another_crs_with_a_buffer(siting, tmp_path, county):
    first, second, _ = county[1].demand.geometry
    round_first = gpd.GeoSeries([first.buffer(50)], crs=CRS).to_crs("EPSG:4490")
    layer(tmp_path / "red.gpkg", *round_first, crs="EPSG:4490")
    beside = Point(second.x + 100, second.y).buffer(60, quad_segs=64)
    zone = gpd.GeoSeries([beside], crs=CRS).to_crs("EPSG:4527")
    layer(tmp_path / "farm.shp", *zone, crs="EPSG:4527")
    text = """
[[siting.exclusions]]
name = "生态保护红线"
file = "red.gpkg"
[[siting.exclusions]]
name = "永久基本农田"
file = "farm.shp"
buffer_m = 41
"""
    found = siting(text)
    assert found.candidates.index.tolist() == ["v:0014"]
    assert found.left_out["reason"].to_dict() == {
        "v:0012": "在「生态保护红线」内",
        "v:0013": "在「永久基本农田」外 41 米以内",
    }
    assert [one.name for one in found.exclusions] == ["生态保护红线", "永久基本农田"]
    assert siting(text.replace("41", "39")).candidates.index.tolist() == ["v:0013", "v:0014"]
    files = load_project(tmp_path).input_files()
    assert files[-2:] == [tmp_path / "red.gpkg", tmp_path / "farm.shp"]


def test_a_layer_without_records_and_one_elsewhere_are_told(siting, tmp_path):
    layer(tmp_path / "none.geojson")
    layer(tmp_path / "far.gpkg", box(100, 30, 101, 31))
    found = siting("""
[[siting.exclusions]]
name = "水域"
file = "none.geojson"
[[siting.exclusions]]
name = "陡坡"
file = "far.gpkg"
""")
    assert found.candidates.index.tolist() == VILLAGES
    assert [notice.message for notice in found.notices] == [
        (
            "排除图层「陡坡」「far.gpkg」的 1 条记录都不在研究区内。"
            "请检查 [[siting.exclusions]] 的 file 和 crs。"
        ),
        "图层「水域」没有任何图形，没有起作用。请检查文件是否导出完整。",
        "「陡坡」内没有候选点，没有排除任何候选点。",
    ]


def test_suitability_prefers_excludes_and_spaces(siting, tmp_path, county):
    first, second, third = county[1].demand.geometry
    road = gpd.GeoSeries([LineString([(114.8, 37.6), (115.0, 37.6)])], crs="EPSG:4326")
    layer(tmp_path / "road.geojson", *road)
    write_csv(tmp_path / "homes.csv", "lon,lat", "115.1,37.6")
    text = """
[siting]
preferred_from = 0.6
[[siting.suitability]]
name = "近省道"
file = "road.geojson"
rule = "near"
near_m = 500
far_m = 20000
weight = 2
[[siting.suitability]]
name = "离养老院"
file = "homes.csv"
crs = "WGS84"
columns = {lon = "lon", lat = "lat"}
rule = "far"
far_m = 30000
[[siting.suitability]]
name = "人口"
rule = "column"
column = "population"
best = 400
"""
    found = siting(text)
    line = road.to_crs(CRS)[0]

    def expected(place, people):
        close = np.clip((20_000 - place.distance(line)) / 19_500, 0, 1)
        far = np.clip(place.distance(second) / 30_000, 0, 1)
        return 0.5 * close + 0.25 * far + 0.25 * min(people / 400, 1)

    wanted = [expected(first, 350), expected(second, 420), expected(third, 180)]
    assert found.candidates["suitability"].to_numpy() == pytest.approx(wanted, abs=1e-3)
    check(found.scores, SUITABILITY, source="评分")
    assert len(found.scores) == 9
    assert found.preferred == tuple(
        one for one, score in zip(VILLAGES, wanted, strict=True) if score >= 0.6
    )
    assert 0 < len(found.preferred) < 3
    cut = siting(text.replace("preferred_from = 0.6", "min_suitability = 0.6"))
    assert tuple(cut.candidates.index) == found.preferred
    assert cut.left_out["reason"].str.endswith("，低于下限 0.6").all()
    wide = siting(text.replace("preferred_from = 0.6", "min_distance_m = 15000"))
    # 张家庄 and 王家庄 are 7 km apart, 李家庄 17 km off.
    assert wide.candidates.index.tolist() == [VILLAGES[0], VILLAGES[1]]
    assert wide.left_out["reason"].tolist() == [
        "与「张家庄」相距不到 15000 米（候选点的最小距离），由它代表"
    ]


def test_near_to_facilities_of_the_project(siting):
    found = siting("""
[[siting.suitability]]
name = "毗邻卫生室"
kinds = ["village_clinic"]
rule = "near"
far_m = 1000
""")
    assert found.candidates["suitability"].tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-5)


def test_costs_are_known_or_not(siting):
    found = siting("""
[siting.costs]
fixed = {village_clinic = 60, county_hospital = 5000}
per_bed = {county_hospital = 40}
source = "县卫健局 2025 年概算"
""")
    costs = found.costs
    assert costs.source == "县卫健局 2025 年概算"
    assert costs.of("village_clinic") == 60
    assert costs.of("county_hospital", beds=100) == 9000
    assert costs.of("village_clinic", beds=1) is None
    assert costs.of("nursery") is None


TABLE = "\n[[siting.candidates]]\n"

SETTINGS_FAULTS = {
    TABLE + 'crs = "WGS84"\n':
        "「siting」的「candidates」的第 1 项要写 file 或 from 其中之一"
        "（from 可写 villages、facilities、grid、junctions）。",
    TABLE + 'from = "villages"\nspacing_m = 100.0\n':
        '「siting」的「candidates」的第 1 项写了 from = "villages"，spacing_m 就不起作用，请删去。',
    TABLE + 'file = "a.csv"\nkinds = ["nursery"]\n':
        "「siting」的「candidates」的第 1 项写了 file，kinds 就不起作用，请删去。",
    TABLE + 'from = "grid"\n':
        '「siting」的「candidates」的第 1 项写了 from = "grid"，还要写 spacing_m（网格间距，米）。',
    TABLE + 'from = "grid"\nspacing_m = 1.0\n':
        "「siting」的「candidates」的第 1 项的「spacing_m」不得小于 10，现为 1.0。",
    TABLE + 'from = "grid"\nspacing_m = 100.0\ncrs = "WGS84"\n':
        "「siting」的「candidates」的第 1 项没有写 file，crs 就不起作用，请删去。",
    TABLE + 'from = "grid"\nspacing_m = 100.0\nfile = "a.gpkg"\nradius_m = 200.0\n':
        "「siting」的「candidates」的第 1 项写了 file（居民点范围），radius_m 就不起作用，请删去。",
    TABLE + 'file = "a.csv"\nvalues = {origin = "来源"}\n':
        "「siting」的「candidates」的第 1 项的 values 不能用“origin”作名称，候选点表里已有这一列。",
    TABLE + 'file = "a.csv"\ncolumns = {lon = "经度"}\n':
        "「siting」的「candidates」的第 1 项的「columns」里 lon 和 lat 要成对写。",
    TABLE + 'file = "a.csv"\ncolumns = {lon = "a", lat = "b", x = "c", y = "d"}\n':
        "「siting」的「candidates」的第 1 项的「columns」里 lon、lat 和 x、y 只能写一对。",
    2 * (TABLE + 'from = "junctions"\n'):
        '「siting」的 candidates 里 from = "junctions" 写了 2 次，请留一处。',
    2 * '\n[[siting.exclusions]]\nname = "水域"\nfile = "a.gpkg"\n':
        "「siting」的 exclusions 里名称“水域”写了 2 次，请改名或留一处。",
    '\n[[siting.exclusions]]\nname = "水域"\nfile = "a.gpkg"\nbuffer_m = -1.0\n':
        "「siting」的「exclusions」的第 1 项的「buffer_m」不得小于 0，现为 -1.0。",
    "\n[siting]\nmin_suitability = 0.5\n":
        "「siting」没有写 suitability（评分项），min_suitability 就不起作用，请删去。",
    '\n[[siting.suitability]]\nname = "a"\nrule = "near"\n':
        '「siting」的「suitability」的第 1 项写了 rule = "near"，还要写 far_m。',
    '\n[[siting.suitability]]\nname = "a"\nrule = "near"\nfar_m = 1.0\n':
        "「siting」的「suitability」的第 1 项要写 file（图层）或 kinds（本项目的设施类别）其中之一。",
    '\n[[siting.suitability]]\nname = "a"\nrule = "far"\nfile = "a"\nnear_m = 9.0\nfar_m = 1.0\n':
        "「siting」的「suitability」的第 1 项的 near_m（9）不得大于 far_m（1）。",
    '\n[[siting.suitability]]\nname = "a"\nrule = "inside"\nfile = "a"\nfar_m = 1.0\n':
        '「siting」的「suitability」的第 1 项写了 rule = "inside"，far_m 就不起作用，请删去。',
    '\n[[siting.suitability]]\nname = "a"\nrule = "column"\ncolumn = "b"\nbest = 0.0\n':
        "「siting」的「suitability」的第 1 项的 worst 和 best 都是 0，分不出高低，请写两个不同的数。",
    '\n[[siting.suitability]]\nname = "a"\nrule = "inside"\nfile = "a"\nweight = 0.0\n':
        "「siting」的 suitability 各项的权重都是 0，请至少给一项大于 0 的权重。",
    '\n[siting.costs]\nsource = "县里"\n':
        "「siting」的「costs」只写了 source，没有任何费用，请写 fixed 或 per_bed，或删去这张表。",
    "\n[siting]\ncandidate = []\n":
        "「siting」的「candidate」不是已知的设置，最接近的是「candidates」。",
}  # fmt: skip


@pytest.mark.parametrize("text", SETTINGS_FAULTS, ids=range(len(SETTINGS_FAULTS)))
def test_what_the_table_may_not_say(tmp_path, text):
    (tmp_path / "project.toml").write_text(PROJECT + text, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path)
    assert str(caught.value) == f"设置文件「project.toml」有 1 处问题：{SETTINGS_FAULTS[text]}"


NAME_FAULTS = {
    '\n[siting.costs]\nsource = "a"\nfixed = {village_clinics = 1.0}\n':
        "[siting.costs] 写了不认识的设施类别“village_clinics”，最接近的是“village_clinic”。"
        "请改正 project.toml。",
    '\n[siting]\nkind = {rescue_ring_30 = "county_hospital"}\n':
        "[siting] 的 kind 写了没有评估的标准“rescue_ring_30”，[assessment] 里有 health_circle_15。"
        "请改正 project.toml。",
    TABLE + 'from = "junctions"\nmode = "fly"\n':
        "[[siting.candidates]] 的 mode“fly”不存在，"
        "有的是 walk、ride、ebike、walk_or_ride、drive、ambulance。请改正 project.toml。",
}  # fmt: skip


@pytest.mark.parametrize("text", NAME_FAULTS, ids=range(len(NAME_FAULTS)))
def test_names_that_are_not_known(siting, text):
    assert failure(siting, text) == NAME_FAULTS[text]


def test_a_kind_that_does_not_count(siting):
    message = failure(siting, '\n[siting]\nkind = {health_circle_15 = "county_hospital"}\n')
    assert message.startswith(
        "[siting] 的 kind 给「15分钟健康服务圈」写的设施类别“县级医院”（county_hospital）"
        "不计入这个标准，建了也不算覆盖。可以写 central_village_clinic、"
    )


RED = '\n[[siting.exclusions]]\nname = "红线"\nfile = "{}"\n'


def test_files_that_cannot_be_used(siting, tmp_path):
    assert failure(siting, RED.format("no.gpkg"), SourceError).startswith(
        "找不到数据文件「no.gpkg」"
    )
    layer(tmp_path / "line.gpkg", LineString([(114.9, 37.6), (115, 37.6)]))
    assert failure(siting, RED.format("line.gpkg"), SitingError) == (
        "图层「红线」有 1 个图形不是面，第一个是第 1 个。排除范围和“在范围内”的评分要用面图层；"
        "线请先在 QGIS 里做缓冲区。"
    )
    with pytest.warns(UserWarning, match="crs"):
        layer(tmp_path / "bare.gpkg", box(114.9, 37.6, 115, 37.7), crs=None)
    assert failure(siting, RED.format("bare.gpkg"), CrsError) == (
        "排除图层「红线」「bare.gpkg」没有说明坐标系，无法确定位置。请在 QGIS 里给图层指定坐标系，"
        '或在 project.toml 的 [[siting.exclusions]] 写明，如 crs = "WGS84" 或 crs = "EPSG:4547"。'
    )
    layer(tmp_path / "wild.gpkg", box(37.5, 114.8, 37.6, 114.9), Polygon())
    assert failure(siting, RED.format("wild.gpkg"), InputError) == (
        "排除图层「红线」「wild.gpkg」有 2 处问题：第 1 行「位置」：经纬度超出范围"
        "（经度与纬度互换了，或坐标系写错了）；第 2 行「位置」：没有图形。请改正后重试。"
    )
    write_csv(tmp_path / "plain.csv", "名称", "甲")
    assert failure(siting, RED.format("plain.csv")) == (
        "候选点「plain.csv」是没有图形的表格，[[siting.exclusions]] 又没有写坐标列。"
        "请在 columns 里写 lon 和 lat（经纬度）或 x 和 y（平面坐标，x 向东、y 向北）。"
    )


def test_points_with_faults_are_listed_together(siting, tmp_path):
    write_csv(
        tmp_path / "sites.csv", "编号,经度,纬度,面积",
        "A1,114.95,37.6,大", "A1,114.96,,5",
    )  # fmt: skip
    text = TABLE + (
        'file = "sites.csv"\ncrs = "WGS84"\nvalues = {"用地" = "面积"}\n'
        'columns = {id = "编号", lon = "经度", lat = "纬度"}\n'
    )
    assert failure(siting, text, InputError) == (
        "候选点「sites.csv」有 3 处问题：第 2 行「面积」：应为数字（值：大）；"
        "第 3 行「编号」：代码与第 2 行重复（值：A1）；第 3 行「纬度」：不得为空。请改正后重试。"
    )
    assert "没有 “编码” 这一列" in failure(siting, text.replace("编号", "编码"), InputError)


def test_the_same_files_give_the_same_candidates(siting, tmp_path, county):
    layer(tmp_path / "red.gpkg", box(114.8, 37.5, 114.88, 37.6))
    text = RED.format("red.gpkg") + TABLE + 'from = "grid"\nspacing_m = 100\n'
    before = county[1].demand.copy()
    one, other = siting(text), siting(text)
    pd.testing.assert_frame_equal(one.candidates, other.candidates)
    pd.testing.assert_frame_equal(one.left_out, other.left_out)
    assert one.notices == other.notices
    pd.testing.assert_frame_equal(county[1].demand, before)


def test_the_shipped_county(root):
    folder = root / "data" / "examples" / "demo_county"
    layers = load(folder)
    project = load_project(folder)
    found = read_siting(project, layers)
    assert (len(found.candidates), len(found.left_out)) == (446, 4)
    assert set(found.left_out["reason"]) == {"在「生态保护红线」内"}
    red = gpd.read_file(root / "data" / "boundaries" / "demo_county_red_lines.geojson")
    inside = layers.demand.sjoin(red.to_crs(layers.demand.crs), predicate="intersects")
    assert set(found.left_out["source_id"]) == set(inside.index)
    assert found.candidates["suitability"].notna().all()
    assert 30 < len(found.preferred) < 100
    assert found.costs.of("central_village_clinic") == 60
    assert found.kinds == {
        "health_circle_15": "central_village_clinic", "fitness_circle_15": "fitness_station",
        "fitness_circle_10_urban": "sports_ground", "rescue_ring_30": "county_hospital",
    }  # fmt: skip
    for standard in chosen_standards(project, load_standards()):
        assert found.new_kind(standard) == found.kinds[standard.standard_id]
    made = {path.name for path in project.input_files() if "boundaries" in path.parts}
    assert made == {
        "demo_county_townships.geojson", "demo_county_red_lines.geojson",
        "demo_county_farmland.geojson", "demo_county_building_land.geojson",
    }  # fmt: skip
