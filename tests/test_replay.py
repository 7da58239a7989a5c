"""Every export is made again from its manifest; what changed is named, what is hostile refused."""

from __future__ import annotations

import contextlib
import json
import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cli
from coverage.errors import OutputError, PlannerError, SourceError
from coverage.studies.study_sites import MODELS, SiteAmounts, SitingQuestion
from layers.planning import project_plans
from layers.plans import load_plans
from layers.project import load_project
from reports.commands import assess_job, export_job, site_job
from reports.commands.site_job import SiteRequest
from reports.files import output_set
from reports.manifest import opened_way, told_manifest
from reports.manifest_shapes import MANIFESTS, SiteManifest, read_manifest
from reports.replay import Replayed, replay, replay_lines
from reports.replay_jobs import JOBS, job_of
from reports.replay_rows import first_difference
from reports.report_manifest import read_report_manifest
from reports.scratch import scratch_folder
from reports.standing_files import beside_others
from tests.test_cli import VILLAGES, small_county

DIGEST = "0" * 64

TOLD = {
    "job": "report",
    "request": {
        "project_file": "../project.toml",
        "plans": [],
        "year": None,
        "interpolate": False,
        "scenario": "",
        "siting": None,
        "only": ["tables"],
    },
    "software": {"name": "QuanTu", "version": "1", "python": "3", "packages": {}},
    "settings": {"project": {"report": {}}},
    "inputs": [{"file": "project.toml", "bytes": 1, "sha256": DIGEST}],
    "outputs": [{"part": "tables", "file": "a.csv", "bytes": 1, "sha256": DIGEST}],
}
"""A manifest in which nothing is wrong."""

PLAN = """\
[plan]
id = "own-plan"
title = "某县规划"
publisher = "某县"
area = "某县"
area_level = "county"
years = [2021, 2030]
[[targets]]
id = "clinics-near"
indicator = "2公里内有村卫生室的人口比例"
rule = "served_within_distance"
section = "一、（一）"
quote = "2公里内有村卫生室的人口达到 90%"
unit = "%"
subject = "村卫生室"
kilometres = 2
measure = "straight"
values = [{year = 2025, value = 90}]
"""

SCENARIO = """\
name = "东建<b>西封"
[[actions]]
facility = {id = "new-1", name = "新室", action = "add", kind = "village_clinic", \
place = [117.139, 36.05]}
"""

CHANGES = """\
[[changes]]
id = "r1"
name = "封西路"
action = "close"
places = [[117.058, 36.05], [117.0585, 36.05]]
"""

COMMANDS = {
    "assess": ["--scenario", "plan-1", "--road-changes", "{county}/changes.toml"],
    "targets": [
        "--year",
        "2022",
        "--plan",
        "shandong-2018",
        "--interpolate",
        "--scenario",
        "plan-1",
    ],
    "site": ["--sites", "1", "--curve", "1-2", "--scenario", "plan-1", "--candidates", "villages"],
    "export": ["--format", "geojson,gpkg,xlsx", "--layers", "demand,zones", "--datum", "gcj02"],
    "report": ["--year", "2025", "--scenario", "plan-1", "--sites", "1", "--only", "tables,html"],
}
"""Every command that writes a manifest, with the options that it has."""


def other_end(job):
    return f"要得到原来的数，请放回原来的文件；要用现在的数据，请重新运行 {job}。"


def quiet(*_words):
    """Progress that nobody watches."""


def written(county, base, job):
    words = [word.format(county=county) for word in COMMANDS[job]]
    with contextlib.redirect_stdout(None):
        assert cli.main([job, str(county), "--out", str(base / job), *words]) == 0


@pytest.fixture(scope="module")
def all_made(tmp_path_factory):
    """The small county, and the folder of every command beside it."""
    base = tmp_path_factory.mktemp("made")
    county = small_county(base)
    (county / "scenarios").mkdir()
    for name, text in (
        ("own.toml", PLAN),
        ("targets.toml", '[plans]\nuse = ["own.toml"]\n'),
        ("scenarios/plan-1.toml", SCENARIO),
        ("changes.toml", CHANGES),
    ):
        (county / name).write_text(text, encoding="utf-8")
    shipped = load_plans()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project_plans, "load_plans", lambda **_: shipped)
        for job in COMMANDS:
            written(county, base, job)
        yield base


