"""Measures by group and zone: by hand, unknown people, any shape of measure."""

from __future__ import annotations

import math
from functools import partial

import pandas as pd
import pytest

from coverage.errors import DemandError
from coverage.measures import (
    coverage_by_zone,
    cumulative_curve,
    gini,
    people_with_at_least,
    weighted_mean,
    weighted_quantiles,
)
from coverage.people.breakdown import by_group_and_zone, by_zone

IDS = pd.Index(list("abcde"), name="demand_id")
MINUTES = pd.Series([5.0, 10.0, 30.0, 20.0, 1.0], index=IDS)
GROUPS = pd.DataFrame(
    {
        "population": [100.0, 300.0, math.nan, 50.0, 999.0],
        "population_60plus": [30.0, 10.0, 5.0, math.nan, 999.0],
    },
    index=IDS,
)
ZONES = pd.Series(["甲", "甲", "乙", "乙", None], index=IDS)


def test_a_number_by_hand():
    table = by_group_and_zone(weighted_mean, MINUTES, groups=GROUPS, zones=ZONES)
    assert table.to_dict("list") == {
        "group": ["population"] * 3 + ["population_60plus"] * 3,
        "zone_id": ["乙", "甲", ""] * 2,
        "population": [50.0, 400.0, 450.0, 5.0, 40.0, 45.0],
        "population_unknown": [1, 0, 1, 1, 0, 1],
        "value": [20.0, 8.75, 10.0, 30.0, 6.25, pytest.approx(400 / 45)],
    }


def test_without_zones_everybody_is_told():
    table = by_zone(weighted_mean, MINUTES, weights=GROUPS["population"])
    assert table["zone_id"].tolist() == [""]
    assert table["population"].tolist() == [1449.0]


def test_a_series_and_a_table_take_as_many_rows_as_they_have():
    halves = partial(weighted_quantiles, shares=(0.5, 0.9))
    table = by_zone(halves, MINUTES, weights=GROUPS["population"], zones=ZONES)
    assert table.columns.tolist() == [
        "zone_id",
        "population",
        "population_unknown",
        "share",
        "value",
    ]
    assert table["share"].tolist() == [0.5, 0.9] * 3
    assert table["value"].tolist() == [20, 20, 10, 10, 10, 20]
    curve = by_zone(cumulative_curve, MINUTES, weights=GROUPS["population"], zones=ZONES)
    assert curve[curve["zone_id"] == "甲"]["cutoff"].tolist() == [0, 5, 10]
    assert curve[curve["zone_id"] == ""]["share"].tolist() == [0, 100 / 450, 400 / 450, 1]
    choice = by_zone(people_with_at_least, MINUTES, weights=GROUPS["population"], zones=ZONES)
    assert choice["at_least"].tolist() == [1, 2, 3] * 3


def test_a_zone_of_unknown_people_keeps_its_rows():
    nobody = GROUPS["population"].where(ZONES != "乙")
    for measure in (gini, cumulative_curve, weighted_quantiles, people_with_at_least):
        table = by_zone(measure, MINUTES, weights=nobody, zones=ZONES)
        rows = table[table["zone_id"] == "乙"]
        assert len(rows)
        assert (rows["population_unknown"] == 2).all()


def test_the_curve_by_zone_is_the_coverage_by_zone():
    known = GROUPS["population"].fillna(0)
    at_15 = partial(cumulative_curve, cutoffs=[15.0])
    table = by_zone(at_15, MINUTES, weights=known, zones=ZONES).set_index("zone_id")
    demand = pd.DataFrame({"zone_id": ZONES, "population": known, "travel_time_s": MINUTES})
    zones = coverage_by_zone(demand[ZONES.notna()], cutoff_s=15, target=1)
    assert table.loc[["乙", "甲"], "share"].tolist() == zones["share"].tolist()


def test_nothing_in_nothing_out():
    none = by_zone(gini, MINUTES.iloc[:0], weights=GROUPS["population"], zones=ZONES)
    assert none["zone_id"].tolist() == [""]
    assert by_group_and_zone(gini, MINUTES, groups=GROUPS[[]]).empty


def test_series_are_matched_by_index_and_left_unchanged():
    before = (MINUTES.copy(), GROUPS.copy(), ZONES.copy())
    first = by_group_and_zone(weighted_mean, MINUTES, groups=GROUPS, zones=ZONES)
    second = by_group_and_zone(weighted_mean, MINUTES, groups=GROUPS[::-1], zones=ZONES[::-1])
    pd.testing.assert_frame_equal(first, second)
    pd.testing.assert_series_equal(MINUTES, before[0])
    pd.testing.assert_frame_equal(GROUPS, before[1])
    pd.testing.assert_series_equal(ZONES, before[2])


def test_a_point_without_zone_or_people_row_is_refused():
    with pytest.raises(DemandError) as caught:
        by_zone(gini, MINUTES, weights=GROUPS["population"], zones=ZONES[:3])
    assert str(caught.value) == "2 个需求点没有所在单元，第一个是 'd'。请补齐后重试。"
    with pytest.raises(DemandError, match="1 个需求点没有人口，第一个是 'a'"):
        by_zone(gini, MINUTES, weights=GROUPS["population"][1:])
