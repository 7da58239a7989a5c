"""What stands in a zip, refused before it is unpacked where it is a bomb or points elsewhere.

Archives, workbooks (.xlsx, .xlsb, .ods) and .kmz are all zips. A header says how large an entry
is, and that is only the word of whoever made the file, so the bytes are counted while they come
out, and an entry that has one byte more or fewer than its header says is refused. With that, the
sum over the headers, which is known before anything is unpacked, bounds all that can come out.
"""

from __future__ import annotations

import contextlib
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError
from layers.formats.limits import (
    MIB,
    MOST_ENTRIES,
    MOST_FILE_BYTES,
    MOST_RATIO,
    MOST_UNPACKED_BYTES,
    SMALL_ENTRY_BYTES,
)
from layers.tables import file_at, not_opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

ZIP_MARKS: Final = (b"PK\x03\x04", b"PK\x05\x06")
"""First bytes of a zip: of one with entries, and of one without any."""

_LIST_MARK: Final = b"PK\x01\x02"
_ENTRY_MARK: Final = b"PK\x03\x04"
_ENTRY_HEAD: Final = 30
_HAS_PASSWORD: Final = 0x1
_NAME_IS_UTF8: Final = 0x800
_UNICODE_NAME: Final = 0x7075
"""The extra field in which Info-ZIP and 7-Zip keep the name in UTF-8."""
_CHUNK: Final = MIB
_BROKEN: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    OSError,
    ValueError,
    IndexError,  # of an entry without a name
    struct.error,
)
"""What zipfile raises on a list of entries that makes no sense."""


@dataclass(frozen=True)
class Entry:
    """
    One file in a zip.

    Parameters
    ----------
    name
        With its folders, "/" between them; decoded as UTF-8 or GB18030.
    size
        Bytes once unpacked, as its header says; `entry_chunks` holds it to that.
    packed
        Bytes as it lies in the zip.
    start
        Where its own header begins, in bytes from the beginning of the file.
    deflated
        Whether it is compressed; False where it is only stored.
    crc
        CRC-32 of the unpacked bytes.
    """

    name: str
    size: int
    packed: int
    start: int
    deflated: bool
    crc: int


def open_entries(path: Path) -> list[Entry]:
    """
    The files in a zip, in its order, without unpacking any; folders are left out.

    Names in which no encoding is declared are taken as UTF-8 where they are valid, and as
    GB18030 otherwise, which is what Windows in Chinese writes.

    Parameters
    ----------
    path
        The zip, under any name.

    Raises
    ------
    SourceError
        If it is missing, damaged, locked by a password, has too many entries, unpacks to too
        much or to far more than it is packed, or holds a name that leads out of the archive.
    """
    _check_size_and_count(path)
    try:
        with zipfile.ZipFile(path) as archive:
            found = [info for info in archive.infolist() if not info.is_dir()]
    except _BROKEN as error:
        raise SourceError(_damaged(path)) from error
    entries = []
    for info in found:
        name = _name(info)
        _check_entry(info, name, path)
        deflated = info.compress_type == zipfile.ZIP_DEFLATED
        entries.append(
            Entry(name, info.file_size, info.compress_size, info.header_offset, deflated, info.CRC)
        )
    _check_total(entries, path)
    return entries


def read_entry(path: Path, entry: Entry) -> bytes:
    """
    The unpacked bytes of one entry.

    Parameters
    ----------
    path
        The zip.
    entry
        From `open_entries` of the same file.

    Raises
    ------
    SourceError
        If the entry is damaged, or has other bytes than its header says.
    """
    return b"".join(entry_chunks(path, entry))


def entry_chunks(path: Path, entry: Entry) -> Iterator[bytes]:
    """
    The unpacked bytes of one entry, at most a mebibyte at a time.

    Parameters
    ----------
    path
        The zip.
    entry
        From `open_entries` of the same file.

    Raises
    ------
    SourceError
        If the entry is damaged, or has other bytes than its header says; raised as soon as it
        shows, so that no more than `entry.size` bytes ever come out.
    """
    given, crc = 0, 0
    try:
        with path.open("rb") as file:
            _to_content(file, entry, path)
            for chunk in _inflated(file, entry) if entry.deflated else _stored(file, entry):
                given += len(chunk)
                crc = zlib.crc32(chunk, crc)
                if given > entry.size:
                    break
                yield chunk
    except zlib.error as error:
        raise SourceError(_damaged(path, entry.name)) from error
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    if given > entry.size:
        msg = (
            f"「{path.name}」里的「{_shown(entry.name)}」比它自己标明的大小"
            f"（{entry.size:,} 字节）还大，这是压缩炸弹的做法，没有打开。"
            "请向提供文件的单位核实来源。"
        )
        raise SourceError(msg)
    if given < entry.size or crc != entry.crc:
        raise SourceError(_damaged(path, entry.name))


