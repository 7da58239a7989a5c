"""Workbooks as text, whatever they are called; and those that are attacks."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import struct
import tempfile
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import SourceError
from layers.formats import binary_sheets, sheet_extents, workbook_copy, workbooks
from layers.formats.first_bytes import OLE_MARK
from layers.formats.limits import MIB
from layers.formats.ole_streams import CompoundFile, NotCompoundError, compound_file
from layers.formats.outline import Outline, Part, ReadingOptions
from layers.formats.workbooks import cell_text, read_sheet, workbook_outline

DAMAGED = "读不出来。请在 Excel 或 WPS 里打开后另存为 .xlsx 重试。"
LOCKED = "设有打开密码，读不出来。请在 Excel 或 WPS 里取消密码后另存。"
MOMENT = dt.datetime.fromisoformat("2023-01-02T03:04:05")
VERIFY = "请向提供文件的单位核实来源。"


def message(call, *args, **kwargs):
    with pytest.raises(SourceError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def xlsx(path, *rows, **sheets):
    """A workbook by openpyxl; the rows in its first sheet, further sheets by name."""
    book = openpyxl.Workbook()
    for name, content in {"村": rows, **sheets}.items():
        sheet = book.active if name == "村" else book.create_sheet(name)
        sheet.title = name
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


def lists(table):
    return [list(table.cells.columns), *table.cells.to_numpy().tolist()]


def test_every_kind_of_cell(tmp_path):
    values = {
        "0012": "0012", 12: "12", 12.5: "12.5", 371423001001: "371423001001", -3: "-3",
        117.1234567: "117.1234567", 1e-7: "1e-07", 1e300: "1e+300", True: "TRUE",
        dt.date(2023, 1, 2): "2023-01-02", MOMENT: "2023-01-02T03:04:05",
        dt.time(3, 4): "03:04:00", dt.timedelta(hours=30): "30:00:00", " x ": " x ",
        "两\n行": "两\n行", "=": "=", "#N/A 文字": "#N/A 文字",
    }  # fmt: skip
    path = xlsx(tmp_path / "a.xlsx", ["编码", "值"], *(["x", value] for value in values))
    table = read_sheet(path)
    assert list(table.cells["值"]) == list(values.values())
    assert table.rows == tuple(range(2, len(values) + 2))
    assert table.remarks == ()
    assert table.name == "a.xlsx"


def test_texts_of_values_that_files_rarely_hold():
    assert cell_text(0.1 + 0.2) == "0.30000000000000004"
    assert cell_text(-0.0) == "0"
    assert cell_text(371423198001010000.0) == "371423198001010000"
    assert cell_text(1e20) == "100000000000000000000"
    assert cell_text(dt.timedelta(seconds=-90)) == "-0:01:30"
    assert cell_text(MOMENT.replace(second=59, microsecond=999_999)) == "2023-01-02T03:05:00"
    assert cell_text(dt.datetime.combine(MOMENT, dt.time())) == "2023-01-02"
    assert cell_text(7) == "7"


def test_errors_formulas_and_long_numbers_are_remarked_on(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["编码", "值"])
        sheet.write_row(1, 0, ["a", 371423198001010000])
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 1, "=1+1", None, 2)
        sheet.write_formula(4, 1, '="甲"&"乙"', None, "甲乙")
        sheet.write_column(2, 0, ["b", "c", "d", "e"])
        sheet.write_formula(5, 1, "=1+1", None, "")
    table = read_sheet(path)
    assert list(table.cells["值"]) == ["371423198001010000", "", "2", "甲乙", ""]
    assert table.remarks == (
        "有 1 个单元格是错误值（#N/A 之类），按空白读入。",
        "有 1 个公式没有存下计算结果，按空白读入。请在 Excel 或 WPS 里打开后保存一次再导入。",
        "第 2 行有超过 15 位的数字，Excel 只保留前 15 位，后面的已变成 0。代码类的列请在 Excel 里设为文本格式后重新录入。",
    )
    unsaved = xlsx(tmp_path / "b.xlsx", ["编码", "值"], ["a", "=1+1"], ["b", "=A2"], ["c", 3])
    table = read_sheet(unsaved)
    assert list(table.cells["值"]) == ["", "", "3"]
    assert table.remarks == (
        "有 2 个公式没有存下计算结果，按空白读入。请在 Excel 或 WPS 里打开后保存一次再导入。",
    )


def test_an_empty_text_is_the_value_of_a_formula(village, tmp_path):
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>编码</t></is></c></row>'
    rows += '<row r="2"><c r="A2"><v>7</v></c><c r="B2" t="str"><f>IF(1,"")</f><v></v></c></row>'
    table = read_sheet(sheet_with(village, tmp_path, rows))
    assert lists(table) == [["编码"], ["7"]]
    assert table.remarks == ()


def test_title_merged_header_and_empty_rows(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B2"] = "XX县2023年卫生机构一览表"
    sheet.merge_cells("B2:E2")
    for place, name in {
        "B4": "乡镇",
        "C4": "机构名称",
        "D4": "床位",
        "D5": "编制",
        "E5": "实有",
    }.items():
        sheet[place] = name
    for cells in ("B4:B5", "C4:C5", "D4:E4", "B6:B8"):
        sheet.merge_cells(cells)
    for row, values in {
        6: ("甲镇", "甲院", 5, 4),
        8: (None, "乙院", 6, 5),
        9: ("合计", None, 11, 9),
    }.items():
        for column, value in enumerate(values, start=2):
            if value is not None:
                sheet.cell(row, column, value)
    book.save(tmp_path / "a.xlsx")
    table = read_sheet(tmp_path / "a.xlsx")
    assert lists(table) == [
        ["乡镇", "机构名称", "床位 / 编制", "床位 / 实有"],
        ["甲镇", "甲院", "5", "4"],
        ["甲镇", "乙院", "6", "5"],
        ["合计", "", "11", "9"],
    ]
    assert table.rows == (6, 8, 9)
    assert table.remarks == (
        "表头在第 4 行；其上 1 行没有作为记录读入（第 2 行“XX县2023年卫生机构一览表”）。",
        "表头占 2 行，上下两级的列名已合在一起（如“床位 / 编制”）。",
        "有 1 处向下合并的单元格，其中的文字已填入每一行。",
        "第 9 行像是合计或附注（首个：“合计”），检查时会放在一边，不当作一处。",
    )
    named = read_sheet(tmp_path / "a.xlsx", options=ReadingOptions(header_row=5))
    assert list(named.cells.columns)[-2:] == ["编制", "实有"]


def several(path):
    book = openpyxl.Workbook()
    book.active.title = "村"
    for row in (["编码", "名称"], ["0012", "甲"], ["0013", "乙"]):
        book.active.append(row)
    book.create_sheet("说明")
    hidden = book.create_sheet("选项")
    hidden.append(["类别"])
    hidden.append(["卫生室"])
    hidden.sheet_state = "hidden"
    book.create_chartsheet("图")
    book.save(path)
    return path


def test_outline_and_choice_of_sheets(tmp_path):
    path = several(tmp_path / "a.xlsx")
    assert workbook_outline(path) == Outline(
        "a.xlsx",
        (
            Part("村", "workbook", rows=2, columns=("编码", "名称")),
            Part("选项", "workbook", rows=1, columns=("类别",)),
        ),
        (
            "工作表“说明”是空的，已跳过。",
            "工作表“选项”是隐藏的。",
            "“图”是图表或宏，不是工作表，已跳过。",
        ),
    )
    table = read_sheet(path)  # the only one that is not hidden
    assert lists(table) == [["编码", "名称"], ["0012", "甲"], ["0013", "乙"]]
    assert table.remarks == ("读的是工作表“村”。",)
    assert lists(read_sheet(path, options=ReadingOptions(part="选项"))) == [["类别"], ["卫生室"]]
    assert message(read_sheet, path, options=ReadingOptions(part="说明")) == (
        "工作簿「a.xlsx」的工作表“说明”是空的。请改选别的工作表。"
    )
    assert message(read_sheet, path, options=ReadingOptions(part="村庄")) == (
        "「a.xlsx」里没有“村庄”，最接近的是“村”，有的是：“村”、“选项”。请改正后重试。"
    )


def test_two_sheets_need_a_choice(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", ["编码"], ["1"], 镇=[["名称"], ["甲"]])
    assert message(read_sheet, path) == (
        "「a.xlsx」里有 2 个图层或表：“村”、“镇”。请选定读哪一个（导入时在页面上选或用 --part，project.toml 里写在 part）。"
    )
    assert lists(read_sheet(path, options=ReadingOptions(part="镇"))) == [["名称"], ["甲"]]


def test_a_sheet_that_only_tells_how_to_fill_in_is_not_asked_about(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", ["编码"], ["1"], 填报说明=[["栏目", "要求"], ["编码", "必填"]])
    table = read_sheet(path)
    assert lists(table) == [["编码"], ["1"]]
    assert table.remarks == ("读的是工作表“村”。",)
    guide = read_sheet(path, options=ReadingOptions(part="填报说明"))
    assert lists(guide) == [["栏目", "要求"], ["编码", "必填"]]
    assert [part.name for part in workbook_outline(path).parts] == ["村", "填报说明"]


def test_workbooks_without_content(tmp_path):
    empty = "工作簿「a.xlsx」里没有任何有内容的工作表。请检查文件。"
    path = xlsx(tmp_path / "a.xlsx", 镇=[])
    assert message(read_sheet, path) == empty
    assert message(workbook_outline, path) == empty
    alone = xlsx(tmp_path / "b.xlsx")
    assert message(read_sheet, alone) == ("工作簿「b.xlsx」的工作表“村”是空的。请改选别的工作表。")
    nothing = tmp_path / "c.xlsx"
    nothing.write_bytes(b"")
    assert message(read_sheet, nothing) == "工作簿「c.xlsx」是空的（0 字节）。请重新导出。"
    assert message(read_sheet, tmp_path / "d.xlsx").startswith("找不到数据文件「d.xlsx」")


def xls(path):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("村")
    sheet.write_merge(0, 0, 0, 2, "一览表")
    for row, cells in enumerate((("编码", "名称", "床位"), ("0012", "甲", 5), ("0013", "乙", 6.5))):
        for column, cell in enumerate(cells):
            sheet.write(row + 1, column, cell)
    book.save(str(path))
    return path


def test_xls(tmp_path):
    for name in ("a.xls", "a.xlsx"):  # the content decides, not the name
        path = xls(tmp_path / name)
        table = read_sheet(path)
        assert lists(table) == [
            ["编码", "名称", "床位"],
            ["0012", "甲", "5"],
            ["0013", "乙", "6.5"],
        ]
        assert table.rows == (3, 4)
    assert "Workbook" in CompoundFile(path.read_bytes()).names


def test_xlsx_called_xls(tmp_path):
    path = xlsx(tmp_path / "a.xls", ["编码"], ["0012"])
    assert lists(read_sheet(path)) == [["编码"], ["0012"]]


@pytest.mark.parametrize(
    ("encoding", "more"),
    [("utf-8", ()), ("gbk", ("文字按 GB18030（含 GBK）编码读取。",)),
     ("utf-16", ("文字按 UTF-16 编码读取。",))],
)  # fmt: skip
def test_a_text_table_called_xls(tmp_path, encoding, more):
    path = tmp_path / "a.xls"
    path.write_bytes("编码\t名称\n0012\t甲\n".encode(encoding))
    table = read_sheet(path)
    assert lists(table) == [["编码", "名称"], ["0012", "甲"]]
    remark = "「a.xls」名为工作簿，内容是文本表格，已按文本读入。"
    assert table.remarks == (remark, *more, "按制表符分隔读取。")
    outline = workbook_outline(path)
    assert outline.parts == (Part("", "text", rows=1, columns=("编码", "名称")),)
    assert outline.remarks == table.remarks


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "网页（HTML）"),
        (b"<table border=1><tr><td>1</td></tr></table>", "网页（HTML）"),
        (b"MIME-Version: 1.0\n", "网页（单个文件的 MHTML）"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
         "Excel 2003 的 XML 表格"),
        (b"\x89PNG\r\n\x1a\n", "PNG 图片"),
        (b"%PDF-1.4", "PDF 文件"),
        (b"<OGRVRTDataSource/>", "VRT（指向别的文件的清单）"),
    ],
)  # fmt: skip
def test_a_workbook_that_is_something_else(tmp_path, content, name):
    path = tmp_path / "a.xls"
    path.write_bytes(content)
    assert message(read_sheet, path) == (
        f"「a.xls」的内容是{name}，不是 Excel 工作簿。"
        "请用 Excel 或 WPS 打开后另存为 .xlsx，不要只改扩展名。"
    )


def rewritten(path, target, **changes):
    """The same zip with parts changed; a function takes the old content and gives the new."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        for name in names:
            change = changes.get(name.replace("/", "_").replace(".", "_"))
            new.writestr(name, change(old.read(name)) if change else old.read(name))
        for name, content in changes.get("added", {}).items():
            new.writestr(name, content)
    return target


