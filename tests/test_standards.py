"""Catalogues: what ships, word for word, and one exact message per fault."""

from __future__ import annotations

import csv
import re
import shutil

import pytest

from coverage.errors import StandardError
from layers.standards import (
    MODES_FILE,
    STANDARDS_FOLDER,
    load_kinds,
    load_modes,
    load_standards,
)

# In the subject of a target: conditions in [ ], fields after a dot, and signs between kinds.
CONDITION = re.compile(r"\[[^\]]*\]")
BETWEEN = re.compile(r"[+~|/]")

KIND = """
[kinds.park]
name = "公园"
group = "绿地"
colour = "#7a9a01"
icon = "园"
"""

MODE = """
[modes.walk]
name = "步行"
source = "约定"
[[modes.walk.speeds]]
classes = ["path"]
kph = 4.8
source = "约定"
"""


@pytest.fixture
def plans(shared_data):
    folder = shared_data.parent / "plans"
    if not folder.is_dir():
        pytest.skip("needs ../shared/plans, the full text of the plans")
    return folder


@pytest.fixture
def targets(plans):
    with (plans / "plan_targets.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def toml(tmp_path):
    def write(text, name="set.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped speed table and one standard, to be broken."""
    for name in ("modes.toml", "rescue_ring_30.toml"):
        shutil.copy(STANDARDS_FOLDER / name, tmp_path / name)
    return tmp_path


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def message(load, *arguments):
    with pytest.raises(StandardError) as caught:
        load(*arguments)
    return str(caught.value)


def squeezed(text):
    return re.sub(r"\s+", "", text)


# what ships


def test_minutes_and_kilometres_become_seconds_and_metres():
    readings = load_standards()["health_circle_15"].readings
    assert [(one.reading_id, one.measure, one.cutoff) for one in readings] == [
        ("health_circle_15", "travel_time", 900.0),
        ("health_circle_15_network_2500m", "network_distance", 2500.0),
        ("health_circle_15_straight_2500m", "straight_line", 2500.0),
    ]


def test_rescue_has_a_reading_in_two_legs():
    for standard_id in ("rescue_ring_30", "cardio_rescue_30"):
        standard = load_standards()[standard_id]
        by_car, by_ambulance = standard.readings
        assert (standard.mode_of(by_car), by_car.station_kinds) == ("drive", ())
        assert by_ambulance.reading_id == f"{standard_id}_two_legs"
        assert standard.mode_of(by_ambulance) == "ambulance"
        assert by_ambulance.station_kinds == ("emergency_station",)
        assert (by_ambulance.cutoff, by_ambulance.turnout_s) == (1800.0, 180.0)
        assert "国卫医发〔2020〕19号" in standard.note


def test_facilities_across_the_border_serve_unless_a_file_says_otherwise(folder):
    assert all(one.cross_border for one in load_standards().values())
    change(
        folder / "rescue_ring_30.toml", 'scope = "rural"', 'scope = "rural"\ncross_border = false'
    )
    assert not load_standards(folder)["rescue_ring_30"].cross_border


def test_shipped_standards_say_mode_direction_scope_and_target():
    standards = load_standards()
    shape = {
        key: (one.mode_id, one.direction, one.scope, one.readings[0].cutoff, one.target)
        for key, one in standards.items()
    }
    assert shape == {
        "cardio_rescue_30": ("drive", "to_facility", "all", 1800.0, 1.0),
        "fitness_circle_10_urban": ("walk", "to_facility", "urban", 600.0, 1.0),
        "fitness_circle_15": ("walk", "to_facility", "all", 900.0, 1.0),
        "health_circle_15": ("walk_or_ride", "to_facility", "rural", 900.0, 1.0),
        "rescue_ring_30": ("drive", "to_facility", "rural", 1800.0, 1.0),
    }
    assert {one.target_note for one in standards.values()} == {
        "规划未给出覆盖率数值，默认按100%核算，可调整"
    }


def test_a_hospital_never_counts_for_a_village_clinic():
    kinds, standards = load_kinds(), load_standards()
    counted = {kinds[code].tier for code in standards["health_circle_15"].kinds}
    assert counted <= {"village", "township", ""}
    assert not {"hospital", "county_hospital", "general_hospital"} & set(
        standards["health_circle_15"].kinds
    )
    assert "township_hospital" not in standards["rescue_ring_30"].kinds


def test_every_quote_stands_in_its_plan_word_for_word(plans):
    for standard in load_standards().values():
        for clause in standard.clauses:
            paths = [path for path in plans.iterdir() if path.stem == clause.plan]
            assert len(paths) == 1, clause.plan
            text = squeezed(paths[0].read_text(encoding="utf-8"))
            assert squeezed(clause.quote) in text, clause.quote


def test_every_clause_answers_to_targets_of_its_plan(targets):
    rows = {row["id"]: row for row in targets}
    for standard in load_standards().values():
        for clause in standard.clauses:
            assert clause.target_ids
            for target_id in clause.target_ids:
                row = rows[target_id]
                assert (row["plan"], row["section"]) == (clause.plan, clause.section)
                assert squeezed(row["quote"]) in squeezed(clause.quote) or squeezed(
                    clause.quote
                ) in squeezed(row["quote"])


def test_every_kind_that_a_target_names_is_known(targets):
    words = {word for kind in load_kinds().values() for word in (kind.name, *kind.aliases)}
    named = set()
    for row in targets:
        for part in BETWEEN.split(CONDITION.sub("", row["subject"])):
            word = part.split(".")[0].strip()
            if word:
                named.add(word)
    assert len(named) > 40
    assert sorted(named - words) == []


def test_a_standard_counts_what_its_targets_name(targets):
    kinds, rows = load_kinds(), {row["id"]: row for row in targets}
    by_word = {word: one for one in kinds.values() for word in (one.name, *one.aliases)}
    for target_id, standard_id in (
        ("jinan-2022/village-service-circle-15", "health_circle_15"),
        ("jinan-2022/rescue-ring-30", "rescue_ring_30"),
        ("liaocheng-2018/fitness-circle-10", "fitness_circle_10_urban"),
    ):
        counted = set(load_standards()[standard_id].kinds)
        for word in BETWEEN.split(rows[target_id]["subject"]):
            kind = by_word[word]
            assert {kind.kind, *kind.members} <= counted, word


def test_kinds_look_different():
    kinds = load_kinds().values()
    assert len({kind.colour for kind in kinds}) == len(kinds)
    assert len({kind.icon for kind in kinds}) == len(kinds)
    assert all(len(kind.icon) == 1 for kind in kinds)


def test_umbrella_words_embrace_the_members_of_their_members():
    kinds = load_kinds()
    for kind in kinds.values():
        for member in kind.members:
            assert set(kinds[member].members) <= set(kind.members), (kind.kind, member)
            assert kind.kind not in kinds[member].members


def test_speeds_agree_with_the_law_and_the_table():
    modes = load_modes()
    assert modes["walk_or_ride"].faster_of == ("walk", "ride")
    assert modes["walk"].speed_kph["residential"] == 4.8
    assert modes["ride"].speed_kph["residential"] == 10.0
    assert modes["ebike"].speed_kph["residential"] == 15.0
    assert modes["drive"].speed_kph["motorway"] == 90.0
    assert modes["drive"].max_speed_kph == 120.0
    assert modes["drive"].obeys_max_speed
    assert not modes["walk"].obeys_max_speed
    for mode_id in ("walk", "ride", "ebike"):
        assert not {"motorway", "motorway_link"} & set(modes[mode_id].speed_kph)
    assert not {"footway", "steps", "cycleway", "path"} & set(modes["drive"].speed_kph)
    # Networks without classes are usable by everyone.
    assert all("" in mode.speed_kph for mode in modes.values() if not mode.faster_of)


def test_the_shipped_modes_are_those_of_the_plan():
    names = {mode_id: mode.name for mode_id, mode in load_modes().items()}
    assert names == {
        "walk": "步行", "ride": "骑行", "ebike": "电动自行车", "walk_or_ride": "步行或骑行",
        "drive": "驾车", "ambulance": "救护车",
    }  # fmt: skip


def test_every_number_of_a_shipped_mode_names_its_source():
    for mode in load_modes().values():
        assert mode.source
        if not mode.faster_of:
            assert mode.delay_source
            assert set(mode.speed_source) == set(mode.speed_kph)
            assert set(mode.surface_source) == set(mode.surface_factor)
            assert all([*mode.speed_source.values(), *mode.surface_source.values()])
        assert mode.change_source == ""


def test_signals_cost_the_mean_wait_of_the_stated_cycle():
    cycle_s, green_s = 90, 30
    for mode_id in ("walk", "ride", "ebike", "drive"):
        mode = load_modes()[mode_id]
        assert mode.signal_delay_s == (cycle_s - green_s) ** 2 / (2 * cycle_s)
        assert mode.junction_delay_s == 0
        assert f"C＝{cycle_s} 秒、绿灯 g＝{green_s} 秒，得 20 秒" in mode.delay_source


def test_an_ambulance_drives_as_cars_do_and_does_not_wait():
    modes = load_modes()
    car, ambulance = modes["drive"], modes["ambulance"]
    assert ambulance.speed_kph == car.speed_kph
    assert ambulance.surface_factor == car.surface_factor
    assert (ambulance.user, ambulance.obeys_max_speed) == ("motor", True)
    assert ambulance.signal_delay_s == 0


def test_riding_2500_m_takes_15_minutes():
    assert load_modes()["ride"].speed_kph["unclassified"] * 15 / 60 == pytest.approx(2.5)


# faults


def test_unknown_key_names_the_nearest_known_one(toml):
    path = toml(KIND.replace("colour", "color"))
    assert message(load_kinds, path) == (
        "设置文件「set.toml」有 2 处问题：缺少「kinds」的「park」的「colour」。"
        "「kinds」的「park」的「color」不是已知的设置，最接近的是「colour」。"
    )


def test_unknown_key_inside_a_list(toml):
    path = toml(MODE + "speed = 3\n")
    assert message(load_modes, path) == (
        "设置文件「set.toml」有 1 处问题："
        "「modes」的「walk」的「speeds」的第 1 项的「speed」不是已知的设置，最接近的是「source」。"
    )


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("0", "应大于 0，现为 0"),
        ("-3", "应大于 0，现为 -3"),
        ("200.5", "不得大于 200，现为 200.5"),
        ("inf", "应为有限的数字，现为 inf"),
        ("nan", "应为有限的数字，现为 nan"),
        ('"fast"', "应为数字，现为 'fast'"),
        ("true", "应为数字，现为 True"),
    ],
)
def test_wrong_speeds(toml, number, rule):
    path = toml(MODE.replace("4.8", number))
    assert message(load_modes, path) == (
        f"设置文件「set.toml」有 1 处问题：「modes」的「walk」的「speeds」的第 1 项的「kph」{rule}。"
    )


