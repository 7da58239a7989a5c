"""The app without a browser: the examples, the empty state, mistakes and bugs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from views import coverage_page, state
from views.project_picker import CHOICE, EXAMPLES, OWN, OWN_PATH, typed_path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data" / "examples" / "demo_county"
LONGEST_RUN_S = 120


@pytest.fixture(scope="module")
def start() -> AppTest:
    """The page as it opens on the first example."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=LONGEST_RUN_S).run()


@pytest.fixture
def own(tmp_path: Path):
    """Opens a folder of the planner's own; what is kept of other folders has other keys."""

    def opened(path: object) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=LONGEST_RUN_S)
        app.session_state[CHOICE] = OWN
        app.run()
        app.text_input(key=OWN_PATH).set_value(str(path))
        return next(one for one in app.button if one.label == "打开").click().run()

    return opened


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """示例县 in a folder of its own, to be broken."""
    target = tmp_path / "data"
    for folder in ("boundaries", "facilities", "networks"):
        shutil.copytree(ROOT / "data" / folder, target / folder)
    shutil.copytree(DEMO, target / "examples" / "demo_county")
    return target / "examples" / "demo_county"


def markup(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def gap_of(app: AppTest, reading_id: str) -> str:
    """A village that the reading leaves uncovered."""
    gaps = app.session_state[state.OPENED].assessment.gaps
    return gaps.loc[gaps["reading_id"] == reading_id, "demand_id"].iloc[0]


def test_the_first_example_opens_with_its_label_and_all_cards(start: AppTest) -> None:
    assert not start.exception
    assert not start.error
    assert "qt-label" in markup(start)
    assert "合成数据" in markup(start)
    names = [one.label for one in start.button if one.key and one.key.startswith("choose-")]
    assert names == [
        "15分钟健康服务圈", "15分钟健身圈", "城市社区十分钟健身圈", "30分钟重点疾病救治服务圈",
    ]  # fmt: skip
    table = start.dataframe[0].value
    assert len(table) == 14
    assert table["未覆盖人口"].is_monotonic_decreasing
    assert any(one.label.startswith("数据提示（") for one in start.expander)
    assert any(one.label.startswith("数据来源与许可") for one in start.expander)


def test_choosing_a_standard_a_reading_and_a_village(start: AppTest) -> None:
    start.button(key="choose-fitness_circle_15").click().run()
    assert "示例县：15分钟健身圈 · 15分钟（步行），各行政单元" in markup(start)
    assert "口径对比" not in markup(start)
    start.button(key="choose-rescue_ring_30").click().run()
    assert "示例县：30分钟重点疾病救治服务圈 · 30分钟（驾车），各行政单元" in markup(start)
    two_legs = "rescue_ring_30_two_legs"
    start.segmented_control(key="reading-rescue_ring_30").set_value(two_legs).run()
    start.selectbox(key=coverage_page.VILLAGE_KEY).set_value(gap_of(start, two_legs)).run()
    assert "出车准备" in markup(start)
    start.selectbox(key=coverage_page.VILLAGE_KEY).set_value(None).run()
    start.button(key="choose-health_circle_15").click().run()
    assert "口径对比" in markup(start)
    # Card, table and map follow the reading in the same run.
    assert "缺口 67,519 人" in markup(start)
    straight = "health_circle_15_straight_2500m"
    start.segmented_control(key="reading-health_circle_15").set_value(straight).run()
    assert "缺口 12,118 人" in markup(start)
    assert "缺口 67,519 人" not in markup(start)
    assert "15分钟健康服务圈 · 2.5公里（直线距离），各行政单元" in markup(start)
    assert start.dataframe[0].value["未覆盖人口"].sum() == 12118
    start.segmented_control(key="reading-health_circle_15").set_value("health_circle_15").run()
    village = start.selectbox(key=coverage_page.VILLAGE_KEY)
    assert village.value is None
    village.set_value(gap_of(start, "health_circle_15")).run()
    assert "接驳（村到道路）" in markup(start)
    assert "误差范围" in markup(start)
    assert "经过：" in markup(start)
    assert "不符合" in markup(start)
    assert not start.exception


def test_every_example_opens(start: AppTest) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=LONGEST_RUN_S)
    for name in EXAMPLES:
        app.session_state[CHOICE] = name
        app.run()
        assert not app.exception
        assert not app.error
        assert app.button(key="choose-rescue_ring_30")


def test_without_a_folder_the_page_says_what_to_do(own) -> None:
    app = own("  ")
    assert [one.value for one in app.info] == [
        "还没有打开项目。请填写项目文件夹的完整路径，再按“打开”。"
    ]
    assert not app.error


def test_a_folder_that_is_not_there_is_one_sentence(own, tmp_path: Path) -> None:
    app = own(tmp_path / "没有*这个*<b>")
    assert len(app.error) == 1
    assert "项目设置（project\\.toml" in app.error[0].value
    assert "\\*这个\\*\\<\u2060b\\>" in app.error[0].value
    assert not app.exception


def test_every_problem_of_a_table_is_listed(own, copied: Path) -> None:
    villages = copied / "villages.csv"
    lines = villages.read_text("utf-8").splitlines()
    head = lines[0].split(",")
    people = head.index("常住人口")
    for row in (1, 2, 3):
        cells = lines[row].split(",")
        cells[people] = "-5"
        lines[row] = ",".join(cells)
    villages.write_text("\n".join(lines), "utf-8")
    app = own(copied)
    assert len(app.error) == 1
    table = app.dataframe[0].value
    assert table["行"].tolist() == ["2", "3", "4"]
    assert not app.exception


@pytest.mark.parametrize("missing", ["villages.csv", "../../networks/demo_county.osm.pbf"])
def test_a_missing_file_is_named(own, copied: Path, missing: str) -> None:
    (copied / missing).unlink()
    app = own(copied)
    assert len(app.error) == 1
    name = Path(missing).name.split(".")[0].split("_")[0]
    assert name in app.error[0].value
    assert not app.exception


def test_a_project_that_was_put_right_opens_at_the_next_press(own, copied: Path) -> None:
    project = copied / "project.toml"
    good = project.read_text("utf-8")
    project.write_text(good.replace("standards = [", "standrads = ["), "utf-8")
    app = own(copied)
    assert "standrads" in app.error[0].value
    project.write_text(good, "utf-8")
    app = next(one for one in app.button if one.label == "打开").click().run()
    assert not app.error
    assert app.button(key="choose-health_circle_15")


def test_a_bug_is_not_swallowed(own, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        message = "a bug"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("views.coverage_page.show_cards", broken)
    app = own(DEMO)
    assert len(app.exception) == 1
    assert not app.error
    # The screen keeps the details to itself; the log has them.
    assert "a bug" not in app.exception[0].message


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("", None),
        ('  "" ', None),
        (' "D:/健康/某县" ', Path("D:/健康/某县")),
        ("“/数据/某县”", Path("/数据/某县")),
    ],
)
def test_paths_as_they_are_pasted(typed: str, path: Path | None) -> None:
    assert typed_path(typed) == path


def test_the_page_loads_neither_osmnx_nor_folium() -> None:
    code = (
        "import sys, views.coverage_page, views.project_picker; "
        "print(sorted({'osmnx', 'folium', 'matplotlib', 'docxtpl'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
