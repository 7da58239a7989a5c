"""From a siting request to files: read, measure, search, write."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from coverage.errors import InputError
from coverage.siting import SitingOptions
from coverage.studies.study_sites import (
    answer_siting,
    priced,
    search_bound,
    site_curve,
    siting_ground,
    upgrade_ground,
    with_exclusions,
)
from coverage.studies.study_trips import StudyTrips
from layers.loading import load
from layers.project import chosen_modes, chosen_standards, chosen_uncertainty
from layers.project_siting import CandidatesTable, SitingTable
from layers.siting_layers import SitingLayers, read_siting
from layers.standards import load_kinds, load_modes, load_standards
from reports.commands.job import Done, about_scenario, tried_files, tried_layers
from reports.commands.site_words import reading_of, standard_of, upgrade_kinds
from reports.input_files import SeenInputs, seen_inputs, spare_inputs
from reports.manifest import project_manifest, told_manifest
from reports.manifest_shapes import seconds_or_none
from reports.report_manifest import scenario_way
from reports.siting_lines import siting_lines
from reports.siting_results import SITING_FILES, write_siting
from reports.solver_watch import solver_watch
from reports.standing_files import beside_others

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from coverage.impedance import TravelMode
    from coverage.scenario import Scenario
    from coverage.standards import FacilityKind, Reading, Standard
    from coverage.studies.siting_matrix import Role
    from coverage.studies.study import Layers
    from coverage.studies.study_sites import SitingAnswer, SitingGround, SitingQuestion
    from layers.project import Project
    from reports.commands.job import Step

SOURCES: Final[Mapping[str, Mapping[str, Any]]] = {
    "villages": {},
    "facilities": {},
    "junctions": {},
    "grid": {"spacing_m": 500.0},
}
"""Where candidates come from, by the words of --candidates, with what the table of the project
file must say of them where it has none."""

PER_UNIT: Final = {"travel_time_s": 60.0, "distance_m": 1000.0}
"""Minutes and kilometres of the command in the unit of the cutoff."""


@dataclass(frozen=True, kw_only=True)
class SiteRequest:
    """
    What a planner asks with `site`.

    Parameters
    ----------
    question
        The model and its numbers; `amounts.opening_cost` in persons times minutes or kilometres.
    standard, reading
        Ids or names; "" for the first.
    also
        Further standards, for standards covering.
    role
        What is sited in two legs.
    upgrade
        "FROM:TO", kinds; "" where the model is no upgrade, or for the usual one.
    candidates
        Of `SOURCES`, in place of those of the project; empty for those of the project.
    within
        Minutes or kilometres in which sites are looked for; None for what suits the model.
    curve
        Numbers of sites; empty for no curve.
    scenario
        Id or file of a scenario on which it is tried; "" for the project as it is.
    time_limit_s, seed, ties
        Of the search.
    """

    question: SitingQuestion
    standard: str = ""
    reading: str = ""
    also: Sequence[str] = ()
    role: Role = "facilities"
    upgrade: str = ""
    candidates: Sequence[str] = ()
    within: float | None = None
    curve: Sequence[int] = ()
    scenario: str = ""
    time_limit_s: float = 60.0
    seed: int = 0
    ties: int = 5


@dataclass(frozen=True, kw_only=True)
class _Study:
    """The project as it is asked."""

    project: Project
    layers: Layers
    siting: SitingLayers
    kinds: Mapping[str, FacilityKind]
    modes: Mapping[str, TravelMode]
    standards: tuple[Standard, ...]
    inputs: SeenInputs
    scenario: Scenario | None = None


def site_inputs(project: Project, request: SiteRequest) -> list[Path]:
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
        If a source of candidates or the scenario is not there.
    """
    files = _with_sources(project, request.candidates).input_files()
    return [*files, *tried_files(project, request.scenario)]


