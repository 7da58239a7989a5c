"""The tables that a network is built from: checked, and turned into arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyproj
import shapely

from coverage.errors import CrsError, Problem, RoadError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from coverage.graph.arcs import FloatArray, IntArray

OFF_NODE_M: Final = 200.0
"""A line may end this far from its node, in metres: junctions are often drawn as one point."""


def metric_crs(crs: Any) -> pyproj.CRS | None:  # noqa: ANN401 - anything that pyproj reads
    """
    The CRS of a network, in metres; None where none is named.

    Parameters
    ----------
    crs
        Anything that pyproj reads, or None.

    Raises
    ------
    CrsError
        If it is unknown or not in metres.
    """
    if crs is None:
        return None
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        msg = f"路网坐标系 {crs!r} 无法识别，请写 EPSG 编号，如 EPSG:4527。"
        raise CrsError(msg) from error
    unit = known.axis_info[0].unit_name if known.axis_info else ""
    if known.is_geographic or unit not in ("metre", "meter"):
        name = "度" if known.is_geographic else unit
        msg = f"路网坐标系 {known.name} 以{name}为单位，请先投影到以米为单位的坐标系。"
        raise CrsError(msg)
    return known


def indexed_by_id(nodes: pd.DataFrame) -> pd.DataFrame:
    """The node table indexed by `node_id`, wherever the ids stand."""
    if "node_id" not in nodes.columns:
        return nodes.rename_axis("node_id")
    if nodes.index.name == "node_id":
        return nodes.drop(columns="node_id")
    return nodes.set_index("node_id")


def ragged_take(start: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """
    Positions of the members of some rows of a ragged array, and the new starts.

    Parameters
    ----------
    start
        Shape (m + 1,): row k has the members `start[k]` up to `start[k + 1]`.
    rows
        Shape (r,), the rows to take, in order.

    Returns
    -------
    members, starts
        Shapes (taken members,) and (r + 1,).
    """
    counts = np.diff(start)[rows]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    members = np.arange(starts[-1]) + np.repeat(start[rows] - starts[:-1], counts)
    return members, starts


def positions(node_id: IntArray, wanted: pd.Series[int]) -> IntArray:
    """
    Position in the node table of the node at one end of every edge.

    Parameters
    ----------
    node_id
        Shape (n,).
    wanted
        Shape (m,), node ids; its name is the column's.

    Raises
    ------
    RoadError
        If an id is not in the node table.
    """
    found = pd.Index(node_id).get_indexer(pd.Index(wanted.to_numpy(dtype=np.int64)))
    unknown = np.flatnonzero(found < 0)
    if len(unknown):
        first = int(unknown[0])
        problem = Problem(
            first + 1, str(wanted.name), str(wanted.iloc[first]), "节点表里没有这个节点"
        )
        msg = f"路网路段有 {len(unknown)} 行引用了不存在的节点：{problem}。请核对节点表和路段表。"
        raise RoadError(msg, [problem])
    return found.astype(np.int64)


def edge_vertices(
    xy: FloatArray, tail: IntArray, head: IntArray, geometry: Iterable[object] | None
) -> tuple[FloatArray, IntArray]:
    """
    Vertices of every edge in one array, straight where an edge has no geometry.

    Parameters
    ----------
    xy
        Shape (n, 2), metres.
    tail, head
        Shape (m,), positions of the nodes.
    geometry
        Shape (m,), LineStrings from tail to head or null; None for all straight.

    Returns
    -------
    vertex_xy, vertex_start
        As in `coverage.network.RoadNetwork`.

    Raises
    ------
    RoadError
        If a line is empty, not finite, off its nodes or drawn the wrong way round.
    """
    straight = np.stack([xy[tail], xy[head]], axis=1)
    if geometry is None:
        return straight.reshape(-1, 2), 2 * np.arange(len(tail) + 1, dtype=np.int64)
    lines = np.array(pd.Series(geometry, dtype=object), dtype=object)
    absent = pd.isna(lines)
    lines[absent] = shapely.linestrings(straight[absent])
    _check_lines(lines, xy[tail], xy[head])
    counts = shapely.get_num_coordinates(lines)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return shapely.get_coordinates(lines), start


def _check_lines(lines: npt.NDArray[np.object_], tail_xy: FloatArray, head_xy: FloatArray) -> None:
    """Refuse geometry that would put a point at the wrong place of its edge."""
    usable = (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING.value) & ~(
        shapely.is_empty(lines)
    )
    vertices, edge = shapely.get_coordinates(lines[usable], return_index=True)
    broken = np.unique(edge[~np.isfinite(vertices).all(axis=1)])
    usable[np.flatnonzero(usable)[broken]] = False
    _refuse_lines(~usable, "线形为空或坐标不是有限的数字", "请改正线形或留空")
    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    last = shapely.get_coordinates(shapely.get_point(lines, -1))
    tail_off, head_off = np.hypot(*(first - tail_xy).T), np.hypot(*(last - head_xy).T)
    turned = np.hypot(*(first - head_xy).T) + np.hypot(*(last - tail_xy).T)
    _refuse_lines(tail_off + head_off > turned, "线形的方向与起点、终点相反", "请把线形掉转方向")
    far = np.maximum(tail_off, head_off) > OFF_NODE_M
    _refuse_lines(far, f"线形的一端离节点超过 {OFF_NODE_M:g} 米", "请核对坐标系和节点")


def _refuse_lines(bad: npt.NDArray[np.bool_], rule: str, remedy: str) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        problem = Problem(int(rows[0]) + 1, "geometry", "", rule)
        msg = f"路网路段有 {len(rows)} 行的线形有误：{problem}。{remedy}。"
        raise RoadError(msg, [problem])
