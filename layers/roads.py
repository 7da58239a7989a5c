"""Streets from any source in the shape of `coverage.roads.Roads`: projected, measured, encoded.

Every reader of roads (OSM PBF, OSMnx download, GraphML, edge table) ends in `assemble_roads`,
so coordinates, lengths and categories are checked and computed in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from coverage.errors import CrsError, RoadError
from coverage.roads import USERS, Roads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]
    Labels = Sequence[str] | npt.NDArray[np.object_]

WGS84: Final = "EPSG:4326"

ELLIPSOID: Final = Geod(ellps="WGS84")

CHORD_M: Final = 10_000.0
"""Up to this length a step is measured by its chord through the ellipsoid, metres."""

BLOCK: Final = 1 << 15
"""Vertices whose chords are worked out at once: what that needs stays in the processor's cache."""

EARTH_RADIUS_M: Final = 6_371_000.0
"""Mean radius. Where the curvature differs (by 0.7 % at most), 10 km are off by 15 micrometres."""

MAX_LONGITUDE: Final = 180.0
"""Degrees."""

MAX_LATITUDE: Final = 90.0
"""Degrees."""


def assemble_roads(  # noqa: PLR0913 - one argument per column of the road table
    *,
    crs: str,
    node_id: npt.ArrayLike,
    node_lon: npt.ArrayLike,
    node_lat: npt.ArrayLike,
    node_signals: npt.ArrayLike,
    from_node: npt.ArrayLike,
    to_node: npt.ArrayLike,
    road_class: Labels,
    max_speed_kph: npt.ArrayLike,
    surface: Labels,
    access: Mapping[str, npt.ArrayLike],
    is_bridge: npt.ArrayLike,
    is_tunnel: npt.ArrayLike,
    vertex_lon: npt.ArrayLike,
    vertex_lat: npt.ArrayLike,
    vertex_start: npt.ArrayLike,
    length_m: npt.ArrayLike | None = None,
) -> Roads:
    """
    Streets in WGS84 turned into `Roads` in a projected CRS; no node or edge is dropped.

    Parameters
    ----------
    crs
        Projected CRS in metres, e.g. "EPSG:4526".
    node_id
        Shape (n,), whole numbers, unique.
    node_lon, node_lat
        Shape (n,), degrees in WGS84.
    node_signals
        Shape (n,), True where traffic signals stand.
    from_node, to_node
        Shape (m,), positions in `node_id` (not ids).
    road_class, surface
        Shape (m,), OSM values as text; "" or a missing value where there is none.
    max_speed_kph
        Shape (m,), km/h; NaN where not signed.
    access
        For each of `coverage.roads.USERS` shape (m,), the bits ALONG and AGAINST.
    is_bridge, is_tunnel
        Shape (m,).
    vertex_lon, vertex_lat
        Shape (v,), degrees in WGS84: the vertices of edge 0, then of edge 1 and so on, each
        from its from-node to its to-node, both ends included.
    vertex_start
        Shape (m + 1,), where the vertices of each edge begin.
    length_m
        Shape (m,), metres; measured along the vertices on the WGS84 ellipsoid when absent.

    Returns
    -------
    roads
        Same order of nodes, edges and vertices as given.

    Raises
    ------
    RoadError
        If there is no edge, a coordinate is not finite, lies outside the globe or cannot be
        projected, or a given length is negative or not finite.
    CrsError
        If `crs` is unknown or not a projected CRS in metres.
    ValueError
        If the arrays do not fit together.
    """
    ids = np.asarray(node_id, dtype=np.int64)
    ends_from, ends_to = (np.asarray(ends, dtype=np.int64) for ends in (from_node, to_node))
    start = np.asarray(vertex_start, dtype=np.int64)
    lon, lat = np.asarray(vertex_lon, dtype=float), np.asarray(vertex_lat, dtype=float)
    node_x, node_y = np.asarray(node_lon, dtype=float), np.asarray(node_lat, dtype=float)
    edges = len(ends_from)
    if edges == 0:
        msg = "路网里没有任何路段。请检查道路数据是否覆盖研究区。"
        raise RoadError(msg)
    by_edge = {
        "road_class": road_class, "max_speed_kph": max_speed_kph, "surface": surface,
        "is_bridge": is_bridge, "is_tunnel": is_tunnel, "to_node": ends_to,
        **{f"access[{user}]": access[user] for user in USERS},
    }  # fmt: skip
    _check_lengths(by_edge, edges)
    _check_lengths({"node_lon": node_x, "node_lat": node_y, "node_signals": node_signals}, len(ids))
    _check_structure(ids, ends_from, ends_to, start, len(lon), len(lat))
    _check_degrees(node_x, node_y, what="路网节点")
    _check_degrees(lon, lat, what="道路线形的折点")
    length = (
        geodesic_length_m(lon, lat, start) if length_m is None else _given_length(length_m, edges)
    )

    x, y = _project(np.concatenate([node_x, lon]), np.concatenate([node_y, lat]), crs=crs)
    classes, class_names = _encode(road_class)
    surfaces, surface_names = _encode(surface)
    return Roads(
        crs=crs,
        node_id=ids.copy(),
        node_x=x[: len(ids)].copy(),
        node_y=y[: len(ids)].copy(),
        node_signals=np.array(node_signals, dtype=bool),
        from_node=ends_from.copy(),
        to_node=ends_to.copy(),
        length_m=length,
        road_class=classes,
        road_classes=class_names,
        max_speed_kph=np.array(max_speed_kph, dtype=float),
        surface=surfaces,
        surfaces=surface_names,
        access={user: np.array(access[user], dtype=np.uint8) for user in USERS},
        is_bridge=np.array(is_bridge, dtype=bool),
        is_tunnel=np.array(is_tunnel, dtype=bool),
        vertex_x=x[len(ids) :].copy(),
        vertex_y=y[len(ids) :].copy(),
        vertex_start=start.copy(),
    )


