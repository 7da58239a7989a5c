"""Targets on screen, worked out by hand: figures, bar, table, card, map, parts, changes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.rules.choices import ReportedFigure, TargetChoices, Waiver
from coverage.rules.target import FacilityCount, PerPopulation, Plan, Reported, Served, YearValue
from coverage.targets import VERDICTS, answer_targets, judge
from reports.target_figures import (
    FILLS,
    MARKS,
    gap_text,
    number_text,
    target_text,
    value_text,
    verdict_text,
)
from tests.hand_made import X0, Y0
from tests.hostile import HOSTILE
from tests.target_county import CLINIC, KINDS, county, study, target
from views import targets_changes as changes
from views import targets_detail
from views.targets_bar import COLOURS, bar_html, bar_image, bar_svg, place
from views.targets_card import CLASSES, card_html, counted_lines
from views.targets_compare import FAINT, NOTHING, heat_styled, heat_table, pair_table, pairs_of
from views.targets_many import legend_html
from views.targets_map import FAILS, MEETS, OPEN, ZONES, target_map
from views.targets_own_page import fault_lines, in_cells
from views.targets_parts import (
    closing_sentence,
    closing_table,
    same_indicator,
    units_table,
    values_by_year,
    years_table,
    zones_table,
)
from views.targets_table import (
    ORDER,
    Wanted,
    chosen_rows,
    decided_first,
    first_year,
    painted,
    target_table,
    verdict_counts,
    whole_rows,
    year_options,
)

BEDS = PerPopulation(CLINIC, "capacity_beds", 1000)


def placed(layers):
    """The same county where it lies on the globe: the toy's origin has no latitude."""
    tables = {name: getattr(layers, name) for name in ("zones", "demand", "facilities")}
    moved = {
        name: table.set_geometry(table.geometry.translate(X0, Y0)) for name, table in tables.items()
    }
    return replace(layers, **moved)


def case(year: int = 2025):
    """Two towns; b and d are too far from the clinics; nobody knows the people of c."""
    layers = county(
        {"a": (0, 300), "b": (4000, 200), "c": (10_400, None), "d": (16_000, 100)},
        {"f": ("clinic", 500), "g": ("clinic", 10_500)},
        zones={"w": (HOSTILE, -100, 9000), "e": ("东镇", 9000, 20_100)},
        features={"capacity_beds": [2.0, 1.0]},
    )
    layers.demand["demand_name"] = [HOSTILE, "乙村", "丙村", "丁村"]
    ready = study(layers, choices=TargetChoices(area_level="county"))
    near = Served(CLINIC, "straight_line", 1000.0)
    targets = [
        named("near", near, "served_within_distance", values=(YearValue(2025, 90.0),),
              baseline=(YearValue(2020, 50.0),), binding="约束性", indicator_id="near"),
        named("beds", BEDS, "capacity_per_population", unit="张", gap_unit="张",
              values=(YearValue(2030, 6.3),), indicator_id="beds_per_1000"),
        named("count", FacilityCount(CLINIC), "facility_count", unit="处", gap_unit="处",
              is_total=True, area_level="county", values=(YearValue(2025, 5.0),)),
        named("open", Reported(), "reported", open_reason="规划没有给出数值"),
    ]  # fmt: skip
    answered = answer_targets(ready, targets)
    return ready, answered, judge(ready, answered, year=year)


def named(name, ask, rule, **more):
    unit = {"unit": more.pop("unit", "%"), "gap_unit": more.pop("gap_unit", "人")}
    return replace(
        target(ask, rule, **more), target_id=f"plan/{name}", indicator=f"指标{name}", **unit
    )


@pytest.fixture(scope="module")
def judged():
    return case()


def by_id(answered):
    return {one.target.target_id: one.target for one in answered}


def row_of(judged, name):
    whole = whole_rows(judged.values)
    return whole[whole["target_id"] == f"plan/{name}"].iloc[0].to_dict()


