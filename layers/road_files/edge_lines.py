"""The lines of an edge table: read, brought to WGS84 and tied to the nodes they join."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from coverage.errors import Problem
from layers.roads import MAX_LATITUDE, MAX_LONGITUDE, WGS84, geodesic_length_m

if TYPE_CHECKING:
    import numpy.typing as npt

    from layers.tables import SourceTable

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]

Lines = list[shapely.LineString | None]


def read_lines(table: SourceTable, column: str, crs: pyproj.CRS) -> tuple[Lines, list[Problem]]:
    """
    The line of each edge in WGS84, from WKT in a column or from the shapes of a map layer.

    Parameters
    ----------
    table
        With m rows.
    column
        Column of WKT; where the table has none, the shapes of the layer are taken.
    crs
        CRS of the WKT, and of shapes whose layer names none.

    Returns
    -------
    lines
        m lines; None where none is drawn or the shape is at fault.
    problems
        One for each shape that is no single line on the globe.
    """
    if column in table.cells.columns:
        cells = table.column(column).to_numpy(dtype=object)
        shapes = shapely.from_wkt(np.where(cells == "", None, cells), on_invalid="ignore")
        drawn = cells != ""
    elif table.geometry is not None:
        shapes = table.geometry.to_numpy()
        drawn = np.array([shape is not None and not shape.is_empty for shape in shapes])
        crs = table.geometry.crs or crs
    else:
        return [None] * len(table), []
    transformer = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    lines: Lines = []
    found: list[Problem] = []
    for row, shape, has_line in zip(table.rows, shapes, drawn, strict=True):
        line = _one_line(shape, transformer) if has_line else None
        if has_line and line is None:
            text = "" if shape is None else shape.geom_type
            found.append(Problem(row, column, text, "应为一条坐标有效的折线（LineString）"))
        lines.append(line)
    return lines, found


def tie_to_nodes(
    lines: Lines, node_degrees: FloatArray, tail: IntArray, head: IntArray
) -> tuple[FloatArray, IntArray, FloatArray]:
    """
    Vertices of all edges from node to node.

    A line drawn from the to-node to the from-node is turned round; its two ends then become the
    nodes themselves. An edge without a line is straight.

    Parameters
    ----------
    lines
        m lines in WGS84 or None.
    node_degrees
        Shape (n, 2), longitude and latitude.
    tail, head
        Shape (m,), positions of the from-node and the to-node.

    Returns
    -------
    degrees
        Shape (v, 2), longitude and latitude of the vertices of edge 0, then of edge 1 and so on.
    start
        Shape (m + 1,), where the vertices of each edge begin.
    off_m
        Shape (m,), metres from the farther end of the line to its node; 0 without a line.
    """
    parts = [node_degrees[[start, end]] for start, end in zip(tail, head, strict=True)]
    off_m = np.zeros(len(lines))
    drawn = [place for place, line in enumerate(lines) if line is not None]
    if drawn:
        ends = np.array([shapely.get_coordinates(lines[place])[[0, -1]] for place in drawn])
        nodes = np.stack([node_degrees[tail[drawn]], node_degrees[head[drawn]]], axis=1)
        as_drawn = _farther_end_m(ends, nodes)
        turned = _farther_end_m(ends[:, ::-1], nodes)
        off_m[drawn] = np.minimum(as_drawn, turned)
        for place, turn in zip(drawn, turned < as_drawn, strict=True):
            inner = shapely.get_coordinates(lines[place])[1:-1]
            inner = inner[::-1] if turn else inner
            parts[place] = np.vstack([parts[place][:1], inner, parts[place][1:]])
    start = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    return np.vstack(parts), start.astype(np.int64), off_m


def _one_line(
    shape: shapely.Geometry | None, transformer: pyproj.Transformer
) -> shapely.LineString | None:
    """A single line on the globe in WGS84, or None."""
    if isinstance(shape, shapely.MultiLineString):
        shape = shapely.line_merge(shape)
    if not isinstance(shape, shapely.LineString) or shape.is_empty:
        return None
    lon, lat = transformer.transform(*shapely.get_coordinates(shape).T)
    on_globe = (np.abs(lon) <= MAX_LONGITUDE) & (np.abs(lat) <= MAX_LATITUDE)
    return shapely.LineString(np.column_stack([lon, lat])) if on_globe.all() else None


def _farther_end_m(ends: FloatArray, nodes: FloatArray) -> FloatArray:
    """Metres from each line's ends to its nodes, the larger of the two; both (k, 2, 2)."""
    steps = np.stack([ends, nodes], axis=2).reshape(-1, 2)
    apart = geodesic_length_m(*steps.T, np.arange(2 * len(ends) + 1) * 2)
    return apart.reshape(-1, 2).max(axis=1)
