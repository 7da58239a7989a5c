"""The CRS of a project, and the names a planner may write for one."""

from __future__ import annotations

import pyproj
import pytest

from coverage.errors import CrsError
from layers.coordinates import named_crs, project_crs


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
