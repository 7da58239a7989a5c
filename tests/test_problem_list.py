"""问题清单.xlsx and its map layer: every word arrives, and nothing of it runs."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest

from layers.quality import Finding, Ledger
from reports.problem_list import COLUMNS, findings_geojson, problem_list_bytes
from reports.safe_text import plain_text
from tests.hostile import HOSTILE


def finding(row, done="kept", check="missing", **kwargs):
    return Finding(file="v.csv", row=row, check=check, found="不得为空", done=done, **kwargs)


@pytest.fixture(scope="module")
def ledger():
    found = [
        finding(3, "set_aside", column="经度", record_id="0012", record_name="张家庄"),
        finding(4, "changed", check="not_a_number", value="约20张", lon=114.9, lat=37.6),
        finding(None, check="zone_without_demand", lon=115.0, lat=37.6),
    ]
    return Ledger.of_file("v.csv", found, rows_read=9, rows_used=8)


def book_of(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(sheet):
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def test_the_sheets_and_their_words(ledger):
    book = book_of(problem_list_bytes(ledger, label="合成数据"))
    assert book.sheetnames == ["问题", "汇总", "说明"]
    sheet = book["问题"]
    assert rows_of(sheet) == [
        ("文件", "行", "编号", "名称", "列", "值", "问题", "处理", "影响", "怎样改"),
        ("v.csv", None, None, None, None, None, "行政单元没有需求点：不得为空", "照原样采用",
         "覆盖率算不出来", "核对名录是否齐全、坐标是否正确"),
        ("v.csv", 3, "0012", "张家庄", "经度", None, "必填项为空：不得为空", "放在一边，不采用",
         "这一行如不采用，就不参加任何计算", "补填这一格"),
        ("v.csv", 4, None, None, None, "约20张", "不是数字：不得为空", "改动后采用",
         "这个数不能采用", "只填数字，单位写在表头里"),
    ]  # fmt: skip
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:J4"
    assert sheet.column_dimensions["G"].width == pytest.approx(COLUMNS["问题"], abs=1)
    fills = [sheet.cell(row, 1).fill.fgColor.rgb for row in (2, 3, 4)]
    assert fills == ["FFFFFFFF", "FFFDE0DD", "FFFFF3CD"]
    assert rows_of(book["汇总"]) == [
        ("文件", "读到行数", "采用行数", "放在一边行数", "问题处数"),
        ("v.csv", 9, 8, 1, 3),
        (None,) * 5,
        ("文件", "检查", "处理", "处数", None),
        ("v.csv", "必填项为空", "放在一边，不采用", 1, None),
        ("v.csv", "不是数字", "改动后采用", 1, None),
        ("v.csv", "行政单元没有需求点", "照原样采用", 1, None),
    ]
    notes = [row[0] for row in rows_of(book["说明"])]
    assert notes[0] == "数据说明：合成数据"
    assert "每个文件：采用的行数 + 放在一边的行数 = 读到的行数。" in notes
    without = rows_of(book_of(problem_list_bytes(ledger))["说明"])
    assert [row[0] for row in without] == notes[1:]


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-2", "@SUM(A1)", "https://example.org", "00012",
                                  HOSTILE, "\ud800\x00=1+1", "长" * 40_000])  # fmt: skip
def test_hostile_cells_arrive_as_text(text):
    one = Finding(
        file="v.csv", row=2, check="formula", found=text, record_id=text, record_name=text,
        column=text, value=text,
    )  # fmt: skip
    file = text.replace("\ud800", "")  # which no project file can hold
    content = problem_list_bytes(Ledger.of_file(file, [one], rows_read=1, rows_used=1))
    book = book_of(content)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert book["问题"]["F2"].value == plain_text(one.value, limit=2_000)
    assert book["问题"]["F2"].data_type == "s"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "sheet" in name]
    assert not [sheet for sheet in sheets if b"<f>" in sheet or b"hyperlink" in sheet]


def test_the_same_ledger_gives_the_same_bytes(ledger):
    assert problem_list_bytes(ledger) == problem_list_bytes(ledger)


def test_nothing_found_is_a_list_too():
    book = book_of(problem_list_bytes(Ledger()))
    assert rows_of(book["问题"]) == [tuple(COLUMNS)]
    assert rows_of(book["汇总"])[0][0] == "文件"
    assert json.loads(findings_geojson(Ledger()))["features"] == []


def test_findings_on_the_map(ledger):
    content = json.loads(findings_geojson(ledger, label="合成数据"))
    assert content["label"] == "合成数据"
    first, second = content["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [115.0, 37.6]}
    assert first["properties"]["row"] is None
    assert second["properties"] == {
        "file": "v.csv", "row": 4, "record_id": "", "record_name": "", "column": "",
        "value": "约20张", "check": "not_a_number", "check_name": "不是数字", "found": "不得为空",
        "done": "changed", "where_it_matters": "这个数不能采用",
        "remedy": "只填数字，单位写在表头里",
    }  # fmt: skip


def test_more_findings_than_a_sheet_holds(ledger, monkeypatch):
    monkeypatch.setattr("reports.problem_list.MOST_ROWS", 2)
    book = book_of(problem_list_bytes(ledger))
    assert len(rows_of(book["问题"])) == 3
    assert rows_of(book["汇总"])[-1][0] == "问题太多，“问题”表只列出前 2 处，另有 1 处。"
