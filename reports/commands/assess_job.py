"""From a request to assess to files: read, try what is to be tried, measure, write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coverage.assessment import assess
from coverage.changes.road_trial import on_changed_roads
from coverage.errors import RoadChangeError
from layers.loading import load
from layers.paths import usable_path
from layers.project import chosen_modes, chosen_standards, chosen_uncertainty
from layers.road_changes import read_road_changes
from layers.source_cards import credits_of, read_source_cards
from layers.standards import load_kinds, load_modes, load_standards
from reports.assessment_lines import report_lines
from reports.commands.job import Done, about_scenario, tried_files, tried_layers
from reports.input_files import seen_inputs, spare_inputs
from reports.manifest import opened_way, project_manifest, told_manifest
from reports.report_manifest import scenario_way
from reports.results import FILE_NAMES, write_assessment
from reports.standing_files import beside_others
from reports.webmap import web_map_html

if TYPE_CHECKING:
    from pathlib import Path

    from coverage.scenario import Scenario
    from layers.project import Project
    from reports.commands.job import Step


@dataclass(frozen=True, kw_only=True)
class AssessRequest:
    """
    What a planner asks with `assess`.

    Parameters
    ----------
    road_changes
        File of road changes that are tried; None for none.
    scenario
        Id or file of a scenario that is tried; "" for the project as it is.
    """

    road_changes: Path | None = None
    scenario: str = ""


def assess_inputs(project: Project, request: AssessRequest) -> list[Path]:
    """
    Every file that is read, whether it is there or not.

    Parameters
    ----------
    project
        The checked project file.
    request
        What is asked.

    Raises
    ------
    PlannerError
        If a file is named that can be none, or the scenario is not there.
    """
    files = project.input_files()
    if request.road_changes is not None:
        title = "道路变化文件"
        files.append(usable_path(request.road_changes, title=title, error=RoadChangeError))
    return [*files, *tried_files(project, request.scenario)]


def run_assess(
    project: Project, request: AssessRequest, *, out: Path, step: Step, with_map: bool = True
) -> Done:
    """
    Assess a project and write its files, all or none.

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
    with_map
        Whether the saved map is written.

    Raises
    ------
    PlannerError
        With one sentence; nothing is written then.
    """
    inputs = seen_inputs(assess_inputs(project, request))
    spare_inputs(project, out, FILE_NAMES, others=inputs)
    kinds, modes = load_kinds(), chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    step(0, 0, "读取数据")
    loaded = load(project, standards=standards, modes=modes, kinds=kinds)
    layers = loaded.layers
    if request.road_changes is not None:
        changes = read_road_changes(request.road_changes, layers.roads.crs)
        layers, _ = on_changed_roads(layers, changes, modes)
    layers, scenario = tried_layers(layers, project, request.scenario, kinds=kinds, modes=modes)
    assessment = assess(
        layers,
        standards=standards,
        modes=modes,
        uncertainty=chosen_uncertainty(project),
        progress=step,
    )
    # Whatever can fail comes before the first file is written.
    lines = report_lines(assessment)
    step(0, 0, "画地图、写结果")
    page = None
    if with_map:
        page = web_map_html(
            assessment,
            kinds=kinds,
            reading_ids=[reading.reading_id for each in standards for reading in each.readings],
            attribution=credits_of(project, read_source_cards(project.input_files())),
        )
    manifest = project_manifest(
        project,
        inputs,
        standards=standards,
        modes=modes,
    )
    with beside_others(out, job="assess") as told:
        files = write_assessment(
            assessment,
            out=out,
            manifest=_manifest(project, request, scenario, out=out, manifest=manifest),
            kinds=kinds,
            modes=modes,
            map_html=page,
            ledger=loaded.ledger,
        )
    return Done((*lines, *told), tuple(files))


def _manifest(
    project: Project,
    request: AssessRequest,
    scenario: Scenario | None,
    *,
    out: Path,
    manifest: dict[str, Any],
) -> dict[str, Any]:
    changes = request.road_changes
    told = {
        "road_changes": "" if changes is None else opened_way(changes.resolve(), project.folder),
        "scenario": scenario_way(project, request.scenario),
    }
    about = {"scenario": about_scenario(scenario)}
    return told_manifest(
        project, job="assess", request=told, out=out, about=about, manifest=manifest
    )
