"""Zips as offices pack them, and zips that mean harm."""

from __future__ import annotations

import stat
import struct
import time
import zipfile

import geopandas as gpd
import pytest
from shapely import Point

from coverage.errors import SourceError
from layers import gdal_settings  # noqa: F401 - must come before pyogrio
from layers.formats.archives import archive_contents, unpack
from layers.formats.dispatch import outline_of, read_part
from layers.formats.outline import ReadingOptions
from tests.small_county import write_csv

import pyogrio  # isort: skip

READABLE = {".shp", ".csv", ".gpkg", ".geojson", ".kml", ".xlsx"}
FRAME = gpd.GeoDataFrame({"名称": ["张村"], "编码": ["0012"]}, geometry=[Point(117, 36)], crs=4490)


def zipped(folder, members, *, name="数据.zip"):
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def in_gbk(path, *names):
    """The same zip as Windows in Chinese writes it: names in GBK, and no flag that says UTF-8."""
    content = bytearray(path.read_bytes())
    for name in names:
        # of the same length, so that the offsets in the zip still hold
        content = content.replace(name.encode(), name.encode("gbk") + b"x" * len(name))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            struct.pack_into("<H", content, place + at, 0)
            place = content.find(mark, place + 4)
    path.write_bytes(content)
    return path


def pieces(folder, *, name="村", prefix=""):
    """The files of a shapefile by their path in an archive."""
    home = folder / "pieces"
    home.mkdir(exist_ok=True)
    FRAME.to_file(home / f"{name}.shp", encoding="gbk")
    return {f"{prefix}{one.name}": one.read_bytes() for one in sorted(home.glob(f"{name}.*"))}


def message(path, part="", *, reading=read_part):
    begun = time.monotonic()
    with pytest.raises(SourceError) as caught:
        reading(path, options=ReadingOptions(part=part))
    assert time.monotonic() - begun < 1
    return str(caught.value)


def names(path):
    return [part.name for part in outline_of(path).parts]


def test_a_shapefile_in_folders(tmp_path):
    members = pieces(tmp_path, prefix="数据/2024/")
    path = zipped(tmp_path, {"说明.txt.bak": b"x", **members, "数据/2024/村.sbn": b"x"})
    outline = outline_of(path)
    (part,) = outline.parts
    assert (part.name, part.format, part.rows) == ("数据/2024/村.shp", "shapefile", 1)
    assert (part.columns, part.geometry, part.crs) == (("名称", "编码"), "point", "EPSG:4490")
    assert outline.name == "数据.zip"
    assert outline.remarks[0] == "有 1 个文件不是数据，没有读：说明.txt.bak。"
    for part_name in ("", "数据/2024/村.shp"):
        table = read_part(path, options=ReadingOptions(part=part_name))
        assert table.name == "数据.zip/数据/2024/村.shp"
        assert table.cells.to_dict("list") == {"名称": ["张村"], "编码": ["0012"]}
        assert table.geometry.to_list() == [Point(117, 36)]
        assert table.geometry.crs.to_epsg() == 4490


def test_names_in_gbk(tmp_path):
    members = pieces(tmp_path, name="卫生室", prefix="乡镇/")
    path = in_gbk(zipped(tmp_path, members, name="a.zip"), "乡镇", "卫生室")
    assert names(path) == ["乡镇xx/卫生室xxx.shp"]
    assert read_part(path).cells["名称"].tolist() == ["张村"]


