"""Opening an OpenStreetMap extract (`.osm.pbf`), every fault of the file turned into a sentence."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import osmium

from coverage.errors import SourceError
from layers.paths import system_reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE_FILE_BYTES: Final = 1 << 30
"""From this size on (about 2 GB of index) node locations go to a temporary file."""


@contextmanager
def open_pbf(
    path: Path, *, title: str
) -> Iterator[tuple[osmium.io.File | osmium.io.FileBuffer, str]]:
    """
    An extract, ready for `osmium.FileProcessor`, and where to keep its node locations.

    Only the streaming belongs inside the `with` block: pyosmium reports every fault of a file
    as a bare RuntimeError, and each one raised inside is taken for such a fault.

    Parameters
    ----------
    path
        File in PBF format, of any size.
    title
        What the file is to the planner, e.g. "开放街图文件".

    Yields
    ------
    source, storage
        The file for pyosmium, and the name of the index for `with_locations`.

    Raises
    ------
    SourceError
        If the file is missing, may not be read, is not a PBF or is cut off.
    """
    size = _readable_size(path, title)
    try:
        if size < LARGE_FILE_BYTES:
            yield _source(path), "flex_mem"
            return
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield _source(path), f"sparse_file_array,{folder}/nodes"
    except RuntimeError as error:
        if type(error) is not RuntimeError:
            raise
        msg = (
            f"{title}「{path.name}」不是完整的 OpenStreetMap PBF 文件，可能下载不完整或已损坏。"
            "请重新下载后重试。"
        )
        raise SourceError(msg) from error


def _readable_size(path: Path, title: str) -> int:
    """Bytes of the file, once it is known to open."""
    try:
        if path.is_dir():
            msg = f"{title}「{path.name}」不是一个文件。请在项目设置里写 .osm.pbf 文件的路径。"
            raise SourceError(msg)
        with path.open("rb"):
            return path.stat().st_size
    except FileNotFoundError as error:
        msg = f"找不到{title}「{path.name}」（{path}）。请检查项目设置里的文件路径。"
        raise SourceError(msg) from error
    except OSError as error:
        msg = f"{title}「{path.name}」打不开：{system_reason(error)}。请检查路径和权限。"
        raise SourceError(msg) from error


def _source(path: Path, *, system: str = os.name) -> osmium.io.File | osmium.io.FileBuffer:
    """The file by name where the system passes any name on, by content where it does not."""
    if system == "posix" or str(path).isascii():
        return osmium.io.File(str(path), "pbf")
    # On Windows the reader expects the code page's names: 宁晋县.osm.pbf is not found by name.
    return osmium.io.FileBuffer(path.read_bytes(), "pbf")
