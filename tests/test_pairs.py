"""The door of the measures: bad matrices, people and capacities get their sentence."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from coverage.errors import DemandError, FacilityError, InputError, StandardError
from coverage.people.pairs import known_capacity, known_people, pairs_within

MATRIX = pd.DataFrame(
    {
        "from_id": ["b", "a", "a"],
        "to_id": ["h", "k", "h"],
        "travel_time_s": [900.0, 600.0, 300.0],
        "distance_m": [9.0, 6.0, math.inf],
    }
)
DEMAND = pd.Index(["b", "a", "c"])
FACILITIES = pd.Index(["k", "h"])


def pairs(matrix=MATRIX, **changes):
    arguments = {"demand_ids": DEMAND, "facility_ids": FACILITIES} | changes
    return pairs_within(matrix, **arguments)


def test_pairs_are_sorted_by_id_and_know_every_id():
    found = pairs()
    assert found.demand_ids.tolist() == ["a", "b", "c"]
    assert found.facility_ids.tolist() == ["h", "k"]
    assert found.demand.tolist() == [0, 0, 1]
    assert found.facility.tolist() == [0, 1, 0]
    assert found.cost.tolist() == [300.0, 600.0, 900.0]
    assert found.per_demand(found.cost).tolist() == [900.0, 900.0, 0.0]
    assert found.per_facility(found.cost).tolist() == [1200.0, 600.0]


def test_a_cutoff_is_inclusive_and_may_be_missed_by_a_microsecond():
    assert len(pairs(cutoff=900).cost) == 3
    assert len(pairs(cutoff=900 - 1e-7).cost) == 3
    assert len(pairs(cutoff=899.9).cost) == 2
    assert len(pairs(cutoff=0).cost) == 0


def test_endless_cost_is_not_reached():
    assert pairs(cost="distance_m").cost.tolist() == [6.0, 9.0]


def test_an_empty_matrix_reaches_nothing():
    found = pairs(MATRIX.iloc[:0])
    assert found.per_demand(found.cost).tolist() == [0, 0, 0]
    empty = pd.DataFrame({"from_id": [], "to_id": [], "travel_time_s": []})
    assert len(pairs(empty).cost) == 0


def test_facilities_may_come_from_the_matrix():
    assert pairs(facility_ids=None).facility_ids.tolist() == ["h", "k"]


def test_whole_numbers_as_ids():
    matrix = pd.DataFrame({"from_id": [2, 1], "to_id": [7, 7], "travel_time_s": [1, 2]})
    found = pairs_within(matrix, demand_ids=pd.Index([1, 2]), facility_ids=pd.Index([7]))
    assert found.cost.tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (
            MATRIX.drop(columns="travel_time_s"),
            InputError,
            "出行时间表缺少 travel_time_s 列，现有 from_id、to_id、distance_m。",
        ),
        (
            MATRIX.assign(travel_time_s=[900.0, math.nan, -1.0]),
            InputError,
            "出行时间表有 2 行的 travel_time_s 为空或为负，第一行是需求点 'a' 与设施 'k'。请重新计算出行时间。",
        ),
        (
            MATRIX.assign(travel_time_s="快"),
            InputError,
            "出行时间表的 travel_time_s 应为数字，现为文字。请重新计算出行时间。",
        ),
        (
            pd.concat([MATRIX, MATRIX.iloc[:1]]),
            InputError,
            "出行时间表有 1 对需求点与设施重复，第一对是需求点 'b' 与设施 'h'。每对只能有一行。",
        ),
        (
            MATRIX.assign(from_id=["b", "x", "x"]),
            DemandError,
            "出行时间表里有 1 个需求点不在需求点表中，第一个是 'x'。请重新计算出行时间。",
        ),
        (
            MATRIX.assign(to_id=["h", "y", "z"]),
            FacilityError,
            "出行时间表里有 2 个设施没有填写容量，第一个是 'y'。请在设施表中补齐容量，或重新计算出行时间。",
        ),
    ],
)
def test_a_bad_matrix_is_refused(matrix, error, message):
    with pytest.raises(error) as caught:
        pairs(matrix)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"cutoff": -1.0}, StandardError, "阈值应为不小于 0 的数字，现为 -1.0。"),
        ({"cutoff": math.nan}, StandardError, "阈值应为不小于 0 的数字，现为 nan。"),
        (
            {"demand_ids": pd.Index(["a", "b", "a"])},
            InputError,
            "需求点有 1 个代码重复，第一个是 'a'。每个代码只能出现一次。",
        ),
        (
            {"facility_ids": pd.Index(["h", 1], dtype=object)},
            InputError,
            "设施的代码有的是文字、有的是数字，请统一为文字。",
        ),
    ],
)
def test_a_bad_request_is_refused(changes, error, message):
    with pytest.raises(error) as caught:
        pairs(**changes)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            [1.0, math.nan, math.nan],
            "2 个需求点的人口未知，第一个是 'b'。未知不能当作 0，请补齐人口，或先去掉这些需求点。",
        ),
        (
            [1.0, -5.0, math.inf],
            "2 个需求点的人口为负或不是有限的数字，第一个是 'b'（-5 人）。请改正后重试。",
        ),
        (["一", "二", "三"], "需求点的人口应为数字，现为文字。请改正后重试。"),
    ],
)
def test_bad_people_are_refused(values, message):
    with pytest.raises(DemandError) as caught:
        known_people(pd.Series(values, index=["a", "b", "c"]))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            [1.0, math.nan],
            "1 个设施没有填写容量，第一个是 'k'。未知不能当作 0，请在设施表中补齐容量，或先去掉这些设施。",
        ),
        (
            [-2.5, math.inf],
            "2 个设施的容量为负或不是有限的数字，第一个是 'h'（-2.5）。请改正后重试。",
        ),
        (["多", "少"], "设施的容量应为数字，现为文字。请改正后重试。"),
    ],
)
def test_bad_capacity_is_refused(values, message):
    with pytest.raises(FacilityError) as caught:
        known_capacity(pd.Series(values, index=["h", "k"]))
    assert str(caught.value) == message


def test_capacity_of_nought_and_nullable_columns_are_fine():
    assert known_capacity(pd.Series([3, 0], index=["k", "h"])).to_dict() == {"h": 0.0, "k": 3.0}
    people = known_people(pd.Series([2, 1], index=["b", "a"], dtype="Int64"))
    assert people.to_dict() == {"a": 1.0, "b": 2.0}
    with pytest.raises(DemandError, match="1 个需求点的人口未知"):
        known_people(pd.Series([2, None], index=["b", "a"], dtype="Int64"))


def test_arguments_are_left_unchanged():
    before = MATRIX.copy()
    people = pd.Series([2.0, 1.0], index=["b", "a"])
    kept = people.copy()
    pairs()
    known_people(people)
    pd.testing.assert_frame_equal(MATRIX, before)
    pd.testing.assert_series_equal(people, kept)
    assert np.array_equal(DEMAND, ["b", "a", "c"])
