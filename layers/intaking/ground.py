"""What a new list is looked at and checked against: the project as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from layers.boundaries import study_area
from layers.coordinates import outline_tree, road_tree
from layers.loading import buffer_metres
from layers.project import chosen_modes, chosen_standards
from layers.standards import load_modes, load_standards

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    import numpy.typing as npt
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
    """

    project: Project
    layers: Layers
    area: shapely.Geometry
    reach: shapely.Geometry
    roads: cKDTree
    kinds: Mapping[str, FacilityKind]
    buildings: cKDTree | None = None

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
    """
    area = study_area(layers.zones)
    return Ground(
        project=project,
        layers=layers,
        area=area,
        reach=area.buffer(_buffer_m(project)),
        roads=road_tree(layers.roads),
        kinds=kinds,
        buildings=None if buildings is None else outline_tree(buildings),
    )


def _buffer_m(project: Project) -> float:
    """Metres by which facilities may lie outside the study area, as loading counts them."""
    given_km = project.settings.assessment.buffer_km
    if given_km is not None:
        return given_km * METRES_PER_KM
    standards = chosen_standards(project, load_standards())
    return buffer_metres(standards, chosen_modes(project, load_modes()))
