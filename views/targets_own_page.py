"""The plans a project is held against: which of the shipped ones, and the planner's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from coverage.errors import PlannerError
from coverage.rules.target import LEVEL_NAMES
from layers.formats.outline import ReadingOptions
from layers.planning.plan_faults import PlanError
from layers.planning.plan_tables import plan_from_table
from layers.planning.used_names import OWN_SUFFIX, used_names
from layers.plans import catalogues, load_plan
from layers.sources import read_file
from reports.files import write_text
from reports.templates import plan_template_bytes
from views.intake_upload import PrivateFolder, kept_upload
from views.ledger_table import EXCEL
from views.plain_text import MESSAGE_LIMIT, escaped, plain
from views.problems import told_to_the_planner
from views.targets_choices_page import DONE
from views.targets_own_form import (
    NEW,
    ROUND_KEY,
    choose_own_plan,
    target_cells,
    with_target,
)
from views.targets_source import change_choices, check_choices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coverage.rules.target import Plan
    from views.targets_source import Held

SHEET: Final = "填报表"
"""Sheet of the template that is filled in."""

TYPES: Final = ("xlsx", "xls", "csv", "toml")
MOST_FAULTS: Final = 60

WAYS: Final = {"file": "填好的表、文件", "form": "逐项填写"}
WAY_KEY: Final = "own-way"

ADDED: Final = "own-added"
"""The plan that was added last, which the table shows when it is opened next."""

_HEAD_TITLES: Final = {
    "id": "规划代号",
    "title": "规划名称",
    "publisher": "发布单位",
    "area": "适用地区",
    "area_level": "级别",
    "years": "起始年、终止年",
}
"""Key of [plan] -> what its cell is called."""

_HEAD_KEY: Final = re.compile(r"\[plan\] ?的?「([^」]+)」")

_PATTERN: Final = re.compile(r"（应符合 \^[^）]*\)\*\$）")
_ONLY_ROW: Final = re.compile(r"^第 1 行(指标「[^」]*」)?的?")

_SENTENCES: Final = re.compile(r"(?<=。)")


def show_own_plans(held: Held) -> None:
    """
    Plans in use, and a plan of one's own from a filled table or a file.

    Parameters
    ----------
    held
        The project.
    """
    done = st.session_state.pop(DONE, "")
    if done:
        st.success(plain(done, limit=300))
    left, right = st.columns([1, 1.2], gap="medium")
    with left, told_to_the_planner():
        _show_in_use(held)
    with right:
        st.html("<h3>加入自己的规划</h3>")
        way = st.segmented_control(
            "加入方式", list(WAYS), format_func=WAYS.get, default="file", key=WAY_KEY,
            required=True, label_visibility="collapsed",
        )  # fmt: skip
        if way == "file":
            with told_to_the_planner():
                _show_upload(held)
        else:
            _show_form(held)


def _show_in_use(held: Held) -> None:
    st.html("<h3>用哪些规划核算</h3>")
    known = {**held.plans.in_use, **held.plans.known}
    chosen = [plan_id for plan_id, plan in known.items() if _is_ticked(held, plan_id, plan)]
    if st.button("保存所用的规划", key="own-use-save"):
        dropped = [one for one in held.plans.in_use if one not in {*chosen, *held.plans.shipped}]
        blocked = [one for one in dropped if _is_named(held, one)]
        if blocked:
            title = plain(known[blocked[0]].title)
            st.warning(f"「{title}」的指标还有自设的目标、填报数或豁免，请先撤销再移去。")
        else:
            _keep_use(held, [use_name(held, one) for one in chosen])
    st.html(
        '<div class="qt-faint">一个也不勾选，就用全部自带的规划。'
        "移去的自有规划，文件仍在项目文件夹里。</div>"
    )


def _is_ticked(held: Held, plan_id: str, plan: Plan) -> bool:
    """A plan with its box, and below who made it, for when, how long it is."""
    ticked = st.checkbox(
        plain(plan.title, limit=120),
        value=plan_id in held.plans.in_use,
        key=f"own-use-{plan_id}-{held.key}",
    )
    own = "" if plan_id in held.plans.shipped else "，自有"
    st.html(
        f'<div class="qt-faint qt-under-box">{escaped(plan.publisher)}，'
        f"{plan.first_year}—{plan.last_year} 年，"
        f"{len(plan.targets)} 项指标（{escaped(plan_id)}{own}）</div>"
    )
    return ticked


def _is_named(held: Held, plan_id: str) -> bool:
    """Whether choices name a target of a plan, so that it cannot go."""
    choices = held.plans.choices
    named = [
        *choices.values, *choices.reported, *choices.cutoffs, *choices.leaders,
        *(one for waiver in choices.waivers for one in waiver.target_ids),
    ]  # fmt: skip
    return any(one.partition("/")[0] == plan_id for one in named)


def use_name(held: Held, plan_id: str) -> str:
    """What `[plans] use` calls a plan: its id, or the file of an own one."""
    if plan_id in held.plans.shipped:
        return plan_id
    own = zip(used_names(held.plans.path), held.plans.in_use, strict=False)
    return next(name for name, known in own if known == plan_id)


def _keep_use(held: Held, names: Sequence[str]) -> None:
    change_choices(held, lambda old: old, use=names)
    st.session_state[DONE] = f"所用的规划：{len(names) or len(held.plans.shipped)} 个"
    st.rerun()


def _add_to_use(held: Held, name: str, plan: Plan, *, told: str) -> None:
    """A plan whose file is written is in use from now on, last in order."""
    used = used_names(held.plans.path) or list(held.plans.shipped)
    kept = [one for one in used if one != name]
    change_choices(held, lambda old: old, use=[*kept, name], more={plan.plan_id: plan})
    st.session_state[ADDED] = plan.plan_id
    st.session_state[DONE] = told
    st.rerun()


@st.fragment
def _show_form(held: Held) -> None:
    """One target at a time; a cell that is filled in runs this part alone."""
    with told_to_the_planner():
        into = choose_own_plan(held)
        head = _head_cells() if into == NEW else {}
        record = target_cells()
        if not st.button("检查并加入这一项", type="primary", key="own-one-add"):
            return
        try:
            plan, text, path = with_target(record, into=into, head=head, held=held)
        except PlanError as error:
            _show_faults(error)
            return
        write_text(path, text)
        st.session_state[ROUND_KEY] = st.session_state.get(ROUND_KEY, 0) + 1
        told = (
            f"已加入“{plan.targets[-1].indicator}”，规划“{plan.title}”现有 {len(plan.targets)} 项"
        )
        if into == NEW:
            _add_to_use(held, path.name, plan, told=told)
        st.session_state[DONE] = told
        st.rerun()


def _show_upload(held: Held) -> None:
    st.download_button(
        "下载规划指标模板",
        plan_template_bytes,
        "规划指标填报表.xlsx",
        EXCEL,
        key="own-template",
        on_click="ignore",
    )
    st.html(
        '<div class="qt-faint">一行填一项指标，原文逐字照抄；填好后选文件。'
        "写好的规划文件（.toml）可以直接选，不用填下面各栏。</div>"
    )
    file = st.file_uploader(
        "规划文件", type=list(TYPES), key="own-file", label_visibility="collapsed"
    )
    is_table = file is None or not file.name.lower().endswith(OWN_SUFFIX)
    head = _head_cells() if is_table else {}
    if st.button("检查并加入", type="primary", key="own-add", disabled=file is None):
        assert file is not None  # noqa: S101 - the button is off without one
        try:
            with st.spinner("正在检查…"):
                plan, text = read_own_plan((file.name, file.getvalue()), head, held=held)
                # A plan that is written can no longer be refused: the choices would not fit it.
                check_choices(held, plan)
        except PlannerError as error:
            _show_faults(error)
            return
        name = f"plan-{plan.plan_id}{OWN_SUFFIX}"
        write_text(held.plans.path.parent / name, text)
        _add_to_use(held, name, plan, told=f"已加入规划“{plan.title}”，{len(plan.targets)} 项指标")


def _head_cells() -> dict[str, Any]:
    """What stands at the head of a plan."""
    title = st.text_input("规划名称（不带书名号）", key="own-title", max_chars=200)
    first, second = st.columns(2)
    plan_id = first.text_input(
        "规划代号（小写字母、数字、连字符）", key="own-id", placeholder="my-county-2026"
    )
    publisher = second.text_input("发布单位", key="own-publisher", max_chars=200)
    area_cell, level_cell, start_cell, end_cell = st.columns([1.3, 1.3, 1, 1])
    area = area_cell.text_input("适用地区", key="own-area", max_chars=100)
    level = level_cell.selectbox(
        "级别", list(LEVEL_NAMES), index=2, format_func=LEVEL_NAMES.get, key="own-level"
    )
    start = start_cell.number_input("起始年", 1949, 2100, 2026, key="own-start")
    end = end_cell.number_input("终止年", 1949, 2100, 2030, key="own-end")
    return {
        "id": plan_id.strip(),
        "title": title.strip().strip("《》"),
        "publisher": publisher.strip(),
        "area": area.strip(),
        "area_level": level,
        "years": [int(start), int(end)],
    }


def read_own_plan(
    upload: tuple[str, bytes], head: dict[str, Any], *, held: Held
) -> tuple[Plan, str]:
    """
    A plan of the planner's own, checked.

    Parameters
    ----------
    upload
        Name and content of a filled template, or of a plan's file.
    head
        What stands in [plan]; not used for a plan's file.
    held
        The project.

    Returns
    -------
    plan, text
        And the text of its file.

    Raises
    ------
    PlanError
        With one sentence per fault; also where the id is that of a shipped plan.
    SourceError
        If the file cannot be read.
    """
    folder = PrivateFolder()
    path, _ = kept_upload([upload], folder.path)
    kinds = held.opened.kinds
    if path.suffix == OWN_SUFFIX:
        plan, text = load_plan(path, kinds=kinds), path.read_bytes().decode("utf-8-sig")
    else:
        plan, text = _from_table(path, head, held)
    if plan.plan_id in held.plans.shipped:
        msg = f"规划代号「{plan.plan_id}」与自带的规划相同，请改用别的代号。"
        raise PlanError(msg)
    return plan, text


def _from_table(path: Path, head: dict[str, Any], held: Held) -> tuple[Plan, str]:
    is_book = path.suffix in (".xlsx", ".xls")
    table = read_file(path, options=ReadingOptions(part=SHEET if is_book else ""))
    made = plan_from_table(table, head, catalogues(held.opened.kinds))
    return made.plan, made.text


def _show_faults(error: PlannerError) -> None:
    """Every fault on a line of its own."""
    sentences = [in_cells(one) for one in fault_lines(str(error))]
    lines = "".join(f"<li>{escaped(one, limit=400)}</li>" for one in sentences[:MOST_FAULTS])
    st.error(f"没有加入：{len(sentences)} 处要改正。")
    st.html(f'<ol class="qt-notices">{lines}</ol>')


def in_cells(sentence: str) -> str:
    """
    A sentence about the head of a plan, or the only row of a form, as one about the cells.

    Examples
    --------
    >>> in_cells("第 1 行的「阈值」里“x”看不懂。"), in_cells("[plan] 的「title」不能是空的。")
    ('「阈值」里“x”看不懂。', '「规划名称」不能是空的。')
    """
    said = _HEAD_KEY.sub(lambda one: f"「{_HEAD_TITLES.get(one[1], one[1])}」", sentence)
    said = _PATTERN.sub("（用小写字母、数字，中间可用连字符）", said).replace("，现为 ''", "")
    return _ONLY_ROW.sub("", said)


def fault_lines(text: str) -> list[str]:
    """
    The sentences of an error that tells several faults, without its heading.

    Examples
    --------
    >>> fault_lines("指标表「a」有 2 处问题：第 2 行缺少「原文」。第 3 行缺少「单位」。")
    ['第 2 行缺少「原文」。', '第 3 行缺少「单位」。']
    >>> fault_lines("文件打不开。")
    ['文件打不开。']
    """
    head, colon, rest = text.partition("处问题：")
    body = rest if colon and len(head) < MESSAGE_LIMIT else text
    return [one.strip() for one in _SENTENCES.split(body) if one.strip()]
