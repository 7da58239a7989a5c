"""The maps of a report: what each template says, in colours and without, and as files."""

from __future__ import annotations

import html
import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pypdfium2
import pytest
import shapely
from PIL import Image
from shapely import Point

from coverage.errors import InputError
from coverage.rules.target import Plan
from reports import map_styles as styles
from reports.printing.comparison_maps import changed_villages
from reports.printing.drawing import Locator, Panel, PrintLayer, PrintMap
from reports.printing.grid import degrees_text, grid_step
from reports.printing.legend import legend_rows
from reports.printing.lettering import cut, fitted, width_mm, wrapped
from reports.printing.locator import is_worth_it
from reports.printing.maps import dense_window
from reports.printing.orders import Order
from reports.printing.siting_maps import answer_line, plan_sentences
from reports.printing.stems import is_rescue
from reports.printing.target_maps import HATCHES
from reports.printing.villages import coverage_sentence, size_share, village_layers
from reports.printmap import (
    TEMPLATES,
    MapContent,
    PrintSettings,
    comparison_map,
    coverage_map,
    dense_map,
    facilities_map,
    gap_map,
    ground_of,
    map_bytes,
    report_maps,
    siting_map,
    target_map,
)
from reports.report_drawing import map_files, pictures
from reports.target_figures import FILLS
from tests import hand_made, print_golden, target_county
from views import map_overlay

LIVE_MAP = Path(map_overlay.__file__).with_name("live_map.css")

READING = print_golden.READING
STANDARD = hand_made.STANDARD
KINDS = hand_made.KINDS


def pdf_text(content):
    # Where PDFium breaks lines is its guess at what runs across and what down.
    text = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()
    return text.replace("\r\n", "")


def told_by(print_map, settings=None):
    """All texts of a map, in the order in which they are drawn."""
    content = map_bytes(print_map, settings or PrintSettings(), formats=("svg",))["svg"]
    return " ".join(
        html.unescape(each) for each in re.findall(r">([^<>]+)</text>", content.decode())
    )


@pytest.fixture(scope="module")
def base():
    return hand_made.assessment()


@pytest.fixture(scope="module")
def ground(base):
    return ground_of(base.layers)


@pytest.fixture(scope="module")
def maps():
    return print_golden.golden_maps()


@pytest.fixture(scope="module")
def drawn(maps):
    return {
        name: map_bytes(
            each,
            print_golden.on_paper(name),
            formats=("png", "pdf") if name in TOLD else ("png",),
            dpi=print_golden.DPI,
        )
        for name, each in maps.items()
    }


@pytest.fixture(scope="module")
def answer():
    return print_golden.answer()


TOLD = ("facilities", "coverage", "gaps", "comparison", "targets")
"""Maps whose words are read again."""


@pytest.mark.parametrize("name", [*TOLD, "facilities_text", "group", "rescue_text", "siting_text"])
def test_a_map_looks_as_it_did(drawn, name):
    """Kept pictures are made by `python -m tests.print_golden`; the tolerance stands there."""
    kept = print_golden.shrunk(Image.open(print_golden.FOLDER / f"print_{name}.png"))
    now = print_golden.shrunk(Image.open(io.BytesIO(drawn[name]["png"])))
    apart = np.abs(kept - now)
    assert kept.shape == now.shape
    assert apart.mean() <= print_golden.MEAN
    assert apart.max() <= print_golden.MOST


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("facilities", ("示例县现状设施分布图", "研究区内各类设施 2 处", "村卫生室（1 处）", "县医院（1 处）")),
        ("coverage", ("15分钟健康服务圈覆盖图", "覆盖率 100.0%", "服务圈（15 分钟）", "已覆盖的村（社区）（1 个）",
                      "未覆盖、人口未知的村（社区）（1 个）", "有 1 个村（社区）人口未知", "目标依据：示例")),
        ("gaps", ("15分钟健康服务圈缺口图", "未覆盖的村（社区）有 1 个、人口未知", "王村")),
        ("comparison", ("前后对比图", "新覆盖的村（社区）有 1 个，失去覆盖的有 1 个", "新建（无 → 1 处）", "撤并（无 → 1 处）",
                        "现状：覆盖率", "方案：覆盖率", "新覆盖的村（社区）（无 → 1 个）")),
        ("targets", ("每千人床位达标图", "《示例规划》2025 年：全域现值 5 张，目标 8 张，未达标", "西镇 9.5 张",
                     "东镇 4 张", "达标（1 个单元）", "条款：三、（二）")),
    ],
)  # fmt: skip
def test_what_a_map_says_can_be_read_in_its_pdf(drawn, name, told):
    text = pdf_text(drawn[name]["pdf"])
    for each in (
        *told,
        "合成数据，仅供演示",
        "内部工作用图，未经审核不得公开",
        "鲁S(2026)001号",
        "内部",
    ):
        assert each in text, each


