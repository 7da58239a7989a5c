"""Facilities side by side, both ways round."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.rules.answer import BOUNDS
from coverage.rules.choices import TargetChoices, Waiver
from coverage.rules.colocation import answer_colocated
from coverage.rules.target import Colocated
from tests.target_county import CLINIC, HOME, TERTIARY, county, study, target, total

ONE_VILLAGE = {"v": (0.0, 1.0)}


def beside(facilities, ask=None, *, choices=None, villages=None, layers_more=None, **more):
    layers = county(villages or ONE_VILLAGE, facilities, **(layers_more or {}))
    ask = ask or Colocated(CLINIC, HOME, 300.0)
    return answer_colocated(
        study(layers, choices=choices), target(ask, "colocated_within_distance", **more)
    )


def test_exactly_the_metres_count_and_the_way_round_is_told():
    answer = beside(
        {
            "c1": ("clinic", 1000.0), "c2": ("clinic", 5000.0), "c3": ("clinic", 9000.0),
            "h1": ("home", 1300.0), "h2": ("home", 5300.2),
        }
    )  # fmt: skip
    assert answer.items["item_type"].unique().tolist() == ["facility"]
    assert answer.items["part_low"].tolist() == answer.items["part_high"].tolist() == [1, 0, 0]
    assert answer.items["reason"].tolist() == [
        "",
        "最近的“h2”300.2 米，超过 300 米",
        "最近的“h2”3699.8 米，超过 300 米",
    ]
    way_back = "反过来，幸福院中 300 米以内有村卫生室的占 50.0 %"
    assert answer.notes == (f"{way_back}（共 2 处）",)
    assert answer.recipe == (
        "研究区的村卫生室中，300 米（直线，含）以内有幸福院的占百分比；"
        f"设施不算自己的邻居，研究区以外的设施可以作邻居；{way_back}"
    )


def test_the_metres_must_be_set():
    facilities = {"c": ("clinic", 0.0), "h": ("home", 400.0)}
    ask = Colocated(CLINIC, HOME, None)
    assert beside(facilities, ask).missing == (
        "规划没有给出相距多少米以内算毗邻，须先设定才能核算",
    )
    own = TargetChoices(cutoffs={"plan/t": 400.0})
    answer = beside(facilities, ask, choices=own)
    assert total(answer.items) == [1.0] * 4
    assert answer.notes[-1] == "按自设的 400 米核算"


def test_both_kinds_must_be_listed():
    assert beside({"c": ("clinic", 0.0)}).missing[0].startswith("数据里没有任何“幸福院”")
    own = TargetChoices(complete_kinds=frozenset({"home"}))
    answer = beside({"c": ("clinic", 0.0)}, choices=own)
    assert answer.items["reason"].tolist() == ["没有任何幸福院"]
    assert answer.notes == (
        "反过来，幸福院中 300 米以内有村卫生室的占 无法核算（没有考核对象）（共 0 处）",
    )


def test_a_facility_is_not_its_own_neighbour_but_one_on_the_same_spot_is():
    ask = Colocated(CLINIC, CLINIC, 0.0)
    answer = beside({"a": ("clinic", 0.0), "b": ("clinic", 0.0), "c": ("clinic", 50.0)}, ask)
    assert answer.items["part_low"].tolist() == [1.0, 1.0, 0.0]
    crowd = beside({f"f{n}": ("clinic", 0.0) for n in range(5)}, ask)
    assert crowd.items["part_low"].tolist() == [1.0] * 5
    alone = beside({"a": ("clinic", 0.0)}, ask)
    assert alone.items["reason"].tolist() == ["没有任何村卫生室"]


def test_what_is_not_known_of_either_leaves_it_open():
    facilities = {"x": ("hospital", 0.0), "c": ("clinic", 100.0), "d": ("clinic", 9000.0)}
    more = {"features": {"level": [None, None, None]}}
    answer = beside(facilities, Colocated(CLINIC, TERTIARY, 300.0), layers_more=more)
    assert answer.items[list(BOUNDS)].to_numpy().tolist() == [
        [0.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 0.0, 1.0],
    ]
    assert answer.items["reason"].tolist() == [
        "300 米以内只有“x”，其等级未填",
        "没有任何综合医院（三级）",
    ]
    answer = beside(facilities, Colocated(TERTIARY, CLINIC, 300.0), layers_more=more)
    assert answer.items[list(BOUNDS)].to_numpy().tolist() == [[0.0, 0.0, 1.0, 1.0]]
    assert answer.items["reason"].tolist() == ["等级未填"]


def test_neighbours_beyond_the_border_count_but_are_no_items():
    facilities = {"c": ("clinic", 900.0), "h": ("home", 1100.0), "h2": ("home", 0.0)}
    answer = beside(facilities, layers_more={"zones": {"z": ("甲镇", -10.0, 1000.0)}})
    assert total(answer.items) == [1.0] * 4
    assert answer.notes == ("反过来，幸福院中 300 米以内有村卫生室的占 0.0 %（共 1 处）",)


def test_only_facilities_of_the_scope_are_counted():
    villages = {"v": (0.0, 1.0), "u": (9000.0, 1.0)}
    facilities = {"c": ("clinic", 0.0), "d": ("clinic", 9000.0), "h": ("home", 9000.0)}
    answer = beside(
        facilities,
        villages=villages,
        layers_more={"more": {"settlement": ["rural", "urban"]}},
        scope="rural",
        scope_name="农村地区",
    )
    assert answer.items["item_id"].tolist() == ["c"]


def test_a_facility_nobody_can_place_may_count():
    answer = beside(
        {"c": ("clinic", 0.0), "d": ("clinic", 9000.0), "h": ("home", 9000.0)},
        villages={"v": (0.0, 1.0), "who": (9000.0, 1.0)},
        layers_more={"more": {"settlement": ["rural", None]}},
        scope="rural",
        scope_name="农村地区",
    )
    assert answer.items[["item_id", *BOUNDS]].to_numpy().tolist() == [
        ["c", 0.0, 1.0, 0.0, 1.0],
        ["d", 0.0, 0.0, 1.0, 1.0],
    ]
    assert answer.items["reason"].tolist()[1] == "最近需求点的城乡属性未填"
    assert answer.notes[0] == "1 个需求点没有填城乡属性，是否属于“农村地区”不能确定"


def test_without_town_and_country_nothing_is_said_of_either():
    facilities = {"c": ("clinic", 0.0), "h": ("home", 0.0)}
    assert beside(facilities, scope="rural", scope_name="农村地区").missing == (
        "需求点没有城乡属性，无法区分“农村地区”，请在需求点表里补充城乡一列",
    )


def test_waivers_of_villages_are_said_to_be_unused():
    own = TargetChoices(waivers=(Waiver("small_village", ("plan/t",), "x", under_persons=9.0),))
    answer = beside({"c": ("clinic", 0.0), "h": ("home", 0.0)}, choices=own)
    assert answer.notes[-1] == "豁免规则只适用于按需求点计的村，本指标按设施核算，没有使用"


@settings(max_examples=15)
@given(
    st.lists(st.integers(0, 40).map(lambda at: at * 100.0), min_size=1, max_size=7),
    st.lists(st.integers(0, 40).map(lambda at: at * 100.0), min_size=1, max_size=7),
)
def test_both_shares_agree_with_brute_force_and_one_more_never_lowers_it(ones, others):
    counts = []
    for homes in (others, [*others, 2000.0]):
        facilities = {f"c{n}": ("clinic", x) for n, x in enumerate(ones)}
        facilities |= {f"h{n}": ("home", x) for n, x in enumerate(homes)}
        layers = county(ONE_VILLAGE, facilities)
        before = layers.facilities.copy()
        there = answer_colocated(study(layers), target(Colocated(CLINIC, HOME, 300.0)))
        back = answer_colocated(study(layers), target(Colocated(HOME, CLINIC, 300.0)))
        with_home = sum(any(abs(x - y) <= 300 for y in homes) for x in ones)
        with_clinic = sum(any(abs(x - y) <= 300 for x in ones) for y in homes)
        assert total(there.items) == [with_home, len(ones), with_home, len(ones)]
        assert total(back.items) == [with_clinic, len(homes), with_clinic, len(homes)]
        assert f"占 {100 * with_clinic / len(homes):.1f} %（" in there.notes[0]
        pd.testing.assert_frame_equal(layers.facilities, before)
        counts.append(with_home)
    assert counts[0] <= counts[1]
