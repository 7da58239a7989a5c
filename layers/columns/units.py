"""Numbers as offices write them, with units in the header or in the cell.

Nothing is invented. A blank, and a word that stands for one, is missing and never 0. What says
roughly how many ("约300", "300余") is taken as written and remarked on; what only says a bound or
a range ("300以上", "200-300") is a fault, because the number meant is not in the cell.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from coverage.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

Quantity = Literal["persons", "beds", "places", "area_m2", "minutes", "metres"]

M2_PER_MU: Final = 10_000.0 / 15.0
"""Square metres of one 亩; 15 亩 are one hectare."""

M2_PER_HECTARE: Final = 10_000.0

TEN_THOUSAND: Final = 10_000.0
"""万."""

SUSPECT_IN_WAN: Final = 1_000.0
"""A bare number from this on under a header in 万 (ten million persons in one row) looks like one
that was written in single units."""

UNITS: Final[Mapping[Quantity, Mapping[str, float]]] = {
    "persons": {"人": 1.0, "口": 1.0, "口人": 1.0, "名": 1.0, "位": 1.0, "人次": math.nan,
                "户": math.nan, "家": math.nan},
    "beds": {"张": 1.0, "床": 1.0, "张床": 1.0, "张床位": 1.0, "个": 1.0, "个床位": 1.0,
             "床位": 1.0, "间": math.nan},
    "places": {"个": 1.0, "位": 1.0, "个托位": 1.0, "托位": 1.0, "人": 1.0, "名": 1.0,
               "间": math.nan, "张": math.nan},
    "area_m2": {"平方米": 1.0, "平米": 1.0, "m2": 1.0, "m^2": 1.0, "sqm": 1.0, "平方": 1.0,
                "亩": M2_PER_MU, "公顷": M2_PER_HECTARE, "ha": M2_PER_HECTARE,
                "hm2": M2_PER_HECTARE, "平方公里": 1e6, "平方千米": 1e6, "km2": 1e6,
                "顷": math.nan, "米": math.nan, "m": math.nan, "平方尺": math.nan,
                "平方英尺": math.nan, "平尺": math.nan, "坪": math.nan, "sqft": math.nan},
    "minutes": {"分钟": 1.0, "分": 1.0, "min": 1.0, "mins": 1.0, "秒": 1 / 60, "s": 1 / 60,
                "小时": 60.0, "时": 60.0, "h": 60.0},
    "metres": {"米": 1.0, "m": 1.0, "公里": 1000.0, "千米": 1000.0, "km": 1000.0,
               "里": math.nan},
}  # fmt: skip
"""Units by quantity as they read after NFKC and in lower case ("㎡" is "m2"), and how many of the
quantity's own unit each is; NaN marks a unit that measures something else, or nobody knows what
("里" is 500 m or a kilometre)."""

OWN_UNITS: Final[Mapping[Quantity, str]] = {
    "persons": "人", "beds": "张", "places": "个", "area_m2": "平方米", "minutes": "分钟",
    "metres": "米",
}  # fmt: skip

NO_VALUE: Final = frozenset({
    "-", "--", "---", "—", "——", "–", "―", "_", "/", "//", "\\", ".", "..", "...", "*", "无", "空",
    "暂无", "没有", "缺", "缺失", "不详", "不明", "未知", "未统计", "未填", "待定", "待查",
    "未评定", "待核实", "无数据", "无此项", "(无)", "(空)", "(null)", "na", "n/a", "#n/a", "nan",
    "null", "none",
})  # fmt: skip
"""Words that stand for an empty cell, after NFKC and in lower case."""

MAYBE_ZERO: Final = frozenset({"无", "没有", "(无)"})
"""Of these one might also mean 0; they count as missing, and a remark says so."""

TWO_NUMBERS: Final = "一格里有两个数"

DATE: Final = "是日期，不是数量；可能是 Excel 自动改的，请把这一格改成常规格式后重填"

_Gaps = Literal["", "groups", "two"]
_GAP_FAULTS: Final[Mapping[_Gaps, str]] = {"": "", "groups": "", "two": TWO_NUMBERS}
_GAP_REMARKS: Final[Mapping[_Gaps, str]] = {
    "": "", "groups": "数字中间有空格，按一个数 {:,.10g} 读，请核实", "two": "",
}  # fmt: skip

_MULTIPLIERS: Final = {"": 1.0, "百": 100.0, "千": 1000.0, "万": TEN_THOUSAND, "十万": 1e5,
                       "百万": 1e6, "千万": 1e7, "亿": 1e8}  # fmt: skip
_LONGEST_FIRST: Final = ("十万", "百万", "千万", "百", "千", "万", "亿")
_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+"
_CELL: Final = re.compile(
    rf"(?P<before>约为|大约|大概|约|近|将近|接近|共计|共|计|合计)?(?P<sign>[+-]?)(?P<number>{_NUMBER})"
    r"(?P<power>e[+-]?\d{1,3})?(?P<rough>余|多|来)?"
    r"(?P<times>十万|百万|千万|[百千万亿])?(?P<rough_after>余|多|来)?"
    r"(?P<unit>[(\[]?(?:[kh]?m\^?2|[^\d,.+\-~]*)[)\]]?)"
)
_ROUGH_BEFORE: Final = ("约", "大约", "大概", "约为", "近", "将近", "接近")
_ROUGH_AFTER: Final = re.compile(r"(?:左右|上下)$")
_BOUND: Final = re.compile(
    r"^(?:[<>≤≥]=?|不足|不到|超过?|多于|少于|大于|小于|至少|最多)|(?:以上|以下|以内|\+)$"
)
_RANGE: Final = re.compile(rf"(?:{_NUMBER})[^\de]{{0,4}}?[-~至到—–](?:{_NUMBER})")
_DATE: Final = re.compile(
    r"\d{4}(?:([-/.])\d{1,2}\1\d{1,2}|年\d{1,2}月(?:\d{1,2}日?)?)(?:t?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
)
_GROUPS: Final = re.compile(r"(?<![\d.,] )(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d| ?[\d,]| \.)")
_GAP: Final = re.compile(r"[\d.,]\s+[\d.,]")
_SHARE: Final = re.compile(r"[%‰]|^每|^占|占比|比例|比重|百分|率$")
_ERROR: Final = re.compile(r"#(?:ref|value|div/0|name|num|null)[!?]")


LONGEST_NUMBER: Final = 400
"""Characters of a cell that may be a number: patterns take long over longer ones. The largest that
a computer holds has 309 digits."""


class CellNote(NamedTuple):
    """
    What is to be said of one cell.

    Parameters
    ----------
    position
        Place among the texts, counted from 0.
    text
        The cell, cut to 40 characters.
    rule
        Chinese: what is wrong with it, or how it was read.
    """

    position: int
    text: str
    rule: str


class NumbersRead(NamedTuple):
    """
    A column of numbers as it was understood, with n cells.

    Parameters
    ----------
    values
        Shape (n,), in the quantity's own unit; NaN where the cell is empty or at fault.
    faults
        One for each cell that is no usable number.
    remarks
        One for each cell whose reading the planner should know of; its value is used.
    """

    values: npt.NDArray[np.float64]
    faults: tuple[CellNote, ...]
    remarks: tuple[CellNote, ...]


def read_numbers(texts: Iterable[str], *, quantity: Quantity, header_unit: str = "") -> NumbersRead:
    """
    Numbers with their units, in the quantity's own unit.

    A unit in the cell goes before the header's. "万" in a cell under a header in 万 is said once,
    not twice.

    Parameters
    ----------
    texts
        n cells as they stand in the file.
    quantity
        "persons" (人), "beds" (张), "places" (托位), "area_m2" (平方米), "minutes" (分钟) or
        "metres" (米).
    header_unit
        Unit from the header (`layers.columns.headers.read_header`), e.g. "万人"; "" for none.

    Returns
    -------
    read
        Values, faults and remarks; positions count from 0.

    Raises
    ------
    SourceError
        If the header's unit does not measure the quantity.

    Examples
    --------
    >>> read = read_numbers(["1.2", "3亩", "—"], quantity="area_m2", header_unit="公顷")
    >>> read.values.tolist()
    [12000.0, 2000.0, nan]
    """
    header = _header(header_unit, quantity)
    read = functools.cache(functools.partial(_cell, quantity, header))
    cells = list(texts)
    values = np.full(len(cells), np.nan)
    faults: list[CellNote] = []
    remarks: list[CellNote] = []
    for position, text in enumerate(cells):
        is_long = len(text) > LONGEST_NUMBER
        value, fault, remark = (math.nan, "太长，不是一个数", "") if is_long else read(text)
        values[position] = value
        if fault:
            faults.append(CellNote(position, text.strip()[:40], fault))
        if remark:
            remarks.append(CellNote(position, text.strip()[:40], remark))
    return NumbersRead(values, tuple(faults), tuple(remarks))


def unit_factor(unit: str, *, quantity: Quantity) -> float:
    """
    How many of the quantity's own unit a unit is: "万人" is 10000 persons.

    Parameters
    ----------
    unit
        As written; full-width signs and upper case do not matter.
    quantity
        What is measured.

    Returns
    -------
    factor
        NaN where the unit does not measure the quantity.
    """
    times, base = _split_unit(_plain(unit), quantity)
    return _MULTIPLIERS[times] * base


def is_unit(text: str) -> bool:
    """Whether a word is a unit of any quantity, or one that is known to be none of ours."""
    plain = _plain(text)
    if plain in _DEGREES:
        return True
    times = next((word for word in _LONGEST_FIRST if plain.startswith(word)), "")
    rest = plain.removeprefix(times)
    return bool(times and not rest) or any(
        plain in known or rest in known for known in UNITS.values()
    )


def is_rate(text: str) -> bool:
    """
    Whether what stands in brackets is a share or a rate: "%", "占比", "张/千人", "每千人".

    Examples
    --------
    >>> [is_rate(text) for text in ("占总人口比例", "张/千人", "社区/居委会")]
    [True, True, False]
    """
    plain = _plain(text)
    return bool(_SHARE.search(plain)) or ("/" in plain and any(map(is_unit, plain.split("/"))))


def is_blank(text: str) -> bool:
    """Whether a cell is empty, or holds a word that stands for an empty cell."""
    plain = _plain(text)
    return not plain or plain in NO_VALUE


_DEGREES: Final = frozenset(
    {"度", "°", "deg", "degree", "degrees", "十进制度", "度分秒", "岁", "年", "元", "万元"}
)


class _Header(NamedTuple):
    """The header's unit: its multiplier ("万"), what one of the rest is, and both together."""

    times: str
    base: float

    @property
    def factor(self) -> float:
        return _MULTIPLIERS[self.times] * self.base


