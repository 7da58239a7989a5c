"""What a new list is looked at and checked against: the project as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from layers.boundaries import study_area
from layers.checks.project_ledger import facility_rows
from layers.coordinates import outline_tree, road_tree
from layers.corrections import read_corrections
from layers.lists.project_facilities import project_facilities
from layers.loading import buffer_metres
from layers.matching.named_rows import Gazetteer, county_named
from layers.project import chosen_modes, chosen_standards
from layers.standards import load_modes, load_standards

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import shapely
    from scipy.spatial import cKDTree

    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers
    from layers.project import Project

METRES_PER_KM: Final = 1000.0


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
    """

    project: Project
    layers: Layers
    area: shapely.Geometry
    reach: shapely.Geometry
    roads: cKDTree
    kinds: Mapping[str, FacilityKind]
    buildings: cKDTree | None = None
    facilities: pd.DataFrame | None = None

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
    return Ground(
        project=project,
        layers=layers,
        area=area,
        reach=reach,
        roads=road_tree(layers.roads),
        kinds=kinds,
        buildings=None if buildings is None else outline_tree(buildings),
        facilities=_facilities_now(project, layers, reach=reach, kinds=kinds),
    )


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
