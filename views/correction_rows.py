"""The rows of a project's lists, each with its place and what its source says of it."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from layers.checks.findings import records_of
from layers.checks.moved_points import UNCLEAR_DATUM, row_datums
from layers.checks.project_ledger import source_labels
from layers.checks.row_identity import row_identities, source_positions
from layers.corrections import DATUM, POSITION, Correction, of_file, position_text, read_corrections
from layers.intake import Draft, checked, is_datum_open
from layers.sources import read_file
from reports.safe_text import plain_text
from views.cache import KEPT_PROJECTS, ground_of_project

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from layers.project import Project
    from layers.project_settings import DemandTable, FacilitiesTable
    from layers.quality import Finding
    from views.cache import Opened

ASSUMED_DATUM: Final = "WGS84"

NOT_DECLARED: Final = (
    "名录「{name}」没有写明坐标系，现按 WGS84 读取，与计算一致。"
    '请在 project.toml 这份名录的表里写 crs = "…"（如 "GCJ-02"），'
    "或到“导入文件”重新导入这份名录、选定坐标系。"
)

MOST_MATCHES: Final = 200
"""Rows offered in the list of choice; a word of search narrows it."""


@dataclass(frozen=True, eq=False)
class ListRows:
    """
    One list of a project that is read from a file.

    Parameters
    ----------
    label
        What the ledger and the corrections call it.
    rows
        Index: row of the source as the planner sees it. `id`, `name`, `lon`, `lat` (degrees,
        WGS84; NaN where not known), `fate`, `old` (what the source says of its place),
        `identity` (`layers.checks.row_identity`).
    findings
        Of this list.
    told
        What must be known of the list as a whole; "" where there is nothing.
    """

    label: str
    rows: pd.DataFrame
    findings: Sequence[Finding]
    told: str = ""


def lists_of(project: Project) -> dict[str, DemandTable | FacilitiesTable]:
    """The lists of a project that are read from a file, by what corrections call them."""
    settings = project.settings
    labels = source_labels(project)[1:]
    tables = [settings.demand, *settings.facilities]
    return {
        label: table
        for label, table in zip(labels, tables, strict=True)
        if table.source is None and not (table.file or "").lower().endswith((".tif", ".tiff"))
    }


def draft_of_list(
    project: Project,
    table: DemandTable | FacilitiesTable,
    *,
    corrections: Sequence[Correction] = (),
) -> Draft:
    """
    What a list of a project declares, as if it were imported again.

    Parameters
    ----------
    project
        The project.
    table
        One of `lists_of`.
    corrections
        Those of this list.
    """
    units = getattr(table, "units", None)
    return Draft(
        layer="demand" if table is project.settings.demand else "facilities",
        file=project.path(table.file or ""),
        name=table.file or "",
        options=table.reading(),
        columns=table.columns.mapping(),
        crs=table.crs or "",
        kind=getattr(table, "kind", None) or "",
        recognise_kinds=bool(getattr(table, "recognise_kinds", False)),
        units=units.mapping() if units is not None else {},
        place_by_name=bool(getattr(table, "place_by_name", False)),
        row_datums={
            one.row: one.new
            for one in corrections
            if one.field == DATUM and one.reason != UNCLEAR_DATUM
        },
        unclear_rows=tuple(one.row for one in corrections if one.reason == UNCLEAR_DATUM),
    )


def corrections_version(opened: Opened) -> str:
    """Changes where the project on screen or its recorded corrections do."""
    file = corrections_file(opened.project)
    content = file.read_bytes() if file.is_file() else b""
    return f"{opened.fingerprint}-{hashlib.sha256(content).hexdigest()}"


def list_rows(opened: Opened, label: str) -> ListRows:
    """The rows of a list of a project with the corrections recorded by now, worked out once."""
    return _list_rows(corrections_version(opened), label, _opened=opened)


@st.cache_resource(max_entries=2 * KEPT_PROJECTS, show_spinner=False)
def _list_rows(version: str, label: str, *, _opened: Opened) -> ListRows:  # noqa: ARG001 - the key
    project = _opened.project
    given = of_file(read_corrections(corrections_file(project)), label)
    draft = draft_of_list(project, lists_of(project)[label], corrections=given)
    table = read_file(draft.file, options=draft.options)
    # A datum that was recorded for another row than stands here now holds for none.
    datums, told = row_datums(table, given, columns=draft.columns)
    lost = [one for one in told if one.check == "stale_correction"]
    unclear = tuple(row for row in draft.unclear_rows if row in datums)
    certain = {row: datum for row, datum in datums.items() if row not in unclear}
    draft = replace(draft, row_datums=certain, unclear_rows=unclear)
    undeclared = is_datum_open(table, draft)
    if undeclared:
        # So does the project read it, or it could not have been opened.
        draft = replace(draft, crs=ASSUMED_DATUM)
    found = checked(table, draft, ground_of_project(_opened), corrections=given)
    records = records_of(table, draft.columns)
    rows = found.rows.assign(
        id=list(records.ids),
        old=source_positions(table, draft.columns),
        identity=row_identities(table, draft.columns, corrections=given),
    )
    said = NOT_DECLARED.format(name=label) if undeclared else ""
    return ListRows(label, rows.set_index("row"), (*found.ledger.findings, *lost), said)


def corrections_file(project: Project) -> Path:
    """Where the corrections of a project are kept; it need not be there."""
    return project.path(project.settings.project.corrections)


def matching(rows: pd.DataFrame, word: str, findings: Sequence[Finding]) -> list[int]:
    """
    The rows that a word means, those that are set aside first, then those with findings.

    Parameters
    ----------
    rows
        As in `ListRows`.
    word
        Part of a name or code, or a row's number; "" means all.
    findings
        Of this list.

    Returns
    -------
    numbers
        At most `MOST_MATCHES`.
    """
    wanted = word.strip()
    fits = np.ones(len(rows), dtype=bool)
    if wanted:
        fits = (
            rows["name"].str.contains(wanted, regex=False)
            | (rows["id"] == wanted)
            | (rows.index.astype(str) == wanted)
        ).to_numpy()
    told = {one.row for one in findings}
    aside = (rows["fate"] == "set_aside").to_numpy()
    rank = np.where(aside, 0, np.where(rows.index.isin(told), 1, 2))[fits]
    return rows.index[fits][np.argsort(rank, kind="stable")][:MOST_MATCHES].tolist()


def row_label(rows: pd.DataFrame, row: int) -> str:
    """A row in the list of choice: "第 12 行 李村卫生室（放在一边）"."""
    one = rows.loc[row]
    name = plain_text(one["name"]) or plain_text(one["id"])
    return f"第 {row} 行 {name}" + ("（放在一边）" if one["fate"] == "set_aside" else "")


def moved_row(
    listed: ListRows, row: int, *, lon: float, lat: float, reason: str, now: dt.datetime
) -> Correction:
    """
    The correction that puts a row elsewhere.

    Parameters
    ----------
    listed
        Its list.
    row
        As the planner sees it.
    lon, lat
        Degrees, WGS84.
    reason
        In the planner's words.
    now
        Time, with its zone.
    """
    one = listed.rows.loc[row]
    return Correction(
        file=listed.label,
        row=row,
        record=str(one["id"]),
        field=POSITION,
        old=str(one["old"]),
        new=position_text(lon, lat),
        reason=reason,
        made_at=now.isoformat(timespec="seconds"),
        identity=str(one["identity"]),
    )


def has_moved(listed: ListRows, row: int, *, lon: float, lat: float) -> bool:
    """Whether a place is another than where the row lies, to the centimetre."""
    one = listed.rows.loc[row]
    if not (math.isfinite(one["lon"]) and math.isfinite(one["lat"])):
        return True
    return position_text(lon, lat) != position_text(float(one["lon"]), float(one["lat"]))
