"""The report as a Word document: the sections of `reports.word` set into a template.

Words are filled in by docxtpl, in a sandbox and escaped. Sections are built with python-docx in
the place of their fields, after Jinja is done, so that nothing in a name is ever read as code.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from docxtpl import DocxTemplate
from jinja2 import TemplateError

from reports.layer_files import safe_file_name
from reports.same_bytes import same_bytes, set_properties
from reports.word.about_parts import data_blocks, limit_blocks, method_blocks, purpose_blocks
from reports.word.appendix_parts import hash_blocks, setting_blocks, source_blocks
from reports.word.blocks import word_text
from reports.word.coverage_parts import coverage_blocks, gap_blocks
from reports.word.fields import PART_FIELDS, TEXT_FIELDS
from reports.word.looks import TEXT_HEIGHT_MM, TEXT_WIDTH_MM, add_styles
from reports.word.own_template import READS_BROKEN, broken, environment, own_template
from reports.word.scenario_parts import scenario_blocks
from reports.word.setting import Setter
from reports.word.siting_parts import siting_blocks
from reports.word.target_parts import target_blocks, waived_blocks
from reports.word.template import template_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from docx.document import Document as WordDocument

    from reports.report_content import ReportContent
    from reports.word.blocks import Block

CONTENTS: Final = "目录"

PARTS: Final[Mapping[str, Callable[[ReportContent, Mapping[str, bytes]], list[Block]]]] = {
    "编制目的": purpose_blocks,
    "范围与数据": data_blocks,
    "核算方法": method_blocks,
    "覆盖情况": coverage_blocks,
    "缺口清单": gap_blocks,
    "指标核算": target_blocks,
    "选址建议": siting_blocks,
    "情景比较": scenario_blocks,
    "局限与误差": limit_blocks,
    "豁免清单": waived_blocks,
    "数据来源": source_blocks,
    "参数设置": setting_blocks,
    "文件校验": hash_blocks,
}
"""What writes each field of `PART_FIELDS`, the table of contents apart."""

_PROPERTIES: Final = ("author", "comments", "identifier", "language", "subject", "title")
_MM_PER_EMU: Final = 1 / 36_000


def word_files(content: ReportContent, pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """
    The report as a Word document.

    Parameters
    ----------
    content
        What the report is written from.
    pictures
        PNG by `PrintMap.stem` (`reports.report_drawing.pictures`); a map that is not among them
        is left out.

    Returns
    -------
    files
        One .docx; the same content gives the same bytes.

    Raises
    ------
    SourceError
        If the office's own template, or an input file, cannot be used.
    """
    path = content.settings.template
    template = template_bytes() if path is None else own_template(path)
    blocks = {name: write(content, pictures) for name, write in PARTS.items()}
    words = text_fields(content)
    marks = _marks(blocks, words)
    document = _rendered(template, words | marks, path=path or Path("模板"))
    add_styles(document)
    _fill(document, blocks, marks)
    set_properties(document, title=words["报告标题"], maker=word_text(content.settings.maker))
    packed = io.BytesIO()
    document.save(packed)
    return {f"{safe_file_name(content.name)}_评估报告.docx": same_bytes(packed.getvalue())}


def text_fields(content: ReportContent) -> dict[str, str]:
    """
    What stands for each field of `TEXT_FIELDS`; "" where nothing is known.

    Parameters
    ----------
    content
        What the report is written from.
    """
    layers, settings = content.assessment.layers, content.settings
    scenario = content.scenario
    words = {
        "报告标题": f"{layers.name}公共服务设施服务圈覆盖评估报告",
        "项目名称": layers.name,
        "数据说明": layers.label,
        "密级": settings.printing.secrecy,
        "编制单位": settings.maker,
        "编制日期": settings.made_on,
        "数据时点": settings.data_date,
        "用图说明": settings.printing.note,
        "核算年份": "" if content.judged is None else str(content.year),
        "规划名称": "".join(f"《{plan.title}》" for plan in content.plans),
        "情景名称": "" if scenario is None else scenario.name,
        "行政单元数": f"{len(layers.zones):,}",
        "村社区数": f"{len(content.assessment.demand):,}",
        "设施数": f"{len(content.assessment.facilities):,}",
    }
    return {name: word_text(words[name]) for name in TEXT_FIELDS}


def _marks(blocks: Mapping[str, list[Block]], words: Mapping[str, str]) -> dict[str, str]:
    """What Jinja puts in the place of a section: in no word, and "" for a section without any."""
    end = "⟧"
    while any(end in word for word in words.values()):
        end += "⟧"
    marks = {name: f"⟦{name}{end}" if found else "" for name, found in blocks.items()}
    return {CONTENTS: f"⟦{CONTENTS}{end}", **marks}


def _rendered(template: bytes, fields: Mapping[str, str], *, path: Path) -> WordDocument:
    filled = DocxTemplate(io.BytesIO(template))
    try:
        filled.init_docx()
        for name in _PROPERTIES:  # docxtpl runs Jinja on what an office wrote there, too
            setattr(filled.docx.core_properties, name, "")
        filled.render(dict(fields), jinja_env=environment(), autoescape=True)
    except (*READS_BROKEN, TemplateError) as error:
        raise broken(path) from error
    return filled.docx


def _fill(
    document: WordDocument, blocks: Mapping[str, list[Block]], marks: Mapping[str, str]
) -> None:
    """Put the sections where their marks stand, in the order of the document."""
    by_mark = {mark: name for name, mark in marks.items() if mark}
    found = [
        (paragraph, by_mark[paragraph.text.strip()])
        for paragraph in document.paragraphs
        if paragraph.text.strip() in by_mark
    ]
    width_mm, height_mm = _text_size(document)
    setter = Setter(document, width_mm=width_mm, height_mm=height_mm)
    setter.expect(block for _, name in found for block in blocks.get(name, ()))
    for paragraph, name in found:
        if name != CONTENTS:
            setter.put(blocks[name], paragraph)
    for paragraph, name in found:  # last, when every heading stands
        if name == CONTENTS:
            setter.contents(paragraph)


def _text_size(document: WordDocument) -> tuple[float, float]:
    """Width and height between the margins of the first section, mm."""
    page = document.sections[0]
    wide = (page.page_width, page.left_margin, page.right_margin)
    high = (page.page_height, page.top_margin, page.bottom_margin)
    return _left_of(wide, TEXT_WIDTH_MM), _left_of(high, TEXT_HEIGHT_MM)


def _left_of(sides: Sequence[int | None], usual_mm: float) -> float:
    """A side of the page without its margins, mm."""
    if any(side is None for side in sides):
        return usual_mm
    whole, *margins = (float(side) * _MM_PER_EMU for side in sides if side is not None)
    return whole - sum(margins)


assert set(PARTS) | {CONTENTS} == set(PART_FIELDS)  # noqa: S101 - every field has its writer