def test_200_kph_is_allowed(toml):
    assert load_modes(toml(MODE.replace("4.8", "200")))["walk"].speed_kph == {"path": 200.0}


def test_a_road_class_must_not_stand_twice(toml):
    path = toml(MODE.replace('["path"]', '["path", "path"]'))
    assert message(load_modes, path) == (
        "设置文件「set.toml」：「walk」的道路等级有 1 个重复，第一个是「path」。"
    )


def test_a_mode_without_speeds(toml):
    path = toml('[modes.walk]\nname = "步行"\nsource = "约定"\n')
    assert message(load_modes, path) == (
        "设置文件「set.toml」有 1 处问题："
        "「modes」的「walk」必须有 speeds、like 或 faster_of，且只能有其中一种。"
    )


LIKE = '[modes.run]\nname = "跑步"\nsource = "约定"\naccess_kph = 8\nlike = "walk"\n'


def test_a_mode_like_another_has_its_speeds(toml):
    modes = load_modes(toml(MODE + LIKE))
    assert modes["run"].speed_kph == modes["walk"].speed_kph == {"path": 4.8}
    assert modes["run"].speed_source == {"path": "约定"}
    assert modes["run"].access_speed_kph == 8.0


def test_a_mode_like_an_unknown_one(toml):
    path = toml(MODE + LIKE.replace('"walk"', '"wlk"'))
    assert message(load_modes, path) == (
        "设置文件「set.toml」：「run」的「like」有 1 个未知的出行方式，"
        "第一个是「wlk」，最接近的是「walk」。"
    )


