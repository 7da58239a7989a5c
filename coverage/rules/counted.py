"""The facilities that a sum is over: which of them count, how much each has, what is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coverage.contracts import FACILITIES
from coverage.facility_features import NO, UNKNOWN, YES
from coverage.rules.shares import choice_text
from coverage.rules.study import in_scope, may_be_in_scope, scope_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

    from coverage.rules.answer import Numbers
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import FacilityChoice, Target

    Rows = npt.NDArray[np.bool_]

NOT_GIVEN = "未填"
"""Ends what `TargetStudy.unknown_conditions` says of a facility."""

NEAREST_PLACE = "最近需求点的城乡属性"
"""Tells whether a facility is in town or country."""

AREAS = ("area_m2", "land_area_m2")
"""Quantities that are no whole pieces."""


@dataclass(frozen=True, eq=False)
class Counted:
    """
    The facilities that count or may count.

    Parameters
    ----------
    table
        Shape (n, ...), rows of `TargetStudy.facilities`.
    states
        Shape (n,), YES or UNKNOWN.
    reasons
        n texts: what must be filled in to tell whether it counts; "" where it does.
    """

    table: gpd.GeoDataFrame
    states: npt.NDArray[np.int8]
    reasons: list[str]

    @property
    def names(self) -> pd.Series[str]:
        """Name of each; its id where it has none."""
        return names_of(self.table, "facility_name")


def counted_facilities(study: TargetStudy, target: Target, choice: FacilityChoice) -> Counted:
    """
    The facilities in the area of a target that a choice takes, or may take.

    Parameters
    ----------
    study
        It knows where the facilities stand.
    target
        Its scope decides; facilities beyond the border of the study area never count.
    choice
        What counts.
    """
    states = study.states(choice)
    is_in, may_be = (
        one(study, target, study.facilities).to_numpy() for one in (in_scope, may_be_in_scope)
    )
    rows = np.flatnonzero((states != NO) & (is_in | may_be))
    conditions = study.unknown_conditions(choice)
    reasons = joined(
        [conditions[row] for row in rows],
        [f"{NEAREST_PLACE}{NOT_GIVEN}" if may_be[row] else "" for row in rows],
    )
    found = np.where(may_be[rows], UNKNOWN, states[rows]).astype(np.int8)
    return Counted(study.facilities.iloc[rows], found, reasons)


def quantity_name(quantity: str) -> str:
    """Chinese name of a column with numbers."""
    column = FACILITIES.column(quantity)
    return quantity if column is None else column.title


def quantity_of(table: pd.DataFrame, quantity: str) -> tuple[Numbers, Numbers]:
    """
    The least and the most that each facility may have of a quantity.

    Parameters
    ----------
    table
        Shape (n, ...), with or without the column.
    quantity
        Column with numbers.

    Returns
    -------
    least, most
        Shape (n,); 0 and `np.inf` where nothing is filled in.
    """
    if quantity not in table.columns:
        return np.zeros(len(table)), np.full(len(table), np.inf)
    given = table[quantity].to_numpy(dtype=float, na_value=np.nan)
    return np.nan_to_num(given, nan=0.0), np.nan_to_num(given, nan=np.inf)


def is_filled(table: pd.DataFrame, quantity: str) -> Rows:
    """Of which facilities a quantity is filled in."""
    if quantity not in table.columns:
        return np.zeros(len(table), dtype=bool)
    return table[quantity].notna().to_numpy(dtype=bool)


def nowhere_filled(counted: Counted, quantity: str) -> str:
    """The sentence that no facility has a quantity; "" where one has it, or there is none."""
    if len(counted.table) == 0 or is_filled(counted.table, quantity).any():
        return ""
    name = quantity_name(quantity)
    return f"{len(counted.table)} 处计入的设施没有一处填写{name}，请在设施名录里补填"


def group_missing(people: pd.DataFrame, target: Target) -> str:
    """Why nobody knows how many there are of a group; "" where somebody does."""
    if target.group not in people.columns:
        return f"需求点没有“{target.group_name}”这一列，请在人口数据里补充"
    if len(people) and people[target.group].isna().all():
        return f"{len(people)} 个需求点都没有填写“{target.group_name}”，请在人口数据里补填"
    return ""


def joined_reasons(reasons: list[str], is_open: Rows, name: str) -> list[str]:
    """Each reason, with the quantity of that name where it is not filled in."""
    missing = f"{name}未填"
    return [
        "、".join(filter(None, (reason, missing if open_ else "")))
        for reason, open_ in zip(reasons, is_open, strict=True)
    ]


def names_of(table: pd.DataFrame, column: str) -> pd.Series[str]:
    """Names of the rows of a table; the id where there is no name."""
    return table[column].where(table[column].notna(), table.index.to_series().astype(str))


def joined(first: list[str], second: list[str]) -> list[str]:
    """What is not filled in of each, from two choices as one: every name stands there once."""
    found = []
    for pair in zip(first, second, strict=True):
        names = [name for one in pair if one for name in one.removesuffix(NOT_GIVEN).split("、")]
        found.append("、".join(dict.fromkeys(names)) + NOT_GIVEN if names else "")
    return found


def also(
    study: TargetStudy, counted: Counted, choice: FacilityChoice
) -> tuple[npt.NDArray[np.int8], list[str]]:
    """Whether another choice takes the facilities counted, and what must be filled in to tell."""
    rows = study.facilities.index.get_indexer(counted.table.index)
    reasons = study.unknown_conditions(choice)
    return study.states(choice)[rows], [reasons[row] for row in rows]


def lists_missing(study: TargetStudy, choices: Sequence[FacilityChoice]) -> list[str]:
    """A sentence for every choice of which the study area has no list."""
    missing = [one for one in choices if not study.is_listed(one, inside=True)]
    return list(dict.fromkeys(study.unlisted(one) for one in missing))


def left_out(
    study: TargetStudy, target: Target, choices: tuple[FacilityChoice, FacilityChoice]
) -> str:
    """The sentence on facilities that only the first choice takes; "" where there are none."""
    having, among = choices
    inside = in_scope(study, target, study.facilities).to_numpy()
    extra = int((inside & (study.states(having) == YES) & (study.states(among) == NO)).sum())
    if not extra:
        return ""
    names = choice_text(study, having), choice_text(study, among)
    return f"{extra} 处“{names[0]}”不属于“{names[1]}”，不计入"


def notes_of(study: TargetStudy, target: Target, *more: str) -> tuple[str, ...]:
    """What is to be said about the area of a target, and more; without what is empty."""
    return tuple(filter(None, (scope_note(study, target, is_bounded=True), *more)))