def test_two_threads_draw_the_same_bytes_at_once(maps, drawn):
    def draw(name):
        made = map_bytes(maps[name], print_golden.SETTINGS, formats=("png",), dpi=print_golden.DPI)
        return made["png"]

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(draw, ("gaps", "coverage")))
    assert both == [drawn["gaps"]["png"], drawn["coverage"]["png"]]


def grey(colour):
    """Lightness L* of a colour, in [0, 100]."""
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return lightness(linear(parts) @ [0.2126, 0.7152, 0.0722])


def linear(parts):
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lightness(luminance):
    return 116 * np.cbrt(luminance) - 16


def as_drawn(layer, under="#fdfcf8"):
    """Colour of a fill with its opacity on the study area."""
    mixed = [
        round(layer.opacity * int(layer.fill[at : at + 2], 16)
              + (1 - layer.opacity) * int(under[at : at + 2], 16))
        for at in (1, 3, 5)
    ]  # fmt: skip
    return "#" + "".join(f"{each:02x}" for each in mixed)


DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
     [-0.011820, 0.042940, 0.968881]]
)  # fmt: skip
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""


def all_known(base):
    """王村 with 50 people, so that it is a dot and no ring."""
    return replace(base, demand=base.demand.assign(population=[400.0, 50.0, 100.0]))


def test_covered_and_uncovered_differ_without_colours(base):
    gaps, covered = village_layers(all_known(base), STANDARD, READING)
    assert abs(grey(as_drawn(gaps)) - grey(as_drawn(covered))) > 15
    assert np.min(gaps.size) > 1.3 * covered.size


def test_covered_and_uncovered_differ_to_colour_blind_eyes(base):
    gaps, covered = village_layers(all_known(base), STANDARD, READING)
    seen = [
        DEUTERANOPIA @ linear(np.array([int(each[at : at + 2], 16) / 255 for at in (1, 3, 5)]))
        for each in (as_drawn(gaps), as_drawn(covered))
    ]
    assert np.abs(seen[0] - seen[1]).max() > 0.2


def test_colours_are_those_of_the_screen(base):
    gaps, covered = village_layers(all_known(base), STANDARD, READING)
    assert (gaps.fill, gaps.edge) == (styles.GAP["fillColor"], styles.GAP["color"])
    assert (covered.fill, covered.edge) == (styles.COVERED["fillColor"], styles.COVERED["color"])


def test_every_colour_of_meaning_on_paper_is_on_the_screen(maps, base):
    """Fills and edges of what the legend lists; only hatches and widths are of paper alone."""
    looks = (*vars(styles).values(), *vars(map_overlay).values())
    screen = {
        each[part]
        for each in (*looks, *(style for _, _, style in styles.ROAD_GROUPS))
        if isinstance(each, dict)
        for part in ("color", "fillColor")
        if part in each
    }
    screen |= {kind.colour for kind in (*KINDS.values(), *target_county.KINDS.values())}
    screen |= {*FILLS.values(), styles.INK}
    screen |= set(re.findall("#[0-9a-f]{6}", LIVE_MAP.read_text(encoding="utf-8")))
    for name, each in maps.items():
        for row in legend_rows(each.panels):
            for colour in (row.fill, row.edge):
                assert not colour or colour in screen, (name, row.name, colour)


