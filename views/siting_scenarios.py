"""The scenarios of a project on the page: choose, begin, copy, rename, delete, save, read."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.errors import PlannerError
from layers.scenarios import (
    delete_scenario,
    read_scenario,
    read_scenarios,
    scenario_files,
    scenario_text,
    write_scenario,
)
from layers.standards import DATA_FOLDER
from reports.safe_text import plain_text
from views import siting_state
from views.plain_text import plain
from views.what_if import try_road_changes, what_if

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coverage.changes.road_change import RoadChange
    from coverage.scenarios.action import Scenario
    from views.cache import Opened
    from views.siting_state import Desk

CHOICE_KEY: Final = "siting-scenario"
FILE_KEY: Final = "siting-file"
AS_IT_IS: Final = "现状"

EXAMPLES: Final = DATA_FOLDER / "examples"
"""The shipped examples, whose folders are not written."""


def desk_of(opened: Opened) -> Desk:
    """
    What the visitor works on in a project; on the first visit, what its folder holds.

    A file that cannot be read is told of and left as it is: the others can still be used.
    """
    file = opened.project.file
    found = siting_state.desk(st.session_state, file)
    if found is None:
        held = read_scenarios(opened.project, _crs(opened))
        found = siting_state.desk_of({one.scenario_id: one for one in held.scenarios})
        if held.faults:
            found = siting_state.told(found, "".join(held.faults))
        siting_state.put(st.session_state, file, found)
    return found


def keep(opened: Opened, desk: Desk) -> None:
    """Keep what the visitor works on."""
    siting_state.put(st.session_state, opened.project.file, desk)


def choose_scenario(opened: Opened, desk: Desk) -> None:
    """The list of scenarios; an asterisk marks what the project's folder does not hold."""
    names = {"": AS_IT_IS}
    for key, name in desk.names.items():
        is_kept = desk.kept.get(key) == desk.histories[key].present
        names[key] = plain_text(name) + ("" if is_kept else " *")
    # The key names the choice, so that a scenario begun by a click shows at once; and all names,
    # for a list whose words change under the same key falls back to its first entry.
    shown = hashlib.sha256(repr(names).encode("utf-8", "replace")).hexdigest()[:12]
    key = f"{CHOICE_KEY}-{desk.current}-{shown}"
    st.selectbox(
        "情景", list(names), index=list(names).index(desk.current), format_func=names.get,
        key=key, label_visibility="collapsed", filter_mode=None,
        on_change=_choose, args=(opened, key),
        help="带 * 的情景还没有存入项目",
    )  # fmt: skip


def _choose(opened: Opened, key: str) -> None:
    keep(opened, siting_state.choose(desk_of(opened), st.session_state[key]))


def manage_scenarios(opened: Opened, desk: Desk) -> None:
    """New, copy, rename, delete, save, download and read, in a box that opens."""
    with st.popover("情景管理", width="stretch"):
        new, copy = st.columns(2)
        new.button("新建情景", width="stretch", on_click=_step, args=(opened, "new"))
        has_one = desk.scenario is not None
        copy.button(
            "复制情景", width="stretch", disabled=not has_one, on_click=_step, args=(opened, "copy")
        )
        if desk.scenario is not None:
            _rename(opened, desk.scenario)
            _save(opened, desk)
            _delete(opened, desk)
        _take_roads(opened)
        _read_file(opened)


def _step(opened: Opened, step: str) -> None:
    steps = {"new": siting_state.with_new, "copy": siting_state.with_copy}
    _attempt(opened, lambda desk: steps[step](desk, _taken_ids(opened)))


def _taken_ids(opened: Opened) -> list[str]:
    """Ids in the project's folder as it is now: others may have put scenarios there."""
    return [file.stem for file in scenario_files(opened.project)]


def _rename(opened: Opened, scenario: Scenario) -> None:
    key = f"siting-name-of-{scenario.scenario_id}-{scenario.name}"
    st.text_input(
        "名称", scenario.name, key=key, max_chars=siting_state.NAME_LIMIT,
        on_change=_renamed, args=(opened, key),
    )  # fmt: skip


def _renamed(opened: Opened, key: str) -> None:
    keep(opened, siting_state.renamed(desk_of(opened), st.session_state[key]))


