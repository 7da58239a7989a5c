"""Streets from OSMnx: a graph in memory, or a GraphML file that OSMnx saved.

OSMnx holds a two-way street as two directed edges; here it becomes one edge that is usable both
ways, so that a point snaps to one street and not to two on top of each other. Tags are read by
the same rules as everywhere (`layers.osm.osm_tags`).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

import networkx as nx
import numpy as np
import pandas as pd
import pyproj
import shapely

from coverage.errors import CrsError, RoadError, SourceError
from coverage.graph.contraction import contract
from coverage.roads import AGAINST, ALONG, USERS, with_names
from layers.osm.osm_names import NAME_KEYS, name_of_way
from layers.osm.osm_tags import RELEVANT_KEYS, ROAD_CLASSES, WayRecord, interpret_way
from layers.roads import WGS84, assemble_roads, geodesic_length_m
from layers.tables import file_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from coverage.roads import Roads

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]

LOST_LINE_BY: Final = 0.01
"""An edge without a line whose given length exceeds the straight one by more than this share has
lost its line; then the given length counts. OSMnx measures on a sphere and is within 0.6 %."""

SAME_DECIMALS: Final = 7
"""Bends are taken to so many decimals of a degree (1 cm) or metre, as OpenStreetMap stores them, so
that the two directions of a street are the same line."""

_REVERSED_ONEWAY: Final = frozenset({"-1", "reverse", "T"})
"""Values of `oneway` for which OSMnx turns the nodes of the way round."""

_TURNED: Final = {0: 0, ALONG: AGAINST, AGAINST: ALONG, ALONG | AGAINST: ALONG | AGAINST}

_SLOWEST_FIRST: Final = {name: -rank for rank, name in enumerate(ROAD_CLASSES)}


Vertices = tuple[tuple[float, float], ...]


class _Arc(NamedTuple):
    """A directed edge of the graph with its vertices from `tail` to `head`."""

    tail: int
    head: int
    vertices: Vertices
    data: Mapping[str, object]


class _Street(NamedTuple):
    """One street with its vertices from `tail` to `head`."""

    tail: int
    head: int
    vertices: Vertices
    tags: dict[str, str]
    name: str
    given_m: float
    drawn: bool


def read_graphml(path: Path, *, crs: str) -> Roads:
    """
    Streets from a GraphML file saved by `osmnx.save_graphml`.

    Parameters
    ----------
    path
        The file.
    crs
        Projected CRS in metres for the result.

    Raises
    ------
    SourceError
        If the file is missing, broken, holds a DOCTYPE, or was not saved by OSMnx.
    RoadError, CrsError
        As `roads_from_osmnx`.
    """
    _refuse_doctype(path)
    # Importing OSMnx takes seconds and is needed here only.
    import osmnx as ox  # noqa: PLC0415

    try:
        graph = ox.load_graphml(path)
    except (
        ParseError, nx.NetworkXError, shapely.errors.ShapelyError,
        # What converting a foreign or damaged attribute ends in.
        ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError,
    ) as error:  # fmt: skip
        msg = (
            f"路网文件「{path.name}」读不出来，可能不完整，或不是 OSMnx 保存的 GraphML。"
            "请用 osmnx.save_graphml 重新保存后重试。"
        )
        raise SourceError(msg) from error
    return roads_from_osmnx(graph, crs=crs)


def roads_from_osmnx(graph: nx.MultiDiGraph, *, crs: str, all_oneway: bool = False) -> Roads:
    """
    Streets of an OSMnx graph, simplified or not, in WGS84 or projected.

    An edge and its twin in the other direction (same way, same line) become one edge. A street
    without a twin is one-way. Where simplification has merged ways and left a list of values,
    the slowest class, the lowest speed limit and the first surface in the alphabet count, and the
    name is all names of the list. Streets that nobody may use and classes that are no roads are
    left out; a street without `highway` has class "" and is open to everybody.

    Parameters
    ----------
    graph
        With `crs` as a graph attribute and `x`, `y` on its nodes.
    crs
        Projected CRS in metres for the result.
    all_oneway
        Whether the graph was made with `osmnx.settings.all_oneway`: each street stands once, with
        its own `oneway` tag.

    Returns
    -------
    roads
        Contracted. Lengths are measured along the lines on the ellipsoid.

    Raises
    ------
    RoadError
        If there is no usable street, or a node has no coordinates or no whole number as id.
    CrsError
        If the graph has no CRS, or a CRS is unknown or not in metres.
    """
    node_id, node_degrees = _nodes(graph)
    place = {node: position for position, node in enumerate(graph.nodes)}
    signals = [
        "traffic_signals" in _words(data.get("highway")) for _, data in graph.nodes(data=True)
    ]
    used = _usable(_streets(graph, all_oneway=all_oneway), all_oneway=all_oneway)
    if not used:
        msg = "路网里没有可以通行的道路。请检查下载的范围和道路类型。"
        raise RoadError(msg)
    records = [record for _, record in used]
    start = np.concatenate([[0], np.cumsum([len(street.vertices) for street, _ in used])])
    degrees = _to_degrees(graph, np.vstack([street.vertices for street, _ in used]))
    roads = assemble_roads(
        crs=crs,
        node_id=node_id,
        node_lon=node_degrees[:, 0],
        node_lat=node_degrees[:, 1],
        node_signals=signals,
        from_node=[place[street.tail] for street, _ in used],
        to_node=[place[street.head] for street, _ in used],
        road_class=[record.road_class for record in records],
        max_speed_kph=[record.max_speed_kph for record in records],
        surface=[record.surface for record in records],
        access={user: [getattr(record, user) for record in records] for user in USERS},
        is_bridge=[record.is_bridge for record in records],
        is_tunnel=[record.is_tunnel for record in records],
        vertex_lon=degrees[:, 0],
        vertex_lat=degrees[:, 1],
        vertex_start=start,
        length_m=_length_m([street for street, _ in used], degrees, start),
    )
    code, names = pd.factorize(np.array([street.name for street, _ in used], dtype=object))
    return contract(with_names(roads, code, names))


def _refuse_doctype(path: Path) -> None:
    """Read up to the first element; entities can be declared nowhere else."""

    class _AtRoot(Exception):  # noqa: N818 - the way out of expat, not a fault
        pass

    def stop(*_: object) -> None:
        raise _AtRoot

    def refuse(*_: object) -> None:
        msg = f"路网文件「{path.name}」含有 DOCTYPE 声明，为安全起见不予读取。请用 OSMnx 重新保存。"
        raise SourceError(msg)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = stop
    try:
        parser.Parse(file_bytes(path), True)
    except _AtRoot:
        return
    except expat.ExpatError as error:
        msg = f"路网文件「{path.name}」不是完整的 GraphML（XML）文件。请重新保存后重试。"
        raise SourceError(msg) from error


def _nodes(graph: nx.MultiDiGraph) -> tuple[list[int], FloatArray]:
    """Node ids, and coordinates (n, 2) in degrees."""
    bad_ids = [node for node in graph.nodes if not isinstance(node, int | np.integer)]
    if bad_ids:
        msg = (
            f"路网有 {len(bad_ids)} 个节点的代码不是整数，第一个是「{bad_ids[0]}」。"
            "请使用 OSMnx 的路网，或把节点改成整数代码。"
        )
        raise RoadError(msg)
    planar = np.array(
        [[_number(data.get("x")), _number(data.get("y"))] for _, data in graph.nodes(data=True)]
    ).reshape(-1, 2)
    lost = np.flatnonzero(~np.isfinite(planar).all(axis=1))
    if len(lost):
        first = list(graph.nodes)[lost[0]]
        msg = f"路网有 {len(lost)} 个节点没有有效的 x、y 坐标，第一个是 {first}。请重新生成路网。"
        raise RoadError(msg)
    return [int(node) for node in graph.nodes], _to_degrees(graph, planar)


def _to_degrees(graph: nx.MultiDiGraph, planar: FloatArray) -> FloatArray:
    """Coordinates (k, 2) of the graph as longitude and latitude in WGS84."""
    crs = graph.graph.get("crs")
    if crs is None:
        msg = '路网没有写明坐标系（graph.graph["crs"]）。请用 OSMnx 重新生成路网。'
        raise CrsError(msg)
    try:
        source = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        msg = f"不认识路网的坐标系「{str(crs)[:40]}」。请用 OSMnx 重新生成路网。"
        raise CrsError(msg) from error
    if source == pyproj.CRS.from_user_input(WGS84):
        return planar
    transformer = pyproj.Transformer.from_crs(source, WGS84, always_xy=True)
    return np.column_stack(transformer.transform(planar[:, 0], planar[:, 1]))


def _streets(graph: nx.MultiDiGraph, *, all_oneway: bool) -> list[_Street]:
    """Every street once, twins merged, in the order of the graph."""
    groups: dict[tuple[object, ...], list[_Arc]] = {}
    for tail, head, data in graph.edges(data=True):
        vertices = _vertices(graph, tail, head, data)
        # Both directions of a street have the same key; the ends tell them apart.
        key = (
            min(tail, head), max(tail, head),
            tuple(_words(data.get("osmid"))), min(vertices, vertices[::-1]),
        )  # fmt: skip
        groups.setdefault(key, []).append(_Arc(tail, head, vertices, data))
    streets = []
    for arcs in groups.values():
        while arcs:
            arc = arcs.pop(0)
            position = None if all_oneway else _twin(arc, arcs)
            two_way = position is not None
            if position is not None:
                twin = arcs.pop(position)
                # The tags speak of the way as it is drawn.
                arc = twin if arc.data.get("reversed") is True else arc
            tags = _tags(arc.data)
            if not all_oneway:
                tags = _with_direction(tags, two_way=two_way)
            given_m, drawn = _number(arc.data.get("length")), "geometry" in arc.data
            name = _name(arc.data)
            streets.append(_Street(arc.tail, arc.head, arc.vertices, tags, name, given_m, drawn))
    return streets


def _usable(streets: list[_Street], *, all_oneway: bool) -> list[tuple[_Street, WayRecord]]:
    """The streets that are roads and open to somebody, with what their tags say."""
    # Few combinations of tags recur on many streets.
    read: dict[tuple[tuple[str, str], ...], WayRecord | None] = {}
    used = []
    for street in streets:
        key = tuple(street.tags.items())
        if key not in read:
            read[key] = _record(street.tags, all_oneway=all_oneway)
        record = read[key]
        if record is not None and not record.closed:
            used.append((street, record))
    return used


def _vertices(graph: nx.MultiDiGraph, tail: int, head: int, data: Mapping[str, object]) -> Vertices:
    """The line of an edge from node to node."""
    first, last = (
        (float(graph.nodes[node]["x"]), float(graph.nodes[node]["y"])) for node in (tail, head)
    )
    line = data.get("geometry")
    if not isinstance(line, shapely.LineString) or line.is_empty:
        return (first, last)
    inner = np.round(shapely.get_coordinates(line)[1:-1], SAME_DECIMALS)
    return (first, *map(tuple, inner.tolist()), last)


def _twin(arc: _Arc, others: list[_Arc]) -> int | None:
    """Position of the first edge that is the same street the other way round."""
    for position, other in enumerate(others):
        turned = other.tail == arc.head and other.head == arc.tail
        if turned and other.vertices == arc.vertices[::-1]:
            return position
    return None


def _with_direction(tags: dict[str, str], *, two_way: bool) -> dict[str, str]:
    """Tags whose `oneway` says what the directed edges of the graph say."""
    if not two_way:
        return {**tags, "oneway": "yes"}
    return {key: value for key, value in tags.items() if key != "oneway"}


def _tags(data: Mapping[str, object]) -> dict[str, str]:
    """OSM tags as text; a list left by simplification is joined in a fixed order."""
    tags = {}
    for key in sorted(RELEVANT_KEYS & data.keys()):
        words = _words(data[key])
        if key == "highway":
            words = sorted(words, key=lambda word: (_SLOWEST_FIRST.get(word, 1), word))
        if words:
            tags[key] = ";".join(words)
    return tags


def _name(data: Mapping[str, object]) -> str:
    """What the street is called: all values of a list."""
    # A graph that went through a table has NaN where there is nothing, and its file has the word.
    said = {key: ";".join(_words(data.get(key))) for key in NAME_KEYS}
    return name_of_way({key: text for key, text in said.items() if text != "nan"})


def _words(value: object) -> list[str]:
    """The distinct values of an attribute as sorted text; none where it is missing."""
    values = value if isinstance(value, list | tuple | set) else [value]
    words = {_word(one) for one in values}
    return sorted(words - {""})


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def _record(tags: Mapping[str, str], *, all_oneway: bool) -> WayRecord | None:
    """What the tags say, seen in the direction of the edge; None where it is no road."""
    if "highway" not in tags and "route" not in tags:
        # `road` is open to all and implies nothing, which is right where the class is not known.
        record = interpret_way({**tags, "highway": "road"})
        return None if record is None else replace(record, road_class="")
    record = interpret_way(tags)
    if record is None or not all_oneway or tags.get("oneway") not in _REVERSED_ONEWAY:
        return record
    return replace(record, **{user: _TURNED[getattr(record, user)] for user in USERS})


def _length_m(streets: list[_Street], degrees: FloatArray, start: IntArray) -> FloatArray:
    """Metres along the lines; the given length where the graph has lost the line."""
    measured = geodesic_length_m(degrees[:, 0], degrees[:, 1], start)
    given = np.array([street.given_m for street in streets])
    drawn = np.array([street.drawn for street in streets])
    lost = ~drawn & np.isfinite(given) & (given > measured * (1 + LOST_LINE_BY))
    return np.where(lost, given, measured)
