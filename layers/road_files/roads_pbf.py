"""Streets from an OpenStreetMap extract (`.osm.pbf`), streamed straight into arrays.

The file is read once, block by block. Nodes come before ways in a PBF, so the places of all its
nodes are kept (16 bytes each, `layers.osm.osm_nodes`) and looked up for the ways of each block;
collecting the needed node ids first would mean unpacking the file twice. Of the ways only node
ids, coordinates and one number for the tags are kept.

A PBF is a row of blocks, and its header says neither how many nor how long. So a file that was cut
off exactly between two blocks is a smaller file to every reader; a cut anywhere else is told.

Ways meet only where they share a node id: a bridge never joins the road below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from coverage.errors import RoadError
from coverage.graph.contraction import contract
from coverage.notices import Notice
from coverage.roads import UNNAMED, USERS, with_names
from layers.osm.osm_tags import RELEVANT_KEYS, WayRecord, interpret_way
from layers.osm.pbf import open_blocks
from layers.osm.pbf_blocks import NO_LOCATION, UNITS_PER_DEGREE
from layers.roads import assemble_roads

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

    from coverage.roads import CodeArray, Roads
    from layers.osm.osm_nodes import NodePlaces
    from layers.osm.pbf_blocks import Block

    IntArray = npt.NDArray[np.int64]
    UnitArray = npt.NDArray[np.int32]
    Bounds = tuple[float, float, float, float]

TITLE: Final = "道路文件"

SIGNALS: Final = ("highway", "traffic_signals")
"""Tag of the nodes where traffic signals stand."""

WAY_KEYS: Final = frozenset({"highway", "route"})
"""A way with neither key is no road and no ferry."""


@dataclass(frozen=True, eq=False)
class RoadSurvey:
    """
    The streets of an extract, and what was met while reading it.

    Parameters
    ----------
    roads
        The contracted network.
    way_count
        Road ways that somebody may use, within the bounds.
    closed_way_count
        Road ways that nobody may use and whose own box meets the bounds; they are left out.
    cut_way_count
        Ways within the bounds of which some nodes are not in the file; the rest of each is kept.
    notices
        The same for the planner, in Chinese; empty where there is nothing to tell.
    """

    roads: Roads
    way_count: int
    closed_way_count: int
    cut_way_count: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True, eq=False)
class _Ways:
    """What is kept of the ways: r nodes of w ways, s signals, names as the ways count them."""

    node_ref: IntArray
    x: UnitArray
    y: UnitArray
    way_start: IntArray
    way_record: IntArray
    way_name: CodeArray
    signal_ref: IntArray
    records: list[WayRecord]
    names: list[str]
    closed_ways: int


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Runs of located nodes, at most one per way and gap; v nodes, c cut ways."""

    node_ref: IntArray
    x: npt.NDArray[np.int32]
    y: npt.NDArray[np.int32]
    piece: IntArray
    way: IntArray
    cut_way: IntArray


def read_roads_pbf(path: Path, *, crs: str, bounds: Bounds | None = None) -> Roads:
    """
    Streets from an OpenStreetMap extract.

    Parameters
    ----------
    path
        File in PBF format, of any size.
    crs
        Projected CRS in metres for the result, e.g. "EPSG:4526".
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84: ways that touch this box are kept whole;
        None keeps all.

    Returns
    -------
    roads
        Contracted; node ids are those of OpenStreetMap.

    Raises
    ------
    SourceError
        If the file is missing, is not a PBF or is cut off.
    RoadError
        If it holds no road that somebody may use.
    """
    return survey_roads_pbf(path, crs=crs, bounds=bounds).roads


def survey_roads_pbf(path: Path, *, crs: str, bounds: Bounds | None = None) -> RoadSurvey:
    """
    Streets from an OpenStreetMap extract, with what was left out or cut.

    Parameters, errors and the roads are those of `read_roads_pbf`.

    Returns
    -------
    survey
        The roads, the counts and the notices for the planner.
    """
    box = None if bounds is None else _to_units(bounds)
    wanted = {"node_tag": SIGNALS, "way_keys": WAY_KEYS, "tag_keys": RELEVANT_KEYS}
    with open_blocks(path, title=TITLE, **wanted) as (blocks, places):
        ways = _collect(blocks, places, box)
    pieces = _pieces(ways)
    if len(pieces.node_ref) == 0 and len(ways.way_record):
        msg = (
            f"道路文件「{path.name}」的 {len(ways.way_record)} 条道路都缺少节点坐标。"
            "请换用完整、按编号排序的 .osm.pbf 文件。"
        )
        raise RoadError(msg)
    if bounds is not None:
        pieces = _touching(pieces, bounds)
    if len(pieces.node_ref) == 0:
        raise RoadError(_no_roads_message(path, ways, bounded=bounds is not None))
    roads = contract(_split(ways, pieces, crs=crs))
    return RoadSurvey(
        roads=roads,
        way_count=1 + np.count_nonzero(np.diff(pieces.way)),
        closed_way_count=ways.closed_ways,
        cut_way_count=len(pieces.cut_way),
        notices=tuple(_notices(path, ways.closed_ways, len(pieces.cut_way))),
    )


