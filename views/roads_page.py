"""The page of road changes: close a road, change its speed, draw a new one, see what follows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.changes.road_changes import apply_road_changes
from coverage.changes.road_classes import class_name
from coverage.changes.road_places import edge_at
from coverage.studies.comparison import GAINED
from layers.road_changes import places_from_degrees, read_road_changes, road_changes_text
from reports.figures import metres_text
from reports.safe_text import plain_text
from views import map_overlay, road_draft, state
from views.cache import changed_roads, compared, ground_map, reading_map
from views.comparison_table import show_comparison
from views.live_map import MapSettings, live_map
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.problems import told_to_the_planner
from views.what_if import try_road_changes, what_if

if TYPE_CHECKING:
    import geopandas as gpd

    from coverage.changes.road_change import ChangedRoads, RoadChange
    from coverage.standards import Reading, Standard
    from coverage.studies.comparison import Comparison
    from views.cache import Opened
    from views.live_map import MapEvent
    from views.map_overlay import Shape

MAP_KEY: Final = "roads-map"
ACTION_KEY: Final = "road-action"
MAP_HEIGHT_PX: Final = 520
FILE_NAME: Final = "道路变化.toml"

LEGEND: Final = (
    "黑虚线：封闭；绿线：改车速；粉线：新建。"
    "蓝圈：新增覆盖的村（社区）；黑圈：失去覆盖的村（社区）。"
)

HIGHLIGHTS: Final = {
    "close": map_overlay.CLOSED,
    "speed": map_overlay.SPEED,
    "add": map_overlay.ADDED,
}


def show_roads(base: Opened, shown: Opened, *, static_folder: Path) -> None:
    """
    The whole page.

    Parameters
    ----------
    base
        The project as it is.
    shown
        The project with what is tried.
    static_folder
        The folder that Streamlit serves.
    """
    left, right = st.columns([2.1, 1], gap="small")
    with right:
        standard, reading = _choose_reading(base)
    changes = what_if(st.session_state).road_changes
    changed = changed_roads(shown)
    comparison = None if shown is base else compared(base, shown)
    with right:
        action = st.segmented_control(
            "操作",
            list(road_draft.ACTIONS),
            format_func=road_draft.ACTIONS.get,
            default="close",
            key=ACTION_KEY,
            required=True,
            label_visibility="collapsed",
        )
        st.caption(road_draft.HINTS[action])
        _draft_form(base, changed, action)
    with left, told_to_the_planner():
        live_map(
            ground_map(base),
            reading_map(shown, reading),
            key=MAP_KEY,
            settings=MapSettings(static_folder, MAP_HEIGHT_PX),
            overlay=_shapes(base, changed, comparison, reading),
            on_event=_keep_click,
        )
        st.html(f'<div class="qt-faint">{LEGEND}</div>')
    with right:
        _list_changes(changes, changed)
        for notice in changed.notices:
            st.caption(f"注意：{plain(notice.message)}")
        _files(base)
    if comparison is not None:
        st.html(f"<h3>现状与试算对比（{escaped(standard.name)} · {escaped(reading.name)}）</h3>")
        show_comparison(comparison, shown.assessment, reading)


def _choose_reading(base: Opened) -> tuple[Standard, Reading]:
    """By which standard and reading the map and the list of villages tell what follows."""
    pairs = {
        reading.reading_id: (standard, reading)
        for standard in base.assessment.standards
        for reading in standard.readings
    }
    _, current = state.chosen(st.session_state, base.assessment)
    wanted = st.selectbox(
        "查看口径",
        list(pairs),
        index=list(pairs).index(current.reading_id),
        format_func=lambda name: plain_text(f"{pairs[name][0].name}：{pairs[name][1].name}"),
        key="road-reading",
        label_visibility="collapsed",
        filter_mode=None,
    )
    standard, reading = pairs[wanted]
    state.choose_standard(st.session_state, standard.standard_id)
    state.choose_reading(st.session_state, standard.standard_id, reading.reading_id)
    return standard, reading


def _keep_click(event: MapEvent) -> None:
    road_draft.add_place(st.session_state, lon=event.lon, lat=event.lat)


def _draft_form(base: Opened, changed: ChangedRoads, action: str) -> None:
    """What is being made: the road under the clicks, the choices, and the buttons."""
    count = len(road_draft.places(st.session_state))
    changes = what_if(st.session_state).road_changes
    _describe_clicks(changed, action)
    chosen: dict[str, object] = {}
    if action == "speed":
        chosen["speed_kph"] = st.number_input(
            "新车速（公里/小时，只对机动车）", 5.0, 120.0, 60.0, 5.0, key="road-speed"
        )
    if action == "add":
        kind, lanes = st.columns(2, vertical_alignment="bottom")
        chosen["road_class"] = kind.selectbox(
            "新路等级", road_draft.CLASSES, index=2, format_func=class_name, key="road-class",
            filter_mode=None,
        )  # fmt: skip
        chosen["oneway"] = lanes.checkbox("单行（按点选方向）", key="road-oneway")
        crossings = st.checkbox("与跨过的道路也相接（不是桥）", key="road-crossings")
        chosen["joins"] = "crossings" if crossings else "ends"
    chosen["name"] = st.text_input(
        "名称", key=f"road-name-{road_draft.next_id(changes)}", max_chars=50,
        placeholder="例如 滨河大桥（可不填）",
        label_visibility="collapsed",
    )  # fmt: skip
    make, undo, clear = st.columns(3)
    ready = road_draft.is_ready(st.session_state, action)
    if make.button("加入试算", type="primary", disabled=not ready, width="stretch"):
        with told_to_the_planner():
            _add(base, action, chosen)
    undo.button(
        "撤销一点", disabled=not count, width="stretch", on_click=road_draft.undo,
        args=(st.session_state,),
    )  # fmt: skip
    clear.button(
        "重新点选", disabled=not count, width="stretch", on_click=road_draft.clear,
        args=(st.session_state,),
    )  # fmt: skip


def _describe_clicks(changed: ChangedRoads, action: str) -> None:
    """How many places there are, and which road the last one is on."""
    clicks = road_draft.places(st.session_state)
    if not clicks:
        st.html('<div class="qt-faint">还没有点选。</div>')
        return
    ((x, y),) = places_from_degrees([clicks[-1]], changed.roads.crs)
    road = edge_at(changed.as_built, x, y)
    if road is None:
        where = "离道路较远" if action == "add" else "附近没有道路，请点在道路上"
    else:
        called = f"{road.name}（{road.class_name}）" if road.name else road.class_name
        where = f"{called}，路段长 {metres_text(road.length_m)}"
    st.html(f'<div class="qt-faint">已点 {len(clicks)} 处；最后一处：{escaped(where)}</div>')


def _add(base: Opened, action: str, chosen: dict[str, object]) -> None:
    roads = base.assessment.layers.roads
    changes = what_if(st.session_state).road_changes
    change = road_draft.drafted(st.session_state, changes, crs=roads.crs, action=action, **chosen)
    # A change that cannot be applied is told here and not kept.
    apply_road_changes(roads, [*changes, change])
    try_road_changes(st.session_state, (*changes, change))
    road_draft.clear(st.session_state)
    st.rerun()


def _list_changes(changes: tuple[RoadChange, ...], changed: ChangedRoads) -> None:
    """What is tried, each with what it does and a button that takes it back."""
    if not changes:
        return
    done = {effect.change.change_id: effect.sentence for effect in changed.effects}
    st.html("<b>试算的道路变化</b>")
    for change in changes:
        text, button = st.columns([5, 1], vertical_alignment="center")
        sentence = done.get(change.change_id, "没有生效")
        text.html(
            f'<div class="qt-change"><b>{escaped(change.name)}</b>'
            f'<div class="qt-faint">{escaped(sentence, limit=MESSAGE_LIMIT)}</div></div>'
        )
        button.button(
            "撤回",
            key=f"drop-{change.change_id}",
            on_click=try_road_changes,
            args=(st.session_state, tuple(one for one in changes if one is not change)),
        )


def _files(base: Opened) -> None:
    """Keep the changes as a file, or read them from one."""
    crs = base.assessment.layers.roads.crs
    changes = what_if(st.session_state).road_changes
    if changes:
        st.download_button(
            "保存为文件", road_changes_text(changes, crs), FILE_NAME, "application/toml",
            on_click="ignore", width="stretch",
        )  # fmt: skip
    with st.expander("从文件读入道路变化"):
        given = st.file_uploader("道路变化文件（.toml）", type=["toml"], key="road-file")
        if given is not None and st.button("读入并试算", width="stretch"):
            with told_to_the_planner():
                read = _read(given.getvalue(), crs)
                apply_road_changes(base.assessment.layers.roads, read)
                try_road_changes(st.session_state, read)
                st.rerun()


def _read(content: bytes, crs: str) -> tuple[RoadChange, ...]:
    with tempfile.TemporaryDirectory(prefix="quantu-") as folder:
        path = Path(folder) / FILE_NAME
        path.write_bytes(content)
        return read_road_changes(path, crs)


def _shapes(
    base: Opened, changed: ChangedRoads, comparison: Comparison | None, reading: Reading
) -> list[Shape]:
    """Changed roads, villages gained and lost, and the clicks so far."""
    crs = base.assessment.layers.roads.crs
    shapes: list[Shape] = []
    for effect in changed.effects:
        style = HIGHLIGHTS[effect.change.action]
        shapes += map_overlay.line_shapes([effect.lines], crs=crs, style=style)
    if comparison is not None:
        shapes += _village_shapes(base.assessment.demand, comparison, reading)
    clicks = [[lat, lon] for lon, lat in road_draft.places(st.session_state)]
    if len(clicks) > 1:
        shapes.append(map_overlay.Shape("line", clicks, map_overlay.DRAWN))
    return shapes + [map_overlay.Shape("dot", [click], map_overlay.VERTEX) for click in clicks]


def _village_shapes(
    demand: gpd.GeoDataFrame, comparison: Comparison, reading: Reading
) -> list[Shape]:
    villages = comparison.villages[comparison.villages["reading_id"] == reading.reading_id]
    gained = villages["change"] == GAINED
    crs = str(demand.crs)
    return [
        shape
        for rows, style in ((gained, map_overlay.GAINED), (~gained, map_overlay.LOST))
        for shape in map_overlay.dot_shapes(
            demand.geometry.loc[villages.loc[rows, "demand_id"]], crs=crs, style=style
        )
    ]
