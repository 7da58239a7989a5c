"""GeoPackage, GeoJSON, file geodatabases, DXF and WKT: what is read, and what is not."""

from __future__ import annotations

import json
import sqlite3
import struct
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geoseries_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, Polygon

from coverage.errors import SourceError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.formats.map_layers import layer_outline, read_layer
from layers.formats.outline import ReadingOptions
from layers.formats.wkt_columns import with_wkt
from layers.tables import SourceTable

import pyogrio  # isort: skip

COLUMNS = {"名称": ["张村", "李村"], "编码": ["0012", "0013"], "床位": [3, 12]}
TEXT = {"名称": ["张村", "李村"], "编码": ["0012", "0013"], "床位": ["3", "12"]}
SHAPES = [Point(117, 36), Polygon([(0, 0), (0, 1), (1, 1), (0, 0)])]


def frame(shapes=SHAPES, crs=4490, columns=COLUMNS):
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def message(path, **kwargs):
    with pytest.raises(SourceError) as caught:
        read_layer(path, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(("suffix", "crs"), [(".gpkg", 4490), (".geojson", 4326), (".gdb", 4549)])
def test_what_goes_out_comes_back(tmp_path, suffix, crs):
    path = tmp_path / f"a{suffix}"
    shapes = [SHAPES[0], Point(1, 2)] if suffix == ".gdb" else SHAPES
    whole = {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}
    options = {"driver": "OpenFileGDB", "layer_options": whole} if suffix == ".gdb" else {}
    pyogrio.write_dataframe(frame(shapes, crs), path, layer="村", **options)
    table = read_layer(path)
    assert table.cells.to_dict("list") == TEXT
    assert_geoseries_equal(table.geometry, gpd.GeoSeries(shapes, crs=crs))
    (part,) = layer_outline(path).parts
    assert part.name == ("" if suffix == ".geojson" else "村")
    assert part.rows == 2
    assert part.columns == ("名称", "编码", "床位")
    assert part.crs == f"EPSG:{crs}"
    assert part.geometry == ("point" if suffix == ".gdb" else "mixed")


def test_layers_of_a_geopackage(tmp_path):
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(frame(), path, layer="村")
    pyogrio.write_dataframe(pd.DataFrame({"代码": ["01"]}), path, layer="字典", append=True)
    parts = layer_outline(path).parts
    assert [(part.name, part.rows, part.geometry) for part in parts] == [
        ("村", 2, "mixed"), ("字典", 1, ""),
    ]  # fmt: skip
    table = read_layer(path, options=ReadingOptions(part="字典"))
    assert table.geometry is None
    assert table.cells.to_dict("list") == {"代码": ["01"]}
    assert message(path) == (
        "「a.gpkg」里有 2 个图层或表：“村”、“字典”。请选定读哪一个（导入时在页面上选或用 --part，project.toml 里写在 part）。"
    )
    assert message(path, options=ReadingOptions(part="村庄")) == (
        "「a.gpkg」里没有“村庄”，最接近的是“村”，有的是：“村”、“字典”。请改正后重试。"
    )


def poke(path, sql, *values):
    with sqlite3.connect(path) as base:
        for (name,) in base.execute(
            "select name from sqlite_master where type='trigger'"
        ).fetchall():
            base.execute(f'drop trigger "{name}"')
        base.execute(sql, values)
    base.close()


def test_measures_heights_empty_and_endless_shapes(tmp_path):
    path = tmp_path / "a.gpkg"
    shapes = [Point(1, 2, 3), Point(), Point(np.nan, 2), LineString([(0, 0), (np.inf, 1)])]
    columns = {"n": ["a", "b", "c", "d"]}
    pyogrio.write_dataframe(frame(shapes, 4547, columns), path, layer="村")
    measured = b"GP\0\1" + struct.pack("<i", 4547) + struct.pack("<BI4d", 1, 3001, 1, 2, 3, 4)
    poke(path, 'update "村" set geom = ? where fid = 1', measured)
    poke(path, "update gpkg_geometry_columns set m = 2, geometry_type_name = 'POINT'")
    table = read_layer(path)
    assert table.remarks == (
        "图形带有高程（Z）、测量值（M），这里只用平面位置，已略去。",
        "有 1 条记录没有图形，首个是第 2 条。",
        "有 2 条记录的坐标不是有限的数，首个是第 3 条。",
        "图形的类型不止一种：点、线。",
    )
    assert len(table) == 4
    assert table.geometry.iloc[0] == Point(1, 2)
    assert not table.geometry.has_z.any()


STRAIGHTENED = "的图形带有圆弧或曲线，已改成由许多短线段组成的折线"


def test_curves_become_lines_of_many_corners(tmp_path):
    path = tmp_path / "a.gpkg"
    one = frame([Polygon([(0, 0), (0, 1), (1, 1)])], 4547, {"n": ["a"]})
    pyogrio.write_dataframe(one, path, layer="村")
    # a polygon whose outline is one circle through (0, 0) and (1, 1)
    curve = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 0, 0)
    poke(path, 'update "村" set geom = ?', b"GP\0\1" + struct.pack("<i", 4547) + curve)
    poke(path, "update gpkg_geometry_columns set geometry_type_name = 'CURVEPOLYGON'")
    table = read_layer(path)
    (shape,) = table.geometry
    assert shape.geom_type == "Polygon"
    assert shape.area == pytest.approx(np.pi / 2, rel=0.01)
    assert table.remarks == (f"有 1 条记录{STRAIGHTENED}，首个是第 1 条。",)