def run_site(project: Project, request: SiteRequest, *, out: Path, step: Step) -> Done:
    """
    Answer a request and write its files.

    Parameters
    ----------
    project
        The checked project file.
    request
        What is asked.
    out
        Folder for the files.
    step
        Of `reports.progress_bar.progress_bar`.

    Raises
    ------
    PlannerError
        With one sentence; nothing is written then.
    """
    spare_inputs(project, out, SITING_FILES, others=site_inputs(project, request))
    study, grounds = _grounds(project, request, step)
    question = _priced(request, study, grounds[0])
    with solver_watch(step) as progress:
        options = SitingOptions(
            time_limit_s=request.time_limit_s,
            seed=request.seed,
            ties=request.ties,
            preferred=_known(study.siting.preferred, grounds),
            progress=progress,
        )
        step(0, 0, "求解")
        answer = answer_siting(grounds[0], question, options=options, others=grounds[1:])
        answer = priced(answer, options=options)
        curve = None
        if request.curve:
            curve = site_curve(grounds[0], question, counts=request.curve, options=options)
    lines = siting_lines(answer, curve=curve)
    step(0, 0, "写结果")
    manifest = _manifest(study, request, out=out, time_limited=_is_time_limited(answer, curve))
    with beside_others(out, job="site") as told:
        files = write_siting(
            answer,
            curve=curve,
            label=study.layers.label,
            project=study.layers.name,
            out=out,
            manifest=manifest,
        )
    if study.layers.label:
        lines.insert(0, f"数据说明：{study.layers.label}")
    lines.insert(0, f"项目「{study.layers.name}」：候选点 {len(grounds[0].candidates)} 个")
    return Done((*lines, *told), tuple(files))


def _grounds(
    project: Project, request: SiteRequest, step: Step
) -> tuple[_Study, tuple[SitingGround, ...]]:
    """The study and what is asked on: the standard itself, then those that are served besides."""
    kinds, modes = load_kinds(), chosen_modes(project, load_modes())
    shipped = load_standards()
    own = chosen_standards(project, shipped)
    mine = {one.standard_id for one in own}
    known = (*own, *(one for name, one in shipped.items() if name not in mine))
    asked = [standard_of(name, standards=known) for name in (request.standard, *request.also)]
    reading = reading_of(request.reading, asked[0])
    inputs = seen_inputs(site_inputs(project, request))
    project = _with_sources(project, request.candidates)
    step(0, 0, "读取数据")
    layers = load(project, standards=asked, modes=modes, kinds=kinds).layers
    layers, scenario = tried_layers(layers, project, request.scenario, kinds=kinds, modes=modes)
    # After the scenario, as the page does: its facilities are candidates and neighbours, too.
    siting = read_siting(project, layers)
    study = _Study(
        project=project,
        layers=layers,
        siting=siting,
        kinds=kinds,
        modes=modes,
        standards=tuple(asked),
        inputs=inputs,
        scenario=scenario,
    )
    step(0, 0, "计算候选点到需求点的路程")
    trips = StudyTrips(layers, modes, chosen_uncertainty(project))
    others = [(standard, standard.readings[0]) for standard in asked[1:]]
    grounds = [
        _ground(trips, study, request, standard, one)
        for standard, one in [(asked[0], reading), *others]
    ]
    return study, tuple(grounds)


def _ground(
    trips: StudyTrips, study: _Study, request: SiteRequest, standard: Standard, reading: Reading
) -> SitingGround:
    unit = PER_UNIT["travel_time_s" if reading.measure == "travel_time" else "distance_m"]
    bound = None if request.within is None else request.within * unit
    if bound is not None and bound < reading.cutoff:
        msg = f"--within 不能小于「{reading.name}」的阈值 {reading.cutoff_text}。请改正命令。"
        raise InputError(msg)
    if request.question.model == "upgrade":
        kinds = upgrade_kinds(request.upgrade, known=list(study.kinds))
        ground = upgrade_ground(
            trips, standard, reading, from_kind=kinds[0], to_kind=kinds[1], bound=bound
        )
        return with_exclusions(ground, trips, study.siting.exclusions)
    candidates, role = study.siting.candidates, request.role
    if bound is None:
        model = request.question.model
        bound = search_bound(
            trips, standard, reading, model=model, candidates=candidates, role=role
        )
    ground = siting_ground(trips, standard, reading, candidates=candidates, bound=bound, role=role)
    ground = with_exclusions(ground, trips, study.siting.exclusions)
    return replace(ground, notices=(*study.siting.notices, *ground.notices))


