"""Corrections: kept beside the project, applied where they fit, told where they do not."""

from __future__ import annotations

import threading
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from coverage.errors import CrsError, DemandError, InputError, OutputError, SourceError
from layers.checks.moved_points import row_datums
from layers.checks.row_identity import row_identities, source_positions
from layers.coordinates import wgs84_to_gcj02
from layers.corrections import (
    COLUMN,
    Correction,
    applied,
    of_file,
    of_no_file,
    position,
    position_text,
    read_corrections,
    with_correction,
)
from layers.loading import load
from layers.project import chosen_standards, load_project
from layers.quality import Ledger
from layers.standards import load_kinds, load_modes, load_standards
from layers.tables import SourceTable
from tests.small_county import VILLAGE_COLUMNS
from tests.test_loading import write_county
from tests.test_quality import GOOD, brief, demand, table_of

TABLE = table_of(GOOD, ("0013", "李家庄", "115.1", "37.6", "420"), name="villages.csv")


def correction(field, old, new, *, row=2, record="0012", reason="", file="villages.csv"):
    return Correction(file, row, record, field, old, new, reason, "2026-11-22T10:00:00")


def told(findings):
    return [(one.row, one.check, one.done, one.found) for one in findings]


def test_a_correction_is_kept_and_read_again(tmp_path):
    path = tmp_path / "corrections.csv"
    assert read_corrections(path) == ()
    first = correction(f"{COLUMN}常住人口", "350", "360", reason="=cmd|甲,\n第二行")
    second = correction("position", "114.9, 37.6", "-0.5, 37.6")
    assert with_correction(path, first) == (first,)
    assert with_correction(path, second) == (first, second)
    assert read_corrections(path) == (first, second)
    text = path.read_bytes().decode("utf-8-sig")
    assert text.splitlines()[0] == "file,row,record,field,old,new,reason,made_at,identity"
    assert "'=cmd" in text  # a spreadsheet must not run it
    assert '"\'-0.5, 37.6"' in text
    assert [file.name for file in tmp_path.iterdir()] == ["corrections.csv"]


def test_the_last_correction_of_a_value_holds_and_going_back_takes_it_away(tmp_path):
    path = tmp_path / "corrections.csv"
    first = correction(f"{COLUMN}常住人口", "350", "360")
    other = correction("use", "", "no", row=3, record="0013")
    with_correction(path, first)
    with_correction(path, other)
    again = replace(first, new="370")
    assert with_correction(path, again) == (again, other)
    assert with_correction(path, replace(first, new="350")) == (other,)
    assert with_correction(path, replace(other, new="")) == ()
    assert read_corrections(path) == ()


