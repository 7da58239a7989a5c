"""The foot of a sheet: source, remarks, label and note on the left; maker, date, number right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reports.printing.fonts import printable
from reports.printing.furniture import sheet_text
from reports.printing.lettering import cut, fitted, width_mm, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from reports.printing.paper import Box, PrintSettings

SIZES_PT: Final = (6.6, 6.0, 5.5, 5.0)
"""Tried from large to small until everything fits."""

LINE: Final = 1.5
"""Height of a line, in heights of the font."""

MOST_LINES: Final = 6
"""Lines that a foot may take of the sheet."""

RIGHT_SHARE: Final = 0.4
"""Width of the foot that the fields on the right may take."""

MM_PER_POINT: Final = 25.4 / 72


@dataclass(frozen=True)
class Foot:
    """
    The texts of a foot in lines.

    Parameters
    ----------
    left
        Lines of the left side.
    right
        Line and size of each field of the right side.
    size_pt
        Of the left side.
    height
        Of both sides, mm.
    """

    left: tuple[str, ...]
    right: tuple[tuple[str, float], ...]
    size_pt: float
    height: float


def foot_of(
    settings: PrintSettings, *, width: float, remarks: Sequence[str], label: str, height: float = 0
) -> Foot:
    """
    Break the texts of a foot into lines; its two sides never meet.

    Parameters
    ----------
    settings
        Source, maker, dates, number and note.
    width
        Of the foot, mm.
    remarks
        Sentences for the second line: cut first where there is no room.
    label
        Sentence that must stand on every export: with the note it is never cut.
    height
        That there is, mm; 0 for as much as `MOST_LINES` take.
    """
    times = settings.enlarged
    right = _right_fields(settings, width, times=times)
    taken = max((width_mm(line, size) for line, size in right), default=-4.0 * times)
    room = width - taken - 4.0 * times
    must = "；".join(each for each in (label, settings.note) if each)
    texts = [
        f"资料来源：{settings.source}" if settings.source else "",
        "；".join(each for each in remarks if each),
        must,
    ]
    most = height or _height(MOST_LINES, SIZES_PT[0] * times, times)
    left, size = _lines([printable(each) for each in texts], room, most, times)
    high = max(_height(len(left), size, times), _height(len(right), SIZES_PT[0] * times, times))
    return Foot(tuple(left), right, size, high)


def draw_foot(figure: Figure, foot: Foot, box: Box, *, times: float) -> None:
    """
    Write the foot.

    Parameters
    ----------
    figure
        Its axes are in mm of the sheet.
    foot
        Its lines.
    box
        Where it stands.
    times
        How much larger than on A4.
    """
    for at, said in enumerate(foot.left):
        y = box.top - (at + 0.5) * foot.size_pt * MM_PER_POINT * LINE - 0.6 * times
        sheet_text(figure, box.left, y, said, size=foot.size_pt, va="center_baseline")
    for at, (said, size) in enumerate(foot.right):
        y = box.top - (at + 0.5) * SIZES_PT[0] * times * MM_PER_POINT * LINE - 0.6 * times
        sheet_text(figure, box.right, y, said, size=size, ha="right", va="center_baseline")


def _height(lines: int, size_pt: float, times: float) -> float:
    return lines * size_pt * MM_PER_POINT * LINE + 1.2 * times


def _right_fields(
    settings: PrintSettings, width: float, *, times: float
) -> tuple[tuple[str, float], ...]:
    """Maker, date and number below each other, each with its size."""
    fields = (
        ("制图单位", settings.maker), ("制图日期", settings.made_on), ("审图号", settings.approval),
    )  # fmt: skip
    return tuple(
        fitted(
            printable(f"{name}：{value}"), room_mm=width * RIGHT_SHARE,
            size_pt=SIZES_PT[0] * times, smallest_pt=SIZES_PT[-1] * times,
        )
        for name, value in fields
        if value
    )  # fmt: skip


def _lines(
    texts: Sequence[str], room_mm: float, height_mm: float, times: float
) -> tuple[list[str], float]:
    """All lines at the largest size at which they fit; the first texts are cut if need be."""
    size = 0.0
    for each in SIZES_PT:
        size = each * times
        lines = [line for text in texts for line in wrapped(text, room_mm=room_mm, size_pt=size)]
        if _height(len(lines), size, times) <= height_mm + 1e-6:
            return lines, size
    most = int((height_mm - 1.2 * times) // (size * MM_PER_POINT * LINE))
    must = wrapped(texts[-1], room_mm=room_mm, size_pt=size)
    kept = [cut(text, room_mm=room_mm, size_pt=size) for text in texts[:-1] if text]
    return [*kept[: max(most - len(must), 0)], *must], size
