"""Where the points of a table lie: every datum and writing that a project may name."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.contracts import DEMAND
from coverage.errors import BoundaryError, CrsError
from layers.boundaries import read_boundaries
from layers.coordinates import (
    WGS84,
    named_datum,
    transformer_between,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from layers.datums.cells import cell_coordinates
from layers.points import locate
from layers.tables import SourceTable
from tests.small_county import CRS, ZONE_COLUMNS, feature, square, write_geojson, write_zones

LON = np.array([114.9, 115.1, 114.85])
LAT = np.array([37.6, 37.6, 37.55])
TRUE = np.column_stack(transformer_between(WGS84, CRS).transform(LON, LAT))
AREA = shapely.box(*transformer_between(WGS84, CRS).transform_bounds(114.8, 37.5, 115.2, 37.7))
LON_LAT = {"lon": "经度", "lat": "纬度"}


def table(**columns):
    cells = pd.DataFrame(
        {name: [str(one) for one in cells] for name, cells in columns.items()}, dtype=str
    )
    return SourceTable("村.csv", cells, tuple(range(2, 2 + len(cells))))


def asked(source, *, columns=LON_LAT, source_crs=None, **kwargs):
    return locate(
        source,
        columns=columns,
        source_crs=source_crs,
        crs=CRS,
        area=AREA,
        contract=DEMAND,
        section="[demand]",
        **kwargs,
    )


def off_m(points):
    """Largest distance from the true places, metres."""
    return float(np.hypot(*(shapely.get_coordinates(points) - TRUE).T).max())


def degrees(function):
    lon, lat = function(LON, LAT)
    return table(经度=[f"{one:.9f}" for one in lon], 纬度=[f"{one:.9f}" for one in lat])


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("GCJ-02", degrees(wgs84_to_gcj02)),
        ("高德地图", degrees(wgs84_to_gcj02)),
        ("百度", degrees(wgs84_to_bd09)),
        ("CGCS2000", degrees(lambda lon, lat: (lon, lat))),
        ("WGS84 纬度在前", table(经度=LAT, 纬度=LON)),
        (
            "WGS84",
            table(
                经度=["114°54′E", "115度06分", "114-51-00"],
                纬度=["N37°36'", "北纬37.6", "３７：３３：００"],
            ),
        ),
    ],
)
def test_points_of_every_datum_of_degrees(name, source):
    points, problems, notices = asked(source, source_crs=name)
    assert problems == notices == []
    assert off_m(points) < 0.6  # CGCS2000 is WGS84 to some decimetres, the rest is exact
    if name != "CGCS2000":
        assert off_m(points) < 1e-3


@pytest.mark.parametrize(
    ("name", "swap", "front"),
    [
        ("EPSG:4547", False, 0.0),
        ("EPSG:4526", False, 38e6),
        ("CGCS2000 3度带 114", False, 0.0),
        ("CGCS2000 38带", False, 38e6),
        ("EPSG:4547 X向北", True, 0.0),
        ("CGCS2000 38带 X向北", True, 38e6),
    ],
)
def test_points_of_every_writing_of_a_zone(name, swap, front):
    east, north = TRUE[:, 0] + front, TRUE[:, 1]
    x, y = (north, east) if swap else (east, north)
    points, problems, notices = asked(
        table(X=x, Y=y), columns={"x": "X", "y": "Y"}, source_crs=name
    )
    assert problems == notices == []
    assert off_m(points) < 1e-3


@pytest.mark.parametrize("name", ["EPSG:4547 X向北", "CGCS2000 38带 X向北"])
def test_axes_said_truly_of_columns_that_are_exchanged_already(name):
    """The surveyor's X runs north; the mapping has given our x the column Y by its numbers."""
    front = 38e6 if "38" in name else 0.0
    source = table(X=TRUE[:, 1], Y=TRUE[:, 0] + front)
    points, problems, notices = asked(source, columns={"x": "Y", "y": "X"}, source_crs=name)
    assert problems == notices == []
    assert off_m(points) < 1e-3
    source = table(X=LAT, Y=LON)
    points, problems, _ = asked(
        source, columns={"lon": "Y", "lat": "X"}, source_crs="WGS84 纬度在前"
    )
    assert problems == []
    assert off_m(points) < 1e-3


