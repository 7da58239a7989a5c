"""A whole report of 示例县, and of a generated county of any number of villages, part by part.

    python benchmarks/reports.py
    python benchmarks/reports.py --villages 5000
    python benchmarks/reports.py --only tables,excel,gis,html

Told are clock and processor seconds of every step of the content and of every part, with the most
memory of the program and of the processes that it started in that time; then those of the whole.
Maps are drawn beside the other parts by a second process, so that the seconds of parts do not add
up to what each would take alone; `--only` tells that. The larger county is that of
`benchmarks/targets.py`: 示例县 side by side, without barriers.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.targets import DEMO, YEAR, repeated
from layers.loading import load
from layers.project import chosen_modes, chosen_standards, load_project
from layers.standards import load_kinds, load_modes, load_standards
from reports.report_content import ReportRequest
from reports.report_folder import write_report
from reports.report_making import report_content
from reports.report_parts import chosen_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

PLANS: Final = ("jinan-2022",)

LOOK_S: Final = 0.25
"""Between two looks at the memory: one takes some milliseconds of all processes."""

KIB_PER_MB: Final = 1024

SHORT_S: Final = 0.5
"""Steps that took less of the clock are told together: there are hundreds of targets."""


_STARTED_AT: Final = 19
"""Field of /proc/self/stat behind the name of the program: ticks from the start of the computer."""


class Steps:
    """Prints every step once it is over, with its seconds and the most memory in it."""

    def __init__(self) -> None:
        self._name = "start-up"
        self._first = time.perf_counter() - _age_s()
        self._begun = self._first, 0.0
        self._short = [0.0, 0.0]
        self._peak = self._most = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def __call__(self, _done: int, _steps: int, name: str) -> None:
        """Begin a step; what is told again and again is one step."""
        name = name.partition("：")[0]
        if name != self._name:
            self._tell()
            self._name = f"after {self._name}" if name == "完成" else name
            self._begun = time.perf_counter(), time.process_time()

    def end(self) -> None:
        """Print the last step and the whole, with the seconds of other processes."""
        self._tell()
        spent, worked = self._short
        print(f"  short steps: {spent:.1f} s ({worked:.1f} s)")
        times = os.times()
        here, beside = times.user + times.system, times.children_user + times.children_system
        spent = time.perf_counter() - self._first
        print(
            f"whole: {spent:.1f} s ({here + beside:.1f} s of processor time,"
            f" {beside:.1f} of it in other processes), peak {self._most:.0f} MB"
        )

    def _tell(self) -> None:
        clock, processor = time.perf_counter(), time.process_time()
        spent, worked = clock - self._begun[0], processor - self._begun[1]
        if spent < SHORT_S:
            self._short[0] += spent
            self._short[1] += worked
            return
        self._look()
        print(f"  {self._name}: {spent:.1f} s ({worked:.1f} s), {self._peak:.0f} MB", flush=True)
        self._peak = 0.0

    def _watch(self) -> None:
        while True:
            self._look()
            time.sleep(LOOK_S)

    def _look(self) -> None:
        now = sum(map(_memory_mb, _family(os.getpid())))
        self._peak, self._most = max(self._peak, now), max(self._most, now)


def _age_s() -> float:
    """Seconds since this process was started, imports and all."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    started = int(fields[_STARTED_AT]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def _family(process: int) -> Iterator[int]:
    """A process and all that it started, by their numbers."""
    yield process
    for thread in Path(f"/proc/{process}/task").glob("*"):
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue  # it has ended
        for child in children:
            yield from _family(int(child))


def _memory_mb(process: int) -> float:
    """Memory of a process; what it shares with others counts in equal parts."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    found = (float(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return next(found, 0.0) / KIB_PER_MB


def measure(villages: int, only: tuple[str, ...]) -> None:
    """Print the seconds and the memory of a report of 示例县, or of so many villages."""
    steps = Steps()
    steps(0, 0, "read")
    kinds, project = load_kinds(), load_project(DEMO)
    modes = chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    loaded = load(project, standards=standards, modes=modes, kinds=kinds)
    if villages:
        loaded = replace(loaded, layers=repeated(loaded.layers, villages))
    layers = loaded.layers
    print(f"{len(layers.demand):,} villages, {len(layers.facilities):,} facilities")
    request = ReportRequest(plans=PLANS, year=YEAR)
    content = report_content(
        project, request, loaded=loaded, with_service_areas="gis" in only, progress=steps
    )
    with tempfile.TemporaryDirectory() as folder:
        written = write_report(content, out=Path(folder), only=only, progress=steps)
        steps.end()
        size = sum(file.stat().st_size for file in written.files)
        print(f"{len(written.files)} files, {size / KIB_PER_MB**2:.0f} MB")


def main() -> None:
    """Measure 示例县, or a generated county."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--villages", type=int, default=0, help="0 for 示例县 itself")
    parser.add_argument("--only", default="", help="words of the command `report`; all if absent")
    given = parser.parse_args()
    measure(given.villages, chosen_parts(given.only))


if __name__ == "__main__":
    main()