def test_every_verdict_has_a_sign_a_fill_a_colour_and_a_class():
    for words in (MARKS, FILLS, COLOURS, CLASSES):
        assert set(words) == set(VERDICTS)
    assert sorted(ORDER) == sorted(VERDICTS)
    assert len(set(MARKS.values())) == len(VERDICTS), "told apart without any colour"


@given(st.floats(-1e7, 1e7), st.floats(-1e7, 1e7))
def test_a_number_never_looks_like_what_it_is_not(value, beside):
    shown = float(number_text(value, beside=beside).replace(",", ""))
    assert abs(shown - value) <= max(0.5, abs(value) * 0.01)
    if abs(value - beside) > 1e-5:
        assert shown != beside or float(beside) != round(beside, 6)


def test_values_targets_and_gaps_have_their_units():
    row = {"value": math.nan, "value_low": 3.0, "value_high": 5.5, "target": 8.0, "unit": "张",
           "gap": math.nan, "gap_unit": "张", "verdict": "数据不足"}  # fmt: skip
    assert value_text(row) == "3～5.5 张"
    assert value_text({**row, "value_low": 0.0, "value_high": math.inf}) == "—"
    assert value_text({**row, "unit": "%", "value_low": 0.0, "value_high": 100.0}) == "—"
    assert target_text(row, better="lower") == "≤8 张"
    assert gap_text(row) == "—"
    assert gap_text({**row, "gap": 2.5, "gap_unit": "%"}) == "2.5 个百分点"
    assert verdict_text("达标") == "✓ 达标"


@pytest.mark.parametrize(
    ("value", "baseline", "goal", "better", "share"),
    [
        (7.0, 6.0, 8.0, "higher", 0.5),
        (8.0, 6.0, 8.0, "higher", 1.0),
        (5.0, 6.0, 8.0, "higher", -0.5),
        (4.0, math.nan, 8.0, "higher", 0.5),  # no baseline: from nothing
        (4.0, 9.0, 8.0, "higher", 0.5),  # it was above already: no way to the target
        (9.0, 10.0, 8.0, "lower", 0.5),
        (12.0, math.nan, 8.0, "lower", 0.5),  # from twice the target
        (1e9, 6.0, 8.0, "higher", 2.0),
        (0.0, math.nan, 0.0, "higher", 1.0),
    ],
)
def test_the_bar_goes_from_baseline_to_target(value, baseline, goal, better, share):
    row = {"value": value, "baseline": baseline, "target": goal, "verdict": "达标",
           "baseline_year": None, "target_year": 2025}  # fmt: skip
    assert place(row, better=better) == pytest.approx(share)
    assert bar_image(row, better=better).startswith("data:image/svg+xml;base64,")
    assert "circle" in bar_svg(row, better=better, width=150, height=26)


def test_a_bar_without_a_target_is_none_and_without_a_value_has_no_dot():
    row = {"value": math.nan, "baseline": math.nan, "target": math.nan, "verdict": "未设目标"}
    assert bar_image(row, better="higher") == bar_html(row, better="higher") == ""
    row = {**row, "target": 5.0, "baseline_year": None, "target_year": None}
    assert "circle" not in bar_svg(row, better="higher", width=9, height=9)


def test_the_table_has_a_row_for_each_target_and_nothing_that_runs(judged):
    _, answered, result = judged
    whole = whole_rows(result.values)
    table = target_table(whole, by_id(answered), plans={"plan": "规划"})
    assert table["结论"].tolist() == ["? 数据不足", "… 尚未到期", "✗ 未达标", "○ 未设目标"]
    assert table.columns.tolist() == ["结论", "指标", "现值", "目标", "基期 → 目标", "缺口", "性质"]
    assert table["缺口"].tolist()[2] == "3 处"
    assert table["性质"].tolist() == ["约束性", "预期性", "预期性", "预期性"]
    several = target_table(whole, by_id(answered), plans={"plan": HOSTILE, "b": "另"})
    assert several["规划"].iloc[0].isprintable()
    assert painted(table, ["结论"])._compute().ctx[(0, 0)][0] == (
        "background-color", FILLS["数据不足"],
    )  # fmt: skip


