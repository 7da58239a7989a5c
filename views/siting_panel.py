"""The right side of the siting page: what is placed, what is looked at, what was done so far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.scenarios.action import FacilityAction
from coverage.studies.live_tables import served_by
from reports.figures import people_text
from reports.safe_text import plain_text
from views import siting_events, siting_state
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.siting_events import BEDS, UPGRADES, NewSite
from views.siting_scenarios import desk_of, keep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from coverage.scenarios.action import Scenario
    from coverage.standards import FacilityKind, Reading, Standard
    from views.cache import Opened
    from views.siting_live import LivePair
    from views.siting_state import Desk

KIND_KEY: Final = "siting-kind"
BEDS_KEY: Final = "siting-beds"
COST_KEY: Final = "siting-cost"

LIST_HEIGHT_PX: Final = 190

STATES: Final = {
    "existing": "现有设施", "added": "本情景新建", "moved": "本情景迁移", "closed": "本情景关闭",
    "upgraded": "本情景升级或改规模",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Studio:
    """
    What the parts of the page share in one run.

    Parameters
    ----------
    opened
        The project on which scenarios are tried.
    standard, reading
        By which they are judged.
    desk
        What the visitor works on.
    pair
        The reading without and with the scenario.
    """

    opened: Opened
    standard: Standard
    reading: Reading
    desk: Desk
    pair: LivePair


def choose_new_site(studio: Studio) -> NewSite:
    """What the next click on empty map places."""
    kinds = _offered(studio)
    code = st.selectbox(
        "点击地图新建", list(kinds),
        format_func=lambda code: f"点击地图新建：{plain_text(kinds[code].name)}",
        key=f"{KIND_KEY}-{studio.reading.reading_id}", label_visibility="collapsed",
        filter_mode=None,
    )  # fmt: skip
    scenario = studio.desk.scenario
    count = len(scenario.actions) if scenario is not None else 0
    with st.popover("名称、床位、造价（可不填）", width="stretch"):
        name = st.text_input(
            "名称", key=f"siting-name-{studio.desk.current}-{count}",
            max_chars=siting_events.NAME_LIMIT, placeholder="不填则自动编号",
        )  # fmt: skip
        beds = st.number_input("床位（张）", 0, 5000, None, key=BEDS_KEY, placeholder="不填")
        cost = st.number_input(
            "造价（万元）", 0.0, 1e8, None, 1.0, key=COST_KEY, placeholder="不填"
        )
    return NewSite(kinds[code], name, beds, cost)


def _offered(studio: Studio) -> dict[str, FacilityKind]:
    return siting_events.offered_kinds(
        studio.standard, studio.opened.kinds, stations=studio.reading.station_kinds
    )


def show_steps(opened: Opened, desk: Desk) -> None:
    """Undo and redo; they need no figures, so that there is a way back from what has none."""
    history = desk.history
    undo, redo = st.columns(2)
    undo.button(
        "撤销", disabled=history is None or not history.can_undo, width="stretch",
        on_click=_change, args=(opened, siting_state.undone),
    )  # fmt: skip
    redo.button(
        "重做", disabled=history is None or not history.can_redo, width="stretch",
        on_click=_change, args=(opened, siting_state.redone),
    )  # fmt: skip


def show_message(desk: Desk) -> None:
    """Why the last thing done did nothing."""
    if desk.message:
        st.warning(plain(desk.message, limit=MESSAGE_LIMIT))


def show_way_back(opened: Opened, desk: Desk) -> None:
    """What can be taken back of a scenario that cannot be applied, and so has no figures."""
    if desk.scenario is None:
        return
    st.html('<div class="qt-faint">这个情景现在不能照做。请撤销，或撤回其中不能做的改动：</div>')
    left, _ = st.columns([1, 1.25])
    with left:
        show_steps(opened, desk)
        rows = opened.assessment.layers.facilities
        _list_actions(
            opened, desk.scenario, names_of(desk.scenario, [rows], opened.kinds), studio=None
        )


def show_selected(studio: Studio) -> None:
    """The card of the facility or village that is looked at; else what to do."""
    desk = studio.desk
    show_message(desk)
    facilities = _all_facilities(studio)
    if desk.selected in facilities.index:
        with st.container(border=True, key="qt-siting-card"):
            _facility_card(studio, facilities.loc[desk.selected])
    elif desk.village in studio.opened.assessment.demand.index:
        with st.container(border=True, key="qt-siting-card"):
            _village_card(studio)
    else:
        st.html(
            '<div class="qt-faint">点击地图空白处新建；拖动图标迁移；点击现有设施可关闭、'
            "升级；点击村可在村内新建。</div>"
        )


def _all_facilities(studio: Studio) -> gpd.GeoDataFrame:
    """After the scenario; the closed ones as they were."""
    after, before = studio.pair.after.facilities, studio.pair.before.facilities
    return after if studio.desk.selected in after.index else before


def _facility_card(studio: Studio, row: pd.Series[Any]) -> None:
    desk, opened = studio.desk, studio.opened
    facility_id = desk.selected
    actions = desk.scenario.actions if desk.scenario is not None else ()
    closed = siting_state.is_closed(actions, facility_id)
    kind = opened.kinds[row["kind"]]
    name = plain_text(row["facility_name"]) or f"{kind.name}（无名称）"
    st.html(
        f'<div class="qt-change"><b>{escaped(name)}</b>'
        f'<div class="qt-faint">{escaped(kind.name)} · {_state_text(studio, closed=closed)}<br>'
        f"{escaped('已关闭，不再服务' if closed else served_text(studio, facility_id))}</div></div>"
    )
    with st.container(horizontal=True, gap="small"):
        if closed:
            _button("恢复", opened, lambda one: siting_state.reopened(one, facility_id), studio)
            return
        added = siting_state.is_added(actions, facility_id)
        close = FacilityAction("close", facility_id)
        _act("删除" if added else "关闭", studio, close)
        upgraded = UPGRADES.get(kind.kind)
        if upgraded in opened.kinds:
            label = f"升级为{opened.kinds[upgraded].name}"
            _act(label, studio, FacilityAction("upgrade", facility_id, kind=upgraded))
        _button("取消移动" if desk.is_moving else "移动", opened, siting_state.moving, None)
        _beds_and_cost(studio, row, facility_id)
    if desk.is_moving:
        st.caption("请在地图上点击新位置，或直接拖动图标。")


def _beds_and_cost(studio: Studio, row: pd.Series[Any], facility_id: str) -> None:
    with st.popover("改床位"):
        now = row.get(BEDS)
        value = None if now is None or math.isnan(float(now)) else int(now)
        key = f"siting-beds-{facility_id}-{value}"
        beds = st.number_input("床位（张）", 0, 5000, value, key=key, placeholder="未知")
        cost = st.number_input("造价（万元）", 0.0, 1e8, None, 1.0, key=f"{key}-cost")
        if beds is not None:
            amounts = ((BEDS, float(beds)),)
            _act(
                "改床位",
                studio,
                FacilityAction("capacity", facility_id, amounts=amounts, cost=cost),
            )


def _state_text(studio: Studio, *, closed: bool) -> str:
    actions = studio.desk.scenario.actions if studio.desk.scenario is not None else ()
    facility_id = studio.desk.selected
    if closed:
        return STATES["closed"]
    if siting_state.is_added(actions, facility_id):
        return STATES["added"]
    done = [one.action for one in siting_state.on_facility(actions, facility_id)]
    if "move" in done:
        return STATES["moved"]
    return STATES["upgraded"] if done else STATES["existing"]


def served_text(studio: Studio, facility_id: str) -> str:
    """For whom a facility is the nearest within the cutoff, after the scenario."""
    if facility_id not in studio.pair.after.serving_ids:
        return uncounted_text(studio, facility_id)
    villages, people = served_by(studio.pair.after, facility_id)
    if not villages:
        return f"没有村（社区）以它为 {studio.reading.cutoff_text}内最近的设施"
    return f"{villages:,} 个村（社区）、{people_text(people)}以它为最近"


def uncounted_text(studio: Studio, facility_id: str) -> str:
    """Why a facility that is open does not count for the standard."""
    rows, standard = studio.pair.after.facilities, studio.standard
    kinds = {*standard.kinds, *studio.reading.station_kinds}
    if facility_id in studio.pair.after.station_ids:
        return "急救站点：本口径由它派车到村，再送到医院"
    if facility_id in rows.index and rows["kind"].loc[facility_id] in kinds:
        place = rows.geometry.loc[facility_id]
        if not studio.opened.assessment.layers.zones.intersects(place).any():
            return f"在研究区以外，「{standard.name}」不计界外设施"
    return f"这类设施不计入「{standard.name}」"


def _village_card(studio: Studio) -> None:
    assessment = studio.opened.assessment
    row = assessment.demand.loc[studio.desk.village]
    name = plain_text(row["demand_name"]) or plain_text(studio.desk.village)
    verdicts = [
        "已覆盖" if live.demand.loc[studio.desk.village, "covered"] else "未覆盖"
        for live in (studio.pair.before, studio.pair.after)
    ]
    people = row.get(studio.standard.demand_group)
    told = people_text(math.nan if people is None else float(people))
    zone = assessment.layers.zones["zone_name"].get(row["zone_id"], "")
    st.html(
        f'<div class="qt-change"><b>{escaped(name)}</b><div class="qt-faint">'
        f"{escaped(zone)} · {escaped(told)}<br>现状{verdicts[0]}，本情景{verdicts[1]}</div></div>"
    )
    st.button("在此村新建", type="primary", key="siting-here", on_click=_place_here, args=(studio,))


def _place_here(studio: Studio) -> None:
    layers = studio.opened.assessment.layers
    point = layers.demand.geometry.loc[studio.desk.village]
    wanted = siting_events.placed(
        desk_of(studio.opened), (point.x, point.y), layers=layers, chain=studio.pair.chain,
        new_site=chosen_site(studio),
    )  # fmt: skip
    keep(studio.opened, wanted)


def chosen_site(studio: Studio) -> NewSite:
    """What the widgets say is placed, without drawing them again."""
    kinds = _offered(studio)
    code = st.session_state.get(f"{KIND_KEY}-{studio.reading.reading_id}", next(iter(kinds)))
    scenario = studio.desk.scenario
    count = len(scenario.actions) if scenario is not None else 0
    name = st.session_state.get(f"siting-name-{studio.desk.current}-{count}", "")
    beds, cost = (st.session_state.get(key) for key in (BEDS_KEY, COST_KEY))
    return NewSite(kinds.get(code, next(iter(kinds.values()))), name, beds, cost)


def list_actions(studio: Studio) -> None:
    """What was done so far, each with a button that takes it back."""
    scenario = studio.desk.scenario
    if scenario is None or not scenario.actions:
        st.html('<div class="qt-faint">情景里还没有改动。</div>')
        return
    pair = studio.pair
    rows = [pair.before.facilities, pair.after.facilities]
    names = names_of(scenario, rows, studio.opened.kinds)
    _list_actions(studio.opened, scenario, names, studio=studio)


def _list_actions(
    opened: Opened, scenario: Scenario, names: Mapping[str, str], *, studio: Studio | None
) -> None:
    """One line per action; with a studio, taking back is tried first."""
    with st.container(height=LIST_HEIGHT_PX, border=True, key="qt-siting-actions"):
        # The latest on top: it is the one most likely to be taken back.
        for position, action in reversed(list(enumerate(scenario.actions))):
            text, button = st.columns([4.2, 1], vertical_alignment="center", gap="small")
            told = siting_events.action_text(action, names, opened.kinds)
            drop = partial(siting_state.dropped, position=position)
            on_click, args = _step(opened, drop, studio)
            text.html(f'<div class="qt-change">{position + 1}. {escaped(told)}</div>')
            button.button("撤回", key=f"siting-drop-{position}", on_click=on_click, args=args)


def names_of(
    scenario: Scenario, facilities: Sequence[pd.DataFrame], kinds: Mapping[str, FacilityKind]
) -> Mapping[str, str]:
    """
    Names of the facilities that a scenario touches, by id.

    Parameters
    ----------
    scenario
        With actions on facilities.
    facilities
        Where names are found; of later ones rather than of earlier ones.
    kinds
        By code, for those without a name.
    """
    touched = {one.facility_id for one in scenario.facility_actions}
    names: dict[str, str] = {}
    for rows in facilities:
        found = rows.loc[rows.index.isin(touched), ["facility_name", "kind"]]
        for identity, name, kind in found.itertuples():
            names[identity] = plain_text(name) or f"{kinds[kind].name}（无名称）"
    return names


def _act(label: str, studio: Studio, action: FacilityAction) -> None:
    _button(label, studio.opened, lambda desk: siting_state.done(desk, action), studio)


def _button(
    label: str, opened: Opened, change: Callable[[Desk], Desk], studio: Studio | None
) -> None:
    """A button that changes the desk; with a studio, only if the scenario can then be applied."""
    on_click, args = _step(opened, change, studio)
    st.button(label, key=f"siting-do-{label}", on_click=on_click, args=args)


def _step(
    opened: Opened, change: Callable[[Desk], Desk], studio: Studio | None
) -> tuple[Callable[..., None], tuple[Any, ...]]:
    """What a button does and with what."""
    return (_change, (opened, change)) if studio is None else (_try, (studio, change))


def _change(opened: Opened, change: Callable[[Desk], Desk]) -> None:
    keep(opened, change(desk_of(opened)))


def _try(studio: Studio, change: Callable[[Desk], Desk]) -> None:
    desk = desk_of(studio.opened)
    keep(studio.opened, siting_events.tried_desk(desk, change(desk), chain=studio.pair.chain))
