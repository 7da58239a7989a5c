"""Numbers with units, as offices write them."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import SourceError
from layers.columns.units import M2_PER_MU, is_blank, is_rate, is_unit, read_numbers, unit_factor

ROUGH = "是约数，按 {} 使用，请核实"
BOUND = "只说了上限或下限，不知道确数，请填确数"
RANGE = "是一个范围，不知道确数，请填确数"


def read_one(text, *, quantity="persons", header_unit=""):
    """Value, fault and remark of one cell."""
    read = read_numbers([text], quantity=quantity, header_unit=header_unit)
    fault = read.faults[0].rule if read.faults else ""
    remark = read.remarks[0].rule if read.remarks else ""
    return read.values[0], fault, remark


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("350", 350), ("3,500", 3500), ("３，５００", 3500), (" 1200 ", 1200), ("350人", 350),
        ("1.2万", 12000), ("1.2万人", 12000), ("3千人", 3000), ("1e3", 1000), ("0", 0), ("-0", 0),
        ("共350人", 350), ("350（人）", 350), (".5", 0.5),
    ],
)  # fmt: skip
def test_persons(text, value):
    assert read_one(text) == (value, "", "")


@pytest.mark.parametrize(
    ("text", "header_unit", "value"),
    [
        ("15亩", "", 10_000), ("15", "亩", 10_000), ("2公顷", "", 20_000), ("2", "公顷", 20_000),
        ("80.5㎡", "", 80.5), ("1200m2", "", 1200), ("1200 m²", "", 1200), ("3", "万平方米", 30_000),
        ("2平方公里", "", 2e6), ("0.5", "km²", 5e5), ("10万平方米", "", 100_000), ("1.2万", "亩", 8e6),
    ],
)  # fmt: skip
def test_areas_in_square_metres(text, header_unit, value):
    found, fault, _ = read_one(text, quantity="area_m2", header_unit=header_unit)
    assert (found, fault) == (value, "")


@pytest.mark.parametrize(
    ("text", "quantity", "value"),
    [
        ("50张", "beds", 50), ("50张床", "beds", 50), ("3分钟", "minutes", 3), ("90秒", "minutes", 1.5),
        ("1小时", "minutes", 60), ("2.5公里", "metres", 2500), ("2千米", "metres", 2000),
        ("800米", "metres", 800),
    ],
)  # fmt: skip
def test_other_quantities(text, quantity, value):
    found, fault, _ = read_one(text, quantity=quantity)
    assert (found, fault) == (value, "")


def test_a_unit_in_the_cell_alone_is_said():
    assert read_one("15亩", quantity="area_m2")[2] == "按单元格里的单位“亩”换算成 10000 平方米"
    assert read_one("90秒", quantity="minutes")[2] == "按单元格里的单位“秒”换算成 1.5 分钟"
    assert read_one("80㎡", quantity="area_m2")[2] == ""


@pytest.mark.parametrize(
    "text", ["", "  ", "—", "-", "——", "/", "暂无", "N/A", "null", "＃N/A", "*"]
)
def test_a_blank_is_missing_not_zero(text):
    value, fault, remark = read_one(text)
    assert math.isnan(value)
    assert (fault, remark) == ("", "")
    assert is_blank(text)


def test_none_in_words_is_missing_and_said():
    value, fault, remark = read_one("无", quantity="beds")
    assert math.isnan(value)
    assert fault == ""
    assert remark == "按空值（未知）读，不是 0；确实没有的请填 0"


@pytest.mark.parametrize(
    "text", ["约300", "300余", "300余人", "300多", "近300人", "300左右", "300人上下", "大约300"]
)
def test_about_so_many_is_taken_as_written_and_flagged(text):
    assert read_one(text) == (300, "", ROUGH.format(300))


@pytest.mark.parametrize(
    "text", ["300以上", ">300", "≥300", "不足300", "300人以下", "300+", "至少300"]
)
def test_a_bound_is_no_number(text):
    value, fault, remark = read_one(text)
    assert math.isnan(value)
    assert (fault, remark) == (BOUND, "")


@pytest.mark.parametrize(
    "text", ["200-300", "200~300人", "200至300", "200人—300人", "２００－３００"]
)
def test_a_range_is_no_number(text):
    value, fault, _ = read_one(text)
    assert math.isnan(value)
    assert fault == RANGE


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("三百", "应为数字"),
        ("35,00", "应为数字"),
        ("1/2", "应为数字"),
        ("350?", "单位“?”不能换算成人"),
        ("12户", "单位“户”不能换算成人"),
        ("85%", "是百分数，应为数量"),
        ("-5", "不得为负"),
        ("−5", "不得为负"),
        ("#REF!", "是 Excel 的出错值，请在原表里改正公式"),
        ("#DIV/0!", "是 Excel 的出错值，请在原表里改正公式"),
        ("1e999", "不是有限的数"),
        ("=1+1", "应为数字"),
    ],
)
def test_what_is_no_number(text, rule):
    value, fault, _ = read_one(text)
    assert math.isnan(value)
    assert fault == rule


def test_a_unit_in_the_cell_goes_before_the_headers():
    value, _, remark = read_one("3000平方米", quantity="area_m2", header_unit="亩")
    assert value == 3000
    assert remark == "单元格里的单位“平方米”与表头不同，按单元格的读"
    assert read_one("12000人", header_unit="万人")[0] == 12000
    assert read_one("1.2万", header_unit="万人") == (12000, "", "")


def test_a_large_number_under_ten_thousands_is_flagged():
    value, fault, remark = read_one("3500", header_unit="万人")
    assert (value, fault) == (35_000_000, "")
    assert remark == "表头的单位是“万”，按 35,000,000 读，数值过大，请核对单位"


def test_a_header_that_measures_something_else():
    with pytest.raises(SourceError) as caught:
        read_numbers(["3"], quantity="persons", header_unit="户")
    assert str(caught.value) == ("表头里的单位“户”不能换算成人。请改正表头里的单位，或换一列。")


def test_notes_carry_the_position_and_the_cell():
    read = read_numbers(["1", "约2", "x", ""], quantity="beds")
    assert read.faults == ((2, "x", "应为数字"),)
    assert read.remarks == ((1, "约2", ROUGH.format(2)),)
    np.testing.assert_array_equal(read.values, [1, 2, np.nan, np.nan])


def test_no_cells():
    read = read_numbers([], quantity="beds", header_unit="张")
    assert (len(read.values), read.faults, read.remarks) == (0, (), ())


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        (" 1 200 ", 1200, "1,200"), ("1\u00a0200人", 1200, "1,200"),
        ("1 234 567.5", 1_234_567.5, "1,234,567.5"), ("12 345", 12_345, "12,345"),
    ],
)  # fmt: skip
def test_groups_of_thousands_may_stand_apart(text, value, shown):
    assert read_one(text) == (value, "", f"数字中间有空格，按一个数 {shown} 读，请核实")


@pytest.mark.parametrize(
    "text",
    ["120\n30", "120 30", "1 2", "1\n200", "1  200", "1200 300", "1 200 30", "1, 200", "1 .5"],
)
def test_two_numbers_in_a_cell_are_none(text):
    value, fault, remark = read_one(text)
    assert math.isnan(value)
    assert (fault, remark) == ("一格里有两个数", "")


@pytest.mark.parametrize("text", ["约 300", "300 人", "1.2 万", " 300\n"])
def test_other_white_space_means_nothing(text):
    assert read_one(text)[:2] == (read_one("".join(text.split()))[0], "")


@pytest.mark.parametrize(
    "text",
    [
        "2023-03-05",
        "2023-03-05T10:20:00",
        "2023/3/5",
        "2023年3月5日",
        "2023年3月",
        "2023-3-5 10:20",
    ],
)
def test_a_date_is_called_a_date(text):
    assert read_one(text)[1] == (
        "是日期，不是数量；可能是 Excel 自动改的，请把这一格改成常规格式后重填"
    )


def test_hundreds():
    assert unit_factor("百人", quantity="persons") == 100
    assert read_one("3", header_unit="百人")[0] == read_one("3百人")[0] == 300
    assert unit_factor("百万人", quantity="persons") == 1e6


@pytest.mark.parametrize("text", ["%", "占比", "占总人口比例", "使用率", "张/千人", "每千人"])
def test_rates_are_known(text):
    assert is_rate(text)
    assert math.isnan(unit_factor(text, quantity="beds"))


@pytest.mark.parametrize("text", ["社区/居委会", "万人", "全称", ""])
def test_what_is_no_rate(text):
    assert not is_rate(text)


def test_fifteen_mu_are_a_hectare():
    assert pytest.approx(10_000) == 15 * M2_PER_MU
    assert (
        unit_factor("公顷", quantity="area_m2") == unit_factor("ha", quantity="area_m2") == 10_000
    )
    assert math.isnan(unit_factor("斤", quantity="area_m2"))


@pytest.mark.parametrize(
    "unit", ["亩", "㎡", "万人", "张", "分钟", "千米", "度", "户", "百人", "千户", "平方尺"]
)
def test_units_are_known(unit):
    assert is_unit(unit)


@pytest.mark.parametrize("word", ["居", "全称", "WGS84", "", "社区", "估", "百度"])
def test_words_that_are_no_units(word):
    assert not is_unit(word)


@given(st.text(max_size=12))
def test_whatever_stands_in_a_cell_is_a_number_a_blank_or_a_fault(text):
    read = read_numbers([text], quantity="persons")
    value = read.values[0]
    assert math.isnan(value) or (math.isfinite(value) and value >= 0)
    assert not (read.faults and not math.isnan(value))
    if math.isnan(value) and not read.faults:
        assert is_blank(text)


@given(st.integers(0, 10**9), st.sampled_from(["人", "万人", "", "千人"]))
def test_a_unit_means_the_same_in_header_and_cell(number, unit):
    in_cell = read_numbers([f"{number}{unit}"], quantity="persons").values[0]
    in_header = read_numbers([str(number)], quantity="persons", header_unit=unit).values[0]
    assert in_cell == in_header


def test_a_cell_of_a_million_digits_is_no_number():
    began = time.process_time()
    read = read_numbers(["9" * 1_000_000, "1-" * 500_000, "12"], quantity="persons")
    assert time.process_time() - began < 1
    assert np.isnan(read.values).tolist() == [True, True, False]
    assert [note.rule for note in read.faults] == ["太长，不是一个数"] * 2