def test_a_mode_like_another_has_no_speeds_of_its_own(toml):
    rows = "[[modes.run.speeds]]\nclasses = ['path']\nkph = 9\nsource = '约定'\n"
    assert message(load_modes, toml(MODE + LIKE + rows)) == (
        "设置文件「set.toml」有 1 处问题："
        "「modes」的「run」必须有 speeds、like 或 faster_of，且只能有其中一种。"
    )
    rows = "[[modes.run.surfaces]]\nsurfaces = ['mud']\nfactor = 0.5\nsource = '约定'\n"
    assert message(load_modes, toml(MODE + LIKE + rows)) == (
        "设置文件「set.toml」有 1 处问题："
        "「modes」的「run」没有 speeds，surfaces 就不起作用，请删去。"
    )


def test_a_delay_needs_a_source(toml):
    path = toml(MODE.replace('source = "约定"\n[[', 'source = "约定"\nsignal_delay_s = 20\n[['))
    assert message(load_modes, path) == (
        "设置文件「set.toml」有 1 处问题："
        "「modes」的「walk」写了路口或信号灯的延误，还要用 delay_source 写明来源。"
    )


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("-1", "不得小于 0，现为 -1"),
        ("601", "不得大于 600，现为 601"),
        ("nan", "应为有限的数字，现为 nan"),
    ],
)
def test_wrong_delays(toml, number, rule):
    path = toml(MODE.replace('"约定"\n[[', f'"约定"\njunction_delay_s = {number}\n[['))
    assert message(load_modes, path) == (
        f"设置文件「set.toml」有 1 处问题：「modes」的「walk」的「junction_delay_s」{rule}。"
    )


