"""Facilities side by side (毗邻建设): which share of the ones has one of the others nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from coverage.facility_features import NO, UNKNOWN, YES
from coverage.rules.answer import Answer, lacking
from coverage.rules.counted import NEAREST_PLACE, NOT_GIVEN, joined, names_of
from coverage.rules.shares import Limit, choice_text, counted_items, share_text, unlisted_of
from coverage.rules.study import (
    in_scope,
    may_be_in_scope,
    scope_missing,
    scope_note,
    scope_text,
)
from coverage.rules.target import Colocated
from coverage.rules.waivers import waivers_of

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

    from coverage.rules.shares import Numbers
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import FacilityChoice, Target


def answer_colocated(study: TargetStudy, target: Target) -> Answer:
    """
    Share of the facilities `one` that have an `other` within metres, in percent.

    A facility is not its own neighbour. Neighbours beyond the border count, as the ground does not
    end there; shares are of the facilities inside.

    Parameters
    ----------
    study
        The study area.
    target
        With the ask `Colocated`.

    Returns
    -------
    answer
        One item per facility `one` in scope; the share of the `other` that have a `one` stands in
        notes and recipe.
    """
    ask = target.ask
    assert isinstance(ask, Colocated)  # noqa: S101 - the door sends no other
    within_m = study.choices.cutoffs.get(target.target_id, ask.within_m)
    missing = [scope_missing(study, target)]
    if within_m is None:
        missing.append("规划没有给出相距多少米以内算毗邻，须先设定才能核算")
    missing += unlisted_of(study, [ask.one, ask.other], inside=True)
    missing = [text for text in missing if text]
    one, other = choice_text(study, ask.one), choice_text(study, ask.other)
    if missing or within_m is None:
        near = "规定距离" if within_m is None else Limit(within_m).text
        recipe = f"{scope_text(target)}的{one}中，{near}（直线，含）以内有{other}的占百分比"
        return lacking(*missing, recipe=recipe)
    limit = Limit(within_m)
    items = _items(study, target, ask.one, ask.other, limit)
    back = _items(study, target, ask.other, ask.one, limit)
    way_back = f"反过来，{other}中 {limit.text}以内有{one}的占 {share_text(back)}"
    notes = [scope_note(study, target, is_bounded=True), f"{way_back}（共 {len(back)} 处）"]
    if target.target_id in study.choices.cutoffs:
        notes.append(f"按自设的 {limit.text}核算")
    if waivers_of(study, target):
        notes.append("豁免规则只适用于按需求点计的村，本指标按设施核算，没有使用")
    return Answer(
        items,
        per=100.0,
        is_share=True,
        recipe=(
            f"{scope_text(target)}的{one}中，{limit.text}（直线，含）以内有{other}的占百分比；"
            f"设施不算自己的邻居，研究区以外的设施可以作邻居；{way_back}"
        ),
        notes=tuple(filter(None, notes)),
    )


def _items(
    study: TargetStudy,
    target: Target,
    one: FacilityChoice,
    other: FacilityChoice,
    limit: Limit,
) -> pd.DataFrame:
    """One item per facility `one` that is or may be in scope: whether an `other` is near enough."""
    facilities = study.facilities
    is_one = study.states(one)
    may_be = may_be_in_scope(study, target, facilities).to_numpy()
    is_in = in_scope(study, target, facilities).to_numpy()
    rows = np.flatnonzero((is_one != NO) & (is_in | may_be))
    others = study.states(other)
    sure, nearest = _nearest(facilities, rows, np.flatnonzero(others == YES))
    perhaps, doubtful = _nearest(facilities, rows, np.flatnonzero(others == UNKNOWN))
    near = np.where(limit.holds(sure), YES, np.where(limit.holds(perhaps), UNKNOWN, NO))
    names = names_of(facilities, "facility_name").tolist()
    no_place = [f"{NEAREST_PLACE}{NOT_GIVEN}" if is_open else "" for is_open in may_be.tolist()]
    own_doubts = joined(study.unknown_conditions(one), no_place)
    other_doubts = study.unknown_conditions(other)
    reasons = []
    for row, state, metres, at, open_at in zip(
        rows.tolist(),
        near.tolist(),
        sure.tolist(),
        nearest.tolist(),
        doubtful.tolist(),
        strict=True,
    ):
        texts = [own_doubts[row]]
        if state == NO:
            texts.append(
                f"最近的“{names[at]}”{limit.past(metres)}，超过 {limit.text}"
                if at >= 0
                else f"没有任何{choice_text(study, other)}"
            )
        elif state == UNKNOWN:
            texts.append(f"{limit.text}以内只有“{names[open_at]}”，其{other_doubts[open_at]}")
        reasons.append("；".join(filter(None, texts)))
    return counted_items(
        "facility",
        facilities.iloc[rows],
        name_column="facility_name",
        states=near.astype(np.int8),
        weight=(((is_one == YES) & ~may_be)[rows].astype(float), np.ones(len(rows))),
        reason=reasons,
    )


def _nearest(
    facilities: gpd.GeoDataFrame, rows: npt.NDArray[np.intp], others: npt.NDArray[np.intp]
) -> tuple[Numbers, npt.NDArray[np.intp]]:
    """
    Metres from each of the rows to the nearest of the others but itself, and which that is.

    `inf` and -1 where there is none.
    """
    if not len(rows) or not len(others):
        return np.full(len(rows), np.inf), np.full(len(rows), -1)
    xy = np.column_stack([facilities.geometry.x, facilities.geometry.y])
    # Of the two nearest one at most is the facility itself, however many stand on one spot.
    metres, places = KDTree(xy[others]).query(xy[rows], k=[1, 2])
    found = np.append(others, -1)[places]
    column = (found[:, 0] == rows).astype(int)
    each = np.arange(len(rows))
    return metres[each, column], found[each, column]
