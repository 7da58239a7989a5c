"""Reading minutes, choice and capacity in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

READY = ".quantu-live[data-reading]"
FIRST_MAP_MS = 120_000

CURVES = "[data-testid=stVegaLiteChart] g.mark-line > path"


def settled(page):
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=FIRST_MAP_MS)


def test_minutes_by_group_and_zone_capacity_and_allocation(page, app):
    page.goto(app)
    page.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    settled(page)
    page.get_by_role("link", name="出行时间").click()
    page.locator(".qt-compare", has_text="九成的人不超过").wait_for(timeout=FIRST_MAP_MS)
    settled(page)
    # The share that the card of the first page tells.
    assert "81.2%" in page.locator(".qt-compare tr", has_text="15 分钟以内").inner_text()
    expect(page.locator(CURVES)).to_have_count(3)  # one for every group
    box = page.get_by_test_id("stVegaLiteChart").bounding_box()
    assert box["y"] + box["height"] <= 768, "the chart is in sight without scrolling"
    assert page.get_by_text("每千人够得着的床位").count() == 1
    page.get_by_role("radio", name="按行政单元").click()
    expect(page.locator(CURVES)).to_have_count(4)  # three zones beside the whole area
    page.get_by_role("combobox").nth(1).click()
    page.get_by_role("option", name="30分钟（驾车）").click()
    page.locator("h3", has_text="容量分配").wait_for(timeout=FIRST_MAP_MS)
    assert page.get_by_text("一张床位服务 159 人").count() == 1
    # The choice stays for the other pages.
    page.get_by_role("link", name="覆盖评估").click()
    page.locator("h3", has_text="30分钟重点疾病救治服务圈").wait_for(timeout=FIRST_MAP_MS)