def test_a_choice_between_unknown_modes(toml):
    path = toml(
        MODE + '[modes.any]\nname = "任选"\nsource = "约定"\nfaster_of = ["walk", "rode"]\n'
    )
    assert message(load_modes, path) == (
        "设置文件「set.toml」：「any」的「faster_of」有 1 个未知的出行方式，"
        "第一个是「rode」，最接近的是「walk」。"
    )


def test_wrong_group_and_colour(toml):
    path = toml(KIND.replace("绿地", "绿化").replace("#7a9a01", "green"))
    assert message(load_kinds, path) == (
        "设置文件「set.toml」有 2 处问题：「kinds」的「park」的「group」只能是 "
        "'医疗'、'养老'、'健身'、'托育'、'文化'、'教育'、'急救'、'绿地'、'环卫'，现为 '绿化'。"
        "「kinds」的「park」的「colour」的写法不对（应符合 ^#[0-9a-f]{6}$），现为 'green'。"
    )


def test_unknown_member(toml):
    path = toml(KIND + 'members = ["prk"]\n')
    assert message(load_kinds, path) == (
        "设置文件「set.toml」：「park」的「members」有 1 个未知的设施类别，"
        "第一个是「prk」，最接近的是「park」。"
    )


def test_two_kinds_of_one_name(toml):
    path = toml(KIND + KIND.replace("kinds.park", "kinds.garden"))
    assert message(load_kinds, path) == (
        "设置文件「set.toml」：设施类别的名称或别名有 1 个重复，第一个是「公园」。"
    )


def test_missing_file(tmp_path):
    path = tmp_path / "none.toml"
    assert message(load_kinds, path) == f"找不到设置文件「none.toml」（{path}）。请检查路径。"


def test_not_utf8(tmp_path):
    path = tmp_path / "gbk.toml"
    path.write_bytes("名称 = '公园'".encode("gbk"))
    assert message(load_kinds, path) == (
        "设置文件「gbk.toml」不是 UTF-8 编码。请用记事本另存为 UTF-8 后重试。"
    )


def test_not_toml(toml):
    assert message(load_kinds, toml("[kinds\n")).startswith("设置文件「set.toml」不合 TOML 格式：")


def test_unknown_facility_kind(folder):
    change(folder / "rescue_ring_30.toml", '"county_hospital"', '"county_hospitals"')
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」：「kinds」有 1 个未知的设施类别，"
        "第一个是「county_hospitals」，最接近的是「county_hospital」。"
    )