def test_classes_of_one_map_differ_without_colours(maps):
    """By shape, hatch, sign, line or lightness: every two rows of a legend."""
    for name, each in maps.items():
        seen = {}
        for row in legend_rows(each.panels):
            if row.shape == "line":
                look = ("line", row.dash, round(row.width, 2), row.edge)
            else:
                tone = round(grey(as_drawn(row)) / 12) if row.fill else -1
                size = round(float(np.median(row.size)), 1) if np.size(row.size) else 0
                look = (row.shape, row.hatch, str(row.sign), tone, size, row.edge)
            assert look not in seen, (name, row.name, seen.get(look))
            seen[look] = row.name


def test_verdicts_are_told_apart_by_hatches():
    signs = [HATCHES.get(word, "") for word in FILLS]
    assert len(set(signs)) == len(signs)


def test_villages_that_change_are_triangles_and_right(maps, base):
    gained, lost = changed_villages(base, print_golden.after(), STANDARD, READING)
    assert (list(gained.index), list(lost.index)) == (["d2"], ["d1"])
    shapes = {layer.name: layer.shape for layer in maps["comparison"].panels[1].layers}
    assert (shapes["新覆盖的村（社区）"], shapes["失去覆盖的村（社区）"]) == (
        "triangle",
        "inverted",
    )


def test_facilities_beyond_the_border_are_counted_apart(base):
    facilities = base.layers.facilities.copy()
    facilities.loc["f2", "geometry"] = Point(hand_made.X0 + 50_000, hand_made.Y0)
    layers = replace(base.layers, facilities=facilities)
    made = facilities_map(ground_of(layers), kinds=KINDS)
    assert made.subtitle == "研究区内各类设施 1 处"
    assert {row.name: row.count for row in legend_rows(made.panels)}["县医院"] == "0 处，区外 1 处"


def test_a_group_has_a_map_of_its_own(ground):
    made = facilities_map(ground, kinds=KINDS, group="养老")
    assert (made.stem, made.subtitle) == ("现状养老设施分布图", "研究区内养老设施 0 处")


def test_a_rescue_ring_is_called_so(ground, base):
    ring = print_golden.rescue_ring()
    assert is_rescue(ring)
    assert not is_rescue(STANDARD)
    made = coverage_map(ground, base, ring, ring.readings[0], kinds=KINDS)
    assert made.title == "示例县30分钟救治圈图"
    assert "救治圈" in {row.name for row in legend_rows(made.panels)}


def test_a_siting_answer_on_paper(answer):
    layers, found = answer
    made = siting_map(ground_of(layers), found, kinds=target_county.KINDS)
    told = told_by(made)
    for each in ("甲县步行圈选址方案图", "新建点位（按新增人口编号）（1 处）", "乙村（增加 300 人、1 个村）",
                 "村卫生室（1 处）", "新覆盖的村（社区）（1 个）", "未覆盖、人口未知的村（社区）（1 个）"):  # fmt: skip
        assert each in told, each


def test_the_line_below_the_title_is_the_answer_and_no_notice(answer):
    """What was left out before stands in front of the sentences, and in the report."""
    layers, found = answer
    told = (
        "「永久基本农田」内没有候选点",
        "1 个村 50 人没有任何候选点或现有设施能服务",
        *plan_sentences(found),
    )
    made = siting_map(ground_of(layers), replace(found, sentences=told), kinds=target_county.KINDS)
    before, after = (
        f"{100 * found.figures[f'share_{state}']:.1f}%" for state in ("before", "after")
    )
    assert made.subtitle == (
        f"新建 1 处、保留现有 1 处，覆盖率由 {before} 变为 {after}，+300 人、+1 个村"
    )
    assert made.remarks == (told[2], "已证明最优")
    assert "定数设施覆盖最多的人" in told[2]


