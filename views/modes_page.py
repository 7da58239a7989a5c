"""The page of travel modes: the speed table on screen, tried at once, saved to the project file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from coverage.errors import ProjectError
from layers.mode_rows import mode_from_rows, mode_rows, surface_rows
from layers.modes import mode_changes_text, with_mode_changes
from layers.standards import load_modes
from reports.files import write_bytes
from views import state
from views.cache import compared
from views.comparison_table import show_comparison
from views.plain_text import escaped, plain
from views.problems import told_to_the_planner
from views.what_if import try_modes, what_if

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from coverage.impedance import TravelMode
    from views.cache import Opened

USERS: Final = {"foot": "行人", "bicycle": "自行车", "motor": "机动车"}
NO_LIMIT_KPH: Final = 200.0
TABLE_HEIGHT_PX: Final = 420


def show_modes(base: Opened, shown: Opened, *, examples: Path) -> None:
    """
    The whole page.

    Parameters
    ----------
    base
        The project as it is.
    shown
        The project with what is tried.
    examples
        Folder of the shipped examples, whose files are not written.
    """
    used = modes_in_use(base)
    mode_id = st.segmented_control(
        "出行方式",
        list(base.modes),
        format_func=lambda name: (
            plain(base.modes[name].name) + ("" if name in used else "（未用）")
        ),
        default=next(iter(used)),
        key="mode-chosen",
        required=True,
        label_visibility="collapsed",
    )
    mode = shown.modes[mode_id]
    if mode.faster_of:
        names = "、".join(base.modes[name].name for name in mode.faster_of)
        st.info(
            f"「{plain(mode.name)}」取{plain(names)}中较快的一种，没有自己的速度；请改这几种方式。"
        )
    else:
        _edit(base, shown, mode)
    if shown is not base:
        standard, reading = state.chosen(st.session_state, base.assessment)
        st.html(f"<h3>现状与试算对比（{escaped(standard.name)} · {escaped(reading.name)}）</h3>")
        show_comparison(compared(base, shown), shown.assessment, reading)
    if what_if(st.session_state).modes:
        with told_to_the_planner():
            _save(base, shown, examples=examples)


def modes_in_use(opened: Opened) -> dict[str, TravelMode]:
    """The modes that some reading of the project is measured by, choices and their members."""
    ids: dict[str, None] = {}
    for standard in opened.assessment.standards:
        for reading in standard.readings:
            mode_id = standard.mode_of(reading)
            ids |= dict.fromkeys([mode_id, *opened.modes[mode_id].faster_of])
    return {mode_id: mode for mode_id, mode in opened.modes.items() if mode_id in ids}


def _edit(base: Opened, shown: Opened, mode: TravelMode) -> None:
    """The tables of a mode in a form: nothing is computed before the button is pressed."""
    st.html(f'<div class="qt-faint">依据：{escaped(mode.source, limit=1000)}</div>')
    told = st.container()
    if mode.obeys_max_speed:
        st.caption(signs_text(base))
    with st.form(f"mode-{mode.mode_id}", border=False):
        settings = _settings(mode)
        left, right = st.columns([1.5, 1], gap="small")
        with left:
            rows = _editor(
                mode_rows(mode),
                key=f"rows-{mode.mode_id}-{shown.fingerprint[:8]}",
                columns={
                    "class_name": st.column_config.TextColumn("道路等级", disabled=True),
                    "usable": st.column_config.CheckboxColumn("可通行", width="small"),
                    "speed_kph": st.column_config.NumberColumn(
                        "公里/小时", format="%.1f", width="small"
                    ),
                    "source": st.column_config.TextColumn("依据", disabled=True, width="large"),
                },
            )
        with right:
            surfaces = _editor(
                surface_rows(mode),
                key=f"surfaces-{mode.mode_id}-{shown.fingerprint[:8]}",
                columns={
                    "surface_name": st.column_config.TextColumn("路面", disabled=True),
                    "factor": st.column_config.NumberColumn("系数", format="%.2f", width="small"),
                    "source": st.column_config.TextColumn("依据", disabled=True),
                },
            )
        source, button = st.columns([3, 1], vertical_alignment="bottom")
        given = source.text_input(
            "新数字的来源（必填，写入结果）",
            value=mode.change_source,
            max_chars=200,
            placeholder="例如 县交通运输局 2025 年实测",
        )
        pressed = button.form_submit_button("按新表试算", type="primary", width="stretch")
    if pressed:
        # Above the tables, where it is in sight on an office screen.
        with told, told_to_the_planner():
            edited = mode_from_rows(mode, rows, source=given, surfaces=surfaces, settings=settings)
            _try(base, edited)


def signs_text(opened: Opened) -> str:
    """On how much of the roads a sign sets the speed, whatever the table says."""
    roads = opened.assessment.layers.roads
    signed = roads.length_m[np.isfinite(roads.max_speed_kph)].sum() / roads.length_m.sum()
    return f"有限速标志的路段按标志（本项目 {signed:.0%} 的里程有标志），改下表不影响这些路段。"


def _settings(mode: TravelMode) -> dict[str, Any]:
    """What holds for a mode as a whole, as widgets."""
    cells = st.columns(6, vertical_alignment="bottom")
    user = cells[0].selectbox(
        "通行权按", list(USERS), index=list(USERS).index(mode.user), format_func=USERS.get,
        filter_mode=None,
    )  # fmt: skip
    access = cells[1].number_input("接驳段（公里/小时）", value=mode.access_speed_kph, step=0.5)
    junction = cells[2].number_input("路口延误（秒）", value=mode.junction_delay_s, step=1.0)
    signal = cells[3].number_input("信号灯延误（秒）", value=mode.signal_delay_s, step=1.0)
    capped = mode.max_speed_kph if math.isfinite(mode.max_speed_kph) else NO_LIMIT_KPH
    most = cells[4].number_input("最高（200 为不限）", value=float(capped), step=5.0)
    obeys = cells[5].checkbox("有限速标志的按标志", value=mode.obeys_max_speed)
    settings: dict[str, Any] = {
        "user": user,
        "access_kph": access,
        "junction_delay_s": junction,
        "signal_delay_s": signal,
        "obeys_max_speed": obeys,
    }
    # A mode without a cap keeps none unless the planner sets one.
    return settings if most == capped else {**settings, "max_kph": most}


def _editor(rows: pd.DataFrame, *, key: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    edited: pd.DataFrame = st.data_editor(
        rows,
        key=key,
        hide_index=True,
        num_rows="fixed",
        height=TABLE_HEIGHT_PX,
        column_config=columns,
        placeholder="",
    )
    return edited


def _try(base: Opened, edited: TravelMode) -> None:
    """Keep a mode that differs from the project's; forget it where it says the same again."""
    modes = dict(what_if(st.session_state).modes)
    modes.pop(edited.mode_id, None)
    if edited != base.modes[edited.mode_id]:
        modes[edited.mode_id] = edited
    try_modes(st.session_state, modes)
    st.rerun()


def _save(base: Opened, shown: Opened, *, examples: Path) -> None:
    """The new tables as text, and a button that puts them into the project file."""
    text = mode_changes_text(load_modes(), shown.modes)
    file = base.project.file
    with st.expander("把新的速度表存入项目"):
        st.code(text, language="toml")
        if file.is_relative_to(examples):
            st.caption("自带示例的项目文件不改动。请把上面几行写进自己项目的 project.toml。")
            return
        if st.button("写入 project.toml（其余内容不动）"):
            save_modes(file, text)
            state.close(st.session_state)
            st.rerun()


def save_modes(file: Path, changes_text: str) -> None:
    """
    Put new `[modes.*]` tables into a project file; the rest of it stays byte for byte.

    Parameters
    ----------
    file
        The project file.
    changes_text
        From `layers.modes.mode_changes_text`.

    Raises
    ------
    ProjectError
        If the file cannot be read or rewritten as UTF-8.
    OutputError
        If it cannot be written; it is then as it was.
    """
    try:
        content = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        msg = f"项目文件「{file.name}」读不出来，改动没有写进去。请检查文件是否还在、是否为 UTF-8。"
        raise ProjectError(msg) from cause
    write_bytes(file, with_mode_changes(content, changes_text).encode("utf-8"))
