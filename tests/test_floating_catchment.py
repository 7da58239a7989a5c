"""Floating catchments: a case worked out by hand, plain loops, capacity neither made nor lost."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import DemandError, FacilityError, InputError, StandardError
from coverage.floating_catchment import three_step_floating_catchment, two_step_floating_catchment
from coverage.people.decay import gaussian_bandwidth_decay, gaussian_decay, stepwise_decay

PEOPLE = pd.Series({"v1": 100.0, "v2": 200.0, "v3": 300.0, "v4": 50.0}).rename_axis("demand_id")
BEDS = pd.Series({"h": 30.0, "k": 20.0})
MATRIX = pd.DataFrame(
    {
        "from_id": ["v1", "v2", "v2", "v3"],
        "to_id": ["h", "h", "k", "k"],
        "travel_time_s": [300.0, 900.0, 600.0, 300.0],
        "distance_m": [3.0, 9.0, 6.0, 3.0],
    }
)
STEPS = stepwise_decay([300, 900], [1.0, 0.5])

matrices = st.dictionaries(
    st.tuples(st.sampled_from("vwxyz"), st.sampled_from("abcd")), st.integers(0, 1200)
)
persons = st.fixed_dictionaries(dict.fromkeys("vwxyz", st.floats(1, 1e4) | st.just(0.0)))
places = st.fixed_dictionaries(dict.fromkeys("abcd", st.floats(0, 1e4)))
decays = st.sampled_from(
    [None, STEPS, gaussian_decay(900), gaussian_bandwidth_decay(300), lambda c: 1 / (1 + c)]
)


def table(drawn):
    rows = [(*pair, float(time)) for pair, time in drawn.items()]
    return pd.DataFrame(rows, columns=["from_id", "to_id", "travel_time_s"])


def within(drawn, cutoff, decay):
    """Weight of every pair within the cutoff, in the plainest way."""
    near = {pair: time for pair, time in drawn.items() if time <= cutoff}
    if decay is None:
        return dict.fromkeys(near, 1.0)
    return {pair: float(decay(np.array([float(time)]))[0]) for pair, time in near.items()}


def access_by_loops(weights, demand, supply):
    """Both steps as they stand in the source."""
    ratio = {}
    for j, capacity in supply.items():
        competing = sum(demand[i] * w for (i, k), w in weights.items() if k == j)
        ratio[j] = capacity / competing if competing > 0 else 0.0
    return {i: sum(ratio[j] * w for (k, j), w in weights.items() if k == i) for i in demand}


def test_two_steps_by_hand():
    """v1 -300- h -900- v2 -600- k -300- v3, and v4 apart; 30 beds in h, 20 in k.

    h is reached by 100 + 200 people: 30 / 300 = 0.1 beds each; k by 200 + 300: 20 / 500 = 0.04.
    So v1 has 0.1, v2 0.1 + 0.04, v3 0.04 and v4 nothing. 10 + 28 + 12 = 50 beds in all.
    """
    access = two_step_floating_catchment(MATRIX, demand=PEOPLE, supply=BEDS, cutoff=900)
    assert access.to_dict() == pytest.approx({"v1": 0.1, "v2": 0.14, "v3": 0.04, "v4": 0.0})
    assert access.index.equals(PEOPLE.index)
    assert access.index.name == "demand_id"
    assert access.name == "access"
    assert (access * PEOPLE).sum() == pytest.approx(50)


def test_steps_of_decay_by_hand():
    """The same with weight 1 up to 300 s and 0.5 up to 900 s.

    h: 30 / (100 + 0.5 * 200) = 0.15; k: 20 / (0.5 * 200 + 300) = 0.05. v1 has 0.15,
    v2 0.5 * 0.15 + 0.5 * 0.05 = 0.1, v3 0.05.
    """
    access = two_step_floating_catchment(
        MATRIX, demand=PEOPLE, supply=BEDS, cutoff=900, decay=STEPS
    )
    assert access.to_dict() == pytest.approx({"v1": 0.15, "v2": 0.1, "v3": 0.05, "v4": 0.0})
    assert (access * PEOPLE).sum() == pytest.approx(50)


def test_three_steps_by_hand():
    """The same with selection: v2 weighs both hospitals alike, so half of it chooses each.

    h: 30 / (100 + 0.5 * 0.5 * 200) = 0.2; k: 20 / (0.25 * 200 + 300) = 2 / 35. v1 has 0.2,
    v2 0.25 * 0.2 + 0.25 * 2 / 35, v3 2 / 35.
    """
    access = three_step_floating_catchment(
        MATRIX, demand=PEOPLE, supply=BEDS, cutoff=900, decay=STEPS
    )
    by_hand = {"v1": 0.2, "v2": 0.05 + 0.5 / 35, "v3": 2 / 35, "v4": 0.0}
    assert access.to_dict() == pytest.approx(by_hand)
    assert (access * PEOPLE).sum() == pytest.approx(50)


def test_selection_of_its_own_by_hand():
    """v2 chooses the nearer hospital k alone: h is left to v1, 30 / 100."""
    access = three_step_floating_catchment(
        MATRIX,
        demand=PEOPLE,
        supply=BEDS,
        cutoff=900,
        decay=lambda costs: np.ones(len(costs)),
        selection=stepwise_decay([600], [1.0]),
    )
    assert access.to_dict() == pytest.approx({"v1": 0.3, "v2": 0.04, "v3": 0.04, "v4": 0.0})


def test_the_cutoff_is_inclusive_and_may_be_metres():
    access = two_step_floating_catchment(MATRIX, demand=PEOPLE, supply=BEDS, cutoff=899)
    assert access["v1"] == pytest.approx(0.3)
    metres = two_step_floating_catchment(
        MATRIX, demand=PEOPLE, supply=BEDS, cutoff=9, cost="distance_m"
    )
    assert metres["v1"] == pytest.approx(0.1)


@settings(max_examples=80, deadline=None)
@given(matrices, persons, places, st.integers(0, 1200), decays)
def test_two_steps_against_plain_loops(drawn, demand, supply, cutoff, decay):
    access = two_step_floating_catchment(
        table(drawn),
        demand=pd.Series(demand),
        supply=pd.Series(supply),
        cutoff=cutoff,
        decay=decay,
    )
    weights = within(drawn, cutoff, decay)
    expected = access_by_loops(weights, demand, supply)
    assert access.to_dict() == pytest.approx(expected, rel=1e-9, abs=1e-300)


@settings(max_examples=80, deadline=None)
@given(matrices, persons, places, st.integers(0, 1200), decays.filter(bool), decays)
def test_three_steps_against_plain_loops(drawn, demand, supply, cutoff, decay, selection):
    access = three_step_floating_catchment(
        table(drawn),
        demand=pd.Series(demand),
        supply=pd.Series(supply),
        cutoff=cutoff,
        decay=decay,
        selection=selection,
    )
    weights = within(drawn, cutoff, decay)
    chosen = within(drawn, cutoff, selection or decay)
    for pair in weights:
        whole = sum(w for (i, _), w in chosen.items() if i == pair[0])
        weights[pair] *= chosen[pair] / whole if whole > 0 else 0.0
    expected = access_by_loops(weights, demand, supply)
    assert access.to_dict() == pytest.approx(expected, rel=1e-9, abs=1e-300)


@settings(max_examples=80, deadline=None)
@given(matrices, persons, places, st.integers(0, 1200), decays.filter(bool), st.booleans())
def test_no_capacity_is_made_or_lost(drawn, demand, supply, cutoff, decay, three):
    method = three_step_floating_catchment if three else two_step_floating_catchment
    access = method(
        table(drawn),
        demand=pd.Series(demand),
        supply=pd.Series(supply),
        cutoff=cutoff,
        decay=decay,
    )
    weights = within(drawn, cutoff, decay)
    reached = {j for (i, j), w in weights.items() if w > 0 and demand[i] > 0}
    expected = sum(supply[j] for j in reached)
    assert (access * pd.Series(demand)).sum() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_facility_that_reaches_nobody_adds_nothing():
    """v4 alone reaches m; nobody lives there, so its 99 beds are nobody's."""
    matrix = pd.concat(
        [MATRIX, pd.DataFrame({"from_id": ["v4"], "to_id": ["m"], "travel_time_s": [1.0]})]
    )
    beds = pd.concat([BEDS, pd.Series({"m": 99.0, "far": 99.0})])
    people = PEOPLE.where(PEOPLE.index != "v4", 0.0)
    access = two_step_floating_catchment(matrix, demand=people, supply=beds, cutoff=900)
    assert access["v4"] == 0
    assert (access * people).sum() == pytest.approx(50)