@pytest.fixture
def made(all_made, tmp_path):
    """A copy of it, to be spoilt."""
    shutil.copytree(all_made, tmp_path / "made")
    return tmp_path / "made"


def gives(monkeypatch, folder, job="assess"):
    """A command that gives what lies in a folder, without measuring anything."""
    kept = shutil.copytree(folder, folder.with_name(f"{folder.name}-gives"))

    def run(_project, _request, *, out, **_words):
        shutil.copytree(kept, out, dirs_exist_ok=True)

    monkeypatch.setattr(f"reports.replay_jobs.run_{job}", run)


def told_by(folder):
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def changed(folder, **parts):
    """The manifest of a result with something put in place of what it says."""
    (folder / "manifest.json").write_text(json.dumps(told_by(folder) | parts), "utf-8")


def refused(*words, **more):
    with pytest.raises(PlannerError) as caught:
        replay(*words, **more, progress=quiet)
    return str(caught.value)


@pytest.mark.parametrize("job", list(COMMANDS))
def test_every_command_made_again_is_the_same_byte_for_byte(all_made, job):
    folder = all_made / job
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    found = replay(folder / "manifest.json", progress=quiet)
    assert found == Replayed(same=found.same)
    numbers = {name for name in before if name.endswith(("csv", "json"))} - {"manifest.json"}
    everything = set(before) - {"manifest.json"}
    assert set(found.same) == (everything if job == "export" else numbers)
    kinds = " CSV、JSON " if job != "export" else ""
    assert replay_lines(found) == [f"一致：{len(found.same)} 个{kinds}文件重算后逐字节相同"]
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_every_manifest_tells_the_command_and_where_the_numbers_come_from(all_made):
    assert list(COMMANDS) == list(MANIFESTS) == list(JOBS)
    for job in COMMANDS:
        told, text = told_by(all_made / job), (all_made / job / "manifest.json").read_text("utf-8")
        assert read_manifest(all_made / job).job == told["job"] == job
        assert str(all_made) not in text
        assert told["request"]["project_file"] == "../小 县/project.toml"
        assert (told["project"], told["label"]) != ("", "")
        inputs = {entry["file"] for entry in told["inputs"]}
        assert {"project.toml", "villages.csv"} <= inputs
        tried = job != "export"
        assert told["scenario"] == ({"id": "plan-1", "name": "东建<b>西封"} if tried else None)
        assert ("scenarios/plan-1.toml" in inputs) == tried
        assert ("changes.toml" in inputs) == (job == "assess")
        assert told["year"] == {"targets": 2022, "report": 2025}.get(job)
        assert (told["seed"] == 0) == (job in ("site", "report"))
        assert told["time_limited"] is False
    assert told_by(all_made / "assess")["request"] == {
        "project_file": "../小 县/project.toml",
        "road_changes": "changes.toml",
        "scenario": "scenarios/plan-1.toml",
    }
    assert told_by(all_made / "report")["plans"] == [{"id": "own-plan", "title": "某县规划"}]
    assert [one["id"] for one in told_by(all_made / "targets")["plans"]] == ["shandong-2018"]
    assert told_by(all_made / "export")["request"] == {
        "project_file": "../小 县/project.toml",
        "layers": ["demand", "zones"],
        "formats": ["geojson", "gpkg", "xlsx"],
        "datum": "gcj02",
    }


