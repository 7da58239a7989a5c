"""The page of travel times: how many minutes, for whom, with what choice, and is it enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from coverage.notices import GROUP_NAMES
from coverage.studies.measured import readings_by_time
from reports.safe_text import plain_text
from views import measure_tables, state
from views.cache import reading_curves, reading_measures
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.zone_table import ROW_HEIGHT_PX, SHOWN_ROWS

if TYPE_CHECKING:
    import altair as alt

    from coverage.standards import Reading, Standard
    from coverage.studies.study_measures import StudyMeasures
    from views.cache import Opened

READING_KEY: Final = "measures-reading"
GROUP_KEY: Final = "measures-group"
LINES_KEY: Final = "measures-lines"
ZONES_KEY: Final = "measures-zones"

LINES: Final = {"groups": "按人群", "zones": "按行政单元"}
"""What the lines of the chart are."""

SCOPES: Final = {"urban": "城镇", "rural": "农村"}

CHART_HEIGHT_PX: Final = 345

FEW_ROWS: Final = 10
"""Shown of the tables of capacity; the rest by scrolling in them."""

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Told apart by colour-blind eyes (Okabe, Ito 2008)."""

FIRST_ZONES: Final = 3
"""Zones drawn until others are chosen: those with the smallest share within the cutoff."""

STEP_S: Final = 30.0
NICE_S: Final = 300.0
MOST_CUTOFFS: Final = 4
"""The chart ends at so many times the cutoff, however long the last people take."""


def show_measures(opened: Opened) -> None:
    """
    The whole page of one project.

    Parameters
    ----------
    opened
        A project with its result, or with what is tried.
    """
    pairs = {
        reading.reading_id: (standard, reading)
        for standard, reading in readings_by_time(opened.assessment)
    }
    if not pairs:
        st.info("本项目的标准都按距离计，没有按出行时间的口径，本页没有可显示的内容。")
        return
    left, middle, right = st.columns([1.5, 1.2, 0.8], vertical_alignment="center")
    with left:
        standard, reading = _choose_reading(opened, pairs)
    with st.spinner("正在计算出行时间和容量…"):
        measures = reading_measures(opened, reading)
    times = measures.travel_times
    if times["share_within"].isna().all():
        st.info(
            f"「{plain(standard.name)} · {plain(reading.name)}」没有可用的设施或人口数据，"
            "不能计算出行时间。原因见“覆盖评估”页的数据提示。"
        )
        return
    with middle:
        names = {name: GROUP_NAMES[name] for name in times["group"].unique()}
        group = _choose("人群", names, _key(opened, GROUP_KEY))
    with right:
        lines = _choose("曲线", LINES, LINES_KEY)
    chart, facts = st.columns([1.35, 1], gap="small")
    with chart:
        _show_curves(opened, standard, reading, times, group=group, lines=lines)
    facts.html(measure_tables.facts_html(times, reading, target=standard.target))
    told_apart = "settlement" in opened.assessment.demand.columns
    people = (SCOPES.get(standard.scope, "") if told_apart else "") + GROUP_NAMES[group]
    title = f"{standard.name} · {reading.name}，{people}"
    st.html(f"<h3>{escaped(title)}：各行政单元（九成人用时长的在前）</h3>")
    table = measure_tables.travel_time_table(times, reading, group=group, target=standard.target)
    _show_table(table)
    st.html('<div class="qt-faint">“—”表示这么多人到不了任何设施，或没有这一人群。</div>')
    _show_capacity(measures, reading, group=group)


def _key(opened: Opened, name: str) -> str:
    """Widgets of another project start anew: it has other readings, groups and zones."""
    return f"{name}-{opened.project.file}"


def _choose_reading(
    opened: Opened, pairs: dict[str, tuple[Standard, Reading]]
) -> tuple[Standard, Reading]:
    """By what is measured; first that which is looked at, or its standard's reading by time."""
    standard, current = state.chosen(st.session_state, opened.assessment)
    ids = list(pairs)
    alike = [name for name in ids if pairs[name][0] is standard]
    first = current.reading_id if current.reading_id in pairs else [*alike, ids[0]][0]
    key = _key(opened, READING_KEY)
    wanted = st.selectbox(
        "查看口径",
        ids,
        index=ids.index(first),
        format_func=lambda name: plain_text(f"{pairs[name][0].name}：{pairs[name][1].name}"),
        key=key,
        label_visibility="collapsed",
        filter_mode=None,
        on_change=_keep_reading,
        args=(key, pairs),
    )
    return pairs[wanted]