@pytest.fixture
def village(tmp_path):
    path = tmp_path / "v.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("村")
        sheet.write_row(0, 0, ["编码", "名称"])
        sheet.write_row(1, 0, ["0012", "甲"])
    return path


def sheet_with(village, tmp_path, rows, before=""):
    """The workbook with other rows, as XML; `before` stands in front of them."""
    content = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{before}<sheetData>{rows}</sheetData></worksheet>'
    return rewritten(
        village, tmp_path / "a.xlsx", xl_worksheets_sheet1_xml=lambda _: content.encode()
    )


def refused(path):
    begin = time.process_time()
    said = message(read_sheet, path)
    assert time.process_time() - begin < 3  # a second on an idle machine
    assert message(workbook_outline, path) == said
    return said


def test_two_million_rows(village, tmp_path):
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n % 7}</v></c></row>' for n in range(1, 510_000))
    path = sheet_with(village, tmp_path, rows)
    assert re.fullmatch(
        r"工作簿「a\.xlsx」的工作表“村”到第 5\d\d,\d\d\d 行还有内容，超过 500,000 行的上限，没有读入。"
        r"请分成几个文件，或删去末尾多余的行。",
        refused(path),
    )


def test_two_million_rows_are_seen_before_the_texts_are_read(village, tmp_path, monkeypatch):
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n % 7}</v></c></row>' for n in range(1, 2_000_001)
    )
    path = sheet_with(village, tmp_path, rows)
    given, looked_at = [], []
    chunks = workbook_copy.entry_chunks

    def counted(*asked):
        for chunk in chunks(*asked):
            given.append(len(chunk))
            yield chunk

    monkeypatch.setattr(workbook_copy, "entry_chunks", counted)
    monkeypatch.setattr(workbook_copy, "add_xlsx", lambda *block: looked_at.append(block))
    begin = time.process_time()
    assert "行还有内容，超过 500,000 行的上限" in message(read_sheet, path)
    assert time.process_time() - begin < 3  # a fifth of a second on an idle machine
    assert looked_at == []
    # a quarter of the rows, and one chunk more
    assert sum(given) < len(rows) * 0.27


