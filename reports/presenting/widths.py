"""How wide a text will be, guessed from above: the reader's machine chooses the font in the end."""

from __future__ import annotations

import unicodedata
from typing import Final

ELLIPSIS: Final = "…"

_EAST_ASIAN: Final = frozenset("WFA")
_BROAD: Final = frozenset("mwMW@%&—")
_EM_BROAD: Final = 1.0
_EM_CAPITAL: Final = 0.72
_EM_OTHER: Final = 0.58
_EM_BEYOND: Final = 1.4
"""Emoji and what else lies beyond the basic plane."""

_BASIC_PLANE: Final = 0xFFFF


def width_em(text: str) -> float:
    """
    Width of a line, in sizes of its font.

    Examples
    --------
    >>> width_em("圈图"), round(width_em("ab"), 2)
    (2.0, 1.16)
    """
    return sum(_sign_em(sign) for sign in text)


def cut(text: str, room_em: float) -> str:
    """
    What fits of a line, with an ellipsis where something is missing.

    Examples
    --------
    >>> cut("示例县卫生健康局", 8), cut("示例县卫生健康局", 5)
    ('示例县卫生健康局', '示例县卫…')
    """
    if width_em(text) <= room_em:
        return text
    count = _fitting(text, room_em - width_em(ELLIPSIS))
    return f"{text[:count].rstrip()}{ELLIPSIS}"


def wrapped(text: str, room_em: float) -> list[str]:
    """
    A text in lines, at least one; a line holds at least one sign.

    Examples
    --------
    >>> wrapped("示例县卫生健康局", 3)
    ['示例县', '卫生健', '康局']
    """
    lines = []
    while text:
        count = max(_fitting(text, room_em), 1)
        lines.append(text[:count])
        text = text[count:]
    return lines or [""]


def _fitting(text: str, room_em: float) -> int:
    taken = 0.0
    for count, sign in enumerate(text):
        taken += _sign_em(sign)
        if taken > room_em:
            return count
    return len(text)


def _sign_em(sign: str) -> float:
    if ord(sign) > _BASIC_PLANE:
        return _EM_BEYOND
    if sign in _BROAD or unicodedata.east_asian_width(sign) in _EAST_ASIAN:
        return _EM_BROAD
    return _EM_CAPITAL if sign.isupper() else _EM_OTHER
