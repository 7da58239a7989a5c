"""The page of siting without a browser: what it shows, and what its buttons do to a scenario."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from coverage.assessment import assess
from coverage.changes.road_change import RoadChange
from coverage.scenarios.action import FacilityAction
from tests.hand_made import KINDS, MODES, STANDARD, X0, Y0, layers
from views import siting_scenarios
from views import siting_state as desks
from views.cache import Opened
from views.siting_state import Desk
from views.what_if import try_road_changes, what_if

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_RUN_S = 60
ADD = FacilityAction(
    "add", "new-1", name="甲*卫生室*", kind="village_clinic", place=(X0 + 4800, Y0), cost=6.0
)


def siting_page(opened: object, folder: object) -> None:
    """AppTest runs this by itself, so it imports what it needs."""
    from views.siting_page import show_siting

    show_siting(opened, static_folder=folder)


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    result = assess(layers(), standards=[STANDARD], modes=MODES, with_service_areas=False)
    project = SimpleNamespace(
        file=tmp_path / "project.toml",
        folder=tmp_path,
        name="示例县",
        path=lambda name: tmp_path / name,
        settings=SimpleNamespace(
            project=SimpleNamespace(scenarios="scenarios"), roads=SimpleNamespace(source="file")
        ),
    )
    return Opened(str(tmp_path), project, KINDS, MODES, (), result)


def page_of(opened: Opened, *actions: FacilityAction, selected: str = "") -> AppTest:
    app = AppTest.from_function(
        siting_page, default_timeout=LONGEST_RUN_S, args=(opened, opened.project.folder)
    )
    if actions or selected:
        desk = desks.done(Desk(), *actions) if actions else Desk()
        chosen = desks.select_facility(desk, selected)
        app.session_state[desks.DESKS] = {str(opened.project.file): chosen}
    return ended(app.run())


def ended(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error, [one.value for one in app.error]
    return app


def desk_of(app: AppTest) -> Desk:
    (desk,) = app.session_state[desks.DESKS].values()
    return desk


def actions_of(app: AppTest) -> list[str]:
    return [one.action for one in desk_of(app).scenario.facility_actions]


def press(app: AppTest, label: str) -> AppTest:
    return ended(next(one for one in app.button if one.label == label).click().run())


def markup(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def test_at_first_the_project_as_it_is(opened):
    app = page_of(opened)
    assert "现状" in markup(app)
    assert "→" not in markup(app)
    assert desk_of(app).scenario is None
    labels = {one.label: one.disabled for one in app.button}
    assert labels["撤销"]
    assert labels["重做"]
    assert "按此情景查看各页" not in labels


def test_a_scenario_shows_its_figures_list_and_table(opened):
    app = page_of(opened, ADD, selected="new-1")
    text = markup(app)
    assert "新增覆盖 1 个村" in text
    assert "造价 6 万元" in text
    assert "新建 甲*卫生室*（6 万元）" in text
    assert "本情景新建" in text
    table = app.dataframe[0].value.set_index("名称")
    assert table.loc["东镇", ["现状覆盖村", "情景覆盖村"]].tolist() == [0, 1]
    assert table.index[0] == "东镇"


def test_closing_reopening_undoing_and_redoing(opened):
    app = page_of(opened, ADD, selected="f1")
    press(app, "关闭")
    assert actions_of(app) == ["add", "close"]
    assert "失去覆盖 1 个村、400 人" in markup(app)
    assert "本情景关闭" in markup(app)
    press(app, "恢复")
    assert actions_of(app) == ["add"]
    press(app, "撤销")
    assert actions_of(app) == ["add", "close"]
    press(app, "撤销")
    press(app, "重做")
    assert actions_of(app) == ["add", "close"]
    press(app, "撤回")
    assert actions_of(app) == ["add"], "the latest stands on top"


def test_from_a_scenario_that_cannot_be_applied_there_is_a_way_back(opened):
    """As after a change of the data, or after the same advice was accepted twice."""
    gone = FacilityAction("close", "gone")
    app = AppTest.from_function(
        siting_page, default_timeout=LONGEST_RUN_S, args=(opened, opened.project.folder)
    )
    desk = desks.done(desks.done(Desk(), ADD), gone)
    app.session_state[desks.DESKS] = {str(opened.project.file): desk}
    app.run()
    assert not app.exception
    assert "gone" in app.error[0].value
    assert "关闭 gone" in markup(app)
    assert [one.label for one in app.button if one.label in ("撤销", "重做", "撤回")] == [
        "撤销", "重做", "撤回", "撤回",
    ]  # fmt: skip
    press(app, "撤销")
    assert desk_of(app).scenario.actions == (ADD,)
    assert "新增覆盖 1 个村" in markup(app)
    app.session_state[desks.DESKS] = {str(opened.project.file): desk}
    app.run()
    press(app, "撤回")
    assert desk_of(app).scenario.actions == (ADD,), "the latest stands on top"


def test_two_visitors_of_one_project_do_not_overwrite_each_other(opened):
    mine, theirs = page_of(opened, ADD), page_of(opened, FacilityAction("close", "f1"))
    press(theirs, "存入项目")
    (file,) = (opened.project.folder / "scenarios").iterdir()
    before = file.read_bytes()
    press(mine, "存入项目")
    assert file.read_bytes() == before
    assert not desk_of(mine).is_saved
    assert "已有，可能是别人存入的" in mine.warning[0].value
    press(mine, "复制情景")
    assert desk_of(mine).current == "scenario-2"
    press(mine, "存入项目")
    assert desk_of(mine).is_saved
    names = sorted(one.name for one in file.parent.iterdir())
    assert names == ["scenario-1.toml", "scenario-2.toml"]
    # A copy begun later knows of what others have put there.
    press(theirs, "复制情景")
    assert desk_of(theirs).current == "scenario-3"


def test_two_projects_in_one_folder_have_desks_of_their_own(opened):
    app = page_of(opened, ADD)
    beside = opened.project.folder / "other.toml"
    other = replace(opened, project=SimpleNamespace(**{**vars(opened.project), "file": beside}))
    there = AppTest.from_function(
        siting_page, default_timeout=LONGEST_RUN_S, args=(other, opened.project.folder)
    )
    there.session_state[desks.DESKS] = app.session_state[desks.DESKS]
    ended(there.run())
    assert desks.desk(there.session_state, beside).scenario is None
    assert desks.desk(there.session_state, opened.project.file).scenario.actions == (ADD,)


def test_a_village_gets_a_facility_of_its_own(opened):
    app = page_of(opened)
    app.session_state[desks.DESKS] = {
        str(opened.project.file): desks.select_village(desk_of(app), "d2")
    }
    ended(app.run())
    assert "现状未覆盖，本情景未覆盖" in markup(app)
    press(app, "在此村新建")
    (action,) = desk_of(app).scenario.actions
    assert action.place == (X0 + 4900, Y0 + 10)
    assert "新增覆盖 1 个村" in markup(app)


def test_scenarios_are_kept_copied_renamed_and_deleted(opened):
    app = page_of(opened, ADD)
    assert not desk_of(app).is_saved
    press(app, "存入项目")
    assert desk_of(app).is_saved
    (file,) = (opened.project.folder / "scenarios").iterdir()
    assert "甲*卫生室*" in file.read_text("utf-8")
    press(app, "复制情景")
    assert desk_of(app).scenario.name == "情景 1 副本"
    name = next(one for one in app.text_input if one.value == "情景 1 副本")
    ended(name.set_value("东部").run())
    assert desk_of(app).names == {"scenario-1": "情景 1", "scenario-2": "东部"}
    # What the folder holds is there again on the next visit.
    again = page_of(opened)
    assert desk_of(again).names == {"scenario-1": "情景 1"}
    again.selectbox[0].set_value("scenario-1").run()
    assert desk_of(again).scenario.actions == (ADD,)
    sure = next(one for one in again.checkbox if one.label.startswith("确认删除"))
    ended(sure.check().run())
    press(again, "删除情景")
    assert desk_of(again).names == {}
    assert not file.exists()


def test_a_new_name_stands_in_the_list_and_the_scenario_stays_on_the_map(opened):
    app = page_of(opened, ADD)
    name = next(one for one in app.text_input if one.value == "情景 1")
    ended(name.set_value("东部").run())
    assert desk_of(app).current == "scenario-1"
    assert app.selectbox[0].options == ["现状", "东部 *"]
    # A list whose words change under the same key would fall back to its first entry.
    keys = {app.selectbox[0].key}
    press(app, "存入项目")
    assert app.selectbox[0].key not in keys
    assert desk_of(app).current == "scenario-1"


def test_the_shipped_examples_are_not_written(opened, monkeypatch):
    monkeypatch.setattr(siting_scenarios, "EXAMPLES", opened.project.folder.parent)
    app = page_of(opened, ADD)
    assert next(one for one in app.button if one.label == "存入项目").disabled
    assert any("自带示例的文件夹不改动" in one.value for one in app.caption)


def test_roads_that_are_tried_become_part_of_the_scenario(opened):
    faster = RoadChange("change-1", "改造", "speed", ((X0 + 1000, Y0),), speed_kph=60.0)
    app = page_of(opened, ADD)
    try_road_changes(app.session_state, (faster,))
    ended(app.run())
    press(app, "并入正在试算的道路变化（1 处）")
    assert what_if(app.session_state).road_changes == ()
    assert desk_of(app).scenario.actions == (ADD, faster)
    assert "道路：改造" in markup(app)
    assert "绿线：改车速的路" in markup(app)
    assert not any("并入" in one.label for one in app.button)


def test_road_changes_of_one_id_get_ids_of_their_own():
    one = RoadChange("change-1", "甲", "close", ((X0, Y0),))
    other = RoadChange("change-1-2", "乙", "close", ((X0, Y0),))
    free = siting_scenarios.with_free_ids((one, other), (one,))
    assert [change.change_id for change in free] == ["change-1-2", "change-1-2-2"]
    assert [change.name for change in free] == ["甲", "乙"]


def test_a_file_that_cannot_be_read_hides_nothing(opened):
    folder = opened.project.folder / "scenarios"
    folder.mkdir()
    (folder / "broken.toml").write_text("name = [", "utf-8")
    app = page_of(opened)
    assert any("broken\\.toml" in one.value for one in app.warning)


def test_the_other_pages_can_show_the_scenario(opened):
    app = page_of(opened, ADD)
    press(app, "按此情景查看各页")
    tried = what_if(app.session_state)
    assert tried.scenario == desk_of(app).scenario
    assert tried.summary == "情景「情景 1」（1 项）"
    assert "各页正按此情景显示" in markup(app)


def test_hostile_names_are_text(opened):
    hostile = "<img src=x onerror=alert(1)>"
    app = page_of(opened, FacilityAction("add", "new-1", name=hostile, kind="village_clinic",
        place=(X0 + 4800, Y0)))  # fmt: skip
    assert "<img" not in markup(app)
    assert "&lt;img" in markup(app)