def _save(opened: Opened, desk: Desk) -> None:
    scenario = desk.scenario
    assert scenario is not None  # noqa: S101 - asked only with a scenario on the map
    left, right = st.columns(2)
    is_shipped = opened.project.file.is_relative_to(EXAMPLES)
    left.button(
        "存入项目", width="stretch", type="primary", disabled=is_shipped or desk.is_saved,
        on_click=_saved, args=(opened,),
    )  # fmt: skip
    right.download_button(
        "下载文件", scenario_text(scenario, _crs(opened)), f"{scenario.scenario_id}.toml",
        "application/toml", on_click="ignore", width="stretch",
    )  # fmt: skip
    if is_shipped:
        st.caption("自带示例的文件夹不改动。要留存请下载文件，以后可再读入。")
    elif desk.is_saved:
        st.caption("已存入项目文件夹，内容一致。")


def _saved(opened: Opened) -> None:
    def save(desk: Desk) -> Desk:
        if desk.scenario is not None:
            write_scenario(
                opened.project,
                desk.scenario,
                _crs(opened),
                expected=desk.kept.get(desk.current),
            )
        return siting_state.saved(desk)

    _attempt(opened, save)


def _delete(opened: Opened, desk: Desk) -> None:
    scenario = desk.scenario
    assert scenario is not None  # noqa: S101 - asked only with a scenario on the map
    asked = f"siting-delete-{scenario.scenario_id}"
    file = "（项目里的文件一并删除）" if desk.current in desk.kept else ""
    sure = st.checkbox(f"确认删除「{plain(scenario.name)}」{file}", key=asked)
    st.button("删除情景", width="stretch", disabled=not sure, on_click=_deleted, args=(opened,))


def _deleted(opened: Opened) -> None:
    def delete(desk: Desk) -> Desk:
        if desk.current in desk.kept:
            delete_scenario(opened.project, desk.kept[desk.current], _crs(opened))
        return siting_state.deleted(desk)

    _attempt(opened, delete)


def _take_roads(opened: Opened) -> None:
    """Make the roads that are tried on the page 道路变化 part of the scenario on the map."""
    changes = what_if(st.session_state).road_changes
    if not changes:
        return
    label = f"并入正在试算的道路变化（{len(changes)} 处）"
    is_pressed = st.button(
        label, width="stretch", key="siting-take-roads",
        help="并入后成为情景中的改动，不再单独试算；没有情景时新建一个。",
    )  # fmt: skip
    if not is_pressed:
        return
    desk = desk_of(opened)
    known = desk.scenario.road_changes if desk.scenario is not None else ()
    keep(opened, siting_state.done(desk, *with_free_ids(changes, known)))
    try_road_changes(st.session_state, ())
    st.rerun()


def with_free_ids(
    changes: Sequence[RoadChange], known: Sequence[RoadChange]
) -> tuple[RoadChange, ...]:
    """Road changes under ids that a scenario's own do not have; ids that are free are kept."""
    taken = {one.change_id for one in known}
    free = []
    for change in changes:
        name, number = change.change_id, 1
        while name in taken:
            number += 1
            name = f"{change.change_id}-{number}"
        taken.add(name)
        free.append(replace(change, change_id=name))
    return tuple(free)


def _read_file(opened: Opened) -> None:
    given = st.file_uploader("从文件读入情景（.toml）", type=["toml"], key=FILE_KEY)
    if given is not None:
        st.button("读入", width="stretch", on_click=_taken_in, args=(opened,))


def _taken_in(opened: Opened) -> None:
    def take_in(desk: Desk) -> Desk:
        content = st.session_state[FILE_KEY].getvalue()
        scenario = _read(content, siting_state.free_id(desk, _taken_ids(opened)), _crs(opened))
        return siting_state.with_scenario(desk, scenario)

    _attempt(opened, take_in)


def _attempt(opened: Opened, change: Callable[[Desk], Desk]) -> None:
    """Keep what comes of it; where it fails, say why on the page and change nothing."""
    desk = desk_of(opened)
    try:
        keep(opened, change(desk))
    except PlannerError as error:
        keep(opened, siting_state.told(desk, str(error)))


def _read(content: bytes, scenario_id: str, crs: str) -> Scenario:
    with tempfile.TemporaryDirectory(prefix="quantu-") as folder:
        # Under an id of its own: what a visitor reads replaces nothing.
        path = Path(folder) / f"{scenario_id}.toml"
        path.write_bytes(content)
        return read_scenario(path, crs)


def _crs(opened: Opened) -> str:
    return str(opened.assessment.layers.roads.crs)
