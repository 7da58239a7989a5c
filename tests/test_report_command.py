"""The commands `report` and `replay`: what they write, what they say, and how they fail."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

import cli
from layers.planning import project_plans
from layers.plans import load_plans
from reports import report_folder
from reports.commands import report_command
from reports.files import output_set
from tests.test_cli import fails, project  # noqa: F401 - a fixture
from tests.test_scenario_command import kept  # noqa: F401 - a fixture


@pytest.fixture(autouse=True, scope="module")
def _plans_read_once():
    """The plans that ship, which every command reads anew."""
    shipped = load_plans()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project_plans, "load_plans", lambda **_: shipped)
        yield


def once(module):
    """`report_content` that computes one content for all requests."""
    made, compute = [], module.report_content

    def content(*words, **more):
        if not made:
            made.append(compute(*words, **more))
        return made[0]

    return content


def table(folder, name):
    return pd.read_csv(folder / name, encoding="utf-8-sig", dtype={"zone_id": str})


def test_a_report_is_written_and_told_and_its_tables_are_those_of_the_other_commands(
    project,  # noqa: F811
    kept,  # noqa: F811
    tmp_path,
    capsys,
):
    out = tmp_path / "成果"
    plan = ["--plan", "shandong-2018", "--year", "2022"]
    words = ["report", str(project), *plan, "--scenario", kept.scenario_id, "--sites", "1"]
    assert cli.main([*words, "--only", "tables", "--out", str(out)]) == 0
    said, complained = capsys.readouterr()
    assert complained == ""
    lines = said.splitlines()
    assert lines[0] == "项目「小县」：1 个行政单元、2 个需求点、1 处设施、1 段道路"
    assert any("2022 年：共 62 项" in line for line in lines)
    assert "已证明最优" in lines
    written = sorted(file.name for file in out.iterdir())
    assert lines[-1].startswith(f"成果写到「{out}」，{len(written)} 个文件：")
    assert {"targets.csv", "scenario_readings.csv", "sites.geojson"} <= set(written)
    # 300 of the 400 people are near the clinic; with the scenario's clinic all are.
    readings = table(out, "scenario_readings.csv")
    whole = readings[readings["zone_id"].isna() & (readings["reading_id"] == "health_circle_15")]
    assert whole["covered_before"].tolist() == [300.0]

    for job, more in {"assess": [], "targets": plan, "site": ["--sites", "1"]}.items():
        assert cli.main([job, str(project), *more, "--out", str(tmp_path / job)]) == 0
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    same = []
    for name in (one["file"] for one in told["outputs"] if one["part"] == "tables"):
        theirs = [tmp_path / job / name for job in ("assess", "targets", "site")]
        theirs = [file for file in theirs if file.exists()]
        assert theirs or name.startswith("scenario")
        # That of a siting question holds the seconds that the search took.
        if theirs and name != "siting.json":
            assert (out / name).read_bytes() == theirs[0].read_bytes(), name
            same.append(name)
    assert {"demand.csv", "targets.csv", "failing_units.csv", "sites.geojson"} <= set(same)


def test_other_numbers_end_with_another_code(project, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "o"
    words = ["--layers", "zones", "--format", "geojson", "--out", str(out)]
    assert cli.main(["export", str(project), *words]) == 0
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    told["outputs"][0]["sha256"] = "0" * 64
    (out / "manifest.json").write_text(json.dumps(told), "utf-8")
    capsys.readouterr()
    assert cli.main(["replay", str(out), "--out", str(tmp_path / "again")]) == 2
    said = capsys.readouterr().out.splitlines()
    first = told["outputs"][0]["file"]
    assert f"不一致：1 个文件重算后与清单不同：{first}" in said[-2]
    assert said[-1].startswith(f"重算的成果写到「{tmp_path / 'again'}」，")


def test_files_of_an_earlier_report_and_manifests_of_others_are_told(
    project,  # noqa: F811
    tmp_path,
    capsys,
    monkeypatch,
):
    monkeypatch.setitem(report_folder.WRITERS, "tables", lambda _content: {"a.csv": b"a"})
    monkeypatch.setitem(report_folder.WRITERS, "html", lambda _content: {"b.html": b"b"})
    monkeypatch.setattr(report_command, "report_content", once(report_command))
    out = tmp_path / "o"
    words = ["report", str(project), "--out", str(out), "--only"]
    assert cli.main([*words, "tables,html"]) == 0
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    shutil.move(out / "manifest.json", out / "manifest-report.json")
    (out / "manifest.json").write_text(json.dumps({**told, "job": "site", "outputs": []}), "utf-8")
    capsys.readouterr()
    assert cli.main([*words, "tables"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-3:-1] == [
        "上次成果里这次没有的文件已删去：b.html",
        "「o」里已有 site 的结果，它的清单改名为 manifest-site.json，仍可照它重算",
    ]


def test_what_stands_in_the_way_is_told_before_anything_is_computed(
    project,  # noqa: F811
    tmp_path,
    capsys,
    monkeypatch,
):
    monkeypatch.setattr(report_command, "report_content", None)  # would raise if it came so far
    out = tmp_path / "o"
    with output_set(out):
        for job in ("report", "assess", "export"):
            assert fails(capsys, job, str(project), "--out", str(out)) == (
                f"另一个 QuanTu 正在往「{out}」写结果，请等它完成，或换一个输出文件夹。"
            )
    (out / "manifest.json").write_text("{}", "utf-8")
    assert fails(capsys, "report", str(project), "--out", str(out)).endswith(
        "或写出后改过：manifest.json。没有写出成果，这些文件没有改动。"
        "请用 --out 换一个文件夹，或先把它们移走、改名。"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--only", "ppt"], "--only 写的“ppt”不认识，可写 "),
        (["--only", ",,"], "--only 没有写明要哪几样，可写 "),
        (["--plan", "jinan-2022"], "写了规划，还要用 --year 写明核算年份"),
        (["--interpolate"], "写了 --interpolate，还要用 --year 写明核算年份，如 --year 2025。"),
        (["--plan", "jinan-2023", "--year", "2025"], "没有“jinan-2023”这个规划，最接近的是"),
        (["--scenario", "none"], "找不到情景「none」"),
        (["--model", "upgrade"], "报告里不能直接求「upgrade」"),
        (["--sites", "1", "--standard", "nope"], "标准“nope”不存在"),
        (["--standard", "health_circle_15"], "--standard 只用于选址，还要用 --sites 写明新建几处"),
        (["--seed", "0"], "--seed 只用于选址，还要用 --sites 写明新建几处，或用 --model 写明"),
        (["--sites", "0"], "--sites 应为不小于 1 的整数，现为 0。请改正命令。"),
        (["--model", "p_median", "--sites", "-1"], "--sites 应为不小于 1 的整数，现为 -1。"),
        (["--model", "closing", "--sites", "2"], "模型「撤并"),
    ],
)
def test_a_wrong_word_is_one_sentence_and_nothing_is_written(
    project,  # noqa: F811
    tmp_path,
    capsys,
    words,
    sentence,
):
    out = tmp_path / "o"
    assert fails(capsys, "report", str(project), "--out", str(out), *words).startswith(sentence)
    assert not out.exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("capacity", "inf"), ("budget", "nan"), ("within", "inf"), ("share", "nan"),
        ("time-limit", "nan"), ("time-limit", "-inf"),
    ],
)  # fmt: skip
def test_a_number_that_no_manifest_can_hold_is_refused(project, tmp_path, capsys, option, value):  # noqa: F811
    out = tmp_path / "o"
    words = ["site", str(project), "--out", str(out), "--sites", "1", f"--{option}={value}"]
    assert fails(capsys, *words) == (
        f"--{option} 应为有限的数字，现为 {value}。请写明数字，或不写这一项。"
    )
    assert not out.exists()


def test_a_replay_of_nothing_is_one_sentence(tmp_path, capsys):
    assert fails(capsys, "replay", str(tmp_path)).startswith("找不到清单「manifest.json」")
