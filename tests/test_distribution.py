"""Cumulative curves, quantiles and means over people: by hand, against NumPy, bad input."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coverage.errors import DemandError, StandardError
from coverage.measures import coverage_by_zone
from coverage.people.distribution import cumulative_curve, weighted_mean, weighted_quantiles

TIMES = pd.Series([600.0, math.inf, 0.0, 900.0, 600.0], index=list("abcde"))
PEOPLE = pd.Series([30.0, 10.0, 0.0, 40.0, 20.0], index=list("abcde"))

rows = st.lists(
    st.tuples(st.one_of(st.integers(0, 40), st.just(math.inf)), st.integers(0, 30)),
    min_size=1,
    max_size=15,
)


def series(drawn):
    times = pd.Series([float(time) for time, _ in drawn])
    return times, pd.Series([float(people) for _, people in drawn])


def test_the_curve_by_hand():
    curve = cumulative_curve(TIMES, weights=PEOPLE)
    assert curve.index.name == "cutoff"
    assert curve["people"].to_dict() == {0.0: 0.0, 600.0: 50.0, 900.0: 90.0}
    assert curve["share"].to_dict() == {0.0: 0.0, 600.0: 0.5, 900.0: 0.9}


def test_the_curve_read_at_given_cutoffs():
    curve = cumulative_curve(TIMES, weights=PEOPLE, cutoffs=[math.inf, 599.9, 600, 600 - 1e-7])
    assert curve["people"].tolist() == [0.0, 50.0, 50.0, 90.0]


@settings(deadline=None)
@given(rows, st.floats(0, 50))
def test_the_curve_is_the_coverage_at_every_cutoff(drawn, cutoff):
    times, people = series(drawn)
    curve = cumulative_curve(times, weights=people, cutoffs=[cutoff])
    demand = pd.DataFrame({"zone_id": "a", "population": people, "travel_time_s": times})
    zone = coverage_by_zone(demand, cutoff_s=cutoff, target=1).loc["a"]
    assert curve["people"].iloc[0] == zone["covered"]
    np.testing.assert_equal(curve["share"].iloc[0], zone["share"])


@settings(deadline=None)
@given(rows)
def test_the_whole_curve_rises_to_all_who_are_reached(drawn):
    times, people = series(drawn)
    curve = cumulative_curve(times, weights=people)
    assert curve.index.is_monotonic_increasing
    assert curve.index.is_unique
    assert (curve["people"].diff().dropna() > 0).all()
    assert curve["people"].iloc[-1] == people[np.isfinite(times)].sum()
    step = curve["people"].iloc[np.searchsorted(curve.index, 20, side="right") - 1]
    assert step == people[times <= 20].sum()


def test_nobody_has_a_curve_without_shares():
    curve = cumulative_curve(TIMES.iloc[:0], weights=PEOPLE.iloc[:0])
    assert curve["people"].to_dict() == {0.0: 0.0}
    assert curve["share"].isna().all()


@settings(deadline=None)
@given(rows, st.sampled_from([0.125, 0.25, 0.5, 0.75, 0.875, 1.0]))
def test_quantiles_are_those_of_numpy(drawn, share):
    times, people = series(drawn)
    assume(people.sum() > 0)
    persons = np.repeat(times, people.astype(int))
    found = weighted_quantiles(times, weights=people, shares=[share]).iloc[0]
    assert found == np.quantile(persons, share, method="inverted_cdf")


@settings(deadline=None)
@given(rows, st.floats(0, 1))
def test_a_quantile_is_the_first_value_that_covers_the_share(drawn, share):
    times, people = series(drawn)
    assume(people.sum() > 0)
    found = weighted_quantiles(times, weights=people, shares=[share]).iloc[0]
    assert people[times <= found].sum() >= (share - 1e-9) * people.sum()
    assert people[times < found].sum() <= share * people.sum()
    assert found in set(times[people > 0])


def test_quantiles_by_hand():
    found = weighted_quantiles(TIMES, weights=PEOPLE, shares=[0, 0.5, 0.51, 0.9, 0.91])
    assert found.tolist() == [600.0, 600.0, 900.0, 900.0, math.inf]
    assert found.index.tolist() == [0, 0.5, 0.51, 0.9, 0.91]
    # Sums of a twentieth are not quite what they should be, and each is still its own quantile.
    values = pd.Series(range(1, 21), dtype=float)
    shares = [k / 20 for k in range(1, 21)]
    assert weighted_quantiles(values, weights=values * 0 + 0.05, shares=shares).equals(
        pd.Series(values.to_numpy(), index=pd.Index(shares, name="share"), name="value")
    )


def test_where_nobody_lives_there_is_no_quantile_and_no_mean():
    assert weighted_quantiles(TIMES, weights=PEOPLE * 0).isna().all()
    assert math.isnan(weighted_mean(TIMES, weights=PEOPLE * 0))


def test_the_mean_weighs_people():
    assert weighted_mean(pd.Series([1.0, 4.0]), weights=pd.Series([2, 1])) == 2
    assert weighted_mean(TIMES, weights=PEOPLE) == math.inf
    assert weighted_mean(TIMES, weights=PEOPLE.where(np.isfinite(TIMES), 0)) == pytest.approx(
        (600 * 50 + 900 * 40) / 90
    )


def test_bad_input_is_refused():
    with pytest.raises(DemandError) as caught:
        cumulative_curve(TIMES.where(TIMES > 0), weights=PEOPLE)
    assert str(caught.value) == (
        "1 个取值为空或为负，第一个是 'c'。空值表示没有计算，请先算出来，或先去掉这些需求点。"
    )
    with pytest.raises(StandardError) as caught:
        cumulative_curve(TIMES, weights=PEOPLE, cutoffs=[900, -60])
    assert str(caught.value) == "阈值应为不小于 0 的数字，现为 -60.0。"
    with pytest.raises(StandardError) as caught:
        weighted_quantiles(TIMES, weights=PEOPLE, shares=[0.5, 90])
    assert str(caught.value) == "分位数应为 0 到 1 之间的人口比例（90% 写作 0.9），现为 90。"


def test_arguments_are_left_unchanged():
    times, people = TIMES.copy(), PEOPLE.copy()
    cumulative_curve(times, weights=people)
    weighted_quantiles(times, weights=people)
    weighted_mean(times, weights=people)
    pd.testing.assert_series_equal(times, TIMES)
    pd.testing.assert_series_equal(people, PEOPLE)
