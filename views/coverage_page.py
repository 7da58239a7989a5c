"""The coverage page: cards, map, why card, table by zone, notices, sources and downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from reports.figures import people_text
from reports.safe_text import plain_text
from views import state
from views.cache import ground_map, reading_map
from views.cards import show_cards
from views.data_notes import show_notices, show_sources
from views.downloads import show_downloads
from views.live_map import Basemap, MapSettings, live_map, on_map_event
from views.plain_text import escaped, plain
from views.problems import told_to_the_planner
from views.routes import roads_text, route_shapes, village_routes
from views.why_card import facility_html, standard_html, why_card, why_card_html
from views.zone_table import compare_readings, disagreement_text, show_zone_table, zone_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from coverage.route import Route
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment
    from views.cache import Opened
    from views.live_map import MapEvent

MAP_KEY: Final = "coverage-map"
VILLAGE_KEY: Final = "village"

MAP_HEIGHT_PX: Final = 488
"""Leaves room for banner and cards on an office screen of 768 pixels."""

LISTED_VILLAGES: Final = 500
"""Villages offered in the list; all of them can be clicked on the map."""


def show_banner(opened: Opened) -> None:
    """The project's label, which must stand on every screen; without one, its name."""
    st.html(f'<div class="qt-label">{escaped(opened.project.label or opened.project.name)}</div>')


def show_coverage(opened: Opened, *, static_folder: Path) -> None:
    """
    The whole page of one project.

    Parameters
    ----------
    opened
        A project with its result.
    static_folder
        The folder that Streamlit serves.
    """
    assessment = opened.assessment
    standard, reading = state.chosen(st.session_state, assessment)
    cards = st.container()
    # The cards stand above, but show the reading that is chosen below them.
    reading = _choose_reading(standard, reading)
    with cards:
        show_cards(assessment, current=standard)
    table = opened.project.settings.map
    basemap = Basemap(table.basemap_url, table.attribution) if table.basemap_url else None
    settings = MapSettings(static_folder, MAP_HEIGHT_PX, basemap)
    _map_and_village(opened, standard, reading, settings)
    heading = f"{opened.project.name}：{standard.name} · {reading.name}"
    st.html(f"<h3>{escaped(heading)}，各行政单元（未覆盖人口多的在前）</h3>")
    show_banner(opened)
    show_zone_table(zone_table(assessment, reading))
    if standard.note:
        st.html(f'<p class="qt-faint">{escaped(standard.note, limit=1000)}</p>')
    show_notices(assessment.notices)
    show_sources(opened.cards, ground_map(opened))
    show_downloads(opened, reading_id=reading.reading_id)
    _describe_other_readings(opened)


def _describe_other_readings(opened: Opened) -> None:
    """After the page is there: the visitor's next switch finds its map described."""
    for standard in opened.assessment.standards:
        for reading in standard.readings:
            reading_map(opened, reading)


