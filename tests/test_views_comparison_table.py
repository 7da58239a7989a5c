"""Before and after in words."""

from __future__ import annotations

from dataclasses import replace

from coverage.studies.comparison import compare
from tests.hand_made import STANDARD, assessment
from views.comparison_table import readings_table, villages_table


def after():
    given = assessment()
    demand = given.demand.assign(
        circle_covered=[False, True, False], circle_travel_time_s=[1000.0, 800.0, 1e4]
    )
    return replace(given, demand=demand, zones=given.zones.assign(share=0.5))


def test_readings_side_by_side():
    table = readings_table(compare(assessment(), after()), assessment())
    first, second = table.to_dict("records")
    assert first == {
        "标准": "15分钟健康服务圈", "口径": "15分钟（路网）", "现状": "100.0%", "试算": "50.0%",
        "新增覆盖": "1 个村（社区），人口未知", "失去覆盖": "1 个村（社区），400 人",
    }  # fmt: skip
    assert (second["新增覆盖"], second["失去覆盖"]) == ("—", "—")


def test_villages_whose_verdict_changes():
    found = compare(assessment(), after())
    table = villages_table(found, assessment(), STANDARD.readings[0])
    assert table.astype(object).fillna("未知").to_dict("records") == [
        {"名称": "李村", "所在单元": "西镇", "人口": 400.0, "变化": "失去覆盖",
         "现状": "3.0 分钟", "试算": "16.7 分钟"},
        {"名称": "王村", "所在单元": "东镇", "人口": "未知", "变化": "新增覆盖",
         "现状": "25.0 分钟", "试算": "13.3 分钟"},
    ]  # fmt: skip
    assert villages_table(found, assessment(), STANDARD.readings[1]).empty
