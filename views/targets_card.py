"""One target in full: its clause word for word, today's value and how it came about."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from coverage.numbers import number_text
from coverage.rules.target import (
    CapacityShare,
    Colocated,
    FacilityShare,
    ServedByAll,
    UnitsWithFacility,
)
from layers.planning.words import RULES
from reports.target_figures import gap_text, target_text, value_text, verdict_text
from views.plain_text import escaped
from views.targets_bar import bar_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coverage.rules.target import FacilityChoice, Target
    from coverage.standards import FacilityKind

LONG: Final = 4_000
"""Characters of a clause, a recipe or a note."""

CLASSES: Final = {
    "达标": "qt-is-met",
    "未达标": "qt-is-missed",
    "尚未到期": "qt-is-early",
    "未设目标": "qt-is-unset",
    "数据不足": "qt-is-open",
}

MOST_WAIVED: Final = 50


def badge(verdict: str) -> str:
    """The verdict as a coloured word."""
    return f'<span class="qt-verdict {CLASSES[verdict]}">{escaped(verdict_text(verdict))}</span>'


def card_html(
    row: Mapping[str, Any],
    target: Target,
    *,
    plan_title: str,
    kinds: Mapping[str, FacilityKind],
    waived: Iterable[tuple[object, object]] = (),
) -> str:
    """
    The card of a target; every text in it is escaped.

    Parameters
    ----------
    row
        Of `TARGETS_RESULT`, for the whole study area or a zone.
    target
        The target.
    plan_title
        Of its plan, without 《》.
    kinds
        All kinds by code.
    waived
        Name and reason of every village that is not counted.
    """
    where = " · ".join(filter(None, (target.binding, RULES[target.rule].title, target.department)))
    head = (
        f'<div class="qt-why-head"><b>{escaped(target.indicator)}</b>{badge(row["verdict"])}</div>'
        f'<div class="qt-faint">《{escaped(plan_title)}》 · {escaped(where)}</div>'
    )
    figures = [
        ("现值", value_text(row)),
        ("目标", target_text(row, better=target.better)),
        ("缺口", gap_text(row) or "无"),
    ]
    said = "".join(f"<span>{name} <b>{escaped(text)}</b></span>" for name, text in figures)
    table_row = f"<br>表中一行：{escaped(target.table_row, limit=LONG)}" if target.table_row else ""
    clause = (
        f'<div class="qt-clause">{escaped(target.clause.quote, limit=LONG)}{table_row}'
        f"<span>《{escaped(plan_title)}》{escaped(target.clause.section)}</span></div>"
    )
    parts = [
        head,
        f'<div class="qt-figures">{said}</div>',
        bar_html(row, better=target.better),
        _lines("", [row["target_note"]]),
        clause,
        _lines("缺什么", _sentences(row["missing"])),
        _lines("怎样算", [row["recipe"], *_sums(row, target)]),
        _lines("谁算数", [*_scope(target), *counted_lines(target, kinds)]),
        _lines("须知道", _sentences(row["notes"])),
        _waived(list(waived)),
    ]
    return f'<div class="qt-why qt-target">{"".join(filter(None, parts))}</div>'


def counted_lines(target: Target, kinds: Mapping[str, FacilityKind]) -> list[str]:
    """
    Which facilities count, by name: every kind, since no other stands in for it unseen.

    Parameters
    ----------
    target
        With any ask.
    kinds
        All kinds by code.
    """
    lines = []
    for title, choice in choices_of(target):
        for one in choice:
            names = "、".join(kinds[code].name if code in kinds else code for code in one.kinds)
            text = one.text or names
            counted = f"（{names}）" if names != text else ""
            lines.append(f"{title}{text}{counted}")
    return lines


def choices_of(target: Target) -> list[tuple[str, FacilityChoice]]:
    """The facilities that an ask looks at, each with what it is for."""
    ask = target.ask
    if isinstance(ask, ServedByAll):
        return [(f"{name}：", choice) for name, choice in ask.parts]
    if isinstance(ask, UnitsWithFacility):
        return [("计入：", one.facilities) for one in ask.needs]
    if isinstance(ask, FacilityShare | CapacityShare):
        return [("分子计入：", ask.having), ("分母计入：", ask.among)]
    if isinstance(ask, Colocated):
        return [("一方：", ask.one), ("另一方：", ask.other)]
    choice: FacilityChoice = getattr(ask, "facilities", ())
    return [("计入：", choice)] if choice else []


def _scope(target: Target) -> list[str]:
    if target.rule == "reported":
        return []
    return [f"范围：{target.scope_name}；人群：{target.group_name}"]


def _sums(row: Mapping[str, Any], target: Target) -> list[str]:
    """Numerator and denominator, bounds, how many were counted."""
    lines = []
    if not math.isnan(row["numerator"]):
        top = number_text(row["numerator"])
        below = row["denominator"]
        told = "" if math.isnan(below) else f"，分母 {number_text(below)}"
        lines.append(f"分子 {top}{told}")
    low, high = float(row["value_low"]), float(row["value_high"])
    if math.isnan(row["value"]) and not math.isnan(low):
        ends = "，最有利 ".join(number_text(one, beside=row["target"]) for one in (low, high))
        lines.append(f"资料不全：最不利 {ends}（{target.unit}）")
    counts = [
        (row["units"], "个考核对象"),
        (row["units_failing"], "个未达标"),
        (row["units_unknown"], "个资料不全"),
        (row["units_waived"], "个豁免"),
    ]
    said = "，".join(f"{count:,} {name}" for count, name in counts if count)
    return [*lines, said] if said else lines


def _sentences(text: object) -> list[str]:
    return text.split("；") if isinstance(text, str) and text else []


def _lines(title: str, lines: Iterable[object]) -> str:
    texts = [escaped(one, limit=LONG) for one in lines if isinstance(one, str) and one]
    if not texts:
        return ""
    head = f"<b>{title}</b> " if title else ""
    return f'<div class="qt-said">{head}{"<br>".join(texts)}</div>'


def _waived(waived: list[tuple[object, object]]) -> str:
    if not waived:
        return ""
    lines = [f"{escaped(name)}：{escaped(reason)}" for name, reason in waived[:MOST_WAIVED]]
    more = len(waived) - len(lines)
    rest = f"<br>另有 {more} 个，见“下载”的豁免表" if more else ""
    return (
        f'<details class="qt-said"><summary>不计入分母的村 {len(waived)} 个</summary>'
        f"{'<br>'.join(lines)}{rest}</details>"
    )
