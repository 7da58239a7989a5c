"""Maps of the hand-made county and how they are held against their pictures in tests/golden/.

New pictures, to be looked at before they are kept: python -m tests.print_golden
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from PIL import Image

from coverage.rules.target import Target
from coverage.standards import Clause
from reports.printmap import (
    PrintSettings,
    comparison_map,
    coverage_map,
    facilities_map,
    gap_map,
    ground_of,
    map_bytes,
    target_map,
)
from tests import hand_made

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


def golden_maps():
    """Name of the picture -> map."""
    base, standard = hand_made.assessment(), hand_made.STANDARD
    ground, kinds = ground_of(base.layers), hand_made.KINDS
    return {
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
        content = map_bytes(each, SETTINGS, formats=("png",), dpi=DPI)["png"]
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        picture.save(FOLDER / f"print_{name}.png", optimize=True)


if __name__ == "__main__":
    main()
