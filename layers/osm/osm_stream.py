"""Streaming an OpenStreetMap extract into flat columns: what a thing is, where, how large.

pyosmium assembles closed ways and multipolygon relations into areas. Geometry is turned into a
point and a size piece by piece while streaming, so that a province's buildings fit in memory;
outlines are kept only where they are needed to tell that a thing is mapped twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from osmium.filter import KeyFilter
from osmium.geom import WKBFactory

from layers.osm.pbf import open_pbf

if TYPE_CHECKING:
    from pathlib import Path

    from layers.osm.osm_kinds import TagTable

    Bounds = tuple[float, float, float, float]

WGS84: Final = "EPSG:4326"

EQUAL_AREA: Final = "EPSG:6933"
"""Cylindrical equal-area projection of the whole ellipsoid: areas in it are true square metres."""

PIECE: Final = 20_000
"""Things whose geometry is worked out at once."""

PBF_TITLE: Final = "开放街图文件"

TYPE_NAMES: Final = ("node", "way", "relation")
_NODE, _WAY, _RELATION = range(3)

_COLUMNS: Final = {
    "osm_type": "int8", "osm_id": "int64", "name": object, "kind": object, "place": object,
    "population": object, "building": object, "other_use": bool,
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """
    Which things of an extract are kept.

    Parameters
    ----------
    tag_table
        Tags that make facilities; None for no facilities.
    places
        Values of `place` that are settlements; empty for no places.
    buildings
        Whether buildings are kept.
    other_use_keys
        Keys that give a building another use than living.
    admin_level
        Value of `admin_level` of the boundaries; "" for no boundaries.
    bounds
        min_lon, min_lat, max_lon, max_lat: points inside this box are kept; None keeps all.
    """

    tag_table: TagTable | None = None
    places: frozenset[str] = frozenset()
    buildings: bool = False
    other_use_keys: frozenset[str] = frozenset()
    admin_level: str = ""
    bounds: Bounds | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """A thing with none of these keys is not looked at."""
        keys = list(self.tag_table.keys) if self.tag_table else []
        keys += ["place"] * bool(self.places)
        keys += ["building"] * self.buildings
        keys += ["boundary"] * bool(self.admin_level)
        return tuple(keys)


@dataclass(frozen=True, eq=False)
class Things:
    """
    What was kept.

    Parameters
    ----------
    table
        One row per thing: `osm_type` (position in `TYPE_NAMES`), `osm_id`, `name`, `kind` ("" or
        `LEFT_OUT` for none), `place`, `population` (the tag), `building`, `other_use`, `lon`,
        `lat` of a point on it, `area_m2` (NaN where it is no area), `outline` (None unless an
        area that is a facility, is left out or is a place).
    boundaries
        `osm_id`, `name`, `population` (the tag) and the polygon, WGS84.
    cut_boundaries
        Names of the boundaries of which the extract does not hold every part.
    broken_areas
        Facilities and buildings whose outline is not closed or not complete; they are left out.
    """

    table: pd.DataFrame
    boundaries: gpd.GeoDataFrame
    cut_boundaries: tuple[str, ...]
    broken_areas: int


def stream_things(path: Path, wanted: Wanted) -> Things:
    """
    Everything wanted from an extract, sorted by type and id.

    Parameters
    ----------
    path
        File in PBF format, of any size.
    wanted
        What to keep.

    Returns
    -------
    things
        As columns.

    Raises
    ------
    SourceError
        If the file is missing, is not a PBF or is cut off.
    """
    kept = _Kept(wanted)
    filters = KeyFilter(*wanted.keys)
    with open_pbf(path, title=PBF_TITLE) as (source, storage):
        stream = (
            osmium.FileProcessor(source)
            .with_locations(storage)
            .with_areas(filters)
            .with_filter(filters)
        )
        for thing in stream:
            kept.add(thing)
    return kept.things()


@dataclass(eq=False)
class _Kept:
    """Grows while the file streams by."""

    wanted: Wanted
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    pieces: list[pd.DataFrame] = field(default_factory=list)
    boundary_rows: list[tuple[int, str, str | None]] = field(default_factory=list)
    boundary_shapes: list[str] = field(default_factory=list)
    boundary_names: dict[int, str] = field(default_factory=dict)
    expected_areas: int = 0
    found_areas: int = 0
    factory: WKBFactory = field(default_factory=WKBFactory)

    def add(self, thing: Any) -> None:  # noqa: ANN401 - pyosmium's things share no public type
        tags = dict(thing.tags)
        if thing.is_node():
            row = self._row(tags, _NODE, thing.id)
            if row is not None:
                self._keep(row, self.factory.create_point(thing))
        elif thing.is_area():
            self._add_area(thing, tags)
        elif thing.is_way():
            self._add_way(thing, tags)
        elif self._is_boundary(tags):
            self.boundary_names[thing.id] = _name(tags) or f"relation/{thing.id}"
        elif tags.get("type") == "multipolygon" and self._row(tags, _RELATION, thing.id):
            self.expected_areas += 1

    def _add_area(self, area: Any, tags: dict[str, str]) -> None:  # noqa: ANN401 - see add
        if not area.num_rings()[0]:
            # A multipolygon whose ways do not close; it is told with those that are incomplete.
            return
        osm_type, osm_id = (_WAY if area.from_way() else _RELATION), area.orig_id()
        if osm_type == _RELATION and self._is_boundary(tags):
            self.boundary_rows.append((osm_id, _name(tags) or "", tags.get("population")))
            self.boundary_shapes.append(self.factory.create_multipolygon(area))
            return
        row = self._row(tags, osm_type, osm_id)
        if row is not None:
            self.found_areas += 1
            self._keep(row, self.factory.create_multipolygon(area))

    def _add_way(self, way: Any, tags: dict[str, str]) -> None:  # noqa: ANN401 - see add
        row = self._row(tags, _WAY, way.id)
        if row is None:
            return
        if way.is_closed() or tags.get("building"):
            # An area follows where the outline is whole.
            self.expected_areas += tags.get("area") != "no"
            return
        located = [node.location for node in way.nodes if node.location.valid()]
        if located:
            middle = located[len(located) // 2]
            self._keep(row, shapely.Point(middle.lon, middle.lat).wkb_hex)

    def _is_boundary(self, tags: dict[str, str]) -> bool:
        return bool(
            self.wanted.admin_level
            and tags.get("boundary") == "administrative"
            and tags.get("admin_level") == self.wanted.admin_level
        )

    def _row(self, tags: dict[str, str], osm_type: int, osm_id: int) -> tuple[Any, ...] | None:
        """The thing's columns, None where it is not wanted."""
        wanted = self.wanted
        kind = wanted.tag_table.kind_of(tags) if wanted.tag_table else ""
        place = tags.get("place", "")
        if place not in wanted.places or "boundary" in tags:
            place = ""
        building = tags.get("building", "no") if wanted.buildings and osm_type != _NODE else "no"
        if not kind and not place and building == "no":
            return None
        name = _name(tags) if kind or place else None
        population = tags.get("population") if place else None
        other_use = not wanted.other_use_keys.isdisjoint(tags)
        return (osm_type, osm_id, name, kind, place, population, building, other_use)

    def _keep(self, row: tuple[Any, ...], shape: str) -> None:
        self.rows.append(row)
        self.shapes.append(shape)
        if len(self.rows) >= PIECE:
            self._finish_piece()

    def _finish_piece(self) -> None:
        """Turn outlines into points and sizes, and forget those that are not needed again."""
        shapes = shapely.from_wkb(np.array(self.shapes, dtype=object))
        points = shapely.point_on_surface(shapes)
        piece = pd.DataFrame(self.rows, columns=list(_COLUMNS), dtype=object).astype(_COLUMNS)
        piece["lon"], piece["lat"] = shapely.get_x(points), shapely.get_y(points)
        is_area = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004 - a surface
        flat = gpd.GeoSeries(shapes, crs=WGS84).to_crs(EQUAL_AREA).area.to_numpy()
        piece["area_m2"] = np.where(is_area, flat, np.nan)
        told_apart = is_area & ((piece["kind"] != "") | (piece["place"] != "")).to_numpy()
        piece["outline"] = np.where(told_apart, shapes, None)
        if self.wanted.bounds is not None:
            west, south, east, north = self.wanted.bounds
            inside = piece["lon"].between(west, east) & piece["lat"].between(south, north)
            piece = piece[inside]
        self.pieces.append(piece)
        self.rows, self.shapes = [], []

    def things(self) -> Things:
        self._finish_piece()
        table = pd.concat(self.pieces).sort_values(["osm_type", "osm_id"], ignore_index=True)
        boundaries = gpd.GeoDataFrame(
            pd.DataFrame(self.boundary_rows, columns=["osm_id", "name", "population"]),
            geometry=list(shapely.from_wkb(self.boundary_shapes)),
            crs=WGS84,
        )
        if self.wanted.bounds is not None:
            boundaries = boundaries[boundaries.intersects(shapely.box(*self.wanted.bounds))]
        whole = {osm_id for osm_id, _, _ in self.boundary_rows}
        cut = [name for osm_id, name in self.boundary_names.items() if osm_id not in whole]
        return Things(
            table=table,
            boundaries=boundaries.sort_values("osm_id", ignore_index=True),
            cut_boundaries=tuple(sorted(cut)),
            broken_areas=self.expected_areas - self.found_areas,
        )


def _name(tags: dict[str, str]) -> str | None:
    return tags.get("name", "").strip() or None
