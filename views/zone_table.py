"""The table by zone and the comparison of a standard's readings, as frames ready to be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from coverage.measures import is_counted, is_disputed
from coverage.studies.study import measured_readings
from reports.figures import UNKNOWN_PEOPLE, band_text, people_text, shown_percent
from reports.safe_text import plain_text
from views.cards import card, whole_area

if TYPE_CHECKING:
    from coverage.standards import Reading, Standard
    from coverage.studies.study import Assessment

ROW_HEIGHT_PX = 35
SHOWN_ROWS = 16


@dataclass(frozen=True)
class Comparison:
    """
    The readings of a standard side by side.

    Parameters
    ----------
    table
        One row per reading: 口径, 覆盖率, 覆盖人口, 覆盖村, all in words.
    villages
        Number of villages on which the readings disagree.
    people
        People in them, of the standard's group; NaN where no figure is known.
    measured
        Number of readings that claim something.
    """

    table: pd.DataFrame
    villages: int
    people: float
    measured: int


def zone_table(assessment: Assessment, reading: Reading) -> pd.DataFrame:
    """
    Coverage by zone, the zone with most people uncovered first.

    Parameters
    ----------
    assessment
        Result of an assessment.
    reading
        One of its readings.

    Returns
    -------
    table
        One row per zone, in Chinese columns; people unknown are empty; 覆盖率 in percent;
        人口未知村 and 误差范围 only where there are any.
    """
    zones = assessment.zones
    rows = zones[(zones["reading_id"] == reading.reading_id) & (zones["zone_id"] != "")]
    table = pd.DataFrame(
        {
            "名称": rows["zone_name"].map(plain_text),
            "考核人口": rows["population"],
            "覆盖人口": rows["covered"],
            "覆盖率": [
                shown_percent(share, target=target)
                for share, target in zip(rows["share"], rows["target"], strict=True)
            ],
            "误差范围": [
                band_text(low, high, target=target)
                for low, high, target in zip(
                    rows["share_low"], rows["share_high"], rows["target"], strict=True
                )
            ],
            "未覆盖人口": rows["population"] - rows["covered"],
            "考核村数": rows["villages"],
            "已覆盖村": rows["villages_covered"],
            "人口未知村": rows["population_unknown"],
        }
    )
    if not table["人口未知村"].any():
        table = table.drop(columns="人口未知村")
    if not table["误差范围"].any():
        table = table.drop(columns="误差范围")
    order = ["未覆盖人口", "考核村数"]
    return table.sort_values(order, ascending=False, kind="stable").reset_index(drop=True)


def compare_readings(assessment: Assessment, standard: Standard) -> Comparison:
    """
    What the readings of a standard say, and on how many villages they disagree.

    Parameters
    ----------
    assessment
        Result of an assessment.
    standard
        One of its standards.

    Returns
    -------
    comparison
        A village is disputed when some readings leave it uncovered and others do not; readings
        without facilities claim nothing.
    """
    rows = []
    for reading in standard.readings:
        shown = card(assessment, standard, reading)
        row = whole_area(assessment, reading)
        rows.append(
            {
                "口径": reading.name,
                "覆盖率": shown.share,
                "覆盖人口": "—" if math.isnan(row["covered"]) else people_text(row["covered"]),
                "覆盖村": shown.villages.removesuffix(" 个村（社区）"),
            }
        )
    demand = assessment.demand[is_counted(assessment.demand, standard)]
    measured = measured_readings(assessment.layers, standard)
    disputed = demand[is_disputed(demand, [reading.reading_id for reading in measured])]
    group = standard.demand_group
    people = disputed[group] if group in disputed else pd.Series(math.nan, index=disputed.index)
    total = people.sum(min_count=1) if len(disputed) else 0.0
    return Comparison(pd.DataFrame(rows), len(disputed), float(total), len(measured))


def disagreement_text(comparison: Comparison) -> str:
    """On how many villages the readings disagree, in one sentence."""
    if comparison.measured <= 1:
        return "能核算的口径不到两个，无从比较。"
    if not comparison.villages:
        return "各口径对每个村（社区）的结论一致。"
    people = people_text(comparison.people)
    told = people if people == UNKNOWN_PEOPLE else f"共 {people}"
    return f"各口径对 {comparison.villages:,} 个村（社区）的结论不一致（{told}）。"


def show_zone_table(table: pd.DataFrame) -> None:
    """The table by zone; a click on a heading sorts it."""
    whole = st.column_config.NumberColumn(format="localized")
    percent = st.column_config.ProgressColumn(format="%.1f%%", min_value=0, max_value=100)
    st.dataframe(
        table,
        hide_index=True,
        placeholder="未知",
        height=ROW_HEIGHT_PX * (min(len(table), SHOWN_ROWS) + 1) + 3,
        column_config={
            **dict.fromkeys(["考核人口", "覆盖人口", "未覆盖人口", "考核村数", "已覆盖村"], whole),
            "覆盖率": percent,
        },
    )
