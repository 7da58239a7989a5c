"""Capacity per thousand people in each catchment: by hand, nobody, nothing, not known."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from coverage.errors import FacilityError
from coverage.notices import Notice
from coverage.people.capacity_ratio import best_ratio, capacity_notices, capacity_ratios
from coverage.people.choice import people_with_at_least

PEOPLE = pd.Series({"v2": 600.0, "v1": 400.0, "v3": 0.0, "v4": 9.0})
BEDS = pd.Series({"m": 7.0, "k": 3.0, "h": 5.0, "n": 0.0}).rename_axis("facility_id")
MATRIX = pd.DataFrame(
    {
        "from_id": ["v1", "v2", "v2", "v3", "v2"],
        "to_id": ["h", "h", "k", "m", "n"],
        "travel_time_s": [300.0, 900.0, 600.0, 1.0, 1.0],
        "distance_m": 1.0,
    }
)


def test_ratios_by_hand():
    """h has 5 beds for 1,000 people, k 3 for 600, m 7 for nobody, n none for 600."""
    table = capacity_ratios(MATRIX, demand=PEOPLE, capacity=BEDS, cutoff=900)
    assert table.index.equals(BEDS.index)
    assert table["people"].to_dict() == {"m": 0.0, "k": 600.0, "h": 1000.0, "n": 600.0}
    assert table["capacity"].to_dict() == BEDS.to_dict()
    assert table["per_1000_people"].drop("m").to_dict() == {"k": 5.0, "h": 5.0, "n": 0.0}
    assert math.isnan(table.loc["m", "per_1000_people"])
    near = capacity_ratios(MATRIX, demand=PEOPLE, capacity=BEDS, cutoff=899)
    assert near.loc["h", "per_1000_people"] == 12.5


def test_people_in_a_catchment_with_at_least_so_much():
    ratios = capacity_ratios(MATRIX, demand=PEOPLE, capacity=BEDS, cutoff=899)["per_1000_people"]
    best = best_ratio(MATRIX, demand=PEOPLE, ratios=ratios, cutoff=899)
    assert best.to_dict() == {"v2": 5.0, "v1": 12.5, "v3": 0.0, "v4": 0.0}
    table = people_with_at_least(best, weights=PEOPLE, least=[5, 6])
    assert table["people"].to_dict() == {5: 1000.0, 6: 400.0}


def test_no_pair_is_no_people():
    table = capacity_ratios(MATRIX.iloc[:0], demand=PEOPLE, capacity=BEDS)
    assert table["people"].tolist() == [0, 0, 0, 0]
    assert table["per_1000_people"].isna().all()


def test_missing_capacity_is_refused_and_told():
    beds = pd.Series({"h": 5.0, "k": math.nan, "m": 0.0, "n": 0.0})
    with pytest.raises(FacilityError, match="1 个设施没有填写容量，第一个是 'k'"):
        capacity_ratios(MATRIX, demand=PEOPLE, capacity=beds)
    assert capacity_notices(beds, title="床位") == [
        Notice(
            "capacity_missing",
            "1 个设施没有填写床位，第一个是 'k'；需要床位的指标没有计算，请在设施表中补齐。",
            1,
        ),
        Notice(
            "capacity_zero",
            "2 个设施的床位为 0，第一个是 'm'；按不能服务任何人计算，请核实是否漏填。",
            2,
        ),
    ]
    assert capacity_notices(BEDS[:3], title="床位") == []


def test_arguments_are_left_unchanged():
    matrix, people, beds = MATRIX.copy(), PEOPLE.copy(), BEDS.copy()
    capacity_ratios(matrix, demand=people, capacity=beds)
    pd.testing.assert_frame_equal(matrix, MATRIX)
    pd.testing.assert_series_equal(people, PEOPLE)
    pd.testing.assert_series_equal(beds, BEDS)
