"""Blocks put into a Word document: paragraphs, numbered tables and pictures, table of contents.

Numbers of tables and pictures are SEQ fields with their value beside, so they are right at once
and stay right when an office moves a section.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm
from docx.text.paragraph import Paragraph

from reports.word import looks
from reports.word.blocks import Figure, Heading, Table, Text, word_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docx.document import Document as WordDocument
    from docx.oxml.xmlchemy import BaseOxmlElement

    from reports.word.blocks import Block

CAPTION_MM: Final = 16.0
"""What a picture leaves of the page for its caption and the space around both."""

_LONG_WORD: Final = re.compile(r"[A-Za-z]{5,}")
"""In names of files and places, which break at no line's end: justified, a line would gape."""

TWIPS_PER_MM: Final = 1440 / 25.4

_FIGURE: Final = "_Ref_figure_"
"""Begins the names of the bookmarks of figures; Word lists none that begins so."""

_CELL_MARGIN_TWIPS: Final = 60
_LINE_MARGIN_TWIPS: Final = 10
_HEAD_FILL: Final = "E8EDF3"
_SIDES: Final = {"l": "left", "c": "center", "r": "right"}
_LEVELS: Final = re.compile(r"heading ([12])", re.IGNORECASE)


@dataclass
class Setter:
    """
    Puts blocks into one document, counting its tables and pictures.

    Parameters
    ----------
    document
        Changed in place.
    width_mm, height_mm
        Between its margins.
    """

    document: WordDocument
    width_mm: float = looks.TEXT_WIDTH_MM
    height_mm: float = looks.TEXT_HEIGHT_MM
    numbers: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"表": 0, "图": 0})

    def expect(self, blocks: Iterable[Block]) -> None:
        """
        Number the figures to come, so that text can point to one further on.

        Parameters
        ----------
        blocks
            In the order of the document.
        """
        for block in blocks:
            if isinstance(block, Figure):
                self.numbers.setdefault(block.caption, len(self.numbers) + 1)

    def put(self, blocks: Iterable[Block], place: Paragraph) -> None:
        """
        Blocks in the place of a paragraph, which goes.

        Parameters
        ----------
        blocks
            In order.
        place
            A paragraph of the document's body.
        """
        for block in blocks:
            match block:
                case Heading():
                    self._paragraph(place, block.text, looks.SUBSECTION)
                case Text():
                    self._text(place, block)
                case Table():
                    self._caption(place, "表", block.caption, looks.TABLE_CAPTION)
                    place._p.addprevious(self._table(block))  # noqa: SLF001 - the only way in
                    self._paragraph(place, "", looks.NOTE)
                case Figure():
                    self._picture(place, block)
                    line = self._caption(place, "图", block.caption, looks.PICTURE_CAPTION)
                    if self.numbers.get(block.caption) == self.counts["图"]:
                        _bookmark(line, self.counts["图"])
        place._p.getparent().remove(place._p)  # noqa: SLF001

    def contents(self, place: Paragraph) -> None:
        """
        A table of contents in the place of a paragraph; Word fills in the pages on opening.

        Parameters
        ----------
        place
            A paragraph of the document's body.
        """
        listed = _numbered(self.document)
        for at, (level, text) in enumerate(listed or [(1, "")]):
            line = self._paragraph(place, "", f"toc {level}")
            if at == 0:
                _field_begins(line, r'TOC \o "1-2" \h \z \u')
            line._p.append(_run(text))  # noqa: SLF001
            if at == max(len(listed), 1) - 1:
                _field_ends(line)
        place._p.getparent().remove(place._p)  # noqa: SLF001

    def _paragraph(self, place: Paragraph, text: str, style: str) -> Paragraph:
        element = OxmlElement("w:p")
        place._p.addprevious(element)  # noqa: SLF001
        paragraph = Paragraph(element, place._parent)  # noqa: SLF001
        paragraph.style = self.document.styles[style]
        if text:
            element.append(_run(word_text(text)))
        return paragraph

    def _text(self, place: Paragraph, block: Text) -> None:
        style = looks.NOTE if block.kind == "note" else looks.BODY
        line = self._paragraph(place, block.text, style)
        if _LONG_WORD.search(block.text):
            line.alignment = WD_ALIGN_PARAGRAPH.LEFT
        if block.figure:
            number = self.numbers[block.figure]
            _field_begins(line, rf"REF {_FIGURE}{number} \h")
            line._p.append(_run(f"图{number}"))  # noqa: SLF001
            _field_ends(line)
            line._p.append(_run("。"))  # noqa: SLF001

    def _caption(self, place: Paragraph, what: str, text: str, style: str) -> Paragraph:
        self.counts[what] += 1
        line = self._paragraph(place, what, style)
        _field_begins(line, rf"SEQ {what} \* ARABIC")
        line._p.append(_run(str(self.counts[what])))  # noqa: SLF001
        _field_ends(line)
        line._p.append(_run(f"　{word_text(text)}"))  # noqa: SLF001
        return line

    def _picture(self, place: Paragraph, figure: Figure) -> None:
        line = self._paragraph(place, "", looks.PICTURE)
        shape = line.add_run().add_picture(io.BytesIO(figure.picture))
        # At its own size, so that the scale printed on a map is true; smaller where it must be.
        room = (
            Mm(self.width_mm) / shape.width,
            Mm(max(self.height_mm - CAPTION_MM, CAPTION_MM)) / shape.height,
        )
        times = min(*room, 1.0)
        shape.width, shape.height = Emu(int(shape.width * times)), Emu(int(shape.height * times))
        about = shape._inline.docPr  # noqa: SLF001 - python-docx has no alternative text
        about.set("name", f"图{self.counts['图'] + 1}")
        about.set("descr", word_text(figure.caption))

    def _table(self, table: Table) -> BaseOxmlElement:
        total = round(self.width_mm * TWIPS_PER_MM)
        widths = [round(total * each / sum(table.widths)) for each in table.widths]
        element = OxmlElement("w:tbl")
        element.append(_table_properties(total))
        grid = OxmlElement("w:tblGrid")
        for width in widths:
            grid.append(_made("w:gridCol", w=width))
        element.append(grid)
        ids = [self.document.styles[name].style_id for name in (looks.TABLE_HEAD, looks.TABLE_TEXT)]
        element.append(_row(table.heads, widths, "c" * len(widths), ids[0], is_head=True))
        for cells in table.rows:
            element.append(_row(cells, widths, table.align, ids[1]))
        return element


