"""From a request for targets to files: read, measure, hold against plans, write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coverage.assessment import assess
from coverage.studies.study_trips import StudyTrips
from coverage.targets import answer_targets, judge, least_new_sites, plan_area_note, target_study
from layers.loading import load
from layers.planning.choices_file import choices_path, read_choices
from layers.planning.project_plans import named_plans, read_project_plans
from layers.project import chosen_modes, chosen_standards, chosen_uncertainty
from layers.standards import load_kinds, load_modes, load_standards
from reports.commands.job import Done, about_scenario, tried_files, tried_layers
from reports.input_files import seen_inputs, spare_inputs
from reports.manifest import project_manifest, told_manifest
from reports.report_manifest import scenario_way
from reports.standing_files import beside_others
from reports.target_lines import target_lines
from reports.target_results import TARGET_FILES, write_targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coverage.impedance import TravelMode
    from coverage.rules.target import Plan
    from coverage.scenario import Scenario
    from coverage.standards import FacilityKind
    from coverage.studies.study import Layers
    from coverage.targets import Judged, TargetStudy
    from layers.planning.project_plans import ProjectPlans
    from layers.project import Project
    from reports.commands.job import Step
    from reports.input_files import SeenInputs


@dataclass(frozen=True, kw_only=True)
class TargetsRequest:
    """
    What a planner asks with `targets`.

    Parameters
    ----------
    year
        The year that plans are held against.
    plans
        Ids of plans; empty for those in use.
    interpolate
        Whether years between two of a plan's years have a target of their own.
    scenario
        Id or file of a scenario that is tried; "" for the project as it is.
    """

    year: int
    plans: tuple[str, ...] = ()
    interpolate: bool = False
    scenario: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Asked:
    """A project with what is asked of it, ready to be read."""

    project: Project
    request: TargetsRequest
    kinds: Mapping[str, FacilityKind]
    modes: Mapping[str, TravelMode]
    plans: ProjectPlans
    named: tuple[Plan, ...]
    inputs: SeenInputs


def targets_inputs(project: Project, request: TargetsRequest) -> list[Path]:
    """
    Every file that is read, whether it is there or not: also plans and the planner's choices.

    Parameters
    ----------
    project
        The checked project file.
    request
        What is asked.

    Raises
    ------
    PlannerError
        If a plan or the scenario is not there.
    """
    plans = read_project_plans(choices_path(project), kinds=load_kinds())
    return _files(project, request, plans, named_plans(plans, list(request.plans)))


def _files(
    project: Project, request: TargetsRequest, plans: ProjectPlans, named: Mapping[str, Plan]
) -> list[Path]:
    choices = [plans.path] if plans.path.is_file() else []
    tried = tried_files(project, request.scenario)
    files = [plans.files[one.plan_id] for one in named.values()]
    return [*project.input_files(), *files, *choices, *tried]


def run_targets(project: Project, request: TargetsRequest, *, out: Path, step: Step) -> Done:
    """
    Hold a project against plans and write the files, all or none.

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
        With one sentence; nothing is written then. Faults of the request are found before the
        layers are read.
    """
    asked = _asked(project, request)
    spare_inputs(project, out, TARGET_FILES, others=asked.inputs)
    step(0, 0, "读取数据")
    layers, scenario = _layers(asked)
    study, judged = _judged(asked, layers, step)
    lines = target_lines(judged.values, plans=asked.named, year=request.year)
    lines += [f"注意：{note}" for one in asked.named if (note := plan_area_note(study, one))]
    step(0, 0, "写结果")
    with beside_others(out, job="targets") as told:
        files = write_targets(
            judged,
            study=study,
            plans=asked.named,
            year=request.year,
            out=out,
            manifest=_manifest(asked, study, scenario, out),
        )
    return Done((*lines, *told), tuple(files))


def _asked(project: Project, request: TargetsRequest) -> _Asked:
    kinds, modes = load_kinds(), chosen_modes(project, load_modes())
    plans = read_project_plans(choices_path(project), kinds=kinds)
    named = named_plans(plans, list(request.plans))
    return _Asked(
        project=project,
        request=request,
        kinds=kinds,
        modes=modes,
        plans=plans,
        named=tuple(named.values()),
        inputs=seen_inputs(_files(project, request, plans, named)),
    )


def _layers(asked: _Asked) -> tuple[Layers, Scenario | None]:
    """The layers, with the scenario where one is tried."""
    project, kinds, modes = asked.project, asked.kinds, asked.modes
    standards = chosen_standards(project, load_standards())
    layers = load(project, standards=standards, modes=modes, kinds=kinds).layers
    return tried_layers(layers, project, asked.request.scenario, kinds=kinds, modes=modes)


def _judged(asked: _Asked, layers: Layers, step: Step) -> tuple[TargetStudy, Judged]:
    plans, year, interpolate = asked.plans, asked.request.year, asked.request.interpolate
    choices = read_choices(plans.path, plans.known, asked.kinds, zone_ids=layers.zones.index)
    assessment = assess(
        layers,
        standards=chosen_standards(asked.project, load_standards()),
        modes=asked.modes,
        uncertainty=chosen_uncertainty(asked.project),
        progress=step,
        with_service_areas=False,
    )
    trips = StudyTrips(layers, asked.modes, assessment.uncertainty)
    study = target_study(assessment, trips=trips, kinds=asked.kinds, choices=choices)
    targets = [one for each in asked.named for one in each.targets]
    answered = answer_targets(study, targets, progress=step)
    judged = judge(study, answered, year=year, interpolate=interpolate)
    step(0, 0, "求最少新建处数")
    found = {
        one.target.target_id: least_new_sites(study, one, year=year, interpolate=interpolate)
        for one in answered
    }
    return study, replace(judged, least={name: one for name, one in found.items() if one})


def _manifest(
    asked: _Asked, study: TargetStudy, scenario: Scenario | None, out: Path
) -> dict[str, Any]:
    project, request = asked.project, asked.request
    manifest = project_manifest(
        project,
        asked.inputs,
        standards=study.standards,
        modes=study.trips.modes,
    )
    about = {
        "plans": [one.plan_id for one in asked.named],
        "interpolate": request.interpolate,
    }
    return told_manifest(
        project,
        job="targets",
        request={
            "plans": list(request.plans),
            "year": request.year,
            "interpolate": request.interpolate,
            "scenario": scenario_way(project, request.scenario),
        },
        out=out,
        about={
            "plans": _ids_and_titles(asked.named),
            "year": request.year,
            "scenario": about_scenario(scenario),
        },
        manifest={**manifest, "settings": {**manifest["settings"], "targets": about}},
    )


def _ids_and_titles(plans: Sequence[Plan]) -> list[dict[str, str]]:
    return [{"id": plan.plan_id, "title": plan.title} for plan in plans]
