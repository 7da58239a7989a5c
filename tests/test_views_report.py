"""The page of reports: the form, previews on demand, an archive made beside the page."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from coverage.errors import InputError
from coverage.scenarios.action import FacilityAction, Scenario
from layers.project_report import ReportTable
from layers.scenarios import write_scenario
from reports import report_folder
from reports.layer_files import safe_file_name
from reports.report_content import ReportRequest
from reports.report_folder import WRITERS, write_report
from reports.report_parts import PARTS
from tests.test_cli import project  # noqa: F401 - a fixture
from views import report_page
from views.cache import open_project
from views.report_preview import sheets
from views.report_work import (
    PART_NAMES,
    Asked,
    Making,
    Preparing,
    content_key,
    ensure_unchanged,
    files_key,
    part_name,
    report_table,
    size_text,
    told_text,
)
from views.solving import DroppedError, Line, Told
from views.what_if import WHAT_IF, WhatIf

LONGEST_RUN_S = 60
MOST_S = 30.0


def page(opened: object) -> None:
    """AppTest runs this by itself, so it imports what it needs."""
    import streamlit as st

    from views.report_page import show_report

    show_report(opened)
    st.text("完")


@pytest.fixture
def opened(project):  # noqa: F811 - the fixture of another file
    return open_project(project)


def asked(*parts: str, **request: object) -> Asked:
    return Asked(ReportRequest(**request), parts, ReportTable())


def keep(opened, action: FacilityAction) -> None:
    """Keep a scenario of one action with the project."""
    scenario = Scenario("plan-1", "方案<甲>", (action,))
    write_scenario(opened.project, scenario, crs=str(opened.assessment.layers.roads.crs))


def adding(opened) -> FacilityAction:
    """A second clinic, beside the last village."""
    village = opened.assessment.layers.demand.geometry.iloc[-1]
    place = (village.x, village.y)
    return FacilityAction("add", "new-1", name="新室", kind="village_clinic", place=place)


def shown(opened: object, **state: object) -> AppTest:
    app = AppTest.from_function(page, default_timeout=LONGEST_RUN_S, args=(opened,))
    for key, value in state.items():
        app.session_state[key] = value
    return ended(app.run())


def ended(app: AppTest) -> AppTest:
    assert not app.exception
    assert app.text[-1].value == "完", "the page ended before its end"
    return app


def markup(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def labelled(widgets, label: str):
    return next(one for one in widgets if one.label == label)


def waited(app: AppTest, word: str) -> AppTest:
    """The page once it says a word; AppTest does not draw fragments anew by itself."""
    until = time.monotonic() + MOST_S
    while word not in markup(app):
        assert time.monotonic() < until, markup(app)
        time.sleep(0.1)
        ended(app.run())
    return app


def test_the_page_names_every_part_there_is():
    assert tuple(PART_NAMES) == tuple(PARTS) == tuple(WRITERS)
    assert [part_name(one) for one in ("word", "")] == ["Word", "清单"]


def test_an_archive_holds_what_the_command_writes_and_is_the_same_twice(opened, tmp_path):
    work = Making(opened, asked("html", "tables"), "numbers")
    made, again = work(Line()), work(Line())
    assert made.name == "小县_成果.zip"
    assert made.archive.read_bytes() == again.archive.read_bytes()
    write_report(made.content, out=tmp_path / "out", only=("html", "tables"))
    with zipfile.ZipFile(io.BytesIO(made.archive.read_bytes())) as packed:
        held = {one.filename: packed.read(one) for one in packed.infolist()}
    direct = {one.name: one.read_bytes() for one in (tmp_path / "out").iterdir() if one.is_file()}
    assert held.keys() == direct.keys() == {one.name for one in made.files}
    assert {name for name in held if held[name] != direct[name]} <= {"manifest.json"}
    assert [one.part for one in made.files][-1] == ""
    assert all(one.n_bytes == len(held[one.name]) for one in made.files)
    assert [one.name for one in made.folder.path.iterdir()] == ["report.zip"]


def test_a_cancelled_report_ends_at_its_next_step(opened):
    line = Line()
    line.drop()
    with pytest.raises(DroppedError):
        Making(opened, asked("tables"), "")(line)


def test_numbers_of_old_files_never_go_out_with_the_hashes_of_new_ones(opened):
    ensure_unchanged(opened)
    file = opened.project.folder / "villages.csv"
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(InputError) as caught:
        Making(opened, asked("tables"), "")(Line())
    assert str(caught.value) == (
        "项目文件在打开以后改过，成果没有生成。请刷新网页，重新打开项目后再试。"
    )


def test_keys_change_with_what_a_report_holds(opened):
    files = files_key(opened.project)
    bare = content_key(opened, ReportRequest(), files=files)
    assert bare == content_key(opened, ReportRequest(), files="other"), "plans are not in it"
    held = content_key(opened, ReportRequest(year=2025), files=files)
    assert len({bare, held, content_key(opened, ReportRequest(year=2025), files="other")}) == 3
    work = Making(opened, asked("tables"), bare)
    others = [
        Making(opened, asked("html"), bare),
        Making(opened, asked("tables"), held),
        Making(opened, replace(work.asked, table=ReportTable(maker="某局")), bare),
    ]
    assert len({one.key for one in [work, *others]}) == 4
    keep(opened, adding(opened))
    assert files_key(opened.project) != files


def test_previews_are_the_sheets_that_are_written(opened, monkeypatch):
    monkeypatch.setattr(report_folder, "FORMATS", ("png",))
    keep(opened, adding(opened))
    request = {"plans": ("jinan-2022",), "year": 2025, "scenario": "plan-1"}
    previewed = list(sheets(Preparing(opened, ReportRequest(**request))(Line())))
    assert "前后对比" in previewed[-1].title
    made = Making(opened, asked("maps", **request), "")(Line())
    names = [f"图{at:02d}_{safe_file_name(one.stem)}" for at, one in enumerate(previewed, 1)]
    assert [one.name for one in made.files if one.part] == [f"{name}.png" for name in names]


def test_a_field_that_cannot_be_printed_is_told():
    table = report_table(ReportTable(note="注", grid=True), {"maker": "某局", "paper": "A3"})
    assert (table.maker, table.paper, table.note, table.grid) == ("某局", "A3", "注", True)
    with pytest.raises(InputError, match="成果页的填写"):
        report_table(ReportTable(), {"maker": "局" * 61})


def test_words_of_progress_and_size():
    assert told_text(Told("waiting", 2.0)).startswith("正在排队（")
    assert told_text(Told("running", 2.0)).startswith("正在准备（")
    assert told_text(Told("running", 2.0, step="画地图：甲")).startswith("画地图：甲（")
    assert told_text(Told("ending", 2.0)).startswith("正在停下（")
    assert (size_text(300), size_text(1_600_000)) == ("1 KB", "1.5 MB")


def test_the_form_begins_with_the_project_and_shows_the_first_map(opened):
    settings = opened.project.settings
    table = settings.report.model_copy(update={"maker": "某县<b>局", "paper": "A3"})
    other = replace(opened.project, settings=settings.model_copy(update={"report": table}))
    app = shown(replace(opened, project=other))
    assert labelled(app.text_input, "制图单位").value == "某县<b>局"
    assert labelled(app.selectbox, "纸张").value == "A3"
    assert labelled(app.selectbox, "情景").options == ["现状"]
    assert labelled(app.selectbox, "预览").options[0] == "图01 小县现状设施分布图"
    assert len(app.get("image") + app.get("imgs")) == 1
    assert "试算" not in markup(app)


def test_what_is_tried_is_not_in_the_report_and_the_page_says_so(opened):
    tried = WhatIf(scenario=Scenario("plan-1", "新建", (FacilityAction("close", "1"),)))
    app = shown(opened, **{WHAT_IF: tried})
    assert "成果按项目现状写出，不含试算的改动" in markup(app)


def test_a_report_is_made_beside_the_page(opened):
    app = shown(opened)
    app.button_group[0].set_value(["tables"]).run()
    labelled(app.button, report_page.MAKE).click().run()
    waited(app, "成果已生成")
    assert app.dataframe[0].value["内容"].tolist()[-2:] == ["结果表", "清单"]
    assert report_page.STALE not in markup(app)
    labelled(app.text_input, "制图单位").set_value("某局").run()
    assert report_page.STALE in markup(ended(app))


def test_maps_of_a_scenario_are_computed_once_they_are_asked_for(opened):
    keep(opened, adding(opened))
    app = shown(opened)
    before = labelled(app.selectbox, "预览").options
    labelled(app.selectbox, "情景").set_value("plan-1").run()
    assert labelled(app.selectbox, "预览").options == before
    labelled(app.button, report_page.PREPARE).click().run()
    until = time.monotonic() + MOST_S
    while labelled(app.selectbox, "预览").options == before:
        assert time.monotonic() < until
        time.sleep(0.1)
        ended(app.run())
    assert "前后对比" in labelled(app.selectbox, "预览").options[-1]
    assert report_page.PREPARE not in [one.label for one in app.button]


def test_a_scenario_that_cannot_be_computed_is_told(opened):
    clinic = str(opened.assessment.facilities.index[0])
    keep(opened, FacilityAction("close", clinic))
    app = shown(opened)
    labelled(app.selectbox, "情景").set_value("plan-1").run()
    labelled(app.button, report_page.PREPARE).click().run()
    until = time.monotonic() + MOST_S
    while not app.error:
        assert time.monotonic() < until
        time.sleep(0.1)
        ended(app.run())
    assert "一处设施也不剩" in app.error[0].value
    assert report_page.PREPARE in [one.label for one in app.button]


def test_without_a_part_nothing_can_be_made(opened):
    app = shown(opened)
    app.button_group[0].set_value([]).run()
    assert labelled(ended(app).button, report_page.MAKE).disabled


def test_faults_are_sentences(opened):
    folder = opened.project.folder
    (folder / "targets.toml").write_text("[plans]\nuse = ['nowhere']\n", "utf-8")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "bad.toml").write_text("x = ", "utf-8")
    app = shown(opened)
    assert "nowhere" in app.error[0].value
    assert "bad.toml" in markup(app)
    assert labelled(app.selectbox, "情景").options == ["现状"]
