"""Journeys through the whole app in a real browser, on an office screen."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
READY = ".quantu-live[data-reading]"
FIRST_MAP_MS = 120_000
SWITCH_S = 3.0
"""The aim is one second; a machine that runs other things beside may take longer."""

HOSTILE = [
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=2>",
    "{{ 7*7 }}{% raw %}${window.ran=3}`",
    "$\\frac{1}{2}$ **粗** _斜_ :material/delete: :red[红] :tada:",
    "[点我](javascript:window.ran=4) https://example.com/x www.example.com a@example.com",
]

DRAWN = """
root => [...root.querySelectorAll('canvas')].some(canvas => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return data.some((value, place) => place % 4 === 3 && value > 0);
})
"""


@pytest.fixture(scope="module")
def hostile_project(tmp_path_factory):
    """示例县 with names that try to run: project, zone, the first villages, every clinic."""
    data = tmp_path_factory.mktemp("hostile") / "data"
    for folder in ("boundaries", "facilities", "networks"):
        shutil.copytree(ROOT / "data" / folder, data / folder)
    project = data / "examples" / "demo_county"
    shutil.copytree(ROOT / "data" / "examples" / "demo_county", project)
    named = (project / "villages.csv").read_text("utf-8").splitlines()
    places = {name: place for place, name in enumerate(named[0].split(","))}
    rows = [line.split(",") for line in named[1:]]
    rows.sort(key=lambda cells: -float(cells[places["常住人口"]]))
    for number, cells in enumerate(rows):
        cells[places["村名"]] = quoted(HOSTILE[number % len(HOSTILE)])
    lines = [named[0], *(",".join(cells) for cells in rows)]
    (project / "villages.csv").write_text("\n".join(lines) + "\n", "utf-8")
    boundaries = data / "boundaries" / "demo_county_townships.geojson"
    text = boundaries.read_text("utf-8").replace("云塍乡", "<b onclick='window.ran=5'>$x$")
    boundaries.write_text(text, "utf-8")
    settings = project / "project.toml"
    text = settings.read_text("utf-8")
    # The first name is the project's; layers of siting have names of their own, each another.
    text = re.sub(r'(?m)^name = ".*"', 'name = "<script>window.ran=6</script>"', text, count=1)
    label = f"label = '''{HOSTILE[3]}<img src=x onerror=1>'''"
    text = re.sub(r'(?m)^label = ".*"', lambda _: label, text)
    settings.write_text(text, "utf-8")
    return project


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


def opened(page, url):
    page.goto(url)
    page.wait_for_selector(READY, timeout=FIRST_MAP_MS)


def pick_project(page, name):
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name=name).click()


def reading_shown(page):
    return page.locator(".quantu-live").get_attribute("data-reading")


def choose_standard(page, name):
    """Click a standard and wait until its map is there: the page settles a moment before it does."""
    before = reading_shown(page)
    page.get_by_role("button", name=name).click()
    page.wait_for_selector(f'.quantu-live:not([data-reading="{before}"])')
    page.locator("h3", has_text=name).wait_for()


def settled(page):
    """The page is there and nothing of the one before is left on it."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=FIRST_MAP_MS)
    page.wait_for_selector(READY)


def biggest_gap(page):
    """Name of the uncovered village with most people, and where it is on the screen."""
    return page.locator(".quantu-live").evaluate(
        """root => {
            const { map, canvas, frame } = root.quantuLive;
            const villages = frame.state.reading.built.get('gaps').getLayers();
            villages.sort((one, other) => other.options.radius - one.options.radius);
            const point = map.latLngToContainerPoint(villages[0].getLatLng());
            const box = canvas.getBoundingClientRect();
            return [villages[0].feature.properties.name, box.x + point.x, box.y + point.y];
        }"""
    )


@pytest.mark.parametrize(
    ("example", "label"),
    [("示例县（合成数据）", "合成数据"), ("山东省30分钟圈（真实数据）", "县域中心点替代")],
)
def test_each_example_opens_on_its_map(page, app, example, label):
    opened(page, app)
    pick_project(page, example)
    page.locator(".qt-label", has_text=label).first.wait_for(timeout=FIRST_MAP_MS)
    settled(page)
    assert page.title() == "圈图 · 服务圈覆盖评估"
    assert page.locator(".quantu-live").evaluate(DRAWN), "something is drawn"
    box = page.locator(".quantu-live").bounding_box()
    assert box["y"] + box["height"] <= 768, "the map is in sight without scrolling"
    assert box["width"] > 800
    assert page.locator(".qt-card").count() >= 1


