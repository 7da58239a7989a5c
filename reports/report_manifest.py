"""The manifest of a report: where its numbers come from, and how to make them again.

A manifest that is read may come from anywhere. It is held against strict shapes, its paths are
compared and never opened, but for the project file and the scenario, whose hashes must agree first.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationError

from coverage.errors import SourceError
from layers.paths import system_reason, usable_path
from layers.scenarios import find_scenario
from layers.settings import Settings, fault_sentences
from reports.manifest import build_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layers.project import Project
    from reports.report_content import ReportContent

MANIFEST_FILE: Final = "manifest.json"

JOB: Final = "report"
"""What the manifest of a report says it was written by."""

LARGEST_BYTES: Final = 20_000_000
"""Of a manifest; that of a large county has a hundredth."""

SHOWN_FAULTS: Final = 3
"""Faults of a manifest that are told; one that was tampered with may have thousands."""

LONGEST_NAME: Final = 200
"""Characters in the name of a file, as Windows has room for."""

_OUTSIDE: Final = re.compile(r"[\x00-\x1f\x7f\\:]|^/")
"""In no path that a manifest of ours holds: control characters, backslashes, drives, roots."""


def _inner_path(text: str) -> str:
    if not text or _OUTSIDE.search(text):
        msg = "不是清单里该有的相对路径"
        raise ValueError(msg)
    return text


def _plain_name(text: str) -> str:
    if "/" in text or text in (".", "..") or text.startswith(".quantu-"):
        msg = "不是一个文件名"
        raise ValueError(msg)
    return _inner_path(text)


RelativePath = Annotated[str, Field(max_length=1000), AfterValidator(_inner_path)]
PlainName = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_plain_name)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0)]
Word = Annotated[str, Field(max_length=200)]


class InputEntry(Settings):
    """A file that was read."""

    file: RelativePath
    bytes: Size
    sha256: Digest


class OutputEntry(Settings):
    """A file that was written."""

    part: Word
    file: PlainName
    bytes: Size
    sha256: Digest


class SitingTold(Settings):
    """A siting question, as `reports.report_content.SitingRequest`."""

    model: Word
    standard: Word
    reading: Word
    sites: Annotated[int, Field(ge=0, le=1_000_000)] | None
    share: Annotated[float, Field(gt=0, le=1)]
    seed: Annotated[int, Field(ge=0)]


class RequestTold(Settings):
    """What was asked, as `reports.report_content.ReportRequest`, and of which project."""

    project_file: RelativePath
    plans: list[Word]
    year: Annotated[int, Field(ge=1949, le=2100)] | None
    interpolate: bool
    scenario: RelativePath | Literal[""]
    siting: SitingTold | None
    only: list[Word]


class SoftwareTold(Settings):
    """What it was written with."""

    name: Word
    version: Word
    python: Word
    packages: dict[Word, Word]


class ReportManifest(Settings):
    """What a replay needs of a manifest."""

    job: Literal["report"]
    request: RequestTold
    software: SoftwareTold
    inputs: list[InputEntry]
    outputs: list[OutputEntry]
    report: dict[str, Any]
    """The table `[report]` as it held, to be checked by `layers.project_report.ReportTable`."""


def report_manifest(
    content: ReportContent, *, only: Sequence[str], out: Path, outputs: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """
    Where every number of a report comes from, and the request from which it is made again.

    Parameters
    ----------
    content
        Of the report.
    only
        Parts that were written, in order.
    out
        Its folder, to which the way to the project file is relative.
    outputs
        "part", "file", "bytes" and "sha256" of every file.

    Raises
    ------
    SourceError
        If an input is no longer there.
    """
    project, request = content.project, content.request
    manifest = build_manifest(
        content.inputs,
        project_folder=project.folder,
        project_settings=project.settings.model_dump(by_alias=True, exclude_none=True),
        standards=content.assessment.standards,
        modes=content.modes,
    )
    scenario = content.scenario
    about = None if scenario is None else {"id": scenario.scenario_id, "name": scenario.name}
    return {
        "job": JOB,
        "project": content.name,
        "label": content.label,
        "plans": [{"id": plan.plan_id, "title": plan.title} for plan in content.plans],
        "year": content.year,
        "scenario": about,
        "seed": None if request.siting is None else request.siting.seed,
        "request": {
            "project_file": _way(project.file, out),
            **asdict(request),
            "scenario": _scenario_way(project, request.scenario),
            "only": list(only),
        },
        **manifest,
        "outputs": list(outputs),
    }


def _scenario_way(project: Project, word: str) -> str:
    """The file of a scenario as seen from the project's folder; "" for none."""
    return _way(find_scenario(project, word), project.folder) if word else ""


def _way(file: Path, folder: Path) -> str:
    """A path relative to a folder, or the name alone where it would spell out the machine."""
    start = folder.resolve()
    if file.drive != start.drive or os.path.commonpath([file, start]) == file.anchor:
        return file.name
    return Path(os.path.relpath(file, start)).as_posix()


def read_report_manifest(file: Path) -> ReportManifest:
    """
    The manifest of a report, checked.

    Parameters
    ----------
    file
        The manifest, or the folder it stands in.

    Raises
    ------
    SourceError
        If there is none, it is too large, no JSON, of another job, or with one sentence per fault.
    """
    place = usable_path(file, title="清单", error=SourceError)
    place = place / MANIFEST_FILE if place.is_dir() else place
    told = _json(place)
    if not isinstance(told, dict) or told.get("job") != JOB:
        msg = f"「{place.name}」不是 report 写出的清单，不能照着重算。请选择成果文件夹里的清单。"
        raise SourceError(msg)
    settings = told.get("settings")
    project = settings.get("project") if isinstance(settings, dict) else None
    report = project.get("report", {}) if isinstance(project, dict) else {}
    keys = ("job", "request", "software", "inputs", "outputs")
    tables = {key: told[key] for key in keys if key in told} | {"report": report}
    try:
        return ReportManifest.model_validate(tables)
    except ValidationError as cause:
        faults = fault_sentences(cause, ReportManifest)
        first = "".join(faults[:SHOWN_FAULTS])
        msg = f"清单「{place.name}」有 {len(faults)} 处不对：{first}请用写出时原来的清单。"
        raise SourceError(msg) from cause


def _json(place: Path) -> object:
    try:
        if not place.is_file():
            msg = f"找不到清单「{place.name}」（{place}）。请检查路径。"
            raise SourceError(msg)
        size = place.stat().st_size
        if size > LARGEST_BYTES:
            most = LARGEST_BYTES / 1e6
            msg = f"清单「{place.name}」有 {size / 1e6:.0f} MB，不得超过 {most:.0f} MB。"
            raise SourceError(msg)
        content = place.read_bytes()
    except OSError as cause:
        msg = f"清单「{place.name}」读不出来（{system_reason(cause)}）。请检查路径和权限。"
        raise SourceError(msg) from cause
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as cause:
        msg = f"清单「{place.name}」不是完好的 JSON，可能改过或没有复制完整。请用原来的清单。"
        raise SourceError(msg) from cause


def hash_of(file: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
