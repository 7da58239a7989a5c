"""The first steps of an import as widgets: the file, how it is read, which column is which."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from layers.columns.facility_kinds import recognise_kinds
from layers.columns.mapping import left_out_columns
from layers.columns.synonyms import OUR_COLUMNS
from layers.formats.outline import AS_FOUND, ReadingOptions
from layers.project_lists import RASTER_SUFFIXES
from layers.sources import outline, read_file
from reports.safe_text import plain_text
from views.intake_kinds import kind_counts, unknown_names
from views.intake_state import (
    ESSENTIAL,
    KIND_COLUMNS,
    UNIT_CHOICES,
    Intake,
    declared,
    drop,
    intake_of,
    keep,
    main_part,
    part_label,
    read_as,
    started,
)
from views.intake_upload import MOST_UPLOAD_MB, TABLE_TYPES
from views.plain_text import MESSAGE_LIMIT, escaped
from views.problems import show_error
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamlit.delta_generator import DeltaGenerator

    from coverage.standards import FacilityKind
    from layers.columns.synonyms import Layer
    from layers.intake import Draft
    from layers.tables import SourceTable

CELLS_LOOKED_AT: Final = 200
"""Of a column, for the first that is filled."""

SAMPLE_LIMIT: Final = 12
"""Characters of the first cell that stands behind a column's name."""

ENCODINGS: Final = {"": "自动识别", "utf-8": "UTF-8", "gb18030": "GBK（GB18030）"}

RASTERS: Final = {"demand": RASTER_SUFFIXES}
"""Layer -> extensions of rasters that may stand for a list of it."""

MORE_FILES: Final = {
    "demand": "，也可以是人口栅格（.tif）",
    "zones": "；只有各单元人口、没有边界的表也可以",
}
"""Layer -> what may be sent beside lists."""

KIND_WAYS: Final = {
    "one": "整份名录是同一类",
    "column": "按“类别”列里的名称",
    "recognise": "按名称、类别、编码识别",
}
"""How the kind of each facility is told."""


def file_step(
    slot: str, layer: Layer, kinds: Mapping[str, FacilityKind], *, explained: bool = True
) -> Intake | None:
    """
    The upload, and what of the file is to be read.

    Parameters
    ----------
    slot
        Which import of the page.
    layer
        What the file is to become.
    kinds
        Facility kinds by code.
    explained
        Whether the kinds of files are named below the upload.

    Returns
    -------
    intake
        With its table, or the draft of a raster of people; None until there is one, with the
        reason on screen.
    """
    intake = intake_of(st.session_state, slot)
    if intake is None or intake.layer != layer:
        pieces = _pieces(slot, layer, explained=explained)
        if not pieces:
            return None
        with st.spinner("正在查看文件…"):
            intake = started(st.session_state, slot, layer=layer, pieces=pieces, outline=outline)
        st.rerun()
    told, how, button = st.columns([3, 1.5, 1], vertical_alignment="center")
    told.html(_file_line(intake))
    button.button(
        "换一个文件", key=f"drop-{slot}", width="stretch", on_click=_start_anew, args=(slot,)
    )
    if intake.outline is None:
        if intake.fault is not None:
            show_error(intake.fault)
        return None
    options = _reading_options(slot, intake, how)
    with st.spinner("正在读取…"):
        intake = keep(
            st.session_state, slot, read_as(intake, options, read_file=read_file, kinds=kinds)
        )
    if intake.fault is not None:
        show_error(intake.fault)
        return None
    return intake


def columns_step(slot: str, intake: Intake) -> Intake:
    """Ours, column of the file, why; further columns below. The import as it is then declared."""
    draft, table = intake.draft, intake.table
    assert draft is not None  # noqa: S101 - columns follow a reading
    assert table is not None  # noqa: S101 - columns follow a reading
    titles = [ours for ours in OUR_COLUMNS[intake.layer] if ours not in KIND_COLUMNS]
    first, rest = asked_columns(intake, titles)
    labels = column_labels(table)
    chosen = {ours: name for ours, name in draft.columns.items() if ours in KIND_COLUMNS}
    units = dict(draft.units)
    for ours in first:
        _column_row(intake, ours, labels, chosen, units)
    if rest:
        with st.expander(f"更多可以对应的列（{len(rest)} 项，没有的不用管）"):
            for ours in rest:
                _column_row(intake, ours, labels, chosen, units)
    if left_out := left_out_columns(table, layer=intake.layer):
        said = f"没有取用的列：{'；'.join(left_out)}。确要用时在上面指定。"
        st.html(f'<div class="qt-faint">{escaped(said, limit=MESSAGE_LIMIT)}</div>')
    units = {ours: unit for ours, unit in units.items() if ours in chosen}
    return keep(st.session_state, slot, declared(intake, columns=chosen, units=units))


