"""The answer to a siting question, with its proof."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["optimal", "feasible", "infeasible"]

PROVEN: Final = 1e-9
"""Relative gap below which bound and objective differ by rounding noise only."""


@dataclass(frozen=True, eq=False)
class SitingResult:
    """
    Chosen sites, who goes where, and how good that is proven to be.

    Parameters
    ----------
    selected
        Ids of the open sites, sorted, the required ones included; empty where infeasible.
    assignment
        Site of each demand point, indexed by demand id in the order given; None where it is
        served by none. The nearest open site; where capacities divide a point, the one that
        takes most of it (`flows` has all).
    objective
        What the model makes largest or smallest, computed anew from the sites; NaN where
        infeasible.
    bound
        No answer can be better than this. Equal to the objective where it is proven.
    gap
        |bound - objective| / |objective|; 0 where proven.
    status
        "optimal" (proven), "feasible" (ended early: see `gap`) or "infeasible" (proven that no
        answer exists; `reason` says why).
    seconds
        By the clock, building included.
    model
        Name of the model, as the function that solved it.
    seed
        Of the solver.
    ties
        Equally good answers, each as `selected`, the chosen one first; more may exist where as
        many as asked for were found.
    unservable
        Demand points that no candidate reaches (within the cutoff, where there is one), in the
        order given. They count as not covered, and models that serve everybody leave them out.
    flows
        For models with capacities: `from_id`, `to_id`, `people` and `cost`; for several
        standards the same with `standard`; None otherwise.
    figures
        Further figures by name, such as `covered` and `share`; their meaning stands with the
        model.
    reason
        Chinese sentence where infeasible; "" otherwise.
    """

    selected: tuple[str, ...]
    assignment: pd.Series[str]
    objective: float
    bound: float
    gap: float
    status: Status
    seconds: float
    model: str
    seed: int = 0
    ties: tuple[tuple[str, ...], ...] = ()
    unservable: tuple[str, ...] = ()
    flows: pd.DataFrame | None = None
    figures: dict[str, float] = field(default_factory=dict)
    reason: str = ""


def gap_between(objective: float, bound: float) -> float:
    """Relative distance of a bound from the objective: 0 where they agree."""
    if math.isnan(objective) or math.isnan(bound):
        return math.nan
    distance = abs(bound - objective)
    if distance <= PROVEN * max(1.0, abs(objective)):
        return 0.0
    return distance / abs(objective) if objective else math.inf
