"""A long computation on screen: begun by a button, watched, stopped or dropped, its answer kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from views.plain_text import escaped
from views.problems import told_to_the_planner
from views.solving import Solving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from views.solving import Lane, Solve, Told, Work

    State = MutableMapping[str, Any]

SOLVING: Final[Mapping[Lane, str]] = {"search": "solving", "report": "solving_report"}
"""Lane -> key in the state of a session: what it computes there at present."""

TAKEN: Final = "solving_taken"
"""Key in the state of a session: what it has computed, by part of a page."""

LOOK_S: Final = 0.5
"""Seconds between two looks at what the solver tells."""


def begin(state: State, part: str, question: str, work: Work, *, lane: Lane = "search") -> Solve:
    """
    Begin a computation; one that still runs in the same lane for this visitor is dropped.

    Parameters
    ----------
    state
        Of the session.
    part
        Part of a page of one project; it keeps one answer.
    question
        What is asked; tells later whether an answer is still one to what is asked now.
    work
        Runs in a thread: it may touch nothing of the session.
    lane
        A search and a report do not drop each other.
    """
    if SOLVING[lane] not in state:
        state[SOLVING[lane]] = Solving(lane)
    solving: Solving = state[SOLVING[lane]]
    state.get(TAKEN, {}).pop(part, None)
    return solving.begin(_key(part, question), work, is_there=_presence())


def running(state: State, part: str) -> Solve | None:
    """What is being computed for a part of a page, or None."""
    solving = _holding(state, part)
    return None if solving is None else _unfinished(solving.at_hand)


def at_work(state: State, lane: Lane) -> str:
    """The part that is being computed in a lane; "" for none."""
    solving: Solving | None = state.get(SOLVING[lane])
    solve = None if solving is None else _unfinished(solving.at_hand)
    return "" if solve is None else solve.key.partition("\n")[0]


def taken(state: State, part: str) -> Solve | None:
    """The last computation of a part that came to its end, whatever others ran since."""
    solving = _holding(state, part)
    solve = None if solving is None else solving.at_hand
    if solve is not None and solve.is_done:
        state[TAKEN] = {**state.get(TAKEN, {}), part: solve}
    kept: Solve | None = state.get(TAKEN, {}).get(part)
    return kept


def is_of(solve: Solve, part: str, question: str) -> bool:
    """Whether a computation is about this question."""
    return solve.key == _key(part, question)


def forget(state: State, part: str) -> None:
    """Drop what runs for a part, and what is kept of it."""
    solving = _holding(state, part)
    if solving is not None:
        solving.drop()
    state[TAKEN] = {name: one for name, one in state.get(TAKEN, {}).items() if name != part}


def show_running(part: str, words: Callable[[Told], str], *, can_stop: bool = True) -> bool:
    """
    Progress and buttons while a part is computed.

    Parameters
    ----------
    part
        As given to `begin`.
    words
        Says how far it is.
    can_stop
        Whether an early end gives an answer.

    Returns
    -------
    is_running
        Nothing is shown where it is not.
    """
    if running(st.session_state, part) is None:
        return False
    _watch(part, words, can_stop=can_stop)
    return True


@st.fragment(run_every=LOOK_S)
def _watch(part: str, words: Callable[[Told], str], *, can_stop: bool) -> None:
    """Draws itself anew twice a second, and the whole page once there is an answer."""
    solve = running(st.session_state, part)
    if solve is None:
        st.rerun()
        return
    told = solve.told
    said = (
        f'<div class="qt-solving" role="status" data-phase="{told.phase}">'
        f"{escaped(words(told))}</div>"
    )
    # In the narrow column beside a map there is no room for words and two buttons in a row.
    if can_stop:
        st.html(said)
    with st.container(horizontal=True, vertical_alignment="center"):
        if not can_stop:
            st.html(said)
        else:
            st.button(
                "停止", key=f"stop-{part}", on_click=_stop, args=(part,),
                disabled=told.phase == "ending",
                help="现在就停，给出目前找到的最好方案和它的差距。",
            )  # fmt: skip
        st.button(
            "取消", key=f"cancel-{part}", on_click=forget, args=(st.session_state, part),
            help="不要结果了。",
        )  # fmt: skip


def answer_of(solve: Solve) -> Any:  # noqa: ANN401 - whatever was computed
    """The answer of a computation that came to its end; a mistake is told and gives None."""
    with told_to_the_planner():
        return solve.answer()
    return None


def _stop(part: str) -> None:
    solving = _holding(st.session_state, part)
    if solving is not None:
        solving.stop()


def _holding(state: State, part: str) -> Solving | None:
    """The computations of the lane whose last one is of this part; None where there is none."""
    lanes: list[Solving] = [state[key] for key in SOLVING.values() if key in state]
    return next((one for one in lanes if one.of(_key(part, "")) is not None), None)


def _unfinished(solve: Solve | None) -> Solve | None:
    return None if solve is None or solve.is_done else solve


def _key(part: str, question: str) -> str:
    return f"{part}\n{question}"


def _presence() -> Callable[[], bool] | None:
    """Whether this visitor's page is open, to be asked from any thread; None without a server."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return None
    return partial(runtime.get_instance().is_active_session, context.session_id)
