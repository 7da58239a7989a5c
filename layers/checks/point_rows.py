"""The rows of a list of points: corrected, checked, refused or set aside where they are faulty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from coverage.contracts import problem_message
from coverage.errors import Problem
from layers.checked_columns import CheckedColumns, checked_columns
from layers.checks.amounts import merged_remarks
from layers.checks.fates import kept_rows, with_one_fate
from layers.checks.filler_rows import filler_problems, filler_rows
from layers.checks.findings import records_of
from layers.checks.moved_points import row_datums, row_places
from layers.checks.places import zero_places
from layers.checks.placing import placed
from layers.checks.remarks import remark_findings
from layers.checks.row_notices import row_notices
from layers.checks.stated_datums import stated_datums
from layers.columns.caption_units import caption_units
from layers.corrections import KIND, applied, stale
from layers.formats.wkt_columns import wkt_layer
from layers.quality import set_aside
from layers.tables import ensure_one_table, ensure_rows, raise_problems, repeated

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

    from coverage.notices import Notice
    from layers.checks.filler_rows import Filler
    from layers.checks.findings import Finding, Records
    from layers.checks.placing import Placed
    from layers.checks.point_list import PointList
    from layers.checks.remarks import Remark
    from layers.tables import SourceTable

    Points = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class PointRows:
    """
    The rows of a list that are used, n of them.

    Parameters
    ----------
    table
        The rows as text, with corrected cells.
    frame
        Shape (n, mapped columns), names of the contract.
    points
        Shape (n,), in the project's CRS.
    findings
        What was set aside or changed.
    notices
        What must be known beside.
    """

    table: SourceTable
    frame: pd.DataFrame
    points: Points
    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, eq=False)
class PointReading:
    """
    A layer that was made from a list of points, n of them.

    Parameters
    ----------
    layer
        After its contract, rows in the order of the list.
    table
        The rows that are used, as text, with corrected cells.
    findings
        What was set aside or changed.
    notices
        What must be known beside.

    Raises
    ------
    ValueError
        If the layer has not one row for each row that is used.
    """

    layer: gpd.GeoDataFrame
    table: SourceTable
    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...]

    def __post_init__(self) -> None:
        if len(self.layer) != len(self.table):
            msg = f"{len(self.table)} rows are used, the layer has {len(self.layer)}"
            raise ValueError(msg)


def point_rows(table: SourceTable, how: PointList) -> PointRows:
    """
    The rows of a list of points that can be used; nothing is lost in silence.

    With "set_aside", a row goes if a cell that it needs is faulty: its code, its place, its kind
    … A faulty cell that may be empty (beds, level, age groups) is emptied instead, so that a
    clinic with a wrong number of beds still serves. Totals and empty rows go too.

    Parameters
    ----------
    table
        As it was read; it has every column that is mapped.
    how
        How it is to be read.

    Raises
    ------
    CrsError
        If no CRS is declared or named.
    ProjectError
        If the file has no geometry and no coordinate columns are mapped.
    InputError
        Of the contract's class: with "refuse" if any row is faulty, with "set_aside" if a whole
        column is, or every row.
    """
    corrected, changes = applied(table, how.corrections, columns=how.columns)
    changes += _idle_corrections(table, how)
    ensure_rows(corrected, title=how.contract.title, error=how.contract.error)
    ensure_one_table(corrected, error=how.contract.error)
    corrected, shapeless = _with_shapes(corrected, how)
    # What the project says of a unit goes before what stands above the header.
    units = {**caption_units(table.caption_units, how.checked), **how.units}
    checked = checked_columns(corrected, how.contract, how.checked, words=how.words, units=units)
    blank = _blank(corrected, checked, how)
    left_out = {one.row for one in changes if one.done == "set_aside"}
    others = [one for one in how.corrections if one.row not in left_out]
    # What a correction says of the source is held against the source, not the corrected cells.
    datums, reread = row_datums(table, others, columns=how.columns)
    stated, unknown = stated_datums(corrected, how.columns)
    places, moves = row_places(table, others, columns=how.columns)
    point = placed(corrected, how, datums={**stated, **datums}, places=places, shapeless=shapeless)
    point = _without_zeros(point, corrected, how, places)
    fillers = filler_rows(corrected, how.columns)
    frame, lasting, remarks, told = _by_readers(corrected, checked, how)
    frame = frame.assign(**point.columns)
    faults = [*checked.problems, *blank, *point.problems, *unknown]
    severe = [*lasting, *point.unplaced]
    rows = PointRows(corrected, frame, point.points, (), ())
    if how.faulty_rows == "refuse" or any(one.row is None for one in (*faults, *severe)):
        raise_problems(
            [*faults, *severe, *filler_problems(corrected, fillers)],
            table,
            title=how.contract.title,
            error=how.contract.error,
            remedy=how.filled_remedy if blank else "",
        )
    else:
        rows = _sound_rows(rows, faults, severe, how, fillers=fillers)
    records = records_of(corrected, how.columns, points=point.points, crs=how.crs)
    said = remark_findings(
        records, [*merged_remarks(corrected, how.columns), *remarks, *point.remarks]
    )
    findings = with_one_fate([*changes, *reread, *moves, *told, *rows.findings, *said])
    notices = (
        *checked.notices,
        *point.notices,
        *row_notices(table, findings, title=how.contract.title, used=len(rows.table)),
    )
    return PointRows(rows.table, rows.frame, rows.points, findings, notices)


def _idle_corrections(table: SourceTable, how: PointList) -> list[Finding]:
    """Corrections of kinds in a list that has none: nobody else would look at them."""
    if any(one.name == "kind" for one in how.contract.columns):
        return []
    fault = f"{how.contract.title}名录没有设施类别，这条类别改正用不上"
    matters, remedy = "这条改正什么也没有改", "删去这条改正记录"
    return [
        replace(stale(one, table.name, fault), where_it_matters=matters, remedy=remedy)
        for one in how.corrections
        if one.field == KIND
    ]


def _with_shapes(table: SourceTable, how: PointList) -> tuple[SourceTable, list[Problem]]:
    """The table with the shapes that its column of WKT holds, where one is mapped."""
    if "geometry" not in how.columns:
        return table, []
    return wkt_layer(table, how.columns["geometry"])


def _without_zeros(
    point: Placed, table: SourceTable, how: PointList, places: Mapping[int, tuple[float, float]]
) -> Placed:
    """The places without those at 0, 0, each of which is one problem and no other of its place."""
    zeros = {
        at: one for at, one in zero_places(table, how.columns).items() if one.row not in places
    }
    if not zeros:
        return point
    points = point.points.copy()
    points[list(zeros)] = None
    rows = {one.row for one in zeros.values()}
    others = [one for one in point.problems if one.row not in rows]
    return point._replace(points=points, problems=[*others, *zeros.values()])


def _blank(table: SourceTable, checked: CheckedColumns, how: PointList) -> list[Problem]:
    """Cells without a value, though not at fault, in columns that must be filled."""
    faulty = {(problem.row, problem.column) for problem in checked.problems}
    found = []
    for name, rule in how.filled.items():
        column = how.contract_columns[name]
        texts = table.column(column)
        found += [
            Problem(table.rows[at], column, texts.iloc[at][:40], rule)
            for at in np.flatnonzero(checked.frame[name].isna()).tolist()
            if (table.rows[at], column) not in faulty
        ]
    return found


def _by_readers(
    table: SourceTable, checked: CheckedColumns, how: PointList
) -> tuple[pd.DataFrame, list[Problem], list[Remark], list[Finding]]:
    """The frame with the columns of the list's own readers, and all that they and it say."""
    frame = checked.frame
    problems: list[Problem] = []
    remarks = list(checked.remarks)
    findings: list[Finding] = []
    for reader in how.readers.values():
        read = reader(table)
        frame = frame.assign(**read.columns)
        problems += read.problems
        remarks += read.remarks
        findings += read.findings
    return frame, problems, remarks, findings


