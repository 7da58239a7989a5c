"""What the planner decides about targets: open numbers, figures typed in, waivers, parts."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - part of public dataclasses
from dataclasses import dataclass, field
from typing import Literal

from coverage.rules.target import Level, YearValue  # noqa: TC001 - part of public dataclasses

WaiverRule = Literal["township_hospital_seat", "joint_clinic", "small_village"]

WHOLE_AREA = ""
"""`zone_id` of the whole study area."""


@dataclass(frozen=True)
class ReportedFigure:
    """A figure typed in: of which zone ("" for the whole study area), year, and from where."""

    year: int
    value: float
    source: str
    zone_id: str = WHOLE_AREA


@dataclass(frozen=True)
class Waiver:
    """
    Villages that a target does not count.

    Parameters
    ----------
    rule
        "township_hospital_seat": villages with a township hospital within `within_m`;
        "joint_clinic": the villages `demand_ids`, which share the clinic of another;
        "small_village": villages with fewer than `under_persons` persons.
    target_ids
        The targets it holds for.
    reason
        Why, in Chinese; stands beside every village.
    within_m
        Metres in a straight line, inclusive.
    under_persons
        Persons; a village of exactly so many is not waived.
    demand_ids
        Villages listed by the planner.
    """

    rule: WaiverRule
    target_ids: tuple[str, ...]
    reason: str
    within_m: float = 1000.0
    under_persons: float = 0.0
    demand_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class TargetChoices:
    """
    All that a planner decides; what is not said is not assumed.

    Parameters
    ----------
    area_level
        Level of the study area; "" where the codes of the zones must tell.
    values
        Target id -> values that the planner sets for this study area: open numbers, or the share
        of a city's total that falls to a county.
    reported
        Target id -> figures typed in.
    cutoffs
        Target id -> cutoff in seconds or metres, where the plan leaves it open or the planner
        changes it.
    areas
        Name ("起步区", "东") -> zone ids that make it up.
    leaders
        Target id -> facility ids of the leading hospitals.
    complete_kinds
        Codes of kinds of which the lists are complete, so that none listed means there is none.
    built_up_is_urban
        Whether urban demand points may stand for the built-up area.
    waivers
        In order.
    """

    area_level: Level | Literal[""] = ""
    values: Mapping[str, tuple[YearValue, ...]] = field(default_factory=dict)
    reported: Mapping[str, tuple[ReportedFigure, ...]] = field(default_factory=dict)
    cutoffs: Mapping[str, float] = field(default_factory=dict)
    areas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leaders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete_kinds: frozenset[str] = frozenset()
    built_up_is_urban: bool = False
    waivers: tuple[Waiver, ...] = ()
