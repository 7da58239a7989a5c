"""For every command that writes a manifest: from what the manifest says back to the request.

The request is the one that the command itself runs, so that a replay cannot do other than it did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from coverage.errors import SourceError
from coverage.studies.study_sites import SiteAmounts, SitingQuestion
from layers.paths import usable_path
from layers.project_report import ReportTable
from layers.settings import parse_settings
from reports.commands.assess_job import AssessRequest, assess_inputs, run_assess
from reports.commands.export_job import ExportRequest, export_inputs, run_export
from reports.commands.site_job import SiteRequest, run_site, site_inputs
from reports.commands.targets_job import TargetsRequest, run_targets, targets_inputs
from reports.input_files import seen_file
from reports.layer_export import chosen_words
from reports.manifest_shapes import MANIFEST_FILE
from reports.report_content import ReportRequest, SitingRequest
from reports.report_folder import write_report
from reports.report_making import report_content, report_inputs
from reports.report_parts import PARTS
from reports.report_settings import with_report_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from layers.project import Project
    from reports.manifest_shapes import (
        AssessManifest,
        ExportManifest,
        InputEntry,
        Manifest,
        ReportManifest,
        SiteManifest,
        TargetsManifest,
    )

    Step = Callable[[int, int, str], None]
    Maker = Callable[[Path, bool, Step], None]

NUMBERS: Final = (".csv", ".json", ".geojson")
"""Files that hold the numbers; what is made for the eye may differ with fonts and libraries."""


@dataclass(frozen=True, eq=False)
class Job:
    """
    A command, ready to be run again.

    Parameters
    ----------
    request
        What is asked of it.
    inputs
        Every file that it reads.
    make
        Writes its files into a folder; told whether what is not compared may be left out.
    compared
        Endings of the files that must be the same byte for byte; () for all.
    """

    request: object
    inputs: Iterable[Path]
    make: Maker
    compared: tuple[str, ...] = NUMBERS

    def is_compared(self, name: str) -> bool:
        """Whether a file must be the same."""
        return name != MANIFEST_FILE and (not self.compared or name.lower().endswith(self.compared))


def job_of(told: Manifest, project: Project, *, beside: Path | None = None) -> Job:
    """
    The command that a manifest tells.

    Parameters
    ----------
    told
        From `reports.manifest_shapes.read_manifest`.
    project
        Its project, once the hash of its file is known to agree.
    beside
        Folder of the manifest, in which a scenario from elsewhere may lie; None for nowhere.

    Raises
    ------
    PlannerError
        If the request names what is not there.
    """
    return JOBS[told.job](told, _Places(project, beside, told.inputs))


@dataclass(frozen=True)
class _Places:
    """The project, and where else a file that was tried may lie."""

    project: Project
    beside: Path | None
    inputs: Sequence[InputEntry]

    def scenario(self, way: str) -> str:
        """The file of a scenario; "" for none."""
        return str(self._tried(way, "情景文件")) if way else ""

    def road_changes(self, way: str) -> Path | None:
        """The file of road changes; None for none."""
        return self._tried(way, "道路变化文件") if way else None

    def _tried(self, way: str, title: str) -> Path:
        """
        A file that was tried: where it was, else by its name.

        A file on another drive is told by its name alone. Of several the one is taken that has
        the hash of then; where none has, the caller finds out and names it.
        """
        project, name = self.project, way.rpartition("/")[2]
        places = [project.folder / way, project.path(project.settings.project.scenarios) / name]
        if self.beside is not None:
            places.append(self.beside / name)
        usable = [usable_path(one, title=title, error=SourceError) for one in places]
        found = [one for one in dict.fromkeys(usable) if one.is_file()]
        if not found:
            msg = (
                f"清单写的{title}「{way}」不在了。要得到原来的数，请把原来的文件放回原处，"
                "或放进项目的情景文件夹、清单旁边。"
            )
            raise SourceError(msg)
        hashes = {one.sha256 for one in self.inputs if one.file.rpartition("/")[2] == name}
        return next((one for one in found if seen_file(one).sha256 in hashes), found[0])


def _assess(told: Manifest, places: _Places) -> Job:
    project, asked = places.project, cast("AssessManifest", told).request
    request = AssessRequest(
        road_changes=places.road_changes(asked.road_changes),
        scenario=places.scenario(asked.scenario),
    )

    def make(out: Path, is_short: bool, step: Step) -> None:  # noqa: FBT001 - of `Maker`
        run_assess(project, request, out=out, step=step, with_map=not is_short)

    return Job(request, assess_inputs(project, request), make)


def _targets(told: Manifest, places: _Places) -> Job:
    project, asked = places.project, cast("TargetsManifest", told).request
    request = TargetsRequest(
        year=asked.year,
        plans=tuple(asked.plans),
        interpolate=asked.interpolate,
        scenario=places.scenario(asked.scenario),
    )

    def make(out: Path, _: bool, step: Step) -> None:  # noqa: FBT001
        run_targets(project, request, out=out, step=step)

    return Job(request, targets_inputs(project, request), make)


def _site(told: Manifest, places: _Places) -> Job:
    project, asked = places.project, cast("SiteManifest", told).request
    question: dict[str, Any] = asked.question.model_dump()
    years = tuple((year, sites) for year, sites in question.pop("years"))
    amounts = SiteAmounts(**question.pop("amounts"))
    rest = asked.model_dump(exclude={"project_file", "question", "scenario", "time_limit_s"})
    limit = asked.time_limit_s
    request = SiteRequest(
        question=SitingQuestion(**question, years=years, amounts=amounts),
        scenario=places.scenario(asked.scenario),
        time_limit_s=math.inf if limit is None else limit,
        **rest,
    )

    def make(out: Path, _: bool, step: Step) -> None:  # noqa: FBT001
        run_site(project, request, out=out, step=step)

    return Job(request, site_inputs(project, request), make)


def _export(told: Manifest, places: _Places) -> Job:
    project, asked = places.project, cast("ExportManifest", told).request
    layers, formats = chosen_words(
        ",".join(asked.layers), ",".join(asked.formats), datum=asked.datum
    )
    request = ExportRequest(layers=tuple(layers), formats=tuple(formats), datum=asked.datum)

    def make(out: Path, _: bool, step: Step) -> None:  # noqa: FBT001
        run_export(project, request, out=out, step=step)

    return Job(request, export_inputs(project, request), make, compared=())


def _report(told: Manifest, places: _Places) -> Job:
    asked = cast("ReportManifest", told).request
    table = parse_settings(
        told.settings.project.get("report", {}),
        ReportTable,
        source=MANIFEST_FILE,
        error=SourceError,
    )
    project = with_report_table(places.project, table)
    siting = None if asked.siting is None else SitingRequest(**asked.siting.model_dump())
    request = ReportRequest(
        plans=tuple(asked.plans),
        year=asked.year,
        interpolate=asked.interpolate,
        scenario=places.scenario(asked.scenario),
        siting=siting,
    )
    outputs = cast("ReportManifest", told).outputs
    compared = {one.part for one in outputs if one.file.lower().endswith(NUMBERS)}

    def make(out: Path, is_short: bool, step: Step) -> None:  # noqa: FBT001
        parts = [part for part in PARTS if part in asked.only]
        parts = [part for part in parts if part in compared or not is_short]
        content = report_content(
            project,
            request,
            with_service_areas="gis" in parts,
            with_template="word" in parts,
            progress=step,
        )
        write_report(content, out=out, only=parts, progress=step)

    inputs = report_inputs(project, request, with_template="word" in asked.only)
    return Job(request, inputs, make)


JOBS: Final[Mapping[str, Callable[[Manifest, _Places], Job]]] = {
    "assess": _assess,
    "targets": _targets,
    "site": _site,
    "export": _export,
    "report": _report,
}
"""Command -> how its request is read back; a key of `reports.manifest_shapes.MANIFESTS`."""