def _sound_rows(
    rows: PointRows,
    faults: list[Problem],
    severe: list[Problem],
    how: PointList,
    *,
    fillers: Mapping[int, Filler],
) -> PointRows:
    """The rows without fault, and findings on the others and on cells that were emptied."""
    table, frame = rows.table, rows.frame.copy()
    records = records_of(table, how.columns, points=rows.points, crs=how.crs)
    told = [
        records.finding(at, one.check, one.said, done="set_aside") for at, one in fillers.items()
    ]
    no_record = {table.rows[at] for at in fillers}
    faults = [fault for fault in faults if fault.row not in no_record]
    optional = _optional_columns(how)
    severe = [fault for fault in severe if fault.row not in no_record]
    lasting = [*(fault for fault in faults if fault.column not in optional), *severe]
    lasting = _with_repeats(table, lasting, no_record, how)
    emptied = [fault for fault in faults if fault.column in optional]
    changed = _emptied(frame, table, records, emptied, optional)

    keep = ~np.isin(table.rows, list(no_record))
    sound, refused = set_aside(table, lasting, records=records)
    keep &= np.isin(table.rows, sound.rows)
    if not keep.any():
        raise how.contract.error(_none_left(table, lasting, how), lasting)
    return PointRows(
        kept_rows(table, keep),
        frame[keep].reset_index(drop=True),
        rows.points[keep],
        (*told, *refused, *changed),
        (),
    )


def _optional_columns(how: PointList) -> dict[str, list[str]]:
    """Columns of the file whose cells may be empty -> columns of the contract read from them."""
    optional: dict[str, list[str]] = {}
    needed = {how.columns[key] for key in ("lon", "lat", "x", "y") if key in how.columns}
    for column in how.contract.columns:
        name = how.contract_columns.get(column.name)
        if name is None:
            continue
        if column.nullable and column.name not in how.filled:
            optional.setdefault(name, []).append(column.name)
        else:
            needed.add(name)
    return {name: ours for name, ours in optional.items() if name not in needed}


def _with_repeats(
    table: SourceTable, faults: list[Problem], no_record: set[int], how: PointList
) -> list[Problem]:
    """The faults, where a code counts as repeated only if the row that has it first is sound."""
    name = how.columns.get("id")
    if name is None:
        return faults
    others = [fault for fault in faults if fault.column != name]
    gone = no_record | {fault.row for fault in others}
    rest = kept_rows(table, ~np.isin(table.rows, list(gone)))
    return [*others, *repeated(rest, name)]


def _emptied(
    frame: pd.DataFrame,
    table: SourceTable,
    records: Records,
    faults: list[Problem],
    optional: Mapping[str, list[str]],
) -> list[Finding]:
    """Findings on cells that are left out; they are emptied in the frame, which is our own."""
    place = {row: at for at, row in enumerate(table.rows)}
    findings = []
    cells: dict[str, list[int]] = {}
    for fault in faults:
        at = place[fault.row]
        for name in optional[fault.column]:
            cells.setdefault(name, []).append(at)
        findings.append(
            records.of_problem(at, fault, done="changed", said=f"{fault.rule}，按未知处理")
        )
    for name, positions in cells.items():
        frame.loc[positions, name] = np.nan
    return findings


def _none_left(table: SourceTable, faults: list[Problem], how: PointList) -> str:
    message = problem_message(how.contract.title, table.name, faults)
    return f"{how.contract.title}「{table.name}」的 {len(table)} 行没有一行可用。{message}"
