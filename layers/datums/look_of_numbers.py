"""What coordinates look like before anybody says what they mean: their order, metres, packing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.columns.contents import EASTING_M, NORTHING_M, ZONED_EASTING_M
from layers.datums.degrees import CHINA_LAT, CHINA_LON

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

MICRO: Final = 1e6
"""Millionths of a degree, as some tracking devices write it."""

FEWEST_PACKED: Final = 20
"""Rows of which every one must look packed; of decimal degrees 0.6 to this power do by chance,
in each of two columns."""

_PACKED: Final = re.compile(r"\d{1,3}\.(\d{4,8})")
_SIXTY: Final = 60


def is_east_first(x: FloatArray, y: FloatArray) -> bool:
    """
    Whether pairs stand with the easting or the longitude first, as far as numbers in China tell.

    Parameters
    ----------
    x, y
        Shape (n,); NaN where a cell is no number.
    """
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        return False
    east, north = x[good], y[good]
    metres = (_within(east, EASTING_M) | _within(east, ZONED_EASTING_M)) & _within(
        north, NORTHING_M
    )
    # without a zone number a northing of the far south may be an easting too
    metres &= ~_within(north, EASTING_M)
    return bool((metres | (_within(east, CHINA_LON) & _within(north, CHINA_LAT))).all())


def not_degrees(x: FloatArray, y: FloatArray) -> str:
    """
    What numbers are that cannot be degrees, in Chinese; "" where some of them can.

    Parameters
    ----------
    x, y
        Shape (n,); NaN where a cell is no number.
    """
    good = np.isfinite(x) & np.isfinite(y)
    first, second = np.abs(x[good]), np.abs(y[good])
    limit = CHINA_LON[1] + _SIXTY  # beyond any longitude
    if not good.any() or not (np.maximum(first, second) > limit).all():
        return ""
    for lon, lat in ((first, second), (second, first)):
        if (_within(lon / MICRO, CHINA_LON) & _within(lat / MICRO, CHINA_LAT)).all():
            return "微度（度的一百万分之一），请先除以 1000000"
    return "平面坐标（米），不是经纬度，请声明平面坐标系，如 CGCS2000 39带"


def looks_packed(*columns: Sequence[str]) -> bool:
    """
    Whether columns of plain numbers look like degrees, minutes and seconds run together.

    Parameters
    ----------
    columns
        Cells; empty ones say nothing.

    Examples
    --------
    >>> looks_packed(["117.2012"] * 20), looks_packed(["117.2092"] * 20)
    (True, False)
    """
    for cells in columns:
        found = [_PACKED.fullmatch(text.strip()) for text in cells if text.strip()]
        if len(found) < FEWEST_PACKED:
            return False
        for one in found:
            if one is None or int(one[1][:2]) >= _SIXTY or int(one[1][2:4]) >= _SIXTY:
                return False
    return True


def _within(values: FloatArray, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])
