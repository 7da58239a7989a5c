"""Which of several columns a header speaks for best, and what puts the choice in question.

Coordinates in WGS84 go before others, both of a pair in one system; numbers of the latest year
before older ones, and what is planned or only a part comes last or not at all.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from layers.columns.quantities import QUANTITIES
from layers.columns.synonyms import OUR_COLUMNS
from layers.columns.units import OWN_UNITS, is_rate, unit_factor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.columns.headers import Header
    from layers.columns.synonyms import ColumnNames, Layer

Confidence = Literal["sure", "likely", "guess"]

DATUM_TITLES: Final = {
    "wgs84": "WGS84", "gcj02": "GCJ-02", "bd09": "BD-09", "bd09mc": "BD-09（米）",
    "cgcs2000": "CGCS2000",
}  # fmt: skip

_DATUM_ORDER: Final = {"wgs84": 0, "cgcs2000": 1, "": 2}
_SHIFTED: Final = 3
_PAIRS: Final = (("lon", "lat"), ("x", "y"))

_SECOND_CHOICE: Final = 2
_RANK_STEP: Final = 10
_PARTIAL_SPELLING: Final = 5
_RIVAL_RANKS: Final = 1.5 * _RANK_STEP
"""A second column at most this much further down is named beside the first."""

_DOUBTED: Final = 100
"""Further down than any rank: taken only where there is nothing else."""

_PART: Final = re.compile(
    r"男|女|户(?!籍)|外来|流动|外出|在外|岁|其中|老年|老人|儿童|婴幼|留守|密度|占比|比例|率"
    r"|人均|户均|新增"
)
"""In brackets or in a level above it, this makes another number of the column."""

_ASSISTANTS: Final = re.compile(r"(?<![及和])执业助理医师")
"""Without brackets the assistants alone; 执业（助理）医师 are the physicians with them."""

_WITH: Final = re.compile(r"含|包括")
_PLAIN_ASIDE: Final = re.compile(
    r"必填|选填|可选|数字?|整数|总数|总计|合计|全部|常住|常住人口|现状|年末|年底|统计数|[一二三四五六七]普|普查"
)


class Choice(NamedTuple):
    """
    The column of the file that a header speaks for.

    Parameters
    ----------
    theirs
        Column of the file.
    reason
        Chinese: what decided, and what else came into question.
    confidence
        As in `layers.columns.mapping.ProposedColumn`.
    """

    theirs: str
    reason: str
    confidence: Confidence


class _Candidate(NamedTuple):
    """Sorted by its first three: the weight, the year (late ones first) and the place."""

    weight: int
    age: float
    position: int
    theirs: str
    reason: str
    is_usual: bool
    header: Header
    doubt: str = ""


def choices_by_header(
    headers: Mapping[str, Header], names: ColumnNames, *, layer: Layer
) -> dict[str, Choice]:
    """
    The best column for each of ours that a header speaks of.

    Parameters
    ----------
    headers
        Column of the file -> its header, taken apart.
    names
        What offices call our columns.
    layer
        Of the table.

    Returns
    -------
    choices
        By our column. A part of a number ("总人口（男）") and a share ("60岁以上（%）") are left
        out, see `left_out_by_header`; what is planned, in a unit that cannot be converted, or said
        in brackets that nobody understands, is a "guess".
    """
    titles = OUR_COLUMNS[layer]
    candidates: dict[str, list[_Candidate]] = {}
    for position, (column, header) in enumerate(headers.items()):
        meant = names.meaning(header, layer=layer)
        if meant is None or meant[0].ours not in titles:
            continue
        (ours, rank, note), spelling = meant
        if _why_not(header, spelling, ours, titles[ours]):
            continue
        partial = spelling != header.name
        reason = _header_reason(column.strip(), titles[ours], rank, spelling if partial else "")
        reason += f"；{note}" if note else ""
        weight = rank * _RANK_STEP + partial * _PARTIAL_SPELLING + datum_order(header.datum)
        age = -math.inf if header.year is None else -float(header.year)
        doubt = _doubt(header, spelling, ours) if ours in QUANTITIES else ""
        one = _Candidate(
            weight, age, position, column, reason, rank == 1 and not partial, header, doubt
        )
        candidates.setdefault(ours, []).append(one)
    ordered = {
        ours: sorted(_later_plans(several) if ours in QUANTITIES else several)
        for ours, several in candidates.items()
    }
    return {ours: _best(several) for ours, several in _in_one_datum(ordered).items()}


def left_out_by_header(
    headers: Mapping[str, Header], names: ColumnNames, *, layer: Layer
) -> dict[str, str]:
    """
    Columns that speak of one of ours and are no such number all the same.

    Parameters
    ----------
    headers, names, layer
        As for `choices_by_header`.

    Returns
    -------
    reasons
        Column of the file -> why it is not taken, in Chinese.
    """
    titles = OUR_COLUMNS[layer]
    found = {}
    for column, header in headers.items():
        meant = names.meaning(header, layer=layer)
        if meant is None or meant[0].ours not in titles:
            continue
        ours = meant[0].ours
        if reason := _why_not(header, meant[1], ours, titles[ours]):
            found[column] = f"“{column.strip()}”{reason}"
    return found


def datum_order(datum: str) -> int:
    """How readily coordinates are taken by the system that their header names, the first as 0."""
    return _DATUM_ORDER.get(datum, _SHIFTED)


def _why_not(header: Header, spelling: str, ours: str, title: str) -> str:
    """Why a header that names one of ours is another number, or none of it; "" where it is not."""
    if ours not in QUANTITIES:
        return ""
    if header.unit and is_rate(header.unit):
        return f"写的是“{header.unit}”，比例不能当作{title}"
    if _ASSISTANTS.search(spelling) and not header.asides:
        return f"只有执业助理医师，不是全部的{title}"
    asides, above = _left_aside(header, spelling)
    for text in (*asides, *above):
        if _PART.search(text) and not _WITH.search(text):
            return f"写着“{text}”，不是全部的{title}"
    return ""


def _left_aside(header: Header, spelling: str) -> tuple[list[str], list[str]]:
    """What stands in brackets and in the levels above, as far as the look-up left it aside."""
    if spelling == header.name:
        return [], []
    asides = [text for text in header.asides if f"{text}{header.bare}" != spelling]
    return asides, list(header.above) if spelling == header.last != header.bare else []


def _doubt(header: Header, spelling: str, ours: str) -> str:
    """What puts a number in question; "" where nothing does."""
    quantity = QUANTITIES[ours]
    if header.unit and math.isnan(unit_factor(header.unit, quantity=quantity)):
        return f"表头里的“{header.unit}”不能换算成{OWN_UNITS[quantity]}"
    if header.is_planned:
        return _PLAN
    asides, above = _left_aside(header, spelling)
    odd = [text for text in asides if not _PLAIN_ASIDE.fullmatch(text)]
    odd += [text for text in above if "户籍" in text]
    return f"“{odd[0]}”不知是什么口径或单位，请核实" if odd else ""


_PLAN: Final = "是规划或预测数，不是现状数"


def _later_plans(candidates: list[_Candidate]) -> list[_Candidate]:
    """The candidates, those in doubt further down; from the year of a plan on, all are plans."""
    plans = [one.header.year for one in candidates if one.doubt == _PLAN]
    first = min((year for year in plans if year is not None), default=math.inf)
    found = []
    for one in candidates:
        is_later = one.header.year is not None and one.header.year >= first
        doubt = one.doubt or (_PLAN if is_later else "")
        weight = one.weight + (_DOUBTED if doubt else 0)
        found.append(one._replace(weight=weight, doubt=doubt))
    return found


def _in_one_datum(candidates: dict[str, list[_Candidate]]) -> dict[str, list[_Candidate]]:
    """The candidates, those of a pair of coordinates first that name the same system."""
    found = dict(candidates)
    for first, second in _PAIRS:
        if first not in found or second not in found:
            continue
        both = [
            (one, other)
            for one, other in itertools.product(found[first], found[second])
            if one.header.datum == other.header.datum
        ]
        if both:
            pair = min(both, key=lambda pair: (pair[0].weight + pair[1].weight, pair))
            for key, best in zip((first, second), pair, strict=True):
                found[key] = [best, *(one for one in found[key] if one is not best)]
            continue
        for key in (first, second):
            best, *others = found[key]
            reason = f"{best.reason}；两列坐标的表头写的坐标系不同，请核对"
            found[key] = [best._replace(reason=reason, is_usual=False), *others]
    return found


def _header_reason(theirs: str, title: str, rank: int, spelling: str) -> str:
    if theirs == title:
        return f"表头就是“{title}”"
    shown = f"（按其中的“{spelling}”）" if spelling else ""
    said = "是" if rank == 1 else "可作" if rank == _SECOND_CHOICE else "勉强可作"
    return f"表头“{theirs}”{shown}{said}“{title}”"


def _best(candidates: list[_Candidate]) -> Choice:
    """The first of the candidates, with what is to be said of it and of the others."""
    first, *others = candidates
    rivals = [one for one in others if one.weight - first.weight <= _RIVAL_RANKS]
    reason = first.reason + (f"；{first.doubt}" if first.doubt else "")
    shifted = [one for one in rivals if one.header.datum != first.header.datum]
    for one in shifted:
        title = DATUM_TITLES.get(one.header.datum, "")
        said = f"写的是 {title}" if title else "没有写坐标系"
        reason += f"；“{one.theirs.strip()}”{said}，没有取用"
    older = [one for one in rivals if one not in shifted and first.age < one.age < 0]
    if older and first.header.year is not None:
        reason += f"；还有{_named(older)}，取最近的 {first.header.year} 年"
    else:
        older = []
    if open_ones := [one for one in rivals if one not in shifted and one not in older]:
        reason += f"；{_named(open_ones)}也可能是，请确认"
    if plans := [one for one in others if one.doubt == _PLAN and one not in rivals]:
        reason += f"；{_named(plans)}{_PLAN}，没有取用"
    confidence: Confidence = "sure" if first.is_usual and not rivals else "likely"
    return Choice(first.theirs, reason, "guess" if first.doubt else confidence)


def _named(candidates: list[_Candidate]) -> str:
    return "、".join(f"“{one.theirs.strip()}”" for one in candidates)
