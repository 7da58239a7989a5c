"""The page of data at work on a project of its own: datums, people of zones, rasters, lists."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from streamlit.testing.v1 import AppTest

from layers.project import load_project
from layers.standards import load_kinds
from reports.templates import template_bytes
from tests.small_county import PROJECT
from tests.test_loading import write_county
from tests.test_views_data_page import DEMO, LONGEST_RUN_S, markup, page
from views.data_sections import SECTION_KEY
from views.plain_text import plain

BARE = PROJECT.replace(', population = "常住人口"', "")


@pytest.fixture
def app(tmp_path):
    def at(section, folder):
        given = {"folder": str(folder), "examples": str(DEMO.parent), "static": str(tmp_path)}
        made = AppTest.from_function(page, default_timeout=LONGEST_RUN_S, kwargs=given)
        made.session_state[SECTION_KEY] = section
        return made.run()

    return at


@pytest.fixture
def county(tmp_path):
    folder = tmp_path / "县"
    folder.mkdir()
    return write_county(folder, BARE)


def button(shown, label):
    return next(one for one in shown.button if one.label == label)


def choice(shown, label):
    return next(one for one in shown.selectbox if one.label == label)


def as_layer(shown, layer):
    control = next(one for one in shown.get("button_group") if one.label == "这份文件是")
    control.set_value(layer).run()
    return shown


def sent(shown, name, content, at=0):
    shown.file_uploader[at].upload(name, content, "application/octet-stream")
    shown.run()
    assert not shown.exception
    return shown


# --------------------------------------------------------------------------------------- the datum


def test_a_datum_that_the_header_contradicts_must_be_confirmed(app, county):
    table = "机构名称,百度经度,百度纬度\n甲卫生室,114.9,37.6\n乙卫生室,115.1,37.6\n"
    shown = sent(app("import", county), "名录.csv", table.encode())
    choice(shown, "这份文件的坐标系").set_value("WGS84").run()
    assert shown.warning[0].value.startswith(
        plain("表头“百度经度、百度纬度”写着 BD-09，声明的却是 WGS84。")
    )
    assert button(shown, "采用该坐标系").disabled
    sure = next(one for one in shown.checkbox if one.label == "已核实，仍按 WGS84 读取")
    sure.check().run()
    assert not button(shown, "采用该坐标系").disabled
    # for another datum it has to be said again
    choice(shown, "这份文件的坐标系").set_value("GCJ-02").run()
    assert button(shown, "采用该坐标系").disabled
    choice(shown, "这份文件的坐标系").set_value("BD-09").run()
    assert not shown.warning
    button(shown, "采用该坐标系").click().run()
    assert not shown.exception
    assert "已采用：<b>BD-09（百度地图）</b>" in markup(shown)


def test_columns_that_are_only_a_part_are_told(app, county):
    table = "村名,经度,纬度,总人口（男）,60岁以上（%）\n甲村,114.9,37.6,5,20\n"
    shown = as_layer(app("import", county), "demand")
    shown = sent(shown, "村.csv", table.encode())
    assert (
        "没有取用的列：“总人口（男）”写着“男”，不是全部的常住人口；"
        "“60岁以上（%）”写的是“%”，比例不能当作60岁及以上人口。确要用时在上面指定。"
    ) in markup(shown)
    assert not shown.warning


# ------------------------------------------------------------------- people of zones, a raster


def test_the_template_of_zone_populations_goes_into_the_project(app, county):
    shown = as_layer(app("import", county), "zones")
    shown = sent(shown, "行政单元人口填报表.xlsx", filled_template())
    assert not shown.error
    assert not shown.warning
    said = markup(shown)
    assert "这张表没有图形：按代码、名称对应到项目现有的行政边界。" in said
    assert "读到 <b>4</b> 行" in said
    assert "放在一边 <b>2</b>" in said  # the example row, and a town of elsewhere
    assert choice(shown, "写到哪里").options == ["作为各行政单元的人口（边界不变）"]
    button(shown, "写入项目").click().run()
    assert not shown.exception
    assert not shown.error
    project = load_project(county)
    assert project.settings.boundaries.people.file == "sources/行政单元人口填报表.xlsx"
    assert project.settings.demand.population_by_zone == (
        project.settings.boundaries.people.columns.population
    )


def filled_template():
    """The form as an office sends it back."""
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(template_bytes("zone_population", kinds=load_kinds())))
    sheet = book.worksheets[0]
    for at, row in enumerate([("西镇", "01", 1000), ("东镇", "02", 501), ("南镇", "09", 5)], 3):
        for column, value in enumerate(row, 1):
            sheet.cell(at, column, value)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_raster_of_people_goes_into_the_project(app, county, tmp_path):
    path = tmp_path / "人口.tif"
    # Three of ten columns of cells lie east of the county, one row north of it.
    with rasterio.open(
        path, "w", driver="GTiff", width=10, height=5, count=1, dtype="float32",
        crs="EPSG:4326", transform=from_origin(114.8, 37.75, 0.05, 0.05), nodata=-1,
    ) as raster:  # fmt: skip
        raster.write(np.full((1, 5, 10), 10, dtype="float32"))
    shown = as_layer(app("import", county), "demand")
    shown = sent(shown, "人口.tif", path.read_bytes())
    assert not shown.error
    assert "采用 <b>32</b>" in markup(shown)
    (found,) = shown.dataframe[0].value["问题"].tolist()
    assert found.startswith("研究区以外的人口：研究区外接矩形内共 ")
    assert "裁剪到研究区后 320 人" in found
    button(shown, "写入项目").click().run()
    assert not shown.exception
    assert not shown.error
    assert load_project(county).settings.demand.is_raster


# --------------------------------------------------------------------------------- corrections


def test_a_list_without_a_datum_can_still_be_corrected(app, tmp_path):
    folder = tmp_path / "县"
    folder.mkdir()
    shown = app("correct", write_county(folder))
    assert not shown.exception
    choice(shown, "名录").set_value("clinics.csv").run()
    assert not shown.error
    said = (
        "名录「clinics.csv」没有写明坐标系，现按 WGS84 读取，与计算一致。"
        '请在 project.toml 这份名录的表里写 crs = "…"（如 "GCJ-02"），'
        "或到“导入文件”重新导入这份名录、选定坐标系。"
    )
    assert [one.value for one in shown.warning] == [plain(said, limit=400)]
    assert choice(shown, "要更正的一行").options == ["第 2 行 甲卫生室"]


# --------------------------------------------------------------------------------- a new project


def test_a_new_project_of_two_lists_whose_datum_is_held_against_the_roads(app, tmp_path):
    folder = tmp_path / "新项目"
    shown = app("new", DEMO)
    boundaries = DEMO.parent.parent / "boundaries" / "demo_county_townships.geojson"
    shown = sent(shown, boundaries.name, boundaries.read_bytes())
    roads = next(one for one in shown.get("button_group") if one.options[0] == "上传路网文件")
    roads.set_value("path").run()
    path = load_project(DEMO).path(load_project(DEMO).settings.roads.file)
    next(one for one in shown.text_input if one.label == "路网文件").set_value(str(path)).run()
    way = next(one for one in shown.get("button_group") if "名录或人口栅格" in one.options[0])
    way.set_value("inferred").run()
    assert not shown.exception
    assert not shown.error
    clinics = (DEMO.parent.parent / "facilities" / "demo_county_clinics.csv").read_bytes()
    shown = sent(shown, "诊所.csv", clinics)
    assert "<b>依据</b>" in markup(shown)
    choice(shown, "这份文件的坐标系").set_value("WGS84").run()
    button(shown, "采用该坐标系").click().run()
    assert "已采用：<b>WGS84" in markup(shown)
    button(shown, "再加一份设施名录").click().run()
    assert "还要填写：项目名称、项目文件夹、设施名录。" in markup(shown)
    # the very same file again: two lists whose widgets must not meet
    shown = sent(shown, "诊所.csv", clinics)
    assert not shown.error
    choice(shown, "这份文件的坐标系").set_value("WGS84").run()
    button(shown, "采用该坐标系").click().run()
    assert "第 2 份设施名录" in markup(shown)
    assert "还要填写：项目名称、项目文件夹。" in markup(shown)
    next(one for one in shown.button if one.key == "without-new-facilities-1").click().run()
    assert "第 2 份设施名录" not in markup(shown)
    assert not folder.exists()
