"""The people of zones from a table without shapes: joined, told, taken up, spread."""

from __future__ import annotations

import tomllib

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import BoundaryError, InputError, ProjectError
from layers.formats.dispatch import read_part
from layers.intake import adopt, checked, draft_problems, first_draft, ground_of, new_project
from layers.lists.zone_people import read_zone_people
from layers.project import load_project
from layers.tables import SourceTable
from tests.incoming import KINDS, draft_of, loaded
from tests.small_county import PROJECT, write_csv, write_zones
from tests.test_loading import write_county

CRS = "EPSG:4547"
NAMES = {"371422001": "城关街道", "371422100": "云岫镇", "371422101": "新云岫镇"}
COLUMNS = {"id": "代码", "name": "名称", "population": "人口"}


@pytest.fixture(scope="module")
def zones():
    shapes = [shapely.box(500_000 + at, 0, 500_001 + at, 1) for at in range(len(NAMES))]
    index = pd.Index(NAMES, name="zone_id", dtype="str")
    frame = {"zone_name": list(NAMES.values()), "zone_level": "township"}
    return gpd.GeoDataFrame(frame, geometry=shapes, index=index, crs=CRS)


def source(*lines, header="代码,名称,人口"):
    cells = pd.DataFrame([line.split(",") for line in lines], columns=header.split(","))
    return SourceTable("人口.csv", cells.astype("str"), tuple(range(2, 2 + len(lines))))


def told(read):
    return [(one.row, one.check, one.done) for one in read.ledger.findings]


def test_rows_are_joined_by_code_else_by_name(zones):
    table = source(
        "371422001000,城关街道,1000",  # the same code with zeros behind
        ",示例县云岫镇,2000",
        "371422999,新云岫,30",  # a slip in the code; the name without its kind
    )
    before = table.cells.copy()
    read = read_zone_people(table, zones=zones, columns=COLUMNS)
    assert read.totals.to_dict() == {"371422001": 1000, "371422100": 2000, "371422101": 30}
    assert read.zone_of_row.tolist() == list(NAMES)
    assert told(read) == [(4, "zone_code_fault", "kept")]
    assert read.ledger.findings[0].found == (
        "行政边界里没有这个代码，按名称对应到“新云岫镇”，请核对"
    )
    pd.testing.assert_frame_equal(table.cells, before)


@pytest.mark.parametrize(
    ("line", "check", "said"),
    [
        ("371422100203,云岫镇丁庄村,5", "zone_unmatched",
         "代码“371422100203”是村一级的，不是行政边界里的单元"),
        ("371422,示例县,9", "zone_unmatched", "代码“371422”是县一级的，不是行政边界里的单元"),
        ("371423100,云岫镇,9", "zone_unmatched",
         "代码“371423100”是别的县（市、区）的，不在行政边界里"),
        (",云岫镇丁庄村,9", "zone_unmatched", "名称对不上行政边界里的任何一个单元"),
        ("371422300,李家乡,9", "zone_unmatched",
         "代码“371422300”和名称都对不上行政边界里的任何一个单元"),
        ("371422001,城关街道,7", "zone_twice", "这个行政单元的人口已取自第 2 行"),
        ("371422100,云岫镇,不详", "missing", "不得为空"),
        ("371422100,云岫镇,-5", "negative", "不得为负"),
        (",合计,1005", "totals_row", "合计行，不是一处"),
    ],
)  # fmt: skip
def test_what_is_no_zone_of_the_project_is_set_aside(zones, line, check, said):
    read = read_zone_people(source("371422001,城关街道,1000", line), zones=zones, columns=COLUMNS)
    assert read.totals["371422001"] == 1000
    assert read.totals.notna().sum() == 1
    (one,) = [one for one in read.ledger.findings if one.done == "set_aside"]
    assert (one.row, one.check, one.found) == (3, check, said)
    assert dict(read.ledger.rows_read) == {"人口.csv": 2}
    assert dict(read.ledger.rows_used) == {"人口.csv": 1}
    lacking = [one for one in read.ledger.findings if one.check == "zone_without_people"]
    assert [one.record_name for one in lacking] == ["云岫镇", "新云岫镇"]
    assert all(one.lon is not None for one in lacking)


def test_a_code_goes_before_a_name_that_contradicts_it(zones):
    read = read_zone_people(source("371422100,城关街道,8"), zones=zones, columns=COLUMNS)
    assert read.totals["371422100"] == 8
    assert read.ledger.findings[-1].found == (
        "区划代码说是“云岫镇”，名称说是“城关街道”；按“云岫镇”使用，请核对"
    )


