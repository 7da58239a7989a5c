"""The command `targets`: what it writes, what it says, and how it fails."""

from __future__ import annotations

import functools
import json
from io import BytesIO

import openpyxl
import pandas as pd
import pytest

import cli
from coverage.target_contracts import (
    FAILING_UNITS_RESULT,
    NEW_SITES_RESULT,
    TARGETS_RESULT,
    WAIVED_RESULT,
)
from layers.planning import project_plans
from layers.plans import load_plans
from reports.target_results import TARGET_FILES
from tests.test_cli import project  # noqa: F401 - a fixture

HOSTILE = '=HYPERLINK("http://x")<script>{{7*7}}'

OWN = """\
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
values = [{year = 2025, value = 90}, {year = 2030, value = 100}]
baseline = [{year = 2020, value = 50}]
binding = "约束性"
[[targets]]
id = "literacy"
indicator = "居民健康素养水平"
rule = "reported"
section = "一、（二）"
quote = "居民健康素养水平达到 30%"
unit = "%"
values = [{year = 2025, value = 30}]
[[targets]]
id = "open"
indicator = "每千人口床位"
rule = "capacity_per_population"
section = "一、（三）"
quote = "床位合理"
unit = "张"
per = 1000
subject = "综合医院.床位"
open = "规划没有给出数值"
"""

CHOICES = """\
[plans]
use = ["own.toml"]
[[reported]]
target = "own-plan/literacy"
year = 2024
value = 31
source = "=公报"
"""


@pytest.fixture(autouse=True)
def _plans_once(monkeypatch):
    """The shipped plans are read once for all tests of this file."""
    monkeypatch.setattr(project_plans, "load_plans", _shipped)


@functools.cache
def _read():
    return load_plans()


def _shipped(**_):
    return _read()


@pytest.fixture
def county(project):  # noqa: F811 - the fixture of another file
    """The small county with a plan of its own; its villages have names that try to run."""
    text = (project / "villages.csv").read_text("utf-8")
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    (project / "villages.csv").write_text(text.replace("远村", quoted), "utf-8")
    (project / "own.toml").write_text(OWN, "utf-8")
    (project / "targets.toml").write_text(CHOICES, "utf-8")
    return project


def run(folder, out, *more):
    return cli.main(["targets", str(folder), "--out", str(out), "--year", "2025", *more])


def table(out, name):
    return pd.read_csv(
        BytesIO((out / name).read_bytes()), encoding="utf-8-sig",
        dtype={"zone_id": str, "unit_id": str}, keep_default_na=False,
    )  # fmt: skip


def test_every_file_is_written_and_the_lines_tell_verdicts_and_gaps(county, tmp_path, capsys):
    out = tmp_path / "结果"
    assert run(county, out) == 0
    assert sorted(one.name for one in out.iterdir()) == sorted(TARGET_FILES)
    said, complained = capsys.readouterr()
    assert complained == ""
    # 300 of 400 people live 450 m from the clinic, 100 live 7.7 km away; 60 people are missing.
    assert said.splitlines() == [
        "《某县规划》2025 年：共 3 项，达标 1，未达标 1，未设目标 1",
        "缺口之1：2公里内有村卫生室的人口比例，现值 75%，目标 90%，差 60 人",
        "注意：《某县规划》是某县的规划，无法从单元代码判断“小县”是否属于某县，不属于的只供参照",
        f"结果写到「{out}」：{'、'.join(TARGET_FILES)}",
    ]


def test_the_tables_have_their_columns_and_every_text_is_text(county, tmp_path):
    assert run(county, tmp_path / "o") == 0
    for name, contract in (
        ("targets.csv", TARGETS_RESULT),
        ("failing_units.csv", FAILING_UNITS_RESULT),
        ("waived_units.csv", WAIVED_RESULT),
        ("new_sites.csv", NEW_SITES_RESULT),
    ):
        assert list(table(tmp_path / "o", name)) == [one.name for one in contract.columns]
    failing = table(tmp_path / "o", "failing_units.csv")
    assert failing["unit_name"].tolist() == ["'" + HOSTILE]
    assert failing[["unit_id", "status", "short", "label"]].to_numpy().tolist() == [
        ["02", "未达标", 100.0, "测试数据"]
    ]
    values = table(tmp_path / "o", "targets.csv")
    whole = values[values["zone_id"] == ""].set_index("target_id")
    row = whole.loc["own-plan/clinics-near"]
    assert (float(row["value"]), float(row["gap"]), row["verdict"]) == (75.0, 60.0, "未达标")
    assert row["clause"] == "一、（一）：2公里内有村卫生室的人口达到 90%"
    assert "（来源：=公报）" in whole.loc["own-plan/literacy", "notes"]


