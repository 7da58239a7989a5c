"""A folder of the system for what is not to stay; when it is full, it is the one that is named."""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coverage.errors import OutputError
from layers.paths import system_reason

if TYPE_CHECKING:
    from collections.abc import Iterator


LEAST_BYTES: Final = 1_000_000
"""A disk with less room is full: nothing that is written here is smaller."""

DISK_FULL: Final = "磁盘已满"


@contextlib.contextmanager
def scratch_folder(prefix: str = "quantu-") -> Iterator[Path]:
    """
    A temporary folder, removed with what is in it.

    Whatever the system refuses within the block is told of the temporary folder: the folder of
    the results, which the planner named, may be on another disk and have all the room in the world.
    So nothing but scratch files may be written in it.

    Parameters
    ----------
    prefix
        Of its name.

    Yields
    ------
    folder
        Empty.

    Raises
    ------
    OutputError
        If it cannot be made or written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    except OSError as error:
        raise _refused(system_reason(error)) from error
    except Exception as error:
        # A writer of results says so of its folder, which is the scratch folder here.
        if isinstance(error, OutputError) and isinstance(error.__cause__, OSError):
            raise _refused(system_reason(error.__cause__)) from error
        # GDAL and SQLite have errors of their own, which do not say what is the matter.
        if _room() < LEAST_BYTES:
            raise _refused(DISK_FULL) from error
        raise


def _room() -> float:
    """Bytes that are free where temporary files are."""
    try:
        return shutil.disk_usage(tempfile.gettempdir()).free
    except OSError:
        return math.inf


def _refused(reason: str) -> OutputError:
    try:
        where = f"「{tempfile.gettempdir()}」"
    except FileNotFoundError:  # none of the places that the system knows can be written
        where = ""
    return OutputError(
        f"系统的临时文件夹{where}写不进去（{reason}），没有写出结果。"
        "请清理该磁盘，或用环境变量 TMPDIR（Windows 为 TEMP）另指一个临时文件夹后重试。"
    )
