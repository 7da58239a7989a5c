"""Scenarios kept with a project: written, read again, listed; files broken in every way."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.changes.road_change import RoadChange
from coverage.errors import OutputError, ScenarioError
from coverage.scenario import ACTION_NAMES, AMOUNT_COLUMNS, FacilityAction, Scenario
from layers.project import load_project
from layers.scenarios import (
    MOST_BYTES,
    MOST_SCENARIOS,
    delete_scenario,
    find_scenario,
    read_scenario,
    read_scenarios,
    scenario_files,
    scenario_text,
    write_scenario,
)
from tests.hostile import HOSTILE
from tests.networks import METRIC_CRS
from tests.small_county import PROJECT

X0, Y0 = 39_500_000.0, 4_000_000.0

ACTIONS = (
    FacilityAction(
        "add", "new-1", "李村卫生室", "village_clinic", (X0 + 0.1234, Y0),
        (("capacity_beds", 12.0), ("area_m2", 80.5)), 30.0,
    ),
    RoadChange("c1", "封老桥", "close", ((X0 + 500.123, Y0 + 0.4567),)),
    FacilityAction("move", HOSTILE, place=(X0 - 1e4, Y0 + 2e4)),
    RoadChange("a1", HOSTILE, "add", ((X0, Y0), (X0 + 1, Y0 - 2e4)), 62.5, "primary", True),
    FacilityAction("upgrade", "c2", kind="township_clinic", cost=0.0),
    FacilityAction("capacity", "c3", amounts=(("turnout_s", 60.0),)),
    FacilityAction("close", "c3"),
)  # fmt: skip

PLAN = Scenario("plan-1", "方案一", ACTIONS, "第一行\n第二行")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "project.toml").write_text(PROJECT, encoding="utf-8")
    return load_project(tmp_path)


def put(project, name: str, text: str | bytes):
    folder = project.folder / "scenarios"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_what_is_written_is_read_again(project) -> None:
    path = write_scenario(project, PLAN, METRIC_CRS)
    assert path == project.folder / "scenarios" / "plan-1.toml"
    assert read_scenario(path, METRIC_CRS) == PLAN
    before = path.read_bytes()
    write_scenario(project, read_scenario(path, METRIC_CRS), METRIC_CRS, expected=PLAN)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["plan-1.toml"]


def test_the_file_as_it_stands() -> None:
    text = scenario_text(replace(PLAN, actions=ACTIONS[:2]), METRIC_CRS)
    head, about, first, second = re.split(r"(?m)^(?=name = \"方案一|\[\[actions\]\])", text)
    assert all(line.startswith("#") for line in head.split("\n") if line)
    assert max(map(len, head.split("\n"))) < 100
    assert about == 'name = "方案一"\nnote = "第一行\\u000a第二行"\n\n'
    assert first == (
        '[[actions]]\n[actions.facility]\nid = "new-1"\naction = "add"\nname = "李村卫生室"\n'
        'kind = "village_clinic"\nplace = [117.000001366, 36.130292921]\n'
        "amounts = {capacity_beds = 12.0, area_m2 = 80.5}\ncost = 30.0\n\n"
    )
    assert second == (
        '[[actions]]\n[actions.road]\nid = "c1"\nname = "封老桥"\naction = "close"\n'
        "places = [[117.005555988, 36.130296910]]\n"
    )
    empty = scenario_text(Scenario("x", "空"), METRIC_CRS)
    assert tomllib.loads(empty) == {"name": "空"}


def texts(**limits):
    return st.text(st.characters(exclude_categories=["Cs"]), **limits)


IDS = texts(min_size=1, max_size=9).filter(lambda one: one.strip() and one.isprintable())
PLACES = st.tuples(st.floats(X0 - 2e5, X0 + 2e5), st.floats(Y0 - 1e6, Y0 + 1e6))
AMOUNTS = st.dictionaries(st.sampled_from(list(AMOUNT_COLUMNS)), st.floats(0, 3600), min_size=1)


@st.composite
def facility_actions(draw) -> FacilityAction:
    action = draw(st.sampled_from(list(ACTION_NAMES)))
    uses = {
        "add": ("name", "kind", "place", "amounts"), "move": ("place",), "close": (),
        "upgrade": ("kind", "amounts"), "capacity": ("amounts",),
    }[action]  # fmt: skip
    given_fields = {
        "name": texts(max_size=20),
        "kind": texts(min_size=1, max_size=9),
        "place": PLACES,
        "amounts": AMOUNTS.map(lambda pairs: tuple(pairs.items())),
    }
    return FacilityAction(
        action, draw(IDS), cost=draw(st.none() | st.floats(0, 1e8)),
        **{field: draw(given_fields[field]) for field in uses},
    )  # fmt: skip


ROADS = st.builds(
    RoadChange,
    change_id=st.uuids().map(str),
    name=texts(max_size=20),
    action=st.just("close"),
    places=st.lists(PLACES, min_size=1, max_size=3).map(tuple),
)


@given(st.lists(facility_actions() | ROADS, max_size=4), texts(min_size=1, max_size=9), texts())
def test_any_scenario_comes_back_the_same(tmp_path_factory, actions, name, note) -> None:
    scenario = Scenario("any_1", name if name.strip() else "名", tuple(actions), note)
    text = scenario_text(scenario, METRIC_CRS)
    path = tmp_path_factory.getbasetemp() / "any_1.toml"
    path.write_bytes(text.encode())
    assert read_scenario(path, METRIC_CRS) == scenario
    assert scenario_text(read_scenario(path, METRIC_CRS), METRIC_CRS) == text


@pytest.mark.parametrize(
    ("scenario_id", "rule"),
    [
        ("../up", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("a/b", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("a\\b", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("a\n", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("a.toml", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("方案", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("-x", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("\0", "只能用英文字母、数字、- 和 _，并以字母或数字开头"),
        ("NUL", "是 Windows 留作设备名的词，不能用"),
        ("com1", "是 Windows 留作设备名的词，不能用"),
        ("a" * 61, "有 61 个字符，不得超过 60 个"),
    ],
)
def test_an_id_that_can_be_no_file_name(project, scenario_id, rule) -> None:
    for work in (
        lambda: write_scenario(project, Scenario(scenario_id, "名"), METRIC_CRS),
        lambda: delete_scenario(project, Scenario(scenario_id, "名"), METRIC_CRS),
    ):
        with pytest.raises(ScenarioError) as caught:
            work()
        shown = "".join(one if one.isprintable() else "?" for one in scenario_id)[:40]
        shown += "…" if len(scenario_id) > 40 else ""
        assert str(caught.value) == f"情景代码「{shown}」{rule}，请改名后重试。"
    assert not (project.folder / "scenarios").exists()


def test_names_that_differ_in_case_only(project) -> None:
    write_scenario(project, Scenario("Plan", "名"), METRIC_CRS)
    with pytest.raises(ScenarioError) as caught:
        write_scenario(project, Scenario("plan", "名"), METRIC_CRS)
    assert str(caught.value) == "情景代码「plan」与已有的「Plan」只差大小写，请换一个代码。"


def test_a_scenario_that_could_not_be_read_is_not_written(project) -> None:
    wrong = (
        FacilityAction("close", "c1", cost=-1.0),
        FacilityAction("add", "n", "新", "village_clinic", (0.0, 0.0)),
    )
    with pytest.raises(ScenarioError) as caught:
        write_scenario(project, Scenario("x", " ", wrong, "\udc00"), METRIC_CRS)
    assert str(caught.value) == (
        "情景没有名称，请填写。情景的说明里有不成字的编码，请重新输入。"
        "第 1 项动作：关闭设施「c1」的费用应不小于 0、不超过 100000000 万元，现为 -1；"
        "不知道时不要写。"
        "第 2 项动作：新增设施「新」的位置换算不成经纬度，请重新在图上选点。"
    )
    with pytest.raises(ScenarioError, match="情景的名称有 201 个字，不得超过 200 个字。"):
        scenario_text(Scenario("x", "字" * 201), METRIC_CRS)
    many = tuple(FacilityAction("close", f"c{number}") for number in range(1001))
    with pytest.raises(ScenarioError, match="情景有 1001 个动作，不得超过 1000 个。"):
        scenario_text(Scenario("x", "名", many), METRIC_CRS)
    assert scenario_files(project) == []


def test_an_old_file_survives_a_failed_write(project, monkeypatch) -> None:
    path = write_scenario(project, PLAN, METRIC_CRS)
    before = path.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError) as caught:
        write_scenario(project, replace(PLAN, name="改"), METRIC_CRS, expected=PLAN)
    assert str(caught.value) == (
        "情景「plan-1.toml」写不进去（磁盘已满），原有的情景没有改动。"
        "请检查文件夹权限和磁盘空间，关闭正在打开它的程序后重试。"
    )
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["plan-1.toml"]


# The folder


def test_a_broken_file_is_named_and_hides_no_other(project) -> None:
    for number in (10, 2, 1):
        write_scenario(project, replace(PLAN, scenario_id=f"plan-{number}"), METRIC_CRS)
    put(project, "plan-3.toml", "name = \n")
    put(project, "副本.toml", 'name = "名"')
    put(project, "notes.txt", "")
    (project.folder / "scenarios" / "folder.toml").mkdir()
    kept = read_scenarios(project, METRIC_CRS)
    assert [one.scenario_id for one in kept.scenarios] == ["plan-1", "plan-2", "plan-10"]
    assert kept.faults == (
        (
            "设置文件「plan-3.toml」不合 TOML 格式：第 1 行第 8 列，等号后面的值不合规范"
            "（文字要加英文双引号）。请改正这一处后重试。"
        ),
        (
            "情景文件「副本.toml」的文件名只能用英文字母、数字、- 和 _，并以字母或数字开头，"
            "请改名后重试。"
        ),
    )


def test_no_folder_no_scenarios(project) -> None:
    assert read_scenarios(project, METRIC_CRS).scenarios == ()
    (project.folder / "scenarios").write_bytes(b"")
    with pytest.raises(ScenarioError, match=r"^情景文件夹「scenarios」读不出来（.+）。"):
        scenario_files(project)


def test_another_folder_where_the_project_says_so(tmp_path) -> None:
    text = PROJECT.replace('name = "小县"\n', 'name = "小县"\nscenarios = "情景"\n', 1)
    (tmp_path / "project.toml").write_text(text, encoding="utf-8")
    path = write_scenario(load_project(tmp_path), PLAN, METRIC_CRS)
    assert path.parent == tmp_path / "情景"


def test_too_many_files(project) -> None:
    for number in range(MOST_SCENARIOS):
        put(project, f"p{number}.toml", 'name = "名"')
    with pytest.raises(ScenarioError) as caught:
        write_scenario(project, PLAN, METRIC_CRS)
    assert str(caught.value) == "项目已有 200 个情景，不得超过 200 个，请先删去不用的。"
    p7 = Scenario("p7", "名")
    write_scenario(project, replace(p7, name="改"), METRIC_CRS, expected=p7)
    put(project, "p999.toml", 'name = "名"')
    kept = read_scenarios(project, METRIC_CRS)
    assert len(kept.scenarios) == MOST_SCENARIOS
    assert kept.faults == ("情景文件夹有 201 个文件，只读前 200 个，请移走不用的文件。",)


def test_delete(project) -> None:
    write_scenario(project, PLAN, METRIC_CRS)
    delete_scenario(project, PLAN, METRIC_CRS)
    assert scenario_files(project) == []
    with pytest.raises(ScenarioError) as caught:
        delete_scenario(project, PLAN, METRIC_CRS)
    assert str(caught.value) == "项目里没有情景「plan-1」，可能已经删除。请刷新后重试。"


def test_what_somebody_else_has_put_there_stays(project) -> None:
    """Two visitors read the same empty folder; both call their first scenario plan-1."""
    theirs = replace(PLAN, name="别人的")
    path = write_scenario(project, theirs, METRIC_CRS)
    before = path.read_bytes()
    hint = "没有存入，以免覆盖。要留存自己的，请先「复制情景」，再存入项目。"
    with pytest.raises(ScenarioError) as caught:
        write_scenario(project, PLAN, METRIC_CRS)
    said = "情景代码「plan-1」在项目里已有，可能是别人存入的；"
    assert str(caught.value) == said + hint
    for known in (PLAN, replace(theirs, note="旧")):
        with pytest.raises(ScenarioError) as caught:
            write_scenario(project, replace(PLAN, name="改"), METRIC_CRS, expected=known)
        assert str(caught.value) == said.replace("已有", "已被改动") + hint
    with pytest.raises(ScenarioError) as caught:
        delete_scenario(project, PLAN, METRIC_CRS)
    assert str(caught.value) == (
        "情景代码「plan-1」在项目里已被改动，可能是别人存入的；"
        "没有删除。请刷新网页，看过现在的内容再决定。"
    )
    assert path.read_bytes() == before
    # What is there already word for word, or what is expected, is written.
    write_scenario(project, theirs, METRIC_CRS)
    write_scenario(project, PLAN, METRIC_CRS, expected=theirs)
    path.unlink()
    with pytest.raises(ScenarioError) as caught:
        write_scenario(project, theirs, METRIC_CRS, expected=PLAN)
    assert str(caught.value) == said.replace("已有", "已被删除") + hint
    put(project, "plan-1.toml", "name = ")
    with pytest.raises(ScenarioError, match=r"已有，可能是别人存入的"):
        write_scenario(project, PLAN, METRIC_CRS)


def test_find_by_id_or_by_path(project, tmp_path) -> None:
    path = write_scenario(project, PLAN, METRIC_CRS)
    assert find_scenario(project, "plan-1") == path
    other = tmp_path / "other.toml"
    other.write_text('name = "名"', encoding="utf-8")
    assert find_scenario(project, str(other)) == other
    for word in ("plan-2", "../scenarios/plan-1", "x" * 5000):
        with pytest.raises(ScenarioError):
            find_scenario(project, word)
    with pytest.raises(ScenarioError) as caught:
        find_scenario(project, "plan-2")
    assert str(caught.value) == (
        "找不到情景「plan-2」，也没有这个文件；项目里有 plan-1。请改正后重试。"
    )
    delete_scenario(project, PLAN, METRIC_CRS)
    with pytest.raises(ScenarioError, match=r"项目里还没有情景。请改正后重试。$"):
        find_scenario(project, "plan-2")


# A file at fault

ADD = 'action = "add"\nid = "n1"\nname = "新"\nkind = "village_clinic"\n'


def facility(keys: str) -> str:
    return f'name = "名"\n[[actions]]\n[actions.facility]\n{keys}'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "有 1 处问题：缺少「name」。"),
        ('name = ""', "有 1 处问题：情景没有名称，请填写。"),
        ('nam = "名"\nname = "名"', "有 1 处问题：「nam」不是已知的设置，最接近的是「name」。"),
        (
            'name = "名"\n[[actions]]\n',
            "有 1 处问题：「actions」的第 1 项要写 facility（设施）或 road（道路）其中之一。",
        ),
        (
            facility('action = "open"\nid = "n1"'),
            ("有 1 处问题：「actions」的第 1 项的「facility」的「action」只能是 "
            "'add'、'move'、'close'、'upgrade'、'capacity'，现为 'open'。"),
        ),
        (
            facility(ADD + "plac = [117.0, 36.13]"),
            ("有 1 处问题：「actions」的第 1 项的「facility」的「plac」不是已知的设置，"
            "最接近的是「place」。"),
        ),
        (
            facility(ADD + "place = [36.13, 117.0]"),
            ("有 1 处问题：第 1 项动作：新增设施「新」的位置（经度 36.13，纬度 117）不在地球上，"
            "请检查是否把经度、纬度写反。"),
        ),
        (
            facility(ADD + "place = [117.0]"),
            "有 1 处问题：第 1 项动作：新增设施「新」的位置应写成 [经度, 纬度] 两个数字。",
        ),
        (
            facility(ADD + "place = [27.0, 0.0]"),
            "有 1 处问题：第 1 项动作：新增设施「新」的位置离研究区太远，请检查经纬度。",
        ),
        (facility(ADD), "有 1 处问题：第 1 项动作：新增设施「新」没有写明位置，请在图上点选。"),
        (
            facility(ADD + "place = [nan, 36.0]"),
            ("有 1 处问题：「actions」的第 1 项的「facility」的「place」的第 1 项应为有限的数字，"
            "现为 nan。"),
        ),
        (facility('action = "capacity"\nid = "c1"\namounts = {"../x" = 1}'), None),
        (
            facility('action = "close"\nid = "c1"\ncost = "多"'),
            "有 1 处问题：「actions」的第 1 项的「facility」的「cost」应为数字，现为 '多'。",
        ),
        (
            ('name = "名"\n[[actions]]\n[actions.road]\nid = "r"\naction = "speed"\n'
            "places = [[117.0, 36.13]]\n"),
            "有 1 处问题：第 1 项动作：道路变更「r」没有写速度（公里/小时），请填写。",
        ),
        (
            'name = "名"\n' + '[[actions]]\nfacility = {id = "c", action = "close"}\n' * 1001,
            "有 1001 个动作，不得超过 1000 个。",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence(project, text, sentence) -> None:
    path = put(project, "plan.toml", text)
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path, METRIC_CRS)
    if sentence is None:
        assert "的「../x」不是可以改的数量，只能是 capacity_beds（床位）" in str(caught.value)
    else:
        assert str(caught.value) == f"设置文件「plan.toml」{sentence}"


def test_a_file_that_is_none(project, tmp_path) -> None:
    for name, content, sentence in (
        ("gbk.toml", 'name = "名"'.encode("gbk"), "不是 UTF-8 编码"),
        ("big.toml", b"#" * (MOST_BYTES + 1), "有 4 MB，不得超过 4 MB，请检查是不是选错了文件。"),
        ("deep.toml", b"x = " + b"[" * 9999, "读不下去：括号套得太深"),
    ):
        with pytest.raises(ScenarioError, match=sentence):
            read_scenario(put(project, name, content), METRIC_CRS)
    with pytest.raises(ScenarioError, match=r"找不到设置文件「none\.toml」"):
        read_scenario(tmp_path / "none.toml", METRIC_CRS)
