"""Layers as files of other programs: what stands in them, read by other libraries."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import zipfile
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import CrsError, InputError, OutputError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.coordinates import named_datum, wgs84_to_gcj02
from layers.standards import load_kinds
from reports.gis.gdal_writing import write_gdal
from reports.gis.out_columns import out_text, shortened
from reports.gis.out_datums import out_datum
from reports.layer_files import DATUM_CHOICES, FORMATS, layer_files, safe_file_name

import pyogrio  # isort: skip

KINDS = load_kinds()
CRS = "EPSG:4547"
X, Y = 500_123.456789, 4_161_234.567891

HOSTILE = [
    "=cmd|' /C calc'!A0", "<b>&\"'</b>]]>", "{{ 7*7 }}${x}{% raw %}", "控\x00制\x1b符\x07", "长" * 300,
    "卫生室🚑", "𠮷村", "-1+1", "@SUM(A1)", "%%d^J\\U+0041\\P", "_x0041_", "a\nb  c", "联通", "NaN",
    "0012", "http://a.b/c", "'x", "\u202e倒\ufffe", "€", "", None,
]  # fmt: skip
TEXTS = [None if one is None else (out_text(one) or None) for one in HOSTILE]


def facilities(names, **more):
    count = len(names)
    return gpd.GeoDataFrame(
        {
            "facility_name": pd.array(names, dtype=object),
            "kind": ["village_clinic", "county_hospital"] * (count // 2) + ["office"] * (count % 2),
            "capacity_beds": [3.0, np.nan] * (count // 2) + [0.0] * (count % 2),
            "turnout_s": [100.0] * count,
            "origin": "list",
            **more,
        },
        geometry=gpd.points_from_xy(X + np.arange(count), Y + np.arange(count) * 0.1),
        crs=CRS,
        index=pd.Index([f"{at:04}" for at in range(count)], name="facility_id"),
    )


def zones(*shapes):
    return gpd.GeoDataFrame(
        {
            "zone_name": [f"镇{at}" for at in range(len(shapes))],
            "zone_level": "township",
            "geometry": list(shapes),
        },
        crs=CRS,
        index=pd.Index([f"0{at}" for at in range(len(shapes))], name="zone_id"),
    )


SQUARE = shapely.box(X, Y, X + 3000, Y + 3000).difference(
    shapely.box(X + 10, Y + 10, X + 20, Y + 20)
)
TWO = shapely.MultiPolygon(
    [shapely.box(X, Y - 50, X + 9, Y - 9), shapely.box(X, Y - 90, X + 9, Y - 60)]
)


def written(fmt, datum="wgs84", label="", **tables):
    return layer_files(tables, formats=[fmt], datum=datum, name="小县", kinds=KINDS, label=label)


def parsed(text):
    return ET.fromstring(text)  # noqa: S314 - written by ourselves


def only(found):
    (content,) = found.files.values()
    return content


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def opened(tmp_path, found):
    paths = []
    for name, content in found.files.items():
        (tmp_path / name).write_bytes(content)
        paths.append(tmp_path / name)
    return paths


# ---------------------------------------------------------------------------------------- doors


def test_bad_words_are_told():
    table = facilities(["甲"])
    with pytest.raises(InputError) as error:
        written("mif", facilities=table)
    assert str(error.value) == "导出的格式“mif”不认识，可写 shp、gpkg、geojson、kml、dxf、xlsx。"
    with pytest.raises(CrsError) as error:
        written("kml", "xian80", facilities=table)
    assert str(error.value) == (
        "导出的坐标系“xian80”不认识，可写：wgs84（WGS84）、cgcs2000（CGCS2000 经纬度）、"
        "cgcs2000-zone（项目的 CGCS2000 3度带）、gcj02（GCJ-02）、bd09（BD-09）。"
    )
    with pytest.raises(InputError) as error:
        written("kml", facilities=table.iloc[:0])
    assert str(error.value) == "设施没有任何记录，没有可导出的。请检查项目。"
    with pytest.raises(InputError, match="没有写导出哪些图层"):
        written("kml")
    with pytest.raises(CrsError) as error:
        written("shp", "cgcs2000-zone", facilities=table.to_crs("EPSG:32650"))
    assert str(error.value) == (
        "项目坐标系是 EPSG:32650，不是 CGCS2000 的 3度带，不能按 cgcs2000-zone 导出。请改用 wgs84。"
    )


def test_a_place_beyond_a_datum_is_no_file():
    far = facilities(["甲"]).set_geometry([shapely.Point(1e30, 1e30)], crs=CRS)
    with pytest.raises(CrsError, match="换算到 WGS84 时没有结果"):
        written("gpkg", facilities=far)


@pytest.mark.parametrize("choice", DATUM_CHOICES)
def test_the_name_of_a_datum_is_read_back(choice):
    datum = out_datum(choice, crs=facilities(["甲"]).crs)
    read = named_datum(datum.name, where="这里")
    assert read.shift == {"gcj02": "gcj02", "bd09": "bd09"}.get(choice, "none")
    assert datum.crs is None or read.crs.equals(datum.crs)
    assert safe_file_name(datum.file_word) == datum.file_word


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_same_layers_give_the_same_bytes_and_stay_unchanged(fmt):
    tables = {"facilities": facilities(HOSTILE), "zones": zones(SQUARE, TWO)}
    before = {key: table.copy() for key, table in tables.items()}
    first, second = (written(fmt, label="合成", **tables) for _ in range(2))
    assert dict(first.files) == dict(second.files)
    assert first.notes == second.notes
    for key, table in tables.items():
        pd.testing.assert_frame_equal(table, before[key])


@given(st.text(max_size=60), st.sampled_from(["", "_2025", "_9999"]))
def test_a_file_name_is_safe_everywhere(text, year):
    name = safe_file_name(f"{text}{year}")
    assert 0 < len(name) <= 41
    assert year != "_2025" or name.endswith("2025")
    assert not set(name) & set('<>:"/\\|?*!%')
    assert name == name.strip(" .")
    assert name.split(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
    name.encode()


def test_long_names_that_begin_alike_stay_apart_and_keep_their_year():
    """Also where a system takes large and small letters for the same."""
    stems = [
        f"指标达标图_shandong-2018/{target}_{year}"
        for target in ("cardio-cerebral-rescue-30", "cardio-cerebral-rescue-30-by-grade",
                       "CARDIO-cerebral-rescue-30")
        for year in (2022, 2025)
    ]  # fmt: skip
    names = [safe_file_name(one) for one in stems]
    assert len({name.casefold() for name in names}) == len(stems)
    assert [name[-5:] for name in names] == ["_2022", "_2025"] * 3
    assert names == [safe_file_name(one) for one in stems]
    assert safe_file_name("长" * 40) == "长" * 40
    assert safe_file_name("长" * 41) != safe_file_name("长" * 42)


# ------------------------------------------------------------------------------- every text as text


def shp_cells(content):
    pieces = unzipped(content)
    (dbf,) = (one for name, one in pieces.items() if name.endswith(".dbf"))
    header, width = int.from_bytes(dbf[8:10], "little"), int.from_bytes(dbf[10:12], "little")
    names, starts, at = [], [], 1
    for place in range(32, header - 1, 32):
        names.append(dbf[place : place + 11].split(b"\0")[0].decode("gb18030"))
        starts.append((at, at + dbf[place + 16]))
        at += dbf[place + 16]
    rows = [dbf[header + n * width :][:width] for n in range(int.from_bytes(dbf[4:8], "little"))]
    return {
        name: [row[a:b].rstrip(b" \0").decode("gb18030") or None for row in rows]
        for name, (a, b) in zip(names, starts, strict=True)
    }


def number(cell):
    """A number of a DBF; where there is none, GDAL writes asterisks."""
    return None if set(cell) == {"*"} else float(cell)


def names_in(fmt, content, folder):
    if fmt == "shp":
        return shp_cells(content)["名称"]
    if fmt == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        head = [cell.value for cell in sheet[1]]
        cells = [row[head.index("名称")] for row in sheet.iter_rows(min_row=2)]
        assert all(
            cell.data_type in "sn" and (cell.value is None or cell.data_type == "s")
            for cell in cells
        )
        return [cell.value for cell in cells]
    if fmt == "kml":
        space = "{http://www.opengis.net/kml/2.2}"
        return [
            next((d[0].text for d in place.iter(f"{space}Data") if d.get("name") == "名称"), None)
            for place in parsed(content).iter(f"{space}Placemark")
        ]
    if fmt == "geojson":
        return [one["properties"]["名称"] for one in json.loads(content)["features"]]
    path = folder / "a.gpkg"
    path.write_bytes(content)
    found = pyogrio.read_dataframe(path, layer="设施_WGS84")["名称"]
    return [None if pd.isna(one) else one for one in found]


CARRYING = [fmt for fmt in FORMATS if fmt != "dxf"]


@pytest.mark.parametrize("fmt", CARRYING)
def test_hostile_names_arrive_as_text(fmt, tmp_path):
    found = written(fmt, facilities=facilities(HOSTILE))
    expected = [None if one is None or fmt != "shp" else shortened(one, 254) for one in TEXTS]
    expected = expected if fmt == "shp" else TEXTS
    assert names_in(fmt, only(found), tmp_path) == expected
    assert (
        "设施：“名称”列有 3 格的控制字符、换行、多余的空格或过长的部分没有写出，首个是第 4 条。"
        in found.notes
    )


@settings(max_examples=12)
@given(st.lists(st.text(max_size=40), min_size=2, max_size=8))
@pytest.mark.parametrize("fmt", CARRYING)
def test_any_name_arrives_as_text(fmt, tmp_path_factory, names):
    content = only(written(fmt, facilities=facilities(names)))
    folder = tmp_path_factory.mktemp("any")
    assert names_in(fmt, content, folder) == [out_text(name) or None for name in names]


# -------------------------------------------------------------------------------------- shapefile


def test_a_shapefile_is_gbk_with_short_names_and_a_list():
    found = written("shp", facilities=facilities(["甲卫生室", "乙医院"]))
    assert list(found.files) == ["小县_设施_WGS84_shp.zip"]
    pieces = unzipped(only(found))
    assert list(pieces) == [
        f"小县_设施_WGS84{one}" for one in (".shp", ".shx", ".dbf", ".prj", ".cpg")
    ]
    assert pieces["小县_设施_WGS84.cpg"] == b"GBK"
    dbf = pieces["小县_设施_WGS84.dbf"]
    assert dbf[29] == 0x4D
    assert "甲卫生室".encode("gbk") in dbf
    cells = shp_cells(only(found))
    assert list(cells) == ["设施代码", "名称", "类别", "床位", "出车分钟", "来源"]
    assert cells["类别"] == ["村卫生室", KINDS["county_hospital"].name]
    assert [number(one) for one in cells["床位"]] == [3, None]  # missing is missing, and not 0
    assert found.notes == (
        "设施（Shapefile）：字段“床位（张）”写成“床位”。",
        "设施（Shapefile）：字段“出车准备时间（分钟）”写成“出车分钟”。",
    )


def test_what_does_not_fit_is_told_with_the_whole_of_it():
    whole = "长" * 300
    found = written("shp", facilities=facilities([whole, "卫生室🚑"]))
    assert shp_cells(only(found))["名称"] == ["长" * 127, "卫生室🚑"]
    assert found.notes[-2:] == (
        f"设施（Shapefile）：第 1 条的“名称”有 300 个字符，超过字段的 254 字节，已截短，全文是：{whole}",
        "设施（Shapefile）：🚑（第 2 条）不在 GBK 字库里，属性表改用 GB18030 编码（.cpg 已写明）；只认 GBK 的软件里这几个字符会显示成乱码，其余文字不受影响。",
    )
    assert unzipped(only(found))["小县_设施_WGS84.cpg"] == b"GB18030"


def test_columns_of_the_planner_go_out_too(tmp_path):
    more = {
        "selected": [True, False], "是否入选的候选点": pd.array([True, None], dtype="boolean"),
        "是否入选的": [1.5, np.nan], "日期": pd.to_datetime(["2026-01-31", None]), "FID": [7, 8],
        "人数": pd.array([2**40, None], dtype="Int64"),
    }  # fmt: skip
    table = facilities(["甲", "乙"], **more)
    cells = shp_cells(only(written("shp", facilities=table)))
    assert list(cells)[6:] == ["selected", "是否入选的", "是否入选_2", "日期", "FID_2", "人数"]
    assert cells["selected"] == ["是", "否"]
    assert cells["是否入选的"] == ["是", None]
    assert [number(one) for one in cells["是否入选_2"]] == [1.5, None]
    assert cells["日期"] == ["2026-01-31", None]
    (path,) = opened(tmp_path, written("gpkg", facilities=table))
    read = pyogrio.read_dataframe(path, layer="设施_WGS84")
    assert read["人数"].tolist()[0] == 2**40
    assert pd.isna(read["人数"][1])
    assert read["FID_2"].tolist() == [7, 8]


def test_another_library_reads_the_shapefile(tmp_path):
    found = written("shp", "cgcs2000-zone", zones=zones(SQUARE, TWO))
    for name, content in unzipped(only(found)).items():
        (tmp_path / name).write_bytes(content)
    read = pyogrio.read_dataframe(next(tmp_path.glob("*.shp")))
    assert read["单元名称"].tolist() == ["镇0", "镇1"]
    assert read["级别"].tolist() == ["乡级", "乡级"]
    assert read.crs.equals(CRS) or read.crs.to_epsg() == 4547
    assert all(a.equals(b) for a, b in zip(read.geometry, [SQUARE, TWO], strict=True))


# -------------------------------------------------------------------------------------- full disk


@pytest.fixture
def lots():
    """Enough for GDAL to have to write before it closes the files."""
    return facilities([f"{'村' * 100}{at}" for at in range(400)])


FULL = "写不进去（文件没有写完整，多半是磁盘已满），没有写出结果。"


@pytest.mark.parametrize("fmt", ["shp", "gpkg"])
def test_files_that_take_no_more_are_never_handed_on(fmt, lots):
    """Where a file may not grow, writing fails as on a full disk: while it is open, or at its end."""
    resource = pytest.importorskip("resource")
    whole = only(written(fmt, facilities=lots))
    largest = max(map(len, unzipped(whole).values())) if fmt == "shp" else len(whole)
    ends = resource.getrlimit(resource.RLIMIT_FSIZE)
    refused = 0
    for share in (0.01, 0.1, 0.5, 0.75, 0.8, 0.9, 0.95, 0.99, 1.0):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest * share), ends[1]))
        try:
            told = only(written(fmt, facilities=lots))
        except OutputError as error:
            told = str(error)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, ends)
        refused += told != whole and FULL in told
        assert told == whole or share < 1
    assert refused == 8


@pytest.mark.parametrize(
    ("suffix", "change"),
    [
        (".shp", lambda content: content[:-1]),
        (".shp", lambda content: content[:50]),
        (".shp", lambda content: content[:24] + bytes(4) + content[28:]),
        (".shx", lambda content: content[:-8]),
        (".shx", lambda content: content[:0]),
        (".shx", lambda content: content[:24] + bytes(4) + content[28:]),
        (".dbf", lambda content: content[:-1]),
        (".dbf", lambda content: content[:20]),
        (".dbf", lambda content: content[:4] + bytes(4) + content[8:]),
        (".dbf", lambda content: content[:10] + bytes(2) + content[12:]),
        (".prj", lambda content: content[:-1]),
        (".prj", lambda content: content[:0]),
        (".dbf", None),
        (".prj", None),
    ],
)
def test_a_shapefile_with_a_damaged_piece_is_not_handed_on(suffix, change, monkeypatch):
    def damaged(path, layer, /, **more):
        write_gdal(path, layer, **more)
        piece = path.with_suffix(suffix)
        if change is None:
            piece.unlink()
        else:
            piece.write_bytes(change(piece.read_bytes()))

    monkeypatch.setattr("reports.gis.shapefile.write_gdal", damaged)
    with pytest.raises(OutputError, match=FULL):
        written("shp", facilities=facilities(["甲", "乙"]))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gpkg_ogr_contents SET feature_count = 1",
        "DELETE FROM gpkg_ogr_contents",
        "DELETE FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'",
        "DROP TABLE gpkg_contents",
    ],
)
def test_a_geopackage_that_is_not_whole_is_not_handed_on(statement, monkeypatch):
    def damaged(path, layer, /, **more):
        write_gdal(path, layer, **more)
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute(statement)

    monkeypatch.setattr("reports.gis.geopackage.write_gdal", damaged)
    with pytest.raises(OutputError, match=FULL):
        written("gpkg", facilities=facilities(["甲", "乙"]))


@pytest.mark.parametrize("name", ["DataSourceError", "DataLayerError", "FeatureError"])
def test_what_gdal_cannot_write_is_told_of_the_folder(name, monkeypatch):
    def refuses(*_given, **_more):
        error = getattr(pyogrio.errors, name)
        raise error(name)

    monkeypatch.setattr("pyogrio.raw.write", refuses)
    for fmt in ("shp", "gpkg"):
        with pytest.raises(OutputError, match=FULL):
            written(fmt, facilities=facilities(["甲"]))


# ------------------------------------------------------------------------------------- geopackage


def test_a_geopackage_holds_styles_that_qgis_finds(tmp_path):
    tables = {"facilities": facilities(["甲", "乙"]), "zones": zones(SQUARE)}
    (path,) = opened(tmp_path, written("gpkg", label="合成数据", **tables))
    assert path.name == "小县_WGS84.gpkg"
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
        told = database.execute("SELECT table_name, description FROM gpkg_contents").fetchall()
    database.close()
    assert [row[:3] for row in rows] == [("设施_WGS84", "geom", 1), ("行政单元_WGS84", "geom", 1)]
    assert told[0] == ("设施_WGS84", "坐标系：WGS84 经纬度（EPSG:4326）。合成数据。")
    style = parsed(rows[0][3].split("\n", 1)[1])
    renderer = style.find("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "类别")
    listed = {one.get("value"): one.get("symbol") for one in renderer.iter("category")}
    read = pyogrio.read_dataframe(path, layer="设施_WGS84")
    assert set(read["类别"]) == set(listed)
    symbols = {one.get("name"): one for one in renderer.iter("symbol")}
    colours = {
        name: next(o.get("value") for o in symbols[at].iter("Option") if o.get("name") == "color")
        for name, at in listed.items()
    }
    red, green, blue = (int(KINDS["village_clinic"].colour[at : at + 2], 16) for at in (1, 3, 5))
    assert colours["村卫生室"] == f"{red},{green},{blue},255"
    assert style.find("labeling/settings/text-style").get("fieldName") == "名称"
    zone_style = parsed(rows[1][3].split("\n", 1)[1])
    assert zone_style.find("renderer-v2").get("type") == "singleSymbol"
    assert zone_style.find("labeling/settings/text-style").get("fieldName") == "单元名称"


def test_a_shifted_datum_declares_no_crs_and_says_what_it_is(tmp_path):
    table = facilities(["甲", "乙"])
    (path,) = opened(tmp_path, written("gpkg", "gcj02", facilities=table))
    read = pyogrio.read_dataframe(path, layer="设施_GCJ-02")
    assert read.crs is None
    assert read["坐标系"].tolist() == ["GCJ-02", "GCJ-02"]
    degrees = table.geometry.to_crs("EPSG:4326")
    lon, lat = wgs84_to_gcj02(degrees.x, degrees.y)
    np.testing.assert_allclose(read.geometry.x, lon, atol=1e-12)
    np.testing.assert_allclose(read.geometry.y, lat, atol=1e-12)
    whole = json.loads(only(written("geojson", "bd09", facilities=table)))
    assert (whole["crs"], whole["name"]) == (None, "设施_BD-09")
    assert whole["note"] == "坐标系：BD-09 经纬度（百度地图，有偏移，不能与 WGS84 混用）。"
    pieces = unzipped(only(written("shp", "bd09", facilities=table)))
    assert not [name for name in pieces if name.endswith(".prj")]


# ---------------------------------------------------------------------- GeoJSON, KML, DXF and Excel


def test_geojson_keeps_to_the_standard():
    content = only(
        written("geojson", zones=zones(shapely.orient_polygons(SQUARE, exterior_cw=True)))
    )
    whole = json.loads(content)
    assert "crs" not in whole
    shape = shapely.geometry.shape(whole["features"][0]["geometry"])
    assert shape.exterior.is_ccw
    assert not shape.interiors[0].is_ccw
    named = json.loads(only(written("geojson", "cgcs2000", facilities=facilities(["甲"]))))
    assert named["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4490"
    assert named["features"][0]["properties"]["床位（张）"] == 0


def test_kml_has_names_data_and_colours_and_no_link():
    content = only(written("kml", facilities=facilities(["甲<b>&", None]), label="合成"))
    text = content.decode()
    colour = KINDS["village_clinic"].colour
    assert f"<color>ff{colour[5:7]}{colour[3:5]}{colour[1:3]}</color>" in text
    assert "<name>甲&lt;b&gt;&amp;</name>" in text
    assert "<name>0001</name>" in text  # what has no name is called by its code
    assert text.count("http") == 1  # the name of the format, and nothing to open
    assert '<Data name="数据说明"><value>合成</value></Data>' in text


def test_kml_in_metres_goes_out_in_degrees_and_says_so():
    found = written("kml", "cgcs2000-zone", facilities=facilities(["甲"]))
    assert list(found.files) == ["小县_设施_CGCS2000.kml"]
    assert "KML 只能是经纬度，已改按CGCS2000 经纬度（EPSG:4490）写出。" in found.notes


def test_a_drawing_has_points_names_and_outlines(tmp_path):
    names = ["甲卫生室", "%%d^J\\U+0041"]
    tables = {"facilities": facilities(names), "zones": zones(SQUARE, TWO)}
    found = written("dxf", "cgcs2000-zone", label="合成", **tables)
    (path,) = opened(tmp_path, found)
    read = pyogrio.read_dataframe(path)
    points = read[read["SubClasses"].isna() & read["Text"].isna() & (read.geom_type == "Point")]
    np.testing.assert_array_equal(points.geometry.x, tables["facilities"].geometry.x)
    np.testing.assert_array_equal(points.geometry.y, tables["facilities"].geometry.y)
    assert points["Layer"].tolist() == ["设施_村卫生室", f"设施_{KINDS['county_hospital'].name}"]
    assert read["Text"].dropna().tolist() == ["甲卫生室", "％％d＾J＼U+0041", "镇0", "镇1"]
    lines = read[(read["Layer"] == "行政单元") & (read.geom_type != "Point")]
    assert shapely.union_all(lines.geometry).equals(
        shapely.union_all([SQUARE.boundary, TWO.boundary])
    )
    assert found.notes[0] == (
        "DXF：图纸只带点、边界线、名称和类别（CAD 图层名）；代码、人口、床位等其余各列带不进去，"
        "需要时请同时导出 GeoPackage 或 Excel。"
    )


def test_a_drawing_says_what_of_a_name_is_lost():
    found = written("dxf", "wgs84", facilities=facilities(["卫生室🚑", "长" * 300]))
    assert found.notes[-2:] == (
        (
            "DXF：坐标单位是度，CAD 里一般用米，建议改用 cgcs2000-zone："
            "导出图层时写 --datum cgcs2000-zone，出成果时写在 project.toml 的 [report] 里。"
        ),
        "DXF：有 2 个名称太长或含 CAD 不能照写的字符，已截短、换成全角或以“□”代替。",
    )
    assert "卫生室□\r\n".encode("gbk") in only(found)


@settings(max_examples=30)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=4))
def test_no_name_breaks_a_drawing(names):
    text = only(written("dxf", facilities=facilities(names))).decode("gbk")
    lines = text.split("\r\n")
    assert len(lines) % 2 == 1  # pairs, and the end of the last line
    codes = [int(line) for line in lines[:-1:2]]
    assert codes.count(1) == len(names) + 1
    assert all(line.isprintable() for line in lines)


def test_a_sheet_keeps_codes_as_text_and_numbers_as_numbers():
    content = only(
        written("xlsx", "cgcs2000-zone", label="合成", facilities=facilities(["=1+1", "乙"]))
    )
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["设施"]
    head, *rows = ([cell.value for cell in row] for row in book.active.iter_rows())
    assert head == [
        "设施代码", "名称", "类别", "床位（张）", "出车准备时间（分钟）", "来源", "数据说明",
        "东坐标（米）", "北坐标（米）", "坐标系",
    ]  # fmt: skip
    assert rows[0][:4] == ["0000", "=1+1", "村卫生室", 3]
    assert rows[1][3] is None
    assert rows[0][7:] == [
        pytest.approx(X, abs=1e-8),
        pytest.approx(Y, abs=1e-8),
        "CGCS2000 3度带 114 不加带号",
    ]
    assert book.active["D1"].comment.text == "床位数；空值表示未知"


def test_a_boundary_too_long_for_a_cell_is_told():
    angles = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    round_zone = shapely.Polygon(
        np.column_stack([X + 999 * np.cos(angles), Y + 999 * np.sin(angles)])
    )
    found = written("xlsx", zones=zones(SQUARE, round_zone))
    book = openpyxl.load_workbook(io.BytesIO(only(found)))
    head, first, second = ([cell.value for cell in row] for row in book.active.iter_rows())
    place = head.index("边界")
    assert shapely.from_wkt(first[place]).is_valid
    assert second[place] is None
    assert found.notes == (
        "行政单元（Excel）：有 1 个单元（镇1）的边界太长，一格最多 32,767 个字符，写不下，“边界”留空；需要边界请导出 GeoPackage、GeoJSON 或 Shapefile。",
    )
