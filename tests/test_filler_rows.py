"""Rows that are no records, and what becomes of them in a list: nothing is lost, nothing counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coverage.errors import DemandError
from layers.checks.filler_rows import EXAMPLE_MARK, filler_rows, is_total
from layers.checks.places import zero_places
from layers.corrections import Correction
from layers.demand import demand_from_table
from layers.formats.answers import read_answer, write_answer
from layers.formats.text_tables import read_text_table
from layers.matching.named_rows import Gazetteer
from layers.quality import Ledger
from layers.tables import MergedNumber
from tests.incoming import draft_of
from tests.small_county import write_csv
from tests.test_quality import ZONES, table_of

NAMES = ["编码", "村名", "经度", "纬度", "常住人口", "乡镇"]
COLUMNS = dict(zip(["id", "name", "lon", "lat", "population", "township"], NAMES, strict=True))
GOOD = ("1", "甲村", "114.9", "37.6", "100", "西镇")


def listed(*rows):
    return table_of(*rows, columns=NAMES)


def read(table, *, columns=COLUMNS, faulty_rows="set_aside", **settings):
    reading = demand_from_table(
        table, zones=ZONES, columns=columns, source_crs="WGS84", faulty_rows=faulty_rows,
        missing_population="unknown", **settings,
    )  # fmt: skip
    Ledger.of_file("v.csv", reading.findings, rows_read=len(table), rows_used=len(reading.layer))
    return reading


def told(reading, done="set_aside"):
    return [(one.row, one.check, one.found) for one in reading.findings if one.done == done]


@pytest.mark.parametrize(
    ("row", "check", "found"),
    [
        (("", "", "", "", "500", "西镇小计"), "totals_row", "合计行，不是一处"),
        (("", "", "", "", "500", "西镇合计（3个村）"), "totals_row", "合计行，不是一处"),
        (("全县总计", "", "", "", "500", ""), "totals_row", "合计行，不是一处"),
        (tuple(NAMES), "header_row", "与表头相同的行，不是一处"),
        (("注：人口为2023年末数", "", "", "", "", ""), "note_row", "附注行，不是一处"),
        (("填表人：张三", "审核人：李四", "", "", "", ""), "note_row", "附注行，不是一处"),
        ((f"{EXAMPLE_MARK}：甲村", "示例村", "117", "37", "5", ""), "example_row",
         "模板里的示例行，不是一处"),
        (("", "示例村", "117", "37", "5", EXAMPLE_MARK), "example_row", "模板里的示例行，不是一处"),
        (("", "", "", "", "", ""), "empty_row", "这一行没有内容"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by_name", [False, True])
def test_what_is_no_record_is_set_aside(row, check, found, by_name):
    table = listed(GOOD, row)
    before = table.cells.copy()
    reading = read(table, gazetteer=Gazetteer(ZONES) if by_name else None)
    assert set(told(reading)) == {(3, check, found)}
    assert reading.layer["population"].tolist() == [100]
    assert table.cells.equals(before)


@pytest.mark.parametrize(
    "row",
    [
        ("2", "总计村", "114.9", "37.6", "5", ""),
        ("2", "注沟村", "114.9", "37.6", "5", ""),
        ("备注：移民村", "注沟村", "114.9", "37.6", "5", ""),
        ("2", "村名", "114.9", "37.6", "5", "乡镇"),
    ],
)
def test_records_stay_records(row):
    assert filler_rows(listed(GOOD, row), COLUMNS) == {}


def test_a_total_in_a_column_that_is_not_mapped():
    columns = {key: name for key, name in COLUMNS.items() if key not in {"id", "township"}}
    table = listed(GOOD, ("西镇小计", "", "114.9", "37.6", "500", ""))
    assert set(told(read(table, columns=columns))) == {(3, "totals_row", "合计行，不是一处")}


def test_refusing_names_them():
    for row, rule in (
        (("2", "西镇合计", "114.9", "37.6", "500", ""), "合计行，不是一处，请整行删去"),
        (tuple(NAMES), "与表头相同的行，不是一处，请整行删去"),
    ):
        with pytest.raises(DemandError) as caught:
            read(listed(GOOD, row), faulty_rows="refuse")
        assert rule in str(caught.value)


def test_an_example_in_a_list_without_names():
    columns = {key: name for key, name in COLUMNS.items() if key != "name"}
    with pytest.raises(DemandError) as caught:
        read(listed(GOOD, (EXAMPLE_MARK, "", "114.9", "37.6", "5", "")), columns=columns,
             faulty_rows="refuse")  # fmt: skip
    assert [(one.row, one.column, one.rule) for one in caught.value.problems] == [
        (3, "编码", "模板里的示例行，不是一处，请整行删去")
    ]


@pytest.mark.parametrize(
    "text", ["合计：", "共计 3个村", "合计（含外来）：", "西镇小计", "SUM", "totals"]
)
def test_totals(text):
    assert is_total(text) == (text not in {"共计 3个村", "合计（含外来）："})


ZERO = "坐标为 0，像是没有填"


@pytest.mark.parametrize("cells", [("0", "0"), ("0.000000", "0.0"), ("０", "0")])
def test_places_at_zero_are_not_filled_in(cells):
    table = listed(GOOD, ("2", "乙村", *cells, "7", "西镇"))
    for gazetteer in (None, Gazetteer(ZONES)):
        reading = read(table, gazetteer=gazetteer)
        assert told(reading) == [(3, "no_position", ZERO)]
        assert [one.lon for one in reading.findings if one.row == 3] == [None]
    with pytest.raises(DemandError) as caught:
        read(table, faulty_rows="refuse")
    assert [(one.row, one.column, one.value, one.rule) for one in caught.value.problems] == [
        (3, "经度、纬度", "0, 0", ZERO)
    ]


def test_a_place_at_zero_that_the_planner_corrected():
    table = listed(GOOD, ("2", "乙村", "0", "0", "7", "西镇"))
    fix = Correction("v.csv", 3, "2", "position", "0, 0", "114.9, 37.6")
    reading = read(table, corrections=[fix])
    assert len(reading.layer) == 2
    assert told(reading) == []


def test_what_is_not_at_zero():
    table = listed(("1", "甲", "0", "37.6", "", ""), ("2", "乙", "", "", "", ""))
    assert zero_places(table, COLUMNS) == {}
    both = listed(("1", "甲", "0, 0", "", "", ""), ("2", "乙", "114.9,37.6", "", "", ""))
    assert list(zero_places(both, {"lon": "经度", "lat": "经度"})) == [0]
    assert zero_places(table, {}) == {}


def test_a_number_over_several_rows_is_told():
    table = listed(GOOD, ("2", "乙村", "114.9", "37.61", "", "西镇"))
    merged = (MergedNumber("常住人口", 2, 3), MergedNumber("别的", 2, 3))
    reading = read(replace(table, merged_numbers=merged))
    assert told(reading, "kept") == [
        (2, "merged_number", "第 2—3 行合用一个单元格，这个数只计入第 2 行"),
        (3, "merged_number", "与第 2 行合用一个单元格，数（100）已计入那一行，这一行没有数"),
    ]
    found = reading.findings[0]
    assert (found.value, found.column) == ("100", "常住人口")
    assert found.remedy == "在原表里取消合并，把数分行填写"


def test_two_tables_side_by_side_are_refused(tmp_path):
    path = write_csv(
        tmp_path / "v.csv", "村名,经度,纬度,村名,经度,纬度", "甲,114.9,37.6,乙,114.9,37.61"
    )
    with pytest.raises(DemandError) as caught:
        read(read_text_table(path), columns={"name": "村名", "lon": "经度", "lat": "纬度"})
    assert str(caught.value).startswith("表格「v.csv」像是两张表左右并排")


CAPTIONED = (
    "示例县村庄人口（单位：万人）",
    "编码,村名,经度,纬度,常住人口",
    "1,甲村,114.9,37.6,0.12",
)
PLACED = {key: name for key, name in COLUMNS.items() if key != "township"}


def test_the_unit_of_the_caption_is_that_of_the_people(tmp_path):
    path = write_csv(tmp_path / "v.csv", *CAPTIONED)
    table = read_text_table(path)
    draft = draft_of(path, "demand")
    assert (draft.units, draft.caption_units) == ({"population": "万人"}, ("万人",))
    # whether the project says so, or not: what is checked is what is loaded
    for units in (draft.units, {}):
        reading = read(table, columns=PLACED, units=units)
        assert reading.layer["population"].tolist() == [1200]
        assert "unit_converted" in {notice.code for notice in reading.notices}
    own = read(table, columns=PLACED, units={"population": "人"})
    assert own.layer["population"].tolist() == [0.12]


def test_the_unit_of_the_header_goes_before_the_caption(tmp_path):
    lines = (CAPTIONED[0], CAPTIONED[1] + "（人）", "1,甲村,114.9,37.6,1200")
    path = write_csv(tmp_path / "v.csv", *lines)
    assert draft_of(path, "demand").units == {}
    columns = {**PLACED, "population": "常住人口（人）"}
    assert read(read_text_table(path), columns=columns).layer["population"].tolist() == [1200]


def test_what_was_found_in_a_file_survives_the_way_between_processes(tmp_path):
    table = replace(
        read_text_table(write_csv(tmp_path / "v.csv", *CAPTIONED)),
        merged_numbers=(MergedNumber("常住人口", 3, 4),),
        side_by_side="左右并排",
    )
    write_answer(table, tmp_path / "a.arrow")
    back = read_answer(tmp_path / "a.arrow")
    assert (back.caption_units, back.merged_numbers, back.side_by_side) == (
        ("万人",), table.merged_numbers, "左右并排",
    )  # fmt: skip
