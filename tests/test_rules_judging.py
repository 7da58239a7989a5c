"""What is aimed at in a year, whether it is met, how much is short."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.rules.aims import aim_of, zone_aim
from coverage.rules.answer import Answer, no_items
from coverage.rules.choices import TargetChoices
from coverage.rules.judging import Aim, aim_for, gap_of, is_met, verdict_of
from coverage.rules.target import FacilityCount, Reported, YearValue
from tests.target_county import CLINIC, county, study, target

PLAN = target(
    Reported(),
    "reported",
    baseline=(YearValue(2020, 6.0),),
    values=(YearValue(2025, 7.0), YearValue(2030, 9.0)),
)
OPEN = target(Reported(), "reported", open_reason="规划未给出覆盖率")


@pytest.mark.parametrize(
    ("year", "value", "due", "note"),
    [
        (2019, 7.0, 2025, ""),
        (2020, 7.0, 2025, ""),
        (2024, 7.0, 2025, ""),
        (2025, 7.0, 2025, ""),
        (2026, 9.0, 2030, ""),
        (2030, 9.0, 2030, ""),
        (2031, 9.0, 2030, "规划没有 2031 年的数值，按最后一个目标年 2030 年核算"),
    ],
)
def test_the_value_of_the_year_else_the_next_else_the_last(year, value, due, note):
    assert aim_for(PLAN, year=year) == Aim(value, due, note)


@pytest.mark.parametrize(
    ("year", "value", "due"),
    [
        (2019, 7.0, 2025),  # nothing known before 2020
        (2020, 6.0, 2020),
        (2022, 6.4, 2022),
        (2025, 7.0, 2025),
        (2028, 8.2, 2028),
        (2033, 9.0, 2030),
    ],
)
def test_a_straight_line_only_where_asked_for(year, value, due):
    aim = aim_for(PLAN, year=year, interpolate=True)
    assert aim.value == pytest.approx(value)
    assert aim.due == due


def test_interpolation_says_so():
    assert aim_for(PLAN, year=2022, interpolate=True).note == "2020 年与 2025 年之间按直线插值"
    assert aim_for(PLAN, year=2025, interpolate=True).note == ""


def test_nothing_set_is_nothing_aimed_at_even_between_baselines():
    assert aim_for(OPEN, year=2025) == Aim(None, note="规划未给出覆盖率")
    bare = target(Reported(), "reported", baseline=(YearValue(2015, 1.0), YearValue(2030, 2.0)))
    assert aim_for(bare, year=2020, interpolate=True) == Aim(None, note="规划没有给出数值")


def test_what_the_planner_sets_stands_in_for_the_plan():
    own = (YearValue(2026, 8.0, "县政府工作报告"),)
    assert aim_for(PLAN, year=2025, own=own) == Aim(8.0, 2026, "自设目标：县政府工作报告")
    assert aim_for(OPEN, year=2026, own=own) == Aim(8.0, 2026, "自设目标：县政府工作报告")
    late = "自设目标：县政府工作报告；自设目标没有 2030 年的数值，按最后一个目标年 2026 年核算"
    assert aim_for(PLAN, year=2030, own=own) == Aim(8.0, 2026, late)


@pytest.mark.parametrize(
    ("value", "aim", "better", "expected"),
    [
        (8.0, 8.0, "higher", True),
        (8.0, 8.0, "lower", True),
        (0.1 + 0.2, 0.3, "lower", True),
        (0.7 * 10, 7.0, "higher", True),
        (8.0 - 1e-6, 8.0, "higher", False),
        (8.0 + 1e-6, 8.0, "lower", False),
        (0.0, 0.0, "lower", True),
        (math.inf, 8.0, "higher", True),
        (math.inf, 8.0, "lower", False),
    ],
)
def test_exactly_is_enough(value, aim, better, expected):
    assert is_met(value, aim, better=better) is expected


def test_one_bed_short_in_a_province_is_short():
    # 8 beds per 1000 of 100 million persons.
    beds = 800_000
    assert is_met(1000 * beds / 1e8, 8.0, better="higher")
    assert not is_met(1000 * (beds - 1) / 1e8, 8.0, better="higher")
    assert gap_of(beds - 1, 1e8, 8.0, per=1000.0, is_whole=True) == 1.0
    assert gap_of(beds, 1e8, 8.0, per=1000.0, is_whole=True) == 0.0


@pytest.mark.parametrize(
    ("low", "high", "aim", "year", "better", "verdict"),
    [
        (8, 8, Aim(8.0, 2025), 2025, "higher", "达标"),
        (7.9, 7.9, Aim(8.0, 2025), 2025, "higher", "未达标"),
        (7.9, 7.9, Aim(8.0, 2025), 2026, "higher", "未达标"),
        (7.9, 7.9, Aim(8.0, 2030), 2025, "higher", "尚未到期"),
        (8, 8, Aim(8.0, 2030), 2025, "higher", "达标"),
        (7.9, 8, Aim(8.0, 2025), 2025, "higher", "数据不足"),
        (7.9, 8, Aim(8.0, 2030), 2025, "higher", "数据不足"),
        (8, math.inf, Aim(8.0, 2025), 2025, "higher", "达标"),
        (0, 7.9, Aim(8.0, 2025), 2025, "higher", "未达标"),
        (7.9, 8, Aim(8.0, 2025), 2025, "lower", "达标"),
        (8, 8.1, Aim(8.0, 2025), 2025, "lower", "数据不足"),
        (8.1, math.inf, Aim(8.0, 2025), 2025, "lower", "未达标"),
        (math.nan, math.nan, Aim(8.0, 2025), 2025, "higher", "数据不足"),
        (math.nan, math.nan, Aim(None), 2025, "higher", "未设目标"),
        (8, 8, Aim(None), 2025, "higher", "未设目标"),
    ],
)
def test_verdicts(low, high, aim, year, better, verdict):
    assert verdict_of(low, high, aim, year=year, better=better) == verdict


@pytest.mark.parametrize(
    ("part", "whole", "aim", "per", "is_whole", "gap"),
    [
        (75, 10_000, 8.0, 1000.0, True, 5),
        (75.5, 10_000, 8.0, 1000.0, True, 5),
        (75.5, 10_000, 8.0, 1000.0, False, 4.5),
        (80, 10_000, 8.0, 1000.0, True, 0),
        (81, 10_000, 8.0, 1000.0, True, 0),
        (0, 0, 8.0, 1000.0, True, math.nan),
        (3, 1, 5.0, 1.0, True, 2),
        (0, math.inf, 8.0, 1000.0, True, math.inf),
        (math.inf, 5, 8.0, 1000.0, True, 0),
        (math.inf, math.inf, 90.0, 100.0, True, 0),
    ],
)
def test_gaps_by_hand(part, whole, aim, per, is_whole, gap):
    assert gap_of(part, whole, aim, per=per, is_whole=is_whole) == pytest.approx(gap, nan_ok=True)


@given(
    st.integers(0, 1000), st.integers(1, 1000), st.integers(1, 1000), st.sampled_from([1, 100, 1e4])
)
def test_the_gap_is_just_what_is_missing(part, whole, tenths, per):
    aim = tenths / 10
    gap = gap_of(part, whole, aim, per=per, is_whole=True)
    assert (gap == 0) == is_met(per * part / whole, aim, better="higher")
    assert is_met(per * (part + gap) / whole, aim, better="higher")
    if gap:
        assert not is_met(per * (part + gap - 1) / whole, aim, better="higher")
    exact = gap_of(part, whole, aim, per=per, is_whole=False)
    assert gap - 1 <= exact <= gap


TOTAL = target(
    FacilityCount(CLINIC),
    "facility_count",
    values=(YearValue(2025, 500.0),),
    is_total=True,
    area_level="city",
)


def ground(codes=("370102001", "370102002"), level="township", **choices):
    zones = {code: (code, i * 100.0, i * 100.0 + 100) for i, code in enumerate(codes)}
    layers = county({"v": (50, 1.0)}, {"c": ("clinic", 50)}, zones=zones, level=level)
    return study(layers, choices=TargetChoices(**choices))


def test_a_citys_sum_asks_nothing_of_a_county():
    aim = aim_of(ground(), TOTAL, year=2025, interpolate=False)
    assert aim == Aim(None, note="目标按全市下达，没有分解到本县，请填写本县的任务数")
    aim = aim_of(ground(codes=("a", "b")), TOTAL, year=2025, interpolate=False)
    note = "目标按全市下达，不知道本项目的级别；请在设定里写明，或填写本项目的任务数"
    assert aim == Aim(None, note=note)


def test_a_citys_sum_asks_of_the_city():
    aim = aim_of(ground(area_level="province"), TOTAL, year=2025, interpolate=False)
    assert aim.note == (
        "目标是一个市的合计数，研究区是本省，不能直接对照；要对照请填写本省的任务数"
    )
    aim = aim_of(ground(area_level="city"), TOTAL, year=2025, interpolate=False)
    assert aim == Aim(500.0, 2025)
    by_codes = ground(("370102", "370103"), "county")
    aim = aim_of(by_codes, TOTAL, year=2025, interpolate=False)
    note = "按单元代码认作全市，不是的请在设定里写明项目级别"
    assert aim == Aim(500.0, 2025, note)


def test_what_falls_to_the_county_is_set_by_the_planner():
    own = {"plan/t": (YearValue(2025, 20.0, "市局分解表"),)}
    aim = aim_of(ground(values=own), TOTAL, year=2025, interpolate=False)
    assert aim == Aim(20.0, 2025, "自设目标：市局分解表")


def test_what_is_asked_of_a_zone():
    aim = Aim(8.0, 2025)
    rate = target(FacilityCount(CLINIC))
    assert zone_aim(rate, aim, Answer(no_items())) is aim
    of_sums = Aim(None, note="目标是合计数，没有分解到本单元")
    assert zone_aim(rate, aim, Answer(no_items(), is_ratio=False)) == of_sums
    assert zone_aim(TOTAL, aim, Answer(no_items())) == of_sums
    of_whole = Aim(None, note="本指标按整个研究区核算，不分单元")
    assert zone_aim(rate, aim, Answer(no_items(), by_zone=False)) == of_whole


@pytest.mark.parametrize(
    ("codes", "level", "expected"),
    [
        (("370102001", "370102002"), "township", "county"),
        (("370102001",), "township", "township"),
        (("370102",), "county", "county"),
        (("370102", "370103"), "county", "city"),
        (("370102", "370203"), "county", "province"),
        (("370102", "410203"), "county", None),
        (("370102001", "370103002"), "township", "city"),
        (("a", "b"), "township", None),
        (("3701", "3702"), "city", None),
    ],
)
def test_the_level_of_an_area_from_its_codes(codes, level, expected):
    assert ground(codes, level).area_level == expected
