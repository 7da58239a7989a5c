"""From OpenStreetMap tags to facility kinds, by the table `data/facilities/osm_tags.csv`.

A row matches a thing that has one of its keys with one of its values and meets all its
conditions; the first row that matches decides. A row without a kind leaves the thing out.
Conditions are joined by "&": `key=a|b` is one of these values, `key~a|b` contains one of these
words.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError
from layers.settings import nearest_key
from layers.standards import DATA_FOLDER, load_kinds

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

TAGS_FILE: Final = DATA_FOLDER / "facilities" / "osm_tags.csv"

HEADER: Final = ("key", "value", "conditions", "kind", "note")

LEFT_OUT: Final = "-"
"""Instead of a kind: looks like a facility, but does not count."""

OUT_OF_USE: Final = ("disused", "abandoned", "demolished")
"""A thing that carries one of these keys with the value "yes" serves nobody."""


@dataclass(frozen=True)
class Condition:
    """
    One condition of a row.

    Parameters
    ----------
    key
        OSM key; a thing without it does not meet the condition.
    words
        Values, or words in the value.
    contains
        Whether a word in the value is enough.
    """

    key: str
    words: tuple[str, ...]
    contains: bool

    def met(self, tags: Mapping[str, str]) -> bool:
        """Whether the tags meet the condition."""
        value = tags.get(self.key)
        if value is None:
            return False
        return any(word in value if self.contains else word == value for word in self.words)


@dataclass(frozen=True)
class TagTable:
    """
    The mapping table, arranged for look-up.

    Parameters
    ----------
    rows
        For each key and value the rows that name them, as row number, conditions and kind
        (`LEFT_OUT` where the row has none).
    """

    rows: Mapping[tuple[str, str], tuple[tuple[int, tuple[Condition, ...], str], ...]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The OSM keys that may make a facility, sorted."""
        return tuple(sorted({key for key, _ in self.rows}))

    def kind_of(self, tags: Mapping[str, str]) -> str:
        """
        The facility kind that tags stand for.

        Parameters
        ----------
        tags
            All tags of a node, way or relation.

        Returns
        -------
        kind
            Code of the kind; `LEFT_OUT` where a row says that it does not count, or it is out
            of use; "" where no row matches.
        """
        candidates = [row for tag in tags.items() for row in self.rows.get(tag, ())]
        for _, conditions, kind in sorted(candidates, key=lambda row: row[0]):
            if all(condition.met(tags) for condition in conditions):
                closed = any(tags.get(key) == "yes" for key in OUT_OF_USE)
                return LEFT_OUT if closed else kind
        return ""


def load_osm_tags(path: Path = TAGS_FILE, *, kinds: Collection[str] | None = None) -> TagTable:
    """
    The mapping table from OSM tags to facility kinds.

    Parameters
    ----------
    path
        A CSV file like `data/facilities/osm_tags.csv`, UTF-8.
    kinds
        Known codes of facility kinds; the shipped ones when absent.

    Returns
    -------
    table
        Ready for look-up.

    Raises
    ------
    SourceError
        If the file is missing or has other columns, or a row has no key, no value, a
        condition that cannot be read or an unknown kind.
    """
    known = load_kinds() if kinds is None else kinds
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        msg = f"设施标签对照表「{path.name}」读不出来（{path}）。请检查路径，并确认是 UTF-8 编码。"
        raise SourceError(msg) from cause
    lines = csv.reader(io.StringIO(text))
    if tuple(next(lines, ())) != HEADER:
        msg = f"设施标签对照表「{path.name}」的表头应为 {','.join(HEADER)}。"
        raise SourceError(msg)
    rows: dict[tuple[str, str], list[tuple[int, tuple[Condition, ...], str]]] = {}
    for fields in lines:
        number = lines.line_num
        where = f"设施标签对照表「{path.name}」第 {number} 行"
        if len(fields) != len(HEADER) or not fields[0] or not fields[1]:
            msg = f"{where}应有 {len(HEADER)} 列，且 key 和 value 不得为空。"
            raise SourceError(msg)
        keys, values, conditions, kind, _ = fields
        if kind and kind not in known:
            nearest = nearest_key(kind, list(known))
            msg = f"{where}的设施类别「{kind}」不在设施类别表里，最接近的是「{nearest}」。"
            raise SourceError(msg)
        row = (number, _conditions(conditions, where), kind or LEFT_OUT)
        for pair in [(key, value) for key in keys.split("|") for value in values.split("|")]:
            rows.setdefault(pair, []).append(row)
    return TagTable({pair: tuple(found) for pair, found in rows.items()})


def _conditions(text: str, where: str) -> tuple[Condition, ...]:
    found = []
    for part in filter(None, (part.strip() for part in text.split("&"))):
        sign = "~" if "~" in part else "="
        key, _, words = part.partition(sign)
        if not key or not words:
            msg = f"{where}的条件「{part}」看不懂，应写成 键=值1|值2 或 键~词1|词2。"
            raise SourceError(msg)
        found.append(Condition(key, tuple(words.split("|")), sign == "~"))
    return tuple(found)
