"""Demand points: places, people, zones; every problem told in the planner's words."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from coverage.contracts import DEMAND, problems
from coverage.errors import CrsError, DemandError, ProjectError
from layers.boundaries import read_boundaries
from layers.corrections import KIND, Correction
from layers.demand import demand_from_table, read_demand
from layers.matching.named_rows import Gazetteer
from layers.sources import read_table
from tests.small_county import (
    CRS,
    VILLAGE_COLUMNS,
    VILLAGE_HEADER,
    VILLAGES,
    ZONE_COLUMNS,
    feature,
    square,
    write_csv,
    write_geojson,
    write_zones,
)


@pytest.fixture(scope="module")
def zones(tmp_path_factory):
    path = write_zones(tmp_path_factory.mktemp("zones") / "zones.geojson")
    return read_boundaries(path, columns=ZONE_COLUMNS)[0]


def read(path, zones, *, columns=VILLAGE_COLUMNS, source_crs="WGS84", **kwargs):
    return read_demand(path, zones=zones, columns=columns, source_crs=source_crs, **kwargs)


def failure(path, zones, error=DemandError, **kwargs):
    with pytest.raises(error) as caught:
        read(path, zones, **kwargs)
    return str(caught.value)


def texts(notices):
    return [notice.message for notice in notices]


def test_villages_keep_the_contract(tmp_path, zones):
    demand, notices = read(write_csv(tmp_path / "v.csv", *VILLAGES), zones)
    assert problems(demand, DEMAND) == []
    assert demand.index.tolist() == ["0012", "0013", "0014"]
    assert demand["demand_name"].tolist() == ["张家庄", "李家庄", "王家庄"]
    assert demand["population"].tolist() == [350.0, 420.0, 180.0]
    assert demand["zone_id"].tolist() == ["01", "02", "01"]
    assert set(demand["origin"]) == {"list"}
    assert demand.crs == CRS
    assert notices == ()
    back = demand.to_crs(4326).geometry
    assert back.x.to_numpy() == pytest.approx([114.9, 115.1, 114.85], abs=1e-9)
    assert back.y.to_numpy() == pytest.approx([37.6, 37.6, 37.55], abs=1e-9)


def test_projected_columns_and_layer_geometry_give_the_same_points(tmp_path, zones):
    demand, _ = read(write_csv(tmp_path / "v.csv", *VILLAGES), zones)
    lines = [f"{code},{p.x:.6f},{p.y:.6f}" for code, p in demand.geometry.items()]
    path = write_csv(tmp_path / "xy.csv", "id,东,北", *lines)
    columns = {"id": "id", "x": "东", "y": "北"}
    flat, _ = read(path, zones, columns=columns, source_crs=CRS)
    demand[["geometry"]].to_file(tmp_path / "v.gpkg")
    layer, _ = read(tmp_path / "v.gpkg", zones, columns={"id": "demand_id"}, source_crs=None)
    for other in (flat, layer):
        assert other.index.tolist() == demand.index.tolist()
        assert other.distance(demand.geometry).max() < 1e-5
        assert other["zone_id"].tolist() == ["01", "02", "01"]


def test_coordinate_columns_go_before_the_geometry(tmp_path, zones):
    path = write_geojson(
        tmp_path / "v.geojson", [feature(square(114.8, 115.0), lon=115.1, lat=37.6)]
    )
    demand, _ = read(path, zones, columns={"lon": "lon", "lat": "lat"}, source_crs=None)
    assert demand["zone_id"].tolist() == ["02"]


def test_a_polygon_is_stood_for_by_a_point_inside(tmp_path, zones):
    ring = [[114.82, 37.52], [114.98, 37.52], [114.98, 37.53], [114.83, 37.53],
            [114.83, 37.68], [114.82, 37.68], [114.82, 37.52]]  # fmt: skip
    hook = {"type": "Polygon", "coordinates": [ring]}
    demand, _ = read(
        write_geojson(tmp_path / "v.geojson", [feature(hook)]), zones, columns={}, source_crs=None
    )
    shape = gpd.GeoSeries.from_file(tmp_path / "v.geojson").to_crs(CRS).iloc[0]
    assert shape.contains(demand.geometry.iloc[0])
    assert not shape.contains(shape.centroid)


def test_without_an_id_column_codes_are_file_and_row(tmp_path, zones):
    path = write_csv(tmp_path / "villages.csv", "lon,lat", "114.9,37.6", "", "115.1,37.6")
    demand, notices = read(path, zones, columns={"lon": "lon", "lat": "lat"})
    assert demand.index.tolist() == ["villages-2", "villages-4"]
    assert demand["demand_name"].isna().all()
    assert demand["population"].isna().all()
    assert texts(notices) == [
        (
            "需求点「villages.csv」没有对应人口列，2 个点的人口都按未知处理，只能按村计算。"
            "有人口数据时请在 [demand] 的 columns 里写 population。"
        )
    ]


def test_longitudes_without_a_crs_are_wgs84_and_told(tmp_path, zones):
    _, notices = read(write_csv(tmp_path / "v.csv", *VILLAGES), zones, source_crs=None)
    assert texts(notices) == [
        (
            "需求点「v.csv」没有写明坐标系，经纬度按 WGS84 读取。"
            '请核实，并在 project.toml 的 [demand] 写 crs = "WGS84"。'
        )
    ]


def test_a_named_crs_goes_before_the_declared_one_and_is_told(tmp_path, zones):
    point = gpd.GeoSeries([Point(114.9, 37.6)], crs=4326).to_crs(CRS)
    frame = gpd.GeoDataFrame({"n": ["a"]}, geometry=point.set_crs(4548, allow_override=True))
    frame.to_file(tmp_path / "v.gpkg")
    demand, notices = read(tmp_path / "v.gpkg", zones, columns={}, source_crs=CRS)
    assert demand["zone_id"].tolist() == ["01"]
    assert texts(notices)[0] == (
        "需求点「v.gpkg」自带坐标系 EPSG:4548，按 project.toml 的 [demand] 写明的 EPSG:4547 读取。"
    )


def test_town_and_country_in_the_words_of_the_list(tmp_path, zones):
    path = write_csv(
        tmp_path / "v.csv", f"{VILLAGE_HEADER},城乡", *(
            f"{line},{word}" for line, word in zip(VILLAGES[1:], ["城镇", "rural", ""], strict=True)
        )
    )  # fmt: skip
    demand, _ = read(path, zones, columns=VILLAGE_COLUMNS | {"settlement": "城乡"})
    assert demand["settlement"].isna().tolist() == [False, False, True]
    assert demand["settlement"].tolist()[:2] == ["urban", "rural"]
    path = write_csv(tmp_path / "w.csv", f"{VILLAGE_HEADER},城乡", f"{VILLAGES[1]},城镇化")
    assert failure(path, zones, columns=VILLAGE_COLUMNS | {"settlement": "城乡"}) == (
        "需求点「w.csv」有 1 处问题：第 2 行「城乡」：不认识这个城乡，是否应为“城镇”"
        "（值：城镇化）。请改正后重试。"
    )


def test_all_problems_of_a_list_at_once(tmp_path, zones):
    path = write_csv(
        tmp_path / "villages.csv",
        VILLAGE_HEADER,
        "1,甲,114.9,37.6,100",
        "1,乙,114.9,37.6,-5",
        "2,丙,inf,37.6,many",
        "3,丁,,37.6,1",
        "4,戊,500,37.6,1",
    )
    with pytest.raises(DemandError) as caught:
        read(path, zones)
    assert str(caught.value) == (
        "需求点「villages.csv」有 6 处问题：第 3 行「编码」：代码与第 2 行重复（值：1）；"
        "第 3 行「常住人口」：不得为负（值：-5）；第 4 行「经度」：不是有限的数（值：inf）；"
        "第 4 行「常住人口」：应为数字（值：many）；第 5 行「经度」：不得为空；"
        "另有 1 处未列出。请改正后重试。"
    )
    assert str(caught.value.problems[-1]) == "第 6 行「经度」：经度应在 -180 到 180 之间（值：500）"


def test_missing_population(tmp_path, zones):
    lines = (*VILLAGES, "0015,赵家庄,114.9,37.55,", "0016,钱家庄,114.9,37.55, ")
    path = write_csv(tmp_path / "v.csv", *lines)
    assert failure(path, zones) == (
        "需求点「v.csv」有 2 处问题：第 5 行「常住人口」：人口为空；第 6 行「常住人口」：人口为空。"
        "请改正后重试。人口为空的行：补填人口，或在 project.toml 的 [demand] 写 "
        'missing_population = "unknown" 按人口未知处理。'
    )
    demand, notices = read(path, zones, missing_population="unknown")
    np.testing.assert_array_equal(demand["population"], [350, 420, 180, np.nan, np.nan])
    assert texts(notices) == [
        "需求点「v.csv」有 2 个点的人口未知（第 5、6 行），不计入人口覆盖率，只计入村数。"
    ]
    assert notices[0].count == 2


def test_zero_people_is_a_number(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", VILLAGE_HEADER, "1,甲,114.9,37.6,0")
    demand, notices = read(path, zones)
    assert demand["population"].tolist() == [0.0]
    assert notices == ()


def test_exchanged_longitude_and_latitude(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", *VILLAGES)
    columns = VILLAGE_COLUMNS | {"lon": "纬度", "lat": "经度"}
    assert failure(path, zones, columns=columns) == (
        "需求点「v.csv」有 1 处问题：整列「纬度、经度」：经度与纬度像是互换了："
        "3 个点全都只有交换后才落在研究区内（首个在第 2 行：37.6, 114.9），"
        "请把 lon 和 lat 的两列对调（导入时在页面上改或用 --column，project.toml 里写在 [demand] 的 columns）。请改正后重试。"
    )


def test_one_exchanged_row(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", *VILLAGES, "5,赵家庄,37.6,114.9,10")
    assert failure(path, zones) == (
        "需求点「v.csv」有 1 处问题：第 5 行「经度、纬度」：经度与纬度像是互换了，"
        "交换后才落在研究区内，请改正（值：37.6, 114.9）。请改正后重试。"
    )


def test_exchanged_northing_and_easting(tmp_path, zones):
    point = gpd.GeoSeries([Point(114.9, 37.6)], crs=4326).to_crs(CRS).iloc[0]
    path = write_csv(tmp_path / "v.csv", "X,Y", f"{point.y:.1f},{point.x:.1f}")
    columns = {"x": "X", "y": "Y"}  # surveyors call the northing X
    text = failure(path, zones, columns=columns, source_crs=CRS)
    assert "x 与 y 像是互换了：1 个点全都只有交换后才落在研究区内" in text
    assert (
        "请把 x 和 y 的两列对调（导入时在页面上改或用 --column，project.toml 里写在 [demand] 的 columns）"
        in text
    )


def test_all_points_elsewhere(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", VILLAGE_HEADER, "1,甲,116.4,39.9,1", "2,乙,116.5,39.9,1")
    text = failure(path, zones)
    assert text.startswith("需求点「v.csv」的 2 个点全都在研究区以外（首个在第 2 行，距研究区 ")
    assert text.endswith(" 公里）。请检查坐标系（crs）是否写对，边界与名录是否同一个地方。")


def test_some_points_outside_stay(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", *VILLAGES, "9,邻县村,115.0,37.8,10")
    demand, notices = read(path, zones)
    assert demand["zone_id"].isna().tolist() == [False, False, False, True]
    assert texts(notices) == [
        (
            "需求点「v.csv」有 1 个点在研究区以外（首个在第 5 行，距研究区 11.1 公里），"
            "保留在表里，但不计入任何行政单元。请检查坐标。"
        )
    ]


def test_no_crs_no_coordinates_no_rows(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", "x,y", "1,2")
    assert failure(path, zones, CrsError, columns={"x": "x", "y": "y"}, source_crs=None) == (
        "需求点「v.csv」没有说明坐标系，无法确定位置。请在 QGIS 里给图层指定坐标系，"
        '或在 project.toml 的 [demand] 写明，如 crs = "WGS84" 或 crs = "EPSG:4547"。'
    )
    assert failure(path, zones, ProjectError, columns={}) == (
        "需求点「v.csv」是没有图形的表格，[demand] 又没有写坐标列。"
        "请在 columns 里写 lon 和 lat（经纬度）或 x 和 y（平面坐标，x 向东、y 向北）。"
    )
    empty = write_csv(tmp_path / "e.csv", VILLAGE_HEADER)
    assert failure(empty, zones) == "需求点「e.csv」没有任何记录。请检查文件是否导出完整。"


def test_numbers_that_mean_no_place_in_their_crs(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", "x,y", "1e30,1e30")
    assert failure(path, zones, columns={"x": "x", "y": "y"}, source_crs="EPSG:32650") == (
        "需求点「v.csv」有 1 处问题：第 2 行「x」：不在坐标系 EPSG:32650 的范围内"
        "（值：1e+30, 1e+30）。请改正后重试。"
    )


def test_geometry_without_place(tmp_path, zones):
    path = write_geojson(
        tmp_path / "v.geojson",
        [
            feature({"type": "Point", "coordinates": [114.9, 37.6]}),
            feature(None),
            feature({"type": "Point", "coordinates": [500.0, 37.6]}),
        ],
    )
    assert failure(path, zones, columns={}, source_crs=None) == (
        "需求点「v.geojson」有 2 处问题：第 2 行「位置」：没有图形；"
        "第 3 行「位置」：经度应在 -180 到 180 之间（值：500）。请改正后重试。"
    )


def test_hostile_names_pass_through_as_text(tmp_path, zones):
    names = ["<script>alert(1)</script>", "{{ 7*7 }}{% x %}${y}", '=cmd|"/c"!A1', "村🏥\n二行"]
    cells = ['"' + name.replace('"', '""') + '"' for name in names]
    lines = [f"{at},{name},114.9,37.6,1" for at, name in enumerate(cells)]
    demand, _ = read(write_csv(tmp_path / "v.csv", VILLAGE_HEADER, *lines), zones)
    assert demand["demand_name"].tolist() == names


village = st.tuples(
    st.floats(114.5, 115.5), st.floats(37.4, 37.8), st.integers(0, 10**6) | st.none()
)


@given(villages=st.lists(village, min_size=1, max_size=30), data=st.data())
def test_rows_in_are_rows_out_and_their_order_changes_nothing(
    tmp_path_factory, zones, villages, data
):
    lines = [
        f"c{at},村,{lon},{lat},{'' if people is None else people}"
        for at, (lon, lat, people) in enumerate(villages)
    ]
    lines.append("home,村,114.9,37.6,1")
    path = tmp_path_factory.mktemp("v") / "v.csv"
    write_csv(path, VILLAGE_HEADER, *lines)
    demand, notices = read(path, zones, missing_population="unknown")
    assert demand.index.tolist() == [line.split(",")[0] for line in lines]
    told = {notice.code: notice.count for notice in notices}
    assert told.get("demand_outside", 0) == demand["zone_id"].isna().sum()
    assert told.get("population_missing", 0) == sum(p is None for *_, p in villages)
    shuffled = data.draw(st.permutations(lines))
    again, _ = read(write_csv(path, VILLAGE_HEADER, *shuffled), zones, missing_population="unknown")
    assert again.loc[demand.index].equals(demand)


WITHOUT_PEOPLE = {key: name for key, name in VILLAGE_COLUMNS.items() if key != "population"}


def from_table(path, zones, **kwargs):
    columns = kwargs.pop("columns", VILLAGE_COLUMNS)
    return demand_from_table(
        read_table(path), zones=zones, columns=columns, source_crs="WGS84", **kwargs
    )


def test_people_in_ten_thousands(tmp_path, zones):
    header = VILLAGE_HEADER.replace("常住人口", "常住人口（万人）")
    columns = VILLAGE_COLUMNS | {"population": "常住人口（万人）"}
    path = write_csv(tmp_path / "v.csv", header, "1,甲,114.9,37.6,0.12", "2,乙,115.1,37.6,800人")
    demand, notices = read(path, zones, columns=columns)
    assert demand["population"].tolist() == [1200.0, 800.0]
    assert texts(notices) == [
        "需求点「v.csv」的“常住人口（万人）”列以“万人”为单位，已换算成人。请核对单位。",
        "需求点「v.csv」有 1 处改动后采用（首个在第 3 行）；来源文件没有改动。请看问题清单。",
    ]
    plain = write_csv(tmp_path / "w.csv", VILLAGE_HEADER, "1,甲,114.9,37.6,0.12")
    reading = from_table(plain, zones, units={"population": "万人"})
    assert reading.layer["population"].tolist() == [1200.0]


def test_words_for_an_empty_cell_are_unknown_people(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", VILLAGE_HEADER, "1,甲,114.9,37.6,不详")
    assert failure(path, zones).startswith(
        "需求点「v.csv」有 1 处问题：第 2 行「常住人口」：人口为空（值：不详）。"
    )
    demand, _ = read(path, zones, missing_population="unknown")
    assert demand["population"].isna().all()


TOTALS = pd.Series({"01": 1001.0, "02": 800.0})


def test_people_of_zones_over_their_villages(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", *VILLAGES, "0015,钱家庄,115.0,37.8,9")
    reading = from_table(path, zones, columns=WITHOUT_PEOPLE, totals=TOTALS)
    np.testing.assert_array_equal(reading.layer["population"], [501, 800, 500, np.nan])
    assert [notice.code for notice in reading.notices] == [
        "demand_outside", "population_spread", "population_missing",
    ]  # fmt: skip
    reading = from_table(path, zones, columns=WITHOUT_PEOPLE, totals=TOTALS, spread_by="常住人口")
    # 350 and 180 of 530 parts of 1,001: 661.04 and 339.96
    np.testing.assert_array_equal(reading.layer["population"], [661, 800, 340, np.nan])
    assert reading.layer.columns.tolist() == [
        "demand_name", "population", "origin", "zone_id", "geometry",
    ]  # fmt: skip
    assert texts(reading.notices)[1] == (
        "2 个行政单元的人口（共 1,801 人）按“常住人口”分摊到其中的需求点，"
        "各单元合计不变；单个需求点的人口是估计数。"
    )


def test_what_people_are_spread_by_must_be_there(tmp_path, zones):
    path = write_csv(tmp_path / "v.csv", *VILLAGES, "0015,钱家庄,114.9,37.6,")
    kwargs = {"columns": WITHOUT_PEOPLE, "totals": TOTALS, "spread_by": "常住人口"}
    with pytest.raises(DemandError) as caught:
        from_table(path, zones, **kwargs)
    assert str(caught.value) == (
        "需求点「v.csv」有 1 处问题：第 5 行「常住人口」：不得为空。请改正后重试。"
    )
    reading = from_table(path, zones, faulty_rows="set_aside", **kwargs)
    assert reading.layer["population"].sum() == 1801
    assert [(one.row, one.done) for one in reading.findings] == [(5, "set_aside")]
    with pytest.raises(DemandError, match="没有 “户数” 这一列"):
        from_table(path, zones, **(kwargs | {"spread_by": "户数"}))


def test_villages_without_coordinates_go_to_their_township(tmp_path, zones):
    path = write_csv(
        tmp_path / "v.csv", f"{VILLAGE_HEADER},乡镇", *(f"{line}," for line in VILLAGES[1:]),
        "0015,钱家庄,,,90,东镇", "0016,孙家庄,,,80,南镇",
    )  # fmt: skip
    columns = VILLAGE_COLUMNS | {"township": "乡镇"}
    assert "第 5 行「经度」：不得为空" in failure(path, zones, columns=columns)
    reading = from_table(
        path, zones, columns=columns, faulty_rows="set_aside", gazetteer=Gazetteer(zones)
    )
    assert reading.layer["zone_id"].tolist() == ["01", "02", "01", "02"]
    assert reading.layer["place_precision"].tolist()[3] == "乡镇级近似"
    assert problems(reading.layer, DEMAND) == []
    assert [(one.row, one.check, one.found) for one in reading.findings] == [
        (6, "no_position", "没有坐标，没有认出村名或乡镇名，没有落点，请补坐标或详细地址"),
        (5, "placed_by_name", "没有认出村名，只按乡镇落在“东镇”，乡镇级近似，请核实"),
    ]


def test_a_correction_of_a_kind_does_nothing_to_villages_and_is_told(tmp_path, zones):
    table = read_table(write_csv(tmp_path / "v.csv", *VILLAGES))
    lost = Correction("v.csv", 3, "0013", KIND, "", "村卫生室")
    reading = demand_from_table(
        table, zones=zones, columns=VILLAGE_COLUMNS, source_crs="WGS84", corrections=[lost]
    )
    assert len(reading.layer) == 3
    (one,) = reading.findings
    assert (one.row, one.check, one.done) == (3, "stale_correction", "kept")
    assert one.found == "改正没有用上：需求点名录没有设施类别，这条类别改正用不上"
    assert one.remedy == "删去这条改正记录"
