"""The page of siting: click where the next clinic goes, and see at once whom it reaches."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.errors import PlannerError
from coverage.studies.live_reading import live_change
from reports.safe_text import plain_text
from views import map_overlay, siting_events, siting_figures, siting_map, state
from views.cache import ground_map, reading_map
from views.live_map import MapSettings, live_map
from views.problems import show_error, told_to_the_planner
from views.siting_advice import show_advice
from views.siting_compare import show_scenario_comparison
from views.siting_live import live_pair, road_effects, without_scenario
from views.siting_panel import (
    Studio,
    choose_new_site,
    chosen_site,
    list_actions,
    show_message,
    show_selected,
    show_steps,
    show_way_back,
)
from views.siting_scenarios import choose_scenario, desk_of, keep, manage_scenarios
from views.what_if import try_scenario, what_if

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coverage.scenarios.action import FacilityAction
    from coverage.standards import Reading, Standard
    from coverage.studies.live_reading import LiveChange
    from views.cache import Opened
    from views.live_map import MapEvent
    from views.map_overlay import Shape

STYLE: Final = Path(__file__).with_name("siting.css")
MAP_KEY: Final = "siting-map"
PART_KEY: Final = "siting-part"
MAP_HEIGHT_PX: Final = 500

PARTS: Final = {"try": "试点", "advise": "建议", "compare": "情景对比"}

MOST_AREAS: Final = 12
"""Grounds drawn of new sites, the latest ones: each takes some milliseconds."""


def show_siting(base: Opened, *, static_folder: Path) -> None:
    """
    The whole page.

    Parameters
    ----------
    base
        The project as it is; speeds and roads that are tried count, a scenario that is tried does
        not.
    static_folder
        The folder that Streamlit serves.
    """
    st.html(STYLE)
    with told_to_the_planner():
        opened = without_scenario(base, what_if(st.session_state))
        _studio(opened, MapSettings(static_folder, MAP_HEIGHT_PX))


@st.fragment
def _studio(opened: Opened, settings: MapSettings) -> None:
    """All of it; a click runs this part alone."""
    parts, scenario, manage, criteria = st.columns(
        [1.15, 1, 0.55, 1.5], vertical_alignment="center", gap="small"
    )
    with parts:
        part = st.segmented_control(
            "部分", list(PARTS), format_func=PARTS.get, default="try", key=PART_KEY,
            required=True, label_visibility="collapsed",
        )  # fmt: skip
    with criteria:
        standard, reading = _choose_reading(opened)
    desk = desk_of(opened)
    with scenario:
        choose_scenario(opened, desk)
    with manage:
        manage_scenarios(opened, desk)
    if part != "try":
        show_message(desk)
    try:
        pair = live_pair(opened, standard, reading, desk.scenario)
    except PlannerError as error:
        # What a scenario closes or moves may be gone from the project's data by now.
        show_error(error)
        show_way_back(opened, desk)
        return
    with told_to_the_planner():
        studio = Studio(opened, standard, reading, desk, pair)
        if part == "advise":
            _advise(studio, settings)
        elif part == "compare":
            scenarios = {key: one.present for key, one in desk.histories.items()}
            show_scenario_comparison(opened, reading, scenarios=scenarios)
        else:
            _try_out(studio, settings)


def _choose_reading(opened: Opened) -> tuple[Standard, Reading]:
    """By which standard and reading places are judged."""
    pairs = {
        reading.reading_id: (standard, reading)
        for standard in opened.assessment.standards
        for reading in standard.readings
    }
    _, current = state.chosen(st.session_state, opened.assessment)
    wanted = st.selectbox(
        "查看口径", list(pairs), index=list(pairs).index(current.reading_id),
        format_func=lambda name: plain_text(f"{pairs[name][0].name}：{pairs[name][1].name}"),
        key="siting-reading", label_visibility="collapsed", filter_mode=None,
    )  # fmt: skip
    standard, reading = pairs[wanted]
    state.choose_standard(st.session_state, standard.standard_id)
    state.choose_reading(st.session_state, standard.standard_id, reading.reading_id)
    return standard, reading


def _try_out(studio: Studio, settings: MapSettings) -> None:
    """The part 试点: headline, map, panel, table."""
    left, right = st.columns([2.25, 1], gap="small")
    with left:
        _draw_map(studio, settings, (), on_event=partial(_on_event, studio))
        st.html(f'<div class="qt-faint">{siting_map.legend(studio.desk.scenario)}</div>')
    with right:
        choose_new_site(studio)
        show_steps(studio.opened, studio.desk)
        show_selected(studio)
        list_actions(studio)
        _show_everywhere(studio)
    table = siting_figures.township_table(studio.pair)
    st.html("<h3>各行政单元的变化（有变化的在前）</h3>")
    siting_figures.show_township_table(table)


def _advise(studio: Studio, settings: MapSettings) -> None:
    """The part 建议; its map shows suggestions, so that a click there places nothing."""
    opened = studio.opened

    def accept(actions: tuple[FacilityAction, ...]) -> None:
        desk = desk_of(opened)
        wanted = siting_events.accepted(desk, actions)
        keep(opened, siting_events.tried_desk(desk, wanted, chain=studio.pair.chain))

    show_advice(
        opened,
        studio.standard,
        studio.reading,
        scenario=studio.desk.scenario,
        accept=accept,
        draw_map=lambda shapes: _draw_map(studio, settings, shapes, on_event=None),
    )


def _draw_map(
    studio: Studio,
    settings: MapSettings,
    further: Sequence[Shape],
    *,
    on_event: Callable[[MapEvent], None] | None,
) -> None:
    """Headline and map with what the scenario draws, and further shapes."""
    change = live_change(studio.pair.before, studio.pair.after)
    st.html(siting_figures.headline_html(studio.pair, change, studio.desk))
    live_map(
        ground_map(studio.opened),
        reading_map(studio.opened, studio.reading),
        key=MAP_KEY,
        settings=settings,
        overlay=[*_shapes(studio, change), *further],
        on_event=on_event,
    )


def _on_event(studio: Studio, event: MapEvent) -> None:
    desk = desk_of(studio.opened)
    wanted = siting_events.after_event(
        desk, event, layers=studio.opened.assessment.layers, chain=studio.pair.chain,
        new_site=chosen_site(studio),
    )  # fmt: skip
    keep(studio.opened, wanted)


def _shapes(studio: Studio, change: LiveChange) -> list[Shape]:
    """What the scenario draws: grounds lowest, then villages, then sites."""
    scenario, pair = studio.desk.scenario, studio.pair
    crs = str(studio.opened.assessment.layers.roads.crs)
    actions = scenario.facility_actions if scenario is not None else ()
    areas = [
        pair.chain.area(actions, facility_id)
        for facility_id in siting_map.reaching_sites(scenario)[-MOST_AREAS:]
    ]
    return [
        *map_overlay.area_shapes(
            [area for area in areas if area is not None], crs=crs, style=map_overlay.CIRCLE
        ),
        *siting_map.road_shapes(
            road_effects(studio.opened, scenario.road_changes if scenario is not None else ()),
            crs=crs,
        ),
        *siting_map.verdict_marks(change),
        *siting_map.scenario_shapes(
            scenario, before=pair.before.facilities, after=pair.after.facilities,
            kinds=studio.opened.kinds, selected=studio.desk.selected,
        ),
    ]  # fmt: skip


def _show_everywhere(studio: Studio) -> None:
    """Let the other pages show this scenario, or no longer."""
    scenario = studio.desk.scenario
    shown = what_if(st.session_state).scenario
    if scenario is None or not scenario.actions:
        return
    if shown == scenario:
        st.html('<div class="qt-faint">各页正按此情景显示；按“恢复现状”退出。</div>')
        return
    is_older = shown is not None and shown.scenario_id == scenario.scenario_id
    label = "各页改按现在的情景显示" if is_older else "按此情景查看各页"
    if st.button(label, key="siting-everywhere", width="stretch"):
        try_scenario(st.session_state, scenario)
        st.rerun()
