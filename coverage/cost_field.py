"""A field of cost over a lattice of places, treated just as demand points are.

Each place takes the access leg to the road point nearest to it, as a village does, so a village
inside the drawn area counts as covered, up to the width of a cell. Feeds the polygons of
`coverage.isochrone`, never a number.
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
from scipy.spatial import KDTree

from coverage.catchment import TOLERANCE
from coverage.search import Search

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.arcs import Cost, Direction, FloatArray, IntArray
    from coverage.network import RoadNetwork

    Window = tuple[slice, slice]

FINEST_CELL_M: Final = 50.0
"""Width of a cell in metres, where the area is small enough for `MOST_CELLS`."""

MOST_CELLS: Final = 200_000
"""Cells of a lattice; a larger area gets wider ones."""

SAMPLE_M: Final = 50.0
"""Roads are known at points at most this far apart, in metres."""

OFF_ROAD_MARGIN_M: Final = 3_000.0
"""How far beyond the outermost roads areas are drawn, in metres."""

KEPT_LATTICES: Final = 4
"""Lattices remembered: the readings of one standard share theirs."""


@dataclass(frozen=True, eq=False)
class Samples:
    """
    Points along all edges of a network, edge after edge, both ends included.

    Parameters
    ----------
    xy
        Shape (s, 2), metres.
    edge
        Shape (s,), position of the edge.
    share
        Shape (s,), position along the edge from tail (0) to head (1).
    start
        Shape (m + 1,), where each edge's samples begin.
    """

    xy: FloatArray
    edge: IntArray
    share: FloatArray
    start: IntArray

    def of(self, edges: IntArray) -> IntArray:
        """Positions of the samples of some edges, edge after edge."""
        counts = np.diff(self.start)[edges]
        first = self.start[edges] - (np.cumsum(counts) - counts)
        samples: IntArray = np.arange(counts.sum()) + np.repeat(first, counts)
        return samples


@dataclass(frozen=True, eq=False)
class Lattice:
    """
    Places on a grid, each with the sample nearest to it.

    Parameters
    ----------
    cell_m
        Width of a cell in metres.
    x, y
        Shapes (w,) and (h,), metres.
    samples
        Points along the roads.
    nearest
        Shape (h, w), position of the nearest sample.
    off_road_m
        Shape (h, w), metres to it.
    """

    cell_m: float
    x: FloatArray
    y: FloatArray
    samples: Samples
    nearest: npt.NDArray[np.int64]
    off_road_m: FloatArray

    def window(self, xy: FloatArray, margin_m: float) -> Window:
        """The part of the lattice around some points, with a cell more on each side."""
        low, high = xy.min(axis=0) - margin_m, xy.max(axis=0) + margin_m
        columns = np.searchsorted(self.x, [low[0], high[0]])
        rows = np.searchsorted(self.y, [low[1], high[1]])
        return (
            slice(max(int(rows[0]) - 2, 0), int(rows[1]) + 2),
            slice(max(int(columns[0]) - 2, 0), int(columns[1]) + 2),
        )


@dataclass(frozen=True, eq=False)
class CostField:
    """Cost at the places of a part of a lattice, shape (rows, columns)."""

    lattice: Lattice
    window: Window
    values: FloatArray

    def area(self, cutoff: float) -> shapely.MultiPolygon:
        """Where the cost is at most the cutoff."""
        if min(self.values.shape) < 2:  # noqa: PLR2004 - a contour needs two rows and columns
            return shapely.MultiPolygon()
        rows, columns = self.window
        # The contour must not run off to infinity between a reached place and one never met.
        values = np.where(np.isfinite(self.values), self.values, 2 * cutoff + 1)
        contours = contourpy.contour_generator(
            self.lattice.x[columns],
            self.lattice.y[rows],
            values,
            fill_type=contourpy.FillType.OuterOffset,
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
    """
    Searches from facilities, and the lattice that their fields are laid over.

    Parameters
    ----------
    search
        The facilities on their network.
    limit
        The largest cutoff, in the unit of the search's cost.
    lattice
        Places as far as the limit reaches.
    """

    search: Search
    limit: float
    lattice: Lattice

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
        Search from the facilities and lay a lattice over what they may reach.

        Parameters
        ----------
        network, facilities, direction, cost
            As `coverage.isochrone.reach_areas`; at least one facility.
        limit
            The largest cutoff, in the unit of `cost`.
        """
        search = Search.prepare(network, facilities, direction, cost)
        return cls(search, limit, lattice_over(network))

    @property
    def access_cost_per_m(self) -> float:
        """Cost of a metre off the road."""
        is_time = self.search.cost == "travel_time_s"
        return self.search.network.access_s_per_m if is_time else 1.0

    def fields(self) -> Iterator[CostField]:
        """The field of each facility, in the order of the facilities."""
        places = self.search.snaps.point
        for facility, node_cost, _ in self.search.each(self.limit + TOLERANCE, other=False):
            yield self._field(node_cost, np.flatnonzero(places == facility))

    def whole_field(self) -> CostField:
        """One field for all facilities together: the cost of the nearest."""
        node_cost, _, _ = self.search.nearest(self.limit + TOLERANCE)
        return self._field(node_cost, np.arange(len(self.search.snaps.point)))

    def _field(self, node_cost: FloatArray, places: IntArray) -> CostField:
        sample, cost = self._sample_costs(node_cost, places)
        lattice = self.lattice
        within = cost <= self.limit
        if not within.any():
            nothing = (slice(0, 0), slice(0, 0))
            return CostField(lattice, nothing, np.empty((0, 0)))
        margin_m = (self.limit - cost[within].min()) / self.access_cost_per_m
        window = lattice.window(lattice.samples.xy[sample[within]], margin_m)
        by_sample = np.full(len(lattice.samples.edge), np.inf)
        np.minimum.at(by_sample, sample, cost)
        off_road = lattice.off_road_m[window] * self.access_cost_per_m
        return CostField(lattice, window, by_sample[lattice.nearest[window]] + off_road)

    def _sample_costs(self, node_cost: FloatArray, places: IntArray) -> tuple[IntArray, FloatArray]:
        """Samples of the reached edges and what each costs; a sample may come twice."""
        network, snaps, samples = self.search.network, self.search.snaps, self.lattice.samples
        is_reached = np.isfinite(node_cost)
        reached = is_reached[network.tail] | is_reached[network.head]
        sample = samples.of(np.flatnonzero(reached))
        edge, share = samples.edge[sample], samples.share[sample]
        ahead, back = self._edge_costs(edge)
        with np.errstate(invalid="ignore"):
            # inf - a closed direction - times a share of 0 is the node itself.
            by_head = np.where(share < 1, (1 - share) * ahead, 0.0) + node_cost[network.head[edge]]
            by_tail = np.where(share > 0, share * back, 0.0) + node_cost[network.tail[edge]]
        # On a facility's own edge the way to it need not pass a node.
        beside = samples.of(snaps.edge[places])
        place = np.repeat(places, np.diff(samples.start)[snaps.edge[places]])
        ahead, back = self._edge_costs(snaps.edge[place])
        step = snaps.fraction[place] - samples.share[beside]
        with np.errstate(invalid="ignore"):
            direct = np.where(step == 0, 0.0, np.abs(step) * np.where(step > 0, ahead, back))
        direct += snaps.access_m[place] * self.access_cost_per_m
        return (
            np.concatenate([sample, beside]),
            np.concatenate([np.minimum(by_head, by_tail), direct]),
        )

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


