"""Trying other speeds and other roads, and reading how sure a figure is, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

READY = ".quantu-live[data-reading]"
FIRST_MAP_MS = 120_000

OVERLAY = "root => (root.quantuLive.overlay ? root.quantuLive.overlay.getLayers().length : 0)"

VILLAGE_ON_SCREEN = """
root => {
  const { map, canvas, frame } = root.quantuLive;
  const villages = frame.state.reading.built.get('covered').getLayers();
  const centre = map.getCenter();
  const away = (one) => map.distance(one.getLatLng(), centre);
  villages.sort((one, other) => away(one) - away(other));
  const point = map.latLngToContainerPoint(villages[0].getLatLng());
  const box = canvas.getBoundingClientRect();
  return [box.x + point.x, box.y + point.y];
}
"""


@pytest.fixture
def opened(page, app):
    """The first example, ready."""
    page.goto(app)
    page.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    settled(page)
    return page


def settled(page):
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=FIRST_MAP_MS)


def go_to(page, name):
    page.get_by_role("link", name=name).click()
    landmark = {
        "出行方式": page.get_by_role("button", name="按新表试算"),
        "道路变化": page.get_by_role("button", name="加入试算"),
        "覆盖评估": page.locator(".qt-card").first,
    }[name]
    landmark.wait_for(timeout=FIRST_MAP_MS)
    settled(page)


def shares(page):
    """The headline percent of every card."""
    texts = page.locator(".qt-share").all_text_contents()
    return [float(text.removesuffix("%")) for text in texts]


def test_a_card_tells_its_error_band_and_the_map_rings_who_may_flip(opened):
    band = opened.locator(".qt-band").first
    low, high = (float(end) for end in re.findall(r"[\d.]+(?=%)", band.text_content()))
    assert low < shares(opened)[0] < high
    live = opened.locator(".quantu-live")
    on_map = """
    root => {
      const { map, frame } = root.quantuLive;
      return map.hasLayer(frame.state.reading.built.get('uncertain'));
    }
    """
    assert not live.evaluate(on_map)
    opened.locator('input[data-layer="uncertain"]').check()
    assert live.evaluate(on_map)


def test_a_village_shows_its_way_and_how_sure_it_is(opened):
    live = opened.locator(".quantu-live")
    assert live.evaluate(OVERLAY) == 0
    opened.mouse.click(*live.evaluate(VILLAGE_ON_SCREEN))
    opened.locator(".qt-why", has_text="误差范围").wait_for()
    expect(opened.locator(".qt-why")).to_contain_text("经过：")
    settled(opened)
    assert live.evaluate(OVERLAY) == 1


def test_slower_riding_covers_fewer_and_the_way_back(opened):
    before = shares(opened)
    go_to(opened, "出行方式")
    opened.get_by_role("radio", name="骑行", exact=True).click()
    opened.get_by_text("依据：骑行").wait_for(timeout=FIRST_MAP_MS)
    settled(opened)
    opened.get_by_label("最高（200 为不限）").fill("5")
    opened.get_by_label("新数字的来源（必填，写入结果）").fill("实测")
    opened.get_by_role("button", name="按新表试算").click()
    opened.locator(".qt-trial", has_text="改了骑行的速度表").wait_for(timeout=FIRST_MAP_MS)
    settled(opened)
    expect(opened.get_by_text("现状与试算对比")).to_be_visible()
    expect(opened.get_by_text("把新的速度表存入项目")).to_be_visible()
    go_to(opened, "覆盖评估")
    opened.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    after = shares(opened)
    assert after[0] < before[0]
    assert after[1:] == before[1:], "walking and driving are as they were"
    opened.get_by_role("button", name="恢复现状").click()
    opened.locator(".qt-trial").wait_for(state="detached", timeout=FIRST_MAP_MS)
    settled(opened)
    assert shares(opened) == before


def test_a_bad_speed_is_one_sentence_and_nothing_is_tried(opened):
    go_to(opened, "出行方式")
    opened.get_by_label("接驳段（公里/小时）").fill("500")
    opened.get_by_label("新数字的来源（必填，写入结果）").fill("笔误")
    opened.get_by_role("button", name="按新表试算").click()
    opened.get_by_role("alert").wait_for(timeout=FIRST_MAP_MS)
    assert "500" in opened.get_by_role("alert").text_content()
    assert opened.locator(".qt-trial").count() == 0


def test_closing_a_road_on_the_map_and_taking_it_back(opened):
    go_to(opened, "道路变化")
    opened.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    expect(opened.get_by_role("button", name="加入试算")).to_be_disabled()
    live = opened.locator(".quantu-live")
    opened.mouse.click(*live.evaluate(VILLAGE_ON_SCREEN))
    opened.get_by_text("已点 1 处").wait_for()
    settled(opened)
    assert live.evaluate(OVERLAY) == 1
    opened.get_by_role("button", name="加入试算").click()
    opened.locator(".qt-trial", has_text="1 处道路变化").wait_for(timeout=FIRST_MAP_MS)
    settled(opened)
    expect(opened.locator(".qt-change")).to_contain_text("封闭")
    expect(opened.get_by_text("现状与试算对比")).to_be_visible()
    assert live.evaluate(OVERLAY) >= 1
    opened.get_by_role("button", name="撤回").click()
    opened.locator(".qt-trial").wait_for(state="detached", timeout=FIRST_MAP_MS)
    settled(opened)
    assert live.evaluate(OVERLAY) == 0


def test_a_click_away_from_any_road_closes_nothing(opened):
    go_to(opened, "道路变化")
    opened.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    box = opened.locator(".quantu-live").bounding_box()
    opened.mouse.click(box["x"] + 30, box["y"] + box["height"] / 2)
    opened.get_by_text("附近没有道路").wait_for()
    opened.get_by_role("button", name="加入试算").click()
    opened.get_by_role("alert").wait_for(timeout=FIRST_MAP_MS)
    assert opened.locator(".qt-trial").count() == 0
