"""Numbers on screen, against values worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures import (
    beyond_text,
    gap_text,
    metres_text,
    minutes_text,
    people_text,
    share_text,
)

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("share", "target", "shown"),
    [
        (0.0, 1.0, "0.0%"),
        (0.00001, 1.0, "不足 0.1%"),
        (0.001, 1.0, "0.1%"),
        (0.83249, 1.0, "83.2%"),
        (0.8325, 1.0, "83.2%"),  # 83.25 is rounded half to even
        (0.9994, 1.0, "99.9%"),
        (0.9996, 1.0, "99.9%"),
        (0.9999999, 1.0, "99.9%"),
        (1.0, 1.0, "100.0%"),
        (0.8996, 0.9, "89.9%"),
        (0.9, 0.9, "90.0%"),
        (0.29, 0.29, "29.0%"),
        (NAN, 1.0, "人口未知"),
    ],
)
def test_share(share: float, target: float, shown: str) -> None:
    assert share_text(share, target=target) == shown


@given(share=st.floats(0, 1), target=st.floats(0, 1))
def test_a_share_below_its_target_never_shows_as_reached(share: float, target: float) -> None:
    text = share_text(share, target=target)
    if text.startswith("不足"):
        assert 0 < share < 0.001
        return
    shown = float(text.removesuffix("%"))
    assert abs(shown - share * 100) <= 0.1 + 1e-9
    if share < 1:
        assert shown < 100
    if share < target and target >= 0.001:
        assert shown / 100 < target


def test_people() -> None:
    assert people_text(0.0) == "0 人"
    assert people_text(1234567.0) == "1,234,567 人"
    assert people_text(NAN) == "人口未知"


@pytest.mark.parametrize(
    ("gap", "shown"),
    [
        (0.0, "已达标"),
        (1e-9, "已达标"),
        (0.01, "缺口 1 人"),
        (1.0, "缺口 1 人"),
        (1234.2, "缺口 1,234 人"),
        (NAN, "人口未知"),
    ],
)
def test_gap(gap: float, shown: str) -> None:
    assert gap_text(gap) == shown


def test_minutes_and_metres() -> None:
    assert minutes_text(1284.0) == "21.4 分钟"
    assert minutes_text(0.0) == "0.0 分钟"
    assert minutes_text(INF) == "到不了"
    assert minutes_text(NAN) == "—"
    assert metres_text(850.4) == "850 米"
    assert metres_text(999.6) == "1.00 公里"
    assert metres_text(3210.0) == "3.21 公里"
    assert metres_text(INF) == "到不了"
    assert metres_text(NAN) == "—"


@pytest.mark.parametrize(
    ("value", "cutoff", "unit", "shown"),
    [
        (1284.0, 900.0, "s", "21.4 分钟"),
        (903.0, 900.0, "s", "15.1 分钟"),
        (901.0, 900.0, "s", "15.02 分钟"),
        (900.0001, 900.0, "s", "略多于 15.0 分钟"),
        (4310.0, 2500.0, "m", "4.31 公里"),
        (2501.0, 2500.0, "m", "2.501 公里"),
        (850.0, 800.0, "m", "850 米"),
    ],
)
def test_beyond_the_cutoff(value: float, cutoff: float, unit: str, shown: str) -> None:
    assert beyond_text(value, cutoff=cutoff, by_time=unit == "s") == shown
