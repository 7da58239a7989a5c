"""Files written whole or not at all, and tables and JSON that office programs can open safely.

A crash, a full disk or a pulled plug must leave either the old file or the new one. So every
file is first written beside its place, pushed to the disk, and then renamed over the old one.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coverage.errors import OutputError
from layers.paths import system_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

STAGING_PREFIX: Final = ".quantu-"
"""Begins the name of everything unfinished; swept by the next writer of the folder."""

LOCK_NAME: Final = "lock"

LEFTOVER_AGE_S: Final = 3600.0
"""A single file is written in seconds: its temporary file, once this old, was left by a kill."""

DECIMALS: Final = 6
"""Decimals of seconds, metres, persons and shares: finer than any of them is known."""

DEGREE_DECIMALS: Final = 7
"""Decimals of a degree: about a centimetre."""

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins so is a formula to a spreadsheet."""

LINE_END: Final = "\r\n"
"""Ends a line in a CSV. Python quotes only the characters that stand here, so with a line feed
alone a carriage return inside a name would end the row, and what follows could be a formula."""

CSV_ENCODING: Final = "utf-8-sig"
"""UTF-8 with a byte order mark: Excel on a Chinese Windows reads plain UTF-8 as GBK."""


def write_text(path: Path, text: str) -> None:
    """
    Write a text file as UTF-8 in one step.

    Parameters
    ----------
    path
        Where to; an existing file is replaced.
    text
        Content; lone surrogates, which UTF-8 cannot hold, become "?".

    Raises
    ------
    OutputError
        If it cannot be written; the old file is then untouched.
    """
    write_bytes(path, text.encode("utf-8", errors="replace"))


def write_bytes(path: Path, content: bytes) -> None:
    """
    Write a file in one step.

    Parameters
    ----------
    path
        Where to; an existing file is replaced.
    content
        Content.

    Raises
    ------
    OutputError
        If it cannot be written; the old file is then untouched.
    """
    with _sentences(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(STAGING_PREFIX + "*.tmp"):
            with contextlib.suppress(FileNotFoundError):  # its own writer was faster
                if time.time() - left.stat().st_mtime > LEFTOVER_AGE_S:
                    left.unlink()
        fresh = path.parent / f"{STAGING_PREFIX}{secrets.token_hex(8)}.tmp"
        try:
            with fresh.open("xb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def check_output_folder(out: Path) -> None:
    """
    Say early that results cannot be written, or that another run is writing, before hours of work.

    Nothing stays behind: the folder itself is made only when there is something to write.

    Parameters
    ----------
    out
        Folder that results are meant for; need not exist.

    Raises
    ------
    OutputError
        If `out` is a file, nothing can be made in it (or in the folder above that exists), or
        another run is writing there.
    """
    folder = out.absolute()
    with _sentences(out):
        if folder.is_dir():
            _sweep(out)
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not folder.is_dir():
            raise _not_a_folder(folder)
        with tempfile.TemporaryDirectory(prefix=STAGING_PREFIX, dir=folder):
            pass


@contextlib.contextmanager
def output_set(out: Path) -> Iterator[Path]:
    """
    Write a set of files that belong together.

    Files are written into the folder that is handed out. When the block ends well they take
    their places in `out`; when it does not, or one of them cannot take its place, `out` keeps
    what it had. Other files in `out` are left alone.

    Parameters
    ----------
    out
        Where to; made where it does not exist.

    Yields
    ------
    staging
        Folder beside the final places, to be filled with files and no folders.

    Raises
    ------
    OutputError
        If the folder or a file cannot be written, the disk is full, or another run is
        writing there.
    """
    with _sentences(out):
        if out.exists() and not out.is_dir():
            raise _not_a_folder(out)
        out.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=out))
        try:
            with (staging / LOCK_NAME).open("wb") as lock:
                _try_lock(lock)
                # A run that began in the same moment had no lock yet when this one looked.
                _sweep(out, but=staging)
                fresh = staging / "new"
                fresh.mkdir()
                yield fresh
                _take_places(fresh, out, backup=staging / "old")
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _take_places(fresh: Path, out: Path, *, backup: Path) -> None:
    names = sorted(file.name for file in fresh.iterdir())
    backup.mkdir()
    for name in names:
        _push_to_disk(fresh / name)
        if (out / name).is_file():
            shutil.copy2(out / name, backup / name)
    placed = []
    try:
        for name in names:
            (fresh / name).replace(out / name)
            placed.append(name)
    except OSError:
        # On Windows a file that Excel holds open cannot be replaced: put the others back.
        for name in placed:
            if (backup / name).exists():
                (backup / name).replace(out / name)
            else:
                (out / name).unlink()
        raise
    _push_to_disk(out)


