"""Shapefiles as offices hand them over: encodings that are not said or lie, halves, other case."""

from __future__ import annotations

import struct

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from coverage.errors import SourceError
from layers.formats.dbf_text import declared_encoding, decoded, found_encoding
from layers.formats.outline import ReadingOptions
from layers.formats.shapefiles import read_shapefile, shapefile_outline

CLINICS = {"名称": ["张村卫生室", "李家庄卫生室"], "编码": ["0012", "0013"], "床位": [3, 12]}
PLACES = [Point(117.0, 36.0), Point(117.1, 36.1)]


def written(folder, *, encoding="gbk", columns=CLINICS, shapes=PLACES, crs=4490, name="村"):
    path = folder / f"{name}.shp"
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path, encoding=encoding)
    return path


def message(path, **kwargs):
    with pytest.raises(SourceError) as caught:
        read_shapefile(path, **kwargs)
    with pytest.raises(SourceError) as outlined:
        shapefile_outline(path, **kwargs)
    assert str(outlined.value) == str(caught.value)
    return str(caught.value)


def says(path, cpg):
    path.with_suffix(".cpg").write_bytes(cpg)


def silent(path):
    """No .cpg and language driver 0, as geopandas itself writes it."""
    path.with_suffix(".cpg").unlink()
    return path


def with_language(path, number):
    dbf = path.with_suffix(".dbf")
    content = bytearray(dbf.read_bytes())
    content[29] = number
    dbf.write_bytes(content)


def assert_clinics(table):
    assert table.cells.to_dict("list") == {
        "名称": ["张村卫生室", "李家庄卫生室"], "编码": ["0012", "0013"], "床位": ["3", "12"],
    }  # fmt: skip
    assert table.rows == (1, 2)
    assert table.geometry.to_list() == PLACES
    assert table.geometry.crs.to_epsg() == 4490
    assert table.unread_crs == ""


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
@pytest.mark.parametrize("suffix", [".shp", ".dbf", ".shx"])
def test_what_goes_out_comes_back(tmp_path, encoding, suffix):
    path = written(tmp_path, encoding=encoding)
    assert_clinics(read_shapefile(path.with_suffix(suffix)))


def test_without_any_word_on_the_encoding(tmp_path):
    table = read_shapefile(silent(written(tmp_path)))
    assert_clinics(table)
    assert table.remarks == (
        "文字编码取 GB18030（含 GBK）：文件没有声明中文编码，文字不符合 UTF-8。",
    )
    table = read_shapefile(silent(written(tmp_path, encoding="utf-8")))
    assert_clinics(table)
    assert table.remarks == ("文字编码取 UTF-8：文件没有声明中文编码，文字全部符合 UTF-8。",)


def test_a_cpg_that_lies(tmp_path):
    path = written(tmp_path)
    says(path, b"UTF-8")
    table = read_shapefile(path)
    assert_clinics(table)
    assert table.remarks == (
        "文字编码取 GB18030（含 GBK）：声明的是 UTF-8，文字不符合 UTF-8，声明与内容不符。",
    )
    path = written(tmp_path, encoding="utf-8")
    says(path, b"GBK")
    table = read_shapefile(path)
    assert_clinics(table)
    assert table.remarks == (
        "文字编码取 UTF-8：声明的是 GB18030（含 GBK），文字全部符合 UTF-8，声明与内容不符。",
    )
    says(path, b"ISO-8859-1")
    assert_clinics(read_shapefile(path))


def test_a_language_driver(tmp_path):
    path = silent(written(tmp_path))
    with_language(path, 0x4D)
    table = read_shapefile(path)
    assert_clinics(table)
    assert table.remarks == (
        "文字编码取 GB18030（含 GBK）：声明的是 GB18030（含 GBK），文字不符合 UTF-8。",
    )
    with_language(path, 0x57)  # "ANSI", whatever that is on the computer
    assert_clinics(read_shapefile(path))


def test_chinese_that_is_valid_utf8_by_chance(tmp_path):
    """The two characters 联通 in GBK are two Greek-looking letters in UTF-8."""
    path = silent(written(tmp_path, columns={"a": ["联通", "x"]}))
    assert read_shapefile(path).cells["a"].tolist() == ["联通", "x"]


def test_traditional_characters_in_big5(tmp_path):
    path = silent(written(tmp_path, encoding="big5", columns={"a": ["衛生室", "鄉鎮"]}))
    says(path, b"950")
    table = read_shapefile(path)
    assert table.cells["a"].tolist() == ["衛生室", "鄉鎮"]
    assert table.remarks == ("文字编码取 Big5：声明的是 Big5，文字全部符合 Big5。",)


def test_the_planner_names_the_encoding(tmp_path):
    path = silent(written(tmp_path))
    table = read_shapefile(path, options=ReadingOptions(encoding="gbk"))
    assert_clinics(table)
    assert table.remarks == ("文字编码取 gbk：由使用者指定。",)
    wrong = ReadingOptions(encoding="gkb")
    assert message(path, options=wrong) == "不认识编码“gkb”。请写 utf-8 或 gb18030。"


