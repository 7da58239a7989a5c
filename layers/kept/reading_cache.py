"""What was read from large files, kept beside the project: the second opening of a county is quick.

An entry is found by what it was made from: the content of the files (SHA-256), the tables and
settings that steered the reading, and the program itself. Whatever changes, the entry is not found
and the files are read again; nothing ever asks how old an entry is.

A cache may not do harm. It is written whole or not at all; a folder that cannot be written to and
a full disk mean no cache, and no word of it; a file in it that is damaged or of another make counts
as none (`layers.kept.reading_arrays` looks at every array) and is written anew. Nothing is
unpickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import struct
import time
import zipfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib import format as npy
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError

from coverage.notices import Notice
from layers.kept.reading_arrays import UnfitError, from_arrays, to_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO, TypeVar

    import geopandas as gpd
    import numpy.typing as npt

    from coverage.roads import Roads
    from layers.kept.reading_arrays import Arrays

    Value = TypeVar("Value", Roads, gpd.GeoDataFrame)
    Notices = tuple[Notice, ...]
    Stamp = list[tuple[str, int, int]]

FOLDER: Final = ".quantu-cache"
"""Beside the project file; not shown by most file managers, never committed."""

FORMAT: Final = 2
"""Of the files; a new number makes all older ones unknown."""

KEPT: Final = 4
"""Entries of each kind that stay; the ones not used for longest go."""

LEFTOVER_AGE_S: Final = 3600.0
"""An entry is written in seconds: a temporary file this old was left by a kill."""

PACKAGES: Final = ("geopandas", "numpy", "osmium", "pandas", "protobuf", "pyproj", "shapely")
"""Packages whose version can change what a reading gives."""

_ROOT: Final = Path(__file__).resolve().parents[2]

_ENTRY: Final = re.compile(r"[a-z]+-[0-9a-f]{64}\.npz")

_HEADER: Final = re.compile(
    rb"\x93NUMPY\x01\x00..{'descr': '([<|][biuf][1248])', 'fortran_order': False, "
    rb"'shape': \(([0-9]{1,15}),\), } *\n",
    re.DOTALL,
)
"""How NumPy begins a row of numbers. Its own reader evaluates what stands there."""

_FAULTS: Final = (
    OSError, EOFError, MemoryError, AttributeError, LookupError, OverflowError, RuntimeError,
    TypeError, ValueError, struct.error, zipfile.BadZipFile, UnfitError, ShapelyError, CRSError,
)  # fmt: skip
"""What opening a file of any content can end in; each means that there is no entry."""


def cached_reading(
    read: Callable[[], tuple[Value, Notices]],
    *,
    what: str,
    project_folder: Path,
    files: Sequence[Path],
    tables: Mapping[str, gpd.GeoDataFrame] | None = None,
    settings: Mapping[str, Any],
) -> tuple[Value, Notices]:
    """
    What `read` gives, from the project's cache where it is there, else read and kept.

    Parameters
    ----------
    read
        The reading: a value and what there is to tell. It may depend on nothing but what follows
        and the program itself.
    what
        "roads" (`Roads`), "zones", "facilities" or "demand" (a table that keeps the contract).
    project_folder
        Folder of the project file.
    files
        What is read. Files beside them with the same stem (.dbf of a .shp) count too.
    tables
        Tables that steer the reading, by name.
    settings
        All else that steers it, as JSON knows it.

    Returns
    -------
    value, notices
        Equal in either case.

    Raises
    ------
    PlannerError
        Whatever `read` raises; the cache itself raises nothing.
    """
    stamp = _stamp(files)
    key = _key(what, stamp, tables or {}, settings)
    if key is None:
        return read()
    entry = project_folder / FOLDER / f"{what}-{key}.npz"
    kept = _load(entry, what)
    if kept is not None:
        return kept
    value, notices = read()
    # A file that was saved over while it was read must not stand for its old content.
    if _stamp(files) == stamp:
        _store(entry, value, notices)
    return value, notices


def _stamp(files: Sequence[Path]) -> Stamp | None:
    """Path, size and time of each file and its companions; None where one cannot be seen."""
    try:
        found = {
            str(part): (part.stat().st_size, part.stat().st_mtime_ns)
            for file in files
            for part in (file, *file.parent.glob(f"{_literal(file.stem)}.*"))
            if part.is_file() or part == file
        }
    except (OSError, ValueError):
        return None
    return [(part, *numbers) for part, numbers in sorted(found.items())]


def _literal(text: str) -> str:
    """The text for a glob that finds just itself."""
    return re.sub(r"([*?[])", r"[\1]", text)


def _key(
    what: str,
    stamp: Stamp | None,
    tables: Mapping[str, gpd.GeoDataFrame],
    settings: Mapping[str, Any],
) -> str | None:
    """Name of the entry; None where something cannot be read or described."""
    if stamp is None:
        return None
    try:
        contents = [[Path(part).name, _file_digest(Path(part))] for part, _, _ in stamp]
        digests = {name: _table_digest(table) for name, table in tables.items()}
    except (OSError, UnfitError):
        return None
    described = {
        "format": FORMAT, "what": what, "program": _program_digest(), "files": contents,
        "tables": digests, "settings": settings,
    }  # fmt: skip
    text = json.dumps(described, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _table_digest(table: gpd.GeoDataFrame) -> str:
    arrays, facts = to_arrays(table)
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()


@cache
def _program_digest() -> str:
    """Of everything that can change what a reading gives: our own code, its tables, packages."""
    digest = hashlib.sha256()
    sources = (*_ROOT.glob("coverage/**/*.py"), *_ROOT.glob("layers/**/*.py"))
    tables = (
        *_ROOT.glob("data/facilities/*.csv"),
        *_ROOT.glob("data/intake/*.csv"),
        *_ROOT.glob("data/standards/*.toml"),
    )
    for path in sorted((*sources, *tables)):
        digest.update(f"{path.relative_to(_ROOT).as_posix()} {_file_digest(path)} ".encode())
    digest.update(" ".join(f"{name} {version(name)}" for name in PACKAGES).encode())
    return digest.hexdigest()


def _load(entry: Path, what: str) -> tuple[Any, Notices] | None:
    try:
        size = entry.stat().st_size
        with zipfile.ZipFile(entry) as archive:
            arrays = {
                member.filename.removesuffix(".npy"): _array(archive, member, size)
                for member in archive.infolist()
            }
        facts = json.loads(arrays.pop("facts").tobytes())
        if facts["entry"] != entry.name:
            return None
        notices = tuple(Notice(**fields) for fields in facts["notices"])
        if not all(_is_notice(notice) for notice in notices):
            return None
        value = from_arrays(arrays, facts["value"], what=what)
    except _FAULTS:
        return None
    with contextlib.suppress(OSError):
        os.utime(entry)
    return value, notices


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int) -> npt.NDArray[np.generic]:
    """One array, once its header is known to be true."""
    if member.compress_type != zipfile.ZIP_STORED or member.file_size > size:
        msg = "packed"
        raise UnfitError(msg)
    content = archive.read(member)
    header = _HEADER.match(content)
    if header is None:
        msg = "not a plain row of numbers"
        raise UnfitError(msg)
    dtype, count = np.dtype(header[1].decode()), int(header[2])
    if count * dtype.itemsize != len(content) - header.end():
        msg = "another length than it says"
        raise UnfitError(msg)
    return np.frombuffer(content, dtype=dtype, offset=header.end())


def _is_notice(notice: Notice) -> bool:
    texts = isinstance(notice.code, str) and isinstance(notice.message, str)
    return texts and type(notice.count) is int


def _store(entry: Path, value: Roads | gpd.GeoDataFrame, notices: Notices) -> None:
    """Keep a reading if that is possible; nothing is said where it is not."""
    try:
        arrays, facts = to_arrays(value)
    except UnfitError:
        return
    described = {
        "entry": entry.name,
        "notices": [vars(notice) for notice in notices],
        "value": facts,
    }
    arrays["facts"] = np.frombuffer(json.dumps(described).encode(), dtype=np.uint8)
    with contextlib.suppress(OSError):
        entry.parent.mkdir(exist_ok=True)
        # A link could lead to a folder whose files are none of ours.
        if not entry.parent.is_symlink():
            _write(entry, arrays)
            _sweep(entry.parent, what=entry.name.partition("-")[0])


def _write(entry: Path, arrays: Arrays) -> None:
    """Whole or not at all: written beside its place, pushed to the disk, renamed."""
    fresh = entry.parent / f"{secrets.token_hex(8)}.tmp"
    try:
        with fresh.open("xb") as file:
            _save(file, arrays)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(entry)
    finally:
        fresh.unlink(missing_ok=True)


def _save(file: IO[bytes], arrays: Arrays) -> None:
    """As `numpy.savez` does, with every header in the first version of the format."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(member, "w", force_zip64=True) as part:
                npy.write_array(part, np.ascontiguousarray(array), (1, 0), allow_pickle=False)


def _sweep(folder: Path, *, what: str) -> None:
    """Remove what a kill left behind, and the entries of a kind that were not used for longest."""
    now = time.time()
    for left in folder.glob("*.tmp"):
        if now - left.stat().st_mtime > LEFTOVER_AGE_S:
            left.unlink()
    entries = [file for file in folder.glob(f"{what}-*.npz") if _ENTRY.fullmatch(file.name)]
    newest = sorted(entries, key=lambda file: (-file.stat().st_mtime_ns, file.name))
    for old in newest[KEPT:]:
        old.unlink()
