"""The error band: the same trips slower and faster than assumed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.error_band import (
    Uncertainty,
    band_by_zone,
    fast_cost,
    slow_cost,
    verdicts,
)
from coverage.errors import ImpedanceError
from tests.networks import straight_road

TRIPS = pd.DataFrame(
    {
        "travel_time_s": [100.0, 1000.0, math.inf],
        "distance_m": [500.0, 5000.0, math.inf],
        "demand_access_m": [300.0, 400.0, 700.0],
        "facility_access_m": [0.0, 1000.0, math.nan],
    }
)
WINDING = Uncertainty(thin_road_m=300.0, detour=1.5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"speed_share": 1.0},
        {"speed_share": -0.1},
        {"speed_share": math.nan},
        {"thin_road_m": 0.0},
        {"detour": 0.9},
        {"detour": math.inf},
        {"far_from_road_m": -1.0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ImpedanceError, match="误差带的设置有 1 处不合理"):
        Uncertainty(**wrong)


def test_only_legs_longer_than_thin_wind():
    metres = np.array([0.0, 300.0, 301.0, math.inf, math.nan])
    assert WINDING.winding_m(metres).tolist() == [0.0, 0.0, 150.5, 0.0, 0.0]


def test_slow_adds_the_winding_of_both_legs():
    network = straight_road()
    slow = slow_cost(TRIPS, network, WINDING, cost="travel_time_s")
    # 400 m and 1,000 m, half as long again, at 4.8 km/h: 700 m take 525 s
    assert slow.tolist() == [100.0, 1000.0 + 525.0, math.inf]
    metres = slow_cost(TRIPS, network, WINDING, cost="distance_m")
    assert metres.tolist() == [500.0, 5700.0, math.inf]


def test_slow_counts_the_patients_leg_twice_where_asked():
    legs = ("demand_access_m", "demand_access_m")
    slow = slow_cost(TRIPS, straight_road(), WINDING, cost="distance_m", legs=legs)
    assert slow.tolist() == [500.0, 5400.0, math.inf]


def test_fast_takes_a_lane_only_where_the_road_map_is_thin():
    straight = np.array([10.0, 600.0, 800.0])
    fast = fast_cost(TRIPS, straight, straight_road(), WINDING, cost="travel_time_s")
    # 600 m x 1.5 and 800 m x 1.5 at 4.8 km/h
    assert fast.tolist() == [100.0, 675.0, 900.0]
    far = np.full(3, math.inf)
    assert fast_cost(TRIPS, far, straight_road(), WINDING, cost="travel_time_s").tolist() == [
        100.0, 1000.0, math.inf,
    ]  # fmt: skip


def test_verdicts_hold_or_flip_and_the_cutoff_is_inclusive():
    trips = pd.DataFrame({"fast": [1.0, 800.0, 900.0, 901.0], "slow": [900.0, 901.0, 999.0, 1e9]})
    assert verdicts(trips, cutoff=900.0).tolist() == [
        "covered", "uncertain", "uncertain", "uncovered",
    ]  # fmt: skip


def test_band_by_zone_weighs_people_and_counts_villages():
    demand = pd.DataFrame(
        {
            "zone_id": ["A", "A", "B"],
            "population": [400.0, math.nan, 50.0],
            "slow": [900.0, 800.0, math.inf],
            "fast": [600.0, 700.0, 900.0],
        }
    )
    assert band_by_zone(demand, cutoff=900.0).to_dict("index") == {
        "A": {"covered_low": 400.0, "villages_low": 2, "covered_high": 400.0, "villages_high": 2},
        "B": {"covered_low": 0.0, "villages_low": 0, "covered_high": 50.0, "villages_high": 1},
    }


@given(
    st.lists(st.floats(0, 5000), min_size=1, max_size=8),
    st.floats(0, 0.9),
    st.floats(1, 3),
)
def test_the_band_is_never_upside_down(legs, share, detour):
    uncertainty = Uncertainty(speed_share=share, detour=detour)
    access = np.array(legs)
    trips = pd.DataFrame(
        {
            "travel_time_s": access + 60.0,
            "demand_access_m": access,
            "facility_access_m": access[::-1],
        }
    )
    network = straight_road()
    slow = slow_cost(trips, network, uncertainty, cost="travel_time_s")
    fast = fast_cost(trips, access / 2, network, uncertainty, cost="travel_time_s")
    assert (slow >= trips["travel_time_s"]).all()
    assert (fast <= trips["travel_time_s"]).all()
