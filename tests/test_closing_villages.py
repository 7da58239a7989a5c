"""How many villages close a gap, held against adding them up one by one."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.rules.closing_villages import closing_villages


def villages(*short: float) -> pd.DataFrame:
    ids = [f"v{place}" for place in range(len(short))]
    return pd.DataFrame({"unit_id": ids, "short": list(short)}, dtype=object).astype(
        {"short": float}
    )


def test_those_short_of_most_come_first_and_are_added_up():
    given_rows = villages(20.0, math.nan, 50.0, 20.0)
    before = given_rows.copy()
    found = closing_villages(given_rows, gap=60.0)
    assert found.rows["unit_id"].tolist() == ["v2", "v0", "v3", "v1"]
    assert found.rows["summed"].tolist() == [50.0, 70.0, 90.0, 90.0]
    assert found.enough == 2
    pd.testing.assert_frame_equal(given_rows, before)


@pytest.mark.parametrize(
    ("gap", "enough"),
    [(50.0, 1), (50.1, 2), (90.0, 3), (90.1, 0), (0.0, 0), (math.nan, 0), (-5.0, 0)],
)
def test_how_many_suffice(gap, enough):
    assert closing_villages(villages(50.0, 20.0, 20.0), gap=gap).enough == enough


def test_noise_of_adding_up_asks_for_no_further_village():
    assert closing_villages(villages(0.1, 0.1, 0.1), gap=0.1 + 0.2).enough == 3
    assert closing_villages(villages(1e6, 1.0), gap=1e6 + 1e-5).enough == 1


def test_no_villages():
    found = closing_villages(villages(), gap=3.0)
    assert (found.rows.empty, found.enough) == (True, 0)


@given(st.lists(st.integers(0, 500) | st.none(), max_size=12), st.integers(-10, 3000))
def test_as_one_would_count_by_hand(short, gap):
    found = closing_villages(villages(*(math.nan if n is None else n for n in short)), gap=gap)
    left, taken = gap, 0
    for count in sorted((n or 0 for n in short), reverse=True):
        if left <= 0:
            break
        left -= count
        taken += 1
    assert found.enough == (taken if gap > 0 and left <= 0 else 0)