def test_units_of_the_header_and_of_the_project_hold(zones):
    table = source("371422100,云岫镇,1.5", header="代码,名称,人口（万人）")
    columns = COLUMNS | {"population": "人口（万人）"}
    assert read_zone_people(table, zones=zones, columns=columns).totals["371422100"] == 15_000
    table = source("371422100,云岫镇,1.5")
    read = read_zone_people(table, zones=zones, columns=COLUMNS, units={"population": "千人"})
    assert read.totals["371422100"] == 1500


def test_a_table_of_which_nothing_fits_is_refused(zones):
    with pytest.raises(BoundaryError) as caught:
        read_zone_people(source("371423100,别处镇,9"), zones=zones, columns=COLUMNS)
    assert str(caught.value) == (
        "行政单元人口「人口.csv」的 1 行没有一行可用，请确认它与行政边界是同一个地方、同一级的单元。"
        "行政单元人口「人口.csv」有 1 处问题：第 2 行「代码」：代码“371423100”是别的县（市、区）的，"
        "不在行政边界里（值：371423100）。请改正后重试。"
    )
    with pytest.raises(BoundaryError):
        read_zone_people(source(), zones=zones, columns=COLUMNS)


CODES = st.sampled_from(["", "x", *NAMES, "371422", "371422100201", "371423100", "37142210"])
NAMED = st.sampled_from(["", "合计", *NAMES.values(), "云岫", "李家乡", "<b>"])
PEOPLE = st.sampled_from(["", "0", "12", "1.5", "-3", "无", "约300", "x"])


@given(st.lists(st.tuples(CODES, NAMED, PEOPLE), min_size=1, max_size=12))
def test_rows_used_and_set_aside_are_rows_read(zones, rows):
    table = source("371422001,城关街道,1000", *(",".join(row) for row in rows))
    read = read_zone_people(table, zones=zones, columns=COLUMNS)
    used, aside = read.zone_of_row.notna(), read.ledger.rows_set_aside["人口.csv"]
    assert used.sum() + aside == len(table) == read.ledger.rows_read["人口.csv"]
    assert not read.zone_of_row[used].duplicated().any()
    assert set(read.totals.dropna().index) == set(read.zone_of_row[used])


# ------------------------------------------------------------------------------------ in a project

BARE = PROJECT.replace(', population = "常住人口"', "")


@pytest.fixture
def county(tmp_path):
    folder = tmp_path / "县"
    folder.mkdir()
    return load_project(write_county(folder, BARE))


def people(folder, *lines, header="行政区划代码,行政区划名称,常住人口（人）"):
    return write_csv(folder / "人口.csv", header, *lines)


def ground(project):
    return ground_of(loaded(project).layers, project=project, kinds=KINDS)


def test_a_table_of_people_is_checked_and_taken_up(county, tmp_path):
    path = people(tmp_path, "01,西镇,1000", "02,东镇,501", "09,南镇,5")
    draft, proposed = first_draft(read_part(path), layer="zones", file=path, kinds=KINDS)
    assert draft.is_zone_people
    assert [one.ours for one in proposed] == ["id", "name", "population"]
    assert draft_problems(read_part(path), draft, kinds=KINDS) == ()
    found = checked(read_part(path), draft, ground(county))
    assert found.layer["population"].tolist() == [1000, 501]
    assert found.rows["fate"].tolist() == ["used", "used", "set_aside"]
    assert found.rows["lon"].notna().tolist() == [True, True, False]
    assert found.notices[-1].message.startswith("写入项目后，各单元的人口分摊到其中的村（社区）")

    project = adopt(county, draft)
    text = project.file.read_text(encoding="utf-8")
    assert tomllib.loads(text)["boundaries"]["people"] == {
        "file": "sources/人口.csv",
        "columns": {
            "id": "行政区划代码", "name": "行政区划名称", "population": "常住人口（人）",
        },
    }  # fmt: skip
    assert project.settings.demand.population_by_zone == "常住人口（人）"
    assert project.file.with_name("sources") / "人口.csv" in project.input_files()
    read = loaded(project)
    by_zone = read.layers.demand.groupby("zone_id")["population"].sum()
    assert by_zone.to_dict() == {"01": 1000, "02": 501}
    assert read.layers.demand["population"].tolist() == [500, 501, 500]
    ours = [one for one in read.ledger.findings if one.file == "sources/人口.csv"]
    theirs = found.ledger.findings
    assert [(one.row, one.found) for one in ours] == [(one.row, one.found) for one in theirs]
    assert read.ledger.rows_set_aside["sources/人口.csv"] == 1

    # new villages and new boundaries leave the people of the zones where they are
    villages = draft_of(write_csv(tmp_path / "村.csv", "村名,经度,纬度", "甲村,114.9,37.6"),
                        layer="demand")  # fmt: skip
    shown = checked(read_part(villages.file), villages, ground(project))
    assert shown.layer["population"].tolist() == [1000]
    project = adopt(project, villages)
    assert project.settings.demand.population_by_zone == "常住人口（人）"
    assert loaded(project).layers.demand["population"].tolist() == [1000]
    boundaries = write_zones(tmp_path / "界.geojson")
    drawn, _ = first_draft(read_part(boundaries), layer="zones", file=boundaries, kinds=KINDS)
    project = adopt(project, drawn)
    assert project.settings.boundaries.people.file == "sources/人口.csv"
    assert project.settings.boundaries.columns.population is None
    assert loaded(project).layers.demand["population"].tolist() == [1000]


