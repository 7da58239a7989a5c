"""Web face of QuanTu: page settings, navigation and project picker; the pages are in `views`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from views import state
from views.cache import assets_installed, open_project, tried
from views.coverage_page import show_banner, show_coverage
from views.data_page import show_data
from views.measures_page import show_measures
from views.modes_page import show_modes
from views.problems import told_to_the_planner
from views.project_picker import ask_for_folder, choose_project
from views.report_page import show_report
from views.roads_page import show_roads
from views.siting_page import show_siting
from views.targets_page import show_targets
from views.trial import show_trial
from views.what_if import what_if

ROOT = Path(__file__).resolve().parent
EXAMPLES = ROOT / "data" / "examples"
STATIC_FOLDER = ROOT / "static"
STYLE = ROOT / "views" / "page.css"


def coverage() -> None:
    """Cards, map, table."""
    show_coverage(state.shown(st.session_state), static_folder=STATIC_FOLDER)


def data() -> None:
    """Files in, problems, corrections, a new project."""
    show_data(state.shown_both(st.session_state)[0], static_folder=STATIC_FOLDER, examples=EXAMPLES)


def measures() -> None:
    """Minutes, choice, capacity."""
    show_measures(state.shown(st.session_state))


def targets() -> None:
    """The plans' targets."""
    show_targets(state.shown(st.session_state), static_folder=STATIC_FOLDER, examples=EXAMPLES)


def siting() -> None:
    """New sites, tried by clicking."""
    show_siting(state.shown_both(st.session_state)[0], static_folder=STATIC_FOLDER)


def modes() -> None:
    """Speeds and delays."""
    show_modes(*state.shown_both(st.session_state), examples=EXAMPLES)


def roads() -> None:
    """Roads closed, changed, added."""
    show_roads(*state.shown_both(st.session_state), static_folder=STATIC_FOLDER)


def report() -> None:
    """Maps, documents and files for the report."""
    show_report(state.shown_both(st.session_state)[0])


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="圈图 · 服务圈覆盖评估", layout="wide")
    st.html(STYLE)
    pages = [
        st.Page(coverage, title="覆盖评估", default=True),
        st.Page(measures, title="出行时间", url_path="measures"),
        st.Page(targets, title="指标", url_path="targets"),
        st.Page(siting, title="选址", url_path="siting"),
        st.Page(modes, title="出行方式", url_path="modes"),
        st.Page(roads, title="道路变化", url_path="roads"),
        st.Page(report, title="成果", url_path="report"),
        st.Page(data, title="数据", url_path="data"),
    ]
    page = st.navigation(pages, position="hidden")
    # Corrections are worked in once the visitor is done with them, not after every single one.
    if state.is_pending(st.session_state) and page.url_path != "data":
        state.close(st.session_state)
    title, links, picker, label = st.columns([0.35, 2.3, 1.05, 1.5], vertical_alignment="center")
    title.html('<div class="qt-title">圈图</div>')
    with links, st.container(horizontal=True, key="qt-pages"):
        for each in pages:
            st.page_link(each)
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
        state.show(st.session_state, opened, opened)
        changes = what_if(st.session_state)
        # A change that cannot be applied is told, and the project is shown as it is.
        with told_to_the_planner(), st.spinner("正在按改动重新计算…"):
            state.show(st.session_state, opened, tried(opened, changes))
        show_trial(changes)
        page.run()


main()
