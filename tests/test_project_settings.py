"""The tables of a project file that change speeds: each bad number is told in one sentence."""

from __future__ import annotations

import tomllib

import pytest

from coverage.errors import ProjectError
from layers.project_settings import ModeTables, RoadsTable
from layers.settings import parse_settings

TABLE = """
[modes.drive]
source = "县交通局 2026 年实测"
"""


def parsed(text):
    tables = tomllib.loads(text)
    return parse_settings(tables, ModeTables, source="project.toml", error=ProjectError)


def failure(lines):
    with pytest.raises(ProjectError) as caught:
        parsed(TABLE + lines)
    return str(caught.value).removeprefix(
        "设置文件「project.toml」有 1 处问题：「modes」的「drive」"
    )


def test_everything_a_mode_may_say():
    table = parsed(
        TABLE
        + """
        user = "motor"
        speeds = {primary = 50, "" = 40.5}
        surfaces = {gravel = 0.6, "concrete:lanes" = 1}
        closed = ["track"]
        access_kph = 20
        max_kph = 100
        obeys_max_speed = false
        junction_delay_s = 3
        signal_delay_s = 0
        """
    ).modes["drive"]
    assert table.speeds == {"primary": 50.0, "": 40.5}
    assert table.surfaces == {"gravel": 0.6, "concrete:lanes": 1.0}
    assert (table.user, table.closed, table.obeys_max_speed) == ("motor", ["track"], False)
    assert (table.access_kph, table.max_kph) == (20.0, 100.0)
    assert (table.junction_delay_s, table.signal_delay_s) == (3.0, 0.0)


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("0", "应大于 0，现为 0"),
        ("-5", "应大于 0，现为 -5"),
        ("500", "不得大于 200，现为 500"),
        ("nan", "应为有限的数字，现为 nan"),
        ("inf", "应为有限的数字，现为 inf"),
        ('"快"', "应为数字，现为 '快'"),
        ("true", "应为数字，现为 True"),
    ],
)
def test_bad_speeds(number, rule):
    assert failure(f"speeds = {{primary = {number}}}") == f"的「speeds」的「primary」{rule}。"
    assert failure(f"access_kph = {number}") == f"的「access_kph」{rule}。"
    assert failure(f"max_kph = {number}") == f"的「max_kph」{rule}。"


@pytest.mark.parametrize(
    ("number", "rule"),
    [("0", "应大于 0，现为 0"), ("1.5", "不得大于 1，现为 1.5"), ("-1", "应大于 0，现为 -1")],
)
def test_bad_factors(number, rule):
    assert failure(f"surfaces = {{mud = {number}}}") == f"的「surfaces」的「mud」{rule}。"


@pytest.mark.parametrize(
    ("number", "rule"),
    [("-1", "不得小于 0，现为 -1"), ("601", "不得大于 600，现为 601")],
)
def test_bad_delays(number, rule):
    for key in ("junction_delay_s", "signal_delay_s"):
        assert failure(f"{key} = {number}") == f"的「{key}」{rule}。"


def test_the_new_numbers_need_a_source():
    with pytest.raises(ProjectError) as caught:
        parsed("[modes.drive]\naccess_kph = 20\n")
    assert str(caught.value) == (
        "设置文件「project.toml」有 1 处问题：缺少「modes」的「drive」的「source」。"
    )


def test_a_source_without_a_number_does_nothing():
    assert failure("") == "只写了 source，没有改任何数字，请写明改什么或删去这张表。"


def test_a_class_is_either_closed_or_has_a_speed():
    assert failure('speeds = {track = 5}\nclosed = ["track"]') == (
        "里 track 既给了速度又写在 closed 里，请留一处。"
    )


def test_a_user_is_one_of_three():
    assert failure('user = "car"') == ("的「user」只能是 'foot'、'bicycle'、'motor'，现为 'car'。")


def test_a_mistyped_key_names_the_nearest():
    assert failure("acces_kph = 20") == (
        "的「acces_kph」不是已知的设置，最接近的是「access_kph」。"
    )


@pytest.mark.parametrize("table", [{"file": "a.osm.pbf"}, {"from": "download"}])
def test_roads_have_no_speed_of_their_own(table):
    assert RoadsTable.model_validate(table).nodes is None
    with pytest.raises(ProjectError, match="access_speed_kph 不再用"):
        parse_settings(table | {"access_speed_kph": 20}, RoadsTable, source="x", error=ProjectError)
