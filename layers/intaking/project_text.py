"""The text of a project file with one table put in, all else byte for byte as it was."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

from layers.toml_text import key_text, quoted, replaced, statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layers.toml_text import Statement

LISTS: Final = "facilities"
"""The only table of which there are several."""


def with_table(text: str, name: str, table: Mapping[str, Any]) -> str:
    """
    A project file with a table replaced, or added at the end.

    Parameters
    ----------
    text
        Valid TOML.
    name
        Of a table at the top, e.g. "demand".
    table
        Its keys and values.

    Examples
    --------
    >>> print(with_table('[demand]' + chr(10) + 'from = "osm"' + chr(10), "demand", {"file": "a"}))
    [demand]
    file = "a"
    <BLANKLINE>
    """
    given_up = [one for one in statements(text) if one.path[:1] == (name,)]
    return replaced(text, given_up, table_text(name, table))


def with_list(text: str, table: Mapping[str, Any], *, replaces: int | None = None) -> str:
    """
    A project file with one `[[facilities]]` put in the place of another, or added at the end.

    Parameters
    ----------
    text
        Valid TOML.
    table
        Its keys and values.
    replaces
        Place of the one that is given up, counted from 0; None adds.
    """
    groups = _lists(text)
    if groups is None:
        # An array in one statement cannot be added to: it is written out as tables.
        tables = list(tomllib.loads(text)[LISTS])
        if replaces is None:
            tables.append(table)
        else:
            tables[replaces] = table
        given_up = [one for one in statements(text) if one.path[:1] == (LISTS,)]
        return replaced(text, given_up, lists_text(tables))
    return replaced(text, [] if replaces is None else groups[replaces], lists_text([table]))


def table_text(name: str, table: Mapping[str, Any]) -> str:
    """A table with its header, a line per key."""
    return f"[{key_text(name)}]\n{_lines(table)}"


def lists_text(tables: Sequence[Mapping[str, Any]]) -> str:
    """Several `[[facilities]]`, parted by empty lines."""
    return "\n".join(f"[[{LISTS}]]\n{_lines(table)}" for table in tables)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{key_text(key)} = {_value(value)}\n" for key, value in table.items())


def _lists(text: str) -> list[list[Statement]] | None:
    """The statements of each `[[facilities]]`; None where they stand in one array."""
    groups: list[list[Statement]] = []
    for one in statements(text):
        if one.path[:1] != (LISTS,):
            continue
        if one.is_header and len(one.path) == 1:
            groups.append([])
        if not groups:
            return None
        groups[-1].append(one)
    return groups


def _value(value: Any) -> str:  # noqa: ANN401 - whatever a settings file holds
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)