def test_a_declared_size_beyond_excel(village, tmp_path):
    path = sheet_with(village, tmp_path, "", before='<dimension ref="A1:T2000000"/>')
    assert refused(path) == (
        "工作簿「a.xlsx」的工作表“村”到第 2,000,000 行还有内容，超过 500,000 行的上限，没有读入。"
        "请分成几个文件，或删去末尾多余的行。"
    )


def test_a_declared_size_and_formatted_rows_say_nothing(village, tmp_path):
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>编码</t></is></c></row><row r="2"><c r="A2"><v>7</v></c></row>'
    rows += "".join(
        f'<row r="{n}"><c r="XFD{n}" s="1"/></row>' for n in range(1_048_000, 1_048_577)
    )
    path = sheet_with(village, tmp_path, rows, before='<dimension ref="A1:XFD1048576"/>')
    assert lists(read_sheet(path)) == [["编码"], ["7"]]


@pytest.mark.parametrize(
    ("cell", "where"),
    [
        ('<row r="9"><c r="XFD9"><v>1</v></c></row>', "到第 16,384 列还有内容，超过 1,000 列"),
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
         "到第 1,048,576 行还有内容，超过 500,000 行"),
        ("<row r='9'><c s='1' r='XFD9'><v>1</v></c></row>", "到第 16,384 列还有内容，超过 1,000 列"),
        ('<x:row r="9"><x:c r = "xfd9"><v>1</v></x:c></x:row>',
         "到第 16,384 列还有内容，超过 1,000 列"),
        ("<row r='700000'><c><v>1</v></c></row>", "到第 700,000 行还有内容，超过 500,000 行"),
        (f"<row>{'<c/>' * 1_000}<c\n><v>1</v></c></row>", "到第 1,001 列还有内容，超过 1,000 列"),
        ('<row r="499999"><c r="CV499999"><v>1</v></c></row>',
         "有 499,999 行 100 列，超过 20,000,000 个单元格"),
    ],
)  # fmt: skip
def test_a_cell_in_the_far_corner(village, tmp_path, cell, where):
    path = sheet_with(village, tmp_path, f'<row r="1"><c r="A1"><v>1</v></c></row>{cell}')
    assert refused(path).startswith(f"工作簿「a.xlsx」的工作表“村”{where}的上限，没有读入。")


