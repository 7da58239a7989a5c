"""Corrections that a planner makes on screen: kept beside the project, never written into a source.

A correction names a row and what stood there. Where that is no longer so, the source was changed in
the meantime; the correction is then left out and told, for it may be wrong by now.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from coverage.contracts import problem_message
from coverage.errors import InputError, OutputError, Problem
from layers.checks.correction import (
    COLUMN,
    DATUM,
    KIND,
    NOT_USED,
    POSITION,
    USE,
    Correction,
)
from layers.checks.correction_fit import because, place_of
from layers.checks.fates import kept_rows
from layers.checks.findings import Finding, records_of
from layers.checks.row_identity import row_identities
from layers.formats.outline import ReadingOptions
from layers.formats.text_tables import read_text_table
from layers.kept.changed_file import changing, write_whole
from layers.paths import system_reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layers.tables import SourceTable

_FIELDS: Final = (POSITION, DATUM, KIND, USE)

TITLE: Final = "改正记录"

_QUOTED: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""A cell that begins so gets an apostrophe in front, which reading takes away again: the file may
be opened in a spreadsheet, and cells of sources come from anywhere."""


HEADER: Final = tuple(one.name for one in fields(Correction))

_LATER: Final = "identity"
"""Column that files of earlier versions do not have."""


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """
    The corrections of a project.

    Parameters
    ----------
    path
        The file; where there is none, there are no corrections.

    Returns
    -------
    corrections
        In the order of the file; of several on the same value only the last.

    Raises
    ------
    SourceError
        If the file cannot be read.
    InputError
        With every line that makes no sense.
    """
    if not path.exists():
        return ()
    table = read_text_table(path, options=ReadingOptions(header_row=1))
    needed = [name for name in HEADER if name != _LATER]
    missing = [name for name in needed if name not in table.cells.columns]
    if missing:
        msg = (
            f"{TITLE}「{path.name}」没有 {'、'.join(missing)} 列。"
            f"表头应为 {'、'.join(needed)}，请补上，或移走这个文件。"
        )
        raise InputError(msg, [Problem(None, name, "", "缺少这一列") for name in missing])
    found: list[Problem] = []
    corrections: dict[tuple[str, int, str], Correction] = {}
    lines = table.cells.reindex(columns=list(HEADER), fill_value="")
    for row, cells in zip(table.rows, lines.itertuples(index=False), strict=True):
        values = dict(zip(HEADER, (_unquoted(text) for text in cells), strict=True))
        faults = [Problem(row, name, values[name][:40], rule) for name, rule in _faults(values)]
        found += faults
        if not faults:
            one = Correction(**values | {"row": int(values["row"])})
            corrections[one.key] = one
    if found:
        raise InputError(problem_message(TITLE, path.name, found), found)
    return tuple(corrections.values())


def with_correction(path: Path, correction: Correction) -> tuple[Correction, ...]:
    """
    Record a correction; an earlier one of the same value is replaced.

    A correction back to what the source says takes the earlier one away.

    Parameters
    ----------
    path
        The file; made where it does not exist.
    correction
        The new one.

    Returns
    -------
    corrections
        All that the file now holds.

    Raises
    ------
    SourceError, InputError
        If the file is there and cannot be read.
    OutputError
        If it cannot be written; the old file is then untouched.
    """
    wrong = _faults({name: str(getattr(correction, name)) for name in HEADER})
    if wrong:
        found = [Problem(correction.row, name, "", rule) for name, rule in wrong]
        raise InputError(problem_message(TITLE, path.name, found), found)
    try:
        with changing(path):
            kept = {one.key: one for one in read_corrections(path)}
            kept[correction.key] = correction
            if correction.new == correction.old:
                del kept[correction.key]
            corrections = tuple(kept.values())
            write_corrections(path, corrections)
    except OSError as error:
        msg = (
            f"{TITLE}「{path.name}」写不进去（{system_reason(error)}），原有的记录没有改动。"
            "请检查文件夹权限和磁盘空间，关闭正在打开它的程序后重试。"
        )
        raise OutputError(msg) from error
    return corrections


