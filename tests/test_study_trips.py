"""The trips of a study: the better of several modes, at three paces."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from coverage.access.barriers import Barriers
from coverage.error_band import DEFAULT_UNCERTAINTY, Uncertainty
from coverage.errors import ImpedanceError
from coverage.impedance import TravelMode
from coverage.snapping import snap
from coverage.standards import Reading
from coverage.studies.study_trips import StudyTrips, _same_course, trip_columns
from tests.hand_made import MODES, STANDARD, layers

AMBULANCE = TravelMode("ambulance", "救护车", "示例", user="motor", speed_kph={"": 60.0})
TWO_LEGS = Reading(
    "two", "两段", "travel_time", 1800.0, mode_id="ambulance",
    station_kinds=("county_hospital",), turnout_s=120.0,
)  # fmt: skip


def travel(uncertainty: Uncertainty = DEFAULT_UNCERTAINTY) -> StudyTrips:
    return StudyTrips(layers(), {**MODES, "ambulance": AMBULANCE}, uncertainty)


def trips(reading: Reading, study: StudyTrips | None = None):
    study = study or travel()
    facilities = study.layers.facilities
    return study.trips(
        STANDARD,
        reading,
        facilities[facilities["kind"] == "village_clinic"],
        stations=facilities[facilities["kind"].isin(reading.station_kinds)],
    )


def test_the_faster_of_two_modes_and_its_band_by_hand():
    found = trips(STANDARD.readings[0]).loc["d1"]
    # 500 m of road by bicycle at 10 km/h, 12.5 and 8 and 12 km/h
    assert (found["mode_id"], found["travel_time_s"]) == ("ride", pytest.approx(180.0))
    assert found["slow"] == pytest.approx(225.0)
    assert found["fast"] == pytest.approx(150.0)


def test_a_far_leg_winds_when_slow_and_finds_a_lane_when_fast():
    # d3 lies 4,000 m beyond the end of the road, which is thin there.
    found = trips(STANDARD.readings[0]).loc["d3"]
    walk_s_per_m = 3.6 / 4.8
    middle = 4000 * walk_s_per_m + 4400 * 0.36
    assert found["travel_time_s"] == pytest.approx(middle)
    slow = (4000 * 1.33 * walk_s_per_m + 4400 * 0.36) / 0.8
    assert found["slow"] == pytest.approx(slow)
    assert found["fast"] == pytest.approx(middle / 1.2)  # the lane would be longer
    lane = trips(STANDARD.readings[0], travel(Uncertainty(detour=1.0))).loc["d3"]
    assert lane["fast"] == pytest.approx(middle / 1.2)


def test_without_uncertainty_the_band_has_no_width():
    sure = Uncertainty(speed_share=0.0, detour=1.0, thin_road_m=1e9)
    found = trips(STANDARD.readings[0], travel(sure))
    np.testing.assert_allclose(found["slow"], found["travel_time_s"])
    np.testing.assert_allclose(found["fast"], found["travel_time_s"])


def test_metres_do_not_depend_on_the_speed():
    by_metres = Reading("m", "路网距离", "network_distance", 2500.0)
    found = trips(by_metres).loc["d1"]
    assert found["slow"] == found["fast"] == found["distance_m"] == pytest.approx(500.0)


def test_a_straight_line_is_as_it_is():
    found = trips(STANDARD.readings[1])
    assert found["slow"].equals(found["distance_m"])
    assert found["fast"].equals(found["distance_m"])
    assert found["mode_id"].isna().all()


def test_two_legs_by_the_mode_of_the_reading():
    found = trips(TWO_LEGS).loc["d1"]
    # station at 3,000 m, village at 100 m, hospital (here the clinic) at 600 m; 60 km/h
    assert found["response_s"] == pytest.approx(120 + 2900 * 0.06)
    assert found["transport_s"] == pytest.approx(500 * 0.06)
    assert found["travel_time_s"] == pytest.approx(found["response_s"] + found["transport_s"])
    assert found["slow"] == pytest.approx(120 + 3400 * 0.06 / 0.8)
    assert found["fast"] == pytest.approx(120 + 3400 * 0.06 / 1.2)
    assert set(trip_columns(TWO_LEGS)) <= set(found.index)


def test_networks_and_snaps_are_made_once():
    study = travel()
    trips(STANDARD.readings[0], study)
    walk = study.networks["walk"]
    trips(TWO_LEGS, study)
    assert study.networks["walk"] is walk
    assert set(study.networks) == {"walk", "ride", "ambulance"}
    assert study.snaps(MODES["walk"]) is study.snaps(MODES["walk"])


def test_modes_on_the_same_roads_share_their_snaps():
    study = travel()
    walk, ride = study.snaps(MODES["walk"]), study.snaps(MODES["ride"])
    assert ride is walk
    assert study.facility_snaps(MODES["walk"]) is not walk
    # What is shared is what each would find by itself; on other roads nothing is.
    network = study.network(MODES["ride"])
    alone = snap(network, study.layers.demand.geometry)
    for name, values in vars(alone).items():
        assert np.array_equal(values, vars(ride)[name])
    fenced = Barriers(np.array([network.lines[0]]), np.array(["河流"], dtype=object))
    assert _same_course(network, network.at_pace(0.5))
    assert not _same_course(network, replace(network, barriers=fenced))
    assert not _same_course(network, replace(network, vertex_xy=network.vertex_xy + 1))


def test_a_mode_that_is_not_in_the_table():
    strange = replace(STANDARD, mode_id="boat")
    with pytest.raises(ImpedanceError, match="出行方式 'boat' 不在速度表里"):
        travel().single_modes(strange, STANDARD.readings[0])


def test_no_facility_is_not_reached():
    study = travel()
    nothing = study.layers.facilities.iloc[:0]
    for reading in (STANDARD.readings[0], TWO_LEGS):
        found = study.trips(STANDARD, reading, nothing, stations=nothing)
        assert (found["travel_time_s"] == math.inf).all()
        assert (found["fast"] == math.inf).all()
