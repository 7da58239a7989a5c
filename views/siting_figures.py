"""Headline and table by zone of a scenario: before, after, and what lies between."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from coverage.scenarios.comparing import scenario_cost
from coverage.studies.live_tables import SLIGHT, shown_points, zone_steps
from reports.figures import UNKNOWN_PEOPLE, band_text, people_text, share_text
from reports.safe_text import plain_text
from views.cards import BAND_HINT
from views.plain_text import escaped
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from coverage.scenarios.action import Scenario
    from coverage.studies.live_reading import LiveChange
    from views.siting_live import LivePair
    from views.siting_state import Desk

SHOWN_ROWS: Final = 12

STEPS: Final = ("增减（百分点）", "覆盖人口增减")
"""Columns of differences."""

NO_CHANGE: Final = "不变"
UNKNOWN: Final = "未知"

LEAST: Final = "不足 0.1"
"""Of shares that differ and show alike."""


def points_text(before: float, after: float, *, target: float = 1.0) -> str:
    """
    The difference of two shares as shown, "+1.8 个百分点"; "" where one of them is unknown.

    Parameters
    ----------
    before, after
        In [0, 1]; NaN = unknown.
    target
        As `reports.figures.share_text`.

    Examples
    --------
    >>> points_text(0.832, 0.85), points_text(0.5, 0.5), points_text(0.5, 0.4)
    ('+1.8 个百分点', '不变', '-10.0 个百分点')
    """
    points = shown_points(before, after, target=target)
    if math.isnan(points):
        return ""
    return f"{points_step(points)} 个百分点" if points else NO_CHANGE


def points_step(points: float) -> str:
    """
    Percentage points from `shown_points` with their sign, or the word that there are none.

    Examples
    --------
    >>> points_step(-3.4), points_step(0.01), points_step(0.0), points_step(math.nan)
    ('-3.4', '增加不足 0.1', '不变', '未知')
    """
    if 0 < abs(points) <= SLIGHT:
        return f"{'增加' if points > 0 else '减少'}{LEAST}"
    return step_text(points, decimals=1)


def cost_text(scenario: Scenario | None) -> str:
    """What the actions cost together, and how many say nothing about it; "" where none says."""
    if scenario is None or not scenario.actions:
        return ""
    cost, unknown = scenario_cost(scenario)
    if math.isnan(cost):
        return ""
    rest = f"（另有 {unknown} 项未填）" if unknown else ""
    return f"造价 {cost:,.10g} 万元{rest}"


def headline_html(pair: LivePair, change: LiveChange, desk: Desk) -> str:
    """
    The figures above the map; every text in it is escaped.

    Parameters
    ----------
    pair
        The reading without and with the scenario.
    change
        What lies between.
    desk
        With the scenario on the map.
    """
    scenario = desk.scenario
    before, after = whole(pair.before.zones), whole(pair.after.zones)
    target = pair.before.standard.target
    shares = [share_text(one["share"], target=target) for one in (before, after)]
    name = scenario.name if scenario is not None else "现状"
    if scenario is None:
        main = f'<span class="qt-share">{escaped(shares[0])}</span>'
        step = ""
    else:
        main = (
            f'<span class="qt-from">{escaped(shares[0])}</span>'
            f'<span class="qt-arrow">→</span><span class="qt-share">{escaped(shares[1])}</span>'
        )
        step = points_text(before["share"], after["share"], target=target)
    band = band_text(after["share_low"], after["share_high"], target=target)
    said = f'<span class="qt-band" title="{BAND_HINT}">误差范围 {escaped(band)}</span>'
    covered = "—" if math.isnan(after["covered"]) else people_text(after["covered"])
    reached = after["villages_covered"]
    villages = f"{'—' if pd.isna(reached) else f'{reached:,}'} / {after['villages']:,} 个村（社区）"
    cost = cost_text(scenario)
    return (
        f'<div class="qt-siting" data-step="{escaped(desk.step)}">'
        f'<div class="qt-siting-main">{main}'
        f'<span class="qt-faint">{escaped(step)}</span></div>'
        f'<div class="qt-siting-lines"><span><b title="{escaped(name)}">{escaped(name)}</b> '
        f"覆盖 {escaped(covered)}、{escaped(villages)}</span>{said if band else ''}</div>"
        f'<div class="qt-siting-lines">{_moves(change)}'
        f"{f'<span>{escaped(cost)}</span>' if cost else ''}</div></div>"
    )


def _moves(change: LiveChange) -> str:
    """People and villages gained and lost, in two spans."""
    row = whole(change.zones)
    gained = _villages(row["villages_gained"], row["gained"])
    lost = _villages(row["villages_lost"], row["lost"])
    return (
        f'<span class="qt-gained">新增覆盖 {escaped(gained)}</span>'
        f'<span class="{"qt-missed" if row["villages_lost"] else "qt-faint"}">'
        f"失去覆盖 {escaped(lost)}</span>"
    )


def _villages(count: int, people: float) -> str:
    if not count:
        return "0 个村"
    told = UNKNOWN_PEOPLE if math.isnan(people) else people_text(people)
    return f"{count:,} 个村、{told}"


def whole(zones: pd.DataFrame) -> dict[str, Any]:
    """The row of the whole study area."""
    return dict(zones[zones["zone_id"] == ""].iloc[0])


def township_table(pair: LivePair) -> pd.DataFrame:
    """
    Coverage by zone before and after, those that change first.

    Parameters
    ----------
    pair
        The reading without and with the scenario.

    Returns
    -------
    table
        名称, 考核人口, 现状覆盖率, 情景覆盖率, 增减（百分点）, 覆盖人口增减, 现状覆盖村,
        情景覆盖村, 仍未覆盖人口; what is unknown is empty. In the order of
        `coverage.studies.live_tables.zone_steps`.
    """
    steps = zone_steps(pair.before, pair.after)
    table = pd.DataFrame(
        {
            "名称": steps["zone_name"].map(plain_text),
            "考核人口": steps["population"].round(),
            "现状覆盖率": steps["percent_before"],
            "情景覆盖率": steps["percent_after"],
            STEPS[0]: steps["points"],
            # Adding 0 turns -0.0 into 0.0.
            STEPS[1]: steps["covered_step"].round() + 0.0,
            "现状覆盖村": steps["villages_before"],
            "情景覆盖村": steps["villages_after"],
            "仍未覆盖人口": steps["uncovered"].round() + 0.0,
        }
    )
    return table.reset_index(drop=True)


def step_text(value: float, *, decimals: int = 0) -> str:
    """
    A difference with its sign, or the word that there is none.

    Examples
    --------
    >>> step_text(1174.0), step_text(0.0), step_text(-3.46, decimals=1)
    ('+1,174', '不变', '-3.5')
    """
    if math.isnan(value):
        return UNKNOWN
    return f"{value:+,.{decimals}f}" if value else NO_CHANGE


def show_township_table(table: pd.DataFrame) -> None:
    """The table by zone, below the map."""
    whole_number = st.column_config.NumberColumn(format="localized")
    percent = st.column_config.NumberColumn(format="%.1f%%")
    st.dataframe(
        # Words keep "no change" apart from "unknown"; the columns still sort as numbers.
        table.style.format({STEPS[0]: points_step, STEPS[1]: step_text}, na_rep=UNKNOWN),
        hide_index=True,
        placeholder=UNKNOWN,
        height=ROW_HEIGHT_PX * (min(len(table), SHOWN_ROWS) + 1) + 3,
        column_config={
            "考核人口": whole_number,
            "仍未覆盖人口": whole_number,
            "现状覆盖率": percent,
            "情景覆盖率": percent,
        },
    )
