"""The speed table on screen: every class of road has a row, and each bad cell gets its sentence."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pandas as pd
import pytest

from coverage.errors import ImpedanceError
from layers.mode_rows import mode_from_rows, mode_rows, surface_rows
from layers.modes import changed_modes, mode_changes_text
from layers.osm.osm_tags import ROAD_CLASSES
from layers.project_settings import ModeTables
from layers.standards import load_modes

MODES = load_modes()
DRIVE = MODES["drive"]


def rows_with(*cells):
    """The rows of the car with other cells: (class of road, column, value)."""
    rows = mode_rows(DRIVE).astype(object)
    for place, column, value in cells:
        rows.loc[place, column] = value
    return rows


def failure(rows, **kwargs):
    before = rows.copy(deep=True)
    with pytest.raises(ImpedanceError) as caught:
        mode_from_rows(DRIVE, rows, **({"source": "实测"} | kwargs))
    pd.testing.assert_frame_equal(rows, before)
    return str(caught.value)


def test_every_class_of_road_has_a_row():
    rows = mode_rows(DRIVE)
    assert rows.index.name == "road_class"
    assert list(rows.columns) == ["class_name", "usable", "speed_kph", "source"]
    assert set(ROAD_CLASSES) | {"", "corridor"} == set(rows.index)
    assert rows.loc["secondary"].to_dict() == {
        "class_name": "县道或次干路",
        "usable": True,
        "speed_kph": 55.0,
        "source": "OSRM 汽车配置；略低于二级公路设计速度 60 公里/小时",
    }
    assert rows["usable"].tolist() == rows["speed_kph"].notna().tolist()
    assert not rows.loc["steps", "usable"]
    assert rows.loc[rows["usable"], "source"].ne("").all()
    assert rows["class_name"].is_unique


def test_every_surface_has_a_row():
    rows = surface_rows(DRIVE)
    assert list(rows.columns) == ["surface_name", "factor", "source"]
    assert rows.loc["mud", "factor"] == 0.25
    assert rows.loc["asphalt", "factor"] == 1.0
    assert rows["factor"].notna().all()
    assert rows["surface_name"].is_unique


@pytest.mark.parametrize("mode_id", [name for name, mode in MODES.items() if not mode.faster_of])
def test_rows_that_nobody_edited_are_the_mode_itself(mode_id):
    mode = MODES[mode_id]
    settings = {"access_kph": mode.access_speed_kph, "user": mode.user}
    edited = mode_from_rows(
        mode, mode_rows(mode), source="", surfaces=surface_rows(mode), settings=settings
    )
    assert edited is mode


def test_edited_rows_make_another_mode():
    rows = rows_with(
        ("primary", "speed_kph", 50), ("track", "usable", False), ("ferry", "usable", True),
        ("ferry", "speed_kph", np.float64(8)), ("path", "speed_kph", -3.0),
    )  # fmt: skip
    surfaces = surface_rows(DRIVE)
    surfaces.loc[["mud", "snow", "sand"], "factor"] = [0.5, 0.8, 1.0]
    edited = mode_from_rows(
        DRIVE,
        rows,
        source=" 县交通局\n2026 年 ",
        surfaces=surfaces,
        settings={"access_kph": 20.0, "signal_delay_s": 20.0, "obeys_max_speed": False},
    )
    speeds = {**DRIVE.speed_kph, "primary": 50.0, "ferry": 8.0}
    del speeds["track"]
    assert edited.speed_kph == speeds
    assert edited.surface_factor["mud"] == 0.5
    assert edited.surface_factor["snow"] == 0.8
    assert "sand" not in edited.surface_factor
    assert edited.access_speed_kph == 20.0
    assert not edited.obeys_max_speed
    assert edited.change_source == edited.speed_source["primary"] == "县交通局 2026 年"
    assert edited.delay_source == DRIVE.delay_source  # the delay is the old one
    again = mode_rows(edited)
    assert again.loc["primary", ["speed_kph", "source"]].tolist() == [50.0, "县交通局 2026 年"]
    assert not again.loc["track", "usable"]


def test_edits_on_edits_keep_both_sources():
    once = mode_from_rows(DRIVE, rows_with(("primary", "speed_kph", 50.0)), source="甲")
    rows = mode_rows(once)
    rows.loc["trunk", "speed_kph"] = 70.0
    twice = mode_from_rows(once, rows, source="乙")
    assert twice.change_source == "甲；乙"
    rows.loc["trunk", "speed_kph"] = 60.0
    assert mode_from_rows(twice, rows, source="甲；乙；丙").change_source == "甲；乙；丙"
    assert mode_from_rows(twice, rows, source="乙").change_source == "甲；乙"
    assert (twice.speed_source["primary"], twice.speed_source["trunk"]) == ("甲", "乙")
    assert mode_changes_text(MODES, MODES | {"drive": twice}) == (
        '[modes.drive]\nsource = "甲；乙"\n\n[modes.drive.speeds]\ntrunk = 70\nprimary = 50\n'
    )


def test_what_is_saved_is_what_was_on_screen():
    edited = mode_from_rows(
        DRIVE,
        rows_with(("", "usable", False), ("residential", "speed_kph", 20.25)),
        source="实测",
        settings={"junction_delay_s": 3.0},
    )
    text = mode_changes_text(MODES, MODES | {"drive": edited})
    tables = ModeTables.model_validate(tomllib.loads(text)).modes
    assert changed_modes(MODES, tables)["drive"] == edited


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (0, "为 0，应大于 0"),
        (-5.5, "为 -5.5，应大于 0"),
        (500.0, "为 500，不得超过 200 公里/小时"),
        (math.inf, "为 inf，不得超过 200 公里/小时"),
        (math.nan, "没有填"),
        (None, "没有填"),
        (pd.NA, "没有填"),
        ("快", "为“快”，不是数字"),
        ("50", "为“50”，不是数字"),
        (True, "为“True”，不是数字"),
    ],
)
def test_bad_speeds(value, rule):
    assert failure(rows_with(("secondary", "speed_kph", value))) == (
        f"「驾车」的表有 1 处问题：县道或次干路（secondary）的速度{rule}。请改正。"
    )


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (0.0, "为 0，应大于 0"),
        (1.2, "为 1.2，不得超过 1"),
        (math.nan, "没有填"),
        ("半", "为“半”，不是数字"),
    ],
)
def test_bad_factors(value, rule):
    surfaces = surface_rows(DRIVE).astype(object)
    surfaces.loc["mud", "factor"] = value
    assert failure(mode_rows(DRIVE), surfaces=surfaces) == (
        f"「驾车」的表有 1 处问题：路面泥泞（mud）的系数{rule}。请改正。"
    )


def test_all_bad_cells_are_told_together():
    classes = ["motorway", "trunk", "primary", "secondary", "tertiary", "service"]
    cells = [(name, "speed_kph", 0) for name in classes]
    assert failure(rows_with(*cells, ("", "usable", None))) == (
        "「驾车」的表有 7 处问题：高速公路（motorway）的速度为 0，应大于 0；"
        "国道或快速路（trunk）的速度为 0，应大于 0；省道或主干路（primary）的速度为 0，应大于 0；"
        "县道或次干路（secondary）的速度为 0，应大于 0；乡道或支路（tertiary）的速度为 0，应大于 0；"
        "另有 2 处。请改正。"
    )
    assert failure(rows_with(("", "usable", None))) == (
        "「驾车」的表有 1 处问题：未注明是否可通行没有填。请改正。"
    )


def test_a_mode_with_every_class_closed():
    rows = mode_rows(DRIVE).assign(usable=False)
    assert failure(rows) == "「驾车」没有一种道路可通行。请至少勾选一种道路等级。"


def test_new_numbers_need_a_source():
    rows = rows_with(("primary", "speed_kph", 50.0))
    assert failure(rows, source=" \n") == ("「驾车」改了数字而没有写来源。请写明新的数字从哪里来。")


def test_rows_may_not_come_or_go():
    tail = "请不要增删行，只改数字。"
    rows = mode_rows(DRIVE)
    assert failure(rows.drop("steps")) == f"「驾车」的表多了或少了 1 行，第一个是“steps”。{tail}"
    assert failure(rows.rename({"steps": "stairs"})) == (
        f"「驾车」的表多了或少了 2 行，第一个是“steps”。{tail}"
    )
    assert failure(pd.concat([rows, rows.loc[["road"]]])) == (
        f"「驾车」的表多了或少了 1 行，第一个是“road”。{tail}"
    )
    assert failure(rows, surfaces=surface_rows(DRIVE).drop("mud")) == (
        f"「驾车」的表多了或少了 1 行，第一个是“mud”。{tail}"
    )


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"access_kph": 0.0}, "「access_kph」应大于 0，现为 0.0。"),
        ({"max_kph": 500.0}, "「max_kph」不得大于 200，现为 500.0。"),
        ({"signal_delay_s": -1.0}, "「signal_delay_s」不得小于 0，现为 -1.0。"),
        ({"user": "car"}, "「user」只能是 'foot'、'bicycle'、'motor'，现为 'car'。"),
        ({"acces_kph": 5.0}, "「acces_kph」不是已知的设置，最接近的是「access_kph」。"),
    ],
)
def test_bad_settings(settings, fault):
    assert failure(mode_rows(DRIVE), settings=settings) == f"「驾车」的设定有 1 处问题：{fault}"