@pytest.mark.parametrize(("driver", "name"), [("GPKG", "a.gpkg"), ("OpenFileGDB", "a.gdb")])
def test_curves_are_counted(tmp_path, driver, name):
    circle = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 0, 0)
    curve = struct.pack("<BII", 1, 10, 1) + circle
    deep = struct.pack("<BII", 1, 1010, 1) + struct.pack(
        "<BII9d", 1, 1008, 3, 0, 0, 5, 1, 1, 5, 0, 0, 5
    )
    plain = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    shapes = np.array([plain, None, curve, plain, deep, plain], dtype=object)
    pyogrio.raw.write(
        tmp_path / name, shapes, [np.array(list("abcdef"), dtype=object)], ["n"],
        layer="v", driver=driver, crs="EPSG:4547", encoding="utf-8",
        geometry_type="Unknown" if driver == "GPKG" else "MultiPolygon Z",
    )  # fmt: skip
    table = read_layer(tmp_path / name)
    assert len(table) == 6
    assert table.remarks[1:] == (
        "有 1 条记录没有图形，首个是第 2 条。",
        f"有 2 条记录{STRAIGHTENED}，首个是第 3 条。",
    )


def test_long_codes_keep_every_digit_beside_empty_cells(tmp_path):
    path = tmp_path / "a.gpkg"
    base = frame([Point(0, 0)] * 3, 4547, {'代"码': [1, 2, 3]})
    pyogrio.write_dataframe(base, path, layer="村")
    poke(path, 'update "村" set "代""码" = ? where fid = 1', 370102199001011235)
    poke(path, 'update "村" set "代""码" = null where fid = 2')
    assert read_layer(path).cells['代"码'].tolist() == ["370102199001011235", "", "3"]


def test_a_crs_that_nobody_knows(tmp_path):
    text = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "北京54"}},
        "features": [{"type": "Feature", "properties": {}, "geometry": None}],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(text, ensure_ascii=False), encoding="utf-8")
    table = read_layer(path)
    assert table.geometry.crs is None
    assert table.unread_crs == "北京54"
    assert layer_outline(path).parts[0].crs == ""


DXF = """  0
SECTION
  2
HEADER
  9
$ACADVER
  1
AC1015
  9
$DWGCODEPAGE
  3
ANSI_936
  0
ENDSEC
  0
SECTION
  2
ENTITIES
  0
TEXT
  8
卫生室
 10
500000.0
 20
4000000.0
 40
2.5
  1
张村卫生室
  0
LINE
  8
道路
 10
0.0
 20
0.0
 11
3.0
 21
4.0
  0
ENDSEC
  0
EOF
"""


