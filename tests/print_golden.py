"""Maps of every template and how they are held against their pictures in tests/golden/.

New pictures, to be looked at before they are kept: python -m tests.print_golden
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from coverage.candidates import village_candidates
from coverage.error_band import DEFAULT_UNCERTAINTY
from coverage.rules.target import Target
from coverage.siting import SitingOptions
from coverage.standards import Clause, Reading, Standard
from coverage.studies.study_sites import SitingQuestion, answer_siting, siting_ground
from coverage.studies.study_trips import StudyTrips
from reports.printmap import (
    MapContent,
    PrintSettings,
    comparison_map,
    coverage_map,
    facilities_map,
    gap_map,
    ground_of,
    map_bytes,
    report_maps,
    siting_map,
    target_map,
)
from tests import hand_made, target_county

if TYPE_CHECKING:
    from PIL import Image

FOLDER = Path(__file__).parent / "golden"
DPI = 50
SHRUNK = 5
"""Pictures are compared after every so many pixels were made one: what another FreeType draws a
fraction of a pixel elsewhere is the same then."""

MEAN, MOST = 1.5, 60
"""Largest difference of 255, in the mean and of a shrunk pixel."""

SETTINGS = PrintSettings(
    maker="示例县卫生健康局", made_on="2026年1月1日", data_date="2025年底", source="县名录", grid=True,
    secrecy="内部", approval="鲁S(2026)001号",
)  # fmt: skip

TEXT = replace(SETTINGS, paper="text", landscape=False)
"""As the maps in a Word document."""

READING = hand_made.STANDARD.readings[0]


def after():
    """The hand-made county where 王村 is covered and 李村 no longer is, by a clinic elsewhere."""
    base = hand_made.assessment()
    demand = base.demand.assign(circle_covered=[False, True, False])
    facilities = base.layers.facilities.copy()
    facilities.index = pd.Index(["f9", "f2"], name="facility_id")
    facilities["geometry"] = shapely.points([[hand_made.X0 + 4500, hand_made.Y0 + 300],
                                             [hand_made.X0 + 3000, hand_made.Y0]])  # fmt: skip
    return replace(base, demand=demand, layers=replace(base.layers, facilities=facilities))


def target_values(verdicts=("未达标", "达标")):
    """One target, the whole area and two zones."""
    word = ["未达标", *verdicts]
    return pd.DataFrame(
        {
            "target_id": "plan/t", "zone_id": ["", "E", "W"], "year": 2025,
            "value": [5.0, 4.0, 9.5], "target": 8.0, "unit": "张", "verdict": word, "gap": 1.0,
            "value_low": [5.0, 4.0, 9.5], "value_high": [5.0, 4.0, 9.5],
        }
    )  # fmt: skip


TARGET = Target("plan/t", "每千人床位", "served_within_time", None,
                Clause("plan", "规划", "三、（二）", "原文"), unit="张", gap_unit="张")  # fmt: skip


def rescue_ring(station="county_hospital"):
    """The standard of the hand-made county as one that begins at an ambulance station."""
    first = replace(READING, station_kinds=(station,))
    return replace(
        hand_made.STANDARD, name="30分钟救治圈", readings=(first, hand_made.STANDARD.readings[1])
    )


@cache
def answer():
    """A clinic at 2 km of a road of 20 km; villages at 2, 10 and 16 km; one new site."""
    layers = target_county.county(
        {"甲村": (2000.0, 100.0), "乙村": (10000.0, 300.0), "丙村": (16000.0, None)},
        {"老卫生室": ("clinic", 2000.0)},
    )
    standard = Standard(
        "s", "步行圈", ("clinic",), "population", "all", "walk", "to_facility", 1.0, "",
        (Clause("plan", "规划", "一", "原文"),), (Reading("s", "15分钟", "travel_time", 900.0),),
    )  # fmt: skip
    trips = StudyTrips(layers, target_county.MODES, DEFAULT_UNCERTAINTY)
    on = siting_ground(
        trips,
        standard,
        standard.readings[0],
        candidates=village_candidates(layers.demand).candidates,
    )
    asked = SitingQuestion(model="maximal_covering", sites=1)
    return layers, answer_siting(on, asked, options=SitingOptions(time_limit_s=10))


def neighbours():
    """A ring of eight squares around the hand-made county, and the county itself."""
    west, south, east, north = hand_made.assessment().layers.zones.total_bounds
    wide, high = east - west, north - south
    return np.array(
        [
            shapely.box(west + i * wide, south + j * high, east + i * wide, north + j * high)
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
        ],
        dtype=object,
    )


def on_paper(name):
    """The sheet that a picture is drawn on."""
    return TEXT if name.endswith("_text") else SETTINGS


def golden_maps():
    """Name of the picture -> map; every template of a report, three in the size of a document."""
    base, standard = hand_made.assessment(), hand_made.STANDARD
    ground, kinds = ground_of(base.layers), hand_made.KINDS
    layers, found = answer()
    ring = rescue_ring()
    located = report_maps(
        MapContent(assessment=base, kinds=kinds, around=neighbours()), templates=("facilities",)
    )
    return {
        "facilities_text": next(located),
        "group": facilities_map(ground, kinds=kinds, group="医疗"),
        "rescue_text": coverage_map(ground, base, ring, ring.readings[0], kinds=kinds),
        # The toy county lies at the origin, which only some projections know.
        "siting_text": replace(
            siting_map(ground_of(layers), found, kinds=target_county.KINDS), crs="EPSG:32650"
        ),
        "facilities": facilities_map(ground, kinds=kinds),
        "coverage": coverage_map(ground, base, standard, READING, kinds=kinds),
        "gaps": gap_map(ground, base, standard, READING, kinds=kinds),
        "comparison": comparison_map(ground, (base, after()), standard, READING, kinds=kinds),
        "targets": target_map(ground, target_values(), TARGET, plan_title="示例规划", year=2025),
    }


def shrunk(picture: Image.Image) -> np.ndarray:
    """The picture with every square of pixels made one."""
    return np.asarray(picture.convert("RGB").reduce(SHRUNK), dtype=float)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, each in golden_maps().items():
        content = map_bytes(each, on_paper(name), formats=("png",), dpi=DPI)["png"]
        (FOLDER / f"print_{name}.png").write_bytes(content)


if __name__ == "__main__":
    main()
