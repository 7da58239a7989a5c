"""Sheets of Excel, WPS and LibreOffice workbooks as text: codes keep their zeros.

.xlsx, .xlsm, .xls, .xlsb and .ods, told apart by what they hold and not by what they are called.
What a cell shows is decided by its format on screen; what is read is its value: 0.5 and not "50%".
"""

from __future__ import annotations

import bisect
import contextlib
import datetime as dt
import io
import tempfile
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from coverage.errors import SourceError
from layers.formats.binary_sheets import checked_xls
from layers.formats.first_bytes import LOOKED_AT, OLE_MARK, content_name
from layers.formats.limits import MOST_FILE_BYTES, MOST_LAYERS, MOST_PARTS
from layers.formats.ole_streams import CompoundFile, NotCompoundError, compound_file
from layers.formats.outline import AS_FOUND, Outline, Part
from layers.formats.parts import chosen_part, without_guides
from layers.formats.sheet_extents import damaged, locked
from layers.formats.table_rows import as_table, check_file_size, listed
from layers.formats.text_tables import read_text_table, text_outline
from layers.formats.workbook_copy import checked_copy
from layers.formats.zip_guard import ZIP_MARKS
from layers.tables import file_at, file_bytes, not_opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from python_calamine import CalamineSheet

    from layers.formats.header_rows import Span
    from layers.formats.outline import ReadingOptions
    from layers.formats.workbook_copy import CheckedCopy
    from layers.tables import SourceTable

_EXACT_DIGITS: Final = 1e15
"""Excel keeps 15 digits of a number; of a longer code typed as a number the rest is lost."""

_WHOLE_BELOW: Final = 1e21
"""Whole numbers from here on are written with an exponent, as Excel does."""

_NAMES_OF_SHEETS: Final = ("Workbook", "WORKBOOK", "Book", "BOOK")


@dataclass(frozen=True, eq=False)
class _Workbook:
    """
    An opened workbook.

    Parameters
    ----------
    name
        File name, as messages name it.
    library
        What reads it.
    copy
        What was found while it was looked through; None for an .xls.
    """

    name: str
    library: CalamineWorkbook
    copy: CheckedCopy | None


def workbook_outline(path: Path) -> Outline:
    """
    The sheets of a workbook that have content; hidden, empty and other sheets are remarked on.

    Parameters
    ----------
    path
        The workbook; a text table that is called .xls is taken as what it is.

    Raises
    ------
    SourceError
        If it cannot be read, see `read_sheet`.
    """
    if _is_text(path):
        outline = text_outline(path)
        return replace(outline, remarks=(_text_remark(path), *outline.remarks))
    parts: list[Part] = []
    remarks: list[str] = []
    with _opened(path) as book:
        sheets = book.library.sheets_metadata
        if len(sheets) > MOST_PARTS:
            remarks.append(f"有 {len(sheets)} 个工作表，只看前 {MOST_PARTS} 个。")
        for place, sheet in enumerate(sheets[:MOST_PARTS]):
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                remarks.append(f"“{sheet.name}”是图表或宏，不是工作表，已跳过。")
                continue
            table = _table(book, place)
            if table is None:
                remarks.append(f"工作表“{sheet.name}”是空的，已跳过。")
                continue
            columns = tuple(table.cells.columns)
            parts.append(Part(sheet.name, "workbook", rows=len(table), columns=columns))
            if sheet.visible is not SheetVisibleEnum.Visible:
                remarks.append(f"工作表“{sheet.name}”是隐藏的。")
    if not parts:
        raise SourceError(_empty(path.name))
    return Outline(path.name, tuple(parts), tuple(remarks))


def read_sheet(path: Path, *, options: ReadingOptions = AS_FOUND) -> SourceTable:
    """
    One sheet of a workbook as text, with the row numbers that Excel shows.

    Whole numbers are written without ".0", others with as few digits as tell them apart; dates
    are ISO 8601, truth values TRUE and FALSE. Errors such as #N/A and formulas without a value
    are empty, and remarked on. Text in cells that are merged downwards stands in each of them.

    Parameters
    ----------
    path
        The workbook; a text table that is called .xls is read as what it is.
    options
        What the planner says of it. Where no part is named, the only sheet with content, or the
        only one that is not hidden, is read.

    Raises
    ------
    SourceError
        If the workbook is missing, locked, damaged, none, too large or an attack, or the sheet is
        not clear.
    """
    if _is_text(path):
        table = read_text_table(path, options=options)
        return replace(table, remarks=(_text_remark(path), *table.remarks))
    with _opened(path) as book:
        names = book.library.sheet_names
        place = names.index(options.part) if options.part in names else _only(book, options.part)
        table = _table(book, place, header_row=options.header_row)
    if table is None:
        msg = f"工作簿「{path.name}」的工作表“{names[place]}”是空的。请改选别的工作表。"
        raise SourceError(msg)
    if len(names) > 1:
        return replace(table, remarks=(f"读的是工作表“{names[place]}”。", *table.remarks))
    return table


