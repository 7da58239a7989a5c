"""A report is made again from its manifest; what changed is named, what is hostile refused."""

from __future__ import annotations

import contextlib
import json
import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.errors import PlannerError, SourceError
from layers.project import load_project
from reports.replay import Replayed, replay, replay_lines
from reports.report_content import ReportRequest, SitingRequest
from reports.report_folder import write_report
from reports.report_making import report_content
from reports.report_manifest import read_report_manifest
from tests.test_cli import project  # noqa: F401 - a fixture
from tests.test_scenario_command import kept  # noqa: F401 - a fixture

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

OTHER_END = "要得到原来的数，请放回原来的文件；要用现在的数据，请重新运行 report。"


def quiet(*_words):
    """Progress that nobody watches."""


@pytest.fixture
def out(project, tmp_path):  # noqa: F811 - the fixture of another file
    """A report of the small county, beside its folder."""
    request = ReportRequest(siting=SitingRequest(model="maximal_covering", sites=1))
    content = report_content(load_project(project), request, with_service_areas=False)
    write_report(content, out=tmp_path / "成果", only=["tables", "html"])
    return tmp_path / "成果"


def changed(out, **parts):
    """The manifest of a report with something put in place of what it says."""
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    (out / "manifest.json").write_text(json.dumps(told | parts), "utf-8")


def refused(*words, **more):
    with pytest.raises(PlannerError) as caught:
        replay(*words, **more, progress=quiet)
    return str(caught.value)


def test_a_report_made_again_is_the_same_byte_for_byte(out, tmp_path):
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    found = replay(out / "manifest.json", progress=quiet)
    assert found.differing == found.changed_since == found.versions == found.files == ()
    assert {"demand.csv", "summary.json", "sites.geojson", "siting.json"} <= set(found.same)
    assert replay_lines(found) == [f"一致：{len(found.same)} 个 CSV、JSON 文件重算后逐字节相同"]
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before

    again = replay(out, out=tmp_path / "再算", progress=quiet)
    assert again.same == found.same
    assert {file.name for file in again.files} == set(before)
    for name, content in before.items():
        assert (tmp_path / "再算" / name).read_bytes() == content, name


def test_a_scenario_and_targets_are_made_again(project, kept, tmp_path):  # noqa: F811
    request = ReportRequest(plans=("shandong-2018",), year=2022, scenario=kept.scenario_id)
    content = report_content(load_project(project), request, with_service_areas=False)
    write_report(content, out=tmp_path / "o", only=["tables"])
    told = json.loads((tmp_path / "o" / "manifest.json").read_text("utf-8"))
    assert told["request"]["scenario"] == "scenarios/plan-1.toml"
    assert told["scenario"] == {"id": "plan-1", "name": "东建<b>西封"}
    found = replay(tmp_path / "o", progress=quiet)
    assert found.differing == ()
    assert {"scenario_readings.csv", "scenario_verdicts.csv", "targets.json"} <= set(found.same)
    (project / "scenarios" / "plan-1.toml").unlink()
    assert refused(tmp_path / "o").startswith("找不到情景「")


def test_every_changed_missing_or_added_input_is_named(project, out):  # noqa: F811
    villages, clinics = project / "villages.csv", project / "clinics.csv"
    kept_bytes = villages.read_bytes(), clinics.read_bytes()
    villages.write_bytes(kept_bytes[0] + b"03,\xe6\x96\xb0,117.1,36.05,5\n")
    clinics.unlink()
    assert refused(out) == (
        f"2 个数据文件与清单不符：villages.csv（内容改过）、clinics.csv（不在了）。{OTHER_END}"
    )
    villages.write_bytes(kept_bytes[0])
    clinics.write_bytes(kept_bytes[1])
    (project / "corrections.csv").write_text("x", "utf-8")
    assert refused(out) == f"1 个数据文件与清单不符：corrections.csv（清单里没有）。{OTHER_END}"
    (project / "corrections.csv").unlink()
    with (project / "project.toml").open("a", encoding="utf-8") as file:
        file.write("# 改了一行\n")
    assert refused(out) == f"1 个数据文件与清单不符：project.toml（内容改过）。{OTHER_END}"


def test_a_project_that_moved_is_found_where_it_is_said(project, out, tmp_path):  # noqa: F811
    shutil.move(project, tmp_path / "别处")
    assert refused(out) == (
        "清单写的项目文件「../小 县/project.toml」不在清单旁的这个位置。"
        "请用 --project 写明项目文件夹后重试。"
    )
    assert replay(out, project=tmp_path / "别处", progress=quiet).differing == ()


def test_other_numbers_and_files_that_were_touched_are_told(out):
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    for entry in told["outputs"]:
        if entry["file"] == "zones.csv":
            entry["sha256"] = DIGEST
    software = {**told["software"], "version": "0.0.1"}
    changed(out, outputs=told["outputs"], software=software)
    (out / "demand.csv").unlink()
    found = replay(out, progress=quiet)
    assert found.differing == ("zones.csv",)
    assert set(found.changed_since) == {"demand.csv", "zones.csv"}
    lines = replay_lines(found)
    assert lines[0].startswith("软件版本与写出时不同：QuanTu 0.0.1 → ")
    assert lines[1].startswith("清单旁边的文件在写出后改过或不在了：")
    assert lines[2] == (
        f"不一致：1 个文件重算后与清单不同：zones.csv；"
        f"另有 {len(found.same)} 个 CSV、JSON 文件逐字节相同"
    )


def test_lists_of_names_are_cut():
    many = tuple(f"{number}.csv" for number in range(20))
    line = replay_lines(Replayed((), many, (), (), ()))[-1]
    assert "7.csv等 20 个；" in line


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
]


@pytest.mark.parametrize(("keys", "value", "sentence"), BAD, ids=[str(one[0]) for one in BAD])
def test_a_hostile_manifest_is_refused_with_a_sentence(tmp_path, keys, value, sentence):
    file = told_with(tmp_path, *keys, value=value)
    said = refused(file)
    assert said.startswith("清单「manifest.json」有 ")
    assert sentence in said
    assert said.endswith("请用写出时原来的清单。")


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
    for told in ([], {}, {**TOLD, "job": "assess"}, None):
        file.write_text(json.dumps(told), "utf-8")
        assert refused(file).startswith("「manifest.json」不是 report 写出的清单")
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
    assert refused(file) == f"1 个数据文件与清单不符：project.toml（内容改过）。{OTHER_END}"


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
        assert read_report_manifest(file).job == "report"
