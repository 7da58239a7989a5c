"""Ownership, staff and features of facilities: from an office's columns into the layer, and back."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from coverage.contracts import FACILITIES, problems
from coverage.errors import FacilityError, ProjectError
from coverage.facility_columns import FACILITY_FACTS, OWNERSHIPS
from coverage.facility_features import NO, UNKNOWN, YES, feature_states, features_text
from coverage.rules.facility_filter import OWNERS
from coverage.standards import FacilityKind
from layers.columns.facility_words import (
    FEATURE_WORDS,
    OWNERSHIP_WORDS,
    own_names,
    together_words,
    with_features,
)
from layers.columns.mapping import propose_mapping
from layers.columns.quantities import QUANTITIES
from layers.columns.synonyms import OUR_COLUMNS
from layers.facilities import facilities_from_table
from layers.planning.words import QUANTITIES as TARGET_QUANTITIES
from layers.project_lists import FacilitiesTable
from layers.settings import parse_settings
from layers.vectors import read_source
from tests.small_county import CRS, write_csv

KINDS = {"hospital": FacilityKind("hospital", "医院", "医疗", "county", "#d7191c", "医")}
AREA = gpd.GeoSeries([box(114.8, 37.5, 115.2, 37.7)], crs=4326).to_crs(CRS).iloc[0]
PLACE = {"id": "编码", "lon": "经度", "lat": "纬度"}
HEADER = "编码,经度,纬度"
FEATURES = {"康复医学科": "康复", "老年友善": "友善"}


def rows_of(*cells):
    return [f"{at},114.9,37.6,{cell}" for at, cell in enumerate(cells, start=1)]


def read(tmp_path, more, *cells, columns=None, **kwargs):
    path = write_csv(tmp_path / "c.csv", f"{HEADER},{more}", *rows_of(*cells))
    return facilities_from_table(
        read_source(path), crs=CRS, area=AREA, kinds=KINDS, columns=PLACE | (columns or {}),
        kind="hospital", source_crs="WGS84", **kwargs,
    )  # fmt: skip


def settings(text):
    table = {"file": "a.csv", "kind": "hospital"} | text
    return parse_settings(table, FacilitiesTable, source="p.toml", error=ProjectError)


class TestColumns:
    def test_every_fact_has_a_title_a_reader_and_a_project_key(self):
        for column in FACILITY_FACTS:
            name = "turnout_minutes" if column.name == "turnout_s" else column.name
            assert name in OUR_COLUMNS["facilities"]
            assert column.nullable
            assert not column.required
            assert (column.name in QUANTITIES) == (column.dtype == "number")
        assert OWNERSHIPS == OWNERS

    def test_whatever_a_target_counts_is_a_column(self):
        names = {column.name for column in FACILITY_FACTS}
        assert {name for name, _ in TARGET_QUANTITIES.values()} <= names

    def test_numbers_with_their_units(self, tmp_path):
        columns = {
            "staff_physicians": "医师", "capacity_childcare_places": "托位", "land_area_m2": "用地",
        }  # fmt: skip
        reading = read(
            tmp_path, "医师,托位（个）,用地（亩）", "12人,,3", ",60,", "0,5,1.5",
            columns=columns | {"capacity_childcare_places": "托位（个）", "land_area_m2": "用地（亩）"},
        )  # fmt: skip
        layer = reading.layer
        np.testing.assert_array_equal(layer["staff_physicians"], [12, np.nan, 0])
        np.testing.assert_array_equal(layer["capacity_childcare_places"], [np.nan, 60, 5])
        np.testing.assert_allclose(layer["land_area_m2"], [2000, np.nan, 1000])
        assert problems(layer, FACILITIES) == []

    @pytest.mark.parametrize(
        ("cell", "rule"),
        [("-1", "不得为负"), ("1000001", "不得大于 1000000"), ("两", "应为数字")],
    )
    def test_a_number_that_cannot_be(self, tmp_path, cell, rule):
        with pytest.raises(FacilityError, match=rule):
            read(tmp_path, "护士", cell, columns={"staff_nurses": "护士"})


class TestOwnership:
    def test_words(self, tmp_path):
        reading = read(
            tmp_path, "性质", "公办", "民营", "", "不详", "股份制", "集体", columns={"ownership": "性质"}
        )  # fmt: skip
        owners = reading.layer["ownership"]
        assert owners[owners.notna()].tolist() == ["公立", "社会办", "社会办", "公立"]
        assert owners.isna().tolist() == [False, False, True, True, False, False]

    def test_a_word_that_is_none_is_told(self, tmp_path):
        with pytest.raises(FacilityError) as caught:
            read(tmp_path, "性质", "公立", "民营的", columns={"ownership": "性质"})
        assert str(caught.value) == (
            "设施「c.csv」有 1 处问题：第 3 行「性质」：不认识这个举办性质，是否应为“民营”"
            "（值：民营的）。请改正后重试。"
        )

    def test_a_word_that_is_none_leaves_the_row_its_place(self, tmp_path):
        reading = read(
            tmp_path, "性质", "公立", "民营的", columns={"ownership": "性质"},
            faulty_rows="set_aside",
        )  # fmt: skip
        assert reading.layer["ownership"].isna().tolist() == [False, True]
        assert "按未知处理" in reading.findings[0].found

    def test_words_mean_one_of_two_or_nothing(self):
        assert set(OWNERSHIP_WORDS.values()) == {"公立", "社会办", ""}
        assert "公建民营" not in OWNERSHIP_WORDS


class TestFeatures:
    def test_columns_of_yes_and_no(self, tmp_path):
        reading = read(
            tmp_path, "康复,友善", "有,未达标", "√,", "×,1", ",", "无,不详", features=FEATURES
        )
        texts = reading.layer["features"]
        assert texts[texts.notna()].tolist() == [
            "康复医学科：是；老年友善：否", "康复医学科：是", "康复医学科：否；老年友善：是",
            "康复医学科：否",
        ]  # fmt: skip
        assert feature_states(texts, "老年友善").tolist() == [NO, UNKNOWN, YES, UNKNOWN, UNKNOWN]
        assert [name for name in reading.layer if "feature" in name] == ["features"]
        assert problems(reading.layer, FACILITIES) == []

    def test_the_order_is_that_of_the_project(self, tmp_path):
        turned = dict(reversed(FEATURES.items()))
        reading = read(tmp_path, "康复,友善", "有,无", features=turned)
        assert reading.layer["features"].tolist() == ["老年友善：否；康复医学科：是"]

    def test_another_word_is_told(self, tmp_path):
        with pytest.raises(FacilityError) as caught:
            read(tmp_path, "康复,友善", "有,无", "甲乙,有", features=FEATURES)
        assert str(caught.value) == (
            "设施「c.csv」有 1 处问题：第 3 行「康复」："
            "不认识这个“康复医学科”的填法（应填 是 或 否）（值：甲乙）。请改正后重试。"
        )

    def test_another_word_is_set_aside_and_the_facility_stays(self, tmp_path):
        reading = read(
            tmp_path, "康复,友善", "有,无", "在建,有", features=FEATURES, faulty_rows="set_aside"
        )
        assert reading.layer["features"].tolist()[1] == "老年友善：是"
        assert [(one.row, one.done) for one in reading.findings] == [(3, "changed")]

    def test_a_column_that_is_not_there(self, tmp_path):
        with pytest.raises(FacilityError, match="没有 “友善” 这一列"):
            read(tmp_path, "康复", "有", features=FEATURES)

    def test_all_in_one_column(self, tmp_path):
        texts = ["康复医学科:有;老年友善：否", "", "康复医学科：是；老年友善：否；"]
        reading = read(tmp_path, "条件", *texts, columns={"features": "条件"})
        found = reading.layer["features"]
        assert found.isna().tolist() == [False, True, False]
        assert set(found.dropna()) == {"康复医学科：是；老年友善：否"}
        for bad in ("康复医学科", "康复医学科：在建", "康复医学科：是；康复医学科：否"):
            with pytest.raises(FacilityError, match="不认识这个具备条件"):
                read(tmp_path, "条件", bad, columns={"features": "条件"})

    def test_keys_of_the_project(self):
        assert settings({"features": FEATURES}).features == FEATURES
        faults = {
            "里 features 写了两处": {"features": FEATURES, "columns": {"features": "条件"}},
            "不能作名称": {"features": {"康复：科": "康复"}},
            "features 就不起作用": {"features": FEATURES, "from": "osm", "file": None},
        }
        for rule, text in faults.items():
            with pytest.raises(ProjectError, match=rule):
                settings(text)

    @given(
        st.lists(
            st.tuples(st.sampled_from([*FEATURE_WORDS]), st.sampled_from([*FEATURE_WORDS])),
            min_size=1,
        )
    )
    def test_what_is_written_is_what_is_read(self, cells):
        words = pd.DataFrame(cells, columns=[*own_names(FEATURES)]).map(FEATURE_WORDS.get)
        found = with_features(words.replace("", np.nan), FEATURES)
        for at, name in enumerate(FEATURES):
            wanted = [{"是": YES, "否": NO, "": UNKNOWN}[FEATURE_WORDS[row[at]]] for row in cells]
            assert feature_states(found["features"], name).tolist() == wanted
        assert together_words([*found["features"].dropna()]) == {
            text: text for text in found["features"].dropna()
        }

    def test_nothing_is_changed_in_place_and_nothing_is_made_of_nothing(self):
        frame = pd.DataFrame({"a": [1.0]})
        assert with_features(frame, ()) is frame
        table = pd.DataFrame({name: ["是"] for name in own_names(FEATURES)})
        before = table.copy()
        with_features(table, FEATURES)
        pd.testing.assert_frame_equal(table, before)
        assert features_text({}) is None


class TestHeaders:
    def proposed(self, tmp_path, *headers):
        path = write_csv(
            tmp_path / "h.csv", f"{HEADER},{','.join(headers)}",
            *rows_of(",".join("1" for _ in headers), ",".join("2" for _ in headers)),
        )  # fmt: skip
        return {
            one.ours: (one.theirs, one.confidence)
            for one in propose_mapping(read_source(path), layer="facilities")
        }

    @pytest.mark.parametrize(
        ("header", "ours"),
        [
            ("执业（助理）医师", "staff_physicians"),
            ("中医执业（助理）医师（人）", "staff_tcm_physicians"),
            ("注册护士数", "staff_nurses"),
            ("药师（士）", "staff_pharmacists"),
            ("公共卫生人员", "staff_public_health"),
            ("全科医生", "staff_general_practitioners"),
            ("护理型床位（张）", "capacity_nursing_beds"),
            ("托位数（个）", "capacity_childcare_places"),
            ("用地面积（亩）", "land_area_m2"),
            ("办医主体", "ownership"),
            ("公立/民营", "ownership"),
        ],
    )
    def test_a_usual_name_is_sure(self, tmp_path, header, ours):
        assert self.proposed(tmp_path, header)[ours] == (header, "sure")

    def test_a_part_of_the_physicians_is_none_of_them(self, tmp_path):
        assert "staff_physicians" not in self.proposed(tmp_path, "执业助理医师")
        found = self.proposed(tmp_path, "执业医师", "执业助理医师")
        assert found["staff_physicians"] == ("执业医师", "likely")
        found = self.proposed(tmp_path, "执业医师", "执业（助理）医师")
        assert found["staff_physicians"][0] == "执业（助理）医师"

    def test_nursing_beds_are_not_the_beds(self, tmp_path):
        found = self.proposed(tmp_path, "养老床位", "护理型床位")
        assert found["capacity_beds"] == ("养老床位", "sure")
        assert found["capacity_nursing_beds"] == ("护理型床位", "sure")
