"""The subject of a target: which facilities count, of which something is summed.

    choice := filter (("+" | "|") filter)*
    filter := (kind | "(" choice ")") ["[" conditions "]"] ["." quantity]

Inside [ ] a comma means "and" and "|" means "or". Shares are `A/B`, co-location is `A~B`. Only
ASCII brackets group; full-width ones belong to the names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from coverage.rules.target import FacilityFilter
from layers.planning.words import (
    GRADE_CONDITIONS,
    OWNERS,
    QUANTITIES,
    TIER_CONDITIONS,
)
from layers.settings import nearest_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.rules.target import FacilityChoice
    from coverage.standards import FacilityKind

LONGEST: Final = 500
"""Characters of a subject."""

DEEPEST: Final = 4
"""Brackets within brackets."""

MOST_FILTERS: Final = 100
"""Filters that the alternatives of a subject may come to."""

_NAME: Final = re.compile(r"[^+|()\[\].,/~]*")
_CONDITION: Final = re.compile(r"[^\[\]|,]*")


class SubjectFault(ValueError):  # noqa: N818 - a sentence for the planner, collected, not raised on
    """What is wrong with a subject, in one Chinese sentence without its full stop."""


@dataclass(frozen=True)
class SubjectPart:
    """
    One kind with its conditions, all of which must hold.

    Parameters
    ----------
    kind
        Name as written.
    conditions
        As written, in order.
    quantity
        Word of what is summed; "" for nothing.
    """

    kind: str
    conditions: tuple[str, ...] = ()
    quantity: str = ""

    @property
    def text(self) -> str:
        """As a catalogue writes it, without the quantity."""
        return self.kind + (f"[{','.join(self.conditions)}]" if self.conditions else "")


def subject_parts(text: str) -> tuple[SubjectPart, ...]:
    """
    A choice taken apart; a facility counts where any of the parts takes it.

    Parameters
    ----------
    text
        One choice, without "/" and "~".

    Raises
    ------
    SubjectFault
        If it does not follow the grammar; the sentence says where.

    Examples
    --------
    >>> [one.text for one in subject_parts("(综合医院+中医医院)[二级,康复医学科|三级]")]
    ['综合医院[二级,康复医学科]', '综合医院[三级]', '中医医院[二级,康复医学科]', '中医医院[三级]']
    """
    if len(text) > LONGEST:
        msg = f"太长（{len(text)} 个字，最多 {LONGEST} 个）"
        raise SubjectFault(msg)
    reader = _Reader(text)
    parts = reader.choice(0)
    if reader.place < len(text):
        raise reader.unexpected()
    return parts


def subject_sides(text: str, sign: str) -> tuple[str, ...]:
    """
    A subject cut at a sign that stands outside all brackets.

    Parameters
    ----------
    text
        The subject.
    sign
        "/" or "~".
    """
    sides, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == sign and depth <= 0:
            sides.append("")
        else:
            sides[-1] += character
    return tuple(side.strip() for side in sides)


def facility_choice(text: str, kinds: Mapping[str, FacilityKind]) -> tuple[FacilityChoice, str]:
    """
    The filters of a choice, and the word of the quantity that is summed.

    Parameters
    ----------
    text
        One choice.
    kinds
        All kinds by code. An umbrella word takes in its members, and theirs.

    Returns
    -------
    choice, quantity
        The filters in the order of the text; "" where there is no quantity.

    Raises
    ------
    SubjectFault
        If it does not follow the grammar, or names an unknown kind or quantity, or sums
        different things.
    """
    parts = subject_parts(text)
    codes = {word: code for code, kind in kinds.items() for word in (kind.name, *kind.aliases)}
    for part in parts:
        if part.kind not in codes:
            nearest = nearest_key(part.kind, list(codes))
            msg = f"没有“{part.kind}”这种设施，最接近的是“{nearest}”"
            raise SubjectFault(msg)
        if part.quantity and part.quantity not in QUANTITIES:
            nearest = nearest_key(part.quantity, list(QUANTITIES))
            msg = f"没有“{part.quantity}”这种数量，最接近的是“{nearest}”"
            raise SubjectFault(msg)
    quantities = list(dict.fromkeys(part.quantity for part in parts))
    if len(quantities) > 1:
        said = "、".join(f"“{word}”" if word else "没有写" for word in quantities)
        msg = f"各类设施的数量不一致（{said}）；几类合计的请写成 (甲+乙).床位"
        raise SubjectFault(msg)
    return tuple(_filter(part, codes[part.kind], kinds) for part in parts), quantities[0]


def spelt_out(code: str, kinds: Mapping[str, FacilityKind]) -> tuple[str, ...]:
    """The code of a kind and of all that it embraces, at any depth, in the order of the table."""
    found = {code: None}
    waiting = [code]
    while waiting:
        for member in kinds[waiting.pop(0)].members:
            if member not in found:
                found[member] = None
                waiting.append(member)
    return tuple(found)


def _filter(part: SubjectPart, code: str, kinds: Mapping[str, FacilityKind]) -> FacilityFilter:
    grades = [GRADE_CONDITIONS[word] for word in part.conditions if word in GRADE_CONDITIONS]
    tiers = [TIER_CONDITIONS[word] for word in part.conditions if word in TIER_CONDITIONS]
    owners = [word for word in part.conditions if word in OWNERS]
    for words, title in ((grades, "等级"), (tiers, "隶属级别"), (owners, "举办性质")):
        if len(words) > 1:
            msg = f"“{part.text}”的{title}写了 {len(words)} 个，“或”的关系请用 | 隔开"
            raise SubjectFault(msg)
    known = {*GRADE_CONDITIONS, *TIER_CONDITIONS, *OWNERS}
    return FacilityFilter(
        kinds=spelt_out(code, kinds),
        grades=next(iter(grades), ()),
        tiers=next(iter(tiers), ()),
        ownership=next(iter(owners), ""),
        features=tuple(dict.fromkeys(word for word in part.conditions if word not in known)),
        text=part.text,
    )


class _Reader:
    """Reads a choice from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.place = 0

    def choice(self, depth: int) -> tuple[SubjectPart, ...]:
        parts = self._filter(depth)
        while self._next() in ("+", "|"):
            self.place += 1
            parts += self._filter(depth)
            self._check_size(len(parts))
        return parts

    def unexpected(self) -> SubjectFault:
        found = self._next()
        what = f"“{found}”" if found else "结尾"
        at = f"第 {self.place + 1} 个字处的{what}" if found else "结尾处"
        hint = "（分组请用半角括号，括号要成对）" if found in ("(", ")", "[", "]", "") else ""
        return SubjectFault(f"“{self._text[:40]}”的写法不对，问题在{at}{hint}")

    def _next(self) -> str:
        while self._text[self.place : self.place + 1].isspace():
            self.place += 1
        return self._text[self.place : self.place + 1]

    def _name(self, pattern: re.Pattern[str]) -> str:
        self._next()
        match = pattern.match(self._text, self.place)
        if match is None or not match[0].strip():
            raise self.unexpected()
        self.place = match.end()
        return match[0].strip()

    def _filter(self, depth: int) -> tuple[SubjectPart, ...]:
        if self._next() == "(":
            if depth == DEEPEST:
                msg = f"括号套了 {DEEPEST} 层以上，请写得简单些"
                raise SubjectFault(msg)
            self.place += 1
            parts = self.choice(depth + 1)
            self._take(")")
        else:
            parts = (SubjectPart(self._name(_NAME)),)
        if self._next() == "[":
            ways = self._conditions()
            self._check_size(len(parts) * len(ways))
            parts = tuple(
                replace(part, conditions=(*part.conditions, *way)) for part in parts for way in ways
            )
        if self._next() == ".":
            self.place += 1
            if any(part.quantity for part in parts):
                raise self.unexpected()
            quantity = self._name(_NAME)
            parts = tuple(replace(part, quantity=quantity) for part in parts)
        return parts

    def _conditions(self) -> list[tuple[str, ...]]:
        """Every alternative, with the conditions that must hold together."""
        self._take("[")
        ways: list[tuple[str, ...]] = [(self._name(_CONDITION),)]
        while (sign := self._next()) in (",", "|"):
            self.place += 1
            word = self._name(_CONDITION)
            if sign == ",":
                ways[-1] = (*ways[-1], word)
            else:
                ways.append((word,))
        self._take("]")
        return ways

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise self.unexpected()
        self.place += 1

    def _check_size(self, size: int) -> None:
        if size > MOST_FILTERS:
            msg = f"展开后有 {MOST_FILTERS} 种以上的组合，请写得简单些"
            raise SubjectFault(msg)
