"""Where two files begin to differ: the row of a table, the line of a text."""

from __future__ import annotations

import csv
import io
from itertools import count, zip_longest
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LINE: Final = 1_000_000
"""Bytes that are read as one line; a file that was tampered with may have no line ends."""

TEXTS: Final = (".csv", ".json", ".geojson", ".kml", ".txt")
"""Endings of files that have lines."""

SHOWN: Final = 40
"""Characters of a value that are shown."""


def first_difference(old: Path, new: Path) -> str:
    """
    Where the first difference of two files is, in Chinese.

    Parameters
    ----------
    old, new
        As it was and as it is; a link is not followed, since the old one may come from anywhere.

    Returns
    -------
    told
        "第 3 行「人口」：300 → 301"; "" where they are the same or one cannot be read.
    """
    try:
        if old.is_symlink() or not old.is_file() or not new.is_file():
            return ""
        with old.open("rb") as before, new.open("rb") as after:
            head = before.read(LONGEST_LINE).splitlines(keepends=True)[:1]
            before.seek(0)
            return _difference(before, after, head=head, name=new.name)
    except OSError:
        return ""


def _difference(before: BinaryIO, after: BinaryIO, *, head: list[bytes], name: str) -> str:
    pairs = zip_longest(_lines(before), _lines(after), fillvalue=b"")
    for number, (then, now) in zip(count(1), pairs, strict=False):
        if then == now:
            continue
        if not name.lower().endswith(TEXTS):
            return "内容不同"
        if not then or not now:
            return f"第 {number} 行：{'原来没有' if not then else '现在没有'}"
        if name.lower().endswith(".csv") and number > 1:
            return f"第 {number} 行{_cell(head[0], then, now)}"
        return f"第 {number} 行"
    return ""


def _lines(handle: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: handle.readline(LONGEST_LINE), b"")


def _cell(head: bytes, then: bytes, now: bytes) -> str:
    """The first cell that differs in two rows of a table, where they are rows."""
    names, old, new = (_cells(line) for line in (head, then, now))
    if not len(names) == len(old) == len(new):
        return ""
    for name, one, other in zip(names, old, new, strict=True):
        if one != other:
            return f"「{name[:SHOWN]}」：{_shown(one)} → {_shown(other)}"
    return ""


def _cells(line: bytes) -> list[str]:
    text = line.decode("utf-8-sig", errors="replace")
    try:
        return next(csv.reader(io.StringIO(text)), [])
    except csv.Error:
        return []


def _shown(value: str) -> str:
    if not value:
        return "空"
    return value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
