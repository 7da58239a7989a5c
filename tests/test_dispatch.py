"""The right reader for every name, and one sentence where there is none."""

from __future__ import annotations

import contextlib
import time

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from coverage.errors import PlannerError, SourceError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.formats.dispatch import READABLE, outline_of, read_part
from layers.formats.outline import ReadingOptions

import pyogrio  # isort: skip

FRAME = gpd.GeoDataFrame(
    {"名称": ["张村", "李村"], "编码": ["0012", "0013"]},
    geometry=[Point(117, 36), Point(117.1, 36.1)],
    crs=4326,
)
TEXT = {"名称": ["张村", "李村"], "编码": ["0012", "0013"]}
LISTED = (
    "可以读取：Excel（.xlsx、.xls）、文本表格（.csv、.tsv、.txt）、Shapefile（.shp）、"
    "GeoPackage（.gpkg）、GeoJSON（.geojson）、KML（.kml、.kmz、.ovkml）、"
    "文件地理数据库（.gdb）、DXF（.dxf）、栅格（.tif），以及装有这些文件的 .zip。"
)


def both(path, **options):
    """What both doors say of a file that they refuse; it is the same."""
    said = set()
    for door in (outline_of, lambda one: read_part(one, options=ReadingOptions(**options))):
        begun = time.monotonic()
        with pytest.raises(SourceError) as caught:
            door(path)
        assert time.monotonic() - begun < 1
        said.add(str(caught.value))
    (sentence,) = said
    return sentence


@pytest.mark.parametrize(
    "name", ["a.csv", "a.TSV", "a.txt", "a.xlsx", "a.shp", "a.gpkg", "a.GeoJSON", "a.kml", "a.gdb"]
)
def test_each_extension_has_its_reader(tmp_path, name):
    path = tmp_path / name
    plain = FRAME[["名称", "编码"]]
    match path.suffix.lower():
        case ".csv":
            plain.to_csv(path, index=False, encoding="gb18030")
        case ".tsv" | ".txt":
            plain.to_csv(path, index=False, sep="\t")
        case ".xlsx":
            plain.to_excel(path, index=False)
        case ".shp":
            FRAME.to_file(path, encoding="gbk")
        case suffix:
            drivers = {".kml": "KML", ".gdb": "OpenFileGDB", ".geojson": "GeoJSON", ".gpkg": "GPKG"}
            pyogrio.write_dataframe(FRAME, path, driver=drivers[suffix])
    (part,) = outline_of(path).parts
    table = read_part(path, options=ReadingOptions(part=part.name))
    assert table.cells.to_dict("list") == TEXT
    assert read_part(path).cells.to_dict("list") == TEXT
    assert part.columns == ("名称", "编码")
    assert part.rows == 2
    is_plain = part.format in {"text", "workbook"}
    assert (table.geometry is None) == is_plain
    assert part.geometry == ("" if is_plain else "point")
    if not is_plain:  # a geodatabase keeps a grid of its own
        assert table.geometry.geom_equals_exact(FRAME.geometry, 1e-8).all()


