"""The three rules by which villages are not counted."""

from __future__ import annotations

import pandas as pd
import pytest

from coverage.rules.choices import TargetChoices, Waiver
from coverage.rules.target import Served
from coverage.rules.waivers import denominator_note, unused_note, waived_villages
from tests.target_county import CLINIC, county, study, target

ASK = Served(CLINIC, "travel_time", 900.0, "walk")
VILLAGES = {
    "a": (1000.0, 100.0), "b": (2000.0, 99.0), "c": (2000.1, 0.0), "d": (9000.0, None),
}  # fmt: skip
NONE = pd.Series(data=False, index=list(VILLAGES))
SEAT = Waiver("township_hospital_seat", ("plan/t",), "驻地由镇卫生院承担", within_m=1000.0)
SHARED = Waiver("joint_clinic", ("plan/t",), "与 a 村联办", demand_ids=("b", "d"))
SMALL = Waiver("small_village", ("plan/t",), "人口太少", under_persons=100.0)


def waived(*waivers, facilities=None, villages=VILLAGES):
    layers = county(villages, facilities or {"h": ("township_hospital", 1000.0)})
    given = study(layers, choices=TargetChoices(waivers=waivers))
    return waived_villages(given, target(ASK), given.demand)


def ids(found):
    return found.is_waived.index[found.is_waived].tolist()


def test_seats_of_township_hospitals_within_exactly_the_metres():
    found = waived(SEAT)
    assert ids(found) == ["a", "b"]
    assert found.table["reason"].unique().tolist() == [
        "镇卫生院驻地村（1000 米以内有镇卫生院）：驻地由镇卫生院承担"
    ]
    assert found.notes == ()
    assert not found.is_open.any()


def test_without_township_hospitals_nobody_has_the_seat():
    found = waived(SEAT, facilities={"f": ("clinic", 1000.0)})
    assert ids(found) == []
    assert found.table.empty
    assert found.notes == ("数据里没有任何镇卫生院，豁免规则“镇卫生院驻地村”没有使用",)


def test_villages_that_share_a_clinic_are_listed_by_the_planner():
    found = waived(SHARED)
    assert found.table.to_dict("records") == [
        {"item_id": "b", "item_name": "b", "zone_id": "z", "reason": "联村设室：与 a 村联办"},
        {"item_id": "d", "item_name": "d", "zone_id": "z", "reason": "联村设室：与 a 村联办"},
    ]
    strange = waived(Waiver("joint_clinic", ("plan/t",), "联办", demand_ids=("b", "x", "y")))
    assert ids(strange) == ["b"]
    assert strange.notes == (
        "豁免规则“联村设室”所列的村有 2 个不在需求点里，首个是“x”，请核对代码",
    )


def test_a_village_of_exactly_so_many_persons_is_not_small():
    found = waived(SMALL)
    assert ids(found) == ["b", "c"]
    assert found.is_open[found.is_open].index.tolist() == ["d"]
    assert found.notes == ("1 个村常住人口未填，无法判断是否属于“人口较少的村”",)


def test_a_village_is_listed_once_under_the_first_waiver():
    found = waived(SHARED, SMALL, SEAT)
    assert ids(found) == ["a", "b", "c", "d"]
    assert found.table["item_id"].tolist() == ["b", "d", "c", "a"]
    assert not found.is_open.any()


@pytest.mark.parametrize("waivers", [(), (Waiver("small_village", ("plan/other",), "x", 1, 1e9),)])
def test_waivers_of_other_targets_take_nothing(waivers):
    found = waived(*waivers)
    assert ids(found) == []
    assert (
        denominator_note(found, pd.Series(1.0, index=list(VILLAGES)), may_be=NONE, unit="个") == ()
    )


def test_the_denominator_says_so():
    found = waived(SEAT)
    people = pd.Series([100.0, 99.0, 0.0, float("nan")], index=list(VILLAGES))
    assert denominator_note(
        found, pd.Series(1.0, index=list(VILLAGES)), may_be=NONE, unit="个"
    ) == ("按豁免规则不计 2 个村，分母由 4 个变为 2 个",)
    assert denominator_note(found, people, may_be=NONE, unit="人") == (
        "按豁免规则不计 2 个村，分母由 199 人变为 0 人（人口未填的 1 个村不在其内）",
    )


def test_the_denominator_leaves_out_whom_nobody_can_place():
    people = pd.Series([100.0, 99.0, 7.0, float("nan")], index=list(VILLAGES))
    may_be = NONE.copy()
    may_be[["b", "c"]] = True
    (note,) = denominator_note(waived(SEAT), people, may_be=may_be, unit="人")
    assert note == (
        "按豁免规则不计 2 个村，分母由 100 人变为 0 人"
        "（人口未填的 1 个村、城乡属性未填的 2 个村不在其内）"
    )


def test_targets_without_villages_use_no_waiver():
    given = study(county(VILLAGES, {"f": ("clinic", 0.0)}), choices=TargetChoices(waivers=(SEAT,)))
    assert unused_note(given, target(ASK)) == (
        "豁免规则只适用于按需求点计的村，本指标按行政单元核算，没有使用",
    )


def test_the_table_is_left_as_it_is():
    layers = county(VILLAGES, {"h": ("township_hospital", 0.0)})
    before = layers.demand.copy()
    given = study(layers, choices=TargetChoices(waivers=(SEAT, SHARED, SMALL)))
    waived_villages(given, target(ASK), given.demand)
    pd.testing.assert_frame_equal(layers.demand, before)
    empty = waived_villages(given, target(ASK), given.demand[:0])
    assert empty.table.empty
    assert list(empty.table) == ["item_id", "item_name", "zone_id", "reason"]
