"""Road lines for drawing: thinned to what a screen can show, never used for a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from reports.map_styles import ROAD_GROUPS, road_group

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.roads import Roads

VERTEX_BUDGET: Final = 60_000
"""Vertices of all drawn roads together; at about 20 bytes each some 1.2 MB."""

COARSEST: Final = 4
"""How many times the tolerance may be doubled before the smallest roads are left out."""

MARGIN: Final = 0.05
"""Roads are drawn this share of the study area's width beyond its edge."""


@dataclass(frozen=True)
class DrawnRoads:
    """
    Lines to draw.

    Parameters
    ----------
    lines
        Per road group (ids of `map_styles.ROAD_GROUPS`) its lines, in the CRS of the roads.
    omitted
        Lines left out to keep the map small.
    """

    lines: dict[str, npt.NDArray[np.object_]]
    omitted: int


def drawn_roads(
    roads: Roads,
    *,
    bounds: tuple[float, float, float, float],
    tolerance_m: float,
    budget: int = VERTEX_BUDGET,
) -> DrawnRoads:
    """
    Lines of the roads in a rectangle, merged, simplified and kept within a vertex budget.

    Parameters
    ----------
    roads
        The street network.
    bounds
        West, south, east, north in metres; drawn with `MARGIN` around it.
    tolerance_m
        Largest displacement of a line, metres; doubled where the budget does not suffice.
    budget
        Largest number of vertices.

    Returns
    -------
    drawn
        Groups without a road are absent.
    """
    merged = _merged_lines(roads, _edges_within(roads, bounds))
    for doubling in range(COARSEST + 1):
        lines = {
            group: shapely.simplify(parts, tolerance_m * 2**doubling, preserve_topology=False)
            for group, parts in merged.items()
        }
        if sum(_vertices(parts).sum() for parts in lines.values()) <= budget:
            return DrawnRoads(lines, 0)
    return _within_budget(lines, budget)


def _edges_within(roads: Roads, bounds: tuple[float, float, float, float]) -> npt.NDArray[np.int64]:
    if roads.edge_count == 0:
        return np.empty(0, dtype=np.int64)
    west, south, east, north = bounds
    margin = MARGIN * max(east - west, north - south)
    starts = roads.vertex_start[:-1]
    inside = (
        (np.maximum.reduceat(roads.vertex_x, starts) >= west - margin)
        & (np.minimum.reduceat(roads.vertex_x, starts) <= east + margin)
        & (np.maximum.reduceat(roads.vertex_y, starts) >= south - margin)
        & (np.minimum.reduceat(roads.vertex_y, starts) <= north + margin)
    )
    return np.flatnonzero(inside)


def _merged_lines(roads: Roads, edges: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.object_]]:
    group_of_class = np.array([road_group(name) for name in roads.road_classes], dtype=object)
    merged = {}
    for group, _, _ in ROAD_GROUPS:
        chosen = edges[group_of_class[roads.road_class[edges]] == group] if len(edges) else edges
        if len(chosen):
            whole = shapely.line_merge(shapely.multilinestrings(_edge_lines(roads, chosen)))
            merged[group] = shapely.get_parts(whole)
    return merged


def _edge_lines(roads: Roads, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    counts = roads.vertex_start[edges + 1] - roads.vertex_start[edges]
    owner = np.repeat(np.arange(len(edges)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    vertices = np.repeat(roads.vertex_start[edges], counts) + np.arange(counts.sum()) - first
    points = np.column_stack([roads.vertex_x[vertices], roads.vertex_y[vertices]])
    return shapely.linestrings(points, indices=owner)


def _vertices(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    return shapely.get_num_coordinates(lines)


def _within_budget(lines: dict[str, npt.NDArray[np.object_]], budget: int) -> DrawnRoads:
    """The longest lines first, group by group from the widest roads, as far as the budget goes."""
    kept, omitted = {}, 0
    for group, parts in lines.items():
        longest_first = parts[np.argsort(-shapely.length(parts), kind="stable")]
        fits = np.cumsum(_vertices(longest_first)) <= budget
        budget -= int(_vertices(longest_first[fits]).sum())
        omitted += int((~fits).sum())
        if fits.any():
            kept[group] = longest_first[fits]
    return DrawnRoads(kept, omitted)
