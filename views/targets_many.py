"""Sections of the page of targets that show many at once: zones, and two plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from reports.safe_text import plain_text
from reports.target_figures import FILLS, verdict_text
from views.plain_text import escaped
from views.targets_compare import (
    AIM,
    NOTHING,
    WHOLE,
    heat_styled,
    heat_table,
    pair_table,
    pairs_of,
)
from views.targets_table import NAME, painted, whole_rows
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.targets import Answered, Judged
    from views.targets_source import Held

HEAT_ROWS: Final = 15


def show_heat(judged: Judged, answered: Sequence[Answered]) -> None:
    """Targets x zones: the value in the cell, the colour its verdict."""
    texts, verdicts = heat_table(judged.values, answered)
    if texts.empty:
        st.info("所选规划里没有可以分单元核算的比率指标，或资料不全。")
        return
    st.html(legend_html())
    text = st.column_config.TextColumn
    st.dataframe(
        heat_styled(texts, verdicts),
        hide_index=True,
        placeholder="",
        height=ROW_HEIGHT_PX * (min(len(texts), HEAT_ROWS) + 1) + 3,
        column_config={
            NAME: text(width=272, pinned=True),
            AIM: text(width=76, pinned=True),
            WHOLE: text(width=84),
        },
    )
    left_out = len(answered) - len(texts)
    st.html(
        '<div class="qt-faint">数值的单位与目标相同。'
        + (
            f"另有 {left_out} 项不在表中：合计数、填报数、不分单元的，或缺资料的。"
            if left_out
            else ""
        )
        + "</div>"
    )


def legend_html() -> str:
    """The colours of the verdicts with their words and signs, and what a dash alone means."""
    cells = "".join(
        f'<span class="qt-key" style="background:{fill}">{escaped(verdict_text(word))}</span>'
        for word, fill in FILLS.items()
    )
    nothing = f'<span class="qt-key qt-key-none">{NOTHING} 没有考核对象，不作结论</span>'
    return f'<div class="qt-keys">{cells}{nothing}</div>'


def show_two_plans(held: Held, *, year: int, interpolate: bool) -> None:
    """Two plans side by side where they set the same indicator."""
    in_use = held.plans.in_use
    if len(in_use) < 2:  # noqa: PLR2004 - two plans
        st.info("所用的规划只有一个，没有可以对照的。")
        return
    ids = list(in_use)
    left, right = st.columns(2, gap="small")
    with left:
        one = _choose(held, "甲", ids, key="targets-one")
    with right:
        other = _choose(held, "乙", [each for each in ids if each != one], key="targets-other")
    pairs = pairs_of(in_use[one].targets, in_use[other].targets)
    if not pairs:
        st.info("这两个规划没有设同一指标。")
        return
    with st.spinner("正在核算指标…"):
        wanted = {each.target_id for pair in pairs for each in pair}
        found = [
            each
            for plan_id in (one, other)
            for each in held.answered(plan_id)
            if each.target.target_id in wanted
        ]
        whole = whole_rows(held.judged(found, year=year, interpolate=interpolate).values)
    table = pair_table(pairs, {row["target_id"]: row for row in whole.to_dict("records")})
    text = st.column_config.TextColumn
    st.dataframe(
        painted(table, ["甲：结论", "乙：结论"]),
        hide_index=True,
        placeholder="",
        height=ROW_HEIGHT_PX * (min(len(table), HEAT_ROWS) + 1) + 3,
        column_config={
            NAME: text(width=204, pinned=True),
            **{f"{side}：各年目标": text(width=250) for side in "甲乙"},
            **{f"{side}：{name}": text(width=72) for side in "甲乙" for name in ("目标", "现值")},
            **{f"{side}：{name}": text(width=88) for side in "甲乙" for name in ("结论", "缺口")},
        },
    )
    st.html(
        f'<div class="qt-faint">都按 {year} 年核算；同一指标 {len(pairs)} 对。'
        "括号里是规划给出的基期。两个规划计入的机构和人群可能不同，现值因此可以不同。</div>"
    )


def _choose(held: Held, label: str, ids: Sequence[str], *, key: str) -> str:
    if st.session_state.get(key) not in ids:
        st.session_state[key] = ids[0]
    return st.selectbox(
        label,
        ids,
        format_func=lambda plan_id: f"{label}：{plain_text(held.plans.known[plan_id].title)}",
        key=key,
        label_visibility="collapsed",
        filter_mode=None,
    )
