"""The project file: what it may say, and what each mistake in it is told."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from coverage.contracts import DEMAND, FACILITIES
from coverage.errors import ProjectError
from coverage.standards import Reading, Standard
from coverage.studies.study import CapacityRule
from layers.project import chosen_capacity, chosen_modes, chosen_standards, load_project
from layers.project_columns import DemandColumns, FacilityColumns
from layers.standards import load_modes
from tests.small_county import PROJECT


def write(tmp_path, text):
    path = tmp_path / "project.toml"
    path.write_text(text, encoding="utf-8")
    return path


def failure(tmp_path, text=PROJECT, **replaced):
    for old, new in replaced.get("swap", {}).items():
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(ProjectError) as caught:
        load_project(write(tmp_path, text))
    return str(caught.value)


def test_folder_and_file_are_the_same_project(tmp_path):
    file = write(tmp_path, PROJECT)
    project = load_project(tmp_path)
    assert project == load_project(file)
    assert project.name == "小县"
    assert project.label == ""
    assert project.folder == tmp_path.resolve()
    assert project.settings.demand.columns.mapping() == {
        "id": "编码", "name": "村名", "lon": "经度", "lat": "纬度", "population": "常住人口",
    }  # fmt: skip
    assert project.settings.facilities[0].kind == "village_clinic"
    assert project.settings.map.basemap_url is None


def test_input_files_are_listed_once_and_relative_to_the_project(tmp_path):
    text = PROJECT.replace('file = "clinics.csv"', 'file = "../lists/../lists/clinics.csv"')
    text = text.replace('[demand]\nfile = "villages.csv"', '[demand]\nfile = "zones.geojson"')
    project = load_project(write(tmp_path, text))
    folder = tmp_path.resolve()
    assert project.input_files() == [
        folder / "project.toml",
        folder / "zones.geojson",
        folder / "roads.osm.pbf",
        folder.parent / "lists" / "clinics.csv",
    ]


@pytest.mark.parametrize(
    ("key", "name"), [("", "targets.toml"), ('targets = "指标.toml"', "指标.toml")]
)
def test_choices_about_targets_are_an_input_once_they_are_there(tmp_path, key, name):
    text = PROJECT.replace("[project]", f"[project]\n{key}")
    project = load_project(write(tmp_path, text))
    without = project.input_files()
    (tmp_path / name).write_text("", encoding="utf-8")
    assert project.input_files() == [*without, tmp_path.resolve() / name]


def test_own_plans_that_the_choices_name_are_inputs_too(tmp_path):
    project = load_project(write(tmp_path, PROJECT))
    without = project.input_files()
    (tmp_path / "own.toml").write_text("", encoding="utf-8")
    (tmp_path / "idle.toml").write_text("", encoding="utf-8")
    choices = tmp_path / "targets.toml"
    choices.write_text('[plans]\nuse = ["jinan-2022", "own.toml", "gone.toml"]\n', encoding="utf-8")
    made = [tmp_path.resolve() / name for name in ("targets.toml", "own.toml")]
    assert project.target_files() == made
    assert project.input_files() == [*without, *made]


@pytest.mark.parametrize(
    "text", ["[plans", "plans = 3\n", "[plans]\nuse = 3\n", '[plans]\nuse = [3, "a\\u0000.toml"]\n']
)
def test_choices_that_cannot_be_read_name_no_plan(tmp_path, text):
    project = load_project(write(tmp_path, PROJECT))
    (tmp_path / "targets.toml").write_text(text, encoding="utf-8")
    assert project.target_files() == [tmp_path.resolve() / "targets.toml"]


def test_osm_tables_read_the_extract_of_the_roads(tmp_path):
    text = """
