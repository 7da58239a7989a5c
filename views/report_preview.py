"""Maps of a report on screen before they are written: the same sheets, fewer dots."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, Final

import streamlit as st

from reports.report_settings import report_settings, with_report_table
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layers.project_report import ReportTable
    from reports.printing.paper import PrintSettings
    from reports.printmap import PrintMap
    from reports.report_content import ReportContent

MAP_KEY: Final = "report-map"

KEPT_LISTS: Final = 12
KEPT_PICTURES: Final = 60
"""Each about 0.4 MB."""

UPRIGHT_PX: Final = 560
"""Width of a picture higher than wide, so that most of it is seen without scrolling."""


def choose_map(content: ReportContent, *, key: str) -> int | None:
    """
    The list of maps.

    Parameters
    ----------
    content
        What the report is written from.
    key
        Changes whenever its numbers may.

    Returns
    -------
    number
        From 0; None where there is no map.
    """
    with st.spinner("正在列出地图…"):
        titles = _titles(key, _content=content)
    if not titles:
        st.info("这个项目没有可画的地图。")
        return None
    place = _first_place(titles, key)
    number: int = st.selectbox(
        "预览", range(len(titles)), index=place, key=f"{MAP_KEY}-{key}", filter_mode=None,
        format_func=lambda at: f"图{at + 1:02d} {titles[at]}", label_visibility="collapsed",
    )  # fmt: skip
    st.session_state[f"{MAP_KEY}-kept"] = titles[number]
    return number


def _first_place(titles: list[str], key: str) -> int:
    """The first of the maps that have just been computed, else the one that was looked at."""
    seen_key, seen = st.session_state.get(f"{MAP_KEY}-seen", ("", titles))
    st.session_state[f"{MAP_KEY}-seen"] = (key, titles)
    if seen_key != key:
        fresh = [at for at, title in enumerate(titles) if title not in seen]
        if fresh:
            return fresh[0]
    kept = st.session_state.get(f"{MAP_KEY}-kept")
    return titles.index(kept) if kept in titles else 0


def show_map(content: ReportContent, number: int, table: ReportTable, *, key: str) -> None:
    """
    A map as it will be printed.

    Parameters
    ----------
    content, key
        As for `choose_map`.
    number
        Of the map.
    table
        The sheet and what is printed beside the map.

    Raises
    ------
    OutputError
        If there is no Chinese font.
    """
    settings = report_settings(with_report_table(content.project, table), content.cards).printing
    look = hashlib.sha256(repr(settings).encode("utf-8", "replace")).hexdigest()
    with st.spinner("正在画图…"):
        picture = _picture(key, number, look, _content=content, _settings=settings)
    width = "stretch" if table.landscape else UPRIGHT_PX
    # A width given to the picture itself would have the server make it smaller, and blurred.
    with (
        st.container(key="qt-sheet", horizontal_alignment="center"),
        st.container(key="qt-paper", width=width),
    ):
        st.image(picture, width="stretch")


@st.cache_data(max_entries=KEPT_LISTS, show_spinner=False)
def _titles(key: str, *, _content: ReportContent) -> list[str]:  # noqa: ARG001 - the key
    return [plain_text(each.title) for each in sheets(_content)]


@st.cache_data(max_entries=KEPT_PICTURES, show_spinner=False)
def _picture(
    key: str,  # noqa: ARG001 - the key
    number: int,
    look: str,  # noqa: ARG001 - the key
    *,
    _content: ReportContent,
    _settings: PrintSettings,
) -> bytes:
    from reports.printmap import PREVIEW_DPI, map_bytes  # noqa: PLC0415 - as in `sheets`

    wanted = next(islice(sheets(_content), number, None))
    return map_bytes(wanted, _settings, formats=("png",), dpi=PREVIEW_DPI)["png"]


def sheets(content: ReportContent) -> Iterator[PrintMap]:
    """
    The maps that a report of this content holds, in its order.

    Parameters
    ----------
    content
        What the report is written from.
    """
    # What draws takes a second to load; the other pages need not wait.
    from reports.report_drawing import report_sheets  # noqa: PLC0415

    return report_sheets(content)
