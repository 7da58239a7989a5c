"""From a project's layers to a siting answer, held against the assessment itself."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from coverage.assessment import assess
from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.errors import SitingError
from coverage.impedance import TravelMode
from coverage.requests import TOLERANCE
from coverage.siting import SitingOptions
from coverage.standards import Clause, Reading, Standard
from coverage.studies import siting_own
from coverage.studies.siting_bound import MOST_PAIRS
from coverage.studies.study import CapacityRule, Layers, counted_facilities
from coverage.studies.study_sites import (
    MODELS,
    SiteAmounts,
    SitingQuestion,
    answer_siting,
    far_bound,
    own_choice,
    site_curve,
    sites_meaning,
    siting_ground,
    upgrade_ground,
    with_places,
)
from coverage.studies.study_trips import StudyTrips, cost_of
from tests.networks import METRIC_CRS, toy_roads

SIDE, STEP = 4, 1000.0

MODES = {
    "walk": TravelMode("walk", "步行", "测试", "foot", {"residential": 3.6, "trunk": 7.2}, 3.6),
    "ride": TravelMode("ride", "骑行", "测试", "bicycle", {"residential": 9.0}, 3.6),
    "walk_or_ride": TravelMode("walk_or_ride", "步行或骑行", "测试", faster_of=("walk", "ride")),
    "drive": TravelMode(
        "drive", "驾车", "测试", "motor", {"residential": 36.0, "trunk": 72.0}, 3.6
    ),
}

CIRCLE = Standard(
    standard_id="circle",
    name="15分钟圈",
    kinds=("central", "general"),
    demand_group="population",
    scope="all",
    mode_id="walk_or_ride",
    direction="to_facility",
    target=0.9,
    target_note="测试",
    clauses=(Clause("plan", "规划", "一", "原文"),),
    readings=(
        Reading("circle", "15分钟", "travel_time", 500.0),
        Reading("circle_network", "1.2公里（路网）", "network_distance", 1200.0),
        Reading("circle_straight", "1.2公里（直线）", "straight_line", 1200.0),
    ),
)

RING = replace(
    CIRCLE,
    standard_id="ring",
    name="救治圈",
    kinds=("hospital",),
    mode_id="drive",
    readings=(
        Reading("ring", "驾车", "travel_time", 260.0),
        Reading("ring_two", "两段", "travel_time", 460.0, station_kinds=("station",), turnout_s=60),
    ),
)

STANDARDS = (CIRCLE, RING)
READINGS = [(standard, reading) for standard in STANDARDS for reading in standard.readings]


def ids_of(case):
    return case[1].reading_id


def layers_of(seed=0):
    """
    Villages beside the corners of a grid of 4 x 4 roads, some of them one-way, some quicker.

    The last village is far from every road, the one before on a road of its own; one lies
    outside the study area, one has an unknown population.
    """
    draw = np.random.default_rng(seed)
    corner = {i: (STEP * (i % SIDE), STEP * (i // SIDE)) for i in range(SIDE * SIDE)}
    corner |= {90: (20_000.0, 0.0), 91: (20_500.0, 0.0)}
    pairs = [(i, i + 1) for i in range(SIDE * SIDE) if i % SIDE < SIDE - 1]
    pairs += [(i, i + SIDE) for i in range(SIDE * (SIDE - 1))]
    edges = [(*pair, draw.choice(["residential", "trunk"], p=[0.8, 0.2])) for pair in pairs]
    edges.append((90, 91, "residential"))
    bits = draw.choice([1, 2, 3], len(pairs), p=[0.15, 0.15, 0.7]).tolist()
    roads = toy_roads(edges, corner, access={"motor": [*bits, 3], "bicycle": [*bits, 3]})
    places = [
        Point(STEP * (i % SIDE) + draw.uniform(-80, 80), STEP * (i // SIDE) + draw.uniform(-80, 80))
        for i in range(9)
    ]
    places += [Point(20_250, 10), Point(1500, 5000), Point(3500, 3500)]
    count = len(places)
    people = draw.integers(1, 9, count) * 10.0
    people[2] = np.nan
    zone = ["a" if place.x <= 1500 else "b" for place in places]
    zone[-1] = None
    demand = gpd.GeoDataFrame(
        {
            "demand_name": [f"村{i}" for i in range(count)],
            "population": people,
            "origin": "list",
            "zone_id": zone,
        },
        index=pd.Index([f"d{i}" for i in range(count)], name="demand_id"),
        geometry=places,
        crs=METRIC_CRS,
    )
    zones = gpd.GeoDataFrame(
        {"zone_name": ["甲镇", "乙镇", "空镇"], "zone_level": "township"},
        index=pd.Index(["a", "b", "c"], name="zone_id"),
        geometry=[
            box(-900, -900, 1500, 5100),
            box(1500, -900, 21_000, 3200),
            box(0, 9e3, 9, 9.1e3),
        ],
        crs=METRIC_CRS,
    )
    kinds = ["central", "general", "hospital", "station", "general"]
    at = [(0, 30), (2000, 40), (3000, 1000), (1000, 2000), (3600, 3600)]
    facilities = gpd.GeoDataFrame(
        {
            "facility_name": [f"设施{i}" for i in range(len(kinds))],
            "kind": kinds,
            "origin": "list",
            "capacity_beds": [5.0, 3.0, 10.0, np.nan, 2.0],
            "turnout_s": [np.nan, np.nan, np.nan, 30.0, np.nan],
        },
        index=pd.Index([f"f{i}" for i in range(len(kinds))], name="facility_id"),
        geometry=[Point(*xy) for xy in at],
        crs=METRIC_CRS,
    )
    rules = tuple(CapacityRule(one.standard_id, "capacity_beds", 10.0, "测试") for one in STANDARDS)
    return Layers("示例", "", zones, demand, facilities, roads, capacity_rules=rules)


def candidates_of(layers, names=("d0", "d4", "d5", "d7", "d8", "d3")):
    rows = layers.demand.loc[list(names)]
    return gpd.GeoDataFrame(
        {"candidate_name": rows["demand_name"], "origin": "village"},
        index=pd.Index([f"v:{name}" for name in rows.index], name="candidate_id"),
        geometry=rows.geometry.to_numpy(),
        crs=rows.crs,
    )


def trips_of(layers):
    return StudyTrips(layers, MODES, DEFAULT_UNCERTAINTY)


LAYERS = layers_of()
TRIPS = trips_of(LAYERS)


def ground_of(standard=CIRCLE, reading=None, *, trips=TRIPS, names=None, **more):
    candidates = candidates_of(trips.layers, **({} if names is None else {"names": names}))
    return siting_ground(
        trips, standard, reading or standard.readings[0], candidates=candidates, **more
    )


@functools.cache
def assessed(cross_border):
    """The zones of all readings, assessed."""
    standards = [replace(one, cross_border=cross_border) for one in STANDARDS]
    return assess(LAYERS, standards=standards, modes=MODES, with_service_areas=False).zones


@pytest.mark.parametrize("case", READINGS, ids=ids_of)
@pytest.mark.parametrize("cross_border", [True, False])
def test_the_share_before_is_that_of_the_assessment(case, cross_border):
    standard, reading = replace(case[0], cross_border=cross_border), case[1]
    ground = ground_of(standard, reading)
    answer = answer_siting(ground, SitingQuestion(model="maximal_covering", sites=2))
    zones = assessed(cross_border)
    zones = zones[zones["reading_id"] == reading.reading_id].set_index("zone_id")
    assert answer.figures["standing_share"] == zones.loc["", "share"]
    assert answer.figures["villages_before"] == zones.loc["", "villages_covered"]
    assert answer.zones["covered_before"].to_dict() == zones["covered"].to_dict()
    assert answer.zones["population"].to_dict() == zones["population"].to_dict()


ROLES = [(*case, "facilities") for case in READINGS] + [(*READINGS[-1], "stations")]


def measured(trips, standard, reading, *, facilities, stations):
    """Covered people by zone, by the trips that the assessment itself is made of."""
    table = trips.trips(standard, reading, facilities, stations=stations)
    within = table[cost_of(reading)] <= reading.cutoff + TOLERANCE
    demand = trips.layers.demand
    people = demand["population"].where(within & demand["zone_id"].notna(), 0.0).fillna(0.0)
    sums = people.groupby(demand["zone_id"]).sum().reindex(trips.layers.zones.index, fill_value=0.0)
    return {**sums.to_dict(), "": people.sum()}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("case", ROLES, ids=lambda case: f"{case[1].reading_id}-{case[2]}")
def test_the_answer_measured_anew_covers_as_many(case, seed):
    standard, reading, role = case
    trips = trips_of(layers_of(seed))
    ground = ground_of(standard, reading, trips=trips, role=role)
    answer = answer_siting(ground, SitingQuestion(model="maximal_covering", sites=2))
    ends = {
        "facilities": counted_facilities(trips.layers, standard, standard.kinds),
        "stations": counted_facilities(trips.layers, standard, reading.station_kinds),
    }
    ends[role] = ground.sites.loc[list(answer.result.selected)]
    after = measured(trips, standard, reading, **ends)
    assert answer.zones["covered_after"].to_dict() == after


@pytest.mark.parametrize("existing", ["locked", "closable", "ignored"])
def test_no_other_sites_cover_more(existing):
    trips, reading = trips_of(layers_of(5)), CIRCLE.readings[0]
    ground = ground_of(trips=trips, names=["d0", "d4", "d5", "d8"])
    question = SitingQuestion(model="maximal_covering", sites=2, existing=existing)
    answer = answer_siting(ground, question)
    stands, new = list(ground.existing), list(ground.candidates)
    best = 0.0
    for chosen in itertools.combinations(new + (stands if existing == "closable" else []), 2):
        names = {*chosen, *(stands if existing == "locked" else ())}
        facilities = ground.sites.loc[sorted(names)]
        after = measured(trips, CIRCLE, reading, facilities=facilities, stations=facilities)
        best = max(best, after[""])
    assert answer.result.status == "optimal"
    assert answer.figures["covered_after"] == answer.result.objective == best


def test_the_shortest_way_counts_in_metres_though_another_is_quicker():
    roads = toy_roads(
        [(0, 1, "residential"), (0, 2, "trunk"), (2, 1, "trunk")],
        {0: (0, 0), 1: (1000, 0), 2: (500, 400)},
    )
    at = gpd.GeoDataFrame(
        {"demand_name": ["村"], "population": [10.0], "origin": "list", "zone_id": ["a"]},
        index=pd.Index(["d0"], name="demand_id"), geometry=[Point(0, 0)], crs=METRIC_CRS,
    )  # fmt: skip
    layers = replace(LAYERS, roads=roads, demand=at)
    places = gpd.GeoDataFrame(
        {"candidate_name": ["东"]}, index=pd.Index(["e"]), geometry=[Point(1000, 0)], crs=METRIC_CRS
    )
    far = math.inf
    for reading, cost in zip(
        CIRCLE.readings, (2 * math.hypot(500, 400) / 2, 1000, 1000), strict=True
    ):
        standard = replace(CIRCLE, mode_id="walk")
        ground = siting_ground(trips_of(layers), standard, reading, candidates=places, bound=far)
        row = ground.matrix.set_index("to_id").loc["e"]
        assert row[ground.cost] == pytest.approx(cost)


AMOUNTS = SiteAmounts(
    persons=60.0, opening_cost=1e4, budget=900.0, site_cost=200.0, bed_cost=20.0, beds=8.0
)

QUESTIONS = [
    SitingQuestion(model="location_set_covering"),
    SitingQuestion(model="location_set_covering", share=0.5),
    SitingQuestion(model="maximal_covering", sites=3),
    SitingQuestion(model="p_median", sites=3),
    SitingQuestion(model="p_center", sites=3),
    SitingQuestion(model="capacitated_covering", sites=3, amounts=AMOUNTS),
    SitingQuestion(model="capacitated_facility_location", amounts=replace(AMOUNTS, persons=900.0)),
    SitingQuestion(model="backup_covering", sites=3),
    SitingQuestion(model="equity_floor", share=0.4),
    SitingQuestion(model="standards_covering", sites=3),
    SitingQuestion(model="budget_covering", amounts=AMOUNTS),
    SitingQuestion(model="closing"),
    SitingQuestion(model="closing", close=1),
    SitingQuestion(model="building_order", years=((2025, 1), (2030, 3))),
    SitingQuestion(model="upgrade", sites=1),
]


def test_every_model_is_asked_below():
    assert {question.model for question in QUESTIONS} == set(MODELS)


@functools.cache
def kept_ground(standard_id, bound):
    """A ground that several tests ask; nothing changes it."""
    return ground_of(CIRCLE if standard_id == "circle" else RING, bound=bound)


def answered(question, **more):
    if question.model == "upgrade":
        reading = CIRCLE.readings[0]
        ground = upgrade_ground(TRIPS, CIRCLE, reading, from_kind="general", to_kind="central")
        return answer_siting(ground, question, **more)
    far = math.inf if question.model in ("p_median", "p_center") else None
    if question.model == "capacitated_facility_location":
        far = math.inf
    others = ()
    if question.model == "standards_covering":
        others = (kept_ground("ring", None),)
    return answer_siting(kept_ground("circle", far), question, others=others, **more)


@pytest.mark.parametrize("existing", ["locked", "closable", "ignored"])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.model)
def test_what_the_sites_add_is_what_changes(question, existing):
    asked = replace(question, existing=existing)
    if existing == "closable" and question.model == "building_order":
        with pytest.raises(SitingError, match="分年建设不能同时撤并现有设施"):
            answered(asked)
        return
    answer = answered(asked)
    figures, sites, zones = answer.figures, answer.sites, answer.zones
    assert answer.result.status == "optimal" or question.model == "building_order"
    assert sites["adds_people"].sum() == pytest.approx(figures["added_people"])
    assert sites["adds_villages"].sum() == figures["added_villages"]
    states = sites["state"].value_counts()
    assert [states.get(name, 0) for name in ("new", "kept", "closed")] == [
        figures["new"], figures["kept"], figures["closed"],
    ]  # fmt: skip
    for when in ("before", "after"):
        column = zones[f"covered_{when}"]
        assert column[""] == pytest.approx(column.drop("").sum())
        assert column[""] == pytest.approx(figures[f"covered_{when}"])
    assert list(answer.assignment["demand_id"].unique()) == list(answer.ground.demand.index)
    assert (sites["reason"].str.len() > 0).all()
    # Nobody who is covered with one site less was covered by it alone.
    open_sites = set(sites.index[sites["state"] != "closed"])
    assert sites.loc[sites["state"] == "closed", "only_people"].sum() == 0
    assert open_sites == set(answer.result.selected) & set(answer.ground.sites.index)


def test_contributions_are_greedy_and_the_last_ones_are_marginal():
    answer = answered(SitingQuestion(model="maximal_covering", sites=4, existing="ignored"))
    adds = answer.sites["adds_people"]
    assert adds.is_monotonic_decreasing
    assert answer.sites["step"].tolist() == [1, 2, 3, 4]
    ground = answer.ground
    for name in answer.sites.index:
        rest = ground.within[ground.within["to_id"].isin(set(answer.sites.index) - {name})]
        covered = ground.weights[ground.weights.index.isin(rest["from_id"])].sum()
        lost = answer.figures["covered_after"] - covered
        assert answer.sites.loc[name, "only_people"] == pytest.approx(lost)
    # The last to be counted adds what only it covers.
    assert adds.iloc[-1] == answer.sites["only_people"].iloc[-1]


def test_the_reason_names_the_largest_villages():
    layers = replace(LAYERS, facilities=LAYERS.facilities.iloc[:0])
    people = pd.Series(100.0, index=layers.demand.index)
    people[["d0", "d1", "d4"]] = [620.0, 1240.0, 7.0]
    layers = replace(layers, demand=layers.demand.assign(population=people))
    ground = ground_of(CIRCLE, CIRCLE.readings[2], trips=trips_of(layers), names=["d0"])
    answer = answer_siting(ground, SitingQuestion(model="maximal_covering", sites=1))
    assert (
        answer.sites["reason"]
        .iloc[0]
        .startswith(
            "新增覆盖 3 个村 1,867 人，其中村1 1,240 人、村0 620 人、村4 7 人；方案中只靠它覆盖的有 3 个村"
        )
    )
    assert math.isnan(answer.figures["standing_share"])
    assert "覆盖由 0.0% 变为" in " ".join(answer.sentences)


def test_unknown_people_count_nothing_and_are_told():
    ground = ground_of()
    assert ground.weights["d2"] == 0
    assert [notice.message for notice in ground.notices] == [
        "1 个需求点的常住人口未知，选址时按 0 人计，第一个是 'd2'；补齐后结果可能不同。"
    ]
    nobody = replace(LAYERS, demand=LAYERS.demand.assign(population=math.nan))
    ground = ground_of(trips=trips_of(nobody))
    with pytest.raises(SitingError, match=r"^需求点的人口都未知或为 0，无法按人选址。请补齐"):
        answer_siting(ground, SitingQuestion(model="maximal_covering", sites=1))
    assert answer_siting(ground, SitingQuestion(model="location_set_covering")).result.selected


def test_points_that_nothing_serves_are_named_with_what_helps():
    ground = ground_of(names=["d0", "d4"])
    answer = answer_siting(ground, SitingQuestion(model="maximal_covering", sites=1))
    points = answer.unservable
    assert "d11" not in points.index  # outside the study area
    assert points["population"].fillna(0).is_monotonic_decreasing
    cut_off = points.loc["d9"]
    assert cut_off["remedy"] == "disconnected"
    assert cut_off["cost"] == math.inf
    assert cut_off["advice"] == (
        "道路不连通，到不了任何候选点和现有设施，需先接通道路，或在本村设点（列为候选点；在红线等禁建范围内的除外）"
    )
    remote = points.loc["d10"]
    assert remote["remedy"] == "road"
    assert remote["advice"].startswith("离最近道路 2.0 公里，需先修路或核对路网，或放宽到 ")
    near = points[points["remedy"] == "own_site"]
    assert len(near)
    assert (
        near["advice"]
        .str.startswith("在本村设点（列为候选点；在红线等禁建范围内的除外），或放宽到 ")
        .all()
    )
    assert len(points) == (~answer.assignment.set_index("demand_id").loc[
        ground.demand.index.difference(set(ground.within["from_id"])), "covered_after"
    ]).sum()  # fmt: skip
    assert answer.sentences[1].startswith(f"{len(points)} 个村 ")


@pytest.mark.parametrize("case", [READINGS[0], READINGS[2], READINGS[4]], ids=ids_of)
def test_a_cutoff_relaxed_as_advised_suffices(case):
    standard, reading = case
    ground = ground_of(standard, reading, names=["d0", "d4"])
    question = SitingQuestion(model="maximal_covering", sites=1)
    points = answer_siting(ground, question).unservable
    unit = 60.0 if ground.cost == "travel_time_s" else 1000.0
    for demand_id, row in points[np.isfinite(points["cost"])].tail(2).iterrows():
        text = row["advice"].split("放宽到 ")[1].split(" ")[0]
        wider = replace(reading, cutoff=float(text) * unit)
        after = answer_siting(ground_of(standard, wider, names=["d0", "d4"]), question).unservable
        assert demand_id not in after.index
        closer = replace(reading, cutoff=row["cost"] - 1.0)
        after = answer_siting(ground_of(standard, closer, names=["d0", "d4"]), question).unservable
        assert demand_id in after.index


def test_a_site_in_the_village_serves_where_that_is_advised():
    question = SitingQuestion(model="maximal_covering", sites=1)
    points = answer_siting(ground_of(names=["d0", "d4"]), question).unservable
    advised = points.index[points["advice"].str.contains("在本村设点")]
    assert len(advised)
    ground = ground_of(names=["d0", "d4", *advised])
    after = answer_siting(ground, question).unservable
    assert not set(after.index) & set(advised)


def test_own_choice_is_held_against_the_best_of_as_many():
    ground = ground_of()
    best = answer_siting(ground, SitingQuestion(model="maximal_covering", sites=2))
    mine = [name for name in ground.candidates if name not in best.result.selected][:2]
    own = own_choice(ground, SitingQuestion(model="maximal_covering"), mine)
    within = ground.within[ground.within["to_id"].isin([*mine, *ground.existing])]
    covered = ground.weights[ground.weights.index.isin(within["from_id"])].sum()
    people = ground.weights.sum()
    assert (own.sites, own.value, own.best) == (2, covered, best.result.objective)
    assert own.people == best.result.objective - covered
    share, top = covered / people, best.result.objective / people
    assert own.sentence == f"你的 2 处覆盖 {share:.1%}，最优 {top:.1%}"
    optimum = [name for name in best.result.selected if name in ground.candidates]
    assert own_choice(ground, SitingQuestion(model="maximal_covering"), optimum).people == 0


def test_own_places_become_candidates_of_the_best_too():
    places = candidates_of(LAYERS, names=("d1", "d6"))
    ground = with_places(ground_of(), TRIPS, places)
    whole = ground_of(names=("d0", "d4", "d5", "d7", "d8", "d3", "d1", "d6"))
    order = ["from_id", "to_id"]
    pd.testing.assert_frame_equal(
        ground.matrix.sort_values(order, ignore_index=True),
        whole.matrix.sort_values(order, ignore_index=True),
    )
    pd.testing.assert_frame_equal(ground.demand, whole.demand)
    assert list(ground.sites.index) == list(whole.sites.index)
    own = own_choice(ground, SitingQuestion(model="maximal_covering"), ["v:d1", "v:d6"])
    assert own.best >= own.value
    assert with_places(ground, TRIPS, places) is ground


@pytest.mark.parametrize("model", ["p_median", "p_center"])
def test_own_choice_by_the_way_people_go(model):
    ground = ground_of(bound=math.inf)
    mine = list(ground.candidates[:2])
    own = own_choice(ground, SitingQuestion(model=model), mine)
    table = ground.matrix[ground.matrix["to_id"].isin([*mine, *ground.existing])]
    nearest = table.groupby("from_id")[ground.cost].min()
    weights = ground.weights.reindex(nearest.index)
    value = (nearest @ weights) / weights.sum() if model == "p_median" else nearest.max()
    assert own.value == pytest.approx(value)
    assert own.best <= own.value
    assert own.sentence.startswith(f"你的 2 处{'平均' if model == 'p_median' else '最远'} ")


@pytest.mark.parametrize("model", ["p_median", "p_center"])
def test_own_sites_that_leave_a_village_out_are_not_called_nearer(model):
    # The village on a road of its own can be reached from its own candidate only.
    ground = ground_of(bound=math.inf, names=("d0", "d4", "d9"))
    own = own_choice(ground, SitingQuestion(model=model), ["v:d0", "v:d4"])
    assert own.sentence == "你的 2 处到不了全部需求点，无法与最优相比"
    assert own.value == math.inf
    assert "v:d9" in own.result.selected
    assert math.isfinite(own.best)


def test_where_only_a_bound_is_known_nothing_is_called_best(monkeypatch):
    ground = ground_of()
    solve = siting_own.solve_question

    def stopped(ground, question, *, options):
        result, order = solve(ground, question, options=options)
        if not options.forbidden:
            result = replace(result, status="feasible", bound=result.objective + 10, gap=0.1)
        return result, order

    monkeypatch.setattr(siting_own, "solve_question", stopped)
    mine = list(ground.candidates[:2])
    own = own_choice(ground, SitingQuestion(model="maximal_covering"), mine)
    top = own.bound / ground.weights.sum()
    assert own.sentence == (
        f"你的 2 处覆盖 {own.value / ground.weights.sum():.1%}，已找到的最好方案 "
        f"{own.best / ground.weights.sum():.1%}，上界 {top:.1%}（未证完）"
    )


def test_an_early_end_is_never_called_optimal():
    def at_once(*_):
        return True

    options = SitingOptions(progress=at_once, ties=5)
    answer = answer_siting(
        ground_of(), SitingQuestion(model="maximal_covering", sites=3), options=options
    )
    if answer.result.status != "optimal":
        assert not any("最优" in line for line in answer.sentences)
        assert any(line.startswith("未证完") for line in answer.sentences)


def test_the_curve_never_falls_and_what_it_adds_sums_up():
    ground = ground_of()
    question = SitingQuestion(model="maximal_covering", sites=1)
    curve = site_curve(ground, question, counts=[1, 2, 4], options=SitingOptions())
    assert list(curve.index) == [1, 2, 4]
    assert curve["covered"].is_monotonic_increasing
    before = answer_siting(ground, question).figures["covered_before"]
    assert curve["added"].sum() == pytest.approx(curve["covered"].iloc[-1] - before)
    standing = set(ground.existing)
    for _, row in curve.iterrows():
        standing = (standing | set(row["built"])) - set(row["dropped"])
        assert standing == set(row["selected"])
    with pytest.raises(SitingError, match=r"^要新建 9 处，但可用的候选点只有 6 个"):
        site_curve(ground, question, counts=[9], options=SitingOptions())


def test_equal_answers_are_told_by_what_is_different():
    layers = replace(LAYERS, demand=LAYERS.demand.assign(population=10.0))
    ground = ground_of(CIRCLE, CIRCLE.readings[2], trips=trips_of(layers))
    answer = answer_siting(
        ground,
        SitingQuestion(model="maximal_covering", sites=1, existing="ignored"),
        options=SitingOptions(ties=50),
    )
    for instead, of in answer.ties:
        assert len(instead) == len(of) == 1
        reach = ground.within.groupby("to_id").size()
        assert reach[instead[0]] == reach[of[0]]
    if answer.ties:
        line = f"与之同优的还有 {len(answer.ties)} 组，可按用地和权属选择"
        assert line in answer.sentences


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (SitingQuestion(model="maximal_covering", sites=7), "^要新建 7 处，但可用的候选点只有 6 个"),
        (SitingQuestion(model="maximal_covering"), "^模型「定数设施覆盖最多的人」要写明设施个数"),
        (SitingQuestion(model="maximal_covering", sites=-1), "^设施个数应为不小于 1 的整数，现为 -1"),
        (
            SitingQuestion(model="maximal_covering", sites=0, existing="ignored"),
            "^设施个数应为不小于 1 的整数，现为 0",
        ),
        (SitingQuestion(model="best", sites=1), "^没有「best」这个模型，可用的有 location_set"),
        (
            SitingQuestion(model="p_median", sites=1, existing="maybe"),
            "^现有设施的处理应为 locked（保留）、closable（可撤并）或 ignored（不计），现为 'maybe'",
        ),
        (SitingQuestion(model="location_set_covering", share=0.99), "^覆盖率要求 99.0% 做不到"),
        (SitingQuestion(model="building_order"), "^分年建设要写明各年新建几处"),
        (SitingQuestion(model="standards_covering", sites=1), "^兼顾几个标准时，至少要另外再选"),
        (SitingQuestion(model="capacitated_covering", sites=1), "^要写明每处新设施能服务多少人"),
        (
            SitingQuestion(
                model="capacitated_facility_location", amounts=SiteAmounts(persons=10.0)
            ),
            "^要写明每新建一处抵得上多少路程",
        ),
        (SitingQuestion(model="budget_covering"), "^在预算内选址还缺：预算（万元，命令行用 --budget）、每处"),
        (SitingQuestion(model="closing", close=3), "^现有 3 处设施，不能撤并 3 处"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(question, sentence):
    with pytest.raises(SitingError, match=sentence):
        answer_siting(kept_ground("circle", None), question)


def test_unknown_capacity_of_standing_facilities_is_refused():
    bare = replace(LAYERS, facilities=LAYERS.facilities.assign(capacity_beds=math.nan))
    question = SitingQuestion(model="capacitated_covering", sites=1, amounts=AMOUNTS)
    with pytest.raises(
        SitingError, match=r"^3 处现有设施没有填写现有设施的容量（人），第一处是「设施0」"
    ):
        answer_siting(ground_of(trips=trips_of(bare)), question)
    ruleless = replace(LAYERS, capacity_rules=())
    with pytest.raises(SitingError, match=r"^项目没有写明「15分钟圈」每单位容量服务几个人"):
        answer_siting(ground_of(trips=trips_of(ruleless)), question)
    ignored = replace(question, existing="ignored")
    assert answer_siting(ground_of(trips=trips_of(bare)), ignored).result.status == "optimal"


def test_a_leg_that_is_not_there_cannot_be_sited():
    with pytest.raises(SitingError, match=r"^「15分钟圈·15分钟」只算一段路程，没有急救站可以选址"):
        ground_of(role="stations")
    hospital_only = LAYERS.facilities[LAYERS.facilities["kind"] != "station"]
    trips = trips_of(replace(LAYERS, facilities=hospital_only))
    with pytest.raises(SitingError, match=r"^「救治圈·两段」要有急救站才能算另一段路程"):
        ground_of(RING, RING.readings[1], trips=trips)
    with pytest.raises(SitingError, match=r"^研究区内没有类别为 clinic 的设施，没有可升级的"):
        upgrade_ground(TRIPS, CIRCLE, CIRCLE.readings[0], from_kind="clinic", to_kind="central")
    empty = replace(LAYERS, demand=LAYERS.demand.assign(zone_id=None))
    with pytest.raises(SitingError, match=r"^研究区内没有「15分钟圈」所针对的需求点，无从选址"):
        ground_of(trips=trips_of(empty))
    none = candidates_of(LAYERS).iloc[:0]
    ground = siting_ground(TRIPS, CIRCLE, CIRCLE.readings[0], candidates=none)
    with pytest.raises(SitingError, match=r"^没有任何候选点"):
        answer_siting(ground, SitingQuestion(model="maximal_covering", sites=1))
    assert answer_siting(ground, SitingQuestion(model="closing")).result.status == "optimal"


def test_what_the_number_means_is_said():
    ground = ground_of()
    asked = [
        SitingQuestion(model="maximal_covering", sites=2),
        SitingQuestion(model="maximal_covering", sites=2, existing="closable"),
        SitingQuestion(model="maximal_covering", sites=2, existing="ignored"),
        SitingQuestion(model="location_set_covering"),
        SitingQuestion(model="closing"),
        SitingQuestion(model="closing", close=1),
        SitingQuestion(model="upgrade", sites=1),
    ]
    assert [sites_meaning(question, ground) for question in asked] == [
        "新建 2 处，现有 3 处全部保留",
        "新旧合计 2 处，现有 3 处可以撤并",
        "共 2 处，不计现有设施",
        "新建若干处，现有 3 处全部保留",
        "在现有 3 处中撤去不减少覆盖的",
        "在现有 3 处中撤 1 处",
        "升级 1 处，现有 3 处全部保留",
    ]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.model)
def test_a_wish_for_a_place_that_cannot_be_chosen_changes_nothing(question):
    wish = SitingOptions(preferred=("v:d4", "elsewhere"))
    wished, plain = answered(question, options=wish), answered(question)
    assert wished.result.objective == pytest.approx(plain.result.objective)


def test_a_candidate_outside_serves_nobody_where_facilities_there_do_not_count():
    places = candidates_of(LAYERS, names=("d4", "d11"))
    places.loc["v:d11", "geometry"] = Point(-950, 2000)
    reading = CIRCLE.readings[2]
    inside = replace(CIRCLE, cross_border=False)
    asked = {name: siting_ground(TRIPS, name, reading, candidates=places.iloc[:1])
             for name in (CIRCLE, inside)}  # fmt: skip
    for standard, ground in asked.items():
        whole = siting_ground(TRIPS, standard, reading, candidates=places)
        wider = with_places(ground, TRIPS, places)
        for each in (whole, wider):
            assert ("v:d11" in set(each.within["to_id"])) is standard.cross_border
        told = (
            "1 个候选点在研究区以外，「15分钟圈」不计界外设施，建了也不算覆盖，第一个是「v:d11」。"
        )
        assert (told in [one.message for one in whole.notices]) is not standard.cross_border
        own = own_choice(wider, SitingQuestion(model="maximal_covering"), ["v:d11"])
        facilities = counted_facilities(LAYERS, standard, standard.kinds)
        added = pd.concat([facilities, whole.sites.loc[["v:d11"]]])
        ends = added if standard.cross_border else facilities
        after = measured(TRIPS, standard, reading, facilities=ends, stations=ends)
        assert own.value == after[""]


def test_what_several_standards_close_is_told_of_each():
    grounds = kept_ground("circle", None), kept_ground("ring", None)
    every = len({name for each in grounds for name in each.sites.index})
    for sites, stays in ((1, False), (every, True)):
        question = SitingQuestion(model="standards_covering", sites=sites, existing="closable")
        answer = answer_siting(grounds[0], question, others=grounds[1:])
        chosen = answer.result.selected
        assert ("f2" in chosen) is stays
        covered = answer.result.figures["share:救治圈"]
        before = grounds[1].within
        before = before[before["to_id"] == "f2"]["from_id"].unique()
        share = grounds[1].weights[before].sum() / grounds[1].weights.sum()
        assert answer.sentences[-1] == (
            f"兼顾「救治圈·驾车」：覆盖由 {share:.1%} 变为 {covered:.1%}；"
            f"它另有现有设施 1 处，{'全部保留' if stays else '撤并 1 处：设施2'}"
        )


def test_who_goes_nowhere_has_no_site():
    assignment = answered(SitingQuestion(model="maximal_covering", sites=1)).assignment
    nowhere = assignment[assignment["cost"].isna()]
    assert len(nowhere)
    assert set(nowhere["site_id"]) == {None}


def test_upgraded_facilities_are_those_of_the_kind():
    ground = upgrade_ground(
        TRIPS, CIRCLE, CIRCLE.readings[0], from_kind="general", to_kind="central"
    )
    assert (ground.existing, ground.candidates) == (("f0",), ("f1",))  # f4 is outside the area
    answer = answer_siting(ground, SitingQuestion(model="upgrade", sites=1))
    assert answer.sites.loc["f1", "state"] == "new"
    assert "升级 1 处，现有 1 处全部保留" in " ".join(answer.sentences)


def test_candidates_that_stand_already_and_ids_that_are_taken():
    rows = candidates_of(LAYERS, names=("d0", "d4", "d5")).set_axis(["f0", "f1", "x"])
    rows["origin"] = ["facility", "village", "village"]
    rows["source_id"] = ["f0", "d4", "d5"]
    rows.loc["f0", "geometry"] = LAYERS.facilities.geometry["f0"]
    ground = siting_ground(TRIPS, CIRCLE, CIRCLE.readings[0], candidates=rows)
    assert ground.candidates == ("候选-f1", "x")
    assert "1 个候选点的代码与设施代码相同，已在前面加上「候选-」。" in [
        notice.message for notice in ground.notices
    ]


def test_how_far_is_looked_is_bounded():
    reading = CIRCLE.readings[0]
    assert far_bound(reading, demand=1000, sites=MOST_PAIRS // 1000) == math.inf
    assert far_bound(reading, demand=1000, sites=MOST_PAIRS // 1000 + 1) == 2000.0
    assert ground_of(bound=10.0).bound == reading.cutoff


def test_nothing_that_goes_in_is_changed():
    layers = layers_of(3)
    candidates = candidates_of(layers)
    copies = [each.copy() for each in (layers.demand, layers.facilities, layers.zones, candidates)]
    ground = siting_ground(trips_of(layers), CIRCLE, CIRCLE.readings[0], candidates=candidates)
    matrix = ground.matrix.copy()
    answer_siting(ground, SitingQuestion(model="maximal_covering", sites=2, existing="closable"))
    for before, after in zip(
        copies, (layers.demand, layers.facilities, layers.zones, candidates), strict=True
    ):
        pd.testing.assert_frame_equal(before, after)
    pd.testing.assert_frame_equal(matrix, ground.matrix)
