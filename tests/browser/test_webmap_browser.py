from __future__ import annotations

import pytest

from reports.webmap import web_map_html
from tests.hand_made import KINDS, assessment
from tests.hostile import hostile_assessment, hostile_kinds

pytestmark = pytest.mark.browser

READINGS = ["circle", "circle_line"]


@pytest.fixture
def saved(page, tmp_path):
    """Opens an assessment as a saved map from disk, as a double click would."""

    def show(case, kinds):
        path = tmp_path / "地图 1.html"
        path.write_text(web_map_html(case, kinds=kinds, reading_ids=READINGS), "utf-8")
        page.goto(path.as_uri())
        page.wait_for_selector(".quantu-row")
        return page

    return show


def place_of(page, layer, feature):
    return page.evaluate(
        """([layer, feature]) => {
            const group = quantu.frame.state.reading.built.get(layer);
            const one = group.getLayers().find(
                (candidate) => candidate.feature.properties.id === feature);
            const map = one._map;
            const point = map.latLngToContainerPoint(one.getLatLng());
            const box = map.getContainer().getBoundingClientRect();
            return [box.x + point.x, box.y + point.y];
        }""",
        [layer, feature],
    )


def test_opens_with_title_label_and_legend(saved):
    page = saved(assessment(), KINDS)
    assert page.locator("h1").inner_text() == "示例县"
    assert page.locator(".quantu-title-label").inner_text() == "合成数据，仅供演示"
    reading = page.locator(".quantu-title-reading").inner_text()
    assert reading == "15分钟健康服务圈 · 15分钟（路网）"
    rows = page.locator("[data-layer]").evaluate_all("all => all.map((one) => one.dataset.layer)")
    assert rows[:5] == ["uncertain", "gaps", "covered", "not_counted", "service_areas"]


def test_popup_says_why(saved):
    page = saved(assessment(), KINDS)
    page.mouse.click(*place_of(page, "gaps", "d2"))
    popup = page.locator(".quantu-popup")
    popup.wait_for()
    assert popup.locator(".quantu-card-name").inner_text() == "王村"
    assert popup.locator(".quantu-card-failed").inner_text() == (
        "未达标：应在 15 分钟以内，超出 10.0 分钟"
    )
    assert popup.locator(".leaflet-popup-close-button").get_attribute("aria-label") == "关闭"


def test_readings_are_switched_in_the_panel(saved):
    page = saved(assessment(), KINDS)
    page.locator('input[data-reading="circle_line"]').check()
    reading = page.locator(".quantu-title-reading").inner_text()
    assert reading == "15分钟健康服务圈 · 2.5公里（直线）"
    page.mouse.click(*place_of(page, "gaps", "d2"))
    failed = page.locator(".quantu-popup .quantu-card-failed")
    failed.wait_for()
    assert failed.inner_text() == "未达标：应在 2.5 公里以内，超出 1.80 公里"


def test_facilities_that_do_not_count_are_off_at_first(saved):
    page = saved(assessment(), KINDS)
    assert page.locator('input[data-layer="facility:village_clinic"]').is_checked()
    assert not page.locator('input[data-layer="facility:county_hospital"]').is_checked()


def test_something_is_drawn(saved):
    page = saved(assessment(), KINDS)
    drawn = page.evaluate(
        """() => [...document.querySelectorAll("canvas")].map((canvas) => {
            const pixels = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height).data;
            return pixels.some((value) => value > 0);
        })"""
    )
    assert drawn == [True, True, True]


def test_hostile_names_are_text(saved):
    page = saved(hostile_assessment(), hostile_kinds())
    page.mouse.click(*place_of(page, "gaps", "d2"))
    name = page.locator(".quantu-popup .quantu-card-name")
    name.wait_for()
    assert name.inner_text().startswith("＜script＞window.ran=1＜/script＞")
    assert "｛｛ 7*7 ｝｝" in name.inner_text()
    page.mouse.move(*place_of(page, "gaps", "d2"))
    for box in page.locator(".quantu-row input[type=checkbox]").all():
        box.click()
    assert page.evaluate("window.ran") is None
    assert page.locator("img").count() == 0
    assert page.title().startswith("＜script＞")