def test_where_nobody_lives_there_is_access_all_the_same():
    people = PEOPLE.where(PEOPLE.index != "v1", 0.0)
    access = two_step_floating_catchment(MATRIX, demand=people, supply=BEDS, cutoff=900)
    assert access["v1"] == pytest.approx(30 / 200)


def test_a_decay_that_all_but_vanishes_loses_nothing():
    access = two_step_floating_catchment(
        MATRIX, demand=PEOPLE, supply=BEDS, cutoff=900, decay=gaussian_bandwidth_decay(24)
    )
    assert (access * PEOPLE).sum() == pytest.approx(50)


def test_capacity_of_nought_serves_nobody():
    access = two_step_floating_catchment(MATRIX, demand=PEOPLE, supply=BEDS * 0, cutoff=900)
    assert access.tolist() == [0, 0, 0, 0]


def test_no_pair_no_facility_no_demand():
    for matrix, beds in ((MATRIX.iloc[:0], BEDS), (MATRIX.iloc[:0], BEDS.iloc[:0])):
        access = two_step_floating_catchment(matrix, demand=PEOPLE, supply=beds, cutoff=900)
        assert access.tolist() == [0, 0, 0, 0]
    nobody = two_step_floating_catchment(
        MATRIX.iloc[:0], demand=PEOPLE.iloc[:0], supply=BEDS, cutoff=900
    )
    assert nobody.empty