def _keep_reading(key: str, pairs: dict[str, tuple[Standard, Reading]]) -> None:
    standard, reading = pairs[st.session_state[key]]
    state.choose_standard(st.session_state, standard.standard_id)
    state.choose_reading(st.session_state, standard.standard_id, reading.reading_id)


def _choose(label: str, names: dict[str, str], key: str) -> str:
    return st.segmented_control(
        label,
        list(names),
        format_func=names.get,
        default=next(iter(names)),
        key=key,
        required=True,
        label_visibility="collapsed",
    )


def _show_curves(
    opened: Opened,
    standard: Standard,
    reading: Reading,
    times: pd.DataFrame,
    *,
    group: str,
    lines: str,
) -> None:
    curves = reading_curves(
        opened, standard, reading, cutoffs=curve_cutoffs(reading, longest_s=_longest(times, group))
    )
    zones = _choose_zones(opened, times, group) if lines == "zones" else []
    drawn = curve_lines(curves, times, group=None if lines == "groups" else group, zones=zones)
    st.altair_chart(curve_chart(drawn, reading), key=f"measures-curves-{lines}")


def _choose_zones(opened: Opened, times: pd.DataFrame, group: str) -> list[str]:
    """The zones to draw beside the whole study area."""
    rows = times[(times["group"] == group) & (times["zone_id"] != "")]
    names = rows.set_index("zone_id")["zone_name"].to_dict()
    worst = rows.sort_values("share_within", kind="stable")["zone_id"].head(FIRST_ZONES)
    return st.multiselect(
        "行政单元",
        list(names),
        default=list(worst),
        format_func=lambda zone_id: plain_text(names[zone_id]),
        key=_key(opened, ZONES_KEY),
        max_selections=len(COLOURS) - 1,
        placeholder="选择要画出的行政单元",
        label_visibility="collapsed",
        select_all=False,
    )


def _longest(times: pd.DataFrame, group: str) -> float:
    whole = times[(times["group"] == group) & (times["zone_id"] == "")]
    return float(whole["p90_s"].iloc[0])


def curve_cutoffs(reading: Reading, *, longest_s: float) -> list[float]:
    """
    Seconds at which the chart reads the curves: every half minute, and at the cutoff.

    Parameters
    ----------
    reading
        The chart reaches at least twice its cutoff, and at most four times.
    longest_s
        Seconds that nine in ten people need; `inf` or NaN where there is no such number.
    """
    most = MOST_CUTOFFS * reading.cutoff
    wanted = longest_s * 1.2 if math.isfinite(longest_s) else 0.0
    end = math.ceil(min(max(2 * reading.cutoff, wanted), most) / NICE_S) * NICE_S
    steps = [STEP_S * number for number in range(int(end / STEP_S) + 1)]
    return sorted({*steps, reading.cutoff})


def curve_lines(
    curves: pd.DataFrame, times: pd.DataFrame, *, group: str | None, zones: list[str]
) -> pd.DataFrame:
    """
    The lines of the chart.

    Parameters
    ----------
    curves
        From `coverage.studies.study_measures.travel_time_curves`.
    times
        `travel_times` of the reading, for names.
    group
        None: a line for every group in the whole study area. Else a line for the whole study
        area and for each of the zones, of this group.
    zones
        Ids of zones.

    Returns
    -------
    lines
        `线` (name), `分钟`, `比例` (in [0, 1]); groups or zones of nobody have no line.
    """
    if group is None:
        rows = curves[curves["zone_id"] == ""]
        names = times.set_index("group")["group_name"].to_dict()
        line = rows["group"].map(names)
    else:
        rows = curves[(curves["group"] == group) & curves["zone_id"].isin(["", *zones])]
        names = times.set_index("zone_id")["zone_name"].to_dict()
        line = rows["zone_id"].map(names).map(plain_text)
        first = (rows["zone_id"] != "").argsort(kind="stable")
        rows, line = rows.iloc[first], line.iloc[first]
    table = pd.DataFrame({"线": line, "分钟": rows["cutoff"] / 60, "比例": rows["share"]})
    return table.dropna(subset="比例").reset_index(drop=True)


