"""Where the statements of a TOML file stand, checked against what `tomllib` reads from it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.toml_text import key_text, quoted, replaced, statements

NASTY = '''\
# [comment]
a = 1  # [x]
"b.c" = "[modes.x] # \\" ="
d . 'e f' = \'\'\'
[modes.x]
k = 1 ''\'\'\'
g = """
[modes.y] \\"\\"\\" # no comment
""\\""""""
h = [ # first
    "]", # second
    [1, 2], # ]
    {i = "}"},
] # behind
j = {k = [1, {l = '#'}], "m n" = 2}
[ table . "in.side" ]   # header
n = 1979-05-27 07:32:00
o = ""
p = ''
[[list]]
q = +1.5e-7
[[ list ]]
\tr = true'''


def as_tables(text):
    """What the statements say, each parsed by itself."""
    tables: dict = {}
    place = tables
    for one in statements(text):
        raw = text[one.start : one.end]
        if one.is_header:
            place = tables
            for part in one.path[:-1]:
                place = place.setdefault(part, {})
            if raw.startswith("[["):
                place = place.setdefault(one.path[-1], [])
                place.append({})
                place = place[-1]
            else:
                place = place.setdefault(one.path[-1], {})
        else:
            _merge(place, tomllib.loads(raw))
    return tables


def _merge(into, more):
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n# end"])
def test_statements_are_what_tomllib_reads(line_end, tail):
    text = (NASTY + tail).replace("\n", line_end)
    assert as_tables(text) == tomllib.loads(text)


def test_paths_and_comments():
    found = statements(NASTY)
    assert [one.path for one in found] == [
        ("a",), ("b.c",), ("d", "e f"), ("g",), ("h",), ("j",), ("table", "in.side"),
        ("table", "in.side", "n"), ("table", "in.side", "o"), ("table", "in.side", "p"),
        ("list",), ("list", "q"), ("list",), ("list", "r"),
    ]  # fmt: skip
    assert found[4].comments == ("# first", "# second", "# ]")
    assert [one.is_header for one in found] == [False] * 6 + [True] + [False] * 3 + [
        True, False, True, False,
    ]  # fmt: skip


def test_nothing_has_no_statements():
    assert statements("") == []
    assert statements("\n # a\r\n\t\n") == []


@given(st.text())
def test_any_text_can_be_quoted(text):
    readable = text.encode(errors="replace").decode()
    assert tomllib.loads(f"x = {quoted(text)}") == {"x": readable}
    assert tomllib.loads(f"{key_text(text)} = 1") == {readable: 1}
    assert statements(f"{key_text(text)} = {quoted(text)}")[0].path == (readable,)


def test_half_a_surrogate_pair_does_not_reach_the_file():
    assert quoted("a\ud800") == '"a?"'


VALUES = st.recursive(
    st.text() | st.integers(-999, 999) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


def value_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(value_text, value)) + "]"
    return str(value)


@given(
    tables=st.dictionaries(
        st.text(min_size=1, max_size=5).filter(str.isprintable),
        st.dictionaries(st.text(max_size=4), VALUES, max_size=4),
        max_size=5,
    ),
    line_end=st.sampled_from(["\n", "\r\n"]),
    gone=st.integers(0, 4),
)
def test_taking_a_table_out_leaves_the_others(tables, line_end, gone):
    text = ""
    for name, table in tables.items():
        text += f"[{key_text(name)}]{line_end}"
        text += "".join(f"{key_text(k)} = {value_text(v)}{line_end}" for k, v in table.items())
    before = tomllib.loads(text)
    names = list(before)
    given_up = [one for one in statements(text) if names[gone : gone + 1] == [one.path[0]]]
    after = tomllib.loads(replaced(text, given_up, ""))
    assert after == {name: before[name] for name in names if name not in names[gone : gone + 1]}


def test_what_is_put_stands_where_the_first_table_was():
    text = "a = 1\n\n# one\n[b]  # two\nc = 1 # three\n\nd = [ # four\n]\n\n# five\n[e]\nf = 1\n"
    gone = [one for one in statements(text) if one.path[0] == "b"]
    assert replaced(text, gone, "[g]\nh = 1\n") == (
        "a = 1\n\n# one\n[g]\nh = 1\n\n# two\n# three\n\n# four\n# five\n[e]\nf = 1\n"
    )


def test_what_is_put_stands_at_the_end_otherwise():
    assert replaced("", [], "[a]\n") == "[a]\n"
    assert replaced("x = 1", [], "[a]\n") == "x = 1\n\n[a]\n"
    assert replaced("x = 1\r\n", [], "[a]\nb = 1\n") == "x = 1\r\n\r\n[a]\r\nb = 1\r\n"


def test_a_table_taken_out_at_the_end_leaves_one_line_end():
    text = "x = 1\n\n\n[a]\nb = 1\n\n"
    gone = [one for one in statements(text) if one.path[0] == "a"]
    assert replaced(text, gone, "") == "x = 1\n"
    assert replaced(text, [], "") == text
