"""What a planner changes in the choices about targets: new choices of old ones, nothing mutated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coverage.rules.choices import ReportedFigure, TargetChoices, Waiver
    from coverage.rules.target import Plan, YearValue


T = TypeVar("T")


def with_value(choices: TargetChoices, target_id: str, value: YearValue) -> TargetChoices:
    """A value set for a year; it takes the place of one set for the same year."""
    return _set(without_value(choices, target_id, value.year), target_id, value)


def _set(choices: TargetChoices, target_id: str, value: YearValue) -> TargetChoices:
    of_target = sorted((*choices.values.get(target_id, ()), value), key=lambda one: one.year)
    return replace(choices, values={**choices.values, target_id: tuple(of_target)})


def without_value(choices: TargetChoices, target_id: str, year: int) -> TargetChoices:
    """Without the value set for a year."""
    kept = tuple(one for one in choices.values.get(target_id, ()) if one.year != year)
    return replace(choices, values=_with(choices.values, target_id, kept))


def with_figure(choices: TargetChoices, target_id: str, figure: ReportedFigure) -> TargetChoices:
    """A figure typed in; it takes the place of one of the same year and zone."""
    fresh = without_figure(choices, target_id, figure.year, figure.zone_id)
    figures = (*fresh.reported.get(target_id, ()), figure)
    return replace(fresh, reported={**fresh.reported, target_id: figures})


def without_figure(
    choices: TargetChoices, target_id: str, year: int, zone_id: str
) -> TargetChoices:
    """Without the figure of a year and zone."""
    kept = tuple(
        one
        for one in choices.reported.get(target_id, ())
        if (one.year, one.zone_id) != (year, zone_id)
    )
    return replace(choices, reported=_with(choices.reported, target_id, kept))


def with_waiver(choices: TargetChoices, waiver: Waiver) -> TargetChoices:
    """One more waiver, last in order."""
    return replace(choices, waivers=(*choices.waivers, waiver))


def without_waiver(choices: TargetChoices, waiver: Waiver) -> TargetChoices:
    """Without a waiver; another session may have moved it, so it is known by what it says."""
    kept = list(choices.waivers)
    if waiver in kept:
        kept.remove(waiver)
    return replace(choices, waivers=tuple(kept))


def with_area(choices: TargetChoices, name: str, zone_ids: Sequence[str]) -> TargetChoices:
    """The zones that make up a part of the study area; none given: it is not known."""
    return replace(choices, areas=_with(choices.areas, name, tuple(zone_ids)))


def with_leaders(
    choices: TargetChoices, target_id: str, facility_ids: Sequence[str]
) -> TargetChoices:
    """The leading hospitals of a target."""
    return replace(choices, leaders=_with(choices.leaders, target_id, tuple(facility_ids)))


def with_cutoff(choices: TargetChoices, target_id: str, cutoff: float | None) -> TargetChoices:
    """The cutoff of a target in seconds or metres; None for that of the plan."""
    kept = {key: value for key, value in choices.cutoffs.items() if key != target_id}
    return replace(choices, cutoffs=kept if cutoff is None else {**kept, target_id: cutoff})


def _with(
    table: Mapping[str, tuple[T, ...]], key: str, kept: tuple[T, ...]
) -> dict[str, tuple[T, ...]]:
    rest = {name: one for name, one in table.items() if name != key}
    return {**rest, key: kept} if kept else rest


def named_areas(plans: Mapping[str, Plan]) -> list[str]:
    """The parts of an area that plans name and a planner must spell out, each once."""
    names = []
    for plan in plans.values():
        for target in plan.targets:
            names += [target.scope_name] if target.scope == "named" else []
            names += getattr(target.ask, "parts", ()) if target.rule == "facility_count" else ()
    return list(dict.fromkeys(names))
