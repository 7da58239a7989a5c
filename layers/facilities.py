"""Facilities: clinics, hospitals, care homes, sports grounds … as the county lists them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.contracts import FACILITIES, MOST_TURNOUT_S, check
from coverage.errors import FacilityError, ProjectError
from coverage.notices import Notice
from layers.checked_columns import nearest_word, row_ids
from layers.checks.point_list import PointList
from layers.checks.point_rows import PointReading, point_rows
from layers.columns.facility_words import (
    FEATURES,
    OWNERSHIP_WORDS,
    feature_columns,
    feature_words,
    own_names,
    together_words,
    with_features,
)
from layers.columns.row_kinds import KindReader, kind_words
from layers.tables import SourceTable, ensure_columns, ensure_rows
from layers.vectors import read_source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coverage.contracts import Column, Contract
    from coverage.standards import FacilityKind
    from layers.checks.point_list import FaultyRows
    from layers.corrections import Correction
    from layers.matching.named_rows import Gazetteer

SECTION: Final = "[[facilities]]"

NAMED_FACILITIES: Final = 3
"""Facilities named in a notice; the rest are counted."""

SECONDS_PER_MINUTE: Final = 60.0

_TURNOUT: Final = "turnout_s"

_LISTED: Final = replace(
    FACILITIES,
    columns=tuple(
        replace(column, maximum=MOST_TURNOUT_S / SECONDS_PER_MINUTE)
        if column.name == _TURNOUT
        else column
        for column in FACILITIES.columns
    ),
)
"""The contract as offices write it: the turn-out in minutes."""


def read_facilities(  # noqa: PLR0913 - one argument per setting of a [[facilities]] table
    path: Path,
    *,
    crs: str,
    area: shapely.Geometry,
    kinds: Mapping[str, FacilityKind],
    columns: Mapping[str, str],
    kind: str | None = None,
    level: str | None = None,
    source_crs: str | None = None,
    layer: str | None = None,
    origin: str = "list",
) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """
    Facilities from a CSV, GeoPackage or GeoJSON file; rows in = rows out.

    Parameters
    ----------
    path
        The file.
    crs
        The project's CRS.
    area
        Polygon in `crs`: the study area with its buffer. Facilities beyond it are kept and
        told in a notice.
    kinds
        The table of facility kinds by code.
    columns
        "id", "name", "lon", "lat", "x", "y", "geometry" (WKT) and the columns of the contract
        (`kind`, `level`, `capacity_beds`, `area_m2`, and "turnout_minutes" for `turnout_s`) ->
        column of the file. A cell of `kind` may hold the code or a Chinese name of the kind.
        Without "id", the codes are file name and row ("clinics-2").
    kind
        Code of all rows; None where a column tells.
    level
        Level of all rows, e.g. "三级"; None where a column tells or it is not known.
    source_crs
        CRS named by the planner.
    layer
        Layer of a GeoPackage with more than one.
    origin
        `origin` of every row: "list", "stand_in" or "synthetic".

    Returns
    -------
    facilities
        Contract `FACILITIES`, rows in the order of the file.
    notices
        Facilities beyond the buffer, a CRS that was assumed.

    Raises
    ------
    SourceError
        If the file cannot be read.
    CrsError
        If no CRS is declared or named.
    ProjectError
        If `kind` is not in the table of kinds, or neither it nor a column is given.
    FacilityError
        With every problem of the table.
    """
    reading = facilities_from_table(
        read_source(path, layer=layer),
        crs=crs,
        area=area,
        kinds=kinds,
        columns=columns,
        kind=kind,
        level=level,
        source_crs=source_crs,
        origin=origin,
    )
    return reading.layer, reading.notices


def facilities_from_table(  # noqa: PLR0913 - one argument per setting of a [[facilities]] table
    table: SourceTable,
    *,
    crs: str,
    area: shapely.Geometry,
    kinds: Mapping[str, FacilityKind],
    columns: Mapping[str, str],
    kind: str | None = None,
    level: str | None = None,
    source_crs: str | None = None,
    origin: str = "list",
    faulty_rows: FaultyRows = "refuse",
    corrections: Sequence[Correction] = (),
    units: Mapping[str, str] | None = None,
    recognise_kinds: bool = False,
    gazetteer: Gazetteer | None = None,
    features: Mapping[str, str] | None = None,
) -> PointReading:
    """
    The same from a table that is already read; see `read_facilities`.

    Parameters
    ----------
    columns
        Also "category" and "category_code" for `recognise_kinds`, and "village", "township",
        "address", "county", "zone_code" for `gazetteer`.
    faulty_rows
        "refuse" raises one error with every problem; "set_aside" uses the other rows.
    corrections
        Those of this file.
    units
        Keys of `columns` -> unit of the column, e.g. {"area_m2": "亩"}; otherwise the header
        tells.
    recognise_kinds
        Whether the kind is recognised where no column of kinds says it; the rule that decided
        is then in the column `kind_rule`.
    gazetteer
        The places that rows without coordinates may name; without it they are at fault.
    features
        Name of a feature ("康复医学科") -> column of the file that says 是 or 否; together they are
        the column `features` of the layer.

    Returns
    -------
    reading
        The facilities with what was found; rows in = rows used + rows set aside.
    """
    ensure_kind(kind, columns, kinds=kinds, name=table.name, recognised=recognise_kinds)
    ensure_rows(table, title=FACILITIES.title, error=FacilityError)
    columns = {**columns, **own_names(features or {})}
    ensure_columns(
        table, columns.values(), title=FACILITIES.title, section=SECTION, error=FacilityError
    )
    rows = point_rows(
        table,
        PointList(
            contract=_with_columns(_LISTED, feature_columns(features or {})),
            section=SECTION,
            columns=columns,
            contract_columns=contract_columns(columns),
            words=_words(table, columns, features or {}, corrections),
            source_crs=source_crs,
            crs=crs,
            area=area,
            faulty_rows=faulty_rows,
            corrections=corrections,
            units=contract_columns(units or {}),
            readers={"kind": KindReader(kinds, columns, kind, recognise_kinds, corrections)},
            gazetteer=gazetteer,
        ),
    )
    frame = with_features(rows.frame, features or {})
    given = {"level": level, "origin": origin}
    _complete(frame, rows.table, {key: value for key, value in given.items() if value is not None})
    if _TURNOUT in frame:
        frame[_TURNOUT] *= SECONDS_PER_MINUTE
    facilities = gpd.GeoDataFrame(frame.set_index("facility_id"), geometry=rows.points, crs=crs)
    check(facilities, FACILITIES, source=table.name, rows=rows.table.rows)
    notices = (*rows.notices, *_beyond(rows.table, facilities, area))
    return PointReading(facilities, rows.table, rows.findings, notices)


def contract_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The mapping with "id", "name" and "turnout_minutes" as the contract calls them."""
    short = {"id": "facility_id", "name": "facility_name", "turnout_minutes": _TURNOUT}
    return {short.get(key, key): name for key, name in columns.items() if key != "geometry"}


