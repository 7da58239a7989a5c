"""What a planner sets about targets: open numbers, figures typed in, waivers, parts of the area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.numbers import number_text
from coverage.rules.choices import WHOLE_AREA, ReportedFigure, Waiver
from coverage.rules.target import YearValue
from coverage.rules.waivers import WAIVER_NAMES
from reports.safe_text import plain_text
from reports.target_figures import with_unit
from views import targets_changes as changes
from views.plain_text import escaped, plain
from views.problems import told_to_the_planner
from views.targets_parts import values_by_year
from views.targets_settings_page import show_settings
from views.targets_source import change_choices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from coverage.rules.choices import TargetChoices
    from coverage.rules.target import Target
    from views.targets_source import Held

KINDS: Final = {
    "values": "设定目标值",
    "reported": "填报数值",
    "waivers": "豁免",
    "settings": "范围与名录",
}

KIND_KEY: Final = "choices-kind"
DONE: Final = "choices-done"

VILLAGE_RULES: Final = ("served_within_time", "served_within_distance", "served_by_all_within_time",
                        "units_with_facility", "units_served")  # fmt: skip
"""Rules that count villages, which alone can be waived."""


def show_choices(held: Held) -> None:
    """
    Everything a planner decides, with what was decided before and the way to take it back.

    Parameters
    ----------
    held
        The project.
    """
    kind = st.segmented_control(
        "设定", list(KINDS), format_func=KINDS.get, default="values", key=KIND_KEY,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    done = st.session_state.pop(DONE, "")
    if done:
        st.success(plain(done, limit=300))
    where = (
        "示例项目的设定只在本次浏览中有效，不写入示例的文件。"
        if held.is_private
        else "设定写入项目文件夹的 targets.toml，其余内容不动。"
    )
    st.html(f'<div class="qt-faint">{where}</div>')
    with told_to_the_planner():
        if kind == "values":
            _show_values(held)
        elif kind == "reported":
            _show_reported(held)
        elif kind == "waivers":
            _show_waivers(held)
        else:
            show_settings(held, keep=keep)


def keep(held: Held, change: Callable[[TargetChoices], TargetChoices], *, told: str) -> None:
    """Write a change and show the page anew with what was done."""
    change_choices(held, change)
    st.session_state[DONE] = told
    st.rerun()


def open_first(targets: Iterable[Target]) -> list[Target]:
    """Targets a planner may set a number for: the open ones, then totals of a whole city."""
    listed = list(targets)
    return sorted(listed, key=lambda one: (bool(one.values), not one.is_total))


def _targets(held: Held) -> dict[str, Target]:
    return {one.target_id: one for plan in held.plans.in_use.values() for one in plan.targets}


def _choose_target(
    held: Held, targets: Mapping[str, Target], *, key: str, label: str = "指标"
) -> Target | None:
    titles = {plan_id: plan.title for plan_id, plan in held.plans.in_use.items()}
    many = len(titles) > 1

    def name(target_id: str) -> str:
        one = targets[target_id]
        told = f"（{titles[one.plan_id]}）" if many else ""
        return plain_text(f"{one.indicator}{told}")

    chosen = st.selectbox(
        label, list(targets), format_func=name, key=key, index=None, placeholder="选择指标"
    )
    return targets.get(chosen) if chosen else None


def _show_values(held: Held) -> None:
    targets = {one.target_id: one for one in open_first(_targets(held).values())}
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.html("<h3>设定一个目标值</h3>")
        target = _choose_target(held, targets, key="value-target")
        if target is not None:
            why = target.open_reason or (
                "规划给的是全域合计数，请填本地的任务数" if target.is_total else "将代替规划的数值"
            )
            st.html(
                f'<div class="qt-clause">{escaped(target.clause.quote, limit=2000)}'
                f"<span>规划：{escaped(values_by_year(target))}；{escaped(why)}</span></div>"
            )
        year, value, source = _figure_cells("value", _unit(target))
        if st.button("保存目标值", type="primary", disabled=target is None, key="value-save"):
            if value is None or not source.strip():
                st.warning("请填写数值和依据。")
            elif target is not None:
                own = YearValue(year, value, source.strip())
                keep(
                    held,
                    lambda old: changes.with_value(old, target.target_id, own),
                    told=f"已设定“{target.indicator}”{year} 年的目标 {_told(value, target)}",
                )
    with right:
        st.html("<h3>已经设定的目标值</h3>")
        rows = [
            (target_id, one) for target_id, own in held.plans.choices.values.items() for one in own
        ]
        for at, (target_id, one) in enumerate(rows):
            known = held.target(target_id)
            text = f"{known.indicator}：{one.year} 年 {_told(one.value, known)}（{one.source}）"
            if _row(text, key=f"value-drop-{at}"):
                keep(
                    held,
                    lambda old, target_id=target_id, one=one: changes.without_value(
                        old, target_id, one.year
                    ),
                    told=f"已撤销“{known.indicator}”{one.year} 年的自设目标",
                )
        if not rows:
            st.html(
                '<div class="qt-faint">还没有。规划没有给出数值的指标，结论是“未设目标”。</div>'
            )


def _show_reported(held: Held) -> None:
    targets = {key: one for key, one in _targets(held).items() if one.rule == "reported"}
    zones = {WHOLE_AREA: "全域", **held.study.layers.zones["zone_name"].to_dict()}
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.html("<h3>填报一个数</h3>")
        target = _choose_target(held, targets, key="report-target")
        if target is not None:
            st.html(
                f'<div class="qt-clause">{escaped(target.clause.quote, limit=2000)}'
                f"<span>规划：{escaped(values_by_year(target))}（{escaped(target.unit)}）</span></div>"
            )
        year, value, source = _figure_cells("report", _unit(target))
        zone = st.selectbox(
            "单元", list(zones), format_func=lambda one: plain_text(zones[one]), key="report-zone"
        )
        if st.button("保存填报数", type="primary", disabled=target is None, key="report-save"):
            if value is None or not source.strip():
                st.warning("请填写数值和来源。")
            elif target is not None:
                figure = ReportedFigure(year, value, source.strip(), zone)
                keep(
                    held,
                    lambda old: changes.with_figure(old, target.target_id, figure),
                    told=f"已填报“{target.indicator}”{year} 年 {_told(value, target)}",
                )
    with right:
        st.html("<h3>已经填报的数</h3>")
        rows = [
            (target_id, one)
            for target_id, figures in held.plans.choices.reported.items()
            for one in figures
        ]
        for at, (target_id, one) in enumerate(rows):
            known = held.target(target_id)
            where = zones.get(one.zone_id, one.zone_id)
            text = (
                f"{known.indicator}，{where}：{one.year} 年 {_told(one.value, known)}"
                f"（{one.source}）"
            )
            if _row(text, key=f"report-drop-{at}"):
                keep(
                    held,
                    lambda old, target_id=target_id, one=one: changes.without_figure(
                        old, target_id, one.year, one.zone_id
                    ),
                    told=f"已删除“{known.indicator}”{one.year} 年的填报数",
                )
        if not rows:
            st.html(
                '<div class="qt-faint">还没有。健康素养水平、预期寿命等不能从地图上算出的指标，'
                "在这里填报统计值。</div>"
            )


def _figure_cells(key: str, unit: str) -> tuple[int, float | None, str]:
    """Year, number, where it comes from."""
    first, second, third = st.columns([0.7, 1, 1.6])
    year = first.number_input("年份", 1949, 2100, value=2025, step=1, key=f"{key}-year")
    told = f"数值（{plain(unit)}）" if unit else "数值"
    value = second.number_input(told, value=None, key=f"{key}-number", format="%g")
    source = third.text_input("依据、来源", key=f"{key}-source", max_chars=200)
    return int(year), value, source


def _show_waivers(held: Held) -> None:
    targets = {key: one for key, one in _targets(held).items() if one.rule in VILLAGE_RULES}
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.html("<h3>增加一条豁免</h3>")
        rule = st.selectbox(
            "哪些村不计入分母", list(WAIVER_NAMES), format_func=WAIVER_NAMES.get, key="waiver-rule"
        )
        more = _waiver_cells(held, rule)
        chosen = st.multiselect(
            "用于哪些指标",
            list(targets),
            format_func=lambda one: plain_text(targets[one].indicator),
            key="waiver-targets",
            placeholder="选择指标",
            select_all=False,
        )
        reason = st.text_input("理由", key="waiver-reason", max_chars=200)
        if st.button("保存豁免", type="primary", key="waiver-save"):
            if not chosen or not reason.strip() or more is None:
                st.warning("请选择指标和村，并写明理由。")
            else:
                waiver = Waiver(rule, tuple(chosen), reason.strip(), **more)
                keep(
                    held,
                    lambda old: changes.with_waiver(old, waiver),
                    told=f"已增加豁免“{WAIVER_NAMES[rule]}”",
                )
    with right:
        st.html("<h3>已有的豁免</h3>")
        for at, one in enumerate(held.plans.choices.waivers):
            names = "、".join(held.target(each).indicator for each in one.target_ids)
            text = f"{WAIVER_NAMES[one.rule]}{_waiver_text(one)}：{one.reason}。用于：{names}"
            if _row(text, key=f"waiver-drop-{at}"):
                keep(
                    held,
                    lambda old, one=one: changes.without_waiver(old, one),
                    told=f"已撤销豁免“{WAIVER_NAMES[one.rule]}”",
                )
        if not held.plans.choices.waivers:
            st.html(
                '<div class="qt-faint">还没有。豁免的村逐个列在指标的详情里，分母随之改变。</div>'
            )


def _waiver_cells(held: Held, rule: str) -> dict[str, Any] | None:
    """What the rule of a waiver needs; None where it is not given."""
    if rule == "township_hospital_seat":
        metres = st.number_input("距镇卫生院（米，直线，含）", 1, 20_000, 1000, key="waiver-m")
        return {"within_m": float(metres)}
    if rule == "small_village":
        people = st.number_input("常住人口少于（人）", 1, 100_000, 300, key="waiver-people")
        return {"under_persons": float(people)}
    demand = held.study.demand
    zones = held.study.layers.zones["zone_name"].to_dict()
    names = {
        demand_id: f"{name if isinstance(name, str) else demand_id}（{zones.get(zone, zone)}）"
        for demand_id, name, zone in zip(
            demand.index, demand["demand_name"], demand["zone_id"], strict=True
        )
    }
    villages = st.multiselect(
        "与邻村合设卫生室的村",
        list(names),
        format_func=lambda one: plain_text(names[one]),
        key="waiver-villages",
        placeholder="选择村",
        select_all=False,
    )
    return {"demand_ids": tuple(villages)} if villages else None


def _waiver_text(one: Waiver) -> str:
    if one.rule == "township_hospital_seat":
        return f"（{number_text(one.within_m)} 米内）"
    if one.rule == "small_village":
        return f"（少于 {number_text(one.under_persons)} 人）"
    return f"（{len(one.demand_ids)} 个村）"


def _unit(target: Target | None) -> str:
    return "" if target is None else target.unit


def _told(value: float, target: Target) -> str:
    return with_unit(number_text(value), target.unit)


def _row(text: str, *, key: str) -> bool:
    """A line with a button that takes it back."""
    said, button = st.columns([5, 1], vertical_alignment="center")
    said.html(f'<div class="qt-change">{escaped(text, limit=600)}</div>')
    return button.button("撤销", key=key, width="stretch")
