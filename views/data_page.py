"""The page of data: what the project has, import, corrections, a new project, blank tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from reports.safe_text import plain_text
from reports.templates import TEMPLATES, template_bytes
from views import state
from views.cache import bare_ground_map
from views.correction_page import choose_row, show_corrections
from views.correction_rows import lists_of
from views.data_sections import SECTION_KEY, SECTIONS, arrive, go_to
from views.intake_map import findings_map, row_of
from views.intake_page import show_import
from views.ledger_table import EXCEL, problem_list_button, show_findings
from views.live_map import MapSettings, live_map
from views.new_project_page import show_new_project
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.problems import told_to_the_planner
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from coverage.standards import FacilityKind
    from layers.quality import Ledger
    from reports.map_description import ReadingMap
    from views.cache import Opened
    from views.live_map import MapEvent

MAP_HEIGHT_PX: Final = 420
FILES_IN_SIGHT: Final = 9

CLICKED: Final = "finding-clicked"
"""File and row of the finding that was clicked on the map."""


def show_data(base: Opened, *, static_folder: Path, examples: Path) -> None:
    """
    The whole page.

    Parameters
    ----------
    base
        The project as it is; what is tried on it changes none of its files.
    static_folder
        The folder that Streamlit serves.
    examples
        Folder of the shipped examples, whose files are not written.
    """
    done = arrive(st.session_state)
    st.session_state.setdefault(SECTION_KEY, next(iter(SECTIONS)))
    section = st.segmented_control(
        "数据",
        list(SECTIONS),
        format_func=SECTIONS.get,
        key=SECTION_KEY,
        required=True,
        label_visibility="collapsed",
    )
    if done:
        st.success(plain(done, limit=400))
        # The page may be scrolled to where the button was.
        st.toast(plain(done, limit=400))
    if section != "correct" and state.is_pending(st.session_state):
        state.close(st.session_state)
        st.rerun()
    if section == "have":
        show_project_data(base, static_folder=static_folder, examples=examples)
    elif section == "import":
        show_import(base, static_folder=static_folder, examples=examples)
    elif section == "correct":
        with told_to_the_planner():
            show_corrections(base, static_folder=static_folder, examples=examples)
    elif section == "new":
        show_new_project(base.kinds, static_folder=static_folder)
    else:
        show_templates(base.kinds)


def show_project_data(opened: Opened, *, static_folder: Path, examples: Path) -> None:
    """One line per file, the findings, where they lie, and the list to download."""
    ledger = opened.ledger
    left, right = st.columns([1.25, 1], gap="small")
    with left:
        table = file_table(ledger)
        st.dataframe(
            table, hide_index=True,
            height=ROW_HEIGHT_PX * (min(len(table), FILES_IN_SIGHT) + 1) + 3,
            column_config={
                name: st.column_config.NumberColumn(format="localized", width=85)
                for name in table.columns[1:]
            },
        )  # fmt: skip
        st.html(
            '<div class="qt-faint">读到的行数 = 采用 + 放在一边，一行也不会丢。'
            "取自开放街图的数据没有逐行检查。</div>"
        )
        problem_list_button(ledger, label=opened.project.label, key="project-list")
    with right, told_to_the_planner():
        drawn, left_out = _drawn(opened)
        live_map(
            bare_ground_map(opened),
            drawn,
            key="findings-map",
            settings=MapSettings(static_folder, MAP_HEIGHT_PX),
            on_event=_keep_click,
        )
        _clicked_row(opened, examples)
        if left_out:
            st.html(f'<div class="qt-faint">另有 {left_out:,} 处没有画出。</div>')
    st.html(f"<h3>{escaped(opened.project.name)}：查出的问题</h3>")
    show_findings(ledger, key="project", files=list(ledger.rows_read), height_rows=10)


def _keep_click(event: MapEvent) -> None:
    if event.kind == "feature" and event.layer_id.startswith("findings-"):
        st.session_state[CLICKED] = row_of(event.feature_id)
    else:
        st.session_state.pop(CLICKED, None)


def _clicked_row(opened: Opened, examples: Path) -> None:
    """What was found in the row that was clicked, and the way to correct its place."""
    file, row = st.session_state.get(CLICKED, ("", None))
    found = [one for one in opened.ledger.findings if (one.file, one.row) == (file, row)]
    if row is None or not found:
        st.html('<div class="qt-faint">点一个点，看这一处的问题。</div>')
        return
    said = "；".join(f"{one.title}：{one.found}" for one in found)
    text, button = st.columns([3, 1], vertical_alignment="center")
    text.html(
        f'<div class="qt-change"><b>{escaped(file)} 第 {row} 行 {escaped(found[0].record_name)}</b>'
        f'<div class="qt-faint">{escaped(said, limit=MESSAGE_LIMIT)}</div></div>'
    )
    is_own = not opened.project.file.is_relative_to(examples)
    if is_own and file in lists_of(opened.project):
        button.button(
            "更正位置", key="correct-clicked", width="stretch", on_click=_correct, args=(file, row)
        )


def _correct(label: str, row: int) -> None:
    choose_row(st.session_state, label, row)
    go_to(st.session_state, "correct")


def file_table(ledger: Ledger) -> pd.DataFrame:
    """Rows read, used and set aside, and findings, by file; names are readable text."""
    rows = ledger.rows()
    return pd.DataFrame(
        {
            "文件": [plain_text(name) for name in rows["file"]],
            "读到": rows["rows_read"],
            "采用": rows["rows_used"],
            "放在一边": rows["rows_set_aside"],
            "问题": rows["findings"],
        }
    )


def show_templates(kinds: Mapping[str, FacilityKind]) -> None:
    """A blank table for each kind of list, made when its button is pressed."""
    st.html(
        '<div class="qt-faint">把空表发给有关单位填写，填好后在“导入文件”里导入，'
        "各列会自动对应。每张表都有填写说明和一行示例。</div>"
    )
    cells = [cell for _ in range(-(-len(TEMPLATES) // 4)) for cell in st.columns(4)]
    for cell, one in zip(cells, TEMPLATES, strict=False):
        cell.download_button(
            one.title,
            lambda one=one: template_bytes(one.template_id, kinds=kinds),
            f"{one.title}填报表.xlsx",
            EXCEL,
            key=f"template-{one.template_id}",
            on_click="ignore",
            width="stretch",
        )


def _drawn(opened: Opened) -> tuple[ReadingMap, int]:
    """The map of the findings, described once for each project."""
    kept = st.session_state.get("findings-drawn")
    if kept is None or kept[0] != opened.fingerprint:
        kept = (opened.fingerprint, *findings_map(opened.ledger))
        st.session_state["findings-drawn"] = kept
    return kept[1], kept[2]
