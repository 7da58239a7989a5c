"""
Targets of plans: rule kinds in, value, verdict, gap and failing units out.

Pure. Each rule has one evaluator (`coverage.rules`), which answers once, whatever the year; the
answer is then held against what the plan asks for by the year chosen (`judge`). For a circle that
is missed, the fewest new sites that close the gap are worked out on demand (`least_new_sites`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coverage.rules.capacity_share import answer_capacity_share
from coverage.rules.closing_gap import LeastSites, least_new_sites
from coverage.rules.colocation import answer_colocated
from coverage.rules.facility_sums import answer_facility_count, answer_facility_share
from coverage.rules.judging import VERDICTS
from coverage.rules.per_population import answer_per_population
from coverage.rules.plan_area import plan_area_note
from coverage.rules.reported import answer_reported
from coverage.rules.served import answer_served, answer_served_by_all
from coverage.rules.study import TargetStudy, target_study
from coverage.rules.sums import sums_by_zone, value_bounds
from coverage.rules.target import (
    CapacityShare,
    Colocated,
    FacilityCount,
    FacilityShare,
    PerPopulation,
    Reported,
    Served,
    ServedByAll,
    Territory,
    UnitsServed,
    UnitsWithFacility,
)
from coverage.rules.territory import answer_territory
from coverage.rules.units import answer_units_served, answer_units_with_facility
from coverage.rules.verdict_table import Answered, Judged, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from coverage.rules.answer import Answer
    from coverage.rules.target import Target

    Progress = Callable[[int, int, str], None]
    Evaluator = Callable[[TargetStudy, Target], Answer]

__all__ = [
    "VERDICTS",
    "Answered",
    "Judged",
    "LeastSites",
    "TargetStudy",
    "answer_targets",
    "judge",
    "least_new_sites",
    "plan_area_note",
    "target_study",
]

_EVALUATORS: Final[Mapping[type, Evaluator]] = {
    Served: answer_served,
    ServedByAll: answer_served_by_all,
    PerPopulation: answer_per_population,
    UnitsWithFacility: answer_units_with_facility,
    UnitsServed: answer_units_served,
    FacilityCount: answer_facility_count,
    FacilityShare: answer_facility_share,
    CapacityShare: answer_capacity_share,
    Colocated: answer_colocated,
    Territory: answer_territory,
    Reported: answer_reported,
}


def answer_targets(
    study: TargetStudy, targets: Sequence[Target], *, progress: Progress | None = None
) -> tuple[Answered, ...]:
    """
    What is known about every target, whatever the year.

    Parameters
    ----------
    study
        From `target_study`.
    targets
        Of one plan or several.
    progress
        Called with (targets done, targets in all, Chinese name of the target at hand).

    Returns
    -------
    answered
        In the order given; a target that nothing can be said of has its reason.
    """
    answered = []
    zone_ids = list(study.layers.zones.index)
    for done, target in enumerate(targets):
        if progress is not None:
            progress(done, len(targets), target.indicator)
        answer = _EVALUATORS[type(target.ask)](study, target)
        sums = sums_by_zone(answer, zone_ids)
        answered.append(Answered(target, answer, sums, value_bounds(sums, answer)))
    if progress is not None:
        progress(len(targets), len(targets), "完成")
    return tuple(answered)
