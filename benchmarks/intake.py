"""
An Excel of many rows from its file to a checked layer: seconds per step, and memory.

    python benchmarks/intake.py --rows 50000

Clinics beside the roads of 示例县, in GCJ-02, with four rows in a hundred at fault. The project is
opened beforehand, as on the page. Asked: at most 10 s and 1 GB, the reading process included.
Beside the seconds by the clock stand those of the processor, which tell on a busy machine.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from layers import sources
from layers.coordinates import WGS84, transformer_between, wgs84_to_gcj02
from layers.intake import checked, datum_evidence, first_draft, ground_of, places_by_datum
from layers.loading import load
from layers.project import chosen_modes, chosen_standards, load_project
from layers.sources import outline, read_file
from layers.standards import load_kinds, load_modes, load_standards
from reports.problem_list import problem_list_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layers.intake import Ground

ROOT = Path(__file__).resolve().parents[1]

DATUMS = ("WGS84", "GCJ-02", "BD-09")

FAULTY = 50
"""One row in so many repeats a code, and one has no number for its beds."""

OFF_ROAD_M = 30.0


def ground() -> Ground:
    """示例县, ready to check against."""
    project = load_project(ROOT / "data" / "examples" / "demo_county")
    kinds = load_kinds()
    loaded = load(
        project,
        standards=chosen_standards(project, load_standards()),
        modes=chosen_modes(project, load_modes()),
        kinds=kinds,
    )
    return ground_of(loaded.layers, project=project, kinds=kinds)


def write_excel(path: Path, rows: int, about: Ground) -> None:
    """A list of clinics as an office would send it."""
    lot = np.random.default_rng(0)
    places = about.roads.data[lot.integers(0, about.roads.n, rows)]
    places = places + lot.normal(0, OFF_ROAD_M, places.shape)
    lon, lat = wgs84_to_gcj02(*transformer_between(about.crs, WGS84).transform(*places.T))
    code = np.arange(rows)
    code[::FAULTY] = 0
    beds = pd.Series(lot.integers(0, 40, rows)).astype(str)
    beds[1::FAULTY] = "约"
    table = pd.DataFrame(
        {
            "机构编码": [f"{at:08d}" for at in code],
            "机构名称": [f"第{at}村卫生室" for at in range(rows)],
            "所在乡镇": lot.choice(about.zones["zone_name"].to_numpy(), rows),
            "编制床位": beds,
            "经度": [f"{value:.6f}" for value in lon],
            "纬度": [f"{value:.6f}" for value in lat],
            "备注": "",
        }
    )
    table.to_excel(path, index=False, engine="xlsxwriter")


@contextmanager
def told(step: str, seconds: dict[str, tuple[float, float]]) -> Iterator[None]:
    """Note how long a step takes, by the clock and of this process."""
    start, own = time.perf_counter(), time.process_time()
    yield
    seconds[step] = time.perf_counter() - start, time.process_time() - own


def mebibytes(who: int) -> float:
    """Peak memory of this process, or of the largest that it has ended."""
    peak = resource.getrusage(who).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2


def main() -> None:
    """Measure, and print a line per step."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=50_000)
    rows = words.parse_args().rows
    about, seconds = ground(), {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "卫生室.xlsx"
        write_excel(path, rows, about)
        print(f"{rows} rows, {path.stat().st_size / 1024**2:.1f} MB")
        with told("outline", seconds):
            outline(path)
        with told("read", seconds):
            table = read_file(path)
        with told("columns", seconds):
            draft, _ = first_draft(table, layer="facilities", file=path, kinds=about.kinds)
        with told("datum", seconds):
            evidence, _ = datum_evidence(table, draft, about)
        with told("preview", seconds):
            places_by_datum(table, draft, about, datums=DATUMS)
        draft = replace(draft, crs=evidence.proposal.name)
        with told("check", seconds):
            found = checked(table, draft, about)
        with told("list of problems", seconds):
            problem_list_bytes(found.ledger)
    sources._reader.close()  # noqa: SLF001 - only a process that has ended tells what it used
    reader = resource.getrusage(resource.RUSAGE_CHILDREN)
    for step, (clock, own) in seconds.items():
        print(f"{step:18} {clock:6.2f} s, processor {own:5.2f} s")
    clock, own = np.sum(list(seconds.values()), axis=0)
    own += reader.ru_utime + reader.ru_stime
    print(f"{'together':18} {clock:6.2f} s, processor {own:5.2f} s with the reading process")
    print(evidence.proposal.name, *found.ledger.summary())
    here = mebibytes(resource.RUSAGE_SELF), mebibytes(resource.RUSAGE_CHILDREN)
    print(f"peak memory {here[0]:.0f} MB here, {here[1]:.0f} MB in the reading process")


if __name__ == "__main__":
    main()
