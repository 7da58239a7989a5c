"""A field of cost over a grid: known along the reached roads, carried off them on foot.

Feeds the polygons of `coverage.isochrone`, never a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import contourpy
import numpy as np
import shapely

from coverage.catchment import TOLERANCE
from coverage.search import Search

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from coverage.arcs import Cost, Direction, FloatArray, IntArray
    from coverage.network import RoadNetwork

    Window = tuple[slice, slice]

CELL_M: Final = 100.0
"""Grid width in metres; a 100 m field agreed to 0.975 (intersection over union) with 25 m."""

CELLS_ACROSS: Final = (50, 160)
"""Fewest and most cells across the farthest reach: finer for a short walk, coarser for a drive."""

NEIGHBOURS: Final = tuple(
    (dx, dy) for dx in range(-2, 3) for dy in range(-2, 3) if math.gcd(dx, dy) == 1
)
"""Steps of the walk off the road: 16 directions, at most 2.8 % longer than the straight line."""


@dataclass(frozen=True, eq=False)
class CostField:
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
class Reach:
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
    ) -> Reach:
        """
        Search from the facilities and lay samples along all roads.

        Parameters
        ----------
        network, facilities, direction, cost
            As `coverage.isochrone.reach_areas`.
        limit
            The largest cutoff, in the unit of `cost`.
        """
        search = Search.prepare(network, facilities, direction, cost)
        across_m = 2 * _farthest_m(network, cost, limit)
        fewest, most = CELLS_ACROSS
        cell_m = max(min(CELL_M, across_m / fewest), across_m / most)
        vertex_m, edge_m = _running_metres(network)
        counts = np.ceil(edge_m / cell_m).astype(np.int64) * 2 + 1
        start = np.concatenate([[0], np.cumsum(counts)])
        edge = np.repeat(np.arange(network.edge_count), counts)
        share = (np.arange(len(edge)) - start[edge]) / np.maximum(counts[edge] - 1, 1)
        place_m = vertex_m[network.vertex_start[edge]] + share * edge_m[edge]
        return cls(
            search=search,
            limit=limit,
            cell_m=cell_m,
            sample_xy=np.column_stack(
                [np.interp(place_m, vertex_m, axis) for axis in network.vertex_xy.T]
            ),
            sample_edge=edge,
            sample_share=share,
            sample_start=start,
            facility_xy=shapely.get_coordinates(np.asarray(facilities.geometry.array)),
        )

    @property
    def access_cost_per_m(self) -> float:
        """Cost of a metre off the road."""
        is_time = self.search.cost == "travel_time_s"
        return self.search.network.access_s_per_m if is_time else 1.0

    def fields(self) -> Iterator[CostField]:
        """The field of each facility, in the order of the facilities."""
        places = self.search.snaps.point
        for facility, node_cost, _ in self.search.each(self.limit + TOLERANCE, other=False):
            own = np.flatnonzero(places == facility)
            yield self._field(node_cost, own, self.facility_xy[[facility]])

    def whole_field(self) -> CostField:
        """One field for all facilities together: the cost of the nearest."""
        node_cost, _, _ = self.search.nearest(self.limit + TOLERANCE)
        return self._field(node_cost, np.arange(len(self.search.snaps.point)), self.facility_xy)

    def _field(self, node_cost: FloatArray, places: IntArray, facility_xy: FloatArray) -> CostField:
        xy, cost = self._reached_samples(node_cost, places)
        return self._spread(
            np.concatenate([facility_xy, xy]), np.concatenate([np.zeros(len(facility_xy)), cost])
        )

    def _reached_samples(
        self, node_cost: FloatArray, places: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Points along the reached roads and their cost, in the middle of edges too."""
        network, snaps = self.search.network, self.search.snaps
        is_reached = np.isfinite(node_cost)
        reached = is_reached[network.tail] | is_reached[network.head]
        sample = self._samples_of(np.flatnonzero(reached))
        edge, share = self.sample_edge[sample], self.sample_share[sample]
        ahead, back = self._edge_costs(edge)
        with np.errstate(invalid="ignore"):
            # inf - a closed direction - times a share of 0 is the node itself.
            by_head = np.where(share < 1, (1 - share) * ahead, 0.0) + node_cost[network.head[edge]]
            by_tail = np.where(share > 0, share * back, 0.0) + node_cost[network.tail[edge]]
        # On a facility's own edge the way to it need not pass a node.
        beside = self._samples_of(snaps.edge[places])
        place = np.repeat(places, np.diff(self.sample_start)[snaps.edge[places]])
        ahead, back = self._edge_costs(snaps.edge[place])
        step = snaps.fraction[place] - self.sample_share[beside]
        with np.errstate(invalid="ignore"):
            direct = np.where(step == 0, 0.0, np.abs(step) * np.where(step > 0, ahead, back))
        direct += snaps.access_m[place] * self.access_cost_per_m
        sample = np.concatenate([sample, beside])
        cost = np.concatenate([np.minimum(by_head, by_tail), direct])
        within = cost <= self.limit
        return self.sample_xy[sample[within]], cost[within]

    def _samples_of(self, edges: IntArray) -> IntArray:
        """Positions of the samples of some edges, edge after edge."""
        counts = np.diff(self.sample_start)[edges]
        first = self.sample_start[edges] - (np.cumsum(counts) - counts)
        samples: IntArray = np.arange(counts.sum()) + np.repeat(first, counts)
        return samples

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

    def _spread(self, xy: FloatArray, cost: FloatArray) -> CostField:
        """Carry costs from points onto the grid and off the road."""
        walk_m = (self.limit - cost)[:, None] / self.access_cost_per_m
        # One cell more on each side, so that the contour closes inside the grid.
        low = np.floor((xy - walk_m).min(axis=0) / self.cell_m).astype(int) - 2
        high = np.ceil((xy + walk_m).max(axis=0) / self.cell_m).astype(int) + 2
        width, height = (high - low + 1).tolist()
        values = np.full((height, width), np.inf)
        nearest = np.floor(xy / self.cell_m).astype(int)
        for dx in (0, 1):
            for dy in (0, 1):
                column, row = nearest[:, 0] + dx, nearest[:, 1] + dy
                off = np.hypot(xy[:, 0] - column * self.cell_m, xy[:, 1] - row * self.cell_m)
                there = cost + off * self.access_cost_per_m
                np.minimum.at(values, (row - low[1], column - low[0]), there)
        _walk(values, self.cell_m * self.access_cost_per_m, limit=self.limit)
        # The contour must not run off to infinity between a reached node and one never met.
        values[~np.isfinite(values)] = 2 * self.limit + 1
        return CostField(self.cell_m, int(low[0]), int(low[1]), values)