[project]
name = "列支敦士登"
[boundaries]
from = "osm"
admin_level = 8
[roads]
file = "li.osm.pbf"
[demand]
from = "osm"
[[facilities]]
from = "osm"
[[facilities]]
from = "osm"
file = "other.osm.pbf"
kind = "hospital"
[assessment]
standards = ["a"]
targets = {a = 0.9}
buffer_km = 5
"""
    project = load_project(write(tmp_path, text))
    assert project.osm_path(None) == tmp_path.resolve() / "li.osm.pbf"
    assert project.osm_path("other.osm.pbf") == tmp_path.resolve() / "other.osm.pbf"
    assert project.settings.assessment.buffer_km == 5.0
    assert len(project.input_files()) == 3


def test_notepad_may_write_a_byte_order_mark(tmp_path):
    path = tmp_path / "project.toml"
    path.write_text(PROJECT, encoding="utf-8-sig")
    assert load_project(path).name == "小县"


def test_no_project(tmp_path):
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path)
    file = tmp_path.resolve() / "project.toml"
    assert str(caught.value) == (
        f"找不到项目文件「project.toml」（{file}）。项目是一个放有 project.toml 的文件夹，请检查路径。"
    )


@pytest.mark.parametrize(
    ("swap", "message"),
    [
        (
            {"[boundaries]": "[bounderies]"},
            (
                "设置文件「project.toml」有 2 处问题：缺少「boundaries」。"
                "「bounderies」不是已知的设置，最接近的是「boundaries」。"
            ),
        ),
        (
            {'file = "villages.csv"': 'fil = "villages.csv"'},
            (
                "设置文件「project.toml」有 1 处问题："
                "「demand」的「fil」不是已知的设置，最接近的是「file」。"
            ),
        ),
        (
            {'level = "township"': 'form = "osm"'},
            (
                "设置文件「project.toml」有 1 处问题："
                "「boundaries」的「form」不是已知的设置，最接近的是「from」。"
            ),
        ),
        (
            {'population = "常住人口"': 'populaton = "常住人口"'},
            (
                "设置文件「project.toml」有 1 处问题："
                "「demand」的「columns」的「populaton」不是已知的设置，最接近的是「population」。"
            ),
        ),
        (
            {'kind = "village_clinic"': 'knd = "village_clinic"'},
            (
                "设置文件「project.toml」有 1 处问题："
                "「facilities」的第 1 项的「knd」不是已知的设置，最接近的是「kind」。"
            ),
        ),
        (
            {'name = "小县"': "name = 5", 'standards = ["health_circle_15"]': "standards = []"},
            (
                "设置文件「project.toml」有 2 处问题：「project」的「name」应为文字（加引号），现为 5。"
                "「assessment」的「standards」不得为空，现为 []。"
            ),
        ),
        (
            {'file = "roads.osm.pbf"': ""},
            (
                "设置文件「project.toml」有 1 处问题："
                '「roads」要写 file 或 from = "download" 其中之一。'
            ),
        ),
        (
            {'file = "zones.geojson"': ""},
            "设置文件「project.toml」有 1 处问题：「boundaries」要写 file 或 from 其中之一。",
        ),
        (
            {'lat = "纬度", population': "population"},
            "设置文件「project.toml」有 1 处问题：「demand」的「columns」里 lon 和 lat 要成对写。",
        ),
        (
            {'kind = "village_clinic"': ""},
            (
                "设置文件「project.toml」有 1 处问题：「facilities」的第 1 项要写 kind"
                "（整份名录同一类别），或在 columns 里写 kind 对应的列名，"
                "或写 recognise_kinds = true（按名称等识别类别）。"
            ),
        ),
        (
            {'file = "roads.osm.pbf"': 'file = "roads.shp"'},
            (
                "设置文件「project.toml」有 1 处问题：「roads」的 file“roads.shp”不是能读的路网："
                "支持 .osm.pbf、.graphml，以及路段表（.csv 或 .gpkg，另写 nodes）。"
            ),
        ),
        (
            {'file = "roads.osm.pbf"': 'file = "edges.csv"'},
            (
                "设置文件「project.toml」有 1 处问题："
                "「roads」的 file“edges.csv”是路段表，还要用 nodes 写明节点表。"
            ),
        ),
        (
            {'file = "roads.osm.pbf"': 'file = "roads.osm.pbf"\nnodes = "n.csv"'},
            (
                "设置文件「project.toml」有 1 处问题："
                "「roads」的 file“roads.osm.pbf”不是路段表，nodes 就不起作用，请删去。"
            ),
        ),
        (
            {'crs = "WGS84"': 'crs = "WGS84"\nmissing_population = "zero"'},
            (
                "设置文件「project.toml」有 1 处问题："
                "「demand」的「missing_population」只能是 'error'、'unknown'，现为 'zero'。"
            ),
        ),
        (
            {'crs = "WGS84"': 'crs = "WGS84"\npopulation_by_zone = "人口"'},
            (
                "设置文件「project.toml」有 1 处问题：「demand」里 population_by_zone"
                "（按行政单元的总数分摊）和 columns 的 population（每个村的人口）只能写一处。"
            ),
        ),
        (
            {'file = "villages.csv"': 'from = "osm"'},
            (
                "设置文件「project.toml」有 1 处问题："
                '「demand」写了 from = "osm"，columns、crs 就不起作用，请删去。'
            ),
        ),
        (
            {"[assessment]": "[assessment]\ntargets = {health_circle = 0.9}"},
            (
                "设置文件「project.toml」有 1 处问题："
                "「assessment」的 targets 写了没有评估的标准：health_circle。"
            ),
        ),
        (
            {"[assessment]": "[assessment]\ntargets = {health_circle_15 = 90}"},
            (
                "设置文件「project.toml」有 1 处问题："
                "「assessment」的「targets」的「health_circle_15」不得大于 1，现为 90。"
            ),
        ),
        (
            {"[assessment]": "[assessment]\nbuffer_km = 2001"},
            (
                "设置文件「project.toml」有 1 处问题："
                "「assessment」的「buffer_km」不得大于 2000，现为 2001。"
            ),
        ),
        (
            {"[assessment]": "[assessment]\nbuffer_km = nan"},
            (
                "设置文件「project.toml」有 1 处问题："
                "「assessment」的「buffer_km」应为有限的数字，现为 nan。"
            ),
        ),
    ],
)
def test_mistakes(tmp_path, swap, message):
    assert failure(tmp_path, swap=swap) == message


def test_osm_without_an_extract(tmp_path):
    swap = {
        'file = "roads.osm.pbf"': 'file = "roads.graphml"',
        'file = "clinics.csv"\nkind = "village_clinic"\ncolumns = '
        '{id = "编码", name = "名称", lon = "经度", lat = "纬度"}': 'from = "osm"',
    }
    assert failure(tmp_path, swap=swap) == (
        '设置文件「project.toml」有 1 处问题：「facilities」写了 from = "osm"，'
        "而 [roads] 的 file 不是 .osm.pbf，请另用 file 写明 .osm.pbf 文件。"
    )


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('name = "小县', "第 3 行第 11 列，有不许出现的字符，多半是引号没有成对"),
        ("name 小县", "第 3 行第 6 列，键名后面缺少等号"),
        ("name = “小县”", "第 3 行第 8 列，等号后面的值不合规范（文字要加英文双引号）"),
        ('name = "C:\\Users"', "第 3 行第 13 列，双引号里的反斜杠要写两个，路径请用 /"),
        ('name = "小县"\nname = "大县"', "第 4 行第 12 列，同一个键写了两次"),
        ('名 = "小县"', "第 3 行第 1 列，这一行不是“键 = 值”（中文键名要加引号）"),
    ],
)
def test_syntax_errors_name_line_and_column(tmp_path, line, place):
    text = PROJECT.replace('name = "小县"', line)
    message = failure(tmp_path, text)
    assert message == f"设置文件「project.toml」不合 TOML 格式：{place}。请改正这一处后重试。"


def test_not_utf8(tmp_path):
    path = tmp_path / "project.toml"
    path.write_bytes(PROJECT.encode("gbk"))
    with pytest.raises(ProjectError) as caught:
        load_project(path)
    assert str(caught.value) == (
        "设置文件「project.toml」不是 UTF-8 编码。请用记事本另存为 UTF-8 后重试。"
    )


@pytest.mark.parametrize(
    ("model", "contract", "short"),
    [(DemandColumns, DEMAND, "demand"), (FacilityColumns, FACILITIES, "facility")],
)
def test_every_column_of_the_contract_can_be_mapped_and_no_other(model, contract, short):
    longer = {"id": f"{short}_id", "name": f"{short}_name", "turnout_minutes": "turnout_s"}
    ours = {longer.get(key, key) for key in model.model_fields}
    made = {"zone_id", "place_precision", "kind_rule"}  # from what is told below
    theirs = {column.name for column in contract.columns} - made
    place = {"lon", "lat", "x", "y", "address", "township", "county", "village", "zone_code",
             "datum"}  # fmt: skip
    assert ours - place - {"category", "category_code"} == theirs


def standard(name):
    reading = Reading(name, "15 分钟", "travel_time", 900.0)
    return Standard(
        name, "圈", ("village_clinic",), "population", "all", "walk", "to_facility",
        0.8, "规划", (), (reading,),
    )  # fmt: skip


def test_chosen_standards_come_in_order_with_their_targets(tmp_path):
    text = PROJECT.replace(
        'standards = ["health_circle_15"]', 'standards = ["b", "a"]\ntargets = {a = 0.95}'
    )
    project = load_project(write(tmp_path, text))
    known = {name: standard(name) for name in "abc"}
    chosen = chosen_standards(project, known)
    assert [(one.standard_id, one.target, one.target_note) for one in chosen] == [
        ("b", 0.8, "规划"),
        ("a", 0.95, "project.toml 里设定"),
    ]
    assert known["a"].target == 0.8


def test_an_unknown_standard_names_the_nearest(tmp_path):
    project = load_project(write(tmp_path, PROJECT))
    with pytest.raises(ProjectError) as caught:
        chosen_standards(
            project, {"fitness": standard("fitness"), "health_15": standard("health_15")}
        )
    assert str(caught.value) == (
        "项目「小县」要评估的标准“health_circle_15”不存在，最接近的是“health_15”。"
        "请改正 project.toml 的 [assessment] standards。"
    )


def test_chosen_standards_say_whether_the_border_is_open(tmp_path):
    text = PROJECT.replace(
        'standards = ["health_circle_15"]',
        'standards = ["a", "b", "c"]\ncross_border = {a = false, b = true}\ntargets = {a = 0.5}',
    )
    project = load_project(write(tmp_path, text))
    known = {name: standard(name) for name in "abc"} | {
        "c": replace(standard("c"), cross_border=False)
    }
    chosen = chosen_standards(project, known)
    assert [one.cross_border for one in chosen] == [False, True, False]
    assert [one.target for one in chosen] == [0.5, 0.8, 0.8]
    assert known["a"].cross_border


def test_a_border_of_a_standard_that_is_not_assessed(tmp_path):
    swap = {"[assessment]": "[assessment]\ncross_border = {fitness = false}"}
    assert failure(tmp_path, swap=swap) == (
        "设置文件「project.toml」有 1 处问题："
        "「assessment」的 cross_border 写了没有评估的标准：fitness。"
    )


def test_the_modes_of_a_project_are_the_shipped_ones_with_its_changes(tmp_path):
    modes = load_modes()
    text = PROJECT + '[modes.drive]\nsource = "实测"\naccess_kph = 20\n'
    chosen = chosen_modes(load_project(write(tmp_path, text)), modes)
    assert chosen["drive"].access_speed_kph == 20
    assert list(chosen) == list(modes)
    assert all(chosen[name] == modes[name] for name in modes if name != "drive")
    assert modes["drive"].access_speed_kph == 4.8
    assert chosen_modes(load_project(write(tmp_path, PROJECT)), modes) == modes


def test_nothing_is_assumed_of_capacity_where_a_project_says_nothing(tmp_path):
    assert chosen_capacity(load_project(write(tmp_path, PROJECT))) == ()
    capacity = """
