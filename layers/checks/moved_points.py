"""Points that a planner has put elsewhere, or whose row is in another coordinate system."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import shapely

from layers.checks.correction import DATUM, POSITION
from layers.checks.correction_fit import because, place_of
from layers.checks.findings import records_of
from layers.checks.row_identity import row_identities, source_positions
from layers.coordinates import WGS84, transformer_between
from layers.corrections import position, stale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from coverage.errors import Problem
    from layers.checks.correction import Correction
    from layers.checks.findings import Finding
    from layers.tables import SourceTable

    Points = npt.NDArray[np.object_]

UNCLEAR_DATUM: Final = "导入时分不清坐标系，按整份选定的读取"
"""Reason of a correction whose row no evidence tells apart: it is used, and doubted."""


def row_datums(
    table: SourceTable, corrections: Sequence[Correction], *, columns: Mapping[str, str]
) -> tuple[dict[int, str], list[Finding]]:
    """
    The coordinate systems of single rows, as the planner has corrected them.

    Parameters
    ----------
    table
        As it was read.
    corrections
        Those of this file.
    columns
        May map "id" and "name" to columns of the file.

    Returns
    -------
    row_datums
        Row -> name of the system, for `layers.points.locate`.
    findings
        Which rows are read so, and corrections that do not fit.
    """
    chosen = [one for one in corrections if one.field == DATUM]
    if not chosen:
        return {}, []
    records = records_of(table, columns)
    identities = row_identities(table, columns, corrections=corrections)
    stand = source_positions(table, columns)
    named: dict[int, str] = {}
    findings = []
    for one in chosen:
        at, fault = place_of(one, table, records.ids, identities)
        if fault:
            findings.append(stale(one, table.name, fault))
            continue
        named[one.row] = one.new
        if one.reason == UNCLEAR_DATUM:
            said = (
                f"文件混用了坐标系，这一行属于哪一种分不清（离道路都近、都远，或不在研究区内），"
                f"按整份选定的 {one.new} 读取"
            )
            findings.append(records.finding(at, "datum_unclear", said, value=stand[at]))
            continue
        said = f"坐标系改为 {one.new}{because(one)}"
        findings.append(records.finding(at, "moved", said, done="changed"))
    return named, findings


def row_places(
    table: SourceTable, corrections: Sequence[Correction], *, columns: Mapping[str, str]
) -> tuple[dict[int, tuple[float, float]], list[Finding]]:
    """
    Where single rows lie, as the planner has corrected it.

    Parameters
    ----------
    table
        As it was read.
    corrections
        Those of this file.
    columns
        Our names -> columns of the file.

    Returns
    -------
    places
        Row -> longitude and latitude, WGS84.
    findings
        Which rows lie elsewhere, and corrections that do not fit.
    """
    chosen = [one for one in corrections if one.field == POSITION]
    if not chosen:
        return {}, []
    records = records_of(table, columns)
    identities = row_identities(table, columns, corrections=corrections)
    stand = source_positions(table, columns)
    places: dict[int, tuple[float, float]] = {}
    findings = []
    for one in chosen:
        at, fault = place_of(one, table, records.ids, identities)
        if not fault and one.old.strip() != stand[at].strip():
            fault = f"来源的位置已是“{stand[at]}”，不是“{one.old[:40]}”"
        place = position(one.new)
        if fault or place is None:
            findings.append(stale(one, table.name, fault))
            continue
        places[one.row] = place
        said = f"位置改为 {one.new}{because(one)}"
        told = records.finding(at, "moved", said, value=stand[at], done="changed")
        findings.append(replace(told, lon=place[0], lat=place[1]))
    return places, findings


def moved(
    points: Points,
    problems: Sequence[Problem],
    rows: Sequence[int],
    places: Mapping[int, tuple[float, float]],
    *,
    crs: str,
) -> tuple[Points, list[Problem]]:
    """
    Points put where the planner says they are.

    Parameters
    ----------
    points
        Shape (n,), in `crs`; None where at fault.
    problems
        Of the places; those of rows that are moved are settled.
    rows
        Shape (n,), row numbers of the points.
    places
        Row -> longitude and latitude, WGS84.
    crs
        The project's CRS.

    Returns
    -------
    points, problems
        New ones.
    """
    points = points.copy()
    for at, row in enumerate(rows):
        if row in places:
            points[at] = shapely.Point(transformer_between(WGS84, crs).transform(*places[row]))
    return points, [problem for problem in problems if problem.row not in places]