def _is_text(path: Path) -> bool:
    """Whether a file called a workbook is a text table, as many programs in offices write them."""
    try:
        with file_at(path).open("rb") as file:
            check_file_size(path, MOST_FILE_BYTES)
            start = file.read(LOOKED_AT)
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    if start.startswith((*ZIP_MARKS, OLE_MARK)):
        return False
    if not start:
        msg = f"工作簿「{path.name}」是空的（0 字节）。请重新导出。"
        raise SourceError(msg)
    named = content_name(start)
    if named:
        msg = (
            f"「{path.name}」的内容是{named}，不是 Excel 工作簿。"
            "请用 Excel 或 WPS 打开后另存为 .xlsx，不要只改扩展名。"
        )
        raise SourceError(msg)
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(damaged(path.name))
    return True


def _text_remark(path: Path) -> str:
    return f"「{path.name}」名为工作簿，内容是文本表格，已按文本读入。"


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Workbook]:
    with file_at(path).open("rb") as file:
        is_zip = file.read(4).startswith(ZIP_MARKS)
    with tempfile.TemporaryDirectory(prefix="quantu-workbook-") as folder, _said(path.name):
        copy = _copied(path, Path(folder)) if is_zip else None
        # the library would tell the format of a path by its extension
        library = (
            CalamineWorkbook.from_path(copy.path)
            if copy
            else CalamineWorkbook.from_filelike(io.BytesIO(_checked_compound(path)))
        )
        count = len(library.sheet_names)
        if count > MOST_LAYERS:
            msg = (
                f"工作簿「{path.name}」有 {count:,} 个工作表，超过 {MOST_LAYERS} 个的上限，"
                "没有打开。请只留下要用的工作表。"
            )
            raise SourceError(msg)
        try:
            yield _Workbook(path.name, library, copy)
        finally:
            library.close()


def _copied(path: Path, folder: Path) -> CheckedCopy:
    try:
        return checked_copy(path, folder)
    except OSError as error:
        msg = (
            f"读「{path.name}」时写不了临时文件（{folder.parent}）。"
            "请检查磁盘空间和该文件夹的写入权限。"
        )
        raise SourceError(msg) from error


@contextlib.contextmanager
def _said(name: str) -> Iterator[None]:
    """Say in a sentence what the library that reads workbooks finds wrong, or breaks on."""
    try:
        yield
    except PasswordError as error:
        raise SourceError(locked(name)) from error
    except (CalamineError, OSError) as error:
        # it calls a file that ends too soon an error of the system
        raise SourceError(damaged(name)) from error
    except BaseException as error:
        # a panic of its Rust code is no Exception, and its class cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        raise SourceError(damaged(name)) from error


def _checked_compound(path: Path) -> bytes:
    """An .xls with nothing in it but its records, looked through."""
    content = file_bytes(path)
    try:
        whole = CompoundFile(content)
        if "EncryptedPackage" in whole.names:
            raise SourceError(locked(path.name))
        names = [name for name in _NAMES_OF_SHEETS if name in whole.names]
        streams = {
            name.title(): checked_xls(whole.stream(name), file=path.name) for name in names[:1]
        }
    except NotCompoundError as error:
        raise SourceError(damaged(path.name)) from error
    if not streams:
        msg = (
            f"「{path.name}」是旧版 Office 文件，但里面没有工作表（可能是 Word 文档）。"
            "请把其中的表格另存为 .xlsx。"
        )
        raise SourceError(msg)
    return compound_file(streams)


