"""Numbers that cannot be true, and what they say of zones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers.checks.amounts import amount_findings, merged_remarks
from layers.checks.findings import Records
from layers.checks.zones import no_clinic, zone_totals, zones_without_demand
from layers.tables import MergedNumber, SourceTable

COLUMNS = {
    "population": "人口", "population_60plus": "老人", "population_0_3": "幼儿",
    "capacity_beds": "床位", "area_m2": "面积",
}  # fmt: skip


def records(n, ids=None):
    nothing = np.full(n, np.nan)
    ids = tuple(ids or ("",) * n)
    return Records("v.csv", tuple(range(2, n + 2)), ids, ids, nothing, nothing)


def told(findings):
    assert {one.done for one in findings} <= {"kept"}
    return [(one.row, one.check, one.column, one.value, one.found) for one in findings]


def test_stand_ins_and_nobody():
    frame = pd.DataFrame(
        {
            "capacity_beds": [9999.0, 999.0, 20.0, np.nan],
            "population": [0.0, 99999.0, 999.0, 9998.0],
        }
    )
    before = frame.copy()
    assert told(amount_findings(records(4), frame, columns=COLUMNS)) == [
        (3, "stand_in", "人口", "99999", "99999 常被用来代替不知道的数"),
        (2, "stand_in", "床位", "9999", "9999 常被用来代替不知道的数"),
        (3, "stand_in", "床位", "999", "999 常被用来代替不知道的数"),
        (2, "nobody", "人口", "0", "人口为 0"),
    ]
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("people", "found"),
    [
        ([0.12, 0.2, 30.0], "有 2 行的人口不是整数（首个为 0.12），像是以“万人”“千人”或“户”为单位"),
        ([12.0, 3.6], "有 1 行的人口不是整数（首个为 3.6），像是以“万人”“千人”或“户”为单位"),
        ([2, 4, 100, 0, np.nan],
         "3 行里有 2 行的人口不到 5 人（首个为 2），像是以“万人”“千人”或“户”为单位"),
        ([2, 4], None), ([2, 100, 100], None), ([5, 5, 5], None), ([0, 0, 0], None), ([], None),
    ],
)  # fmt: skip
def test_people_that_are_hardly_counted_one_by_one(people, found):
    frame = pd.DataFrame({"population": np.array(people, dtype=float)})
    findings = [
        one
        for one in amount_findings(records(len(people)), frame, columns=COLUMNS)
        if one.check == "unit_doubtful"
    ]
    assert [one.found for one in findings] == ([] if found is None else [found])
    assert all(one.remedy.startswith("核对单位；不是“人”的") for one in findings)
    assert all(one.column == "人口" and one.done == "kept" for one in findings)


def test_parts_beyond_the_whole():
    frame = pd.DataFrame(
        {
            "population": [100.0, 100.0, 100.0, np.nan, 100.0],
            "population_60plus": [101.0, 60.0, 60.0, 500.0, np.nan],
            "population_0_3": [5.0, 41.0, 40.0, 5.0, 101.0],
        }
    )
    assert told(amount_findings(records(5), frame, columns=COLUMNS)) == [
        (2, "implausible", "老人", "101", "60岁及以上人口 101 多于人口 100"),
        (6, "implausible", "幼儿", "101", "0—3岁人口 101 多于人口 100"),
        (3, "implausible", "老人、幼儿", "", "60岁及以上人口与0—3岁人口之和 101 多于人口 100"),
    ]
    # columns that the file does not have are not looked at
    assert amount_findings(records(5), frame, columns={}) == []
    assert amount_findings(records(0), frame.iloc[:0], columns=COLUMNS) == []


def test_zones_and_their_demand():
    zones = records(3, ["01", "02", "03"])
    demand = pd.DataFrame(
        {"zone_id": ["01", "01", "02", None], "population": [600.0, 595.0, 100.0, 50.0]}
    )
    assert [one.record_id for one in zones_without_demand(zones, demand["zone_id"])] == ["03"]
    stated = pd.Series({"01": 1200.0, "02": 110.0, "03": np.nan})
    assert told(zone_totals(zones, demand, stated=stated)) == [
        (3, "zone_total_differs", "", "", "需求点人口合计 100 人，公布的总数 110 人，相差 -10 人"),
    ]
    # one per cent of 1,200 is 12, inclusive
    assert zone_totals(zones, demand, stated=pd.Series({"01": 1206.0}), tolerance=11 / 1206) == []
    assert len(zone_totals(zones, demand, stated=pd.Series({"03": 5.0}))) == 1
    unknown = demand.assign(population=[np.nan, 1.0, 100.0, 1.0])
    assert [one.record_id for one in zone_totals(zones, unknown, stated=stated)] == ["02"]


def test_villages_without_a_clinic():
    found = no_clinic(records(3, ["a", "b", "c"]), np.array([False, True, False]))
    assert [(one.row, one.check, one.found) for one in found] == [
        (3, "village_without_clinic", "名录里没有这个村的卫生室，附近也没有")
    ]


def test_every_row_of_a_merged_cell_is_told():
    cells = pd.DataFrame({"人口": ["90", "", "", "7"]}, dtype="str")
    table = SourceTable("a.xlsx", cells, (3, 4, 6, 7), merged_numbers=(MergedNumber("人口", 3, 6),))
    found = merged_remarks(table, {"population": "人口"})
    assert [(one.row, one.value) for one in found] == [(3, "90"), (4, ""), (6, "")]
    assert found[0].said == "第 3—6 行合用一个单元格，这个数只计入第 3 行"
    assert found[2].said == "与第 3 行合用一个单元格，数（90）已计入那一行，这一行没有数"
