"""Percent and numbers as text: nothing looks reached that is not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.numbers import number_text
from coverage.percent import percent_text, shown_percent


@given(st.integers(0, 100_000), st.integers(1, 1000))
def test_a_share_below_the_target_never_shows_as_the_target(people, tenths):
    share, target = people / 100_000, float(f"{tenths / 1000:.3f}")
    shown = shown_percent(share, target=target)
    assert abs(shown - share * 100) < 0.1 + 1e-9
    if share < target:
        assert shown < tenths / 10
    else:
        assert shown >= tenths / 10


def test_half_a_tenth_below_any_target_with_one_decimal_is_cut():
    for tenths in range(1, 1001):
        target = float(f"{tenths / 1000:.3f}")
        shown = shown_percent(target - 0.0005 + 1e-7, target=target)
        assert shown == pytest.approx((tenths - 1) / 10, abs=1e-9)


def test_a_sentence_says_neither_100_nor_the_target_before_it_is_reached():
    assert percent_text(0.9996) == "99.9%"
    assert percent_text(0.8996, target=0.9) == "89.9%"
    assert percent_text(0.9, target=0.9) == "90.0%"
    assert percent_text(math.nan) == "未知"


@given(st.floats(0.001, 1e5), st.floats(0.001, 1e5))
def test_a_number_looks_like_another_only_where_it_is(value, beside):
    if not math.isclose(value, beside, rel_tol=1e-4):
        assert number_text(value, beside=beside) != number_text(beside)
