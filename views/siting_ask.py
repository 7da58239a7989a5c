"""The form of 建议: which question, how many sites, what becomes of those that stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from coverage.studies.study_sites import SitingQuestion
from reports.safe_text import plain_text
from views.siting_advising import CURVE, OWN, PROJECT, SOURCES, Ask
from views.siting_words import MODELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.standards import Standard
    from views.cache import Opened

YEARS: Final = "building_order"

TASKS: Final = {
    **{name: words.name for name, words in MODELS.items()},
    CURVE: "覆盖率曲线",
    YEARS: "分年建设",
    OWN: "我的选址差多少",
}

HELP: Final = {
    **{name: words.help for name, words in MODELS.items()},
    CURVE: "从 1 处起逐个增加，看每多一处覆盖率升多少；点曲线上的点看那个处数的方案。",
    YEARS: "定下各年新建几处，求先建哪里，使每一年都尽量好。",
    OWN: "把情景里新设的几处，与同样处数所能做到的相比。",
}

EXISTING: Final = {"locked": "保留", "closable": "可撤并", "ignored": "不计"}

EXISTING_HELP: Final = (
    "保留：现有设施都不动，处数指新建。可撤并：现有设施也可以关闭，处数指新旧合计。"
    "不计：当作没有现有设施，从头布局。"
)

TIME_LIMITS: Final = {10.0: "10 秒", 60.0: "1 分钟", 300.0: "5 分钟", 1800.0: "30 分钟"}

SITES_LABELS: Final = {"locked": "新建（处）", "closable": "新旧合计（处）", "ignored": "共（处）"}

KEPT_TASK: Final = "advice_task"
"""Key in the state of a session: the question looked at last."""

FIRST_SITES: Final = 5
MOST_SITES: Final = 500
FIRST_YEARS: Final = ((2026, 2), (2027, 2), (2028, 2))

_NO_CHOICE: Final = ("closing", OWN)
"""Tasks in which it is clear what becomes of the facilities that stand."""


def ask(opened: Opened, standard: Standard) -> Ask:
    """
    The question as the visitor has put it so far.

    Parameters
    ----------
    opened
        The project.
    standard
        By which places are judged; its target is the first share offered.
    """
    kept = st.session_state.get(KEPT_TASK, next(iter(TASKS)))
    task = st.selectbox(
        "要问什么", list(TASKS), index=list(TASKS).index(kept), format_func=TASKS.get,
        key="advice-task", filter_mode=None, label_visibility="collapsed",
    )  # fmt: skip
    # Streamlit forgets a choice when another page is looked at; what is solved goes on.
    st.session_state[KEPT_TASK] = task
    st.html(f'<div class="qt-faint">{HELP[task]}</div>')
    words = MODELS.get(task)
    asks = words.asks if words is not None else ()
    existing = "locked"
    if task not in _NO_CHOICE:
        options = [one for one in EXISTING if task != YEARS or one != "closable"]
        existing = st.segmented_control(
            "现有设施", options, format_func=EXISTING.get, default="locked", required=True,
            key=f"advice-existing-{task == YEARS}", help=EXISTING_HELP,
        )  # fmt: skip
    numbers, limit = st.columns(2, vertical_alignment="bottom")
    with numbers:
        asked = _numbers(task, asks, existing, standard)
    with limit:
        seconds = st.selectbox(
            "最多算多久", list(TIME_LIMITS), index=1, format_func=TIME_LIMITS.get,
            key="advice-limit", filter_mode=None,
        )  # fmt: skip
    also = _others(opened, standard) if "standards" in asks else ()
    years = _years(opened) if task == YEARS else ()
    source = "villages"
    if task != "closing":
        source = st.selectbox(
            "候选点", _sources(opened), format_func=SOURCES.get, key="advice-source",
            filter_mode=None,
        )  # fmt: skip
    with_ties = False
    if task in MODELS:
        with_ties = st.checkbox("列出同样好的其他方案（要多算一会儿）", key="advice-ties")
    most = int(asked.pop("most", 1))
    model = "maximal_covering" if task in (CURVE, OWN) else task
    question = SitingQuestion(model=model, existing=existing, years=years, **asked)
    return Ask(task, question, source, seconds, with_ties=with_ties, most=most, also=also)


def _numbers(task: str, asks: Sequence[str], existing: str, standard: Standard) -> dict[str, float]:
    """What the question counts, by the names of `SitingQuestion`, and `most` of the curve."""
    if "sites" in asks:
        sites = st.number_input(
            SITES_LABELS[existing], 1, MOST_SITES, FIRST_SITES, key="advice-sites"
        )
        return {"sites": int(sites)}
    if "share" in asks:
        share = st.number_input(
            "覆盖率达到（%）", 1.0, 100.0, round(100 * standard.target, 1), 1.0,
            format="%.1f", key=f"advice-share-{standard.standard_id}",
        )  # fmt: skip
        return {"share": share / 100}
    if "close" in asks:
        count = st.number_input(
            "撤并几处", 1, MOST_SITES, None, key="advice-close", placeholder="不填",
            help="不填：凡撤后不减少覆盖的都撤。",
        )  # fmt: skip
        return {} if count is None else {"close": int(count)}
    if task == CURVE:
        return {"most": int(st.number_input("最多几处", 2, 100, 20, key="advice-most"))}
    return {}


def _sources(opened: Opened) -> list[str]:
    """What candidates may be; without settings of its own, a project has its villages."""
    has_own = opened.project.settings.siting is not None
    return [one for one in SOURCES if has_own or one != PROJECT]


def _others(opened: Opened, standard: Standard) -> tuple[str, ...]:
    """First readings of the other standards that the same sites serve."""
    readings = {
        one.readings[0].reading_id: plain_text(one.name)
        for one in opened.assessment.standards
        if one.standard_id != standard.standard_id
    }
    return tuple(
        st.multiselect(
            "同时兼顾", list(readings), default=list(readings)[:1], format_func=readings.get,
            key=f"advice-also-{standard.standard_id}", placeholder="选择其他标准", select_all=False,
        )
    )  # fmt: skip


def _years(opened: Opened) -> tuple[tuple[int, int], ...]:
    """New sites by the end of each year, from those of each year that the visitor wrote."""
    first = pd.DataFrame(FIRST_YEARS, columns=["年份", "当年建（处）"])
    edited = st.data_editor(
        first, num_rows="dynamic", hide_index=True, key=f"advice-years-{opened.project.file}",
        height=150,
        column_config={
            "年份": st.column_config.NumberColumn(
                format="%d", min_value=2000, max_value=2100, step=1
            ),
            "当年建（处）": st.column_config.NumberColumn(
                min_value=0, max_value=MOST_SITES, step=1
            ),
        },
    )  # fmt: skip
    return years_of(edited)


def years_of(table: pd.DataFrame) -> tuple[tuple[int, int], ...]:
    """
    Sites by the end of each year from the sites of each year; rows not filled in count nothing.

    Examples
    --------
    >>> years_of(pd.DataFrame({"年份": [2027, 2026, None], "当年建（处）": [3, 2, 5]}))
    ((2026, 2), (2027, 5))
    """
    filled = table.dropna().astype(int)
    built = filled.groupby(filled.columns[0], sort=True)[filled.columns[1]].sum().cumsum()
    return tuple((int(year), int(count)) for year, count in built.items())
