from __future__ import annotations

import math

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.safe_text import plain_text, safe_text, safe_tree

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }}",
    "{{ cycler.__init__.__globals__.os.getpid() }}",
    "{% raw %}",
    "{# note #}",
    "${alert(1)}",
    "`'\"\\",
    "</script>",
    "&lt;b&gt;",
    "一行\n两行\r\n三行\u2028四行",
]


@pytest.mark.parametrize("value", [None, math.nan, "", " \n\t ", "\x00\x1b"])
def test_nothing_to_say_is_empty(value):
    assert plain_text(value) == ""
    assert safe_text(value) == ""


def test_visible_text_is_kept():
    assert plain_text("李村 <b> {{1}}") == "李村 <b> {{1}}"
    assert plain_text(" 李村\n卫生室\t\x07甲 ") == "李村 卫生室 甲"
    assert plain_text(12) == "12"


def test_family_emoji_stays_whole():
    assert plain_text("👨‍👩‍👧") == "👨‍👩‍👧"


def test_text_that_cannot_be_written_goes():
    assert plain_text("a\ud800b") == "ab"


def test_reading_direction_cannot_be_turned():
    assert plain_text("abc\u202etxt.exe") == "abctxt.exe"


def test_long_text_is_cut_and_says_so():
    assert plain_text("村" * 201) == "村" * 199 + "…"
    assert plain_text("村" * 200) == "村" * 200
    assert safe_text("{" * 10, limit=4) == "｛｛｛…"


def test_characters_of_code_become_full_width():
    assert safe_text("{}<>$&\"'`\\") == "｛｝＜＞＄＆＂＇｀＼"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_template_engine_finds_anything(text):
    assert jinja2.Template(safe_text(text)).render() == safe_text(text)


@given(st.text(), st.integers(1, 50))
def test_safe_text_holds_nothing_that_could_be_code(text, limit):
    safe = safe_text(text, limit=limit)
    assert len(safe) <= limit
    assert not set(safe) & set("{}<>$&\"'`\\\n\r\t\x00\u2028\u2029")
    assert safe == safe_text(safe, limit=limit)
    safe.encode("utf-8")


def test_a_tree_is_made_safe_everywhere():
    tree = {"<a>": ["{b}", {"c": ("$", 1.5, None, True)}]}
    assert safe_tree(tree) == {"＜a＞": ["｛b｝", {"c": ["＄", 1.5, None, True]}]}
    assert tree == {"<a>": ["{b}", {"c": ("$", 1.5, None, True)}]}
