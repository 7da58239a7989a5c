"""The page of data without a browser: its sections, an upload, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from coverage.errors import ProjectError
from layers.checks.findings import Finding
from layers.intake import Draft
from layers.project import load_project
from layers.quality import Ledger
from views.data_page import file_table
from views.data_sections import SECTION_KEY
from views.intake_adopting import NEW_LIST, adopted, likely_choice, list_choices
from views.new_project_page import ROAD_WAYS

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data" / "examples" / "demo_county"
LONGEST_RUN_S = 120

TABLE = "机构名称,经度,纬度\n{{7*7}}<b>村卫生室,117.35,37.27\n王村卫生室,,\n"


def page(folder, examples, static):
    from pathlib import Path

    from views.cache import assets_installed, open_project
    from views.data_page import show_data
    from views.problems import told_to_the_planner

    assets_installed(Path(static))
    with told_to_the_planner():
        show_data(open_project(Path(folder)), static_folder=Path(static), examples=Path(examples))


@pytest.fixture
def app(tmp_path):
    given = {"folder": str(DEMO), "examples": str(DEMO.parent), "static": str(tmp_path)}

    def at(section):
        made = AppTest.from_function(page, default_timeout=LONGEST_RUN_S, kwargs=given)
        made.session_state[SECTION_KEY] = section
        return made.run()

    return at


def markup(app):
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def test_the_project_shows_a_line_for_every_file(app):
    shown = app("have")
    assert not shown.exception
    assert not shown.error
    table = shown.dataframe[0].value
    assert table["文件"].tolist()[:2] == [
        "../../boundaries/demo_county_townships.geojson", "villages.csv",
    ]  # fmt: skip
    assert (table["读到"] == table["采用"] + table["放在一边"]).all()
    assert {one.label for one in shown.get("download_button")} == {"下载问题清单.xlsx"}


def test_files_in_the_table_are_text():
    found = [Finding("<b>.csv", 2, "missing", "不得为空", "set_aside")]
    table = file_table(Ledger.of_file("<b>.csv", found, rows_read=3, rows_used=2))
    assert table.to_numpy().tolist() == [["<b>.csv", 3, 2, 1, 1]]


def test_an_upload_is_read_and_asks_for_its_datum(app):
    shown = app("import")
    shown.file_uploader[0].upload("名录.csv", TABLE.encode("gb18030"), "text/csv")
    shown.run()
    assert not shown.exception
    assert not shown.error
    assert "已选文件：<b>名录.csv</b>" in markup(shown)
    columns = {one.label: one.value for one in shown.selectbox}
    assert (columns["名称"], columns["经度"], columns["纬度"]) == ("机构名称", "经度", "纬度")
    assert columns["这份文件的坐标系"] is None
    assert next(one for one in shown.button if one.label == "采用该坐标系").disabled
    next(one for one in shown.selectbox if one.label == "这份文件的坐标系").set_value("WGS84").run()
    next(one for one in shown.button if one.label == "采用该坐标系").click().run()
    assert not shown.exception
    assert "读到 <b>2</b> 行" in markup(shown)
    assert '<span class="qt-missed">放在一边 <b>1</b></span>' in markup(shown)
    assert shown.info[0].value.startswith("自带示例不改动。")
    assert not [one for one in shown.button if one.label == "写入项目"]


def test_what_cannot_be_read_is_one_sentence(app):
    shown = app("import")
    shown.file_uploader[0].upload("名录.csv", b"\x89PNG\r\n\x1a\n" + b"0" * 99, "text/csv")
    shown.run()
    assert not shown.exception
    (error,) = shown.error
    assert "PNG" in error.value


def test_examples_are_not_corrected(app):
    shown = app("correct")
    assert [one.value for one in shown.info] == [
        "自带示例不改动，不能更正。请到“新建项目”建一个自己的项目，或在右上方打开自己的项目文件夹。"
    ]


def test_a_new_project_says_what_is_missing(app):
    shown = app("new")
    assert not shown.exception
    assert "还要填写：项目名称、项目文件夹、行政边界、路网、村（社区）、设施名录。" in markup(shown)
    assert next(one for one in shown.button if one.label == "新建项目").disabled
    assert set(ROAD_WAYS) == {"upload", "path"}


def test_every_template_has_its_button(app):
    shown = app("templates")
    assert not shown.exception
    labels = [one.label for one in shown.get("download_button")]
    assert labels[0] == "医疗机构名录"
    assert len(labels) == len(set(labels)) == 8


def test_a_list_may_be_added_or_replace_another():
    project = load_project(DEMO)
    assert list(list_choices(project, "demand")) == [NEW_LIST]
    choices = list_choices(project, "facilities")
    assert list(choices) == [NEW_LIST, *range(len(project.settings.facilities))]
    assert choices[1] == "换掉现在的第 2 份名录：../../facilities/demo_county_clinics.csv"


@pytest.mark.parametrize(
    ("name", "place"),
    [("demo_county_clinics.xlsx", 1), ("Demo_County_Clinics.csv", 1), ("新名录.xlsx", NEW_LIST)],
)
def test_a_list_of_the_same_name_is_meant_to_replace_the_old_one(tmp_path, name, place):
    draft = Draft("facilities", tmp_path / name, name)
    assert likely_choice(load_project(DEMO), draft) == place
    assert likely_choice(load_project(DEMO), replace(draft, layer="demand")) == NEW_LIST


def test_what_cannot_be_read_afterwards_is_taken_back(tmp_path, monkeypatch):
    project = copied_project(tmp_path)
    source = tmp_path / "名录.csv"
    source.write_text("名称,经度,纬度\n李村卫生室,117.35,37.27\n", encoding="utf-8")
    columns = {"name": "名称", "lon": "经度", "lat": "纬度"}
    draft = Draft("facilities", source, "名录.csv", columns=columns, crs="WGS84",
                  kind="village_clinic", row_datums={2: "GCJ-02"})  # fmt: skip
    before = project.file.read_bytes()

    def refuse(folder):
        assert "sources/名录.csv" in folder.read_text(encoding="utf-8")
        assert (folder.parent / "corrections.csv").is_file()
        msg = "读不了。"
        raise ProjectError(msg)

    monkeypatch.setattr("views.intake_adopting.open_project", refuse)
    with pytest.raises(ProjectError):
        adopted(project, draft, replaces=None)
    assert project.file.read_bytes() == before
    assert not (project.folder / "corrections.csv").exists()
    monkeypatch.setattr("views.intake_adopting.open_project", lambda _: None)
    lists = len(project.settings.facilities)
    assert len(adopted(project, draft, replaces=None).settings.facilities) == lists + 1


def copied_project(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("project.toml", "villages.csv"):
        (folder / name).write_bytes((DEMO / name).read_bytes())
    return load_project(folder)
