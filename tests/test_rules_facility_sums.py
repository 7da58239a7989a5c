"""Counts, shares and rates of facilities: by hand, and against every way to fill in the gaps."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.rules.capacity_share import answer_capacity_share
from coverage.rules.choices import ReportedFigure, TargetChoices
from coverage.rules.counted import joined
from coverage.rules.facility_sums import answer_facility_count, answer_facility_share
from coverage.rules.held_against import Answered
from coverage.rules.per_population import answer_per_population
from coverage.rules.reported import answer_reported
from coverage.rules.sums import sums_by_zone, value_bounds
from coverage.rules.target import (
    CapacityShare,
    FacilityCount,
    FacilityFilter,
    FacilityShare,
    PerPopulation,
    Reported,
    YearValue,
)
from coverage.rules.verdict_table import judge
from tests.target_county import CLINIC, TERTIARY, county, study, target

HOSPITAL = (FacilityFilter(("hospital",), text="综合医院"),)
FRIENDLY = (FacilityFilter(("hospital",), features=("老年友善",), text="综合医院[老年友善]"),)
PRIVATE = (FacilityFilter(("hospital",), ownership="社会办", text="综合医院[社会办]"),)
ZONES = {"w": ("西镇", 0, 1000), "m": ("中镇", 1001, 2000), "e": ("东镇", 2001, 3000)}
AREAS = {"西": ("w",), "中": ("m",), "东": ("e",)}

BEDS = PerPopulation(HOSPITAL, "capacity_beds", 1000.0)
NURSING = CapacityShare(HOSPITAL, "capacity_nursing_beds", HOSPITAL, "capacity_beds")

EVALUATORS = {
    PerPopulation: answer_per_population,
    FacilityCount: answer_facility_count,
    FacilityShare: answer_facility_share,
    CapacityShare: answer_capacity_share,
    Reported: answer_reported,
}


def ground(villages=None, hospitals=(500, 1500, 2500), choices=None, more=None, **features):
    villages = villages or {"v1": (500, 1000.0), "v2": (1500, 2000.0), "v3": (2500, 3000.0)}
    named = {f"h{n}": ("hospital", x) for n, x in enumerate(hospitals)}
    layers = county(villages, named, zones=ZONES, features=features, more=more)
    return study(layers, choices=choices or TargetChoices(areas=AREAS))


def asked(ask, value=None, year=2025, **more):
    values = () if value is None else (YearValue(year, value),)
    return target(ask, "reported", values=values, scope_name="全域", **more)


def answered(place, wanted):
    answer = EVALUATORS[type(wanted.ask)](place, wanted)
    sums = sums_by_zone(answer, list(place.layers.zones.index))
    return Answered(wanted, answer, sums, value_bounds(sums, answer))


def row(place, wanted, zone_id="", year=2025):
    values = judge(place, [answered(place, wanted)], year=year).values
    return values.set_index("zone_id").loc[zone_id]


def ends(place, wanted):
    found = answered(place, wanted).bounds.loc[""]
    return found["low"], found["high"]


# Beds per thousand persons


def test_beds_per_thousand_by_hand():
    place = ground(capacity_beds=[10.0, 20.0, 18.0])
    whole = row(place, asked(BEDS, 8.0))
    assert (whole["value"], whole["verdict"], whole["gap"]) == (8.0, "达标", 0)
    assert (whole["numerator"], whole["denominator"]) == (48, 6000)
    assert (whole["units"], whole["units_unknown"]) == (3, 0)
    assert whole["notes"] == "考核对象是设施，分母是研究区内 3 个需求点的常住人口"
    assert whole["recipe"] == "研究区内“综合医院”的床位合计 ÷ 常住人口 × 1000"
    west = row(place, asked(BEDS, 8.0), "w")
    assert (west["value"], west["verdict"], west["gap"]) == (10.0, "达标", 0)
    assert row(place, asked(BEDS, 8.0), "e")["gap"] == 6


def test_one_bed_short():
    whole = row(ground(capacity_beds=[10.0, 20.0, 17.0]), asked(BEDS, 8.0))
    assert (whole["verdict"], whole["gap"]) == ("未达标", 1)


def test_zones_short_of_beds_are_the_failing_units():
    place = ground(capacity_beds=[10.0, 15.0, None])
    failing = judge(place, [answered(place, asked(BEDS, 8.0))], year=2025).failing
    assert failing[["unit_type", "unit_id", "status", "short", "reason"]].to_numpy().tolist() == [
        ["zone", "m", "未达标", 1.0, "7.5 %，目标 8 %"],
        ["facility", "h2", "无法判断", pytest.approx(math.nan, nan_ok=True), "床位未填"],
    ]


def test_beds_not_known_leave_the_verdict_open_only_where_they_decide():
    place = ground(capacity_beds=[10.0, 20.0, None])
    whole = row(place, asked(BEDS, 8.0))
    assert math.isnan(whole["value"])
    assert (whole["value_low"], whole["value_high"]) == (5.0, math.inf)
    assert (whole["verdict"], whole["units_unknown"]) == ("数据不足", 1)
    assert whole["missing"] == "1 处资料不全，首个是“h2”（床位未填）"
    assert math.isnan(whole["gap"])
    met = row(place, asked(BEDS, 5.0))
    assert (met["verdict"], met["gap"]) == ("达标", 0)
    assert math.isnan(met["value"])


def test_persons_not_known_make_the_value_lower_at_most():
    villages = {"v1": (500, 1000.0), "v2": (1500, 2000.0), "v3": (2500, None)}
    place = ground(villages, capacity_beds=[10.0, 20.0, 0.0])
    whole = row(place, asked(BEDS, 12.0))
    assert (whole["value_low"], whole["value_high"]) == (0.0, 10.0)
    # Villages are the denominator, no units: what is not known of them is said all the same.
    assert (whole["verdict"], whole["units"], whole["units_unknown"]) == ("未达标", 3, 0)
    assert math.isnan(whole["gap"])
    assert whole["missing"] == "1 处资料不全，首个是“v3”（常住人口未填）；缺口至少 6 人"


def test_no_bed_filled_in_is_nothing_known():
    sentence = "3 处计入的设施没有一处填写床位，请在设施名录里补填"
    for place in (ground(), ground(capacity_beds=[None] * 3)):
        whole = row(place, asked(BEDS, 8.0))
        assert (whole["verdict"], whole["missing"], whole["units"]) == ("数据不足", sentence, 0)


def test_no_list_and_no_group():
    place = ground(hospitals=())
    whole = row(place, asked(BEDS, 8.0, group="population_60plus", group_name="老年人"))
    assert whole["missing"] == (
        "数据里没有任何“综合医院”，无法区分“没有建”和“没有提供名录”。"
        "请补充名录；确实一处也没有的，请声明该类名录已完整；"
        "需求点没有“老年人”这一列，请在人口数据里补充"
    )
    empty = ground(more={"population_60plus": [np.nan] * 3}, capacity_beds=[1.0, 1.0, 1.0])
    whole = row(empty, asked(BEDS, 8.0, group="population_60plus", group_name="老年人"))
    assert whole["missing"] == "3 个需求点都没有填写“老年人”，请在人口数据里补填"


def test_a_list_declared_complete_holds_no_beds():
    choices = TargetChoices(complete_kinds=frozenset({"hospital"}))
    whole = row(ground(hospitals=(), choices=choices), asked(BEDS, 8.0))
    assert (whole["value"], whole["verdict"], whole["gap"]) == (0.0, "未达标", 48)


def test_hospitals_beyond_the_border_do_not_count_and_make_no_list():
    place = ground(hospitals=(500, 5000), capacity_beds=[10.0, 1000.0])
    assert row(place, asked(BEDS))["numerator"] == 10
    beyond = ground(hospitals=(5000,), capacity_beds=[1000.0])
    assert row(beyond, asked(BEDS))["verdict"] == "未设目标"
    assert row(beyond, asked(BEDS))["missing"].startswith("数据里没有任何“综合医院”")


def test_nobody_lives_there():
    villages = {"v1": (500, 0.0)}
    whole = row(ground(villages, capacity_beds=[1.0, 1.0, 1.0]), asked(BEDS, 8.0))
    assert math.isnan(whole["value"])
    assert whole["verdict"] == "数据不足"
    assert whole["missing"] == "研究区没有考核对象（人口、设施或单元）"
    assert math.isnan(whole["gap"])


def test_square_metres_are_no_whole_pieces():
    ask = PerPopulation(HOSPITAL, "area_m2", 1.0)
    whole = row(ground(area_m2=[100.0, 0.5, 0.0]), asked(ask, 0.02))
    assert whole["gap"] == pytest.approx(19.5)


def test_rural_beds_over_rural_people():
    place = ground(
        more={"settlement": ["urban", "rural", "rural"]}, capacity_beds=[10.0, 20.0, 5.0]
    )
    rural = asked(BEDS, 8.0, scope="rural")
    assert (row(place, rural)["numerator"], row(place, rural)["denominator"]) == (25, 5000)
    built_up = row(place, asked(BEDS, 8.0, scope="built_up"))
    assert built_up["missing"] == "没有建成区范围；可在设定里声明以城镇居民点代替建成区"
    choices = TargetChoices(built_up_is_urban=True)
    place = replace(place, choices=choices)
    built_up = row(place, asked(BEDS, 8.0, scope="built_up"))
    assert (built_up["value"], built_up["notes"]) == (
        10.0,
        "按设定以城镇居民点代替建成区；考核对象是设施，分母是全域内 1 个需求点的常住人口",
    )


def test_a_named_area():
    place = ground(capacity_beds=[10.0, 20.0, 5.0])
    named = replace(asked(BEDS, 8.0, scope="named"), scope_name="西")
    assert row(place, named)["value"] == 10.0
    nowhere = replace(named, scope_name="起步区")
    missing = "没有说明“起步区”由哪些行政单元组成，请在设定里填写"
    assert row(place, nowhere)["missing"] == missing
    wrong = replace(place, choices=TargetChoices(areas={"西": ("x", "w")}))
    missing = "“西”里有 1 个单元代码不在行政单元里，第一个是“x”，请在设定里改正"
    assert row(wrong, named)["missing"] == missing


# How many there are


def test_a_count_by_hand():
    place = ground(level=["三级", "二级", "三级甲等"])
    whole = row(place, asked(FacilityCount(TERTIARY), 3.0))
    assert (whole["value"], whole["verdict"], whole["gap"]) == (2, "未达标", 1)
    assert math.isnan(whole["denominator"])
    west = row(place, asked(FacilityCount(TERTIARY), 3.0), "m")
    assert (west["value"], west["verdict"]) == (0, "未设目标")
    assert west["target_note"] == "目标是合计数，没有分解到本单元"


def test_a_count_with_grades_not_known():
    place = ground(level=["三级", None, "一级"])
    whole = row(place, asked(FacilityCount(TERTIARY), 2.0))
    assert (whole["value_low"], whole["value_high"], whole["verdict"]) == (1, 2, "数据不足")
    assert whole["missing"] == "1 处资料不全，首个是“h1”（等级未填）"
    short = row(place, asked(FacilityCount(TERTIARY), 4.0))
    assert short["verdict"] == "未达标"
    assert short["missing"].endswith("（等级未填）；缺口在 2 至 3 人之间")


PARTS = FacilityCount(TERTIARY, parts=("东", "中", "西"))


def test_each_part_must_have_one():
    three_in_one = ground(hospitals=(100, 200, 300), level=["三级"] * 3)
    whole = row(three_in_one, asked(PARTS, 3.0))
    assert (whole["value"], whole["verdict"], whole["gap"]) == (3, "未达标", 2)
    assert whole["missing"] == "东没有；中没有"
    assert row(three_in_one, asked(PARTS, 3.0, year=2030))["verdict"] == "尚未到期"
    assert row(three_in_one, asked(PARTS))["verdict"] == "未设目标"
    assert row(ground(level=["三级"] * 3), asked(PARTS, 3.0))["verdict"] == "达标"


def test_a_part_of_which_nobody_knows():
    place = ground(hospitals=(100, 200, 1500, 2500), level=["三级", "三级", None, "三级"])
    whole = row(place, asked(PARTS, 3.0))
    assert (whole["verdict"], whole["value_low"]) == ("数据不足", 3)
    assert whole["missing"] == "1 处资料不全，首个是“h2”（等级未填）；中有没有不能确定"
    surely_not = ground(hospitals=(100, 1500), level=["三级", None])
    assert row(surely_not, asked(PARTS, 1.0))["verdict"] == "未达标"


def test_parts_must_be_told():
    place = ground(choices=TargetChoices(areas={"东": ("e",)}), level=["三级"] * 3)
    assert row(place, asked(PARTS, 3.0))["missing"] == (
        "没有说明“中”由哪些行政单元组成，请在设定里填写；"
        "没有说明“西”由哪些行政单元组成，请在设定里填写"
    )


# Which share of them


def test_a_share_of_facilities_by_hand():
    place = ground(features=["老年友善：是", "老年友善：否", "老年友善：是"])
    share = asked(FacilityShare(FRIENDLY, HOSPITAL), 80.0)
    whole = row(place, share)
    assert whole["value"] == pytest.approx(200 / 3)
    assert (whole["verdict"], whole["gap"], whole["units_failing"]) == ("未达标", 1, 1)
    assert whole["recipe"] == "研究区内“综合医院（老年友善）”的处数 ÷ “综合医院”的处数"
    failing = judge(place, [answered(place, share)], year=2025).failing
    assert failing[["unit_id", "status", "short", "reason"]].to_numpy().tolist() == [
        ["h1", "未达标", 1.0, "不是“综合医院（老年友善）”"]
    ]


def test_a_share_where_nothing_is_filled_in():
    whole = row(ground(), asked(FacilityShare(FRIENDLY, HOSPITAL), 80.0))
    assert (whole["value_low"], whole["value_high"], whole["verdict"]) == (0, 100, "数据不足")
    assert whole["missing"] == "3 处资料不全，首个是“h0”（老年友善未填）"


def test_what_is_none_of_those_looked_at_does_not_count():
    place = ground(level=["三级", "一级", "一级"], features=["老年友善：是"] * 3)
    whole = row(place, asked(FacilityShare(FRIENDLY, TERTIARY), 80.0))
    assert (whole["value"], whole["denominator"]) == (100, 1)
    assert whole["notes"] == "2 处“综合医院（老年友善）”不属于“综合医院（三级）”，不计入"


def test_a_share_of_nothing():
    place = ground(level=["一级"] * 3)
    whole = row(place, asked(FacilityShare(FRIENDLY, TERTIARY), 80.0))
    assert whole["missing"] == "研究区没有考核对象（人口、设施或单元）"
    whole = row(ground(), asked(FacilityShare(CLINIC, HOSPITAL), 80.0))
    assert whole["missing"].startswith("数据里没有任何“村卫生室”")


# Which share of the beds


def test_nursing_beds_by_hand():
    place = ground(capacity_beds=[100.0, 50.0, 50.0], capacity_nursing_beds=[60.0, 0.0, 20.0])
    whole = row(place, asked(NURSING, 55.0))
    assert (whole["value"], whole["verdict"], whole["gap"]) == (40, "未达标", 30)
    assert row(place, asked(NURSING, 40.0))["verdict"] == "达标"


def test_nursing_beds_not_known_are_no_more_than_all_beds():
    place = ground(capacity_beds=[100.0, 50.0, 50.0], capacity_nursing_beds=[60.0, None, 20.0])
    assert ends(place, asked(NURSING)) == (40, 65)
    whole = row(place, asked(NURSING, 70.0))
    assert whole["verdict"] == "未达标"
    assert whole[
        "missing"
    ] == "1 处资料不全，首个是“h1”（第二量未填）；缺口在 10 至 60 人之间".replace(
        "第二量", place_name("capacity_nursing_beds")
    )


def place_name(quantity):
    from coverage.rules.counted import quantity_name

    return quantity_name(quantity)


def test_all_beds_not_known():
    place = ground(capacity_beds=[100.0, None, 50.0], capacity_nursing_beds=[60.0, 30.0, 20.0])
    low, high = ends(place, asked(NURSING))
    assert (low, high) == (0, pytest.approx(100 * 110 / 180))


def test_more_nursing_beds_than_beds_are_not_relied_on():
    place = ground(capacity_beds=[100.0, 10.0, 50.0], capacity_nursing_beds=[60.0, 30.0, 20.0])
    whole = row(place, asked(NURSING, 55.0))
    assert (whole["value_low"], whole["value_high"], whole["verdict"]) == (0, 100, "数据不足")
    name = place_name("capacity_nursing_beds")
    assert whole["notes"] == (
        f"1 处设施的{name}多于床位，请核对，第一处是“h1”；核对前两个数都按未知计"
    )
    assert whole["missing"] == f"1 处资料不全，首个是“h1”（{name}多于床位，请核对）"


def test_private_beds_of_all_beds():
    ask = CapacityShare(PRIVATE, "capacity_beds", HOSPITAL, "capacity_beds")
    place = ground(capacity_beds=[100.0, 60.0, 40.0], ownership=["公立", "社会办", None])
    assert ends(place, asked(ask)) == (30, 50)
    place = ground(capacity_beds=[100.0, None, 40.0], ownership=["公立", "社会办", "公立"])
    assert ends(place, asked(ask)) == (0, 100)


def test_no_nursing_bed_filled_in():
    whole = row(ground(capacity_beds=[1.0, 1.0, 1.0]), asked(NURSING, 55.0))
    name = place_name("capacity_nursing_beds")
    assert whole["missing"] == f"3 处计入的设施没有一处填写{name}，请在设施名录里补填"


# Figures typed in


def figures(*rows):
    return TargetChoices(reported={"plan/t": tuple(ReportedFigure(*one) for one in rows)})


@pytest.mark.parametrize(
    ("year", "value", "note"),
    [
        (2022, math.nan, ""),
        (2023, 77.0, "采用 2023 年的填报数（来源：年报）"),
        (2024, 77.0, "采用 2023 年的填报数（来源：年报）"),
        (2030, 79.0, "采用 2025 年的填报数（来源：公报）"),
    ],
)
def test_the_latest_figure_not_after_the_year(year, value, note):
    choices = figures((2025, 79.0, "公报"), (2023, 77.0, "年报"))
    whole = row(ground(choices=choices), asked(Reported(), 78.0), year=year)
    assert whole["value"] == pytest.approx(value, nan_ok=True)
    assert whole["notes"] == note
    if not note:
        assert whole["missing"] == "没有填报全域 2022 年或更早的数值，最早的是 2023 年"


def test_a_figure_of_the_whole_says_nothing_of_zones():
    place = ground(choices=figures((2025, 79.0, "公报")))
    whole, west = (row(place, asked(Reported(), 79.5), zone) for zone in ("", "w"))
    assert (whole["verdict"], whole["gap"]) == ("未达标", pytest.approx(0.5))
    assert (west["verdict"], west["missing"]) == ("未设目标", "")
    assert west["target_note"] == "本指标按整个研究区核算，不分单元"


def test_figures_of_zones():
    place = ground(choices=figures((2025, 79.0, "公报"), (2024, 80.0, "镇报", "w")))
    west, east = (row(place, asked(Reported(), 79.5), zone) for zone in ("w", "e"))
    assert (west["verdict"], west["value"]) == ("达标", 80.0)
    assert (east["verdict"], east["missing"]) == ("数据不足", "没有填报本单元的数值")
    low = asked(Reported(), 79.5, better="lower")
    judged = judge(place, [answered(place, low)], year=2025)
    assert judged.failing[["unit_id", "short"]].to_numpy().tolist() == [["w", 0.5]]


def test_no_figure():
    whole = row(ground(), asked(Reported(), 79.5))
    assert whole["missing"] == "没有填报“指标”，请填写数值、年份和来源"
    assert whole["verdict"] == "数据不足"


# Whatever is filled in later, a verdict holds

CELLS = {
    "capacity_beds": [None, 0.0, 20.0],
    "capacity_nursing_beds": [None, 0.0, 10.0],
    "ownership": [None, "公立", "社会办"],
    "features": [None, "老年友善：是", "老年友善：否"],
}
FILLED_IN = {
    "capacity_beds": [10.0, 500.0],
    "capacity_nursing_beds": [0.0, 7.0],
    "ownership": ["公立", "社会办"],
    "features": ["老年友善：是", "老年友善：否"],
    "population": [0.0, 300.0, 1e5],
}
ASKS = {
    "beds": (PerPopulation(PRIVATE, "capacity_beds", 1000.0), ["capacity_beds", "ownership"], 8.0),
    "count": (FacilityCount(PRIVATE, parts=("西", "东")), ["ownership"], 2.0),
    "share": (FacilityShare((replace(PRIVATE[0], features=("老年友善",)),), PRIVATE), ["ownership", "features"], 60.0),
    "nursing": (NURSING, ["capacity_beds", "capacity_nursing_beds"], 40.0),
    "private": (CapacityShare(PRIVATE, "capacity_beds", HOSPITAL, "capacity_beds"), ["capacity_beds", "ownership"], 30.0),
}  # fmt: skip


@pytest.fixture(scope="module")
def base():
    return ground({"v0": (500, 0.0), "v1": (2500, 0.0)}, (500, 2500))


def float_of(cell):
    return math.nan if cell is None else cell


@pytest.mark.parametrize("name", ASKS)
@settings(deadline=None, max_examples=6)
@given(data=st.data())
def test_a_verdict_holds_however_the_gaps_are_filled_in(base, name, data):
    ask, columns, aim = ASKS[name]
    features = {
        column: data.draw(st.tuples(*[st.sampled_from(CELLS[column])] * 2)) for column in columns
    }
    people = data.draw(st.tuples(*[st.sampled_from([None, 0.0, 1000.0])] * 2))
    better = data.draw(st.sampled_from(["higher", "lower"]))
    wanted = asked(ask, aim, better=better)

    def of(cells, persons):
        layers = base.layers
        layers = replace(layers, demand=layers.demand.assign(population=[*map(float_of, persons)]))
        place = replace(
            base,
            assessment=replace(base.assessment, layers=layers),
            facilities=base.facilities.assign(**cells),
        )
        return row(place, wanted)

    whole = of({column: list(cells) for column, cells in features.items()}, people)
    cells = [(column, n, cell) for column, pair in features.items() for n, cell in enumerate(pair)]
    cells += [("population", n, cell) for n, cell in enumerate(people)]
    open_cells = [(column, n) for column, n, cell in cells if cell is None]
    ways = list(product(*(FILLED_IN[column] for column, _ in open_cells)))
    for way in ways[:: max(1, len(ways) // 6)]:
        filled = {
            column: list(pair) for column, pair in (features | {"population": people}).items()
        }
        for (column, n), cell in zip(open_cells, way, strict=True):
            filled[column][n] = cell
        found = of({column: filled[column] for column in columns}, filled["population"])
        if math.isnan(found["value"]):
            continue
        if not math.isnan(whole["value_low"]):
            assert whole["value_low"] <= found["value"] * (1 + 1e-12) + 1e-12
            assert found["value"] <= whole["value_high"] * (1 + 1e-12) + 1e-12
        if whole["verdict"] in ("达标", "未达标"):
            assert found["verdict"] == whole["verdict"]
            if not math.isnan(whole["gap"]):
                assert found["gap"] == pytest.approx(whole["gap"])


def test_what_is_not_filled_in_is_named_once():
    asked_of = ["等级、综合性医院未填", "等级未填", "", ""]
    wanted = ["等级、综合性医院、老年医学科未填", "", "老年医学科未填", ""]
    assert joined(asked_of, wanted) == [
        "等级、综合性医院、老年医学科未填", "等级未填", "老年医学科未填", "",
    ]  # fmt: skip


def test_where_town_or_country_is_not_filled_in_nobody_knows_whether_it_counts():
    layers = county(
        {"a": (0.0, 100.0), "b": (5000.0, 50.0), "c": (9000.0, 50.0)},
        {"h0": ("hospital", 0.0), "h1": ("hospital", 5000.0), "h2": ("hospital", 9000.0)},
        more={"settlement": ["urban", None, "rural"]},
        features={"features": ["老年友善：是", "老年友善：否", "老年友善：否"],
                  "capacity_beds": [10.0, 10.0, 10.0]},
    )  # fmt: skip
    place = study(layers)
    town = {"scope": "urban", "scope_name": "城区"}
    count = row(place, replace(asked(FacilityCount(HOSPITAL), 2.0), **town))
    assert (count["value_low"], count["value_high"], count["verdict"]) == (1, 2, "数据不足")
    assert count["notes"] == "1 个需求点没有填城乡属性，是否属于“城区”不能确定"
    assert count["missing"].startswith("1 处资料不全，首个是“h1”（最近需求点的城乡属性未填）")
    share = row(place, replace(asked(FacilityShare(FRIENDLY, HOSPITAL), 80.0), **town))
    assert (share["value_low"], share["value_high"], share["verdict"]) == (50, 100, "数据不足")
    ask = PerPopulation(HOSPITAL, "capacity_beds", 1000.0)
    beds = row(place, replace(asked(ask, 100.0), **town))
    assert beds["value_low"] == pytest.approx(10 / 150 * 1000)
    assert beds["value_high"] == pytest.approx(200.0)
    assert beds["verdict"] == "数据不足"
    rural = replace(asked(FacilityCount(HOSPITAL), 1.0), scope="rural", scope_name="农村地区")
    assert row(place, rural)["verdict"] == "达标"
