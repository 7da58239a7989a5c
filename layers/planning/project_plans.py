"""The plans that a project is held against, and what its planner decided about their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from layers.planning.choices_file import plans_in_use, read_choices
from layers.planning.plan_faults import PlanError
from layers.planning.used_names import OWN_SUFFIX, used_names
from layers.plans import PLANS_FOLDER, load_plans
from layers.settings import nearest_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from coverage.rules.choices import TargetChoices
    from coverage.rules.target import Plan
    from coverage.standards import FacilityKind

_SEVERAL: Final = "、"


@dataclass(frozen=True, eq=False)
class ProjectPlans:
    """
    Plans and choices of a project.

    Parameters
    ----------
    path
        The file of choices (`targets.toml`); need not exist.
    shipped
        The plans that come with the program, by id.
    in_use
        Those the project is held against, by id, in the order of the file.
    files
        Plan id -> its file, for `shipped` and `in_use`.
    choices
        What the planner decided.
    """

    path: Path
    shipped: Mapping[str, Plan]
    in_use: Mapping[str, Plan]
    files: Mapping[str, Path]
    choices: TargetChoices

    @property
    def known(self) -> dict[str, Plan]:
        """Every plan whose targets the file of choices may name."""
        return {**self.shipped, **self.in_use}


def read_project_plans(
    path: Path,
    *,
    kinds: Mapping[str, FacilityKind],
    shipped: Mapping[str, Plan] | None = None,
    zone_ids: Collection[str] | None = None,
) -> ProjectPlans:
    """
    Read the plans of a project and its choices.

    Parameters
    ----------
    path
        The file of choices; where there is none, every shipped plan is in use.
    kinds
        All kinds by code.
    shipped
        The shipped plans by id, where they are at hand.
    zone_ids
        Zones of the project; None where they are not at hand, and go unchecked.

    Raises
    ------
    PlanError
        With one sentence per fault.
    """
    shipped = load_plans(kinds=kinds) if shipped is None else shipped
    in_use = plans_in_use(path, shipped, kinds=kinds)
    choices = read_choices(path, {**shipped, **in_use}, kinds, zone_ids=zone_ids)
    files = {plan_id: PLANS_FOLDER / f"{plan_id}{OWN_SUFFIX}" for plan_id in shipped}
    for name, plan_id in zip(used_names(path), in_use, strict=False):
        if name.endswith(OWN_SUFFIX):
            files[plan_id] = path.parent / name
    return ProjectPlans(path, shipped, in_use, files, choices)


def named_plans(plans: ProjectPlans, names: Sequence[str]) -> dict[str, Plan]:
    """
    The plans of these ids; those in use where none is named.

    Parameters
    ----------
    plans
        Of the project.
    names
        Ids of shipped or own plans, each once or more.

    Raises
    ------
    PlanError
        If there is no such plan; it names the nearest.
    """
    known = plans.known
    for name in names:
        if name not in known:
            near = nearest_key(name, list(known))
            listed = _SEVERAL.join(known)
            msg = f"没有“{name[:40]}”这个规划，最接近的是“{near}”；可以写 {listed}。"
            raise PlanError(msg)
    return {name: known[name] for name in names} or dict(plans.in_use)
