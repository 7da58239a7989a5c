"""Headline and table by zone of a scenario: before, after, and what lies between."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from reports.figures import UNKNOWN_PEOPLE, band_text, people_text, share_text, shown_percent
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

STEP_HINT: Final = "按未四舍五入的覆盖率相减，可能与两端显示值之差差 0.1"

NO_CHANGE: Final = "不变"
UNKNOWN: Final = "未知"

LEAST_POINTS: Final = 0.05
"""Percentage points from which a difference shows as one."""


def points_text(before: float, after: float) -> str:
    """
    The difference of two shares as "+1.8 个百分点"; "" where one of them is unknown.

    Parameters
    ----------
    before, after
        In [0, 1]; NaN = unknown.

    Examples
    --------
    >>> points_text(0.832, 0.85), points_text(0.5, 0.5), points_text(0.5, 0.4)
    ('+1.8 个百分点', '不变', '-10.0 个百分点')
    """
    if math.isnan(before) or math.isnan(after):
        return ""
    points = (after - before) * 100
    if points == 0:
        return "不变"
    if abs(points) < LEAST_POINTS:
        return "增加不足 0.1 个百分点" if points > 0 else "减少不足 0.1 个百分点"
    return f"{points:+.1f} 个百分点"


def cost_text(scenario: Scenario | None) -> str:
    """What the actions cost together, and how many say nothing about it; "" where none says."""
    actions = scenario.facility_actions if scenario is not None else ()
    known = [one.cost for one in actions if one.cost is not None]
    if not known:
        return ""
    unknown = len(actions) - len(known)
    rest = f"（另有 {unknown} 项未填）" if unknown else ""
    return f"造价 {sum(known):,.10g} 万元{rest}"


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
        step = points_text(before["share"], after["share"])
    band = band_text(after["share_low"], after["share_high"], target=target)
    said = f'<span class="qt-band" title="{BAND_HINT}">误差范围 {escaped(band)}</span>'
    covered = "—" if math.isnan(after["covered"]) else people_text(after["covered"])
    villages = f"{after['villages_covered']:,} / {after['villages']:,} 个村（社区）"
    cost = cost_text(scenario)
    return (
        f'<div class="qt-siting" data-step="{escaped(desk.step)}">'
        f'<div class="qt-siting-main">{main}'
        f'<span class="qt-faint" title="{STEP_HINT}">{escaped(step)}</span></div>'
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


def township_table(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """
    Coverage by zone before and after, those that change first.

    Parameters
    ----------
    before, after
        Rows of one reading, contract `ZONES_RESULT`, in the same order.

    Returns
    -------
    table
        名称, 考核人口, 现状覆盖率, 情景覆盖率, 增减（百分点）, 覆盖人口增减, 现状覆盖村,
        情景覆盖村, 仍未覆盖人口; what is unknown is empty. Rows that change come first, those where
        most people do on top, then by people still uncovered.
    """
    old = before[before["zone_id"] != ""].set_index("zone_id")
    new = after[after["zone_id"] != ""].set_index("zone_id").reindex(old.index)
    table = pd.DataFrame(
        {
            "名称": old["zone_name"].map(plain_text),
            "考核人口": new["population"].round(),
            "现状覆盖率": old["share"].map(shown_percent),
            "情景覆盖率": new["share"].map(shown_percent),
            "增减（百分点）": ((new["share"] - old["share"]) * 100).round(1) + 0.0,
            "覆盖人口增减": (new["covered"] - old["covered"]).round() + 0.0,
            "现状覆盖村": old["villages_covered"],
            "情景覆盖村": new["villages_covered"],
            "仍未覆盖人口": (new["population"] - new["covered"]).round() + 0.0,
        }
    )
    moved = (new["covered"] - old["covered"]).fillna(0.0)
    changed = (moved != 0) | (new["villages_covered"] != old["villages_covered"])
    order = np.lexsort((-table["仍未覆盖人口"].fillna(0.0), -moved.abs(), ~changed))
    return table.iloc[order].reset_index(drop=True)


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
        table.style.format(
            {STEPS[0]: partial(step_text, decimals=1), STEPS[1]: step_text}, na_rep=UNKNOWN
        ),
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
