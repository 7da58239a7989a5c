"""The page of targets without a browser: every section, settings kept, mistakes told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from layers.planning.choices_file import read_choices
from layers.planning.plan_faults import PlanError
from layers.planning.project_plans import ProjectPlans, named_plans, read_project_plans
from layers.planning.used_names import used_names
from layers.plans import load_plan, load_plans
from layers.standards import load_kinds
from reports.templates import plan_template_bytes
from tests.test_targets_command import OWN
from views import targets_page, targets_source
from views.cache import open_project
from views.targets_own_form import NEW, with_target
from views.targets_own_page import read_own_plan, use_name
from views.targets_source import PRIVATE, held_project

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "data" / "examples"
LONGEST_RUN_S = 120

HEAD = {"id": "county-2026", "title": "某县规划", "publisher": "某县", "area": "某县",
        "area_level": "county", "years": [2026, 2030]}  # fmt: skip


def page(opened: object, static: str, examples: str) -> None:
    """AppTest runs this by itself, so it imports what it needs."""
    from pathlib import Path

    import streamlit as st

    from views.targets_page import show_targets

    show_targets(opened, static_folder=Path(static), examples=Path(examples))
    st.text("完")


@pytest.fixture(scope="module")
def kinds():
    return load_kinds()


@pytest.fixture(scope="module", autouse=True)
def _plans_once():
    """The shipped plans are read once for all tests of this file."""
    plans = load_plans()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(targets_source, "load_plans", lambda **_: plans)
        yield


@pytest.fixture(scope="module")
def shipped_example():
    return open_project(EXAMPLES / "demo_county")


@pytest.fixture(scope="module")
def own_county(tmp_path_factory, shipped_example):
    """The same county in a folder of the planner's own, with one small plan."""
    folder = tmp_path_factory.mktemp("targets") / "county"
    shutil.copytree(EXAMPLES / "demo_county", folder)
    (folder / "own.toml").write_text(OWN, "utf-8")
    (folder / "targets.toml").write_text('[plans]\nuse = ["own.toml", "jining-2024"]\n', "utf-8")
    project = replace(shipped_example.project, file=folder / "project.toml")
    return replace(shipped_example, project=project, fingerprint="own")


@pytest.fixture
def own(own_county):
    """The same, with the choices as they were before every test."""
    path = own_county.project.folder / "targets.toml"
    before = path.read_bytes()
    yield own_county
    path.write_bytes(before)


def shown(opened, tmp_path, *, section="table") -> AppTest:
    app = AppTest.from_function(
        page, default_timeout=LONGEST_RUN_S, args=(opened, str(tmp_path), str(EXAMPLES))
    )
    app.session_state[targets_page.SECTION_KEY] = section
    return ended(app.run())


def ended(app: AppTest) -> AppTest:
    assert not app.exception
    assert app.text[-1].value == "完", "the page ended before its end"
    return app