def _header(unit: str, quantity: Quantity) -> _Header:
    if not unit.strip():
        return _Header("", 1.0)
    header = _Header(*_split_unit(_plain(unit), quantity))
    if math.isnan(header.factor):
        msg = (
            f"表头里的单位“{unit[:20]}”不能换算成{OWN_UNITS[quantity]}。"
            "请改正表头里的单位，或换一列。"
        )
        raise SourceError(msg)
    return header


def _split_unit(plain: str, quantity: Quantity) -> tuple[str, float]:
    """The multiplier in front of a unit, and the unit's factor; NaN where it measures otherwise."""
    known = UNITS[quantity]
    if plain in known:
        return "", known[plain]
    times = next((word for word in _LONGEST_FIRST if plain.startswith(word)), "")
    rest = plain.removeprefix(times)
    # 「万」 alone leaves the unit to the quantity
    return times, known.get(rest, math.nan) if rest else (1.0 if times else math.nan)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(folded.split()).replace("−", "-")


def _cell(quantity: Quantity, header: _Header, text: str) -> tuple[float, str, str]:
    """Value, fault and remark of one cell."""
    plain, gaps = _without_gaps(text)
    if not plain or plain in NO_VALUE:
        remark = "按空值（未知）读，不是 0；确实没有的请填 0" if plain in MAYBE_ZERO else ""
        return math.nan, "", remark
    fault = _unusable(plain) or _GAP_FAULTS[gaps]
    if fault:
        return math.nan, fault, ""
    bare = _ROUGH_AFTER.sub("", plain)
    match = _CELL.fullmatch(bare)
    if match is None:
        return math.nan, "应为数字", ""
    number = float(match["number"].replace(",", "") + (match["power"] or ""))
    factor, fault, remark = _scale(match, quantity, header)
    value = number if fault else _tidy(number * factor)
    if remark.endswith("换算成"):
        remark += f" {value:.10g} {OWN_UNITS[quantity]}"
    if not math.isfinite(value):
        fault = fault or "不是有限的数"
    if match["sign"] == "-" and number:
        fault = fault or "不得为负"
    if fault:
        return math.nan, fault, ""
    if bare != plain or match["before"] in _ROUGH_BEFORE or match["rough"] or match["rough_after"]:
        remark = f"是约数，按 {value:.10g} 使用，请核实"
    elif header.times == "万" and bare == match["number"] and number >= SUSPECT_IN_WAN:
        remark = f"表头的单位是“万”，按 {value:,.0f} 读，数值过大，请核对单位"
    return value, "", remark or _GAP_REMARKS[gaps].format(number)


