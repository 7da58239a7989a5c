"""Maps of what is there: facilities, circles and rings, gaps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.spatial import KDTree

from coverage.studies.study import counted_facilities
from reports import map_styles as styles
from reports.figures import people_text
from reports.place_words import place_words
from reports.printing.drawing import Locator, Panel, PrintLayer
from reports.printing.ground import facility_layers, from_style
from reports.printing.stems import FACILITIES, coverage_stem, coverage_title, gap_stem, is_rescue
from reports.printing.villages import coverage_sentence, village_layers, village_remarks

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.study import Assessment, Layers
    from reports.printing.drawing import PrintMap
    from reports.printing.ground import Ground

NAMED_TIERS: Final = ("county", "city", "province")
"""Tiers of the kinds whose facilities have their names written."""

WINDOW_SHARE: Final = 1 / 5
"""Side of the map of the densest part, as a share of the longer side of the study area."""

DENSE_SHARE: Final = 0.15
"""Share of all facilities in so small a part from which they are drawn once more, larger."""

DENSE_LEAST: Final = 30
"""Fewer facilities than this can be told apart anywhere."""


def facilities_map(
    ground: Ground, *, kinds: Mapping[str, FacilityKind], group: str = ""
) -> PrintMap:
    """
    现状设施分布图: every facility by kind, or those of one group.

    Parameters
    ----------
    ground
        Of the project.
    kinds
        By code; a kind with a tier of county or above has its names written.
    group
        医疗, 养老, … as the kinds have it; "" for all.
    """
    wanted = {code: kind for code, kind in kinds.items() if group in ("", kind.group)}
    facilities = ground.layers.facilities
    rows = facilities[facilities["kind"].isin(wanted)]
    inside = int(shapely.intersects(rows.geometry.to_numpy(), ground.area).sum())
    title = f"现状{group}设施分布图" if group else FACILITIES
    return ground.sheet(
        title, title, f"研究区内{group or '各类'}设施 {inside:,} 处",
        Panel((*ground.drawn, ground.names, *_by_kind(rows, wanted, ground))),
    )  # fmt: skip


def dense_map(ground: Ground, *, kinds: Mapping[str, FacilityKind]) -> PrintMap | None:
    """
    The part of the study area where facilities stand closest, larger, with a locator.

    Parameters
    ----------
    ground, kinds
        As `facilities_map`.

    Returns
    -------
    print_map
        None where facilities nowhere stand so close that a map of the whole is a blot.
    """
    facilities = ground.layers.facilities
    window = dense_window(facilities, ground.extent)
    if window is None:
        return None
    box = shapely.box(*window)
    rows = facilities[shapely.intersects(facilities.geometry.to_numpy(), box)]
    whole = ground.sheet(
        "现状设施分布图_密集处放大", "现状设施分布图（密集处放大）",
        f"本图范围内各类设施 {len(rows):,} 处",
        Panel((*ground.drawn, ground.names, *_by_kind(rows, kinds, ground))),
    )  # fmt: skip
    zones = ground.layers.zones.geometry.to_numpy()
    return replace(whole, extent=window, locator=Locator(zones, box))


def dense_window(
    facilities: gpd.GeoDataFrame, extent: tuple[float, float, float, float]
) -> tuple[float, float, float, float] | None:
    """
    The square with most facilities, if it holds a good part of them.

    Parameters
    ----------
    facilities
        Points.
    extent
        Of the study area, metres.

    Returns
    -------
    window
        West, south, east, north; None where facilities are spread out.
    """
    points = shapely.get_coordinates(facilities.geometry.to_numpy())
    half = max(extent[2] - extent[0], extent[3] - extent[1]) * WINDOW_SHARE / 2
    if len(points) < DENSE_LEAST:
        return None
    # Distance by the larger of both differences: what is near lies in a square.
    near = KDTree(points).query_ball_point(points, half, p=np.inf, return_length=True)
    most = int(np.argmax(near))
    if near[most] < max(DENSE_SHARE * len(points), DENSE_LEAST):
        return None
    x, y = points[most]
    return float(x - half), float(y - half), float(x + half), float(y + half)


def coverage_map(
    ground: Ground,
    assessment: Assessment,
    standard: Standard,
    reading: Reading,
    *,
    kinds: Mapping[str, FacilityKind],
) -> PrintMap:
    """
    服务圈覆盖图 (30分钟救治圈图 for a rescue ring): circles, covered and uncovered villages.

    Parameters
    ----------
    ground
        Of the assessed layers.
    assessment
        Result of an assessment.
    standard, reading
        One of its standards and one of that standard's readings.
    kinds
        By code.
    """
    said = coverage_sentence(assessment, standard, reading, kinds=kinds)
    return ground.sheet(
        coverage_stem(standard, reading), coverage_title(standard), f"{reading.name}：{said}",
        Panel(
            (
                *ground.drawn, ground.names,
                *circle_layers(assessment, standard, reading),
                *village_layers(assessment, standard, reading),
                *counted_layers(ground, standard, reading, kinds=kinds),
            )
        ),
        remarks=village_remarks(assessment, standard, reading),
    )  # fmt: skip


def gap_map(
    ground: Ground,
    assessment: Assessment,
    standard: Standard,
    reading: Reading,
    *,
    kinds: Mapping[str, FacilityKind],
) -> PrintMap:
    """
    缺口图: uncovered villages by people, the largest with their names.

    Parameters
    ----------
    ground, assessment, standard, reading, kinds
        As `coverage_map`.
    """
    gaps = assessment.gaps[assessment.gaps["reading_id"] == reading.reading_id]
    people = gaps["population"]
    word = place_words(assessment.layers).demand
    known = people_text(float(people.sum())) if people.notna().any() or people.empty else "人口未知"
    return ground.sheet(
        gap_stem(standard, reading), f"{standard.name}缺口图",
        f"{reading.name}：未覆盖的{word}有 {len(people):,} 个、{known}",
        Panel(
            (
                *ground.drawn, ground.names,
                *village_layers(assessment, standard, reading, named=True),
                *counted_layers(ground, standard, reading, kinds=kinds),
            )
        ),
        remarks=village_remarks(assessment, standard, reading),
    )  # fmt: skip


def circle_layers(assessment: Assessment, standard: Standard, reading: Reading) -> list[PrintLayer]:
    """The ground that all counted facilities cover together; nothing where there is none."""
    areas = assessment.covered_areas.geometry
    if reading.reading_id not in areas.index or areas[reading.reading_id].is_empty:
        return []
    return [
        from_style(
            "area", np.array([areas[reading.reading_id]], dtype=object), styles.SERVICE_AREA,
            order=10, name="救治圈" if is_rescue(standard) else "服务圈", count=reading.cutoff_text,
        )
    ]  # fmt: skip


def counted_layers(
    ground: Ground, standard: Standard, reading: Reading, *, kinds: Mapping[str, FacilityKind]
) -> list[PrintLayer]:
    """The facilities that count for a reading, its stations among them."""
    return counted_of(ground.layers, standard, reading, kinds=kinds, area=ground.area)


def counted_of(
    layers: Layers,
    standard: Standard,
    reading: Reading,
    *,
    kinds: Mapping[str, FacilityKind],
    area: shapely.Geometry,
) -> list[PrintLayer]:
    """As `counted_layers`, of layers with the same study area."""
    wanted = (*standard.kinds, *reading.station_kinds)
    return facility_layers(counted_facilities(layers, standard, wanted), kinds, area=area)


def _by_kind(
    rows: gpd.GeoDataFrame, kinds: Mapping[str, FacilityKind], ground: Ground
) -> list[PrintLayer]:
    named = [code for code, kind in kinds.items() if kind.tier in NAMED_TIERS]
    return facility_layers(rows, kinds, area=ground.area, named=named)
