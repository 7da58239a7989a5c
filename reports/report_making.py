"""From a project and a request to the content of a report: read, measure, hold against plans."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from coverage.assessment import assess
from coverage.errors import InputError
from coverage.scenario import apply_scenario, compare_scenarios
from coverage.siting import SitingOptions
from coverage.studies.study_sites import (
    MODELS,
    SitingQuestion,
    answer_siting,
    search_bound,
    siting_ground,
    with_exclusions,
)
from coverage.studies.study_trips import StudyTrips
from coverage.targets import answer_targets, judge, least_new_sites, target_study
from layers.loading import load
from layers.planning.choices_file import choices_path, read_choices
from layers.planning.project_plans import named_plans, read_project_plans
from layers.project import chosen_modes, chosen_standards, chosen_uncertainty
from layers.scenarios import find_scenario, read_scenario
from layers.siting_layers import read_siting
from layers.source_cards import read_source_cards
from layers.standards import load_kinds, load_modes, load_standards
from layers.surroundings import read_surroundings
from reports.commands.site_words import reading_of, standard_of
from reports.input_files import seen_inputs
from reports.report_content import ReportContent, ReportRequest
from reports.report_settings import report_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from coverage.rules.choices import TargetChoices
    from coverage.rules.target import Plan
    from coverage.studies.study import Assessment
    from coverage.studies.study_sites import Model, SitingAnswer
    from coverage.targets import Judged, TargetStudy
    from layers.loading import Loaded
    from layers.planning.project_plans import ProjectPlans
    from layers.project import Project

    Step = Callable[[int, int, str], None]

IN_REPORTS: Final[tuple[Model, ...]] = (
    "location_set_covering", "maximal_covering", "p_median", "p_center", "backup_covering",
    "equity_floor", "closing",
)  # fmt: skip
"""Models that need neither costs nor a second standard, so that a report can ask them itself."""

TIME_LIMIT_S: Final = 60.0
"""Of a search; what ended early is told as such, and may differ in a replay."""

TIES: Final = 5
"""Equally good answers that are listed at most, as the command `site` does."""


def _silent(_done: int, _steps: int, _name: str) -> None:
    """Progress where nobody watches."""


def report_content(
    project: Project,
    request: ReportRequest,
    *,
    loaded: Loaded | None = None,
    assessment: Assessment | None = None,
    with_service_areas: bool = True,
    with_template: bool = False,
    progress: Step = _silent,
) -> ReportContent:
    """
    Everything that a report is written from.

    Parameters
    ----------
    project
        The checked project file.
    request
        What the report is to hold besides the assessment.
    loaded
        Its layers and ledger, where they are at hand.
    assessment
        Its assessment as it is, where it is at hand; of the same layers.
    with_service_areas
        Whether the service area of each facility is drawn by the first reading of each standard;
        only GIS files hold them, and no others.
    with_template
        Whether the office's own template is looked at before the layers are read; only Word
        needs it.
    progress
        Called with (steps done, steps in all, Chinese name of the step at hand).

    Raises
    ------
    PlannerError
        With one sentence, if the request or a file is at fault. Faults of the request are found
        before the layers are read.
    """
    kinds, modes = load_kinds(), chosen_modes(project, load_modes())
    standards = chosen_standards(project, load_standards())
    plans, named = _plans(project, request, kinds)
    tried = find_scenario(project, request.scenario) if request.scenario else None
    _check_siting(request, standards)
    if with_template:
        _check_template(project)
    inputs = seen_inputs(_files(project, request, plans, named))
    cards = tuple(read_source_cards(project.input_files()))
    settings = report_settings(project, cards)
    progress(0, 0, "读取数据")
    if loaded is None:
        loaded = load(project, standards=standards, modes=modes, kinds=kinds)
    common: dict[str, Any] = {
        "standards": standards,
        "modes": modes,
        "uncertainty": chosen_uncertainty(project),
        "progress": progress,
    }
    if assessment is None:
        assessment = assess(
            loaded.layers,
            with_service_areas=with_service_areas,
            area_readings={one.readings[0].reading_id for one in standards},
            **common,
        )
    content = ReportContent(
        project=project,
        kinds=kinds,
        modes=modes,
        cards=cards,
        assessment=assessment,
        ledger=loaded.ledger,
        settings=settings,
        request=request,
        inputs=inputs,
        around=read_surroundings(project, loaded.layers),
    )
    if tried is not None:
        scenario = read_scenario(tried, str(loaded.layers.roads.crs))
        layers = apply_scenario(loaded.layers, scenario, kinds=kinds, modes=modes).layers
        after = assess(layers, with_service_areas=False, **common)
        name = scenario.scenario_id
        comparison = compare_scenarios(assessment, {name: after}, scenarios={name: scenario})
        content = replace(content, scenario=scenario, after=after, comparison=comparison)
    if plans is not None:
        content = _with_targets(content, plans, named, progress)
    if request.siting is not None:
        progress(0, 0, "求选址方案")
        content = replace(content, siting=(_answered(content),))
    return content


def report_inputs(
    project: Project, request: ReportRequest, *, with_template: bool = True
) -> tuple[Path, ...]:
    """
    Every file that a report is made from, each once; they need not exist.

    Parameters
    ----------
    project
        The checked project file.
    request
        What the report is to hold besides the assessment.
    with_template
        Whether the office's own template is among them, as it is for Word.

    Raises
    ------
    PlannerError
        If the request names what is not there.
    """
    plans, named = _plans(project, request, load_kinds())
    return _files(project, request, plans, named, with_template=with_template)


def _files(
    project: Project,
    request: ReportRequest,
    plans: ProjectPlans | None,
    named: Sequence[Plan],
    *,
    with_template: bool = True,
) -> tuple[Path, ...]:
    tried = find_scenario(project, request.scenario) if request.scenario else None
    template = report_settings(project, ()).template if with_template else None
    files = [*project.input_files(), *(one for one in (tried, template) if one is not None)]
    if plans is not None:
        files += [plans.files[one.plan_id] for one in named]
        files += [plans.path] if plans.path.is_file() else []
    return tuple(dict.fromkeys(files))


def _plans(
    project: Project, request: ReportRequest, kinds: Mapping[str, Any]
) -> tuple[ProjectPlans | None, tuple[Plan, ...]]:
    """The plans of the project and those that are asked about; none where there is no year."""
    if request.year is None:
        if request.plans:
            msg = "写了规划，还要用 --year 写明核算年份，如 --year 2025。请补上后重试。"
            raise InputError(msg)
        return None, ()
    plans = read_project_plans(choices_path(project), kinds=kinds)
    return plans, tuple(named_plans(plans, list(request.plans)).values())


def _with_targets(
    content: ReportContent, plans: ProjectPlans, named: tuple[Plan, ...], progress: Step
) -> ReportContent:
    """The content with targets held against the year, as it is and with the scenario."""
    layers = content.assessment.layers
    choices = read_choices(plans.path, plans.known, content.kinds, zone_ids=layers.zones.index)
    study, judged = _judged(content, content.assessment, choices, named, progress)
    after = None
    if content.after is not None:
        _, after = _judged(content, content.after, choices, named, progress)
    return replace(
        content,
        study=study,
        judged=judged,
        plans=named,
        year=content.request.year,
        judged_after=after,
    )


def _judged(
    content: ReportContent,
    assessment: Assessment,
    choices: TargetChoices,
    named: Sequence[Plan],
    progress: Step,
) -> tuple[TargetStudy, Judged]:
    year, interpolate = cast("int", content.request.year), content.request.interpolate
    trips = StudyTrips(assessment.layers, content.modes, assessment.uncertainty)
    study = target_study(assessment, trips=trips, kinds=content.kinds, choices=choices)
    targets = [target for plan in named for target in plan.targets]
    answered = answer_targets(study, targets, progress=progress)
    judged = judge(study, answered, year=year, interpolate=interpolate)
    found = {
        one.target.target_id: least_new_sites(study, one, year=year, interpolate=interpolate)
        for one in answered
    }
    return study, replace(judged, least={name: one for name, one in found.items() if one})


def _check_siting(request: ReportRequest, standards: Sequence[Any]) -> None:
    asked = request.siting
    if asked is None:
        return
    if asked.model not in IN_REPORTS:
        listed = "、".join(f"{name}（{MODELS[name]}）" for name in IN_REPORTS)
        msg = f"报告里不能直接求「{asked.model[:40]}」，可写 {listed}；其他模型请用 site 命令。"
        raise InputError(msg)
    reading_of(asked.reading, standard_of(asked.standard, standards=standards))


def _check_template(project: Project) -> None:
    # What reads Word documents takes a moment to load; other parts do without.
    from reports.word.own_template import own_template  # noqa: PLC0415

    template = report_settings(project, ()).template
    if template is not None:
        own_template(template)


def _answered(content: ReportContent) -> SitingAnswer:
    """The answer to the siting question, with no trace of the clock in it."""
    asked, layers = content.request.siting, content.assessment.layers
    assert asked is not None  # noqa: S101 - the caller looked
    standard = standard_of(asked.standard, standards=content.assessment.standards)
    reading = reading_of(asked.reading, standard)
    model = cast("Model", asked.model)
    siting = read_siting(content.project, layers)
    trips = StudyTrips(layers, content.modes, content.assessment.uncertainty)
    bound = search_bound(trips, standard, reading, model=model, candidates=siting.candidates)
    ground = siting_ground(trips, standard, reading, candidates=siting.candidates, bound=bound)
    ground = with_exclusions(ground, trips, siting.exclusions)
    ground = replace(ground, notices=(*siting.notices, *ground.notices))
    question = SitingQuestion(model=model, sites=asked.sites, share=asked.share)
    options = SitingOptions(
        time_limit_s=TIME_LIMIT_S,
        seed=asked.seed,
        ties=TIES,
        preferred=tuple(name for name in siting.preferred if name in ground.sites.index),
    )
    answer = answer_siting(ground, question, options=options)
    return replace(answer, result=replace(answer.result, seconds=math.nan))