def asked_columns(intake: Intake, titles: Sequence[str]) -> tuple[list[str], list[str]]:
    """
    Columns of ours that are asked for at first, and the rest.

    Parameters
    ----------
    intake
        With its table and its proposals.
    titles
        All that there are.
    """
    assert intake.table is not None  # noqa: S101 - columns follow a reading
    proposed = {one.ours for one in intake.proposed}
    wanted = {*proposed, *ESSENTIAL[intake.layer]}
    if intake.table.geometry is not None or "x" in proposed:
        wanted -= {"lon", "lat"} - proposed
    first = [ours for ours in titles if ours in wanted]
    return first, [ours for ours in titles if ours not in wanted]


def column_labels(table: SourceTable) -> dict[str, str]:
    """Column of the file -> what the list of choice says: its name and its first cell."""
    labels = {}
    for name in table.cells.columns:
        first = next(
            (text.strip() for text in table.cells[name].head(CELLS_LOOKED_AT) if text.strip()), ""
        )
        sample = f"（如 {plain_text(first, limit=SAMPLE_LIMIT)}）" if first else "（空列）"
        labels[name] = plain_text(name) + sample
    return labels


def _column_row(
    intake: Intake,
    ours: str,
    labels: Mapping[str, str],
    chosen: dict[str, str],
    units: dict[str, str],
) -> None:
    """A row of the table; what is picked goes into `chosen` and `units`."""
    draft = intake.draft
    assert draft is not None  # noqa: S101 - columns follow a reading
    title, choice, why = st.columns([0.75, 1.5, 1.6], gap="small", vertical_alignment="center")
    title.html(f'<div class="qt-ours">{escaped(OUR_COLUMNS[intake.layer][ours])}</div>')
    with choice:
        picked = _column_choice(intake, ours, labels)
    if not picked:
        return
    chosen[ours] = picked
    proposed = {(one.ours, one.theirs): one for one in intake.proposed}.get((ours, picked))
    with why:
        if ours in UNIT_CHOICES:
            _unit_choice(intake, ours, units)
        # A doubt is told beside the unit too: men only, a planned year, square degrees.
        if ours not in UNIT_CHOICES or (proposed and proposed.confidence != "sure"):
            told = proposed.reason if proposed else "您指定的列"
            st.html(f'<div class="qt-faint">{escaped(told)}</div>')


def _column_choice(intake: Intake, ours: str, labels: Mapping[str, str]) -> str:
    assert intake.draft is not None  # noqa: S101 - columns follow a reading
    options = ["", *labels]
    theirs = intake.draft.columns.get(ours, "")
    picked: str = st.selectbox(
        OUR_COLUMNS[intake.layer][ours],
        options,
        index=options.index(theirs) if theirs in options else 0,
        format_func=lambda name: labels.get(name, "（没有这一列）"),
        key=f"column-{intake.version}-{ours}",
        label_visibility="collapsed",
    )
    return picked


def _unit_choice(intake: Intake, ours: str, units: dict[str, str]) -> None:
    own = UNIT_CHOICES[ours][0]
    said = units.pop(ours, own)
    unit = st.segmented_control(
        "单位",
        dict.fromkeys((*UNIT_CHOICES[ours], said)),
        default=said,
        required=True,
        key=f"unit-{intake.version}-{ours}",
        label_visibility="collapsed",
    )
    if unit != own:
        units[ours] = unit


def kind_step(slot: str, intake: Intake, kinds: Mapping[str, FacilityKind]) -> Intake:
    """Which kind the facilities are: one for all, by a column, or recognised row by row."""
    draft, table = intake.draft, intake.table
    assert draft is not None  # noqa: S101 - kinds follow a reading
    assert table is not None  # noqa: S101 - kinds follow a reading
    way = st.segmented_control(
        "类别怎样定",
        list(KIND_WAYS),
        format_func=KIND_WAYS.get,
        default=kind_way(draft),
        key=f"kinds-{intake.version}",
        required=True,
        label_visibility="collapsed",
    )
    columns = {ours: name for ours, name in draft.columns.items() if ours not in KIND_COLUMNS}
    kind = ""
    if way == "one":
        kind = _one_kind(intake, kinds)
    else:
        proposed = {one.ours: one.theirs for one in intake.proposed}
        with_them = replace(draft, columns={**proposed, **draft.columns})
        labels = column_labels(table)
        units: dict[str, str] = {}
        for ours in KIND_COLUMNS if way == "recognise" else KIND_COLUMNS[:1]:
            _column_row(replace(intake, draft=with_them), ours, labels, columns, units)
    intake = declared(intake, columns=columns, kind=kind, recognise_kinds=way == "recognise")
    if way == "recognise" and intake.kinds is None:
        with st.spinner("正在识别类别…"):
            intake = _recognised(intake, kinds)
    if way == "recognise":
        _show_kinds(intake, kinds)
    return keep(st.session_state, slot, intake)


def _one_kind(intake: Intake, kinds: Mapping[str, FacilityKind]) -> str:
    assert intake.draft is not None  # noqa: S101 - kinds follow a reading
    codes = list(kinds)
    code = st.selectbox(
        "类别",
        codes,
        index=codes.index(intake.draft.kind) if intake.draft.kind in codes else None,
        format_func=lambda one: f"{kinds[one].name}（{kinds[one].group}）",
        placeholder="选择设施类别（可以输入名称查找）",
        key=f"kind-{intake.version}",
        label_visibility="collapsed",
    )
    return code or ""


