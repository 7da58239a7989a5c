"""Files that a browser sent: put together into a private folder under names that are made safe."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import unicodedata
import weakref
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError
from layers.formats.dispatch import READABLE
from layers.formats.limits import MIB, MOST_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    Piece = tuple[str, bytes]

SHAPEFILE_PARTS: Final = (".shp", ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx")
"""Extensions of the files that make up one shapefile."""

TABLE_TYPES: Final = sorted({*READABLE, *SHAPEFILE_PARTS} - {".gdb", ".tif", ".tiff"})
"""Extensions that the upload of a list or of boundaries offers; a .gdb is a folder and comes
zipped, a raster is no list."""

MOST_UPLOAD_MB: Final = MOST_FILE_BYTES // MIB

LONGEST_STEM: Final = 80
"""Characters of a name before its extension; a Chinese sign takes three bytes of the 255 that a
file system allows."""

_UNWANTED: Final = re.compile(r"[^\w.()（）\-+ ]")
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class PrivateFolder:
    """A folder that only this user can read; it goes when nothing holds this any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="quantu-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def safe_name(name: str) -> str:
    r"""
    A file name that every system takes for one file in its folder, and for nothing else.

    Parameters
    ----------
    name
        As the browser sent it: may hold folders, signs of the shell, anything.

    Returns
    -------
    name
        Letters of any script, digits and few signs; the extension in lower case.

    Examples
    --------
    >>> safe_name("../../etc/村 卫生室.XLSX"), safe_name("C:\\x\\<b>.csv"), safe_name("..")
    ('村 卫生室.xlsx', '_b_.csv', '_')
    """
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    path = PurePath(_UNWANTED.sub("_", bare).strip(" ."))
    stem, suffix = path.stem[:LONGEST_STEM].strip(" ."), path.suffix.lower()[:12]
    plain = f"{stem or '_'}{suffix}"
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain


def upload_key(pieces: Sequence[Piece]) -> str:
    """SHA-256 of names and contents: the same files are not read twice."""
    digest = hashlib.sha256()
    for name, content in sorted(pieces):
        digest.update(hashlib.sha256(name.encode("utf-8", "replace")).digest())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def main_piece(names: Sequence[str]) -> str:
    """
    The file that is to be read among those sent together.

    Parameters
    ----------
    names
        At least one.

    Raises
    ------
    SourceError
        If several were sent that are not the parts of one shapefile.

    Examples
    --------
    >>> main_piece(["村.dbf", "村.shp", "村.cpg"])
    '村.shp'
    """
    if len(names) == 1:
        return names[0]
    stems = {PurePath(safe_name(name)).stem.lower() for name in names}
    suffixes = [PurePath(name).suffix.lower() for name in names]
    is_shapefile = len(stems) == 1 and set(suffixes) <= set(SHAPEFILE_PARTS)
    if not is_shapefile or len(set(suffixes)) < len(suffixes):
        msg = (
            f"一次只导入一个文件，现在选了 {len(names)} 个（{'、'.join(names[:3])}"
            f"{' 等' if len(names) > 3 else ''}）。"  # noqa: PLR2004 - the three just named
            "只有同名的 .shp、.dbf、.shx、.prj、.cpg 可以一起选，请留下要导入的那一个。"
        )
        raise SourceError(msg)
    for wanted in (".shp", ".dbf"):
        if wanted in suffixes:
            return names[suffixes.index(wanted)]
    return names[0]


def kept_upload(pieces: Sequence[Piece], folder: Path) -> tuple[Path, str]:
    """
    Write what was sent into a folder of its own.

    Parameters
    ----------
    pieces
        Name and content of each file.
    folder
        Empty, and readable by this user only.

    Returns
    -------
    file, name
        The file to read, and its name as the planner knows it.

    Raises
    ------
    SourceError
        If the files do not belong together, or are too large.
    """
    main = main_piece([name for name, _ in pieces])
    size = sum(len(content) for _, content in pieces)
    if size > MOST_FILE_BYTES:
        msg = (
            f"「{main}」有 {size / MIB:.0f} MB，超过上限 {MOST_UPLOAD_MB} MB。"
            "请只留需要的列或范围，或分成几个文件。"
        )
        raise SourceError(msg)
    for name, content in pieces:
        (folder / safe_name(name)).write_bytes(content)
    return folder / safe_name(main), PurePath(main.replace("\\", "/")).name