def test_a_wrong_datum_is_one_sentence_not_one_for_each_row():
    _, problems, _ = asked(table(经度=TRUE[:, 0], 纬度=TRUE[:, 1]), source_crs="WGS84")
    first = f"{TRUE[0, 0]:.10g}, {TRUE[0, 1]:.10g}"
    (told,) = problems
    assert str(told) == (
        "整列「经度、纬度」：这些数是平面坐标（米），不是经纬度，请声明平面坐标系，如 CGCS2000 39带"
        f"（3 行都是，首个在第 2 行：{first}）"
    )
    micro = table(经度=np.round(LON * 1e6), 纬度=np.round(LAT * 1e6))
    _, problems, _ = asked(micro, source_crs="高德")
    (told,) = problems
    assert str(told) == (
        "整列「经度、纬度」：这些数是微度（度的一百万分之一），请先除以 1000000"
        "（3 行都是，首个在第 2 行：114900000, 37600000）"
    )
    # a single slip of the pen stays what it is
    _, problems, _ = asked(table(经度=[114.9, 11490.0], 纬度=[37.6, 37.6]), source_crs="WGS84")
    assert [str(one) for one in problems] == [
        "第 3 行「经度」：经度应在 -180 到 180 之间（值：11490）"
    ]


@pytest.mark.parametrize("name", ["bd09mc", "BD-09MC", "百度墨卡托"])
def test_the_metres_of_baidu_are_not_read(name):
    with pytest.raises(CrsError) as caught:
        asked(degrees(wgs84_to_bd09), source_crs=name)
    assert str(caught.value) == (
        f"[demand] crs 写的坐标系“{name}”是百度墨卡托米制坐标，不支持。"
        "请让提供的单位导出百度经纬度（BD-09），或换算成 WGS84 后再导入。"
    )


def test_both_coordinates_in_one_column():
    texts = [f"{lon},{lat}" for lon, lat in zip(LON, LAT, strict=True)]
    texts[1] = f"{LAT[1]} {LON[1]}"
    one = {"lon": "坐标", "lat": "坐标"}
    points, problems, _ = asked(table(坐标=texts), columns=one, source_crs="WGS84")
    assert problems == []
    assert off_m(points) < 1e-3
    _, problems, _ = asked(table(坐标=[*texts[:2], "114.9"]), columns=one, source_crs="WGS84")
    assert [str(one) for one in problems] == [
        "第 4 行「坐标」：应为一对经纬度，如 117.12,36.67（值：114.9）"
    ]


def test_cells_that_are_no_degrees_are_told_in_order():
    source = table(经度=["114,9", "", "北纬37°"], 纬度=["37.6", "37.6", "37°70′"])
    points, problems, _ = asked(source, source_crs="WGS84")
    assert [str(one) for one in problems] == [
        "第 2 行「经度」：逗号可能是小数点，也可能隔开两个数，请改用小数点“.”（值：114,9）",
        "第 3 行「经度」：不得为空",
        "第 4 行「经度」：这是纬度（写着北纬或南纬），不是经度（值：北纬37°）",
        "第 4 行「纬度」：分和秒应小于 60（值：37°70′）",
    ]
    assert [one is None for one in points] == [True] * 3


def test_degrees_without_a_datum_are_taken_for_wgs84_and_told():
    points, problems, notices = asked(degrees(lambda lon, lat: (lon, lat)))
    assert problems == []
    assert off_m(points) < 1e-3
    assert [notice.code for notice in notices] == ["crs_assumed"]


def test_rows_of_their_own_datum():
    lon, lat = LON.copy(), LAT.copy()
    lon[1], lat[1] = wgs84_to_gcj02(LON[1], LAT[1])
    x, y = lon.astype(object), lat.astype(object)
    x[2], y[2] = TRUE[2]
    source = table(经度=x, 纬度=y)
    kept = source.cells.copy()
    points, problems, _ = asked(source, source_crs="WGS84", row_datums={3: "高德", 4: "EPSG:4547"})
    assert problems == []
    assert off_m(points) < 1e-3
    pd.testing.assert_frame_equal(source.cells, kept)
    # without them the second point is half a kilometre off and the third is no place at all
    points, problems, _ = asked(source, source_crs="WGS84")
    assert 300 < float(np.hypot(*(shapely.get_coordinates(points[1:2]) - TRUE[1:2]).T)[0]) < 800
    assert {one.row for one in problems} == {4}


def test_a_swapped_row_of_its_own_datum_is_a_problem_of_that_row():
    x, y = LON.copy(), LAT.copy()
    x[1], y[1] = LAT[1], LON[1]
    _, problems, _ = asked(table(经度=x, 纬度=y), source_crs="WGS84", row_datums={3: "GCJ-02"})
    assert [one.row for one in problems] == [3]


def test_a_datum_for_a_row_that_is_not_there():
    with pytest.raises(CrsError) as caught:
        asked(degrees(wgs84_to_gcj02), source_crs="高德", row_datums={2: "WGS84", 9: "百度"})
    assert str(caught.value) == (
        "[demand] 给第 9 行单独指定了坐标系，「村.csv」里却没有这一行。文件换过以后请重新指定。"
    )
    with pytest.raises(CrsError, match="不认识"):
        asked(degrees(wgs84_to_gcj02), source_crs="高德", row_datums={2: "火星人"})


