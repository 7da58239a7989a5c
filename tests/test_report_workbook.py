"""The report's workbook, read again by openpyxl: numbers, heads, colours, hostile names."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from reports.report_workbook import workbook_files
from reports.results import demand_table, facilities_table, zones_table
from reports.workbook.sheets import SheetColumn, number_format
from tests.hand_made import KINDS, STANDARD, assessment
from tests.hostile import HOSTILE, hostile_assessment, hostile_kinds
from tests.report_case import NASTY, content, full
from tests.test_results import without_parks

ALWAYS = ["说明", "覆盖汇总", "乡镇", "村", "出行时间", "设施"]


def opened(case):
    ((name, made),) = workbook_files(case).items()
    assert name == "示例县_成果表.xlsx"
    return openpyxl.load_workbook(io.BytesIO(made))


def rows(sheet, *, head=1):
    lines = list(sheet.iter_rows(values_only=True))
    titles = [str(title) for title in lines[head - 1]]
    return titles, lines[head:]


def column(sheet, title, *, head=1, nth=0):
    titles, lines = rows(sheet, head=head)
    at = [number for number, one in enumerate(titles) if one == title][nth]
    return [line[at] for line in lines if any(cell is not None for cell in line)]


def same(cells, values):
    given = [np.nan if cell is None else cell for cell in cells]
    np.testing.assert_allclose(np.array(given, dtype=float), np.array(values, dtype=float))


def test_only_what_is_there_has_a_sheet():
    assert opened(content()).sheetnames == ALWAYS
    assert opened(full()).sheetnames == [
        *ALWAYS, "指标", "指标分单元", "未达标对象", "选址", "选址前后", "情景比较",
        "情景变化的村", "情景出行时间", "情景费用",
    ]  # fmt: skip


def test_changed_verdicts_stand_beside_each_other():
    case = full()
    values = case.judged.values.copy()
    values.loc[0, ["verdict", "value", "gap"]] = ["达标", 8.2, 0.0]
    book = opened(replace(case, judged_after=replace(case.judged, values=values)))
    assert book.sheetnames[-1] == "结论变化"
    sheet = book["结论变化"]
    titles, lines = rows(sheet)
    first = ["指标", "单元名称", "现状结论", "情景结论", "现状值", "情景值", "目标值"]
    assert titles[:7] == first
    assert [line[:7] for line in lines] == [
        ("每千人口床位", "全域", "未达标", "达标", 6.25, 8.2, 8)
    ]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert any("结论变化" in str(cell.value) for (cell,) in book["说明"]["A1:A60"])


def test_no_changed_verdict_leaves_the_heads():
    case = full()
    book = opened(replace(case, judged_after=case.judged))
    _, lines = rows(book["结论变化"])
    assert not any(any(line) for line in lines)


def test_a_value_never_looks_like_the_target_that_it_missed():
    case = full()
    values = case.judged.values.copy()
    values.loc[0, "value"] = 7.9996
    book = opened(replace(case, judged=replace(case.judged, values=values)))
    titles, _ = rows(book["指标"])
    cell = book["指标"].cell(2, titles.index("现值") + 1)
    assert cell.number_format == "#,##0.0000"


def test_the_same_content_gives_the_same_bytes_and_is_unchanged():
    case, untouched = full(), assessment()
    assert workbook_files(case) == workbook_files(full())
    for name in ("demand", "zones", "facilities", "gaps"):
        pd.testing.assert_frame_equal(
            getattr(case.assessment, name), getattr(untouched, name), check_like=False
        )


def test_zones_have_the_numbers_of_the_table():
    table = zones_table(assessment())
    book = opened(content())
    for name, whole in (("覆盖汇总", True), ("乡镇", False)):
        expected = table[(table["zone_id"] == "") == whole]
        for title, key in (
            ("人口（人）", "population"), ("覆盖人口（人）", "covered"),
            ("人口覆盖率（%）", "share"), ("目标（%）", "target"), ("缺口（人）", "gap"),
            ("覆盖村数（个）", "villages_covered"), ("村覆盖率（%）", "village_share"),
            ("人口未知村数（个）", "population_unknown"),
        ):  # fmt: skip
            same(column(book[name], title)[: len(expected)], expected[key].round(6))


def test_villages_have_minutes_metres_and_verdicts():
    table = demand_table(assessment())
    sheet = opened(content())["村"]
    assert column(sheet, "村（社区）", head=2) == ["李村", "王村", None]
    assert column(sheet, "是否覆盖", head=2) == ["已覆盖", "未覆盖", None]
    minutes = column(sheet, "出行时间（分钟）", head=2)
    same(minutes[:2], table["circle_travel_time_s"][:2].round(6) / 60)
    assert minutes[2] == "到不了"
    same(column(sheet, "距离（米）", head=2)[:2], table["circle_distance_m"][:2])
    same(column(sheet, "距离（米）", head=2, nth=1), table["circle_line_distance_m"])
    assert column(sheet, "最近设施", head=2) == ["卫生室甲", "卫生室甲", None]
    assert column(sheet, "把握", head=2) == ["结论可靠", "结论存疑", None]
    groups = [cell.value for cell in sheet[1] if cell.value]
    assert groups == ["15分钟健康服务圈·15分钟（路网）", "15分钟健康服务圈·2.5公里（直线）"]


def test_facilities_have_whom_they_serve():
    table = facilities_table(assessment(), kinds=KINDS)
    sheet = opened(content())["设施"]
    assert column(sheet, "设施", head=2) == ["卫生室甲", None]
    assert column(sheet, "类别", head=2) == ["村卫生室", "县医院"]
    same(column(sheet, "服务人口（人）", head=2), table["circle_population"])


def test_the_curve_meets_the_share_at_the_cutoff():
    found = assessment()
    sheet = opened(content())["出行时间"]
    minutes, share = column(sheet, "分钟"), column(sheet, "15分钟健康服务圈（%）")
    whole = found.zones[(found.zones["zone_id"] == "") & (found.zones["reading_id"] == "circle")]
    assert share[minutes.index(15)] == pytest.approx(float(whole["share"].iloc[0]))
    assert share[0] == 0
    assert share == sorted(share)


def test_targets_sites_and_scenario():
    book = opened(full())
    assert column(book["指标"], "现值")[0] == 6.25
    assert column(book["指标"], "结论")[:2] == ["未达标", "数据不足"]
    assert column(book["指标分单元"], "单元名称") == ["东镇"]
    assert column(book["未达标对象"], "对象类型") == ["设施"]
    assert column(book["选址"], "去留") == ["新增", "保留"]
    same(column(book["选址"], "平均出行时间（分钟）"), [1.0, 3.0])
    same(column(book["选址前后"], "方案后覆盖率（%）"), [1.0, 1.0])
    comparison = full().comparison
    same(column(book["情景比较"], "情景人口覆盖率（%）"), comparison.readings["share_after"])
    same(column(book["情景费用"], "费用合计（万元）"), [60.0])
    changed = column(book["情景变化的村"], "变化")
    assert changed[0] == "新增覆盖"
    same(column(book["情景变化的村"], "情景时间（分钟）")[:1], [1.0])


def test_heads_stay_filters_and_paper():
    book = opened(full())
    for name in book.sheetnames[1:]:
        sheet = book[name]
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.print_title_rows.replace("$", "").startswith("1:")
        assert all(8 <= each.width <= 45 for each in sheet.column_dimensions.values())
    assert len(book["覆盖汇总"]._charts) == 2
    assert book["村"].conditional_formatting
    assert book["乡镇"].conditional_formatting


def test_notes_tell_label_columns_and_sources():
    sheet = opened(full())["说明"]
    said = "\n".join(
        str(cell) for line in sheet.iter_rows(values_only=True) for cell in line if cell is not None
    )
    for text in ("合成数据，仅供演示", "村.csv", "署名：示例", "人口未知村数", "15分钟健康服务圈",
                 "核算年份", "情景", "有 1 个需求点在研究区以外。", "《示例规划》三、（二）1：原文"):  # fmt: skip
        assert text in said


@pytest.mark.parametrize("name", [HOSTILE, *NASTY])
def test_hostile_names_arrive_as_text(name):
    given = hostile_assessment(name)
    case = full(name, given, kinds=hostile_kinds(name))
    ((_, made),) = workbook_files(case).items()
    book = openpyxl.load_workbook(io.BytesIO(made))
    for sheet in book:
        for line in sheet.iter_rows():
            assert all(cell.data_type != "f" and cell.hyperlink is None for cell in line)
    shown = column(book["乡镇"], "乡镇（街道）")[0]
    if name.isprintable():
        assert shown == name
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert not [one for one in archive.namelist() if "external" in one.lower()]
        # a name is no reference of a chart
        charts = [one for one in archive.namelist() if "charts/chart" in one]
        texts = [archive.read(one).decode() for one in charts]
        assert all("cmd|" not in part.split("</c:f>")[0]
                   for text in texts for part in text.split("<c:f>")[1:])  # fmt: skip


def test_empty_tables():
    found = assessment()
    empty = replace(
        found,
        demand=found.demand.iloc[:0], facilities=found.facilities.iloc[:0],
        gaps=found.gaps.iloc[:0], zones=found.zones[found.zones["zone_id"] == ""],
        layers=replace(found.layers, demand=found.layers.demand.iloc[:0],
                       facilities=found.layers.facilities.iloc[:0]),
    )  # fmt: skip
    book = opened(content(empty))
    assert book.sheetnames == ["说明", "覆盖汇总", "乡镇", "村", "设施"]
    assert book["村"].max_row <= 3


def test_nothing_is_rounded_to_what_it_has_not_reached():
    assert number_format(0.99996, kind="percent") == "0.000%"
    assert number_format(1.0, kind="percent") == "0.0%"
    assert number_format(0.89999, kind="percent", beside=0.9) == "0.000%"
    assert number_format(0.2, kind="whole", beside=0.0) == "#,##0.0"
    assert number_format(15.004, kind="minutes", beside=15.0) == "#,##0.000"
    assert number_format(2025, kind="year") == "0"
    assert SheetColumn("人口", [1.0], unit="人").header == "人口（人）"


def test_villages_of_a_standard_without_facilities_are_not_counted():
    book = opened(content(without_parks()))
    titles, lines = rows(book["覆盖汇总"])
    counted, share = (titles.index(one) for one in ("覆盖村数（个）", "村覆盖率（%）"))
    assert [(line[0], line[counted], line[share]) for line in lines[:2]] == [
        ("公园圈", None, None), ("15分钟健康服务圈", 1, 0.5),
    ]  # fmt: skip
    titles, lines = rows(book["乡镇"])
    at = titles.index("覆盖村数（个）")
    assert [line[at] for line in lines[:4]] == [None, None, 0, 1]


def both_standards():
    """A plan that was made for two standards."""
    case = full()
    (answer,) = case.siting
    ground = SimpleNamespace(**vars(answer.ground))
    ground.standard = replace(STANDARD, standard_id="other", name="养老服务圈")
    sites = answer.sites.assign(adds_people=[120.0, 0.0], adds_villages=[2.0, 0.0])
    part = SimpleNamespace(ground=ground, sites=sites, zones=answer.zones.assign(villages=[3, 5]))
    both = SimpleNamespace(**vars(answer))
    both.parts = (both, part)
    return replace(case, siting=(both,))


def test_a_plan_for_two_standards_has_rows_of_each():
    book = opened(both_standards())
    sites = book["选址"]
    assert column(sites, "标准") == ["15分钟健康服务圈"] * 2 + ["养老服务圈"] * 2
    assert column(sites, "地点代码") == ["v:d2", "f1"] * 2
    same(column(sites, "增加覆盖人口（人）"), [300.0, 0.0, 120.0, 0.0])
    assert "标准代码" not in rows(sites)[0]
    zones = book["选址前后"]
    assert column(zones, "标准") == ["15分钟健康服务圈"] * 2 + ["养老服务圈"] * 2
    same(column(zones, "村（社区）数（个）"), [1, 2, 3, 5])
