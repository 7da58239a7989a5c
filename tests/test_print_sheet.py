"""Maps on paper: texts stay texts, names keep clear of each other, the same map the same bytes."""

from __future__ import annotations

import io
import math

import numpy as np
import pypdfium2
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coverage.errors import OutputError
from reports.printing import fonts
from reports.printing.drawing import Panel, PrintLayer, PrintMap
from reports.printing.fonts import UNPRINTABLE, printable
from reports.printing.furniture import bar_length, extent_to_fit, north_degrees, round_ratio
from reports.printing.names import short
from reports.printing.paper import PrintSettings, places
from reports.printing.shapes import area_path
from reports.printing.sheet import map_bytes

CRS = "EPSG:4527"
HOSTILE = "<b>&{{7*7}}$x_1$"


def points(*pairs):
    return np.array([shapely.Point(x, y) for x, y in pairs], dtype=object)


def square(side=10_000.0, *, at=(39_500_000.0, 4_100_000.0)):
    return np.array([shapely.box(at[0], at[1], at[0] + side, at[1] + side)], dtype=object)


def print_map(*layers, title="示例图", panels=1, label=""):
    west, south, east, north = square()[0].bounds
    ground = PrintLayer("area", square(), "研究区", fill="#fdfcf8", edge="#4a5260")
    panel = Panel((ground, *layers), "现状" if panels > 1 else "")
    return PrintMap(
        "图", title, "副标题", (panel,) * panels, CRS, (west, south, east, north), label
    )


def pdf_text(content):
    return pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()


@pytest.fixture(scope="module")
def villages():
    x, y = square()[0].bounds[:2]
    places = points((x + 2000, y + 2000), (x + 5000, y + 5000), (x + 8000, y + 8000))
    names = np.array(["东王村", "西李村", HOSTILE], dtype=object)
    return PrintLayer(
        "dot", places, "未覆盖的村", "3 个", order=300, fill="#d55e00", edge="#8f3f00", names=names,
        rank=np.arange(3.0),
    )  # fmt: skip


@pytest.fixture(scope="module")
def drawn(villages):
    settings = PrintSettings(maker="某县卫健局", made_on="2026年1月1日", data_date="2025年底",
                             approval="鲁S(2026)001号", secrecy="内部", source="县名录")  # fmt: skip
    return map_bytes(
        print_map(villages, label="合成数据"), settings, formats=("png", "pdf", "svg"), dpi=60
    )


def test_the_text_of_a_pdf_can_be_read_again(drawn):
    told = pdf_text(drawn["pdf"])
    for text in ("示例图", "副标题", "数据截至 2025年底", "东王村", "西李村", "图 例", "千米",
                 "制图单位：某县卫健局", "审图号：鲁S(2026)001号", "内部工作用图，未经审核不得公开",
                 "合成数据", "资料来源：县名录", "未覆盖的村（3 个）", "北", "比例尺 1∶"):  # fmt: skip
        assert text in told, text


def test_the_text_of_an_svg_is_text(drawn):
    told = drawn["svg"].decode("utf-8")
    assert "东王村</text>" in told
    assert "&lt;b&gt;" in told
    assert "<b>" not in told


def test_a_name_is_never_a_formula_or_a_template(drawn):
    told = pdf_text(drawn["pdf"])
    assert HOSTILE in told
    assert "49" not in told.replace("2049", "")


def test_the_sheet_has_the_size_of_the_paper(drawn):
    width, height = pypdfium2.PdfDocument(drawn["pdf"])[0].get_size()
    assert (width / 72 * 25.4, height / 72 * 25.4) == pytest.approx((297, 210), abs=0.1)
    assert Image.open(io.BytesIO(drawn["png"])).size == pytest.approx((701, 496), abs=1)


def test_the_same_map_gives_the_same_bytes(villages, drawn):
    settings = PrintSettings(maker="某县卫健局", made_on="2026年1月1日", data_date="2025年底",
                             approval="鲁S(2026)001号", secrecy="内部", source="县名录")  # fmt: skip
    again = map_bytes(
        print_map(villages, label="合成数据"), settings, formats=("png", "pdf", "svg"), dpi=60
    )
    assert again == drawn


@pytest.mark.parametrize("landscape", [True, False])
@pytest.mark.parametrize("paper", ["A4", "A3"])
@pytest.mark.parametrize("panels", [1, 2])
def test_nothing_lies_on_a_map(paper, landscape, panels):
    settings = PrintSettings(paper=paper, landscape=landscape)
    where = places(settings, panels=panels)
    boxes = [where.title, *where.panels, where.legend, where.foot]
    rectangles = [shapely.box(b.left, b.bottom, b.right, b.top) for b in boxes]
    width, height = settings.size_mm
    for at, one in enumerate(rectangles):
        assert shapely.box(0, 0, width, height).contains(one)
        assert all(one.intersection(other).area == 0 for other in rectangles[at + 1 :])


