"""Which facilities count: conditions with a third answer."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.facility_features import NO, UNKNOWN, YES
from coverage.rules.facility_filter import filter_states, of_kind, unknown_conditions
from coverage.rules.target import FacilityFilter
from coverage.standards import FacilityKind

KINDS = {
    "hospital": FacilityKind("hospital", "综合医院", "医疗", "", "#000000", "医"),
    "county_hospital": FacilityKind("county_hospital", "县医院", "医疗", "county", "#000000", "县"),
    "clinic": FacilityKind("clinic", "村卫生室", "医疗", "village", "#000000", "卫"),
}


def table(**columns: list) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    columns = {"kind": ["hospital"] * count} | columns
    return pd.DataFrame(columns, index=pd.Index([f"f{i}" for i in range(count)]))


def states(facilities, *filters):
    return filter_states(facilities, filters, kinds=KINDS).tolist()


def one(**conditions) -> FacilityFilter:
    return FacilityFilter(**{"kinds": ("hospital",)} | conditions)


def test_only_the_kinds_named_count():
    facilities = table(kind=["hospital", "clinic", "other"])
    assert states(facilities, one()) == [YES, NO, NO]
    assert states(facilities, one(kinds=("hospital", "clinic"))) == [YES, YES, NO]
    assert of_kind(facilities, (one(), one(kinds=("other",)))).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("三级甲等", YES), ("三级", YES), ("二级甲等", YES), (" 二级 ", YES), ("一级", NO),
        ("未定级", NO), ("未评级", NO), ("无等级", NO), ("县级", UNKNOWN), ("", UNKNOWN), (None, UNKNOWN),
    ],
)  # fmt: skip
def test_grades(level, expected):
    facilities = table(level=pd.Series([level], dtype="str").tolist())
    assert states(facilities, one(grades=("二级", "三级"))) == [expected]


def test_a_higher_grade_or_tier_never_stands_in_for_a_lower_one():
    facilities = table(level=["三级甲等", "二级甲等", "市级", "县级"])
    assert states(facilities, one(grades=("二级",))) == [NO, YES, UNKNOWN, UNKNOWN]
    assert states(facilities, one(tiers=("county",))) == [UNKNOWN, UNKNOWN, NO, YES]


@pytest.mark.parametrize(
    ("kind", "level", "expected"),
    [
        ("hospital", "县级", YES), ("hospital", "市级", YES), ("hospital", "乡镇级", NO),
        ("hospital", "三级甲等", UNKNOWN), ("hospital", None, UNKNOWN),
        ("county_hospital", None, YES), ("county_hospital", "二级", YES), ("clinic", None, NO),
        ("clinic", "市级", YES), ("not_in_the_table", None, UNKNOWN),
    ],
)  # fmt: skip
def test_tiers_come_from_the_level_else_from_the_kind(kind, level, expected):
    facilities = table(kind=[kind], level=[level])
    wanted = one(
        kinds=("hospital", "county_hospital", "clinic", kind), tiers=("county", "city", "province")
    )
    assert states(facilities, wanted) == [expected]


def test_ownership():
    facilities = table(ownership=["公立", "社会办", None, "不详"])
    assert states(facilities, one(ownership="公立")) == [YES, NO, UNKNOWN, UNKNOWN]
    assert states(facilities, one(ownership="社会办")) == [NO, YES, UNKNOWN, UNKNOWN]


def test_features_must_all_be_there():
    facilities = table(features=["甲：是；乙：是", "甲：是；乙：否", "甲：是", "乙：否", None])
    wanted = one(features=("甲", "乙"))
    assert states(facilities, wanted) == [YES, NO, UNKNOWN, NO, UNKNOWN]


def test_a_table_that_lacks_the_columns_knows_nothing():
    wanted = one(grades=("二级", "三级"), ownership="公立", features=("甲",))
    facilities = table(kind=["hospital", "clinic"])
    assert states(facilities, wanted) == [UNKNOWN, NO]
    assert unknown_conditions(facilities, (wanted,), kinds=KINDS) == ["等级、举办性质、甲未填", ""]


def test_one_of_several_filters_is_enough():
    facilities = table(
        kind=["hospital", "hospital", "clinic", "hospital"], level=["三级", None, None, "一级"]
    )
    filters = one(grades=("二级", "三级")), one(kinds=("clinic",))
    assert states(facilities, *filters) == [YES, UNKNOWN, YES, NO]
    assert states(facilities, *filters[::-1]) == [YES, UNKNOWN, YES, NO]


def test_only_what_would_decide_is_asked_for():
    facilities = table(
        kind=["hospital", "county_hospital", "hospital", "hospital"],
        level=["三级", None, "一级", None],
        ownership=[None, None, None, "公立"],
    )
    wanted = one(
        kinds=("hospital", "county_hospital"), tiers=("county", "city", "province"), grades=("二级", "三级"),
        ownership="公立",
    )  # fmt: skip
    assert unknown_conditions(facilities, (wanted,), kinds=KINDS) == [
        "隶属级别、举办性质未填", "等级、举办性质未填", "", "等级、隶属级别未填",
    ]  # fmt: skip
    # Where another filter takes it all the same, nothing is open.
    assert unknown_conditions(facilities, (wanted, one()), kinds=KINDS)[0] == ""


def test_an_empty_table():
    wanted = one(
        tiers=("county", "city", "province"),
        grades=("二级", "三级"),
        ownership="公立",
        features=("甲",),
    )
    empty = table(kind=["hospital"], level=["三级"])[:0]
    assert states(empty, wanted) == []
    assert unknown_conditions(empty, (wanted,), kinds=KINDS) == []


def test_the_table_stays_as_it_was():
    facilities = table(level=["三级", None])
    before = facilities.copy()
    states(facilities, one(grades=("三级",), features=("甲",)))
    pd.testing.assert_frame_equal(facilities, before)


CELLS = {
    "level": [None, "一级", "三级"],
    "ownership": [None, "公立", "社会办"],
    "features": [None, "甲：是", "甲：否"],
}
FILTERS = st.builds(
    FacilityFilter,
    kinds=st.just(("hospital",)),
    grades=st.sampled_from([(), ("二级", "三级")]),
    ownership=st.sampled_from(["", "公立"]),
    features=st.sampled_from([(), ("甲",)]),
)


@settings(deadline=None, max_examples=60)
@given(
    st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()}),
    st.lists(FILTERS, min_size=1, max_size=3),
)
def test_a_known_answer_holds_however_the_cells_are_filled_in(row, filters):
    state = states(table(**{name: [cell] for name, cell in row.items()}), *filters)[0]
    ways = [CELLS[name][1:] if cell is None else [cell] for name, cell in row.items()]
    filled = table(**dict(zip(row, map(list, zip(*product(*ways), strict=True)), strict=True)))
    outcomes = set(states(filled, *filters))
    assert UNKNOWN not in outcomes
    # An unknown may still be certain ("公立" or not "公立"), a known one may never be wrong.
    assert state == UNKNOWN or outcomes == {state}
    if len(outcomes) > 1:
        assert state == UNKNOWN
