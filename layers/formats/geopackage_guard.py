"""What a GeoPackage could make GDAL do beside reading: views without end, layers by thousands.

A view is a program. GDAL counts and reads its rows without asking how long that takes, so every
view is run here first, by an SQLite that knows none of GDAL's functions and stops in time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError
from layers.formats.limits import MIB, MOST_LAYERS
from layers.formats.table_rows import shown

if TYPE_CHECKING:
    from pathlib import Path

_VIEW_SECONDS: Final = 0.5
"""Seconds of processor time for all rows of all views together; 300,000 rows take as long."""

_STEPS: Final = 1_000
"""Instructions of SQLite between two looks at the clock."""

_LONGEST_VALUE: Final = 64 * MIB
"""Bytes of one value that a view may put together."""


def check_geopackage(path: Path) -> None:
    """
    Refuse a GeoPackage with too many layers, or with a view that cannot be read in good time.

    Parameters
    ----------
    path
        A file that begins as an SQLite database does.

    Raises
    ------
    SourceError
        If it is no sound database, has too many layers, or has such a view.
    """
    # with a write-ahead log beside it what is in there counts; without one nothing is written
    logged = path.with_name(path.name + "-wal").exists()
    address = f"{path.absolute().as_uri()}?mode=ro{'' if logged else '&immutable=1'}"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            database.text_factory = bytes
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
            _check_layers(database, path)
            _check_views(database, path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # what it says of a damaged file may hold bytes of that file
        msg = (
            f"图层文件「{path.name}」读不出来，可能不完整或已损坏。"
            "请在 QGIS 里打开检查，重新导出为 GeoPackage 后重试。"
        )
        raise SourceError(msg) from error


def _check_layers(database: sqlite3.Connection, path: Path) -> None:
    (count,) = database.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = 'gpkg_contents'"
    ).fetchone()
    if count:
        (count,) = database.execute("SELECT count(*) FROM gpkg_contents").fetchone()
    if count > MOST_LAYERS:
        msg = (
            f"「{path.name}」里有 {count:,} 个图层，超过 {MOST_LAYERS} 个的上限，没有打开。"
            "请在 QGIS 里把要用的图层另存为一个文件。"
        )
        raise SourceError(msg)


def _check_views(database: sqlite3.Connection, path: Path) -> None:
    views = database.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall()
    end = time.thread_time() + _VIEW_SECONDS
    database.set_progress_handler(lambda: time.thread_time() > end, _STEPS)
    for (raw,) in views:
        name = raw.decode("utf-8", errors="replace")
        quoted = name.replace('"', '""')
        try:
            for _ in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - quoted
                pass
        except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:
            msg = (
                f"「{path.name}」里的视图“{shown(name)}”要运行一段程序才有内容，"
                "读不出来或用时太长，没有打开。请在 QGIS 里把它另存为图层，并从文件里删去视图。"
            )
            raise SourceError(msg) from error
    database.set_progress_handler(None, 0)