def test_villages_with_people_of_their_own_are_only_held_against_the_table(tmp_path):
    folder = tmp_path / "县"
    folder.mkdir()
    county = load_project(write_county(folder))
    draft, _ = first_draft(
        read_part(people(tmp_path, "01,西镇,530", "02,东镇,999")),
        layer="zones", file=tmp_path / "人口.csv", kinds=KINDS,
    )  # fmt: skip
    told = checked(read_part(draft.file), draft, ground(county)).notices[-1].message
    assert told == "村（社区）名录已有人口列，这张表只用来核对各单元的合计，不再分摊。"
    project = adopt(county, draft)
    assert project.settings.demand.population_by_zone is None
    read = loaded(project)
    assert read.layers.demand["population"].tolist() == [350, 420, 180]
    differ = [one for one in read.ledger.findings if one.check == "zone_total_differs"]
    assert [one.record_name for one in differ] == ["东镇"]


def test_a_table_without_people_or_boundaries_is_told(county, tmp_path):
    path = write_csv(tmp_path / "a.csv", "名称,面积", "西镇,5")
    draft, _ = first_draft(read_part(path), layer="zones", file=path, kinds=KINDS)
    told = (
        "文件没有图形，也没有指定哪一列是边界（WKT），不能当作边界；"
        "只有人口的表要指定人口列，以及代码或名称列。"
    )
    assert draft_problems(read_part(path), draft, kinds=KINDS) == (told,)
    with pytest.raises(InputError):
        checked(read_part(path), draft, ground(county))


def test_a_new_project_needs_boundaries(tmp_path):
    path = people(tmp_path, "01,西镇,1000")
    draft, _ = first_draft(read_part(path), layer="zones", file=path, kinds=KINDS)
    with pytest.raises(ProjectError) as caught:
        new_project(tmp_path / "新", name="新", zones=draft, roads=path, demand=None,
                    facilities=[draft], standards=["health_circle_15"])  # fmt: skip
    assert str(caught.value) == (
        "「人口.csv」没有图形，不能当作行政边界。请先用行政边界建项目，"
        "建好后再把这张人口表作为“行政单元”导入。"
    )


@pytest.mark.parametrize(
    ("people_text", "rule"),
    [
        ('{columns = {id = "a", population = "b"}}', "里要写 file（人口表的文件）"),
        ('{file = "p.csv", columns = {population = "b"}}', "里要写 id 或 name"),
        ('{file = "p.csv", crs = "WGS84", columns = {id = "a", population = "b"}}',
         "是没有图形的表，crs 就不起作用，请删去"),
    ],
)  # fmt: skip
def test_settings_of_the_table_are_checked(tmp_path, people_text, rule):
    text = BARE.replace('level = "township"', f'level = "township"\npeople = {people_text}')
    with pytest.raises(ProjectError) as caught:
        load_project(write_county(tmp_path, text))
    assert rule in str(caught.value)


def test_one_source_of_people(tmp_path):
    text = BARE.replace(
        'columns = {id = "代码", name = "名称"}',
        'columns = {id = "代码", name = "名称", population = "人口"}\n'
        'people = {file = "p.csv", columns = {id = "a", population = "b"}}',
    )
    with pytest.raises(ProjectError) as caught:
        load_project(write_county(tmp_path, text))
    assert "people（另一张人口表）和 columns 的 population（边界文件里的人口列）只能写一处" in str(
        caught.value
    )
