"""Paths as planners write them: what can be no path is said in a sentence, not in a traceback."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from coverage.errors import PlannerError

SHOWN_CHARACTERS: Final = 40
"""How much of a path a message shows; the fault may be its length."""

_LOOP: Final = "链接绕成了圈，指不到任何文件"

_REASONS: Final = {
    errno.ENAMETOOLONG: "名称太长",
    errno.ELOOP: _LOOP,
    errno.EACCES: "没有权限",
    errno.EROFS: "只能读，不能写",
    errno.ENOSPC: "磁盘已满",
}
"""What the system says, in Chinese; a fault that is not listed is told in the system's words."""


def usable_path(
    path: Path, *, title: str, error: type[PlannerError], shown: str | None = None
) -> Path:
    """
    A path made absolute, once the system can look for it; nothing need be there.

    Parameters
    ----------
    path
        Absolute, or relative to where the program runs.
    title
        What it is to the planner, e.g. "项目路径".
    error
        Class of the error to raise.
    shown
        The path as the planner wrote it, for the message; `path` itself when absent.

    Returns
    -------
    path
        Absolute, links followed.

    Raises
    ------
    PlannerError
        Of class `error`, if it holds a zero character, is too long, goes round in links, or
        lies in a folder that may not be entered.
    """
    text = shown or str(path)
    if "\0" in text:
        raise error(_sentence(text, title, "里面有零字节"))
    try:
        place = path.resolve()
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            place.stat()
    except RuntimeError as cause:  # how Python before 3.13 tells of links that go round
        raise error(_sentence(text, title, _LOOP)) from cause
    except OSError as cause:
        raise error(_sentence(text, title, system_reason(cause))) from cause
    return place


def system_reason(cause: OSError) -> str:
    """Why the system refused a path, in Chinese where the reason is a known one."""
    return _REASONS.get(cause.errno or 0) or cause.strerror or str(cause)


def _sentence(text: str, title: str, reason: str) -> str:
    shown = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
    return f"{title}「{shown}」不能用：{reason}。请改正路径后重试。"
