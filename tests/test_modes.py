"""Changes of the travel modes: applied, told, written into a project file and read back."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import ProjectError
from layers.modes import (
    change_notices,
    changed_modes,
    mode_changes_text,
    with_mode_changes,
)
from layers.project import load_project
from layers.project_settings import ModeTables
from layers.road_files.road_names import CLASS_NAMES, SURFACE_NAMES
from layers.standards import load_modes
from tests.small_county import PROJECT

MODES = load_modes()
SINGLE = [mode_id for mode_id, mode in MODES.items() if not mode.faster_of]


def tables(text):
    return ModeTables.model_validate(tomllib.loads(text)).modes


def changed(text):
    return changed_modes(MODES, tables(text))


def failure(text):
    with pytest.raises(ProjectError) as caught:
        changed(text)
    return str(caught.value)


def edited(**numbers):
    """The shipped modes with other numbers for the car."""
    return MODES | {"drive": replace(MODES["drive"], change_source="实测", **numbers)}


# applied


def test_single_numbers_are_replaced_or_added_and_bear_their_source():
    drive = changed("""
        [modes.drive]
        source = "实测"
        speeds = {primary = 50, ferry = 8, trunk = 85}
        surfaces = {mud = 0.5, snow = 0.7, sand = 1}
        closed = ["track"]
    """)["drive"]
    shipped = MODES["drive"]
    assert drive.speed_kph == {
        name: {"primary": 50.0}.get(name, kph)
        for name, kph in shipped.speed_kph.items()
        if name != "track"
    } | {"ferry": 8.0}
    assert drive.surface_factor["mud"] == 0.5
    assert drive.surface_factor["snow"] == 0.7
    assert "sand" not in drive.surface_factor
    assert drive.speed_source["primary"] == drive.speed_source["ferry"] == "实测"
    assert drive.speed_source["trunk"] == shipped.speed_source["trunk"]
    assert drive.surface_source["mud"] == "实测"
    assert set(drive.speed_source) == set(drive.speed_kph)
    assert set(drive.surface_source) == set(drive.surface_factor)
    assert drive.change_source == "实测"
    assert drive.delay_source == shipped.delay_source
    assert drive.access_speed_kph == shipped.access_speed_kph
    assert "track" in MODES["drive"].speed_kph


def test_all_other_settings():
    ambulance = changed("""
        [modes.ambulance]
        source = "县急救中心"
        user = "bicycle"
        access_kph = 20
        max_kph = 100
        obeys_max_speed = false
        junction_delay_s = 2
        signal_delay_s = 5
    """)["ambulance"]
    assert ambulance.user == "bicycle"
    assert (ambulance.access_speed_kph, ambulance.max_speed_kph) == (20.0, 100.0)
    assert not ambulance.obeys_max_speed
    assert (ambulance.junction_delay_s, ambulance.signal_delay_s) == (2.0, 5.0)
    assert ambulance.delay_source == "县急救中心"
    assert ambulance.speed_kph == MODES["drive"].speed_kph


def test_no_change_changes_nothing():
    assert changed_modes(MODES, {}) == MODES


# refused


def test_an_unknown_mode():
    assert failure('[modes.driv]\nsource = "x"\naccess_kph = 5') == (
        "project.toml 的 [modes.driv] 不是已有的出行方式，最接近的是“drive”（驾车）。"
    )


def test_a_choice_has_no_speeds_to_change():
    assert failure('[modes.walk_or_ride]\nsource = "x"\naccess_kph = 5') == (
        "project.toml 的 [modes.walk_or_ride] 不起作用：「步行或骑行」取步行、骑行中较快的一种，"
        "没有自己的速度。请改 [modes.walk] 或 [modes.ride]。"
    )


@pytest.mark.parametrize("line", ["speeds = {primay = 5}", 'closed = ["primay"]'])
def test_an_unknown_class_of_road(line):
    assert failure(f'[modes.drive]\nsource = "x"\n{line}') == (
        "project.toml 的 [modes.drive] 有 1 个未知的道路等级，"
        "第一个是“primay”，最接近的是“primary”（省道或主干路）。"
    )


def test_a_chinese_name_is_told_its_code():
    assert failure('[modes.drive]\nsource = "x"\nspeeds = {"县道" = 40, "乡道" = 30}') == (
        "project.toml 的 [modes.drive] 有 2 个未知的道路等级，"
        "第一个是“县道”，最接近的是“secondary”（县道或次干路）。"
    )


def test_an_unknown_surface():
    assert failure('[modes.drive]\nsource = "x"\nsurfaces = {gravl = 0.5}') == (
        "project.toml 的 [modes.drive] 有 1 个未知的路面，"
        "第一个是“gravl”，最接近的是“gravel”（碎石）。"
    )


def test_a_mode_with_every_class_closed():
    closed = ", ".join(f'"{name}"' for name in MODES["drive"].speed_kph)
    assert failure(f'[modes.drive]\nsource = "x"\nclosed = [{closed}]') == (
        "project.toml 的 [modes.drive] 把所有道路等级都关闭了，「驾车」没有路可走。请至少留一种。"
    )


def test_every_shipped_class_and_surface_has_a_chinese_name():
    for mode in MODES.values():
        assert set(mode.speed_kph) <= set(CLASS_NAMES)
        assert set(mode.surface_factor) <= set(SURFACE_NAMES)


# told


def test_changes_are_told():
    notices = change_notices(
        MODES,
        tables("""
            [modes.walk]
            source = "老年人步速"
            access_kph = 3.6
            speeds = {residential = 3.6}
            [modes.drive]
            source = "实测"
            user = "motor"
            obeys_max_speed = false
            signal_delay_s = 40
            closed = ["track", ""]
            surfaces = {mud = 0.1}
            max_kph = 80
        """),
    )
    assert [(one.code, one.message, one.count) for one in notices] == [
        (
            "mode_changed",
            (
                "「步行」按 project.toml 修改：接驳段 3.6 公里/小时；"
                "居住区道路（residential）为 3.6 公里/小时（来源：老年人步速）。"
            ),
            2,
        ),
        (
            "mode_changed",
            (
                "「驾车」按 project.toml 修改：按机动车的通行限制；最高 80 公里/小时；"
                "不按限速标志；信号灯 40 秒；机耕路（track）不可通行；未注明不可通行 等 7 处"
                "（来源：实测）。"
            ),
            7,
        ),
    ]
    assert change_notices(MODES, {}) == ()


# written


def test_the_text_of_changes():
    drive = MODES["drive"]
    speeds = {name: kph for name, kph in drive.speed_kph.items() if name != "track"}
    modes = edited(
        access_speed_kph=20.0,
        obeys_max_speed=False,
        speed_kph=speeds | {"": 40.5},
        surface_factor=drive.surface_factor | {"mud": 1.0},
    )
    assert mode_changes_text(MODES, modes) == (
        "[modes.drive]\n"
        'source = "实测"\n'
        "access_kph = 20\n"
        "obeys_max_speed = false\n"
        'closed = ["track"]\n'
        "\n"
        "[modes.drive.speeds]\n"
        '"" = 40.5\n'
        "\n"
        "[modes.drive.surfaces]\n"
        "mud = 1\n"
    )


def test_no_change_has_no_text():
    assert mode_changes_text(MODES, MODES) == ""
    unsaid = MODES | {"drive": replace(MODES["drive"], change_source="又改了回来")}
    assert mode_changes_text(MODES, unsaid) == ""


SPEEDS = st.floats(0.1, 200).map(lambda kph: round(kph, 3))


@st.composite
def changes(draw):
    """Any table that a project may hold, as the TOML reader gives it."""
    mode_id = draw(st.sampled_from(SINGLE))
    speeds = draw(st.dictionaries(st.sampled_from([*CLASS_NAMES]), SPEEDS, max_size=4))
    closed = draw(st.lists(st.sampled_from([*CLASS_NAMES]), unique=True, max_size=4))
    table = {
        "source": draw(st.text(min_size=1, max_size=20)),
        "speeds": speeds,
        "closed": [name for name in closed if name not in speeds],
        "surfaces": draw(
            st.dictionaries(st.sampled_from([*SURFACE_NAMES]), st.floats(0.01, 1), max_size=3)
        ),
    }
    optional = {
        "access_kph": SPEEDS,
        "max_kph": SPEEDS,
        "obeys_max_speed": st.booleans(),
        "junction_delay_s": st.floats(0, 600),
        "signal_delay_s": st.floats(0, 600),
        "user": st.sampled_from(["foot", "bicycle", "motor"]),
    }
    for key in draw(st.sets(st.sampled_from([*optional]))):
        table[key] = draw(optional[key])
    return mode_id, table


@given(st.lists(changes(), max_size=3, unique_by=lambda one: one[0]))
def test_what_is_written_makes_the_same_modes(drawn):
    modes = changed_modes(MODES, ModeTables.model_validate({"modes": dict(drawn)}).modes)
    text = mode_changes_text(MODES, modes)
    again = changed(text or "[modes]")
    for mode_id, mode in modes.items():
        # sources are not told where a table repeats what is shipped
        sources = {"change_source": "", "delay_source": ""}
        assert replace(again[mode_id], **sources) == replace(mode, **sources)
    assert mode_changes_text(MODES, again) == text


def test_a_change_without_a_source():
    modes = MODES | {"drive": replace(MODES["drive"], access_speed_kph=20.0)}
    with pytest.raises(ProjectError) as caught:
        mode_changes_text(MODES, modes)
    assert str(caught.value) == "「驾车」改了数字而没有写来源。请写明新的数字从哪里来。"


def test_a_number_that_the_project_file_refuses_is_not_written():
    with pytest.raises(ProjectError) as caught:
        mode_changes_text(MODES, edited(speed_kph=MODES["drive"].speed_kph | {"trunk": 500.0}))
    assert str(caught.value) == (
        "设置文件「project.toml」有 1 处问题："
        "「modes」的「drive」的「speeds」的「trunk」不得大于 200，现为 500.0。"
    )
    with pytest.raises(ProjectError, match="没有路可走"):
        mode_changes_text(MODES, edited(speed_kph={}))
    choice = replace(MODES["walk_or_ride"], access_speed_kph=9.0, change_source="x")
    with pytest.raises(ProjectError, match="取步行、骑行中较快的一种"):
        mode_changes_text(MODES, MODES | {"walk_or_ride": choice})
    with pytest.raises(ProjectError, match=r"\[modes.fly\] 不是已有的出行方式"):
        mode_changes_text(MODES, MODES | {"fly": MODES["walk"]})


# put into a project file

FAST = '[modes.drive]\nsource = "实测"\naccess_kph = 20\n'
SLOW = FAST.replace("20", "5") + "\n[modes.drive.speeds]\nprimary = 50\n"
WALK = '[modes.walk]\nsource = "老年人"\naccess_kph = 3.6\n'


def kept_with(project_text, changes_text):
    """The text with the changes; its other tables and all its comments are as before."""
    text = with_mode_changes(project_text, changes_text)
    before = tomllib.loads(project_text.removeprefix("\ufeff"))
    after = tomllib.loads(text.removeprefix("\ufeff"))
    assert after.pop("modes", {}) == tomllib.loads(changes_text).get("modes", {})
    before.pop("modes", None)
    assert repr(after) == repr(before)  # nan is nan, and 1 is not 1.0
    assert with_mode_changes(text, changes_text) == text
    return text


def test_tables_are_added_at_the_end():
    assert kept_with(PROJECT, FAST) == f"{PROJECT}\n{FAST}"
    assert kept_with(PROJECT.rstrip(), FAST) == f"{PROJECT}\n{FAST}"
    assert kept_with("", FAST) == FAST


def test_tables_take_the_place_of_those_that_stood_there():
    text = f"{PROJECT}\n# 车速\n{FAST}\n[map]\nattribution = '' # 底图\n"
    wanted = f"{PROJECT}\n# 车速\n{SLOW}\n[map]\nattribution = '' # 底图\n"
    assert kept_with(text, SLOW) == wanted
    assert kept_with(wanted, FAST) == text
    assert kept_with(text, "") == f"{PROJECT}\n# 车速\n[map]\nattribution = '' # 底图\n"


def test_tables_that_say_the_same_stay_as_they_are_written():
    own = "[modes.walk]  # 步行\nsource = '老年人'\naccess_kph = 3.60 # 慢\n"
    text = f"{PROJECT}\n{FAST}\n{own}"
    assert kept_with(text, f"{SLOW}\n{WALK}") == f"{PROJECT}\n{SLOW}\n{own}"
    assert kept_with(text, WALK) == f"{PROJECT}\n{own}"
    assert kept_with(text, f"{WALK}\n{FAST}") == text


def test_comments_stay_where_tables_go():
    text = PROJECT + (
        "[modes.drive] # 一\n# 二\nsource = '实测' # 三\nclosed = [ # 四\n  'track', # 五\n]\n# 六\n"
    )
    found = kept_with(text, FAST)
    assert found == f"{PROJECT}{FAST}\n# 一\n# 二\n# 三\n# 四\n# 五\n# 六\n"


def test_line_ends_and_the_byte_order_mark_stay():
    text = "\ufeff" + f"{PROJECT}\n{FAST}".replace("\n", "\r\n")
    found = kept_with(text, f"{SLOW}\n{WALK}")
    assert found == "\ufeff" + f"{PROJECT}\n{SLOW}\n{WALK}".replace("\n", "\r\n")


HOSTILE = [
    '[project]\nname = "[modes.drive]"\n',
    "[project]\nname = '''\n[modes.drive]\nsource = \"x\"\n'''\n",
    '[project]\nname = """\n[modes.drive]\n\\"\\"\\" # x\n"""\nlabel = "#"\n',
    "# [modes.drive]\n[project] # [modes.walk]\nmodes = {drive = 1} # modes.drive = 2\n",
    "[project]\nmodes.drive.access_kph = 3\n",
    "[[facilities]]\nmodes = [\n  '[modes.drive]', # [modes.drive]\n]\n",
    "[project.modes.drive]\nsource = 'x'\n",
    '["modes.drive"]\nsource = "x"\n[project]\n',
    "[modesty]\na = nan\nb = 1979-05-27\nc = 1\nd = 1.0\ne = true\n",
]

