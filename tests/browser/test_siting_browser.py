"""Trying new clinics in a real browser: place, drag, close, undo, and see the figures follow."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

READY = ".quantu-live[data-reading]"
FIRST_MAP_MS = 120_000
STEP_MS = 20_000

BESIDE_A_GAP = """
root => {
  const { map, canvas, frame } = root.quantuLive;
  const box = canvas.getBoundingClientRect();
  // Dots are as large as the zoom and their people make them.
  const drawn = (one) => ({ at: map.latLngToContainerPoint(one.getLatLng()), radius: one._radius });
  const seen = [];
  for (const part of [frame.state.ground, frame.state.reading])
    for (const [name, group] of part.built.entries()) {
      if (name === 'zone_names' || !map.hasLayer(group)) continue;
      seen.push(...group.getLayers().filter((one) => one.getLatLng).map(drawn));
    }
  const inside = ({ at }) =>
    at.x > 90 && at.x < box.width - 320 && at.y > 60 && at.y < box.height - 60;
  const gaps = frame.state.reading.built.get('gaps').getLayers().map(drawn).filter(inside);
  gaps.sort((one, other) => one.radius - other.radius);
  for (const gap of gaps)
    for (let angle = 0; angle < 6.3; angle += 0.2) {
      const x = gap.at.x + (gap.radius + 8) * Math.cos(angle);
      const y = gap.at.y + (gap.radius + 8) * Math.sin(angle);
      const clear = ({ at, radius }) => Math.hypot(at.x - x, at.y - y) > radius + 6;
      if (seen.every(clear)) return [box.x + x, box.y + y];
    }
}
"""

A_CLINIC = """
root => {
  const { map, canvas, frame } = root.quantuLive;
  const box = canvas.getBoundingClientRect();
  const clinics = frame.state.ground.built.get('facility:central_village_clinic').getLayers()
    .map((one) => map.latLngToContainerPoint(one.getLatLng()))
    .filter((at) => at.x > 90 && at.x < box.width - 320 && at.y > 60 && at.y < box.height - 60);
  return [box.x + clinics[0].x, box.y + clinics[0].y];
}
"""

VIEW = """
root => {
  const { map } = root.quantuLive;
  return [map.getZoom(), map.getCenter().lat, map.getCenter().lng];
}
"""


@pytest.fixture
def siting(page, app):
    """The page 选址 of the first example, ready for a click."""
    page.goto(app)
    page.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    settled(page)
    page.get_by_role("link", name="选址").click()
    page.locator(".qt-siting").wait_for(timeout=FIRST_MAP_MS)
    page.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    settled(page)
    return page


def settled(page):
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=FIRST_MAP_MS)


def step(page):
    """Tells the state of the scenario on the map from the next."""
    return page.locator(".qt-siting").get_attribute("data-step")


def after_step(page, act):
    """Do something to the scenario and wait until its figures are there and nothing runs."""
    before = step(page)
    act()
    page.wait_for_selector(f'.qt-siting:not([data-step="{before}"])', timeout=STEP_MS)
    settled(page)


def press(page, name):
    after_step(page, lambda: page.get_by_role("button", name=name, exact=True).click())


def place(page):
    live = page.locator(".quantu-live")
    after_step(page, lambda: page.mouse.click(*live.evaluate(BESIDE_A_GAP)))


def villages(page):
    """Covered villages, as the headline tells them."""
    told = page.locator(".qt-siting-lines").first.inner_text()
    return int(told.split("、")[1].split("/")[0].replace(",", "").strip())


def test_a_click_places_a_clinic_and_the_map_stays(siting):
    live = siting.locator(".quantu-live")
    live.evaluate("root => { root.quantuLive.map.zoomIn(0.5, { animate: false }); }")
    before, covered, ground = (
        live.evaluate(VIEW),
        villages(siting),
        live.get_attribute("data-ground"),
    )
    place(siting)
    expect(siting.locator(".quantu-site-added")).to_have_count(1)
    assert villages(siting) > covered
    expect(siting.locator(".qt-gained")).to_contain_text("新增覆盖")
    assert live.evaluate("root => root.quantuLive.marked.length") == villages(siting) - covered
    # Leaflet keeps the middle of the map to half a pixel.
    assert live.evaluate(VIEW) == pytest.approx(before, abs=1e-3)
    assert live.get_attribute("data-ground") == ground, "nothing but the shapes was drawn anew"
    expect(siting.locator(".qt-change", has_text="1. 新建 拟建中心村卫生室 1")).to_be_visible()


def test_drag_undo_and_redo(siting):
    place(siting)
    placed = villages(siting)
    site = siting.locator(".quantu-site-added")
    box = site.bounding_box()

    def drag():
        siting.mouse.move(box["x"] + 13, box["y"] + 13)
        siting.mouse.down()
        siting.mouse.move(box["x"] + 73, box["y"] + 53, steps=6)
        siting.mouse.up()

    after_step(siting, drag)
    expect(site).to_have_count(1)
    moved = site.bounding_box()
    assert moved["x"] - box["x"] == pytest.approx(60, abs=4)
    press(siting, "撤销")
    back = siting.locator(".quantu-site-added").bounding_box()
    assert back["x"] == pytest.approx(box["x"], abs=2)
    assert villages(siting) == placed
    press(siting, "重做")
    assert siting.locator(".quantu-site-added").bounding_box()["x"] == pytest.approx(
        moved["x"], abs=2
    )
    press(siting, "撤回")
    expect(siting.locator(".quantu-site-added")).to_have_count(0)


def test_an_existing_clinic_is_closed_and_reopened(siting):
    live = siting.locator(".quantu-live")
    siting.mouse.click(*live.evaluate(A_CLINIC))
    siting.get_by_role("button", name="关闭", exact=True).wait_for(timeout=STEP_MS)
    settled(siting)
    expect(siting.locator(".quantu-site-existing")).to_have_count(1)
    press(siting, "关闭")
    expect(siting.locator(".quantu-site-closed")).to_have_count(1)
    press(siting, "恢复")
    expect(siting.locator(".quantu-site-closed")).to_have_count(0)


def test_every_page_can_show_the_scenario_and_let_it_go(siting):
    place(siting)
    tried = siting.locator(".qt-siting .qt-share").inner_text()
    siting.get_by_role("button", name="按此情景查看各页").click()
    siting.locator(".qt-trial", has_text="情景「情景 1」（1 项）").wait_for(timeout=FIRST_MAP_MS)
    settled(siting)
    siting.get_by_role("link", name="覆盖评估").click()
    siting.locator(".qt-card").first.wait_for(timeout=FIRST_MAP_MS)
    settled(siting)
    assert siting.locator(".qt-share").first.inner_text() == tried
    siting.get_by_role("button", name="恢复现状").click()
    siting.locator(".qt-trial").wait_for(state="detached", timeout=FIRST_MAP_MS)
