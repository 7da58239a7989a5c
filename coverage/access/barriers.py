"""What no access leg may cross: water, railways, fenced motorways, a county's own lines.

A straight line to the nearest road is only a way where nothing lies across it. What counts as
crossing:

- **Lines** (rivers, railways, motorways) may not be touched, not even with the end of the leg:
  a road that is a fenced motorway cannot be entered from the field beside it.
- **Areas** (lakes, wide rivers) may be touched but not entered: a road on the very shore is
  open to its own side. What lies in the water leaves it freely; a county's own data put
  boathouses, and villages with coarse coordinates, into lakes.
- The first millimetre of a leg does not count, so that a point may lie on a barrier.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.graph.arcs import FloatArray, IntArray

    BoolArray = npt.NDArray[np.bool_]

TOUCH_M: Final = 1e-3
"""A millimetre: nearer than this things touch, beyond it lies the rounding of coordinates."""

STRETCH_VERTICES: Final = 9
"""Vertices of a stretch, the unit of the spatial index: short ones have small boxes, long ones
are quicker to index."""

LOOKED_AT: Final = (0.25, 0.5, 0.75)
"""Shares of a line at which it must lie on a barrier to count as running along it."""

AREA_DIMENSIONS: Final = 2

_PREPARED: Final = threading.Lock()
"""GEOS builds the index of a prepared area when it is first asked; two threads that ask at once
crash the process."""


@dataclass(frozen=True, eq=False)
class Stretches:
    """
    Barriers cut into short stretches of s in all; the outlines in the case of areas.

    Parameters
    ----------
    xy
        Shape (v, 2), metres.
    start
        Shape (s + 1,): stretch k has vertices `start[k]` up to `start[k + 1]`; neighbours both
        list the vertex where they meet.
    barrier
        Shape (s,), position of the barrier, ascending.
    """

    xy: FloatArray
    start: IntArray
    barrier: IntArray

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over the stretches."""
        stretch = np.repeat(np.arange(len(self.barrier)), np.diff(self.start))
        return shapely.STRtree(shapely.linestrings(self.xy, indices=stretch))

    def steps(self, stretch: IntArray) -> tuple[IntArray, IntArray]:
        """
        The straight steps of some stretches.

        Returns
        -------
        row
            Position in `stretch` of each step.
        vertex
            Vertex at which each step begins; it ends at the next.
        """
        counts = self.start[stretch + 1] - self.start[stretch] - 1
        row = np.repeat(np.arange(len(stretch)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        return row, self.start[stretch[row]] + within


@dataclass(frozen=True, eq=False)
class Barriers:
    """
    Lines and polygons, b in all.

    Parameters
    ----------
    geometry
        Shape (b,), lines and polygons, also of several parts, in the CRS of the roads, valid and
        not empty.
    name
        Shape (b,), Chinese words for messages, e.g. "河流", "水面", "铁路", "高速公路".
    passable
        Shape (b,), True for lines that a leg may pass over or under but never end on: a
        motorway on a viaduct, a road in a tunnel. None are, unless given.
    """

    geometry: npt.NDArray[np.object_]
    name: npt.NDArray[np.object_]
    passable: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        if not len(self.passable):
            # A frozen dataclass has no other way to fill in a default that depends on a field.
            object.__setattr__(self, "passable", np.zeros(len(self.geometry), dtype=np.bool_))
        if not len(self.geometry) == len(self.name) == len(self.passable):
            msg = "geometry, name and passable must be of one length"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.geometry)

    @cached_property
    def is_area(self) -> BoolArray:
        """Shape (b,), True for polygons."""
        is_area: BoolArray = shapely.get_dimensions(self.geometry) == AREA_DIMENSIONS
        return is_area

    @cached_property
    def opaque(self) -> Stretches:
        """What no leg may cross: lines that are not passable, outlines of areas."""
        return self._stretches(np.flatnonzero(~self.passable))

    @cached_property
    def _lines(self) -> Stretches:
        """All lines, the passable ones too."""
        return self._stretches(np.flatnonzero(~self.is_area))

    @cached_property
    def _areas(self) -> tuple[IntArray, shapely.STRtree]:
        areas = np.flatnonzero(self.is_area)
        # Many points are asked about few large areas: that is what preparing is for.
        shapely.prepare(self.geometry[areas])
        return areas, shapely.STRtree(self.geometry[areas])

    def crossed(self, start_xy: FloatArray, end_xy: FloatArray) -> IntArray:
        """
        Which barrier lies across each straight leg.

        Parameters
        ----------
        start_xy, end_xy
            Shape (k, 2), metres: from the point to the road. The two are not alike, see the
            head of the module.

        Returns
        -------
        barrier
            Shape (k,), position of the first barrier in the table that the leg crosses; -1
            where the way is clear.
        """
        barrier = np.full(len(start_xy), -1, dtype=np.int64)
        step = end_xy - start_xy
        metres = np.hypot(*step.T)
        moving = np.flatnonzero(metres > TOUCH_M)
        if not len(self) or not len(moving):
            return barrier
        touch = step[moving] * (TOUCH_M / metres[moving])[:, None]
        # Places on a road are rounded, so that one on a line may come to lie short of it.
        legs = _legs(start_xy[moving] + touch, end_xy[moving] + touch)
        leg, stretch = self.opaque.tree.query(legs, predicate="intersects")
        pair = np.unique(leg * len(self) + self.opaque.barrier[stretch])
        leg, met = np.divmod(pair, len(self))
        entered = np.ones(len(leg), dtype=np.bool_)
        at_area = np.flatnonzero(self.is_area[met])
        row = moving[leg[at_area]]
        entered[at_area] = self._entered(
            met[at_area], start_xy[row], end_xy[row], touch[leg[at_area]]
        )
        first, where = np.unique(leg[entered], return_index=True)
        barrier[moving[first]] = met[entered][where]
        return barrier

    def _entered(
        self, area: IntArray, start_xy: FloatArray, end_xy: FloatArray, touch: FloatArray
    ) -> BoolArray:
        """Whether legs that meet the outline of an area also meet its inside."""
        entered = ~self._holds(area, start_xy)
        rest = np.flatnonzero(entered & (np.hypot(*(end_xy - start_xy).T) > 2 * TOUCH_M))
        entered[:] = False
        legs = _legs(start_xy[rest] + touch[rest], end_xy[rest] - touch[rest])
        areas = self.geometry[area[rest]]
        with _PREPARED:
            entered[rest] = shapely.intersects(areas, legs) & ~shapely.touches(areas, legs)
        return entered

    def _holds(self, area: IntArray, xy: FloatArray) -> BoolArray:
        """Whether each area has the point beside it in its inside."""
        with _PREPARED:
            _ = self._areas
            holds: BoolArray = shapely.contains_xy(self.geometry[area], *xy.T)
        return holds

    def holding(self, xy: FloatArray) -> tuple[IntArray, IntArray]:
        """
        Which areas hold which points in their inside, e.g. villages in the water.

        Parameters
        ----------
        xy
            Shape (k, 2), metres.

        Returns
        -------
        point, barrier
            Shape (h,), positions of a point and of an area that holds it, sorted; a point may
            come several times or never.
        """
        with _PREPARED:
            areas, tree = self._areas
        point, area = tree.query(shapely.points(xy))
        point, area = point.astype(np.int64), areas[area]
        held = self._holds(area, xy[point])
        point, area = point[held], area[held]
        order = np.lexsort((area, point))
        return point[order], area[order]

    def carry(self, lines: npt.NDArray[np.object_]) -> BoolArray:
        """
        Which road edges run along a barrier line, as a motorway along its own fence.

        Parameters
        ----------
        lines
            Shape (m,), LineStrings.

        Returns
        -------
        carried
            Shape (m,), True where all of `LOOKED_AT` lie on some line: no leg may end there.
        """
        carried = np.zeros(len(lines), dtype=np.bool_)
        if not len(self._lines.barrier):
            return carried
        # Most edges run along none, which the middle of their first step tells cheaply.
        ends = [shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, 1)]
        kept = self._on_line(shapely.points((ends[0] + ends[1]) / 2))
        rows = np.flatnonzero(kept)
        for share in LOOKED_AT:
            places = shapely.line_interpolate_point(lines[rows], share, normalized=True)
            rows = rows[self._on_line(places)]
        carried[rows] = True
        return carried

    def _on_line(self, points: npt.NDArray[np.object_]) -> BoolArray:
        on_line = np.zeros(len(points), dtype=np.bool_)
        found, _ = self._lines.tree.query(points, predicate="dwithin", distance=TOUCH_M)
        on_line[found] = True
        return on_line

    def _stretches(self, chosen: IntArray) -> Stretches:
        """The linework of some barriers."""
        shapes = self.geometry[chosen]
        shapes = np.where(self.is_area[chosen], shapely.boundary(shapes), shapes)
        parts, whose = shapely.get_parts(shapes, return_index=True)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        if not len(xy):
            none = np.zeros(0, dtype=np.int64)
            return Stretches(np.zeros((0, 2)), np.zeros(1, dtype=np.int64), none)
        counts = np.bincount(part)
        within = np.arange(len(xy)) - np.repeat(np.cumsum(counts) - counts, counts)
        last = within == counts[part] - 1
        # Where one stretch ends and the next begins the vertex stands twice.
        meeting = (within > 0) & ~last & (within % (STRETCH_VERTICES - 1) == 0)
        again = np.repeat(np.arange(len(xy)), 1 + meeting)
        begins = np.ones(len(again), dtype=np.bool_)
        begins[1:] = (np.diff(again) == 0) | (np.diff(part[again]) != 0)
        start = np.append(np.flatnonzero(begins), len(again))
        return Stretches(xy[again], start, chosen[whose[part[again[begins]]]])


def _legs(start_xy: FloatArray, end_xy: FloatArray) -> npt.NDArray[np.object_]:
    legs: npt.NDArray[np.object_] = shapely.linestrings(np.stack([start_xy, end_xy], axis=1))
    return legs


NO_BARRIERS: Final = Barriers(np.zeros(0, dtype=object), np.zeros(0, dtype=object))
"""For roads whose source knows of none."""
