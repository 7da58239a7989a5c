"""Plans: their grammar, every fault in one sentence, the planner's choices, the template."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.errors import OutputError
from coverage.rules.choices import ReportedFigure, TargetChoices, Waiver
from coverage.rules.target import (
    CapacityShare,
    Colocated,
    FacilityCount,
    FacilityFilter,
    FacilityShare,
    PerPopulation,
    Reported,
    Served,
    ServedByAll,
    Territory,
    UnitNeed,
    UnitsServed,
    UnitsWithFacility,
    YearValue,
)
from layers.checks.filler_rows import EXAMPLE_MARK
from layers.formats.outline import ReadingOptions
from layers.formats.workbooks import read_sheet
from layers.planning.choices_file import plans_in_use, read_choices, write_choices
from layers.planning.plan_faults import PlanError
from layers.planning.plan_tables import plan_from_table
from layers.planning.subjects import (
    DEEPEST,
    LONGEST,
    SubjectFault,
    SubjectPart,
    facility_choice,
    spelt_out,
    subject_parts,
    subject_sides,
)
from layers.planning.toml_tables import tables_text
from layers.planning.words import QUANTITIES, RULES
from layers.plans import MOST_BYTES, catalogues, load_plan, load_plans
from layers.settings import read_toml
from layers.standards import load_kinds, load_modes, load_standards
from layers.tables import SourceTable
from reports.forms.entry_sheet import ENTRY_SHEET
from reports.forms.guide_sheet import GUIDE_SHEET
from reports.forms.plan_columns import PLAN_COLUMNS
from reports.templates import plan_template_bytes

KINDS = load_kinds()
STANDARDS = load_standards()
MODES = load_modes()
NAMES = catalogues(KINDS, STANDARDS, MODES)
CODES = {word: code for code, kind in KINDS.items() for word in (kind.name, *kind.aliases)}

HEAD = {
    "id": "own",
    "title": "示例县卫生规划",
    "publisher": "示例县人民政府",
    "area": "示例县",
    "area_level": "county",
    "years": [2021, 2025],
}

ABOUT = {"indicator": "指标", "section": "一", "quote": "原文"}

BEDS = {
    "id": "beds",
    "rule": "capacity_per_population",
    **ABOUT,
    "unit": "张",
    "subject": "医疗卫生机构.床位",
    "per": 1000,
    "values": [{"year": 2025, "value": 8}],
}

CIRCLE = {
    "id": "circle",
    "rule": "served_within_time",
    **ABOUT,
    "unit": "%",
    "subject": "村卫生室",
    "minutes": 15,
    "mode": "walk",
    "open": "规划未给出数值",
}

UNITS = {
    "id": "units",
    "rule": "units_with_facility",
    **ABOUT,
    "unit": "%",
    "units": "乡镇",
    "subject": "敬老院",
    "values": [{"year": 2025, "value": 100}],
}

COUNT = {
    "id": "count",
    "rule": "facility_count",
    **ABOUT,
    "unit": "处",
    "subject": "日间照料中心",
    "values": [{"year": 2025, "value": 500}],
}

SHARE = {
    "id": "share",
    "rule": "facility_share",
    **ABOUT,
    "unit": "%",
    "subject": "村卫生室[中医药服务]/村卫生室",
    "values": [{"year": 2025, "value": 75}],
}

REPORTED = {
    "id": "reported",
    "rule": "reported",
    **ABOUT,
    "unit": "岁",
    "values": [{"year": 2025, "value": 80}],
}


@pytest.fixture
def write(tmp_path):
    def put(*targets, head=HEAD, name="own.toml", **tables):
        path = tmp_path / name
        path.write_text(tables_text({"plan": head, "targets": list(targets), **tables}), "utf-8")
        return path

    return put


def load(path):
    return load_plan(path, kinds=KINDS, standards=STANDARDS, modes=MODES)


@pytest.fixture
def said(write):
    """What is said of a plan of these targets, without the beginning."""

    def message(*targets, **kwargs):
        with pytest.raises(PlanError) as caught:
            load(write(*targets, **kwargs))
        return str(caught.value).removeprefix("规划文件「own.toml」有 ")

    return message


@pytest.fixture
def ask(write):
    def made(target, **changes):
        return load(write({**target, **changes})).targets[0].ask

    return made


def without(target, *keys):
    return {key: value for key, value in target.items() if key not in keys}


class TestSubjects:
    def test_conditions_belong_to_their_kind_and_brackets_share_them(self):
        assert subject_parts("镇卫生院+社区卫生服务中心[基本标准]") == (
            SubjectPart("镇卫生院"),
            SubjectPart("社区卫生服务中心", ("基本标准",)),
        )
        assert subject_parts("(镇卫生院+社区卫生服务中心)[基本标准].床位") == (
            SubjectPart("镇卫生院", ("基本标准",), "床位"),
            SubjectPart("社区卫生服务中心", ("基本标准",), "床位"),
        )

    def test_comma_is_and_bar_is_or(self):
        assert [one.conditions for one in subject_parts("医院[三级, 社会办 | 卒中中心]")] == [
            ("三级", "社会办"),
            ("卒中中心",),
        ]

    def test_full_width_brackets_belong_to_names(self):
        assert subject_parts("国医堂（中医馆）[品牌].执业（助理）医师") == (
            SubjectPart("国医堂（中医馆）", ("品牌",), "执业（助理）医师"),
        )

    def test_conditions_mean_grade_tier_owner_or_feature(self):
        choice, quantity = facility_choice("综合医院[二级及以上,县级及以上,公立,老年医学科]", KINDS)
        assert quantity == ""
        assert choice == (
            FacilityFilter(
                ("general_hospital",), ("二级", "三级"), ("county", "city", "province"), "公立", ("老年医学科",),
                "综合医院[二级及以上,县级及以上,公立,老年医学科]",
            ),
        )  # fmt: skip

    def test_the_grade_or_tier_alone_means_no_higher_one(self):
        assert facility_choice("医院[二级]", KINDS)[0][0].grades == ("二级",)
        assert facility_choice("医院[二级以上]", KINDS)[0][0].grades == ("二级", "三级")
        assert facility_choice("养老机构[县级]", KINDS)[0][0].tiers == ("county",)

    def test_umbrellas_are_spelt_out_at_any_depth(self):
        named = {
            "one": replace(KINDS["park"], members=("two",)),
            "two": replace(KINDS["park"], members=("three", "one")),
            "three": replace(KINDS["park"], members=()),
            "four": KINDS["park"],
        }
        assert spelt_out("one", named) == ("one", "two", "three")
        assert spelt_out("three", named) == ("three",)

    def test_an_alias_is_its_kind(self):
        assert facility_choice("乡镇卫生院", KINDS)[0][0].kinds == ("township_hospital",)

    def test_sides_are_cut_outside_brackets_only(self):
        assert subject_sides("甲[一/二]/(乙/丙)", "/") == ("甲[一/二]", "(乙/丙)")
        assert subject_sides("甲~乙~丙", "~") == ("甲", "乙", "丙")

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "“”的写法不对，问题在结尾处（分组请用半角括号，括号要成对）"),
            ("医院+", "“医院+”的写法不对，问题在结尾处（分组请用半角括号，括号要成对）"),
            ("医院)", "“医院)”的写法不对，问题在第 3 个字处的“)”（分组请用半角括号，括号要成对）"),
            ("(医院", "“(医院”的写法不对，问题在结尾处（分组请用半角括号，括号要成对）"),
            ("医院[]", "“医院[]”的写法不对，问题在第 4 个字处的“]”（分组请用半角括号，括号要成对）"),
            ("医院[三级][好]",
             "“医院[三级][好]”的写法不对，问题在第 7 个字处的“[”（分组请用半角括号，括号要成对）"),
            ("医院,公园", "“医院,公园”的写法不对，问题在第 3 个字处的“,”"),
            ("(医院.床位).床位", "“(医院.床位).床位”的写法不对，问题在第 9 个字处的“床”"),
            ("村卫生站", "没有“村卫生站”这种设施，最接近的是“村卫生室”"),
            ("医院.床", "没有“床”这种数量，最接近的是“床位”"),
            ("医院+诊所.床位",
             "各类设施的数量不一致（没有写、“床位”）；几类合计的请写成 (甲+乙).床位"),
            ("医院[二级,三级]", "“医院[二级,三级]”的等级写了 2 个，“或”的关系请用 | 隔开"),
            ("医院[公立,社会办]", "“医院[公立,社会办]”的举办性质写了 2 个，“或”的关系请用 | 隔开"),
            ("医" * (LONGEST + 1), "太长（501 个字，最多 500 个）"),
            ("(" * (DEEPEST + 1) + "医院" + ")" * (DEEPEST + 1), "括号套了 4 层以上，请写得简单些"),
            ("(" * 400, "括号套了 4 层以上，请写得简单些"),
            ("((医院[1|2|3|4|5])[1|2|3|4|5])[1|2|3|4|5]", "展开后有 100 种以上的组合，请写得简单些"),
        ],
    )  # fmt: skip
    def test_every_fault_has_its_sentence(self, text, sentence):
        with pytest.raises(SubjectFault) as caught:
            facility_choice(text, KINDS)
        assert str(caught.value) == sentence

    names = st.text("医院卫生室（）中心A1·", min_size=1, max_size=6)
    parts = st.builds(SubjectPart, names, st.lists(names, max_size=3).map(tuple), st.just(""))

    @given(st.lists(parts, min_size=1, max_size=5), st.sampled_from(["", *QUANTITIES]), st.data())
    @settings(max_examples=80, deadline=None)
    def test_what_is_written_is_read(self, parts, quantity, data):
        signs = data.draw(st.lists(st.sampled_from("+|"), min_size=5, max_size=5))
        blanks = data.draw(st.sampled_from(["", " "]))
        texts = [one.text.replace(",", f",{blanks}") for one in parts]
        text = texts[0] + "".join(
            f"{blanks}{sign}{blanks}{one}" for sign, one in zip(signs, texts[1:], strict=False)
        )
        assert subject_parts(text) == tuple(parts)
        if quantity:
            assert subject_parts(f"({text}).{quantity}") == tuple(
                replace(one, quantity=quantity) for one in parts
            )

    @given(st.text("医院+|()[],./~ ", max_size=40))
    @settings(max_examples=150, deadline=None)
    def test_any_text_is_read_or_refused(self, text):
        with contextlib.suppress(SubjectFault):
            assert all(one.kind for one in subject_parts(text))


class TestAsks:
    def test_served_within_time(self, ask):
        kinds = facility_choice("村卫生室", KINDS)[0]
        assert ask(CIRCLE) == Served(kinds, "travel_time", 900.0, "walk")
        assert ask(without(CIRCLE, "minutes")).cutoff is None
        assert ask(CIRCLE, direction="from_facility").direction == "from_facility"

    def test_served_as_a_standard_reads_it(self, ask):
        circle = without(CIRCLE, "mode", "minutes")
        assert ask(circle, reading="health_circle_15") == Served(
            facility_choice("村卫生室", KINDS)[0], "travel_time", 900.0, "walk_or_ride",
            "to_facility", "health_circle_15",
        )  # fmt: skip
        two_legs = ask(circle, reading="rescue_ring_30_two_legs")
        assert (two_legs.mode_id, two_legs.cutoff) == ("ambulance", 1800.0)

    def test_served_within_distance(self, ask):
        near = {**without(CIRCLE, "minutes"), "rule": "served_within_distance"}
        by_road = ask(near, kilometres=2.5, measure="network")
        assert (by_road.measure, by_road.cutoff, by_road.mode_id) == (
            "network_distance", 2500.0, "walk",
        )  # fmt: skip
        straight = ask(without(near, "mode"), metres=300, measure="straight")
        assert (straight.measure, straight.cutoff, straight.mode_id) == ("straight_line", 300.0, "")
        read = ask(without(near, "mode"), reading="health_circle_15_straight_2500m")
        assert (read.measure, read.cutoff, read.mode_id) == ("straight_line", 2500.0, "")

    def test_served_by_all(self, ask):
        all_of = {**without(CIRCLE, "subject"), "rule": "served_by_all_within_time"}
        parts = [{"name": "教育", "subject": "教育设施"}, {"name": "休憩", "subject": "公园绿地"}]
        assert ask(all_of, parts=parts) == ServedByAll(
            (
                ("教育", facility_choice("教育设施", KINDS)[0]),
                ("休憩", facility_choice("公园绿地", KINDS)[0]),
            ),
            900.0,
            "walk",
        )

    def test_per_population(self, ask, write):
        assert ask(BEDS) == PerPopulation(
            facility_choice("医疗卫生机构", KINDS)[0], "capacity_beds", 1000.0
        )
        area = {**without(BEDS, "per"), "rule": "area_per_population", "unit": "平方米"}
        assert ask(area, subject="健身设施.用地面积") == PerPopulation(
            facility_choice("健身设施", KINDS)[0], "land_area_m2", 1.0
        )
        target = load(write({**BEDS, "group": "户籍老年人（60岁及以上）"})).targets[0]
        assert (target.group, target.gap_unit) == ("population_60plus", "张")

    def test_units(self, ask):
        homes = facility_choice("敬老院", KINDS)[0]
        assert ask(UNITS) == UnitsWithFacility((UnitNeed("township", homes),))
        need = {"units": "县（市）", "subject": "敬老院", "at_least": 2, "over_wan": 80}
        assert ask(without(UNITS, "units", "subject"), needs=[need]) == UnitsWithFacility(
            (UnitNeed("county_not_district", homes, 2, 800_000.0),)
        )
        assert ask({**UNITS, "rule": "units_served"}, units="农村社区", radius_m=1000) == (
            UnitsServed("village", homes, 1000.0)
        )

    def test_counts_and_shares(self, ask, write):
        assert ask(COUNT, each_in=["东", "中", "西"]) == FacilityCount(
            facility_choice("日间照料中心", KINDS)[0], ("东", "中", "西")
        )
        assert ask(SHARE) == FacilityShare(
            facility_choice("村卫生室[中医药服务]", KINDS)[0], facility_choice("村卫生室", KINDS)[0]
        )
        homes = facility_choice("养老机构", KINDS)[0]
        nursing = {
            **SHARE, "rule": "capacity_share", "subject": "养老机构.护理型床位/养老机构.床位",
        }  # fmt: skip
        assert ask(nursing) == CapacityShare(homes, "capacity_nursing_beds", homes, "capacity_beds")
        assert load(write(nursing)).targets[0].gap_unit == "张"
        pair = {**SHARE, "rule": "colocated_within_distance", "subject": "村卫生室~敬老院"}
        assert ask(pair, within_m=300).within_m == 300.0
        assert isinstance(ask(pair), Colocated)

    def test_territory_and_reported(self, ask):
        grid = {**REPORTED, "rule": "territory_assignment", "unit": "%"}
        assert ask(grid, leaders=["市中心医院", "市人民医院"]) == Territory(
            ("市中心医院", "市人民医院")
        )
        assert ask(REPORTED) == Reported()

    @pytest.mark.parametrize(
        ("target", "unit"),
        [(CIRCLE, "人"), (BEDS, "张"), (UNITS, "个"), (COUNT, "处"), (SHARE, "处"),
         (REPORTED, "岁")],
    )  # fmt: skip
    def test_the_gap_has_the_unit_of_the_rule(self, write, target, unit):
        assert load(write(target)).targets[0].gap_unit == unit


class TestTargets:
    def test_everything_a_target_says_is_kept(self, write):
        target = load(
            write(
                {
                    **REPORTED,
                    "unit": "1/10万",
                    "baseline": [{"year": 2020, "value": 5.28}],
                    "values": [{"year": 2030, "value": 8.5}, {"year": 2025, "value": 9}],
                    "better": "lower",
                    "binding": "约束性",
                    "department": "县卫生健康局",
                    "conflict": "两处单位不同",
                    "note": "按正文",
                    "indicator_id": "maternal_mortality",
                    "scope": "农村地区",
                }
            )
        ).targets[0]
        assert target.values == (YearValue(2025, 9.0), YearValue(2030, 8.5))
        assert target.baseline == (YearValue(2020, 5.28),)
        assert (target.better, target.binding, target.department) == (
            "lower", "约束性", "县卫生健康局",
        )  # fmt: skip
        assert target.note == "规划前后不一致：两处单位不同；按正文"
        assert (target.scope, target.scope_name, target.area_level) == (
            "rural", "农村地区", "county",
        )  # fmt: skip
        assert target.target_id == "own/reported"
        assert (target.clause.title, target.clause.quote) == ("示例县卫生规划", "原文")
        assert target.plan_id == "own"

    def test_a_named_area_is_the_scope(self, write):
        target = load(write({**CIRCLE, "area_name": "起步区"})).targets[0]
        assert (target.scope, target.scope_name) == ("named", "起步区")

    @pytest.mark.parametrize(
        ("changes", "is_total"),
        [
            ({"unit": "亿元"}, True),
            ({"unit": "家"}, True),
            ({"unit": "人", "indicator": "每千人指导员数"}, False),
            ({"unit": "张", "indicator": "人均床位"}, False),
            ({"unit": "%"}, False),
            ({"unit": "人", "total": False}, False),
        ],
    )
    def test_sums_of_the_whole_area_are_told_from_rates(self, write, changes, is_total):
        assert load(write({**REPORTED, **changes})).targets[0].is_total is is_total

    def test_counts_are_totals_unless_said_otherwise(self, write):
        assert load(write(COUNT)).targets[0].is_total
        assert not load(write({**COUNT, "total": False})).targets[0].is_total

    def test_hostile_texts_stay_texts(self, write):
        text = "<script>alert(1)</script>{{ 7*7 }}{% raw %}=1+1"
        target = load(write({**REPORTED, "indicator": text, "quote": text})).targets[0]
        assert (target.indicator, target.clause.quote) == (text, text)

    def test_the_order_of_the_file_is_kept(self, write):
        ids = [one["id"] for one in (UNITS, BEDS, CIRCLE)]
        plan = load(write(UNITS, BEDS, CIRCLE))
        assert [one.target_id for one in plan.targets] == [f"own/{one}" for one in ids]
        assert (plan.first_year, plan.last_year, plan.area) == (2021, 2025, "示例县")


class TestFaults:
    @pytest.mark.parametrize(
        ("target", "sentence"),
        [
            ({**BEDS, "rule": "capacity_per_populatio"},
             "的「rule」：没有“capacity_per_populatio”这种核算规则，最接近的是“capacity_per_population”。"),
            ({**COUNT, "unit": "%"},
             ("的「unit」是“%”，核算规则 facility_count（设施数量）的单位只能是 "
             "处、个、所、家、座、间、块、片、支、只、条、台、辆。")),
            ({**BEDS, "unit": "个"}, "的「unit」是“个”，床位的单位应为 张。"),
            ({**BEDS, "values": [{"year": 2025, "value": 8}, {"year": 2025, "value": 9}]},
             "的「values」里 2025 年写了 2 次，每年只能有一个数。"),
            ({**BEDS, "baseline": [{"year": 2020, "value": 8}, {"year": 2020, "value": 8}]},
             "的「baseline」里 2020 年写了 2 次，每年只能有一个数。"),
            ({**BEDS, "values": [{"year": 2025, "value": "8"}]},
             "的「values」的第 1 项的「value」应为数字，现为 '8'。"),
            ({**BEDS, "values": [{"year": 2025, "value": True}]},
             "的「values」的第 1 项的「value」应为数字，现为 True。"),
            ({**BEDS, "values": [{"year": 25, "value": 8}]},
             "的「values」的第 1 项的「year」不得小于 1949，现为 25。"),
            ({**BEDS, "values": [{"year": 2025, "value": -1}]},
             "的「values」里 2025 年的数是 -1，不得小于 0。"),
            (without(BEDS, "quote"), "缺少「quote」。"),
            ({**BEDS, "quote": ""}, "的「quote」不得为空，现为 ''。"),
            ({**BEDS, "quote": "a\0b"}, "的「quote」有不可见的控制字符，请删去。"),
            ({**BEDS, "subject": "医疗卫生机够.床位"},
             "的「subject」：没有“医疗卫生机够”这种设施，最接近的是“医疗卫生机构”。"),
            ({**BEDS, "subject": "医院.床"}, "的「subject」：没有“床”这种数量，最接近的是“床位”。"),
            ({**BEDS, "subject": "医院"},
             ("的「subject」：“医院”后面要写明合计哪个数量：.床位、.护理型床位、.托位、"
             ".执业（助理）医师、.中医执业（助理）医师、.注册护士、.药师（士）、.公共卫生人员、.全科医生。")),
            ({**BEDS, "subject": "医院.面积"},
             ("的「subject」：“医院.面积”后面要写明合计哪个数量：.床位、.护理型床位、.托位、"
             ".执业（助理）医师、.中医执业（助理）医师、.注册护士、.药师（士）、.公共卫生人员、.全科医生。")),
            ({**BEDS, "group": "老年"}, "的「group」：没有“老年”这种人群，最接近的是“老年人”。"),
            ({**BEDS, "scope": "农村区"}, "的「scope」：没有“农村区”这种范围，最接近的是“农村地区”。"),
            ({**BEDS, "scope": "全域", "area_name": "起步区"},
             "的「scope」和「area_name」只能写一项：范围已由 area_name 指定。"),
            ({**BEDS, "minutes": 15},
             "的「minutes」对核算规则 capacity_per_population（人均容量）不起作用，请删去。"),
            ({**REPORTED, "subject": "医院"},
             "的「subject」对核算规则 reported（填报值）不起作用，请删去。"),
            ({**SHARE, "total": True},
             "的「total」对核算规则 facility_share（设施占比）不起作用，请删去。"),
            (without(BEDS, "per"), "缺少「per」。"),
            (without(BEDS, "subject"), "缺少「subject」。"),
            ({**SHARE, "values": [{"year": 2025, "value": 750}]},
             "的「values」里 2025 年的数是 750%，占比不得超过 100%。"),
            ({**REPORTED, "unit": "%", "values": [{"year": 2025, "value": 101}]},
             "的「values」里 2025 年的数是 101%，占比不得超过 100%。"),
            (without(BEDS, "values"),
             "的「values」和「open」都没有写：规划给出数值的写 values，没有给出的用 open 写明原因。"),
            ({**BEDS, "open": "未定"}, "的「open」不起作用：已经写了 values，请删去其中一项。"),
            ({**BEDS, "valeus": 3}, "的「valeus」不是已知的设置，最接近的是「values」。"),
            (without(CIRCLE, "mode"),
             "缺少「mode」：条款没有写明出行方式的，也要选定一种并在 note 里说明。"),
            ({**CIRCLE, "mode": "wolk"},
             "的「mode」：没有“wolk”这种出行方式，最接近的是“walk”。"),
            ({**CIRCLE, "subject": "医院.床位"},
             "的「subject」的“.床位”对这种核算规则不起作用，请删去。"),
            ({**CIRCLE, "reading": "health_circle_16"},
             "的「reading」：没有“health_circle_16”这种口径，最接近的是“health_circle_15”。"),
            ({**without(CIRCLE, "mode"), "minutes": 10, "reading": "health_circle_15"},
             "的「reading」：口径“15分钟（步行或骑行）”的阈值是 15 分钟，与本指标写的不同。"),
            ({**CIRCLE, "reading": "health_circle_15"},
             "的「mode」：口径“15分钟（步行或骑行）”用的是 walk_or_ride，与本指标写的 walk 不同。"),
            ({**without(CIRCLE, "mode", "minutes"), "reading": "health_circle_15_network_2500m"},
             "的「reading」：口径“2.5公里（路网距离）”的量法与本指标不同。"),
            ({**without(CIRCLE, "minutes"), "rule": "served_within_distance", "metres": 300},
             "缺少「measure」：写 network（路网距离）或 straight（直线距离）。"),
            ({**without(CIRCLE, "minutes"), "rule": "served_within_distance", "metres": 300,
              "measure": "straight"},
             "的「mode」不起作用：直线距离不分出行方式和方向，请删去。"),
            ({**without(CIRCLE, "minutes"), "rule": "served_within_distance", "metres": 300,
              "measure": "line"},
             "的「measure」只能是 network（路网距离）、straight（直线距离），现为“line”。"),
            ({**without(CIRCLE, "subject"), "rule": "served_by_all_within_time",
              "parts": [{"name": "教育", "subject": "学校"}]}, "的「parts」至少要有两类设施。"),
            ({**UNITS, "units": "乡镇办"}, "的「units」：没有“乡镇办”这种单元，最接近的是“乡镇”。"),
            (without(UNITS, "units"), "缺少「units」。"),
            ({**UNITS, "at_least": 0}, "的「at_least」不得小于 1，现为 0。"),
            ({**SHARE, "subject": "村卫生室"},
             "的「subject」应写成 甲/乙（乙为分母），“村卫生室”里有 0 个 /。"),
            ({**SHARE, "rule": "capacity_share", "subject": "养老机构.床位/养老机构.面积"},
             "的「subject」：“床位”论张，“面积”论平方米，不能相比。"),
            ({**REPORTED, "rule": "territory_assignment", "leaders": ["甲", "甲"]},
             "的「leaders」至少要有两家牵头机构，且不得重复。"),
        ],
    )  # fmt: skip
    def test_one_fault_one_sentence(self, said, target, sentence):
        assert said(target) == f"1 处问题：指标「{target['id']}」{sentence}"

    @pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
    def test_numbers_are_finite(self, write, number):
        path = write(BEDS)
        text = path.read_text("utf-8")
        path.write_text(text.replace("value = 8", f"value = {number}"), "utf-8")
        with pytest.raises(PlanError) as caught:
            load(path)
        assert str(caught.value) == (
            "规划文件「own.toml」有 1 处问题：指标「beds」的「values」的第 1 项的「value」"
            f"应为有限的数字，现为 {number}。"
        )

    def test_all_faults_together(self, said):
        assert said(
            without(BEDS, "quote"), {**BEDS, "unit": "%"}, {**UNITS, "rule": "units"},
            head={**HEAD, "years": [2025, 2021]}, extra={"x": 1},
        ) == (
            "6 处问题：「extra」不是已知的设置，规划文件只有 [plan] 和 [[targets]] 两种表。"
            "[plan] 的「years」先写起始年，再写终止年，现为 2025、2021。"
            "指标「beds」缺少「quote」。"
            "指标「beds」的「unit」是“%”，核算规则 capacity_per_population（人均容量）的单位只能是 "
            "张、个、人、名。"
            "指标「units」的「rule」：没有“units”这种核算规则，最接近的是“units_served”。"
            "指标编号「beds」写了 2 次，每个编号只能用一次。"
        )  # fmt: skip

    def test_a_target_without_id_is_told_by_its_place(self, said):
        assert said(BEDS, without(UNITS, "id")) == "1 处问题：第 2 项指标缺少「id」。"

    def test_bad_heads(self, said):
        assert said(BEDS, head={**HEAD, "id": "Own Plan"}) == (
            "1 处问题：[plan] 的「id」的写法不对（应符合 ^[a-z0-9]+(-[a-z0-9]+)*$），现为 'Own Plan'。"
        )
        assert said(BEDS, head={}) == "1 处问题：缺少「plan」。"

    def test_no_targets(self, said):
        assert said() == "1 处问题：缺少「targets」：至少要有一项指标（写成 [[targets]]）。"

    def test_many_faults_are_cut(self, said):
        message = said(*({**BEDS, "id": f"a{at}", "per": 7} for at in range(60)))
        assert message.startswith("60 处问题：")
        assert message.endswith("其余 10 处略。")

    def test_too_many_targets(self, tmp_path):
        path = tmp_path / "own.toml"
        path.write_text(tables_text({"plan": HEAD}) + "[[targets]]\n" * 2001, "utf-8")
        with pytest.raises(PlanError, match="「targets」有 2001 项指标，最多 2000 项"):
            load(path)

    def test_ten_megabytes(self, write):
        path = write(BEDS)
        path.write_text(path.read_text("utf-8") + "#" * 10_000_000, "utf-8")
        most = f"{MOST_BYTES / 1e6:g}"
        with pytest.raises(PlanError) as caught:
            load(path)
        assert str(caught.value) == (
            f"规划文件「own.toml」有 10.0 MB，最多 {most} MB，请分成几个文件。"
        )

    def test_deep_brackets(self, tmp_path):
        path = tmp_path / "own.toml"
        path.write_text(f"x = {'[' * 5000}{']' * 5000}", "utf-8")
        with pytest.raises(PlanError) as caught:
            load(path)
        assert str(caught.value) == ("设置文件「own.toml」读不下去：括号套得太深。请改正后重试。")

    def test_missing_file(self, tmp_path):
        with pytest.raises(PlanError, match=r"^找不到设置文件「own\.toml」"):
            load(tmp_path / "own.toml")

    def test_targets_that_are_no_tables(self, tmp_path):
        path = tmp_path / "own.toml"
        path.write_text("targets = [1]\n" + tables_text({"plan": HEAD}), "utf-8")
        with pytest.raises(PlanError) as caught:
            load(path)
        assert str(caught.value) == (
            "规划文件「own.toml」有 1 处问题：第 1 项指标应为一组设置（写成 [表] 或 { }）。"
        )


class TestFolders:
    def test_plans_by_id(self, write, tmp_path):
        write(BEDS, name="b.toml", head={**HEAD, "id": "b"})
        write(BEDS, name="a.toml", head={**HEAD, "id": "a"})
        plans = load_plans(tmp_path, kinds=KINDS, standards=STANDARDS, modes=MODES)
        assert list(plans) == ["a", "b"]

    def test_all_files_are_told(self, write, tmp_path):
        write(BEDS, name="a.toml", head={**HEAD, "id": "b"})
        write(without(BEDS, "per"), name="c.toml")
        with pytest.raises(PlanError) as caught:
            load_plans(tmp_path, kinds=KINDS, standards=STANDARDS, modes=MODES)
        assert str(caught.value) == (
            "规划文件「a.toml」：[plan] 的 id 应与文件名相同（a），现为「b」。\n"
            "规划文件「c.toml」有 1 处问题：指标「beds」缺少「per」。"
        )

    def test_an_empty_folder(self, tmp_path):
        with pytest.raises(PlanError, match="里没有规划文件"):
            load_plans(tmp_path, kinds=KINDS, standards=STANDARDS, modes=MODES)


@pytest.fixture
def plans(write):
    grid = {**REPORTED, "id": "grid", "rule": "territory_assignment", "unit": "%",
            "leaders": ["甲", "乙"]}  # fmt: skip
    near = {
        **without(SHARE, "id"), "id": "near", "rule": "colocated_within_distance",
        "subject": "村卫生室~敬老院",
    }  # fmt: skip
    plan = load(write(BEDS, CIRCLE, REPORTED, SHARE, grid, near))
    return {plan.plan_id: plan}


CHOICES = TargetChoices(
    area_level="county",
    values={"own/circle": (YearValue(2025, 90.0, "县卫健局"), YearValue(2030, 95.5, "县卫健局"))},
    reported={
        "own/reported": (
            ReportedFigure(2024, 79.5, "统计公报"),
            ReportedFigure(2024, 78.0, "统计公报", "370101"),
        )
    },
    cutoffs={"own/circle": 1200.0, "own/near": 250.5},
    areas={"东": ("370101", "370102")},
    leaders={"own/grid": ("h1", "h2")},
    complete_kinds=frozenset(["elderly_home", "medical_elderly_home", "respect_home", "park"]),
    built_up_is_urban=True,
    waivers=(
        Waiver("township_hospital_seat", ("own/circle",), "镇卫生院驻地", within_m=800.0),
        Waiver("joint_clinic", ("own/circle",), "联村设室", demand_ids=("v1", "v2")),
        Waiver("small_village", ("own/circle", "own/near"), "人口少", under_persons=300.0),
    ),
)


class TestChoices:
    def test_without_a_file_nothing_is_decided(self, tmp_path, plans):
        assert read_choices(tmp_path / "targets.toml", plans, KINDS) == TargetChoices()

    def test_what_is_written_is_read(self, tmp_path, plans):
        path = tmp_path / "targets.toml"
        assert write_choices(path, CHOICES, plans=plans, kinds=KINDS, use=["own.toml"]) == CHOICES
        assert read_choices(path, plans, KINDS) == CHOICES
        assert read_toml(path, error=PlanError)["area"]["complete_kinds"] == ["养老机构", "公园"]
        assert sorted(one.name for one in tmp_path.iterdir()) == ["own.toml", "targets.toml"]

    def test_the_file_is_plain(self, tmp_path, plans):
        path = tmp_path / "targets.toml"
        write_choices(path, CHOICES, plans=plans, kinds=KINDS)
        assert path.read_text("utf-8").startswith(
            '[area]\nlevel = "county"\nbuilt_up_is_urban = true\n'
        )
        assert '[[cutoffs]]\ntarget = "own/circle"\nminutes = 20\n' in path.read_text("utf-8")
        assert '[[cutoffs]]\ntarget = "own/near"\nmetres = 250.5\n' in path.read_text("utf-8")

    def test_untouched_tables_stay_byte_for_byte(self, tmp_path, plans):
        path = tmp_path / "targets.toml"
        text = (
            "# 县卫健局 2025 年 3 月定\n[area]   # 县级\nlevel = 'county'\n\n"
            '[[values]] # 会议纪要\ntarget = "own/circle"\nyear=2025\nvalue=90.0\nsource="纪要"\n'
        )
        path.write_text(text, "utf-8")
        write_choices(path, lambda old: old, plans=plans, kinds=KINDS)
        assert path.read_text("utf-8") == text
        write_choices(
            path, lambda old: replace(old, cutoffs={"own/circle": 600.0}), plans=plans, kinds=KINDS
        )
        assert path.read_text("utf-8") == (
            f'{text}\n[[cutoffs]]\ntarget = "own/circle"\nminutes = 10\n'
        )
        write_choices(path, lambda old: replace(old, values={}), plans=plans, kinds=KINDS)
        left = path.read_text("utf-8")
        assert "# 会议纪要" in left
        assert "[[values]]" not in left
        assert read_choices(path, plans, KINDS) == TargetChoices(
            area_level="county", cutoffs={"own/circle": 600.0}
        )

    def test_two_sessions_do_not_undo_one_another(self, tmp_path, plans):
        path = tmp_path / "targets.toml"
        for target, seconds in (("own/circle", 600.0), ("own/near", 100.0)):
            write_choices(
                path,
                lambda old, one=(target, seconds): replace(
                    old, cutoffs={**old.cutoffs, one[0]: one[1]}
                ),
                plans=plans,
                kinds=KINDS,
            )
        assert read_choices(path, plans, KINDS).cutoffs == {"own/circle": 600.0, "own/near": 100.0}

    def test_a_faulty_file_is_left_alone(self, tmp_path, plans):
        path = tmp_path / "targets.toml"
        path.write_text("[aera]\n", "utf-8")
        with pytest.raises(PlanError):
            write_choices(path, CHOICES, plans=plans, kinds=KINDS)
        assert path.read_text("utf-8") == "[aera]\n"
        assert not path.with_name("targets.toml.lock").exists()

    def test_where_nothing_can_be_written(self, tmp_path, plans):
        with pytest.raises(OutputError) as caught:
            write_choices(tmp_path / "gone" / "targets.toml", CHOICES, plans=plans, kinds=KINDS)
        assert str(caught.value).startswith("指标设定「targets.toml」写不进去（")
        assert "原有的设定没有改动" in str(caught.value)

    def test_choices_that_cannot_be_read_again_are_not_written(self, tmp_path, plans):
        path = tmp_path / "targets.toml"
        bad = TargetChoices(values={"own/circle": (YearValue(2025, 120.0, "县"),)})
        with pytest.raises(PlanError) as caught:
            write_choices(path, bad, plans=plans, kinds=KINDS)
        assert str(caught.value) == (
            "指标设定「targets.toml」有 1 处问题：[[values]] 里“own/circle”2025 年的数是 120%，"
            "占比不得超过 100%。"
        )
        assert not path.exists()

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("[area]\ncomplete_kinds = ['村卫生站']",
             "[area] 的「complete_kinds」：没有“村卫生站”这种设施，最接近的是“村卫生室”。"),
            ("[areas]\n'东' = ['9']", "[areas] 的「东」：项目里没有代码为“9”的行政单元。"),
            ("[[reported]]\ntarget='own/reported'\nyear=2024\nvalue=1\nsource='a'\nzone='9'",
             "[[reported]] 第 1 项的「zone」：项目里没有代码为“9”的行政单元。"),
            ("[[cutoffs]]\ntarget='own/circel'\nminutes=1",
             "[[cutoffs]] 里没有“own/circel”这项指标，最接近的是“own/circle”。"),
            ("[[cutoffs]]\ntarget='own/circle'\nmetres=1",
             "[[cutoffs]] 里的“own/circle”要写 minutes（分钟），且只写这一项。"),
            ("[[cutoffs]]\ntarget='own/beds'\nmetres=1",
             "[[cutoffs]] 里的“own/beds”不起作用：这项指标没有时间或距离的阈值。"),
            ("[[values]]\ntarget='own/beds'\nyear=2025\nvalue=1\nsource='a'\n" * 2,
             "[[values]] 里“own/beds”2025 年写了 2 次，只能写一次。"),
            ("[[values]]\ntarget='own/beds'\nyear=2025\nvalue=-1\nsource='a'",
             "[[values]] 里“own/beds”2025 年的数是 -1，不得小于 0。"),
            ("[[reported]]\ntarget='own/beds'\nyear=2025\nvalue=1\nsource='a'",
             "[[reported]] 里“own/beds”2025 年的数不起作用：这项指标由软件核算，不用填报。"),
            ("[[leaders]]\ntarget='own/beds'\nfacilities=['a']",
             "[[leaders]] 里的“own/beds”不起作用：这项指标不划分服务区。"),
            ("[[leaders]]\ntarget='own/grid'\nfacilities=['a', 'a']",
             "[[leaders]] 里的“own/grid”有重复的机构。"),
            ("[[waivers]]\nrule='small_village'\ntargets=['own/circle']\nreason='a'\nwithin_m=3",
             ("[[waivers]] 第 1 项的「within_m」对 small_village 不起作用，请删去。"
             "[[waivers]] 第 1 项缺少「under_persons」。")),
        ],
    )  # fmt: skip
    def test_every_fault_has_its_sentence(self, tmp_path, plans, text, sentence):
        path = tmp_path / "targets.toml"
        path.write_text(text, "utf-8")
        with pytest.raises(PlanError) as caught:
            read_choices(path, plans, KINDS, zone_ids=["370101"])
        count = sentence.count("。")
        assert str(caught.value) == f"指标设定「targets.toml」有 {count} 处问题：{sentence}"

    def test_unknown_keys_name_the_nearest(self, tmp_path, plans):
        path = tmp_path / "targets.toml"
        path.write_text("[area]\nlevle = 'county'", "utf-8")
        with pytest.raises(PlanError) as caught:
            read_choices(path, plans, KINDS)
        assert str(caught.value) == (
            "设置文件「targets.toml」有 1 处问题：「area」的「levle」不是已知的设置，"
            "最接近的是「level」。"
        )

    def test_which_plans_are_used(self, tmp_path, write, plans):
        path = tmp_path / "targets.toml"
        assert plans_in_use(path, plans) == plans
        mine = write(BEDS, name="mine.toml", head={**HEAD, "id": "mine"})
        path.write_text("[plans]\nuse = ['mine.toml', 'own']", "utf-8")
        assert list(plans_in_use(path, plans, kinds=KINDS)) == ["mine", "own"]
        assert mine.is_file()

    @pytest.mark.parametrize(
        ("use", "sentence"),
        [
            ("['owm']", ("[plans] 的「use」：没有“owm”这个规划，最接近的是“own”；"
             "自己的规划请写文件名（*.toml）。")),
            ("['own', 'own']", "[plans] 的「use」：规划「own」写了两次。"),
            ("['own.toml']", "「own.toml」的 id「own」与自带的规划相同，请改用别的 id。"),
        ],
    )  # fmt: skip
    def test_plans_that_cannot_be_used(self, tmp_path, plans, use, sentence):
        path = tmp_path / "targets.toml"
        path.write_text(f"[plans]\nuse = {use}", "utf-8")
        with pytest.raises(PlanError) as caught:
            plans_in_use(path, plans, kinds=KINDS)
        assert str(caught.value) == f"指标设定「targets.toml」有 1 处问题：{sentence}"


TITLES = [column.title for column in PLAN_COLUMNS]

FILLED = [
    ["beds", "每千人口床位数", "人均容量", "医疗卫生机构.床位", "常住人口", "全域", "每千人", "张",
     2020, "7.48", 2025, "8", None, None, None, None, "约束性", "县卫健局", "专栏1", "7.48 8", "说明"],
    ["", "15分钟健康服务圈", "时间可达覆盖", "中心村卫生室+一般村卫生室", None, "农村地区",
     "15分钟 步行或骑行", "%", None, None, None, None, None, None, None, None, None, None,
     "三", "“15 分钟健康服务圈”", None],
    ["infant", "婴儿死亡率", "填报值", None, None, None, None, "‰", None, None, 2025, "≤3.25",
     2030, "≤ 3", None, None, None, None, "附件", "婴儿死亡率", None],
    ["homes", "敬老院", "单元设置率", "敬老院", None, "乡镇", "至少2处，人口80万以上", "%",
     None, None, 2025, "90%", None, None, None, None, None, None, "四", "90%", None],
    ["count", "药房", "设施数量", "智慧共享中药房", None, "全市", "分片：东、中、西", "个",
     None, None, 2025, 3, None, None, None, None, None, None, "四", "东、中、西", None],
    ["life", "健康生活圈", "多类设施同时可达", "教育=教育设施；公园绿地", None, "片区：起步区",
     "15分钟 步行", "%", None, None, None, None, None, None, None, None, None, None, "三", "圈", None],
    ["grid", "医疗集团", "服务区划分", "甲医院、乙医院", None, None, None, "%", None, None, None,
     None, None, None, None, None, None, None, "三", "网格化布局", None],
    ["near", "毗邻", "毗邻设置率", "村卫生室~农村幸福院", None, None, "300米", "%", None, None,
     None, None, None, None, None, None, None, None, "四", "毗邻建设", None],
    ["radius", "半径", "距离可达覆盖", "村卫生室", None, "农村地区", "2.5公里 直线", "%", None,
     None, None, None, None, None, None, None, None, None, "三", "2.5 公里", None],
]  # fmt: skip


@pytest.fixture
def fill(tmp_path):
    """The template with rows filled in, read back as the program reads a workbook."""

    def filled(rows):
        book = openpyxl.load_workbook(io.BytesIO(plan_template_bytes()))
        for at, row in enumerate(rows, start=3):
            for column, value in enumerate(row, start=1):
                book[ENTRY_SHEET].cell(at, column, value)
        path = tmp_path / "规划指标.xlsx"
        book.save(path)
        return read_sheet(path, options=ReadingOptions(part=ENTRY_SHEET))

    return filled


class TestTemplate:
    def test_the_same_bytes_each_time(self):
        assert plan_template_bytes() == plan_template_bytes()

    def test_drop_downs_and_example(self):
        book = openpyxl.load_workbook(io.BytesIO(plan_template_bytes()))
        sheet = book[ENTRY_SHEET]
        assert [cell.value.lstrip("*") for cell in sheet[1]] == TITLES
        assert sheet["A2"].value.startswith(EXAMPLE_MARK)
        guide = [cell.value for row in book[GUIDE_SHEET].iter_rows() for cell in row]
        assert set(guide) >= {form.title for form in RULES.values()}

    def test_the_blank_template_has_no_targets(self, fill):
        with pytest.raises(PlanError) as caught:
            plan_from_table(fill([]), HEAD, NAMES)
        assert str(caught.value).endswith(
            "有 1 处问题：缺少「targets」：至少要有一项指标（写成 [[targets]]）。"
        )

    def test_filled_rows_become_the_plan_and_its_file(self, fill, tmp_path):
        made = plan_from_table(fill(FILLED), HEAD, NAMES)
        path = tmp_path / "own.toml"
        path.write_text(made.text, "utf-8")
        assert load(path) == made.plan
        by_id = {one.target_id.partition("/")[2]: one for one in made.plan.targets}
        assert list(by_id) == [
            "beds", "row-4", "infant", "homes", "count", "life", "grid", "near", "radius",
        ]  # fmt: skip
        beds = by_id["beds"]
        assert beds.ask == PerPopulation(
            facility_choice("医疗卫生机构", KINDS)[0], "capacity_beds", 1000.0
        )
        assert (beds.baseline, beds.values) == ((YearValue(2020, 7.48),), (YearValue(2025, 8.0),))
        assert (beds.binding, beds.department, beds.note) == ("约束性", "县卫健局", "说明")
        circle = by_id["row-4"]
        assert (circle.ask.cutoff, circle.ask.mode_id, circle.scope) == (
            900.0, "walk_or_ride", "rural",
        )  # fmt: skip
        assert circle.open_reason
        assert by_id["infant"].better == "lower"
        assert by_id["infant"].values == (YearValue(2025, 3.25), YearValue(2030, 3.0))
        need = by_id["homes"].ask.needs[0]
        assert (need.unit_level, need.at_least, need.over_persons) == ("township", 2, 800_000.0)
        assert by_id["count"].ask.parts == ("东", "中", "西")
        assert [name for name, _ in by_id["life"].ask.parts] == ["教育", "公园绿地"]
        assert by_id["life"].scope_name == "起步区"
        assert by_id["grid"].ask == Territory(("甲医院", "乙医院"))
        assert by_id["near"].ask.within_m == 300.0
        assert (by_id["radius"].ask.cutoff, by_id["radius"].ask.measure) == (
            2500.0,
            "straight_line",
        )

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"规则": "人均"}, "的「规则」：没有“人均”这种核算规则，最接近的是“人均容量”。"),
            ({"原文": None}, "指标「beds」缺少「原文」。"),
            ({"单位": "%"}, ("指标「beds」的「单位」是“%”，核算规则 capacity_per_population"
             "（人均容量）的单位只能是 张、个、人、名。")),
            ({"设施（含条件）": "敬老完.床位"}, ("指标「beds」的「设施（含条件）」：没有“敬老完”"
             "这种设施，最接近的是“敬老院”。")),
            ({"阈值": "每千人 大概"}, ("的「阈值」里“大概”看不懂，如“15分钟 步行”“2.5公里 路网 步行”"
             "“500米 直线”“每千人”“至少2处”“人口80万以上”“分片：东、中、西”。")),
            ({"目标值1": "八"}, "的「目标值1」应为数字，现为“八”。"),
            ({"目标年1": "明年"}, "的「目标年1」应为四位数的年份，现为“明年”。"),
            ({"目标年1": None}, "填了「目标值1」，没有填「目标年1」。"),
            ({"目标年2": 2025, "目标值2": "9"},
             "指标「beds」的「目标值」里 2025 年写了 2 次，每年只能有一个数。"),
            ({"目标年2": 2030, "目标值2": "≤9"}, "的目标值有的写“≤”，有的没有写，请统一。"),
            ({"是否合计数": "对"}, "的「是否合计数」应填 是 或 否，现为“对”。"),
            ({"逐级要求": "乡镇 镇卫生院"}, ("的「逐级要求」里“乡镇 镇卫生院”看不懂，应写成 单元=设施 "
             "至少几处 人口几万以上，几级用分号隔开，如 乡镇=镇卫生院；县=综合医院 至少2处。")),
            ({"阈值": "每千人 15分钟"}, ("指标「beds」的「阈值」对核算规则 capacity_per_population"
             "（人均容量）不起作用，请删去。")),
        ],
    )  # fmt: skip
    def test_faults_tell_row_and_column(self, changes, sentence):
        row = {**dict.fromkeys(TITLES), **dict(zip(TITLES, FILLED[0], strict=False)), **changes}
        cells = pd.DataFrame([{key: "" if one is None else str(one) for key, one in row.items()}])
        with pytest.raises(PlanError) as caught:
            plan_from_table(SourceTable("指标.xlsx", cells, (7,)), HEAD, NAMES)
        assert str(caught.value) == f"指标表「指标.xlsx」有 1 处问题：第 7 行{sentence}"

    def test_what_only_files_could_say_goes_through_the_table_too(self, fill, tmp_path):
        def row(**cells):
            return [cells.get(title) for title in TITLES]

        more = {"单位": "%", "章节": "三", "原文": "原文"}
        rows = [
            row(指标名称="各级", 规则="单元设置率", 指标编号="levels", 对照编号="levels_all",
                逐级要求="乡镇=镇卫生院；县（市）=综合医院[二级及以上] 至少2处 人口80万以上",
                前后不一致="正文与附表不同", 未定数值的原因="未分解", **more),
            row(指标名称="圈", 规则="时间可达覆盖", 指标编号="circle",
                **{"设施（含条件）": "中心村卫生室+一般村卫生室"}, 范围="农村地区",
                标准口径="health_circle_15", 目标年1=2025, 目标值1="90", **more),
            row(指标名称="人员", 规则="填报值", 指标编号="staff", 是否合计数="否", 目标年1=2025,
                目标值1="300", **{**more, "单位": "人"}),
        ]  # fmt: skip
        made = plan_from_table(fill(rows), HEAD, NAMES)
        path = tmp_path / "own.toml"
        path.write_text(made.text, "utf-8")
        assert load(path) == made.plan
        levels, circle, staff = made.plan.targets
        assert [(need.unit_level, need.at_least, need.over_persons) for need in levels.ask.needs] == [
            ("township", 1, 0.0), ("county_not_district", 2, 800_000.0),
        ]  # fmt: skip
        assert (levels.indicator_id, levels.open_reason) == ("levels_all", "未分解")
        assert levels.note == "规划前后不一致：正文与附表不同"
        assert circle.ask.reading_id == "health_circle_15"
        assert not staff.is_total

    def test_missing_columns(self):
        cells = pd.DataFrame({"指标名称": ["a"], "规则": ["填报值"], "单位": ["岁"]})
        with pytest.raises(PlanError) as caught:
            plan_from_table(SourceTable("指标.csv", cells, (2,)), HEAD, NAMES)
        assert str(caught.value) == (
            "指标表「指标.csv」有 1 处问题：没有 “章节”、“原文” 这几列，请用规划指标的模板填报。"
        )

    def test_hostile_cells_stay_texts(self, fill, tmp_path):
        row = list(FILLED[2])
        row[1] = row[19] = row[20] = '<script>{{ x }}"\\'
        made = plan_from_table(fill([row]), HEAD, NAMES)
        path = tmp_path / "own.toml"
        path.write_text(made.text, "utf-8")
        assert load(path).targets[0].indicator == '<script>{{ x }}"\\'