def test_one_long_text_in_every_cell(village, tmp_path):
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 30_000))
    path = sheet_with(village, tmp_path, rows)
    texts = f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"村" * 30_000}</t></si></sst>'
    bomb = rewritten(path, tmp_path / "b.xlsx", xl_sharedStrings_xml=lambda _: texts.encode())
    assert refused(bomb) == (f"工作簿「b.xlsx」的文字展开后超过 600 MB 的上限，没有读入。{VERIFY}")


@pytest.mark.parametrize(
    "part",
    ["xl_worksheets_sheet1_xml", "xl_sharedStrings_xml", "xl_workbook_xml", "docProps_app_xml"],
)
def test_entities_in_any_part(village, tmp_path, part):
    path = rewritten(
        village,
        tmp_path / "a.xlsx",
        **{part: lambda old: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + old},
    )
    name = re.sub(r"_xml$", ".xml", part).replace("_", "/")
    assert refused(path) == (
        f"工作簿「a.xlsx」的 {name} 里有 XML 实体或文档类型声明，Excel 不会这样保存，没有打开。{VERIFY}"
    )


def test_entities_that_hide_in_utf16_or_between_two_pieces(village, tmp_path):
    path = rewritten(
        village,
        tmp_path / "a.xlsx",
        xl_worksheets_sheet1_xml=lambda old: old.decode().encode("utf-16"),
    )
    assert refused(path) == (
        f"工作簿「a.xlsx」不完整或已损坏（xl/worksheets/sheet1.xml），{DAMAGED}"
    )
    chunks = [b"<a>" + b"x" * 50 + b"<!DOC", b"TYPE b>", b"</a>"]
    with pytest.raises(SourceError):
        list(sheet_extents.xml_blocks(chunks, file="a", part="b"))


