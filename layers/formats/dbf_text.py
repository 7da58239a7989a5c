"""The text in a DBF, whose encoding is often not said, and sometimes said wrongly.

A .cpg file beside it and a byte in its header (the language driver) may name one. Both lie:
programs copy them from elsewhere, or write the one of the computer. So the bytes decide, and
what is declared counts only where they leave a choice.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

UTF8: Final = "utf-8"
GB: Final = "gb18030"
BIG5: Final = "big5hkscs"
TITLES: Final = {UTF8: "UTF-8", GB: "GB18030（含 GBK）", BIG5: "Big5"}

_HEADER: Final = 32
_FIELD: Final = 32
_FIELDS_END: Final = b"\r"
_VERSIONS: Final = frozenset({0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x83, 0x8B, 0xF5})
_LANGUAGES: Final = {0x4D: GB, 0x4F: BIG5, 0x7A: GB, 0x78: BIG5}
"""Language driver of a DBF header -> encoding; those of one byte a letter say nothing here."""

_HALF_IN_UTF8: Final = re.compile(
    rb"([\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})(?=(_\d+)?\Z)"
)
_CODE_PAGES: Final = {
    "936": GB, "65001": UTF8, "950": BIG5, "54936": GB, "20936": GB,
}  # fmt: skip


@dataclass(frozen=True)
class DbfHeader:
    """
    What the header of a DBF says.

    Parameters
    ----------
    records
        How many records follow.
    header_bytes, record_bytes
        Length of the header and of one record.
    language
        Language driver; 0: not said.
    names
        Field names as bytes, as far as the first zero byte.
    widths
        Bytes of each field.
    """

    records: int
    header_bytes: int
    record_bytes: int
    language: int
    names: tuple[bytes, ...]
    widths: tuple[int, ...]

    @property
    def total_bytes(self) -> int:
        """Bytes of a file that is complete."""
        return self.header_bytes + self.records * self.record_bytes


@dataclass(frozen=True)
class Encoding:
    """
    The encoding taken, and why.

    Parameters
    ----------
    name
        As Python calls it.
    remark
        The Chinese sentence on it; "" where all is ASCII and nothing had to be found out.
    """

    name: str
    remark: str


def dbf_header(start: bytes) -> DbfHeader | None:
    """
    The header of a DBF; None where it is none.

    Parameters
    ----------
    start
        The file from its beginning, at least the whole header.
    """
    if len(start) < _HEADER or start[0] not in _VERSIONS:
        return None
    records, header_bytes, record_bytes = struct.unpack_from("<IHH", start, 4)
    names, widths = [], []
    at = _HEADER
    while at + _FIELD <= min(header_bytes, len(start)) and start[at : at + 1] != _FIELDS_END:
        names.append(start[at : at + 11].split(b"\0")[0].strip())
        widths.append(start[at + 16])
        at += _FIELD
    # the first byte of a record says whether it is deleted
    if not names or sum(widths) + 1 > record_bytes:
        return None
    return DbfHeader(records, header_bytes, record_bytes, start[29], tuple(names), tuple(widths))


def declared_encoding(cpg: bytes, language: int) -> str:
    """
    The encoding that a .cpg or else the header declares; "" where neither says one of use.

    Parameters
    ----------
    cpg
        Content of the .cpg file; b"" where there is none.
    language
        `DbfHeader.language`.

    Examples
    --------
    >>> declared_encoding(b"UTF-8", 0), declared_encoding(b"ANSI 936", 0)
    ('utf-8', 'gb18030')
    >>> declared_encoding(b"", 0x4D), declared_encoding(b"ISO-8859-1", 0)
    ('gb18030', '')
    """
    word = cpg.decode("ascii", errors="replace").strip().lower()
    for number, encoding in _CODE_PAGES.items():
        if word.endswith(number):
            return encoding
    if not word:
        return _LANGUAGES.get(language, "")
    with contextlib.suppress(LookupError):
        name = codecs.lookup(word).name
        return {"gbk": GB, "gb2312": GB, "big5": BIG5}.get(name, name if name in TITLES else "")
    return ""


def found_encoding(texts: Sequence[bytes], *, declared: str, asked: str = "") -> Encoding:
    """
    The encoding that the bytes are written in.

    UTF-8 where all bytes are valid UTF-8, because other text hardly ever is; where it could be
    both, the reading with more of the common Chinese characters, then the one declared.
    Otherwise the one declared where it fits, and GB18030, which Windows in Chinese writes.

    Parameters
    ----------
    texts
        Cells and field names with letters beyond ASCII.
    declared
        From `declared_encoding`.
    asked
        Encoding that the planner named; "" : none.

    Raises
    ------
    SourceError
        If the planner named one that Python does not know.
    """
    if asked:
        with contextlib.suppress(LookupError, TypeError, ValueError):
            name = codecs.lookup(asked).name
            "".encode(name)  # some codecs are no encodings of text, e.g. "zip"
            return Encoding(name, f"文字编码取 {asked}：由使用者指定。")
        msg = f"不认识编码“{asked[:40]}”。请写 utf-8 或 gb18030。"
        raise SourceError(msg)
    if not texts:
        return Encoding(UTF8, "")
    name, why = _by_content(texts, declared)
    said = f"声明的是 {TITLES[declared]}" if declared else "文件没有声明中文编码"
    against = "，声明与内容不符" if declared not in {"", name} else ""
    return Encoding(name, f"文字编码取 {TITLES[name]}：{said}，{why}{against}。")


def decoded(raw: bytes, encoding: str) -> tuple[str, bool]:
    """
    One cell or name as text, and whether it had to be mended.

    Half a character at the end is left out: fields are cut by bytes. What still cannot be read
    is tried in the other encoding, and at last marked with U+FFFD.

    Parameters
    ----------
    raw
        The bytes.
    encoding
        From `found_encoding`.

    Examples
    --------
    >>> decoded("卫生室名称".encode()[:10], "utf-8")
    ('卫生室', True)
    >>> decoded("张村".encode("gbk"), "utf-8")
    ('张村', True)
    """
    if raw.isascii():
        return raw.decode("ascii"), False
    with contextlib.suppress(UnicodeDecodeError):
        return raw.decode(encoding), False
    for tried in (encoding, GB if encoding == UTF8 else UTF8):
        with contextlib.suppress(UnicodeDecodeError):
            return _without_half(raw, tried), True
    return raw.decode(encoding, errors="replace"), True


def _without_half(raw: bytes, encoding: str) -> str:
    """
    The text without half a character at its end, or before the number of a repeated name.

    Raises
    ------
    UnicodeDecodeError
        If more than that is wrong.
    """
    if encoding == UTF8:
        return _HALF_IN_UTF8.sub(b"", raw).decode()
    # without `final`, an unfinished last character is waited for and not an error
    return codecs.getincrementaldecoder(encoding)().decode(raw)


def _by_content(texts: Sequence[bytes], declared: str) -> tuple[str, str]:
    """The encoding, and the reason."""
    if _share(texts, UTF8) == 1:
        if declared != UTF8 and _common(texts, GB) > _common(texts, UTF8):
            return GB, "文字按 GB18030 读出的是常用汉字"
        return UTF8, "文字全部符合 UTF-8"
    if declared == BIG5 and _share(texts, BIG5) == 1:
        return BIG5, "文字全部符合 Big5"
    if _share(texts, UTF8) > _share(texts, GB):
        return UTF8, "文字大多符合 UTF-8"
    return GB, "文字不符合 UTF-8"


def _share(texts: Sequence[bytes], encoding: str) -> float:
    """Share of the texts that are valid; half a character at the end is no fault."""
    good = 0
    for raw in texts:
        with contextlib.suppress(UnicodeDecodeError):
            _without_half(raw, encoding)
            good += 1
    return good / len(texts)


def _common(texts: Sequence[bytes], encoding: str) -> float:
    """Share of the letters beyond ASCII that are among the 6,763 characters of GB 2312."""
    common = total = 0
    for raw in texts:
        for letter in raw.decode(encoding, errors="replace"):
            if letter.isascii():
                continue
            total += 1
            if "\u4e00" <= letter <= "\u9fff":
                with contextlib.suppress(UnicodeEncodeError):
                    letter.encode("gb2312")
                    common += 1
    return common / total if total else 0.0
