"""CSV, TSV and other text tables as offices save them: encoding and delimiter are found out.

Read as a stream, so that a file that is too large is refused as soon as that shows.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError
from layers.formats.first_bytes import LOOKED_AT, content_name
from layers.formats.limits import MIB, MOST_COLUMNS, MOST_FILE_BYTES, MOST_ROWS
from layers.formats.outline import AS_FOUND, Outline, Part
from layers.formats.table_rows import as_table, check_file_size, check_size
from layers.tables import file_at, not_opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import TextIO

    from layers.formats.outline import ReadingOptions
    from layers.tables import SourceTable

LONGEST_CELL: Final = 20_000_000
"""Characters in one cell; a county's outline as text (WKT) has far more than the 131,072 that
Python's csv module allows by itself."""

LONGEST_RECORD: Final = 25_000_000
"""Characters in one record: what has more is no table, and would fill the memory cell by cell."""

MOST_LINES: Final = 2 * MOST_ROWS
"""Lines of a file; a record may have several, where a cell holds line breaks."""

DELIMITERS: Final = {",": "逗号", "\t": "制表符", ";": "分号", "，": "中文逗号", "、": "顿号"}
"""What stands between cells; the last two also stand in sentences."""

LIGHT_BYTES: Final = 1 * MIB
"""A file up to this size is read in the program itself, which is sooner than a process of its own
is ready; of its bytes no more than some tens of MB of cells can come."""

LIGHT_CELLS: Final = 150_000
"""Cells of such a file once every row is as wide as the widest, since two bytes can make a row of
a thousand cells. The worst that came of both limits was a second and 60 MB."""

_WIDE_CODES: Final = ("utf-16", "utf-32", "utf-7")
"""Encodings in which the byte of a line end is also part of other characters."""

_SURE_ROW: Final = re.compile(rb"\n[0-9A-Za-z\xb0-\xc1\xc3-\xe0\xe4-\xed]")
"""The begin of a line that has content, be it UTF-8 or GB18030: a letter, a digit, a Chinese
character; blanks and delimiters begin with other bytes in both."""

_PLAIN: Final = ",\t;"
_SAMPLE_RECORDS: Final = 50
_SAMPLE_CHARS: Final = 4 * MIB
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DAMAGED_SHARE: Final = 0.05
_SAVE_AGAIN: Final = "请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后重试。"


def text_outline(path: Path) -> Outline:
    """
    What a text table holds: one part, "", with its columns.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    SourceError
        If it cannot be read, see `read_text_table`.
    """
    table = read_text_table(path)
    part = Part("", "text", rows=len(table), columns=tuple(table.cells.columns))
    return Outline(path.name, (part,), table.remarks)


