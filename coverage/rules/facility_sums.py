"""How many facilities there are, and which share of them is as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coverage.facility_features import NO, YES
from coverage.rules.answer import Answer, bounded_items, lacking, share_items
from coverage.rules.counted import (
    also,
    counted_facilities,
    joined,
    left_out,
    lists_missing,
    notes_of,
)
from coverage.rules.shares import choice_text
from coverage.rules.study import area_missing, scope_missing, scope_text

if TYPE_CHECKING:
    from coverage.rules.counted import Counted
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import FacilityCount, FacilityShare, Target


def answer_facility_count(study: TargetStudy, target: Target) -> Answer:
    """
    How many facilities there are, and whether each part of the area has one.

    Parameters
    ----------
    study
        The study area.
    target
        With a `FacilityCount`.

    Returns
    -------
    answer
        Lacking where the area, one of its parts or the list is not known.
    """
    ask: FacilityCount = target.ask  # type: ignore[assignment]
    recipe = f"{scope_text(target)}内“{choice_text(study, ask.facilities)}”的处数"
    if ask.parts:
        recipe += f"，{'、'.join(ask.parts)}各须有 1 处"
    missing = [
        scope_missing(study, target),
        *(area_missing(study, part) for part in ask.parts),
        *lists_missing(study, (ask.facilities,)),
    ]
    if any(missing):
        return lacking(*filter(None, missing), recipe=recipe)
    counted = counted_facilities(study, target, ask.facilities)
    certain = (counted.states == YES).astype(float)
    one, none = np.ones(len(certain)), np.zeros(len(certain))
    unmet, unsure = _parts(study, counted, ask.parts)
    return Answer(
        bounded_items(
            "facility",
            counted.table,
            names=counted.names,
            low=(certain, none),
            high=(one, none),
            reason=counted.reasons,
        ),
        is_ratio=False,
        recipe=recipe,
        notes=notes_of(study, target),
        unmet=tuple(f"{part}没有" for part in unmet),
        unsure=tuple(f"{part}有没有不能确定" for part in unsure),
        extra_gap=float(len(unmet)),
    )


def _parts(
    study: TargetStudy, counted: Counted, parts: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """The parts of the area that have no facility, and those of which nobody knows."""
    unmet, unsure = [], []
    for part in parts:
        inside = counted.table["zone_id"].isin(study.choices.areas[part]).to_numpy()
        if not inside.any():
            unmet.append(part)
        elif not (counted.states[inside] == YES).any():
            unsure.append(part)
    return unmet, unsure


def answer_facility_share(study: TargetStudy, target: Target) -> Answer:
    """
    Which share of some facilities is as the plan wants them.

    A facility that is as it should be but is none of those looked at does not count.

    Parameters
    ----------
    study
        The study area.
    target
        With a `FacilityShare`.

    Returns
    -------
    answer
        Lacking where the area or a list is not known.
    """
    ask: FacilityShare = target.ask  # type: ignore[assignment]
    having_text, among_text = (choice_text(study, one) for one in (ask.having, ask.among))
    recipe = f"{scope_text(target)}内“{having_text}”的处数 ÷ “{among_text}”的处数"
    missing = [scope_missing(study, target), *lists_missing(study, (ask.among, ask.having))]
    if any(missing):
        return lacking(*filter(None, missing), recipe=recipe)
    among = counted_facilities(study, target, ask.among)
    having, open_having = also(study, among, ask.having)
    one, none = np.ones(len(having)), np.zeros(len(having))
    is_in = among.states == YES
    reasons = joined(among.reasons, open_having)
    items = share_items(
        "facility",
        among.table,
        names=among.names,
        part=(np.where(is_in & (having == YES), one, none), np.where(having == NO, none, one)),
        rest=(np.where(is_in & (having == NO), one, none), np.where(having == YES, none, one)),
        reason=[
            reason or (f"不是“{having_text}”" if state == NO else "")
            for reason, state in zip(reasons, having, strict=True)
        ],
    )
    return Answer(
        items,
        per=100.0,
        is_share=True,
        is_part=True,
        recipe=recipe,
        notes=notes_of(study, target, left_out(study, target, (ask.having, ask.among))),
    )