def _without_gaps(text: str) -> tuple[str, _Gaps]:
    """
    A cell without white space, and what that stood for: nothing, groups of thousands, two numbers.

    "1 200" is one number; "120 30" and "120", line break, "30" are two, whatever was meant.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    joined = _GROUPS.sub(lambda match: match[0].replace(" ", ""), folded)
    if _GAP.search(joined):
        return _plain(text), "two"
    return _plain(joined), "groups" if joined != folded else ""


def _tidy(value: float) -> float:
    """A product without the last bits of its factors: 1.2 万亩 are 8,000,000 square metres."""
    return float(f"{value:.15g}")


def _unusable(plain: str) -> str:
    """Why a cell can mean no single number; "" where it may."""
    if _ERROR.fullmatch(plain):
        return "是 Excel 的出错值，请在原表里改正公式"
    if "%" in plain or "‰" in plain:
        return "是百分数，应为数量"
    if _DATE.fullmatch(plain):
        return DATE
    if _BOUND.search(plain):
        return "只说了上限或下限，不知道确数，请填确数"
    if _RANGE.search(plain):
        return "是一个范围，不知道确数，请填确数"
    return ""


def _scale(match: re.Match[str], quantity: Quantity, header: _Header) -> tuple[float, str, str]:
    """Factor of a cell by its own multiplier and unit, its fault and its remark."""
    times = match["times"] or ""
    unit = (match["unit"] or "").strip("()[]")
    if not times and not unit:
        return header.factor, "", ""
    # 「1.2万」 under 「万人」 means 12,000 persons, said once; under 「亩」 it means 12,000 亩
    whole = times + unit
    factor = unit_factor(whole, quantity=quantity) if unit else _MULTIPLIERS[times] * header.base
    if math.isnan(factor):
        return math.nan, f"单位“{whole[:10]}”不能换算成{OWN_UNITS[quantity]}", ""
    if unit and header != _NO_UNIT and not math.isclose(factor, header.factor):
        return factor, "", f"单元格里的单位“{whole}”与表头不同，按单元格的读"
    if unit and header == _NO_UNIT and _split_unit(unit, quantity)[1] != 1:
        return factor, "", f"按单元格里的单位“{whole}”换算成"
    return factor, "", ""


_NO_UNIT: Final = _Header("", 1.0)
