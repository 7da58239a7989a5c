"""Where facilities stand, which lists are there, and which rows a target is about."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from coverage.rules.choices import TargetChoices
from coverage.rules.study import facilities_in_place, in_scope, scope_missing, scope_note
from coverage.rules.target import FacilityCount, FacilityFilter
from coverage.standards import FacilityKind
from tests.target_county import CLINIC, KINDS, county, study, target

ZONES = {"w": ("西镇", 0, 1000), "e": ("东镇", 1000, 2000)}
VILLAGES = {"v": (500, 1.0), "u": (1500, 1.0), "out": (9000, 1.0)}
ASK = FacilityCount(CLINIC)


def ground(facilities=None, choices=None, **more):
    facilities = {"k": ("clinic", 400)} if facilities is None else facilities
    return study(county(VILLAGES, facilities, zones=ZONES, **more), choices=choices)


def test_facilities_have_the_zone_and_the_village_they_stand_in():
    settlement = {"settlement": ["rural", "urban", None]}
    place = ground({"on_border": ("clinic", 1000), "k": ("clinic", 1400), "far": ("home", 8000)},
                   more=settlement)  # fmt: skip
    facilities = place.facilities
    assert facilities["zone_id"].tolist()[:2] == ["w", "e"]
    assert pd.isna(facilities["zone_id"].iloc[2])
    assert facilities["demand_id"].tolist()[1:] == ["u", "out"]
    assert facilities["demand_m"].tolist() == [500, 100, 1000]
    assert facilities["settlement"].iloc[1] == "urban"
    assert pd.isna(facilities["settlement"].iloc[2])


def test_on_a_border_the_first_zone_counts_in_any_order():
    layers = county({"v": (500, 1.0)}, {"k": ("clinic", 1000)}, zones=dict(reversed(ZONES.items())))
    assert facilities_in_place(layers)["zone_id"].tolist() == ["e"]


def test_no_facilities():
    place = ground({})
    assert len(place.facilities) == 0
    assert not place.is_listed(CLINIC)
    assert in_scope(place, target(ASK), place.facilities).empty


def test_a_list_is_told_by_what_stands_in_it():
    assert ground().is_listed(CLINIC)
    assert ground().is_listed(CLINIC, inside=True)
    beyond = ground({"k": ("clinic", 9000)})
    assert beyond.is_listed(CLINIC)
    assert not beyond.is_listed(CLINIC, inside=True)


def test_a_list_may_be_declared_complete():
    both = (FacilityFilter(("clinic", "home"), text="卫生室或幸福院"),)
    one = ground({}, TargetChoices(complete_kinds=frozenset({"clinic"})))
    assert one.is_listed(CLINIC)
    assert not one.is_listed(both)
    umbrella = FacilityKind("care", "机构", "测试", "", "#000000", "构", members=("clinic", "more"))
    more = FacilityKind("more", "更多", "测试", "", "#000000", "多", members=("home",))
    place = ground({}, TargetChoices(complete_kinds=frozenset({"care"})))
    place = replace(place, kinds=KINDS | {"care": umbrella, "more": more})
    assert place.is_listed(both)


def test_what_is_not_listed_is_named():
    sentence = (
        "数据里没有任何“村卫生室”，无法区分“没有建”和“没有提供名录”。"
        "请补充名录；确实一处也没有的，请声明该类名录已完整"
    )
    assert ground({}).unlisted(CLINIC) == sentence
    assert ground({}).unlisted((FacilityFilter(("clinic",)),)) == sentence


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("all", [True, True, False]),
        ("rural", [True, False, False]),
        ("urban", [False, True, False]),
        ("built_up", [False, True, False]),
        ("named", [False, True, False]),
    ],
)
def test_scopes(scope, expected):
    place = ground(
        choices=TargetChoices(areas={"起步区": ("e",)}),
        more={"settlement": ["rural", "urban", "rural"]},
    )
    wanted = target(ASK, scope=scope, scope_name="起步区")
    assert in_scope(place, wanted, place.layers.demand).tolist() == expected


@pytest.mark.parametrize("more", [None, {"settlement": [None, None, "urban"]}])
@pytest.mark.parametrize(("scope", "name"), [("rural", "农村地区"), ("urban", "城市社区")])
def test_without_town_and_country_neither_is_known(scope, name, more):
    place = ground(more=more)
    assert scope_missing(place, target(ASK, scope=scope, scope_name=name)) == (
        f"需求点没有城乡属性，无法区分“{name}”，请在需求点表里补充城乡一列"
    )
    assert scope_missing(place, target(ASK)) == ""


def test_what_is_computed_over_everybody_all_the_same_says_so():
    place = ground()
    wanted = target(ASK, scope="rural", scope_name="农村地区")
    assert in_scope(place, wanted, place.demand).all()
    assert scope_note(place, wanted) == "需求点没有城乡属性，“农村地区”按全部人口核算"


@pytest.mark.parametrize("more", [None, {"settlement": [None, None, "urban"]}])
def test_a_built_up_area_of_urban_points_needs_some_inside(more):
    place = ground(choices=TargetChoices(built_up_is_urban=True), more=more)
    wanted = target(ASK, scope="built_up", scope_name="建成区")
    assert scope_missing(place, wanted) == (
        "设定以城镇居民点代替建成区，但需求点没有城乡属性，请在需求点表里补充"
    )


def test_facilities_where_nobody_lives():
    layers = county({}, {"k": ("clinic", 400)}, zones=ZONES)
    place = facilities_in_place(layers).iloc[0]
    assert place["zone_id"] == "w"
    assert place["demand_id"] is None
    assert place["demand_m"] == float("inf")
    assert pd.isna(place["settlement"])


def test_a_list_that_is_not_there_is_named_without_conditions():
    one = FacilityFilter(("clinic",), ownership="公立", text="村卫生室[公立]")
    two = FacilityFilter(("clinic",), ownership="社会办", text="村卫生室[社会办]")
    assert ground({}).unlisted((one, two)) == ground({}).unlisted(CLINIC)


def test_what_counts_is_looked_up_once_and_cannot_be_changed():
    place = ground()
    states = place.states(CLINIC)
    assert place.states(CLINIC) is states
    with pytest.raises(ValueError, match="read-only"):
        states[0] = 0
    texts = place.unknown_conditions(CLINIC)
    texts[0] = "改过"
    assert place.unknown_conditions(CLINIC) == [""]


def test_villages_without_town_or_country_are_told():
    place = ground(more={"settlement": ["rural", None, "rural"]})
    wanted = target(ASK, scope="rural", scope_name="农村地区")
    assert in_scope(place, wanted, place.demand).tolist() == [True, False]
    assert scope_note(place, wanted) == "1 个需求点没有填城乡属性，不计入“农村地区”"
    assert scope_note(place, target(ASK)) == ""
