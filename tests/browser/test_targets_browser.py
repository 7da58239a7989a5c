"""Journeys through the page of targets in a real browser, on an office screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

READY = ".quantu-live[data-reading]"
LONG_MS = 90_000

CARD = ".qt-target"

FAILING = """
root => {
  const layers = root.quantuLive.frame.state.reading.built;
  return (layers.get('target-fails')?.getLayers() ?? []).map(one => one.feature.properties.name);
}
"""


def settled(page):
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=LONG_MS)


def open_targets(page, app):
    page.goto(app)
    page.wait_for_selector(READY, timeout=LONG_MS)
    settled(page)
    page.get_by_role("link", name="指标", exact=True).click()
    page.locator(CARD).wait_for(timeout=LONG_MS)
    settled(page)


def choose(page, box, text, option):
    """Type into a list and take one of what it still offers: long lists draw a part only."""
    field = box.locator("input")
    field.scroll_into_view_if_needed()
    listed = page.get_by_role("option", name=option).first
    # A list closes when what lies above it is still growing and moves it.
    for _ in range(5):
        page.wait_for_timeout(500)
        field.click()
        field.fill(text)
        page.wait_for_timeout(300)
        if listed.is_visible():
            break
    listed.click()
    settled(page)


def list_of(page, label):
    return page.get_by_test_id("stSelectbox").filter(has=page.get_by_label(label))


def choose_year(page, year):
    list_of(page, "年份").get_by_role("combobox").click()
    page.get_by_role("option", name=year).click()
    settled(page)


def find(page, text):
    box = page.get_by_placeholder("查找指标")
    box.fill(text)
    box.press("Enter")
    settled(page)


def choose_verdict(page, word):
    """Filter by a verdict, and how many there are as the button tells."""
    radio = page.get_by_role("radio", name=re.compile(word))
    radio.click()
    settled(page)
    return int(re.search(r"\d+$", radio.inner_text())[0])


def test_plan_year_missed_targets_clause_and_failing_villages_on_the_map(page, app):
    open_targets(page, app)
    choose(page, page.get_by_test_id("stMultiSelect"), "名城", "济南国际医疗康养名城发展规划")
    page.keyboard.press("Escape")
    choose_year(page, "2030 年")
    choose_year(page, "2025 年")
    assert choose_verdict(page, "✗ 未达标") > 0
    find(page, "健身圈人口")
    card = page.locator(CARD)
    card.filter(has_text="15分钟健身圈").wait_for(timeout=LONG_MS)
    expect(card).to_contain_text("未达标")
    expect(card.locator(".qt-clause")).to_contain_text("打造“15分钟健身圈”")
    short = re.search(r"缺口 ?([\d,]+) 人", card.inner_text())[1]
    live = page.locator(".quantu-live")
    live.scroll_into_view_if_needed()
    count = int(re.search(r"(\d+) 个未达标", card.inner_text())[1])
    assert count > 50
    page.get_by_text(f"未达标 {count} 个。").wait_for(timeout=LONG_MS)
    # The map of the target that was open before stands there until this one's is drawn.
    for _ in range(LONG_MS // 500):
        names = live.evaluate(FAILING)
        if len(names) == count:
            break
        page.wait_for_timeout(500)
    assert len(names) == count
    page.get_by_role("radio", name="怎样补上").click()
    page.get_by_text(f"全域还差 {short} 人").wait_for(timeout=LONG_MS)
    page.get_by_role("button", name="计算最少新建几处").click()
    page.get_by_text(re.compile(r"至少新建 [\d,]+ 处（已证明最少）")).wait_for(timeout=LONG_MS)
    settled(page)
    expect(page.get_by_role("button", name="计算最少新建几处")).to_have_count(0)
    page.locator(READY).last.get_by_text("拟新建").first.wait_for(timeout=LONG_MS)


def test_a_click_on_a_row_opens_its_clause(page, app):
    open_targets(page, app)
    first = page.locator(f"{CARD} .qt-why-head b").inner_text()
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box["y"] + box["height"] <= 768, "the table is in sight without scrolling"
    page.mouse.click(box["x"] + 200, box["y"] + 35 * 5 + 17)
    other = page.locator(f"{CARD} .qt-why-head b").filter(has_not_text=first)
    other.wait_for(timeout=LONG_MS)
    assert page.locator(f"{CARD} .qt-clause").inner_text()


def test_an_open_target_is_set_and_taken_back(page, app):
    open_targets(page, app)
    before = choose_verdict(page, "○ 未设目标")
    page.get_by_role("radio", name="自设与填报").click()
    page.get_by_role("heading", name="设定一个目标值").wait_for(timeout=LONG_MS)
    settled(page)
    choose(page, list_of(page, "指标"), "孕产妇死亡率", re.compile("济南市“十四五”"))
    page.get_by_text("规划写“稳定在较低水平”").first.wait_for(timeout=LONG_MS)
    page.get_by_label("数值").fill("9")
    source = page.get_by_label("依据、来源")
    source.fill("县*目标*<b>")
    source.press("Tab")
    settled(page)
    page.get_by_role("button", name="保存目标值").click()
    row = page.locator(".qt-change", has_text="孕产妇死亡率：2025 年 9/10万（县*目标*<b>）")
    row.wait_for(timeout=LONG_MS)
    settled(page)
    page.get_by_role("radio", name="指标表").click()
    page.locator(CARD).wait_for(timeout=LONG_MS)
    settled(page)
    radio = page.get_by_role("radio", name=f"○ 未设目标 {before - 1}")
    radio.wait_for(timeout=LONG_MS)


def test_a_figure_typed_in_is_judged(page, app):
    open_targets(page, app)
    page.get_by_role("radio", name="自设与填报").click()
    page.get_by_role("radio", name="填报数值").click()
    page.get_by_role("heading", name="填报一个数").wait_for(timeout=LONG_MS)
    settled(page)
    choose(page, list_of(page, "指标"), "档案动态使用率", re.compile("济南市“十四五”"))
    page.get_by_label("数值").fill("85")
    source = page.get_by_label("依据、来源")
    source.fill("卫生健康统计公报")
    source.press("Tab")
    settled(page)
    page.get_by_role("button", name="保存填报数").click()
    page.locator(".qt-change", has_text="档案动态使用率，全域：2025 年 85%").wait_for(
        timeout=LONG_MS
    )
    settled(page)
    page.get_by_role("radio", name="指标表").click()
    page.locator(CARD).wait_for(timeout=LONG_MS)
    find(page, "档案动态使用率")
    card = page.locator(CARD).filter(has_text="居民电子健康档案动态使用率")
    card.wait_for(timeout=LONG_MS)
    # Exactly the target is enough.
    expect(card).to_contain_text("✓ 达标")
    expect(card).to_contain_text("采用 2025 年的填报数（来源：卫生健康统计公报）")


def type_in(page, label, text):
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Tab")
    settled(page)


def test_a_target_of_an_own_plan_is_typed_in_and_stands_in_the_table(page, app):
    open_targets(page, app)
    page.get_by_role("radio", name="自有规划").click()
    page.get_by_role("radio", name="逐项填写").click()
    add = page.get_by_role("button", name="检查并加入这一项")
    add.wait_for(timeout=LONG_MS)
    settled(page)
    cells = {
        "规划名称（不带书名号）": "某县规划",
        "规划代号（小写字母、数字、连字符）": "county-2026",
        "发布单位": "某县人民政府",
        "适用地区": "某县",
        "*指标名称": "步行15分钟到村卫生室",
        "设施（含条件）": "村卫生室",
        "阈值": "15分钟 步行",
        "目标年1": "2030",
        "目标值1": "很多",
        "*章节": "一",
        "*原文（逐字照抄）": "到2030年达到90%",
    }
    for label, text in cells.items():
        type_in(page, label, text)
    add.click()
    page.get_by_text("「目标值1」应为数字，现为“很多”。").wait_for(timeout=LONG_MS)
    type_in(page, "目标值1", "90")
    add.click()
    page.get_by_text("已加入“步行15分钟到村卫生室”").wait_for(timeout=LONG_MS)
    settled(page)
    page.get_by_role("radio", name="指标表").click()
    card = page.locator(CARD).filter(has_text="步行15分钟到村卫生室")
    card.wait_for(timeout=LONG_MS)
    expect(card.locator(".qt-clause")).to_contain_text("到2030年达到90%")


def test_a_plan_chosen_stays_when_another_section_was_looked_at(page, app):
    open_targets(page, app)
    plans = page.get_by_test_id("stMultiSelect")
    choose(page, plans, "名城", "济南国际医疗康养名城发展规划")
    page.keyboard.press("Escape")
    chosen = page.get_by_text("济南国际医疗康养名城发展规划", exact=True)
    page.get_by_role("radio", name="自设与填报").click()
    page.get_by_role("heading", name="设定一个目标值").wait_for(timeout=LONG_MS)
    settled(page)
    page.get_by_role("radio", name="指标表").click()
    page.locator(CARD).wait_for(timeout=LONG_MS)
    expect(plans.filter(has=chosen)).to_be_visible(timeout=LONG_MS)


def test_zones_and_two_plans_side_by_side(page, app):
    open_targets(page, app)
    page.get_by_role("radio", name="分单元热力表").click()
    page.locator(".qt-keys").wait_for(timeout=LONG_MS)
    settled(page)
    page.get_by_text("— 没有考核对象，不作结论").wait_for()
    page.get_by_role("radio", name="两规划对照").click()
    page.get_by_text(re.compile(r"同一指标 \d+ 对")).wait_for(timeout=LONG_MS)
