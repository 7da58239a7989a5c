"""The nearest edges of points, from a grid of the straight pieces that edges are made of.

A tree of line objects (`shapely.STRtree`) takes some 450 bytes per edge and 17 microseconds per
point on a million nodes; the grid takes about 23 bytes per edge and 6 microseconds per point.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.spatial import KDTree

from coverage.graph.arcs import ragged

if TYPE_CHECKING:
    from coverage.graph.arcs import FloatArray, Index32Array, IntArray

PIECES_PER_CELL: Final = 2.0
"""Straight pieces per cell of the bounding box, about."""

LEAST_CELL_M: Final = 1.0
"""Width of the smallest cell, metres: no two roads lie closer together."""

MOST_CELLS_ACROSS: Final = 50_000
"""Columns or rows of the grid of a long and narrow network."""

CELLS_PER_BLOCK: Final = 4
"""Cells across a block, of whose pieces one stands for all to points far from any road."""

MARGIN: Final = 1e-3
"""Share of a cell that a search looks farther than it need, against rounding."""

RELATIVE_MARGIN: Final = 1e-9
"""Share of the distance that a search looks farther than it need, against rounding."""

PIECES_AT_ONCE: Final = 1_000_000
"""Pieces that are put into cells at once (about 150 MB)."""

PAIRS_AT_ONCE: Final = 500_000
"""Pairs of point and piece, or point and column, that are looked at at once (about 60 MB)."""


@dataclass(frozen=True, eq=False)
class EdgeGrid:
    """
    A grid over m edges with v vertices: in which cells the straight pieces of edges lie.

    Parameters
    ----------
    vertex_xy, vertex_start
        As in `coverage.network.RoadNetwork`.
    cell_m
        Width of a cell, metres.
    low
        Shape (2,), the corner at which cells are counted from, metres.
    shape
        Number of columns and rows.
    start
        Shape (cells + 1,), where the pieces of each cell begin, column after column.
    vertex
        Shape (entries,), vertex at which each piece begins; it ends at the next.
    """

    vertex_xy: FloatArray
    vertex_start: IntArray
    cell_m: float
    low: FloatArray
    shape: tuple[int, int]
    start: IntArray
    vertex: Index32Array

    @classmethod
    def over(cls, vertex_xy: FloatArray, vertex_start: IntArray) -> EdgeGrid:
        """
        Lay a grid over edges; its cells are chosen by their density.

        Parameters
        ----------
        vertex_xy
            Shape (v, 2), metres.
        vertex_start
            Shape (m + 1,): edge k has the vertices `vertex_start[k]` up to
            `vertex_start[k + 1]`, at least two. At least one edge.

        Returns
        -------
        grid
            Shares the arrays.
        """
        begins = np.ones(len(vertex_xy), dtype=np.bool_)
        begins[vertex_start[1:] - 1] = False
        vertex = np.flatnonzero(begins).astype(np.int32)
        low, high = vertex_xy.min(axis=0), vertex_xy.max(axis=0)
        span = np.maximum(high - low, LEAST_CELL_M)
        del begins
        # No smaller than the mean piece, so that there are at most some entries per piece.
        cell_m = max(
            float(np.sqrt(span[0] * PIECES_PER_CELL / len(vertex)) * np.sqrt(span[1])),
            float(span.max()) / MOST_CELLS_ACROSS,
            _mean_m(vertex_xy, vertex),
            LEAST_CELL_M,
        )
        columns, rows = (int(cells) for cells in np.floor(span / cell_m) + 1)
        cell, entry = _entries(vertex_xy, vertex, low, cell_m, (columns, rows))
        counts = np.bincount(cell, minlength=columns * rows)
        order = np.argsort(cell, kind="stable")
        del cell
        start = np.concatenate([[0], np.cumsum(counts)])
        return cls(vertex_xy, vertex_start, cell_m, low, (columns, rows), start, entry[order])

    @cached_property
    def _some_vertices(self) -> KDTree:
        """One vertex from each block of cells, which bounds how far the nearest edge can be."""
        cell = np.flatnonzero(np.diff(self.start))
        column, row = np.divmod(cell, self.shape[1])
        blocks_up = self.shape[1] // CELLS_PER_BLOCK + 1
        block = (column // CELLS_PER_BLOCK) * blocks_up + row // CELLS_PER_BLOCK
        _, first = np.unique(block, return_index=True)
        return KDTree(self.vertex_xy[self.vertex[self.start[cell[first]]]])

    def nearest(self, xy: FloatArray, *, tie_m: float) -> tuple[IntArray, IntArray, FloatArray]:
        """
        The nearest edges of points.

        Parameters
        ----------
        xy
            Shape (n, 2), metres, finite.
        tie_m
            Edges this much farther than the nearest count as equally near, metres.

        Returns
        -------
        point, edge
            Shape (k,), pairs sorted by point and edge, none twice; every point has one.
        nearest_m
            Shape (n,), metres to the nearest edge.
        """
        # Most points lie close to a road: what is nearer than a cell is found at once.
        reach_m = np.full(len(xy), self.cell_m)
        point, edge, nearest_m = self._within(xy, reach_m, tie_m)
        far = nearest_m + tie_m > self.cell_m
        if far.any():
            near = ~far[point]
            rows = np.flatnonzero(far)
            some_m, _ = self._some_vertices.query(xy[rows])
            reach_m = np.minimum(nearest_m[rows], some_m) + tie_m
            row, found, nearest_m[rows] = self._within(xy[rows], reach_m, tie_m)
            point = np.concatenate([point[near], rows[row]])
            edge = np.concatenate([edge[near], found])
        edge_count = len(self.vertex_start) - 1
        pair = np.unique(point * edge_count + edge)
        return pair // edge_count, pair % edge_count, nearest_m

    def _within(
        self, xy: FloatArray, reach_m: FloatArray, tie_m: float
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """
        Of the edges that come within reach of points the nearest, some maybe twice.

        Points and edges as pairs, and metres to the nearest edge: `inf` where there is none,
        and not to be trusted beyond the reach.
        """
        reach_m = reach_m * (1 + RELATIVE_MARGIN) + MARGIN * self.cell_m
        columns = self._columns(xy, reach_m)
        counts = np.maximum(columns[:, 1] - columns[:, 0] + 1, 0)
        found = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
        nearest_m = np.full(len(xy), np.inf)
        for few in _blocks(np.arange(len(xy)), counts):
            column = ragged(columns[few, 0], counts[few])
            row = np.repeat(few, counts[few])
            first, last = self._runs(xy[row], reach_m[row], column)
            pairs = np.bincount(row, weights=last - first, minlength=few[-1] + 1)[few]
            run_of = np.concatenate([[0], np.cumsum(counts[few])])
            for fewer in _blocks(np.arange(len(few)), pairs.astype(np.int64)):
                runs = slice(run_of[fewer[0]], run_of[fewer[-1] + 1])
                at = ragged(first[runs], (last - first)[runs])
                of_point = np.repeat(row[runs], (last - first)[runs])
                found.append(self._best(xy, of_point, self.vertex[at], tie_m, nearest_m))
        point, edge = zip(*found, strict=True)
        return np.concatenate(point), np.concatenate(edge), nearest_m

    def _columns(self, xy: FloatArray, reach_m: FloatArray) -> IntArray:
        """Shape (n, 2), first and last column within reach; the last comes first if none is."""
        ends = np.column_stack([xy[:, 0] - reach_m, xy[:, 0] + reach_m])
        column = np.floor((ends - self.low[0]) / self.cell_m)
        # Beyond the grid on one side, both ends fall on that side: an empty run.
        last = self.shape[0] - 1
        ends_at: IntArray = np.clip(column, [0, -1], [last + 1, last]).astype(np.int64)
        return ends_at

    def _runs(
        self, xy: FloatArray, reach_m: FloatArray, column: IntArray
    ) -> tuple[IntArray, IntArray]:
        """First entry, and the one after the last, of the cells of columns within reach."""
        rows = self.shape[1]
        left = self.low[0] + column * self.cell_m
        aside = np.maximum(np.maximum(left - xy[:, 0], xy[:, 0] - left - self.cell_m), 0.0)
        aside = np.minimum(aside, reach_m)
        upward = np.where(aside > 0, np.sqrt(reach_m - aside) * np.sqrt(reach_m + aside), reach_m)
        below = np.floor((xy[:, 1] - upward - self.low[1]) / self.cell_m)
        above = np.floor((xy[:, 1] + upward - self.low[1]) / self.cell_m) + 1
        first = np.clip(below, 0, rows).astype(np.int64)
        last = np.maximum(np.clip(above, 0, rows).astype(np.int64), first)
        return self.start[column * rows + first], self.start[column * rows + last]

    def _best(
        self,
        xy: FloatArray,
        point: IntArray,
        vertex: Index32Array,
        tie_m: float,
        nearest_m: FloatArray,
    ) -> tuple[IntArray, IntArray]:
        """Of pieces, grouped by point, those nearest; `nearest_m` is filled in."""
        metres = _metres_to(xy[point], self.vertex_xy[vertex], self.vertex_xy[vertex + 1])
        heads = np.flatnonzero(np.diff(point, prepend=-1))
        if len(heads):
            nearest_m[point[heads]] = np.minimum.reduceat(metres, heads)
        near = np.flatnonzero(metres <= nearest_m[point] + tie_m)
        edge = np.searchsorted(self.vertex_start, vertex[near], side="right") - 1
        return point[near], edge


def _blocks(rows: IntArray, work: IntArray) -> list[IntArray]:
    """Rows in blocks of bounded work each, as far as one row alone allows."""
    if not len(rows):
        return []
    done = np.cumsum(work) // PAIRS_AT_ONCE
    return np.split(rows, np.flatnonzero(np.diff(done)) + 1)


def _mean_m(vertex_xy: FloatArray, vertex: Index32Array) -> float:
    """Mean length of the straight pieces, metres."""
    total = 0.0
    for at in range(0, len(vertex), PIECES_AT_ONCE):
        block = vertex[at : at + PIECES_AT_ONCE]
        along = vertex_xy[block + 1] - vertex_xy[block]
        total += float(np.hypot(along[:, 0], along[:, 1]).sum())
    return total / len(vertex)


def _entries(
    vertex_xy: FloatArray,
    vertex: Index32Array,
    low: FloatArray,
    cell_m: float,
    shape: tuple[int, int],
) -> tuple[IntArray, Index32Array]:
    """Cells and the pieces in them, block after block of the pieces."""
    columns, rows = shape
    least = np.int32 if columns * rows < 2**31 else np.int64
    cells, entries = [], []
    for at in range(0, len(vertex), PIECES_AT_ONCE):
        block = vertex[at : at + PIECES_AT_ONCE]
        start, end = vertex_xy[block], vertex_xy[block + 1]
        # Long pieces are cut into parts shorter than a cell, which lie in two by two at most.
        metres = np.hypot(end[:, 0] - start[:, 0], end[:, 1] - start[:, 1])
        parts = np.floor(metres / cell_m * (1 + MARGIN)).astype(np.int64) + 1
        piece = np.repeat(np.arange(len(block)), parts)
        step = ((end - start) / parts[:, None])[piece]
        begin = start[piece] + step * ragged(np.zeros_like(parts), parts)[:, None]
        first, last = (
            np.clip((corner - low) / cell_m, 0, [columns - 1, rows - 1]).astype(np.int64)
            for corner in (np.minimum(begin, begin + step), np.maximum(begin, begin + step))
        )
        for right in (0, 1):
            for up in (0, 1):
                column, row = first[:, 0] + right, first[:, 1] + up
                met = np.flatnonzero((column <= last[:, 0]) & (row <= last[:, 1]))
                cells.append((column[met] * rows + row[met]).astype(least))
                entries.append(block[piece[met]])
    return np.concatenate(cells), np.concatenate(entries)


def _metres_to(xy: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Shape (k,), metres from points to straight pieces."""
    along, off = end - start, xy - start
    length2 = along[:, 0] ** 2 + along[:, 1] ** 2
    share = off[:, 0] * along[:, 0] + off[:, 1] * along[:, 1]
    share /= np.where(length2 > 0, length2, 1.0)
    np.clip(share, 0.0, 1.0, out=share)
    metres: FloatArray = np.hypot(off[:, 0] - share * along[:, 0], off[:, 1] - share * along[:, 1])
    return metres
