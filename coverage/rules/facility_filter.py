"""Which facilities a target counts, with a third answer where the lists do not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.facility_features import NO, UNKNOWN, YES, feature_states
from coverage.rules.target import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from coverage.rules.target import FacilityChoice, FacilityFilter
    from coverage.standards import FacilityKind

    States = npt.NDArray[np.int8]

GRADES: Final = ("未定级", "一级", "二级", "三级")
"""Grades of hospitals, the lowest first; a hospital known to have none is below all of them."""

_GRADE_WORDS: Final = {**{word: word for word in GRADES}, "未评级": "未定级", "无等级": "未定级"}

OWNERS: Final = ("公立", "社会办")

_TIER_WORDS: Final = {
    "村级": "village", "社区级": "village", "乡镇级": "township", "镇级": "township",
    "乡级": "township", "街道级": "township", "县级": "county", "区级": "county",
    "县区级": "county", "区县级": "county", "市级": "city", "地市级": "city",
    "省级": "province", "省部级": "province", "部级": "province", "国家级": "province",
}  # fmt: skip
"""Words of the column `level` that say who runs a facility rather than its grade."""


def filter_states(
    facilities: pd.DataFrame, choice: FacilityChoice, *, kinds: Mapping[str, FacilityKind]
) -> States:
    """
    Whether each facility counts.

    Parameters
    ----------
    facilities
        Shape (n, ...), contract `FACILITIES`.
    choice
        A facility counts where any of the filters takes it.
    kinds
        All kinds by code; they tell tiers.

    Returns
    -------
    states
        Shape (n,): YES, NO, or UNKNOWN where a condition is on something that is not known of it.
    """
    states = np.full(len(facilities), NO, dtype=np.int8)
    for one in choice:
        rows = np.flatnonzero(facilities["kind"].isin(one.kinds))
        if not len(rows):
            continue
        found = np.full(len(facilities), NO, dtype=np.int8)
        found[rows] = _all_met(_conditions(facilities.iloc[rows], one, kinds), len(rows))
        unknown = (found == UNKNOWN) & (states == NO)
        states = np.where(found == YES, YES, np.where(unknown, UNKNOWN, states)).astype(np.int8)
    return states


def of_kind(facilities: pd.DataFrame, choice: FacilityChoice) -> npt.NDArray[np.bool_]:
    """Whether each facility is of a kind that a choice looks at, its conditions left aside."""
    codes = {kind for one in choice for kind in one.kinds}
    return facilities["kind"].isin(codes).to_numpy()


def unknown_conditions(
    facilities: pd.DataFrame, choice: FacilityChoice, *, kinds: Mapping[str, FacilityKind]
) -> list[str]:
    """
    What must be filled in of each facility to tell whether it counts, in Chinese.

    Parameters
    ----------
    facilities, choice, kinds
        As `filter_states`.

    Returns
    -------
    texts
        n texts such as "等级、康复医学科未填"; "" where it is known whether the facility counts.
    """
    is_unknown = filter_states(facilities, choice, kinds=kinds) == UNKNOWN
    names: list[list[str]] = [[] for _ in range(len(facilities))]
    for one in choice:
        rows = np.flatnonzero(is_unknown & facilities["kind"].isin(one.kinds).to_numpy())
        if not len(rows):
            continue
        conditions = _conditions(facilities.iloc[rows], one, kinds)
        is_asked = _all_met(conditions, len(rows)) == UNKNOWN
        for name, states in conditions:
            for row in rows[is_asked & (states == UNKNOWN)]:
                names[row].append(name)
    return [f"{'、'.join(dict.fromkeys(of_one))}未填" if of_one else "" for of_one in names]


def _all_met(conditions: Sequence[tuple[str, States]], count: int) -> States:
    """Whether each of so many facilities meets all conditions."""
    states = np.full(count, YES, dtype=np.int8)
    for _, found in conditions:
        states = _both(states, found)
    return states


def _conditions(
    facilities: pd.DataFrame,
    one: FacilityFilter,
    kinds: Mapping[str, FacilityKind],
) -> list[tuple[str, States]]:
    """Name of every condition, and whether each facility meets it."""
    found: list[tuple[str, States]] = []
    if one.grades:
        wanted = [GRADES.index(grade) for grade in one.grades]
        found.append(("等级", _one_of(_grades(facilities), wanted)))
    if one.tiers:
        wanted = [LEVELS.index(tier) for tier in one.tiers]
        found.append(("隶属级别", _one_of(_tiers(facilities, kinds), wanted)))
    if one.ownership:
        owners = _ranks(_column(facilities, "ownership"), dict(zip(OWNERS, (0, 1), strict=True)))
        states = np.where(owners == OWNERS.index(one.ownership), YES, NO)
        found.append(("举办性质", np.where(owners == UNKNOWN, UNKNOWN, states).astype(np.int8)))
    texts = _column(facilities, "features")
    found += [(name, feature_states(texts, name)) for name in one.features]
    return found


def _grades(facilities: pd.DataFrame) -> States:
    """Place of each facility's grade in `GRADES`; UNKNOWN where none is told."""
    places = {word: GRADES.index(grade) for word, grade in _GRADE_WORDS.items()}
    return _ranks(_column(facilities, "level"), places)


def _tiers(facilities: pd.DataFrame, kinds: Mapping[str, FacilityKind]) -> States:
    """Place of each facility's tier in `LEVELS`, from its level, else from its kind."""
    places = {word: LEVELS.index(tier) for word, tier in _TIER_WORDS.items()}
    by_level = _ranks(_column(facilities, "level"), places)
    tiers: dict[str, int] = {level: place for place, level in enumerate(LEVELS)}
    of_kinds = {code: tiers.get(kind.tier, UNKNOWN) for code, kind in kinds.items()}
    by_kind = np.array([of_kinds.get(code, UNKNOWN) for code in facilities["kind"]], dtype=np.int8)
    return np.where(by_level == UNKNOWN, by_kind, by_level).astype(np.int8)


def _ranks(texts: pd.Series[str], places: Mapping[str, int]) -> States:
    """Place of the word that each text begins with; UNKNOWN where there is no text or no word."""
    codes, words = pd.factorize(texts)
    found = [
        next((at for word, at in places.items() if str(text).strip().startswith(word)), UNKNOWN)
        for text in words
    ]
    return np.array([*found, UNKNOWN], dtype=np.int8)[codes]


def _one_of(places: States, wanted: Sequence[int]) -> States:
    found = np.where(np.isin(places, wanted), YES, NO)
    return np.where(places == UNKNOWN, UNKNOWN, found).astype(np.int8)


def _both(one: States, other: States) -> States:
    """YES where both are, NO where one is, else UNKNOWN."""
    states = np.where((one == YES) & (other == YES), YES, UNKNOWN)
    return np.where((one == NO) | (other == NO), NO, states).astype(np.int8)


def _column(facilities: pd.DataFrame, name: str) -> pd.Series[str]:
    """A column of texts; all null where the table has none."""
    if name in facilities.columns:
        return facilities[name]
    return pd.Series(pd.NA, index=facilities.index, dtype="str")
