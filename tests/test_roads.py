"""Arrays from any source turned into checked, projected, measured roads."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Geod

from coverage.errors import CrsError, RoadError
from coverage.roads import USERS
from layers.roads import assemble_roads, geodesic_length_m

CRS = "EPSG:4526"


def columns(**changed: object) -> dict[str, object]:
    """
    Two streets that meet in node 20, the first with a bend.

    10 --. .-- 20 ----- 30
          v
    """
    table: dict[str, object] = {
        "crs": CRS,
        "node_id": [10, 20, 30],
        "node_lon": [114.90, 114.92, 114.93],
        "node_lat": [37.60, 37.60, 37.60],
        "node_signals": [False, True, False],
        "from_node": [0, 1],
        "to_node": [1, 2],
        "road_class": ["tertiary", "primary"],
        "max_speed_kph": [np.nan, 60],
        "surface": [None, "asphalt"],
        "access": {"foot": [3, 0], "bicycle": [3, 0], "motor": [1, 3]},
        "is_bridge": [False, True],
        "is_tunnel": [False, False],
        "vertex_lon": [114.90, 114.91, 114.92, 114.92, 114.93],
        "vertex_lat": [37.60, 37.59, 37.60, 37.60, 37.60],
        "vertex_start": [0, 3, 5],
    }
    return table | changed


def test_everything_is_kept_in_order():
    roads = assemble_roads(**columns())
    assert (roads.node_count, roads.edge_count) == (3, 2)
    assert roads.node_id.tolist() == [10, 20, 30]
    assert roads.node_signals.tolist() == [False, True, False]
    assert (roads.from_node.tolist(), roads.to_node.tolist()) == ([0, 1], [1, 2])
    assert roads.vertex_start.tolist() == [0, 3, 5]
    assert roads.is_bridge.tolist() == [False, True]
    assert {user: roads.access[user].tolist() for user in USERS} == columns()["access"]


def test_categories_are_sorted_and_missing_text_is_empty():
    roads = assemble_roads(**columns())
    assert roads.road_classes == ("primary", "tertiary")
    assert roads.road_class.tolist() == [1, 0]
    assert roads.surfaces == ("", "asphalt")
    assert roads.surface.tolist() == [0, 1]


def test_projection_and_length():
    roads = assemble_roads(**columns())
    table = columns()
    points = gpd.GeoSeries.from_xy(table["vertex_lon"], table["vertex_lat"], crs=4326).to_crs(CRS)
    assert roads.vertex_x == pytest.approx(points.x.to_numpy(), abs=1e-6)
    assert roads.vertex_y == pytest.approx(points.y.to_numpy(), abs=1e-6)
    geod = Geod(ellps="WGS84")
    expected = [
        geod.line_length([114.90, 114.91, 114.92], [37.60, 37.59, 37.60]),
        geod.line_length([114.92, 114.93], [37.60, 37.60]),
    ]
    assert roads.length_m == pytest.approx(expected, abs=1e-6)


def test_given_lengths_are_kept():
    assert assemble_roads(**columns(length_m=[5, 7.5])).length_m.tolist() == [5.0, 7.5]


def test_arguments_stay_writable_and_unchanged():
    ids = np.array([10, 20, 30])
    assemble_roads(**columns(node_id=ids))
    ids[0] = 11
    assert ids.tolist() == [11, 20, 30]


def test_length_of_lines_without_extent():
    one = np.array([114.9])
    assert geodesic_length_m(one, one / 3, np.array([0, 1])).tolist() == [0.0]
    none = np.zeros(0)
    assert geodesic_length_m(none, none, np.array([0])).tolist() == []


def message_of(error: type[Exception], **changed: object) -> str:
    with pytest.raises(error) as caught:
        assemble_roads(**columns(**changed))
    return str(caught.value)


def test_no_edges():
    assert message_of(RoadError, from_node=[], to_node=[]) == (
        "路网里没有任何路段。请检查道路数据是否覆盖研究区。"
    )


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (500.0, "500")])
def test_node_that_is_nowhere(value, shown):
    assert message_of(RoadError, node_lon=[114.9, value, value]) == (
        f"路网节点有 2 个坐标不是有效的经纬度，第一个是第 2 个（经度 {shown}，纬度 37.6）。"
        "请检查坐标是否缺失、经纬度是否写反、坐标系是否为 WGS84。"
    )


def test_longitude_and_latitude_swapped():
    table = columns()
    message = message_of(RoadError, vertex_lon=table["vertex_lat"], vertex_lat=table["vertex_lon"])
    assert message == (
        "道路线形的折点有 5 个坐标不是有效的经纬度，第一个是第 1 个（经度 37.6，纬度 114.9）。"
        "请检查坐标是否缺失、经纬度是否写反、坐标系是否为 WGS84。"
    )


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_lengths_that_are_none(bad):
    assert message_of(RoadError, length_m=[1.0, bad]) == (
        f"1 条路段的长度为负或不是数字，第一条是第 2 条（{bad:g} 米）。请改正长度一列后重试。"
    )


def test_coordinates_that_the_crs_cannot_hold():
    far = {"node_lon": [-65.0, 114.92, 114.93], "node_lat": [0.0, 37.6, 37.6]}
    assert message_of(RoadError, crs="EPSG:3034", **far | {"node_lat": [-90.0, 37.6, 37.6]}) == (
        "道路有 1 个坐标不能换算到坐标系「EPSG:3034」，第一个是经度 -65、纬度 -90。"
        "请检查道路数据与项目坐标系是否在同一地区。"
    )


def test_crs_that_is_unknown():
    assert message_of(CrsError, crs="EPSG:没有") == (
        "不认识坐标系「EPSG:没有」。请写成 EPSG 代码，例如 EPSG:4547。"
    )


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2263"])
def test_crs_that_is_not_in_metres(crs):
    assert message_of(CrsError, crs=crs) == (
        f"坐标系「{crs}」不是以米为单位的投影坐标系，不能用来量距离。请改用例如 EPSG:4547。"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"node_id": [10, 10, 30]},
        {"node_lat": [37.6, 37.6]},
        {"to_node": [1, 3]},
        {"from_node": [-1, 1]},
        {"surface": ["asphalt"]},
        {"length_m": [1.0]},
        {"vertex_start": [0, 5]},
        {"vertex_start": [0, 4, 5]},
        {"vertex_start": [0, 3, 4]},
        {"vertex_lat": [37.6]},
        {"access": {"foot": [3], "bicycle": [3, 0], "motor": [1, 3]}},
    ],
)
def test_arrays_that_do_not_fit_together_are_a_bug(changed):
    with pytest.raises(ValueError, match=r"values, expected|repeats|positions|vertices"):
        assemble_roads(**columns(**changed))
