"""Water, railways and fenced motorways of an OpenStreetMap extract: what access legs do not cross.

- **Rivers and canals** (`waterway=river|canal`) as lines. Streams and ditches are no barrier:
  they are stepped over, bridged by planks, and so many on a plain that nothing would be left.
- **Water** (`natural=water`, `waterway=riverbank|dock`, `landuse=reservoir`) as polygons. Ponds of
  less than `SMALLEST_WATER_M` across are left out: to walk round them is no detour. Where an
  outline is not closed, as where the extract cuts it off, the shores that are there count as
  lines.
- **Sea**: `natural=coastline` as lines.
- **Railways** at grade: `railway=rail|light_rail|subway|narrow_gauge`. At a level crossing it is a
  road that crosses, and access legs still do not. A tram, or a track in a street (a way that is a
  `highway` as well), is no barrier.
- **Motorways**: `highway=motorway|motorway_link`, and `trunk` with `motorroad=yes`: fenced.
- **On a bridge or in a tunnel** none of them bars the way: one passes under or over it. But nobody
  climbs on to a motorway's viaduct or down into a tunnel of any road, so these are passed on as
  `passable` lines, on which no leg may end.
- Ferry lines are no barrier, nor are rivers underground (`tunnel`, `covered`, culverts).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from osmium.filter import EntityFilter, IdFilter, TagFilter
from osmium.geom import WKBFactory
from osmium.osm import NODE, WAY

from coverage.access.barriers import Barriers
from layers.osm.osm_stream import PBF_TITLE, PIECE, WGS84
from layers.osm.pbf import open_pbf

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Bounds = tuple[float, float, float, float]

RIVER, CANAL, WATER, COAST, RAILWAY, MOTORWAY, TUNNEL = (
    "河流", "运河、渠道", "水面", "海岸", "铁路", "高速公路", "隧道",
)  # fmt: skip
KINDS: Final = (RIVER, CANAL, WATER, COAST, RAILWAY, MOTORWAY, TUNNEL)
"""What a barrier is, in the order in which they are listed."""

WATERWAYS: Final = {"river": RIVER, "canal": CANAL}
RAILWAYS: Final = frozenset({"rail", "light_rail", "subway", "narrow_gauge"})
MOTORWAYS: Final = frozenset({"motorway", "motorway_link"})
RIVER_WATERS: Final = frozenset({"river", "canal"})
"""Values of `water` that are parts of a river, however small."""

SMALLEST_WATER_M: Final = 50.0
"""Metres across: the way round a round pond of this size is 29 m longer than the way through."""

_AREA_TAGS: Final = (
    ("natural", "water"), ("waterway", "riverbank"), ("waterway", "dock"),
    ("landuse", "reservoir"),
)  # fmt: skip
_LINE_TAGS: Final = (
    *(("waterway", value) for value in WATERWAYS),
    ("natural", "coastline"),
    *(("railway", value) for value in sorted(RAILWAYS)),
    *(("highway", value) for value in sorted(MOTORWAYS)),
    ("motorroad", "yes"),
    # Tunnels of any road; those of rivers and railways are sorted out by `line_kind`.
    ("tunnel", "yes"),
)
_WAY, _RELATION = 1, 2
_Water = tuple[int, int]
"""Type and id of a water."""

_NOT_A_TUNNEL: Final = frozenset({"", "no", "building_passage", "culvert"})


@dataclass(frozen=True, eq=False)
class OsmBarriers:
    """
    The barriers of an extract.

    Parameters
    ----------
    barriers
        In the CRS asked for, sorted by kind, then by type and id.
    counts
        Each of `KINDS` -> how many.
    open_waters
        Waters whose outline is not closed, mostly cut off by the extract: their shores count.
    """

    barriers: Barriers
    counts: dict[str, int]
    open_waters: int


class _Row(NamedTuple):
    """One barrier, without its shape."""

    kind: int
    osm_type: int
    osm_id: int
    passable: bool = False
    is_pond: bool = False


def line_kind(tags: Mapping[str, str]) -> tuple[str, bool]:
    """
    What kind of barrier a way is.

    Parameters
    ----------
    tags
        OSM keys and values.

    Returns
    -------
    kind, passable
        One of `KINDS`, or "" for none; whether a leg may pass but not end on it.

    Examples
    --------
    >>> line_kind({"waterway": "river"}), line_kind({"railway": "rail", "bridge": "yes"})
    (('河流', False), ('', False))
    """
    bridge = tags.get("bridge", "no") != "no"
    tunnel = tags.get("tunnel", "") not in _NOT_A_TUNNEL
    highway = tags.get("highway", "")
    if highway:
        fenced = highway in MOTORWAYS or (highway == "trunk" and tags.get("motorroad", "") == "yes")
        if fenced:
            return MOTORWAY, bridge or tunnel
        return (TUNNEL, True) if tunnel else ("", False)
    if tags.get("natural") == "coastline":
        return COAST, False
    if bridge or _is_buried(tags):
        return "", False
    if tags.get("railway", "") in RAILWAYS:
        return RAILWAY, False
    return WATERWAYS.get(tags.get("waterway", ""), ""), False


def _is_buried(tags: Mapping[str, str]) -> bool:
    """Whether something runs underground; a river also in a culvert or under a cover."""
    return (
        tags.get("tunnel", "no") != "no"
        or tags.get("covered", "no") != "no"
        or tags.get("location") == "underground"
    )


def _is_water(tags: Mapping[str, str]) -> bool:
    return any(tags.get(key) == value for key, value in _AREA_TAGS) and not _is_buried(tags)


def read_osm_barriers(path: Path, *, crs: str, bounds: Bounds | None = None) -> OsmBarriers:
    """
    The barriers of an extract.

    Parameters
    ----------
    path
        File in PBF format, of any size.
    crs
        CRS of the result, e.g. "EPSG:4526".
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84: barriers that touch this box are kept
        whole; None keeps all.

    Returns
    -------
    found
        There may be none.

    Raises
    ------
    SourceError
        If the file is missing, is not a PBF or is cut off.
    """
    kept = _Kept(bounds)
    areas, all_tags = TagFilter(*_AREA_TAGS), TagFilter(*_AREA_TAGS, *_LINE_TAGS)
    with open_pbf(path, title=PBF_TITLE) as (source, storage):
        stream = (
            osmium.FileProcessor(source)
            .with_locations(storage)
            .with_areas(areas)
            .with_filter(all_tags)
        )
        for thing in stream:
            kept.add(thing)
    shores = kept.shores()
    if shores:
        with open_pbf(path, title=PBF_TITLE) as (source, storage):
            stream = (
                osmium.FileProcessor(source, NODE | WAY)
                .with_locations(storage)
                .with_filter(EntityFilter(WAY))
                .with_filter(IdFilter(list(shores)))
            )
            for way in stream:
                kept.add_shore(way)
    return kept.found(crs, shores)


@dataclass(eq=False)
class _Kept:
    """Grows while the file streams by."""

    bounds: Bounds | None
    rows: list[_Row] = field(default_factory=list)
    shapes: list[shapely.Geometry] = field(default_factory=list)
    kept_rows: list[_Row] = field(default_factory=list)
    kept_shapes: list[shapely.Geometry] = field(default_factory=list)
    open_waters: dict[_Water, list[int]] = field(default_factory=dict)
    early_areas: set[_Water] = field(default_factory=set)
    factory: WKBFactory = field(default_factory=WKBFactory)

    def add(self, thing: Any) -> None:  # noqa: ANN401 - pyosmium's things share no public type
        tags = dict(thing.tags)
        if thing.is_area():
            if _is_water(tags):
                self._add_water(thing, tags)
        elif thing.is_way():
            kind, passable = line_kind(tags)
            if kind:
                self._add_line(thing, _Row(KINDS.index(kind), _WAY, thing.id, passable=passable))
            elif _is_water(tags):
                self._expect((_WAY, thing.id), [thing.id])
        elif thing.is_relation() and tags.get("type") == "multipolygon" and _is_water(tags):
            ways = [one.ref for one in thing.members if one.type == "w"]
            self._expect((_RELATION, thing.id), ways)

    def add_shore(self, way: Any) -> None:  # noqa: ANN401 - see add
        self._add_line(way, _Row(KINDS.index(WATER), _WAY, way.id))

    def _expect(self, water: _Water, ways: list[int]) -> None:
        """Keep the ways round a water until its area comes, if it has not come before."""
        if water in self.early_areas:
            self.early_areas.discard(water)
        else:
            self.open_waters[water] = ways

    def _add_water(self, area: Any, tags: Mapping[str, str]) -> None:  # noqa: ANN401 - see add
        water = (_WAY if area.from_way() else _RELATION), area.orig_id()
        if area.num_rings()[0] == 0:
            return  # its outline is not closed; what there is of it counts as shore
        if self.open_waters.pop(water, None) is None:
            self.early_areas.add(water)
        is_pond = "waterway" not in tags and tags.get("water", "") not in RIVER_WATERS
        shape = shapely.from_wkb(self.factory.create_multipolygon(area))
        self._keep(_Row(KINDS.index(WATER), *water, is_pond=is_pond), shape)

    def _add_line(self, way: Any, row: _Row) -> None:  # noqa: ANN401 - see add
        # Where the extract lacks a node the line has a gap, not a short cut.
        runs: list[list[tuple[float, float]]] = [[]]
        for node in way.nodes:
            if node.location.valid():
                runs[-1].append((node.lon, node.lat))
            elif runs[-1]:
                runs.append([])
        runs = [run for run in runs if len(set(run)) > 1]
        if runs:
            self._keep(
                row, shapely.MultiLineString(runs) if runs[1:] else shapely.LineString(runs[0])
            )

    def _keep(self, row: _Row, shape: shapely.Geometry) -> None:
        self.rows.append(row)
        self.shapes.append(shape)
        if len(self.rows) >= PIECE:
            self._finish_piece()

    def _finish_piece(self) -> None:
        """Forget what does not touch the bounds."""
        shapes = np.array(self.shapes, dtype=object)
        touches = np.ones(len(shapes), dtype=bool)
        if self.bounds is not None:
            touches = shapely.intersects(shapes, shapely.box(*self.bounds))
        for at in np.flatnonzero(touches).tolist():
            self.kept_rows.append(self.rows[at])
            self.kept_shapes.append(self.shapes[at])
        self.rows, self.shapes = [], []

    def shores(self) -> dict[int, _Water]:
        """Way -> water, for the waters of which no area came."""
        return {way: water for water, ways in self.open_waters.items() for way in ways}

    def found(self, crs: str, shores: Mapping[int, _Water]) -> OsmBarriers:
        self._finish_piece()
        table = pd.DataFrame(self.kept_rows, columns=list(_Row._fields))
        shapes = gpd.GeoSeries(self.kept_shapes, crs=WGS84).to_crs(crs).to_numpy()
        west, south, east, north = shapely.bounds(shapes).T
        across_m = np.maximum(east - west, north - south)
        table = table[~(table["is_pond"] & (across_m < SMALLEST_WATER_M))]
        table = table.sort_values(["kind", "osm_type", "osm_id"])
        shapes = shapes[table.index]
        invalid = ~shapely.is_valid(shapes)
        shapes[invalid] = shapely.make_valid(
            shapes[invalid], method="structure", keep_collapsed=False
        )
        left = {shores[way] for way in table["osm_id"][table["osm_type"] == _WAY] if way in shores}
        return OsmBarriers(
            Barriers(
                shapes,
                np.array(KINDS, dtype=object)[table["kind"]],
                table["passable"].to_numpy(dtype=bool),
            ),
            {kind: int((table["kind"] == at).sum()) for at, kind in enumerate(KINDS)},
            len(left),
        )
