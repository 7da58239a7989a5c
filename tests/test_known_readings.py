"""A reading is known where facilities count for it; what it says keeps to what it counts."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from shapely import Point

from coverage.assessment import assess
from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.rules.target import PerPopulation, Served, YearValue
from coverage.scenario import FacilityAction, Scenario, apply_scenario, compare_scenarios
from coverage.standards import Clause, FacilityKind, Reading, Standard
from coverage.studies.live_reading import LiveReading, live_change
from coverage.studies.study import measured_readings
from coverage.studies.study_trips import StudyTrips
from coverage.targets import answer_targets, judge
from tests.target_county import CLINIC, MODES, FacilityFilter, county, study, target

KIND = {"clinic": FacilityKind("clinic", "村卫生室", "测试", "village", "#2b8cbe", "测")}
INSIDE = Standard(
    "c", "圈", ("clinic",), "population", "all", "walk", "to_facility", 1.0, "t",
    (Clause("p", "p", "一", "x"),), (Reading("c", "15分钟", "travel_time", 900.0),),
    cross_border=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def beyond():
    """One village with people; the only clinic stands 50 m beyond the border."""
    return county({"a": (1000, 100)}, {"o": ("clinic", 1100.0)}, zones={"z": ("甲镇", -100, 1050)})


@pytest.fixture(scope="module")
def live(beyond):
    trips = StudyTrips(beyond, MODES, DEFAULT_UNCERTAINTY)
    return LiveReading.prepare(trips, INSIDE, INSIDE.readings[0], kinds=KIND)


NEW = FacilityAction("add", "new-1", name="新", kind="clinic", place=(900.0, 0.0))


def test_where_no_facility_counts_neither_comparison_claims_a_gain(beyond, live):
    assert measured_readings(beyond, INSIDE) == ()
    assert measured_readings(beyond, replace(INSIDE, cross_border=True)) == INSIDE.readings
    scenario = Scenario("s", "情景", (NEW,))
    layers = apply_scenario(beyond, scenario, kinds=KIND, modes=MODES).layers
    now, then = (
        assess(each, standards=[INSIDE], modes=MODES, with_service_areas=False)
        for each in (beyond, layers)
    )
    found = compare_scenarios(now, {"s": then}, scenarios={"s": scenario})
    whole = found.readings[found.readings["zone_id"] == ""].iloc[0]
    assert whole["share_before"] != whole["share_before"]  # nobody knows
    assert whole["share_after"] == 1.0
    assert (whole["gained"], whole["villages_gained"]) == (0, 0)
    change = live_change(live, live.after(NEW))
    assert change.zones["gained"].sum() == 0
    before = found.times.set_index("scenario_id").loc[""]
    assert before.filter(like="share_").isna().all()


def test_the_same_villages_read_again_can_be_compared(beyond, live):
    again = replace(beyond, demand=beyond.demand.copy())
    trips = StudyTrips(again, MODES, DEFAULT_UNCERTAINTY)
    other = LiveReading.prepare(trips, INSIDE, INSIDE.readings[0], kinds=KIND)
    assert live_change(other, live.after(NEW)).zones["lost"].sum() == 0


@pytest.mark.parametrize("crossing", [True, False])
def test_the_recipe_says_whether_facilities_beyond_the_border_serve(beyond, crossing):
    facilities = beyond.facilities.copy()
    one = facilities.iloc[[0]].rename(index={"o": "i"}).set_geometry([Point(-50, 0)])
    one = one.set_crs(facilities.crs, allow_override=True)
    layers = replace(beyond, facilities=pd.concat([facilities, one]))
    standard = replace(INSIDE, cross_border=crossing)
    assessed = assess(layers, standards=[standard], modes=MODES, with_service_areas=False)
    asked = target(
        Served(CLINIC, "travel_time", 900.0, "walk", reading_id="c"),
        values=(YearValue(2025, 90.0),),
    )
    recipe = answer_targets(study(layers, assessed=assessed), [asked])[0].answer.recipe
    assert ("研究区以外的设施也可以服务" in recipe) is crossing


def test_a_zone_just_short_of_its_target_does_not_read_as_if_it_had_reached_it():
    layers = county(
        {"a": (1000, 100_000)}, {"h": ("hospital", 1000.0)}, features={"capacity_beds": [799.6]}
    )
    asked = target(
        PerPopulation((FacilityFilter(("hospital",), text="医院"),), "capacity_beds", 1000.0),
        "capacity_per_population",
        values=(YearValue(2025, 8.0),),
    )
    asked = replace(asked, unit="张", gap_unit="张")
    one = study(layers)
    reasons = judge(one, answer_targets(one, [asked]), year=2025).failing["reason"].tolist()
    assert reasons
    assert all(text.endswith("7.996 张，目标 8 张") for text in reasons)
