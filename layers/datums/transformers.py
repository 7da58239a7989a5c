"""Transformations between coordinate systems, looked up once."""

from __future__ import annotations

import functools
from typing import Final

import pyproj

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
