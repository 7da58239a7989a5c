"""Which row holds the column names, and the names of two rows in one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.formats.header_rows import (
    find_header,
    header_at,
    is_number,
    unique_names,
    units_in,
)
from layers.formats.table_rows import as_table


def rows(text):
    """Rows as a planner sees them: one line each, cells between bars."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip("\n").splitlines()]


PLAIN = rows("""
编码 | 名称   | 床位
0012 | 张家庄 | 5
0013 | 李家庄 | 7
""")

TITLED = rows("""
XX县2023年卫生机构一览表 | | | |
填报单位：XX县卫生健康局 | | | | 单位：张、人
序号 | 机构名称 | 地址 | 床位数 | 医师数
1 | 甲卫生院 | 甲镇 | 20 | 5
2 | 乙卫生院 | 乙镇 | 30 | 6
合计 | | | 50 | 11
""")

TITLE_IN_EVERY_CELL = rows("""
一览表 | 一览表 | 一览表
编码 | 名称 | 床位
1 | 甲 | 5
""")

YEARS = rows("""
人口（万人） | |
名称 | 2020 | 2021
甲 | 5.1 | 5.2
乙 | 6.1 | 6.2
""")

WORDS_ONLY = rows("""
编码 | 名称 | 备注
a1 | 甲 | 无
a2 | 乙 | 无
""")

UNNAMED_COLUMN = rows("""
编码 | 名称 |
a1 | 甲 | 无
a2 | 乙 | 无
""")

FORM = rows("""
填报单位： | XX局 | 填报人： | 张三 | 日期： | 2023-12-01
编码 | 名称 | 经度 | 纬度 | 床位 | 医师
1 | 甲 | 117.1 | 36.1 | 5 | 6
2 | 乙 | 117.2 | 36.2 | 5 | 6
""")


@pytest.mark.parametrize(
    ("table", "place"),
    [(PLAIN, 0), (TITLED, 2), (TITLE_IN_EVERY_CELL, 1), (YEARS, 1), (WORDS_ONLY, 0),
     (UNNAMED_COLUMN, 0), (FORM, 1), ([["编码", "名称"]], 0), ([["1", "2"]], 0), ([], 0),
     ([["名称"], ["甲"], ["乙"]], 0)],
)  # fmt: skip
def test_the_row_that_looks_like_names(table, place):
    before = [list(row) for row in table]
    assert find_header(table) == place
    assert table == before


def test_a_table_without_header_is_remarked_on():
    table = as_table("a.csv", rows("甲|117.12|36.1\n乙|117.22|36.2"), [1, 2])
    assert table.rows == (2,)
    assert table.remarks == (
        "第 1 行作为表头，但像是记录（有数字“117.12”）。请检查文件有没有表头。",
    )


MERGED = rows("""
XX县卫生机构一览表 | | | | |
机构名称 | 床位 | | 人员 | | 备注
 | 编制 | 实有 | 医生 | 护士 |
甲卫生院 | 20 | 18 | 5 | 6 | 无
乙卫生院 | 30 | 28 | 7 | 8 | 无
""")
SPANS = [(0, 0, 0, 5), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4), (1, 5, 2, 5)]
JOINED = ("机构名称", "床位 / 编制", "床位 / 实有", "人员 / 医生", "人员 / 护士", "备注")


@pytest.mark.parametrize("spans", [SPANS, []], ids=["merged cells known", "not known"])
def test_group_headings_are_joined_with_the_names(spans):
    header = header_at(MERGED, find_header(MERGED), spans=spans)
    assert (header.top, header.bottom, header.names) == (1, 2, JOINED)


def test_the_lower_row_finds_the_upper_one_where_merged_cells_are_known():
    header = header_at(MERGED, 2, spans=SPANS)
    assert (header.top, header.bottom, header.names) == (1, 2, JOINED)
    alone = header_at(MERGED, 2, spans=SPANS, upwards=False)
    assert (alone.top, alone.bottom) == (2, 2)


def test_groups_over_every_column():
    table = rows("""
基本信息 | | 床位 |
名称 | 地址 | 编制 | 实有
甲 | 甲镇 | 5 | 6
""")
    spans = [(0, 0, 0, 1), (0, 2, 0, 3)]
    header = header_at(table, find_header(table), spans=spans)
    assert header.names == ("基本信息 / 名称", "基本信息 / 地址", "床位 / 编制", "床位 / 实有")


def test_three_rows():
    table = rows("""
名称 | 床位 | | |
 | 编制 | | 实有 |
 | 公立 | 民营 | 公立 | 民营
甲 | 5 | 6 | 7 | 8
""")
    spans = [(0, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)]
    # the widest heading spans four of five columns: it says no more than a title
    header = header_at(table, find_header(table), spans=spans)
    assert header.bottom == 2
    assert header.names[1:3] == ("床位 / 编制 / 公立", "编制 / 民营")


