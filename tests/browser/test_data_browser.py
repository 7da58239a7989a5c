"""An office file dropped on the page of data, checked, taken up; a place corrected by its pin."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import expect

from layers.coordinates import wgs84_to_gcj02
from layers.corrections import position, read_corrections

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
READY = ".quantu-live[data-reading]"
LONG_MS = 90_000

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}卫生室"


@pytest.fixture
def project(tmp_path):
    """示例县 in a folder of the planner's own."""
    for folder in ("boundaries", "facilities", "networks"):
        shutil.copytree(ROOT / "data" / folder, tmp_path / "data" / folder)
    own = tmp_path / "data" / "examples" / "demo_county"
    shutil.copytree(ROOT / "data" / "examples" / "demo_county", own)
    return own


@pytest.fixture
def clinics(tmp_path):
    """A GBK table copied from Amap: a place missing, two exchanged, one name that is code."""
    source = pd.read_csv(ROOT / "data" / "facilities" / "demo_county_clinics.csv", dtype="str")
    degrees = [source[name].astype(float).to_numpy() for name in ("经度", "纬度")]
    lon, lat = (pd.Series(one).map("{:.6f}".format) for one in wgs84_to_gcj02(*degrees))
    lon[3] = ""
    lon[7], lat[7] = lat[7], lon[7]
    table = pd.DataFrame(
        {"机构代码": "N" + source["编码"], "机构名称": source["名称"], "机构类别": source["类别"],
         "高德经度": lon, "高德纬度": lat, "编制床位": source["床位"]}
    )  # fmt: skip
    table.loc[9, "机构名称"] = HOSTILE
    file = tmp_path / "卫生机构名录.csv"
    table.to_csv(file, index=False, encoding="gb18030")
    return file


def settled(page):
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=LONG_MS)


def open_data(page, app, project=None):
    page.goto(app)
    page.wait_for_selector(READY, timeout=LONG_MS)
    settled(page)
    if project is not None:
        choose(page, "项目", "打开自己的项目文件夹…")
        page.get_by_label("项目文件夹（里面有 project.toml）").fill(str(project))
        page.get_by_role("button", name="打开", exact=True).click()
        settled(page)
    page.get_by_role("link", name="数据").click()
    page.get_by_text("读到的行数 = 采用 + 放在一边").wait_for(timeout=LONG_MS)
    settled(page)


def section(page, name, landmark):
    page.get_by_role("radio", name=name).click()
    page.get_by_text(landmark).first.wait_for(timeout=LONG_MS)
    settled(page)


def choose(page, label, option):
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    listed = page.get_by_role("option", name=option).first
    # A list closes when what lies above it is still growing and moves it.
    for _ in range(5):
        page.wait_for_timeout(500)
        box.click()
        if listed.is_visible():
            break
    listed.click()
    settled(page)


def upload(page, file):
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_text("已选文件").wait_for(timeout=LONG_MS)
    settled(page)


def test_a_gbk_table_in_gcj02_becomes_a_checked_layer_of_the_project(
    page, app, project, clinics, tmp_path
):
    open_data(page, app, project)
    section(page, "导入文件", "一、选文件")
    upload(page, clinics)
    page.get_by_text("GB18030").first.wait_for()
    # The columns are proposed, each with its reason, and can be chosen anew.
    for label, column in {"经度": "高德经度", "名称": "机构名称", "床位": "编制床位"}.items():
        box = page.get_by_role("combobox", name=label, exact=True)
        assert column in box.input_value()
    page.get_by_text("表头“机构名称”是“名称”").wait_for()
    choose(page, "床位", "（没有这一列）")
    expect(page.get_by_text("表头“编制床位”是“床位”")).to_have_count(0)
    choose(page, "床位", re.compile("^编制床位"))
    # Proposed with its reasons; nothing is applied before the button is pressed.
    page.get_by_text("建议").first.wait_for(timeout=LONG_MS)
    expect(page.locator(".qt-why")).to_contain_text("按 GCJ-02 读取")
    assert page.locator(".quantu-row", has_text="按 ").count() == 3
    assert page.get_by_role("button", name="采用该坐标系").is_disabled()
    assert page.locator(".qt-sums").count() == 0
    choose(page, "这份文件的坐标系", "GCJ-02（高德、腾讯地图）")
    page.get_by_role("button", name="采用该坐标系").click()
    sums = page.locator(".qt-sums")
    sums.wait_for(timeout=LONG_MS)
    settled(page)
    read, used, aside, _ = (
        int(one.replace(",", "")) for one in re.findall(r"[\d,]+", sums.inner_text())
    )
    assert (read, used, aside) == (171, 169, 2)
    with page.expect_download() as given:
        page.get_by_role("button", name="下载问题清单.xlsx").click()
    assert given.value.suggested_filename == "问题清单.xlsx"
    kept = tmp_path / "问题清单.xlsx"
    given.value.save_as(kept)
    book = openpyxl.load_workbook(kept)
    rows = list(book["问题"].iter_rows(values_only=True))
    assert rows[0][:3] == ("文件", "行", "编号")
    assert {row[1] for row in rows[1:] if row[7] == "放在一边，不采用"} == {5, 9}
    assert HOSTILE in {row[3] for row in rows[1:]}
    page.get_by_role("button", name="写入项目").click()
    page.get_by_text("已把「卫生机构名录.csv」写入项目").first.wait_for(timeout=LONG_MS)
    settled(page)
    text = (project / "project.toml").read_text(encoding="utf-8")
    assert 'file = "sources/卫生机构名录.csv"' in text
    assert 'crs = "GCJ-02"' in text
    assert (project / "sources" / "卫生机构名录.csv").read_bytes() == clinics.read_bytes()
    # The page of coverage shows it: twice as many clinics, less the two that were set aside.
    page.get_by_role("link", name="覆盖评估").click()
    page.locator(".qt-card").first.wait_for(timeout=LONG_MS)
    settled(page)
    expect(page.locator(".quantu-row", has_text="一般村卫生室")).to_contain_text("20")


