"""From a target's settings to the target, or to one sentence for each of its faults."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.rules.target import Target, YearValue
from coverage.standards import Clause
from layers.planning.asks import AskMaker
from layers.planning.plan_settings import COMMON_KEYS, named
from layers.planning.words import (
    GROUPS,
    GROWTH_WORDS,
    PERCENT,
    RATE_WORDS,
    RULES,
    SCOPES,
    SUMS,
)
from layers.settings import nearest_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from coverage.impedance import TravelMode
    from coverage.rules.target import Ask, Rule, Scope
    from coverage.standards import FacilityKind, Standard
    from layers.planning.plan_settings import PlanHead, TargetSettings, YearNumber

ALL_PERCENT: Final = 100.0


@dataclass(frozen=True)
class Catalogues:
    """What the names in a plan may refer to."""

    kinds: Mapping[str, FacilityKind]
    standards: Mapping[str, Standard]
    modes: Mapping[str, TravelMode]


def make_target(
    settings: TargetSettings, head: PlanHead, catalogues: Catalogues, *, who: str
) -> tuple[Target | None, list[str]]:
    """
    A target as the rules take it.

    Parameters
    ----------
    settings
        Keys and types are right.
    head
        Of its plan.
    catalogues
        What its names may refer to.
    who
        The target as messages name it.

    Returns
    -------
    target, faults
        None with one sentence per fault.
    """
    rule = next((name for name in RULES if name == settings.rule), None)
    if rule is None:
        nearest = nearest_key(settings.rule, list(RULES))
        said = f"没有“{settings.rule[:40]}”这种核算规则，最接近的是“{nearest}”"
        return None, [named(who, f"「rule」：{said}。")]
    maker = AskMaker(settings, catalogues.kinds, catalogues.standards, catalogues.modes)
    ask = maker.ask(rule)
    faults = [
        *_key_faults(settings, rule),
        *maker.faults,
        *_unit_faults(settings, rule),
        *_value_faults(settings, rule),
        *_word_faults(settings),
    ]
    if faults or ask is None:
        return None, [named(who, one) for one in faults]
    return _target(settings, head, rule, ask, gap_unit=maker.gap_unit), []


def _target(
    settings: TargetSettings, head: PlanHead, rule: Rule, ask: Ask, *, gap_unit: str
) -> Target:
    target_id = f"{head.id}/{settings.id}"
    scope, scope_name = _scope(settings)
    conflict = settings.conflict and f"规划前后不一致：{settings.conflict}"
    return Target(
        target_id=target_id,
        indicator=settings.indicator,
        rule=rule,
        ask=ask,
        clause=Clause(head.id, head.title, settings.section, settings.quote, (target_id,)),
        unit=settings.unit,
        gap_unit=gap_unit or RULES[rule].gap_unit or settings.unit,
        group=GROUPS[settings.group],
        group_name=settings.group,
        scope=scope,
        scope_name=scope_name,
        area_level=head.area_level,
        is_total=_is_total(settings, rule),
        better=settings.better,
        baseline=_by_year(settings.baseline),
        values=_by_year(settings.values),
        open_reason=settings.open,
        binding=settings.binding,
        department=settings.department,
        note="；".join(filter(None, (conflict, settings.note))),
        indicator_id=settings.indicator_id,
        table_row=settings.table_row or "",
    )


def _scope(settings: TargetSettings) -> tuple[Scope, str]:
    if settings.area_name is not None:
        return "named", settings.area_name
    word = settings.scope or "全域"
    return SCOPES[word], word


def _is_total(settings: TargetSettings, rule: Rule) -> bool:
    """A count is a sum over the plan's area, and so is a figure in pieces, unless it is a rate."""
    if settings.total is not None:
        return settings.total
    if rule == "reported":
        is_rate = any(word in settings.indicator for word in RATE_WORDS)
        return settings.unit in SUMS and not is_rate
    return rule == "facility_count"


def _by_year(numbers: Sequence[YearNumber]) -> tuple[YearValue, ...]:
    ordered = sorted(numbers, key=lambda one: one.year)
    return tuple(YearValue(one.year, one.value) for one in ordered)


def _key_faults(settings: TargetSettings, rule: Rule) -> list[str]:
    form = RULES[rule]
    given = settings.model_fields_set
    useful = {*COMMON_KEYS, *form.keys, *(("subject",) if form.subject else ())}
    faults = [
        f"「{key}」对核算规则 {rule}（{form.title}）不起作用，请删去。"
        for key in type(settings).model_fields
        if key in given and key not in useful
    ]
    needed = ["subject"] if form.subject and not settings.needs else []
    faults += [f"缺少「{key}」。" for key in (*needed, *form.required) if key not in given]
    return faults


def _unit_faults(settings: TargetSettings, rule: Rule) -> list[str]:
    form = RULES[rule]
    if not form.units or settings.unit in form.units:
        return []
    fitting = "、".join(form.units)
    return [
        f"「unit」是“{settings.unit[:40]}”，核算规则 {rule}（{form.title}）的单位只能是 {fitting}。"
    ]


def _value_faults(settings: TargetSettings, rule: Rule) -> list[str]:
    faults = []
    for key, numbers in (("values", settings.values), ("baseline", settings.baseline)):
        for year, count in Counter(one.year for one in numbers).items():
            if count > 1:
                faults.append(f"「{key}」里 {year} 年写了 {count} 次，每年只能有一个数。")
        for one in numbers:
            if one.value < 0 and rule != "reported":
                faults.append(f"「{key}」里 {one.year} 年的数是 {one.value:g}，不得小于 0。")
            if one.value > ALL_PERCENT and _is_share(settings, rule):
                said = f"{one.value:g}%，占比不得超过 100%"
                faults.append(f"「{key}」里 {one.year} 年的数是 {said}。")
    if not settings.values and not settings.open.strip():
        said = "规划给出数值的写 values，没有给出的用 open 写明原因"
        faults.append(f"「values」和「open」都没有写：{said}。")
    if settings.values and settings.open:
        faults.append("「open」不起作用：已经写了 values，请删去其中一项。")
    return faults


def _is_share(settings: TargetSettings, rule: Rule) -> bool:
    if settings.unit != PERCENT:
        return False
    if rule == "reported":
        return not any(word in settings.indicator for word in GROWTH_WORDS)
    return PERCENT in RULES[rule].units


def _word_faults(settings: TargetSettings) -> list[str]:
    faults = _unknown("group", settings.group, GROUPS, what="人群")
    if settings.scope is not None:
        faults += _unknown("scope", settings.scope, SCOPES, what="范围")
        if settings.area_name is not None:
            faults.append("「scope」和「area_name」只能写一项：范围已由 area_name 指定。")
    return faults


def _unknown(key: str, word: str, known: Collection[str], *, what: str) -> list[str]:
    if word in known:
        return []
    return [
        f"「{key}」：没有“{word[:40]}”这种{what}，最接近的是“{nearest_key(word, list(known))}”。"
    ]
