"""Whether a plan is about the study area: by the codes of its zones, else by its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coverage.rules.choices import TargetChoices
from coverage.rules.target import FacilityCount, Plan, Reported, Served, YearValue
from coverage.targets import answer_targets, judge, plan_area_note
from tests.target_county import CLINIC, county, study, target

JINAN = Plan("p", "某规划", "某委", "济南市", "city", 2021, 2025, area_code="3701")


def of(zones, *, name="甲县", **choices):
    bands = {code: (f"镇{code}", 1000.0 * n, 1000.0 * n + 999) for n, code in enumerate(zones)}
    layers = county({"v": (500.0, 10.0)}, {"f": ("clinic", 500.0)}, zones=bands)
    return study(replace(layers, name=name), choices=TargetChoices(**choices))


@pytest.mark.parametrize(
    ("zones", "said"),
    [
        (("370112001", "370112002"), ""),
        (
            ("371521001", "371521002"),
            (
                "《某规划》是济南市的规划，“甲县”不在济南市（单元代码以 3701 开头的才属于济南市），"
                "核算结果只供参照"
            ),
        ),
        (
            ("370112001", "371521002"),
            (
                "《某规划》是济南市的规划，“甲县”有 1 个单元不在济南市，首个是 371521002"
                "（单元代码以 3701 开头的才属于济南市）"
            ),
        ),
        (
            ("999901001", "999901002"),
            "《某规划》是济南市的规划，无法从单元代码判断“甲县”是否属于济南市，不属于的只供参照",
        ),
        (
            ("a", "b"),
            "《某规划》是济南市的规划，无法从单元代码判断“甲县”是否属于济南市，不属于的只供参照",
        ),
    ],
)
def test_codes_tell_where_the_area_is(zones, said):
    assert plan_area_note(of(zones), JINAN) == said


def test_without_codes_the_name_tells():
    assert plan_area_note(of(("a",), name="济南市历城区"), JINAN) == ""
    own = replace(JINAN, area="甲县", area_code="")
    assert plan_area_note(of(("371521001",)), own) == ""


@pytest.mark.parametrize(
    ("level", "scope_name", "ask", "rule", "is_told"),
    [
        ("county", "全市", Served(CLINIC, "straight_line", 500.0), "served_within_distance", True),
        ("city", "全市", Served(CLINIC, "straight_line", 500.0), "served_within_distance", False),
        (None, "全市", Served(CLINIC, "straight_line", 500.0), "served_within_distance", False),
        ("county", "全域", FacilityCount(CLINIC), "facility_count", False),
        ("county", "全市", Reported(), "reported", False),
    ],
)
def test_a_clause_about_the_whole_city_says_so_where_a_county_is_judged(
    level, scope_name, ask, rule, is_told
):
    one = of(("a",), area_level=level)
    goal = target(ask, rule=rule, scope_name=scope_name, values=(YearValue(2025, 1.0),))
    notes = judge(one, answer_targets(one, [goal]), year=2025).values["notes"]
    assert notes.str.contains("条款按全市提出，这里只核算本县").all() == is_told
