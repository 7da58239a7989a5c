"""The manifest of a report: where its numbers come from, and how to make them again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import SourceError
from layers.scenarios import find_scenario
from reports.input_files import SeenInputs, hash_of
from reports.manifest import opened_way, project_manifest, told_manifest
from reports.manifest_shapes import MANIFEST_FILE, ReportManifest, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from layers.project import Project
    from reports.report_content import ReportContent

__all__ = ["MANIFEST_FILE", "hash_of", "read_report_manifest", "report_manifest", "scenario_way"]

JOB: Final = "report"
"""What the manifest of a report says it was written by."""


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
        If an input is no longer there, or no longer what was read.
    """
    project, request = content.project, content.request
    scenario = content.scenario
    told = told_manifest(
        project,
        job=JOB,
        request={
            **asdict(request),
            "scenario": scenario_way(project, request.scenario),
            "only": list(only),
        },
        out=out,
        about={
            "plans": [{"id": plan.plan_id, "title": plan.title} for plan in content.plans],
            "year": content.year,
            "scenario": None
            if scenario is None
            else {"id": scenario.scenario_id, "name": scenario.name},
            "seed": None if request.siting is None else request.siting.seed,
            "time_limited": any(answer.result.status == "feasible" for answer in content.siting),
        },
        manifest=project_manifest(
            project,
            _inputs(content, only),
            standards=content.assessment.standards,
            modes=content.modes,
        ),
    )
    return {"project": content.name, "label": content.label, **told, "outputs": list(outputs)}


def _inputs(content: ReportContent, only: Sequence[str]) -> Iterable[Path]:
    """What was read; the office's template is an input of the Word document alone."""
    template = content.settings.template
    if template is None or "word" in only:
        return content.inputs
    if isinstance(content.inputs, SeenInputs):
        return content.inputs.without(template)
    return [one for one in content.inputs if one != template]


def scenario_way(project: Project, word: str) -> str:
    """The file of a scenario as seen from the project's folder; "" for none."""
    return opened_way(find_scenario(project, word), project.folder) if word else ""


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
        If there is none, it is of another job, or as `reports.manifest_shapes.read_manifest`.
    """
    told = read_manifest(file)
    if not isinstance(told, ReportManifest):
        msg = f"「{MANIFEST_FILE}」是 {told.job} 的清单，不是 report 的。请选择成果文件夹里的清单。"
        raise SourceError(msg)
    return told
