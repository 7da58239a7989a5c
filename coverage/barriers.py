"""What no access leg may cross: water, railways, fenced motorways, a county's own lines.

A straight line to the nearest road is only a way where nothing lies across it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.arcs import FloatArray, IntArray

    BoolArray = npt.NDArray[np.bool_]

CLEAR_START_M: Final = 1e-3
"""The first millimetre of a leg does not count: a point may lie on the line of a barrier."""


@dataclass(frozen=True, eq=False)
class Barriers:
    """
    Lines and polygons, b in all.

    Parameters
    ----------
    geometry
        Shape (b,), lines and polygons in the CRS of the roads, valid and not empty.
    name
        Shape (b,), Chinese words for messages, e.g. "河流", "水面", "铁路", "高速公路".
    """

    geometry: npt.NDArray[np.object_]
    name: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.geometry)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over `geometry`."""
        return shapely.STRtree(self.geometry)

    def crossed(self, start_xy: FloatArray, end_xy: FloatArray) -> IntArray:
        """
        Which barrier lies across each straight leg.

        Parameters
        ----------
        start_xy, end_xy
            Shape (k, 2), metres: from the point to the road.

        Returns
        -------
        barrier
            Shape (k,), position of one barrier that the leg meets, the smallest; -1 where
            the way is clear. A polygon that holds the start is no barrier to it: what stands
            in the water must be able to leave it.
        """
        barrier = np.full(len(start_xy), -1, dtype=np.int64)
        step = end_xy - start_xy
        metres = np.hypot(*step.T)
        moving = np.flatnonzero(metres > CLEAR_START_M)
        if not len(self) or not len(moving):
            return barrier
        begin = start_xy[moving] + step[moving] * (CLEAR_START_M / metres[moving])[:, None]
        legs = shapely.linestrings(np.stack([begin, end_xy[moving]], axis=1))
        leg, hit = self.tree.query(legs, predicate="intersects")
        holds_start = shapely.intersects_xy(self.geometry[hit], *start_xy[moving[leg]].T)
        is_area = shapely.get_dimensions(self.geometry[hit]) == 2  # noqa: PLR2004 - a polygon
        leg, hit = leg[~(holds_start & is_area)], hit[~(holds_start & is_area)]
        order = np.lexsort((hit, leg))
        first, where = np.unique(leg[order], return_index=True)
        barrier[moving[first]] = hit[order][where]
        return barrier


NO_BARRIERS: Final = Barriers(np.zeros(0, dtype=object), np.zeros(0, dtype=object))
"""For roads whose source knows of none."""