def geodesic_length_m(lon: FloatArray, lat: FloatArray, vertex_start: IntArray) -> FloatArray:
    """
    Length of polylines on the WGS84 ellipsoid.

    Parameters
    ----------
    lon, lat
        Shape (v,), degrees in WGS84, the vertices of all m lines one after the other.
    vertex_start
        Shape (m + 1,), where the vertices of each line begin; every line has at least one.

    Returns
    -------
    length_m
        Shape (m,), metres.
    """
    if len(lon) < 2:  # noqa: PLR2004 - a single vertex has no length
        return np.zeros(len(vertex_start) - 1)
    step = np.zeros(len(lon))
    for begin in range(0, len(lon) - 1, BLOCK):
        part = slice(begin, begin + BLOCK + 1)
        step[begin : begin + BLOCK][: len(lon) - 1 - begin] = _chord_m(lon[part], lat[part])
    # Each step of a road is short: its chord and the arc above it are told apart by one term.
    # (PROJ's solution for any distance takes several times as long, and serves the long steps.)
    far = np.flatnonzero(step > CHORD_M)
    step *= 1 + (step / EARTH_RADIUS_M) ** 2 / 24
    step[far] = ELLIPSOID.inv(lon[far], lat[far], lon[far + 1], lat[far + 1])[2]
    # The step from the last vertex of a line to the first of the next belongs to no line.
    step[vertex_start[1:] - 1] = 0.0
    return np.add.reduceat(step, vertex_start[:-1])


