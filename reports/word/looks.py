"""How the document looks: the form of a public document (GB/T 9704-2012), Chinese fonts everywhere.

Fonts are said in the styles and not on every run, so that an office's template can have its own;
a run says only that quotation marks and dashes in it are Chinese (`w:hint`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docx.document import Document as WordDocument
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.styles.style import ParagraphStyle

SONG: Final = "方正小标宋简体"
FANG: Final = "仿宋"
HEI: Final = "黑体"
KAI: Final = "楷体"
LATIN: Final = "Times New Roman"

STAND_INS: Final[Mapping[str, str]] = {
    SONG: HEI,
    FANG: "仿宋_GB2312",
    KAI: "楷体_GB2312",
    HEI: "SimHei",
}
"""Font that Word takes where the first is not installed (`w:altName` of the font table)."""

SANHAO: Final = 16.0
"""三号, points: text and headings of a public document."""

LINE_PT: Final = 28.8
"""Points from line to line: 22 lines on the 225 mm of a page."""

MARGINS_MM: Final = {"top": 37, "bottom": 35, "left": 28, "right": 26}
"""GB/T 9704-2012, 5.2: the text is 156 by 225 mm on A4."""

TEXT_WIDTH_MM: Final = 156.0
TEXT_HEIGHT_MM: Final = 225.0


@dataclass(frozen=True)
class Look:
    """
    A paragraph style.

    Parameters
    ----------
    font
        East-Asian font.
    size
        Points.
    line
        Points from line to line, exactly; 0 for single spacing, which pictures need.
    align
        "left", "center", "right" or "justify".
    indent
        Characters of the first line.
    outline
        Level in the table of contents, 0 first; None for none.
    together
        Whether it stays on the page of what follows.
    space
        Points before and after.
    bold
        Whether it is.
    """

    font: str = FANG
    size: float = SANHAO
    line: float = LINE_PT
    align: str = "justify"
    indent: int = 0
    outline: int | None = None
    together: bool = False
    space: tuple[float, float] = (0, 0)
    bold: bool = False


BODY: Final = "报告正文"
NOTE: Final = "报告附注"
TABLE_CAPTION: Final = "报告表题"
TABLE_TEXT: Final = "报告表格文字"
TABLE_HEAD: Final = "报告表头"
PICTURE: Final = "报告图"
PICTURE_CAPTION: Final = "报告图题"
APPENDIX: Final = "报告附录标题"
CONTENTS_TITLE: Final = "报告目录标题"
SECRECY: Final = "报告密级"

SECTION: Final = "Heading 1"
SUBSECTION: Final = "Heading 2"

LOOKS: Final[Mapping[str, Look]] = {
    "Title": Look(SONG, 22, 36, "center", space=(36, 28.8)),
    "Subtitle": Look(KAI, SANHAO, align="center"),
    SECTION: Look(HEI, indent=2, outline=0, together=True, space=(10, 0)),
    SUBSECTION: Look(KAI, indent=2, outline=1, together=True),
    BODY: Look(indent=2),
    NOTE: Look(size=10.5, line=16, space=(2, 10)),
    TABLE_CAPTION: Look(HEI, 12, 20, "center", together=True, space=(8, 4)),
    TABLE_TEXT: Look(size=10.5, line=0, align="left"),
    TABLE_HEAD: Look(HEI, 10.5, 0, "center", together=True),
    PICTURE: Look(line=0, align="center", together=True, space=(8, 0)),
    PICTURE_CAPTION: Look(HEI, 12, 20, "center", space=(4, 10)),
    APPENDIX: Look(HEI, outline=0, together=True, space=(10, 0)),
    CONTENTS_TITLE: Look(HEI, align="center", together=True, space=(0, 10)),
    SECRECY: Look(HEI, align="left"),
    "toc 1": Look(size=14, line=20, align="left"),
    "toc 2": Look(size=14, line=20, align="left", indent=2),
    "Header": Look(size=9, line=0, align="center"),
    "Footer": Look("宋体", 14, 0, "left"),
}
"""Every style that the report uses."""

_SIDES: Final = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}


def add_styles(document: WordDocument) -> None:
    """
    Give a document the report's styles that it does not have; its own stay as they are.

    Parameters
    ----------
    document
        Changed in place.
    """
    known = {style.name for style in document.styles}
    for name, look in LOOKS.items():
        if name not in known:
            style = document.styles.add_style(
                name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("toc ")
            )
            set_style(style, look)


def set_style(style: ParagraphStyle, look: Look) -> None:
    """Make a paragraph style look so, whatever it was before."""
    element = style.element
    for name in ("w:rPr", "w:pPr", "w:link"):
        for old in element.findall(qn(name)):
            element.remove(old)
    style.quick_style = True
    style.font.size = Pt(look.size)
    style.font.bold = look.bold
    style.font.color.rgb = RGBColor(0, 0, 0)
    set_fonts(element.get_or_add_rPr(), look.font)
    shape = style.paragraph_format
    shape.alignment = _SIDES[look.align]
    shape.keep_with_next = look.together
    shape.widow_control = True
    shape.space_before, shape.space_after = (Pt(each) for each in look.space)
    if look.line:
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(look.line)
    else:
        shape.line_spacing = 1.0
    if look.indent:
        indent = OxmlElement("w:ind")
        indent.set(qn("w:firstLineChars"), str(look.indent * 100))
        indent.set(qn("w:firstLine"), str(int(look.indent * look.size * 20)))
        element.pPr.insert_element_before(
            indent, "w:contextualSpacing", "w:jc", "w:textAlignment", "w:outlineLvl"
        )
    if look.outline is not None:
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(look.outline))
        element.pPr.append(level)


def set_fonts(properties: BaseOxmlElement, font: str) -> None:
    """Chinese and Latin font of a `w:rPr`, in place of what a theme says."""
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    fonts = OxmlElement("w:rFonts")
    for name, value in (
        ("hint", "eastAsia"), ("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", font),
        ("cs", LATIN),
    ):  # fmt: skip
        fonts.set(qn(f"w:{name}"), value)
    properties.insert(0, fonts)
