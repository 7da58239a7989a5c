"""What a new project's lists are laid upon: its boundaries and roads, before there is a project."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from layers.intake import ground_of_files
from layers.source_cards import OSM_CREDIT
from reports.map_description import GroundMap
from reports.map_layers import road_layers, zone_layers
from reports.map_shapes import MapArea, simplified_zones

if TYPE_CHECKING:
    from pathlib import Path

    from layers.intake import Draft, RoadGround
    from layers.tables import SourceTable

KEPT_GROUNDS: Final = 2


@dataclass(frozen=True, eq=False)
class DrawnGround:
    """
    Boundaries and roads, made ready for the evidence on datums, and their map.

    Parameters
    ----------
    version
        Changes where the files or what is declared of them do.
    ground
        What readings are held against.
    drawn
        The map below the readings.
    """

    version: str
    ground: RoadGround
    drawn: GroundMap


def ground_of_new_project(table: SourceTable, zones: Draft, roads: Path) -> DrawnGround:
    """
    The ground of a project that is yet to be made, read once for the same files.

    Parameters
    ----------
    table
        The boundaries as they were read.
    zones
        What is declared of them.
    roads
        The file of the roads.

    Raises
    ------
    PlannerError
        If boundaries or roads cannot be read, or lie apart.
    """
    stamp = roads.stat() if roads.is_file() else None
    said = (
        str(zones.file), zones.options, sorted(zones.columns.items()), zones.crs, str(roads),
        None if stamp is None else (stamp.st_mtime_ns, stamp.st_size),
    )  # fmt: skip
    version = hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()
    return _ground(version, _table=table, _zones=zones, _roads=roads)


@st.cache_resource(max_entries=KEPT_GROUNDS, show_spinner="正在读取边界和路网…")
def _ground(version: str, *, _table: SourceTable, _zones: Draft, _roads: Path) -> DrawnGround:
    ground = ground_of_files(_table, _zones, _roads)
    area = MapArea.of(ground.zones)
    outlines = simplified_zones(ground.zones.geometry.to_numpy(), area.tolerance_m)
    roads, _ = road_layers(ground.streets, area)
    layers = tuple(
        replace(one, group="") for one in (*zone_layers(ground.zones, outlines, area), *roads)
    )
    # An extract and what OSMnx saved both come from OpenStreetMap.
    drawn = GroundMap("", "", (), area.corners, (OSM_CREDIT,), layers)
    return DrawnGround(version, ground, drawn)
