"""Attacks through the door: one sentence each, at once, from a reading process that stays alive."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import sys
import threading
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.errors import SourceError
from layers import sources
from layers.formats.outline import ReadingOptions
from layers.formats.wkt_columns import with_wkt
from layers.sources import outline, read_file, read_raster_cells, read_table
from layers.tables import SourceTable

import pyogrio  # isort: skip
import rasterio  # isort: skip

BOUNDS = (116.9, 35.9, 117.2, 36.2)
PLACE = "<Placemark><name>a</name><Point><coordinates>117,36</coordinates></Point></Placemark>"
GEOJSON = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1},
           "geometry": {"type": "Point", "coordinates": [117, 36]}}]}  # fmt: skip
UNREAD = "图层文件「{}」读不出来，可能不完整或已损坏。请在 QGIS 里打开检查，重新导出为 {} 后重试。"


def processor_seconds(process: int) -> float:
    """Processor time of a process so far; 0 where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return 0.0
    words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module", autouse=True)
def started():
    """The reading process, new and started before anything is measured, and kept to the end."""
    sources._reader.close()
    sources._reader._start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "RETIRE_BYTES", float("inf"))
        yield


def refused(ask, *arguments, **options):
    """What is said, once it is known to be said at once, by a process that lives on."""
    sources._reader._start()
    process = sources._reader._process
    before = processor_seconds(process.pid)
    with pytest.raises(SourceError) as caught:
        ask(*arguments, **options)
    assert sources._reader._process is process
    assert process.poll() is None
    assert processor_seconds(process.pid) - before < 1
    said = str(caught.value)
    assert len(said) < 2000
    assert said.endswith("。")
    return said


def both(path):
    (said,) = {refused(ask, path) for ask in (outline, read_file)}
    return said


