"""How wide a text is on paper, before it is drawn: shrunk, wrapped or cut, never run over."""

from __future__ import annotations

from functools import cache
from typing import Final

from matplotlib import ft2font

from reports.printing.fonts import chinese_font
from reports.printing.paper import POINTS_PER_MM

ELLIPSIS: Final = "…"

_SLACK: Final = 1.02
"""Widths are sums of advances; what kerning and rounding may add."""

_HANGING: Final = frozenset("，。；：、！？）》”’％%,.;:!?)…")
"""Signs that never begin a line."""

_MOST_BACK: Final = 9
"""Signs that move to the next line so that a number stays whole."""


def width_mm(said: str, size_pt: float) -> float:
    """
    Width of a line of text, mm.

    Parameters
    ----------
    said
        One line.
    size_pt
        Size of the font, points.
    """
    advance = _advances(_font_file())
    return sum(advance.of(sign) for sign in said) * size_pt / POINTS_PER_MM * _SLACK


def fitted(said: str, *, room_mm: float, size_pt: float, smallest_pt: float) -> tuple[str, float]:
    """
    A line made to fit: first smaller, then cut with an ellipsis.

    Parameters
    ----------
    said
        One line.
    room_mm
        Width that there is.
    size_pt, smallest_pt
        Size that is wished for, and the one below which nobody can read it.

    Returns
    -------
    line, size_pt
        As they are to be drawn.
    """
    wide = width_mm(said, size_pt)
    if wide <= room_mm:
        return said, size_pt
    size = size_pt * room_mm / wide
    if size >= smallest_pt:
        return said, size
    return cut(said, room_mm=room_mm, size_pt=smallest_pt), smallest_pt


def cut(said: str, *, room_mm: float, size_pt: float) -> str:
    """What fits of a line, with an ellipsis where something is missing."""
    if width_mm(said, size_pt) <= room_mm:
        return said
    room = room_mm - width_mm(ELLIPSIS, size_pt)
    return f"{said[: _fitting(said, room, size_pt)].rstrip()}{ELLIPSIS}"


def wrapped(said: str, *, room_mm: float, size_pt: float) -> list[str]:
    """
    A text in lines; Chinese breaks anywhere but before a closing mark, numbers and words do not.

    Parameters
    ----------
    said
        Text without line breaks.
    room_mm, size_pt
        Width that there is, size of the font.
    """
    lines = []
    while said:
        count = max(_fitting(said, room_mm, size_pt), 1)
        if count < len(said):
            count = _break(said, count)
        lines.append(said[:count].rstrip())
        said = said[count:].lstrip()
    return lines


def _break(said: str, count: int) -> int:
    """Where a line of at most `count` signs ends."""
    # At most so many signs move to the next line with the mark that may not begin it, or with the
    # rest of their number.
    for at in range(count, max(count - _MOST_BACK, 1), -1):
        if said[at] in _HANGING or (_is_joined(said[at - 1]) and _is_joined(said[at])):
            continue
        return at
    return count


def _is_joined(sign: str) -> bool:
    """Whether a sign belongs to the number or the Latin word beside it."""
    return sign.isascii() and (sign.isalnum() or sign in ".,%:/+-_")


def _fitting(said: str, room_mm: float, size_pt: float) -> int:
    """How many signs of a text fit."""
    advance = _advances(_font_file())
    room = room_mm * POINTS_PER_MM / (size_pt * _SLACK)
    used = 0.0
    for at, sign in enumerate(said):
        used += advance.of(sign)
        if used > room:
            return at
    return len(said)


@cache
def _font_file() -> str:
    return str(chinese_font().get_file())


class _Advances:
    """Advances of the characters of a font, in parts of its size, each read once."""

    def __init__(self, path: str) -> None:
        self.font = ft2font.FT2Font(path)
        self.known: dict[str, float] = {}

    def of(self, sign: str) -> float:
        if sign not in self.known:
            glyph = self.font.load_char(ord(sign), flags=ft2font.LoadFlags.NO_SCALE)
            self.known[sign] = glyph.horiAdvance / self.font.units_per_EM
        return self.known[sign]


@cache
def _advances(path: str) -> _Advances:
    return _Advances(path)
