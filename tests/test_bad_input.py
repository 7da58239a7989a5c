"""One broken file per failure, read through a whole project, and the one sentence it is told.

Failures that need an assessment or an output folder (a facility off every road, a folder that
cannot be written) are tested where they arise.
"""

from __future__ import annotations

import geopandas as gpd
import osmium
import pytest
from shapely import Point, box

from coverage.errors import (
    BoundaryError,
    CrsError,
    DemandError,
    FacilityError,
    ProjectError,
    RoadError,
    SourceError,
)
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.kept.reading_cache import FOLDER
from tests.small_county import (
    VILLAGE_HEADER,
    VILLAGES,
    feature,
    write_csv,
    write_geojson,
)
from tests.test_loading import load, told, write_county


@pytest.fixture
def county(tmp_path):
    return write_county(tmp_path)


def failure(folder, error):
    before = contents(folder)
    with pytest.raises(error) as caught:
        load(folder)
    assert type(caught.value) is error
    assert caught.value.heading
    assert contents(folder) == before  # nothing half-written
    return str(caught.value)


def contents(folder):
    """Names of all but the cache: what was read before the fault need not be read again."""
    return sorted(path.name for path in folder.iterdir() if path.name != FOLDER)


def edit(folder, old, new):
    path = folder / "project.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def use_pbf(folder):
    edit(folder, 'file = "edges.csv"\nnodes = "nodes.csv"\ncrs = "WGS84"', 'file = "r.osm.pbf"')
    return folder / "r.osm.pbf"


def test_the_county_itself_is_in_order(county):
    assert len(load(county).demand) == 3


@pytest.mark.parametrize("name", ["zones.geojson", "villages.csv", "clinics.csv", "edges.csv"])
def test_missing_file(county, name):
    path = county.resolve() / name
    path.unlink()
    assert failure(county, SourceError) == (
        f"找不到数据文件「{name}」（{path}）。请检查文件名，以及它相对于 project.toml 的位置。"
    )


def test_missing_extract(county):
    path = use_pbf(county).resolve()
    assert failure(county, SourceError).startswith(f"找不到道路文件「r.osm.pbf」（{path}）。")


def test_an_extract_that_is_cut_off(county, root):
    whole = (root / "data" / "networks" / "demo_county.osm.pbf").read_bytes()
    use_pbf(county).write_bytes(whole[: len(whole) // 2])
    assert failure(county, SourceError) == (
        "道路文件「r.osm.pbf」不是完整的 OpenStreetMap PBF 文件，可能下载不完整或已损坏。"
        "请重新下载后重试。"
    )


def test_an_extract_without_roads(county):
    with osmium.SimpleWriter(str(use_pbf(county))) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, location=(114.9, 37.6), tags={"shop": "yes"}))
    assert failure(county, RoadError) == (
        "道路文件「r.osm.pbf」在研究区范围内没有道路。请检查文件是否正确、是否覆盖研究区。"
    )


def test_an_empty_layer(county):
    write_geojson(county / "zones.geojson", [])
    assert failure(county, BoundaryError) == (
        "行政单元「zones.geojson」没有任何记录。请检查文件是否导出完整。"
    )


@pytest.mark.parametrize(
    ("name", "error", "title"),
    [("villages.csv", DemandError, "需求点"), ("clinics.csv", FacilityError, "设施")],
)
def test_an_empty_table(county, name, error, title):
    header = (county / name).read_text(encoding="utf-8").splitlines()[0]
    write_csv(county / name, header)
    assert failure(county, error) == f"{title}「{name}」没有任何记录。请检查文件是否导出完整。"


def test_boundaries_without_crs(county):
    frame = gpd.GeoDataFrame({"代码": ["1"], "名称": ["甲"]}, geometry=[box(0, 0, 1, 1)])
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(county / "zones.gpkg")
    edit(county, "zones.geojson", "zones.gpkg")
    assert failure(county, CrsError) == (
        "行政单元「zones.gpkg」没有说明坐标系，无法确定位置。请在 QGIS 里给图层指定坐标系，"
        '或在 project.toml 的 [boundaries] 写明，如 crs = "WGS84" 或 crs = "EPSG:4547"。'
    )


def test_villages_without_crs(county):
    edit(county, 'crs = "WGS84"\ncolumns = {id = "编码", name = "村名", lon = "经度", lat = "纬度"',
         'columns = {id = "编码", name = "村名", x = "经度", y = "纬度"')  # fmt: skip
    assert failure(county, CrsError) == (
        "需求点「villages.csv」没有说明坐标系，无法确定位置。请在 QGIS 里给图层指定坐标系，"
        '或在 project.toml 的 [demand] 写明，如 crs = "WGS84" 或 crs = "EPSG:4547"。'
    )