def kml(path, inside):
    path.write_text(f"<kml><Document>{inside}</Document></kml>", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    path = tmp_path_factory.mktemp("gpkg") / "村.gpkg"
    frame = gpd.GeoDataFrame({"名称": ["张村"]}, geometry=[shapely.Point(117, 36)], crs=4326)
    pyogrio.write_dataframe(frame, path, layer="村")
    return path


def with_sql(village, path, *statements):
    shutil.copyfile(village, path)
    database = sqlite3.connect(path)
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()
    return path


def registered(name, kind="attributes"):
    return (
        "INSERT INTO gpkg_contents(table_name, data_type, identifier, srs_id) "
        f"VALUES('{name}', '{kind}', '{name}', 0)"
    )


@pytest.fixture
def host():
    """An address of this computer, and who called there."""
    calls = []
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(5)

    def listen():
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            calls.append(caller.recv(100))
            caller.close()

    threading.Thread(target=listen, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/x", calls
    server.close()


@pytest.mark.parametrize("kind", ["link", "url"])
def test_a_crs_that_is_an_address_is_not_called(tmp_path, host, kind, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    sources._reader.close()
    address, calls = host
    crs = {"type": kind, "properties": {"href": address, "url": address, "type": "proj4"}}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({**GEOJSON, "crs": crs}), encoding="utf-8")
    (part,) = outline(path).parts
    assert part.crs == ""
    assert json.loads(read_file(path).unread_crs) == crs
    time.sleep(0.1)
    assert calls == []
    sources._reader.close()


def test_a_crs_that_names_a_file_of_shifts_is_not_known(tmp_path):
    frame = gpd.GeoDataFrame({"a": ["1"]}, geometry=[shapely.Point(117, 36)], crs=4326)
    frame.to_file(tmp_path / "a.shp")
    wkt = (
        'GEOGCS["x",DATUM["y",SPHEROID["z",6378137,298.257223563]],PRIMEM["Greenwich",0],'
        'UNIT["degree",0.0174532925199433],'
        'EXTENSION["PROJ4","+proj=longlat +ellps=bessel +nadgrids=/dev/zero +no_defs"]]'
    )
    (tmp_path / "a.prj").write_text(wkt, encoding="ascii")
    table = read_file(tmp_path / "a.shp")
    assert table.geometry.crs is None
    assert table.unread_crs == wkt


@pytest.mark.parametrize("type_", [[1], {"a": 1}, None])
def test_a_geojson_whose_type_is_none(tmp_path, type_):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": type_}), encoding="utf-8")
    assert both(path) == (
        "「a.geojson」的内容不是 GeoJSON，和它的扩展名不符。请在 QGIS 里另存为 GeoJSON 后重试。"
    )


@pytest.mark.parametrize(
    "inside",
    [
        "[" * 1_000_000 + "]" * 1_000_000,
        '[{"type":"Feature","geometry":null,"properties":{"a":' + "[" * 1_000_000,
        '[{"type":"Feature","geometry":{"type":"Point","coordinates":[1e400,NaN]}}]',
    ],
    ids=["nested", "nested attribute", "numbers"],
)
def test_a_geojson_without_end(tmp_path, inside):
    path = tmp_path / "a.geojson"
    path.write_text('{"type":"FeatureCollection","features":' + inside + "}", encoding="ascii")
    assert both(path) == UNREAD.format("a.geojson", "GeoJSON")


VIEWS = {
    "endless": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
               "SELECT 1 AS fid, count(*) AS b FROM c",
    "large": "SELECT 1 AS fid, zeroblob(900000000) AS b",
    "another file": "SELECT 1 AS fid, gdal_get_pixel_value('a.tif', 1, 'pixel', 0, 0) AS b",
    "another host": "SELECT 1 AS fid, ogr_geocode('x') AS b",
    "itself": "SELECT * FROM v",
}  # fmt: skip


@pytest.mark.parametrize("kind", VIEWS)
def test_views_that_are_programs(village, tmp_path, kind):
    statements = (f"CREATE VIEW v AS {VIEWS[kind]}", registered("v"))
    assert both(with_sql(village, tmp_path / "a.gpkg", *statements)) == (
        "「a.gpkg」里的视图“v”要运行一段程序才有内容，读不出来或用时太长，没有打开。"
        "请在 QGIS 里把它另存为图层，并从文件里删去视图。"
    )


def test_an_honest_view_is_a_layer(village, tmp_path):
    statements = ("CREATE VIEW v AS SELECT fid, 名称 FROM 村", registered("v"))
    path = with_sql(village, tmp_path / "a.gpkg", *statements)
    assert [part.name for part in outline(path).parts] == ["村", "v"]
    assert read_file(path, options=ReadingOptions(part="v")).cells["名称"].tolist() == ["张村"]


def test_a_trigger_is_not_run_and_nothing_is_written_beside(village, tmp_path):
    statement = "CREATE TRIGGER t AFTER UPDATE ON 村 BEGIN DELETE FROM 村; END"
    path = with_sql(village, tmp_path / "a.gpkg", statement)
    before = path.read_bytes()
    assert len(read_file(path)) == 1
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_very_many_layers(village, tmp_path):
    path = with_sql(village, tmp_path / "a.gpkg", *(registered(f"t{n}") for n in range(3000)))
    assert both(path) == (
        "「a.gpkg」里有 3,001 个图层，超过 400 个的上限，没有打开。"
        "请在 QGIS 里把要用的图层另存为一个文件。"
    )


def test_a_virtual_table_of_another_file(village, tmp_path):
    table = "CREATE VIRTUAL TABLE w USING VirtualOGR(''/etc/passwd'')"
    path = with_sql(
        village, tmp_path / "a.gpkg", "PRAGMA writable_schema=1",
        f"INSERT INTO sqlite_master(type, name, tbl_name, rootpage, sql) "
        f"VALUES('table', 'w', 'w', 0, '{table}')", registered("w"),
    )  # fmt: skip
    said = refused(read_file, path, options=ReadingOptions(part="w"))
    assert said == UNREAD.format("a.gpkg", "GeoPackage")


def test_a_database_that_is_none(tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert both(path) == UNREAD.format("a.gpkg", "GeoPackage")


def dxf(path, blocks, inserted):
    """A drawing of blocks, each with so many of the next."""
    body = "  0\nSECTION\n  2\nBLOCKS\n"
    for name, inside in blocks.items():
        inserts = "".join(f"  0\nINSERT\n  8\n0\n  2\n{one}\n" for one in inside)
        body += f"  0\nBLOCK\n  2\n{name}\n{inserts}  0\nENDBLK\n"
    body += f"  0\nENDSEC\n  0\nSECTION\n  2\nENTITIES\n  0\nINSERT\n  2\n{inserted}\n"
    path.write_text(body + "  0\nENDSEC\n  0\nEOF\n", encoding="ascii")
    return path


def test_blocks_of_blocks(tmp_path):
    blocks = {f"B{n}": [f"b{n + 1}"] * 10 for n in range(12)}
    assert both(dxf(tmp_path / "a.dxf", blocks, "b0")) == (
        "「a.dxf」里的图块层层嵌套，展开后超过 2,000,000 个图形的上限，没有打开。"
        "请只导出要用的图层。"
    )
    grid = "b0\n 70\n32767\n 71\n32767"
    assert "展开后超过" in both(dxf(tmp_path / "b.dxf", {"b0": []}, grid))


def test_blocks_in_a_circle(tmp_path):
    blocks = {"b0": ["b1", "b2"], "b1": ["b2", "b0"], "b2": []}
    assert both(dxf(tmp_path / "a.dxf", blocks, "b1")) == (
        "「a.dxf」里的图块互相嵌套成环，没有打开。请在 CAD 里分解图块后另存为 DXF。"
    )


def test_an_attribute_repeated_a_hundred_thousand_times(tmp_path):
    data = "<Data name='a'><value>1</value></Data>" * 100_000
    path = kml(tmp_path / "a.kml", f"<Placemark>{data}</Placemark>")
    assert both(path) == "表格「a.kml」超过 1,000 列的上限，没有读入。请删去不用的列。"


def test_a_tag_without_end(tmp_path):
    path = kml(tmp_path / "a.kml", f"<Folder a='{'x' * 20_000_000}'>{PLACE}</Folder>")
    assert both(path) == (
        "图层文件「a.kml」读不出来，可能不完整或已损坏。"
        "请在奥维或 QGIS 里打开检查，重新导出为 KML 后重试。"
    )


def test_elements_without_a_place(tmp_path, monkeypatch):
    from layers.formats import kml as reader

    monkeypatch.setattr(reader, "_MOST_IDLE", 1000)
    path = kml(tmp_path / "a.kml", "<a/>" * 1001 + PLACE)
    with pytest.raises(SourceError, match="读不出来，可能不完整或已损坏"):
        reader.kml_outline(path)
    path = kml(tmp_path / "a.kml", ("<a/>" * 900 + PLACE) * 3)
    assert reader.kml_outline(path).parts[0].rows == 3


def test_a_ring_through_what_is_no_number(tmp_path):
    ring = "<LinearRing><coordinates>nan,nan 1,1 2,2 nan,nan</coordinates></LinearRing>"
    path = kml(
        tmp_path / "a.kml",
        f"<Placemark><Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon></Placemark>",
    )
    assert read_file(path).remarks == ("有 1 条记录的图形不成立，按没有图形处理，首个是第 1 条。",)


def test_names_without_end_and_unprintable(tmp_path):
    long = f"<Folder><name>{'名' * 1_000_000}</name>{PLACE}</Folder>"
    odd = f"<Folder><name>{{{{7*7}}}}\u202e&lt;b&gt;&#10;x</name>{PLACE}</Folder>"
    said = refused(read_file, kml(tmp_path / "a.kml", long + odd))
    assert said == (
        f"「a.kml」里有 2 个图层或表：“{'名' * 59}…”、“{{{{7*7}}}}?<b>?x”。"
        "请选定读哪一个（导入时在页面上选或用 --part，project.toml 里写在 part）。"
    )
    said = refused(read_file, tmp_path / "a.kml", options=ReadingOptions(part="x" * 100_000))
    assert said.startswith(f"「a.kml」里没有“{'x' * 59}…”，有的是：")


def tif(path, **changed):
    profile = {
        "driver": "GTiff", "width": 3, "height": 3, "count": 1, "dtype": "float32",
        "crs": "EPSG:4326", "transform": rasterio.Affine(0.01, 0, 117, 0, -0.01, 36.1),
    }  # fmt: skip
    with rasterio.open(path, "w", **{**profile, **changed}) as raster:
        raster.write(np.ones((1, 3, 3), "float32"))
    return path


@pytest.mark.parametrize("width", [10**9, 2**31 - 1, 2**32 - 1])
def test_a_raster_of_any_size(tmp_path, width):
    path = tif(tmp_path / "a.tif")
    content = bytearray(path.read_bytes())
    directory = int.from_bytes(content[4:8], "little")
    for place in range(directory + 2, directory + 2 + 12 * content[directory], 12):
        if int.from_bytes(content[place : place + 2], "little") in {256, 257}:
            content[place + 2 : place + 4] = (4).to_bytes(2, "little")
            content[place + 8 : place + 12] = width.to_bytes(4, "little")
    path.write_bytes(content)
    assert refused(read_raster_cells, path, bounds=BOUNDS) == (
        "栅格文件「a.tif」读不出来，可能不完整或已损坏。请重新下载后重试。"
    )


@pytest.mark.parametrize("size", [(np.nan, -0.01), (0.01, 0.0), (np.inf, -0.01)])
def test_a_raster_that_lies_nowhere(tmp_path, size):
    path = tif(tmp_path / "a.tif", transform=rasterio.Affine(size[0], 0, 117, 0, size[1], 36.1))
    assert refused(read_raster_cells, path, bounds=BOUNDS) == (
        "栅格文件「a.tif」的像元大小或位置不是有限的数，可能已损坏。请重新下载后重试。"
    )


def test_a_raster_of_no_place_on_earth(tmp_path):
    path = tif(tmp_path / "a.tif", crs=rasterio.crs.CRS.from_wkt('LOCAL_CS["x",UNIT["m",1]]'))
    assert refused(read_raster_cells, path, bounds=BOUNDS) == (
        "栅格文件「a.tif」的坐标系既不是经纬度也不是投影坐标，无法确定位置。请在 QGIS 里重投影后重试。"
    )


def test_shapes_as_text_nested_without_end():
    # read in the program itself: without the limit it would end here
    deep = "GEOMETRYCOLLECTION(" * 100_000 + "POINT(1 1)" + ")" * 100_000
    cells = pd.DataFrame({"wkt": ["POINT (117 36)", deep, "GEOMETRYCOLLECTION(" * 1_000_000]})
    table = with_wkt(SourceTable("a.csv", cells, (2, 3, 4)), "wkt")
    assert table.geometry.isna().tolist() == [False, True, True]
    assert "有 2 条记录的图形不成立，按没有图形处理，首个是第 2 条。" in table.remarks


def test_a_hundred_thousand_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"c{n}" for n in range(100_000)), encoding="ascii")
    assert both(path) == "表格「a.csv」超过 1,000 列的上限，没有读入。请删去不用的列。"


def test_two_million_rows_of_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("编码,名称\n" + "0012,张村\n" * 2_000_000, encoding="utf-8")
    said = "表格「a.csv」超过 500,000 行的上限，没有读入。请分成几个文件。"
    assert both(path) == refused(read_table, path) == said


def test_a_small_text_that_fills_the_memory_is_read_elsewhere(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        ",".join(f"c{n}" for n in range(1000)) + "\n" + "1\n" * 20_001, encoding="utf-8"
    )
    said = "表格「a.csv」超过 20,000,000 个单元格的上限，没有读入。请分成几个文件。"
    assert both(path) == refused(read_table, path) == said


def workbook(path, *, rows=3, merged="", sheets=1):
    excel = pd.DataFrame({"名称": [f"村{n}" for n in range(rows)], "类": "甲"})
    with pd.ExcelWriter(path, engine="xlsxwriter") as writer:
        for place in range(sheets):
            excel.head(rows if not place else 1).to_excel(writer, sheet_name=f"s{place}")
    if merged:
        with zipfile.ZipFile(path) as archive:
            parts = {one.filename: archive.read(one) for one in archive.infolist()}
        name = "xl/worksheets/sheet1.xml"
        cells = f"</sheetData><mergeCells>{merged}</mergeCells>".encode()
        parts[name] = parts[name].replace(b"</sheetData>", cells)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
    return path


def test_merged_cells_upon_merged_cells(tmp_path):
    path = workbook(tmp_path / "a.xlsx", rows=2000, merged='<mergeCell ref="B2:C2001"/>' * 20_000)
    assert both(path) == (
        "表格「a.xlsx」里合并的单元格互相重叠，可能已损坏。请在 Excel 或 WPS 里取消合并后另存再试。"
    )


def test_very_many_sheets(tmp_path):
    assert both(workbook(tmp_path / "a.xlsx", sheets=401)) == (
        "工作簿「a.xlsx」有 401 个工作表，超过 400 个的上限，没有打开。请只留下要用的工作表。"
    )


@pytest.mark.parametrize("asked", ["zip", "undefined", "a\0b", "hex"])
def test_an_encoding_that_is_none(tmp_path, asked):
    frame = gpd.GeoDataFrame({"a": ["张"]}, geometry=[shapely.Point(117, 36)], crs=4326)
    frame.to_file(tmp_path / "a.shp", encoding="gbk")
    said = refused(read_file, tmp_path / "a.shp", options=ReadingOptions(encoding=asked))
    assert said == f"不认识编码“{asked}”。请写 utf-8 或 gb18030。"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")
@pytest.mark.parametrize("name", ["a.csv", "a.tif", "a.gpkg", "a.zip"])
def test_pipes_devices_and_circles_are_no_files(tmp_path, name):
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / name)
    (tmp_path / "device").mkdir()
    (tmp_path / "device" / name).symlink_to("/dev/zero")
    (tmp_path / "circle").mkdir()
    (tmp_path / "circle" / name).symlink_to(name)
    for kind in ("pipe", "device", "circle"):
        path = tmp_path / kind / name
        assert both(path) == (
            f"找不到数据文件「{name}」（{path}）。请检查文件名，以及它相对于 project.toml 的位置。"
        )


def test_a_file_that_grows_while_it_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("编码,名称\n1,张村\n", encoding="utf-8")
    going = threading.Event()

    def grow():
        with path.open("ab") as file:
            while not going.is_set():
                file.write("2,李村\n".encode() * 50)
                file.flush()
                time.sleep(0.001)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        for _ in range(20):
            table = read_file(path)
            assert table.cells.columns.tolist() == ["编码", "名称"]
    except SourceError as error:
        assert "a.csv" in str(error)  # noqa: PT017 - either is right
    finally:
        going.set()
        writer.join()
