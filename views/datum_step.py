"""The step of an import in which the planner declares the datum: proposal, evidence, map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import streamlit as st

from coverage.errors import CrsError
from layers.coordinates import named_datum
from layers.intake import datum_evidence, declared_doubts, places_by_datum
from views.cache import bare_ground_map, ground_of_project
from views.intake_datums import (
    DATUMS,
    datum_choices,
    datum_label,
    datums_to_show,
    split_rows,
    unclear_rows,
)
from views.intake_map import MOST_POINTS, readings_map
from views.intake_state import UNDECLARED, declared, intake_of, keep
from views.live_map import MapSettings, live_map
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.problems import told_to_the_planner

if TYPE_CHECKING:
    from pathlib import Path

    from layers.intake import Ground, RoadGround
    from reports.map_description import GroundMap, ReadingMap
    from views.cache import Opened
    from views.intake_state import Intake

MAP_HEIGHT_PX: Final = 430

OTHER: Final = "other"
"""Choice of a datum that stands in no list: its name is typed."""

OTHER_HINT: Final = "例如 CGCS2000 39带、CGCS2000 3度带 117、EPSG:4547"

HOW_TO_LOOK: Final = "把地图放大到几个熟悉的村或街道，看哪一种颜色的点落在村里、路边。"

OF_DEGREES: Final = "GCJ-02 读错成 WGS84 会偏约 500 米，BD-09 会偏约 1300 米。"


class Around(NamedTuple):
    """
    What the readings of a list are held against.

    Parameters
    ----------
    version
        Changes where any of it does.
    ground
        Study area and roads.
    drawn
        The same as a map.
    """

    version: str
    ground: Ground | RoadGround
    drawn: GroundMap


def around_project(opened: Opened) -> Around:
    """What the lists of a project are held against."""
    return Around(opened.fingerprint, ground_of_project(opened), bare_ground_map(opened))


def datum_step(slot: str, intake: Intake, around: Around, *, static_folder: Path) -> Intake:
    """
    Proposal, evidence and map; the datum is declared when the button is pressed.

    Parameters
    ----------
    slot
        Which import of the page.
    intake
        With its table and columns.
    around
        The project that the file is to go into, or the files of a new one.
    static_folder
        The folder that Streamlit serves.

    Returns
    -------
    intake
        As it is then declared.
    """
    intake = _with_evidence(slot, intake, around)
    left, right = st.columns([1.55, 1], gap="small")
    with right:
        _declare(slot, intake, around)
        _show_reasons(intake)
    with left, told_to_the_planner():
        live_map(
            around.drawn,
            _readings(slot, intake, around),
            key=f"datum-map-{slot}",
            settings=MapSettings(static_folder, MAP_HEIGHT_PX),
        )
        in_degrees = "GCJ-02" in datums_to_show(intake.evidence)
        st.html(f'<div class="qt-faint">{HOW_TO_LOOK}{OF_DEGREES if in_degrees else ""}</div>')
    return intake


def _with_evidence(slot: str, intake: Intake, around: Around) -> Intake:
    assert intake.table is not None  # noqa: S101 - columns were declared before
    assert intake.draft is not None  # noqa: S101 - columns were declared before
    if intake.evidence is not None:
        return intake
    with st.spinner("正在对照道路判断坐标系…"):
        found = datum_evidence(intake.table, intake.draft, around.ground)
    return keep(st.session_state, slot, intake.with_evidence(found))


def _declare(slot: str, intake: Intake, around: Around) -> None:
    assert intake.evidence is not None  # noqa: S101 - just worked out
    evidence, split = intake.evidence
    if evidence.proposal is not None:
        name = evidence.proposal.name
        sure = "qt-met" if evidence.is_sufficient else "qt-missed"
        st.html(
            f"<div>建议：<b>{escaped(datum_label(name))}</b>"
            f'<span class="{sure}">　{escaped(evidence.confidence)}</span></div>'
        )
    choices = datum_choices(intake.evidence)
    named = st.selectbox(
        "这份文件的坐标系",
        [*choices, OTHER],
        index=None,
        format_func=lambda one: choices.get(one, "其他（自己填写）"),
        placeholder="请选择这份文件的坐标系",
        key=f"datum-{intake.version}",
        filter_mode=None,
    )
    if named == OTHER:
        named = st.text_input(
            "坐标系名称", key=f"datum-other-{intake.version}", placeholder=OTHER_HINT, max_chars=60
        ).strip()
    by_row = False
    if split.is_mixed:
        st.warning(plain(split.reasons[-1], limit=MESSAGE_LIMIT))
        by_row = st.checkbox(
            "按行分开：看得出的行各用自己的坐标系，其余用上面选的",
            value=True,
            key=f"by-row-{intake.version}",
        )
    is_sure = _confirmed(intake, around, named)
    if st.button(
        "采用该坐标系", type="primary", disabled=not (named and is_sure), width="stretch",
        key=f"use-{slot}",
    ):  # fmt: skip
        with told_to_the_planner():
            _use(slot, intake, str(named), by_row=by_row)


def _confirmed(intake: Intake, around: Around, named: str | None) -> bool:
    """Warn of a datum that headers or numbers contradict; whether the planner stands by it."""
    assert intake.table is not None  # noqa: S101 - columns were declared before
    assert intake.draft is not None  # noqa: S101 - columns were declared before
    assert intake.evidence is not None  # noqa: S101 - just worked out
    if not named or not _is_datum(named):
        return True
    doubts = declared_doubts(
        intake.table,
        replace(intake.draft, crs=named),
        intake.evidence[0],
        crs=around.ground.crs,
    )
    if not doubts:
        return True
    st.warning(plain("".join(doubts), limit=MESSAGE_LIMIT))
    return st.checkbox(f"已核实，仍按 {named} 读取", key=f"sure-{intake.version}-{named}")


def _use(slot: str, intake: Intake, named: str, *, by_row: bool) -> None:
    """Keep the declaration, if it means something."""
    name = named_datum(named, where=f"「{intake.name}」").name
    rows = split_rows(intake, main=name) if by_row else {}
    unclear = unclear_rows(intake) if by_row else ()
    keep(st.session_state, slot, declared(intake, crs=name, row_datums=rows, unclear_rows=unclear))
    st.rerun()


def declared_line(slot: str, intake: Intake) -> None:
    """What was declared, and the way back."""
    draft = intake.draft
    assert draft is not None  # noqa: S101 - columns were declared before
    told, button = st.columns([5, 1], vertical_alignment="center")
    more = f"，另有 {len(draft.row_datums):,} 行按各自的坐标系" if draft.row_datums else ""
    if draft.unclear_rows:
        more += f"，{len(draft.unclear_rows):,} 行分不清、按它读取（列在问题清单里）"
    told.html(f"<div>已采用：<b>{escaped(datum_label(draft.crs))}</b>{more}</div>")
    button.button(
        "重新选择", key=f"datum-again-{slot}", width="stretch", on_click=_forget_datum,
        args=(slot,),
    )  # fmt: skip


def _forget_datum(slot: str) -> None:
    intake = intake_of(st.session_state, slot)
    if intake is not None:
        keep(st.session_state, slot, declared(intake, **UNDECLARED))


def _show_reasons(intake: Intake) -> None:
    assert intake.evidence is not None  # noqa: S101 - just worked out
    items = "".join(
        f"<li>{escaped(reason, limit=MESSAGE_LIMIT)}</li>" for reason in intake.evidence[0].reasons
    )
    st.html(f'<div class="qt-why"><b>依据</b><ol class="qt-notices">{items}</ol></div>')


def _readings(slot: str, intake: Intake, around: Around) -> ReadingMap:
    """The map of the readings, described once for the same rows and columns."""
    assert intake.table is not None  # noqa: S101 - columns were declared before
    assert intake.draft is not None  # noqa: S101 - columns were declared before
    shown = datums_to_show(intake.evidence) or list(DATUMS)[:1]
    typed = st.session_state.get(f"datum-other-{intake.version}", "")
    chosen = st.session_state.get(f"datum-{intake.version}")
    extra = typed if chosen == OTHER else chosen
    if extra and extra not in shown and _is_datum(extra):
        shown.append(extra)
    key = (around.version, intake.key, tuple(sorted(intake.draft.columns.items())), *shown)
    kept: dict[Any, ReadingMap] = st.session_state.setdefault(f"datum-maps-{slot}", {})
    if key not in kept:
        places = places_by_datum(
            intake.table, intake.draft, around.ground, datums=shown, most=MOST_POINTS
        )
        kept.clear()
        kept[key] = readings_map(places, {name: datum_label(name) for name in shown})
    return kept[key]


def _is_datum(name: str) -> bool:
    try:
        named_datum(name, where="")
    except CrsError:
        return False
    return True