def test_row_order_does_not_matter_at_all():
    shuffled = MATRIX.iloc[[2, 0, 3, 1]]
    for method in (two_step_floating_catchment, three_step_floating_catchment):
        settings_ = {"cutoff": 900, "decay": gaussian_decay(900)}
        first = method(MATRIX, demand=PEOPLE, supply=BEDS, **settings_)
        second = method(shuffled, demand=PEOPLE[::-1], supply=BEDS[::-1], **settings_)
        pd.testing.assert_series_equal(first, second[::-1], check_exact=True)


def test_arguments_are_left_unchanged():
    matrix, people, beds = MATRIX.copy(), PEOPLE.copy(), BEDS.copy()
    three_step_floating_catchment(matrix, demand=people, supply=beds, cutoff=900, decay=STEPS)
    pd.testing.assert_frame_equal(matrix, MATRIX)
    pd.testing.assert_series_equal(people, PEOPLE)
    pd.testing.assert_series_equal(beds, BEDS)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"supply": pd.Series({"h": 30.0, "k": math.nan})},
            FacilityError,
            "1 个设施没有填写容量，第一个是 'k'。未知不能当作 0，请在设施表中补齐容量，或先去掉这些设施。",
        ),
        (
            {"supply": pd.Series({"h": 30.0})},
            FacilityError,
            "出行时间表里有 1 个设施没有填写容量，第一个是 'k'。请在设施表中补齐容量，或重新计算出行时间。",
        ),
        (
            {"demand": PEOPLE.where(PEOPLE != 200)},
            DemandError,
            "1 个需求点的人口未知，第一个是 'v2'。未知不能当作 0，请补齐人口，或先去掉这些需求点。",
        ),
        ({"cutoff": math.nan}, StandardError, "阈值应为不小于 0 的数字，现为 nan。"),
        (
            {"cost": "minutes"},
            InputError,
            "出行时间表缺少 minutes 列，现有 from_id、to_id、travel_time_s、distance_m。",
        ),
    ],
)
@pytest.mark.parametrize("method", [two_step_floating_catchment, three_step_floating_catchment])
def test_bad_input_is_refused(method, changes, error, message):
    arguments = {"demand": PEOPLE, "supply": BEDS, "cutoff": 900, "decay": STEPS} | changes
    with pytest.raises(error) as caught:
        method(MATRIX, **arguments)
    assert str(caught.value) == message