[[capacity]]
standard = "health_circle_15"
column = "area_m2"
persons_per_unit = 0.4
source = "某规划"
"""
    assert chosen_capacity(load_project(write(tmp_path, PROJECT + capacity))) == (
        CapacityRule("health_circle_15", "area_m2", 0.4, "某规划"),
    )


def test_the_old_key_for_the_way_to_the_road_says_where_it_went(tmp_path):
    assert failure(tmp_path, swap={"[roads]": "[roads]\naccess_speed_kph = 20"}) == (
        "设置文件「project.toml」有 1 处问题：「roads」的 access_speed_kph 不再用，"
        "请改写成 [modes.drive] 和 [modes.ambulance] 的 access_kph，并写明 source。"
    )


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("a = " + "[" * 5000, "括号套得太深"),
        ("a = " + "{a = " * 5000, "括号套得太深"),
        ("a = " + "9" * 5000, "有一个数的位数太多"),
    ],
)
def test_settings_that_python_itself_cannot_read(tmp_path, lines, what):
    assert failure(tmp_path, lines) == (f"设置文件「project.toml」读不下去：{what}。请改正后重试。")


@pytest.mark.parametrize("value", ["= 0x" + "f" * 5000, ".a" * 5000 + " = 1"])
def test_a_value_that_cannot_be_written_out(tmp_path, value):
    swap = {'standards = ["health_circle_15"]': f"standards{value}"}
    assert failure(tmp_path, swap=swap) == (
        "设置文件「project.toml」有 1 处问题：「assessment」的「standards」应为列表（写在 [ ] 里），"
        "现为 一个长得写不出来的值。"
    )


def path_failure(path):
    with pytest.raises(ProjectError) as caught:
        load_project(path)
    return str(caught.value)


def test_a_project_path_that_is_no_path(tmp_path, monkeypatch):
    assert path_failure("a\0b") == "项目路径「a\0b」不能用：里面有零字节。请改正路径后重试。"
    assert path_failure("长" * 100) == (
        f"项目路径「{'长' * 40}…」不能用：名称太长。请改正路径后重试。"
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    assert path_failure("loop") == (
        "项目路径「loop」不能用：链接绕成了圈，指不到任何文件。请改正路径后重试。"
    )


def test_a_project_folder_that_may_not_be_searched(tmp_path, monkeypatch):
    file = write(tmp_path, PROJECT).resolve()
    plain = type(file).stat

    def refuse(path, **kwargs):
        if path == file:
            raise PermissionError(errno.EACCES, "Permission denied")
        return plain(path, **kwargs)

    # Permissions do not bind every user who runs the tests, so the refusal is made here.
    monkeypatch.setattr(type(file), "stat", refuse)
    monkeypatch.setattr("layers.paths.SHOWN_CHARACTERS", 1000)
    assert path_failure(tmp_path) == f"项目文件「{file}」不能用：没有权限。请改正路径后重试。"


def test_an_unknown_standard_that_is_like_none(tmp_path):
    project = load_project(write(tmp_path, PROJECT.replace("health_circle_15", "xyz")))
    with pytest.raises(ProjectError) as caught:
        chosen_standards(project, {name: standard(name) for name in ("fitness", "health_15")})
    assert str(caught.value) == (
        "项目「小县」要评估的标准“xyz”不存在，有的是 fitness、health_15。"
        "请改正 project.toml 的 [assessment] standards。"
    )


def test_a_standard_is_measured_by_the_mode_that_the_project_names(tmp_path):
    known = {name: standard(name) for name in ("a", "b")}

    def chosen(modes):
        lines = f'standards = ["a", "b"]\nmodes = {modes}'
        text = PROJECT.replace('standards = ["health_circle_15"]', lines)
        return chosen_standards(load_project(write(tmp_path, text)), known)

    own = chosen('{a = "ebike"}')
    assert (own[0].mode_id, own[1]) == ("ebike", known["b"])
    with pytest.raises(ProjectError, match="给标准 a 写的出行方式“boat”不存在"):
        chosen('{a = "boat"}')
    with pytest.raises(ProjectError, match="的 modes 写了没有评估的标准：c"):
        chosen('{c = "walk"}')