WRITTEN = [
    "",
    f"\n{FAST}",
    "\n[modes.\"drive\"]\nsource = 'x'\naccess_kph = 9\n[modes.drive.'speeds']\nprimary = 8\n",
    "\n[ modes . 'drive' ]\nsource = 'x'\nspeeds.primary = 9\n",
    "\n[modes]\ndrive = {source = 'x', access_kph = 9}\nwalk.source = 'y'\nwalk.access_kph = 2\n",
    "\n[modes]\n[modes.drive]\nsource = '[modes.walk]'\nuser = '''\nmotor'''\n[other]\nx = 1\n",
    "\n[modes.drive.speeds]\nprimary = 7\n[other]\nx = 1\n[modes.drive]\nsource = 'x'\n",
]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("other", HOSTILE)
def test_whatever_a_file_holds_only_its_modes_change(other, line_end):
    for written, new in product(WRITTEN, ["", FAST, SLOW, WALK, f"{WALK}\n{SLOW}"]):
        found = kept_with((other + written).replace("\n", line_end), new)
        assert found.startswith(other.replace("\n", line_end).rstrip())


@pytest.mark.parametrize(
    "modes",
    [
        "modes = {drive = {source = 'x', access_kph = 9}, walk = {source = 'y', access_kph = 3.6}}",
        "modes.drive.source = 'x'\nmodes.drive.access_kph = 20",
        "modes.drive = {source = 'x', access_kph = 20}",
    ],
)
def test_modes_at_the_top_of_the_file(modes):
    text = f"# 项目\n{modes} # 车速\n\n[project]\nname = 'a'\n"
    found = kept_with(text, f"{FAST}\n{WALK}")
    assert found.endswith(f"[project]\nname = 'a'\n\n{FAST}\n{WALK}")
    assert found.startswith("# 项目\n")
    assert "# 车速" in found


