"""A planner's file on its way into a project: draft, evidence, check, adoption."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from coverage.errors import InputError
from layers.coordinates import transformer_between, wgs84_to_bd09, wgs84_to_gcj02
from layers.corrections import DATUM, POSITION, Correction, of_file, read_corrections
from layers.corrections import with_correction as corrected
from layers.formats.dispatch import read_part
from layers.intake import (
    Draft,
    adopt,
    checked,
    datum_evidence,
    draft_problems,
    first_draft,
    ground_of,
    has_points,
    is_datum_open,
    places_by_datum,
    source_label,
    with_columns,
    with_kind,
)
from layers.intaking.draft import DATUM_ADVICE
from layers.project import load_project
from tests.incoming import KINDS, clinics, draft_of, loaded
from tests.small_county import write_csv, write_zones
from tests.test_loading import write_county

CLINIC = {"id": "编码", "name": "名称", "lon": "经度", "lat": "纬度"}


@pytest.fixture
def county(tmp_path):
    folder = tmp_path / "县"
    folder.mkdir()
    return load_project(write_county(folder))


@pytest.fixture
def incoming(tmp_path):
    folder = tmp_path / "来件"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def demo(root):
    project = load_project(root / "data" / "examples" / "demo_county")
    return ground_of(loaded(project).layers, project=project, kinds=KINDS)


@pytest.fixture(scope="module")
def places(demo):
    """Names, longitudes and latitudes (WGS84) of 200 villages of the demo county."""
    some = demo.demand.iloc[:200].to_crs("EPSG:4326")
    return some["demand_name"].to_numpy(), some.geometry.x.to_numpy(), some.geometry.y.to_numpy()


def excel(path, **columns):
    pd.DataFrame(columns).to_excel(path, index=False, engine="xlsxwriter")
    return path


# ------------------------------------------------------------------------------------------ draft


def test_a_first_draft_of_a_gbk_table(incoming):
    path = write_csv(
        incoming / "村.csv", "行政区划代码,村名,lng,lat,常住人口（万人）,60岁及以上",
        "1,甲村,114.9,37.6,0.2,300", encoding="gb18030",
    )  # fmt: skip
    draft, proposed = first_draft(read_part(path), layer="demand", file=path, kinds=KINDS)
    assert draft.columns == {
        "id": "行政区划代码", "name": "村名", "lon": "lng", "lat": "lat",
        "population": "常住人口（万人）", "population_60plus": "60岁及以上",
    }  # fmt: skip
    assert draft.units == {"population": "万人"}
    assert (draft.name, draft.file, draft.crs) == ("村.csv", path, "")
    assert not draft.recognise_kinds
    assert not draft.place_by_name
    assert [one.ours for one in proposed] == list(draft.columns)


def test_kinds_are_recognised_unless_a_column_says_them_in_our_words(incoming):
    told = {
        "卫生室": ("类别", "村卫生室", "乡镇卫生院"),
        "说不清": ("类别", "村卫生室", "一般机构"),
        "没有": ("备注", "", ""),
    }
    found = {}
    for name, (head, one, other) in told.items():
        path = write_csv(incoming / f"{name}.csv", f"名称,经度,纬度,{head}",
                         f"甲,114.9,37.6,{one}", f"乙,114.9,37.6,{other}")  # fmt: skip
        draft, _ = first_draft(read_part(path), layer="facilities", file=path, kinds=KINDS)
        found[name] = draft.recognise_kinds
    assert found == {"卫生室": False, "说不清": True, "没有": True}


def test_what_has_no_coordinates_is_placed_by_name(incoming):
    path = write_csv(incoming / "a.csv", "名称,所在村", "甲卫生室,张家庄")
    draft, _ = first_draft(read_part(path), layer="facilities", file=path, kinds=KINDS)
    assert draft.place_by_name
    assert not is_datum_open(read_part(path), draft)
    assert not has_points(read_part(path), draft)


def test_columns_named_by_the_planner_go_before_proposals():
    draft = Draft(
        "demand", Path("a.csv"), "a.csv", columns={"name": "甲", "population": "乙（万人）"}
    )
    changed = with_columns(draft, {"population_60plus": "乙（万人）", "id": "丙", "name": ""})
    assert changed.columns == {"population_60plus": "乙（万人）", "id": "丙"}
    assert changed.units == {"population_60plus": "万人"}
    assert draft.columns == {"name": "甲", "population": "乙（万人）"}


def test_one_kind_for_all_rows_leaves_the_column_of_kinds_out():
    draft = Draft("facilities", Path("a.csv"), "a.csv", columns={"name": "甲", "kind": "乙"})
    changed = with_kind(draft, "村卫生室", recognise=False, kinds=KINDS)
    assert (changed.kind, changed.columns) == ("village_clinic", {"name": "甲"})
    assert with_kind(draft, "", recognise=True, kinds=KINDS) == replace(draft, recognise_kinds=True)


def test_a_file_that_declares_its_crs_asks_for_no_datum(incoming):
    points = gpd.GeoDataFrame(
        {"名称": ["甲"], "经度": ["114.9"], "纬度": ["37.6"]},
        geometry=gpd.points_from_xy([500_000], [4_100_000]), crs="EPSG:4547",
    )  # fmt: skip
    points.to_file(incoming / "a.gpkg")
    table = read_part(incoming / "a.gpkg")
    by_shape = Draft("facilities", incoming / "a.gpkg", "a.gpkg")
    by_cells = replace(by_shape, columns={"lon": "经度", "lat": "纬度"})
    assert not is_datum_open(table, by_shape)
    assert is_datum_open(table, by_cells)  # what metres declare says nothing of degrees
    assert not is_datum_open(table, replace(by_cells, crs="WGS84"))
    assert is_datum_open(
        replace(table, geometry=table.geometry.set_crs(None, allow_override=True)), by_shape
    )


NOT_PUBLIC = (
    "「诊所.csv」写的坐标系“北京54”属于北京54，不能直接使用："
    "它换算到 CGCS2000 的参数各地不同且不公开，硬套公开的参数会差几十米甚至上百米。"
    "请由当地测绘（自然资源）部门换算成 CGCS2000 后再导入。"
)

WRONG = {
    "no datum": (
        {"crs": ""},
        f"设施「诊所.csv」没有写明坐标系，请先声明：{DATUM_ADVICE}。",
    ),
    "secret datum": (
        {"crs": "北京54"},
        NOT_PUBLIC,
    ),
    "no kind": (
        {"kind": ""},
        "没有说明设施的类别：请选一个类别、指定类别列，或按名称识别类别。",
    ),
    "strange kind": (
        {"kind": "village_clinik"},
        "类别“village_clinik”不在设施类别表里，是否应为“village_clinic”，请改正。",
    ),
    "two kinds": (
        {"recognise_kinds": True},
        "写了整份名录的类别，又要按名称识别类别，请留一样。",
    ),
    "no column": (
        {"columns": CLINIC | {"level": "等级"}},
        "“等级”：文件里没有这一列（对应等级）。",
    ),
    "half a pair": (
        {"columns": {"id": "编码", "lon": "经度"}},
        "“经度”：有经度，却没有纬度，两列要成对。",
    ),
    "no unit": (
        {"columns": CLINIC | {"capacity_beds": "床位数"}, "units": {"capacity_beds": "户"}},
        "“床位数”的单位“户”不能换算成张，请改正单位或换一列。",
    ),
    "unit of nothing": (
        {"units": {"area_m2": "亩"}},
        "给“面积”写了单位“亩”，但没有这样的数字列，请删去。",
    ),
    "strange row": (
        {"row_datums": {9: "BD-09"}},
        "给第 9 行单独指定了坐标系，「诊所.csv」里却没有这一行。",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_draft_is_said_in_one_sentence(incoming, case):
    changes, sentence = WRONG[case]
    path = clinics(incoming, "1,甲卫生室,114.9,37.6,3")
    draft = replace(draft_of(path), **changes)
    found = draft_problems(read_part(path), draft, kinds=KINDS)
    assert sentence in found
    assert draft_problems(read_part(path), draft_of(path), kinds=KINDS) == ()


def test_a_draft_with_a_problem_is_not_checked(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    path = clinics(incoming, "1,甲卫生室,114.9,37.6,3")
    with pytest.raises(InputError, match="没有写明坐标系"):
        checked(read_part(path), draft_of(path, crs=""), ground)
    empty = clinics(incoming, name="空.csv")
    with pytest.raises(InputError, match="没有任何记录"):
        checked(read_part(empty), draft_of(empty), ground)


# --------------------------------------------------------------------------------------- evidence


def test_an_excel_in_gcj02_is_told_and_lands_where_it_belongs(demo, places, incoming):
    names, lon, lat = places
    shown_lon, shown_lat = wgs84_to_gcj02(lon, lat)
    path = excel(incoming / "高德.xlsx", 机构名称=names, 经度=shown_lon, 纬度=shown_lat)
    table = read_part(path)
    draft = draft_of(path, crs="")
    evidence, split = datum_evidence(table, draft, demo)
    assert (evidence.proposal.name, evidence.is_sufficient) == ("GCJ-02", True)
    assert not split.is_mixed
    layer = checked(table, replace(draft, crs="GCJ-02"), demo).layer
    truth = demo.demand.geometry.iloc[:200]
    assert layer.geometry.distance(truth, align=False).max() < 0.01


def test_a_surveyors_table_is_turned_round(demo, places, incoming):
    names, lon, lat = places
    east, north = transformer_between("EPSG:4326", "EPSG:4527").transform(lon, lat)
    path = excel(incoming / "测绘.xlsx", 名称=names, X坐标=north, Y坐标=east)
    table, draft = read_part(path), draft_of(path, crs="")
    assert (draft.columns["x"], draft.columns["y"]) == ("Y坐标", "X坐标")
    evidence, _ = datum_evidence(table, draft, demo)
    assert evidence.proposal.name == "EPSG:4527"
    found = checked(table, replace(draft, crs="CGCS2000 39带"), demo)
    truth = demo.demand.geometry.iloc[:200]
    assert found.layer.geometry.distance(truth, align=False).max() < 0.01
    assert found.rows["fate"].tolist() == ["used"] * 200


def test_a_layer_of_points_gives_evidence_by_its_shapes(demo, places, incoming):
    names, lon, lat = places
    layer = gpd.GeoDataFrame(
        {"名称": names}, geometry=gpd.points_from_xy(*wgs84_to_bd09(lon, lat)), crs=4326
    )
    layer.to_file(incoming / "a.gpkg")
    path = incoming / "a.gpkg"
    evidence, _ = datum_evidence(read_part(path), draft_of(path), demo)
    assert evidence.proposal.name == "BD-09"


def test_three_readings_for_the_map(demo, places, incoming):
    names, lon, lat = places
    far = np.append(lon[:5], 13.4), np.append(lat[:5], 52.5)
    path = excel(incoming / "a.xlsx", 名称=np.append(names[:5], "远方"), 经度=far[0], 纬度=far[1])
    table = read_part(path)
    shown = places_by_datum(table, draft_of(path), demo, datums=["WGS84", "GCJ-02", "BD-09"])
    assert list(shown) == ["WGS84", "GCJ-02", "BD-09"]
    assert all(one["row"].tolist() == [2, 3, 4, 5, 6] for one in shown.values())
    np.testing.assert_allclose(shown["WGS84"]["lon"], lon[:5], atol=1e-9)
    back = wgs84_to_gcj02(*shown["GCJ-02"][["lon", "lat"]].to_numpy().T)
    np.testing.assert_allclose(back, [lon[:5], lat[:5]], atol=1e-9)
    few = places_by_datum(table, draft_of(path), demo, datums=["WGS84"], most=2)
    assert few["WGS84"]["row"].tolist() == [2, 5]
    assert places_by_datum(table, draft_of(path), demo, datums=[]) == {}


# ------------------------------------------------------------------------------------------ check


def same_as_loaded(found, project, label):
    """Whether loading gives the ledger and the layer that the check promised."""
    after = loaded(project)
    told = [replace(one, file="") for one in after.ledger.findings if one.file == label]
    assert told == [replace(one, file="") for one in found.ledger.findings]
    assert found.ledger.rows().iloc[0, 1:].tolist() == (
        after.ledger.rows().set_index("file").loc[label].tolist()
    )
    return after


def test_every_row_has_a_fate(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    path = clinics(
        incoming, "1,=乙卫生室,114.95,37.6,3", "1,重复,114.96,37.6,3",
        "3,丙卫生室,37.6,114.9,2", "4,丁卫生室,114.96,37.6,很多", "合计,,,,8",
    )  # fmt: skip
    table, draft = read_part(path), draft_of(path)
    before = table.cells.copy()
    found = checked(table, draft, ground)
    assert found.rows["fate"].tolist() == ["used", "set_aside", "set_aside", "changed", "set_aside"]
    assert found.rows["row"].tolist() == [2, 3, 4, 5, 6]
    # exchanged coordinates lie where they would after the remedy, an empty row nowhere
    assert found.rows.loc[2, ["lon", "lat"]].tolist() == [114.9, 37.6]
    assert found.rows["lon"].isna().tolist() == [False, False, False, False, True]
    assert found.layer.index.tolist() == ["1", "4"]
    (summary,) = found.ledger.summary()
    assert summary == (
        "「诊所.csv」读到 5 行，采用 2 行，放在一边 3 行；"
        "查出 5 处问题（像公式的文字 1 处、代码重复 1 处、经度与纬度互换 1 处 等）。"
    )
    pd.testing.assert_frame_equal(table.cells, before)


def test_what_is_checked_is_what_is_loaded(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    path = clinics(
        incoming, "7,=乙卫生室,114.95,37.6,3", "7,重复,114.96,37.6,3", "8,丙卫生室,114.9,40,-1"
    )
    draft = draft_of(path)
    found = checked(read_part(path), draft, ground)
    project = adopt(county, draft)
    after = same_as_loaded(found, project, "sources/诊所.csv")
    layer = after.layers.facilities.loc[found.layer.index]
    assert layer[found.layer.columns].equals(found.layer)
    assert set(found.notices) <= set(after.layers.notices)


def test_what_stands_in_another_list_too_is_told(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    path = clinics(
        incoming,
        "1,甲 卫生室,114.9001,37.6,3",
        "2,乙卫生室,114.9,37.6,3",
        "3,丙卫生室,114.95,37.6,3",
    )
    draft = draft_of(path)
    found = checked(read_part(path), draft, ground)
    told = [(one.row, one.check, one.done, one.found) for one in found.ledger.findings
            if "clinics.csv" in one.found]  # fmt: skip
    assert told == [
        (2, "same_id", "kept", "代码与「clinics.csv」第 2 行重复"),
        (2, "same_name_near", "kept", "与「clinics.csv」第 2 行同名，相距 9 米"),
        (3, "same_place_two_names", "kept",
         "与「clinics.csv」第 2 行“甲卫生室”在同一位置，名称却不同"),
    ]  # fmt: skip
    project = adopt(county, draft)
    after = same_as_loaded(found, project, "sources/诊所.csv")
    assert after.ledger.rows_set_aside["sources/诊所.csv"] == 0
    # the same file again is no other list, and another kind no double
    ground = ground_of(after.layers, project=project, kinds=KINDS)
    same_as_loaded(checked(read_part(path), draft, ground), project, "sources/诊所.csv")
    other = replace(draft, kind="pharmacy")
    kept = checked(read_part(path), other, ground).ledger.findings
    assert not [one for one in kept if "clinics.csv" in one.found]


def test_villages_that_replace_the_old_ones(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    path = write_csv(incoming / "村庄.csv", "编码,村名,经度,纬度,常住人口", "1,甲村,114.9,37.6,",
                     "2,乙村,114.85,37.65,9999", "3,丙村,115.9,37.6,12")  # fmt: skip
    draft = draft_of(path, "demand")
    found = checked(read_part(path), draft, ground)
    after = same_as_loaded(found, adopt(county, draft), "sources/村庄.csv")
    assert after.layers.demand.equals(found.layer)
    # a village whose people nobody knows is still a village
    assert found.layer["population"].isna().tolist() == [True, False, False]


def test_zones_that_replace_the_old_ones(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    path = write_zones(incoming / "界.geojson")
    draft = draft_of(path, "zones", crs="", level="township")
    assert draft_problems(read_part(path), draft, kinds=KINDS) == ()
    found = checked(read_part(path), draft, ground)
    after = same_as_loaded(found, adopt(county, draft), "sources/界.geojson")
    assert after.layers.zones.equals(found.layer)
    assert found.rows["name"].tolist() == ["西镇", "东镇"]
    # of a project that is yet to be made, nobody misses the villages
    alone = checked(read_part(path), draft, None)
    assert alone.layer.equals(found.layer)
    assert alone.ledger.findings == ()


def test_a_list_that_mixes_datums(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    lon, lat = wgs84_to_bd09(114.95, 37.6)
    path = clinics(incoming, "7,甲卫生室,114.95,37.6,3", f"8,乙卫生室,{lon:.9f},{lat:.9f},3")
    draft = draft_of(path, row_datums={3: "BD-09"})
    found = checked(read_part(path), draft, ground)
    assert found.layer.geometry.iloc[1].distance(found.layer.geometry.iloc[0]) < 1e-3
    assert found.rows["fate"].tolist() == ["used", "changed"]
    project = adopt(county, draft)
    same_as_loaded(found, project, "sources/诊所.csv")
    (kept,) = read_corrections(project.folder / "corrections.csv")
    assert kept == Correction("sources/诊所.csv", 3, "8", DATUM, "", "BD-09", "导入时逐行声明",
                              identity=f"乙卫生室@{lon:.9f},{lat:.9f}")  # fmt: skip
    assert project.input_files()[-1] == project.folder / "corrections.csv"


def test_corrections_of_the_same_file_hold_but_for_its_datums(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    path = clinics(incoming, "7,甲卫生室,114.95,37.6,3", "8,乙卫生室,114.95,37.6,3")
    project = adopt(county, draft_of(path, row_datums={3: "BD-09"}))
    label = "sources/诊所.csv"
    moved = Correction(label, 2, "7", POSITION, "114.95, 37.6", "114.96, 37.61", "实地")
    corrected(project.folder / "corrections.csv", moved)
    draft = draft_of(path, row_datums={2: "GCJ-02"})
    assert source_label(project, draft) == label
    known = of_file(read_corrections(project.folder / "corrections.csv"), label)
    found = checked(read_part(path), draft, ground, corrections=known)
    assert found.rows["fate"].tolist() == ["changed", "used"]
    # The old project file and its corrections hold until the new one is in its place.
    again = adopt(project, draft)
    assert again.settings.project.corrections == "corrections-2.csv"
    assert not (project.folder / "corrections.csv").exists()
    kept = read_corrections(project.folder / "corrections-2.csv")
    assert {(one.row, one.field, one.new) for one in kept} == {
        (2, POSITION, "114.96, 37.61"), (2, DATUM, "GCJ-02"),
    }  # fmt: skip
    assert len(again.settings.facilities) == 2
    same_as_loaded(found, again, label)
    assert (
        adopt(again, replace(draft, row_datums={})).settings.project.corrections
        == "corrections.csv"
    )


def test_rows_that_cannot_be_told_apart_are_kept_and_told(county, incoming):
    ground = ground_of(loaded(county).layers, project=county, kinds=KINDS)
    lon, lat = wgs84_to_bd09(114.95, 37.6)
    path = clinics(
        incoming, "7,甲卫生室,114.95,37.6,3", f"8,乙卫生室,{lon:.9f},{lat:.9f},3",
        "9,丙卫生室,114.9,37.55,3",
    )  # fmt: skip
    draft = draft_of(path, crs="GCJ-02", row_datums={3: "BD-09"}, unclear_rows=(4,))
    found = checked(read_part(path), draft, ground)
    assert found.rows["fate"].tolist() == ["used", "changed", "used"]
    (one,) = [one for one in found.ledger.findings if one.check == "datum_unclear"]
    assert (one.row, one.done, one.value) == (4, "kept", "114.9, 37.55")
    assert one.title == "坐标基准分不清"
    assert one.found == (
        "文件混用了坐标系，这一行属于哪一种分不清（离道路都近、都远，或不在研究区内），"
        "按整份选定的 GCJ-02 读取"
    )
    assert one.remedy == "在地图上核对这一处；不对的，在“更正位置”里改到正确的位置"
    # The next reading of the project says the same of it.
    project = adopt(county, draft)
    after = same_as_loaded(found, project, "sources/诊所.csv")
    assert [each.row for each in after.ledger.findings if each.check == "datum_unclear"] == [4]
    strange = replace(draft, unclear_rows=(99,))
    assert draft_problems(read_part(path), strange, kinds=KINDS) == (
        "给第 99 行单独指定了坐标系，「诊所.csv」里却没有这一行。",
    )
