"""What is known of a project's targets, worked out once: its trips, the answers, the verdicts.

Keyed as everything in `views.cache`: by digests, never by frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from coverage.studies.study_trips import StudyTrips
from coverage.targets import answer_targets, judge, least_new_sites, target_study
from views.cache import KEPT_PROJECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coverage.rules.choices import TargetChoices
    from coverage.rules.target import Target
    from coverage.targets import Answered, Judged, LeastSites, TargetStudy
    from layers.planning.project_plans import ProjectPlans
    from views.cache import Opened

KEPT_ANSWERS: Final = 40
"""Two for each plan: what the planner typed in changes one of them only."""


def target_study_of(opened: Opened, plans: ProjectPlans, *, key: str) -> TargetStudy:
    """
    A project ready for its targets, with what its planner decided.

    Parameters
    ----------
    opened
        A project with its result.
    plans
        Its plans and choices.
    key
        Changes whenever the choices do.
    """
    return _target_study(f"{opened.fingerprint} {key}", _opened=opened, _choices=plans.choices)


@st.cache_resource(max_entries=KEPT_PROJECTS, show_spinner=False)
def _target_study(key: str, *, _opened: Opened, _choices: TargetChoices) -> TargetStudy:  # noqa: ARG001 - the key
    trips = _study_trips(_opened.fingerprint, _opened=_opened)
    return target_study(_opened.assessment, trips=trips, kinds=_opened.kinds, choices=_choices)


@st.cache_resource(max_entries=KEPT_PROJECTS, show_spinner=False)
def _study_trips(fingerprint: str, *, _opened: Opened) -> StudyTrips:  # noqa: ARG001 - the key
    given = _opened.assessment
    return StudyTrips(given.layers, _opened.modes, given.uncertainty)


def answered_targets(
    study: TargetStudy, targets: Sequence[Target], *, key: str
) -> tuple[Answered, ...]:
    """
    What is known about targets, whatever the year; worked out once.

    Parameters
    ----------
    study
        From `target_study_of`.
    targets
        In order.
    key
        Changes whenever the project, the targets or the choices that they depend on do.
    """
    return _answered(key, _study=study, _targets=targets)


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def _answered(
    key: str,  # noqa: ARG001 - the key
    *,
    _study: TargetStudy,
    _targets: Sequence[Target],
) -> tuple[Answered, ...]:
    return answer_targets(_study, _targets)


def judged_targets(
    study: TargetStudy, answered: Sequence[Answered], *, year: int, interpolate: bool, key: str
) -> Judged:
    """
    Targets held against a year, kept for the next rerun.

    Parameters
    ----------
    study, answered
        From `target_study_of` and `answered_targets`.
    year, interpolate
        As `coverage.targets.judge`.
    key
        Changes whenever the project, the targets or any choice does.
    """
    return _judged((key, year, interpolate), _study=study, _answered=answered)


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def _judged(
    key: tuple[str, int, bool], *, _study: TargetStudy, _answered: Sequence[Answered]
) -> Judged:
    return judge(_study, _answered, year=key[1], interpolate=key[2])


def least_sites(
    study: TargetStudy, answered: Answered, *, year: int, interpolate: bool, key: str
) -> LeastSites | None:
    """
    The fewest new sites of a target, kept for the next rerun.

    Parameters
    ----------
    study, answered
        From `target_study_of`, and one of `answered_targets`.
    year, interpolate
        As `coverage.targets.judge`.
    key
        Changes whenever the project, the targets or any choice does.
    """
    name = answered.target.target_id
    return _least_sites((key, name, year, interpolate), _study=study, _answered=answered)


@st.cache_resource(max_entries=KEPT_ANSWERS, show_spinner=False)
def _least_sites(
    key: tuple[str, str, int, bool], *, _study: TargetStudy, _answered: Answered
) -> LeastSites | None:
    return least_new_sites(_study, _answered, year=key[2], interpolate=key[3])
