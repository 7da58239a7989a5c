"""Zones, facilities and demand of a project that come from an OpenStreetMap extract.

Reading areas and buildings out of an extract takes seconds, so each layer is kept beside the
project (`layers.kept.reading_cache`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.boundaries import study_area
from layers.coordinates import WGS84, project_crs
from layers.kept.reading_cache import cached_reading
from layers.osm.osm_demand import demand_from_osm
from layers.osm.osm_features import ensure_boundaries, read_osm_features

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from coverage.notices import Notice

    Bounds = tuple[float, float, float, float]
    Layer = tuple[gpd.GeoDataFrame, tuple[Notice, ...]]


def osm_zones(path: Path, *, admin_level: int, project_folder: Path) -> Layer:
    """
    The boundaries of an extract in the CRS of the project that lies there.

    Parameters
    ----------
    path
        File in PBF format.
    admin_level
        OSM level: in China 6 is the county, 8 the township.
    project_folder
        Where the cache is.

    Returns
    -------
    zones, notices
        As `layers.osm.osm_features.OsmFeatures.boundaries`, projected.

    Raises
    ------
    SourceError
        If the file is missing, is not a PBF or is cut off.
    BoundaryError
        If no boundary of the level is complete.
    """

    def read() -> Layer:
        features = read_osm_features(
            path, crs=WGS84, admin_level=admin_level, layers=("boundaries",)
        )
        ensure_boundaries(features, path=path, admin_level=admin_level)
        centre = study_area(features.boundaries).centroid
        return features.boundaries.to_crs(project_crs(centre.x, centre.y)), features.notices

    return cached_reading(
        read,
        what="zones",
        project_folder=project_folder,
        files=[path],
        settings={"admin_level": admin_level},
    )


def osm_facilities(path: Path, *, crs: str, bounds: Bounds, project_folder: Path) -> Layer:
    """
    The facilities of an extract, of all kinds.

    Parameters
    ----------
    path
        File in PBF format.
    crs
        Of the project.
    bounds
        min_lon, min_lat, max_lon, max_lat in WGS84.
    project_folder
        Where the cache is.

    Returns
    -------
    facilities, notices
        As in `layers.osm.osm_features.OsmFeatures`.

    Raises
    ------
    SourceError
        If the file is missing, is not a PBF or is cut off.
    """

    def read() -> Layer:
        features = read_osm_features(path, crs=crs, bounds=bounds, layers=("facilities",))
        return features.facilities, features.notices

    return cached_reading(
        read,
        what="facilities",
        project_folder=project_folder,
        files=[path],
        settings={"crs": crs, "bounds": bounds},
    )


def osm_demand(
    path: Path, *, crs: str, zones: gpd.GeoDataFrame, bounds: Bounds, project_folder: Path
) -> Layer:
    """
    Demand points from the homes and places of an extract.

    Parameters
    ----------
    path, crs, zones, bounds
        As in `layers.osm.osm_demand.demand_from_osm`.
    project_folder
        Where the cache is.

    Returns
    -------
    demand, notices
        As from there.

    Raises
    ------
    SourceError, DemandError
        As from there.
    """
    return cached_reading(
        lambda: demand_from_osm(path, crs=crs, zones=zones, bounds=bounds),
        what="demand",
        project_folder=project_folder,
        files=[path],
        tables={"zones": zones},
        settings={"crs": crs, "bounds": bounds},
    )
