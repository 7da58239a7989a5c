"""A report takes its place whole or not at all, says where it comes from, and packs the same."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
import zipfile

import pytest

from coverage.errors import InputError, OutputError, SourceError
from layers.project import load_project
from layers.project_report import ReportTable
from reports import report_folder
from reports.files import output_set
from reports.layer_files import safe_file_name
from reports.printmap import TEMPLATES
from reports.report_content import ReportRequest, SitingRequest
from reports.report_folder import WRITERS, report_zip, write_report
from reports.report_making import report_content
from reports.report_parts import PARTS, chosen_parts
from reports.report_settings import report_settings, with_report_table
from tests.test_cli import project  # noqa: F401 - a fixture

LIGHT = ("html", "tables")
"""Parts that are written in no time."""


@pytest.fixture
def content(project):  # noqa: F811 - the fixture of another file
    """The small county's assessment alone."""
    return report_content(load_project(project), ReportRequest(), with_service_areas=False)


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def read(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_every_part_that_is_named_is_written_by_something():
    assert tuple(WRITERS) == tuple(PARTS)


def test_all_parts_stand_in_one_folder_under_names_that_windows_takes(
    project,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    left_out = tuple(name for name in TEMPLATES if name != "gaps")
    monkeypatch.setattr(report_folder, "LEFT_OUT", left_out)  # one map is enough here
    content = report_content(load_project(project), ReportRequest())
    told = []
    done = write_report(content, out=tmp_path / "成果", progress=lambda *each: told.append(each))
    assert sorted(file.name for file in done.files) == names(tmp_path / "成果")
    assert done.files[-1].name == "manifest.json"
    for name in names(tmp_path / "成果"):
        stem, _, ending = name.partition(".")
        assert safe_file_name(stem[:40]) == stem[:40].strip("._ "), name
        assert ending
    endings = {file.suffix for file in done.files}
    assert endings >= {".png", ".pdf", ".svg", ".docx", ".xlsx", ".gpkg", ".html", ".csv", ".json"}
    assert told[-1][2] == "完成"
    assert any(name.startswith("画地图：") for _, _, name in told)


def test_a_report_twice_is_the_same_report(content, tmp_path):
    for each in ("a", "b"):
        write_report(content, out=tmp_path / each, only=LIGHT)
    assert read(tmp_path / "a") == read(tmp_path / "b")


def test_the_manifest_tells_where_the_numbers_come_from(project, tmp_path):  # noqa: F811
    request = ReportRequest(
        plans=("jinan-2022",), year=2025, siting=SitingRequest(model="maximal_covering", sites=1)
    )
    content = report_content(load_project(project), request, with_service_areas=False)
    out = tmp_path / "成果"
    write_report(content, out=out, only=["tables"])
    text = (out / "manifest.json").read_text("utf-8")
    assert str(tmp_path) not in text
    told = json.loads(text)
    assert told["request"] == {
        "project_file": "../小 县/project.toml",
        "plans": ["jinan-2022"],
        "year": 2025,
        "interpolate": False,
        "scenario": "",
        "siting": {
            "model": "maximal_covering", "standard": "", "reading": "", "sites": 1, "share": 1.0,
            "seed": 0,
        },
        "only": ["tables"],
    }  # fmt: skip
    assert (told["job"], told["year"], told["seed"], told["scenario"]) == ("report", 2025, 0, None)
    assert [plan["id"] for plan in told["plans"]] == ["jinan-2022"]
    listed = {entry["file"].rpartition("/")[2]: entry["sha256"] for entry in told["inputs"]}
    assert {"project.toml", "villages.csv", "jinan-2022.toml"} <= set(listed)
    villages = (project / "villages.csv").read_bytes()
    assert listed["villages.csv"] == hashlib.sha256(villages).hexdigest()
    for entry in told["outputs"]:
        written = (out / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(written).hexdigest()
        assert entry["bytes"] == len(written)
    assert set(names(out)) == {"manifest.json", *(one["file"] for one in told["outputs"])}
    assert {"targets.csv", "sites.geojson", "siting.json", "summary.json"} <= set(names(out))
    assert json.loads((out / "siting.json").read_text("utf-8"))["seconds"] == {"solving": None}


def test_what_an_earlier_report_left_goes_and_what_is_somebodys_stays(content, tmp_path):
    write_report(content, out=tmp_path / "o", only=LIGHT)
    (tmp_path / "o" / "笔记.txt").write_text("mine", "utf-8")
    (tmp_path / "o" / "zones.csv").write_text("changed by hand", "utf-8")
    done = write_report(content, out=tmp_path / "o", only=["html"])
    assert names(tmp_path / "o") == ["manifest.json", "zones.csv", "小县_网页地图.html", "笔记.txt"]
    assert "demand.csv" in done.removed
    assert "zones.csv" not in done.removed


def test_an_input_is_never_removed_whatever_an_old_manifest_says(content, tmp_path, project):  # noqa: F811
    """A manifest in the project's own folder that lists a data file as its output."""
    write_report(content, out=tmp_path / "o", only=["html"])
    told = json.loads((tmp_path / "o" / "manifest.json").read_text("utf-8"))
    villages = next(one for one in told["inputs"] if one["file"] == "villages.csv")
    told["outputs"] = [{"part": "tables", **villages}]
    (project / "manifest.json").write_text(json.dumps(told), "utf-8")
    done = write_report(content, out=project, only=["html"])
    assert done.removed == ()
    assert (project / "villages.csv").is_file()


def test_a_result_never_covers_an_input(content, project, monkeypatch):  # noqa: F811
    monkeypatch.setitem(
        report_folder.WRITERS, "html", lambda _content, _maps: {"villages.csv": b"x"}
    )
    before = read(project)
    with pytest.raises(OutputError) as caught:
        write_report(content, out=project, only=["html"])
    assert str(caught.value) == (
        "结果会盖掉项目的数据文件「villages.csv」，请用 --out 换一个输出文件夹。"
    )
    assert read(project) == before


def test_two_parts_that_take_one_name_are_a_bug(content, tmp_path, monkeypatch):
    monkeypatch.setitem(report_folder.WRITERS, "html", lambda _content, _maps: {"Demand.CSV": b""})
    with pytest.raises(ValueError, match=r"two parts of the report write 'demand\.csv'"):
        write_report(content, out=tmp_path, only=LIGHT)
    assert names(tmp_path) == ["小 县"]


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_full_disk_leaves_the_old_report_whole_and_says_so(content, tmp_path):
    """A process that may write files of 20 kB: the saved map is larger."""
    resource = pytest.importorskip("resource")
    out = tmp_path / "o"
    write_report(content, out=out, only=["tables"])
    before = read(out)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OutputError) as caught:
            write_report(content, out=out, only=LIGHT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(caught.value) == (
        f"结果写不进「{out}」（File too large），原有的结果没有改动；"
        "请检查文件夹权限和磁盘空间，关闭正在打开结果的程序，或换一个输出文件夹。"
    )
    assert read(out) == before
    assert names(out) == sorted(before)


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
def test_a_read_only_folder_leaves_the_old_report_whole_and_says_so(content, tmp_path, monkeypatch):
    out = tmp_path / "o"
    write_report(content, out=out, only=["html"])
    before = read(out)

    def refused(**_words):
        raise PermissionError(13, "Permission denied", str(out))

    # The tests may run as one who may write everywhere.
    monkeypatch.setattr("reports.files.tempfile.mkdtemp", refused)
    with pytest.raises(OutputError) as caught:
        write_report(content, out=out, only=LIGHT)
    assert str(caught.value).startswith(f"结果写不进「{out}」（o：Permission denied），原有的结果")
    assert read(out) == before


def test_a_second_export_at_the_same_time_is_told_to_wait(content, tmp_path):
    out = tmp_path / "o"
    write_report(content, out=out, only=["html"])
    before = read(out)
    with output_set(out), pytest.raises(OutputError) as caught:
        write_report(content, out=out, only=LIGHT)
    assert str(caught.value) == (
        f"另一个 QuanTu 正在往「{out}」写结果，请等它完成，或换一个输出文件夹。"
    )
    assert read(out) == before


def test_the_folder_is_held_from_the_first_part_to_the_last(content, tmp_path, monkeypatch):
    """The other export comes while a part is being made, before anything is written."""
    out = tmp_path / "o"
    said = []

    def slow(_content, _maps):
        def other():
            try:
                with output_set(out):
                    said.append("mixed")
            except OutputError as error:
                said.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return {"a.html": b"a"}

    monkeypatch.setitem(report_folder.WRITERS, "html", slow)
    write_report(content, out=out, only=["html"])
    assert len(said) == 1
    assert said[0].startswith("另一个 QuanTu 正在往")
    assert names(out) == ["a.html", "manifest.json"]


def test_a_zip_holds_the_report_alone_and_has_no_clock(content, tmp_path):
    out = tmp_path / "o"
    write_report(content, out=out, only=LIGHT)
    (out / "笔记.txt").write_text("mine", "utf-8")
    packed = report_zip(out)
    os.utime(out / "demand.csv", (1e9, 1e9))
    assert report_zip(out) == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert opened.testzip() is None
        held = {name: opened.read(name) for name in opened.namelist()}
        assert {one.date_time for one in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    mine = read(out)
    mine.pop("笔记.txt")
    assert held == mine


def test_a_zip_of_a_report_that_was_changed_is_refused(content, tmp_path):
    with pytest.raises(SourceError, match=r"找不到清单「manifest\.json」"):
        report_zip(tmp_path)
    write_report(content, out=tmp_path / "o", only=["html"])
    (tmp_path / "o" / "小县_网页地图.html").write_text("x")
    with pytest.raises(SourceError) as caught:
        report_zip(tmp_path / "o")
    assert str(caught.value) == (
        "成果文件「小县_网页地图.html」不在了，或写出后改过，不能打包。请重新导出后下载。"
    )


def test_parts_are_chosen_by_their_words():
    assert chosen_parts("") == tuple(PARTS)
    assert chosen_parts("tables, maps") == ("maps", "tables")
    with pytest.raises(InputError) as caught:
        chosen_parts("maps,ppt")
    assert str(caught.value) == (
        f"--only 写的“ppt”不认识，可写 {'、'.join(PARTS)}，几样之间用逗号隔开。"
    )


def test_settings_are_what_the_project_file_says(project):  # noqa: F811
    text = (project / "project.toml").read_text("utf-8")
    table = '[report]\nmaker = "县卫健局"\npaper = "A3"\ndata_date = "2025年底"\nnote = ""\n'
    table += 'template = "公文.docx"\ndatum = "gcj02"\npurpose = "规划编制"\n'
    (project / "project.toml").write_text(text + table, "utf-8")
    chosen = load_project(project)
    settings = report_settings(chosen, ())
    assert (settings.maker, settings.data_date, settings.made_on) == ("县卫健局", "2025年底", "")
    assert (settings.printing.paper, settings.printing.note) == ("A3", "")
    assert settings.template == project / "公文.docx"
    assert (settings.datum, settings.purpose) == ("gcj02", "规划编制")
    other = with_report_table(chosen, ReportTable(maker="乡政府", template="/etc/passwd"))
    assert report_settings(other, ()).maker == "乡政府"
    assert report_settings(other, ()).template == project / "公文.docx"
    assert report_settings(chosen, ()) == settings


def test_a_plan_without_a_year_and_a_model_that_a_report_does_not_know_are_refused(project):  # noqa: F811
    chosen = load_project(project)
    with pytest.raises(InputError) as caught:
        report_content(chosen, ReportRequest(plans=("jinan-2022",)))
    assert str(caught.value) == (
        "写了规划，还要用 --year 写明核算年份，如 --year 2025。请补上后重试。"
    )
    with pytest.raises(InputError, match=r"^报告里不能直接求「upgrade」，可写 location_set"):
        report_content(chosen, ReportRequest(siting=SitingRequest(model="upgrade")))
