"""Scenarios side by side: tables in words, and the part of the page without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from coverage.assessment import assess
from coverage.scenario import FacilityAction, Scenario, apply_scenario, compare_scenarios
from coverage.standards import FacilityKind
from tests.test_assessment import CIRCLE, MODES, county
from views import siting_compare
from views import siting_compare_tables as tables
from views.cache import Opened
from views.siting_compare import Comparing, SideBySide, compared_text, question_key
from views.solving import DroppedError, Line, Told

LONGEST_RUN_S = 60
READING = CIRCLE.readings[0]
KINDS = {
    "village_clinic": FacilityKind("village_clinic", "村卫生室", "医疗", "village", "#0072b2", "卫")
}

MORE = Scenario(
    "more",
    "新设一处",
    (FacilityAction("add", "n", name="新", kind="village_clinic", place=(2400.0, 0.0), cost=50.0),),
)
LESS = Scenario("less", "现状", (FacilityAction("close", "c"), *MORE.actions))
"""Named like the project as it is, to tell them apart."""

SCENARIOS = {"more": MORE, "less": LESS}
TITLES = {"more": "新设一处", "less": "现状（less）"}


@pytest.fixture(scope="module")
def opened():
    project = SimpleNamespace(file=Path("compare"), settings=SimpleNamespace(siting=None))
    result = assess(county(), standards=[CIRCLE], modes=MODES, with_service_areas=False)
    return Opened("compare", project, KINDS, MODES, (), result)


@pytest.fixture(autouse=True)
def assessed_here(monkeypatch):
    """A scenario assessed anew, as the app does."""

    def tried(opened, changes):
        layers = apply_scenario(
            opened.assessment.layers, changes.scenario, kinds=KINDS, modes=MODES
        ).layers
        result = assess(layers, standards=[CIRCLE], modes=MODES, with_service_areas=False)
        return replace(opened, fingerprint=changes.key, assessment=result)

    monkeypatch.setattr(siting_compare, "tried", tried)


@pytest.fixture(scope="module")
def comparison(opened):
    tried = {}
    for key, one in SCENARIOS.items():
        layers = apply_scenario(opened.assessment.layers, one, kinds=KINDS, modes=MODES).layers
        tried[key] = assess(layers, standards=[CIRCLE], modes=MODES, with_service_areas=False)
    return compare_scenarios(opened.assessment, tried, scenarios=SCENARIOS)


def test_two_of_one_name_are_told_apart():
    names = {key: one.name for key, one in SCENARIOS.items()}
    assert tables.titles_of(names) == TITLES
    assert tables.titles_of({"a": "甲", "b": "甲"}) == {"a": "甲（a）", "b": "甲（b）"}


def test_coverage_by_standard_with_who_gains_and_loses(comparison, opened):
    table = tables.coverage_table(comparison, opened.assessment.standards, TITLES)
    first = table.iloc[0].to_dict()
    assert first == {
        "标准": "15分钟圈",
        "口径": "15分钟",
        "现状": "50.0%",
        "新设一处": "100.0%",
        "新设一处：变化": "新增 300 人",
        "现状（less）": "100.0%",
        "现状（less）：变化": "新增 300 人",
    }
    assert len(table) == 3


def test_moves_of_unknown_people_are_counted_in_villages():
    row = {"gained": np.nan, "villages_gained": 2, "lost": 30.0, "villages_lost": 1}
    assert tables.moves_text(row) == "新增 2 个村（人口未知）；失去 30 人"
    none = {"gained": 0.0, "villages_gained": 0, "lost": 0.0, "villages_lost": 0}
    assert tables.moves_text(none) == "—"


def test_zones_in_which_anything_changes_come_first(comparison):
    table = tables.zones_table(comparison, CIRCLE, READING, titles=TITLES)
    assert table["行政单元"].tolist()[0] == "乙镇"
    assert table["新设一处：新增（人）"].tolist()[0] == 300.0
    assert set(table["行政单元"]) == {"甲镇", "乙镇", "空镇"}


def test_travel_times_and_costs(comparison):
    times = tables.times_table(comparison, CIRCLE, READING, titles=TITLES)
    assert times["情景"].tolist() == ["现状", "新设一处", "现状（less）"]
    assert times["15 分钟内"].tolist() == ["50.0%", "100.0%", "100.0%"]
    assert tables.times_table(comparison, CIRCLE, CIRCLE.readings[1], titles=TITLES).empty
    costs = tables.costs_table(comparison, TITLES)
    assert costs["已知费用合计"].tolist() == ["50 万元", "50 万元"]
    assert costs["未填费用的改动"].tolist() == ["无", "1 项"]


def test_verdicts_that_change():
    target = SimpleNamespace(target_id="p/t", better="higher")
    verdicts = pd.DataFrame(
        [
            {
                "target_id": "p/t", "zone_id": "", "zone_name": None, "indicator": "覆盖率",
                "year": 2025, "unit": "%", "target": 90.0, "value_before": 80.0,
                "value_after": 91.0, "verdict_before": "未达标", "verdict_after": "达标",
                "gap_before": 10.0, "gap_after": 0.0, "gap_unit": "%",
            }
        ]
    )  # fmt: skip
    (row,) = tables.verdicts_table({"more": verdicts}, TITLES, [target]).to_dict("records")
    assert row["情景"] == "新设一处"
    assert row["单元"] == "全域"
    assert (row["现状值"], row["情景值"], row["情景缺口"]) == ("80%", "91%", "")
    assert "达标" in row["情景结论"]
    assert "未达标" in row["现状结论"]


def test_the_work_tells_its_steps_and_ends_between_them(opened):
    line = Line()
    found = Comparing(opened, SCENARIOS)(line)
    assert isinstance(found, SideBySide)
    assert line.news[2] == "比较覆盖和出行时间"
    line.drop()
    with pytest.raises(DroppedError):
        Comparing(opened, SCENARIOS)(line)


def test_the_question_changes_with_any_action(opened):
    key = question_key(opened, {"more": MORE}, "")
    assert key == question_key(opened, {"more": replace(MORE)}, "")
    assert key != question_key(opened, {"more": replace(MORE, actions=())}, "")
    assert key != question_key(opened, {"more": MORE}, "plan")


def test_the_question_changes_with_what_was_decided_about_the_plan(opened):
    """A target set, a figure typed in or a waiver changes verdicts, not the project."""
    held = [SimpleNamespace(key=key) for key in ("before", "after")]
    keys = [question_key(opened, {"more": MORE}, "plan", one) for one in held]
    assert keys[0] != keys[1]
    without = [question_key(opened, {"more": MORE}, "", one) for one in held]
    assert without[0] == without[1], "where no plan is judged, none of it matters"


def test_no_share_reads_as_the_target_it_falls_short_of(comparison):
    short = replace(
        comparison,
        readings=comparison.readings.assign(share_before=0.8996, share_after=0.9996),
        times=comparison.times.assign(share_15_min=0.8996),
    )
    standard = replace(CIRCLE, target=0.9)
    table = tables.zones_table(short, standard, READING, titles=TITLES)
    assert set(table["现状覆盖率"]) == {89.9}
    assert set(table["新设一处：覆盖率"]) == {99.9}
    times = tables.times_table(short, standard, READING, titles=TITLES)
    assert set(times["15 分钟内"]) == {"89.9%"}


def test_progress_is_a_sentence():
    assert (
        compared_text(Told("running", 3.2, step="评估情景「甲」"))
        == "正在比较（3.2 秒）：评估情景「甲」"
    )
    assert compared_text(Told("waiting", 3.2)).startswith("正在排队（3.2 秒）")


def compare_page(opened, scenarios, reading=None) -> None:
    """AppTest runs this by itself, so it imports what it needs."""
    import streamlit as st

    from tests.test_assessment import CIRCLE
    from views.siting_compare import show_scenario_comparison

    show_scenario_comparison(opened, reading or CIRCLE.readings[0], scenarios=scenarios)
    st.text("完")


def page(opened, scenarios, monkeypatch):
    monkeypatch.setattr(siting_compare, "_choose_plan", lambda *_: (None, ""))
    app = AppTest.from_function(
        compare_page, default_timeout=LONGEST_RUN_S, args=(opened, scenarios)
    )
    return ended(app.run())


def ended(app):
    assert not app.exception
    assert app.text[-1].value == "完"
    return app


def test_a_project_whose_standards_have_changed_shows_what_was_compared(opened, monkeypatch):
    app = page(opened, SCENARIOS, monkeypatch)
    next(one for one in app.button if one.label == "开始比较").click()
    app.run()
    assert app.session_state["solving"].at_hand.wait(LONGEST_RUN_S)
    ended(app.run())
    other = replace(READING, reading_id="ring")
    now = [replace(CIRCLE, readings=(other, *CIRCLE.readings[1:]))]
    changed = replace(
        opened, fingerprint="changed", assessment=replace(opened.assessment, standards=now)
    )
    again = AppTest.from_function(
        compare_page, default_timeout=LONGEST_RUN_S, args=(changed, SCENARIOS, other)
    )
    for key in ("solving", "solving_taken"):
        again.session_state[key] = app.session_state[key]
    again = ended(again.run())
    assert "请重新比较" in again.caption[0].value
    assert again.dataframe[0].value["口径"].tolist()[0] == READING.name
    assert any("不在这次比较里" in str(one.proto.body) for one in again.get("html"))


def test_without_a_scenario_the_page_says_where_to_make_one(opened, monkeypatch):
    app = page(opened, {}, monkeypatch)
    assert "还没有情景" in app.info[0].value


def test_the_page_compares_and_says_when_it_is_stale(opened, monkeypatch):
    app = page(opened, SCENARIOS, monkeypatch)
    assert app.multiselect[0].value == ["", "more", "less"]
    next(one for one in app.button if one.label == "开始比较").click()
    app.run()
    assert app.session_state["solving"].at_hand.wait(LONGEST_RUN_S)
    app = ended(app.run())
    assert len(app.dataframe) == 4
    assert not app.caption
    app.multiselect[0].set_value(["", "more"])
    app = ended(app.run())
    assert "请重新比较" in app.caption[0].value
    app.multiselect[0].set_value([""])
    app = ended(app.run())
    assert next(one for one in app.button if one.label == "开始比较").disabled
