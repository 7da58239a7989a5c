"""The scenarios a visitor works on: actions, undo and redo, copies, what the project keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.changes.road_change import RoadChange
from coverage.scenarios.action import FacilityAction, Scenario
from views import siting_state as desks
from views.siting_state import Desk

ADD = FacilityAction("add", "new-1", name="甲", kind="village_clinic", place=(1.0, 2.0))
CLOSE = FacilityAction("close", "f1")
UPGRADE = FacilityAction("upgrade", "f2", kind="central_village_clinic")
ROAD = RoadChange("change-1", "封路", "close", ((1.0, 2.0),))


def move(facility_id, x):
    return FacilityAction("move", facility_id, place=(x, 0.0))


def test_the_first_action_begins_a_scenario_and_looks_at_its_facility():
    desk = desks.done(Desk(), ADD)
    assert (desk.current, desk.scenario.name) == ("scenario-1", "情景 1")
    assert desk.scenario.actions == (ADD,)
    assert desk.selected == "new-1"
    assert not desk.is_saved
    assert Desk().is_saved


def test_undo_and_redo_go_step_by_step():
    desk = desks.done(desks.done(Desk(), ADD), CLOSE)
    back = desks.undone(desk)
    assert back.scenario.actions == (ADD,)
    assert back.selected == ""
    assert desks.redone(back).scenario.actions == (ADD, CLOSE)
    start = desks.undone(desks.undone(back))
    assert start.scenario.actions == ()
    assert desks.undone(start) == start
    assert desks.redone(desk) == desk


def test_moving_what_was_just_placed_only_changes_its_place():
    actions = desks.with_action((CLOSE, ADD), move("new-1", 9.0))
    assert actions == (CLOSE, replace(ADD, place=(9.0, 0.0)))
    assert desks.with_action((move("f1", 1.0),), move("f1", 2.0)) == (move("f1", 2.0),)
    # Further back it stays: what lies between was done with the old place in sight.
    later = desks.with_action((ADD, UPGRADE), move("new-1", 9.0))
    assert later == (ADD, UPGRADE, move("new-1", 9.0))


def test_closing_a_new_facility_takes_it_out_with_all_that_was_done_to_it():
    actions = (ADD, UPGRADE, move("new-1", 3.0))
    assert desks.with_action(actions, FacilityAction("close", "new-1")) == (UPGRADE,)


def test_other_beds_or_another_kind_replace_those_just_chosen():
    beds = [FacilityAction("capacity", "f1", amounts=(("capacity_beds", n),)) for n in (5.0, 8.0)]
    assert desks.with_action((beds[0],), beds[1]) == (beds[1],)
    assert desks.with_action((beds[0],), UPGRADE) == (beds[0], UPGRADE)
    assert desks.with_action((CLOSE,), ROAD) == (CLOSE, ROAD)


def test_what_another_change_does_not_say_is_kept():
    first = FacilityAction("capacity", "f1", amounts=(("physicians", 5.0),), cost=50.0)
    beds = FacilityAction("capacity", "f1", amounts=(("capacity_beds", 20.0),))
    (both,) = desks.with_action((first,), beds)
    assert dict(both.amounts) == {"physicians": 5.0, "capacity_beds": 20.0}
    assert both.cost == 50.0
    (dearer,) = desks.with_action((both,), replace(beds, cost=60.0))
    assert dearer.cost == 60.0
    priced = replace(UPGRADE, cost=30.0)
    assert desks.with_action((priced,), UPGRADE) == (priced,)
    # What one kind costs says nothing of another.
    other = replace(UPGRADE, kind="community_health_centre")
    assert desks.with_action((priced,), other) == (other,)
    assert desks.free_id(Desk(), ["scenario-1"]) == "scenario-2"


def test_a_closed_facility_is_reopened():
    desk = desks.done(desks.done(Desk(), CLOSE), UPGRADE)
    assert desks.is_closed(desk.scenario.actions, "f1")
    after = desks.reopened(desk, "f1")
    assert after.scenario.actions == (UPGRADE,)
    assert after.selected == "f1"
    assert desks.reopened(Desk(), "f1") == Desk()


def test_one_action_is_taken_back_wherever_it_stands():
    desk = Desk()
    for action in (ADD, CLOSE, move("new-1", 5.0)):
        desk = desks.done(desk, action)
    assert desks.dropped(desk, 1).scenario.actions == (ADD, move("new-1", 5.0))
    assert desks.dropped(desk, 0).scenario.actions == (CLOSE,)
    assert desks.dropped(desk, 3) == desk
    assert desks.undone(desks.dropped(desk, 0)).scenario.actions == desk.scenario.actions


def test_scenarios_are_copied_renamed_and_deleted():
    first = desks.done(Desk(), ADD)
    copied = desks.with_copy(first)
    assert (copied.current, copied.scenario.name) == ("scenario-2", "情景 1 副本")
    assert copied.scenario.actions == (ADD,)
    named = desks.renamed(copied, "  东部方案 ")
    assert named.names == {"scenario-1": "情景 1", "scenario-2": "东部方案"}
    assert desks.renamed(named, "  ") == named
    assert desks.undone(named).scenario.name == "情景 1 副本"
    gone = desks.deleted(named)
    assert (gone.current, gone.scenario) == ("", None)
    assert list(gone.histories) == ["scenario-1"]
    assert desks.choose(gone, "scenario-2").current == ""
    assert desks.choose(gone, "scenario-1").scenario == first.scenario


def test_what_the_project_keeps_is_told_from_what_was_changed_since():
    kept = Scenario("east", "东部", (ADD,))
    desk = desks.choose(desks.desk_of({"east": kept}), "east")
    assert desk.is_saved
    changed = desks.done(desk, CLOSE)
    assert not changed.is_saved
    assert desks.saved(changed).is_saved
    assert desks.undone(changed).is_saved
    assert desks.with_new(desk).current == "scenario-1"


def test_reading_a_file_again_is_a_step_that_can_be_undone():
    desk = desks.with_scenario(Desk(), Scenario("east", "东部", (ADD,)))
    again = desks.with_scenario(desk, Scenario("east", "东部", (CLOSE,)))
    assert again.scenario.actions == (CLOSE,)
    assert desks.undone(again).scenario.actions == (ADD,)


def test_each_project_has_its_own_desk():
    state = {}
    desks.put(state, "one", desks.done(Desk(), ADD))
    assert desks.desk(state, "two") is None
    assert desks.desk(state, "one").scenario.actions == (ADD,)


def test_a_message_goes_with_the_next_thing_done():
    desk = desks.told(replace(Desk(), selected="f1", is_moving=True), "不行。")
    assert (desk.message, desk.is_moving, desk.selected) == ("不行。", False, "f1")
    assert desks.select_facility(desk, "f2").message == ""
    assert desks.moving(replace(Desk(), selected="f1")).is_moving
    assert not desks.moving(Desk()).is_moving
    assert desks.select_village(desk, "d1").village == "d1"


steps = st.lists(
    st.sampled_from(["add", "close", "move", "drop", "undo", "redo", "copy", "delete"]),
    max_size=25,
)


@given(steps)
@pytest.mark.filterwarnings("error")
def test_whatever_is_done_there_is_always_a_desk(words):
    desk = Desk()
    does = {
        "add": lambda one: desks.done(one, ADD),
        "close": lambda one: desks.done(one, CLOSE),
        "move": lambda one: desks.done(one, move("new-1", 4.0)),
        "drop": lambda one: desks.dropped(one, 0),
        "undo": desks.undone,
        "redo": desks.redone,
        "copy": desks.with_copy,
        "delete": desks.deleted,
    }
    for word in words:
        desk = does[word](desk)
        assert (desk.scenario is None) == (desk.current == "")
        assert desk.current in {"", *desk.histories}
        assert all(key == one.present.scenario_id for key, one in desk.histories.items())