@lru_cache(maxsize=KEPT_LATTICES)
def lattice_over(network: RoadNetwork) -> Lattice:
    """
    A lattice over all roads, each place with the road point nearest to it.

    Parameters
    ----------
    network
        Roads of one travel mode, at least one edge.

    Returns
    -------
    lattice
        Remembered for the next reading on the same network.
    """
    low = np.floor(network.vertex_xy.min(axis=0) - OFF_ROAD_MARGIN_M)
    high = np.ceil(network.vertex_xy.max(axis=0) + OFF_ROAD_MARGIN_M)
    cell_m = max(FINEST_CELL_M, math.sqrt(np.prod(high - low) / MOST_CELLS))
    x, y = (np.arange(*ends, cell_m) for ends in zip(low, high + cell_m, strict=True))
    samples = _sample(network)
    places = np.stack(np.meshgrid(x, y), axis=-1)
    off_road_m, nearest = KDTree(samples.xy).query(places, workers=-1)
    return Lattice(cell_m, x, y, samples, nearest, off_road_m)


def _sample(network: RoadNetwork) -> Samples:
    vertex_m, edge_m = _running_metres(network)
    counts = np.ceil(edge_m / SAMPLE_M).astype(np.int64) + 1
    start = np.concatenate([[0], np.cumsum(counts)])
    edge = np.repeat(np.arange(network.edge_count), counts)
    share = (np.arange(len(edge)) - start[edge]) / np.maximum(counts[edge] - 1, 1)
    place_m = vertex_m[network.vertex_start[edge]] + share * edge_m[edge]
    xy = np.column_stack([np.interp(place_m, vertex_m, axis) for axis in network.vertex_xy.T])
    return Samples(xy, edge, share, start)


def _running_metres(network: RoadNetwork) -> tuple[FloatArray, FloatArray]:
    """Metres along all edges laid end to end, a metre apart, per vertex; and length per edge."""
    steps = np.hypot(*np.diff(network.vertex_xy, axis=0, prepend=network.vertex_xy[:1]).T)
    steps[network.vertex_start[:-1]] = 1.0
    vertex_m = np.cumsum(steps)
    ends = network.vertex_start
    return vertex_m, vertex_m[ends[1:] - 1] - vertex_m[ends[:-1]]


def _polygons_of(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(geometry)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
