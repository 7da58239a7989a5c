"""What a section of the report consists of, before anything is put into a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from reports.layer_files import safe_file_name
from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_LIMIT: Final = 2_000
"""Characters of one name, cell or paragraph; more is cut and ends in an ellipsis."""


def word_text(value: object, *, limit: int = TEXT_LIMIT) -> str:
    r"""
    One line of text that a Word document can hold; markup in it stays text.

    Parameters
    ----------
    value
        Any cell; None and NaN become "".
    limit
        Largest number of characters.

    Examples
    --------
    >>> word_text("<b>&{{ 1 }}\x00\ufffe 村\n卫生室")
    '<b>&{{ 1 }} 村 卫生室'
    """
    return plain_text(value, limit=limit)


@dataclass(frozen=True)
class Heading:
    """A heading within a section (（一）…); the section's own stands in the template."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; "note" is a remark below a table, in smaller type."""

    text: str
    kind: Literal["body", "note"] = "body"


@dataclass(frozen=True)
class Table:
    """
    A numbered table.

    Parameters
    ----------
    caption
        Without its number.
    heads
        Names of the columns with their units.
    rows
        Each as long as `heads`.
    widths
        Of the columns, in proportion to each other.
    align
        One letter per column: "l", "c" or "r".
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    align: str


@dataclass(frozen=True)
class Figure:
    """A numbered picture: PNG, and its caption without the number."""

    picture: bytes
    caption: str


_NUMBER: Final = re.compile(r"^图\d+_")
"""Begins the names of the files of maps."""

Block = Heading | Text | Table | Figure


def texts(*sentences: str) -> list[Block]:
    """Paragraphs of the sentences that are not empty."""
    return [Text(sentence) for sentence in sentences if sentence]


def picture(pictures: Mapping[str, bytes], stem: str, *, caption: str) -> list[Block]:
    """
    The picture of a map, if it was drawn.

    Parameters
    ----------
    pictures
        PNG by name of the file: "图03_" and the stem, with or without folder and ending.
    stem
        `reports.printing.drawing.PrintMap.stem`.
    caption
        Below the picture.
    """
    for name, content in pictures.items():
        file = name.rpartition("/")[2].removesuffix(".png")
        if _NUMBER.sub("", file) == safe_file_name(stem):
            return [Figure(content, caption)]
    return []
