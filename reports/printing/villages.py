"""Villages on print maps: who is covered, who is not and how many, whose people are unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coverage.measures import is_counted
from coverage.rules.choices import WHOLE_AREA
from reports import map_styles as styles
from reports.figures import band_text, share_text
from reports.map_settlements import people_of, reference_people, size_key
from reports.place_words import missing_words, place_words
from reports.printing.ground import MM_PER_PX, POINTS_PER_PX, WORK, from_style
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.study import Assessment
    from reports.printing.drawing import PrintLayer

    Bools = npt.NDArray[np.bool_]

NAMED_GAPS: Final = 40
"""Uncovered villages whose names are written: those with most people."""

UNCOVERED: Final = "未覆盖的"
UNKNOWN: Final = "未覆盖、人口未知的"
COVERED: Final = "已覆盖的"
GAINED: Final = "新覆盖的"
LOST: Final = "失去覆盖的"
"""Begin the names of layers; what a demand point is called follows."""

_GAINED: Final = {
    "color": styles.WHITE, "weight": 1.0, "fill": True, "fillColor": "#009e73", "radius": 5.0,
}  # fmt: skip
_LOST: Final = {
    "color": "#000000", "weight": 2.0, "fill": True, "fillColor": styles.VERMILION, "radius": 6.0,
}  # fmt: skip
"""The colours of the live map; triangles, so that they are told apart without colours too."""

_ABOVE_FACILITIES: Final = 580
"""A village that loses its clinic lies where the clinic closes."""

_FULL_SPACING_MM: Final = styles.SETTLEMENT_SPACING_PX * MM_PER_PX
"""Villages have their full size once they lie this far apart on paper, as on the screen."""

_MAP_MM: Final = 165.0
"""About the longer side of a study area on A4."""

_SMALLEST_SHARE: Final = 0.35


def village_layers(
    assessment: Assessment, standard: Standard, reading: Reading, *, named: bool = False
) -> list[PrintLayer]:
    """
    Uncovered villages by people, rings where their people are unknown, and covered ones.

    Parameters
    ----------
    assessment, standard, reading
        An assessment, one of its standards, one of that standard's readings.
    named
        Whether the largest gaps have their names written.
    """
    demand = assessment.demand
    counted = is_counted(demand, standard).to_numpy()
    covered = demand[f"{reading.reading_id}_covered"].to_numpy(dtype=bool)
    people = people_of(demand, standard)
    share = size_share(assessment.layers.zones, int(counted.sum()))
    word = place_words(assessment.layers).demand
    return [
        *gap_layers(
            demand[counted & ~covered], people, word,
            reference=reference_people(people[counted]), share=share, named=named,
        ),
        covered_layer(demand[counted & covered], word, share=share),
    ]  # fmt: skip


def size_share(zones: gpd.GeoDataFrame, villages: int) -> float:
    """
    How much smaller dots are drawn where villages lie close, at most 1.

    Parameters
    ----------
    zones
        Contract `ZONES`.
    villages
        How many are drawn.
    """
    west, south, east, north = zones.total_bounds
    metres_per_mm = max(east - west, north - south, 1.0) / _MAP_MM
    spacing_mm = float(np.sqrt(zones.area.sum() / max(villages, 1))) / metres_per_mm
    return min(1.0, max(spacing_mm / _FULL_SPACING_MM, _SMALLEST_SHARE))


def gap_layers(
    rows: gpd.GeoDataFrame,
    people: pd.Series[float],
    word: str,
    *,
    reference: float,
    share: float = 1.0,
    named: bool = False,
) -> list[PrintLayer]:
    """
    Villages that nothing serves: dots by people, rings where nobody knows how many.

    Parameters
    ----------
    rows
        Uncovered villages.
    people
        Persons by demand id, NaN for unknown.
    word
        What a demand point is called.
    reference
        Persons drawn with the reference radius.
    share
        Of the full size (`size_share`).
    named
        Whether the largest have their names written.
    """
    weights = people[rows.index]
    known = weights.notna().to_numpy()
    sizes = [styles.people_radius(each, reference=reference) for each in weights[known]]
    key = size_key(float(weights.max()), reference) if known.any() else []
    mm = 2 * MM_PER_PX * share
    names = _largest(rows, weights) if named else np.full(len(rows), "", dtype=object)
    rank = -weights.fillna(0).to_numpy(dtype=float)
    layers = []
    if known.any() or not len(rows):
        layers.append(
            from_style(
                "dot", rows.geometry.to_numpy()[known], styles.GAP, name=f"{UNCOVERED}{word}",
                count=f"{int(known.sum()):,} 个", order=WORK,
                size=np.array(sizes, dtype=float) * mm, width=_edge(styles.GAP, share),
                size_key=tuple((radius * mm, said) for radius, said in key),
                names=names[known], rank=rank[known], font_pt=6.0,
            )
        )  # fmt: skip
    if not known.all():
        layers.append(
            from_style(
                "dot", rows.geometry.to_numpy()[~known], styles.GAP_UNKNOWN,
                name=f"{UNKNOWN}{word}", count=f"{int((~known).sum()):,} 个", order=WORK + 1,
                size=styles.UNKNOWN_RADIUS_PX * mm, width=_edge(styles.GAP_UNKNOWN, share),
                names=names[~known], rank=rank[~known], font_pt=6.0,
            )
        )  # fmt: skip
    return layers


def _edge(style: Mapping[str, Any], share: float) -> float:
    """Width of the edge of a dot, points: finer on small ones, which it would else fill."""
    return float(style["weight"]) * POINTS_PER_PX * share**1.5


def covered_layer(rows: gpd.GeoDataFrame, word: str, *, share: float = 1.0) -> PrintLayer:
    """
    Villages that are served; `word` and `share` as for `gap_layers`.

    In full colour, so that they are darker than the larger dots of the uncovered without colours.
    """
    return from_style(
        "dot", rows.geometry.to_numpy(), styles.COVERED, name=f"{COVERED}{word}",
        count=f"{len(rows):,} 个", order=200, opacity=1.0,
        size=float(styles.COVERED["radius"]) * 2 * MM_PER_PX * share,
        width=_edge(styles.COVERED, share),
    )  # fmt: skip


def changed_layers(gained: gpd.GeoDataFrame, lost: gpd.GeoDataFrame, word: str) -> list[PrintLayer]:
    """
    Villages whose verdict changes: triangles up for those gained, on their tip for those lost.

    Parameters
    ----------
    gained, lost
        Their rows; a layer without rows is left out of the legend.
    word
        What a demand point is called.
    """
    return [
        from_style(
            shape, rows.geometry.to_numpy(), style, name=f"{name}{word}",
            count=f"{len(rows):,} 个", order=_ABOVE_FACILITIES + at,
        )
        for at, shape, rows, style, name in (
            (0, "triangle", gained, _GAINED, GAINED),
            (1, "inverted", lost, _LOST, LOST),
        )
        if len(rows)
    ]  # fmt: skip


def coverage_sentence(
    assessment: Assessment,
    standard: Standard,
    reading: Reading,
    *,
    kinds: Mapping[str, FacilityKind],
) -> str:
    """
    The share covered in the whole study area, with its band and the target; else why there is none.

    Parameters
    ----------
    assessment, standard, reading
        As for `village_layers`.
    kinds
        By code.
    """
    row = whole_row(assessment, reading)
    if not row["villages"]:
        return f"没有考核的{place_words(assessment.layers).demand}"
    if missing := missing_words(assessment.layers, standard, reading, kinds=kinds):
        return f"未核算：{missing}"
    if np.isnan(row["share"]):
        return "人口未知，未核算人口覆盖率"
    share = share_text(float(row["share"]), target=standard.target)
    band = band_text(float(row["share_low"]), float(row["share_high"]), target=standard.target)
    within = f"（误差范围 {band}）" if band else ""
    return f"覆盖率 {share}{within}，目标 {share_text(standard.target)}"


def village_remarks(
    assessment: Assessment, standard: Standard, reading: Reading
) -> tuple[str, ...]:
    """What the foot must say: unknown populations, where the target comes from."""
    unknown = int(whole_row(assessment, reading)["population_unknown"])
    word = place_words(assessment.layers).demand
    told = [f"有 {unknown:,} 个{word}人口未知，未计入覆盖率"] if unknown else []
    note = plain_text(standard.target_note)
    return (*told, f"目标依据：{note}" if note else "")


def whole_row(assessment: Assessment, reading: Reading) -> pd.Series:
    """The result of the whole study area by a reading."""
    rows = assessment.zones
    whole = (rows["reading_id"] == reading.reading_id) & (rows["zone_id"] == WHOLE_AREA)
    return rows[whole].iloc[0]


def _largest(gaps: pd.DataFrame, weights: pd.Series[float]) -> npt.NDArray[np.object_]:
    first = weights.fillna(0).rank(ascending=False, method="first").to_numpy() <= NAMED_GAPS
    names = [plain_text(name) for name in gaps["demand_name"]]
    return np.where(first, np.array(names, dtype=object), "")