def test_everything_that_offices_pack_together(tmp_path):
    gpkg = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(FRAME, gpkg, layer="村")
    pyogrio.write_dataframe(FRAME, gpkg, layer="镇", append=True)
    geojson = tmp_path / "a.geojson"
    pyogrio.write_dataframe(FRAME.to_crs(4326), geojson)
    book = tmp_path / "a.xlsx"
    FRAME[["名称", "编码"]].to_excel(book, index=False)
    gdb = tmp_path / "县.gdb"
    pyogrio.write_dataframe(FRAME, gdb, layer="所", driver="OpenFileGDB")
    kml = "<kml><Placemark><name>甲</name><Point><coordinates>1,2</coordinates></Point></Placemark></kml>"
    path = zipped(tmp_path, {
        **pieces(tmp_path, prefix="一/"), **pieces(tmp_path, prefix="二/"),
        "a.gpkg": gpkg.read_bytes(), "b.GeoJSON": geojson.read_bytes(),
        "表.xlsx": book.read_bytes(), "c.csv": "名称,编码\n张村,0012\n".encode("gbk"), "d.kml": kml,
        **{f"库/县.gdb/{one.name}": one.read_bytes() for one in sorted(gdb.iterdir())},
        "__MACOSX/._a.gpkg": b"x", ".DS_Store": b"x", "~$表.xlsx": b"x",
    })  # fmt: skip
    found = names(path)
    assert found[:6] == ["一/村.shp", "二/村.shp", "a.gpkg|村", "a.gpkg|镇", "b.GeoJSON", found[5]]
    assert found[5].startswith("表.xlsx")
    assert found[6:] == ["c.csv", "d.kml", "库/县.gdb|所"]
    for name in found:
        table = read_part(path, options=ReadingOptions(part=name))
        if name != "d.kml":
            assert table.cells.to_dict("list") == {"名称": ["张村"], "编码": ["0012"]}, name
    listed = (
        "“一/村.shp”、“二/村.shp”、“a.gpkg”、“b.GeoJSON”、“表.xlsx”、“c.csv”、“d.kml”、“库/县.gdb”"
    )
    assert message(path) == (
        f"「数据.zip」里有 8 个图层或表：{listed}。请选定读哪一个（导入时在页面上选或用 --part，project.toml 里写在 part）。"
    )
    assert message(path, "一/村.sh") == (
        f"「数据.zip」里没有“一/村.sh”，最接近的是“一/村.shp”，有的是：{listed}。请改正后重试。"
    )
    assert message(path, "a.gpkg|县") == (
        "「a.gpkg」里没有“县”，有的是：“村”、“镇”。请改正后重试。"
    )


def test_a_geodatabase_without_its_folder(tmp_path):
    gdb = tmp_path / "县.gdb"
    pyogrio.write_dataframe(FRAME, gdb, layer="所", driver="OpenFileGDB")
    members = {one.name: one.read_bytes() for one in gdb.iterdir()}
    assert names(zipped(tmp_path, members, name="县.zip")) == ["县.gdb|所"]


def test_pieces_that_are_missing(tmp_path):
    members = pieces(tmp_path)
    half = {name: content for name, content in members.items() if not name.endswith(".dbf")}
    path = zipped(tmp_path, {**half, "b.csv": "a,b\n1,2\n"})
    outline = outline_of(path)
    assert names(path) == ["b.csv"]
    without_dbf = (
        "「村.shp」缺少同名的 .dbf（属性表），没有名称、编码等属性。"
        "请把 .shp、.shx、.dbf、.prj 一起放在同一文件夹，或打成一个 zip。"
    )
    assert without_dbf in outline.remarks
    assert message(path, "村.shp") == without_dbf
    assert message(zipped(tmp_path, half)) == without_dbf
    lone = {name: content for name, content in members.items() if not name.endswith(".shp")}
    outline = outline_of(zipped(tmp_path, {**lone, "b.csv": "a,b\n1,2\n"}))
    assert "有 2 个文件缺少同名的 .shp，没有读：村.dbf、村.shx。" in outline.remarks


