"""The datum of a list of coordinates: what a planner's words for it mean, and the way out of it.

CGCS2000 and WGS84 are taken for equal: they differ by less than a metre (some decimetres of plate
motion since the year 2000), far below what a village list is good for.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pyproj
import shapely

from coverage.errors import CrsError
from layers.datums.shifts import bd09_to_wgs84, gcj02_to_wgs84
from layers.datums.transformers import WGS84, transformer_between
from layers.datums.zones import ZONE_NUMBER_M, named_zone

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

Shift = Literal["none", "gcj02", "bd09"]

NORTHING_FIRST: Final = "X向北"
LATITUDE_FIRST: Final = "纬度在前"
"""What stands after a name where the first coordinate is the northing or the latitude."""

CRS_REMEDY: Final = "请写 WGS84、CGCS2000 或 EPSG 代码（如 EPSG:4547）。"

DATUM_REMEDY: Final = (
    "请写 WGS84、CGCS2000、GCJ-02（高德、腾讯地图）、BD-09（百度地图）、"
    "CGCS2000 39带 或 EPSG 代码（如 EPSG:4547）。"
)

_MAX_LON: Final = 180.0
_MAX_LAT: Final = 90.0

_GEOGRAPHIC: Final[dict[str, tuple[str, str, Shift]]] = {
    "WGS84": ("WGS84", "EPSG:4326", "none"),
    "CGCS2000": ("CGCS2000", "EPSG:4490", "none"),
    "GCJ-02": ("GCJ-02", "EPSG:4326", "gcj02"),
    "BD-09": ("BD-09", "EPSG:4326", "bd09"),
}
"""Name -> name, CRS after un-shifting, shift."""

_OTHER_NAMES: Final = {
    "WGS84": "WGS84", "WGS1984": "WGS84", "GCSWGS1984": "WGS84", "GPS": "WGS84",
    "CGCS2000": "CGCS2000", "国家2000": "CGCS2000", "2000国家大地": "CGCS2000",
    "国家大地2000": "CGCS2000", "大地2000": "CGCS2000", "天地图": "CGCS2000",
    "GCSCHINAGEODETICCOORDINATESYSTEM2000": "CGCS2000",
    "CHINAGEODETICCOORDINATESYSTEM2000": "CGCS2000",
    "GCJ02": "GCJ-02", "高德": "GCJ-02", "高德地图": "GCJ-02", "腾讯": "GCJ-02",
    "腾讯地图": "GCJ-02", "火星": "GCJ-02", "国测局": "GCJ-02", "AMAP": "GCJ-02",
    "GAODE": "GCJ-02", "TENCENT": "GCJ-02",
    "BD09": "BD-09", "BD09LL": "BD-09", "百度": "BD-09", "百度地图": "BD-09",
    "BAIDU": "BD-09",
}  # fmt: skip
"""Names as they stand once blanks, hyphens and the words of `_FILLERS` are gone."""

_FILLERS: Final = re.compile(r"坐标系统?|坐标|经纬度|[\s\-_/.·,、()“”\"']")

_AXES: Final = re.compile(
    r"X(?:坐标|轴)?(?:=|向|指|朝|为|是)?正?(?:北|N\b)|北东|纵轴在前|纬度在前|北坐标在前"
)

_BAIDU_METRES: Final = re.compile(r"(?:BD09|百度|BAIDU)(?:地图)?(?:MC|墨卡托|米制|平面)")

_SECRET: Final = (
    ("新北京54", re.compile(r"NEWBEIJING|新(?:1954)?北京")),
    ("北京54", re.compile(r"BEIJING|BJ54|北京(?:19)?54|(?:19)?54(?:年)?北京")),
    ("西安80", re.compile(r"XI'?AN|西安(?:19)?80|(?:19)?80(?:年)?西安")),
    ("地方独立坐标系", re.compile(r"独立|地方坐标")),
)
"""Datums whose parameters are not public, by the names of laymen and of EPSG."""


@dataclass(frozen=True)
class Datum:
    """
    What a list of coordinates is written in.

    Parameters
    ----------
    name
        As the planner may write it in project.toml; `named_datum` reads it back.
    crs
        The CRS of the coordinates once they are un-shifted.
    shift
        The shift of a web map that has to be taken off first.
    northing_first
        Whether the axes are the surveyor's way round: the first coordinate runs north.
    zone
        Number that may stand before the eastings (39 in 39512345.6) and is taken off where it
        does; None where the CRS says itself whether there is one.
    """

    name: str
    crs: pyproj.CRS
    shift: Shift = "none"
    northing_first: bool = False
    zone: int | None = None

    @property
    def is_geographic(self) -> bool:
        """Whether the coordinates are longitudes and latitudes in degrees."""
        return bool(self.crs.is_geographic)

    def to(
        self, x: npt.ArrayLike, y: npt.ArrayLike, *, crs: pyproj.CRS | str
    ) -> tuple[FloatArray, FloatArray]:
        """
        The coordinates in another CRS.

        Parameters
        ----------
        x, y
            Shape (n,), the first and the second coordinate as this datum orders them.
        crs
            CRS of the result.

        Returns
        -------
        east, north
            Shape (n,), in `crs`, east before north; NaN where a coordinate is not finite, off
            the globe, or outside what its projection can hold.
        """
        first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        east, north = (second, first) if self.northing_first else (first, second)
        if self.zone is not None:
            east = without_zone_number(east, self.zone)
        good = np.isfinite(east) & np.isfinite(north) & self.holds(first, second)
        east, north = np.where(good, east, 0.0), np.where(good, north, 0.0)
        if self.shift != "none":
            east, north = _UNSHIFT[self.shift](east, north)
        moved_x, moved_y = transformer_between(self.crs, crs).transform(east, north)
        good &= np.isfinite(moved_x) & np.isfinite(moved_y)
        return np.where(good, moved_x, np.nan), np.where(good, moved_y, np.nan)

    def holds(self, x: FloatArray, y: FloatArray) -> npt.NDArray[np.bool_]:
        """Shape (n,): whether degrees are on the globe; always True for a projected CRS."""
        if not self.is_geographic:
            return np.ones(np.shape(x), dtype=bool)
        lon, lat = (y, x) if self.northing_first else (x, y)
        return (np.abs(lon) <= _MAX_LON) & (np.abs(lat) <= _MAX_LAT)

    def shapes_to(
        self, shapes: npt.NDArray[np.object_], *, crs: pyproj.CRS | str
    ) -> npt.NDArray[np.object_]:
        """
        Geometries in another CRS, flat; None stays None.

        Parameters
        ----------
        shapes
            Shape (n,), shapely geometries.
        crs
            CRS of the result.

        Returns
        -------
        shapes
            Shape (n,); a vertex without a place in `crs` is infinite there, so that the bounds
            of its geometry are infinite too.
        """

        def moved(vertices: FloatArray) -> FloatArray:
            places = np.column_stack(self.to(*vertices.T, crs=crs))
            return np.where(np.isnan(places), np.inf, places)

        result: npt.NDArray[np.object_] = shapely.transform(shapes, moved)
        return result


def declared_datum(crs: pyproj.CRS, *, subject: str) -> Datum:
    """
    The datum that a map layer declares by its CRS.

    Parameters
    ----------
    crs
        As read from the file.
    subject
        Beginning of the sentence of an error, e.g. "需求点「村.gpkg」自带的坐标系“…”".

    Raises
    ------
    CrsError
        If the way out of it is not public.
    """
    ensure_open_datum(crs, subject=subject)
    return Datum(crs_name(crs), crs)


def named_datum(text: str, *, where: str) -> Datum:
    """
    The datum a planner names.

    Parameters
    ----------
    text
        WGS84, CGCS2000, GCJ-02 (高德, 腾讯, 火星 …), BD-09 (百度), "EPSG:" and a number, or a
        CGCS2000 zone: "CGCS2000 3度带 117", "CGCS2000 39带", with "加带号" or "不加带号" where
        that is known. "X向北" after it (纬度在前 for degrees) means that the first coordinate is
        the northing.
    where
        The table and key it stands in, e.g. "[demand] crs".

    Raises
    ------
    CrsError
        If the name means nothing, or a datum whose parameters are not public.

    Examples
    --------
    >>> named_datum("高德地图", where="[demand] crs").name
    'GCJ-02'
    >>> named_datum("CGCS2000 3度带 117 不加带号", where="[demand] crs").name
    'EPSG:4548'
    """
    whole = unicodedata.normalize("NFKC", text).strip().upper()
    tight = re.sub(r"\s", "", whole)
    plain = _AXES.sub("", tight)
    northing_first = plain != tight
    _refuse_secret(plain, subject=f"{where} 写的坐标系“{text[:80]}”")
    short = _FILLERS.sub("", plain)
    if _BAIDU_METRES.search(short):
        msg = (
            f"{where} 写的坐标系“{text[:80]}”是百度墨卡托米制坐标，不支持。"
            "请让提供的单位导出百度经纬度（BD-09），或换算成 WGS84 后再导入。"
        )
        raise CrsError(msg)
    known = _OTHER_NAMES.get(short)
    if known is not None:
        name, code, shift = _GEOGRAPHIC[known]
        return _turned(Datum(name, pyproj.CRS(code), shift), northing_first)
    zone = named_zone(short)
    if zone is not None:
        crs = pyproj.CRS.from_epsg(zone.epsg)
        if zone.has_number is not None:
            return _turned(Datum(crs_name(crs), crs), northing_first)
        name = f"CGCS2000 {zone.number}带"
        return _turned(Datum(name, crs, zone=zone.number), northing_first)
    if "EPSG" not in short:
        raise CrsError(_unknown(text[:80], short, where=where))
    crs = named_crs(short, where=where, remedy=DATUM_REMEDY)
    return _turned(Datum(crs_name(crs), crs), northing_first)


def named_crs(name: str, *, where: str, remedy: str = CRS_REMEDY) -> pyproj.CRS:
    """
    The CRS a planner names where only a plain CRS will do, as for roads.

    Parameters
    ----------
    name
        "WGS84", "CGCS2000" or "EPSG:" and a number.
    where
        The table and key it stands in, e.g. "[roads] crs".
    remedy
        The sentence after what is wrong.

    Raises
    ------
    CrsError
        If the name means nothing, or the CRS is not a flat or geographic one with public
        parameters.

    Examples
    --------
    >>> named_crs("wgs84", where="[roads] crs").to_epsg()
    4326
    """
    plain = {"WGS84": WGS84, "CGCS2000": "EPSG:4490"}
    text = plain.get(name.strip().upper(), name.strip().upper())
    number = re.fullmatch(r"EPSG:(\d{4,6})", text)
    if number is None:
        near = difflib.get_close_matches(text, plain, n=1)
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
    ensure_open_datum(crs, subject=f"{where} 写的坐标系“{name}”")
    return crs


def ensure_open_datum(crs: pyproj.CRS, *, subject: str) -> None:
    """
    Raise an error where the way from a CRS to CGCS2000 is not public.

    PROJ would take Beijing 54 and Xi'an 80 for WGS84 without a word.

    Parameters
    ----------
    crs
        Any CRS.
    subject
        Beginning of the sentence, e.g. "[demand] crs 写的坐标系“EPSG:4610”".

    Raises
    ------
    CrsError
        For Beijing 54, Xi'an 80 and the new Beijing 54.
    """
    open_crs = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    base = open_crs.geodetic_crs
    datum = base.datum if base is not None else None
    if datum is not None:
        _refuse_secret(re.sub(r"[\s_]", "", datum.name.upper()), subject=subject)


def crs_name(crs: pyproj.CRS) -> str:
    """What messages call a CRS: its EPSG code, or its own name where it has none."""
    epsg = crs.to_epsg()
    return f"EPSG:{epsg}" if epsg else str(crs.name)


def without_zone_number(easting: npt.ArrayLike, zone: int) -> FloatArray:
    """Eastings in metres without the number of the zone, where it stands before them."""
    metres = np.asarray(easting, dtype=float)
    return np.where(
        np.floor_divide(metres, ZONE_NUMBER_M) == zone, metres - zone * ZONE_NUMBER_M, metres
    )


_UNSHIFT: Final = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}


def _turned(datum: Datum, northing_first: bool) -> Datum:  # noqa: FBT001 - the axes, said once
    if not northing_first:
        return datum
    suffix = LATITUDE_FIRST if datum.is_geographic else NORTHING_FIRST
    return Datum(f"{datum.name} {suffix}", datum.crs, datum.shift, True, datum.zone)


def _unknown(text: str, short: str, *, where: str) -> str:
    """The sentence for a name that means nothing; `short` is without blanks and fillers."""
    if re.search(r"\d.*带|带.*\d|CGCS2000.*\d", short):
        return (
            f"{where} 写的坐标系“{text}”不是 CGCS2000 的分带：3度带的带号是 25—45，"
            "中央经线是 3 的倍数；6度带的带号是 13—23，中央经线是 75、81 … 135。"
            "请写成 CGCS2000 39带 或 CGCS2000 3度带 117。"
        )
    near = difflib.get_close_matches(short, _OTHER_NAMES, n=1, cutoff=0.7)
    hint = f"，是否应为“{_OTHER_NAMES[near[0]]}”" if near else ""
    return f"{where} 写的坐标系“{text}”不认识{hint}。{DATUM_REMEDY}"


def _refuse_secret(name: str, *, subject: str) -> None:
    for title, pattern in _SECRET:
        if pattern.search(name):
            msg = (
                f"{subject}属于{title}，不能直接使用：它换算到 CGCS2000 的参数各地不同且不公开，"
                "硬套公开的参数会差几十米甚至上百米。请由当地测绘（自然资源）部门"
                "换算成 CGCS2000 后再导入。"
            )
            raise CrsError(msg)