def test_an_answer_in_one_line(answer):
    _, found = answer

    def line(word="村", model="maximal_covering", **figures):
        question = replace(found.question, model=model)
        return answer_line(replace(found, question=question, figures=found.figures | figures), word)

    nothing = {"new": 0.0, "closed": 0.0, "added_people": -1e-11, "added_villages": -0.0,
               "share_before": 0.5, "share_after": 0.5}  # fmt: skip
    assert line(**nothing) == "保留现有 1 处，覆盖率不变（50.0%）"
    unknown = {"share_before": np.nan, "share_after": np.nan, "added_people": 0.0}
    assert line("居住建筑", **unknown) == "新建 1 处、保留现有 1 处，+1 个居住建筑"
    assert line(model="upgrade", **nothing | {"new": 2.0}).startswith("升级 2 处、保留现有 1 处，")
    assert "15 分钟内到得了的人由 " in line(model="capacitated_covering")
    result = replace(found.result, status="infeasible", reason="候选点不够")
    assert answer_line(replace(found, result=result), "村") == "无解：候选点不够"


@pytest.mark.parametrize(
    ("origin", "level", "word"),
    [
        ("list", "township", "村（社区）"),
        ("osm", "township", "居住建筑"),
        ("raster", "township", "人口格网"),
        ("list", "county", "居民点"),
    ],
)
def test_maps_call_places_what_they_are(base, origin, level, word):
    def called(state):
        demand = state.layers.demand.assign(origin=origin)
        zones = state.layers.zones.assign(zone_level=level)
        return replace(state, layers=replace(state.layers, demand=demand, zones=zones))

    states = called(base), called(print_golden.after())
    ground = ground_of(states[0].layers)
    given = (ground, states[0], STANDARD, READING)
    told = [
        text
        for each in (
            coverage_map(*given, kinds=KINDS),
            gap_map(*given, kinds=KINDS),
            comparison_map(ground, states, STANDARD, READING, kinds=KINDS),
        )
        for text in (each.subtitle, *each.remarks, *(row.name for row in legend_rows(each.panels)))
    ]
    for begin in ("已覆盖的", "未覆盖、人口未知的", "新覆盖的", "失去覆盖的"):
        assert f"{begin}{word}" in told
    assert f"有 1 个{word}人口未知，未计入覆盖率" in told
    assert word == "村（社区）" or not any("村（社区）" in each for each in told)


def test_why_there_is_no_share_is_said(base):
    """Of two legs the missing one is named; unknown people are another matter."""
    zones = base.zones.assign(share=np.nan)
    found = replace(base, zones=zones)
    ring = print_golden.rescue_ring("emergency_station")
    kinds = KINDS | {"emergency_station": replace(KINDS["county_hospital"], name="院前急救站")}
    said = [coverage_sentence(found, ring, reading, kinds=kinds) for reading in ring.readings]
    assert said == ["未核算：没有院前急救站", "人口未知，未核算人口覆盖率"]
    bare = replace(found, layers=replace(base.layers, facilities=base.layers.facilities.iloc[:0]))
    assert coverage_sentence(bare, ring, ring.readings[0], kinds=kinds) == (
        "未核算：没有村卫生室、院前急救站"
    )
    nobody = replace(found, zones=zones.assign(villages=0))
    assert coverage_sentence(nobody, ring, READING, kinds=kinds) == "没有考核的村（社区）"


@pytest.mark.parametrize("kinds", [("village_clinic", "county_hospital"),
                                   ("county_hospital", "village_clinic")])  # fmt: skip
def test_a_facility_that_changes_its_kind_is_neither_new_nor_closed(base, kinds):
    """A clinic that becomes a hospital stands all the same, and the other way round."""

    def state(kind):
        facilities = base.layers.facilities.copy()
        facilities.loc["f1", "kind"] = kind
        return replace(base, layers=replace(base.layers, facilities=facilities))

    was, now = (state(kind) for kind in kinds)
    made = comparison_map(ground_of(was.layers), (was, now), STANDARD, READING, kinds=KINDS)
    rows = {layer.name: layer.count for layer in made.panels[1].layers}
    assert rows["迁移、改类别"] == "1 处"
    assert not {"新建", "撤并"} & set(rows)


def test_a_facility_of_another_standard_may_change_as_it_likes(base):
    facilities = base.layers.facilities.copy()
    facilities.loc["f2", "kind"] = "nursing_home"
    facilities.loc["f9"] = facilities.loc["f2"]
    after = replace(base, layers=replace(base.layers, facilities=facilities))
    made = comparison_map(ground_of(base.layers), (base, after), STANDARD, READING, kinds=KINDS)
    rows = {layer.name for layer in made.panels[1].layers}
    assert not {"新建", "撤并", "迁移、改类别"} & rows


