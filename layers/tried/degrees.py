"""Places of files and maps: longitude and latitude in WGS84, to and from the CRS of the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from layers.coordinates import WGS84, transformer_between
from layers.roads import MAX_LATITUDE, MAX_LONGITUDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEGREE_DECIMALS: Final = 9
"""A tenth of a millimetre, so that rounding to the millimetre gives the same place again."""


def places_from_degrees(
    degrees: Iterable[Sequence[float]], crs: str
) -> tuple[tuple[float, float], ...]:
    """
    Places that a map gives, in the CRS of the layers.

    Parameters
    ----------
    degrees
        Pairs of longitude and latitude in WGS84, degrees.
    crs
        CRS of the layers.

    Returns
    -------
    places
        (x, y) in metres; not finite where the CRS does not reach.
    """
    lon, lat = np.array(list(degrees), dtype=float).reshape(-1, 2).T
    x, y = transformer_between(WGS84, crs).transform(lon, lat)
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def places_in_degrees(
    places: Iterable[Sequence[float]], crs: str
) -> tuple[tuple[float, float], ...]:
    """The inverse of `places_from_degrees`: pairs of longitude and latitude in WGS84."""
    x, y = np.array(list(places), dtype=float).reshape(-1, 2).T
    lon, lat = transformer_between(crs, WGS84).transform(x, y)
    return tuple(zip(lon.tolist(), lat.tolist(), strict=True))


def pair_rule(pair: Sequence[float]) -> str:
    """What is wrong with a place of a file, to stand behind its name; "" where nothing is."""
    if len(pair) != 2:  # noqa: PLR2004 - longitude and latitude
        return "应写成 [经度, 纬度] 两个数字"
    lon, lat = pair
    if abs(lon) > MAX_LONGITUDE or abs(lat) > MAX_LATITUDE:
        remedy = "请检查是否把经度、纬度写反" if abs(lat) > MAX_LATITUDE else "请改正"
        return f"（经度 {lon:g}，纬度 {lat:g}）不在地球上，{remedy}"
    return ""


def pair_text(place: Sequence[float], crs: str) -> str:
    """A place in the CRS of the layers as a file holds it: "[117.000000000, 36.130000000]"."""
    ((lon, lat),) = places_in_degrees([place], crs)
    return f"[{_degrees(lon)}, {_degrees(lat)}]"


def _degrees(value: float) -> str:
    # Nought has no sign, or the text would depend on which side a place was rounded from.
    return f"{round(value, DEGREE_DECIMALS) + 0.0:.{DEGREE_DECIMALS}f}"
