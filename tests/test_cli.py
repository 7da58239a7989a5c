"""The command face: what it writes, what it says, and how it fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from io import BytesIO

import pandas as pd
import pytest

import cli
from reports import assessment_lines
from reports.assessment_lines import report_lines
from reports.commands import assess_job
from reports.results import FILE_NAMES
from tests.hand_made import assessment

PROJECT = """\
[project]
name = "小县"
label = "测试数据"
[boundaries]
file = "zones.geojson"
columns = {id = "code", name = "name"}
level = "township"
[roads]
file = "edges.csv"
nodes = "nodes.csv"
crs = "WGS84"
columns = {node_id = "node", lon = "lon", lat = "lat", from_node = "u", to_node = "v", length_km = "km"}
[demand]
file = "villages.csv"
crs = "WGS84"
columns = {id = "编码", name = "村名", lon = "经度", lat = "纬度", population = "人口"}
[[facilities]]
file = "clinics.csv"
crs = "WGS84"
kind = "village_clinic"
columns = {id = "编码", name = "名称", lon = "经度", lat = "纬度"}
[assessment]
standards = ["health_circle_15"]
"""

ZONES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "370001", "name": "东镇"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[117.0, 36.0], [117.2, 36.0], [117.2, 36.1], [117.0, 36.1], [117.0, 36.0]]
                ],
            },
        }
    ],
}

# One road of 0.1 degrees of longitude, 9.02 km at this latitude.
NODES = "node,lon,lat\n1,117.05,36.05\n2,117.15,36.05\n"
EDGES = "u,v,km\n1,2,9.02\n"
VILLAGES = "编码,村名,经度,纬度,人口\n01,近村,117.06,36.05,300\n02,远村,117.14,36.05,100\n"
CLINICS = "编码,名称,经度,纬度\nw1,=卫生室<script>,117.055,36.05\n"


def small_county(place):
    """The folder of a small project, in a folder."""
    folder = place / "小 县"
    folder.mkdir()
    (folder / "zones.geojson").write_text(json.dumps(ZONES, ensure_ascii=False), encoding="utf-8")
    for name, text in (
        ("project.toml", PROJECT),
        ("nodes.csv", NODES),
        ("edges.csv", EDGES),
        ("villages.csv", VILLAGES),
        ("clinics.csv", CLINICS),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path):
    """A small project of a test's own."""
    return small_county(tmp_path)


def test_assess_writes_every_file_and_says_what_it_found(project, tmp_path, capsys):
    out = tmp_path / "结果"
    assert cli.main(["assess", str(project), "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == sorted(FILE_NAMES)
    said, complained = capsys.readouterr()
    assert complained == ""
    lines = said.splitlines()
    assert lines[:2] == [
        "项目「小县」：1 个行政单元、2 个需求点、1 处设施、1 段道路",
        "数据说明：测试数据",
    ]
    assert any("：覆盖 300 人，占 75.0%（目标 " in line for line in lines)
    assert any(line.endswith("覆盖 1/2 个村（社区）") for line in lines)
    assert lines[-1] == f"结果写到「{out}」：{'、'.join(FILE_NAMES)}"

    demand = pd.read_csv(
        BytesIO((out / "demand.csv").read_bytes()), encoding="utf-8-sig", dtype={"demand_id": str}
    )
    assert demand["demand_id"].tolist() == ["01", "02"]
    assert demand["health_circle_15_covered"].tolist() == [True, False]
    # 0.005 degrees of longitude on this road are 451 m; riding at 10 km/h takes 162 s.
    assert demand["health_circle_15_travel_time_s"].iloc[0] == pytest.approx(162.4, rel=0.02)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["file"] for entry in manifest["inputs"]] == [
        "clinics.csv", "edges.csv", "nodes.csv", "project.toml", "villages.csv", "zones.geojson",
    ]  # fmt: skip
    assert str(tmp_path) not in (out / "manifest.json").read_text(encoding="utf-8")


def test_the_same_inputs_give_the_same_bytes(project, tmp_path):
    for name in ("a", "b"):
        assert (
            cli.main(["assess", str(project / "project.toml"), "--out", str(tmp_path / name)]) == 0
        )
    for name in FILE_NAMES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_the_order_of_rows_changes_no_number(project, tmp_path):
    assert cli.main(["assess", str(project), "--out", str(tmp_path / "a")]) == 0
    head, *rows = VILLAGES.splitlines()
    (project / "villages.csv").write_text("\n".join([head, *rows[::-1]]) + "\n", encoding="utf-8")
    assert cli.main(["assess", str(project), "--out", str(tmp_path / "b")]) == 0
    assert (tmp_path / "a/zones.csv").read_bytes() == (tmp_path / "b/zones.csv").read_bytes()


def fails(capsys, *words):
    """The one sentence of a command that fails as a planner's mistake does."""
    assert cli.main(list(words)) == 2
    said, complained = capsys.readouterr()
    assert said == ""
    assert complained.count("\n") == 1
    return complained.rstrip("\n")


def test_a_project_that_is_not_there(tmp_path, capsys):
    missing = tmp_path / "没有"
    out = tmp_path / "out"
    sentence = fails(capsys, "assess", str(missing), "--out", str(out))
    assert sentence.startswith("找不到项目文件「没有」")
    assert not out.exists()


def test_an_output_folder_that_is_a_file_is_told_before_any_work(
    project, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "out"
    out.write_text("")
    monkeypatch.setattr(assess_job, "load", None)  # would raise if it came so far
    assert fails(capsys, "assess", str(project), "--out", str(out)) == (
        f"输出位置「{out}」是一个文件，不是文件夹，请换一个输出文件夹。"
    )


def test_results_never_replace_the_projects_own_files(project, capsys):
    (project / "villages.csv").rename(project / "demand.csv")
    text = PROJECT.replace("villages.csv", "demand.csv")
    (project / "project.toml").write_text(text, encoding="utf-8")
    assert fails(capsys, "assess", str(project), "--out", str(project)) == (
        "结果会盖掉项目的数据文件「demand.csv」，请用 --out 换一个输出文件夹。"
    )
    assert (project / "demand.csv").read_text(encoding="utf-8") == VILLAGES


def test_bad_data_is_one_sentence_and_the_old_results_stay(project, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["assess", str(project), "--out", str(out)]) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    capsys.readouterr()
    (project / "villages.csv").write_text(VILLAGES.replace(",300", ",-300"), encoding="utf-8")
    sentence = fails(capsys, "assess", str(project), "--out", str(out))
    assert "villages.csv" in sentence
    assert "-300" in sentence
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("foo", ""),
        ("assess", "，缺少 PROJECT：项目文件夹（内有 project.toml）或项目文件"),
        ("assess x", "，缺少 --out DIR：结果写到这个文件夹"),
        ("assess x --ou y", "，没有 --ou 这个选项"),
        ("assess x --out", "，--out 后面没有写内容"),
        ("assess x y --out z", ""),
    ],
)
def test_words_it_does_not_know(words, fault, capsys):
    assert fails(capsys, *words.split()) == (
        f"命令写得不对：{words}{fault}。请运行 python cli.py --help 查看用法。"
    )


