"""The part 建议 of the page of siting: ask, watch the solver, see plan and proof, accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.studies.study_sites import sites_meaning
from reports.figures import people_text
from reports.safe_text import plain_text
from views import siting_advice_tables as tables
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.siting_advising import OWN, Advising
from views.siting_ask import TASKS, YEARS, ask
from views.siting_curve import chosen_number, show_curve
from views.siting_events import offered_kinds
from views.siting_words import MODELS, Scale, proof_text, status_rows, told_text
from views.solve_panel import answer_of, begin, is_of, show_running, taken
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from coverage.scenarios.action import FacilityAction, Scenario
    from coverage.siting import SitingResult
    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.study_sites import SitingAnswer
    from views.cache import Opened
    from views.map_overlay import Shape
    from views.siting_advising import Advice
    from views.solving import Told

    Accept = Callable[[tuple[FacilityAction, ...]], None]

SHOWN_ROWS: Final = 10

TITLES: Final = {OWN: "同样处数的最好方案", "closing": "建议撤并的设施"}
"""Of the table of sites, by task."""

REASON_ROW_PX: Final = 66
"""Of a row that breaks its text into lines, which Streamlit does in rows higher than 4 rem."""

REASON_LINE: Final = 42
"""Characters of a reason that fit into one line."""

REASON_ROWS: Final = 6
"""Rows shown where they are that high."""

INTRO: Final = "选好问题，点「求解」。求解在后台进行，可以先去看别的页面；结果写明是否已证明最优。"

NEXT: Final = "地图下方列出建议的地点和理由，可逐处采用或全部采用。"

ACCEPT_HINT: Final = "勾选左侧方框可只采用几处；采用后成为情景中的改动，可撤销。"

PLAN_SENTENCES: Final = ("方案：", "兼顾「")
"""How the sentences of an answer begin that say what the plan does for a standard."""

OWN_HINT: Final = "采用后与自选的几处并存；不再要的自选点请在「试点」里撤回。"

STALE: Final = "以下是改动前求得的结果；情景或问题已有改动，请重新求解。"


def show_advice(
    opened: Opened,
    standard: Standard,
    reading: Reading,
    *,
    scenario: Scenario | None,
    accept: Accept,
    draw_map: Callable[[Sequence[Shape]], None],
) -> None:
    """
    The whole part.

    Parameters
    ----------
    opened
        The project without any scenario, whatever else is tried on it.
    standard, reading
        By which places are judged.
    scenario
        That the advice builds on; None for the project as it is.
    accept
        Takes the actions that the visitor accepts into the scenario; called before the page
        runs again.
    draw_map
        Draws the map with further shapes above it, in the left column.
    """
    left, right = st.columns([2.25, 1], gap="small")
    with right:
        asked = ask(opened, standard)
        part = f"advice {opened.project.file} {asked.task}"
        work = Advising(opened, scenario, standard, reading, asked)
        advice, is_stale = _solve(part, work)
    number = None
    if advice is not None and advice.curve is not None:
        number = chosen_number(part, advice.curve)
    sites = None if advice is None else tables.suggestions(advice, number=number)
    with left:
        crs = str(opened.assessment.layers.roads.crs)
        draw_map([] if sites is None else tables.suggestion_shapes(sites, crs=crs))
    if advice is None or sites is None:
        return
    if is_stale:
        st.caption(STALE)
    _show_found(advice, part)
    _show_sites(opened, standard, advice, sites, scenario=scenario, accept=accept)
    _show_others(advice)


def _solve(part: str, work: Advising) -> tuple[Advice | None, bool]:
    """Button and progress; the last answer to this kind of question, and whether it is stale."""
    if st.button("求解", type="primary", width="stretch", key="advice-solve"):
        begin(st.session_state, part, work.key, work)
    if show_running(part, _words(work)):
        return None, False
    solve = taken(st.session_state, part)
    if solve is None:
        st.html(f'<div class="qt-faint">{INTRO}</div>')
        return None, False
    advice: Advice | None = answer_of(solve)
    if advice is not None and (result := _result(advice)) is not None and work.ask.task != YEARS:
        _status(result, tables.scale_of(advice))
        if result.status != "infeasible":
            st.html(f'<div class="qt-faint">{NEXT}</div>')
    return advice, not is_of(solve, part, work.key)


def _words(work: Advising) -> Callable[[Told], str]:
    """Says how far the solver is, before anything else is known of the answer."""
    scale = first_scale(work)
    return lambda told: told_text(told, scale)


def first_scale(work: Advising) -> Scale:
    """How the objective of a question reads while it is being solved."""
    words = MODELS.get(work.ask.task) or MODELS["maximal_covering"]
    zones = work.opened.assessment.zones
    whole = (zones["reading_id"] == work.reading.reading_id) & (zones["zone_id"] == "")
    people = float(zones.loc[whole, "population"].sum())
    unit = words.unit
    if work.ask.task == "closing" and work.ask.question.close is None:
        unit = "sites"
    by_time = work.reading.measure == "travel_time"
    return Scale(unit, people, by_time, target=work.standard.target)


def _result(advice: Advice) -> SitingResult | None:
    if advice.own is not None:
        return advice.own.result
    return None if advice.answer is None else advice.answer.result


def _status(result: SitingResult, scale: Scale) -> None:
    """Proof in one sentence, then model, bound, gap, time and seed."""
    rows = "".join(
        f"<span>{escaped(name)} <b>{escaped(text)}</b></span>"
        for name, text in status_rows(result, scale)
    )
    st.html(
        f'<div class="qt-proof" data-status="{result.status}">'
        f"<b>{escaped(proof_text(result, scale), limit=MESSAGE_LIMIT)}</b>"
        f'<div class="qt-faint qt-proof-rows">'
        f"{rows}</div></div>"
    )


def _show_found(advice: Advice, part: str) -> None:
    """What comes before the table of sites: who cannot be served, the plan, curve or years."""
    if advice.own is not None:
        st.html(f"<h3>{escaped(own_text(advice))}</h3>")
    if advice.curve is not None:
        show_curve(part, advice)
    answer = advice.answer
    # Closing chooses among what stands: who is far from all of it is not its question.
    is_asked = advice.ask.task != "closing"
    if answer is not None and is_asked and not answer.unservable.empty:
        with st.expander(unservable_text(answer), icon=":material/warning:"):
            _table(tables.unservable_table(answer))
    for sentence in plan_sentences(advice):
        st.html(f"<div>{escaped(sentence, limit=MESSAGE_LIMIT)}</div>")
    if answer is not None and answer.order is not None:
        _table(tables.order_table(answer))


def unservable_text(answer: SitingAnswer) -> str:
    """How many points no site can serve, and the first of them; Markdown that marks nothing."""
    points = answer.unservable
    people = people_text(float(points["population"].sum()))
    first = points["demand_name"].iloc[0] or points.index[0]
    return (
        f"有 {len(points):,} 个村（社区）、{people}不在任何候选点和现有设施的服务圈内，"
        f"怎样选都覆盖不了，第一个是「{plain(first)}」：看看怎么办"
    )


def own_text(advice: Advice) -> str:
    """How far the planner's own choice is from the best, and how many people that is."""
    own = advice.own
    assert own is not None  # noqa: S101 - asked only of an own choice
    if not own.people > 0:
        return f"{own.sentence}。"
    word = "少覆盖" if own.result.status == "optimal" else "至少少覆盖"
    return f"{own.sentence}，{word} {people_text(own.people)}。"


