"""What would close the gap of one target: zones and villages short, and the fewest new sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.rules.closing_gap import CIRCLES, TIME_LIMIT_S
from reports.least_sites import least_sites_sentence
from views.cache import bare_ground_map
from views.live_map import MapSettings, live_map
from views.plain_text import MESSAGE_LIMIT, escaped
from views.problems import told_to_the_planner
from views.targets_map import PROPOSED, target_map
from views.targets_parts import closing_sentence, closing_table, places_table
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from coverage.targets import Answered, LeastSites
    from views.targets_source import Held

MISSED: Final = ("未达标", "尚未到期")

LEAST_KEY: Final = "targets-least"
MAP_KEY: Final = "targets-least-map"
PLACES_KEY: Final = "targets-least-places"

MAP_HEIGHT_PX: Final = 430
ROWS: Final = 14
PLACE_ROWS: Final = 11


def show_closing(
    held: Held,
    one: Answered,
    failing: pd.DataFrame,
    *,
    row: dict[str, Any],
    zones: pd.DataFrame,
    interpolate: bool,
    static_folder: Path,
) -> None:
    """
    The part 怎样补上 of the target that is looked at.

    Parameters
    ----------
    held
        The project.
    one
        Target and answer.
    failing
        Its rows of `FAILING_UNITS_RESULT`.
    row, zones
        Its rows of `TARGETS_RESULT`: that of the whole study area, and those of the zones.
    interpolate
        As `coverage.targets.judge`.
    static_folder
        The folder that Streamlit serves.
    """
    told = escaped(closing_sentence(row, zones), limit=MESSAGE_LIMIT)
    st.html(f'<div class="qt-change">{told}</div>')
    if row["verdict"] in MISSED and isinstance(one.target.ask, CIRCLES):
        with told_to_the_planner():
            found = _asked_for(held, one, year=int(row["year"]), interpolate=interpolate)
            if found is not None:
                _show_places(held, one, failing, found, static_folder=static_folder)
    if row["verdict"] in (*MISSED, "数据不足"):
        _show_short(zones, failing, gap=float(row["gap"]))


def _asked_for(held: Held, one: Answered, *, year: int, interpolate: bool) -> LeastSites | None:
    """The fewest new sites, once the planner has asked for them."""
    asked = st.session_state.setdefault(LEAST_KEY, set())
    name = (held.opened.fingerprint, held.key, one.target.target_id, year, interpolate)
    if name not in asked:
        limit = f"{TIME_LIMIT_S:g}"
        st.button(
            "计算最少新建几处",
            key=f"{LEAST_KEY}-button",
            help=f"以各村（社区）所在的点为候选地点，现有设施都保留；最多算 {limit} 秒。",
            on_click=asked.add,
            args=(name,),
        )
        return None
    with st.spinner("正在求最少新建处数…"):
        return held.least_sites(one, year=year, interpolate=interpolate)


def _show_places(
    held: Held, one: Answered, failing: pd.DataFrame, found: LeastSites, *, static_folder: Path
) -> None:
    said = escaped(least_sites_sentence(found), limit=MESSAGE_LIMIT)
    st.html(f'<div class="qt-change">{said}</div>')
    if not found.sites:
        return
    layers = held.study.layers
    table = places_table(found, zones=layers.zones["zone_name"].to_dict())
    left, right = st.columns([1, 1.05], gap="small")
    with left:
        st.html(
            '<div class="qt-faint">候选地点是各村（社区）所在的点，现有设施都保留；'
            "每个对象算在最近的新建地点。点一行在地图上标出。</div>"
        )
        picked = _draw_places(table, found)
    with right:
        key = (held.opened.fingerprint, held.key, found.target_id, found.year, found.aim)
        kept = st.session_state.get("targets-least-map-kept")
        if kept is None or kept[0] != key:
            made = target_map(one, failing, layers, kinds=held.opened.kinds, proposed=found)
            kept = (key, made[0])
            st.session_state["targets-least-map-kept"] = kept
        live_map(
            bare_ground_map(held.opened),
            kept[1],
            key=MAP_KEY,
            settings=MapSettings(static_folder, MAP_HEIGHT_PX),
            selected=picked,
        )


def _draw_places(table: pd.DataFrame, found: LeastSites) -> dict[str, str] | None:
    """The table of places; the one picked in it, as the map knows it."""
    number = st.column_config.NumberColumn
    event = st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        key=f"{PLACES_KEY}-{found.target_id}-{found.aim}",
        on_select="rerun",
        selection_mode="single-cell",
        height=ROW_HEIGHT_PX * (min(len(table), PLACE_ROWS) + 1) + 3,
        column_config={
            "地点": st.column_config.TextColumn(width=130),
            "所在单元": st.column_config.TextColumn(width=90),
            "服务对象数": number(format="localized", width=84),
            "新建什么": st.column_config.TextColumn(width=220),
            **{name: number(format="localized", width=100) for name in table if "新增" in name},
        },
    )
    cells = event["selection"]["cells"]
    if not cells or cells[0][0] >= len(table):
        return None
    return {"layer": PROPOSED, "id": str(table.index[cells[0][0]])}


def _show_short(zones: pd.DataFrame, failing: pd.DataFrame, *, gap: float) -> None:
    """Zones or villages, with what each is short of."""
    title, table = closing_table(zones, failing, gap=gap)
    if table.empty:
        return
    st.html(f"<h3>{escaped(title)}</h3>")
    number = st.column_config.NumberColumn(format="localized", width=140)
    st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        height=ROW_HEIGHT_PX * (min(len(table), ROWS) + 1) + 3,
        column_config={
            **{name: number for name in table if "差额" in name},
            **{name: st.column_config.TextColumn(width=200) for name in ("名称", "单元")},
        },
    )
