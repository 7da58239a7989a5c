"""What a reading gave, as plain arrays and back, every array checked before it is believed.

Roads and point or polygon tables become arrays of numbers and flags; texts and shapes (as WKB)
become bytes and the places where each begins. Nothing in them is ever run, so a file of such
arrays may be damaged, old or hostile: `from_arrays` raises, or gives something of the right form.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from coverage.access.barriers import NO_BARRIERS, Barriers
from coverage.contracts import DEMAND, FACILITIES, ZONES, problems
from coverage.roads import BOTH, UNNAMED, USERS, Roads, road_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from coverage.contracts import Contract

    Arrays = dict[str, npt.NDArray[np.generic]]
    Facts = dict[str, Any]
    ObjectArray = npt.NDArray[np.object_]

ROADS: Final = "roads"

CONTRACTS: Final[Mapping[str, Contract]] = {
    "zones": ZONES, "facilities": FACILITIES, "demand": DEMAND,
}  # fmt: skip
"""What a table of each kind must hold."""

_NODES: Final = {
    "node_id": np.int64, "node_x": np.float64, "node_y": np.float64, "node_signals": np.bool_,
}  # fmt: skip
_EDGES: Final = {
    "from_node": np.int64, "to_node": np.int64, "length_m": np.float64, "road_class": np.int64,
    "max_speed_kph": np.float64, "surface": np.int64, "is_bridge": np.bool_,
    "is_tunnel": np.bool_, "name_code": np.int32,
    **{f"access/{user}": np.uint8 for user in USERS},
}  # fmt: skip
_VERTICES: Final = {"vertex_x": np.float64, "vertex_y": np.float64}
_NAMES: Final = ("road_classes", "surfaces", "names")

_EPSG: Final = re.compile(r"EPSG:[0-9]{4,6}")

_TEXT_TYPES: Final = ("str", "object")
_NUMBER_TYPES: Final = ("float64", "int64", "bool")

_PRESENT, _NONE, _NAN = range(3)


class UnfitError(Exception):
    """A value that cannot be kept as arrays, or arrays that are no such value; for developers."""


def to_arrays(value: Roads | gpd.GeoDataFrame) -> tuple[Arrays, Facts]:
    """
    Roads or a table as arrays.

    Parameters
    ----------
    value
        Roads; or a table with texts, numbers, flags and one geometry, in a CRS with EPSG code.

    Returns
    -------
    arrays
        By name, without objects.
    facts
        What else there is, for JSON.

    Raises
    ------
    UnfitError
        If it holds anything else.
    """
    return _roads_to_arrays(value) if isinstance(value, Roads) else _table_to_arrays(value)


def from_arrays(arrays: Arrays, facts: Facts, *, what: str) -> Roads | gpd.GeoDataFrame:
    """
    The value again.

    Parameters
    ----------
    arrays, facts
        As `to_arrays` made them, or anything that claims to be.
    what
        `ROADS`, or the kind of the table (`CONTRACTS`).

    Returns
    -------
    value
        Equal to the one that was kept, and in any case consistent in itself.

    Raises
    ------
    UnfitError
        If something does not fit together or does not keep the contract.
    KeyError, TypeError, ValueError, shapely.errors.ShapelyError, pyproj.exceptions.CRSError
        If something is missing or of another kind.
    """
    if what == ROADS:
        return _roads_from_arrays(arrays, facts)
    table = _table_from_arrays(arrays, facts)
    # An extract may well hold no facility; only files of the county's own must hold a row.
    _need(table.empty or not problems(table, CONTRACTS[what]), "the contract is not kept")
    return table


def _roads_to_arrays(roads: Roads) -> tuple[Arrays, Facts]:
    arrays: Arrays = {
        name: roads.access[name.partition("/")[2]] if "/" in name else getattr(roads, name)
        for name in (*_NODES, *_EDGES, *_VERTICES, "vertex_start")
    }
    barriers = roads.barriers
    arrays |= _bytes_to_arrays("barrier", list(shapely.to_wkb(barriers.geometry)))
    arrays |= _bytes_to_arrays("barrier_name", [_bytes(name) for name in barriers.name])
    arrays["barrier_passable"] = barriers.passable
    return arrays, {"crs": roads.crs} | {name: list(getattr(roads, name)) for name in _NAMES}


def _roads_from_arrays(arrays: Arrays, facts: Facts) -> Roads:
    _need(CRS.from_user_input(_text(facts["crs"])).is_projected, "crs")
    names = {name: _texts(facts[name]) for name in _NAMES}
    nodes, edges = len(arrays["node_id"]), len(arrays["from_node"])
    columns: Arrays = {}
    for table, count in ((_NODES, nodes), (_EDGES, edges), (_VERTICES, len(arrays["vertex_x"]))):
        for name, dtype in table.items():
            columns[name] = _checked(arrays[name], dtype, count, name)
    start = _checked(arrays["vertex_start"], np.int64, edges + 1, "vertex_start")
    access = {user: columns.pop(f"access/{user}") for user in USERS}
    roads = Roads(
        crs=facts["crs"],
        access=access,
        vertex_start=start,
        barriers=_barriers(arrays),
        **names,
        **columns,
    )
    _check_roads(roads)
    return roads


def _check_roads(roads: Roads) -> None:
    """Positions must be positions, numbers numbers: searches trust them without a look."""
    ids, start = roads.node_id, roads.vertex_start
    unique = bool((ids[1:] > ids[:-1]).all()) or len(np.unique(ids)) == len(ids)
    _need(unique, "node_id repeats")
    for name, count in (
        ("from_node", roads.node_count),
        ("to_node", roads.node_count),
        ("road_class", len(roads.road_classes)),
        ("surface", len(roads.surfaces)),
    ):
        values = getattr(roads, name)
        _need(((values >= 0) & (values < count)).all(), name)
    code = roads.name_code
    _need(((code >= UNNAMED) & (code < len(roads.names))).all(), "name_code")
    _need(all(name == road_name(name) for name in roads.names), "names")
    for name in ("node_x", "node_y", "vertex_x", "vertex_y", "length_m"):
        _need(np.isfinite(getattr(roads, name)).all(), name)
    _need((roads.length_m >= 0).all(), "length_m")
    limit = roads.max_speed_kph
    _need((np.isnan(limit) | (np.isfinite(limit) & (limit > 0))).all(), "max_speed_kph")
    _need(all((bits <= BOTH).all() for bits in roads.access.values()), "access")
    whole = start[0] == 0 and start[-1] == len(roads.vertex_x) == len(roads.vertex_y)
    _need(whole and (np.diff(start) >= 2).all(), "vertex_start")  # noqa: PLR2004 - two ends


def _barriers(arrays: Arrays) -> Barriers:
    shapes = np.array(shapely.from_wkb(_bytes_from_arrays("barrier", arrays)), dtype=object)
    names = [_decoded(name) for name in _bytes_from_arrays("barrier_name", arrays)]
    passable = _checked(arrays["barrier_passable"], np.bool_, len(shapes), "barrier_passable")
    _need(len(names) == len(shapes), "barrier_name")
    if not len(shapes):
        return NO_BARRIERS
    dimensions = shapely.get_dimensions(shapes)
    _need(((dimensions == 1) | (dimensions == 2)).all(), "barriers")  # noqa: PLR2004
    _need((~shapely.is_empty(shapes) & shapely.is_valid(shapes)).all(), "barriers")
    return Barriers(shapes, np.array(names, dtype=object), passable)


def _table_to_arrays(table: gpd.GeoDataFrame) -> tuple[Arrays, Facts]:
    epsg = None if table.crs is None else table.crs.to_epsg()
    _need(epsg is not None and table.crs == CRS.from_epsg(epsg), "a CRS without EPSG code")
    _need(isinstance(table.columns, pd.Index) and table.columns.is_unique, "columns")
    arrays: Arrays = {}
    columns = [["", table.index.name, str(table.index.dtype)]]
    arrays |= _column_to_arrays("index", table.index.to_series())
    for number, (name, column) in enumerate(table.items()):
        columns.append([str(number), name, str(column.dtype)])
        arrays |= _column_to_arrays(str(number), column)
    kinds = [dtype for _, _, dtype in columns]
    named = all(isinstance(name, str) for _, name, _ in columns)
    _need(named and kinds.count("geometry") == 1, "columns")
    return arrays, {
        "crs": f"EPSG:{epsg}",
        "rows": len(table),
        "columns": columns,
        "geometry": table.geometry.name,
    }


def _column_to_arrays(key: str, column: pd.Series) -> Arrays:
    dtype = str(column.dtype)
    if dtype in _NUMBER_TYPES:
        return {key: column.to_numpy()}
    if dtype == "geometry":
        shapes = column.to_numpy()
        _need(not shapely.is_missing(shapes).any(), "a missing geometry")
        return _bytes_to_arrays(key, list(shapely.to_wkb(shapes)))
    _need(dtype in _TEXT_TYPES, f"a column of type {dtype}")
    values = column.to_numpy(dtype=object)
    state = np.array([_state(value) for value in values], dtype=np.uint8)
    texts = [_bytes(value) if isinstance(value, str) else b"" for value in values]
    return {f"{key}/state": state} | _bytes_to_arrays(key, texts)


def _state(value: object) -> int:
    if isinstance(value, str):
        return _PRESENT
    if value is None:
        return _NONE
    _need(isinstance(value, float) and value != value, "a mixed column")  # noqa: PLR0124 - NaN
    return _NAN


def _table_from_arrays(arrays: Arrays, facts: Facts) -> gpd.GeoDataFrame:
    rows, crs = facts["rows"], facts["crs"]
    _need(isinstance(rows, int) and isinstance(crs, str) and bool(_EPSG.fullmatch(crs)), "facts")
    (_, index_name, index_type), *columns = facts["columns"]
    _need(len({name for _, name, _ in columns}) == len(columns), "columns")
    index = _column_from_arrays("index", arrays, dtype=index_type, rows=rows)
    labels = pd.Index(index, name=_text(index_name), dtype=_text(index_type))
    found = {}
    for key, name, dtype in columns:
        values = _column_from_arrays(_text(key), arrays, dtype=_text(dtype), rows=rows)
        # Named, or pandas would take objects that are all texts for its own type of text.
        found[_text(name)] = pd.Series(values, index=labels, dtype=dtype)
    return gpd.GeoDataFrame(found, geometry=_text(facts["geometry"]), crs=crs)


def _column_from_arrays(
    key: str, arrays: Arrays, *, dtype: str, rows: int
) -> npt.NDArray[np.generic] | pd.api.extensions.ExtensionArray:
    if dtype in _NUMBER_TYPES:
        return _checked(arrays[key], np.dtype(dtype), rows, key).copy()
    content = _bytes_from_arrays(key, arrays)
    _need(len(content) == rows, key)
    if dtype == "geometry":
        return gpd.array.GeometryArray(np.array(shapely.from_wkb(content), dtype=object))
    _need(dtype in _TEXT_TYPES, key)
    state = _checked(arrays[f"{key}/state"], np.uint8, rows, key).tolist()
    _need(set(state) <= {_PRESENT, _NONE, _NAN}, key)
    missing = {_NONE: None, _NAN: float("nan")}
    values = np.empty(rows, dtype=object)
    values[:] = [
        _decoded(text) if how == _PRESENT else missing[how]
        for text, how in zip(content, state, strict=True)
    ]
    return pd.array(values, dtype="str") if dtype == "str" else values


def _bytes_to_arrays(key: str, parts: Sequence[bytes]) -> Arrays:
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    return {
        f"{key}/bytes": np.frombuffer(b"".join(parts), dtype=np.uint8),
        f"{key}/start": np.concatenate([np.zeros(1, dtype=np.int64), ends]),
    }


def _bytes_from_arrays(key: str, arrays: Arrays) -> list[bytes]:
    content, start = arrays[f"{key}/bytes"], arrays[f"{key}/start"]
    _need(content.dtype == np.uint8 and start.dtype == np.int64, key)
    _need(content.ndim == 1 and start.ndim == 1 and len(start) > 0, key)
    fits = start[0] == 0 and start[-1] == len(content) and (np.diff(start) >= 0).all()
    _need(bool(fits), key)
    whole, places = content.tobytes(), start.tolist()
    return [whole[begin:end] for begin, end in itertools.pairwise(places)]


def _checked(
    array: npt.NDArray[np.generic], dtype: npt.DTypeLike, count: int, name: str
) -> npt.NDArray[Any]:
    _need(array.dtype == dtype and array.shape == (count,), name)
    if array.dtype == np.bool_:
        # Other bytes than 0 and 1 would pass for True here and for something else there.
        _need((array.view(np.uint8) <= 1).all(), name)
    return array


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(_text(value) for value in values)


def _bytes(text: str) -> bytes:
    """UTF-8; half characters, which broken files leave behind, go through as they are."""
    return text.encode(errors="surrogatepass")


def _decoded(content: bytes) -> str:
    return content.decode(errors="surrogatepass")


def _text(value: object) -> str:
    if not isinstance(value, str):
        msg = "not a text"
        raise UnfitError(msg)
    return value


def _need(holds: object, what: str) -> None:
    if not holds:
        raise UnfitError(what)
