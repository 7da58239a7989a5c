"""Names of places and zones brought to one form, and villages whose clinic is missing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from layers.matching.clinics_missing import villages_without_clinic
from layers.matching.names import facility_stem, place_stem, plain_name, zone_stem

PARTS = st.sampled_from(
    [
        *"一二三123第村镇乡县市区省社东李丁庄（）() 　-",
        "街道",
        "社区",
        "居委会",
        "村民委员会",
        "卫生室",
        "卫生院",
    ]
)
NAMES = st.one_of(st.text(max_size=12), st.lists(PARTS, max_size=10).map("".join))


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("示例县云岫镇丁庄村村民委员会", "丁庄"), ("丁庄村", "丁庄"), ("丁庄", "丁庄"), ("丁 庄 村", "丁庄"),
        ("丁庄村（原丁寨村）", "丁庄"), ("丁庄行政村", "丁庄"), ("丁庄社区居民委员会", "丁庄"),
        ("山东省示例市示例县霁陂街道和安社区居委会", "和安"), ("霁陂街道办事处和安社区", "和安"),
        ("东村", "东村"), ("云岫镇东村", "东村"), ("李村村", "李村"), ("李村村委会", "李村"),
        ("丁庄第一村", "丁庄一"), ("丁庄1村", "丁庄一"), ("丁庄１村", "丁庄一"), ("丁庄一村", "丁庄一"),
        ("十二里铺村", "十二里铺"), ("12里铺村", "十二里铺"), ("20里铺村", "二十里铺"),
        ("市场村", "市场"), ("镇西村", "镇西"), ("乡里村", "乡里"), ("李镇村", "李镇"),
        ("阳光小区社区", "阳光小区"), ("城区社区", "城区"), ("", ""), ("—", ""),
    ],
)  # fmt: skip
def test_villages(text, stem):
    assert place_stem(text) == stem


def test_different_villages_stay_different():
    names = ["张庄村", "张家庄村", "小张庄村", "前张庄村", "张庄一村", "张庄二村", "东张庄村"]
    assert len({place_stem(name) for name in names}) == len(names)


def test_known_zones_are_taken_off_wherever_they_stand_in_front():
    assert place_stem("开发区丁庄村", above=["开发区"]) == "丁庄"
    assert place_stem("云岫丁庄村", above=["云岫"]) == "丁庄"
    assert place_stem("云岫村", above=["云岫"]) == "云岫"


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("丁庄村卫生室", "丁庄"), ("丁庄卫生所", "丁庄"), ("丁庄村中心村卫生室", "丁庄"), ("丁庄卫生站", "丁庄"),
        ("云岫镇卫生院丁庄村第一卫生室", "丁庄"), ("云岫镇丁庄村卫生室（一体化）", "丁庄"),
        ("丁庄村二卫生室", "丁庄"), ("丁庄村1号卫生室", "丁庄"), ("丁庄一村卫生室", "丁庄一"),
        ("丁庄村卫生室服务点", "丁庄"), ("霁陂街道社区卫生服务中心和安社区卫生服务站", "和安"),
        ("东村卫生室", "东村"), ("卫生室", ""), ("", ""),
    ],
)  # fmt: skip
def test_clinics(text, stem):
    assert facility_stem(text) == stem


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("云岫镇人民政府", "云岫"), ("云岫乡", "云岫"), ("霁陂街道办事处", "霁陂"), ("霁陂街道", "霁陂"),
        ("示例县云岫镇", "云岫"), ("历城区", "历城"), ("示例县", "示例"), ("城关镇", "城关"), ("", ""),
    ],
)  # fmt: skip
def test_zones(text, stem):
    assert zone_stem(text) == stem


def test_a_plain_name():
    assert plain_name(" 丁庄 第１村（原丁寨）") == "丁庄一村"
    assert plain_name("（丁庄）") == "丁庄"
    assert plain_name("ＡＢ·丁庄") == "ab丁庄"


@given(NAMES)
def test_bringing_to_one_form_twice_changes_nothing(text):
    for form in (plain_name, place_stem, zone_stem):
        assert form(form(text)) == form(text)
    assert place_stem(facility_stem(text)) == facility_stem(text)


@given(NAMES)
def test_blanks_and_full_width_change_nothing(text):
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    assert place_stem(f" {wide}\u3000") == place_stem(text)


@given(st.text(st.sampled_from("丁庄李家王寨前后大小"), min_size=2, max_size=4))
def test_a_clinic_is_named_after_its_village_under_any_spelling(name):
    for ending in (
        "村卫生室",
        "卫生室",
        "村卫生所",
        "村第一卫生室",
        "村中心村卫生室",
        "村卫生室（分室）",
    ):
        assert facility_stem(f"云岫镇卫生院{name}{ending}") == place_stem(f"{name}村委会")


def points(names, places, index):
    column = "demand_name" if index == "demand_id" else "facility_name"
    ids = [f"{index[0]}{number}" for number in range(1, len(names) + 1)]
    return gpd.GeoDataFrame(
        {column: pd.Series(names, dtype="str").to_numpy()},
        index=pd.Index(ids, name=index),
        geometry=[Point(place) for place in places],
        crs="EPSG:4548",
    )


class TestVillagesWithoutClinic:
    """丁庄 and 李庄 lie 10 km apart on a line; 王庄 lies 1,500 m from the clinic of 丁庄."""

    def villages(
        self, names=("丁庄村", "李庄村", "王庄村"), places=((0, 0), (10_000, 0), (1500, 0))
    ):
        return points(names, places, "demand_id")

    def test_by_name_and_by_distance(self):
        clinics = points(["云岫镇卫生院丁庄村第一卫生室"], [(0, 0)], "facility_id")
        missing = villages_without_clinic(self.villages(), clinics)
        assert missing.index.tolist() == ["d2"]
        assert missing.iloc[0].tolist() == ["李庄村", "f1", "云岫镇卫生院丁庄村第一卫生室", 10_000]

    def test_the_distance_is_inclusive(self):
        clinics = points(["丁庄村卫生室"], [(0, 0)], "facility_id")
        missing = villages_without_clinic(self.villages(), clinics, nearby_m=1499.9)
        assert missing.index.tolist() == ["d2", "d3"]

    def test_a_name_counts_however_far_off_the_clinic_is_drawn(self):
        clinics = points(["李庄卫生所", "丁庄卫生室"], [(0, 0), (0, 0)], "facility_id")
        assert villages_without_clinic(self.villages(), clinics).empty

    def test_two_villages_of_one_name_need_two_clinics(self):
        villages = self.villages(["丁庄村", "丁庄村"], [(0, 0), (10_000, 0)])
        clinics = points(["丁庄村卫生室"], [(9000, 2000)], "facility_id")
        assert villages_without_clinic(villages, clinics).index.tolist() == ["d1"]

    def test_without_any_clinic(self):
        missing = villages_without_clinic(self.villages(), points([], [], "facility_id"))
        assert missing.index.tolist() == ["d1", "d2", "d3"]
        assert missing["nearest_clinic"].isna().all()
        assert np.isinf(missing["distance_m"]).all()

    def test_names_that_are_missing(self):
        villages = self.villages(["丁庄村", None, "王庄村"])
        clinics = points([None, "丁庄村卫生室"], [(50_000, 0), (0, 0)], "facility_id")
        missing = villages_without_clinic(villages, clinics)
        assert missing.index.tolist() == ["d2"]
        assert missing["demand_name"].isna().all()

    def test_no_villages(self):
        villages = points([], [], "demand_id")
        assert villages_without_clinic(villages, points(["甲"], [(0, 0)], "facility_id")).empty