def test_what_was_made_again_may_be_kept_but_not_over_the_old(all_made, tmp_path):
    (all_made / "again").mkdir(exist_ok=True)
    found = replay(all_made / "site", out=all_made / "again", progress=quiet)
    assert {file.name for file in found.files} == {
        file.name for file in (all_made / "site").iterdir()
    }
    for file in found.files:
        if file.name != "siting.json":  # holds the seconds that the search took
            assert file.read_bytes() == (all_made / "site" / file.name).read_bytes(), file.name
    with pytest.raises(OutputError) as caught:
        replay(all_made / "site", out=tmp_path / ".." / all_made / "site", progress=quiet)
    assert str(caught.value) == (
        "重算的成果不能写回清单所在的文件夹「site」，请用 --out 换一个文件夹。"
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_siting_question_of_every_model_is_read_back_as_it_was_asked(all_made, model):
    """What is asked, and not what comes of it, which the tests of `site` look at."""
    county = load_project(all_made / "小 县")
    request = SiteRequest(
        question=SitingQuestion(
            model=model,
            sites=3,
            existing="closable",
            share=0.9,
            times=3,
            close=1,
            years=((2025, 1), (2030, 2)),
            amounts=SiteAmounts(persons=500.0, budget=90.0, beds=20.0, persons_per_bed=1e-3),
        ),
        standard="health_circle_15",
        also=["fitness_circle_15"],
        role="stations",
        upgrade="a:b",
        candidates=["villages", "grid"],
        within=20.0,
        curve=[1, 2, 5],
        scenario=str(county.folder / "scenarios" / "plan-1.toml"),
        time_limit_s=float("inf"),
        seed=7,
        ties=0,
    )
    told = told_manifest(
        county, job="site", request=site_job.told_request(county, request),
        out=all_made / "site", about={}, manifest={},
    )  # fmt: skip
    whole = told_by(all_made / "site") | json.loads(json.dumps(told))
    assert job_of(SiteManifest.model_validate(whole), county).request == request


def test_a_search_that_was_stopped_is_said_so(made, monkeypatch):
    gives(monkeypatch, made / "site", "site")
    changed(made / "site", time_limited=True)
    found = replay(made / "site", progress=quiet)
    assert found.time_limited
    assert replay_lines(found)[0] == (
        "选址求解到时限就停了，没有证完：结果随机器快慢而定，重算可能不同；"
        "要能逐字节重算，请加长 --time-limit 重新求解到证完"
    )


@pytest.mark.parametrize("job", list(COMMANDS))
def test_every_changed_missing_or_added_input_is_named(made, job):
    county = made / "小 县"
    villages, clinics = county / "villages.csv", county / "clinics.csv"
    kept_bytes = villages.read_bytes(), clinics.read_bytes()
    size = len(kept_bytes[0])
    villages.write_bytes(kept_bytes[0] + b"03,\xe6\x96\xb0,117.1,36.05,5\n")
    clinics.unlink()
    assert refused(made / job) == (
        f"2 个数据文件与清单不符：villages.csv（内容改过，原 {size} 字节，现 {size + 21} 字节）、"
        f"clinics.csv（不在了）。{other_end(job)}"
    )
    villages.write_bytes(kept_bytes[0].replace(b"300", b"301"))
    clinics.write_bytes(kept_bytes[1])
    (county / "corrections.csv").write_text("x", "utf-8")
    assert refused(made / job) == (
        f"2 个数据文件与清单不符：corrections.csv（清单里没有）、villages.csv（内容改过，"
        f"仍为 {size} 字节）。{other_end(job)}"
    )
    with (county / "project.toml").open("a", encoding="utf-8") as file:
        file.write("# 改\n")
    assert refused(made / job).startswith("1 个数据文件与清单不符：project.toml（内容改过，原 ")


@pytest.mark.parametrize("name", ["scenarios/plan-1.toml", "changes.toml", "own.toml"])
def test_what_is_tried_and_what_is_held_against_are_inputs_too(made, name):
    job = "targets" if name == "own.toml" else "assess"
    with (made / "小 县" / name).open("a", encoding="utf-8") as file:
        file.write("# 改\n")
    assert f"不符：{name}（内容改过" in refused(made / job)
    (made / "小 县" / name).unlink()
    said = refused(made / job)
    assert name.rpartition("/")[2] in said
    assert "不在了" in said or "找不到" in said


def test_a_project_that_moved_is_found_where_it_is_said(made):
    shutil.move(made / "小 县", made / "深" / "别处")
    assert refused(made / "targets") == (
        "清单写的项目文件「../小 县/project.toml」不在清单旁的这个位置。"
        "请用 --project 写明项目文件夹后重试。"
    )
    found = replay(made / "targets", project=made / "深" / "别处", progress=quiet)
    assert found == Replayed(same=found.same)


def test_other_numbers_and_files_that_were_touched_are_told(made, monkeypatch):
    gives(monkeypatch, made / "assess")
    folder = made / "assess"
    told = told_by(folder)
    for entry in told["outputs"]:
        if entry["file"] == "zones.csv":
            entry["sha256"] = DIGEST
    standard = told["settings"]["standards"][0]
    settings = {**told["settings"], "standards": [{**standard, "target": 0.1}], "modes": {}}
    software = {**told["software"], "version": "0.0.1"}
    changed(folder, outputs=told["outputs"], software=software, settings=settings)
    (folder / "demand.csv").unlink()
    rows = (folder / "capacity.csv").read_bytes()
    (folder / "capacity.csv").write_bytes(rows + b"by hand\r\n")
    found = replay(folder, progress=quiet)
    assert found.differing == ("zones.csv",)
    assert set(found.changed_since) == {"demand.csv", "zones.csv", "capacity.csv"}
    assert found.first == "capacity.csv 第 2 行：现在没有"
    lines = replay_lines(found)
    assert lines[0].startswith("软件版本与写出时不同：QuanTu 0.0.1 → ")
    assert lines[1].startswith("标准或出行方式与写出时不同：标准「15分钟健康服务圈」、出行方式 ")
    assert lines[2].startswith("清单旁边的文件在写出后改过或不在了：")
    assert lines[3] == "第一处不同：capacity.csv 第 2 行：现在没有"
    assert lines[4] == (
        f"不一致：1 个文件重算后与清单不同：zones.csv；"
        f"另有 {len(found.same)} 个 CSV、JSON 文件逐字节相同"
    )


def test_the_first_row_that_differs_is_named(made, monkeypatch):
    """The command gives one person more than it did."""
    gives(monkeypatch, made / "assess")
    now = made / "assess-gives"
    rows = (now / "demand.csv").read_bytes().splitlines(keepends=True)
    rows[2] = rows[2].replace(b",100,", b",101,").replace(b",100.0,", b",101.0,")
    (now / "demand.csv").write_bytes(b"".join(rows))
    found = replay(made / "assess", progress=quiet)
    assert found.differing == ("demand.csv",)
    assert found.changed_since == ()
    assert found.first.startswith("demand.csv 第 3 行「population")
    assert found.first.endswith(("：100 → 101", "：100.0 → 101.0"))


def test_where_files_begin_to_differ(tmp_path):
    old, new = tmp_path / "a.csv", tmp_path / "b.csv"
    pairs = {
        ("x,y\n1,2\n", "x,y\n1,2\n"): "",
        ("x,y\n1,2\n", "x,y\n1,\n"): "第 2 行「y」：2 → 空",
        ("x,y\n1,2\n", "x,z\n1,2\n"): "第 1 行",
        ("x,y\n1,2\n", "x,y\n1,2\n3,4\n"): "第 3 行：原来没有",
        ("x,y\n1,2\n", "x,y\n1,2,3\n"): "第 2 行",
        ("x\n" + "长" * 50 + "\n", "x\n1\n"): f"第 2 行「x」：{'长' * 40}… → 1",
        ("", "x"): "第 1 行：原来没有",
    }
    for (before, after), told in pairs.items():
        old.write_text(before, "utf-8")
        new.write_text(after, "utf-8")
        assert first_difference(old, new) == told
    assert first_difference(old, tmp_path / "none") == ""
    (tmp_path / "link.csv").symlink_to(new)
    assert first_difference(tmp_path / "link.csv", new) == ""
    for name in ("a.gpkg", "b.gpkg"):
        (tmp_path / name).write_text(name, "utf-8")
    assert first_difference(tmp_path / "a.gpkg", tmp_path / "b.gpkg") == "内容不同"


def far_away(folder, name="plan-1.toml"):
    """The manifest as it is where the scenario lay on another drive: told by its name alone."""
    told = told_by(folder)
    for entry in told["inputs"]:
        entry["file"] = name if entry["file"] == f"scenarios/{name}" else entry["file"]
    changed(folder, request={**told["request"], "scenario": name}, inputs=told["inputs"])


def test_a_scenario_from_elsewhere_is_looked_for_by_its_name_and_known_by_its_hash(
    made, monkeypatch
):
    folder = made / "assess"
    gives(monkeypatch, folder)
    far_away(folder)
    assert replay(folder, progress=quiet).is_same
    kept = made / "小 县" / "scenarios" / "plan-1.toml"
    shutil.copy(kept, folder / "plan-1.toml")
    kept.write_text(SCENARIO + "# 同名的另一个\n", "utf-8")
    assert replay(folder, progress=quiet).is_same
    (folder / "plan-1.toml").unlink()
    assert refused(folder).startswith(
        "1 个数据文件与清单不符：scenarios/plan-1.toml（内容改过，原 "
    )
    kept.unlink()
    assert refused(folder) == (
        "清单写的情景文件「plan-1.toml」不在了。要得到原来的数，请把原来的文件放回原处，"
        "或放进项目的情景文件夹、清单旁边。"
    )


def test_a_way_that_no_replay_would_open_is_told_by_the_name_alone(tmp_path):
    out, odd = tmp_path / "o", tmp_path / "10:30 县" / "project.toml"
    assert opened_way(tmp_path / "县" / "project.toml", out) == "../县/project.toml"
    assert opened_way(odd, out) == "project.toml"


@pytest.mark.parametrize("name", ["室10:30.csv", "a\\b.csv", "C:\\x.csv", "长" * 1_100])
def test_an_input_may_have_any_name_since_it_is_only_compared(tmp_path, name):
    file = told_with(tmp_path, "inputs", 0, "file", value=name)
    assert read_manifest(file).inputs[0].file == name


def test_a_file_beside_the_manifest_that_was_changed_ends_with_another_code(made, capsys):
    folder = made / "export"
    words = ["replay", str(folder)]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert said == "一致：6 个文件重算后逐字节相同\n"
    name = next(one["file"] for one in told_by(folder)["outputs"] if one["file"].endswith("json"))
    with (folder / name).open("a") as file:
        file.write(" ")
    assert cli.main(words) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"清单旁边的文件在写出后改过或不在了：{name}"
    assert lines[-1] == said.rstrip("\n")


@pytest.mark.parametrize("name", ["villages.csv", "changes.toml"])
def test_a_replay_never_covers_what_it_is_made_from(all_made, monkeypatch, name):
    """`--out` in the project's folder, where a file has the name of a result."""
    monkeypatch.setattr(assess_job, "FILE_NAMES", (name,))
    what = "项目的数据文件" if name == "villages.csv" else "它要读的文件"
    assert refused(all_made / "assess", out=all_made / "小 县") == (
        f"结果会盖掉{what}「{name}」，请用 --out 换一个输出文件夹。"
    )


def test_two_commands_in_one_folder_can_both_be_made_again(made, monkeypatch, capsys):
    county, both = made / "小 县", made / "both"
    export = ["export", str(county), "--out", str(both), "--layers", "zones", "--format"]
    site = ["site", str(county), "--out", str(both), "--sites", "1"]
    assert cli.main([*export, "geojson"]) == 0
    capsys.readouterr()
    assert cli.main(site) == 0
    line = "「both」里已有 {0} 的结果，它的清单改名为 manifest-{0}.json，仍可照它重算"
    assert line.format("export") in capsys.readouterr().out.splitlines()
    assert told_by(both)["job"] == "site"
    assert replay(both / "manifest-export.json", progress=quiet).is_same
    # The third takes the place of the first, whose manifest would only mislead.
    assert cli.main([*export, "kml"]) == 0
    assert line.format("site") in capsys.readouterr().out.splitlines()
    assert told_by(both)["job"] == "export"
    kept = sorted(file.name for file in both.glob("manifest*"))
    assert kept == ["manifest-site.json", "manifest.json"]
    gives(monkeypatch, both, "site")
    shutil.copy(both / "manifest-site.json", made / "both-gives" / "manifest.json")
    assert replay(both / "manifest-site.json", progress=quiet).is_same


def test_what_fails_leaves_the_manifests_as_they_were(made, monkeypatch):
    folder = made / "export"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def full(*_words, **_more):
        msg = "满"
        raise OutputError(msg)

    monkeypatch.setattr(site_job, "write_siting", full)
    assert cli.main(["site", str(made / "小 县"), "--out", str(folder), "--sites", "1"]) == 2
    (folder / "manifest-export.json").write_text("我的", "utf-8")
    told = r"里有 1 个文件与成果同名.*：manifest-export\.json。"
    with pytest.raises(OutputError, match=told), beside_others(folder, job="site"):
        pass
    assert (folder / "manifest-export.json").read_text("utf-8") == "我的"
    (folder / "manifest-export.json").unlink()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_lists_of_names_are_cut():
    many = tuple(f"{number}.csv" for number in range(20))
    line = replay_lines(Replayed(differing=many))[-1]
    assert "7.csv等 20 个；" in line


@pytest.mark.parametrize("job", ["export", "site"])
def test_an_input_that_changes_while_it_is_being_read_is_named(made, monkeypatch, capsys, job):
    """A hash that is taken afterwards would vouch for a file that nobody read."""
    villages = made / "小 县" / "villages.csv"

    def slow(*words, **more):
        loaded = load(*words, **more)
        villages.write_text(VILLAGES.replace("300", "301"), "utf-8")
        return loaded

    module = {"export": export_job, "site": site_job}[job]
    load = module.load
    monkeypatch.setattr(module, "load", slow)
    words = [word.format(county=villages.parent) for word in COMMANDS[job]]
    assert cli.main([job, str(villages.parent), "--out", str(made / "new"), *words]) == 2
    assert capsys.readouterr().err == (
        "1 个数据文件在计算过程中改过：villages.csv，没有写出结果。请等文件不再改动后重新运行。\n"
    )
    assert not (made / "new").exists()


def test_a_full_temporary_folder_is_the_one_that_is_named(all_made, tmp_path, monkeypatch):
    def full(*_words, **_more):
        raise OSError(28, "No space left on device")

    told = (
        f"系统的临时文件夹「{tmp_path}」写不进去（磁盘已满），没有写出结果。"
        "请清理该磁盘，或用环境变量 TMPDIR（Windows 为 TEMP）另指一个临时文件夹后重试。"
    )
    monkeypatch.setattr("reports.scratch.tempfile.gettempdir", lambda: str(tmp_path))
    with pytest.raises(OutputError) as caught, output_set(tmp_path / "o"), scratch_folder():
        full()
    assert str(caught.value) == told
    with pytest.raises(OutputError) as caught, scratch_folder() as folder, output_set(folder / "o"):
        full()
    assert str(caught.value) == told
    monkeypatch.setattr("reports.scratch.tempfile.TemporaryDirectory", full)
    assert refused(all_made / "export") == told


def test_old_manifests_and_imports_are_told_for_what_they_are(made):
    told = told_by(made / "assess")
    old = {key: told[key] for key in ("project", "label", "software", "inputs", "settings")}
    (made / "assess" / "manifest.json").write_text(json.dumps(old), "utf-8")
    assert refused(made / "assess") == (
        "清单「manifest.json」没有记下命令和选项（早期版本写出，或在网页上试算时下载），"
        "不能照着重算。请用原来的命令重新导出，再用新的清单核对。"
    )
    (made / "查").mkdir()
    (made / "查" / "findings.geojson").write_text("{}", "utf-8")
    assert refused(made / "查") == (
        "「查」是 import 的检查结果，没有清单，不能重算：写入项目的文件"
        "会列在以后各项成果的清单里。要再检查一遍，请重新运行 import。"
    )


def told_with(tmp_path, *keys, value):
    """A manifest with one value in another's place."""
    told = json.loads(json.dumps(TOLD))
    inner = told
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(told), "utf-8")
    return file


