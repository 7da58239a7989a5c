"""Which share of the beds others are: nursing beds of all beds, private beds of all beds.

The share is bounded through what counts and the rest (`coverage.rules.answer.share_items`): every
facility has a least and a most of both, whatever is not known of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coverage.facility_features import NO, YES
from coverage.rules.answer import Answer, lacking, share_items
from coverage.rules.counted import (
    AREAS,
    also,
    counted_facilities,
    is_filled,
    joined,
    joined_reasons,
    left_out,
    lists_missing,
    notes_of,
    nowhere_filled,
    quantity_name,
    quantity_of,
)
from coverage.rules.shares import choice_text
from coverage.rules.study import scope_missing, scope_text

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from coverage.rules.answer import Numbers
    from coverage.rules.counted import Counted
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import CapacityShare, Target

    Between = tuple[Numbers, Numbers]
    Rows = npt.NDArray[np.bool_]


def answer_capacity_share(study: TargetStudy, target: Target) -> Answer:
    """
    Which share of a quantity another quantity, or that of some facilities only, is.

    A facility with more of the part than of the whole contradicts itself: both count as not known
    until somebody has looked, and a note says so.

    Parameters
    ----------
    study
        The study area.
    target
        With a `CapacityShare`.

    Returns
    -------
    answer
        Lacking where the area, a list or one of the quantities is not known at all.
    """
    ask: CapacityShare = target.ask  # type: ignore[assignment]
    part_name, whole_name = quantity_name(ask.having_quantity), quantity_name(ask.among_quantity)
    recipe = (
        f"{scope_text(target)}内“{choice_text(study, ask.having)}”的{part_name}合计 "
        f"÷ “{choice_text(study, ask.among)}”的{whole_name}合计"
    )
    among = counted_facilities(study, target, ask.among)
    missing = [
        scope_missing(study, target),
        *lists_missing(study, (ask.among, ask.having)),
        *(nowhere_filled(among, quantity) for quantity in _quantities(ask)),
    ]
    if any(missing):
        return lacking(*filter(None, missing), recipe=recipe)
    contradicts = _contradicts(among.table, ask)
    return Answer(
        _items(study, ask, among, contradicts),
        per=100.0,
        is_part=True,
        gap_is_whole=ask.having_quantity not in AREAS,
        recipe=recipe,
        notes=notes_of(
            study,
            target,
            left_out(study, target, (ask.having, ask.among)),
            _contradictions(among, contradicts, ask),
        ),
    )


def _items(
    study: TargetStudy, ask: CapacityShare, among: Counted, contradicts: Rows
) -> pd.DataFrame:
    """What counts of each facility, and the rest of it, each between a least and a most."""
    having, open_having = also(study, among, ask.having)
    whole, wanted = (
        (np.where(contradicts, 0.0, least), np.where(contradicts, np.inf, most))
        for least, most in (
            quantity_of(among.table, ask.among_quantity),
            quantity_of(among.table, ask.having_quantity),
        )
    )
    part, rest = _part_and_rest(wanted, whole, is_same=len(_quantities(ask)) == 1)
    reasons = joined(among.reasons, open_having)
    for quantity in _quantities(ask):
        is_asked = (having != NO) | (quantity == ask.among_quantity)
        is_open = ~is_filled(among.table, quantity) & is_asked
        reasons = joined_reasons(reasons, is_open, quantity_name(quantity))
    is_in, is_having, is_not = among.states == YES, having == YES, having == NO
    # Where a facility is none of those wanted, all of its quantity is rest.
    least_rest = np.where(is_not, whole[0], rest[0])
    return share_items(
        "facility",
        among.table,
        names=among.names,
        part=(np.where(is_in & is_having, part[0], 0.0), np.where(is_not, 0.0, part[1])),
        rest=(np.where(is_in, least_rest, 0.0), np.where(is_having, rest[1], whole[1])),
        reason=[
            _contradiction(ask) if wrong else reason
            for reason, wrong in zip(reasons, contradicts, strict=True)
        ],
    )


def _part_and_rest(wanted: Between, whole: Between, *, is_same: bool) -> tuple[Between, Between]:
    """Part and rest of the facilities that are wanted, from bounds of wanted and whole quantity."""
    if is_same:
        nothing = np.zeros(len(whole[0]))
        return whole, (nothing, nothing)
    part = wanted[0], np.minimum(wanted[1], whole[1])
    return part, (np.maximum(0.0, whole[0] - wanted[1]), whole[1] - wanted[0])


def _quantities(ask: CapacityShare) -> tuple[str, ...]:
    return tuple(dict.fromkeys((ask.among_quantity, ask.having_quantity)))


def _contradicts(table: pd.DataFrame, ask: CapacityShare) -> Rows:
    """Which facilities have more of the part than of the whole."""
    least, most = (
        quantity_of(table, ask.having_quantity)[0],
        quantity_of(table, ask.among_quantity)[1],
    )
    return np.asarray(least > most, dtype=bool)


def _contradiction(ask: CapacityShare) -> str:
    return f"{quantity_name(ask.having_quantity)}多于{quantity_name(ask.among_quantity)}，请核对"


def _contradictions(among: Counted, contradicts: Rows, ask: CapacityShare) -> str:
    """The sentence on facilities that contradict themselves; "" for none."""
    if not contradicts.any():
        return ""
    first = among.names[contradicts].iloc[0]
    return (
        f"{int(contradicts.sum())} 处设施的{_contradiction(ask)}，第一处是“{first}”；"
        "核对前两个数都按未知计"
    )
