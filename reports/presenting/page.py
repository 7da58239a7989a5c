"""Pages of a presentation: boxes whose text never runs out of them, pictures with their aspect.

PowerPoint shrinks nothing by itself when a file is opened. So sizes are chosen here, widths guessed
from above, and what does not fit at the smallest size ends in an ellipsis.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from reports.presenting.widths import cut, wrapped
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pptx.presentation import Presentation as Show
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide
    from pptx.table import _Cell
    from pptx.text.text import TextFrame, _Run

WIDTH_IN: Final = 40 / 3
HEIGHT_IN: Final = 7.5
"""16:9, as PowerPoint makes it."""

FONT: Final = "微软雅黑"
INK: Final = "#2b3642"
FAINT: Final = "#5c6770"
HEAD_FILL: Final = "#D9E2EC"
WHITE: Final = "#ffffff"

_LINE: Final = 1.25
_POINTS_PER_INCH: Final = 72.0
_INSET_IN: Final = 0.05
_CELL_INSET_IN: Final = 0.06
_LONGEST: Final = 600
_BLANK_LAYOUT: Final = 6


@dataclass(frozen=True)
class Place:
    """A rectangle on a page, inches from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Words:
    """
    How a text looks.

    Parameters
    ----------
    size_pt, smallest_pt
        Size that is wished for, and the one below which text is cut.
    colour
        "#rrggbb".
    bold
        Whether it is bold.
    middle
        Whether it stands in the middle of its box, both ways.
    """

    size_pt: float = 16.0
    smallest_pt: float = 9.0
    colour: str = INK
    bold: bool = False
    middle: bool = False


PLAIN: Final = Words()


def slide_text(text: object) -> str:
    """One line of text that a page can hold, markup and formulas as they stand."""
    return plain_text(text, limit=_LONGEST)


def new_page(show: Show) -> Slide:
    """A page without placeholders."""
    return show.slides.add_slide(show.slide_layouts[_BLANK_LAYOUT])


