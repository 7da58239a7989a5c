"""Opening an OpenStreetMap extract (`.osm.pbf`), every fault of the file turned into a sentence."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import osmium

from coverage.errors import SourceError
from layers.osm.osm_nodes import NodePlaces
from layers.osm.pbf_blocks import PbfFaultError, PbfKindError, read_blocks
from layers.paths import system_reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from layers.osm.pbf_blocks import Block

LARGE_FILE_BYTES: Final = 1 << 30
"""From this size on (about 2 GB of node locations) they go to temporary files."""


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
        raise _broken(path, title) from error


@contextmanager
def open_blocks(
    path: Path,
    *,
    title: str,
    node_tag: tuple[str, str],
    way_keys: Collection[str],
    tag_keys: Collection[str],
) -> Iterator[tuple[Iterator[Block], NodePlaces]]:
    """
    The blocks of an extract, for roads, and where to keep the places of its nodes.

    Parameters
    ----------
    path
        File in PBF format, of any size.
    title
        What the file is to the planner, e.g. "道路文件".
    node_tag, way_keys, tag_keys
        As in `layers.osm.pbf_blocks.read_blocks`.

    Yields
    ------
    blocks, places
        To be used inside the `with` block.

    Raises
    ------
    SourceError
        If the file is missing, may not be read, is not a PBF, is cut off or of a kind that is
        not read, or the disk cannot hold its node locations.
    """
    size = _readable_size(path, title)
    try:
        with path.open("rb") as file, NodePlaces(on_disk=size >= LARGE_FILE_BYTES) as places:
            yield (
                read_blocks(file, node_tag=node_tag, way_keys=way_keys, tag_keys=tag_keys),
                places,
            )
    except PbfKindError as error:
        msg = (
            f"{title}「{path.name}」是带历史版本或用特殊方式压缩的 PBF，QuanTu 读不了。"
            "请用 osmium 转成普通的 .osm.pbf 后重试。"
        )
        raise SourceError(msg) from error
    except PbfFaultError as error:
        raise _broken(path, title) from error
    except OSError as error:
        msg = (
            f"{title}「{path.name}」没有读完：{system_reason(error)}。"
            "请检查文件所在的磁盘，以及临时文件夹的剩余空间。"
        )
        raise SourceError(msg) from error


def _broken(path: Path, title: str) -> SourceError:
    return SourceError(
        f"{title}「{path.name}」不是完整的 OpenStreetMap PBF 文件，可能下载不完整或已损坏。"
        "请重新下载后重试。"
    )


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
