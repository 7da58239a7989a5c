"""From a request to export layers to files and their manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.loading import load
from layers.project import chosen_modes, chosen_standards
from layers.standards import load_kinds, load_modes, load_standards
from reports.commands.job import Done
from reports.input_files import seen_inputs
from reports.layer_export import export_layers
from reports.manifest import project_manifest, told_manifest
from reports.standing_files import beside_others

if TYPE_CHECKING:
    from pathlib import Path

    from layers.project import Project
    from reports.commands.job import Step


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """
    What a planner asks with `export`; `reports.layer_export.chosen_words` checks it.

    Parameters
    ----------
    layers, formats
        Words of the layers and of the formats.
    datum
        A key of `reports.layer_files.DATUM_CHOICES`.
    """

    layers: tuple[str, ...]
    formats: tuple[str, ...]
    datum: str = "wgs84"


def export_inputs(project: Project, _: ExportRequest) -> list[Path]:
    """Every file that is read, whether it is there or not."""
    return project.input_files()


def run_export(project: Project, request: ExportRequest, *, out: Path, step: Step) -> Done:
    """
    Write a project's layers and a manifest, all files or none.

    Parameters
    ----------
    project
        The checked project file.
    request
        What is asked.
    out
        Folder for the files.
    step
        Called with (steps done, steps in all, Chinese name of the step at hand).

    Raises
    ------
    PlannerError
        With one sentence; nothing is written then.
    """
    inputs = seen_inputs(export_inputs(project, request))
    kinds, modes = load_kinds(), chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    step(0, 0, "读取数据")
    layers = load(project, standards=standards, modes=modes, kinds=kinds).layers
    step(0, 0, "写文件")

    told = project_manifest(
        project,
        inputs,
        standards=standards,
        modes=modes,
    )
    asked = {
        "layers": list(request.layers),
        "formats": list(request.formats),
        "datum": request.datum,
    }
    with beside_others(out, job="export") as lines:
        done = export_layers(
            layers,
            project=project,
            out=out,
            chosen=(request.layers, request.formats),
            datum=request.datum,
            kinds=kinds,
            manifest=told_manifest(
                project, job="export", request=asked, out=out, about={}, manifest=told
            ),
        )
    return Done((*done.lines, *lines), done.files)
