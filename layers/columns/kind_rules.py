"""The rules that tell a facility's kind: `data/intake/kind_rules.csv`, ready for look-up.

A rule lists words that stand in names ("name"), in a column of categories ("category"), or codes
of Amap's classification of places ("amap"). In a name the word that ends last decides, because
Chinese names end with what a thing is: 「示例镇卫生院丁庄村卫生室」 is a 卫生室. Of words that end
at the same place the longest decides: 「中心卫生院」 before 「卫生院」.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from coverage.errors import SourceError
from layers.settings import nearest_key
from layers.standards import DATA_FOLDER

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

RULES_FILE: Final = DATA_FOLDER / "intake" / "kind_rules.csv"

HEADER: Final = ("source", "words", "kind", "certain", "note")

SOURCES: Final = ("name", "category", "amap")

LEFT_OUT: Final = "-"
"""Instead of a kind: looks like a facility, but does not count."""

SHORTEST_WORD: Final = 2
"""Signs; a single sign says nothing, and two are the key of the look-up."""


class KindRule(NamedTuple):
    """
    One word of a rule.

    Parameters
    ----------
    word
        Word or code.
    kind
        Code of the kind; `LEFT_OUT` where it does not count.
    certain
        Whether the word settles it.
    note
        Chinese; why it does not, or what the code says.
    """

    word: str
    kind: str
    certain: bool
    note: str


@dataclass(frozen=True)
class KindRules:
    """
    All rules, arranged for look-up.

    Parameters
    ----------
    endings
        For "name" and "category": last two signs of a word -> the words, longest first.
    codes
        Amap code -> its rule.
    """

    endings: Mapping[tuple[str, str], tuple[KindRule, ...]]
    codes: Mapping[str, KindRule]

    def in_text(self, text: str, *, source: str) -> tuple[KindRule, bool] | None:
        """
        The word that decides in a text.

        Parameters
        ----------
        text
            A name or category, NFKC and without blanks.
        source
            "name" or "category".

        Returns
        -------
        rule, at_end
            And whether the text ends with its word; None where no word stands in it.
        """
        for end in range(len(text), SHORTEST_WORD - 1, -1):
            for rule in self.endings.get((source, text[end - SHORTEST_WORD : end]), ()):
                if text.endswith(rule.word, 0, end):
                    return rule, end == len(text)
        return None


def load_kind_rules(path: Path = RULES_FILE, *, kinds: Collection[str]) -> KindRules:
    """
    The rules from their file.

    Parameters
    ----------
    path
        A CSV file like `data/intake/kind_rules.csv`, UTF-8.
    kinds
        Known codes of facility kinds.

    Returns
    -------
    rules
        Ready for look-up.

    Raises
    ------
    SourceError
        If the file is missing or has other columns, or a row has an unknown source or kind, no
        words, or words that stand in another row already.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        msg = f"设施类别规则表「{path.name}」读不出来（{path}）。请检查路径，并确认是 UTF-8 编码。"
        raise SourceError(msg) from cause
    lines = csv.reader(io.StringIO(text))
    if tuple(next(lines, ())) != HEADER:
        msg = f"设施类别规则表「{path.name}」的表头应为 {','.join(HEADER)}。"
        raise SourceError(msg)
    found: dict[tuple[str, str], KindRule] = {}
    for fields in lines:
        where = f"设施类别规则表「{path.name}」第 {lines.line_num} 行"
        sources, rules = _rules(fields, kinds, where)
        for source in sources:
            for rule in rules:
                if (source, rule.word) in found:
                    msg = f"{where}的“{rule.word}”前面已经写过。请删去一处。"
                    raise SourceError(msg)
                found[source, rule.word] = rule
    return _arranged(found)


def _rules(
    fields: list[str], kinds: Collection[str], where: str
) -> tuple[list[str], list[KindRule]]:
    if len(fields) != len(HEADER):
        msg = f"{where}应有 {len(HEADER)} 列。"
        raise SourceError(msg)
    sources, words, kind, certain, note = fields
    unknown = [source for source in sources.split("|") if source not in SOURCES]
    if unknown:
        msg = f"{where}的 source「{unknown[0]}」不认识，只能是 {'、'.join(SOURCES)}。"
        raise SourceError(msg)
    if certain not in {"是", "否"}:
        msg = f"{where}的 certain 应为“是”或“否”，现为「{certain[:10]}」。"
        raise SourceError(msg)
    if kind != LEFT_OUT and kind not in kinds:
        nearest = nearest_key(kind, list(kinds))
        msg = f"{where}的设施类别「{kind}」不在设施类别表里，最接近的是「{nearest}」。"
        raise SourceError(msg)
    short = [word for word in words.split("|") if len(word) < SHORTEST_WORD]
    if short:
        msg = f"{where}的词“{short[0]}”太短，至少要 {SHORTEST_WORD} 个字。"
        raise SourceError(msg)
    rules = [KindRule(word, kind, certain == "是", note) for word in words.split("|")]
    return sources.split("|"), rules


def _arranged(found: Mapping[tuple[str, str], KindRule]) -> KindRules:
    endings: dict[tuple[str, str], list[KindRule]] = {}
    codes = {}
    for (source, word), rule in found.items():
        if source == "amap":
            codes[word] = rule
        else:
            endings.setdefault((source, word[-SHORTEST_WORD:]), []).append(rule)
    longest_first = {
        key: tuple(sorted(rules, key=lambda rule: -len(rule.word)))
        for key, rules in endings.items()
    }
    return KindRules(longest_first, codes)
