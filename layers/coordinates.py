"""Coordinates: the system a project computes in, the datums lists come in, and the ways between.

The door of `layers.datums`.
"""

from __future__ import annotations

import math
from typing import Final

from coverage.errors import CrsError
from layers.datums.datum import Datum, crs_name, declared_datum, named_crs, named_datum
from layers.datums.datum_evidence import DatumEvidence, propose_datum
from layers.datums.degrees import read_degree_pairs, read_degrees
from layers.datums.mixed_datums import DatumSplit, split_datums
from layers.datums.nearness import outline_tree, road_tree
from layers.datums.shifts import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from layers.datums.transformers import WGS84, transformer_between

__all__ = [
    "WGS84",
    "Datum",
    "DatumEvidence",
    "DatumSplit",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "crs_name",
    "declared_datum",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "named_crs",
    "named_datum",
    "outline_tree",
    "project_crs",
    "propose_datum",
    "read_degree_pairs",
    "read_degrees",
    "road_tree",
    "split_datums",
    "transformer_between",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

CHINA_LON: Final = (73.0, 136.0)
CHINA_LAT: Final = (3.0, 54.0)
"""Box of longitudes and latitudes (degrees) inside which CGCS2000 zones are used. It holds
neighbours as well (Korea, Mongolia …), for which the zones are as exact as UTM."""

ZONE_WIDTH_DEG: Final = 3.0
FIRST_ZONE_DEG: Final = 75.0
FIRST_ZONE_EPSG: Final = 4534
LAST_ZONE_EPSG: Final = 4554
"""CGCS2000 / 3-degree Gauss-Kruger CM 75E … CM 135E, without the zone number in the easting."""

UTM_WIDTH_DEG: Final = 6.0
UTM_ZONES: Final = 60


def project_crs(lon: float, lat: float) -> str:
    """
    The projected CRS in metres for a study area around a point.

    Inside China (a box, see `CHINA_LON` and `CHINA_LAT`) the CGCS2000 3-degree zone with the
    nearest central meridian, without zone number; elsewhere the UTM zone on WGS84.

    Parameters
    ----------
    lon, lat
        Degrees, WGS84 or CGCS2000.

    Returns
    -------
    crs
        "EPSG:4534" … "EPSG:4554", "EPSG:326xx" or "EPSG:327xx".

    Raises
    ------
    CrsError
        If the point is not on the globe.

    Examples
    --------
    >>> project_crs(114.975, 37.608)
    'EPSG:4547'
    >>> project_crs(9.55, 47.14)
    'EPSG:32632'
    """
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - the globe
        msg = f"研究区中心的经纬度（{lon:g}，{lat:g}）不在地球上，请检查行政边界的坐标系。"
        raise CrsError(msg)
    if CHINA_LON[0] <= lon <= CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]:
        # halfway between two meridians the eastern zone is taken: round() would choose the even one
        steps = math.floor((lon - FIRST_ZONE_DEG) / ZONE_WIDTH_DEG + 0.5)
        epsg = min(max(FIRST_ZONE_EPSG + steps, FIRST_ZONE_EPSG), LAST_ZONE_EPSG)
        return f"EPSG:{epsg}"
    zone = min(math.floor((lon + 180) / UTM_WIDTH_DEG) + 1, UTM_ZONES)
    return f"EPSG:{32600 + zone if lat >= 0 else 32700 + zone}"