@pytest.mark.parametrize("words", [("a\0b", "--out", "c"), ("a", "--out", "b\0c")])
def test_a_zero_character_in_a_path(words, capsys):
    assert fails(capsys, "assess", *words) == "命令里有零字节，路径里不能有。请改正后重试。"


def test_an_output_folder_that_is_no_path(project, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    assert fails(capsys, "assess", str(project), "--out", "loop") == (
        "输出文件夹「loop」不能用：链接绕成了圈，指不到任何文件。请改正路径后重试。"
    )
    assert fails(capsys, "assess", str(project), "--out", "长" * 100) == (
        f"输出文件夹「{'长' * 40}…」不能用：名称太长。请改正路径后重试。"
    )


def test_nothing_is_written_when_the_report_cannot_be_made(project, tmp_path, monkeypatch):
    monkeypatch.setattr(assessment_lines, "share_text", None)
    with pytest.raises(TypeError):
        cli.main(["assess", str(project), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


def test_help_shows_the_commands_there_are(capsys):
    for words in ([], ["--help"]):
        assert cli.main(words) == 0
        said, _ = capsys.readouterr()
        assert re.search(r"assess +评估一个项目", said)
        assert re.search(r"targets +核算规划指标", said)


def test_a_bug_is_a_traceback_and_no_sentence(project, tmp_path, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(assess_job, "load", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main(["assess", str(project), "--out", str(tmp_path / "out")])


def test_ctrl_c_says_so(project, tmp_path, monkeypatch, capsys):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(assess_job, "load", interrupted)
    assert cli.main(["assess", str(project), "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr() == ("", "已停止，没有写出结果。\n")


def test_names_cannot_steer_the_terminal(capsys):
    cli._print("村\x1b]0;title\x07\n=1\u202e圈")
    assert capsys.readouterr().out == "村 ]0;title  =1 圈\n"


def test_unknown_population_is_said_so():
    result = assessment()
    result.zones.loc[result.zones["zone_id"] == "", "share"] = float("nan")
    lines = report_lines(result)
    assert lines[2] == "15分钟健康服务圈·15分钟（路网）：人口未知；覆盖 1/2 个村（社区）"
    assert lines[-1] == "注意：有 1 个需求点在研究区以外。"


def test_a_population_of_nobody_is_not_called_unknown(project, tmp_path, capsys):
    text = VILLAGES.replace(",300", ",0").replace(",100", ",0")
    (project / "villages.csv").write_text(text, encoding="utf-8")
    assert cli.main(["assess", str(project), "--out", str(tmp_path / "out")]) == 0
    line = capsys.readouterr().out.splitlines()[2]
    assert line == "15分钟健康服务圈·15分钟（步行或骑行）：人口为 0；覆盖 1/2 个村（社区）"


def test_a_pipe_gets_utf8_and_no_progress_bar(project, root, tmp_path):
    done = subprocess.run(
        [sys.executable, str(root / "cli.py"), "assess", project.name, "--out", "结 果"],
        cwd=tmp_path,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "20"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode("utf-8")
    assert "\x1b" not in said
    assert said.splitlines()[-1] == f"结果写到「结 果」：{'、'.join(FILE_NAMES)}"
