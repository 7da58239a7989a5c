"""The shifts of Chinese web maps: GCJ-02 (Amap, Tencent) and BD-09 (Baidu), and back again.

Neither is published by those who apply it. The formulas are the ones that have been in public use
since 2010 ("wgtochina_lb", passed on by the eviltransform and coordtransform projects); the
constants are theirs, to the digit.

Nothing outside `CHINA_BOX` is shifted. The box is the usual one and coarse: it holds Hong Kong,
Macau and Taiwan and parts of the neighbouring countries, where services differ and change (Amap
shifts Hong Kong and Macau but not Taiwan; Google's maps shift none of the three). So the formula is
applied to what its user declares as GCJ-02 or BD-09, and coordinates of these places should be
looked at on the map first.

Whether a point is shifted is decided by where it truly lies, in every datum alike: a coordinate is
un-shifted only if that leads into the box. Round trips therefore hold up to the very edge of the
box. Within about a kilometre of that edge, far from any Chinese land, one shifted coordinate can
stand for two places, one inside and one outside; the one inside is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    Place = tuple[FloatArray, FloatArray]
    Formula = Callable[[FloatArray, FloatArray], Place]

CHINA_BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north in degrees, edges included: outside it nothing is shifted."""

SEMI_MAJOR_M: Final = 6_378_245.0
ECCENTRICITY_SQUARED: Final = 0.00669342162296594323
"""Krasovsky's ellipsoid of 1940, with which the GCJ-02 formula turns metres into degrees."""

GCJ_CENTRE: Final = (105.0, 35.0)
"""Degrees about which the polynomial of GCJ-02 is written."""

BAIDU_OFFSET: Final = (0.0065, 0.006)
"""Degrees that BD-09 adds after turning and stretching."""

BAIDU_STRETCH: Final = 0.00002
BAIDU_TURN: Final = 0.000003
BAIDU_WAVE: Final = np.pi * 3000.0 / 180.0

STEPS: Final = 20
"""At most so many rounds of the inverse. Each gains a digit and a half or more, so eight are enough
for double precision; the rest is for the places where the formula has a kink."""

SETTLED_DEG: Final = 1e-12
"""Correction in degrees (a tenth of a micrometre) below which the inverse stops. Each is a
fiftieth of the one before or less, so what it leaves is near the rounding of a degree."""


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Place:
    """
    GCJ-02 of WGS84 coordinates.

    Parameters
    ----------
    lon, lat
        Degrees, numbers or arrays that broadcast. NaN and inf come back as they are.

    Returns
    -------
    lon, lat
        Degrees, of the broadcast shape.

    References
    ----------
    See the head of the module.

    Examples
    --------
    >>> [round(float(value), 6) for value in wgs84_to_gcj02(117.0, 36.65)]
    [117.00584, 36.650252]
    """
    return _forward(lon, lat, _gcj02)


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Place:
    """BD-09 of WGS84 coordinates; see `wgs84_to_gcj02`."""
    return _forward(lon, lat, _bd09_of_wgs84)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Place:
    """
    WGS84 of GCJ-02 coordinates, to a nanometre of what `wgs84_to_gcj02` takes there.

    Parameters and result are those of `wgs84_to_gcj02`. GCJ-02 has no inverse in closed form; it
    is found by iteration: the shift is taken at the last guess and subtracted.
    """
    return _backward(lon, lat, _wgs84_of_gcj02, _unchanged)


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Place:
    """WGS84 of BD-09 coordinates; see `gcj02_to_wgs84`."""
    return _backward(lon, lat, _wgs84_of_bd09, _unchanged)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Place:
    """BD-09 of GCJ-02 coordinates; see `wgs84_to_gcj02`."""
    return _backward(lon, lat, _wgs84_of_gcj02, _bd09_of_wgs84)


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Place:
    """GCJ-02 of BD-09 coordinates; see `gcj02_to_wgs84`."""
    return _backward(lon, lat, _wgs84_of_bd09, _gcj02)


