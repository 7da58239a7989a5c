"""Whether a plan is about the study area at all, and what its whole-city targets mean there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coverage.rules.target import LEVEL_NAMES, LEVELS

if TYPE_CHECKING:
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import Plan, Target

WHOLE_WORDS: Final = ("全市", "全省")
"""Scopes that name the plan's area as a whole; 全域 leaves open which."""

_COUNTY_DIGITS: Final = 6
_PROVINCE_DIGITS: Final = 2
_PROVINCES: Final = frozenset(
    {"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
     "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71",
     "81", "82"}
)  # fmt: skip
"""First digits of the codes of GB/T 2260; others are made up."""


def plan_area_note(study: TargetStudy, plan: Plan) -> str:
    """
    What is to be said where a plan is not, or perhaps not, about the study area; "" for nothing.

    Parameters
    ----------
    study
        Its zones' codes tell where it is.
    plan
        With or without the code of its area.
    """
    name, area = study.layers.name, plan.area
    head = f"《{plan.title}》是{area}的规划"
    codes = [str(code) for code in study.layers.zones.index]
    is_known = bool(codes) and all(
        code.isdigit() and len(code) >= _COUNTY_DIGITS and code[:_PROVINCE_DIGITS] in _PROVINCES
        for code in codes
    )
    if plan.area_code and is_known:
        outside = [code for code in codes if not code.startswith(plan.area_code)]
        if not outside:
            return ""
        told = f"单元代码以 {plan.area_code} 开头的才属于{area}"
        if len(outside) == len(codes):
            return f"{head}，“{name}”不在{area}（{told}），核算结果只供参照"
        return f"{head}，“{name}”有 {len(outside)} 个单元不在{area}，首个是 {outside[0]}（{told}）"
    if area in name or name in area:
        return ""
    return f"{head}，无法从单元代码判断“{name}”是否属于{area}，不属于的只供参照"


def whole_area_remark(study: TargetStudy, target: Target) -> str:
    """
    What is to be said where a clause speaks of a whole city and a part of it is judged.

    Parameters
    ----------
    study
        It knows the level of the area.
    target
        A figure that the planner types in is about whatever the planner says.
    """
    level = study.area_level
    if target.rule == "reported" or target.scope_name not in WHOLE_WORDS or level is None:
        return ""
    if LEVELS.index(level) >= LEVELS.index(target.area_level):
        return ""
    return f"条款按{target.scope_name}提出，这里只核算本{LEVEL_NAMES[level]}"