def test_utf8_field_names_are_cut_in_the_middle_of_a_character(tmp_path):
    """Programs cut names at ten bytes, and put a number at the end of the second alike."""
    columns = {"aaaaaaaaaa": ["甲"], "bbbbbbbbbb": ["乙"], "床位数": [1]}
    path = silent(written(tmp_path, encoding="utf-8", columns=columns, shapes=[Point(1, 2)]))
    dbf = path.with_suffix(".dbf")
    first, second = "医疗机构名称".encode()[:10], "医疗机构类别".encode()[:8] + b"_1"
    dbf.write_bytes(dbf.read_bytes().replace(b"aaaaaaaaaa", first).replace(b"bbbbbbbbbb", second))
    table = read_shapefile(path)
    assert table.cells.to_dict("list") == {"医疗机": ["甲"], "医疗_1": ["乙"], "床位数": ["1"]}
    assert table.remarks[1] == "有 2 个列名在半个汉字处被截断，已去掉残字：医疗机、医疗_1。"
    outline = shapefile_outline(path)
    assert outline.parts[0].columns == ("医疗机", "医疗_1", "床位数")
    assert outline.remarks == table.remarks


def test_one_row_in_another_encoding(tmp_path):
    path = silent(written(tmp_path, columns={"a": ["张村卫生室", "李庄卫生室", "王庄卫生室"]},
                          shapes=[*PLACES, Point(0, 0)]))  # fmt: skip
    dbf = path.with_suffix(".dbf")
    odd = "赵庄".encode()
    dbf.write_bytes(dbf.read_bytes().replace("李庄卫生室".encode("gbk"), odd.ljust(10)))
    table = read_shapefile(path)
    # six bytes of UTF-8 are also three characters of GBK: only what cannot be GBK is told apart
    assert table.cells["a"].tolist()[0::2] == ["张村卫生室", "王庄卫生室"]
    dbf.write_bytes(dbf.read_bytes().replace(odd, b"\xff\xff".ljust(6)))
    table = read_shapefile(path)
    assert table.cells["a"].tolist()[0::2] == ["张村卫生室", "王庄卫生室"]
    assert table.remarks[-1] == (
        "有 1 格的文字不完整或编码与其余不同，已尽量读出，请核对，首个在第 2 条。"
    )


def test_a_missing_index_is_made_anew_elsewhere(tmp_path):
    path = written(tmp_path)
    path.with_suffix(".shx").unlink()
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    table = read_shapefile(path)
    assert_clinics(table)
    assert table.remarks[0] == "缺少索引文件 .shx，已在临时副本里重建，原文件未改动。"
    assert shapefile_outline(path).parts[0].rows == 2
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_half_a_shapefile(tmp_path):
    path = written(tmp_path)
    dbf = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").unlink()
    remedy = "请把 .shp、.shx、.dbf、.prj 一起放在同一文件夹，或打成一个 zip。"
    assert message(path) == (f"「村.shp」缺少同名的 .dbf（属性表），没有名称、编码等属性。{remedy}")
    path.with_suffix(".dbf").write_bytes(dbf)
    shp = path.read_bytes()
    path.unlink()
    named = path.with_suffix(".dbf")
    assert message(named) == (f"「村.dbf」缺少同名的 .shp（图形），只有属性读不出位置。{remedy}")
    path.write_bytes(shp[:-5])
    assert message(path) == "「村.shp」不完整：应有 156 字节，实有 151 字节。请重新拷贝或导出。"
    path.write_bytes(shp)
    named.write_bytes(dbf[:-30])
    assert message(path) == (
        f"「村.dbf」不完整：应有 {len(dbf) - 1} 字节，实有 {len(dbf) - 30} 字节。请重新拷贝或导出。"
    )
    named.write_bytes(b"")
    assert message(path) == "图层文件「村.dbf」是空的（0 字节）。请重新导出。"
    named.write_bytes(b"<html>" * 20)
    assert message(path) == "「村.dbf」的内容不是 DBF 属性表，和它的扩展名不符。请重新导出。"
    path.write_bytes(b"<OGRVRTDataSource>")
    named.write_bytes(dbf)
    assert message(path) == (
        "「村.shp」的内容不是 Shapefile，和它的扩展名不符。请在 QGIS 里另存为 Shapefile 后重试。"
    )


def test_pieces_of_two_exports(tmp_path):
    path = written(tmp_path)
    (tmp_path / "b").mkdir()
    other = written(tmp_path / "b", columns={"名称": ["a"]}, shapes=[Point(0, 0)])
    path.with_suffix(".dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    assert message(path) == (
        "「村.shp」的图形有 2 个，属性有 1 条，对不上。请把同一次导出的 .shp、.shx、.dbf 一起拷来。"
    )


