"""The Word report, opened again: what it says, how it looks, and what it refuses as a template."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from PIL import Image

from coverage.errors import SourceError
from coverage.scenario import FacilityAction, Scenario
from layers.loading import load
from layers.project import chosen_standards, load_project
from layers.scenarios import write_scenario
from layers.standards import load_kinds, load_modes, load_standards
from reports.report_content import ReportRequest, SitingRequest
from reports.report_making import report_content
from reports.report_tables import table_files
from reports.word.fields import FIELDS, PART_FIELDS, TEXT_FIELDS
from reports.word.own_template import own_template
from reports.word.template import template_bytes
from reports.word_document import PARTS, text_fields, word_files
from tests.test_cli import CLINICS, EDGES, NODES, PROJECT
from tests.word_numbers import CheckedNumbers

VILLAGES = 34


def squares():
    """Two townships side by side."""
    edges = {"370001": ("东镇", 117.1, 117.2), "370002": ("西镇", 117.0, 117.1)}
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code, "name": name},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[a, 36], [b, 36], [b, 36.1], [a, 36.1], [a, 36]]],
                },
            }
            for code, (name, a, b) in edges.items()
        ],
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("县")
    rows = [
        f"{at:02d},{at}号村,{117.052 + at * 0.0028:.4f},36.05,{'' if at == 7 else 100 + at * 7}"
        for at in range(VILLAGES)
    ]
    files = {
        "project.toml": PROJECT.replace(
            'population = "人口"}', 'population = "人口"}\nmissing_population = "unknown"'
        )
        + '[siting]\n[[siting.candidates]]\nfrom = "villages"\n',
        "zones.geojson": json.dumps(squares(), ensure_ascii=False),
        "nodes.csv": NODES,
        "edges.csv": EDGES,
        "villages.csv": "编码,村名,经度,纬度,人口\n" + "\n".join(rows) + "\n",
        "clinics.csv": CLINICS,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def loaded(project):
    """Its files, read once."""
    there, modes = load_project(project), load_modes()
    standards = chosen_standards(there, load_standards())
    return load(there, standards=standards, modes=modes, kinds=load_kinds())


@pytest.fixture(scope="module")
def plain(project, loaded):
    """The assessment alone."""
    return report_content(
        load_project(project), ReportRequest(), loaded=loaded, with_service_areas=False
    )


@pytest.fixture(scope="module")
def full(project, loaded, plain):
    """With targets, a siting proposal and a scenario."""
    there = load_project(project)
    far = plain.assessment.demand.geometry.iloc[-1]
    action = FacilityAction(
        "add", "n1", "新建卫生室", kind="village_clinic", place=(far.x, far.y), cost=60.5
    )
    scenario = Scenario("a", "方案甲", (action, FacilityAction("close", "w1")), "先东后西")
    write_scenario(there, scenario, str(plain.assessment.layers.roads.crs))
    request = ReportRequest(
        plans=("jinan-2019",),
        year=2025,
        scenario="a",
        siting=SitingRequest(model="maximal_covering", sites=2),
    )
    return report_content(there, request, loaded=loaded, assessment=plain.assessment)


@pytest.fixture(scope="module")
def tables(full):
    return table_files(full)


def one_file(content, pictures=None):
    files = word_files(content, pictures or {})
    assert len(files) == 1
    return next(iter(files.values()))


def opened(content, pictures=None):
    return Document(io.BytesIO(one_file(content, pictures)))


@pytest.fixture(scope="module")
def plain_document(plain):
    """The assessment alone as a document, for looking only."""
    return opened(plain)


@pytest.fixture(scope="module")
def full_document(full):
    return opened(full)


def everything(document):
    """All text of a document, tables included."""
    return "\n".join(
        "".join(node.text or "" for node in paragraph.iter(qn("w:t")))
        for paragraph in document.element.iter(qn("w:p"))
    )


def headings(document, name="Heading 1"):
    return [each.text for each in document.paragraphs if each.style.name == name]


def table_named(document, caption):
    """The table below a caption, as texts."""
    for element in document.element.body:
        text = "".join(node.text or "" for node in element.iter(qn("w:t")))
        if element.tag == qn("w:p") and caption in text:
            below = element.getnext()
            assert below.tag == qn("w:tbl")
            return [
                [
                    "".join(n.text or "" for n in cell.iter(qn("w:t")))
                    for cell in row.iter(qn("w:tc"))
                ]
                for row in below.iter(qn("w:tr"))
            ]
    raise AssertionError(caption)


def csv(tables, name):
    return pd.read_csv(
        io.BytesIO(tables[name]), encoding="utf-8-sig", dtype={"zone_id": str}, keep_default_na=True
    )


def dot(width=300, height=200):
    content = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(content, "PNG", dpi=(100, 100))
    return content.getvalue()


# --- what it says ------------------------------------------------------------------------


def test_a_full_report_has_every_section_in_order(full_document):
    document = full_document
    assert headings(document) == [
        "编制目的", "范围与数据", "核算方法", "覆盖情况", "缺口清单", "规划指标核算", "选址建议",
        "情景比较", "局限与误差范围",
    ]  # fmt: skip
    assert headings(document, "报告附录标题") == [
        "附录1　数据来源", "附录2　参数设置", "附录3　输入文件校验",
    ]  # fmt: skip
    assert "{{" not in everything(document)
    assert "⟦" not in everything(document)


def test_without_targets_scenario_and_siting_their_sections_are_not_there(plain_document):
    document = plain_document
    assert headings(document) == [
        "编制目的", "范围与数据", "核算方法", "覆盖情况", "缺口清单", "局限与误差范围",
    ]  # fmt: skip
    assert "情景" not in everything(document)


def test_the_zone_table_is_that_of_zones_csv(full_document, tables):
    zones = csv(tables, "zones.csv")
    zones = zones[zones["reading_id"] == "health_circle_15"]
    rows = table_named(full_document, "15分钟健康服务圈分单元覆盖情况")[1:]
    assert len(rows) == len(zones) == 3
    for cells, (_, row) in zip(rows, zones.iterrows(), strict=True):
        assert cells[1] == f"{row['population']:,.0f}"
        assert cells[2] == f"{row['covered']:,.0f}"
        assert float(cells[3].rstrip("%")) == pytest.approx(100 * row["share"], abs=0.1)
        assert cells[5] == f"{np.ceil(row['gap'] - 0.5):,.0f}"
        assert [cells[6], cells[7]] == [str(row["villages"]), str(row["villages_covered"])]


def test_every_number_stands_in_the_tables(full, full_document, tables):
    checked = CheckedNumbers(full_document, tables, year=full.year)
    assert checked.wrong() == []
    assert checked.unknown_tables() == []
    assert checked.in_text > 40
    assert checked.in_tables > 150


def test_a_wrong_number_is_found(full, full_document, tables):
    """The test above can fail: in a text, and in a cell, with a number of another row."""
    document = opened(full)
    paragraph = next(one for one in document.paragraphs if "，覆盖率 " in one.text)
    run = next(one for one in paragraph.runs if "，覆盖率 " in one.text)
    run.text = re.sub(r"覆盖率 [0-9.]+", "覆盖率 12.3", run.text)
    table = document.tables[
        [one.rows[0].cells[-1].text for one in document.tables].index("覆盖村数")
    ]
    table.rows[1].cells[2].paragraphs[0].runs[0].text = "98,765"
    found = CheckedNumbers(document, tables, year=full.year).wrong()
    assert [number for number, _ in found] == ["12.3", "98,765"]


def test_the_gap_list_names_the_largest_and_counts_the_rest(plain, plain_document):
    document = plain_document
    rows = table_named(document, "15分钟健康服务圈未覆盖的村（社区）")[1:]
    gaps = plain.assessment.gaps
    gaps = gaps[gaps["reading_id"] == "health_circle_15"]
    assert len(rows) == 20 < len(gaps)
    people = [int(cells[3].replace(",", "")) for cells in rows]
    assert people == sorted(gaps["population"].dropna().astype(int), reverse=True)[:20]
    rest = gaps["population"].sum() - sum(people)
    assert f"其余 {len(gaps) - 20} 个、{rest:,.0f} 人见结果表 gaps.geojson" in everything(document)


def test_a_share_short_of_all_is_never_written_as_all(plain):
    zones = plain.assessment.zones.assign(share=0.9996, village_share=0.9996, share_high=1.0)
    text = everything(opened(replace(plain, assessment=replace(plain.assessment, zones=zones))))
    assert "覆盖率 99.9%" in text
    assert "覆盖率 100.0%（误差" not in text


def unmeasured(found):
    """An assessment without facilities, as the program gives it."""
    unknown = dict.fromkeys(("covered", "share", "gap", "share_low", "share_high"), np.nan)
    layers = replace(found.layers, facilities=found.layers.facilities.iloc[:0])
    return replace(
        found, layers=layers, facilities=found.facilities.iloc[:0],
        zones=found.zones.assign(**unknown),
    )  # fmt: skip


@pytest.mark.parametrize("people", ["known", "unknown"])
def test_no_sentence_where_the_number_is_missing(plain, people):
    """Neither that nobody is covered nor, where the people are known, that they are not."""
    found = unmeasured(plain.assessment)
    if people == "unknown":
        zones = found.zones.assign(population=np.nan, population_unknown=found.zones["villages"])
        found = replace(found, zones=zones)
    document = opened(replace(plain, assessment=found))
    text = everything(document)
    assert re.search("没有中心村卫生室、[^，]*等，未核算覆盖率。", text)
    assert re.search("没有中心村卫生室、[^，]*等，未核算覆盖，未列缺口。", text)
    assert "nan" not in text
    assert "，覆盖率 " not in text
    assert "个村（社区）中覆盖 0 个" not in text
    rows = table_named(document, "15分钟健康服务圈各种口径")[1:]
    assert {tuple(cells[1:]) for cells in rows} == {("未核算", "未核算", "—", "—")}
    assert not [each for each in document.tables if each.rows[0].cells[-1].text == "覆盖村数"]


def test_a_trip_just_beyond_the_cutoff_does_not_read_as_the_cutoff(plain):
    found = plain.assessment
    gaps = found.gaps.assign(travel_time_s=900.4)
    document = opened(replace(plain, assessment=replace(found, gaps=gaps)))
    rows = table_named(document, "服务圈未覆盖的村（社区）（")[1:]
    assert {cells[5] for cells in rows} == {"15.01 分钟"}


def test_zones_without_villages_are_counted_below_the_table(plain, plain_document):
    """The table leaves them out, and says so."""
    assert "没有列出。" not in everything(plain_document)
    found = plain.assessment
    first = found.layers.zones.index[0]
    empty = {"population": 0.0, "covered": 0.0, "share": np.nan, "gap": 0.0, "villages": 0,
             "villages_covered": 0, "village_share": np.nan}  # fmt: skip
    zones = found.zones.copy()
    for name, value in empty.items():
        zones.loc[zones["zone_id"] == first, name] = value
    document = opened(replace(plain, assessment=replace(found, zones=zones)))
    assert len(table_named(document, "15分钟健康服务圈分单元覆盖情况")) == 3
    assert "另有 1 个乡镇（街道）没有考核的村（社区），没有列出。" in everything(document)


def test_the_map_of_one_target_never_stands_under_anothers_caption(full):
    """Their names begin alike for longer than the name of a file is."""
    values, plan = full.judged.values, full.plans[0]
    alike = ("cardio-cerebral-rescue-30", "cardio-cerebral-rescue-30-by-grade")
    ids = [f"shandong-2018/{one}" for one in alike]
    rows = values[values["zone_id"] == ""].iloc[:2].assign(
        target_id=ids, indicator=["救治", "分级救治"], plan_id=plan.plan_id
    )  # fmt: skip
    content = replace(full, judged=replace(full.judged, values=rows), judged_after=None)
    first = opened(content, {f"指标达标图_{ids[0]}_2025": dot()})
    captions = [each.text for each in first.paragraphs if each.style.name == "报告图题"]
    assert captions == ["图1　救治达标图（2025 年）"]
    both = opened(content, {f"指标达标图_{one}_2025": dot() for one in ids})
    captions = [each.text for each in both.paragraphs if each.style.name == "报告图题"]
    assert captions == ["图1　救治达标图（2025 年）", "图2　分级救治达标图（2025 年）"]


def test_an_empty_county_says_so(plain):
    found = plain.assessment
    counts = {"population": 0.0, "covered": 0.0, "share": np.nan, "gap": 0.0, "villages": 0,
              "villages_covered": 0, "village_share": np.nan, "population_unknown": 0,
              "share_low": np.nan, "share_high": np.nan}  # fmt: skip
    layers = replace(
        found.layers,
        demand=found.layers.demand.iloc[:0],
        facilities=found.layers.facilities.iloc[:0],
    )
    empty = replace(
        found, layers=layers, demand=found.demand.iloc[:0], gaps=found.gaps.iloc[:0],
        facilities=found.facilities.iloc[:0], zones=found.zones.assign(**counts),
    )  # fmt: skip
    text = everything(opened(replace(plain, assessment=empty)))
    assert "0 个村（社区），人口未知，设施 0 处。" in text
    assert "研究区内没有适用这一标准的村（社区），不作核算。" in text
    assert "nan" not in text


def test_the_planners_purpose_stands_in_the_planners_words(plain):
    settings = replace(plain.settings, purpose="为编制规划。\n供会议讨论。")
    document = opened(replace(plain, settings=settings))
    texts = [each.text for each in document.paragraphs]
    assert "为编制规划。" in texts
    assert "供会议讨论。" in texts


def test_every_input_stands_with_its_hash(plain, plain_document):
    rows = table_named(plain_document, "输入文件的校验值")[1:]
    assert len(rows) == len(plain.inputs) == 6
    assert all(re.fullmatch("[0-9a-f]{64}", cells[1]) for cells in rows)


# --- how it looks ------------------------------------------------------------------------


def test_page_and_fonts_are_those_of_a_public_document(plain, plain_document):
    document = plain_document
    section = document.sections[0]
    margins = [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round(one.mm) for one in margins] == [37, 35, 28, 26]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    styles = document.styles
    fonts = {
        name: styles[name].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))
        for name in ("Title", "Heading 1", "Heading 2", "报告正文")
    }
    assert list(fonts.values()) == ["方正小标宋简体", "黑体", "楷体", "仿宋"]
    assert styles["报告正文"].font.size.pt == 16
    assert styles["Title"].font.size.pt == 22
    used = {each.style.name for each in document.paragraphs}
    for name in used:
        found = styles[name].element.rPr.find(qn("w:rFonts"))
        assert found.get(qn("w:eastAsia")), name
        assert not any("Theme" in key for key in found.keys()), name  # noqa: SIM118 - lxml
    with zipfile.ZipFile(io.BytesIO(one_file(plain))) as packed:
        table = packed.read("word/fontTable.xml").decode()
    assert '<w:font w:name="方正小标宋简体"><w:altName w:val="黑体"/>' in table


def test_runs_say_that_their_quotation_marks_are_chinese(plain_document):
    runs = [
        run
        for run in plain_document.element.body.iter(qn("w:r"))
        if run.find(qn("w:t")) is not None and run.find(qn("w:t")).text.strip()
    ]
    hints = [run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}") for run in runs]
    assert all(one is not None and one.get(qn("w:hint")) == "eastAsia" for one in hints)


def test_the_label_and_the_page_stand_on_every_page(plain_document):
    section = plain_document.sections[0]
    for header in (section.header, section.even_page_header):
        assert header.paragraphs[0].text == "测试数据"
    for footer in (section.footer, section.even_page_footer):
        assert footer.paragraphs[0].text == "— 1 —"
        assert "PAGE" in footer.paragraphs[0]._p.xml


def test_tables_and_figures_are_numbered_and_heads_repeated(full):
    document = opened(full, {"15分钟健康服务圈覆盖图_health_circle_15": dot()})
    captions = [each.text for each in document.paragraphs if each.style.name == "报告表题"]
    assert [int(re.match(r"表(\d+)　", one)[1]) for one in captions] == list(
        range(1, len(document.tables) + 1)
    )
    figures = [each.text for each in document.paragraphs if each.style.name == "报告图题"]
    assert figures == ["图1　15分钟健康服务圈覆盖图（15分钟，步行或骑行）"]
    for table in document.tables:
        rows = list(table._tbl.iter(qn("w:tr")))
        assert rows[0].find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows)
        widths = sum(int(one.get(qn("w:w"))) for one in table._tbl.iter(qn("w:gridCol")))
        assert widths == pytest.approx(156 / 25.4 * 1440, abs=10)


def test_the_contents_list_every_heading_and_are_made_again_on_opening(full_document):
    document = full_document
    listed = [each.text for each in document.paragraphs if each.style.name == "toc 1"]
    assert listed[:2] == ["一、编制目的", "二、范围与数据"]
    assert listed[-1] == "附录3　输入文件校验"
    assert "（一）15分钟健康服务圈" in [
        each.text for each in document.paragraphs if each.style.name == "toc 2"
    ]
    assert r'TOC \o "1-2"' in document.element.xml
    assert document.settings.element.find(qn("w:updateFields")).get(qn("w:val")) == "true"


@pytest.mark.parametrize("size", [(3000, 200), (200, 3000), (40, 40)])
def test_a_picture_fits_the_page_and_says_what_it_is(plain, size):
    pictures = {"现状设施分布图": dot(*size), "另一张": dot()}
    document = opened(plain, pictures)
    assert list(pictures) == ["现状设施分布图", "另一张"]
    assert len(document.inline_shapes) == 1
    shape = document.inline_shapes[0]
    assert shape.width.mm <= 156.1
    assert shape.height.mm <= 209.1
    assert shape.width / shape.height == pytest.approx(size[0] / size[1], rel=0.01)
    assert shape._inline.docPr.get("descr") == "现状设施分布图"


def test_a_picture_made_for_the_page_stands_at_its_own_size(plain):
    """156 × 205 mm at 160 dpi, so that a scale printed on it is true; its caption stays with it."""
    content = io.BytesIO()
    Image.new("1", (983, 1291)).save(content, "PNG", dpi=(160, 160))
    document = opened(plain, {"现状设施分布图": content.getvalue()})
    shape = document.inline_shapes[0]
    assert shape.width.mm == pytest.approx(156, abs=0.2)
    assert shape.height.mm == pytest.approx(205, abs=0.2)
    line = next(one for one in document.paragraphs if one.style.name == "报告图")
    assert line.style.paragraph_format.keep_with_next
    assert line._p.getnext().xpath("string(.)").endswith("现状设施分布图")


def test_the_text_says_where_its_map_is(full):
    name = "15分钟健康服务圈"
    stems = ("现状设施分布图", f"{name}缺口图_health_circle_15", f"{name}覆盖图_health_circle_15")
    document = opened(full, {stem: dot() for stem in stems})
    text = everything(document)
    for said in ("设施分布见图1。", "覆盖范围见图2。", "位置见图3。"):
        assert said in text
    marks = [one.get(qn("w:name")) for one in document.element.iter(qn("w:bookmarkStart"))]
    codes = [one.text.split()[1] for one in document.element.iter(qn("w:instrText"))
             if " REF " in one.text]  # fmt: skip
    assert marks == codes == [f"_Ref_figure_{number}" for number in (1, 2, 3)]
    assert "见图" not in everything(opened(full))


def test_buildings_of_a_map_are_not_called_villages(plain):
    """And where the data do not tell town from country, nobody is called rural."""
    found = plain.assessment
    demand = found.demand.assign(origin="osm", demand_name=None)
    layers = replace(found.layers, demand=found.layers.demand.assign(origin="osm"))
    facilities = found.facilities.assign(facility_name=None)
    text = everything(
        opened(
            replace(
                plain,
                assessment=replace(found, layers=layers, demand=demand, facilities=facilities),
            )
        )
    )
    assert f"、{VILLAGES} 个居住建筑，常住人口 " in text
    assert "未覆盖的居住建筑有 " in text
    assert "村卫生室（未命名）" in text
    assert "村（社区）" not in text
    assert "农村常住人口" not in text
    assert "覆盖点数" in text


def test_the_same_content_gives_the_same_bytes_without_a_clock(full):
    first, second = one_file(full), one_file(full)
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        assert {one.date_time for one in packed.infolist()} == {(2000, 1, 1, 0, 0, 0)}
    about = Document(io.BytesIO(first)).core_properties
    assert (about.created.year, about.modified.year, about.revision) == (2000, 2000, 1)
    assert about.title == "小县公共服务设施服务圈覆盖评估报告"


# --- hostile names -----------------------------------------------------------------------

HOSTILE = [
    "=cmd|'/C calc'!A0",
    "<b>&\"'</w:t>",
    "{{ 7*7 }}",
    "{% for x in y %}{{p 覆盖情况 }}",
    "⟦覆盖情况⟧",
    "村" * 300,
    "🏥👨‍👩‍👧村",
    "&#x3c;script&#x3e;]]>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_arrive_as_text(plain, plain_document, name):
    found = plain.assessment
    layers = replace(
        found.layers, name=name, label=name, zones=found.layers.zones.assign(zone_name=name)
    )
    hostile = replace(
        found,
        layers=layers,
        demand=found.demand.assign(demand_name=name),
        zones=found.zones.assign(zone_name=name),
        facilities=found.facilities.assign(facility_name=name),
    )
    printing = replace(plain.settings.printing, maker=name, made_on=name)
    settings = replace(plain.settings, purpose=name, printing=printing)
    document = opened(replace(plain, assessment=hostile, settings=settings))
    assert table_named(document, "服务圈未覆盖的村（社区）（")[1][1:3] == [name, name]
    assert document.sections[0].header.paragraphs[0].text == name
    assert headings(document) == headings(plain_document)
    texts = [each.text for each in document.paragraphs]
    assert texts.count(name) == 3  # purpose, maker and date


def test_hostile_names_in_targets_sites_and_scenarios_arrive_as_text(full, full_document):
    answer = full.siting[0]
    names = [HOSTILE[at % len(HOSTILE)] for at in range(len(answer.sites))]
    values = full.judged.values.assign(
        indicator=HOSTILE[2], clause=HOSTILE[1], verdict="未达标", gap=1.0
    )
    scenario = replace(full.scenario, name=HOSTILE[2], note=HOSTILE[3])
    content = replace(
        full,
        siting=(replace(answer, sites=answer.sites.assign(site_name=names, reason=names)),),
        judged=replace(full.judged, values=values),
        judged_after=None,
        scenario=scenario,
    )
    document = opened(content)
    assert headings(document) == headings(full_document)
    assert table_named(document, "建议地点")[1][2] == names[0]
    assert {cells[1] for cells in table_named(document, "》指标核算")[1:]} == {HOSTILE[2]}
    assert {cells[6] for cells in table_named(document, "》指标核算")[1:]} == {HOSTILE[1]}
    assert f"情景“{HOSTILE[2]}”共 2 项动作。" in everything(document)


def test_characters_that_no_document_can_hold_are_left_out(plain):
    name = "甲\x00\x0b\x1f\ufffe\uffff\u202e村\r\n乙"
    found = plain.assessment
    layers = replace(found.layers, name=name)
    hostile = replace(found, layers=layers, demand=found.demand.assign(demand_name=name))
    document = opened(replace(plain, assessment=hostile))
    assert table_named(document, "服务圈未覆盖的村（社区）（")[1][1] == "甲 村 乙"
    assert "甲 村 乙公共服务设施服务圈覆盖评估报告" in everything(document)


# --- templates ---------------------------------------------------------------------------


def test_the_shipped_template_is_the_same_every_time_and_may_be_an_offices_own(plain, tmp_path):
    assert template_bytes() == template_bytes()
    path = tmp_path / "模板.docx"
    path.write_bytes(template_bytes())
    assert own_template(path) == template_bytes()
    settings = replace(plain.settings, template=path)
    assert one_file(replace(plain, settings=settings)) == one_file(plain)


def test_every_documented_field_has_something_to_say(full):
    assert set(PARTS) | {"目录"} == set(PART_FIELDS)
    assert list(text_fields(full)) == list(TEXT_FIELDS)
    assert set(TEXT_FIELDS).isdisjoint(PART_FIELDS)


def an_own(tmp_path, *paragraphs, header=""):
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    path = tmp_path / "本局模板.docx"
    document.save(path)
    return path


def with_own(content, path):
    return replace(content, settings=replace(content.settings, template=path))


def test_an_offices_own_template_is_filled(full, plain, tmp_path):
    path = an_own(
        tmp_path,
        "关于{{ 项目名称 }}的报告（{{核算年份}}）",
        "{%p if 情景比较 %}",
        "情景：{{ 情景名称 }}",
        "{%p endif %}",
        "{{ 覆盖情况 }}",
        "共 {{ 村社区数 }} 个村{% if not 规划名称 %}，没有核算指标{% endif %}",
        header="{{ 数据说明 }}",
    )
    document = opened(with_own(full, path))
    texts = [each.text for each in document.paragraphs]
    assert texts[:3] == ["关于小县的报告（2025）", "情景：方案甲", "15分钟健康服务圈"]
    assert texts[-1] == "共 34 个村"
    assert document.paragraphs[0].style.name == "Normal"
    assert document.sections[0].header.paragraphs[0].text == "测试数据"
    assert table_named(document, "分单元覆盖情况")
    without = [each.text for each in opened(with_own(plain, path)).paragraphs]
    assert without[0] == "关于小县的报告（）"
    assert without[1] == "15分钟健康服务圈"
    assert without[-1] == "共 34 个村，没有核算指标"


def test_styles_of_an_own_template_are_kept(plain, tmp_path):
    path = an_own(tmp_path, "{{ 编制目的 }}", "{{ 目录 }}")
    document = Document(path)
    style = document.styles.add_style("报告正文", 1)
    style.font.name = "宋体"
    document.save(path)
    made = opened(with_own(plain, path))
    assert made.styles["报告正文"].font.name == "宋体"
    assert made.styles["报告表题"].font.size.pt == 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ 面积 }}", "模板「本局模板.docx」里的字段「面积」不认识。可用的字段有："),
        ("{% if 面积 %}x{% endif %}", "模板「本局模板.docx」里的字段「面积」不认识。可用的字段有："),
        ("见{{ 覆盖情况 }}", "模板「本局模板.docx」里的字段「覆盖情况」要在正文里单独成一段，"),
        ("{{ 项目名称.__class__ }}", "模板「本局模板.docx」里的「{{ 项目名称.__class__ }}」不是可用的写法，"),
        ("{{ cycler.__init__.__globals__ }}", "模板「本局模板.docx」里的「{{ cycler.__init__.__globals__ }}」不是可用的写法，"),
        ("{% for a in 项目名称 %}{% endfor %}", "模板「本局模板.docx」里的「{% for a in 项目名称 %}{% endfor %}」不是可用的写法，"),
        ("{{ 项目名称|safe }}", "模板「本局模板.docx」里的「{{ 项目名称|safe }}」不是可用的写法，"),
        ("{{ 项目名称", "模板「本局模板.docx」里的「{{ 项目名称」不是可用的写法，"),
        ("{# 附注 #}", "模板「本局模板.docx」里的「{# 附注 #}」不是可用的写法，"),
        ("{%p if 密级 %}", "模板「本局模板.docx」不完整或已损坏，用不了。"),
        ("{" * 5000, "模板「本局模板.docx」花括号超过 4,000 个（word/document.xml），没有使用。"),
    ],
)  # fmt: skip
def test_a_faulty_field_is_named(plain, tmp_path, text, said):
    with pytest.raises(SourceError) as caught:
        word_files(with_own(plain, an_own(tmp_path, text)), {})
    assert str(caught.value).startswith(said)


def test_a_section_in_a_table_or_a_header_is_refused(plain, tmp_path):
    said = (
        "模板「本局模板.docx」里的字段「覆盖情况」要在正文里单独成一段，"
        "不能与其他文字同段，也不能放在表格、文本框、页眉页脚里。"
    )
    path = an_own(tmp_path, "正文", header="{{ 覆盖情况 }}")
    with pytest.raises(SourceError, match=re.escape(said)):
        word_files(with_own(plain, path), {})
    document = Document()
    document.add_table(1, 1).cell(0, 0).text = "{{ 覆盖情况 }}"
    document.save(path)
    with pytest.raises(SourceError, match=re.escape(said)):
        word_files(with_own(plain, path), {})


def changed(path, **parts):
    """The template with entries added or text put in their places."""
    with zipfile.ZipFile(path) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    for word, (old, new) in parts.items():
        name = word.replace("__", "/").replace("_DOT_", ".")
        name = "[Content_Types].xml" if name == "content_types" else name
        entries[name] = entries.get(name, b"").replace(old, new) if old else new
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return path


FIELD = (
    b'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE</w:instrText></w:r><w:r>'
    b'<w:instrText>AUTO c calc</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
)
OUTSIDE = (
    b'<Relationship Id="rId99" Type="http://x/attachedTemplate" Target="file:///x" '
    b'TargetMode="External"/></Relationships>'
)
EMBEDDED = (
    b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/aFChunk" Target="a.html"/></Relationships>'
)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"word__vbaProject_DOT_bin": (b"", b"x")}, "含有宏或嵌入的对象（word/vbaProject.bin）"),
        ({"word__embeddings__a_DOT_xlsx": (b"", b"x")}, "含有宏或嵌入的对象（word/embeddings/a.xlsx）"),
        ({"word___rels__document_DOT_xml_DOT_rels": (b"</Relationships>", OUTSIDE)}, "引用了文件以外的内容（word/_rels/document.xml.rels）"),
        ({"word___rels__document_DOT_xml_DOT_rels": (b"</Relationships>", EMBEDDED)}, "含有宏或嵌入的对象（word/_rels/document.xml.rels）"),
        ({"word__document_DOT_xml": (b"</w:p>", FIELD)}, "含有 Word 域「DDEAUTO」，打开时可能读取别处的内容"),
        ({"word__document_DOT_xml": (b"<w:body>", b'<w:body w:x="{{ 1 }}">')}, "在看不见的地方写有字段（word/document.xml）"),
        ({"word__settings_DOT_xml": (b"<w:settings", b"<!DOCTYPE a><w:settings")}, "含有外部声明（word/settings.xml）"),
        ({"word__a_DOT_dat": (b"", b"x")}, "含有不认识的内容（word/a.dat）"),
        ({"content_types": (b'Extension="jpeg" ContentType="image/jpeg"', b'Extension="jpeg" ContentType="text/xml"')}, "含有不认识的内容（.jpeg）"),
        ({"docProps__app_DOT_xml": (b"<Template>", b"<Template>{{ 1 }}")}, "在看不见的地方写有字段（docProps/app.xml）"),
        ({"content_types": (b"document.main+xml", b"template.main+xml")}, "不是普通的 Word 文档（可能是 .dotx、.docm）"),
    ],
)  # fmt: skip
def test_what_a_template_must_not_hold_is_refused(plain, tmp_path, parts, said):
    path = changed(an_own(tmp_path, "正文"), **parts)
    with pytest.raises(SourceError) as caught:
        word_files(with_own(plain, path), {})
    assert str(caught.value) == (
        f"模板「本局模板.docx」{said}，没有使用。请去掉后另存为 .docx 重试。"
    )


def test_properties_of_a_template_are_not_run(plain, tmp_path):
    path = an_own(tmp_path, "{{ 项目名称 }}")
    document = Document(path)
    document.core_properties.subject = "甲" * 250
    document.core_properties.author = "某人"
    document.save(path)
    about = opened(with_own(plain, path)).core_properties
    assert (about.subject, about.author) == ("", "")


def test_broken_files_and_bombs_are_refused_in_a_sentence(plain, tmp_path):
    path = tmp_path / "本局模板.docx"
    broken = "模板「本局模板.docx」不完整或已损坏，用不了。请在 Word 里打开并另存为 .docx 后重试。"
    with pytest.raises(SourceError, match="本局模板"):
        own_template(path)
    path.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(SourceError, match="本局模板"):
        own_template(path)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.txt", "a")
    with pytest.raises(SourceError) as caught:
        own_template(path)
    assert str(caught.value) == (
        "模板「本局模板.docx」不是 Word 文档（.docx），请在 Word 里另存为 .docx 后重试。"
    )
    changed(an_own(tmp_path, "正文"), word__document_DOT_xml=(b"</w:body>", b""))
    with pytest.raises(SourceError, match=re.escape(broken)):
        own_template(path)
    changed(an_own(tmp_path, "正文"), word__styles_DOT_xml=(b"<w:styles", b"<w:other"))
    with pytest.raises(SourceError, match=re.escape(broken)):
        own_template(path)
    changed(an_own(tmp_path, "正文"), word__big_DOT_xml=(b"", b" " * 20_000_000))
    with pytest.raises(SourceError, match="压缩炸弹"):
        own_template(path)


def test_every_field_of_the_documentation_is_taken(full, tmp_path):
    path = an_own(tmp_path, *(f"{{{{ {name} }}}}" for name in FIELDS))
    text = everything(opened(with_own(full, path)))
    assert "{{" not in text
    assert text.startswith("小县公共服务设施服务圈覆盖评估报告")
