"""The tables of a project file that change speeds: each bad number is told in one sentence."""

from __future__ import annotations

import tomllib

import pytest

from coverage.errors import ProjectError
from layers.project_settings import ModeTables, ProjectSettings, RoadsTable
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


PROJECT = """
[project]
name = "某县"
[boundaries]
file = "zones.geojson"
[roads]
file = "roads.osm.pbf"
[demand]
file = "villages.csv"
[[facilities]]
file = "clinics.csv"
kind = "village_clinic"
[assessment]
standards = ["health_circle_15", "rescue_ring_30"]
"""

CAPACITY = """
[[capacity]]
standard = "rescue_ring_30"
column = "capacity_beds"
persons_per_unit = 159
source = "某规划"
"""


def project(text):
    tables = tomllib.loads(PROJECT + text)
    return parse_settings(tables, ProjectSettings, source="project.toml", error=ProjectError)


def test_how_many_persons_a_bed_serves():
    assert project("").capacity == []
    (table,) = project(CAPACITY).capacity
    assert (table.standard, table.column) == ("rescue_ring_30", "capacity_beds")
    assert (table.persons_per_unit, table.source) == (159.0, "某规划")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'standard = "rescue_ring_30"',
            'standard = "fitness_circle_15"',
            "「capacity」的第 1 项写了没有评估的标准“fitness_circle_15”，[assessment] 里有 health_circle_15、rescue_ring_30。",
        ),
        (
            '"capacity_beds"',
            '"beds"',
            "「capacity」的第 1 项的「column」只能是 'capacity_beds'、'area_m2'，现为 'beds'。",
        ),
        ("159", "0", "「capacity」的第 1 项的「persons_per_unit」应大于 0，现为 0。"),
        ("159", "-3", "「capacity」的第 1 项的「persons_per_unit」应大于 0，现为 -3。"),
        ("159", "inf", "「capacity」的第 1 项的「persons_per_unit」应为有限的数字，现为 inf。"),
        ('source = "某规划"', "", "缺少「capacity」的第 1 项的「source」。"),
        (
            'source = "某规划"',
            'source = ""',
            "「capacity」的第 1 项的「source」不得为空，现为 ''。",
        ),
        (
            'source = "某规划"',
            'sources = "某规划"\nsource = "x"',
            "「capacity」的第 1 项的「sources」不是已知的设置，最接近的是「source」。",
        ),
    ],
)
def test_a_bad_capacity_is_one_sentence(old, new, sentence):
    with pytest.raises(ProjectError) as caught:
        project(CAPACITY.replace(old, new))
    assert str(caught.value) == f"设置文件「project.toml」有 1 处问题：{sentence}"


def test_a_capacity_is_said_once():
    with pytest.raises(ProjectError) as caught:
        project(CAPACITY + CAPACITY)
    assert str(caught.value).endswith(
        "「capacity」的第 2 项与第 1 项的 standard、column 相同，请留一处。"
    )


LISTS = """
[project]
name = "某县"
[boundaries]
file = "zones.geojson"
[roads]
file = "roads.osm.pbf"
[demand]
DEMAND
[[facilities]]
FACILITIES
[assessment]
standards = ["health_circle_15"]
"""
VILLAGES = 'file = "villages.csv"'
CLINICS = 'file = "clinics.csv"\nkind = "village_clinic"'


def lists(demand=VILLAGES, facilities=CLINICS, boundaries=""):
    text = LISTS.replace("DEMAND", demand).replace("FACILITIES", facilities)
    tables = tomllib.loads(text.replace("[roads]", f"{boundaries}\n[roads]"))
    return parse_settings(tables, ProjectSettings, source="project.toml", error=ProjectError)


def refused(*args, **kwargs):
    with pytest.raises(ProjectError) as caught:
        lists(*args, **kwargs)
    return str(caught.value).removeprefix("设置文件「project.toml」有 1 处问题：")