def test_a_target_without_verdicts_by_zone_has_no_map(ground):
    values = print_golden.target_values(("数据不足", "未设目标"))
    asked = {"plan_title": "示例规划", "year": 2025}
    assert target_map(ground, values, print_golden.TARGET, **asked) is None
    assert target_map(ground, values.iloc[:1], print_golden.TARGET, **asked) is None


def test_the_maps_of_a_report(base, answer):
    plan = Plan("plan", "示例规划", "", "", "city", 2020, 2030, targets=(print_golden.TARGET,))
    content = MapContent(
        assessment=base, kinds=KINDS, plans=(plan,), values=print_golden.target_values(), year=2025,
        after=print_golden.after(),
    )  # fmt: skip
    stems = [each.stem for each in report_maps(content)]
    assert stems == [
        "现状设施分布图", "15分钟健康服务圈覆盖图_circle", "15分钟健康服务圈缺口图_circle",
        "指标达标图_plan/t_2025", "15分钟健康服务圈前后对比图_circle",
    ]  # fmt: skip
    assert [each.stem for each in report_maps(content, templates=("gaps",))] == [stems[2]]
    layers, found = answer
    twice = MapContent(
        assessment=replace(base, layers=layers), kinds=target_county.KINDS, siting=(found, found)
    )
    made = report_maps(twice, templates=("siting",))
    assert [each.title for each in made] == ["甲县步行圈选址方案图1", "甲县步行圈选址方案图2"]


def test_a_strange_template_is_a_sentence(base):
    with pytest.raises(InputError) as caught:
        list(report_maps(MapContent(assessment=base, kinds=KINDS), templates=("posters",)))
    assert str(caught.value) == f"地图“posters”不认识，可写 {'、'.join(TEMPLATES)}。"


def test_files_have_safe_names_and_none_is_lost(maps):
    bad = Order(replace(maps["targets"], stem='a/b:"c"?'), {})
    files = map_files([bad, bad], [{"maps": {"png": b"1"}}, {"maps": {"png": b"2"}}])
    assert files == {"图01_a_b_c.png": b"1", "图02_a_b_c.png": b"2"}


def test_pictures_for_a_document_go_by_names_that_are_never_cut(maps):
    """Two of the shipped targets whose names of files begin alike."""
    stems = [
        f"指标达标图_shandong-2018/cardio-cerebral-rescue-30{more}_2022"
        for more in ("", "-by-grade")
    ]  # fmt: skip
    orders = [Order(replace(maps["targets"], stem=stem), {}) for stem in stems]
    drawn = [{"word": {"png": b"A"}, "maps": {"png": b"a"}}, {"maps": {"png": b"B"}}]
    assert pictures(orders, drawn, "word") == dict(zip(stems, (b"A", b"B"), strict=True))
    files = map_files(orders, drawn)
    assert len({name.casefold()[4:] for name in files}) == 2
    assert all(name.endswith("_2022.png") for name in files)


HOSTILE = ("=cmd|' /C calc'!A0<b>&{{ 7*7 }}", "a\x00b\x1b[31m\nc\U0001f600", "长" * 300)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_arrive_as_text(name):
    base = hand_made.assessment(village_name=name)
    layers = replace(base.layers, name=name)
    demand = base.demand.assign(circle_covered=[False, False, False])
    made = gap_map(
        ground_of(layers),
        replace(base, demand=demand, layers=layers),
        STANDARD,
        READING,
        kinds=KINDS,
    )
    settings = PrintSettings(maker=name, source=name, secrecy=name, data_date=name, approval=name)
    files = map_bytes(made, settings, formats=("pdf", "svg"))
    told = pdf_text(files["pdf"])
    assert "缺口图" in told or "…" in told
    assert "49" not in told
    text = files["svg"].decode("utf-8")
    assert not any(ord(sign) < 32 and sign not in "\n\t\r" for sign in text)
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("wide", "high", "landscape"),
    [(200_000.0, 800.0, False), (900.0, 150_000.0, True), (3.0, 2.0, False)],
)
def test_long_and_tiny_study_areas(wide, high, landscape):
    x, y = hand_made.X0, hand_made.Y0
    area = np.array([shapely.box(x, y, x + wide, y + high)], dtype=object)
    layer = PrintLayer("area", area, "研究区", fill="#fdfcf8", names=np.array(["县"], dtype=object))
    made = PrintMap("图", "标题" * 60, "副标题" * 60, (Panel((layer,), "面板" * 60),) * 2,
                    hand_made.CRS, (x, y, x + wide, y + high))  # fmt: skip
    settings = PrintSettings(landscape=landscape, grid=True, maker="单位" * 60, note="注意" * 40,
                             data_date="2025年底", source="来源" * 200)  # fmt: skip
    told = told_by(made, settings)
    assert "数据截至 2025年底" in told
    assert "注意" * 40 in told.replace(" ", "")
    assert "比例尺 1∶" in told


