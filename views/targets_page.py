"""The page of the plans' targets: what they ask for, what there is, who falls short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.targets import plan_area_note
from layers.planning.plan_faults import PlanError
from reports.safe_text import plain_text
from reports.target_figures import verdict_text
from views.plain_text import MESSAGE_LIMIT, escaped
from views.problems import show_error
from views.targets_choices_page import show_choices
from views.targets_detail import show_detail
from views.targets_many import show_heat, show_two_plans
from views.targets_own_page import ADDED, show_own_plans
from views.targets_source import held_project
from views.targets_table import (
    BAR,
    NAME,
    VERDICT,
    Wanted,
    chosen_rows,
    decided_first,
    first_year,
    painted,
    rules_present,
    target_table,
    verdict_counts,
    whole_rows,
    year_options,
)
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from coverage.rules.target import Target
    from coverage.targets import Answered, Judged
    from views.cache import Opened
    from views.targets_source import Held

SECTIONS: Final = {
    "table": "指标表",
    "heat": "分单元热力表",
    "pairs": "两规划对照",
    "choices": "自设与填报",
    "own": "自有规划",
}

SECTION_KEY: Final = "targets-section"
PLANS_KEY: Final = "targets-plans"
YEAR_KEY: Final = "targets-year"
BETWEEN_KEY: Final = "targets-interpolate"
VERDICT_KEY: Final = "targets-verdict"
TARGET_KEY: Final = "targets-target"
TABLE_KEY: Final = "targets-table"

TABLE_ROWS: Final = 12


def show_targets(opened: Opened, *, static_folder: Path, examples: Path) -> None:
    """
    The whole page.

    Parameters
    ----------
    opened
        A project with its result, or with what is tried.
    static_folder
        The folder that Streamlit serves.
    examples
        Folder of the shipped examples, whose files are not written.
    """
    top, year_cell, between_cell = st.columns([3.4, 0.75, 0.85], vertical_alignment="center")
    with top:
        section = st.segmented_control(
            "指标", list(SECTIONS), format_func=SECTIONS.get, default="table", key=SECTION_KEY,
            required=True, label_visibility="collapsed",
        )  # fmt: skip
    try:
        with st.spinner("正在读取规划…"):
            held = held_project(opened, examples=examples)
    except PlanError as error:
        show_error(error)
        st.html(
            '<div class="qt-faint">请改正上面的问题；指标设定在项目文件夹的 targets.toml 里。</div>'
        )
        return
    if section == "choices":
        show_choices(held)
        return
    if section == "own":
        show_own_plans(held)
        return
    plan_ids = [] if section == "pairs" else _choose_plans(held)
    targets = [one for plan_id in plan_ids for one in held.plans.known[plan_id].targets]
    with year_cell:
        year = _choose_year(held, targets)
    with between_cell:
        st.session_state[BETWEEN_KEY] = _kept(BETWEEN_KEY, default=False)
        interpolate = st.toggle(
            "逐年插值",
            key=BETWEEN_KEY,
            help="打开后，两个目标年之间的年份按直线插值；不打开时按下一个目标年核算。",
        )
    _keep(BETWEEN_KEY, interpolate)
    if section == "pairs":
        show_two_plans(held, year=year, interpolate=interpolate)
        return
    if not plan_ids:
        st.info("请选择至少一个规划。")
        return
    _tell_areas(held, plan_ids)
    with st.spinner("正在核算指标…"):
        answered = [one for plan_id in plan_ids for one in held.answered(plan_id)]
        judged = held.judged(answered, year=year, interpolate=interpolate)
    if section == "heat":
        show_heat(judged, answered)
        return
    _show_table(held, answered, judged, interpolate=interpolate, static_folder=static_folder)


def _tell_areas(held: Held, plan_ids: list[str]) -> None:
    """Which of the plans are not, or perhaps not, about this area."""
    notes = (plan_area_note(held.study, held.plans.known[one]) for one in plan_ids)
    told = "；".join(filter(None, notes))
    if told:
        st.html(f'<div class="qt-faint">{escaped(told, limit=MESSAGE_LIMIT)}。</div>')


def _choose_plans(held: Held) -> list[str]:
    in_use = held.plans.in_use
    key = f"{PLANS_KEY}-{held.opened.project.file}"
    kept = _kept(key, default=[first_plan(held)])
    added = st.session_state.pop(ADDED, "")
    if added in in_use:
        kept = [added]
        # Its years may be others than those looked at before.
        st.session_state.pop(f"{YEAR_KEY}-{held.opened.project.file}-kept", None)
    left = [one for one in kept if one in in_use]
    # None is chosen where the planner took out the last one, not where its plan went out of use.
    st.session_state[key] = left if left or not kept else [first_plan(held)]
    chosen = st.multiselect(
        "规划",
        list(in_use),
        format_func=lambda plan_id: plain_text(in_use[plan_id].title),
        key=key,
        placeholder="选择规划",
        label_visibility="collapsed",
        select_all=False,
    )
    _keep(key, chosen)
    return chosen


def _kept(key: str, *, default: Any) -> Any:  # noqa: ANN401 - as the widget has it
    """What was chosen, also where the page was left: Streamlit forgets what is not drawn."""
    return st.session_state.get(key, st.session_state.get(f"{key}-kept", default))


def _keep(key: str, chosen: object) -> None:
    st.session_state[f"{key}-kept"] = chosen


def first_plan(held: Held) -> str:
    """
    The plan shown at first: the planner's own, or the first in use where the planner named some.

    Otherwise that of the place the project is named after, or the longest.
    """
    in_use = held.plans.in_use
    added = [plan_id for plan_id in in_use if plan_id not in held.plans.shipped]
    if added:
        return added[0]
    if list(in_use) != list(held.plans.shipped):
        return next(iter(in_use))
    name = held.opened.assessment.layers.name
    own = [plan_id for plan_id, plan in in_use.items() if plan.area in name]
    return max(own or in_use, key=lambda plan_id: len(in_use[plan_id].targets))


def _choose_year(held: Held, targets: list[Target]) -> int:
    every = [one for plan in held.plans.in_use.values() for one in plan.targets]
    options = year_options(targets or every)
    key = f"{YEAR_KEY}-{held.opened.project.file}"
    kept = _kept(key, default=None)
    st.session_state[key] = kept if kept in options else first_year(targets or every)
    chosen = st.selectbox(
        "年份",
        options,
        format_func=lambda year: f"{year} 年",
        key=key,
        label_visibility="collapsed",
        filter_mode=None,
    )
    _keep(key, chosen)
    return chosen


def _show_table(
    held: Held,
    answered: list[Answered],
    judged: Judged,
    *,
    interpolate: bool,
    static_folder: Path,
) -> None:
    whole = decided_first(whole_rows(judged.values))
    targets = {one.target.target_id: one.target for one in answered}
    rows = chosen_rows(whole, targets, _choose_wanted(whole))
    if rows.empty:
        st.info("没有符合条件的指标，请放宽筛选。")
        return
    _table_and_detail(
        held, answered, judged, rows, interpolate=interpolate, static_folder=static_folder
    )


def _choose_wanted(whole: pd.DataFrame) -> Wanted:
    """The counts by verdict, which filter, and the other filters."""
    counts = verdict_counts(whole)
    left, rule_cell, binding_cell, text_cell = st.columns(
        [3.5, 1, 0.8, 1], vertical_alignment="center", gap="small"
    )
    with left:
        verdict = st.segmented_control(
            "结论",
            ["", *counts],
            format_func=lambda word: (
                f"{verdict_text(word)} {counts[word]}" if word else f"全部 {len(whole)}"
            ),
            default="",
            key=VERDICT_KEY,
            required=True,
            label_visibility="collapsed",
        )
    with rule_cell:
        rule = _choice("规则", rules_present(whole), key="targets-rule")
    with binding_cell:
        binding = _choice("性质", {"约束性": "约束性", "预期性": "预期性"}, key="targets-binding")
    with text_cell:
        text = st.text_input(
            "查找", key="targets-text", placeholder="查找指标", label_visibility="collapsed"
        )
    return Wanted(verdict, rule, binding, text)


def _choice(label: str, names: Mapping[str, str], *, key: str) -> str:
    if st.session_state.get(key, "") not in ("", *names):
        st.session_state[key] = ""
    return st.selectbox(
        label,
        ["", *names],
        format_func=lambda name: names.get(name, f"全部{label}"),
        key=key,
        label_visibility="collapsed",
        filter_mode=None,
    )


@st.fragment
def _table_and_detail(
    held: Held,
    answered: list[Answered],
    judged: Judged,
    rows: pd.DataFrame,
    *,
    interpolate: bool,
    static_folder: Path,
) -> None:
    """Table and the target that is looked at; a click runs this part alone."""
    targets = {one.target.target_id: one for one in answered}
    ids = list(rows["target_id"])
    key = TARGET_KEY
    if st.session_state.get(key) not in ids:
        st.session_state[key] = ids[0]
    left, right = st.columns([1.75, 1], gap="small")
    with left:
        known = {name: one.target for name, one in targets.items()}
        _draw_table(held, rows, known, chosen=st.session_state[key])
    with right:
        chosen = st.selectbox(
            "指标",
            ids,
            format_func=lambda target_id: plain_text(targets[target_id].target.indicator),
            key=key,
            label_visibility="collapsed",
        )
        card = st.container(height=ROW_HEIGHT_PX * TABLE_ROWS - 8, border=False)
    show_detail(
        held,
        targets[chosen],
        judged,
        card=card,
        interpolate=interpolate,
        static_folder=static_folder,
    )


def _draw_table(
    held: Held, rows: pd.DataFrame, targets: Mapping[str, Target], *, chosen: str
) -> None:
    plans = {one: held.plans.known[one].title for one in dict.fromkeys(rows["plan_id"])}
    table = target_table(rows, targets, plans=plans)
    ids = list(rows["target_id"])
    text = st.column_config.TextColumn

    def click() -> None:
        picked = st.session_state[table_key].selection
        place = [row for row, _ in picked.cells] + list(picked.rows)
        if place and place[0] < len(ids):
            st.session_state[TARGET_KEY] = ids[place[0]]

    # Another set of rows is another table: a row picked in the old one means nothing here.
    table_key = f"{TABLE_KEY}-{abs(hash(tuple(ids)))}"
    st.dataframe(
        painted(table, [VERDICT]),
        hide_index=True,
        key=table_key,
        on_select=click,
        selection_mode="single-cell",
        selection_default={"selection": {"cells": [(ids.index(chosen), NAME)]}},
        placeholder="",
        height=ROW_HEIGHT_PX * (min(len(table), TABLE_ROWS) + 1) + 3,
        column_config={
            VERDICT: text(width=92),
            NAME: text(width=254),
            "现值": text(width=92),
            "目标": text(width=86),
            BAR: st.column_config.ImageColumn(width=120),
            "缺口": text(width=112),
            "性质": text(width=68),
            "规划": text(width=210),
        },
    )
    st.html(
        '<div class="qt-faint">点一行看条款和详情。条：左线为基期或起点，右线为目标，'
        "圆点为现值。先列数据能判断的，再列要填报的；未达标在前。</div>"
    )
