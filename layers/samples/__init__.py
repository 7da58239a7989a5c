"""Shipped and generated examples: 示例县 (合成数据), and road networks of any size for benchmarks.

Run `python -m layers.samples` to make the files of 示例县 again; a seed always gives the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from layers.samples.county import LABEL, SampleCounty, generate_county
from layers.samples.files import write_county
from layers.samples.grid import generate_points, generate_roads
from layers.standards import load_kinds

DATA_FOLDER: Final = Path(__file__).resolve().parents[2] / "data"

DEMO_SEED: Final = 2026
"""Seed of the shipped 示例县."""

__all__ = [
    "DEMO_SEED",
    "LABEL",
    "SampleCounty",
    "generate_county",
    "generate_points",
    "generate_roads",
    "write_demo_county",
]


def write_demo_county(folder: Path = DATA_FOLDER, *, seed: int = DEMO_SEED) -> list[Path]:
    """
    Make the files of 示例县: roads, townships, villages and facility lists.

    Parameters
    ----------
    folder
        The data folder.
    seed
        Another seed makes another county.

    Returns
    -------
    files
        Everything written.
    """
    return write_county(generate_county(seed=seed), Path(folder), kinds=load_kinds())
