"""What a facility has besides its kind: written, read back, asked for."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from coverage.facility_features import (
    NO,
    UNKNOWN,
    YES,
    feature_states,
    features_text,
    read_features,
)

NAMES = st.text(
    st.characters(exclude_characters="；", exclude_categories=["Cs"]), min_size=1
).filter(lambda name: name == name.strip())


def test_a_cell_by_hand():
    text = features_text({"康复医学科": True, "老年友善": False})
    assert text == "康复医学科：是；老年友善：否"
    assert read_features(text) == {"康复医学科": YES, "老年友善": NO}


def test_nothing_known_is_an_empty_cell():
    assert features_text({}) is None
    for empty in (None, float("nan"), pd.NA, ""):
        assert read_features(empty) == {}


def test_spaces_and_words_that_say_nothing_are_left_out():
    assert read_features(" 康复医学科：是 ；老年友善：也许；：是；没有冒号") == {"康复医学科": YES}


def test_a_feature_told_both_ways_is_not_known():
    assert read_features("老年友善：是；老年友善：否") == {}
    assert read_features("老年友善：是；老年友善：否；老年友善：是") == {}
    assert read_features("老年友善：是；老年友善：是") == {"老年友善": YES}


def test_states_of_a_column():
    cells = pd.Series(["甲：是；乙：否", None, "乙：是", "甲：否"], index=list("wxyz"))
    before = cells.copy()
    assert feature_states(cells, "甲").tolist() == [YES, UNKNOWN, UNKNOWN, NO]
    assert feature_states(cells, "丙").tolist() == [UNKNOWN] * 4
    assert feature_states(cells[:0], "甲").tolist() == []
    pd.testing.assert_series_equal(cells, before)


def test_a_column_of_nothing():
    assert feature_states(pd.Series([None, None], dtype="str"), "甲").tolist() == [UNKNOWN] * 2


@given(st.dictionaries(NAMES, st.booleans(), max_size=4))
def test_what_is_written_is_read_back(features):
    assert read_features(features_text(features)) == {
        name: YES if has else NO for name, has in features.items()
    }