def plan_sentences(advice: Advice) -> list[str]:
    """
    What there is to know of the candidates, what was asked, and what the plan does.

    The plan is told for every standard that it serves; proof and years stand elsewhere.
    """
    told = [notice.message for notice in advice.ground.notices]
    answer = advice.answer
    if answer is None:
        return told
    told.append(f"{TASKS[advice.ask.task]}：{sites_meaning(answer.question, answer.ground)}。")
    return told + [f"{one}。" for one in answer.sentences if one.startswith(PLAN_SENTENCES)]


def _show_sites(
    opened: Opened,
    standard: Standard,
    advice: Advice,
    sites: pd.DataFrame,
    *,
    scenario: Scenario | None,
    accept: Accept,
) -> None:
    """The sites with what each adds, and the buttons that take them into the scenario."""
    if sites.empty:
        st.html('<div class="qt-faint">没有要新建或撤并的设施。</div>')
        return
    title = TITLES.get(advice.ask.task, "建议的地点")
    st.html(f"<h3>{title}（地图上按次序编号）</h3>")
    facilities = opened.assessment.layers.facilities.index
    done = tables.accepted_sites(sites, scenario, facilities=facilities)
    table = tables.sites_table(sites, done)
    is_long = "理由" in table and table["理由"].str.len().max() > REASON_LINE
    row_px, most = (REASON_ROW_PX, REASON_ROWS) if is_long else (ROW_HEIGHT_PX, SHOWN_ROWS)
    event = st.dataframe(
        table,
        hide_index=True,
        height=ROW_HEIGHT_PX + row_px * min(len(sites), most) + 3,
        row_height=row_px,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"advice-sites-{advice.ask.task}",
        column_config=_columns(),
    )
    left = sites[~sites["site_id"].isin(done)]
    rows = [one for one in event["selection"]["rows"] if one < len(sites)]
    chosen = sites.iloc[rows]
    chosen = chosen[~chosen["site_id"].isin(done)]
    kind_cell, one_cell, all_cell, hint = st.columns(
        [1.3, 0.8, 0.8, 2], vertical_alignment="center"
    )
    with kind_cell:
        kind = _choose_kind(opened, standard, advice)
    layers = opened.assessment.layers
    for cell, label, wanted in ((one_cell, "采用所选", chosen), (all_cell, "全部采用", left)):
        actions = tables.actions_of(
            wanted, layers=layers, scenario=scenario, kind=kind, costs=advice.costs
        )
        cell.button(
            label, disabled=wanted.empty, on_click=accept, args=(actions,), width="stretch",
            key=f"advice-{label}", type="primary" if label == "全部采用" else "secondary",
        )  # fmt: skip
    hint.html(f'<div class="qt-faint">{OWN_HINT if advice.ask.task == OWN else ACCEPT_HINT}</div>')