def test_counts_and_filters_go_together(judged):
    _, answered, result = judged
    whole, targets = whole_rows(result.values), by_id(answered)
    counts = verdict_counts(whole)
    assert counts == {"未达标": 1, "尚未到期": 1, "达标": 0, "未设目标": 1, "数据不足": 1}
    for word, count in counts.items():
        assert len(chosen_rows(whole, targets, Wanted(verdict=word))) == count
    assert len(chosen_rows(whole, targets, Wanted())) == 4
    assert chosen_rows(whole, targets, Wanted(rule="reported"))["target_id"].tolist() == [
        "plan/open"
    ]
    assert len(chosen_rows(whole, targets, Wanted(binding="约束性"))) == 1
    assert len(chosen_rows(whole, targets, Wanted(text=" 指标BEDS "))) == 1
    assert chosen_rows(whole, targets, Wanted(text="没有的")).empty


def test_what_data_decide_stands_before_what_is_typed_in(judged):
    _, _, result = judged
    whole = whole_rows(result.values)
    turned = whole.iloc[::-1].reset_index(drop=True)
    before = turned.copy()
    rows = decided_first(turned)
    pd.testing.assert_frame_equal(turned, before)
    assert sorted(rows["target_id"]) == sorted(whole["target_id"]), "none is lost"
    typed = (rows["rule"] == "reported").tolist()
    assert typed == sorted(typed)
    computed = rows[rows["rule"] != "reported"]["verdict"].map(ORDER.index).tolist()
    assert computed == sorted(computed)
    # Equals keep the plan's own order.
    same = pd.concat([whole.iloc[[1]].assign(target_id=one) for one in "cab"], ignore_index=True)
    assert decided_first(same)["target_id"].tolist() == ["c", "a", "b"]
    assert decided_first(whole.iloc[:0]).empty


def test_years_to_choose_from(judged):
    _, answered, _ = judged
    targets = list(by_id(answered).values())
    assert year_options(targets) == [2020, 2025, 2030]
    assert year_options([], given=[2019]) == [2019, 2020, 2025, 2030]
    assert first_year(targets) == 2025
    assert first_year([]) == 2025


def test_the_card_quotes_the_clause_and_escapes_everything(judged):
    _, answered, result = judged
    one = replace(answered[0].target, indicator=HOSTILE, note=HOSTILE, table_row="床位 6 8")
    row = {**row_of(result, "near"), "missing": HOSTILE, "recipe": HOSTILE, "notes": HOSTILE}
    text = card_html(row, one, plan_title=HOSTILE, kinds=KINDS, waived=[(HOSTILE, HOSTILE)] * 60)
    assert "<script" not in text
    assert "<img" not in text
    assert "原文<br>表中一行：床位 6 8" in text
    assert "? 数据不足" in text
    assert "不计入分母的村 60 个" in text
    assert "另有 10 个" in text
    assert "计入：村卫生室" in text


def test_the_kinds_that_count_are_named(judged):
    _, answered, _ = judged
    assert counted_lines(answered[0].target, KINDS) == ["计入：村卫生室"]
    two = replace(CLINIC[0], kinds=("clinic", "home"), text="卫生室类")
    ask = Served((two,), "straight_line", 1.0)
    assert counted_lines(target(ask), KINDS) == ["计入：卫生室类（村卫生室、幸福院）"]
    assert counted_lines(answered[3].target, KINDS) == []


def test_units_that_fail_come_first_the_largest_on_top(judged):
    ready, _, result = judged
    failing = result.failing[result.failing["target_id"] == "plan/near"]
    table = units_table(
        failing,
        people=ready.layers.demand["population"],
        zones=ready.layers.zones["zone_name"].to_dict(),
    )
    assert table.index.tolist() == ["b", "d", "c"]
    assert table["状态"].tolist() == ["未达标", "未达标", "无法判断"]
    assert table["差额"].tolist() == ["200 人", "100 人", ""]
    assert "人口" not in table, "short of all its people: said once"
    more = units_table(failing, people=ready.layers.demand["population"] * 2, zones={})
    assert more["人口"].tolist()[:2] == [400, 200]
    assert table["所在单元"].iloc[0].isprintable()
    alike = units_table(failing[failing["status"] == "未达标"],
                        people=ready.layers.demand["population"], zones={})  # fmt: skip
    assert alike.columns.tolist() == ["名称", "所在单元", "差额", "原因"]
    empty = units_table(failing.iloc[:0], people=ready.layers.demand["population"], zones={})
    assert empty.empty