def _running_metres(network: RoadNetwork) -> tuple[FloatArray, FloatArray]:
    """Metres along all edges laid end to end, a metre apart, per vertex; and length per edge."""
    steps = np.hypot(*np.diff(network.vertex_xy, axis=0, prepend=network.vertex_xy[:1]).T)
    steps[network.vertex_start[:-1]] = 1.0
    vertex_m = np.cumsum(steps)
    ends = network.vertex_start
    return vertex_m, vertex_m[ends[1:] - 1] - vertex_m[ends[:-1]]


def _farthest_m(network: RoadNetwork, cost: Cost, limit: float) -> float:
    """How far from a facility a place within the limit can be, at the fastest edge's speed."""
    if cost == "distance_m":
        return limit
    seconds = np.minimum(network.along_s, network.against_s)
    moving = np.isfinite(seconds) & (seconds > 0)
    speed = (network.length_m[moving] / seconds[moving]).max(initial=1 / network.access_s_per_m)
    return float(speed) * limit


def _walk(values: FloatArray, cost_per_cell: float, *, limit: float) -> None:
    """Lower each grid node in place to what a walk from the nodes around it costs."""
    longest = max(1, int((limit - values.min()) / cost_per_cell))
    # Long strides first carry the cost far in few rounds, short ones then fill in between.
    strides = [2**power for power in range(longest.bit_length() - 1, -1, -1)]
    for stride in [*strides, 1]:
        # Nobody walks on from beyond the limit; one ring past it is enough for the contour.
        before = np.where(values <= limit, values, np.inf)
        for to_place, from_place, step in _shifts(values.shape, stride):
            target = values[to_place]
            np.minimum(target, before[from_place] + step * cost_per_cell, out=target)


@lru_cache(maxsize=64)
def _shifts(shape: tuple[int, int], stride: int) -> list[tuple[Window, Window, float]]:
    """For each direction: the places gone to, the places come from, and the step in cells."""
    height, width = shape
    shifts = []
    for dx, dy in NEIGHBOURS:
        if abs(dx) * stride < width and abs(dy) * stride < height:
            to_row, from_row = _overlap(dy * stride, height)
            to_column, from_column = _overlap(dx * stride, width)
            step = math.hypot(dx, dy) * stride
            shifts.append(((to_row, to_column), (from_row, from_column), step))
    return shifts


def _overlap(step: int, size: int) -> tuple[slice, slice]:
    """Where an axis shifted by some cells lies on itself: the places gone to, and come from."""
    low, high = max(step, 0), size + min(step, 0)
    return slice(low, high), slice(low - step, high - step)


def _polygons_of(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(geometry)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
