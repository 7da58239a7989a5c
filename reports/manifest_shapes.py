"""The shapes of every manifest, and reading one.

A manifest that is read may come from anywhere. It is held against strict shapes: an unknown key,
a wrong type, a path that leads out of where it may lead is a sentence. Nothing that it names is
opened here.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationError

from coverage.errors import SourceError
from coverage.studies.study_sites import Existing, Model  # noqa: TC001 - pydantic looks it up
from layers.paths import system_reason, usable_path
from layers.settings import Settings, fault_sentences

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST_FILE: Final = "manifest.json"

LARGEST_BYTES: Final = 20_000_000
"""Of a manifest; that of a large county has a hundredth."""

MOST_FILES: Final = 20_000
"""Inputs or outputs that a manifest lists; a report has fifty."""

SHOWN_FAULTS: Final = 3
"""Faults of a manifest that are told; one that was tampered with may have thousands."""

LONGEST_NAME: Final = 200
"""Characters in the name of a file, as Windows has room for."""

LONGEST_PATH: Final = 1000

_OUTSIDE: Final = re.compile(r"[\x00-\x1f\x7f\\:]|^/")
"""In no path that is opened from a manifest: control characters, backslashes, drives, roots."""

_OF_IMPORT: Final = ("findings.geojson", "问题清单.xlsx")
"""Files by which the folder of an import is known."""


def is_inner_path(text: str) -> bool:
    """Whether a path may stand in a request, from which files are opened."""
    return 0 < len(text) <= LONGEST_PATH and not _OUTSIDE.search(text)


def _inner_path(text: str) -> str:
    if not is_inner_path(text):
        msg = "不是清单里该有的相对路径"
        raise ValueError(msg)
    return text


def _no_or_inner_path(text: str) -> str:
    return text and _inner_path(text)


def _plain_name(text: str) -> str:
    if "/" in text or text in (".", "..") or text.startswith(".quantu-"):
        msg = "不是一个文件名"
        raise ValueError(msg)
    return _inner_path(text)


RelativePath = Annotated[str, AfterValidator(_inner_path)]
MaybePath = Annotated[str, AfterValidator(_no_or_inner_path)]
InputName = Annotated[str, Field(min_length=1, max_length=4096)]
"""A file that was read, under whatever name its system allows: it is compared, never opened."""

PlainName = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_plain_name)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0)]
Word = Annotated[str, Field(max_length=200)]
Words = Annotated[list[Word], Field(max_length=1000)]
Text = Annotated[str, Field(max_length=20_000)]
Year = Annotated[int, Field(ge=1949, le=2100)]
Seed = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Amount = float | None


class InputEntry(Settings):
    """A file that was read."""

    file: InputName
    bytes: Size
    sha256: Digest


class OutputEntry(Settings):
    """A file that was written; its hash is that of its content with one key set to null."""

    file: PlainName
    without: Literal["", "seconds"] = ""
    bytes: Size
    sha256: Digest


class PartEntry(OutputEntry):
    """A file of a part of a report."""

    part: Word


class SoftwareTold(Settings):
    """What it was written with."""

    name: Word
    version: Word
    python: Word
    packages: dict[Word, Word]


class Named(Settings):
    """A plan or a scenario."""

    id: Word
    title: Text = ""
    name: Text = ""


class SettingsTold(Settings):
    """What held; told to people, compared with what holds now, and never applied."""

    project: dict[str, Any]
    standards: list[dict[str, Any]] = Field(default_factory=list)
    modes: dict[str, dict[str, Any]] = Field(default_factory=dict)
    targets: dict[str, Any] = Field(default_factory=dict)
    site: dict[str, Any] = Field(default_factory=dict)


class RequestTold(Settings):
    """What was asked of a command, and of which project."""

    project_file: RelativePath


class AssessTold(RequestTold):
    """As `reports.commands.assess_job.AssessRequest`."""

    road_changes: MaybePath
    scenario: MaybePath


class TargetsTold(RequestTold):
    """As `reports.commands.targets_job.TargetsRequest`."""

    plans: Words
    year: Year
    interpolate: bool
    scenario: MaybePath


class AmountsTold(Settings):
    """As `coverage.studies.study_sites.SiteAmounts`."""

    persons: Amount
    column: Word
    opening_cost: Amount
    budget: Amount
    site_cost: Amount
    bed_cost: Amount
    beds: Amount
    persons_per_bed: Amount


class QuestionTold(Settings):
    """As `coverage.studies.study_sites.SitingQuestion`; years are pairs."""

    model: Model
    sites: int | None
    existing: Existing
    share: float
    times: int
    close: int | None
    years: Annotated[
        list[Annotated[list[int], Field(min_length=2, max_length=2)]], Field(max_length=1000)
    ]
    amounts: AmountsTold


class SiteTold(RequestTold):
    """As `reports.commands.site_job.SiteRequest`; no limit of time is null."""

    question: QuestionTold
    standard: Word
    reading: Word
    also: Words
    role: Literal["facilities", "stations"]
    upgrade: Word
    candidates: Words
    within: float | None
    curve: Annotated[list[Count], Field(max_length=1000)]
    scenario: MaybePath
    time_limit_s: float | None
    seed: Seed
    ties: Annotated[int, Field(ge=0, le=100)]


class ExportTold(RequestTold):
    """As `reports.commands.export_job.ExportRequest`."""

    layers: Words
    formats: Words
    datum: Word


class SitingTold(Settings):
    """A siting question, as `reports.report_content.SitingRequest`."""

    model: Word
    standard: Word
    reading: Word
    sites: Count | None
    share: Annotated[float, Field(gt=0, le=1)]
    seed: Seed


class ReportTold(RequestTold):
    """As `reports.report_content.ReportRequest`, and the parts."""

    plans: Words
    year: Year | None
    interpolate: bool
    scenario: MaybePath
    siting: SitingTold | None
    only: Words


class Manifest(Settings):
    """What every manifest holds; the request is that of its job."""

    job: Word
    project: Text = ""
    label: Text = ""
    plans: Annotated[list[Named], Field(max_length=1000)] = Field(default_factory=list)
    year: Year | None = None
    scenario: Named | None = None
    seed: Seed | None = None
    time_limited: bool = False
    """Whether a search was stopped before it had proved its answer."""
    request: RequestTold
    software: SoftwareTold
    inputs: Annotated[list[InputEntry], Field(max_length=MOST_FILES)]
    settings: SettingsTold
    outputs: Annotated[list[OutputEntry], Field(max_length=MOST_FILES)]


class AssessManifest(Manifest):
    """Of `assess`."""

    job: Literal["assess"]
    request: AssessTold


class TargetsManifest(Manifest):
    """Of `targets`."""

    job: Literal["targets"]
    request: TargetsTold


class SiteManifest(Manifest):
    """Of `site`."""

    job: Literal["site"]
    request: SiteTold


class ExportManifest(Manifest):
    """Of `export`."""

    job: Literal["export"]
    request: ExportTold


class ReportManifest(Manifest):
    """Of `report`."""

    job: Literal["report"]
    request: ReportTold
    outputs: Annotated[list[PartEntry], Field(max_length=MOST_FILES)]


MANIFESTS: Final[dict[str, type[Manifest]]] = {
    "assess": AssessManifest,
    "targets": TargetsManifest,
    "site": SiteManifest,
    "export": ExportManifest,
    "report": ReportManifest,
}
"""Shape by job."""


def read_manifest(file: Path) -> Manifest:
    """
    A manifest, checked: of the class of its job.

    Parameters
    ----------
    file
        The manifest, or the folder it stands in.

    Raises
    ------
    SourceError
        If there is none, it is too large, no JSON, tells no command, or with its faults.
    """
    place = usable_path(file, title="清单", error=SourceError)
    if place.is_dir():
        folder, place = place, place / MANIFEST_FILE
        if not place.exists() and any((folder / name).is_file() for name in _OF_IMPORT):
            msg = (
                f"「{folder.name}」是 import 的检查结果，没有清单，不能重算：写入项目的文件"
                "会列在以后各项成果的清单里。要再检查一遍，请重新运行 import。"
            )
            raise SourceError(msg)
    told = read_json(place)
    job = told.get("job") if isinstance(told, dict) else None
    shape = MANIFESTS.get(job) if isinstance(job, str) else None
    if shape is None:
        raise _no_job(place, told)
    try:
        return shape.model_validate(told)
    except ValidationError as cause:
        faults = fault_sentences(cause, shape)
        first = "".join(faults[:SHOWN_FAULTS])
        msg = f"清单「{place.name}」有 {len(faults)} 处不对：{first}请用写出时原来的清单。"
        raise SourceError(msg) from cause


def _no_job(place: Path, told: object) -> SourceError:
    if isinstance(told, dict) and "job" not in told and {"software", "inputs"} <= set(told):
        return SourceError(
            f"清单「{place.name}」没有记下命令和选项（早期版本写出，或在网页上试算时下载），"
            "不能照着重算。请用原来的命令重新导出，再用新的清单核对。"
        )
    return SourceError(
        f"「{place.name}」不是 {'、'.join(MANIFESTS)} 写出的清单，不能照着重算。"
        "请选择成果文件夹里的清单。"
    )


def read_json(place: Path, *, largest: int = LARGEST_BYTES) -> object:
    """
    A JSON file of limited size, as Python's own types.

    Parameters
    ----------
    place
        The file.
    largest
        Bytes that it may have.

    Raises
    ------
    SourceError
        If it is missing, too large, cannot be read or is no JSON.
    """
    try:
        if not place.is_file():
            msg = f"找不到清单「{place.name}」（{place}）。请检查路径。"
            raise SourceError(msg)
        size = place.stat().st_size
        if size > largest:
            most = largest / 1e6
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


def seconds_or_none(seconds: float) -> float | None:
    """Seconds for JSON, which has no infinity: None for no limit."""
    return seconds if math.isfinite(seconds) else None
