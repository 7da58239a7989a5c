"""Facilities that stand in two lists, against every pair compared by hand."""

from __future__ import annotations

import math

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from layers.checks.other_lists import COUNTED_TWICE, REMEDY, in_other_lists, no_rows


def rows(*facilities, file="b.csv", kind="clinic"):
    """Each one code, name, x, y and, where it is another, its kind."""
    listed = [
        (file, at, code, name, 114.9, 37.6, *(rest or (kind,)), float(x), float(y))
        for at, (code, name, x, y, *rest) in enumerate(facilities, start=2)
    ]
    return pd.DataFrame(listed, columns=list(no_rows().columns)) if listed else no_rows()


def told(here, others):
    return [(one.row, one.check, one.found) for one in in_other_lists(here, others)]


def test_names_places_and_codes_of_another_list():
    others = rows(
        ("1", "甲诊所", 0, 0),
        ("370481001", "乙诊所", 500, 0),
        ("3", "丙诊所", 900, 0),
        file="a.csv",
    )
    here = rows(
        ("9", "甲 诊所", 30, 40), ("１", "甲诊所", 30, 40.01), ("370481001", "丁诊所", 2000, 0),
        ("3", "戊诊所", 900, 1), ("1", "己诊所", 3000, 0), ("", "", 0, 0),
    )  # fmt: skip
    before = here.copy(), others.copy()
    assert told(here, others) == [
        (3, "same_id", "代码与「a.csv」第 2 行重复"),
        (4, "same_id", "代码与「a.csv」第 3 行重复"),
        (2, "same_name_near", "与「a.csv」第 2 行同名，相距 50 米"),
        (5, "same_place_two_names", "与「a.csv」第 4 行“丙诊所”在同一位置，名称却不同"),
    ]
    found = in_other_lists(here, others)
    assert {(one.done, one.file, one.where_it_matters, one.remedy) for one in found} == {
        ("kept", "b.csv", COUNTED_TWICE, REMEDY)
    }
    pd.testing.assert_frame_equal(here, before[0])
    pd.testing.assert_frame_equal(others, before[1])


def test_another_kind_is_no_double():
    others = rows(("370481001", "甲诊所", 0, 0, "pharmacy"), file="a.csv")
    assert told(rows(("370481001", "甲诊所", 0, 0)), others) == []


def test_nothing_against_nothing():
    some = rows(("1", "甲", 0, 0))
    assert in_other_lists(no_rows(), some) == in_other_lists(some, no_rows()) == []
    nowhere = rows(("1", "乙", math.nan, 0))
    assert in_other_lists(nowhere, some) == []


FACILITIES = st.lists(
    st.tuples(
        st.sampled_from(["", "1", "3704810"]), st.sampled_from(["", "甲", "乙"]),
        st.integers(0, 6).map(lambda x: x * 25), st.integers(0, 2).map(lambda y: y * 25),
        st.sampled_from(["clinic", "pharmacy"]),
    ),
    max_size=8,
)  # fmt: skip


@given(FACILITIES, FACILITIES)
def test_against_all_pairs(ours, theirs):
    found = in_other_lists(rows(*ours), rows(*theirs, file="a.csv"))
    by_check = {
        check: {one.row - 2 for one in found if one.check == check}
        for check in ("same_id", "same_name_near", "same_place_two_names")
    }
    pairs = [
        (at, one, other)
        for at, one in enumerate(ours) for other in theirs if one[4] == other[4]
    ]  # fmt: skip
    near = {
        at for at, a, b in pairs if a[1] and a[1] == b[1] and math.dist(a[2:4], b[2:4]) <= 50
    }  # fmt: skip
    codes = {
        at for at, a, b in pairs
        if a[0] and a[0] == b[0] and (len(a[0]) >= 6 or (a[1] and a[1] == b[1]))
    }  # fmt: skip
    assert by_check["same_name_near"] == near
    assert by_check["same_id"] == codes
    for at in by_check["same_place_two_names"]:
        assert any(a[2:4] == b[2:4] and a[1] != b[1] for n, a, b in pairs if n == at)
