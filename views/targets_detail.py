"""One target on the page: its card, who fails on the map, zones, years, other plans, the gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.rules.choices import WHOLE_AREA
from views.cache import bare_ground_map
from views.live_map import MapSettings, live_map
from views.plain_text import MESSAGE_LIMIT, escaped
from views.problems import told_to_the_planner
from views.targets_card import card_html
from views.targets_closing import show_closing
from views.targets_map import FAILS, ZONES, target_map
from views.targets_parts import (
    plans_table,
    same_indicator,
    units_table,
    years_table,
    zones_table,
)
from views.targets_table import painted, whole_rows
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from streamlit.delta_generator import DeltaGenerator

    from coverage.targets import Answered, Judged
    from views.targets_source import Held

PARTS: Final = {
    "units": "未达标对象",
    "zones": "各单元",
    "years": "各年对照",
    "plans": "其他规划",
    "closing": "怎样补上",
}

PART_KEY: Final = "targets-part"
MAP_KEY: Final = "targets-map"
UNITS_KEY: Final = "targets-units"

YEARS: Final = (2020, 2025, 2030)
_WHERE_TO_TYPE: Final = "这一项由人填报：在“自设与填报”的“填报数值”里填写数值、年份和来源。"

MAP_HEIGHT_PX: Final = 430
UNIT_ROWS: Final = 11
ROWS: Final = 14


def show_detail(
    held: Held,
    one: Answered,
    judged: Judged,
    *,
    card: DeltaGenerator,
    interpolate: bool,
    static_folder: Path,
) -> None:
    """
    The target that is looked at.

    Parameters
    ----------
    held
        The project.
    one
        Target and answer.
    judged
        Of the year chosen; the target is in it.
    card
        Where its card goes.
    interpolate
        As `coverage.targets.judge`.
    static_folder
        The folder that Streamlit serves.
    """
    target = one.target
    rows = judged.values[judged.values["target_id"] == target.target_id]
    row = rows[rows["zone_id"] == WHOLE_AREA].iloc[0].to_dict()
    waived = judged.waived[judged.waived["target_id"] == target.target_id]
    card.html(
        card_html(
            row,
            target,
            plan_title=held.plans.known[target.plan_id].title,
            kinds=held.opened.kinds,
            waived=waived[["item_name", "reason"]].itertuples(index=False, name=None),
        )
    )
    part = st.segmented_control(
        "详情", list(PARTS), format_func=PARTS.get, default="units", key=PART_KEY,
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    failing = judged.failing[judged.failing["target_id"] == target.target_id]
    if part == "units":
        seen = (int(row["year"]), interpolate)
        _show_units(held, one, failing, seen=seen, static_folder=static_folder)
    elif part == "zones":
        if not one.answer.by_zone:
            _faint("本指标按整个研究区核算，各单元没有自己的数值。")
        else:
            table = zones_table(judged.values, target)
            _show(painted(table, ["结论"]), len(rows) - 1, column_config=_narrow("单元"))
    elif part == "years":
        _show_years(held, one, interpolate=interpolate)
    elif part == "plans":
        _show_plans(held, one, year=int(row["year"]), interpolate=interpolate)
    else:
        zones = rows[rows["zone_id"] != WHOLE_AREA]
        show_closing(
            held, one, failing, row=row, zones=zones, interpolate=interpolate,
            static_folder=static_folder,
        )  # fmt: skip


def _faint(text: str) -> None:
    st.html(f'<div class="qt-faint">{escaped(text, limit=MESSAGE_LIMIT)}</div>')


def _show(table: Any, length: int, *, rows: int = ROWS, **more: Any) -> None:  # noqa: ANN401 - frame or styled frame
    st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        height=ROW_HEIGHT_PX * (min(max(length, 1), rows) + 1) + 3,
        **more,
    )


def _narrow(first: str, *, width: int = 150) -> dict[str, Any]:
    """Figures in narrow columns, so that the words beside them are read in full."""
    text = st.column_config.TextColumn
    figures = {"结论": 110, "现值": 130, "目标": 110, "缺口": 130}
    return {name: text(width=wide) for name, wide in {first: width, **figures}.items()}


def _people(held: Held) -> pd.Series:
    return held.study.layers.demand["population"]


def _show_units(
    held: Held,
    one: Answered,
    failing: pd.DataFrame,
    *,
    seen: tuple[int, bool],
    static_folder: Path,
) -> None:
    """Table and map of what fails, as seen in a year, interpolated or not."""
    if one.answer.items.empty:
        _faint(
            "按整个研究区核算，没有逐个的对象。"
            if not one.answer.missing
            else _WHERE_TO_TYPE
            if one.target.rule == "reported"
            else "还没有可核算的对象。"
        )
        return
    layers = held.study.layers
    table = units_table(failing, people=_people(held), zones=layers.zones["zone_name"].to_dict())
    left, right = st.columns([1, 1.05], gap="small")
    with left:
        if table.empty:
            _faint(
                "按整个研究区核算，没有逐个的对象。"
                if not one.answer.is_share
                else "没有未达标或无法判断的对象。"
            )
        else:
            counts = failing["status"].value_counts()
            said = "，".join(f"{word} {count:,} 个" for word, count in counts.items())
            more = f"；表中列出前 {len(table):,} 个" if len(failing) > len(table) else ""
            _faint(f"{said}{more}。点一行在地图上标出。")
            _draw_units(table, one)
    with right, told_to_the_planner():
        reading, left_out = _map_of(held, one, failing, seen=seen)
        live_map(
            bare_ground_map(held.opened),
            reading,
            key=MAP_KEY,
            settings=MapSettings(static_folder, MAP_HEIGHT_PX),
            selected=_picked(one, failing),
        )
        if left_out:
            _faint(f"另有 {left_out:,} 个没有画出。")


def _map_of(
    held: Held, one: Answered, failing: pd.DataFrame, *, seen: tuple[int, bool]
) -> tuple[Any, int]:
    """Described once for each target, choice and year: a description made anew is hashed anew."""
    key = (held.opened.fingerprint, held.key, one.target.target_id, seen)
    kept = st.session_state.get("targets-map-kept")
    if kept is None or kept[0] != key:
        kept = (key, *target_map(one, failing, held.study.layers, kinds=held.opened.kinds))
        st.session_state["targets-map-kept"] = kept
    return kept[1], kept[2]


def _draw_units(table: pd.DataFrame, one: Answered) -> None:
    key = f"{UNITS_KEY}-{one.target.target_id}"
    ids = list(table.index)

    def click() -> None:
        cells = st.session_state[key].selection.cells
        if cells and cells[0][0] < len(ids):
            st.session_state[f"{UNITS_KEY}-picked"] = (one.target.target_id, ids[cells[0][0]])

    _show(
        table,
        len(table),
        rows=UNIT_ROWS,
        key=key,
        on_select=click,
        selection_mode="single-cell",
        column_config={
            "状态": st.column_config.TextColumn(width=76),
            "类型": st.column_config.TextColumn(width=80),
            "名称": st.column_config.TextColumn(width=112),
            "所在单元": st.column_config.TextColumn(width=78),
            "人口": st.column_config.NumberColumn(format="localized", width=66),
            "差额": st.column_config.TextColumn(width=84),
            "原因": st.column_config.TextColumn(width=356 if "类型" not in table else 260),
        },
    )


def _picked(one: Answered, failing: pd.DataFrame) -> dict[str, str] | None:
    """The unit that was picked in the table, as the map knows it."""
    target_id, unit_id = st.session_state.get(f"{UNITS_KEY}-picked", ("", ""))
    rows = failing[failing["unit_id"] == unit_id]
    if target_id != one.target.target_id or rows.empty:
        return None
    row = rows.iloc[0]
    if row["unit_type"] == "zone":
        return {"layer": ZONES, "id": unit_id}
    layer = FAILS if row["status"] == "未达标" else "target-open"
    return {"layer": layer, "id": unit_id}


def _show_years(held: Held, one: Answered, *, interpolate: bool) -> None:
    target = one.target
    own = held.plans.choices.values.get(target.target_id, ())
    years = sorted({*YEARS, *(each.year for each in (*target.values, *own))})
    rows = [
        whole_rows(held.judged([one], year=year, interpolate=interpolate).values).iloc[0].to_dict()
        for year in years
    ]
    table = years_table(rows, target)
    _show(painted(table, ["结论"]), len(table), column_config=_narrow("年份"))
    base = "、".join(f"{each.year} 年 {each.value:g} {target.unit}" for each in target.baseline)
    told = f"规划给出的基期：{base}。" if base else "规划没有给出基期。"
    _faint(f"{told}现值都是按现有数据核算的；填报的指标取该年或以前最近一年的数。")


def _show_plans(held: Held, one: Answered, *, year: int, interpolate: bool) -> None:
    in_use = held.plans.in_use
    known = {each.target_id: each for plan in in_use.values() for each in plan.targets}
    others = same_indicator(one.target, known, plans=list(in_use))
    if not others:
        _faint("所用的其他规划里没有设同一指标。")
        return
    wanted = {one.target.target_id, *(each.target_id for each in others)}
    found = [
        each
        for plan_id in dict.fromkeys([one.target.plan_id, *(each.plan_id for each in others)])
        for each in held.answered(plan_id)
        if each.target.target_id in wanted
    ]
    whole = whole_rows(held.judged(found, year=year, interpolate=interpolate).values)
    titles = {plan_id: plan.title for plan_id, plan in in_use.items()}
    table = plans_table(whole.to_dict("records"), known, titles=titles)
    _show(painted(table, ["结论"]), len(table), column_config=_narrow("规划", width=280))
    _faint(f"都按 {year} 年核算。各规划计入的机构和人群可能不同，现值因此可以不同。")
