"""Streets from a table of nodes and a table of edges (CSV, GeoPackage or GeoJSON).

Columns of the node table: `node_id`, and `lon`, `lat` or `x`, `y` (two names for the same pair:
longitude or easting, latitude or northing). Columns of the edge table: `from_node`, `to_node`,
and where known `length_m` or `length_km`, `highway`, `oneway`, `maxspeed`, `surface`, `geometry`
(WKT, or the shape of a map layer), `name` (or another key of `layers.osm.osm_names`) and any
other key of `layers.osm.osm_tags`.

An edge without a class has road class "" and is open to everybody, both ways unless `oneway`
says otherwise. Edges whose length is at odds with their line are treated as
`layers.road_files.edge_lengths` says and are always reported.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyproj

from coverage.errors import Problem, RoadError
from coverage.roads import USERS, with_names
from layers.coordinates import named_crs
from layers.osm.osm_names import NAME_KEYS, name_of_way
from layers.osm.osm_tags import RELEVANT_KEYS, interpret_way
from layers.road_files.edge_lengths import check_unit, length_faults, length_notices
from layers.road_files.edge_lines import read_lines, tie_to_nodes
from layers.roads import MAX_LATITUDE, MAX_LONGITUDE, WGS84, assemble_roads, geodesic_length_m
from layers.tables import ensure_columns, ensure_rows, numbers, raise_problems
from layers.vectors import read_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from coverage.notices import Notice
    from coverage.roads import Roads
    from layers.osm.osm_tags import WayRecord
    from layers.road_files.edge_lengths import LongEdges
    from layers.road_files.edge_lines import Lines
    from layers.tables import SourceTable

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]

NODES_TITLE: Final = "路网节点表"
EDGES_TITLE: Final = "路网路段表"

END_TOLERANCE_M: Final = 200.0
"""Ends of a drawn line may be this many metres off their nodes, the rounding of coordinates
included; the line is then tied to the nodes."""

LARGEST_ID: Final = 2.0**53
"""Beyond this, neighbouring whole numbers look alike once they have passed through a float."""

ONEWAY_WORDS: Final = {
    "": "", "yes": "yes", "true": "yes", "1": "yes", "是": "yes",
    "no": "no", "false": "no", "0": "no", "否": "no",
    "-1": "-1", "reverse": "-1", "reversible": "reversible", "alternating": "alternating",
}  # fmt: skip
"""What a cell of `oneway` may say, and the OSM value it stands for."""

_TAG_NAMES: Final = tuple(sorted(RELEVANT_KEYS - {"route"}))
_NODE_NAMES: Final = ("node_id", "lon", "lat", "x", "y")
_EDGE_NAMES: Final = (
    "from_node", "to_node", "length_m", "length_km", "geometry", *_TAG_NAMES, *NAME_KEYS,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class EdgeTableSurvey:
    """
    The streets of an edge table, and what was met while reading it.

    Parameters
    ----------
    roads
        Edges in the order of the table, not contracted.
    suspicious
        One row per edge at odds with its line: `row` (as the planner counts), `from_node`,
        `to_node` (ids), `given_m`, `drawn_m` (metres, as given and along the line), `fault`
        ("loop", "too_short", "too_long") and `action` ("dropped", "straightened", "kept").
    notices
        The same in sentences.
    """

    roads: Roads
    suspicious: pd.DataFrame
    notices: tuple[Notice, ...]


def read_edge_table(
    nodes_path: Path,
    edges_path: Path,
    *,
    crs: str,
    source_crs: str = WGS84,
    columns: Mapping[str, str] | None = None,
    long_edges: LongEdges = "keep",
) -> Roads:
    """Read streets from two tables; `survey_edge_table` does the same and says what it met."""
    survey = survey_edge_table(
        nodes_path, edges_path,
        crs=crs, source_crs=source_crs, columns=columns, long_edges=long_edges,
    )  # fmt: skip
    return survey.roads


def survey_edge_table(
    nodes_path: Path,
    edges_path: Path,
    *,
    crs: str,
    source_crs: str = WGS84,
    columns: Mapping[str, str] | None = None,
    long_edges: LongEdges = "keep",
) -> EdgeTableSurvey:
    """
    Streets from a table of nodes and a table of edges; see the module's text for the columns.

    Parameters
    ----------
    nodes_path, edges_path
        CSV (UTF-8), GeoPackage or GeoJSON.
    crs
        Projected CRS in metres for the result.
    source_crs
        CRS of the coordinates in both tables; a map layer that names its own CRS keeps it for
        the shapes of its edges.
    columns
        Our column names to those of the files, e.g. `{"from_node": "u", "length_km": "km"}`.
    long_edges
        What becomes of edges much longer than their line: "keep", "straighten" or "drop".

    Returns
    -------
    survey
        The roads, and the edges at odds with their line.

    Raises
    ------
    SourceError
        If a file is missing or cannot be read.
    RoadError
        If a column is missing or a row breaks a rule: a repeated node, an edge to an unknown
        node, a negative length, a coordinate off the globe, an unknown class. All are listed.
    CrsError
        If a CRS is unknown, or `crs` is not in metres.
    """
    mapping = dict(columns or {})
    _check_names(mapping)
    source = named_crs(source_crs, where="[roads] crs")
    nodes = _nodes(read_source(nodes_path), mapping, source)
    table = read_source(edges_path)
    ends_in = [mapping.get(name, name) for name in ("from_node", "to_node")]
    mapped = [mapping[name] for name in mapping if name in _EDGE_NAMES]
    wanted = list(dict.fromkeys([*ends_in, *mapped]))
    ensure_columns(table, wanted, title=EDGES_TITLE, section="[roads]", error=RoadError)
    ensure_rows(table, title=EDGES_TITLE, error=RoadError)

    ends, end_problems = _ends(table, ends_in, nodes)
    given_m, length_problems = _given_m(table, mapping)
    records, tag_problems = _records(table, mapping)
    lines, line_problems = read_lines(table, mapping.get("geometry", "geometry"), source)
    found = [*end_problems, *length_problems, *tag_problems, *line_problems]
    raise_problems(found, table, title=EDGES_TITLE, error=RoadError)

    degrees, start = _tied(table, lines, nodes, ends)
    drawn_m = geodesic_length_m(*degrees.T, start)
    check_unit(table.name, given_m, drawn_m)
    fault, action = length_faults(ends[0] == ends[1], given_m, drawn_m, long_edges=long_edges)
    node_id = nodes.index.to_numpy()
    edges = pd.DataFrame(
        {
            "row": table.rows,
            "from_node": node_id[ends[0]],
            "to_node": node_id[ends[1]],
            "given_m": given_m,
            "drawn_m": drawn_m,
            "fault": fault,
            "action": action,
        }
    )
    roads = _assemble(nodes, ends, records, edges, degrees, start, crs=crs)
    code, names = pd.factorize(_names(table, mapping)[(edges["action"] != "dropped").to_numpy()])
    roads = with_names(roads, code, names)
    suspicious = edges[edges["fault"] != ""].reset_index(drop=True)
    return EdgeTableSurvey(roads, suspicious, length_notices(table.name, suspicious))


def _check_names(mapping: Mapping[str, str]) -> None:
    unknown = [name for name in mapping if name not in {*_NODE_NAMES, *_EDGE_NAMES}]
    if unknown:
        msg = (
            f"路网的 columns 里有 {len(unknown)} 个不认识的名称，第一个是「{unknown[0]}」。"
            f"节点可用 {'、'.join(_NODE_NAMES)}；路段可用 from_node、to_node、length_m、"
            "length_km、name、highway、oneway、maxspeed、surface、geometry。"
        )
        raise RoadError(msg)


def _nodes(table: SourceTable, mapping: Mapping[str, str], source: pyproj.CRS) -> pd.DataFrame:
    """Columns `lon` and `lat` in WGS84 degrees, indexed by `node_id`."""
    id_column = mapping.get("node_id", "node_id")
    degrees = {"lon", "lat"} & set(mapping) or {"lon", "lat"} <= set(table.cells.columns)
    names = [mapping.get(name, name) for name in (("lon", "lat") if degrees else ("x", "y"))]
    wanted = [id_column, *names]
    ensure_columns(table, wanted, title=NODES_TITLE, section="[roads]", error=RoadError)
    ensure_rows(table, title=NODES_TITLE, error=RoadError)
    ids, found = _whole_numbers(table, id_column)
    repeats = pd.Series(ids).duplicated().to_numpy() & (ids >= 0)
    found += [
        Problem(table.rows[row], id_column, str(ids[row]), "节点代码重复出现")
        for row in np.flatnonzero(repeats)
    ]
    bounds = (MAX_LONGITUDE, MAX_LATITUDE) if source.is_geographic else (np.inf, np.inf)
    axes = []
    for name, bound in zip(names, bounds, strict=True):
        values, problems = numbers(table, name, filled=True)
        found += problems
        rule = f"应在 -{bound:g} 到 {bound:g} 之间，请检查经纬度是否写反"
        found += [
            Problem(table.rows[row], name, f"{values[row]:g}", rule)
            for row in np.flatnonzero(np.abs(values) > bound)
        ]
        axes.append(values)
    raise_problems(found, table, title=NODES_TITLE, error=RoadError)
    lon, lat = pyproj.Transformer.from_crs(source, WGS84, always_xy=True).transform(*axes)
    lost = np.flatnonzero(~(np.isfinite(lon) & np.isfinite(lat)))
    found = [Problem(table.rows[row], names[0], "", "坐标不能按所给坐标系换算") for row in lost]
    raise_problems(found, table, title=NODES_TITLE, error=RoadError)
    return pd.DataFrame({"lon": lon, "lat": lat}, index=pd.Index(ids, name="node_id"))


def _whole_numbers(table: SourceTable, column: str) -> tuple[IntArray, list[Problem]]:
    """Node ids; -1 where a cell is at fault."""
    values, found = numbers(table, column, minimum=0, filled=True)
    for row in np.flatnonzero((values != np.floor(values)) | (values > LARGEST_ID)):
        if np.isfinite(values[row]):
            text = table.column(column).iloc[row][:40]
            found.append(Problem(table.rows[row], column, text, "应为不超过 16 位的整数"))
            values[row] = np.nan
    return np.where(np.isfinite(values), values, -1).astype(np.int64), found


def _ends(
    table: SourceTable, columns: list[str], nodes: pd.DataFrame
) -> tuple[list[IntArray], list[Problem]]:
    """Positions of the from-nodes and of the to-nodes in the node table."""
    ends, found = [], []
    for column in columns:
        ids, problems = _whole_numbers(table, column)
        position = nodes.index.get_indexer(ids)
        found += problems
        found += [
            Problem(table.rows[row], column, str(ids[row]), "节点表里没有这个节点")
            for row in np.flatnonzero((position < 0) & (ids >= 0))
        ]
        ends.append(position.astype(np.int64))
    return ends, found


def _given_m(table: SourceTable, mapping: Mapping[str, str]) -> tuple[FloatArray, list[Problem]]:
    """Given lengths in metres; NaN where the table gives none."""
    for name, metres in (("length_m", 1.0), ("length_km", 1000.0)):
        column = mapping.get(name, name)
        if column in table.cells.columns:
            values, found = numbers(table, column, minimum=0)
            return values * metres, found
    return np.full(len(table), np.nan), []


def _records(
    table: SourceTable, mapping: Mapping[str, str]
) -> tuple[list[WayRecord | None], list[Problem]]:
    """What class, access and limits each row says, by the rules of `layers.osm.osm_tags`."""
    keys = {key: mapping.get(key, key) for key in _TAG_NAMES}
    keys = {key: column for key, column in keys.items() if column in table.cells.columns}
    cells = [table.column(column) for column in keys.values()]
    if not keys:
        return [_interpret({})] * len(table), []
    known: dict[tuple[str, ...], WayRecord | None] = {}
    records: list[WayRecord | None] = []
    found: list[Problem] = []
    for row, values in zip(table.rows, zip(*cells, strict=True), strict=True):
        tags = dict(zip(keys, values, strict=True))
        if values not in known:
            known[values] = _interpret(tags)
        records.append(known[values])
        if tags.get("oneway", "").lower() not in ONEWAY_WORDS:
            rule = "只能是 yes、no、1、0、true、false、-1、是、否或空"
            found.append(Problem(row, keys["oneway"], tags["oneway"][:40], rule))
        if known[values] is None:
            rule = "不是认识的道路等级（OSM 的 highway 值）"
            found.append(Problem(row, keys["highway"], tags["highway"][:40], rule))
    return records, found


def _interpret(cells: dict[str, str]) -> WayRecord | None:
    tags = {key: value for key, value in cells.items() if value}
    if "oneway" in tags:
        tags["oneway"] = ONEWAY_WORDS.get(tags["oneway"].lower(), "")
    if "highway" in tags:
        return interpret_way(tags)
    # `road` is open to all and implies nothing, which is right where the class is not known.
    record = interpret_way({**tags, "highway": "road"})
    return None if record is None else replace(record, road_class="")


def _names(table: SourceTable, mapping: Mapping[str, str]) -> npt.NDArray[np.object_]:
    """Shape (rows,), what each road is called; "" where it has no name."""
    columns = {key: mapping.get(key, key) for key in NAME_KEYS}
    cells = {
        key: table.column(column)
        for key, column in columns.items()
        if column in table.cells.columns
    }
    rows = zip(*cells.values(), strict=True) if cells else [()] * len(table)
    return np.array([name_of_way(dict(zip(cells, row, strict=True))) for row in rows], dtype=object)


def _tied(
    table: SourceTable, lines: Lines, nodes: pd.DataFrame, ends: list[IntArray]
) -> tuple[FloatArray, IntArray]:
    """Vertices of all edges (v, 2), and where each edge begins (m + 1,)."""
    degrees, start, off_m = tie_to_nodes(lines, nodes[["lon", "lat"]].to_numpy(), *ends)
    loose = [
        Problem(table.rows[row], "geometry", "", f"线形的端点离节点 {off_m[row]:.0f} 米")
        for row in np.flatnonzero(off_m > END_TOLERANCE_M)
    ]
    raise_problems(loose, table, title=EDGES_TITLE, error=RoadError)
    return degrees, start


def _assemble(
    nodes: pd.DataFrame,
    ends: list[IntArray],
    records: list[WayRecord | None],
    edges: pd.DataFrame,
    degrees: FloatArray,
    start: IntArray,
    *,
    crs: str,
) -> Roads:
    """The edges that are not dropped, with the length each is to have."""
    used = (edges["action"] != "dropped").to_numpy()
    by_line = (edges["given_m"].isna() | (edges["action"] == "straightened")).to_numpy()
    length_m = np.where(by_line, edges["drawn_m"], edges["given_m"])
    of_used = np.repeat(used, np.diff(start))
    chosen = [record for record, use in zip(records, used, strict=True) if use and record]
    return assemble_roads(
        crs=crs,
        node_id=nodes.index.to_numpy(),
        node_lon=nodes["lon"],
        node_lat=nodes["lat"],
        node_signals=np.zeros(len(nodes), dtype=bool),
        from_node=ends[0][used],
        to_node=ends[1][used],
        road_class=[record.road_class for record in chosen],
        max_speed_kph=[record.max_speed_kph for record in chosen],
        surface=[record.surface for record in chosen],
        access={user: [getattr(record, user) for record in chosen] for user in USERS},
        is_bridge=[record.is_bridge for record in chosen],
        is_tunnel=[record.is_tunnel for record in chosen],
        vertex_lon=degrees[of_used, 0],
        vertex_lat=degrees[of_used, 1],
        vertex_start=np.concatenate([[0], np.cumsum(np.diff(start)[used])]),
        length_m=length_m[used],
    )
