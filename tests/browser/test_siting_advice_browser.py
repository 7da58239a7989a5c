"""Advice and scenarios side by side in a real browser: solved, accepted, cancelled, compared."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

READY = ".quantu-live[data-reading]"
FIRST_MAP_MS = 90_000
SOLVE_MS = 120_000
COMPARE_MS = 180_000


@pytest.fixture
def siting(page, app):
    """The part 建议 of the page of siting for 示例县."""
    page.goto(app)
    page.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    settled(page)
    page.get_by_role("link", name="选址").click()
    page.get_by_role("radio", name="建议", exact=True).wait_for(timeout=FIRST_MAP_MS)
    settled(page)
    part(page, "建议")
    page.get_by_role("button", name="求解").wait_for()
    return page


def settled(page):
    """Nothing is being drawn any more."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=FIRST_MAP_MS)


def part(page, name):
    page.get_by_role("radio", name=name, exact=True).click()
    settled(page)


def choose(page, shown, name):
    """Another option of the list that shows this one; long lists are scrolled by keys."""
    page.get_by_role("combobox").and_(page.locator(f'[aria-label*="{shown}"]')).click()
    option = page.get_by_role("option", name=name, exact=True)
    for _ in range(20):
        if option.count():
            break
        page.keyboard.press("ArrowDown")
    option.click()
    settled(page)


def solve(page):
    page.get_by_role("button", name="求解", exact=True).click()


def proof(page):
    shown = page.locator(".qt-proof")
    shown.wait_for(timeout=SOLVE_MS)
    settled(page)
    return shown


def test_suggestions_are_proven_numbered_on_the_map_and_accepted(siting):
    page = siting
    solve(page)
    shown = proof(page)
    expect(shown).to_contain_text("已证明最优：覆盖")
    for name in ("模型", "状态", "上界", "差距", "用时", "随机种子"):
        expect(shown).to_contain_text(name)
    page.get_by_role("button", name="全部采用", exact=True).click()
    # The scenario that was begun is on the map, and its figures follow.
    expect(page.locator(".qt-siting")).to_contain_text("情景 1", timeout=SOLVE_MS)
    expect(page.locator(".qt-siting .qt-gained")).not_to_contain_text("新增覆盖 0 个村")
    expect(page.get_by_text("以下是改动前求得的结果")).to_be_visible()
    expect(page.get_by_role("button", name="全部采用", exact=True)).to_be_disabled()


def test_a_long_solve_leaves_the_app_usable_and_is_cancelled(siting):
    page = siting
    # Every way from every village to every site: the longest that 示例县 has to offer.
    choose(page, "要问什么", "平均路程短（p-中位）")
    solve(page)
    page.locator(".qt-solving").wait_for(timeout=SOLVE_MS)
    page.get_by_role("button", name="取消", exact=True).click()
    expect(page.locator(".qt-solving")).to_have_count(0, timeout=SOLVE_MS)
    expect(page.locator(".qt-proof")).to_have_count(0)
    # Another page answers while it runs again, and the question is still there afterwards.
    solve(page)
    page.locator(".qt-solving").wait_for(timeout=SOLVE_MS)
    page.get_by_role("link", name="数据").click()
    page.get_by_role("radio", name="建议", exact=True).wait_for(state="detached")
    page.get_by_role("link", name="选址").click()
    page.get_by_role("radio", name="建议", exact=True).wait_for(timeout=FIRST_MAP_MS)
    page.wait_for_timeout(1000)
    settled(page)
    part(page, "建议")
    expect(page.locator(".qt-proof")).to_contain_text("平均路程短", timeout=SOLVE_MS)


def test_two_scenarios_side_by_side(siting):
    page = siting
    solve(page)
    proof(page)
    page.get_by_role("button", name="全部采用", exact=True).click()
    expect(page.locator(".qt-siting")).to_contain_text("情景 1", timeout=SOLVE_MS)
    part(page, "情景对比")
    page.get_by_role("button", name="开始比较", exact=True).click()
    page.locator(".qt-solving", has_text="正在比较").wait_for(timeout=SOLVE_MS)
    page.get_by_role("heading", name=re.compile("各标准覆盖率")).wait_for(timeout=COMPARE_MS)
    for title in ("费用", "出行时间", "各行政单元得失", "结论改变的指标"):
        expect(page.get_by_role("heading", name=re.compile(title)).first).to_be_visible()
