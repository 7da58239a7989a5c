"""Which coordinate system a project computes in, and what a planner's own words for one mean."""

from __future__ import annotations

import difflib
import functools
import math
import re
from typing import Final

import pyproj

from coverage.errors import CrsError

WGS84: Final = "EPSG:4326"

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

NAMED_CRS: Final = {"WGS84": "EPSG:4326", "CGCS2000": "EPSG:4490"}
"""Names a planner may write for longitudes and latitudes."""


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


def named_crs(name: str, *, where: str) -> pyproj.CRS:
    """
    The CRS a planner names in a project file.

    Parameters
    ----------
    name
        "WGS84", "CGCS2000" or "EPSG:" and a number.
    where
        The table and key it stands in, e.g. "[demand] crs".

    Raises
    ------
    CrsError
        If the name means nothing, or the CRS is not a flat or geographic one.

    Examples
    --------
    >>> named_crs("wgs84", where="[demand] crs").to_epsg()
    4326
    """
    text = NAMED_CRS.get(name.strip().upper(), name.strip().upper())
    remedy = "请写 WGS84、CGCS2000 或 EPSG 代码（如 EPSG:4547）。"
    number = re.fullmatch(r"EPSG:(\d{4,6})", text)
    if number is None:
        near = difflib.get_close_matches(text, NAMED_CRS, n=1)
        hint = f"，是否应为“{near[0]}”" if near else ""
        msg = f"{where} 写的坐标系“{name}”不认识{hint}。{remedy}"
        raise CrsError(msg)
    try:
        crs = pyproj.CRS.from_epsg(int(number[1]))
    except pyproj.exceptions.CRSError as error:
        msg = f"{where} 写的坐标系“{name}”不存在。{remedy}"
        raise CrsError(msg) from error
    if not (crs.is_projected or crs.is_geographic):
        msg = f"{where} 写的坐标系“{name}”不是平面或经纬度坐标系。{remedy}"
        raise CrsError(msg)
    return crs


@functools.lru_cache(maxsize=32)
def transformer_between(source: pyproj.CRS | str, target: pyproj.CRS | str) -> pyproj.Transformer:
    """
    The transformation from one CRS to another, east before north in both.

    Looking one up in PROJ's database takes a sixth of a second, so they are kept.

    Parameters
    ----------
    source, target
        A CRS or its name.
    """
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