def test_a_project_reads_what_was_put_in(tmp_path):
    path = tmp_path / "project.toml"
    source = '县"局"\\\n\t[modes.x] # \x7f 测'
    modes = MODES | {"drive": replace(MODES["drive"], change_source=source, signal_delay_s=0.1)}
    text = with_mode_changes(PROJECT, mode_changes_text(MODES, modes))
    path.write_text(text, encoding="utf-8")
    table = load_project(path).settings.modes["drive"]
    assert (table.source, table.signal_delay_s) == (source, 0.1)


@pytest.mark.parametrize("text", ["[project", "a = 1\na = 2", "x = " + "[" * 5000])
def test_a_file_that_is_no_toml_is_left_alone(text):
    with pytest.raises(ProjectError) as caught:
        with_mode_changes(text, FAST)
    assert str(caught.value) == (
        "项目文件现在的内容不合 TOML 格式，改动没有写进去。请先改正项目文件。"
    )


def test_a_file_that_would_change_otherwise_is_left_alone(monkeypatch):
    monkeypatch.setattr("layers.modes.replaced", lambda text, _, put: put + text[:9])
    with pytest.raises(ProjectError) as caught:
        with_mode_changes("[project]\nname = 'a'\n", FAST)
    assert str(caught.value) == (
        "出行方式的改动写不进项目文件而不动别的设置，项目文件保持原样。"
        "请手工把 [modes] 的几张表写进 project.toml。"
    )
