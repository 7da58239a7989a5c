"""Tables as TOML text: what this program writes into plans and choices, for people to read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from layers.toml_text import key_text, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping


def tables_text(tables: Mapping[str, Any]) -> str:
    r"""
    Outermost tables as TOML; empty ones are left out.

    Parameters
    ----------
    tables
        Name -> a mapping, for `[name]`, or a list of mappings, for `[[name]]`. In them: texts,
        numbers, flags, dates, lists, and mappings, which stand on one line.

    Examples
    --------
    >>> print(tables_text({"area": {"东": ["1"]}, "values": [{"year": 2025, "value": 8.0}]}))
    [area]
    "东" = ["1"]
    <BLANKLINE>
    [[values]]
    year = 2025
    value = 8
    <BLANKLINE>
    """
    blocks = []
    for name, table in tables.items():
        for one in table if isinstance(table, list) else [table]:
            if one:
                header = (
                    f"[[{key_text(name)}]]" if isinstance(table, list) else f"[{key_text(name)}]"
                )
                lines = [f"{key_text(key)} = {_value(value)}\n" for key, value in one.items()]
                blocks.append(f"{header}\n{''.join(lines)}")
    return "\n".join(blocks)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, int | dt.date):
        return str(value)
    if isinstance(value, dict):
        pairs = ", ".join(f"{key_text(key)} = {_value(one)}" for key, one in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    msg = f"no TOML for {type(value).__name__}"
    raise TypeError(msg)
