"""Advice on the page of siting without a browser: asked, solved in a thread, accepted, compared."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from shapely import box
from streamlit.testing.v1 import AppTest

from coverage.assessment import assess
from coverage.candidates import Exclusion, village_candidates
from coverage.errors import SitingError
from coverage.notices import Notice
from coverage.scenario import FacilityAction, Scenario, apply_scenario
from coverage.standards import FacilityKind
from coverage.studies.study_sites import SitingQuestion
from tests.test_assessment import CIRCLE, MODES, county
from views import siting_advice, siting_advising
from views import siting_advice_tables as tables
from views.cache import Opened
from views.siting_advising import CURVE, OWN, Advising, Ask, Grounds
from views.siting_ask import years_of
from views.siting_curve import row_number
from views.solving import Line

LONGEST_RUN_S = 60
EXCLUDED = (Exclusion("生态保护红线", np.array([box(9e6, 9e6, 9.1e6, 9.1e6)], dtype=object)),)
"""Far from every candidate."""

CLINIC = FacilityKind("village_clinic", "村卫生室", "医疗", "village", "#0072b2", "卫")
READING = CIRCLE.readings[0]


@pytest.fixture(scope="module")
def opened():
    project = SimpleNamespace(file=Path("advice"), settings=SimpleNamespace(siting=None))
    result = assess(county(), standards=[CIRCLE], modes=MODES, with_service_areas=False)
    return Opened("advice", project, {"village_clinic": CLINIC}, MODES, (), result)


@pytest.fixture(autouse=True)
def villages_as_candidates(monkeypatch):
    """The project says nothing of siting."""

    def read(project, layers):
        return SimpleNamespace(
            candidates=village_candidates(
                layers.demand[layers.demand["zone_id"].notna()]
            ).candidates,
            preferred=(),
            exclusions=EXCLUDED,
            kinds={},
            notices=(Notice("candidates", "项目里的候选点按 300 米的圆计（假定）。", 1),),
            costs=SimpleNamespace(fixed={"village_clinic": 30.0}),
        )

    monkeypatch.setattr(siting_advising, "read_siting", read)
    monkeypatch.setattr(siting_advising, "GROUNDS", Grounds(2))


def asked(task="maximal_covering", *, scenario=None, opened, **changed):
    model = "maximal_covering" if task in (CURVE, OWN) else task
    question = SitingQuestion(model=model, **changed)
    return Advising(opened, scenario, CIRCLE, READING, Ask(task, question))


def advised(task="maximal_covering", **changed):
    return asked(task, **changed)(Line())


def place_of(opened, demand_id):
    point = opened.assessment.demand.geometry[demand_id]
    return (point.x, point.y)


def test_the_best_site_covers_the_third_village(opened):
    advice = advised(opened=opened, sites=1)
    sites = tables.suggestions(advice)
    assert list(sites["state"]) == ["new"]
    assert sites["people"].tolist() == [300.0]
    scale = tables.scale_of(advice)
    assert scale.everybody == 600.0
    assert advice.answer.result.status == "optimal"
    table = tables.sites_table(sites, set())
    assert list(table.columns) == [
        "次序",
        "地点",
        "乡镇",
        "动作",
        "增加覆盖（人）",
        "村（个）",
        "理由",
    ]
    assert table["动作"].tolist() == ["新建"]


@pytest.mark.parametrize("task", ["maximal_covering", CURVE])
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("project", "项目里的候选点按 300 米的圆计（假定）。"),
        ("grid", "「生态保护红线」内没有候选点，没有排除任何候选点。"),
    ],
)
def test_what_there_is_to_know_of_the_candidates_is_told(opened, task, source, said):
    work = asked(task, opened=opened, sites=1)
    told = siting_advice.plan_sentences(replace(work, ask=replace(work.ask, source=source))(Line()))
    assert said in told
    assert ("项目里的候选点按 300 米的圆计（假定）。" in told) == (source == "project")


def test_a_plan_for_several_standards_tells_what_it_does_for_each(opened):
    far = replace(READING, reading_id="far", name="20分钟", cutoff=1200.0)
    rescue = replace(CIRCLE, standard_id="rescue", name="救治圈", readings=(far,))
    both = replace(opened.assessment, standards=(CIRCLE, rescue))
    work = asked("standards_covering", opened=replace(opened, assessment=both), sites=1)
    work = replace(work, ask=replace(work.ask, also=("far",)))
    told = siting_advice.plan_sentences(work(Line()))
    begun = [one[:3] for one in told if "覆盖由" in one]
    assert begun == ["方案：", "兼顾「"]


def test_villages_in_a_red_line_are_known_to_the_advice(opened):
    ground = advised(opened=opened, sites=1).ground
    assert set(ground.demand["barred"]) == {""}, "None would say that nobody looked"


def test_no_share_of_the_curve_or_the_years_reads_as_the_target_it_falls_short_of(opened):
    advice = advised(CURVE, opened=opened)
    ground = replace(advice.ground, standard=replace(CIRCLE, target=0.9))
    curve = advice.curve.assign(share=0.8996, bound=0.9996 * 600.0)
    table = tables.curve_table(curve, ground)
    assert set(table["覆盖率"]) == {89.9}
    assert set(table["上界"]) == {99.9}
    order = advised("building_order", opened=opened, years=((2026, 1), (2027, 2))).answer
    short = replace(order, ground=ground, order=order.order.assign(share=0.8996))
    assert set(tables.order_table(short)["覆盖率"]) == {89.9}
    scale = tables.scale_of(replace(advice, ground=ground))
    assert scale.short(0.8996 * 600.0) == "覆盖 89.9%"


def test_accepting_adds_facilities_with_free_ids_kind_name_place_and_cost(opened):
    sites = tables.suggestions(advised(opened=opened, sites=2))
    scenario = Scenario("s", "情景", (FacilityAction("close", "c"),))
    actions = tables.actions_of(
        sites,
        layers=opened.assessment.layers,
        scenario=scenario,
        kind=CLINIC,
        costs={"village_clinic": 30.0},
    )
    assert [one.action for one in actions] == ["add", "add"]
    assert [one.facility_id for one in actions] == ["new-1", "new-2"]
    assert {one.kind for one in actions} == {"village_clinic"}
    assert {one.cost for one in actions} == {30.0}
    assert all(one.name.endswith("村卫生室") for one in actions)
    grown = replace(scenario, actions=(*scenario.actions, *actions))
    ids = opened.assessment.layers.facilities.index
    assert tables.accepted_sites(sites, grown, facilities=ids) == set(sites["site_id"])
    assert tables.accepted_sites(sites, scenario, facilities=ids) == set()
    apply_scenario(
        opened.assessment.layers, grown, kinds=opened.kinds, modes=opened.modes
    )  # the actions can be applied


def test_what_closes_is_closed(opened):
    clinic = FacilityAction(
        "add", "new-1", name="重复", kind="village_clinic", place=place_of(opened, "v1")
    )
    advice = advised("closing", opened=opened, scenario=Scenario("s", "情景", (clinic,)))
    sites = tables.suggestions(advice)
    assert sites["state"].tolist() == ["closed"]
    assert sites["people"].tolist() == [0.0]
    (action,) = tables.actions_of(
        sites, layers=opened.assessment.layers, scenario=None, kind=CLINIC, costs={}
    )
    assert (action.action, action.facility_id) == ("close", sites["site_id"].iloc[0])
    # Accepted, the facility of the scenario's own is taken out again and leaves no action behind.
    ids = opened.assessment.layers.facilities.index
    with_it, without = Scenario("s", "情景", (clinic,)), Scenario("s", "情景")
    gone = sites.assign(site_id="new-1")
    assert tables.accepted_sites(gone, with_it, facilities=ids) == set()
    assert tables.accepted_sites(gone, without, facilities=ids) == {"new-1"}
    on_globe = sites.assign(x=500_000.0, y=4_000_000.0)
    shapes = tables.suggestion_shapes(on_globe, crs="EPSG:4547")
    assert [shape.sign.text for shape in shapes] == ["撤"]


def test_the_curve_never_falls_and_each_number_has_its_sites(opened):
    advice = advised(CURVE, opened=opened)
    curve = advice.curve
    assert list(curve.index) == [1, 2, 3, 4], "no more than there are candidates"
    assert curve["covered"].is_monotonic_increasing
    assert curve["covered"].iloc[0] == 600.0
    assert len(tables.suggestions(advice, number=1)) == 1
    assert len(tables.suggestions(advice, number=99)) == 4, "the largest where none is meant"
    table = tables.curve_table(curve, advice.ground)
    assert table["覆盖率"].tolist() == [100.0] * 4
    assert set(table["状态"]) == {"已证明最优"}


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ({"selection": {"point": [{"处数": 2}]}}, 2),
        ({"selection": {"point": [{"处数": 9}]}}, None),
        ({"selection": {"point": []}}, None),
        ({"selection": {}}, None),
        ({}, None),
        (None, None),
        ({"selection": {"point": [{"处数": "x"}]}}, None),
    ],
)
def test_a_click_on_the_curve_is_checked(event, number):
    curve = pd.DataFrame({"share": [0.5, 0.6]}, index=pd.Index([1, 2], name="sites"))
    assert tables.clicked_number(event, curve) == number


def test_a_row_of_the_curve_is_its_number():
    curve = pd.DataFrame({"share": [0.5, 0.6]}, index=pd.Index([3, 4], name="sites"))
    assert row_number({"selection": {"rows": [1]}}, curve) == 4
    assert row_number({"selection": {"rows": []}}, curve) is None
    assert row_number({"selection": {"rows": [7]}}, curve) is None


def test_the_planners_own_choice_is_held_against_the_best(opened):
    worse = FacilityAction("add", "new-1", name="自选", kind="village_clinic", place=(-100.0, 0.0))
    scenario = Scenario("s", "情景", (worse,))
    advice = advised(OWN, opened=opened, scenario=scenario)
    assert siting_advice.own_text(advice) == "你的 1 处覆盖 50.0%，最优 100.0%，少覆盖 300 人。"
    best = replace(worse, place=place_of(opened, "v3"))
    advice = advised(OWN, opened=opened, scenario=replace(scenario, actions=(best,)))
    assert siting_advice.own_text(advice) == "你的 1 处覆盖 100.0%，最优 100.0%。"


def test_an_own_choice_of_nothing_is_refused(opened):
    with pytest.raises(SitingError) as error:
        advised(OWN, opened=opened)
    assert str(error.value) == (
        "情景里还没有新设「15分钟圈」所计的设施，没有可比的自选方案。请先在「试点」里点选几处。"
    )


def test_years_are_written_as_built_and_asked_as_standing(opened):
    order = advised("building_order", opened=opened, years=((2026, 1), (2027, 2)))
    table = tables.order_table(order.answer)
    assert table["年份"].tolist() == ["2026 年", "2027 年"]
    assert table["累计（处）"].tolist() == [1, 2]
    assert table["覆盖率"].tolist() == [100.0, 100.0]
    assert years_of(pd.DataFrame({"年": [], "处": []})) == ()


def test_the_same_question_has_the_same_key_whatever_the_scenario_is_called(opened):
    add = FacilityAction("add", "n", name="甲", kind="village_clinic", place=(1.0, 2.0))
    one = asked(opened=opened, sites=1, scenario=Scenario("s", "情景", (add,))).key
    assert one == asked(opened=opened, sites=1, scenario=Scenario("t", "别名", (add,))).key
    assert one != asked(opened=opened, sites=2, scenario=Scenario("s", "情景", (add,))).key
    assert one != asked(opened=opened, sites=1).key


def test_grounds_are_made_once_and_the_oldest_goes():
    made = []
    kept = Grounds(1)
    for key in ("a", "a", "b", "a"):
        kept.get(key, lambda key=key: made.append(key))
    assert made == ["a", "b", "a"]


def advice_page(opened, taken) -> None:
    """AppTest runs this by itself, so it imports what it needs."""
    import streamlit as st

    from tests.test_assessment import CIRCLE
    from views.siting_advice import show_advice

    show_advice(
        opened,
        CIRCLE,
        CIRCLE.readings[0],
        scenario=None,
        accept=taken.append,
        draw_map=lambda shapes: st.text(f"图上 {len(shapes)} 处"),
    )
    st.text("完")


@pytest.fixture
def flat_map(monkeypatch):
    """The toy county lies off the globe, where a map has no place for it."""
    monkeypatch.setattr(tables, "suggestion_shapes", lambda sites, **_: list(sites["site_id"]))


def page(opened, taken):
    app = AppTest.from_function(advice_page, default_timeout=LONGEST_RUN_S, args=(opened, taken))
    return ended(app.run())


def ended(app):
    assert not app.exception
    assert app.text[-1].value == "完"
    return app


def solved(app):
    """Press the button, wait for the thread, draw the page again."""
    next(one for one in app.button if one.label == "求解").click()
    app.run()
    assert app.session_state["solving"].at_hand.wait(LONGEST_RUN_S)
    return ended(app.run())


def markup(app):
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def button(app, label):
    return next(one for one in app.button if one.label == label)


def test_the_page_asks_solves_shows_and_accepts(opened, flat_map):
    taken = []
    app = page(opened, taken)
    assert "选好问题，点「求解」" in markup(app)
    app.number_input[0].set_value(1)
    app = solved(ended(app.run()))
    assert "已证明最优：覆盖 100.0%（600 人）。" in markup(app)
    assert app.text[0].value == "图上 1 处"
    button(app, "全部采用").click().run()
    ((action,),) = taken
    assert (action.action, action.kind, action.cost) == ("add", "village_clinic", 30.0)
    assert button(app, "采用所选").disabled


def test_a_mistake_in_the_question_is_told(opened, flat_map):
    app = page(opened, [])
    app.number_input[0].set_value(50)
    app = solved(ended(app.run()))
    assert "要新建 50 处，但可用的候选点只有 4 个" in app.error[0].value
    assert app.text[0].value == "图上 0 处"


def test_a_changed_question_makes_the_answer_stale(opened, flat_map):
    app = page(opened, [])
    app.number_input[0].set_value(1)
    app = solved(ended(app.run()))
    app.number_input[0].set_value(2)
    app = ended(app.run())
    assert siting_advice.STALE in [one.value for one in app.caption]


def test_a_long_solve_shows_progress_and_is_stopped_or_cancelled(opened, flat_map, monkeypatch):
    until = threading.Event()

    def slow(self, line):
        while not line.progress(0.0, 590.0, 500.0) and not until.wait(0.01):
            pass
        msg = "停下了。"
        raise SitingError(msg)

    monkeypatch.setattr(Advising, "__call__", slow)
    app = page(opened, [])
    button(app, "求解").click()
    app = ended(app.run())
    solve = app.session_state["solving"].at_hand
    while not solve.told.best > 0:
        until.wait(0.01)
    app = ended(app.run())
    assert "已找到覆盖 83.3%，上界 98.3%。" in markup(app)
    assert "最优" not in markup(app).replace("是否已证明最优", "")
    button(app, "停止").click()
    app.run()
    assert solve.wait(LONGEST_RUN_S)
    assert "停下了。" in ended(app.run()).error[0].value.replace("\\", "")
    button(app, "求解").click()
    app = ended(app.run())
    solve = app.session_state["solving"].at_hand
    button(app, "取消").click()
    app = ended(app.run())
    assert app.session_state["solving"].at_hand is None
    assert solve.wait(LONGEST_RUN_S)
    assert not app.error
    assert "选好问题" in markup(app)
