"""Choice of facilities and overlap of catchments: by hand and against plain loops."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import DemandError, StandardError
from coverage.people.choice import facilities_within, nearest_k, people_with_at_least
from coverage.people.overlap import people_by_overlap, shared_people

DEMAND = pd.Series({"v1": 100.0, "v2": 50.0, "v3": 0.0, "v4": 25.0}).rename_axis("demand_id")
MATRIX = pd.DataFrame(
    {
        "from_id": ["v1", "v1", "v1", "v2", "v3", "v3"],
        "to_id": ["a", "b", "c", "b", "a", "c"],
        "travel_time_s": [900.0, 300.0, 600.0, 901.0, 60.0, 60.0],
        "distance_m": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    }
)

matrices = st.dictionaries(
    st.tuples(st.sampled_from("vwxyz"), st.sampled_from("abcd")), st.integers(0, 20)
)
people = st.fixed_dictionaries(dict.fromkeys("vwxyz", st.integers(0, 9)))


def table(drawn):
    rows = [(*pair, float(time)) for pair, time in drawn.items()]
    return pd.DataFrame(rows, columns=["from_id", "to_id", "travel_time_s"])


def test_nearest_k_by_hand():
    times = nearest_k(MATRIX, demand_ids=DEMAND.index, k=3)
    assert times.index.equals(DEMAND.index)
    assert times.loc["v1"].tolist() == [300.0, 600.0, 900.0]
    assert times.loc["v2"].tolist() == [901.0, math.inf, math.inf]
    assert times.loc["v3"].tolist() == [60.0, 60.0, math.inf]
    assert times.loc["v4"].tolist() == [math.inf] * 3
    metres = nearest_k(MATRIX, demand_ids=DEMAND.index, k=1, cost="distance_m")
    assert metres[1].tolist() == [1.0, 4.0, 5.0, math.inf]


def test_the_number_in_reach_by_hand():
    number = facilities_within(MATRIX, demand_ids=DEMAND.index, cutoff=900)
    assert number.to_dict() == {"v1": 3, "v2": 0, "v3": 2, "v4": 0}
    assert facilities_within(MATRIX, demand_ids=DEMAND.index).to_dict()["v2"] == 1


def test_people_with_a_choice_by_hand():
    number = facilities_within(MATRIX, demand_ids=DEMAND.index)
    choice = people_with_at_least(number, weights=DEMAND)
    assert choice["people"].to_dict() == {1: 150.0, 2: 100.0, 3: 100.0}
    assert choice["share"].tolist() == pytest.approx([150 / 175, 100 / 175, 100 / 175])
    assert people_with_at_least(number, weights=DEMAND * 0)["share"].isna().all()
    # Beds per head: what rounding alone keeps below the mark counts.
    access = pd.Series([0.3])
    assert people_with_at_least(access, least=[0.1 + 0.2])["people"].tolist() == [1.0]
    assert people_with_at_least(access * 0.999, least=[0.3])["people"].tolist() == [0.0]


def test_overlap_by_hand():
    number = facilities_within(MATRIX, demand_ids=DEMAND.index)
    overlap = people_by_overlap(number, weights=DEMAND)
    assert overlap["people"].to_dict() == {0: 25.0, 1: 50.0, 2: 0.0, 3: 100.0}
    assert overlap["share"].sum() == pytest.approx(1)
    assert people_by_overlap(number.iloc[:0])["people"].to_dict() == {0: 0.0}


def test_shared_people_by_hand():
    shared = shared_people(MATRIX, demand=DEMAND)
    assert shared[["facility_id", "other_id"]].to_numpy().tolist() == [
        ["a", "b"],
        ["a", "c"],
        ["b", "c"],
    ]
    assert shared["people"].tolist() == [100.0, 100.0, 100.0]
    assert shared["share"].tolist() == pytest.approx([1.0, 1.0, 100 / 150])
    assert shared["other_share"].tolist() == pytest.approx([100 / 150, 1.0, 1.0])
    # Where only v3 is shared, nobody is.
    assert shared_people(MATRIX, demand=DEMAND, cutoff=60).empty
    assert shared_people(MATRIX.iloc[:0], demand=DEMAND).empty


@settings(max_examples=60, deadline=None)
@given(matrices, people, st.integers(0, 20))
def test_against_plain_loops(drawn, persons, cutoff):
    matrix, demand = table(drawn), pd.Series(persons)
    reach = {
        v: sorted(time for (w, _), time in drawn.items() if w == v and time <= cutoff)
        for v in persons
    }
    number = facilities_within(matrix, demand_ids=demand.index, cutoff=cutoff)
    assert number.to_dict() == {v: len(times) for v, times in reach.items()}
    nearest = nearest_k(matrix[matrix["travel_time_s"] <= cutoff], demand_ids=demand.index, k=2)
    for v, times in reach.items():
        assert nearest.loc[v].tolist() == [*times, math.inf, math.inf][:2]
    overlap = people_by_overlap(number, weights=demand)
    assert overlap["people"].sum() == demand.sum()
    for k in range(4):
        at_least = people_with_at_least(number, weights=demand, least=[k])["people"].iloc[0]
        assert at_least == sum(persons[v] for v in persons if len(reach[v]) >= k)
        assert at_least == overlap["people"].iloc[k:].sum()
    shared = shared_people(matrix, demand=demand, cutoff=cutoff)
    found = {(row.facility_id, row.other_id): row.people for row in shared.itertuples()}
    catchment = {f: {v for v in persons if drawn.get((v, f), math.inf) <= cutoff} for f in "abcd"}
    for f, g in itertools.combinations("abcd", 2):
        both = sum(persons[v] for v in catchment[f] & catchment[g])
        assert found.get((f, g), 0) == both


@pytest.mark.parametrize("k", [0, -1, 1.5])
def test_a_senseless_k_is_refused(k):
    with pytest.raises(StandardError) as caught:
        nearest_k(MATRIX, demand_ids=DEMAND.index, k=k)
    assert str(caught.value) == f"可选设施的个数应为不小于 1 的整数，现为 {k}。"


def test_unknown_people_are_refused():
    with pytest.raises(DemandError, match="1 个需求点的人口未知，第一个是 'v2'"):
        shared_people(MATRIX, demand=DEMAND.where(DEMAND != 50))


def test_row_order_does_not_matter_and_arguments_are_left_unchanged():
    before = MATRIX.copy()
    shuffled = MATRIX.sample(frac=1, random_state=1)
    for measure in (
        lambda m: nearest_k(m, demand_ids=DEMAND.index, k=2),
        lambda m: shared_people(m, demand=DEMAND),
    ):
        pd.testing.assert_frame_equal(measure(MATRIX), measure(shuffled))
    pd.testing.assert_frame_equal(MATRIX, before)
