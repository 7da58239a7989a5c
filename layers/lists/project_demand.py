"""The demand of a project: a list, a raster of people, OpenStreetMap, or residential streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from coverage.contracts import DEMAND
from coverage.notices import Notice
from layers.boundaries import study_area
from layers.checks.project_ledger import ReadList, source_labels
from layers.checks.row_notices import reading_notices
from layers.coordinates import WGS84, transformer_between
from layers.corrections import of_file
from layers.demand import contract_columns, demand_from_table
from layers.matching.named_rows import Gazetteer, county_named
from layers.osm.osm_layers import osm_demand
from layers.rasters import BLOCK_M, demand_from_raster
from layers.settlements import infer_settlements
from layers.sources import read_table
from layers.spreading import spread_people

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from coverage.roads import Roads
    from layers.corrections import Correction
    from layers.project import Project

Notices = tuple[Notice, ...]


class DemandRead(NamedTuple):
    """
    The demand of a project.

    Parameters
    ----------
    layer
        Contract `DEMAND`.
    lists
        The list that it is read from; empty where there is none.
    rows
        How many rows its source has.
    notices
        What there is to tell.
    """

    layer: gpd.GeoDataFrame
    lists: list[ReadList]
    rows: int
    notices: Notices


def project_demand(
    project: Project,
    *,
    zones: gpd.GeoDataFrame,
    roads: Roads,
    population: pd.Series | None,
    corrections: Sequence[Correction],
) -> DemandRead:
    """
    The demand of a project.

    Parameters
    ----------
    project
        The checked project file.
    zones
        Contract `ZONES`.
    roads
        Of the project.
    population
        Persons by zone id where the boundaries give them, or None.
    corrections
        All of the project.

    Raises
    ------
    PlannerError
        Of the class that fits: with every problem of the list.
    """
    table = project.settings.demand
    # people that are stated for a zone are not spread unless the planner asks for it
    asked = population if table.population_by_zone is not None else None
    if table.source == "residential_roads":
        inferred = infer_settlements(roads, zones=zones, zone_population=asked)
        return DemandRead(inferred, [], len(inferred), ())
    if table.source == "osm":
        stated = population if project.settings.boundaries.source == "osm" else asked
        mapped, told = _from_osm(project, zones, stated)
        return DemandRead(mapped, [], len(mapped), told)
    if table.is_raster:
        summed, told = _from_raster(project, zones, asked)
        return DemandRead(summed, [], len(summed), told)
    return _from_list(project, zones, asked, corrections)


def _from_osm(
    project: Project, zones: gpd.GeoDataFrame, population: pd.Series | None
) -> tuple[gpd.GeoDataFrame, Notices]:
    crs = f"EPSG:{zones.crs.to_epsg()}"
    bounds = transformer_between(crs, WGS84).transform_bounds(*study_area(zones).bounds)
    counted = zones if population is None else zones.assign(population=population)
    path = project.osm_path(project.settings.demand.file)
    return osm_demand(path, crs=crs, zones=counted, bounds=bounds, project_folder=project.folder)


def _from_raster(
    project: Project, zones: gpd.GeoDataFrame, totals: pd.Series | None
) -> tuple[gpd.GeoDataFrame, Notices]:
    """Demand from a raster; where totals of zones are asked for, it only says how they spread."""
    table = project.settings.demand
    path = project.path(table.file or "")
    block_m = BLOCK_M if table.block_m is None else table.block_m
    # The cells of a raster are no list of villages, whatever is usual for a file.
    origin = "raster" if table.origin == "list" else table.origin
    demand, told = demand_from_raster(path, zones=zones, block_m=block_m, origin=origin)
    if totals is None:
        return demand, told
    of_raster = demand["population"]
    people, spread = spread_people(
        demand["zone_id"], totals, weights=of_raster, source="栅格的人口"
    )
    unstated = totals.index[totals.isna() & totals.index.isin(demand["zone_id"])]
    if len(unstated):
        text = (
            f"{len(unstated)} 个行政单元没有给出人口（首个是“{zones['zone_name'][unstated[0]]}”），"
            "仍用栅格的人口。"
        )
        spread = (*spread, Notice("raster_people_kept", text, len(unstated)))
    return demand.assign(population=people.where(people.notna(), of_raster)), (*told, *spread)


def _from_list(
    project: Project,
    zones: gpd.GeoDataFrame,
    totals: pd.Series | None,
    corrections: Sequence[Correction],
) -> DemandRead:
    table = project.settings.demand
    source = read_table(project.path(table.file or ""), options=table.reading())
    label, columns = source_labels(project)[1], table.columns.mapping()
    reading = demand_from_table(
        source,
        zones=zones,
        columns=columns,
        source_crs=table.crs,
        missing_population=table.missing_population,
        origin=table.origin,
        faulty_rows=table.faulty_rows,
        corrections=of_file(corrections, label),
        units=table.units.mapping(),
        gazetteer=_townships(project, zones) if table.place_by_name else None,
        totals=totals,
        spread_by=table.spread_by,
    )
    ours = contract_columns(columns)
    villages = ReadList(label, len(source), reading, DEMAND, columns, ours)
    told = (*reading_notices(source, title=DEMAND.title), *reading.notices)
    return DemandRead(reading.layer, [villages], len(source), told)


def _townships(project: Project, zones: gpd.GeoDataFrame) -> Gazetteer:
    """What a village without coordinates may be placed by: no other village."""
    return Gazetteer(zones, county=county_named(project.name))
