"""What a section of the report consists of, before anything is put into a document."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from reports.safe_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    """
    A paragraph.

    Parameters
    ----------
    text
        What it says.
    kind
        "note" is a remark below a table, in smaller type.
    figure
        Caption of the figure whose number ends the paragraph (…见图3。); "" for none.
    """

    text: str
    kind: Literal["body", "note"] = "body"
    figure: str = ""


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
    """A numbered picture: PNG, its caption without the number, what the text calls it."""

    picture: bytes
    caption: str
    about: str = ""


Block = Heading | Text | Table | Figure


def texts(*sentences: str) -> list[Block]:
    """Paragraphs of the sentences that are not empty."""
    return [Text(sentence) for sentence in sentences if sentence]


def referred(text: str, figures: Sequence[Block]) -> Block:
    """
    A paragraph that says where its map is, if there is one.

    Parameters
    ----------
    text
        Whole sentences.
    figures
        The map's, or none.
    """
    for figure in figures:
        if isinstance(figure, Figure):
            return Text(f"{text}{figure.about}见", figure=figure.caption)
    return Text(text)


def flat(name: str) -> str:
    """
    A name with brackets as it stands within brackets.

    Examples
    --------
    >>> flat("15分钟（步行或骑行）"), flat("甲（乙）丙")
    ('15分钟，步行或骑行', '甲（乙）丙')
    """
    found = re.fullmatch(r"([^（）]+)（([^（）]+)）", name)
    return f"{found[1]}，{found[2]}" if found else name


def quoted(text: str) -> str:
    """
    Words that stand within quotation marks: theirs become single ones, as GB/T 15834 has it.

    Examples
    --------
    >>> quoted("打造“15分钟健身圈”")
    '“打造‘15分钟健身圈’”'
    """
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


def stopped(text: str) -> str:
    """
    A sentence with its full stop, and with quotation marks as documents have them.

    Examples
    --------
    >>> stopped("「红线」排除了 4 个候选点"), stopped(""), stopped("请核对。")
    ('“红线”排除了 4 个候选点。', '', '请核对。')
    """
    shown = text.translate(str.maketrans("「」", "“”")).strip()
    return shown if not shown or shown.endswith(("。", "！", "？", "…")) else f"{shown}。"


def file_names(files: Iterable[str]) -> dict[str, str]:
    """
    Files as a reader knows them: without folders, where that leaves each a name of its own.

    Parameters
    ----------
    files
        Paths, a layer behind "|".

    Examples
    --------
    >>> list(file_names(["../a/x.csv", "b/y.gpkg|县界", "y.csv", "b/y.csv"]).values())
    ['x.csv', 'y.gpkg（县界）', 'y.csv', 'b/y.csv']
    """
    parts = {one: str(one).partition("|")[::2] for one in files}
    ends = Counter((path.rpartition("/")[2], layer) for path, layer in parts.values())
    found = {}
    for one, (path, layer) in parts.items():
        short = path.rpartition("/")[2]
        shown = short if ends[short, layer] == 1 else path
        found[one] = word_text(f"{shown}（{layer}）" if layer else shown)
    return found


def picture(
    pictures: Mapping[str, bytes], stem: str, *, caption: str, about: str = ""
) -> list[Block]:
    """
    The picture of a map, if it was drawn.

    Parameters
    ----------
    pictures
        PNG by `reports.printing.drawing.PrintMap.stem`.
    stem
        Of one map.
    caption
        Below the picture.
    about
        What the text calls it: "覆盖范围" of "覆盖范围见图3。".
    """
    return [Figure(pictures[stem], caption, about)] if stem in pictures else []
