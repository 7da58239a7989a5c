"""Points that nothing serves: the nearest usable site, the other leg, where nothing may be built."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from shapely import Point

from coverage.candidates import Exclusion
from coverage.catchment import nearest_trips
from coverage.siting import SitingOptions
from coverage.studies.siting_advice import unservable_points
from coverage.studies.study_sites import SitingQuestion, answer_siting, with_exclusions
from tests.test_study_sites import CIRCLE, LAYERS, MODES, RING, TRIPS, ground_of

TWO = RING.readings[1]


def around(*names):
    """A red line around some villages."""
    shapes = [LAYERS.demand.geometry[name].buffer(30) for name in names]
    return Exclusion("生态保护红线", np.array(shapes, dtype=object))


@pytest.mark.parametrize("cutoff", [60.0, 100.0, 150.0, 350.0])
def test_the_other_leg_is_told_without_the_turn_out(cutoff):
    reading = replace(TWO, cutoff=cutoff)
    ground = ground_of(RING, reading, role="stations")
    points = unservable_points(ground, usable=set(ground.sites.index))
    hospitals = LAYERS.facilities[LAYERS.facilities["kind"] == "hospital"]
    leg = nearest_trips(
        TRIPS.network(MODES["drive"]), LAYERS.demand, hospitals, direction="to_facility"
    )["travel_time_s"]
    too_long = 0
    for name, row in points.iterrows():
        is_long = cutoff + 1e-6 < reading.turnout_s + leg[name] < math.inf
        assert ("单是" in row["advice"]) == is_long
        if is_long:
            text = f"单是到最近医院就要 {ground.cost_text(leg[name])}（另加出车准备 1 分钟），"
            assert text in row["advice"]
        too_long += is_long
    assert too_long or cutoff > 300


def test_a_village_where_nothing_may_be_built_is_not_told_to_build_there():
    bare = ground_of(names=["d0", "d4"])
    question = SitingQuestion(model="maximal_covering", sites=1)
    before = answer_siting(bare, question).unservable
    own = before.index[before["advice"].str.contains("在本村设点")]
    assert len(own) > 1
    assert before.loc[own, "advice"].str.contains("在红线等禁建范围内的除外").all()
    ground = with_exclusions(bare, TRIPS, [around(own[0])])
    assert ground.demand.drop(columns="barred").equals(bare.demand.drop(columns="barred"))
    points = answer_siting(ground, question).unservable
    assert points.loc[own[0], "advice"].startswith("本村在「生态保护红线」内，不能在村里设点；")
    assert "在本村设点" not in points.loc[own[0], "advice"]
    assert points.loc[own[0], "remedy"] != "own_site"
    rest = points.loc[own[1:], "advice"]
    assert rest.str.contains("在本村设点（列为候选点）").all()
    assert not rest.str.contains("禁建").any()
    # Nothing is forbidden where the project has no such areas.
    free = answer_siting(with_exclusions(bare, TRIPS, []), question).unservable
    assert not free["advice"].str.contains("禁建").any()


@pytest.mark.parametrize("bound", [None, 1500.0, math.inf])
@pytest.mark.parametrize("forbidden", [("v:d4",), ("v:d4", "v:d5", "v:d7", "v:d8"), ("v:d0",)])
def test_a_forbidden_site_is_never_the_nearest(bound, forbidden):
    whole = ground_of(bound=math.inf).matrix
    usable = whole[~whole["to_id"].isin(forbidden)].sort_values("travel_time_s", kind="stable")
    nearest = usable.drop_duplicates("from_id").set_index("from_id")
    ground = ground_of(bound=bound)
    question = SitingQuestion(model="maximal_covering", sites=1)
    answer = answer_siting(ground, question, options=SitingOptions(forbidden=forbidden))
    unknown = 0
    for name, row in answer.unservable.iterrows():
        assert row["site_id"] not in forbidden
        if math.isnan(row["cost"]):
            unknown += 1
            assert row["site_id"] is None
            assert math.isnan(row["over"])
            assert "最近的可用地点没有测算" in row["advice"]
            assert "放宽到" not in row["advice"]
            assert "不连通" not in row["advice"]
        elif name in nearest.index:
            assert row["cost"] == pytest.approx(nearest.loc[name, "travel_time_s"])
            assert row["site_id"] == nearest.loc[name, "to_id"]
        else:
            assert row["cost"] == math.inf
    if bound is not None and bound == math.inf:
        assert unknown <= len(set(answer.unservable.index) - set(nearest.index))


def test_what_is_forbidden_is_told_where_all_is_measured():
    ground = ground_of(bound=math.inf)
    options = SitingOptions(forbidden=("v:d5", "v:d8", "v:d7"))
    question = SitingQuestion(model="maximal_covering", sites=1)
    points = answer_siting(ground, question, options=options).unservable
    assert points["cost"].notna().sum() >= len(points) - 1
    assert CIRCLE.readings[0].cutoff < points["cost"].min()


def test_a_straight_line_has_no_other_leg():
    ground = ground_of(CIRCLE, CIRCLE.readings[2])
    assert (ground.demand["other_cost"] == 0).all()
    one = Exclusion("水面", np.array([Point(0, 0).buffer(1)], dtype=object))
    assert set(with_exclusions(ground, TRIPS, [one]).demand["barred"]) == {""}
