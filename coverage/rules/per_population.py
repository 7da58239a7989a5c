"""Beds, places, staff or square metres per so many persons (每千人口床位数, 人均体育场地面积)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coverage.facility_features import YES
from coverage.rules.answer import Answer, bounded_items, lacking
from coverage.rules.counted import (
    AREAS,
    counted_facilities,
    group_missing,
    is_filled,
    joined_reasons,
    lists_missing,
    names_of,
    notes_of,
    nowhere_filled,
    quantity_name,
    quantity_of,
)
from coverage.rules.shares import choice_text
from coverage.rules.study import in_scope, may_be_in_scope, scope_missing, scope_text

if TYPE_CHECKING:
    from coverage.rules.counted import Counted
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import PerPopulation, Target


def answer_per_population(study: TargetStudy, target: Target) -> Answer:
    """
    What the facilities have of a quantity, per so many persons.

    Facilities and demand points are items alike: a facility adds to the numerator, a demand point
    to the denominator, so that a zone has the beds that stand in it over the people who live in it.
    The value is lowest with nothing where nobody filled in the quantity and no end of people where
    nobody knows how many live, and highest the other way round.

    Parameters
    ----------
    study
        The study area.
    target
        With a `PerPopulation`.

    Returns
    -------
    answer
        Lacking where the area, the list, the quantity or the group is not known at all.
    """
    ask: PerPopulation = target.ask  # type: ignore[assignment]
    name = quantity_name(ask.quantity)
    counted = counted_facilities(study, target, ask.facilities)
    may_be = may_be_in_scope(study, target, study.demand)
    people = study.demand[in_scope(study, target, study.demand) | may_be]
    missing = [
        scope_missing(study, target),
        *lists_missing(study, (ask.facilities,)),
        nowhere_filled(counted, ask.quantity),
        group_missing(people, target),
    ]
    recipe = (
        f"{scope_text(target)}内“{choice_text(study, ask.facilities)}”的{name}合计 "
        f"÷ {target.group_name}" + (f" × {ask.per:g}" if ask.per != 1 else "")
    )
    if any(missing):
        return lacking(*filter(None, missing), recipe=recipe)
    denominator = (
        f"考核对象是设施，分母是{scope_text(target)}内 {len(people)} 个需求点的{target.group_name}"
    )
    items = [
        _of_facilities(counted, ask.quantity),
        _of_people(people, target, may_be[people.index]),
    ]
    return Answer(
        pd.concat(items, ignore_index=True),
        per=ask.per,
        unit_type="facility",
        gap_is_whole=ask.quantity not in AREAS,
        recipe=recipe,
        notes=notes_of(study, target, denominator),
    )


def _of_facilities(counted: Counted, quantity: str) -> pd.DataFrame:
    least, most = quantity_of(counted.table, quantity)
    nobody = np.zeros(len(least))
    return bounded_items(
        "facility",
        counted.table,
        names=counted.names,
        low=(np.where(counted.states == YES, least, 0.0), nobody),
        high=(most, nobody),
        reason=joined_reasons(
            counted.reasons, ~is_filled(counted.table, quantity), quantity_name(quantity)
        ),
    )


def _of_people(people: pd.DataFrame, target: Target, may_be: pd.Series[bool]) -> pd.DataFrame:
    least, most = quantity_of(people, target.group)
    nothing = np.zeros(len(least))
    least = np.where(may_be, 0.0, least)
    is_open = ~is_filled(people, target.group)
    reasons = joined_reasons([""] * len(people), may_be.to_numpy(), "城乡属性")
    return bounded_items(
        "demand",
        people,
        names=names_of(people, "demand_name"),
        low=(nothing, most),
        high=(nothing, least),
        reason=joined_reasons(reasons, is_open, target.group_name),
    )