def test_rasters_are_told_and_not_read_as_tables(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0rest")
    (part,) = outline_of(path).parts
    assert (part.name, part.format, part.rows) == ("", "raster", None)
    with pytest.raises(SourceError) as caught:
        read_part(path)
    assert str(caught.value) == "「a.tif」是栅格，不是表格或图层。请作为人口栅格导入。"
    path.write_bytes(b"<VRTDataset>")
    assert both(path) == "「a.tif」的内容不是 GeoTIFF，和它的扩展名不符。请重新导出。"


@pytest.mark.parametrize(
    ("name", "what", "advice"),
    [
        ("a.rar", "“.rar”格式", "请解压后选择其中的数据文件，或改打成 .zip。"),
        ("a.7Z", "“.7z”格式", "请解压后选择其中的数据文件，或改打成 .zip。"),
        ("a.dwg", "“.dwg”格式", "请在 CAD 里另存为 DXF。"),
        ("a.et", "“.et”格式", "请用 WPS 或 Excel 另存为 .xlsx。"),
        ("a.mdb", "“.mdb”格式", "请在 ArcGIS 里把图层导出为 Shapefile，或把表格导出为 Excel。"),
        ("a.ovobj", "“.ovobj”格式", "请在奥维里导出为 .ovkml 或 .kml。"),
        ("a.prj", "“.prj”格式", "请选择同名的 .shp。"),
        ("a.vrt", "“.vrt”格式", "请另存为其中一种。"),
        ("a", "没有扩展名的文件", "请另存为其中一种。"),
        ("{{ 7 * 7 }}.<b>", "“.<b>”格式", "请另存为其中一种。"),
    ],
)
def test_extensions_that_nothing_reads(tmp_path, name, what, advice):
    path = tmp_path / name
    path.write_bytes(b"x")
    assert both(path) == f"「{name}」不能读取：{what}不在支持之列。{LISTED}{advice}"


def test_a_part_of_a_file_with_only_one(tmp_path):
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(FRAME, path, layer="村")
    assert read_part(path, options=ReadingOptions(part="村")).cells.to_dict("list") == TEXT
    with pytest.raises(SourceError) as caught:
        read_part(path, options=ReadingOptions(part="镇"))
    assert str(caught.value) == "「a.gpkg」里没有“镇”，有的是：“村”。请改正后重试。"


@pytest.mark.parametrize("name", ["a.shp", "a.geojson"])
def test_a_layer_of_a_file_without_layers(tmp_path, name):
    path = tmp_path / name
    FRAME.to_file(path, encoding="utf-8")
    assert read_part(path, options=ReadingOptions(part="a")).cells.to_dict("list") == TEXT
    with pytest.raises(SourceError) as caught:
        read_part(path, options=ReadingOptions(part="镇"))
    assert str(caught.value) == f"「{name}」只有一个图层，没有“镇”。请不要写明图层。"


SECRETS = {
    "vrt": "<OGRVRTDataSource><OGRVRTLayer name='s'><SrcDataSource>{0}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
    "raster vrt": "<VRTDataset rasterXSize='1' rasterYSize='1'><VRTRasterBand band='1'/></VRTDataset>",
    "gdalg": '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {0}"}}',
    "wfs": "<OGRWFSDataSource><URL>http://127.0.0.1:1/{0}</URL></OGRWFSDataSource>",
    "entity": '<!DOCTYPE kml [<!ENTITY x SYSTEM "file://{0}">]><kml>&x;</kml>',
    "link": "/vsizip/{0}",
    "remote": "/vsicurl/http://127.0.0.1:1/s.geojson",
}


@pytest.mark.parametrize("suffix", sorted(READABLE - {".gdb"}))
@pytest.mark.parametrize("kind", SECRETS)
def test_nothing_opens_another_file(tmp_path, kind, suffix):
    secret = tmp_path / "secret.geojson"
    secret.write_text('{"type": "FeatureCollection", "features": []}tianxia', encoding="utf-8")
    path = tmp_path / f"a{suffix}"
    path.write_text(SECRETS[kind].format(secret), encoding="utf-8")
    begun = time.monotonic()
    try:
        said = read_part(path).cells.to_string()
    except SourceError as error:
        said = str(error)
    assert time.monotonic() - begun < 1
    assert "tianxia" not in said


@given(st.binary(max_size=200), st.sampled_from(sorted(READABLE - {".gdb"})))
def test_no_bytes_make_a_reader_fall_over(tmp_path_factory, content, suffix):
    starts = {
        ".gpkg": b"SQLite format 3\0", ".geojson": b'{"type":', ".json": b"{", ".zip": b"PK\x03\x04",
        ".kmz": b"PK\x03\x04", ".xlsx": b"PK\x03\x04", ".dxf": b"  0\nSECTION\n",
        ".shp": b"\x00\x00\x27\x0a", ".kml": b"<kml>", ".tif": b"II*\0",
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / f"a{suffix}"
    for beside in (".shp", ".dbf", ".shx"):
        (folder / f"a{beside}").write_bytes(content)
    for start in (b"", starts.get(suffix, b"")):
        path.write_bytes(start + content)
        for door in (outline_of, read_part):
            with contextlib.suppress(PlannerError):
                door(path)
