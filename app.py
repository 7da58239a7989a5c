"""Web face of QuanTu: page settings and project picker; the pages are in `views`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from views import state
from views.cache import assets_installed, open_project
from views.coverage_page import show_banner, show_coverage
from views.problems import told_to_the_planner
from views.project_picker import ask_for_folder, choose_project

ROOT = Path(__file__).resolve().parent
EXAMPLES = ROOT / "data" / "examples"
STATIC_FOLDER = ROOT / "static"
STYLE = ROOT / "views" / "page.css"


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="圈图 · 服务圈覆盖评估", layout="wide")
    st.html(STYLE)
    title, picker, label = st.columns([1.1, 1.2, 2.4], vertical_alignment="center")
    title.html('<div class="qt-title">圈图<span>服务圈覆盖评估</span></div>')
    with picker:
        folder = choose_project(EXAMPLES)
    if folder is None:
        folder = ask_for_folder()
    if folder is None:
        return
    with told_to_the_planner():
        assets_installed(STATIC_FOLDER)
        with st.spinner("正在读取数据并计算…"):
            opened = state.opened(st.session_state, folder, read=open_project)
        with label:
            show_banner(opened)
        show_coverage(opened, static_folder=STATIC_FOLDER)


main()
