"""What stands in a folder already: results of ours, and files that are somebody's own.

A result may take the place of an earlier one, and of nothing else. What is ours is known by the
manifests in the folder: `manifest.json`, and one for each other command that wrote there before.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coverage.errors import OutputError, SourceError
from layers.paths import system_reason
from reports.files import json_text, write_bytes
from reports.input_files import hash_of, listed
from reports.manifest_shapes import MANIFEST_FILE, MANIFESTS, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LARGEST_TOLD: Final = 500_000_000
"""Bytes of a JSON file that is read whole, to leave out its seconds."""


@dataclass(frozen=True)
class Standing:
    """
    A manifest of ours in a folder, of this version or an earlier one.

    Parameters
    ----------
    file
        Its name.
    job
        The command that wrote it; "" where it does not say.
    outputs
        Name of each file that it lists -> its hash, and the key that is left out of it ("" for
        none). The names are only compared: a manifest may come from anywhere.
    """

    file: str
    job: str
    outputs: Mapping[str, tuple[str, str]]


def kept_name(job: str) -> str:
    """Name under which the manifest of a command stays when another one writes beside it."""
    return f"manifest-{job}.json"


def standing(out: Path) -> list[Standing]:
    """
    The manifests of ours in a folder, the current one first.

    Parameters
    ----------
    out
        Need not exist.
    """
    files = [MANIFEST_FILE, *map(kept_name, MANIFESTS)]
    return [one for name in files if (one := _standing(out / name)) is not None]


def spare_others(out: Path, names: Iterable[str]) -> None:
    """
    Raise an error where a result would take the place of a file that no manifest of ours lists.

    Parameters
    ----------
    out
        Folder for the results; need not exist.
    names
        Files that are to be written there.

    Raises
    ------
    OutputError
        Naming the files: somebody's own, or results that were changed by hand.
    """
    taken = [name for name in names if (out / name).exists() or (out / name).is_symlink()]
    ours = standing(out) if taken else []
    spared = [name for name in taken if not any(_is_ours(name, out, one) for one in ours)]
    if spared:
        msg = (
            f"输出文件夹「{out.name}」里有 {len(spared)} 个文件与成果同名，但不是 QuanTu 写出的，"
            f"或写出后改过：{listed(spared)}。没有写出成果，这些文件没有改动。"
            "请用 --out 换一个文件夹，或先把它们移走、改名。"
        )
        raise OutputError(msg)


@contextlib.contextmanager
def beside_others(out: Path, *, job: str) -> Iterator[tuple[str, ...]]:
    """
    Keep the manifest of another command while a result is written beside its own.

    A folder has one `manifest.json`. That of another command gets a name of its own, so that its
    result can still be replayed, and is still known to be ours.

    Parameters
    ----------
    out
        Folder for the result; need not exist.
    job
        The command that writes there.

    Yields
    ------
    lines
        What is to be told; () where no other command wrote there last.

    Raises
    ------
    OutputError
        If the manifest cannot be kept. When the block fails, the folder is as it was.
    """
    current = _standing(out / MANIFEST_FILE)
    kept, lines = None, ()
    if current is not None and current.job in MANIFESTS and current.job != job:
        kept, lines = _keep(out, current.job)
    try:
        yield lines
    except BaseException:
        if kept is not None:
            kept.unlink(missing_ok=True)
        raise
    # An earlier result of the same command, whose files the new one has replaced.
    if _standing(out / kept_name(job)) is not None:
        with contextlib.suppress(OSError):
            (out / kept_name(job)).unlink()


def is_as_listed(file: Path, sha256: str, *, without: str = "") -> bool:
    """
    Whether a file is there and has the content that a manifest lists; a link has not.

    Parameters
    ----------
    file
        Any.
    sha256
        As listed.
    without
        Key of a JSON file that was null in what was hashed; "" for none.
    """
    try:
        if file.is_symlink() or not file.is_file():
            return False
        if without:
            return _hash_without(file, without) == sha256
        return hash_of(file) == sha256
    except OSError:
        return False


def _standing(file: Path) -> Standing | None:
    """A manifest of ours, read as loosely as it can be: earlier versions had other shapes."""
    try:
        told = read_json(file)
    except SourceError:
        return None
    software = told.get("software") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(software, dict):
        return None
    if software.get("name") != "QuanTu":
        return None
    job, outputs = told.get("job"), told.get("outputs")
    entries = [one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []
    return Standing(
        file.name,
        job if isinstance(job, str) else "",
        {
            str(one.get("file")): (str(one.get("sha256")), str(one.get("without", "")))
            for one in entries
        },
    )


def _is_ours(name: str, out: Path, one: Standing) -> bool:
    if name == one.file:
        return True
    sha256, without = one.outputs.get(name, ("", ""))
    return bool(sha256) and is_as_listed(out / name, sha256, without=without)


def _keep(out: Path, job: str) -> tuple[Path | None, tuple[str, ...]]:
    """A copy of the manifest under its own name, and what is told of it."""
    kept = out / kept_name(job)
    if _standing(kept) is None:
        spare_others(out, [kept.name])
    was_there = kept.exists()
    try:
        content = (out / MANIFEST_FILE).read_bytes()
    except OSError as error:
        msg = f"清单「{MANIFEST_FILE}」读不出来（{system_reason(error)}）。请检查路径和权限。"
        raise OutputError(msg) from error
    write_bytes(kept, content)
    line = f"「{out.name}」里已有 {job} 的结果，它的清单改名为 {kept.name}，仍可照它重算"
    return (None if was_there else kept), (line,)


def _hash_without(file: Path, key: str) -> str:
    """The hash of a JSON file in which one key is null; "" where it is no such file."""
    try:
        content = read_json(file, largest=LARGEST_TOLD)
    except SourceError:
        return ""
    if not isinstance(content, dict) or key not in content:
        return ""
    still = json_text({**content, key: None}).encode("utf-8", errors="replace")
    return hashlib.sha256(still).hexdigest()