def test_numbers_before_their_datum_is_known():
    """For a proposal the cells are read as they are, metres and degrees alike."""
    source = table(一=["117°30′", "4100000.5", "北纬36"], 二=["36.5", "39500000", ""])
    x, y, problems = cell_coordinates(source, ("一", "二"), datum=None)
    np.testing.assert_array_equal(x, [117.5, 4_100_000.5, 36.0])
    np.testing.assert_array_equal(y, [36.5, 39_500_000.0, np.nan])
    assert [str(one) for one in problems] == ["第 4 行「二」：不得为空"]


def test_no_rows_at_all():
    points, problems, _ = asked(table(经度=[], 纬度=[]), source_crs="高德")
    assert len(points) == 0
    assert problems == []


def shifted(shape):
    moved = shapely.transform(
        shapely.geometry.shape(shape), lambda places: np.column_stack(wgs84_to_gcj02(*places.T))
    )
    return shapely.geometry.mapping(moved)


def test_boundaries_drawn_on_amap(tmp_path):
    """GeoJSON always declares WGS84, so the shift that the planner names is told."""
    true, _ = read_boundaries(write_zones(tmp_path / "true.geojson"), columns=ZONE_COLUMNS)
    drawn = write_geojson(
        tmp_path / "高德.geojson",
        [
            feature(shifted(square(114.8, 115.0)), 代码="01", 名称="西镇"),
            feature(shifted(square(115.0, 115.2)), 代码="02", 名称="东镇"),
        ],
    )
    zones, notices = read_boundaries(drawn, columns=ZONE_COLUMNS, source_crs="GCJ-02")
    assert zones.crs == true.crs
    apart = shapely.hausdorff_distance(true.geometry.to_numpy(), zones.geometry.to_numpy())
    assert apart.max() < 1e-3
    assert [notice.message for notice in notices] == [
        "行政单元「高德.geojson」自带坐标系 EPSG:4326，按 project.toml 的 [boundaries] 写明的 GCJ-02 读取。"
    ]


def test_boundaries_out_of_range_in_their_datum(tmp_path):
    wrong = write_geojson(tmp_path / "z.geojson", [feature(square(114.8, 115.0), 代码="01")])
    with pytest.raises(BoundaryError) as caught:
        read_boundaries(wrong, columns={"id": "代码"}, source_crs="WGS84 纬度在前")
    assert "纬度应在 -90 到 90 之间" in str(caught.value)


def test_a_layer_in_xian_80_is_refused(tmp_path):
    layer = write_geojson(tmp_path / "z.geojson", [feature(square(114.8, 115.0), 代码="01")])
    with pytest.raises(CrsError, match="属于西安80"):
        read_boundaries(layer, columns={"id": "代码"}, source_crs="EPSG:4610")
    source = table(名称=["甲"])
    points = shapely.points([[500_000.0, 4_160_000.0]])
    source = dataclasses.replace(source, geometry=gpd.GeoSeries(points, crs="EPSG:2384"))
    with pytest.raises(CrsError) as caught:
        asked(source, columns={})
    assert str(caught.value).startswith(
        "需求点「村.csv」自带的坐标系“EPSG:2384”属于西安80，不能直接使用"
    )


def test_a_datum_named_for_a_layer_goes_before_what_it_declares():
    drawn = gpd.GeoSeries(shapely.points(np.column_stack(wgs84_to_bd09(LON, LAT))), crs=WGS84)
    source = dataclasses.replace(table(名称=["甲", "乙", "丙"]), geometry=drawn)
    points, problems, notices = asked(source, columns={}, source_crs="百度地图")
    assert problems == []
    assert off_m(points) < 1e-3
    assert [notice.message for notice in notices] == [
        "需求点「村.csv」自带坐标系 EPSG:4326，按 project.toml 的 [demand] 写明的 BD-09 读取。"
    ]
    assert named_datum("百度地图", where="").shift == "bd09"


def test_eastings_that_no_place_on_earth_has_are_at_fault_though_they_are_in_the_project_crs():
    # eastings with the zone number, declared as those without it
    written = table(X=["39531880.23"], Y=["4128190.299"])
    columns = {"x": "X", "y": "Y"}
    points, found, _ = locate(
        written,
        columns=columns,
        source_crs=CRS,
        crs=CRS,
        area=AREA,
        contract=DEMAND,
        section="[demand]",
    )
    assert points.tolist() == [None]
    assert [one.rule for one in found] == [f"不在坐标系 {CRS} 的范围内"]
