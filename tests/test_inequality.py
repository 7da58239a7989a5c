"""Gini, Palma and Theil: values by hand, brute force over every two persons, invariances."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coverage.errors import DemandError
from coverage.people.inequality import gini, palma, theil, theil_parts

MEASURES = [gini, palma, theil]

villages = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=12)
"""Value and persons of each village."""


def everybody(rows):
    """One value per person."""
    return np.repeat([value for value, _ in rows], [people for _, people in rows]).astype(float)


def split(rows):
    return [value for value, _ in rows], [people for _, people in rows]


def gini_of_persons(x):
    """Mean difference between any two persons, over twice the mean."""
    return np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())


def palma_of_persons(x):
    """Each person cut into ten, so that a tenth and two fifths end between persons."""
    tenths = np.sort(np.repeat(x, 10))
    return tenths[-len(x) :].sum() / tenths[: 4 * len(x)].sum()


def theil_of_persons(x):
    return float(np.mean([v / x.mean() * math.log(v / x.mean()) if v else 0.0 for v in x]))


@settings(deadline=None)
@given(villages)
def test_against_brute_force_over_persons(rows):
    persons = everybody(rows)
    assume(len(persons) and persons.sum() > 0)
    values, weights = split(rows)
    assert gini(values, weights=weights) == pytest.approx(gini_of_persons(persons), abs=1e-12)
    assert theil(values, weights=weights) == pytest.approx(theil_of_persons(persons), abs=1e-12)
    found = palma(values, weights=weights)
    if np.sort(np.repeat(persons, 10))[: 4 * len(persons)].sum() == 0:
        assert found == math.inf
    else:
        assert found == pytest.approx(palma_of_persons(persons), rel=1e-9)


@pytest.mark.parametrize("measure", MEASURES)
@given(villages, st.floats(1e-6, 1e6), st.floats(1e-3, 1e3))
@settings(max_examples=30, deadline=None)
def test_neither_the_unit_nor_more_of_the_same_people_matter(measure, rows, unit, more):
    values, weights = split(rows)
    assume(sum(v * w for v, w in rows) > 0)
    found = measure(values, weights=weights)
    scaled = measure(np.multiply(values, unit), weights=np.multiply(weights, more))
    assert scaled == pytest.approx(found, rel=1e-9, abs=1e-12)
    assert measure(values * 2, weights=weights * 2) == pytest.approx(found, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
@given(villages)
@settings(max_examples=30, deadline=None)
def test_dividing_a_village_changes_nothing_and_order_changes_nothing_at_all(measure, rows):
    values, weights = split(rows)
    assume(sum(v * w for v, w in rows) > 0)
    found = measure(values, weights=weights)
    halves = measure(values + values[:1], weights=[weights[0] / 2, *weights[1:], weights[0] / 2])
    assert halves == pytest.approx(found, rel=1e-9, abs=1e-12)
    assert measure(values[::-1], weights=weights[::-1]) == found


@pytest.mark.parametrize(("measure", "least"), [(gini, 0.0), (palma, 0.25), (theil, 0.0)])
@given(villages)
@settings(max_examples=30, deadline=None)
def test_all_alike_is_the_least(measure, least, rows):
    values, weights = split(rows)
    assume(sum(v * w for v, w in rows) > 0)
    assert measure(values, weights=weights) >= least - 1e-12
    assert measure([7.0] * len(rows), weights=weights) == pytest.approx(least, abs=1e-12)


def test_a_gift_from_rich_to_poor_makes_less_of_each():
    before, after = [0.0, 1.0, 4.0, 20.0], [1.0, 1.0, 4.0, 19.0]
    weights = [40, 20, 20, 20]
    for measure in MEASURES:
        assert measure(after, weights=weights) < measure(before, weights=weights)


def test_values_by_hand():
    """Three tenths have 1, seven tenths have 3: mean 2.4, Lorenz curve through (0.3, 0.125).

    Gini 1 - (0.3 * 0.125 + 0.7 * 1.125) = 0.175. Palma: the top tenth has 0.1 * 3 / 2.4, the
    bottom four tenths (0.3 + 0.1 * 3) / 2.4. Theil 0.125 ln(1 / 2.4) + 0.875 ln(3 / 2.4).
    """
    assert gini([1, 3], weights=[30, 70]) == pytest.approx(0.175)
    assert palma([1, 3], weights=[30, 70]) == pytest.approx(0.5)
    assert theil([1, 3], weights=[30, 70]) == pytest.approx(
        0.125 * math.log(1 / 2.4) + 0.875 * math.log(3 / 2.4)
    )
    assert gini([5.0]) == 0


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("values", "weights"), [([], None), ([0, 0], None), ([1, 2], [0, 0]), ([0, 2], [5, 0])]
)
def test_nobody_or_nothing_is_no_number(measure, values, weights):
    assert math.isnan(measure(values, weights=weights))


@pytest.mark.parametrize("measure", MEASURES)
def test_huge_and_tiny_numbers_do_not_overflow(measure):
    assert measure([1e308, 3e307], weights=[1e300, 1e300]) == pytest.approx(measure([10, 3]))
    assert measure([1e-300, 3e-301], weights=[1e-300, 1e-300]) == pytest.approx(measure([10, 3]))


def test_two_series_are_matched_by_index():
    values = pd.Series({"a": 0.0, "b": 1.0})
    weights = pd.Series({"b": 1, "a": 3, "elsewhere": 9})
    assert gini(values, weights=weights) == 0.75
    assert weights.tolist() == [1, 3, 9]


@pytest.mark.parametrize(
    ("values", "weights", "message"),
    [
        (
            [1.0, math.nan, -1.0],
            None,
            "2 个取值为空或为负，第一个是 1。空值表示没有计算，请先算出来，或先去掉这些需求点。",
        ),
        (
            pd.Series({"a": 1.0, "b": math.inf}),
            None,
            "1 个取值是无穷大（不可达），第一个是 'b'。这个指标只能用有限的数字计算。",
        ),
        (
            pd.Series({"a": 1.0, "b": 2.0}),
            pd.Series({"a": math.nan, "b": -2.0}),
            "2 个需求点的人口为空、为负或不是有限的数字，第一个是 'a'。请补齐人口，或先去掉这些需求点。",
        ),
        ([1.0, 2.0], [1.0], "取值有 2 个，人口有 1 个，两者应一一对应。"),
        (["高", "低"], None, "取值应为一列数字，现有文字或多列。请改正后重试。"),
        ([[1.0], [2.0]], None, "取值应为一列数字，现有文字或多列。请改正后重试。"),
        (
            pd.Series({"a": 1.0, "b": 2.0}),
            pd.Series({"a": 1.0}),
            "1 个需求点没有人口，第一个是 'b'。请补齐后重试。",
        ),
        (
            pd.Series({"a": 1.0, "b": 2.0}),
            pd.Series([1.0, 2.0, 3.0], index=["a", "b", "a"]),
            "需求点有 1 个代码重复，第一个是 'a'。每个代码只能出现一次。",
        ),
    ],
)
@pytest.mark.parametrize("measure", MEASURES)
def test_bad_values_are_refused(measure, values, weights, message):
    with pytest.raises(DemandError) as caught:
        measure(values, weights=weights)
    assert str(caught.value) == message


def test_theil_within_zones_is_the_mean_of_their_own():
    """Zone A has 0 and 2 (own index ln 2), zone B has 3 and 3 (own index 0); A has 2 of 8."""
    values = pd.Series([0.0, 2.0, 3.0, 3.0, 99.0], index=list("abcde"))
    weights = pd.Series(1.0, index=list("abcde"))
    zones = pd.Series(["A", "A", "B", "B", None], index=list("abcde"))
    parts = theil_parts(values, weights=weights, zones=zones)
    assert parts["within"] == pytest.approx(0.25 * math.log(2))
    assert parts["between"] == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(1.5))
    assert parts["total"] == pytest.approx(theil(values[:4], weights=weights[:4]))
    assert parts["total"] == pytest.approx(parts["between"] + parts["within"])


def test_theil_of_one_zone_is_all_within():
    values = pd.Series([1.0, 2.0], index=["a", "b"])
    parts = theil_parts(values, weights=values, zones=pd.Series("A", index=["a", "b"]))
    assert parts["between"] == 0
    nothing = theil_parts(values * 0, weights=values, zones=pd.Series("A", index=["a", "b"]))
    assert nothing.isna().all()