def _collect(blocks: Iterable[Block], places: NodePlaces, box: Bounds | None) -> _Ways:
    """The ways of all blocks that somebody may use and whose own box touches `box`."""
    records: list[WayRecord] = []
    number_of: dict[tuple[str, ...], int] = {}
    place_of: dict[str, int] = {}
    parts: list[tuple[IntArray, ...]] = []
    signals, closed_ways = [], 0
    for block in blocks:
        places.add(block.node_id, block.node_x, block.node_y)
        signals.append(block.tagged_node)
        if not len(block.way_tags):
            continue
        # Thousands of ways share a few hundred sets of tags, so each set is interpreted once.
        for tags in block.tag_sets:
            if tags not in number_of:
                number_of[tags] = _register(records, tags)
        record = np.array([number_of[tags] for tags in block.tag_sets])[block.way_tags]
        x, y = places.at(block.ref)
        # A rough look at the way's own box keeps a province from filling memory for one county.
        keep = (record >= 0) & _boxes_touch(x, y, block.way_start, box)
        closed = np.array([*(one.closed for one in records), False])[record] & keep
        closed_ways += int(closed.sum())
        keep &= ~closed
        count = np.diff(block.way_start)
        row = np.repeat(keep, count)
        code = [place_of.setdefault(name, len(place_of)) for name in block.names]
        name = np.array([*code, UNNAMED], dtype=np.int32)[block.way_name]
        parts.append((block.ref[row], x[row], y[row], count[keep], record[keep], name[keep]))
    dtypes = (np.int64, np.int32, np.int32, np.int64, np.int64, np.int32)
    empty = [np.zeros(0, dtype) for dtype in dtypes]
    ref, x, y, count, record, name = map(np.concatenate, zip(empty, *parts, strict=True))
    start = np.concatenate([[0], np.cumsum(count)])
    signal = np.concatenate([np.zeros(0, np.int64), *signals])
    return _Ways(ref, x, y, start, record, name, signal, records, list(place_of), closed_ways)


def _register(records: list[WayRecord], tags: tuple[str, ...]) -> int:
    """Number of the record of a set of tags; -1 where it is no road."""
    record = interpret_way(dict(zip(tags[::2], tags[1::2], strict=True)))
    if record is None:
        return -1
    records.append(record)
    return len(records) - 1


def _to_units(bounds: Bounds) -> Bounds:
    min_lon, min_lat, max_lon, max_lat = (value * UNITS_PER_DEGREE for value in bounds)
    if not (min_lon <= max_lon and min_lat <= max_lat):
        msg = f"bounds must be min_lon, min_lat, max_lon, max_lat, got {bounds}"
        raise ValueError(msg)
    return min_lon, min_lat, max_lon, max_lat


def _boxes_touch(
    x: UnitArray, y: UnitArray, way_start: IntArray, box: Bounds | None
) -> npt.NDArray[np.bool_]:
    """Whether the box of each way's located nodes touches the box; a way without any does not."""
    filled = way_start[:-1] < way_start[1:]
    if box is None:
        return filled
    touches = filled.copy()
    start, lost = way_start[:-1][filled], x == NO_LOCATION
    for values, least, most in ((x, box[0], box[2]), (y, box[1], box[3])):
        lowest = np.minimum.reduceat(values, start)
        highest = np.maximum.reduceat(np.where(lost, -NO_LOCATION, values), start)
        touches[filled] &= (lowest <= most) & (highest >= least)
    return touches


def _pieces(ways: _Ways) -> _Pieces:
    """The located parts of all ways: cut at missing nodes, repeated nodes and stumps left out."""
    ref, x, y = ways.node_ref, ways.x, ways.y
    way = np.repeat(np.arange(len(ways.way_record)), np.diff(ways.way_start))
    located = (x != NO_LOCATION) & (y != NO_LOCATION)
    continues = np.zeros(len(ref), dtype=bool)
    continues[1:] = (way[1:] == way[:-1]) & located[:-1]
    repeated = np.zeros(len(ref), dtype=bool)
    repeated[1:] = continues[1:] & (ref[1:] == ref[:-1])
    keep = located & ~repeated
    piece = np.cumsum(~continues[keep]) - 1
    # A single node with nothing on either side is no road.
    long_enough = np.bincount(piece)[piece] > 1 if len(piece) else np.zeros(0, dtype=bool)
    rows = np.flatnonzero(keep)[long_enough]
    return _Pieces(
        ref[rows], x[rows], y[rows], piece[long_enough], way[rows], np.unique(way[~located])
    )