def test_a_layer_of_villages_without_crs(county):
    frame = gpd.GeoDataFrame(
        {"编码": ["1"], "村名": ["甲"], "常住人口": [1]}, geometry=[Point(1, 1)]
    )
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(county / "v.gpkg")
    edit(county, 'file = "villages.csv"\ncrs = "WGS84"', 'file = "v.gpkg"')
    edit(county, ', lon = "经度", lat = "纬度", population', ", population")
    assert failure(county, CrsError).startswith("需求点「v.gpkg」没有说明坐标系，无法确定位置。")


def test_longitude_and_latitude_exchanged(county):
    edit(county, 'lon = "经度", lat = "纬度", population', 'lon = "纬度", lat = "经度", population')
    assert failure(county, DemandError) == (
        "需求点「villages.csv」有 1 处问题：整列「纬度、经度」：经度与纬度像是互换了："
        "3 个点全都只有交换后才落在研究区内（首个在第 2 行：37.6, 114.9），"
        "请把 lon 和 lat 的两列对调（导入时在页面上改或用 --column，project.toml 里写在 [demand] 的 columns）。请改正后重试。"
    )


def test_points_outside_the_study_area(county):
    write_csv(county / "villages.csv", VILLAGE_HEADER, "1,甲,114.9,38.6,1")
    text = failure(county, DemandError)
    assert text == (
        "需求点「villages.csv」的 1 个点全都在研究区以外（首个在第 2 行，距研究区 99.9 公里）。"
        "请检查坐标系（crs）是否写对，边界与名录是否同一个地方。"
    )
    write_csv(county / "villages.csv", *VILLAGES, "9,甲,114.9,38.6,1")
    layers = load(county)
    assert len(layers.demand) == 4
    assert told(layers)["demand_outside"] == (
        "需求点「villages.csv」有 1 个点在研究区以外（首个在第 5 行，距研究区 99.9 公里），"
        "保留在表里，但不计入任何行政单元。请检查坐标。"
    )


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("nan,37.6", "第 2 行「经度」：不是有限的数（值：nan）"),
        ("114.9,inf", "第 2 行「纬度」：不是有限的数（值：inf）"),
        ("114.9,", "第 2 行「纬度」：不得为空"),
        ("东经,37.6", "第 2 行「经度」：应为数字（值：东经）"),
        ("500,37.6", "第 2 行「经度」：经度应在 -180 到 180 之间（值：500）"),
    ],
)
def test_coordinates_that_are_no_place(county, cells, problem):
    write_csv(county / "villages.csv", VILLAGE_HEADER, f"1,甲,{cells},1")
    assert failure(county, DemandError) == (
        f"需求点「villages.csv」有 1 处问题：{problem}。请改正后重试。"
    )


def test_non_finite_geometry(county):
    frame = gpd.GeoDataFrame(
        {"编码": ["1", "2"]}, geometry=[Point(114.9, 37.6), Point(114.9, float("inf"))], crs=4326
    )
    frame.to_file(county / "c.gpkg")
    edit(county, 'file = "clinics.csv"', 'file = "c.gpkg"')
    edit(county, ', name = "名称", lon = "经度", lat = "纬度"', "")
    assert failure(county, FacilityError) == (
        "设施「c.gpkg」有 1 处问题：第 2 行「位置」：坐标不是有限的数。请改正后重试。"
    )


def test_duplicate_ids(county):
    write_csv(county / "villages.csv", *VILLAGES, "0013,又一村,114.9,37.6,1")
    assert failure(county, DemandError) == (
        "需求点「villages.csv」有 1 处问题：第 5 行「编码」：代码与第 3 行重复（值：0013）。"
        "请改正后重试。"
    )


def test_negative_and_missing_population(county):
    write_csv(county / "villages.csv", *VILLAGES, "5,甲,114.9,37.6,-1", "6,乙,114.9,37.6,")
    assert failure(county, DemandError) == (
        "需求点「villages.csv」有 2 处问题：第 5 行「常住人口」：不得为负（值：-1）；"
        "第 6 行「常住人口」：人口为空。请改正后重试。人口为空的行：补填人口，"
        '或在 project.toml 的 [demand] 写 missing_population = "unknown" 按人口未知处理。'
    )


def test_a_zone_without_demand(county):
    write_csv(county / "villages.csv", *VILLAGES[:2])
    assert told(load(county))["zone_without_demand"] == (
        "1 个行政单元里没有任何需求点（东镇），它们的覆盖率算不出来。"
        "请检查需求点名录是否齐全、坐标是否正确。"
    )