def test_a_dragged_pin_is_recorded_and_can_be_taken_back(page, app, project):
    before = {one: one.read_bytes() for one in project.iterdir() if one.is_file()}
    open_data(page, app, project)
    section(page, "更正位置", "还没有更正")
    page.get_by_placeholder("输入名称、代码或行号查找").fill("12")
    page.get_by_placeholder("输入名称、代码或行号查找").press("Enter")
    settled(page)
    choose(page, "要更正的一行", "第 12 行")
    pin = page.locator(".quantu-pin")
    pin.wait_for()
    page.wait_for_timeout(500)
    old = float(page.get_by_label("经度（WGS84）").input_value())
    box = pin.bounding_box()
    page.mouse.move(box["x"] + 13, box["y"] + 13)
    page.mouse.down()
    page.mouse.move(box["x"] + 113, box["y"] + 13, steps=6)
    page.mouse.up()
    expect(page.get_by_label("经度（WGS84）")).not_to_have_value(f"{old:.6f}")
    settled(page)
    new = float(page.get_by_label("经度（WGS84）").input_value())
    assert 0.0005 < new - old < 0.05
    after = page.locator(".quantu-pin").bounding_box()
    assert after["x"] == pytest.approx(box["x"] + 100, abs=2), "the map stays under the pin"
    assert page.get_by_role("button", name="记下更正").is_disabled()
    page.get_by_label("改正原因和经办人").fill("坐标抄错；张三<b>")
    page.get_by_label("改正原因和经办人").press("Enter")
    settled(page)
    page.get_by_role("button", name="记下更正").click()
    page.get_by_role("button", name="撤销").wait_for(timeout=LONG_MS)
    settled(page)
    (one,) = read_corrections(project / "corrections.csv")
    assert (one.file, one.row, one.field, one.reason) == (
        "villages.csv",
        12,
        "position",
        "坐标抄错；张三<b>",
    )
    assert position(one.new)[0] == pytest.approx(new, abs=1e-6)
    assert {file: file.read_bytes() for file in before} == before, "the source stays"
    # Worked in by leaving the section; the ledger tells of it.
    section(page, "项目数据", "读到的行数 = 采用 + 放在一边")
    expect(page.locator(".quantu-row", has_text="改动后采用")).to_contain_text("1 行")
    section(page, "更正位置", "更正记录")
    page.get_by_role("button", name="撤销").click()
    page.get_by_text("还没有更正").wait_for(timeout=LONG_MS)
    assert read_corrections(project / "corrections.csv") == ()


def test_what_is_no_table_is_told_in_one_sentence_and_examples_are_not_written(page, app, tmp_path):
    fake = tmp_path / "假的.xlsx"
    fake.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 300)
    open_data(page, app)
    links = page.locator(".st-key-qt-pages [data-testid=stPageLink]")
    assert len({round(links.nth(at).bounding_box()["y"]) for at in range(links.count())}) == 1
    section(page, "导入文件", "一、选文件")
    upload(page, fake)
    page.get_by_text("「假的.xlsx」的内容是PNG 图片").wait_for()
    page.get_by_role("button", name="换一个文件").click()
    page.get_by_text("可以是 Excel").wait_for()
    section(page, "更正位置", "自带示例不改动，不能更正")
