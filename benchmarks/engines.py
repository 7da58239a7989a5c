"""Engines side by side: nearest facility, travel matrix, service areas, one facility changed.

    python benchmarks/engines.py --nodes 10000 100000 --liechtenstein LIECHTENSTEIN.osm.pbf \
        --peers-python peers/bin/python --out engines.md

Peers run in an environment of their own (`benchmarks/requirements.txt`); those that are not
installed there are said to be missing. Every engine has a process of its own for every job, and
they take turns. Demand and facilities stand at nodes, so that all have the same answer, which is
checked against bare SciPy.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from engine_problem import KEPT, Problem, Task
from engine_table import BARE, OURS, SNAPPED, Row, Section, markdown
from engine_worker import Worker, WorkerError, run_script

if TYPE_CHECKING:
    from collections.abc import Iterator

QUARTER_S: Final = 900.0

MUCH: Final = 5_000_000
"""Nodes times facilities that engines without a limit search for a travel matrix."""

CLOSE_S: Final = 1e-4
"""Largest difference from bare SciPy, seconds, for engines that reckon in full precision."""

ROUNDED_S: Final = {"pandana": 0.5}
"""The same for engines that round every arc: to whole milliseconds, over some hundred arcs."""

EDGE_OF_CUTOFF_S: Final = 0.5
"""Within this much of the cutoff a rounded time may fall on either side."""


NOTE: Final = """\
{cores} cores, Python {python}; QuanTu with {ours}; peers: {peers}. At most {runs} counted runs
each, engines in turns, after a first run that is not counted; an engine stops when its runs have
taken {budget:.0f} s, and where the first took as long it counts.

