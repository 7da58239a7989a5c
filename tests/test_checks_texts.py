"""Texts that are not what they seem, codes that a spreadsheet spoilt, rows that are no records."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers.checks.filler_rows import empty_rows, totals_rows
from layers.checks.findings import Records
from layers.checks.texts import id_findings, text_findings
from layers.tables import SourceTable
from tests.hostile import HOSTILE


def records(ids):
    n = len(ids)
    nothing = np.full(n, np.nan)
    return Records("v.csv", tuple(range(2, n + 2)), tuple(ids), ("",) * n, nothing, nothing)


def checks(*cells):
    found = text_findings(records([""] * len(cells)), cells, column="名称")
    assert {one.done for one in found} <= {"kept"}
    return [(one.row, one.check) for one in found]


@pytest.mark.parametrize(
    ("cell", "check"),
    [
        ("=HYPERLINK(1)", "formula"),
        ("@SUM(A1)", "formula"),
        ("-cmd|' /C calc'!A0", "formula"),
        ("<b>王村</b>", "markup"),
        ("{{ 7*7 }}", "markup"),
        ("${x}", "markup"),
        ("javascript:alert(1)", "markup"),
        ("王\x00村", "control_characters"),
        ("王\n村", "control_characters"),
        ("王\u202e村", "control_characters"),
        ("王\ud800村", "control_characters"),
        ("锟斤拷卫生室", "garbled"),
        ("王\ufffd村", "garbled"),
        ("村" * 61, "long_name"),
    ],
)
def test_odd_texts_are_told_and_kept(cell, check):
    assert checks("王村卫生室", cell) == [(3, check)]


@pytest.mark.parametrize(
    "cell",
    ["", "-", "+86", "-3.5", "王村（东）", "A & B", "1,200", "王\u3000村", "50%", "a < b", "村" * 60,
     "电话：114", "12:30"],
)  # fmt: skip
def test_plain_texts_are_not(cell):
    assert checks(cell) == []


def test_a_name_that_tries_everything():
    assert {check for _, check in checks(HOSTILE)} >= {"markup", "control_characters", "long_name"}
    (one,) = text_findings(records([""]), ["=" + "x" * 30], column="名称")
    assert (one.found, one.column) == ("以 = + - @ 开头，像公式", "名称")
    (one,) = text_findings(records([""]), ["长" * 1500], column="名称")
    assert one.found == "有 1,500 个字符，超过 60 个"
    assert len(one.value) == 200


def spoilt(*ids):
    return [(one.value, one.check) for one in id_findings(records(ids), column="编码")]


def test_codes_that_lost_their_zeros():
    assert spoilt("0012", "0013", "14", "A1") == [("14", "id_lost_zeros")]
    assert spoilt("371402001", "371402002", "371402003", "371402004", "71402005") == [
        ("71402005", "id_lost_zeros")
    ]
    (one,) = id_findings(records(["0012", "14"]), column="编码")
    assert one.found == "其他代码有 4 位，这个只有 2 位"


def test_codes_that_merely_count():
    assert spoilt(*(str(number) for number in range(1, 200))) == []
    assert spoilt("1", "22", "333", "4444") == []
    assert spoilt() == []
    assert spoilt("", "") == []


def test_codes_in_scientific_notation_and_cut_to_fifteen_digits():
    assert spoilt("1.3E+11", "3.71402E+11", "1e5") == [
        ("1.3E+11", "id_scientific"), ("3.71402E+11", "id_scientific"), ("1e5", "id_scientific"),
    ]  # fmt: skip
    assert spoilt("123456789012345000", "123456789012345678") == [("123456789012345000", "id_cut")]
    assert spoilt("E10", "12E", "1E") == []


def table(*rows):
    cells = pd.DataFrame(list(rows), columns=["编码", "名称", "备注"], dtype=str)
    return SourceTable("v.csv", cells, tuple(range(2, len(rows) + 2)))


def test_rows_that_are_no_records():
    columns = {"id": "编码", "name": "名称"}
    given = table(
        ("1", "甲", ""), ("", " ", "打印日期"), ("", "合 计", ""), ("城关镇小计", "", ""),
        ("2", "总计村", ""), ("总计：", "", ""), ("Total", "", ""), ("3", "会计学校", ""),
    )  # fmt: skip
    assert empty_rows(given, columns) == [1]
    assert totals_rows(given, columns) == [2, 3, 5, 6]
    assert empty_rows(given, {}) == []
    assert totals_rows(table(), columns) == []
