"""The page of reports: the form, previews on demand, an archive made beside the page."""

from __future__ import annotations

import base64
import errno
import io
import json
import shutil
import time
import zipfile
from dataclasses import replace
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from coverage.errors import InputError, OutputError, PlannerError
from coverage.scenarios.action import FacilityAction, Scenario
from layers.project import load_project
from layers.project_report import ReportTable
from layers.scenarios import write_scenario
from reports import printmap, report_drawing, report_folder
from reports.layer_files import safe_file_name
from reports.printing.press import Press
from reports.report_content import ReportRequest, SitingRequest
from reports.report_drawing import NEEDING_MAPS
from reports.report_folder import WRITERS, write_report
from reports.report_parts import PARTS
from tests.test_cli import CLINICS, EDGES, NODES, PROJECT, VILLAGES, ZONES
from views import report_form, report_page, report_preview, report_work
from views.cache import fingerprint, open_project
from views.report_preview import sheets
from views.report_work import (
    PART_NAMES,
    Asked,
    Making,
    Preparing,
    content_key,
    content_of,
    ensure_unchanged,
    files_key,
    part_name,
    report_table,
    size_text,
    told_text,
)
from views.solve_panel import begin, forget
from views.solving import DroppedError, Line, Told
from views.what_if import WHAT_IF, WhatIf

LONGEST_RUN_S = 60
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MOST_S = 30.0


def page(opened: object) -> None:
    """AppTest runs this by itself, so it imports what it needs."""
    import streamlit as st

    from views.report_page import show_report

    show_report(opened)
    st.text("完")


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """The small project, read and assessed once for the whole file; nothing writes into it."""
    folder = tmp_path_factory.mktemp("shared") / "小 县"
    folder.mkdir()
    (folder / "zones.geojson").write_text(json.dumps(ZONES, ensure_ascii=False), "utf-8")
    for name, text in (
        ("project.toml", PROJECT), ("nodes.csv", NODES), ("edges.csv", EDGES),
        ("villages.csv", VILLAGES), ("clinics.csv", CLINICS),
    ):  # fmt: skip
        (folder / name).write_text(text, "utf-8")
    return open_project(folder)


@pytest.fixture
def opened(read, tmp_path):
    """The same in a folder of its own, which a test may write into."""
    folder = tmp_path / "小 县"
    shutil.copytree(read.project.folder, folder)
    project = load_project(folder)
    return replace(read, project=project, fingerprint=fingerprint(project))


@pytest.fixture
def undrawn(monkeypatch):
    """Where only the state of the page counts, a sheet is one dot."""
    monkeypatch.setattr(report_preview, "_picture", lambda *_, **__: DOT)


def form(opened: object) -> None:
    """The form alone; AppTest runs this by itself."""
    import streamlit as st

    from views.report_form import show_form

    st.text(repr(show_form(opened, files="").request.siting))


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
    assert tuple(PART_NAMES) == tuple(PARTS)
    assert {*WRITERS, *NEEDING_MAPS} == set(PARTS)
    assert [part_name(one) for one in ("word", "")] == ["Word", "清单"]


def test_an_archive_holds_what_the_command_writes_and_is_the_same_twice(read, tmp_path):
    work = Making(read, asked("html", "tables"), "numbers")
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


def test_a_cancelled_report_ends_at_its_next_step(read):
    line = Line()
    line.drop()
    with pytest.raises(DroppedError):
        Making(read, asked("tables"), "")(line)


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
    monkeypatch.setattr(report_drawing, "FORMATS", ("png",))
    monkeypatch.setattr(report_drawing, "PRINT_DPI", 20)
    monkeypatch.setattr(printmap, "TARGET_MAPS", 1)
    # A second process draws the same, but takes seconds to start.
    monkeypatch.setattr(report_folder, "Press", partial(Press, beside=False))
    keep(opened, adding(opened))
    request = {
        "plans": ("jinan-2022",), "year": 2025, "scenario": "plan-1",
        "siting": SitingRequest(model="maximal_covering", sites=1),
    }  # fmt: skip
    content = Preparing(opened, ReportRequest(**request))(Line())
    previewed = list(sheets(content))
    assert "选址方案" in previewed[-2].title
    assert "前后对比" in previewed[-1].title

    def computed(_opened, _project, wanted, **_):
        assert wanted == content.request, "what was computed for the preview, once"
        return content

    monkeypatch.setattr(report_work, "content_of", computed)
    made = Making(opened, asked("maps", **request), "")(Line())
    names = [f"图{at:02d}_{safe_file_name(one.stem)}" for at, one in enumerate(previewed, 1)]
    assert [one.name for one in made.files if one.part] == [f"{name}.png" for name in names]


