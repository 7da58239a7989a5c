"""Maps on paper: texts stay texts, names keep clear of each other, the same map the same bytes."""

from __future__ import annotations

import io
import itertools
import math
import re

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
from reports.printing.head import panel_titles
from reports.printing.layout import Asked, places
from reports.printing.legend import (
    HEAD_MM,
    SIZES_PT,
    SMALL_SIZES_PT,
    in_columns,
    legend_rows,
    measured,
)
from reports.printing.names import short
from reports.printing.paper import DEFAULT_NOTE, PrintSettings
from reports.printing.shapes import area_path
from reports.printing.sheet import map_bytes, symbol_share

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
    assert "'Noto Sans SC'" in told
    assert "DejaVu" not in told
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


def rows(count, name="第{}类设施名称"):
    """Layers of a legend."""
    one = points((0, 0))
    return [
        PrintLayer("square", one, name.format(at), "12 处", order=400 + at, fill="#0072b2", sign="卫")
        for at in range(count)
    ]  # fmt: skip


SHEETS = [
    PrintSettings(paper=paper, landscape=landscape)
    for paper in ("A4", "A3", "text")
    for landscape in (True, False)
]


def named(sheet):
    return f"{sheet.paper}-{'L' if sheet.landscape else 'P'}" if sheet in SHEETS else None


@pytest.mark.parametrize("count", [3, 14, 45, 400])
@pytest.mark.parametrize("sheet", SHEETS, ids=named)
def test_nothing_lies_on_a_map(sheet, count):
    width, height = sheet.size_mm
    asked = itertools.product([("",), ("现状：覆盖率 81.2%，目标 100.0%", "方案")], [0.0, 0.3, 4.0])
    for titles, locator in asked:
        where = places(sheet, Asked(rows(count), titles, aspect=1.3, locator_aspect=locator))
        boxes = [where.title, *where.panels, where.foot, where.furniture]
        boxes += [where.locator] if where.locator else []
        rectangles = [shapely.box(b.left, b.bottom, b.right, b.top) for b in boxes]
        # Only the word 图例 may stand in the line of the scale bar.
        legend, head = where.legend, HEAD_MM * sheet.enlarged
        rectangles += [
            shapely.box(legend.left, legend.bottom, legend.right, legend.top - head),
            shapely.box(legend.left, legend.top - head + 1e-6, legend.left + 20, legend.top),
        ]
        for at, one in enumerate(rectangles):
            assert shapely.box(0, 0, width, height).contains(one)
            assert all(one.intersection(other).area < 1e-6 for other in rectangles[at + 1 :])
        assert (where.locator is not None) == bool(locator)
        # What is drawn of the legend stands in its box.
        assert where.plan.height <= where.legend.height + 1e-6
        assert where.plan.width <= where.legend.width + 1e-6
        drawn = sum(len(column) for column in where.plan.columns)
        assert drawn + len(where.plan.left_out) == count
        assert count == 400 or not where.plan.left_out


@pytest.mark.parametrize("sheet", SHEETS, ids=named)
def test_the_map_takes_what_the_legend_leaves(sheet):
    short = places(sheet, Asked(rows(4)))
    width, height = sheet.size_mm
    assert short.panels[0].width * short.panels[0].height > 0.45 * width * height
    assert short.plan.size_pt == SIZES_PT[0]
    # Forty kinds still leave half of what the sheet could show, in letters that can be read.
    many = places(sheet, Asked(rows(40)))
    seen = [min(each.panels[0].width, each.panels[0].height) for each in (short, many)]
    assert seen[1] > 0.5 * seen[0]
    assert many.plan.size_pt in (SIZES_PT if sheet.paper != "text" else SIZES_PT + SMALL_SIZES_PT)


def test_the_sizes_of_dots_stay_below_their_name():
    dots = PrintLayer("dot", points((0, 0)), "未覆盖的村", "3 个", order=500, fill="#d55e00",
                      size_key=((1.0, "200 人"), (2.0, "500 人"), (3.0, "2,000 人")))  # fmt: skip
    listed = measured(legend_rows([Panel((*rows(8), dots))]))
    for count in (1, 2, 3):
        plan = in_columns(listed, count, size_pt=7.2, times=1.0)
        assert 1 <= len(plan.columns) <= count
        found = [[row.name for row in column] for column in plan.columns]
        block = next(column for column in found if "未覆盖的村" in column)
        at = block.index("未覆盖的村")
        assert block[at : at + 4] == ["未覆盖的村", "200 人", "500 人", "2,000 人"]


