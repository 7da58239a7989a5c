"""Cells of text that are not what they seem: formulas, code, codes that a spreadsheet spoilt."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from layers.checks.findings import Finding, Records

LONG_NAME: Final = 60
"""Characters; official names of institutions have up to about 40."""

EXCEL_DIGITS: Final = 15
"""Digits of a number that Excel keeps; the rest become 0."""

CODE_DIGITS: Final = 6
"""From so many digits on, codes are taken for official ones, which are all of one length."""

ONE_LENGTH: Final = 0.8
"""Share of the codes that must have the most common length before shorter ones are told."""

_FORMULA_STARTS: Final = frozenset("=+-@")
_NUMBER: Final = re.compile(r"[+-]?[\d.,]*%?")
_MARKUP: Final = re.compile(r"</?[A-Za-z!][^>]*>|<script|\{\{|\{%|\$\{|javascript:", re.IGNORECASE)
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_GARBLED: Final = re.compile("\ufffd|锟斤拷|烫烫烫|\u00e5[\u0080-\u00bf]")
_SCIENTIFIC: Final = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


def text_findings(records: Records, cells: Sequence[str], *, column: str) -> list[Finding]:
    """
    Cells that hold formulas, code, hidden characters, or too much; all are kept as text.

    Parameters
    ----------
    records
        n of them.
    cells
        Shape (n,), stripped of surrounding blanks.
    column
        Name in the file.
    """
    tests: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
        ("formula", "以 = + - @ 开头，像公式", _is_formula),
        ("markup", "像网页或模板代码", lambda text: _MARKUP.search(text) is not None),
        ("control_characters", "含看不见的字符（如换行、方向标记）", _has_hidden),
        ("garbled", "疑似乱码，文件的编码可能不对", lambda text: _GARBLED.search(text) is not None),
        ("long_name", "", lambda text: len(text) > LONG_NAME),
    )
    found = []
    # Most cells are plain: one look each sorts them out.
    odd = [at for at, text in enumerate(cells) if not _is_plain(text)]
    for at in odd:
        for check, sentence, is_so in tests:
            if is_so(cells[at]):
                told = sentence or f"有 {len(cells[at]):,} 个字符，超过 {LONG_NAME} 个"
                found.append(records.finding(at, check, told, column=column, value=cells[at]))
    return found


def id_findings(records: Records, *, column: str) -> list[Finding]:
    """
    Codes that a spreadsheet has spoilt: leading zeros lost, 1.3E+11, an end of zeros.

    Zeros count as lost where the other codes show their length: some of them begin with 0, or
    they are long and nearly all of one length.

    Parameters
    ----------
    records
        n of them, with their codes.
    column
        Name in the file.
    """
    found = []
    digits = {at: text for at, text in enumerate(records.ids) if text.isdecimal()}
    length = _code_length(digits.values())
    for at, text in enumerate(records.ids):
        check = said = ""
        if "e" in text.lower() and _SCIENTIFIC.fullmatch(text):
            check, said = "id_scientific", "代码写成了科学记数，末几位已经丢失"
        elif at in digits and len(text) < length:
            check, said = "id_lost_zeros", f"其他代码有 {length} 位，这个只有 {len(text)} 位"
        elif at in digits and len(text) > EXCEL_DIGITS + 1 and not text[EXCEL_DIGITS:].strip("0"):
            check, said = "id_cut", f"第 {EXCEL_DIGITS} 位以后全是 0"
        if check:
            found.append(records.finding(at, check, said, column=column, value=text))
    return found


def _code_length(codes: Iterable[str]) -> int:
    """Digits that all codes should have; 0 where they do not tell."""
    listed = list(codes)
    counts = Counter(len(code) for code in listed)
    if not counts:
        return 0
    # Of lengths that are equally common the longer: zeros are lost, not gained.
    length, often = max(counts.items(), key=lambda pair: (pair[1], pair[0]))
    padded = any(len(code) == length and code.startswith("0") for code in listed)
    official = length >= CODE_DIGITS and often >= ONE_LENGTH * len(listed)
    return length if length > 1 and (padded or official) else 0


def _is_plain(text: str) -> bool:
    return (
        len(text) <= LONG_NAME
        and text.isprintable()
        and text[:1] not in _FORMULA_STARTS
        and "<" not in text
        and "{" not in text
        and "\ufffd" not in text
        and "锟" not in text
        and "烫" not in text
        and "å" not in text
        and ":" not in text
    )


def _is_formula(text: str) -> bool:
    return text[:1] in _FORMULA_STARTS and not _NUMBER.fullmatch(text)


def _has_hidden(text: str) -> bool:
    return not text.isprintable() and _HIDDEN.search(text) is not None