def _push_to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows has no handle for a folder; its renames are journalled
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(out: Path, *, but: Path | None = None) -> None:
    """Remove what a killed run left behind; a run that still works holds its lock."""
    for left in out.glob(STAGING_PREFIX + "*"):
        if left == but or not left.is_dir():
            continue
        with contextlib.suppress(FileNotFoundError), (left / LOCK_NAME).open("r+b") as lock:
            if not _try_lock(lock):
                msg = f"另一个 QuanTu 正在往「{out}」写结果，请等它完成，或换一个输出文件夹。"
                raise OutputError(msg)
        shutil.rmtree(left, ignore_errors=True)


def _try_lock(handle: BinaryIO) -> bool:
    """Take a lock that the system releases when this process ends, however it ends."""
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 - Windows only

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - everywhere but Windows

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _not_a_folder(path: Path) -> OutputError:
    return OutputError(f"输出位置「{path}」是一个文件，不是文件夹，请换一个输出文件夹。")


@contextlib.contextmanager
def _sentences(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = system_reason(error)
        file = Path(error.filename).name if error.filename else ""
        which = (
            f"（{file}：{reason}）"
            if file and not file.startswith(STAGING_PREFIX)
            else f"（{reason}）"
        )
        msg = (
            f"结果写不进「{out}」{which}，原有的结果没有改动；"
            "请检查文件夹权限和磁盘空间，关闭正在打开结果的程序，或换一个输出文件夹。"
        )
        raise OutputError(msg) from error


def csv_bytes(table: pd.DataFrame) -> bytes:
    r"""
    A table as CSV that a spreadsheet opens without running anything in it.

    UTF-8 with a byte order mark, lines end as RFC 4180 has it. Numbers are rounded to
    `DECIMALS`; `inf` stays "inf" (not reached), an empty cell is "not known" or "does not
    apply". Text that a spreadsheet would take for a formula gets an apostrophe in front.

    Parameters
    ----------
    table
        Shape (n, k); the index is not written.

    Returns
    -------
    content
        The same table gives the same bytes.

    Examples
    --------
    >>> csv_bytes(pd.DataFrame({"name": ["=1+1", "李村"], "time_s": [-1.0, 0.1 + 0.2]})).decode()
    "\ufeffname,time_s\r\n'=1+1,-1.0\r\n李村,0.3\r\n"
    """
    safe = rounded(table)
    for name, column in safe.items():
        if not pd.api.types.is_numeric_dtype(column):  # flags count as numeric
            safe[name] = column.map(_no_formula)
    safe = safe.rename(columns=_no_formula)
    text = safe.to_csv(index=False, lineterminator=LINE_END)
    return text.encode(CSV_ENCODING, errors="replace")


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """
    The table with its numbers cut to what a file needs, so that noise does not change bytes.

    Parameters
    ----------
    table
        Shape (n, k).

    Returns
    -------
    table
        A new table; degrees have `DEGREE_DECIMALS`, every other fraction `DECIMALS`.
    """
    decimals = {
        name: DEGREE_DECIMALS if name in ("lon", "lat") else DECIMALS
        for name in table.select_dtypes("floating").columns
    }
    return table.round(decimals)


def _no_formula(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


_AS_THEY_ARE: Final = (str, int, bool)
"""Types that JSON has and that need no second look, which most values are of."""


def json_text(content: Mapping[str, Any] | Sequence[Any], *, indent: int | None = 2) -> str:
    r"""
    JSON that every reader accepts: never NaN or Infinity, Chinese left readable.

    Parameters
    ----------
    content
        Nested mappings, sequences, numbers (NumPy's too), texts; NaN and infinity become null.
    indent
        Spaces per level; None writes it on one line.

    Returns
    -------
    text
        Ends with a line feed; keys stay in their order.

    Examples
    --------
    >>> json_text({"time_s": float("inf"), "name": "李村"}, indent=None)
    '{"time_s": null, "name": "李村"}\n'
    """
    if indent is None:
        return _JSON.encode(plain(content)) + "\n"
    return _indented(content, " " * indent, "\n") + "\n"


_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def _indented(value: Any, step: str, margin: str) -> str:  # noqa: ANN401 - JSON holds anything
    """As `json.dumps` with an indent, which is slow on large tables, of the plain value."""
    inner = margin + step
    if isinstance(value, dict):
        members = {str(key): item for key, item in value.items()}.items()
        lines = [f"{_JSON.encode(key)}: {_indented(item, step, inner)}" for key, item in members]
        return f"{{{inner}{f',{inner}'.join(lines)}{margin}}}" if lines else "{}"
    if isinstance(value, list | tuple):
        lines = [_indented(item, step, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(lines)}{margin}]" if lines else "[]"
    if value is None:
        return "null"
    if type(value) is float:
        return repr(value) if math.isfinite(value) else "null"
    return _JSON.encode(value if isinstance(value, str) else plain(value))


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON holds anything
    """The value in JSON's own types; NaN, infinity and missing become None."""
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
