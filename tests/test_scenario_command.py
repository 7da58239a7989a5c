"""Kept scenarios run again by the commands `assess` and `targets`."""

from __future__ import annotations

import json
from io import BytesIO

import pandas as pd
import pytest

import cli
from coverage.assessment import assess
from coverage.changes.road_change import RoadChange
from coverage.scenario import FacilityAction, Scenario, apply_scenario
from layers.loading import load
from layers.project import chosen_modes, chosen_standards, chosen_uncertainty, load_project
from layers.scenarios import write_scenario
from layers.standards import load_kinds, load_modes, load_standards
from layers.tried.degrees import places_from_degrees
from reports.results import FILE_NAMES
from tests.test_cli import fails, project  # noqa: F401 - a fixture


def loaded(folder):
    """The layers of a project and what they are assessed with."""
    chosen = load_project(folder)
    kinds, modes = load_kinds(), chosen_modes(chosen, load_modes())
    standards = chosen_standards(chosen, load_standards())
    layers = load(chosen, standards=standards, modes=modes, kinds=kinds).layers
    return chosen, layers, standards, kinds, modes


@pytest.fixture
def kept(project):  # noqa: F811 - the fixture
    """A clinic beside 远村, and the road closed west of 近村."""
    chosen, layers, *_ = loaded(project)
    crs = layers.roads.crs
    clinic, closed = places_from_degrees([(117.139, 36.05), (117.058, 36.05)], crs)
    end = places_from_degrees([(117.0585, 36.05)], crs)[0]
    actions = (
        FacilityAction("add", "new-1", "新室", "village_clinic", clinic, cost=20.0),
        RoadChange("r1", "封西路", "close", (closed, end)),
    )
    scenario = Scenario("plan-1", "东建<b>西封", actions)
    write_scenario(chosen, scenario, crs)
    return scenario


def table(out, name):
    return pd.read_csv(BytesIO((out / name).read_bytes()), encoding="utf-8-sig")


def test_a_kept_scenario_is_run_again(project, kept, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "out"
    assert cli.main(["assess", str(project), "--scenario", "plan-1", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "试算结果（情景「东建<b>西封」），不是现状；测试数据" in said
    assert "项目「小县」：1 个行政单元、2 个需求点、2 处设施" in said

    chosen, layers, standards, kinds, modes = loaded(project)
    tried = apply_scenario(layers, kept, kinds=kinds, modes=modes).layers
    by_hand = assess(
        tried, standards=standards, modes=modes, uncertainty=chosen_uncertainty(chosen)
    )
    demand = table(out, "demand.csv")
    for column in ("travel_time_s", "distance_m", "covered"):
        name = f"health_circle_15_{column}"
        assert demand[name].tolist() == pytest.approx(by_hand.demand[name].tolist(), abs=1e-6)
    zones = table(out, "zones.csv")
    assert zones["share"].tolist() == pytest.approx(by_hand.zones["share"].tolist(), nan_ok=True)
    facilities = table(out, "facilities.csv").set_index("facility_id")
    assert facilities["origin"].to_dict() == {"w1": "list", "new-1": "scenario"}
    assert demand["health_circle_15_covered"].tolist() == [False, True]

    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert "scenarios/plan-1.toml" in [entry["file"] for entry in manifest["inputs"]]
    notices = json.loads((out / "summary.json").read_text(encoding="utf-8"))["notices"]
    told = [one["message"] for one in notices if one["code"] == "scenario"]
    assert told[0] == "新增村卫生室「新室」，费用 20 万元。"
    assert len(told) == 2


def test_the_file_does_as_well_and_gives_the_same_bytes(project, kept, tmp_path):  # noqa: F811
    file = str(project / "scenarios" / "plan-1.toml")
    for name, word in (("a", "plan-1"), ("b", file)):
        words = ["assess", str(project), "--scenario", word, "--out", str(tmp_path / name)]
        assert cli.main(words) == 0
    for name in FILE_NAMES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert kept.scenario_id == "plan-1"


def test_targets_with_a_scenario(project, kept, tmp_path):  # noqa: F811
    words = ["targets", str(project), "--year", "2025", "--plan", "jinan-2022"]
    assert cli.main([*words, "--out", str(tmp_path / "now")]) == 0
    tried = tmp_path / kept.scenario_id
    assert cli.main([*words, "--scenario", "plan-1", "--out", str(tried)]) == 0
    for out in (tmp_path / "now", tried):
        label = table(out, "targets.csv")["label"].iloc[0]
        assert ("试算结果（情景" in label) == (out == tried)
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        files = [entry["file"] for entry in manifest["inputs"]]
        assert ("scenarios/plan-1.toml" in files) == (out == tried)


def test_what_is_wrong_is_one_sentence(project, kept, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "out"
    words = ("assess", str(project), "--out", str(out), "--scenario")
    assert fails(capsys, *words, "plan-9") == (
        "找不到情景「plan-9」，也没有这个文件；项目里有 plan-1。请改正后重试。"
    )
    assert not out.exists()
    file = project / "scenarios" / f"{kept.scenario_id}.toml"
    file.write_text(
        'name = "错"\n[[actions]]\nfacility = {id = "x9", action = "close"}\n', encoding="utf-8"
    )
    # The file alone is sound; the facility is not in the data.
    assert fails(capsys, *words, "plan-1") == (
        "第 1 项动作：关闭设施「x9」在设施数据里找不到，请核对代码。"
    )
