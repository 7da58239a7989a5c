"""Choosing what to look at: a shipped example, or a folder of the planner's own."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from views import state

if TYPE_CHECKING:
    from collections.abc import MutableMapping

EXAMPLES: Final = {
    "示例县（合成数据）": "demo_county",
    "山东省30分钟圈（真实数据）": "shandong",
}
"""Name on screen -> folder under `data/examples`; the first is opened by default."""

OWN: Final = "打开自己的项目文件夹…"

CHOICE: Final = "project_choice"
OWN_PATH: Final = "project_path"

NEXT: Final = "project_next"
"""Folder that a page asks to have opened on the next run."""


def open_next(state: MutableMapping[str, Any], folder: Path) -> None:
    """Have the picker open a folder on the next run of the page, as if it had been typed."""
    state[NEXT] = str(folder)


def choose_project(examples: Path) -> Path | None:
    """
    The project to look at.

    Parameters
    ----------
    examples
        Folder of the shipped examples.

    Returns
    -------
    folder
        Where its `project.toml` is expected; None until a path is given.
    """
    if NEXT in st.session_state:
        # Before the widgets are drawn: afterwards they cannot be changed.
        st.session_state[CHOICE] = OWN
        st.session_state[OWN_PATH] = st.session_state.pop(NEXT)
    choice = st.selectbox(
        "项目", [*EXAMPLES, OWN], key=CHOICE, label_visibility="collapsed", filter_mode=None
    )
    return None if choice == OWN else examples / EXAMPLES[choice]


def ask_for_folder() -> Path | None:
    """The folder a planner typed, or None with the sentence that says what to type."""
    with st.form("own-project", border=False):
        field, button = st.columns([5, 1], vertical_alignment="bottom")
        typed = field.text_input(
            "项目文件夹（里面有 project.toml）",
            key=OWN_PATH,
            placeholder="例如 D:\\健康服务圈\\某县",
        )
        button.form_submit_button(
            "打开", type="primary", width="stretch", on_click=state.close, args=(st.session_state,)
        )
    folder = typed_path(typed)
    if folder is None:
        st.info("还没有打开项目。请填写项目文件夹的完整路径，再按“打开”。")
    return folder


def typed_path(typed: str) -> Path | None:
    """
    A path as a planner types or pastes it; Windows copies paths in quotes.

    Parameters
    ----------
    typed
        Anything.

    Returns
    -------
    path
        None where nothing was typed.
    """
    bare = typed.strip().strip("\"'“”").strip()
    if not bare:
        return None
    # "~name" of nobody here is taken as it stands, and not found in plain words.
    with contextlib.suppress(RuntimeError):
        return Path(bare).expanduser()
    return Path(bare)
