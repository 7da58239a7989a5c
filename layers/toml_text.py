"""The text of a TOML file, statement by statement, so that one part can change and the rest stay.

`tomllib` reads values but not where they stand. The text given here must be valid TOML already.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_BLANK: Final = re.compile(r"[ \t]*")
_BLANK_LINES: Final = re.compile(r"[ \t\r\n]*")
_EMPTY_LINES: Final = re.compile(r"(?:[ \t]*\r?\n)+")
_COMMENT: Final = re.compile(r"#[^\r\n]*")
_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR: Final = re.compile(r"""[^\[\]{}"'#\r\n]+""")
_NEEDS_ESCAPE: Final = re.compile(r'[\x00-\x1f\x7f"\\]')


@dataclass(frozen=True)
class Statement:
    """
    A table header or a key with its value.

    Parameters
    ----------
    path
        The full name: that of the table, and the key's own parts.
    is_header
        Whether it opens a table.
    start, end
        Where it stands in the text, `end` after its last character; without the blanks around
        it and the comment behind it.
    comments
        The comments inside a value of several lines.
    """

    path: tuple[str, ...]
    is_header: bool
    start: int
    end: int
    comments: tuple[str, ...] = ()


def statements(text: str) -> list[Statement]:
    """
    The statements of a TOML document, in order.

    Parameters
    ----------
    text
        Valid TOML; with either kind of line ends.

    Examples
    --------
    >>> for one in statements('a.b = 1 # why' + chr(10) + '[c."d e"]'):
    ...     print(one.path, one.is_header, one.start, one.end)
    ('a', 'b') False 0 7
    ('c', 'd e') True 14 23
    """
    found: list[Statement] = []
    table: tuple[str, ...] = ()
    place = _after(_BLANK_LINES, text, 0)
    while place < len(text):
        start = place
        if text[place] == "#":
            place = _after(_COMMENT, text, place)
        elif text[place] == "[":
            brackets = 2 if text.startswith("[[", place) else 1
            table, place = _key(text, place + brackets)
            place += brackets
            found.append(Statement(table, is_header=True, start=start, end=place))
        else:
            key, place = _key(text, place)
            place, comments = _value_end(text, place + 1)
            found.append(Statement((*table, *key), False, start, place, comments))
        place = _after(_BLANK_LINES, text, place)
    return found


def replaced(text: str, given_up: Sequence[Statement], put: str) -> str:
    """
    A TOML document without some of its statements, and others in their place.

    Comments stay: those inside a value and behind it stand on lines of their own.

    Parameters
    ----------
    text
        Valid TOML.
    given_up
        Some of its `statements`, in order.
    put
        Tables with headers, lines ended by a line feed: put where the first table that is
        given up began, or at the end of the text.

    Examples
    --------
    >>> old = "[a]  # A" + chr(10) + "x = 1" + chr(10) + "[b]" + chr(10)
    >>> print(replaced(old, statements(old)[:2], "[c]" + chr(10)))
    [c]
    <BLANKLINE>
    # A
    [b]
    <BLANKLINE>
    """
    line_end = "\r\n" if "\r\n" in text else "\n"
    put = put.replace("\n", line_end)
    parts: list[str] = []
    done = 0
    for one in given_up:
        parts.append(text[done : text.rfind("\n", 0, one.start) + 1])
        if one.is_header and put:
            parts += [put, line_end]
            put = ""
        parts += [comment + line_end for comment in one.comments]
        done = _after(_BLANK, text, one.end)
        if not text.startswith("#", done):
            done = _after(_EMPTY_LINES, text, done)
    kept = "".join(parts) + text[done:]
    if given_up and done == len(text):
        kept = kept.rstrip("\r\n") + line_end
    if not (put and kept):
        return kept + put
    return kept + line_end * (1 if kept.endswith("\n") else 2) + put


def quoted(text: str) -> str:
    r"""
    Text as a TOML string.

    Parameters
    ----------
    text
        Any text; half of a surrogate pair, which no file can hold, becomes "?".

    Examples
    --------
    >>> print(quoted('a "b"'))
    "a \"b\""
    """
    text = text.encode(errors="replace").decode()
    return '"' + _NEEDS_ESCAPE.sub(lambda one: _escape(one[0]), text) + '"'


def key_text(key: str) -> str:
    """
    A key as TOML writes it, in quotes where it must be.

    Parameters
    ----------
    key
        One part of a key.

    Examples
    --------
    >>> print(key_text("primary"), key_text(""), key_text("concrete:lanes"))
    primary "" "concrete:lanes"
    """
    return key if _BARE_KEY.fullmatch(key) else quoted(key)


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return f"\\u{ord(character):04x}"


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _key(text: str, place: int) -> tuple[tuple[str, ...], int]:
    """The parts of a key, and where the blanks behind it end."""
    parts: list[str] = []
    while True:
        place = _after(_BLANK, text, place)
        end = max(_after(_STRING, text, place), _after(_BARE_KEY, text, place))
        part = text[place:end]
        parts.append(tomllib.loads(f"x = {part}")["x"] if part[0] in "\"'" else part)
        place = _after(_BLANK, text, end)
        if not text.startswith(".", place):
            return tuple(parts), place
        place += 1


def _value_end(text: str, place: int) -> tuple[int, tuple[str, ...]]:
    """Where the value that follows an equals sign ends, and the comments inside it."""
    depth = 0
    end = place = _after(_BLANK, text, place)
    comments: list[str] = []
    while place < len(text) and (depth or text[place] not in "#\r\n"):
        start = place
        if text[place] == "#":
            place = _after(_COMMENT, text, place)
            comments.append(text[start:place])
            continue
        if text[place] in "[{":
            depth += 1
        elif text[place] in "]}":
            depth -= 1
        place = max(_after(_STRING, text, place), _after(_SCALAR, text, place), place + 1)
        if text[start:place].strip():
            end = start + len(text[start:place].rstrip(" \t"))
    return end, tuple(comments)