BAD = [
    (("request", "project_file"), "/etc/passwd", "「request」的「project_file」不是清单里该有的"),
    (("request", "project_file"), "C:\\x\\project.toml", "「request」的「project_file」不是清单里"),
    (("request", "project_file"), "../a\x00.toml", "「request」的「project_file」不是清单里该有的"),
    (("request", "project_file"), 7, "「request」的「project_file」应为文字（加引号），现为 7。"),
    (("request", "scenario"), "/etc/passwd", "「request」的「scenario」"),
    (("request", "year"), "2025", "「request」的「year」应为整数，现为 '2025'。"),
    (("request", "year"), True, "「request」的「year」应为整数，现为 True。"),
    (("request", "siting"), {"model": "x"}, "缺少「request」的「siting」的「standard」。"),
    (("request", "more"), 1, "「request」的「more」不是已知的设置"),
    (
        ("outputs", 0, "file"),
        "../../project.toml",
        "「outputs」的第 1 项的「file」不是一个文件名。",
    ),
    (("outputs", 0, "file"), "..", "「outputs」的第 1 项的「file」不是一个文件名。"),
    (("outputs", 0, "sha256"), "abc", "「outputs」的第 1 项的「sha256」的写法不对"),
    (("inputs", 0, "bytes"), -1, "「inputs」的第 1 项的「bytes」不得小于 0，现为 -1。"),
    (("inputs",), {"a": 1}, "「inputs」应为列表（写在 [ ] 里），现为 {'a': 1}。"),
    (("software",), None, "「software」应为一组设置"),
    (("software", "packages"), {"a": 1}, "「software」的「packages」的「a」应为文字"),
    (("more",), 1, "「more」不是已知的设置"),
    (("outputs", 0, "without"), "sha256", "「outputs」的第 1 项的「without」只能是 "),
    (("outputs", 0, "file"), "a" * 300, "「outputs」的第 1 项的「file」不得超过 200 个字"),
    (("settings", "project"), [], "「settings」的「project」应为一组设置"),
    (("scenario",), "plan-1", "「scenario」应为一组设置"),
    (("time_limited",), 1, "「time_limited」应为 true 或 false，现为 1。"),
]