def fitted(
    lines: Sequence[str], *, room: tuple[float, float], words: Words
) -> tuple[list[str], float]:
    """
    Paragraphs and the size at which they fit into a box; what does not is cut.

    Parameters
    ----------
    lines
        A paragraph each.
    room
        Width and height, inches.
    words
        Sizes to choose from.

    Returns
    -------
    lines
        Those that fit; the last one ends in an ellipsis where something is missing.
    size_pt
        At most `words.size_pt`.
    """
    width_pt, height_pt = (side * _POINTS_PER_INCH for side in room)
    shown = [slide_text(line) for line in lines]
    size = words.size_pt
    while True:
        broken = [wrapped(line, width_pt / size) for line in shown]
        most = max(int(height_pt // (size * _LINE)), 1)
        if sum(len(each) for each in broken) <= most:
            return shown, size
        if size <= words.smallest_pt:
            break
        size = max(size - 1, words.smallest_pt)
    kept: list[str] = []
    for each in broken:
        if most <= 0:
            break
        # the rest is longer than its line, so that it is cut with an ellipsis
        rest = cut("".join(each[most - 1 :]), width_pt / size)
        kept.append("".join([*each[: most - 1], rest]) if len(each) > most else "".join(each))
        most -= len(each)
    if len(kept) < len(shown) and kept and not kept[-1].endswith("…"):
        kept[-1] = f"{kept[-1][:-1]}…"
    return kept, size


def add_text(
    page: Slide, place: Place, lines: Sequence[str], words: Words = PLAIN, *, fill: str = ""
) -> BaseShape:
    """
    A box of text that stays inside it.

    Parameters
    ----------
    page
        Changed in place.
    place
        Of the box.
    lines
        A paragraph each.
    words
        How they look.
    fill
        "#rrggbb" of the box; "" for none.
    """
    box = page.shapes.add_textbox(*_emu(place))
    if fill:
        box.fill.solid()
        box.fill.fore_color.rgb = _rgb(fill)
    frame = box.text_frame
    _settle(frame, _INSET_IN)
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE if words.middle else MSO_ANCHOR.TOP
    room = (place.width - 2 * _INSET_IN, place.height - 2 * _INSET_IN)
    shown, size = fitted(lines, room=room, words=words)
    for number, line in enumerate(shown):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if words.middle else PP_ALIGN.LEFT
        # a fixed height, because fonts differ in theirs
        paragraph.line_spacing = Pt(size * _LINE)
        _letter(paragraph.add_run(), line, size, words)
    return box


def add_table(
    page: Slide,
    place: Place,
    rows: Sequence[Sequence[str]],
    *,
    widths: Sequence[float],
    size_pt: float = 12.0,
    fills: Sequence[Sequence[str]] = (),
    align: Sequence[str] = (),
) -> int:
    """
    A table whose first row is its head; every cell is one line, cut where it is too long.

    Parameters
    ----------
    page
        Changed in place.
    place
        What it may take; rows that have no room are left out.
    rows
        Shape (n, k), the head first.
    widths
        Shape (k,), shares of the width.
    size_pt
        Of the font.
    fills
        Shape (n, k) or less: "#rrggbb" of cells, "" for white.
    align
        Shape (k,) or less: "right" of columns of numbers; others are left.

    Returns
    -------
    rows
        Rows below the head that were written.
    """
    high_in = size_pt * 1.9 / _POINTS_PER_INCH
    count = min(len(rows), max(int(place.height / high_in), 1))
    if count < 1:
        return 0
    whole = Place(place.left, place.top, place.width, high_in * count)
    table = page.shapes.add_table(count, len(widths), *_emu(whole)).table
    total = sum(widths)
    for at, share in enumerate(widths):
        table.columns[at].width = Inches(place.width * share / total)
    for number in range(count):
        table.rows[number].height = Inches(high_in)
        for at, text in enumerate(rows[number]):
            fill = HEAD_FILL if number == 0 else WHITE
            if number < len(fills) and fills[number][at]:
                fill = fills[number][at]
            wide_in = place.width * widths[at] / total - 2 * _CELL_INSET_IN
            shown = cut(slide_text(text), wide_in * _POINTS_PER_INCH / size_pt)
            cell = table.cell(number, at)
            _fill_cell(cell, shown, fill, size_pt, bold=number == 0)
            if at < len(align) and align[at] == "right":
                cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    return count - 1


def add_picture(page: Slide, place: Place, content: bytes) -> None:
    """
    A picture as large as its place allows, in the middle, its aspect kept.

    Parameters
    ----------
    page
        Changed in place.
    place
        What it may take.
    content
        PNG.
    """
    picture = page.shapes.add_picture(io.BytesIO(content), 0, 0)
    left, top, width, height = _emu(place)
    times = min(width / picture.width, height / picture.height)
    picture.width, picture.height = round(picture.width * times), round(picture.height * times)
    picture.left = Emu(left + (width - picture.width) // 2)
    picture.top = Emu(top + (height - picture.height) // 2)


def _fill_cell(cell: _Cell, text: str, fill: str, size_pt: float, *, bold: bool) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = _rgb(fill)
    cell.margin_left = cell.margin_right = Inches(_CELL_INSET_IN)
    cell.margin_top = cell.margin_bottom = Inches(0.02)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.text_frame.word_wrap = False
    run = cell.text_frame.paragraphs[0].add_run()
    _letter(run, text, size_pt, Words(bold=bold))


def _letter(run: _Run, text: str, size_pt: float, words: Words) -> None:
    """Text with its font, also for Chinese characters: without `ea` the machine chooses one."""
    run.text = text
    font = run.font
    font.size, font.bold = Pt(size_pt), words.bold
    font.color.rgb = _rgb(words.colour)
    font.name = FONT
    properties = run._r.get_or_add_rPr()  # noqa: SLF001 - python-pptx has no door to it
    properties.set("lang", "zh-CN")
    latin = properties.find(qn("a:latin"))
    east = latin.makeelement(qn("a:ea"), {"typeface": FONT})
    latin.addnext(east)


def _settle(frame: TextFrame, inset_in: float) -> None:
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = Inches(inset_in)
    frame.margin_top = frame.margin_bottom = Inches(inset_in)


def _emu(place: Place) -> tuple[Emu, Emu, Emu, Emu]:
    return Inches(place.left), Inches(place.top), Inches(place.width), Inches(place.height)


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:].upper())
