"""The datums that layers go out in: the way there, and how every kind of file says which it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely

from coverage.errors import CrsError
from layers.coordinates import (
    FIRST_ZONE_DEG,
    FIRST_ZONE_EPSG,
    LAST_ZONE_EPSG,
    WGS84,
    ZONE_WIDTH_DEG,
    transformer_between,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    Shapes = npt.NDArray[np.object_]

ZONE_CHOICE: Final = "cgcs2000-zone"


@dataclass(frozen=True)
class OutDatum:
    """
    A datum that coordinates are written in.

    Parameters
    ----------
    choice
        Word of the command: a key of `DATUM_CHOICES`.
    name
        What the column 坐标系 says; `layers.datums.datum.named_datum` reads it back.
    title
        The same in a sentence.
    file_word
        The same in the name of a file or layer.
    crs
        What a file can declare; None for the shifted datums of web maps, which no CRS describes.
    """

    choice: str
    name: str
    title: str
    file_word: str
    crs: pyproj.CRS | None

    @property
    def is_degrees(self) -> bool:
        """Whether coordinates are longitude and latitude."""
        return self.crs is None or bool(self.crs.is_geographic)


_GEOGRAPHIC: Final = {
    "wgs84": ("WGS84", "WGS84 经纬度（EPSG:4326）", WGS84),
    "cgcs2000": ("CGCS2000", "CGCS2000 经纬度（EPSG:4490）", "EPSG:4490"),
    "gcj02": ("GCJ-02", "GCJ-02 经纬度（高德、腾讯地图，有偏移，不能与 WGS84 混用）", None),
    "bd09": ("BD-09", "BD-09 经纬度（百度地图，有偏移，不能与 WGS84 混用）", None),
}

DATUM_CHOICES: Final[Mapping[str, str]] = {
    "wgs84": "WGS84", "cgcs2000": "CGCS2000 经纬度", ZONE_CHOICE: "项目的 CGCS2000 3度带",
    "gcj02": "GCJ-02", "bd09": "BD-09",
}  # fmt: skip
"""Word of the command -> what it means."""

_SHIFTS: Final[Mapping[str, Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]]] = {
    "gcj02": wgs84_to_gcj02,
    "bd09": wgs84_to_bd09,
}


def ensure_choice(choice: str) -> None:
    """
    Raise an error where a word of the command means no datum.

    Raises
    ------
    CrsError
        Listing the words that do.
    """
    if choice not in DATUM_CHOICES:
        listed = "、".join(f"{word}（{meaning}）" for word, meaning in DATUM_CHOICES.items())
        msg = f"导出的坐标系“{choice[:40]}”不认识，可写：{listed}。"
        raise CrsError(msg)


def out_datum(choice: str, *, crs: pyproj.CRS) -> OutDatum:
    """
    The datum that a word of the command means for a project.

    Parameters
    ----------
    choice
        A key of `DATUM_CHOICES`.
    crs
        The project's CRS.

    Raises
    ------
    CrsError
        If there is no such choice, or the project lies in no CGCS2000 zone and one is asked for.
    """
    ensure_choice(choice)
    if choice in _GEOGRAPHIC:
        name, title, code = _GEOGRAPHIC[choice]
        return OutDatum(choice, name, title, name, None if code is None else pyproj.CRS(code))
    epsg = crs.to_epsg() or 0
    if not FIRST_ZONE_EPSG <= epsg <= LAST_ZONE_EPSG:
        msg = (
            f"项目坐标系是 EPSG:{epsg}，不是 CGCS2000 的 3度带，不能按 {ZONE_CHOICE} 导出。"
            "请改用 wgs84。"
        )
        raise CrsError(msg)
    meridian = round(FIRST_ZONE_DEG + (epsg - FIRST_ZONE_EPSG) * ZONE_WIDTH_DEG)
    return OutDatum(
        choice,
        f"CGCS2000 3度带 {meridian} 不加带号",
        f"CGCS2000 3度带，中央经线 {meridian}°，横坐标不加带号（EPSG:{epsg}）",
        f"CGCS2000_3度带{meridian}",
        pyproj.CRS.from_epsg(epsg),
    )


def moved(shapes: Shapes, *, crs: pyproj.CRS, datum: OutDatum) -> Shapes:
    """
    Shapes in another datum, in two dimensions.

    Parameters
    ----------
    shapes
        Shape (n,), in `crs`; None stays None.
    crs
        Where they come from.
    datum
        Where they go.

    Returns
    -------
    shapes
        Shape (n,); east before north, longitude before latitude.

    Raises
    ------
    CrsError
        If a corner has no place in the datum.
    """
    target = WGS84 if datum.crs is None else datum.crs
    shift = _SHIFTS.get(datum.choice)

    def placed(corners: FloatArray) -> FloatArray:
        if crs.equals(target):
            return corners
        east, north = transformer_between(crs, target).transform(*corners.T)
        if shift is not None:
            east, north = shift(east, north)
        return np.column_stack([east, north])

    result: Shapes = shapely.transform(shapely.force_2d(shapes), placed)
    if not np.isfinite(shapely.get_coordinates(result)).all():
        msg = f"有图形的坐标换算到 {datum.name} 时没有结果，没有导出。请检查项目的边界和坐标系。"
        raise CrsError(msg)
    return result
