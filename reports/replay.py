"""A result made again from its manifest, and held against what was written then, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coverage.errors import OutputError, SourceError
from layers.paths import usable_path
from layers.project import load_project
from reports.input_files import hash_of, listed, seen_inputs
from reports.manifest import build_manifest
from reports.manifest_shapes import MANIFEST_FILE, read_manifest
from reports.replay_jobs import job_of
from reports.replay_rows import first_difference
from reports.scratch import scratch_folder
from reports.standing_files import is_as_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from layers.project import Project
    from reports.manifest_shapes import InputEntry, Manifest, OutputEntry
    from reports.replay_jobs import Job

    Step = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """
    A result held against an earlier one.

    Parameters
    ----------
    same
        Names of the compared files that are equal, byte for byte.
    differing
        Names of those that are not, or are not there on one side.
    changed_since
        Files beside the manifest that are no longer as they were written.
    first
        Where the first of them differs from what was made now; "" where nothing can be said.
    versions
        "numpy 2.1.0 → 2.2.0": software that is not what it was.
    settings
        Standards and modes of travel that are not what they were.
    time_limited
        Whether a search was stopped by its limit of time, then or now.
    files
        What was written; empty where no folder was asked for.
    """

    same: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    changed_since: tuple[str, ...] = ()
    first: str = ""
    versions: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    time_limited: bool = False
    files: tuple[Path, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether what stands there is what was written then, and what comes out now."""
        return not self.differing and not self.changed_since


def replay(
    manifest: Path, *, project: Path | None = None, out: Path | None = None, progress: Step
) -> Replayed:
    """
    Make a result again and compare it.

    Parameters
    ----------
    manifest
        `manifest.json` of a result, or the folder it stands in.
    project
        Folder or file of the project; None where it still stands where the manifest says.
    out
        Folder in which the new result stays; None throws it away, and makes only what is compared.
    progress
        Called with (steps done, steps in all, Chinese name of the step at hand).

    Raises
    ------
    SourceError
        If the manifest is at fault, or an input is not what it was: each is named.
    OutputError
        If the new result would take the place of the old one, or cannot be written.
    PlannerError
        As the command that the manifest tells.
    """
    place = usable_path(manifest, title="清单", error=SourceError)
    told = read_manifest(place)
    folder = place if place.is_dir() else place.parent
    if out is not None and out.resolve() == folder:
        msg = f"重算的成果不能写回清单所在的文件夹「{folder.name}」，请用 --out 换一个文件夹。"
        raise OutputError(msg)
    progress(0, 0, "核对数据文件")
    chosen = _project(told, folder, project)
    job = job_of(told, chosen, beside=folder)
    now = _unchanged_inputs(told, chosen, job.inputs)
    if out is not None:
        job.make(out, False, progress)
        return _compared(told, job, old=folder, new=out, now=now, are_kept=True)
    with scratch_folder() as thrown_away:
        job.make(thrown_away, True, progress)
        return _compared(told, job, old=folder, new=thrown_away, now=now, are_kept=False)


def replay_lines(replayed: Replayed) -> list[str]:
    """
    What a replay found, in Chinese.

    Parameters
    ----------
    replayed
        From `replay`.
    """
    lines = []
    if replayed.versions:
        lines.append(f"软件版本与写出时不同：{listed(replayed.versions)}")
    if replayed.settings:
        lines.append(f"标准或出行方式与写出时不同：{listed(replayed.settings)}")
    if replayed.time_limited:
        lines.append(
            "选址求解到时限就停了，没有证完：结果随机器快慢而定，重算可能不同；"
            "要能逐字节重算，请加长 --time-limit 重新求解到证完"
        )
    if replayed.changed_since:
        names = listed(replayed.changed_since)
        lines.append(f"清单旁边的文件在写出后改过或不在了：{names}")
    if replayed.first:
        lines.append(f"第一处不同：{replayed.first}")
    count, kinds = len(replayed.same), _kinds(replayed)
    if replayed.differing:
        lines.append(
            f"不一致：{len(replayed.differing)} 个文件重算后与清单不同："
            f"{listed(replayed.differing)}；另有 {count} 个{kinds}文件逐字节相同"
        )
    else:
        lines.append(f"一致：{count} 个{kinds}文件重算后逐字节相同")
    return lines


def _kinds(replayed: Replayed) -> str:
    numbers = all(name.endswith((".csv", "json")) for name in replayed.same)
    return " CSV、JSON " if numbers else ""


