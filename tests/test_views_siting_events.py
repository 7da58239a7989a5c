"""Clicks on the siting map: what they do to a scenario, what is kept, what the map then draws."""

from __future__ import annotations

from dataclasses import replace

import pyproj
import pytest

from coverage.changes.road_change import RoadChange
from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.scenarios.action import FacilityAction, Scenario
from coverage.scenarios.comparing import scenario_cost
from coverage.studies.live_reading import LiveReading, live_change
from coverage.studies.study_trips import StudyTrips
from tests.hand_made import CRS, KINDS, MODES, STANDARD, X0, Y0, layers
from views import siting_events, siting_figures, siting_live, siting_map
from views import siting_state as desks
from views.live_map import MapEvent
from views.siting_events import NewSite, action_text, after_event, offered_kinds
from views.siting_live import Chain, LivePair
from views.siting_state import Desk

NEW = NewSite(KINDS["village_clinic"])
TO_DEGREES = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)


@pytest.fixture(scope="module")
def study():
    return layers()


@pytest.fixture
def chain(study):
    trips = StudyTrips(study, MODES, DEFAULT_UNCERTAINTY)
    return Chain(LiveReading.prepare(trips, STANDARD, STANDARD.readings[0], kinds=KINDS))


def click(x, y, kind="map", identity=""):
    lon, lat = TO_DEGREES.transform(x, y)
    return MapEvent(kind, "site" if identity else "", identity, lat, lon)


def test_a_click_on_empty_map_places_a_facility_and_covers_a_village(study, chain):
    event = click(X0 + 4800, Y0)
    desk = after_event(Desk(), event, layers=study, chain=chain, new_site=NEW)
    (action,) = desk.scenario.actions
    assert (action.action, action.kind, action.name) == ("add", "village_clinic", "拟建村卫生室 1")
    assert action.place == pytest.approx((X0 + 4800, Y0), abs=0.01)
    assert desk.selected == action.facility_id
    live = chain.at(desk.scenario.facility_actions)
    assert live_change(chain.start, live).gained.tolist() == ["d2"]


def test_name_beds_and_cost_go_with_it(study, chain):
    new = replace(NEW, name=" 东村卫生室 ", beds=4, cost=12.5)
    desk = after_event(Desk(), click(X0 + 4800, Y0), layers=study, chain=chain, new_site=new)
    (action,) = desk.scenario.actions
    assert (action.name, action.amounts, action.cost) == (
        "东村卫生室", (("capacity_beds", 4.0),), 12.5,
    )  # fmt: skip


def test_a_dropped_site_moves_and_a_waiting_move_takes_the_next_click(study, chain):
    event = click(X0 + 2000, Y0, "moved", "f1")
    desk = after_event(Desk(), event, layers=study, chain=chain, new_site=NEW)
    assert [one.action for one in desk.scenario.actions] == ["move"]
    waiting = desks.moving(desk)
    again = after_event(
        waiting, click(X0 + 2500, Y0), layers=study, chain=chain, new_site=NEW
    )  # fmt: skip
    assert [one.place[0] for one in again.scenario.actions] == pytest.approx([X0 + 2500], abs=0.01)
    assert not again.is_moving


def test_clicks_on_facilities_sites_and_villages_only_look(study, chain):
    for layer, field in (
        ("facility:village_clinic", "selected"), ("site", "selected"), ("gaps", "village"),
        ("covered", "village"),
    ):  # fmt: skip
        event = MapEvent("feature", layer, "f1", 36.1, 117.0)
        desk = after_event(Desk(), event, layers=study, chain=chain, new_site=NEW)
        assert (getattr(desk, field), desk.scenario) == ("f1", None)
    event = MapEvent("feature", "zones", "E", 36.1, 117.0)
    assert after_event(Desk(), event, layers=study, chain=chain, new_site=NEW) == Desk()


def test_what_cannot_be_done_is_told_and_not_kept(study, chain):
    unknown = FacilityAction("close", "nobody")
    desk = siting_events.tried_action(Desk(), unknown, chain=chain)
    assert desk.scenario is None
    assert "nobody" in desk.message
    lost = after_event(
        desk, click(X0, Y0, "moved", "nobody"), layers=study, chain=chain, new_site=NEW
    )  # fmt: skip
    assert lost.scenario is None
    assert lost.message