def _numbered(document: WordDocument) -> list[tuple[int, str]]:
    """Level and text of the headings in the body, with the numbers that their style gives them."""
    counts = [0, 0]
    found = []
    for paragraph in document.paragraphs:
        style = paragraph.style
        text = paragraph.text.strip()
        if style is None or not text:
            continue
        if style.name == looks.APPENDIX:
            found.append((1, text))
        elif match := _LEVELS.fullmatch(style.name or ""):
            level = int(match[1])
            counts[level - 1] += 1
            counts[level:] = [0] * (2 - level)
            has_number = style.element.find(f".//{qn('w:numPr')}") is not None
            number = chinese_number(counts[level - 1]) if has_number else ""
            shown = f"{number}、" if level == 1 else f"（{number}）"
            found.append((level, f"{shown if number else ''}{text}"))
    return found


def chinese_number(number: int) -> str:
    """
    A number below a hundred in Chinese.

    Examples
    --------
    >>> [chinese_number(one) for one in (1, 10, 12, 20, 35)]
    ['一', '十', '十二', '二十', '三十五']
    """
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not tens:
        return digits[ones]
    return f"{digits[tens] if tens > 1 else ''}十{digits[ones] if ones else ''}"


def _run(text: str) -> BaseOxmlElement:
    run = OxmlElement("w:r")
    properties = OxmlElement("w:rPr")
    properties.append(_made("w:rFonts", hint="eastAsia"))
    run.append(properties)
    content = OxmlElement("w:t")
    content.text = text
    content.set(qn("xml:space"), "preserve")
    run.append(content)
    return run


def _field_begins(paragraph: Paragraph, instruction: str) -> None:
    for kind in ("begin", None, "separate"):
        run = OxmlElement("w:r")
        if kind:
            run.append(_made("w:fldChar", fldCharType=kind))
        else:
            code = OxmlElement("w:instrText")
            code.text = f" {instruction} "
            code.set(qn("xml:space"), "preserve")
            run.append(code)
        paragraph._p.append(run)  # noqa: SLF001


def _field_ends(paragraph: Paragraph) -> None:
    run = OxmlElement("w:r")
    run.append(_made("w:fldChar", fldCharType="end"))
    paragraph._p.append(run)  # noqa: SLF001


def _bookmark(caption: Paragraph, number: int) -> None:
    """Mark 图3 of a caption, without its text, for what points to it."""
    line = caption._p  # noqa: SLF001
    runs = line.findall(qn("w:r"))
    # Behind the style, which comes first; and before the text, which is the last run.
    runs[0].addprevious(_made("w:bookmarkStart", id=number, name=f"{_FIGURE}{number}"))
    runs[-1].addprevious(_made("w:bookmarkEnd", id=number))


def page_number(paragraph: Paragraph) -> None:
    """The number of the page as a public document has it: — 1 —."""
    paragraph._p.append(_run("— "))  # noqa: SLF001
    _field_begins(paragraph, "PAGE")
    paragraph._p.append(_run("1"))  # noqa: SLF001
    _field_ends(paragraph)
    paragraph._p.append(_run(" —"))  # noqa: SLF001


def _made(tag: str, **attributes: object) -> BaseOxmlElement:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), str(value))
    return element


def _table_properties(total: int) -> BaseOxmlElement:
    properties = OxmlElement("w:tblPr")
    properties.append(_made("w:tblW", w=total, type="dxa"))
    properties.append(_made("w:jc", val="center"))
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(_made(f"w:{side}", val="single", sz=4, space=0, color="000000"))
    properties.append(borders)
    properties.append(_made("w:tblLayout", type="fixed"))
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "left", "bottom", "right"):
        width = _CELL_MARGIN_TWIPS if side in ("left", "right") else _LINE_MARGIN_TWIPS
        margins.append(_made(f"w:{side}", w=width, type="dxa"))
    properties.append(margins)
    return properties


def _row(
    cells: Sequence[str],
    widths: Sequence[int],
    align: str,
    style_id: str,
    *,
    is_head: bool = False,
) -> BaseOxmlElement:
    row = OxmlElement("w:tr")
    properties = OxmlElement("w:trPr")
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))
    row.append(properties)
    for text, width, side in zip(cells, widths, align, strict=True):
        cell = OxmlElement("w:tc")
        about = OxmlElement("w:tcPr")
        about.append(_made("w:tcW", w=width, type="dxa"))
        if is_head:
            about.append(_made("w:shd", val="clear", color="auto", fill=_HEAD_FILL))
        about.append(_made("w:vAlign", val="center"))
        cell.append(about)
        paragraph = OxmlElement("w:p")
        shape = OxmlElement("w:pPr")
        shape.append(_made("w:pStyle", val=style_id))
        shape.append(_made("w:jc", val=_SIDES[side]))
        paragraph.append(shape)
        if shown := word_text(text):
            paragraph.append(_run(shown))
        cell.append(paragraph)
        row.append(cell)
    return row
