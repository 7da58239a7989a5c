"""Minutes, choice and capacity in words, against values worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from coverage.assessment import assess
from coverage.studies.study import CapacityRule
from coverage.studies.study_measures import study_measures, travel_time_curves
from tests.hostile import HOSTILE
from tests.test_assessment import CIRCLE, MODES, county
from views import measure_tables
from views.measures_page import curve_chart, curve_cutoffs, curve_lines

READING = CIRCLE.readings[0]
STANDARD = replace(CIRCLE, readings=(READING,))


def measured(*, beds=10.0, zone_name="甲镇"):
    layers = county()
    zones = layers.zones.assign(zone_name=[zone_name, "乙镇", "空镇"])
    layers = replace(
        layers,
        zones=zones,
        facilities=layers.facilities.assign(capacity_beds=[beds, 99.0]),
        capacity_rules=(CapacityRule("circle", "capacity_beds", 120.0, "某规划"),),
    )
    result = assess(layers, standards=[STANDARD], modes=MODES, with_service_areas=False)
    return result, study_measures(result, modes=MODES)


@pytest.fixture(scope="module")
def both():
    return measured()


@pytest.fixture(scope="module")
def measures(both):
    return both[1]


def test_the_facts_of_the_whole_area(measures):
    html = measure_tables.facts_html(measures.travel_times, READING)
    for title, cell in (
        ("人口", "600 人"),
        ("15 分钟以内", "50.0%"),
        ("到不了任何设施", "0 人"),
        ("平均（到得了的人）", "14.6 分钟"),
        ("半数的人不超过", "13.3 分钟"),
        ("15 分钟内有两处以上可选", "0.0%"),
    ):
        assert f"<td>{title}</td><td>{cell}</td>" in html


def test_the_table_by_zone(measures):
    table = measure_tables.travel_time_table(measures.travel_times, READING, group="population")
    assert table["名称"].tolist() == ["乙镇", "甲镇", "空镇"]
    assert table["九成不超过（分钟）"].tolist() == pytest.approx(
        [18, 800 / 60, np.nan], nan_ok=True
    )
    assert table["15 分钟以内（%）"].tolist() == pytest.approx([0, 100, np.nan], nan_ok=True)
    assert table["人口未知村（个）"].tolist() == [1, 0, 0]
    assert "到不了任何设施（人）" not in table  # everybody reaches one


def test_a_share_below_the_target_does_not_read_as_the_target(measures):
    times = measures.travel_times.assign(share_within=0.8996)
    table = measure_tables.travel_time_table(times, READING, group="population", target=0.9)
    assert table["15 分钟以内（%）"].tolist() == [89.9] * 3
    assert "<td>15 分钟以内</td><td>89.9%</td>" in measure_tables.facts_html(
        times, READING, target=0.9
    )


def test_zones_that_cannot_reach_a_facility_stand_first_and_are_empty(measures):
    times = measures.travel_times.copy()
    cut = times["zone_id"] == "a"
    times.loc[cut, ["p50_s", "p90_s"]] = math.inf
    times.loc[cut, "reached"] = 0.0
    table = measure_tables.travel_time_table(times, READING, group="population")
    assert table["名称"].tolist() == ["甲镇", "乙镇", "空镇"]
    assert math.isnan(table["九成不超过（分钟）"][0])
    assert table["到不了任何设施（人）"].tolist() == [300, 0, 0]


def test_capacity_in_words(measures):
    assert measure_tables.capacity_text(measures.capacity, group="population").startswith(
        "每千人够得着的床位：3.8 张（远近一样）、"
    )
    table = measure_tables.capacity_table(measures.capacity, group="population")
    assert table["名称"].tolist() == ["乙镇", "甲镇", "空镇"]
    assert table["远近一样（张/千人）"].tolist() == pytest.approx(
        [0, 10000 / 1300, np.nan], nan_ok=True
    )
    facility = measure_tables.facility_table(measures.capacity_facilities).iloc[0]
    assert (facility["名称"], facility["床位（张）"], facility["分到（人）"]) == (
        "卫生室",
        10,
        1200,
    )


def test_allocation_in_words(measures):
    assert measure_tables.allocation_text(measures.allocation, READING, group="population") == (
        "按一张床位服务 120 人计（假定，依据：某规划）：得到服务 200 人（33.3%），"
        "到得了但没有容量 100 人，15 分钟内到不了 300 人。这是服务的人最多、路上时间最短的安排，不是对实际去向的预测。"
    )
    table = measure_tables.allocation_table(measures.allocation, READING, group="population")
    assert table["名称"].tolist() == ["乙镇", "甲镇", "空镇"]
    assert table["15 分钟内到不了（人）"].tolist() == [300, 0, 0]


def test_what_was_not_counted_is_said():
    _, missing = measured(beds=np.nan)
    text = measure_tables.allocation_text(missing.allocation, READING, group="population")
    assert text == (
        "按一张床位服务 120 人计（假定，依据：某规划）：1 个设施没有填写床位，没有计算。"
    )
    table = measure_tables.facility_table(missing.capacity_facilities)
    assert list(table.columns) == ["名称", "床位（张）", "范围内的人（人）", "每千人（张）"]


def test_names_stay_text():
    _, measures = measured(zone_name=HOSTILE)
    times = measures.travel_times.assign(group_name=HOSTILE)
    table = measure_tables.travel_time_table(times, READING, group="population")
    assert "\n" not in "".join(table["名称"])
    assert "<script" not in measure_tables.facts_html(times, READING)


@pytest.mark.parametrize(
    ("longest_s", "end_minutes"),
    [(0.0, 30), (1000.0, 30), (1800.0, 40), (1e6, 60), (math.inf, 30), (math.nan, 30)],
)
def test_the_chart_reaches_twice_the_cutoff_and_at_most_four_times(longest_s, end_minutes):
    cutoffs = curve_cutoffs(READING, longest_s=longest_s)
    assert (cutoffs[0], cutoffs[-1]) == (0, 60 * end_minutes)
    assert READING.cutoff in cutoffs
    odd = curve_cutoffs(replace(READING, cutoff=910.0), longest_s=longest_s)
    assert 910.0 in odd


def test_the_lines_of_the_chart(both):
    result, measures = both
    curves = travel_time_curves(result, STANDARD, READING, cutoffs=[0.0, 900.0, 1800.0])
    groups = curve_lines(curves, measures.travel_times, group=None, zones=[])
    assert groups["线"].unique().tolist() == ["常住人口"]
    assert groups["比例"].tolist() == [0, 0.5, 1]
    assert groups["分钟"].tolist() == [0, 15, 30]
    zones = curve_lines(curves, measures.travel_times, group="population", zones=["a"])
    assert zones["线"].unique().tolist() == ["全域", "甲镇"]
    chart = curve_chart(zones, READING).to_dict()
    assert [layer["mark"]["type"] for layer in chart["layer"]] == ["line", "rule", "text"]
    assert chart["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["全域", "甲镇"]