@pytest.mark.parametrize(("keys", "value", "sentence"), BAD, ids=[str(one[0]) for one in BAD])
def test_a_hostile_manifest_is_refused_with_a_sentence(tmp_path, keys, value, sentence):
    file = told_with(tmp_path, *keys, value=value)
    said = refused(file)
    assert said.startswith("清单「manifest.json」有 ")
    assert sentence in said
    assert said.endswith("请用写出时原来的清单。")


BAD_OF = [
    (
        "site",
        ("question", "model"),
        "best",
        "「question」的「model」只能是 'location_set_covering'、",
    ),
    ("site", ("question", "years"), [[2025]], "「question」的「years」的第 1 项不得为空"),
    ("site", ("question", "share"), float("inf"), "「share」应为有限的数字"),
    ("site", ("role",), "both", "「role」只能是 'facilities'、'stations'，现为 'both'。"),
    ("site", ("curve",), [-1], "「curve」的第 1 项不得小于 0"),
    ("site", ("ties",), 1_000, "「ties」不得大于 100"),
    ("site", ("time_limit_s",), "1", "「time_limit_s」应为数字，现为 '1'。"),
    ("assess", ("road_changes",), "/etc/passwd", "「road_changes」不是清单里该有的相对路径。"),
    ("assess", ("year",), 2025, "「year」不是已知的设置"),
    ("targets", ("year",), 1, "「year」不得小于 1949"),
    ("targets", ("plans",), "jinan-2022", "「plans」应为列表"),
    ("export", ("formats",), [1], "「formats」的第 1 项应为文字"),
]


