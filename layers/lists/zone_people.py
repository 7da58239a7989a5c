"""People of zones from a table without shapes: joined to the boundaries by code, else by name.

Only a row that names the zone itself counts: the code of a village within it, or of the county
around it, is another unit, and adding it up would count people twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd
import shapely

from coverage.contracts import MOST_PERSONS, problem_message
from coverage.errors import BoundaryError, Problem
from layers.checks.amounts import merged_remarks
from layers.checks.filler_rows import filler_rows
from layers.checks.findings import Records, degrees, records_of
from layers.checks.project_ledger import people_label
from layers.checks.remarks import remark_findings
from layers.checks.row_notices import reading_notices, row_notices
from layers.columns.caption_units import caption_units
from layers.columns.quantities import converted_notice, read_amounts
from layers.matching.names import plain_name, zone_stem
from layers.matching.zone_codes import (
    COUNTY_DIGITS,
    LEVEL_DIGITS,
    LEVEL_NAMES,
    read_zone_codes,
    significant_digits,
)
from layers.matching.zones import ZoneNames
from layers.quality import Ledger
from layers.sources import read_table
from layers.tables import ensure_columns, ensure_one_table, ensure_rows, raise_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from coverage.notices import Notice
    from layers.checks.findings import Finding
    from layers.project import Project
    from layers.tables import SourceTable

TITLE: Final = "行政单元人口"

SECTION: Final = "[boundaries] people"


@dataclass(frozen=True, eq=False)
class ZonePeople:
    """
    The people of zones as a table gives them, n rows and m zones.

    Parameters
    ----------
    totals
        Shape (m,), persons by zone id; NaN where the table gives none.
    zone_of_row
        Shape (n,), zone id of each row that is used; null where it is set aside.
    ledger
        Of the table: rows used + rows set aside = rows read.
    notices
        What became of the rows, and a unit that was converted.
    """

    totals: pd.Series
    zone_of_row: pd.Series
    ledger: Ledger
    notices: tuple[Notice, ...]


class _Joined(NamedTuple):
    """What a row says of its zone; `fault` where it names none, `doubt` where it is to be told."""

    zone_id: str | None
    fault: str = ""
    doubt: str = ""
    check: str = ""


def project_zone_people(project: Project, zones: gpd.GeoDataFrame) -> ZonePeople | None:
    """
    The people of zones that a project names in a table of their own; None where it names none.

    Parameters
    ----------
    project
        The checked project file.
    zones
        Contract `ZONES`.

    Raises
    ------
    SourceError, BoundaryError
        If the table cannot be read, or none of its rows can be used.
    """
    named = project.settings.boundaries.people
    if named is None:
        return None
    table = read_table(project.path(named.file or ""), options=named.reading())
    return read_zone_people(
        table,
        zones=zones,
        columns=named.columns.mapping(),
        units=named.units.mapping(),
        label=people_label(project),
    )


def read_zone_people(
    table: SourceTable,
    *,
    zones: gpd.GeoDataFrame,
    columns: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    label: str = "",
) -> ZonePeople:
    """
    The people of zones from a table without shapes.

    Parameters
    ----------
    table
        With n rows.
    zones
        Contract `ZONES`, m rows.
    columns
        "population", and "id" or "name" or both -> column of the file.
    units
        "population" -> unit of the column; otherwise the header or the caption tells.
    label
        What the ledger calls the file; its own name where not given.

    Returns
    -------
    people
        Rows that name no zone, or a zone that has its people already, are set aside.

    Raises
    ------
    BoundaryError
        If the table is empty, lacks a column, or none of its rows can be used.
    """
    ensure_rows(table, title=TITLE, error=BoundaryError)
    ensure_one_table(table, error=BoundaryError)
    ensure_columns(table, columns.values(), title=TITLE, section=SECTION, error=BoundaryError)
    name = columns["population"]
    unit = {**caption_units(table.caption_units, {"population": name}), **(units or {})}
    read = read_amounts(
        table, name, quantity="persons", unit=unit.get("population", ""), maximum=MOST_PERSONS,
        filled=True,
    )  # fmt: skip
    raise_problems(
        [one for one in read.problems if one.row is None], table, title=TITLE, error=BoundaryError
    )
    points, joined = _points(zones), _joined(table, columns, zones)
    at_zone = {zone_id: at for at, zone_id in enumerate(zones.index.astype(str))}
    place = [at_zone.get(one.zone_id or "", -1) for one in joined]
    records = records_of(
        table, columns, points=np.append(points, None)[place], crs=f"EPSG:{zones.crs.to_epsg()}"
    )
    aside = _set_aside(table, columns, records, read.problems, joined)
    used = np.array([at not in aside for at in range(len(table))])
    if not used.any():
        raise BoundaryError(_none_left(table, aside))
    zone_of_row = pd.Series(
        [one.zone_id if keep else np.nan for one, keep in zip(joined, used, strict=True)],
        dtype="str",
    )
    known = pd.Series(read.amounts[used], index=zone_of_row[used].to_numpy())
    totals = known.reindex(zones.index.astype(str)).set_axis(zones.index)
    findings = [
        *aside.values(),
        *remark_findings(records, [*read.remarks, *merged_remarks(table, columns)]),
        *_doubts(records, columns, table, joined),
        *_without_people(zones, points, totals),
    ]
    told = row_notices(table, list(aside.values()), title=TITLE, used=int(used.sum()))
    if read.converted:
        told.append(converted_notice(table, name, read.converted, own="人", title=TITLE))
    ledger = Ledger.of_file(
        label or table.name, findings, rows_read=len(table), rows_used=int(used.sum())
    )
    return ZonePeople(totals, zone_of_row, ledger, (*reading_notices(table, title=TITLE), *told))


def _joined(
    table: SourceTable, columns: Mapping[str, str], zones: gpd.GeoDataFrame
) -> list[_Joined]:
    """The zone that each row names, by its code, else by its name."""
    nothing = [""] * len(table)
    codes, names = (
        table.column(columns[key]).tolist() if key in columns else nothing for key in ("id", "name")
    )
    ids = zones.index.astype(str).tolist()
    digits = {significant_digits(one.strip()): one for one in ids}
    digits.pop("", None)
    called = dict(zip(ids, zones["zone_name"].astype(str), strict=True))
    lookup, read = ZoneNames(zones), read_zone_codes(codes).codes
    found = []
    for text, code, name in zip(codes, read, names, strict=True):
        by_code = text if text in called else digits.get(significant_digits(code))
        by_name = _named(lookup, name, called)
        found.append(_verdict(text, code, by_code, by_name, digits=digits, called=called))
    return found


def _verdict(
    text: str,
    code: str,
    by_code: str | None,
    by_name: str | None,
    *,
    digits: Mapping[str, str],
    called: Mapping[str, str],
) -> _Joined:
    if by_code is not None:
        if by_name in (None, by_code):
            return _Joined(by_code)
        doubt = (
            f"区划代码说是“{called[by_code]}”，名称说是“{called[str(by_name)]}”；"
            f"按“{called[by_code]}”使用，请核对"
        )
        return _Joined(by_code, doubt=doubt, check="zone_contradiction")
    if other := _other_unit(code, digits):
        return _Joined(None, fault=other)
    if by_name is None:
        shown = f"代码“{text[:20]}”和名称都" if text else "名称"
        return _Joined(None, fault=f"{shown}对不上行政边界里的任何一个单元")
    if not text:
        return _Joined(by_name)
    doubt = f"行政边界里没有这个代码，按名称对应到“{called[by_name]}”，请核对"
    return _Joined(by_name, doubt=doubt, check="zone_code_fault")


def _other_unit(code: str, digits: Mapping[str, str]) -> str:
    """Why a code that is no zone's says that the row is another unit; "" where it may be a slip."""
    own = significant_digits(code)
    if not own or not digits:
        return ""
    lengths = {len(one) for one in digits}
    if len(own) not in lengths:
        level = LEVEL_NAMES[LEVEL_DIGITS[len(own)]]
        return f"代码“{code}”是{level}一级的，不是行政边界里的单元"
    if own[:COUNTY_DIGITS] not in {one[:COUNTY_DIGITS] for one in digits}:
        return f"代码“{code}”是别的县（市、区）的，不在行政边界里"
    return ""


