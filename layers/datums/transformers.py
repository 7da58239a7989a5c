"""Transformations between coordinate systems, looked up once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

WGS84: Final = "EPSG:4326"


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


def on_earth(east: FloatArray, north: FloatArray, *, crs: str) -> tuple[FloatArray, FloatArray]:
    """
    Coordinates of a CRS, NaN where no place on the earth has them.

    Parameters
    ----------
    east, north
        Shape (n,), in the units of the CRS. Coordinates that are in it as they stand are not
        transformed, so that eastings of 39 million metres come through.
    crs
        The CRS.
    """
    lon, lat = transformer_between(crs, WGS84).transform(east, north)
    known = np.isfinite(lon) & np.isfinite(lat)
    return np.where(known, east, np.nan), np.where(known, north, np.nan)