def test_a_legend_has_one_size_of_letters_and_never_cuts_a_count():
    x, y = square()[0].bounds[:2]
    at = points((x + 100, y + 100))
    layers = [
        PrintLayer("square", at, "很长的名称" * length, "1,234 处", order=400 + length, fill="#0072b2")
        for length in (1, 3, 60)
    ]  # fmt: skip
    for sheet in (PrintSettings(), PrintSettings(paper="text", landscape=False)):
        svg = map_bytes(print_map(*layers), sheet, formats=("svg",))["svg"].decode()
        texts = re.findall(r"<text[^>]*font-size: ([\d.]+)px[^>]*>([^<]*（1,234 处）)</text>", svg)
        assert len(texts) == 3
        assert len({size for size, _ in texts}) == 1
        assert [("…" in said) for _, said in texts] == [False, False, True]


def test_titles_of_narrow_panels_are_wrapped_not_cut():
    said = "现状：覆盖率 81.2%（误差范围 68.1%～87.1%），目标 100.0%"
    wide = panel_titles((said, "方案"), width=130, times=1.0)
    assert wide.lines == ((said,), ("方案",))
    narrow = panel_titles((said, "方案"), width=64, times=1.0)
    assert "".join(narrow.lines[0]) == said
    assert len(narrow.lines[0]) == 2
    assert narrow.height > wide.height
    assert panel_titles(("", ""), width=64, times=1.0).height == 0
    long = panel_titles(("很长" * 200,), width=64, times=1.0)
    assert [len(long.lines[0]), long.lines[0][1][-1]] == [2, "…"]


def test_panels_have_one_scale():
    asked = print_map(panels=2)
    where = places(PrintSettings(), Asked(rows(5), ("现状", "方案")))
    scales = {
        round((extent[2] - extent[0]) / box.width, 6)
        for box in where.panels
        for extent in [extent_to_fit(asked, box, top_mm=where.titles.height)]
    }
    assert len(scales) == 1


def test_symbols_are_smaller_where_the_map_is():
    extent = (0.0, 0.0, 100_000.0, 80_000.0)
    shares = [symbol_share(extent, metres_per_mm=each, times=1.0) for each in (500, 900, 1e6)]
    assert shares[0] == 1.0
    assert shares[0] > shares[1] > shares[2] > 0.5


def test_coordinates_beyond_their_projection_give_a_map_without_lines():
    far = PrintLayer("area", np.array([shapely.box(0, 0, 1000, 1000)]), "研究区", fill="#fdfcf8")
    made = PrintMap("图", "标题", "", (Panel((far,)),), CRS, (0, 0, 1000, 1000))
    assert map_bytes(made, PrintSettings(grid=True), formats=("png",), dpi=20)["png"]


@settings(deadline=None, max_examples=40)
@given(st.floats(1, 1e6), st.floats(1, 1e6), st.sampled_from(["A4", "A3", "text"]), st.booleans())
def test_the_extent_is_seen_whole_at_one_scale(wide, high, paper, landscape):
    box = places(PrintSettings(paper=paper, landscape=landscape), Asked(())).panels[0]
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


@pytest.mark.parametrize(("sign", "left_out"), [("卫", False), (np.array(["7"]), True)])
def test_the_name_of_a_zone_never_covers_a_number(sign, left_out):
    """It lies over a symbol where the zone is no larger, for the symbol says the same elsewhere."""
    x, y = square()[0].bounds[:2]
    zone = np.array([shapely.box(x + 4990, y + 4990, x + 5010, y + 5010)], dtype=object)
    name = PrintLayer("label", zone, names=np.array(["小镇"], dtype=object), order=600)
    site = PrintLayer("square", points((x + 5000, y + 5000)), "点位", order=600, size=4.2,
                      fill="#2b8cbe", sign=sign)  # fmt: skip
    content = map_bytes(print_map(name, site), PrintSettings(), formats=("svg",))["svg"].decode()
    assert ("小镇" not in content) == left_out
    assert ("另有 1 个名称因位置不够未注记" in content) == left_out


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
    many = rows(90, name="第{}类设施" + "很长的名称" * 6)
    sheet = PrintSettings(paper="text", landscape=False)
    told = pdf_text(map_bytes(print_map(*many), sheet, formats=("pdf",))["pdf"])
    assert "图例未列：第" in told
    assert "第0类设施" in told
    assert DEFAULT_NOTE in told


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
