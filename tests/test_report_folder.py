"""A report takes its place whole or not at all, says where it comes from, and packs the same."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
import zipfile
from dataclasses import replace

import pytest

from coverage.errors import InputError, OutputError, ProjectError, SourceError
from layers.loading import Loaded
from layers.project import load_project
from layers.project_report import ReportTable
from reports import report_drawing, report_folder, report_making
from reports.files import output_set
from reports.input_files import seen_inputs
from reports.layer_files import safe_file_name
from reports.printmap import TEMPLATES
from reports.report_content import ReportRequest, SitingRequest
from reports.report_drawing import NEEDING_MAPS
from reports.report_folder import WRITERS, report_zip, write_report
from reports.report_making import report_content, report_inputs
from reports.report_manifest import report_manifest
from reports.report_parts import PARTS, chosen_parts
from reports.report_settings import report_settings, with_report_table
from tests.test_cli import project, small_county  # noqa: F401 - a fixture

LIGHT = ("html", "tables")
"""Parts that are written in no time."""


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """The small county's assessment alone; nothing that is written from it changes it."""
    folder = small_county(tmp_path_factory.mktemp("content"))
    return report_content(load_project(folder), ReportRequest(), with_service_areas=False)


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def read(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_every_part_that_is_named_is_written_by_something():
    assert sorted([*WRITERS, *NEEDING_MAPS]) == sorted(PARTS)


def test_all_parts_stand_in_one_folder_under_names_that_windows_takes(
    project,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    left_out = tuple(name for name in TEMPLATES if name != "gaps")
    monkeypatch.setattr(report_drawing, "LEFT_OUT", left_out)  # one map is enough here
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


def test_the_manifest_tells_where_the_numbers_come_from(content):
    county = content.project.folder
    request = ReportRequest(
        plans=("shandong-2018",), year=2022, siting=SitingRequest(model="maximal_covering", sites=1)
    )
    assessment = content.assessment
    loaded = Loaded(assessment.layers, content.ledger)
    content = report_content(content.project, request, loaded=loaded, assessment=assessment)
    out = county.parent / "成果"
    write_report(content, out=out, only=["tables"])
    text = (out / "manifest.json").read_text("utf-8")
    assert str(county.parent) not in text
    told = json.loads(text)
    assert told["request"] == {
        "project_file": "../小 县/project.toml",
        "plans": ["shandong-2018"],
        "year": 2022,
        "interpolate": False,
        "scenario": "",
        "siting": {
            "model": "maximal_covering", "standard": "", "reading": "", "sites": 1, "share": 1.0,
            "seed": 0,
        },
        "only": ["tables"],
    }  # fmt: skip
    assert (told["job"], told["year"], told["seed"], told["scenario"]) == ("report", 2022, 0, None)
    assert [plan["id"] for plan in told["plans"]] == ["shandong-2018"]
    listed = {entry["file"].rpartition("/")[2]: entry["sha256"] for entry in told["inputs"]}
    assert {"project.toml", "villages.csv", "shandong-2018.toml"} <= set(listed)
    villages = (county / "villages.csv").read_bytes()
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


def test_an_input_is_never_removed_whatever_an_old_manifest_says(content, tmp_path):
    """A manifest in the project's own folder that lists a data file as its output."""
    write_report(content, out=tmp_path / "o", only=["html"])
    told = json.loads((tmp_path / "o" / "manifest.json").read_text("utf-8"))
    villages = next(one for one in told["inputs"] if one["file"] == "villages.csv")
    told["outputs"] = [{"part": "tables", **villages}]
    county = content.project.folder
    (county / "manifest.json").write_text(json.dumps(told), "utf-8")
    done = write_report(content, out=county, only=["html"])
    assert done.removed == ()
    assert (county / "villages.csv").is_file()


def test_a_file_that_is_nobodys_is_never_covered(content, tmp_path, monkeypatch):
    """A planner's own table in the folder, one more that a hand changed after it was written."""
    tables = dict.fromkeys(("demand.csv", "zones.csv", "summary.json"), b"1")
    monkeypatch.setitem(report_folder.WRITERS, "tables", lambda _content: tables)
    out = tmp_path / "o"
    out.mkdir()
    (out / "demand.csv").write_text("我的", "utf-8")
    (out / "zones.csv").symlink_to(out / "nowhere")
    told = (
        "输出文件夹「o」里有 2 个文件与成果同名，但不是 QuanTu 写出的，或写出后改过：{}、{}。"
        "没有写出成果，这些文件没有改动。请用 --out 换一个文件夹，或先把它们移走、改名。"
    )
    with pytest.raises(OutputError) as caught:
        write_report(content, out=out, only=["tables"])
    assert str(caught.value) == told.format("demand.csv", "zones.csv")
    assert names(out) == ["demand.csv", "zones.csv"]
    assert (out / "demand.csv").read_text("utf-8") == "我的"
    (out / "demand.csv").unlink()
    (out / "zones.csv").unlink()
    for _ in range(2):  # what is ours is written over as often as is wanted
        write_report(content, out=out, only=["tables"])
    for name in ("summary.json", "zones.csv"):
        (out / name).write_text("改过", "utf-8")
    before = read(out)
    with pytest.raises(OutputError) as caught:
        write_report(content, out=out, only=["tables"])
    assert str(caught.value) == told.format("zones.csv", "summary.json")
    assert read(out) == before


def test_a_manifest_of_somebody_else_is_never_covered(content, tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "网页应用"}', "utf-8")
    with pytest.raises(OutputError, match=r"里有 1 个文件与成果同名.*：manifest\.json。"):
        write_report(content, out=tmp_path, only=["html"])
    assert names(tmp_path) == ["manifest.json"]


def test_what_an_earlier_version_wrote_is_ours(content, tmp_path, monkeypatch):
    """Its manifest tells no command, so that no replay would read it."""
    monkeypatch.setitem(report_folder.WRITERS, "html", lambda _content: {"a.html": b"new"})
    digest = hashlib.sha256(b"old").hexdigest()
    told = {"software": {"name": "QuanTu"}, "outputs": [{"file": "a.html", "sha256": digest}, 7]}
    (tmp_path / "manifest.json").write_text(json.dumps(told), "utf-8")
    (tmp_path / "a.html").write_bytes(b"old")
    assert write_report(content, out=tmp_path, only=["html"]).lines == ()
    assert read(tmp_path)["a.html"] == b"new"


def test_a_report_beside_another_command_keeps_both(content, tmp_path, monkeypatch):
    """What the other one wrote is neither removed nor lost from sight."""
    files = {"a.html": b"a", "summary.json": b"{}"}
    monkeypatch.setitem(report_folder.WRITERS, "html", lambda _content: dict(files))
    write_report(content, out=tmp_path, only=["html"])
    told = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    told["job"] = "assess"
    told["outputs"] = [one for one in told["outputs"] if one["file"] == "summary.json"]
    (tmp_path / "manifest-report.json").write_bytes((tmp_path / "manifest.json").read_bytes())
    (tmp_path / "manifest.json").write_text(json.dumps(told), "utf-8")
    files.clear()
    files["b.html"] = b"b"
    done = write_report(content, out=tmp_path, only=["html"])
    assert done.removed == ("a.html",)
    assert len(done.lines) == 1
    assert names(tmp_path) == ["b.html", "manifest-assess.json", "manifest.json", "summary.json"]


def with_template(content, file):
    settings = replace(content.settings, template=file)
    return replace(content, settings=settings, inputs=seen_inputs([*content.inputs, file]))


def test_the_offices_own_template_is_never_covered_nor_removed(content, tmp_path, monkeypatch):
    """It has the name of the report, and stands where the report is written to."""
    monkeypatch.setitem(report_folder.WRITERS, "html", lambda _content: {"小县_报告.docx": b"x"})
    write_report(content, out=tmp_path, only=["html"])
    own = with_template(content, tmp_path / "小县_报告.docx")
    with pytest.raises(OutputError) as caught:
        write_report(own, out=tmp_path, only=["html"])
    assert str(caught.value) == (
        "结果会盖掉它要读的文件「小县_报告.docx」，请用 --out 换一个输出文件夹。"
    )
    monkeypatch.setitem(report_folder.WRITERS, "html", lambda _content: {"b.html": b"x"})
    assert write_report(own, out=tmp_path, only=["html"]).removed == ()
    assert (tmp_path / "小县_报告.docx").is_file()


def test_a_template_is_an_input_of_word_alone(content, tmp_path):
    template = tmp_path / "公文.docx"
    own = with_template(content, template)  # which is not there
    write_report(own, out=tmp_path / "o", only=["html"])
    assert "公文.docx" not in (tmp_path / "o" / "manifest.json").read_text("utf-8")
    template.write_bytes(b"x")
    own = with_template(content, template)
    told = report_manifest(own, only=["word"], out=tmp_path, outputs=[])
    assert any(one["file"].endswith("公文.docx") for one in told["inputs"])


def test_a_fault_of_the_template_is_found_before_anything_is_read(project, monkeypatch):  # noqa: F811
    with (project / "project.toml").open("a", encoding="utf-8") as file:
        file.write('[report]\ntemplate = "公文.docx"\n')
    (project / "公文.docx").write_text("no zip", "utf-8")
    chosen = load_project(project)
    monkeypatch.setattr(report_making, "load", None)  # would raise if it came so far
    with pytest.raises(SourceError, match=r"公文\.docx"):
        report_content(chosen, ReportRequest(), with_template=True)
    with pytest.raises(TypeError):
        report_content(chosen, ReportRequest())
    everything = report_inputs(chosen, ReportRequest())
    assert project / "公文.docx" in everything
    less = report_inputs(chosen, ReportRequest(), with_template=False)
    assert set(everything) - set(less) == {project / "公文.docx"}


def test_a_file_of_any_name_that_was_read_can_be_packed(content, tmp_path):
    """On Linux a name may hold what a path on Windows may not."""
    odd = tmp_path / "室10:30\\.csv"
    odd.write_text("x", "utf-8")
    more = replace(content, inputs=seen_inputs([*content.inputs, odd]))
    write_report(more, out=tmp_path / "o", only=["html"])
    assert zipfile.ZipFile(io.BytesIO(report_zip(tmp_path / "o"))).testzip() is None


def test_a_result_never_covers_an_input(content, monkeypatch):
    county = content.project.folder
    monkeypatch.setitem(report_folder.WRITERS, "html", lambda _content: {"villages.csv": b"x"})
    before = read(county)
    with pytest.raises(OutputError) as caught:
        write_report(content, out=county, only=["html"])
    assert str(caught.value) == (
        "结果会盖掉项目的数据文件「villages.csv」，请用 --out 换一个输出文件夹。"
    )
    assert read(county) == before


def test_two_parts_that_take_one_name_are_a_bug(content, tmp_path, monkeypatch):
    monkeypatch.setitem(report_folder.WRITERS, "html", lambda _content: {"Demand.CSV": b""})
    with pytest.raises(ValueError, match=r"two parts of the report write 'demand\.csv'"):
        write_report(content, out=tmp_path, only=LIGHT)
    assert names(tmp_path) == []


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
    assert str(caught.value).startswith(f"结果写不进「{out}」（o：没有权限），原有的结果")
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

    def slow(_content):
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
        chosen_parts(",，")
    assert str(caught.value) == (
        f"--only 没有写明要哪几样，可写 {'、'.join(PARTS)}；要全部写出，请去掉 --only。"
    )
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
    text += f'[report]\nnote = "{"长" * 301}"\n'
    (project / "project.toml").write_text(text, "utf-8")
    with pytest.raises(ProjectError, match=r"「report」的「note」不得超过 300 个字，现为 '长"):
        load_project(project)


def test_a_plan_without_a_year_and_a_model_that_a_report_does_not_know_are_refused(project):  # noqa: F811
    chosen = load_project(project)
    with pytest.raises(InputError) as caught:
        report_content(chosen, ReportRequest(plans=("jinan-2022",)))
    assert str(caught.value) == (
        "写了规划，还要用 --year 写明核算年份，如 --year 2025。请补上后重试。"
    )
    with pytest.raises(InputError, match=r"^报告里不能直接求「upgrade」，可写 location_set"):
        report_content(chosen, ReportRequest(siting=SitingRequest(model="upgrade")))
