"""Points onto the nearest usable edge, at their exact position along it.

Snapping to the nearest *node* instead is what several tools do; it moved a coverage share
from 48.6 % to 42.0 % in a test on real roads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from coverage.errors import CrsError, InputError, RoadError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from coverage.arcs import FloatArray, IntArray
    from coverage.network import RoadNetwork

TIE_TOLERANCE_M: Final = 1e-6
"""Edges this much farther than the nearest count as equally near, in metres."""

END_TOLERANCE: Final = 1e-12
"""A position this close to an end, as a share of the edge, is at the node itself."""


@dataclass(frozen=True, eq=False)
class Snaps:
    """
    Where n points touch the network: k >= n places, sorted by point.

    A point has several places where edges are equally near: the two directions of a street
    mapped as two edges, or parallel edges of the same course. It may use each. Of equally near
    places on one edge, as in the middle of a bend, the first along the edge counts.

    Parameters
    ----------
    point
        Shape (k,), position of the point in its table.
    edge
        Shape (k,), position of the edge in the network.
    fraction
        Shape (k,), position along the edge from tail (0) to head (1).
    access_m
        Shape (k,), metres from the point to the edge.
    point_count
        Number of points, n.
    """

    point: IntArray
    edge: IntArray
    fraction: FloatArray
    access_m: FloatArray
    point_count: int

    @property
    def nearest_access_m(self) -> FloatArray:
        """Shape (n,), metres from each point to its nearest edge."""
        metres = np.full(self.point_count, np.inf)
        np.minimum.at(metres, self.point, self.access_m)
        return metres


def snap(network: RoadNetwork, points: gpd.GeoSeries) -> Snaps:
    """
    Snap points to the nearest edges of a network.

    Parameters
    ----------
    network
        Network of one mode; each of its edges is usable in at least one direction.
    points
        Shape (n,), points in the network's CRS.

    Returns
    -------
    snaps
        At least one place per point.

    Raises
    ------
    CrsError
        If the points are in another CRS than the network.
    InputError
        If a geometry is not a point with finite coordinates.
    RoadError
        If the network has no edge.
    """
    _check_crs(network, points)
    check_points(points)
    if network.edge_count == 0:
        msg = "路网中没有可用的道路，无法把村庄和设施接到路上。"
        raise RoadError(msg)
    geometry = np.asarray(points.array, dtype=object)
    if not len(geometry):
        none = np.zeros(0, dtype=np.int64)
        return Snaps(none, none, none.astype(float), none.astype(float), 0)
    _, distance = network.edge_tree.query_nearest(geometry, all_matches=False, return_distance=True)
    point, edge = network.edge_tree.query(
        geometry, predicate="dwithin", distance=distance + TIE_TOLERANCE_M
    )
    order = np.lexsort((edge, point))
    point, edge = point[order], edge[order]
    lines = network.lines[edge]
    fraction = np.nan_to_num(shapely.line_locate_point(lines, geometry[point], normalized=True))
    fraction = np.where(fraction < END_TOLERANCE, 0.0, fraction)
    fraction = np.where(fraction > 1 - END_TOLERANCE, 1.0, fraction)
    access_m = shapely.distance(lines, geometry[point])
    return _without_repeats(
        Snaps(point, edge, fraction, access_m, len(geometry)), network.tail, network.head
    )


def access_legs(network: RoadNetwork, points: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    The access leg of each point.

    Parameters
    ----------
    network
        Network of one mode.
    points
        Shape (n, ...), points in the network's CRS.

    Returns
    -------
    legs
        Indexed as `points`: `access_m` (metres to the nearest edge) and `access_s` (seconds
        at the network's access speed).

    Raises
    ------
    CrsError, InputError, RoadError
        As `snap`.
    """
    metres = snap(network, points.geometry).nearest_access_m
    legs = {"access_m": metres, "access_s": metres * network.access_s_per_m}
    return pd.DataFrame(legs, index=points.index)


def check_points(points: gpd.GeoSeries) -> None:
    """
    Refuse geometries that are no points with finite coordinates.

    Parameters
    ----------
    points
        Shape (n,), indexed by id.

    Raises
    ------
    InputError
        Naming how many and the first.
    """
    geometry: npt.NDArray[np.object_] = np.asarray(points.array, dtype=object)
    usable = (
        shapely.get_type_id(geometry) == shapely.GeometryType.POINT.value
    ) & ~shapely.is_empty(geometry)
    usable[usable] = np.isfinite(shapely.get_coordinates(geometry[usable])).all(axis=1)
    bad = np.flatnonzero(~usable)
    if len(bad):
        first = points.index[bad[0]]
        msg = f"{len(bad)} 个位置不是坐标有效的点，第一个是 {first!r}。请改正坐标后重试。"
        raise InputError(msg)


def _check_crs(network: RoadNetwork, points: gpd.GeoSeries) -> None:
    if points.crs is not None and points.crs.is_geographic:
        msg = f"点的坐标系 {points.crs.name} 以度为单位，请先投影到路网的坐标系 {network.crs}。"
        raise CrsError(msg)
    if network.crs is not None and points.crs != network.crs:
        theirs = "未注明" if points.crs is None else points.crs.to_string()
        msg = f"点的坐标系（{theirs}）与路网的坐标系（{network.crs}）不同，请先投影到路网的坐标系。"
        raise CrsError(msg)


def _without_repeats(snaps: Snaps, tail: IntArray, head: IntArray) -> Snaps:
    """Keep one place per point and node, since at a node all its edges are one place."""
    at_node = np.where(
        snaps.fraction == 0.0,
        tail[snaps.edge],
        np.where(snaps.fraction == 1.0, head[snaps.edge], -1 - snaps.edge),
    )
    place = pd.DataFrame({"point": snaps.point, "at_node": at_node})
    kept = ~place.duplicated().to_numpy()
    return Snaps(
        snaps.point[kept],
        snaps.edge[kept],
        snaps.fraction[kept],
        snaps.access_m[kept],
        snaps.point_count,
    )
