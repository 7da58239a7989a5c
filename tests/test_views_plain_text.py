"""Text from outside, on its way into Markdown and HTML. `tests/browser` shows the outcome."""

from __future__ import annotations

import html
import math
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.safe_text import plain_text
from views.plain_text import escaped, plain

MARKS = set(string.punctuation)


def shown(markdown: str) -> str:
    """What a Markdown reader shows of escaped text."""
    return re.sub(r"\\(.)", r"\1", markdown).replace("\u2060", "")


@pytest.mark.parametrize("nothing", [None, math.nan, "", "  \n"])
def test_nothing_is_nothing(nothing: object) -> None:
    assert plain(nothing) == ""
    assert escaped(nothing) == ""


@given(st.text())
def test_every_mark_of_punctuation_is_escaped(text: str) -> None:
    markdown = plain(text)
    bare = re.sub(r"\\.", "", markdown)
    assert not MARKS & set(bare)
    assert "\n" not in markdown


@given(st.text().filter(lambda text: "\u2060" not in text))
def test_the_text_shown_is_the_text_given(text: str) -> None:
    assert shown(plain(text)) == plain_text(text)
    assert html.unescape(escaped(text)) == html.unescape(html.escape(plain_text(text)))


@pytest.mark.parametrize(
    "mark",
    [":material/delete:", ":red[x]", ":tada:", "https://a.b/c", "www.a.b", "a@b.cn", "->", "--"],
)
def test_marks_that_are_read_after_the_escapes_are_broken_up(mark: str) -> None:
    assert mark not in re.sub(r"\\(.)", r"\1", plain(mark))


@given(st.text())
def test_escaped_text_holds_no_markup(text: str) -> None:
    assert not set("<>\"'") & set(escaped(text))


def test_long_text_is_cut() -> None:
    assert plain("字" * 300) == "字" * 199 + "…"
    assert escaped("<" * 3, limit=2) == "&lt;…"
