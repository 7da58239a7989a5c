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
    advance = _advances(str(chinese_font().get_file()))
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
    size = max(size_pt * room_mm / wide, smallest_pt)
    return cut(said, room_mm=room_mm, size_pt=size), size


def cut(said: str, *, room_mm: float, size_pt: float) -> str:
    """What fits of a line, with an ellipsis where something is missing."""
    if width_mm(said, size_pt) <= room_mm:
        return said
    room = room_mm - width_mm(ELLIPSIS, size_pt)
    return f"{said[: _fitting(said, room, size_pt)].rstrip()}{ELLIPSIS}"


def wrapped(said: str, *, room_mm: float, size_pt: float) -> list[str]:
    """
    A text in lines; Chinese breaks anywhere but before a closing mark.

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
            # At most two signs move to the next line with the mark that may not begin it.
            back = next(
                (n for n in range(count, max(count - 3, 1), -1) if said[n] not in _HANGING), count
            )
            count = back
        lines.append(said[:count].rstrip())
        said = said[count:].lstrip()
    return lines


def _fitting(said: str, room_mm: float, size_pt: float) -> int:
    """How many signs of a text fit."""
    used = 0.0
    for at, sign in enumerate(said):
        used += width_mm(sign, size_pt)
        if used > room_mm:
            return at
    return len(said)


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
