"""CSV tables as text, with the row numbers a planner sees."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import DemandError, SourceError
from layers import tables
from layers.tables import ensure_columns, file_bytes, numbers, read_csv, repeated
from tests.small_county import write_csv


def message(call, *args, **kwargs):
    with pytest.raises(SourceError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def test_zeros_before_a_code_stay(tmp_path):
    table = read_csv(write_csv(tmp_path / "v.csv", "编码,人口", "0012,3", "007,"))
    assert table.cells.to_dict("list") == {"编码": ["0012", "007"], "人口": ["3", ""]}
    assert table.rows == (2, 3)
    assert table.name == "v.csv"


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    table = read_csv(write_csv(tmp_path / "v.csv", "编码,人口", "1,2", encoding="utf-8-sig"))
    assert list(table.cells.columns) == ["编码", "人口"]


def test_rows_are_lines_of_the_file_whatever_stands_in_the_cells(tmp_path):
    path = tmp_path / "v.csv"
    path.write_bytes('编码,名称\r\n1,"两\r\n行"\r\n\r\n,\r\n2,后面\r\n'.encode())
    table = read_csv(path)
    assert table.rows == (2, 6)  # lines 2-3 are one record, 4 and 5 say nothing
    assert list(table.cells["名称"]) == ["两\r\n行", "后面"]


def test_short_lines_are_filled_and_padding_is_dropped(tmp_path):
    table = read_csv(write_csv(tmp_path / "v.csv", "a,b", "1", "2,3,,"))
    assert table.cells.to_numpy().tolist() == [["1", ""], ["2", "3"]]


def test_not_utf8(tmp_path):
    path = write_csv(tmp_path / "v.csv", "id,name", "1,张家庄", encoding="gbk")
    assert message(read_csv, path) == (
        "表格「v.csv」不是 UTF-8 编码（第 2 行起无法识别，可能是 GBK）。"
        "请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后重试。"
    )


def test_open_quotation_mark(tmp_path):
    path = write_csv(tmp_path / "v.csv", "id,name", "1,a", '2,"b', "3,c")
    assert message(read_csv, path) == (
        "表格「v.csv」从第 3 行起读不下去：引号没有成对，或分隔有误。"
        "请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后重试。"
    )


def test_empty_file_double_header_and_wide_lines(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert message(read_csv, empty) == "表格「empty.csv」是空的，没有表头也没有记录。请检查文件。"
    double = write_csv(tmp_path / "double.csv", "a,b,a", "1,2,3")
    assert (
        message(read_csv, double) == "表格「double.csv」的表头有重复的列名：a。请改成不同的名称。"
    )
    wide = write_csv(tmp_path / "wide.csv", "a,b", "1,2", "1,2,3", "1,2,4")
    assert message(read_csv, wide) == (
        "表格「wide.csv」有 2 行的列数多于表头（表头 2 列，首个在第 3 行）。"
        "单元格里若有逗号，请给单元格加英文双引号。"
    )
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"PK\0\0")
    assert message(read_csv, binary) == (
        "「binary.csv」不是文本表格（内含零字节）。请另存为“CSV UTF-8（逗号分隔）”后重试。"
    )


def test_missing_file_and_folder(tmp_path):
    missing = tmp_path / "no.csv"
    assert message(file_bytes, missing) == (
        f"找不到数据文件「no.csv」（{missing}）。请检查文件名，以及它相对于 project.toml 的位置。"
    )
    folder = tmp_path / "villages.csv"
    folder.mkdir()
    assert message(file_bytes, folder) == (
        f"「villages.csv」是一个文件夹，不是数据文件（{folder}）。请写明其中的文件。"
    )


def test_numbers_as_planners_write_them(tmp_path):
    cells = ['" 12 "', "１２３", '"1,234.5"', ".5", "1e3", "+7", "-2", '""']
    table = read_csv(write_csv(tmp_path / "v.csv", "n,x", *(f"{cell},." for cell in cells)))
    values, problems = numbers(table, "n")
    assert problems == []
    np.testing.assert_array_equal(values, [12, 123, 1234.5, 0.5, 1000, 7, -2, np.nan])


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("many", "应为数字"), ("1_000", "应为数字"), ("0x10", "应为数字"), ("12人", "应为数字"),
        ('"12,34"', "应为数字"), ("—", "应为数字"), ("NaN", "不是有限的数"),
        ("inf", "不是有限的数"), ("1e999", "不是有限的数"), ("-1", "不得为负"),
        ("1001", "不得大于 1000"),
    ],
)  # fmt: skip
def test_cells_that_are_no_number(tmp_path, cell, rule):
    table = read_csv(write_csv(tmp_path / "v.csv", "id,人口", "a,1", f"b,{cell}"))
    values, problems = numbers(table, "人口", minimum=0, maximum=1000)
    assert np.isnan(values[1])
    shown = cell.strip('"')
    assert [str(problem) for problem in problems] == [f"第 3 行「人口」：{rule}（值：{shown}）"]


def test_repeated_codes_name_the_first_row(tmp_path):
    table = read_csv(write_csv(tmp_path / "v.csv", "编码,x", "a,1", "b,1", "a ,1", ",1"))
    assert [str(problem) for problem in repeated(table, "编码")] == [
        "第 4 行「编码」：代码与第 2 行重复（值：a）",
        "第 5 行「编码」：不得为空",
    ]


def test_mapped_columns_that_are_not_there(tmp_path):
    table = read_csv(write_csv(tmp_path / "v.csv", "编码,村", "1,2"))
    with pytest.raises(DemandError) as caught:
        ensure_columns(
            table, ["编码", "村名", "人口"], title="需求点", section="[demand]", error=DemandError
        )
    assert str(caught.value) == (
        "需求点「v.csv」没有 “村名”、“人口” 这些列，文件里的列是：“编码”、“村”。"
        "请改正 project.toml [demand] 的 columns。"
    )


cell = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=8
)


@given(
    rows=st.lists(st.tuples(st.text("0123456789", min_size=1, max_size=6), cell), max_size=20),
    mark=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_was_written_is_read_back(tmp_path_factory, rows, mark, end):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "name"])
    lines = []
    for row in rows:
        lines.append(1 + len(re.findall(r"\r\n|\r|\n", text.getvalue())))
        writer.writerow(row)
    path = tmp_path_factory.mktemp("csv") / "v.csv"
    path.write_bytes(text.getvalue().encode("utf-8-sig" if mark else "utf-8"))
    table = read_csv(path)
    assert list(zip(table.cells["id"], table.cells["name"], strict=True)) == rows
    assert list(table.rows) == lines


def test_a_cell_without_end_is_called_what_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LONGEST_CELL", 1000)
    path = write_csv(tmp_path / "v.csv", "id,name", "1,a", f"2,{'村' * 1001}")
    try:
        assert message(read_csv, path) == (
            "表格「v.csv」从第 3 行起读不下去：有一个单元格超过 1,000 个字符。"
            "请检查这一行的内容后重试。"
        )
    finally:
        monkeypatch.undo()
    assert read_csv(path).cells["name"].tolist() == ["a", "村" * 1001]