def curve_chart(lines: pd.DataFrame, reading: Reading) -> alt.LayerChart:
    """
    The share of people against minutes, with the cutoff marked.

    Parameters
    ----------
    lines
        From `curve_lines`.
    reading
        Whose cutoff is marked.
    """
    # Altair takes half a second to import and only this page draws a chart.
    import altair as alt  # noqa: PLC0415

    names = list(lines["线"].unique())
    colours = alt.Scale(domain=names, range=list(COLOURS[: len(names)]))
    ends = [0, float(lines["分钟"].max()) if len(lines) else 2 * reading.cutoff / 60]
    curve = (
        alt.Chart(lines)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X(
                "分钟:Q",
                title="到最近设施的出行时间（分钟）",
                scale=alt.Scale(domain=ends, nice=False),
            ),
            y=alt.Y(
                "比例:Q",
                title="人口比例",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%"),
            ),
            color=alt.Color(
                "线:N", scale=colours, legend=alt.Legend(title=None, orient="top", columns=4)
            ),
            tooltip=[
                alt.Tooltip("线:N", title="曲线"),
                alt.Tooltip("分钟:Q", format=".1f"),
                alt.Tooltip("比例:Q", format=".1%"),
            ],
        )
    )
    limit = pd.DataFrame({"分钟": [reading.cutoff / 60], "名": [f"阈值 {reading.cutoff_text}"]})
    mark = alt.Chart(limit)
    rule = mark.mark_rule(strokeDash=[5, 4], color="#5b6874").encode(x="分钟:Q")
    text = mark.mark_text(align="left", dx=5, dy=-6, color="#5b6874", fontSize=12).encode(
        x="分钟:Q", y=alt.datum(0.03), text="名:N"
    )
    return alt.layer(curve, rule, text).properties(height=CHART_HEIGHT_PX)


def _show_capacity(measures: StudyMeasures, reading: Reading, *, group: str) -> None:
    """A block for every kind of capacity, or the sentence that says what to fill in."""
    st.html("<h3>够不够用：每千人够得着的容量</h3>")
    for notice in measures.notices:
        st.html(f'<div class="qt-faint">{escaped(notice.message, limit=MESSAGE_LIMIT)}</div>')
    if measures.capacity.empty:
        st.html(f'<div class="qt-faint">{measure_tables.NO_CAPACITY}</div>')
        return
    for column, capacity in measures.capacity.groupby("capacity_column", sort=True):
        told = group if group in set(capacity["group"]) else capacity["group"].iloc[0]
        if told != group:
            st.caption(f"这类设施只服务{GROUP_NAMES[told]}，以下按这一人群。")
        facilities = measures.capacity_facilities
        facilities = facilities[facilities["capacity_column"] == column]
        if capacity["note"].notna().any():
            # What keeps it from being counted has been told; what is known is shown.
            _show_table(measure_tables.facility_table(facilities), rows=FEW_ROWS)
        else:
            text = measure_tables.capacity_text(capacity, group=told)
            st.html(f"<div>{escaped(text)}</div>")
            left, right = st.columns([1, 1.2], gap="small")
            with left:
                _show_table(measure_tables.capacity_table(capacity, group=told), rows=FEW_ROWS)
            with right:
                _show_table(measure_tables.facility_table(facilities), rows=FEW_ROWS)
            st.html(f'<div class="qt-faint">{measure_tables.METHODS_NOTE}</div>')
        _show_allocation(measures, reading, str(column), group=told)


def _show_allocation(measures: StudyMeasures, reading: Reading, column: str, *, group: str) -> None:
    allocation = measures.allocation[measures.allocation["capacity_column"] == column]
    if allocation.empty:
        st.html(f'<div class="qt-faint">{measure_tables.NO_RULE}</div>')
        return
    text = measure_tables.allocation_text(allocation, reading, group=group)
    st.html("<h3>容量分配：谁得到服务，谁到得了但没有容量，谁到不了</h3>")
    st.html(f"<div>{escaped(text, limit=MESSAGE_LIMIT)}</div>")
    if allocation["note"].isna().all():
        _show_table(measure_tables.allocation_table(allocation, reading, group=group))


def _show_table(table: pd.DataFrame, *, rows: int = SHOWN_ROWS) -> None:
    st.dataframe(
        table,
        hide_index=True,
        placeholder="—",
        height=ROW_HEIGHT_PX * (min(len(table), rows) + 1) + 3,
        column_config={name: _column(name) for name in table.columns if name != "名称"},
    )


def _column(name: str) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    """How a column is shown, by the unit in its heading."""
    number = st.column_config.NumberColumn
    if name.startswith("每千人"):
        return number(format="%.1f")
    if name.endswith(("（人）", "（个）", "（张）", "（平方米）")):
        return number(format="localized")
    return number(format="%.2f" if name == "基尼系数" else "%.1f")
