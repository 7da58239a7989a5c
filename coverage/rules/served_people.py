"""The people of a share: whom a target is about, perhaps is, and whom the waivers leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.measures import is_counted
from coverage.rules.shares import counted_items
from coverage.rules.study import in_scope, may_be_in_scope, scope_note
from coverage.rules.waivers import MAY_BE_WAIVED, denominator_note, waived_villages

if TYPE_CHECKING:
    import geopandas as gpd

    from coverage.rules.shares import States
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import Scope, Target
    from coverage.rules.waivers import Waived
    from coverage.standards import Standard

OWN_SCOPES: Final[tuple[Scope, ...]] = ("named", "built_up")
"""Areas that a target has for itself, even where it is the reading of a standard."""

NO_SETTLEMENT: Final = "城乡属性未填"


@dataclass(frozen=True, eq=False)
class People:
    """
    Those a target is about, and what the waivers leave out.

    Parameters
    ----------
    demand
        The demand points that it is about, or may be.
    waived
        Which of them the waivers leave out.
    weight
        Persons of its group, indexed as `demand`; NaN where nobody knows.
    may_be
        Indexed as `demand`: of which nobody knows whether the target is about them.
    """

    demand: gpd.GeoDataFrame
    waived: Waived
    weight: pd.Series[float]
    may_be: pd.Series[bool]

    @property
    def counted(self) -> gpd.GeoDataFrame:
        """The demand points that count, or may."""
        return self.demand[~self.waived.is_waived]


def people_of(study: TargetStudy, target: Target, standard: Standard | None) -> People:
    """
    Those a target is about.

    Parameters
    ----------
    study
        The study area.
    target
        Its scope decides.
    standard
        The assessed standard that the target is a reading of; then those that the standard is
        about, so that the number is the same as there, but for `OWN_SCOPES`.
    """
    demand = study.demand
    if standard is None or target.scope in OWN_SCOPES:
        may_be = may_be_in_scope(study, target, demand)
        is_in = in_scope(study, target, demand) | may_be
    else:
        is_in = is_counted(demand, standard)
        may_be = pd.Series(data=False, index=demand.index)
    demand = demand[is_in]
    waived = waived_villages(study, target, demand)
    return People(demand, waived, demand[target.group], may_be[is_in])


def people_items(
    target: Target, people: People, states: States, reasons: list[str]
) -> pd.DataFrame:
    """
    One item per demand point that counts, or may.

    Parameters
    ----------
    target
        Its group is weighed.
    people
        From `people_of`.
    states
        Shape (n,), YES, NO or UNKNOWN: whether each of `People.counted` is served.
    reasons
        n texts: why it is not.

    Returns
    -------
    items
        Columns `coverage.rules.answer.ITEM_COLUMNS`.
    """
    counted = people.counted
    weight = people.weight[counted.index].to_numpy(dtype=float)
    unknown = np.isnan(weight)
    open_ = people.waived.is_open[counted.index].to_numpy()
    may_be = people.may_be[counted.index].to_numpy()
    lacks = zip(
        np.where(may_be, NO_SETTLEMENT, "").tolist(),
        np.where(unknown, f"{target.group_name}未填", np.where(open_, MAY_BE_WAIVED, "")).tolist(),
        strict=True,
    )
    told = ["；".join(filter(None, (one, *more))) for one, more in zip(reasons, lacks, strict=True)]
    # Where nobody lives, nobody is out of reach.
    told = [
        "" if people_here == 0 else text for text, people_here in zip(told, weight, strict=True)
    ]
    least = np.where(unknown | open_ | may_be, 0.0, weight)
    return counted_items(
        "demand",
        counted,
        name_column="demand_name",
        states=states,
        weight=(least, np.where(unknown, np.inf, weight)),
        reason=told,
    )


def people_notes(study: TargetStudy, target: Target, people: People) -> list[str]:
    """What is to be said of those that are counted, in Chinese."""
    note = scope_note(study, target, is_bounded=bool(people.may_be.any()))
    return [
        *filter(None, [note]),
        *people.waived.notes,
        *denominator_note(people.waived, people.weight, may_be=people.may_be, unit="人"),
    ]