def _named(lookup: ZoneNames, name: str, called: Mapping[str, str]) -> str | None:
    """The zone that a text names, and nothing within it: 「云岫镇丁庄村」 is not 云岫镇."""
    found = lookup.find(name)
    if not isinstance(found, str):
        return None
    said, full = plain_name(name), plain_name(called[found])
    return found if said.endswith(full) or zone_stem(said) == zone_stem(full) else None


def _set_aside(
    table: SourceTable,
    columns: Mapping[str, str],
    records: Records,
    problems: Sequence[Problem],
    joined: Sequence[_Joined],
) -> dict[int, Finding]:
    """Position -> the first reason for which a row is not used."""
    place = {row: at for at, row in enumerate(table.rows)}
    fillers = filler_rows(table, columns)
    found = {
        at: records.finding(at, one.check, one.said, done="set_aside")
        for at, one in fillers.items()
    }
    for fault in problems:
        if fault.row is not None:
            at = place[fault.row]
            found.setdefault(at, records.of_problem(at, fault, done="set_aside"))
    first: dict[str, int] = {}
    column = columns.get("id", columns.get("name", ""))
    for at, one in enumerate(joined):
        if at in found:
            continue
        check, said = "zone_unmatched", one.fault
        if one.zone_id is not None:
            row = first.setdefault(one.zone_id, table.rows[at])
            if row == table.rows[at]:
                continue
            check, said = "zone_twice", f"这个行政单元的人口已取自第 {row} 行"
        value = table.column(column).iloc[at]
        found[at] = records.finding(at, check, said, column=column, value=value, done="set_aside")
    return dict(sorted(found.items()))


def _doubts(
    records: Records, columns: Mapping[str, str], table: SourceTable, joined: Sequence[_Joined]
) -> list[Finding]:
    column = columns.get("id", "")
    return [
        records.finding(
            at, one.check, one.doubt, column=column, value=table.column(column).iloc[at]
        )
        for at, one in enumerate(joined)
        if one.doubt
    ]


def _without_people(
    zones: gpd.GeoDataFrame, points: np.ndarray, totals: pd.Series
) -> list[Finding]:
    """The zones that the table gives no people."""
    lon, lat = degrees(points, f"EPSG:{zones.crs.to_epsg()}")
    ids, names = (tuple(one.astype(str)) for one in (zones.index, zones["zone_name"]))
    records = Records("", (None,) * len(zones), ids, names, lon, lat)
    return [
        records.finding(at, "zone_without_people", "人口表里没有这个单元")
        for at in np.flatnonzero(totals.isna().to_numpy()).tolist()
    ]


def _points(zones: gpd.GeoDataFrame) -> np.ndarray:
    return shapely.point_on_surface(np.asarray(zones.geometry, dtype=object))


def _none_left(table: SourceTable, aside: Mapping[int, Finding]) -> str:
    faults = [Problem(one.row, one.column, one.value, one.found) for one in aside.values()]
    message = problem_message(TITLE, table.name, faults)
    return (
        f"{TITLE}「{table.name}」的 {len(table)} 行没有一行可用，"
        "请确认它与行政边界是同一个地方、同一级的单元。"
        f"{message}"
    )
