"""Before and after: a table of readings, and the villages whose verdict changes."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from coverage.studies.comparison import GAINED
from reports.figures import beyond_text, metres_text, minutes_text, people_text, share_text
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from coverage.standards import Reading
    from coverage.studies.comparison import Comparison
    from coverage.studies.study import Assessment

SHOWN_VILLAGES = 500


def readings_table(comparison: Comparison, assessment: Assessment) -> pd.DataFrame:
    """
    What changes for the whole study area, a row per reading.

    Parameters
    ----------
    comparison
        From `coverage.studies.comparison.compare`.
    assessment
        One of the two, for names.

    Returns
    -------
    table
        标准, 口径, 现状, 试算, 新增覆盖, 失去覆盖, all in words.
    """
    rows = comparison.readings.set_index(["reading_id", "zone_id"])
    table = []
    for standard in assessment.standards:
        for reading in standard.readings:
            row = rows.loc[(reading.reading_id, "")]
            table.append(
                {
                    "标准": plain_text(standard.name),
                    "口径": plain_text(reading.name),
                    "现状": share_text(row["share_before"], target=standard.target),
                    "试算": share_text(row["share_after"], target=standard.target),
                    "新增覆盖": _change(row["villages_gained"], row["gained"]),
                    "失去覆盖": _change(row["villages_lost"], row["lost"]),
                }
            )
    return pd.DataFrame(table)


def villages_table(
    comparison: Comparison, assessment: Assessment, reading: Reading
) -> pd.DataFrame:
    """
    The villages whose verdict changes by one reading, those with most people first.

    Parameters
    ----------
    comparison, assessment
        As `readings_table`.
    reading
        One of the readings.

    Returns
    -------
    table
        名称, 所在单元, 人口, 变化, 现状, 试算.
    """
    villages = comparison.villages
    here = villages[villages["reading_id"] == reading.reading_id]
    here = here.sort_values("population", ascending=False, kind="stable")
    by_time = reading.measure == "travel_time"
    told = partial(_told, cutoff=reading.cutoff, by_time=by_time)
    names = here["demand_name"].fillna(here["demand_id"].astype(object))
    zones = here["zone_id"].map(assessment.layers.zones["zone_name"])
    return pd.DataFrame(
        {
            "名称": names.map(plain_text),
            "所在单元": zones.map(plain_text),
            "人口": here["population"],
            "变化": ["新增覆盖" if change == GAINED else "失去覆盖" for change in here["change"]],
            "现状": here["before"].map(told),
            "试算": here["after"].map(told),
        }
    ).reset_index(drop=True)


def show_comparison(comparison: Comparison, assessment: Assessment, reading: Reading) -> None:
    """Both tables; a sentence where no verdict changes."""
    st.dataframe(readings_table(comparison, assessment), hide_index=True)
    table = villages_table(comparison, assessment, reading)
    if table.empty:
        st.caption(f"「{plain_text(reading.name)}」口径下，没有村（社区）的结论改变。")
        return
    st.dataframe(
        table.head(SHOWN_VILLAGES),
        hide_index=True,
        placeholder="未知",
        column_config={"人口": st.column_config.NumberColumn(format="localized")},
    )


def _told(value: float, *, cutoff: float, by_time: bool) -> str:
    """A time or distance, never rounded to the cutoff that it passes."""
    if cutoff < value < math.inf:
        return beyond_text(value, cutoff=cutoff, by_time=by_time)
    return minutes_text(value) if by_time else metres_text(value)


def _change(villages: int, people: float) -> str:
    return "—" if villages == 0 else f"{int(villages):,} 个村（社区），{people_text(people)}"