def test_zones_and_years_tell_what_is_missing(judged):
    ready, answered, result = judged
    table = zones_table(result.values, answered[0].target)
    assert len(table) == 2
    assert set(table["结论"]) == {"✗ 未达标", "? 数据不足"}
    rows = [row_of(judge(ready, answered[:1], year=year), "near") for year in (2020, 2025, 2030)]
    told = years_table(rows, answered[0].target)
    assert told["年份"].tolist() == ["2020 年", "2025 年", "2030 年"]
    assert told["目标"].tolist() == ["90%"] * 3
    assert "规划没有 2030 年的数值" in told["说明"].iloc[2]


def test_what_would_close_the_gap_adds_up(judged):
    _, _, result = judged
    rows = result.values[result.values["target_id"] == "plan/near"]
    failing = result.failing[result.failing["target_id"] == "plan/near"]
    zones = rows[rows["zone_id"] != ""]
    title, table = closing_table(zones, failing, gap=240.0)
    assert title == "没有达到的村（社区），差额大的在前，补上前 2 个就达到目标"
    assert table["差额（人）"].tolist() == [200, 100]
    assert table["累计差额（人）"].tolist() == [200, 300]
    assert closing_table(zones, failing, gap=200.0)[0].endswith("补上前 1 个就达到目标")
    assert "补上前" not in closing_table(zones, failing, gap=math.nan)[0]
    assert "补上前" not in closing_table(zones, failing, gap=301.0)[0], "not enough to be had"
    title, table = closing_table(zones.assign(gap=[0.0, 4.0], gap_unit="张"), failing[:0], gap=4)
    assert (title, table["还差"].tolist()) == ("各单元还差多少", ["4 张"])
    assert closing_table(zones.assign(gap=0.0), failing[:0], gap=1)[0] == ""
    row = {**row_of(result, "count")}
    assert closing_sentence(row, zones.assign(gap=0.0)) == "全域还差 3 处。"
    assert closing_sentence({**row, "verdict": "达标"}, zones).startswith("已经达到")
    assert "自设与填报" in closing_sentence({**row, "verdict": "未设目标"}, zones)
    assert "资料不全" in closing_sentence({**row, "gap": math.nan}, zones)
    assert closing_sentence(row, zones.assign(gap=[1.0, 4.0])).startswith(
        "全域还差 3 处；逐个单元都要达到的，2 个单元共差 5 处"
    )


def test_the_map_draws_who_fails_who_does_not_and_of_whom_nobody_knows(judged):
    ready, answered, result = judged
    failing = result.failing[result.failing["target_id"] == "plan/near"]
    drawn, left_out = target_map(answered[0], failing, placed(ready.layers), kinds=KINDS)
    ids = {layer.layer_id: [one["properties"]["id"] for one in layer.features]
           for layer in drawn.layers}  # fmt: skip
    assert ids == {FAILS: ["b", "d"], OPEN: ["c"], MEETS: ["a"], "facility:clinic": ["f", "g"]}
    assert left_out == 0
    assert (
        drawn.payload
        == target_map(answered[0], failing, placed(ready.layers), kinds=KINDS)[0].payload
    )
    beds = result.failing[result.failing["target_id"] == "plan/beds"]
    zone = pd.DataFrame(
        [{"unit_type": "zone", "unit_id": "w", "unit_name": HOSTILE, "zone_id": "w",
          "status": "未达标", "reason": "少", "short": 1.0, "unit": "张",
          "target_id": "plan/beds"}]
    )  # fmt: skip
    drawn, _ = target_map(answered[1], pd.concat([beds, zone]), placed(ready.layers), kinds=KINDS)
    assert ZONES in {layer.layer_id for layer in drawn.layers}


