"""From a project to checked layers: every file read once, in one projected CRS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.contracts import ZONES
from coverage.errors import RoadError
from coverage.impedance import fastest_speed_kph
from coverage.notices import Notice
from coverage.studies.study import Layers
from layers.boundaries import (
    POPULATION,
    UNSTATED_LEVEL,
    BoundaryReading,
    boundaries_from_table,
    study_area,
    zones_without_demand,
)
from layers.checks.project_ledger import project_ledger
from layers.checks.row_notices import reading_notices
from layers.coordinates import WGS84, transformer_between
from layers.corrections import read_corrections
from layers.lists.project_demand import project_demand
from layers.lists.project_facilities import project_facilities
from layers.lists.zone_people import project_zone_people
from layers.matching.named_rows import Gazetteer, county_named
from layers.modes import change_notices
from layers.osm.osm_layers import osm_zones
from layers.project import chosen_capacity
from layers.quality import Ledger
from layers.road_files.project_roads import project_roads
from layers.sources import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import shapely

    from coverage.impedance import TravelMode
    from coverage.roads import Roads
    from coverage.standards import FacilityKind, Standard
    from layers.project import Project

Notices = tuple[Notice, ...]
Bounds = tuple[float, float, float, float]

KPH_PER_MPS: Final = 3.6

ROADS_REACH_TOLERANCE_M: Final = 2_000.0
"""How far the last road may stay inside the edge of the buffer before it is told: there is not
a road everywhere."""

NAMED_ZONES: Final = 3
"""Zones named in a message."""

_SIDES: Final = ("西", "南", "东", "北")


@dataclass(frozen=True, eq=False)
class Loaded:
    """
    A project's layers, and the ledger of what was wrong with its files.

    Parameters
    ----------
    layers
        Checked, in one projected CRS.
    ledger
        Of the boundaries and of every list that is read from a file; rows that are set aside are
        in no layer. Sources in OpenStreetMap are not in it.
    """

    layers: Layers
    ledger: Ledger


def load_layers(
    project: Project,
    *,
    standards: Sequence[Standard],
    modes: Mapping[str, TravelMode],
    kinds: Mapping[str, FacilityKind],
) -> Layers:
    """The layers alone; see `load`."""
    return load(project, standards=standards, modes=modes, kinds=kinds).layers


def load(
    project: Project,
    *,
    standards: Sequence[Standard],
    modes: Mapping[str, TravelMode],
    kinds: Mapping[str, FacilityKind],
) -> Loaded:
    """
    Everything a project names, read and checked.

    Roads and facilities are read for the study area plus a buffer, demand for the study area.
    The CRS is chosen by the zones' centroid.

    Parameters
    ----------
    project
        The checked project file.
    standards
        Those it is assessed by; they decide how wide the buffer is.
    modes
        Travel modes by id.
    kinds
        Facility kinds by code.

    Returns
    -------
    loaded
        Layers with what came to light while reading, and the ledger of their files.

    Raises
    ------
    PlannerError
        Of the class that fits: with every problem of the first table that has some.
    """
    zones, drawn, zone_notices = _zones(project)
    population = zones.get(POPULATION)
    zones = zones.drop(columns=POPULATION, errors="ignore")
    people = project_zone_people(project, zones)
    if people is not None:
        population, zone_notices = people.totals, (*zone_notices, *people.notices)
    crs = f"EPSG:{zones.crs.to_epsg()}"
    buffer_m, buffer_notice = _buffer(project, standards, modes)
    area = study_area(zones).buffer(buffer_m)
    bounds = _degrees(area, crs)
    roads, road_notices = project_roads(project, crs=crs, bounds=bounds)
    reach_notices = _roads_reach(roads, zones, area)
    corrections = read_corrections(project.path(project.settings.project.corrections))
    demand = project_demand(
        project, zones=zones, roads=roads, population=population, corrections=corrections
    )
    # The demand stands first: facilities without coordinates may be placed by their village.
    facilities = project_facilities(
        project,
        area=area,
        crs=crs,
        kinds=kinds,
        corrections=corrections,
        gazetteer=Gazetteer(zones, demand.layer, county_named(project.name)),
    )
    layers = Layers(
        name=project.name,
        label=project.label,
        zones=zones,
        demand=demand.layer,
        facilities=facilities.layer,
        roads=roads,
        capacity_rules=chosen_capacity(project),
        notices=(
            buffer_notice,
            *change_notices(modes, project.settings.modes),
            *zone_notices,
            *road_notices,
            *reach_notices,
            *facilities.notices,
            *demand.notices,
            *zones_without_demand(zones, demand.layer),
        ),
        rows_read={"demand": demand.rows, "facilities": facilities.rows},
    )
    ledger = project_ledger(
        project,
        layers,
        [*demand.lists, *facilities.lists],
        area=area,
        boundaries=drawn,
        stated=population,
        corrections=corrections,
    )
    return Loaded(layers, ledger if people is None else Ledger.merged([ledger, people.ledger]))


def buffer_metres(standards: Sequence[Standard], modes: Mapping[str, TravelMode]) -> float:
    """
    How far from the study area a facility can lie and still serve it, metres.

    The longest cutoff times the fastest speed over all readings; a cutoff in metres as it is.

    Parameters
    ----------
    standards
        At least one.
    modes
        Travel modes by id.
    """
    return max(
        reading.cutoff * fastest_speed_kph(modes[standard.mode_of(reading)], modes) / KPH_PER_MPS
        if reading.measure == "travel_time"
        else reading.cutoff
        for standard in standards
        for reading in standard.readings
    )


def _buffer(
    project: Project, standards: Sequence[Standard], modes: Mapping[str, TravelMode]
) -> tuple[float, Notice]:
    given_km = project.settings.assessment.buffer_km
    if given_km is not None:
        reason = "project.toml 里设定"
        metres = given_km * 1000
    else:
        reason = "最长阈值 × 最快速度"
        metres = buffer_metres(standards, modes)
    how = f"按研究区外扩 {metres / 1000:.1f} 公里" if metres else "只在研究区以内"
    text = f"道路和设施{how}读取（{reason}）。"
    return metres, Notice("study_area_buffer", text, 1)


def _zones(project: Project) -> tuple[gpd.GeoDataFrame, BoundaryReading | None, Notices]:
    """
    The zones in the project's CRS, and how they were read where they come from a file.

    With the column `population` where persons are given.
    """
    table = project.settings.boundaries
    if table.admin_level is not None:
        path = project.osm_path(table.file)
        zones, told = osm_zones(path, admin_level=table.admin_level, project_folder=project.folder)
        return zones, None, told
    columns = table.columns.mapping()
    by_zone = project.settings.demand.population_by_zone
    if by_zone is not None and table.people is None:
        columns["population"] = by_zone
    source = read_table(project.path(table.file or ""), options=table.reading())
    reading = boundaries_from_table(
        source,
        columns=columns,
        level=table.level or UNSTATED_LEVEL,
        source_crs=table.crs,
    )
    told = (*reading_notices(source, title=ZONES.title), *reading.notices)
    return reading.zones, reading, told


def _degrees(area: shapely.Geometry, crs: str) -> Bounds:
    to_degrees = transformer_between(crs, WGS84)
    return to_degrees.transform_bounds(*area.bounds)


def _roads_reach(roads: Roads, zones: gpd.GeoDataFrame, area: shapely.Geometry) -> Notices:
    """What the roads leave open of the study area and its buffer."""
    west, south, east, north = area.bounds
    inside = (
        (roads.vertex_x >= west)
        & (roads.vertex_x <= east)
        & (roads.vertex_y >= south)
        & (roads.vertex_y <= north)
    )
    if not inside.any():
        place = "、".join(str(name) for name in zones["zone_name"].iloc[:NAMED_ZONES])
        more = " 等" if len(zones) > NAMED_ZONES else ""
        msg = (
            f"路网与研究区（{place}{more}）没有重叠。"
            "请检查 project.toml 的 [roads] 是不是这个地方的路网、坐标系是否写对。"
        )
        raise RoadError(msg)
    short = np.array([
        roads.vertex_x.min() - west,
        roads.vertex_y.min() - south,
        east - roads.vertex_x.max(),
        north - roads.vertex_y.max(),
    ])  # fmt: skip
    sides = [
        f"{side}侧差 {metres / 1000:.1f} 公里"
        for side, metres in zip(_SIDES, short, strict=True)
        if metres > ROADS_REACH_TOLERANCE_M
    ]
    if not sides:
        return ()
    text = (
        f"路网没有铺满研究区及其外扩范围（{'，'.join(sides)}），"
        "靠近边界的需求点可能有更近的设施或道路没有算到。请换用范围更大的路网。"
    )
    return (Notice("roads_short_of_buffer", text, len(sides)),)