def _with_sources(project: Project, sources: Sequence[str]) -> Project:
    """The project with candidates of other sources; what it says of a source holds."""
    unknown = [name for name in sources if name not in SOURCES]
    if unknown:
        msg = f"候选点来源“{unknown[0]}”不存在，可写 {'、'.join(SOURCES)}。请改正 --candidates。"
        raise InputError(msg)
    if not sources:
        return project
    table = project.settings.siting or SitingTable()
    own = {one.source: one for one in table.candidates}
    wanted = [
        own.get(name) or CandidatesTable.model_validate({"from": name, **SOURCES[name]})
        for name in sources
    ]
    siting = table.model_copy(update={"candidates": wanted})
    return replace(project, settings=project.settings.model_copy(update={"siting": siting}))


def _known(preferred: Sequence[str], grounds: Sequence[SitingGround]) -> tuple[str, ...]:
    """The preferred candidates that are asked about."""
    return tuple(name for name in preferred if name in grounds[0].sites.index)


def _priced(request: SiteRequest, study: _Study, ground: SitingGround) -> SitingQuestion:
    """The question with the project's costs, and its opening cost in the unit of the cutoff."""
    amounts, costs = request.question.amounts, study.siting.costs
    kind = study.siting.new_kind(ground.standard)
    told = replace(
        amounts,
        site_cost=costs.fixed.get(kind) if amounts.site_cost is None else amounts.site_cost,
        bed_cost=costs.per_bed.get(kind) if amounts.bed_cost is None else amounts.bed_cost,
        opening_cost=None
        if amounts.opening_cost is None
        else amounts.opening_cost * PER_UNIT[ground.cost],
    )
    return replace(request.question, amounts=told)


def _is_time_limited(answer: SitingAnswer, curve: pd.DataFrame | None) -> bool:
    """Whether a search ended before it had proved its answer: another run may find another."""
    tables = [table for table in (curve, answer.prices) if table is not None]
    statuses = [answer.result.status, *(one for table in tables for one in table["status"])]
    return "feasible" in statuses


def _manifest(
    study: _Study, request: SiteRequest, *, out: Path, time_limited: bool
) -> dict[str, Any]:
    manifest = project_manifest(
        study.project,
        study.inputs,
        standards=study.standards,
        modes=study.modes,
    )
    about = {
        "candidates": list(request.candidates),
        "scenario": "" if study.scenario is None else study.scenario.scenario_id,
        "time_limit_s": seconds_or_none(request.time_limit_s),
        "seed": request.seed,
        "ties": request.ties,
        "curve": list(request.curve),
    }
    return told_manifest(
        study.project,
        job="site",
        request=told_request(study.project, request),
        out=out,
        about={
            "scenario": about_scenario(study.scenario),
            "seed": request.seed,
            "time_limited": time_limited,
        },
        manifest={**manifest, "settings": {**manifest["settings"], "site": about}},
    )


def told_request(project: Project, request: SiteRequest) -> dict[str, Any]:
    """
    A request in a manifest, as `reports.manifest_shapes.SiteTold` reads it.

    Parameters
    ----------
    project
        Whose.
    request
        What is asked.
    """
    return {
        **asdict(request),
        "time_limit_s": seconds_or_none(request.time_limit_s),
        "scenario": scenario_way(project, request.scenario),
    }
