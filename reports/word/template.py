"""The shipped template, made by code: a public document with the report's fields.

No binary stands in the repository for it, so that it can be read, compared and changed as any
other source; an office that wants its own begins from `template_bytes`.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm

from reports.same_bytes import same_bytes
from reports.word import looks
from reports.word.setting import page_number

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.section import Section

PARTS: Final = (
    ("编制目的", "编制目的"),
    ("范围与数据", "范围与数据"),
    ("核算方法", "核算方法"),
    ("覆盖情况", "覆盖情况"),
    ("缺口清单", "缺口清单"),
    ("规划指标核算", "指标核算"),
    ("选址建议", "选址建议"),
    ("情景比较", "情景比较"),
    ("局限与误差范围", "局限与误差"),
    ("豁免清单", "豁免清单"),
)
"""Headings of the sections, numbered 一、二、…, and their fields; one without content goes."""

APPENDICES: Final = (
    ("附录1　数据来源", "数据来源"),
    ("附录2　参数设置", "参数设置"),
    ("附录3　输入文件校验", "文件校验"),
)

_KEPT: Final = {"Normal", "Default Paragraph Font", "Normal Table", "No List", *looks.LOOKS}
_NUMBERS: Final = (("chineseCountingThousand", "%1、"), ("chineseCountingThousand", "（%2）"))
_NUMBERED: Final = (looks.SECTION, looks.SUBSECTION)


@functools.cache
def template_bytes() -> bytes:
    """The shipped template as a .docx; the same bytes every time."""
    document = Document()
    _plain_styles(document)
    looks.add_styles(document)
    for name, look in looks.LOOKS.items():
        looks.set_style(document.styles[name], look)
    _number_headings(document)
    _stand_in_fonts(document)
    _page(document.sections[0])
    _settings(document)
    _text(document)
    _bare_package(document)
    content = io.BytesIO()
    document.save(content)
    return same_bytes(content.getvalue())


def _plain_styles(document: WordDocument) -> None:
    """Away with what the library's own template brings: themes, tables in colours, lists."""
    styles = document.styles
    for style in list(styles):
        if style.name not in _KEPT:
            style.element.getparent().remove(style.element)
    defaults = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    looks.set_fonts(defaults, looks.FANG)
    for language in defaults.findall(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    normal = styles["Normal"]
    looks.set_style(normal, looks.Look())
    for style in styles:
        if style.element.rPr is not None or style.name in ("Normal", *looks.LOOKS):
            looks.set_fonts(style.element.get_or_add_rPr(), looks.FANG)


def _number_headings(document: WordDocument) -> None:
    """一、 and （一） by the styles of the headings, so that a section left out leaves no hole."""
    numbering = document.part.numbering_part.element
    for old in list(numbering):
        numbering.remove(old)
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:pStyle w:val="{document.styles[_NUMBERED[at]].style_id}"/><w:suff w:val="nothing"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl>'
        for at, (form, text) in enumerate(_NUMBERS)
    )
    numbering.append(
        parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="0">'
            f'<w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        )
    )
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="1"><w:abstractNumId w:val="0"/></w:num>')
    )
    for at, name in enumerate(_NUMBERED):
        number = parse_xml(
            f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{at}"/><w:numId w:val="1"/></w:numPr>'
        )
        shape = document.styles[name].element.get_or_add_pPr()
        shape.insert_element_before(
            number, "w:suppressLineNumbers", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
        )


def _stand_in_fonts(document: WordDocument) -> None:
    """What Word takes where 小标宋 is not installed."""
    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/></w:font>'
        for name, other in looks.STAND_INS.items()
    )
    xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>'
    part._blob = f"{xml}{fonts}</w:fonts>".encode()  # noqa: SLF001 - an opaque part of python-docx


def _page(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, width in looks.MARGINS_MM.items():
        setattr(section, f"{side}_margin", Mm(width))
    section.header_distance, section.footer_distance = Mm(20), Mm(26)
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        header.paragraphs[0].text = "{{ 数据说明 }}"
        header.paragraphs[0].style = "Header"
    sides = (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer,
         WD_ALIGN_PARAGRAPH.LEFT),
    )  # fmt: skip
    for footer, side in sides:
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.style = "Footer"
        line.alignment = side
        line.paragraph_format.left_indent = line.paragraph_format.right_indent = Mm(5)
        page_number(line)


def _settings(document: WordDocument) -> None:
    document.settings.odd_and_even_pages_header_footer = True
    update = OxmlElement("w:updateFields")
    update.set(qn("w:val"), "true")
    document.settings.element.insert_element_before(
        update, "w:hdrShapeDefaults", "w:footnotePr", "w:endnotePr", "w:compat", "w:rsids",
        "w:mathPr", "w:themeFontLang", "w:clrSchemeMapping", "w:shapeDefaults",
        "w:decimalSymbol", "w:listSeparator",
    )  # fmt: skip


def _text(document: WordDocument) -> None:
    def add(text: str, style: str = looks.BODY, **form: Any) -> None:  # noqa: ANN401
        paragraph = document.add_paragraph(text, style)
        for name, value in form.items():
            setattr(paragraph.paragraph_format, name, value)

    add("{%p if 密级 %}")
    add("{{ 密级 }}", looks.SECRECY)
    add("{%p endif %}")
    add("{{ 报告标题 }}", "Title")
    for name in ("编制单位", "编制日期"):
        add(f"{{%p if {name} %}}")
        add(f"{{{{ {name} }}}}", "Subtitle")
        add("{%p endif %}")
    add("目　　录", looks.CONTENTS_TITLE, page_break_before=True)
    add("{{ 目录 }}")
    for at, (title, name) in enumerate(PARTS):
        add(f"{{%p if {name} %}}")
        add(title, looks.SECTION, page_break_before=True if at == 0 else None)
        add(f"{{{{ {name} }}}}")
        add("{%p endif %}")
    for at, (title, name) in enumerate(APPENDICES):
        add(f"{{%p if {name} %}}")
        add(title, looks.APPENDIX, page_break_before=True if at == 0 else None)
        add(f"{{{{ {name} }}}}")
        add("{%p endif %}")
    for run in (run for paragraph in document.paragraphs for run in paragraph.runs):
        fonts = run._r.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001
        fonts.set(qn("w:hint"), "eastAsia")


def _bare_package(document: WordDocument) -> None:
    """Without the picture of the library's own template, and without its author."""
    package = document.part.package
    for name, relation in list(package.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            package.rels.pop(name)
    about = document.core_properties
    about.author = about.comments = about.last_modified_by = about.keywords = about.title = ""