def ensure_kind(
    kind: str | None,
    columns: Mapping[str, str],
    *,
    kinds: Mapping[str, FacilityKind],
    name: str,
    recognised: bool = False,
) -> None:
    """
    Raise an error where a list of facilities has no kind, or one that is not in the table.

    Parameters
    ----------
    kind
        As the project names it, or None.
    columns
        The mapping of the same list.
    kinds
        The table of kinds by code.
    name
        File name of the list.
    recognised
        Whether the kinds are recognised from names, categories and codes.
    """
    if kind is None and "kind" not in columns and not recognised:
        msg = (
            f"设施「{name}」没有说明类别。请在 project.toml 的 {SECTION} 写 kind，"
            "或在 columns 里写 kind 对应的列名，或写 recognise_kinds = true。"
        )
        raise ProjectError(msg)
    if kind is not None and kind not in kinds:
        words = kind_words(kinds)
        hint = f"，是否应为“{words[kind]}”" if kind in words else nearest_word(kind, words)
        msg = (
            f"设施「{name}」的类别“{kind}”不在设施类别表里{hint}。"
            f"请改正 project.toml {SECTION} 的 kind。"
        )
        raise ProjectError(msg)


def joined(parts: Sequence[gpd.GeoDataFrame]) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    """
    All lists of facilities in one table, in the order given.

    Lists from different offices often count from 1 each. Where codes meet, every code gets the
    place of its list before it ("2-0012"), and a notice says so.

    Parameters
    ----------
    parts
        At least one table after the contract `FACILITIES`, all in one CRS.

    Returns
    -------
    facilities
        Contract `FACILITIES`.
    notices
        Whether codes were lengthened.
    """
    codes = pd.Index([code for part in parts for code in part.index])
    meeting = codes[codes.duplicated()].unique()
    notices: tuple[Notice, ...] = ()
    lists = list(parts)
    if len(meeting):
        lists = [
            part.rename(index=lambda code, place=place: f"{place}-{code}")
            for place, part in enumerate(parts, start=1)
        ]
        text = (
            f"各设施名录之间有 {len(meeting)} 个相同的代码（如“{meeting[0]}”），"
            "已在所有设施代码前加名录的序号（如 2-0012）。请在名录里改成不同的代码。"
        )
        notices = (Notice("facility_codes_lengthened", text, len(meeting)),)
    table = pd.concat(lists)
    table.index.name = FACILITIES.index
    return gpd.GeoDataFrame(table, geometry="geometry", crs=parts[0].crs), notices


