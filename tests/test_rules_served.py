"""People near enough to a facility: by hand, at the edge, where something is not known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.assessment import assess
from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.rules.answer import BOUNDS
from coverage.rules.choices import TargetChoices, Waiver
from coverage.rules.served import answer_served, answer_served_by_all
from coverage.rules.sums import sums_by_zone, value_bounds
from coverage.rules.target import Served, ServedByAll
from coverage.standards import Clause, Reading, Standard
from coverage.studies.study_trips import StudyTrips
from tests.target_county import (
    CLINIC,
    HOME,
    LIBRARY,
    MODES,
    TERTIARY,
    county,
    study,
    target,
    total,
)

WALK_15 = Served(CLINIC, "travel_time", 900.0, "walk")

CIRCLE = Standard(
    standard_id="circle",
    name="15分钟圈",
    kinds=("clinic",),
    demand_group="population",
    scope="rural",
    mode_id="walk_or_ride",
    direction="to_facility",
    target=1.0,
    target_note="测试",
    clauses=(Clause("plan", "规划", "一", "原文"),),
    readings=(
        Reading("circle", "15分钟", "travel_time", 900.0),
        Reading("circle_net", "2.5公里（路网）", "network_distance", 2500.0),
        Reading("circle_line", "2.5公里（直线）", "straight_line", 2500.0),
    ),
)


def served(layers, ask=WALK_15, choices=None, **more):
    return answer_served(study(layers, choices=choices), target(ask, **more))


def test_exactly_fifteen_minutes_counts_and_a_metre_more_does_not():
    layers = county(
        {"a": (1900.0, 400.0), "b": (1901.0, 100.0), "c": (1000.0, 50.0)},
        {"f": ("clinic", 1000.0)},
    )
    answer = served(layers)
    assert total(answer.items) == [450.0, 550.0, 450.0, 550.0]
    assert answer.items["reason"].tolist() == [
        "",
        "最近的“f”15.02 分钟，超过 15 分钟",
        "",
    ]
    assert answer.items["item_type"].unique().tolist() == ["demand"]
    assert (answer.per, answer.is_share) == (100.0, True)
    assert answer.recipe == (
        "研究区的常住人口中，到最近的村卫生室 15 分钟以内（含）的人数占总人数的百分比，"
        "按步行的出行时间计，研究区以外的设施也可以服务"
    )


def test_sums_of_zones_make_the_total():
    zones = {
        "p": ("甲镇", 0.0, 1500.0),
        "q": ("乙镇", 1500.5, 9000.0),
        "r": ("空镇", 9000.5, 9900.0),
    }
    villages = {"a": (1000.0, 10.0), "b": (1600.0, 20.0), "c": (8000.0, None)}
    answer = served(county(villages, {"f": ("clinic", 1000.0)}, zones=zones))
    sums = sums_by_zone(answer, list(zones))
    assert sums["part_low"].tolist() == [10.0, 20.0, 0.0, 30.0]
    assert sums["failing"].tolist() == [0, 1, 0, 1]
    bounds = value_bounds(sums, answer)
    assert bounds.loc["p"].tolist() == [100.0, 100.0]
    assert bounds.loc["r"].isna().all()
    assert bounds.loc[""].tolist() == [0.0, 100.0]


def test_the_access_leg_is_part_of_the_way():
    near = {"a": (1800.0, 1.0), "b": (1850.0, 1.0)}
    layers = county(near, {"f": ("clinic", 1000.0)}, off_road_m=60.0)
    assert served(layers).items["part_low"].tolist() == [1.0, 0.0]


def test_unknown_people_leave_the_share_open():
    villages = {"near": (1000.0, None), "far": (9000.0, None), "known": (1000.0, 100.0)}
    answer = served(county(villages, {"f": ("clinic", 1000.0)}))
    bounds = answer.items.set_index("item_id")[list(BOUNDS)]
    assert bounds.loc["near"].tolist() == [0.0, 0.0, np.inf, np.inf]
    assert bounds.loc["far"].tolist() == [0.0, np.inf, 0.0, 0.0]
    assert bounds.loc["known"].tolist() == [100.0] * 4
    reasons = answer.items.set_index("item_id")["reason"]
    assert reasons["near"] == "常住人口未填"
    assert reasons["far"] == "最近的“f”133.3 分钟，超过 15 分钟；常住人口未填"


def test_where_nobody_lives_nobody_is_out_of_reach():
    answer = served(county({"empty": (9000.0, 0.0)}, {"f": ("clinic", 1000.0)}))
    assert answer.items[list(BOUNDS)].to_numpy().tolist() == [[0.0] * 4]
    assert answer.items["reason"].tolist() == [""]


def test_a_hospital_of_unknown_grade_may_serve_or_not():
    layers = county(
        {"a": (1000.0, 10.0), "b": (5000.0, 20.0), "c": (15000.0, 40.0)},
        {"sure": ("hospital", 1000.0), "open": ("hospital", 5000.0), "no": ("hospital", 15000.0)},
        features={"level": ["三级甲等", None, "二级"]},
    )
    answer = served(layers, Served(TERTIARY, "travel_time", 900.0, "walk"))
    assert total(answer.items) == [10.0, 70.0, 30.0, 70.0]
    assert answer.items["reason"].tolist() == [
        "",
        "15 分钟以内只有“open”，其等级未填",
        "最近的“sure”233.3 分钟，超过 15 分钟",
    ]


def test_a_clinic_beyond_the_border_serves_but_people_there_do_not_count():
    zones = {"z": ("甲镇", 0.0, 1000.0)}
    layers = county(
        {"in": (900.0, 5.0), "out": (1500.0, 7.0)}, {"f": ("clinic", 1200.0)}, zones=zones
    )
    assert total(served(layers).items) == [5.0] * 4


def test_straight_line_and_network_are_both_measured():
    layers = county(
        {"a": (1000.0, 300.0), "b": (3450.0, 100.0)}, {"f": ("clinic", 1000.0)}, off_road_m=100.0
    )
    # b: 2,450 m along and 100 m beside: 2,452 m as the crow flies, 2,550 m by road.
    straight = served(layers, Served(CLINIC, "straight_line", 2500.0))
    assert total(straight.items)[:2] == [400.0, 400.0]
    assert straight.notes == ("按路网距离为 75.0 %",)
    network = served(layers, Served(CLINIC, "network_distance", 2500.0, "walk"))
    assert total(network.items)[:2] == [300.0, 400.0]
    assert network.notes == ("按直线距离为 100.0 %",)
    assert network.items["reason"].tolist() == ["", "最近的“f”2.55 公里，超过 2.5 公里"]


def test_exactly_the_distance_counts():
    layers = county({"a": (2500.0, 1.0), "b": (2500.1, 1.0)}, {"f": ("clinic", 0.0)})
    answer = served(layers, Served(CLINIC, "straight_line", 2500.0))
    assert answer.items["part_low"].tolist() == [1.0, 0.0]
    assert answer.items["reason"][1] == "最近的“f”2.5001 公里，超过 2.5 公里"


@pytest.mark.parametrize(
    ("ask", "more", "choices", "sentence"),
    [
        (replace(WALK_15, cutoff=None), {}, None, "规划没有给出“指标”的时限（分钟），须先设定才能核算"),
        (
            Served(CLINIC, "straight_line", None), {}, None,
            "规划没有给出“指标”的服务半径（米），须先设定才能核算",
        ),
        (
            WALK_15, {"group": "population_60plus", "group_name": "老年人（60岁及以上）"}, None,
            "需求点没有“老年人（60岁及以上）”一列（population_60plus），无法核算。请在需求点表里补充",
        ),
        (
            replace(WALK_15, facilities=HOME), {}, None,
            "数据里没有任何“幸福院”，无法区分“没有建”和“没有提供名录”。请补充名录；确实一处也没有的，请声明该类名录已完整",
        ),
        (replace(WALK_15, mode_id="fly"), {}, None, "出行方式 'fly' 不在速度表里，表里有 ride、walk、walk_or_ride"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(ask, more, choices, sentence):
    layers = county({"a": (0.0, 1.0)}, {"f": ("clinic", 0.0)})
    answer = served(layers, ask, choices, **more)
    assert answer.missing == (sentence,)
    assert answer.items.empty


def test_a_named_part_must_be_told():
    layers = county({"a": (0.0, 1.0)}, {"f": ("clinic", 0.0)})
    answer = served(layers, scope="named", scope_name="起步区")
    assert answer.missing == ("没有说明“起步区”由哪些行政单元组成，请在设定里填写",)
    told = TargetChoices(areas={"起步区": ("z",)})
    assert (
        total(served(layers, choices=told, scope="named", scope_name="起步区").items) == [1.0] * 4
    )


def test_a_complete_list_without_any_leaves_everybody_out():
    layers = county({"a": (0.0, 7.0)}, {"f": ("clinic", 0.0)})
    complete = TargetChoices(complete_kinds=frozenset({"home"}))
    answer = served(layers, replace(WALK_15, facilities=HOME), complete)
    assert total(answer.items) == [0.0, 7.0, 0.0, 7.0]
    assert answer.items["reason"].tolist() == ["一处也到不了"]


def test_the_planner_sets_the_cutoff_the_plan_leaves_open():
    layers = county({"a": (1200.0, 1.0)}, {"f": ("clinic", 0.0)})
    own = TargetChoices(cutoffs={"plan/t": 1200.0})
    answer = served(layers, replace(WALK_15, cutoff=None), own)
    assert total(answer.items) == [1.0] * 4
    assert answer.notes == ("按自设的 20 分钟核算",)


def assessed_study(choices=None, standards=(CIRCLE,)):
    layers = county(
        {"a": (2700.0, 10.0), "b": (3000.0, 20.0), "town": (0.0, 40.0), "who": (0.0, None)},
        {"f": ("clinic", 0.0)},
        more={"settlement": ["rural", "rural", "urban", "rural"]},
    )
    trips = StudyTrips(layers, MODES, DEFAULT_UNCERTAINTY)
    found = assess(layers, standards=standards, modes=MODES, with_service_areas=False)
    return study(layers, choices=choices, assessed=found, trips=trips)


READING = Served(LIBRARY, "travel_time", 1.0, "walk", reading_id="circle")


def test_a_reading_has_the_number_of_the_coverage_page():
    given = assessed_study()
    answer = answer_served(given, target(READING))
    whole = given.assessment.zones.query("reading_id == 'circle' and zone_id == ''").iloc[0]
    known = answer.items[answer.items["item_id"] != "who"]
    assert total(known)[:2] == [whole["covered"], whole["population"]] == [10.0, 30.0]
    assert answer.items["item_id"].tolist() == ["a", "b", "who"]
    assert answer.notes == ("与“15分钟圈”的“15分钟”是同一个数，设施和范围同该标准",)
    assert given._kept == {}  # nothing was searched again


def test_a_reading_of_metres_names_the_other_one():
    given = assessed_study()
    ask = Served(CLINIC, "network_distance", 2500.0, "walk_or_ride", reading_id="circle_net")
    answer = answer_served(given, target(ask))
    # The known people of a and b are beyond 2.5 km, those of "who" next door.
    assert answer.notes[-1] == "按直线距离为 0.0～100.0 %（资料不全）"
    assert given._kept == {}


def test_a_reading_with_an_own_cutoff_is_held_against_that():
    own = TargetChoices(cutoffs={"plan/t": 1000.0})
    answer = answer_served(assessed_study(own), target(READING))
    assert answer.items["part_low"].tolist() == [10.0, 20.0, 0.0]
    assert answer.notes == (
        "按自设的 16.6667 分钟核算",
        "出行时间取自“15分钟圈”的“15分钟”，设施同该标准",
    )


def test_a_reading_that_was_not_assessed_is_worked_out_from_the_ask():
    ask = replace(READING, facilities=CLINIC, cutoff=2800.0, reading_id="other")
    answer = answer_served(assessed_study(), target(ask))
    assert answer.items["part_low"].tolist() == [10.0, 0.0, 40.0, 0.0]
    assert answer.notes == ("本指标对应的标准没有参加评估，按指标自己的设施和范围核算",)


def test_nothing_is_searched_twice():
    given = study(county({"a": (0.0, 1.0)}, {"f": ("clinic", 0.0)}))
    first = answer_served(given, target(WALK_15))
    kept = dict(given._kept)
    second = answer_served(given, target(replace(WALK_15, cutoff=60.0)))
    assert [key[0] for key in kept].count("nearest") == 1
    assert given._kept == kept
    assert all(given._kept[key] is value for key, value in kept.items())
    pd.testing.assert_frame_equal(first.items, second.items)


def test_waived_villages_leave_the_denominator():
    layers = county(
        {"a": (0.0, 100.0), "b": (9000.0, 30.0), "c": (9000.0, None)}, {"f": ("clinic", 0.0)}
    )
    waiver = Waiver("small_village", ("plan/t",), "县里规定", under_persons=50.0)
    answer = served(layers, choices=TargetChoices(waivers=(waiver,)))
    assert answer.items["item_id"].tolist() == ["a", "c"]
    assert answer.waived.to_dict("records") == [
        {"item_id": "b", "item_name": "b", "zone_id": "z", "reason": "人口少于 50 人的村：县里规定"}
    ]
    assert answer.notes == (
        "1 个村常住人口未填，无法判断是否属于“人口较少的村”",
        "按豁免规则不计 1 个村，分母由 130 人变为 100 人（人口未填的 1 个村不在其内）",
    )


BOTH = ServedByAll((("医疗", CLINIC), ("养老", HOME)), 900.0, "walk")


def test_a_composite_circle_needs_every_part():
    layers = county(
        {"both": (1000.0, 1.0), "one": (1900.0, 2.0), "none": (9000.0, 4.0)},
        {"f": ("clinic", 1000.0), "h": ("home", 500.0)},
    )
    before = layers.demand.copy(), layers.facilities.copy()
    answer = answer_served_by_all(study(layers), target(BOTH))
    assert total(answer.items) == [1.0, 7.0, 1.0, 7.0]
    assert answer.shown.to_dict("list") == {
        "医疗": [True, True, False],
        "养老": [True, False, False],
    }
    assert answer.notes == ("单项覆盖率：医疗 42.9 %；养老 14.3 %",)
    assert answer.items["reason"].tolist() == [
        "",
        "养老：最近的“h”23.3 分钟，超过 15 分钟",
        "医疗：最近的“f”133.3 分钟，超过 15 分钟；养老：最近的“h”141.7 分钟，超过 15 分钟",
    ]
    pd.testing.assert_frame_equal(layers.demand, before[0])
    pd.testing.assert_frame_equal(layers.facilities, before[1])


def test_a_part_nobody_knows_of_leaves_the_circle_open():
    layers = county(
        {"a": (0.0, 1.0), "b": (9000.0, 2.0)},
        {"f": ("clinic", 0.0), "x": ("hospital", 0.0), "y": ("hospital", 9000.0)},
        features={"level": [None, None, "三级"]},
    )
    ask = ServedByAll((("医疗", CLINIC), ("医院", TERTIARY)), 900.0, "walk")
    answer = answer_served_by_all(study(layers), target(ask))
    assert total(answer.items) == [0.0, 3.0, 1.0, 3.0]
    assert answer.shown["医院"].isna().tolist() == [True, False]
    assert answer.notes == ("单项覆盖率：医疗 33.3 %；医院 66.7～100.0 %（资料不全）",)


def test_every_part_without_a_list_is_named():
    layers = county({"a": (0.0, 1.0)}, {"f": ("clinic", 0.0)})
    ask = ServedByAll((("医疗", CLINIC), ("养老", HOME), ("文化", LIBRARY)), None, "walk")
    answer = answer_served_by_all(study(layers), target(ask))
    assert [text.split("，")[0] for text in answer.missing] == [
        "规划没有给出“指标”的时限（分钟）",
        "数据里没有任何“幸福院”",
        "数据里没有任何“图书室”",
    ]


def test_a_scope_without_people_has_no_items():
    layers = county({"a": (0.0, 1.0)}, {"f": ("clinic", 0.0)}, more={"settlement": ["urban"]})
    answer = served(layers, scope="rural", scope_name="农村地区")
    assert answer.items.empty
    assert answer.missing == ()


RURAL = {"scope": "rural", "scope_name": "农村地区"}


def test_whom_nobody_can_place_make_the_share_a_span():
    layers = county(
        {"near": (0.0, 10.0), "far": (9000.0, 20.0), "who": (0.0, 30.0), "where": (9000.0, 40.0)},
        {"f": ("clinic", 0.0), "h": ("home", 0.0)},
        more={"settlement": ["rural", "rural", None, None]},
    )
    far = "最近的“f”150.0 分钟，超过 15 分钟"
    answer = served(layers, **RURAL)
    assert answer.items[["item_id", *BOUNDS]].to_numpy().tolist() == [
        ["near", 10.0, 10.0, 10.0, 10.0],
        ["far", 0.0, 20.0, 0.0, 20.0],
        ["who", 0.0, 0.0, 30.0, 30.0],
        ["where", 0.0, 40.0, 0.0, 0.0],
    ]
    assert answer.items["reason"].tolist() == ["", far, "城乡属性未填", f"{far}；城乡属性未填"]
    assert answer.notes == ("2 个需求点没有填城乡属性，是否属于“农村地区”不能确定",)
    both = answer_served_by_all(study(layers), target(BOTH, **RURAL))
    assert total(both.items) == [10.0, 70.0, 40.0, 60.0]


def test_without_town_and_country_only_a_reading_is_computed():
    layers = county({"a": (0.0, 1.0), "b": (9000.0, 3.0)}, {"f": ("clinic", 0.0)})
    sentence = "需求点没有城乡属性，无法区分“农村地区”，请在需求点表里补充城乡一列"
    assert served(layers, **RURAL).missing == (sentence,)
    whole = ServedByAll((("医疗", CLINIC),), 900.0, "walk")
    assert answer_served_by_all(study(layers), target(whole, **RURAL)).missing == (sentence,)
    found = assess(layers, standards=(CIRCLE,), modes=MODES, with_service_areas=False)
    given = study(layers, assessed=found)
    answer = answer_served(given, target(READING, **RURAL))
    page = found.zones.query("reading_id == 'circle' and zone_id == ''").iloc[0]
    assert total(answer.items)[:2] == [page["covered"], page["population"]] == [1.0, 4.0]
    assert answer.notes[0] == "需求点没有城乡属性，“农村地区”按全部人口核算"
    other = answer_served(given, target(replace(READING, reading_id="other"), **RURAL))
    assert other.missing[0] == sentence


def test_a_reading_leaves_out_whom_the_coverage_page_leaves_out():
    layers = county(
        {"a": (0.0, 1.0), "who": (0.0, 5.0)},
        {"f": ("clinic", 0.0)},
        more={"settlement": ["rural", None]},
    )
    found = assess(layers, standards=(CIRCLE,), modes=MODES, with_service_areas=False)
    answer = answer_served(study(layers, assessed=found), target(READING, **RURAL))
    assert total(answer.items) == [1.0] * 4
    assert answer.notes[0] == "1 个需求点没有填城乡属性，不计入“农村地区”"


places = st.lists(st.integers(0, 200).map(lambda at: at * 100.0), max_size=6)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 50)), min_size=1, max_size=8), places)
def test_the_share_agrees_with_brute_force_and_a_new_facility_never_lowers_it(rows, at):
    villages = {f"v{n}": (x * 100.0, float(people)) for n, (x, people) in enumerate(rows)}
    complete = TargetChoices(complete_kinds=frozenset({"clinic"}))
    shares = []
    for facilities in (at, [*at, 7000.0]):
        # A home stands by so that the table is never empty.
        table = {f"f{n}": ("clinic", x) for n, x in enumerate(facilities)} | {"h": ("home", 0.0)}
        items = served(county(villages, table), choices=complete).items
        by_hand = {
            name: people
            for name, (x, people) in villages.items()
            if any(abs(x - other) <= 900 for other in facilities)
        }
        assert items["part_low"].sum() == sum(by_hand.values())
        assert items["whole_low"].sum() == sum(people for _, people in villages.values())
        assert (items["part_low"] == items["part_high"]).all()
        failing = items[items["reason"] != ""]
        assert failing["whole_low"].sum() == items["whole_low"].sum() - items["part_low"].sum()
        shares.append(items["part_low"].sum())
    assert shares[0] <= shares[1]


def test_what_cannot_be_answered_says_all_the_same_how_it_would_be():
    layers = county({"a": (0.0, 1.0)}, {"f": ("clinic", 0.0)})
    text = "研究区的常住人口中，到最近的村卫生室 规定时间以内的人数占总人数的百分比，"
    open_ask = replace(WALK_15, cutoff=None)
    assert answer_served(study(layers), target(open_ask)).recipe.startswith(text)
