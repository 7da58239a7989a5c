"""What a planner says of the study area: its level, parts with names, complete lists, leaders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.rules.target import LEVEL_NAMES, Territory
from layers.planning.choices_settings import CUTOFF_KEYS
from layers.standards import SECONDS_PER_MINUTE
from reports.safe_text import plain_text
from views import targets_changes as changes
from views.plain_text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable

    from coverage.rules.choices import TargetChoices
    from coverage.rules.target import Target
    from views.targets_source import Held

    Keep = Callable[..., None]

UNKNOWN_LEVEL: Final = "按单元代码判断"


def show_settings(held: Held, *, keep: Keep) -> None:
    """
    Settings of the area, parts with names, leading hospitals and cutoffs.

    Parameters
    ----------
    held
        The project.
    keep
        Writes a change: `keep(held, change, told=…)`.
    """
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _show_area(held, keep)
    with right:
        _show_parts(held, keep)
        _show_leaders(held, keep)
        _show_cutoffs(held, keep)


def _show_area(held: Held, keep: Keep) -> None:
    choices = held.plans.choices
    st.html("<h3>研究区</h3>")
    levels = ["", *LEVEL_NAMES]
    level = st.selectbox(
        "项目级别",
        levels,
        index=levels.index(choices.area_level),
        format_func=lambda one: LEVEL_NAMES.get(one, UNKNOWN_LEVEL),
        key=f"area-level-{held.key}",
        help="全市、全省的合计数，只有本项目就是全市、全省时才直接用作目标。",
    )
    urban = st.checkbox(
        "以城镇居民点代替建成区", value=choices.built_up_is_urban, key=f"area-urban-{held.key}"
    )
    kinds = held.opened.kinds
    complete = st.multiselect(
        "名录完整的设施类别",
        list(kinds),
        default=[code for code in kinds if code in choices.complete_kinds],
        format_func=lambda code: plain_text(kinds[code].name),
        key=f"area-complete-{held.key}",
        placeholder="没有声明",
        help="声明完整的类别，一处也没有列出就按没有计算；没有声明的按资料不足处理。",
        select_all=False,
    )
    if st.button("保存研究区的设定", type="primary", key="area-save"):

        def change(old: TargetChoices) -> TargetChoices:
            return replace(
                old,
                area_level=level,
                built_up_is_urban=urban,
                complete_kinds=frozenset(complete),
            )

        keep(held, change, told="已保存研究区的设定")


def _show_parts(held: Held, keep: Keep) -> None:
    names = list(
        dict.fromkeys([*changes.named_areas(held.plans.in_use), *held.plans.choices.areas])
    )
    if not names:
        return
    st.html("<h3>规划点名的片区由哪些单元组成</h3>")
    zones = held.study.layers.zones["zone_name"].to_dict()
    cell, button = st.columns([4, 1], vertical_alignment="bottom")
    with cell:
        name = st.selectbox(
            "片区",
            names,
            format_func=lambda one: f"{plain_text(one)}（{_units(held, one)}）",
            key="part-name",
        )
    chosen = st.multiselect(
        "行政单元",
        list(zones),
        default=[one for one in held.plans.choices.areas.get(name, ()) if one in zones],
        format_func=lambda one: plain_text(zones[one]),
        key=f"part-zones-{name}-{held.key}",
        placeholder="选择单元",
        label_visibility="collapsed",
        select_all=False,
    )
    if button.button("保存", key="part-save", width="stretch"):
        keep(
            held,
            lambda old: changes.with_area(old, name, chosen),
            told=f"已保存片区“{name}”：{len(chosen)} 个单元",
        )


def _units(held: Held, name: str) -> str:
    count = len(held.plans.choices.areas.get(name, ()))
    return f"{count} 个单元" if count else "未设"


def _targets(held: Held) -> list[Target]:
    return [one for plan in held.plans.in_use.values() for one in plan.targets]


def _show_leaders(held: Held, keep: Keep) -> None:
    targets = {one.target_id: one for one in _targets(held) if isinstance(one.ask, Territory)}
    if not targets:
        return
    st.html("<h3>牵头医院</h3>")
    target_id = st.selectbox(
        "指标",
        list(targets),
        format_func=lambda one: plain_text(targets[one].indicator),
        key="leaders-target",
        label_visibility="collapsed",
    )
    ask = targets[target_id].ask
    named = "、".join(ask.leaders) if isinstance(ask, Territory) else ""
    st.html(f'<div class="qt-faint">规划写明：{escaped(named, limit=400)}</div>')
    facilities = held.study.facilities
    hospitals = facilities[facilities["kind"].str.contains("hospital")]
    names = {
        str(code): plain_text(name) or str(code)
        for code, name in hospitals["facility_name"].items()
    }
    kept = [one for one in held.plans.choices.leaders.get(target_id, ()) if one in names]
    chosen = st.multiselect(
        "名录里的医院",
        list(names),
        default=kept,
        format_func=lambda one: plain_text(names[one]),
        key=f"leaders-{target_id}-{held.key}",
        placeholder="按规划写明的名称查找；对不上的在这里指定",
        label_visibility="collapsed",
        select_all=False,
    )
    if st.button("保存牵头医院", key="leaders-save"):
        keep(
            held,
            lambda old: changes.with_leaders(old, target_id, chosen),
            told=f"已保存牵头医院 {len(chosen)} 家",
        )


def _show_cutoffs(held: Held, keep: Keep) -> None:
    """The cutoff of a target that leaves it open, or another than the plan's."""
    targets = {one.target_id: one for one in _targets(held) if one.rule in CUTOFF_KEYS}
    if not targets:
        return
    st.html("<h3>时间、距离的阈值</h3>")
    target_id = st.selectbox(
        "指标",
        list(targets),
        format_func=lambda one: plain_text(
            f"{targets[one].indicator}（{_cutoff(held, targets[one])}）"
        ),
        key="cutoff-target",
        label_visibility="collapsed",
    )
    target = targets[target_id]
    by_time = CUTOFF_KEYS[target.rule] == "minutes"
    number, save, drop = st.columns([2, 1, 1], vertical_alignment="bottom")
    amount = number.number_input(
        "分钟" if by_time else "米", min_value=0.1, value=None, key="cutoff-number", format="%g"
    )
    if save.button("保存", key="cutoff-save", width="stretch", disabled=amount is None):
        cutoff = float(amount or 0) * (SECONDS_PER_MINUTE if by_time else 1.0)
        keep(
            held,
            lambda old: changes.with_cutoff(old, target_id, cutoff),
            told=f"已设定“{target.indicator}”的阈值",
        )
    if drop.button(
        "撤销", key="cutoff-drop", width="stretch",
        disabled=target_id not in held.plans.choices.cutoffs,
    ):  # fmt: skip
        keep(
            held,
            lambda old: changes.with_cutoff(old, target_id, None),
            told=f"已撤销“{target.indicator}”的自设阈值",
        )


def _cutoff(held: Held, target: Target) -> str:
    own = held.plans.choices.cutoffs.get(target.target_id)
    ask = target.ask
    given = next(
        (getattr(ask, name) for name in ("cutoff", "radius_m", "within_m") if hasattr(ask, name)),
        None,
    )
    value = given if own is None else own
    if value is None:
        return "规划未定"
    by_time = CUTOFF_KEYS[target.rule] == "minutes"
    told = f"{value / SECONDS_PER_MINUTE:g} 分钟" if by_time else f"{value:g} 米"
    return f"{told}{'' if own is None else '，自设'}"
