"""One target of a planner's own plan, filled in on screen: the same words and checks as a table."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from layers.planning.plan_faults import PlanError, plan_error
from layers.planning.plan_tables import TITLES, plan_from_table, plan_text
from layers.planning.used_names import OWN_SUFFIX
from layers.planning.words import GROUPS, RULES
from layers.plans import catalogues, checked_plan
from layers.settings import read_toml
from layers.tables import SourceTable
from reports.forms.plan_columns import RULE_GUIDE
from reports.safe_text import plain_text
from views.plain_text import escaped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from coverage.rules.target import Plan
    from views.targets_source import Held

NEW: Final = ""
"""Stands for a plan that is not there yet."""

SOURCE: Final = "逐项填写"

ROUND_KEY: Final = "own-form-round"
"""Counts what was added: with every new number the cells are empty again."""

_NEEDED: Final = ("indicator", "unit", "section", "quote")

_THRESHOLDS: Final = frozenset(
    {"minutes", "kilometres", "metres", "per", "units", "within_m", "each_in", "parts"}
)
"""A rule with one of these has a threshold to write."""

_HINTS: Final = {
    "id": "可不填，如 beds-per-1000",
    "subject": "如 村卫生室，或 养老机构.床位",
    "scope": "全域",
    "threshold": "如 15分钟 步行、每千人",
    "section": "如 三、（二）",
}


def own_plans(held: Held) -> dict[str, Plan]:
    """The plans in use that are the planner's own, by id."""
    return {
        plan_id: plan
        for plan_id, plan in held.plans.in_use.items()
        if plan_id not in held.plans.shipped
    }


def choose_own_plan(held: Held) -> str:
    """Which plan a target goes to: an own one, or `NEW`."""
    own = own_plans(held)
    if not own:
        return NEW
    return st.selectbox(
        "加入到",
        [*own, NEW],
        index=len(own) - 1,
        format_func=lambda one: plain_text(own[one].title) if one else "另建一个规划",
        key=f"own-into-{held.key}",
        filter_mode=None,
    )


def target_cells() -> dict[str, str]:
    """
    The cells of one target, those that its rule asks for.

    Returns
    -------
    record
        Column of `TITLES` -> text, the empty ones left out.
    """
    turn = st.session_state.get(ROUND_KEY, 0)
    cells: dict[str, str] = {}

    def cell(place: Any, column: str, **more: Any) -> None:  # noqa: ANN401 - a column of the page
        star = "*" if column in _NEEDED else ""
        cells[column] = place.text_input(
            f"{star}{TITLES[column]}", key=f"own-one-{column}-{turn}", max_chars=500,
            placeholder=_HINTS.get(column, ""), **more,
        )  # fmt: skip

    name, identity = st.columns([2, 1.1], gap="small")
    cell(name, "indicator")
    cell(identity, "id")
    rule_cell, unit_cell, binding_cell = st.columns([1.3, 0.8, 1], gap="small")
    rule = rule_cell.selectbox(
        f"*{TITLES['rule']}", list(RULES), format_func=lambda one: RULES[one].title,
        key=f"own-one-rule-{turn}", filter_mode=None,
    )  # fmt: skip
    form = RULES[rule]
    cells["rule"] = form.title
    units = form.units
    if units:
        cells["unit"] = unit_cell.selectbox(
            f"*{TITLES['unit']}", units, key=f"own-one-unit-{rule}-{turn}", filter_mode=None
        )
    else:
        cell(unit_cell, "unit")
    cells["binding"] = binding_cell.selectbox(
        TITLES["binding"], ["预期性", "约束性"], key=f"own-one-binding-{turn}", filter_mode=None
    )
    how = next(text for title, _, text in RULE_GUIDE if title == form.title)
    st.html(f'<div class="qt-faint">{escaped(form.title)}：{escaped(how, limit=300)}。</div>')
    if rule != "reported":
        _ask_cells(cell, cells, form.keys, turn)
    _number_cells(cells, turn)
    section, quote = st.columns([1, 2.1], gap="small")
    cell(section, "section")
    cells["quote"] = quote.text_area(
        f"*{TITLES['quote']}（逐字照抄）", key=f"own-one-quote-{turn}", max_chars=4000, height=72
    )
    return {column: text.strip() for column, text in cells.items() if text and text.strip()}


