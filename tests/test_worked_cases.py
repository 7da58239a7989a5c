"""The numbers in docs/worked-cases.md are those that the program gives today."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from coverage.assessment import assess
from layers.loading import load_layers
from layers.project import chosen_modes, chosen_standards, load_project
from layers.standards import load_kinds, load_modes, load_standards

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "worked-cases.md").read_text(encoding="utf-8")
CASES = {
    "benchmarks/cases/liechtenstein": True,
    "benchmarks/cases/ningjin": True,
    "data/examples/demo_county": False,
    "data/examples/shandong": False,
}


def written(case: str) -> dict[str, list[str]]:
    """The table rows of a case, by reading."""
    section = next(part for part in PAGE.split("\n## ") if f"项目：`{case}`" in part)
    pattern = r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$"
    rows = re.findall(pattern, section, re.MULTILINE)
    return {reading: list(cells) for reading, *cells in rows}


def as_written(row: pd.Series) -> list[str]:
    covered = row["villages_covered"]
    villages = f"{'无' if pd.isna(covered) else f'{covered:,}'} / {row['villages']:,}"
    if pd.isna(row["share"]):
        return ["无", "无", "无", villages]
    band = f"{row['share_low']:.2%}～{row['share_high']:.2%}"
    return [f"{row['share']:.2%}", band, f"{row['covered']:,.0f}", villages]


@pytest.mark.parametrize("case", CASES)
def test_numbers_stand_as_written(case: str, request: pytest.FixtureRequest) -> None:
    if CASES[case]:
        request.getfixturevalue("shared_data")
    project = load_project(ROOT / case)
    kinds, modes = load_kinds(), chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    layers = load_layers(project, standards=standards, modes=modes, kinds=kinds)
    result = assess(layers, standards=standards, modes=modes, with_service_areas=False)
    whole = result.zones[result.zones["zone_id"] == ""].set_index("reading_id")
    assert {name: as_written(row) for name, row in whole.iterrows()} == written(case)
    assert len(result.demand) == len(layers.demand)
