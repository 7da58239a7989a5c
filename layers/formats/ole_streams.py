"""The streams of a compound file (OLE): the shell of .xls, and of every workbook with a password.

References
----------
[MS-CFB]: Compound File Binary File Format, 2.2 (header), 2.3 to 2.5 (sectors), 2.6 (directory).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from layers.formats.first_bytes import OLE_MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

_END: Final = 0xFFFFFFFA
"""Numbers of sectors from here on mean an end, a gap or a table."""
_TABLE: Final = 0xFFFFFFFD
_LAST: Final = 0xFFFFFFFE
_FREE: Final = 0xFFFFFFFF
_DIRECTORY_ENTRY: Final = 128
_IN_HEADER: Final = 109
_STREAM: Final = 2
_ROOT: Final = 5


class NotCompoundError(ValueError):
    """A file that begins as a compound file and is none."""


@dataclass(frozen=True)
class _Place:
    kind: int
    first: int
    size: int


class CompoundFile:
    """
    A compound file in memory.

    Parameters
    ----------
    content
        The whole file.

    Raises
    ------
    NotCompoundError
        If its tables point nowhere or in a circle.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        if len(content) < 512 or not content.startswith(OLE_MARK):  # noqa: PLR2004 - its header
            raise NotCompoundError
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in {9, 12} or mini_shift > shift:
            raise NotCompoundError
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        _, directory, _, self._cutoff, mini, _, more, _ = struct.unpack_from("<8I", content, 44)
        self._next = self._table(more)
        self._places = self._directory(self._chain(directory, self._next))
        numbers = self._stream_of_sectors(mini)
        self._mini_next = struct.unpack(f"<{len(numbers) // 4}I", numbers[: len(numbers) // 4 * 4])
        root = next((place for place in self._places.values() if place.kind == _ROOT), None)
        self._mini = self._stream_of_sectors(root.first) if root else b""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its streams."""
        return tuple(name for name, place in self._places.items() if place.kind == _STREAM)

    def stream(self, name: str) -> bytes:
        """
        The bytes of one stream.

        Parameters
        ----------
        name
            One of `names`.

        Raises
        ------
        NotCompoundError
            If it is not all there.
        """
        place = self._places[name]
        if place.size >= self._cutoff:
            content = self._stream_of_sectors(place.first)
        else:
            size = self._mini_size
            chain = self._chain(place.first, self._mini_next)
            content = b"".join(self._mini[at * size : (at + 1) * size] for at in chain)
        if len(content) < place.size:
            raise NotCompoundError
        return content[: place.size]

    def _sector(self, number: int) -> bytes:
        # the header takes the place of the first sector
        start = (number + 1) * self._size
        if start >= len(self._content):
            raise NotCompoundError
        return self._content[start : start + self._size]

    def _numbers(self, sector: int) -> tuple[int, ...]:
        content = self._sector(sector)
        return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])

    def _table(self, more: int) -> list[int]:
        """For every sector the one that follows it."""
        wanted = list(struct.unpack_from(f"<{_IN_HEADER}I", self._content, 76))
        seen: set[int] = set()
        while more < _END and more not in seen:
            seen.add(more)
            *numbers, more = self._numbers(more)
            wanted += numbers
        followers: list[int] = []
        for sector in wanted:
            if sector < _END:
                followers += self._numbers(sector)
            if len(followers) * self._size > len(self._content) + self._size**2:
                break
        return followers

    @staticmethod
    def _chain(first: int, followers: list[int] | tuple[int, ...]) -> list[int]:
        found: list[int] = []
        while first < _END:
            if first >= len(followers) or len(found) > len(followers):
                raise NotCompoundError
            found.append(first)
            first = followers[first]
        return found

    def _stream_of_sectors(self, first: int) -> bytes:
        return b"".join(map(self._sector, self._chain(first, self._next)))

    def _directory(self, chain: list[int]) -> dict[str, _Place]:
        content = b"".join(map(self._sector, chain))
        found: dict[str, _Place] = {}
        for start in range(0, len(content) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY):
            length, kind = struct.unpack_from("<HB", content, start + 64)
            name = content[start : start + max(min(length, 64) - 2, 0)]
            first, size = struct.unpack_from("<II", content, start + 116)
            if kind in {_STREAM, _ROOT}:
                found.setdefault(name.decode("utf-16-le", "replace"), _Place(kind, first, size))
        return found


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """
    A compound file of these streams, in sectors of 4,096 bytes.

    Parameters
    ----------
    streams
        By name; short ones are filled up with zeros, so that none is put among the small ones.

    Examples
    --------
    >>> CompoundFile(compound_file({"Book": bytes(5000)})).names
    ('Book',)
    """
    size, followers, content = 4096, [_LAST], bytes(4096)
    # the first sector stands for the small ones: some readers want there to be some
    entries = [_entry("Root Entry", _ROOT, 0, size)]
    for name, stream in streams.items():
        first, count = len(followers), max(-(-len(stream) // size), 1)
        followers += [*range(first + 1, first + count), _LAST]
        entries.append(_entry(name, _STREAM, first, max(len(stream), size)))
        content += stream.ljust(count * size, b"\0")
    directory, count = len(followers), -(-len(entries) * _DIRECTORY_ENTRY // size)
    followers += [*range(directory + 1, directory + count), _LAST]
    content += b"".join(entries).ljust(count * size, b"\0")
    tables = -(-len(followers) * 4 // (size - 4))
    places = range(len(followers), len(followers) + tables)
    followers += [_TABLE] * tables
    free = tables * size // 4 - len(followers)
    header = struct.pack("<8s16x5H6x", OLE_MARK, 62, 4, 0xFFFE, 12, 6)
    header += struct.pack("<9I", count, tables, directory, 0, 4096, _LAST, 0, _LAST, 0)
    header += struct.pack(f"<{_IN_HEADER}I", *places, *[_FREE] * (_IN_HEADER - tables))
    return (
        header.ljust(size, b"\0")
        + content
        + struct.pack(f"<{len(followers) + free}I", *followers, *[_FREE] * free)
    )


def _entry(name: str, kind: int, first: int, size: int) -> bytes:
    raw = name.encode("utf-16-le")
    head = raw.ljust(64, b"\0") + struct.pack("<HBB3i", len(raw) + 2, kind, 1, -1, -1, -1)
    return head + struct.pack("<36xIQ", first, size)
