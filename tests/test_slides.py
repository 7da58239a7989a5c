"""The report's slides, read again by python-pptx: six pages, numbers, boxes that hold their text."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace

import pytest
from pptx import Presentation
from pptx.util import Emu

from reports.figures import share_text
from reports.presenting.page import Words, fitted
from reports.presenting.widths import width_em
from reports.slides import slide_files
from reports.target_figures import FILLS
from tests.hand_made import assessment
from tests.hostile import HOSTILE, hostile_assessment, hostile_kinds
from tests.report_case import NASTY, content, full, with_scenario


def png(wide, high):
    """A white PNG of so many pixels."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * wide) * high)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURES = {
    "15分钟健康服务圈覆盖图_circle": png(297, 210),
    "15分钟健康服务圈缺口图_circle": png(210, 297),
    "15分钟健康服务圈选址方案图_maximal_covering": png(297, 210),
}


def opened(case, pictures=PICTURES):
    ((name, made),) = slide_files(case, pictures).items()
    assert name == "示例县_汇报.pptx"
    return Presentation(io.BytesIO(made))


def texts(slide):
    found = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            found += [one.text for one in shape.text_frame.paragraphs]
        if shape.has_table:
            found += [cell.text for row in shape.table.rows for cell in row.cells]
    return found


def boxes(show):
    return [
        (slide, shape) for slide in show.slides for shape in slide.shapes if shape.has_text_frame
    ]