def _check_size_and_count(path: Path) -> None:
    # The list of entries is read whole by zipfile, so it is counted first; its own count of
    # entries stands in a header, and may lie.
    found, kept = 0, b""
    try:
        size = file_at(path).stat().st_size
        if size > MOST_FILE_BYTES:
            msg = (
                f"「{path.name}」有 {_mib(size)} MB，超过 {_mib(MOST_FILE_BYTES)} MB 的上限。"
                "请分成几个文件。"
            )
            raise SourceError(msg)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found += (kept + chunk).count(_LIST_MARK)
                kept = chunk[-len(_LIST_MARK) + 1 :]
    except OSError as error:
        raise SourceError(not_opened(path)) from error
    if found > MOST_ENTRIES:
        msg = (
            f"「{path.name}」里有 {found:,} 个文件，超过 {MOST_ENTRIES:,} 个的上限，没有打开。"
            "请只打包要用的数据。"
        )
        raise SourceError(msg)


def _name(info: zipfile.ZipInfo) -> str:
    name = _unicode_name(info.extra) or info.filename
    if name == info.filename and not info.flag_bits & _NAME_IS_UTF8:
        # zipfile reads these as CP437, in which every byte is some character
        raw = info.filename.encode("cp437", errors="replace")
        name = raw.decode("gb18030", errors="replace")
        with contextlib.suppress(UnicodeDecodeError):
            name = raw.decode("utf-8")
    return name.replace("\\", "/")


def _unicode_name(extra: bytes) -> str:
    while len(extra) >= 4:  # noqa: PLR2004 - two numbers of two bytes: which field, how long
        kind, length = struct.unpack_from("<HH", extra)
        if kind == _UNICODE_NAME:
            with contextlib.suppress(UnicodeDecodeError):
                return extra[9 : 4 + length].decode("utf-8")
        extra = extra[4 + length :]
    return ""


def _check_entry(info: zipfile.ZipInfo, name: str, path: Path) -> None:
    steps = name.split("/")
    if ".." in steps or name.startswith("/") or ":" in steps[0] or "\0" in name:
        msg = (
            f"「{path.name}」里有指向压缩包之外的文件名（{_shown(name)}），没有打开。"
            "请向提供文件的单位核实来源。"
        )
        raise SourceError(msg)
    if info.flag_bits & _HAS_PASSWORD:
        msg = f"「{path.name}」设有密码，读不出来。请解压后重新打包，不设密码。"
        raise SourceError(msg)
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        msg = (
            f"「{path.name}」里的「{_shown(name)}」用了少见的压缩方法，读不出来。"
            "请用 Windows 自带的“压缩(zipped)文件夹”重新打包。"
        )
        raise SourceError(msg)
    if info.file_size > max(SMALL_ENTRY_BYTES, MOST_RATIO * info.compress_size):
        msg = (
            f"「{path.name}」里的「{_shown(name)}」打开后是压缩时的 "
            f"{info.file_size // max(info.compress_size, 1):,} 倍，超过 {MOST_RATIO} 倍的上限，"
            "这是压缩炸弹的做法，没有打开。请向提供文件的单位核实来源。"
        )
        raise SourceError(msg)


def _check_total(entries: list[Entry], path: Path) -> None:
    total = sum(entry.size for entry in entries)
    if total > MOST_UNPACKED_BYTES:
        msg = (
            f"「{path.name}」打开后有 {_mib(total):,} MB，"
            f"超过 {_mib(MOST_UNPACKED_BYTES)} MB 的上限，没有打开。请分成几个文件。"
        )
        raise SourceError(msg)
    # Entries that share their packed bytes make a small file large: more packed than there is.
    if sum(entry.packed for entry in entries) > path.stat().st_size:
        msg = (
            f"「{path.name}」里的文件互相重叠，这是压缩炸弹的做法，没有打开。"
            "请向提供文件的单位核实来源。"
        )
        raise SourceError(msg)


def _to_content(file: BinaryIO, entry: Entry, path: Path) -> None:
    """Put the file behind the entry's own header, which repeats its name at its own length."""
    file.seek(entry.start)
    head = file.read(_ENTRY_HEAD)
    if len(head) < _ENTRY_HEAD or not head.startswith(_ENTRY_MARK):
        raise SourceError(_damaged(path, entry.name))
    name_length, extra_length = struct.unpack_from("<HH", head, 26)
    file.seek(name_length + extra_length, 1)


def _stored(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    left = entry.packed
    while left and (chunk := file.read(min(left, _CHUNK))):
        left -= len(chunk)
        yield chunk


def _inflated(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in _stored(file, entry):
        waiting = packed
        while waiting or not unpacker.eof:
            chunk = unpacker.decompress(waiting, _CHUNK)
            waiting = unpacker.unconsumed_tail
            if chunk:
                yield chunk
            if unpacker.eof:
                return
            if not chunk and not waiting:
                break


def _damaged(path: Path, name: str = "") -> str:
    where = f"里的「{_shown(name)}」" if name else ""
    return f"「{path.name}」{where}不完整或已损坏，读不出来。请重新下载或重新打包后重试。"


def _shown(name: str) -> str:
    """A name that fits into a sentence."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= 60 else f"{plain[:59]}…"  # noqa: PLR2004 - one line on screen


def _mib(size: int) -> int:
    return -(-size // MIB)
