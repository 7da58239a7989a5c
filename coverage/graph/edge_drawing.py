"""How the edges of a network are drawn: lines and spatial indexes, each made when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.graph.arcs import ragged
from coverage.graph.edge_grid import EdgeGrid

if TYPE_CHECKING:
    import numpy.typing as npt

    from coverage.graph.arcs import FloatArray, IntArray

EDGES_AT_ONCE: Final = 200_000
"""Edges whose vertices are copied at once (about 20 MB)."""


@dataclass(frozen=True, eq=False)
class EdgeDrawing:
    """
    The geometry of m edges, shared by a network and the same network at another pace.

    Parameters
    ----------
    vertex_xy, vertex_start
        As in `coverage.network.RoadNetwork`.
    """

    vertex_xy: FloatArray
    vertex_start: IntArray

    @cached_property
    def lines(self) -> npt.NDArray[np.object_]:
        """Shape (m,), each edge as a LineString from tail to head."""
        edge = np.repeat(np.arange(len(self.vertex_start) - 1), np.diff(self.vertex_start))
        lines: npt.NDArray[np.object_] = shapely.linestrings(self.vertex_xy, indices=edge)
        return lines

    def lines_of(self, edge: IntArray) -> npt.NDArray[np.object_]:
        """
        Some of the edges as LineStrings.

        Parameters
        ----------
        edge
            Shape (k,), positions of the edges; repeats are allowed.

        Returns
        -------
        lines
            Shape (k,).
        """
        first = self.vertex_start[edge]
        counts = self.vertex_start[edge + 1] - first
        xy, row = self.vertex_xy[ragged(first, counts)], np.repeat(np.arange(len(edge)), counts)
        lines: npt.NDArray[np.object_] = shapely.linestrings(xy, indices=row)
        return lines

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over `lines`."""
        return shapely.STRtree(self.lines)

    @cached_property
    def grid(self) -> EdgeGrid:
        """Spatial index over the straight pieces; there is at least one edge."""
        return EdgeGrid.over(self.vertex_xy, self.vertex_start)


def taken_vertices(
    vertex_xy: FloatArray | tuple[FloatArray, FloatArray], vertex_start: IntArray, edge: IntArray
) -> tuple[FloatArray, IntArray]:
    """
    The vertices of some edges.

    Parameters
    ----------
    vertex_xy
        Shape (v, 2), or two columns of shape (v,), metres.
    vertex_start
        Shape (m + 1,): edge k has the vertices `vertex_start[k]` up to `vertex_start[k + 1]`.
    edge
        Shape (k,), positions of the edges to take, in any order.

    Returns
    -------
    vertex_xy, vertex_start
        Shapes (taken vertices, 2) and (k + 1,).
    """
    x, y = vertex_xy if isinstance(vertex_xy, tuple) else vertex_xy.T
    taken_start = np.zeros(len(edge) + 1, dtype=np.int64)
    np.cumsum(vertex_start[edge + 1] - vertex_start[edge], out=taken_start[1:])
    taken = np.empty((taken_start[-1], 2))
    # In blocks: the positions of all vertices would take more memory than the vertices.
    for first in range(0, len(edge), EDGES_AT_ONCE):
        block = edge[first : first + EDGES_AT_ONCE]
        vertex = ragged(vertex_start[block], vertex_start[block + 1] - vertex_start[block])
        rows = slice(taken_start[first], taken_start[first] + len(vertex))
        taken[rows, 0], taken[rows, 1] = x[vertex], y[vertex]
    return taken, taken_start
