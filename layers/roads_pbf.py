"""Streets from an OpenStreetMap extract (`.osm.pbf`), streamed straight into arrays.

The file is read once. Nodes come before ways in a PBF, so pyosmium fills in the locations of a
way's nodes from an index of every node of the file; collecting the needed node ids first and
reading twice was measured and needs more memory, not less. The index takes 16 bytes per node of
the file and is freed afterwards; `layers.pbf` says where it lies. Of the ways only node ids,
coordinates and one number for the tags are kept.

A PBF is a row of blocks, and its header says neither how many nor how long. So a file that was cut
off exactly between two blocks is a smaller file to every reader; a cut anywhere else is told.

Ways meet only where they share a node id: a bridge never joins the road below it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import osmium
import shapely
from osmium.filter import KeyFilter, TagFilter
from osmium.osm import NODE, WAY

from coverage.contraction import contract
from coverage.errors import RoadError
from coverage.notices import Notice
from coverage.roads import USERS
from layers.osm_tags import RELEVANT_KEYS, WayRecord, interpret_way
from layers.pbf import open_pbf
from layers.roads import assemble_roads

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from coverage.roads import Roads

    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]
    Bounds = tuple[float, float, float, float]

UNITS_PER_DEGREE: Final = 10_000_000
"""OpenStreetMap stores coordinates as whole numbers of 1e-7 degrees."""

LONGITUDE_UNITS: Final = 180 * UNITS_PER_DEGREE
LATITUDE_UNITS: Final = 90 * UNITS_PER_DEGREE
"""Coordinates beyond these are no location; so are those of a node that the file does not hold."""

NO_LOCATION: Final = 2**31 - 1
"""What pyosmium gives for the coordinates of a node that the file does not hold."""


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


@dataclass(eq=False)
class _WayArrays:
    """What is kept of the ways while streaming: typed arrays that grow."""

    node_ref: array[int] = field(default_factory=lambda: array("q"))
    x: array[int] = field(default_factory=lambda: array("i"))
    y: array[int] = field(default_factory=lambda: array("i"))
    way_start: array[int] = field(default_factory=lambda: array("q", [0]))
    way_record: array[int] = field(default_factory=lambda: array("q"))
    signal_ref: array[int] = field(default_factory=lambda: array("q"))
    records: list[WayRecord] = field(default_factory=list)
    closed_ways: int = 0


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
    with open_pbf(path, title="道路文件") as (source, storage):
        ways = _collect(source, storage, bounds)
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
        way_count=len(np.unique(pieces.way)),
        closed_way_count=ways.closed_ways,
        cut_way_count=len(pieces.cut_way),
        notices=tuple(_notices(path, ways.closed_ways, len(pieces.cut_way))),
    )


def _collect(
    source: osmium.io.File | osmium.io.FileBuffer, storage: str, bounds: Bounds | None
) -> _WayArrays:
    box = None if bounds is None else _to_units(bounds)
    ways = _WayArrays()
    number_of: dict[tuple[str, ...], int | None] = {}
    stream = (
        osmium.FileProcessor(source, NODE | WAY)
        .with_locations(storage)
        .with_filter(TagFilter(("highway", "traffic_signals")).enable_for(NODE))
        .with_filter(KeyFilter("highway", "route").enable_for(WAY))
    )
    for thing in stream:
        if thing.is_node():
            ways.signal_ref.append(thing.id)
            continue
        # Thousands of ways share a few hundred sets of tags, so each set is interpreted once.
        key = tuple(text for tag in thing.tags if tag.k in RELEVANT_KEYS for text in (tag.k, tag.v))
        if key not in number_of:
            number_of[key] = _register(ways, key)
        number = number_of[key]
        if number is not None:
            _append(ways, thing.nodes, number, box)
    return ways


def _register(ways: _WayArrays, key: tuple[str, ...]) -> int | None:
    record = interpret_way(dict(zip(key[::2], key[1::2], strict=True)))
    if record is None:
        return None
    ways.records.append(record)
    return len(ways.records) - 1


def _append(
    ways: _WayArrays, nodes: osmium.osm.WayNodeList, number: int, box: Bounds | None
) -> None:
    refs, xs, ys = [], [], []
    for node in nodes:
        location = node.location
        refs.append(node.ref)
        xs.append(location.x)
        ys.append(location.y)
    # A rough look at the way's own box keeps a province from filling memory for one county.
    if box is not None and not _boxes_touch(xs, ys, box):
        return
    if ways.records[number].closed:
        ways.closed_ways += 1
        return
    ways.node_ref.extend(refs)
    ways.x.extend(xs)
    ways.y.extend(ys)
    ways.way_start.append(len(ways.node_ref))
    ways.way_record.append(number)


def _to_units(bounds: Bounds) -> Bounds:
    min_lon, min_lat, max_lon, max_lat = (value * UNITS_PER_DEGREE for value in bounds)
    if not (min_lon <= max_lon and min_lat <= max_lat):
        msg = f"bounds must be min_lon, min_lat, max_lon, max_lat, got {bounds}"
        raise ValueError(msg)
    return min_lon, min_lat, max_lon, max_lat


def _boxes_touch(xs: list[int], ys: list[int], box: Bounds) -> bool:
    if NO_LOCATION in xs:
        xs = [x for x in xs if x != NO_LOCATION]
        ys = [y for y in ys if y != NO_LOCATION]
    if not xs:
        return False
    return min(xs) <= box[2] and max(xs) >= box[0] and min(ys) <= box[3] and max(ys) >= box[1]


def _pieces(ways: _WayArrays) -> _Pieces:
    """The located parts of all ways: cut at missing nodes, repeated nodes and stumps left out."""
    ref = np.frombuffer(ways.node_ref, dtype=np.int64)
    x = np.frombuffer(ways.x, dtype=np.int32)
    y = np.frombuffer(ways.y, dtype=np.int32)
    way_start = np.frombuffer(ways.way_start, dtype=np.int64)
    way = np.repeat(np.arange(len(way_start) - 1), np.diff(way_start))
    located = (x >= -LONGITUDE_UNITS) & (x <= LONGITUDE_UNITS)
    located &= (y >= -LATITUDE_UNITS) & (y <= LATITUDE_UNITS)
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


def _split(ways: _WayArrays, pieces: _Pieces, *, crs: str) -> Roads:
    """Cut the pieces at ends, shared nodes and traffic signals, and assemble the roads."""
    node_id, first, at, uses = np.unique(
        pieces.node_ref, return_index=True, return_inverse=True, return_counts=True
    )
    signals = np.isin(node_id, np.frombuffer(ways.signal_ref, dtype=np.int64))
    is_end = np.ones(len(at), dtype=bool)
    is_end[1:-1] = (np.diff(pieces.piece)[:-1] != 0) | (np.diff(pieces.piece)[1:] != 0)
    stop = np.flatnonzero(is_end | (uses[at] > 1) | signals[at])
    is_edge = pieces.piece[stop[:-1]] == pieces.piece[stop[1:]]
    begin, end = stop[:-1][is_edge], stop[1:][is_edge]

    # Vertices of all edges one after the other; neighbouring edges both list their common end.
    count = end - begin + 1
    vertex_start = np.concatenate([[0], np.cumsum(count)])
    vertex = np.repeat(begin - vertex_start[:-1], count) + np.arange(vertex_start[-1])
    used, position = np.unique(np.concatenate([at[begin], at[end]]), return_inverse=True)
    number = np.frombuffer(ways.way_record, dtype=np.int64)[pieces.way[begin]]
    records = ways.records

    def column(name: str, dtype: type) -> npt.NDArray[np.generic]:
        return np.array([getattr(record, name) for record in records], dtype=dtype)[number]

    return assemble_roads(
        crs=crs,
        node_id=node_id[used],
        node_lon=pieces.x[first[used]] / UNITS_PER_DEGREE,
        node_lat=pieces.y[first[used]] / UNITS_PER_DEGREE,
        node_signals=signals[used],
        from_node=position[: len(begin)],
        to_node=position[len(begin) :],
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


def _no_roads_message(path: Path, ways: _WayArrays, *, bounded: bool) -> str:
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