def test_advice_is_accepted_once_and_only_if_it_can_be_done(study, chain):
    """A double click on the button, and advice on what the scenario no longer has."""
    add = FacilityAction("add", "new-1", name="甲", kind="village_clinic", place=(X0 + 4800, Y0))
    once = siting_events.accepted(Desk(), [add])
    assert siting_events.accepted(once, [add]) == once
    close = FacilityAction("close", "new-1")
    taken_out = siting_events.accepted(once, [close])
    assert taken_out.scenario.actions == ()
    again = siting_events.accepted(taken_out, [close])
    told = siting_events.tried_desk(taken_out, again, chain=chain)
    assert told.scenario.actions == ()
    assert "new-1" in told.message
    both = siting_events.accepted(taken_out, [add, FacilityAction("close", "f1")])
    assert len(both.history.past) == len(taken_out.history.past) + 1, "one step to undo"
    assert siting_events.tried_desk(taken_out, both, chain=chain) == both


def test_the_chain_gives_the_same_from_whatever_is_kept(chain, monkeypatch):
    actions = (
        FacilityAction("add", "n1", name="甲", kind="village_clinic", place=(X0 + 4800, Y0)),
        FacilityAction("close", "f1"),
        FacilityAction("move", "n1", place=(X0 + 300, Y0)),
    )
    monkeypatch.setattr(siting_live, "KEPT_STEPS", 1)
    whole = chain.at(actions)
    assert chain.at(actions) is whole
    assert chain.at(()) is chain.start
    first = chain.at(actions[:1])
    again = chain.at(actions)
    assert again.demand.equals(whole.demand)
    assert live_change(chain.start, first).gained.tolist() == ["d2"]


def test_the_ground_of_a_site_is_kept_until_it_moves(chain):
    add = FacilityAction("add", "n1", name="甲", kind="village_clinic", place=(X0 + 4800, Y0))
    area = chain.area((add,), "n1")
    assert area.area > 0
    assert chain.area((add, FacilityAction("close", "f1")), "n1") is area
    moved = FacilityAction("move", "n1", place=(X0 + 300, Y0))
    assert chain.area((add, moved), "n1") is not area
    assert chain.area((), "f2") is None, "a hospital does not count for this standard"


def test_the_village_tier_comes_first_and_umbrella_codes_only_alone():
    clinic = KINDS["village_clinic"]
    kinds = {
        "umbrella": replace(clinic, kind="umbrella", members=("village_clinic",)),
        "town": replace(clinic, kind="town", tier="township"),
        "village_clinic": clinic,
    }
    standard = replace(STANDARD, kinds=("umbrella", "town", "village_clinic", "gone"))
    assert list(offered_kinds(standard, kinds)) == ["village_clinic", "town"]
    assert list(offered_kinds(replace(STANDARD, kinds=("umbrella",)), kinds)) == ["umbrella"]
    stations = ("town", "umbrella", "unknown")
    offered = offered_kinds(replace(STANDARD, kinds=("village_clinic",)), kinds, stations=stations)
    assert list(offered) == ["village_clinic", "town", "umbrella"]


def test_no_change_is_told_apart_from_what_is_unknown():
    assert siting_figures.step_text(0.0) == "不变"
    assert siting_figures.step_text(float("nan")) == "未知"
    assert siting_figures.step_text(-1174.0) == "-1,174"


def test_actions_are_told_in_a_few_words():
    names = {"f1": "李村卫生室"}
    add = FacilityAction("add", "n1", name="甲", kind="village_clinic", cost=8.0)
    beds = FacilityAction("capacity", "f1", amounts=(("capacity_beds", 6.0),))
    upgrade = FacilityAction("upgrade", "f1", kind="village_clinic")
    assert action_text(add, names, KINDS) == "新建 甲（8 万元）"
    assert action_text(beds, names, KINDS) == "李村卫生室 改规模（床位 6）"
    assert action_text(upgrade, names, KINDS) == "李村卫生室 升级为村卫生室"
    assert action_text(FacilityAction("close", "f1"), names, KINDS) == "关闭 李村卫生室"
    assert action_text(FacilityAction("move", "x"), {}, KINDS) == "迁移 x"


