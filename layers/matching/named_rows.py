"""Rows of a list without coordinates, placed by the village, township or code that they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.errors import Problem
from layers.checks.filler_rows import is_total
from layers.checks.remarks import Remark
from layers.columns.units import is_blank
from layers.matching.addresses import place_by_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from layers.tables import SourceTable

    Points = npt.NDArray[np.object_]

NAMING: Final = ("village", "township", "address", "name", "county")
"""Columns that name a place, the most telling first."""

PAIRS: Final = (("lon", "lat"), ("x", "y"))

_COUNTY: Final = re.compile(r"[\u3400-\u9fff]{1,10}(?:县|旗|(?<![社小校院园景库])区)")


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """
    The places that rows may name.

    Parameters
    ----------
    zones
        Contract `ZONES`.
    demand
        Contract `DEMAND`, the villages; None where there are none to go by.
    county
        Name of the county; an address that names another is left alone. "" does not ask.
    """

    zones: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame | None = None
    county: str = ""

    def villages(self) -> gpd.GeoDataFrame:
        """The villages whose place is known by coordinates: a guess is not built on a guess."""
        if self.demand is None:
            nothing = {name: pd.Series([], dtype="str") for name in ("demand_name", "zone_id")}
            return gpd.GeoDataFrame(nothing, geometry=[], crs=self.zones.crs)
        if "place_precision" not in self.demand:
            return self.demand
        return self.demand[self.demand["place_precision"].isna()]


class NamedRows(NamedTuple):
    """
    Rows placed by what they name, n of them.

    Parameters
    ----------
    points
        Shape (n,), in the CRS of the zones; None where no place was found.
    precision
        Shape (n,), `coverage.contracts.PLACE_PRECISIONS`, "" where no place was found.
    problems
        Of rows without a place: what came into question.
    remarks
        Of the others: where they were put.
    """

    points: Points
    precision: list[str]
    problems: list[Problem]
    remarks: list[Remark]


def county_named(project: str) -> str:
    """
    The county that a project is called after; "" where its name is none of a county.

    Examples
    --------
    >>> county_named("示例县"), county_named("示例县（2026 年）"), county_named("某社区")
    ('示例县', '', '')
    """
    return project if _COUNTY.fullmatch(project) else ""


def without_place(table: SourceTable, columns: Mapping[str, str]) -> npt.NDArray[np.bool_]:
    """
    Rows that give no coordinates and no shape at all.

    Parameters
    ----------
    table
        With n rows.
    columns
        Our names -> columns of the file.

    Returns
    -------
    bare
        Shape (n,); a row with one coordinate of two is not among them, it is at fault.
    """
    for pair in PAIRS:
        if all(key in columns for key in pair):
            blank = [[is_blank(text) for text in _texts(table, columns[key])] for key in pair]
            return np.array(blank, dtype=bool).all(axis=0)
    if table.geometry is None:
        return np.ones(len(table), dtype=bool)
    shapes = np.asarray(table.geometry, dtype=object)
    return shapely.is_missing(shapes) | shapely.is_empty(shapes)


def named_rows(
    table: SourceTable, columns: Mapping[str, str], *, gazetteer: Gazetteer
) -> NamedRows:
    """
    Rows placed by the names and codes that they give.

    Parameters
    ----------
    table
        The rows to be placed, n of them.
    columns
        Our names -> columns of the file.
    gazetteer
        The places that they may name.
    """
    if not len(table):
        return NamedRows(np.zeros(0, dtype=object), [], [], [])
    names = [columns[key] for key in NAMING if key in columns]
    cells = [_texts(table, name) for name in names]
    texts = list(zip(*cells, strict=True)) if cells else [()] * len(table)
    codes = _texts(table, columns["zone_code"]) if "zone_code" in columns else None
    placed = place_by_name(
        [[text for text in row if not is_blank(text)] for row in texts],
        demand=gazetteer.villages(),
        zones=gazetteer.zones,
        county=gazetteer.county,
        codes=codes,
    ).table
    problems: list[Problem] = []
    remarks: list[Remark] = []
    points = np.asarray(placed.geometry, dtype=object).copy()
    precision = placed["precision"].tolist()
    for at, (row, said) in enumerate(zip(table.rows, placed["reason"], strict=True)):
        name, text = next(
            ((n, text) for n, text in zip(names, texts[at], strict=True) if text), ("", "")
        )
        total = next(((n, t) for n, t in zip(names, texts[at], strict=True) if is_total(t)), None)
        if total is not None:
            # A subtotal names its township, and is no village in it.
            points[at], precision[at] = None, ""
            problems.append(Problem(row, total[0], total[1][:40], "像是合计行，没有落点"))
        elif precision[at]:
            remarks.append(Remark(row, name, text, said, "placed_by_name", "changed"))
        else:
            problems.append(Problem(row, name, text[:40], f"没有坐标，{said}"))
    return NamedRows(points, precision, problems, remarks)


def _texts(table: SourceTable, name: str) -> list[str]:
    return table.column(name).to_numpy(dtype=object).tolist()
