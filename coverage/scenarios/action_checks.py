"""What an action on a facility must say, whatever the facilities; every fault is one sentence."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from coverage.changes.road_change_checks import LONGEST_TEXT, SHOWN_CHARACTERS
from coverage.facility_columns import FACILITY_FACTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.columns import Column
    from coverage.scenarios.action import FacilityAction

ACTION_NAMES: Final[Mapping[str, str]] = {
    "add": "新增设施",
    "move": "迁移设施",
    "close": "关闭设施",
    "upgrade": "升级设施",
    "capacity": "调整设施",
}
"""Chinese name of each action, as it begins a sentence."""

AMOUNT_COLUMNS: Final[Mapping[str, Column]] = {
    column.name: column for column in FACILITY_FACTS if column.dtype == "number"
}
"""Columns of the facilities that an action may set: beds, staff, areas, turn-out."""

MOST_COST: Final = 1e8
"""万元 of one action: a trillion yuan, so a larger number is a slip of the pen."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "add": ("name", "kind", "place", "amounts"),
    "move": ("place",),
    "close": (),
    "upgrade": ("kind", "amounts"),
    "capacity": ("amounts",),
}
"""What each action is told beside the facility and the cost; anything else would do nothing."""

_FIELD_TITLES: Final = {"name": "名称", "kind": "类别", "place": "位置", "amounts": "数量"}


def shown(text: str) -> str:
    """A text as a message shows it: on one line and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "…"


def own_faults(action: FacilityAction, *, name: str = "") -> list[str]:
    """
    What is wrong with one action by itself.

    Parameters
    ----------
    action
        Any action on a facility.
    name
        What the facility is called, where that is known; else its own name or id.

    Returns
    -------
    sentences
        Chinese, one per fault; empty where there is none.
    """
    if action.action not in ACTION_NAMES:
        known = "、".join(f"{code}（{text}）" for code, text in ACTION_NAMES.items())
        return [f"动作「{shown(str(action.action))}」不认识，只能是 {known}。"]
    rules = [
        *_text_rules(action),
        *_idle_rules(action),
        *_missing_rules(action),
        *_amount_rules(action),
        *_cost_rules(action),
    ]
    return [sentence(action, rule, name=name) for rule in rules]


def sentence(action: FacilityAction, rule: str, *, name: str = "") -> str:
    """A rule that an action breaks, as a sentence that names action and facility."""
    called = name.strip() or action.name.strip() or action.facility_id
    return f"{ACTION_NAMES[action.action]}「{shown(called)}」{rule}。"


def _text_rules(action: FacilityAction) -> list[str]:
    rules = []
    if not action.facility_id.strip():
        rules.append("没有设施代码，请填写")
    for what, text in (("代码", action.facility_id), ("名称", action.name)):
        if action.action == "add" and len(text) > LONGEST_TEXT:
            rules.append(f"的{what}有 {len(text)} 个字，不得超过 {LONGEST_TEXT} 个字")
        if any("\ud800" <= character <= "\udfff" for character in text):
            rules.append(f"的{what}里有不成字的编码，请重新输入")
    # Those of the county's own lists stay as they are, whatever is in them.
    if action.action == "add" and not action.facility_id.isprintable():
        rules.append("的代码里有换行等看不见的字符，请重新输入")
    return rules


def _idle_rules(action: FacilityAction) -> list[str]:
    given = {
        "name": bool(action.name),
        "kind": bool(action.kind),
        "place": action.place is not None,
        "amounts": bool(action.amounts),
    }
    used = _FIELDS[action.action]
    idle = [_FIELD_TITLES[field] for field, is_given in given.items() if is_given]
    idle = [title for title in idle if title not in [_FIELD_TITLES[field] for field in used]]
    return [f"用不上{'、'.join(idle)}，请删去"] if idle else []


def _missing_rules(action: FacilityAction) -> list[str]:
    needed = _FIELDS[action.action]
    rules = []
    if "kind" in needed and not action.kind:
        rules.append("没有写类别，请选择")
    if "place" in needed and action.place is None:
        rules.append("没有写明位置，请在图上点选")
    if action.place is not None and not all(map(math.isfinite, action.place)):
        rules.append("的位置不是有限的数字，请重新在图上选点")
    if action.action == "capacity" and not action.amounts:
        rules.append("没有写明改哪项数量，请填写床位、面积等")
    return rules


def _amount_rules(action: FacilityAction) -> list[str]:
    rules = []
    counts = Counter(column for column, _ in action.amounts)
    double = [column for column, count in counts.items() if count > 1]
    if double:
        rules.append(f"的「{shown(double[0])}」写了 {counts[double[0]]} 次，请留一处")
    for name, value in action.amounts:
        column = AMOUNT_COLUMNS.get(name)
        if column is None:
            known = "、".join(f"{code}（{one.title}）" for code, one in AMOUNT_COLUMNS.items())
            rules.append(f"的「{shown(name)}」不是可以改的数量，只能是 {known}")
        elif not math.isfinite(value):
            rules.append(f"的{column.title}应为有限的数字，现为 {value}")
        elif not (column.minimum or 0) <= value <= (column.maximum or math.inf):
            limits = f"应不小于 {column.minimum:g}、不超过 {column.maximum:.15g} {column.unit}"
            rules.append(f"的{column.title}{limits}，现为 {value:.15g}")
    return rules


def _cost_rules(action: FacilityAction) -> list[str]:
    cost = action.cost
    if cost is None or 0 <= cost <= MOST_COST:
        return []
    limits = f"应不小于 0、不超过 {MOST_COST:.15g} 万元"
    return [f"的费用{limits}，现为 {cost:.15g}；不知道时不要写"]
