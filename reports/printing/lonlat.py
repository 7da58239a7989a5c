"""Between a map's own metres and degrees of WGS 84."""

from __future__ import annotations

import functools

import pyproj

# Finding the way between two systems takes as long as drawing a tenth of a map, and all maps of
# a report have the same one. Maps are drawn one at a time, so that no two threads share one.


@functools.lru_cache(maxsize=4)
def to_degrees(crs: str) -> pyproj.Transformer:
    """From x and y in metres of `crs` to longitude and latitude."""
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


@functools.lru_cache(maxsize=4)
def from_degrees(crs: str) -> pyproj.Transformer:
    """From longitude and latitude to x and y in metres of `crs`."""
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