def _choose_kind(opened: Opened, standard: Standard, advice: Advice) -> FacilityKind:
    """Of the new facilities: what the project says is built, or another that counts."""
    kinds = offered_kinds(standard, opened.kinds)
    codes = list(kinds)
    first = codes.index(advice.kind) if advice.kind in kinds else 0
    code = st.selectbox(
        "新建的类别", codes, index=first, filter_mode=None, label_visibility="collapsed",
        format_func=lambda one: f"新建为：{plain_text(kinds[one].name)}",
        key=f"advice-kind-{standard.standard_id}",
    )  # fmt: skip
    return kinds[code]


def _show_others(advice: Advice) -> None:
    """Answers as good as the one shown, so that land and ownership can decide."""
    answer = advice.answer
    if answer is None or not answer.ties:
        return
    with st.expander(f"同样好的其他方案（{len(answer.ties)} 组，可按用地和权属挑选）"):
        _table(tables.ties_table(answer))


def _table(table: pd.DataFrame) -> None:
    st.dataframe(
        table,
        hide_index=True,
        placeholder="未知",
        height=ROW_HEIGHT_PX * (min(len(table), SHOWN_ROWS) + 1) + 3,
        column_config=_columns(),
    )


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    localized = ("人口（人）", "覆盖人口（人）", "比不分年少覆盖（人）")
    return {
        **{name: number(format="localized") for name in localized},
        "增加覆盖（人）": number(format="%+,d"),
        "村（个）": number(format="%+d"),
        "覆盖率": number(format="%.1f%%"),
        "次序": number(width=50),
        "乡镇": st.column_config.TextColumn(width=90),
        "动作": st.column_config.TextColumn(width=90),
        "理由": st.column_config.TextColumn(width=560),
        "怎么办": st.column_config.TextColumn(width=480),
    }
