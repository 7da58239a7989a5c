"""A planner's file kept in the project's own folder, under a name that every system takes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from pathlib import Path
from typing import Final

from layers.formats.shapefiles import PIECES, pieces_beside

FOLDER: Final = "sources"
"""Beside the project file."""

LONGEST_STEM: Final = 60
"""Characters of a name; with three bytes each in UTF-8 it stays below the 255 of a file system,
and the whole path below the 260 of older Windows."""

LEFTOVER_AGE_S: Final = 3600.0
"""A copy is made in seconds: one that is unfinished after an hour was left by a kill."""

_UNFINISHED: Final = ".quantu-"

_SIGNS: Final = " -_.()+,&（）【】〔〕《》、·—"
"""What may stand in a name beside letters and digits. Left out are the signs that Windows
forbids, and those that mean something to HTML, Jinja, a shell, TOML or a label ("|")."""

_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)", re.IGNORECASE)
"""Devices of Windows; "con.csv" is one of them too."""

_SETS: Final = {
    **dict.fromkeys((".shp", ".shx", ".dbf"), PIECES),
    ".gpkg": (".gpkg", ".gpkg-wal", ".gpkg-journal"),
}
"""Extension -> extensions of the files that belong together."""


def safe_stem(name: str, *, otherwise: str) -> str:
    r"""
    A file name without its extension that Windows, macOS and Linux all take.

    Parameters
    ----------
    name
        As the planner, or somebody else, wrote it; of a path only the last part counts.
    otherwise
        What stands where nothing is left.

    Examples
    --------
    >>> safe_stem(r"..\..\村卫生室 {{7*7}}.xlsx", otherwise="facilities")
    '村卫生室 __7_7__'
    >>> safe_stem("CON.csv", otherwise="facilities"), safe_stem("?.csv", otherwise="facilities")
    ('_CON', 'facilities')
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    stem = unicodedata.normalize("NFC", last.rsplit(".", 1)[0])
    kept = "".join(sign if sign.isalnum() or sign in _SIGNS else "_" for sign in stem)
    kept = kept[:LONGEST_STEM].strip(" .")
    if not kept.strip("_ .-"):
        return otherwise
    return f"_{kept}" if _RESERVED.fullmatch(kept.split(".")[0].strip()) else kept


def stored(file: Path, *, name: str, folder: Path, otherwise: str) -> str:
    """
    A copy of a file in a folder, with everything that belongs to it.

    Nothing is written over: where another file has the name, "-2", "-3" … is put behind it, and
    where the same file lies there already, it stands for the copy.

    Parameters
    ----------
    file
        The file, any piece of a shapefile, or the folder of a file geodatabase.
    name
        What the planner calls it.
    folder
        Made where it does not exist.
    otherwise
        Stem where nothing of the name can be kept.

    Returns
    -------
    name
        Of the copy, in the folder.

    Raises
    ------
    OSError
        If it cannot be read or written; what was unfinished is taken away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    pieces, _ = _pieces(file)
    whole = stored_name(file, name=name, folder=folder, otherwise=otherwise)
    stem, main = Path(whole).stem, file.suffix.lower()
    taken = _names_in(folder)
    # The file that the project will name comes last: until it is there, nothing is.
    for suffix in sorted(pieces, key=lambda one: one == main):
        if f"{stem}{suffix}".casefold() not in taken:
            _copy(pieces[suffix], folder / f"{stem}{suffix}")
    return whole


def stored_name(file: Path, *, name: str, folder: Path, otherwise: str) -> str:
    """
    What `stored` would call a file; nothing is written.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    pieces, together = _pieces(file)
    stem, main = safe_stem(name, otherwise=otherwise), file.suffix.lower()
    taken = _names_in(folder)
    digests = {suffix: _digest(piece) for suffix, piece in pieces.items()}
    place, again = stem, 2
    while not _is_free(place, together, digests, taken):
        place, again = f"{stem}-{again}", again + 1
    # On a file system that does not tell cases apart, the file there has its own spelling.
    there = taken.get(f"{place}{main}".casefold())
    return there.name if there is not None else f"{place}{main}"


def _names_in(folder: Path) -> dict[str, Path]:
    """What lies in a folder, by names in which case makes no difference."""
    if not folder.is_dir():
        return {}
    return {entry.name.casefold(): entry for entry in folder.iterdir()}


def _pieces(file: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """What belongs to a file by its extension, and the extensions that could."""
    suffix = file.suffix.lower()
    together = _SETS.get(suffix, (suffix,))
    if suffix == ".gpkg":
        log = {one: file.with_name(file.name + one.removeprefix(suffix)) for one in together}
        return {one: path for one, path in log.items() if path.is_file()}, together
    if suffix in _SETS:
        return pieces_beside(file), together
    return {suffix: file}, together


def _is_free(
    place: str, together: tuple[str, ...], digests: dict[str, bytes], taken: dict[str, Path]
) -> bool:
    """Whether a stem is free, or holds the same files already and none that would join them."""
    for suffix in together:
        there = taken.get(f"{place}{suffix}".casefold())
        if there is not None and (suffix not in digests or _digest(there) != digests[suffix]):
            return False
    return True


def _digest(path: Path) -> bytes:
    """SHA-256 of a file, or of a folder with the names of its files."""
    if not path.is_dir():
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").digest()
    whole = hashlib.sha256()
    for part in sorted(one for one in path.rglob("*") if one.is_file()):
        whole.update(part.relative_to(path).as_posix().encode("utf-8", "surrogateescape"))
        whole.update(_digest(part))
    return whole.digest()


def _copy(source: Path, target: Path) -> None:
    fresh = target.with_name(f"{_UNFINISHED}{secrets.token_hex(8)}.tmp")
    try:
        if source.is_dir():
            shutil.copytree(source, fresh)
        else:
            with source.open("rb") as given, fresh.open("xb") as handle:
                shutil.copyfileobj(given, handle, 1 << 20)
                handle.flush()
                os.fsync(handle.fileno())
        fresh.rename(target)
    finally:
        _remove(fresh)


def _sweep(folder: Path) -> None:
    """Take away what a killed run left unfinished."""
    for left in folder.glob(_UNFINISHED + "*.tmp"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFTOVER_AGE_S:
                _remove(left)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
