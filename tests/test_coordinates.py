"""The CRS of a project, and the names a planner may write for one."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import CrsError
from layers.coordinates import (
    WGS84,
    declared_datum,
    named_crs,
    named_datum,
    project_crs,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

WHERE = "[demand] crs"


@pytest.mark.parametrize("meridian", range(75, 136, 3))
def test_every_cgcs2000_zone_has_its_own_central_meridian(meridian):
    crs = pyproj.CRS(project_crs(meridian, 35.0))
    assert crs.name == f"CGCS2000 / 3-degree Gauss-Kruger CM {meridian}E"
    easting, _ = pyproj.Transformer.from_crs(4490, crs, always_xy=True).transform(meridian, 35)
    assert easting == pytest.approx(500_000)  # no zone number before the easting


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (115.49, 36.0, "EPSG:4547"),  # 1.49 degrees east of 114
        (115.5, 36.0, "EPSG:4548"),  # halfway: the eastern zone
        (73.0, 39.0, "EPSG:4534"),  # the western end of China is beyond half a zone
        (136.0, 48.0, "EPSG:4554"),
        (9.55, 47.14, "EPSG:32632"),
        (-70.0, -33.0, "EPSG:32719"),
        (180.0, 60.0, "EPSG:32660"),
        (-180.0, 60.0, "EPSG:32601"),
        (139.7, 35.7, "EPSG:32654"),
    ],
)
def test_zone_by_place(lon, lat, expected):
    assert project_crs(lon, lat) == expected


def test_a_centre_off_the_globe_is_refused():
    with pytest.raises(CrsError) as caught:
        project_crs(500.0, 30.0)
    assert str(caught.value) == "研究区中心的经纬度（500，30）不在地球上，请检查行政边界的坐标系。"


@pytest.mark.parametrize(
    ("name", "epsg"),
    [
        ("WGS84", 4326),
        ("wgs84 ", 4326),
        ("CGCS2000", 4490),
        ("EPSG:4547", 4547),
        ("epsg:3857", 3857),
    ],
)
def test_named_crs(name, epsg):
    assert named_crs(name, where="[demand] crs").to_epsg() == epsg


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "WSG84",
            (
                "[demand] crs 写的坐标系“WSG84”不认识，是否应为“WGS84”。"
                "请写 WGS84、CGCS2000 或 EPSG 代码（如 EPSG:4547）。"
            ),
        ),
        (
            "/etc/passwd",
            (
                "[demand] crs 写的坐标系“/etc/passwd”不认识。"
                "请写 WGS84、CGCS2000 或 EPSG 代码（如 EPSG:4547）。"
            ),
        ),
        (
            "EPSG:99999",
            (
                "[demand] crs 写的坐标系“EPSG:99999”不存在。"
                "请写 WGS84、CGCS2000 或 EPSG 代码（如 EPSG:4547）。"
            ),
        ),
        (
            "EPSG:5773",
            (
                "[demand] crs 写的坐标系“EPSG:5773”不是平面或经纬度坐标系。"
                "请写 WGS84、CGCS2000 或 EPSG 代码（如 EPSG:4547）。"
            ),
        ),
    ],
)
def test_names_that_mean_no_crs(name, message):
    with pytest.raises(CrsError) as caught:
        named_crs(name, where="[demand] crs")
    assert str(caught.value) == message


def datum(text):
    return named_datum(text, where=WHERE)


def refusal(text):
    with pytest.raises(CrsError) as caught:
        datum(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("WGS84", ["WGS84", "wgs-84", "WGS 1984", "ＷＧＳ８４", "GCS_WGS_1984", "wgs84坐标系"]),
        ("CGCS2000", ["CGCS2000", "cgcs 2000 经纬度", "国家2000", "2000国家大地坐标系", "天地图"]),
        ("GCJ-02", ["GCJ-02", "gcj02", "高德", "高德地图", "腾讯地图", "火星坐标系", "amap"]),
        ("BD-09", ["BD-09", "bd09", "BD09LL", "百度", "百度地图坐标", "baidu"]),
        ("EPSG:4548", ["EPSG:4548", "epsg：4548", "CGCS2000 3度带 117 不加带号"]),
        ("EPSG:4548", ["CGCS2000_3_Degree_GK_CM_117E", "CGCS2000 / 3-degree Gauss-Kruger CM 117E"]),
        ("EPSG:4527", ["EPSG:4527", "CGCS2000 39带 加带号", "CGCS2000 三度带第39带（带带号）"]),
        ("EPSG:4527", ["CGCS2000_3_Degree_GK_Zone_39"]),
        (
            "CGCS2000 39带",
            ["CGCS2000 3度带 117", "CGCS2000 39带", "39带", "CGCS2000 中央经线117度"],
        ),
        ("CGCS2000 20带", ["CGCS2000 6度带 117", "CGCS2000 20带", "CGCS2000 六度带20带"]),
        ("EPSG:4498", ["CGCS2000 20带 加带号", "CGCS2000 / Gauss-Kruger zone 20"]),
        (
            "EPSG:4548 X向北",
            ["EPSG:4548 X向北", "epsg:4548（X为北）", "EPSG:4548 X=N", "EPSG:4548 x坐标朝北"],
        ),
        ("CGCS2000 39带 X向北", ["CGCS2000 39带 X向北", "CGCS2000 3度带 117，X轴指北"]),
        ("WGS84 纬度在前", ["WGS84 纬度在前", "wgs84（纬度在前）"]),
        ("GCJ-02 纬度在前", ["高德 纬度在前"]),
    ],
)
def test_a_datum_has_many_names_and_its_own_is_read_back(name, texts):
    for text in texts:
        assert datum(text).name == name
    assert datum(name) == datum(texts[0])


@pytest.mark.parametrize("number", [*range(25, 46), *range(13, 24)])
def test_every_zone_by_its_number(number):
    meridian = 3 * number if number >= 25 else 6 * number - 3
    told = f"CGCS2000 {number}带"
    plain, with_number = datum(f"{told} 不加带号"), datum(f"{told} 加带号")
    assert plain.crs.name.endswith(f"CM {meridian}E")
    assert with_number.crs.name.endswith(f"zone {number}")
    assert ("3-degree" in plain.crs.name) == ("3-degree" in with_number.crs.name) == (number >= 25)
    assert (datum(told).zone, datum(told).crs) == (number, plain.crs)


def meridian_arc(lat):
    """Metres from the equator along a meridian of CGCS2000's ellipsoid, added up in short steps."""
    flattening = 1 / 298.257222101
    squared = flattening * (2 - flattening)
    middle = (np.arange(200_000) + 0.5) * math.radians(lat) / 200_000
    radius = 6_378_137.0 * (1 - squared) / (1 - squared * np.sin(middle) ** 2) ** 1.5
    return float(radius.mean() * math.radians(lat))


