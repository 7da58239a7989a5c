"""What `[plans] use` of the file of choices names."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

OWN_SUFFIX: Final = ".toml"
"""Ends the name of a plan that is a file of the project; ids of shipped plans have none."""


def used_names(path: Path) -> list[str]:
    """What `[plans] use` of a file of choices names; nothing where there is no such file."""
    if not path.is_file():
        return []
    tables = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    return list(tables.get("plans", {}).get("use", []))


def own_plan_files(path: Path) -> list[Path]:
    """
    The files of a project's own plans that its file of choices names and that are there.

    Parameters
    ----------
    path
        The file of choices; one that cannot be read names none: reading it says what is wrong.
    """
    try:
        names = used_names(path)
        files = [path.parent / name for name in names if str(name).endswith(OWN_SUFFIX)]
        return [file for file in files if file.is_file()]
    except (ValueError, AttributeError, TypeError, OSError):
        return []