def _choose_reading(standard: Standard, current: Reading) -> Reading:
    readings = {reading.reading_id: reading for reading in standard.readings}
    key = f"reading-{standard.standard_id}"
    st.session_state.setdefault(key, current.reading_id)
    wanted = st.segmented_control(
        "口径",
        list(readings),
        format_func=lambda reading_id: plain(readings[reading_id].name),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    state.choose_reading(st.session_state, standard.standard_id, wanted)
    return readings[wanted]


@st.fragment
def _map_and_village(
    opened: Opened, standard: Standard, reading: Reading, settings: MapSettings
) -> None:
    """Map and village; a click runs this part alone."""
    left, right = st.columns([2.3, 1], gap="small")
    selected = state.selected_village(st.session_state, opened.assessment)
    routes: Sequence[Route] = ()
    if selected is not None:
        routes = village_routes(opened, standard, reading, demand_id=selected)
    roads = opened.assessment.layers.roads
    with left, told_to_the_planner():
        live_map(
            ground_map(opened),
            reading_map(opened, reading),
            key=MAP_KEY,
            settings=settings,
            selected=state.map_state(st.session_state).get("selected"),
            overlay=route_shapes(routes, crs=roads.crs),
            on_event=_keep_click,
        )
    with right:
        _village(opened, standard, reading, roads=roads_text(routes, roads))
        if len(standard.readings) > 1:
            _comparison(opened.assessment, standard)


def _keep_click(event: MapEvent) -> None:
    st.session_state[state.MAP] = on_map_event(state.map_state(st.session_state), event)


def _keep_village() -> None:
    state.select_village(st.session_state, st.session_state[VILLAGE_KEY])


def _village(opened: Opened, standard: Standard, reading: Reading, *, roads: str) -> None:
    assessment = opened.assessment
    selected = state.selected_village(st.session_state, assessment)
    facility = state.selected_facility(st.session_state, assessment)
    villages, left_out = listed_villages(assessment, reading, selected=selected)
    st.session_state[VILLAGE_KEY] = selected
    st.selectbox(
        "村（社区）",
        list(villages),
        format_func=villages.get,
        key=VILLAGE_KEY,
        index=None,
        placeholder=f"点击地图，或从 {len(villages):,} 个未覆盖村中选择",
        label_visibility="collapsed",
        on_change=_keep_village,
    )
    if left_out:
        st.caption(f"列出人口最多的 {LISTED_VILLAGES} 个；另有 {left_out:,} 个请在地图上点击。")
    if selected is not None:
        shown = why_card(
            assessment,
            standard,
            reading,
            demand_id=selected,
            kinds=opened.kinds,
            modes=opened.modes,
            roads=roads,
        )
        st.html(why_card_html(shown))
    elif facility is not None:
        st.html(facility_html(assessment, reading, facility_id=facility, kinds=opened.kinds))
    else:
        told_apart = "settlement" in opened.assessment.demand.columns
        st.html(
            standard_html(
                standard,
                reading,
                kinds=opened.kinds,
                modes=opened.modes,
                told_apart=told_apart,
            )
        )


def listed_villages(
    assessment: Assessment, reading: Reading, *, selected: str | None
) -> tuple[dict[str, str], int]:
    """
    The uncovered villages to choose from, those with most people first.

    Parameters
    ----------
    assessment
        Result of an assessment.
    reading
        One of its readings.
    selected
        A village that must be in the list, covered or not.

    Returns
    -------
    villages, left_out
        Names by id, and how many uncovered villages the list leaves out.
    """
    gaps = assessment.gaps
    gaps = gaps[gaps["reading_id"] == reading.reading_id]
    gaps = gaps.sort_values("population", ascending=False, kind="stable")
    ids = list(gaps["demand_id"].head(LISTED_VILLAGES))
    left_out = len(gaps) - len(ids)
    if selected is not None and selected not in ids:
        ids.insert(0, selected)
    rows = assessment.demand.loc[ids]
    zones = rows["zone_id"].map(assessment.layers.zones["zone_name"])
    cells = zip(rows.index, rows["demand_name"], zones, rows["population"], strict=True)
    return {cell[0]: village_label(*cell) for cell in cells}, left_out


def village_label(demand_id: str, name: object, zone: object, people: float) -> str:
    """A village in the list: "李村（东镇，400 人）"."""
    place = [text for text in (plain_text(zone), people_text(people)) if text]
    return f"{plain_text(name) or plain_text(demand_id)}（{'，'.join(place)}）"


def _comparison(assessment: Assessment, standard: Standard) -> None:
    comparison = compare_readings(assessment, standard)
    st.html(comparison_html(comparison.table, disagreement_text(comparison)))


def comparison_html(table: pd.DataFrame, sentence: str) -> str:
    """The readings side by side; every text in it is escaped."""
    head = "".join(f"<th>{escaped(name)}</th>" for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>"
        for row in table.itertuples(index=False)
    )
    return (
        f'<div class="qt-compare"><b>口径对比</b><table><thead><tr>{head}</tr></thead>'
        f'<tbody>{rows}</tbody></table><div class="qt-faint">{escaped(sentence)}</div></div>'
    )
