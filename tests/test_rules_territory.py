"""Territories of leading hospitals over a road, worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.impedance import TravelMode
from coverage.rules.choices import TargetChoices
from coverage.rules.target import Territory, YearValue
from coverage.rules.territory import answer_territory
from coverage.studies.study_trips import StudyTrips
from coverage.targets import answer_targets, judge
from tests.target_county import MODES, county, study, target

DRIVE = MODES | {
    "drive": TravelMode("drive", "驾车", "测试", "motor", {"road": 36.0}, 3.6)
}  # 10 m/s

VILLAGES = {f"v{n}": (n * 1000.0, 100.0) for n in range(10)}
"""Ten villages of 100 persons, a kilometre apart."""


def ground(villages=None, *, leaders=("h0", "h1"), modes=DRIVE, hospitals=(0, 3000), **more):
    named = {f"h{n}": ("hospital", x) for n, x in enumerate(hospitals)}
    layers = county(villages or VILLAGES, named, **more)
    choices = TargetChoices(leaders={"plan/t": leaders} if leaders else {})
    return study(layers, choices=choices, trips=StudyTrips(layers, modes, DEFAULT_UNCERTAINTY))


def wanted(*names, **more):
    return replace(
        target(Territory(names), "territory_assignment", better="lower", **more),
        unit="倍", gap_unit="倍",
    )  # fmt: skip


def test_territories_by_hand():
    answer = answer_territory(ground(), wanted())
    assert answer.shown is not None
    assert answer.shown["nearest_leader_id"].tolist() == ["h0"] * 2 + ["h1"] * 8
    assert answer.shown["leader_id"].tolist() == ["h0"] * 3 + ["h1"] * 7
    assert answer.shown["travel_time_s"].tolist() == pytest.approx(
        [0, 100, 200, 0, 100, 200, 300, 400, 500, 600]
    )
    assert answer.shown["nearest_travel_time_s"].tolist()[2] == pytest.approx(100)
    assert answer.value == pytest.approx(1.4)
    assert answer.items["item_id"].tolist() == list(VILLAGES)
    assert answer.notes == (
        "均衡方案：最大网格是均值的 1.40 倍，平均 4.0 分钟、最远 10.0 分钟，各网格都相连",
        "“h0” 300 人，平均 1.7 分钟、最远 3.3 分钟",
        "“h1” 700 人，平均 5.0 分钟、最远 10.0 分钟",
        "只按时间最近：最大网格是均值的 1.60 倍，平均 3.8 分钟、最远 10.0 分钟，各网格都相连",
    )


def test_it_is_judged_as_a_whole():
    place = ground()
    answered = answer_targets(place, [wanted(values=(YearValue(2025, 1.2),))])
    rows = judge(place, answered, year=2025).values.set_index("zone_id")
    whole = rows.loc[""]
    assert (whole["verdict"], whole["gap"]) == ("未达标", pytest.approx(0.2))
    assert (whole["units"], whole["units_unknown"]) == (10, 0)
    assert math.isnan(whole["numerator"])
    zone = rows.loc["z"]
    assert (zone["verdict"], zone["missing"]) == ("未设目标", "")
    assert zone["target_note"] == "本指标按整个研究区核算，不分单元"
    assert judge(place, answered, year=2025).failing.empty


def test_without_everybodys_number_there_are_territories_but_no_value():
    villages = VILLAGES | {"v9": (9000.0, None)}
    place = ground(villages)
    answer = answer_territory(place, wanted())
    assert answer.value is None
    assert answer.missing == (
        "1 个需求点的常住人口未填，无法核算各网格人口，首个是“v9”；网格只按其余需求点均衡",
    )
    assert answer.shown is not None
    assert answer.shown["leader_id"].notna().all()
    row = judge(place, answer_targets(place, [wanted()]), year=2025).values.iloc[0]
    assert (row["verdict"], row["units_unknown"]) == ("未设目标", 1)


@pytest.mark.parametrize(
    ("leaders", "names", "sentence"),
    [
        (("h0", "x"), (), "牵头医院有 1 个设施代码不在名录里，第一个是“x”，请在设定里改正"),
        (("h0", "h0"), (), "牵头医院只有 1 处，至少要两处才能划分，请在设定里填写"),
        ((), (), "牵头医院只有 0 处，至少要两处才能划分，请在设定里填写"),
        (
            (),
            ("h0", "市中心医院"),
            "设施名录里不能按名称认出全部牵头医院（“市中心医院”没有），请在设定里写明设施代码",
        ),
    ],
)
def test_leaders_that_are_not_known(leaders, names, sentence):
    answer = answer_territory(ground(leaders=leaders), wanted(*names))
    assert answer.missing == (sentence,)


def test_the_plans_names_count_where_they_are_exact():
    answer = answer_territory(ground(leaders=()), wanted("h1", "h0"))
    assert answer.value == pytest.approx(1.4)


def test_two_hospitals_of_one_name_are_told():
    place = ground(leaders=(), hospitals=(0, 3000, 9000))
    place = replace(place, facilities=place.facilities.assign(facility_name=["甲", "甲", "乙"]))
    answer = answer_territory(place, wanted("甲", "乙"))
    assert "“甲”有同名的" in answer.missing[0]


def test_no_car_in_the_table_of_speeds():
    answer = answer_territory(ground(modes=MODES), wanted())
    assert answer.missing == ("速度表里没有驾车（drive），无法计算到牵头医院的时间",)


def test_no_group():
    answer = answer_territory(ground(), wanted(group="population_60plus", group_name="老年人"))
    assert answer.missing == ("需求点没有“老年人”这一列，请在人口数据里补充",)


def test_villages_no_road_leads_from_are_listed():
    place = ground()
    roads = place.layers.roads
    # A second road apart from the first, with two villages and the third hospital at it.
    from tests.networks import toy_roads

    roads = toy_roads(
        [(0, 1, "road"), (2, 3, "road")],
        {0: (0, 0), 1: (7500, 0), 2: (7600, 0), 3: (20000, 0)},
    )
    layers = replace(place.layers, roads=roads)
    place = study(
        layers,
        choices=place.choices,
        trips=StudyTrips(layers, DRIVE, DEFAULT_UNCERTAINTY),
    )
    answer = answer_territory(place, wanted())
    assert answer.shown is not None
    assert answer.shown["leader_id"].isna().tolist() == [False] * 8 + [True] * 2
    assert answer.shown["travel_time_s"].tolist()[8:] == [math.inf] * 2
    assert answer.notes[-1] == "2 个需求点没有道路通到任何牵头医院，未划入网格，首个是“v8”"
    assert answer.items["reason"].tolist()[7:] == ["", *["没有道路通到任何牵头医院"] * 2]


def test_villages_outside_the_study_area_are_no_part():
    answer = answer_territory(
        ground(zones={"w": ("西镇", -10, 4500), "e": ("东镇", 4501, 7500)}), wanted()
    )
    assert answer.items["item_id"].tolist() == [f"v{n}" for n in range(8)]
    assert answer.items["zone_id"].tolist() == ["w"] * 5 + ["e"] * 3
