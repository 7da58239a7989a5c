"""The import on its way, the corrections of a list, what both show: without a page."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import SourceError
from layers.checks.findings import Finding
from layers.corrections import read_corrections, with_correction
from layers.formats.outline import Outline, Part, ReadingOptions
from layers.quality import Ledger
from layers.standards import load_kinds
from layers.tables import SourceTable
from views import data_sections, intake_map
from views.correction_page import correction_html
from views.correction_rows import ListRows, has_moved, matching, moved_row, row_label
from views.intake_datums import (
    DATUMS,
    datum_choices,
    datums_to_show,
    split_rows,
    unclear_rows,
)
from views.intake_kinds import kind_counts, unknown_names
from views.intake_state import (
    declared,
    drop,
    intake_of,
    main_part,
    part_label,
    read_as,
    started,
)
from views.intake_upload import kept_upload, main_piece, safe_name, upload_key
from views.ledger_table import checks_found, chosen_findings, finding_table, sums_html
from views.project_picker import NEXT, open_next

KINDS = load_kinds()
CLINICS = [("名录.csv", "编号,机构名称,经度,纬度\n1,李村卫生室,117.1,37.2\n".encode())]


def table(rows=3):
    cells = pd.DataFrame(
        {
            "编号": [str(at) for at in range(rows)],
            "机构名称": ["李村卫生室", "王村", "县医院"][:rows],
            "经度": ["117.1"] * rows,
            "纬度": ["37.2"] * rows,
        },
        dtype="str",
    )
    return SourceTable("名录.csv", cells, tuple(range(2, 2 + rows)))


@pytest.fixture
def state():
    return {}


@pytest.fixture
def intake(state):
    outline = Outline("名录.csv", (Part("", "text", 3),))
    begun = started(state, "a", layer="facilities", pieces=CLINICS, outline=lambda _: outline)
    return read_as(begun, ReadingOptions(), read_file=lambda _, **_options: table(), kinds=KINDS)


# ---- uploads -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("村卫生室名录.xlsx", "村卫生室名录.xlsx"),
        ("../../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\名录.CSV", "名录.csv"),
        ("CON.csv", "_CON.csv"),
        (".hidden", "hidden"),
        ("", "_"),
        ("a\0b\n.shp", "a_b_.shp"),
        ("{{7*7}}<img>.csv", "__7_7___img_.csv"),
        ("$(rm -rf).csv", "_(rm -rf).csv"),
    ],
)
def test_names_of_uploads_are_made_safe(name, safe):
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_a_safe_name_is_one_file_of_its_folder(name):
    safe = safe_name(name)
    assert safe == Path(safe).name
    assert safe not in ("", ".", "..")
    assert len(safe) <= 100
    assert safe_name(safe) == safe


def test_the_parts_of_a_shapefile_are_written_together(tmp_path):
    pieces = [("../村.dbf", b"d"), ("../村.shp", b"s"), ("../村.shx", b"x")]
    file, name = kept_upload(pieces, tmp_path)
    assert (file, name) == (tmp_path / "村.shp", "村.shp")
    assert {one.name for one in tmp_path.iterdir()} == {"村.dbf", "村.shp", "村.shx"}


@pytest.mark.parametrize("names", [["a.csv", "b.csv"], ["a.shp", "b.dbf"], ["a.shp", "a.xlsx"]])
def test_files_that_do_not_belong_together_are_refused(names):
    with pytest.raises(SourceError) as error:
        main_piece(names)
    assert str(error.value) == (
        f"一次只导入一个文件，现在选了 2 个（{'、'.join(names)}）。"
        "只有同名的 .shp、.dbf、.shx、.prj、.cpg 可以一起选，请留下要导入的那一个。"
    )


def test_too_large_an_upload_is_refused_before_it_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("views.intake_upload.MOST_FILE_BYTES", 3)
    with pytest.raises(SourceError) as error:
        kept_upload([("名录.csv", b"1234")], tmp_path)
    assert str(error.value) == (
        "「名录.csv」有 0 MB，超过上限 300 MB。请只留需要的列或范围，或分成几个文件。"
    )
    assert not list(tmp_path.iterdir())


def test_the_key_of_an_upload_is_that_of_its_names_and_contents():
    one, other = ("a.shp", b"1"), ("a.dbf", b"2")
    assert upload_key([one, other]) == upload_key([other, one])
    assert (
        len({upload_key([one]), upload_key([("a.shp", b"2")]), upload_key([("b.shp", b"1")])}) == 3
    )


# ---- the import ----------------------------------------------------------------------------


def test_the_same_file_is_looked_at_once_and_read_once(state):
    seen = []

    def outline(path):
        seen.append(path.name)
        return Outline(path.name, (Part("", "text", 1),))

    def read_file(path, options):
        seen.append(options)
        return table()

    first = started(state, "a", layer="facilities", pieces=CLINICS, outline=outline)
    assert started(state, "a", layer="facilities", pieces=CLINICS, outline=outline) is first
    read = read_as(first, ReadingOptions(), read_file=read_file, kinds=KINDS)
    assert read_as(read, ReadingOptions(), read_file=read_file, kinds=KINDS) is read
    assert seen == ["名录.csv", ReadingOptions()]
    again = read_as(read, ReadingOptions(header_row=2), read_file=read_file, kinds=KINDS)
    assert again.result is None
    assert again.version != read.version
    other = started(state, "a", layer="demand", pieces=CLINICS, outline=outline)
    assert (other.layer, other.draft, len(seen)) == ("demand", None, 3)


def test_the_private_copy_goes_with_the_import(state):
    made = started(
        state,
        "a",
        layer="facilities",
        pieces=CLINICS,
        outline=lambda _: Outline("a", (Part("", "text"),)),
    )
    folder = made.file.parent
    assert made.file.read_bytes() == CLINICS[0][1]
    assert folder.stat().st_mode & 0o077 == 0
    del made
    drop(state, "a")
    assert not folder.exists()
    assert intake_of(state, "a") is None


def test_what_cannot_be_opened_or_read_is_kept_as_a_fault(state):
    def refuse(path, **_):
        msg = "读不了。"
        raise SourceError(msg)

    shut = started(state, "a", layer="zones", pieces=CLINICS, outline=refuse)
    assert str(shut.fault) == "读不了。"
    assert shut.outline is None
    two = started(
        state, "b", layer="zones", pieces=[("a.csv", b""), ("b.csv", b"")], outline=refuse
    )
    assert "一次只导入一个文件" in str(two.fault)
    begun = started(
        state,
        "c",
        layer="zones",
        pieces=CLINICS,
        outline=lambda _: Outline("a", (Part("", "text"),)),
    )
    unread = read_as(begun, ReadingOptions(), read_file=refuse, kinds=KINDS)
    assert str(unread.fault) == "读不了。"
    assert unread.table is None


def test_what_no_longer_follows_from_a_declaration_is_dropped(intake):
    full = declared(intake, crs="GCJ-02", kind="village_clinic", recognise_kinds=False)
    full = full.with_evidence(("evidence", "split")).with_result("result")
    assert declared(full, crs="GCJ-02") is full
    assert declared(full, level="x").result is None
    assert declared(full, level="x").evidence is not None
    columns = dict(full.draft.columns)
    named = declared(full, columns={**columns, "address": "机构名称"})
    assert (named.evidence is not None, named.draft.crs) == (True, "GCJ-02")
    moved = declared(full, columns={**columns, "lon": "纬度", "lat": "经度"})
    assert (moved.evidence, moved.draft.crs, moved.result) == (None, "", None)
    assert full.draft.columns == columns


def test_first_declaration_has_the_proposed_columns_and_no_datum(intake):
    assert intake.draft.columns == {"id": "编号", "name": "机构名称", "lon": "经度", "lat": "纬度"}
    assert (intake.draft.crs, intake.draft.name) == ("", "名录.csv")


def test_parts_of_a_file():
    parts = (Part("说明", "workbook", 3), Part("名录", "workbook", 120), Part("图", "geopackage"))
    assert main_part(Outline("a.xlsx", parts)).name == "名录"
    guide = Part("填报说明", "sheet", rows=99)
    assert main_part(Outline("a.xlsx", (guide, *parts))).name == "名录"
    assert main_part(Outline("a.xlsx", (guide,))) is guide
    assert [part_label(one) for one in parts] == ["说明（3 行）", "名录（120 行）", "图"]
    assert (
        part_label(Part("", "geojson", 1500, crs="EPSG:4490"))
        == "（唯一的表）（1,500 行，EPSG:4490）"
    )


def reading(name, share):
    return SimpleNamespace(datum=SimpleNamespace(name=name), share_inside=share)


def test_readings_that_put_hardly_a_row_into_the_county_are_not_offered():
    tried = [reading("GCJ-02", 0.99), reading("WGS84", 0.98), reading("WGS84 纬度在前", 0.01)]
    evidence = (SimpleNamespace(readings=tuple(tried)), None)
    assert datums_to_show(evidence) == ["GCJ-02", "WGS84"]
    assert list(datum_choices(evidence)) == ["GCJ-02", "WGS84", "CGCS2000", "BD-09"]
    assert datums_to_show((SimpleNamespace(readings=tuple(tried[2:])), None)) == ["WGS84 纬度在前"]
    assert datums_to_show(None) == []
    assert list(datum_choices(None)) == list(DATUMS)


def test_rows_of_another_datum_are_named_by_their_numbers(intake):
    names = ("WGS84", "GCJ-02")
    split = SimpleNamespace(
        datums=tuple(SimpleNamespace(name=name) for name in names), row=np.array([0, 1, -1])
    )
    mixed = intake.with_evidence((None, split))
    assert split_rows(mixed, main="WGS84") == {3: "GCJ-02"}
    assert split_rows(mixed, main="GCJ-02") == {2: "WGS84"}
    assert split_rows(intake, main="WGS84") == {}
    # What the split leaves open is named, where the row has a place at all.
    assert unclear_rows(mixed) == (4,)
    assert unclear_rows(intake) == ()
    assert intake.table is not None
    cells = intake.table.cells.assign(经度=["117.1", "117.1", " "], 纬度=["37.2", "37.2", ""])
    assert unclear_rows(replace(mixed, table=replace(intake.table, cells=cells))) == ()


# ---- kinds ---------------------------------------------------------------------------------


def test_kinds_are_counted_with_the_rule_and_the_unknown_are_named():
    found = pd.DataFrame(
        {
            "kind": ["village_clinic", "village_clinic", None, None],
            "rule": ["名称以“卫生室”结尾", "名称有“卫生室”", "没有", "药店不计"],
            "certain": [True, False, False, True],
        }
    )
    counts = kind_counts(found, KINDS)
    assert counts.to_numpy().tolist() == [
        ["村卫生室", 2, "名称以“卫生室”结尾 等 2 种", "1 处"],
        ["认不出，放在一边", 1, "没有", "1 处"],
        ["不计入（不是这几类设施）", 1, "药店不计", ""],
    ]
    cells = pd.DataFrame({"名": ["a", "b", "<b>c", "d"]}, dtype="str")
    said = unknown_names(found, SourceTable("a.csv", cells, (2, 3, 4, 5)), column="名")
    assert said == (
        "有 1 行认不出类别，将放在一边：第 4 行“<b>c”。"
        "可以在文件里补“类别”一列，或分成几份名录，各选“整份名录是同一类”。"
    )
    assert unknown_names(found.iloc[:2], SourceTable("a.csv", cells, (2, 3)), column=None) == ""


# ---- the ledger ----------------------------------------------------------------------------


def finding(row, check="missing", done="set_aside", **more):
    return Finding("a.csv", row, check, "不得为空", done, **more)


@pytest.fixture
def ledger():
    found = [
        finding(2, done="kept", check="nobody", record_name="{{7*7}}<b>", lon=117.0, lat=37.0),
        finding(3, lon=117.1, lat=37.1, value="x"),
        finding(3, check="swapped", lon=117.1, lat=37.1),
        finding(None, check="zones_gap", done="kept"),
    ]
    return Ledger.of_file("a.csv", found, rows_read=5, rows_used=4)


def test_the_sum_of_rows_stands_as_numbers(ledger):
    html = sums_html(ledger, "a.csv")
    assert "读到 <b>5</b> 行" in html
    assert "采用 <b>4</b>" in html
    assert '<span class="qt-missed">放在一边 <b>1</b></span>' in html
    assert "查出问题 4 处" in html


def test_findings_as_a_table_begin_with_rows_set_aside(ledger):
    shown = finding_table(ledger.findings, with_file=True)
    assert list(shown.columns) == ["文件", "行", "处理", "名称", "值", "问题", "怎样改"]
    assert shown["行"].tolist() == ["3", "3", "", "2"]
    assert shown["名称"].tolist()[-1] == "{{7*7}}<b>"
    assert "文件" not in finding_table(ledger.findings, with_file=False)
    assert finding_table([], with_file=False).empty


def test_a_long_ledger_is_cut_on_screen():
    many = [finding(row) for row in range(1_000)]
    assert len(finding_table(many, with_file=False)) == 300


def test_findings_are_chosen_by_check_and_fate(ledger):
    assert checks_found(ledger.findings)["missing"] == "必填项为空（1 处）"
    chosen = chosen_findings(ledger.findings, file="a.csv", check=None, done="set_aside")
    assert [one.check for one in chosen] == ["missing", "swapped"]
    assert chosen_findings(ledger.findings, file="b.csv", check=None, done=None) == []


# ---- maps ----------------------------------------------------------------------------------


def test_findings_lie_on_the_map_once_for_each_row(ledger):
    drawn, left_out = intake_map.findings_map(ledger)
    assert left_out == 0
    assert [(one.layer_id, len(one.features)) for one in drawn.layers] == [
        ("findings-set_aside", 1), ("findings-kept", 1),
    ]  # fmt: skip
    point = drawn.layers[0].features[0]
    assert intake_map.row_of(point["properties"]["id"]) == ("a.csv", 3)
    assert point["geometry"]["coordinates"] == [117.1, 37.1]
    assert [drawn.layers[0].phrases[at] for at in point["properties"]["lines"]] == [
        "a.csv 第 3 行", "必填项为空：不得为空", "经度与纬度互换：不得为空",
    ]  # fmt: skip
    assert b"{{7*7}}<b>" in drawn.payload


def test_rows_with_findings_are_drawn_before_others(monkeypatch):
    monkeypatch.setattr(intake_map, "MOST_POINTS", 2)
    rows = pd.DataFrame(
        {
            "row": [2, 3, 4, 5], "name": ["a", "", "c", "d"], "lon": [117.0, 117.1, math.nan, 117.3],
            "lat": [37.0] * 4, "fate": ["used", "used", "set_aside", "used"],
        }
    )  # fmt: skip
    drawn, left_out = intake_map.rows_map(rows, [finding(5, done="kept")])
    (layer,) = drawn.layers
    names = [one["properties"]["name"] for one in layer.features]
    assert (names, left_out, layer.count) == (["d", "a"], 1, "3 行")
    assert not layer.clickable
    empty, none_left = intake_map.rows_map(rows.iloc[:0], [])
    assert (empty.layers, none_left) == ((), 0)


def test_each_reading_has_its_colour():
    places = {
        name: pd.DataFrame({"lon": [117.0, math.nan], "lat": [37.0, 37.0], "row": [2, 3]})
        for name in ("WGS84", "GCJ-02", "BD-09")
    }
    drawn = intake_map.readings_map(places, DATUMS)
    assert [one.name for one in drawn.layers] == [
        "按 WGS84（GPS、开放街图）", "按 GCJ-02（高德、腾讯地图）", "按 BD-09（百度地图）",
    ]  # fmt: skip
    assert len({one.style["fillColor"] for one in drawn.layers}) == 3
    assert [len(one.features) for one in drawn.layers] == [1, 1, 1]


@given(st.text(max_size=60), st.one_of(st.none(), st.integers(0, 10**9)))
def test_a_click_leads_back_to_its_row(file, row):
    assert intake_map.row_of(intake_map.row_id(file, row)) == (file, row)


# ---- corrections ---------------------------------------------------------------------------


@pytest.fixture
def listed():
    rows = pd.DataFrame(
        {
            "id": ["A1", "A2", "A3"], "name": ["李村卫生室", "王村卫生室", "<b>村"],
            "lon": [117.0, math.nan, 117.2], "lat": [37.0, math.nan, 37.2],
            "fate": ["used", "set_aside", "used"], "old": ["117.0, 37.0", ", ", "117.2, 37.2"],
            "identity": ["李村卫生室@117.0,37.0", "王村卫生室@,", "<b>村@117.2,37.2"],
        },
        index=pd.Index([2, 3, 4], name="row"),
    )  # fmt: skip
    return ListRows("clinics.csv", rows, [finding(4, done="kept")])


def test_rows_to_be_corrected_stand_first_and_can_be_found(listed):
    assert matching(listed.rows, "", listed.findings) == [3, 4, 2]
    assert matching(listed.rows, "卫生室", listed.findings) == [3, 2]
    assert matching(listed.rows, " A3 ", listed.findings) == [4]
    assert matching(listed.rows, "2", listed.findings) == [2]
    assert matching(listed.rows, "(", listed.findings) == []
    assert row_label(listed.rows, 3) == "第 3 行 王村卫生室（放在一边）"


def test_a_moved_row_becomes_a_correction_that_can_be_taken_back(listed, tmp_path):
    now = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    one = moved_row(listed, 2, lon=117.01, lat=37.02, reason="抄错；张三", now=now)
    assert (one.file, one.row, one.record, one.field) == ("clinics.csv", 2, "A1", "position")
    assert (one.old, one.new) == ("117.0, 37.0", "117.01, 37.02")
    assert one.made_at == "2026-01-02T03:04:05+00:00"
    file = tmp_path / "corrections.csv"
    assert with_correction(file, one) == (one,)
    assert read_corrections(file) == (one,)


def test_only_another_place_is_a_move(listed):
    assert not has_moved(listed, 2, lon=117.0, lat=37.0)
    assert has_moved(listed, 2, lon=117.0000001, lat=37.0)
    assert has_moved(listed, 3, lon=117.0, lat=37.0)


def test_a_correction_on_screen_is_text(listed):
    now = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    html = correction_html(moved_row(listed, 4, lon=1.0, lat=2.0, reason="<script>", now=now))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "2026-01-02 03:04" in html


# ---- the way about the page ----------------------------------------------------------------


def test_a_section_can_send_the_visitor_to_another_and_say_why(state):
    assert data_sections.arrive(state) == ""
    data_sections.go_to(state, "have", told="已写入")
    assert data_sections.arrive(state) == "已写入"
    assert state == {data_sections.SECTION_KEY: "have"}


def test_the_picker_is_told_what_to_open(state):
    open_next(state, Path("somewhere"))
    assert state == {NEXT: "somewhere"}