def test_a_county_without_facilities_roads_or_names(base):
    bare = replace(
        base.layers,
        facilities=base.layers.facilities.iloc[:0],
        zones=base.layers.zones.assign(zone_name=None),
        demand=base.layers.demand.assign(demand_name=None),
        roads=replace(base.layers.roads, from_node=np.array([], int), to_node=np.array([], int),
                      vertex_start=np.array([0]), vertex_x=np.array([]), vertex_y=np.array([]),
                      length_m=np.array([])),
    )  # fmt: skip
    ground = ground_of(bare)
    made = facilities_map(ground, kinds=KINDS)
    assert [row.name for row in legend_rows(made.panels)] == ["行政边界"]
    assert "研究区内各类设施 0 处" in told_by(made)
    assert dense_map(ground, kinds=KINDS) is None
    # Nothing is claimed where nothing was given.
    content = MapContent(assessment=replace(base, layers=bare), kinds=KINDS)
    assert [each.stem for each in report_maps(content)] == ["现状设施分布图"]


def test_the_densest_part_is_drawn_larger_with_a_locator(base):
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(0, 200, 40), rng.uniform(-900, 5900, 60)]) + hand_made.X0
    y = np.concatenate([rng.uniform(0, 200, 40), rng.uniform(-1900, 1900, 60)]) + hand_made.Y0
    rows = gpd.GeoDataFrame(
        {"facility_name": "甲", "kind": "village_clinic", "origin": "list"},
        geometry=gpd.points_from_xy(x, y), index=pd.RangeIndex(100).astype(str), crs=hand_made.CRS,
    )  # fmt: skip
    made = dense_map(ground_of(replace(base.layers, facilities=rows)), kinds=KINDS)
    west, south, east, north = made.extent
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    assert inside[:40].all()
    assert made.subtitle == f"本图范围内各类设施 {inside.sum()} 处"
    assert "本图位置" in told_by(made)
    assert "本图位置" not in told_by(made, PrintSettings(locator=False))
    assert dense_window(rows.iloc[40:], base.layers.zones.total_bounds) is None


def test_a_locator_is_left_out_where_there_is_nothing_to_locate():
    whole = np.array([shapely.box(0, 0, 100, 100)], dtype=object)
    assert is_worth_it(Locator(whole, shapely.box(0, 0, 20, 20)))
    assert not is_worth_it(Locator(whole, shapely.box(0, 0, 90, 90)))
    assert not is_worth_it(Locator(whole[:0], shapely.box(0, 0, 20, 20)))
    assert not is_worth_it(None)


def test_a_county_stands_among_its_neighbours(base):
    content = MapContent(assessment=base, kinds=KINDS, around=print_golden.neighbours())
    made = list(report_maps(content, templates=("facilities", "coverage")))
    assert all("本图位置" in told_by(each) for each in made)
    assert made[0].locator.here.equals(ground_of(base.layers).area)
    # Alone it has nothing to stand in, and what already shows a part keeps its own locator.
    alone = replace(content, around=np.array([shapely.box(*base.layers.zones.total_bounds)]))
    assert not any("本图位置" in told_by(each) for each in report_maps(alone, templates=("gaps",)))


