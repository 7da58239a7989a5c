"""Map layers: what is read, and what each broken file is told."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from coverage.errors import SourceError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.vectors import read_source
from tests.small_county import feature, square, write_csv, write_geojson

POINT = {"type": "Point", "coordinates": [114.9, 37.6]}


def message(path, **kwargs):
    with pytest.raises(SourceError) as caught:
        read_source(path, **kwargs)
    return str(caught.value)


def test_attributes_become_text_without_a_point_nought(tmp_path):
    path = write_geojson(
        tmp_path / "a.geojson",
        [
            feature(POINT, code=370102, half=0.5, text="0012", flag=True, list=[1, 2], day="2024-05-01"),
            feature(None, code=None, half=None, text=None, flag=None, list=None, day=None),
            feature(square(0, 1), code=370103, half=1.0, text=" x ", flag=False, list=[], day=None),
        ],
    )  # fmt: skip
    table = read_source(path)
    assert table.rows == (1, 2, 3)
    assert table.cells["code"].tolist() == ["370102", "", "370103"]
    assert table.cells["half"].tolist() == ["0.5", "", "1"]
    assert table.cells["text"].tolist() == ["0012", "", " x "]
    assert table.column("text").tolist() == ["0012", "", "x"]
    assert table.cells["list"].tolist() == ["[1, 2]", "", "[]"]
    assert table.cells["day"].tolist() == ["2024-05-01", "", ""]
    assert table.geometry.isna().tolist() == [False, True, False]


def test_geojson_without_crs_is_wgs84(tmp_path):
    table = read_source(write_geojson(tmp_path / "a.json", [feature(POINT)]))
    assert table.geometry.crs.to_epsg() == 4326


def test_geojson_with_byte_order_mark(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", [feature(POINT, 名="村")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_source(path).cells["名"].tolist() == ["村"]


def test_geopackage_keeps_its_crs(tmp_path):
    frame = gpd.GeoDataFrame({"编码": ["001"], "人口": [12]}, geometry=[Point(5, 6)], crs=4547)
    frame.to_file(tmp_path / "a.gpkg")
    table = read_source(tmp_path / "a.gpkg")
    assert table.geometry.crs.to_epsg() == 4547
    assert table.cells.to_dict("list") == {"编码": ["001"], "人口": ["12"]}


def test_open_rings_are_closed(tmp_path):
    ring = [[0, 0], [1, 0], [1, 1]]
    path = write_geojson(
        tmp_path / "a.geojson", [feature({"type": "Polygon", "coordinates": [ring]})]
    )
    assert read_source(path).geometry.iloc[0].area == 0.5


def test_geopackage_with_two_layers_wants_a_name(tmp_path):
    path = tmp_path / "a.gpkg"
    for name in ("村", "镇"):
        gpd.GeoDataFrame({"n": [name]}, geometry=[Point(0, 0)], crs=4547).to_file(path, layer=name)
    assert message(path) == (
        "「a.gpkg」里有 2 个图层或表：“村”、“镇”。请选定读哪一个（导入时在页面上选或用 --part，project.toml 里写在 part）。"
    )
    assert read_source(path, layer="镇").cells["n"].tolist() == ["镇"]
    assert message(path, layer="县") == ("「a.gpkg」里没有“县”，有的是：“村”、“镇”。请改正后重试。")


def test_a_table_without_geometry(tmp_path):
    import pyogrio

    pyogrio.write_dataframe(pd.DataFrame({"a": ["1"]}), tmp_path / "a.gpkg")
    table = read_source(tmp_path / "a.gpkg")
    assert table.geometry is None
    assert table.cells["a"].tolist() == ["1"]


def test_missing_empty_foreign_and_broken_files(tmp_path):
    missing = tmp_path / "no.gpkg"
    assert message(missing) == (
        f"找不到数据文件「no.gpkg」（{missing}）。请检查文件名，以及它相对于 project.toml 的位置。"
    )
    nothing = tmp_path / "nothing.gpkg"
    nothing.write_bytes(b"")
    assert message(nothing) == "图层文件「nothing.gpkg」是空的（0 字节）。请重新导出。"
    foreign = tmp_path / "zones.dwg"
    foreign.write_bytes(b"x")
    assert message(foreign).endswith("以及装有这些文件的 .zip。请在 CAD 里另存为 DXF。")
    cut = write_geojson(tmp_path / "cut.geojson", [feature(POINT)])
    cut.write_bytes(cut.read_bytes()[:-20])
    assert message(cut) == (
        "图层文件「cut.geojson」读不出来，可能不完整或已损坏。"
        "请在 QGIS 里打开检查，重新导出为 GeoJSON 后重试。"
    )
    junk = tmp_path / "junk.gpkg"
    junk.write_bytes(b"SQLite format 3\0junk")
    assert message(junk) == (
        "图层文件「junk.gpkg」读不出来，可能不完整或已损坏。"
        "请在 QGIS 里打开检查，重新导出为 GeoPackage 后重试。"
    )
    plain = tmp_path / "plain.json"
    plain.write_text('{"a": 1}', encoding="utf-8")
    assert message(plain) == (
        "「plain.json」的内容不是 GeoJSON，和它的扩展名不符。请在 QGIS 里另存为 GeoJSON 后重试。"
    )


def test_other_json_dialects_are_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(
        '{"type":"Topology","objects":{"x":{"type":"Point","coordinates":[1,2]}},"arcs":[]}',
        encoding="utf-8",
    )
    assert message(path) == (
        "「a.json」的内容不是 GeoJSON，和它的扩展名不符。请在 QGIS 里另存为 GeoJSON 后重试。"
    )


def test_csv_goes_to_the_table_reader(tmp_path):
    table = read_source(write_csv(tmp_path / "V.CSV", "a", "1"))
    assert table.geometry is None
    assert table.rows == (2,)


def test_a_broken_header_is_one_sentence_and_no_warning(tmp_path, recwarn):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"n": ["1"]}, geometry=[Point(5, 6)], crs=4547).to_file(path)
    content = bytearray(path.read_bytes())
    content[68:72] = b"XXXX"  # the application id that says GeoPackage
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    assert message(path) == (
        "图层文件「a.gpkg」读不出来，可能不完整或已损坏。"
        "请在 QGIS 里打开检查，重新导出为 GeoPackage 后重试。"
    )
    assert not recwarn.list


def test_the_word_crs_among_the_attributes_says_nothing_of_the_crs(tmp_path):
    table = read_source(write_geojson(tmp_path / "a.geojson", [feature(POINT, crs=None)]))
    assert table.geometry.crs.to_epsg() == 4326
    assert table.unread_crs == ""
