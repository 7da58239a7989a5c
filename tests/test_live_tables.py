"""What is read of a reading that is tried, held against sums by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.percent import shown_percent
from coverage.scenarios.action import FacilityAction
from coverage.studies.live_reading import LiveReading
from coverage.studies.live_tables import SLIGHT, served_by, shown_points, zone_steps
from coverage.studies.study_trips import StudyTrips
from tests.hand_made import KINDS, MODES, STANDARD, X0, Y0, layers

EAST = FacilityAction("add", "n", name="新", kind="village_clinic", place=(X0 + 4800, Y0))


def live(study=None, *, standard=STANDARD) -> LiveReading:
    trips = StudyTrips(study or layers(), MODES, DEFAULT_UNCERTAINTY)
    return LiveReading.prepare(trips, standard, standard.readings[0], kinds=KINDS)


@pytest.mark.parametrize(
    ("before", "after", "target", "points"),
    [
        # 83.5 and 85.0 are shown; the shares themselves differ by 1.58 points.
        (0.8346, 0.8504, 1.0, 1.5),
        (0.5, 0.4, 1.0, -10.0),
        (0.8996, 0.9, 0.9, 0.1),
        (0.9996, 1.0, 1.0, 0.1),
        (0.5, 0.5002, 1.0, SLIGHT),
        (0.5002, 0.5, 1.0, -SLIGHT),
        (0.3, 0.3, 1.0, 0.0),
    ],
)
def test_points_are_those_of_the_percents_shown(before, after, target, points):
    assert shown_points(before, after, target=target) == points


def test_points_of_what_nobody_knows():
    assert math.isnan(shown_points(math.nan, 0.5))
    assert math.isnan(shown_points(0.5, math.nan))


shares = st.floats(0.0, 1.0)


@given(shares, shares, shares)
def test_a_reader_may_subtract_what_is_shown(before, after, target):
    was, now = (shown_percent(one, target=target) for one in (before, after))
    points = shown_points(before, after, target=target)
    if abs(points) != SLIGHT:
        assert points == round(now - was, 1)
    else:
        assert was == now
        assert (points > 0) == (after > before)
    assert (points == 0) == (before == after) or was == now


def test_zones_that_change_come_first():
    before = live()
    after = before.after(EAST).after(FacilityAction("close", "f1"))
    steps = zone_steps(before, after)
    assert steps.index.tolist() == ["W", "E"], "400 people move in W, unknown ones in E"
    west = steps.loc["W"].to_dict()
    assert west == {
        "zone_name": "西镇", "population": 400.0, "percent_before": 100.0, "percent_after": 0.0,
        "points": -100.0, "covered_step": -400.0, "villages_before": 1, "villages_after": 0,
        "uncovered": 400.0,
    }  # fmt: skip
    assert steps.loc["E", ["villages_before", "villages_after"]].tolist() == [0, 1]
    same = zone_steps(before, before)
    assert same["points"].fillna(0.0).eq(0.0).all()


def test_percents_by_zone_fall_short_of_the_target_as_the_headline_does():
    study = layers()
    study.demand["population"] = [8996.0, 1004.0, 100.0]
    study.demand["zone_id"] = ["W", "W", None]
    before = live(study, standard=replace(STANDARD, target=0.9))
    steps = zone_steps(before, before.after(EAST))
    assert steps.loc["W", ["percent_before", "percent_after"]].tolist() == [89.9, 100.0]
    assert steps.loc["W", "points"] == 10.1


def test_whom_a_facility_serves():
    before = live()
    assert served_by(before, "f1") == (1, 400.0)
    assert served_by(before, "nobody") == (0, 0.0)
    villages, people = served_by(before.after(EAST), "n")
    assert villages == 1
    assert math.isnan(people), "of d2 nobody knows how many live there"


def test_what_is_not_measured_has_no_villages_to_subtract():
    trips = StudyTrips(layers(), MODES, DEFAULT_UNCERTAINTY)
    standard = replace(STANDARD, kinds=("park",))
    kinds = KINDS | {"park": KINDS["village_clinic"]}
    nothing = LiveReading.prepare(trips, standard, standard.readings[0], kinds=kinds)
    one = nothing.after(FacilityAction("add", "p", name="新", kind="park", place=(X0 + 100, Y0)))
    assert zone_steps(nothing, nothing)["villages_before"].isna().all()
    steps = zone_steps(nothing, one)
    assert steps.index.tolist() == ["W", "E"], "in W a village comes to be covered"
    assert steps["villages_before"].isna().all()
    assert steps["villages_after"].tolist() == [1, 0]
    assert zone_steps(one, nothing)["villages_after"].isna().all()
