"""Share of villages, townships or counties that have their facility, or are served by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from coverage.facility_features import NO, UNKNOWN, YES
from coverage.rules.answer import Answer, lacking, no_waived
from coverage.rules.counted import names_of
from coverage.rules.nearest import reach_of_places
from coverage.rules.served_people import NO_SETTLEMENT
from coverage.rules.shares import Limit, choice_text, counted_items, unlisted_of
from coverage.rules.study import scope_missing, scope_note
from coverage.rules.target import UNIT_NAMES, UnitNeed, UnitsServed, UnitsWithFacility
from coverage.rules.unit_lists import VILLAGE_REACH_M, is_above_area, units_of
from coverage.rules.waivers import (
    MAY_BE_WAIVED,
    denominator_note,
    unused_note,
    waived_villages,
)

if TYPE_CHECKING:
    from coverage.rules.shares import Numbers, States
    from coverage.rules.study import TargetStudy
    from coverage.rules.target import FacilityChoice, Target
    from coverage.rules.unit_lists import Units

    Listed = list[tuple[UnitNeed, Units | str]]

PERSONS_PER_WAN: Final = 10_000.0


@dataclass(frozen=True, eq=False)
class _Found:
    """
    What is found of n units.

    `states` tells whether each has what it needs, `reasons` why not; it counts `least` to `most`
    times, 0 or 1.
    """

    states: States
    reasons: list[str]
    least: Numbers
    most: Numbers


@dataclass(frozen=True, eq=False)
class _Part:
    """The items of one need, what the waivers take from them, what is to be said."""

    items: pd.DataFrame
    waived: pd.DataFrame
    notes: tuple[str, ...]


def answer_units_with_facility(study: TargetStudy, target: Target) -> Answer:
    """
    Share of units in which there are enough facilities, in percent.

    Parameters
    ----------
    study
        The study area.
    target
        With the ask `UnitsWithFacility`.

    Returns
    -------
    answer
        One item per unit and need; a unit of as many persons as a need names, or fewer, is not
        counted. Needs of units that embrace more than the study area are left out, which is noted.
    """
    ask = target.ask
    assert isinstance(ask, UnitsWithFacility)  # noqa: S101 - the door sends no other
    lists: Listed = [(need, units_of(study, target, need.unit_level)) for need in ask.needs]
    above = [need.unit_level for need in ask.needs if is_above_area(study, need.unit_level)]
    mine = [(need, units) for need, units in lists if need.unit_level not in above]
    blocked = _blocked(study, target, mine or lists, inside=True)
    recipe = _needs_recipe(study, mine or lists)
    if blocked:
        return lacking(*blocked, recipe=recipe)
    parts = []
    for need, units in mine:
        if isinstance(units, str):
            continue
        found, notes = _of_enough_people(_has_enough(study, need, units), need, units)
        parts.append(_part(study, target, units, found, notes=notes))
    notes = tuple(
        f"研究区不到{UNIT_NAMES[level]}一级，该级不核算" for level in dict.fromkeys(above)
    )
    answer = _answer(study, target, parts, notes=notes, recipe=recipe)
    if answer.items.empty and len(mine) == 1 and mine[0][0].over_persons:
        return replace(answer, missing=(_too_few_people(mine[0][0]),))
    return answer


def _needs_recipe(study: TargetStudy, lists: Listed) -> str:
    whats = "、".join(_need_text(study, need) for need, _ in lists)
    places = [_place_text(units) for _, units in lists if not isinstance(units, str)]
    return "；".join([f"{whats}占百分比", *dict.fromkeys(places), "研究区以外的设施不计"])


def _too_few_people(need: UnitNeed) -> str:
    over = f"{need.over_persons / PERSONS_PER_WAN:g} 万人"
    return f"研究区没有常住人口超过 {over}的{UNIT_NAMES[need.unit_level]}，本指标在此不适用"


def answer_units_served(study: TargetStudy, target: Target) -> Answer:
    """
    Share of units with a facility inside, or within metres of their place, in percent.

    Parameters
    ----------
    study
        The study area.
    target
        With the ask `UnitsServed`.

    Returns
    -------
    answer
        One item per unit. The place of a village is its point, that of a zone a point inside it;
        a facility beyond the border serves by the radius.
    """
    ask = target.ask
    assert isinstance(ask, UnitsServed)  # noqa: S101 - the door sends no other
    units = units_of(study, target, ask.unit_level)
    need = UnitNeed(ask.unit_level, ask.facilities)
    own = study.choices.cutoffs.get(target.target_id)
    radius_m = ask.radius_m if own is None else own
    blocked = _blocked(study, target, [(need, units)], inside=radius_m is None)
    limit = None if radius_m is None else Limit(radius_m)
    what = f"单元内有{choice_text(study, ask.facilities)}"
    what += f"，或单元所在点 {limit.text}（直线，含）以内有" if limit else ""
    recipe = f"{UNIT_NAMES[ask.unit_level]}中{what}的占百分比"
    if blocked or isinstance(units, str):
        return lacking(*blocked, recipe=recipe)
    found = _has_enough(study, need, units)
    if limit is not None:
        found = _or_near(study, ask.facilities, units, limit, found)
    parts = [_part(study, target, units, found, notes=units.notes)]
    notes = () if own is None else (f"按自设的 {Limit(own).text}核算",)
    told = f"{recipe}；{_place_text(units)}"
    return _answer(study, target, parts, notes=notes, recipe=told)


def _blocked(study: TargetStudy, target: Target, lists: Listed, *, inside: bool) -> list[str]:
    """Why nothing can be said, in Chinese."""
    # Rural and urban are the units' own matter: zones are neither, villages are told by names.
    is_own = target.scope in ("rural", "urban")
    found = ["" if is_own else scope_missing(study, target)]
    found += [units for _, units in lists if isinstance(units, str)]
    if all(not isinstance(units, str) and units.table.empty for _, units in lists):
        names = "、".join(dict.fromkeys(UNIT_NAMES[need.unit_level] for need, _ in lists))
        found.append(f"考核范围内没有{names}")
    choices = [need.facilities for need, _ in lists]
    return [*dict.fromkeys(filter(None, found)), *unlisted_of(study, choices, inside=inside)]


def _has_enough(study: TargetStudy, need: UnitNeed, units: Units) -> _Found:
    """Whether enough facilities stand in each unit."""
    ids, states = units.table.index, study.states(need.facilities)
    sure, perhaps = (
        units.unit_of[states == state].value_counts().reindex(ids, fill_value=0).to_numpy()
        for state in (YES, UNKNOWN)
    )
    enough, possible = sure >= need.at_least, sure + perhaps >= need.at_least
    found = np.where(enough, YES, np.where(possible, UNKNOWN, NO)).astype(np.int8)
    doubts = _first_doubts(study, need.facilities, units)
    name = choice_text(study, need.facilities)
    reasons = []
    for unit_id, state, count in zip(ids, found.tolist(), sure.tolist(), strict=True):
        short = f"只有 {count} 处{name}，应有 {need.at_least} 处" if count else f"没有{name}"
        reasons.append({YES: "", NO: short}.get(state, f"{doubts.get(unit_id, '')}，无法判断"))
    ones = np.ones(len(ids))
    return _Found(found, reasons, ones, ones)


def _first_doubts(study: TargetStudy, choice: FacilityChoice, units: Units) -> dict[str, str]:
    """By unit, the first facility of which nobody knows whether it counts, and what is lacking."""
    is_unknown = (study.states(choice) == UNKNOWN) & units.unit_of.notna().to_numpy()
    if not is_unknown.any():
        return {}
    names = names_of(study.facilities, "facility_name")
    texts = pd.Series(study.unknown_conditions(choice), index=names.index, dtype=object)
    told = "“" + names[is_unknown] + "”" + texts[is_unknown]
    return dict(told.groupby(units.unit_of[is_unknown]).first())


def _of_enough_people(
    found: _Found, need: UnitNeed, units: Units
) -> tuple[_Found, tuple[str, ...]]:
    """Only the units of more people than the need names count, or may; and what is to be said."""
    if not need.over_persons:
        return found, units.notes
    is_over = (units.people > need.over_persons).to_numpy()
    may_be = is_over | units.has_unknown.to_numpy()
    over = f"{need.over_persons / PERSONS_PER_WAN:g} 万人"
    reasons = [
        f"{text}；人口资料不全，无法判断是否超过 {over}".lstrip("；") if is_open else text
        for text, is_open in zip(found.reasons, (may_be & ~is_over).tolist(), strict=True)
    ]
    few = int((~may_be).sum())
    left_out = f"常住人口不超过 {over}的 {few} 个{UNIT_NAMES[need.unit_level]}不计"
    notes = (*units.notes, *([left_out] if few else []))
    return _Found(found.states, reasons, is_over.astype(float), may_be.astype(float)), notes


def _or_near(
    study: TargetStudy, choice: FacilityChoice, units: Units, limit: Limit, inside: _Found
) -> _Found:
    """Also the units that have a facility within metres of their place."""
    reach, ids = reach_of_places(study, choice, units.table), units.table.index
    near = reach.states(limit, ids)
    states = np.where((inside.states == YES) | (near == YES), YES, NO)
    is_open = (states == NO) & ((inside.states == UNKNOWN) | (near == UNKNOWN))
    states = np.where(is_open, UNKNOWN, states).astype(np.int8)
    reasons = [
        "" if state == YES else (far if near_state == state else here)
        for state, near_state, far, here in zip(
            states.tolist(), near.tolist(), reach.reasons(limit, ids), inside.reasons, strict=True
        )
    ]
    return replace(inside, states=states, reasons=reasons)


def _part(
    study: TargetStudy, target: Target, units: Units, found: _Found, *, notes: tuple[str, ...]
) -> _Part:
    """The items, less what the waivers take."""
    table, reasons = units.table, np.array(found.reasons, dtype=object)
    may_be = units.may_be.to_numpy()
    least = np.where(may_be, 0.0, found.least)
    reasons[may_be] = [f"{one}；{NO_SETTLEMENT}".lstrip("；") for one in reasons[may_be]]
    is_kept, waived = found.most > 0, no_waived()
    if units.item_type == "demand":
        counted = study.demand.loc[table.index[is_kept]]
        left_out = waived_villages(study, target, counted)
        weight = pd.Series(1.0, index=counted.index)
        told = denominator_note(left_out, weight, may_be=units.may_be[counted.index], unit="个")
        notes = (*notes, *left_out.notes, *told)
        waived = left_out.table
        is_kept &= ~left_out.is_waived.reindex(table.index, fill_value=False).to_numpy()
        is_open = left_out.is_open.reindex(table.index, fill_value=False).to_numpy()
        least = np.where(is_open, 0.0, least)
        reasons[is_open] = [f"{one}；{MAY_BE_WAIVED}".lstrip("；") for one in reasons[is_open]]
    else:
        notes = (*notes, *unused_note(study, target))
    items = counted_items(
        units.item_type,
        table[is_kept],
        name_column="unit_name",
        states=found.states[is_kept],
        weight=(least[is_kept], found.most[is_kept]),
        reason=reasons[is_kept].tolist(),
    )
    return _Part(items, waived, notes)


def _answer(
    study: TargetStudy, target: Target, parts: list[_Part], *, notes: tuple[str, ...], recipe: str
) -> Answer:
    waived = [part.waived for part in parts if len(part.waived)]
    told = [
        _scope_text(study, target, parts),
        *notes,
        *(note for part in parts for note in part.notes),
    ]
    return Answer(
        pd.concat([part.items for part in parts], ignore_index=True),
        per=100.0,
        is_share=True,
        recipe=recipe,
        notes=tuple(dict.fromkeys(filter(None, told))),
        waived=pd.concat(waived, ignore_index=True) if waived else no_waived(),
    )


def _scope_text(study: TargetStudy, target: Target, parts: list[_Part]) -> str:
    """What is to be said of the scope; without `settlement` it is the names that tell villages."""
    of_villages = any((part.items["item_type"] == "demand").any() for part in parts)
    has_settlement = "settlement" in study.demand and study.demand["settlement"].notna().any()
    if target.scope == "built_up" or (of_villages and has_settlement):
        return scope_note(study, target, is_bounded=of_villages)
    return ""


def _need_text(study: TargetStudy, need: UnitNeed) -> str:
    over = (
        f"（常住人口超过 {need.over_persons / PERSONS_PER_WAN:g} 万）" if need.over_persons else ""
    )
    least = f"至少 {need.at_least} 处" if need.at_least > 1 else ""
    return f"{UNIT_NAMES[need.unit_level]}{over}中有{least}{choice_text(study, need.facilities)}的"


def _place_text(units: Units) -> str:
    """How facilities fall to units."""
    if units.item_type == "zone":
        return "设施按所在位置归到行政单元"
    return f"设施归到 {VILLAGE_REACH_M:g} 米（直线，含）以内最近的村（社区）"
