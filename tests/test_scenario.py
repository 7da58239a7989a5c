"""Scenarios on layers: what actions do, what is refused, undo and redo, scenarios side by side."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from coverage.assessment import assess
from coverage.changes.road_change import RoadChange
from coverage.contracts import FACILITIES, problems
from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.errors import ScenarioError
from coverage.rules.verdict_table import Judged
from coverage.scenario import (
    FacilityAction,
    History,
    Scenario,
    action_faults,
    apply_scenario,
    changed_verdicts,
    compare_scenarios,
    facilities_after,
    new_facility_id,
    new_scenario_id,
)
from coverage.scenario_contracts import SCENARIO_RESULTS
from coverage.standards import FacilityKind
from coverage.studies.study import counted_facilities
from coverage.studies.study_trips import StudyTrips, cost_of
from tests.test_assessment import CIRCLE, MODES, county

if TYPE_CHECKING:
    from coverage.studies.study import Layers

KINDS = {
    "village_clinic": FacilityKind(
        "village_clinic", "村卫生室", "医疗", "village", "#111111", "卫"
    ),
    "township_clinic": FacilityKind(
        "township_clinic", "卫生院", "医疗", "township", "#222222", "院"
    ),
}


def layers() -> Layers:
    """`tests.test_assessment.county` with two clinics of 村 and one of 乡镇, of which facts differ."""
    given_layers = county()
    facilities = given_layers.facilities.iloc[[0, 0, 0]].copy()
    facilities.index = pd.Index(["c1", "c2", "c3"], name="facility_id")
    facilities["facility_name"] = ["甲", None, "丙"]
    facilities["kind"] = ["village_clinic", "village_clinic", "township_clinic"]
    facilities["origin"] = "list"
    facilities["capacity_beds"] = [4.0, np.nan, 30.0]
    facilities["place_precision"] = [None, "村级近似", None]
    facilities["kind_rule"] = ["名称含“卫生室”", None, None]
    facilities["geometry"] = [Point(0, 0), Point(300, 0), Point(2200, 0)]
    return replace(given_layers, facilities=facilities, label="合成数据")


def add(key="new-1", x=2400.0, y=0.0, **more) -> FacilityAction:
    kind = more.pop("kind", "village_clinic")
    return FacilityAction("add", key, more.pop("name", "新村卫生室"), kind, (x, y), **more)


def scenario(*actions, name="方案一") -> Scenario:
    return Scenario("plan-1", name, tuple(actions))


def applied(*actions, on=None):
    return apply_scenario(on or layers(), scenario(*actions), kinds=KINDS, modes=MODES)


def faults(*actions) -> list[str]:
    found = action_faults(layers(), scenario(*actions), kinds=KINDS)
    with pytest.raises(ScenarioError) as caught:
        applied(*actions)
    assert str(caught.value) == "".join(found)
    return found


def frozen(some: Layers) -> bytes:
    return pickle.dumps([some.facilities, some.demand, some.zones, vars(some.roads), some.notices])


CLOSE_ROAD = RoadChange("r1", "封东路", "close", ((4000.0, 0.0),))

EVERYTHING = (
    add(amounts=(("capacity_beds", 12.0),), cost=30.0),
    FacilityAction("move", "c2", place=(1500.0, 20.0)),
    CLOSE_ROAD,
    FacilityAction("upgrade", "c1", kind="township_clinic"),
    FacilityAction("capacity", "c3", amounts=(("capacity_beds", 50.0), ("area_m2", 9.5)), cost=0.0),
    FacilityAction("close", "c1"),
)


def test_every_action_takes_effect_and_says_so():
    base = layers()
    before = frozen(base)
    done = applied(*EVERYTHING, on=base)
    assert frozen(base) == before
    table = done.layers.facilities
    assert table.index.tolist() == ["c2", "c3", "new-1"]
    assert table.index.name == "facility_id"
    assert table.crs == base.facilities.crs
    assert problems(table, FACILITIES) == []
    new = table.loc["new-1"]
    assert (new["facility_name"], new["kind"], new["origin"]) == (
        "新村卫生室", "village_clinic", "scenario",
    )  # fmt: skip
    assert new["capacity_beds"] == 12.0
    assert new["geometry"].equals(Point(2400, 0))
    assert new[["place_precision", "kind_rule", "area_m2"]].isna().all()
    moved = table.loc["c2"]
    assert moved["geometry"].equals(Point(1500, 20))
    assert pd.isna(moved["place_precision"])
    assert (moved["kind"], moved["origin"]) == ("village_clinic", "list")
    assert table.loc["c3", "capacity_beds"] == 50.0
    for column in base.facilities.columns:
        assert table[column].dtype == base.facilities[column].dtype, column
    assert [effect.sentence for effect in done.effects] == [
        "新增村卫生室「新村卫生室」，床位 12 张，费用 30 万元。",
        "村卫生室「c2」迁移 1.20 公里。",
        done.changed.effects[0].sentence,
        "「甲」由村卫生室升级为卫生院。",
        "调整卫生院「丙」，床位由 30 张改为 50 张，面积 9.5 平方米，费用 0 万元。",
        "关闭卫生院「甲」。",
    ]
    told = [one.message for one in done.layers.notices if one.code == "scenario"]
    assert told == [effect.sentence for effect in done.effects]
    assert done.layers.label == "试算结果（情景「方案一」），不是现状；合成数据"
    assert done.layers.roads is done.changed.roads


def test_no_action_changes_nothing():
    base = layers()
    done = applied(on=base)
    assert done.layers.facilities is base.facilities
    assert done.layers.roads is base.roads
    assert (done.layers.label, done.layers.notices, done.changed) == ("合成数据", (), None)


def test_an_upgrade_forgets_how_the_old_kind_was_recognised():
    table = facilities_after(
        layers().facilities, [FacilityAction("upgrade", "c1", kind="township_clinic")]
    )
    assert table.loc["c1", "kind"] == "township_clinic"
    assert table["kind_rule"].isna().all()
    assert table.loc["c1", "capacity_beds"] == 4.0


def test_whole_numbers_stay_whole_where_they_can():
    base = layers().facilities.assign(capacity_beds=[1, 2, 3])
    beds = [FacilityAction("capacity", "c1", amounts=(("capacity_beds", 9.0),))]
    assert facilities_after(base, beds)["capacity_beds"].dtype == np.int64
    assert facilities_after(base, beds)["capacity_beds"].tolist() == [9, 2, 3]
    half = [FacilityAction("capacity", "c1", amounts=(("capacity_beds", 9.5),))]
    assert facilities_after(base, half)["capacity_beds"].tolist() == [9.5, 2, 3]
    assert facilities_after(base, [add()])["capacity_beds"].isna().tolist() == [False] * 3 + [True]


def test_a_name_where_no_facility_had_one():
    base = layers().facilities.assign(facility_name=np.nan)
    assert facilities_after(base, [add()])["facility_name"].to_list()[-1] == "新村卫生室"


def test_outside_the_study_area_is_told():
    done = applied(add(x=-900.0), FacilityAction("move", "c1", place=(100.0, 0.0)))
    assert [one.message for one in done.layers.notices if one.code == "scenario_outside"] == [
        "「新村卫生室」的新位置在研究区以外，只有允许跨界服务的标准才计入它；请核对位置。"
    ]


BED = (("capacity_beds", 5.0),)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (FacilityAction("close", "x9"), "关闭设施「x9」在设施数据里找不到，请核对代码。"),
        (FacilityAction("close", " "), "关闭设施「」没有设施代码，请填写。"),
        (add("c3"), "新增设施「新村卫生室」的代码「c3」已经有设施用了，请换一个代码。"),
        (
            add(kind="vilage_clinic"),
            (
                "新增设施「新村卫生室」的类别「vilage_clinic」不在设施类别表里，"
                "最接近的是「village_clinic」（村卫生室），请改正。"
            ),
        ),
        (add(kind=""), "新增设施「新村卫生室」没有写类别，请选择。"),
        (add(x=math.inf), "新增设施「新村卫生室」的位置不是有限的数字，请重新在图上选点。"),
        (
            add(x=7000 + 312_000.0),
            "新增设施「新村卫生室」的位置离研究区 312 公里，不得超过 100 公里，请检查位置。",
        ),
        (FacilityAction("move", "c1"), "迁移设施「甲」没有写明位置，请在图上点选。"),
        (
            FacilityAction("capacity", "c1", amounts=(("capacity_beds", -1.0),)),
            "调整设施「甲」的床位应不小于 0、不超过 1000000 张，现为 -1。",
        ),
        (
            FacilityAction("capacity", "c1", amounts=(("area_m2", math.inf),)),
            "调整设施「甲」的面积应为有限的数字，现为 inf。",
        ),
        (
            FacilityAction("capacity", "c1", amounts=(("turnout_s", 3601.0),)),
            "调整设施「甲」的出车准备时间应不小于 0、不超过 3600 秒，现为 3601。",
        ),
        (
            FacilityAction("capacity", "c1", amounts=BED * 2),
            "调整设施「甲」的「capacity_beds」写了 2 次，请留一处。",
        ),
        (
            FacilityAction("capacity", "c2"),
            "调整设施「c2」没有写明改哪项数量，请填写床位、面积等。",
        ),
        (
            FacilityAction("upgrade", "c3", kind="township_clinic"),
            "升级设施「丙」已经是卫生院，不用升级，请改类别或删去这一项。",
        ),
        (
            FacilityAction("close", "c1", cost=-2.0),
            "关闭设施「甲」的费用应不小于 0、不超过 100000000 万元，现为 -2；不知道时不要写。",
        ),
        (
            FacilityAction("close", "c1", cost=math.nan),
            "关闭设施「甲」的费用应不小于 0、不超过 100000000 万元，现为 nan；不知道时不要写。",
        ),
        (
            FacilityAction("close", "c1", name="甲", place=(0, 0), amounts=BED),
            "关闭设施「甲」用不上名称、位置、数量，请删去。",
        ),
        (add("a\nb"), "新增设施「新村卫生室」的代码里有换行等看不见的字符，请重新输入。"),
        (add("a" * 201), "新增设施「新村卫生室」的代码有 201 个字，不得超过 200 个字。"),
        (add(name="\ud800"), "新增设施「\ud800」的名称里有不成字的编码，请重新输入。"),
        (
            FacilityAction("shut", "c1"),
            (
                "动作「shut」不认识，只能是 add（新增设施）、move（迁移设施）、close（关闭设施）、"
                "upgrade（升级设施）、capacity（调整设施）。"
            ),
        ),
        (
            replace(CLOSE_ROAD, places=()),
            "道路变更「封东路」没有写明位置，请在图上点选道路。",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_its_number(action, sentence):
    assert faults(add("ok"), action) == [f"第 2 项动作：{sentence}"]


def test_an_unknown_column_names_those_there_are():
    (fault,) = faults(FacilityAction("capacity", "c1", amounts=(("beds", 1.0),)))
    assert fault.startswith(
        "第 1 项动作：调整设施「甲」的「beds」不是可以改的数量，只能是 capacity_beds（床位）、"
    )


def test_a_place_without_a_road_is_told_with_its_number_beside_other_faults():
    nowhere = replace(CLOSE_ROAD, places=((4000.0, 9000.0),))
    with pytest.raises(ScenarioError) as caught:
        applied(FacilityAction("close", "x9"), nowhere)
    assert str(caught.value) == (
        "第 1 项动作：关闭设施「x9」在设施数据里找不到，请核对代码。"
        "道路变更「第 2 项动作 封东路」的点选的位置周围 200 米以内没有可以封闭的路，"
        "请把点移到路上。"
    )


def test_faults_come_together_and_what_follows_from_them_does_not():
    close = FacilityAction("close", "c1")
    assert faults(close, close, FacilityAction("move", "c1", place=(1, 1))) == [
        "第 2 项动作：关闭设施「甲」前面的动作已经关闭了这处设施，请删去其中一项。",
        "第 3 项动作：迁移设施「甲」前面的动作已经关闭了这处设施，请删去其中一项。",
    ]
    assert len(faults(add(kind="?"), FacilityAction("move", "new-1", place=(1, 1)))) == 1
    assert faults(add(), add(), CLOSE_ROAD, CLOSE_ROAD) == [
        "第 2 项动作：新增设施「新村卫生室」的代码「new-1」已经有设施用了，请换一个代码。",
        "道路变更有 2 项的编号重复，第一个是「r1」，请改成不同的编号。",
    ]
    assert faults(*(FacilityAction("close", key) for key in ("c1", "c2", "c3"))) == [
        "各项动作之后一处设施也不剩，无法评估，请至少保留一处设施。"
    ]
    # The id of a facility that is gone is not used again for another.
    assert len(faults(close, add("c1"))) == 1


def test_what_is_added_and_closed_again_was_never_there():
    base = layers()
    done = applied(
        add(amounts=(("capacity_beds", 1.0),)), FacilityAction("close", "new-1"), on=base
    )
    pd.testing.assert_frame_equal(done.layers.facilities, base.facilities)


# Undo and redo


def test_undo_and_redo():
    start = History.of(scenario())
    one, two = scenario(add()), scenario(add(), CLOSE_ROAD)
    history = start.done(one).done(two)
    assert history.undone() == History((scenario(),), one, (two,))
    assert history.undone().undone().redone().redone() == history
    assert start.done(one).undone().present == start.present
    assert history.undone().done(scenario(CLOSE_ROAD)).can_redo is False
    assert start.undone() is start
    assert start.redone() is start
    assert start.done(scenario()) is start
    assert (start.can_undo, history.can_undo, history.undone().can_redo) == (False, True, True)


@given(st.lists(st.sampled_from(["do", "undo", "redo"]), max_size=40))
def test_history_is_a_line_of_steps(steps):
    """Against a plain list with a place in it."""
    line, place = [scenario()], 0
    history = History.of(line[0])
    for number, step in enumerate(steps):
        if step == "do":
            line, place = [*line[: place + 1], scenario(name=f"{number}")], place + 1
            history = history.done(line[-1])
        elif step == "undo":
            history, place = history.undone(), max(place - 1, 0)
        else:
            history, place = history.redone(), min(place + 1, len(line) - 1)
        assert (*history.past, history.present, *history.future) == tuple(line)
        assert len(history.past) == place


def test_the_oldest_steps_are_forgotten():
    history = History.of(scenario())
    for number in range(600):
        history = history.done(scenario(name=str(number)))
    assert len(history.past) == 500
    assert history.past[0].name == "99"


def test_new_ids_are_free():
    base = layers()
    assert new_facility_id(base, scenario()) == "new-1"
    closed = FacilityAction("close", "new-1")
    assert new_facility_id(base, scenario(add(), closed, add("new-3"))) == "new-2"
    taken = replace(base, facilities=base.facilities.rename(index={"c1": "new-1"}))
    assert new_facility_id(taken, scenario()) == "new-2"
    assert new_scenario_id([]) == "scenario-1"


# The figures


def assessed(some: Layers):
    return assess(some, standards=[CIRCLE], modes=MODES, with_service_areas=False)


@pytest.fixture(scope="module")
def base():
    return assessed(layers())


def test_a_facility_beside_another_changes_no_coverage(base):
    tried = assessed(applied(add(x=0.0)).layers)
    pd.testing.assert_frame_equal(base.zones, tried.zones)
    found = compare_scenarios(base, {"plan-1": tried}, scenarios={"plan-1": scenario(add(x=0.0))})
    assert found.villages.empty
    assert (found.readings[["gained", "lost"]] == 0).all(axis=None)


ADDITIONS = st.lists(
    st.tuples(st.floats(-400, 6900), st.floats(-400, 400)), min_size=1, max_size=3
).map(lambda places: [add(f"n{i}", x, y, name="") for i, (x, y) in enumerate(places)])


def measured(some: Layers) -> pd.DataFrame:
    """What the readings of the circle measure at every demand point."""
    trips = StudyTrips(some, MODES, DEFAULT_UNCERTAINTY)
    counted = counted_facilities(some, CIRCLE, CIRCLE.kinds)
    return pd.DataFrame(
        {
            reading.reading_id: trips.trips(CIRCLE, reading, counted, stations=counted[:0])[
                cost_of(reading)
            ]
            for reading in CIRCLE.readings
        }
    )


@settings(max_examples=10)
@given(ADDITIONS, st.randoms(use_true_random=False))
def test_adding_never_makes_a_way_longer_and_order_does_not_matter(base, actions, random):
    shuffled = actions.copy()
    random.shuffle(shuffled)
    tried, again = (measured(applied(*some).layers) for some in (actions, shuffled))
    columns = [f"{reading.reading_id}_{cost_of(reading)}" for reading in CIRCLE.readings]
    now = base.demand[columns].set_axis(tried.columns, axis=1)
    assert (tried <= now).all(axis=None)
    pd.testing.assert_frame_equal(tried, again)


def test_adding_never_lowers_coverage(base):
    tried = assessed(applied(add(), add("n2", 6000.0, 30.0)).layers).zones
    columns = ["covered", "villages_covered", "villages_low", "villages_high"]
    assert (tried[columns] >= base.zones[columns]).all(axis=None)
    assert (tried[columns] > base.zones[columns]).any(axis=None)


def test_scenarios_side_by_side_by_hand(base):
    scenarios = {
        "east": Scenario("east", "东边", (add(x=5800.0, cost=20.0), CLOSE_ROAD)),
        "none": Scenario("none", "什么也不做"),
        "less": Scenario("less", "撤并", (FacilityAction("close", "c1"), FacilityAction("close", "c2"))),
    }  # fmt: skip
    tried = {
        key: assessed(apply_scenario(layers(), one, kinds=KINDS, modes=MODES).layers)
        for key, one in scenarios.items()
    }
    found = compare_scenarios(base, tried, scenarios=scenarios)
    for table, contract in zip(
        (found.readings, found.villages, found.times, found.costs), SCENARIO_RESULTS, strict=False
    ):
        assert list(table.columns) == [column.name for column in contract.columns]
    costs = found.costs.set_index("scenario_id")
    assert costs["cost"]["east"] == 20.0
    assert costs["cost"]["none"] == 0.0
    assert math.isnan(costs["cost"]["less"])
    assert costs["actions_without_cost"].to_dict() == {"east": 1, "none": 0, "less": 2}
    assert costs["actions"].to_dict() == {"east": 2, "none": 0, "less": 2}
    times = found.times.set_index(["scenario_id", "reading_id"])
    assert times.index.tolist() == [(key, "circle") for key in ("", "east", "none", "less")]
    # Riding from 300 m does v1 (100 people) in 280 s, v2 (200) in 680; v3 (300) walks 200 m too.
    now = times.loc[("", "circle")]
    assert (now["population"], now["median_s"]) == (600.0, 680.0)
    assert now["p90_s"] == pytest.approx(760 + 200)
    assert now[[f"share_{m}_min" for m in (5, 10, 15, 20, 30)]].tolist() == pytest.approx(
        [1 / 6, 1 / 6, 0.5, 1, 1]
    )
    assert times.loc["none"].iloc[0, 2:].tolist() == now.iloc[2:].tolist()
    gained = found.villages[found.villages["scenario_id"] == "east"]
    assert set(gained["change"]) == {"gained"}
    assert "v4" in set(gained["demand_id"])
    less = found.readings[
        (found.readings["scenario_id"] == "less") & (found.readings["reading_id"] == "circle")
    ].set_index("zone_id")
    # No clinic of the standard's kind is left: nothing is claimed, no loss either.
    assert less["villages_lost"].to_dict() == dict.fromkeys(["a", "b", "c", ""], 0)
    assert math.isnan(less["share_after"][""])
    assert times.loc[("less", "circle")].iloc[3:].isna().all()


def test_results_without_their_scenario_are_refused(base):
    with pytest.raises(ScenarioError) as caught:
        compare_scenarios(base, {"x": base}, scenarios={})
    assert str(caught.value) == "有 1 个情景只有评估结果、没有动作，第一个是「x」。"


def judged(*verdicts: str, year: int = 2025) -> Judged:
    values = pd.DataFrame(
        {
            "target_id": "p/t",
            "zone_id": ["", "a"][: len(verdicts)],
            "zone_name": ["全域", "甲镇"][: len(verdicts)],
            "indicator": "覆盖率",
            "year": year,
            "unit": "%",
            "target": 90.0,
            "value": [80.0, np.nan][: len(verdicts)],
            "verdict": list(verdicts),
            "gap": [10.0, 0.0][: len(verdicts)],
            "gap_unit": "人",
        }
    )
    return Judged(values, pd.DataFrame(), pd.DataFrame())


def test_verdicts_that_change():
    found = changed_verdicts(judged("未达标", "未达标"), judged("未达标", "达标"))
    assert list(found.columns) == [column.name for column in SCENARIO_RESULTS[-1].columns]
    (row,) = found.to_dict("records")
    assert (row["zone_id"], row["verdict_before"], row["verdict_after"]) == ("a", "未达标", "达标")
    assert changed_verdicts(judged("达标"), judged("达标")).empty
    for other in (judged("达标", "达标"), judged("达标", year=2030)):
        with pytest.raises(ScenarioError, match="两次核算的指标、单元或年份不同，不能比较"):
            changed_verdicts(judged("达标"), other)
