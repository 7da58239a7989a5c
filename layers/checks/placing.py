"""Where the rows of a list lie: as the planner corrected it, by coordinates, or by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from layers.checks.fates import kept_rows
from layers.checks.moved_points import moved
from layers.checks.stated_datums import says_every_datum
from layers.coordinates import WGS84
from layers.matching.named_rows import named_rows, without_place
from layers.points import crs_assumed, locate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from coverage.errors import Problem
    from coverage.notices import Notice
    from layers.checks.point_list import PointList
    from layers.checks.remarks import Remark
    from layers.tables import SourceTable

    Points = npt.NDArray[np.object_]

PRECISION = "place_precision"
"""Column of the layer that says which places are no more than approximate."""


class Placed(NamedTuple):
    """
    The places of n rows.

    Parameters
    ----------
    points
        Shape (n,), in the project's CRS; None where there is none.
    problems
        Of coordinates.
    unplaced
        Of rows without coordinates that name no place, or more than one.
    remarks
        Rows that were placed by name.
    notices
        What was decided about the CRS.
    columns
        `PRECISION` where rows may be placed by name.
    """

    points: Points
    problems: list[Problem]
    unplaced: list[Problem]
    remarks: list[Remark]
    notices: list[Notice]
    columns: dict[str, pd.Series]


def placed(
    table: SourceTable,
    how: PointList,
    *,
    datums: Mapping[int, str],
    places: Mapping[int, tuple[float, float]],
    shapeless: Sequence[Problem],
) -> Placed:
    """
    The places of the rows of a list.

    Parameters
    ----------
    table
        With corrected cells.
    how
        How the list is to be read.
    datums
        Row -> its datum, where the planner corrected it.
    places
        Row -> longitude and latitude, WGS84, where the planner corrected it.
    shapeless
        Rows whose shape cannot be read.

    Raises
    ------
    CrsError, ProjectError
        As `layers.points.locate` does.
    """
    no_shape = {problem.row for problem in shapeless}
    bare = np.zeros(len(table), dtype=bool)
    if how.gazetteer is not None:
        bare = without_place(table, how.columns) & ~np.isin(table.rows, list(no_shape))
    points = np.full(len(table), None, dtype=object)
    found: list[Problem] = list(shapeless)
    notices: list[Notice] = []
    if not bare.all() or how.gazetteer is None:
        points[~bare], misplaced, notices = _by_coordinates(kept_rows(table, ~bare), how, datums)
        found += [problem for problem in misplaced if problem.row not in no_shape]
    points, found = moved(points, found, table.rows, places, crs=how.crs)
    if how.gazetteer is None:
        return Placed(points, found, [], [], notices, {})
    by_name = np.flatnonzero(bare & ~np.isin(table.rows, list(places)))
    chosen = np.isin(np.arange(len(table)), by_name)
    named = named_rows(kept_rows(table, chosen), how.columns, gazetteer=how.gazetteer)
    points[by_name] = named.points
    precision = pd.Series([np.nan] * len(table), dtype="str")
    precision.iloc[by_name] = [text or np.nan for text in named.precision]
    columns = {PRECISION: precision}
    return Placed(points, found, named.problems, named.remarks, notices, columns)


def _by_coordinates(
    table: SourceTable, how: PointList, datums: Mapping[int, str]
) -> tuple[Points, list[Problem], list[Notice]]:
    """The points of the rows that have coordinates or a shape."""
    source_crs = how.source_crs
    assumed: list[Notice] = []
    declared = table.geometry.crs if table.geometry is not None else None
    if "geometry" in how.columns and source_crs is None and declared is None:
        source_crs = WGS84
        assumed = [crs_assumed(table, title=how.contract.title, section=how.section)]
    if source_crs is None and declared is None and says_every_datum(table, how.columns):
        source_crs = WGS84
    points, found, notices = locate(
        table,
        columns=how.columns,
        source_crs=source_crs,
        crs=how.crs,
        area=how.area,
        contract=how.contract,
        section=how.section,
        row_datums={row: name for row, name in datums.items() if row in set(table.rows)},
    )
    return points, found, [*assumed, *notices]
