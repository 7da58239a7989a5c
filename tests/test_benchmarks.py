"""The side-by-side benchmark on a toy network, and how it words what it measured.

Our own side runs beside SciPy, which is here anyway; other peers are not installed and must be
told to be missing. How fast anything is, is not asserted.
"""

from __future__ import annotations

import importlib
import json
import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import shapely

from layers.samples import generate_roads

ENGINES = ("quantu", "scipy", "pandana")
HEAD_OF_TABLE = "| engine | facilities |"


@pytest.fixture
def benchmarks(root, monkeypatch):
    """Imports a module of the folder, which is no package."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module


@pytest.fixture(scope="module")
def report(root, tmp_path_factory):
    out = tmp_path_factory.mktemp("engines") / "table.md"
    words = ["--nodes", "1000", "--runs", "1", "--jobs", "nearest", "--out", str(out)]
    subprocess.run(
        [sys.executable, str(root / "benchmarks" / "engines.py"), *words, "--engines", *ENGINES],
        check=True,
        capture_output=True,
        cwd=out.parent,
    )
    return out.read_text(encoding="utf-8")


def rows_of(report, title):
    section = report.split(f", {title}")[1].split("\n## ")[0]
    rows = section[section.index(HEAD_OF_TABLE) :].splitlines()[2:]
    return {cells[1]: cells for row in rows if (cells := [cell.strip() for cell in row.split("|")])}


def test_all_engines_agree_on_the_nearest_facility(report):
    rows = rows_of(report, "nearest facility: 100 facilities, 500 demand points")
    pandana = rows.pop("pandana")
    assert len(rows) == len(ENGINES) - 1
    assert {cells[-2] for cells in rows.values()} == {"0 s"}
    assert {cells[7] for cells in rows.values()} == {"1"}
    assert rows["**QuanTu**"][9] == "1.00"
    assert pandana[2] == "not installed: pandana"


@pytest.fixture(scope="module")
def problem(root, tmp_path_factory):
    """The folder of a problem of 1,000 nodes."""
    folder = tmp_path_factory.mktemp("problem")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root / "benchmarks"))
        network = importlib.import_module("engine_network")
        facts = network.make(generate_roads(nodes=1_000, seed=1), "drive", folder)
    (folder / "facts.json").write_text(json.dumps(facts | {"pbf": "", "crs": ""}), "utf-8")
    return folder


@pytest.mark.parametrize(("job", "shape"), [("matrix", (5, 60)), ("update", (15, 60))])
def test_ours_and_the_peers_that_are_here_have_one_answer(benchmarks, problem, job, shape):
    ours, peers = benchmarks("engine_ours"), benchmarks("engine_peers")
    made = benchmarks("engine_problem").Problem(problem)
    task = benchmarks("engine_problem").Task(job, 5, 60, 5, 200.0)
    ground = ours.Ground("quantu", made, task)
    benches = [ours.JOBS[job](ground)]
    benches += [peers.bench(name, made, task) for name in ("scipy", "scipy-ordered", "networkx")]
    answers = []
    for bench in benches:
        seconds, result = bench.work()
        answers.append(bench.answer(result))
        assert all(taken >= 0 for times in seconds.values() for taken in times)
    assert answers[0].shape == shape
    assert np.isinf(answers[0]).any()
    assert np.isfinite(answers[0]).any()
    for answer in answers[1:]:
        np.testing.assert_allclose(answer, answers[0], rtol=0, atol=1e-9)


def test_the_osmnx_recipe_draws_much_of_what_ours_draws(benchmarks, problem):
    made = benchmarks("engine_problem").Problem(problem)
    task = benchmarks("engine_problem").Task("areas", 5, 0, 1, 400.0)
    ours = benchmarks("engine_ours")
    benches = [ours.areas(ours.Ground("quantu", made, task))]
    recipes = benchmarks("engine_recipes").RECIPES
    benches += [recipes[name](made, task) for name in ("osmnx-hull", "osmnx-buffers")]
    areas, hull, buffers = (bench.answer(bench.work()[1]) for bench in benches)
    engines = benchmarks("engines")
    assert float(engines.overlap(areas, hull).split()[0]) > 0.5
    assert float(engines.overlap(areas, buffers).split()[0]) > 0.3


def test_a_figure_that_was_not_measured_is_said_to_be_so(report):
    asked = report.split("## Asked and measured")[1].split("\n## ")[0]
    assert asked.count("not measured in this run") == len(asked.strip().splitlines()) - 2


def test_a_difference_that_is_too_large_is_called_a_disagreement(benchmarks):
    engines = benchmarks("engines")
    true = np.array([[10.0, 900.0, math.inf], [1.0, 2.0, 3.0]])
    assert engines.difference(true, true.copy(), "networkit", 900.0) == "0 s"
    # Engines work on fewer facilities; at the cutoff a rounded time may fall on either side.
    found = np.array([[10.01, math.inf, math.inf]])
    assert engines.difference(true, found, "pandana", 900.0) == "0.01 s"
    assert engines.difference(true, found, "igraph", 900.0) == (
        "**DISAGREES**: 0.01, and 0 reached by one only"
    )
    lost = np.array([[math.inf, 900.0, 20.0]])
    assert engines.difference(true, lost, "pandana", 900.0) == (
        "**DISAGREES**: 0, and 2 reached by one only"
    )


def test_areas_are_compared_by_what_they_have_in_common(benchmarks):
    engines = benchmarks("engines")
    square, half = (np.array([shapely.box(0, 0, 2, y).wkb_hex]) for y in (2, 1))
    assert engines.overlap(square, half) == "0.50 in common"


def test_slow_engines_are_given_fewer_facilities(benchmarks):
    jobs = benchmarks("engines").JOBS
    assert jobs["matrix"].task(1_000_000, "scipy").sample == 500
    assert jobs["matrix"].task(1_000_000, "igraph").sample == 5
    assert jobs["areas"].task(1_000_000, "osmnx-hull").sample == 3
    large = jobs["matrix-large"].task(1_000_000, "quantu")
    assert (large.facilities, large.demand, large.sample) == (5_000, 70_000, 5_000)


def test_verdicts_say_by_how_much_and_why(benchmarks):
    table = benchmarks("engine_table")
    asked = table.ASKED[0]
    assert asked.verdict(1.2) == "met"
    assert asked.verdict(1.5) == (
        "**missed by 25%**: ours also snaps points, names the facility and adds up the metres"
    )
    assert table.ASKED[1].verdict(15.0) == "**missed by 25%**"


def test_ratios_are_told_per_facility(benchmarks):
    table = benchmarks("engine_table")
    ours = table.Row("quantu", 500, 500, one_by_one=True, seconds={"": [2.0, 1.0, 9.0]})
    peer = table.Row("osmnx-hull", 500, 2, one_by_one=True, seconds={"": [4.0]})
    section = table.Section("1,000,000 nodes", 1_000_000, "areas", "drive", 500, 0, [ours, peer])
    text = table.markdown([section], ["A note."])
    assert "A note." in text
    assert (
        "| service areas at 15 minutes (drive), 1,000,000 nodes, 500 facilities: at most 10 s | "
        "**QuanTu** | 2.00 | met |"
    ) in text
    assert "at least 100 x as fast as the OSMnx recipe, convex hull | **QuanTu** | 500 | met |" in (
        text
    )
    assert "| OSMnx recipe, convex hull | 2 of 500 |" in text
    assert "| 1 | 2.00 s | 500 |" in text


def test_an_engine_that_breaks_down_or_takes_too_long_is_ended(benchmarks, tmp_path):
    worker, problem = benchmarks("engine_worker"), benchmarks("engine_problem")
    task = problem.Task("nearest", 1, 1, 1, 900.0)
    slow = worker.Worker("scipy", sys.executable, task, tmp_path)
    with pytest.raises(TimeoutError):
        slow.hear(0.0)
    slow.close()
    assert slow.process.returncode != 0
    broken = worker.Worker("scipy", sys.executable, task, tmp_path)
    with pytest.raises(worker.WorkerError, match=r"^broke down: FileNotFoundError"):
        broken.hear(60.0)
    broken.close()


def test_an_engine_that_is_too_slow_leaves_and_is_not_started_again(benchmarks, problem):
    engines = benchmarks("engines")
    made = benchmarks("engine_problem").Problem(problem)
    asked = SimpleNamespace(
        engines=["scipy"], peers_python=sys.executable, limit=0.0, runs=1, budget=60.0
    )
    too_slow = {}
    for _ in range(2):
        bout = engines.Bout(asked, made, engines.JOBS["nearest"], nodes=1_000, too_slow=too_slow)
        (row,) = bout.run()
        assert row.why_not == "not made ready within 0 s"
        assert not row.seconds
    assert too_slow == {"scipy": "not made ready within 0 s"}