@pytest.mark.parametrize(
    "table",
    [UNNAMED_COLUMN, PLAIN, rows("编码|名称|\n|甲|好\n|乙|好"), rows("编码||\n1|甲|乙"),
     rows("名称|床位|\n甲|5|6\n乙|7|8")],
)  # fmt: skip
def test_a_record_is_never_taken_into_the_header(table):
    assert header_at(table, 0).bottom == 0


def test_vertical_merges_of_records_are_filled_but_numbers_are_not_repeated():
    records = rows("乡镇|村|人口\n甲镇|a|100\n|b|\n乙镇|c|50")
    before = [list(row) for row in records]
    table = as_table("a.xlsx", records, [1, 2, 3, 4], spans=[(1, 0, 2, 0), (1, 2, 2, 2)])
    assert list(table.cells["乡镇"]) == ["甲镇", "甲镇", "乙镇"]
    assert list(table.cells["人口"]) == ["100", "", "50"]
    assert table.remarks == (
        "有 1 处向下合并的单元格，其中的文字已填入每一行。",
        "有 1 处数字写在向下合并的单元格里（“人口”第 2—3 行），数只读在首行，其余各行为空。请取消合并，分行填写。",
    )
    assert table.merged_numbers == (("人口", 2, 3),)
    assert records == before


@pytest.mark.parametrize(
    ("above", "units"),
    [
        ("示例县各乡镇人口（单位：万人） | |", ("万人",)),
        ("填报单位：示例县 | | 单位：万人", ("万人",)),
        ("填报单位：示例县卫健局 | 单位： | 人、张", ("人", "张")),
        ("示例县人口（2023年） | |", ()),
        ("示例县人口（万人） | |", ("万人",)),
    ],
)
def test_the_unit_above_the_header(above, units):
    table = as_table("a.csv", rows(f"{above}\n村名|人口|床位\n甲|1.2|5\n乙|3.4|6"), [1, 2, 3, 4])
    assert table.caption_units == units
    assert any("写明单位" in remark for remark in table.remarks) == bool(units)
    if units == ("万人",):
        assert table.remarks[1] == (
            "表头上方写明单位“万人”，没有写单位的同类数字列按它读。请核对单位。"
        )


def test_two_tables_side_by_side():
    table = rows("村名|人口||村名|人口\n甲|1||乙|2")
    assert as_table("a.csv", table, [1, 2]).side_by_side == (
        "表格「a.csv」像是两张表左右并排：表头里“村名、人口”重复出现，右边的记录会丢失。"
        "请把右边的记录移到左边的下方，合成一张表后重试。"
    )
    for other in (
        "村名|人口||村名|人口\n甲|1|||",
        "村名|人口|户数|人口|户数\n甲|1|2|3|4",
        "村名|人口|村名\n甲|1|2",
    ):
        assert as_table("a.csv", rows(other), [1, 2]).side_by_side == ""


def test_units_go_into_the_names():
    table = as_table(
        "a.csv", rows("名称|床位|面积（亩）|人口\n|（张）|亩|万人\n甲|5|3|1.2"), [1, 2, 3]
    )
    assert list(table.cells.columns) == ["名称", "床位（张）", "面积（亩）", "人口（万人）"]
    assert table.rows == (3,)
    assert table.remarks == ("第 2 行是计量单位，已写进列名。",)


@pytest.mark.parametrize("row", [["甲", "张"], ["", ""], ["单位", "-"], ["1", "2"], []])
def test_what_is_no_row_of_units(row):
    assert units_in(row) == {}


def test_names_are_unique_whatever_they_were():
    assert unique_names(["a", "a_2", "a", "", "第4列", "a"]) == [
        "a", "a_2", "a_3", "第4列", "第4列_2", "a_4",
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["1", " -1.5 ", "1,234", "1e3", "5%", ".5", "5.", "+7"])
def test_numbers(cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "a", "1a", "2023年", "1.2.3", "-", "1" * 61])
def test_no_numbers(cell):
    assert not is_number(cell)


def test_a_hostile_cell_takes_no_time():
    cells = ["1" * 1_000_000 + "x", " " * 1_000_000 + "x", "\n\t" * 500_000 + "x", "," * 1_000_000]
    begin = time.process_time()
    as_table("a.csv", [cells, cells, cells], [1, 2, 3])
    assert time.process_time() - begin < 3


cell = st.sampled_from(["", " ", "a", "村", "1", "2.5", "合计", "张", "：", "2020"])


@given(
    st.lists(
        st.lists(cell, min_size=3, max_size=3).filter(lambda row: any(map(str.strip, row))),
        min_size=1,
        max_size=8,
    )
)
def test_every_row_is_a_record_or_told_of(table):
    read = as_table("a.csv", table, list(range(1, len(table) + 1)))
    header = header_at(table, find_header(table))
    passed_over = len(table) - len(read)
    units = any("计量单位" in remark for remark in read.remarks)
    assert passed_over == header.bottom + 1 + units
    assert read.rows == tuple(range(passed_over + 1, len(table) + 1))
    if header.top:
        assert any("没有作为记录读入" in remark for remark in read.remarks)
    if header.bottom > header.top:
        assert any("表头占" in remark for remark in read.remarks)
    assert read.cells.columns.is_unique