def _ask_cells(cell: Any, cells: dict[str, str], keys: tuple[str, ...], turn: int) -> None:  # noqa: ANN401 - draws one cell
    """Who counts, where, and the threshold, as far as the rule takes them."""
    shown = ["subject", "scope", *(["threshold"] if _THRESHOLDS & {*keys} else [])]
    widths = {"subject": 1.7, "scope": 1.0, "threshold": 1.3}
    places = st.columns([widths[one] for one in shown] + [1.1] * ("group" in keys), gap="small")
    for place, column in zip(places, shown, strict=False):
        cell(place, column)
    if "group" in keys:
        cells["group"] = places[-1].selectbox(
            TITLES["group"], list(GROUPS), key=f"own-one-group-{turn}", filter_mode=None
        )


def _number_cells(cells: dict[str, str], turn: int) -> None:
    """Baseline and two years with their numbers; a lower-is-better number begins with ≤."""
    columns = ("base_year", "base_value", "year_1", "value_1", "year_2", "value_2")
    hints = {"year_1": "2030", "value_1": "如 8、≤9"}
    for place, column in zip(st.columns(len(columns), gap="small"), columns, strict=True):
        cells[column] = place.text_input(
            TITLES[column], key=f"own-one-{column}-{turn}", max_chars=40,
            placeholder=hints.get(column, ""),
        )  # fmt: skip


def with_target(
    record: Mapping[str, str], *, into: str, head: Mapping[str, Any], held: Held
) -> tuple[Plan, str, Path]:
    """
    A plan with one more target, checked as a filled table is.

    Parameters
    ----------
    record
        From `target_cells`.
    into
        Id of an own plan in use; `NEW` for a plan of this target alone.
    head
        What stands in [plan] of a new plan.
    held
        The project.

    Returns
    -------
    plan, text, path
        The plan, the text of its file and where that goes. What stood in the file stays as it was.

    Raises
    ------
    PlanError
        With one sentence per fault.
    """
    names = catalogues(held.opened.kinds)
    before, path = "", held.plans.path.parent / f"plan-{head.get('id', '')}{OWN_SUFFIX}"
    taken: set[str] = set()
    if into != NEW:
        path = held.plans.files[into]
        tables = read_toml(path, error=PlanError)
        before = path.read_bytes().decode("utf-8-sig")
        head, taken = tables["plan"], {one["id"] for one in tables["targets"]}
    filled = {"id": _free_id(taken), **record}
    cells = pd.DataFrame([{TITLES[column]: filled.get(column, "") for column in TITLES}])
    made = plan_from_table(SourceTable(SOURCE, cells, (1,)), head, names)
    if into == NEW:
        if made.plan.plan_id in held.plans.known or path.exists():
            msg = f"规划代号「{made.plan.plan_id}」已经有了，请改用别的代号。"
            raise PlanError(msg)
        return made.plan, made.text, path
    more = plan_text({"targets": tomllib.loads(made.text)["targets"]})
    text = f"{before.rstrip()}\n\n{more}"
    try:
        plan, faults = checked_plan(tomllib.loads(text), names)
    except tomllib.TOMLDecodeError as cause:
        msg = f"规划文件「{path.name}」的写法接不上新的指标，请直接在文件里加。"
        raise PlanError(msg) from cause
    if plan is None:
        raise plan_error(path.name, faults)
    return plan, text, path


def _free_id(taken: set[str]) -> str:
    number = len(taken) + 1
    while f"target-{number}" in taken:
        number += 1
    return f"target-{number}"