def test_a_name_stands_on_the_largest_part_of_its_zone():
    """An exclave in full sight, the main part under symbols: the name still stands there."""
    x, y = hand_made.X0, hand_made.Y0
    main, exclave = shapely.box(x, y, x + 5e3, y + 9e3), shapely.box(x + 7e3, y, x + 9e3, y + 3e3)
    zone = PrintLayer("label", np.array([shapely.union(main, exclave)]), order=600,
                      names=np.array(["东镇"], dtype=object))  # fmt: skip
    spots = shapely.points(*(each.ravel() for each in np.meshgrid(
        np.linspace(x, x + 5e3, 20), np.linspace(y, y + 9e3, 36))))  # fmt: skip
    villages = PrintLayer("dot", spots, "村", order=300, fill="#d55e00", size=4.0)
    made = PrintMap("图", "标题", "", (Panel((zone, villages)),), hand_made.CRS,
                    (x, y, x + 9e3, y + 9e3))  # fmt: skip
    svg = map_bytes(made, PrintSettings(), formats=("svg",))["svg"].decode()
    lefts = [float(each) for each in re.findall(r'x="([\d.]+)"[^>]*>东镇<', svg)]
    assert lefts
    assert max(lefts) < 841.9 * 0.45


def test_forty_kinds_find_their_place_in_the_legend():
    points = np.array([shapely.Point(hand_made.X0, hand_made.Y0)], dtype=object)
    kinds = tuple(
        PrintLayer("square", points, f"第{at}类设施名称", "12 处", fill="#0072b2", sign="卫")
        for at in range(45)
    )
    x, y = hand_made.X0, hand_made.Y0
    made = PrintMap("图", "标题", "", (Panel(kinds),), hand_made.CRS, (x, y, x + 9e3, y + 9e3))
    for landscape in (True, False):
        told = told_by(made, PrintSettings(landscape=landscape))
        assert "图例未列" not in told
        assert all(f"第{at}类" in told for at in range(45))


def test_dots_are_smaller_where_villages_lie_close(base):
    shares = [size_share(base.layers.zones, count) for count in (1, 3000, 10**6)]
    assert shares[0] == 1.0
    assert shares[0] > shares[1] > shares[2] > 0.3


def test_lines_fit_their_room():
    assert width_mm("汉" * 10, 10.0) == pytest.approx(10 * 10 / 72 * 25.4, rel=0.03)
    assert fitted("短", room_mm=50, size_pt=10, smallest_pt=5) == ("短", 10)
    said, size = fitted("很长" * 40, room_mm=50, size_pt=10, smallest_pt=5)
    assert (said[-1], size) == ("…", 5)
    # What fits once it is smaller is whole.
    for length in range(20, 40):
        assert fitted("长" * length, room_mm=50, size_pt=10, smallest_pt=3)[0] == "长" * length
    assert width_mm(said, size) <= 50
    assert cut("短", room_mm=50, size_pt=5) == "短"
    text = "甲乙丙丁，戊己庚辛。" * 8
    lines = wrapped(text, room_mm=30, size_pt=7)
    assert "".join(lines) == text
    assert all(width_mm(each, 7) <= 30 for each in lines)
    assert not any(each[0] in "，。" for each in lines)
    numbers = wrapped("目标 100.0%，" * 9, room_mm=31, size_pt=7)
    assert sum(each.count("100.0%") for each in numbers) == 9


def test_degrees_are_whole_and_few():
    assert [degrees_text(each, is_lon=True) for each in (117.5, -0.5)] == ["117°30′E", "0°30′W"]
    for span in (1e-3, 0.03, 0.4, 3.0, 60.0):
        assert 3 <= span / grid_step(span) < 12


def test_nothing_given_is_changed(base):
    before = base.demand.copy(), base.layers.facilities.copy(), base.zones.copy()
    ground = ground_of(base.layers)
    made = comparison_map(ground, (base, print_golden.after()), STANDARD, READING, kinds=KINDS)
    map_bytes(made, PrintSettings(), formats=("png",), dpi=20)
    for was, now in zip(before, (base.demand, base.layers.facilities, base.zones), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(was), pd.DataFrame(now))
