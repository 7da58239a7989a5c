"""What the command face says: lines fit for a terminal, and what is wrong with a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def visible(line: str) -> str:
    r"""
    A line without line breaks and control sequences: names come from outside.

    Examples
    --------
    >>> visible("李村\x1b[2J\n王村")
    '李村 [2J 王村'
    """
    return "".join(character if character.isprintable() else " " for character in line)


def fault_text(error: typer.TyperException) -> str:
    """What is wrong with the words of a command, where Typer says it; begins with a comma."""
    missing = getattr(error, "param", None)
    if missing is not None:
        names = [name for name in missing.opts if name.startswith("-")]
        return f"，缺少 {' '.join([*names[:1], missing.metavar])}：{missing.help}"
    option = getattr(error, "option_name", None)
    if option is None:
        return ""
    is_unknown = hasattr(error, "possibilities")
    return f"，没有 {option} 这个选项" if is_unknown else f"，{option} 后面没有写内容"