def test_unknown_mode(folder):
    change(folder / "rescue_ring_30.toml", 'mode = "drive"', 'mode = "driving"')
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」：「mode」有 1 个未知的出行方式，"
        "第一个是「driving」，最接近的是「drive」。"
    )


def test_mistyped_key_of_a_standard(folder):
    change(folder / "rescue_ring_30.toml", "demand_group", "demandgroup")
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」有 1 处问题："
        "「demandgroup」不是已知的设置，最接近的是「demand_group」。"
    )


def test_a_time_needs_minutes(folder):
    change(folder / "rescue_ring_30.toml", "minutes = 30", "kilometres = 30")
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」有 1 处问题："
        "「readings」的第 1 项的 measure 是 travel_time，阈值只能写 minutes（分钟）。"
    )


def test_unknown_station_kind(folder):
    change(folder / "rescue_ring_30.toml", '["emergency_station"]', '["emergency_stations"]')
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」：口径「rescue_ring_30_two_legs」的「station_kinds」"
        "有 1 个未知的设施类别，第一个是「emergency_stations」，最接近的是「emergency_station」。"
    )


def test_unknown_mode_of_a_reading(folder):
    change(folder / "rescue_ring_30.toml", 'mode = "ambulance"', 'mode = "ambulanc"')
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」：口径「rescue_ring_30_two_legs」的「mode」"
        "有 1 个未知的出行方式，第一个是「ambulanc」，最接近的是「ambulance」。"
    )


@pytest.mark.parametrize("line", ["turnout_minutes = 3", 'station_kinds = ["emergency_station"]'])
def test_stations_and_turnout_come_together(folder, line):
    change(folder / "rescue_ring_30.toml", line, "")
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」有 1 处问题：「readings」的第 2 项的 station_kinds"
        "（派车的设施类别）和 turnout_minutes（出车准备）要成对写。"
    )


def test_an_ambulance_may_leave_at_once(folder):
    change(folder / "rescue_ring_30.toml", "turnout_minutes = 3", "turnout_minutes = 0")
    assert load_standards(folder)["rescue_ring_30"].readings[1].turnout_s == 0.0


@pytest.mark.parametrize(
    ("number", "rule"), [("-1", "不得小于 0，现为 -1"), ("61", "不得大于 60，现为 61")]
)
def test_wrong_turnout(folder, number, rule):
    change(folder / "rescue_ring_30.toml", "turnout_minutes = 3", f"turnout_minutes = {number}")
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」有 1 处问题："
        f"「readings」的第 2 项的「turnout_minutes」{rule}。"
    )


def test_two_legs_are_about_time(folder):
    change(
        folder / "rescue_ring_30.toml",
        'measure = "travel_time"\nminutes = 30\nmode',
        'measure = "network_distance"\nkilometres = 30\nmode',
    )
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」有 1 处问题：「readings」的第 2 项的 measure 是 "
        "network_distance，写了 station_kinds 的两段口径只能按时间计。"
    )


def test_target_above_100_percent(folder):
    change(folder / "rescue_ring_30.toml", "target_percent = 100.0", "target_percent = 120")
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」有 1 处问题：「target_percent」不得大于 100，现为 120。"
    )


def test_the_first_reading_bears_the_name_of_the_file(folder):
    change(folder / "rescue_ring_30.toml", 'id = "rescue_ring_30"', 'id = "ring"')
    assert message(load_standards, folder) == (
        "设置文件「rescue_ring_30.toml」：第一种口径的 id 应与文件名相同（rescue_ring_30），现为「ring」。"
    )


def test_readings_are_unique_over_all_standards(folder):
    text = (folder / "rescue_ring_30.toml").read_text(encoding="utf-8")
    again = text[text.index("[[readings]]") : text.index("[[clauses]]")]
    (folder / "rescue_ring_30.toml").write_text(text + again, encoding="utf-8")
    assert message(load_standards, folder) == (
        f"设置文件「{folder.name}」：口径的「id」有 2 个重复，第一个是「rescue_ring_30」。"
    )


def test_a_folder_without_standards(tmp_path):
    shutil.copy(MODES_FILE, tmp_path / "modes.toml")
    assert message(load_standards, tmp_path) == (
        f"文件夹「{tmp_path}」里没有服务圈标准（*.toml）。请检查路径。"
    )
