"""Run `cli.py assess` on the worked cases, and tell numbers, seconds and memory.

    python benchmarks/worked_cases.py

Each case is a process of its own, so that start-up counts and memory is the case's own. The
first two need the data beside the repository (`../shared/data`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

CASES = (
    "benchmarks/cases/liechtenstein",
    "benchmarks/cases/ningjin",
    "data/examples/demo_county",
    "data/examples/shandong",
)


def run(case: str, out: str) -> tuple[float, float]:
    """Seconds and peak memory (MB) of one assessment."""
    command = [sys.executable, str(ROOT / "cli.py"), "assess", str(ROOT / case), "--out", out]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{case} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Print one block per case."""
    for case in CASES:
        with tempfile.TemporaryDirectory() as out:
            seconds, megabytes = run(case, out)
            summary = json.loads((Path(out) / "summary.json").read_text(encoding="utf-8"))
        print(f"{case}: {seconds:.1f} s, {megabytes:.0f} MB; {summary['counts']}")
        for reading in summary["readings"]:
            share = "unknown" if reading["share"] is None else f"{reading['share']:.4f}"
            print(
                f"  {reading['reading_id']}: share {share}, people {reading['covered']} of "
                f"{reading['population']}, villages {reading['villages_covered']} of "
                f"{reading['villages']}"
            )


if __name__ == "__main__":
    main()
