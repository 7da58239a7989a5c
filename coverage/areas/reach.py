"""What facilities reach over ground: their searches, and the lattice that suits it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from coverage.areas.grid import Grid
from coverage.areas.ground import ground_within
from coverage.areas.lattice import lattice_over
from coverage.areas.place_costs import access_cost_per_m
from coverage.searches.search import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from coverage.areas.ground import Boxes
    from coverage.areas.lattice import Lattice
    from coverage.graph.arcs import Cost, Direction, FloatArray
    from coverage.network import RoadNetwork

FINE_CELLS_M: Final = (5.0, 10.0, 25.0)
"""Widths of a cell for small ground, in metres."""

WIDE_CELLS_M: Final = (40.0, 60.0, 75.0, 100.0, 150.0, 200.0, 300.0, 400.0, 600.0, 800.0)
"""Widths of a cell for larger ground, in metres; the last whatever it takes."""

FEW_CELLS: Final = 300_000
"""Places up to which fine cells are affordable."""

MANY_CELLS: Final = 800_000
"""Places up to which wide cells are; larger ground gets wider ones."""

CELLS_OF_AREA: Final = 9_500
"""Places for each area that is drawn, where that is more."""

CELLS_OF_WALK: Final = 8
"""The walk of the shortest cutoff is at least this many cells, ground permitting."""

BEYOND_M: Final = 100.0
"""The search goes on for this walk beyond the cutoff, so that the line finds its place between a
place within and one beyond."""

REACHES_M: Final = (750.0, 3_000.0, 6_000.0, 12_000.0, 24_000.0, 48_000.0)
"""How far off the road places may be, in steps so that readings share their lattices."""

SQUARE_M: Final = 250.0
"""Ground is measured in squares of this side, in metres, or larger ones where there are many."""

MOST_SQUARES: Final = 2_000
"""Squares along each side."""


@dataclass(frozen=True, eq=False)
class Reach:
    """
    The nodes that f facilities reach, each from the nearest of them.

    Parameters
    ----------
    search
        The facilities on their network of n nodes.
    cutoffs
        In the unit of the search's cost.
    node_cost
        Shape (n,), `inf` where no facility is within `limit`.
    """

    search: Search
    cutoffs: tuple[float, ...]
    node_cost: FloatArray

    @classmethod
    def prepare(
        cls,
        network: RoadNetwork,
        facilities: gpd.GeoDataFrame,
        direction: Direction,
        cost: Cost,
        cutoffs: Sequence[float],
        *,
        start_s: FloatArray | None = None,
    ) -> Reach:
        """
        Search from all facilities at once.

        Parameters
        ----------
        network, facilities, direction, cost
            As `coverage.isochrone.reach_areas`; at least one facility.
        cutoffs
            In the unit of `cost`, at least one.
        start_s
            Shape (f,), seconds that pass at each facility before the trip begins.
        """
        search = Search.prepare(network, facilities, direction, cost, start_s=start_s)
        reach = cls(search, tuple(cutoffs), np.zeros(0))
        sources = search.first_source + np.arange(search.facility_count)
        node_cost = dijkstra(search.graph(), indices=sources, min_only=True, limit=reach.limit)
        return replace(reach, node_cost=node_cost[: search.first_source])

    @property
    def access_cost_per_m(self) -> float:
        """Cost of a metre off the road."""
        return access_cost_per_m(self.search)

    @property
    def limit(self) -> float:
        """How far the searches go."""
        return max(self.cutoffs) + BEYOND_M * self.access_cost_per_m

    @cached_property
    def ground(self) -> Boxes:
        """All ground that may be within reach."""
        return ground_within(
            self.search,
            self.node_cost,
            limit=self.limit,
            access_cost_per_m=self.access_cost_per_m,
        )

    def cell_m(self, *, areas: int = 1) -> float:
        """
        Width of a cell that suits the ground and the shortest cutoff, in metres.

        Parameters
        ----------
        areas
            How many areas will be drawn on the ground.
        """
        walk_m = min(self.cutoffs) / self.access_cost_per_m
        small = [cell_m for cell_m in FINE_CELLS_M if cell_m * CELLS_OF_WALK <= walk_m]
        finest = max(small, default=FINE_CELLS_M[0])
        area_m2 = self.ground.area_m2(self._square_m)
        most = dict.fromkeys(FINE_CELLS_M, FEW_CELLS)
        most |= dict.fromkeys(WIDE_CELLS_M, max(MANY_CELLS, CELLS_OF_AREA * areas))
        for cell_m, cells in most.items():
            if cell_m >= finest and area_m2 <= cells * cell_m**2:
                return cell_m
        return WIDE_CELLS_M[-1]

    @property
    def _square_m(self) -> float:
        if not len(self.ground.low):
            return SQUARE_M
        extent_m = float((self.ground.high.max(axis=0) - self.ground.low.min(axis=0)).max())
        return max(SQUARE_M, extent_m / MOST_SQUARES)

    def lattice(self, cell_m: float) -> Lattice:
        """The lattice that the costs are laid on."""
        walk_m = self.limit / self.access_cost_per_m
        reach_m = next((step for step in REACHES_M if step >= walk_m), walk_m)
        return lattice_over(self.search.network, Grid(cell_m, reach_m))
