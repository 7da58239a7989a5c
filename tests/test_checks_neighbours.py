"""Duplicates by name and place, against every pair compared by hand."""

from __future__ import annotations

import math
import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from layers.checks.findings import Records
from layers.checks.neighbours import same_name_near, same_place_two_names


def records(names):
    n = len(names)
    nothing = np.full(n, np.nan)
    return Records("v.csv", tuple(range(2, n + 2)), ("",) * n, tuple(names), nothing, nothing)


def told(findings):
    return [(one.row, one.found) for one in findings]


def test_the_same_name_within_fifty_metres_inclusive():
    who = records(["张村 卫生室", "张村卫生室", "张村卫生室", "李村卫生室", ""])
    xy = np.array([[0.0, 0.0], [30.0, 40.0], [30.0, 90.001], [0.0, 0.0], [0.0, 0.0]])
    before = xy.copy()
    assert told(same_name_near(who, xy)) == [(3, "与第 2 行同名，相距 50 米")]
    np.testing.assert_array_equal(xy, before)
    assert told(same_name_near(who, xy, within_m=51)) == [
        (3, "与第 2 行同名，相距 50 米"),
        (4, "与第 3 行同名，相距 50 米"),
    ]
    assert same_name_near(who, np.full((5, 2), np.nan)) == []
    assert same_name_near(records([]), np.zeros((0, 2))) == []


def test_one_place_with_two_names():
    who = records(["甲村", "乙村", "甲 村", "", "丙村"])
    xy = np.array([[5.0, 5.0], [5.0, 5.0], [5.0, 5.0], [5.0, 5.0], [7.0, 5.0]])
    assert told(same_place_two_names(who, xy)) == [(3, "与第 2 行“甲村”在同一位置，名称却不同")]
    assert told(same_place_two_names(who, xy, within_m=2.0)) == [
        (3, "与第 2 行“甲村”在同一位置，名称却不同"),
        (6, "与第 2 行“甲村”在同一位置，名称却不同"),
    ]
    assert same_place_two_names(records([]), np.zeros((0, 2))) == []


POINTS = st.lists(
    st.tuples(st.sampled_from("甲乙"), st.integers(0, 12), st.integers(0, 3)), max_size=14
)


@given(POINTS)
def test_who_is_spared_has_no_neighbour_that_is(points):
    """Against all pairs: what is told has a neighbour, what is not told has none that is spared."""
    xy = np.array([(x * 20.0, y * 20.0) for _, x, y in points]).reshape(-1, 2)
    names = [name for name, _, _ in points]
    rows = {one.row - 2 for one in same_name_near(records(names), xy)}

    def near(one, other):
        return names[one] == names[other] and math.dist(xy[one], xy[other]) <= 50.0

    spared = [at for at in range(len(names)) if at not in rows]
    assert not [(a, b) for a in spared for b in spared if a < b and near(a, b)]
    for at in rows:
        assert any(near(at, other) for other in range(len(names)) if other != at)


def test_thousands_of_rows_at_one_place_do_not_stall_it():
    n = 20_000
    who = records(["某地"] * n)
    begin = time.process_time()
    assert len(same_name_near(who, np.zeros((n, 2)))) == n - 1
    assert same_place_two_names(who, np.zeros((n, 2))) == []
    assert time.process_time() - begin < 10  # a second where nothing else runs
