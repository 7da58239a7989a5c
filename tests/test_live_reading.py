"""Figures kept up to date equal an assessment of the changed layers from scratch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from coverage.access.barriers import Barriers
from coverage.assessment import _Work
from coverage.changes.road_change import RoadChange
from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.errors import InputError, ScenarioError
from coverage.impedance import TravelMode
from coverage.scenarios.action import FacilityAction, Scenario
from coverage.scenarios.applying import apply_scenario
from coverage.standards import Clause, FacilityKind, Reading, Standard
from coverage.studies.comparison import compare
from coverage.studies.live_reading import DEMAND_COLUMNS, LiveReading, live_change, site_area
from coverage.studies.study import Layers
from coverage.studies.study_areas import facility_areas
from coverage.studies.study_trips import StudyTrips, cost_of
from layers.loading import load_layers
from layers.project import chosen_modes, load_project
from layers.standards import load_kinds, load_modes, load_standards
from tests.networks import METRIC_CRS, toy_roads

DEMO_COUNTY = Path(__file__).parents[1] / "data" / "examples" / "demo_county"

MODES = {
    "walk": TravelMode("walk", "步行", "测试", "foot", {"road": 4.8}),
    "ride": TravelMode("ride", "骑行", "测试", "bicycle", {"road": 10.0}),
    "walk_or_ride": TravelMode("walk_or_ride", "步行或骑行", "测试", faster_of=("walk", "ride")),
    "drive": TravelMode("drive", "驾车", "测试", user="motor", speed_kph={"road": 40.0}),
}

KINDS = {
    code: FacilityKind(code, name, "测试", "village", "#2b8cbe", "测")
    for code, name in {
        "clinic": "村卫生室", "centre": "中心村卫生室", "hospital": "县医院", "station": "急救站",
    }.items()
}  # fmt: skip

CIRCLE = Standard(
    standard_id="circle",
    name="健康服务圈",
    kinds=("clinic", "centre"),
    demand_group="population",
    scope="all",
    mode_id="walk_or_ride",
    direction="to_facility",
    target=0.9,
    target_note="测试",
    clauses=(Clause("plan", "规划", "一", "原文"),),
    readings=(
        Reading("circle", "15分钟", "travel_time", 900.0),
        Reading("circle_metres", "2公里（路网）", "network_distance", 2000.0),
        Reading("circle_line", "1.5公里（直线）", "straight_line", 1500.0),
    ),
)
TIME, METRES, LINE = CIRCLE.readings

RESCUE = replace(
    CIRCLE,
    standard_id="rescue",
    name="救治圈",
    kinds=("hospital",),
    mode_id="drive",
    readings=(
        Reading("rescue", "15分钟（驾车）", "travel_time", 900.0),
        Reading(
            "rescue_two_legs", "30分钟（两段）", "travel_time", 1800.0,
            station_kinds=("station", "hospital"), turnout_s=120.0,
        ),
    ),
)  # fmt: skip
ONE_LEG, TWO_LEGS = RESCUE.readings

SIDE_M = 6000.0


def small_county(seed: int = 1, *, facilities: int = 9) -> Layers:
    """Crooked streets with one-way and closed ones, villages beside them, some far from any."""
    rng = np.random.default_rng(seed)
    side = 5
    step = SIDE_M / (side - 1)
    nodes = {
        row * side + column: tuple(np.array([column, row]) * step + rng.normal(0, 150, 2))
        for row in range(side)
        for column in range(side)
    }
    right = [(one, one + 1, "road") for one in nodes if one % side < side - 1]
    up = [(one, one + side, "road") for one in nodes if one < side * (side - 1)]
    edges = [edge for edge in right + up if rng.random() < 0.85]
    access = {
        "motor": rng.choice([3, 3, 1, 2, 0], len(edges)).tolist(),
        "bicycle": rng.choice([3, 3, 3, 1, 0], len(edges)).tolist(),
    }
    roads = toy_roads(edges, nodes, access=access)
    river = shapely.LineString([(2000, -800), (2300, 2500), (2000, 4000)])
    roads = replace(roads, barriers=Barriers(np.array([river]), np.array(["河流"], dtype=object)))
    zones = gpd.GeoDataFrame(
        {"zone_name": ["甲镇", "乙镇", "空镇"], "zone_level": "township"},
        geometry=[
            box(-900, -900, 3100, SIDE_M), box(3100, -900, SIDE_M, SIDE_M), box(9e3, 0, 9.1e3, 9),
        ],
        index=pd.Index(["b", "a", "c"], name="zone_id"),
        crs=METRIC_CRS,
    )  # fmt: skip
    return Layers("示例", "", zones, _villages(rng, zones), _facilities(rng, facilities), roads)


def _villages(rng: np.random.Generator, zones: gpd.GeoDataFrame, count: int = 40):
    xy = rng.uniform(-500, SIDE_M + 500, (count, 2))
    ids = pd.Index([f"v{number:02d}" for number in range(count)], name="demand_id")
    villages = gpd.GeoDataFrame(geometry=shapely.points(xy), index=ids, crs=METRIC_CRS)
    at = gpd.sjoin(villages, zones[["geometry"]], how="left")["zone_id"]
    people = rng.integers(1, 900, count).astype(float)
    return villages.assign(
        demand_name=ids,
        population=np.where(rng.random(count) < 0.1, np.nan, people),
        population_60plus=np.where(rng.random(count) < 0.3, np.nan, people / 4),
        settlement=rng.choice(["urban", "rural"], count),
        origin="list",
        zone_id=at.where(at.notna(), None),
    )


def _facilities(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    xy = rng.uniform(-300, SIDE_M + 300, (count, 2))
    kind = [list(KINDS)[number % len(KINDS)] for number in range(count)]
    return gpd.GeoDataFrame(
        {
            "facility_name": [f"设施{number}" for number in range(count)],
            "kind": kind,
            "capacity_beds": rng.integers(1, 30, count).astype(float),
            "turnout_s": np.where(rng.random(count) < 0.5, np.nan, 60.0),
            "origin": "list",
        },
        geometry=shapely.points(xy),
        index=pd.Index([f"f{number:02d}" for number in range(count)], name="facility_id"),
        crs=METRIC_CRS,
    )


def prepared(layers: Layers, standard: Standard, reading: Reading) -> LiveReading:
    trips = StudyTrips(layers, MODES, DEFAULT_UNCERTAINTY)
    return LiveReading.prepare(trips, standard, reading, kinds=KINDS)


def from_scratch(live: LiveReading) -> _Work:
    """
    The layers after the actions, measured anew by the one reading.

    As `coverage.assessment.assess` does it, without the drawing, which takes most of the time.
    """
    scenario = Scenario("s", "情景", live.actions)
    after = apply_scenario(live.travel.layers, scenario, kinds=KINDS, modes=MODES).layers
    work = _Work(StudyTrips(after, MODES, DEFAULT_UNCERTAINTY))
    work.measure(live.standard, live.reading)
    return work


def check(live: LiveReading) -> None:
    """Every figure is that of an assessment from scratch."""
    expected = from_scratch(live)
    check_figures(live, expected.zones[0], pd.DataFrame(expected.demand_columns))
    pd.testing.assert_frame_equal(live.facilities, expected.layers.facilities)


def check_figures(live: LiveReading, zones: pd.DataFrame, demand: pd.DataFrame) -> None:
    """Zones and demand points are the same, to the last bit."""
    pd.testing.assert_frame_equal(live.zones, zones, check_exact=True)
    columns = {f"{live.reading.reading_id}_{name}": name for name in DEMAND_COLUMNS}
    demand = demand[list(columns)].rename(columns=columns)
    for name in ("covered", "verdict"):
        pd.testing.assert_series_equal(live.demand[name], demand[name])
    near = demand["covered"]
    found, demand = live.demand[near], demand[near]
    assert found["facility_id"].tolist() == demand["facility_id"].tolist()
    cost = cost_of(live.reading)
    pd.testing.assert_series_equal(found[cost], demand[cost], check_exact=True)
    # Of equally good ways any one gives the other.
    pd.testing.assert_frame_equal(found, demand, rtol=1e-12, atol=1e-9)
    beyond = live.demand[~near]
    assert beyond["facility_id"].isna().all()
    assert not np.isfinite(beyond[["travel_time_s", "distance_m"]]).any(axis=None)


def add(name: str = "new", kind: str = "clinic", x: float = 1000.0, y: float = 1000.0):
    return FacilityAction("add", name, kind=kind, place=(x, y))


# Bad input


def test_a_faulty_action_is_refused_as_in_a_scenario():
    live = prepared(small_county(), CIRCLE, TIME)
    for action in (
        add("f00"),
        add(kind="castle"),
        FacilityAction("close", "x"),
        FacilityAction("move", "f00"),
        FacilityAction("capacity", "f00", amounts=(("turnout_s", -1.0),)),
    ):
        with pytest.raises(ScenarioError) as caught:
            live.after(action)
        scenario = Scenario("s", "情景", (action,))
        with pytest.raises(ScenarioError) as expected:
            apply_scenario(live.travel.layers, scenario, kinds=KINDS, modes=MODES)
        assert str(caught.value) == str(expected.value)


def test_states_of_two_readings_are_not_compared():
    layers = small_county()
    with pytest.raises(InputError) as caught:
        live_change(prepared(layers, CIRCLE, TIME), prepared(layers, CIRCLE, LINE))
    assert str(caught.value) == "两次结果的需求点或口径不同，不能比较。请用同一个口径的结果。"


def test_a_facility_that_does_not_count_has_no_area():
    with pytest.raises(InputError) as caught:
        site_area(prepared(small_county(), CIRCLE, TIME), "f02")
    assert str(caught.value) == (
        "代码为 'f02' 的设施不计入「健康服务圈·15分钟」，画不出服务范围。请核对代码和类别。"
    )


# Structure


def test_an_action_leaves_the_state_before_it_and_the_layers_as_they_were():
    layers = small_county()
    facilities, demand = layers.facilities.copy(), layers.demand.copy()
    first = prepared(layers, CIRCLE, TIME)
    zones, told = first.zones.copy(), first.demand.copy()
    second = first.after(add())
    assert second.serving_ids == sorted([*first.serving_ids, "new"])
    second.after(FacilityAction("close", "f00"))
    fresh = replace(first)
    pd.testing.assert_frame_equal(fresh.zones, zones)
    pd.testing.assert_frame_equal(fresh.demand, told)
    pd.testing.assert_frame_equal(layers.facilities, facilities)
    pd.testing.assert_frame_equal(layers.demand, demand)


def test_what_does_not_count_changes_nothing():
    live = prepared(small_county(), CIRCLE, TIME)
    after = live.after(add(kind="hospital"))
    assert after._modes is live._modes
    assert "new" in after.facilities.index
    change = live_change(live, after)
    assert change.gained.empty
    assert change.lost.empty
    assert not change.zones[["gained", "lost", "villages_gained", "villages_lost"]].any(axis=None)
    check(after)


def test_a_closed_road_and_a_new_clinic_are_told_together():
    """The roads of a scenario are changed before the figures are made ready."""
    layers = small_county()
    x, y = layers.roads.node_x[layers.roads.from_node[0]], layers.roads.node_y[0]
    closed = RoadChange("c", "封路", "close", ((float(x), float(y)),))
    roads = Scenario("s", "情景", (closed,))
    changed = apply_scenario(layers, roads, kinds=KINDS, modes=MODES).layers
    before = prepared(layers, CIRCLE, TIME)
    after = prepared(changed, CIRCLE, TIME).after(add())
    check(after)
    change = live_change(before, after)
    was, now = before.demand["covered"], after.demand["covered"]
    counted = before.weighed.index
    assert set(change.gained) == set(counted[(now & ~was)[counted]])
    assert set(change.lost) == set(counted[(was & ~now)[counted]])


# Worked out by hand


def village_road(**facilities: float) -> Layers:
    """One road of 10 km, villages at 1 and 9 km with 100 and unknown people, clinics at x."""
    zones = gpd.GeoDataFrame(
        {"zone_name": ["西镇", "东镇"], "zone_level": "township"},
        geometry=[box(-10, -10, 5000, 10), box(5000, -10, 10_010, 10)],
        index=pd.Index(["w", "e"], name="zone_id"),
        crs=METRIC_CRS,
    )
    demand = gpd.GeoDataFrame(
        {"demand_name": ["一村", "二村"], "population": [100.0, np.nan], "origin": "list",
         "zone_id": ["w", "e"]},
        geometry=[Point(1000, 0), Point(9000, 0)],
        index=pd.Index(["v1", "v2"], name="demand_id"),
        crs=METRIC_CRS,
    )  # fmt: skip
    table = gpd.GeoDataFrame(
        {"facility_name": list(facilities), "kind": "hospital", "origin": "list"},
        geometry=[Point(x, 0) for x in facilities.values()],
        index=pd.Index(list(facilities), name="facility_id", dtype=object),
        crs=METRIC_CRS,
    )
    roads = toy_roads([(0, 1, "road")], {0: (0, 0), 1: (10_000, 0)})
    return Layers("一条路", "", zones, demand, table, roads)


def test_the_first_clinic_makes_the_share_known_and_closing_it_unknown_again():
    none = prepared(village_road(h=5000.0), CIRCLE, TIME)
    assert none.zones["share"].isna().all()
    one = none.after(add(x=2000.0, y=0.0))
    assert one.zones.set_index("zone_id")["covered"].fillna(-1).to_dict() == {
        "e": -1.0, "w": 100.0, "": 100.0,
    }  # fmt: skip
    assert one.demand.loc["v1", "travel_time_s"] == pytest.approx(360.0)  # 1 km at 10 km/h
    assert one.demand.loc["v1", "verdict"] == "covered"
    # Nothing was claimed before, so nobody gains.
    assert live_change(none, one).gained.empty
    two = one.after(add("east", x=9500.0, y=0.0))
    change = live_change(one, two)
    assert change.gained.tolist() == ["v2"]
    told = change.zones.set_index("zone_id")
    assert told["villages_gained"].to_dict() == {"e": 1, "w": 0, "": 1}
    assert np.isnan(told.loc["e", "gained"])
    assert told.loc["w", "gained"] == 0.0
    lost = live_change(two, two.after(FacilityAction("close", "new")))
    assert lost.lost.tolist() == ["v1"]
    assert lost.zones.set_index("zone_id")["lost"].to_dict() == {"e": 0.0, "w": 100.0, "": 100.0}
    closed = one.after(FacilityAction("close", "new"))
    assert closed.zones["share"].isna().all()
    for live in (none, one, two, closed):
        check(live)


def test_a_station_says_when_it_leaves_or_the_standard_does():
    layers = village_road(h=5000.0)
    two_legs = replace(TWO_LEGS, station_kinds=("station",))
    live = prepared(layers, RESCUE, two_legs)
    assert not live.is_known
    with_station = live.after(add("s", "station", 4000.0, 0.0))
    # 2 min to leave, 3 km to the patient, 4 km to the hospital, at 40 km/h
    assert with_station.demand.loc["v1", "travel_time_s"] == pytest.approx(120 + 7000 * 0.09)
    quicker = with_station.after(FacilityAction("capacity", "s", amounts=(("turnout_s", 30.0),)))
    assert quicker.demand.loc["v1", "travel_time_s"] == pytest.approx(30 + 7000 * 0.09)
    for state in (live, with_station, quicker):
        check(state)


# The drawn ground of one site


@pytest.mark.parametrize(
    ("standard", "reading", "kind"),
    [(CIRCLE, TIME, "clinic"), (CIRCLE, LINE, "centre"), (RESCUE, TWO_LEGS, "hospital")],
)
def test_the_area_of_a_site_is_its_service_area(
    standard: Standard, reading: Reading, kind: str
) -> None:
    live = prepared(small_county(), standard, reading).after(add(kind=kind))
    facilities = live.facilities
    stations = facilities[facilities["kind"].isin(reading.station_kinds)]
    asked = live.travel, standard, reading, facilities.loc[["new"]]
    expected = facility_areas(*asked, stations=stations).geometry.iloc[0]
    assert site_area(live, "new").equals(expected)
    assert expected.area > 0


def test_the_area_of_a_station_is_where_its_ambulance_saves():
    live = prepared(small_county(), RESCUE, TWO_LEGS).after(add(kind="station"))
    together = facility_areas(
        live.travel,
        RESCUE,
        TWO_LEGS,
        live.facilities[live.facilities["kind"] == "hospital"],
        stations=live.facilities.loc[["new"]],
    )
    area = site_area(live, "new")
    assert area.symmetric_difference(together.union_all()).area <= 0.05 * area.area


# Against an assessment from scratch


def played(live: LiveReading, rng: np.random.Generator, steps: int) -> list[LiveReading]:
    """States after random actions, each on the one before."""
    states = [live]
    kinds, places = live.facilities["kind"].to_dict(), live.facilities.geometry.to_dict()
    for number in range(steps):
        ids = list(kinds)
        name = str(rng.choice(ids))
        kind = str(rng.choice(list(KINDS)))
        place = tuple(rng.uniform(-300, SIDE_M + 300, 2))
        if rng.random() < 0.3:  # on top of another facility: equally near
            place = places[name].coords[0]
        names = ["add", "add", "move", "upgrade", "capacity"] + ["close"] * 2 * (len(ids) > 1)
        what = str(rng.choice(names))
        if what == "add":
            action = FacilityAction("add", f"n{number}", kind=kind, place=place)
        elif what == "move":
            action = FacilityAction("move", name, place=place)
        elif what == "close":
            action = FacilityAction("close", name)
            del kinds[name]
        elif what == "upgrade" and kinds[name] != kind:
            action = FacilityAction("upgrade", name, kind=kind)
        else:
            seconds = float(rng.choice([0.0, 90.0, 400.0]))
            action = FacilityAction("capacity", name, amounts=(("turnout_s", seconds),))
        if what in {"add", "upgrade"} and action.kind:
            kinds[action.facility_id] = kind
        if action.place is not None:
            places[action.facility_id] = Point(action.place)
        states.append(states[-1].after(action))
    return states


READINGS = [(CIRCLE, each) for each in CIRCLE.readings] + [
    (replace(CIRCLE, direction="from_facility"), TIME),
    (replace(CIRCLE, cross_border=False, scope="rural"), METRES),
    (replace(CIRCLE, cross_border=False, demand_group="population_60plus"), LINE),
    (replace(CIRCLE, demand_group="nobody_says"), TIME),
    (RESCUE, ONE_LEG),
    (RESCUE, TWO_LEGS),
    (replace(RESCUE, cross_border=False), replace(TWO_LEGS, station_kinds=("station",))),
    (replace(RESCUE, mode_id="walk_or_ride"), replace(TWO_LEGS, cutoff=2400.0)),
]


@pytest.mark.parametrize(("standard", "reading"), READINGS)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_actions_equal_an_assessment_from_scratch(
    standard: Standard, reading: Reading, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    layers = small_county(seed, facilities=int(rng.integers(3, 12)))
    check(played(prepared(layers, standard, reading), rng, 5)[-1])


@pytest.mark.parametrize(("standard", "reading"), [*READINGS[:3], (RESCUE, TWO_LEGS)])
def test_facilities_closed_one_after_the_other(standard: Standard, reading: Reading) -> None:
    live = prepared(small_county(11), standard, reading)
    for name in live.serving_ids[:2]:
        before, live = live, live.after(FacilityAction("close", name))
        assert not live.demand.equals(before.demand)
        check(live)


def test_every_reading_of_the_demo_county() -> None:
    project = load_project(DEMO_COUNTY)
    kinds, modes = load_kinds(), chosen_modes(project, load_modes())
    standards = load_standards().values()
    layers = load_layers(project, standards=list(standards), modes=modes, kinds=kinds)
    trips = StudyTrips(layers, modes, DEFAULT_UNCERTAINTY)
    actions = demo_actions(layers)
    after = apply_scenario(layers, Scenario("s", "情景", actions), kinds=kinds, modes=modes).layers
    work = _Work(StudyTrips(after, modes, DEFAULT_UNCERTAINTY))
    for standard in standards:
        for reading in standard.readings:
            live = LiveReading.prepare(trips, standard, reading, kinds=kinds)
            before = live.demand
            for action in actions:
                live = live.after(action)
            assert not live.demand.equals(before)
            work.measure(standard, reading)
            check_figures(live, work.zones[-1], pd.DataFrame(work.demand_columns))
    pd.testing.assert_frame_equal(live.facilities, after.facilities)


def demo_actions(layers: Layers) -> tuple[FacilityAction, ...]:
    """Something for every standard: one more of each kind, one elsewhere, one less, one upgraded."""
    villages = layers.demand.geometry.get_coordinates().to_numpy()
    kinds = ("village_clinic", "fitness_facility", "county_hospital", "emergency_station")
    added = [
        FacilityAction("add", f"n-{kind}", name="新址", kind=kind, place=tuple(villages[row] - 45))
        for row, kind in zip((7, 120, 230, 340), kinds, strict=True)
    ]
    hospitals = layers.facilities.index[layers.facilities["kind"] == "county_hospital"]
    return (
        *added,
        FacilityAction("move", "n-village_clinic", place=tuple(villages[60] + 30)),
        FacilityAction("close", hospitals[0]),
        FacilityAction("upgrade", "n-county_hospital", kind="emergency_station"),
    )


@pytest.mark.parametrize(("standard", "reading"), [(CIRCLE, TIME), (RESCUE, TWO_LEGS)])
def test_who_gains_and_loses_is_what_comparing_two_assessments_says(
    standard: Standard, reading: Reading
) -> None:
    states = played(prepared(small_county(11), standard, reading), np.random.default_rng(11), 6)
    before, after = states[0], states[-1]
    found = live_change(before, after)
    one = replace(standard, readings=(reading,))
    expected = compare(*(from_scratch(each).assessment((one,)) for each in (before, after)))
    for change in ("gained", "lost"):
        villages = expected.villages[expected.villages["change"] == change]
        assert sorted(getattr(found, change)) == sorted(villages["demand_id"])
    assert len(found.gained) + len(found.lost) > 0
    columns = ["zone_id", "zone_name", "gained", "lost", "villages_gained", "villages_lost"]
    pd.testing.assert_frame_equal(found.zones, expected.readings[columns], check_dtype=False)