def test_switching_the_standard_takes_less_than_a_moment(page, app):
    opened(page, app)
    for name in ("15分钟健身圈", "30分钟重点疾病救治服务圈", "15分钟健康服务圈"):
        start = time.monotonic()
        choose_standard(page, name)
        assert time.monotonic() - start < SWITCH_S
    before = reading_shown(page)
    page.get_by_role("radio", name="2.5公里（直线距离）").click()
    page.wait_for_selector(f'.quantu-live:not([data-reading="{before}"])')


def test_clicking_a_village_tells_why(page, app):
    opened(page, app)
    choose_standard(page, "30分钟重点疾病救治服务圈")
    settled(page)
    name, x, y = biggest_gap(page)
    page.mouse.click(x, y)
    card = page.locator(".qt-why", has_text="接驳（村到道路）")
    card.wait_for()
    assert card.locator("b").first.inner_text() == name
    for part in ("未覆盖", "≤ 30 分钟", "不符合", "道路", "合计", "最近的设施", "济南市"):
        assert part in card.inner_text()
    # The village stays chosen under another standard.
    choose_standard(page, "15分钟健康服务圈")
    assert page.locator(".qt-why b", has_text=name).count() == 1


def test_a_village_can_be_chosen_without_the_map(page, app):
    opened(page, app)
    settled(page)
    page.get_by_role("combobox").nth(1).click()
    option = page.get_by_role("option").first
    name = option.inner_text().split("（")[0]
    option.click()
    page.locator(".qt-why b", has_text=name).wait_for()


def test_results_can_be_taken_away(page, app):
    opened(page, app)
    settled(page)
    for button, start in (
        ("地图（HTML）", b"<!DOCTYPE html>"),
        ("行政单元结果（CSV）", b"\xef\xbb\xbfzone_id,"),
    ):
        with page.expect_download() as taken:
            page.get_by_role("button", name=button).click()
        assert Path(taken.value.path()).read_bytes().startswith(start)


def test_hostile_names_are_text_and_nothing_runs(page, app, hostile_project):
    opened(page, app)
    pick_project(page, "打开自己的项目文件夹")
    page.get_by_label("项目文件夹").fill(str(hostile_project))
    page.get_by_role("button", name="打开").click()
    page.locator(".qt-label", has_text=":material/delete:").first.wait_for(timeout=FIRST_MAP_MS)
    page.wait_for_selector(READY)
    assert page.locator(".qt-label").first.inner_text().startswith("$\\frac{1}{2}$ **粗**")
    for position in range(len(HOSTILE)):
        # A list that is opened while the page is still drawn closes again.
        settled(page)
        page.get_by_role("combobox").nth(1).click()
        page.get_by_role("option").nth(position).click()
        page.locator(".qt-why", has_text="未覆盖").wait_for()
        shown = page.locator(".qt-why b").first.inner_text()
        assert shown in {" ".join(name.split()) for name in HOSTILE}
    page.get_by_text("数据来源与许可").click()
    assert page.evaluate("window.ran") is None
    for selector in ("img[src='x']", "a[href^='javascript']", ".katex", "a[href*='example.com']"):
        assert page.locator(f".stApp {selector}").count() == 0


def test_a_mistake_is_told_in_text(page, app, tmp_path):
    opened(page, app)
    pick_project(page, "打开自己的项目文件夹")
    page.get_by_text("还没有打开项目").wait_for()
    wanted = f"{tmp_path}/" + " ".join(HOSTILE[2:])
    page.get_by_label("项目文件夹").fill(wanted)
    page.get_by_role("button", name="打开").click()
    error = page.get_by_test_id("stAlert")
    error.get_by_text("找不到项目文件").wait_for()
    shown = error.inner_text().replace("\u2060", "")
    for name in HOSTILE[2:]:
        assert name.split("/")[-1] in shown
    for selector in ("a", ".katex", "em", "del", "code", "img"):
        assert error.locator(selector).count() == 0
    assert page.evaluate("window.ran") is None