@pytest.mark.parametrize(
    ("zone", "meridian", "plain", "numbered"),
    [(38, 114, 4547, 4526), (39, 117, 4548, 4527), (40, 120, 4549, 4528)],
)
def test_the_three_zones_of_shandong(zone, meridian, plain, numbered):
    """On its meridian every zone has 500 km east and the arc of the meridian north."""
    north = meridian_arc(36.5)
    for name, easting in (
        (f"EPSG:{plain}", 500_000.0),
        (f"EPSG:{numbered}", zone * 1e6 + 500_000.0),
        (f"CGCS2000 {zone}带", 500_000.0),
        (f"CGCS2000 {zone}带", zone * 1e6 + 500_000.0),
    ):
        lon, lat = datum(name).to([easting], [north], crs=WGS84)
        assert lon[0] == pytest.approx(meridian, abs=1e-9)
        assert lat[0] == pytest.approx(36.5, abs=1e-9)
        lon, lat = datum(f"{name} X向北").to([north], [easting], crs=WGS84)
        assert (lon[0], lat[0]) == (pytest.approx(meridian), pytest.approx(36.5))


def test_the_number_of_another_zone_has_no_place():
    east, north = datum("CGCS2000 39带").to([40_500_000.0, 500_000.0], [4e6, 4e6], crs=WGS84)
    assert np.isnan(east[0])
    assert np.isnan(north[0])
    assert east[1] == pytest.approx(117)


@given(lon=st.floats(114, 123), lat=st.floats(34, 39))
def test_shifted_degrees_come_to_where_they_truly_lie(lon, lat):
    for name, shift in (("高德", wgs84_to_gcj02), ("百度", wgs84_to_bd09)):
        east, north = datum(name).to(*shift(lon, lat), crs="EPSG:4548")
        true = datum("WGS84").to(lon, lat, crs="EPSG:4548")
        assert math.hypot(east - true[0], north - true[1]) < 1e-6
        turned = datum(f"{name} 纬度在前").to(*reversed(shift(lon, lat)), crs="EPSG:4548")
        assert (turned[0], turned[1]) == (east, north)


def test_cgcs2000_is_taken_for_wgs84():
    one = datum("CGCS2000").to(117.1, 36.6, crs="EPSG:4548")
    other = datum("WGS84").to(117.1, 36.6, crs="EPSG:4548")
    assert math.hypot(one[0] - other[0], one[1] - other[1]) < 1.0


def test_what_has_no_place_is_nan_and_inputs_stay():
    lon = np.array([117.0, np.nan, np.inf, 500.0, 117.0])
    lat = np.array([36.0, 36.0, 36.0, 36.0, 91.0])
    kept = lon.copy()
    for name in ("WGS84", "GCJ-02", "BD-09", "CGCS2000"):
        east, north = datum(name).to(lon, lat, crs="EPSG:4548")
        assert np.isfinite(east).tolist() == np.isfinite(north).tolist() == [True] + [False] * 4
    np.testing.assert_array_equal(lon, kept)
    assert datum("GCJ-02").to([], [], crs="EPSG:4548")[0].shape == (0,)


