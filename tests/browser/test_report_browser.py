"""The page of reports in a real browser: a map before it is printed, an archive that opens."""

from __future__ import annotations

import json
import zipfile

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

READY = ".quantu-live[data-reading]"
FIRST_MAP_MS = 90_000
MAKE_MS = 240_000
SHEET = ".st-key-qt-sheet img"

LEFT_OUT = ("Word", "Excel", "GIS", "网页地图", "幻灯片")


def settled(page):
    """Nothing is being drawn any more."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=FIRST_MAP_MS)


def test_a_map_is_seen_and_a_report_is_taken_away(page, app, tmp_path):
    page.goto(app)
    page.wait_for_selector(READY, timeout=FIRST_MAP_MS)
    settled(page)
    page.get_by_role("link", name="成果", exact=True).click()
    page.wait_for_selector(SHEET, timeout=FIRST_MAP_MS)
    settled(page)

    # All pages are in sight, and so is the whole sheet.
    links, picker = (page.locator(each).bounding_box() for each in (
        ".st-key-qt-pages [data-testid=stPageLink] >> nth=-1", "[data-testid=stSelectbox] >> nth=0",
    ))  # fmt: skip
    assert links["x"] + links["width"] <= picker["x"]
    sheet = page.locator(SHEET).bounding_box()
    assert sheet["width"] > 700
    assert sheet["y"] + sheet["height"] <= 768
    first = page.locator(SHEET).get_attribute("src")
    page.get_by_label("制图单位").fill("某县<b>卫生健康局</b>")
    page.get_by_label("制图单位").press("Enter")
    expect(page.locator(SHEET)).not_to_have_attribute("src", first, timeout=FIRST_MAP_MS)
    settled(page)

    # A siting question is off until it is asked for, and said to be in the report.
    page.get_by_text("附选址方案", exact=True).click()
    expect(page.get_by_label("新建（处）")).to_have_value("5")
    expect(page.get_by_text("选址方案图计算后才能预览；不预览，成果里也有。")).to_be_visible()
    settled(page)
    page.get_by_text("附选址方案", exact=True).click()
    expect(page.get_by_label("新建（处）")).to_have_count(0)
    settled(page)

    for name in LEFT_OUT:
        page.get_by_role("button", name=name, exact=True).click()
        settled(page)
    page.get_by_role("button", name="生成成果", exact=True).click()
    page.locator(".qt-solving").wait_for()
    ready = page.get_by_role("button", name="下载（ZIP）")
    ready.wait_for(timeout=MAKE_MS)
    settled(page)
    with page.expect_download() as taken:
        ready.click()
    assert taken.value.suggested_filename == "示例县_成果.zip"
    with zipfile.ZipFile(taken.value.path()) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        manifest = json.loads(packed.read("manifest.json"))
    assert [one["file"] for one in manifest["outputs"]] == names[:-1]
    assert {one["part"] for one in manifest["outputs"]} == {"maps", "tables"}
    assert manifest["settings"]["project"]["report"]["maker"] == "某县<b>卫生健康局</b>"
    assert {"图01_现状设施分布图.png", "图01_现状设施分布图.pdf", "zones.csv"} <= set(names)
    page.get_by_role("button", name="文件清单").click()
    page.locator(".st-key-qt-files canvas").first.wait_for()
    page.keyboard.press("Escape")
    with page.expect_download() as taken:
        page.get_by_role("button", name="空白模板").click()
    assert zipfile.is_zipfile(taken.value.path())
    assert taken.value.suggested_filename == "报告模板.docx"
