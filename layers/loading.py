"""From a project to checked layers: every file read once, in one projected CRS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.errors import RoadError
from coverage.impedance import fastest_speed_kph
from coverage.notices import Notice
from coverage.studies.study import Layers
from layers.boundaries import (
    POPULATION,
    UNSTATED_LEVEL,
    read_boundaries,
    study_area,
    zones_without_demand,
)
from layers.coordinates import WGS84, transformer_between
from layers.demand import demand_from_table
from layers.facilities import ensure_kind, facilities_from_table, joined
from layers.modes import change_notices
from layers.osm.osm_layers import osm_demand, osm_facilities, osm_zones
from layers.road_files.project_roads import project_roads
from layers.settlements import infer_settlements
from layers.vectors import read_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    import shapely

    from coverage.impedance import TravelMode
    from coverage.roads import Roads
    from coverage.standards import FacilityKind, Standard
    from layers.project import Project
    from layers.project_settings import FacilitiesTable

Notices = tuple[Notice, ...]
Bounds = tuple[float, float, float, float]

KPH_PER_MPS: Final = 3.6

ROADS_REACH_TOLERANCE_M: Final = 2_000.0
"""How far the last road may stay inside the edge of the buffer before it is told: there is not
a road everywhere."""

NAMED_ZONES: Final = 3
"""Zones named in a message."""

_SIDES: Final = ("西", "南", "东", "北")


def load_layers(
    project: Project,
    *,
    standards: Sequence[Standard],
    modes: Mapping[str, TravelMode],
    kinds: Mapping[str, FacilityKind],
) -> Layers:
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
    layers
        In one projected CRS, with what came to light while reading.

    Raises
    ------
    PlannerError
        Of the class that fits: with every problem of the first table that has some.
    """
    zones, zone_notices = _zones(project)
    population = zones.get(POPULATION)
    zones = zones.drop(columns=POPULATION, errors="ignore")
    crs = f"EPSG:{zones.crs.to_epsg()}"
    buffer_m, buffer_notice = _buffer(project, standards, modes)
    area = study_area(zones).buffer(buffer_m)
    bounds = _degrees(area, crs)
    roads, road_notices = project_roads(project, crs=crs, bounds=bounds)
    reach_notices = _roads_reach(roads, zones, area)
    facilities, facility_rows, facility_notices = _facilities(
        project, area=area, crs=crs, kinds=kinds
    )
    demand, demand_rows, demand_notices = _demand(
        project, zones=zones, roads=roads, population=population
    )
    return Layers(
        name=project.name,
        label=project.label,
        zones=zones,
        demand=demand,
        facilities=facilities,
        roads=roads,
        notices=(
            buffer_notice,
            *change_notices(modes, project.settings.modes),
            *zone_notices,
            *road_notices,
            *reach_notices,
            *facility_notices,
            *demand_notices,
            *zones_without_demand(zones, demand),
        ),
        rows_read={"demand": demand_rows, "facilities": facility_rows},
    )


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


def _zones(project: Project) -> tuple[gpd.GeoDataFrame, Notices]:
    """The zones in the project's CRS; with the column `population` where persons are given."""
    table = project.settings.boundaries
    if table.admin_level is not None:
        path = project.osm_path(table.file)
        return osm_zones(path, admin_level=table.admin_level, project_folder=project.folder)
    columns = table.columns.mapping()
    by_zone = project.settings.demand.population_by_zone
    if by_zone is not None:
        columns["population"] = by_zone
    return read_boundaries(
        project.path(table.file or ""),
        columns=columns,
        level=table.level or UNSTATED_LEVEL,
        source_crs=table.crs,
        layer=table.layer,
    )


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


def _facilities(
    project: Project,
    *,
    area: shapely.Geometry,
    crs: str,
    kinds: Mapping[str, FacilityKind],
) -> tuple[gpd.GeoDataFrame, int, Notices]:
    """All facilities, how many rows their sources have, and what there is to tell."""
    parts = []
    rows = 0
    notices: list[Notice] = []
    for table in project.settings.facilities:
        if table.source == "osm":
            ensure_kind(table.kind, {"kind": "kind"}, kinds=kinds, name="OSM")
            part, told = _osm_facilities(project, table, crs=crs, area=area, kinds=kinds)
            rows += len(part)
        else:
            source = read_source(project.path(table.file or ""), layer=table.layer)
            rows += len(source)
            part, told = facilities_from_table(
                source,
                crs=crs,
                area=area,
                kinds=kinds,
                columns=table.columns.mapping(),
                kind=table.kind,
                level=table.level,
                source_crs=table.crs,
                origin=table.origin,
            )
        parts.append(part)
        notices.extend(told)
    facilities, meeting = joined(parts)
    return facilities, rows, (*notices, *meeting)


def _osm_facilities(
    project: Project,
    table: FacilitiesTable,
    *,
    crs: str,
    area: shapely.Geometry,
    kinds: Mapping[str, FacilityKind],
) -> tuple[gpd.GeoDataFrame, Notices]:
    path = project.osm_path(table.file)
    bounds = _degrees(area, crs)
    found, told = osm_facilities(path, crs=crs, bounds=bounds, project_folder=project.folder)
    if table.kind is not None:
        found = found[found["kind"].isin(embraced_kinds(table.kind, kinds))]
    if not found.empty:
        return found, told
    what = f"“{kinds[table.kind].name}”这类设施" if table.kind else "任何设施"
    text = f"「{path.name}」在研究区及其外扩范围内没有{what}。开放街图往往不全，请另给设施名录。"
    return found, (*told, Notice("osm_without_facilities", text, 1))


def embraced_kinds(kind: str, kinds: Mapping[str, FacilityKind]) -> set[str]:
    """
    A kind of facility and all kinds that it embraces.

    Parameters
    ----------
    kind
        Code, e.g. of 医疗卫生机构.
    kinds
        The table of kinds by code.
    """
    found: set[str] = set()
    waiting = [kind]
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting.extend(kinds[code].members)
    return found


def _demand(
    project: Project,
    *,
    zones: gpd.GeoDataFrame,
    roads: Roads,
    population: pd.Series | None,
) -> tuple[gpd.GeoDataFrame, int, Notices]:
    """Demand, how many rows its source has, and what there is to tell."""
    table = project.settings.demand
    if table.source == "residential_roads":
        # people that OSM states for a zone are not spread unless the planner asks for it
        stated = population if table.population_by_zone is not None else None
        inferred = infer_settlements(roads, zones=zones, zone_population=stated)
        return inferred, len(inferred), ()
    if table.source == "osm":
        crs = f"EPSG:{zones.crs.to_epsg()}"
        bounds = _degrees(study_area(zones), crs)
        counted = zones if population is None else zones.assign(population=population)
        path = project.osm_path(table.file)
        mapped, told = osm_demand(
            path, crs=crs, zones=counted, bounds=bounds, project_folder=project.folder
        )
        return mapped, len(mapped), told
    source = read_source(project.path(table.file or ""), layer=table.layer)
    demand, told = demand_from_table(
        source,
        zones=zones,
        columns=table.columns.mapping(),
        source_crs=table.crs,
        missing_population=table.missing_population,
        origin=table.origin,
    )
    return demand, len(source), told
