"""The part 情景对比 of the page of siting: two or three scenarios beside each other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.scenario import changed_verdicts, compare_scenarios
from layers.standards import DATA_FOLDER
from reports.safe_text import plain_text
from reports.target_figures import verdict_text
from views import siting_compare_tables as tables
from views.cache import tried
from views.plain_text import escaped, plain
from views.problems import told_to_the_planner
from views.siting_words import seconds_text
from views.solve_panel import answer_of, begin, is_of, show_running, taken
from views.targets_cache import target_study_of
from views.targets_page import first_plan
from views.targets_source import held_project
from views.targets_table import first_year
from views.what_if import WhatIf
from views.zone_table import ROW_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from coverage.rules.target import Target
    from coverage.scenario import Scenario, ScenarioComparison
    from coverage.standards import Reading, Standard
    from views.cache import Opened
    from views.solving import Line, Told
    from views.targets_source import Held

EXAMPLES: Final = DATA_FOLDER / "examples"
"""The shipped examples, whose files are not written."""

MOST: Final = 3
"""Scenarios side by side, the project as it is among them: an office screen takes no more."""

CHOICE_KEY: Final = "siting-compared"
PLAN_KEY: Final = "siting-compared-plan"

SHOWN_ROWS: Final = 12

WIDE: Final = {"width": 225}
"""Of columns of who gains and who loses, which must not be cut."""

UNKNOWN_AMOUNTS: Final = (
    "结论变为“数据不足”的，多因情景新建或改动的设施没有填写床位、人员等数量；未知不按 0 计。"
    "床位可在「试点」里补填，其他数量可写进情景文件后再读入。"
)

UNSEEN_READING: Final = "查看的口径不在这次比较里，请重新比较。"

BASE: Final = ""
"""Id of the project as it is among the choices."""

INTRO: Final = (
    "选择两个或三个情景（现状也算一个），并排比较各标准覆盖率、各乡镇得失、"
    "费用、出行时间和指标结论。"
)


@dataclass(frozen=True, eq=False)
class SideBySide:
    """
    What a comparison found.

    Parameters
    ----------
    comparison
        Of the scenarios with the project as it is.
    verdicts
        Targets whose verdict changes, by scenario id; empty where no plan was chosen.
    targets
        Those that were judged.
    plan
        Name of their plan; "" where none was chosen.
    year
        That they were held against; 0 where none was chosen.
    standards
        By which all were assessed: the project may have others by the time this is shown.
    """

    comparison: ScenarioComparison
    verdicts: Mapping[str, pd.DataFrame]
    targets: Sequence[Target] = ()
    plan: str = ""
    year: int = 0
    standards: Sequence[Standard] = ()


def show_scenario_comparison(
    opened: Opened,
    reading: Reading,
    *,
    scenarios: Mapping[str, Scenario],
    examples: Path = EXAMPLES,
) -> None:
    """
    The whole part.

    Parameters
    ----------
    opened
        The project without any scenario, whatever else is tried on it.
    reading
        By which townships and travel times are told.
    scenarios
        Those that the visitor works on, by id.
    examples
        Folder of the shipped examples.
    """
    if not scenarios:
        st.info("还没有情景。请先在「试点」里新设一处，或在「建议」里采用一个方案，再来比较。")
        return
    part = f"compare {opened.project.file}"
    chosen, held, plan_id, is_pressed = _ask(opened, scenarios, examples)
    wanted = {key: scenarios[key] for key in chosen if key != BASE}
    question = question_key(opened, wanted, plan_id, held)
    if is_pressed:
        work = Comparing(opened, wanted, held, plan_id)
        begin(st.session_state, part, question, work)
    if show_running(part, compared_text, can_stop=False):
        return
    solve = taken(st.session_state, part)
    if solve is None:
        st.html(f'<div class="qt-faint">{INTRO}</div>')
        return
    found = answer_of(solve)
    if found is None:
        return
    if not is_of(solve, part, question):
        st.caption("以下是上次选择的比较结果；情景或选择已有改动，请重新比较。")
    _show(found, reading)


def question_key(
    opened: Opened, scenarios: Mapping[str, Scenario], plan_id: str, held: Held | None = None
) -> str:
    """Changes whenever the project, a scenario, the plan, or what was decided about it does."""
    changes = [(key, WhatIf(scenario=one).key) for key, one in scenarios.items()]
    decided = held.key if held is not None and plan_id else ""
    parts = f"{opened.fingerprint} {changes} {plan_id} {decided}"
    return hashlib.sha256(parts.encode()).hexdigest()


def compared_text(told: Told) -> str:
    """How far a comparison is."""
    spent = seconds_text(told.seconds)
    if told.phase == "waiting":
        return f"正在排队（{spent}）：服务器正为别人计算，轮到后自动开始。"
    return f"正在比较（{spent}）{f'：{plain_text(told.step)}' if told.step else '…'}"


@dataclass(frozen=True, eq=False)
class Comparing:
    """
    The work of a comparison; runs in a thread and touches nothing of a session.

    Parameters
    ----------
    opened
        The project without any scenario.
    scenarios
        By id, in order.
    held
        Plans of the project; None leaves targets out.
    plan_id
        Of the plan whose targets are judged.
    """

    opened: Opened
    scenarios: Mapping[str, Scenario]
    held: Held | None = None
    plan_id: str = ""

    def __call__(self, line: Line) -> SideBySide:
        """Assess every scenario, then put them side by side."""
        assessed: dict[str, Opened] = {}
        for key, scenario in self.scenarios.items():
            line.say(f"评估情景「{scenario.name}」")
            assessed[key] = tried(self.opened, WhatIf(scenario=scenario))
        line.say("比较覆盖和出行时间")
        comparison = compare_scenarios(
            self.opened.assessment,
            {key: one.assessment for key, one in assessed.items()},
            scenarios=self.scenarios,
        )
        if self.held is None or not self.plan_id:
            return SideBySide(comparison, {}, standards=self.opened.assessment.standards)
        return self._with_targets(line, comparison, assessed, self.held)

    def _with_targets(
        self,
        line: Line,
        comparison: ScenarioComparison,
        assessed: Mapping[str, Opened],
        held: Held,
    ) -> SideBySide:
        plan = held.plans.in_use[self.plan_id]
        year = first_year(plan.targets)
        line.say(f"核算「{plan.title}」的指标")
        before = held.judged(held.answered(self.plan_id), year=year, interpolate=False)
        verdicts = {}
        for key, one in assessed.items():
            line.say(f"核算情景「{self.scenarios[key].name}」的指标")
            study = target_study_of(one, held.plans, key=held.key)
            its = replace(held, opened=one, study=study)
            after = its.judged(its.answered(self.plan_id), year=year, interpolate=False)
            verdicts[key] = changed_verdicts(before, after)
        standards = self.opened.assessment.standards
        return SideBySide(comparison, verdicts, plan.targets, plan.title, year, standards)


def _ask(
    opened: Opened, scenarios: Mapping[str, Scenario], examples: Path
) -> tuple[list[str], Held | None, str, bool]:
    """The scenarios chosen, the plans, the plan chosen, and whether to begin."""
    names = {BASE: tables.BASE_TITLE, **tables.titles_of(_names(scenarios))}
    key = f"{CHOICE_KEY}-{opened.project.file}"
    kept = [one for one in st.session_state.get(key, []) if one in names]
    first = kept if len(kept) > 1 else [BASE, *list(scenarios)[-(MOST - 1) :]]
    st.session_state[key] = first[:MOST] if key not in st.session_state else kept
    left, middle, right = st.columns([2.2, 1.2, 0.6], vertical_alignment="bottom")
    with left:
        chosen = st.multiselect(
            "比较哪些情景", list(names), format_func=names.get, key=key, max_selections=MOST,
            placeholder="选择两个或三个", select_all=False,
        )  # fmt: skip
    with middle:
        held, plan_id = _choose_plan(opened, examples)
    is_enough = len(chosen) > 1
    is_pressed = right.button(
        "开始比较", type="primary", disabled=not is_enough, width="stretch", key="siting-compare",
        help=None if is_enough else "请至少选择两个",
    )  # fmt: skip
    return chosen, held, plan_id, is_pressed


def _names(scenarios: Mapping[str, Scenario]) -> dict[str, str]:
    return {key: one.name for key, one in scenarios.items()}


def _choose_plan(opened: Opened, examples: Path) -> tuple[Held | None, str]:
    """The plan whose targets are judged; "" for none, also where plans cannot be read."""
    held: Held | None = None
    with told_to_the_planner():
        held = held_project(opened, examples=examples)
    if held is None or not held.plans.in_use:
        return None, ""
    names = {one: plain(plan.title) for one, plan in held.plans.in_use.items()}
    options = ["", *names]
    plan_id = st.selectbox(
        "核算哪个规划的指标", options, index=options.index(first_plan(held)),
        format_func=lambda one: names.get(one, "不核算指标"),
        key=f"{PLAN_KEY}-{opened.project.file}", filter_mode=None,
    )  # fmt: skip
    return held, plan_id


def _show(found: SideBySide, reading: Reading) -> None:
    """All tables; the first ones are those that planners look for first."""
    costs = found.comparison.costs
    names = dict(zip(costs["scenario_id"], costs["scenario_name"], strict=True))
    titles = tables.titles_of(names)
    st.html("<h3>各标准覆盖率（人口）</h3>")
    _table(tables.coverage_table(found.comparison, found.standards, titles))
    left, right = st.columns([1, 1.5], gap="small")
    with left:
        st.html("<h3>费用</h3>")
        _table(tables.costs_table(found.comparison, titles))
    standard = next((one for one in found.standards if reading in one.readings), None)
    if standard is None:
        st.html(f'<div class="qt-faint">{UNSEEN_READING}</div>')
        _show_verdicts(found, titles)
        return
    with right:
        st.html(f"<h3>出行时间：{escaped(reading.name)}</h3>")
        times = tables.times_table(found.comparison, standard, reading, titles=titles)
        if times.empty:
            st.html('<div class="qt-faint">这个口径不按出行时间计，没有时间分布。</div>')
        else:
            _table(times)
    heading = f"各行政单元得失：{standard.name} · {reading.name}（有变化的在前）"
    st.html(f"<h3>{escaped(heading)}</h3>")
    _table(tables.zones_table(found.comparison, standard, reading, titles=titles))
    _show_verdicts(found, titles)


def _show_verdicts(found: SideBySide, titles: Mapping[str, str]) -> None:
    if not found.plan:
        return
    st.html(f"<h3>结论改变的指标（{escaped(found.plan)}，{found.year} 年）</h3>")
    changed = tables.verdicts_table(found.verdicts, titles, found.targets)
    if changed.empty:
        st.html('<div class="qt-faint">所选情景都不改变这个规划任何指标的结论。</div>')
        return
    _table(changed)
    if (changed["情景结论"] == verdict_text("数据不足")).any():
        st.html(f'<div class="qt-faint">{UNKNOWN_AMOUNTS}</div>')


def _table(table: pd.DataFrame) -> None:
    st.dataframe(
        table,
        hide_index=True,
        placeholder="未知",
        height=ROW_HEIGHT_PX * (min(len(table), SHOWN_ROWS) + 1) + 3,
        column_config={
            **{name: _column(name) for name in table.columns if _is_number(name)},
            **{name: WIDE for name in table.columns if name.endswith(f"：{tables.CHANGE}")},
        },
    )


def _is_number(name: str) -> bool:
    return name.endswith(("：覆盖率", "现状覆盖率", "（人）"))


def _column(name: str) -> Any:  # noqa: ANN401 - Streamlit's own type is private
    number = st.column_config.NumberColumn
    return number(format="localized" if name.endswith("（人）") else "%.1f%%")
