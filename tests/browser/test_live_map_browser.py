from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

SCRIPT = Path(__file__).parent / "live_map_page.py"
READY = ".quantu-live[data-reading]"
SECOND = "circle_line"


@pytest.fixture(scope="module")
def pages(serve, tmp_path_factory):
    """The test page with plain and with hostile names, served from a folder of its own."""
    script = tmp_path_factory.mktemp("live") / SCRIPT.name
    shutil.copyfile(SCRIPT, script)
    with serve(script) as url:
        yield {"plain": url, "hostile": f"{url}/?names=hostile"}


def opened(page, url):
    page.goto(url)
    page.wait_for_selector(READY)
    page.wait_for_selector(".quantu-row")


def state(page):
    text = page.get_by_text(re.compile("^state=")).inner_text()
    return json.loads(text.removeprefix("state="))


def place_of(page, layer, feature):
    """Where a feature is on the screen; asks the drawing frame of the live map."""
    return page.evaluate(
        """([layer, feature]) => {
            const host = document.querySelector('[data-testid="stBidiComponentIsolated"]');
            const root = host.shadowRoot.querySelector('.quantu-live');
            const live = root.quantuLive;
            for (const part of [live.frame.state.ground, live.frame.state.reading]) {
                const group = part.built.get(layer);
                const one = group && group.getLayers().find(
                    (candidate) => candidate.feature.properties.id === feature);
                if (!one) continue;
                const point = live.map.latLngToContainerPoint(one.getLatLng());
                const box = live.canvas.getBoundingClientRect();
                return [box.x + point.x, box.y + point.y];
            }
        }""",
        [layer, feature],
    )


def view(page):
    return page.evaluate(
        """() => {
            const host = document.querySelector('[data-testid="stBidiComponentIsolated"]');
            const map = host.shadowRoot.querySelector('.quantu-live').quantuLive.map;
            return [map.getZoom(), map.getCenter().lat, map.getCenter().lng];
        }"""
    )


def test_click_on_a_village_reaches_the_page(page, pages):
    opened(page, pages["plain"])
    page.mouse.click(*place_of(page, "gaps", "d2"))
    page.get_by_text('"id": "d2"').wait_for()
    assert state(page) == {"selected": {"layer": "gaps", "id": "d2"}, "point": None}


def test_click_on_a_facility_reaches_the_page(page, pages):
    opened(page, pages["plain"])
    page.mouse.click(*place_of(page, "facility:village_clinic", "f1"))
    page.get_by_text('"id": "f1"').wait_for()
    assert state(page)["selected"] == {"layer": "facility:village_clinic", "id": "f1"}


def test_click_beside_everything_gives_the_place(page, pages):
    opened(page, pages["plain"])
    x, y = place_of(page, "covered", "d1")
    page.mouse.click(x, y + 60)
    page.get_by_text('"lat"').wait_for()
    after = state(page)
    assert after["selected"] is None
    assert after["point"]["lon"] == pytest.approx(117.0011, abs=2e-3)
    assert after["point"]["lat"] < 36.14


def test_the_map_stays_where_it_is_when_the_standard_changes(page, pages):
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    opened(page, pages["plain"])
    page.get_by_role("button", name="放大").click()
    page.wait_for_timeout(600)
    before, first = view(page), page.locator(READY).get_attribute("data-reading")
    fetched = [url for url in requests if "/maps/" in url]
    page.get_by_text(SECOND, exact=True).click()
    page.wait_for_function(
        """(first) => document.querySelector('[data-testid="stBidiComponentIsolated"]')
            .shadowRoot.querySelector('.quantu-live').dataset.reading !== first""",
        arg=first,
    )
    assert view(page) == before
    # The ground is not fetched again, and going back fetches nothing at all.
    assert len([url for url in requests if "/maps/" in url]) == len(fetched) + 1
    page.get_by_text("circle", exact=True).click()
    page.wait_for_function(
        """(first) => document.querySelector('[data-testid="stBidiComponentIsolated"]')
            .shadowRoot.querySelector('.quantu-live').dataset.reading === first""",
        arg=first,
    )
    assert len([url for url in requests if "/maps/" in url]) == len(fetched) + 1
    assert view(page) == before


def test_layers_are_switched_on_the_map_itself(page, pages):
    opened(page, pages["plain"])
    x, y = place_of(page, "gaps", "d2")
    page.mouse.move(x, y)
    tip = page.locator(".quantu-tip")
    tip.wait_for()
    assert tip.locator(".quantu-card-name").inner_text() == "王村"
    page.locator('input[data-layer="gaps"]').uncheck()
    page.mouse.move(x + 3, y)
    page.mouse.move(x, y)
    page.wait_for_function(
        """() => document.querySelector('[data-testid="stBidiComponentIsolated"]')
            .shadowRoot.querySelector('.quantu-card-name')?.textContent !== "王村" """
    )


def test_scale_and_buttons_speak_chinese(page, pages):
    opened(page, pages["plain"])
    titles = page.locator(".leaflet-bar a").evaluate_all("all => all.map((a) => a.title)")
    assert titles == ["放大", "缩小", "全图"]
    assert re.fullmatch(r"\d+ (米|公里)", page.locator(".leaflet-control-scale-line").inner_text())
    assert page.locator(".leaflet-control-attribution").inner_text() == ""


def test_hostile_names_are_text(page, pages):
    opened(page, pages["hostile"])
    page.mouse.move(*place_of(page, "gaps", "d2"))
    name = page.locator(".quantu-tip .quantu-card-name")
    name.wait_for()
    assert name.inner_text().startswith("<script>window.ran=1</script><img src=x onerror=")
    assert "{{ 7*7 }}" in name.inner_text()
    page.mouse.click(*place_of(page, "gaps", "d2"))
    page.get_by_text('"id": "d2"').wait_for()
    assert page.evaluate("window.ran") is None
    assert page.locator(".quantu-live img").count() == 0
    assert page.locator(".quantu-live-label").inner_text().startswith("<script>")


def test_a_map_that_cannot_be_fetched_says_so(page, pages, watch):
    page.context.route(re.compile("/app/static/maps/"), lambda route: route.abort())
    page.goto(pages["plain"])
    page.get_by_text("地图数据没有读到，请刷新页面。").wait_for()
    assert watch.errors
    watch.errors.clear()