def test_dxf_layers_and_texts(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_bytes(DXF.encode("gbk"))
    table = read_layer(path)
    assert table.cells["Layer"].tolist() == ["卫生室", "道路"]
    assert table.cells["Text"].tolist() == ["张村卫生室", ""]
    assert table.geometry.to_list() == [Point(500000, 4000000), LineString([(0, 0), (3, 4)])]
    assert table.geometry.crs is None
    assert table.remarks == (
        "图形的类型不止一种：点、线。",
        "CAD 图形不带坐标系，请写明它的坐标系。",
    )
    (part,) = layer_outline(path).parts
    assert (part.name, part.geometry, part.crs) == ("", "mixed", "")
    path.write_bytes(b"AutoCAD Binary DXF\r\n\x1a\0")
    assert message(path) == (
        "「a.dxf」是二进制的 DXF，读不了。请在 CAD 里另存为 ASCII（文本）DXF 后重试。"
    )


def test_circles_of_a_dxf_are_told(tmp_path):
    path = tmp_path / "a.dxf"
    circle = "  0\nCIRCLE\n100\nAcDbEntity\n  8\n0\n100\nAcDbCircle\n 10\n5\n 20\n5\n 40\n1\nENDSEC"
    last = DXF.rindex("  0\nENDSEC")
    path.write_bytes((DXF[:last] + circle.replace("\nENDSEC", "\n") + DXF[last:]).encode("gbk"))
    table = read_layer(path)
    assert len(table) == 3
    assert f"有 1 条记录{STRAIGHTENED}，首个是第 3 条。" in table.remarks


def test_a_geodatabase_that_is_none(tmp_path):
    path = tmp_path / "a.gdb"
    assert message(path).startswith("找不到数据文件「a.gdb」")
    path.write_bytes(b"x")
    assert message(path) == (
        "「a.gdb」应是一个文件夹（文件地理数据库），现在是一个文件。"
        "请把整个 .gdb 文件夹打成一个 zip 后重试。"
    )
    path.unlink()
    path.mkdir()
    assert message(path) == (
        "文件夹「a.gdb」不是文件地理数据库，或者不完整（缺少 a00000001.gdbtable）。"
        "请把整个 .gdb 文件夹重新拷来。"
    )
    (path / "a00000001.gdbtable").write_bytes(b"junk")
    assert message(path) == (
        "图层文件「a.gdb」读不出来，可能不完整或已损坏。"
        "请在 QGIS 里打开检查，重新导出为 文件地理数据库（.gdb） 后重试。"
    )


VRT = "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{0}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
GDALG = '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {0}"}}'
CONTENTS = {
    "vrt": VRT,
    "gdalg": GDALG,
    "remote": "/vsicurl/http://127.0.0.1:1/a.geojson",
    "remote list": '{{"type": "FeatureCollection", "features": "/vsicurl/http://127.0.0.1:1/a"}}',
    "zip": "/vsizip/{0}",
    "html": "<html><body>{0}</body></html>",
    "jinja": "{{{{ 7 * 7 }}}} {0}",
}
NAMES = {".gpkg": "GeoPackage", ".geojson": "GeoJSON", ".json": "GeoJSON", ".dxf": "DXF"}


CASES = [("a", kind, suffix) for kind in CONTENTS for suffix in NAMES]
CASES += [(name, "vrt", ".geojson") for name in ("<img src=x>", "{{ 7 * 7 }}", "a?b#c", "GPKG:b")]


@pytest.mark.parametrize(("name", "kind", "suffix"), CASES)
def test_disguises_are_one_sentence_at_once(tmp_path, kind, suffix, name):
    secret = tmp_path / "secret.geojson"
    pyogrio.write_dataframe(frame(crs=4326), secret)
    path = tmp_path / f"{name}{suffix}"
    path.write_text(CONTENTS[kind].format(secret), encoding="utf-8")
    begun = time.monotonic()
    said = message(path)
    assert time.monotonic() - begun < 1
    title = NAMES[suffix]
    foreign = (
        f"「{path.name}」的内容不是 {title}，和它的扩展名不符。请在 QGIS 里另存为 {title} 后重试。"
    )
    damaged = (
        f"图层文件「{path.name}」读不出来，可能不完整或已损坏。"
        f"请在 QGIS 里打开检查，重新导出为 {title} 后重试。"
    )
    no_json = kind in {"remote list", "jinja"} and title == "GeoJSON"
    assert said == (damaged if no_json else foreign)


def test_a_name_that_leads_elsewhere(tmp_path, monkeypatch):
    secret = tmp_path / "b.geojson"
    pyogrio.write_dataframe(frame(crs=4326), secret)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a!b.geojson"
    path.write_text("{}", encoding="utf-8")
    assert message(path) == (
        "「a!b.geojson」的文件名或所在文件夹的名称里有“!”，读不了。请改成不带“!”的名称后重试。"
    )


def plain(**columns):
    cells = pd.DataFrame(columns, dtype=str)
    return SourceTable("a.csv", cells, tuple(range(2, len(cells) + 2)), remarks=("已有的话。",))


def test_wkt_in_a_column():
    given_table = plain(n=list("abcd"), shape=["POINT (1 2)", "", " point z(3 4 5) ", "POINT (x)"])
    table = with_wkt(given_table, "shape")
    assert table.geometry.to_list() == [Point(1, 2), None, Point(3, 4), None]
    assert table.geometry.crs is None
    assert table.rows == given_table.rows
    assert list(table.cells.columns) == ["n", "shape"]
    assert table.remarks == (
        "已有的话。",
        "图形从“shape”列的 WKT 读出。",
        "图形带有高程（Z），这里只用平面位置，已略去。",
        "有 1 条记录的图形不成立，按没有图形处理，首个是第 4 条。",
        "有 1 条记录没有图形，首个是第 2 条。",
    )
    assert given_table.geometry is None


def test_wkt_that_names_its_crs_and_columns_that_hold_none():
    table = with_wkt(plain(a=["SRID=4490;POINT(1 2)", "srid = 4490 ; POINT(3 4)"]), "a")
    assert table.geometry.crs.to_epsg() == 4490
    table = with_wkt(plain(a=["SRID=4490;POINT(1 2)", "SRID=4547;POINT(3 4)"]), "a")
    assert table.geometry.crs is None
    with pytest.raises(SourceError) as caught:
        with_wkt(plain(a=["1"], b=["2"]), "c")
    assert str(caught.value) == "表格「a.csv」没有“c”这一列，有的是：“a”、“b”。"
    with pytest.raises(SourceError) as caught:
        with_wkt(plain(a=["/vsicurl/x", ""]), "a")
    assert str(caught.value) == (
        "表格「a.csv」的“a”列里没有 WKT 图形（如 POINT (117.1 36.6)）。请换一列，或改用经纬度列。"
    )


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=9))
def test_wkt_comes_back(corners):
    shapes = [Point(corner) for corner in corners] + [MultiPoint(corners)]
    table = with_wkt(
        plain(a=[shapely.to_wkt(shape, rounding_precision=17) for shape in shapes]), "a"
    )
    assert shapely.equals_exact(table.geometry.to_numpy(), shapes, 1e-9).all()