def in_china_box(lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether WGS84 coordinates lie in `CHINA_BOX`; False for NaN and inf."""
    west, south, east, north = CHINA_BOX
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _forward(lon: npt.ArrayLike, lat: npt.ArrayLike, shift: Formula) -> Place:
    x, y = _copies(lon, lat)
    inside = in_china_box(x, y)
    x[inside], y[inside] = shift(x[inside], y[inside])
    return x[()], y[()]


def _backward(lon: npt.ArrayLike, lat: npt.ArrayLike, to_wgs84: Formula, onward: Formula) -> Place:
    """Where un-shifting leads into the box, the result of it, taken onward to another datum."""
    x, y = _copies(lon, lat)
    # no shift is as large as a degree, so what lies farther off needs no iteration
    west, south, east, north = CHINA_BOX
    near = (x > west - 1) & (x < east + 1) & (y > south - 1) & (y < north + 1)
    true_x, true_y = to_wgs84(x[near], y[near])
    inside = _in_box_about(true_x, true_y)
    x[near], y[near] = (
        np.where(inside, moved, as_is)
        for moved, as_is in zip(onward(true_x, true_y), (x[near], y[near]), strict=True)
    )
    return x[()], y[()]


def _in_box_about(lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.bool_]:
    """`in_china_box` for a computed point, which may miss an edge by the last digits."""
    west, south, east, north = CHINA_BOX
    slack = 1e-11
    return (
        (lon >= west - slack)
        & (lon <= east + slack)
        & (lat >= south - slack)
        & (lat <= north + slack)
    )


def _copies(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Place:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    return x.copy(), y.copy()


def _unchanged(lon: FloatArray, lat: FloatArray) -> Place:
    return lon, lat


def _gcj02(lon: FloatArray, lat: FloatArray) -> Place:
    x, y = lon - GCJ_CENTRE[0], lat - GCJ_CENTRE[1]
    root, ripple = np.sqrt(np.abs(x)), _waves(x, 20.0, 6.0) + _waves(x, 20.0, 2.0)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north_m += _waves(y, 20.0, 1.0) + _waves(y, 40.0, 1 / 3)
    north_m += _waves(y, 160.0, 1 / 12) + _waves(y, 320.0, 1 / 30)
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east_m += _waves(x, 20.0, 1.0) + _waves(x, 40.0, 1 / 3)
    east_m += _waves(x, 150.0, 1 / 12) + _waves(x, 300.0, 1 / 30)
    # metres to degrees by the two radii of curvature
    angle = np.radians(lat)
    squared = 1 - ECCENTRICITY_SQUARED * np.sin(angle) ** 2
    meridian_m = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / squared**1.5
    parallel_m = SEMI_MAJOR_M / np.sqrt(squared) * np.cos(angle)
    return lon + np.degrees(east_m / parallel_m), lat + np.degrees(north_m / meridian_m)


def _waves(degrees: FloatArray, metres: float, per_degree: float) -> FloatArray:
    return metres * 2 / 3 * np.sin(degrees * per_degree * np.pi)


def _bd09(lon: FloatArray, lat: FloatArray) -> Place:
    radius = np.hypot(lon, lat) + BAIDU_STRETCH * np.sin(lat * BAIDU_WAVE)
    angle = np.arctan2(lat, lon) + BAIDU_TURN * np.cos(lon * BAIDU_WAVE)
    return radius * np.cos(angle) + BAIDU_OFFSET[0], radius * np.sin(angle) + BAIDU_OFFSET[1]


def _bd09_of_wgs84(lon: FloatArray, lat: FloatArray) -> Place:
    return _bd09(*_gcj02(lon, lat))


def _wgs84_of_gcj02(lon: FloatArray, lat: FloatArray) -> Place:
    return _solved(lon, lat, _gcj02)


def _wgs84_of_bd09(lon: FloatArray, lat: FloatArray) -> Place:
    return _wgs84_of_gcj02(*_solved(lon, lat, _bd09))


def _solved(lon: FloatArray, lat: FloatArray, shift: Formula) -> Place:
    """The place that `shift` takes to the one given; found for each point by itself."""
    x, y = lon.copy(), lat.copy()
    left = np.arange(len(x))
    for _ in range(STEPS):
        shifted_x, shifted_y = shift(x[left], y[left])
        off_x, off_y = lon[left] - shifted_x, lat[left] - shifted_y
        x[left] += off_x
        y[left] += off_y
        left = left[np.maximum(np.abs(off_x), np.abs(off_y)) >= SETTLED_DEG]
        if not len(left):
            break
    return x, y
