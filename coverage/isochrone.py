"""Service-area polygons for the eye, never the source of a number.

For each facility a field of cost is laid over a grid: known along the reached roads, carried
off them at the access speed, and contoured at the cutoff. Holes and islands stay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import contourpy
import geopandas as gpd
import numpy as np
import shapely

from coverage.catchment import TOLERANCE
from coverage.errors import ImpedanceError
from coverage.search import Search

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coverage.arcs import Cost, Direction, FloatArray, IntArray
    from coverage.network import RoadNetwork

FINEST_CELL_M: Final = 50.0
"""Grid width in metres for small areas; 50 m came within 1 % of a 25 m reference."""

CELLS_ACROSS: Final = 160
"""Cells across a large area, whose grid is coarser than `FINEST_CELL_M`."""

NEIGHBOURS: Final = tuple(
    (dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if math.gcd(dx, dy) == 1
)
"""Steps of the walk off the road: 16 directions, at most 2.8 % longer than the straight line."""


def service_areas(
    network: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    cutoffs_s: Sequence[float],
    direction: Direction,
    overlap: bool = True,
) -> gpd.GeoDataFrame:
    """
    The area from which each facility is reached within each cutoff.

    Parameters
    ----------
    network
        Roads of one travel mode.
    facilities
        Shape (f, ...), points in the network's CRS, indexed by `facility_id`.
    cutoffs_s
        Cutoffs in seconds, each > 0.
    direction
        "to_facility" or "from_facility".
    overlap
        Whether areas may overlap; otherwise each place belongs to its nearest facility.

    Returns
    -------
    areas
        Shape (f * len(cutoffs_s), 3), in the order of `facilities` and cutoffs:
        `facility_id`, `cutoff_s`, `geometry` (valid, in the network's CRS). Without overlap
        a facility that is nearest nowhere has an empty polygon; no facility lacks a row.

    Raises
    ------
    ImpedanceError
        If a cutoff is no positive number.
    CrsError, InputError
        As `coverage.catchment.nearest_facility`.
    """
    areas = reach_areas(
        network,
        facilities,
        cutoffs=cutoffs_s,
        direction=direction,
        cost="travel_time_s",
        overlap=overlap,
    )
    return areas.rename(columns={"cutoff": "cutoff_s"})


def reach_areas(
    network: RoadNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    cutoffs: Sequence[float],
    direction: Direction,
    cost: Cost,
    overlap: bool = True,
) -> gpd.GeoDataFrame:
    """
    As `service_areas`, by travel time or by distance.

    Parameters
    ----------
    network, facilities, direction, overlap
        As `service_areas`.
    cutoffs
        In the unit of `cost`, each > 0.
    cost
        "travel_time_s" or "distance_m".

    Returns
    -------
    areas
        `facility_id`, `cutoff`, `geometry`.

    Raises
    ------
    ImpedanceError, CrsError, InputError
        As `service_areas`.
    """
    bad = [cutoff for cutoff in cutoffs if not (math.isfinite(cutoff) and cutoff > 0)]
    if bad:
        msg = f"服务范围的阈值应为大于 0 的数字，现有 {bad[0]}。"
        raise ImpedanceError(msg)
    rows = []
    if len(facilities) and len(cutoffs):
        reach = _Reach.prepare(network, facilities, direction, cost, max(cutoffs))
        fields = reach.fields() if overlap else _nearest_only(list(reach.fields()))
        rows = [
            (facility, cutoff, field.area(cutoff))
            for facility, field in zip(facilities.index, fields, strict=True)
            for cutoff in cutoffs
        ]
    return gpd.GeoDataFrame(
        {
            "facility_id": np.array([row[0] for row in rows], dtype=object),
            "cutoff": np.array([row[1] for row in rows], dtype=float),
        },
        geometry=[row[2] for row in rows],
        crs=network.crs,
    )


def straight_line_areas(facilities: gpd.GeoDataFrame, *, cutoff_m: float) -> gpd.GeoDataFrame:
    """
    The circle around each facility, for standards that give a radius.

    Parameters
    ----------
    facilities
        Shape (f, ...), points in a projected CRS, indexed by `facility_id`.
    cutoff_m
        Radius in metres, > 0.

    Returns
    -------
    areas
        Shape (f, 3): `facility_id`, `cutoff`, `geometry`.
    """
    return gpd.GeoDataFrame(
        {"facility_id": facilities.index.to_numpy(dtype=object), "cutoff": cutoff_m},
        geometry=facilities.geometry.buffer(cutoff_m).to_numpy(),
        crs=facilities.crs,
    )


@dataclass(frozen=True, eq=False)
class _Field:
    """Cost at the nodes of a grid, `values[row, column]`, on a lattice shared by all fields."""

    cell_m: float
    first_column: int
    first_row: int
    values: FloatArray

    def area(self, cutoff: float) -> shapely.MultiPolygon:
        """Where the cost is at most the cutoff."""
        x = (self.first_column + np.arange(self.values.shape[1])) * self.cell_m
        y = (self.first_row + np.arange(self.values.shape[0])) * self.cell_m
        contours = contourpy.contour_generator(
            x, y, self.values, fill_type=contourpy.FillType.OuterOffset
        )
        polygons = []
        for vertices, offsets in zip(*contours.filled(-1.0, cutoff), strict=True):
            rings = [vertices[a:b] for a, b in pairwise(offsets)]
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
        # Contours may touch themselves in a corner, which is not a valid polygon.
        merged = shapely.union_all(shapely.make_valid(np.array(polygons, dtype=object)))
        return _polygons_of(merged)


@dataclass(frozen=True, eq=False)
class _Reach:
    """What all fields of one request share."""

    search: Search
    limit: float
    cell_m: float
    sample_xy: FloatArray
    sample_edge: IntArray
    sample_share: FloatArray
    sample_start: IntArray
    facility_xy: FloatArray

    @classmethod
    def prepare(
        cls,
        network: RoadNetwork,
        facilities: gpd.GeoDataFrame,
        direction: Direction,
        cost: Cost,
        limit: float,
    ) -> _Reach:
        search = Search.prepare(network, facilities, direction, cost)
        cell_m = max(FINEST_CELL_M, 2 * _farthest_m(network, cost, limit) / CELLS_ACROSS)
        counts = np.ceil(shapely.length(network.lines) / cell_m).astype(np.int64) * 2 + 1
        start = np.concatenate([[0], np.cumsum(counts)])
        edge = np.repeat(np.arange(network.edge_count), counts)
        place = np.arange(len(edge)) - start[edge]
        share = place / np.maximum(counts[edge] - 1, 1)
        places = shapely.line_interpolate_point(network.lines[edge], share, normalized=True)
        return cls(
            search=search,
            limit=limit,
            cell_m=cell_m,
            sample_xy=shapely.get_coordinates(places),
            sample_edge=edge,
            sample_share=share,
            sample_start=start,
            facility_xy=shapely.get_coordinates(np.asarray(facilities.geometry.array)),
        )

    @property
    def access_cost_per_m(self) -> float:
        is_time = self.search.cost == "travel_time_s"
        return self.search.network.access_s_per_m if is_time else 1.0

    def fields(self) -> Iterator[_Field]:
        """The field of each facility, in the order of the facilities."""
        for facility, node_cost, _ in self.search.each(self.limit + TOLERANCE, other=False):
            xy, cost = self._reached_samples(facility, node_cost)
            yield self._spread(
                np.concatenate([self.facility_xy[[facility]], xy]), np.concatenate([[0.0], cost])
            )

    def _reached_samples(
        self, facility: int, node_cost: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Points along the reached roads and their cost, in the middle of edges too."""
        network, snaps = self.search.network, self.search.snaps
        own = snaps.point == facility
        is_reached = np.isfinite(node_cost)
        reached = is_reached[network.tail] | is_reached[network.head]
        reached[snaps.edge[own]] = True
        edges = np.flatnonzero(reached)
        counts = np.diff(self.sample_start)[edges]
        ends = np.cumsum(counts)
        sample = np.arange(counts.sum()) + np.repeat(
            self.sample_start[edges] - (ends - counts), counts
        )
        edge, share = self.sample_edge[sample], self.sample_share[sample]
        ahead, back = self._edge_costs(edge)
        with np.errstate(invalid="ignore"):
            # inf - a closed direction - times a share of 0 is the node itself.
            ways = [
                np.where(share < 1, (1 - share) * ahead, 0.0) + node_cost[network.head[edge]],
                np.where(share > 0, share * back, 0.0) + node_cost[network.tail[edge]],
            ]
            for place in np.flatnonzero(own):
                step = snaps.fraction[place] - share
                pace = np.where(step >= 0, ahead, back)
                direct = np.where(step == 0, 0.0, np.abs(step) * pace)
                direct += snaps.access_m[place] * self.access_cost_per_m
                ways.append(np.where(edge == snaps.edge[place], direct, np.inf))
        cost = np.minimum.reduce(ways)
        within = cost <= self.limit
        return self.sample_xy[sample[within]], cost[within]

    def _edge_costs(self, edge: IntArray) -> tuple[FloatArray, FloatArray]:
        """Cost of an edge towards its head and towards its tail, as demand there would pay."""
        network = self.search.network
        along_s, against_s = network.along_s[edge], network.against_s[edge]
        if self.search.direction == "from_facility":
            # The search runs outward: to reach a place from the head is to go against.
            along_s, against_s = against_s, along_s
        if self.search.cost == "travel_time_s":
            return along_s, against_s
        metres = network.length_m[edge]
        return (
            np.where(np.isfinite(along_s), metres, np.inf),
            np.where(np.isfinite(against_s), metres, np.inf),
        )

    def _spread(self, xy: FloatArray, cost: FloatArray) -> _Field:
        """Carry costs from points onto the grid and off the road."""
        walk_m = (self.limit - cost.min()) / self.access_cost_per_m
        margin = math.ceil(walk_m / self.cell_m) + 2
        low = np.floor(xy.min(axis=0) / self.cell_m).astype(int) - margin
        high = np.ceil(xy.max(axis=0) / self.cell_m).astype(int) + margin
        width, height = (high - low + 1).tolist()
        values = np.full((height, width), np.inf)
        nearest = np.floor(xy / self.cell_m).astype(int)
        for dx in (0, 1):
            for dy in (0, 1):
                column, row = nearest[:, 0] + dx, nearest[:, 1] + dy
                off = np.hypot(xy[:, 0] - column * self.cell_m, xy[:, 1] - row * self.cell_m)
                there = cost + off * self.access_cost_per_m
                np.minimum.at(values, (row - low[1], column - low[0]), there)
        _walk(values, self.cell_m * self.access_cost_per_m, rounds=margin)
        # The contour must not run off to infinity between a reached node and one never met.
        values[~np.isfinite(values)] = 2 * self.limit + 1
        return _Field(self.cell_m, int(low[0]), int(low[1]), values)


def _farthest_m(network: RoadNetwork, cost: Cost, limit: float) -> float:
    """How far from a facility a place within the limit can be, at the fastest edge's speed."""
    if cost == "distance_m":
        return limit
    seconds = np.minimum(network.along_s, network.against_s)
    moving = np.isfinite(seconds) & (seconds > 0)
    speed = (network.length_m[moving] / seconds[moving]).max(initial=1 / network.access_s_per_m)
    return float(speed) * limit


def _walk(values: FloatArray, cost_per_cell: float, *, rounds: int) -> None:
    """Lower each grid node in place to what a walk from its neighbours costs."""
    height, width = values.shape
    for _ in range(rounds):
        before = values.copy()
        for dx, dy in NEIGHBOURS:
            to_row, to_column = (
                slice(max(dy, 0), height + min(dy, 0)),
                slice(max(dx, 0), width + min(dx, 0)),
            )
            from_row, from_column = (
                slice(max(-dy, 0), height + min(-dy, 0)),
                slice(max(-dx, 0), width + min(-dx, 0)),
            )
            step = math.hypot(dx, dy) * cost_per_cell
            target = values[to_row, to_column]
            np.minimum(target, before[from_row, from_column] + step, out=target)
        if np.array_equal(before, values):
            return


def _nearest_only(fields: list[_Field]) -> list[_Field]:
    """Close to each facility the ground on which another one is nearer."""
    low_x = min(field.first_column for field in fields)
    low_y = min(field.first_row for field in fields)
    width = max(field.first_column + field.values.shape[1] for field in fields) - low_x
    height = max(field.first_row + field.values.shape[0] for field in fields) - low_y
    least = np.full((height, width), np.inf)
    owner = np.full((height, width), -1)
    windows = []
    for number, field in enumerate(fields):
        top, left = field.first_row - low_y, field.first_column - low_x
        rows, columns = field.values.shape
        window = (slice(top, top + rows), slice(left, left + columns))
        nearer = field.values < least[window]
        least[window] = np.where(nearer, field.values, least[window])
        owner[window] = np.where(nearer, number, owner[window])
        windows.append(window)
    return [
        _Field(
            field.cell_m,
            field.first_column,
            field.first_row,
            np.where(owner[windows[number]] == number, field.values, field.values.max() + 1),
        )
        for number, field in enumerate(fields)
    ]


def _polygons_of(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(geometry)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
