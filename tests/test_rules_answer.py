"""Items with bounds: every completion of what is not known lies between low and high."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.facility_features import NO, UNKNOWN, YES
from coverage.rules.answer import (
    ITEM_COLUMNS,
    Answer,
    bounded_items,
    exact_items,
    lacking,
    no_items,
    no_waived,
    share_items,
)
from coverage.rules.sums import is_failing, is_open, sums_by_zone, value_bounds

ZONES = ["a", "b", "c"]


def table(zone_ids) -> pd.DataFrame:
    return pd.DataFrame({"zone_id": list(zone_ids)}, index=[f"i{n}" for n in range(len(zone_ids))])


def items(rows, zone_ids="") -> pd.DataFrame:
    """Items from rows (part_low, whole_low, part_high, whole_high)."""
    bounds = np.array(rows, dtype=float).reshape(-1, 4).T
    where = table(zone_ids or "a" * len(rows))
    names = where.index.to_series()
    return bounded_items(
        "demand",
        where,
        names=names,
        low=(bounds[0], bounds[1]),
        high=(bounds[2], bounds[3]),
        reason=[""] * len(rows),
    )


def ends(answer: Answer) -> dict[str, tuple[float, float]]:
    bounds = value_bounds(sums_by_zone(answer, ZONES), answer)
    return {zone: (row.low, row.high) for zone, row in bounds.iterrows()}


def exact(*pairs):
    return [(part, whole, part, whole) for part, whole in pairs]


def test_sums_of_zones_and_of_all():
    answer = Answer(items(exact((1, 2), (3, 4), (5, 6)), "aba"), per=100.0, is_share=True)
    sums = sums_by_zone(answer, ZONES)
    assert sums.index.tolist() == ["a", "b", "c", ""]
    assert sums["part_low"].tolist() == [6, 3, 0, 9]
    assert sums["whole_high"].tolist() == [8, 4, 0, 12]
    assert sums[["items", "failing", "unknown", "waived"]].to_numpy().tolist() == [
        [2, 2, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 0, 0],
        [3, 3, 0, 0],
    ]
    assert ends(answer) == {"a": (75, 75), "b": (75, 75), "c": (pytest.approx(math.nan, nan_ok=True),) * 2, "": (75, 75)}  # fmt: skip


def test_no_items_at_all():
    rates = ends(Answer(no_items(), per=1000.0))
    assert all(math.isnan(end) for pair in rates.values() for end in pair)
    assert ends(Answer(no_items(), is_ratio=False))[""] == (0, 0)
    assert list(no_items().columns) == list(ITEM_COLUMNS)
    assert lacking("没有").missing == ("没有",)


def test_a_whole_of_nothing_has_no_value():
    assert all(math.isnan(end) for end in ends(Answer(items(exact((0, 0)))))["a"])
    assert all(math.isnan(end) for end in ends(Answer(items(exact((5, 0)))))["a"])


@pytest.mark.parametrize(
    ("row", "rest", "is_share", "expected"),
    [
        # beds not known over 1000 persons
        ((0, 0, math.inf, 0), (0, 1000), False, (0, math.inf)),
        # persons not known beside 1000 known ones, under 8 beds
        ((0, math.inf, 0, 0), (8, 1000), False, (0, 0.008)),
        # nobody known at all: anything
        ((0, math.inf, 0, 0), (8, 0), False, (0, math.inf)),
        # no beds over a whole not known: none, or nothing to divide by
        ((0, math.inf, 0, 0), (0, 0), False, (0, math.inf)),
        # an unknown number of persons within reach, and out of it
        ((0, 0, math.inf, math.inf), (1, 4), True, (0.25, 1)),
        ((0, math.inf, 0, 0), (1, 4), True, (0, 0.25)),
        ((0, 0, math.inf, math.inf), (0, 0), True, (0, 1)),
        ((0, math.inf, 0, 0), (0, 0), True, (0, 1)),
        # all known ones are within reach, and so are the unknown ones: all, however many
        ((0, 0, math.inf, math.inf), (4, 4), True, (1, 1)),
    ],
)
def test_bounds_by_hand(row, rest, is_share, expected):
    answer = Answer(items([row, *exact(rest)]), is_share=is_share)
    assert ends(answer)["a"] == expected


def test_an_evaluator_that_leaves_something_unsaid_is_found_out():
    with pytest.raises(ValueError, match="no number"):
        sums_by_zone(Answer(items([(0, math.nan, 0, 1)])), ZONES)
    with pytest.raises(ValueError, match="negative"):
        sums_by_zone(Answer(items([(-1, 1, 0, 1)])), ZONES)
    with pytest.raises(ValueError, match="no zone"):
        sums_by_zone(Answer(items(exact((1, 1)), [None])), ZONES)
    waived = no_waived()
    waived.loc[0] = ["v", "村", "elsewhere", "并村"]
    with pytest.raises(ValueError, match="no zone"):
        sums_by_zone(Answer(no_items(), waived=waived), ZONES)


def test_waivers_are_counted_by_zone():
    waived = pd.DataFrame(
        {"item_id": ["v", "w"], "item_name": ["甲", "乙"], "zone_id": ["b", "b"], "reason": "小"}
    )
    sums = sums_by_zone(Answer(items(exact((1, 1))), waived=waived), ZONES)
    assert sums["waived"].tolist() == [0, 2, 0, 2]


def test_which_items_fail_and_which_are_open():
    found = items(
        [
            *exact((1, 1), (0, 1), (0, 0)),
            (0, 1, 1, 1),  # a facility of which it is not known
            (0, 1, 0, 0),  # that does not count if it is looked at, which is not known
            (0, math.inf, 0, 0),  # out of reach, persons not known
            (0, 0, math.inf, math.inf),  # within reach, persons not known
        ]
    )
    assert is_open(found).tolist() == [False] * 3 + [True] * 4
    assert is_failing(found).tolist() == [False, True, False, False, False, True, False]
    sums = sums_by_zone(Answer(found, is_share=True), ZONES)
    assert sums.loc["", ["items", "failing", "unknown"]].tolist() == [7, 2, 3]


def test_exact_items_keep_their_order_and_arguments():
    where = table("ba")
    part, whole = (pd.Series([1, 2], index=where.index) for _ in range(2))
    before = where.copy()
    made = exact_items(
        "zone", where, names=part.astype(str), part=part, whole=whole, reason=part.astype(str)
    )
    assert made["item_id"].tolist() == ["i0", "i1"]
    assert made["zone_id"].tolist() == ["b", "a"]
    assert not is_open(made).any()
    pd.testing.assert_frame_equal(where, before)


WEIGHTS = st.sampled_from([None, 0.0, 1.0, 3.0, 10.0])
TRIED = (0.0, 1.0, 4.0, 1e6)
STATES = st.sampled_from([YES, NO, UNKNOWN])
ITEM = st.tuples(STATES, WEIGHTS)


def share_of(rows) -> Answer:
    """A share from rows (state, weight or None)."""
    state = np.array([row[0] for row in rows])
    least = np.array([0.0 if row[1] is None else row[1] for row in rows])
    most = np.array([math.inf if row[1] is None else row[1] for row in rows])
    where = table("a" * len(rows))
    return Answer(
        share_items(
            "demand",
            where,
            names=where.index.to_series(),
            part=(np.where(state == YES, least, 0), np.where(state == NO, 0, most)),
            rest=(np.where(state == NO, least, 0), np.where(state == YES, 0, most)),
            reason=[""] * len(rows),
        ),
        is_share=True,
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(ITEM, min_size=1, max_size=4))
def test_a_share_lies_between_its_bounds_whatever_is_filled_in(rows):
    low, high = ends(share_of(rows))["a"]
    ways = [
        product([YES, NO] if state == UNKNOWN else [state], TRIED if size is None else [size])
        for state, size in rows
    ]
    for way in product(*map(list, ways)):
        whole = sum(size for _, size in way)
        value = sum(size for state, size in way if state == YES) / whole if whole else math.nan
        assert not whole or low - 1e-12 <= value <= high + 1e-12
    known = all(state != UNKNOWN and size is not None for state, size in rows)
    assert not known or low == high or math.isnan(low)


RATE_ITEM = st.tuples(WEIGHTS, WEIGHTS)


@settings(deadline=None, max_examples=60)
@given(st.lists(RATE_ITEM, min_size=1, max_size=3))
def test_a_rate_lies_between_its_bounds_whatever_is_filled_in(rows):
    least = [[0.0 if cell is None else cell for cell in row] for row in rows]
    most = [[math.inf if cell is None else cell for cell in row] for row in rows]
    bounds = [(low[0], high[1], high[0], low[1]) for low, high in zip(least, most, strict=True)]
    low, high = ends(Answer(items(bounds)))["a"]
    for way in product(*(TRIED if cell is None else [cell] for row in rows for cell in row)):
        part, whole = sum(way[::2]), sum(way[1::2])
        if whole:
            assert low * (1 - 1e-12) <= part / whole <= high * (1 + 1e-12)