@given(
    st.lists(
        st.tuples(
            st.integers(2, 9),
            st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12),
        ),
        min_size=1, max_size=6, unique_by=lambda pair: pair[0],
    )
)  # fmt: skip
def test_any_text_comes_back(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("c") / "corrections.csv"
    made = [
        correction(f"{COLUMN}名称", f"旧{text}", text, row=row, reason=text) for row, text in cells
    ]
    for one in made:
        with_correction(path, one)
    assert read_corrections(path) == tuple(made)


def test_several_sessions_lose_nothing(tmp_path):
    path = tmp_path / "corrections.csv"
    made = [correction("use", "", "no", row=row) for row in range(2, 14)]
    threads = [threading.Thread(target=with_correction, args=(path, one)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(read_corrections(path)) == set(made)
    assert [file.name for file in tmp_path.iterdir()] == ["corrections.csv"]


def test_a_file_that_makes_no_sense(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text("file,row\na,2\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_corrections(path)
    assert str(caught.value) == (
        "改正记录「corrections.csv」没有 record、field、old、new、reason、made_at 列。"
        "表头应为 file、row、record、field、old、new、reason、made_at，请补上，或移走这个文件。"
    )
    lines = [
        "file,row,record,field,old,new,reason,made_at",
        'a.csv,2,,position,,"37.6, 114.9",,',
        "a.csv,x,,use,,yes,,",
        ",3,,床位,,5,,",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_corrections(path)
    assert str(caught.value) == (
        "改正记录「corrections.csv」有 5 处问题："
        "第 2 行「new」：应为 WGS84 的“经度, 纬度”（值：37.6, 114.9）；"
        "第 3 行「row」：应为行号（值：x）；第 3 行「new」：只能是 no（值：yes）；"
        "第 4 行「file」：不得为空；"
        "第 4 行「field」：只能是 position、datum、kind、use，或 column: 加列名（值：床位）。请改正后重试。"
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    with pytest.raises(SourceError):
        read_corrections(path)
    with pytest.raises(InputError):
        with_correction(tmp_path / "new.csv", correction("position", "", "here"))
    assert not (tmp_path / "new.csv").exists()


def test_a_folder_that_takes_no_file(tmp_path):
    with pytest.raises(OutputError) as caught:
        with_correction(tmp_path / "gone" / "corrections.csv", correction("use", "", "no"))
    assert str(caught.value).startswith("改正记录「corrections.csv」写不进去（")


def test_cells_are_corrected_and_rows_left_out():
    corrections = [
        correction(f"{COLUMN}常住人口", "350", "360", reason="按公安人口"),
        correction("use", "", "no", row=3, record="0013", reason="已搬迁"),
    ]
    table, findings = applied(TABLE, corrections, columns=VILLAGE_COLUMNS)
    assert table.cells["常住人口"].tolist() == ["360"]
    assert table.rows == (2,)
    assert TABLE.cells["常住人口"].tolist() == ["350", "420"]
    assert told(findings) == [
        (2, "corrected", "changed", "“350”改为“360”（按公安人口）"),
        (3, "planner_set_aside", "set_aside", "按改正记录不采用（已搬迁）"),
    ]
    assert (findings[0].record_name, findings[0].value) == ("张家庄", "350")
    assert applied(TABLE, []) == (TABLE, [])


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        (correction(f"{COLUMN}常住人口", "300", "360"), "“常住人口”已是“350”，不是“300”"),
        (correction(f"{COLUMN}床位", "1", "2"), "来源文件没有“床位”列"),
        (correction("use", "", "no", row=9), "来源文件没有第 9 行"),
        (correction("use", "", "no", row=3), "这一行的代码已是“0013”，不是“0012”"),
    ],
)
def test_a_correction_of_a_source_that_was_changed_is_told(one, fault):
    table, findings = applied(TABLE, [one], columns=VILLAGE_COLUMNS)
    assert table.rows == TABLE.rows
    pd.testing.assert_frame_equal(table.cells, TABLE.cells)
    assert told(findings) == [(one.row, "stale_correction", "kept", f"改正没有用上：{fault}")]


FIELDS = st.sampled_from(
    ["use", f"{COLUMN}村名", f"{COLUMN}常住人口", f"{COLUMN}没有", f"{COLUMN}编码"]
)


@given(
    st.lists(
        st.builds(
            correction,
            FIELDS, st.sampled_from(["350", "420", "张家庄", "", "0012"]),
            st.sampled_from(["360", "no", "350", "X"]), row=st.integers(1, 4),
            record=st.sampled_from(["", "0012", "0013"]),
        ),
        max_size=6, unique_by=lambda one: one.key,
    )
)  # fmt: skip
def test_applying_twice_is_applying_once(corrections):
    once, findings = applied(TABLE, corrections, columns=VILLAGE_COLUMNS)
    twice, _ = applied(once, corrections, columns=VILLAGE_COLUMNS)
    assert twice.rows == once.rows
    pd.testing.assert_frame_equal(twice.cells, once.cells)
    Ledger.of_file("villages.csv", findings, rows_read=2, rows_used=len(once))
    assert len(findings) == len(corrections)


def test_a_position_heals_a_row_that_has_none():
    rows = (GOOD, ("0013", "李家庄", "", "37.6", "420"), ("0014", "王家庄", "37.55", "114.85", "5"))
    table = table_of(*rows, name="villages.csv")
    moved = [
        correction("position", ", 37.6", "115.1, 37.6", row=3, record="0013", reason="现场核实"),
        correction("position", "37.55, 114.85", "114.85, 37.55", row=4, record="0014"),
    ]
    with pytest.raises(DemandError):
        demand(table, faulty_rows="refuse")
    reading = demand(table, faulty_rows="refuse", corrections=moved)
    back = reading.layer.to_crs(4326).geometry
    assert back.x.to_numpy() == pytest.approx([114.9, 115.1, 114.85], abs=1e-9)
    assert reading.layer["zone_id"].tolist() == ["01", "02", "01"]
    assert told(reading.findings) == [
        (3, "moved", "changed", "位置改为 115.1, 37.6（现场核实）"),
        (4, "moved", "changed", "位置改为 114.85, 37.55"),
    ]
    assert (reading.findings[0].lon, reading.findings[0].value) == (115.1, ", 37.6")
    assert reading.notices[0].message == (
        "需求点「villages.csv」有 2 处改动后采用（首个在第 3 行）；来源文件没有改动。请看问题清单。"
    )


def test_a_position_of_a_source_that_was_changed_is_left_out():
    stale = correction("position", "114.8, 37.6", "115.1, 37.6")
    reading = demand(TABLE, corrections=[stale])
    assert reading.layer["zone_id"].tolist() == ["01", "02"]
    assert told(reading.findings) == [
        (2, "stale_correction", "kept",
         "改正没有用上：来源的位置已是“114.9, 37.6”，不是“114.8, 37.6”"),
    ]  # fmt: skip
    assert reading.notices[0].message == (
        "需求点「villages.csv」有 1 条改正记录没有用上（首条：改正没有用上："
        "来源的位置已是“114.9, 37.6”，不是“114.8, 37.6”）。请看问题清单。"
    )


def test_one_row_in_another_datum():
    lon, lat = wgs84_to_gcj02(np.array([115.1]), np.array([37.6]))
    row = ("0013", "李家庄", f"{lon[0]:.7f}", f"{lat[0]:.7f}", "420")
    datum = correction("datum", "", "GCJ-02", row=3, record="0013")
    reading = demand(table_of(GOOD, row), corrections=[datum])
    back = reading.layer.to_crs(4326).geometry
    assert back.x.to_numpy() == pytest.approx([114.9, 115.1], abs=1e-6)
    assert told(reading.findings) == [(3, "moved", "changed", "坐标系改为 GCJ-02")]
    with pytest.raises(CrsError):
        demand(table_of(GOOD, row), corrections=[replace(datum, new="moon")])


def test_corrections_of_one_row_do_not_disturb_each_other():
    corrections = [
        correction(f"{COLUMN}编码", "0012", "0099"),
        correction("position", "114.9, 37.6", "115.05, 37.6"),
        correction("use", "", "no", row=3, record="0013"),
        correction("position", "115.1, 37.6", "114.9, 37.6", row=3, record="0013"),
    ]
    reading = demand(TABLE, corrections=corrections)
    assert reading.layer.index.tolist() == ["0099"]
    assert reading.layer["zone_id"].tolist() == ["02"]
    assert brief(reading.findings) == [
        (2, "corrected", "changed", "编码", "0012"),
        (3, "planner_set_aside", "set_aside", "", ""),
        (2, "moved", "changed", "", "114.9, 37.6"),
    ]


NO_CODES = {"name": "名称", "lon": "经度", "lat": "纬度"}


def no_codes(*rows):
    return table_of(*rows, columns=["名称", "经度", "纬度"])


def test_without_codes_a_correction_finds_its_row_by_name_and_place():
    before = no_codes(("甲 诊所", "114.9", "37.6"), ("乙诊所", "115.1", "37.6"))
    who = row_identities(before, NO_CODES)
    assert who == ["甲诊所@114.9,37.6", "乙诊所@115.1,37.6"]
    use = replace(correction("use", "", "no", record="", file="v.csv"), identity=who[0])
    datum = replace(correction("datum", "", "GCJ-02", row=3, record="", file="v.csv"),
                    identity=who[1])  # fmt: skip
    table, findings = applied(before, [use, datum], columns=NO_CODES)
    assert table.rows == (3,)
    assert told(findings) == [(2, "planner_set_aside", "set_aside", "按改正记录不采用")]
    assert row_datums(before, [datum], columns=NO_CODES)[0] == {3: "GCJ-02"}
    # a row was put in above: no other row may be taken for the one that was meant
    after = no_codes(("新诊所", "114.8", "37.6"), *before.cells.itertuples(index=False))
    table, findings = applied(after, [use], columns=NO_CODES)
    assert table.rows == (2, 3, 4)
    assert told(findings) == [
        (2, "stale_correction", "kept",
         "改正没有用上：这一行已是“新诊所@114.8,37.6”，不是“甲诊所@114.9,37.6”"),
    ]  # fmt: skip
    named, findings = row_datums(after, [datum], columns=NO_CODES)
    assert named == {}
    assert told(findings) == [
        (3, "stale_correction", "kept",
         "改正没有用上：这一行已是“甲诊所@114.9,37.6”，不是“乙诊所@115.1,37.6”"),
    ]  # fmt: skip


def test_a_code_that_fits_is_not_enough_where_the_row_is_another():
    known = replace(correction("use", "", "no"), identity="赵家庄@114.9,37.6")
    table, findings = applied(TABLE, [known], columns=VILLAGE_COLUMNS)
    assert table.rows == TABLE.rows
    assert told(findings) == [
        (2, "stale_correction", "kept",
         "改正没有用上：这一行已是“张家庄@114.9,37.6”，不是“赵家庄@114.9,37.6”"),
    ]  # fmt: skip


def test_a_row_stays_itself_where_its_name_and_place_are_corrected():
    identity = row_identities(TABLE, VILLAGE_COLUMNS)[0]
    renamed = replace(correction(f"{COLUMN}村名", "张家庄", "张庄"), identity=identity)
    moved = replace(correction("position", "114.9, 37.6", "114.91, 37.6"), identity=identity)
    other = replace(correction("datum", "", "GCJ-02"), identity=identity)
    fixes = [renamed, moved, other]
    table, findings = applied(TABLE, fixes, columns=VILLAGE_COLUMNS)
    assert [one.check for one in findings] == ["corrected"]
    assert row_identities(table, VILLAGE_COLUMNS, corrections=fixes) == row_identities(
        TABLE, VILLAGE_COLUMNS
    )
    assert [one.check for one in demand(TABLE, corrections=fixes).findings] == [
        "corrected", "moved", "moved",
    ]  # fmt: skip


def test_what_identifies_rows_of_other_kinds():
    cells = pd.DataFrame({"名称": ["甲", "乙", ""], "村": ["张家庄", "", ""]}, dtype=str)
    named = {"name": "名称", "village": "村"}
    plain = SourceTable("v", cells, (1, 2, 3))
    assert row_identities(plain, named) == ["甲@张家庄", "乙@", ""]
    shapes = gpd.GeoSeries([Point(114.9, 37.6)] * 3, crs=4326)
    assert row_identities(SourceTable("v", cells, (1, 2, 3), shapes), named)[0] == "甲@114.9,37.6"
    (long,) = row_identities(no_codes(("甲" * 99, "1", "2")), NO_CODES)
    assert len(long) == len("#123456789012@1,2")
    assert row_identities(no_codes(("甲\n\0\u202e", "１", "2")), NO_CODES) == ["甲@1,2"]


def test_files_of_earlier_versions_are_read_and_their_doubt_is_told(tmp_path):
    path = tmp_path / "corrections.csv"
    path.write_text(
        "file,row,record,field,old,new,reason,made_at\nv.csv,2,,use,,no,重复,\n", encoding="utf-8"
    )
    (one,) = read_corrections(path)
    assert one == Correction("v.csv", 2, "", "use", "", "no", "重复")
    _, findings = applied(no_codes(("甲", "1", "2"), ("乙", "3", "4")), [one], columns=NO_CODES)
    assert told(findings) == [
        (2, "planner_set_aside", "set_aside",
         "按改正记录不采用（重复）；记录里只有行号，来源文件改动过就可能用错行，请核对"),
    ]  # fmt: skip


def test_where_a_source_says_that_its_rows_lie():
    assert source_positions(TABLE, VILLAGE_COLUMNS) == ["114.9, 37.6", "115.1, 37.6"]
    cells = pd.DataFrame({"a": ["1", "2"]}, dtype=str)
    shapes = gpd.GeoSeries([Point(114.9, 37.6), None], crs=4326)
    assert source_positions(SourceTable("v", cells, (1, 2), shapes), {}) == [
        "114.9, 37.6", "nan, nan",
    ]  # fmt: skip
    assert source_positions(SourceTable("v", cells, (1, 2)), {}) == ["", ""]
    assert position(position_text(114.912345678, 37.6)) == (114.9123457, 37.6)
    assert position("181, 0") is None
    assert position("1, 2, 3") is None
    assert position("nan, 0") is None


def test_a_project_reads_its_corrections(tmp_path):
    folder = write_county(tmp_path)
    path = folder / "corrections.csv"
    with_correction(path, correction("position", "114.9, 37.6", "115.05, 37.6"))
    with_correction(path, correction("use", "", "no", row=4, record="0014", reason="重复"))
    with_correction(path, correction("use", "", "no", file="old.csv"))
    project = load_project(folder)
    assert of_file(read_corrections(path), "old.csv")[0].row == 2
    chosen = chosen_standards(project, load_standards())
    result = load(project, standards=chosen, modes=load_modes(), kinds=load_kinds())
    assert result.layers.demand["zone_id"].tolist() == ["02", "02"]
    assert result.ledger.rows_set_aside["villages.csv"] == 1
    assert "「villages.csv」读到 3 行，采用 2 行，放在一边 1 行" in result.ledger.summary()[1]
    (lost,) = of_no_file(read_corrections(path), list(result.ledger.rows_read))
    assert lost in result.ledger.findings
    assert lost.found == "项目里没有这个文件，1 条改正记录没有用上"
    source = (folder / "villages.csv").read_text(encoding="utf-8")
    assert "115.05" not in source