def write_corrections(path: Path, corrections: Sequence[Correction]) -> None:
    """
    Write all corrections of a project in one step.

    Parameters
    ----------
    path
        The file; an old one is replaced.
    corrections
        In the order of the file.

    Raises
    ------
    OSError
        If the file cannot be written; an old one is then untouched.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows([_quoted(str(value)) for value in astuple(one)] for one in corrections)
    write_whole(path, text.getvalue().encode("utf-8-sig", errors="replace"))


def of_file(corrections: Sequence[Correction], file: str) -> tuple[Correction, ...]:
    """The corrections of one source, named as `Correction.file` names it."""
    return tuple(one for one in corrections if one.file == file)


def of_no_file(corrections: Sequence[Correction], files: Sequence[str]) -> list[Finding]:
    """
    A finding for each file that has corrections and is none of the project's.

    Parameters
    ----------
    corrections
        All of a project.
    files
        The sources that the project reads, named as `Correction.file` names them.
    """
    counts = Counter(one.file for one in corrections if one.file not in set(files))
    return [
        Finding(
            file=file,
            row=None,
            check="stale_correction",
            found=f"项目里没有这个文件，{count} 条改正记录没有用上",
        )
        for file, count in counts.items()
    ]


def applied(
    table: SourceTable,
    corrections: Sequence[Correction],
    *,
    columns: Mapping[str, str] | None = None,
) -> tuple[SourceTable, list[Finding]]:
    """
    A table with its cells corrected and without the rows that the planner set aside.

    Positions and datums are no matter of cells, `layers.checks.moved_points` sees to them; nor are
    kinds, see `layers.columns.row_kinds`.

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
    table
        A new table; applying the same corrections to it again changes nothing.
    findings
        What was changed, set aside, or could not be applied.
    """
    if not corrections:
        return table, []
    records = records_of(table, columns or {})
    identities = row_identities(table, columns, corrections=corrections) if columns else []
    cells = table.cells.copy()
    keep = np.ones(len(table), dtype=bool)
    findings: list[Finding] = []
    for one in corrections:
        if one.field in (POSITION, DATUM, KIND):
            continue  # told where they are applied, and once only
        at, fault = place_of(one, table, records.ids, identities)
        if fault:
            findings.append(stale(one, table.name, fault))
        elif one.field == USE:
            keep[at] = False
            text = f"按改正记录不采用{because(one)}"
            findings.append(records.finding(at, "planner_set_aside", text, done="set_aside"))
        elif one.field.startswith(COLUMN):
            name = one.field.removeprefix(COLUMN)
            cells.iloc[at, cells.columns.get_loc(name)] = one.new
            text = f"“{one.old[:40]}”改为“{one.new[:40]}”{because(one)}"
            findings.append(
                records.finding(at, "corrected", text, column=name, value=one.old, done="changed")
            )
    return kept_rows(replace(table, cells=cells), keep), findings


def stale(correction: Correction, file: str, fault: str) -> Finding:
    """The finding for a correction that does not fit its source any more."""
    return Finding(
        file=file,
        row=correction.row,
        check="stale_correction",
        found=f"改正没有用上：{fault}",
        record_id=correction.record,
        column=correction.field.removeprefix(COLUMN),
        value=correction.new,
    )


def position(text: str) -> tuple[float, float] | None:
    """
    Longitude and latitude from the `new` of a position; None where it is none.

    Examples
    --------
    >>> position("114.9, 37.6"), position("37.6, 114.9"), position("here")
    ((114.9, 37.6), None, None)
    """
    parts = text.replace("，", ",").split(",")
    try:
        lon, lat = (float(part) for part in parts)
    except ValueError:
        return None
    on_globe = math.isfinite(lon) and abs(lon) <= 180 and abs(lat) <= 90  # noqa: PLR2004 - the globe
    return (lon, lat) if on_globe else None


def position_text(lon: float, lat: float) -> str:
    """
    Longitude and latitude as a position is written, to a centimetre.

    Examples
    --------
    >>> position_text(114.9, 37.6)
    '114.9, 37.6'
    """
    return f"{round(lon, 7):.10g}, {round(lat, 7):.10g}"


def _faults(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name and rule of every value of a line that makes no sense."""
    found = []
    if not values["file"]:
        found.append(("file", "不得为空"))
    if not (values["row"].isascii() and values["row"].isdigit()):
        found.append(("row", "应为行号"))
    field, new = values["field"], values["new"]
    if field not in _FIELDS and not field.removeprefix(COLUMN):
        found.append(("field", "不得为空"))
    elif field not in _FIELDS and not field.startswith(COLUMN):
        rule = f"只能是 {'、'.join(_FIELDS)}，或 {COLUMN} 加列名"
        found.append(("field", rule))
    if field == POSITION and new != values["old"] and position(new) is None:
        found.append(("new", "应为 WGS84 的“经度, 纬度”"))
    if field == USE and new not in (NOT_USED, values["old"]):
        found.append(("new", f"只能是 {NOT_USED}"))
    if field in (DATUM, KIND) and not new and values["old"]:
        found.append(("new", "不得为空"))
    return found


def _quoted(text: str) -> str:
    return f"'{text}" if text.startswith(_QUOTED) else text


def _unquoted(text: str) -> str:
    return text.removeprefix("'")