def _only(book: _Workbook, wanted: str) -> int:
    """Place of the sheet that is meant where it is not named, or not by a name that there is."""
    sheets = [
        (place, sheet)
        for place, sheet in enumerate(book.library.sheets_metadata)
        if sheet.typ is SheetTypeEnum.WorkSheet
        and (len(book.library.sheet_names) == 1 or _has_content(book, place))
    ]
    if not sheets:
        raise SourceError(_empty(book.name))
    seen = [pair for pair in sheets if pair[1].visible is SheetVisibleEnum.Visible] or sheets
    names = [sheet.name for _, sheet in sheets]
    if not wanted:
        names = without_guides([sheet.name for _, sheet in seen])
    name = chosen_part(book.name, names, wanted)
    return next(place for place, sheet in sheets if sheet.name == name)


def _has_content(book: _Workbook, place: int) -> bool:
    extent = book.copy.extent(book.library.sheet_names[place]) if book.copy else None
    if extent is not None:
        return extent.rows > 0
    return book.library.get_sheet_by_index(place).start is not None


def _table(book: _Workbook, place: int, *, header_row: int | None = None) -> SourceTable | None:
    sheet = book.library.get_sheet_by_index(place)
    if sheet.start is None:
        return None
    rows, numbers, long_numbers = _rows(sheet)
    if not rows:
        return None
    remarks = _cell_remarks(book, sheet.name)
    if long_numbers:
        remarks.append(
            f"{listed(long_numbers)}有超过 15 位的数字，Excel 只保留前 15 位，后面的已变成 0。"
            "代码类的列请在 Excel 里设为文本格式后重新录入。"
        )
    spans = _spans(sheet, numbers)
    return as_table(book.name, rows, numbers, header_row=header_row, spans=spans, remarks=remarks)


def _rows(sheet: CalamineSheet) -> tuple[list[list[str]], list[int], list[int]]:
    """Rows with content, their numbers, and the numbers of those with more digits than kept."""
    first, left = sheet.start or (0, 0)
    rows: list[list[str]] = []
    numbers: list[int] = []
    long_numbers: dict[int, None] = {}

    def other(value: object) -> str:
        if isinstance(value, float) and _EXACT_DIGITS <= abs(value) < _WHOLE_BELOW:
            long_numbers[number] = None
        return cell_text(value)

    before = [""] * left
    for number, values in enumerate(sheet.to_python(skip_empty_area=True), start=first + 1):
        # texts and broken numbers are most of the cells, and stand here for speed
        cells = [
            value
            if type(value) is str
            else repr(value)
            if type(value) is float and value % 1
            else other(value)
            for value in values
        ]
        if any(map(str.strip, cells)):
            rows.append(before + cells if left else cells)
            numbers.append(number)
    return rows, numbers, list(long_numbers)


def cell_text(value: object) -> str:
    """
    The value of a cell as text.

    Parameters
    ----------
    value
        As the library gives it.

    Examples
    --------
    >>> [cell_text(value) for value in (12.0, 371423001001.0, 0.1, True, "0012")]
    ['12', '371423001001', '0.1', 'TRUE', '0012']
    """
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        # Excel counts in days, so that seconds come out with a rounding error
        whole_second = value.replace(microsecond=0) + dt.timedelta(
            seconds=round(value.microsecond / 1e6)
        )
        return whole_second.isoformat().removesuffix("T00:00:00")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)


def _number_text(value: float) -> str:
    if not value.is_integer() or abs(value) >= _WHOLE_BELOW:
        return repr(value)
    # beyond 15 digits those that tell it apart, filled up with 0 as Excel shows it
    return str(int(value)) if abs(value) < _EXACT_DIGITS else f"{Decimal(repr(value)):.0f}"


def _cell_remarks(book: _Workbook, sheet: str) -> list[str]:
    extent = book.copy.extent(sheet) if book.copy else None
    found = book.copy.remarks() if book.copy else []
    if extent is not None and extent.errors:
        found.append(f"有 {extent.errors} 个单元格是错误值（#N/A 之类），按空白读入。")
    if extent is not None and extent.without_value:
        found.append(
            f"有 {extent.without_value} 个公式没有存下计算结果，按空白读入。"
            "请在 Excel 或 WPS 里打开后保存一次再导入。"
        )
    return found


def _spans(sheet: CalamineSheet, numbers: Sequence[int]) -> list[Span]:
    found = []
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        first = bisect.bisect_left(numbers, top + 1)
        last = bisect.bisect_right(numbers, bottom + 1) - 1
        if first <= last and numbers[first] == top + 1:
            found.append((first, left, last, right))
    return found


def _empty(name: str) -> str:
    return f"工作簿「{name}」里没有任何有内容的工作表。请检查文件。"
