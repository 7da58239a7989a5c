"""What was filled in on the page of reports, kept while other pages are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from views.cache import Opened

KEPT: Final = "report-kept"
"""Key in the state of a session: what was filled in, by project file."""


def begun(opened: Opened, name: str, first: object) -> str:
    """
    Key of a widget, filled with what was kept: Streamlit forgets what is not drawn.

    Parameters
    ----------
    opened
        The project; each has a form of its own.
    name
        Of the field.
    first
        Its value where nothing was kept.
    """
    key = f"report-{name}-{opened.project.file}"
    if key not in st.session_state:
        kept = st.session_state.get(KEPT, {}).get(str(opened.project.file), {})
        st.session_state[key] = kept.get(name, first)
    return key


def keep(opened: Opened, name: str, chosen: object) -> None:
    """Keep what a field says."""
    every = st.session_state.setdefault(KEPT, {})
    every.setdefault(str(opened.project.file), {})[name] = chosen
