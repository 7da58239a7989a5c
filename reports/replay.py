"""A report made again from its manifest, and held against what was written then, byte for byte."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import SourceError
from layers.paths import usable_path
from layers.project import load_project
from layers.project_report import ReportTable
from layers.settings import parse_settings
from reports.manifest import build_manifest
from reports.report_content import ReportRequest, SitingRequest
from reports.report_folder import write_report
from reports.report_making import report_content, report_inputs
from reports.report_manifest import MANIFEST_FILE, hash_of, read_report_manifest
from reports.report_parts import PARTS
from reports.report_settings import with_report_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from layers.project import Project
    from reports.report_folder import WrittenReport
    from reports.report_manifest import OutputEntry, ReportManifest

    Step = Callable[[int, int, str], None]

COMPARED: Final = (".csv", ".json", ".geojson")
"""Files that hold the numbers; what is made for the eye may differ with fonts and libraries."""

SHOWN: Final = 8
"""Names that a sentence lists."""


@dataclass(frozen=True)
class Replayed:
    """
    A report held against an earlier one.

    Parameters
    ----------
    same
        Names of the CSV and JSON files that are equal, byte for byte.
    differing
        Names of those that are not, or are not there on one side.
    changed_since
        Files beside the manifest that are no longer as they were written.
    versions
        "numpy 2.1.0 → 2.2.0": software that is not what it was.
    files
        What was written; empty where no folder was asked for.
    """

    same: tuple[str, ...]
    differing: tuple[str, ...]
    changed_since: tuple[str, ...]
    versions: tuple[str, ...]
    files: tuple[Path, ...]


def replay(
    manifest: Path, *, project: Path | None = None, out: Path | None = None, progress: Step
) -> Replayed:
    """
    Make a report again and compare its numbers.

    Parameters
    ----------
    manifest
        `manifest.json` of a report, or the folder it stands in.
    project
        Folder or file of the project; None where it still stands where the manifest says.
    out
        Folder in which the new report stays; None throws it away, and makes only the parts that
        are compared.
    progress
        Called with (steps done, steps in all, Chinese name of the step at hand).

    Raises
    ------
    SourceError
        If the manifest is at fault, or an input is not what it was: each is named.
    PlannerError
        As `reports.report_making.report_content` and `reports.report_folder.write_report`.
    """
    place = usable_path(manifest, title="清单", error=SourceError)
    told = read_report_manifest(place)
    folder = place if place.is_dir() else place.parent
    progress(0, 0, "核对数据文件")
    chosen = _project(told, folder, project)
    request = _request(told, chosen)
    now = _unchanged_inputs(told, chosen, request)
    parts = [part for part in PARTS if part in told.request.only]
    if out is None:
        compared = {one.part for one in told.outputs if _is_compared(one.file)}
        parts = [part for part in parts if part in compared]
    content = report_content(chosen, request, with_service_areas="gis" in parts, progress=progress)
    if out is not None:
        written = write_report(content, out=out, only=parts, progress=progress)
        return _compared(told, written, folder=folder, now=now)
    with tempfile.TemporaryDirectory() as thrown_away:
        written = write_report(content, out=Path(thrown_away), only=parts, progress=progress)
        held = _compared(told, written, folder=folder, now=now)
    return Replayed(held.same, held.differing, held.changed_since, held.versions, ())


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
        lines.append(f"软件版本与写出时不同：{_listed(replayed.versions)}")
    if replayed.changed_since:
        names = _listed(replayed.changed_since)
        lines.append(f"清单旁边的文件在写出后改过或不在了：{names}")
    if replayed.differing:
        lines.append(
            f"不一致：{len(replayed.differing)} 个文件重算后与清单不同："
            f"{_listed(replayed.differing)}；另有 {len(replayed.same)} 个 CSV、JSON 文件逐字节相同"
        )
    else:
        lines.append(f"一致：{len(replayed.same)} 个 CSV、JSON 文件重算后逐字节相同")
    return lines


def _project(told: ReportManifest, folder: Path, named: Path | None) -> Project:
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
    known = {entry.file: entry.sha256 for entry in told.inputs}
    if known.get(file.name) != hash_of(file):
        raise _changed([f"{file.name}（{_fate(known, file.name)}）"])
    table = parse_settings(told.report, ReportTable, source=MANIFEST_FILE, error=SourceError)
    return with_report_table(load_project(file), table)


def _request(told: ReportManifest, project: Project) -> ReportRequest:
    asked = told.request
    siting = None if asked.siting is None else SitingRequest(**asked.siting.model_dump())
    return ReportRequest(
        plans=tuple(asked.plans),
        year=asked.year,
        interpolate=asked.interpolate,
        scenario=asked.scenario and str(project.folder / asked.scenario),
        siting=siting,
    )


def _unchanged_inputs(
    told: ReportManifest, project: Project, request: ReportRequest
) -> Mapping[str, Any]:
    """The software and inputs of now; only files that the project itself names are opened."""
    files = [file for file in report_inputs(project, request) if file.is_file()]
    now = build_manifest(
        files, project_folder=project.folder, project_settings={}, standards=(), modes={}
    )
    known = {entry.file: entry.sha256 for entry in told.inputs}
    found = {entry["file"]: entry["sha256"] for entry in now["inputs"]}
    faults = [
        f"{name}（{_fate(known, name)}）"
        for name, digest in found.items()
        if known.get(name) != digest
    ]
    faults += [f"{name}（不在了）" for name in known if name not in found]
    if faults:
        raise _changed(faults)
    return now


def _fate(known: Mapping[str, str], name: str) -> str:
    return "内容改过" if name in known else "清单里没有"


def _changed(faults: Sequence[str]) -> SourceError:
    return SourceError(
        f"{len(faults)} 个数据文件与清单不符：{_listed(faults)}。"
        "要得到原来的数，请放回原来的文件；要用现在的数据，请重新运行 report。"
    )


def _compared(
    told: ReportManifest, written: WrittenReport, *, folder: Path, now: Mapping[str, Any]
) -> Replayed:
    fresh = {file.name: hash_of(file) for file in written.files if _is_compared(file.name)}
    fresh.pop(MANIFEST_FILE, None)
    old = {one.file: one.sha256 for one in told.outputs if _is_compared(one.file)}
    names = sorted({*old, *fresh})
    same = tuple(name for name in names if old.get(name) == fresh.get(name))
    return Replayed(
        same=same,
        differing=tuple(name for name in names if name not in same),
        changed_since=tuple(one.file for one in told.outputs if not _is_as_written(one, folder)),
        versions=_versions(told, now),
        files=written.files,
    )


def _is_compared(name: str) -> bool:
    return name.lower().endswith(COMPARED)


def _is_as_written(entry: OutputEntry, folder: Path) -> bool:
    file = folder / entry.file
    try:
        return file.stat().st_size == entry.bytes and hash_of(file) == entry.sha256
    except OSError:
        return False


def _versions(told: ReportManifest, now: Mapping[str, Any]) -> tuple[str, ...]:
    software = now["software"]
    old = {"QuanTu": told.software.version, "Python": told.software.python}
    new = {"QuanTu": software["version"], "Python": software["python"]}
    old, new = old | told.software.packages, new | software["packages"]
    return tuple(
        f"{name} {old.get(name, '无')} → {new.get(name, '无')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _listed(names: Sequence[str]) -> str:
    more = f"等 {len(names)} 个" if len(names) > SHOWN else ""
    return f"{'、'.join(names[:SHOWN])}{more}"