def read_text_table(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable:
    """
    A text table, with the encoding, delimiter and header that it has.

    A byte order mark decides the encoding (UTF-8 or UTF-16); without one it is UTF-8 where all
    of it is valid UTF-8, and GB18030, which contains GBK and GB2312, otherwise. The delimiter is
    the one of comma, tab and semicolon that cuts most of the first records into the same number
    of cells. Lines without any content are left out; they keep their place in the count of lines.

    Parameters
    ----------
    path
        The file.
    options
        What the planner says of it.

    Raises
    ------
    SourceError
        If the file is missing, empty, no text, too large, in another encoding, or its lines do
        not fit its header.
    """
    return _table(path, _read_rows(path, options), options)


def read_light_table(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable | None:
    """
    A text table that takes next to no memory or time; None where the file might take more.

    Parameters
    ----------
    path, options
        As for `read_text_table`.

    Returns
    -------
    table
        As `read_text_table` gives it. None where it has more than `LIGHT_BYTES`, or more than
        `LIGHT_CELLS` with all its rows filled up.

    Raises
    ------
    SourceError
        As `read_text_table` does.
    """
    try:
        if file_at(path).stat().st_size > LIGHT_BYTES:
            return None
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    read = _read_rows(path, options)
    if len(read.rows) * max(map(len, read.rows), default=0) > LIGHT_CELLS:
        return None
    return _table(path, read, options)


@dataclass(frozen=True, eq=False)
class _Read:
    """
    The rows of a text, not yet a table.

    Parameters
    ----------
    rows
        Rows with content, each as long as it was written.
    lines
        Line on which each begins.
    remarks
        On encoding and delimiter.
    """

    rows: list[list[str]]
    lines: list[int]
    remarks: list[str]


def _table(path: Path, read: _Read, options: ReadingOptions) -> SourceTable:
    return as_table(
        path.name, read.rows, read.lines, header_row=options.header_row, remarks=read.remarks
    )


def _read_rows(path: Path, options: ReadingOptions) -> _Read:
    start = _start(path)
    named = content_name(start)
    if named:
        msg = f"「{path.name}」的内容是{named}，不是文本表格。请检查文件，不要只改扩展名。"
        raise SourceError(msg)
    encoding = _known(options.encoding, path) or _marked(start)
    if not encoding.startswith(_WIDE_CODES):
        _check_lines(path)
    encoding = encoding or _encoding(path)
    delimiter = _delimiter(path, encoding)
    rows, lines = _records(path, encoding, delimiter)
    remarks = []
    if encoding not in {"utf-8", "utf-8-sig"}:
        title = "GB18030（含 GBK）" if encoding == "gb18030" else f"{encoding.upper()} "
        remarks.append(f"文字按 {title}编码读取。")
    if delimiter != ",":
        remarks.append(f"按{DELIMITERS[delimiter]}分隔读取。")
    return _Read(rows, lines, remarks)


@dataclass(eq=False)
class _Lines:
    """
    The lines of a text, one by one, and not one more than is allowed.

    Parameters
    ----------
    file
        Opened with newline="".
    name
        File name, as messages name it.
    """

    file: TextIO
    name: str
    line: int = 0
    in_record: int = 0

    def __iter__(self) -> Iterator[str]:
        while text := self.file.readline(LONGEST_RECORD + 1):
            self.line += 1
            self.in_record += len(text)
            if self.in_record > LONGEST_RECORD:
                msg = (
                    f"表格「{self.name}」有一条记录超过 {LONGEST_RECORD:,} 个字符"
                    f"（到第 {self.line} 行止），没有读入。请检查引号是否成对、文件是否为表格。"
                )
                raise SourceError(msg)
            if "\0" in text:
                msg = f"「{self.name}」不是文本表格（内含零字节）。{_SAVE_AGAIN}"
                raise SourceError(msg)
            if self.line > MOST_LINES:
                raise SourceError(_too_many_lines(self.name))
            yield text


def _start(path: Path) -> bytes:
    try:
        with file_at(path).open("rb") as file:
            check_file_size(path, MOST_FILE_BYTES)
            return file.read(LOOKED_AT)
    except OSError as error:
        raise SourceError(not_opened(path)) from error


def _known(encoding: str, path: Path) -> str:
    if not encoding:
        return ""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)  # some codecs are no encodings of text, e.g. "zip"
    except (LookupError, TypeError, ValueError) as error:
        msg = f"读「{path.name}」时指定的编码“{encoding[:40]}”不认识。请改用 utf-8 或 gb18030。"
        raise SourceError(msg) from error
    return "utf-8-sig" if name == "utf-8" else name


def _marked(start: bytes) -> str:
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def _check_lines(path: Path) -> None:
    """Refuse a file of too many lines before one of them is taken apart, which takes far longer."""
    ends = returns = 0
    rows: int | None = 0
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            ends += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            # a line of Windows has both
            if max(ends, returns) > MOST_LINES:
                raise SourceError(_too_many_lines(path.name))
            # from the first quotation mark on a line may be part of a record
            if rows is not None:
                rows = None if b'"' in chunk else rows + len(_SURE_ROW.findall(chunk))
                check_size(path.name, rows=rows or 0, columns=0, cells=0)


def _too_many_lines(name: str) -> str:
    return (
        f"表格「{name}」超过 {MOST_LINES:,} 行（连同空行），没有读入。"
        f"一个文件最多 {MOST_ROWS:,} 条记录，请分成几个文件。"
    )


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = 1
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                line = lines + error.object[: error.start].count(b"\n")
                _ensure_not_utf8(path, chunk, line)
                return "gb18030"
            lines += chunk.count(b"\n")
    return "gb18030" if decoder.getstate()[0] else "utf-8"


def _ensure_not_utf8(path: Path, chunk: bytes, line: int) -> None:
    """
    Refuse UTF-8 in which a few bytes are damaged: as GB18030 it would be read, and all wrong.

    In GBK text nearly every character breaks the rules of UTF-8; in damaged UTF-8 nearly none.
    """
    text = chunk.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = sum(letter > "\x7f" for letter in text) - wrong
    if wrong <= _DAMAGED_SHARE * right:
        msg = (
            f"表格「{path.name}」是 UTF-8 编码，但第 {line} 行起有损坏的字节（文字不完整）。"
            f"请从来源重新导出，或{_SAVE_AGAIN.removeprefix('请')}"
        )
        raise SourceError(msg)


def _delimiter(path: Path, encoding: str) -> str:
    sample = _sample(path, encoding)
    shares: dict[str, tuple[float, int]] = {}
    for delimiter in DELIMITERS:
        widths = Counter(_widths(sample, delimiter))
        if widths:
            width, times = widths.most_common(1)[0]
            if width > 1:
                shares[delimiter] = (times / widths.total(), width)
    plain = {key: value for key, value in shares.items() if key in _PLAIN}
    if plain:
        return max(plain, key=lambda key: plain[key])
    certain = [key for key, (share, _) in shares.items() if share == 1 and len(sample) > 1]
    return certain[0] if len(certain) == 1 else ","


def _sample(path: Path, encoding: str) -> list[str]:
    lines, chars = [], 0
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        while len(lines) < 4 * _SAMPLE_RECORDS and chars < _SAMPLE_CHARS:
            line = file.readline(_SAMPLE_CHARS)
            if not line:
                break
            lines.append(line)
            chars += len(line)
    return lines


def _widths(lines: Iterable[str], delimiter: str) -> Iterator[int]:
    """Cells of each record with content; the end of a sample may stand within quotation marks."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for number, record in enumerate(reader):
            if number == _SAMPLE_RECORDS:
                return
            if any(cell.strip() for cell in record):
                yield len(record)
    except csv.Error:
        return


def _records(path: Path, encoding: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    csv.field_size_limit(LONGEST_CELL)
    rows: list[list[str]] = []
    numbers: list[int] = []
    begin, cells = 1, 0
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file, path.name)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for record in reader:
                lines.in_record = 0
                if any(map(str.strip, record)):
                    row = record if len(record) <= MOST_COLUMNS else _unpadded(record)
                    rows.append(row)
                    numbers.append(begin)
                    cells += len(row)
                    check_size(path.name, rows=len(rows) - 1, columns=len(row), cells=cells)
                begin = reader.line_num + 1
        except csv.Error as error:
            raise SourceError(_not_separated(path, begin, error)) from error
        except UnicodeDecodeError as error:
            raise SourceError(_not_decoded(path, encoding)) from error
    return rows, numbers


def _unpadded(record: list[str]) -> list[str]:
    """A record without the empty cells at its end: some programs pad to 16,384 columns."""
    width = len(record)
    while not record[width - 1].strip():
        width -= 1
    return record[:width]


def _not_decoded(path: Path, encoding: str) -> str:
    raw, line = path.read_bytes(), 1
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        line += raw[: error.start].count(b"\n")
    title = encoding.upper().removesuffix("-SIG")
    title = "UTF-8 编码，也不是 GB18030" if encoding == "gb18030" else title
    return f"表格「{path.name}」不是 {title} 编码（第 {line} 行起无法识别）。{_SAVE_AGAIN}"


def _not_separated(path: Path, line: int, error: csv.Error) -> str:
    fault = f"引号没有成对，或分隔有误。{_SAVE_AGAIN}"
    if "field limit" in str(error):
        fault = f"有一个单元格超过 {LONGEST_CELL:,} 个字符。请检查这一行的内容后重试。"
    return f"表格「{path.name}」从第 {line} 行起读不下去：{fault}"