def test_the_workbook_opens_again_with_nothing_that_runs(county, tmp_path):
    assert run(county, tmp_path / "o") == 0
    book = openpyxl.load_workbook(tmp_path / "o" / "targets.xlsx")
    assert book.sheetnames == ["指标汇总", "分单元", "未达标对象", "豁免", "最少新建", "说明"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}, "no formula"
    assert not any(cell.hyperlink for cell in cells)
    names = [cell.value for cell in book["未达标对象"][2]]
    assert any(str(name).startswith("=HYPERLINK") for name in names)
    head = [cell.value for cell in book["指标汇总"][1]]
    first = dict(zip(head, [cell.value for cell in book["指标汇总"][2]], strict=True))
    assert (first["现值"], first["目标值"], first["结论"], first["缺口"]) == (75, 90, "未达标", 60)
    assert any("测试数据" in str(cell.value) for cell in book["说明"]["A"])


def test_json_and_manifest_tell_where_the_numbers_come_from(county, tmp_path):
    assert run(county, tmp_path / "o", "--interpolate") == 0
    content = json.loads((tmp_path / "o" / "targets.json").read_text("utf-8"))
    assert content["verdicts"] == {
        "达标": 1, "未达标": 1, "尚未到期": 0, "未设目标": 1, "数据不足": 0,
    }  # fmt: skip
    target = content["plans"][0]["targets"][0]
    assert (target["value"], target["binding"], target["values"]) == (
        75.0, "约束性", {"2025": 90, "2030": 100},
    )  # fmt: skip
    assert [one["zone_name"] for one in target["zones"]] == ["东镇"]
    least = target["least_sites"]
    assert (least["sites"], least["at_least"], least["reaches"]) == (1, 1, True)
    assert [(one["adds"], one["builds"]) for one in least["places"]] == [(100.0, "村卫生室")]
    assert least["sentence"] == ("至少新建 1 处（已证明最少），就达到目标 90%（届时为 100%）。")
    assert content["plans"][0]["targets"][1]["least_sites"] is None
    text = (tmp_path / "o" / "manifest.json").read_text("utf-8")
    manifest = json.loads(text)
    assert {"own.toml", "targets.toml", "villages.csv"} <= {
        one["file"] for one in manifest["inputs"]
    }
    assert manifest["settings"]["targets"] == {"plans": ["own-plan"], "interpolate": True}
    assert manifest["year"] == 2025
    assert {one["file"] for one in manifest["outputs"]} == set(TARGET_FILES) - {"manifest.json"}
    assert str(tmp_path) not in text


def test_the_same_inputs_give_the_same_bytes(county, tmp_path):
    for name in ("a", "b"):
        assert run(county, tmp_path / name) == 0
    for name in TARGET_FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_interpolation_asks_for_a_year_between(county, tmp_path):
    for more in ((), ("--interpolate",)):
        out = tmp_path / f"o{len(more)}"
        assert cli.main(["targets", str(county), "--out", str(out), "--year", "2027", *more]) == 0
        values = table(out, "targets.csv")
        row = values[values["target_id"] == "own-plan/clinics-near"].iloc[0]
        # 90 in 2025 and 100 in 2030: 94 in 2027; else the next that is due.
        assert (float(row["target"]), row["verdict"]) == (
            (94.0, "未达标") if more else (100.0, "尚未到期")
        )


def test_a_shipped_plan_by_name_and_a_project_without_choices(county, tmp_path, capsys):
    (county / "targets.toml").unlink()
    assert run(county, tmp_path / "o", "--plan", "jinan-2022") == 0
    said = capsys.readouterr().out
    total = len(_read()["jinan-2022"].targets)
    assert f"《{_read()['jinan-2022'].title}》2025 年：共 {total} 项" in said
    assert len(table(tmp_path / "o", "targets.csv")) == 2 * total  # the county and its one zone


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--plan", "jinan-2202"], "没有“jinan-2202”这个规划，最接近的是“jinan-2022”；"),
        (["--year", "1700"], "命令写得不对"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(county, tmp_path, capsys, words, told):
    assert run(county, tmp_path / "o", *words) == cli.MISTAKE
    said, complained = capsys.readouterr()
    assert said == ""
    assert complained.startswith(told)
    assert len(complained.splitlines()) == 1
    assert not (tmp_path / "o").exists()


def test_a_zone_that_is_not_there_is_told_before_anything_is_written(county, tmp_path, capsys):
    text = (county / "targets.toml").read_text("utf-8")
    (county / "targets.toml").write_text(text + 'zone = "99"\n', "utf-8")
    assert run(county, tmp_path / "o") == cli.MISTAKE
    assert "项目里没有代码为“99”的行政单元" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_results_never_take_the_place_of_an_input(county, tmp_path, capsys):
    (county / "villages.csv").rename(county / "targets.csv")
    toml = (county / "project.toml").read_text("utf-8")
    (county / "project.toml").write_text(toml.replace("villages.csv", "targets.csv"), "utf-8")
    assert run(county, county) == cli.MISTAKE
    assert "结果会盖掉项目的数据文件「targets.csv」" in capsys.readouterr().err