def test_shapes_are_unshifted_vertex_by_vertex():
    ring = np.array([[117.0, 36.0], [117.1, 36.0], [117.1, 36.1], [117.0, 36.0]])
    shapes = np.array(
        [shapely.Polygon(np.column_stack(wgs84_to_gcj02(*ring.T))), None], dtype=object
    )
    moved = datum("GCJ-02").shapes_to(shapes, crs=WGS84)
    np.testing.assert_allclose(shapely.get_coordinates(moved[0]), ring, atol=1e-12)
    assert moved[1] is None
    lost = datum("WGS84").shapes_to(np.array([shapely.LineString([(0, 0), (500, 0)])]), crs=WGS84)
    assert not np.isfinite(shapely.bounds(lost)).all()


WHY = (
    "不能直接使用：它换算到 CGCS2000 的参数各地不同且不公开，硬套公开的参数会差几十米甚至上百米。"
    "请由当地测绘（自然资源）部门换算成 CGCS2000 后再导入。"
)


@pytest.mark.parametrize(
    ("title", "texts"),
    [
        (
            "北京54",
            ["北京54", "1954年北京坐标系", "Beijing 1954", "EPSG:4214", "EPSG:21420", "EPSG:2436"],
        ),
        (
            "西安80",
            [
                "西安80",
                "1980西安坐标系",
                "Xi'an 80",
                "Xian_1980",
                "EPSG:4610",
                "EPSG:2384",
                "EPSG:2327",
            ],
        ),
        ("新北京54", ["新北京54", "EPSG:4555", "EPSG:4796"]),
        ("地方独立坐标系", ["济南市独立坐标系", "地方坐标系"]),
    ],
)
def test_datums_with_secret_parameters_are_refused_with_the_reason(title, texts):
    for text in texts:
        assert refusal(text) == f"[demand] crs 写的坐标系“{text}”属于{title}，{WHY}"


def test_all_codes_of_beijing_54_and_xian_80_are_refused():
    for code in (
        *range(2327, 2391),
        *range(2401, 2443),
        *range(21413, 21424),
        *range(21453, 21464),
    ):
        with pytest.raises(CrsError, match="不公开"):
            named_crs(f"EPSG:{code}", where=WHERE)


def test_a_layer_that_declares_one_of_them_is_refused():
    wkt = (
        'GEOGCS["Beijing 1954",DATUM["Beijing_1954",SPHEROID["Krassowsky 1940",6378245,298.3],'
        'TOWGS84[15.8,-154.4,-82.3,0,0,0,0]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925]]'
    )
    subject = "需求点「村.shp」自带的坐标系“Beijing 1954”"
    with pytest.raises(CrsError) as caught:
        declared_datum(pyproj.CRS.from_wkt(wkt), subject=subject)
    assert str(caught.value) == f"{subject}属于北京54，{WHY}"
    assert declared_datum(pyproj.CRS(4490), subject=subject).name == "EPSG:4490"


REMEDY = (
    "请写 WGS84、CGCS2000、GCJ-02（高德、腾讯地图）、BD-09（百度地图）、"
    "CGCS2000 39带 或 EPSG 代码（如 EPSG:4547）。"
)
NO_ZONE = (
    "不是 CGCS2000 的分带：3度带的带号是 25—45，中央经线是 3 的倍数；"
    "6度带的带号是 13—23，中央经线是 75、81 … 135。请写成 CGCS2000 39带 或 CGCS2000 3度带 117。"
)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("WSG84", f"不认识，是否应为“WGS84”。{REMEDY}"),
        ("GCJ03", f"不认识，是否应为“GCJ-02”。{REMEDY}"),
        ("/etc/passwd", f"不认识。{REMEDY}"),
        ("EPSG:99999", f"不存在。{REMEDY}"),
        ("EPSG:5773", f"不是平面或经纬度坐标系。{REMEDY}"),
        ("CGCS2000 46带", NO_ZONE),
        ("CGCS2000 3度带 116", NO_ZONE),
        ("CGCS2000 6度带 114", NO_ZONE),
        ("CGCS2000 6度带 39带", NO_ZONE),
    ],
)
def test_names_that_mean_no_datum(text, rest):
    assert refusal(text) == f"[demand] crs 写的坐标系“{text}”{rest}"


@given(text=st.text(max_size=30))
def test_any_text_is_a_datum_or_gets_one_sentence(text):
    try:
        one = datum(text)
    except CrsError:
        assert refusal(text).startswith("[demand] crs 写的坐标系“")
    else:
        assert datum(one.name) == one
