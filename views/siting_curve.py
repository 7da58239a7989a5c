"""The curve of coverage against the number of sites: drawn, listed, clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from views.siting_advice_tables import clicked_number, curve_table
from views.siting_ask import SITES_LABELS
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from views.siting_advising import Advice

NUMBERS: Final = "advice_numbers"
"""Key in the state of a session: number of sites looked at, by part of the page."""

POINT: Final = "point"
"""Name of the chart's selection."""

CHART_HEIGHT_PX: Final = 260
LINE: Final = "#0072b2"
CHOSEN: Final = "#e7298a"


def chosen_number(part: str, curve: pd.DataFrame) -> int:
    """The number of sites looked at; the largest where none was clicked."""
    number = st.session_state.get(NUMBERS, {}).get(part)
    return int(number if number in curve.index else curve.index[-1])


def show_curve(part: str, advice: Advice) -> None:
    """
    Chart and table side by side; a click on either chooses the number of sites.

    Parameters
    ----------
    part
        Part of the page whose number is kept.
    advice
        With a curve.
    """
    curve = advice.curve
    assert curve is not None  # noqa: S101 - shown only where there is one
    number = chosen_number(part, curve)
    table = curve_table(curve, advice.ground)
    st.html(f"<h3>覆盖率曲线（点一个点看那个处数的方案，现在看 {number} 处）</h3>")
    left, right = st.columns([1.2, 1], gap="small")
    chart_key, table_key = f"curve-chart {part}", f"curve-table {part}"
    title = SITES_LABELS[advice.ask.question.existing]
    with left:
        st.altair_chart(
            curve_chart(table, number, title=title), key=chart_key, selection_mode=POINT,
            on_select=lambda: _keep(part, clicked_number(st.session_state[chart_key], curve)),
        )  # fmt: skip
    with right:
        st.dataframe(
            table,
            hide_index=True,
            height=min(CHART_HEIGHT_PX, ROW_HEIGHT_PX * (len(table) + 1) + 3),
            key=table_key,
            selection_mode="single-row",
            on_select=lambda: _keep(part, row_number(st.session_state[table_key], curve)),
            column_config={
                "覆盖率": st.column_config.NumberColumn(format="%.1f%%"),
                "上界": st.column_config.NumberColumn(format="%.1f%%"),
                "覆盖人口（人）": st.column_config.NumberColumn(format="localized"),
                "比上一行多（人）": st.column_config.NumberColumn(format="localized"),
            },
        )


def row_number(event: Any, curve: pd.DataFrame) -> int | None:  # noqa: ANN401 - from a browser
    """The number of sites of a row that was chosen; None where none was."""
    rows = event["selection"]["rows"]
    return int(curve.index[rows[0]]) if rows and rows[0] < len(curve) else None


def _keep(part: str, number: int | None) -> None:
    if number is not None:
        st.session_state[NUMBERS] = {**st.session_state.get(NUMBERS, {}), part: number}


def curve_chart(table: pd.DataFrame, number: int, *, title: str) -> alt.LayerChart:
    """
    The share of people against the number of sites, with the one looked at marked.

    Parameters
    ----------
    table
        From `curve_table`.
    number
        Of the sites looked at.
    title
        What the number counts.
    """
    # Altair takes half a second to import and few pages draw a chart.
    import altair as alt  # noqa: PLC0415

    lowest = max(0.0, float(table["覆盖率"].min()) - 2.0)
    rows = table[["处数", "覆盖率", "覆盖人口（人）", "状态"]]
    base = alt.Chart(rows).encode(
        x=alt.X("处数:Q", title=title, axis=alt.Axis(tickMinStep=1, format="d")),
        y=alt.Y("覆盖率:Q", title="覆盖率（%）", scale=alt.Scale(domain=[lowest, 100.0])),
    )
    line = base.mark_line(color=LINE, strokeWidth=2)
    click = alt.selection_point(name=POINT, fields=["处数"], on="click", nearest=True)
    dots = (
        base.mark_circle(size=90, opacity=1.0)
        .encode(
            color=alt.condition(f"datum['处数'] == {number}", alt.value(CHOSEN), alt.value(LINE)),
            tooltip=[
                alt.Tooltip("处数:Q", format="d"),
                alt.Tooltip("覆盖率:Q", format=".1f"),
                alt.Tooltip("覆盖人口（人）:Q", format=",.0f"),
                alt.Tooltip("状态:N"),
            ],
        )
        .add_params(click)
    )
    return alt.layer(line, dots).properties(height=CHART_HEIGHT_PX)
