"""The datums that a list of coordinates may be written in, by what its numbers look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from layers.datums.datum import LATITUDE_FIRST, NORTHING_FIRST, Datum, named_datum
from layers.datums.transformers import WGS84, transformer_between
from layers.datums.zones import ZONE_NUMBER_M, Zone, zone_numbers

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

SHIFTED: Final = ("WGS84", "GCJ-02", "BD-09")
"""The three readings of degrees. CGCS2000 is WGS84 to better than a metre."""

MOST_DEGREES: Final = 180.0

NEAR_MERIDIAN_DEG: Final = 4.6
"""A zone without number is tried if its meridian is this near: its own and its neighbours'."""


@dataclass(frozen=True, eq=False)
class Placed:
    """
    All rows in one reading.

    Parameters
    ----------
    datum
        The reading.
    places
        Shape (n, 2), metres in the project's CRS; NaN where a row has no place in it.
    inside
        Shape (n,), whether it lies in the study area.
    """

    datum: Datum
    places: FloatArray
    inside: BoolArray

    @property
    def share_inside(self) -> float:
        """Share of the rows that lie in the study area."""
        return float(self.inside.mean()) if len(self.inside) else 0.0


def is_projected(x: FloatArray, y: FloatArray) -> BoolArray:
    """Shape (n,): whether a value beyond 180 says that the row is in metres, not degrees."""
    return (np.abs(x) > MOST_DEGREES) | (np.abs(y) > MOST_DEGREES)


def likely_datums(x: FloatArray, y: FloatArray, *, area: shapely.Geometry, crs: str) -> list[Datum]:
    """
    The datums worth trying, those of degrees first.

    Parameters
    ----------
    x, y
        Shape (n,), as they stand in the file.
    area
        Study area in `crs`.
    crs
        The project's CRS.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    metres = finite & is_projected(x, y)
    names = []
    if (finite & ~metres).any():
        names = [*SHIFTED, *(f"{name} {LATITUDE_FIRST}" for name in SHIFTED)]
    if metres.any():
        middle = shapely.centroid(area)
        lon = transformer_between(crs, WGS84).transform(middle.x, middle.y)[0]
        for easting, suffix in ((x[metres], ""), (y[metres], f" {NORTHING_FIRST}")):
            names.extend(f"EPSG:{epsg}{suffix}" for epsg in _zone_codes(easting, lon))
    return [named_datum(name, where="") for name in names]


def placed(
    x: FloatArray, y: FloatArray, datum: Datum, *, area: shapely.Geometry, crs: str
) -> Placed:
    """All rows in one reading; parameters are those of `likely_datums`."""
    places = np.column_stack(datum.to(x, y, crs=crs))
    inside = np.zeros(len(places), dtype=bool)
    known = np.isfinite(places[:, 0])
    inside[known] = shapely.intersects_xy(area, *places[known].T)
    return Placed(datum, places, inside)


def as_written(tried: list[Placed]) -> Placed:
    """The reading without a shift, in the order and CRS that put most rows into the area."""
    most = max(tried, key=lambda one: int(one.inside.sum()))
    plain = (
        one
        for one in tried
        if one.datum.crs == most.datum.crs
        and one.datum.northing_first == most.datum.northing_first
        and one.datum.shift == "none"
    )
    return next(plain, most)


def _zone_codes(easting: FloatArray, lon: float) -> list[int]:
    """EPSG codes that eastings may be in: by their zone number, or the zones about `lon`."""
    front = np.unique(np.floor_divide(easting, ZONE_NUMBER_M)).astype(int).tolist()
    codes = [
        Zone(number, has_number=True).epsg
        for width in (3, 6)
        for number in zone_numbers(width)
        if number in front
    ]
    if 0 in front:
        # zones of 6 degrees without number are those of 3 degrees on the same meridian
        about = (Zone(number, has_number=False) for number in zone_numbers(3))
        codes.extend(z.epsg for z in about if abs(z.meridian - lon) <= NEAR_MERIDIAN_DEG)
    return codes
