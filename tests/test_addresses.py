"""Rows without coordinates, placed by the names of villages and townships."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from layers.matching.addresses import TOWNSHIP_LEVEL, VILLAGE_LEVEL, place_by_name

WEST, EAST = "371422101", "371422001"

ZONES = gpd.GeoDataFrame(
    {"zone_name": ["云岫镇", "霁陂街道"], "zone_level": "township"},
    index=pd.Index([WEST, EAST], name="zone_id"),
    geometry=[box(0, 0, 10_000, 10_000), box(10_000, 0, 20_000, 10_000)],
    crs="EPSG:4548",
)

VILLAGES = (
    ("1", "丁庄村", 1, 1), ("2", "丁庄村", 15, 1), ("3", "小丁庄村", 2, 2), ("4", "李家庄", 3, 3),
    ("5", "和安社区", 12, 2), ("6", "云岫村", 4, 4), ("7", "东村", 5, 5), ("8", "王寨村", 6, 6),
    ("9", "柳镇庄村", 7, 7), ("10", "丁庄一村", 8, 8),
)  # fmt: skip

DEMAND = gpd.GeoDataFrame(
    {
        "demand_name": [name for _, name, _, _ in VILLAGES],
        "zone_id": [EAST if x > 10 else WEST for _, _, x, _ in VILLAGES],
    },
    index=pd.Index([one[0] for one in VILLAGES], name="demand_id"),
    geometry=[Point(x * 1000, y * 1000) for _, _, x, y in VILLAGES],
    crs="EPSG:4548",
)


def place(*cells, county="示例县", demand=DEMAND, zones=ZONES):
    return place_by_name([cells], demand=demand, zones=zones, county=county).table.iloc[0]


def village(*cells, **kwargs):
    """demand_id of the village that one row is placed at; "" where it is not."""
    row = place(*cells, **kwargs)
    assert (row["precision"] == VILLAGE_LEVEL) == pd.notna(row["demand_id"])
    return "" if pd.isna(row["demand_id"]) else row["demand_id"]


@pytest.mark.parametrize(
    ("cells", "demand_id"),
    [
        (["云岫镇丁庄村23号"], "1"),
        (["丁庄村", "霁陂街道"], "2"),
        (["", "霁陂街道办事处", "丁庄村卫生室"], "2"),
        (["山东省德州市示例县霁陂街道丁庄村"], "2"),
        (["小丁庄村12号"], "3"),
        (["示例县云岫镇李家庄西首"], "4"),
        (["李家庄卫生室"], "4"),
        (["霁陂街道和安社区居委会院内"], "5"),
        (["云岫镇云岫村"], "6"),
        (["云岫村民委员会"], "6"),
        (["东村"], "7"),
        (["云岫镇东村（村委会旁）"], "7"),
        (["柳镇庄村"], "9"),
        (["丁庄1村"], "10"),
        (["丁庄第一村卫生室"], "10"),
        (["云岫镇 丁庄 村"], "1"),
    ],
)
def test_placed_at_the_village(cells, demand_id):
    assert village(*cells) == demand_id


@pytest.mark.parametrize(
    "cell",
    ["丁庄路5号", "大东村", "东村镇", "李家庄子村", "某某地方", "", "李家庄王寨路口", "前李家庄村"],
)
def test_a_part_of_another_name_is_no_village(cell):
    row = place(cell)
    assert row["precision"] == ""
    assert row["geometry"] is None


def test_where_and_how_is_said():
    row = place("云岫镇丁庄村23号")
    assert row.drop("geometry").tolist() == [
        VILLAGE_LEVEL, "1", WEST, "丁庄", "按村名落在“丁庄村”，村级近似，请核实",
    ]  # fmt: skip
    assert row["geometry"] == Point(1000, 1000)


def test_only_the_township_is_known():
    row = place("", "云岫镇", "某某路5号")
    assert (row["precision"], row["zone_id"]) == (TOWNSHIP_LEVEL, WEST)
    assert row["reason"] == "没有认出村名，只按乡镇落在“云岫镇”，乡镇级近似，请核实"
    assert ZONES.geometry[WEST].contains(row["geometry"])
    assert pd.isna(row["demand_id"])


def test_several_villages_of_the_name():
    row = place("丁庄村")
    assert row["precision"] == ""
    assert row["geometry"] is None
    assert row["reason"] == (
        "有 2 个村都对得上（云岫镇丁庄村、霁陂街道丁庄村），没有落点，请写明乡镇和村名"
    )


def test_two_villages_of_equal_length_in_one_text():
    demand = DEMAND.assign(demand_name=DEMAND["demand_name"].replace("王寨村", "王家寨"))
    row = place("李家庄、王家寨村", demand=demand)
    assert (row["precision"], "有 2 个村都对得上" in row["reason"]) == ("", True)


def test_the_first_cell_that_names_a_village_decides():
    assert village("东村", "云岫镇", "云岫镇李家庄12号") == "7"
    assert village("", "云岫镇", "李家庄12号", "东村卫生室") == "4"


def test_another_county_or_township_is_left_alone():
    row = place("邻县云岫镇丁庄村")
    assert row["reason"] == "地址写的是“邻县”，不在本县，没有落点"
    assert village("邻县云岫镇丁庄村", county="") == "1"
    row = place("邻镇李家庄村")
    assert row["reason"] == "写的乡镇“邻镇”不是本县的行政单元，没有落点"


def test_zones_that_are_no_townships_do_not_forbid_townships():
    zones = ZONES.assign(zone_level="county", zone_name=["甲县", "乙县"])
    assert village("邻镇李家庄村", zones=zones, county="") == "4"


def test_villages_without_zone_are_brought_to_theirs_by_place():
    assert village("丁庄村", "霁陂街道", demand=DEMAND.drop(columns="zone_id")) == "2"


def test_remarks_count_every_row():
    rows = [["云岫镇丁庄村"], ["云岫镇"], ["某某"], ["丁庄村"]]
    placed = place_by_name(rows, demand=DEMAND, zones=ZONES)
    assert placed.remarks == (
        "没有坐标的 4 行：1 行按村名落点（村级近似），1 行只按乡镇落点（乡镇级近似），2 行没有落点。",
    )
    assert placed.table.index.tolist() == [0, 1, 2, 3]
    assert placed.table.crs == DEMAND.crs


def test_no_rows():
    placed = place_by_name([], demand=DEMAND, zones=ZONES)
    assert (len(placed.table), placed.remarks) == (0, ())


def test_names_that_are_missing():
    demand = DEMAND.assign(demand_name=[None] * len(DEMAND))
    assert village("云岫镇丁庄村", demand=demand) == ""


def test_inputs_stay_as_they_were():
    demand, zones = DEMAND.copy(), ZONES.copy()
    place_by_name([["丁庄村"]], demand=demand, zones=zones, county="示例县")
    pd.testing.assert_frame_equal(demand, DEMAND)
    pd.testing.assert_frame_equal(zones, ZONES)


PARTS = st.sampled_from(
    [
        "云岫镇",
        "霁陂街道",
        "丁庄",
        "李家庄",
        "东村",
        "村",
        "路",
        "12号",
        "小",
        "卫生室",
        "示例县",
        "邻县",
    ]
)


@given(st.lists(PARTS, max_size=6).map("".join), st.lists(PARTS, max_size=3).map("".join))
def test_a_point_always_comes_with_its_precision(one, other):
    row = place(one, other)
    assert (row["geometry"] is None) == (row["precision"] == "")
    if row["precision"] == VILLAGE_LEVEL:
        assert DEMAND.geometry[row["demand_id"]] == row["geometry"]
        assert row["matched"] in {"丁庄", "李家庄", "东村", "小丁庄", "云岫"}
    assert row["reason"]
