"""The kind of each facility from its name, its category and its code, with the rule that decided.

The column of categories is the office's own word and goes before the name, the name before the
labels and codes of a map. They need not agree: where one is the umbrella of the other (村卫生室 and
中心村卫生室) the narrower holds; where one says the tier and the other the type (县级医院 and
综合医院) the tier holds, because rings and circles ask for it; where they contradict each other
the certain one holds before the uncertain, and the row is marked. What nothing is known of stays
unknown.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from layers.columns.kind_rules import LEFT_OUT, KindRules, load_kind_rules
from layers.columns.units import is_blank
from layers.osm.osm_kinds import TagTable, load_osm_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coverage.standards import FacilityKind

AMAP_DIGITS: Final = 6

_BRACKETED: Final = re.compile(
    r"[(\[{【〔〈《「][^()\[\]{}【】〔〕〈〉《》「」]*(?:[)\]}】〕〉》」]|$)"
)
_LEVELS: Final = re.compile(r"[;/|>、,]|--+|->")
_CODES: Final = re.compile(r"[|;,/\s]+")
_TAG: Final = re.compile(r'"?([a-zA-Z_:]+)"?\s*(?:=>|=)\s*"?([^";,|]+)"?')
_FLOAT_TAIL: Final = re.compile(r"\.0+$")

MAP_LABELS: Final = ";"
"""Amap joins the levels of its classification by it; such labels count like its codes."""

FORMER_NAME: Final = ("原", "曾", "旧")
"""What stands in brackets and begins so is what the thing was, not what it is."""

_PLAIN_REST: Final = re.compile(r"第?[0-9一二三四五六七八九十]+号?|[东西南北]院区?")
"""What may stand behind the deciding word and change nothing: a number, one of several sites."""

_STATUS: Final = re.compile(
    r"注销|撤销|停业|关闭|拟建"
    r"|在建(?![设国华新军材])"  # 「所在建设路」 is none
    r"|旧址(?!纪念|博物|陈列|公园)"
    r"|^规划(?!展览|馆)|规划(?:建设)?(?:中|点)?$"  # 「规划展览馆」 is a museum
    r"|^原(?!平|阳|州|村|庄|家|子)"  # these begin the names of places
)
"""A word that says a thing is no more, or not yet."""

UNKNOWN: Final = "名称、类别和编码都没有说明种类"


class _Verdict(NamedTuple):
    """What one source says; `kind` may be `LEFT_OUT`."""

    kind: str
    certain: bool
    rule: str


@dataclass(frozen=True)
class _Judge:
    """Everything that verdicts are made from."""

    kinds: Mapping[str, FacilityKind]
    rules: KindRules
    words: Mapping[str, str]
    tags: TagTable | None
    umbrellas: Mapping[str, frozenset[str]]

    def together(
        self,
        by_name: _Verdict | None,
        by_category: _Verdict | None,
        by_code: _Verdict | None,
        *,
        is_from_map: bool,
    ) -> tuple[str, str, bool, bool]:
        """Kind, rule, whether certain, and whether sources contradict each other."""
        if by_name is not None and by_name.kind == LEFT_OUT:
            others = [one for one in (by_category, by_code) if one and one.kind != LEFT_OUT]
            rule = "；".join(one.rule for one in (by_name, *others))
            return "", rule, by_name.certain and not others, bool(others)
        ordered = (by_name, by_category) if is_from_map else (by_category, by_name)
        found = [one for one in (*ordered, by_code) if one is not None]
        if not found:
            return "", UNKNOWN, False, False
        best, conflict = found[0], False
        for other in found[1:]:
            best, differs = self._both(best, other, is_name=other is by_name)
            conflict |= differs
        kind = "" if best.kind == LEFT_OUT else best.kind
        return kind, best.rule, best.certain and not conflict, conflict

    def by_name(self, name: str) -> _Verdict | None:
        plain = _plain(name)
        outside = _BRACKETED.sub("", plain)
        asides = [match[1:].rstrip(")]}】〕〉》」") for match in _BRACKETED.findall(plain)]
        gone = _status(outside, asides)
        if gone:
            return _Verdict(LEFT_OUT, certain=False, rule=f"名称写有“{gone}”，可能没有在用")
        inside = "".join(aside for aside in asides if not aside.startswith(FORMER_NAME))
        said = self._in_text(outside, "name", "名称")
        aside = self._in_text(inside, "name", "名称的括号里")
        if said is None or aside is None or aside.kind == LEFT_OUT:
            return said or aside
        if self._narrower(said.kind, aside.kind) is None:
            rule = f"{said.rule}；{aside.rule}，可能挂两块牌子，请核对"
            return _Verdict(said.kind, certain=False, rule=rule)
        return said

    def by_category(self, category: str) -> _Verdict | None:
        plain = _plain(category)
        if is_blank(plain):
            return None
        labels = [part for part in _LEVELS.split(plain) if part]
        if MAP_LABELS in plain:
            said = self._first_of(reversed(labels), "地图分类")
            # 「综合医院;综合医院」 names the middle class only, which holds 卫生院 and more
            is_middle = labels[-2:-1] == labels[-1:]
            return said and said._replace(certain=said.certain and not is_middle)
        return self._first_of((plain, *reversed(labels)), "类别")

    def _first_of(self, parts: Iterable[str], title: str) -> _Verdict | None:
        for part in parts:
            if part in self.words:
                shown = self.kinds[self.words[part]].name
                return _Verdict(self.words[part], certain=True, rule=f"{title}写的是“{shown}”")
            said = self._in_text(part, "category", title)
            if said is not None:
                return said
        return None

    def _in_text(self, text: str, source: str, title: str) -> _Verdict | None:
        hit = self.rules.in_text(text, source=source)
        if hit is None:
            return None
        (word, kind, certain, note), at_end = hit
        if source == "name" and not at_end:
            # 「县人民医院急诊科」 is no 县人民医院: what follows the word may change what it is
            rest = text[text.rindex(word) + len(word) :]
            if not _PLAIN_REST.fullmatch(rest):
                note = "；".join(part for part in (note, f"后面还有“{rest[:20]}”") if part)
                certain = False
        where = f"{title}以“{word}”结尾" if at_end and text != word else f"{title}有“{word}”"
        return _Verdict(kind, certain, where + (f"（{note}）" if note else ""))

    def by_code(self, code: str, name: str) -> _Verdict | None:
        if "=" in code:
            return self._by_tags(code, name)
        found = []
        for part in _CODES.split(code.strip()):
            # Excel makes 090100 a number, and the zero in front is gone
            digits = _FLOAT_TAIL.sub("", part).zfill(AMAP_DIGITS)
            rule = self.rules.codes.get(digits)
            if rule is not None:
                text = f"高德编码 {digits}（{rule.note}）"
                found.append(_Verdict(rule.kind, rule.certain, text))
        return next((one for one in found if one.certain), found[0] if found else None)

    def _by_tags(self, text: str, name: str) -> _Verdict | None:
        tags = dict(_TAG.findall(text))
        if self.tags is None or not tags:
            return None
        kind = self.tags.kind_of({"name": name, **tags})
        if not kind:
            return None
        shown = "、".join(f"{key}={value}" for key, value in sorted(tags.items()) if key != "name")
        return _Verdict(kind, certain=True, rule=f"开放街图标签 {shown[:60]}")

    def _both(self, one: _Verdict, other: _Verdict, *, is_name: bool) -> tuple[_Verdict, bool]:
        """Two verdicts as one, the first with more authority, and whether they contradict."""
        kind = self._narrower(one.kind, other.kind)
        if kind is not None:
            said = other if kind == other.kind and (kind != one.kind or not one.certain) else one
            return said, False
        if not other.certain and not is_name:
            return one, False  # a coarse code says less than what the list says
        # 「医院」 in a column of coarse categories says less than 「卫生院」 at the end of the name
        vague = one.kind in self.umbrellas and not self.kinds[one.kind].tier
        vague &= other.kind != LEFT_OUT and self._group(one) == self._group(other)
        winner = other if other.certain and (vague or not one.certain) else one
        loser = one if winner is other else other
        rule = f"{winner.rule}；但{loser.rule}，属“{self._title(loser.kind)}”，两者不一致，请核对"
        return winner._replace(rule=rule), True

    def _narrower(self, one: str, other: str) -> str | None:
        """The kind that both may be; None where they contradict each other."""
        if one == other:
            return one
        if other in self.umbrellas.get(one, ()):
            return other
        if one in self.umbrellas.get(other, ()):
            return one
        tiered = [code for code in (one, other) if code != LEFT_OUT and self.kinds[code].tier]
        siblings = any(
            one in members and other in members
            for members in self.umbrellas.values()
            if not members & self.umbrellas.keys()
        )
        return tiered[0] if siblings and len(tiered) == 1 else None

    def _group(self, verdict: _Verdict) -> str:
        return self.kinds[verdict.kind].group if verdict.kind != LEFT_OUT else ""

    def _title(self, kind: str) -> str:
        return "不计入的地方" if kind == LEFT_OUT else self.kinds[kind].name


def recognise_kinds(
    names: Sequence[str],
    categories: Sequence[str] | None = None,
    codes: Sequence[str] | None = None,
    *,
    kinds: Mapping[str, FacilityKind],
    rules: KindRules | None = None,
) -> pd.DataFrame:
    """
    The kind of each facility, and how it was told.

    Parameters
    ----------
    names
        n names; "" where there is none.
    categories
        n cells of a column such as 机构类别, or of Amap's `type` ("医疗保健服务;诊所;诊所").
    codes
        n cells of Amap's `typecode`, or OpenStreetMap tags ("amenity=hospital;…").
    kinds
        The table of kinds by code.
    rules
        The shipped ones when absent.

    Returns
    -------
    table
        Shape (n, 4), index 0 … n-1: `kind` (code; null where unknown or not counted), `rule`
        (Chinese), `certain` (whether the rule settles it; with a null kind: that it does not
        count), `conflict` (whether name, category and code contradict each other).
    """
    size = len(names)
    said = list(categories) if categories is not None else [""] * size
    coded = list(codes) if codes is not None else [""] * size
    judge = _judge(kinds, rules, with_tags=any("=" in code for code in coded))
    by_name = functools.cache(judge.by_name)
    by_category = functools.cache(judge.by_category)
    by_code = functools.cache(judge.by_code)
    found = [
        judge.together(
            by_name(name),
            by_category(category),
            by_code(code, name if "=" in code else ""),
            is_from_map=MAP_LABELS in _plain(category),
        )
        for name, category, code in zip(names, said, coded, strict=True)
    ]
    table = pd.DataFrame(found, columns=["kind", "rule", "certain", "conflict"], index=range(size))
    table["kind"] = table["kind"].replace("", None).astype("str")
    return table.astype({"rule": "str", "certain": bool, "conflict": bool})


def _judge(
    kinds: Mapping[str, FacilityKind], rules: KindRules | None, *, with_tags: bool
) -> _Judge:
    return _Judge(
        kinds,
        rules or load_kind_rules(kinds=kinds),
        {
            _plain(word): code
            for code, kind in kinds.items()
            for word in (code, kind.name, *kind.aliases)
        },
        load_osm_tags(kinds=kinds) if with_tags else None,
        {code: frozenset(kind.members) for code, kind in kinds.items() if kind.members},
    )


def _status(outside: str, asides: Sequence[str]) -> str:
    """The word that says a thing is no more or not yet; "" where there is none."""
    if (hit := _STATUS.search(outside)) is not None:
        return hit[0]
    for aside in asides:
        if aside in FORMER_NAME:
            return aside
        # 「（原丁庄卫生院）」 is another name of something that is there
        hit = None if aside.startswith(FORMER_NAME) else _STATUS.search(aside)
        if hit is not None:
            return hit[0]
    return ""


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
