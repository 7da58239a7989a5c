"""The door of the targets: every rule answered, held against a year, in tables that agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.result_columns import LABEL
from coverage.rules.choices import ReportedFigure, TargetChoices
from coverage.rules.target import (
    CapacityShare,
    Colocated,
    FacilityCount,
    FacilityFilter,
    FacilityShare,
    PerPopulation,
    Reported,
    Served,
    ServedByAll,
    Territory,
    UnitNeed,
    UnitsServed,
    UnitsWithFacility,
    YearValue,
)
from coverage.target_contracts import FAILING_UNITS_RESULT, TARGETS_RESULT, WAIVED_RESULT
from coverage.targets import VERDICTS, answer_targets, judge
from tests.target_county import CLINIC, HOME, LIBRARY, county, study, target

ZONES = {
    "370101001": ("西镇", -100, 5000),
    "370101002": ("东镇", 5001, 12000),
    "370101003": ("空镇", 12001, 20100),
}
FRIENDLY = (FacilityFilter(("clinic",), features=("老年友善",), text="村卫生室[老年友善]"),)

ASKS = {
    "served_within_time": Served(CLINIC, "travel_time", 900.0, "walk"),
    "served_within_distance": Served(CLINIC, "straight_line", 1000.0),
    "served_by_all_within_time": ServedByAll((("卫生", CLINIC), ("文化", LIBRARY)), 900.0, "walk"),
    "capacity_per_population": PerPopulation(CLINIC, "capacity_beds", 1000.0),
    "area_per_population": PerPopulation(CLINIC, "area_m2", 1.0),
    "units_with_facility": UnitsWithFacility((UnitNeed("any_township", CLINIC),)),
    "units_served": UnitsServed("any_village", CLINIC, 500.0),
    "facility_count": FacilityCount(CLINIC),
    "facility_share": FacilityShare(FRIENDLY, CLINIC),
    "capacity_share": CapacityShare(CLINIC, "capacity_nursing_beds", CLINIC, "capacity_beds"),
    "colocated_within_distance": Colocated(CLINIC, HOME, 100.0),
    "territory_assignment": Territory(("甲", "乙")),
    "reported": Reported(),
}

VILLAGES = {"a": (500, 300.0), "b": (2500, 200.0), "c": (6000, None), "d": (8000, 100.0)}
FACILITIES = {
    "k1": ("clinic", 700),
    "k2": ("clinic", 7000),
    "h": ("home", 750),
    "l": ("library", 0),
}


def all_targets(**more):
    return [
        replace(
            target(ask, rule, **{"values": (YearValue(2025, 50.0),)} | more),
            target_id=f"plan/{rule}",
        )
        for rule, ask in ASKS.items()
    ]


@pytest.fixture(scope="module")
def place():
    layers = county(
        VILLAGES,
        FACILITIES,
        zones=ZONES,
        more={"settlement": ["rural", "rural", "urban", "rural"]},
        features={
            "capacity_beds": [3.0, None, np.nan, np.nan],
            "features": ["老年友善：是", None, None, None],
        },
    )
    figures = {"plan/reported": (ReportedFigure(2024, 60.0, "公报"),)}
    return study(layers, choices=TargetChoices(reported=figures))


@pytest.fixture(scope="module")
def answered(place):
    return answer_targets(place, all_targets())


def test_every_rule_has_a_row_for_the_whole_and_every_zone(place, answered):
    values = judge(place, answered, year=2025).values
    assert len(values) == len(ASKS) * 4
    assert values["target_id"].unique().tolist() == [f"plan/{rule}" for rule in ASKS]
    first = values.iloc[:4]
    assert first["zone_id"].tolist() == ["", *ZONES]
    assert first["zone_name"].tolist() == ["甲县", "西镇", "东镇", "空镇"]
    assert set(values["verdict"]) <= set(VERDICTS)
    assert (values["recipe"] != "").all()


def test_the_tables_have_the_columns_of_their_contracts(place, answered):
    judged = judge(place, answered, year=2025)
    for table, contract in (
        (judged.values, TARGETS_RESULT),
        (judged.failing, FAILING_UNITS_RESULT),
        (judged.waived, WAIVED_RESULT),
    ):
        names = [column.name for column in contract.columns if column.name != LABEL]
        assert list(table.columns) == names
        for column in contract.columns:
            if column.name == LABEL:
                continue
            if not column.nullable and column.dtype != "number":
                assert table[column.name].notna().all(), column.name
            if column.choices:
                assert set(table[column.name]) <= set(column.choices)
            if column.dtype == "whole":
                assert table[column.name].dtype == "Int64"
            if column.minimum is not None:
                assert not (table[column.name] < column.minimum).any()


def test_not_enough_data_says_what_is_missing(place, answered):
    values = judge(place, answered, year=2025).values
    assert (values.loc[values["verdict"] == "数据不足", "missing"] != "").all()


def test_counts_of_zones_add_up(place, answered):
    values = judge(place, answered, year=2025).values
    for _, rows in values.groupby("target_id"):
        whole, zones = rows.iloc[0], rows.iloc[1:]
        for column in ("units", "units_failing", "units_unknown", "units_waived"):
            assert zones[column].sum() == whole[column]
        assert whole["units_failing"] + whole["units_unknown"] <= whole["units"]


def test_failing_units_add_up_to_what_is_short(place, answered):
    judged = judge(place, answered, year=2025)
    values = judged.values.set_index(["target_id", "zone_id"])
    for one in answered:
        if not one.answer.is_share:
            continue
        units = judged.failing[judged.failing["target_id"] == one.target.target_id]
        failing = units[units["status"] == "未达标"]
        whole = values.loc[(one.target.target_id, "")]
        assert len(failing) == whole["units_failing"]
        assert (units["status"] == "无法判断").sum() == whole["units_unknown"]
        for zone_id, sums in one.sums.iterrows():
            rows = failing if zone_id == "" else failing[failing["zone_id"] == zone_id]
            if np.isfinite(sums["whole_low"]):
                exact = rows["short"].sum()
                most = sums["whole_low"] - sums["part_low"]
                assert exact <= most
                if sums["unknown"] == 0:
                    assert exact == pytest.approx(most)


def test_served_by_hand(place, answered):
    whole = judge(place, answered, year=2025).values.iloc[0]
    # a walks 200 s and d 1000 s, b 1800 s; c, of whom nobody knows, 1000 s.
    assert (whole["value_low"], whole["value_high"]) == (0.0, pytest.approx(50.0))
    assert (whole["units"], whole["units_failing"]) == (4, 3)
    assert whole["verdict"] == "数据不足"


def test_one_bar_over_the_years(place):
    values = (YearValue(2025, 50.0), YearValue(2030, 70.0))
    once = answer_targets(place, all_targets(values=values, baseline=(YearValue(2020, 30.0),)))
    verdicts = {}
    for year in (2022, 2025, 2028, 2035):
        row = judge(place, once, year=year).values.set_index(["target_id", "zone_id"])
        reported = row.loc[("plan/reported", "")]
        verdicts[year] = (reported["verdict"], reported["target"], reported["target_year"])
        assert (reported["baseline"], reported["baseline_year"]) == (30.0, 2020)
    assert verdicts == {
        2022: ("数据不足", 50.0, 2025),
        2025: ("达标", 50.0, 2025),
        2028: ("尚未到期", 70.0, 2030),
        2035: ("未达标", 70.0, 2030),
    }
    between = judge(place, once, year=2028, interpolate=True).values
    row = between.set_index(["target_id", "zone_id"]).loc[("plan/reported", "")]
    assert (row["target"], row["verdict"]) == (pytest.approx(62.0), "未达标")


def test_nothing_asked(place):
    assert answer_targets(place, []) == ()
    judged = judge(place, (), year=2025)
    assert judged.values.empty
    assert judged.failing.empty
    assert "verdict" in judged.values.columns


def test_progress_is_told(place):
    told = []
    answer_targets(place, all_targets()[:2], progress=lambda *step: told.append(step))
    assert told == [(0, 2, "指标"), (1, 2, "指标"), (2, 2, "完成")]


def test_targets_without_a_number_are_unset_and_still_have_a_value(place):
    once = answer_targets(place, all_targets(values=(), open_reason="规划没有写明"))
    values = judge(place, once, year=2025).values
    assert set(values["verdict"]) == {"未设目标"}
    assert values["gap"].isna().all()
    row = values.set_index(["target_id", "zone_id"]).loc[("plan/facility_count", "")]
    assert (row["value"], row["target_note"]) == (2.0, "规划没有写明")


def test_layers_stay_as_they_were(place):
    demand, facilities = place.layers.demand.copy(), place.facilities.copy()
    judge(place, answer_targets(place, all_targets()), year=2025)
    pd.testing.assert_frame_equal(place.layers.demand, demand)
    pd.testing.assert_frame_equal(place.facilities, facilities)


def test_the_same_again(place, answered):
    again = answer_targets(place, all_targets())
    first, second = (judge(place, one, year=2025) for one in (answered, again))
    for name in ("values", "failing", "waived"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


COVERAGE = ("served_within_distance", "units_served", "units_with_facility", "facility_count")


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 20_000))
def test_a_new_facility_never_turns_met_into_not_met(x):
    wanted = [one for one in all_targets() if one.rule in COVERAGE]
    verdicts = []
    for facilities in (FACILITIES, FACILITIES | {"new": ("clinic", x)}):
        ground = study(county(VILLAGES, facilities, zones=ZONES))
        verdicts.append(judge(ground, answer_targets(ground, wanted), year=2025).values["verdict"])
    met = verdicts[0] == "达标"
    assert (verdicts[1][met] == "达标").all()