def test_the_map_shows_what_was_done(study, chain):
    desk = Desk()
    for action in (
        FacilityAction("add", "n1", name="甲", kind="village_clinic", place=(X0 + 4800, Y0)),
        FacilityAction("move", "f2", place=(X0 + 3500, Y0)),
        FacilityAction("close", "f1"),
    ):
        desk = desks.done(desk, action)
    after = chain.at(desk.scenario.facility_actions)
    shapes = siting_map.scenario_shapes(
        desk.scenario, before=study.facilities, after=after.facilities, kinds=KINDS, selected="f1"
    )
    drawn = [(one.kind, one.shape_id, one.sign.state if one.sign else "") for one in shapes]
    assert drawn == [
        ("site", "n1", "added"), ("line", "", ""), ("site", "f2", "gone"),
        ("site", "f2", "moved"), ("site", "f1", "closed"),
    ]  # fmt: skip
    assert [one.label for one in shapes if one.sign and one.sign.chosen] == ["卫生室甲"]
    assert siting_map.reaching_sites(desk.scenario) == ["n1", "f2"]
    marks = siting_map.verdict_marks(live_change(chain.start, after))
    assert [one.feature_ids for one in marks] == [("d2",), ("d1",)]


def test_of_what_is_not_measured_no_village_is_counted(study):
    trips = StudyTrips(study, MODES, DEFAULT_UNCERTAINTY)
    standard = replace(STANDARD, kinds=("park",))
    nothing = LiveReading.prepare(trips, standard, standard.readings[0], kinds=KINDS)
    pair = LivePair(nothing, nothing, Chain(nothing))
    told = siting_figures.headline_html(pair, live_change(nothing, nothing), Desk())
    assert "覆盖 —、— / 2 个村（社区）" in told
    table = siting_figures.township_table(pair)
    assert table[["现状覆盖村", "情景覆盖村"]].isna().all(axis=None)
    assert "<td" in table.style.format(na_rep="未知").to_html()


def test_headline_and_table_tell_before_and_after(study, chain):
    add = FacilityAction("add", "n1", name="<b>甲", kind="village_clinic", place=(X0 + 4800, Y0))
    desk = desks.renamed(
        desks.done(Desk(), replace(add, cost=3.0), FacilityAction("close", "f1")), "<i>"
    )
    pair = LivePair(chain.start, chain.at(desk.scenario.facility_actions), chain)
    change = live_change(pair.before, pair.after)
    told = siting_figures.headline_html(pair, change, desk)
    for text in ("&lt;i&gt;", "新增覆盖 1 个村", "失去覆盖 1 个村、400 人", "另有 1 项未填", "→"):
        assert text in told
    assert "<i>" not in told
    table = siting_figures.township_table(pair)
    row = table.set_index("名称").loc["西镇"]
    assert (row["现状覆盖率"], row["情景覆盖率"]) == (100.0, 0.0)
    assert (row["增减（百分点）"], row["覆盖人口增减"]) == (-100.0, -400.0)
    same = siting_figures.township_table(replace(pair, after=pair.before))
    assert same["增减（百分点）"].fillna(0.0).eq(0.0).all()
    as_it_is = siting_figures.headline_html(LivePair(chain.start, chain.start, chain),
        live_change(chain.start, chain.start), Desk())  # fmt: skip
    assert "现状" in as_it_is
    assert "→" not in as_it_is


def test_points_too_small_to_show_are_told_apart_from_none():
    assert siting_figures.points_step(0.01) == "增加不足 0.1"
    assert siting_figures.points_step(-0.01) == "减少不足 0.1"
    assert siting_figures.points_step(0.0) == "不变"
    assert siting_figures.points_text(0.8996, 0.9, target=0.9) == "+0.1 个百分点"


def test_costs_on_the_page_are_those_of_the_comparison():
    road = RoadChange("r", "封路", "close", ((X0, Y0),))
    built = FacilityAction("add", "n1", name="甲", kind="village_clinic", place=(X0, Y0), cost=3.0)
    plan = Scenario("s", "情景", (built, FacilityAction("close", "f1"), road))
    assert scenario_cost(plan) == (3.0, 2)
    assert siting_figures.cost_text(plan) == "造价 3 万元（另有 2 项未填）"
    assert siting_figures.cost_text(replace(plan, actions=(road,))) == ""
    assert siting_figures.cost_text(replace(plan, actions=())) == ""
    assert siting_figures.cost_text(None) == ""


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (0.832, 0.85, "+1.8 个百分点"),
        (0.5, 0.5, "不变"),
        (0.5, 0.5002, "增加不足 0.1 个百分点"),
        (0.5, 0.4998, "减少不足 0.1 个百分点"),
        (0.5, 0.4, "-10.0 个百分点"),
        (0.8346, 0.8504, "+1.5 个百分点"),
        (float("nan"), 0.4, ""),
    ],
)
def test_points(before, after, text):
    assert siting_figures.points_text(before, after) == text