def _with_columns(contract: Contract, more: tuple[Column, ...]) -> Contract:
    return replace(contract, columns=(*contract.columns, *more))


def _words(
    table: SourceTable,
    columns: Mapping[str, str],
    features: Mapping[str, str],
    corrections: Sequence[Correction],
) -> dict[str, Mapping[str, str]]:
    """The words that columns of texts may hold, beside which no other is allowed."""
    words = {"ownership": OWNERSHIP_WORDS, **feature_words(features)}
    if FEATURES in columns:
        cells = table.column(columns[FEATURES]).unique().tolist()
        words[FEATURES] = together_words([*cells, *(one.new for one in corrections)])
    return words


def _complete(frame: pd.DataFrame, table: SourceTable, given: Mapping[str, str]) -> None:
    """Fill the columns of the contract that the file does not have."""
    if "facility_id" not in frame:
        frame["facility_id"] = row_ids(table)
    if "facility_name" not in frame:
        frame["facility_name"] = pd.Series([None] * len(frame), dtype="str")
    for name, value in given.items():
        if name not in frame:
            frame[name] = value


def _beyond(
    table: SourceTable, facilities: gpd.GeoDataFrame, area: shapely.Geometry
) -> list[Notice]:
    points = np.asarray(facilities.geometry, dtype=object)
    beyond = np.flatnonzero(~shapely.intersects(area, points)).tolist()
    if not beyond:
        return []
    called = facilities["facility_name"]
    names = "、".join(
        f"第 {table.rows[at]} 行" + ("" if pd.isna(called.iloc[at]) else f"“{called.iloc[at]}”")
        for at in beyond[:NAMED_FACILITIES]
    )
    more = " 等" if len(beyond) > NAMED_FACILITIES else ""
    text = (
        f"设施「{table.name}」有 {len(beyond)} 处在研究区及其外扩范围以外（{names}{more}），"
        "保留在表里，但够不着研究区。请检查坐标和坐标系。"
    )
    return [Notice("facility_beyond", text, len(beyond))]
