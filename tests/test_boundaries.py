"""Zones: what is read and mended, and which zone a point belongs to."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, box

from coverage.contracts import ZONES, problems
from coverage.errors import BoundaryError, CrsError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.boundaries import (
    boundaries_from_table,
    read_boundaries,
    study_area,
    zone_of,
    zones_without_demand,
)
from layers.vectors import read_source
from tests.small_county import (
    CRS,
    MIDDLE,
    ZONE_COLUMNS,
    feature,
    square,
    write_csv,
    write_geojson,
    write_zones,
)


def failure(path, error=BoundaryError, **kwargs):
    with pytest.raises(error) as caught:
        read_boundaries(path, **kwargs)
    return str(caught.value)


def metric(tmp_path, shapes, **columns):
    path = tmp_path / "zones.gpkg"
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS).to_file(path)
    return path


def test_zones_keep_the_contract_in_the_crs_of_their_centroid(tmp_path):
    path = write_zones(tmp_path / "zones.geojson")
    zones, notices = read_boundaries(path, columns=ZONE_COLUMNS, level="township")
    assert problems(zones, ZONES) == []
    assert zones.index.tolist() == ["01", "02"]
    assert zones["zone_name"].tolist() == ["西镇", "东镇"]
    assert set(zones["zone_level"]) == {"township"}
    assert zones.crs == CRS
    assert notices == ()
    # 0.2 by 0.2 degrees at 37.6 N: 17.66 km by 22.20 km on the ellipsoid
    assert zones.area.to_numpy() / 1e6 == pytest.approx([392.0, 392.0], rel=2e-3)


def test_population_of_zones_is_read_where_it_is_asked_for(tmp_path):
    path = write_zones(tmp_path / "zones.geojson")
    zones, _ = read_boundaries(path, columns=ZONE_COLUMNS | {"population": "人口"})
    assert zones["population"].tolist() == [1200.0, 800.0]


def test_without_columns_codes_are_file_and_row(tmp_path):
    zones, _ = read_boundaries(write_zones(tmp_path / "zones.geojson"))
    assert zones.index.tolist() == ["zones-1", "zones-2"]
    assert zones["zone_name"].tolist() == ["zones-1", "zones-2"]
    assert set(zones["zone_level"]) == {"zone"}


def test_whole_number_codes_have_no_point_nought(tmp_path):
    path = metric(tmp_path, [box(5e5, 4e6, 5.1e5, 4.01e6)], code=[130528.0])
    zones, _ = read_boundaries(path, columns={"id": "code"})
    assert zones.index.tolist() == ["130528"]


def test_a_bow_tie_is_mended_and_told(tmp_path):
    bow_tie = Polygon([(5e5, 4e6), (5.1e5, 4.01e6), (5.1e5, 4e6), (5e5, 4.01e6)])
    zones, notices = read_boundaries(metric(tmp_path, [bow_tie], code=["a"]))
    assert zones.geometry.iloc[0].is_valid
    assert zones.area.iloc[0] == pytest.approx(5e7)  # two triangles of 10 km by 5 km
    assert [notice.message for notice in notices] == [
        (
            "行政单元「zones.gpkg」有 1 个边界自相交或不合规范（首个在第 1 行），"
            "已自动修正。请在 QGIS 里用“修复几何图形”核对。"
        )
    ]


def test_lines_in_a_collection_are_left_off(tmp_path):
    ring = square(114.8, 115.0)
    line = {"type": "LineString", "coordinates": [[114.8, 37.5], [116.0, 37.5]]}
    mixed = {"type": "GeometryCollection", "geometries": [ring, line]}
    path = write_geojson(tmp_path / "z.geojson", [feature(mixed)])
    zones, _ = read_boundaries(path)
    assert zones.geometry.iloc[0].geom_type == "Polygon"
    assert zones.to_crs(4326).total_bounds == pytest.approx([114.8, 37.5, 115.0, 37.7])


def test_overlapping_zones_are_told_and_slivers_are_not(tmp_path):
    boxes = [box(5e5, 4e6, 5.1e5, 4.01e6), box(5.09e5, 4e6, 5.2e5, 4.01e6)]
    _, notices = read_boundaries(metric(tmp_path, boxes, n=["a", "b"]), columns={"name": "n"})
    assert [notice.message for notice in notices] == [
        (
            "1 对行政单元互相重叠（最大的一处是“a”与“b”，10.00 平方公里），"
            "重叠处的需求点归代码在前的单元。请核对边界。"
        )
    ]
    boxes[1] = box(5.1e5 - 0.5, 4e6, 5.2e5, 4.01e6)  # half a metre along 10 km: 5,000 m²
    _, notices = read_boundaries(metric(tmp_path, boxes, n=["a", "b"]))
    assert notices == ()


def test_problems_are_listed_together(tmp_path):
    point = {"type": "Point", "coordinates": [114.9, 37.6]}
    path = write_geojson(
        tmp_path / "z.geojson",
        [
            feature(square(114.8, 115.0), 代码="01", 名称="西镇"),
            feature(point, 代码="01", 名称="东镇"),
            feature(None, 代码="03", 名称=""),
        ],
    )
    assert failure(path, columns=ZONE_COLUMNS) == (
        "行政单元「z.geojson」有 4 处问题："
        "第 2 行「位置」：应为面，而不是点；第 2 行「代码」：代码与第 1 行重复（值：01）；"
        "第 3 行「位置」：没有图形；第 3 行「名称」：不得为空。请改正后重试。"
    )


def test_no_area_at_all(tmp_path):
    flat = Polygon([(5e5, 4e6), (5.1e5, 4e6), (5.2e5, 4e6)])
    assert failure(metric(tmp_path, [flat], n=["a"])) == (
        "行政单元「zones.gpkg」有 1 处问题：第 1 行「位置」：面积为零。请改正后重试。"
    )


def test_empty_layer(tmp_path):
    assert failure(write_geojson(tmp_path / "z.geojson", [])) == (
        "行政单元「z.geojson」没有任何记录。请检查文件是否导出完整。"
    )


def test_no_crs(tmp_path):
    path = tmp_path / "z.gpkg"
    with pytest.warns(UserWarning, match="crs"):
        gpd.GeoDataFrame({"n": ["a"]}, geometry=[box(5e5, 4e6, 5.1e5, 4.01e6)]).to_file(path)
    assert failure(path, CrsError) == (
        "行政单元「z.gpkg」没有说明坐标系，无法确定位置。请在 QGIS 里给图层指定坐标系，"
        '或在 project.toml 的 [boundaries] 写明，如 crs = "WGS84" 或 crs = "EPSG:4547"。'
    )
    zones, _ = read_boundaries(path, source_crs=CRS)
    assert zones.total_bounds == pytest.approx([5e5, 4e6, 5.1e5, 4.01e6])


def test_exchanged_and_projected_coordinates_called_degrees(tmp_path):
    ring = [[y, x] for x, y in square(114.8, 115.0)["coordinates"][0]]
    path = write_geojson(
        tmp_path / "z.geojson", [feature({"type": "Polygon", "coordinates": [ring]})]
    )
    assert failure(path) == (
        "行政单元「z.geojson」有 1 处问题：第 1 行「位置」：纬度应在 -90 到 90 之间"
        "（经度与纬度互换了，或坐标系写错了）（值：115）。请改正后重试。"
    )


def test_a_table_is_no_boundary(tmp_path):
    import pandas as pd
    import pyogrio

    pyogrio.write_dataframe(pd.DataFrame({"a": ["1"]}), tmp_path / "a.gpkg")
    assert failure(tmp_path / "a.gpkg") == (
        "行政单元「a.gpkg」没有图形，不能当作边界。请改用带多边形的图层，"
        "或在 project.toml [boundaries] 的 columns 里用 geometry 写明哪一列是多边形（WKT）。"
    )
    path = write_csv(tmp_path / "z.csv", "a", "1")
    assert failure(path).startswith("行政单元「z.csv」没有图形，不能当作边界。请改用")


WKT_COLUMNS = {"id": "代码", "name": "名称", "geometry": "边界"}


def wkt_table(path, *shapes):
    rows = [f'{at:02},镇{at},"{shape}"' for at, shape in enumerate(shapes, start=1)]
    return write_csv(path, "代码,名称,边界", *rows)


def test_a_table_with_polygons_as_text_gives_the_same_zones_as_the_layer(tmp_path):
    layer, _ = read_boundaries(write_zones(tmp_path / "zones.geojson"), columns=ZONE_COLUMNS)
    path = wkt_table(
        tmp_path / "z.csv", box(114.8, 37.5, 115.0, 37.7).wkt, box(115.0, 37.5, 115.2, 37.7).wkt
    )
    zones, notices = read_boundaries(path, columns=WKT_COLUMNS)
    assert problems(zones, ZONES) == []
    assert zones.crs == layer.crs
    assert zones.index.tolist() == layer.index.tolist()
    assert zones.area.to_numpy() == pytest.approx(layer.area.to_numpy())
    assert [notice.message for notice in notices] == [
        (
            "行政单元「z.csv」没有写明坐标系，经纬度按 WGS84 读取。"
            '请核实，并在 project.toml 的 [boundaries] 写 crs = "WGS84"。'
        )
    ]


def test_polygons_as_text_in_a_named_crs(tmp_path):
    path = wkt_table(tmp_path / "z.csv", box(5e5, 4e6, 5.1e5, 4.01e6).wkt)
    zones, notices = read_boundaries(path, columns=WKT_COLUMNS, source_crs=CRS)
    assert zones.total_bounds == pytest.approx([5e5, 4e6, 5.1e5, 4.01e6])
    assert notices == ()


def test_a_long_outline_as_text_is_read_whole(tmp_path):
    circle = Point(5e5, 4e6).buffer(10_000, quad_segs=5_000)
    assert len(circle.wkt) > 131_072  # where Python's csv module stops by itself
    path = wkt_table(tmp_path / "z.csv", circle.wkt)
    zones, _ = read_boundaries(path, columns=WKT_COLUMNS, source_crs=CRS)
    assert zones.area.iloc[0] == pytest.approx(np.pi * 1e8, rel=1e-6)


def test_every_text_that_is_no_polygon_is_listed(tmp_path):
    path = wkt_table(tmp_path / "z.csv", "{{ 7*7 }}", "", "POINT (114.9 37.6)", "POLYGON EMPTY")
    assert failure(path, columns=WKT_COLUMNS) == (
        "行政单元「z.csv」有 4 处问题：第 2 行「边界」：不是 WKT 写法的图形（值：{{ 7*7 }}）；"
        "第 3 行「位置」：没有图形；第 4 行「位置」：应为面，而不是点；第 5 行「位置」：没有图形。"
        "请改正后重试。"
    )
    path = wkt_table(tmp_path / "z.csv", box(37.5, 114.8, 37.7, 115.0).wkt)
    assert "纬度应在 -90 到 90 之间" in failure(path, columns=WKT_COLUMNS)
    assert failure(path, columns={"geometry": "WKT"}).startswith(
        "行政单元「z.csv」没有 “WKT” 这一列，文件里的列是：“代码”、“名称”、“边界”。"
    )


def declared(path, crs):
    collection = json.loads(write_zones(path).read_text(encoding="utf-8"))
    path.write_text(json.dumps({**collection, "crs": crs}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("crs", "shown"),
    [
        (None, "null"),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::99999"}},
         "urn:ogc:def:crs:EPSG::99999"),
        ({"type": "name", "properties": {"name": "北京54"}}, "北京54"),
        ({"type": "link", "properties": {"href": "x"}},
         '{"type": "link", "properties": {"href": "x"}}'),
    ],
)  # fmt: skip
def test_a_layer_whose_crs_nobody_knows_is_not_taken_for_wgs84(tmp_path, crs, shown):
    path = declared(tmp_path / "z.geojson", crs)
    assert failure(path, CrsError, columns=ZONE_COLUMNS) == (
        f"行政单元「z.geojson」写的坐标系“{shown}”不认识，无法确定位置。请在 QGIS 里给图层指定坐标系，"
        '或在 project.toml 的 [boundaries] 写明，如 crs = "WGS84" 或 crs = "EPSG:4547"。'
    )
    zones, _ = read_boundaries(path, columns=ZONE_COLUMNS, source_crs="WGS84")
    assert zones.crs == CRS


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"])
def test_a_layer_that_says_wgs84_in_any_spelling(tmp_path, name):
    path = declared(tmp_path / "z.geojson", {"type": "name", "properties": {"name": name}})
    zones, notices = read_boundaries(path, columns=ZONE_COLUMNS)
    assert (zones.crs, notices) == (CRS, ())


def test_more_people_in_a_zone_than_on_earth(tmp_path):
    path = write_geojson(tmp_path / "z.geojson", [feature(square(114.8, 115.0), 人口=1e308)])
    text = failure(path, columns={"population": "人口"})
    assert text.startswith(
        "行政单元「z.geojson」有 1 处问题：第 1 行「人口」：不得大于 10000000000（"
    )


def test_missing_column(tmp_path):
    path = write_zones(tmp_path / "zones.geojson")
    assert failure(path, columns={"id": "adcode"}) == (
        "行政单元「zones.geojson」没有 “adcode” 这一列，文件里的列是：“代码”、“名称”、“人口”。"
        "请改正 project.toml [boundaries] 的 columns。"
    )


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
def test_a_point_on_a_border_goes_to_the_first_zone_by_code(order):
    boxes = np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), box(0.5, 0, 1.5, 1)], dtype=object)
    zones = gpd.GeoDataFrame({"zone_id": ["b", "a", "c"]}, geometry=boxes, crs=CRS)
    zones = zones.iloc[order].set_index("zone_id")
    points = shapely.points([0.2, 1.0, 1.4, 5.0, 0.7], [0.5, 0.5, 0.5, 0.5, 0.0])
    assert zone_of(points, zones).astype(object).where(lambda s: s.notna(), None).tolist() == [
        "b", "a", "a", None, "b",
    ]  # fmt: skip


def test_study_area_is_the_union(tmp_path):
    zones, _ = read_boundaries(write_zones(tmp_path / "zones.geojson"), columns=ZONE_COLUMNS)
    area = study_area(zones)
    assert area.area == pytest.approx(zones.area.sum())
    assert not isinstance(area, MultiPolygon)
    border = gpd.GeoSeries([Point(MIDDLE, 37.6)], crs=4326).to_crs(CRS).iloc[0]
    assert area.contains(border)


def test_zones_without_demand(tmp_path):
    zones, _ = read_boundaries(write_zones(tmp_path / "zones.geojson"), columns=ZONE_COLUMNS)
    demand = gpd.GeoDataFrame({"zone_id": ["01", None]}, geometry=[Point(0, 0)] * 2, crs=CRS)
    assert [notice.message for notice in zones_without_demand(zones, demand)] == [
        (
            "1 个行政单元里没有任何需求点（东镇），它们的覆盖率算不出来。"
            "请检查需求点名录是否齐全、坐标是否正确。"
        )
    ]
    demand["zone_id"] = ["01", "02"]
    assert zones_without_demand(zones, demand) == ()


def test_real_counties(shared_data):
    columns = {"id": "district_adcode", "name": "district_name"}
    path = shared_data / "boundaries" / "shandong_counties.geojson"
    zones, notices = read_boundaries(path, columns=columns, level="county")
    assert len(zones) == 136
    assert zones.crs == "EPSG:4548"
    assert notices == ()
    assert zones.index[0] == "370102"
    assert zones.area.sum() / 1e6 == pytest.approx(157_900, rel=0.02)  # km² of Shandong


def test_line_is_no_zone(tmp_path):
    path = metric(tmp_path, [LineString([(5e5, 4e6), (5.1e5, 4e6)])], n=["a"])
    assert "应为面，而不是线" in failure(path)


def test_people_of_zones_with_a_unit(tmp_path):
    features = [feature(square(114.8, 115.0), **{"人口（万人）": "1.2"}),
                feature(square(115.0, 115.2), **{"人口（万人）": "800人"})]  # fmt: skip
    path = write_geojson(tmp_path / "z.geojson", features)
    reading = boundaries_from_table(read_source(path), columns={"population": "人口（万人）"})
    assert reading.zones["population"].tolist() == [12_000.0, 800.0]
    assert [notice.message for notice in reading.notices] == [
        "行政单元「z.geojson」的“人口（万人）”列以“万人”为单位，已换算成人。请核对单位。"
    ]
    assert [(one.row, one.check, one.done) for one in reading.findings] == [
        (2, "unit_converted", "changed")
    ]
    assert reading.table.rows == (1, 2)


def test_the_shapes_as_drawn_are_handed_over(tmp_path):
    bow_tie = Polygon([(5e5, 4e6), (5.1e5, 4.01e6), (5.1e5, 4e6), (5e5, 4.01e6)])
    reading = boundaries_from_table(read_source(metric(tmp_path, [bow_tie], code=["a"])))
    assert reading.drawn.tolist() == [bow_tie]
    assert reading.zones.geometry.iloc[0].is_valid


def test_text_that_declares_its_crs(tmp_path):
    shape = box(5e5, 4e6, 5.1e5, 4.01e6).wkt
    path = wkt_table(tmp_path / "z.csv", f"SRID=4547;{shape}")
    zones, notices = read_boundaries(path, columns=WKT_COLUMNS)
    assert zones.total_bounds == pytest.approx([5e5, 4e6, 5.1e5, 4.01e6])
    assert notices == ()


def with_datums(tmp_path, *datums, header="坐标系"):
    path = tmp_path / "zones.geojson"
    parts = [
        feature(square(117.0 + 0.1 * at, 117.1 + 0.1 * at), 代码=f"0{at}", **{header: one})
        for at, one in enumerate(datums)
    ]
    write_geojson(path, parts)
    return path


@pytest.mark.parametrize("header", ["坐标系", "坐标类型"])
def test_a_column_that_says_another_shift_than_the_layer_is_no_matter_of_silence(tmp_path, header):
    path = with_datums(tmp_path, "", "火星坐标", header=header)
    said = failure(path, error=CrsError)
    assert said == (
        f"“{header}”列写着 GCJ-02（首个在第 2 行），「zones.geojson」却是按 EPSG:4326 读取的，"
        "两者相差几百米。如果确是 GCJ-02，请声明坐标系为 GCJ-02；如果这一列写错了，请先改正它。"
    )
    assert len(read_boundaries(path, source_crs="GCJ-02")[0]) == 2


def test_a_column_that_says_the_same_shift_or_nothing_known_changes_nothing(tmp_path):
    path = with_datums(tmp_path, "CGCS2000", "2000国家大地坐标系", "不详", "")
    zones, notices = read_boundaries(path)
    assert len(zones) == 4
    assert notices == ()


def test_rows_of_two_datums_are_refused_whatever_is_declared(tmp_path):
    path = with_datums(tmp_path, "WGS84", "BD-09")
    assert "第 2 行" in failure(path, error=CrsError)
    assert "“坐标系”列写着 WGS84（首个在第 1 行）" in failure(
        path, error=CrsError, source_crs="BD-09"
    )
