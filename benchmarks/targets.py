"""The whole catalogue of targets on 示例县, and on a generated county of any number of villages.

    python benchmarks/targets.py
    python benchmarks/targets.py --villages 5000

Told are the seconds (clock and processor) of all five plans, answered and held against a year: the
first time, when travel times that no standard asked for are still searched, and again with the
travel times there; then the fewest new sites of the missed circles, each with its model's time
limit. The larger county is the generated 示例县 side by side as often as it takes, under one county
code, with its choices; its access legs cross no barriers.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from coverage.assessment import assess
from coverage.roads import Roads
from coverage.studies.study_trips import StudyTrips
from coverage.targets import answer_targets, judge, least_new_sites, target_study
from layers.loading import load_layers
from layers.planning.choices_file import choices_path, read_choices
from layers.planning.project_plans import read_project_plans
from layers.project import chosen_modes, chosen_standards, chosen_uncertainty, load_project
from layers.standards import load_kinds, load_modes, load_standards

if TYPE_CHECKING:
    from coverage.studies.study import Layers

DEMO = Path(__file__).resolve().parents[1] / "data" / "examples" / "demo_county"

YEAR = 2025


ZONES_EACH = 20
"""Codes kept for the townships of each county."""

BETWEEN_M = 5_000.0
"""Metres between counties that stand side by side."""


def repeated(layers: Layers, villages: int) -> Layers:
    """Counties side by side, in rows, until there are so many villages."""
    count = math.ceil(villages / len(layers.demand))
    wide = math.ceil(math.sqrt(count))
    left, below, right, above = layers.zones.total_bounds
    step = right - left + BETWEEN_M, above - below + BETWEEN_M
    shifts = [(number % wide * step[0], number // wide * step[1]) for number in range(count)]
    new_code = {
        (number, code): str(int(code) + ZONES_EACH * number)
        for number in range(count)
        for code in layers.zones.index
    }
    tables = {}
    for name in ("zones", "demand", "facilities"):
        parts = []
        for number, shift in enumerate(shifts):
            part = getattr(layers, name).copy()
            part.geometry = part.geometry.translate(*shift)
            if name == "zones":
                part.index = [new_code[number, code] for code in part.index]
            elif number:
                part.index = [f"{number}-{one}" for one in part.index]
            if "zone_id" in part:
                part["zone_id"] = [new_code.get((number, one)) for one in part["zone_id"]]
            parts.append(part)
        tables[name] = gpd.GeoDataFrame(pd.concat(parts), crs=layers.zones.crs).rename_axis(
            getattr(layers, name).index.name
        )
    tables["demand"] = tables["demand"].iloc[:villages]
    return replace(layers, **tables, roads=repeated_roads(layers.roads, shifts))


def repeated_roads(roads: Roads, shifts: list[tuple[float, float]]) -> Roads:
    """The same streets at every shift, without barriers."""
    count, nodes = len(shifts), roads.node_count
    shift = np.array(shifts)

    def again(values: np.ndarray, axis: int | None = None) -> np.ndarray:
        moved = np.tile(values, count)
        return moved if axis is None else moved + np.repeat(shift[:, axis], len(values))

    def numbered(values: np.ndarray, size: int) -> np.ndarray:
        return np.concatenate([values + size * number for number in range(count)])

    ids = int(roads.node_id.max()) + 1
    vertices = len(roads.vertex_x)
    starts = numbered(roads.vertex_start[:-1], vertices)
    return Roads(
        crs=roads.crs,
        node_id=numbered(roads.node_id, ids),
        node_x=again(roads.node_x, 0),
        node_y=again(roads.node_y, 1),
        node_signals=again(roads.node_signals),
        from_node=numbered(roads.from_node, nodes),
        to_node=numbered(roads.to_node, nodes),
        length_m=again(roads.length_m),
        road_class=again(roads.road_class),
        road_classes=roads.road_classes,
        max_speed_kph=again(roads.max_speed_kph),
        surface=again(roads.surface),
        surfaces=roads.surfaces,
        access={user: again(bits) for user, bits in roads.access.items()},
        is_bridge=again(roads.is_bridge),
        is_tunnel=again(roads.is_tunnel),
        vertex_x=again(roads.vertex_x, 0),
        vertex_y=again(roads.vertex_y, 1),
        vertex_start=np.append(starts, vertices * count),
    )


def measure(villages: int) -> None:
    """Print the seconds of 示例县, or of a county of so many villages."""
    kinds, project = load_kinds(), load_project(DEMO)
    modes = chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    clock = Clock()
    layers = load_layers(project, standards=standards, modes=modes, kinds=kinds)
    if villages:
        layers = repeated(layers, villages)
    plans = read_project_plans(choices_path(project), kinds=kinds)
    choices = read_choices(plans.path, plans.known, kinds, zone_ids=layers.zones.index)
    targets = [one for plan in plans.shipped.values() for one in plan.targets]
    size = f"{len(layers.demand):,} villages, {len(layers.facilities):,} facilities"
    print(f"{size}, {len(targets)} targets; read in {clock}")
    uncertainty = chosen_uncertainty(project)
    assessment = assess(
        layers, standards=standards, modes=modes, uncertainty=uncertainty, with_service_areas=False
    )
    print(f"  assessed in {clock}")
    trips = StudyTrips(layers, modes, assessment.uncertainty)
    study = target_study(assessment, trips=trips, kinds=kinds, choices=choices)
    answered = answer_targets(study, targets)
    judge(study, answered, year=YEAR)
    print(f"  answered and judged the first time in {clock}")
    # Answered anew by the same study: only what it keeps of travel times is there.
    judged = judge(study, answer_targets(study, targets), year=YEAR)
    print(f"  again, with the travel times there, in {clock}")
    found = [least_new_sites(study, one, year=YEAR) for one in answered]
    missed = [one for one in found if one is not None]
    proven = sum(one.is_proven for one in missed)
    print(f"  fewest new sites of {len(missed)} missed circles ({proven} proven) in {clock}")
    print(f"  {len(judged.values):,} values, {len(judged.failing):,} failing units")
    judge(study, answered, year=2030)
    print(f"  another year in {clock}; peak {peak_mb():.0f} MB")


class Clock:
    """Says the seconds since it was last asked."""

    def __init__(self) -> None:
        self.start = time.perf_counter(), time.process_time()

    def __str__(self) -> str:
        now = time.perf_counter(), time.process_time()
        clock, processor = (end - begin for begin, end in zip(self.start, now, strict=True))
        self.start = now
        return f"{clock:.1f} s ({processor:.1f} s of processor time)"


def peak_mb() -> float:
    """Peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure 示例县, or a generated county."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--villages", type=int, default=0, help="0 for 示例县 itself")
    measure(parser.parse_args().villages)


if __name__ == "__main__":
    main()