def test_a_project_with_a_typo(county):
    edit(county, "[assessment]\nstandards", "[assessment]\nstandard")
    assert failure(county, ProjectError) == (
        "设置文件「project.toml」有 2 处问题：缺少「assessment」的「standards」。"
        "「assessment」的「standard」不是已知的设置，最接近的是「standards」。"
    )


def test_a_standard_with_a_typo(county):
    edit(county, "health_circle_15", "healt_circle_15")
    assert failure(county, ProjectError) == (
        "项目「小县」要评估的标准“healt_circle_15”不存在，最接近的是“health_circle_15”。"
        "请改正 project.toml 的 [assessment] standards。"
    )


def test_a_csv_in_no_encoding(county):
    lines = "\n".join(VILLAGES).encode("gbk")
    (county / "villages.csv").write_bytes(lines.replace("李".encode("gbk"), b"\xff\xff"))
    assert failure(county, SourceError) == (
        "表格「villages.csv」不是 UTF-8 编码，也不是 GB18030 编码（第 3 行起无法识别）。"
        "请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后重试。"
    )


def test_a_point_as_a_zone(county):
    point = {"type": "Point", "coordinates": [114.9, 37.6]}
    write_geojson(county / "zones.geojson", [feature(point, 代码="1", 名称="甲")])
    assert failure(county, BoundaryError) == (
        "行政单元「zones.geojson」有 1 处问题：第 1 行「位置」：应为面，而不是点。请改正后重试。"
    )


def test_hostile_column_names_and_cells_are_only_text(county):
    evil = "{{ cycler.__init__.__globals__.os.getpid() }}<script>alert(1)</script>${x}"
    write_csv(
        county / "villages.csv", VILLAGE_HEADER.replace("村名", evil), f"1,{evil},114.9,37.6,x"
    )
    edit(county, 'name = "村名"', f"name = '{evil}'")
    assert failure(county, DemandError) == (
        "需求点「villages.csv」有 1 处问题：第 2 行「常住人口」：应为数字（值：x）。请改正后重试。"
    )
    write_csv(
        county / "villages.csv", VILLAGE_HEADER.replace("村名", evil), f"1,{evil},114.9,37.6,5"
    )
    assert load(county).demand["demand_name"].tolist() == [evil]


def test_more_people_than_on_earth(county):
    write_csv(county / "villages.csv", VILLAGE_HEADER, "1,甲,114.9,37.6,1e308", "2,乙,115.1,37.6,5")
    assert failure(county, DemandError) == (
        "需求点「villages.csv」有 1 处问题：第 2 行「常住人口」：不得大于 10000000000（值：1e308）。"
        "请改正后重试。"
    )


def test_more_beds_than_any_hospital_has(county):
    header = "编码,名称,经度,纬度,床位"
    write_csv(county / "clinics.csv", header, "1,甲,114.9,37.6,1e7")
    edit(
        county,
        '{id = "编码", name = "名称", lon = "经度", lat = "纬度"}',
        '{id = "编码", name = "名称", lon = "经度", lat = "纬度", capacity_beds = "床位"}',
    )
    assert failure(county, FacilityError) == (
        "设施「clinics.csv」有 1 处问题：第 2 行「床位」：不得大于 1000000（值：1e7）。请改正后重试。"
    )


@pytest.mark.parametrize("name", ["zones.geojson", "villages.csv", "clinics.csv", "edges.csv"])
@pytest.mark.parametrize(
    ("stem", "shown", "reason"),
    [
        ("v\\u0000", "v\0", "里面有零字节"),
        ("长" * 100, "长" * 40 + "…", "名称太长"),
        ("loop", "loop", "链接绕成了圈，指不到任何文件"),
    ],
)
def test_a_path_that_is_no_path(county, name, stem, shown, reason):
    ending = name[name.index(".") :]
    edit(county, f'file = "{name}"', f'file = "{stem}{ending}"')
    (county / f"loop{ending}").symlink_to(f"loop{ending}")
    shown = shown if shown.endswith("…") else shown + ending
    assert failure(county, ProjectError) == (
        f"project.toml 里的路径「{shown}」不能用：{reason}。请改正路径后重试。"
    )


def test_an_extract_whose_path_is_no_path(county):
    use_pbf(county).symlink_to("r.osm.pbf")
    assert failure(county, ProjectError) == (
        "project.toml 里的路径「r.osm.pbf」不能用：链接绕成了圈，指不到任何文件。请改正路径后重试。"
    )
    edit(county, "r.osm.pbf", f"{'r' * 300}.osm.pbf")
    assert failure(county, ProjectError) == (
        f"project.toml 里的路径「{'r' * 40}…」不能用：名称太长。请改正路径后重试。"
    )
