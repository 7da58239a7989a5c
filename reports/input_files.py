"""The files that a result is made from: never written over, and hashed before they are read."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import OutputError, SourceError
from layers.formats.shapefiles import PIECES, pieces_beside
from layers.paths import system_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from layers.project import Project

SHOWN: Final = 8
"""Names that a sentence lists."""


def spare_inputs(
    project: Project, out: Path, names: Sequence[str], *, others: Iterable[Path] = ()
) -> None:
    """
    Raise an error where a result would take the place of a file that it is made from.

    Parameters
    ----------
    project
        The checked project file.
    out
        Folder for the results.
    names
        File names that may be written there.
    others
        What is read besides the project's files, such as a scenario or a template.

    Raises
    ------
    OutputError
        Naming the first such file.
    """
    own = project.input_files()
    places = {out.resolve() / one for one in names}
    taken = [file for file in own if file in places]
    if taken:
        msg = f"结果会盖掉项目的数据文件「{taken[0].name}」，请用 --out 换一个输出文件夹。"
        raise OutputError(msg)
    read = [file for file in others if {file.resolve(), file.parent.resolve() / file.name} & places]
    if read:
        msg = f"结果会盖掉它要读的文件「{read[0].name}」，请用 --out 换一个输出文件夹。"
        raise OutputError(msg)


@dataclass(frozen=True)
class SeenFile:
    """
    A file as it was when it was hashed.

    Parameters
    ----------
    path
        Absolute, links followed.
    bytes, modified_ns, sha256
        Its size, the time of its last change and its hash; `sha256` is "" where it cannot be read.
    reason
        Why it cannot be read; "" where it can.
    """

    path: Path
    bytes: int = 0
    modified_ns: int = 0
    sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, eq=False)
class SeenInputs:
    """
    The input files of a result, hashed before they are read.

    A hash that is taken when the result is written would vouch for a file that somebody put in
    the place of the one that was read. Going through it gives the paths, as they were named.

    Parameters
    ----------
    named
        The files, each once; with what belongs to a shapefile.
    seen
        The same, as they were.
    """

    named: tuple[Path, ...]
    seen: tuple[SeenFile, ...]

    def __iter__(self) -> Iterator[Path]:
        return iter(self.named)

    def __len__(self) -> int:
        return len(self.named)

    def without(self, file: Path) -> SeenInputs:
        """The same without one of them."""
        place = file.resolve()
        return SeenInputs(
            tuple(one for one in self.named if one.resolve() != place),
            tuple(one for one in self.seen if one.path != place),
        )

    def ensure_unchanged(self) -> None:
        """
        Raise an error where a file is no longer what it was; one that was only touched is.

        Raises
        ------
        SourceError
            Naming the files.
        """
        changed = [one.path.name for one in self.seen if not _is_unchanged(one)]
        if changed:
            msg = (
                f"{len(changed)} 个数据文件在计算过程中改过：{listed(changed)}，没有写出结果。"
                "请等文件不再改动后重新运行。"
            )
            raise SourceError(msg)


def seen_inputs(files: Iterable[Path]) -> SeenInputs:
    """
    Files as they are now, to be called before they are read.

    Parameters
    ----------
    files
        Order and repeats are irrelevant. One that is missing or cannot be read is let pass here:
        who reads it says so in the words that fit.
    """
    named = tuple(dict.fromkeys(piece for file in files for piece in _with_pieces(file)))
    paths = dict.fromkeys(file.resolve() for file in named)
    return SeenInputs(named, tuple(seen_file(path) for path in paths))


def seen_file(path: Path) -> SeenFile:
    """A file as it is now; what keeps it from being read is told and not raised."""
    try:
        # Before the hash: what is changed while it is taken has another time afterwards.
        before = path.stat()
        if not stat.S_ISREG(before.st_mode):
            return SeenFile(path, reason="不是一个文件")
        return SeenFile(path, before.st_size, before.st_mtime_ns, hash_of(path))
    except OSError as error:
        return SeenFile(path, reason=system_reason(error))


def hash_of(file: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def listed(names: Sequence[str]) -> str:
    """Names for a sentence, no more than it can hold."""
    more = f"等 {len(names)} 个" if len(names) > SHOWN else ""
    return f"{'、'.join(names[:SHOWN])}{more}"


def _with_pieces(file: Path) -> list[Path]:
    """A file, and of a shapefile what lies beside it: the names and numbers are in its .dbf."""
    if file.suffix.lower() not in PIECES:
        return [file]
    try:
        return [file, *sorted(pieces_beside(file).values())]
    except OSError:
        return [file]


def _is_unchanged(one: SeenFile) -> bool:
    if one.reason:
        return bool(seen_file(one.path).reason)
    try:
        now = one.path.stat()
        is_touched = (now.st_size, now.st_mtime_ns) != (one.bytes, one.modified_ns)
        return not is_touched or hash_of(one.path) == one.sha256
    except OSError:
        return False
