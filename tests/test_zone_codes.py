"""Codes of administrative divisions, and rows brought to zones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from layers.matching.zone_codes import (
    code_level,
    read_zone_codes,
    significant_digits,
    zone_of_code,
)
from layers.matching.zones import zone_by_code, zone_of_name, zones_of_rows

EATEN = "被 Excel 改成了科学计数法，后几位已经丢失；请把这一列的格式设为“文本”后重新导出"

ZONES = gpd.GeoDataFrame(
    {"zone_name": ["云岫镇", "霁陂街道"], "zone_level": "township"},
    index=pd.Index(["371422101", "371422001"], name="zone_id"),
    geometry=[box(0, 0, 10, 10), box(10, 0, 20, 10)],
    crs="EPSG:4548",
)


def read_one(text):
    read = read_zone_codes([text])
    fault = read.faults[0].rule if read.faults else ""
    remark = read.remarks[0].rule if read.remarks else ""
    return read.codes[0], read.levels[0], fault, remark


@pytest.mark.parametrize(
    ("text", "code", "level"),
    [
        ("371422", "371422", "county"), ("371400", "371400", "city"), ("370000", "370000", "province"),
        ("371422001", "371422001", "township"), ("371422001201", "371422001201", "village"),
        ("371422001000", "371422001000", "township"), ("371422000000", "371422000000", "county"),
        ("３７１４２２", "371422", "county"), ("37 14 22", "371422", "county"),
        ("371422-001-201", "371422001201", "village"), ("'371422001", "371422001", "township"),
        ("441900003007", "441900003007", "village"),  # 东莞 has towns and no counties
        ("441900003000", "441900003000", "township"), ("", "", ""), ("—", "", ""),
    ],
)  # fmt: skip
def test_codes(text, code, level):
    assert read_one(text) == (code, level, "", "")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("3.71E+11", EATEN),
        ("3.71422E+11", EATEN),
        ("37142", "行政区划代码应为 6、9 或 12 位数字，现为 5 位"),
        ("37142200120", "行政区划代码应为 6、9 或 12 位数字，现为 11 位"),
        ("云岫镇", "不是行政区划代码：应全是数字"),
        ("37142A", "不是行政区划代码：应全是数字"),
        ("000000", "行政区划代码的前两位（省）不得为 00"),
        ("370022", "行政区划代码中间的市级几位是 0，后面却还有数字"),
        ("371422000201", "行政区划代码中间的乡镇级几位是 0，后面却还有数字"),
    ],
)
def test_what_is_no_code(text, rule):
    assert read_one(text) == ("", "", rule, "")


@pytest.mark.parametrize(
    ("text", "code", "remark"),
    [
        ("371422001201.0", "371422001201", "按文本读，去掉了 Excel 加上的“.0”"),
        ("3.71422001201E+11", "371422001201", "由科学计数法还原为 371422001201，各位数字齐全"),
        (
            "999901001201",
            "999901001201",
            "前两位 99 不是国家标准（GB/T 2260）里的省级代码，请核对",
        ),
    ],
)
def test_codes_that_were_mended_or_look_wrong(text, code, remark):
    assert read_one(text) == (code, "village", "", remark)


def test_notes_carry_the_position():
    read = read_zone_codes(["371422", "x", "", "371422.0"])
    assert [(note.position, note.text) for note in read.faults] == [(1, "x")]
    assert [(note.position, note.text) for note in read.remarks] == [(3, "371422.0")]
    assert read_zone_codes([]) == ((), (), (), ())


def test_the_zone_is_the_smallest_whose_digits_the_code_begins_with():
    ids = ["371422", "371422101", "371422001000", "不是代码"]
    codes = ["371422101205", "371422001", "371422999201", "371400", "", "371423101201"]
    found = zone_of_code(codes, ids)
    assert found.tolist()[:3] == ["371422101", "371422001000", "371422"]
    assert found.isna().tolist() == [False, False, False, True, True, True]


def test_zones_without_codes_match_nothing():
    assert zone_of_code(["371422101205"], ["zones-1", "云岫"]).isna().all()


@given(st.integers(0, 10**12 - 1), st.sampled_from([6, 9, 12]))
def test_a_code_lies_in_every_zone_that_it_begins_with(number, length):
    code = f"{number:012d}"[:length]
    digits = significant_digits(code)
    assert code.startswith(digits)
    assert not code[len(digits) :].strip("0")
    assert bool(digits) == bool(code_level(code)) == bool(code.strip("0"))
    for end in (6, 9, 12):
        if len(digits) >= end and significant_digits(digits[:end]) == digits[:end]:
            assert zone_of_code([code], [digits[:end]]).iloc[0] == digits[:end]


@given(st.text("0123456789.eE+-' ", max_size=15))
def test_any_cell_is_a_code_a_blank_or_a_fault(text):
    code, level, fault, _ = read_one(text)
    assert bool(code) == bool(level)
    assert not (code and fault)
    assert code == "" or len(code) in {6, 9, 12}


def test_a_cell_with_the_id_of_a_zone_names_it():
    found = zone_by_code(["02", " 01 ", "371422101205", "03"], ["01", "02", "371422101"])
    assert found.tolist()[:3] == ["02", "01", "371422101"]
    assert found.isna().tolist() == [False, False, False, True]


class TestZonesOfRows:
    POINTS = np.array([Point(5, 5), Point(15, 5), Point(99, 99), None, Point()], dtype=object)

    def test_by_place(self):
        found = zones_of_rows(ZONES, points=self.POINTS)
        assert found["zone_id"].tolist()[:2] == ["371422101", "371422001"]
        assert found["zone_id"].isna().tolist() == [False, False, True, True, True]
        assert found["source"].tolist() == ["place", "place", "", "", ""]
        assert list(found.columns) == [
            "zone_id", "source", "by_place", "by_code", "by_name", "contradiction",
        ]  # fmt: skip

    def test_the_code_where_there_is_no_place_and_the_name_where_neither_is(self):
        found = zones_of_rows(
            ZONES,
            points=self.POINTS,
            codes=["", "", "371422101201", "371422001", "3.71E+11"],
            names=["", "", "", "", "示例县云岫镇"],
        )
        assert found["zone_id"].tolist() == [
            "371422101", "371422001", "371422101", "371422001", "371422101",
        ]  # fmt: skip
        assert found["source"].tolist() == ["place", "place", "code", "code", "name"]
        assert (found["contradiction"] == "").all()

    def test_contradictions_are_said_and_the_place_holds(self):
        found = zones_of_rows(
            ZONES,
            points=self.POINTS[[0, 0, 3]],
            codes=["371422001201", "371422101201", "371422101"],
            names=["", "霁陂街道办事处", "霁陂"],
        )
        assert found["contradiction"].tolist() == [
            "点的位置说是“云岫镇”，区划代码说是“霁陂街道”；按“云岫镇”使用，请核对",
            "点的位置说是“云岫镇”，区划代码说是“云岫镇”，乡镇（单元）名称说是“霁陂街道”；按“云岫镇”使用，请核对",
            "区划代码说是“云岫镇”，乡镇（单元）名称说是“霁陂街道”；按“云岫镇”使用，请核对",
        ]
        assert found["zone_id"].tolist() == ["371422101"] * 3

    def test_nothing_given(self):
        with pytest.raises(ValueError, match="needs points, codes or names"):
            zones_of_rows(ZONES)

    def test_no_rows(self):
        assert len(zones_of_rows(ZONES, codes=[])) == 0
        assert len(zones_of_rows(ZONES, points=np.array([], dtype=object))) == 0


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("云岫镇", "371422101"), ("云岫", "371422101"), ("云岫镇人民政府", "371422101"),
        ("示例县 云岫镇", "371422101"), ("霁陂街道办事处", "371422001"), ("霁陂街办", "371422001"),
        ("地址：示例县霁陂街道和安路3号", "371422001"),
    ],
)  # fmt: skip
def test_a_zone_by_its_name(name, zone):
    assert zone_of_name([name], ZONES).tolist() == [zone]


@pytest.mark.parametrize("name", ["", "邻镇", "云岫镇与霁陂街道交界"])
def test_a_text_that_names_no_zone_or_two(name):
    assert zone_of_name([name], ZONES).isna().all()


def test_zones_of_one_name_are_told_by_their_kind_or_not_at_all():
    zones = ZONES.assign(zone_name=["长清街道", "长清镇"])
    assert zone_of_name(["长清镇", "长清街道"], zones).tolist() == ["371422001", "371422101"]
    assert zone_of_name(["长清"], zones).isna().all()
    same = ZONES.assign(zone_name=["长清镇", "长清镇"])
    assert zone_of_name(["长清镇"], same).isna().all()


def test_the_longer_of_two_names_counts():
    zones = ZONES.assign(zone_name=["云岫镇", "新云岫镇"])
    assert zone_of_name(["示例县新云岫镇政府驻地"], zones).tolist() == ["371422001"]
