"""Rasters of people: clipped by centre, summed to blocks, and no person lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from coverage.errors import DemandError, SourceError
from layers import gdal_settings  # noqa: F401 - must come before rasterio
from layers.coordinates import WGS84, transformer_between
from layers.rasters import demand_from_raster

import geopandas as gpd  # isort: skip
import rasterio  # isort: skip
from rasterio.transform import from_origin  # isort: skip

CRS = "EPSG:4547"


@pytest.fixture
def zones():
    """Two squares of 2 km side by side."""
    west, south = transformer_between(WGS84, CRS).transform(114.9, 37.6)
    squares = [
        shapely.box(west + 2000 * k, south, west + 2000 * (k + 1), south + 2000) for k in (0, 1)
    ]
    return gpd.GeoDataFrame(
        {"zone_name": ["甲镇", "乙镇"], "zone_level": "township"},
        index=["a", "b"], geometry=squares, crs=CRS,
    ).rename_axis("zone_id")  # fmt: skip


def write(path, people, *, crs=CRS, transform, nodata=-99999.0, count=1):
    with rasterio.open(
        path, "w", driver="GTiff", height=people.shape[0], width=people.shape[1], count=count,
        dtype="float32", crs=crs, transform=transform, nodata=nodata,
    ) as raster:  # fmt: skip
        for band in range(1, count + 1):
            raster.write(people.astype("float32"), band)
    return path


@pytest.fixture
def raster(tmp_path, zones):
    """100 m cells, 45 columns and 25 rows: 2 to 3 cells stick out on every side."""
    west, _, _, north = zones.total_bounds
    people = np.random.default_rng(7).integers(0, 9, (25, 45)).astype(float)
    people[3, 4] = -99999.0
    transform = from_origin(west - 230, north + 230, 100, 100)
    return write(tmp_path / "人口.tif", people, transform=transform), people, transform


def by_hand(people, transform, zones):
    """People by zone, cell by cell."""
    sums = dict.fromkeys(zones.index, 0.0)
    for row in range(people.shape[0]):
        for column in range(people.shape[1]):
            x, y = transform @ (column + 0.5, row + 0.5)
            for zone, shape in zones.geometry.items():
                if people[row, column] > 0 and shape.contains(shapely.Point(x, y)):
                    sums[zone] += people[row, column]
    return sums


def test_sums_match_the_raster_cell_by_cell(raster, zones):
    path, people, transform = raster
    demand, notices = demand_from_raster(path, zones=zones)
    assert demand.groupby("zone_id")["population"].sum().to_dict() == by_hand(
        people, transform, zones
    )
    assert demand.index.is_unique
    assert [notice.code for notice in notices] == ["raster_summed"]
    assert f"共 {demand['population'].sum():,.0f} 人" in notices[0].message


def test_blocks_are_as_large_as_asked(raster, zones):
    path, people, transform = raster
    fine, _ = demand_from_raster(path, zones=zones, block_m=100)
    coarse, _ = demand_from_raster(path, zones=zones, block_m=1000)
    assert len(fine) == sum(
        1
        for row in range(25)
        for column in range(45)
        if people[row, column] > 0
        and zones.union_all().contains(
            shapely.Point(transform @ (column + 0.5, row + 0.5))
        )
    )  # fmt: skip
    assert len(coarse) < 30
    assert coarse["population"].sum() == fine["population"].sum()


def test_a_point_stands_in_the_middle_of_its_people(tmp_path, zones):
    west, _, _, north = zones.total_bounds
    people = np.zeros((20, 40))
    people[0, 0], people[0, 4] = 30.0, 10.0
    path = write(tmp_path / "p.tif", people, transform=from_origin(west, north, 100, 100))
    demand, _ = demand_from_raster(path, zones=zones)
    assert len(demand) == 1
    point = demand.geometry.iloc[0]
    assert point.x - west == pytest.approx(50 + 100)
    assert north - point.y == pytest.approx(50)
    assert demand["population"].iloc[0] == 40


def test_a_block_on_a_boundary_is_split(tmp_path, zones):
    west, _, _, north = zones.total_bounds
    people = np.zeros((20, 40))
    people[0, 18], people[0, 21] = 5.0, 7.0
    path = write(tmp_path / "p.tif", people, transform=from_origin(west, north, 100, 100))
    demand, _ = demand_from_raster(path, zones=zones, block_m=2500)
    assert demand["population"].to_dict() == {"cell-0-0": 5.0, "cell-0-0-1": 7.0}
    assert demand["zone_id"].to_list() == ["a", "b"]


def test_degrees_and_mollweide(tmp_path, zones):
    """WorldPop is in degrees, GHS-POP in Mollweide; both count the same people."""
    rng = np.random.default_rng(1)
    for name, crs, size in (("worldpop.tif", WGS84, 1 / 1200), ("ghs.tif", "ESRI:54009", 100.0)):
        bounds = transformer_between(CRS, crs).transform_bounds(*zones.total_bounds)
        origin = bounds[0] - 2 * size, bounds[3] + 2 * size
        people = rng.integers(0, 5, (60, 80)).astype(float)
        transform = from_origin(*origin, size, size)
        path = write(tmp_path / name, people, crs=crs, transform=transform)
        demand, _ = demand_from_raster(path, zones=zones)
        columns, rows = np.meshgrid(np.arange(80) + 0.5, np.arange(60) + 0.5)
        x, y = transformer_between(crs, CRS).transform(*(transform @ (columns, rows)))
        inside = shapely.intersects_xy(zones.union_all(), x, y)
        assert demand["population"].sum() == people[inside].sum()
        assert 20 < len(demand) < 100


@pytest.mark.parametrize(
    ("size", "block", "said"),
    [
        (100, 500, "边长约 500 米"),
        (1000, 500, "边长约 1000 米"),
        (300, 500, "边长约 600 米"),
    ],
)
def test_the_notice_tells_the_real_side(tmp_path, zones, size, block, said):
    west, _, _, north = zones.total_bounds
    path = write(
        tmp_path / "p.tif", np.ones((2, 2)), transform=from_origin(west, north, size, size)
    )
    _, notices = demand_from_raster(path, zones=zones, block_m=block)
    assert f"（{said}）。" in notices[0].message


def test_cells_in_degrees_are_no_squares(tmp_path, zones):
    bounds = transformer_between(CRS, WGS84).transform_bounds(*zones.total_bounds)
    path = write(
        tmp_path / "p.tif", np.ones((3, 3)), crs=WGS84,
        transform=from_origin(bounds[0] - 0.001, bounds[3] + 0.001, 1 / 120, 1 / 120),
    )  # fmt: skip
    _, notices = demand_from_raster(path, zones=zones)
    # 30" of latitude are 927.6 m, of longitude cos(37.6°) = 0.79 of it
    assert "（东西约 735 米、南北约 928 米）" in notices[0].message


def test_endless_cells_are_refused(tmp_path, zones):
    west, _, _, north = zones.total_bounds
    people = np.ones((4, 4))
    people[1, 2] = np.inf
    path = write(tmp_path / "i.tif", people, transform=from_origin(west, north, 100, 100))
    assert refused(path, zones) == (
        "栅格文件「i.tif」有 1 个像元的人口是无穷大（首个为 inf，在第 2 行第 3 列），像是没有声明的无数据值。"
        "请在 QGIS 里给图层设定无数据值（NoData）并重新导出。"
    )


def refused(path, zones, error=SourceError):
    with pytest.raises(error) as caught:
        demand_from_raster(path, zones=zones)
    return str(caught.value)


def test_faults_are_one_sentence_each(tmp_path, zones):
    west, _, _, north = zones.total_bounds
    ones = np.ones((4, 4))
    here = from_origin(west, north, 100, 100)
    write(tmp_path / "b.tif", ones, transform=here, count=2)
    write(tmp_path / "c.tif", ones, transform=here, crs=None)
    write(tmp_path / "d.tif", ones, transform=from_origin(0, 0, 100, 100))
    write(tmp_path / "e.tif", -ones, transform=here, nodata=None)
    write(tmp_path / "f.tif", 0 * ones, transform=here)
    (tmp_path / "g.tif").write_text("<VRTDataset><SRS>/etc/passwd</SRS></VRTDataset>")
    whole = write(tmp_path / "h.tif", np.ones((400, 400)), transform=here).read_bytes()
    (tmp_path / "h.tif").write_bytes(whole[:3000])
    assert refused(tmp_path / "b.tif", zones) == (
        "栅格文件「b.tif」有 2 个波段，分不清哪个是人口。请用只有一个波段的人口栅格（如 WorldPop 或 GHS-POP）。"
    )
    assert "没有说明坐标系" in refused(tmp_path / "c.tif", zones)
    assert "与研究区没有重叠" in refused(tmp_path / "d.tif", zones)
    assert refused(tmp_path / "e.tif", zones) == (
        "栅格文件「e.tif」有 16 个像元的人口是负数（首个为 -1，在第 1 行第 1 列），像是没有声明的无数据值。"
        "请在 QGIS 里给图层设定无数据值（NoData）并重新导出。"
    )
    assert refused(tmp_path / "f.tif", zones, DemandError) == (
        "栅格文件「f.tif」在研究区内没有人口。请检查下载的是不是这个地方的人口栅格。"
    )
    assert "不是 GeoTIFF 栅格" in refused(tmp_path / "g.tif", zones)
    assert "可能不完整或已损坏" in refused(tmp_path / "h.tif", zones)
