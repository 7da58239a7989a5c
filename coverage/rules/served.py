"""Share of people near enough to a facility, or to one of each of several kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.errors import ImpedanceError
from coverage.facility_features import NO, UNKNOWN, YES
from coverage.rules.answer import Answer, lacking
from coverage.rules.nearest import Way, nearest_cost, reach_of, sure_reach
from coverage.rules.served_people import OWN_SCOPES, people_items, people_notes, people_of
from coverage.rules.shares import Limit, choice_text, share_text, unlisted_of
from coverage.rules.study import scope_missing, scope_text
from coverage.rules.target import FacilityFilter, Served, ServedByAll
from coverage.studies.study import counted_facilities
from coverage.studies.study_trips import cost_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coverage.rules.nearest import Reach
    from coverage.rules.served_people import People
    from coverage.rules.shares import States
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import FacilityChoice, Target
    from coverage.standards import Measure, Reading, Standard

OTHER_MEASURE: Final[Mapping[Measure, Measure]] = {
    "network_distance": "straight_line",
    "straight_line": "network_distance",
}

MEASURE_NAMES: Final[Mapping[Measure, str]] = {
    "network_distance": "路网距离",
    "straight_line": "直线距离",
}

METRES_MODE: Final = "walk_or_ride"
"""Whose roads give metres where a plan only draws a straight line."""

GROUP_TEXT: Final = "需求点没有“{name}”一列（{column}），无法核算。请在需求点表里补充"

FROM_OUTSIDE: Final = "，研究区以外的设施也可以服务"

NO_CUTOFF: Final = "规划没有给出“{indicator}”的{what}，须先设定才能核算"


def answer_served(study: TargetStudy, target: Target) -> Answer:
    """
    Share of people within a cutoff of the nearest facility that counts, in percent.

    A target that is a standard's reading has the number of the coverage page wherever that reading
    was assessed. Where a plan gives metres, straight line and network are both measured.

    Parameters
    ----------
    study
        The study area.
    target
        With the ask `Served`.

    Returns
    -------
    answer
        One item per demand point of the scope.
    """
    ask = target.ask
    assert isinstance(ask, Served)  # noqa: S101 - the door sends no other
    found = assessed_reading(study, ask.reading_id)
    cutoff = study.choices.cutoffs.get(
        target.target_id, ask.cutoff if found is None else found[1].cutoff
    )
    measure = ask.measure if found is None else found[1].measure
    blocked = [
        *filter(None, [_scope_missing(study, target, found)]),
        *_blocked(study, target, _asked_of(study, ask, found), cutoff, measure),
    ]
    what, mode_id = _name_of(study, ask, found), _mode(ask, found)
    recipe = _recipe(study, target, (cutoff, measure), what, mode_id)
    if found is None or found[0].cross_border:
        recipe += FROM_OUTSIDE
    if blocked or cutoff is None:
        return lacking(*blocked, recipe=recipe)
    limit = Limit(cutoff, measure)
    people = people_of(study, target, None if found is None else found[0])
    try:
        reach = _reach(study, ask, found, measure)
    except ImpedanceError as error:
        return lacking(str(error).rstrip("。"), recipe=recipe)
    ids = people.counted.index
    items = people_items(target, people, reach.states(limit, ids), reach.reasons(limit, ids))
    notes = [
        *people_notes(study, target, people),
        *_source_notes(study, target, found, people, limit),
    ]
    if measure in OTHER_MEASURE:
        notes.append(_other_way(study, target, found, people, limit))
    return Answer(
        items,
        per=100.0,
        is_share=True,
        recipe=recipe,
        notes=tuple(notes),
        waived=people.waived.table,
    )


def answer_served_by_all(study: TargetStudy, target: Target) -> Answer:
    """
    Share of people within a cutoff of a facility of every part, in percent.

    Parameters
    ----------
    study
        The study area.
    target
        With the ask `ServedByAll`.

    Returns
    -------
    answer
        One item per demand point of the scope. Each part alone stands in `notes` with its share
        and is a column of `shown`: whether it is reached, null where nobody knows.
    """
    ask = target.ask
    assert isinstance(ask, ServedByAll)  # noqa: S101 - the door sends no other
    cutoff = study.choices.cutoffs.get(target.target_id, ask.cutoff)
    choices = [choice for _, choice in ask.parts]
    blocked = [
        *filter(None, [scope_missing(study, target)]),
        *_blocked(study, target, choices, cutoff, "travel_time"),
    ]
    names = "、".join(f"{name}（{choice_text(study, choice)}）" for name, choice in ask.parts)
    recipe = _recipe(study, target, (cutoff, "travel_time"), f"{names}各", ask.mode_id)
    recipe += FROM_OUTSIDE
    if blocked or cutoff is None:
        return lacking(*blocked, recipe=recipe)
    limit = Limit(cutoff, "travel_time")
    people = people_of(study, target, None)
    way = Way("travel_time", ask.mode_id)
    try:
        reaches = {name: reach_of(study, choice, way) for name, choice in ask.parts}
    except ImpedanceError as error:
        return lacking(str(error).rstrip("。"), recipe=recipe)
    ids = people.counted.index
    parts = {name: reach.states(limit, ids) for name, reach in reaches.items()}
    states = _all_of(list(parts.values()))
    items = people_items(target, people, states, _all_reasons(reaches, limit, ids, states))
    alone = [
        f"{name} {share_text(people_items(target, people, part, [''] * len(ids)))}"
        for name, part in parts.items()
    ]
    return Answer(
        items,
        per=100.0,
        is_share=True,
        recipe=recipe,
        notes=(
            *people_notes(study, target, people),
            *_source_notes(study, target, None, people, limit),
            f"单项覆盖率：{'；'.join(alone)}",
        ),
        waived=people.waived.table,
        shown=pd.DataFrame({name: _flags(part) for name, part in parts.items()}, index=items.index),
    )


def assessed_reading(study: TargetStudy, reading_id: str) -> tuple[Standard, Reading] | None:
    """The reading of that id and its standard, where it was assessed."""
    for standard in study.standards:
        for reading in standard.readings:
            if reading.reading_id == reading_id:
                return standard, reading
    return None


def _asked_of(
    study: TargetStudy, ask: Served, found: tuple[Standard, Reading] | None
) -> list[FacilityChoice]:
    """The facilities without which nothing can be said."""
    if found is None:
        return [ask.facilities]
    standard, reading = found
    return [
        (FacilityFilter(kinds, text=_kind_names(study, kinds)),)
        for kinds in (standard.kinds, reading.station_kinds)
        if kinds
    ]


def _blocked(
    study: TargetStudy,
    target: Target,
    choices: list[FacilityChoice],
    cutoff: float | None,
    measure: Measure,
) -> list[str]:
    """Why nothing can be said, whatever the area, in Chinese."""
    found = []
    if cutoff is None:
        what = "时限（分钟）" if measure == "travel_time" else "服务半径（米）"
        found.append(NO_CUTOFF.format(indicator=target.indicator, what=what))
    if target.group not in study.demand.columns:
        found.append(GROUP_TEXT.format(name=target.group_name, column=target.group))
    return [*found, *unlisted_of(study, choices)]


def _scope_missing(
    study: TargetStudy, target: Target, found: tuple[Standard, Reading] | None
) -> str:
    """Why the area is not known; a standard knows its own, and says so, as on the coverage page."""
    is_own = found is None or target.scope in OWN_SCOPES
    return scope_missing(study, target) if is_own else ""


def _reach(
    study: TargetStudy, ask: Served, found: tuple[Standard, Reading] | None, measure: Measure
) -> Reach:
    if found is None:
        way = Way(measure, "" if measure == "straight_line" else ask.mode_id, ask.direction)
        return reach_of(study, ask.facilities, way)
    return sure_reach(study, _columns(study, found[1]))


def _columns(study: TargetStudy, reading: Reading) -> pd.DataFrame:
    """The trips of an assessed reading: what the coverage page holds against the cutoff."""
    demand, name = study.assessment.demand, reading.reading_id
    return pd.DataFrame(
        {
            "cost": demand[f"{name}_{cost_of(reading)}"],
            "facility_id": demand[f"{name}_facility_id"],
        }
    )


def _other_way(
    study: TargetStudy,
    target: Target,
    found: tuple[Standard, Reading] | None,
    people: People,
    limit: Limit,
) -> str:
    """The share by network where the target draws a straight line, and the other way round."""
    ask = target.ask
    assert isinstance(ask, Served)  # noqa: S101 - as its caller
    other = OTHER_MEASURE[limit.measure]
    mode = "" if other == "straight_line" else (_mode(ask, found) or METRES_MODE)
    way = Way(other, mode, ask.direction if found is None else found[0].direction)
    try:
        if found is None:
            reach = reach_of(study, ask.facilities, way)
        else:
            kept = [one for one in found[0].readings if _is_way(one, way, found[0])]
            nearest = _columns(study, kept[0]) if kept else _counted_cost(study, found[0], way)
            reach = sure_reach(study, nearest)
    except ImpedanceError as error:
        return f"按{MEASURE_NAMES[other]}无法核算：{str(error).rstrip('。')}"
    ids = people.counted.index
    share = share_text(people_items(target, people, reach.states(limit, ids), [""] * len(ids)))
    return f"按{MEASURE_NAMES[other]}为 {share}"


def _is_way(reading: Reading, way: Way, standard: Standard) -> bool:
    """Whether a reading has measured that way already; its cutoff does not matter."""
    is_mode = not way.mode_id or standard.mode_of(reading) == way.mode_id
    return reading.measure == way.measure and is_mode and not reading.station_kinds


def _counted_cost(study: TargetStudy, standard: Standard, way: Way) -> pd.DataFrame:
    counted = counted_facilities(study.layers, standard, standard.kinds).index
    return nearest_cost(study, study.facilities.index.isin(counted), way)


def _mode(ask: Served, found: tuple[Standard, Reading] | None) -> str:
    return ask.mode_id if found is None else found[0].mode_of(found[1])


def _name_of(study: TargetStudy, ask: Served, found: tuple[Standard, Reading] | None) -> str:
    if found is None:
        return choice_text(study, ask.facilities)
    return _kind_names(study, found[0].kinds)


def _kind_names(study: TargetStudy, kinds: tuple[str, ...]) -> str:
    return "、".join(study.kinds[code].name if code in study.kinds else code for code in kinds)


def _all_of(states: list[States]) -> States:
    """NO where any is, YES where all are, else UNKNOWN."""
    stacked = np.vstack(states)
    yes, no = (stacked == YES).all(axis=0), (stacked == NO).any(axis=0)
    return np.where(no, NO, np.where(yes, YES, UNKNOWN)).astype(np.int8)


def _all_reasons(
    reaches: Mapping[str, Reach], limit: Limit, ids: pd.Index, states: States
) -> list[str]:
    """Which parts are out of reach of each demand point, or of which nobody knows."""
    texts: list[list[str]] = [[] for _ in ids]
    for name, reach in reaches.items():
        for row, reason in enumerate(reach.reasons(limit, ids)):
            if reason and states[row] != YES:
                texts[row].append(f"{name}：{reason}")
    return ["；".join(row) for row in texts]


def _flags(states: States) -> pd.Series[bool]:
    flags = pd.Series(states == YES, dtype="boolean")
    flags[states == UNKNOWN] = pd.NA
    return flags


def _source_notes(
    study: TargetStudy,
    target: Target,
    found: tuple[Standard, Reading] | None,
    people: People,
    limit: Limit,
) -> list[str]:
    """Where the number comes from, if not from the plan alone."""
    notes = []
    is_own = target.target_id in study.choices.cutoffs
    if is_own:
        notes.append(f"按自设的 {limit.text}核算")
    reading_id = target.ask.reading_id if isinstance(target.ask, Served) else ""
    is_same = not is_own and not people.waived.is_waived.any()
    if found is not None and is_same and target.scope not in OWN_SCOPES:
        standard, reading = found
        notes.append(f"与“{standard.name}”的“{reading.name}”是同一个数，设施和范围同该标准")
    elif found is not None:
        notes.append(f"出行时间取自“{found[0].name}”的“{found[1].name}”，设施同该标准")
    elif reading_id:
        notes.append("本指标对应的标准没有参加评估，按指标自己的设施和范围核算")
    return notes


def _recipe(
    study: TargetStudy,
    target: Target,
    cut: tuple[float | None, Measure],
    what: str,
    mode_id: str,
) -> str:
    """How the share comes about; the cutoff may still have to be set."""
    cutoff, measure = cut
    open_text = "规定时间以内" if measure == "travel_time" else "规定距离以内"
    near = open_text if cutoff is None else f"{Limit(cutoff, measure).text}以内（含）"
    modes = study.trips.modes
    name = modes[mode_id].name if mode_id in modes else mode_id
    how = {
        "travel_time": f"按{name}的出行时间",
        "network_distance": f"按{name}的路网距离",
        "straight_line": "按直线距离",
    }[measure]
    return (
        f"{scope_text(target)}的{target.group_name}中，到最近的{what} {near}的人数"
        f"占总人数的百分比，{how}计"
    )
