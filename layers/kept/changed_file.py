"""A small file that several sessions may change: one at a time, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S: Final = 5.0
"""How long one session waits for another; a change takes milliseconds."""

LEFT_AFTER_S: Final = 30.0
"""A mark this old was left by a session that was killed."""

_PAUSE_S: Final = 0.02


@contextlib.contextmanager
def changing(path: Path) -> Iterator[None]:
    """
    Keep every other session from changing a file while the block runs.

    Parameters
    ----------
    path
        The file; need not exist. A mark stands beside it for the time of the block.

    Raises
    ------
    OSError
        If the mark cannot be made, or another session has kept it for `WAIT_S`.
    """
    mark = path.with_name(f"{path.name}.lock")
    until = time.monotonic() + WAIT_S
    while True:
        try:
            mark.open("xb").close()
            break
        except FileExistsError:
            with contextlib.suppress(FileNotFoundError):
                if time.time() - mark.stat().st_mtime > LEFT_AFTER_S:
                    mark.unlink()
                    continue
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """
    Write a file beside its place, push it to the disk, and rename it.

    Parameters
    ----------
    path
        Where to; an existing file is replaced.
    content
        Content.

    Raises
    ------
    OSError
        If it cannot be written; the old file is then untouched.
    """
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with fresh.open("xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