def test_blocks_are_the_same_bytes_and_cut_no_tag():
    text = b"".join(b'<c r="A%d"><v>%d</v></c>' % (n, n) for n in range(1000))
    chunks = [text[at : at + 97] for at in range(0, len(text), 97)]
    blocks = list(sheet_extents.xml_blocks(chunks, file="a", part="b"))
    assert b"".join(blocks) == text
    assert all(block.count(b"<c ") == block.count(b"</c>") for block in blocks)


def test_a_tag_without_end(village, tmp_path, monkeypatch):
    monkeypatch.setattr(sheet_extents, "LONGEST_TAG", MIB)
    noise = bytes(range(65, 91)) * 10 + bytes(range(97, 123)) * 3
    path = rewritten(
        village, tmp_path / "a.xlsx",
        xl_worksheets_sheet1_xml=lambda _: b"<a b='" + (noise * 20_000)[: 4 * MIB // 5] * 5,
    )  # fmt: skip
    assert refused(path).startswith("「a.xlsx」里的") or DAMAGED in refused(path)


def test_a_bomb_in_a_sheet(village, tmp_path):
    path = rewritten(
        village, tmp_path / "a.xlsx", xl_worksheets_sheet1_xml=lambda old: old + bytes(50 * MIB)
    )
    assert "超过 200 倍的上限，这是压缩炸弹的做法，没有打开。" in refused(path)


def test_what_is_left_out(village, tmp_path):
    path = rewritten(
        village,
        tmp_path / "a.xlsm",
        added={
            "xl/vbaProject.bin": b"macro", "xl/media/a.png": b"\x89PNG", "inner.zip": b"PK\x03\x04",
            "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
        },
    )  # fmt: skip
    assert lists(read_sheet(path)) == [["编码", "名称"], ["0012", "甲"]]
    copy = workbook_copy.checked_copy(path, tmp_path)
    with zipfile.ZipFile(copy.path) as written:
        names = written.namelist()
    assert not [name for name in names if name.endswith((".bin", ".png", ".zip"))]


def test_zips_that_are_no_workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("村.shp", b"1")
    assert refused(path) == (
        "「a.xlsx」是压缩包，但里面不是 Excel 工作簿。请检查文件；如果是打包的数据，请把扩展名改为 .zip。"
    )
    path.write_bytes(b"PK\x03\x04")
    assert refused(path) == "「a.xlsx」不完整或已损坏，读不出来。请重新下载或重新打包后重试。"


@pytest.mark.parametrize("part", ["xl_workbook_xml", "xl__rels_workbook_xml_rels"])
def test_a_list_of_sheets_that_is_broken(village, tmp_path, part):
    path = rewritten(village, tmp_path / "a.xlsx", **{part: lambda old: old[: len(old) // 2]})
    name = {"xl_workbook_xml": "xl/workbook.xml"}.get(part, "xl/_rels/workbook.xml.rels")
    assert refused(path) == f"工作簿「a.xlsx」不完整或已损坏（{name}），{DAMAGED}"


def test_a_sheet_that_is_not_there(village, tmp_path):
    path = rewritten(village, tmp_path / "a.xlsx", xl_worksheets_sheet1_xml=lambda _: b"<a")
    assert message(read_sheet, path) in {
        f"工作簿「a.xlsx」不完整或已损坏，{DAMAGED}",
        "工作簿「a.xlsx」的工作表“村”是空的。请改选别的工作表。",
    }


def compound(path, streams):
    path.write_bytes(compound_file(streams))
    return path


def test_compound_files_of_any_size():
    streams = {"Book": bytes(range(256)) * 20_000, "b": b"1" * 4096}  # 1,250 sectors: two tables
    whole = CompoundFile(compound_file(streams))
    assert {name: whole.stream(name) for name in whole.names} == streams


def test_passwords(tmp_path):
    path = compound(tmp_path / "a.xlsx", {"EncryptionInfo": b"1", "EncryptedPackage": b"2"})
    assert CompoundFile(path.read_bytes()).names == ("EncryptionInfo", "EncryptedPackage")
    assert refused(path) == f"工作簿「a.xlsx」{LOCKED}"
    records = struct.pack("<HH16x", 0x809, 16) + struct.pack("<HH6x", 0x2F, 6)
    path = compound(tmp_path / "b.xls", {"Workbook": records})
    assert refused(path) == f"工作簿「b.xls」{LOCKED}"


def test_other_compound_files(tmp_path):
    path = compound(tmp_path / "a.xls", {"WordDocument": b"1"})
    assert refused(path) == (
        "「a.xls」是旧版 Office 文件，但里面没有工作表（可能是 Word 文档）。请把其中的表格另存为 .xlsx。"
    )
    path.write_bytes(OLE_MARK + bytes(600))
    assert refused(path) == f"工作簿「a.xls」不完整或已损坏，{DAMAGED}"


def test_what_the_sheets_of_an_xls_declare_says_nothing(tmp_path):
    path = xls(tmp_path / "a.xls")
    raw = path.read_bytes()
    at = raw.index(struct.pack("<HH", 0x200, 14)) + 4
    for declared in ((0, 0xFFFFFFFF, 0, 0xFFFF), (0xFFFFFFFF, 0, 0xFFFF, 0), (0, 65_536, 0, 256)):
        path.write_bytes(raw[:at] + struct.pack("<IIHH", *declared) + raw[at + 12 :])
        assert read_sheet(path).rows == (3, 4)


def test_an_xls_with_a_cell_in_the_far_corner(tmp_path):
    begin = struct.pack("<HH16x", 0x809, 16)
    cell = struct.pack("<HHHHHd", 0x203, 14, 65_535, 65_535, 0, 1.0)
    path = compound(tmp_path / "a.xls", {"Workbook": begin + begin + cell})
    assert refused(path) == (
        "工作簿「a.xls」的工作表“1”到第 65,536 列还有内容，超过 1,000 列的上限，没有读入。请删去右边多余的列。"
    )
    cell = struct.pack("<HHHHHd", 0x203, 14, 65_535, 255, 0, 1.0)
    path = compound(tmp_path / "a.xls", {"Workbook": begin + (begin + cell) * 2})
    assert refused(path) == (
        "工作簿「a.xls」超过 20,000,000 个单元格的上限，没有读入。请分成几个文件。"
    )


def xlsb(path, sheet):
    """An .xlsb by hand: one sheet of number cells, or whatever `sheet` is."""

    def record(kind, content=b""):
        head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        return head + bytes([len(content)]) + content

    def text(value):
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    names = record(143) + record(156, struct.pack("<II", 0, 1) + text("rId1") + text("S"))
    names += record(144)
    rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="t/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    cells = b""
    for row, values in enumerate(sheet):
        cells += record(0, struct.pack("<I13x", row))
        for column, value in values.items():
            cells += record(5, struct.pack("<IId", column, 0, value))
    body = record(129) + record(148, struct.pack("<4I", 0, 9, 0, 9)) + record(145) + cells
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.bin", record(131) + names + record(132))
        archive.writestr("xl/_rels/workbook.bin.rels", rels)
        archive.writestr("xl/worksheets/sheet1.bin", body + record(146) + record(130))
    return path


def test_xlsb(tmp_path):
    path = xlsb(tmp_path / "a.xlsb", [{0: 1.5, 1: 2}, {0: 3, 1: 371423001001}])
    table = read_sheet(path)
    assert lists(table) == [["1.5", "2"], ["3", "371423001001"]]
    far = xlsb(tmp_path / "b.xlsb", [{0: 1, 2**31: 1}])
    assert refused(far) == (
        "工作簿「b.xlsb」的工作表“sheet1.bin”到第 2,147,483,649 列还有内容，超过 1,000 列的上限，没有读入。请删去右边多余的列。"
    )
    cut = sheet_extents.Extent("b.xlsb", "s")
    with pytest.raises(SourceError):
        binary_sheets.add_xlsb(cut, b"\x80")


NOT_SPREAD = (
    "这个工作簿里有 {} 处合并的单元格，{} 格式里的没有展开：内容只读在合并区域的第一格。"
    "请核对，或在 Excel、WPS 里另存为 .xlsx 后重新导入。"
)


def test_merged_cells_of_xlsb_are_told(tmp_path):
    path = xlsb(tmp_path / "a.xlsb", [{0: 1.5, 1: 2}, {0: 3}, {1: 4}])
    assert read_sheet(path).remarks == ()
    # BrtBeginMergeCells, two of BrtMergeCell, BrtEndMergeCells: each type in two bytes
    merged = b"\xb1\x01\x04" + struct.pack("<I", 2)
    merged += 2 * (b"\xb0\x01\x10" + struct.pack("<4I", 1, 2, 0, 0)) + b"\xb2\x01\x00"
    end = b"\x81\x01\x00"
    other = rewritten(
        path, tmp_path / "b.xlsb",
        xl_worksheets_sheet1_bin=lambda old: old.removesuffix(end) + merged + end,
    )  # fmt: skip
    assert read_sheet(other).remarks == (NOT_SPREAD.format(2, ".xlsb"),)


ODS_SPACES = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)


def ods(path, rows, manifest="<m/>"):
    """An .ods by hand with one sheet "S" of these rows, as XML."""
    content = f'<office:document-content{ODS_SPACES}><office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def ods_row(*cells, more=""):
    inside = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        if cell
        else "<table:table-cell/>"
        for cell in cells
    )
    return f"<table:table-row{more}>{inside}</table:table-row>"


def test_ods(tmp_path):
    blank = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    path = ods(
        tmp_path / "a.ods",
        ods_row("编码", "名称") + ods_row("0012", "甲") + ods_row("", "乙") + blank,
    )
    table = read_sheet(path)
    assert lists(table) == [["编码", "名称"], ["0012", "甲"], ["", "乙"]]
    assert workbook_outline(path).parts == (
        Part("S", "workbook", rows=2, columns=("编码", "名称")),
    )


def test_merged_cells_of_ods_are_told(tmp_path):
    plain = ods_row("编码", "名称") + ods_row("1", "甲") + ods_row("2", "")
    assert read_sheet(ods(tmp_path / "a.ods", plain)).remarks == ()
    one = ' table:number-columns-spanned="1" table:number-rows-spanned="{}"'
    for rows, told in (
        (1, ()),
        (2, (NOT_SPREAD.format(3, ".ods"),)),
        (10, (NOT_SPREAD.format(3, ".ods"),)),
    ):
        merged = plain.replace("<table:table-cell", f"<table:table-cell{one.format(rows)}", 3)
        assert read_sheet(ods(tmp_path / "b.ods", merged)).remarks == told


def test_blocks_of_an_ods_may_be_empty():
    blocks = [b"", b"<a>", b"", b"</a>", b""]
    assert list(sheet_extents.check_ods(blocks, file="a.ods")) == blocks


def test_ods_bombs(tmp_path):
    many = ods(tmp_path / "a.ods", ods_row("1", more=' table:number-rows-repeated="1048576"'))
    assert refused(many) == (
        "工作簿「a.ods」的工作表“1”到第 1,048,576 行还有内容，超过 500,000 行的上限，没有读入。"
        "请分成几个文件，或删去末尾多余的行。"
    )
    wide = ods_row("1").replace(
        "cell office", 'cell table:number-columns-repeated="9999999" office'
    )
    assert "到第 9,999,999 列还有内容" in refused(ods(tmp_path / "a.ods", wide))
    long = ods_row("村" * 20_000, more=' table:number-rows-repeated="400000"')
    assert refused(ods(tmp_path / "a.ods", long)) == (
        f"工作簿「a.ods」的文字展开后超过 600 MB 的上限，没有读入。{VERIFY}"
    )
    endless = ods(tmp_path / "a.ods", ods_row("1") + "</tab")
    assert refused(endless) == f"工作簿「a.ods」不完整或已损坏（content.xml），{DAMAGED}"
    hidden = ods(tmp_path / "a.ods", ods_row("1"), manifest="<m:encryption-data/>")
    assert refused(hidden) == f"工作簿「a.ods」{LOCKED}"


def test_a_workbook_that_breaks_the_library(tmp_path, capfd):
    path = xlsb(tmp_path / "a.xlsb", [{0: 1.5, 1: 2}])
    cut = rewritten(path, tmp_path / "b.xlsb", xl_worksheets_sheet1_bin=lambda old: old[:-30])
    assert message(read_sheet, cut) == f"工作簿「b.xlsb」不完整或已损坏，{DAMAGED}"
    other = rewritten(
        path, tmp_path / "c.xlsb",
        xl__rels_workbook_bin_rels=lambda old: old.replace(b"rId1", b"rId2"),
    )  # fmt: skip
    assert message(read_sheet, other) == f"工作簿「c.xlsb」不完整或已损坏，{DAMAGED}"
    assert "panicked" in capfd.readouterr().err  # the library broke, the program did not


def test_no_room_for_the_copy(village, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workbooks, "checked_copy", full)
    assert message(read_sheet, village) == (
        f"读「v.xlsx」时写不了临时文件（{tempfile.gettempdir()}）。请检查磁盘空间和该文件夹的写入权限。"
    )


def test_five_thousand_rows_in_time(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("村")
        sheet.write_row(0, 0, [f"列{place}" for place in range(20)])
        for row in range(1, 5_001):
            sheet.write_row(row, 0, [f"{row:06d}", row / 7] * 10)
    begin = time.process_time()
    table = read_sheet(path)
    assert time.process_time() - begin < 2  # a tenth of the 50,000 rows of the issue
    assert len(table) == 5_000
    assert table.cells.iloc[-1, :2].tolist() == ["005000", repr(5000 / 7)]


any_text = st.text(
    st.characters(
        min_codepoint=32, exclude_categories=("Cs", "Cn", "Co"), exclude_characters="\ufffe\uffff"
    ),
    max_size=8,
).filter(lambda text: "_x" not in text.lower())


@given(rows=st.lists(st.lists(any_text, min_size=3, max_size=3), max_size=8))
def test_whatever_was_written_is_read_back(rows):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([["编码", "名称", "备注"], *rows]):
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(row, column, cell)
    table = read_back(target.getvalue(), header_row=1)
    kept = [row for row in rows if any(map(str.strip, row))]
    if not any("计量单位" in remark for remark in table.remarks):
        assert table.cells.to_numpy().tolist() == kept
        assert list(table.rows) == [
            place for place, row in enumerate(rows, start=2) if any(map(str.strip, row))
        ]


def read_back(content, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(content)
        return read_sheet(path, options=ReadingOptions(**options))


@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
            st.integers(-(2**53), 2**53),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_numbers_come_back_as_the_same_numbers(values):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["编码", "值"])
        for row, value in enumerate(values, start=1):
            sheet.write_string(row, 0, "a")
            sheet.write_number(row, 1, value)
    table = read_back(target.getvalue())
    # XlsxWriter writes 16 digits
    expected = [float(f"{float(value):.16g}") for value in values]
    assert [float(text) for text in table.cells["值"]] == expected
    assert not [text for text in table.cells["值"] if text.endswith(".0")]


@given(st.data())
def test_one_wrong_byte_is_a_table_or_a_sentence(data):
    kind = data.draw(st.sampled_from(["xlsx", "xls"]))
    raw = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SourceError):
        read_back(bytes(raw))


def bytes_of(write):
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / "a").read_bytes()


WHOLE = {
    "xlsx": bytes_of(lambda path: xlsx(path, ["编码", "名称"], ["0012", "甲"])),
    "xls": bytes_of(xls),
}


def test_compound_files_that_point_in_a_circle():
    raw = bytearray(WHOLE["xls"])
    first_table = struct.unpack_from("<I", raw, 76)[0]
    start = (first_table + 1) * 512
    for sector in range(128):
        struct.pack_into("<I", raw, start + 4 * sector, 0)
    with pytest.raises(NotCompoundError):
        CompoundFile(bytes(raw))