def test_the_heat_table_has_ratios_only_and_the_verdict_in_every_cell(judged):
    _, answered, result = judged
    texts, verdicts = heat_table(result.values, answered)
    assert texts["指标"].tolist() == ["指标near", "指标beds"]
    assert texts.columns[:3].tolist() == ["指标", "目标", "全域"]
    assert texts.shape == verdicts.shape == (2, 5)
    for column in texts.columns[2:]:
        for text, verdict in zip(texts[column], verdicts[column], strict=True):
            assert text.startswith(MARKS[verdict])
    assert heat_styled(texts, verdicts)._compute().ctx
    # A zone without anything to count is neither good nor bad, and the values are as they were.
    values = result.values.copy()
    place = values.index[(values["target_id"] == "plan/near") & (values["zone_id"] != "")][0]
    values.loc[place, "units"] = 0
    values.loc[place, ["value", "value_low", "value_high"]] = np.nan
    kept = values.copy()
    texts, verdicts = heat_table(values, answered)
    assert (texts.iloc[0, 3], verdicts.iloc[0, 3]) == (NOTHING, "")
    assert heat_styled(texts, verdicts)._compute().ctx[(0, 3)] == [("color", FAINT)]
    pd.testing.assert_frame_equal(values, kept)
    assert f"{NOTHING} 没有考核对象" in legend_html()
    # From nothing to all of it tells nothing.
    values.loc[place, ["units", "value_low", "value_high", "verdict"]] = [3, 0.0, 100.0, "数据不足"]
    assert heat_table(values, answered)[0].iloc[0, 3] == "? —"
    none, _ = heat_table(result.values, answered[2:])
    assert none.empty


def test_two_plans_stand_side_by_side_where_they_set_the_same(judged):
    _, answered, result = judged
    own = [one.target for one in answered]
    other = [replace(own[1], target_id="b/beds", values=(YearValue(2025, 8.0),))]
    pairs = pairs_of(own, other)
    assert [(one.target_id, two.target_id) for one, two in pairs] == [("plan/beds", "b/beds")]
    row = row_of(result, "beds")
    table = pair_table(pairs, {"plan/beds": row, "b/beds": {**row, "target": 8.0}})
    assert table[["甲：目标", "乙：目标"]].to_numpy().tolist() == [["6.3 张", "8 张"]]
    assert table["乙：各年目标"].tolist() == ["2025年 8"]
    assert pairs_of(own[2:], own[2:]) == []
    known = {one.target_id: one for one in (*own, *other)}
    assert same_indicator(own[1], known, plans=["plan", "b"]) == other
    assert same_indicator(own[1], known, plans=["plan"]) == []
    assert same_indicator(own[3], known, plans=["b"]) == []


def test_what_a_plan_sets_is_told_by_year():
    one = target(BEDS, baseline=(YearValue(2020, 7.48),), values=(YearValue(2025, 8.0),))
    assert values_by_year(one) == "（2020年 7.48）2025年 8"
    assert values_by_year(target(BEDS)) == "规划未定"


def test_changes_make_new_choices_and_taking_back_gives_the_old_ones():
    none = TargetChoices()
    one, two = YearValue(2025, 8.0, "文件"), YearValue(2025, 9.0, "新文件")
    own = changes.with_value(changes.with_value(none, "p/t", one), "p/t", two)
    assert own.values == {"p/t": (two,)}
    assert changes.without_value(own, "p/t", 2025) == none
    figure = ReportedFigure(2024, 30.0, "公报")
    of_zone = ReportedFigure(2024, 31.0, "公报", "w")
    both = changes.with_figure(changes.with_figure(none, "p/t", figure), "p/t", of_zone)
    assert both.reported == {"p/t": (figure, of_zone)}
    assert changes.without_figure(both, "p/t", 2024, "w").reported == {"p/t": (figure,)}
    waiver = Waiver("small_village", ("p/t",), "人少", under_persons=300)
    assert changes.without_waiver(changes.with_waiver(none, waiver), waiver) == none
    assert changes.without_waiver(none, waiver) == none
    assert changes.with_area(changes.with_area(none, "东", ["w"]), "东", []) == none
    assert changes.with_leaders(none, "p/t", ["f"]).leaders == {"p/t": ("f",)}
    assert changes.with_cutoff(changes.with_cutoff(none, "p/t", 9.0), "p/t", None) == none
    assert none == TargetChoices()