def _project(told: Manifest, folder: Path, named: Path | None) -> Project:
    """The project, once its file is what it was."""
    file = folder / told.request.project_file if named is None else named
    file = usable_path(file, title="项目文件", error=SourceError)
    if file.is_dir():
        file = file / "project.toml"
    if file.suffix.lower() != ".toml" or not file.is_file():
        msg = (
            f"清单写的项目文件「{told.request.project_file}」不在清单旁的这个位置。"
            "请用 --project 写明项目文件夹后重试。"
        )
        raise SourceError(msg)
    known = {entry.file: entry for entry in told.inputs}
    entry = known.get(file.name)
    if entry is None or entry.sha256 != hash_of(file):
        raise _changed([_fate(file.name, entry, file.stat().st_size)], told.job)
    return load_project(file)


def _unchanged_inputs(told: Manifest, project: Project, files: Iterable[Path]) -> Mapping[str, Any]:
    """The software and inputs of now; only files that the project itself names are opened."""
    there = seen_inputs(file for file in files if file.is_file())
    now = build_manifest(
        there, project_folder=project.folder, project_settings={}, standards=(), modes={}
    )
    known = {entry.file: entry for entry in told.inputs}
    found = {entry["file"]: entry for entry in now["inputs"]}
    # What ships with the program lies elsewhere when the project was moved.
    moved = {_name(name): name for name in known if name not in found}
    faults = []
    for name, entry in found.items():
        then = known.get(name) or known.get(moved.get(_name(name), ""))
        if then is not None:
            moved = {key: way for key, way in moved.items() if way != then.file}
        if then is None or then.sha256 != entry["sha256"]:
            faults.append(_fate(name, then, entry["bytes"]))
    faults += [f"{name}（不在了）" for name in moved.values()]
    if faults:
        raise _changed(faults, told.job)
    return now


def _name(way: str) -> str:
    return way.rpartition("/")[2]


def _fate(name: str, then: InputEntry | None, size: int) -> str:
    if then is None:
        return f"{name}（清单里没有）"
    sizes = f"原 {then.bytes} 字节，现 {size} 字节" if size != then.bytes else f"仍为 {size} 字节"
    return f"{name}（内容改过，{sizes}）"


def _changed(faults: Sequence[str], job: str) -> SourceError:
    return SourceError(
        f"{len(faults)} 个数据文件与清单不符：{listed(faults)}。"
        f"要得到原来的数，请放回原来的文件；要用现在的数据，请重新运行 {job}。"
    )


def _compared(
    told: Manifest, job: Job, *, old: Path, new: Path, now: Mapping[str, Any], are_kept: bool
) -> Replayed:
    fresh = read_manifest(new)
    entries = {one.file: one for one in told.outputs if job.is_compared(one.file)}
    written = {one.file for one in fresh.outputs if job.is_compared(one.file)}
    names = sorted({*entries, *written})
    same = tuple(
        name
        for name in names
        if name in entries and name in written and _is_as_listed(entries[name], new)
    )
    differing = tuple(name for name in names if name not in same)
    changed = tuple(one.file for one in told.outputs if not _is_as_listed(one, old))
    return Replayed(
        same=same,
        differing=differing,
        changed_since=changed,
        first=_first(old, new, [*differing, *(name for name in changed if name in written)]),
        versions=_versions(told, now),
        settings=_settings(told, fresh),
        time_limited=told.time_limited or fresh.time_limited,
        files=(*(new / one.file for one in fresh.outputs), new / MANIFEST_FILE) if are_kept else (),
    )


def _is_as_listed(entry: OutputEntry, folder: Path) -> bool:
    return is_as_listed(folder / entry.file, entry.sha256, without=entry.without)


def _first(old: Path, new: Path, names: Iterable[str]) -> str:
    """The first file that stands on both sides and differs, with the place in it."""
    for name in dict.fromkeys(names):
        if told := first_difference(old / name, new / name):
            return f"{name} {told}"
    return ""


def _settings(told: Manifest, fresh: Manifest) -> tuple[str, ...]:
    """Standards and modes that are not what they were; what was tampered with is told alike."""
    then = [(str(one.get("name", "")), one) for one in told.settings.standards]
    now = [(str(one.get("name", "")), one) for one in fresh.settings.standards]
    changed = [f"标准「{name}」" for name, one in now if (name, one) not in then]
    modes = fresh.settings.modes
    changed += [
        f"出行方式 {name}" for name, mode in modes.items() if told.settings.modes.get(name) != mode
    ]
    return tuple(changed)


def _versions(told: Manifest, now: Mapping[str, Any]) -> tuple[str, ...]:
    software = now["software"]
    old = {"QuanTu": told.software.version, "Python": told.software.python}
    new = {"QuanTu": software["version"], "Python": software["python"]}
    old, new = old | told.software.packages, new | software["packages"]
    return tuple(
        f"{name} {old.get(name, '无')} → {new.get(name, '无')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )
