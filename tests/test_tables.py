"""Numbers, codes and columns of a table as text, with the row numbers a planner sees."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coverage.errors import DemandError, Problem, SourceError
from layers.formats.text_tables import read_text_table
from layers.tables import SourceTable, ensure_columns, file_bytes, numbers, repeated
from tests.small_county import write_csv


def message(call, *args, **kwargs):
    with pytest.raises(SourceError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


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
    table = read_text_table(write_csv(tmp_path / "v.csv", "n,x", *(f"{cell},." for cell in cells)))
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
    table = read_text_table(write_csv(tmp_path / "v.csv", "id,人口", "a,1", f"b,{cell}"))
    values, problems = numbers(table, "人口", minimum=0, maximum=1000)
    assert np.isnan(values[1])
    shown = cell.strip('"')
    assert [str(problem) for problem in problems] == [f"第 3 行「人口」：{rule}（值：{shown}）"]


def test_codes_in_both_widths_are_one():
    cells = pd.DataFrame({"编码": ["7", "７", "07"]}, dtype=str)
    found = repeated(SourceTable("v.csv", cells, (2, 3, 4)), "编码")
    assert found == [Problem(3, "编码", "７", "代码与第 2 行重复")]


def test_repeated_codes_name_the_first_row(tmp_path):
    table = read_text_table(write_csv(tmp_path / "v.csv", "编码,x", "a,1", "b,1", "a ,1", ",1"))
    assert [str(problem) for problem in repeated(table, "编码")] == [
        "第 4 行「编码」：代码与第 2 行重复（值：a）",
        "第 5 行「编码」：不得为空",
    ]


def test_mapped_columns_that_are_not_there(tmp_path):
    table = read_text_table(write_csv(tmp_path / "v.csv", "编码,村", "1,2"))
    with pytest.raises(DemandError) as caught:
        ensure_columns(
            table, ["编码", "村名", "人口"], title="需求点", section="[demand]", error=DemandError
        )
    assert str(caught.value) == (
        "需求点「v.csv」没有 “村名”、“人口” 这些列，文件里的列是：“编码”、“村”。"
        "请改正 project.toml [demand] 的 columns。"
    )
