"""User text made harmless before it reaches a page.

Names come from other people's spreadsheets. folium compiles whatever stands in its data as a Jinja
template on this machine and writes it unescaped into HTML and JavaScript, so a name must hold no
character that any of the three could read as code. Full-width forms look the same to a reader.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Final

TEXT_LIMIT: Final = 200
"""Characters of one name or line; more is cut and ends in an ellipsis."""

_FULL_WIDTH: Final = str.maketrans(
    {
        "{": "｛",
        "}": "｝",
        "<": "＜",
        ">": "＞",
        "$": "＄",
        "&": "＆",
        '"': "＂",
        "'": "＇",
        "`": "｀",
        "\\": "＼",
    }
)

_DIRECTION_MARKS: Final = frozenset(
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Marks that turn the reading direction and so can disguise what a line says."""


_NOT_IN_XML: Final = frozenset("\ufffe\uffff")
"""No control characters, but no XML document (Word, Excel, SVG, KML) may hold them either."""


def plain_text(value: object, *, limit: int = TEXT_LIMIT) -> str:
    r"""
    One line of readable text, every visible character kept.

    Control characters, lone surrogates, what XML forbids and direction marks go, line breaks and
    runs of white space become one space. For places that show text as text (`textContent`, JSON).

    Parameters
    ----------
    value
        Any cell; None and NaN become "".
    limit
        Largest number of characters, at least 1.

    Returns
    -------
    text
        At most `limit` characters; a cut text ends in "…".

    Examples
    --------
    >>> plain_text(" 王村\n卫生室\x00 ")
    '王村 卫生室'
    >>> plain_text("abcdef", limit=4)
    'abc…'
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = str(value)
    if not text.isprintable():  # most names are, and need no look at every character
        text = "".join(_readable(character) for character in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def safe_text(value: object, *, limit: int = TEXT_LIMIT) -> str:
    r"""
    One line of text that no template engine, HTML parser or JavaScript can read as code.

    Parameters
    ----------
    value
        Any cell; None and NaN become "".
    limit
        Largest number of characters, at least 1.

    Returns
    -------
    text
        As `plain_text`, with ``{ } < > $ & " ' ` \`` in their full-width forms.

    Examples
    --------
    >>> safe_text("{{ 7*7 }}<b>")
    '｛｛ 7*7 ｝｝＜b＞'
    """
    return plain_text(value, limit=limit).translate(_FULL_WIDTH)


def safe_tree(value: object) -> object:
    """
    Copy of a JSON-like value in which every string, keys included, has passed `safe_text`.

    Parameters
    ----------
    value
        Nested dicts, lists, tuples, dataclasses, strings, numbers, booleans and None.

    Returns
    -------
    value
        Same structure; tuples become lists, dataclasses dicts.
    """
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, dict):
        return {_safe(key): safe_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        # Most of a map is coordinates, which need no call each.
        return [item if type(item) is float else safe_tree(item) for item in value]
    if is_dataclass(value):
        return {one.name: safe_tree(getattr(value, one.name)) for one in fields(value)}
    return value


@lru_cache(maxsize=100_000)
def _safe(text: str) -> str:
    """`safe_text`, remembered: keys and phrases come again thousands of times."""
    return safe_text(text)


def _readable(character: str) -> str:
    if character.isspace():
        return " "
    if character in _DIRECTION_MARKS or character in _NOT_IN_XML:
        return ""
    if unicodedata.category(character) in {"Cc", "Cs"}:
        return ""
    return character
