"""KML, KMZ and OVKML: folders as layers, and nothing followed that they point to."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon

from coverage.errors import SourceError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.formats.kml import kml_outline, read_kml
from layers.formats.outline import ReadingOptions

import pyogrio  # isort: skip

HEAD = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
POINT = "<Point><coordinates>117,36,0</coordinates></Point>"


def place(name="", inside=POINT):
    return f"<Placemark><name>{name}</name>{inside}</Placemark>"


def kml(folder, body, *, name="a.kml", head=HEAD):
    path = folder / name
    path.write_text(f"{head}<Document><name>文档</name>{body}</Document></kml>", encoding="utf-8")
    return path


def message(path, **kwargs):
    with pytest.raises(SourceError) as caught:
        read_kml(path, **kwargs)
    return str(caught.value)


def shape_of(folder, inside):
    table = read_kml(kml(folder, place("a", inside)))
    return table.geometry.iloc[0]


@pytest.mark.parametrize("name", ["a.kml", "a.ovkml", "A.KML"])
def test_names_descriptions_and_extended_data(tmp_path, name):
    body = (
        '<Placemark id="1"><name>张村</name><description><![CDATA[<b>3</b> 张床]]></description>'
        '<ExtendedData><Data name="编码"><displayName>x</displayName><value>0012</value></Data>'
        '<SchemaData schemaUrl="#s"><SimpleData name="床位">3</SimpleData></SchemaData>'
        f"</ExtendedData>{POINT}</Placemark>"
        f"<Placemark><name>李村</name><description>a <i>b</i> c</description>{POINT}</Placemark>"
        f"<Placemark><description/>{POINT}</Placemark>"
    )
    table = read_kml(kml(tmp_path, body, name=name))
    assert table.cells.to_dict("list") == {
        "Name": ["张村", "李村", ""],
        "description": ["<b>3</b> 张床", "a b c", ""],
        "编码": ["0012", "", ""],
        "床位": ["3", "", ""],
    }
    assert table.rows == (1, 2, 3)
    assert table.geometry.to_list() == [Point(117, 36)] * 3
    assert table.geometry.crs.to_epsg() == 4326
    assert table.remarks == ("图形带有高程（Z），这里只用平面位置，已略去。",)


def test_folders_are_layers(tmp_path):
    body = (
        f"<Folder><name>甲镇</name><Folder><name>村</name>{place('a')}{place('b')}</Folder></Folder>"
        f"<Folder><name>乙镇</name>{place('c')}</Folder><Folder><name>空</name></Folder>{place('d')}"
    )
    path = kml(tmp_path, body)
    outline = kml_outline(path)
    assert [(part.name, part.rows) for part in outline.parts] == [
        ("甲镇/村", 2), ("乙镇", 1), ("（不在文件夹里）", 1),
    ]  # fmt: skip
    assert {(part.format, part.geometry, part.crs) for part in outline.parts} == {
        ("kml", "point", "EPSG:4326")
    }
    assert outline.parts[0].columns == ("Name",)
    for part, names in zip(outline.parts, (["a", "b"], ["c"], ["d"]), strict=True):
        table = read_kml(path, options=ReadingOptions(part=part.name))
        assert table.cells["Name"].tolist() == names
    assert message(path) == (
        "「a.kml」里有 3 个图层或表：“甲镇/村”、“乙镇”、“（不在文件夹里）”。"
        "请选定读哪一个（导入时在页面上选或用 --part，project.toml 里写在 part）。"
    )
    assert message(path, options=ReadingOptions(part="甲镇村")) == (
        "「a.kml」里没有“甲镇村”，最接近的是“甲镇/村”，"
        "有的是：“甲镇/村”、“乙镇”、“（不在文件夹里）”。请改正后重试。"
    )


def test_folders_without_a_document_and_of_one_name(tmp_path):
    path = tmp_path / "a.kml"
    twice = f"<Folder><name>村</name>{place('a')}</Folder>"
    path.write_text(f"{HEAD}<Folder><name>县</name>{twice}{twice}</Folder></kml>", encoding="utf-8")
    assert [(part.name, part.rows) for part in kml_outline(path).parts] == [("县/村", 2)]
    path.write_text(f"<Placemark>{POINT}</Placemark>", encoding="utf-8")
    assert [(part.name, part.rows) for part in kml_outline(path).parts] == [("", 1)]


def ring(*corners):
    return f"<LinearRing><coordinates>{' '.join(corners)}</coordinates></LinearRing>"


OUTER = ring("0,0", "0,9", "9,9", "9,0", "0,0")
HOLE = ring("1,1", "1,2", "2,2", "2,1")


def test_shapes(tmp_path):
    outer = f"<outerBoundaryIs>{OUTER}</outerBoundaryIs>"
    polygon = f"<Polygon>{outer}<innerBoundaryIs>{HOLE}</innerBoundaryIs></Polygon>"
    expected = Polygon([(0, 0), (0, 9), (9, 9), (9, 0)], [[(1, 1), (1, 2), (2, 2), (2, 1)]])
    line = "<LineString><coordinates>0,0\n 1, 1 ,5\t2,0</coordinates></LineString>"
    track = (
        "<gx:Track><when>x</when><gx:coord>0 0 1</gx:coord><gx:coord>1 1 1</gx:coord></gx:Track>"
    )
    assert shape_of(tmp_path, polygon).equals(expected)
    assert shape_of(tmp_path, line).equals(LineString([(0, 0), (1, 1), (2, 0)]))
    assert shape_of(tmp_path, track).equals(LineString([(0, 0), (1, 1)]))
    several = f"<MultiGeometry>{polygon}{polygon}</MultiGeometry>"
    assert shape_of(tmp_path, several).equals_exact(MultiPolygon([expected, expected]), 0)
    points = f"<MultiGeometry>{POINT}{POINT}</MultiGeometry>"
    assert shape_of(tmp_path, points) == MultiPoint([(117, 36), (117, 36)])
    mixed = f"<MultiGeometry>{POINT}{line}</MultiGeometry>"
    assert isinstance(shape_of(tmp_path, mixed), GeometryCollection)


@pytest.mark.parametrize(
    "inside",
    [
        "<Point><coordinates>117;36</coordinates></Point>",
        "<Point><coordinates>117</coordinates></Point>",
        "<Point><coordinates/></Point>",
        "<LineString><coordinates>0,0</coordinates></LineString>",
        f"<Polygon><outerBoundaryIs>{ring('0,0', '1,1')}</outerBoundaryIs></Polygon>",
        f"<MultiGeometry>{POINT}<Point><coordinates>x</coordinates></Point></MultiGeometry>",
    ],
)
def test_a_shape_that_cannot_be_one_leaves_its_row(tmp_path, inside):
    table = read_kml(kml(tmp_path, place("a") + place("b", inside)))
    assert table.cells["Name"].tolist() == ["a", "b"]
    assert table.geometry.isna().tolist() == [False, True]
    assert table.remarks[1:] == ("有 1 条记录的图形不成立，按没有图形处理，首个是第 2 条。",)


def test_places_without_shape_and_with_numbers_that_are_none(tmp_path):
    nan = "<Point><coordinates>nan,36</coordinates></Point>"
    table = read_kml(kml(tmp_path, place("a", "") + place("b", nan)))
    assert table.geometry.isna().tolist() == [True, False]
    assert table.remarks == (
        "有 1 条记录没有图形，首个是第 1 条。",
        "有 1 条记录的坐标不是有限的数，首个是第 2 条。",
    )


def test_links_and_pictures_are_not_followed(tmp_path, monkeypatch):
    secret = kml(tmp_path, place("tianxia"), name="secret.kml")
    body = (
        f"{place('a')}<NetworkLink><Link><href>{secret}</href></Link></NetworkLink>"
        "<GroundOverlay><Icon><href>http://127.0.0.1:1/x.png</href></Icon></GroundOverlay>"
        f"<Style><IconStyle><Icon><href>{secret}</href></Icon></IconStyle></Style>"
    )
    path = kml(tmp_path, body)
    opened = []
    real = type(path).open
    monkeypatch.setattr(
        type(path), "open", lambda self, *args: (opened.append(self.name), real(self, *args))[1]
    )
    table = read_kml(path)
    assert table.cells["Name"].tolist() == ["a"]
    assert opened == ["a.kml"]
    assert table.remarks[:2] == (
        "有 1 个网络链接没有读入：只读地标，不打开其他文件和网络地址。",
        "有 1 个贴图没有读入：只读地标，不打开其他文件和网络地址。",
    )


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE kml SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE kml [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>',
    ],
)
def test_doctypes_are_refused(tmp_path, doctype):
    head = HEAD.replace("<kml", f"{doctype}<kml")
    assert message(kml(tmp_path, place("&b;"), head=head)) == (
        "「a.kml」里有 DOCTYPE 声明，正常的 KML 不需要它，可能会引来别的文件，没有读取。"
        "请向提供文件的单位核实来源。"
    )


def test_other_content_damage_and_nothing(tmp_path):
    foreign = "「a.kml」的内容不是 KML，和它的扩展名不符。请在奥维或 QGIS 里另存为 KML 后重试。"
    broken = (
        "图层文件「a.kml」读不出来，可能不完整或已损坏。"
        "请在奥维或 QGIS 里打开检查，重新导出为 KML 后重试。"
    )
    path = tmp_path / "a.kml"
    for content, expected in (
        (b"", foreign),
        (b"\x89PNG\r\n\x1a\n", foreign),
        (b"/vsicurl/http://127.0.0.1:1/x.kml", foreign),
        (b'{"type": "gdal_streamed_alg"}', foreign),
        (b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", foreign),
        (b"<html><body/></html>", foreign),
        (f"{HEAD}<Document>{place('a')}".encode(), broken),
        (f"{HEAD}<Document>{place('a')}</kml>".encode(), broken),
        (b'<?xml version="1.0" encoding="none-such"?><kml/>', broken),
        (f"{HEAD}</kml>".encode(), "「a.kml」里没有任何地标（Placemark）。请重新导出。"),
        (HEAD.encode() + b"<Folder>" * 200, (
            "「a.kml」的层次超过 100 层，没有读取。请在奥维或 QGIS 里重新导出。"
        )),
    ):  # fmt: skip
        path.write_bytes(content)
        assert message(path) == expected
    path.unlink()
    assert message(path).startswith("找不到数据文件「a.kml」")


def test_gbk_and_byte_order_mark(tmp_path):
    path = tmp_path / "a.kml"
    text = f"{HEAD}{place('张村卫生室')}</kml>"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_kml(path).cells["Name"].tolist() == ["张村卫生室"]
    path.write_bytes(text.replace("UTF-8", "GB2312").encode("gbk"))
    assert read_kml(path).cells["Name"].tolist() == ["张村卫生室"]


def test_kmz(tmp_path):
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("files/other.kml", f"{HEAD}{place('b')}</kml>")
        archive.writestr("files/icon.png", b"\x89PNG")
        archive.writestr("doc.kml", f"{HEAD}{place('a')}</kml>")
    assert read_kml(path).cells["Name"].tolist() == ["a"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("icon.png", b"\x89PNG")
    assert message(path) == "「a.kmz」里没有 .kml 文件。请在奥维或 QGIS 里重新导出。"


def test_what_gdal_writes_comes_back(tmp_path):
    frame = gpd.GeoDataFrame(
        {"Name": ["张村", "李村"], "编码": ["0012", "0013"], "床位": [3, 12]},
        geometry=[Polygon([(0, 0), (0, 1), (1, 1), (0, 0)]), LineString([(0, 0), (1, 2)])],
        crs=4326,
    )
    path = tmp_path / "out.kml"
    pyogrio.write_dataframe(frame, path, driver="KML", layer="村")
    table = read_kml(path)
    assert [part.name for part in kml_outline(path).parts] == ["村"]
    assert table.cells.to_dict("list") == {
        "Name": ["张村", "李村"], "编码": ["0012", "0013"], "床位": ["3", "12"],
    }  # fmt: skip
    assert shapely.equals(table.geometry.to_numpy(), frame.geometry.to_numpy()).all()


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fall_over(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("kml") / "a.kml"
    for start in (b"", HEAD.encode(), f"{HEAD}<Placemark><Point><coordinates>".encode()):
        path.write_bytes(start + content)
        with pytest.raises(SourceError):
            read_kml(path)