def test_a_siting_question_is_checked_as_in_the_command(opened):
    for siting, said in (
        (SitingRequest(model="upgrade", sites=1), "报告里不能直接求「upgrade」"),
        (SitingRequest(model="p_median", sites=1, standard="nowhere"), "标准“nowhere”不存在"),
        (SitingRequest(model="p_median", sites=9), "可用的候选点只有 2 个"),
    ):
        with pytest.raises(PlannerError, match=said):
            Preparing(opened, ReportRequest(siting=siting))(Line())


def test_a_full_disk_is_told_in_words_of_the_page(read, monkeypatch):
    said = "写不进临时文件夹（磁盘已满），成果没有生成。请清理那台电脑的磁盘"
    work = Making(read, asked("tables"), "")
    full = OSError(errno.ENOSPC, "No space left on device")
    wrapped = OutputError("结果写不进「某处」")
    wrapped.__cause__ = full
    for where, error in (
        ((report_work, "PrivateFolder"), full),
        ((report_folder, "write_report"), wrapped),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(*where, raising(error))
            with pytest.raises(OutputError, match=said):
                work(Line())
    monkeypatch.setattr(report_folder, "write_report", raising(OutputError("没有中文字体。")))
    with pytest.raises(OutputError, match=r"^没有中文字体。$"):
        work(Line())


def raising(error: Exception):
    """A function that fails whatever it is given."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_the_siting_question_of_the_form(read):
    app = AppTest.from_function(form, default_timeout=LONGEST_RUN_S, args=(read,)).run()
    assert app.text[-1].value == "None", "no proposal unless it is asked for"
    labelled(app.toggle, "附选址方案").set_value(True).run()
    reading = read.assessment.standards[0].readings[0].reading_id
    common = f"standard='health_circle_15', reading='{reading}'"
    assert app.text[-1].value == (
        f"SitingRequest(model='maximal_covering', {common}, sites=5, share=1.0, seed=0)"
    )
    assert labelled(app.selectbox, "选址问题").options[:2] == ["最大覆盖", "最少设施"]
    labelled(app.number_input, "随机种子").set_value(7)
    labelled(app.number_input, "新建（处）").set_value(1)
    labelled(app.selectbox, "选址问题").set_value("p_center").run()
    assert f"model='p_center', {common}, sites=1, share=1.0, seed=7" in app.text[-1].value
    labelled(app.selectbox, "选址问题").set_value("location_set_covering").run()
    target = read.assessment.standards[0].target
    assert labelled(app.number_input, "覆盖率达到（%）").value == round(100 * target, 1)
    labelled(app.number_input, "覆盖率达到（%）").set_value(80.0).run()
    assert "sites=None, share=0.8, seed=7" in app.text[-1].value
    labelled(app.selectbox, "选址问题").set_value("closing").run()
    assert [one.label for one in app.number_input] == ["随机种子"]
    assert not app.exception


def test_which_maps_are_not_seen_yet():
    request = ReportRequest(year=2025, siting=SitingRequest(model="closing"))
    assert report_page.unseen_text(request) == (
        "指标达标图、选址方案图计算后才能预览；不预览，成果里也有。"
    )
    assert report_page.unseen_text(ReportRequest(scenario="x")).startswith("前后对比图计算后")


def test_a_field_that_cannot_be_printed_is_told():
    table = report_table(ReportTable(note="注", grid=True), {"maker": "某局", "paper": "A3"})
    assert (table.maker, table.paper, table.note, table.grid) == ("某局", "A3", "注", True)
    with pytest.raises(InputError, match="成果页的填写"):
        report_table(ReportTable(), {"maker": "局" * 61})


def test_a_step_of_several_says_that_it_is_computed(read):
    line, said = Line(), []
    line.say = said.append
    content_of(read, read.project, ReportRequest(), line=line, with_areas=True)
    assert said[0] == "读取数据"
    assert said[1].startswith(f"计算：{read.assessment.standards[0].name}")
    assert said[1].endswith("）")


def test_words_of_progress_and_size():
    assert told_text(Told("waiting", 2.0)).startswith("正在排队（")
    assert told_text(Told("running", 2.0)).startswith("正在准备（")
    assert told_text(Told("running", 2.0, step="画地图：甲")).startswith("画地图：甲（")
    assert told_text(Told("ending", 2.0)).startswith("正在停下（")
    assert (size_text(300), size_text(1_600_000)) == ("1 KB", "1.5 MB")


def test_the_form_begins_with_the_project_and_shows_the_first_map(read):
    settings = read.project.settings
    table = settings.report.model_copy(update={"maker": "某县<b>局", "paper": "A3"})
    other = replace(read.project, settings=settings.model_copy(update={"report": table}))
    app = shown(replace(read, project=other))
    assert labelled(app.text_input, "制图单位").value == "某县<b>局"
    assert labelled(app.selectbox, "纸张").value == "A3"
    assert labelled(app.selectbox, "情景").options == ["现状"]
    assert labelled(app.selectbox, "预览").options[0] == "图01 小县现状设施分布图"
    assert len(app.get("image") + app.get("imgs")) == 1
    assert "试算" not in markup(app)


@pytest.mark.usefixtures("undrawn")
def test_what_is_tried_is_not_in_the_report_and_the_page_says_so(read):
    tried = WhatIf(scenario=Scenario("plan-1", "新建", (FacilityAction("close", "1"),)))
    app = shown(read, **{WHAT_IF: tried})
    assert "成果按项目现状写出，不含试算的改动" in markup(app)


@pytest.mark.usefixtures("undrawn")
def test_a_report_is_made_beside_the_page(read):
    app = shown(read)
    app.button_group[0].set_value(["tables"]).run()
    labelled(app.button, report_page.MAKE).click().run()
    waited(app, "成果已生成")
    assert app.dataframe[0].value["内容"].tolist()[-2:] == ["结果表", "清单"]
    assert report_page.STALE not in markup(app)
    labelled(app.text_input, "制图单位").set_value("某局").run()
    assert report_page.STALE in markup(ended(app))


@pytest.mark.usefixtures("undrawn")
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
    found = labelled(app.selectbox, "预览")
    assert "前后对比" in found.options[-1]
    assert found.value == len(found.options) - 1, "what was asked for is shown at once"
    assert report_page.PREPARE not in [one.label for one in app.button]


@pytest.mark.usefixtures("undrawn")
def test_a_siting_proposal_is_computed_beside_a_search(opened):
    app = shown(opened)
    search = begin(app.session_state, "advice", "question", until_ended)
    labelled(app.toggle, "附选址方案").set_value(True).run()
    labelled(app.number_input, "新建（处）").set_value(1).run()
    assert "选址方案图计算后才能预览" in markup(app)
    labelled(app.button, report_page.PREPARE).click().run()
    until = time.monotonic() + MOST_S
    while "选址方案" not in labelled(app.selectbox, "预览").options[-1]:
        assert time.monotonic() < until
        time.sleep(0.1)
        ended(app.run())
    assert not search.is_done
    forget(app.session_state, "advice")
    assert search.wait(MOST_S)


def until_ended(line: Line) -> None:
    while not line.progress(0.0, 1.0, 1.0):
        time.sleep(0.01)


@pytest.mark.usefixtures("undrawn")
def test_another_reports_end_is_told_before_it_comes(read):
    app = shown(read)
    begin(app.session_state, "report 别的项目", "question", until_ended, lane="report")
    assert report_page.DROPS in markup(ended(app.run()))
    forget(app.session_state, "report 别的项目")
    assert report_page.DROPS not in markup(ended(app.run()))


@pytest.mark.usefixtures("undrawn")
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


@pytest.mark.usefixtures("undrawn")
def test_without_a_part_nothing_can_be_made(read):
    app = shown(read)
    app.button_group[0].set_value([]).run()
    assert labelled(ended(app).button, report_page.MAKE).disabled
    assert report_form.NO_PARTS in markup(app)


@pytest.mark.usefixtures("undrawn")
def test_faults_are_sentences(opened):
    folder = opened.project.folder
    (folder / "targets.toml").write_text("[plans]\nuse = ['nowhere']\n", "utf-8")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "bad.toml").write_text("x = ", "utf-8")
    app = shown(opened)
    assert "nowhere" in app.error[0].value
    assert "bad.toml" in markup(app)
    assert labelled(app.selectbox, "情景").options == ["现状"]
