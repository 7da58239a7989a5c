"""Barriers of a project: a layer of the county's own, the extract of the roads, both or none."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import GeometryCollection, LineString, MultiPoint, Point, Polygon, box

from coverage.access.barriers import NO_BARRIERS, Barriers
from coverage.errors import CrsError, InputError, ProjectError, SourceError
from coverage.impedance import network_for_mode
from coverage.snapping import snap
from layers.barriers import joined_barriers, read_barriers, with_barriers
from layers.project import load_project
from layers.road_files.roads_pbf import read_roads_pbf
from layers.standards import load_modes
from tests.networks import toy_roads
from tests.small_county import CRS, PROJECT, feature, write_csv, write_geojson
from tests.test_loading import load, write_county
from tests.test_osm_features import Extract

BOUNDS = (114.8, 37.5, 115.2, 37.7)
WEST_TO_EAST = LineString([(114.85, 37.6), (115.1, 37.6)])


def layer(path, *shapes, crs="EPSG:4326", **columns):
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs).to_file(path, engine="pyogrio")
    return path


def told(notices):
    return {notice.code: notice.message for notice in notices}


def test_lines_and_areas_with_their_names(tmp_path):
    lake = box(114.9, 37.55, 114.95, 37.58)
    path = layer(tmp_path / "b.gpkg", WEST_TO_EAST, lake, 名称=["洨河", ""])
    barriers, notices = read_barriers(path, crs=CRS)
    assert barriers.name.tolist() == ["洨河", "障碍"]
    assert barriers.is_area.tolist() == [False, True]
    assert not barriers.passable.any()
    expected = gpd.GeoSeries([WEST_TO_EAST, lake], crs="EPSG:4326").to_crs(CRS)
    assert shapely.equals_exact(barriers.geometry, np.asarray(expected), 1e-6).all()
    assert told(notices) == {
        "barriers_read": "接驳段（点到最近道路）不得穿越障碍图层「b.gpkg」里的 2 处障碍。"
    }
    assert notices[0].count == 2


def test_a_layer_that_declares_no_crs_needs_one(tmp_path):
    with pytest.warns(UserWarning, match="crs"):
        path = layer(tmp_path / "b.gpkg", WEST_TO_EAST, crs=None)
    with pytest.raises(CrsError) as caught:
        read_barriers(path, crs=CRS)
    assert str(caught.value) == (
        "障碍图层「b.gpkg」没有说明坐标系，无法确定位置。请在 QGIS 里给图层指定坐标系，"
        '或在 project.toml 的 [barriers] 写明，如 crs = "WGS84" 或 crs = "EPSG:4547"。'
    )
    barriers, _ = read_barriers(path, crs=CRS, source_crs="CGCS2000")
    assert barriers.name.tolist() == ["障碍"]


def test_invalid_areas_are_mended_and_told(tmp_path):
    bow_tie = Polygon([(114.9, 37.5), (115.0, 37.6), (115.0, 37.5), (114.9, 37.6)])
    path = layer(tmp_path / "b.gpkg", WEST_TO_EAST, bow_tie, name=["河", "湖"])
    barriers, notices = read_barriers(path, crs=CRS)
    assert shapely.is_valid(barriers.geometry).all()
    assert barriers.name.tolist() == ["河", "湖", "湖"]
    assert told(notices)["barrier_mended"] == (
        "障碍图层「b.gpkg」有 1 个图形自相交或不合规范（首个在第 2 行），已自动修正。"
        "请在 QGIS 里用“修复几何图形”核对。"
    )


def test_shapes_of_several_parts_and_mixed_ones(tmp_path):
    mixed = GeometryCollection([
        WEST_TO_EAST, Point(115, 37.6), shapely.MultiPolygon([box(115, 37.5, 115.1, 37.6)]),
    ])  # fmt: skip
    path = layer(tmp_path / "b.gpkg", mixed, shapely.MultiLineString([WEST_TO_EAST]))
    barriers, notices = read_barriers(path, crs=CRS)
    assert barriers.is_area.tolist() == [False, True, False]
    assert notices[0].count == 2


def test_points_are_refused(tmp_path):
    shapes = [WEST_TO_EAST, Point(115, 37.6), MultiPoint([(115, 37.6)]), LineString()]
    path = layer(tmp_path / "b.gpkg", *shapes)
    with pytest.raises(InputError) as caught:
        read_barriers(path, crs=CRS)
    assert [str(problem) for problem in caught.value.problems] == [
        "第 2 行「位置」：应为线或面，而不是点；点拦不住接驳段",
        "第 3 行「位置」：应为线或面，而不是点；点拦不住接驳段",
        "第 4 行「位置」：没有图形",
    ]
    assert str(caught.value).startswith("障碍图层「b.gpkg」有 3 处")


def test_degrees_that_are_none_are_refused(tmp_path):
    path = layer(tmp_path / "b.gpkg", LineString([(37.6, 114.9), (37.6, 115.0)]))
    with pytest.raises(InputError) as caught:
        read_barriers(path, crs=CRS)
    assert [str(problem) for problem in caught.value.problems] == [
        "第 1 行「位置」：经纬度超出范围（经度与纬度互换了，或坐标系写错了）"
    ]


def test_a_line_without_length_is_refused(tmp_path):
    path = layer(tmp_path / "b.gpkg", LineString([(115, 37.6), (115, 37.6)]))
    with pytest.raises(InputError) as caught:
        read_barriers(path, crs=CRS)
    assert [problem.rule for problem in caught.value.problems] == ["长度为零"]


def test_empty_layers_and_tables_are_refused(tmp_path):
    path = layer(tmp_path / "b.gpkg")
    with pytest.raises(InputError) as caught:
        read_barriers(path, crs=CRS)
    assert str(caught.value) == "障碍图层「b.gpkg」没有任何记录。请检查文件是否导出完整。"
    path = write_csv(tmp_path / "b.csv", "名称,经度,纬度", "河,115,37.6")
    with pytest.raises(InputError) as caught:
        read_barriers(path, crs=CRS)
    assert str(caught.value) == "障碍图层「b.csv」没有图形，不能当作障碍。请改用含线或面的图层。"
    with pytest.raises(SourceError):
        read_barriers(tmp_path / "missing.gpkg", crs=CRS)


def test_barriers_of_another_place_are_told(tmp_path):
    path = layer(tmp_path / "b.gpkg", LineString([(100, 30), (101, 30)]))
    barriers, notices = read_barriers(path, crs=CRS, bounds=BOUNDS)
    assert len(barriers) == 0
    assert told(notices) == {
        "barriers_elsewhere": "障碍图层「b.gpkg」的 1 条记录都不在研究区及其外扩范围内，没有起作用。"
        "请检查 [barriers] 的 file 和 crs。"
    }


def test_the_crs_is_wrong(tmp_path):
    path = layer(tmp_path / "b.gpkg", LineString([(1e9, 1e9), (2e9, 2e9)]), crs="EPSG:4547")
    with pytest.raises(CrsError) as caught:
        read_barriers(path, crs="EPSG:32632")
    assert str(caught.value) == (
        "障碍图层「b.gpkg」的坐标换算到项目坐标系时没有结果，它的坐标系多半写错了。"
        "请检查 [barriers] 的 crs。"
    )


def test_several_sources_as_one():
    line = Barriers(np.array([WEST_TO_EAST]), np.array(["甲"], dtype=object), np.array([True]))
    area = Barriers(np.array([box(0, 0, 1, 1)]), np.array(["乙"], dtype=object))
    joined = joined_barriers([line, NO_BARRIERS, area])
    assert joined.name.tolist() == ["甲", "乙"]
    assert joined.passable.tolist() == [True, False]
    assert joined_barriers([]) is NO_BARRIERS
    assert joined_barriers([NO_BARRIERS]) is NO_BARRIERS


ROADS = toy_roads([(1, 2, "tertiary")], {1: (0.0, 0.0), 2: (1.0, 0.0)})


def project(folder, barriers="", *, roads='file = "roads.osm.pbf"'):
    text = PROJECT.replace('file = "roads.osm.pbf"', roads)
    (folder / "project.toml").write_text(text + barriers, encoding="utf-8")
    return load_project(folder)


def extract(path, **tags):
    """An extract with one line through the middle of the small county."""
    things = Extract(path)
    things.line([(-50, 0), (200, 0)], **tags)
    return things.write()


def asked(project):
    roads, notices = with_barriers(ROADS, project, bounds=BOUNDS)
    assert roads.node_id is ROADS.node_id
    assert len(ROADS.barriers) == 0
    return roads.barriers.name.tolist(), told(notices)


EDGES = 'file = "e.csv"\nnodes = "n.csv"'


def test_without_the_table_the_extract_of_the_roads_counts(tmp_path):
    extract(tmp_path / "roads.osm.pbf", waterway="river")
    assert asked(project(tmp_path)) == (
        ["河流"],
        {
            "barriers_read": "接驳段（点到最近道路）不得穿越「roads.osm.pbf」里的障碍：河流 1 处；"
            "桥上和地下的河流、铁路不算。"
        },
    )


def test_an_extract_without_barriers_is_told(tmp_path):
    extract(tmp_path / "roads.osm.pbf", highway="residential")
    assert asked(project(tmp_path)) == (
        [],
        {
            "barriers_none": "「roads.osm.pbf」在研究区及其外扩范围内没有河流、水面、铁路和高速公路，"
            "接驳段不检查河流等障碍。开放街图往往不全，可用 [barriers] 的 file 另给障碍图层。"
        },
    )


def test_other_roads_have_none_and_it_is_told(tmp_path):
    assert asked(project(tmp_path, roads=EDGES)) == (
        [],
        {
            "barriers_none": "路段表不带河流、铁路等信息，接驳段不检查河流等障碍；"
            "如有河流、铁路的图层，请在 project.toml 的 [barriers] 用 file 写明。"
        },
    )
    names, notices = asked(project(tmp_path, roads='file = "r.graphml"'))
    assert names == []
    assert notices["barriers_none"].startswith("路网不带河流、铁路等信息")


def test_switched_off(tmp_path):
    assert asked(project(tmp_path, '[barriers]\nfrom = "none"\n')) == (
        [],
        {
            "barriers_off": "project.toml 的 [barriers] 关闭了障碍，"
            "接驳段（点到最近道路）可以直穿河流、铁路等。"
        },
    )


def test_a_layer_of_ones_own_alone(tmp_path):
    extract(tmp_path / "roads.osm.pbf", waterway="river")
    layer(tmp_path / "own.gpkg", WEST_TO_EAST, 名称=["总干渠"])
    names, notices = asked(project(tmp_path, '[barriers]\nfile = "own.gpkg"\n'))
    assert names == ["总干渠"]
    assert list(notices) == ["barriers_read"]


def test_a_layer_of_ones_own_and_the_extract(tmp_path):
    extract(tmp_path / "roads.osm.pbf", waterway="river")
    layer(tmp_path / "own.gpkg", WEST_TO_EAST, 名称=["总干渠"])
    both = project(tmp_path, '[barriers]\nfrom = "osm"\nfile = "own.gpkg"\n')
    assert asked(both)[0] == ["河流", "总干渠"]


@pytest.mark.parametrize("source", ["", 'from = "osm"\n'])
def test_another_extract_for_roads_of_a_table(tmp_path, source):
    extract(tmp_path / "water.osm.pbf", railway="rail")
    table = f'[barriers]\n{source}file = "water.osm.pbf"\n'
    names, notices = asked(project(tmp_path, table, roads=EDGES))
    assert names == ["铁路"]
    assert list(notices) == ["barriers_read"]


def test_osm_barriers_without_an_extract(tmp_path):
    with pytest.raises(ProjectError) as caught:
        asked(project(tmp_path, '[barriers]\nfrom = "osm"\n', roads=EDGES))
    assert str(caught.value) == (
        'project.toml 的 [barriers] 写了 from = "osm"，而 [roads] 的 file 不是 .osm.pbf。'
        "请用 file 写明 .osm.pbf 文件，或给自己的障碍图层并删去 from。"
    )


def test_a_water_that_the_extract_cuts_off_is_told(tmp_path):
    things = Extract(tmp_path / "roads.osm.pbf")
    shore = things.line([(-50, 0), (200, 0)])
    things.relation([(shore, "outer")], type="multipolygon", natural="water")
    things.write()
    names, notices = asked(project(tmp_path))
    assert names == ["水面"]
    assert notices["barriers_open_water"] == (
        "「roads.osm.pbf」有 1 处水面的轮廓不闭合（多在文件边缘被截断），"
        "只按文件里的岸线当障碍。请换用范围更大的文件。"
    )


def test_the_layer_is_an_input_file(tmp_path):
    found = project(tmp_path, '[barriers]\nfile = "own.gpkg"\n')
    assert found.input_files()[-1] == found.folder / "own.gpkg"
    assert len(project(tmp_path, '[barriers]\nfrom = "none"\n').input_files()) == len(
        project(tmp_path).input_files()
    )


def test_a_whole_county_with_a_river(tmp_path):
    r"""The village south of the river 李家庄 (115.1, 37.6) loses the road north of it."""
    river = feature({"type": "LineString", "coordinates": [[115.09, 37.6009], [115.11, 37.6009]]})
    folder = write_county(tmp_path, PROJECT + '[barriers]\nfile = "river.geojson"\n')
    write_geojson(folder / "river.geojson", [river])
    write_csv(
        folder / "nodes.csv", "node_id,lon,lat",
        "1,114.5,37.601", "2,114.9,37.601", "3,115.1,37.601", "4,115.5,37.601",
    )  # fmt: skip
    layers = load(folder)
    assert told(layers.notices)["barriers_read"].endswith("「river.geojson」里的 1 处障碍。")
    network = network_for_mode(layers.roads, load_modes()["walk"])
    snaps = snap(network, layers.demand.geometry)
    assert network.barriers.name[snaps.barrier[1]] == "障碍"
    assert snaps.barrier.tolist() == [-1, 0, -1]
    assert 100 < snaps.nearest_road_m[1] < 120
    # Past the end of the river, 883 m to the west and 100 m to the north; the road is 111 m off.
    assert snaps.nearest_access_m[1] == pytest.approx(np.hypot(883, 100) * 1.11, rel=0.02)


def test_liechtenstein_on_its_own_side_of_the_canal(shared_data, tmp_path):
    """A house between the Rhine and the inland canal, which the canal parts from its street."""
    path = shared_data / "roads" / "liechtenstein.osm.pbf"
    (tmp_path / "project.toml").write_text(
        PROJECT.replace("roads.osm.pbf", path.as_posix()), encoding="utf-8"
    )
    roads = read_roads_pbf(path, crs="EPSG:32632")
    roads, notices = with_barriers(roads, load_project(tmp_path), bounds=(9.4, 47.0, 9.7, 47.3))
    assert "运河、渠道 7 处" in told(notices)["barriers_read"]
    network = network_for_mode(roads, load_modes()["walk"])
    house = gpd.GeoSeries([Point(9.52273, 47.10524)], crs="EPSG:4326").to_crs("EPSG:32632")
    snaps = snap(network, house)
    assert network.barriers.name[snaps.barrier[0]] == "运河、渠道"
    assert snaps.nearest_road_m[0] == pytest.approx(36, abs=1)
    assert snaps.nearest_access_m[0] == pytest.approx(93, abs=1)