def test_only_what_is_asked_for_is_unpacked(tmp_path):
    path = zipped(tmp_path, {"a.csv": "x\n1\n", "b.csv": "y\n2\n", **pieces(tmp_path)})
    contents = archive_contents(path, readable=READABLE)
    assert [member.name for member in contents.members] == ["a.csv", "b.csv", "村.shp"]
    for member, expected in zip(contents.members, ({"a.csv"}, {"b.csv"}, None), strict=True):
        into = tmp_path / f"into {member.suffix}{member.name[0]}"
        into.mkdir()
        file = unpack(path, member, into)
        assert file.is_file()
        found = {one.name for one in into.iterdir()}
        assert found == (
            expected or {f"村{end}" for end in (".shp", ".shx", ".dbf", ".prj", ".cpg")}
        )


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("<img src=x onerror=alert(1)>.csv", "_img src=x onerror=alert(1)_.csv"),
        ("{{ 7 * 7 }}.csv", "{{ 7 _ 7 }}.csv"),
        ("con.csv", "_con.csv"),
        ("a!b:c.csv", "a_b_c.csv"),
        (f"{'长' * 90}.csv", f"{'长' * 60}.csv"),
    ],
)
def test_names_that_systems_do_not_take(tmp_path, name, plain):
    path = zipped(tmp_path, {f"数据/{name}": "a,b\n1,2\n"})
    (member,) = archive_contents(path, readable=READABLE).members
    assert member.name == f"数据/{name}"
    (tmp_path / "into").mkdir()
    assert unpack(path, member, tmp_path / "into").name == plain
    assert read_part(path).cells.to_dict("list") == {"a": ["1"], "b": ["2"]}


@pytest.mark.parametrize(
    "name", ["../x.shp", "../../x.csv", "/etc/x.csv", "a/../../x.csv", "C:/x.csv"]
)
def test_names_that_lead_out(tmp_path, name):
    path = zipped(tmp_path, {"a.csv": "a\n1\n", name: "b\n2\n"})
    assert message(path) == (
        f"「数据.zip」里有指向压缩包之外的文件名（{name}），没有打开。请向提供文件的单位核实来源。"
    )
    assert sorted(one.name for one in tmp_path.iterdir()) == ["数据.zip"]


def test_links_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert message(path) == (
        "「a.zip」里有 1 个指向别处的链接，不是真正的文件，没有打开。请把文件本身打包后重试。"
    )


def test_a_bomb(tmp_path):
    path = zipped(tmp_path, {"a.csv": b"0" * 30_000_000})
    assert message(path).startswith("「数据.zip」里的「a.csv」打开后是压缩时的 ")
    assert message(path).endswith("这是压缩炸弹的做法，没有打开。请向提供文件的单位核实来源。")


def test_archives_in_archives(tmp_path):
    inner = zipped(tmp_path, {"a.csv": "a\n1\n"}, name="里.zip").read_bytes()
    path = zipped(tmp_path, {"里.zip": inner, "b.RAR": b"Rar!"})
    assert message(path) == (
        "「数据.zip」里面还是压缩包（里.zip、b.RAR），不逐层打开。"
        "请解压后，把数据文件直接打成一个 zip。"
    )
    path = zipped(tmp_path, {"里.zip": inner, "c.csv": "a,b\n1,2\n"})
    assert outline_of(path).remarks[0] == "压缩包里还有压缩包，没有打开：里.zip。"
    assert names(path) == ["c.csv"]


def test_nothing_to_read(tmp_path):
    assert message(zipped(tmp_path, {})) == "「数据.zip」是空的，里面没有任何文件。请重新打包。"
    path = zipped(tmp_path, {f"{number}.docx": b"x" for number in range(7)})
    assert message(path) == (
        "「数据.zip」里没有能读的数据，有的是：0.docx、1.docx、2.docx、3.docx、4.docx 等 7 个。"
        "请把数据文件打包后重试。"
    )
    path.write_bytes(b"PK\x03\x04 junk")
    assert message(path) == "「数据.zip」不完整或已损坏，读不出来。请重新下载或重新打包后重试。"
    locked = zipped(tmp_path, {"a.csv": "a\n1\n"})
    content = bytearray(locked.read_bytes())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    locked.write_bytes(content)
    assert message(locked) == "「数据.zip」设有密码，读不出来。请解压后重新打包，不设密码。"


VRT = "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{0}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".kml", ".dxf", ".shp", ".csv"])
def test_a_member_in_disguise(tmp_path, suffix):
    secret = write_csv(tmp_path / "secret.csv", "word", "tianxia")
    members = {f"a{suffix}": VRT.format(secret)}
    if suffix == ".shp":
        members |= {"a.dbf": next(v for n, v in pieces(tmp_path).items() if n.endswith("dbf"))}
    path = zipped(tmp_path, members)
    said = message(path)
    assert said.startswith(f"「a{suffix}」的内容")
    assert "tianxia" not in said