def test_panels_have_one_scale():
    settings = PrintSettings()
    boxes = places(settings, panels=2).panels
    asked = print_map(panels=2)
    scales = {
        round((extent[2] - extent[0]) / box.width, 6)
        for box in boxes
        for extent in [extent_to_fit(asked, box)]
    }
    assert len(scales) == 1


@settings(deadline=None, max_examples=40)
@given(st.floats(1, 1e6), st.floats(1, 1e6), st.sampled_from(["A4", "A3"]), st.booleans())
def test_the_extent_is_seen_whole_at_one_scale(wide, high, paper, landscape):
    box = places(PrintSettings(paper=paper, landscape=landscape), panels=1).panels[0]
    asked = PrintMap("图", "", "", (), CRS, (0.0, 0.0, wide, high))
    west, south, east, north = extent_to_fit(asked, box)
    assert west <= 0
    assert south <= 0
    assert east >= wide
    assert north >= high
    assert (east - west) / box.width == pytest.approx((north - south) / box.height)


@pytest.mark.parametrize(
    ("most", "length"), [(9.9, 5), (10, 10), (1999, 1000), (2000, 2000), (4.9e4, 2e4)]
)
def test_a_scale_bar_is_a_round_length_that_fits(most, length):
    assert bar_length(most) == length


def test_a_scale_is_told_in_three_figures():
    assert [round_ratio(each) for each in (253_749, 1_049.6, 98_765)] == [254_000, 1_050, 98_800]


@pytest.mark.parametrize("lon", [118.0, 120.0, 121.4])
def test_the_arrow_points_north(lon):
    """Held against the convergence of the projection itself."""
    crs = pyproj.CRS("EPSG:4528")  # middle meridian 120 degrees
    onto = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = onto.transform(lon, 36.0)
    convergence = pyproj.Proj(crs).get_factors(lon, 36.0).meridian_convergence
    assert north_degrees("EPSG:4528", x, y) == pytest.approx(-convergence, abs=0.02)
    assert abs(north_degrees("EPSG:4528", x, y)) < 2


def test_the_north_arrow_does_not_point_down():
    onto = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32733", always_xy=True)
    x, y = onto.transform(15.0, -30.0)
    assert math.cos(math.radians(north_degrees("EPSG:32733", x, y))) > 0.99


def test_a_hole_stays_a_hole():
    ring = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(4, 4), (6, 4), (6, 6), (4, 6)]])
    path = area_path(np.array([ring], dtype=object))
    assert path.contains_point((1, 1))
    signed = [_signed(each) for each in path.to_polygons()]
    assert signed[0] > 0 > signed[1]


def _signed(corners):
    x, y = corners[:, 0], corners[:, 1]
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def test_nothing_to_draw_draws_nothing():
    empty = np.array([shapely.Polygon(), shapely.MultiPolygon()], dtype=object)
    assert area_path(empty) is None
    none = np.array([], dtype=object)
    layers = [PrintLayer(shape, none, "空") for shape in ("area", "line", "dot", "square")]
    map_bytes(print_map(*layers), PrintSettings(), formats=("png",), dpi=30)


def test_names_that_find_no_room_are_counted():
    x, y = square()[0].bounds[:2]
    crowd = points(*[(x + 5000 + i, y + 5000) for i in range(30)])
    names = np.array([f"拥挤的村庄{i}" for i in range(30)], dtype=object)
    layer = PrintLayer("dot", crowd, "村", order=300, fill="#d55e00", names=names)
    told = pdf_text(map_bytes(print_map(layer), PrintSettings(), formats=("pdf",))["pdf"])
    written = sum(name in told for name in names)
    assert 1 <= written < 30
    assert f"另有 {30 - written} 个名称因位置不够未注记" in told


def test_a_legend_without_room_says_what_it_lacks():
    x, y = square()[0].bounds[:2]
    many = [
        PrintLayer("square", points((x + 100 * i, y + 100 * i)), f"第{i}类设施", order=400 + i,
                   fill="#0072b2", sign="卫")
        for i in range(80)
    ]  # fmt: skip
    told = pdf_text(map_bytes(print_map(*many), PrintSettings(), formats=("pdf",))["pdf"])
    assert "图例未列：" in told
    assert "第0类设施" in told


def test_what_the_font_lacks_is_marked_and_no_box():
    assert printable("张家庄\U0001f600") == f"张家庄{UNPRINTABLE}"
    assert printable("䶮 龘 𠮷")[0] == "䶮"


def test_without_any_chinese_font_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(fonts, "BUNDLED", ("no_such_package_of_fonts", "a.otf"))
    monkeypatch.setattr(fonts, "FOUND", ("没有这种字体",))
    fonts.chinese_font.cache_clear()
    try:
        with pytest.raises(OutputError, match="没有找到中文字体，印刷地图上的汉字会变成方框"):
            fonts.chinese_font()
    finally:
        fonts.chinese_font.cache_clear()


def test_names_are_cut_where_a_map_has_no_room():
    assert short("甲" * 300) == "甲" * 15 + "…"
    assert short("甲" * 16) == "甲" * 16
