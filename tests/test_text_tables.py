"""CSV and TSV as text, in the encoding, delimiter and layout they have."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from coverage.errors import SourceError
from layers.formats import first_bytes, limits, table_rows, text_tables
from layers.formats.outline import Outline, Part, ReadingOptions
from layers.formats.text_tables import read_light_table, read_text_table, text_outline
from tests.small_county import write_csv

SAVE_AGAIN = "请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后重试。"


def message(call, *args, **kwargs):
    with pytest.raises(SourceError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def of_bytes(folder, content, name="v.csv"):
    path = folder / name
    path.write_bytes(content)
    return path


def lists(table):
    return [list(table.cells.columns), *table.cells.to_numpy().tolist()]


def test_zeros_before_a_code_stay(tmp_path):
    table = read_text_table(write_csv(tmp_path / "v.csv", "编码,人口", "0012,3", "007,"))
    assert table.cells.to_dict("list") == {"编码": ["0012", "007"], "人口": ["3", ""]}
    assert table.rows == (2, 3)
    assert table.name == "v.csv"
    assert table.remarks == ()


def test_rows_are_lines_of_the_file_whatever_stands_in_the_cells(tmp_path):
    path = of_bytes(tmp_path, '编码,名称\r\n1,"两\r\n行"\r\n\r\n,\r\n2,后面\r\n'.encode())
    table = read_text_table(path)
    assert table.rows == (2, 6)  # lines 2-3 are one record, 4 and 5 say nothing
    assert list(table.cells["名称"]) == ["两\r\n行", "后面"]


def test_old_macintosh_line_ends(tmp_path):
    table = read_text_table(of_bytes(tmp_path, "编码,名称\r1,甲\r2,乙\r".encode()))
    assert lists(table) == [["编码", "名称"], ["1", "甲"], ["2", "乙"]]
    assert table.rows == (2, 3)


def test_short_lines_are_filled_and_padding_is_dropped(tmp_path):
    table = read_text_table(write_csv(tmp_path / "v.csv", "a,b", "1", "2,3,,"))
    assert lists(table) == [["a", "b"], ["1", ""], ["2", "3"]]


@pytest.mark.parametrize(
    ("encoding", "remark"),
    [
        ("utf-8", ()),
        ("utf-8-sig", ()),
        ("gbk", ("文字按 GB18030（含 GBK）编码读取。",)),
        ("gb2312", ("文字按 GB18030（含 GBK）编码读取。",)),
        ("gb18030", ("文字按 GB18030（含 GBK）编码读取。",)),
        ("utf-16", ("文字按 UTF-16 编码读取。",)),
    ],
)
def test_encodings_of_offices(tmp_path, encoding, remark):
    path = write_csv(tmp_path / "v.csv", "编码,名称", "0012,张家庄", encoding=encoding)
    table = read_text_table(path)
    assert lists(table) == [["编码", "名称"], ["0012", "张家庄"]]
    assert table.remarks == remark


def test_a_character_that_gbk_has_not(tmp_path):
    path = write_csv(tmp_path / "v.csv", "编码,名称", "1,䶮村🚑𠮷", encoding="gb18030")
    assert list(read_text_table(path).cells["名称"]) == ["䶮村🚑𠮷"]


def test_the_encoding_that_the_planner_names(tmp_path):
    path = write_csv(tmp_path / "v.csv", "編碼,名稱", "1,張家莊", encoding="big5")
    table = read_text_table(path, options=ReadingOptions(encoding="Big5"))
    assert lists(table) == [["編碼", "名稱"], ["1", "張家莊"]]
    assert table.remarks == ("文字按 BIG5 编码读取。",)
    gbk = write_csv(tmp_path / "g.csv", "id,名称", "1,张家庄", encoding="gbk")
    assert message(read_text_table, gbk, options=ReadingOptions(encoding="utf-8")) == (
        f"表格「g.csv」不是 UTF-8 编码（第 1 行起无法识别）。{SAVE_AGAIN}"
    )
    for unknown in ("klingon", "zip", "a\0b"):
        assert message(read_text_table, path, options=ReadingOptions(encoding=unknown)) == (
            f"读「v.csv」时指定的编码“{unknown}”不认识。请改用 utf-8 或 gb18030。"
        )


def test_utf8_with_a_damaged_byte_is_not_taken_for_gbk(tmp_path):
    lines = ["编码,名称", *(f"{place},张家庄村民委员会" for place in range(9))]
    content = "\n".join(lines).encode()
    path = of_bytes(tmp_path, content.replace("张".encode(), b"\xe5\xbc", 1))
    assert message(read_text_table, path) == (
        "表格「v.csv」是 UTF-8 编码，但第 2 行起有损坏的字节（文字不完整）。"
        "请从来源重新导出，或用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后重试。"
    )


def test_no_encoding_at_all(tmp_path):
    path = of_bytes(tmp_path, "id,名称\n1,张家庄\n".encode("gbk") + b"2,\xff\xff\n")
    assert message(read_text_table, path) == (
        f"表格「v.csv」不是 UTF-8 编码，也不是 GB18030 编码（第 3 行起无法识别）。{SAVE_AGAIN}"
    )


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        (("编码\t名称\t人口", "1\t甲,乙\t2", "2\t丙\t3"), ("按制表符分隔读取。",)),
        (("编码;名称;人口", "1;甲,乙;2", "2;丙;3"), ("按分号分隔读取。",)),
        (("编码，名称，人口", "1，甲;乙，2", "2，丙，3"), ("按中文逗号分隔读取。",)),
        (("编码、名称、人口", "1、甲，乙、2", "2、丙、3"), ("按顿号分隔读取。",)),
        (("编码,名称,人口", "1,甲;乙;丙,2", "2,甲\t乙,3"), ()),
    ],
)
def test_delimiters(tmp_path, lines, remark):
    table = read_text_table(write_csv(tmp_path / "v.csv", *lines))
    assert list(table.cells.columns) == ["编码", "名称", "人口"]
    assert list(table.cells["编码"]) == ["1", "2"]
    assert table.remarks == remark


def test_full_width_commas_in_sentences_cut_nothing(tmp_path):
    table = read_text_table(write_csv(tmp_path / "v.csv", "意见", "好，可以", "不，不行，再议"))
    assert lists(table) == [["意见"], ["好，可以"], ["不，不行，再议"]]


def test_shapes_as_text_do_not_hide_a_semicolon(tmp_path):
    shape = "POLYGON((1 2, 3 4, 5 6, 1 2))"
    table = read_text_table(write_csv(tmp_path / "v.csv", "id;wkt", f"1;{shape}", f"2;{shape}"))
    assert lists(table) == [["id", "wkt"], ["1", shape], ["2", shape]]


def test_open_quotation_mark(tmp_path):
    path = write_csv(tmp_path / "v.csv", "id,name", "1,a", '2,"b', "3,c")
    assert message(read_text_table, path) == (
        f"表格「v.csv」从第 3 行起读不下去：引号没有成对，或分隔有误。{SAVE_AGAIN}"
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b",,\n,,\n", b"\xff\xfe"])
def test_empty_files(tmp_path, content):
    path = of_bytes(tmp_path, content)
    assert message(read_text_table, path) == (
        "表格「v.csv」是空的，没有表头也没有记录。请检查文件。"
    )


def test_header_alone(tmp_path):
    table = read_text_table(write_csv(tmp_path / "v.csv", "编码,名称"))
    assert list(table.cells.columns) == ["编码", "名称"]
    assert table.rows == ()
    assert len(table.cells) == 0


def test_wide_lines(tmp_path):
    path = write_csv(tmp_path / "v.csv", "a,b", "1,2", "1,2,3", "1,2,4")
    assert message(read_text_table, path) == (
        "表格「v.csv」有 2 行的列数多于表头（表头 2 列，首个在第 3 行）。"
        "单元格里若有逗号，请给单元格加英文双引号。"
    )


def test_names_that_repeat_or_lack(tmp_path):
    table = read_text_table(write_csv(tmp_path / "v.csv", "名称,人口,名称,,", "甲,1,乙,丙,"))
    assert lists(table) == [["名称", "人口", "名称_2", "第4列"], ["甲", "1", "乙", "丙"]]
    assert table.remarks == (
        "表头有重复的列名，后面的列改称“名称_2”。",
        "有 1 列没有列名，称作“第4列”。",
    )


def test_title_above_the_header_and_totals_below(tmp_path):
    path = write_csv(
        tmp_path / "v.csv",
        "XX县2023年卫生机构一览表,,",
        "填报单位：XX县卫健局,,单位：张",
        "机构名称,床位数,经度",
        "甲卫生院,20,117.1",
        "乙卫生院,30,117.2",
        "合计,50,",
        "注：数据截至2023年底,,",
    )
    table = read_text_table(path)
    assert lists(table)[0] == ["机构名称", "床位数", "经度"]
    assert table.rows == (4, 5, 6, 7)  # not one is lost
    assert table.remarks == (
        "表头在第 3 行；其上 2 行没有作为记录读入（第 1 行“XX县2023年卫生机构一览表”；第 2 行“填报单位：XX县卫健局 单位：张”）。",
        "表头上方写明单位“张”，没有写单位的同类数字列按它读。请核对单位。",
        "第 6、7 行像是合计或附注（首个：“合计”），检查时会放在一边，不当作一处。",
    )


def test_the_header_row_that_the_planner_names(tmp_path):
    path = write_csv(tmp_path / "v.csv", "a,b", "", "编码,名称", "1,甲")
    table = read_text_table(path, options=ReadingOptions(header_row=3))
    assert lists(table) == [["编码", "名称"], ["1", "甲"]]
    assert table.rows == (4,)
    assert message(read_text_table, path, options=ReadingOptions(header_row=2)) == (
        "表格「v.csv」的第 2 行没有内容，不能作表头。请改填表头所在的行号。"
    )


def test_outline(tmp_path):
    path = write_csv(tmp_path / "v.tsv", "编码\t名称", "1\t甲", "", "2\t乙", encoding="gbk")
    assert text_outline(path) == Outline(
        "v.tsv",
        (Part("", "text", rows=2, columns=("编码", "名称")),),
        ("文字按 GB18030（含 GBK）编码读取。", "按制表符分隔读取。"),
    )


def zip_bytes():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG 图片"),
        (zip_bytes(), "压缩包（.zip、.xlsx 之类）"),
        (first_bytes.OLE_MARK + bytes(600), "旧版 Office 文件（.xls、.doc 之类）"),
        (b"%PDF-1.7\n", "PDF 文件"),
        (b"SQLite format 3\0", "GeoPackage 或 SQLite 数据库"),
        (b"<OGRVRTDataSource><OGRVRTLayer/>", "VRT（指向别的文件的清单）"),
        (b'\xef\xbb\xbf\n <?xml version="1.0"?><OGRVRTDataSource/>', "VRT（指向别的文件的清单）"),
        ("<OGRVRTDataSource/>".encode("utf-16"), "VRT（指向别的文件的清单）"),
        (b"<VRTDataset rasterXSize='1'/>", "VRT（指向别的文件的清单）"),
        (b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline"}',
         "GDALG（要 GDAL 去处理别的文件的命令）"),
        (b'{"type": "FeatureCollection"}', "JSON 文件（GeoJSON 之类）"),
        (b"<html><table><tr><td>1</td></tr></table>", "网页（HTML）"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "网页（单个文件的 MHTML）"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "Excel 2003 的 XML 表格"),
        (b'<?xml version="1.0"?><kml/>', "KML 图层"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>', "XML 文件"),
    ],
)  # fmt: skip
def test_a_csv_that_is_something_else(tmp_path, content, name):
    assert message(read_text_table, of_bytes(tmp_path, content)) == (
        f"「v.csv」的内容是{name}，不是文本表格。请检查文件，不要只改扩展名。"
    )


def test_zero_bytes(tmp_path):
    for content in (b"PK\0\0", "编码,名称".encode("utf-16-le"), b"a,b\n1,\0\n"):
        assert message(read_text_table, of_bytes(tmp_path, content)) == (
            f"「v.csv」不是文本表格（内含零字节）。{SAVE_AGAIN}"
        )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n" + b"1,2\n" * (limits.MOST_ROWS + 1),
         "表格「v.csv」超过 500,000 行的上限，没有读入。请分成几个文件。"),
        (b"\n" * (text_tables.MOST_LINES + 1),
         "表格「v.csv」超过 1,000,000 行（连同空行），没有读入。一个文件最多 500,000 条记录，请分成几个文件。"),
        (b"a," * 1001 + b"\n",
         "表格「v.csv」超过 1,000 列的上限，没有读入。请删去不用的列。"),
        (b'a,b\n"' + b"\n" * (text_tables.MOST_LINES + 1),
         "表格「v.csv」超过 1,000,000 行（连同空行），没有读入。一个文件最多 500,000 条记录，请分成几个文件。"),
        (b"a,b\n" + b"," * (text_tables.LONGEST_RECORD + 1),
         "表格「v.csv」有一条记录超过 25,000,000 个字符（到第 2 行止），没有读入。请检查引号是否成对、文件是否为表格。"),
        ((b"a," * 999 + b"a\n") * 20_002,
         "表格「v.csv」超过 20,000,000 个单元格的上限，没有读入。请分成几个文件。"),
    ],
    ids=["rows", "lines", "columns", "quoted lines", "record", "cells"],
)  # fmt: skip
def test_attacks_are_refused_at_once(tmp_path, content, expected):
    path = of_bytes(tmp_path, content)
    begin = time.process_time()
    assert message(read_text_table, path) == expected
    assert time.process_time() - begin < 3  # a second on an idle machine


def bytes_read(monkeypatch):
    """How many bytes of a file are looked at before its records are taken apart."""
    given, opened = [], Path.open

    class Counted:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def read(self, size):
            given.append(size)
            return self.file.read(size)

    monkeypatch.setattr(Path, "open", lambda *a, **k: Counted(opened(*a, **k)))
    return given


@pytest.mark.parametrize("line", ["0012,张村,3\n", "张村,0012,3\r\n", '"1","张村"\n', ",\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_two_million_rows_are_refused_without_reading_them(tmp_path, monkeypatch, line, encoding):
    lines = 2_000_000
    path = of_bytes(tmp_path, b"")
    path.write_text(line * lines, encoding=encoding, newline="")
    given = bytes_read(monkeypatch)
    begin = time.process_time()
    said = message(read_text_table, path)
    assert time.process_time() - begin < 2  # a tenth of a second on an idle machine
    assert said in {
        "表格「v.csv」超过 500,000 行的上限，没有读入。请分成几个文件。",
        "表格「v.csv」超过 1,000,000 行（连同空行），没有读入。一个文件最多 500,000 条记录，请分成几个文件。",
    }
    assert ("500,000 行" in said) == ('"' not in line and line != ",\n")
    # half of the file for lines, a quarter for lines that are records for certain; a block more
    share = 0.25 if "500,000 行" in said else 0.5
    assert sum(given) <= share * path.stat().st_size + 3 * limits.MIB


@pytest.mark.parametrize(
    ("delimiter", "line"),
    [(",", " \t,\n"), (",", "\u3000\n"), (",", "\xa0\n"), (",", "\u2003\r\n"), ("，", "，，\n"),
     ("、", "、\n"), (";", ";\r\n"), ("\t", "\t\n")],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_lines_without_content_are_no_rows(tmp_path, monkeypatch, encoding, delimiter, line):
    monkeypatch.setattr(table_rows, "MOST_ROWS", 5)
    path = of_bytes(tmp_path, b"")
    head, row = f"名称{delimiter}人口\n", f"张村{delimiter}1\n"
    path.write_text(head + row * 5 + line * 20, encoding=encoding, newline="")
    assert len(read_text_table(path)) == 5
    path.write_text(head + row * 6 + line * 20, encoding=encoding, newline="")
    assert message(read_text_table, path).startswith("表格「v.csv」超过 5 行的上限")


def test_lines_within_quotation_marks_are_no_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(table_rows, "MOST_ROWS", 3)
    lines = "名称,人口\n张村,1\n".encode() + b'"a\n' + b"b\n" * 20 + b'",2\n3,4\n'
    assert len(read_text_table(of_bytes(tmp_path, lines))) == 3


def test_a_light_table_is_the_same_table(tmp_path):
    path = write_csv(
        tmp_path / "v.csv", "单位：万人", "编码;人口", "0012;3", "", "合计;3", encoding="gbk"
    )
    light, table = read_light_table(path), read_text_table(path)
    assert_frame_equal(light.cells, table.cells)
    for name in ("name", "rows", "remarks", "caption_units", "merged_numbers", "side_by_side"):
        assert getattr(light, name) == getattr(table, name)
    late = ReadingOptions(header_row=3)
    assert lists(read_light_table(path, options=late)) == lists(read_text_table(path, options=late))


def test_what_is_not_light(tmp_path, monkeypatch):
    wide = ",".join(f"c{n}" for n in range(1000)) + "\n"
    # a row of two bytes becomes one of a thousand cells
    assert read_light_table(of_bytes(tmp_path, (wide + "1\n" * 149).encode())) is not None
    assert read_light_table(of_bytes(tmp_path, (wide + "1\n" * 150).encode())) is None
    monkeypatch.setattr(text_tables, "LIGHT_BYTES", 8)
    assert read_light_table(of_bytes(tmp_path, b"a,b\n1,2\n")) is not None
    assert read_light_table(of_bytes(tmp_path, b"a,b\n1,23\n")) is None


def test_a_light_table_is_refused_alike(tmp_path):
    for content in (b"", b"PK\x03\x04", b"a,b\n1,2,3\n", b'a,b\n"1\n', b"a\0b", b"\n" * 9):
        path = of_bytes(tmp_path, content)
        assert message(read_light_table, path) == message(read_text_table, path)
    assert message(read_light_table, tmp_path) == message(read_text_table, tmp_path)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(text_tables, "MOST_FILE_BYTES", 2**20)
    path = of_bytes(tmp_path, bytes(2**20 + 1))
    assert message(read_text_table, path) == (
        "「v.csv」有 1 MB，超过 1 MB 的上限。请分成几个文件。"
    )


def test_padding_beyond_the_limit_says_nothing(tmp_path):
    path = of_bytes(tmp_path, b"a,b" + b"," * 20_000 + b"\n1,2" + b"," * 20_000)
    assert lists(read_text_table(path)) == [["a", "b"], ["1", "2"]]


def test_a_cell_without_end_is_called_what_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(text_tables, "LONGEST_CELL", 1000)
    path = write_csv(tmp_path / "v.csv", "id,name", "1,a", f"2,{'村' * 1001}")
    try:
        assert message(read_text_table, path) == (
            "表格「v.csv」从第 3 行起读不下去：有一个单元格超过 1,000 个字符。"
            "请检查这一行的内容后重试。"
        )
    finally:
        monkeypatch.undo()
    assert read_text_table(path).cells["name"].tolist() == ["a", "村" * 1001]


def test_many_remarked_rows_are_counted(tmp_path):
    path = write_csv(tmp_path / "v.csv", "名称,人口", *["小计,1"] * 7)
    assert read_text_table(path).remarks == (
        "第 2、3、4、5、6 等 7 行像是合计或附注（首个：“小计”），检查时会放在一边，不当作一处。",
    )
    assert table_rows.listed([3]) == "第 3 行"


cell = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=8
)


@given(
    rows=st.lists(st.tuples(st.text("0123456789", min_size=1, max_size=6), cell), max_size=20),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from(",\t;"),
)
def test_whatever_was_written_is_read_back(tmp_path_factory, rows, encoding, end, delimiter):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL, delimiter=delimiter)
    writer.writerow(["编码", "名称"])
    lines = []
    for row in rows:
        lines.append(1 + len(re.findall(r"\r\n|\r|\n", text.getvalue())))
        writer.writerow(row)
    path = tmp_path_factory.mktemp("csv") / "v.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    table = read_text_table(path)
    assert list(zip(table.cells["编码"], table.cells["名称"], strict=True)) == rows
    assert list(table.rows) == lines


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_sentence(tmp_path_factory, content):
    path = of_bytes(tmp_path_factory.mktemp("csv"), content)
    with contextlib.suppress(SourceError):
        table = read_text_table(path)
        assert len(table.cells) == len(table.rows)
        assert table.cells.columns.is_unique
