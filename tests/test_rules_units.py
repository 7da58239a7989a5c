"""Units that have their facility, or are served by one: villages, townships, the county itself."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.rules.answer import BOUNDS
from coverage.rules.choices import WHOLE_AREA, TargetChoices, Waiver
from coverage.rules.sums import sums_by_zone
from coverage.rules.target import UnitNeed, UnitsServed, UnitsWithFacility
from coverage.rules.unit_lists import VILLAGE_REACH_M
from coverage.rules.units import answer_units_served, answer_units_with_facility
from tests.target_county import CLINIC, HOME, TERTIARY, county, study, target, total

TOWNS = {
    "t1": ("甲镇", 0.0, 5000.0),
    "t2": ("乙镇", 5000.5, 10_000.0),
    "s1": ("丙街道（城区）", 10_000.5, 15_000.0),
    "s2": ("丁办事处", 15_000.5, 20_000.0),
}
VILLAGES = {"a": (1000.0, 100.0), "b": (6000.0, 200.0), "c": (11_000.0, 300.0)}


def having(layers, *needs, choices=None, **more):
    ask = UnitsWithFacility(needs)
    return answer_units_with_facility(
        study(layers, choices=choices), target(ask, "units_with_facility", **more)
    )


def near(layers, level, radius_m, *, choices=None, facilities=CLINIC, **more):
    ask = UnitsServed(level, facilities, radius_m)
    return answer_units_served(study(layers, choices=choices), target(ask, "units_served", **more))


def test_townships_and_streets_are_told_apart_by_name():
    layers = county(VILLAGES, {"f": ("clinic", 1000.0), "g": ("clinic", 11_000.0)}, zones=TOWNS)
    for level, ids, part in (
        ("township", ["t1", "t2"], [1.0, 0.0]),
        ("street", ["s1", "s2"], [1.0, 0.0]),
        ("any_township", ["t1", "t2", "s1", "s2"], [1.0, 0.0, 1.0, 0.0]),
    ):
        items = having(layers, UnitNeed(level, CLINIC)).items
        assert items["item_id"].tolist() == items["zone_id"].tolist() == ids
        assert items["part_low"].tolist() == items["part_high"].tolist() == part
        assert items["whole_low"].tolist() == items["whole_high"].tolist() == [1.0] * len(ids)
        assert items["reason"].tolist() == ["" if has else "没有村卫生室" for has in part]
        assert (items["item_type"] == "zone").all()


def test_the_recipe_says_how_units_and_facilities_go_together():
    layers = county(VILLAGES, {"f": ("clinic", 1000.0)}, zones=TOWNS)
    assert having(layers, UnitNeed("street", CLINIC, 2)).recipe == (
        "街道中有至少 2 处村卫生室的占百分比；设施按所在位置归到行政单元；研究区以外的设施不计"
    )
    assert having(layers, UnitNeed("any_village", CLINIC)).recipe == (
        "村（社区）中有村卫生室的占百分比；设施归到 1000 米（直线，含）以内最近的村（社区）；"
        "研究区以外的设施不计"
    )


def test_where_no_unit_has_so_many_people_the_target_does_not_apply():
    layers = county(VILLAGES, {"f": ("hospital", 1000.0)}, zones=TOWNS)
    need = UnitNeed("county_not_district", TERTIARY, over_persons=800_000.0)
    answer = having(layers, need, choices=TargetChoices(area_level="county"))
    assert answer.items.empty
    assert answer.missing == ("研究区没有常住人口超过 80 万人的县（市），本指标在此不适用",)
    assert answer.notes == ("常住人口不超过 80 万人的 1 个县（市）不计",)


def test_at_least_two_and_one_of_unknown_grade():
    facilities = {
        "f1": ("hospital", 1000.0), "f2": ("hospital", 1100.0), "g1": ("hospital", 6000.0),
        "g2": ("hospital", 6100.0), "h": ("hospital", 11_000.0),
    }  # fmt: skip
    grades = {"level": ["三级", "三级甲等", "三级", None, None]}
    layers = county(VILLAGES, facilities, zones=TOWNS, features=grades)
    items = having(layers, UnitNeed("any_township", TERTIARY, 2)).items
    assert items[list(BOUNDS)].to_numpy().tolist() == [
        [1.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 0.0, 1.0],
        [0.0, 1.0, 0.0, 1.0],
    ]
    assert items["reason"].tolist() == [
        "",
        "“g2”等级未填，无法判断",
        "没有综合医院（三级）",
        "没有综合医院（三级）",
    ]
    items = having(layers, UnitNeed("any_township", TERTIARY, 3)).items
    assert items["reason"][0] == "只有 2 处综合医院（三级），应有 3 处"


def test_a_facility_beyond_the_border_is_in_no_unit():
    zones = {"t1": TOWNS["t1"]}
    layers = county(
        {"a": (4900.0, 1.0)}, {"f": ("clinic", 5100.0), "g": ("clinic", 0.0)}, zones=zones
    )
    answer = having(layers, UnitNeed("any_village", CLINIC))
    assert answer.items["part_high"].tolist() == [0.0]
    only_outside = county({"a": (4900.0, 1.0)}, {"f": ("clinic", 5100.0)}, zones=zones)
    assert (
        having(only_outside, UnitNeed("any_village", CLINIC))
        .missing[0]
        .startswith("数据里没有任何")
    )


def test_a_village_has_what_stands_nearest_to_it_within_a_thousand_metres():
    villages = {"a": (1000.0, 1.0), "b": (1500.0, 1.0), "c": (9000.0, 1.0), "d": (15_000.0, 1.0)}
    facilities = {
        "f": ("clinic", 1240.0),  # nearer to a
        "g": ("clinic", 9000.0 + VILLAGE_REACH_M),
        "h": ("clinic", 15_000.5 + VILLAGE_REACH_M),
    }
    items = having(county(villages, facilities), UnitNeed("any_village", CLINIC)).items
    assert items["part_low"].tolist() == [1.0, 0.0, 1.0, 0.0]
    assert items["item_type"].unique().tolist() == ["demand"]
    assert items["zone_id"].tolist() == ["z"] * 4


def test_villages_and_communities_by_settlement_else_by_name():
    villages = {"甲村": (0.0, 1.0), "乙社区": (2000.0, 1.0), "丙居委会": (4000.0, 1.0)}
    facilities = {"f": ("clinic", 0.0)}
    told = county(villages, facilities, more={"settlement": ["urban", "rural", "rural"]})
    answer = having(told, UnitNeed("village", CLINIC))
    assert answer.items["item_id"].tolist() == ["乙社区", "丙居委会"]
    assert answer.notes == ()
    for more in (None, {"settlement": [None, None, None]}):
        named = county(villages, facilities, more=more)
        answer = having(named, UnitNeed("community", CLINIC))
        assert answer.items["item_id"].tolist() == ["乙社区", "丙居委会"]
        assert answer.notes == (
            "3 个需求点没有城乡属性，名称以“社区”或“居委会”结尾的按社区计，其余按行政村计",
        )
        assert having(named, UnitNeed("village", CLINIC)).items["item_id"].tolist() == ["甲村"]


RURAL = {"scope": "rural", "scope_name": "农村社区"}
BY_NAME = "{} 个需求点没有城乡属性，名称以“社区”或“居委会”结尾的按社区计，其余按行政村计"


def test_villages_nobody_can_place_may_count():
    villages = {"甲村": (0.0, 1.0), "乙村": (4000.0, 1.0), "丙村": (8000.0, 1.0)}
    layers = county(
        villages,
        {"f": ("clinic", 0.0), "g": ("clinic", 4000.0)},
        more={"settlement": ["rural", None, None]},
    )
    for level, told in (("village", (BY_NAME.format(2),)), ("any_village", ())):
        answer = having(layers, UnitNeed(level, CLINIC), **RURAL)
        assert answer.items[["item_id", *BOUNDS]].to_numpy().tolist() == [
            ["甲村", 1.0, 1.0, 1.0, 1.0],
            ["乙村", 0.0, 0.0, 1.0, 1.0],
            ["丙村", 0.0, 1.0, 0.0, 0.0],
        ]
        assert answer.items["reason"].tolist() == [
            "",
            "城乡属性未填",
            "没有村卫生室；城乡属性未填",
        ]
        note = "2 个需求点没有填城乡属性，是否属于“农村社区”不能确定"
        assert answer.notes == (note, *told)


def test_without_town_and_country_names_tell_villages_but_nothing_else():
    layers = county({"甲村": (0.0, 1.0), "乙社区": (4000.0, 1.0)}, {"f": ("clinic", 0.0)})
    answer = having(layers, UnitNeed("village", CLINIC), **RURAL)
    assert (answer.items["item_id"].tolist(), answer.notes) == (["甲村"], (BY_NAME.format(2),))
    assert having(layers, UnitNeed("any_village", CLINIC), **RURAL).missing == (
        "需求点没有城乡属性，无法区分“农村社区”，请在需求点表里补充城乡一列",
    )
    assert total(having(layers, UnitNeed("any_township", CLINIC), **RURAL).items) == [1.0] * 4


@pytest.mark.parametrize("level", ["village", "community", "any_village"])
@pytest.mark.parametrize(
    ("origin", "start"),
    [
        ("osm", "需求点不是村（社区）名录（来自开放街图）"),
        (["inferred", "osm"], "需求点不是村（社区）名录（来自按道路推断、开放街图）"),
        (["list", "raster"], "有 1 个需求点不是村（社区）名录（来自人口栅格）"),
    ],
)
def test_houses_and_cells_are_no_villages(level, origin, start):
    layers = county({"甲村": (0.0, 1.0), "乙社区": (4000.0, 1.0)}, {"f": ("clinic", 0.0)},
                    more={"origin": origin})  # fmt: skip
    missing = (f"{start}，不能逐村考核，请提供村（社区）名录",)
    assert having(layers, UnitNeed(level, CLINIC)).missing == missing
    assert near(layers, level, 500.0).missing == missing
    assert having(layers, UnitNeed("any_township", CLINIC)).missing == ()


def test_synthetic_villages_are_villages():
    layers = county(VILLAGES, {"f": ("clinic", 1000.0)}, more={"origin": "synthetic"})
    assert total(having(layers, UnitNeed("any_village", CLINIC)).items)[:2] == [1.0, 3.0]


def test_a_development_zone_counts_as_a_township_and_it_is_said():
    zones = {"1": ("甲乡", 0.0, 5000.0), "2": ("乙经济开发区", 5000.5, 9000.0),
             "3": ("丙街道", 9000.5, 20_000.0)}  # fmt: skip
    layers = county(VILLAGES, {"f": ("clinic", 1000.0)}, zones=zones)
    note = "1 个单元的名称不是乡、镇或街道，首个是“乙经济开发区”，按乡镇计"
    for level, ids, notes in (
        ("township", ["1", "2"], (note,)),
        ("street", ["3"], (note,)),
        ("any_township", ["1", "2", "3"], ()),
    ):
        answer = having(layers, UnitNeed(level, CLINIC))
        assert (answer.items["item_id"].tolist(), answer.notes) == (ids, notes)


def test_zones_of_villages_count_by_their_polygons():
    zones = {"v1": ("甲村", 0.0, 5000.0), "v2": ("乙社区", 5000.5, 9000.0)}
    layers = county({"a": (0.0, 1.0)}, {"f": ("clinic", 4900.0)}, zones=zones, level="village")
    items = having(layers, UnitNeed("any_village", CLINIC)).items
    assert items[["item_type", "item_id", "part_low"]].to_numpy().tolist() == [
        ["zone", "v1", 1.0],
        ["zone", "v2", 0.0],
    ]
    assert having(layers, UnitNeed("community", CLINIC)).items["item_id"].tolist() == ["v2"]


def test_the_county_is_the_study_area_and_adds_to_the_total_alone():
    layers = county(VILLAGES, {"f": ("clinic", 1000.0)}, zones=TOWNS)
    answer = having(layers, UnitNeed("county", CLINIC), choices=TargetChoices(area_level="county"))
    assert answer.items[["item_id", "item_name", "zone_id"]].to_numpy().tolist() == [
        ["甲县", "甲县", WHOLE_AREA]
    ]
    assert total(answer.items) == [1.0] * 4


def test_a_district_is_no_county_seat():
    layers = replace(county(VILLAGES, {"f": ("clinic", 0.0)}, zones=TOWNS), name="甲区（2025年）")
    own = TargetChoices(area_level="county")
    answer = having(layers, UnitNeed("county_not_district", CLINIC), choices=own)
    assert answer.missing == ("考核范围内没有县（市）",)
    zones = {"1": ("甲县", 0.0, 9000.0), "2": ("乙区", 9000.5, 20_000.0)}
    layers = county(VILLAGES, {"f": ("clinic", 0.0)}, zones=zones, level="county")
    answer = having(layers, UnitNeed("county_not_district", CLINIC))
    assert answer.items["item_id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("level", "area_level", "sentence"),
    [
        (
            "county", "",
            "项目没有县一级的行政单元，也没有说明研究区是哪一级，请在设定里填写研究区的级别",
        ),
        ("county", "city", "项目没有县一级的行政单元，无法逐个核算"),
        ("city", "county", "项目没有市一级的行政单元，无法逐个核算"),
    ],
)  # fmt: skip
def test_a_level_without_units_is_said(level, area_level, sentence):
    layers = county(VILLAGES, {"f": ("clinic", 0.0)}, zones=TOWNS)
    answer = having(layers, UnitNeed(level, CLINIC), choices=TargetChoices(area_level=area_level))
    assert answer.missing == (sentence,)


def test_no_township_zones_no_streets():
    layers = county(VILLAGES, {"f": ("clinic", 0.0)}, level="village")
    answer = having(layers, UnitNeed("street", CLINIC))
    assert answer.missing == ("项目没有乡镇（街道）一级的行政单元，无法逐个核算",)
    layers = county(VILLAGES, {"f": ("clinic", 0.0)}, zones={"t1": TOWNS["t1"]})
    assert having(layers, UnitNeed("street", CLINIC)).missing == ("考核范围内没有街道",)


def test_several_needs_leave_out_what_is_above_the_area():
    layers = county(VILLAGES, {"f": ("clinic", 1000.0)}, zones=TOWNS)
    needs = [UnitNeed(level, CLINIC) for level in ("city", "county", "any_township", "any_village")]
    answer = having(layers, *needs, choices=TargetChoices(area_level="county"))
    assert total(answer.items)[:2] == [1.0 + 1.0 + 1.0, 1.0 + 4.0 + 3.0]
    assert answer.notes == ("研究区不到市一级，该级不核算",)


def test_a_need_of_units_that_are_not_there_adds_nothing():
    layers = county(
        VILLAGES, {"f": ("clinic", 1000.0)}, zones={"t1": TOWNS["t1"], "t2": TOWNS["t2"]}
    )
    answer = having(layers, UnitNeed("street", CLINIC), UnitNeed("township", CLINIC))
    assert answer.items["item_id"].tolist() == ["t1", "t2"]


def test_sums_of_zones_and_failing_units_make_the_total():
    layers = county(VILLAGES, {"f": ("clinic", 1000.0), "g": ("clinic", 6500.0)}, zones=TOWNS)
    answer = having(layers, UnitNeed("any_village", CLINIC))
    sums = sums_by_zone(answer, list(TOWNS))
    assert sums["part_low"].tolist() == [1.0, 1.0, 0.0, 0.0, 2.0]
    assert sums["whole_low"].tolist() == [1.0, 1.0, 1.0, 0.0, 3.0]
    assert sums.loc[WHOLE_AREA, "failing"] == (answer.items["reason"] != "").sum() == 1


def test_only_units_of_more_people_count_and_unknown_people_leave_it_open():
    villages = {
        "a": (1000.0, 800.0), "b": (6000.0, 801.0), "c": (11_000.0, 500.0), "d": (11_500.0, None),
    }  # fmt: skip
    layers = county(villages, {"f": ("clinic", 6000.0)}, zones=TOWNS)
    answer = having(layers, UnitNeed("any_township", CLINIC, over_persons=800.0))
    assert answer.items["item_id"].tolist() == ["t2", "s1", "s2"]
    assert answer.items[list(BOUNDS)].to_numpy().tolist() == [
        [1.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
    ]
    assert (
        answer.items["reason"].tolist()[1:]
        == ["没有村卫生室；人口资料不全，无法判断是否超过 0.08 万人"] * 2
    )
    assert answer.notes == ("常住人口不超过 0.08 万人的 1 个乡镇（街道）不计",)


def test_what_has_no_list_is_missing_unless_the_list_is_complete():
    layers = county(VILLAGES, {"f": ("clinic", 0.0)}, zones=TOWNS)
    assert having(layers, UnitNeed("street", HOME)).missing[0].startswith("数据里没有任何“幸福院”")
    own = TargetChoices(complete_kinds=frozenset({"home"}))
    assert total(having(layers, UnitNeed("street", HOME), choices=own).items)[:2] == [0.0, 2.0]


def test_waived_villages_leave_the_denominator():
    layers = county(
        {"a": (0.0, 10.0), "b": (4000.0, None), "c": (8000.0, 500.0)}, {"f": ("clinic", 4000.0)}
    )
    waiver = Waiver("small_village", ("plan/t",), "县里规定", under_persons=50.0)
    own = TargetChoices(waivers=(waiver,))
    answer = having(layers, UnitNeed("any_village", CLINIC), choices=own)
    assert answer.items[["item_id", *BOUNDS]].to_numpy().tolist() == [
        ["b", 0.0, 0.0, 1.0, 1.0],
        ["c", 0.0, 1.0, 0.0, 1.0],
    ]
    assert answer.items["reason"].tolist() == ["常住人口未填，无法判断是否豁免", "没有村卫生室"]
    assert answer.waived["item_id"].tolist() == ["a"]
    assert answer.notes[-1] == "按豁免规则不计 1 个村，分母由 3 个变为 2 个"
    by_zone = having(layers, UnitNeed("any_township", CLINIC), choices=own)
    assert by_zone.notes == ("豁免规则只适用于按需求点计的村，本指标按行政单元核算，没有使用",)


def test_units_are_served_within_exactly_the_radius():
    villages = {"a": (0.0, 1.0), "b": (4000.0, 1.0), "c": (4000.1, 1.0)}
    layers = county(villages, {"f": ("clinic", 2000.0)})
    answer = near(layers, "any_village", 2000.0)
    assert answer.items["part_low"].tolist() == [1.0, 1.0, 0.0]
    assert answer.items["reason"].tolist() == ["", "", "最近的“f”2.0001 公里，超过 2 公里"]
    assert answer.recipe == (
        "村（社区）中单元内有村卫生室，或单元所在点 2 公里（直线，含）以内有的占百分比；"
        "设施归到 1000 米（直线，含）以内最近的村（社区）"
    )
    inside = near(layers, "any_village", None)
    assert inside.items["part_low"].tolist() == [0.0, 0.0, 0.0]
    assert inside.items["reason"].tolist() == ["没有村卫生室"] * 3
    own = TargetChoices(cutoffs={"plan/t": 2500.0})
    chosen = near(layers, "any_village", None, choices=own)
    assert (total(chosen.items)[0], chosen.notes) == (3.0, ("按自设的 2.5 公里核算",))


def test_a_unit_served_by_one_of_unknown_grade_is_open():
    layers = county(
        {"a": (0.0, 1.0), "b": (9000.0, 1.0)},
        {"f": ("hospital", 100.0), "g": ("hospital", 9000.0)},
        features={"level": [None, "三级"]},
    )
    items = near(layers, "any_village", 500.0, facilities=TERTIARY).items
    assert items[list(BOUNDS)].to_numpy().tolist() == [[0.0, 1.0, 1.0, 1.0], [1.0] * 4]
    assert items["reason"][0] == "500 米以内只有“f”，其等级未填"
    assert near(layers, "any_village", None, facilities=TERTIARY).items["reason"][0] == (
        "“f”等级未填，无法判断"
    )


def test_layers_stay_as_they_are():
    layers = county(VILLAGES, {"f": ("clinic", 0.0)}, zones=TOWNS)
    before = [table.copy() for table in (layers.demand, layers.facilities, layers.zones)]
    having(layers, UnitNeed("any_village", CLINIC), UnitNeed("street", CLINIC))
    near(layers, "any_township", 900.0)
    for table, copy in zip((layers.demand, layers.facilities, layers.zones), before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


@settings(max_examples=10)
@given(st.lists(st.integers(0, 199).map(lambda at: at * 100.0 + 50.0), max_size=6))
def test_the_share_agrees_with_brute_force_and_a_new_facility_never_lowers_it(at):
    own = TargetChoices(complete_kinds=frozenset({"clinic"}))
    places = {f"v{n}": (n * 2500.0, 1.0) for n in range(9)}
    before: dict[str, float] = {}
    for facilities in (at, [*at, 7000.0]):
        table = {f"f{n}": ("clinic", x) for n, x in enumerate(facilities)} | {"h": ("home", 0.0)}
        layers = county(places, table, zones=TOWNS)
        sums = {
            "village": total(having(layers, UnitNeed("any_village", CLINIC), choices=own).items)[0],
            "town": total(having(layers, UnitNeed("any_township", CLINIC), choices=own).items)[0],
            "near": total(near(layers, "any_village", 800.0, choices=own).items)[0],
        }
        assert sums == {
            "village": sum(any(abs(x - f) <= 1000 for f in facilities) for x, _ in places.values()),
            "town": sum(any(a <= f <= b for f in facilities) for _, a, b in TOWNS.values()),
            "near": sum(any(abs(x - f) <= 1000 for f in facilities) for x, _ in places.values()),
        }
        assert all(sums[name] >= least for name, least in before.items())
        before = sums


def test_what_cannot_be_answered_says_all_the_same_how_it_would_be():
    nothing = county(VILLAGES, {}, zones=TOWNS)
    assert having(nothing, UnitNeed("street", CLINIC)).recipe == (
        "街道中有村卫生室的占百分比；设施按所在位置归到行政单元；研究区以外的设施不计"
    )
    assert near(nothing, "village", None).recipe == "行政村中单元内有村卫生室的占百分比"
