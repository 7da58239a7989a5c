"""What a new list is looked at and checked against: the project as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import RoadError
from layers.boundaries import boundaries_from_table, study_area
from layers.checks.project_ledger import facility_rows
from layers.coordinates import WGS84, outline_tree, road_tree, transformer_between
from layers.corrections import read_corrections
from layers.lists.project_facilities import project_facilities
from layers.lists.zone_people import project_zone_people
from layers.loading import buffer_metres
from layers.matching.named_rows import Gazetteer, county_named
from layers.project import chosen_modes, chosen_standards
from layers.project_settings import OSM_SUFFIXES
from layers.road_files.roads_osmnx import read_graphml
from layers.road_files.roads_pbf import survey_roads_pbf
from layers.standards import load_modes, load_standards

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import shapely
    from scipy.spatial import cKDTree

    from coverage.roads import Roads
    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers
    from layers.intaking.draft import Draft
    from layers.project import Project
    from layers.tables import SourceTable

METRES_PER_KM: Final = 1000.0


@dataclass(frozen=True, eq=False)
class RoadGround:
    """
    What the datum of a list is told by where there is no project yet: boundaries and roads.

    Parameters
    ----------
    zones
        Contract `ZONES`, in a projected CRS.
    streets
        Inside their bounds.
    area
        The study area; `reach` is the same, and `buildings` are not known.
    roads
        Search tree over the streets.
    """

    zones: gpd.GeoDataFrame
    streets: Roads
    area: shapely.Geometry
    roads: cKDTree
    buildings: None = None

    @property
    def reach(self) -> shapely.Geometry:
        """Where places are expected."""
        return self.area

    @property
    def crs(self) -> str:
        """The CRS of the zones."""
        return f"EPSG:{self.zones.crs.to_epsg()}"


@dataclass(frozen=True, eq=False)
class Ground:
    """
    A project with its layers, made ready for many questions.

    Parameters
    ----------
    project
        The checked project file.
    layers
        What it holds now, in one projected CRS.
    area
        The study area.
    reach
        The study area with the buffer in which facilities are expected.
    roads
        Search tree over the roads, for the evidence on datums.
    kinds
        The table of facility kinds by code.
    buildings
        Search tree over the outlines of buildings, or None where none are known.
    facilities
        The rows of the project's lists of facilities, which rows of a new list are held against
        (`layers.checks.project_ledger.facility_rows`); None compares with none.
    totals
        Persons by zone id from the project's table of the people of zones; None where it has none.
    """

    project: Project
    layers: Layers
    area: shapely.Geometry
    reach: shapely.Geometry
    roads: cKDTree
    kinds: Mapping[str, FacilityKind]
    buildings: cKDTree | None = None
    facilities: pd.DataFrame | None = None
    totals: pd.Series | None = None

    @property
    def zones(self) -> gpd.GeoDataFrame:
        """Contract `ZONES`."""
        return self.layers.zones

    @property
    def demand(self) -> gpd.GeoDataFrame:
        """Contract `DEMAND`, as the project has it now."""
        return self.layers.demand

    @property
    def crs(self) -> str:
        """The project's CRS."""
        return f"EPSG:{self.layers.zones.crs.to_epsg()}"


def ground_of(
    layers: Layers,
    *,
    project: Project,
    kinds: Mapping[str, FacilityKind],
    buildings: npt.NDArray[np.object_] | None = None,
) -> Ground:
    """
    What new lists of a project are checked against.

    Parameters
    ----------
    layers
        Of the project (`layers.loading.load`).
    project
        The checked project file; its buffer and limits hold.
    kinds
        The table of facility kinds by code.
    buildings
        Outlines of buildings in the CRS of the layers, where they are known.

    Raises
    ------
    ProjectError
        If a standard or a mode of the project is unknown.
    PlannerError
        If a list of facilities cannot be read any more.
    """
    area = study_area(layers.zones)
    reach = area.buffer(_buffer_m(project))
    people = project_zone_people(project, layers.zones)
    return Ground(
        project=project,
        layers=layers,
        area=area,
        reach=reach,
        roads=road_tree(layers.roads),
        kinds=kinds,
        buildings=None if buildings is None else outline_tree(buildings),
        facilities=_facilities_now(project, layers, reach=reach, kinds=kinds),
        totals=None if people is None else people.totals,
    )


def ground_of_files(table: SourceTable, zones: Draft, roads: Path) -> RoadGround:
    """
    Boundaries and roads of a project that is yet to be made.

    Parameters
    ----------
    table
        The boundaries as they were read.
    zones
        What is declared of them.
    roads
        An .osm.pbf or .graphml.

    Raises
    ------
    PlannerError
        Of the class that fits, if one of them cannot be read.
    RoadError
        If there are no roads where the boundaries are.
    """
    reading = boundaries_from_table(table, columns=zones.columns, source_crs=zones.crs or None)
    area = study_area(reading.zones)
    crs = f"EPSG:{reading.zones.crs.to_epsg()}"
    bounds = transformer_between(crs, WGS84).transform_bounds(*area.bounds)
    is_extract = roads.name.lower().endswith(OSM_SUFFIXES)
    streets = (
        survey_roads_pbf(roads, crs=crs, bounds=bounds).roads
        if is_extract
        else read_graphml(roads, crs=crs)
    )
    west, south, east, north = area.bounds
    x, y = streets.vertex_x, streets.vertex_y
    if not ((x >= west) & (x <= east) & (y >= south) & (y <= north)).any():
        msg = (
            f"路网「{roads.name}」不在行政边界的范围里。"
            "请检查路网是不是这个地方的，边界的坐标系是否选对。"
        )
        raise RoadError(msg)
    return RoadGround(reading.zones, streets, area, road_tree(streets))


def _facilities_now(
    project: Project, layers: Layers, *, reach: shapely.Geometry, kinds: Mapping[str, FacilityKind]
) -> pd.DataFrame:
    """The rows of the lists of facilities, which the layers do not tell apart."""
    lists = tuple(one for one in project.settings.facilities if one.source is None)
    if not lists:
        return facility_rows([])
    read = project_facilities(
        project,
        area=reach,
        crs=f"EPSG:{layers.zones.crs.to_epsg()}",
        kinds=kinds,
        corrections=read_corrections(project.path(project.settings.project.corrections)),
        gazetteer=Gazetteer(layers.zones, layers.demand, county_named(project.name)),
    )
    return facility_rows(read.lists)


def _buffer_m(project: Project) -> float:
    """Metres by which facilities may lie outside the study area, as loading counts them."""
    given_km = project.settings.assessment.buffer_km
    if given_km is not None:
        return given_km * METRES_PER_KM
    standards = chosen_standards(project, load_standards())
    return buffer_metres(standards, chosen_modes(project, load_modes()))
