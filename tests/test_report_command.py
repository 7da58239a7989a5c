"""The commands `report` and `replay`: what they write, what they say, and how they fail."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import cli
from tests.test_cli import fails, project  # noqa: F401 - a fixture
from tests.test_scenario_command import kept  # noqa: F401 - a fixture


def table(folder, name):
    return pd.read_csv(folder / name, encoding="utf-8-sig", dtype={"zone_id": str})


def test_a_report_is_written_told_and_made_again(project, kept, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "成果"
    words = ["report", str(project), "--plan", "shandong-2018", "--year", "2022"]
    words += ["--scenario", kept.scenario_id, "--sites", "1", "--only", "tables,html"]
    assert cli.main([*words, "--out", str(out)]) == 0
    said, complained = capsys.readouterr()
    assert complained == ""
    lines = said.splitlines()
    assert lines[0] == "项目「小县」：1 个行政单元、2 个需求点、1 处设施、1 段道路"
    assert any("2022 年：共 62 项" in line for line in lines)
    assert "已证明最优" in lines
    written = sorted(file.name for file in out.iterdir())
    assert lines[-1].startswith(f"成果写到「{out}」，{len(written)} 个文件：")
    assert {"targets.csv", "scenario_readings.csv", "sites.geojson", "小县_网页地图.html"} <= set(
        written
    )
    # 300 of the 400 people are near the clinic; with the scenario's clinic all are.
    readings = table(out, "scenario_readings.csv")
    whole = readings[readings["zone_id"].isna() & (readings["reading_id"] == "health_circle_15")]
    assert whole["covered_before"].tolist() == [300.0]

    assert cli.main(["replay", str(out / "manifest.json")]) == 0
    count = sum(name.endswith((".csv", ".json", ".geojson")) for name in written) - 1
    assert capsys.readouterr().out == f"一致：{count} 个 CSV、JSON 文件重算后逐字节相同\n"


def test_the_tables_are_those_of_the_other_commands(project, tmp_path):  # noqa: F811
    assert cli.main(["assess", str(project), "--out", str(tmp_path / "a")]) == 0
    words = [str(project), "--plan", "jinan-2022", "--year", "2025", "--out"]
    assert cli.main(["targets", *words, str(tmp_path / "t")]) == 0
    assert cli.main(["site", str(project), "--sites", "1", "--out", str(tmp_path / "s")]) == 0
    assert (
        cli.main(["report", *words, str(tmp_path / "r"), "--sites", "1", "--only", "tables"]) == 0
    )
    told = json.loads((tmp_path / "r" / "manifest.json").read_text("utf-8"))
    places = [tmp_path / each for each in "ats"]
    for name in (entry["file"] for entry in told["outputs"]):
        if name != "siting.json":  # holds the seconds that the search took
            theirs = next(each / name for each in places if (each / name).exists())
            assert (tmp_path / "r" / name).read_bytes() == theirs.read_bytes(), name


def test_other_numbers_end_with_another_code(project, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "o"
    assert cli.main(["report", str(project), "--out", str(out), "--only", "tables"]) == 0
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    told["outputs"][0]["sha256"] = "0" * 64
    (out / "manifest.json").write_text(json.dumps(told), "utf-8")
    capsys.readouterr()
    assert cli.main(["replay", str(out), "--out", str(tmp_path / "again")]) == 2
    said = capsys.readouterr().out.splitlines()
    first = told["outputs"][0]["file"]
    assert f"不一致：1 个文件重算后与清单不同：{first}" in said[-2]
    assert said[-1].startswith(f"重算的成果写到「{tmp_path / 'again'}」，")


def test_files_of_an_earlier_report_are_told_when_they_go(project, tmp_path, capsys):  # noqa: F811
    out = str(tmp_path / "o")
    assert cli.main(["report", str(project), "--out", out, "--only", "tables,html"]) == 0
    capsys.readouterr()
    assert cli.main(["report", str(project), "--out", out, "--only", "tables"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-2] == "上次成果里这次没有的文件已删去：小县_网页地图.html"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--only", "ppt"], "--only 写的“ppt”不认识，可写 "),
        (["--plan", "jinan-2022"], "写了规划，还要用 --year 写明核算年份"),
        (["--plan", "jinan-2023", "--year", "2025"], "没有“jinan-2023”这个规划，最接近的是"),
        (["--scenario", "none"], "找不到情景「none」"),
        (["--model", "upgrade"], "报告里不能直接求「upgrade」"),
        (["--sites", "1", "--standard", "nope"], "标准“nope”不存在"),
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


def test_a_replay_of_nothing_is_one_sentence(tmp_path, capsys):
    assert fails(capsys, "replay", str(tmp_path)).startswith("找不到清单「manifest.json」")
