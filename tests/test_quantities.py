"""Columns of amounts: which unit a whole column is in, and what is said of its cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.contracts import DEMAND, FACILITIES
from layers.columns.quantities import QUANTITIES, USUAL_UNITS, read_amounts
from layers.columns.units import OWN_UNITS, unit_factor
from layers.tables import SourceTable


def column(name, *cells):
    frame = pd.DataFrame({name: list(cells)}, dtype=str)
    return SourceTable("名录.xlsx", frame, tuple(range(2, len(cells) + 2)))


def read(name, *cells, quantity="area_m2", **kwargs):
    return read_amounts(column(name, *cells), name, quantity=quantity, **kwargs)


def rules(problems):
    return [str(one) for one in problems]


def said(remarks):
    return [(one.row, one.check, one.done, one.said) for one in remarks]


@pytest.mark.parametrize(
    ("header", "unit", "amount", "converted"),
    [
        ("面积", "", 3.0, ""),
        ("面积（㎡）", "", 3.0, ""),
        ("面积（亩）", "", 2000.0, "亩"),
        ("面积", "亩", 2000.0, "亩"),
        ("面积（亩）", "公顷", 30_000.0, "公顷"),  # the planner knows better than the header
        ("面积（元）", "平方米", 3.0, ""),
    ],
)
def test_the_project_goes_before_the_header(header, unit, amount, converted):
    found = read(header, "3", unit=unit)
    assert found.amounts.tolist() == [amount]
    assert (found.problems, found.remarks, found.converted) == ([], [], converted)


def test_a_header_that_measures_something_else_is_one_problem():
    found = read("常住人口（户）", "3", "4", quantity="persons")
    assert np.isnan(found.amounts).all()
    assert rules(found.problems) == [
        (
            "整列「常住人口（户）」：表头里的单位“户”不能换算成人，"
            "请改正表头，或在 project.toml 的 units 里写明单位"
        )
    ]


@pytest.mark.parametrize(
    ("header", "quantity", "unit", "own"),
    [
        ("人口（千户）", "persons", "千户", "人"), ("60岁以上（%）", "persons", "%", "人"),
        ("60岁以上(占比)", "persons", "占比", "人"), ("床位（张/千人）", "beds", "张/千人", "张"),
        ("建筑面积(平方尺)", "area_m2", "平方尺", "平方米"),
    ],
)  # fmt: skip
def test_a_rate_or_a_strange_unit_is_never_read_as_the_number(header, quantity, unit, own):
    found = read(header, "3", quantity=quantity)
    assert np.isnan(found.amounts).all()
    assert rules(found.problems) == [
        (
            f"整列「{header}」：表头里的单位“{unit}”不能换算成{own}，"
            "请改正表头，或在 project.toml 的 units 里写明单位"
        )
    ]
    assert read("人口（百人）", "3", quantity="persons").amounts.tolist() == [300.0]


def test_groups_of_thousands_are_remarked_on():
    assert said(read("人口（百人）", "1 200", quantity="persons").remarks) == [
        (2, "spaced_number", "kept", "数字中间有空格，按一个数 1,200 读，请核实")
    ]


def test_what_is_said_of_single_cells():
    found = read("面积", "约300", "3亩", "无", "80", "", "很大", "-1")
    np.testing.assert_array_equal(found.amounts, [300, 2000, np.nan, 80, np.nan, np.nan, np.nan])
    assert said(found.remarks) == [
        (2, "rough_number", "kept", "是约数，按 300 使用，请核实"),
        (3, "unit_converted", "changed", "按单元格里的单位“亩”换算成 2000 平方米"),
        (4, "blank_word", "kept", "按空值（未知）读，不是 0；确实没有的请填 0"),
    ]
    assert rules(found.problems) == [
        "第 7 行「面积」：应为数字（值：很大）", "第 8 行「面积」：不得为负（值：-1）",
    ]  # fmt: skip
    assert said(read("人口（万人）", "3500", "1.2万", quantity="persons").remarks) == [
        (2, "unit_doubtful", "kept", "表头的单位是“万”，按 35,000,000 读，数值过大，请核对单位")
    ]
    assert said(read("面积（亩）", "5平方米").remarks) == [
        (2, "unit_converted", "changed", "单元格里的单位“平方米”与表头不同，按单元格的读")
    ]


def test_a_unit_in_every_cell_is_said_once():
    found = read("面积", "3亩", "", "6亩")
    assert (found.remarks, found.converted) == ([], "亩")
    mixed = read("面积", "3亩", "6公顷")
    assert (len(mixed.remarks), mixed.converted) == (2, "")
    assert len(read("面积", "3亩").remarks) == 1  # one cell says nothing of a column


def test_limits_hold_after_conversion():
    found = read("出车（小时）", "0.5", "2", quantity="minutes", maximum=60)
    np.testing.assert_array_equal(found.amounts, [30, np.nan])
    assert rules(found.problems) == ["第 3 行「出车（小时）」：不得大于 60（值：2）"]
    found = read("面积", "", "—", "1", filled=True)
    assert rules(found.problems) == [
        "第 2 行「面积」：不得为空", "第 3 行「面积」：不得为空（值：—）",
    ]  # fmt: skip


def test_every_number_of_the_lists_is_a_quantity():
    numbers = {
        one.name for contract in (DEMAND, FACILITIES) for one in contract.columns
        if one.dtype == "number"
    }  # fmt: skip
    assert numbers == set(QUANTITIES) - {"turnout_minutes"}
    for quantity, usual in USUAL_UNITS.items():
        for unit in (OWN_UNITS[quantity], *usual.split("、")):
            assert unit_factor(unit, quantity=quantity) > 0


@given(st.lists(st.text(alphabet="0123456789.,-约亩万余人x 无", max_size=6), max_size=8))
def test_a_cell_is_an_amount_or_empty_or_at_fault(cells):
    table = column("面积", *cells)
    found = read_amounts(table, "面积", quantity="area_m2")
    faulty = {one.row for one in found.problems}
    assert not faulty & {one.row for one in found.remarks}
    for row, amount in zip(table.rows, found.amounts, strict=True):
        assert amount >= 0 or np.isnan(amount)
        assert not (row in faulty and amount >= 0)
    assert table.cells["面积"].tolist() == cells