def _touching(pieces: _Pieces, bounds: Bounds) -> _Pieces:
    """The pieces of ways that touch the box."""
    if len(pieces.node_ref) == 0:
        return pieces
    _, line = np.unique(pieces.piece, return_inverse=True)
    lines = shapely.linestrings(
        pieces.x / UNITS_PER_DEGREE, pieces.y / UNITS_PER_DEGREE, indices=line
    )
    touching_way = np.unique(pieces.way[shapely.intersects(lines, shapely.box(*bounds))[line]])
    keep = np.isin(pieces.way, touching_way)
    return _Pieces(
        pieces.node_ref[keep], pieces.x[keep], pieces.y[keep], pieces.piece[keep],
        pieces.way[keep], np.intersect1d(pieces.cut_way, touching_way),
    )  # fmt: skip


def _split(ways: _Ways, pieces: _Pieces, *, crs: str) -> Roads:
    """Cut the pieces at ends, shared nodes and traffic signals, and assemble the roads."""
    node_id, first, at, uses = np.unique(
        pieces.node_ref, return_index=True, return_inverse=True, return_counts=True
    )
    signals = np.isin(node_id, ways.signal_ref)
    is_end = np.ones(len(at), dtype=bool)
    is_end[1:-1] = (np.diff(pieces.piece)[:-1] != 0) | (np.diff(pieces.piece)[1:] != 0)
    stop = np.flatnonzero(is_end | (uses[at] > 1) | signals[at])
    is_edge = pieces.piece[stop[:-1]] == pieces.piece[stop[1:]]
    begin, end = stop[:-1][is_edge], stop[1:][is_edge]

    # Vertices of all edges one after the other; neighbouring edges both list their common end.
    count = end - begin + 1
    vertex_start = np.concatenate([[0], np.cumsum(count)])
    vertex = np.repeat(begin - vertex_start[:-1], count) + np.arange(vertex_start[-1])
    used = np.zeros(len(node_id), dtype=bool)
    used[at[begin]] = used[at[end]] = True
    position = np.cumsum(used) - 1
    number = ways.way_record[pieces.way[begin]]
    records = ways.records

    def column(name: str, dtype: type) -> npt.NDArray[np.generic]:
        return np.array([getattr(record, name) for record in records], dtype=dtype)[number]

    roads = assemble_roads(
        crs=crs,
        node_id=node_id[used],
        node_lon=pieces.x[first[used]] / UNITS_PER_DEGREE,
        node_lat=pieces.y[first[used]] / UNITS_PER_DEGREE,
        node_signals=signals[used],
        from_node=position[at[begin]],
        to_node=position[at[end]],
        road_class=column("road_class", object),
        max_speed_kph=column("max_speed_kph", float),
        surface=column("surface", object),
        access={user: column(user, np.uint8) for user in USERS},
        is_bridge=column("is_bridge", bool),
        is_tunnel=column("is_tunnel", bool),
        vertex_lon=pieces.x[vertex] / UNITS_PER_DEGREE,
        vertex_lat=pieces.y[vertex] / UNITS_PER_DEGREE,
        vertex_start=vertex_start,
    )
    return with_names(roads, ways.way_name[pieces.way[begin]], ways.names)


def _no_roads_message(path: Path, ways: _Ways, *, bounded: bool) -> str:
    where = "在研究区范围内" if bounded else ""
    if ways.closed_ways:
        return (
            f"道路文件「{path.name}」{where}的 {ways.closed_ways} 条道路都禁止通行，"
            "没有可用的道路。请检查文件是否正确。"
        )
    return f"道路文件「{path.name}」{where}没有道路。请检查文件是否正确、是否覆盖研究区。"


def _notices(path: Path, closed: int, cut: int) -> list[Notice]:
    found = []
    if closed:
        message = (
            f"道路文件「{path.name}」有 {closed} 条道路对行人、自行车和机动车都禁止通行，未采用。"
        )
        found.append(Notice("closed_ways", message, closed))
    if cut:
        message = (
            f"道路文件「{path.name}」有 {cut} 条道路在文件边缘被截断，只采用文件内的部分。"
            "请确认文件范围比研究区宽。"
        )
        found.append(Notice("cut_ways", message, cut))
    return found
