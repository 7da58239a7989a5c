"""What a point can see past barriers: which part of a straight piece of road, which directions.

Every step of a barrier throws a shadow away from the point, and the shadow on a straight piece of
road is an interval. What no shadow covers is in sight, so the nearest place in sight is found
exactly (to `SETBACK_M`), not by trying places along the road.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.access.barriers import TOUCH_M

if TYPE_CHECKING:
    from coverage.access.barriers import Barriers, BoolArray
    from coverage.graph.arcs import FloatArray, IntArray

SETBACK_M: Final = 0.01
"""A leg keeps a centimetre of road away from where a barrier begins to hide it, in metres."""

GRAZE_M: Final = 1e-6
"""Outlines of areas hide what lies deeper behind them than this, in metres: not the road on the
shore itself."""

WEDGE: Final = math.pi / 3
"""The widest wedge in radians; a full circle is looked at in six."""

SEAM: Final = 1e-7
"""Radians by which wedges are wider than the gap they fill."""


@dataclass(frozen=True, eq=False)
class View:
    """
    What p points can see past barriers.

    Parameters
    ----------
    barriers
        At least one.
    xy
        Shape (p, 2), metres.
    """

    barriers: Barriers
    xy: FloatArray

    @cached_property
    def _in_the_water(self) -> IntArray:
        """Numbers of the pairs of point and area in which the area is no barrier to the point."""
        point, area = self.barriers.holding(self.xy)
        return point * len(self.barriers) + area

    @cached_property
    def _is_wet(self) -> BoolArray:
        is_wet = np.zeros(len(self.xy), dtype=np.bool_)
        is_wet[self._in_the_water // len(self.barriers)] = True
        return is_wet

    def in_sight(
        self, point: IntArray, start_xy: FloatArray, end_xy: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """
        The places nearest to each point that it can see of straight pieces of road.

        Parameters
        ----------
        point
            Shape (k,), which point looks at each piece.
        start_xy, end_xy
            Shape (k, 2), metres.

        Returns
        -------
        row, share
            For each piece of which anything is in sight one or two places, to either side of
            what is hidden: the row, and the position from its start (0) to its end (1).
        """
        along = end_xy - start_xy
        squared = (along**2).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            foot = ((self.xy[point] - start_xy) * along).sum(axis=1) / squared
        foot = np.clip(np.nan_to_num(foot), 0.0, 1.0)
        row, low, high = _merged(*self._shadows(point, start_xy, end_xy))
        around = (low <= foot[row]) & (foot[row] <= high)
        row, low, high = row[around], low[around], high[around]
        free = np.ones(len(point), dtype=np.bool_)
        free[row] = False
        before, after = low >= 0, high <= 1
        rows = np.concatenate([np.flatnonzero(free), row[before], row[after]])
        return rows, np.concatenate([foot[free], low[before], high[after]])

    def _shadows(
        self, point: IntArray, start_xy: FloatArray, end_xy: FloatArray
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Intervals of the pieces that a step of a barrier hides: row, from share, to share."""
        row, u, w, is_area = self._steps_before(point, start_xy, end_xy)
        origin = self.xy[point[row]]
        start, end = start_xy[row] - origin, end_xy[row] - origin
        depth_m = np.where(is_area, GRAZE_M, -2 * TOUCH_M)
        step_m = np.hypot(*(w - u).T)
        # Hidden is what lies between the two rays and behind the step; all three change evenly
        # along a piece.
        bounds = (
            (_cross(u, start), _cross(u, end)),
            (_cross(start, w), _cross(end, w)),
            tuple(_cross(at - u, w - u) / step_m - depth_m for at in (start, end)),
        )
        margin = SETBACK_M / np.maximum(np.hypot(*(end - start).T), SETBACK_M)
        low, high = np.full(len(row), -1.0), np.full(len(row), 2.0)
        for at_start, at_end in bounds:
            from_share, to_share = _where_positive(at_start, at_end)
            low = np.maximum(low, from_share - margin)
            high = np.minimum(high, to_share + margin)
        hides = (low <= high) & (low <= 1) & (high >= 0)
        return row[hides], low[hides], high[hides]

    def _steps_before(
        self, point: IntArray, start_xy: FloatArray, end_xy: FloatArray
    ) -> tuple[IntArray, FloatArray, FloatArray, BoolArray]:
        """
        Steps of barriers that may lie between points and pieces of road.

        Returns
        -------
        row, u, w, is_area
            Position of the piece; the ends of the step as seen from the point, `u` to the right;
            whether it is the outline of an area.
        """
        origin = self.xy[point]
        low = np.minimum.reduce([origin, start_xy, end_xy]) - SETBACK_M
        high = np.maximum.reduce([origin, start_xy, end_xy]) + SETBACK_M
        boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
        row, u, w, is_area = self._steps(*self.barriers.opaque.tree.query(boxes), owner=point)
        between = ((np.minimum(u, w) <= high[row]) & (np.maximum(u, w) >= low[row])).all(axis=1)
        row, is_area = row[between], is_area[between]
        u, w = u[between] - origin[row], w[between] - origin[row]
        turn = _cross(u, w)
        u, w = np.where(turn[:, None] > 0, u, w), np.where(turn[:, None] > 0, w, u)
        # Seen along its length a step hides nothing that its neighbours do not.
        broad = turn != 0
        return row[broad], u[broad], w[broad], is_area[broad]

    def wedges(
        self, point: IntArray, near_m: FloatArray, far_m: FloatArray
    ) -> tuple[IntArray, shapely.Geometry]:
        """
        Where points can still see farther.

        Parameters
        ----------
        point
            Shape (k,), which points look.
        near_m
            Shape (k,): barriers up to this distance are known to hide what is behind them.
        far_m
            Shape (k,): how far the wedges reach.

        Returns
        -------
        row, wedge
            Positions in `point` and triangles that together hold all that is in sight within
            `far_m` and beyond `near_m`; none for a point that barriers enclose.
        """
        row, begin, end = self._gaps(point, near_m)
        count = np.ceil((end - begin) / WEDGE).astype(np.int64)
        row, first = np.repeat(row, count), np.repeat(begin, count)
        width = np.repeat((end - begin) / np.maximum(count, 1), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        sides = first + within * width - SEAM, first + (within + 1) * width + SEAM
        reach = far_m[row] / np.cos(width / 2 + SEAM)
        origin = self.xy[point[row]]
        corners = [
            origin + reach[:, None] * np.column_stack([np.cos(side), np.sin(side)])
            for side in sides
        ]
        return row, shapely.polygons(np.stack([origin, *corners], axis=1))

    def _gaps(self, point: IntArray, near_m: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Directions in which no barrier lies within `near_m`: row, from angle, to angle."""
        origin = self.xy[point]
        near = self.barriers.opaque.tree.query(
            shapely.points(origin), predicate="dwithin", distance=near_m
        )
        row, u, w, _ = self._steps(*near, owner=point)
        u, w = u - origin[row], w - origin[row]
        kept = np.maximum(np.hypot(*u.T), np.hypot(*w.T)) <= near_m[row]
        row, u, w = row[kept], u[kept], w[kept]
        angles = np.arctan2([u[:, 1], w[:, 1]], [u[:, 0], w[:, 0]])
        begin, end = angles.min(axis=0), angles.max(axis=0)
        # Of the two ways round the shorter counts; it may hold the cut at 180 degrees.
        over_cut = end - begin > math.pi
        everyone, cut = np.arange(len(point)), np.full(len(point), math.pi)
        half = np.full(np.count_nonzero(over_cut), math.pi)
        row, begin, end = _merged(
            np.concatenate([row[~over_cut], row[over_cut], row[over_cut], everyone, everyone]),
            np.concatenate([begin[~over_cut], -half, end[over_cut], -cut, cut]),
            np.concatenate([end[~over_cut], begin[over_cut], half, -cut, cut]),
        )
        again = row[1:] == row[:-1]
        return row[1:][again], end[:-1][again], begin[1:][again]

    def _steps(
        self, row: IntArray, stretch: IntArray, *, owner: IntArray
    ) -> tuple[IntArray, FloatArray, FloatArray, BoolArray]:
        """Steps of stretches that hide something from the owner of the row: row, ends, of area."""
        opaque = self.barriers.opaque
        pair, vertex = opaque.steps(stretch)
        row, barrier = row[pair], opaque.barrier[stretch[pair]]
        u, w = opaque.xy[vertex], opaque.xy[vertex + 1]
        # A point on a barrier may leave it to either side.
        hides = distance_m(self.xy[owner[row]], u, w) > TOUCH_M
        wet = np.flatnonzero(self._is_wet[owner[row]])
        pair = owner[row[wet]] * len(self.barriers) + barrier[wet]
        hides[wet] &= ~np.isin(pair, self._in_the_water)
        return row[hides], u[hides], w[hides], self.barriers.is_area[barrier[hides]]


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    product: FloatArray = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return product


def distance_m(point: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Metres from each point to the straight step beside it."""
    along = end - start
    squared = (along**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = ((point - start) * along).sum(axis=1) / squared
    share = np.clip(np.nan_to_num(share), 0.0, 1.0)
    metres: FloatArray = np.hypot(*(start + share[:, None] * along - point).T)
    return metres


def _where_positive(at_start: FloatArray, at_end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """From which share to which a quantity that changes evenly is at least zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = at_start / (at_start - at_end)
    rising, falling = at_end > at_start, at_end < at_start
    never = ~rising & ~falling & (at_start < 0)
    low = np.where(rising, zero, np.where(never, np.inf, -np.inf))
    return low, np.where(falling, zero, np.inf)


def _merged(
    row: IntArray, low: FloatArray, high: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Intervals within (-5, 5), those of one row that meet made one; sorted."""
    order = np.lexsort((low, row))
    row, low, high = row[order], low[order], high[order]
    offset = 10.0 * row
    farthest = np.maximum.accumulate(high + offset)
    new = np.ones(len(row), dtype=np.bool_)
    new[1:] = low[1:] + offset[1:] > farthest[:-1]
    first = np.flatnonzero(new)
    return row[first], low[first], np.maximum.reduceat(high, first) if len(first) else high