def kind_way(draft: Draft) -> str:
    """How a draft tells the kind of its rows."""
    if draft.recognise_kinds or not (draft.kind or "kind" in draft.columns):
        return "recognise"
    return "one" if draft.kind else "column"


def _recognised(intake: Intake, kinds: Mapping[str, FacilityKind]) -> Intake:
    draft, table = intake.draft, intake.table
    assert draft is not None  # noqa: S101 - kinds follow a reading
    assert table is not None  # noqa: S101 - kinds follow a reading
    given = {
        ours: list(table.column(draft.columns[ours])) if ours in draft.columns else None
        for ours in ("name", "kind", "category_code")
    }
    names = given["name"] or [""] * len(table)
    found = recognise_kinds(names, given["kind"], given["category_code"], kinds=kinds)
    return replace(intake, kinds=found)


def _show_kinds(intake: Intake, kinds: Mapping[str, FacilityKind]) -> None:
    found, draft, table = intake.kinds, intake.draft, intake.table
    assert found is not None  # noqa: S101 - just recognised
    assert draft is not None  # noqa: S101 - kinds follow a reading
    assert table is not None  # noqa: S101 - kinds follow a reading
    counts = kind_counts(found, kinds)
    st.dataframe(
        counts, hide_index=True, height=ROW_HEIGHT_PX * (min(len(counts), 6) + 1) + 3,
        column_config={"处数": st.column_config.NumberColumn(format="localized", width=60)},
    )  # fmt: skip
    unknown = unknown_names(found, table, column=draft.columns.get("name"))
    if unknown:
        st.html(f'<div class="qt-faint">{escaped(unknown, limit=MESSAGE_LIMIT)}</div>')


def _pieces(slot: str, layer: Layer, *, explained: bool) -> list[tuple[str, bytes]]:
    nonce = st.session_state.get(f"upload-nonce-{slot}", 0)
    given = st.file_uploader(
        "数据文件",
        type=[one.removeprefix(".") for one in (*TABLE_TYPES, *RASTERS.get(layer, ()))],
        accept_multiple_files=True,
        max_upload_size=MOST_UPLOAD_MB,
        key=f"upload-{slot}-{layer}-{nonce}",
        label_visibility="collapsed",
    )
    if explained:
        more = MORE_FILES.get(layer, "")
        st.html(
            '<div class="qt-faint">可以是 Excel、CSV、Shapefile（.shp、.dbf、.shx、.prj、.cpg '
            f"一起选，或打成 .zip）、GeoPackage、GeoJSON、KML、奥维、DXF{more}；"
            f"不超过 {MOST_UPLOAD_MB} MB。文件只在本机读取，选了不会改动项目。</div>"
        )
    return [(one.name, one.getvalue()) for one in given]


def _start_anew(slot: str) -> None:
    drop(st.session_state, slot)
    nonce = f"upload-nonce-{slot}"
    st.session_state[nonce] = st.session_state.get(nonce, 0) + 1


def _file_line(intake: Intake) -> str:
    remarks = intake.outline.remarks if intake.outline else ()
    parts = f"，有 {len(intake.outline.parts)} 张表（图层）" if _several(intake) else ""
    more = f'<div class="qt-faint">{escaped("".join(remarks), limit=MESSAGE_LIMIT)}</div>'
    return f"<div>已选文件：<b>{escaped(intake.name)}</b>{parts}</div>" + (more if remarks else "")


def _several(intake: Intake) -> bool:
    return intake.outline is not None and len(intake.outline.parts) > 1


def _reading_options(slot: str, intake: Intake, how: DeltaGenerator) -> ReadingOptions:
    """Which part, which header row, which encoding; asked only where it can matter."""
    assert intake.outline is not None  # noqa: S101 - the caller looked
    parts = {part.name: part for part in intake.outline.parts}
    last = intake.options or AS_FOUND
    current = last.part if intake.options else main_part(intake.outline).name
    key = f"{slot}-{intake.key[:12]}"
    if len(parts) > 1:
        current = st.selectbox(
            "读哪一张表（图层）",
            list(parts),
            index=list(parts).index(current) if current in parts else 0,
            format_func=lambda name: part_label(parts[name]),
            key=f"part-{key}",
        )
    if parts[current].format not in ("text", "workbook"):
        return ReadingOptions(part=current)
    encoding = ""
    with how.popover("更多：列名在第几行、编码", width="stretch"):
        header = st.number_input(
            "列名在第几行（0 为自动）", 0, 100, last.header_row or 0, key=f"header-{key}"
        )
        if parts[current].format == "text":
            encoding = st.selectbox(
                "文字编码", list(ENCODINGS), format_func=ENCODINGS.get,
                index=list(ENCODINGS).index(last.encoding), key=f"encoding-{key}",
                filter_mode=None,
            )  # fmt: skip
    return ReadingOptions(part=current, header_row=header or None, encoding=encoding)
