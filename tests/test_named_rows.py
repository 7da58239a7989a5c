"""Rows without coordinates: which these are, and what they may be placed by."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from coverage.contracts import PLACE_PRECISIONS
from layers.matching.addresses import TOWNSHIP_LEVEL, VILLAGE_LEVEL
from layers.matching.named_rows import Gazetteer, county_named, named_rows, without_place
from layers.tables import SourceTable
from tests.test_addresses import DEMAND, EAST, WEST, ZONES

COLUMNS = {"village": "村", "township": "乡镇", "address": "地址", "zone_code": "代码"}


NAMES = tuple(COLUMNS.values())


def table(*rows, names=NAMES, geometry=None):
    cells = pd.DataFrame(list(rows), columns=list(names), dtype=str)
    return SourceTable("名录.xlsx", cells, tuple(range(2, len(rows) + 2)), geometry)


def place(*cells, gazetteer=None, columns=COLUMNS):
    gazetteer = gazetteer or Gazetteer(ZONES, DEMAND, "示例县")
    return named_rows(table(cells), columns, gazetteer=gazetteer)


def told(found):
    return [one.said for one in found.remarks] + [one.rule for one in found.problems]


def test_precisions_are_those_of_the_contract():
    assert (VILLAGE_LEVEL, TOWNSHIP_LEVEL) == PLACE_PRECISIONS


@pytest.mark.parametrize(
    ("cells", "point", "sentence"),
    [
        (("李家庄", "", "", ""), (3000, 3000), "按村名落在“李家庄”，村级近似，请核实"),
        (("丁庄村", "霁陂街道", "", ""), (15_000, 1000), "按村名落在“丁庄村”，村级近似，请核实"),
        (("丁庄村", "", "", EAST), (15_000, 1000), "按村名落在“丁庄村”，村级近似，请核实"),
        (("", "", "云岫镇政府东邻", ""), None, "没有认出村名，只按乡镇落在“云岫镇”，乡镇级近似，请核实"),
        (("", "", "", f"{WEST}000"), None, "没有认出村名，只按区划代码落在“云岫镇”，乡镇级近似，请核实"),
    ],
)  # fmt: skip
def test_placed(cells, point, sentence):
    found = place(*cells)
    assert told(found) == [sentence]
    assert found.problems == []
    (where,) = found.points
    assert ZONES.union_all().contains(where)
    assert found.precision == [VILLAGE_LEVEL if point else TOWNSHIP_LEVEL]
    assert point is None or (where.x, where.y) == point


@pytest.mark.parametrize("text", ["云岫镇小计", "云岫镇合计（3个村）", "总 计"])
def test_totals_are_never_placed(text):
    found = place("", text, "", "")
    assert told(found) == ["像是合计行，没有落点"]
    assert (found.points.tolist(), found.precision, found.remarks) == ([None], [""], [])


def test_a_code_goes_before_the_name_of_a_township():
    found = place("丁庄村", "云岫镇", "", EAST)
    assert found.points[0] == Point(15_000, 1000)


def test_a_village_by_its_own_code():
    demand = DEMAND.rename(index={"4": "371422101205"})
    found = place("", "", "", "371422101205", gazetteer=Gazetteer(ZONES, demand))
    assert told(found) == ["按区划代码落在“李家庄”，村级近似，请核实"]
    # a village called "1" is not what a cell with "1" means: it may be a zone, or nothing
    found = place("", "", "", "1")
    assert (found.precision, len(found.problems)) == ([""], 1)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (
            ("丁庄村", "", "", ""),
            "没有坐标，有 2 个村都对得上（云岫镇丁庄村、霁陂街道丁庄村），没有落点，请写明乡镇和村名",
        ),
        (
            ("", "", "外县丁庄村", ""),
            "没有坐标，地址写的是“外县”，不在本县，没有落点",
        ),
        (
            ("", "", "", ""),
            "没有坐标，没有认出村名或乡镇名，没有落点，请补坐标或详细地址",
        ),
    ],
)
def test_not_placed(cells, sentence):
    found = place(*cells)
    assert told(found) == [sentence]
    assert found.remarks == []
    assert found.points.tolist() == [None]


def test_nothing_is_placed_somewhere_in_a_whole_county():
    counties = ZONES.assign(zone_level="county", zone_name=["甲县", "乙县"])
    found = place("", "甲县", "", "", gazetteer=Gazetteer(counties))
    assert told(found) == ["没有坐标，只认出“甲县”，范围太大，没有落点"]


def test_a_village_that_was_placed_by_name_itself_is_not_built_on():
    guessed = DEMAND.assign(place_precision=[TOWNSHIP_LEVEL] * len(DEMAND))
    gazetteer = Gazetteer(ZONES, guessed)
    assert gazetteer.villages().empty
    found = place("李家庄", "云岫镇", "", "", gazetteer=gazetteer)
    assert found.precision == [TOWNSHIP_LEVEL]


def test_which_rows_have_no_place():
    rows = table(("", " "), ("1", ""), ("—", "无"), ("1", "2"), names=("经度", "纬度"))
    mapped = {"lon": "经度", "lat": "纬度"}
    assert without_place(rows, mapped).tolist() == [True, False, True, False]
    assert without_place(rows, {}).all()
    shapes = gpd.GeoSeries([Point(0, 0), None, Point(), box(0, 0, 1, 1)])
    drawn = table(*[("", "")] * 4, names=("a", "b"), geometry=shapes)
    assert without_place(drawn, {}).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("project", "county"),
    [("示例县", "示例县"), ("陵城区", "陵城区"), ("示例县医疗圈", ""), ("幸福小区", ""), ("德州市", "")],
)  # fmt: skip
def test_a_project_called_after_its_county(project, county):
    assert county_named(project) == county


def test_no_rows_at_all():
    found = named_rows(table(), COLUMNS, gazetteer=Gazetteer(ZONES, DEMAND))
    assert (len(found.points), found.precision, found.problems, found.remarks) == (0, [], [], [])
    assert isinstance(found.points, np.ndarray)
