"""Zip archives: what stands in them, and the files of one member unpacked.

Members are written under names that every system accepts, into a folder that the caller gives
and throws away; only what a reader asks for is unpacked. Archives inside archives stay shut.
"""

from __future__ import annotations

import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from coverage.errors import SourceError
from layers.formats.map_layers import GDB_CATALOGUE
from layers.formats.shapefiles import COMPANIONS, PIECES
from layers.formats.zip_guard import Entry, entry_chunks, open_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

NESTED: Final = frozenset(
    {".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".cab", ".iso"}
)
"""Extensions of archives that stay shut inside an archive."""

_UNWANTED: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/!]')
"""What a file name may not hold on Windows, and "!", which pyogrio takes for a way into a zip."""

_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|)(\..*)?", re.IGNORECASE)
_LONGEST_NAME: Final = 60
_LISTED: Final = 5
_UNSEEN: Final = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Member:
    """
    Something in an archive that one reader reads.

    Parameters
    ----------
    name
        Its path in the archive, as messages name it; of a shapefile that of the .shp.
    suffix
        Extension in lower case, by which the reader is chosen.
    entries
        The files that belong to it, itself included.
    """

    name: str
    suffix: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Contents:
    """
    What an archive holds.

    Parameters
    ----------
    members
        In the order of the archive, at least one.
    remarks
        Chinese sentences on what nothing reads.
    """

    members: tuple[Member, ...]
    remarks: tuple[str, ...]


def archive_contents(path: Path, *, readable: Collection[str]) -> Contents:
    """
    The members of a zip, without unpacking any.

    Parameters
    ----------
    path
        The zip.
    readable
        Extensions, in lower case, of files that have a reader.

    Raises
    ------
    SourceError
        If it is damaged, locked, a bomb, has names that lead out of it or links, or holds
        nothing that can be read.
    """
    entries = [entry for entry in open_entries(path) if not _is_unseen(entry.name)]
    _refuse_links(path)
    members: list[Member] = []
    rest: list[Entry] = []
    for home, inside in _geodatabases(entries).items():
        name = home or f"{path.stem}.gdb"
        members.append(Member(name, ".gdb", tuple(inside)))
    taken = {entry.start for member in members for entry in member.entries}
    sets = _sets([entry for entry in entries if entry.start not in taken])
    for entry in entries:
        suffix = PurePosixPath(entry.name).suffix.lower()
        if entry.start in taken:
            continue
        if suffix == ".shp":
            beside = [one for one in sets[_stem(entry.name)] if not _is_shp(one)]
            members.append(Member(entry.name, suffix, (entry, *beside)))
        elif suffix in PIECES or entry.name.lower().endswith(COMPANIONS):
            if not any(_is_shp(piece) for piece in sets[_stem(entry.name)]):
                rest.append(entry)
        elif suffix in readable:
            members.append(Member(entry.name, suffix, (entry,)))
        else:
            rest.append(entry)
    if not members:
        raise SourceError(_nothing(path, rest))
    order = {entry.start: place for place, entry in enumerate(entries)}
    members.sort(key=lambda member: order[member.entries[0].start])
    return Contents(tuple(members), tuple(_remarks(rest)))


def unpack(path: Path, member: Member, into: Path) -> Path:
    """
    Write the files of one member, and return the one to read.

    Parameters
    ----------
    path
        The zip.
    member
        From `archive_contents` of the same file.
    into
        An empty folder, to be thrown away by the caller.

    Raises
    ------
    SourceError
        If an entry is damaged, or larger than its header says.
    """
    stem = _safe(PurePosixPath(member.name).stem)
    folder = into
    if member.suffix == ".gdb":
        folder = into / f"{stem}.gdb"
        folder.mkdir()
    for entry in member.entries:
        inside = PurePosixPath(entry.name)
        if member.suffix == ".gdb":
            target = folder / _safe(inside.name)
        else:
            target = folder / f"{stem}{inside.suffix.lower()}"
        with target.open("wb") as file:
            for chunk in entry_chunks(path, entry):
                file.write(chunk)
    return folder if member.suffix == ".gdb" else folder / f"{stem}{member.suffix}"


def _geodatabases(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries by the folder that is a geodatabase; "" where the archive itself is one."""
    entries = list(entries)
    homes = {
        str(PurePosixPath(entry.name).parent)
        for entry in entries
        if PurePosixPath(entry.name).name.lower() == GDB_CATALOGUE
    }
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        home = str(PurePosixPath(entry.name).parent)
        if home in homes:
            found.setdefault("" if home == "." else home, []).append(entry)
    return found


def _sets(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The pieces of shapefiles by path without extension, in lower case."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        pieces = found.setdefault(_stem(entry.name), [])
        if PurePosixPath(entry.name).suffix.lower() in PIECES:
            pieces.append(entry)
    return found


def _stem(name: str) -> str:
    lower = name.lower()
    for companion in COMPANIONS:
        if lower.endswith(companion):
            return lower.removesuffix(companion)
    return str(PurePosixPath(lower).with_suffix(""))


def _is_shp(entry: Entry) -> bool:
    return entry.name.lower().endswith(".shp")


def _is_unseen(name: str) -> bool:
    steps = [step.lower() for step in name.split("/")]
    return bool(_UNSEEN.intersection(steps)) or steps[-1].startswith(("._", "~$"))


def _refuse_links(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        links = [one for one in archive.infolist() if stat.S_ISLNK(one.external_attr >> 16)]
    if links:
        msg = (
            f"「{path.name}」里有 {len(links)} 个指向别处的链接，不是真正的文件，没有打开。"
            "请把文件本身打包后重试。"
        )
        raise SourceError(msg)


def _nothing(path: Path, rest: list[Entry]) -> str:
    if not rest:
        return f"「{path.name}」是空的，里面没有任何文件。请重新打包。"
    if any(PurePosixPath(entry.name).suffix.lower() in NESTED for entry in rest):
        return (
            f"「{path.name}」里面还是压缩包（{_listed(rest)}），不逐层打开。"
            "请解压后，把数据文件直接打成一个 zip。"
        )
    return f"「{path.name}」里没有能读的数据，有的是：{_listed(rest)}。请把数据文件打包后重试。"


def _remarks(rest: list[Entry]) -> list[str]:
    nested = [one for one in rest if PurePosixPath(one.name).suffix.lower() in NESTED]
    orphans = [one for one in rest if PurePosixPath(one.name).suffix.lower() in PIECES[1:3]]
    others = [one for one in rest if one not in nested and one not in orphans]
    return [
        sentence.format(count=len(found), names=_listed(found))
        for found, sentence in (
            (nested, "压缩包里还有压缩包，没有打开：{names}。"),
            (orphans, "有 {count} 个文件缺少同名的 .shp，没有读：{names}。"),
            (others, "有 {count} 个文件不是数据，没有读：{names}。"),
        )
        if found
    ]


def _listed(entries: list[Entry]) -> str:
    names = "、".join(_shown(entry.name) for entry in entries[:_LISTED])
    return f"{names} 等 {len(entries)} 个" if len(entries) > _LISTED else names


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80]


def _safe(name: str) -> str:
    """A name that every system takes for one file, here, and for nothing else."""
    plain = _UNWANTED.sub("_", name)[:_LONGEST_NAME].strip(" .")
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain
