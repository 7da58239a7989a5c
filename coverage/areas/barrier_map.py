"""Where barriers lie, roughly: which legs need not be asked whether they cross any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.graph.arcs import ragged

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.access.barriers import Barriers
    from coverage.graph.arcs import BoolArray, FloatArray

MARGIN_M: Final = 0.01
"""Added around legs, in metres: far more than `coverage.access.barriers` moves them."""


@dataclass(frozen=True, eq=False)
class BarrierMap:
    """
    Squares of a rectangle in which barriers lie.

    Parameters
    ----------
    low
        Shape (2,), corner of the rectangle, metres.
    side_m
        Side of a square in metres.
    count
        Shape (w + 1, h + 1), squares with a barrier to the west and to the south of each corner.
    """

    low: FloatArray
    side_m: float
    count: npt.NDArray[np.int32]

    @classmethod
    def over(
        cls, barriers: Barriers, low: FloatArray, high: FloatArray, *, side_m: float
    ) -> BarrierMap:
        """
        Map what no leg may cross.

        Parameters
        ----------
        barriers
            Lines and areas.
        low, high
            Shape (2,), corners of the rectangle, metres.
        side_m
            Side of a square in metres.
        """
        stretches = barriers.opaque
        shape = np.ceil((high - low) / side_m).astype(np.int64)
        whole = shapely.box(*low, *(low + shape * side_m))
        _, vertex = stretches.steps(np.sort(stretches.tree.query(whole)))
        start, end = stretches.xy[vertex], stretches.xy[vertex + 1]
        # Parts shorter than a square lie in the squares of the rectangle around them: two by two.
        parts = np.floor(np.hypot(*(end - start).T) / side_m).astype(np.int64) + 1
        step = ((end - start) / parts[:, None]).repeat(parts, axis=0)
        begin = start.repeat(parts, axis=0) + step * ragged(np.zeros_like(parts), parts)[:, None]
        corners = [
            np.floor((corner - low) / side_m).astype(np.int64)
            for corner in (np.minimum(begin, begin + step), np.maximum(begin, begin + step))
        ]
        held = np.zeros(shape + 1, dtype=np.int32)
        for x in (corners[0][:, 0], corners[1][:, 0]):
            for y in (corners[0][:, 1], corners[1][:, 1]):
                inside = (x >= 0) & (y >= 0) & (x < shape[0]) & (y < shape[1])
                held[x[inside] + 1, y[inside] + 1] = 1
        count = held.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
        return cls(low, side_m, count)

    def may_cross(self, start_xy: FloatArray, end_xy: FloatArray) -> BoolArray:
        """
        Which straight legs may cross a barrier; the others surely do not.

        Parameters
        ----------
        start_xy, end_xy
            Shape (k, 2), metres. Legs that leave the rectangle may cross one.
        """
        first, last = (
            np.floor((corner - self.low) / self.side_m).astype(np.int64)
            for corner in (
                np.minimum(start_xy, end_xy) - MARGIN_M,
                np.maximum(start_xy, end_xy) + MARGIN_M,
            )
        )
        shape = np.array(self.count.shape) - 1
        may_cross: BoolArray = np.any((first < 0) | (last >= shape), axis=1)
        inside = np.flatnonzero(~may_cross)
        (west, south), (east, north) = first[inside].T, last[inside].T + 1
        count = self.count
        held = count[east, north] - count[west, north] - count[east, south] + count[west, south]
        may_cross[inside] = held > 0
        return may_cross