def test_parts_that_plans_name_are_listed_once():
    scoped = replace(target(BEDS), scope="named", scope_name="起步区")
    count = replace(target(FacilityCount(CLINIC, ("东", "西"))), rule="facility_count")
    plan = Plan("p", "规划", "县", "县", "county", 2020, 2030, (scoped, scoped, count))
    assert changes.named_areas({"p": plan}) == ["起步区", "东", "西"]


def test_faults_are_told_one_by_one():
    text = (
        "指标表「a.xlsx」有 2 处问题：第 2 行缺少「原文」。第 3 行的「单位」应为 1。其余 3 处略。"
    )
    assert fault_lines(text) == [
        "第 2 行缺少「原文」。", "第 3 行的「单位」应为 1。", "其余 3 处略。",
    ]  # fmt: skip


def test_the_map_is_of_the_year_that_is_looked_at(judged, monkeypatch):
    """As many towns are short in 2030 as in 2025: only the year tells the maps apart."""
    ready, _, _ = judged
    beds = named("beds", BEDS, "capacity_per_population", unit="张", gap_unit="张",
                 values=(YearValue(2025, 7.0), YearValue(2030, 8.0)))  # fmt: skip
    (one,) = answer_targets(ready, [beds])
    plan = Plan("plan", "规划", "某县", "某县", "county", 2021, 2030, (beds,))
    held = SimpleNamespace(
        opened=SimpleNamespace(fingerprint="county", kinds=KINDS),
        plans=SimpleNamespace(known={"plan": plan}),
        study=SimpleNamespace(layers=placed(ready.layers)),
        key="choices",
    )
    drawn = []
    monkeypatch.setattr(targets_detail, "bare_ground_map", lambda _: None)
    monkeypatch.setattr(targets_detail, "live_map", lambda _, shown, **__: drawn.append(shown))
    state = {}
    monkeypatch.setattr(targets_detail.st, "session_state", state)
    for year in (2025, 2030, 2030):
        given = judge(ready, [one], year=year)
        assert given.failing["status"].tolist() == ["未达标", "无法判断"]
        targets_detail.show_detail(
            held, one, given, card=targets_detail.st.container(), interpolate=False,
            static_folder=Path("static"),
        )  # fmt: skip
    said = [repr(shown) for shown in drawn]
    assert "目标 7 张" in said[0]
    assert "目标 8 张" in said[1]
    assert "目标 7 张" not in said[1]
    assert drawn[1] is drawn[2], "described once"


def test_nothing_is_changed_by_looking(judged):
    ready, answered, result = judged
    before = result.values.copy(), result.failing.copy()
    target_table(whole_rows(result.values), by_id(answered), plans={"plan": "规划"})
    heat_table(result.values, answered)
    target_map(answered[0], result.failing, placed(ready.layers), kinds=KINDS)
    pd.testing.assert_frame_equal(result.values, before[0])
    pd.testing.assert_frame_equal(result.failing, before[1])
    assert np.isfinite(ready.layers.demand["population"]).sum() == 3


def test_faults_name_the_cells_of_the_form():
    said = {
        "第 1 行指标「target-1」缺少「原文」。": "缺少「原文」。",
        "第 1 行的「目标值1」应为数字，现为“很多”。": "「目标值1」应为数字，现为“很多”。",
        "[plan] 的「id」的写法不对（应符合 ^[a-z0-9]+(-[a-z0-9]+)*$），现为 ''。": (
            "「规划代号」的写法不对（用小写字母、数字，中间可用连字符）。"
        ),
        "[plan] 的「id」的写法不对。": "「规划代号」的写法不对。",
        "[plan] 的「title」不得为空，现为 ''。": "「规划名称」不得为空。",
        "第 12 行缺少「原文」。": "第 12 行缺少「原文」。",
    }
    assert {one: in_cells(one) for one in said} == said
