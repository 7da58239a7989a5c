"""Road networks of any size, and points beside them, for benchmarks: a bent grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.roads import ALONG, BOTH, UNNAMED, USERS, Roads, with_names

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]

SPACING_M: Final = 150.0
"""Distance of neighbouring crossings before they are moved, metres."""

OFF_ROAD_M: Final = 120.0
"""Generated points lie up to this far from a road, metres."""

SMALLEST: Final = 4
"""Nodes of the smallest network: one block."""

ORIGIN: Final = {"EPSG:4527": (39_500_000.0, 4_000_000.0)}
"""South-west corner by CRS, metres; other zones begin at their central meridian."""

_MOVED_SHARE: Final = 0.3
_BEND_SHARE: Final = 0.12
_DROPPED: Final = 0.18
_ONE_WAY: Final = 0.06
_SIGNALS: Final = 0.01
_EVERY: Final = (("trunk", 96), ("primary", 32), ("secondary", 12), ("tertiary", 4))
_CLASSES: Final = ("primary", "residential", "secondary", "tertiary", "trunk")
_SURFACES: Final = ("", "asphalt")


def generate_roads(*, nodes: int, seed: int, crs: str = "EPSG:4527") -> Roads:
    """
    A street network with a hierarchy, one-way streets, bends and gaps.

    Lanes are left out at random, never streets of a higher class, so nearly everything hangs
    together; a few crossings are cut off, as in real data.

    Parameters
    ----------
    nodes
        Number of nodes, at least 4.
    seed
        The same seed makes the same network.
    crs
        Projected CRS in metres.

    Returns
    -------
    roads
        Exactly `nodes` nodes and some 1.7 edges for each; every edge has one bend, and its length
        is that of its line. Main streets have names.

    Raises
    ------
    ValueError
        If fewer than 4 nodes are asked for.
    """
    if nodes < SMALLEST:
        msg = f"A network needs at least {SMALLEST} nodes, not {nodes}."
        raise ValueError(msg)
    random = np.random.default_rng([seed, nodes])
    width = math.isqrt(nodes)
    column, row = np.arange(nodes) % width, np.arange(nodes) // width
    x, y = _crossings(random, column, row, crs)
    start, end, road_class, line = _edges(random, column, row, width)
    vertex_x, vertex_y = _bent(random, x, y, start, end)
    length = np.hypot(np.diff(vertex_x, axis=1), np.diff(vertex_y, axis=1)).sum(axis=1)
    one_way = (random.random(len(start)) < _ONE_WAY) & (road_class != _CLASSES.index("trunk"))
    traffic = np.where(one_way, ALONG, BOTH).astype(np.uint8)
    both = np.full(len(start), BOTH, dtype=np.uint8)
    roads = Roads(
        crs=crs,
        node_id=np.arange(1, nodes + 1, dtype=np.int64),
        node_x=x,
        node_y=y,
        node_signals=random.random(nodes) < _SIGNALS,
        from_node=start,
        to_node=end,
        length_m=length,
        road_class=road_class,
        road_classes=_CLASSES,
        max_speed_kph=np.where(road_class == _CLASSES.index("trunk"), 80.0, np.nan),
        surface=(road_class != _CLASSES.index("residential")).astype(np.int64),
        surfaces=_SURFACES,
        access={user: both.copy() if user == "foot" else traffic.copy() for user in USERS},
        is_bridge=np.zeros(len(start), dtype=np.bool_),
        is_tunnel=np.zeros(len(start), dtype=np.bool_),
        vertex_x=vertex_x.ravel(),
        vertex_y=vertex_y.ravel(),
        vertex_start=3 * np.arange(len(start) + 1, dtype=np.int64),
    )
    # Main streets bear a name each, one for east-west and one for north-south; lanes have none.
    lines = range(int(line.max(initial=0)) // 2 + 1)
    names = [name for number in lines for name in (f"东西{number}路", f"南北{number}路")]
    named = road_class != _CLASSES.index("residential")
    return with_names(roads, np.where(named, line, UNNAMED), names)


def generate_points(roads: Roads, *, count: int, seed: int) -> gpd.GeoDataFrame:
    """
    Points beside the roads, as villages and clinics lie.

    Parameters
    ----------
    roads
        Roads with at least one edge.
    count
        Number of points.
    seed
        The same seed makes the same points.

    Returns
    -------
    points
        Indexed by `point_id` ("P1" …), in the CRS of the roads, with `population` (whole persons).
        Each lies up to `OFF_ROAD_M` metres from an edge, on either side of it.
    """
    random = np.random.default_rng([seed, count])
    edge = random.integers(roads.edge_count, size=count)
    # One straight piece of each edge is enough; long edges need not be hit more often.
    first = roads.vertex_start[edge]
    pieces = roads.vertex_start[edge + 1] - first - 1
    first = first + np.floor(random.random(count) * pieces).astype(np.int64)
    east = roads.vertex_x[first + 1] - roads.vertex_x[first]
    north = roads.vertex_y[first + 1] - roads.vertex_y[first]
    share = random.random(count)
    off = random.uniform(-OFF_ROAD_M, OFF_ROAD_M, count) / np.maximum(np.hypot(east, north), 1e-9)
    x = roads.vertex_x[first] + share * east - off * north
    y = roads.vertex_y[first] + share * north + off * east
    people = np.round(np.exp(random.normal(math.log(600), 0.6, count)))
    return gpd.GeoDataFrame(
        {"population": people},
        index=pd.Index([f"P{number}" for number in range(1, count + 1)], name="point_id"),
        geometry=shapely.points(x, y),
        crs=roads.crs,
    )


def _crossings(
    random: np.random.Generator, column: IntArray, row: IntArray, crs: str
) -> tuple[FloatArray, FloatArray]:
    west, south = ORIGIN.get(crs, (500_000.0, 4_000_000.0))
    reach = _MOVED_SHARE * SPACING_M
    x = west + SPACING_M * column + random.uniform(-reach, reach, len(column))
    y = south + SPACING_M * row + random.uniform(-reach, reach, len(row))
    return x, y


def _edges(
    random: np.random.Generator, column: IntArray, row: IntArray, width: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Start, end, class and line of every edge kept; lines going east are even, north odd."""
    nodes = len(column)
    here = np.arange(nodes)
    east = here[(column < width - 1) & (here + 1 < nodes)]
    north = here[here + width < nodes]
    start = np.concatenate([east, north])
    end = np.concatenate([east + 1, north + width])
    line = np.concatenate([row[east], column[north]])
    road_class = np.full(len(start), _CLASSES.index("residential"), dtype=np.int64)
    for name, every in reversed(_EVERY):
        road_class[line % every == 0] = _CLASSES.index(name)
    lane = road_class == _CLASSES.index("residential")
    kept = ~lane | (random.random(len(start)) >= _DROPPED)
    line = 2 * line + (np.arange(len(line)) >= len(east))
    return start[kept], end[kept], road_class[kept], line[kept]


def _bent(
    random: np.random.Generator, x: FloatArray, y: FloatArray, start: IntArray, end: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Vertices of every edge, shape (m, 3): both ends and one point off the middle."""
    east, north = x[end] - x[start], y[end] - y[start]
    bend = random.uniform(-_BEND_SHARE, _BEND_SHARE, len(start))
    middle_x = x[start] + 0.5 * east - bend * north
    middle_y = y[start] + 0.5 * north + bend * east
    return (
        np.column_stack([x[start], middle_x, x[end]]),
        np.column_stack([y[start], middle_y, y[end]]),
    )
