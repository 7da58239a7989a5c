"""The foot of a sheet: source, remarks, label and note on the left; maker, date, number right."""

from __future__ import annotations

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

RIGHT_SHARE: Final = 0.4
"""Width of the foot that the fields on the right may take."""

MM_PER_POINT: Final = 25.4 / 72


def draw_foot(
    figure: Figure, settings: PrintSettings, box: Box, *, remarks: Sequence[str], label: str
) -> None:
    """
    Write the foot; its two sides never meet.

    Parameters
    ----------
    figure
        Its axes are in mm of the sheet.
    settings
        Source, maker, date, number and note.
    box
        Where it stands.
    remarks
        Sentences for the second line: cut first where there is no room.
    label
        Sentence that must stand on every export: with the note it is never cut.
    """
    times = settings.enlarged
    taken = _right_fields(figure, settings, box, times=times)
    room = box.width - taken - (4.0 * times if taken else 0.0)
    must = "；".join(each for each in (label, settings.note) if each)
    texts = [
        f"资料来源：{settings.source}" if settings.source else "",
        "；".join(each for each in remarks if each),
        must,
    ]
    lines, size = _lines([printable(each) for each in texts], room, box.height / times, times)
    for at, said in enumerate(lines):
        y = box.top - (at + 0.5) * size * MM_PER_POINT * LINE - 0.6 * times
        sheet_text(figure, box.left, y, said, size=size, va="center_baseline")


def _right_fields(figure: Figure, settings: PrintSettings, box: Box, *, times: float) -> float:
    """Write maker, date and number below each other; the width that they take, mm."""
    fields = (
        ("制图单位", settings.maker), ("制图日期", settings.made_on), ("审图号", settings.approval),
    )  # fmt: skip
    said = [printable(f"{name}：{value}") for name, value in fields if value]
    size, taken = SIZES_PT[0] * times, 0.0
    for at, each in enumerate(said):
        line, small = fitted(
            each, room_mm=box.width * RIGHT_SHARE, size_pt=size, smallest_pt=SIZES_PT[-1] * times
        )
        y = box.top - (at + 0.5) * size * MM_PER_POINT * LINE - 0.6 * times
        sheet_text(figure, box.right, y, line, size=small, ha="right", va="center_baseline")
        taken = max(taken, width_mm(line, small))
    return taken


def _lines(
    texts: Sequence[str], room_mm: float, height_mm: float, times: float
) -> tuple[list[str], float]:
    """All lines at the largest size at which they fit; the first texts are cut if need be."""
    for each in SIZES_PT:
        size = each * times
        lines = [line for text in texts for line in wrapped(text, room_mm=room_mm, size_pt=size)]
        most = int(height_mm // (each * MM_PER_POINT * LINE))
        if len(lines) <= most:
            return lines, size
    must = wrapped(texts[-1], room_mm=room_mm, size_pt=size)
    kept = [cut(text, room_mm=room_mm, size_pt=size) for text in texts[:-1] if text]
    return [*kept[: max(most - len(must), 0)], *must], size
