"""The form of the page of reports: plans, year, scenario, siting, parts, what is printed beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.errors import PlannerError
from layers.planning.choices_file import CHOICES_FILE, choices_path
from layers.planning.project_plans import ProjectPlans, read_project_plans
from layers.scenarios import KeptScenarios, read_scenarios
from reports.layer_files import DATUM_CHOICES
from reports.report_content import ReportRequest
from reports.safe_text import plain_text
from views.plain_text import MESSAGE_LIMIT, escaped
from views.problems import show_error
from views.report_kept import begun, keep
from views.report_siting import ask_siting, switch_siting
from views.report_work import PART_NAMES, Asked, report_table
from views.targets_page import BETWEEN_KEY, PLANS_KEY, YEAR_KEY
from views.targets_source import PRIVATE
from views.targets_table import first_year, year_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.rules.target import Target
    from layers.project_report import ReportTable
    from views.cache import Opened

KEPT_PLANS: Final = 8

LINE: Final = 60
SENTENCE: Final = 300
"""Characters of a field, as `layers.project_report.ReportTable` takes them."""

PAPERS: Final = {"A4": "A4", "A3": "A3"}
DIRECTIONS: Final = {True: "横向", False: "纵向"}

NO_PARTS: Final = "请至少选择一样，才能生成成果。"

AS_IT_IS: Final = "现状"

SCENARIO_HELP: Final = (
    "选一个情景，成果里就有情景与现状的对比。这里列出已存入项目的情景；"
    "没有存的请先到「选址」页的「情景管理」里保存。"
)
PLANS_HELP: Final = "选了规划，成果里就有指标核算和达标图；不选则只写服务圈覆盖。"
HELP: Final = {"datum": "GIS 文件的坐标系。放回高德地图用 GCJ-02，放回百度地图用 BD-09。"}
PRIVATE_NOTE: Final = (
    "本次会话在「指标」页对示例做的设定和填报不写入成果；把示例复制成自己的项目后再设定即可。"
)


def show_form(opened: Opened, *, files: str) -> Asked | None:
    """
    The whole form.

    Parameters
    ----------
    opened
        The project as it is.
    files
        Of `views.report_work.files_key`.

    Returns
    -------
    asked
        What is filled in; None where it cannot be used, which is then said.
    """
    plans, year, interpolate = _targets(opened, files)
    left, right = st.columns([1.6, 1], vertical_alignment="bottom", gap="small")
    with left:
        scenario = _scenario(opened, files)
    with right:
        with_siting = switch_siting(opened)
    siting = ask_siting(opened) if with_siting else None
    parts = st.pills(
        "写出哪几样", list(PART_NAMES), format_func=PART_NAMES.get, selection_mode="multi",
        key=begun(opened, "parts", list(PART_NAMES)),
    )  # fmt: skip
    keep(opened, "parts", list(parts))
    if not parts:
        st.html(f'<div class="qt-faint qt-missed">{NO_PARTS}</div>')
    table = _table(opened, with_datum="gis" in parts)
    if table is None:
        return None
    request = ReportRequest(
        plans=plans, year=year, interpolate=interpolate, scenario=scenario, siting=siting
    )
    return Asked(request, tuple(part for part in PART_NAMES if part in parts), table)


def _targets(opened: Opened, files: str) -> tuple[tuple[str, ...], int | None, bool]:
    """Plans, year, and whether years between are interpolated; those of the page 指标 at first."""
    try:
        plans = _plans(f"{opened.fingerprint} {files}", _opened=opened)
    except PlannerError as error:
        show_error(error)
        return (), None, False
    known, file = plans.in_use, opened.project.file
    seen = st.session_state.get(f"{PLANS_KEY}-{file}-kept", [])
    key = begun(opened, "plans", seen)
    st.session_state[key] = [one for one in st.session_state[key] if one in known]
    chosen = st.multiselect(
        "规划", list(known), format_func=lambda one: plain_text(known[one].title), key=key,
        placeholder="不核算指标", help=PLANS_HELP, select_all=False,  # its words are English
    )  # fmt: skip
    keep(opened, "plans", chosen)
    if not chosen:
        return (), None, False
    _tell_private(opened)
    targets = [one for plan_id in chosen for one in known[plan_id].targets]
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        year = _year(opened, targets)
    with right:
        between = st.session_state.get(f"{BETWEEN_KEY}-kept", False)
        interpolate = st.toggle(
            "逐年插值", key=begun(opened, "between", between),
            help="两个目标年之间的年份按直线插值；不打开时按下一个目标年核算。",
        )  # fmt: skip
    keep(opened, "between", interpolate)
    return tuple(chosen), year, interpolate


def _year(opened: Opened, targets: list[Target]) -> int:
    options = year_options(targets)
    seen = st.session_state.get(f"{YEAR_KEY}-{opened.project.file}-kept")
    key = begun(opened, "year", seen)
    if st.session_state[key] not in options:
        st.session_state[key] = first_year(targets)
    year: int = st.selectbox(
        "核算年份", options, format_func=lambda one: f"{one} 年", key=key, filter_mode=None
    )
    keep(opened, "year", year)
    return year


def _scenario(opened: Opened, files: str) -> str:
    """Id of a kept scenario; "" for the project as it is."""
    try:
        held = _scenarios(f"{opened.fingerprint} {files}", _opened=opened)
    except PlannerError as error:
        show_error(error)
        return ""
    for fault in held.faults:
        st.html(f'<div class="qt-faint">{escaped(fault, limit=MESSAGE_LIMIT)}</div>')
    names = {"": AS_IT_IS, **{one.scenario_id: plain_text(one.name) for one in held.scenarios}}
    key = begun(opened, "scenario", "")
    if st.session_state[key] not in names:
        st.session_state[key] = ""
    chosen: str = st.selectbox(
        "情景", list(names), format_func=names.get, key=key, filter_mode=None, help=SCENARIO_HELP
    )
    keep(opened, "scenario", chosen)
    return chosen


def _table(opened: Opened, *, with_datum: bool) -> ReportTable | None:
    """The sheet, and what is printed beside the maps and at the head of the document."""
    given = opened.project.settings.report
    fields: dict[str, Any] = {}
    first, second, third = st.columns([1, 1.15, 1.6], gap="small")
    with first:
        fields["paper"] = _one_of(opened, "paper", "纸张", PAPERS)
    with second:
        fields["landscape"] = _one_of(opened, "landscape", "方向", DIRECTIONS)
    with third:
        fields["datum"] = _one_of(opened, "datum", "坐标系", DATUM_CHOICES, usable=with_datum)
    rows = (
        (("maker", "制图单位", "如 某县卫生健康局"), ("made_on", "制图日期", "如 2025年6月")),
        (("data_date", "数据截至", "如 2024年底"), ("approval", "审图号", ""),
         ("secrecy", "密级", "")),
    )  # fmt: skip
    for row in rows:
        for column, (name, label, sample) in zip(st.columns(len(row)), row, strict=True):
            with column:
                fields[name] = _text(opened, name, label, sample)
    fields["purpose"] = _text(
        opened, "purpose", "编制目的", "写在 Word 报告开头，可不填", longest=SENTENCE
    )
    try:
        return report_table(given, fields)
    except PlannerError as error:
        show_error(error)
        return None


def _one_of(
    opened: Opened, name: str, label: str, names: Mapping[Any, str], *, usable: bool = True
) -> Any:  # noqa: ANN401 - as the names have it
    given = getattr(opened.project.settings.report, name)
    chosen = st.selectbox(
        label, list(names), format_func=names.get, key=begun(opened, name, given),
        filter_mode=None, disabled=not usable, help=HELP.get(name),
    )  # fmt: skip
    keep(opened, name, chosen)
    return chosen


def _text(opened: Opened, name: str, label: str, sample: str, *, longest: int = LINE) -> str:
    given = getattr(opened.project.settings.report, name)
    chosen = st.text_input(
        label, key=begun(opened, name, given), max_chars=longest, placeholder=sample
    )
    keep(opened, name, chosen)
    return chosen.strip()


def _tell_private(opened: Opened) -> None:
    """Say that what was decided for an example in this session is not in the report."""
    folder = st.session_state.get(PRIVATE, {}).get(opened.project.file)
    if folder is None:
        return
    private, shipped = folder.path / CHOICES_FILE, choices_path(opened.project)
    pair = [file.read_bytes() if file.is_file() else b"" for file in (private, shipped)]
    if pair[0] != pair[1]:
        st.html(f'<div class="qt-faint">{PRIVATE_NOTE}</div>')


@st.cache_resource(max_entries=KEPT_PLANS, show_spinner=False)
def _plans(key: str, *, _opened: Opened) -> ProjectPlans:  # noqa: ARG001 - the key
    path = choices_path(_opened.project)
    zones = frozenset(_opened.assessment.layers.zones.index)
    return read_project_plans(path, kinds=_opened.kinds, zone_ids=zones)


@st.cache_resource(max_entries=KEPT_PLANS, show_spinner=False)
def _scenarios(key: str, *, _opened: Opened) -> KeptScenarios:  # noqa: ARG001 - the key
    return read_scenarios(_opened.project, str(_opened.assessment.layers.roads.crs))