def assert_fits(show):
    """By a count of lines of its own, every text stays in its box, every shape on its page."""
    for slide in show.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= show.slide_width
            assert shape.top + shape.height <= show.slide_height
            if shape.has_table:
                rows = sum(row.height for row in shape.table.rows)
                assert shape.top + rows <= show.slide_height
    for _, shape in boxes(show):
        room_pt = Emu(shape.width).pt - 7.2
        high = 0.0
        for one in shape.text_frame.paragraphs:
            for run in one.runs:
                size = run.font.size.pt
                lines = max(1, -(-width_em(run.text) * size // room_pt))
                # a sign more or less at the end of every line
                assert lines <= 1 or width_em(run.text) * size <= room_pt * lines
                high += max(1, width_em(run.text) * size / room_pt) * size * 1.25
        assert high <= Emu(shape.height).pt + 1


def test_six_wide_pages_with_foot_and_number():
    show = opened(full())
    assert len(show.slides) == 6
    assert show.slide_width / show.slide_height == pytest.approx(16 / 9)
    for number, slide in enumerate(show.slides, start=1):
        said = texts(slide)
        assert f"{number} / 6" in said
        assert any(one.startswith("来源：示例。") for one in said)
        assert any("合成数据，仅供演示" in one for one in said)
    assert_fits(show)


def test_numbers_are_those_of_the_tables():
    found = assessment()
    zones = found.zones[found.zones["zone_id"] == ""].set_index("reading_id")
    share = share_text(float(zones.loc["circle", "share"]), target=2 / 3)
    slides = list(opened(full()).slides)
    assert share in texts(slides[1])
    assert "未覆盖的村（社区）有 1 个、0 人" in texts(slides[1])
    assert "另有 1 个村（社区）人口未知" in texts(slides[1])
    assert texts(slides[2])[0].endswith(f"人口覆盖率 {share}")
    gaps = texts(slides[3])
    assert gaps[gaps.index("王村") :][:4] == ["王村", "东镇", "未知", "到不了"]
    targets = texts(slides[4])
    assert "共 2 项：未达标 1 项，数据不足 1 项。" in targets
    at = targets.index("每千人口床位")
    assert targets[at : at + 5] == ["每千人口床位", "6.25 张", "8 张", "✗ 未达标", "120 张"]
    assert "新建 1 处。" in texts(slides[5])
    assert any(one.startswith("情景「每千人口床位」：共 2 项动作") for one in texts(slides[5]))


def test_pictures_keep_their_aspect():
    slides = list(opened(full()).slides)
    for at, aspect in ((2, 297 / 210), (3, 210 / 297), (5, 297 / 210)):
        (picture,) = [one for one in slides[at].shapes if one.shape_type == 13]
        assert picture.width / picture.height == pytest.approx(aspect, rel=1e-3)


def test_the_map_of_another_standard_is_not_shown():
    other = {
        "15分钟健身圈覆盖图_fitness": png(297, 210),
        "15分钟健康服务圈覆盖图_circle_line": png(297, 210),
        "城市15分钟健康服务圈缺口图_circle": png(297, 210),
        "15分钟健身圈前后对比图_fitness": png(297, 210),
    }
    slides = opened(with_scenario(content()), other).slides
    assert not [one for slide in slides for one in slide.shapes if one.shape_type == 13]


def test_without_pictures_targets_siting_and_scenario():
    show = opened(content(), {})
    assert len(show.slides) == 6
    assert not [one for slide in show.slides for one in slide.shapes if one.shape_type == 13]
    last = texts(show.slides[5])
    assert last[0] == "下一步工作"
    assert "有 1 个村（社区）人口未知，建议补齐人口后重新核算。" in last
    assert "未覆盖的村（社区）中有 1 个结论随车速而变，建议实地核对路况。" in last
    assert_fits(show)


def test_without_facilities_nothing_is_claimed():
    found = assessment()
    zones = found.zones.copy()
    zones[["covered", "share", "gap", "share_low", "share_high"]] = float("nan")
    none = replace(
        found, zones=zones, gaps=found.gaps.iloc[:0],
        layers=replace(found.layers, facilities=found.layers.facilities.iloc[:0]),
    )  # fmt: skip
    show = opened(content(none), {})
    assert "—" in texts(show.slides[1])
    assert "未核算：没有村卫生室" in texts(show.slides[1])
    assert "15分钟（路网）：未核算：没有村卫生室" in texts(show.slides[2])
    for at in (3, 4):
        assert "未核算：没有村卫生室。" in texts(show.slides[at])
    assert "没有村卫生室，建议先补齐设施名录。" in texts(show.slides[5])
    said = [one for slide in show.slides for one in texts(slide)]
    assert not [one for one in said if "nan" in one or "或人口未知" in one]


def with_zones(**columns):
    """The hand-made assessment whose zones of the main reading (E, W, all) have other values."""
    found = assessment()
    zones = found.zones.copy()
    for name, values in columns.items():
        zones[name] = zones[name].astype(object)
        zones.loc[zones["reading_id"] == "circle", name] = values
        zones[name] = zones[name].infer_objects()
    return content(replace(found, zones=zones))


def cells_of(slide):
    (table,) = [one.table for one in slide.shapes if one.has_table]
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_a_zone_without_villages_reaches_no_target():
    """东镇 has nobody to serve: it is neither green nor of unknown population."""
    case = with_zones(
        villages=[0, 1, 1], villages_covered=[0, 1, 1], population_unknown=[0, 0, 0],
        share=[float("nan"), 1.0, 1.0],
    )  # fmt: skip
    slides = opened(case, {}).slides
    for at in (2, 4):
        assert [row[0] for row in cells_of(slides[at])] == ["乡镇（街道）", "西镇"]


def test_a_zone_whose_people_are_unknown_is_not_said_to_reach_the_target():
    slides = opened(content(), {}).slides
    east = next(row for row in cells_of(slides[4]) if row[0] == "东镇")
    assert east[:3] == ["东镇", "人口未知", "人口未知"]
    (table,) = [one.table for one in slides[4].shapes if one.has_table]
    fills = {table.cell(at, 0).text: table.cell(at, 1).fill for at in (1, 2)}
    assert str(fills["东镇"].fore_color.rgb) == FILLS["数据不足"].lstrip("#").upper()
    assert str(fills["西镇"].fore_color.rgb) == FILLS["达标"].lstrip("#").upper()


@pytest.mark.parametrize("hair", [1e-10, -1e-10, -0.0])
def test_sums_that_differ_by_a_hair_are_none(hair):
    """Neither "-0" people nor a gap of nobody, whichever way the last bits fell."""
    case = with_zones(
        population=[0.0, 400.0, 400.0], covered=[0.0, 400.0 - hair, 400.0 - hair],
        gap=[float("nan"), hair, hair], share=[float("nan"), 1.0, 1.0],
    )  # fmt: skip
    slides = opened(case, {}).slides
    said = [one for slide in slides for one in texts(slide)]
    assert not [one for one in said if "-0" in one or "nan" in one]
    assert "目标 66.7%，已达标" in said
    assert "未覆盖的村（社区）有 1 个、0 人" in said
    west = next(row for row in cells_of(slides[4]) if row[0] == "西镇")
    assert west[2] == "0"


def test_a_trip_just_beyond_the_cutoff_does_not_read_as_the_cutoff():
    found = assessment()
    gaps = found.gaps.assign(travel_time_s=[901.0, float("nan")])
    rows = cells_of(opened(content(replace(found, gaps=gaps)), {}).slides[3])
    assert rows[1] == ["王村", "东镇", "未知", "15.02 分钟"]


def test_east_asian_fonts_and_same_bytes():
    show = opened(full())
    for _, shape in boxes(show):
        for one in shape.text_frame.paragraphs:
            for run in one.runs:
                assert run._r.rPr.find("{*}ea").get("typeface") == "微软雅黑"
                assert run._r.rPr.find("{*}latin").get("typeface") == "微软雅黑"
    assert slide_files(full(), PICTURES) == slide_files(full(), PICTURES)


@pytest.mark.parametrize("name", [HOSTILE, *NASTY])
def test_hostile_names_arrive_as_text(name):
    case = full(name, hostile_assessment(name), kinds=hostile_kinds(name))
    ((_, made),) = slide_files(case, {}).items()
    show = Presentation(io.BytesIO(made))
    said = [one for slide in show.slides for one in texts(slide)]
    if name.isprintable() and len(name) < 20:
        assert name in said
    assert not [rel for slide in show.slides for rel in slide.part.rels.values() if rel.is_external]
    assert_fits(show)


def test_text_that_has_no_room_is_cut_and_says_so():
    lines, size = fitted(["长" * 300, "尾"], room=(2.0, 0.5), words=Words(20, 10))
    assert size == 10
    assert len(lines) == 1
    assert lines[0].endswith("…")
    assert width_em(lines[0]) * size <= 2 * 2.0 * 72
    assert fitted(["短"], room=(2.0, 0.5), words=Words(20, 10)) == (["短"], 20)