@pytest.mark.parametrize(("job", "keys", "value", "sentence"), BAD_OF)
def test_what_a_command_never_asks_is_refused(all_made, tmp_path, job, keys, value, sentence):
    told = told_by(all_made / job)
    inner = told["request"]
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    (tmp_path / "manifest.json").write_text(json.dumps(told), "utf-8")
    said = refused(tmp_path)
    assert said.startswith("清单「manifest.json」有 ")
    assert sentence in said


def test_words_that_a_command_does_not_know_are_its_own_sentences(made):
    request = told_by(made / "export")["request"]
    changed(made / "export", request={**request, "formats": ["pdf"]})
    assert refused(made / "export").startswith("--format 写的“pdf”不认识，可写：")
    request = told_by(made / "targets")["request"]
    changed(made / "targets", request={**request, "plans": ["own"]})
    assert refused(made / "targets").startswith("没有“own”这个规划")
    request = told_by(made / "report")["request"]
    changed(made / "report", request={**request, "scenario": "../../x.toml"})
    assert refused(made / "report") == (
        "清单写的情景文件「../../x.toml」不在了。要得到原来的数，请把原来的文件放回原处，"
        "或放进项目的情景文件夹、清单旁边。"
    )


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_outputs_that_are_links_or_pipes_are_not_read(made, monkeypatch):
    folder = made / "site"
    gives(monkeypatch, folder, "site")
    for name in ("curve.csv", "siting.json", "sites.geojson"):
        (folder / name).unlink()
    (folder / "curve.csv").symlink_to("/etc/passwd")
    os.mkfifo(folder / "siting.json")
    (folder / "sites.geojson").mkdir()
    found = replay(folder, progress=quiet)
    assert found.differing == ()
    assert set(found.changed_since) == {"curve.csv", "siting.json", "sites.geojson"}
    assert found.first == ""


