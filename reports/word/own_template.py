"""A template of an office's own, looked at before anything in it is used: it is a foreign file.

Jinja runs what stands in a template, and Word runs some fields when it opens a document. So a
template may hold the documented fields and `if` around them, nothing else of Jinja; no macro,
nothing embedded, nothing that is fetched from elsewhere.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

from docx import Document
from docx.opc.exceptions import OpcError
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from coverage.errors import SourceError
from layers.formats.limits import MIB
from layers.formats.zip_guard import open_entries, read_entry
from reports.word.fields import FIELDS, PART_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES: Final = 20 * MIB
"""Of a template as it lies on the disk: letterheads with pictures have a few hundred kilobytes."""

MOST_XML_BYTES: Final = 8 * MIB
"""Of the text of a template: the search for fields takes longer than in proportion to it."""

MOST_BRACES: Final = 4_000
"""Opening braces in one part of a template."""

FIELD_CODES: Final = frozenset(
    ("TOC", "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "SEQ", "REF", "PAGEREF", "STYLEREF",
     "DATE", "TIME", "CREATEDATE", "SAVEDATE", "PRINTDATE", "TITLE", "SUBJECT", "AUTHOR", "EQ")
)  # fmt: skip
"""Fields of Word that look at nothing outside the document."""

READS_BROKEN: Final = (
    KeyError, ValueError, IndexError, AttributeError, TypeError, AssertionError, OpcError,
    etree.LxmlError,
)  # fmt: skip
"""What python-docx raises on a document that makes no sense."""

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN: Final = "word/document.xml"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_ODD_ENTRY: Final = re.compile(
    r"vbaproject|vbadata|/activex/|/embeddings/|customui|afchunk|\.(exe|dll|js|vbs|hta|bin)$",
    re.IGNORECASE,
)
_TEXTS: Final = (".xml", ".rels")
_KNOWN: Final = (
    *_TEXTS, ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".odttf",
)  # fmt: skip
"""Endings of what may stand in a template: text, pictures, fonts."""

_ODD_RELATION: Final = re.compile(
    rb"relationships/(aFChunk|oleObject|package|control|vbaProject|subDocument|frame)",
    re.IGNORECASE,
)
_EXTERNAL: Final = re.compile(rb"TargetMode\s*=\s*[\"']\s*External", re.IGNORECASE)
_NAME: Final = r"[^\W\d]\w*"
_TAG: Final = re.compile(
    rf"\{{\{{\s*(?P<name>{_NAME})\s*\}}\}}"
    rf"|\{{%(?:p|tr)?\s*(?:el)?if\s+(?:not\s+)?(?P<test>{_NAME})\s*%\}}"
    r"|\{%(?:p|tr)?\s*(?:else|endif)\s*%\}"
)
_BRACES: Final = re.compile(r"\{[{%#].{0,40}|[}%#]\}")


def own_template(path: Path) -> bytes:
    """
    An office's template, checked.

    Parameters
    ----------
    path
        A .docx with the fields of `reports.word.fields.FIELDS`.

    Returns
    -------
    content
        The file as it is.

    Raises
    ------
    SourceError
        If it is missing, too large, no Word document, or holds a macro, something embedded or
        fetched from elsewhere, or a field that is not known; one sentence that names it.
    """
    entries = {entry.name: entry for entry in open_entries(path)}
    if path.stat().st_size > MOST_BYTES:
        msg = f"模板「{path.name}」超过 {MOST_BYTES // MIB} MB 的上限，请压缩其中的图片。"
        raise SourceError(msg)
    if _MAIN not in entries or "[Content_Types].xml" not in entries:
        msg = f"模板「{path.name}」不是 Word 文档（.docx），请在 Word 里另存为 .docx 后重试。"
        raise SourceError(msg)
    odd = next((name for name in entries if _ODD_ENTRY.search(name)), None)
    if odd is not None:
        raise _refused(path, f"含有宏或嵌入的对象（{odd[:60]}）")
    strange = next((name for name in entries if not name.lower().endswith(_KNOWN)), None)
    if strange is not None:
        raise _refused(path, f"含有不认识的内容（{strange[:60]}）")
    parts = {
        name: read_entry(path, entry)
        for name, entry in entries.items()
        if name.lower().endswith(_TEXTS)
    }
    if sum(map(len, parts.values())) > MOST_XML_BYTES:
        msg = f"模板「{path.name}」里的文字超过 {MOST_XML_BYTES // MIB} MB 的上限，请删减。"
        raise SourceError(msg)
    if _WORD.encode() not in parts["[Content_Types].xml"]:
        raise _refused(path, "不是普通的 Word 文档（可能是 .dotx、.docm）")
    _check_types(path, parts["[Content_Types].xml"])
    for name, content in parts.items():
        _check_part(path, name, content)
    content = path.read_bytes()
    try:
        Document(io.BytesIO(content))
    except READS_BROKEN as error:
        raise broken(path) from error
    return content


def environment() -> SandboxedEnvironment:
    """What renders a template: no access to anything, markup in names escaped, no field unknown."""
    found = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    found.globals.clear()
    found.filters.clear()
    return found


def broken(path: Path) -> SourceError:
    """That a template cannot be used."""
    return SourceError(
        f"模板「{path.name}」不完整或已损坏，用不了。请在 Word 里打开并另存为 .docx 后重试。"
    )


def _check_part(path: Path, name: str, content: bytes) -> None:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _refused(path, f"含有外部声明（{name}）")
    if name.lower().endswith(".rels"):
        if _EXTERNAL.search(content):
            raise _refused(path, f"引用了文件以外的内容（{name}）")
        if _ODD_RELATION.search(content):
            raise _refused(path, f"含有宏或嵌入的对象（{name}）")
        return
    if content.count(b"{") > MOST_BRACES:
        raise _refused(path, f"花括号超过 {MOST_BRACES:,} 个（{name}）")
    root = _parsed(path, content)
    _check_codes(path, root)
    for paragraph in root.iter(f"{_W}p"):
        parent = paragraph.getparent()
        in_body = name == _MAIN and parent is not None and parent.tag == f"{_W}body"
        text = "".join(node.text or "" for node in paragraph.iter(f"{_W}t"))
        _check_fields(path, text, in_body=in_body)
    _check_attributes(path, root, name)


def _parsed(path: Path, content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise broken(path) from error


def _check_types(path: Path, content: bytes) -> None:
    """Only what is looked at as text may be read as text, under whatever name it stands."""
    for node in _parsed(path, content):
        name = f"{node.get('PartName') or '.' + (node.get('Extension') or '')}".lower()
        if "xml" in (node.get("ContentType") or "") and not name.endswith(_TEXTS):
            raise _refused(path, f"含有不认识的内容（{name[:60]}）")


def _check_fields(path: Path, text: str, *, in_body: bool) -> None:
    """The tags of one paragraph, which must begin and end in it."""
    for match in _TAG.finditer(text):
        named = match["name"] or match["test"]
        if named is not None and named not in FIELDS:
            msg = (
                f"模板「{path.name}」里的字段「{named[:40]}」不认识。"
                f"可用的字段有：{'、'.join(FIELDS)}。"
            )
            raise SourceError(msg)
        if match["name"] in PART_FIELDS and not (in_body and text.strip() == match[0]):
            msg = (
                f"模板「{path.name}」里的字段「{match['name']}」要在正文里单独成一段，"
                "不能与其他文字同段，也不能放在表格、文本框、页眉页脚里。"
            )
            raise SourceError(msg)
    left = _BRACES.search(_TAG.sub("", text))
    if left is not None:
        msg = (
            f"模板「{path.name}」里的「{left[0]}」不是可用的写法，"
            "只能写 {{ 字段 }} 和 {%p if 字段 %}、{%p endif %}，每个写在一段之内。"
        )
        raise SourceError(msg)


def _check_attributes(path: Path, root: etree._Element, name: str) -> None:
    """Jinja reads the whole XML: also what stands in no paragraph must hold no tag."""
    for node in root.iter():
        texts = [*node.attrib.values(), node.tail or ""]
        if node.tag != f"{_W}t":
            texts.append(node.text or "")
        if any(mark in text for text in texts for mark in ("{{", "{%", "{#")):
            raise _refused(path, f"在看不见的地方写有字段（{name}）")


def _check_codes(path: Path, root: etree._Element) -> None:
    for code in _codes(root):
        word = code.split()[0].upper() if code.split() else ""
        if word and word not in FIELD_CODES:
            raise _refused(path, f"含有 Word 域「{word[:40]}」，打开时可能读取别处的内容")


def _codes(root: etree._Element) -> Iterator[str]:
    """The instruction of every field of Word, put together from its runs."""
    open_codes: list[list[str]] = []
    for node in root.iter(f"{_W}fldChar", f"{_W}instrText", f"{_W}fldSimple"):
        if node.tag == f"{_W}fldSimple":
            yield node.get(f"{_W}instr") or ""
        elif node.tag == f"{_W}instrText":
            if open_codes:
                open_codes[-1].append(node.text or "")
            else:
                yield node.text or ""
        elif node.get(f"{_W}fldCharType") == "begin":
            open_codes.append([])
        elif node.get(f"{_W}fldCharType") == "end" and open_codes:
            yield "".join(open_codes.pop())
    yield from ("".join(each) for each in open_codes)


def _refused(path: Path, why: str) -> SourceError:
    return SourceError(f"模板「{path.name}」{why}，没有使用。请去掉后另存为 .docx 重试。")