def markup(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def button(app: AppTest, key: str):
    return next(one for one in app.button if one.key == key)


def test_the_table_filters_and_the_detail_follows(own, tmp_path):
    app = shown(own, tmp_path)
    assert len(app.dataframe[0].value) == 3
    assert "2公里内有村卫生室的人口达到 90%" in markup(app)
    year = next(one for one in app.selectbox if one.label == "年份")
    assert {"2020 年", "2025 年", "2030 年"} <= set(year.options)
    verdicts = next(one for one in app.segmented_control if one.key == targets_page.VERDICT_KEY)
    verdicts.set_value("未设目标").run()
    ended(app)
    assert app.dataframe[0].value["指标"].tolist() == ["每千人口床位"]
    assert "床位合理" in markup(app)
    app.text_input(key="targets-text").set_value("没有这样的指标").run()
    assert [one.value for one in app.info] == ["没有符合条件的指标，请放宽筛选。"]


@pytest.mark.parametrize("part", ["units", "zones", "years", "plans", "closing"])
def test_every_part_of_a_target_is_there(own, tmp_path, part):
    app = shown(own, tmp_path)
    app.segmented_control(key="targets-part").set_value(part).run()
    ended(app)
    tables = [one.value for one in app.dataframe]
    if part == "years":
        assert tables[1]["年份"].tolist() == ["2020 年", "2025 年", "2030 年"]
    if part == "zones":
        assert len(tables[1]) == 14
    if part == "plans":
        assert "没有设同一指标" in markup(app)


TWO_AIMS = """\
[plans]
use = ["own.toml"]
[[values]]
target = "own-plan/open"
year = 2025
value = 50
source = "县政府文件"
[[values]]
target = "own-plan/open"
year = 2035
value = 100
source = "县政府文件"
"""
"""Of a target whose plan leaves the number open."""


def of_beds(own, tmp_path):
    (own.project.folder / "targets.toml").write_text(TWO_AIMS, "utf-8")
    app = AppTest.from_function(
        page, default_timeout=LONGEST_RUN_S, args=(own, str(tmp_path), str(EXAMPLES))
    )
    app.session_state[targets_page.TARGET_KEY] = "own-plan/open"
    return ended(app.run())


@pytest.mark.parametrize("part", ["years", "plans"])
def test_every_part_interpolates_or_none_does(own, tmp_path, part, monkeypatch):
    app = of_beds(own, tmp_path)
    app.segmented_control(key="targets-part").set_value(part).run()
    asked = []
    judged = targets_source.Held.judged

    def recorded(self, answered, *, year, interpolate):
        asked.append(interpolate)
        return judged(self, answered, year=year, interpolate=interpolate)

    monkeypatch.setattr(targets_source.Held, "judged", recorded)
    same = "views.targets_detail.same_indicator"
    monkeypatch.setattr(same, lambda _, known, **__: list(known.values())[:1])
    app.toggle(key=targets_page.BETWEEN_KEY).set_value(True).run()
    ended(app)
    assert len(asked) > 1
    assert set(asked) == {True}
    if part == "years":
        table = app.dataframe[1].value.set_index("年份")
        # Halfway between 50 in 2025 and 100 in 2035.
        assert table.loc["2030 年", "目标"] == "75 张"


@pytest.mark.parametrize("section", list(targets_page.SECTIONS))
def test_every_section_of_the_shipped_example(shipped_example, tmp_path, section):
    app = shown(shipped_example, tmp_path, section=section)
    assert not app.error
    if section == "heat":
        assert len(app.dataframe[0].value.columns) == 17


def test_a_project_with_main_roads_only(tmp_path):
    app = shown(open_project(EXAMPLES / "shandong"), tmp_path)
    assert not app.error
    assert len(app.dataframe[0].value)


def test_an_open_target_is_set_kept_and_taken_back(own, tmp_path, kinds):
    app = shown(own, tmp_path, section="choices")
    app.selectbox(key="value-target").set_value("own-plan/open").run()
    assert "床位合理" in markup(app)
    button(app, "value-save").click().run()
    assert [one.value for one in app.warning] == ["请填写数值和依据。"]
    app.number_input(key="value-number").set_value(6.0)
    app.text_input(key="value-source").set_value("县政府 **文件**").run()
    button(app, "value-save").click().run()
    ended(app)
    assert "已设定" in app.success[0].value
    assert kept(own, kinds).values["own-plan/open"][0].value == 6.0
    assert "6 张（县政府 **文件**）" in markup(app)
    button(app, "value-drop-0").click().run()
    ended(app)
    assert kept(own, kinds).values == {}


def test_a_figure_is_typed_in_and_judged(own, tmp_path, kinds):
    app = shown(own, tmp_path, section="choices")
    app.segmented_control(key="choices-kind").set_value("reported").run()
    app.selectbox(key="report-target").set_value("own-plan/literacy").run()
    app.number_input(key="report-number").set_value(31.5)
    app.text_input(key="report-source").set_value("公报").run()
    button(app, "report-save").click().run()
    ended(app)
    assert kept(own, kinds).reported["own-plan/literacy"][0].value == 31.5
    app.segmented_control(key=targets_page.SECTION_KEY).set_value("table").run()
    table = app.dataframe[0].value
    row = table[table["指标"] == "居民健康素养水平"].iloc[0]
    assert (row["结论"], row["现值"]) == ("✓ 达标", "31.5%")
    app.segmented_control(key=targets_page.SECTION_KEY).set_value("choices").run()
    app.segmented_control(key="choices-kind").set_value("reported").run()
    button(app, "report-drop-0").click().run()
    assert kept(own, kinds).reported == {}


def test_a_waiver_changes_the_denominator(own, tmp_path, kinds):
    app = shown(own, tmp_path, section="choices")
    app.segmented_control(key="choices-kind").set_value("waivers").run()
    app.selectbox(key="waiver-rule").set_value("small_village").run()
    app.number_input(key="waiver-people").set_value(500).run()
    app.multiselect(key="waiver-targets").set_value(["own-plan/clinics-near"]).run()
    app.text_input(key="waiver-reason").set_value("人少").run()
    button(app, "waiver-save").click().run()
    ended(app)
    assert kept(own, kinds).waivers[0].under_persons == 500
    app.segmented_control(key=targets_page.SECTION_KEY).set_value("table").run()
    assert "不计入分母的村" in markup(app)
    app.segmented_control(key=targets_page.SECTION_KEY).set_value("choices").run()
    app.segmented_control(key="choices-kind").set_value("waivers").run()
    button(app, "waiver-drop-0").click().run()
    assert kept(own, kinds).waivers == ()


def test_settings_of_the_area(own, tmp_path, kinds):
    app = shown(own, tmp_path, section="choices")
    app.segmented_control(key="choices-kind").set_value("settings").run()
    ended(app)
    level = next(one for one in app.selectbox if one.label == "项目级别")
    level.set_value("county").run()
    button(app, "area-save").click().run()
    ended(app)
    assert kept(own, kinds).area_level == "county"


def test_the_files_of_an_example_are_not_written(shipped_example, tmp_path):
    before = (EXAMPLES / "demo_county" / "targets.toml").read_bytes()
    app = shown(shipped_example, tmp_path, section="choices")
    assert "不写入示例的文件" in markup(app)
    drops = [one for one in app.button if one.key and one.key.startswith("value-drop-")]
    drops[0].click().run()
    ended(app)
    left = [one for one in app.button if one.key and one.key.startswith("value-drop-")]
    assert len(left) == len(drops) - 1
    assert (EXAMPLES / "demo_county" / "targets.toml").read_bytes() == before


def test_a_broken_file_of_choices_is_told_in_sentences(own, tmp_path):
    path = own.project.folder / "targets.toml"
    path.write_text(
        '[plans]\nuse = ["own.toml"]\n[[values]]\ntarget = "own-plan/clinic-near"\n'
        'year = 2025\nvalue = 5\nsource = "x"\n', "utf-8",
    )  # fmt: skip
    app = shown(own, tmp_path)
    assert "最接近的是“own\\-plan/clinics\\-near”" in app.error[0].value.replace("\u2060", "") or (
        "clinics" in app.error[0].value
    )
    assert "请改正上面的问题" in markup(app)


def kept(opened, kinds):
    folder = opened.project.folder
    plans = read_project_plans(
        folder / "targets.toml", kinds=kinds, shipped=targets_source.load_plans()
    )
    return read_choices(folder / "targets.toml", plans.known, kinds)


@pytest.fixture
def held(own):
    st.session_state.clear()
    return held_project(own, examples=EXAMPLES)


def filled_template(**cells):
    book = openpyxl.load_workbook(BytesIO(plan_template_bytes()))
    sheet = book["填报表"]
    places = {
        str(cell.value).strip().lstrip("*").strip(): (cell.row, cell.column)
        for row in sheet.iter_rows(max_row=10)
        for cell in row
        if cell.value
    }
    first = max(row for row, _ in places.values())
    row = first + 1
    for title, value in cells.items():
        sheet.cell(row, places[title][1], value)
    content = BytesIO()
    book.save(content)
    return "指标.xlsx", content.getvalue()


GOOD = {
    "指标名称": "2公里内有村卫生室", "规则": "距离可达覆盖", "设施（含条件）": "村卫生室",
    "阈值": "2公里 直线", "单位": "%", "目标年1": 2030, "目标值1": 95, "章节": "一", "原文": "达到95%",
}  # fmt: skip


def test_an_own_plan_from_the_template(held):
    plan, text = read_own_plan(filled_template(**GOOD), HEAD, held=held)
    assert (plan.plan_id, plan.targets[0].indicator) == ("county-2026", "2公里内有村卫生室")
    path = held.plans.path.parent / "again.toml"
    path.write_text(text, "utf-8")
    again, _ = read_own_plan(("again.toml", text.encode()), {}, held=held)
    assert again == plan


def test_the_faults_of_an_own_plan_are_all_told(held):
    bad = {**GOOD, "规则": "时间可达", "目标值1": "很多", "原文": None}
    with pytest.raises(PlanError) as error:
        read_own_plan(filled_template(**bad), HEAD, held=held)
    for part in ("没有“时间可达”这种核算规则", "应为数字，现为“很多”", "原文"):
        assert part in str(error.value)
    with pytest.raises(PlanError, match="与自带的规划相同"):
        read_own_plan(filled_template(**GOOD), {**HEAD, "id": "jinan-2022"}, held=held)


def test_a_version_that_the_choices_do_not_fit_leaves_the_old_one(own, tmp_path, monkeypatch):
    """The visitor uploads a plan anew without the target for which a figure was typed in."""
    folder = own.project.folder
    (folder / "targets.toml").write_text(
        '[plans]\nuse = ["plan-own-plan.toml"]\n[[reported]]\ntarget = "own-plan/literacy"\n'
        'year = 2024\nvalue = 31\nsource = "公报"\n',
        "utf-8",
    )
    path = folder / "plan-own-plan.toml"
    path.write_text(OWN, "utf-8")
    head, first, _, third = OWN.split("[[targets]]\n")
    shorter = f"{head}[[targets]]\n{first}[[targets]]\n{third}"
    try:
        app = shown(own, tmp_path, section="own")
        app.file_uploader(key="own-file").upload("plan-own-plan.toml", shorter.encode()).run()
        button(app, "own-add").click().run()
        assert app.error[0].value.startswith("没有加入：1 处要改正。")
        assert "own-plan/literacy" in markup(app)
        assert path.read_text("utf-8") == OWN
        # The page is as usable as before.
        app.segmented_control(key=targets_page.SECTION_KEY).set_value("table").run()
        ended(app)
        assert len(app.dataframe[0].value) == 3
    finally:
        path.unlink()


def test_plans_are_named_as_the_file_names_them(held):
    assert used_names(held.plans.path) == ["own.toml", "jining-2024"]
    assert [use_name(held, one) for one in held.plans.in_use] == ["own.toml", "jining-2024"]
    assert use_name(held, "jinan-2022") == "jinan-2022"
    assert held.plans.files["own-plan"].name == "own.toml"
    assert list(named_plans(held.plans, [])) == ["own-plan", "jining-2024"]
    assert list(named_plans(held.plans, ["jinan-2022", "jinan-2022"])) == ["jinan-2022"]
    with pytest.raises(PlanError, match="最接近的是“own-plan”"):
        named_plans(held.plans, ["own-pln"])
    assert isinstance(held.plans, ProjectPlans)
    assert PRIVATE not in st.session_state


def test_a_target_is_added_on_screen_to_an_own_plan(own, tmp_path, kinds):
    path = own.project.folder / "own.toml"
    before = path.read_bytes()
    try:
        app = shown(own, tmp_path, section="own")
        app.segmented_control(key="own-way").set_value("form").run()
        ended(app)
        button(app, "own-one-add").click().run()
        assert app.error[0].value.startswith("没有加入：")
        told = markup(app)
        for part in ("<li>缺少「指标名称」。", "<li>缺少「原文」。", "<li>缺少「章节」。"):
            assert part in told
        assert path.read_bytes() == before
        app.selectbox(key="own-one-rule-0").set_value("served_within_distance").run()
        cells = {"indicator": "3公里内有村卫生室", "subject": "村卫生室", "threshold": "3公里 直线",
                 "year_1": "2025", "value_1": "95", "section": "一"}  # fmt: skip
        for column, text in cells.items():
            app.text_input(key=f"own-one-{column}-0").set_value(text)
        app.text_area(key="own-one-quote-0").set_value("3公里内有村卫生室的人口达到95%").run()
        button(app, "own-one-add").click().run()
        ended(app)
        assert "已加入“3公里内有村卫生室”" in app.success[0].value.replace("\\", "")
        assert path.read_bytes().startswith(before.rstrip()), "what stood there stays"
        plan = load_plan(path, kinds=kinds)
        assert plan.targets[-1].indicator == "3公里内有村卫生室"
        assert plan.targets[-1].target_id == f"own-plan/target-{len(plan.targets)}"
        assert app.text_input(key="own-one-indicator-1").value == ""
        app.segmented_control(key=targets_page.SECTION_KEY).set_value("table").run()
        assert "3公里内有村卫生室" in app.dataframe[0].value["指标"].tolist()
    finally:
        path.write_bytes(before)


RECORD = {"indicator": "2公里内有村卫生室", "rule": "距离可达覆盖", "subject": "村卫生室", "unit": "%",
          "threshold": "2公里 直线", "year_1": "2030", "value_1": "95", "section": "一",
          "quote": "达到95%"}  # fmt: skip


def test_one_target_makes_a_plan_of_its_own(held):
    plan, text, path = with_target(RECORD, into=NEW, head=HEAD, held=held)
    assert (plan.plan_id, path.name) == ("county-2026", "plan-county-2026.toml")
    assert not path.exists(), "nothing is written before it is checked"
    again, _ = read_own_plan(("again.toml", text.encode()), {}, held=held)
    assert again == plan
    for taken in ("jinan-2022", "own-plan"):
        with pytest.raises(PlanError) as error:
            with_target(RECORD, into=NEW, head={**HEAD, "id": taken}, held=held)
        assert str(error.value) == f"规划代号「{taken}」已经有了，请改用别的代号。"


def test_an_added_target_is_checked_beside_the_others(held):
    path = held.plans.files["own-plan"]
    before = path.read_bytes()
    taken = held.plans.in_use["own-plan"].targets[0].target_id.partition("/")[2]
    with pytest.raises(PlanError, match=f"指标编号「{taken}」写了 2 次"):
        with_target({**RECORD, "id": taken}, into="own-plan", head={}, held=held)
    with pytest.raises(PlanError, match="应为数字，现为“很多”"):
        with_target({**RECORD, "value_1": "很多"}, into="own-plan", head={}, held=held)
    try:
        path.write_text('targets = []\n[plan]\nid = "own-plan"\n', "utf-8")
        with pytest.raises(PlanError):
            with_target(RECORD, into="own-plan", head={}, held=held)
    finally:
        path.write_bytes(before)


def test_plans_are_ticked(own, tmp_path):
    app = shown(own, tmp_path, section="own")
    ticked = {one.label: one.value for one in app.checkbox}
    assert len(ticked) == 6
    assert sum(ticked.values()) == 2
    box = next(one for one in app.checkbox if one.key.startswith("own-use-jinan-2022-"))
    box.check().run()
    button(app, "own-use-save").click().run()
    ended(app)
    used = used_names(own.project.folder / "targets.toml")
    assert used == ["own.toml", "jining-2024", "jinan-2022"], "the order in use stays"


def test_a_project_opens_with_the_plan_of_its_place():
    held = held_project(open_project(EXAMPLES / "shandong"), examples=EXAMPLES)
    assert targets_page.first_plan(held) == "shandong-2018"