def _chord_m(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Straight metres through the ellipsoid from each point to the next, shape (v - 1,)."""
    east, north = np.radians(lon), np.radians(lat)
    sine = np.sin(north)
    across = ELLIPSOID.a / np.sqrt(1 - ELLIPSOID.es * sine**2)
    level = across * np.cos(north)
    squares = np.diff(level * np.cos(east)) ** 2
    squares += np.diff(level * np.sin(east)) ** 2
    squares += np.diff((1 - ELLIPSOID.es) * across * sine) ** 2
    return np.sqrt(squares)


def _check_lengths(columns: Mapping[str, object], count: int) -> None:
    for name, values in columns.items():
        if len(values) != count:  # type: ignore[arg-type]
            msg = f"{name} has {len(values)} values, expected {count}"  # type: ignore[arg-type]
            raise ValueError(msg)


def _check_structure(
    ids: IntArray, ends_from: IntArray, ends_to: IntArray, start: IntArray, lons: int, lats: int
) -> None:
    # Sources list their nodes in order, and then one look along them is enough.
    if (ids[1:] <= ids[:-1]).any() and len(np.unique(ids)) != len(ids):
        msg = "node_id repeats"
        raise ValueError(msg)
    for ends in (ends_from, ends_to):
        if ends.min() < 0 or ends.max() >= len(ids):
            msg = "from_node and to_node must be positions in node_id"
            raise ValueError(msg)
    fits = len(start) == len(ends_from) + 1 and start[0] == 0 and start[-1] == lons == lats
    if not fits or (np.diff(start) < 2).any():  # noqa: PLR2004 - a line has two ends
        msg = "vertex_start must cut the vertices into one line of two or more per edge"
        raise ValueError(msg)


def _check_degrees(lon: FloatArray, lat: FloatArray, *, what: str) -> None:
    """Raise where a coordinate is not on the globe; NaN fails every comparison and is found too."""
    bad = np.flatnonzero(~((np.abs(lon) <= MAX_LONGITUDE) & (np.abs(lat) <= MAX_LATITUDE)))
    if len(bad):
        first = bad[0]
        msg = (
            f"{what}有 {len(bad)} 个坐标不是有效的经纬度，第一个是第 {first + 1} 个"
            f"（经度 {lon[first]:g}，纬度 {lat[first]:g}）。"
            "请检查坐标是否缺失、经纬度是否写反、坐标系是否为 WGS84。"
        )
        raise RoadError(msg)


def _given_length(length_m: npt.ArrayLike, edges: int) -> FloatArray:
    length = np.array(length_m, dtype=float)
    _check_lengths({"length_m": length}, edges)
    bad = np.flatnonzero(~(np.isfinite(length) & (length >= 0)))
    if len(bad):
        msg = (
            f"{len(bad)} 条路段的长度为负或不是数字，第一条是第 {bad[0] + 1} 条"
            f"（{length[bad[0]]:g} 米）。请改正长度一列后重试。"
        )
        raise RoadError(msg)
    return length


def _project(lon: FloatArray, lat: FloatArray, *, crs: str) -> tuple[FloatArray, FloatArray]:
    try:
        target = CRS.from_user_input(crs)
    except CRSError as error:
        msg = f"不认识坐标系「{crs}」。请写成 EPSG 代码，例如 EPSG:4547。"
        raise CrsError(msg) from error
    if not target.is_projected or any(axis.unit_name != "metre" for axis in target.axis_info):
        msg = f"坐标系「{crs}」不是以米为单位的投影坐标系，不能用来量距离。请改用例如 EPSG:4547。"
        raise CrsError(msg)
    x, y = Transformer.from_crs(WGS84, target, always_xy=True).transform(lon, lat)
    lost = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
    if len(lost):
        first = lost[0]
        msg = (
            f"道路有 {len(lost)} 个坐标不能换算到坐标系「{crs}」，第一个是"
            f"经度 {lon[first]:g}、纬度 {lat[first]:g}。请检查道路数据与项目坐标系是否在同一地区。"
        )
        raise RoadError(msg)
    return x, y


def _encode(labels: Labels) -> tuple[IntArray, tuple[str, ...]]:
    """Positions in the sorted distinct labels; a missing label counts as ""."""
    values = pd.Series(np.asarray(labels, dtype=object)).fillna("")
    codes, names = pd.factorize(values, sort=True)
    return codes.astype(np.int64), tuple(str(name) for name in names)
