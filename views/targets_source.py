"""Plans and choices of the open project, what is known of their targets, and where choices go.

The choices of a shipped example are kept in a folder of this session: its files are not written.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from layers.planning.choices_file import (
    CHOICES_FILE,
    choices_path,
    read_choices,
    write_choices,
)
from layers.planning.project_plans import ProjectPlans, read_project_plans
from layers.planning.used_names import OWN_SUFFIX, own_plan_files
from layers.plans import PLANS_FOLDER, load_plans
from views.intake_upload import PrivateFolder
from views.targets_cache import answered_targets, judged_targets, least_sites, target_study_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from coverage.rules.choices import TargetChoices
    from coverage.rules.target import Plan, Target
    from coverage.standards import FacilityKind
    from coverage.targets import Answered, Judged, LeastSites, TargetStudy
    from views.cache import Opened

KEPT_PLANS: Final = 8

PRIVATE: Final = "targets-private"
"""Folder of this session for the choices of a shipped example, by project file."""


@dataclass(frozen=True, eq=False)
class Held:
    """
    The targets of a project as far as they do not depend on the year.

    Parameters
    ----------
    opened
        The project.
    plans
        Its plans and choices.
    study
        Its study area, ready for targets.
    key
        Changes whenever plans or choices do.
    is_private
        Whether the choices are kept for this session only.
    """

    opened: Opened
    plans: ProjectPlans
    study: TargetStudy
    key: str
    is_private: bool

    def answered(self, plan_id: str) -> tuple[Answered, ...]:
        """What is known about the targets of a plan in use."""
        targets = self.plans.in_use[plan_id].targets
        computed = [one for one in targets if one.rule != "reported"]
        typed = [one for one in targets if one.rule == "reported"]
        choices = self.plans.choices
        # Neither a value set for a target nor a figure typed in changes what is computed.
        key = _digest(repr(computed), _choices_text(replace(choices, values={}, reported={})))
        known = answered_targets(self.study, computed, key=f"{self.opened.fingerprint} {key}")
        key = _digest(repr(typed), _choices_text(replace(choices, values={})))
        known += answered_targets(self.study, typed, key=f"{self.opened.fingerprint} {key}")
        by_id = {one.target.target_id: one for one in known}
        return tuple(by_id[one.target_id] for one in targets)

    def judged(self, answered: Sequence[Answered], *, year: int, interpolate: bool) -> Judged:
        """Targets held against a year."""
        ids = " ".join(one.target.target_id for one in answered)
        return judged_targets(
            self.study,
            answered,
            year=year,
            interpolate=interpolate,
            key=_digest(self.opened.fingerprint, self.key, ids),
        )

    def least_sites(self, one: Answered, *, year: int, interpolate: bool) -> LeastSites | None:
        """The fewest new sites with which a circle target is met; takes up to ten seconds."""
        key = f"{self.opened.fingerprint} {self.key}"
        return least_sites(self.study, one, year=year, interpolate=interpolate, key=key)

    def target(self, target_id: str) -> Target:
        """A target of a plan that is known."""
        plan = self.plans.known[target_id.partition("/")[0]]
        return next(one for one in plan.targets if one.target_id == target_id)


def held_project(opened: Opened, *, examples: Path) -> Held:
    """
    The plans of a project and its study area, read anew where their files changed.

    Parameters
    ----------
    opened
        A project with its result, or with what is tried.
    examples
        Folder of the shipped examples, whose files are not written.

    Raises
    ------
    PlannerError
        Whatever is wrong with the plans or the choices.
    """
    is_private = opened.project.file.is_relative_to(examples)
    path = _private_path(opened) if is_private else choices_path(opened.project)
    key = _files_key(path)
    zone_ids = frozenset(opened.assessment.layers.zones.index)
    plans = _plans(f"{key} {opened.fingerprint}", _path=path, _kinds=opened.kinds, _zones=zone_ids)
    return Held(opened, plans, target_study_of(opened, plans, key=key), key, is_private)


def change_choices(
    held: Held,
    change: Callable[[TargetChoices], TargetChoices],
    *,
    use: Sequence[str] | None = None,
    more: Mapping[str, Plan] | None = None,
) -> None:
    """
    Write what the planner decided into the file of choices.

    Parameters
    ----------
    held
        The project.
    change
        Makes the new choices of those in the file.
    use
        The new plans in use; None leaves them as they are.
    more
        Plans that `use` names and that were not in use before, by id.

    Raises
    ------
    PlannerError
        If it cannot be written, or would not be valid.
    """
    known = {**held.plans.known, **(more or {})}
    write_choices(held.plans.path, change, plans=known, kinds=held.opened.kinds, use=use)


def check_choices(held: Held, plan: Plan) -> None:
    """
    Whether what the planner decided still holds with a plan, new or in another version.

    Parameters
    ----------
    held
        The project.
    plan
        Not written yet.

    Raises
    ------
    PlanError
        With a sentence for every choice that names what the plan does not have.
    """
    known = {**held.plans.known, plan.plan_id: plan}
    read_choices(held.plans.path, known, held.opened.kinds)


def _private_path(opened: Opened) -> Path:
    kept: dict[Path, PrivateFolder] = st.session_state.setdefault(PRIVATE, {})
    file = opened.project.file
    if file not in kept:
        kept[file] = PrivateFolder()
        shipped = choices_path(opened.project)
        if shipped.is_file():
            shutil.copyfile(shipped, kept[file].path / CHOICES_FILE)
    return kept[file].path / CHOICES_FILE


def _files_key(path: Path) -> str:
    """SHA-256 over the plans and the choices."""
    files = [*sorted(PLANS_FOLDER.glob(f"*{OWN_SUFFIX}")), path]
    files += own_plan_files(path)
    return _digest(*(one.read_bytes() if one.is_file() else b"" for one in files), str(path))


@st.cache_resource(max_entries=KEPT_PLANS, show_spinner=False)
def _plans(
    key: str,  # noqa: ARG001 - the key
    *,
    _path: Path,
    _kinds: Mapping[str, FacilityKind],
    _zones: frozenset[str],
) -> ProjectPlans:
    shipped = load_plans(kinds=_kinds)
    return read_project_plans(_path, kinds=_kinds, shipped=shipped, zone_ids=_zones)


def _choices_text(choices: TargetChoices) -> str:
    kinds = sorted(choices.complete_kinds)
    return f"{replace(choices, complete_kinds=frozenset())!r} {kinds}"


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode("utf-8", "replace")
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()
