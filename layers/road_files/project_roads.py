"""The roads that a project names, with the barriers beside them, kept beside the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyproj

from layers.barriers import with_barriers
from layers.coordinates import WGS84, named_crs
from layers.kept.reading_cache import cached_reading
from layers.project_settings import EDGE_TABLE_SUFFIXES, OSM_SUFFIXES
from layers.road_files.roads_download import download_roads
from layers.road_files.roads_osmnx import read_graphml
from layers.road_files.roads_pbf import survey_roads_pbf
from layers.road_files.roads_tables import survey_edge_table

if TYPE_CHECKING:
    from coverage.notices import Notice
    from coverage.roads import Roads
    from layers.project import Project

    Notices = tuple[Notice, ...]
    Bounds = tuple[float, float, float, float]

DOWNLOAD_FOLDER: Final = "cache"
"""Where downloaded roads are kept unless `[roads] cache` says otherwise."""

_STEERING: Final = {"roads": {"file", "nodes", "crs", "columns", "long_edges"}, "barriers": True}
"""Tables and keys of the project file that decide what is read."""


def project_roads(project: Project, *, crs: str, bounds: Bounds) -> tuple[Roads, Notices]:
    """
    The roads of a project with what no access leg may cross.

    Roads from files are read once and then come from the project's cache; downloaded ones have
    a cache of their own.

    Parameters
    ----------
    project
        The checked project file.
    crs
        Projected CRS in metres.
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84: the study area and its buffer.

    Returns
    -------
    roads
        With their barriers.
    notices
        What came to light while reading, of the roads and then of the barriers.

    Raises
    ------
    PlannerError
        Of the class that fits.
    """
    tables = project.settings

    def read() -> tuple[Roads, Notices]:
        streets, told = _streets(project, crs=crs, bounds=bounds)
        roads, told_of_barriers = with_barriers(streets, project, bounds=bounds)
        return roads, (*told, *told_of_barriers)

    if tables.roads.file is None:
        return read()
    named = (tables.roads.file, tables.roads.nodes, tables.barriers and tables.barriers.file)
    return cached_reading(
        read,
        what="roads",
        project_folder=project.folder,
        files=[project.path(file) for file in named if file],
        settings={
            "crs": crs,
            "bounds": bounds,
            **tables.model_dump(mode="json", include=_STEERING),
        },
    )


def _streets(project: Project, *, crs: str, bounds: Bounds) -> tuple[Roads, Notices]:
    table = project.settings.roads
    if table.file is None:
        roads = download_roads(
            crs=crs,
            place=table.place,
            bounds=None if table.place else bounds,
            overpass_url=table.overpass_url,
            cache_dir=project.path(table.cache or DOWNLOAD_FOLDER),
        )
        return roads, ()
    path = project.path(table.file)
    name = table.file.lower()
    if name.endswith(OSM_SUFFIXES):
        survey = survey_roads_pbf(path, crs=crs, bounds=bounds)
        return survey.roads, survey.notices
    if name.endswith(EDGE_TABLE_SUFFIXES):
        source = named_crs(table.crs, where="[roads] crs") if table.crs else pyproj.CRS(WGS84)
        edges = survey_edge_table(
            project.path(table.nodes or ""),
            path,
            crs=crs,
            source_crs=f"EPSG:{source.to_epsg()}",
            columns=table.columns,
            long_edges=table.long_edges,
        )
        return edges.roads, edges.notices
    return read_graphml(path, crs=crs), ()