Times are wall time of the query alone. *Made ready* is what each engine needs once per network:
the graph in its own form, contraction hierarchies, our spatial index and compressed rows. QuanTu's
query snaps all points to edges, names the facility and adds up the metres; peers are given nodes
and tell seconds only. In *points snapped before* the demand is, as it is while a planner tries out
facilities. *x* is time per facility over that of QuanTu, or of bare SciPy with nodes numbered at
random. *Peak MB* is the whole process, from its start. *Agreement* is the largest difference of
travel times from bare SciPy (pandana rounds every arc to milliseconds), or the mean share of areas
in common with ours. NetworKit and igraph know no cutoff, so they are given few facilities of a
travel matrix. After a change of one facility peers have to run anew."""


@dataclass(frozen=True)
class Job:
    """A job in the sizes that fit a network."""

    name: str
    mode: str
    facilities: int
    demand: int
    cutoff_s: float = QUARTER_S
    from_nodes: int = 0

    def task(self, nodes: int, engine: str) -> Task:
        """What an engine is to do; less for small networks and slow engines."""
        share = {"nearest": 10, "update": 1_000}.get(self.name, 20)
        facilities = max(2, min(self.facilities, nodes // share))
        sample = {
            "matrix": {
                "networkit": MUCH // nodes,
                "igraph": MUCH // nodes,
                "pandana": KEPT,
                "networkx": KEPT,
                "r5py": KEPT,
            },
            "areas": {"osmnx-hull": 3, "osmnx-buffers": 1},
            "update": {OURS: 10, BARE: 3},
        }.get(self.name, {})
        changes = 1 if self.name == "update" else facilities
        return Task(
            self.name,
            facilities,
            min(self.demand, nodes // 2),
            max(1, min(sample.get(engine, changes), facilities)),
            self.cutoff_s,
        )


JOBS: Final = {
    "nearest": Job("nearest", "drive", 1_000, 5_000, math.inf),
    "matrix": Job("matrix", "ride", 500, 5_000),
    "matrix-drive": Job("matrix", "drive", 500, 5_000),
    "matrix-large": Job("matrix", "ride", 5_000, 70_000, from_nodes=1_000_000),
    "update": Job("update", "drive", 1_000, 5_000),
    "areas": Job("areas", "drive", 500, 0),
}

PEERS: Final = (BARE, "scipy-ordered", "networkit", "igraph", "pandana", "networkx")

ENGINES: Final = {
    "nearest": (OURS, SNAPPED, *PEERS),
    "matrix": (OURS, SNAPPED, "quantu-two", *PEERS, "r5py"),
    "update": (OURS, *(peer for peer in PEERS if peer != "scipy-ordered")),
    "areas": (OURS, "osmnx-hull", "osmnx-buffers"),
}

IN_PYTHON: Final = ("networkx", "osmnx-hull", "osmnx-buffers")
"""Engines that hold every arc as Python objects, some 2 GB for a million nodes."""


@dataclass(frozen=True)
class Place:
    """A network to measure on: generated, or read from an OSM file."""

    title: str
    nodes: int
    pbf: Path | None = None

    def problem(self, mode: str, folder: Path) -> Problem:
        """Make the problem of a mode, once."""
        folder = folder / f"{self.title.replace(' ', '-')}-{mode}"
        if not folder.exists():
            folder.mkdir()
            words = ["--mode", mode, "--out", str(folder), "--nodes", str(self.nodes)]
            run_script("engine_network.py", *words, *(["--pbf", str(self.pbf)] if self.pbf else []))
        return Problem(folder)


class Bout:
    """
    One job on one network, all engines in turns.

    Parameters
    ----------
    asked
        The command line.
    problem, job
        What to measure.
    nodes
        Size of the network that was asked for.
    too_slow
        Engines that an earlier job on this network did not get ready in time, and the reason;
        added to.
    """

    def __init__(
        self,
        asked: argparse.Namespace,
        problem: Problem,
        job: Job,
        *,
        nodes: int,
        too_slow: dict[str, str],
    ) -> None:
        self.asked, self.problem, self.job = asked, problem, job
        self.nodes, self.too_slow = nodes, too_slow
        self.workers: dict[str, Worker] = {}
        self.rows: dict[str, Row] = {}

    def run(self) -> list[Row]:
        """Make all ready, let them take turns, compare what they found."""
        for engine in ENGINES[self.job.name]:
            if engine in self.asked.engines:
                self.start(engine)
        for turn in range(1 + self.asked.runs):
            for engine in list(self.workers):
                row = self.rows[engine]
                if turn == 0 or row.first_s + row.total_s < self.asked.budget:
                    self.turn(engine, counted=turn > 0)
        self.compare()
        for engine in list(self.workers):
            self.workers.pop(engine).close()
        return list(self.rows.values())

    def start(self, engine: str) -> None:
        """Start an engine and wait until it is ready."""
        task = self.job.task(self.nodes, engine)
        row = self.rows[engine] = Row(
            engine, task.facilities, task.sample, one_by_one=self.job.name in ("matrix", "areas")
        )
        if engine in IN_PYTHON and self.nodes > self.asked.python_most:
            row.why_not = f"left out above {self.asked.python_most:,} nodes for its memory"
            return
        if engine in self.too_slow:
            row.why_not = self.too_slow[engine]
            return
        python = sys.executable if engine.startswith(OURS) else self.asked.peers_python
        self.workers[engine] = Worker(engine, python, task, self.problem.folder)
        with self.giving_up(engine):
            try:
                ready = self.workers[engine].hear(self.asked.limit)
            except TimeoutError:
                self.too_slow[engine] = f"not made ready within {self.asked.limit:.0f} s"
                raise
            row.prepared_s, row.memory_mb = ready["prepared"], ready["memory"]
        row.why_not = self.too_slow.get(engine, row.why_not)

    def turn(self, engine: str, *, counted: bool) -> None:
        """One run of an engine."""
        row = self.rows[engine]
        with self.giving_up(engine):
            done = self.workers[engine].ask("run", self.asked.limit)
            row.memory_mb = done["memory"]
            took = sum(sum(times) for times in done["seconds"].values())
            if not counted:
                row.first_s = took
            # Where there is time for one run only, the first has to count.
            if counted or took >= self.asked.budget:
                for case, times in done["seconds"].items():
                    row.seconds.setdefault(case, []).extend(times)
            print(f"  {engine}: {done['seconds']}"[:160], file=sys.stderr)

    @contextmanager
    def giving_up(self, engine: str) -> Iterator[None]:
        """Take an engine that fails out of the bout and keep the reason."""
        row = self.rows[engine]
        try:
            yield
        except TimeoutError:
            row.why_not = f"not done within {self.asked.limit:.0f} s"
        except WorkerError as error:
            row.why_not = str(error)
        if row.why_not:
            self.workers.pop(engine).close()
            print(f"  {engine}: {row.why_not}", file=sys.stderr)

    def answer(self, engine: str) -> np.ndarray:
        """What an engine found."""
        path = self.problem.folder / f"{engine}-{self.job.name}.npy"
        self.workers[engine].ask(f"answer {path}", self.asked.limit)
        return np.load(path)

    def compare(self) -> None:
        """Tell how far the engines agree: on times with bare SciPy, on areas with us."""
        areas = self.job.name == "areas"
        base = OURS if areas else BARE
        if base not in self.workers:
            return
        with self.giving_up(base):
            true = self.answer(base)
        if base not in self.workers:
            return
        for engine in list(self.workers):
            with self.giving_up(engine):
                found = self.answer(engine)
                if areas and engine != base:
                    self.rows[engine].agreement = overlap(true, found)
                elif found.size and not areas:
                    self.rows[engine].agreement = difference(true, found, engine, self.job.cutoff_s)


def difference(true: np.ndarray, found: np.ndarray, engine: str, cutoff_s: float) -> str:
    """The largest difference in seconds; a sentence where it is too large."""
    if true.ndim > 1:  # Not all work on as many facilities.
        rows = min(len(true), len(found))
        true, found = true[:rows], found[:rows]
    both = np.isfinite(true) & np.isfinite(found)
    only_one = np.where(np.isfinite(true), true, found)[np.isfinite(true) != np.isfinite(found)]
    unlike = np.count_nonzero(only_one < cutoff_s - EDGE_OF_CUTOFF_S)
    largest = float(np.abs(true[both] - found[both]).max(initial=0.0))
    if unlike or largest > ROUNDED_S.get(engine, CLOSE_S):
        return f"**DISAGREES**: {largest:.3g}, and {unlike} reached by one only"
    return f"{largest:.1g} s"


def overlap(true: np.ndarray, found: np.ndarray) -> str:
    """Mean share that the areas of the same facilities have in common, of both together."""
    pairs = [shapely.from_wkb(areas) for areas in zip(true, found, strict=False)]
    shares = [(one & other).area / (one | other).area for one, other in pairs]
    return f"{np.mean(shares):.2f} in common"


def places(asked: argparse.Namespace) -> Iterator[Place]:
    """The networks that were asked for."""
    for nodes in asked.nodes:
        yield Place(f"{nodes:,} nodes", nodes)
    if asked.liechtenstein:
        yield Place("Liechtenstein", 0, asked.liechtenstein)


def notes(asked: argparse.Namespace) -> list[str]:
    """What a reader must know of the table."""
    names = ("networkit", "igraph", "pandana", "networkx", "osmnx", "scipy", "r5py")
    code = (
        "import importlib.metadata as m\nfor n in "
        f"{names}:\n try: print(n, m.version(n))\n except m.PackageNotFoundError: pass"
    )
    told = subprocess.run(  # noqa: S603 - the interpreter that the caller named
        [asked.peers_python, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    ours = f"scipy {importlib.metadata.version('scipy')}, numpy {np.__version__}"
    return [
        NOTE.format(
            cores=os.cpu_count(),
            python=platform.python_version(),
            ours=ours,
            peers=", ".join(told.stdout.splitlines()),
            runs=asked.runs,
            budget=asked.budget,
        )
    ]


def about(problem: Problem) -> str:
    """A sentence on a network."""
    facts = problem.facts
    return (
        f"{facts['nodes']:,} nodes, {facts['edges']:,} edges, {facts['arcs']:,} arcs; QuanTu makes "
        f"this network from roads in {facts['network_s']:.1f} s; peak of that process, roads "
        f"included, {facts['network_mb']:,.0f} MB."
    )


def measured(asked: argparse.Namespace, place: Place, folder: Path) -> Iterator[Section]:
    """All jobs on one network."""
    too_slow: dict[str, dict[str, str]] = {}
    for name in asked.jobs:
        job = JOBS[name]
        if place.nodes and place.nodes < job.from_nodes:
            continue
        problem = place.problem(job.mode, folder)
        # As many as were asked for; a mode may have no use for a few of them.
        nodes = place.nodes or problem.node_count
        if nodes < job.from_nodes:
            continue
        print(f"{place.title}: {name}", file=sys.stderr)
        task = job.task(nodes, OURS)
        slow = too_slow.setdefault(job.mode, {})
        rows = Bout(asked, problem, job, nodes=nodes, too_slow=slow).run()
        yield Section(
            f"{place.title}, {job.mode}",
            nodes,
            job.name,
            job.mode,
            task.facilities,
            task.demand,
            rows,
            about(problem),
        )


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    every = sorted({engine for engines in ENGINES.values() for engine in engines})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="*", default=[10_000])
    parser.add_argument("--liechtenstein", type=Path, help="an .osm.pbf of Liechtenstein")
    parser.add_argument("--peers-python", default=sys.executable, help="interpreter of the peers")
    parser.add_argument("--jobs", nargs="+", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--engines", nargs="+", choices=every, default=every)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each engine")
    parser.add_argument("--budget", type=float, default=60, help="seconds of runs per engine")
    parser.add_argument("--limit", type=float, default=600, help="seconds for any one step")
    parser.add_argument(
        "--python-most", type=int, default=1_000_000, help="nodes for engines of Python objects"
    )
    parser.add_argument("--out", type=Path, help="write the table here (.md)")
    return parser.parse_args()


def main() -> None:
    """Measure, print and write the tables; a disagreement is a failure."""
    asked = arguments()
    asked.out = asked.out and asked.out.resolve()
    told, sections = notes(asked), []
    with tempfile.TemporaryDirectory() as folder:
        for place in places(asked):
            for section in measured(asked, place, Path(folder)):
                sections.append(section)
                # After each job, so that a run that is broken off leaves what it has.
                if asked.out:
                    asked.out.write_text(markdown(sections, told), encoding="utf-8")
    print(markdown(sections, told))
    if any("DISAGREES" in row.agreement for section in sections for row in section.rows):
        sys.exit("engines disagree on travel times; see the tables")


if __name__ == "__main__":
    main()
