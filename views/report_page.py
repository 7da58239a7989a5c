"""The page of reports: what is asked at the left, each map before it is printed at the right."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from coverage.errors import PlannerError
from reports.report_content import ReportRequest
from views.plain_text import escaped
from views.problems import show_error, told_to_the_planner
from views.report_form import show_form
from views.report_preview import choose_map, show_map
from views.report_work import (
    Making,
    Preparing,
    content_key,
    content_of,
    files_key,
    part_name,
    size_text,
    told_text,
)
from views.solve_panel import (
    answer_of,
    at_work,
    begin,
    is_of,
    running,
    show_running,
    taken,
)
from views.solving import Line
from views.what_if import what_if
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from reports.report_content import ReportContent
    from views.cache import Opened
    from views.report_work import Asked, Made
    from views.solving import Solve

MAKE: Final = "生成成果"
PREPARE: Final = "计算并预览"
DROPS: Final = "另一个项目的成果正在生成；在这里点「生成成果」会取消那一份。"
STALE: Final = "这是改动前生成的；要按现在的填写，请重新生成。"
SHOWN_FILES: Final = 12
KEPT_BARE: Final = 4
TEMPLATE_NAME: Final = "报告模板.docx"

TEMPLATE_HELP: Final = (
    "Word 报告的空白模板。按单位的格式改好后放进项目文件夹，"
    '在 project.toml 的 [report] 里写 template = "文件名"，以后的报告就用它。'
)  # fmt: skip


def show_report(opened: Opened) -> None:
    """
    The whole page.

    Parameters
    ----------
    opened
        The project as it is, whatever else is tried.
    """
    try:
        files = files_key(opened.project)
    except PlannerError as error:
        show_error(error)
        return
    left, right = st.columns([1, 2], gap="medium")
    with left, st.container(key="qt-report"):
        _tell_trial()
        asked = show_form(opened, files=files)
    if asked is None:
        return
    with right:
        _show_right(opened, asked, files)


def _show_right(opened: Opened, asked: Asked, files: str) -> None:
    """Buttons and list of maps in one row; progress and download; the map."""
    wanted = content_key(opened, asked.request, files=files)
    making = Making(opened, asked, wanted)
    part, preparing = f"report {opened.project.file}", f"report-content {opened.project.file}"
    content, key = _content(opened, wanted, parts=(part, preparing))
    cells = st.columns([3.2, 1, 1], vertical_alignment="center", gap="small")
    with cells[1]:
        _make_button(part, making)
    with cells[2]:
        _template_button()
    under = st.container()
    with cells[0], told_to_the_planner():
        number = choose_map(content, key=key)
    with under:
        if at_work(st.session_state, "report") not in ("", part, preparing):
            st.html(f'<div class="qt-faint">{DROPS}</div>')
        is_running = _show_made(part, making)
        # Another computation would drop the one that runs.
        if key != wanted and not is_running:
            _offer_content(Preparing(opened, asked.request), preparing, wanted)
        if number is not None:
            with told_to_the_planner():
                show_map(content, number, asked.table, key=key)


def _tell_trial() -> None:
    """Say that a report is not of what is tried."""
    if what_if(st.session_state).is_empty:
        return
    st.html(
        '<div class="qt-report-trial">正在试算。成果按项目现状写出，不含试算的改动；'
        "要写入方案，请把它存为情景后在下面选择。</div>"
    )


def _make_button(part: str, making: Making) -> None:
    is_running = running(st.session_state, part) is not None
    pressed = st.button(
        MAKE, type="primary", width="stretch", key="report-make",
        disabled=is_running or not making.asked.parts,
    )  # fmt: skip
    if pressed:
        begin(st.session_state, part, making.key, making, lane="report")
        st.rerun()


def _template_button() -> None:
    st.download_button(
        "空白模板", _template, TEMPLATE_NAME, key="report-template", on_click="ignore",
        mime="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        width="stretch", help=TEMPLATE_HELP,
    )  # fmt: skip


def _template() -> bytes:
    # What writes documents takes a second to load.
    from reports.word.template import template_bytes  # noqa: PLC0415

    return template_bytes()


def _show_made(part: str, making: Making) -> bool:
    """Progress, or the last report with its files; whether one is being made."""
    if show_running(part, told_text, can_stop=False):
        return True
    solve = taken(st.session_state, part)
    made: Made | None = None if solve is None else answer_of(solve)
    if solve is not None and made is not None:
        _show_archive(made, is_stale=not is_of(solve, part, making.key))
    return False


def _show_archive(made: Made, *, is_stale: bool) -> None:
    said = f"成果已生成：{len(made.files)} 个文件，打包后 {size_text(made.n_bytes)}。"
    with st.container(key="qt-made", horizontal=True, vertical_alignment="center"):
        stale = f'<div class="qt-faint">{STALE}</div>' if is_stale else ""
        st.html(f'<div class="qt-made">{escaped(said)}</div>{stale}')
        st.download_button(
            "下载（ZIP）", made.archive.read_bytes, made.name, "application/zip",
            key="report-zip", on_click="ignore", type="primary",
        )  # fmt: skip
        with st.popover("文件清单"), st.container(key="qt-files"):
            _list_files(made)


def _list_files(made: Made) -> None:
    table = pd.DataFrame(
        [(one.name, part_name(one.part), size_text(one.n_bytes)) for one in made.files],
        columns=["文件", "内容", "大小"],
    )
    st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        height=ROW_HEIGHT_PX * (min(len(table), SHOWN_FILES) + 1) + 3,
        column_config={
            "文件": st.column_config.TextColumn(width=380),
            "内容": st.column_config.TextColumn(width=80),
            "大小": st.column_config.TextColumn(width=80),
        },
    )


def _offer_content(work: Preparing, part: str, wanted: str) -> None:
    """Maps of targets and scenario are computed once they are asked for."""
    if show_running(part, told_text, can_stop=False):
        return
    solve = taken(st.session_state, part)
    if solve is not None and is_of(solve, part, wanted):
        answer_of(solve)  # it failed, or its maps would be shown: tells why
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="qt-faint">{escaped(unseen_text(work.request))}</div>')
        if st.button(PREPARE, key="report-prepare"):
            begin(st.session_state, part, wanted, work, lane="report")
            st.rerun()


def unseen_text(request: ReportRequest) -> str:
    """Which maps cannot be seen before they are computed."""
    asked = {
        "指标达标图": request.year is not None,
        "选址方案图": request.siting is not None,
        "前后对比图": bool(request.scenario),
    }
    names = "、".join(name for name, is_asked in asked.items() if is_asked)
    return f"{names}计算后才能预览；不预览，成果里也有。"


def _content(opened: Opened, wanted: str, *, parts: tuple[str, str]) -> tuple[ReportContent, str]:
    """What previews are drawn from, with its key: all that is asked for, or the project alone."""
    made, prepared = (taken(st.session_state, part) for part in parts)
    if prepared is not None and is_of(prepared, parts[1], wanted):
        content: ReportContent | None = _found(prepared)
        if content is not None:
            return content, wanted
    report: Made | None = _found(made)
    if report is not None and report.numbers == wanted:
        return report.content, wanted
    bare = content_key(opened, ReportRequest(), files="")
    return _bare(bare, _opened=opened), bare


def _found(solve: Solve | None) -> Any:  # noqa: ANN401 - whatever was computed
    """The answer of a computation; None where it failed, which is told elsewhere."""
    with suppress(PlannerError):
        return None if solve is None else solve.answer()
    return None


@st.cache_resource(max_entries=KEPT_BARE, show_spinner=False)
def _bare(key: str, *, _opened: Opened) -> ReportContent:  # noqa: ARG001 - the key
    """The project alone: nothing is computed that is not at hand."""
    return content_of(_opened, _opened.project, ReportRequest(), line=Line())
