"""Cards, the table by zone and the comparison of readings, against values worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from coverage.assessment import assess
from coverage.errors import DemandError, Problem
from coverage.notices import Notice
from tests.hostile import HOSTILE
from tests.test_assessment import CIRCLE, MODES, county
from views.cards import card, card_html
from views.coverage_page import comparison_html, listed_villages, village_label
from views.data_notes import notices_html
from views.problems import problem_table
from views.zone_table import compare_readings, disagreement_text, zone_table

if TYPE_CHECKING:
    from coverage.studies.study import Assessment


def assessed(standard=CIRCLE, **columns) -> Assessment:
    layers = county()
    layers = replace(layers, demand=layers.demand.assign(**columns))
    return assess(layers, standards=[standard], modes=MODES, with_service_areas=False)


@pytest.fixture(scope="module")
def result() -> Assessment:
    return assessed()


def test_card_by_hand(result: Assessment) -> None:
    shown = card(result, CIRCLE, CIRCLE.readings[0])
    assert shown.share == "50.0%"
    assert shown.target == "目标 90%"
    assert shown.people == "300 / 600 人"
    assert shown.villages == "2 / 4 个村（社区）"
    assert shown.gap == "缺口 240 人"
    assert shown.is_met is False
    assert shown.unknown == "另有 1 个村人口未知"


def test_a_card_at_its_target() -> None:
    standard = replace(CIRCLE, target=0.5)
    shown = card(assessed(standard), standard, standard.readings[0])
    assert (shown.gap, shown.is_met) == ("已达标", True)


def test_unknown_people_are_said() -> None:
    shown = card(assessed(population=np.nan), CIRCLE, CIRCLE.readings[0])
    assert (shown.share, shown.people, shown.gap) == ("人口未知", "人口未知", "人口未知")
    assert shown.is_met is None
    assert "qt-words" in card_html(shown, CIRCLE, CIRCLE.readings[0], told_apart=False)


def test_without_any_facility_nothing_is_claimed() -> None:
    nobody = replace(CIRCLE, kinds=("park",))
    result = assess(county(), standards=[nobody], modes=MODES)
    shown = card(result, nobody, nobody.readings[0])
    assert (shown.share, shown.gap, shown.is_met) == ("无设施数据", "未核算", None)
    assert shown.unknown == "没有计入本标准的设施数据"
    assert shown.villages == "—"
    table = zone_table(result, nobody.readings[0])
    assert table["已覆盖村"].isna().all()
    assert table["考核村数"].tolist() == [2, 2, 0]
    comparison = compare_readings(result, nobody)
    assert comparison.table["覆盖村"].tolist() == ["—", "—", "—"]
    assert disagreement_text(comparison) == "能核算的口径不到两个，无从比较。"


def test_nobody_to_serve_is_neither_met_nor_missed() -> None:
    shown = card(assessed(population=0.0), CIRCLE, CIRCLE.readings[0])
    assert (shown.share, shown.gap, shown.is_met) == ("没有该人群", "不适用", None)


def test_zones_with_most_people_uncovered_come_first(result: Assessment) -> None:
    table = zone_table(result, CIRCLE.readings[0])
    assert table["名称"].tolist() == ["乙镇", "甲镇", "空镇"]
    assert table["未覆盖人口"].tolist() == [300, 0, 0]
    assert table["考核人口"].tolist() == [300, 300, 0]
    assert table["覆盖率"].tolist()[:2] == [0, 100]
    assert math.isnan(table["覆盖率"][2])
    assert table["已覆盖村"].tolist() == [0, 2, 0]
    assert table["人口未知村"].tolist() == [1, 0, 0]


def test_a_share_just_below_the_whole_does_not_show_as_the_whole(result: Assessment) -> None:
    zones = result.zones.assign(share=0.9996)
    table = zone_table(replace(result, zones=zones), CIRCLE.readings[0])
    assert table["覆盖率"].tolist() == [99.9] * 3


def test_a_share_below_the_target_does_not_show_as_the_target(result: Assessment) -> None:
    zones = result.zones.assign(share=0.8996, share_low=0.5, share_high=0.8996, target=0.9)
    table = zone_table(replace(result, zones=zones), CIRCLE.readings[0])
    assert table["覆盖率"].tolist() == [89.9] * 3
    assert table["误差范围"].tolist() == ["50.0%～89.9%"] * 3


def test_the_column_of_unknown_people_is_left_out_where_all_are_known() -> None:
    table = zone_table(assessed(population=10.0), CIRCLE.readings[0])
    assert "人口未知村" not in table.columns


def test_readings_side_by_side(result: Assessment) -> None:
    comparison = compare_readings(result, CIRCLE)
    assert comparison.table.to_numpy().tolist() == [
        ["15分钟", "50.0%", "300 人", "2 / 4"],
        ["2.5公里（路网）", "100.0%", "600 人", "3 / 4"],
        ["2.5公里（直线）", "100.0%", "600 人", "3 / 4"],
    ]
    # v3 with 300 people is out by time and in by either distance; v4 is out by all three.
    assert (comparison.villages, comparison.people) == (1, 300.0)
    assert disagreement_text(comparison) == "各口径对 1 个村（社区）的结论不一致（共 300 人）。"


def test_disputed_villages_without_people_known() -> None:
    comparison = compare_readings(assessed(population=np.nan), CIRCLE)
    assert disagreement_text(comparison) == "各口径对 1 个村（社区）的结论不一致（人口未知）。"


def test_one_reading_disputes_nothing() -> None:
    standard = replace(CIRCLE, readings=CIRCLE.readings[:1])
    comparison = compare_readings(assessed(standard), standard)
    assert disagreement_text(comparison) == "能核算的口径不到两个，无从比较。"


def test_villages_to_choose_from(result: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = CIRCLE.readings[0]
    villages, left_out = listed_villages(result, reading, selected=None)
    assert villages == {"v3": "三村（乙镇，300 人）", "v4": "四村（乙镇，人口未知）"}
    assert left_out == 0
    villages, _ = listed_villages(result, reading, selected="v1")
    assert list(villages) == ["v1", "v3", "v4"]
    monkeypatch.setattr("views.coverage_page.LISTED_VILLAGES", 1)
    villages, left_out = listed_villages(result, reading, selected=None)
    assert (list(villages), left_out) == (["v3"], 1)


def test_a_village_without_name_or_zone() -> None:
    assert village_label("d3", None, None, math.nan) == "d3（人口未知）"


def test_problems_as_a_table() -> None:
    error = DemandError("坏", [Problem(3, "人口", "-1", "不得为负"), Problem(None, "x", "", "缺")])
    assert problem_table(error.problems).to_numpy().tolist() == [
        ["3", "人口", "-1", "不得为负"],
        ["整列", "x", "", "缺"],
    ]


def test_names_are_text_in_all_markup(result: Assessment) -> None:
    standard = replace(CIRCLE, name=HOSTILE, demand_group=HOSTILE)
    shown = replace(card(result, CIRCLE, CIRCLE.readings[0]), people=HOSTILE, unknown=HOSTILE)
    table = compare_readings(result, CIRCLE).table.assign(口径=HOSTILE)
    for markup in (
        card_html(shown, standard, CIRCLE.readings[0], told_apart=True),
        comparison_html(table, HOSTILE),
        notices_html([Notice("x", HOSTILE)]),
    ):
        assert "<script" not in markup
        assert "<img" not in markup