def test_thousands_of_faults_are_one_short_sentence(tmp_path):
    file = told_with(tmp_path, "outputs", value=[{"file": "../x"}] * 5_000)
    said = refused(file)
    assert said.startswith("清单「manifest.json」有 20000 处不对：")
    assert len(said) < 300


def test_what_is_no_manifest_of_a_report_is_refused(tmp_path):
    file = tmp_path / "manifest.json"
    assert refused(file).startswith("找不到清单「manifest.json」")
    for text in ("", "{", '"\ud800"', "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"):
        file.write_text(text, "utf-8", errors="surrogatepass")
        assert refused(file) == (
            "清单「manifest.json」不是完好的 JSON，可能改过或没有复制完整。请用原来的清单。"
        ), text[:20]
    for told in ([], {}, {**TOLD, "job": "map"}, {**TOLD, "job": ["report"]}, None):
        file.write_text(json.dumps(told), "utf-8")
        assert refused(file) == (
            "「manifest.json」不是 assess、targets、site、export、report 写出的清单，"
            "不能照着重算。请选择成果文件夹里的清单。"
        )
    file.write_text(json.dumps({**TOLD, "job": "assess"}), "utf-8")
    assert "缺少「request」的「road_changes」。" in refused(file)
    file.write_text(json.dumps(TOLD), "utf-8")
    assert read_report_manifest(file).job == "report"
    with file.open("wb") as handle:
        handle.truncate(30_000_000)
    assert refused(file) == "清单「manifest.json」有 30 MB，不得超过 20 MB。"


@pytest.mark.skipif(os.name == "nt", reason="named pipes of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "manifest.json")
    assert refused(tmp_path).startswith("找不到清单「manifest.json」")


def test_a_file_that_the_manifest_points_at_is_not_read_unless_its_hash_agrees(tmp_path):
    """A project somewhere else, of which the manifest does not know the content."""
    (tmp_path / "project.toml").write_text("not even TOML [", "utf-8")
    (tmp_path / "o").mkdir()
    file = told_with(tmp_path / "o", "label", value="x")
    assert refused(file) == (
        f"1 个数据文件与清单不符：project.toml（内容改过，原 1 字节，现 15 字节）。{other_end('report')}"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(key=st.sampled_from(sorted(TOLD)), value=JSON)
def test_any_value_in_any_place_is_read_or_refused(tmp_path_factory, key, value):
    file = told_with(tmp_path_factory.mktemp("any"), key, value=value)
    with contextlib.suppress(SourceError):
        assert read_manifest(file).job == "report"
