"""The three readings of the 15-minute health circle side by side, and where they disagree.

    python benchmarks/three_readings.py benchmarks/cases/liechtenstein --map disagree.html
    python benchmarks/three_readings.py benchmarks/cases/ningjin --every 4 --map disagree.html

A project without clinics, such as Ningjin, which has roads only, is given a made-up one at every
n-th settlement, so that the readings can be compared on its roads; such figures say how far the
readings differ there, not how well anybody is served.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from coverage.assessment import assess
from layers.loading import load_layers
from layers.project import chosen_modes, load_project
from layers.standards import load_kinds, load_modes, load_standards
from reports.webmap import web_map_html

if TYPE_CHECKING:
    from coverage.standards import Standard
    from coverage.studies.study import Assessment, Layers

STANDARD = "health_circle_15"
CREDIT = ("© OpenStreetMap 贡献者，ODbL 1.0",)
MADE_UP = "假设：每隔几个居民点放一处村卫生室，只用来比较口径，不是真实设施"


def with_made_up_clinics(layers: Layers, every: int) -> Layers:
    """A clinic at every n-th settlement, in the order of their ids."""
    places = layers.demand.sort_index().iloc[::every]
    clinics = gpd.GeoDataFrame(
        {"facility_name": "假设村卫生室", "kind": "village_clinic", "origin": "synthetic"},
        geometry=places.geometry.to_numpy(),
        index=pd.Index([f"made-up:{name}" for name in places.index], name="facility_id"),
        crs=places.crs,
    )
    return replace(layers, facilities=clinics, label=MADE_UP)


def assessed(folder: Path, *, every: int) -> tuple[Assessment, Standard]:
    """The project by the health circle alone."""
    project = load_project(folder)
    kinds, modes = load_kinds(), chosen_modes(project, load_modes())
    standard = load_standards()[STANDARD]
    layers = load_layers(project, standards=[standard], modes=modes, kinds=kinds)
    if not layers.facilities["kind"].isin(standard.kinds).any():
        layers = with_made_up_clinics(layers, every)
    result = assess(layers, standards=[standard], modes=modes, with_service_areas=False)
    return result, standard


def main() -> None:
    """Print the readings, then how many settlements each combination of verdicts has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--map", type=Path)
    asked = parser.parse_args()
    result, standard = assessed(asked.project, every=asked.every)
    print(f"{result.layers.name}; {result.layers.label}")
    whole = result.zones[result.zones["zone_id"] == ""].set_index("reading_id")
    for reading in standard.readings:
        row = whole.loc[reading.reading_id]
        print(
            f"{reading.name}: {row['villages_covered']} of {row['villages']} settlements "
            f"({row['villages_low']} to {row['villages_high']}), share {row['share']:.4f}"
        )
    inside = result.demand[result.demand["zone_id"].notna()]
    verdicts = pd.DataFrame(
        {one.name: inside[f"{one.reading_id}_covered"] for one in standard.readings}
    )
    print(verdicts.value_counts().to_string())
    if asked.map is not None:
        ids = [reading.reading_id for reading in standard.readings]
        text = web_map_html(result, kinds=load_kinds(), reading_ids=ids, attribution=CREDIT)
        asked.map.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
