"""Lists of points with everything on: units, kinds, places by name, shapes as text, corrections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.contracts import DEMAND, FACILITIES, problems
from coverage.errors import DemandError, FacilityError, SourceError
from layers.checks.findings import records_of
from layers.checks.zones import zone_code_findings
from layers.coordinates import wgs84_to_bd09, wgs84_to_gcj02
from layers.corrections import Correction, with_correction
from layers.demand import demand_from_table
from layers.facilities import facilities_from_table
from layers.matching.named_rows import Gazetteer
from layers.quality import Ledger
from layers.standards import load_kinds
from tests.small_county import CRS, VILLAGE_COLUMNS
from tests.test_quality import AREA, ZONES, brief, table_of

KINDS = load_kinds()
VILLAGES = demand_from_table(
    table_of(
        ("0012", "张家庄", "114.9", "37.6", "350"),
        ("0013", "李家庄", "115.1", "37.6", "420"),
        ("0014", "李家庄", "114.95", "37.6", "20"),
    ),
    zones=ZONES, columns=VILLAGE_COLUMNS, source_crs="WGS84",
).layer  # fmt: skip
GAZETTEER = Gazetteer(ZONES, VILLAGES, "示例县")

COLUMNS = {
    "id": "编码", "name": "名称", "lon": "经度", "lat": "纬度", "area_m2": "面积（亩）",
    "capacity_beds": "床位", "category": "机构类别", "village": "村", "township": "乡镇",
    "zone_code": "区划",
}  # fmt: skip


def clinics(*rows):
    return table_of(*rows, columns=list(COLUMNS.values()))


def read(table, **kwargs):
    kwargs = {
        "columns": COLUMNS, "faulty_rows": "set_aside", "recognise_kinds": True,
        "gazetteer": GAZETTEER, **kwargs,
    }  # fmt: skip
    return facilities_from_table(
        table, crs=CRS, area=AREA, kinds=KINDS, source_crs="WGS84", **kwargs
    )


def told(findings):
    return [(one.row, one.check, one.done, one.found) for one in findings]


def codes(notices):
    return [notice.code for notice in notices]


LIST = clinics(
    ("1", "张家庄村卫生室", "114.9", "37.6", "1.5", "约20张", "", "", "", ""),
    ("2", "西镇卫生院", "", "", "", "3", "卫生院", "", "西镇", ""),
    ("3", "某某茶馆", "115", "37.6", "", "", "", "", "", ""),
    ("4", "甲", "", "", "", "", "村卫生室", "李家庄", "", ""),
    ("5", "乙", "", "", "", "", "村卫生室", "李家庄", "东镇", ""),
    ("6", "张三诊所", "114.9", "37.6", "5平方米", "", "", "", "", "02"),
    ("7", "丙卫生室", "114.9", "", "", "", "", "", "", ""),
    ("", "合计", "", "", "", "23", "", "", "", ""),
)


def test_a_list_with_everything_in_it():
    reading = read(LIST)
    layer = reading.layer
    assert problems(layer, FACILITIES) == []
    assert layer.index.tolist() == ["1", "2", "5", "6"]
    assert layer["kind"].tolist() == [
        "village_clinic",
        "township_hospital",
        "village_clinic",
        "clinic",
    ]
    assert layer["kind_rule"].tolist() == [
        "名称以“村卫生室”结尾", "类别有“卫生院”", "类别写的是“村卫生室”", "名称以“诊所”结尾",
    ]  # fmt: skip
    np.testing.assert_array_equal(layer["capacity_beds"], [20, 3, np.nan, np.nan])
    np.testing.assert_array_equal(layer["area_m2"], [1000, np.nan, np.nan, 5])
    assert layer["place_precision"].astype(object).where(layer["place_precision"].notna(), "").tolist() == [
        "", "乡镇级近似", "村级近似", "",
    ]  # fmt: skip
    assert layer.geometry["5"].equals(VILLAGES.geometry["0013"])
    assert ZONES.geometry["01"].contains(layer.geometry["2"])
    assert sorted(told(reading.findings)) == [
        (2, "rough_number", "kept", "是约数，按 20 使用，请核实"),
        (3, "placed_by_name", "changed", "没有认出村名，只按乡镇落在“西镇”，乡镇级近似，请核实"),
        (4, "unknown_kind", "set_aside", "不认识这个类别：名称、类别和编码都没有说明种类"),
        (
            5, "no_position", "set_aside",
            "没有坐标，有 2 个村都对得上（东镇李家庄、西镇李家庄），没有落点，请写明乡镇和村名",
        ),
        (6, "placed_by_name", "changed", "按村名落在“李家庄”，村级近似，请核实"),
        (7, "unit_converted", "changed", "单元格里的单位“平方米”与表头不同，按单元格的读"),
        (8, "missing", "set_aside", "不得为空"),
        (9, "totals_row", "set_aside", "合计行，不是一处"),
    ]  # fmt: skip
    messages = {notice.code: notice.message for notice in reading.notices}
    assert messages["unit_converted"] == (
        "设施「v.csv」的“面积（亩）”列以“亩”为单位，已换算成平方米。请核对单位。"
    )
    assert messages["placed_by_name"] == (
        "设施「v.csv」有 2 行没有坐标，按地名或区划代码落点（村级近似 1 行，乡镇级近似 1 行），"
        "位置是近似的。请补填坐标，或在地图上标出位置。"
    )
    Ledger.of_file("v.csv", reading.findings, rows_read=8, rows_used=4)


def test_refusing_lists_them_all():
    with pytest.raises(FacilityError) as caught:
        read(LIST, faulty_rows="refuse")
    rows = {(one.row, one.column) for one in caught.value.problems}
    assert {(4, "机构类别"), (5, "村"), (8, "纬度")} <= rows


def test_without_the_settings_they_stay_faults():
    good = clinics(
        ("1", "张家庄村卫生室", "", "", "", "", "", "张家庄", "", ""),
        ("2", "乙", "114.9", "37.6", "", "", "", "", "", ""),
    )
    reading = read(good, recognise_kinds=False, kind="village_clinic", gazetteer=None)
    assert brief(reading.findings) == [
        (2, "missing", "set_aside", "经度", ""), (2, "missing", "set_aside", "纬度", ""),
    ]  # fmt: skip
    assert "kind_rule" not in reading.layer
    assert "place_precision" not in reading.layer


def test_a_list_that_has_no_coordinates_at_all():
    mapped = {"id": "编码", "name": "名称", "village": "村", "zone_code": "区划"}
    table = clinics(
        ("1", "甲卫生室", "", "", "", "", "", "张家庄", "", ""),
        ("2", "乙卫生室", "", "", "", "", "", "", "", "02"),
    )
    reading = read(table, columns=mapped)
    assert reading.layer["place_precision"].tolist() == ["村级近似", "乡镇级近似"]
    assert codes(reading.notices) == ["placed_by_name"]  # nothing is assumed of a CRS


class TestKinds:
    MAPPED = {"id": "编码", "name": "名称", "lon": "经度", "lat": "纬度", "kind": "机构类别"}  # noqa: RUF012

    def kinds(self, *rows, **kwargs):
        table = clinics(
            *((str(at), name, "114.9", "37.6", "", "", kind, "", "", "")
              for at, (name, kind) in enumerate(rows, start=1))
        )  # fmt: skip
        return read(table, **{"columns": self.MAPPED, **kwargs})

    def test_the_column_of_kinds_goes_before_the_name(self):
        reading = self.kinds(("甲村卫生室", "药店"), ("乙村卫生室", "别的"), ("丙村卫生室", ""))
        assert reading.layer["kind"].tolist() == ["pharmacy", "village_clinic", "village_clinic"]
        assert reading.layer["kind_rule"].tolist() == [
            "“机构类别”列写的是“药店”", "名称以“村卫生室”结尾", "名称以“村卫生室”结尾",
        ]  # fmt: skip

    def test_what_does_not_count_is_set_aside_and_what_is_doubtful_is_told(self):
        reading = self.kinds(("甲村卫生室", ""), ("乙宠物医院", ""), ("丙医院", ""))
        found = told(reading.findings)
        assert found[0][:3] == (3, "not_counted", "set_aside")
        assert found[0][3].startswith("不计入设施：名称")
        assert found[1] == (
            4, "kind_doubtful", "kept",
            "类别是认出来的，拿不准：名称以“医院”结尾（类型和级别不详）",
        )  # fmt: skip

    def test_a_name_in_the_middle_is_used_and_told_and_what_is_closed_is_not_used(self):
        reading = self.kinds(("县人民医院急诊科", ""), ("乙村卫生室（已注销）", ""))
        assert reading.layer["kind"].tolist() == ["county_hospital"]
        assert told(reading.findings) == [
            (3, "not_counted", "set_aside",
             "不计入设施（拿不准，请核实）：名称写有“注销”，可能没有在用"),
            (2, "kind_doubtful", "kept",
             "类别是认出来的，拿不准：名称有“县人民医院”（名称以县冠名；后面还有“急诊科”）"),
        ]  # fmt: skip

    def test_a_kind_that_was_corrected_in_another_row_is_left_out(self):
        fixes = [
            Correction("v.csv", 2, "", "kind", "", "pharmacy", identity="乙村卫生室@114.9,37.6"),
            Correction("v.csv", 2, "", "column:机构类别", "", "药店", identity="乙@1,2"),
        ]
        mapped = {**self.MAPPED, "category": "机构类别"}
        del mapped["kind"]
        reading = self.kinds(("甲村卫生室", ""), columns=mapped, corrections=fixes)
        assert reading.layer["kind"].tolist() == ["village_clinic"]
        assert [one.check for one in reading.findings] == ["stale_correction"] * 2

    def test_a_planners_word_wins(self):
        fixes = [
            Correction("v.csv", 2, "1", "kind", "", "药店", reason="实地核实"),
            Correction("v.csv", 3, "2", "column:机构类别", "茶馆", "pharmacy"),
        ]
        reading = self.kinds(("甲村卫生室", ""), ("乙", "茶馆"), corrections=fixes)
        assert reading.layer["kind"].tolist() == ["pharmacy"] * 2
        assert reading.layer["kind_rule"].tolist() == ["按改正记录", "“机构类别”列写的是“pharmacy”"]
        assert sorted(told(reading.findings)) == [
            (2, "corrected", "changed", "类别改为“药店”（实地核实）"),
            (3, "corrected", "changed", "“茶馆”改为“pharmacy”"),
        ]

    def test_a_corrected_category_wins_over_the_name(self):
        fix = Correction("v.csv", 2, "1", "column:机构类别", "", "药店")
        mapped = {**self.MAPPED, "category": "机构类别"}
        del mapped["kind"]
        reading = self.kinds(("甲村卫生室", ""), columns=mapped, corrections=[fix])
        assert reading.layer["kind"].tolist() == ["pharmacy"]
        assert reading.layer["kind_rule"].tolist() == ["按改正记录"]

    def test_a_correction_holds_where_nothing_is_recognised_too(self):
        fix = Correction("v.csv", 2, "1", "kind", "", "pharmacy")
        mapped = {key: name for key, name in self.MAPPED.items() if key != "kind"}
        plain = {"recognise_kinds": False, "columns": mapped, "kind": "village_clinic"}
        reading = self.kinds(("甲", ""), ("乙", ""), corrections=[fix], **plain)
        assert reading.layer["kind"].tolist() == ["pharmacy", "village_clinic"]
        listed = {"recognise_kinds": False, "faulty_rows": "refuse"}
        assert self.kinds(("甲", "茶馆"), corrections=[fix], **listed).layer["kind"].tolist() == [
            "pharmacy"
        ]

    def test_a_correction_to_a_kind_that_is_none(self):
        fix = Correction("v.csv", 2, "1", "kind", "", "茶馆")
        reading = self.kinds(("甲村卫生室", ""), corrections=[fix])
        assert told(reading.findings) == [
            (2, "stale_correction", "kept", "改正没有用上：设施类别表里没有“茶馆”")
        ]

    def test_a_kind_can_be_recorded_and_taken_back(self, tmp_path):
        path = tmp_path / "corrections.csv"
        fix = Correction("v.csv", 2, "1", "kind", "", "pharmacy")
        assert with_correction(path, fix) == (fix,)
        assert with_correction(path, Correction("v.csv", 2, "1", "kind", "", "")) == ()


def test_a_place_that_the_planner_gave_is_not_approximate():
    table = clinics(("1", "甲卫生室", "", "", "", "", "", "张家庄", "", ""))
    mapped = {"id": "编码", "name": "名称", "village": "村"}
    fix = Correction("v.csv", 2, "1", "position", "", "115.05, 37.65")
    reading = read(table, columns=mapped, corrections=[fix])
    assert reading.layer["place_precision"].isna().all()
    assert [one.check for one in reading.findings] == ["moved"]
    point = reading.layer.to_crs(4326).geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((115.05, 37.65))


class TestShapesAsText:
    MAPPED = {"id": "编码", "name": "名称", "geometry": "图形"}  # noqa: RUF012

    def read(self, *cells, **kwargs):
        rows = [(str(at), f"{at}号村卫生室", text) for at, text in enumerate(cells, start=1)]
        table = table_of(*rows, columns=["编码", "名称", "图形"])
        how = {"columns": self.MAPPED, "gazetteer": None, **kwargs}
        return facilities_from_table(
            table, crs=CRS, area=AREA, kinds=KINDS, kind="village_clinic", **how
        )

    def test_points_and_polygons(self):
        ring = "POLYGON ((114.9 37.55, 114.92 37.55, 114.92 37.57, 114.9 37.57, 114.9 37.55))"
        reading = self.read("POINT (114.9 37.6)", ring)
        assert [notice.message for notice in reading.notices] == [
            (
                "设施「v.csv」没有写明坐标系，经纬度按 WGS84 读取。"
                '请核实，并在 project.toml 的 [[facilities]] 写 crs = "WGS84"。'
            )
        ]
        back = reading.layer.to_crs(4326).geometry
        assert (back.iloc[0].x, back.iloc[0].y) == pytest.approx((114.9, 37.6))
        assert 114.9 < back.iloc[1].x < 114.92

    def test_what_they_declare_holds(self):
        reading = self.read("SRID=4547;POINT (500000 4160000)")
        assert reading.notices[-1].code != "crs_assumed"
        point = reading.layer.geometry.iloc[0]
        assert (point.x, point.y) == pytest.approx((500_000, 4_160_000))

    def test_what_is_no_shape_is_told_with_its_cell(self):
        with pytest.raises(FacilityError) as caught:
            self.read("POINT (114.9 37.6)", "甲", "", source_crs="WGS84")
        assert str(caught.value) == (
            "设施「v.csv」有 2 处问题：第 3 行「图形」：不是 WKT 写法的图形（值：甲）；"
            "第 4 行「位置」：没有图形。请改正后重试。"
        )
        reading = self.read("POINT (114.9 37.6)", "甲", source_crs="WGS84", faulty_rows="set_aside")
        assert brief(reading.findings) == [(3, "no_position", "set_aside", "图形", "甲")]
        with pytest.raises(SourceError, match="列里没有 WKT 图形"):
            self.read("甲")

    def test_an_empty_shape_may_be_placed_by_name(self):
        mapped = {**self.MAPPED, "address": "名称"}
        reading = self.read(
            "POINT (114.9 37.6)", "", columns=mapped, source_crs="WGS84", faulty_rows="set_aside",
            gazetteer=Gazetteer(ZONES, VILLAGES.assign(demand_name=["2号村", "乙村", "丙村"])),
        )  # fmt: skip
        assert reading.layer["place_precision"].astype(object).tolist()[1] == "村级近似"


def test_codes_of_zones_are_held_against_the_place():
    reading = read(LIST)
    records = records_of(reading.table, COLUMNS)
    points = reading.layer.geometry.to_numpy()
    cells = ["01", "3.71E+11", "02", "02"]
    found = zone_code_findings(records, cells, points, column="区划", zones=ZONES)
    assert brief(found) == [
        (3, "zone_code_fault", "kept", "区划", "3.71E+11"),
        (7, "zone_contradiction", "kept", "区划", "02"),
    ]
    assert found[1].found == ("点的位置说是“西镇”，区划代码说是“东镇”；按“西镇”使用，请核对")


CELL = st.sampled_from(
    ["", "—", "约5", "3亩", "9999999", "-1", "37.6", "114.9", "甲", "合计", "李家庄", "西镇", "01"]
)
ROW = st.one_of(
    st.tuples(*[CELL] * 10),
    st.tuples(
        st.sampled_from("abcd"), st.sampled_from(["甲村卫生室", "乙茶馆", "丙宠物医院", "张家庄卫生室"]),
        st.sampled_from(["114.9", "115.1", "", "100"]), st.sampled_from(["37.6", ""]),
        st.sampled_from(["1", "1.5公顷", "x"]), st.sampled_from(["3", "约3", "-3"]),
        st.sampled_from(["", "药店", "综合医院"]), st.sampled_from(["", "李家庄", "张家庄"]),
        st.sampled_from(["", "东镇"]), st.sampled_from(["", "02", "37142200120"]),
    ),
)  # fmt: skip
FIX = st.builds(
    Correction, st.just("v.csv"), st.integers(2, 9), st.just(""),
    st.sampled_from(["kind", "position", "use", "column:机构类别"]), st.sampled_from(["", ", "]),
    st.sampled_from(["药店", "115.0, 37.6", "no"]),
)  # fmt: skip


@settings(max_examples=30)
@given(
    st.lists(ROW, min_size=1, max_size=8), st.lists(FIX, max_size=3), st.booleans(), st.booleans(),
    st.sampled_from(["refuse", "set_aside"]),
)  # fmt: skip
def test_rows_read_are_rows_used_and_rows_set_aside(rows, fixes, by_name, recognise, faulty):
    table = clinics(*rows)
    before = table.cells.copy()
    mapped = COLUMNS if recognise else {**COLUMNS, "kind": "机构类别"}
    try:
        reading = read(
            table, columns=mapped, recognise_kinds=recognise, corrections=fixes,
            gazetteer=GAZETTEER if by_name else None, faulty_rows=faulty,
        )  # fmt: skip
    except FacilityError:
        return  # nothing was read, and that was said
    finally:
        pd.testing.assert_frame_equal(table.cells, before)
    # a ledger refuses sums that do not add up
    ledger = Ledger.of_file(
        "v.csv", reading.findings, rows_read=len(table), rows_used=len(reading.layer)
    )
    aside = {one.row for one in ledger.findings if one.done == "set_aside"}
    assert set(reading.table.rows) | aside == set(table.rows)
    assert not set(reading.table.rows) & aside
    assert problems(reading.layer, FACILITIES) == []
    assert not shapeless(reading.layer)
    if by_name:
        guessed = reading.layer["place_precision"].notna().to_numpy()
        named = {one.row for one in ledger.findings if one.check == "placed_by_name"}
        assert {row for row, one in zip(reading.table.rows, guessed, strict=True) if one} <= named


def shapeless(layer):
    return layer.geometry.isna().any() or layer.geometry.is_empty.any()


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", ""]), st.sampled_from(["东镇甲村", "乙村", "合计"]),
            st.sampled_from(["114.9", "", "x"]), st.sampled_from(["37.6", ""]),
            st.sampled_from(["1.2", "约3万", "无", "很多", "", "12人"]),
        ),
        min_size=1, max_size=6,
    ),
    st.booleans(), st.sampled_from(["", "万人"]), st.sampled_from([None, "常住人口"]),
)  # fmt: skip
def test_villages_too(rows, by_name, unit, spread_by):
    table = table_of(*rows)
    totals = None if spread_by is None else pd.Series({"01": 100.0, "02": np.nan})
    mapped = {
        key: name for key, name in VILLAGE_COLUMNS.items() if key != "population" or not spread_by
    }
    try:
        reading = demand_from_table(
            table, zones=ZONES, columns=mapped, source_crs="WGS84", faulty_rows="set_aside",
            gazetteer=Gazetteer(ZONES) if by_name else None, totals=totals, spread_by=spread_by,
            units={"population": unit} if unit and not spread_by else {},
        )  # fmt: skip
    except DemandError:
        return
    Ledger.of_file("v.csv", reading.findings, rows_read=len(table), rows_used=len(reading.layer))
    assert problems(reading.layer, DEMAND) == []
    if spread_by is not None:
        west = reading.layer[reading.layer["zone_id"] == "01"]
        assert west.empty or west["population"].sum() == 100
        assert "spread_weight" not in reading.layer


def test_the_example_row_of_a_template_is_no_facility():
    columns = {"机构名称": ["示例，填报前请删除（丁庄村卫生室）", "甲村卫生室"], "类别": ["村卫生室"] * 2,
               "经度": ["114.9", "114.91"], "纬度": ["37.6", "37.61"]}  # fmt: skip
    table = table_of(*zip(*columns.values(), strict=True), columns=list(columns))
    mapped = {"name": "机构名称", "kind": "类别", "lon": "经度", "lat": "纬度"}
    how = {"crs": CRS, "area": AREA, "kinds": KINDS, "columns": mapped, "source_crs": "WGS84"}
    reading = facilities_from_table(table, **how, faulty_rows="set_aside")
    assert reading.layer["facility_name"].tolist() == ["甲村卫生室"]
    (told,) = [one for one in reading.findings if one.check == "example_row"]
    assert (told.row, told.done, told.found) == (2, "set_aside", "模板里的示例行，不是一处")
    with pytest.raises(
        FacilityError, match="第 2 行「机构名称」：模板里的示例行，不是一处，请整行删去"
    ):
        facilities_from_table(table, **how)


def stated(*datums):
    """The same place, written as each row says."""
    lon, lat = 114.9, 37.6
    written = {
        "": (lon, lat), "WGS84": (lon, lat), "高德地图": wgs84_to_gcj02(lon, lat),
        "百度地图": wgs84_to_bd09(lon, lat),
    }  # fmt: skip
    rows = [
        (f"设施{at}", "村卫生室", *(f"{float(v):.9f}" for v in written.get(one, (lon, lat))), one)
        for at, one in enumerate(datums)
    ]
    names = ("名称", "类别", "经度", "纬度", "坐标系")
    columns = dict(zip(("name", "kind", "lon", "lat", "datum"), names, strict=True))
    return table_of(*rows, columns=list(names)), {
        "crs": CRS, "area": AREA, "kinds": KINDS, "columns": columns, "faulty_rows": "set_aside",
    }  # fmt: skip


def test_each_row_is_read_in_the_system_that_it_names():
    table, how = stated("WGS84", "高德地图", "百度地图")
    reading = facilities_from_table(table, **how)
    first = reading.layer.geometry.iloc[0]
    assert reading.layer.distance(first).max() < 0.001
    assert "crs_assumed" not in codes(reading.notices)


def test_rows_that_name_none_are_read_as_the_list_is():
    table, how = stated("高德地图", "")
    reading = facilities_from_table(table, **how)
    assert reading.layer.distance(reading.layer.geometry.iloc[0]).max() < 0.001
    assert "crs_assumed" in codes(reading.notices)


def test_a_system_that_nobody_knows_sets_the_row_aside():
    table, how = stated("WGS84", "北京54", "老坐标")
    reading = facilities_from_table(table, **how)
    assert reading.layer["facility_name"].tolist() == ["设施0"]
    found = {one.row: one.found for one in reading.findings if one.done == "set_aside"}
    assert sorted(found) == [3, 4]
    assert "北京54" in found[3] or "1954" in found[3]
    assert "不认识" in found[4]
