"""Which columns of a planner's tables hold what: the `columns` of a project file's tables."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from layers.columns.quantities import QUANTITIES, USUAL_UNITS
from layers.columns.units import OWN_UNITS, unit_factor
from layers.settings import Settings

Text = Annotated[str, Field(min_length=1)]


class _Columns(Settings):
    """Our names -> the planner's column names."""

    def mapping(self) -> dict[str, str]:
        """The names that are mapped."""
        return self.model_dump(exclude_none=True)


class PlaceColumns(_Columns):
    """Columns that say which row it is and where: one pair of numbers, in degrees or in metres."""

    id: Text | None = None
    name: Text | None = None
    lon: Text | None = None
    lat: Text | None = None
    x: Text | None = None
    y: Text | None = None

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        for one, other in (("lon", "lat"), ("x", "y")):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                msg = f"里 {one} 和 {other} 要成对写"
                raise ValueError(msg)
        if self.lon is not None and self.x is not None:
            msg = "里 lon、lat 和 x、y 只能写一对"
            raise ValueError(msg)
        return self


class _PointColumns(PlaceColumns):
    """
    Columns of a list of points.

    `geometry` is a column of WKT, for a plain table; `address`, `township`, `county` and
    `zone_code` place rows without coordinates, and a `zone_code` is held against the place;
    `datum` says row by row what coordinate system its numbers are in.
    """

    geometry: Text | None = None
    address: Text | None = None
    township: Text | None = None
    county: Text | None = None
    zone_code: Text | None = None
    datum: Text | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        pair = "lon、lat" if self.lon is not None else "x、y" if self.x is not None else ""
        if self.geometry is not None and pair:
            msg = f"里 geometry（WKT）和 {pair} 只能写一样"
            raise ValueError(msg)
        return self


class BoundaryColumns(_Columns):
    """
    `[boundaries] columns`.

    `geometry` is a column of WKT polygons, for a plain table; `population` the persons of each
    zone, which the demand in it is held against.
    """

    id: Text | None = None
    name: Text | None = None
    geometry: Text | None = None
    population: Text | None = None


class ZonePeopleColumns(_Columns):
    """`[boundaries] people`: `id` or `name` finds the zone, `population` its persons."""

    id: Text | None = None
    name: Text | None = None
    population: Text

    @model_validator(mode="after")
    def _joined(self) -> Self:
        if self.id is None and self.name is None:
            msg = "里要写 id 或 name（按代码或名称与行政边界对应）"
            raise ValueError(msg)
        return self


class DemandColumns(_PointColumns):
    """`[demand] columns`."""

    population: Text | None = None
    population_60plus: Text | None = None
    population_0_3: Text | None = None
    settlement: Text | None = None
    origin: Text | None = None


class FacilityColumns(_PointColumns):
    """
    `[[facilities]] columns`.

    `turnout_minutes` becomes `turnout_s` of the contract; `village` places rows without
    coordinates; `category` and `category_code` tell kinds that are to be recognised; `features`
    is a column that holds all features in one text ("康复医学科：是；老年友善：否").
    """

    kind: Text | None = None
    level: Text | None = None
    ownership: Text | None = None
    capacity_beds: Text | None = None
    capacity_nursing_beds: Text | None = None
    capacity_childcare_places: Text | None = None
    staff_physicians: Text | None = None
    staff_tcm_physicians: Text | None = None
    staff_nurses: Text | None = None
    staff_pharmacists: Text | None = None
    staff_public_health: Text | None = None
    staff_general_practitioners: Text | None = None
    area_m2: Text | None = None
    land_area_m2: Text | None = None
    turnout_minutes: Text | None = None
    features: Text | None = None
    origin: Text | None = None
    village: Text | None = None
    category: Text | None = None
    category_code: Text | None = None


class _Units(_Columns):
    """Our names of columns -> the unit that the planner's column is in."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for key, unit in self.mapping().items():
            quantity = QUANTITIES[key]
            if math.isnan(unit_factor(unit, quantity=quantity)):
                own, usual = OWN_UNITS[quantity], USUAL_UNITS[quantity]
                msg = f"里 {key} 的单位“{unit[:20]}”不能换算成{own}，可以写 {usual}"
                raise ValueError(msg)
        return self


class ZonePeopleUnits(_Units):
    """`[boundaries] people` units."""

    population: Text | None = None


class DemandUnits(_Units):
    """`[demand] units`."""

    population: Text | None = None
    population_60plus: Text | None = None
    population_0_3: Text | None = None


class FacilityUnits(_Units):
    """`[[facilities]] units`."""

    capacity_beds: Text | None = None
    capacity_nursing_beds: Text | None = None
    capacity_childcare_places: Text | None = None
    staff_physicians: Text | None = None
    staff_tcm_physicians: Text | None = None
    staff_nurses: Text | None = None
    staff_pharmacists: Text | None = None
    staff_public_health: Text | None = None
    staff_general_practitioners: Text | None = None
    area_m2: Text | None = None
    land_area_m2: Text | None = None
    turnout_minutes: Text | None = None
