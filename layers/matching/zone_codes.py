"""Codes of administrative divisions: read, checked, and brought to the zones of a county.

6 digits name a county (GB/T 2260: two each for province, city, county), 9 a township (GB/T 10114:
001-099 街道, 100-199 镇, 200-399 乡, 400-599 other units), 12 a village or community (the codes of
the statistics bureau). A code of 12 digits that ends in zeros names something larger.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from layers.columns.units import CellNote, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CodeLevel = Literal["province", "city", "county", "township", "village", ""]

PROVINCES: Final = frozenset({
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37",
    "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
    "71", "81", "82",
})  # fmt: skip
"""First two digits that GB/T 2260 gives out."""

LENGTHS: Final = (6, 9, 12)

LEVEL_DIGITS: Final[dict[int, CodeLevel]] = {
    2: "province", 4: "city", 6: "county", 9: "township", 12: "village",
}  # fmt: skip
"""Digits that count -> level."""

COUNTY_DIGITS: Final = 6

LEVEL_NAMES: Final = {
    "province": "省", "city": "市", "county": "县", "township": "乡镇", "village": "村",
}  # fmt: skip

_SCIENTIFIC: Final = re.compile(r"(\d)(?:\.(\d+))?e\+?(\d{1,2})")
_FLOAT_TAIL: Final = re.compile(r"\.0+$")


class ZoneCodes(NamedTuple):
    """
    A column of codes as it was understood, with n cells.

    Parameters
    ----------
    codes
        n codes of 6, 9 or 12 digits; "" where the cell is empty or at fault.
    levels
        n levels, "" where there is no code.
    faults
        Cells that are no code.
    remarks
        Cells that were mended, or whose code is used but looks wrong.
    """

    codes: tuple[str, ...]
    levels: tuple[CodeLevel, ...]
    faults: tuple[CellNote, ...]
    remarks: tuple[CellNote, ...]


def read_zone_codes(texts: Iterable[str]) -> ZoneCodes:
    """
    Codes of administrative divisions from the cells of a file.

    Parameters
    ----------
    texts
        n cells. Blanks, an apostrophe in front and the ".0" that Excel hangs on are taken off.

    Returns
    -------
    codes
        What Excel made 3.71E+11 is at fault unless every digit is still there; a code of a
        province that GB/T 2260 does not have is used, with a remark.

    Examples
    --------
    >>> read = read_zone_codes(["371422001201", "3.71E+11", ""])
    >>> read.levels
    ('village', '', '')
    >>> read.faults[0].rule
    '被 Excel 改成了科学计数法，后几位已经丢失；请把这一列的格式设为“文本”后重新导出'
    """
    read = functools.cache(_code)
    cells = list(texts)
    found = [read(text) for text in cells]
    faults, remarks = [], []
    for position, (_, fault, remark) in enumerate(found):
        if fault:
            faults.append(CellNote(position, cells[position].strip()[:40], fault))
        if remark:
            remarks.append(CellNote(position, cells[position].strip()[:40], remark))
    codes = tuple(code for code, _, _ in found)
    levels = tuple(code_level(code) for code in codes)
    return ZoneCodes(codes, levels, tuple(faults), tuple(remarks))


def code_level(code: str) -> CodeLevel:
    """
    What a code of 6, 9 or 12 digits names; "" for anything else.

    Examples
    --------
    >>> code_level("371422000000"), code_level("371422001")
    ('county', 'township')
    """
    return LEVEL_DIGITS.get(len(significant_digits(code)), "")


def significant_digits(code: str) -> str:
    """
    A code without the zeros that only fill it up.

    Examples
    --------
    >>> significant_digits("371422001000"), significant_digits("370000")
    ('371422001', '37')
    """
    if len(code) not in LENGTHS or not code.isdecimal():
        return ""
    ends = [end for end in LEVEL_DIGITS if end <= len(code)]
    for start, end in zip(reversed([0, *ends[:-1]]), reversed(ends), strict=True):
        if code[start:end].strip("0"):
            return code[:end]
    return ""


def zone_of_code(codes: Sequence[str], zone_ids: Iterable[str]) -> pd.Series:
    """
    The zone that each code lies in, by its first digits.

    Parameters
    ----------
    codes
        n codes as `read_zone_codes` gives them.
    zone_ids
        Codes of the zones; ids that are no such codes match nothing.

    Returns
    -------
    zone_id
        Shape (n,), text, index 0 … n-1; the smallest zone whose digits the code begins with,
        null where there is none (a code that only says the county lies in no township).
    """
    zones: dict[str, str] = {}
    for zone_id in sorted(str(one) for one in zone_ids):
        digits = significant_digits(zone_id.strip())
        if digits:
            zones.setdefault(digits, zone_id)
    ends = sorted({len(digits) for digits in zones}, reverse=True)

    @functools.cache
    def zone(code: str) -> str | float:
        digits = significant_digits(code)
        starts = (digits[:end] for end in ends if len(digits) >= end)
        return next((zones[start] for start in starts if start in zones), np.nan)

    return pd.Series([zone(code) for code in codes], dtype="str", name="zone_id")


def _code(text: str) -> tuple[str, str, str]:
    """Code, fault and remark of one cell."""
    if is_blank(text):
        return "", "", ""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold().strip("'\"’‘`")
    scientific = _SCIENTIFIC.fullmatch(plain)
    if scientific:
        return _from_scientific(*scientific.groups(default=""))
    tidy = _FLOAT_TAIL.sub("", plain).replace("-", "")
    remark = "按文本读，去掉了 Excel 加上的“.0”" if tidy != plain.replace("-", "") else ""
    fault = _structure_fault(tidy)
    if fault:
        return "", fault, ""
    if tidy[:2] not in PROVINCES:
        remark = f"前两位 {tidy[:2]} 不是国家标准（GB/T 2260）里的省级代码，请核对"
    return tidy, "", remark


def _from_scientific(first: str, rest: str, power: str) -> tuple[str, str, str]:
    digits = first + rest
    if len(digits) == int(power) + 1 and not _structure_fault(digits):
        return digits, "", f"由科学计数法还原为 {digits}，各位数字齐全"
    fault = "被 Excel 改成了科学计数法，后几位已经丢失；请把这一列的格式设为“文本”后重新导出"
    return "", fault, ""


def _structure_fault(code: str) -> str:
    if not (code.isascii() and code.isdecimal()):
        return "不是行政区划代码：应全是数字"
    if len(code) not in LENGTHS:
        return f"行政区划代码应为 6、9 或 12 位数字，现为 {len(code)} 位"
    if not code.strip("0") or code.startswith("00"):
        return "行政区划代码的前两位（省）不得为 00"
    digits = significant_digits(code)
    ends = [end for end in LEVEL_DIGITS if end <= len(digits)]
    parts = [code[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    # cities without counties (东莞 441900, 中山, 儋州, 嘉峪关) have towns right below them
    needed = [(end, part) for end, part in zip(ends, parts, strict=True) if end != COUNTY_DIGITS]
    empty = next((end for end, part in needed if not part.strip("0")), None)
    if empty is not None:
        named = LEVEL_NAMES[LEVEL_DIGITS[empty]]
        return f"行政区划代码中间的{named}级几位是 0，后面却还有数字"
    return ""
