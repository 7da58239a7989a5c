"""The bar that tells what is tried at present, and leads back to the project as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from views.plain_text import escaped
from views.what_if import try_nothing

if TYPE_CHECKING:
    from views.what_if import WhatIf


def show_trial(changes: WhatIf) -> None:
    """
    Say on every page that the figures are those of a trial; nothing where none is on.

    Parameters
    ----------
    changes
        What is tried.
    """
    # The place is kept also where nothing is tried, or the map below would be drawn anew.
    place = st.container()
    if changes.is_empty:
        return
    with place, st.container(horizontal=True, key="qt-trial", vertical_alignment="center"):
        st.html(
            f'<div class="qt-trial">试算中：{escaped(changes.summary)}。'
            "各页显示的是试算结果，项目文件没有改动。</div>"
        )
        st.button("恢复现状", on_click=try_nothing, args=(st.session_state,))