def test_everything_a_list_may_say():
    settings = lists(
        """file = "villages.xlsx"
part = "表一"
header_row = 3
columns = {name = "村", township = "乡镇", address = "地址", county = "县", zone_code = "码", population = "人口"}
units = {population = "万人"}
place_by_name = true""",
        """file = "list.csv"
encoding = "gbk"
columns = {name = "名称", village = "村", category = "类", category_code = "码", geometry = "WKT", area_m2 = "面积"}
units = {area_m2 = "亩"}
recognise_kinds = true""",
        'columns = {population = "人口", geometry = "WKT"}\npart = "乡镇"\nencoding = "gb18030"',
    )
    assert settings.demand.units.mapping() == {"population": "万人"}
    assert settings.demand.place_by_name
    assert not settings.demand.is_raster
    (table,) = settings.facilities
    assert table.units.mapping() == {"area_m2": "亩"}
    assert (table.recognise_kinds, table.kind) == (True, None)
    assert settings.boundaries.reading().part == "乡镇"
    assert settings.boundaries.reading().encoding == "gb18030"
    raster = lists('file = "p.TIF"\nblock_m = 250\npopulation_by_zone = "人口"').demand
    assert (raster.is_raster, raster.block_m) == (True, 250)
    spread = lists(f'{VILLAGES}\npopulation_by_zone = "人口"\nspread_by = "户数"').demand
    assert (spread.spread_by, spread.columns.population) == ("户数", None)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            'units = {area_m2 = "斤"}\ncolumns = {area_m2 = "面积"}',
            "「facilities」的第 1 项的「units」里 area_m2 的单位“斤”不能换算成平方米，可以写 平方米、亩、公顷、平方公里。",
        ),
        (
            'units = {area_m2 = "张"}\ncolumns = {area_m2 = "面积"}',
            "「facilities」的第 1 项的「units」里 area_m2 的单位“张”不能换算成平方米，可以写 平方米、亩、公顷、平方公里。",
        ),
        (
            'units = {area_m2 = "亩"}',
            "「facilities」的第 1 项的 units 写了 area_m2，columns 里却没有 area_m2，请补上列名或删去。",
        ),
        (
            'units = {area = "亩"}',
            "「facilities」的第 1 项的「units」的「area」不是已知的设置，最接近的是「area_m2」。",
        ),
        (
            "recognise_kinds = true",
            "「facilities」的第 1 项里 kind（整份名录同一类别）和 recognise_kinds = true（逐行识别类别）只能写一处。",
        ),
        (
            "place_by_name = true",
            (
                "「facilities」的第 1 项写了 place_by_name = true，还要在 columns 里写 "
                "village、township、address、zone_code、name 中的至少一列。"
            ),
        ),
        (
            'columns = {geometry = "WKT", lon = "a", lat = "b"}',
            "「facilities」的第 1 项的「columns」里 geometry（WKT）和 lon、lat 只能写一样。",
        ),
    ],
)
def test_keys_of_facilities_that_do_not_go_together(lines, sentence):
    assert refused(facilities=f"{CLINICS}\n{lines}") == sentence


def test_kinds_are_recognised_by_something():
    assert refused(facilities='file = "a.csv"\nrecognise_kinds = true') == (
        "「facilities」的第 1 项写了 recognise_kinds = true，还要在 columns 里写 "
        "name、kind、category、category_code 中的至少一列。"
    )
    assert refused(facilities='from = "osm"\nrecognise_kinds = true\nplace_by_name = true') == (
        '「facilities」的第 1 项写了 from = "osm"，place_by_name、recognise_kinds 就不起作用，请删去。'
    )


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            'file = "p.tif"\ncrs = "WGS84"\ncolumns = {id = "a"}\nunits = {}\nspread_by = "户"',
            "「demand」的 file“p.tif”是人口栅格，columns、crs、units、spread_by 就不起作用，请删去。",
        ),
        (
            f"{VILLAGES}\nblock_m = 500",
            "「demand」里 block_m 只和人口栅格（.tif）一起用。",
        ),
        ('file = "p.tif"\nblock_m = 0', "「demand」的「block_m」应大于 0，现为 0。"),
        (
            f'{VILLAGES}\npopulation_by_zone = "人口"\ncolumns = {{population = "人"}}',
            "「demand」里 population_by_zone（按行政单元的总数分摊）和 columns 的 population（每个村的人口）只能写一处。",
        ),
        (f'{VILLAGES}\nspread_by = "户"', "「demand」里 spread_by 要和 population_by_zone 一起用。"),
        (
            'from = "osm"\npopulation_by_zone = "人口"\nspread_by = "户"',
            '「demand」写了 from = "osm"，spread_by 就不起作用，请删去。',
        ),
        (
            f'{VILLAGES}\nunits = {{population = "户"}}\ncolumns = {{population = "人"}}',
            "「demand」的「units」里 population 的单位“户”不能换算成人，可以写 人、万人。",
        ),
        (
            f"{VILLAGES}\nplace_by_name = true",
            "「demand」写了 place_by_name = true，还要在 columns 里写 township、address、zone_code、name 中的至少一列。",
        ),
    ],
)  # fmt: skip
def test_keys_of_demand_that_do_not_go_together(lines, sentence):
    assert refused(lines) == sentence


def test_totals_of_zones_are_one_column():
    by_zone = f'{VILLAGES}\npopulation_by_zone = "总人口"'
    assert lists(by_zone, boundaries='columns = {population = "总人口"}')
    assert refused(by_zone, boundaries='columns = {population = "户籍"}') == (
        "「demand」的 population_by_zone 写的是“总人口”，「boundaries」的 columns 的 population "
        "写的是“户籍”，请改成同一列。"
    )


def test_boundaries_of_openstreetmap_are_no_table():
    text = LISTS.replace("DEMAND", VILLAGES).replace("FACILITIES", CLINICS)
    text = text.replace('file = "zones.geojson"', 'from = "osm"\nadmin_level = 8\nheader_row = 2')
    with pytest.raises(ProjectError, match='写了 from = "osm"，header_row 就不起作用，请删去'):
        parse_settings(
            tomllib.loads(text), ProjectSettings, source="project.toml", error=ProjectError
        )