def test_names_in_other_case(tmp_path):
    path = written(tmp_path)
    for suffix, other in ((".shp", ".SHP"), (".dbf", ".Dbf"), (".shx", ".ShX"), (".prj", ".PRJ")):
        path.with_suffix(suffix).rename(path.with_suffix(other))
    assert_clinics(read_shapefile(path.with_suffix(".SHP")))
    assert_clinics(read_shapefile(path.with_suffix(".Dbf")))


def test_a_name_that_pyogrio_would_take_for_a_way_into_an_archive(tmp_path):
    folder = tmp_path / "a.zip!b"
    folder.mkdir()
    path = written(tmp_path)
    for piece in list(tmp_path.glob("村.*")):
        piece.rename(folder / piece.name)
    assert message(folder / path.name) == (
        "「村.shp」的文件名或所在文件夹的名称里有“!”，读不了。请改成不带“!”的名称后重试。"
    )


def test_without_prj_and_with_one_that_says_nothing(tmp_path):
    path = written(tmp_path)
    path.with_suffix(".prj").unlink()
    table = read_shapefile(path)
    assert table.geometry.crs is None
    assert table.unread_crs == ""
    path.with_suffix(".prj").write_text("北京54", encoding="gbk")
    table = read_shapefile(path)
    assert table.geometry.crs is None
    assert table.unread_crs != ""
    assert shapefile_outline(path).parts[0].crs == ""


def test_long_codes_keep_every_digit(tmp_path):
    path = written(tmp_path, columns={"n": [370102199001011234, 7]})
    assert read_shapefile(path).cells["n"].tolist() == ["370102199001011234", "7"]


def test_a_deleted_record_is_counted_out_by_gdal_and_said(tmp_path):
    path = written(tmp_path)
    dbf = path.with_suffix(".dbf")
    content = bytearray(dbf.read_bytes())
    header = struct.unpack_from("<H", content, 8)[0]
    content[header] = ord("*")
    dbf.write_bytes(content)
    table = read_shapefile(path)
    assert table.cells["编码"].tolist() == ["0013"]
    assert table.rows == (2,)
    assert "有 1 条记录在属性表里已标为删除，没有读入，首个是第 1 条。" in table.remarks


def test_lines_polygons_empty_layers_and_heights(tmp_path):
    line = LineString([(0, 0, 5), (1, 1, 6)])
    table = read_shapefile(written(tmp_path, columns={"a": ["x"]}, shapes=[line]))
    assert table.geometry.iloc[0].equals(LineString([(0, 0), (1, 1)]))
    assert not table.geometry.has_z.any()
    assert table.remarks == ("图形带有高程（Z），这里只用平面位置，已略去。",)
    square = Polygon([(0, 0), (0, 1), (1, 1)])
    path = written(tmp_path, columns={"a": ["x", "y"]}, shapes=[square, None], name="面")
    table = read_shapefile(path)
    assert table.geometry.isna().tolist() == [False, True]
    assert table.remarks == ("有 1 条记录没有图形，首个是第 2 条。",)
    assert shapefile_outline(path).parts[0].geometry == "polygon"


def test_the_outline_is_what_reading_gives(tmp_path):
    outline = shapefile_outline(written(tmp_path))
    (part,) = outline.parts
    assert (part.name, part.format, part.rows) == ("", "shapefile", 2)
    assert part.columns == ("名称", "编码", "床位")
    assert (part.geometry, part.crs) == ("point", "EPSG:4490")


CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4, max_size=9)


@given(st.lists(CHINESE, min_size=3, max_size=8), st.sampled_from(["utf-8", "gbk"]))
def test_text_comes_back_in_either_encoding_if_the_cpg_says_so(texts, encoding):
    raw = [text.encode(encoding) for text in texts]
    declared = declared_encoding(encoding.encode(), 0)
    found = found_encoding(raw, declared=declared)
    if found.name == declared:
        assert [decoded(one, found.name)[0] for one in raw] == texts
    else:  # rare characters of GBK that are UTF-8 as well
        assert encoding == "gbk"


COMMON = "张王李赵村镇卫生室养老院健身广场东西南北街道中心医院社区服务站小学"


@given(st.lists(st.text(st.sampled_from(COMMON), min_size=2, max_size=9), min_size=2, max_size=9),
       st.sampled_from(["utf-8", "gbk"]))  # fmt: skip
def test_names_as_offices_have_them_come_back_without_a_word(texts, encoding):
    raw = [text.encode(encoding) for text in texts]
    found = found_encoding(raw, declared="")
    assert [decoded(one, found.name)[0] for one in raw] == texts


@given(CHINESE, st.integers(1, 30))
def test_text_cut_anywhere_loses_one_character_at_most(text, length):
    raw = text.encode()[:length]
    if len(raw) >= 3:
        assert decoded(raw, "utf-8")[0] == text[: len(raw) // 3]


def test_the_frame_that_was_written_is_left_alone(tmp_path):
    columns = {"名称": ["a", "b"]}
    frame = gpd.GeoDataFrame(columns, geometry=PLACES, crs=4490)
    kept = frame.copy()
    frame.to_file(tmp_path / "a.shp")
    read_shapefile(tmp_path / "a.shp")
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(kept))
