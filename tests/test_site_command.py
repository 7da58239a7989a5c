"""The command `site`: what it writes, what it says, and how it fails."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
from io import BytesIO

import pandas as pd
import pytest

import cli
from coverage.assessment import assess
from coverage.candidates import village_candidates
from coverage.scenario import FacilityAction, Scenario
from coverage.siting_contracts import SITING_RESULTS
from coverage.studies.study_sites import SitingQuestion, answer_siting, siting_ground
from coverage.studies.study_trips import StudyTrips
from layers.loading import load
from layers.project import chosen_modes, chosen_standards, load_project
from layers.standards import load_kinds, load_modes, load_standards
from layers.tried.scenario_text import scenario_text
from reports.commands import site_job
from reports.commands.site_words import curve_counts, upgrade_kinds, years_of
from reports.siting_results import SITING_FILES
from reports.solver_watch import solver_watch
from tests.test_cli import project  # noqa: F401 - a fixture

HOSTILE = '=HYPERLINK("http://x")<script>{{7*7}}'


@pytest.fixture
def county(project):  # noqa: F811 - the fixture of another file
    """The small county; one of its villages has a name that tries to run."""
    text = (project / "villages.csv").read_text("utf-8")
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    (project / "villages.csv").write_text(text.replace("远村", quoted), "utf-8")
    return project


def run(folder, out, *more):
    return cli.main(["site", str(folder), "--out", str(out), *more])


def table(out, name):
    text = (out / name).read_bytes()
    return pd.read_csv(
        BytesIO(text), encoding="utf-8-sig", dtype={"demand_id": str}, keep_default_na=False
    )


def test_every_file_is_written_and_the_lines_tell_plan_and_proof(county, tmp_path, capsys):
    out = tmp_path / "结果"
    assert run(county, out, "--sites", "1", "--curve", "1-2") == 0
    assert sorted(one.name for one in out.iterdir()) == sorted(SITING_FILES)
    said, complained = capsys.readouterr()
    assert complained == ""
    why = f"新增覆盖 1 个村（{HOSTILE} 100 人）；"
    why += "方案中只靠它覆盖的有 1 个村 100 人，就近到它的有 1 个村 100 人"
    # 300 of 400 people live 450 m from the clinic; the other village gets one of its own.
    assert said.splitlines() == [
        "项目「小县」：候选点 2 个",
        "数据说明：测试数据",
        "「15分钟健康服务圈·15分钟（步行或骑行）」定数设施覆盖最多的人：新建 1 处，现有 1 处全部保留",
        "方案：新建 1 处、保留现有 1 处；覆盖由 75.0% 变为 100.0%，+100 人、+1 个村",
        "已证明最优",
        "没有与之同优的其他方案",
        f"新建 1. {HOSTILE}：{why}",
        "曲线：1 处 100.0%，2 处 100.0%（都已证明最优）",
        f"结果写到「{out}」：{'、'.join(SITING_FILES)}",
    ]


def test_the_tables_have_their_columns_and_nothing_runs(county, tmp_path):
    assert run(county, tmp_path / "o", "--sites", "1", "--curve", "1-2") == 0
    out = tmp_path / "o"
    for contract in SITING_RESULTS[1:]:
        assert list(table(out, contract.name)) == [one.name for one in contract.columns]
    assert table(out, "assignment.csv")["demand_name"].tolist() == ["近村", "'" + HOSTILE]
    assert table(out, "assignment.csv")["covered_before"].tolist() == [True, False]
    assert table(out, "curve.csv")["added"].tolist() == [100.0, 0.0]
    places = json.loads((out / "sites.geojson").read_text("utf-8"))
    names = [one.name for one in SITING_RESULTS[0].columns if one.name != "geometry"]
    new, kept = places["features"]
    assert list(new["properties"]) == names
    assert new["properties"]["site_name"] == HOSTILE
    assert new["geometry"]["coordinates"] == pytest.approx([117.14, 36.05])
    assert (new["properties"]["state"], kept["properties"]["state"]) == ("new", "kept")
    assert places["label"] == "测试数据"


def test_the_summary_carries_the_proof_and_the_clock_alone_differs(county, tmp_path):
    told = []
    for name in ("a", "b"):
        assert run(county, tmp_path / name, "--sites", "1") == 0
        told.append(json.loads((tmp_path / name / "siting.json").read_text("utf-8")))
    seconds = [one.pop("seconds") for one in told]
    assert seconds[0]["solving"] > 0
    assert told[0] == told[1]
    assert (told[0]["status"], told[0]["gap"]) == ("optimal", 0.0)
    assert told[0]["objective"] == told[0]["bound"] == 400.0
    assert told[0]["figures"]["standing_share"] == 0.75
    assert told[0]["question"]["meaning"] == "新建 1 处，现有 1 处全部保留"
    for file in SITING_FILES:
        if file != "siting.json":
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text("utf-8"))
    entry = manifest["outputs"][-1]
    text = (tmp_path / "a" / "siting.json").read_text("utf-8")
    start, end = text.index('  "seconds": {'), text.index('  "selected"')
    still = text[:start] + '  "seconds": null,\n' + text[end:]
    assert entry == {
        "file": "siting.json",
        "without": "seconds",
        "bytes": len(still.encode()),
        "sha256": hashlib.sha256(still.encode()).hexdigest(),
    }


@pytest.mark.parametrize(
    "words",
    [
        ("location_set_covering",),
        ("maximal_covering", "--sites", "1", "--existing", "locked"),
        ("maximal_covering", "--sites", "1", "--existing", "closable"),
        ("maximal_covering", "--sites", "1", "--existing", "ignored"),
        ("p_median", "--sites", "1"),
        ("p_center", "--sites", "1"),
        ("backup_covering", "--sites", "1", "--times", "2"),
        ("equity_floor", "--share", "0.5"),
        ("standards_covering", "--sites", "1", "--also", "fitness_circle_15"),
        ("closing",),
        ("building_order", "--years", "2025:1,2030:2"),
    ],
    ids=lambda words: f"{words[0]}-{words[-1]}",
)
def test_every_model_is_reached(county, tmp_path, words, capsys):
    assert run(county, tmp_path / "o", "--model", *words) == 0, capsys.readouterr().err
    told = json.loads((tmp_path / "o" / "siting.json").read_text("utf-8"))
    assert told["status"] == "optimal"
    assert told["question"]["model"] == words[0]


CAPACITY = ["--capacity", "500", "--opening-cost", "100"]
MONEY = ["--budget", "90", "--site-cost", "30", "--bed-cost", "1", "--beds", "20"]


@pytest.mark.parametrize(
    "words",
    [
        ["capacitated_covering", "--sites", "1", *CAPACITY],
        ["capacitated_facility_location", *CAPACITY],
        ["budget_covering", "--persons-per-bed", "10", *MONEY],
    ],
    ids=lambda words: words[0],
)
def test_capacities_and_money_come_from_the_planner(county, tmp_path, words, capsys):
    assert run(county, tmp_path / "o", "--existing", "ignored", "--model", *words) == 0
    assert run(county, tmp_path / "p", "--model", *words) == 2
    assert "1 处现有设施没有填写" in capsys.readouterr().err
    told = json.loads((tmp_path / "o" / "siting.json").read_text("utf-8"))
    assert told["figures"]["covered_after"] > 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--sites", "3"], "要新建 3 处，但可用的候选点只有 2 个。请减少设施个数，或补充候选点。"),
        (["--model", "best"], "没有「best」这个模型，可用的有 location_set_covering、"),
        (["--standard", "x", "--sites", "1"], "标准“x”不存在，有的是 health_circle_15、"),
        (["--reading", "x", "--sites", "1"], "标准「15分钟健康服务圈」没有口径“x”，有的是 health"),
        (["--candidates", "moon", "--sites", "1"], "候选点来源“moon”不存在，可写 villages、facilit"),
        (["--curve", "9-1", "--sites", "1"], "--curve 应写成 1-20 或 5,10,15，最多 200 个个数"),
        (["--years", "25:1", "--model", "building_order"], "--years 应写成 2025:2,2030:5"),
        (["--within", "5", "--sites", "1"], "--within 不能小于「15分钟（步行或骑行）」的阈值 15 分钟"),
        (["--stations", "--sites", "1"], "「15分钟健康服务圈·15分钟（步行或骑行）」只算一段路程"),
        (["--model", "upgrade", "--sites", "1", "--upgrade", "a"], "--upgrade 应写成 原类别:新类别"),
        (["--sites", "1", "--time-limit", "0"], "求解时限应为大于 0 的秒数，现为 0.0。"),
        (["--model", "location_set_covering", "--share", "2"], "覆盖率要求应大于 0、不超过 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence_and_no_file(county, tmp_path, words, sentence, capsys):
    assert run(county, tmp_path / "o", *words) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith(sentence)
    assert len(complaint.splitlines()) == 1
    assert not (tmp_path / "o").exists()


def test_other_candidates_and_a_scenario(county, tmp_path, capsys):
    assert run(county, tmp_path / "o", "--candidates", "facilities,villages", "--sites", "1") == 0
    assert "候选点 2 个" in capsys.readouterr().out
    assert run(county, tmp_path / "g", "--candidates", "grid", "--sites", "1") == 0
    assert run(county, tmp_path / "x", "--scenario", "没有", "--sites", "1") == 2
    assert "没有" in capsys.readouterr().err


def test_candidates_are_read_of_the_project_as_the_scenario_leaves_it(
    county, tmp_path, monkeypatch, capsys
):
    """As the page reads them, so that both answer alike."""
    seen = []
    read = site_job.read_siting

    def watched(asked, layers):
        seen.append(layers)
        return read(asked, layers)

    monkeypatch.setattr(site_job, "read_siting", watched)
    assert run(county, tmp_path / "o", "--sites", "1") == 0
    first = seen[0].facilities.iloc[0]
    place = (first.geometry.x, first.geometry.y)
    new = FacilityAction("add", "new-1", name="新", kind=first["kind"], place=place)
    text = scenario_text(Scenario("more", "加", (new,)), str(seen[0].roads.crs))
    (tmp_path / "more.toml").write_text(text, "utf-8")
    code = run(county, tmp_path / "s", "--scenario", str(tmp_path / "more.toml"), "--sites", "1")
    assert code == 0, capsys.readouterr().err
    assert "new-1" in seen[1].facilities.index


def test_a_data_file_of_the_project_is_not_written_over(county, capsys):
    (county / "villages.csv").rename(county / "assignment.csv")
    settings = (county / "project.toml").read_text("utf-8")
    (county / "project.toml").write_text(
        settings.replace("villages.csv", "assignment.csv"), "utf-8"
    )
    assert run(county, county, "--sites", "1") == 2
    assert "结果会盖掉项目的数据文件「assignment.csv」" in capsys.readouterr().err


def test_ctrl_c_asks_for_the_best_found_and_twice_ends():
    told = []
    before = signal.getsignal(signal.SIGINT)
    with solver_watch(lambda *step: told.append(step)) as progress:
        assert progress(0.0, 200.0, float("nan")) is False
        assert progress(0.1, 200.0, 100.0) is False  # too soon to be said again
        signal.raise_signal(signal.SIGINT)
        assert progress(9.0, 150.0, 120.0) is True
        assert signal.getsignal(signal.SIGINT) is before
    assert signal.getsignal(signal.SIGINT) is before
    assert [step[2] for step in told] == [
        "求解 0 秒：还没有方案，界 200（Ctrl-C 停下并给出目前最好的方案）",
        "正在停下，给出目前最好的方案",
    ]


def test_outside_the_main_thread_there_is_progress_alone():
    seen = []

    def work():
        with solver_watch(lambda *step: seen.append(step)) as progress:
            progress(1.0, float("nan"), 3.0)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [step[2] for step in seen] == [
        "求解 1 秒：目前最好 3（Ctrl-C 停下并给出目前最好的方案）"
    ]


def test_a_search_that_is_stopped_writes_the_best_found(county, tmp_path, monkeypatch, capsys):
    def stopped(_step):
        return _Stopped()

    class _Stopped:
        def __enter__(self):
            return lambda *_: True

        def __exit__(self, *_):
            return False

    monkeypatch.setattr(site_job, "solver_watch", stopped)
    assert run(county, tmp_path / "o", "--sites", "1") == 0
    told = json.loads((tmp_path / "o" / "siting.json").read_text("utf-8"))
    assert told["selected"]
    assert ("已证明最优" in capsys.readouterr().out) == (told["status"] == "optimal")


def test_words():
    assert curve_counts("") == []
    assert curve_counts("1-3，5") == [1, 2, 3, 5]
    assert years_of("2030：5,2025=2") == ((2025, 2), (2030, 5))
    known = ["general_village_clinic", "central_village_clinic"]
    assert upgrade_kinds("", known=known) == tuple(known)


@pytest.mark.slow
def test_the_share_before_is_that_of_the_assessment_for_the_example_county(root):
    chosen = load_project(root / "data" / "examples" / "demo_county")
    modes = chosen_modes(chosen, load_modes())
    standards = chosen_standards(chosen, load_standards())
    layers = load(chosen, standards=standards, modes=modes, kinds=load_kinds()).layers
    done = assess(layers, standards=standards, modes=modes, with_service_areas=False)
    trips = StudyTrips(layers, modes, done.uncertainty)
    candidates = village_candidates(layers.demand).candidates
    question = SitingQuestion(model="maximal_covering", sites=2)
    for standard in standards:
        for reading in standard.readings:
            ground = siting_ground(trips, standard, reading, candidates=candidates)
            zones = done.zones[done.zones["reading_id"] == reading.reading_id]
            answer = answer_siting(ground, question)
            assert answer.figures["standing_share"] == zones.set_index("zone_id").loc["", "share"]
            assert answer.zones["covered_before"].tolist() == zones["covered"].tolist()
