"""Correcting where a facility or village lies: drag its pin or type the place; the source stays."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from layers.corrections import COLUMN, DATUM, POSITION, USE, read_corrections, with_correction
from views import state
from views.cache import bare_ground_map
from views.correction_rows import (
    corrections_file,
    corrections_version,
    has_moved,
    list_rows,
    lists_of,
    matching,
    moved_row,
    row_label,
)
from views.intake_map import row_of, rows_map
from views.live_map import MapSettings, live_map
from views.map_overlay import Shape
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.problems import told_to_the_planner

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

    from layers.corrections import Correction
    from layers.project import Project
    from reports.map_description import ReadingMap
    from views.cache import Opened
    from views.correction_rows import ListRows
    from views.live_map import MapEvent

LIST_KEY: Final = "correct-list"
WORD_KEY: Final = "correct-word"
ROW_KEY: Final = "correct-row"
LON_KEY: Final = "correct-lon"
LAT_KEY: Final = "correct-lat"
SHOWN_FOR: Final = "correct-shown-for"
"""List and row whose place stands in the fields."""

MAP_HEIGHT_PX: Final = 500

SHOWN_CORRECTIONS: Final = 30

FIELD_NAMES: Final = {POSITION: "位置", DATUM: "坐标系", USE: "是否采用"}


def choose_row(session: MutableMapping[str, Any], label: str, row: int) -> None:
    """Before the section is drawn: look at a row of a list."""
    session[LIST_KEY], session[WORD_KEY], session[ROW_KEY] = label, "", row


def show_corrections(opened: Opened, *, static_folder: Path, examples: Path) -> None:
    """
    The whole section.

    Parameters
    ----------
    opened
        The project as it is.
    static_folder
        The folder that Streamlit serves.
    examples
        Folder of the shipped examples, whose files are not written.
    """
    project = opened.project
    if project.file.is_relative_to(examples):
        st.info(
            "自带示例不改动，不能更正。请到“新建项目”建一个自己的项目，或在右上方打开自己的项目文件夹。"
        )
        return
    lists = lists_of(project)
    if not lists:
        st.info("这个项目的村庄和设施都取自开放街图，没有可以逐行更正的名录。")
        return
    left, right = st.columns([2, 1], gap="small")
    with right:
        label = st.selectbox(
            "名录", list(lists), key=LIST_KEY, label_visibility="collapsed", filter_mode=None,
            on_change=_forget_row,
        )  # fmt: skip
        listed = None
        with told_to_the_planner(), st.spinner("正在读取名录…"):
            listed = list_rows(opened, label)
        row = None if listed is None else _choose_row(listed)
    if listed is None:  # the reason is on screen; other lists can still be chosen
        _records(project)
        return
    if listed.told:
        st.warning(plain(listed.told, limit=MESSAGE_LIMIT))
    with left, told_to_the_planner():
        _map(opened, listed, row, static_folder)
    with right:
        if row is not None:
            _place_form(project, listed, row)
    _records(project)


def _forget_row() -> None:
    st.session_state[ROW_KEY] = None


def _choose_row(listed: ListRows) -> int | None:
    """The row to be moved; a click on the map chooses one too."""
    word = st.text_input(
        "查找", key=WORD_KEY, placeholder="输入名称、代码或行号查找", max_chars=50,
        label_visibility="collapsed",
    )  # fmt: skip
    found = matching(listed.rows, word, listed.findings)
    kept = st.session_state.get(ROW_KEY)
    if kept in listed.rows.index and kept not in found:
        found = [kept, *found]
    if kept not in found:
        st.session_state[ROW_KEY] = None
    row: int | None = st.selectbox(
        "要更正的一行",
        found,
        index=None,
        format_func=lambda one: row_label(listed.rows, one),
        key=ROW_KEY,
        placeholder=f"选一行（{len(found)} 行可选），或在地图上点",
        label_visibility="collapsed",
    )
    return row


def _map(opened: Opened, listed: ListRows, row: int | None, static_folder: Path) -> None:
    overlay = []
    if row is not None:
        lon, lat = _shown_place(opened, listed, row)
        overlay = [Shape("pin", [[lat, lon]])]
    drawn, left_out = _drawn(opened, listed)
    live_map(
        bare_ground_map(opened),
        drawn,
        key="correct-map",
        settings=MapSettings(static_folder, MAP_HEIGHT_PX),
        overlay=overlay,
        on_event=_on_map,
    )
    more = f"另有 {left_out:,} 行没有画出，请用查找。" if left_out else ""
    st.html(
        '<div class="qt-faint">点一个点选中它，再拖动紫色标记到正确的位置；也可以在右边填经纬度。'
        f"{more}</div>"
    )


def _on_map(event: MapEvent) -> None:
    """A dropped pin fills in the place; a click on a point chooses its row."""
    if event.kind == "moved":
        st.session_state[LON_KEY], st.session_state[LAT_KEY] = event.lon, event.lat
    elif event.kind == "feature" and event.layer_id.startswith("rows-"):
        st.session_state[ROW_KEY] = row_of(event.feature_id)[1]


def _shown_place(opened: Opened, listed: ListRows, row: int) -> tuple[float, float]:
    """Where the pin stands: what the fields say, at first where the row lies."""
    shown_for = (corrections_version(opened), listed.label, row)
    # Streamlit forgets the fields when another section was looked at in between.
    if st.session_state.get(SHOWN_FOR) != shown_for or LON_KEY not in st.session_state:
        one = listed.rows.loc[row]
        lon, lat = one["lon"], one["lat"]
        if not (math.isfinite(lon) and math.isfinite(lat)):  # it lies nowhere yet
            (south, west), (north, east) = bare_ground_map(opened).bounds
            lon, lat = (west + east) / 2, (south + north) / 2
        st.session_state[SHOWN_FOR] = shown_for
        st.session_state[LON_KEY], st.session_state[LAT_KEY] = round(lon, 7), round(lat, 7)
    return st.session_state[LON_KEY], st.session_state[LAT_KEY]


def _drawn(opened: Opened, listed: ListRows) -> tuple[ReadingMap, int]:
    """The map of the rows, described once."""
    key = (corrections_version(opened), listed.label)
    kept: Any = st.session_state.get("correct-drawn")
    if kept is None or kept[0] != key:
        kept = (key, *rows_map(listed.rows.reset_index(), listed.findings, clickable=True))
        st.session_state["correct-drawn"] = kept
    return kept[1], kept[2]


def _place_form(project: Project, listed: ListRows, row: int) -> None:
    """Place, reason and the button that records them."""
    for one in listed.findings:
        if one.row == row:
            said = f"{one.title}：{one.found}"
            st.html(f'<div class="qt-missed">{escaped(said, limit=MESSAGE_LIMIT)}</div>')
    old = str(listed.rows.loc[row, "old"])
    st.html(f'<div class="qt-faint">文件里写的位置：{escaped(old) or "（没有）"}</div>')
    east, north = st.columns(2)
    lon = east.number_input("经度（WGS84）", -180.0, 180.0, format="%.6f", step=1e-4, key=LON_KEY)
    lat = north.number_input("纬度（WGS84）", -90.0, 90.0, format="%.6f", step=1e-4, key=LAT_KEY)
    reason = st.text_input(
        "改正原因和经办人", key="correct-reason", max_chars=80,
        placeholder="例如 坐标抄错，现场核对；张三",
    )  # fmt: skip
    moved = has_moved(listed, row, lon=lon, lat=lat)
    if st.button(
        "记下更正", type="primary", width="stretch", disabled=not (moved and reason.strip())
    ):
        now = dt.datetime.now(dt.UTC).astimezone()
        one = moved_row(listed, row, lon=lon, lat=lat, reason=reason.strip(), now=now)
        with told_to_the_planner():
            _record(project, one)
    if moved and not reason.strip():
        st.html('<div class="qt-faint">请写明改正原因和经办人，再按“记下更正”。</div>')


def _record(project: Project, one: Correction) -> None:
    with_correction(corrections_file(project), one)
    state.corrected(st.session_state)
    st.rerun()


def _records(project: Project) -> None:
    """What was corrected, the newest first, each with a button that takes it back."""
    file = corrections_file(project)
    title, button = st.columns([6, 1.4], vertical_alignment="center")
    title.html("<h3>更正记录</h3>")
    if state.is_pending(st.session_state):
        button.button(
            "按更正重新计算", type="primary", width="stretch", key="correct-compute",
            on_click=state.close, args=(st.session_state,),
        )  # fmt: skip
        st.html(
            '<div class="qt-faint">已经记下，还没有重新计算：改完几处后按“按更正重新计算”，'
            "转到别的页面时也会自动计算。</div>"
        )
    with told_to_the_planner():
        kept = read_corrections(file)
        if not kept:
            st.html('<div class="qt-faint">还没有更正。更正只记在项目里，不写进来源文件。</div>')
            return
        for one in reversed(kept[-SHOWN_CORRECTIONS:]):
            text, button = st.columns([6, 1], vertical_alignment="center")
            text.html(correction_html(one))
            if button.button("撤销", key=f"undo-{one.key}", width="stretch"):
                # Back to what the source says: the record goes.
                _record(project, replace(one, new=one.old))
        left = len(kept) - SHOWN_CORRECTIONS
        more = f"另有 {left} 条较早的没有列出；" if left > 0 else ""
        st.html(f'<div class="qt-faint">{more}全部记在项目的 {escaped(file.name)} 里。</div>')


def correction_html(one: Correction) -> str:
    """A correction as a line: who, when, what, why; every text in it is escaped."""
    field = FIELD_NAMES.get(one.field) or f"“{one.field.removeprefix(COLUMN)}”"
    change = f"{one.old or '（空）'} → {one.new or '（空）'}"
    when = one.made_at.replace("T", " ")[:16]
    return (
        f'<div class="qt-change"><b>{escaped(one.file)} 第 {one.row} 行</b> '
        f"{escaped(one.record)}　{escaped(field)}：{escaped(change)}"
        f'<div class="qt-faint">{escaped(when)}　{escaped(one.reason)}</div></div>'
    )
