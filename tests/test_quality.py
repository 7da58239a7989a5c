"""The ledger: rows used + rows set aside = rows read, whatever is wrong with the rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from coverage.contracts import DEMAND, FACILITIES, problems
from coverage.errors import DemandError, FacilityError, Problem, ProjectError
from coverage.standards import FacilityKind
from layers.checks.catalogue import CHECKS
from layers.demand import demand_from_table
from layers.facilities import facilities_from_table
from layers.loading import load, load_layers
from layers.project import chosen_standards, load_project
from layers.quality import FINDINGS, Finding, Ledger, set_aside
from layers.standards import load_kinds, load_modes, load_standards
from layers.tables import SourceTable
from tests.small_county import CRS, PROJECT, VILLAGE_COLUMNS, VILLAGE_HEADER, VILLAGES, write_csv
from tests.test_loading import write_county

HEADER = VILLAGE_HEADER.split(",")
ZONES = gpd.GeoDataFrame(
    {"zone_name": ["西镇", "东镇"], "zone_level": "township"},
    geometry=[box(114.8, 37.5, 115.0, 37.7), box(115.0, 37.5, 115.2, 37.7)],
    index=pd.Index(["01", "02"], name="zone_id"),
    crs=4326,
).to_crs(CRS)
KINDS = {"clinic": FacilityKind("clinic", "村卫生室", "医疗", "village", "#2b83ba", "卫")}
AREA = ZONES.geometry.union_all()
GOOD = ("0012", "张家庄", "114.9", "37.6", "350")


def table_of(*rows, columns=HEADER, name="v.csv"):
    cells = pd.DataFrame(list(rows), columns=columns, dtype=str)
    return SourceTable(name, cells, tuple(range(2, len(rows) + 2)))


def demand(table, **kwargs):
    kwargs = {"faulty_rows": "set_aside", **kwargs}
    return demand_from_table(
        table, zones=ZONES, columns=VILLAGE_COLUMNS, source_crs="WGS84", **kwargs
    )


def facilities(table, columns, **kwargs):
    kwargs = {"faulty_rows": "set_aside", **kwargs}
    return facilities_from_table(
        table, crs=CRS, area=AREA, kinds=KINDS, columns=columns, source_crs="WGS84", **kwargs
    )


def ledger_of(reading, rows):
    return Ledger.of_file("v.csv", reading.findings, rows_read=rows, rows_used=len(reading.layer))


def brief(findings):
    return [(one.row, one.check, one.done, one.column, one.value) for one in findings]


def test_faulty_rows_are_set_aside_and_told():
    table = table_of(
        GOOD,
        ("0013", "李家庄", "", "37.6", "420"),
        ("0012", "王家庄", "115.1", "37.6", "180"),
        ("0014", "赵家庄", "37.6", "115.1", "-5"),
        ("", "", "", "", ""),
        ("", "合 计", "", "", "950"),
        ("0015", "周家庄", "114.95", "37.55", "0"),
    )
    reading = demand(table)
    assert reading.layer.index.tolist() == ["0012", "0015"]
    assert reading.table.rows == (2, 8)
    assert problems(reading.layer, DEMAND) == []
    ledger = ledger_of(reading, len(table))
    assert (ledger.rows_read, ledger.rows_used, ledger.rows_set_aside) == (
        {"v.csv": 7}, {"v.csv": 2}, {"v.csv": 5},
    )  # fmt: skip
    assert brief(ledger.findings) == [
        (3, "missing", "set_aside", "经度", ""),
        (4, "same_id", "set_aside", "编码", "0012"),
        (5, "negative", "set_aside", "常住人口", "-5"),
        (5, "swapped", "set_aside", "经度、纬度", "37.6, 115.1"),
        (6, "empty_row", "set_aside", "", ""),
        (7, "totals_row", "set_aside", "", ""),
    ]
    swapped = ledger.findings[3]
    assert (swapped.record_id, swapped.record_name) == ("0014", "赵家庄")
    assert swapped.found == "经度与纬度像是互换了，交换后才落在研究区内，请改正"
    assert swapped.remedy == "把经度和纬度对调：对调后是 115.1, 37.6，落在研究区内"
    assert (swapped.lon, swapped.lat) == (115.1, 37.6)
    assert swapped.where_it_matters == "这一行如不采用，就不参加任何计算"
    assert [notice.message for notice in reading.notices] == [
        (
            "需求点「v.csv」的 7 行里有 5 行放在一边，不参加计算（首个在第 3 行：不得为空）；"
            "采用 2 行。请看问题清单，改正后重新读取。"
        )
    ]
    assert ledger.summary() == (
        (
            "「v.csv」读到 7 行，采用 2 行，放在一边 5 行；"
            "查出 6 处问题（必填项为空 1 处、代码重复 1 处、负数 1 处 等）。"
        ),
    )


def test_refusing_stays_the_rule():
    table = table_of(GOOD, ("0013", "李家庄", "", "37.6", "420"))
    with pytest.raises(DemandError) as caught:
        demand(table, faulty_rows="refuse")
    assert str(caught.value) == (
        "需求点「v.csv」有 1 处问题：第 3 行「经度」：不得为空。请改正后重试。"
    )


def test_a_repeat_of_a_row_that_is_not_used_is_no_repeat():
    reading = demand(table_of(("0012", "旧", "", "", "9"), GOOD))
    assert reading.layer.index.tolist() == ["0012"]
    assert {one.row for one in reading.findings} == {2}


def test_a_cell_that_may_be_empty_is_emptied_and_the_row_serves():
    columns = {"id": "编码", "name": "名称", "lon": "经度", "lat": "纬度", "capacity_beds": "床位"}
    table = table_of(
        ("1", "甲", "114.9", "37.6", "二十张"),
        ("2", "乙", "115.1", "37.6", "12"),
        ("2", "丙", "115.1", "37.6", "-3"),
        columns=["编码", "名称", "经度", "纬度", "床位"],
    )
    reading = facilities(table, columns, kind="clinic")
    assert problems(reading.layer, FACILITIES) == []
    np.testing.assert_array_equal(reading.layer["capacity_beds"], [np.nan, 12.0])
    assert brief(sorted(reading.findings, key=lambda one: (one.row, one.check))) == [
        (2, "not_a_number", "changed", "床位", "二十张"),
        (4, "negative", "set_aside", "床位", "-3"),
        (4, "same_id", "set_aside", "编码", "2"),
    ]
    assert reading.findings[1].found == "应为数字，按未知处理"
    assert [notice.message for notice in reading.notices] == [
        (
            "设施「v.csv」的 3 行里有 1 行放在一边，不参加计算（首个在第 4 行：代码与第 3 行重复）；"
            "采用 2 行。请看问题清单，改正后重新读取。"
        ),
        "设施「v.csv」有 1 处改动后采用（首个在第 2 行）；来源文件没有改动。请看问题清单。",
    ]


def test_a_column_that_several_things_are_read_from_is_needed_if_one_of_them_is():
    columns = {"id": "编码", "name": "类别", "lon": "经度", "lat": "纬度", "kind": "类别"}
    table = table_of(
        ("1", "村卫生室", "114.9", "37.6"), ("2", "茶馆", "115.1", "37.6"),
        columns=["编码", "类别", "经度", "纬度"],
    )  # fmt: skip
    reading = facilities(table, columns)
    assert brief(reading.findings) == [(3, "unknown_kind", "set_aside", "类别", "茶馆")]


def test_unknown_people_may_be_asked_for():
    rows = (("0013", "李家庄", "115.1", "37.6", "很多"), ("0014", "王庄", "115.1", "37.6", "不详"))
    table = table_of(GOOD, *rows)
    reading = demand(table)
    assert brief(reading.findings) == [
        (3, "not_a_number", "set_aside", "常住人口", "很多"),
        (4, "missing", "set_aside", "常住人口", "不详"),
    ]
    reading = demand(table, missing_population="unknown")
    assert reading.layer["population"].isna().tolist() == [False, True, True]
    assert brief(reading.findings) == [(3, "not_a_number", "changed", "常住人口", "很多")]


def test_a_list_without_a_single_sound_row_is_refused():
    with pytest.raises(DemandError) as caught:
        demand(table_of(("1", "甲", "", "", "5"), ("合计", "", "", "", "5")))
    assert str(caught.value) == (
        "需求点「v.csv」的 2 行没有一行可用。需求点「v.csv」有 2 处问题："
        "第 2 行「经度」：不得为空；第 2 行「纬度」：不得为空。请改正后重试。"
    )


def test_a_column_that_is_exchanged_as_a_whole_is_still_refused():
    table = table_of(("1", "甲", "37.6", "114.9", "5"), ("2", "乙", "37.6", "115.1", "5"))
    with pytest.raises(DemandError) as caught:
        demand(table)
    assert "经度与纬度像是互换了：2 个点全都只有交换后才落在研究区内" in str(caught.value)


CELLS = st.sampled_from(
    ["", "-", "9999", "-1", "37.6", "114.9", "115.1", "甲", "合计", "=1+1", "nan"]
)
ROWS = st.lists(
    st.one_of(
        st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS),
        st.tuples(
            st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["甲", "乙"]),
            st.sampled_from(["114.9", "115.1", "100"]), st.just("37.6"),
            st.sampled_from(["1", "0", "x"]),
        ),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@given(ROWS, st.sampled_from(["error", "unknown"]))
def test_rows_read_are_rows_used_and_rows_set_aside(rows, missing):
    table = table_of(*rows)
    before = table.cells.copy()
    try:
        reading = demand(table, missing_population=missing)
    except DemandError:
        return  # nothing was read, and that was said
    finally:
        pd.testing.assert_frame_equal(table.cells, before)
    ledger = ledger_of(reading, len(table))  # refuses sums that do not add up
    aside = {one.row for one in ledger.findings if one.done == "set_aside"}
    assert set(reading.table.rows) | aside == set(table.rows)
    assert not set(reading.table.rows) & aside
    assert list(reading.table.rows) == sorted(reading.table.rows)
    assert problems(reading.layer, DEMAND) == []
    kept = reading.table.cells["编码"].str.strip().tolist()
    assert reading.layer.index.tolist() == kept
    rest = table_of(*(row for at, row in enumerate(rows) if at + 2 in reading.table.rows))
    alone = demand(rest, missing_population=missing)
    assert len(alone.layer) == len(reading.layer)  # what was kept needs nothing set aside


def test_set_aside_by_itself():
    table = SourceTable(
        "g.geojson",
        pd.DataFrame({"编码": ["1", "2", "3"]}, dtype=str),
        (1, 2, 3),
        gpd.GeoSeries([Point(0, 0), Point(1, 1), Point(2, 2)], crs=4326),
    )
    found = [Problem(3, "编码", "3", "应为数字"), Problem(1, "", "", "别的")]
    rest, findings = set_aside(table, found)
    assert rest.rows == (2,)
    assert rest.cells["编码"].tolist() == ["2"]
    assert rest.geometry.tolist() == [Point(1, 1)]
    assert rest.geometry.crs == 4326
    assert len(table) == 3
    assert brief(findings) == [
        (3, "not_a_number", "set_aside", "编码", "3"),
        (1, "row_fault", "set_aside", "", ""),
    ]
    assert set_aside(table, [])[0].rows == (1, 2, 3)
    for bad in (Problem(None, "编码", "", "缺少这一列"), Problem(9, "", "", "别的")):
        with pytest.raises(ValueError, match="problems are of no row"):
            set_aside(table, [bad])


def finding(row=2, done="kept", file="v.csv", check="missing", **kwargs):
    return Finding(file=file, row=row, check=check, found="不得为空", done=done, **kwargs)


@pytest.mark.parametrize(
    ("findings", "read", "used", "aside"),
    [
        ((), 3, 2, 0),  # a row is lost
        ((), 3, 2, 1),  # a row is set aside and nobody is told
        ((finding(done="set_aside"),), 3, 3, 0),  # told and used
        ((finding(None, "set_aside"),), 3, 2, 1),  # no row is named
        ((), 1, 2, -1),
        ((finding(done="set_aside"), finding(check="negative")), 3, 2, 1),  # two fates
    ],
)
def test_a_ledger_that_does_not_add_up_is_refused(findings, read, used, aside):
    with pytest.raises(ValueError, match=r"rows read|says otherwise"):
        Ledger(findings, {"v.csv": read}, {"v.csv": used}, {"v.csv": aside})


def test_a_row_has_one_fate_though_many_findings():
    found = [
        finding(4),
        finding(2),
        finding(2, "set_aside", check="same_id"),
        finding(2, "changed"),
    ]
    ledger = Ledger.of_file("v.csv", found, rows_read=5, rows_used=4)
    assert [(one.row, one.done) for one in ledger.findings] == [
        (2, "set_aside"), (2, "set_aside"), (2, "set_aside"), (4, "kept"),
    ]  # fmt: skip
    assert found[1].done == "kept"


def test_ledgers_join_file_after_file():
    one = Ledger.of_file("a", [finding(3, "set_aside")], rows_read=3, rows_used=2)
    other = Ledger.of_file("b", [finding(None)], rows_read=1, rows_used=1)
    both = Ledger.merged([one, other, Ledger()])
    assert both.rows().to_numpy().tolist() == [["a", 3, 2, 1, 1], ["b", 1, 1, 0, 1]]
    assert both.counts().to_numpy().tolist() == [
        ["a", "missing", "必填项为空", "set_aside", 1],
        ["b", "missing", "必填项为空", "kept", 1],
    ]
    assert both.summary()[1] == "「b」读到 1 行，采用 1 行；查出 1 处问题（必填项为空 1 处）。"
    with pytest.raises(ValueError, match="stands in two ledgers"):
        Ledger.merged([one, one])
    with pytest.raises(ValueError, match="same files"):
        Ledger((), {"a": 1}, {}, {})


def test_the_table_of_findings_keeps_its_contract():
    found = [finding(3, lon=114.9, lat=37.6, record_id="0012"), finding(None)]
    table = Ledger.of_file("v.csv", found, rows_read=9, rows_used=9).frame()
    assert [*table.columns, "label"] == [column.name for column in FINDINGS.columns]
    assert table["row"].isna().tolist() == [True, False]
    assert table["row"].dtype == "Int64"
    assert table["check_name"].tolist() == ["必填项为空"] * 2
    assert table["lon"].isna().tolist() == [True, False]
    checked = [one for one in FINDINGS.columns if not one.nullable and one.name != "label"]
    assert table[[one.name for one in checked]].notna().all(axis=None)
    empty = Ledger().frame()
    assert empty.columns.tolist() == table.columns.tolist()
    assert empty.empty
    assert Ledger().counts().empty
    assert Ledger().summary() == ()


def test_findings_are_of_known_checks_with_words_for_everything():
    with pytest.raises(ValueError, match="no such check"):
        finding(check="mystery")
    for check in CHECKS.values():
        assert check.title
        assert check.where_it_matters
        assert check.remedy
        assert not check.remedy.endswith("。")


def loaded(folder):
    project = load_project(folder)
    chosen = chosen_standards(project, load_standards())
    return project, load(project, standards=chosen, modes=load_modes(), kinds=load_kinds())


def test_a_project_with_faulty_rows_from_its_files(tmp_path):
    folder = write_county(
        tmp_path, PROJECT.replace("[[facilities]]\n", '[[facilities]]\nfaulty_rows = "set_aside"\n')
    )
    write_csv(
        folder / "clinics.csv", "编码,名称,经度,纬度", "1,甲卫生室,114.9,37.6",
        "2,乙卫生室,114.9,", "3,=cmd|甲,114.9,37.6", "4,丁卫生室,110,30",
    )  # fmt: skip
    _, result = loaded(folder)
    ledger = result.ledger
    assert ledger.rows().to_numpy().tolist() == [
        ["zones.geojson", 2, 2, 0, 0],
        ["villages.csv", 3, 3, 0, 3],
        ["clinics.csv", 4, 3, 1, 5],
    ]
    assert result.layers.facilities.index.tolist() == ["1", "3", "4"]
    assert result.layers.rows_read == {"demand": 3, "facilities": 4}
    assert len(result.layers.facilities) == ledger.rows_used["clinics.csv"]
    of_clinics = [
        one for one in ledger.findings if one.file == "clinics.csv" and one.check != "far_from_road"
    ]
    assert brief(of_clinics) == [
        (3, "missing", "set_aside", "纬度", ""),
        (4, "formula", "kept", "名称", "=cmd|甲"),
        (4, "same_place_two_names", "kept", "", "=cmd|甲"),
        (5, "outside_area", "kept", "", ""),
    ]  # fmt: skip
    assert of_clinics[-1].found.startswith("在研究区及其外扩范围以外，相距 ")
    # the one street runs along 37.6, where two of the villages lie; the third is south of it
    far = [one for one in ledger.findings if one.check == "far_from_road"]
    assert [(one.file, one.row) for one in far] == [("villages.csv", 4), ("clinics.csv", 5)]
    assert far[0].found.endswith(" 米，超过 500 米")


def test_layers_alone_are_the_same(tmp_path):
    folder = write_county(tmp_path)
    project, result = loaded(folder)
    chosen = chosen_standards(project, load_standards())
    layers = load_layers(project, standards=chosen, modes=load_modes(), kinds=load_kinds())
    assert layers.demand.equals(result.layers.demand)
    assert layers.notices == result.layers.notices


def test_two_lists_from_one_file_are_told_apart(tmp_path):
    again = '[[facilities]]\nfile = "clinics.csv"\nkind = "pharmacy"\ncrs = "WGS84"\n'
    again += 'columns = {id = "编码", lon = "经度", lat = "纬度"}\n[assessment]'
    folder = write_county(tmp_path, PROJECT.replace("[assessment]", again))
    _, result = loaded(folder)
    assert list(result.ledger.rows_read) == [
        "zones.geojson", "villages.csv", "clinics.csv", "clinics.csv（2）",
    ]  # fmt: skip


def test_a_facility_error_stays_one(tmp_path):
    columns = {"id": "编码", "lon": "经度", "lat": "纬度"}
    table = table_of(("1", "114.9", "x"), columns=["编码", "经度", "纬度"])
    with pytest.raises(FacilityError, match="没有一行可用"):
        facilities(table, columns, kind="clinic")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'file = "villages.csv"',
            'file = "villages.csv"\npart = "a"\nlayer = "b"',
            "里 part 和 layer 是同一个意思，请留一处",
        ),
        (
            'file = "villages.csv"\ncrs = "WGS84"',
            'from = "osm"\nfaulty_rows = "set_aside"',
            '写了 from = "osm"，columns、faulty_rows 就不起作用，请删去',
        ),
        ('file = "villages.csv"', 'file = "villages.csv"\nfaulty_rows = "drop"', "faulty_rows"),
        ('file = "villages.csv"', 'file = "villages.csv"\nheader_row = 0', "header_row"),
    ],
)
def test_settings_that_do_not_go_together(tmp_path, old, new, sentence):
    (tmp_path / "project.toml").write_text(PROJECT.replace(old, new), encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path)
    assert sentence in str(caught.value)


def test_how_a_list_is_read_is_the_planners_to_say(tmp_path):
    how = 'file = "villages.csv"\nheader_row = 3\nencoding = "gb18030"'
    folder = write_county(tmp_path, PROJECT.replace('file = "villages.csv"', how))
    lines = ("编码,村名,经度,纬度,常住人口", "1,2,3,4,5", *VILLAGES)
    write_csv(folder / "villages.csv", *lines, encoding="gb18030")
    _, result = loaded(folder)
    assert result.layers.demand["demand_name"].tolist() == ["张家庄", "李家庄", "王家庄"]


def test_a_village_without_a_clinic_is_told(tmp_path):
    folder = write_county(tmp_path)
    write_csv(
        folder / "clinics.csv", "编码,名称,经度,纬度", "1,张家庄村卫生室,114.9,37.6",
        "2,李家庄卫生所,115.1,37.6",
    )  # fmt: skip
    _, result = loaded(folder)
    lacking = [one for one in result.ledger.findings if one.check == "village_without_clinic"]
    assert [(one.row, one.record_id, one.found) for one in lacking] == [
        (4, "0014", "名录里没有这个村的卫生室，附近也没有")
    ]
