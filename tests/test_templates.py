"""Blank tables: what an office fills in comes back as the layer it is meant for."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from shapely import box

from coverage.contracts import DEMAND, FACILITIES, MOST_BEDS
from coverage.standards import FacilityKind
from layers.checks.filler_rows import EXAMPLE_MARK
from layers.columns.headers import read_header
from layers.columns.mapping import check_mapping, propose_mapping
from layers.columns.synonyms import OUR_COLUMNS
from layers.columns.units import read_numbers
from layers.datums.datum import named_datum
from layers.demand import SETTLEMENT_WORDS
from layers.facilities import facilities_from_table, kind_words
from layers.formats.header_rows import find_header
from layers.formats.outline import ReadingOptions
from layers.formats.workbooks import cell_text, read_sheet
from layers.standards import load_kinds
from reports.forms.columns import DATUMS
from reports.forms.entry_sheet import CHOICES_SHEET, ENTRY_SHEET, LAST_ROW, note_on
from reports.forms.guide_sheet import GUIDE_SHEET
from reports.templates import TEMPLATES, template_bytes
from tests.hostile import HOSTILE

KINDS = load_kinds()
CRS = "EPSG:4548"
BY_ID = {one.template_id: one for one in TEMPLATES}
LISTS = [one for one in TEMPLATES if one.layer == "facilities"]
QUANTITIES = {
    "population": "persons", "population_60plus": "persons", "population_0_3": "persons",
    "capacity_beds": "beds", "area_m2": "area_m2", "turnout_minutes": "minutes",
}  # fmt: skip

each_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.template_id)


@pytest.fixture(scope="module")
def contents():
    return {one.template_id: template_bytes(one.template_id, kinds=KINDS) for one in TEMPLATES}


@pytest.fixture(scope="module")
def books(contents):
    return {name: openpyxl.load_workbook(io.BytesIO(content)) for name, content in contents.items()}


@pytest.fixture(scope="module")
def tables(contents, tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates")
    found = {}
    for template in TEMPLATES:
        path = folder / template.file_name
        path.write_bytes(contents[template.template_id])
        found[template.template_id] = read_sheet(path, options=ReadingOptions(part=ENTRY_SHEET))
    return found


def kind(code, name, **kwargs):
    return FacilityKind(code, name, "医疗", "", "#08306b", "院", **kwargs)


def checks_of(sheet):
    """Column letter -> its validation."""
    return {
        re.match(r"[A-Z]+", str(one.sqref))[0]: one for one in sheet.data_validations.dataValidation
    }


def dimension_of(sheet, column):
    """Of a column by its number; columns alike are written together."""
    dimensions = sheet.column_dimensions.values()
    return next(one for one in dimensions if one.min <= column <= one.max)


def check_on(book, title):
    sheet = book[ENTRY_SHEET]
    letter = next(cell.column_letter for cell in sheet[1] if title in cell.value)
    return checks_of(sheet)[letter]


def words_of(book, title):
    """The words of a drop-down, by the range that its validation names."""
    rule = check_on(book, title)
    assert rule.type == "list"
    sheet, cells = re.fullmatch(r"'(.+)'!(.+)", rule.formula1).groups()
    first, _, last = cells.replace("$", "").partition(":")
    return [row[0].value for row in book[sheet][f"{first}:{last or first}"]]


class TestTheSet:
    def test_every_kind_has_its_drop_down_in_exactly_one_template(self, books):
        offered = [word for one in LISTS for word in words_of(books[one.template_id], "类别")]
        assert sorted(offered) == sorted(one.name for one in KINDS.values())

    def test_titles_and_file_names(self):
        assert [(one.template_id, one.file_name) for one in TEMPLATES] == [
            ("medical", "医疗机构名录填报模板.xlsx"),
            ("emergency", "急救站点名录填报模板.xlsx"),
            ("elderly", "养老服务设施名录填报模板.xlsx"),
            ("fitness", "健身设施名录填报模板.xlsx"),
            ("childcare", "托育机构名录填报模板.xlsx"),
            ("other", "其他公共服务设施名录填报模板.xlsx"),
            ("demand", "村（社区）名录填报模板.xlsx"),
            ("zone_population", "行政单元人口填报模板.xlsx"),
        ]
        assert not [one for one in TEMPLATES if re.search(r'[\\/:*?"<>|\s]', one.file_name)]

    def test_a_template_that_is_none(self):
        with pytest.raises(KeyError, match="hospitals"):
            template_bytes("hospitals", kinds=KINDS)

    @each_template
    def test_the_same_kinds_give_the_same_bytes(self, template, contents):
        again = template_bytes(template.template_id, kinds=dict(KINDS))
        assert again == contents[template.template_id]

    def test_nothing_that_runs_or_links(self, contents):
        for content in contents.values():
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/s")]
                texts = [parts.read(name).decode() for name in sheets]
            assert sheets
            assert not [text for text in texts if "<f>" in text or "<hyperlink" in text]


class TestReadBack:
    @each_template
    def test_every_header_is_mapped_with_certainty(self, template, tables):
        table = tables[template.template_id]
        filled = replace(table, cells=table.cells.replace("", "1"))
        found = propose_mapping(filled, layer=template.layer)
        assert {(one.ours, one.theirs, one.confidence) for one in found} == {
            (column.ours, column.header, "sure") for column in template.columns if column.ours
        }

    @each_template
    def test_the_mapping_has_no_fault_but_columns_left_empty(self, template, tables):
        table = tables[template.template_id]
        columns = {
            column.ours: column.header
            for column in template.columns
            if column.ours and column.example is not None
        }
        said = [str(one) for one in check_mapping(table, columns, layer=template.layer)]
        assert said == []

    @each_template
    def test_header_and_example_are_all_there_is_to_read(self, template, tables, contents):
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(contents[template.template_id]))
        rows = sheet.get_sheet_by_name(ENTRY_SHEET).to_python()
        texts = [[cell_text(cell) for cell in row] for row in rows]
        assert len(texts) == 2
        assert find_header(texts) == 0
        table = tables[template.template_id]
        assert list(table.cells.columns) == [one.header for one in template.columns]
        assert table.rows == (2,)
        assert not [one for one in table.remarks if "表头" in one or "单位" in one]

    @each_template
    def test_a_forgotten_example_bears_the_mark_in_its_name(self, template, tables):
        table = tables[template.template_id]
        name = next(one.header for one in template.columns if one.ours == "name")
        cell = table.column(name).iloc[0]
        assert cell.startswith(EXAMPLE_MARK)
        assert EXAMPLE_MARK == "示例，填报前请删除"
        others = table.cells.drop(columns=name).iloc[0]
        assert not others.str.contains(EXAMPLE_MARK).any()  # written over, it is a record

    @each_template
    def test_units_in_the_headers_are_the_own_ones(self, template):
        for column in template.columns:
            quantity = QUANTITIES.get(column.ours)
            if quantity:
                unit = read_header(column.header).unit
                read = read_numbers([str(column.example)], quantity=quantity, header_unit=unit)
                assert read.values.tolist() == [column.example]
                assert not read.faults

    def test_a_filled_list_is_a_layer(self, contents, tmp_path):
        book = openpyxl.load_workbook(io.BytesIO(contents["medical"]))
        sheet = book[ENTRY_SHEET]
        sheet.delete_rows(2)
        lines = (
            ("东村卫生室", "中心村卫生室", "0012", 117.01, 37.01, "高德地图", None, 4),
            ("县人民医院", "县级医院", "0013", 117.02, 37.02, None, "三级", 600),
        )
        for row, line in enumerate(lines, start=2):
            for at, value in enumerate(line, start=1):
                sheet.cell(row, at).value = value
        path = tmp_path / "报送.xlsx"
        book.save(path)
        table = read_sheet(path, options=ReadingOptions(part=ENTRY_SHEET))
        wanted = {"id", "name", "kind", "lon", "lat", "level", "capacity_beds"}
        mapped = {one.ours: one.theirs for one in propose_mapping(table, layer="facilities")}
        reading = facilities_from_table(
            table,
            crs=CRS,
            area=box(400_000, 4_000_000, 600_000, 4_200_000),
            kinds=KINDS,
            columns={ours: theirs for ours, theirs in mapped.items() if ours in wanted},
            source_crs="WGS84",
        )
        layer = reading.layer
        assert list(layer.index) == ["0012", "0013"]
        assert list(layer["kind"]) == ["central_village_clinic", "county_hospital"]
        assert list(layer["capacity_beds"]) == [4, 600]
        assert layer["level"].isna().tolist() == [True, False]
        assert layer.to_crs(4326).geometry.x.tolist() == pytest.approx([117.01, 117.02])


class TestEntrySheet:
    @each_template
    def test_head_notes_and_checks(self, template, books):
        book = books[template.template_id]
        sheet = book[ENTRY_SHEET]
        assert book.sheetnames[:2] == [ENTRY_SHEET, GUIDE_SHEET]
        assert book.active.title == ENTRY_SHEET
        assert sheet.freeze_panes == "B2"
        rules = checks_of(sheet)
        for column, cell in zip(template.columns, sheet[1], strict=True):
            assert cell.value == column.header
            assert cell.value.startswith("*") == column.required
            assert cell.comment.text == note_on(column)
            rule = rules[cell.column_letter]
            letter = cell.column_letter
            assert str(rule.sqref) == f"{letter}2:{letter}{LAST_ROW + 1}"
            assert rule.promptTitle == column.title
            assert rule.prompt == note_on(column)
            must = "【必填】" if column.required else "【选填】"
            assert rule.prompt.startswith(must)

    @each_template
    def test_texts_are_text_cells_and_numbers_are_not(self, template, books):
        sheet = books[template.template_id][ENTRY_SHEET]
        formats = {"text": "@", "whole": "0", "decimal": "General", "degrees": "0.000000"}
        for column, cell in zip(template.columns, sheet[1], strict=True):
            form = dimension_of(sheet, cell.column).number_format
            assert form == formats[column.content]
            example = sheet.cell(2, cell.column)
            assert example.number_format == form
            assert isinstance(example.value, str | None) == (column.content == "text")
        codes = [one for one in template.columns if one.ours in ("id", "kind", "name")]
        assert {one.content for one in codes} == {"text"}

    @each_template
    def test_the_example_keeps_its_own_rules(self, template, books):
        book = books[template.template_id]
        for column in template.columns:
            if column.example is None:
                continue
            rule = check_on(book, column.title)
            if rule.type == "list":
                assert column.example in words_of(book, column.title)
            elif rule.type == "textLength":
                assert float(rule.formula1) <= len(column.example) <= float(rule.formula2)
            elif rule.type is not None:
                assert float(rule.formula1) <= column.example <= float(rule.formula2)

    @pytest.mark.parametrize(
        ("template", "title", "kind", "limits"),
        [
            ("medical", "经度", "decimal", (73, 136)),
            ("demand", "纬度", "decimal", (3, 54)),
            ("demand", "常住人口", "whole", (0, 1e10)),
            ("elderly", "养老床位", "whole", (0, MOST_BEDS)),
            ("fitness", "场地面积", "decimal", (0, 1e12)),
            ("emergency", "出车准备时间", "decimal", (0, 60)),
            ("zone_population", "行政区划代码", "textLength", (6, 12)),
        ],
    )
    def test_limits(self, books, template, title, kind, limits):
        rule = check_on(books[template], title)
        assert (rule.type, rule.operator) == (kind, None)  # between is the default
        assert (float(rule.formula1), float(rule.formula2)) == limits
        assert rule.errorStyle is None  # stop is the default

    def test_what_is_said_of_wrong_coordinates(self, books):
        rule = check_on(books["medical"], "经度")
        assert rule.errorTitle == "经度填写有误"
        assert rule.error == (
            "经度应是 73 到 136 之间的数字，如 117.563172。"
            "请检查是否与纬度填反、是否写了文字或度分秒、小数点是否漏写。"
        )
        assert "3 到 54 之间" in check_on(books["demand"], "纬度").error

    def test_other_levels_are_only_asked_about(self, books):
        rule = check_on(books["medical"], "等级")
        assert words_of(books["medical"], "等级") == ["三级", "二级", "一级", "未定级"]
        assert rule.errorStyle == "warning"
        assert check_on(books["medical"], "类别").errorStyle is None

    @each_template
    def test_the_printed_page(self, template, books):
        for sheet in books[template.template_id].worksheets[:2]:
            assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.page_setup.fitToHeight == 0  # and one page wide, the default
        sheet = books[template.template_id][ENTRY_SHEET]
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.oddHeader.center.text == f"{template.title}填报表"
        assert sheet.oddFooter.left.text == "填报单位（盖章）："
        assert sheet.print_options.gridLines
        widths = [dimension_of(sheet, cell.column).width for cell in sheet[1]]
        assert min(widths) > 12
        assert max(widths) < 38


class TestDropDowns:
    @pytest.mark.parametrize("template", LISTS, ids=lambda one: one.template_id)
    def test_every_word_is_read_as_its_kind(self, template, books):
        words = words_of(books[template.template_id], "类别")
        meant = kind_words(KINDS)
        kinds = [KINDS[meant[word]] for word in words]
        assert [one.name for one in kinds] == words
        assert {one.group for one in kinds} == set(template.groups)
        umbrellas = [bool(one.members) for one in kinds]
        assert umbrellas == sorted(umbrellas)

    def test_words_for_datums_and_settlements(self, books):
        assert words_of(books["demand"], "坐标系") == list(DATUMS)
        assert [named_datum(word, where="表").name for word in DATUMS] == [
            "WGS84", "CGCS2000", "GCJ-02", "BD-09",
        ]  # fmt: skip
        words = words_of(books["demand"], "城乡")
        assert [SETTLEMENT_WORDS[word] for word in words] == ["urban", "rural"]

    @each_template
    def test_the_words_stand_on_a_hidden_sheet(self, template, books):
        book = books[template.template_id]
        if template.layer == "zones":
            assert CHOICES_SHEET not in book.sheetnames
        else:
            assert book[CHOICES_SHEET].sheet_state == "hidden"


class TestGuide:
    @each_template
    def test_every_column_is_explained(self, template, books):
        rows = list(books[template.template_id][GUIDE_SHEET].iter_rows(values_only=True))
        for column in template.columns:
            row = next(row for row in rows if row[0] == column.title and row[3])
            assert row[1] == ("必填" if column.required else "选填")
            assert (row[2] or "") == column.unit
            assert row[3] == column.meaning
        text = "\n".join(str(cell) for row in rows for cell in row if cell)
        assert EXAMPLE_MARK in text
        has_place = any(column.ours == "lon" for column in template.columns)
        for word in ("WGS84", "CGCS2000", "GCJ-02", "BD-09", "涉密测绘成果"):
            assert (word in text) == has_place

    def test_umbrella_words_say_what_they_hold(self, books):
        rows = {row[0]: row for row in books["medical"][GUIDE_SHEET].iter_rows(values_only=True)}
        assert rows["村卫生室"][1] == "统称，包括中心村卫生室、一般村卫生室、村卫生室服务点"
        assert rows["村卫生室"][4] == "卫生室"
        assert rows["药店"][1] is None


class TestContracts:
    def test_every_number_of_the_contracts_is_asked_for(self):
        asked = {column.ours for one in TEMPLATES for column in one.columns}
        numbers = {
            one.name for contract in (DEMAND, FACILITIES) for one in contract.columns
            if one.dtype == "number"
        }  # fmt: skip
        assert numbers - {"turnout_s"} | {"turnout_minutes"} <= asked

    @each_template
    def test_keys_are_ours_and_occur_once(self, template):
        keys = [column.ours for column in template.columns if column.ours]
        assert len(set(keys)) == len(keys)
        assert set(keys) <= set(OUR_COLUMNS[template.layer])
        assert template.columns[0].ours == "name"


class TestHostileKinds:
    NAMES = ("=cmd|' /C calc'!A0", "<b>医院</b>", "长" * 300, HOSTILE, "{=1+1}", "http://x.invalid")

    def test_names_stay_text(self, tmp_path):
        kinds = {f"k{at}": kind(f"k{at}", name) for at, name in enumerate(self.NAMES)}
        kinds["all"] = kind("all", "+1", aliases=("=2", "@x"), members=tuple(kinds))
        content = template_bytes("medical", kinds=kinds)
        book = openpyxl.load_workbook(io.BytesIO(content))
        words = words_of(book, "机构类别")
        assert words[:2] == ["=cmd|' /C calc'!A0", "<b>医院</b>"]
        assert words[2] == "长" * 199 + "…"
        assert words[4:] == ["{=1+1}", "http://x.invalid", "+1"]
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
        assert {cell.data_type for cell in cells} == {"s", "n"}
        assert not [cell for cell in cells if cell.hyperlink]
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            texts = {name: parts.read(name).decode() for name in parts.namelist()}
        assert not [name for name, text in texts.items() if "<f>" in text or "<b>医院" in text]
        guide = list(book[GUIDE_SHEET].iter_rows(values_only=True))
        assert next(row for row in guide if row[0] == "+1")[4] == "=2、@x"
        heights = [one.height for one in book[GUIDE_SHEET].row_dimensions.values() if one.height]
        assert max(heights) <= 409
        path = tmp_path / "t.xlsx"
        path.write_bytes(content)
        table = read_sheet(path, options=ReadingOptions(part=ENTRY_SHEET))
        assert table.column("*机构类别").tolist() == ["=cmd|' /C calc'!A0"]

    def test_without_a_kind_there_is_no_drop_down(self):
        for kinds in ({}, {"k": kind("k", "\x00\u202e")}):
            book = openpyxl.load_workbook(io.BytesIO(template_bytes("elderly", kinds=kinds)))
            assert check_on(book, "机构类别").type is None
            assert book[ENTRY_SHEET]["B2"].value is None
            assert words_of(book, "坐标系") == list(DATUMS)
