"""The kind of a facility from its name, category and code."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import SourceError
from layers.columns.facility_kinds import UNKNOWN, recognise_kinds
from layers.columns.kind_rules import load_kind_rules
from layers.standards import load_kinds
from tests.small_county import write_csv

KINDS = load_kinds()
RULES = load_kind_rules(kinds=KINDS)


def one(name="", category="", code=""):
    """Kind, whether certain, whether in conflict, and the rule of one facility."""
    table = recognise_kinds([name], [category], [code], kinds=KINDS, rules=RULES)
    kind, rule, certain, conflict = table.iloc[0]
    return None if pd.isna(kind) else kind, certain, conflict, rule


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("云岫镇卫生院丁庄村卫生室", "village_clinic"),
        ("丁庄村第一卫生室", "village_clinic"),
        ("丁庄村中心村卫生室", "central_village_clinic"),
        ("丁庄村卫生室服务点", "clinic_service_point"),
        ("丁庄村卫生室（原丁庄卫生院）", "village_clinic"),
        ("县人民医院城东社区卫生服务站", "community_health_station"),
        ("东关街道社区卫生服务中心", "community_health_centre"),
        ("云岫镇中心卫生院", "township_hospital"),
        ("云岫乡卫生院", "township_hospital"),
        ("示例县人民医院", "county_hospital"),
        ("示例县中医医院", "county_hospital"),
        ("山东省立医院", "provincial_hospital"),
        ("和谐康复医院", "rehabilitation_hospital"),
        ("爱心护理院", "nursing_hospital"),
        ("示例市精神卫生中心", "mental_health_institution"),
        ("光明眼科医院", "hospital"),
        ("示例区妇幼保健院", "maternal_child_institution"),
        ("示例县妇幼保健院", "county_hospital"),
        ("示例市妇幼保健计划生育服务中心", "maternal_child_institution"),
        ("示例市儿童医院", "childrens_hospital"),
        ("示例县疾病预防控制中心", "disease_control_centre"),
        ("示例区疾控中心", "disease_control_centre"),
        ("李明诊所", "clinic"),
        ("老年公寓医务室", "clinic"),
        ("示例县第一中学卫生室", "clinic"),
        ("县医院120急救站", "emergency_station"),
        ("示例县急救中心", "emergency_station"),
        ("云岫镇敬老院", "respect_home"),
        ("丁庄村幸福院", "happiness_home"),
        ("丁庄村农村幸福院", "happiness_home"),
        ("和安社区日间照料中心", "day_care_centre"),
        ("夕阳红老年公寓", "elderly_home"),
        ("示例县医养结合中心", "medical_elderly_home"),
        ("东关街道综合养老服务中心", "comprehensive_elderly_centre"),
        ("云岫镇区域性综合养老服务中心", "rural_elderly_centre"),
        ("和安社区居家养老服务站", "home_care_organisation"),
        ("丁庄村健身广场", "fitness_station"),
        ("丁庄卫生院家属区健身路径", "fitness_station"),
        ("示例县全民健身中心", "sports_centre"),
        ("示例县体育场", "stadium"),
        ("示例县体育馆", "sports_centre"),
        ("城东体育公园", "sports_park"),
        ("丁庄小学篮球场", "sports_ground"),
        ("滨河健身步道", "fitness_trail"),
        ("和安社区托育园", "nursery"),
        ("妇幼保健院婴幼儿照护服务中心", "nursery"),
        ("阳光幼儿园", "kindergarten"),
        ("示例县老年大学", "elderly_university"),
        ("公园路诊所", "clinic"),
        ("中山公园", "park"),
    ],
)
def test_a_name_settles_it(name, kind):
    found, certain, conflict, _ = one(name)
    assert (found, certain, conflict) == (kind, True, False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("邹城市人民医院", "hospital"), ("丁庄卫生所", "village_clinic"),
        ("李氏口腔", "clinic"), ("示例县社会福利院", "elderly_home"), ("丁庄村文化广场", "fitness_station"),
        ("力健健身房", "fitness_facility"), ("示例市妇女儿童医院", "maternal_child_institution"), ("国医堂", "tcm_hall"),
        ("东关街道社区卫生服务中心（东关医院）", "community_health_centre"),
    ],
)  # fmt: skip
def test_a_name_that_leaves_a_doubt(name, kind):
    found, certain, conflict, _ = one(name)
    assert (found, certain, conflict) == (kind, False, False)


@pytest.mark.parametrize(
    "name", ["爱宠动物医院", "县卫生监督所", "人民医院停车场", "美丽医疗美容门诊部"]
)
def test_what_looks_like_a_facility_and_is_none(name):
    found, certain, _, rule = one(name)
    assert (found, certain) == (None, True)
    assert rule.startswith("名称以“")


@pytest.mark.parametrize("name", ["", "某某", "丁庄村", "示例公司", "无"])
def test_unknown_stays_unknown(name):
    assert one(name) == (None, False, False, UNKNOWN)


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("县人民医院医共体柴胡店分院", "医共体柴胡店分院"), ("县人民医院急诊科", "急诊科"),
        ("县中医院健康管理中心", "健康管理中心"), ("柴胡店镇卫生院旁边", "旁边"),
    ],
)  # fmt: skip
def test_a_word_in_the_middle_of_a_name_settles_nothing(name, rest):
    kind, certain, conflict, rule = one(name)
    assert (kind is not None, certain, conflict) == (True, False, False)
    assert rule.endswith(f"后面还有“{rest}”）")


@pytest.mark.parametrize(
    "name",
    ["县人民医院东院区", "县人民医院南院", "刘庄卫生室2", "刘庄卫生室第二", "刘庄卫生室３号"],
)
def test_a_number_or_a_site_behind_the_word_changes_nothing(name):
    assert one(name)[1:3] == (True, False)


@pytest.mark.parametrize(
    "name",
    [
        "柴胡店镇卫生院家属楼", "急救站培训中心", "敬老院路", "健身器材厂", "健身器材专卖店",
        "健身广场舞协会", "幼儿园用品店",
    ],
)  # fmt: skip
def test_roads_shops_and_clubs_named_after_a_facility_do_not_count(name):
    kind, certain, _, rule = one(name)
    assert (kind, certain) == (None, True)
    assert rule.endswith("（是道路、厂店、团体或住宅，不是设施本身）")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("刘庄卫生室（已注销）", "注销"), ("刘庄卫生室（停业）", "停业"), ("刘庄卫生室(在建)", "在建"),
        ("刘庄卫生室旧址", "旧址"), ("原刘庄卫生室", "原"), ("（原）刘庄卫生室", "原"),
        ("刘庄卫生室已撤销", "撤销"), ("拟建刘庄卫生室", "拟建"), ("刘庄卫生室（规划）", "规划"),
        ("刘庄卫生室【关闭】", "关闭"),
    ],
)  # fmt: skip
def test_what_is_no_more_or_not_yet_is_proposed_as_not_counted(name, word):
    assert one(name) == (None, False, False, f"名称写有“{word}”，可能没有在用")
    assert one(name, "村卫生室")[:3] == (None, False, True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("原平市中医医院", "tcm_hospital"), ("原村卫生室", "village_clinic"),
        ("示例县规划展览馆", "museum"), ("所在建设路诊所", "clinic"), ("会议旧址纪念馆", "museum"),
    ],
)  # fmt: skip
def test_names_of_places_are_no_status(name, kind):
    assert one(name)[:2] == (kind, True)


def test_the_rule_is_shown():
    assert one("云岫镇中心卫生院")[3] == "名称以“镇中心卫生院”结尾"
    assert one("丁庄卫生所")[3] == "名称以“卫生所”结尾（没有写“村”，可能是单位内部的卫生所）"
    assert one("", "村卫生室")[3] == "类别写的是“村卫生室”"
    assert one("", "", "090102")[3] == "高德编码 090102（卫生院）"


class TestCategories:
    @pytest.mark.parametrize(
        ("category", "kind"),
        [
            ("村卫生室", "village_clinic"), ("卫生室", "village_clinic"), ("乡镇卫生院", "township_hospital"),
            ("医疗保健服务；急救中心；急救站", "emergency_station"), ("医疗保健服务;综合医院;卫生院", "township_hospital"),
            ("体育休闲服务;运动场馆;篮球场馆", "sports_ground"), ("专科医院", "hospital"),
            ("养老机构（民办）", "elderly_home"), ("农村特困人员供养服务机构", "respect_home"),
            (" 健身 站点 ", "fitness_station"),
        ],
    )  # fmt: skip
    def test_a_column_of_categories(self, category, kind):
        assert one("某某", category)[:3] == (kind, True, False)

    @pytest.mark.parametrize(
        "category", ["", "—", "无", "民办非企业", "医疗保健服务;医疗保健服务场所"]
    )
    def test_a_category_that_says_nothing(self, category):
        assert one("丁庄村卫生室", category)[:3] == ("village_clinic", True, False)

    def test_the_labels_of_a_map_come_after_the_name(self):
        middle = "医疗保健服务;综合医院;综合医院"
        assert one("张庄镇卫生院", middle, "090100")[:3] == ("township_hospital", True, False)
        assert one("某某", middle)[:3] == ("general_hospital", False, False)
        assert one("丁庄村卫生室", "医疗保健服务;诊所;诊所")[:3] == ("village_clinic", True, False)
        assert one("李家", "医疗保健服务;专科医院;口腔医院")[:3] == ("hospital", True, False)

    def test_the_narrower_holds_where_one_embraces_the_other(self):
        assert one("丁庄村卫生室", "中心村卫生室")[:3] == ("central_village_clinic", True, False)
        assert one("丁庄村中心村卫生室", "村卫生室")[:3] == ("central_village_clinic", True, False)
        assert one("云岫镇敬老院", "养老机构")[:3] == ("respect_home", True, False)
        assert one("丁庄卫生所", "村卫生室")[:3] == ("village_clinic", True, False)

    def test_tier_and_type_are_no_contradiction(self):
        assert one("示例县人民医院", "综合医院")[:3] == ("county_hospital", True, False)
        assert one("示例县中医医院", "中医医院")[:3] == ("county_hospital", True, False)

    def test_a_contradiction_is_reported(self):
        assert one("丁庄村卫生室", "诊所") == (
            "clinic", False, True,
            "类别写的是“诊所”；但名称以“村卫生室”结尾，属“村卫生室”，两者不一致，请核对",
        )  # fmt: skip
        assert one("李庄小学", "村卫生室")[:3] == ("village_clinic", False, True)

    def test_a_coarse_category_gives_way_to_a_certain_name(self):
        kind, certain, conflict, rule = one("张庄镇卫生院", "医院")
        assert (kind, certain, conflict) == ("township_hospital", False, True)
        assert rule == "名称以“镇卫生院”结尾；但类别写的是“医院”，属“医院”，两者不一致，请核对"

    def test_part_of_a_hospital_under_the_category_hospital(self):
        kind, certain, conflict, _ = one("人民医院停车场", "医疗保健服务;综合医院;综合医院")
        assert (kind, certain, conflict) == (None, False, True)


class TestCodes:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("090102", "township_hospital"), ("090200", "hospital"), ("090400", "emergency_station"),
            ("90102", "township_hospital"),  # Excel took the zero away
            ("90102.0", "township_hospital"), ("080108", "fitness_station"),
            ("090100|090102", "township_hospital"), ("141204", "kindergarten"),
        ],
    )  # fmt: skip
    def test_amap(self, code, kind):
        assert one("某某", "", code)[:3] == (kind, True, False)

    def test_the_middle_class_alone_is_a_doubt(self):
        assert one("某某", "", "090300")[:2] == ("clinic", False)
        assert one("丁庄村卫生室", "", "090300")[:3] == ("village_clinic", True, False)

    @pytest.mark.parametrize("code", ["", "060400", "x", "999999"])
    def test_codes_of_something_else(self, code):
        assert one("某某", "", code) == (None, False, False, UNKNOWN)

    def test_an_animal_doctor(self):
        assert one("李家", "", "090701")[:2] == (None, True)

    @pytest.mark.parametrize(
        ("tags", "kind"),
        [
            ("amenity=pharmacy", "pharmacy"),
            ("amenity=clinic;name=丁庄村卫生室", "village_clinic"),
            ('"leisure"=>"pitch", "sport"=>"basketball"', "sports_ground"),
        ],
    )
    def test_openstreetmap(self, tags, kind):
        assert one("某某", "", tags)[:2] == (kind, True)

    def test_openstreetmap_uses_the_name(self):
        found, _, _, rule = one("丁庄", "", "amenity=clinic")
        assert (found, rule) == ("primary_care", "开放街图标签 amenity=clinic")


def test_every_demo_facility_agrees_with_its_category(root):
    for part in ("clinics", "elderly", "hospitals", "emergency", "childcare"):
        path = root / "data" / "facilities" / f"demo_county_{part}.csv"
        listed = pd.read_csv(path, dtype=str)
        table = recognise_kinds(listed["名称"], kinds=KINDS)
        both = recognise_kinds(listed["名称"], listed["类别"], kinds=KINDS)
        assert table["kind"].notna().all()
        assert not both["conflict"].any()


def test_rows_in_are_rows_out():
    names = ["丁庄村卫生室", "", "某某", "丁庄村卫生室"]
    table = recognise_kinds(names, kinds=KINDS)
    assert table.index.tolist() == [0, 1, 2, 3]
    assert list(table.columns) == ["kind", "rule", "certain", "conflict"]
    assert table["kind"].isna().tolist() == [False, True, True, False]
    assert len(recognise_kinds([], [], [], kinds=KINDS)) == 0


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("map,医院,hospital,是,", "第 2 行的 source「map」不认识，只能是 name、category、amap。"),
        ("name,医院,hospitl,是,", "第 2 行的设施类别「hospitl」不在设施类别表里，最接近的是「hospital」。"),
        ("name,医院,hospital,yes,", "第 2 行的 certain 应为“是”或“否”，现为「yes」。"),
        ("name,院,hospital,是,", "第 2 行的词“院”太短，至少要 2 个字。"),
        ("name,医院|医院,hospital,是,", "第 2 行的“医院”前面已经写过。请删去一处。"),
        ("name,医院", "第 2 行应有 5 列。"),
    ],
)  # fmt: skip
def test_a_broken_table_of_rules(tmp_path, line, fault):
    path = write_csv(tmp_path / "r.csv", "source,words,kind,certain,note", line)
    with pytest.raises(SourceError) as caught:
        load_kind_rules(path, kinds=KINDS)
    assert str(caught.value) == f"设施类别规则表「r.csv」{fault}"


def test_no_table_of_rules(tmp_path):
    with pytest.raises(SourceError, match="读不出来"):
        load_kind_rules(tmp_path / "none.csv", kinds=KINDS)
    with pytest.raises(SourceError, match="的表头应为 source,words,kind,certain,note"):
        load_kind_rules(write_csv(tmp_path / "r.csv", "a,b"), kinds=KINDS)


@given(st.text(max_size=8), st.sampled_from(["村卫生室", "敬老院", "健身广场", "急救站", "托育园"]))
def test_what_a_name_ends_with_decides_whatever_stands_before(front, end):
    quiet = "".join(sign for sign in front if sign not in "([{【〔〈《「（［｛")
    alone, with_front = one(end)[0], one(quiet + end)[0]
    assert with_front in {alone, "central_village_clinic", "general_village_clinic"}


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_any_text_gives_a_known_kind_or_none(name, category, code):
    kind, certain, conflict, rule = one(name, category, code)
    assert kind is None or kind in KINDS
    assert rule
    assert not (certain and conflict)
